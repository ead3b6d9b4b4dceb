//! The rules of the gateway: what has to come of each call, and which facts it makes.

use ikev2_redirect::auth::{AuthMessage, PeerAuth};
use ikev2_redirect::responder::{Action, Awaits, Event, Retransmission, Stage, TargetId};
use ikev2_redirect::wire::Contents;
use ikev2_redirect::{Misuse, Reason};

use super::history::{Fact, History, NEVER};
use super::want::{Actions, Want};
use crate::applying;
use crate::auth::{AuthPhase, Message, carried, contradicts};

/// What the host does to the machine.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Input {
    Redirect(TargetId),
    RedirectAt(TargetId, u64),
    Cancel,
    Event(Event<'static>),
    Timeout,
    /// To a clock that shows so much more.
    OtherClock(u64),
}

/// What comes of a call, and what is true from then on. A call that makes no fact changes nothing.
pub(crate) struct Ruling {
    pub(crate) want: Want,
    pub(crate) facts: Vec<Fact>,
}

pub(crate) fn rule(history: &History, now: u64, input: &Input) -> Ruling {
    match *input {
        Input::Redirect(target) => redirect(history, target, 0, now),
        Input::RedirectAt(target, from) => redirect(history, target, from, now),
        Input::Cancel => cancel(history),
        Input::Event(event) if history.is_gone() => after_the_end(event),
        Input::Event(event) => handle(history, now, event),
        Input::Timeout => time_out(history, now),
        Input::OtherClock(_) => orders(&[], &[]),
    }
}

fn ruling(actions: Actions, facts: &[Fact]) -> Ruling {
    Ruling { want: Want::Actions(actions), facts: facts.to_vec() }
}

fn orders(orders: &[Action], facts: &[Fact]) -> Ruling {
    ruling(Actions::orders(orders), facts)
}

fn refused(misuse: Misuse) -> Ruling {
    Ruling { want: Want::Refused(misuse), facts: vec![] }
}

fn ignored(reason: Reason) -> Ruling {
    ruling(Actions::default().and_notice(Some(Action::Ignored { reason })), &[])
}

/// F18, F23: a mistake of the host is told as one.
fn mistaken(misuse: Misuse) -> Ruling {
    ruling(Actions::default().and_notice(Some(Action::Misused { misuse })), &[])
}

/// A time that is over counts as now, and the one that never comes does not come (F17, F22).
fn has_come(from: u64, now: u64) -> bool {
    from != NEVER && from <= now
}

fn redirect(history: &History, target: TargetId, from: u64, now: u64) -> Ruling {
    if let Some(misuse) = against_redirect(history) {
        return refused(misuse);
    }
    let decided = Fact::Decided { target, from };
    if history.is_asked() {
        if has_come(from, now) {
            respond(history, None, target)
        } else {
            orders(&[Action::PassOn], &[decided]) // F17: the question is answered
        }
    } else if history.is_up() && has_come(from, now) {
        orders(&[Action::SendRedirect { target }], &[decided, Fact::Sent(target)]) // R5-1
    } else {
        orders(&[], &[decided]) // R6-5: its moment comes
    }
}

/// The first mistake there is.
fn against_redirect(history: &History) -> Option<Misuse> {
    let under_way = history.waiting().is_some() || history.is_redirected();
    let mistakes = applying([
        (!history.client.supports_redirect, Misuse::ClientUnsupported), // R3-2, D3-2
        (history.is_gone(), Misuse::SaClosed),
        (under_way, Misuse::AlreadyRedirecting),
    ]);
    mistakes.first().copied()
}

fn cancel(history: &History) -> Ruling {
    match history.waiting() {
        Some(_) => orders(&[], &[Fact::TakenBack]),
        None => refused(Misuse::NothingToCancel),
    }
}

