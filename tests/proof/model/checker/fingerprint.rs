//! A fast 64-bit hash with the same result on every run and every host of one word size.

use std::hash::{Hash, Hasher};

/// The fingerprint of `state`. Two different states of a search of `n` states share one with
/// a chance of about `n * n / 2^65`.
pub(super) fn fingerprint<S: Hash>(state: &S) -> u64 {
    let mut hasher = Folding(SEED);
    state.hash(&mut hasher);
    hasher.finish()
}

const SEED: u64 = 0x9e37_79b9_7f4a_7c15;
const FACTOR: u64 = 0xd6e8_feb8_6659_fd93;

struct Folding(u64);

impl Folding {
    /// Multiplies to 128 bits and folds the halves, so that each bit reaches all others.
    fn fold(&mut self, word: u64) {
        let wide = u128::from(self.0 ^ word) * u128::from(FACTOR);
        self.0 = (wide as u64) ^ ((wide >> 64) as u64).rotate_left(29) ^ SEED;
    }
}

impl Hasher for Folding {
    fn finish(&self) -> u64 {
        let mut last = Folding(self.0);
        last.fold(SEED.rotate_left(32));
        last.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for chunk in bytes.chunks(8) {
            let mut word = [0; 8];
            word[..chunk.len()].copy_from_slice(chunk);
            self.fold(u64::from_le_bytes(word));
        }
        self.fold(bytes.len() as u64);
    }

    fn write_u8(&mut self, value: u8) {
        self.fold(u64::from(value));
    }

    fn write_u16(&mut self, value: u16) {
        self.fold(u64::from(value));
    }

    fn write_u32(&mut self, value: u32) {
        self.fold(u64::from(value));
    }

    fn write_u64(&mut self, value: u64) {
        self.fold(value);
    }

    fn write_usize(&mut self, value: usize) {
        self.fold(value as u64);
    }

    fn write_isize(&mut self, value: isize) {
        self.fold(value as u64);
    }
}
