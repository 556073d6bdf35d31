//! The SHA-256 of a file that is computed while the file arrives, and continued after a restart.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;

use sha2::digest::common::hazmat::{SerializableState, SerializedState};
use sha2::{Digest, Sha256};

/// The size of the read buffer in bytes when a hash catches up with its file.
const READ_BYTES: usize = 256 * 1024;

/// The SHA-256 of the first `offset` bytes of a file.
#[derive(Debug, Clone, Default)]
pub struct ContentHash {
    hash: Sha256,
    offset: u64,
}

impl ContentHash {
    /// Returns the number of bytes that are hashed.
    pub fn offset(&self) -> u64 {
        self.offset
    }

    /// Hashes the next bytes.
    pub fn update(&mut self, bytes: &[u8]) {
        self.hash.update(bytes);
        self.offset += bytes.len() as u64;
    }

    /// Hashes the bytes of the file up to `offset`. Starts from zero if more are hashed already.
    ///
    /// # Errors
    /// Fails if the file cannot be read, or ends before `offset`.
    pub fn catch_up(&mut self, file: &File, offset: u64) -> io::Result<()> {
        if self.offset > offset {
            *self = Self::default();
        }
        let mut buffer = vec![0; READ_BYTES.min((offset - self.offset) as usize)];
        while self.offset < offset {
            let length = buffer.len().min((offset - self.offset) as usize);
            file.read_exact_at(&mut buffer[..length], self.offset)?;
            self.update(&buffer[..length]);
        }
        Ok(())
    }

    /// Returns the SHA-256 as 64 hexadecimal digits.
    pub fn sha256(&self) -> String {
        hex::encode(self.hash.clone().finalize())
    }

    /// Serializes the state of the hash function for [`Self::restore`].
    pub fn save(&self) -> String {
        hex::encode(self.hash.serialize())
    }

    /// Restores a saved state. If it is not valid, for example because another version saved it,
    /// returns the hash of zero bytes, which [`Self::catch_up`] completes.
    pub fn restore(saved: &str, offset: u64) -> Self {
        let mut state = SerializedState::<Sha256>::default();
        let restored = hex::decode_to_slice(saved, &mut state)
            .ok()
            .and_then(|()| Sha256::deserialize(&state).ok());
        restored.map_or_else(Self::default, |hash| Self { hash, offset })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_restored_hash_continues_where_it_was_saved(
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
    fn an_invalid_state_is_replaced_by_reading_the_file() {
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
