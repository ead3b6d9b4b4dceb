//! Why the host does not want to follow a redirect.

use crate::Reason;

/// Why the host does not want to follow a redirect.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Refusal {
    /// The PAD or another policy does not allow the target (`R3-11`, `D3-3`).
    Policy,
    /// The target's name cannot be resolved.
    Unresolvable,
}

impl Refusal {
    /// The reason that [`Refused`](super::Action::Refused) carries.
    #[must_use]
    pub const fn reason(self) -> Reason {
        match self {
            Refusal::Policy => Reason::PolicyRefused,
            Refusal::Unresolvable => Reason::Unresolvable,
        }
    }
}
