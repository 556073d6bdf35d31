//! Reading of bits, first the most significant one.

/// The bits of a byte string. Beyond the end, all reads give `None`.
pub struct Bits<'a> {
    bytes: &'a [u8],
    position: usize,
}

impl<'a> Bits<'a> {
    /// Creates a reader at the first bit.
    pub fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, position: 0 }
    }

    /// Reads an unsigned number of at most 32 bits.
    pub fn take(&mut self, count: u32) -> Option<u32> {
        let mut value = 0;
        for _ in 0..count {
            let byte = self.bytes.get(self.position / 8)?;
            value = value << 1 | u32::from(byte >> (7 - self.position % 8) & 1);
            self.position += 1;
        }
        Some(value)
    }

    /// Reads a flag.
    pub fn flag(&mut self) -> Option<bool> {
        Some(self.take(1)? == 1)
    }

    /// Skips bits.
    pub fn skip(&mut self, count: usize) -> Option<()> {
        self.position = self.position.checked_add(count)?;
        (self.position <= self.bytes.len() * 8).then_some(())
    }

    /// Reads an unsigned Exp-Golomb code (ITU-T H.265, section 9.2) of at most 32 bits, which `uvlc`
    /// of AV1 is too.
    pub fn exp_golomb(&mut self) -> Option<u32> {
        let mut zeros = 0;
        while !self.flag()? {
            zeros += 1;
        }
        if zeros > 31 {
            return None;
        }
        Some((1 << zeros) - 1 + self.take(zeros)?)
    }
}

/// Removes the bytes that prevent start codes (ITU-T H.265, section 7.4.2).
pub fn without_emulation_prevention(nal: &[u8]) -> Vec<u8> {
    let (mut rbsp, mut zeros) = (Vec::with_capacity(nal.len()), 0);
    for byte in nal {
        if zeros >= 2 && *byte == 3 {
            zeros = 0;
            continue;
        }
        zeros = if *byte == 0 { zeros + 1 } else { 0 };
        rbsp.push(*byte);
    }
    rbsp
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exp_golomb_codes_are_read() {
        // 1, 010, 011, 00100
        let mut bits = Bits::new(&[0b1010_0110, 0b0100_0000]);
        assert_eq!([0; 4].map(|_| bits.exp_golomb()), [0, 1, 2, 3].map(Some));
        assert_eq!(Bits::new(&[0; 9]).exp_golomb(), None);
        assert_eq!(Bits::new(&[0, 0, 0, 1, 255, 255, 255, 255]).exp_golomb(), Some(u32::MAX - 1));
    }

    #[test]
    fn emulation_prevention_is_removed() {
        assert_eq!(without_emulation_prevention(&[0, 0, 3, 1, 0, 0, 3]), [0, 0, 1, 0, 0]);
    }
}
