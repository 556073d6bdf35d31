//! Real files are packaged: each rendition has the frames of the source in their order, with their content and at
//! their times, and other programs accept it. By default a few files are packaged; `make test-media` packages all.

#![allow(clippy::unwrap_used)] // a panic is how a test fails

mod check;
mod damage;
mod files;
mod make;
mod oracles;
mod sources;
mod texts;

use files::Recipe;
use ginflix_hls::index::{self, Limits};
use ginflix_media::source::{Budget, ReadAt};

fn assert_packaged(recipes: &[Recipe]) {
    let only = std::env::var("GINFLIX_ONLY").ok();
    let wanted = recipes.iter().filter(|r| only.as_ref().is_none_or(|only| r.name.contains(only)));
    let faults: Vec<String> = wanted.flat_map(check::faults).collect();
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
}

#[test]
fn a_few_files_are_packaged() {
    assert_packaged(&files::ALL[..files::SLICE]);
}

#[test]
#[ignore = "takes minutes; make test-media runs it"]
fn all_files_are_packaged() {
    assert_packaged(files::ALL);
}

/// Returns the cues of the text tracks of a file, without their styles, and when the first frame of its video is shown, in
/// milliseconds.
fn texts_of(name: &str) -> (Vec<Vec<texts::Plain>>, u64) {
    let recipe = files::ALL.iter().find(|recipe| recipe.name == name).unwrap();
    let file = std::fs::File::open(make::make(recipe)).unwrap();
    let found = ginflix_media::inspect(&file, Budget::default()).unwrap();
    let built = index::build(&file, &found, &Limits::default()).unwrap();
    let (index, stored) = (built.index(), built.to_bytes());
    let (video, stored) = (&index.renditions[0], &stored.as_slice());
    let entry = index.entry(stored, 0, 0).unwrap();
    let samples = index.samples(stored, 0, &entry).unwrap();
    let first = samples.iter().map(|sample| sample.presentation()).min().unwrap();
    let shown = (first + video.shifts.presentation()).max(0).unsigned_abs();
    let read = texts::read(&file, &found, index);
    let cues = read.tracks.iter().map(|track| texts::plain(&track.cues)).collect();
    (cues, shown * 1000 / u64::from(video.timescale))
}

fn moved(cues: &[texts::Plain], by: u64) -> Vec<texts::Plain> {
    cues.iter().map(|(start, end, text)| (start + by, end + by, text.clone())).collect()
}

#[test]
fn texts_have_the_times_of_their_source_relative_to_the_video() {
    // In the late files all tracks start 5 s later, and the presentation with them.
    for (name, sources) in [
        ("h264-texts.mp4", &["en.srt", "de.srt"][..]),
        ("h264-texts-late.mp4", &["en.srt"]),
        ("h264-texts.mkv", &["en.srt", "signs.ass"]),
        ("h264-texts-merged.mkv", &["en.srt"]),
        ("h264-texts-late.mkv", &["en.srt"]),
        ("h264-texts-zlib.mkv", &["de.srt", "signs.ass"]),
    ] {
        let (cues, video) = texts_of(name);
        assert!(video < 25, "{name}: {video} ms"); // the priming of the audio may be before
        let expected: Vec<_> =
            sources.iter().map(|source| moved(&texts::source_cues(source), video)).collect();
        assert_eq!(cues, expected, "{name}");
    }
    // Only the video is late there, by 0.7 s in whole frames.
    let (cues, video) = texts_of("h264-texts-late-video.mp4");
    assert_eq!((cues, video), (vec![texts::source_cues("en.srt")], 720));
}

#[test]
fn texts_of_files_that_are_cut_or_fragmented_start_at_their_times_relative_to_the_video() {
    let starts = |cues: &[texts::Plain]| cues.iter().map(|cue| cue.0).collect::<Vec<_>>();
    let english = texts::source_cues("en.srt");
    // ffmpeg writes fragments without an edit list, so that the video is shown later by the delay of its B-frames.
    let (cues, video) = texts_of("h264-texts-fragmented.mp4");
    assert_eq!((starts(&cues[0]), video), (starts(&moved(&english, 80)), 80));
    // ffmpeg cut the first 3.3 s away.
    let (cues, _) = texts_of("h264-texts-cut.mp4");
    let expected: Vec<u64> = starts(&english[1..]).iter().map(|start| start - 3300).collect();
    assert_eq!(starts(&cues[0]), expected);
}

/// A file of which the bytes that are read are counted.
struct Counted(std::fs::File, std::cell::Cell<u64>);

impl ReadAt for Counted {
    fn size(&self) -> std::io::Result<u64> {
        self.0.size()
    }

    fn read_at(&self, buffer: &mut [u8], offset: u64) -> std::io::Result<usize> {
        self.1.set(self.1.get() + buffer.len() as u64);
        ReadAt::read_at(&self.0, buffer, offset)
    }
}

#[test]
fn the_clusters_of_matroska_are_read_once_for_the_index_and_the_texts() {
    let recipe = files::ALL.iter().find(|recipe| recipe.name == "h264-texts-zlib.mkv").unwrap();
    let file = Counted(std::fs::File::open(make::make(recipe)).unwrap(), Default::default());
    let found = ginflix_media::inspect(&file, Budget::default()).unwrap();
    let (limits, text_limits) = Default::default();
    let count = |read: &mut dyn FnMut(&Counted)| {
        file.1.set(0);
        read(&file);
        file.1.get()
    };
    let index = count(&mut |file| drop(index::build(file, &found, &limits).unwrap()));
    let both = count(&mut |file| {
        let read = ginflix_hls::texts::read_with_index(file, &found, &limits, &text_limits);
        assert_eq!(read.unwrap().1.unwrap().tracks.len(), 2);
    });
    // Each of the four cues takes a read of 4 KiB, and the next one of the cluster after it.
    assert!(index > 100_000 && both < index + 8 * 4096, "{index} and {both} bytes");
}

#[test]
fn damaged_files_are_packaged_or_refused() {
    for recipe in &files::ALL[..files::SLICE] {
        damage::inflict(&make::make(recipe), 200);
    }
}
