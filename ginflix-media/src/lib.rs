//! Reads the containers of media files: their tracks, chapters, tags and faults, and tells what plays where.
//!
//! # Layout
//! - [`inspect`]: the content of a file, as [`ginflix_api::inspection::Inspection`]
//! - [`cover`]: the picture that a file has of itself
//! - [`playability`]: which browsers play a file, why not, and what helps
//! - [`packaging`]: which tracks can be packaged as HLS
//! - [`source`]: reads at positions of a file, within a budget
//! - [`format`](mod@format): recognizes containers by their first bytes
//! - [`mp4`]: MP4 and QuickTime (ISO/IEC 14496-12)
//! - [`matroska`]: Matroska and WebM (RFC 9559)
//! - [`codec`]: the configuration records of codecs
//! - [`tags`]: what a file says of the movie that it is
//! - [`language`]: language codes
//!
//! No content is trusted. Reads are bounded by a [`source::Budget`]; what is kept in memory is
//! bounded by the constants of each module, whatever a file claims.

pub mod codec;
pub mod cover;
pub mod format;
pub mod language;
pub mod matroska;
pub mod mp4;
pub mod packaging;
pub mod playability;
pub mod source;
pub mod tags;
mod text;

use std::io;

use ginflix_api::inspection::{Container, Inspection, Problem, TrackKind};

use self::format::Format;
use self::source::{Budget, ReadAt, Source, Stop};

/// Reads what the container of `content` states. A damaged file gives what could be read of it, and
/// its problems.
///
/// # Errors
/// Reading fails for another reason than the end of the file.
pub fn inspect(content: &dyn ReadAt, budget: Budget) -> io::Result<Inspection> {
    let mut source = Source::new(content, budget)?;
    inspect_source(&mut source)
}

/// Like [`inspect`], for a source whose counters the caller reads afterwards.
///
/// # Errors
/// Reading fails for another reason than the end of the file.
pub fn inspect_source(source: &mut Source<'_>) -> io::Result<Inspection> {
    let mut found = Inspection::default();
    let outcome = match format::recognize(source) {
        Ok(Format::Mp4) => mp4::inspect(source, &mut found),
        Ok(Format::Matroska) => matroska::inspect(source, &mut found),
        Ok(Format::Other(container)) => {
            found.container = container;
            Ok(())
        }
        Err(stop) => Err(stop),
    };
    match outcome {
        Ok(()) => {}
        Err(Stop::Io(error)) => return Err(error),
        Err(Stop::Budget) => found.problems.push(Problem::IndexTooLarge),
        Err(Stop::End { missing }) => {
            let is_known = found.problems.iter().any(|p| matches!(p, Problem::Truncated { .. }));
            if !is_known {
                found.problems.push(Problem::Truncated { missing_bytes: missing });
            }
        }
    }
    complete(&mut found, source.size());
    Ok(found)
}

/// Adds what follows from the rest: the bit rate of the file, and that it has no tracks.
fn complete(found: &mut Inspection, size: u64) {
    let is_read = matches!(
        found.container,
        Container::Mp4 | Container::QuickTime | Container::Matroska | Container::WebM
    );
    if let Some(seconds) = found.duration_seconds {
        found.bit_rate = source::bits_a_second(size, seconds);
    }
    let plays = |kind: &TrackKind| matches!(kind, TrackKind::Video(_) | TrackKind::Audio(_));
    let has_tracks = found.tracks.iter().any(|track| plays(&track.kind));
    if is_read && !has_tracks && found.problems.is_empty() {
        found.problems.push(Problem::NoTracks);
    }
}

#[cfg(test)]
mod tests;
