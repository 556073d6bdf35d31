//! Long and hostile files are indexed in bounded memory and time, and a segment costs work for its own samples only.

#![allow(clippy::unwrap_used)] // a panic is how a test fails

mod synthetic;

use std::cell::Cell;
use std::io;

use ginflix_api::inspection::Inspection;
use ginflix_hls::index::{self, Index, Limits};
use ginflix_hls::rendition::RenditionKind;
use ginflix_hls::{Error, segment};
use ginflix_media::inspect;
use ginflix_media::source::{Budget, ReadAt};
use synthetic::{Track, boxed, movie};

/// Content that begins with these bytes, and is zeros after; counts what is read.
struct Content {
    start: Vec<u8>,
    size: u64,
    read_bytes: Cell<u64>,
}

impl Content {
    fn new(start: Vec<u8>, size: u64) -> Self {
        Self { start, size, read_bytes: Cell::new(0) }
    }
}

impl ReadAt for Content {
    fn size(&self) -> io::Result<u64> {
        Ok(self.size)
    }

    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        let length = (self.size - offset).min(buffer.len() as u64) as usize;
        let stored = self.start.get(offset as usize..).unwrap_or_default();
        let stored = &stored[..stored.len().min(length)];
        buffer[..stored.len()].copy_from_slice(stored);
        buffer[stored.len()..length].fill(0);
        self.read_bytes.set(self.read_bytes.get() + length as u64);
        Ok(length)
    }
}

/// A file of a video and five audio tracks of so many seconds, whose samples are interleaved one by one.
fn long_file(seconds: u32) -> Content {
    let audio = |id| Track {
        id,
        is_video: false,
        timescale: 48_000,
        duration: 1024,
        samples: (u64::from(seconds) * 48_000 / 1024) as u32,
        sync: 1,
    };
    let video = Track {
        id: 1,
        is_video: true,
        timescale: 25,
        duration: 1,
        samples: seconds * 25,
        sync: 50,
    };
    let tracks: Vec<Track> = std::iter::once(video).chain((2..=6).map(audio)).collect();
    let build = |base: u64| {
        let tracks = tracks.iter().flat_map(|t| t.build(base + u64::from(t.id) * 1000, 10_000));
        [boxed(b"ftyp", b"isom\0\0\0\0"), movie(&tracks.collect::<Vec<_>>())].concat()
    };
    let base = build(0).len() as u64;
    Content::new(build(base), base + u64::from(seconds) * 10_000 * 50)
}

/// Returns the largest memory of the process in bytes since the last call.
fn peak_memory() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).unwrap();
    let kib: u64 = line.split_whitespace().nth(1).unwrap().parse().unwrap();
    std::fs::write("/proc/self/clear_refs", "5").unwrap();
    kib * 1024
}

fn examine(content: &Content) -> Inspection {
    inspect(content, Budget::default()).unwrap()
}

#[test]
#[ignore = "takes a gigabyte of memory; make test-media runs it"]
fn twelve_hours_and_six_tracks_take_some_tens_of_megabytes() {
    let content = long_file(12 * 3600);
    let found = examine(&content);
    peak_memory();
    let before = peak_memory();
    let built = index::build(&content, &found, &Limits::default()).unwrap();
    let taken = peak_memory().saturating_sub(before);
    assert!(taken < 100 << 20, "{taken} bytes");
    let stored = built.to_bytes();
    assert!(stored.len() < 90 << 20, "{} bytes", stored.len());
    assert_eq!(built.index().renditions.len(), 7);
}

