//! Large and hostile files are read with little work: what is read is counted, and how much memory is taken follows
//! from the limits in the code.

#![allow(clippy::unwrap_used)] // a panic is how a test fails

mod content;

use content::{Content, boxed, element, sized};
use ginflix_api::inspection::{Inspection, Problem, TrackKind};
use ginflix_media::inspect_source;
use ginflix_media::source::{Budget, Source};

const GB: u64 = 1_000_000_000;

/// Inspects, and returns the bytes that were read too.
fn inspect(content: &Content) -> (Inspection, u64) {
    let mut source = Source::new(content, Budget::default()).unwrap();
    let found = inspect_source(&mut source).unwrap();
    (found, source.read_bytes())
}

/// A track of `samples` samples of `sizes`, each of which lasts 1/25 s.
fn track(samples: u32, sizes: &[u8], chunk_offset: u64) -> Vec<u8> {
    let header = [&[0; 12][..], &1_u32.to_be_bytes(), &[0; 68]].concat();
    let media_header =
        [&[0; 12][..], &25_u32.to_be_bytes(), &samples.to_be_bytes(), &[0x15, 0xC7, 0, 0]].concat();
    let handler = [&[0; 8][..], b"vide", &[0; 13]].concat();
    let picture =
        [&[0; 24][..], &1920_u16.to_be_bytes(), &1080_u16.to_be_bytes(), &[0; 50]].concat();
    let description = [&[0, 0, 0, 0, 0, 0, 0, 1][..], &boxed(b"avc1", &picture)].concat();
    let times =
        [&[0, 0, 0, 0, 0, 0, 0, 1][..], &samples.to_be_bytes(), &1_u32.to_be_bytes()].concat();
    let chunks =
        [&[0, 0, 0, 0, 0, 0, 0, 1][..], &1_u32.to_be_bytes(), &samples.to_be_bytes(), &[0; 4]]
            .concat();
    let offsets = [&[0, 0, 0, 0, 0, 0, 0, 1][..], &chunk_offset.to_be_bytes()].concat();
    let tables = [
        boxed(b"stsd", &description),
        boxed(b"stts", &times),
        boxed(b"stsc", &chunks),
        boxed(b"stsz", sizes),
        boxed(b"co64", &offsets),
    ]
    .concat();
    let information = boxed(b"minf", &boxed(b"stbl", &tables));
    let media = [boxed(b"mdhd", &media_header), boxed(b"hdlr", &handler), information].concat();
    boxed(b"trak", &[boxed(b"tkhd", &header), boxed(b"mdia", &media)].concat())
}

fn movie(tracks: &[u8]) -> Vec<u8> {
    let header = [&[0; 12][..], &1000_u32.to_be_bytes(), &0_u32.to_be_bytes(), &[0; 80]].concat();
    boxed(b"moov", &[&boxed(b"mvhd", &header)[..], tracks].concat())
}

/// The content of `stsz` for samples of sizes of their own.
fn sizes(samples: u32, size: u32) -> Vec<u8> {
    let mut content = [&[0; 8][..], &samples.to_be_bytes()].concat();
    content.extend(size.to_be_bytes().repeat(samples as usize));
    content
}

/// The content of `stsz` for samples of the same size.
fn same_size(samples: u32, size: u32) -> Vec<u8> {
    [&[0; 4][..], &size.to_be_bytes(), &samples.to_be_bytes()].concat()
}

/// An MP4 file with this many bytes of samples before its index.
fn mp4(sample_bytes: u64, index: Vec<u8>) -> Content {
    let mut content = Content::default();
    content.append(boxed(b"ftyp", b"isom\0\0\0\0"));
    content
        .append([&1_u32.to_be_bytes()[..], b"mdat", &(sample_bytes + 16).to_be_bytes()].concat());
    content.append_zeros(sample_bytes);
    content.append(index);
    content
}

#[test]
fn less_than_a_hundredth_of_50_gb_of_mp4_is_read() {
    let samples = 12 * 3600 * 25; // 12 hours
    let size = u32::try_from(50 * GB / u64::from(samples)).unwrap();
    let index = movie(&track(samples, &sizes(samples, size), 32));
    let (found, read) = inspect(&mp4(50 * GB, index));
    assert_eq!(found.problems, []);
    assert_eq!(found.duration_seconds, Some(12.0 * 3600.0));
    assert_eq!(found.tracks[0].peak_bit_rate, Some(u64::from(size) * 25 * 8));
    assert!(read < 50 * GB / 100, "{read} bytes");
}

#[test]
fn what_comes_after_the_movie_is_no_damage() {
    let whole = || mp4(2500, movie(&track(25, &sizes(25, 100), 32)));
    let mut content = whole();
    content.append(b"\x7F\xFF\xFF\xFFjunk and more".to_vec());
    assert_eq!(
        inspect(&content).0,
        Inspection { bit_rate: inspect(&content).0.bit_rate, ..inspect(&whole()).0 }
    );
    let mut content = whole();
    content.append(b"\0\0\x10\0mdat and more".to_vec());
    let missing_bytes = 0x1000 - 17;
    assert_eq!(inspect(&content).0.problems, [Problem::Truncated { missing_bytes }]);
}

#[test]
fn less_than_a_hundredth_of_50_gb_of_matroska_is_read() {
    let content = matroska(10_000, 5_000_000, 0);
    let (found, read) = inspect(&content);
    assert_eq!(found.problems, []);
    assert_eq!(found.peak_bit_rate, Some(8_000_013));
    assert!(read < 50 * GB / 100, "{read} bytes");
}

