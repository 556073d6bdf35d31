//! Pseudo-random numbers, the same for the same seed.

/// The generator xorshift64.
pub struct Random(u64);

impl Random {
    /// Creates a generator; every seed is allowed.
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    /// Returns the next number.
    pub fn next_u64(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    /// Returns a number from 0 to below `end`.
    ///
    /// # Panics
    /// If `end` is 0.
    pub fn below(&mut self, end: i64) -> i64 {
        (self.next_u64() >> 33) as i64 % end
    }
}
