//! The gateway machine of one IKE SA by itself, under every event and every command in every
//! order.

use ikev2_redirect::auth::{Content, PeerAuth};
use ikev2_redirect::responder::{
    Action, Client, Config, Event, Phase, Responder, Retransmission, Stage, TargetId,
};
use ikev2_redirect::wire::{Contents, Redirect};
use ikev2_redirect::{Actions, Instant, Misuse};

use crate::checker::{Arrow, Model, Probe};
use crate::clock::{NEXT, NOW, TICK, in_ticks};
use crate::goals;
use crate::rows::{GatewayInput, gateway_row};

/// Gateways with these settings, each with a client of each kind.
pub(crate) struct GatewayAlone {
    pub(crate) title: &'static str,
    pub(crate) configs: Vec<Config>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct World {
    machine: Responder,
    rules: Rules,
    log: Log,
}

/// What the properties are measured by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Rules {
    supports: bool,
    opted_in: bool,
    /// In ticks.
    grace: u8,
    tries: u8,
}

impl Rules {
    fn of(config: &Config, client: Client) -> Self {
        Self {
            supports: client.supports_redirect,
            opted_in: config.redirect_unauthenticated,
            grace: (config.grace / TICK) as u8,
            tries: match config.retransmission {
                Retransmission::ByHost => 0,
                Retransmission::ByMachine { tries, .. } => tries,
            },
        }
    }
}

/// What happened, as far as the properties ask for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Log {
    /// The client has proven an identity.
    client_verified: bool,
    /// Its latest AUTH was wrong, or EAP failed.
    client_failed: bool,
    /// The host was asked and has not answered.
    asked: Option<Stage>,
    /// An IKE_AUTH request waits for its response.
    owes_response: bool,
    /// The REDIRECT is out, so many times again, and not acknowledged.
    sent: Option<u8>,
    /// Ticks since the client was told, up to the grace.
    told: Option<u8>,
    /// The REDIRECT stood in an IKE_AUTH response: no CHILD SA.
    in_auth: bool,
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum Step {
    AuthRequest { peer: PeerAuth, content: Content, redirects: bool },
    AuthResponse(Content),
    Acknowledged,
    NoAnswer,
    Informational { redirects: bool, deletes: bool },
    Misplaced,
    SaDeleted,
    Rekeyed,
    Timeout,
    Redirect(TargetId),
    RedirectAt(TargetId, Instant),
    Cancel,
    Tick,
}

goals!(GatewayGoal {
    RespondFirst => "R6-6: the first response redirects",
    RespondClaimed => "R6-8: the first response of EAP redirects, when opted in",
    RespondLast => "R6-2: the last response redirects and the client has its grace",
    Planned => "R6-5: a decision in the middle of EAP waits for the last response",
    SendActive => "R5-1: an established session is redirected",
    Retransmits => "R5-5: the request is sent again",
    GivesUp => "R5-5: the client never answers",
    GraceOver => "R5-8: the gateway deletes the IKE SA after the grace",
    ClientLeft => "R5-7: the client leaves by itself",
    Unsupported => "R3-2: a redirect of a client without support is refused",
});

const FIRST: TargetId = TargetId(1);
const SECOND: TargetId = TargetId(2);

fn contents(redirects: bool, content: Content) -> Contents<'static> {
    let target = std::net::Ipv4Addr::new(192, 0, 2, 9).into();
    Contents {
        redirect: redirects.then_some(Ok(Redirect { target })),
        auth: content.auth,
        eap: content.eap,
        another_auth_follows: content.another_auth_follows,
        multiple_auth_supported: content.multiple_auth_supported,
        ..Contents::default()
    }
}

/// What an IKE_AUTH message can carry, as far as it matters.
fn auth_contents() -> [Content; 6] {
    let nothing = Content { multiple_auth_supported: true, ..Content::NOTHING };
    let auth = Content { auth: true, ..nothing };
    [
        Content::NOTHING,
        nothing,
        Content { eap: true, ..nothing },
        auth,
        Content { eap: true, ..auth },
        Content { another_auth_follows: true, ..auth },
    ]
}

