//! Numbers of attempts.

use std::fmt;
use std::hash::{Hash, Hasher};

/// The attempt that a message belongs to: stands for its SPIs and its nonce. A number is given
/// out again once nothing in the world remembers it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Tag(pub(crate) u8);

/// Told apart by the order of coming up only, like gateways.
impl Hash for Tag {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_i8(self.0 as i8);
    }
}

impl fmt::Display for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#{}", self.0)
    }
}
