//! Requests for media files on a connection of plain HTTP/1.1, answered without the HTTP library,
//! which takes more time for a request than everything else that is done for it.
//!
//! The response is the one that `delivery` computes, as for the library; here it is written as
//! text, and its body is sent by sendfile(2). What is not answered here is left to the library
//! from the first byte of the request on.

use std::borrow::Cow;
use std::net::IpAddr;
use std::rc::Rc;
use std::time::{Instant, SystemTime};

use ::http::Method;
use ::http::Uri;
use ::http::header::CONNECTION;
use futures_util::future::BoxFuture;

use super::super::file_access::{Access, AccessRequest};
use super::super::in_flight::Requests;
use super::super::request_head::{self, Head, Request, Space};
use super::super::response_head::ResponseHead;
use super::super::serving::Serving;
use super::super::transfer::Transfer;
use super::files::{File, Files, all_fields};
use crate::config::Config;
use crate::delivery::client::client_address;
use crate::delivery::pieces::Pieces;
use crate::delivery::request_id::{RequestId, each_common_field};
use crate::delivery::response::{FileRequest, respond};
use crate::metrics::Metrics;

/// What to do about the bytes that came.
pub enum Next {
    /// Wait for more of them.
    Nothing,
    /// Send this answer to a request of so many bytes.
    Answer(Answer, usize),
    /// Read the same bytes again if this resolves to `true`; else leave them to the library.
    Check(BoxFuture<'static, bool>),
    /// Leave them, and all that comes later, to the HTTP library.
    Other,
}

/// An answer, beside its head.
#[derive(Debug)]
pub struct Answer {
    /// The file.
    pub file: Rc<File>,
    /// The body.
    pub pieces: Pieces,
    /// For the log.
    pub transfer: Transfer,
    /// Whether the connection ends with it, as its head says.
    pub is_last: bool,
}

/// What came from a client.
#[derive(Debug, Clone, Copy)]
pub struct Received<'a> {
    /// The other end of the connection.
    pub peer: IpAddr,
    /// All bytes that were not answered yet.
    pub bytes: &'a [u8],
    /// Whether access was granted to the first request in them, by a look-up.
    pub is_checked: bool,
    /// Whether the answer has to be the last on its connection.
    pub is_last: bool,
}

/// Answers the requests of all connections of a thread.
pub struct Desk {
    serving: Serving,
    requests: Requests,
    files: Files,
    now: Instant,
    date: SystemTime,
}

impl Desk {
    /// Creates the one of a thread.
    pub fn new(serving: Serving) -> Self {
        let requests = Requests::new(serving.metrics.clone());
        let (now, date) = (Instant::now(), SystemTime::now());
        Self { serving, requests, files: Files::default(), now, date }
    }

    /// Reads the clock, for everything that is done until the next call.
    pub fn tick(&mut self) {
        (self.now, self.date) = (Instant::now(), SystemTime::now());
    }

    /// The time of the last [`Desk::tick`].
    pub fn now(&self) -> Instant {
        self.now
    }

    /// Where to count what happens.
    pub fn metrics(&self) -> &Metrics {
        self.requests.metrics()
    }

    /// The settings.
    pub fn config(&self) -> &Config {
        &self.serving.config
    }

    /// Lets files be closed that nobody asks for any more.
    pub fn forget_files(&mut self) {
        self.files.clear();
    }

    /// Whether there are any to forget.
    pub fn knows_files(&self) -> bool {
        !self.files.is_empty()
    }

    /// What to do about what came; the head of an answer goes to `head`.
    pub fn next(&mut self, came: Received<'_>, head: &mut Vec<u8>) -> Next {
        match request_head::parse(came.bytes, &mut Space::default()) {
            Head::Partial => Next::Nothing,
            Head::Other => Next::Other,
            Head::Plain(request, length) => match self.answer(came, &request, head) {
                Ok(answer) => Next::Answer(answer, length),
                Err(Unanswered::Unchecked(check)) => Next::Check(check),
                Err(Unanswered::Other) => Next::Other,
            },
        }
    }

    fn answer(
        &mut self,
        came: Received<'_>,
        request: &Request<'_>,
        head: &mut Vec<u8>,
    ) -> Result<Answer, Unanswered> {
        let (config, now) = (&self.serving.config, self.date);
        let &Request { ref method, target, fields, .. } = request;
        let uri = parse_with_query(target)?;
        let (path, query) = match &uri {
            Some(uri) => (uri.path(), uri.query().unwrap_or_default()),
            None => (target, ""),
        };
        let volume = self.serving.volume.as_ref().ok_or(Unanswered::Other)?;
        let file = self.files.find(volume, config, path, now).ok_or(Unanswered::Other)?;
        let client = client_address(came.peer, fields, &config.trusted_proxies);
        if !came.is_checked {
            match self.serving.access.check(&AccessRequest { client, path, query, fields }) {
                Access::Granted => {}
                Access::Pending(check) => return Err(Unanswered::Unchecked(check)),
                Access::Undecided => return Err(Unanswered::Other),
            }
        }
        let id = RequestId::at(now);
        let asked = FileRequest { id, method, fields };
        let response = respond(&asked, &file.media.representation(), now)
            .map_err(|_refusal| Unanswered::Other)?;
        let (path, running) = (file.path.clone(), self.requests.begin());
        let transfer = Transfer::new(id, client, method.clone(), path, self.now, running);
        let is_last = came.is_last || !request.keep_alive;

        let mut head = ResponseHead::begin(head, response.status);
        head.fields(&match &file.fields {
            Some(fields) => Cow::Borrowed(&fields[..]),
            None => Cow::Owned(all_fields(config, &file.media, now)),
        });
        response.each_field(|name, value| head.field(name, value));
        each_common_field(id, |name, value| head.field(name, value));
        if is_last {
            head.field(&CONNECTION, b"close");
        }
        head.finish(now);
        transfer.answered(response.status.as_u16());
        let is_head = *method == Method::HEAD;
        let pieces = if is_head { Pieces::new() } else { response.into_pieces() };
        Ok(Answer { file, pieces, transfer, is_last })
    }
}

/// Why a request is not answered here.
enum Unanswered {
    /// Access is granted if this resolves to `true`.
    Unchecked(BoxFuture<'static, bool>),
    /// The HTTP service answers.
    Other,
}

/// The target, parsed where it has a query; without one it is a path.
fn parse_with_query(target: &str) -> Result<Option<Uri>, Unanswered> {
    if !target.contains('?') {
        return Ok(None);
    }
    target.parse().map(Some).map_err(|_invalid| Unanswered::Other)
}
