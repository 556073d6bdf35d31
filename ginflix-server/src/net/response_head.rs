//! Heads of answers as HTTP/1.1 writes them: RFC 9112, sections 4 and 5.

use std::cell::Cell;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use http::StatusCode;
use http::header::{CONTENT_LENGTH, DATE, HeaderValue};
use http::response::Parts;
use httpdate::HttpDate;

/// `Thu, 01 Jan 1970 00:00:00 GMT`: RFC 9110, section 5.6.7.
type DateText = [u8; 29];

thread_local! {
    /// The second that was last written on this thread, and how.
    static DATE_TEXT: Cell<(u64, DateText)> =
        const { Cell::new((0, *b"Thu, 01 Jan 1970 00:00:00 GMT")) };
}

/// Room for most heads.
const USUAL_BYTES: usize = 768;

/// Says how long the body is, where nobody has and the answer can have one:
/// RFC 9110, section 8.6.
pub fn announce(head: &mut Parts, length: u64) {
    if head.status != StatusCode::NOT_MODIFIED && !head.headers.contains_key(CONTENT_LENGTH) {
        head.headers.insert(CONTENT_LENGTH, HeaderValue::from(length));
    }
}

/// Writes a head with its `Date`.
pub fn write(head: &Parts, now: SystemTime) -> Vec<u8> {
    let mut text = Vec::with_capacity(USUAL_BYTES);
    text.extend_from_slice(b"HTTP/1.1 ");
    text.extend_from_slice(head.status.as_str().as_bytes());
    text.push(b' ');
    text.extend_from_slice(head.status.canonical_reason().unwrap_or_default().as_bytes());
    for (name, value) in &head.headers {
        field(&mut text, name.as_str(), value.as_bytes());
    }
    field(&mut text, DATE.as_str(), &date(now));
    text.extend_from_slice(b"\r\n\r\n");
    text
}

fn date(now: SystemTime) -> DateText {
    let second = now.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    let (known, text) = DATE_TEXT.get();
    if known == second {
        return text;
    }
    let date = HttpDate::from(UNIX_EPOCH + Duration::from_secs(second)).to_string();
    let text = date.as_bytes().try_into().unwrap_or(text); // always of this length
    DATE_TEXT.set((second, text));
    text
}

fn field(text: &mut Vec<u8>, name: &str, value: &[u8]) {
    text.extend_from_slice(b"\r\n");
    text.extend_from_slice(name.as_bytes());
    text.extend_from_slice(b": ");
    text.extend_from_slice(value);
}

#[cfg(test)]
mod tests {
    use http::Response;

    use super::*;

    #[test]
    fn a_head_is_as_the_rfc_has_it() {
        let response = Response::builder()
            .status(StatusCode::PARTIAL_CONTENT)
            .header("Content-Length", 5)
            .header("X-A", "1")
            .header("X-A", "2");
        let (head, ()) = response.body(()).unwrap().into_parts();
        assert_eq!(
            String::from_utf8(write(&head, SystemTime::UNIX_EPOCH)).unwrap(),
            "HTTP/1.1 206 Partial Content\r\ncontent-length: 5\r\nx-a: 1\r\nx-a: 2\r\n\
             date: Thu, 01 Jan 1970 00:00:00 GMT\r\n\r\n"
        );
        for (second, text) in
            [(784_111_777, "Sun, 06 Nov 1994 08:49:37 GMT"), (0, "Thu, 01 Jan 1970 00:00:00 GMT")]
        {
            assert_eq!(date(UNIX_EPOCH + Duration::from_secs(second)), text.as_bytes());
        }
    }

    #[test]
    fn the_length_is_said_once_and_where_there_can_be_a_body() {
        let length = |status: StatusCode, said: Option<u64>| {
            let (mut head, ()) = Response::builder().status(status).body(()).unwrap().into_parts();
            head.headers.extend(said.map(|length| (CONTENT_LENGTH, HeaderValue::from(length))));
            announce(&mut head, 5);
            head.headers.get(CONTENT_LENGTH).map(|value| value.to_str().unwrap().to_owned())
        };
        assert_eq!(length(StatusCode::PRECONDITION_FAILED, None).as_deref(), Some("5"));
        assert_eq!(length(StatusCode::OK, Some(7)).as_deref(), Some("7"));
        assert_eq!(length(StatusCode::NOT_MODIFIED, None), None);
    }
}