#[test]
fn a_segment_costs_work_for_its_own_samples_only() {
    let content = long_file(20 * 60);
    let built = index::build(&content, &examine(&content), &Limits::default()).unwrap();
    let stored = Content::new(built.to_bytes(), built.to_bytes().len() as u64);
    let index = Index::open(&stored).unwrap();
    assert_eq!(index.renditions[0].segments, 200);
    assert!(stored.read_bytes.get() < 8_000, "{} bytes", stored.read_bytes.get());
    for position in 0..index.renditions.len() {
        stored.read_bytes.set(0);
        let last = index.renditions[position].segments - 1;
        let content = segment::segment(&index, &stored, position, last).unwrap();
        assert!(!content.is_empty());
        assert!(stored.read_bytes.get() < 3_000, "{} bytes", stored.read_bytes.get());
    }
    stored.read_bytes.set(0);
    let entries = index.entries(&stored, 0).unwrap();
    assert_eq!(entries.len(), 200);
    assert_eq!(stored.read_bytes.get(), 200 * index::Entry::BYTES as u64);
}

#[test]
fn a_file_beyond_the_limits_is_refused() {
    let content = long_file(60);
    let found = examine(&content);
    let few = Limits { samples: 10_000, ..Limits::default() };
    let error = index::build(&content, &found, &few).unwrap_err();
    assert!(matches!(error, Error::TooLarge(_)), "{error}");
    let little = Budget { bytes: 10_000, reads: 100 };
    let little = Limits { budget: little, ..Limits::default() };
    let error = index::build(&content, &found, &little).unwrap_err();
    assert!(matches!(error, Error::TooLarge(_)), "{error}");
}

#[test]
fn a_video_without_sync_samples_in_time_is_refused() {
    let video = |samples, sync| {
        let track = Track { id: 1, is_video: true, timescale: 25, duration: 1, samples, sync };
        let file = [boxed(b"ftyp", b"isom\0\0\0\0"), movie(&track.build(0, 0))].concat();
        let content = Content::new(file, 1 << 20);
        index::build(&content, &examine(&content), &Limits::default())
    };
    let error = video(70_000, 70_000).unwrap_err();
    assert!(matches!(error, Error::TooLarge(_)), "{error}");
    let built = video(60_000, 60_000).unwrap();
    assert_eq!(built.index().target_duration, 2400);
}

#[test]
fn each_damaged_byte_of_an_index_is_noticed_or_harmless() {
    let content = long_file(2);
    let built = index::build(&content, &examine(&content), &Limits::default()).unwrap();
    let stored = built.to_bytes();
    let original: Vec<_> = segments(&stored).unwrap();
    for at in (0..stored.len()).step_by(3) {
        let mut damaged = stored.clone();
        damaged[at] ^= 0x10;
        if let Ok(found) = segments(&damaged) {
            assert_eq!(found, original, "byte {at}");
        }
    }
    for length in (0..stored.len()).step_by(11) {
        assert!(segments(&stored[..length]).is_err(), "{length} bytes");
    }
}

/// Reads all segments of an index.
fn segments(stored: &[u8]) -> ginflix_hls::Result<Vec<ginflix_hls::content::Content>> {
    let index = Index::open(&stored)?;
    let mut found = Vec::new();
    for (position, rendition) in index.renditions.iter().enumerate() {
        index.entries(&stored, position)?;
        for number in 0..rendition.segments {
            found.push(segment::segment(&index, &stored, position, number)?);
        }
    }
    Ok(found)
}

#[test]
fn what_does_not_exist_is_not_found() {
    let content = long_file(10);
    let built = index::build(&content, &examine(&content), &Limits::default()).unwrap();
    let stored = built.to_bytes();
    let index = Index::open(&stored.as_slice()).unwrap();
    let count = index.renditions[0].segments;
    for (position, number) in [(0, count), (0, u32::MAX), (7, 0), (usize::MAX, 0)] {
        let found = segment::segment(&index, &stored.as_slice(), position, number);
        assert!(matches!(found, Err(Error::NotFound)), "{position} {number}");
    }
    assert_eq!(index.find(RenditionKind::Audio, 5), None);
    assert_eq!(index.find(RenditionKind::IFrames, 0), Some(6));
}
