//! `ginflix_hls`: whatever a file contains, it is packaged or refused, and a segment is what its index says; its texts are
//! read or left out, and what is stored of them is read again.

use ginflix_api::inspection::Inspection;
use ginflix_hls::index::{self, Index, Limits};
use ginflix_hls::playlist::{self, MasterOptions, UriSuffix};
use ginflix_hls::rendition::RenditionKind;
use ginflix_hls::resource::{RenditionName, Resource, Revision};
use ginflix_hls::{init, segment, texts};
use ginflix_media::inspect;
use ginflix_media::source::Budget;

/// Little, so that a loop without end is found.
const BUDGET: Budget = Budget { bytes: 4 << 20, reads: 20_000 };

/// Packages a content, and reads its texts.
pub fn run(content: &[u8]) {
    // An index is read from a disk, which may be damaged.
    if let Ok(index) = Index::open(&content) {
        read(&index, content);
    }
    let _ = texts::decode(content);
    let found = inspect(&content, BUDGET).expect("memory can be read");
    read_texts(content, &found);
    let limits = Limits { samples: 100_000, budget: BUDGET };
    let Ok(built) = index::build(&content, &found, &limits) else { return };
    let stored = built.to_bytes();
    let index = Index::open(&stored.as_slice()).expect("what was written is read");
    assert_eq!(&index, built.index());
    read(&index, &stored);
    for (position, rendition) in index.renditions.iter().enumerate() {
        for number in 0..rendition.segments {
            let content = segment::segment(&index, &stored.as_slice(), position, number);
            assert!(!content.expect("each segment is there").is_empty());
        }
    }
}

/// Reads the texts of a file, and what is stored of them.
fn read_texts(content: &[u8], found: &Inspection) {
    let limits = texts::Limits { samples: 10_000, cues: 5_000, bytes: 1 << 20, budget: BUDGET };
    let Ok(read) = texts::read(&content, found, 0, &limits) else { return };
    let stored = texts::decode(&texts::encode(&read.tracks)).expect("what was written is read");
    assert_eq!(stored.len(), read.tracks.len());
    let index_limits = Limits { samples: 100_000, budget: BUDGET };
    let _ = texts::read_with_index(&content, found, &index_limits, &limits);
    for (text, stored) in read.tracks.iter().zip(&stored) {
        assert!(text.cues.is_sorted_by_key(|cue| cue.start_ms));
        let count = stored.cues().expect("a document has cues").len();
        assert!(count > 0 && count <= text.cues.len());
    }
}

/// Reads an index, which may not panic.
fn read(index: &Index, stored: &[u8]) {
    playlist::master(index, &MasterOptions::default());
    let revision = Revision::new("0123abcd").expect("a hash");
    if let Some(guide) = texts::guide(index)
        && let Ok(entries) = index.entries(&stored, guide)
    {
        texts::playlist(index, 0, &entries, &revision, &UriSuffix::default());
    }
    for (position, rendition) in index.renditions.iter().enumerate() {
        let _ = init::segment(index, position);
        let _ = segment::segment(index, &stored, position, 0);
        let number = if rendition.kind == RenditionKind::Audio { position } else { 0 };
        let name = RenditionName { kind: rendition.kind, number };
        let Ok(entries) = index.entries(&stored, position) else { continue };
        let text = playlist::media(index, name, &entries, &revision, &UriSuffix::default());
        for line in text.iter().flat_map(|text| text.lines()).filter(|l| !l.starts_with('#')) {
            assert!(Resource::parse(line).is_some(), "{line}");
        }
    }
}
