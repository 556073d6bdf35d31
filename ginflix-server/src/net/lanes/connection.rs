//! A client's connection, as long as it asks for films.

use std::io::{self, ErrorKind, Read};
use std::mem;
use std::net::{IpAddr, Shutdown, TcpStream};
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;

use super::super::capacity::Place;
use super::super::pacing::Pacing;
use super::super::serving::Serving;
use super::super::socket::Detached;
use super::deadline::{Deadline, Wait};
use super::requests::{Answer, Desk, Next, Received};
use super::send_buffer::{SendBuffer, Sent};
use super::sending::{Progress, Sending};
use crate::media::loading;
use crate::metrics::Cut;

/// The most that is read at a time: more than nearly all heads have.
const READ_BYTES: usize = 4 * 1024;

/// What all connections of a thread share.
pub struct Shared {
    /// Where requests are answered.
    pub desk: Desk,
    /// Whether each is to end with the answer that is running on it.
    pub is_stopping: bool,
    pacing: Pacing,
    came: Box<[u8; READ_BYTES]>,
    /// Heads are written here: few answers need it for longer than a moment.
    head: Vec<u8>,
}

/// One of them. Aligned to what a processor fetches at once: to fetch it is much of
/// what it costs.
#[derive(Debug)]
#[repr(align(128))]
pub struct Connection {
    /// Its socket, unless that is where something is sent from the disk.
    stream: Option<TcpStream>,
    peer: IpAddr,
    place: Place,
    deadline: Deadline,
    /// What came and was not taken yet.
    unread: Vec<u8>,
    /// The answer that is running.
    sending: Option<Box<Sending>>,
    /// Whether there may be something to read.
    is_readable: bool,
    /// Whether the end is behind it: nobody tells of that again.
    is_ending: bool,
    /// Whether it is among those who wait for their turn.
    pub is_in_line: bool,
    /// Whether the connection ends with the answer that is running.
    is_last: bool,
    /// Whether access to what is asked for next was looked up.
    is_checked: bool,
    /// The look-up of access that it waits for.
    check: Option<NonZeroU32>,
}

const _: () = assert!(size_of::<Connection>() == 128);

/// How it goes on.
pub enum Then {
    /// When the other end, or the disk, has done something.
    Wait,
    /// When this has resolved: [`Connection::wait_for_check`].
    Check(BoxFuture<'static, bool>),
    /// When the others had their turn.
    Again,
    /// When what comes next was sent from the disk.
    Load,
    /// Not at all.
    Close,
    /// With the HTTP library, which reads what was not taken.
    HandOver,
}

impl Shared {
    /// Those of a thread.
    pub fn new(serving: Serving, pacing: Pacing) -> Self {
        let (came, head) = (Box::new([0; READ_BYTES]), Vec::new());
        Self { desk: Desk::new(serving), is_stopping: false, pacing, came, head }
    }
}

impl Connection {
    /// Begins one.
    pub fn new(socket: Detached, place: Place, shared: &Shared) -> Self {
        let Detached { stream, unread, peer } = socket;
        Self {
            stream: Some(stream),
            peer,
            place,
            deadline: Deadline::new(shared.desk.now()),
            unread: unread.into(),
            sending: None,
            is_readable: true,
            is_ending: false,
            is_in_line: false,
            is_last: false,
            is_checked: false,
            check: None,
        }
    }

    /// For whoever goes on with it; `None` while its socket is away.
    pub fn detach(self) -> Option<(Detached, Place)> {
        let Self { stream, unread, peer, place, .. } = self;
        Some((Detached { stream: stream?, unread: unread[..].into(), peer }, place))
    }

    /// Whether an answer is running.
    pub fn is_sending(&self) -> bool {
        self.sending.is_some()
    }

    /// Has what is sent next brought into memory, and sent by who does that: neither is
    /// to take time from this thread. `tell` is told that it is done.
    pub fn send_from_disk(
        &mut self,
        load: u64,
        shared: &Shared,
        tell: impl FnOnce(Returned) + Send + 'static,
    ) {
        let Some(sending) = &mut self.sending else { return };
        let Some(stream) = self.stream.take() else { return };
        let (mut buffer, source) = (sending.take_buffer(), Arc::clone(sending.source()));
        let (part, pacing) = (buffer.part().clone(), shared.pacing);
        let ticket = loading::load(&Arc::clone(&source), &part, move |loaded| {
            let sent = loaded.and_then(|()| buffer.send(&source, &stream, pacing));
            tell(Returned { load, stream, buffer, sent });
        });
        sending.wait_for(load, ticket);
    }

    /// What was away is back. `None` where it is not from here.
    pub fn take_back(&mut self, returned: Returned) -> Option<io::Result<()>> {
        let Returned { load, stream, buffer, sent } = returned;
        let sending = self.sending.as_mut().filter(|sending| sending.waits_for(load))?;
        self.stream = Some(stream);
        Some(sending.take_back(buffer, sent))
    }

    /// Access to what it asks for is being looked up from now on, under this number.
    pub fn wait_for_check(&mut self, check: NonZeroU32, shared: &Shared) {
        self.check = Some(check);
        self.wait(Wait::Us, shared);
    }

    /// Whether this look-up is the one that it waits for; then it waits no longer.
    pub fn is_checked_by(&mut self, check: NonZeroU32) -> bool {
        let is_own = self.check.take_if(|own| *own == check).is_some();
        self.is_checked |= is_own;
        is_own
    }

    /// There may be something to read, and the end behind it.
    pub fn readable(&mut self, is_ending: bool) {
        self.is_readable = true;
        self.is_ending |= is_ending;
    }

