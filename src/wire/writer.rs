//! Writes octets into a slice that may be too short.

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

/// Appends octets; past the end of the slice it goes on counting.
pub(super) struct Writer<'o> {
    out: &'o mut [u8],
    length: usize,
}

impl<'o> Writer<'o> {
    pub(super) const fn new(out: &'o mut [u8]) -> Self {
        Writer { out, length: 0 }
    }

    pub(super) fn put(&mut self, octets: &[u8]) {
        let end = self.length.saturating_add(octets.len());
        if let Some(place) = self.out.get_mut(self.length..end) {
            for (to, from) in place.iter_mut().zip(octets) {
                *to = *from;
            }
        }
        self.length = end;
    }

    /// How many octets were written.
    pub(super) const fn finish(self) -> Result<usize, BufferTooSmall> {
        if self.length <= self.out.len() {
            Ok(self.length)
        } else {
            Err(BufferTooSmall { needed: self.length })
        }
    }
}
