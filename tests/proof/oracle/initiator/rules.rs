//! The rules of the client, each a look at the log: what has to come of an event.

use std::net::IpAddr;

use ikev2_redirect::initiator::{Event, Provenance, SaId, SentInit};
use ikev2_redirect::wire::{Contents, InitResponse, Redirect, Spi};
use ikev2_redirect::{Misuse, Reason, Target};

use super::commands;
use super::log::{Input, Log};
use super::phase;
use super::targets;
use super::want::Want;
use crate::applying;

/// What has to come of `input` now, or which misuse it is.
pub(super) fn expect(log: &Log, now: u64, input: &Input) -> Result<Vec<Want>, Vec<Misuse>> {
    match *input {
        Input::Restored(..) => Ok(vec![]),
        Input::Connect(address) => commands::connect(log, address),
        Input::Permit(question, address) => commands::permit(log, question, address),
        Input::Refuse(question, refusal) => commands::refuse(log, question, refusal),
        Input::Retry(address) => commands::retry(log, address),
        Input::Renew(address) => commands::renew(log, address),
        Input::Close => commands::close(log),
        Input::Timeout => Ok(commands::time_out(log, now)),
        Input::TimeoutAtNever => Ok(commands::time_out(log, u64::MAX)), // F22
        Input::Event(sa, event) => Ok(event_of(log, now, sa, event)),
    }
}

/// What comes of an event about an IKE SA means the same whether it is the current or the kept
/// one, and whether a question is open or not.
fn event_of(log: &Log, now: u64, sa: SaId, event: Event<'static, 'static>) -> Vec<Want> {
    if !log.is_alive(sa) {
        return ignored(sa, Reason::UnknownSa);
    }
    match event {
        Event::InitResponseReceived { sent, response } => {
            init_response(log, now, sa, sent, response)
        }
        Event::InitCompleted { .. } if log.has_keys(sa) => misused(sa, &[Misuse::OutOfTurn]),
        Event::InitCompleted { .. } => init_completed(log),
        Event::AuthRequestSent { .. } => phase::request(log, sa),
        Event::AuthResponseReceived { peer, contents } => {
            phase::response(log, now, sa, peer, contents)
        }
        Event::Established => established(log, sa),
        Event::GivenUp => given_up(log, sa),
        Event::InformationalReceived { contents, repeated } => {
            informational(log, now, sa, contents, repeated)
        }
        Event::MisplacedRedirect => ignored(sa, Reason::MisplacedRedirect), // R1-1
        Event::Deleted => lost(log, sa, &[Reason::SaLost], log.question().is_some()),
        Event::Rekeyed if log.is_whole(sa) => vec![],
        Event::GatewayMoved { to } if log.is_whole(sa) => match targets::never_usable(to) {
            None => vec![],
            Some(_) => misused(sa, &[Misuse::UnusableAddress]),
        },
        Event::Rekeyed => misused(sa, &[Misuse::OutOfTurn]),
        Event::GatewayMoved { .. } => misused(sa, &[Misuse::OutOfTurn, Misuse::UnusableAddress]),
    }
}

pub(super) fn misused(sa: SaId, any: &[Misuse]) -> Vec<Want> {
    vec![Want::Misused(sa, any.to_vec())]
}

fn ignored(sa: SaId, reason: Reason) -> Vec<Want> {
    vec![Want::Ignored(sa, vec![reason])]
}

/// The IKE SA is gone. If it was the current one, the kept one is current again; without one the
/// connection has failed, unless an open question still shows a way on.
pub(super) fn lost(log: &Log, sa: SaId, reasons: &[Reason], question_open: bool) -> Vec<Want> {
    match (log.current() == Some(sa), log.kept()) {
        (false, _) => vec![],
        (true, Some(kept)) => vec![Want::MoveFailed(kept, reasons.to_vec())],
        (true, None) if question_open => vec![],
        (true, None) => vec![Want::Failed(reasons.to_vec())],
    }
}

/// What both ends have is deleted (R6-2, D6-1); anything else is forgotten (R6-12).
pub(super) fn leave(log: &Log, sa: SaId) -> Want {
    if log.is_whole(sa) { Want::Delete(sa) } else { Want::Drop(sa) }
}

pub(super) fn redirects_on(log: &Log) -> bool {
    log.config.max_redirects > 0
}

/// Every rule against following a redirect from one gateway to another (whose address is not
/// known yet if it is a name).
pub(super) fn against(log: &Log, from: IpAddr, to: Option<IpAddr>) -> Vec<Reason> {
    let Some(to) = to else { return vec![] };
    let unusable = targets::fault(&log.config, to);
    let oneself = (to == from).then_some(Reason::SelfRedirect);
    unusable.into_iter().chain(oneself).collect()
}

/// A REDIRECT that counts is asked about, unless a rule is against it already.
pub(super) fn ask(
    log: &Log,
    now: u64,
    sa: SaId,
    target: Target<'static>,
    provenance: Provenance,
) -> Result<Want, Vec<Reason>> {
    let from = log.gateway(sa).expect("a living IKE SA has a gateway");
    let mut against = against(log, from, target.address());
    if log.followed(now) >= usize::from(log.config.max_redirects) {
        against.push(Reason::LimitReached); // R9-4
    }
    if against.is_empty() { Ok(Want::Vet(sa, target, provenance)) } else { Err(against) }
}

