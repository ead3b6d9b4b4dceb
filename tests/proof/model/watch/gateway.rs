//! The gateway machine of one IKE SA under watch.

use ikev2_redirect::auth::PeerAuth;
use ikev2_redirect::responder::{
    Action, Client, Config, Event, Phase, Responder, Retransmission, Stage, TargetId,
};
use ikev2_redirect::{Actions, Instant, Misuse};

use crate::checker::Probe;
use crate::clock::{NEXT, NOW, TICK};
use crate::rows::{GatewayInput, gateway_row};

/// The machine, and a log of what happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct WatchedGateway {
    pub(crate) machine: Responder,
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

/// What the host orders.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Command {
    Redirect(TargetId),
    RedirectAt(TargetId, Instant),
    Cancel,
}

impl WatchedGateway {
    pub(crate) fn new(config: Config, client: Client) -> Self {
        Self {
            machine: Responder::new(config, client),
            rules: Rules::of(&config, client),
            log: Log::new(),
        }
    }

    /// The stage at which the host was asked and has not answered yet.
    pub(crate) fn asked(&self) -> Option<Stage> {
        self.log.asked
    }

    /// Whether a REDIRECT is out and not acknowledged.
    pub(crate) fn waits_for_acknowledgement(&self) -> bool {
        self.log.sent.is_some()
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
        let grace = self.rules.grace;
        self.log.told = self.log.told.map(|ticks| (ticks + 1).min(grace));
    }

    pub(crate) fn handle(&mut self, event: Event<'_>, probe: &mut Probe) -> Actions<Action> {
        let before = *self;
        probe.covers(gateway_row(before.machine.phase(), GatewayInput::of(&event)));
        let actions = self.machine.handle(NOW, event);
        self.check_event(&before, &event, &actions, probe);
        self.log.note(&before.machine, &event);
        self.carry_out(&actions, probe);
        actions
    }

    fn check_event(
        &self,
        before: &Self,
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
                let idle = same && actions.is_empty();
                probe.always("an early time-out does nothing", before.is_due() || idle);
                probe.always("a time-out at its deadline clears it", !self.is_due());
            }
            Event::MisplacedRedirect => {
                probe.always("R8-2, R7.2-1: a client's REDIRECT changes nothing", same);
            }
            Event::Informational { contents } if contents.redirect.is_some() => {
                let up = before.machine.phase() != Phase::Closed;
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

    pub(crate) fn command(
        &mut self,
        command: Command,
        probe: &mut Probe,
    ) -> Result<Actions<Action>, Misuse> {
        let before = *self;
        let machine = &mut self.machine;
        let (input, result) = match command {
            Command::Redirect(target) => (GatewayInput::Redirect, machine.redirect(NOW, target)),
            Command::RedirectAt(target, at) => {
                (GatewayInput::RedirectAt, machine.redirect_at(NOW, target, at))
            }
            Command::Cancel => (GatewayInput::Cancel, machine.cancel(NOW)),
        };
        probe.covers(gateway_row(before.machine.phase(), input));
        match &result {
            Err(_) => {
                probe.always("a refused command changes nothing", self.machine == before.machine);
            }
            Ok(actions) => {
                probe.always("R3-2, D3-2: never without support", self.rules.supports);
                self.carry_out(actions, probe);
            }
        }
        result
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
                    self.log = Log { told: leaves.then_some(0), in_auth: true, ..Log::new() };
                }
                Action::SendRedirect { .. } => {
                    self.check_send(probe);
                    self.log = Log { sent: Some(0), ..Log::new() };
                }
                Action::Retransmit => {
                    probe.always("R5-5: only what was sent is sent again", self.log.sent.is_some());
                    self.log.sent = self.log.sent.map(|times| times + 1);
                    probe
                        .always("it is not sent for ever", self.log.sent <= Some(self.rules.tries));
                }
                Action::DeleteSa => {
                    probe.always(
                        "R5-9: no DELETE before the grace is over",
                        self.log.told.is_some_and(|ticks| ticks >= self.rules.grace),
                    );
                }
                Action::ClientLeft => {
                    let told = self.log.sent.is_some() || self.log.told.is_some();
                    probe.always("R5-7: a client leaves after it was told", told);
                }
                Action::Failed { .. } => {}
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
