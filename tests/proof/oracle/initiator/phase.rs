//! The rules of the client on messages of IKE_AUTH.

use ikev2_redirect::auth::PeerAuth;
use ikev2_redirect::initiator::{Provenance, SaId};
use ikev2_redirect::wire::{Contents, Redirect};
use ikev2_redirect::{Misuse, Reason};

use super::log::Log;
use super::rules::{ask, lost, misused, redirects_on};
use super::want::Want;
use crate::applying;
use crate::auth::{AuthPhase, Message, carried, contradicts};

pub(super) fn request(log: &Log, sa: SaId) -> Vec<Want> {
    let phase = log.auth_phase(sa);
    if !log.has_keys(sa) || log.is_up(sa) || phase.is_complete() {
        misused(sa, &[Misuse::OutOfTurn])
    } else if phase.awaits_response() {
        misused(sa, &[Misuse::RequestRepeated])
    } else {
        vec![]
    }
}

pub(super) fn response(
    log: &Log,
    now: u64,
    sa: SaId,
    peer: PeerAuth,
    contents: Contents<'static>,
) -> Vec<Want> {
    let mistakes = mistakes(log, sa, peer, &contents);
    if !mistakes.is_empty() {
        return misused(sa, &mistakes);
    }
    if peer == PeerAuth::Failed {
        return wrong_auth(log, sa);
    }
    let phase = log.auth_phase(sa);
    let phase = match contents.fatal_error {
        Some(_) => phase,
        None => phase.with(Message::Response(carried(&contents, peer))),
    };
    let outcome = match contents.redirect {
        None => Outcome::Goes(vec![Want::PassOn(sa)]),
        Some(redirect) => outcome(log, now, sa, &phase, redirect, &contents),
    };
    finish(log, sa, &phase, outcome, contents.deletes_ike_sa)
}

/// What a host cannot have seen.
fn mistakes(log: &Log, sa: SaId, peer: PeerAuth, contents: &Contents<'_>) -> Vec<Misuse> {
    let under_way = log.has_keys(sa) && !log.is_up(sa);
    applying([
        (!under_way, Misuse::OutOfTurn),
        (under_way && !log.auth_phase(sa).awaits_response(), Misuse::RequestMissing),
        (contradicts(peer, contents), Misuse::AuthContradiction),
    ])
}

/// The IKE SA is left in a way of its own, so that the gateway can be told (F15), and a question
/// about what came over it goes with it.
fn wrong_auth(log: &Log, sa: SaId) -> Vec<Want> {
    let own_question = log.question().is_some_and(|question| question.sa == sa);
    let question_stays = log.question().is_some() && !own_question;
    let mut wants = vec![Want::Reject(sa)];
    if own_question {
        wants.push(Want::AbandonVet);
    }
    wants.extend(lost(log, sa, &[Reason::GatewayAuthFailed], question_stays));
    wants
}

/// What comes of a response with a REDIRECT.
enum Outcome {
    /// The IKE SA goes on.
    Goes(Vec<Want>),
    /// The REDIRECT of a proven gateway is refused.
    Refused(Vec<Reason>),
}

fn outcome(
    log: &Log,
    now: u64,
    sa: SaId,
    phase: &AuthPhase,
    redirect: Result<Redirect<'static>, Reason>,
    contents: &Contents<'_>,
) -> Outcome {
    let is_in_place = phase.ends_with_first() || phase.ends_with_last();
    let faults = applying([
        (contents.fatal_error.is_some(), Reason::FatalNotification),
        (!redirects_on(log), Reason::RedirectsOff),
        (!is_in_place && contents.fatal_error.is_none(), Reason::IntermediateResponse), // R6-13
        (!phase.gateway_verified(), Reason::GatewayUnverified), // R6-4, R6-11
        (log.question().is_some(), Reason::QuestionOpen),
    ]);
    if !faults.is_empty() {
        // The REDIRECT is ignored, the response is not: the host goes on with the rest of it.
        return Outcome::Goes(vec![Want::Ignored(sa, faults), Want::PassOn(sa)]);
    }
    match redirect.map(|redirect| ask(log, now, sa, redirect.target, Provenance::Auth)) {
        Ok(Ok(vet)) => Outcome::Goes(vec![vet]),
        Ok(Err(reasons)) => Outcome::Refused(reasons),
        // The gateway wants the client away and does not say where to: refused like a target that
        // cannot be followed.
        Err(reason) => Outcome::Refused(vec![reason]),
    }
}

fn finish(log: &Log, sa: SaId, phase: &AuthPhase, outcome: Outcome, deleted: bool) -> Vec<Want> {
    match outcome {
        Outcome::Goes(mut wants) => {
            if deleted {
                let asked = wants.iter().any(|want| matches!(want, Want::Vet(..)));
                let question_open = asked || log.question().is_some();
                wants.extend(lost(log, sa, &[Reason::SaLost], question_open));
            }
            wants
        }
        Outcome::Refused(reasons) => {
            let mut wants = vec![Want::Refused(sa, reasons.clone())];
            if !deleted {
                let whole = phase.is_complete();
                wants.push(if whole { Want::Delete(sa) } else { Want::Drop(sa) });
            }
            wants.extend(lost(log, sa, &reasons, false));
            wants
        }
    }
}