/// A Matroska file with clusters of this size, one each 5 s, the last of which lacks `missing` bytes.
fn matroska(clusters: u64, cluster_bytes: u64, missing: u64) -> Content {
    let track =
        [element(&[0xD7], &[1]), element(&[0x83], &[1]), element(&[0x86], b"V_VP9")].concat();
    let mut content = Content::default();
    content.append(element(&[0x1A, 0x45, 0xDF, 0xA3], &element(&[0x42, 0x82], b"matroska")));
    let tracks = element(&[0x16, 0x54, 0xAE, 0x6B], &element(&[0xAE], &track));
    let a_cluster = cluster_bytes + 8 + 12;
    content.append(sized(&[0x18, 0x53, 0x80, 0x67], tracks.len() as u64 + clusters * a_cluster));
    content.append(tracks);
    for number in 0..clusters {
        content.append(sized(&[0x1F, 0x43, 0xB6, 0x75], cluster_bytes + 8));
        let time = (number * 5000) as u32;
        content.append([&[0xE7, 0x84][..], &time.to_be_bytes(), &[0xEC, 0x01]].concat()); // the rest is one Void
        content.append(sized(&[0xEC], cluster_bytes - 9));
        content.append_zeros(cluster_bytes - 9);
    }
    content.truncate(missing);
    content
}

#[test]
fn a_truncated_cluster_is_missed() {
    let (found, _) = inspect(&matroska(3, 1000, 100));
    assert_eq!(found.problems, [Problem::Truncated { missing_bytes: 100 }]);
}

#[test]
fn an_index_of_100_mb_is_read_whole() {
    let samples = 25_000_000;
    let index = movie(&track(samples, &sizes(samples, 1), 32));
    assert!(index.len() > 100_000_000);
    let (found, read) = inspect(&mp4(25_000_000, index));
    assert_eq!(found.problems, []);
    assert_eq!(found.duration_seconds, Some(1_000_000.0));
    // The sizes are read a second time, for the end of the only chunk.
    assert!(read < 210_000_000, "{read} bytes");
}

#[test]
fn a_claim_of_billions_of_samples_costs_nothing() {
    let index = movie(&track(u32::MAX, &same_size(u32::MAX, 1), 32));
    let (found, read) = inspect(&mp4(u64::from(u32::MAX), index));
    assert_eq!(found.problems, []);
    assert!(read < 100_000, "{read} bytes");
    // A claim of sizes that are not there.
    let claimed = [&[0; 8][..], &u32::MAX.to_be_bytes()].concat();
    let (found, read) = inspect(&mp4(1000, movie(&track(u32::MAX, &claimed, 32))));
    assert!(matches!(found.tracks[0].kind, TrackKind::Video(_)));
    assert!(read < 100_000, "{read} bytes");
}

#[test]
fn a_fragment_that_claims_billions_of_samples_costs_nothing() {
    let extends =
        boxed(b"mvex", &boxed(b"trex", &[&[0; 4][..], &1_u32.to_be_bytes(), &[0; 16]].concat()));
    let index = movie(&[track(0, &same_size(0, 0), 0), extends].concat());
    let run = boxed(b"trun", &[&[0; 4][..], &u32::MAX.to_be_bytes()].concat());
    let header = boxed(
        b"tfhd",
        &[&[0, 0, 0, 0x18][..], &1_u32.to_be_bytes(), &1_u32.to_be_bytes(), &1_u32.to_be_bytes()]
            .concat(),
    );
    let fragment = boxed(b"moof", &boxed(b"traf", &[header, run.repeat(100_000)].concat()));
    let mut content = Content::default();
    content.append(boxed(b"ftyp", b"iso5\0\0\0\0"));
    content.append(index);
    content.append(fragment);
    let (found, read) = inspect(&content);
    assert!(found.fragmented);
    assert!(read < 3_000_000, "{read} bytes");
}

#[test]
fn a_file_with_more_boxes_than_the_budget_allows_says_so() {
    let mut content = Content::default();
    content.append(boxed(b"ftyp", b"isom\0\0\0\0"));
    content.append(movie(&track(1, &sizes(1, 1), 32)));
    for _ in 0..250_000 {
        content.append([&5008_u32.to_be_bytes()[..], b"free"].concat());
        content.append_zeros(5000);
    }
    let (found, read) = inspect(&content);
    assert_eq!(found.problems, [Problem::IndexTooLarge]);
    assert_eq!(found.tracks.len(), 1);
    assert!(read < 1_000_000_000, "{read} bytes");
}

#[test]
fn what_is_missing_is_named() {
    let complete = mp4(1000, movie(&track(10, &sizes(10, 100), 32)));
    assert_eq!(inspect(&complete).0.problems, []);
    let mut cut = Content::default();
    cut.append(boxed(b"ftyp", b"isom\0\0\0\0"));
    cut.append(movie(&track(10, &sizes(10, 100), 10_000)));
    let (found, _) = inspect(&cut);
    assert_eq!(found.problems, [Problem::Truncated { missing_bytes: 11_000 - cut.len() }]);
    let mut without_index = Content::default();
    without_index.append(boxed(b"ftyp", b"isom\0\0\0\0"));
    without_index.append(boxed(b"mdat", &[0; 100]));
    assert_eq!(inspect(&without_index).0.problems, [Problem::NoIndex]);
    let mut open_ended = Content::default();
    open_ended.append(boxed(b"ftyp", b"isom\0\0\0\0"));
    open_ended.append([&500_u32.to_be_bytes()[..], b"mdat", &[0; 100]].concat());
    assert_eq!(inspect(&open_ended).0.problems, [Problem::Truncated { missing_bytes: 392 }]);
}
