//! The state of one connection on an event loop, as long as its client requests media files.

use std::io::{self, ErrorKind, Read};
use std::mem;
use std::net::{IpAddr, Shutdown, TcpStream};
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;

use super::super::connection_limiter::ConnectionPermit;
use super::super::pacing::Pacing;
use super::super::server_context::ServerContext;
use super::super::socket::RawConnection;
use super::deadline::{ConnectionDeadline, WaitReason};
use super::media_handler::{MediaHandler, PreparedResponse, ReceivedBytes, RequestOutcome};
use super::range_pipe::RangePipe;
use super::response_writer::{ResponseWriter, WriteStep};
use super::send_buffer::{SendBuffer, SendOutcome};
use crate::media::loading;
use crate::media::shared_file::FileChanged;
use crate::metrics::DisconnectReason;

/// Bytes that are read from a socket at a time: more than nearly all request heads have.
const READ_BUFFER_BYTES: usize = 4 * 1024;

/// The state that all connections of an event loop share.
pub struct LoopContext {
    /// Answers their requests.
    pub handler: MediaHandler,
    /// Whether the server is stopping: each connection closes after its current response.
    pub is_draining: bool,
    pacing: Pacing,
    read_buffer: Box<[u8; READ_BUFFER_BYTES]>,
    /// Memory for the head of the next response. A response takes it along only if the socket does
    /// not take all of it at once, which is rare.
    head_buffer: Vec<u8>,
    range_pipe: RangePipe,
}

/// A connection. It is aligned to the two cache lines that a CPU fetches at once, because fetching
/// its state from memory is much of the cost of a step.
#[derive(Debug)]
#[repr(align(128))]
pub struct MediaConnection {
    /// The socket; `None` while a disk thread sends on it.
    stream: Option<TcpStream>,
    peer: IpAddr,
    permit: ConnectionPermit,
    deadline: ConnectionDeadline,
    /// Bytes that were received and belong to no answered request.
    unread: Vec<u8>,
    /// The response that is being sent.
    response: Option<Box<ResponseWriter>>,
    /// Whether the socket may have something to read.
    is_readable: bool,
    /// Whether epoll has reported the end of the client's stream or an error. It does so only once,
    /// so the socket has to be read until the end is seen.
    is_at_end: bool,
    /// Whether the connection is in a queue of the event loop.
    pub is_queued: bool,
    /// Whether the connection closes after the current response.
    is_last_response: bool,
    /// How many times the next request has waited for what it needs, with success.
    waits: u8,
    /// The access check, or the loading of an index, that the connection waits for.
    pending_wait: Option<NonZeroU32>,
}

const _: () = assert!(size_of::<MediaConnection>() == 128);

/// What the event loop has to do for a connection after a step.
pub enum NextAction {
    /// Nothing, until there is an event on the socket or a message about the connection.
    Wait,
    /// Run this future, and report its result with [`MediaConnection::finish_wait`].
    Run(BoxFuture<'static, bool>),
    /// Put the connection at the end of its queue, so that others have their turn.
    Requeue,
    /// Have a disk thread send the next part, which is not in memory.
    SendFromDisk,
    /// Close the connection.
    Close,
    /// Leave the connection to hyper, which reads the unread bytes first.
    Fallback,
}

impl LoopContext {
    /// Creates the context of one event loop.
    pub fn new(context: ServerContext, pacing: Pacing) -> Self {
        Self {
            handler: MediaHandler::new(context),
            is_draining: false,
            pacing,
            read_buffer: Box::new([0; READ_BUFFER_BYTES]),
            head_buffer: Vec::new(),
            range_pipe: RangePipe::open(),
        }
    }
}

impl MediaConnection {
    /// Creates the state of a connection that was just accepted.
    pub fn new(connection: RawConnection, permit: ConnectionPermit, context: &LoopContext) -> Self {
        let RawConnection { stream, unread, peer } = connection;
        Self {
            stream: Some(stream),
            peer,
            permit,
            deadline: ConnectionDeadline::new(context.handler.now()),
            unread: unread.into(),
            response: None,
            is_readable: true,
            is_at_end: false,
            is_queued: false,
            is_last_response: false,
            waits: 0,
            pending_wait: None,
        }
    }

    /// Takes the connection apart for the fallback. Returns `None` while a disk thread has the
    /// socket.
    pub fn into_raw(self) -> Option<(RawConnection, ConnectionPermit)> {
        let Self { stream, unread, peer, permit, .. } = self;
        Some((RawConnection { stream: stream?, unread: unread[..].into(), peer }, permit))
    }

    /// Returns whether a response is being sent.
    pub fn is_sending(&self) -> bool {
        self.response.is_some()
    }

