//! Requests for films, answered without the HTTP library: on a connection of
//! plain HTTP/1.1, for as long as nothing else is asked for.
//!
//! Of what a player asks, nearly all is this, and the library's time for a
//! request is more than that of all else which is done for it. So a connection
//! starts here, and the first request of another kind, or that gets no film,
//! hands it over to the library with all that came of it, for good. What is
//! answered, and how bytes leave, is the same on both ways.

use std::borrow::Cow;
use std::future::{Future, poll_fn};
use std::io;
use std::ops::Range;
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::SystemTime;

use ::http::header::HeaderName;
use ::http::{Method, Uri};
use ginflix_api::media::MediaName;
use tokio::io::AsyncWriteExt;
use tokio_util::sync::CancellationToken;

use super::file_body::Piece;
use super::link::Link;
use super::request_head::{self, Head, Request, Space};
use super::response_head::{ResponseHead, write_field};
use super::socket::Socket;
use super::transfer::Transfer;
use super::zero_copy::{PARCEL_BYTES, Sent};
use crate::app::App;
use crate::http::film::{self, About, Asked};
use crate::http::{self, RequestId};
use crate::media::loading::Supply;
use crate::media::{OpenMedia, Source};

/// How a connection goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Then {
    /// Not at all.
    Close,
    /// With the HTTP library, which reads what was not taken.
    HandOver,
}

/// Answers requests for films until something else comes, or until the stop.
///
/// # Errors
/// Where the connection broke, was cut, or cannot go on as promised.
pub async fn serve(
    app: &App,
    socket: &mut Socket,
    link: &Link,
    stopping: &CancellationToken,
) -> io::Result<Then> {
    let mut stopped = pin!(stopping.cancelled());
    let mut target = None;
    loop {
        let next = match socket.unread() {
            [] => Next::Nothing,
            _ if stopping.is_cancelled() => Next::Other,
            came => next(app, link, came, &mut target),
        };
        match next {
            Next::Answer(answer, length) => {
                socket.take(length);
                send(socket, answer).await?;
            }
            Next::Other => return Ok(Then::HandOver),
            Next::Nothing => {
                let came = poll_fn(|cx| match socket.poll_fill(cx) {
                    Poll::Pending => stopped.as_mut().poll(cx).map(|()| Ok(None)),
                    came => came.map_ok(Some),
                });
                match came.await? {
                    Some(0) => return Ok(Then::Close),
                    Some(_) => {}
                    None if socket.unread().is_empty() => return Ok(Then::Close),
                    None => return Ok(Then::HandOver),
                }
            }
        }
    }
}

/// What to do about what has come.
enum Next {
    /// Wait for more of it.
    Nothing,
    /// Answer so, to a request of so many bytes.
    Answer(Answer, usize),
    /// It is not for here.
    Other,
}

struct Answer {
    head: Vec<u8>,
    source: Arc<Source>,
    pieces: Vec<Piece>,
    transfer: Transfer,
}

/// What the last request was for: the next is for the same, mostly.
struct Target {
    text: Box<str>,
    path: Arc<str>,
    name: MediaName,
}

impl Target {
    fn parse(text: &str) -> Option<Self> {
        let uri: Uri = text.parse().ok()?;
        let name = film::name(uri.path())?;
        Some(Self { text: text.into(), path: uri.path().into(), name })
    }
}

fn next(app: &App, link: &Link, came: &[u8], target: &mut Option<Target>) -> Next {
    match request_head::parse(came, &mut Space::default()) {
        Head::Partial => Next::Nothing,
        Head::Other => Next::Other,
        Head::Plain(request, length) => match answer(app, link, &request, target) {
            Some(answer) => Next::Answer(answer, length),
            None => Next::Other,
        },
    }
}

/// `None` where the film is not at hand, or nothing of it is to be sent.
fn answer(
    app: &App,
    link: &Link,
    request: &Request<'_>,
    target: &mut Option<Target>,
) -> Option<Answer> {
    let target = match target {
        Some(last) if *last.text == *request.target => last,
        last => last.insert(Target::parse(request.target)?),
    };
    let media = film::at_hand(app, &target.name)?;
    let (config, now) = (&app.config, SystemTime::now());
    let id = RequestId::at(now);
    let Request { method, fields, .. } = request;
    let asked = Asked { config, id, method, fields: *fields };
    let about = About::of(&media);
    let answer = film::answer(&asked, &about, now).ok()?;
    let client = http::client_address(link.peer(), *fields, &config.trusted_proxies);
    let path = Arc::clone(&target.path);
    let transfer = Transfer::new(id, client, method.clone(), path, link.begin());
    let mut head = ResponseHead::new(answer.status);
    head.fields(&lasting_fields(app, &media, &about, now));
    answer.each_field(|name, value| head.field(name, value));
    http::each_common_field(id, |name, value| head.field(name, value));
    transfer.answered(answer.status.as_u16());
    let pieces = if *method == Method::HEAD { Vec::new() } else { answer.into_pieces() };
    let source = Arc::clone(&media.source);
    Some(Answer { head: head.finish(now), source, pieces, transfer })
}

/// Written once for each open film: they are most of a head.
fn lasting_fields<'a>(
    app: &App,
    media: &'a OpenMedia,
    about: &About<'_>,
    now: SystemTime,
) -> Cow<'a, [u8]> {
    let write = || {
        let mut text = Vec::new();
        let mut put = |name: &HeaderName, value: &[u8]| write_field(&mut text, name, value);
        film::each_lasting_field(&app.config, about, now, &mut put);
        film::each_origin_field(&app.config, &mut put);
        text.into_boxed_slice()
    };
    match about.modified <= now {
        true => Cow::Borrowed(media.fields.get_or_init(write)),
        // Until then, it changes with each answer.
        false => Cow::Owned(write().into_vec()),
    }
}

async fn send(socket: &mut Socket, answer: Answer) -> io::Result<()> {
    let Answer { head: mut text, source, pieces, transfer } = answer;
    let mut supply = Supply::of(source);
    for piece in pieces {
        let mut left = match piece {
            Piece::File(part) => part,
            Piece::Text(more) => {
                transfer.add_copied(more.len() as u64);
                text.extend_from_slice(&more);
                continue;
            }
        };
        while !left.is_empty() {
            let (parcel, loading) = supply.next(&mut left, PARCEL_BYTES);
            if let Some(loading) = loading {
                loading.await.map_err(|error| transfer.failed(error))?;
            }
            send_parcel(socket, &mut text, parcel, supply.source(), &transfer).await?;
            if !left.is_empty() {
                // A client as fast as memory takes turns with the others.
                tokio::task::yield_now().await;
            }
        }
    }
    socket.write_all(&text).await
}

/// Sends text and then a part of a film, which is not empty, each whole; then the
/// text is gone.
async fn send_parcel(
    socket: &mut Socket,
    text: &mut Vec<u8>,
    mut part: Range<u64>,
    source: &Source,
    transfer: &Transfer,
) -> io::Result<()> {
    let mut at = 0;
    while !part.is_empty() {
        let sent = poll_fn(|cx| {
            socket.poll_send_film(cx, &text[at..], |socket| {
                let bytes = source.send(socket, &part).map_err(|error| transfer.failed(error))?;
                Ok(Sent { bytes, full: (bytes as u64) < part.end - part.start })
            })
        });
        let sent = sent.await?;
        let of_text = sent.min(text.len() - at);
        at += of_text;
        let of_part = (sent - of_text) as u64;
        part.start += of_part;
        transfer.add_zero_copied(of_part);
    }
    text.clear();
    Ok(())
}
