//! The gateway machine of one IKE SA beside a host that knows.

use ikev2_redirect::auth::{AuthMessage, PeerAuth};
use ikev2_redirect::responder::{
    Action, Awaits, Client, Config, Event, Phase, Responder, TargetId,
};
use ikev2_redirect::wire::{Contents, NotifyType, Redirect};
use ikev2_redirect::{Actions, Deadline, Instant, Misuse};

use crate::checker::Probe;
use crate::clock::{NEXT, NOW, in_ticks};
use crate::kinds::GatewayKind;
use crate::rows::{GatewayInput, gateway_row};
use crate::script::{self, Exchange};
use crate::truth::gateway::{Farewell, Found, Outcome, Place, Plan, Rules, Session};

/// The machine and its host.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct WatchedGateway {
    pub(crate) machine: Responder,
    pub(crate) host: Session,
}

/// What the operator orders.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Command {
    Redirect(TargetId),
    RedirectAt(Plan),
    Cancel,
}

impl WatchedGateway {
    pub(crate) fn new(config: Config, client: Client) -> Self {
        let rules = Rules::of(&config, client);
        Self { machine: Responder::new(config, client), host: Session::new(rules) }
    }

    /// A gateway that redirects only what is up.
    pub(crate) fn established(config: Config, client: Client) -> Self {
        let mut watched = Self::new(config, client);
        watched.machine = Responder::established(config, client);
        watched.host.place = Place::Up;
        watched
    }

    /// A tick passes: everything is a tick older.
    pub(crate) fn tick(&mut self, probe: &mut Probe) {
        self.machine.rebase(NEXT, NOW);
        self.host.tick();
        self.check_belief(probe);
    }

    pub(crate) fn request(
        &mut self,
        script: &[Exchange],
        found: Found,
        redirects: bool,
        probe: &mut Probe,
    ) -> Actions<Action> {
        let Place::Auth { done, .. } = self.host.place else { return self.nothing() };
        let sent = script[usize::from(done)].request;
        let before = *self;
        let mut outcome = self.host.request(script, found);
        if redirects && found == Found::AsItShould {
            outcome.ignores = Some(ikev2_redirect::Reason::WrongDirection);
        }
        let peer = match (found, sent.auth) {
            (Found::WrongAuth, _) => PeerAuth::Failed,
            (Found::AsItShould | Found::Fatal, true) => PeerAuth::Verified,
            (Found::AsItShould | Found::Fatal, false) => PeerAuth::Absent,
        };
        let mut contents = contents(sent, redirects);
        if found == Found::Fatal {
            contents.fatal_error = Some(NotifyType::AUTHENTICATION_FAILED);
        }
        let event = Event::AuthRequestReceived { peer, contents };
        self.tell(&before, event, &outcome, probe)
    }

    pub(crate) fn response(&mut self, script: &[Exchange], probe: &mut Probe) -> Actions<Action> {
        let Place::Auth { done, .. } = self.host.place else { return self.nothing() };
        let sent = script[usize::from(done)].response;
        let before = *self;
        let outcome = self.host.response(script);
        self.tell(&before, Event::AuthResponseSent { sent }, &outcome, probe)
    }

    pub(crate) fn acknowledged(&mut self, probe: &mut Probe) -> Actions<Action> {
        let before = *self;
        let outcome = self.host.acknowledged();
        self.tell(&before, Event::Acknowledged, &outcome, probe)
    }

    pub(crate) fn no_answer(&mut self, probe: &mut Probe) -> Actions<Action> {
        let before = *self;
        let outcome = self.host.no_answer();
        self.tell(&before, Event::NoAnswer, &outcome, probe)
    }

    pub(crate) fn informational(
        &mut self,
        redirects: bool,
        how: Farewell,
        probe: &mut Probe,
    ) -> Actions<Action> {
        let before = *self;
        let outcome = self.host.informational(redirects, how);
        let mut contents = contents(AuthMessage::NOTHING, redirects);
        contents.deletes_ike_sa = how == Farewell::Deletes;
        if how == Farewell::Fatal {
            contents.fatal_error = Some(NotifyType::AUTHENTICATION_FAILED);
        }
        self.tell(&before, Event::InformationalReceived { contents }, &outcome, probe)
    }

    pub(crate) fn misplaced(&mut self, probe: &mut Probe) {
        let before = *self;
        let ignores = Some(ikev2_redirect::Reason::WrongDirection);
        let outcome = Outcome { ignores, ..Outcome::default() };
        let _done = self.tell(&before, Event::MisplacedRedirect, &outcome, probe);
        let same = self.machine == before.machine;
        probe.always("R8-2, R7.2-1: a client's REDIRECT changes nothing", same);
    }

    pub(crate) fn deleted(&mut self, probe: &mut Probe) -> Actions<Action> {
        let before = *self;
        let outcome = self.host.deleted();
        self.tell(&before, Event::Deleted, &outcome, probe)
    }

