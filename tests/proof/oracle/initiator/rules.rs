//! The rules of the client, each a look at the log.

use std::net::IpAddr;

use ikev2_redirect::auth::{AuthMessage, PeerAuth};
use ikev2_redirect::initiator::{Event, Moving, Provenance, Refusal, SentInit, Slot};
use ikev2_redirect::wire::{Contents, InitNotifies, InitResponse, Redirect, Spi};
use ikev2_redirect::{Misuse, Reason, Target};

use super::log::{Input, Log, Question};
use super::want::Want;
use crate::auth::Message;

/// What has to come of `input` now, or which misuse it is.
pub(crate) fn expect(log: &Log, now: u64, input: &Input) -> Result<Vec<Want>, Vec<Misuse>> {
    match *input {
        Input::Connect(address) => connect(log, address),
        Input::Permit(address) => match log.question() {
            Some(question) => Ok(permit(log, now, question, address)),
            None => Err(vec![Misuse::UnknownQuestion]),
        },
        Input::Refuse(refusal) => match log.question() {
            Some(question) => Ok(refuse(log, question, vec![reason_of(refusal)])),
            None => Err(vec![Misuse::UnknownQuestion]),
        },
        Input::Close => close(log),
        Input::Event(Event::Timeout) => Ok(time_out(log, now)),
        Input::Event(event) => Ok(event_of_sa(log, now, event)),
    }
}

fn reason_of(refusal: Refusal) -> Reason {
    match refusal {
        Refusal::Policy => Reason::PolicyRefused,
        Refusal::Unresolvable => Reason::Unresolvable,
    }
}

