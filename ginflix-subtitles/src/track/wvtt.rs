//! WebVTT in MP4 (ISO/IEC 14496-30): a box for each cue that is shown, or one that says that there is none.

use ginflix_media::source::u32_at;

use super::Part;
use crate::cue::CueId;
use crate::settings::Settings;
use crate::text::CueText;
use crate::{Error, Result, webvtt};

/// The most cues of a sample.
const CUES_LIMIT: usize = 64;

/// Parses a sample.
pub(super) fn parse(sample: &[u8]) -> Result<Vec<Part>> {
    let mut cues = Vec::new();
    for_each_box(sample, |kind, content| {
        if kind == b"vttc" && cues.len() < CUES_LIMIT {
            cues.push(cue(content)?);
        }
        Ok(()) // `vtte` is a pause, `vtta` a comment
    })?;
    Ok(cues)
}

fn cue(content: &[u8]) -> Result<Part> {
    let mut cue = Part { id: None, settings: Settings::default(), text: CueText::default() };
    for_each_box(content, |kind, content| {
        let text = || super::decode(content.strip_suffix(b"\0").unwrap_or(content));
        match kind {
            b"payl" => cue.text = CueText::new(webvtt::parse_text(&text(), 0)),
            b"sttg" => cue.settings = Settings::parse(&text()),
            b"iden" => cue.id = CueId::new(&text()),
            _ => {}
        }
        Ok(())
    })?;
    Ok(cue)
}

/// Calls `visit` with the type and the content of each box.
fn for_each_box(
    mut boxes: &[u8],
    mut visit: impl FnMut(&[u8; 4], &[u8]) -> Result<()>,
) -> Result<()> {
    const DAMAGED: Error = Error::Sample("a box has a wrong size");
    while !boxes.is_empty() {
        let size = usize::try_from(u32_at(boxes, 0)).map_err(|_| DAMAGED)?;
        let size = if size == 0 { boxes.len() } else { size };
        let (this, rest) = boxes.split_at_checked(size).ok_or(DAMAGED)?;
        let (header, content) = this.split_at_checked(8).ok_or(DAMAGED)?;
        let kind = header.last_chunk().ok_or(DAMAGED)?;
        visit(kind, content)?;
        boxes = rest;
    }
    Ok(())
}
