//! What the rules demand of one call.

use std::net::IpAddr;

use ikev2_redirect::initiator::{Action, Provenance, Slot};
use ikev2_redirect::wire::InitNotifies;
use ikev2_redirect::{Reason, Target};

/// One action that the rules demand. Where several rules refuse, any of their reasons will do:
/// the design says that there is one, not which goes first.
#[derive(Clone, Debug)]
pub(crate) enum Want {
    PassOn,
    Vet(Target<'static>, Provenance),
    AbandonVet,
    Acknowledge(Slot),
    Delete(Slot),
    Drop(Slot),
    /// In this slot; in any free one, if none is given.
    Start(Option<Slot>, IpAddr, InitNotifies),
    Redirected(IpAddr, IpAddr, Provenance),
    Tolerated(Reason),
    Ignored(Vec<Reason>),
    Refused(Vec<Reason>),
    MoveFailed(Vec<Reason>),
    Failed(Vec<Reason>),
}

impl Want {
    fn is_met_by(&self, action: &Action<'static>) -> bool {
        match (self, *action) {
            (Want::PassOn, Action::PassOn) | (Want::AbandonVet, Action::AbandonVet) => true,
            (Want::Vet(to, how), Action::Vet { target, provenance }) => {
                (*to, *how) == (target, provenance)
            }
            (Want::Acknowledge(of), Action::Acknowledge { slot })
            | (Want::Delete(of), Action::DeleteSa { slot })
            | (Want::Drop(of), Action::DropSa { slot }) => *of == slot,
            (Want::Start(of, address, announces), Action::StartInit { slot, to, notifies }) => {
                of.is_none_or(|of| of == slot) && (*address, *announces) == (to, notifies)
            }
            (Want::Redirected(a, b, how), Action::Redirected { from, to, provenance }) => {
                (*a, *b, *how) == (from, to, provenance)
            }
            (Want::Tolerated(what), Action::Tolerated { reason }) => *what == reason,
            (Want::Ignored(any), Action::Ignored { reason })
            | (Want::Refused(any), Action::Refused { reason })
            | (Want::MoveFailed(any), Action::MoveFailed { reason })
            | (Want::Failed(any), Action::Failed { reason }) => any.contains(&reason),
            _ => false,
        }
    }
}

/// The actions are the ones that are demanded, in whatever order.
pub(crate) fn are_met(wants: &[Want], actions: &[Action<'static>]) -> bool {
    let mut left = actions.to_vec();
    for want in wants {
        match left.iter().position(|action| want.is_met_by(action)) {
            Some(found) => left.remove(found),
            None => return false,
        };
    }
    left.is_empty()
}

/// What order matters: an acknowledgement comes before everything (R5-4, R5-7), and an IKE SA
/// leaves its slot before another one takes it.
pub(crate) fn are_in_order(actions: &[Action<'static>]) -> bool {
    let acknowledged =
        actions.iter().skip(1).all(|action| !matches!(action, Action::Acknowledge { .. }));
    let starts = actions.iter().position(|action| matches!(action, Action::StartInit { .. }));
    let leaves = actions
        .iter()
        .rposition(|action| matches!(action, Action::DeleteSa { .. } | Action::DropSa { .. }));
    let in_order = match (leaves, starts) {
        (Some(leaves), Some(starts)) => leaves < starts,
        _ => true,
    };
    acknowledged && in_order
}
