//! A fast 64-bit hash with the same result on every run and every host of one word size, under
//! which states that differ only in the names of gateways are one.
//!
//! The addresses of gateways, 192.0.2.0/24, are replaced by numbers in the order in which they come
//! up in the state. Two states with the same numbers at the same places are the same up to a
//! renaming, and the machines compare addresses only for equality and kind (a check over the source
//! says so), so that whatever can follow the one can follow the other, renamed.

use std::hash::{Hash, Hasher};

use super::Model;

/// The fingerprint of `state`. Two different states of a search of `n` states share one with
/// a chance of about `n * n / 2^65`.
pub(super) fn fingerprint<M: Model>(model: &M, state: &M::State, plain: bool) -> u64 {
    let mut hasher = Identity::new(plain);
    model.identify(state, &mut hasher);
    hasher.finish()
}

const SEED: u64 = 0x9e37_79b9_7f4a_7c15;
const FACTOR: u64 = 0xd6e8_feb8_6659_fd93;

/// How many gateways are told apart.
const MOST_NAMES: usize = 8;

/// The hasher that a model writes a state to.
pub(crate) struct Identity {
    state: u64,
    plain: bool,
    /// The gateways in the order in which they came up.
    names: [u8; MOST_NAMES],
    named: usize,
}

impl Identity {
    pub(super) fn new(plain: bool) -> Self {
        Self { state: SEED, plain, names: [0; MOST_NAMES], named: 0 }
    }

    /// The number of the gateway with this last octet: its place in the order of coming up.
    pub(crate) fn place_of(&mut self, gateway: u8) -> u8 {
        if self.plain {
            return gateway;
        }
        let known = &self.names[..self.named];
        if let Some(place) = known.iter().position(|&known| known == gateway) {
            return place as u8;
        }
        let Some(free) = self.names.get_mut(self.named) else { return gateway };
        *free = gateway;
        self.named += 1;
        self.named as u8 - 1
    }

    /// Multiplies to 128 bits and folds the halves, so that each bit reaches all others.
    fn fold(&mut self, word: u64) {
        let wide = u128::from(self.state ^ word) * u128::from(FACTOR);
        self.state = (wide as u64) ^ ((wide >> 64) as u64).rotate_left(29) ^ SEED;
    }

    /// Folds four octets, which may be the address of a gateway.
    fn fold_four(&mut self, octets: [u8; 4]) {
        let octets = match octets {
            [192, 0, 2, gateway] => [192, 0, 2, self.place_of(gateway)],
            other => other,
        };
        self.fold(u64::from(u32::from_le_bytes(octets)));
    }
}

impl Hasher for Identity {
    fn finish(&self) -> u64 {
        let mut last = Identity { state: self.state, ..Identity::new(true) };
        last.fold(SEED.rotate_left(32));
        last.state
    }

    fn write(&mut self, bytes: &[u8]) {
        if let Ok(octets) = <[u8; 4]>::try_from(bytes) {
            return self.fold_four(octets);
        }
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
        self.fold_four(value.to_ne_bytes());
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

/// The hash of a value as it is.
pub(super) fn plain_hash(value: &impl Hash) -> u64 {
    let mut hasher = Identity::new(true);
    value.hash(&mut hasher);
    hasher.finish()
}
