//! The duration of a media file, read from its container with a bounded number of reads. The
//! content is not trusted: a broken file yields no duration or a wrong one, but no long search.

mod matroska;
mod mp4;

use std::io::{self, Read, Seek, SeekFrom};

/// The number of boxes or elements that are read on one level. In valid files, the wanted one is
/// among the first dozen.
const SIBLINGS_LIMIT: usize = 1_000;

/// The longest duration that is accepted: a year. A longer one means that the header is broken.
const DURATION_LIMIT_SECONDS: f64 = 366.0 * 86_400.0;

/// Returns the duration in seconds; `None` if the container format is unknown, or if the file
/// states no duration or an invalid one.
pub fn duration_seconds(content: &mut (impl Read + Seek)) -> Option<f64> {
    let size = content.seek(SeekFrom::End(0)).ok()?;
    let mut first_bytes = [0; 8];
    read_at(content, 0, &mut first_bytes).ok()?;
    let seconds = if first_bytes.starts_with(&matroska::EBML) {
        matroska::duration(content, size)
    } else if mp4::is_first_box(&first_bytes) {
        mp4::duration(content, size)
    } else {
        None
    };
    // The range excludes zero, negative numbers and NaN.
    seconds.filter(|seconds| (f64::MIN_POSITIVE..=DURATION_LIMIT_SECONDS).contains(seconds))
}

fn read_at(content: &mut (impl Read + Seek), at: u64, buffer: &mut [u8]) -> io::Result<()> {
    content.seek(SeekFrom::Start(at))?;
    content.read_exact(buffer)
}

#[cfg(test)]
mod tests;
