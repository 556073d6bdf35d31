//! SHA-256 of a file while it arrives, and across restarts.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;

use sha2::digest::common::hazmat::{SerializableState, SerializedState};
use sha2::{Digest, Sha256};

/// How much is read at once to catch up.
const READ_BYTES: usize = 256 * 1024;

/// The hash of a file's first `offset` bytes.
#[derive(Debug, Clone, Default)]
pub struct ContentHash {
    hash: Sha256,
    offset: u64,
}

impl ContentHash {
    /// How many bytes are in it.
    pub fn offset(&self) -> u64 {
        self.offset
    }

    /// Takes in the bytes that follow.
    pub fn update(&mut self, bytes: &[u8]) {
        self.hash.update(bytes);
        self.offset += bytes.len() as u64;
    }

    /// Reads on in the file up to `offset`; from its start if the hash is ahead.
    ///
    /// # Errors
    /// Where the file cannot be read or ends before.
    pub fn catch_up(&mut self, file: &File, offset: u64) -> io::Result<()> {
        if self.offset > offset {
            *self = Self::default();
        }
        let mut buffer = vec![0; READ_BYTES.min((offset - self.offset) as usize)];
        while self.offset < offset {
            let wanted = buffer.len().min((offset - self.offset) as usize);
            file.read_exact_at(&mut buffer[..wanted], self.offset)?;
            self.update(&buffer[..wanted]);
        }
        Ok(())
    }

    /// 64 hexadecimal digits.
    pub fn sha256(&self) -> String {
        hex::encode(self.hash.clone().finalize())
    }

    /// For [`Self::restore`].
    pub fn save(&self) -> String {
        hex::encode(self.hash.serialize())
    }

    /// The saved hash; one of nothing, if that was saved by another version
    /// and must be made anew by reading.
    pub fn restore(saved: &str, offset: u64) -> Self {
        let mut state = SerializedState::<Sha256>::default();
        let hash = hex::decode_to_slice(saved, &mut state)
            .ok()
            .and_then(|()| Sha256::deserialize(&state).ok());
        hash.map_or_else(Self::default, |hash| Self { hash, offset })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_restored_hash_goes_on_where_it_was(
            content in prop::collection::vec(any::<u8>(), 0..500),
            cut in 0usize..500,
        ) {
            let (head, tail) = content.split_at(cut.min(content.len()));
            let mut first = ContentHash::default();
            first.update(head);
            let mut second = ContentHash::restore(&first.save(), head.len() as u64);
            second.update(tail);
            prop_assert_eq!(second.sha256(), hex::encode(Sha256::digest(&content)));
            prop_assert_eq!(second.offset(), content.len() as u64);
        }
    }

    #[test]
    fn what_cannot_be_restored_is_read_again() {
        let mut file = tempfile::tempfile().unwrap();
        io::Write::write_all(&mut file, b"content").unwrap();
        for mut hash in [ContentHash::restore("nonsense", 4), ContentHash::restore("", 9)] {
            hash.catch_up(&file, 7).unwrap();
            assert_eq!(hash.sha256(), hex::encode(Sha256::digest("content")));
            hash.catch_up(&file, 3).unwrap();
            assert_eq!(hash.sha256(), hex::encode(Sha256::digest("con")));
            assert!(hash.catch_up(&file, 8).is_err());
        }
    }
}
