//! The client machine under watch.

use std::net::IpAddr;

use ikev2_redirect::initiator::{Action, Config, Event, Initiator, Phase, Refusal, Slot};
use ikev2_redirect::wire::InitRedirect;
use ikev2_redirect::{Actions, Misuse, TargetRules};

use super::host::Host;
use crate::checker::Probe;
use crate::clock::{NEXT, NOW, TICK};
use crate::rows::{ClientInput, ClientPlace, client_row};

/// The machine, and what its host knows by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct WatchedClient {
    pub(crate) machine: Initiator,
    host: Host,
}

/// What the host orders.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Command {
    Connect(IpAddr),
    Permit(IpAddr),
    Refuse(Refusal),
    Close,
}

impl WatchedClient {
    pub(crate) fn new(config: Config) -> Self {
        let machine = Initiator::new(config).expect("a legal configuration");
        Self { machine, host: Host::new(config) }
    }

    pub(crate) fn is_asked(&self) -> bool {
        self.host.is_asked()
    }

    /// Whether an IKE SA, or an attempt, lives there.
    pub(crate) fn holds(&self, slot: Slot) -> bool {
        self.host.holds(slot)
    }

    /// How many redirects were followed, those that have just left the window included.
    pub(crate) fn follows_remembered(&self) -> usize {
        self.host.follows_remembered()
    }

    /// Whether the machine's deadline has come.
    pub(crate) fn is_due(&self) -> bool {
        self.machine.next_deadline().is_some_and(|deadline| deadline.at <= NOW)
    }

    /// Whether its time was a tick ago.
    pub(crate) fn is_late(&self) -> bool {
        self.machine.next_deadline().is_some_and(|deadline| deadline.at.after(TICK) <= NOW)
    }

    /// A tick passes: everything is a tick older.
    pub(crate) fn tick(&mut self) {
        self.machine.rebase(NEXT, NOW);
        self.host.tick();
    }

    pub(crate) fn handle<'a>(
        &mut self,
        event: Event<'a>,
        probe: &mut Probe,
    ) -> Actions<Action<'a>> {
        let before = *self;
        probe.covers(client_row(before.place_of(&event), ClientInput::of(&event)));
        let actions = self.machine.handle(NOW, event);
        self.check_unchanged(&before, &event, &actions, probe);
        self.check_timeout(&before, &event, &actions, probe);
        check_acknowledgement(&before.machine, &event, &actions, probe);
        let ignored = actions.iter().any(|action| matches!(action, Action::Ignored { .. }));
        let heard = !ignored || self.machine != before.machine;
        if heard {
            self.host.note_before(&event);
        }
        self.host.carry_out(&before.machine, &actions, probe);
        if heard {
            self.host.note_after(&event);
        }
        self.host.check(&self.machine, &actions, probe);
        self.check_move(&before.machine, &event, &actions, probe);
        actions
    }

    pub(crate) fn command(
        &mut self,
        command: Command,
        probe: &mut Probe,
    ) -> Result<Actions<Action<'static>>, Misuse> {
        let before = *self;
        let machine = &mut self.machine;
        let (input, result) = match command {
            Command::Connect(address) => (ClientInput::Connect, machine.connect(NOW, address)),
            Command::Permit(address) => (ClientInput::Permit, machine.permit(NOW, address)),
            Command::Refuse(refusal) => (ClientInput::Refuse, machine.refuse(NOW, refusal)),
            Command::Close => (ClientInput::Close, machine.close(NOW)),
        };
        probe.covers(client_row(ClientPlace::In(before.machine.phase()), input));
        let idle = before.machine.phase() == Phase::Idle;
        let allowed = match command {
            Command::Connect(address) => idle && TargetRules::LENIENT.check(address).is_ok(),
            Command::Permit(_) | Command::Refuse(_) => before.is_asked(),
            Command::Close => !idle,
        };
        probe.always(
            "a command is refused exactly when it makes no sense",
            result.is_ok() == allowed,
        );
        match &result {
            Err(_) => {
                probe.always("a refused command changes nothing", self.machine == before.machine);
            }
            Ok(actions) => {
                if matches!(command, Command::Permit(_) | Command::Refuse(_)) {
                    self.host.note_verdict();
                }
                self.host.carry_out(&before.machine, actions, probe);
                self.host.check(&self.machine, actions, probe);
            }
        }
        result
    }

    fn place_of(&self, event: &Event<'_>) -> ClientPlace {
        match (event.slot(), self.machine.kept()) {
            (Some(about), Some(kept)) if about == kept => ClientPlace::Kept,
            _ => ClientPlace::In(self.machine.phase()),
        }
    }

    /// What changes nothing at all: neither state nor deadline.
    fn check_unchanged(
        &self,
        before: &Self,
        event: &Event<'_>,
        actions: &Actions<Action<'_>>,
        probe: &mut Probe,
    ) {
        let same = self.machine == before.machine;
        let only_ignored = actions.len() == 1
            && actions.iter().all(|action| matches!(action, Action::Ignored { .. }));
        probe.always("what is only ignored changes nothing", !only_ignored || same);
        match event {
            Event::InitResponse { .. } => {
                probe.always(
                    "R3-8, R3-9: a wrong nonce changes nothing at all",
                    !is_forged(event) || (same && !asks(actions)),
                );
            }
            Event::MisplacedRedirect { .. } => {
                probe.always(
                    "R1-1, R5-6: a misplaced REDIRECT changes nothing",
                    same && only_ignored,
                );
            }
            Event::Rekeyed { .. } => {
                probe.always("R8-2, D3-1: a rekey changes nothing", same);
            }
            _ => {}
        }
    }

    fn check_timeout(
        &self,
        before: &Self,
        event: &Event<'_>,
        actions: &Actions<Action<'_>>,
        probe: &mut Probe,
    ) {
        if let Event::Timeout = event {
            let idle = self.machine == before.machine && actions.is_empty();
            probe.always("an early time-out does nothing", before.is_due() || idle);
            probe.always("a time-out at its deadline clears it", !self.is_due());
        }
    }

    /// R5-7: the old gateway is left for the new one, no sooner and no later.
    fn check_move(
        &self,
        before: &Initiator,
        event: &Event<'_>,
        actions: &Actions<Action<'_>>,
        probe: &mut Probe,
    ) {
        let arrives = before.phase() == Phase::Authenticating
            && match event {
                Event::Established { .. } => self.machine.phase() == Phase::Established,
                // Sent on by the gateway that has just taken it in.
                Event::Informational { .. } => self.machine.phase() == Phase::VettingActive,
                _ => false,
            };
        probe.always(
            "R5-7: the old gateway is left exactly when the new one is reached",
            before.kept().is_none() || leaves_kept(before, actions) == arrives,
        );
    }
}

