//! The gateway machine, explored.

use ikev2_redirect::auth::{AuthMessage, PeerAuth, Position, Progress};
use ikev2_redirect::responder::{
    Action, Client, Config, Event, Phase, Responder, Retransmission, TargetId,
};
use ikev2_redirect::wire::{Contents, NotifyType, Redirect};
use ikev2_redirect::{Instant, Misuse};

use super::explore::explore;
use super::observation::{Input, Observation, Outcome, arrow, quiet};

/// Where the exploration stands: the machine, and what of it cannot be seen from outside.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct Node {
    config: Config,
    machine: Responder,
    progress: Progress,
    /// The redirect that waits has a time to come.
    later: bool,
    /// How often the REDIRECT was sent again.
    repeats: u8,
}

/// What can be done to the machine.
#[derive(Clone, Copy)]
enum Do {
    Redirect,
    RedirectLater,
    Cancel,
    Event(Event<'static>),
    /// A time-out at the deadline.
    Timeout,
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
    let by_host = Retransmission::ByHost { give_up_after: PAUSE };
    let mut starts = Vec::new();
    for retransmission in [by_machine, by_host] {
        for redirect_unauthenticated in [false, true] {
            for supports_redirect in [true, false] {
                let config = Config { grace: PAUSE, retransmission, redirect_unauthenticated };
                let client = Client { supports_redirect, multiple_auth_offered: true };
                let machine = Responder::new(config, client);
                let progress = Progress::new(true);
                starts.push(Node { config, machine, progress, later: false, repeats: 0 });
            }
        }
    }
    starts
}

pub(crate) const STATES: [&str; 7] =
    ["Authenticating", "Deciding", "Established", "Scheduled", "Redirecting", "Leaving", "Closed"];

fn name(phase: Phase) -> &'static str {
    STATES[phase as usize]
}

/// Everything that can happen to the machine as it is.
fn inputs(node: &Node) -> Vec<(Input, Do)> {
    let mut inputs = vec![
        (arrow("`redirect`", "redirect"), Do::Redirect),
        (arrow("`redirect_at` a time to come", "redirect_at"), Do::RedirectLater),
        (arrow("`cancel`", "cancel"), Do::Cancel),
    ];
    let events = [requests(node), responses(node), others()].concat();
    inputs.extend(events.into_iter().map(|(input, event)| (input, Do::Event(event))));
    if node.machine.next_deadline().is_some() {
        inputs.push((arrow("`timeout`", "time-out"), Do::Timeout));
    }
    inputs
}

/// The host says that it has verified an AUTH payload that is not there.
const CONTRADICTION: Input = quiet("`AuthRequestReceived` that contradicts its AUTH");

/// Requests such as the client may send now.
fn requests(node: &Node) -> Vec<(Input, Event<'static>)> {
    let asked = arrow("`AuthRequestReceived`", "a redirect is legal");
    let wrong = arrow("`AuthRequestReceived` with a wrong AUTH", "wrong AUTH");
    let fatal = arrow("`AuthRequestReceived` with a fatal error", "fatal error");
    let willing = Contents { multiple_auth_supported: true, ..Contents::default() };
    let proof = Contents { auth: true, ..willing };
    let another = Contents { another_auth_follows: true, ..proof };
    let error = Contents { fatal_error: Some(NotifyType::INVALID_SYNTAX), ..willing };
    let mut requests = vec![(asked, PeerAuth::Absent, willing), (asked, PeerAuth::Verified, proof)];
    if !node.progress.client_authenticated() {
        requests.push((asked, PeerAuth::Verified, another));
    }
    requests.push((wrong, PeerAuth::Failed, proof));
    requests.push((fatal, PeerAuth::Absent, error));
    requests.push((CONTRADICTION, PeerAuth::Verified, willing));
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
            (arrow("`AuthResponseSent`", "usual response"), Event::AuthResponseSent { sent })
        })
        .collect()
}

fn others() -> Vec<(Input, Event<'static>)> {
    let none = Contents::default();
    let target = std::net::Ipv4Addr::new(192, 0, 2, 9).into();
    let redirect = Contents { redirect: Some(Ok(Redirect { target })), ..none };
    let delete = Contents { deletes_ike_sa: true, ..none };
    let fatal = Contents { fatal_error: Some(NotifyType::AUTHENTICATION_FAILED), ..none };
    let told = |contents| Event::InformationalReceived { contents };
    vec![
        (arrow("`Acknowledged`", "acknowledged"), Event::Acknowledged),
        (arrow("`NoAnswer`", "no answer"), Event::NoAnswer),
        (quiet("`InformationalReceived`"), told(none)),
        (quiet("`InformationalReceived` with REDIRECT"), told(redirect)),
        (arrow("`InformationalReceived` with DELETE", "deleted"), told(delete)),
        (arrow("`InformationalReceived` with a fatal error", "fatal error"), told(fatal)),
        (quiet("`MisplacedRedirect`"), Event::MisplacedRedirect),
        (arrow("`Deleted`", "deleted"), Event::Deleted),
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
        _ if machine.phase() == Phase::Redirecting => node.repeats,
        _ => 0,
    };
    let later = match what {
        Do::RedirectLater if outcome.is_ok() => true,
        _ => node.later && machine.target().is_some(),
    };
    let progress =
        if machine == node.machine { node.progress } else { follow(node.progress, &what) };
    // Behind the IKE_AUTH phase its details are of no consequence.
    let over = !matches!(machine.phase(), Phase::Authenticating | Phase::Deciding);
    let progress = if over { Progress::new(true) } else { progress };
    (Node { machine, progress, later, repeats, ..node }, observation)
}

fn perform(machine: &mut Responder, what: Do) -> Result<Vec<Action>, Misuse> {
    let now = Instant::from_millis(0);
    let actions = match what {
        Do::Redirect => machine.redirect(now, TARGET)?,
        Do::RedirectLater => machine.redirect_at(now, TARGET, now.after(PAUSE))?,
        Do::Cancel => machine.cancel(now)?,
        Do::Event(event) => machine.handle(now, event),
        Do::Timeout => {
            let at = machine.next_deadline().expect("there is one").at;
            let actions = machine.timeout(at);
            machine.rebase(at, now);
            actions
        }
    };
    Ok(actions.into_iter().collect())
}

/// The IKE_AUTH phase goes on with each message that counts.
fn follow(mut progress: Progress, what: &Do) -> Progress {
    match *what {
        Do::Event(Event::AuthRequestReceived { peer, contents }) => {
            progress.after_request(AuthMessage::of_peer(&contents, peer))
        }
        Do::Event(Event::AuthResponseSent { sent }) => {
            progress.response(sent);
            progress
        }
        _ => progress,
    }
}

/// What may matter beside the state.
fn details(node: &Node, what: &Do) -> Vec<&'static str> {
    vec![
        match node.machine.target() {
            None if !node.machine.supports_redirect() => "client without support",
            None => "no redirect waits",
            Some(_) if node.later => "a redirect has a time",
            Some(_) => "a redirect waits",
        },
        match node.config.retransmission {
            Retransmission::ByHost { .. } => "the host retransmits",
            Retransmission::ByMachine { .. } if node.repeats < TRIES => "tries left",
            Retransmission::ByMachine { .. } => "no tries left",
        },
        if node.progress.awaits_response() { "behind a request" } else { "before a request" },
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
                Position::Intermediate => "intermediate response",
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
            Action::Misused { misuse } => format!("`Misused` (`{misuse:?}`)"),
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
