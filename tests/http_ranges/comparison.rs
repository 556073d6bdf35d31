//! Compares a response with the one that its row expects.

use std::ops::Range;

use super::client::Response;
use super::row::{Expected, MODIFIED, Row};

/// A file that the server has.
pub struct MediaFile {
    pub bytes: Vec<u8>,
    /// Its entity tag, with its quotes.
    pub etag: String,
}

/// The files that the rows request.
pub struct Files {
    pub full: MediaFile,
    pub empty: MediaFile,
}

/// What a response to a row must have.
struct Wanted {
    /// Header fields; `None` stands for one that must be absent.
    fields: Vec<(&'static str, Option<String>)>,
    /// The content in response to a GET request; `None` if the row does not say it.
    content: Option<Vec<u8>>,
}

/// Describes in one line how a response differs from that of the row.
pub fn difference(row: &Row, files: &Files, actual: &Response) -> Option<String> {
    let file = if row.target.starts_with("empty") { &files.empty } else { &files.full };
    let wanted = wanted(&row.expected, file, &boundary(actual));
    let mut found = Vec::new();
    if actual.status != row.expected.status() {
        found.push(format!("status {} and not {}", actual.status, row.expected.status()));
    }
    for (name, value) in wanted.fields {
        let field = actual.field(name);
        if field != value {
            found.push(format!("{name}: {field:?} and not {value:?}"));
        }
    }
    if let Some(content) = wanted.content {
        let length = actual.field("content-length");
        if length != Some(content.len().to_string()) {
            found.push(format!("content-length: {length:?} and not {}", content.len()));
        }
        let sent = if row.method == "HEAD" { &[] } else { &content[..] };
        if actual.content != sent {
            found.push(format!("other content, of {} bytes", actual.content.len()));
        }
    }
    (!found.is_empty()).then(|| format!("{}: {}", row.name, found.join("; ")))
}

fn wanted(expected: &Expected, file: &MediaFile, boundary: &str) -> Wanted {
    let size = file.bytes.len();
    let plain = Some("video/mp4".to_owned());
    let (content_range, content_type, content) = match expected {
        Expected::Whole => (None, plain, Some(file.bytes.clone())),
        Expected::Part(range) => {
            (Some(content_range(range, size)), plain, Some(file.part(range).to_vec()))
        }
        Expected::Parts(ranges) => {
            let content_type = format!("multipart/byteranges; boundary={boundary}");
            (None, Some(content_type), Some(multipart(ranges, file, boundary)))
        }
        Expected::Unsatisfiable => {
            let fields = vec![
                ("content-range", Some(format!("bytes */{size}"))),
                ("accept-ranges", Some("bytes".to_owned())),
            ];
            return Wanted { fields, content: None };
        }
        Expected::NotModified => (None, None, None),
        Expected::NotFound | Expected::Failed => {
            return Wanted { fields: vec![("content-range", None)], content: None };
        }
    };
    let fields = vec![
        ("content-range", content_range),
        ("content-type", content_type),
        ("etag", Some(file.etag.clone())),
        ("last-modified", Some(MODIFIED.to_owned())),
        ("accept-ranges", Some("bytes".to_owned())),
        ("cache-control", Some("no-cache".to_owned())),
    ];
    Wanted { fields, content }
}

impl MediaFile {
    fn part(&self, range: &Range<u64>) -> &[u8] {
        &self.bytes[range.start as usize..range.end as usize]
    }
}

fn content_range(range: &Range<u64>, size: usize) -> String {
    format!("bytes {}-{}/{size}", range.start, range.end - 1)
}

/// Builds the content with several parts: RFC 9110, section 14.6.
fn multipart(ranges: &[Range<u64>], file: &MediaFile, boundary: &str) -> Vec<u8> {
    let mut content = Vec::new();
    for (i, range) in ranges.iter().enumerate() {
        let line_break = if i == 0 { "" } else { "\r\n" };
        let range_field = content_range(range, file.bytes.len());
        let head = format!(
            "{line_break}--{boundary}\r\nContent-Type: video/mp4\r\nContent-Range: {range_field}\r\n\r\n"
        );
        content.extend_from_slice(head.as_bytes());
        content.extend_from_slice(file.part(range));
    }
    content.extend_from_slice(format!("\r\n--{boundary}--\r\n").as_bytes());
    content
}

/// Returns the boundary that the response chose; it is empty if it has no parts.
fn boundary(response: &Response) -> String {
    let content_type = response.field("content-type").unwrap_or_default();
    content_type
        .split_once("boundary=")
        .map_or_else(String::new, |(_, boundary)| boundary.to_owned())
}
