//! The socket of a client under the HTTP library: ends the connection of a client that sends or
//! takes nothing for too long.

use std::io::{self, ErrorKind, IoSlice};
use std::net::IpAddr;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::BytesMut;
use tokio::io::{AsyncRead, AsyncWrite, Interest, ReadBuf};
use tokio::net::TcpStream;

use super::link::Link;
use super::patience::Patience;
use super::stall::Stall;
use crate::metrics::Cut;

/// Wraps the stream of one connection.
#[derive(Debug)]
pub struct Socket {
    stream: TcpStream,
    /// What came and nobody has taken yet.
    unread: BytesMut,
    link: Link,
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
    pub fn attach(self, link: Link, stall: Duration) -> io::Result<Socket> {
        let Self { stream, unread, .. } = self;
        let (reads, writes) = (Patience::new(link.requests().clone()), Stall::new(stall));
        Ok(Socket { stream: TcpStream::from_std(stream)?, unread, link, reads, writes })
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
}

impl Socket {
    /// Writes as much as the socket takes. A write that takes less than offered says that the
    /// socket is full; tokio would try once more to find that out, which costs a system call for
    /// each time that a client is slower than we are.
    fn poll_send(&self, cx: &mut Context<'_>, slices: &[IoSlice<'_>]) -> Poll<io::Result<usize>> {
        let offered = slices.iter().map(|slice| slice.len()).sum();
        loop {
            ready!(self.stream.poll_write_ready(cx))?;
            let mut sent = 0;
            let result = self.stream.try_io(Interest::WRITABLE, || {
                sent = rustix::io::writev(&self.stream, slices)?;
                if sent < offered { Err(ErrorKind::WouldBlock.into()) } else { Ok(()) }
            });
            match result {
                Err(error) if error.kind() == ErrorKind::WouldBlock && sent > 0 => {
                    return Poll::Ready(Ok(sent));
                }
                Err(error)
                    if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted) => {}
                result => return Poll::Ready(result.map(|()| sent)),
            }
        }
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
        let result = this.poll_send(cx, slices);
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
