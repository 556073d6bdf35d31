use ginflix_api::inspection::Inspection;
use ginflix_media::source::Budget;

use crate::content::Piece;
use crate::error::Error;
use crate::index::{self, Index, Limits};
use crate::segment;

/// Builds an element with a size of 8 bytes.
pub(crate) fn element(id: &[u8], content: &[u8]) -> Vec<u8> {
    [id, &(content.len() as u64 | 1 << 56).to_be_bytes(), content].concat()
}

/// The start of frames of AC-3: 48 kHz, 448 kbit/s, six channels.
const FRAME: [u8; 12] = [0x0B, 0x77, 0, 0, 0x1E, 0x40, 0xE1, 0x00, 1, 2, 3, 4];

/// A track of AC-3 with these content encodings.
fn track(encodings: &[u8]) -> Vec<u8> {
    let audio = [element(&[0xB5], &48_000.0_f64.to_be_bytes()), element(&[0x9F], &[6])];
    let entry = [
        element(&[0xD7], &[1]),
        element(&[0x83], &[2]),
        element(&[0x86], b"A_AC3"),
        element(&[0xE1], &audio.concat()),
        element(&[0x6D, 0x80], encodings),
    ];
    element(&[0x16, 0x54, 0xAE, 0x6B], &element(&[0xAE], &entry.concat()))
}

/// A compression by this algorithm, with these settings.
pub(crate) fn compression(algorithm: u8, settings: &[u8]) -> Vec<u8> {
    let compression =
        [element(&[0x42, 0x54], &[algorithm]), element(&[0x42, 0x55], settings)].concat();
    element(&[0x62, 0x40], &element(&[0x50, 0x34], &compression))
}

/// A file with a cluster of these blocks.
pub(crate) fn file(tracks: &[u8], blocks: &[Vec<u8>]) -> Vec<u8> {
    let header = element(&[0x1A, 0x45, 0xDF, 0xA3], &element(&[0x42, 0x82], b"matroska"));
    let content = [element(&[0xE7], &[0]), blocks.concat()].concat();
    let cluster = element(&[0x1F, 0x43, 0xB6, 0x75], &content);
    let segment = element(&[0x18, 0x53, 0x80, 0x67], &[tracks, &cluster].concat());
    [header, segment].concat()
}

fn simple_block(milliseconds: u8, flags: u8, content: &[u8]) -> Vec<u8> {
    element(&[0xA3], &[&[0x81, 0, milliseconds, flags][..], content].concat())
}

fn examine(content: &[u8]) -> Inspection {
    ginflix_media::inspect(&content, Budget::default()).unwrap()
}

#[test]
fn what_was_removed_from_frames_is_put_back() {
    let blocks = [simple_block(0, 0x80, &FRAME[2..]), simple_block(32, 0x80, &FRAME[2..])];
    let content = file(&track(&compression(3, &FRAME[..2])), &blocks);
    let file = content.as_slice();
    let built = index::build(&file, &examine(file), &Limits::default()).unwrap();
    let stored = built.to_bytes();
    let index = Index::open(&stored.as_slice()).unwrap();
    let segment = segment::segment(&index, &stored.as_slice(), 0, 0).unwrap();
    let bytes = segment.read(&file).unwrap();
    assert!(bytes.ends_with(&[FRAME, FRAME].concat()));
    let [Piece::Literal(_), first, Piece::Literal(prefix), second] = segment.pieces() else {
        panic!("{:?}", segment.pieces());
    };
    assert_eq!((prefix.as_slice(), first.len(), second.len()), (&FRAME[..2], 10, 10));
    // The configuration needs the removed bytes too.
    assert!(index.renditions[0].sample_entry.windows(4).any(|window| window == b"dac3"));
    assert_eq!(index.renditions[0].duration, 2 * 1536);
}

#[test]
fn a_lace_becomes_samples_one_after_the_other() {
    let lace = [&[2_u8][..], &FRAME, &FRAME, &FRAME].concat();
    let content = file(&track(&[]), &[simple_block(0, 0x84, &lace)]);
    let file = content.as_slice();
    let built = index::build(&file, &examine(file), &Limits::default()).unwrap();
    assert_eq!(built.index().renditions[0].duration, 3 * 1536);
    let stored = built.to_bytes();
    let segment = segment::segment(built.index(), &stored.as_slice(), 0, 0).unwrap();
    assert_eq!(segment.pieces().len(), 2);
    assert_eq!(segment.pieces()[1].len(), 36);
}

#[test]
fn a_compressed_track_is_refused() {
    let content = file(&track(&compression(0, &[])), &[simple_block(0, 0x80, &FRAME)]);
    let file = content.as_slice();
    let error = index::build(&file, &examine(file), &Limits::default()).unwrap_err();
    assert!(matches!(error, Error::Unsupported(_)), "{error}");
}

#[test]
fn a_truncated_cluster_gives_what_is_left() {
    let blocks = [0, 32, 64].map(|time| simple_block(time, 0x80, &FRAME));
    let mut content = file(&track(&[]), &blocks);
    content.truncate(content.len() - 5);
    let file = content.as_slice();
    let built = index::build(&file, &examine(file), &Limits::default()).unwrap();
    assert_eq!(built.index().renditions[0].duration, 2 * 1536);
}
