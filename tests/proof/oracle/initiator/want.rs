//! What the rules demand of one call.

use std::net::IpAddr;

use ikev2_redirect::initiator::{Action, Provenance, SaId};
use ikev2_redirect::wire::InitNotifies;
use ikev2_redirect::{Misuse, Reason, Target};

use super::log::Log;

/// One action that the rules demand. Where several rules refuse, their reasons stand in the order
/// in which the pages say that a message is checked, and the first is told.
#[derive(Clone, Debug)]
pub(super) enum Want {
    PassOn(SaId),
    /// A question with a name of its own.
    Vet(SaId, Target<'static>, Provenance),
    /// Of the question that is open.
    AbandonVet,
    Acknowledge(SaId),
    Delete(SaId),
    Drop(SaId),
    Reject(SaId),
    /// An IKE SA with a name of its own.
    Start(IpAddr, InitNotifies),
    Redirected(IpAddr, IpAddr, Provenance),
    Tolerated(SaId, Reason),
    Ignored(SaId, Vec<Reason>),
    Misused(SaId, Vec<Misuse>),
    Refused(SaId, Vec<Reason>),
    MoveFailed(SaId, Vec<Reason>),
    Failed(Vec<Reason>),
}

impl Want {
    fn is_met_by(&self, action: &Action<'static>, log: &Log) -> bool {
        match (self, *action) {
            (Want::Vet(of, to, how), Action::Vet { question, sa, target, provenance }) => {
                (*of, *to, *how) == (sa, target, provenance) && !log.was_asked(question)
            }
            (Want::AbandonVet, Action::AbandonVet { question }) => {
                log.question().is_some_and(|open| open.id == question)
            }
            (Want::PassOn(of), Action::PassOn { sa })
            | (Want::Acknowledge(of), Action::Acknowledge { sa })
            | (Want::Delete(of), Action::DeleteSa { sa })
            | (Want::Drop(of), Action::DropSa { sa })
            | (Want::Reject(of), Action::RejectSa { sa }) => *of == sa,
            (Want::Start(address, carries), Action::StartInit { sa, to, notifies }) => {
                let is_new = log.starts().all(|start| start.sa != sa);
                (*address, *carries) == (to, notifies) && is_new
            }
            (Want::Redirected(a, b, how), Action::Redirected { from, to, provenance }) => {
                (*a, *b, *how) == (from, to, provenance)
            }
            (Want::Tolerated(of, what), Action::Tolerated { sa, reason }) => {
                (*of, *what) == (sa, reason)
            }
            (Want::Misused(of, any), Action::Misused { sa, misuse }) => {
                *of == sa && any.first() == Some(&misuse)
            }
            (Want::Ignored(of, any), Action::Ignored { sa, reason })
            | (Want::Refused(of, any), Action::Refused { sa, reason })
            | (Want::MoveFailed(of, any), Action::MoveFailed { sa, reason }) => {
                *of == sa && any.first() == Some(&reason)
            }
            (Want::Failed(any), Action::Failed { reason }) => any.first() == Some(&reason),
            _ => false,
        }
    }
}

/// The actions are the ones that are demanded, in this order.
pub(super) fn are_met(wants: &[Want], actions: &[Action<'static>], log: &Log) -> bool {
    let met = |(want, action): (&Want, &Action<'static>)| want.is_met_by(action, log);
    wants.len() == actions.len() && wants.iter().zip(actions).all(met)
}
