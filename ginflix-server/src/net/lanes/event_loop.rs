//! The loop of one thread: who has something to do, has it done, and waits again.

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

use super::super::capacity::Place;
use super::super::socket::Detached;
use super::connection::{Connection, Shared, Then};
use super::{HandOver, Mail, Mailbox};
use crate::metrics::Cut;

/// Something was put into the mailbox.
pub const MAIL: Token = Token(usize::MAX);

/// The most that is heard of at a time.
const EVENTS: usize = 1024;

/// How often those who wait are looked at, and what is known of films is forgotten.
const ROUND: Duration = Duration::from_secs(1);

/// Those who are sent a film have so long, or as long as those took who asked for
/// something, before it is asked again who does.
const SHARE: Duration = Duration::from_micros(100);

/// One thread's.
pub struct EventLoop {
    poll: Poll,
    mail: mpsc::Receiver<Mail>,
    /// For what others do for it.
    mailbox: Mailbox,
    connections: Slab<Connection>,
    /// Those who may have asked for something.
    asking: VecDeque<usize>,
    /// Those who could go on with what they are sent, and let others go first.
    line: VecDeque<usize>,
    shared: Shared,
    onward: HandOver,
    /// Where look-ups of access run.
    runtime: Handle,
    loads: u64,
    checks: NonZeroU32,
    next_round: Instant,
}

impl EventLoop {
    /// Of the thread that calls.
    pub fn new(
        poll: Poll,
        mail: mpsc::Receiver<Mail>,
        mailbox: Mailbox,
        shared: Shared,
        onward: HandOver,
        runtime: Handle,
    ) -> Self {
        Self {
            poll,
            mail,
            mailbox,
            connections: Slab::new(),
            asking: VecDeque::new(),
            line: VecDeque::new(),
            shared,
            onward,
            runtime,
            loads: 0,
            checks: NonZeroU32::MIN,
            next_round: Instant::now(),
        }
    }

    /// Runs until told to end.
    pub fn run(mut self) {
        let mut events = Events::with_capacity(EVENTS);
        loop {
            match self.poll.poll(&mut events, self.most_idle()) {
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(error) => return tracing::error!(%error, "a thread cannot send films any more"),
                Ok(()) => {}
            }
            self.shared.desk.tick();
            let mut has_mail = false;
            for event in &events {
                match event.token() {
                    MAIL => has_mail = true,
                    Token(key) => {
                        let is_ending = event.is_read_closed() || event.is_error();
                        self.happened(key, is_ending || event.is_readable(), is_ending);
                    }
                }
            }
            if has_mail {
                while let Ok(mail) = self.mail.try_recv() {
                    if !self.read(mail) {
                        return self.cut_all();
                    }
                }
            }
            self.have_turns();
            if self.shared.desk.now() >= self.next_round {
                self.next_round = self.shared.desk.now() + ROUND;
                self.make_a_round();
            }
        }
    }

    /// Who asks for something comes first, and the others get as much time.
    fn have_turns(&mut self) {
        for _ in 0..self.asking.len() {
            if let Some(key) = self.asking.pop_front() {
                self.turn(key);
            }
        }
        if self.line.is_empty() {
            return;
        }
        let end = Instant::now() + self.shared.desk.now().elapsed().max(SHARE);
        while let Some(key) = self.line.pop_front() {
            self.turn(key);
            if Instant::now() >= end {
                break;
            }
        }
    }

    /// How long it may wait.
    fn most_idle(&self) -> Option<Duration> {
        if !self.line.is_empty() || !self.asking.is_empty() {
            return Some(Duration::ZERO);
        }
        let next_round = self.next_round.saturating_duration_since(self.shared.desk.now());
        let has_rounds = !self.connections.is_empty() || self.shared.desk.knows_files();
        has_rounds.then_some(next_round)
    }

    /// The other end of a connection did something: it has a turn soon. What is known
    /// of it comes nearer meanwhile, for all of them at once.
    fn happened(&mut self, key: usize, is_readable: bool, is_ending: bool) {
        let Some(connection) = self.connections.get_mut(key) else { return };
        if is_readable {
            connection.readable(is_ending);
        }
        self.line_up(key);
    }