fn connect(log: &Log, address: IpAddr) -> Result<Vec<Want>, Vec<Misuse>> {
    let mut misuse = Vec::new();
    if log.current().is_some() {
        misuse.push(Misuse::AlreadyConnected);
    }
    if never_usable(address).is_some() {
        misuse.push(Misuse::UnusableAddress);
    }
    if misuse.is_empty() {
        Ok(vec![Want::Start(None, address, first_notifies(log))])
    } else {
        Err(misuse)
    }
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

fn redirects_on(log: &Log) -> bool {
    log.config.max_redirects > 0
}

/// What no address of a gateway can be, whatever the settings.
fn never_usable(address: IpAddr) -> Option<Reason> {
    match address {
        IpAddr::V4(v4) if v4.octets()[0] == 0 => Some(Reason::UnspecifiedTarget),
        IpAddr::V6(v6) if v6.is_unspecified() => Some(Reason::UnspecifiedTarget),
        _ if address.is_multicast() => Some(Reason::MulticastTarget),
        IpAddr::V4(v4) if v4.is_broadcast() => Some(Reason::BroadcastTarget),
        IpAddr::V6(v6) if v6.to_ipv4_mapped().is_some() => Some(Reason::MappedTarget),
        _ => None,
    }
}

fn not_opted_in(log: &Log, address: IpAddr) -> Option<Reason> {
    let rules = log.config.targets;
    let link_local = match address {
        IpAddr::V4(v4) => v4.is_link_local(),
        IpAddr::V6(v6) => v6.segments()[0] & 0xffc0 == 0xfe80,
    };
    if address.is_loopback() && !rules.allow_loopback {
        Some(Reason::LoopbackTarget)
    } else if link_local && !rules.allow_link_local {
        Some(Reason::LinkLocalTarget)
    } else {
        None
    }
}

/// Every rule against following a redirect now to this address (unknown yet for a name).
fn against(log: &Log, now: u64, from: IpAddr, to: Option<IpAddr>) -> Vec<Reason> {
    let mut reasons = Vec::new();
    if !redirects_on(log) {
        reasons.push(Reason::RedirectsOff);
    }
    if log.followed(now) >= usize::from(log.config.max_redirects) {
        reasons.push(Reason::LimitReached); // R9-4
    }
    if let Some(to) = to {
        reasons.extend(never_usable(to));
        reasons.extend(not_opted_in(log, to));
        if to == from {
            reasons.push(Reason::SelfRedirect);
        }
    }
    reasons
}

fn permit(log: &Log, now: u64, question: Question, address: IpAddr) -> Vec<Want> {
    let from = log.gateway(question.slot).expect("a question has a gateway");
    let against = against(log, now, from, Some(address));
    if !against.is_empty() {
        return refuse(log, question, against);
    }
    let mut wants = leave(log, question);
    // An attempt that is redirected in IKE_SA_INIT has nothing to be left: its slot is taken.
    let slot = (question.provenance == Provenance::Init).then_some(question.slot);
    wants.push(Want::Redirected(from, address, question.provenance));
    wants.push(Want::Start(slot, address, later_notifies(log, from)));
    wants
}

/// How the IKE SA over which a followed REDIRECT came is left.
fn leave(log: &Log, question: Question) -> Vec<Want> {
    let slot = question.slot;
    if !log.is_alive(slot) {
        return vec![];
    }
    match question.provenance {
        Provenance::Init => vec![],
        Provenance::Auth => vec![leave_auth(log, slot)],
        Provenance::Informational => match log.config.moving {
            Moving::MakeBeforeBreak => vec![],
            Moving::BreakBeforeMake => vec![Want::Delete(slot)], // R5-7
        },
    }
}

/// A complete IKE_AUTH phase has made an IKE SA, to be deleted (R6-2, D6-1); any other has not
/// (R6-12).
fn leave_auth(log: &Log, slot: Slot) -> Want {
    if log.auth_phase(slot).is_complete() { Want::Delete(slot) } else { Want::Drop(slot) }
}

fn refuse(log: &Log, question: Question, reasons: Vec<Reason>) -> Vec<Want> {
    let slot = question.slot;
    let mut wants = vec![Want::Refused(reasons.clone())];
    if !log.is_alive(slot) {
        wants.push(lost(log, reasons));
    } else if question.provenance == Provenance::Auth {
        wants.push(leave_auth(log, slot));
        wants.push(lost(log, reasons));
    }
    wants
}

/// The attempt, or the IKE SA in use, is no more.
fn lost(log: &Log, reasons: Vec<Reason>) -> Want {
    if log.kept().is_some() { Want::MoveFailed(reasons) } else { Want::Failed(reasons) }
}

fn close(log: &Log) -> Result<Vec<Want>, Vec<Misuse>> {
    if log.current().is_none() {
        return Err(vec![Misuse::NotConnected]);
    }
    let mut wants: Vec<Want> = log.living().into_iter().map(|slot| end(log, slot)).collect();
    if log.question().is_some() {
        wants.push(Want::AbandonVet);
    }
    Ok(wants)
}

/// An established IKE SA, or one whose IKE_AUTH phase is complete, is deleted; an attempt is
/// forgotten.
fn end(log: &Log, slot: Slot) -> Want {
    if log.is_established(slot) { Want::Delete(slot) } else { leave_auth(log, slot) }
}

fn time_out(log: &Log, now: u64) -> Vec<Want> {
    match log.question() {
        Some(question) if now >= log.expiry(&question) => {
            let mut wants = refuse(log, question, vec![Reason::VetTimeout]);
            wants.push(Want::AbandonVet);
            wants
        }
        _ => vec![],
    }
}

fn event_of_sa(log: &Log, now: u64, event: Event<'static>) -> Vec<Want> {
    let slot = event.slot().expect("every other event names a slot");
    if !log.is_alive(slot) && log.current() != Some(slot) {
        return match event {
            Event::MisplacedRedirect { .. } => {
                ignored(&[Reason::UnknownSa, Reason::MisplacedRedirect])
            }
            _ => ignored(&[Reason::UnknownSa]),
        };
    }
    match event {
        Event::InitResponse { slot, sent, response } => {
            init_response(log, now, slot, sent, response)
        }
        Event::InitCompleted { slot, .. } => init_completed(log, slot),
        Event::AuthRequest { slot, .. } => in_turn(log, is_in_auth(log, slot), vec![]),
        Event::AuthResponse { slot, peer, contents } => {
            auth_response(log, now, slot, peer, contents)
        }
        Event::Established { slot } => established(log, slot),
        Event::AttemptFailed { slot } => attempt_failed(log, slot),
        Event::Informational { slot, contents, repeated } => {
            informational(log, now, slot, contents, repeated)
        }
        Event::MisplacedRedirect { .. } => ignored(&[Reason::MisplacedRedirect]), // R1-1
        Event::SaDeleted { slot } => sa_deleted(log, slot),
        Event::Rekeyed { slot } => in_turn(log, log.is_established(slot), vec![]),
        Event::Timeout => unreachable!("names no slot"),
    }
}

fn ignored(reasons: &[Reason]) -> Vec<Want> {
    vec![Want::Ignored(reasons.to_vec())]
}

fn in_turn(log: &Log, fits: bool, wants: Vec<Want>) -> Vec<Want> {
    if fits { wants } else { ignored(&out_of_turn(log)) }
}

fn out_of_turn(log: &Log) -> Vec<Reason> {
    let mut reasons = vec![Reason::OutOfTurn];
    if log.question().is_some() {
        reasons.push(Reason::QuestionOpen);
    }
    if log.kept().is_some() {
        reasons.push(Reason::MoveInProgress);
    }
    reasons
}

/// The slot's attempt waits for its IKE_SA_INIT response.
fn is_in_init(log: &Log, slot: Slot) -> bool {
    log.is_alive(slot) && !log.has_keys(slot) && log.question().is_none()
}

/// The slot's attempt is in its IKE_AUTH phase.
fn is_in_auth(log: &Log, slot: Slot) -> bool {
    log.is_alive(slot)
        && log.has_keys(slot)
        && !log.is_established(slot)
        && log.question().is_none()
}

/// The host may still have been busy with a response that came before the REDIRECT that is
/// vetted: that was the first.
fn init_completed(log: &Log, slot: Slot) -> Vec<Want> {
    match log.question() {
        Some(Question { provenance: Provenance::Init, slot: of, .. })
            if of == slot && log.is_alive(slot) =>
        {
            vec![Want::AbandonVet]
        }
        _ => in_turn(log, is_in_init(log, slot), vec![]),
    }
}

fn init_response(
    log: &Log,
    now: u64,
    slot: Slot,
    sent: SentInit<'static>,
    response: InitResponse<'static>,
) -> Vec<Want> {
    if !is_in_init(log, slot) {
        return ignored(&out_of_turn(log));
    }
    let Some(redirect) = response.redirect else {
        return if response.initiator_spi == sent.spi {
            vec![Want::PassOn]
        } else {
            ignored(&[Reason::WrongInitiatorSpi])
        };
    };
    let mut faults = Vec::new();
    if response.initiator_spi != sent.spi {
        faults.push(Reason::WrongInitiatorSpi);
    }
    match redirect {
        Err(reason) => faults.push(reason),
        // R3-8, R3-9
        Ok(redirect) if redirect.nonce.octets() != sent.nonce => faults.push(Reason::NonceMismatch),
        Ok(_) => {}
    }
    if !redirects_on(log) {
        faults.push(Reason::RedirectsOff);
    }
    match redirect {
        Ok(redirect) if faults.is_empty() => {
            let mut wants = ask(log, now, slot, redirect.target, Provenance::Init);
            // What is refused is not tolerated: one reason is enough.
            let asks = matches!(wants[..], [Want::Vet(..)]);
            if asks && response.responder_spi != Spi::ZERO {
                wants.push(Want::Tolerated(Reason::NonzeroResponderSpi));
            }
            wants
        }
        _ => ignored(&faults),
    }
}

/// A REDIRECT that is heeded: the host is asked, unless a rule is against it already.
fn ask(
    log: &Log,
    now: u64,
    slot: Slot,
    target: Target<'static>,
    provenance: Provenance,
) -> Vec<Want> {
    let from = log.gateway(slot).expect("a living slot has a gateway");
    let against = against(log, now, from, target.address());
    if against.is_empty() {
        vec![Want::Vet(target, provenance)]
    } else {
        vec![Want::Refused(against)]
    }
}

fn auth_response(
    log: &Log,
    now: u64,
    slot: Slot,
    peer: PeerAuth,
    contents: Contents<'static>,
) -> Vec<Want> {
    if !is_in_auth(log, slot) {
        return ignored(&out_of_turn(log));
    }
    if peer == PeerAuth::Failed {
        return vec![Want::Drop(slot), lost(log, vec![Reason::GatewayAuthFailed])];
    }
    let Some(redirect) = contents.redirect else { return vec![Want::PassOn] };
    let response = Message::Response(AuthMessage::of_peer(&contents, peer));
    let phase = log.auth_phase(slot).with(response);

    let mut faults = Vec::new();
    if !phase.ends_with_first() && !phase.ends_with_last() {
        faults.push(Reason::IntermediateResponse); // R6-13, R6-14
    }
    if !phase.gateway_verified() {
        faults.push(Reason::GatewayUnverified); // R6-4, R6-11
    }
    if !redirects_on(log) {
        faults.push(Reason::RedirectsOff);
    }
    if !faults.is_empty() {
        // The REDIRECT is ignored, the response is not: the host goes on with the rest of it.
        return vec![Want::Ignored(faults), Want::PassOn];
    }
    let mut wants = match redirect {
        Ok(redirect) => ask(log, now, slot, redirect.target, Provenance::Auth),
        // A proven gateway wants the client away and does not say where to: refused like a target
        // that cannot be followed.
        Err(reason) => vec![Want::Refused(vec![reason])],
    };
    if let [Want::Refused(reasons)] = &wants[..] {
        let reasons = reasons.clone();
        let left = if phase.is_complete() { Want::Delete(slot) } else { Want::Drop(slot) };
        wants.extend([left, lost(log, reasons)]);
    }
    wants
}

fn established(log: &Log, slot: Slot) -> Vec<Want> {
    if log.is_established(slot) && log.kept() != Some(slot) {
        return vec![]; // known already
    }
    if !is_in_auth(log, slot) {
        return ignored(&out_of_turn(log));
    }
    if !log.auth_phase(slot).is_complete() {
        return ignored(&[Reason::OutOfTurn]);
    }
    log.kept().map(Want::Delete).into_iter().collect() // R5-7
}

fn attempt_failed(log: &Log, slot: Slot) -> Vec<Want> {
    if log.kept() == Some(slot) {
        return ignored(&out_of_turn(log));
    }
    let whole = log.is_alive(slot) && log.auth_phase(slot).is_complete();
    let left = whole.then_some(Want::Delete(slot));
    match log.question().map(|question| question.provenance) {
        // The verdict ends the attempt in any case.
        Some(Provenance::Auth) => ignored(&out_of_turn(log)),
        // The question outlives what it came over.
        Some(Provenance::Init | Provenance::Informational) => left.into_iter().collect(),
        None => left.into_iter().chain([lost(log, vec![Reason::AttemptFailed])]).collect(),
    }
}

fn informational(
    log: &Log,
    now: u64,
    slot: Slot,
    contents: Contents<'static>,
    repeated: bool,
) -> Vec<Want> {
    // RFC 7296 has no INFORMATIONAL exchange before the initial exchanges are over. One that
    // overtakes the last IKE_AUTH response is not acknowledged, or its REDIRECT would be lost:
    // the gateway sends it again, and then it is heeded.
    // Over one that is gone the request with the DELETE may still be repeated.
    let up = log.is_established(slot) || log.auth_phase(slot).is_complete();
    let gone = log.has_keys(slot) && !log.is_alive(slot);
    if !up && !gone {
        return ignored(&[out_of_turn(log), vec![Reason::OutOfTurn]].concat());
    }
    let mut wants = match contents.redirect {
        Some(redirect) => answer_redirect(log, now, slot, redirect, repeated),
        None => vec![Want::PassOn],
    };
    // The question outlives the IKE SA that it came over.
    let asks = wants.iter().any(|want| matches!(want, Want::Vet(..)));
    if asks {
        wants.extend(log.kept().map(Want::Delete)); // R5-7: the client has arrived here
    } else if contents.deletes_ike_sa {
        wants.extend(sa_deleted(log, slot));
    }
    wants
}

fn answer_redirect(
    log: &Log,
    now: u64,
    slot: Slot,
    redirect: Result<Redirect<'static>, Reason>,
    repeated: bool,
) -> Vec<Want> {
    let mut wants = vec![Want::Acknowledge(slot)]; // R5-4
    let mut faults = Vec::new();
    if repeated {
        faults.push(Reason::RepeatedRequest);
    }
    if log.question().is_some() {
        faults.push(Reason::QuestionOpen);
    }
    if log.kept() == Some(slot) {
        faults.push(Reason::MoveInProgress);
    }
    if !redirects_on(log) {
        faults.push(Reason::RedirectsOff);
    }
    match redirect {
        _ if !faults.is_empty() => wants.extend(ignored(&faults)),
        Err(reason) => wants.push(Want::Refused(vec![reason])),
        Ok(redirect) => {
            wants.extend(ask(log, now, slot, redirect.target, Provenance::Informational));
        }
    }
    wants
}

fn sa_deleted(log: &Log, slot: Slot) -> Vec<Want> {
    if !log.has_keys(slot) {
        return ignored(&out_of_turn(log)); // there is no IKE SA before there are keys
    }
    if log.kept() == Some(slot) || log.question().is_some() {
        vec![]
    } else {
        vec![lost(log, vec![Reason::SaLost])]
    }
}
