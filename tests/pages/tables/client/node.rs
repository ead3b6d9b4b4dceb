//! Where the exploration stands: the machine, and what of it cannot be seen from outside.

use std::net::{IpAddr, Ipv4Addr};

use ikev2_redirect::auth::{AuthMessage, Progress};
use ikev2_redirect::initiator::{
    Action, Config, Event, Initiator, Moving, Phase, Provenance, QuestionId, Refusal, SaId,
};
use ikev2_redirect::{Instant, Misuse};

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Node {
    pub(super) config: Config,
    pub(super) machine: Initiator,
    /// How far the current IKE SA's IKE_AUTH is.
    pub(super) progress: Progress,
    /// The current one goes to where a REDIRECT said, and that was an address.
    pub(super) literal: bool,
    /// The gateway that sent the client to the current one.
    pub(super) from: Option<IpAddr>,
    pub(super) question: Option<Question>,
}

/// What the host is asked about.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Question {
    pub(super) sa: SaId,
    pub(super) provenance: Provenance,
    /// The gateway that sent the REDIRECT.
    pub(super) from: Option<IpAddr>,
    /// The target; a name has none.
    pub(super) target: Option<IpAddr>,
}

/// How far an IKE SA is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    None,
    Init,
    Unfinished,
    Complete,
    Up,
}

/// What can be done to the machine.
#[derive(Clone, Copy)]
pub(super) enum Do {
    Connect,
    Permit(IpAddr),
    /// An address that a name led to, and that cannot be followed.
    PermitUnfit(IpAddr),
    PermitAnother,
    Refuse,
    Retry,
    Renew,
    Close,
    TimeoutEarly,
    /// A time-out at the deadline.
    TimeoutDue,
    Event(SaId, Event<'static, 'static>),
}

pub(super) type Result = std::result::Result<Vec<Action<'static>>, Misuse>;

const PERIOD: u32 = 100;
const NOW: Instant = Instant::from_millis(0);

pub(super) fn gateway(number: u8) -> IpAddr {
    Ipv4Addr::new(192, 0, 2, number).into()
}

/// A gateway that is not the one that sent the client.
pub(super) fn other_than(from: Option<IpAddr>) -> IpAddr {
    if from == Some(gateway(1)) { gateway(2) } else { gateway(1) }
}

impl Node {
    /// The limit on redirects and the targets that are refused for other reasons all show as the
    /// refusal of a target, so that a window with hardly any memory will do.
    pub(super) fn starts() -> impl Iterator<Item = Node> {
        let config = Config { loop_detect_period: 1, vet_timeout: PERIOD, ..Config::default() };
        let configs = [
            config,
            Config { moving: Moving::BreakBeforeMake, ..config },
            Config { max_redirects: 0, ..config },
        ];
        configs.into_iter().map(|config| Node {
            config,
            machine: Initiator::new(config).expect("a legal configuration"),
            progress: Progress::new(true),
            literal: false,
            from: None,
            question: None,
        })
    }

    pub(super) fn stage_of_current(&self) -> Stage {
        match self.machine.phase() {
            Phase::Idle => Stage::None,
            Phase::Init => Stage::Init,
            Phase::Auth if self.progress.is_complete() => Stage::Complete,
            Phase::Auth => Stage::Unfinished,
            Phase::Up => Stage::Up,
        }
    }

    pub(super) fn stage_of(&self, sa: SaId) -> Stage {
        if self.machine.kept() == Some(sa) {
            Stage::Up
        } else if self.machine.sa() == Some(sa) {
            self.stage_of_current()
        } else {
            Stage::None
        }
    }

    /// The address of the current gateway, and one that is another.
    pub(super) fn same_and_other(&self) -> (IpAddr, IpAddr) {
        match self.machine.gateway() {
            Some(same) if same == gateway(1) => (same, gateway(2)),
            Some(same) => (same, gateway(1)),
            None => (gateway(1), gateway(2)),
        }
    }

    pub(super) fn question_is_of_current(&self) -> bool {
        self.question.is_some_and(|question| Some(question.sa) == self.machine.sa())
    }

    /// Does it; says what came of it.
    pub(super) fn after(&self, what: &Do) -> (Node, Result) {
        let mut next = *self;
        let result = next.perform(what);
        next.follow(what, &result, self.machine.gateway());
        (next, result)
    }

    fn perform(&mut self, what: &Do) -> Result {
        let machine = &mut self.machine;
        let question = machine.question().unwrap_or(QuestionId(u32::MAX));
        let actions = match *what {
            Do::Connect => machine.connect(NOW, gateway(1))?,
            Do::Permit(address) | Do::PermitUnfit(address) => {
                machine.permit(NOW, question, address)?
            }
            Do::PermitAnother => machine.permit(NOW, question, gateway(9))?,
            Do::Refuse => machine.refuse(NOW, question, Refusal::Policy)?,
            Do::Retry => machine.retry(NOW, other_than(self.from))?,
            Do::Renew => machine.renew(NOW, gateway(1))?,
            Do::Close => machine.close(NOW)?,
            Do::TimeoutEarly => machine.timeout(NOW),
            Do::TimeoutDue => machine.timeout(NOW.after(PERIOD)),
            Do::Event(sa, event) => machine.handle(NOW, sa, event),
        };
        Ok(actions.into_iter().collect())
    }

    fn follow(&mut self, what: &Do, result: &Result, from: Option<IpAddr>) {
        let Ok(actions) = result else { return };
        let misused = actions.iter().any(|action| matches!(action, Action::Misused { .. }));
        if let (Do::Event(_, event), false) = (*what, misused) {
            self.heed(event);
        }
        for action in actions {
            match *action {
                Action::Vet { sa, target, provenance, .. } => {
                    let target = target.address();
                    self.question = Some(Question { sa, provenance, from, target });
                }
                Action::StartInit { notifies, .. } => {
                    self.from = notifies.redirected_from;
                    let permits = matches!(what, Do::Permit(_));
                    let asked = self.question.filter(|_| permits);
                    let retried = matches!(what, Do::Retry) && self.literal;
                    self.literal = asked.is_some_and(|asked| asked.target.is_some()) || retried;
                    self.progress = Progress::new(true);
                }
                _ => {}
            }
        }
        if self.machine.question().is_none() {
            self.question = None;
        }
    }

    /// The IKE_AUTH phase goes on with each message of it.
    fn heed(&mut self, event: Event<'static, 'static>) {
        match event {
            Event::InitCompleted { multiple_auth_offered } => {
                self.progress = Progress::new(multiple_auth_offered);
            }
            Event::AuthRequestSent { sent } => self.progress = self.progress.after_request(sent),
            Event::AuthResponseReceived { peer, contents } if contents.fatal_error.is_none() => {
                let _ = self.progress.response(AuthMessage::of_peer(&contents, peer));
            }
            _ => {}
        }
    }

    /// The same, with the same names and the same clock wherever it is the same: what was followed
    /// is over.
    pub(super) fn settled(mut self) -> Node {
        self.machine.rebase(NOW.after(1), NOW.after(1));
        let [kept, current] = [self.machine.kept(), self.machine.sa()];
        if let Some(question) = &mut self.question {
            question.sa = match question.sa {
                sa if Some(sa) == kept => SaId(1),
                sa if Some(sa) == current => SaId(2),
                _ => SaId(0),
            };
        }
        self.machine.renumber(1);
        if self.machine.phase() != Phase::Auth {
            self.progress = Progress::new(true);
        }
        if matches!(self.machine.phase(), Phase::Idle | Phase::Up) {
            self.literal = false;
            self.from = None;
        }
        self
    }
}
