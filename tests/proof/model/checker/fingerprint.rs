//! A fast 64-bit hash with the same result on every run and every host of one word size, under
//! which states that differ only in the names of gateways are one.
//!
//! Where a model says so, the addresses of gateways, 192.0.2.0/24, are replaced by numbers in the
//! order in which they come up in the state, and attempts likewise. Two states with the same
//! numbers at the same places are the same up to a renaming. The machines compare addresses only
//! for equality and kind (`comparisons.rs` looks), so that whatever can follow the one can follow
//! the other, renamed.

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

/// How many gateways or attempts are told apart.
const MOST_NAMES: usize = 16;

/// The hasher that a model writes a state to.
pub(crate) struct Identity {
    state: u64,
    /// For a search that reduces nothing.
    always_plain: bool,
    plain: bool,
    /// The gateways in the order in which they came up.
    names: Names,
    /// The attempts likewise.
    attempts: Names,
}

/// Numbers in the order in which they came up.
#[derive(Default)]
struct Names {
    known: [u8; MOST_NAMES],
    count: usize,
}

impl Names {
    fn find(&self, number: u8) -> Option<u8> {
        let known = &self.known[..self.count];
        known.iter().position(|&known| known == number).map(|place| place as u8)
    }

    fn place_of(&mut self, number: u8) -> u8 {
        if let Some(place) = self.find(number) {
            return place;
        }
        let free = self.known.get_mut(self.count).expect("few names");
        *free = number;
        self.count += 1;
        self.count as u8 - 1
    }
}

impl Identity {
    /// From here on gateways and attempts are told apart by the order in which they come up.
    pub(crate) fn forget_names(&mut self) {
        self.plain = self.always_plain;
    }

    fn new(always_plain: bool) -> Self {
        Self {
            state: SEED,
            always_plain,
            plain: true,
            names: Names::default(),
            attempts: Names::default(),
        }
    }

    /// The place of a gateway that has come up already.
    pub(crate) fn known(&self, gateway: u8) -> Option<u8> {
        if self.plain { Some(gateway) } else { self.names.find(gateway) }
    }

    /// A hasher that knows the same names, for one of several things without an order.
    pub(crate) fn beside(&mut self, one: &impl Hash) -> u64 {
        let so_far = std::mem::replace(&mut self.state, SEED);
        one.hash(self);
        std::mem::replace(&mut self.state, so_far)
    }

    /// Multiplies to 128 bits and folds the halves, so that each bit reaches all others.
    fn fold(&mut self, word: u64) {
        let wide = u128::from(self.state ^ word) * u128::from(FACTOR);
        self.state = (wide as u64) ^ ((wide >> 64) as u64).rotate_left(29) ^ SEED;
    }

    /// Folds four octets, which may be the address of a gateway.
    fn fold_four(&mut self, octets: [u8; 4]) {
        let octets = match octets {
            [192, 0, 2, gateway] if !self.plain => [192, 0, 2, self.names.place_of(gateway)],
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

    /// The number of an attempt.
    fn write_i8(&mut self, value: i8) {
        let number = value as u8;
        let place = if self.plain { number } else { self.attempts.place_of(number) };
        self.fold(u64::from(place));
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
