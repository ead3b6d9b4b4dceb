//! The gateway machine of one IKE SA beside a host that knows: whatever the client does, in every
//! order, and whatever the operator may want.

use ikev2_redirect::responder::{Action, Client, Config, TargetId};
use ikev2_redirect::{Actions, Misuse};

use crate::checker::{Arrow, Model, Probe};
use crate::goals;
use crate::script::Exchange;
use crate::truth::gateway::{Farewell, Found, Place, Plan};
use crate::watch::gateway::{Command, WatchedGateway};

/// Gateways with these settings, each with a client of each kind.
pub(crate) struct GatewayAlone {
    pub(crate) title: &'static str,
    pub(crate) configs: Vec<Config>,
    /// The IKE_AUTH phases that there are, written out.
    pub(crate) scripts: Vec<(Vec<Exchange>, bool)>,
    /// How many ticks ahead a redirect may be planned.
    pub(crate) ahead: u16,
    pub(crate) targets: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct World {
    script: u8,
    pub(crate) watched: WatchedGateway,
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum Step {
    Request(Found, bool),
    Response,
    Acknowledged,
    NoAnswer,
    Informational(bool, Farewell),
    Misplaced,
    Deleted,
    Rekeyed,
    Timeout,
    Order(Command),
    Tick,
}

goals!(GatewayGoal {
    RespondFirst => "R6-6: the first response redirects",
    RespondLast => "R6-2: the last response redirects and the client has its grace",
    Planned => "R6-5: a decision in the middle of EAP waits for the last response",
    SendActive => "R5-1: an established session is redirected",
    SentFromAuth => "F17: a plan of the IKE_AUTH phase goes into the session",
    Retransmits => "R5-5: the request is sent again",
    SentAfterRekey => "F16: the request is sent again in the new IKE SA",
    GivesUp => "R5-5: the client never answers",
    GraceOver => "R5-8: the gateway deletes the IKE SA after the grace",
    ClientLeft => "R5-7: the client leaves by itself",
    Unsupported => "R3-2: a redirect of a client without support is refused",
});

impl GatewayAlone {
    fn plans(&self) -> impl Iterator<Item = Plan> + use<> {
        let ahead = (0..=self.ahead).map(Some).chain([None]);
        ahead.map(|left| Plan { target: TargetId(0), left })
    }

    fn call(&self, world: &mut World, step: Step, probe: &mut Probe) -> Option<Actions<Action>> {
        let script = &self.scripts[usize::from(world.script)].0;
        let watched = &mut world.watched;
        Some(match step {
            Step::Request(found, redirects) => watched.request(script, found, redirects, probe),
            Step::Response => watched.response(script, probe),
            Step::Acknowledged => watched.acknowledged(probe),
            Step::NoAnswer => watched.no_answer(probe),
            Step::Informational(redirects, how) => watched.informational(redirects, how, probe),
            Step::Misplaced => {
                watched.misplaced(probe);
                return None;
            }
            Step::Deleted => watched.deleted(probe),
            Step::Rekeyed => watched.rekeyed(probe),
            Step::Timeout => watched.time_out(probe),
            Step::Order(command) => match watched.command(script, command, probe) {
                Ok(actions) => actions,
                Err(misuse) => {
                    let unsupported = misuse == Misuse::ClientUnsupported;
                    probe.sometimes(GatewayGoal::Unsupported, unsupported);
                    return None;
                }
            },
            Step::Tick => {
                watched.tick(probe);
                return None;
            }
        })
    }
}

impl Model for GatewayAlone {
    type State = World;
    type Step = Step;
    type Goal = GatewayGoal;

    fn name(&self) -> String {
        self.title.into()
    }

    fn initial(&self) -> Vec<World> {
        let mut starts = Vec::new();
        for config in &self.configs {
            for supports_redirect in [false, true] {
                for (script, (_, several)) in self.scripts.iter().enumerate() {
                    let client = Client { supports_redirect, multiple_auth_offered: *several };
                    let watched = WatchedGateway::new(*config, client);
                    starts.push(World { script: script as u8, watched });
                }
                let client = Client { supports_redirect, multiple_auth_offered: false };
                let watched = WatchedGateway::established(*config, client);
                starts.push(World { script: 0, watched });
            }
        }
        starts
    }

    fn steps(&self, world: &World, steps: &mut Vec<Step>) {
        let host = &world.watched.host;
        match host.place {
            Place::Auth { owes: false, .. } => {
                for redirects in [false, true] {
                    let found = [Found::AsItShould, Found::WrongAuth, Found::Fatal];
                    steps.extend(found.map(|found| Step::Request(found, redirects)));
                }
            }
            Place::Auth { .. } => steps.push(Step::Response),
            Place::Out { .. } | Place::Leaving { .. } | Place::Gone => {
                steps.extend([Step::Acknowledged, Step::NoAnswer]);
            }
            Place::Up => {}
        }
        if !host.is_gone() {
            for redirects in [false, true] {
                let how = [Farewell::None, Farewell::Deletes, Farewell::Fatal];
                steps.extend(how.map(|how| Step::Informational(redirects, how)));
            }
            steps.push(Step::Deleted);
        }
        if host.is_whole() {
            steps.push(Step::Rekeyed);
        }
        steps.extend([Step::Misplaced, Step::Timeout, Step::Order(Command::Cancel)]);
        let targets = (0..self.targets).map(TargetId);
        steps.extend(targets.map(|target| Step::Order(Command::Redirect(target))));
        steps.extend(self.plans().map(|plan| Step::Order(Command::RedirectAt(plan))));
        // The host runs its timers when they are due.
        if !host.is_due() {
            steps.push(Step::Tick);
        }
    }

    fn take(&self, before: &World, step: Step, probe: &mut Probe) -> Option<World> {
        let mut after = *before;
        if let Some(actions) = self.call(&mut after, step, probe) {
            note(before, &after, step, &actions, probe);
        }
        Some(after)
    }

    fn liveness(&self) -> Option<&'static str> {
        Some("F16: a client that was redirected is gone in the end")
    }

    fn is_terminal(&self, world: &World) -> bool {
        world.watched.host.told.is_none()
    }

    /// The host runs its timers; the client rekeys as often as it likes and says nothing else.
    fn is_fair(&self, _: &World, step: Step) -> bool {
        matches!(step, Step::Timeout | Step::Tick | Step::Rekeyed)
    }

    fn lanes(&self) -> &'static [&'static str] {
        &["client", "gateway"]
    }