    /// Queues the next part of the response for a disk thread, which reads and sends it: neither
    /// must block the event loop. `done` is called on that thread with the result.
    pub fn send_from_disk(
        &mut self,
        id: u64,
        context: &LoopContext,
        done: impl FnOnce(DiskSendResult) + Send + 'static,
    ) {
        let Some(response) = &mut self.response else { return };
        let Some(stream) = self.stream.take() else { return };
        let (mut buffer, file) = (response.take_buffer(), Arc::clone(response.file()));
        let (range, pacing) = (buffer.file_range().clone(), context.pacing);
        let guard = loading::enqueue(&Arc::clone(&file), &range, move |loaded| {
            let outcome = loaded.and_then(|()| buffer.send(&file, &stream, pacing));
            done(DiskSendResult { id, stream, buffer, outcome });
        });
        response.begin_disk_send(id, guard);
    }

    /// Takes back the socket and the buffer from a disk thread. Returns `None` if they belong to an
    /// earlier connection with the same key.
    pub fn finish_disk_send(&mut self, result: DiskSendResult) -> Option<io::Result<()>> {
        let DiskSendResult { id, stream, buffer, outcome } = result;
        let response = self.response.as_mut().filter(|response| response.awaits_disk_send(id))?;
        self.stream = Some(stream);
        Some(response.finish_disk_send(buffer, outcome))
    }

    /// Makes the connection wait for a future.
    pub fn begin_wait(&mut self, wait: NonZeroU32, context: &LoopContext) {
        self.pending_wait = Some(wait);
        self.wait_for(WaitReason::Server, context);
    }

    /// Ends the wait for a future. Returns `false` if the connection does not wait for this one.
    pub fn finish_wait(&mut self, wait: NonZeroU32) -> bool {
        let is_own = self.pending_wait.take_if(|pending| *pending == wait).is_some();
        self.waits += u8::from(is_own);
        is_own
    }

    /// Notes that the socket has something to read. `is_at_end` says that the end of the client's
    /// stream, or an error, comes after it.
    pub fn set_readable(&mut self, is_at_end: bool) {
        self.is_readable = true;
        self.is_at_end |= is_at_end;
    }

    /// Returns whether the deadline has passed, so that the connection has to be closed; counts it
    /// in the metrics.
    pub fn is_overdue(&self, context: &LoopContext) -> bool {
        let Some(reason) = self.deadline.expired(context.handler.now()) else { return false };
        context.handler.metrics().record_disconnect(reason);
        if reason == DisconnectReason::NotReading {
            self.reset_on_close();
        }
        true
    }

    /// Returns whether the file of the response has changed, so that the connection has to be closed:
    /// a client that does not read would otherwise keep it open until its deadline.
    pub fn is_sending_changed_file(&self) -> bool {
        let Some(error) = self.response.as_ref().and_then(|response| response.file_error()) else {
            return false;
        };
        if FileChanged::is_in_place(&error) {
            self.reset_on_close();
        }
        true
    }

    /// Makes closing the socket send RST, so that the kernel drops what it still holds for this
    /// client. Otherwise the kernel would go on sending; and if the network ends with this process,
    /// as in a pod, the client would never see the connection end.
    pub fn reset_on_close(&self) {
        if let Some(stream) = &self.stream {
            let _ = rustix::net::sockopt::set_socket_linger(stream, Some(Duration::ZERO));
        }
    }

    /// Makes as much progress as possible without blocking, at most to the end of one response.
    ///
    /// # Errors
    /// If the connection broke, or the file changed while it was sent.
    pub fn step(&mut self, context: &mut LoopContext) -> io::Result<NextAction> {
        if self.pending_wait.is_some() {
            return Ok(NextAction::Wait);
        }
        let Some(stream) = &self.stream else { return Ok(NextAction::Wait) };
        if let Some(mut response) = self.response.take() {
            let step = response.resume(stream, context.pacing, &mut context.range_pipe)?;
            return self.finish_step(step, context, || response);
        }
        let prepared = match self.read_request(context)? {
            ReadOutcome::Request(prepared) => prepared,
            ReadOutcome::Incomplete => {
                if !self.unread.is_empty() {
                    self.wait_for(WaitReason::RequestHead, context);
                }
                return Ok(NextAction::Wait);
            }
            ReadOutcome::Stop(action) => return Ok(action),
        };
        let Some(stream) = &self.stream else { return Ok(NextAction::Wait) };
        (self.is_last_response, self.waits) = (prepared.is_last, 0);
        let mut response = ResponseWriter::new(prepared, mem::take(&mut context.head_buffer));
        let step = response.resume(stream, context.pacing, &mut context.range_pipe)?;
        if step == WriteStep::Complete {
            context.head_buffer = response.take_memory();
        }
        self.finish_step(step, context, || Box::new(response))
    }

