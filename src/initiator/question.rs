//! The open question to the host.

use core::net::IpAddr;

use super::{Provenance, SaId};
use crate::Instant;

/// Names one question ([`Vet`](super::Action::Vet)); its verdict names it, too, so that a verdict
/// which comes late is not taken for that on another target.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct QuestionId(pub u32);

/// A redirect that waits for the host's verdict. The IKE SA that it came over may be gone by now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Question {
    pub(super) id: QuestionId,
    /// The IKE SA that the REDIRECT came over.
    pub(super) sa: SaId,
    /// The gateway that sent it.
    pub(super) from: IpAddr,
    /// The target, unless it is a name.
    pub(super) literal: Option<IpAddr>,
    pub(super) provenance: Provenance,
    pub(super) until: Instant,
}

impl Question {
    pub(super) fn is_due(&self, now: Instant) -> bool {
        self.has_deadline() && now >= self.until
    }

    pub(super) fn has_deadline(&self) -> bool {
        self.until != Instant::NEVER
    }
}
