//! MP4 and QuickTime files (ISO/IEC 14496-12, and the QuickTime File Format).

pub mod boxes;
mod chapters;
mod fragments;
mod id3_genres;
mod item_list;
mod itunes_movie;
mod movie;
pub mod sample_entry;
mod tables;
mod track;
mod user_data;

use ginflix_api::inspection::{Container, Inspection, Problem};

use self::movie::Movie;
use crate::source::{Result, Source, Span, bits_a_second};

/// Reads the movie box and the fragments of a file.
pub fn inspect(source: &mut Source<'_>, found: &mut Inspection) -> Result<()> {
    found.container = Container::Mp4;
    let (mut movie, mut has_samples) = (None, false);
    let outcome = walk(source, found, &mut movie, &mut has_samples);
    if found.container == Container::Unknown {
        return outcome; // a still picture
    }
    match movie {
        Some(movie) => movie.describe(source, found),
        // In a truncated file, the index would have come after the samples.
        None if has_samples && found.problems.is_empty() => found.problems.push(Problem::NoIndex),
        None => {}
    }
    outcome
}

/// Reads the boxes of the top level.
fn walk(
    source: &mut Source<'_>,
    found: &mut Inspection,
    movie: &mut Option<Movie>,
    has_samples: &mut bool,
) -> Result<()> {
    let (mut at, size) = (0, source.size());
    while at < size {
        let Some(part) = boxes::header(source, at, size)? else {
            let reason = format!("there is no valid box at {at}");
            // Some recorders leave zeros at the end.
            if movie.is_none() {
                found.problems.push(Problem::Malformed { reason });
            }
            return Ok(());
        };
        let mut content = part.content;
        if content.end > size {
            // What comes after the movie is often no box at all: its type tells.
            if matches!(&part.kind, b"ftyp" | b"moov" | b"moof" | b"mdat") {
                let missing_bytes = content.end - size;
                found.problems.push(Problem::Truncated { missing_bytes });
            }
            content.end = size;
        }
        at = part.content.end;
        match &part.kind {
            b"ftyp" => {
                found.container = brand(source.vec(content, 4)?.as_slice());
                if found.container == Container::Unknown {
                    return Ok(());
                }
            }
            b"moov" => *movie = Some(Movie::read(source, content)?),
            b"mdat" => *has_samples = true,
            b"moof" => {
                found.fragmented = true;
                if let Some(movie) = movie.as_mut() {
                    fragments::read(source, content, movie)?;
                }
            }
            _ => {}
        }
    }
    Ok(())
}

/// Returns where the pictures are that stand for the movie.
pub fn covers(source: &mut Source<'_>) -> Result<Vec<Span>> {
    let (mut at, size) = (0, source.size());
    while let Some(part) = boxes::header(source, at, size)? {
        at = part.content.end;
        if part.kind == *b"moov" {
            return movie::covers(source, Span { end: at.min(size), ..part.content });
        }
    }
    Ok(Vec::new())
}

/// Returns the container by the major brand. A still picture (ISO/IEC 23008-12) has the same boxes, but no movie.
fn brand(major: &[u8]) -> Container {
    match major {
        b"qt  " => Container::QuickTime,
        b"avif" | b"heic" | b"heix" | b"mif1" => Container::Unknown,
        _ => Container::Mp4,
    }
}

impl Movie {
    /// Adds what was read to `found`.
    fn describe(mut self, source: &mut Source<'_>, found: &mut Inspection) {
        found.duration_seconds = self.duration_seconds();
        found.chapters = chapters::read(source, &self);
        found.title = self.title.take();
        found.tags = std::mem::take(&mut self.tags).finish();
        found.peak_bit_rate = self.peak_bit_rate();
        let missing_bytes = self.samples_end().saturating_sub(source.size());
        let is_known = found.problems.iter().any(|p| matches!(p, Problem::Truncated { .. }));
        if missing_bytes > 0 && !is_known {
            found.problems.push(Problem::Truncated { missing_bytes });
        }
        if self.tracks.iter().any(|track| track.entry.encrypted) {
            found.problems.push(Problem::Encrypted);
        }
        let chapters: Vec<u32> = self.chapter_tracks().collect();
        let shown = self.tracks.iter().filter(|track| !chapters.contains(&track.id));
        found.tracks = shown.map(track::Track::describe).collect();
    }

    /// Returns the bit rate of the second with the most data.
    fn peak_bit_rate(&self) -> Option<u64> {
        self.seconds.iter().max().and_then(|bytes| bits_a_second(*bytes, 1.0))
    }
}