/// Whether an IKE_SA_INIT response has a REDIRECT that the gateway asked can't have sent.
pub(crate) fn is_forged(event: &Event<'_>) -> bool {
    let Event::InitResponse { response, sent, .. } = event else { return false };
    let matching = |redirect: InitRedirect<'_>| redirect.nonce.octets() == sent.nonce;
    let wrong_nonce = response.redirect.is_some_and(|redirect| !redirect.is_ok_and(matching));
    wrong_nonce || response.initiator_spi != sent.spi
}

/// Whether the IKE SA that was kept is given up.
pub(crate) fn leaves_kept(before: &Initiator, actions: &Actions<Action<'_>>) -> bool {
    actions.iter().any(|action| match action {
        Action::DeleteSa { slot } | Action::DropSa { slot } => before.kept() == Some(slot),
        _ => false,
    })
}

fn asks(actions: &Actions<Action<'_>>) -> bool {
    actions.iter().any(|action| matches!(action, Action::Vet { .. }))
}

/// R5-4: exactly one empty acknowledgement, before anything else.
fn check_acknowledgement(
    before: &Initiator,
    event: &Event<'_>,
    actions: &Actions<Action<'_>>,
    probe: &mut Probe,
) {
    let is_ack = |action: &Action<'_>| matches!(action, Action::Acknowledge { .. });
    let count = actions.iter().filter(is_ack).count();
    let first = actions.iter().next();
    let Event::Informational { slot, contents, .. } = *event else {
        probe.always("R5-4: nothing else is acknowledged", count == 0);
        return;
    };
    let session = matches!(before.phase(), Phase::Established | Phase::VettingActive);
    let up = before.kept() == Some(slot) || (session && before.slot() == Some(slot));
    let redirects = contents.redirect.is_some();
    probe.always(
        "R5-4: each protected request with a REDIRECT is acknowledged once, before all else",
        !up || !redirects || (count == 1 && first == Some(Action::Acknowledge { slot })),
    );
    probe.always("R5-4: a request without a REDIRECT is the host's", redirects || count == 0);
}
