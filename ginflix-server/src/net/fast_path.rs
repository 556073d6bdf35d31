//! Requests for films, answered without the HTTP library: on a connection of
//! plain HTTP/1.1, for as long as nothing else is asked for.
//!
//! Of what a player asks, nearly all is this, and the library's time for a
//! request is more than that of all else which is done for it. So a connection
//! starts here, and the first request of another kind hands it over to the
//! library with all that came of it, for good. What is answered, and how bytes
//! leave, is the same on both ways.

use std::future::{Future, poll_fn};
use std::io::{self, IoSlice};
use std::pin::{Pin, pin};
use std::task::Poll;
use std::time::SystemTime;

use ::http::{Method, Response};
use bytes::{Buf, Bytes};
use http_body::Body;
use tokio::io::AsyncWrite;
use tokio_util::sync::CancellationToken;

use super::link::Link;
use super::payload::Payload;
use super::request_head::{self, Head};
use super::response_head;
use super::socket::Socket;
use crate::app::App;
use crate::http;

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
    loop {
        let (request, length) = match request_head::parse(socket.unread()) {
            Head::Plain(request, length) if !stopping.is_cancelled() => (request, length),
            Head::Plain(..) | Head::Other => return Ok(Then::HandOver),
            Head::Partial => {
                let came = poll_fn(|cx| match socket.poll_fill(cx) {
                    Poll::Pending => stopped.as_mut().poll(cx).map(|()| Ok(None)),
                    came => came.map_ok(Some),
                });
                match came.await? {
                    Some(0) => return Ok(Then::Close),
                    Some(_) => continue,
                    None if socket.unread().is_empty() => return Ok(Then::Close),
                    None => return Ok(Then::HandOver),
                }
            }
        };
        let Some(response) = http::film(app, link, &request) else { return Ok(Then::HandOver) };
        socket.take(length);
        send(socket, request.method(), response).await?;
    }
}

async fn send(socket: &mut Socket, method: &Method, response: Response<Payload>) -> io::Result<()> {
    let (mut head, mut body) = response.into_parts();
    // What is asked for here is never made while it is sent.
    let length = body.size_hint().exact();
    let length = length.ok_or_else(|| io::Error::other("an answer of unknown length"))?;
    response_head::announce(&mut head, length);
    let mut text = Bytes::from(response_head::write(&head, SystemTime::now()));
    if *method == Method::HEAD {
        return write_all(socket, text, Bytes::new()).await;
    }
    while let Some(frame) = poll_fn(|cx| Pin::new(&mut body).poll_frame(cx)).await {
        if let Ok(content) = frame?.into_data() {
            write_all(socket, std::mem::take(&mut text), content).await?;
            if !body.is_end_stream() {
                // A client as fast as memory takes turns with the others.
                tokio::task::yield_now().await;
            }
        }
    }
    write_all(socket, text, Bytes::new()).await
}

async fn write_all(socket: &mut Socket, mut text: Bytes, mut content: Bytes) -> io::Result<()> {
    while !text.is_empty() || !content.is_empty() {
        let parts = [IoSlice::new(&text), IoSlice::new(&content)];
        let parts = if text.is_empty() { &parts[1..] } else { &parts[..] };
        let sent = poll_fn(|cx| Pin::new(&mut *socket).poll_write_vectored(cx, parts)).await?;
        if sent == 0 {
            return Err(io::ErrorKind::WriteZero.into());
        }
        let of_text = sent.min(text.len());
        text.advance(of_text);
        content.advance(sent - of_text);
    }
    Ok(())
}
