//! The gateway machine of one IKE SA by itself, under every event and every command in every
//! order.

use ikev2_redirect::auth::{AuthMessage, PeerAuth};
use ikev2_redirect::responder::{Action, Client, Config, Event, Phase, Stage, TargetId};
use ikev2_redirect::wire::{Contents, Redirect};
use ikev2_redirect::{Actions, Instant, Misuse};

use crate::checker::{Arrow, Model, Probe};
use crate::clock::{NOW, in_ticks};
use crate::goals;
use crate::watch::gateway::{Command, WatchedGateway};

/// Gateways with these settings, each with a client of each kind.
pub(crate) struct GatewayAlone {
    pub(crate) configs: Vec<Config>,
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum Step {
    AuthRequest { peer: PeerAuth, content: AuthMessage, redirects: bool },
    AuthResponse(AuthMessage),
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

fn contents(redirects: bool, content: AuthMessage) -> Contents<'static> {
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
fn auth_contents() -> [AuthMessage; 6] {
    let nothing = AuthMessage { multiple_auth_supported: true, ..AuthMessage::NOTHING };
    let auth = AuthMessage { auth: true, ..nothing };
    [
        AuthMessage::NOTHING,
        nothing,
        AuthMessage { eap: true, ..nothing },
        auth,
        AuthMessage { eap: true, ..auth },
        AuthMessage { another_auth_follows: true, ..auth },
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
                let contents = contents(redirects, AuthMessage::NOTHING);
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

impl Step {
    /// The command, unless it is an event or a tick.
    fn command(self) -> Option<Command> {
        Some(match self {
            Step::Redirect(target) => Command::Redirect(target),
            Step::RedirectAt(target, at) => Command::RedirectAt(target, at),
            Step::Cancel => Command::Cancel,
            _ => return None,
        })
    }
}

/// What a call has led to.
fn note(
    before: &WatchedGateway,
    after: &WatchedGateway,
    actions: &Actions<Action>,
    probe: &mut Probe,
) {
    for action in actions.iter() {
        match action {
            Action::RespondRedirect { .. } => {
                let stage = before.asked();
                probe.sometimes(GatewayGoal::RespondClaimed, stage == Some(Stage::Claimed));
                probe.sometimes(GatewayGoal::RespondFirst, stage == Some(Stage::First));
                let leaving = after.machine.phase() == Phase::Leaving;
                probe.sometimes(GatewayGoal::RespondLast, leaving);
                probe.sometimes(GatewayGoal::Planned, stage.is_none());
            }
            Action::SendRedirect { .. } => probe.sometimes(GatewayGoal::SendActive, true),
            Action::Retransmit => probe.sometimes(GatewayGoal::Retransmits, true),
            Action::DeleteSa => probe.sometimes(GatewayGoal::GraceOver, true),
            Action::ClientLeft => probe.sometimes(GatewayGoal::ClientLeft, true),
            Action::Failed { .. } => {
                probe.sometimes(GatewayGoal::GivesUp, before.waits_for_acknowledgement());
            }
            _ => {}
        }
    }
}

impl Model for GatewayAlone {
    type State = WatchedGateway;
    type Step = Step;
    type Goal = GatewayGoal;

    fn name(&self) -> String {
        "gateway alone".into()
    }

    fn initial(&self) -> Vec<WatchedGateway> {
        let mut starts = Vec::new();
        for config in &self.configs {
            for supports_redirect in [false, true] {
                let client = Client { supports_redirect, multiple_auth_offered: true };
                starts.push(WatchedGateway::new(*config, client));
            }
        }
        starts
    }

    fn steps(&self, _: &WatchedGateway, steps: &mut Vec<Step>) {
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

    fn take(
        &self,
        before: &WatchedGateway,
        step: Step,
        probe: &mut Probe,
    ) -> Option<WatchedGateway> {
        let mut after = *before;
        if let Some(event) = step.event() {
            let actions = after.handle(event, probe);
            note(before, &after, &actions, probe);
        } else if let Some(command) = step.command() {
            match after.command(command, probe) {
                Ok(actions) => note(before, &after, &actions, probe),
                Err(misuse) => {
                    probe.sometimes(GatewayGoal::Unsupported, misuse == Misuse::ClientUnsupported)
                }
            }
        } else {
            after.tick();
        }
        Some(after)
    }

    fn lanes(&self) -> &'static [&'static str] {
        &["world", "gateway"]
    }

    fn draw(&self, _: &WatchedGateway, step: Step) -> Arrow {
        let outside = step.event().is_some() && !matches!(step, Step::Timeout);
        Arrow { from: usize::from(!outside), to: 1, label: format!("{step:?}") }
    }

    fn describe(&self, state: &WatchedGateway) -> Vec<String> {
        let machine = &state.machine;
        vec![format!("{:?}, target {:?}", machine.phase(), machine.target())]
    }
}
