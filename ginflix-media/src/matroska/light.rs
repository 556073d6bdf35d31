//! The light of a picture of high dynamic range (RFC 9559, sections 5.1.4.1.28.30 to 5.1.4.1.28.42), and the configuration
//! of Dolby Vision.

use super::ebml::{self, Element};
use crate::source::{Result, Source, Span};

/// The first of the IDs of mastering metadata, which are in a row: red, green, blue and white, each x and y, then the
/// luminance, most and least.
const FIRST_METADATUM: u32 = 0x55D1;
const MASTERING_METADATA: u32 = 0x55D0;
const MAX_CONTENT_LIGHT: u32 = 0x55BC;
const MAX_FRAME_LIGHT: u32 = 0x55BD;
/// The most elements of mastering metadata that are read.
const ELEMENTS_LIMIT: usize = 16;

/// What a track states of its light.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Light {
    /// The display on which the content was mastered: the chromaticities of red, green, blue and white, each x and y, and the
    /// most and the least luminance in candela a square metre.
    pub mastering: Option<[f64; 10]>,
    /// The most light of a sample, and the most average light of a frame, in candela a square metre.
    pub content: Option<[u64; 2]>,
    /// The type of the box and the configuration record of Dolby Vision.
    pub dolby_vision: Option<([u8; 4], Vec<u8>)>,
}

impl Light {
    /// Reads an element of the colours of a track, if it is about light.
    pub(super) fn read(&mut self, source: &mut Source<'_>, element: &Element) -> Result<()> {
        match element.id {
            MASTERING_METADATA => self.mastering = mastering(source, element.content)?,
            MAX_CONTENT_LIGHT | MAX_FRAME_LIGHT => {
                let position = usize::from(element.id == MAX_FRAME_LIGHT);
                let value = ebml::unsigned(source, element)?;
                self.content.get_or_insert_default()[position] = value;
            }
            _ => {}
        }
        Ok(())
    }
}

/// Reads mastering metadata; `None` if a part is missing.
fn mastering(source: &mut Source<'_>, content: Span) -> Result<Option<[f64; 10]>> {
    let (mut values, mut found) = ([0.0; 10], 0);
    for element in ebml::children(source, content, ELEMENTS_LIMIT)? {
        let position = element.id.checked_sub(FIRST_METADATUM).map(|position| position as usize);
        if let Some(value) = position.and_then(|position| values.get_mut(position)) {
            *value = ebml::float(source, &element)?;
            found += 1;
        }
    }
    Ok((found == values.len()).then_some(values))
}
