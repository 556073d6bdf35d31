use ginflix_api::inspection::Codec;

use super::*;
use crate::content::Piece;
use crate::rendition::{AudioFormat, BitRates, Shifts, VideoFormat};

fn rendition(kind: RenditionKind) -> Rendition {
    Rendition {
        kind,
        track: 1,
        codec: Codec::H264,
        codecs: String::new(),
        timescale: 1000,
        language: None,
        name: None,
        video: VideoFormat::default(),
        audio: AudioFormat::default(),
        sample_entry: Vec::new(),
        sample_prefix: Vec::new(),
        shifts: Shifts::default(),
        duration: 0,
        segments: 1,
        bit_rates: BitRates::default(),
    }
}

fn sample(offset: u64, composition: i32, is_sync: bool) -> Sample {
    Sample { offset, size: 10, time: 0, duration: 40, composition, is_sync }
}

fn head(content: &Content) -> &[u8] {
    match &content.pieces()[0] {
        Piece::Literal(bytes) => bytes,
        Piece::File { .. } => panic!("a segment begins with boxes"),
    }
}

/// The flags of a full box of this type.
fn flags(head: &[u8], kind: &[u8; 4]) -> u32 {
    let at = head.windows(4).position(|window| window == kind).unwrap();
    ginflix_media::source::u32_at(head, at + 4) & 0xFF_FFFF
}

#[test]
fn equal_samples_take_no_room_in_the_run() {
    let samples = [sample(100, 0, true), sample(110, 0, true)];
    let entry = Entry::default();
    let content = build(&rendition(RenditionKind::Audio), 1, 0, &entry, &samples);
    assert_eq!(content.pieces()[1..], [Piece::File { offset: 100, length: 20 }]);
    let head = head(&content);
    assert_eq!(flags(head, b"trun"), 0x1);
    assert_eq!(flags(head, b"tfhd"), 0x2_0038);
}

#[test]
fn only_the_first_sample_of_video_has_flags_of_its_own() {
    let mut video = rendition(RenditionKind::Video);
    video.shifts.composition = 40;
    let samples = [sample(100, 0, true), sample(200, 40, false), sample(300, -40, false)];
    let content = build(&video, 1, 6, &Entry::default(), &samples);
    assert_eq!(flags(head(&content), b"trun"), 0x805);
    // An intermediate sync sample needs flags for each sample.
    let samples = [sample(100, 0, true), sample(200, 40, false), sample(300, 0, true)];
    let content = build(&video, 1, 6, &Entry::default(), &samples);
    assert_eq!(flags(head(&content), b"trun"), 0xC01);
}

#[test]
fn the_data_offset_leads_to_the_samples() {
    let content =
        build(&rendition(RenditionKind::Video), 1, 0, &Entry::default(), &[sample(100, 0, true)]);
    let head = head(&content);
    let moof = head.windows(4).position(|window| window == b"moof").unwrap() - 4;
    let run = head.windows(4).position(|window| window == b"trun").unwrap();
    let offset = ginflix_media::source::u32_at(head, run + 12) as usize;
    assert_eq!(moof + offset, head.len());
}

#[test]
fn a_removed_prefix_is_put_back() {
    let mut video = rendition(RenditionKind::Video);
    video.sample_prefix = b"pre".to_vec();
    let samples = [sample(100, 0, true), sample(110, 0, false)];
    let content = build(&video, 1, 0, &Entry::default(), &samples);
    let [Piece::Literal(head), first, Piece::Literal(prefix), second] = content.pieces() else {
        panic!("{:?}", content.pieces());
    };
    assert!(head.ends_with(b"\0\0\0\x22mdatpre"));
    assert_eq!(prefix, b"pre");
    assert_eq!((first.len(), second.len()), (10, 10));
}

#[test]
fn a_segment_of_4_gib_has_a_long_header() {
    let mut large = sample(100, 0, true);
    large.size = u32::MAX;
    let samples = [large, large];
    let content = build(&rendition(RenditionKind::Video), 1, 0, &Entry::default(), &samples);
    let expected = [&b"\0\0\0\x01mdat"[..], &(u64::from(u32::MAX) * 2 + 16).to_be_bytes()].concat();
    assert!(head(&content).ends_with(&expected));
}
