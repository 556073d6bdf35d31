use std::io::Write;

use flate2::Compression;
use flate2::write::ZlibEncoder;
use ginflix_media::source::Budget;

use super::*;
use crate::boxes::{boxed, full};
use crate::matroska::tests::{compression, element, file};

/// The bytes before the samples of a file of MP4.
const SAMPLES_START: u32 = 24;

fn numbers(values: &[u32]) -> Vec<u8> {
    values.iter().flat_map(|value| value.to_be_bytes()).collect()
}

fn table(kind: &[u8; 4], entries: u32, values: &[u32]) -> Vec<u8> {
    full(kind, 0, 0, &[&entries.to_be_bytes()[..], &numbers(values)].concat())
}

/// A sample of `tx3g`.
fn tx3g(text: &str) -> Vec<u8> {
    [&(text.len() as u16).to_be_bytes()[..], text.as_bytes()].concat()
}

/// A text track of 1000 ticks a second with samples of a second each, which are at `offset`.
fn mp4_track(id: u32, offset: u32, samples: &[Vec<u8>], edits: &[u32]) -> Vec<u8> {
    let count = samples.len() as u32;
    let sizes: Vec<u32> = samples.iter().map(|sample| sample.len() as u32).collect();
    let entry = boxed(b"tx3g", &[&[0; 6][..], &[0, 1], &[0; 30]].concat());
    let tables = [
        full(b"stsd", 0, 0, &[&[0, 0, 0, 1][..], &entry].concat()),
        table(b"stts", 1, &[count, 1000]),
        table(b"stsc", 1, &[1, count, 1]),
        full(b"stsz", 0, 0, &numbers(&[&[0, count][..], &sizes].concat())),
        table(b"stco", 1, &[offset]),
    ];
    let media = [
        full(b"mdhd", 0, 0, &numbers(&[0, 0, 1000, 0, 0x15C7_0000])),
        full(b"hdlr", 0, 0, &[&[0; 4][..], b"sbtl", &[0; 13]].concat()),
        boxed(b"minf", &boxed(b"stbl", &tables.concat())),
    ];
    let edits = table(b"elst", edits.len() as u32 / 3, edits);
    let header = full(b"tkhd", 0, 1, &numbers(&[&[0, 0, id][..], &[0; 17]].concat()));
    boxed(b"trak", &[header, boxed(b"edts", &edits), boxed(b"mdia", &media.concat())].concat())
}

/// A file of MP4 with text tracks, all of which have these samples.
fn mp4(samples: &[Vec<u8>], edits: &[&[u32]]) -> Vec<u8> {
    let tracks = (1..).zip(edits).map(|(id, edits)| mp4_track(id, SAMPLES_START, samples, edits));
    let header = full(b"mvhd", 0, 0, &numbers(&[&[0, 0, 1000][..], &[0; 21]].concat()));
    let movie = [header, tracks.collect::<Vec<_>>().concat()].concat();
    let file_type = boxed(b"ftyp", b"isom\0\0\0\0");
    [file_type, boxed(b"mdat", &samples.concat()), boxed(b"moov", &movie)].concat()
}

fn read_with(content: &[u8], origin: u64, limits: &Limits) -> Texts {
    let found = ginflix_media::inspect(&content, Budget::default()).unwrap();
    read(&content, &found, origin, limits).unwrap()
}

/// Returns the times and texts of all tracks.
fn cues_of(texts: &Texts) -> Vec<Vec<(u64, u64, String)>> {
    let cue = |cue: &Cue| (cue.start_ms, cue.end_ms, cue.text.plain());
    texts.tracks.iter().map(|track| track.cues.iter().map(cue).collect()).collect()
}

fn times_of(texts: &Texts) -> Vec<Vec<(u64, u64)>> {
    let times = |cues: Vec<(u64, u64, String)>| cues.into_iter().map(|c| (c.0, c.1)).collect();
    cues_of(texts).into_iter().map(times).collect()
}

