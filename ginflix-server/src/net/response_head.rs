//! Writes the heads of responses as HTTP/1.1 text: RFC 9112, sections 4 and 5.

use std::cell::Cell;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use http::StatusCode;
use http::header::{DATE, HeaderName};
use httpdate::HttpDate;

use crate::delivery::response::{DateText, date_text};

thread_local! {
    /// The second that was last formatted on this thread, and its text.
    static LAST_DATE: Cell<(u64, DateText)> =
        const { Cell::new((0, *b"Thu, 01 Jan 1970 00:00:00 GMT")) };
}

/// The memory that most heads fit into, in bytes.
const HEAD_CAPACITY: usize = 768;

/// A head that is being written to a buffer.
#[derive(Debug)]
pub struct ResponseHead<'a>(&'a mut Vec<u8>);

impl<'a> ResponseHead<'a> {
    /// Writes the status line, and replaces what the buffer held.
    pub fn begin(text: &'a mut Vec<u8>, status: StatusCode) -> Self {
        text.clear();
        text.reserve(HEAD_CAPACITY);
        text.extend_from_slice(b"HTTP/1.1 ");
        text.extend_from_slice(status.as_str().as_bytes());
        text.push(b' ');
        text.extend_from_slice(status.canonical_reason().unwrap_or_default().as_bytes());
        Self(text)
    }

    /// Writes a field. The value is not checked, so it must be valid: RFC 9110, section 5.5.
    pub fn field(&mut self, name: &HeaderName, value: &[u8]) {
        write_field(self.0, name, value);
    }

    /// Writes fields that [`write_field`] has formatted.
    pub fn fields(&mut self, written: &[u8]) {
        self.0.extend_from_slice(written);
    }

    /// Writes `Date`, and ends the head.
    pub fn finish(mut self, now: SystemTime) {
        self.field(&DATE, &date(now));
        self.0.extend_from_slice(b"\r\n\r\n");
    }
}

/// Appends a field to text that becomes part of a head.
pub fn write_field(text: &mut Vec<u8>, name: &HeaderName, value: &[u8]) {
    for part in [b"\r\n", name.as_str().as_bytes(), b": ", value] {
        text.extend_from_slice(part);
    }
}

/// Returns the value of `Date`, which is formatted once per second and thread.
fn date(now: SystemTime) -> DateText {
    let second = now.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    let (last, text) = LAST_DATE.get();
    if last == second {
        return text;
    }
    let text = date_text(HttpDate::from(UNIX_EPOCH + Duration::from_secs(second)));
    LAST_DATE.set((second, text));
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_has_the_syntax_of_the_rfc() {
        let mut text = b"earlier head".to_vec();
        let mut head = ResponseHead::begin(&mut text, StatusCode::PARTIAL_CONTENT);
        for (name, value) in [("content-length", "5"), ("x-a", "1")] {
            head.field(&HeaderName::from_static(name), value.as_bytes());
        }
        let mut fields = Vec::new();
        write_field(&mut fields, &HeaderName::from_static("x-a"), b"2");
        head.fields(&fields);
        head.finish(SystemTime::UNIX_EPOCH);
        assert_eq!(
            String::from_utf8(text).unwrap(),
            "HTTP/1.1 206 Partial Content\r\ncontent-length: 5\r\nx-a: 1\r\nx-a: 2\r\n\
             date: Thu, 01 Jan 1970 00:00:00 GMT\r\n\r\n"
        );
        for (second, text) in
            [(784_111_777, "Sun, 06 Nov 1994 08:49:37 GMT"), (0, "Thu, 01 Jan 1970 00:00:00 GMT")]
        {
            assert_eq!(date(UNIX_EPOCH + Duration::from_secs(second)), text.as_bytes());
        }
    }
}