/// The response to the request at the end of the phase redirects; `request`, if that is not a
/// fact yet.
fn respond(history: &History, request: Option<AuthMessage>, target: TargetId) -> Ruling {
    let mut phase = history.auth_phase();
    let mut facts = vec![];
    if let Some(request) = request {
        phase = phase.with(Message::Request(request));
        facts.push(Fact::Request(request));
    }
    let action = Action::RespondRedirect {
        target,
        with_identity: phase.gateway_owes_identity(),
        with_auth: !phase.gateway_verified(), // R6-10
    };
    // D6-1: with both sides proven there is an IKE SA; R6-12: else there never is.
    if phase.client_done() {
        facts.push(Fact::RespondedLast);
        orders(&[action], &facts)
    } else {
        facts.push(Fact::Gone);
        orders(&[action, Action::DropSa], &facts)
    }
}

/// Whatever is told of what is gone comes late.
fn after_the_end(event: Event<'static>) -> Ruling {
    match event {
        Event::MisplacedRedirect => ignored(Reason::WrongDirection), // R8-2
        _ => ignored(Reason::UnknownSa),
    }
}

fn handle(history: &History, now: u64, event: Event<'static>) -> Ruling {
    match event {
        Event::AuthRequestReceived { peer, contents } => request(history, now, peer, &contents),
        Event::AuthResponseSent { sent } => response(history, now, sent),
        Event::Acknowledged => match answered(history) {
            None => orders(&[], &[Fact::Acknowledged]), // R5-5, D5-1
            Some(otherwise) => otherwise,
        },
        Event::NoAnswer => match answered(history) {
            None => failed(&[], Reason::NoAnswer),
            Some(otherwise) => otherwise,
        },
        Event::InformationalReceived { contents } => informational(history, &contents),
        Event::MisplacedRedirect => ignored(Reason::WrongDirection), // R8-2
        Event::Deleted => gone(history, Actions::default()),
        Event::Rekeyed => rekeyed(history),
    }
}

/// Why there is no REDIRECT whose answer could be told of. One that is acknowledged over two IKE
/// SAs is late, and whoever was redirected in IKE_AUTH counts as such, too; one that was never sent
/// is the host's mistake.
fn answered(history: &History) -> Option<Ruling> {
    let was_sent = history.facts.iter().any(|(_, fact)| matches!(fact, Fact::Sent(_)));
    if history.unanswered().is_some() {
        None
    } else if was_sent || history.told_at().is_some() {
        Some(ignored(Reason::OutOfTurn))
    } else {
        Some(mistaken(Misuse::OutOfTurn))
    }
}

/// R8-2: the client's REDIRECT is ignored, what it stands in is not.
fn wrong_direction(contents: &Contents<'_>) -> Option<Action> {
    contents.redirect.map(|_| Action::Ignored { reason: Reason::WrongDirection })
}

fn request(history: &History, now: u64, peer: PeerAuth, contents: &Contents<'_>) -> Ruling {
    if history.is_up() {
        return ignored(Reason::OutOfTurn);
    }
    if history.is_request_open() {
        return mistaken(Misuse::RequestRepeated);
    }
    if contradicts(peer, contents) {
        return mistaken(Misuse::AuthContradiction);
    }
    // The error response goes out as usual, then nothing is left.
    if contents.fatal_error.is_some() {
        return failed(&[Action::PassOn], Reason::FatalNotification);
    }
    if peer == PeerAuth::Failed {
        return failed(&[Action::PassOn], Reason::ClientAuthFailed); // R6-3
    }
    let carries = carried(contents, peer);
    noticing(proven_request(history, now, carries), wrong_direction(contents))
}

fn proven_request(history: &History, now: u64, carries: AuthMessage) -> Ruling {
    let requested = Fact::Request(carries);
    match (legal_stage(history, carries), history.waiting()) {
        (Some(_), Some((target, from))) if has_come(from, now) => {
            respond(history, Some(carries), target)
        }
        (Some(stage), None) => orders(&[Action::Decide { stage }], &[requested, Fact::Asked]),
        (Some(_) | None, _) => orders(&[Action::PassOn], &[requested]),
    }
}

