//! The client machine, explored.

use std::net::{IpAddr, Ipv4Addr};

use ikev2_redirect::auth::{AuthMessage, PeerAuth, Position, Progress};
use ikev2_redirect::initiator::{
    Action, Config, Event, Initiator, Moving, Phase, Refusal, SentInit, Slot,
};
use ikev2_redirect::wire::{Contents, InitRedirect, InitResponse, Nonce, Redirect, Spi};
use ikev2_redirect::{Instant, Misuse, Reason, Target};

use super::explore::explore;
use super::observation::{Input, Observation, Outcome, arrow, quiet};

/// Where the exploration stands: the machine, and what of it cannot be seen from outside.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct Node {
    config: Config,
    machine: Initiator,
    progress: Progress,
    /// The IKE SA over which a REDIRECT came is gone meanwhile.
    gone: bool,
}

/// What can be done to the machine.
#[derive(Clone, Copy)]
enum Do {
    Connect,
    PermitOther,
    PermitSame,
    Refuse,
    Close,
    Event(Event<'static>),
    /// A time-out at the deadline.
    TimeoutDue,
}

const PERIOD: u32 = 100;
const NI: [u8; 16] = [7; 16];
const SENT: SentInit<'static> = SentInit { spi: Spi([1; 8]), nonce: &NI };
const NOTHING: AuthMessage = AuthMessage::NOTHING;
const AUTH: AuthMessage = AuthMessage { auth: true, ..NOTHING };

/// Everything that can happen, in every state that can be reached.
pub(crate) fn observe() -> Vec<Observation> {
    explore(configs().map(start), steps, &STATES)
}

fn steps(node: Node) -> Vec<(Node, Observation)> {
    inputs(&node).into_iter().map(|(input, what)| apply(node, input, what)).collect()
}

/// The limit on redirects and the targets that are refused for other reasons all show as the
/// refusal of a target, so that a window with hardly any memory will do.
fn configs() -> impl Iterator<Item = Config> {
    let config = Config { loop_detect_period: 1, vet_timeout: PERIOD, ..Config::default() };
    [(5, Moving::MakeBeforeBreak), (5, Moving::BreakBeforeMake), (0, Moving::MakeBeforeBreak)]
        .into_iter()
        .map(move |(max_redirects, moving)| Config { max_redirects, moving, ..config })
}

fn start(config: Config) -> Node {
    let machine = Initiator::new(config).expect("a legal configuration");
    Node { config, machine, progress: Progress::new(true), gone: false }
}

const STATES: [&str; 8] = [
    "Idle",
    "Connecting",
    "VettingInit",
    "Authenticating",
    "VettingAuth",
    "Established",
    "VettingActive",
    KEPT,
];

/// Not a state, but a table: what comes over the old IKE SA, whatever the state.
const KEPT: &str = "The old IKE SA that is kept";

fn name(phase: Phase) -> &'static str {
    STATES[phase as usize]
}

fn gateway(number: u8) -> IpAddr {
    Ipv4Addr::new(192, 0, 2, number).into()
}

/// The gateway that the client talks to, and the one that it does not.
fn same_and_other(machine: &Initiator) -> (IpAddr, IpAddr) {
    match machine.gateway() {
        Some(same) if same == gateway(1) => (same, gateway(2)),
        Some(same) => (same, gateway(1)),
        None => (gateway(1), gateway(2)),
    }
}

/// Everything that can happen to the machine as it is.
fn inputs(node: &Node) -> Vec<(Input, Do)> {
    let slot = node.machine.slot().unwrap_or(Slot::A);
    let (same, other) = same_and_other(&node.machine);
    let mut inputs = commands();
    inputs.extend(events(node, slot, same, other));
    inputs.push((quiet("`Timeout` before the deadline"), Do::Event(Event::Timeout)));
    inputs.push((arrow("`Timeout` at the deadline", "no verdict in time"), Do::TimeoutDue));
    if let Some(kept) = node.machine.kept() {
        inputs.extend(
            events(node, kept, same, other)
                .into_iter()
                .map(|(input, what)| (Input { arrow: None, ..input }, what)),
        );
    }
    inputs
}

