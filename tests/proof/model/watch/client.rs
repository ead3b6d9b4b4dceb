//! The client machine beside a host that knows. Belief is truth: after each call the machine knows
//! what the host knows.

use std::net::IpAddr;

use ikev2_redirect::initiator::{
    Action, Awaits, Config, Event, Initiator, Phase, Provenance, QuestionId, Refusal, SaId,
};
use ikev2_redirect::{Actions, Deadline, Misuse, Reason};

use crate::checker::Probe;
use crate::clock::{NEXT, NOW, due};
use crate::rows::{ClientInput, client_row};
use crate::tag::Tag;
use crate::truth::client::{Host, Named, Rules, Sa, Stage};
use crate::truth::reasons::{Verdict, objection};

/// The machine and its host.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct WatchedClient {
    pub(crate) machine: Initiator,
    pub(crate) host: Host,
    pub(crate) rules: Rules,
}

/// The first of the names that are given after each call: to the kept IKE SA, then to the current
/// one, then to the question.
pub(crate) const FIRST: u32 = 2;

/// What new names begin with.
pub(super) const NEXT_NAME: u32 = FIRST + 3;

/// Any IKE SA that is gone.
pub(crate) const GONE: SaId = SaId(FIRST - 1);

/// Any question that is not open any more.
pub(crate) const CLOSED: QuestionId = QuestionId(FIRST - 1);

/// What the host orders.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Command {
    Connect(IpAddr),
    Permit(QuestionId, IpAddr),
    Refuse(QuestionId, Refusal),
    Retry(IpAddr),
    Renew(IpAddr),
    Close,
}

impl Command {
    pub(crate) fn give(self, machine: &mut Initiator) -> Result<Actions<Action<'static>>, Misuse> {
        match self {
            Command::Connect(to) => machine.connect(NOW, to),
            Command::Permit(question, to) => machine.permit(NOW, question, to),
            Command::Refuse(question, refusal) => machine.refuse(NOW, question, refusal),
            Command::Retry(to) => machine.retry(NOW, to),
            Command::Renew(to) => machine.renew(NOW, to),
            Command::Close => machine.close(NOW),
        }
    }
}

/// What the host knows of what it tells or orders, so that the outcome can be judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Cause {
    pub(crate) input: ClientInput,
    /// The IKE SA that it is about.
    pub(crate) sa: Option<SaId>,
    pub(crate) redirect: Option<Sent>,
    /// The message goes on as usual.
    pub(crate) passes: bool,
    pub(crate) acknowledges: bool,
    /// Something to ignore that is no REDIRECT, or a whole message.
    pub(crate) ignores: Option<Reason>,
    /// The gateway's responder SPI is not what the RFC wants.
    pub(crate) odd: bool,
    /// The open question, if there is one, has to end without a verdict.
    pub(crate) abandons: bool,
    pub(crate) order: Option<Command>,
    /// What the reason is if an IKE SA is gone by this.
    pub(crate) reason: Option<Reason>,
}

/// A REDIRECT that came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Sent {
    pub(crate) named: Named,
    pub(crate) provenance: Provenance,
    pub(crate) verdict: Verdict,
}

impl Cause {
    pub(crate) fn of(input: ClientInput, sa: Option<SaId>) -> Self {
        Self {
            input,
            sa,
            redirect: None,
            passes: false,
            acknowledges: false,
            ignores: None,
            odd: false,
            abandons: false,
            order: None,
            reason: None,
        }
    }
}

impl WatchedClient {
    pub(crate) fn new(config: Config) -> Self {
        let machine = Initiator::new(config).expect("settings that fit");
        Self::around(machine, config)
    }

    /// A host that restarts with a saved session.
    pub(crate) fn restarted(config: Config, gateway: IpAddr) -> Self {
        let machine = Initiator::established(config, gateway).expect("settings that fit");
        let mut watched = Self::around(machine, config);
        watched.host.sas[0] = Some(Sa {
            id: SaId(FIRST + 1),
            gateway,
            from: None,
            literal: true,
            stage: Stage::Up,
            end: None,
            tag: Tag(0),
            heard: 0,
        });
        let mut probe = Probe::default();
        watched.check_belief(&mut probe);
        assert_eq!(probe.broken(), None, "a restarted machine knows its session");
        watched
    }

