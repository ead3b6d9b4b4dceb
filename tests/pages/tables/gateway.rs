//! The gateway machine, explored.

use ikev2_redirect::auth::{AuthMessage, PeerAuth, Position, Progress};
use ikev2_redirect::responder::{
    Action, Client, Config, Event, Phase, Responder, Retransmission, TargetId,
};
use ikev2_redirect::wire::{Contents, Redirect};
use ikev2_redirect::{Instant, Misuse};

use super::explore::explore;
use super::observation::{Input, Observation, Outcome, arrow, quiet};

/// Where the exploration stands: the machine, and what of it cannot be seen from outside.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct Node {
    config: Config,
    machine: Responder,
    progress: Progress,
    /// How often the REDIRECT was sent again.
    repeats: u8,
}

/// What can be done to the machine.
#[derive(Clone, Copy)]
enum Do {
    Redirect,
    RedirectAt,
    Cancel,
    Event(Event<'static>),
    /// A time-out at the deadline.
    TimeoutDue,
}

const PAUSE: u32 = 100;
const TRIES: u8 = 1;
const TARGET: TargetId = TargetId(7);
const NOTHING: AuthMessage = AuthMessage::NOTHING;
const AUTH: AuthMessage = AuthMessage { auth: true, ..NOTHING };

/// Everything that can happen, in every state that can be reached.
pub(crate) fn observe() -> Vec<Observation> {
    explore(starts(), steps, &STATES)
}

fn steps(node: Node) -> Vec<(Node, Observation)> {
    inputs(&node).into_iter().map(|(input, what)| apply(node, input, what)).collect()
}

/// Clients that can be redirected and clients that cannot, at gateways of each kind.
fn starts() -> Vec<Node> {
    let by_machine = Retransmission::ByMachine { first_pause: PAUSE, tries: TRIES };
    let mut starts = Vec::new();
    for retransmission in [by_machine, Retransmission::ByHost] {
        for redirect_unauthenticated in [false, true] {
            for supports_redirect in [true, false] {
                let config = Config { grace: PAUSE, retransmission, redirect_unauthenticated };
                let client = Client { supports_redirect, multiple_auth_offered: true };
                let machine = Responder::new(config, client);
                starts.push(Node { config, machine, progress: Progress::new(true), repeats: 0 });
            }
        }
    }
    starts
}

const STATES: [&str; 7] =
    ["Authenticating", "Deciding", "Established", "Scheduled", "Redirecting", "Leaving", "Closed"];

fn name(phase: Phase) -> &'static str {
    STATES[phase as usize]
}

/// Everything that can happen to the machine as it is.
fn inputs(node: &Node) -> Vec<(Input, Do)> {
    let mut inputs = vec![
        (arrow("`redirect`", "redirect"), Do::Redirect),
        (arrow("`redirect_at`", "redirect_at"), Do::RedirectAt),
        (arrow("`cancel`", "cancel"), Do::Cancel),
    ];
    let events = [requests(node), responses(node), others()].concat();
    inputs.extend(events.into_iter().map(|(input, event)| (input, Do::Event(event))));
    inputs.push((quiet("`Timeout` before the deadline"), Do::Event(Event::Timeout)));
    inputs.push((arrow("`Timeout` at the deadline", "time-out"), Do::TimeoutDue));
    inputs
}

/// Requests such as the client may send now.
fn requests(node: &Node) -> Vec<(Input, Event<'static>)> {
    let willing = Contents { multiple_auth_supported: true, ..Contents::default() };
    let proof = Contents { auth: true, ..willing };
    let another = Contents { another_auth_follows: true, ..proof };
    let more = !node.progress.client_authenticated();
    let asked = arrow("`AuthRequest`", "a redirect is legal");
    let mut requests = vec![(asked, PeerAuth::Absent, willing), (asked, PeerAuth::Verified, proof)];
    if more {
        requests.push((asked, PeerAuth::Verified, another));
    }
    requests.push((
        arrow("`AuthRequest` with a wrong AUTH", "wrong AUTH"),
        PeerAuth::Failed,
        proof,
    ));
    let event = |(input, peer, contents)| (input, Event::AuthRequestReceived { peer, contents });
    requests.into_iter().map(event).collect()
}

/// Responses such as the host may send now; EAP goes on only with a client that is in it.
fn responses(node: &Node) -> Vec<(Input, Event<'static>)> {
    let eap = !node.progress.client_authenticated();
    let another = AuthMessage { another_auth_follows: true, ..AUTH };
    [NOTHING, AUTH, another]
        .into_iter()
        .map(|sent| {
            let sent = AuthMessage { eap, ..sent };
            (arrow("`AuthResponse`", "usual response"), Event::AuthResponseSent { sent })
        })
        .collect()
}

fn others() -> Vec<(Input, Event<'static>)> {
    let none = Contents::default();
    let target = std::net::Ipv4Addr::new(192, 0, 2, 9).into();
    let redirect = Contents { redirect: Some(Ok(Redirect { target })), ..none };
    let delete = |contents| Event::InformationalReceived {
        contents: Contents { deletes_ike_sa: true, ..contents },
    };
    vec![
        (arrow("`Acknowledged`", "acknowledged"), Event::Acknowledged),
        (arrow("`NoAnswer`", "no answer"), Event::NoAnswer),
        (
            quiet("`Informational` without REDIRECT"),
            Event::InformationalReceived { contents: none },
        ),
        (
            quiet("`Informational` with REDIRECT"),
            Event::InformationalReceived { contents: redirect },
        ),
        (arrow("`Informational` with DELETE", "deleted"), delete(none)),
        (arrow("`Informational` with REDIRECT and DELETE", "deleted"), delete(redirect)),
        (quiet("`MisplacedRedirect`"), Event::MisplacedRedirect),
        (arrow("`SaDeleted`", "deleted"), Event::Deleted),
        (quiet("`Rekeyed`"), Event::Rekeyed),
    ]
}

