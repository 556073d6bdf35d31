//! An answer on its way to a client.

use std::io::{self, ErrorKind, IoSlice, Write};
use std::mem;
use std::net::TcpStream;
use std::ops::Range;
use std::rc::Rc;
use std::sync::Arc;

use super::super::file_body::Piece;
use super::super::pacing::Pacing;
use super::super::transfer::Transfer;
use super::super::zero_copy::{PARCEL_BYTES, Sent, send_after};
use super::films::Film;
use super::requests::Answer;
use crate::media::Source;
use crate::media::loading::{Supply, Ticket};

/// What is left of it.
#[derive(Debug)]
pub struct Sending {
    film: Rc<Film>,
    transfer: Transfer,
    supply: Supply,
    /// Text that goes before what follows, and how much of it is sent.
    text: Vec<u8>,
    text_sent: usize,
    /// What goes next of the film, then what is left of the same piece, then the
    /// other pieces.
    parcel: Range<u64>,
    left: Range<u64>,
    pieces: smallvec::IntoIter<[Piece; 1]>,
    /// Held while it waits for the disk.
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
        let Answer { film, pieces, transfer } = answer;
        Self {
            film,
            transfer,
            supply: Supply::default(),
            text: head,
            text_sent: 0,
            parcel: 0..0,
            left: 0..0,
            pieces: pieces.into_iter(),
            load: None,
        }
    }

    /// The space of its text, when that is sent.
    pub fn take_space(&mut self) -> Vec<u8> {
        mem::take(&mut self.text)
    }

    /// The file.
    pub fn source(&self) -> &Arc<Source> {
        &self.film.media.source
    }

    /// What goes next of it.
    pub fn parcel(&self) -> &Range<u64> {
        &self.parcel
    }

    /// Waits for the disk from now on; by this number it is known when that is over.
    pub fn wait_for(&mut self, load: u64, ticket: Ticket) {
        self.load = Some((load, ticket));
    }

    /// Whether it does.
    pub fn is_loading(&self) -> bool {
        self.load.is_some()
    }

    /// What the disk says: `None` where it is not about this answer.
    pub fn loaded(&mut self, load: u64, result: io::Result<()>) -> Option<io::Result<()>> {
        self.load.take_if(|(own, _)| *own == load)?;
        Some(result.map_err(|error| self.transfer.failed(error)))
    }

    /// Sends as far as client, memory and fairness allow.
    ///
    /// # Errors
    /// Where the connection broke, or cannot go on as promised.
    pub fn go_on(&mut self, socket: &TcpStream, pacing: Pacing) -> io::Result<Progress> {
        let mut moved = false;
        loop {
            if self.parcel.is_empty() {
                if !self.left.is_empty() && moved {
                    return Ok(Progress::Turn);
                }
                if !self.next_piece() {
                    return self.send_text(socket, moved);
                }
                let (parcel, is_cold) =
                    self.supply.next(&self.film.media.source, &mut self.left, PARCEL_BYTES);
                self.parcel = parcel;
                if is_cold {
                    return Ok(Progress::Cold);
                }
            }
            let sent = match self.send_parcel(socket, pacing) {
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    Sent { bytes: 0, full: true }
                }
                sent => sent?,
            };
            moved |= sent.bytes > 0;
            if sent.full {
                return Ok(Progress::Full { moved });
            }
        }
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
                    self.text.extend_from_slice(&more);
                }
            }
        }
        true
    }

    fn send_parcel(&mut self, socket: &TcpStream, pacing: Pacing) -> io::Result<Sent> {
        let unsent = &self.text[self.text_sent..];
        let slices = [IoSlice::new(unsent)];
        let slices = if unsent.is_empty() { &[] } else { &slices[..] };
        let sent = send_after(socket, slices, pacing, || {
            let sent = self.film.media.source.send(socket, &self.parcel);
            let bytes = sent.map_err(|error| self.transfer.failed(error))?;
            Ok(Sent { bytes, full: (bytes as u64) < self.parcel.end - self.parcel.start })
        })?;
        let of_text = sent.bytes.min(unsent.len());
        self.text_sent += of_text;
        if self.text_sent == self.text.len() {
            self.text.clear();
            self.text_sent = 0;
        }
        let of_film = (sent.bytes - of_text) as u64;
        self.parcel.start += of_film;
        self.transfer.add_zero_copied(of_film);
        Ok(sent)
    }

    /// What nothing follows.
    fn send_text(&mut self, socket: &TcpStream, mut moved: bool) -> io::Result<Progress> {
        while self.text_sent < self.text.len() {
            match (&*socket).write(&self.text[self.text_sent..]) {
                Ok(sent) => self.text_sent += sent,
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    return Ok(Progress::Full { moved });
                }
                Err(error) => return Err(error),
            }
            moved = true;
        }
        Ok(Progress::Done)
    }
}