impl Step {
    fn event(self) -> Option<Event<'static>> {
        Some(match self {
            Step::AuthRequest { peer, content, redirects } => {
                Event::AuthRequest { peer, contents: contents(redirects, content) }
            }
            Step::AuthResponse(sent) => Event::AuthResponse { sent },
            Step::Acknowledged => Event::Acknowledged,
            Step::NoAnswer => Event::NoAnswer,
            Step::Informational { redirects, deletes } => {
                let contents = contents(redirects, Content::NOTHING);
                Event::Informational { contents: Contents { deletes_ike_sa: deletes, ..contents } }
            }
            Step::Misplaced => Event::MisplacedRedirect,
            Step::SaDeleted => Event::SaDeleted,
            Step::Rekeyed => Event::Rekeyed,
            Step::Timeout => Event::Timeout,
            Step::Redirect(_) | Step::RedirectAt(..) | Step::Cancel | Step::Tick => return None,
        })
    }
}

impl World {
    fn handle(&mut self, event: Event<'static>, probe: &mut Probe) {
        let before = *self;
        probe.covers(gateway_row(before.machine.phase(), GatewayInput::of(&event)));
        let actions = self.machine.handle(NOW, event);
        self.check_event(&before, &event, &actions, probe);
        self.log.note(&before.machine, &event);
        self.carry_out(&actions, probe);
    }

    fn check_event(
        &self,
        before: &World,
        event: &Event<'_>,
        actions: &Actions<Action>,
        probe: &mut Probe,
    ) {
        let same = self.machine == before.machine;
        let ignored = |action| matches!(action, Action::Ignored { .. });
        let only_ignored = !actions.is_empty() && actions.iter().all(ignored);
        probe.always("what is only ignored changes nothing", !only_ignored || same);
        let acks = actions.iter().filter(|action| matches!(action, Action::Acknowledge)).count();
        match *event {
            Event::Timeout => {
                let due = |machine: &Responder| {
                    machine.next_deadline().is_some_and(|deadline| deadline.at <= NOW)
                };
                let idle = same && actions.is_empty();
                probe.always("an early time-out does nothing", due(&before.machine) || idle);
                probe.always("a time-out at its deadline clears it", !due(&self.machine));
            }
            Event::MisplacedRedirect => {
                probe.always("R8-2, R7.2-1: a client's REDIRECT changes nothing", same);
            }
            Event::Informational { contents } if contents.redirect.is_some() => {
                let up = !matches!(
                    before.machine.phase(),
                    Phase::Authenticating | Phase::Deciding | Phase::Closed
                );
                probe.always(
                    "R8-2: a client's REDIRECT is acknowledged once",
                    acks == u8::from(up).into(),
                );
                let moved = !same && !contents.deletes_ike_sa;
                probe.always("R8-2: a client's REDIRECT is not acted on", !moved);
            }
            _ => probe.always("R5-4: nothing else is acknowledged", acks == 0),
        }
    }

    fn command(&mut self, step: Step, probe: &mut Probe) -> Option<()> {
        let before = *self;
        let machine = &mut self.machine;
        let (input, result) = match step {
            Step::Redirect(target) => (GatewayInput::Redirect, machine.redirect(NOW, target)),
            Step::RedirectAt(target, at) => {
                (GatewayInput::RedirectAt, machine.redirect_at(NOW, target, at))
            }
            Step::Cancel => (GatewayInput::Cancel, machine.cancel(NOW)),
            _ => return None,
        };
        probe.covers(gateway_row(before.machine.phase(), input));
        match result {
            Err(misuse) => {
                probe.always("a refused command changes nothing", self.machine == before.machine);
                probe.sometimes(GatewayGoal::Unsupported, misuse == Misuse::ClientUnsupported);
            }
            Ok(actions) => {
                let support = self.rules.supports;
                probe.always("R3-2, D3-2: never without support", support);
                self.carry_out(&actions, probe);
            }
        }
        Some(())
    }

