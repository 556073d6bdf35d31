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
mod tests {
    use std::io::{Read, Write};
    use std::net::{IpAddr, Ipv4Addr};
    use std::os::unix::net::UnixStream;

    use super::*;
    use crate::http::RequestId;
    use crate::net::link::Requests;
    use crate::net::metrics::Metrics;

    const BOTH: [Pacing; 2] = [Pacing::None, Pacing::Kernel];

    fn source(content: &[u8]) -> (tempfile::NamedTempFile, Arc<Source>) {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(content).unwrap();
        let source = Source::new(
            file.reopen().unwrap(),
            content.len() as u64,
            file.path().metadata().unwrap().modified().unwrap(),
        );
        (file, Arc::new(source))
    }

    fn parcel(source: &Arc<Source>, part: Range<u64>) -> Parcel {
        Parcel { source: Arc::clone(source), part, transfer: transfer() }
    }

    fn transfer() -> Arc<Transfer> {
        let client = IpAddr::V4(Ipv4Addr::LOCALHOST);
        let running = Requests::new(Metrics::default()).begin();
        Arc::new(Transfer::new(
            RequestId(uuid::Uuid::nil()),
            client,
            http::Method::GET,
            "/",
            std::time::Instant::now(),
            running,
        ))
    }

    #[test]
    fn content_goes_out_where_its_stand_in_is() {
        let (ours, mut theirs) = UnixStream::pair().unwrap();
        let (_file, source) = source(b"0123456789");
        let outbox = Outbox::default();
        for pacing in BOTH {
            let stand_in = outbox.put(parcel(&source, 2..8));
            let head = b"head".to_vec();
            let slices = [IoSlice::new(&head), IoSlice::new(&stand_in), IoSlice::new(b"later")];
            let sent = outbox.send(&ours, &slices, pacing).unwrap().unwrap();
            assert_eq!(sent, Sent { bytes: 10, full: false });
            let mut got = [0; 10];
            theirs.read_exact(&mut got).unwrap();
            assert_eq!(&got, b"head234567");
            assert!(outbox.send(&ours, &[IoSlice::new(b"text")], pacing).is_none());
        }
    }

    #[test]
    fn what_a_full_socket_leaves_goes_out_later() {
        let content: Vec<u8> = (0..100_000).map(|i: u32| (i / 7) as u8).collect();
        for pacing in BOTH {
            let (ours, mut theirs) = UnixStream::pair().unwrap();
            rustix::net::sockopt::set_socket_send_buffer_size(&ours, 4096).unwrap();
            let (_file, source) = source(&content);
            let outbox = Outbox::default();
            let mut stand_in = outbox.put(parcel(&source, 0..content.len() as u64));
            let (mut text, mut got) = (Bytes::from_static(b"head"), Vec::new());
            ours.set_nonblocking(true).unwrap();
            theirs.set_nonblocking(true).unwrap();
            while !stand_in.is_empty() {
                let slices = [&text, &stand_in].map(|part| IoSlice::new(part));
                let slices = if text.is_empty() { &slices[1..] } else { &slices[..] };
                if let Ok(sent) = outbox.send(&ours, slices, pacing).unwrap() {
                    let of_text = sent.bytes.min(text.len());
                    bytes::Buf::advance(&mut text, of_text);
                    bytes::Buf::advance(&mut stand_in, sent.bytes - of_text);
                    assert_eq!(sent.full, !stand_in.is_empty());
                }
                let _ = theirs.read_to_end(&mut got); // ends where there is nothing now
            }
            assert_eq!(&got[..4], b"head");
            assert!(got[4..] == content, "{pacing:?}");
        }
    }

    #[test]
    fn what_was_not_put_down_is_not_sent() {
        let (ours, _theirs) = UnixStream::pair().unwrap();
        let (_file, source) = source(b"0123456789");
        let outbox = Outbox::default();
        let stand_in = outbox.put(parcel(&source, 0..10));
        let is_sent = |outbox: &Outbox, slice: &[u8]| {
            outbox.send(&ours, &[IoSlice::new(slice)], Pacing::None).unwrap().is_ok()
        };
        assert!(!is_sent(&outbox, &stand_in[..4]));
        assert!(!is_sent(&Outbox::default(), &stand_in));
    }

    #[test]
    fn a_file_that_changed_is_not_sent() {
        let (ours, _theirs) = UnixStream::pair().unwrap();
        for change in [
            |file: &std::fs::File, _: &std::path::Path| file.set_len(5).unwrap(),
            |_: &std::fs::File, path: &std::path::Path| std::fs::remove_file(path).unwrap(),
        ] {
            let (file, source) = source(b"0123456789");
            let outbox = Outbox::default();
            let stand_in = outbox.put(parcel(&source, 0..10));
            change(file.as_file(), file.path());
            assert!(fails(&outbox, &ours, &stand_in));
        }
    }

    /// Whether the content cannot be sent; a head before it may have gone out.
    fn fails(outbox: &Outbox, socket: &UnixStream, stand_in: &[u8]) -> bool {
        let whole = [IoSlice::new(b"head"), IoSlice::new(stand_in)];
        let first = outbox.send(socket, &whole, Pacing::None).unwrap();
        first.is_err() || outbox.send(socket, &whole[1..], Pacing::None).unwrap().is_err()
    }

    #[test]
    fn a_file_that_became_shorter_is_not_taken_for_a_full_socket() {
        let (ours, _theirs) = UnixStream::pair().unwrap();
        for length in [5_000, 0] {
            let (file, source) = source(&[7; 10_000]);
            let outbox = Outbox::default();
            let stand_in = outbox.put(parcel(&source, 0..10_000));
            // Found to be as it was a moment ago, so it is not looked at before.
            assert!(source.look(|| true));
            file.as_file().set_len(length).unwrap();
            assert!(fails(&outbox, &ours, &stand_in), "{length}");
        }
    }
}
