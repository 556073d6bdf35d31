//! How long a film plays, from its container alone: bounded reads, no trust.

mod matroska;
mod mp4;

use std::io::{self, Read, Seek, SeekFrom};

/// Boxes or elements looked at on one level; films have a dozen.
const MOST_PARTS: usize = 1_000;

/// Longer is no film but a broken header: a year.
const LONGEST_SECONDS: f64 = 366.0 * 86_400.0;

/// Duration in seconds; `None` where the content is of no known container,
/// does not say, or says nonsense.
pub fn duration_seconds(content: &mut (impl Read + Seek)) -> Option<f64> {
    let size = content.seek(SeekFrom::End(0)).ok()?;
    let mut head = [0; 8];
    read_at(content, 0, &mut head).ok()?;
    let seconds = if head.starts_with(&matroska::EBML) {
        matroska::duration(content, size)
    } else if mp4::is_first_box(&head) {
        mp4::duration(content, size)
    } else {
        None
    };
    seconds.filter(|seconds| (f64::MIN_POSITIVE..=LONGEST_SECONDS).contains(seconds))
}

fn read_at(content: &mut (impl Read + Seek), at: u64, buffer: &mut [u8]) -> io::Result<()> {
    content.seek(SeekFrom::Start(at))?;
    content.read_exact(buffer)
}

#[cfg(test)]
mod tests;
