//! A client's socket: what HTTP writes goes out, file content by sendfile(2),
//! and a client that keeps us waiting for too long is cut.

use std::io::{self, ErrorKind, IoSlice};
use std::net::IpAddr;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::BytesMut;
use tokio::io::{AsyncRead, AsyncWrite, Interest, ReadBuf};
use tokio::net::TcpStream;

use super::link::Link;
use super::pacing::Pacing;
use super::patience::Patience;
use super::stall::Stall;
use super::zero_copy::Sent;
use crate::metrics::Cut;

/// Wraps the stream of one connection.
#[derive(Debug)]
pub struct Socket {
    stream: TcpStream,
    /// What came and nobody has taken yet.
    unread: BytesMut,
    link: Link,
    pacing: Pacing,
    reads: Patience,
    writes: Stall,
}

/// A socket that belongs to no event loop, on its way to one.
#[derive(Debug)]
pub struct Detached {
    /// The socket, which waits for nobody.
    pub stream: std::net::TcpStream,
    /// What came and nobody has taken yet.
    pub unread: BytesMut,
    /// The other end's address.
    pub peer: IpAddr,
}

impl Detached {
    /// Takes it off its event loop.
    ///
    /// # Errors
    /// Where that does not let it go.
    pub fn new(stream: TcpStream, peer: IpAddr) -> io::Result<Self> {
        Ok(Self { stream: stream.into_std()?, unread: BytesMut::new(), peer })
    }

    /// Attaches it to the event loop of whoever calls; `link` is what it shares with
    /// its requests. Cuts a client that takes no byte for `stall`.
    ///
    /// # Errors
    /// Where that takes no more of them.
    pub fn attach(self, link: Link, pacing: Pacing, stall: Duration) -> io::Result<Socket> {
        let Self { stream, unread, .. } = self;
        let (reads, writes) = (Patience::new(link.requests().clone()), Stall::new(stall));
        Ok(Socket { stream: TcpStream::from_std(stream)?, unread, link, pacing, reads, writes })
    }
}

impl Socket {
    fn poll_receive(
        &mut self,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match Pin::new(&mut self.stream).poll_read(cx, buffer) {
            Poll::Pending => {
                ready!(self.reads.poll_waiting(cx));
                self.link.metrics().cut(Cut::NoRequest);
                Poll::Ready(Err(cut("no request came")))
            }
            ready => {
                self.reads.moved();
                ready
            }
        }
    }

    fn written(
        &mut self,
        cx: &mut Context<'_>,
        result: Poll<io::Result<usize>>,
    ) -> Poll<io::Result<usize>> {
        match result {
            Poll::Pending => {
                ready!(self.writes.poll_waiting(cx));
                // What the kernel still holds for this client goes at once.
                self.link.metrics().cut(Cut::NotReading);
                let _ = rustix::net::sockopt::set_socket_linger(&self.stream, Some(Duration::ZERO));
                Poll::Ready(Err(cut("the client does not read")))
            }
            ready => {
                self.writes.moved();
                ready
            }
        }
    }

    fn poll_send(
        &self,
        cx: &mut Context<'_>,
        send: impl Fn() -> io::Result<Sent>,
    ) -> Poll<io::Result<usize>> {
        loop {
            ready!(self.stream.poll_write_ready(cx))?;
            let mut part = None;
            let sent = self.stream.try_io(Interest::WRITABLE, || match send()? {
                // Less than offered: the socket is full. Said so now, it need
                // not be tried once more to find that out.
                Sent { bytes, full: true } => {
                    part = Some(bytes);
                    Err(ErrorKind::WouldBlock.into())
                }
                Sent { bytes, full: false } => Ok(bytes),
            });
            match (part, sent) {
                (Some(bytes), _) => return Poll::Ready(Ok(bytes)),
                (None, Err(error)) if error.kind() == ErrorKind::WouldBlock => {}
                (None, Err(error)) if error.kind() == ErrorKind::Interrupted => {}
                (None, sent) => return Poll::Ready(sent),
            }
        }
    }

    fn send(&self, slices: &[IoSlice<'_>]) -> io::Result<Sent> {
        if let Some(sent) = self.link.outbox().send(&self.stream, slices, self.pacing) {
            return sent;
        }
        let bytes = rustix::io::writev(&self.stream, slices)?;
        Ok(Sent { bytes, full: bytes < slices.iter().map(|slice| slice.len()).sum() })
    }
}

/// Why a connection was ended by us.
pub fn cut(why: &'static str) -> io::Error {
    io::Error::new(ErrorKind::TimedOut, why)
}

impl AsyncRead for Socket {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if this.unread.is_empty() {
            return this.poll_receive(cx, buffer);
        }
        let bytes = this.unread.len().min(buffer.remaining());
        buffer.put_slice(&this.unread.split_to(bytes));
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Socket {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.poll_write_vectored(cx, &[IoSlice::new(bytes)])
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let result = this.poll_send(cx, || this.send(slices));
        this.written(cx, result)
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_shutdown(cx)
    }
}