    fn carry_out(&mut self, actions: &Actions<Action>, probe: &mut Probe) {
        probe.always("no action is lost", actions.len() < 4);
        for action in actions.iter() {
            match action {
                Action::Decide { stage } => {
                    probe.always("R3-2: asks only about clients with support", self.rules.supports);
                    self.check_legal(stage, probe);
                    self.log.asked = Some(stage);
                }
                Action::RespondRedirect { with_auth, with_identity, .. } => {
                    self.check_response(with_auth, with_identity, probe);
                    let leaves = self.machine.phase() == Phase::Leaving;
                    let stage = self.log.asked;
                    probe.sometimes(GatewayGoal::RespondClaimed, stage == Some(Stage::Claimed));
                    probe.sometimes(GatewayGoal::RespondFirst, stage == Some(Stage::First));
                    probe.sometimes(GatewayGoal::RespondLast, leaves);
                    probe.sometimes(GatewayGoal::Planned, stage.is_none());
                    self.log = Log { told: leaves.then_some(0), in_auth: true, ..Log::new() };
                }
                Action::SendRedirect { .. } => {
                    self.check_send(probe);
                    self.log = Log { sent: Some(0), ..Log::new() };
                    probe.sometimes(GatewayGoal::SendActive, true);
                }
                Action::Retransmit => {
                    probe.always("R5-5: only what was sent is sent again", self.log.sent.is_some());
                    self.log.sent = self.log.sent.map(|times| times + 1);
                    probe
                        .always("it is not sent for ever", self.log.sent <= Some(self.rules.tries));
                    probe.sometimes(GatewayGoal::Retransmits, true);
                }
                Action::DeleteSa => {
                    probe.always(
                        "R5-9: no DELETE before the grace is over",
                        self.log.told.is_some_and(|ticks| ticks >= self.rules.grace),
                    );
                    probe.sometimes(GatewayGoal::GraceOver, true);
                }
                Action::ClientLeft => {
                    let told = self.log.sent.is_some() || self.log.told.is_some();
                    probe.always("R5-7: a client leaves after it was told", told);
                    probe.sometimes(GatewayGoal::ClientLeft, true);
                }
                Action::Failed { .. } => {
                    probe.sometimes(GatewayGoal::GivesUp, self.log.sent.is_some());
                }
                Action::DropSa => {
                    probe
                        .always("R6-12: drops what is over", self.machine.phase() == Phase::Closed);
                }
                Action::PassOn | Action::Acknowledge | Action::Ignored { .. } => {}
            }
        }
        self.check_phase(probe);
    }

    /// R6-3, R6-8, R9-6: on what grounds the host may be asked.
    fn check_legal(&self, stage: Stage, probe: &mut Probe) {
        probe.always("R6-6: asks only while a response is owed", self.log.owes_response);
        probe.always("R6-3: never after a failed AUTH", !self.log.client_failed);
        probe.always(
            "R6-8, R9-6: an unproven identity only when opted in",
            self.log.client_verified || self.rules.opted_in,
        );
        probe.always(
            "R6-3: what counts as proven is proven",
            stage == Stage::Claimed || self.log.client_verified,
        );
    }

    fn check_response(&self, with_auth: bool, with_identity: bool, probe: &mut Probe) {
        let support = self.rules.supports;
        probe.always("R3-2: never REDIRECT to a client without support", support);
        probe.always("R6-6: redirects in a response only", self.log.owes_response);
        probe.always("R6-3: never after a failed AUTH", !self.log.client_failed);
        probe.always(
            "R6-3, R9-6: redirects a proven client, or one that claims when opted in",
            self.log.client_verified || self.rules.opted_in,
        );
        let claimed = self.log.asked == Some(Stage::Claimed);
        probe.always("R6-10: a first response has AUTH", !claimed || with_auth);
        probe.always("an identity is proven by AUTH", !with_identity || with_auth);
    }

    fn check_send(&self, probe: &mut Probe) {
        let support = self.rules.supports;
        probe.always("R3-2: never REDIRECT to a client without support", support);
        probe.always("R5-6: no INFORMATIONAL after a redirect in IKE_AUTH", !self.log.in_auth);
        probe.always("no second redirect", self.log.told.is_none());
    }