/// Whether the response to this request may redirect (R6-3, R6-6, R6-8, D3-2).
fn legal_stage(history: &History, request: AuthMessage) -> Option<Stage> {
    let ended: AuthPhase = history
        .auth_phase()
        .with(Message::Request(request))
        .with(Message::Response(AuthMessage::NOTHING));
    if !history.client.supports_redirect {
        None
    } else if ended.client_done() {
        Some(Stage::Complete)
    } else if !ended.ends_with_first() {
        None
    } else if request.auth {
        Some(Stage::First)
    } else {
        history.config.redirect_unauthenticated.then_some(Stage::Claimed) // R9-6
    }
}

/// The usual response. A decision that was too late for the phase goes into the session.
fn response(history: &History, now: u64, sent: AuthMessage) -> Ruling {
    if !history.is_request_open() {
        return mistaken(Misuse::RequestMissing);
    }
    let responded = Fact::Response(sent);
    let completes = history.auth_phase().with(Message::Response(sent)).is_complete();
    match history.waiting().filter(|&(_, from)| completes && has_come(from, now)) {
        Some((target, _)) => {
            orders(&[Action::SendRedirect { target }], &[responded, Fact::Sent(target)])
        }
        None => orders(&[], &[responded]),
    }
}

fn informational(history: &History, contents: &Contents<'_>) -> Ruling {
    let answer = match contents.redirect {
        Some(_) => Action::Acknowledge, // R5-4, R8-2
        None => Action::PassOn,
    };
    let ruling = if contents.deletes_ike_sa {
        gone(history, Actions::orders(&[answer]))
    } else if contents.fatal_error.is_some() {
        // RFC 7296, 2.21.2: gone without a DELETE.
        failed(&[answer], Reason::FatalNotification)
    } else {
        orders(&[answer], &[])
    };
    noticing(ruling, wrong_direction(contents))
}

/// The client deletes the IKE SA: as it was told, which the host is told, or for reasons of its
/// own, which the host knows by itself.
fn gone(history: &History, actions: Actions) -> Ruling {
    let left = history.is_redirected().then_some(Action::ClientLeft);
    ruling(actions.and_notice(left), &[Fact::Gone])
}

/// The IKE SA cannot go on: the host is told why, and drops what it has of it.
fn failed(first: &[Action], reason: Reason) -> Ruling {
    let actions = Actions::orders(&[first, &[Action::DropSa]].concat());
    ruling(actions.and_notice(Some(Action::Failed { reason })), &[Fact::Gone])
}

fn noticing(mut ruling: Ruling, notice: Option<Action>) -> Ruling {
    if let Want::Actions(actions) = &mut ruling.want {
        *actions = std::mem::take(actions).and_notice(notice);
    }
    ruling
}

/// Roles and support survive (R8-2, D3-1). A REDIRECT that is not answered goes out over the new
/// IKE SA, too, which is no new beginning: it makes no fact (F16).
fn rekeyed(history: &History) -> Ruling {
    match history.unanswered() {
        Some(unanswered) => orders(&[Action::SendRedirect { target: unanswered.target }], &[]),
        None if history.is_up() => orders(&[], &[]),
        None => mistaken(Misuse::OutOfTurn),
    }
}

/// Nothing is due before its time (F22: nor at the time that never comes).
fn time_out(history: &History, now: u64) -> Ruling {
    let due = history.deadline().filter(|(at, _)| *at <= now).map(|(_, awaits)| awaits);
    match due {
        None => orders(&[], &[]),
        Some(Awaits::Departure) => orders(&[Action::DeleteSa], &[Fact::Gone]), // R5-8, R5-9
        Some(Awaits::Schedule) => {
            let (target, _) = history.waiting().expect("it has a time");
            orders(&[Action::SendRedirect { target }], &[Fact::Sent(target)])
        }
        Some(Awaits::Acknowledgement) => {
            let repeats = history.unanswered().expect("it is sent").repeats;
            let tries = match history.config.retransmission {
                Retransmission::ByHost { .. } => 0,
                Retransmission::ByMachine { tries, .. } => u32::from(tries),
            };
            if repeats < tries {
                orders(&[Action::Retransmit], &[Fact::SentAgain]) // R5-5
            } else {
                failed(&[], Reason::NoAnswer)
            }
        }
    }
}
