//! The response to a request for a media file, as data: status, header fields and the segments
//! of the body. Two writers send it: the event loops of `net` write it as text, the HTTP
//! library gets it as a `HeaderMap`.

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
use super::conditional::{self, Validators, Verdict};
use super::fields::Fields;
use super::pieces::{Piece, Pieces};
use super::range::{self, Selection};
use super::request_id::RequestId;

/// Another file may take the same name, so caches have to ask each time; that costs a 304.
const REVALIDATE: &[u8] = b"no-cache";
/// On a private cluster, shared caches may not hand the file to others.
const REVALIDATE_PRIVATE: &[u8] = b"private, no-cache";

/// The fields that scripts of other origins may read.
const EXPOSED: &[u8] = b"Accept-Ranges, Content-Length, Content-Range, ETag, X-Request-Id";

/// The media file that a path names: `/stream/{name}`.
pub fn media_name(path: &str) -> Option<MediaName> {
    MediaName::from_path_segment(path.strip_prefix("/stream/")?).ok()
}

/// The parts of a request that decide what of a file is sent.
#[derive(Debug)]
pub struct FileRequest<'a, F: ?Sized> {
    /// Also the boundary of a multipart body: it is unique.
    pub id: RequestId,
    /// GET or HEAD.
    pub method: &'a Method,
    /// Header fields.
    pub fields: &'a F,
}

/// The selected representation (RFC 9110, section 8): what a response says of a file,
/// whether that is on this volume or on another streamer's.
#[derive(Debug, Clone, Copy)]
pub struct Representation<'a> {
    /// Bytes.
    pub size: u64,
    /// Last change.
    pub modified: SystemTime,
    /// Strong entity tag, with its quotes.
    pub etag: &'a str,
    /// Media type.
    pub content_type: &'static str,
}

/// Why nothing of a file is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// 412: the client asks for another state of the file.
    PreconditionFailed,
    /// 416: the file has no such part.
    Unsatisfiable,
}

/// A response with the status 200, 206 or 304.
#[derive(Debug)]
pub struct FileResponse {
    /// Status code.
    pub status: StatusCode,
    /// `None` for 304.
    content: Option<Content>,
}

#[derive(Debug)]
struct Content {
    content_type: Cow<'static, str>,
    /// The only range, and the size of the file.
    range: Option<(Range<u64>, u64)>,
    length: u64,
    pieces: Pieces,
}

/// Evaluates the preconditions, then the range: RFC 9110, section 13.2.2.
///
/// # Errors
/// If nothing of the file is to be sent.
pub fn respond<F: Fields + ?Sized>(
    request: &FileRequest<'_, F>,
    file: &Representation<'_>,
    now: SystemTime,
) -> Result<FileResponse, Refusal> {
    let current = Validators::new(file.etag, file.modified, now);
    let (status, content) = match conditional::evaluate(request.fields, &current) {
        Verdict::Failed => return Err(Refusal::PreconditionFailed),
        Verdict::NotModified => (StatusCode::NOT_MODIFIED, None),
        Verdict::Proceed => {
            let (status, content) = content(request, file, &current)?;
            (status, Some(content))
        }
    };
    Ok(FileResponse { status, content })
}

fn content<F: Fields + ?Sized>(
    request: &FileRequest<'_, F>,
    file: &Representation<'_>,
    current: &Validators<'_>,
) -> Result<(StatusCode, Content), Refusal> {
    let &Representation { size, content_type, .. } = file;
    let (mut status, mut range) = (StatusCode::PARTIAL_CONTENT, None);
    let mut body_type = Cow::Borrowed(content_type);
    let pieces = match selection(request, current, size) {
        Selection::Unsatisfiable => return Err(Refusal::Unsatisfiable),
        Selection::Whole => {
            status = StatusCode::OK;
            smallvec![Piece::File(0..size)]
        }
        Selection::One(part) => {
            range = Some((part.clone(), size));
            smallvec![Piece::File(part)]
        }
        Selection::Several(parts) => {
            // The request's id is as good as random, and finds the request in the log.
            let boundary = request.id.to_string();
            body_type = Cow::Owned(byteranges::content_type(&boundary));
            byteranges::pieces(parts, size, content_type, &boundary)
        }
    };
    let length = pieces.iter().map(Piece::len).sum();
    Ok((status, Content { content_type: body_type, range, length, pieces }))
}

/// RFC 9110, section 14.2: `Range` is defined for GET only. A repeated field is ignored.
fn selection<F: Fields + ?Sized>(
    request: &FileRequest<'_, F>,
    current: &Validators<'_>,
    size: u64,
) -> Selection {
    match request.fields.only(&RANGE) {
        Some(value)
            if *request.method == Method::GET
                && conditional::range_applies(request.fields, current) =>
        {
            range::select(value, size)
        }
        _ => Selection::Whole,
    }
}

impl Representation<'_> {
    /// The fields that each response has which [`respond`] makes of this file. They stay the same
    /// from `modified` on. `is_private`: only some clients may have the file.
    pub fn each_field(
        &self,
        is_private: bool,
        now: SystemTime,
        mut put: impl FnMut(&HeaderName, &[u8]),
    ) {
        let current = Validators::new(self.etag, self.modified, now);
        put(&ACCEPT_RANGES, b"bytes");
        put(&CACHE_CONTROL, if is_private { REVALIDATE_PRIVATE } else { REVALIDATE });
        put(&ETAG, current.etag.as_bytes());
        put(&LAST_MODIFIED, &date_text(current.modified()));
    }
}

impl FileResponse {
    /// The fields of this response beside those of the [`Representation`].
    pub fn each_field(&self, mut put: impl FnMut(&HeaderName, &[u8])) {
        let Some(content) = &self.content else { return };
        if let Some((part, size)) = &content.range {
            let mut space = byteranges::SPACE;
            put(&CONTENT_RANGE, byteranges::content_range(part, *size, &mut space));
        }
        put(&CONTENT_TYPE, content.content_type.as_bytes());
        put(&CONTENT_LENGTH, itoa::Buffer::new().format(content.length).as_bytes());
    }

    /// The body of the response to a GET.
    pub fn into_pieces(self) -> Pieces {
        self.content.map_or_else(Pieces::new, |content| content.pieces)
    }
}

/// The CORS fields that let scripts of `origin` read a response.
pub fn each_origin_field(origin: Option<&HeaderValue>, mut put: impl FnMut(&HeaderName, &[u8])) {
    if let Some(origin) = origin {
        put(&ACCESS_CONTROL_ALLOW_ORIGIN, origin.as_bytes());
        put(&ACCESS_CONTROL_EXPOSE_HEADERS, EXPOSED);
    }
}

/// `Thu, 01 Jan 1970 00:00:00 GMT`: RFC 9110, section 5.6.7.
pub type DateText = [u8; 29];

/// Formats a date as an HTTP header field has it.
pub fn date_text(date: HttpDate) -> DateText {
    let mut text = [b' '; 29];
    let _ = write!(&mut text[..], "{date}"); // always 29 bytes
    text
}
