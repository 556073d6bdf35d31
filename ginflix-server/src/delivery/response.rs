//! The response to a request for a media file, as data: status code, header fields and the segments
//! of the body. It is sent in two ways: the event loops of `net` write it as text, and hyper gets
//! it as a `HeaderMap`.

use std::borrow::Cow;
use std::io::Write as _;
use std::ops::Range;
use std::time::SystemTime;

use ginflix_api::media::MediaName;
use http::header::{
    ACCEPT_RANGES, ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_EXPOSE_HEADERS, CACHE_CONTROL,
    CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE, ETAG, HeaderName, HeaderValue, LAST_MODIFIED,
    RANGE,
};
use http::{Method, StatusCode};
use httpdate::HttpDate;
use smallvec::smallvec;

use super::byteranges;
use super::conditional::{self, PreconditionOutcome, Validators};
use super::fields::HeaderFields;
use super::range::{self, RangeSelection};
use super::request_id::RequestId;
use super::segments::{Segment, Segments};

/// How long caches may use a representation without asking again (RFC 9111, section 5.2.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CachePolicy {
    /// Another file may take the same name, so caches must revalidate each time, at the cost of a 304.
    Revalidate,
    /// The path changes with the content, so what is below it may be kept for a year (RFC 8246).
    Immutable,
}

impl CachePolicy {
    /// Returns the value of `Cache-Control`. In a private cluster, shared caches must not give a file to other
    /// clients.
    fn directives(self, is_private: bool) -> &'static [u8] {
        match (self, is_private) {
            (Self::Revalidate, false) => b"no-cache",
            (Self::Revalidate, true) => b"private, no-cache",
            (Self::Immutable, false) => b"public, max-age=31536000, immutable",
            (Self::Immutable, true) => b"private, max-age=31536000, immutable",
        }
    }
}

/// The response fields that scripts of other origins may read.
const EXPOSED_FIELDS: &[u8] = b"Accept-Ranges, Content-Length, Content-Range, ETag, X-Request-Id";

/// Returns the name of the media file that a path refers to: `/stream/{name}`.
pub fn media_name(path: &str) -> Option<MediaName> {
    MediaName::from_path_segment(path.strip_prefix("/stream/")?).ok()
}

/// The parts of a request that determine the response.
#[derive(Debug)]
pub struct FileRequest<'a, F: ?Sized> {
    /// The id of the request, which is also the boundary of a multipart body.
    pub id: RequestId,
    /// GET or HEAD.
    pub method: &'a Method,
    /// The header fields.
    pub fields: &'a F,
}

/// The selected representation (RFC 9110, section 8): the metadata of a file on this volume, or on
/// that of another streamer.
#[derive(Debug, Clone, Copy)]
pub struct Representation<'a> {
    /// The size in bytes.
    pub size: u64,
    /// The time of the last modification.
    pub modified: SystemTime,
    /// The strong entity tag, with its quotes.
    pub etag: &'a str,
    /// The media type.
    pub content_type: &'static str,
    /// How long caches may use it.
    pub cache: CachePolicy,
}

/// Why a response sends nothing of the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// The client requires another state of the file: 412.
    PreconditionFailed,
    /// The file has no such range: 416.
    Unsatisfiable,
}

/// A response with the status code 200, 206 or 304.
#[derive(Debug)]
pub struct FileResponse {
    /// The status code.
    pub status: StatusCode,
    /// `None` for 304.
    content: Option<Content>,
}

#[derive(Debug)]
struct Content {
    content_type: Cow<'static, str>,
    /// The range, if there is exactly one, and the size of the file.
    range: Option<(Range<u64>, u64)>,
    length: u64,
    segments: Segments,
}

/// Computes the response: the preconditions are evaluated first, and then the range (RFC 9110,
/// section 13.2.2).
///
/// # Errors
/// If a precondition failed, or no byte of the file is in the range.
pub fn respond<F: HeaderFields + ?Sized>(
    request: &FileRequest<'_, F>,
    file: &Representation<'_>,
    now: SystemTime,
) -> Result<FileResponse, Refusal> {
    let current = Validators::new(file.etag, file.modified, now);
    let (status, content) = match conditional::evaluate(request.fields, &current) {
        PreconditionOutcome::Failed => return Err(Refusal::PreconditionFailed),
        PreconditionOutcome::NotModified => (StatusCode::NOT_MODIFIED, None),
        PreconditionOutcome::Proceed => {
            let (status, content) = content(request, file, &current)?;
            (status, Some(content))
        }
    };
    Ok(FileResponse { status, content })
}

