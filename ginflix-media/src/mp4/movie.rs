//! The movie box (ISO/IEC 14496-12, section 8.2).

use super::boxes;
use super::item_list;
use super::track::Track;
use super::user_data;
use crate::source::{Result, Source, Span, u32_at, u64_at};
use crate::tags::Collector;

/// The most tracks that are read.
pub const TRACKS_LIMIT: usize = 256;
/// The most seconds for which the data of each is summed up: more than a day.
const SECONDS_LIMIT: usize = 100_000;
/// The bytes of a box of a fixed layout that are read.
const HEADER_LIMIT_BYTES: usize = 128;

/// What the movie box states, and what its fragments add.
#[derive(Debug, Default)]
pub struct Movie {
    /// The ticks a second of `duration`.
    pub timescale: u32,
    /// The play time in ticks; 0 if it is unknown.
    pub duration: u64,
    /// The tracks.
    pub tracks: Vec<Track>,
    /// The title.
    pub title: Option<String>,
    /// What else is stated of the movie.
    pub tags: Collector,
    /// The chapters in the user data: start in units of 100 ns, and title.
    pub chapter_list: Vec<(u64, String)>,
    /// The bytes of the samples of each second.
    pub seconds: Vec<u64>,
}

impl Movie {
    /// Reads a movie box.
    pub fn read(source: &mut Source<'_>, content: Span) -> Result<Self> {
        let mut movie = Self::default();
        let children = boxes::children(source, content)?;
        if let Some(header) = boxes::find(&children, b"mvhd") {
            let header = source.vec(header, HEADER_LIMIT_BYTES)?;
            let (timescale, duration) = times(&header, 12);
            (movie.timescale, movie.duration) = (timescale, duration);
        }
        for child in &children {
            match &child.kind {
                b"trak" if movie.tracks.len() < TRACKS_LIMIT => {
                    if let Some(track) = Track::read(source, child.content, &mut movie.seconds)? {
                        movie.tracks.push(track);
                    }
                }
                b"udta" => user_data::read(source, child.content, &mut movie)?,
                b"meta" => user_data::read_meta(source, child.content, &mut movie)?,
                _ => {}
            }
        }
        if let Some(extends) = boxes::find(&children, b"mvex") {
            movie.read_extends(source, extends)?;
        }
        Ok(movie)
    }

    /// Reads the defaults of fragments (section 8.8.1).
    fn read_extends(&mut self, source: &mut Source<'_>, content: Span) -> Result<()> {
        for child in boxes::children(source, content)? {
            let content = source.vec(child.content, HEADER_LIMIT_BYTES)?;
            match &child.kind {
                b"mehd" if self.duration == 0 => {
                    self.duration = match content.first() {
                        Some(1) => u64_at(&content, 4),
                        _ => u64::from(u32_at(&content, 4)),
                    };
                }
                b"trex" => {
                    let id = u32_at(&content, 4);
                    if let Some(track) = self.track(id) {
                        track.default_duration = u32_at(&content, 12);
                        track.default_size = u32_at(&content, 16);
                    }
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// Returns the track with this identifier.
    pub fn track(&mut self, id: u32) -> Option<&mut Track> {
        self.tracks.iter_mut().find(|track| track.id == id)
    }

    /// Returns the play time in seconds: the stated one, or that of the longest track.
    pub fn duration_seconds(&self) -> Option<f64> {
        let stated = self.duration as f64 / f64::from(self.timescale);
        let tracks = self.tracks.iter().filter_map(Track::duration_seconds);
        let longest = tracks.fold(0.0, f64::max);
        let seconds = if self.duration > 0 && self.timescale > 0 { stated } else { longest };
        Some(seconds).filter(|seconds| (f64::MIN_POSITIVE..=3.2e7).contains(seconds))
    }

    /// Returns the offset after the last sample.
    pub fn samples_end(&self) -> u64 {
        self.tracks.iter().map(|track| track.samples_end).max().unwrap_or_default()
    }

    /// Returns the identifiers of the tracks that hold the titles of chapters.
    pub fn chapter_tracks(&self) -> impl Iterator<Item = u32> + '_ {
        self.tracks.iter().flat_map(|track| track.chapter_tracks.iter().copied())
    }
}

/// Returns where the pictures in the metadata of a movie box are.
pub fn covers(source: &mut Source<'_>, movie: Span) -> Result<Vec<Span>> {
    let children = boxes::children(source, movie)?;
    let mut metadata = Vec::from_iter(boxes::find(&children, b"meta"));
    if let Some(user_data) = boxes::find(&children, b"udta") {
        metadata.extend(boxes::find(&boxes::children(source, user_data)?, b"meta"));
    }
    let mut covers = Vec::new();
    for meta in metadata {
        covers.extend(item_list::covers(source, meta)?);
    }
    Ok(covers)
}

/// Adds the size of a sample to the second of its time.
pub fn add_to_second(seconds: &mut Vec<u64>, second: u64, bytes: u64) {
    let Some(second) = usize::try_from(second).ok().filter(|at| *at < SECONDS_LIMIT) else {
        return;
    };
    if seconds.len() <= second {
        seconds.resize(second + 1, 0);
    }
    seconds[second] = seconds[second].saturating_add(bytes);
}

/// Reads timescale and duration from a header box, in which version 0 has them at `at`. A duration
/// of all ones is unknown, and becomes 0.
pub fn times(header: &[u8], at: usize) -> (u32, u64) {
    let (timescale, duration, unknown) = match header.first() {
        Some(1) => (u32_at(header, at + 8), u64_at(header, at + 12), u64::MAX),
        _ => (u32_at(header, at), u64::from(u32_at(header, at + 4)), u64::from(u32::MAX)),
    };
    (timescale, if duration == unknown { 0 } else { duration })
}
