//! One event loop: it schedules the connections of its thread.

use std::collections::VecDeque;
use std::io::ErrorKind;
use std::mem;
use std::num::NonZeroU32;
use std::os::fd::AsRawFd;
use std::sync::mpsc;
use std::time::{Duration, Instant};

use futures_util::future::BoxFuture;
use mio::unix::SourceFd;
use mio::{Events, Interest, Poll, Token};
use slab::Slab;
use tokio::runtime::Handle;

use super::super::connection_limiter::ConnectionPermit;
use super::super::socket::RawConnection;
use super::connection::{LoopContext, MediaConnection, NextAction};
use super::{Fallback, LoopHandle, LoopMessage};
use crate::media::shared_file::FileChanged;
use crate::metrics::DisconnectReason;

/// The token of the waker's events, which say that messages have arrived.
pub const WAKE_TOKEN: Token = Token(usize::MAX);

/// The most events that one poll returns.
const EVENTS_CAPACITY: usize = 1024;

/// How often deadlines are checked and the cache of media files is cleared.
const SWEEP_INTERVAL: Duration = Duration::from_secs(1);

/// How long responses are sent before the loop polls for requests again, unless requests took
/// longer than this: then as long as they took.
const SEND_TIME_SLICE: Duration = Duration::from_micros(100);

/// The event loop of one thread.
pub struct EventLoop {
    poll: Poll,
    messages: mpsc::Receiver<LoopMessage>,
    /// Cloned for other threads, which reply through it.
    handle: LoopHandle,
    connections: Slab<MediaConnection>,
    /// The keys of connections that may have received a request.
    request_queue: VecDeque<usize>,
    /// The keys of connections that can go on with sending a response.
    send_queue: VecDeque<usize>,
    context: LoopContext,
    fallback: Fallback,
    /// Runs what connections wait for.
    runtime: Handle,
    /// The number of the last send that was passed to a disk thread.
    last_disk_send: u64,
    /// The number of the next future that a connection waits for.
    next_wait: NonZeroU32,
    next_sweep: Instant,
}

impl EventLoop {
    /// Creates the loop. Must be called on the thread that will run it.
    pub fn new(
        poll: Poll,
        messages: mpsc::Receiver<LoopMessage>,
        handle: LoopHandle,
        context: LoopContext,
        fallback: Fallback,
        runtime: Handle,
    ) -> Self {
        Self {
            poll,
            messages,
            handle,
            connections: Slab::new(),
            request_queue: VecDeque::new(),
            send_queue: VecDeque::new(),
            context,
            fallback,
            runtime,
            last_disk_send: 0,
            next_wait: NonZeroU32::MIN,
            next_sweep: Instant::now(),
        }
    }

    /// Runs until [`LoopMessage::Shutdown`].
    pub fn run(mut self) {
        let mut events = Events::with_capacity(EVENTS_CAPACITY);
        loop {
            match self.poll.poll(&mut events, self.poll_timeout()) {
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(error) => {
                    tracing::error!(
                        %error,
                        "an event loop cannot wait for events and ends; restart the server"
                    );
                    return;
                }
                Ok(()) => {}
            }
            self.context.handler.tick();
            let has_messages = self.handle_events(&events);
            if has_messages {
                while let Ok(message) = self.messages.try_recv() {
                    if !self.handle_message(message) {
                        return self.reset_all();
                    }
                }
            }
            self.run_queues();
            if self.context.handler.now() >= self.next_sweep {
                self.next_sweep = self.context.handler.now() + SWEEP_INTERVAL;
                self.sweep();
            }
        }
    }

    /// Queues the connections with events. Returns whether there are messages as well.
    fn handle_events(&mut self, events: &Events) -> bool {
        let mut has_messages = false;
        for event in events {
            match event.token() {
                WAKE_TOKEN => has_messages = true,
                Token(key) => {
                    let is_at_end = event.is_read_closed() || event.is_error();
                    self.mark_ready(key, is_at_end || event.is_readable(), is_at_end);
                }
            }
        }
        has_messages
    }

    /// Runs the queued connections: first those with requests, then those that send, for about as
    /// long. So a request waits for few other responses, and neither starves the other.
    fn run_queues(&mut self) {
        for _ in 0..self.request_queue.len() {
            if let Some(key) = self.request_queue.pop_front() {
                self.step(key);
            }
        }
        if self.send_queue.is_empty() {
            return;
        }
        let requests_took = self.context.handler.now().elapsed();
        let end = Instant::now() + requests_took.max(SEND_TIME_SLICE);
        while let Some(key) = self.send_queue.pop_front() {
            self.step(key);
            if Instant::now() >= end {
                break;
            }
        }
    }

    /// Returns how long the poll may wait for events; `None` is for ever.
    fn poll_timeout(&self) -> Option<Duration> {
        if !self.send_queue.is_empty() || !self.request_queue.is_empty() {
            return Some(Duration::ZERO);
        }
        let next_sweep = self.next_sweep.saturating_duration_since(self.context.handler.now());
        let needs_sweeps = !self.connections.is_empty() || self.context.handler.has_cached_files();
        needs_sweeps.then_some(next_sweep)
    }

    /// Queues a connection whose socket is ready. Doing this for all events before the first step
    /// lets the CPU fetch the state of several connections from memory in parallel.
    fn mark_ready(&mut self, key: usize, is_readable: bool, is_at_end: bool) {
        let Some(connection) = self.connections.get_mut(key) else { return };
        if is_readable {
            connection.set_readable(is_at_end);
        }
        self.enqueue(key);
    }

