//! What of an answer leaves next. Whoever sends it has it, and the socket: the thread
//! of its connection, or the one that brings it into memory.

use std::io::{self, ErrorKind, IoSlice, Write};
use std::mem;
use std::net::TcpStream;
use std::ops::Range;

use super::super::pacing::Pacing;
use super::super::zero_copy::{Sent, send_after};
use crate::media::Source;

/// Text, and a part of a film after it.
#[derive(Debug, Default)]
pub struct Parcel {
    text: Vec<u8>,
    text_sent: usize,
    part: Range<u64>,
}

/// What a socket took of one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Taken {
    /// Bytes of the film.
    pub film: u64,
    /// Whether it took any byte.
    pub moved: bool,
    /// Whether it takes no more for now.
    pub full: bool,
}

impl Parcel {
    /// Text, with nothing after it yet.
    pub fn of_text(text: Vec<u8>) -> Self {
        Self { text, text_sent: 0, part: 0..0 }
    }

    /// The space of its text, when that is sent.
    pub fn take_space(&mut self) -> Vec<u8> {
        mem::take(&mut self.text)
    }

    /// Text that goes before what was not sent yet of the film: there is none of that.
    pub fn add_text(&mut self, more: &[u8]) {
        debug_assert!(self.part.is_empty(), "text comes before a part of the film");
        self.text.extend_from_slice(more);
    }

    /// The part of the film, as far as it is not sent.
    pub fn part(&self) -> &Range<u64> {
        &self.part
    }

    /// Sends this part after the text.
    pub fn set_part(&mut self, part: Range<u64>) {
        self.part = part;
    }

    /// Sends as much of it as the socket takes without waiting. There has to be a part
    /// of the film: the kernel holds text back for it.
    ///
    /// # Errors
    /// Where the connection broke, or the film changed.
    pub fn send(
        &mut self,
        source: &Source,
        socket: &TcpStream,
        pacing: Pacing,
    ) -> io::Result<Taken> {
        let unsent = self.text.len() - self.text_sent;
        let sent = offer(|| {
            let slices = [IoSlice::new(&self.text[self.text_sent..])];
            let slices = if unsent == 0 { &[] } else { &slices[..] };
            send_after(socket, slices, pacing, || {
                let bytes = source.send(socket, &self.part)?;
                Ok(Sent { bytes, full: (bytes as u64) < self.part.end - self.part.start })
            })
        })?;
        let of_text = sent.bytes.min(unsent);
        self.text_left(of_text);
        let film = (sent.bytes - of_text) as u64;
        self.part.start += film;
        Ok(Taken { film, moved: sent.bytes > 0, full: sent.full })
    }

    /// The same with text that nothing follows.
    ///
    /// # Errors
    /// Where the connection broke.
    pub fn send_text(&mut self, mut socket: &TcpStream) -> io::Result<Taken> {
        let mut moved = false;
        while self.text_sent < self.text.len() {
            let unsent = &self.text[self.text_sent..];
            let sent = offer(|| Ok(Sent { bytes: socket.write(unsent)?, full: false }))?;
            if sent.full {
                return Ok(Taken { film: 0, moved, full: true });
            }
            self.text_left(sent.bytes);
            moved = true;
        }
        Ok(Taken { film: 0, moved, full: false })
    }

    fn text_left(&mut self, bytes: usize) {
        self.text_sent += bytes;
        if self.text_sent == self.text.len() {
            self.text.clear();
            self.text_sent = 0;
        }
    }
}

/// A socket that takes nothing for now is full; a call that was interrupted is made
/// again.
fn offer(mut send: impl FnMut() -> io::Result<Sent>) -> io::Result<Sent> {
    loop {
        match send() {
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) if error.kind() == ErrorKind::WouldBlock => {
                return Ok(Sent { bytes: 0, full: true });
            }
            sent => return sent,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read;
    use std::net::TcpListener;

    use super::*;

    fn pair() -> (TcpStream, TcpStream) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let (server, _) = listener.accept().unwrap();
        server.set_nonblocking(true).unwrap();
        (server, client)
    }

    fn source(content: &[u8]) -> (tempfile::NamedTempFile, Source) {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(content).unwrap();
        let modified = file.path().metadata().unwrap().modified().unwrap();
        let source = Source::new(file.reopen().unwrap(), content.len() as u64, modified);
        (file, source)
    }

    #[test]
    fn it_leaves_in_order_in_as_many_steps_as_the_socket_takes() {
        for pacing in [Pacing::None, Pacing::Kernel] {
            let (server, mut client) = pair();
            let content: Vec<u8> = (0..20_000_000_u32).map(|at| (at / 7) as u8).collect();
            let (_file, source) = source(&content);
            let mut parcel = Parcel::of_text(b"head".to_vec());
            parcel.add_text(b", more");
            parcel.set_part(5..content.len() as u64);
            let (mut came, mut film, mut times_full) = (Vec::new(), 0, 0);
            while !parcel.part().is_empty() {
                let taken = parcel.send(&source, &server, pacing).unwrap();
                film += taken.film;
                if taken.full {
                    times_full += 1;
                    let mut some = vec![0; 100_000];
                    client.read_exact(&mut some).unwrap();
                    came.append(&mut some);
                }
            }
            assert!(times_full > 1);
            assert_eq!(film, content.len() as u64 - 5);
            drop(server);
            client.read_to_end(&mut came).unwrap();
            assert!(came == [b"head, more", &content[5..]].concat());
        }
    }

    #[test]
    fn text_alone_leaves_at_once_and_what_does_not_is_kept() {
        let (server, mut client) = pair();
        let mut parcel = Parcel::of_text(b"head".to_vec());
        let taken = parcel.send_text(&server).unwrap();
        assert_eq!(taken, Taken { film: 0, moved: true, full: false });
        let text = vec![7; 20_000_000];
        parcel.add_text(&text);
        assert_eq!(parcel.send_text(&server).unwrap(), Taken { film: 0, moved: true, full: true });
        assert_eq!(parcel.send_text(&server).unwrap(), Taken { film: 0, moved: false, full: true });
        let reader = std::thread::spawn(move || {
            let mut came = Vec::new();
            client.read_to_end(&mut came).unwrap();
            came
        });
        let is_sent = || !parcel.send_text(&server).unwrap().full;
        crate::test_wait::until("the text to be sent", is_sent);
        drop(server);
        assert!(reader.join().unwrap() == [b"head", &text[..]].concat());
        assert!(parcel.take_space().capacity() >= text.len());
    }

    #[test]
    fn a_film_that_changed_is_not_sent() {
        let (server, _client) = pair();
        let (file, source) = source(&[7; 1000]);
        let mut parcel = Parcel::default();
        parcel.set_part(0..1000);
        file.as_file().set_len(10).unwrap();
        source.grow_old();
        assert!(parcel.send(&source, &server, Pacing::None).is_err());
        assert_eq!(*parcel.part(), 0..1000);
    }
}
