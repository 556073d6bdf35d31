//! An answer on its way to a client.

use std::io;
use std::mem;
use std::net::TcpStream;
use std::ops::Range;
use std::rc::Rc;
use std::sync::Arc;

use super::super::pacing::Pacing;
use super::super::transfer::Transfer;
use super::files::File;
use super::requests::Answer;
use super::send_buffer::{MAX_PART_BYTES, SendBuffer, Sent};
use crate::delivery::pieces::Piece;
use crate::media::Source;
use crate::media::loading::{Supply, Ticket};

/// What is left of it.
#[derive(Debug)]
pub struct Sending {
    file: Rc<File>,
    transfer: Transfer,
    supply: Supply,
    /// What goes next; then what is left of the same piece, then the other pieces.
    buffer: SendBuffer,
    left: Range<u64>,
    pieces: smallvec::IntoIter<[Piece; 1]>,
    /// While the buffer is away to the disk.
    load: Option<(u64, Ticket)>,
}

/// How far it got.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress {
    /// To its end.
    Done,
    /// The client takes no more for now; whether it took some.
    Full { moved: bool },
    /// Others have their turn first.
    Turn,
    /// What comes next is not in memory.
    Cold,
}

impl Sending {
    /// Of an answer with this head.
    pub fn new(answer: Answer, head: Vec<u8>) -> Self {
        let Answer { file, pieces, transfer, .. } = answer;
        Self {
            file,
            transfer,
            supply: Supply::default(),
            buffer: SendBuffer::of_text(head),
            left: 0..0,
            pieces: pieces.into_iter(),
            load: None,
        }
    }

    /// The space of its text, when that is sent.
    pub fn take_space(&mut self) -> Vec<u8> {
        self.buffer.take_space()
    }

    /// The file.
    pub fn source(&self) -> &Arc<Source> {
        &self.file.media.source
    }

    /// What goes next, for somebody else to send; it has to come back.
    pub fn take_buffer(&mut self) -> SendBuffer {
        mem::take(&mut self.buffer)
    }

    /// It is away from now on; by this number it is known when it comes back.
    pub fn wait_for(&mut self, load: u64, ticket: Ticket) {
        self.load = Some((load, ticket));
    }

    /// Whether it is this one that comes back.
    pub fn waits_for(&self, load: u64) -> bool {
        self.load.as_ref().is_some_and(|(own, _)| *own == load)
    }

    /// It is back, with what came of it.
    ///
    /// # Errors
    /// Where the connection broke, or the answer cannot go on as promised.
    pub fn take_back(&mut self, buffer: SendBuffer, sent: io::Result<Sent>) -> io::Result<()> {
        (self.load, self.buffer) = (None, buffer);
        self.count(sent).map(drop)
    }

    /// Sends as far as client, memory and fairness allow.
    ///
    /// # Errors
    /// Where the connection broke, or cannot go on as promised.
    pub fn go_on(&mut self, socket: &TcpStream, pacing: Pacing) -> io::Result<Progress> {
        let mut moved = false;
        loop {
            if self.buffer.part().is_empty() {
                if !self.left.is_empty() && moved {
                    return Ok(Progress::Turn);
                }
                if !self.next_piece() {
                    let sent = self.buffer.send_text(socket)?;
                    moved |= sent.moved;
                    return Ok(if sent.full { Progress::Full { moved } } else { Progress::Done });
                }
                let (part, is_cold) =
                    self.supply.next(&self.file.media.source, &mut self.left, MAX_PART_BYTES);
                self.buffer.set_part(part);
                if is_cold {
                    return Ok(Progress::Cold);
                }
            }
            let sent = self.buffer.send(&self.file.media.source, socket, pacing);
            let sent = self.count(sent)?;
            moved |= sent.moved;
            if sent.full {
                return Ok(Progress::Full { moved });
            }
        }
    }

    fn count(&self, sent: io::Result<Sent>) -> io::Result<Sent> {
        let sent = sent.map_err(|error| self.transfer.failed(error))?;
        self.transfer.add_zero_copied(sent.file_bytes);
        Ok(sent)
    }

    /// Whether there is a part of the film to send: it is in `left` then, and text
    /// before it is where it goes out with it.
    fn next_piece(&mut self) -> bool {
        while self.left.is_empty() {
            match self.pieces.next() {
                None => return false,
                Some(Piece::File(part)) => self.left = part,
                Some(Piece::Text(more)) => {
                    self.transfer.add_copied(more.len() as u64);
                    self.buffer.add_text(&more);
                }
            }
        }
        true
    }
}