    pub(crate) fn rekeyed(&mut self, probe: &mut Probe) -> Actions<Action> {
        let before = *self;
        let outcome = self.host.rekeyed();
        self.tell(&before, Event::Rekeyed, &outcome, probe)
    }

    fn nothing(&self) -> Actions<Action> {
        Responder::established(Config::default(), NOBODY).timeout(NOW)
    }

    fn tell(
        &mut self,
        before: &Self,
        event: Event<'_>,
        outcome: &Outcome,
        probe: &mut Probe,
    ) -> Actions<Action> {
        let actions = self.machine.handle(NOW, event);
        self.judge(before, GatewayInput::of(&event), &actions, outcome, probe);
        actions
    }

    pub(crate) fn time_out(&mut self, probe: &mut Probe) -> Actions<Action> {
        let before = *self;
        let outcome = self.host.time_out();
        let actions = self.machine.timeout(NOW);
        self.judge(&before, GatewayInput::Timeout, &actions, &outcome, probe);
        actions
    }

    pub(crate) fn command(
        &mut self,
        script: &[Exchange],
        command: Command,
        probe: &mut Probe,
    ) -> Result<Actions<Action>, Misuse> {
        let before = *self;
        let (machine, host) = (&mut self.machine, &mut self.host);
        let (input, expected, result) = match command {
            Command::Redirect(target) => {
                let plan = Plan { target, left: Some(0) };
                let expected = host.redirect(script, plan);
                (GatewayInput::Redirect, expected, machine.redirect(NOW, target))
            }
            Command::RedirectAt(plan) => {
                let expected = host.redirect(script, plan);
                let at = moment(plan.left);
                (GatewayInput::RedirectAt, expected, machine.redirect_at(NOW, plan.target, at))
            }
            Command::Cancel => (GatewayInput::Cancel, host.cancel(), machine.cancel(NOW)),
        };
        probe.always(
            "F17: a command is refused exactly when it makes no sense",
            expected.is_some() == result.is_ok(),
        );
        match (&result, expected) {
            (Ok(actions), Some(outcome)) => self.judge(&before, input, actions, &outcome, probe),
            (Err(_), _) => {
                let same = self.machine == before.machine;
                probe.always("a refused command changes nothing", same);
                probe.covers(gateway_row(before.machine.phase(), input));
            }
            (Ok(_), None) => {}
        }
        result
    }

    fn judge(
        &self,
        before: &Self,
        input: GatewayInput,
        actions: &Actions<Action>,
        outcome: &Outcome,
        probe: &mut Probe,
    ) {
        for action in actions {
            self.judge_one(before, action, outcome, probe);
        }
        let has = |wanted: fn(&Action) -> bool| actions.iter().filter(wanted).count();
        let once =
            |wanted: fn(&Action) -> bool, expected: bool| has(wanted) == usize::from(expected);
        use Action as A;
        let fails = outcome.fails.is_some();
        let unfinished = outcome.responds.is_some_and(|response| !response.completes);
        for (property, holds) in [
            (
                "R6-6: asks where a redirect is legal",
                once(|a| matches!(a, A::Decide { .. }), outcome.asks.is_some()),
            ),
            ("what is usual is passed on", once(|a| matches!(a, A::PassOn), outcome.passes)),
            (
                "R6-5: a decision is carried out when it is legal",
                once(|a| matches!(a, A::RespondRedirect { .. }), outcome.responds.is_some()),
            ),
            (
                "R5-1: a redirect is sent when its time has come",
                once(|a| matches!(a, A::SendRedirect { .. }), outcome.sends.is_some()),
            ),
            (
                "R5-5: sent again when it is time",
                once(|a| matches!(a, A::Retransmit), outcome.repeats),
            ),
            (
                "R8-2: a client's REDIRECT is acknowledged",
                once(|a| matches!(a, A::Acknowledge), outcome.acknowledges),
            ),
            (
                "R5-8, R5-9: deletes when the grace is over",
                once(|a| matches!(a, A::DeleteSa), outcome.deletes),
            ),
            ("R6-12: drops what is over", once(|a| matches!(a, A::DropSa), unfinished || fails)),
            (
                "R5-7: a client that leaves is told of",
                once(|a| matches!(a, A::ClientLeft), outcome.left),
            ),
            ("an IKE SA fails with a reason", once(|a| matches!(a, A::Failed { .. }), fails)),
            (
                "only what is odd is ignored",
                once(|a| matches!(a, A::Ignored { .. }), outcome.ignores.is_some()),
            ),
        ] {
            probe.always(property, holds);
        }
        self.check_belief(probe);
        probe.covers(gateway_row(before.machine.phase(), input));
        let mut deeds = [None; 4];
        for (place, action) in deeds.iter_mut().zip(actions) {
            *place = Some(std::mem::discriminant(&action));
        }
        let (was, due) = (before.machine.phase(), before.host.is_due());
        let after = self.machine.phase();
        probe.kind(&GatewayKind { before: was, input, due, deeds, after });
    }

