//! What the client machine knows of an IKE SA.

use core::net::IpAddr;

use super::Phase;
use crate::auth::Progress;

/// Names one IKE SA of the host, from [`StartInit`](super::Action::StartInit) on and for its whole
/// life, rekeys included.
///
/// The machine counts upwards and starts over after 2³², so that an event which comes late, about
/// an IKE SA that is gone, is recognised. A host may use the number as a key of its own table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SaId(pub u32);

/// The IKE SA that is in use or being set up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct IkeSa {
    pub(super) id: SaId,
    pub(super) gateway: IpAddr,
    /// The gateway that sent the client there.
    pub(super) from: Option<IpAddr>,
    /// The redirect named an address, so that there is no other address to try.
    pub(super) literal: bool,
    pub(super) stage: Stage,
}

/// The IKE SA that make-before-break keeps until another one is up. It is up itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct KeptSa {
    pub(super) id: SaId,
    pub(super) gateway: IpAddr,
}

/// How far an IKE SA is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Stage {
    /// The IKE_SA_INIT request is out.
    Init,
    /// There are keys; the IKE_AUTH phase is under way or, without a CHILD SA yet, complete.
    Auth(Progress),
    /// The host has called it established.
    Up,
}

impl IkeSa {
    /// Whether both ends have the IKE SA, so that it has to be deleted and not just forgotten.
    pub(super) const fn is_whole(&self) -> bool {
        match self.stage {
            Stage::Init => false,
            Stage::Auth(progress) => progress.is_complete(),
            Stage::Up => true,
        }
    }

    pub(super) const fn is_up(&self) -> bool {
        matches!(self.stage, Stage::Up)
    }

    pub(super) const fn at(self, stage: Stage) -> Self {
        IkeSa { stage, ..self }
    }

    pub(super) const fn phase(&self) -> Phase {
        match self.stage {
            Stage::Init => Phase::Init,
            Stage::Auth(_) => Phase::Auth,
            Stage::Up => Phase::Up,
        }
    }
}

impl From<KeptSa> for IkeSa {
    fn from(KeptSa { id, gateway }: KeptSa) -> Self {
        IkeSa { id, gateway, from: None, literal: true, stage: Stage::Up }
    }
}

impl From<IkeSa> for KeptSa {
    fn from(IkeSa { id, gateway, .. }: IkeSa) -> Self {
        KeptSa { id, gateway }
    }
}
