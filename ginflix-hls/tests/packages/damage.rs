//! Damages files at places that follow from a seed, and packages what is left of them.

use std::path::Path;

use ginflix_hls::index::{self, Index, Limits};
use ginflix_hls::{segment, texts};
use ginflix_media::source::Budget;

/// Little, so that a loop without end is found.
const BUDGET: Budget = Budget { bytes: 64 << 20, reads: 200_000 };
/// The bytes at both ends of a file that are damaged: those with its tables.
const END_BYTES: usize = 12 * 1024;

/// Packages copies of a file that are damaged in different ways: it may be refused, but never panics.
pub fn inflict(path: &Path, copies: u64) {
    let original = std::fs::read(path).unwrap();
    for seed in 1..=copies {
        let mut content = original.clone();
        let mut random = Random(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15));
        for _ in 0..=random.below(4) {
            let end = END_BYTES.min(content.len());
            let from_start = random.below(end);
            let is_last = random.below(2) == 1;
            let at = if is_last { content.len() - 1 - from_start } else { from_start };
            match random.below(3) {
                0 => content[at] = 0xFF,
                1 => content[at] ^= 1 << random.below(8),
                _ => content[at] = random.below(256) as u8,
            }
        }
        if random.below(8) == 0 {
            content.truncate(random.below(content.len()));
        }
        package(&content);
    }
}

fn package(content: &[u8]) {
    let found = ginflix_media::inspect(&content, BUDGET).unwrap();
    let limits = texts::Limits { budget: BUDGET, ..texts::Limits::default() };
    if let Ok(texts) = texts::read(&content, &found, 0, &limits) {
        texts::decode(&texts::encode(&texts.tracks)).unwrap();
    }
    let limits = Limits { samples: 1_000_000, budget: BUDGET };
    let Ok(built) = index::build(&content, &found, &limits) else { return };
    let stored = built.to_bytes();
    let index = Index::open(&stored.as_slice()).unwrap();
    for (position, rendition) in index.renditions.iter().enumerate() {
        for number in 0..rendition.segments {
            let segment = segment::segment(&index, &stored.as_slice(), position, number).unwrap();
            segment.read(&content).unwrap();
        }
    }
}

/// Random numbers that are the same each time (xorshift).
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % limit.max(1) as u64) as usize
    }
}
