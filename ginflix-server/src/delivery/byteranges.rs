//! The `multipart/byteranges` body of a response with several ranges: RFC 9110, section 14.6.

use std::ops::Range;

use bytes::Bytes;

use super::segments::{Segment, Segments};

/// Memory for the longest value of a `Content-Range` field: `bytes `, three numbers of at most 20
/// digits, and two separators.
pub type ContentRangeBuffer = [u8; 72];

/// An empty [`ContentRangeBuffer`].
pub const CONTENT_RANGE_BUFFER: ContentRangeBuffer = [0; 72];

/// Returns the `Content-Type` of the whole body.
pub fn content_type(boundary: &str) -> String {
    format!("multipart/byteranges; boundary={boundary}")
}

/// Writes the value of `Content-Range` (RFC 9110, section 14.4) for a range that is not empty. Does
/// not allocate, because nearly every response has this field.
pub fn content_range<'a>(
    range: &Range<u64>,
    size: u64,
    buffer: &'a mut ContentRangeBuffer,
) -> &'a [u8] {
    let (mut end, mut digits) = (0, itoa::Buffer::new());
    for (separator, number) in [("bytes ", range.start), ("-", range.end - 1), ("/", size)] {
        for text in [separator, digits.format(number)] {
            buffer[end..end + text.len()].copy_from_slice(text.as_bytes());
            end += text.len();
        }
    }
    &buffer[..end]
}

/// Builds the body: each range of the file after its part header, and the closing boundary.
pub fn segments(ranges: Vec<Range<u64>>, size: u64, part_type: &str, boundary: &str) -> Segments {
    let mut segments = Segments::with_capacity(ranges.len() * 2 + 1);
    for (i, range) in ranges.into_iter().enumerate() {
        let line_break = if i == 0 { "" } else { "\r\n" };
        let mut head =
            format!("{line_break}--{boundary}\r\nContent-Type: {part_type}\r\nContent-Range: ")
                .into_bytes();
        head.extend_from_slice(content_range(&range, size, &mut { CONTENT_RANGE_BUFFER }));
        head.extend_from_slice(b"\r\n\r\n");
        segments.push(Segment::Bytes(head.into()));
        segments.push(Segment::FileRange(range));
    }
    segments.push(Segment::Bytes(Bytes::from(format!("\r\n--{boundary}--\r\n"))));
    segments
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_part_has_its_header_and_the_end_is_marked() {
        let body: String = segments(vec![0..2, 7..9], 9, "video/mp4", "B")
            .into_iter()
            .map(|segment| match segment {
                Segment::Bytes(bytes) => String::from_utf8(bytes.to_vec()).unwrap(),
                Segment::FileRange(range) => {
                    "123456789"[range.start as usize..range.end as usize].to_owned()
                }
            })
            .collect();
        assert_eq!(
            body,
            "--B\r\nContent-Type: video/mp4\r\nContent-Range: bytes 0-1/9\r\n\r\n12\
             \r\n--B\r\nContent-Type: video/mp4\r\nContent-Range: bytes 7-8/9\r\n\r\n89\r\n--B--\r\n"
        );
    }

    #[test]
    fn the_longest_content_range_fits_the_buffer() {
        let mut buffer = CONTENT_RANGE_BUFFER;
        let value = content_range(&(u64::MAX - 1..u64::MAX), u64::MAX, &mut buffer);
        assert_eq!(value, b"bytes 18446744073709551614-18446744073709551614/18446744073709551615");
    }
}
