//! The text around the parts of a `multipart/byteranges` body: RFC 9110
//! section 14.6.

use std::ops::Range;

use bytes::Bytes;

use super::pieces::{Piece, Pieces};

/// Type of the whole body.
pub fn content_type(boundary: &str) -> String {
    format!("multipart/byteranges; boundary={boundary}")
}

/// Room for a `Content-Range`.
pub const SPACE: [u8; 72] = [0; 72];

/// `Content-Range` of one part: without memory of its own, as nearly every answer
/// has one.
pub fn content_range<'a>(part: &Range<u64>, size: u64, space: &'a mut [u8; 72]) -> &'a [u8] {
    let (mut end, mut digits) = (0, itoa::Buffer::new());
    for (before, number) in [("bytes ", part.start), ("-", part.end - 1), ("/", size)] {
        for text in [before, digits.format(number)] {
            space[end..end + text.len()].copy_from_slice(text.as_bytes());
            end += text.len();
        }
    }
    &space[..end]
}

/// The body: each part of the file with its head before it, and the end.
pub fn pieces(parts: Vec<Range<u64>>, size: u64, part_type: &str, boundary: &str) -> Pieces {
    let mut pieces = Pieces::with_capacity(parts.len() * 2 + 1);
    for (i, part) in parts.into_iter().enumerate() {
        let break_before = if i == 0 { "" } else { "\r\n" };
        let mut head =
            format!("{break_before}--{boundary}\r\nContent-Type: {part_type}\r\nContent-Range: ")
                .into_bytes();
        head.extend_from_slice(content_range(&part, size, &mut { SPACE }));
        head.extend_from_slice(b"\r\n\r\n");
        pieces.push(Piece::Text(head.into()));
        pieces.push(Piece::File(part));
    }
    pieces.push(Piece::Text(Bytes::from(format!("\r\n--{boundary}--\r\n"))));
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_part_has_its_head_and_the_end_is_marked() {
        let body: String = pieces(vec![0..2, 7..9], 9, "video/mp4", "B")
            .into_iter()
            .map(|piece| match piece {
                Piece::Text(text) => String::from_utf8(text.to_vec()).unwrap(),
                Piece::File(part) => "123456789"[part.start as usize..part.end as usize].to_owned(),
            })
            .collect();
        assert_eq!(
            body,
            "--B\r\nContent-Type: video/mp4\r\nContent-Range: bytes 0-1/9\r\n\r\n12\
             \r\n--B\r\nContent-Type: video/mp4\r\nContent-Range: bytes 7-8/9\r\n\r\n89\r\n--B--\r\n"
        );
    }
}
