//! What is answered to a request for a film: as data, which one way writes as
//! fields of the HTTP library and another straight as text.

use std::borrow::Cow;
use std::io::Write as _;
use std::ops::Range;
use std::sync::Arc;
use std::time::SystemTime;

use ginflix_api::media::MediaName;
use http::header::{
    ACCEPT_RANGES, ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_EXPOSE_HEADERS, CACHE_CONTROL,
    CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE, ETAG, HeaderName, LAST_MODIFIED, RANGE,
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
use crate::config::Config;
use crate::media::{OpenMedia, Volume};

/// A name can be given to another film, so caches ask each time; that costs
/// them a 304.
const REVALIDATE: &[u8] = b"no-cache";
/// On a private cluster, what stands between may not hand it to others.
const REVALIDATE_PRIVATE: &[u8] = b"private, no-cache";

/// What scripts of other origins may read of an answer.
const EXPOSED: &[u8] = b"Accept-Ranges, Content-Length, Content-Range, ETag, X-Request-Id";

/// The film that a path names.
pub fn name(path: &str) -> Option<MediaName> {
    MediaName::from_path_segment(path.strip_prefix("/stream/")?).ok()
}

/// A film that there is nothing to ask about first: anyone may watch, and it is
/// here. Nearly all requests are for such, and to find their row in the table of
/// routes would cost as much as all else that is done for them.
pub fn at_hand(
    config: &Config,
    volume: Option<&Volume>,
    name: &MediaName,
) -> Option<Arc<OpenMedia>> {
    let volume = volume.filter(|_| !config.is_private())?;
    volume.open(name).ok().filter(|_| !volume.is_outdated(name))
}

/// What of a request says what to send of a film.
#[derive(Debug)]
pub struct Asked<'a, F: ?Sized> {
    /// What holds for all.
    pub config: &'a Config,
    /// The request's id.
    pub id: RequestId,
    /// GET or HEAD.
    pub method: &'a Method,
    /// Its fields.
    pub fields: &'a F,
}

/// What an answer says of a file, wherever that is.
#[derive(Debug, Clone, Copy)]
pub struct About<'a> {
    /// Bytes.
    pub size: u64,
    /// Last change.
    pub modified: SystemTime,
    /// Strong entity tag, with its quotes.
    pub etag: &'a str,
    /// By its extension.
    pub content_type: &'static str,
}

impl<'a> About<'a> {
    /// Of a file of this volume.
    pub fn of(media: &'a OpenMedia) -> Self {
        let OpenMedia { size, modified, ref etag, content_type, .. } = *media;
        Self { size, modified, etag, content_type }
    }
}

/// Why nothing of a file is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// 412: the client wants another state of it.
    PreconditionFailed,
    /// 416: it has no such part.
    Unsatisfiable,
}

/// 200, 206 or 304.
#[derive(Debug)]
pub struct Answer {
    /// Which.
    pub status: StatusCode,
    content: Option<Content>,
}

#[derive(Debug)]
struct Content {
    content_type: Cow<'static, str>,
    /// Where it is one part: which, and of how many bytes.
    range: Option<(Range<u64>, u64)>,
    length: u64,
    pieces: Pieces,
}

/// Preconditions, then the range, then the answer: RFC 9110 section 13.2.2.
///
/// # Errors
/// Where nothing of the file is to be sent.
pub fn answer<F: Fields + ?Sized>(
    asked: &Asked<'_, F>,
    file: &About<'_>,
    now: SystemTime,
) -> Result<Answer, Refusal> {
    let current = Validators::new(file.etag, file.modified, now);
    let (status, content) = match conditional::evaluate(asked.fields, &current) {
        Verdict::Failed => return Err(Refusal::PreconditionFailed),
        Verdict::NotModified => (StatusCode::NOT_MODIFIED, None),
        Verdict::Proceed => {
            let (status, content) = content(asked, file, &current)?;
            (status, Some(content))
        }
    };
    Ok(Answer { status, content })
}

fn content<F: Fields + ?Sized>(
    asked: &Asked<'_, F>,
    file: &About<'_>,
    current: &Validators<'_>,
) -> Result<(StatusCode, Content), Refusal> {
    let &About { size, content_type, .. } = file;
    let (mut status, mut range) = (StatusCode::PARTIAL_CONTENT, None);
    let mut body_type = Cow::Borrowed(content_type);
    let pieces = match selection(asked, current, size) {
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
            let boundary = asked.id.to_string();
            body_type = Cow::Owned(byteranges::content_type(&boundary));
            byteranges::pieces(parts, size, content_type, &boundary)
        }
    };
    let length = pieces.iter().map(Piece::len).sum();
    Ok((status, Content { content_type: body_type, range, length, pieces }))
}

/// Section 14.2: `Range` says something for GET only, and once.
fn selection<F: Fields + ?Sized>(
    asked: &Asked<'_, F>,
    current: &Validators<'_>,
    size: u64,
) -> Selection {
    match asked.fields.only(&RANGE) {
        Some(value)
            if *asked.method == Method::GET
                && conditional::range_applies(asked.fields, current) =>
        {
            range::select(value, size)
        }
        _ => Selection::Whole,
    }
}

/// What all answers say of a file, whatever was asked of it.
pub fn each_lasting_field(
    config: &Config,
    file: &About<'_>,
    now: SystemTime,
    mut put: impl FnMut(&HeaderName, &[u8]),
) {
    let current = Validators::new(file.etag, file.modified, now);
    put(&ACCEPT_RANGES, b"bytes");
    put(&CACHE_CONTROL, if config.is_private() { REVALIDATE_PRIVATE } else { REVALIDATE });
    put(&ETAG, current.etag.as_bytes());
    put(&LAST_MODIFIED, &date_text(current.modified()));
}

impl Answer {
    /// What it says beside that.
    pub fn each_field(&self, mut put: impl FnMut(&HeaderName, &[u8])) {
        let Some(content) = &self.content else { return };
        if let Some((part, size)) = &content.range {
            let mut space = byteranges::SPACE;
            put(&CONTENT_RANGE, byteranges::content_range(part, *size, &mut space));
        }
        put(&CONTENT_TYPE, content.content_type.as_bytes());
        put(&CONTENT_LENGTH, itoa::Buffer::new().format(content.length).as_bytes());
    }

    /// What is sent in answer to a GET.
    pub fn into_pieces(self) -> Pieces {
        self.content.map_or_else(Pieces::new, |content| content.pieces)
    }
}

/// Lets pages elsewhere read an answer, if they may stream from here.
pub fn each_origin_field(config: &Config, mut put: impl FnMut(&HeaderName, &[u8])) {
    if let Some(origin) = &config.stream_origin {
        put(&ACCESS_CONTROL_ALLOW_ORIGIN, origin.as_bytes());
        put(&ACCESS_CONTROL_EXPOSE_HEADERS, EXPOSED);
    }
}

/// `Thu, 01 Jan 1970 00:00:00 GMT`: RFC 9110, section 5.6.7.
pub type DateText = [u8; 29];

/// A date as HTTP writes it.
pub fn date_text(date: HttpDate) -> DateText {
    let mut text = [b' '; 29];
    let _ = write!(&mut text[..], "{date}"); // always of this length
    text
}
