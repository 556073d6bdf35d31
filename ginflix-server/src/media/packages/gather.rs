//! Copies the short ranges of a content into memory, so that they are sent with few system calls.

use std::mem;

use ginflix_hls::content::{Content, Piece};

use crate::delivery::segments::{Segment, Segments};
use crate::media::shared_file::SharedFile;

/// The longest range in bytes that is copied: an audio frame has a few hundred bytes. Longer ones are sent from the file by
/// sendfile(2). Measured with segments of a movie of 5 Mbit/s, whose ranges of video have 26 KiB on average: video costs 70 to 76
/// ms/GiB with limits of 1 and 4 KiB, 105 with 16 KiB, and 423 with 64 KiB; audio costs the least with 4 KiB.
pub const COPIED_RANGE_BYTES: u64 = 4 * 1024;
/// The most bytes that are copied for one content: a client that does not read takes no more memory than that.
const COPY_LIMIT_BYTES: usize = 256 * 1024;

/// A content whose short ranges are in memory, as far as they could be copied.
pub struct Gathered {
    /// The content.
    pub segments: Segments,
    /// Whether no short range is left.
    pub is_complete: bool,
}

/// Copies the short ranges of a content, if all of a range is in the page cache. Never waits for the disk.
pub fn gather(content: Content, file: &SharedFile) -> Gathered {
    let (mut segments, mut bytes, mut is_complete) = (Segments::new(), Vec::new(), true);
    let mut copied = 0;
    for piece in content.into_pieces() {
        match piece {
            Piece::Literal(literal) => bytes.extend(literal),
            Piece::File { offset, length } => {
                let is_short = length <= COPIED_RANGE_BYTES;
                let has_room = copied + length as usize <= COPY_LIMIT_BYTES;
                if is_short && has_room && push_copy(&mut bytes, file, offset, length as usize) {
                    copied += length as usize;
                    continue;
                }
                // What is over the limit is no reason to try again.
                is_complete &= !is_short || !has_room;
                push_bytes(&mut segments, &mut bytes);
                segments.push(Segment::FileRange(offset..offset + length));
            }
        }
    }
    push_bytes(&mut segments, &mut bytes);
    Gathered { segments, is_complete }
}

/// Appends a range of the file, and returns whether it did. If the file changed, the response fails when it is sent.
fn push_copy(bytes: &mut Vec<u8>, file: &SharedFile, offset: u64, length: usize) -> bool {
    let end = bytes.len();
    bytes.resize(end + length, 0);
    let is_copied = matches!(file.read_from_memory(offset, &mut bytes[end..]), Ok(true));
    if !is_copied {
        bytes.truncate(end);
    }
    is_copied
}

fn push_bytes(segments: &mut Segments, bytes: &mut Vec<u8>) {
    if !bytes.is_empty() {
        segments.push(Segment::Bytes(mem::take(bytes).into()));
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use smallvec::smallvec;

    use super::*;

    /// A file beside the test program, of bytes that count up.
    fn file(length: usize) -> (tempfile::NamedTempFile, SharedFile) {
        let program = std::env::current_exe().unwrap();
        let mut file = tempfile::NamedTempFile::new_in(program.parent().unwrap()).unwrap();
        let bytes: Vec<u8> = (0..length).map(|position| position as u8).collect();
        file.write_all(&bytes).unwrap();
        let modified = file.as_file().metadata().unwrap().modified().unwrap();
        let shared = SharedFile::new("film.mp4", file.reopen().unwrap(), length as u64, modified);
        (file, shared)
    }

    #[test]
    fn short_ranges_are_copied_and_long_ones_are_not() {
        let mut content = Content::default();
        content.push_literal(b"head");
        content.push_file(10, 2);
        content.push_file(20, 1);
        content.push_file(100, COPIED_RANGE_BYTES + 1);
        content.push_file(5, 1);
        let (_on_disk, file) = file(10_000);
        let gathered = gather(content, &file);
        let expected: Segments = smallvec![
            Segment::Bytes(b"head\x0A\x0B\x14".as_slice().into()),
            Segment::FileRange(100..101 + COPIED_RANGE_BYTES),
            Segment::Bytes(b"\x05".as_slice().into()),
        ];
        assert_eq!(gathered.segments, expected);
        assert!(gathered.is_complete);
    }

    #[test]
    fn what_cannot_be_read_stays_a_range() {
        let mut content = Content::default();
        content.push_file(8, 10);
        let (_on_disk, file) = file(10);
        let gathered = gather(content, &file);
        assert_eq!(gathered.segments.as_slice(), [Segment::FileRange(8..18)]);
        assert!(!gathered.is_complete);
    }

    #[test]
    fn the_copied_bytes_are_bounded() {
        let mut content = Content::default();
        for number in 0..100 {
            content.push_file(number * 5000, COPIED_RANGE_BYTES);
        }
        let (_on_disk, file) = file(500_000);
        let gathered = gather(content, &file);
        assert_eq!(gathered.segments[0].len(), COPY_LIMIT_BYTES as u64);
        assert_eq!(
            gathered.segments.len(),
            1 + 100 - COPY_LIMIT_BYTES / COPIED_RANGE_BYTES as usize
        );
        assert!(gathered.is_complete);
    }
}