    fn judge_one(&self, before: &Self, action: Action, outcome: &Outcome, probe: &mut Probe) {
        match action {
            Action::Decide { stage } => {
                probe.always("R6-3, R6-8: asks on true grounds", outcome.asks == Some(stage));
            }
            Action::RespondRedirect { target, with_identity, with_auth } => {
                let Some(response) = outcome.responds else {
                    return probe.always("R6-6: redirects in IKE_AUTH where it is legal", false);
                };
                let right = response.target == target;
                probe.always("R3-3: redirects to where the operator wants", right);
                let proves = response.auth == with_auth;
                probe.always("R6-10: a gateway that redirects proves what it owes", proves);
                let identifies = response.identity == with_identity;
                probe.always("H16: says who it is if it has not said so", identifies);
            }
            Action::SendRedirect { target } => {
                let right = outcome.sends == Some(target);
                probe.always("R3-3: redirects to where the operator wants", right);
            }
            Action::Failed { reason } => {
                probe.always("a failure has its reason", outcome.fails == Some(reason));
            }
            Action::Ignored { reason } => {
                probe.always("what is ignored has its reason", outcome.ignores == Some(reason));
                let told = outcome.acknowledges
                    || outcome.asks.is_some()
                    || outcome.responds.is_some()
                    || outcome.passes;
                let same = self.machine == before.machine;
                probe.always("what is only ignored changes nothing", told || same);
            }
            Action::Misused { .. } => {
                probe.always("F23: the truth is never called a mistake", false);
            }
            Action::PassOn
            | Action::Retransmit
            | Action::Acknowledge
            | Action::DeleteSa
            | Action::DropSa
            | Action::ClientLeft => {}
        }
    }

    /// What the machine believes is what the host knows.
    fn check_belief(&self, probe: &mut Probe) {
        let (host, machine) = (&self.host, &self.machine);
        let phase = match (host.place, host.plan) {
            (Place::Auth { asked: true, .. }, _) => Phase::Deciding,
            (Place::Auth { .. }, _) => Phase::Authenticating,
            (Place::Up, None) => Phase::Established,
            (Place::Up, Some(_)) => Phase::Scheduled,
            (Place::Out { .. }, _) => Phase::Redirecting,
            (Place::Leaving { .. }, _) => Phase::Leaving,
            (Place::Gone, _) => Phase::Closed,
        };
        probe.always("the phase is what the host knows", machine.phase() == phase);
        let target = match host.place {
            Place::Out { target, .. } => Some(target),
            _ => host.plan.map(|plan| plan.target),
        };
        probe.always("R6-5, F17: a decision is not forgotten", machine.target() == target);
        let deadline = match (host.place, host.plan) {
            (Place::Up, Some(plan)) => plan.left.map(|left| (left, Awaits::Schedule)),
            (Place::Out { left, .. }, _) => Some((left, Awaits::Acknowledgement)),
            (Place::Leaving { left }, _) => Some((left, Awaits::Departure)),
            (Place::Up | Place::Auth { .. } | Place::Gone, _) => None,
        };
        let due = deadline.is_some_and(|(left, _)| left == 0);
        let told = machine.next_deadline();
        let reached = told.is_some_and(|deadline| deadline.at <= NOW);
        let later = deadline
            .filter(|_| !due)
            .map(|(left, reason)| Deadline { at: in_ticks(u32::from(left)), reason });
        probe.always(
            "R5-9, R5-10: the deadline is the next thing that has a time",
            if due { reached } else { told == later },
        );
        let longest = host.rules.longest_stay();
        probe.always(
            "F16: a redirected client is gone after a bounded time",
            host.told.is_none_or(|ticks| ticks <= longest),
        );
        let served = matches!(machine.phase(), Phase::Established | Phase::Scheduled);
        probe.always("R6-1: who was redirected is not served on", host.told.is_none() || !served);
        let told = host.told.is_some() || matches!(machine.phase(), Phase::Redirecting);
        probe.always("R3-2, D3-2: never without support", !told || host.rules.supports);
    }
}

const NOBODY: Client = Client { supports_redirect: false, multiple_auth_offered: false };

/// The moment that is so many ticks away.
fn moment(left: Option<u16>) -> Instant {
    left.map_or(Instant::NEVER, |left| in_ticks(u32::from(left)))
}

fn contents(sent: AuthMessage, redirects: bool) -> Contents<'static> {
    let target = std::net::Ipv4Addr::new(192, 0, 2, 9).into();
    let redirect = redirects.then_some(Ok(Redirect { target }));
    Contents { redirect, ..script::contents(sent) }
}
