//! File content that goes from the page cache to the socket without passing
//! through this process, below an HTTP library that knows only bytes.
//!
//! A body hands the library a slice of one region that stands in for content,
//! and puts down in the connection's [`Outbox`] which part of which file is
//! meant. HTTP/1.1 over a plain socket passes such slices on as they are, so
//! the socket finds them by their address and calls sendfile(2) instead. The
//! region itself is never read, so it takes no memory.
//!
//! What waits in the socket is the page cache itself. So a media file is
//! replaced, never written into; and before each send the file has to be what
//! it was, else the connection ends.

use std::collections::VecDeque;
use std::io::{self, IoSlice};
use std::ops::Range;
use std::os::fd::AsFd;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use bytes::Bytes;
use rustix::net::{SendAncillaryBuffer, SendFlags, send, sendmsg};

use super::pacing::Pacing;
use super::transfer::Transfer;
use crate::media::Source;

/// The most bytes that one slice stands for, and that one call sends: no
/// connection keeps a thread for longer.
pub const PARCEL_BYTES: usize = 1024 * 1024;

static STAND_IN: LazyLock<Box<[u8]>> = LazyLock::new(|| vec![0; PARCEL_BYTES].into_boxed_slice());

/// File content between a body and its socket, in the order of the bytes.
#[derive(Debug, Default)]
pub struct Outbox(Mutex<VecDeque<Parcel>>);

/// A part of a file on its way.
#[derive(Debug)]
pub struct Parcel {
    /// The file.
    pub source: Arc<Source>,
    /// At most [`PARCEL_BYTES`] of it.
    pub part: Range<u64>,
    /// The request that it answers.
    pub transfer: Arc<Transfer>,
}

/// What a socket took.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sent {
    /// Bytes.
    pub bytes: usize,
    /// Whether it took less than was offered, and takes no more for now.
    pub full: bool,
}

impl Outbox {
    /// Puts down a parcel; what comes back stands for it and has to be the next
    /// such thing that reaches the socket.
    pub fn put(&self, parcel: Parcel) -> Bytes {
        let length = parcel.part.end - parcel.part.start;
        let stand_in = Bytes::from_static(&STAND_IN[..length as usize]);
        self.parcels().push_back(parcel);
        stand_in
    }

    /// Sends the slices as far as the socket takes them without waiting. `None`
    /// if none of them stands for content.
    pub fn send(
        &self,
        socket: impl AsFd,
        slices: &[IoSlice<'_>],
        pacing: Pacing,
    ) -> Option<io::Result<Sent>> {
        let place = slices.iter().position(|slice| stands_in(slice))?;
        let (text, content) = (&slices[..place], slices[place].len());
        Some(send_after(&socket, text, pacing, || self.send_content(&socket, content)))
    }

    fn send_content(&self, socket: impl AsFd, length: usize) -> io::Result<Sent> {
        let mut parcels = self.parcels();
        let parcel = parcels.front_mut().filter(|parcel| parcel.is_of(length));
        let parcel = parcel.ok_or_else(out_of_step)?;
        let sent = match parcel.source.send(socket, &parcel.part) {
            Ok(sent) => sent as u64,
            Err(error) => return Err(parcel.transfer.failed(error)),
        };
        parcel.transfer.add_zero_copied(sent);
        take(&mut parcels, sent);
        Ok(Sent { bytes: sent as usize, full: sent < length as u64 })
    }

    fn parcels(&self) -> std::sync::MutexGuard<'_, VecDeque<Parcel>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Parcel {
    fn is_of(&self, length: usize) -> bool {
        self.part.end - self.part.start == length as u64
    }
}

/// So many bytes of the first parcel are sent.
fn take(parcels: &mut VecDeque<Parcel>, sent: u64) {
    if let Some(parcel) = parcels.front_mut() {
        parcel.part.start += sent;
        if parcel.part.is_empty() {
            parcels.pop_front();
        }
    }
}

/// Sends text, and then content by `send_content`, as far as the socket takes
/// them without waiting. There has to be content: the kernel holds the text back
/// for it, for 200 ms.
///
/// # Errors
/// Where the socket takes nothing now or is broken, or without text the content
/// cannot be sent.
pub fn send_after(
    socket: impl AsFd,
    text: &[IoSlice<'_>],
    pacing: Pacing,
    send_content: impl FnOnce() -> io::Result<Sent>,
) -> io::Result<Sent> {
    let sent = match text {
        [] => return send_content(),
        [text] => send(&socket, text, flags(pacing))?,
        text => sendmsg(&socket, text, &mut SendAncillaryBuffer::default(), flags(pacing))?,
    };
    if sent < text.iter().map(|slice| slice.len()).sum() {
        return Ok(Sent { bytes: sent, full: true });
    }
    Ok(match send_content() {
        Ok(Sent { bytes, full }) => Sent { bytes: sent + bytes, full },
        // A failure of the content shows again in the next call.
        Err(_) => Sent { bytes: sent, full: false },
    })
}

/// Text before content leaves together with it, which is a packet less; but
/// where the kernel paces, the larger burst waits for its timer, which costs more.
fn flags(pacing: Pacing) -> SendFlags {
    let flags = SendFlags::NOSIGNAL | SendFlags::DONTWAIT;
    match pacing {
        Pacing::None => flags | SendFlags::MORE,
        Pacing::Kernel => flags,
    }
}

/// Whether a slice stands for file content.
pub fn stands_in(slice: &[u8]) -> bool {
    STAND_IN.as_ptr_range().contains(&slice.as_ptr()) && !slice.is_empty()
}

/// Better no answer than one of wrong bytes.
fn out_of_step() -> io::Error {
    io::Error::other("the bytes to send are not those that were put down")
}

#[cfg(test)]
mod tests;
