//! The text around the parts of a `multipart/byteranges` body: RFC 9110
//! section 14.6.

use std::ops::Range;

use bytes::Bytes;

use crate::net::Piece;

/// Type of the whole body.
pub fn content_type(boundary: &str) -> String {
    format!("multipart/byteranges; boundary={boundary}")
}

/// `Content-Range` of one part.
pub fn content_range(part: &Range<u64>, size: u64) -> String {
    // Without `format!`, as nearly every answer has one.
    let mut text = String::with_capacity("bytes ".len() + 3 * 20 + 2);
    let mut digits = itoa::Buffer::new();
    for (before, number) in [("bytes ", part.start), ("-", part.end - 1), ("/", size)] {
        text.push_str(before);
        text.push_str(digits.format(number));
    }
    text
}

/// The body: each part of the file with its head before it, and the end.
pub fn pieces(parts: Vec<Range<u64>>, size: u64, part_type: &str, boundary: &str) -> Vec<Piece> {
    let mut pieces = Vec::with_capacity(parts.len() * 2 + 1);
    for (i, part) in parts.into_iter().enumerate() {
        let break_before = if i == 0 { "" } else { "\r\n" };
        let range = content_range(&part, size);
        let head = format!(
            "{break_before}--{boundary}\r\nContent-Type: {part_type}\r\nContent-Range: {range}\r\n\r\n"
        );
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
