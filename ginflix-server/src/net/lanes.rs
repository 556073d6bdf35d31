//! The threads that send films, each with an event loop of its own.
//!
//! There are half as many as processors: one keeps a client busy that has another
//! for itself and only reads, and what it makes of work for others, from the
//! network's receipts to the handlers, wants its place as well.
//!
//! What they do takes a few microseconds at a time, and much of that is waiting
//! for memory. So a connection stays where it is, a thread knows of it no more than
//! fits two lines of the cache, and nobody is asked who is not on that thread. A
//! runtime that is made for everything takes twice the time that is ours.
//!
//! # Layout
//! - `event_loop`: who has something to do; `connection`: what one does then
//! - `requests`: what it was asked; `files`: those that are asked for right now
//! - `sending`: an answer on its way; `send_buffer`: what of it is sent next
//! - `deadline`: how long one waits for the other end

mod connection;
mod deadline;
mod event_loop;
mod files;
mod requests;
mod send_buffer;
mod sending;

use std::io;
use std::num::NonZeroU32;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::thread;
use std::time::Duration;

use mio::{Poll, Waker};
use tokio::runtime::Handle;

use self::connection::{Returned, Shared};
use self::event_loop::{EventLoop, MAIL};
use super::capacity::Place;
use super::pacing::Pacing;
use super::serving::Serving;
use super::socket::Detached;

/// Takes connections that ask for something else, with what came of that.
pub type HandOver = Arc<dyn Fn(Detached, Place) + Send + Sync>;

/// End when they are dropped, and cut what is on them then; one that waits for a
/// disk that does not answer keeps nobody waiting for longer than [`END_TIMEOUT`].
pub struct Lanes {
    lanes: Vec<Mailbox>,
    next: AtomicUsize,
    /// Disconnected once all threads have ended: each holds a sender.
    ended: Mutex<mpsc::Receiver<()>>,
}

/// How long the threads may take to cut their connections.
const END_TIMEOUT: Duration = Duration::from_millis(500);

/// What a thread is told by others.
enum Mail {
    /// Somebody comes.
    Arrival(Detached, Place),
    /// What was to be sent from the disk for this connection was, or cannot be.
    Return(usize, Returned),
    /// Access to what this connection asks for was looked up.
    Checked {
        /// The connection.
        key: usize,
        /// The number of the look-up.
        check: NonZeroU32,
        /// Whether it was granted.
        is_granted: bool,
    },
    /// No connection is to be kept beyond its running answer.
    Stop,
    /// None at all.
    End,
}

/// Where to tell it.
#[derive(Clone)]
struct Mailbox {
    mail: mpsc::Sender<Mail>,
    waker: Arc<Waker>,
}

impl Mailbox {
    fn put(&self, mail: Mail) {
        // Where the thread has ended, so has what this is about.
        if self.mail.send(mail).is_ok()
            && let Err(error) = self.waker.wake()
        {
            tracing::error!(%error, "cannot wake a thread that sends films");
        }
    }
}

impl Lanes {
    /// Starts them. To be called in the runtime that look-ups of access are to run on.
    ///
    /// # Errors
    /// Where the system gives no more threads or descriptors.
    pub fn start(serving: &Serving, pacing: Pacing, hand_over: &HandOver) -> io::Result<Self> {
        let count = thread::available_parallelism().map_or(1, |count| count.get()).div_ceil(2);
        let (running, ended) = mpsc::channel();
        let lanes = (0..count)
            .map(|number| {
                let (serving, hand_over) = (serving.clone(), Arc::clone(hand_over));
                Mailbox::start(number, serving, pacing, hand_over, running.clone())
            })
            .collect::<io::Result<_>>()?;
        Ok(Self { lanes, next: AtomicUsize::new(0), ended: Mutex::new(ended) })
    }

    /// Takes a connection in: each thread in turn, as nobody knows what one will
    /// ask for.
    pub fn welcome(&self, socket: Detached, place: Place) {
        self.next().put(Mail::Arrival(socket, place));
    }

    fn next(&self) -> &Mailbox {
        let next = self.next.fetch_add(1, Ordering::Relaxed);
        &self.lanes[next % self.lanes.len()]
    }

    /// Ends each connection with the answer that is running on it.
    pub fn stop(&self) {
        self.lanes.iter().for_each(|lane| lane.put(Mail::Stop));
    }
}

impl Drop for Lanes {
    fn drop(&mut self) {
        self.lanes.iter().for_each(|lane| lane.put(Mail::End));
        let ended = self.ended.get_mut().unwrap_or_else(PoisonError::into_inner);
        let _ = ended.recv_timeout(END_TIMEOUT); // nothing is ever sent
    }
}

impl Mailbox {
    /// Starts a thread that reads what is put here.
    fn start(
        number: usize,
        serving: Serving,
        pacing: Pacing,
        hand_over: HandOver,
        running: mpsc::Sender<()>,
    ) -> io::Result<Self> {
        let poll = Poll::new()?;
        let waker = Arc::new(Waker::new(poll.registry(), MAIL)?);
        let (mail, came) = mpsc::channel();
        let mailbox = Self { mail, waker };
        let own = mailbox.clone();
        let runtime = Handle::current();
        let thread = thread::Builder::new().name(format!("films-{number}"));
        thread.spawn(move || {
            EventLoop::new(poll, came, own, Shared::new(serving, pacing), hand_over, runtime).run();
            drop(running);
        })?;
        Ok(mailbox)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_of_them_have_the_same_to_do_and_are_told_the_end() {
        let (lanes, came): (Vec<_>, Vec<_>) = (0..3)
            .map(|_| {
                let poll = Poll::new().unwrap();
                let waker = Arc::new(Waker::new(poll.registry(), MAIL).unwrap());
                let (mail, came) = mpsc::channel();
                (Mailbox { mail, waker }, (came, poll))
            })
            .unzip();
        let ended = Mutex::new(mpsc::channel().1);
        let lanes = Lanes { lanes, next: AtomicUsize::new(0), ended };
        for _ in 0..6 {
            lanes.next().put(Mail::Stop);
        }
        drop(lanes);
        for (came, _poll) in came {
            let mail: Vec<Mail> = came.iter().collect();
            assert!(matches!(mail[..], [Mail::Stop, Mail::Stop, Mail::End]));
        }
    }
}