fn content<F: HeaderFields + ?Sized>(
    request: &FileRequest<'_, F>,
    file: &Representation<'_>,
    current: &Validators<'_>,
) -> Result<(StatusCode, Content), Refusal> {
    let &Representation { size, content_type, .. } = file;
    let (mut status, mut range) = (StatusCode::PARTIAL_CONTENT, None);
    let mut body_type = Cow::Borrowed(content_type);
    let segments = match select_range(request, current, size) {
        RangeSelection::Unsatisfiable => return Err(Refusal::Unsatisfiable),
        RangeSelection::Whole => {
            status = StatusCode::OK;
            smallvec![Segment::FileRange(0..size)]
        }
        RangeSelection::One(only) => {
            range = Some((only.clone(), size));
            smallvec![Segment::FileRange(only)]
        }
        RangeSelection::Several(ranges) => {
            // The id is unique, and leads from the body to the log.
            let boundary = request.id.to_string();
            body_type = Cow::Owned(byteranges::content_type(&boundary));
            byteranges::segments(ranges, size, content_type, &boundary)
        }
    };
    let length = segments.iter().map(Segment::len).sum();
    Ok((status, Content { content_type: body_type, range, length, segments }))
}

/// Returns what the `Range` field selects. RFC 9110, section 14.2, defines it for GET only. A
/// repeated field is ignored.
fn select_range<F: HeaderFields + ?Sized>(
    request: &FileRequest<'_, F>,
    current: &Validators<'_>,
    size: u64,
) -> RangeSelection {
    match request.fields.single(&RANGE) {
        Some(value)
            if *request.method == Method::GET
                && conditional::range_applies(request.fields, current) =>
        {
            range::select(value, size)
        }
        _ => RangeSelection::Whole,
    }
}

impl Representation<'_> {
    /// Passes the fields that all responses about this file share to `put`. Their values depend on
    /// `now` only while `modified` is in the future. `is_private` says that only some clients may
    /// have the file.
    pub fn for_each_field(
        &self,
        is_private: bool,
        now: SystemTime,
        mut put: impl FnMut(&HeaderName, &[u8]),
    ) {
        let current = Validators::new(self.etag, self.modified, now);
        put(&ACCEPT_RANGES, b"bytes");
        put(&CACHE_CONTROL, self.cache.directives(is_private));
        put(&ETAG, current.etag.as_bytes());
        put(&LAST_MODIFIED, &date_text(current.modified()));
    }
}

impl FileResponse {
    /// Passes the fields of this response that the [`Representation`] does not have to `put`.
    pub fn for_each_field(&self, mut put: impl FnMut(&HeaderName, &[u8])) {
        let Some(content) = &self.content else { return };
        if let Some((range, size)) = &content.range {
            let mut buffer = byteranges::CONTENT_RANGE_BUFFER;
            put(&CONTENT_RANGE, byteranges::content_range(range, *size, &mut buffer));
        }
        put(&CONTENT_TYPE, content.content_type.as_bytes());
        put(&CONTENT_LENGTH, itoa::Buffer::new().format(content.length).as_bytes());
    }

    /// Returns the body of the response to a GET request.
    pub fn into_segments(self) -> Segments {
        self.content.map_or_else(Segments::new, |content| content.segments)
    }
}

/// Passes the CORS fields that let scripts of `origin` read a response to `put`.
pub fn for_each_cors_field(origin: Option<&HeaderValue>, mut put: impl FnMut(&HeaderName, &[u8])) {
    if let Some(origin) = origin {
        put(&ACCESS_CONTROL_ALLOW_ORIGIN, origin.as_bytes());
        put(&ACCESS_CONTROL_EXPOSE_HEADERS, EXPOSED_FIELDS);
    }
}

/// An HTTP date such as `Thu, 01 Jan 1970 00:00:00 GMT`: RFC 9110, section 5.6.7.
pub type DateText = [u8; 29];

/// Formats an HTTP date without allocating.
pub fn date_text(date: HttpDate) -> DateText {
    let mut text = [b' '; 29];
    let _ = write!(&mut text[..], "{date}"); // an HttpDate always has 29 bytes
    text
}