    fn around(mut machine: Initiator, config: Config) -> Self {
        machine.renumber(FIRST);
        Self { machine, host: Host::NEW, rules: Rules::of(&config) }
    }

    /// A tick passes: everything is a tick older.
    pub(crate) fn tick(&mut self, probe: &mut Probe) {
        self.host.tick(&self.rules);
        self.machine.rebase(NEXT, NOW);
        self.check_belief(probe);
    }

    /// Tells what is true. The host has taken note of it before.
    pub(super) fn tell<'m>(
        &mut self,
        before: &Self,
        event: Event<'m, '_>,
        cause: &Cause,
        probe: &mut Probe,
    ) -> Actions<Action<'m>> {
        let id = cause.sa.expect("an event is about an IKE SA");
        let actions = self.machine.handle(NOW, id, event);
        self.outcome(before, &actions, cause, probe);
        actions
    }

    /// An event about an IKE SA that is gone, told by a host that was busy with it.
    pub(crate) fn tell_late(&mut self, event: Event<'_, '_>, probe: &mut Probe) {
        let before = *self;
        let ignores = Some(Reason::UnknownSa);
        let cause = Cause { ignores, ..Cause::of(ClientInput::of(&event), Some(GONE)) };
        let actions = self.machine.handle(NOW, GONE, event);
        let unknown = Action::Ignored { sa: GONE, reason: Reason::UnknownSa };
        probe.always("F08: an event about what is gone is ignored", actions == [unknown]);
        self.outcome(&before, &actions, &cause, probe);
    }

    pub(crate) fn time_out(&mut self, probe: &mut Probe) -> Actions<Action<'static>> {
        let before = *self;
        let abandons = self.host.is_late(&self.rules);
        let reason = Some(Reason::VetTimeout);
        let cause = Cause { abandons, reason, ..Cause::of(ClientInput::Timeout, None) };
        let actions = self.machine.timeout(NOW);
        self.outcome(&before, &actions, &cause, probe);
        actions
    }

    /// Orders what the host wants. A verdict closes the question if it is the one that is open.
    pub(crate) fn command(
        &mut self,
        command: Command,
        probe: &mut Probe,
    ) -> Result<Actions<Action<'static>>, Misuse> {
        let before = *self;
        let result = command.give(&mut self.machine);
        probe.always(
            "a command is refused exactly when it makes no sense",
            result.is_ok() == before.makes_sense(command),
        );
        let mut cause = Cause::of(ClientInput::of_command(&command), None);
        cause.order = Some(command);
        match &result {
            Err(_) => {
                let same = self.machine == before.machine;
                probe.always("a refused command changes nothing", same);
                probe.covers(client_row(&before.host, &cause));
            }
            Ok(actions) => {
                let question = before.host.question;
                cause.reason = match command {
                    Command::Refuse(_, refusal) => Some(refusal.reason()),
                    Command::Permit(_, to) => question.and_then(|asked| objection(asked.from, to)),
                    _ => None,
                };
                if let Command::Permit(..) | Command::Refuse(..) = command {
                    self.host.question = None;
                }
                cause.abandons = command == Command::Close;
                self.outcome(&before, actions, &cause, probe);
            }
        }
        result
    }

    /// Whether what the host orders can be carried out, by what is true.
    fn makes_sense(&self, command: Command) -> bool {
        let current = self.host.current();
        let usable = |to: IpAddr| !to.is_unspecified();
        match command {
            Command::Connect(to) => usable(to) && !self.host.has_anything(),
            Command::Permit(id, to) => {
                let named = |target| match target {
                    Named::Address(target) => target == to,
                    Named::Name | Named::Nobody | Named::Malformed => true,
                };
                let open = self.host.question.filter(|question| question.id == id);
                open.is_some_and(|question| named(question.target))
            }
            Command::Refuse(id, _) => self.host.is_open(id),
            Command::Retry(to) => current
                .is_some_and(|sa| !sa.is_up() && !sa.literal && usable(to) && sa.from != Some(to)),
            Command::Renew(to) => usable(to) && current.is_some_and(Sa::is_up),
            Command::Close => self.host.has_anything(),
        }
    }

    /// Whatever was said is carried out, judged and named anew.
    fn outcome(
        &mut self,
        before: &Self,
        actions: &Actions<Action<'_>>,
        cause: &Cause,
        probe: &mut Probe,
    ) {
        // What the machine believes tells more than what it said.
        let mut said = Probe::default();
        self.carry_out(before, actions, cause, &mut said);
        self.check_belief(probe);
        probe.then(&said);
        probe.covers(client_row(&before.host, cause));
        probe.kind(&crate::kinds::of(before, self, cause, actions));
        self.rename();
    }

    /// Gives the names that states have in common.
    fn rename(&mut self) {
        let machine = &mut self.machine;
        let (kept, current, asked) = (machine.kept(), machine.sa(), machine.question());
        machine.renumber(FIRST);
        let name = |id| match id {
            id if Some(id) == kept => SaId(FIRST),
            id if Some(id) == current => SaId(FIRST + 1),
            _ => GONE,
        };
        let question = |id| if Some(id) == asked { QuestionId(FIRST + 2) } else { CLOSED };
        self.host.rename(name, question);
    }

    /// What the machine believes is what the host knows.
    pub(crate) fn check_belief(&self, probe: &mut Probe) {
        let (host, machine) = (&self.host, &self.machine);
        let alive = |id| host.sa(id).is_some_and(|sa| sa.end.is_none());
        let known = machine.sa().into_iter().chain(machine.kept());
        let up = machine.phase() == Phase::Up;
        let current = machine.sa().and_then(|id| host.sa(id));
        probe.always(
            "F01: what the machine calls established is alive and whole",
            !up || current.is_some_and(|sa| sa.end.is_none() && sa.is_whole()),
        );
        probe.always("no IKE SA that the machine knows is gone", known.clone().all(alive));
        probe.always(
            "no IKE SA of the host is unknown to the machine",
            host.sas.iter().flatten().all(|sa| known.clone().any(|id| id == sa.id)),
        );
        probe.always("there are at most two IKE SAs", host.count() <= 2);
        probe.always("the current IKE SA is the host's", machine.sa() == host.current().map(id));
        probe.always("the kept IKE SA is the host's", machine.kept() == host.kept().map(id));
        probe.always("the phase is what the host knows", machine.phase() == phase(host.current()));
        let gateway = host.current().map(|sa| sa.gateway);
        probe.always("F10: the gateway is where the host talks to", machine.gateway() == gateway);
        let open = host.question.map(|question| question.id);
        probe.always("the open question is the host's", machine.question() == open);
        self.check_times(probe);
    }

    fn check_times(&self, probe: &mut Probe) {
        let followed = self.host.followed();
        probe.always(
            "H16, R9-4: the record of redirects is what the host followed within the period",
            self.machine.followed(NOW) == followed,
        );
        probe.always(
            "R9-4, D7-1: no more redirects within the period than the limit",
            followed <= usize::from(self.rules.limit),
        );
        let patience = self.rules.patience;
        let deadline = self
            .host
            .question
            .map(|question| Deadline { at: due(patience, question.age), reason: Awaits::Verdict });
        probe.always(
            "H16: the deadline is that of the open question",
            self.machine.next_deadline() == deadline,
        );
    }
}

fn id(sa: &Sa) -> SaId {
    sa.id
}

fn phase(current: Option<&Sa>) -> Phase {
    match current.map(|sa| sa.stage) {
        None => Phase::Idle,
        Some(Stage::Init { .. }) => Phase::Init,
        Some(Stage::Auth { .. } | Stage::Stuck | Stage::Whole) => Phase::Auth,
        Some(Stage::Up) => Phase::Up,
    }
}