    fn draw(&self, _: &World, step: Step) -> Arrow {
        let own = matches!(step, Step::Timeout | Step::Order(_) | Step::Tick | Step::Response);
        Arrow { from: usize::from(own), to: 1, label: format!("{step:?}") }
    }

    fn describe(&self, world: &World) -> Vec<String> {
        crate::tale::gateway(&world.watched)
    }
}

/// What a call has led to.
fn note(before: &World, after: &World, step: Step, actions: &Actions<Action>, probe: &mut Probe) {
    let was = &before.watched.host;
    for action in actions.iter() {
        match action {
            Action::RespondRedirect { .. } => {
                let Place::Auth { done, .. } = was.place else { continue };
                let leaving = matches!(after.watched.host.place, Place::Leaving { .. });
                probe.sometimes(GatewayGoal::RespondFirst, !leaving);
                probe.sometimes(GatewayGoal::RespondLast, leaving);
                probe.sometimes(GatewayGoal::Planned, was.plan.is_some() && done > 0);
            }
            Action::SendRedirect { .. } => {
                let rekeyed = matches!(step, Step::Rekeyed);
                probe.sometimes(GatewayGoal::SendActive, !rekeyed);
                probe.sometimes(GatewayGoal::SentAfterRekey, rekeyed);
                let responds = matches!(step, Step::Response);
                probe.sometimes(GatewayGoal::SentFromAuth, responds);
            }
            Action::Retransmit => probe.sometimes(GatewayGoal::Retransmits, true),
            Action::DeleteSa => probe.sometimes(GatewayGoal::GraceOver, true),
            Action::ClientLeft => probe.sometimes(GatewayGoal::ClientLeft, true),
            Action::Failed { .. } => {
                let timeout = matches!(step, Step::Timeout);
                probe.sometimes(GatewayGoal::GivesUp, timeout);
            }
            Action::Decide { .. }
            | Action::PassOn
            | Action::Acknowledge
            | Action::DropSa
            | Action::Ignored { .. }
            | Action::Misused { .. } => {}
        }
    }
}