    fn wait_for(&mut self, reason: WaitReason, context: &LoopContext) {
        self.deadline.set(reason, context.handler.now(), context.handler.config().stall_timeout);
    }

    /// Sets the deadline that follows from a step, and keeps the response if it is unfinished.
    fn finish_step(
        &mut self,
        step: WriteStep,
        context: &LoopContext,
        response: impl FnOnce() -> Box<ResponseWriter>,
    ) -> io::Result<NextAction> {
        if step == WriteStep::Complete && self.is_last_response {
            if let Some(stream) = &self.stream {
                stream.shutdown(Shutdown::Write)?;
            }
            return Ok(NextAction::Close);
        }
        // A draining connection takes one more step, which closes it.
        let has_more = self.is_readable || !self.unread.is_empty() || context.is_draining;
        let (reason, action) = match step {
            WriteStep::Complete if has_more => (WaitReason::NextRequest, NextAction::Requeue),
            WriteStep::Complete => (WaitReason::NextRequest, NextAction::Wait),
            WriteStep::Blocked { made_progress } => {
                (WaitReason::ClientRead { made_progress }, NextAction::Wait)
            }
            WriteStep::Yield => (WaitReason::Server, NextAction::Requeue),
            WriteStep::NeedsDisk => (WaitReason::Server, NextAction::SendFromDisk),
        };
        if step != WriteStep::Complete {
            self.response = Some(response());
        }
        self.wait_for(reason, context);
        Ok(action)
    }

    /// Reads until a request is complete or nothing more has arrived.
    fn read_request(&mut self, context: &mut LoopContext) -> io::Result<ReadOutcome> {
        let mut received = 0;
        loop {
            let outcome = self.handle_received(received, context);
            match outcome {
                RequestOutcome::Respond(prepared, _) => return Ok(ReadOutcome::Request(prepared)),
                RequestOutcome::Wait(wait) => return Ok(ReadOutcome::Stop(NextAction::Run(wait))),
                RequestOutcome::Fallback => return Ok(ReadOutcome::Stop(NextAction::Fallback)),
                RequestOutcome::Incomplete if !self.is_readable => {
                    let is_over = context.is_draining && self.unread.is_empty();
                    return Ok(match is_over {
                        true => ReadOutcome::Stop(NextAction::Close),
                        false => ReadOutcome::Incomplete,
                    });
                }
                RequestOutcome::Incomplete => {}
            }
            let Some(mut stream) = self.stream.as_ref() else { return Ok(ReadOutcome::Incomplete) };
            received = match stream.read(&mut context.read_buffer[..]) {
                Ok(0) => return Ok(ReadOutcome::Stop(NextAction::Close)),
                Ok(length) => length,
                Err(error) if error.kind() == ErrorKind::Interrupted => 0,
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    (self.is_readable, self.is_at_end) = (false, false);
                    0
                }
                Err(error) => return Err(error),
            };
            // A read that fills less than the buffer has emptied the socket: epoll(7).
            let is_emptied = received != 0 && received != READ_BUFFER_BYTES;
            self.is_readable = self.is_at_end || self.is_readable && !is_emptied;
        }
    }

    /// Passes what was received to the handler: the unread bytes, and the first `received` ones of
    /// the read buffer. Keeps in `unread` what belongs to no answered request.
    fn handle_received(&mut self, received: usize, context: &mut LoopContext) -> RequestOutcome {
        let LoopContext { handler, is_draining, read_buffer, head_buffer, .. } = context;
        let fresh = &read_buffer[..received];
        // A read mostly returns exactly one request, which is parsed where it is, without a copy.
        let is_copied = !self.unread.is_empty();
        if is_copied {
            self.unread.extend_from_slice(fresh);
        }
        let bytes = if is_copied { &self.unread[..] } else { fresh };
        if bytes.is_empty() {
            return RequestOutcome::Incomplete;
        }
        let (peer, waits) = (self.peer, self.waits);
        let received = ReceivedBytes { peer, bytes, waits, is_last: *is_draining };
        let outcome = handler.handle(received, head_buffer);
        let consumed = if let RequestOutcome::Respond(_, length) = outcome { length } else { 0 };
        if is_copied {
            self.unread.drain(..consumed);
        } else {
            self.unread.extend_from_slice(&fresh[consumed..]);
        }
        outcome
    }
}

/// What a disk thread returns after sending on behalf of a connection.
#[derive(Debug)]
pub struct DiskSendResult {
    id: u64,
    stream: TcpStream,
    buffer: SendBuffer,
    outcome: io::Result<SendOutcome>,
}

/// The outcome of reading from the client.
enum ReadOutcome {
    /// A request is answered by this response.
    Request(PreparedResponse),
    /// No complete request has arrived.
    Incomplete,
    /// No request can be answered before the event loop has done this.
    Stop(NextAction),
}
