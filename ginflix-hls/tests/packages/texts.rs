//! The text tracks of files, which are compared with what ffmpeg reads of them, and the subtitle files of which they are
//! made.

use std::path::Path;
use std::process::Command;

use ginflix_api::inspection::{Inspection, Track, TrackKind};
use ginflix_hls::index::{Entry, Index};
use ginflix_hls::playlist::{TextRendition, UriSuffix};
use ginflix_hls::resource::Revision;
use ginflix_hls::texts::{self, Limits, TextTrack, Texts};
use ginflix_subtitles::Cue;
use m3u8_rs::MediaPlaylist;

use crate::sources::FILES;

/// A cue without its style: its times in milliseconds, and its text.
pub type Plain = (u64, u64, String);

/// Returns the cues of a subtitle file without their styles.
pub fn source_cues(name: &str) -> Vec<Plain> {
    let (_, text) = FILES.iter().find(|file| file.0 == name).expect("a subtitle file");
    plain(&ginflix_subtitles::read(text.as_bytes(), None).unwrap().cues)
}

pub fn plain(cues: &[Cue]) -> Vec<Plain> {
    cues.iter().map(|cue| (cue.start_ms, cue.end_ms, cue.text.plain())).collect()
}

/// Reads the text tracks of a file.
pub fn read(file: &std::fs::File, found: &Inspection, index: &Index) -> Texts {
    texts::read(file, found, index.origin, &Limits::default()).unwrap()
}

/// Returns the renditions of texts.
pub fn renditions(texts: &[TextTrack]) -> Vec<TextRendition> {
    (0..).zip(texts).map(|(number, text)| TextRendition::new(number, &text.info)).collect()
}

/// Returns what is wrong with the texts of a file, which are compared with those that ffmpeg reads of `oracle`. The index has the
/// segments of its guide.
pub fn faults(
    path: &Path,
    oracle: Option<&Path>,
    found: &Inspection,
    (index, entries): (&Index, &[Entry]),
    read: &Texts,
) -> Vec<String> {
    let is_text = |track: &&Track| matches!(track.kind, TrackKind::Text);
    let wanted = found.tracks.iter().filter(is_text).count();
    let mut faults: Vec<String> =
        read.left_out.iter().map(|left_out| format!("left out: {}", left_out.reason)).collect();
    if read.tracks.len() != wanted {
        faults.push(format!("{} texts instead of {wanted}", read.tracks.len()));
    }
    let stored = texts::decode(&texts::encode(&read.tracks)).unwrap();
    for (number, (text, stored)) in read.tracks.iter().zip(&stored).enumerate() {
        let ours = plain(&text.cues);
        let theirs = oracle.map_or(ours.clone(), |path| ffmpeg(path, number, index.origin));
        let mut check = |is_right: bool, what: &str| {
            if !is_right {
                faults.push(format!("text {number}: {what}: {ours:?} instead of {theirs:?}"));
            }
        };
        check(are_near(&ours, &theirs), "ffmpeg reads other cues");
        check(stored.info == text.info, "the information is not stored");
        check(stored.cues().unwrap() == text.cues, "the cues are not stored");
        check(plain(&text.cues) == segments(index, entries, &text.cues), "the segments differ");
        let revision = Revision::new("0123456789abcdef").unwrap();
        let suffix = UriSuffix::default();
        let playlist = texts::playlist(index, number, entries, &revision, &suffix).unwrap();
        let name = path.file_name().unwrap().to_string_lossy();
        let beside = path.with_file_name(format!("{name}.text-{number}.m3u8"));
        std::fs::write(beside, &playlist).unwrap();
        faults.extend(playlist_faults(&playlist, index));
    }
    faults
}

/// Reads a text track with ffmpeg.
fn ffmpeg(path: &Path, number: usize, origin: u64) -> Vec<Plain> {
    let output = Command::new("ffmpeg")
        .args(["-nostdin", "-loglevel", "error", "-copyts", "-i"])
        .arg(path)
        .args(["-map", &format!("0:s:{number}"), "-f", "webvtt", "-"])
        .output()
        .expect("ffmpeg is missing");
    let cues = ginflix_subtitles::read(&output.stdout, None).unwrap().cues;
    let moved = |time: u64| time.saturating_sub(origin / 1_000_000);
    plain(&cues).into_iter().map(|(start, end, text)| (moved(start), moved(end), text)).collect()
}

/// Compares cues, whose times may be rounded differently.
fn are_near(ours: &[Plain], theirs: &[Plain]) -> bool {
    let is_near = |(our, their): (&Plain, &Plain)| {
        our.0.abs_diff(their.0) <= 1 && our.1.abs_diff(their.1) <= 1 && our.2 == their.2
    };
    ours.len() == theirs.len() && ours.iter().zip(theirs).all(is_near)
}

/// Reads the cues of all segments, as players do: a cue that is in two is one.
fn segments(index: &Index, entries: &[Entry], cues: &[Cue]) -> Vec<Plain> {
    let segment = |(number, entry)| texts::segment(index, number, entry, cues).unwrap();
    let all: String = (0..).zip(entries).map(segment).collect();
    plain(&ginflix_subtitles::read(all.as_bytes(), None).unwrap().cues)
}

fn playlist_faults(text: &str, index: &Index) -> Vec<String> {
    let Ok((_, playlist)) = m3u8_rs::parse_media_playlist(text.as_bytes()) else {
        return vec![format!("the playlist cannot be parsed: {text}")];
    };
    let MediaPlaylist { version, target_duration, segments, end_list, .. } = &playlist;
    let guide = &index.renditions[texts::guide(index).unwrap()];
    let sum: f64 = segments.iter().map(|segment| f64::from(segment.duration)).sum();
    let is_right = *version == Some(7)
        && *end_list
        && *target_duration == u64::from(index.target_duration)
        && segments.len() == guide.segments as usize
        && segments.iter().all(|segment| segment.map.is_none() && segment.uri.ends_with(".vtt"))
        && (sum - guide.end().seconds()).abs() < 0.001;
    if is_right { Vec::new() } else { vec![format!("the playlist is wrong: {text}")] }
}