/// Does it, and writes down what came of it.
fn apply(node: Node, input: Input, what: Do) -> (Node, Observation) {
    let mut machine = node.machine;
    let outcome = perform(&mut machine, what);
    let actions = match &outcome {
        Ok(actions) => in_words(actions),
        Err(misuse) => format!("misuse: `{misuse:?}`"),
    };
    let observation = Observation {
        state: name(node.machine.phase()),
        input,
        details: details(&node, &what),
        outcome: Outcome { actions, next: name(machine.phase()) },
    };
    let repeats = match outcome.as_deref() {
        Ok([Action::Retransmit]) => node.repeats + 1,
        Ok([Action::SendRedirect { .. }]) => 0,
        _ => node.repeats,
    };
    let progress = follow(node.progress, node.machine.phase(), &what);
    // Behind the IKE_AUTH phase its details are of no consequence.
    let over = !matches!(machine.phase(), Phase::Authenticating | Phase::Deciding);
    let progress = if over { Progress::new(true) } else { progress };
    (Node { machine, progress, repeats, ..node }, observation)
}

fn perform(machine: &mut Responder, what: Do) -> Result<Vec<Action>, Misuse> {
    let now = Instant::from_millis(0);
    let due = now.after(PAUSE);
    let actions = match what {
        Do::Redirect => machine.redirect(now, TARGET)?,
        Do::RedirectAt => machine.redirect_at(now, TARGET, due)?,
        Do::Cancel => machine.cancel(now)?,
        Do::Event(event) => machine.handle(now, event),
        Do::TimeoutDue => {
            let at = machine.next_deadline().map_or(due, |deadline| deadline.at);
            let actions = machine.timeout(at);
            machine.rebase(at, now);
            actions
        }
    };
    Ok(actions.into_iter().collect())
}

/// The IKE_AUTH phase goes on with each message that is heeded.
fn follow(mut progress: Progress, phase: Phase, what: &Do) -> Progress {
    match *what {
        Do::Event(Event::AuthRequestReceived { peer, contents })
            if phase == Phase::Authenticating && peer != PeerAuth::Failed =>
        {
            progress.after_request(AuthMessage::of_peer(&contents, peer))
        }
        Do::Event(Event::AuthResponseSent { sent })
            if matches!(phase, Phase::Authenticating | Phase::Deciding) =>
        {
            progress.response(sent);
            progress
        }
        _ => progress,
    }
}

/// What may matter beside the state.
fn details(node: &Node, what: &Do) -> Vec<&'static str> {
    vec![
        if node.machine.supports_redirect() {
            "client supports it"
        } else {
            "client does not support it"
        },
        if node.machine.target().is_some() { "a redirect waits" } else { "no redirect waits" },
        match node.config.retransmission {
            Retransmission::ByHost => "the host retransmits",
            Retransmission::ByMachine { .. } if node.repeats < TRIES => "tries left",
            Retransmission::ByMachine { .. } => "no tries left",
        },
        standing(node, what),
    ]
}

/// Where the response to the request stands, if it should be the last; what a response makes of
/// the phase.
fn standing(node: &Node, what: &Do) -> &'static str {
    let mut progress = node.progress;
    match *what {
        Do::Event(Event::AuthRequestReceived { peer, contents }) => {
            progress.request(AuthMessage::of_peer(&contents, peer));
            match progress.position_if_ended() {
                Position::Only | Position::Last => "last response",
                Position::First if peer == PeerAuth::Verified => "first response, AUTH verified",
                Position::First if node.config.redirect_unauthenticated => {
                    "first response of EAP, opted in"
                }
                Position::First => "first response of EAP",
                Position::Intermediate => "neither first nor last response",
            }
        }
        Do::Event(Event::AuthResponseSent { sent }) => {
            progress.response(sent);
            if progress.is_complete() { "completes IKE_AUTH" } else { "IKE_AUTH goes on" }
        }
        Do::Redirect if node.machine.phase() == Phase::Deciding => {
            match progress.position_if_ended() {
                Position::Only | Position::Last => "last response",
                Position::First | Position::Intermediate => "first response",
            }
        }
        _ => "",
    }
}

fn in_words(actions: &[Action]) -> String {
    let words: Vec<String> = actions
        .iter()
        .map(|action| match *action {
            Action::Ignored { reason } | Action::Failed { reason } => {
                format!("`{}` ({reason})", variant(action))
            }
            Action::Decide { stage } => format!("`Decide` (`{stage:?}`)"),
            Action::PassOn
            | Action::RespondRedirect { .. }
            | Action::SendRedirect { .. }
            | Action::Retransmit
            | Action::Acknowledge
            | Action::DeleteSa
            | Action::DropSa
            | Action::ClientLeft => format!("`{}`", variant(action)),
        })
        .collect();
    if words.is_empty() { "nothing".into() } else { words.join(", ") }
}

fn variant(action: &Action) -> String {
    let debug = format!("{action:?}");
    debug.split([' ', '{', '(']).next().unwrap_or_default().to_string()
}
