//! Why a REDIRECT is not followed: every reason that is true, found by looking at what the host
//! knows. If there is none, the host has to be asked.

use std::net::IpAddr;

use ikev2_redirect::Reason;
use ikev2_redirect::initiator::SaId;

use super::client::{Host, Named, Place, Rules, Stage};

/// A REDIRECT as it came.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Way {
    /// In an IKE_SA_INIT response.
    Init { spi: bool, nonce: bool, resumption: bool },
    /// In an IKE_AUTH response.
    Auth { first: bool, last: bool, proven: bool, fatal: bool },
    /// In an INFORMATIONAL request.
    Informational { repeated: bool },
}

impl Way {
    pub(crate) fn auth(place: Place, fatal: bool) -> Self {
        Way::Auth { first: place.first, last: place.last, proven: place.proven, fatal }
    }
}

/// What has to become of a REDIRECT.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Verdict {
    /// Why it does not count, if it does not.
    ignored: [Option<Reason>; 6],
    /// Why the client does not go there, if it does not.
    refused: [Option<Reason>; 3],
}

impl Verdict {
    /// The host has to be asked.
    pub(crate) fn asks(&self) -> bool {
        self.ignored.iter().chain(&self.refused).all(Option::is_none)
    }

    pub(crate) fn is_ignored_for(&self, reason: Reason) -> bool {
        self.ignored.contains(&Some(reason))
    }

    /// What does not count is ignored, not refused.
    pub(crate) fn is_refused_for(&self, reason: Reason) -> bool {
        self.ignored.iter().all(Option::is_none) && self.refused.contains(&Some(reason))
    }

    /// It does not count.
    pub(crate) fn is_ignored(&self) -> bool {
        self.ignored.iter().any(Option::is_some)
    }
}

const fn when(holds: bool, reason: Reason) -> Option<Reason> {
    if holds { Some(reason) } else { None }
}

/// Looks at a REDIRECT over the IKE SA `id`. What it changes itself, the host has not done yet.
pub(crate) fn judge(host: &Host, rules: &Rules, id: SaId, way: Way, named: Named) -> Verdict {
    let off = rules.limit == 0;
    let open = when(host.question.is_some(), Reason::QuestionOpen);
    let malformed = named == Named::Malformed;
    let mut refused = [
        when(host.followed() >= usize::from(rules.limit), Reason::LimitReached),
        unusable(host, id, named),
        when(malformed, MALFORMED),
    ];
    let ignored = match way {
        Way::Init { spi, nonce, resumption } => {
            // Anybody may have sent it, so that one which does not add up is no refusal.
            refused[2] = None;
            let resumed = resumption && !rules.on_resumption;
            [
                when(!spi, Reason::WrongInitiatorSpi),
                when(!nonce && !malformed, Reason::NonceMismatch),
                when(off, Reason::RedirectsOff),
                when(resumed, Reason::ResumptionOff),
                when(malformed, MALFORMED),
                open,
            ]
        }
        Way::Auth { first, last, proven, fatal } => [
            when(off, Reason::RedirectsOff),
            when(!first && !last, Reason::IntermediateResponse),
            when(!proven, Reason::GatewayUnverified),
            when(fatal, Reason::FatalNotification),
            open,
            None,
        ],
        Way::Informational { repeated } => {
            let whole = host.sa(id).is_some_and(|sa| sa.is_whole());
            [
                when(off, Reason::RedirectsOff),
                when(repeated, Reason::RepeatedRequest),
                when(!whole, Reason::PhaseIncomplete),
                when(host.is_kept(id), Reason::MoveInProgress),
                open,
                None,
            ]
        }
    };
    Verdict { ignored, refused }
}

/// What the models send as a REDIRECT that does not add up.
pub(crate) const MALFORMED: Reason = Reason::GatewayLength;

fn unusable(host: &Host, id: SaId, named: Named) -> Option<Reason> {
    match named {
        Named::Nobody => Some(Reason::UnspecifiedTarget),
        Named::Address(to) => {
            let own = host.sa(id).is_some_and(|sa| sa.gateway == to);
            when(own, Reason::SelfRedirect)
        }
        Named::Name | Named::Malformed => None,
    }
}

/// Why the client cannot go to an address that the host has permitted.
pub(crate) fn objection(from: IpAddr, to: IpAddr) -> Option<Reason> {
    if to.is_unspecified() {
        return Some(Reason::UnspecifiedTarget);
    }
    when(from == to, Reason::SelfRedirect)
}

/// Whether an IKE_SA_INIT response is one that the host can go on with.
pub(crate) fn awaits_init(host: &Host, id: SaId) -> bool {
    let asked = host.question.is_some_and(|question| question.sa == id);
    host.sa(id).is_some_and(|sa| matches!(sa.stage, Stage::Init { .. })) && !asked
}