fn commands() -> Vec<(Input, Do)> {
    vec![
        (arrow("`connect`", "connect"), Do::Connect),
        (arrow("`permit`", "permit"), Do::PermitOther),
        (arrow("`permit` of a refused address", "refuse"), Do::PermitSame),
        (arrow("`refuse`", "refuse"), Do::Refuse),
        (quiet("`close`"), Do::Close),
    ]
}

fn events(node: &Node, slot: Slot, same: IpAddr, other: IpAddr) -> Vec<(Input, Do)> {
    let none = Contents::default();
    let redirect = redirect_to(other);
    let refused = redirect_to(same);
    let delete = |contents| Contents { deletes_ike_sa: true, ..contents };
    let informational = |contents, repeated| Event::Informational { slot, contents, repeated };
    let mut events = vec![
        (quiet("`InitResponse` without REDIRECT"), init(slot, None, &NI)),
        (arrow("`InitResponse` with REDIRECT", "REDIRECT"), init(slot, Some(other), &NI)),
        (quiet("`InitResponse` with REDIRECT, wrong nonce"), init(slot, Some(other), &[8; 16])),
        (quiet("`InitResponse` with REDIRECT to a refused target"), init(slot, Some(same), &NI)),
        (
            quiet("`InitResponse` to another SPI"),
            altered(init(slot, Some(other), &NI), |response| response.initiator_spi = Spi([9; 8])),
        ),
        (
            quiet("`InitResponse` with REDIRECT beside SA, KE and Nr"),
            altered(init(slot, Some(other), &NI), |response| response.accepts = true),
        ),
        (
            quiet("`InitResponse` with REDIRECT and a responder SPI"),
            altered(init(slot, Some(other), &NI), |response| response.responder_spi = Spi([9; 8])),
        ),
        (
            arrow("`InitCompleted`", "there are keys"),
            Event::InitCompleted { slot, multiple_auth_offered: true },
        ),
    ];
    events.extend(requests(slot));
    events.extend(responses(node, slot, other, same));
    events.extend([
        (arrow("`Established`", "established"), Event::Established { slot }),
        (arrow("`AttemptFailed`", "failed"), Event::AttemptFailed { slot }),
        (quiet("`Informational` without REDIRECT"), informational(none, false)),
        (arrow("`Informational` with REDIRECT", "REDIRECT"), informational(redirect, false)),
        (quiet("`Informational` with REDIRECT to a refused target"), informational(refused, false)),
        (quiet("`Informational` with REDIRECT, repeated"), informational(redirect, true)),
        (quiet("`Informational` with REDIRECT and DELETE"), informational(delete(redirect), false)),
        (arrow("`Informational` with DELETE", "deleted"), informational(delete(none), false)),
        (quiet("`MisplacedRedirect`"), Event::MisplacedRedirect { slot }),
        (arrow("`SaDeleted`", "deleted"), Event::SaDeleted { slot }),
        (quiet("`Rekeyed`"), Event::Rekeyed { slot }),
    ]);
    events.into_iter().map(|(input, event)| (input, Do::Event(event))).collect()
}

fn init(slot: Slot, to: Option<IpAddr>, nonce: &[u8]) -> Event<'static> {
    let nonce = Nonce::new(if nonce == NI { &NI } else { &[8; 16] }).expect("a legal length");
    let redirect = to.map(|to| Ok(InitRedirect { target: Target::from(to), nonce }));
    let response = InitResponse {
        initiator_spi: SENT.spi,
        responder_spi: Spi::ZERO,
        redirect,
        accepts: redirect.is_none(),
        multiple_auth_supported: true,
        resumption: false,
    };
    Event::InitResponse { slot, sent: SENT, response }
}

fn altered(
    mut event: Event<'static>,
    alter: impl FnOnce(&mut InitResponse<'static>),
) -> Event<'static> {
    if let Event::InitResponse { response, .. } = &mut event {
        alter(response);
    }
    event
}

fn redirect_to(to: IpAddr) -> Contents<'static> {
    Contents { redirect: Some(Ok(Redirect { target: Target::from(to) })), ..Contents::default() }
}

fn requests(slot: Slot) -> Vec<(Input, Event<'static>)> {
    let willing = AuthMessage { multiple_auth_supported: true, ..NOTHING };
    let another = AuthMessage { auth: true, another_auth_follows: true, ..willing };
    [AUTH, willing, another]
        .into_iter()
        .map(|sent| (quiet("`AuthRequest`"), Event::AuthRequest { slot, sent }))
        .collect()
}

