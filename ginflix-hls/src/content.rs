//! The content of a segment: bytes that were made, and parts of the source file.

use std::io;

use ginflix_media::source::ReadAt;

/// A part of a content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    /// These bytes.
    Literal(Vec<u8>),
    /// A part of the source file.
    File {
        /// The offset in the file.
        offset: u64,
        /// The number of bytes.
        length: u64,
    },
}

impl Piece {
    /// Returns the number of bytes.
    pub fn len(&self) -> u64 {
        match self {
            Self::Literal(bytes) => bytes.len() as u64,
            Self::File { length, .. } => *length,
        }
    }

    /// Returns whether there are no bytes.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// A content as pieces, in order.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Content {
    pieces: Vec<Piece>,
}

impl From<Vec<u8>> for Content {
    fn from(bytes: Vec<u8>) -> Self {
        let pieces = if bytes.is_empty() { Vec::new() } else { vec![Piece::Literal(bytes)] };
        Self { pieces }
    }
}

impl Content {
    /// Returns the pieces. None is empty, and parts of the file that follow each other are one.
    pub fn pieces(&self) -> &[Piece] {
        &self.pieces
    }

    /// Returns the pieces, as [`Content::pieces`] does.
    pub fn into_pieces(self) -> Vec<Piece> {
        self.pieces
    }

    /// Returns the number of bytes.
    pub fn len(&self) -> u64 {
        self.pieces.iter().map(Piece::len).sum()
    }

    /// Returns whether there are no bytes.
    pub fn is_empty(&self) -> bool {
        self.pieces.is_empty()
    }

    /// Adds bytes at the end.
    pub fn push_literal(&mut self, bytes: &[u8]) {
        match self.pieces.last_mut() {
            _ if bytes.is_empty() => {}
            Some(Piece::Literal(last)) => last.extend(bytes),
            _ => self.pieces.push(Piece::Literal(bytes.to_vec())),
        }
    }

    /// Adds a part of the file at the end.
    pub fn push_file(&mut self, at: u64, count: u64) {
        match self.pieces.last_mut() {
            _ if count == 0 => {}
            Some(Piece::File { offset, length }) if *offset + *length == at => *length += count,
            _ => self.pieces.push(Piece::File { offset: at, length: count }),
        }
    }

    /// Reads all pieces into memory.
    ///
    /// # Errors
    /// The file cannot be read, or became shorter.
    pub fn read(&self, file: &dyn ReadAt) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::with_capacity(usize::try_from(self.len()).unwrap_or_default());
        for piece in &self.pieces {
            match piece {
                Piece::Literal(literal) => bytes.extend(literal),
                Piece::File { offset, length } => {
                    let start = bytes.len();
                    bytes.resize(start + *length as usize, 0);
                    read_exact(file, &mut bytes[start..], *offset)?;
                }
            }
        }
        Ok(bytes)
    }
}

fn read_exact(file: &dyn ReadAt, mut buffer: &mut [u8], mut offset: u64) -> io::Result<()> {
    while !buffer.is_empty() {
        match file.read_at(buffer, offset) {
            Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(read) => {
                buffer = &mut buffer[read..];
                offset += read as u64;
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn content() -> Content {
        let mut content = Content::default();
        content.push_literal(b"head");
        content.push_file(10, 3);
        content.push_file(13, 2);
        content.push_file(20, 0);
        content.push_file(20, 1);
        content.push_literal(b"");
        content
    }

    #[test]
    fn parts_that_follow_each_other_are_merged() {
        let file = |offset, length| Piece::File { offset, length };
        let expected = [Piece::Literal(b"head".to_vec()), file(10, 5), file(20, 1)];
        assert_eq!(content().pieces(), expected);
        assert_eq!(content().len(), 10);
    }

    #[test]
    fn the_file_must_have_all_parts() {
        let file: Vec<u8> = (0..30).collect();
        let whole = content().read(&file.as_slice()).unwrap();
        assert_eq!(whole, b"head\x0A\x0B\x0C\x0D\x0E\x14");
        assert!(content().read(&&file[..12]).is_err());
    }
}