    /// Whether it is to be cut because it kept us waiting; counts that.
    pub fn is_late(&self, shared: &Shared) -> bool {
        let Some(why) = self.deadline.missed(shared.desk.now()) else { return false };
        shared.desk.metrics().cut(why);
        if why == Cut::NotReading {
            self.reset_at_close();
        }
        true
    }

    /// Makes its end a reset: what the kernel still holds for this client goes at once. Else the
    /// kernel would go on sending; where the network goes with this process, as a pod's does,
    /// the client would never learn of the end.
    pub fn reset_at_close(&self) {
        if let Some(stream) = &self.stream {
            let _ = rustix::net::sockopt::set_socket_linger(stream, Some(Duration::ZERO));
        }
    }

    /// Goes on as far as that is possible now: to the end of one answer at most.
    ///
    /// # Errors
    /// Where the connection broke, or cannot go on as promised.
    pub fn turn(&mut self, shared: &mut Shared) -> io::Result<Then> {
        if self.check.is_some() {
            return Ok(Then::Wait);
        }
        let Some(stream) = &self.stream else { return Ok(Then::Wait) };
        if let Some(mut sending) = self.sending.take() {
            let progress = sending.go_on(stream, shared.pacing)?;
            return self.after(progress, shared, || sending);
        }
        let answer = match self.read_request(shared)? {
            Came::Request(answer) => answer,
            Came::Nothing => {
                if !self.unread.is_empty() {
                    self.wait(Wait::Head, shared);
                }
                return Ok(Then::Wait);
            }
            Came::End(then) => return Ok(then),
        };
        let Some(stream) = &self.stream else { return Ok(Then::Wait) };
        (self.is_last, self.is_checked) = (answer.is_last, false);
        let mut sending = Sending::new(answer, mem::take(&mut shared.head));
        let progress = sending.go_on(stream, shared.pacing)?;
        if progress == Progress::Done {
            shared.head = sending.take_space();
        }
        self.after(progress, shared, || Box::new(sending))
    }

    fn wait(&mut self, wait: Wait, shared: &Shared) {
        self.deadline.wait(wait, shared.desk.now(), shared.desk.config().stall);
    }

    /// Keeps what is sent where that is not done.
    fn after(
        &mut self,
        progress: Progress,
        shared: &Shared,
        sending: impl FnOnce() -> Box<Sending>,
    ) -> io::Result<Then> {
        if progress == Progress::Done && self.is_last {
            if let Some(stream) = &self.stream {
                stream.shutdown(Shutdown::Write)?;
            }
            return Ok(Then::Close);
        }
        let has_more = self.is_readable || !self.unread.is_empty() || shared.is_stopping;
        let (wait, then) = match progress {
            Progress::Done if has_more => (Wait::Request, Then::Again),
            Progress::Done => (Wait::Request, Then::Wait),
            Progress::Full { moved } => (Wait::Reader { moved }, Then::Wait),
            Progress::Turn => (Wait::Us, Then::Again),
            Progress::Cold => (Wait::Us, Then::Load),
        };
        if progress != Progress::Done {
            self.sending = Some(sending());
        }
        self.wait(wait, shared);
        Ok(then)
    }

    fn read_request(&mut self, shared: &mut Shared) -> io::Result<Came> {
        let Shared { desk, is_stopping, came: space, head, .. } = shared;
        let mut fresh = 0;
        loop {
            // Mostly what comes is one request, which need not be kept.
            if !self.unread.is_empty() {
                self.unread.extend_from_slice(&space[..mem::take(&mut fresh)]);
            }
            let came = if self.unread.is_empty() { &space[..fresh] } else { &self.unread };
            let next = match came {
                [] => Next::Nothing,
                bytes => {
                    let Self { peer, is_checked, .. } = *self;
                    desk.next(Received { peer, bytes, is_checked, is_last: *is_stopping }, head)
                }
            };
            let taken = if let Next::Answer(_, length) = next { length } else { 0 };
            if self.unread.is_empty() {
                self.unread.extend_from_slice(&space[taken..fresh]);
            } else {
                self.unread.drain(..taken);
            }
            match next {
                Next::Answer(answer, _) => return Ok(Came::Request(answer)),
                Next::Check(check) => return Ok(Came::End(Then::Check(check))),
                Next::Other => return Ok(Came::End(Then::HandOver)),
                Next::Nothing if !self.is_readable => {
                    let is_over = *is_stopping && self.unread.is_empty();
                    return Ok(if is_over { Came::End(Then::Close) } else { Came::Nothing });
                }
                Next::Nothing => {}
            }
            let Some(mut stream) = self.stream.as_ref() else { return Ok(Came::Nothing) };
            fresh = match stream.read(&mut space[..]) {
                Ok(0) => return Ok(Came::End(Then::Close)),
                Ok(length) => length,
                Err(error) if error.kind() == ErrorKind::Interrupted => 0,
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    (self.is_readable, self.is_ending) = (false, false);
                    0
                }
                Err(error) => return Err(error),
            };
            // What fills less than the space for it is all there is: epoll(7).
            let may_be_all = fresh != 0 && fresh != READ_BYTES;
            self.is_readable = self.is_ending || self.is_readable && !may_be_all;
        }
    }
}

/// What was away to be sent from the disk.
#[derive(Debug)]
pub struct Returned {
    load: u64,
    stream: TcpStream,
    buffer: SendBuffer,
    sent: io::Result<Sent>,
}

/// What was read.
enum Came {
    Request(Answer),
    Nothing,
    End(Then),
}
