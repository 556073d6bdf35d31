//! A file's pages, mapped for the kernel to copy from: all `unsafe` there is.
//!
//! For a small part of a file, one call that copies its pages and the head of
//! the answer together costs less than a head and a sendfile(2) of their own.
//!
//! # Why this is sound
//! Nothing in this process ever reads the mapped memory: its address goes to
//! sendmsg(2) and nowhere else, and no reference to it is ever made. So it does
//! not matter to Rust that the file can change. Where it has become shorter, the
//! kernel's own read of the missing pages fails with `EFAULT`; `SIGBUS` is for
//! processes that read by themselves.
#![allow(unsafe_code)]

use std::ffi::c_void;
use std::fs::File;
use std::io::{self, ErrorKind, IoSlice};
use std::ops::Range;
use std::os::fd::{AsFd, AsRawFd};
use std::ptr;

use rustix::mm::{MapFlags, ProtFlags, mmap, munmap};

/// The most pieces of text that may go before the content.
const MOST_TEXT: usize = 7;

/// All of a file, mapped until dropped.
#[derive(Debug)]
pub struct Mapping {
    start: *mut c_void,
    length: usize,
}

// SAFETY: the pointer is only an address for the kernel, which any thread may
// hand to it, also several at once; `munmap` needs the value itself.
unsafe impl Send for Mapping {}
// SAFETY: as above.
unsafe impl Sync for Mapping {}

impl Mapping {
    /// Maps the first `length` bytes, at least one.
    ///
    /// # Errors
    /// Where the file cannot be mapped, or not in the addresses that there are.
    pub fn of(file: &File, length: u64) -> io::Result<Self> {
        let length =
            usize::try_from(length).map_err(|_| io::Error::from(ErrorKind::OutOfMemory))?;
        // SAFETY: at an address of the kernel's choice, so that no other memory
        // is touched; it is read by the kernel alone (see above).
        let start =
            unsafe { mmap(ptr::null_mut(), length, ProtFlags::READ, MapFlags::SHARED, file, 0)? };
        Ok(Self { start, length })
    }

    /// Sends the text and after it a part of the file in one call, as far as
    /// the socket takes them without waiting; how many bytes that were. `None`
    /// where there are too many pieces of text, or the part is not mapped.
    ///
    /// # Errors
    /// Where the socket takes nothing now; `EFAULT` where the file is shorter.
    pub fn send(
        &self,
        socket: impl AsFd,
        text: &[IoSlice<'_>],
        part: &Range<u64>,
    ) -> Option<io::Result<usize>> {
        let mapped = 0..=self.length as u64;
        if text.len() > MOST_TEXT || !mapped.contains(&part.end) || part.start > part.end {
            return None;
        }
        let mut pieces = [libc::iovec { iov_base: ptr::null_mut(), iov_len: 0 }; MOST_TEXT + 1];
        for (piece, text) in pieces.iter_mut().zip(text) {
            piece.iov_base = text.as_ptr().cast_mut().cast();
            piece.iov_len = text.len();
        }
        // Not `add`: it is for memory that Rust may look into. Inside of the
        // mapping either way, as was checked.
        pieces[text.len()].iov_base = self.start.wrapping_byte_add(part.start as usize);
        pieces[text.len()].iov_len = (part.end - part.start) as usize;
        // SAFETY: all zeros is a message without address, control data or flags.
        let mut message: libc::msghdr = unsafe { std::mem::zeroed() };
        message.msg_iov = pieces.as_mut_ptr();
        message.msg_iovlen = text.len() + 1;
        let flags = libc::MSG_NOSIGNAL | libc::MSG_DONTWAIT;
        // SAFETY: `message` and the `pieces` that it names live until the call
        // returns. The text is borrowed for as long; the rest is mapped for as
        // long as `self`. sendmsg(2) only reads what the pieces name.
        let sent = unsafe { libc::sendmsg(socket.as_fd().as_raw_fd(), &raw const message, flags) };
        Some(usize::try_from(sent).map_err(|_| io::Error::last_os_error()))
    }
}

impl Drop for Mapping {
    fn drop(&mut self) {
        // SAFETY: exactly what `mmap` gave, and nobody else has the address.
        // What the kernel is sending it has copied already.
        let _ = unsafe { munmap(self.start, self.length) };
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};
    use std::os::unix::net::UnixStream;

    use super::*;

    fn mapped(content: &[u8]) -> (File, Mapping) {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(content).unwrap();
        let mapping = Mapping::of(&file, content.len() as u64).unwrap();
        (file, mapping)
    }

    #[test]
    fn text_and_content_go_out_together() {
        let (ours, mut theirs) = UnixStream::pair().unwrap();
        let (_file, mapping) = mapped(b"0123456789");
        let text = [IoSlice::new(b"he"), IoSlice::new(b"ad")];
        assert_eq!(mapping.send(&ours, &text, &(2..8)).unwrap().unwrap(), 10);
        assert_eq!(mapping.send(&ours, &[], &(9..10)).unwrap().unwrap(), 1);
        let mut got = [0; 11];
        theirs.read_exact(&mut got).unwrap();
        assert_eq!(&got, b"head2345679");
    }

    #[test]
    fn only_what_is_mapped_is_sent() {
        let (ours, _theirs) = UnixStream::pair().unwrap();
        let (_file, mapping) = mapped(b"0123456789");
        assert!(mapping.send(&ours, &[], &(5..11)).is_none());
        #[allow(clippy::reversed_empty_ranges)]
        let reversed = 6..5;
        assert!(mapping.send(&ours, &[], &reversed).is_none());
        assert!(mapping.send(&ours, &[IoSlice::new(b"x"); MOST_TEXT + 1], &(0..1)).is_none());
    }

    #[test]
    fn a_file_that_became_shorter_is_an_error_and_no_signal() {
        let (ours, _theirs) = UnixStream::pair().unwrap();
        let (file, mapping) = mapped(&[7; 20_000]);
        file.set_len(0).unwrap();
        let sent = mapping.send(&ours, &[], &(0..20_000)).unwrap();
        assert_eq!(sent.unwrap_err().raw_os_error(), Some(libc::EFAULT));
    }
}