    fn enqueue(&mut self, key: usize) {
        if let Some(connection) = self.connections.get_mut(key)
            && !mem::replace(&mut connection.is_queued, true)
        {
            match connection.is_sending() {
                true => self.send_queue.push_back(key),
                false => self.request_queue.push_back(key),
            }
        }
    }

    /// Handles a message. Returns `false` if the loop has to end.
    fn handle_message(&mut self, message: LoopMessage) -> bool {
        match message {
            LoopMessage::Accepted(connection, permit) => self.register(connection, permit),
            LoopMessage::DiskSendDone(key, result) => {
                let connection = self.connections.get_mut(key);
                match connection.and_then(|connection| connection.finish_disk_send(result)) {
                    Some(Ok(())) => self.enqueue(key),
                    Some(Err(error)) => self.close(key, &error),
                    None => {} // the connection was closed meanwhile
                }
            }
            LoopMessage::WaitEnded { key, wait, is_ready } => {
                let connection = self.connections.get_mut(key);
                match connection.is_some_and(|connection| connection.finish_wait(wait)) {
                    true if is_ready => self.enqueue(key),
                    true => self.pass_to_fallback(key),
                    false => {} // the connection was closed meanwhile
                }
            }
            LoopMessage::Drain => {
                self.context.is_draining = true;
                let keys: Vec<usize> = self.connections.iter().map(|(key, _)| key).collect();
                // Read each once more: a request that arrived before this is still answered.
                keys.into_iter().for_each(|key| self.mark_ready(key, true, false));
            }
            LoopMessage::Shutdown => return false,
        }
        true
    }

    /// Adds an accepted connection.
    fn register(&mut self, connection: RawConnection, permit: ConnectionPermit) {
        let entry = self.connections.vacant_entry();
        let key = entry.key();
        let descriptor = connection.stream.as_raw_fd();
        let interests = Interest::READABLE | Interest::WRITABLE;
        match self.poll.registry().register(&mut SourceFd(&descriptor), Token(key), interests) {
            Ok(()) => {
                entry.insert(MediaConnection::new(connection, permit, &self.context));
                self.enqueue(key);
            }
            Err(error) => {
                tracing::warn!(%error, "closed a new connection: cannot wait for its events");
            }
        }
    }

    /// Runs one step of a connection, and does what follows from it.
    fn step(&mut self, key: usize) {
        let Some(connection) = self.connections.get_mut(key) else { return };
        connection.is_queued = false;
        match connection.step(&mut self.context) {
            Ok(NextAction::Wait) => {}
            Ok(NextAction::Requeue) => self.enqueue(key),
            Ok(NextAction::SendFromDisk) => self.send_from_disk(key),
            Ok(NextAction::Run(future)) => self.run_for(key, future),
            Ok(NextAction::Close) => drop(self.connections.remove(key)),
            Ok(NextAction::Fallback) => self.pass_to_fallback(key),
            Err(error) => self.close(key, &error),
        }
    }

    fn pass_to_fallback(&mut self, key: usize) {
        let Some((connection, permit)) = self.connections.remove(key).into_raw() else { return };
        let descriptor = connection.stream.as_raw_fd();
        match self.poll.registry().deregister(&mut SourceFd(&descriptor)) {
            Ok(()) => (self.fallback)(connection, permit),
            Err(error) => {
                tracing::warn!(%error, "closed a connection: cannot pass it to hyper");
            }
        }
    }

    fn close(&mut self, key: usize, why: &std::io::Error) {
        tracing::debug!(error = %why, "connection ended");
        let connection = self.connections.remove(key);
        // The kernel holds pages of the file for the client, which may contain zeros by now.
        if FileChanged::is_in_place(why) {
            connection.reset_on_close();
        }
    }

    fn send_from_disk(&mut self, key: usize) {
        let Some(connection) = self.connections.get_mut(key) else { return };
        self.last_disk_send += 1;
        let handle = self.handle.clone();
        let done = move |result| handle.send(LoopMessage::DiskSendDone(key, result));
        connection.send_from_disk(self.last_disk_send, &self.context, done);
    }

    /// Runs what a connection waits for, which may take long, on the runtime.
    fn run_for(&mut self, key: usize, future: BoxFuture<'static, bool>) {
        let Some(connection) = self.connections.get_mut(key) else { return };
        let wait = self.next_wait;
        self.next_wait = wait.checked_add(1).unwrap_or(NonZeroU32::MIN);
        connection.begin_wait(wait, &self.context);
        let handle = self.handle.clone();
        self.runtime.spawn(async move {
            let is_ready = future.await;
            handle.send(LoopMessage::WaitEnded { key, wait, is_ready });
        });
    }

    /// Closes overdue connections and those whose file has changed, and clears the cache of media
    /// files, so that files without a client can be closed.
    fn sweep(&mut self) {
        self.context.handler.clear_cache();
        let context = &self.context;
        self.connections.retain(|_, connection| {
            !connection.is_overdue(context) && !connection.is_sending_changed_file()
        });
        if self.connections.is_empty() {
            self.connections.shrink_to_fit();
        }
    }

    fn reset_all(&self) {
        for (_, connection) in &self.connections {
            connection.reset_on_close();
            self.context.handler.metrics().record_disconnect(DisconnectReason::Drained);
        }
    }
}