    fn line_up(&mut self, key: usize) {
        if let Some(connection) = self.connections.get_mut(key)
            && !mem::replace(&mut connection.is_in_line, true)
        {
            match connection.is_sending() {
                true => self.line.push_back(key),
                false => self.asking.push_back(key),
            }
        }
    }

    /// Whether to run on.
    fn read(&mut self, mail: Mail) -> bool {
        match mail {
            Mail::Arrival(socket, place) => self.welcome(socket, place),
            Mail::Return(key, returned) => {
                let connection = self.connections.get_mut(key);
                match connection.and_then(|connection| connection.take_back(returned)) {
                    Some(Ok(())) => self.line_up(key),
                    Some(Err(error)) => self.close(key, &error),
                    None => {} // nobody waits for it any more
                }
            }
            Mail::Checked { key, check, is_granted } => {
                let connection = self.connections.get_mut(key);
                match connection.is_some_and(|connection| connection.is_checked_by(check)) {
                    true if is_granted => self.line_up(key),
                    true => self.hand_over(key),
                    false => {} // nobody waits for it any more
                }
            }
            Mail::Stop => {
                self.shared.is_stopping = true;
                let all: Vec<usize> = self.connections.iter().map(|(key, _)| key).collect();
                all.into_iter().for_each(|key| self.happened(key, true, false)); // what came before counts
            }
            Mail::End => return false,
        }
        true
    }

    fn welcome(&mut self, socket: Detached, place: Place) {
        let entry = self.connections.vacant_entry();
        let key = entry.key();
        let descriptor = socket.stream.as_raw_fd();
        let interests = Interest::READABLE | Interest::WRITABLE;
        match self.poll.registry().register(&mut SourceFd(&descriptor), Token(key), interests) {
            Ok(()) => {
                entry.insert(Connection::new(socket, place, &self.shared));
                self.line_up(key);
            }
            Err(error) => tracing::warn!(%error, "cannot watch a connection"),
        }
    }

    fn turn(&mut self, key: usize) {
        let Some(connection) = self.connections.get_mut(key) else { return };
        connection.is_in_line = false;
        match connection.turn(&mut self.shared) {
            Ok(Then::Wait) => {}
            Ok(Then::Again) => self.line_up(key),
            Ok(Then::Load) => self.send_from_disk(key),
            Ok(Then::Check(check)) => self.check(key, check),
            Ok(Then::Close) => drop(self.connections.remove(key)),
            Ok(Then::HandOver) => self.hand_over(key),
            Err(error) => self.close(key, &error),
        }
    }

    fn hand_over(&mut self, key: usize) {
        let Some((socket, place)) = self.connections.remove(key).detach() else { return };
        let descriptor = socket.stream.as_raw_fd();
        match self.poll.registry().deregister(&mut SourceFd(&descriptor)) {
            Ok(()) => (self.onward)(socket, place),
            Err(error) => tracing::warn!(%error, "cannot hand a connection over"),
        }
    }

    fn close(&mut self, key: usize, why: &std::io::Error) {
        tracing::debug!(error = %why, "connection ended");
        self.connections.remove(key);
    }

    fn send_from_disk(&mut self, key: usize) {
        let Some(connection) = self.connections.get_mut(key) else { return };
        self.loads += 1;
        let mailbox = self.mailbox.clone();
        let tell = move |returned| mailbox.put(Mail::Return(key, returned));
        connection.send_from_disk(self.loads, &self.shared, tell);
    }

    /// Has access looked up, which may take its time, by the runtime.
    fn check(&mut self, key: usize, access: BoxFuture<'static, bool>) {
        let Some(connection) = self.connections.get_mut(key) else { return };
        let check = self.checks;
        self.checks = check.checked_add(1).unwrap_or(NonZeroU32::MIN);
        connection.wait_for_check(check, &self.shared);
        let mailbox = self.mailbox.clone();
        self.runtime.spawn(async move {
            let is_granted = access.await;
            mailbox.put(Mail::Checked { key, check, is_granted });
        });
    }

    fn make_a_round(&mut self) {
        self.shared.desk.forget_files();
        let shared = &self.shared;
        self.connections.retain(|_, connection| !connection.is_late(shared));
        if self.connections.is_empty() {
            self.connections.shrink_to_fit();
        }
    }

    fn cut_all(&self) {
        for (_, connection) in &self.connections {
            connection.reset_at_close();
            self.shared.desk.metrics().cut(Cut::Drained);
        }
    }
}
