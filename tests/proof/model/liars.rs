//! Hosts that lie: whatever a host can tell or order, about any IKE SA and at any time, true or
//! not. Only the machines' own promises are left: no call panics, there are only so many states, a
//! mistake that shows is told and changes nothing, and nothing is forgotten by accident.

use std::net::IpAddr;

use ikev2_redirect::auth::{AuthMessage, PeerAuth};
use ikev2_redirect::initiator::{
    self, Action, Event, Initiator, Phase, QuestionId, Refusal, SaId, SentInit,
};
use ikev2_redirect::responder::{self, Responder, TargetId};
use ikev2_redirect::wire::{Contents, InitRedirect, InitResponse, Nonce, NotifyType, Redirect, Spi};
use ikev2_redirect::{Actions, Instant, Misuse};

use crate::alone::client::gateway;
use crate::checker::{Arrow, Model, Probe};
use crate::clock::{NEXT, NOW, in_ticks};
use crate::goals;
use crate::rows::{
    ClientInput, ClientPlace, GatewayInput, client_row_at, gateway_row,
};
use crate::watch::client::{CLOSED, Command, FIRST, GONE};

/// The client machine under a host that lies.
pub(crate) struct LyingClient {
    pub(crate) configs: Vec<initiator::Config>,
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum Lie {
    Event(SaId, Told),
    Order(Command),
    Timeout,
    Tick,
}

/// What is told, whether it is true or not.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Told {
    Init { redirects: bool, accepts: bool },
    Keys(bool),
    AuthRequest(AuthMessage),
    AuthResponse { peer: PeerAuth, content: AuthMessage, redirects: bool, deletes: bool, fatal: bool },
    Established,
    GivenUp,
    Informational { redirects: bool, deletes: bool, repeated: bool },
    Misplaced,
    Deleted,
    Rekeyed,
    Moved(IpAddr),
}

goals!(LieGoal {
    Told => "a mistake is told",
    Followed => "a redirect is followed all the same",
});

/// What an IKE_AUTH message can carry, as far as it matters.
const AUTH: [AuthMessage; 5] = {
    let nothing = AuthMessage::NOTHING;
    let auth = AuthMessage { auth: true, ..nothing };
    [
        nothing,
        AuthMessage { eap: true, ..nothing },
        auth,
        AuthMessage { eap: true, ..auth },
        AuthMessage { another_auth_follows: true, multiple_auth_supported: true, ..auth },
    ]
};

const PEERS: [PeerAuth; 3] = [PeerAuth::Absent, PeerAuth::Verified, PeerAuth::Failed];

fn contents(content: AuthMessage, redirects: bool) -> Contents<'static> {
    let target = std::net::Ipv4Addr::new(192, 0, 2, 2).into();
    Contents {
        redirect: redirects.then_some(Ok(Redirect { target })),
        auth: content.auth,
        eap: content.eap,
        another_auth_follows: content.another_auth_follows,
        multiple_auth_supported: content.multiple_auth_supported,
        ..Contents::EMPTY
    }
}

/// What a host says of AUTH cannot be: the payload is there or it is not.
fn contradicts(peer: PeerAuth, content: AuthMessage) -> bool {
    match peer {
        PeerAuth::Verified => !content.auth,
        PeerAuth::Absent => content.auth,
        PeerAuth::Failed => false,
    }
}

impl LyingClient {
    fn tell(machine: &mut Initiator, sa: SaId, told: Told) -> Actions<Action<'static>> {
        let event = match told {
            Told::Init { redirects, accepts } => {
                let target = std::net::Ipv4Addr::new(192, 0, 2, 2).into();
                let nonce = Nonce::new(&[5; 16]).expect("a nonce");
                let response = InitResponse {
                    initiator_spi: Spi([1; 8]),
                    responder_spi: Spi::ZERO,
                    redirect: redirects.then_some(Ok(InitRedirect { target, nonce })),
                    accepts,
                    multiple_auth_supported: false,
                    resumption: false,
                };
                let sent = SentInit { spi: Spi([1; 8]), nonce: &[5; 16] };
                Event::InitResponseReceived { sent, response }
            }
            Told::Keys(several) => Event::InitCompleted { multiple_auth_offered: several },
            Told::AuthRequest(sent) => Event::AuthRequestSent { sent },
            Told::AuthResponse { peer, content, redirects, deletes, fatal } => {
                let fatal_error = fatal.then_some(NotifyType::AUTHENTICATION_FAILED);
                let contents =
                    Contents { deletes_ike_sa: deletes, fatal_error, ..contents(content, redirects) };
                Event::AuthResponseReceived { peer, contents }
            }
            Told::Established => Event::Established,
            Told::GivenUp => Event::GivenUp,
            Told::Informational { redirects, deletes, repeated } => {
                let contents = contents(AuthMessage::NOTHING, redirects);
                let contents = Contents { deletes_ike_sa: deletes, ..contents };
                Event::InformationalReceived { contents, repeated }
            }
            Told::Misplaced => Event::MisplacedRedirect,
            Told::Deleted => Event::Deleted,
            Told::Rekeyed => Event::Rekeyed,
            Told::Moved(to) => Event::GatewayMoved { to },
        };
        machine.handle(NOW, sa, event)
    }

    fn order(
        machine: &mut Initiator,
        command: Command,
    ) -> Result<Actions<Action<'static>>, Misuse> {
        match command {
            Command::Connect(to) => machine.connect(NOW, to),
            Command::Permit(question, to) => machine.permit(NOW, question, to),
            Command::Refuse(question, refusal) => machine.refuse(NOW, question, refusal),
            Command::Retry(to) => machine.retry(NOW, to),
            Command::Renew(to) => machine.renew(NOW, to),
            Command::Close => machine.close(NOW),
        }
    }
}