fn init_completed(log: &Log) -> Vec<Want> {
    // What an unauthenticated gateway said does not count once there are keys.
    let unauthenticated = |question: super::log::Question| question.provenance == Provenance::Init;
    if log.question().is_some_and(unauthenticated) { vec![Want::AbandonVet] } else { vec![] }
}

fn init_response(
    log: &Log,
    now: u64,
    sa: SaId,
    sent: SentInit<'static>,
    response: InitResponse<'static>,
) -> Vec<Want> {
    if log.has_keys(sa) {
        return ignored(sa, Reason::OutOfTurn);
    }
    if response.initiator_spi != sent.spi {
        return ignored(sa, Reason::WrongInitiatorSpi);
    }
    let question = log.question();
    let asked_of_this =
        question.is_some_and(|open| open.sa == sa && open.provenance == Provenance::Init);
    if asked_of_this {
        return ignored(sa, Reason::QuestionOpen);
    }
    let Some(redirect) = response.redirect else { return vec![Want::PassOn(sa)] };
    if let Some(reason) = not_wanted(log, &response) {
        // The notification means nothing to this client, and the rest of the message is usual.
        let rest = response.accepts.then_some(Want::PassOn(sa));
        return ignored(sa, reason).into_iter().chain(rest).collect();
    }
    let redirect = match redirect {
        Ok(redirect) if redirect.nonce.octets() == sent.nonce => redirect,
        Ok(_) => return ignored(sa, Reason::NonceMismatch), // R3-8, R3-9
        Err(reason) => return ignored(sa, reason),
    };
    if question.is_some() {
        return ignored(sa, Reason::QuestionOpen);
    }
    match ask(log, now, sa, redirect.target, Provenance::Init) {
        Ok(vet) if response.responder_spi != Spi::ZERO => {
            vec![Want::Tolerated(sa, Reason::NonzeroResponderSpi), vet]
        }
        Ok(vet) => vec![vet],
        // Neither followed nor passed on: the client waits for another response.
        Err(reasons) => vec![Want::Refused(sa, reasons)],
    }
}

/// Why no REDIRECT in this exchange means anything to a client with these settings.
fn not_wanted(log: &Log, response: &InitResponse<'_>) -> Option<Reason> {
    if !redirects_on(log) {
        Some(Reason::RedirectsOff)
    } else if response.resumption && !log.config.follow_on_resumption {
        Some(Reason::ResumptionOff)
    } else {
        None
    }
}

fn established(log: &Log, sa: SaId) -> Vec<Want> {
    if log.is_up(sa) {
        misused(sa, &[Misuse::OutOfTurn])
    } else if !log.auth_phase(sa).is_complete() {
        misused(sa, &[Misuse::PhaseIncomplete])
    } else {
        log.kept().map(Want::Delete).into_iter().collect() // R5-7
    }
}

fn given_up(log: &Log, sa: SaId) -> Vec<Want> {
    let deleted = log.is_whole(sa).then_some(Want::Delete(sa));
    let lost = lost(log, sa, &[Reason::AttemptFailed], log.question().is_some());
    deleted.into_iter().chain(lost).collect()
}

fn informational(
    log: &Log,
    now: u64,
    sa: SaId,
    contents: Contents<'static>,
    repeated: bool,
) -> Vec<Want> {
    if !log.has_keys(sa) {
        return misused(sa, &[Misuse::OutOfTurn]);
    }
    let mut wants = match contents.redirect {
        Some(redirect) => {
            let answer = answer_redirect(log, now, sa, redirect, repeated);
            vec![Want::Acknowledge(sa), answer] // R5-4, before anything else
        }
        None => vec![Want::PassOn(sa)],
    };
    if contents.deletes_ike_sa {
        let asked = wants.iter().any(|want| matches!(want, Want::Vet(..)));
        wants.extend(lost(log, sa, &[Reason::SaLost], asked || log.question().is_some()));
    }
    wants
}

fn answer_redirect(
    log: &Log,
    now: u64,
    sa: SaId,
    redirect: Result<Redirect<'static>, Reason>,
    repeated: bool,
) -> Want {
    let faults = applying([
        (repeated, Reason::RepeatedRequest),
        (!redirects_on(log), Reason::RedirectsOff),
        (!log.is_whole(sa), Reason::PhaseIncomplete),
        (log.question().is_some(), Reason::QuestionOpen),
        (log.kept() == Some(sa), Reason::MoveInProgress),
    ]);
    if !faults.is_empty() {
        return Want::Ignored(sa, faults);
    }
    let asked = match redirect {
        Ok(redirect) => ask(log, now, sa, redirect.target, Provenance::Informational),
        Err(reason) => Err(vec![reason]),
    };
    asked.unwrap_or_else(|reasons| Want::Refused(sa, reasons))
}
