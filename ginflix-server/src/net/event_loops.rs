//! Event loops that send media files over plain HTTP/1.1, each on a thread of its own.
//!
//! There is one loop for every two CPUs. The other half is left to the kernel's network stack, to
//! the handlers on Tokio's threads, and to clients on the same machine.
//!
//! One step of a connection takes a few microseconds, and much of that is spent waiting for
//! memory. So a connection stays on the loop that it was assigned to, its state fits two cache
//! lines, and loops share no locks. A general-purpose runtime takes twice the time for a step.
//!
//! # Layout
//! - `event_loop`: schedules connections; `connection`: the state of one, and its steps
//! - `media_handler`: answers requests; `target_cache`: the media files that they name; `packages`: playlists and
//!   segments of them
//! - `response_writer`: sends one response; `send_buffer`: the part of it that is sent next; `range_pipe`: sends many
//!   ranges at once
//! - `deadline`: how long a connection may wait for its client

mod connection;
mod deadline;
mod event_loop;
mod media_handler;
mod packages;
mod range_pipe;
mod response_writer;
mod send_buffer;
mod target_cache;

use std::io;
use std::num::NonZeroU32;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::Duration;

use mio::{Poll, Waker};
use parking_lot::Mutex;
use tokio::runtime::Handle;

use self::connection::{DiskSendResult, LoopContext};
use self::event_loop::{EventLoop, WAKE_TOKEN};
use super::connection_limiter::ConnectionPermit;
use super::pacing::Pacing;
use super::server_context::ServerContext;
use super::socket::RawConnection;

/// Takes over connections whose next request an event loop does not answer. The unread bytes of
/// the connection begin with that request.
pub type Fallback = Arc<dyn Fn(RawConnection, ConnectionPermit) + Send + Sync>;

/// How long dropping the pool waits for the loops to reset their connections. A loop that is stuck
/// in disk I/O must not hold up the exit of the process.
const SHUTDOWN_TIMEOUT: Duration = Duration::from_millis(500);

/// All event loops. Dropping the pool resets the connections that are left, and stops the loops.
pub struct EventLoopPool {
    loops: Vec<LoopHandle>,
    next: AtomicUsize,
    /// Disconnected once all threads have exited: each of them holds a sender.
    exited: Mutex<mpsc::Receiver<()>>,
}

/// A message to an event loop from another thread.
enum LoopMessage {
    /// A connection was accepted, and assigned to this loop.
    Accepted(RawConnection, ConnectionPermit),
    /// A disk thread has sent, or failed to send, a part of the response on the connection with
    /// this key.
    DiskSendDone(usize, DiskSendResult),
    /// What a connection waited for has finished.
    WaitEnded {
        /// The key of the connection.
        key: usize,
        /// The number of the wait.
        wait: NonZeroU32,
        /// Whether the request can be answered now.
        is_ready: bool,
    },
    /// The server is stopping: each connection ends with its current response.
    Drain,
    /// The loop resets its connections and exits.
    Shutdown,
}

/// Sends messages to one event loop.
#[derive(Clone)]
struct LoopHandle {
    sender: mpsc::Sender<LoopMessage>,
    waker: Arc<Waker>,
}

impl LoopHandle {
    fn send(&self, message: LoopMessage) {
        // A loop that has exited has closed its connections, so nothing needs the message.
        if self.sender.send(message).is_ok()
            && let Err(error) = self.waker.wake()
        {
            tracing::error!(%error, "cannot wake an event loop; restart the server");
        }
    }
}

impl EventLoopPool {
    /// Starts the loops. What connections wait for runs on the Tokio runtime of the caller.
    ///
    /// # Errors
    /// If the system refuses a thread or a file descriptor.
    pub fn start(context: &ServerContext, pacing: Pacing, fallback: &Fallback) -> io::Result<Self> {
        let count = thread::available_parallelism().map_or(1, |count| count.get()).div_ceil(2);
        let (running, exited) = mpsc::channel();
        let loops = (0..count)
            .map(|number| {
                let (context, fallback) = (context.clone(), Arc::clone(fallback));
                LoopHandle::spawn(number, context, pacing, fallback, running.clone())
            })
            .collect::<io::Result<_>>()?;
        Ok(Self { loops, next: AtomicUsize::new(0), exited: Mutex::new(exited) })
    }

    /// Assigns a connection to a loop, round robin: what it will request is not known yet.
    pub fn assign(&self, connection: RawConnection, permit: ConnectionPermit) {
        self.next_loop().send(LoopMessage::Accepted(connection, permit));
    }

    fn next_loop(&self) -> &LoopHandle {
        let next = self.next.fetch_add(1, Ordering::Relaxed);
        &self.loops[next % self.loops.len()]
    }

    /// Closes each connection after its current response; an idle one at once.
    pub fn drain(&self) {
        self.loops.iter().for_each(|handle| handle.send(LoopMessage::Drain));
    }
}

impl Drop for EventLoopPool {
    fn drop(&mut self) {
        self.loops.iter().for_each(|handle| handle.send(LoopMessage::Shutdown));
        let _ = self.exited.get_mut().recv_timeout(SHUTDOWN_TIMEOUT); // no thread ever sends a value
    }
}

impl LoopHandle {
    /// Starts the thread of an event loop.
    fn spawn(
        number: usize,
        context: ServerContext,
        pacing: Pacing,
        fallback: Fallback,
        running: mpsc::Sender<()>,
    ) -> io::Result<Self> {
        let poll = Poll::new()?;
        let waker = Arc::new(Waker::new(poll.registry(), WAKE_TOKEN)?);
        let (sender, messages) = mpsc::channel();
        let handle = Self { sender, waker };
        let own_handle = handle.clone();
        let runtime = Handle::current();
        let thread = thread::Builder::new().name(format!("event-loop-{number}"));
        thread.spawn(move || {
            // Created on this thread, because a LoopContext is not Send.
            let context = LoopContext::new(context, pacing);
            EventLoop::new(poll, messages, own_handle, context, fallback, runtime).run();
            drop(running);
        })?;
        Ok(handle)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_go_round_robin_and_dropping_the_pool_shuts_each_loop_down() {
        let (loops, receivers): (Vec<_>, Vec<_>) = (0..3)
            .map(|_| {
                let poll = Poll::new().unwrap();
                let waker = Arc::new(Waker::new(poll.registry(), WAKE_TOKEN).unwrap());
                let (sender, messages) = mpsc::channel();
                (LoopHandle { sender, waker }, (messages, poll))
            })
            .unzip();
        let exited = Mutex::new(mpsc::channel().1);
        let pool = EventLoopPool { loops, next: AtomicUsize::new(0), exited };
        for _ in 0..6 {
            pool.next_loop().send(LoopMessage::Drain);
        }
        drop(pool);
        for (messages, _poll) in receivers {
            let messages: Vec<LoopMessage> = messages.iter().collect();
            assert!(matches!(
                messages[..],
                [LoopMessage::Drain, LoopMessage::Drain, LoopMessage::Shutdown]
            ));
        }
    }
}