/// The kind of what is told.
fn input(told: Told) -> ClientInput {
    match told {
        Told::Init { .. } => ClientInput::InitResponseReceived,
        Told::Keys(_) => ClientInput::InitCompleted,
        Told::AuthRequest(_) => ClientInput::AuthRequestSent,
        Told::AuthResponse { .. } => ClientInput::AuthResponseReceived,
        Told::Established => ClientInput::Established,
        Told::GivenUp => ClientInput::GivenUp,
        Told::Informational { .. } => ClientInput::InformationalReceived,
        Told::Misplaced => ClientInput::MisplacedRedirect,
        Told::Deleted => ClientInput::Deleted,
        Told::Rekeyed => ClientInput::Rekeyed,
        Told::Moved(_) => ClientInput::GatewayMoved,
    }
}

fn place(machine: &Initiator, sa: SaId) -> ClientPlace {
    if machine.kept() == Some(sa) {
        return ClientPlace::Kept;
    }
    match machine.phase() {
        _ if machine.sa() != Some(sa) => ClientPlace::Gone,
        Phase::Idle => ClientPlace::Idle,
        Phase::Init => ClientPlace::Init,
        Phase::Auth => ClientPlace::Auth,
        Phase::Up => ClientPlace::Up,
    }
}

/// The machine's own promises.
fn check(before: &Initiator, after: &Initiator, lie: Lie, actions: &Actions<Action<'_>>, probe: &mut Probe) {
    let mistaken = actions.iter().any(|action| matches!(action, Action::Misused { .. }));
    probe.sometimes(LieGoal::Told, mistaken);
    let same = before == after;
    probe.always("F23: a mistake is told alone, and changes nothing", {
        !mistaken || (same && actions.len() == 1)
    });
    let ignored = |action| matches!(action, Action::Ignored { .. });
    let only = !actions.is_empty() && actions.iter().all(ignored);
    probe.always("what is only ignored changes nothing", !only || same);
    let known = [before.sa(), before.kept(), after.sa(), after.kept()];
    let left = |action| match action {
        Action::DeleteSa { sa } | Action::DropSa { sa } | Action::RejectSa { sa } => Some(sa),
        _ => None,
    };
    let mut leaves = actions.iter().filter_map(left);
    probe.always("only what is known is left", leaves.all(|sa| known.contains(&Some(sa))));
    if let Lie::Event(sa, told) = lie {
        let there = place(before, sa) == ClientPlace::Auth;
        if let Told::AuthResponse { peer, content, .. } = told {
            let shows = there && contradicts(peer, content);
            probe.always("F18: what contradicts the payloads is a mistake", !shows || mistaken);
        }
        if mistaken || (only && same) {
            let asked = before.question().is_some();
            probe.covers(client_row_at(place(before, sa), asked, input(told)));
        }
    }
    let followed = actions.iter().any(|action| matches!(action, Action::Redirected { .. }));
    probe.sometimes(LieGoal::Followed, followed);
    let within = after.followed(NOW) <= usize::from(after.config().max_redirects);
    probe.always("R9-4: no more redirects within the period than the limit", within);
    let kept = after.kept().is_none() || after.sa().is_some();
    probe.always("nothing is kept beside nothing", kept);
}

impl Model for LyingClient {
    type State = Initiator;
    type Step = Lie;
    type Goal = LieGoal;

    fn name(&self) -> String {
        "client, lying host".into()
    }

    fn initial(&self) -> Vec<Initiator> {
        let of = |config: &initiator::Config| {
            let mut machine = Initiator::new(*config).expect("settings that fit");
            machine.renumber(FIRST);
            machine
        };
        self.configs.iter().map(of).collect()
    }

