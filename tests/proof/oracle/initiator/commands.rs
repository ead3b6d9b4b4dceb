//! The rules of the client on what its host orders, and on time.

use std::net::IpAddr;

use ikev2_redirect::initiator::{Moving, Provenance, QuestionId, Refusal};
use ikev2_redirect::wire::InitNotifies;
use ikev2_redirect::{Misuse, Reason};

use super::log::{Log, Question};
use super::rules::{against, leave, lost, redirects_on};
use super::targets::never_usable;
use super::want::Want;
use crate::applying;

type Outcome = Result<Vec<Want>, Vec<Misuse>>;

/// All the mistakes that apply, or what has to be done.
fn unless<const N: usize>(
    mistakes: [(bool, Misuse); N],
    wants: impl FnOnce() -> Vec<Want>,
) -> Outcome {
    let made = applying(mistakes);
    if made.is_empty() { Ok(wants()) } else { Err(made) }
}

pub(super) fn connect(log: &Log, gateway: IpAddr) -> Outcome {
    let mistakes = [
        (never_usable(gateway).is_some(), Misuse::UnusableAddress),
        (log.current().is_some() || log.question().is_some(), Misuse::AlreadyConnected),
    ];
    unless(mistakes, || vec![Want::Start(gateway, first_notifies(log))])
}

/// Support is announced in the first request unless redirects are off (R3-1).
fn first_notifies(log: &Log) -> InitNotifies {
    InitNotifies { redirect_supported: redirects_on(log), redirected_from: None }
}

/// After a redirect: where the request was sent to (R3-12, D3-4), and support again if so chosen
/// (D3-6).
fn later_notifies(log: &Log, from: IpAddr) -> InitNotifies {
    InitNotifies { redirect_supported: log.config.announce_again, redirected_from: Some(from) }
}

/// The open question, if that is the one named.
fn named(log: &Log, question: QuestionId) -> Result<Question, Vec<Misuse>> {
    let open = log.question().filter(|open| open.id == question);
    open.ok_or(vec![Misuse::UnknownQuestion])
}

pub(super) fn permit(log: &Log, question: QuestionId, address: IpAddr) -> Outcome {
    let question = named(log, question)?;
    if question.target.address().is_some_and(|target| target != address) {
        return Err(vec![Misuse::OtherAddress]); // F07
    }
    let from = log.gateway(question.sa).expect("a question has a gateway");
    let against = against(log, from, Some(address));
    if !against.is_empty() {
        return Ok(refused(log, question, against));
    }
    let mut wants = vec![Want::Redirected(from, address, question.provenance)];
    wants.extend(vacate(log));
    wants.push(Want::Start(address, later_notifies(log, from)));
    Ok(wants)
}

/// The current IKE SA makes room for the next. One that is up is kept, unless the client can hold
/// only one (R5-7).
fn vacate(log: &Log) -> Option<Want> {
    let current = log.current()?;
    match (log.is_up(current), log.config.moving) {
        (false, _) => Some(leave(log, current)),
        (true, Moving::BreakBeforeMake) => Some(Want::Delete(current)),
        (true, Moving::MakeBeforeBreak) => None,
    }
}

pub(super) fn refuse(log: &Log, question: QuestionId, refusal: Refusal) -> Outcome {
    let reason = match refusal {
        Refusal::Policy => Reason::PolicyRefused,
        Refusal::Unresolvable => Reason::Unresolvable,
    };
    Ok(refused(log, named(log, question)?, vec![reason]))
}

/// The question ends without a yes.
fn refused(log: &Log, question: Question, reasons: Vec<Reason>) -> Vec<Want> {
    let mut wants = vec![Want::Refused(question.sa, reasons.clone())];
    match log.current() {
        None => wants.push(Want::Failed(reasons)),
        Some(current) => {
            let is_its_own = question.sa == current && question.provenance == Provenance::Auth;
            if is_its_own && !log.is_up(current) {
                wants.push(leave(log, current));
                wants.extend(lost(log, current, &reasons, false));
            }
        }
    }
    wants
}

pub(super) fn time_out(log: &Log, now: u64) -> Vec<Want> {
    let due = |question: &Question| log.expiry(question).is_some_and(|expiry| now >= expiry);
    match log.question().filter(due) {
        Some(question) => {
            let mut wants = vec![Want::AbandonVet];
            wants.extend(refused(log, question, vec![Reason::VetTimeout]));
            wants
        }
        None => vec![],
    }
}

/// Another address of the target, or of the gateway that the user named (F09).
pub(super) fn retry(log: &Log, address: IpAddr) -> Outcome {
    let attempt = log.current().filter(|&current| !log.is_up(current));
    let Some(attempt) = attempt else { return Err(vec![Misuse::NothingToRetry]) };
    let notifies = log.notifies(attempt);
    let unusable = match notifies.redirected_from {
        Some(from) => !against(log, from, Some(address)).is_empty(),
        None => never_usable(address).is_some(),
    };
    let mistakes = [
        (log.was_sent_to_an_address(attempt), Misuse::LiteralTarget),
        (unusable, Misuse::UnusableAddress),
    ];
    unless(mistakes, || vec![leave(log, attempt), Want::Start(address, notifies)])
}

/// Another IKE SA while one is up (F11).
pub(super) fn renew(log: &Log, gateway: IpAddr) -> Outcome {
    let is_up = log.current().is_some_and(|current| log.is_up(current));
    let mistakes =
        [(never_usable(gateway).is_some(), Misuse::UnusableAddress), (!is_up, Misuse::NotUp)];
    unless(mistakes, || {
        let left = vacate(log);
        left.into_iter().chain([Want::Start(gateway, first_notifies(log))]).collect()
    })
}

pub(super) fn close(log: &Log) -> Outcome {
    let nothing = log.living().is_empty() && log.question().is_none();
    unless([(nothing, Misuse::NotConnected)], || {
        let abandoned = log.question().map(|_| Want::AbandonVet);
        let left = log.living().into_iter().map(|sa| leave(log, sa));
        abandoned.into_iter().chain(left).collect()
    })
}
