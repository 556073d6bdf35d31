//! Integers of variable length: seven bits a byte, the lowest first, and a bit that says whether more follow.

/// The most bytes of an integer.
pub const LIMIT_BYTES: usize = 10;

/// Appends an integer.
pub fn write(mut value: u64, to: &mut Vec<u8>) {
    while value >= 0x80 {
        to.push(value as u8 | 0x80);
        value >>= 7;
    }
    to.push(value as u8);
}

/// Appends a signed integer: small numbers of both signs are short.
pub fn write_signed(value: i64, to: &mut Vec<u8>) {
    write(((value << 1) ^ (value >> 63)).cast_unsigned(), to);
}

/// Reads an integer at the start of `bytes`, and removes it from them; `None` if there is none.
pub fn read(bytes: &mut &[u8]) -> Option<u64> {
    let mut value = 0_u64;
    for (index, byte) in bytes.iter().take(LIMIT_BYTES).enumerate() {
        let part = u64::from(byte & 0x7F);
        let shifted = part << (7 * index);
        if shifted >> (7 * index) != part {
            return None;
        }
        value |= shifted;
        if byte & 0x80 == 0 {
            *bytes = &bytes[index + 1..];
            return Some(value);
        }
    }
    None
}

/// Reads a signed integer as [`read`] does.
pub fn read_signed(bytes: &mut &[u8]) -> Option<i64> {
    let value = read(bytes)?;
    Some((value >> 1).cast_signed() ^ -(value & 1).cast_signed())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_survive_their_coding() {
        for value in [0, 1, 127, 128, 300, u64::from(u32::MAX), u64::MAX] {
            let mut bytes = Vec::new();
            write(value, &mut bytes);
            write_signed(value.cast_signed(), &mut bytes);
            let mut rest = bytes.as_slice();
            assert_eq!(read(&mut rest), Some(value));
            assert_eq!(read_signed(&mut rest), Some(value.cast_signed()));
            assert!(rest.is_empty());
        }
        assert_eq!(read(&mut [0x80; 11].as_slice()), None);
        assert_eq!(read(&mut [0xFF; 9].as_slice()), None);
    }
}
