//! What came of it, in words.

use ikev2_redirect::auth::{AuthMessage, PeerAuth, Position};
use ikev2_redirect::initiator::{Action, Event, Moving, Phase, Provenance, SaId};
use ikev2_redirect::{Misuse, Reason};

use super::inputs::Asked;
use super::node::{Do, Node, Result, Stage};

/// What may matter beside what happens.
pub(super) fn details(node: &Node, what: &Do) -> Vec<&'static str> {
    let over_kept = about(what).is_some_and(|sa| node.machine.kept() == Some(sa));
    vec![
        standing(node, what),
        question(node, what),
        match node.config.moving {
            Moving::MakeBeforeBreak => "make before break",
            Moving::BreakBeforeMake => "break before make",
        },
        if over_kept { "the kept one" } else { "the current one" },
        if node.literal { "redirected to an address" } else { "not redirected to an address" },
        if node.machine.kept().is_some() { KEPT } else { "no old IKE SA" },
    ]
}

const KEPT: &str = "an old IKE SA is kept";

/// All that may matter for where it leads.
pub(super) fn every_detail(node: &Node, what: &Do) -> Vec<&'static str> {
    let on = node.config.follows_redirects();
    let mut details = details(node, what);
    details[0] = full_standing(node, what);
    if about(what).is_none() {
        details[1] = question(node, &Do::Refuse);
    }
    details.push(if on { "redirects on" } else { "redirects off" });
    details
}

pub(super) fn about(what: &Do) -> Option<SaId> {
    match what {
        Do::Event(sa, _) => Some(*sa),
        _ => None,
    }
}

fn stage_of(node: &Node, what: &Do) -> Stage {
    about(what).map_or(node.stage_of_current(), |sa| node.stage_of(sa))
}

/// How far the IKE SA is that the event names.
pub(super) fn stage(node: &Node, what: &Do) -> &'static str {
    let Do::Event(_, event) = *what else { return "—" };
    match (stage_of(node, what), event) {
        (Stage::Unfinished, Event::AuthRequestSent { .. }) if node.progress.awaits_response() => {
            "Auth, a request is out"
        }
        (Stage::Unfinished | Stage::Complete, Event::AuthResponseReceived { .. })
            if !node.progress.awaits_response() =>
        {
            "Auth, no request is out"
        }
        (Stage::None, _) => "no IKE SA",
        (Stage::Init, _) => "Init",
        (Stage::Unfinished, Event::InitCompleted { .. } | Event::InitResponseReceived { .. }) => {
            "Auth"
        }
        (Stage::Complete, Event::InitCompleted { .. } | Event::InitResponseReceived { .. }) => {
            "Auth"
        }
        (Stage::Unfinished, _) => "Auth, unfinished",
        (Stage::Complete, _) => "Auth, complete",
        (Stage::Up, _) => "Up",
    }
}

/// Where the IKE_AUTH response stands; else, what matters of how far the IKE SA is.
fn standing(node: &Node, what: &Do) -> &'static str {
    let stage = stage_of(node, what);
    let whole = matches!(stage, Stage::Complete | Stage::Up);
    match *what {
        Do::Event(_, Event::AuthResponseReceived { .. }) => full_standing(node, what),
        Do::Event(_, Event::GivenUp | Event::InformationalReceived { .. }) => {
            if whole {
                "whole"
            } else {
                "not whole"
            }
        }
        Do::Event(..) => "—",
        Do::Connect | Do::Close => {
            let nothing = stage == Stage::None && node.question.is_none();
            if nothing { "no IKE SA and no question" } else { "an IKE SA or a question" }
        }
        _ => match stage {
            Stage::None => "no IKE SA",
            Stage::Up => "one is up",
            Stage::Init | Stage::Unfinished | Stage::Complete => "one is being set up",
        },
    }
}

fn full_standing(node: &Node, what: &Do) -> &'static str {
    let stage = stage_of(node, what);
    if let Do::Event(_, Event::AuthResponseReceived { peer, contents }) = *what {
        if matches!(stage, Stage::Unfinished | Stage::Complete) && node.progress.awaits_response() {
            let mut progress = node.progress;
            let position = progress.response(AuthMessage::of_peer(&contents, peer));
            return match position {
                Position::Intermediate => "intermediate",
                _ if !progress.gateway_authenticated() => "gateway not proven",
                _ if progress.is_complete() => "last, all proven",
                Position::Only | Position::First | Position::Last => "first, gateway proven",
            };
        }
    }
    match stage {
        Stage::None => "no IKE SA",
        Stage::Init => "Init",
        Stage::Unfinished => "Auth, unfinished",
        Stage::Complete => "Auth, complete",
        Stage::Up => "Up",
    }
}

/// The event does not fit where the IKE SA stands: the host's mistake, or a late message.
pub(super) fn is_wrong_time(result: &Result) -> bool {
    const MISTAKES: [Misuse; 4] = [
        Misuse::OutOfTurn,
        Misuse::PhaseIncomplete,
        Misuse::RequestMissing,
        Misuse::RequestRepeated,
    ];
    match result.as_deref() {
        Ok([Action::Misused { misuse, .. }]) => MISTAKES.contains(misuse),
        Ok([Action::Ignored { reason: Reason::OutOfTurn, .. }]) => true,
        _ => false,
    }
}

