//! 3GPP timed text (TS 26.245): a text, and boxes that modify it, of which `styl` has the styles.

use encoding_rs::{UTF_16BE, UTF_16LE};
use ginflix_media::source::{u16_at, u32_at};

use crate::runs::{Runs, Style};
use crate::text::{Node, TEXT_LIMIT_CHARS};
use crate::{Error, Result};

/// Where the face of the default style is in a sample entry: after `displayFlags`, two justifications, a colour, a box
/// of four numbers, the first and the last character, and the font.
const FACE_OFFSET: usize = 4 + 2 + 4 + 8 + 4 + 2;
/// The size of a style record in bytes.
const STYLE_BYTES: usize = 12;
/// The most style records that are read.
const STYLES_LIMIT: usize = 256;

/// Returns the face of the default style (clause 5.16): bits for bold, italic and underlined.
pub(super) fn default_face(configuration: &[u8]) -> u8 {
    configuration.get(FACE_OFFSET).copied().unwrap_or(0)
}

/// Parses a sample.
pub(super) fn parse(sample: &[u8], face: u8) -> Result<Vec<Node>> {
    if sample.is_empty() {
        return Ok(Vec::new());
    }
    let (length, rest) =
        sample.split_at_checked(2).ok_or(Error::Sample("it has no length of the text"))?;
    let length = usize::from(u16_at(length, 0));
    let (text, boxes) =
        rest.split_at_checked(length).ok_or(Error::Sample("its text is longer than the sample"))?;
    let text = match text {
        [0xFE, 0xFF, utf_16 @ ..] => UTF_16BE.decode_without_bom_handling(utf_16).0,
        [0xFF, 0xFE, utf_16 @ ..] => UTF_16LE.decode_without_bom_handling(utf_16).0,
        utf_8 => String::from_utf8_lossy(utf_8),
    };
    let mut characters: Vec<(char, u8)> = text
        .chars()
        .take(TEXT_LIMIT_CHARS)
        .map(|c| (if c == '\r' { '\n' } else { c }, face))
        .collect();
    apply_styles(&mut characters, boxes);
    let mut runs = Runs::default();
    for group in characters.chunk_by(|a, b| a.1 == b.1) {
        let face = group.first().map_or(0, |first| first.1);
        let style = Style {
            bold: face & 1 != 0,
            italic: face & 2 != 0,
            underline: face & 4 != 0,
            color: None,
        };
        runs.push(style, &group.iter().map(|(c, _)| *c).collect::<String>());
    }
    Ok(runs.into_nodes())
}

/// Sets the faces of characters by the boxes `styl` (clause 5.17.1.1). Damage ends them; the text is kept.
fn apply_styles(characters: &mut [(char, u8)], mut boxes: &[u8]) {
    while boxes.len() >= 8 {
        let Ok(size) = usize::try_from(u32_at(boxes, 0)) else { return };
        let Some(content) = boxes.get(8..size) else { return };
        if boxes.get(4..8) == Some(b"styl") {
            let records = content.get(2..).unwrap_or_default().chunks_exact(STYLE_BYTES);
            for record in records.take(usize::from(u16_at(content, 0)).min(STYLES_LIMIT)) {
                let (start, end) = (usize::from(u16_at(record, 0)), usize::from(u16_at(record, 2)));
                let face = record.get(6).copied().unwrap_or(0);
                let end = end.min(characters.len());
                for character in characters.get_mut(start..end).into_iter().flatten() {
                    character.1 = face;
                }
            }
        }
        boxes = boxes.get(size..).unwrap_or_default();
    }
}