    fn steps(&self, machine: &Initiator, steps: &mut Vec<Lie>) {
        let sas = [machine.sa(), machine.kept(), Some(GONE)];
        for sa in sas.into_iter().flatten() {
            let event = |told| Lie::Event(sa, told);
            for content in AUTH {
                steps.push(event(Told::AuthRequest(content)));
                for peer in PEERS {
                    for (redirects, deletes, fatal) in
                        [(false, false, false), (true, false, false), (true, true, false), (true, false, true)]
                    {
                        let told = Told::AuthResponse { peer, content, redirects, deletes, fatal };
                        steps.push(event(told));
                    }
                }
            }
            for a in [false, true] {
                for b in [false, true] {
                    steps.push(event(Told::Init { redirects: a, accepts: b }));
                    for repeated in [false, true] {
                        let told = Told::Informational { redirects: a, deletes: b, repeated };
                        steps.push(event(told));
                    }
                }
                steps.push(event(Told::Keys(a)));
            }
            let told = [Told::Established, Told::GivenUp, Told::Misplaced, Told::Deleted];
            steps.extend(told.map(event));
            steps.extend([Told::Rekeyed, Told::Moved(gateway(0)), Told::Moved(gateway(1))].map(event));
        }
        let asked = machine.question().unwrap_or(CLOSED);
        for to in [gateway(0), gateway(1)] {
            for command in [Command::Connect(to), Command::Retry(to), Command::Renew(to)] {
                steps.push(Lie::Order(command));
            }
            steps.extend([asked, CLOSED].map(|id: QuestionId| Lie::Order(Command::Permit(id, to))));
        }
        for id in [asked, CLOSED] {
            steps.push(Lie::Order(Command::Refuse(id, Refusal::Policy)));
        }
        steps.extend([Lie::Order(Command::Close), Lie::Timeout, Lie::Tick]);
    }

    fn take(&self, before: &Initiator, lie: Lie, probe: &mut Probe) -> Option<Initiator> {
        let mut after = *before;
        let actions = match lie {
            Lie::Event(sa, told) => Self::tell(&mut after, sa, told),
            Lie::Timeout => after.timeout(NOW),
            Lie::Tick => {
                after.rebase(NEXT, NOW);
                return Some(after);
            }
            Lie::Order(command) => match Self::order(&mut after, command) {
                Ok(actions) => actions,
                Err(_) => {
                    probe.always("a refused command changes nothing", after == *before);
                    return Some(after);
                }
            },
        };
        check(before, &after, lie, &actions, probe);
        after.renumber(FIRST);
        Some(after)
    }

    fn lanes(&self) -> &'static [&'static str] {
        &["liar", "client"]
    }

    fn draw(&self, _: &Initiator, lie: Lie) -> Arrow {
        Arrow { from: 0, to: 1, label: format!("{lie:?}") }
    }

    fn describe(&self, machine: &Initiator) -> Vec<String> {
        let kept = if machine.kept().is_some() { ", keeps another" } else { "" };
        vec![format!("{:?}{kept}, asks {:?}", machine.phase(), machine.question())]
    }
}

/// The gateway machine under a host that lies.
pub(crate) struct LyingGateway {
    pub(crate) configs: Vec<responder::Config>,
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum GatewayLie {
    Request { peer: PeerAuth, content: AuthMessage, redirects: bool, fatal: bool },
    Response(AuthMessage),
    Acknowledged,
    NoAnswer,
    Informational { redirects: bool, deletes: bool },
    Misplaced,
    Deleted,
    Rekeyed,
    Timeout,
    Redirect(Option<u32>),
    Cancel,
    Tick,
}

impl GatewayLie {
    fn event(self) -> Option<responder::Event<'static>> {
        use responder::Event;
        Some(match self {
            GatewayLie::Request { peer, content, redirects, fatal } => {
                let fatal_error = fatal.then_some(NotifyType::AUTHENTICATION_FAILED);
                let contents = Contents { fatal_error, ..contents(content, redirects) };
                Event::AuthRequestReceived { peer, contents }
            }
            GatewayLie::Response(sent) => Event::AuthResponseSent { sent },
            GatewayLie::Acknowledged => Event::Acknowledged,
            GatewayLie::NoAnswer => Event::NoAnswer,
            GatewayLie::Informational { redirects, deletes } => {
                let contents = contents(AuthMessage::NOTHING, redirects);
                let contents = Contents { deletes_ike_sa: deletes, ..contents };
                Event::InformationalReceived { contents }
            }
            GatewayLie::Misplaced => Event::MisplacedRedirect,
            GatewayLie::Deleted => Event::Deleted,
            GatewayLie::Rekeyed => Event::Rekeyed,
            GatewayLie::Timeout | GatewayLie::Redirect(_) | GatewayLie::Cancel | GatewayLie::Tick => {
                return None;
            }
        })
    }
}

