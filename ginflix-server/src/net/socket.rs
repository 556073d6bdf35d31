//! The socket through which hyper serves a client. It fails if the client sends or reads nothing
//! for too long.

use std::io::{self, ErrorKind, IoSlice};
use std::net::IpAddr;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::BytesMut;
use tokio::io::{AsyncRead, AsyncWrite, Interest, ReadBuf};
use tokio::net::TcpStream;

use super::connection_context::ConnectionContext;
use super::request_timer::RequestTimer;
use super::stall_timer::StallTimer;
use crate::metrics::DisconnectReason;

/// The socket of one connection that hyper serves.
#[derive(Debug)]
pub struct ClientSocket {
    stream: TcpStream,
    /// Bytes that were received before hyper took over.
    unread: BytesMut,
    context: ConnectionContext,
    request_timer: RequestTimer,
    write_timer: StallTimer,
}

/// A connection on its way from one event loop or runtime to another; it is registered with none.
#[derive(Debug)]
pub struct RawConnection {
    /// The socket, in nonblocking mode.
    pub stream: std::net::TcpStream,
    /// Bytes that were received and belong to no answered request.
    pub unread: BytesMut,
    /// The other end's address.
    pub peer: IpAddr,
}

impl RawConnection {
    /// Takes a connection off Tokio's reactor.
    ///
    /// # Errors
    /// If the reactor cannot deregister the socket.
    pub fn new(stream: TcpStream, peer: IpAddr) -> io::Result<Self> {
        Ok(Self { stream: stream.into_std()?, unread: BytesMut::new(), peer })
    }

    /// Registers the connection with the Tokio runtime of the caller. A client that reads nothing
    /// for `stall` is disconnected.
    ///
    /// # Errors
    /// If the reactor cannot register the socket.
    pub fn attach(self, context: ConnectionContext, stall: Duration) -> io::Result<ClientSocket> {
        let Self { stream, unread, .. } = self;
        Ok(ClientSocket {
            stream: TcpStream::from_std(stream)?,
            unread,
            request_timer: RequestTimer::new(context.requests().clone()),
            write_timer: StallTimer::new(stall),
            context,
        })
    }
}

impl ClientSocket {
    fn poll_receive(
        &mut self,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match Pin::new(&mut self.stream).poll_read(cx, buffer) {
            Poll::Pending => {
                ready!(self.request_timer.poll_expired(cx));
                self.context.metrics().record_disconnect(DisconnectReason::NoRequest);
                Poll::Ready(Err(timed_out("no request arrived in time")))
            }
            ready => {
                self.request_timer.received();
                ready
            }
        }
    }

    /// Applies the time limit to the result of a write.
    fn poll_written(
        &mut self,
        cx: &mut Context<'_>,
        result: Poll<io::Result<usize>>,
    ) -> Poll<io::Result<usize>> {
        match result {
            Poll::Pending => {
                ready!(self.write_timer.poll_stalled(cx));
                self.context.metrics().record_disconnect(DisconnectReason::NotReading);
                // Closing sends RST, so that the kernel drops what it still holds for this client.
                let _ = rustix::net::sockopt::set_socket_linger(&self.stream, Some(Duration::ZERO));
                Poll::Ready(Err(timed_out("the client does not read")))
            }
            ready => {
                self.write_timer.reset();
                ready
            }
        }
    }

    /// Writes as much as the socket takes. A write that takes less than offered shows that the
    /// socket is full. Tokio would try once more to find that out, which costs a system call each
    /// time that a client is slower than the server.
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

/// Returns the error of a connection that the server ends because a time limit has passed.
pub fn timed_out(why: &'static str) -> io::Error {
    io::Error::new(ErrorKind::TimedOut, why)
}

impl AsyncRead for ClientSocket {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let socket = self.get_mut();
        if socket.unread.is_empty() {
            return socket.poll_receive(cx, buffer);
        }
        let bytes = socket.unread.len().min(buffer.remaining());
        buffer.put_slice(&socket.unread.split_to(bytes));
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for ClientSocket {
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
        let socket = self.get_mut();
        let result = socket.poll_send(cx, slices);
        socket.poll_written(cx, result)
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
