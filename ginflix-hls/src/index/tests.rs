use ginflix_api::inspection::{Codec, Ratio};
use proptest::prelude::*;

use super::*;
use crate::rendition::{AudioFormat, BitRates, Shifts, VideoFormat, VideoRange};

fn rendition() -> Rendition {
    Rendition {
        kind: RenditionKind::Audio,
        track: 7,
        codec: Codec::Eac3,
        codecs: "ec-3".into(),
        timescale: 48_000,
        language: Some("de".into()),
        name: None,
        video: VideoFormat {
            track_size: [1, 2],
            display_size: [3, 4],
            matrix: [5, 6, 7, 8, 9, 10, 11, 12, u32::MAX],
            frame_rate: Ratio::new(24_000, 1001),
            range: VideoRange::Pq,
        },
        audio: AudioFormat { channels: 6, sample_rate: 48_000, is_default: true },
        sample_entry: vec![1, 2, 3],
        sample_prefix: vec![4],
        shifts: Shifts { decode: -5, composition: 6, media_time: 7 },
        duration: 8,
        segments: 9,
        bit_rates: BitRates { peak: 10, average: 11 },
    }
}

/// An index with this header and nothing else.
fn stored(header: &[u8], version: u32) -> Vec<u8> {
    let numbers = [version, header.len() as u32, crc32fast::hash(header)].map(u32::to_be_bytes);
    [&MAGIC[..], &numbers.concat(), header].concat()
}

#[test]
fn a_header_survives_its_coding() {
    let mut index = Index::with_renditions(vec![rendition(), rendition()], 12);
    index.origin = 5_000_000_000;
    index.parts[1] = Part { directory: 1, samples: u64::MAX };
    let header = header::encode(&index);
    assert_eq!(Index::open(&stored(&header, VERSION).as_slice()).unwrap(), index);
    for length in 0..header.len() {
        assert_eq!(header::decode(&header[..length]), None, "{length} bytes");
    }
}

#[test]
fn what_is_no_index_of_this_version_is_refused() {
    let header = header::encode(&Index::with_renditions(Vec::new(), 6));
    for content in [
        Vec::new(),
        vec![0; 100],
        stored(&header, VERSION + 1),
        stored(&header, VERSION)[..21].to_vec(),
    ] {
        let found = Index::open(&content.as_slice());
        assert!(matches!(found, Err(Error::Index(_))), "{content:?}");
    }
    // A length beyond the end takes no memory.
    let mut long = stored(&header, VERSION);
    long[12..16].copy_from_slice(&u32::MAX.to_be_bytes());
    assert!(Index::open(&long.as_slice()).is_err());
}

proptest! {
    #[test]
    fn arbitrary_headers_are_read_without_panic(header: Vec<u8>) {
        if let Ok(index) = Index::open(&stored(&header, VERSION).as_slice()) {
            for position in 0..index.renditions.len() {
                let content = [0; 10].as_slice();
                prop_assert!(index.entries(&content, position).is_err() || index.renditions[position].segments == 0);
            }
        }
    }
}
