//! Reads the samples of MP4 and QuickTime files (ISO/IEC 14496-12): of the sample tables, and of fragments.

mod edits;
mod fragments;
mod tables;
mod track;

use ginflix_api::inspection::Track;
use ginflix_media::mp4::boxes;
use ginflix_media::source::{Source, Span, u32_at};

use self::track::OpenTrack;
use crate::error::{Error, Result};
use crate::index::Limits;
use crate::track::SourceTrack;

/// The most tracks that are looked at.
const TRACKS_LIMIT: usize = 256;
/// The bytes of a box of a fixed layout that are read.
const HEADER_LIMIT_BYTES: usize = 128;

/// Reads the samples of the wanted tracks.
pub fn read(
    source: &mut Source<'_>,
    wanted: &[&Track],
    limits: &Limits,
) -> Result<Vec<SourceTrack>> {
    let mut movie = Movie { samples_left: limits.samples, ..Movie::default() };
    let (mut at, size) = (0, source.size());
    while at < size {
        let Some(part) = boxes::header(source, at, size)? else { break };
        let content = Span { start: part.content.start, end: part.content.end.min(size) };
        match &part.kind {
            b"moov" if movie.tracks.is_empty() => movie.read(source, content, wanted)?,
            b"moof" if part.content.end <= size => {
                fragments::read(source, at, content, &mut movie)?;
            }
            _ => {}
        }
        at = part.content.end;
    }
    movie.tracks.into_iter().map(OpenTrack::finish).collect()
}

/// The movie box (section 8.2), and what fragments add.
#[derive(Debug, Default)]
pub struct Movie {
    /// The ticks a second of edit lists.
    timescale: u32,
    /// Whether fragments may follow.
    is_fragmented: bool,
    /// The wanted tracks.
    tracks: Vec<OpenTrack>,
    /// The samples that may still be read.
    samples_left: u64,
}

impl Movie {
    fn read(&mut self, source: &mut Source<'_>, content: Span, wanted: &[&Track]) -> Result<()> {
        let children = boxes::children(source, content)?;
        if let Some(header) = boxes::find(&children, b"mvhd") {
            let header = source.vec(header, HEADER_LIMIT_BYTES)?;
            self.timescale = u32_at(&header, if header.first() == Some(&1) { 20 } else { 12 });
        }
        let extends = boxes::find(&children, b"mvex");
        self.is_fragmented = extends.is_some();
        let tracks = children.iter().filter(|child| child.kind == *b"trak").take(TRACKS_LIMIT);
        for child in tracks {
            if let Some(track) = OpenTrack::read(source, child.content, self, wanted)? {
                self.tracks.push(track);
            }
        }
        if let Some(extends) = extends {
            self.read_extends(source, extends)?;
        }
        Ok(())
    }

    /// Reads the defaults of fragments (section 8.8.3).
    fn read_extends(&mut self, source: &mut Source<'_>, content: Span) -> Result<()> {
        for child in boxes::children(source, content)? {
            if child.kind == *b"trex" {
                let content = source.vec(child.content, HEADER_LIMIT_BYTES)?;
                if let Some(track) = self.track(u32_at(&content, 4)) {
                    track.defaults = fragments::Defaults {
                        description: u32_at(&content, 8),
                        duration: u32_at(&content, 12),
                        size: u32_at(&content, 16),
                        flags: u32_at(&content, 20),
                    };
                }
            }
        }
        Ok(())
    }

    fn track(&mut self, id: u32) -> Option<&mut OpenTrack> {
        self.tracks.iter_mut().find(|track| track.id == id)
    }

    /// Takes samples from what may be read.
    fn take(&mut self, samples: u64) -> Result<()> {
        let left = self.samples_left.checked_sub(samples);
        self.samples_left = left.ok_or(Error::TooLarge("it has too many samples"))?;
        Ok(())
    }
}
