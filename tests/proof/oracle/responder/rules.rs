//! The rules of the gateway, each a look at the log.

use ikev2_redirect::auth::{AuthMessage, PeerAuth};
use ikev2_redirect::responder::{Action, Event, Retransmission, Stage, TargetId};
use ikev2_redirect::wire::Contents;
use ikev2_redirect::{Misuse, Reason};

use super::log::{Input, Log, Sent};
use crate::auth::Message;

/// What has to come of `input` now: one of these lists of actions, or which misuse it is.
pub(crate) fn expect(log: &Log, now: u64, input: &Input) -> Result<Vec<Vec<Action>>, Vec<Misuse>> {
    match *input {
        Input::Redirect(target) => redirect(log, target),
        Input::RedirectAt(..) => redirect_at(log),
        Input::Cancel => cancel(log),
        Input::Event(event) => Ok(handle(log, now, event)),
    }
}

fn against_redirect(log: &Log) -> Vec<Misuse> {
    let mut misuse = Vec::new();
    if !log.client.supports_redirect {
        misuse.push(Misuse::ClientUnsupported); // R3-2, D3-2
    }
    if log.is_closed() || log.leaving_since().is_some() {
        misuse.push(Misuse::SaClosed);
    }
    let under_way = log.pending().is_some() || log.scheduled().is_some() || log.sent().is_some();
    if under_way || log.leaving_since().is_some() {
        misuse.push(Misuse::AlreadyRedirecting);
    }
    misuse
}

fn redirect(log: &Log, target: TargetId) -> Result<Vec<Vec<Action>>, Vec<Misuse>> {
    let misuse = against_redirect(log);
    if !misuse.is_empty() {
        Err(misuse)
    } else if log.is_deciding() {
        Ok(vec![respond(log, None, target)])
    } else if log.is_established() {
        Ok(vec![vec![Action::SendRedirect { target }]]) // R5-1
    } else {
        Ok(vec![vec![]]) // R6-5: its moment comes
    }
}

fn redirect_at(log: &Log) -> Result<Vec<Vec<Action>>, Vec<Misuse>> {
    let mut misuse = against_redirect(log);
    if !log.is_established() && !log.is_closed() {
        misuse.push(Misuse::NotEstablished);
    }
    if misuse.is_empty() { Ok(vec![vec![]]) } else { Err(misuse) }
}

fn cancel(log: &Log) -> Result<Vec<Vec<Action>>, Vec<Misuse>> {
    if log.pending().is_some() || log.scheduled().is_some() {
        Ok(vec![vec![]])
    } else {
        Err(vec![Misuse::NothingToCancel])
    }
}

/// The redirecting response to the request at the end of the phase (with `request`, if that is
/// not in the log yet).
fn respond(log: &Log, request: Option<AuthMessage>, target: TargetId) -> Vec<Action> {
    let phase = match request {
        Some(request) => log.auth_phase().with(Message::Request(request)),
        None => log.auth_phase(),
    };
    let mut actions = vec![Action::RespondRedirect {
        target,
        with_identity: phase.gateway_owes_identity(),
        with_auth: !phase.gateway_verified(), // R6-10
    }];
    let ended = phase.with(Message::Response(AuthMessage { auth: true, ..AuthMessage::NOTHING }));
    if !ended.ends_with_last() {
        actions.push(Action::DropSa); // R6-12
    }
    actions
}

fn ignored(reasons: &[Reason]) -> Vec<Vec<Action>> {
    reasons.iter().map(|&reason| vec![Action::Ignored { reason }]).collect()
}

fn handle(log: &Log, now: u64, event: Event<'static>) -> Vec<Vec<Action>> {
    if log.is_closed() {
        return after_the_end(event);
    }
    match event {
        Event::AuthRequest { peer, contents } => auth_request(log, peer, contents),
        Event::AuthResponse { sent } => auth_response(log, sent),
        Event::Acknowledged => match log.sent() {
            Some(_) => vec![vec![]],
            None => ignored(&[Reason::OutOfTurn]),
        },
        Event::NoAnswer => match log.sent() {
            Some(_) => vec![failed(Reason::NoAnswer)],
            None => ignored(&[Reason::OutOfTurn]),
        },
        Event::Informational { contents } => informational(log, contents),
        Event::MisplacedRedirect => ignored(&[Reason::MisplacedRedirect, Reason::WrongDirection]),
        Event::SaDeleted => vec![gone(log)],
        Event::Rekeyed => rekeyed(log),
        Event::Timeout => vec![time_out(log, now)],
    }
}

fn after_the_end(event: Event<'static>) -> Vec<Vec<Action>> {
    match event {
        Event::Timeout => vec![vec![]],
        Event::MisplacedRedirect => {
            ignored(&[Reason::MisplacedRedirect, Reason::WrongDirection, Reason::UnknownSa])
        }
        _ => ignored(&[Reason::UnknownSa, Reason::OutOfTurn]),
    }
}

