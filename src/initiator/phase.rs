//! Where a connection stands.

/// Where a connection stands, for logs and for status displays. Whether a redirect waits for a
/// verdict is told by [`Initiator::question`](super::Initiator::question).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Phase {
    /// There is no IKE SA, and none is being set up.
    Idle,
    /// The IKE_SA_INIT request is out.
    Init,
    /// There are keys; the host has not called the IKE SA established yet.
    Auth,
    /// The host has called the IKE SA established.
    Up,
}
