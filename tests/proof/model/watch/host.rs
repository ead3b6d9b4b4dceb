//! What the host of a client holds and knows, kept by what it was told alone. The properties of
//! the client machine are checked against it.

use std::net::{IpAddr, Ipv4Addr};

use ikev2_redirect::auth::PeerAuth;
use ikev2_redirect::initiator::{
    Action, Config, Event, Initiator, Moving, Phase, Provenance, Slot,
};
use ikev2_redirect::{Actions, Reason};

use crate::checker::Probe;
use crate::clock::TICK;

/// The address of a gateway.
pub(crate) fn place(number: u8) -> IpAddr {
    Ipv4Addr::new(192, 0, 2, 1 + number).into()
}

/// What is in a slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Held {
    Nothing,
    /// An IKE SA that is being set up; `verified` once its gateway has proven an identity.
    Attempt {
        to: IpAddr,
        verified: bool,
    },
    /// One that is up.
    Up {
        to: IpAddr,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Host {
    max_redirects: u8,
    period: u8,
    announce_again: bool,
    breaks_first: bool,
    slots: [Held; 2],
    /// The open question.
    asked: Option<Provenance>,
    /// The age in ticks of each redirect followed, the oldest first; forgotten when it is older
    /// than the period.
    follows: [u8; Self::MOST_FOLLOWS],
}

const NO_FOLLOW: u8 = u8::MAX;

impl Host {
    const MOST_FOLLOWS: usize = 16;

    pub(crate) fn new(config: Config) -> Self {
        Self {
            max_redirects: config.max_redirects,
            period: (config.loop_detect_period / TICK) as u8,
            announce_again: config.announce_again,
            breaks_first: config.moving == Moving::BreakBeforeMake,
            slots: [Held::Nothing; 2],
            asked: None,
            follows: [NO_FOLLOW; Self::MOST_FOLLOWS],
        }
    }

    pub(crate) fn is_asked(&self) -> bool {
        self.asked.is_some()
    }

    pub(crate) fn holds(&self, slot: Slot) -> bool {
        self.slots[slot as usize] != Held::Nothing
    }

    /// How many redirects it remembers, those that have just left the window included.
    pub(crate) fn follows_remembered(&self) -> usize {
        self.follows.iter().filter(|&&age| age != NO_FOLLOW).count()
    }

    fn follows_in_window(&self) -> usize {
        self.follows.iter().filter(|&&age| age < self.period).count()
    }

    pub(crate) fn tick(&mut self) {
        for age in &mut self.follows {
            *age = match *age {
                NO_FOLLOW => NO_FOLLOW,
                age if age >= self.period => NO_FOLLOW,
                age => age + 1,
            };
        }
        self.follows.sort_unstable();
    }

    /// What an event that the machine takes means before it acts.
    pub(crate) fn note_before(&mut self, event: &Event<'_>) {
        match *event {
            Event::AuthResponse { slot, peer: PeerAuth::Verified, .. } => {
                if let Held::Attempt { verified, .. } = &mut self.slots[slot as usize] {
                    *verified = true;
                }
            }
            Event::Established { slot } => {
                if let Held::Attempt { to, .. } = self.slots[slot as usize] {
                    self.slots[slot as usize] = Held::Up { to };
                }
            }
            _ => {}
        }
    }

    /// What such an event leaves behind.
    pub(crate) fn note_after(&mut self, event: &Event<'_>) {
        match *event {
            Event::SaDeleted { slot } | Event::AttemptFailed { slot } => {
                self.slots[slot as usize] = Held::Nothing;
            }
            Event::Informational { slot, contents, .. } if contents.deletes_ike_sa => {
                self.slots[slot as usize] = Held::Nothing;
            }
            _ => {}
        }
    }

    /// A verdict answers the question.
    pub(crate) fn note_verdict(&mut self) {
        self.asked = None;
    }

    /// Does what the machine wants done, and checks that it makes sense.
    pub(crate) fn carry_out(
        &mut self,
        before: &Initiator,
        actions: &Actions<Action<'_>>,
        probe: &mut Probe,
    ) {
        let mut redirected = None;
        for action in actions.iter() {
            match action {
                Action::StartInit { slot, to, notifies } => {
                    let held = &mut self.slots[slot as usize];
                    let is_up = matches!(held, Held::Up { .. });
                    probe.always("no IKE SA that is up is overwritten", !is_up);
                    *held = Held::Attempt { to, verified: false };
                    probe.always(
                        "R3-12, D3-4: REDIRECTED_FROM names the gateway that redirected",
                        notifies.redirected_from == redirected,
                    );
                    let announce = redirected.is_none() || self.announce_again;
                    probe.always(
                        "R3-1, D3-6: REDIRECT_SUPPORTED is sent as configured",
                        notifies.redirect_supported == (self.max_redirects > 0 && announce),
                    );
                }
                Action::Vet { target, provenance } => {
                    self.note_sent_on(before.slot(), provenance);
                    self.check_question(before, target.address(), provenance, probe);
                    self.asked = Some(provenance);
                }
                Action::AbandonVet => {
                    probe.always("only an open question is abandoned", self.is_asked());
                    self.asked = None;
                }
                Action::Redirected { from, to, .. } => {
                    probe.always("R3-12: from the gateway asked", before.gateway() == Some(from));
                    probe.always("no redirect to where the request was sent", from != to);
                    self.follow(probe);
                    redirected = Some(from);
                }
                Action::DeleteSa { slot } => {
                    probe.always("only an IKE SA that exists is deleted", self.holds(slot));
                    self.slots[slot as usize] = Held::Nothing;
                }
                Action::DropSa { slot } => {
                    let is_attempt = matches!(self.slots[slot as usize], Held::Attempt { .. });
                    probe.always("R6-12: only an unfinished IKE SA is dropped", is_attempt);
                    self.slots[slot as usize] = Held::Nothing;
                }
                Action::Refused { reason: Reason::LimitReached } => probe.always(
                    "R9-4, D7-1: only a full window refuses",
                    self.follows_in_window() >= usize::from(self.max_redirects),
                ),
                Action::PassOn
                | Action::Refused { .. }
                | Action::Acknowledge { .. }
                | Action::Tolerated { .. }
                | Action::Ignored { .. }
                | Action::MoveFailed { .. }
                | Action::Failed { .. } => {}
            }
        }
    }

    /// A proven gateway that sends the client on has taken it in.
    fn note_sent_on(&mut self, over: Option<Slot>, provenance: Provenance) {
        let (Some(slot), Provenance::Informational) = (over, provenance) else { return };
        if let Held::Attempt { to, verified: true } = self.slots[slot as usize] {
            self.slots[slot as usize] = Held::Up { to };
        }
    }

    fn check_question(
        &self,
        before: &Initiator,
        target: Option<IpAddr>,
        provenance: Provenance,
        probe: &mut Probe,
    ) {
        probe.always("one question at a time", !self.is_asked());
        probe.always("R9-4: never asks when redirects are off", self.max_redirects > 0);
        probe.always(
            "R9-4, D7-1: never asks beyond the limit",
            self.follows_in_window() < usize::from(self.max_redirects),
        );
        let usable = target.is_none_or(|target| !target.is_unspecified());
        probe.always("never asks about an unusable target", usable);
        let Some(slot) = before.slot() else {
            probe.always("never asks without an IKE SA", false);
            return;
        };
        let (fits, to) = match (self.slots[slot as usize], provenance) {
            (Held::Attempt { to, .. }, Provenance::Init) => (true, Some(to)),
            (Held::Attempt { to, verified }, Provenance::Auth) => (verified, Some(to)),
            (Held::Up { to }, Provenance::Informational) => (true, Some(to)),
            _ => (false, None),
        };
        probe.always("R6-4, R6-11: asks only after the gateway has proven itself", fits);
        probe.always("never asks to be sent to where it is", target.is_none() || target != to);
    }

    fn follow(&mut self, probe: &mut Probe) {
        let oldest = self.follows.len() - 1;
        self.follows[oldest] = 0;
        self.follows.sort_unstable();
        probe.always(
            "R9-4, D7-1: no window has more redirects than the limit",
            self.follows_in_window() <= usize::from(self.max_redirects),
        );
    }

    /// What holds after each call.
    pub(crate) fn check(
        &self,
        machine: &Initiator,
        actions: &Actions<Action<'_>>,
        probe: &mut Probe,
    ) {
        let count = [Slot::A, Slot::B].into_iter().filter(|&slot| self.holds(slot)).count();
        for slot in [Slot::A, Slot::B] {
            let known = machine.slot() == Some(slot) || machine.kept() == Some(slot);
            probe.always("no IKE SA is forgotten", known || !self.holds(slot));
        }
        probe.always("one IKE SA at a time where only one may be", !self.breaks_first || count < 2);
        probe.always(
            "a deadline is there as long as a question is open",
            machine.next_deadline().is_some() == self.is_asked(),
        );
        let kept_is_up = |slot: Slot| matches!(self.slots[slot as usize], Held::Up { .. });
        probe.always("what is kept is up", machine.kept().is_none_or(kept_is_up));
        if machine.phase() == Phase::Established {
            probe.always("R1-2: established is up", machine.slot().is_some_and(kept_is_up));
        }
        self.check_end(machine, actions, count, probe);
    }

    fn check_end(
        &self,
        machine: &Initiator,
        actions: &Actions<Action<'_>>,
        count: usize,
        probe: &mut Probe,
    ) {
        let is_end = |action: &Action<'_>| {
            matches!(action, Action::Failed { .. } | Action::MoveFailed { .. })
        };
        let ends = actions.iter().filter(is_end).count();
        probe.always("an end is told once", ends <= 1);
        let last = actions.iter().last();
        // A full list may have lost its tail.
        probe.always("no action is lost", actions.len() < 4 || last.as_ref().is_some_and(is_end));
        match last {
            Some(Action::Failed { .. }) => {
                probe.always("after a failure nothing is left", count == 0);
                probe.always("after a failure it is idle", machine.phase() == Phase::Idle);
            }
            Some(Action::MoveFailed { .. }) => {
                probe.always("after a failed move one is left", count == 1);
                let established = machine.phase() == Phase::Established;
                probe.always("after a failed move the old one is up", established);
            }
            _ => probe.always("an end comes last", ends == 0),
        }
        let idle = machine.phase() == Phase::Idle;
        probe.always("idle holds nothing", !idle || count == 0);
    }
}