impl LyingGateway {
    fn check(
        before: &Responder,
        after: &Responder,
        lie: GatewayLie,
        actions: &Actions<responder::Action>,
        probe: &mut Probe,
    ) {
        use responder::Action as A;
        let mistaken = actions.iter().any(|action| matches!(action, A::Misused { .. }));
        probe.sometimes(LieGoal::Told, mistaken);
        let redirects =
            |action| matches!(action, A::RespondRedirect { .. } | A::SendRedirect { .. });
        let redirected = actions.iter().any(redirects);
        probe.sometimes(LieGoal::Followed, redirected);
        probe.always("R3-2: never without support", !redirected || before.supports_redirect());
        let same = before == after;
        probe.always("F23: a mistake is told alone, and changes nothing", {
            !mistaken || (same && actions.len() == 1)
        });
        let only = !actions.is_empty()
            && actions.iter().all(|action| matches!(action, A::Ignored { .. }));
        probe.always("what is only ignored changes nothing", !only || same);
        if let GatewayLie::Request { peer, content, .. } = lie {
            let there = before.phase() == responder::Phase::Authenticating;
            let shows = there && contradicts(peer, content);
            probe.always("F18: what contradicts the payloads is a mistake", !shows || mistaken);
        }
        if let (Some(event), true) = (lie.event(), mistaken || (only && same)) {
            probe.covers(gateway_row(before.phase(), GatewayInput::of(&event)));
        }
        if let GatewayLie::Timeout = lie {
            let due = before.next_deadline().is_some_and(|deadline| deadline.at <= NOW);
            probe.always("an early time-out does nothing", due || (same && actions.is_empty()));
            let still = after.next_deadline().is_some_and(|deadline| deadline.at <= NOW);
            let sent = actions.iter().any(redirects);
            probe.always("a time-out at its deadline clears it", !still || sent);
        }
    }
}

impl Model for LyingGateway {
    type State = Responder;
    type Step = GatewayLie;
    type Goal = LieGoal;

    fn name(&self) -> String {
        "gateway, lying host".into()
    }

    fn initial(&self) -> Vec<Responder> {
        let mut starts = Vec::new();
        for config in &self.configs {
            for supports_redirect in [false, true] {
                let client = responder::Client { supports_redirect, multiple_auth_offered: true };
                starts.push(Responder::new(*config, client));
            }
        }
        starts
    }

    fn steps(&self, _: &Responder, steps: &mut Vec<GatewayLie>) {
        for content in AUTH {
            for peer in PEERS {
                for redirects in [false, true] {
                    let fatal = false;
                    steps.push(GatewayLie::Request { peer, content, redirects, fatal });
                }
                let redirects = false;
                steps.push(GatewayLie::Request { peer, content, redirects, fatal: true });
            }
            steps.push(GatewayLie::Response(content));
        }
        for redirects in [false, true] {
            for deletes in [false, true] {
                steps.push(GatewayLie::Informational { redirects, deletes });
            }
        }
        steps.extend([GatewayLie::Acknowledged, GatewayLie::NoAnswer, GatewayLie::Misplaced]);
        steps.extend([GatewayLie::Deleted, GatewayLie::Rekeyed, GatewayLie::Timeout]);
        steps.extend([Some(0), Some(2), None].map(GatewayLie::Redirect));
        steps.extend([GatewayLie::Cancel, GatewayLie::Tick]);
    }

    fn take(&self, before: &Responder, lie: GatewayLie, probe: &mut Probe) -> Option<Responder> {
        let mut after = *before;
        let actions = match (lie, lie.event()) {
            (_, Some(event)) => after.handle(NOW, event),
            (GatewayLie::Timeout, _) => after.timeout(NOW),
            (GatewayLie::Redirect(at), _) => {
                let at = at.map_or(Instant::NEVER, in_ticks);
                let Ok(actions) = after.redirect_at(NOW, TargetId(1), at) else {
                    probe.always("a refused command changes nothing", after == *before);
                    return Some(after);
                };
                actions
            }
            (GatewayLie::Cancel, _) => after.cancel(NOW).ok()?,
            _ => {
                after.rebase(NEXT, NOW);
                return Some(after);
            }
        };
        Self::check(before, &after, lie, &actions, probe);
        Some(after)
    }

    fn lanes(&self) -> &'static [&'static str] {
        &["liar", "gateway"]
    }

    fn draw(&self, _: &Responder, lie: GatewayLie) -> Arrow {
        Arrow { from: 0, to: 1, label: format!("{lie:?}") }
    }

    fn describe(&self, machine: &Responder) -> Vec<String> {
        vec![format!("{:?}, target {:?}", machine.phase(), machine.target())]
    }
}