pub(super) fn event_name(what: &Do) -> &'static str {
    let Do::Event(_, event) = what else { return "an order" };
    match event {
        Event::InitResponseReceived { .. } => "`InitResponseReceived`",
        Event::InitCompleted { .. } => "`InitCompleted`",
        Event::AuthRequestSent { .. } => "`AuthRequestSent`",
        Event::AuthResponseReceived { .. } => "`AuthResponseReceived`",
        Event::Established => "`Established`",
        Event::GivenUp => "`GivenUp`",
        Event::InformationalReceived { .. } => "`InformationalReceived`",
        Event::MisplacedRedirect => "`MisplacedRedirect`",
        Event::Deleted => "`Deleted`",
        Event::Rekeyed => "`Rekeyed`",
        Event::GatewayMoved { .. } => "`GatewayMoved`",
    }
}

/// The message that has a REDIRECT, for a client that wants none.
pub(super) fn carrier(asked: &Asked) -> &'static str {
    match asked.what {
        Do::Event(_, Event::InitResponseReceived { sent, response }) => {
            if response.initiator_spi != sent.spi {
                "IKE_SA_INIT: another SPI"
            } else if response.accepts {
                "IKE_SA_INIT: REDIRECT beside SA, KE and Nr"
            } else {
                "IKE_SA_INIT: REDIRECT, malformed or not"
            }
        }
        Do::Event(_, Event::AuthResponseReceived { contents, .. })
            if contents.fatal_error.is_some() =>
        {
            "IKE_AUTH: REDIRECT, phase failed"
        }
        Do::Event(_, Event::AuthResponseReceived { contents, .. }) if contents.deletes_ike_sa => {
            "IKE_AUTH: REDIRECT, DELETE"
        }
        Do::Event(_, Event::AuthResponseReceived { .. }) => "IKE_AUTH: REDIRECT",
        Do::Event(_, Event::InformationalReceived { repeated: true, .. }) => {
            "INFORMATIONAL: REDIRECT, repeated"
        }
        Do::Event(_, Event::InformationalReceived { contents, .. }) if contents.deletes_ike_sa => {
            "the same with DELETE"
        }
        _ => "INFORMATIONAL: REDIRECT",
    }
}

/// What of an open question can matter here.
fn question(node: &Node, what: &Do) -> &'static str {
    let Some(open) = node.question else { return "not asked" };
    match *what {
        Do::Event(_, Event::InitCompleted { .. }) => match open.provenance {
            Provenance::Init => "asked in IKE_SA_INIT",
            Provenance::Auth | Provenance::Informational => "not asked",
        },
        Do::Event(_, Event::AuthResponseReceived { peer, .. }) if peer != PeerAuth::Failed => {
            "asked"
        }
        Do::Event(sa, Event::InitResponseReceived { .. } | Event::AuthResponseReceived { .. }) => {
            if open.sa == sa {
                "asked about it"
            } else {
                "asked about another"
            }
        }
        Do::Refuse => {
            if open.provenance == Provenance::Auth && node.question_is_of_current() {
                "asked in IKE_AUTH about it"
            } else {
                "asked otherwise"
            }
        }
        _ => "asked",
    }
}

/// Where it leads: what becomes of the IKE SA, or of the connection after an order.
pub(super) fn leads(
    before: &Node,
    after: &Node,
    what: &Do,
    result: &Result,
) -> Option<&'static str> {
    if result.is_err() {
        return None;
    }
    if is_gone(before, after, what) {
        return Some("gone");
    }
    let [from, to] = match about(what) {
        Some(sa) => [before.stage_of(sa), after.stage_of(sa)],
        None => [before.stage_of_current(), after.stage_of_current()],
    };
    let starts = |action: &Action<'_>| matches!(action, Action::StartInit { .. });
    let starts = result.as_ref().is_ok_and(|actions| actions.iter().any(starts));
    match to {
        Stage::Init if starts => Some("Init"),
        Stage::None if from != to || matches!(what, Do::Close) => Some("Idle"),
        Stage::Unfinished if from == Stage::Init => Some("Auth"),
        Stage::Up if from != to => Some("Up"),
        _ => None,
    }
}

/// An IKE SA has gone, and no order has put another in its place.
fn is_gone(before: &Node, after: &Node, what: &Do) -> bool {
    let sa = match what {
        Do::Event(sa, _) => Some(*sa),
        Do::Refuse | Do::TimeoutDue | Do::PermitUnfit(_) => before.machine.sa(),
        _ => None,
    };
    let starts = after.machine.phase() == Phase::Init && after.machine.sa() != before.machine.sa();
    !starts && sa.is_some_and(|sa| after.stage_of(sa) == Stage::None)
}