/// Responses such as the gateway may send now; EAP goes on only with a client that is in it.
fn responses(node: &Node, slot: Slot, other: IpAddr, same: IpAddr) -> Vec<(Input, Event<'static>)> {
    let mut responses = Vec::new();
    for peer in [PeerAuth::Absent, PeerAuth::Verified] {
        for another_auth_follows in [false, true] {
            let eap = !node.progress.client_authenticated();
            let auth = peer == PeerAuth::Verified;
            let with = |contents| {
                let contents = Contents { eap, auth, another_auth_follows, ..contents };
                Event::AuthResponse { slot, peer, contents }
            };
            responses.extend([
                (quiet("`AuthResponse` without REDIRECT"), with(Contents::default())),
                (arrow("`AuthResponse` with REDIRECT", "REDIRECT"), with(redirect_to(other))),
                (
                    arrow("`AuthResponse` with REDIRECT to a refused target", "refused"),
                    with(redirect_to(same)),
                ),
            ]);
        }
    }
    let contents = Contents { auth: true, ..Contents::default() };
    let wrong = Event::AuthResponse { slot, peer: PeerAuth::Failed, contents };
    responses.push((arrow("`AuthResponse` with a wrong AUTH", "failed"), wrong));
    responses
}

/// Does it, and writes down what came of it.
fn apply(node: Node, input: Input, what: Do) -> (Node, Observation) {
    let mut machine = node.machine;
    let outcome = perform(&mut machine, what);
    let over_kept = is_about(&what).is_some() && is_about(&what) == node.machine.kept();
    let state = if over_kept { KEPT } else { name(node.machine.phase()) };
    let next = match (over_kept, machine.kept()) {
        (true, Some(_)) => KEPT,
        (true, None) => "gone",
        (false, _) => name(machine.phase()),
    };
    let actions = match &outcome {
        Ok(actions) => in_words(actions, &node.machine),
        Err(misuse) => format!("misuse: `{misuse:?}`"),
    };
    let details = details(&node, &what);
    let observation = Observation { state, input, details, outcome: Outcome { actions, next } };
    let progress = follow(node.progress, &what, &outcome);
    let gone = is_gone(&node, &machine, &what);
    (Node { machine, progress, gone, ..node }, observation)
}

fn perform(machine: &mut Initiator, what: Do) -> Result<Vec<Action<'static>>, Misuse> {
    let now = Instant::from_millis(0);
    let (same, other) = same_and_other(machine);
    let actions = match what {
        Do::Connect => machine.connect(now, gateway(1))?,
        Do::PermitOther => machine.permit(now, other)?,
        Do::PermitSame => machine.permit(now, same)?,
        Do::Refuse => machine.refuse(now, Refusal::Policy)?,
        Do::Close => machine.close(now)?,
        Do::Event(event) => machine.handle(now, event),
        Do::TimeoutDue => machine.handle(now.after(PERIOD), Event::Timeout),
    };
    // The same clock, but what was followed is over.
    machine.rebase(now.after(1), now.after(1));
    Ok(actions.into_iter().collect())
}

fn is_about(what: &Do) -> Option<Slot> {
    match what {
        Do::Event(event) => event.slot(),
        _ => None,
    }
}

/// The IKE_AUTH phase goes on with each message that is heeded.
fn follow(
    mut progress: Progress,
    what: &Do,
    outcome: &Result<Vec<Action<'static>>, Misuse>,
) -> Progress {
    let passed_on = outcome.as_ref().is_ok_and(|actions| actions.contains(&Action::PassOn));
    let nothing = outcome.as_ref().is_ok_and(Vec::is_empty);
    let abandons = outcome.as_ref().is_ok_and(|actions| actions[..] == [Action::AbandonVet]);
    match *what {
        Do::Event(Event::InitCompleted { multiple_auth_offered, .. }) if nothing || abandons => {
            Progress::new(multiple_auth_offered)
        }
        Do::Event(Event::AuthRequest { sent, .. }) if nothing => progress.after_request(sent),
        Do::Event(Event::AuthResponse { peer, contents, .. }) if passed_on => {
            progress.response(AuthMessage::of_peer(&contents, peer));
            progress
        }
        Do::Event(Event::AuthResponse { peer, contents, .. }) if asks(outcome) => {
            progress.response(AuthMessage::of_peer(&contents, peer));
            progress
        }
        _ => progress,
    }
}