    fn check_phase(&self, probe: &mut Probe) {
        let phase = self.machine.phase();
        let session = matches!(phase, Phase::Established | Phase::Scheduled | Phase::Redirecting);
        probe
            .always("R6-1: no session after a redirect in IKE_AUTH", !self.log.in_auth || !session);
        let told = self.log.told.is_some();
        probe.always(
            "a client that was told is leaving or gone",
            !told || matches!(phase, Phase::Leaving | Phase::Closed),
        );
    }
}

impl Log {
    fn new() -> Self {
        Self {
            client_verified: false,
            client_failed: false,
            asked: None,
            owes_response: false,
            sent: None,
            told: None,
            in_auth: false,
        }
    }

    /// What an event that fits the phase means.
    fn note(&mut self, before: &Responder, event: &Event<'_>) {
        let phase = before.phase();
        match *event {
            Event::AuthRequest { peer, .. } if phase == Phase::Authenticating => {
                self.client_verified |= peer == PeerAuth::Verified;
                self.client_failed = peer == PeerAuth::Failed;
                self.owes_response = true;
                self.asked = None;
            }
            Event::AuthResponse { .. }
                if matches!(phase, Phase::Authenticating | Phase::Deciding) =>
            {
                self.owes_response = false;
                self.asked = None;
            }
            Event::Acknowledged if phase == Phase::Redirecting => {
                self.sent = None;
                self.told = Some(0);
            }
            _ => {}
        }
    }
}

impl Model for GatewayAlone {
    type State = World;
    type Step = Step;
    type Goal = GatewayGoal;

    fn name(&self) -> String {
        format!("gateway alone{}", self.title)
    }

    fn initial(&self) -> Vec<World> {
        let mut worlds = Vec::new();
        for config in &self.configs {
            for supports_redirect in [false, true] {
                let client = Client { supports_redirect, multiple_auth_offered: true };
                let machine = Responder::new(*config, client);
                worlds.push(World { machine, rules: Rules::of(config, client), log: Log::new() });
            }
        }
        worlds
    }

    fn steps(&self, _: &World, steps: &mut Vec<Step>) {
        for content in auth_contents() {
            let peers: &[PeerAuth] = if content.auth {
                &[PeerAuth::Verified, PeerAuth::Failed]
            } else {
                &[PeerAuth::Absent, PeerAuth::Failed]
            };
            for &peer in peers {
                for redirects in [false, true] {
                    steps.push(Step::AuthRequest { peer, content, redirects });
                }
            }
            steps.push(Step::AuthResponse(content));
        }
        for redirects in [false, true] {
            for deletes in [false, true] {
                steps.push(Step::Informational { redirects, deletes });
            }
        }
        steps.extend([Step::Acknowledged, Step::NoAnswer, Step::Misplaced, Step::SaDeleted]);
        steps.extend([Step::Rekeyed, Step::Timeout, Step::Cancel, Step::Tick]);
        steps.extend([FIRST, SECOND].map(Step::Redirect));
        let times = [Instant::from_millis(0), NOW, in_ticks(2), Instant::NEVER];
        steps.extend(times.map(|at| Step::RedirectAt(FIRST, at)));
    }

    fn take(&self, state: &World, step: Step, probe: &mut Probe) -> Option<World> {
        let mut world = *state;
        match step.event() {
            Some(event) => world.handle(event, probe),
            None if matches!(step, Step::Tick) => {
                world.machine.rebase(NEXT, NOW);
                let grace = world.rules.grace;
                world.log.told = world.log.told.map(|ticks| (ticks + 1).min(grace));
            }
            None => world.command(step, probe)?,
        }
        Some(world)
    }

    fn lanes(&self) -> &'static [&'static str] {
        &["world", "gateway"]
    }

    fn draw(&self, _: &World, step: Step) -> Arrow {
        let outside = step.event().is_some() && !matches!(step, Step::Timeout);
        Arrow { from: usize::from(!outside), to: 1, label: format!("{step:?}") }
    }

    fn describe(&self, state: &World) -> Vec<String> {
        let machine = &state.machine;
        vec![format!("{:?}, target {:?}", machine.phase(), machine.target())]
    }
}