/// The actions, or the misuse. How an IKE SA is left, what follows when one is gone, and what is
/// the same as something simpler are rules of their own: where they are kept, a word says so.
pub(super) fn actions(before: &Node, after: &Node, asked: &Asked, result: &Result) -> String {
    let words = in_full(before, after, &asked.what, result);
    let simpler = asked.simpler().map(|what| {
        let (after, result) = before.after(&what);
        in_full(before, &after, &what, &result)
    });
    match (asked.what, simpler) {
        (Do::TimeoutDue, Some(refused)) if words == format!("`AbandonVet`, {refused}") => {
            "`AbandonVet`, then as `refuse`".into()
        }
        (Do::PermitUnfit(_), Some(refused)) if words == refused => "as `refuse`".into(),
        (Do::Event(..), Some(first))
            if words == format!("{first}, *lost* (sa-lost)") && !is_wrong_time(result) =>
        {
            "as without, then *lost* (sa-lost)".into()
        }
        (Do::Close, _) if leaves_all(before, result) => "*leave* all".into(),
        _ => words,
    }
}

/// The question is abandoned, the current IKE SA left and the kept one deleted: whatever there is.
fn leaves_all(before: &Node, result: &Result) -> bool {
    let machine = &before.machine;
    let whole = matches!(before.stage_of_current(), Stage::Complete | Stage::Up);
    let abandoned = machine.question().map(|question| Action::AbandonVet { question });
    let left = machine.sa().map(|sa| match whole {
        true => Action::DeleteSa { sa },
        false => Action::DropSa { sa },
    });
    let deleted = machine.kept().map(|sa| Action::DeleteSa { sa });
    let expected: Vec<_> = [abandoned, left, deleted].into_iter().flatten().collect();
    result.as_ref() == Ok(&expected)
}

fn in_full(before: &Node, after: &Node, what: &Do, result: &Result) -> String {
    let actions = match result {
        Ok(actions) => actions,
        Err(misuse) => return format!("misuse: `{misuse:?}`"),
    };
    let mut rest = actions.clone();
    let mut tail = None;
    if is_gone(before, after, what) {
        tail = follows_from_loss(before, after, what, &mut rest);
    }
    let mut words: Vec<String> = rest.iter().map(|action| in_words(before, what, action)).collect();
    words.extend(tail.map(|reason| format!("*lost* ({reason})")));
    if words.is_empty() { "nothing".into() } else { words.join(", ") }
}

/// Takes the report of the loss off the end, if it is what the rule wants; says the reason.
fn follows_from_loss(
    before: &Node,
    after: &Node,
    what: &Do,
    actions: &mut Vec<Action<'static>>,
) -> Option<&'static str> {
    let was_kept = about(what).is_some() && about(what) == before.machine.kept();
    let reported = match (before.machine.kept(), actions.last().copied()) {
        _ if was_kept => None,
        (Some(kept), Some(Action::MoveFailed { sa, reason })) if sa == kept => Some(reason),
        (None, Some(Action::Failed { reason })) if after.question.is_none() => Some(reason),
        (None, _) if after.question.is_some() => None,
        _ => return None,
    };
    let expected = match what {
        Do::Event(_, Event::GivenUp) => Reason::AttemptFailed,
        Do::Event(_, Event::AuthResponseReceived { contents, .. })
            if reported.is_none() && !contents.deletes_ike_sa =>
        {
            Reason::GatewayAuthFailed
        }
        _ => Reason::SaLost,
    };
    if reported.is_some() {
        actions.pop();
    }
    Some(name_of(reported.unwrap_or(expected)))
}

fn in_words(before: &Node, what: &Do, action: &Action<'static>) -> String {
    let is_order = about(what).is_none();
    let current = before.machine.sa();
    match *action {
        Action::DeleteSa { sa } | Action::DropSa { sa } if Some(sa) == current && is_order => {
            let whole = matches!(before.stage_of_current(), Stage::Complete | Stage::Up);
            let deletes = matches!(action, Action::DeleteSa { .. });
            if whole == deletes { "*leave*".into() } else { format!("`{}`!", variant(action)) }
        }
        Action::DeleteSa { sa } if before.machine.kept() == Some(sa) && about(what) != Some(sa) => {
            "`DeleteSa` of the kept one".into()
        }
        Action::Tolerated { reason, .. }
        | Action::Ignored { reason, .. }
        | Action::Refused { reason, .. }
        | Action::MoveFailed { reason, .. }
        | Action::Failed { reason } => format!("`{}` ({})", variant(action), name_of(reason)),
        Action::Misused { misuse, .. } => format!("`Misused` ({})", misuse.name()),
        _ => format!("`{}`", variant(action)),
    }
}

/// The target that is refused stands for all that can be refused, and so does its reason.
fn name_of(reason: Reason) -> &'static str {
    match reason {
        Reason::SelfRedirect | Reason::PolicyRefused | Reason::VetTimeout => "*why*",
        other => other.name(),
    }
}

fn variant(action: &Action<'static>) -> String {
    let debug = format!("{action:?}");
    debug.split([' ', '{', '(']).next().unwrap_or_default().to_string()
}