#[test]
fn edit_lists_move_and_cut_the_cues_of_mp4() {
    const WHOLE: u32 = 0x1_0000;
    let samples = [Vec::new(), tx3g("a"), tx3g(""), tx3g("b"), tx3g("b")];
    let content = mp4(
        &samples,
        &[
            &[0, 0, WHOLE],
            &[500, u32::MAX, WHOLE, 5000, 0, WHOLE], // a delay of half a second
            &[2000, 1200, WHOLE],                    // from 1.2 s to 3.2 s
        ],
    );
    let texts = read_with(&content, 0, &Limits::default());
    let (a, b) = ("a".to_owned(), "b".to_owned());
    assert_eq!(
        cues_of(&texts),
        [
            [(1000, 2000, a.clone()), (3000, 5000, b.clone())],
            [(1500, 2500, a.clone()), (3500, 5500, b.clone())],
            [(0, 800, a), (1800, 2000, b)],
        ]
    );
    assert_eq!(texts.tracks[0].info.language.as_deref(), Some("en"));
    // A presentation that starts at 1.5 s.
    let texts = read_with(&content, 1_500_000_000, &Limits::default());
    let expected = [vec![(0, 500), (1500, 3500)], vec![(0, 1000), (2000, 4000)], vec![(300, 500)]];
    assert_eq!(times_of(&texts), expected);
}

#[test]
fn a_track_that_cannot_be_read_is_left_out_with_the_reason() {
    let pieces: &[u32] = &[1000, 0, 0x1_0000, 1000, 3000, 0x1_0000];
    let samples = [tx3g("a"), vec![0, 9, 1], vec![0], tx3g("b")];
    let texts = read_with(&mp4(&samples, &[pieces, &[]]), 0, &Limits::default());
    assert_eq!(times_of(&texts), [[(0, 1000), (3000, 4000)]]);
    assert_eq!((texts.tracks[0].track, texts.tracks[0].damaged_samples), (2, 2));
    assert_eq!(texts.left_out.len(), 1);
    let LeftOut { track, reason } = &texts.left_out[0];
    assert!(*track == 1 && reason.to_string().contains("several parts"), "{reason}");
    let texts = read_with(&mp4(&[vec![0]], &[&[]]), 0, &Limits::default());
    assert!(matches!(texts.left_out[0].reason, Error::Damaged(_)), "{texts:?}");
    let texts = read_with(&mp4(&[tx3g("")], &[&[]]), 0, &Limits::default());
    assert!(matches!(texts.left_out[0].reason, Error::Unsupported(_)), "{texts:?}");
}

#[test]
fn what_exceeds_a_limit_is_left_out() {
    let samples: Vec<Vec<u8>> = (0..10).map(|number| tx3g(&format!("text {number}"))).collect();
    let content = mp4(&samples, &[&[], &[]]);
    let few = Limits { cues: 15, ..Limits::default() };
    let short = Limits { bytes: 600, ..Limits::default() };
    for limits in [few, short] {
        let texts = read_with(&content, 0, &limits);
        assert_eq!((texts.tracks.len(), texts.left_out.len()), (1, 1), "{limits:?}");
        assert!(matches!(texts.left_out[0].reason, Error::TooLarge(_)), "{texts:?}");
    }
    let none = Limits { samples: 5, ..Limits::default() };
    assert_eq!(read_with(&content, 0, &none).left_out.len(), 2);
}

/// A track of Matroska with these content encodings.
fn matroska_track(codec_id: &[u8], encodings: &[u8]) -> Vec<u8> {
    let entry = [
        element(&[0xD7], &[1]),
        element(&[0x83], &[17]),
        element(&[0x86], codec_id),
        element(&[0x6D, 0x80], encodings),
    ];
    element(&[0x16, 0x54, 0xAE, 0x6B], &element(&[0xAE], &entry.concat()))
}

/// A block of track 1 with a duration.
fn group(time: i16, duration: Option<u16>, text: &[u8]) -> Vec<u8> {
    let [high, low] = time.to_be_bytes();
    let block = element(&[0xA1], &[&[0x81, high, low, 0][..], text].concat());
    let duration = duration.map(|duration| element(&[0x9B], &duration.to_be_bytes()));
    element(&[0xA0], &[block, duration.unwrap_or_default()].concat())
}