fn auth_request(log: &Log, peer: PeerAuth, contents: Contents<'static>) -> Vec<Vec<Action>> {
    if log.is_established() || log.is_deciding() {
        return ignored(&[Reason::OutOfTurn]);
    }
    if peer == PeerAuth::Failed {
        // R6-3; the client is told as usual that its AUTH is wrong.
        return vec![[vec![Action::PassOn], failed(Reason::ClientAuthFailed)].concat()];
    }
    let request = AuthMessage::of_peer(&contents, peer);
    // R8-2: the REDIRECT is ignored, the request is not.
    let redirect = contents.redirect.map(|_| Action::Ignored { reason: Reason::WrongDirection });
    let mut actions: Vec<Action> = redirect.into_iter().collect();
    actions.extend(match (legal_stage(log, request), log.pending()) {
        (Some(_), Some(target)) => respond(log, Some(request), target),
        (Some(stage), None) => vec![Action::Decide { stage }],
        (None, _) => vec![Action::PassOn],
    });
    vec![actions]
}

/// Whether the response to this request may redirect (R6-3, R6-6, R6-8, D3-2).
fn legal_stage(log: &Log, request: AuthMessage) -> Option<Stage> {
    if !log.client.supports_redirect {
        return None;
    }
    let asked = log.auth_phase().with(Message::Request(request));
    let ended = asked.clone().with(Message::Response(AuthMessage::NOTHING));
    if ended.ends_with_last() {
        Some(Stage::Complete)
    } else if !ended.ends_with_first() {
        None
    } else if request.auth {
        Some(Stage::First)
    } else {
        log.config.redirect_unauthenticated.then_some(Stage::Claimed) // R9-6
    }
}

/// The usual response. A decision that came too late for the phase that ends here goes into the
/// session.
fn auth_response(log: &Log, sent: AuthMessage) -> Vec<Vec<Action>> {
    if log.is_established() {
        return ignored(&[Reason::OutOfTurn]);
    }
    let ends = log.auth_phase().with(Message::Response(sent)).is_complete();
    let waiting = log.pending().filter(|_| ends);
    vec![waiting.map(|target| Action::SendRedirect { target }).into_iter().collect()]
}

fn informational(log: &Log, contents: Contents<'static>) -> Vec<Vec<Action>> {
    let mut actions = match contents.redirect {
        // R8-2: acknowledged like any request, and ignored.
        Some(_) => {
            vec![Action::Acknowledge, Action::Ignored { reason: Reason::WrongDirection }]
        }
        None => vec![Action::PassOn],
    };
    if contents.deletes_ike_sa {
        actions.extend(gone(log));
    }
    vec![actions]
}

/// The client deletes the IKE SA: as it was told, which the host may like to know, or for
/// reasons of its own, which the host knows by itself.
fn gone(log: &Log) -> Vec<Action> {
    if log.leaving_since().is_some() || log.sent().is_some() {
        vec![Action::ClientLeft]
    } else {
        vec![]
    }
}

/// The IKE SA cannot go on: whatever the host has of it is dropped.
fn failed(reason: Reason) -> Vec<Action> {
    vec![Action::DropSa, Action::Failed { reason }]
}

/// Roles and support survive (R8-2, D3-1). A request that is not answered yet belongs to the old
/// IKE SA, which goes: the REDIRECT is sent anew.
fn rekeyed(log: &Log) -> Vec<Vec<Action>> {
    match log.sent() {
        Some(Sent { target, .. }) => vec![vec![Action::SendRedirect { target }]],
        None if log.is_established() => vec![vec![]],
        None => ignored(&[Reason::OutOfTurn]),
    }
}

fn time_out(log: &Log, now: u64) -> Vec<Action> {
    if let Some((target, at)) = log.scheduled() {
        return if now >= at { vec![Action::SendRedirect { target }] } else { vec![] };
    }
    if let (Some(sent), Some(due)) = (log.sent(), resend_at(log)) {
        return if now >= due { again(log, sent) } else { vec![] };
    }
    match departure(log) {
        Some(due) if now >= due => vec![Action::DeleteSa], // R5-8, R5-9
        _ => vec![],
    }
}

fn again(log: &Log, sent: Sent) -> Vec<Action> {
    let tries = match log.config.retransmission {
        Retransmission::ByHost => 0,
        Retransmission::ByMachine { tries, .. } => usize::from(tries),
    };
    if sent.repeats < tries {
        vec![Action::Retransmit] // R5-5
    } else {
        failed(Reason::NoAnswer)
    }
}

/// When the REDIRECT that was sent is due again: after pauses that double, up to sixteen times
/// the first.
pub(crate) fn resend_at(log: &Log) -> Option<u64> {
    let sent = log.sent()?;
    match log.config.retransmission {
        Retransmission::ByHost => None,
        Retransmission::ByMachine { first_pause, .. } => {
            let factor = 1 << sent.repeats.min(4);
            let pause = (u64::from(first_pause) * factor).min(u64::from(u32::MAX));
            Some(sent.latest.saturating_add(pause))
        }
    }
}

/// When the client's time to leave is over (R5-10).
pub(crate) fn departure(log: &Log) -> Option<u64> {
    log.leaving_since().map(|since| since.saturating_add(u64::from(log.config.grace)))
}
