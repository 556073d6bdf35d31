//! The picture that a media file has of itself, for a poster.
//!
//! - MP4 and QuickTime: the item `covr` of iTunes, the first picture of it
//! - Matroska: the attached file `cover.jpg`, `cover.png` or `cover.webp`, else `cover_land`, else any attached picture

use std::io;

use ginflix_api::movie::MAX_POSTER_BYTES;
use ginflix_api::poster;

use crate::format::{self, Format};
use crate::source::{Budget, ReadAt, Result, Source, Span, Stop};
use crate::{matroska, mp4};

/// The most pictures that are tried.
const PICTURES_LIMIT: usize = 8;

/// A picture that may be a poster ([`ginflix_api::poster`]).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cover {
    /// The content of a JPEG, PNG or WebP file, at most [`MAX_POSTER_BYTES`].
    pub bytes: Vec<u8>,
}

/// Reads the cover of a media file; `None` if it has none that may be a poster, or if the file is too damaged to find it within the budget.
///
/// # Errors
/// Reading fails for another reason than the end of the file.
pub fn read(content: &dyn ReadAt, budget: Budget) -> io::Result<Option<Cover>> {
    let mut source = Source::new(content, budget)?;
    match find(&mut source) {
        Ok(cover) => Ok(cover),
        Err(Stop::Io(error)) => Err(error),
        Err(Stop::End { .. } | Stop::Budget) => Ok(None),
    }
}

fn find(source: &mut Source<'_>) -> Result<Option<Cover>> {
    let pictures = match format::recognize(source)? {
        Format::Mp4 => mp4::covers(source)?,
        Format::Matroska => matroska::covers(source)?,
        Format::Other(_) => Vec::new(),
    };
    let is_allowed = |picture: &Span| (1..=MAX_POSTER_BYTES).contains(&picture.len());
    for picture in pictures.into_iter().filter(is_allowed).take(PICTURES_LIMIT) {
        let bytes = source.vec(picture, MAX_POSTER_BYTES as usize)?;
        if poster::content_type(&bytes).is_ok() {
            return Ok(Some(Cover { bytes }));
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests;
