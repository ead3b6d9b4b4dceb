//! Writes octets into a slice that may be too short.

use core::mem;

/// The caller's slice is too short for what is to be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct BufferTooSmall {
    /// How many octets are needed.
    pub needed: usize,
}

impl core::fmt::Display for BufferTooSmall {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "{} octets are needed", self.needed)
    }
}

impl core::error::Error for BufferTooSmall {}

/// Fills the front of a slice, whose length is checked once, at the start.
pub(super) struct Writer<'o> {
    rest: &'o mut [u8],
    length: usize,
}

impl<'o> Writer<'o> {
    /// For `length` octets.
    pub(super) fn new(out: &'o mut [u8], length: usize) -> Result<Self, BufferTooSmall> {
        match out.get_mut(..length) {
            Some(rest) => Ok(Writer { rest, length }),
            None => Err(BufferTooSmall { needed: length }),
        }
    }

    /// Appends octets whose number the compiler knows: no loop, no call.
    #[inline]
    pub(super) fn put<const N: usize>(&mut self, octets: [u8; N]) {
        if let Some((place, rest)) = mem::take(&mut self.rest).split_first_chunk_mut() {
            *place = octets;
            self.rest = rest;
        }
    }

    #[inline]
    pub(super) fn put_slice(&mut self, octets: &[u8]) {
        if let Some((place, rest)) = mem::take(&mut self.rest).split_at_mut_checked(octets.len()) {
            place.copy_from_slice(octets);
            self.rest = rest;
        }
    }

    /// How many octets were written.
    pub(super) const fn finish(self) -> usize {
        self.length.saturating_sub(self.rest.len())
    }
}