#[test]
fn texts_of_matroska_without_a_duration_are_shown_until_the_next_or_for_five_seconds() {
    let blocks = [
        group(1000, Some(700), b"a"),
        group(2000, None, b"b"),
        group(2500, Some(0), b"c"),
        element(&[0xA3], &[&[0x81, 0x27, 0x10, 0x80][..], b"d"].concat()), // a simple block at 10 s
        group(-500, Some(600), b"e"),
        group(-500, Some(400), b"before the start"),
    ];
    let content = file(&matroska_track(b"S_TEXT/UTF8", &[]), &blocks);
    let texts = read_with(&content, 0, &Limits::default());
    let expected = [(0, 100), (1000, 1700), (2000, 2500), (2500, 7500), (10_000, 15_000)];
    assert_eq!(times_of(&texts), [expected]);
    let texts = read_with(&content, 1_200_400_000, &Limits::default());
    assert_eq!(times_of(&texts), [[(0, 500), (800, 1300), (1300, 6300), (8800, 13_800)]]);
}

#[test]
fn a_track_of_matroska_with_too_many_samples_is_left_out() {
    let blocks = [group(0, Some(1000), b"a"), group(1000, Some(1000), b"b")];
    let content = file(&matroska_track(b"S_TEXT/UTF8", &[]), &blocks);
    let texts = read_with(&content, 0, &Limits { samples: 1, ..Limits::default() });
    assert!(matches!(texts.left_out[0].reason, Error::TooLarge(_)), "{texts:?}");
}

fn deflated(text: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(text).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn compressed_texts_of_matroska_are_decompressed_within_limits() {
    let bomb = deflated(&vec![b'a'; 64 << 20]);
    assert!(bomb.len() < 0x1_0000);
    let blocks = [
        group(0, Some(1000), &deflated(b"a")),
        group(1000, Some(1000), b"not compressed"),
        group(2000, Some(1000), &bomb),
        group(3000, Some(1000), &deflated("<i>\u{e4}</i>".as_bytes())),
    ];
    // The algorithm is zlib if none is stated.
    for encodings in [compression(0, &[]), element(&[0x62, 0x40], &[])] {
        let content = file(&matroska_track(b"S_TEXT/UTF8", &encodings), &blocks);
        let texts = read_with(&content, 0, &Limits::default());
        let expected = [(0, 1000, "a".to_owned()), (3000, 4000, "\u{e4}".to_owned())];
        assert_eq!(cues_of(&texts), [expected]);
        assert_eq!(texts.tracks[0].damaged_samples, 2);
    }
    let stripped = file(&matroska_track(b"S_TEXT/UTF8", &compression(3, b"<b>")), &blocks[1..2]);
    let texts = read_with(&stripped, 0, &Limits::default());
    assert_eq!(document(&texts.tracks[0].cues).matches("<b>not compressed</b>").count(), 1);
}

#[test]
fn texts_that_are_encrypted_or_compressed_otherwise_are_left_out() {
    let encrypted = element(&[0x62, 0x40], &element(&[0x50, 0x33], &[1]));
    let twice = [compression(0, &[]), compression(3, b"<b>")].concat();
    for encodings in [encrypted, compression(1, &[]), twice] {
        let blocks = [group(0, Some(1000), b"a")];
        let content = file(&matroska_track(b"S_TEXT/UTF8", &encodings), &blocks);
        let texts = read_with(&content, 0, &Limits::default());
        assert!(texts.tracks.is_empty());
        assert!(matches!(texts.left_out[0].reason, Error::Unsupported(_)), "{texts:?}");
    }
}

#[test]
fn a_file_without_texts_is_not_read() {
    let content = file(&matroska_track(b"S_HDMV/PGS", &[]), &[group(0, Some(1000), b"a")]);
    let nothing = Limits { budget: Budget { bytes: 0, reads: 0 }, ..Limits::default() };
    let texts = read_with(&content, 0, &nothing);
    assert!(texts.tracks.is_empty() && texts.left_out.is_empty(), "{texts:?}");
}

#[test]
fn time_stamps_in_texts_move_with_the_origin() {
    let blocks = [group(5000, Some(2000), b"\n\na<00:00:06.000>b")];
    let content = file(&matroska_track(b"D_WEBVTT/SUBTITLES", &[]), &blocks);
    let texts = read_with(&content, 4_000_000_000, &Limits::default());
    let text = document(&texts.tracks[0].cues);
    assert!(text.contains("00:00:01.000 --> 00:00:03.000\na<00:00:02.000>b\n"), "{text}");
    let blocks = [group(5000, Some(2000), b"a<00:00:01.000>b")];
    let content = file(&matroska_track(b"S_TEXT/WEBVTT", &[]), &blocks);
    let texts = read_with(&content, 4_000_000_000, &Limits::default());
    assert_eq!(document(&texts.tracks[0].cues), text);
}
