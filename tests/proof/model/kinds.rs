//! Kinds of steps: what a step meets, what it is and what comes of it, with gateways and IKE SAs
//! named by the part that they play. If larger bounds bring no new kind, then they bring nothing
//! that the smaller ones have not shown.

use std::net::IpAddr;

use ikev2_redirect::initiator::{Action, SaId};
use ikev2_redirect::responder;
use ikev2_redirect::{Actions, Reason};

use crate::rows::{ClientInput, ClientPlace, place};
use crate::truth::client::{Host, Named};
use crate::watch::client::{Cause, Command, WatchedClient};

/// The part that an IKE SA plays for the client.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Part {
    Current,
    Kept,
    Gone,
}

/// Which of the gateways in play an address belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Whose {
    of_current: bool,
    of_kept: bool,
    sent_there: bool,
    asked: bool,
    asks: bool,
    nobodys: bool,
}

/// One action.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Deed {
    Start(Whose),
    Ask(Part),
    Abandon,
    Delete(Part),
    Drop(Part),
    Reject(Part),
    Redirected,
    Acknowledge(Part),
    PassOn(Part),
    Tolerated,
    Ignored(Part, Reason),
    Refused(Part, Reason),
    MoveFailed(Reason),
    Failed(Reason),
    Misused,
}

/// What the client has before or after a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Scene {
    current: Option<ClientPlace>,
    kept: bool,
    asked: Option<(Part, ikev2_redirect::initiator::Provenance, bool, bool)>,
    full: bool,
}

/// A step of the client.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct ClientKind {
    before: Scene,
    about: Option<Part>,
    input: ClientInput,
    target: Option<Whose>,
    deeds: [Option<Deed>; 4],
    after: Scene,
}

fn part(host: &Host, id: SaId) -> Part {
    if host.is_kept(id) {
        Part::Kept
    } else if host.sa(id).is_some() {
        Part::Current
    } else {
        Part::Gone
    }
}

fn whose(host: &Host, address: IpAddr) -> Whose {
    let current = host.current();
    let is = |other: Option<IpAddr>| other == Some(address);
    let named = host.question.map(|asked| asked.target == Named::Address(address));
    Whose {
        of_current: is(current.map(|sa| sa.gateway)),
        of_kept: is(host.kept().map(|sa| sa.gateway)),
        sent_there: is(current.and_then(|sa| sa.from)),
        asked: is(host.question.map(|asked| asked.from)),
        asks: named == Some(true),
        nobodys: address.is_unspecified(),
    }
}

fn scene(watched: &WatchedClient) -> Scene {
    let host = &watched.host;
    let of =
        |sa: &crate::truth::client::Sa| place(host, &Cause::of(ClientInput::Deleted, Some(sa.id)));
    Scene {
        current: host.current().map(of),
        kept: host.kept().is_some(),
        asked: host.question.map(|asked| {
            let literal = asked.target != Named::Name;
            (part(host, asked.sa), asked.provenance, literal, host.is_late(&watched.rules))
        }),
        full: host.followed() >= usize::from(watched.rules.limit),
    }
}

/// The kind of a step of the client.
pub(crate) fn of(
    before: &WatchedClient,
    after: &WatchedClient,
    cause: &Cause,
    actions: &Actions<Action<'_>>,
) -> ClientKind {
    let host = &before.host;
    let to = match cause.order {
        Some(
            Command::Connect(to) | Command::Permit(_, to) | Command::Retry(to) | Command::Renew(to),
        ) => Some(to),
        Some(Command::Refuse(..) | Command::Close) | None => match cause.redirect {
            // What does not count may name anybody.
            Some(sent) if !sent.verdict.is_ignored() => match sent.named {
                Named::Address(to) => Some(to),
                Named::Name | Named::Nobody | Named::Malformed => None,
            },
            Some(_) | None => None,
        },
    };
    let mut deeds = [None; 4];
    for (place, action) in deeds.iter_mut().zip(actions) {
        *place = Some(deed(host, action));
    }
    ClientKind {
        before: scene(before),
        about: cause.sa.map(|id| part(host, id)),
        input: cause.input,
        target: to.map(|to| whose(host, to)),
        deeds,
        after: scene(after),
    }
}

fn deed(host: &Host, action: Action<'_>) -> Deed {
    match action {
        Action::StartInit { to, .. } => Deed::Start(whose(host, to)),
        Action::Vet { sa, .. } => Deed::Ask(part(host, sa)),
        Action::AbandonVet { .. } => Deed::Abandon,
        Action::DeleteSa { sa } => Deed::Delete(part(host, sa)),
        Action::DropSa { sa } => Deed::Drop(part(host, sa)),
        Action::RejectSa { sa } => Deed::Reject(part(host, sa)),
        Action::Redirected { .. } => Deed::Redirected,
        Action::Acknowledge { sa } => Deed::Acknowledge(part(host, sa)),
        Action::PassOn { sa } => Deed::PassOn(part(host, sa)),
        Action::Tolerated { .. } => Deed::Tolerated,
        Action::Ignored { sa, reason } => Deed::Ignored(part(host, sa), reason),
        Action::Refused { sa, reason } => Deed::Refused(part(host, sa), reason),
        Action::MoveFailed { reason, .. } => Deed::MoveFailed(reason),
        Action::Failed { reason } => Deed::Failed(reason),
        Action::Misused { .. } => Deed::Misused,
    }
}

/// A step of the gateway's machine: numbers of targets and moments left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct GatewayKind {
    pub(crate) before: responder::Phase,
    pub(crate) input: crate::rows::GatewayInput,
    pub(crate) due: bool,
    pub(crate) deeds: [Option<std::mem::Discriminant<responder::Action>>; 4],
    pub(crate) after: responder::Phase,
}