fn asks(outcome: &Result<Vec<Action<'static>>, Misuse>) -> bool {
    let vets = |action: &Action<'_>| matches!(action, Action::Vet { .. });
    outcome.as_ref().is_ok_and(|actions| actions.iter().any(vets))
}

fn is_gone(node: &Node, machine: &Initiator, what: &Do) -> bool {
    let vetting = |machine: &Initiator| machine.next_deadline().is_some();
    let ends = match what {
        Do::Event(Event::AttemptFailed { slot }) => {
            Some(*slot) == node.machine.slot() && node.machine.phase() != Phase::VettingAuth
        }
        Do::Event(Event::SaDeleted { slot }) => {
            Some(*slot) == node.machine.slot() && node.machine.phase() != Phase::VettingInit
        }
        Do::Event(Event::Informational { slot, contents, .. }) => {
            let unfinished = node.machine.phase() == Phase::VettingInit
                || node.machine.phase() == Phase::VettingAuth
                    && !node.progress.is_complete()
                    && !node.gone;
            Some(*slot) == node.machine.slot() && contents.deletes_ike_sa && !unfinished
        }
        _ => false,
    };
    vetting(machine) && (ends || node.gone)
}

/// What may matter beside the state.
fn details(node: &Node, what: &Do) -> Vec<&'static str> {
    let config = node.config;
    vec![
        if config.follows_redirects() { "redirects on" } else { "redirects off" },
        match config.moving {
            Moving::MakeBeforeBreak => "make before break",
            Moving::BreakBeforeMake => "break before make",
        },
        if node.machine.kept().is_some() { "an old IKE SA is kept" } else { "no old IKE SA" },
        standing(node, what),
    ]
}

/// Where the IKE_AUTH response stands; else, how far the IKE SA is.
fn standing(node: &Node, what: &Do) -> &'static str {
    let mut progress = node.progress;
    if let Do::Event(Event::AuthResponse { peer, contents, .. }) = *what {
        let position = progress.response(AuthMessage::of_peer(&contents, peer));
        return match position {
            Position::Intermediate => "neither first nor last response",
            _ if !progress.gateway_authenticated() => "gateway not proven",
            _ if progress.is_complete() => "last response, all proven",
            Position::Only | Position::First | Position::Last => "first response, gateway proven",
        };
    }
    match node.machine.phase() {
        _ if node.gone => "the IKE SA is gone",
        Phase::Authenticating | Phase::VettingAuth if progress.is_complete() => "IKE_AUTH complete",
        Phase::Authenticating | Phase::VettingAuth => "IKE_AUTH not complete",
        _ => "the IKE SA is there",
    }
}

fn in_words(actions: &[Action<'static>], before: &Initiator) -> String {
    let words: Vec<String> = actions
        .iter()
        .map(|action| match *action {
            Action::DeleteSa { slot } | Action::DropSa { slot } | Action::Acknowledge { slot } => {
                format!("`{}`{}", variant(action), of_which(slot, before))
            }
            Action::Tolerated { reason }
            | Action::Ignored { reason }
            | Action::Refused { reason }
            | Action::MoveFailed { reason }
            | Action::Failed { reason } => format!("`{}` ({})", variant(action), name_of(reason)),
            Action::PassOn
            | Action::Vet { .. }
            | Action::AbandonVet
            | Action::StartInit { .. }
            | Action::Redirected { .. } => format!("`{}`", variant(action)),
        })
        .collect();
    if words.is_empty() { "nothing".into() } else { words.join(", ") }
}

/// The target that is refused stands for all that can be refused, and so does its reason.
fn name_of(reason: Reason) -> &'static str {
    match reason {
        Reason::SelfRedirect | Reason::PolicyRefused => "*why*",
        other => other.name(),
    }
}

fn variant(action: &Action<'static>) -> String {
    let debug = format!("{action:?}");
    debug.split([' ', '{', '(']).next().unwrap_or_default().to_string()
}

/// Whether an action is about the old IKE SA.
fn of_which(slot: Slot, before: &Initiator) -> &'static str {
    if before.kept() == Some(slot) { " (old)" } else { "" }
}
