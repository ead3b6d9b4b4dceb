//! The client machine by itself. Nothing is left out because it "can't happen": events come in
//! any order, about any slot, and the host orders what it likes.

use std::net::{IpAddr, Ipv4Addr};

use ikev2_redirect::auth::{Content, PeerAuth};
use ikev2_redirect::initiator::{
    Action, Config, Event, Initiator, Phase, Provenance, Refusal, SentInit, Slot,
};
use ikev2_redirect::wire::{Contents, InitRedirect, InitResponse, Nonce, Redirect, Spi};
use ikev2_redirect::{Actions, Fqdn, Gateway, Misuse, Reason};

use super::host::{Host, place};
use crate::checker::{Arrow, Model, Probe};
use crate::clock::{NEXT, NOW};
use crate::goals;
use crate::rows::{ClientInput, ClientPlace, client_row};

/// Clients with these settings, in a world of `gateways` addresses.
pub(crate) struct ClientAlone {
    pub(crate) title: &'static str,
    pub(crate) configs: Vec<Config>,
    pub(crate) gateways: u8,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct World {
    pub(super) machine: Initiator,
    pub(super) host: Host,
}

/// Where a REDIRECT leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Target {
    Gateway(u8),
    Name,
    Nobody,
}

impl Target {
    fn identity(self) -> Gateway<'static> {
        match self {
            Target::Gateway(number) => Gateway::from(place(number)),
            Target::Name => Gateway::Fqdn(Fqdn::new("gw.example.com").expect("a name")),
            Target::Nobody => Ipv4Addr::UNSPECIFIED.into(),
        }
    }
}

/// The REDIRECT of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sent {
    Nothing,
    To(Target),
    Malformed,
}

impl Sent {
    fn redirect(self) -> Option<Result<Redirect<'static>, Reason>> {
        match self {
            Sent::Nothing => None,
            Sent::To(target) => Some(Ok(Redirect { target: target.identity() })),
            Sent::Malformed => Some(Err(Reason::GatewayLength)),
        }
    }
}

/// How an IKE_SA_INIT response differs from a good one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Flaw {
    None,
    WrongNonce,
    NonceTooShort,
    NonceTooLong,
    WrongSpi,
    ResponderSpi,
    BesideSa,
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum Step {
    Init(Slot, Sent, Flaw),
    InitCompleted(Slot, bool),
    AuthRequest(Slot, Content),
    AuthResponse(Slot, PeerAuth, Content, Sent),
    Established(Slot),
    AttemptFailed(Slot),
    Informational { slot: Slot, sent: Sent, deletes: bool, repeated: bool },
    Misplaced(Slot),
    SaDeleted(Slot),
    Rekeyed(Slot),
    Timeout,
    Connect(Option<u8>),
    Permit(Target),
    Refuse(Refusal),
    Close,
    Tick,
}

goals!(ClientGoal {
    FollowInit => "R3-10: a REDIRECT in IKE_SA_INIT is followed",
    FollowAuth => "R6-2: a REDIRECT in IKE_AUTH is followed",
    FollowActive => "R1-2: a REDIRECT in INFORMATIONAL is followed",
    ArriveAfterMove => "R5-7: the old gateway is left when the new one is reached",
    MoveFails => "the new gateway fails and the old one is kept",
    LimitReached => "R9-4: the loop limit stops a redirect",
    WindowSlides => "D7-1: a redirect is followed after others have left the window",
    WrongNonce => "R3-9: a wrong nonce is discarded",
    RefusedByPolicy => "R3-11: policy refuses a target",
    VerdictLate => "a verdict comes too late",
    FollowWithoutOld => "a redirect is followed after its gateway has deleted the IKE SA",
});

const SPI: Spi = Spi([1; 8]);
const NONCE: [u8; 17] = [5; 17];
const SENT: SentInit<'static> = SentInit { spi: SPI, nonce: NONCE.split_at(16).0 };

const SLOTS: [Slot; 2] = [Slot::A, Slot::B];

impl ClientAlone {
    fn targets(&self) -> impl Iterator<Item = Target> {
        (0..self.gateways).map(Target::Gateway).chain([Target::Name, Target::Nobody])
    }

    fn redirects(&self) -> impl Iterator<Item = Sent> {
        self.targets().map(Sent::To).chain([Sent::Malformed])
    }

    fn init_steps(&self, slot: Slot, steps: &mut Vec<Step>) {
        let flawless = self.redirects().chain([Sent::Nothing]);
        steps.extend(flawless.map(|sent| Step::Init(slot, sent, Flaw::None)));
        let flaws = [
            Flaw::WrongNonce,
            Flaw::NonceTooShort,
            Flaw::NonceTooLong,
            Flaw::WrongSpi,
            Flaw::ResponderSpi,
            Flaw::BesideSa,
        ];
        let good = Sent::To(Target::Gateway(1));
        steps.extend(flaws.map(|flaw| Step::Init(slot, good, flaw)));
        steps.push(Step::Init(slot, Sent::Malformed, Flaw::BesideSa));
        steps.push(Step::Init(slot, Sent::Nothing, Flaw::BesideSa));
        steps.extend([false, true].map(|multiple| Step::InitCompleted(slot, multiple)));
    }

    fn auth_steps(&self, slot: Slot, steps: &mut Vec<Step>) {
        for content in contents() {
            steps.push(Step::AuthRequest(slot, content));
            let (verdicts, sent): (&[PeerAuth], &[Sent]) = match content.auth {
                true => (&[PeerAuth::Verified, PeerAuth::Failed], &[Sent::Nothing]),
                false => (&[PeerAuth::Absent], &[Sent::Nothing]),
            };
            for &peer in verdicts {
                let redirects = sent.iter().copied().chain(self.redirects());
                steps.extend(redirects.map(|sent| Step::AuthResponse(slot, peer, content, sent)));
            }
        }
        steps.extend([Step::Established(slot), Step::AttemptFailed(slot)]);
    }

    fn session_steps(&self, slot: Slot, steps: &mut Vec<Step>) {
        for deletes in [false, true] {
            for repeated in [false, true] {
                let redirects = self.redirects().chain([Sent::Nothing]);
                steps.extend(redirects.map(|sent| Step::Informational {
                    slot,
                    sent,
                    deletes,
                    repeated,
                }));
            }
        }
        steps.extend([Step::Misplaced(slot), Step::SaDeleted(slot), Step::Rekeyed(slot)]);
    }
}

/// What an IKE_AUTH message can carry, as far as it matters.
fn contents() -> impl Iterator<Item = Content> {
    let nothing = Content { multiple_auth_supported: true, ..Content::NOTHING };
    let auth = Content { auth: true, ..nothing };
    [
        nothing,
        Content { eap: true, ..nothing },
        auth,
        Content { eap: true, ..auth },
        Content { another_auth_follows: true, ..auth },
    ]
    .into_iter()
}

impl Step {
    /// The event, unless it is a command or a tick.
    pub(super) fn event(self) -> Option<Event<'static>> {
        Some(match self {
            Step::Init(slot, sent, flaw) => init_response(slot, sent, flaw),
            Step::InitCompleted(slot, multiple_auth_supported) => {
                Event::InitCompleted { slot, multiple_auth_supported }
            }
            Step::AuthRequest(slot, sent) => Event::AuthRequest { slot, sent },
            Step::AuthResponse(slot, peer, content, sent) => Event::AuthResponse {
                slot,
                peer,
                contents: Contents {
                    redirect: sent.redirect(),
                    auth: content.auth,
                    eap: content.eap,
                    another_auth_follows: content.another_auth_follows,
                    ..Contents::default()
                },
            },
            Step::Established(slot) => Event::Established { slot },
            Step::AttemptFailed(slot) => Event::AttemptFailed { slot },
            Step::Informational { slot, sent, deletes, repeated } => {
                let contents = Contents {
                    redirect: sent.redirect(),
                    deletes_ike_sa: deletes,
                    ..Contents::default()
                };
                Event::Informational { slot, contents, repeated }
            }
            Step::Misplaced(slot) => Event::MisplacedRedirect { slot },
            Step::SaDeleted(slot) => Event::SaDeleted { slot },
            Step::Rekeyed(slot) => Event::Rekeyed { slot },
            Step::Timeout => Event::Timeout,
            Step::Connect(_) | Step::Permit(_) | Step::Refuse(_) | Step::Close | Step::Tick => {
                return None;
            }
        })
    }
}

fn init_response(slot: Slot, sent: Sent, flaw: Flaw) -> Event<'static> {
    let nonce: &'static [u8] = match flaw {
        Flaw::WrongNonce => &[6; 16],
        Flaw::NonceTooShort => &[5; 15],
        Flaw::NonceTooLong => &[5; 17],
        Flaw::None | Flaw::WrongSpi | Flaw::ResponderSpi | Flaw::BesideSa => SENT.nonce,
    };
    let redirect = sent.redirect().map(|redirect| {
        let target = redirect?.target;
        Ok(InitRedirect { target, nonce: Nonce::new(nonce)? })
    });
    let response = InitResponse {
        initiator_spi: if flaw == Flaw::WrongSpi { Spi([2; 8]) } else { SPI },
        responder_spi: if flaw == Flaw::ResponderSpi { SPI } else { Spi::ZERO },
        redirect,
        accepts: flaw == Flaw::BesideSa,
        multiple_auth_supported: false,
    };
    Event::InitResponse { slot, sent: SENT, response }
}

impl World {
    fn handle(&mut self, event: Event<'static>, probe: &mut Probe) {
        let before = *self;
        let place = before.place_of(&event);
        probe.covers(client_row(place, ClientInput::of(&event)));
        let deadline = before.machine.next_deadline();
        let actions = self.machine.handle(NOW, event);
        let changed = self.machine != before.machine;
        self.check_unchanged(&before, &event, &actions, probe);
        if let Event::Timeout = event {
            let due = deadline.is_some_and(|deadline| deadline.at <= NOW);
            probe.always("an early time-out does nothing", due || (!changed && actions.is_empty()));
            let still_due = self.machine.next_deadline().is_some_and(|deadline| deadline.at <= NOW);
            probe.always("a time-out at its deadline clears it", !still_due);
            probe.sometimes(ClientGoal::VerdictLate, due);
        }
        check_acknowledgement(&before.machine, &event, &actions, probe);
        let ignored = actions.iter().any(|action| matches!(action, Action::Ignored { .. }));
        let heard = changed || !ignored;
        if heard {
            self.host.note_before(&event);
        }
        self.host.carry_out(&before.machine, &actions, probe);
        if heard {
            self.host.note_after(&event);
        }
        self.host.check(&self.machine, &actions, probe);
        self.check_move(&before.machine, &event, &actions, probe);
        let reached_limit = Action::Refused { reason: Reason::LimitReached };
        probe.sometimes(
            ClientGoal::LimitReached,
            actions.iter().any(|action| action == reached_limit),
        );
    }

    /// What changes nothing at all: neither state nor deadline.
    fn check_unchanged(
        &self,
        before: &World,
        event: &Event<'_>,
        actions: &Actions<Action<'_>>,
        probe: &mut Probe,
    ) {
        let same = self.machine == before.machine;
        let only_ignored = actions.len() == 1
            && actions.iter().all(|action| matches!(action, Action::Ignored { .. }));
        probe.always("what is only ignored changes nothing", !only_ignored || same);
        if let Event::InitResponse { response, sent, .. } = event {
            let matching = |redirect: InitRedirect<'_>| redirect.nonce.octets() == sent.nonce;
            let forged = match response.redirect {
                Some(redirect) => !redirect.is_ok_and(matching),
                None => false,
            };
            let forged = forged || response.initiator_spi != sent.spi;
            probe.always(
                "R3-8, R3-9: a wrong nonce changes nothing at all",
                !forged || (same && !asks(actions)),
            );
            probe.sometimes(
                ClientGoal::WrongNonce,
                forged && before.machine.phase() == Phase::Connecting,
            );
        }
        if let Event::MisplacedRedirect { .. } = event {
            probe.always("R1-1, R5-6: a misplaced REDIRECT changes nothing", same && only_ignored);
        }
        if let Event::Rekeyed { .. } = event {
            probe.always("R8-2, D3-1: a rekey changes nothing", same);
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
        let leaves_kept = actions.iter().any(|action| match action {
            Action::DeleteSa { slot } | Action::DropSa { slot } => before.kept() == Some(slot),
            _ => false,
        });
        let arrives = before.phase() == Phase::Authenticating
            && self.machine.phase() == Phase::Established
            && matches!(event, Event::Established { .. });
        probe.always(
            "R5-7: the old gateway is left exactly when the new one is reached",
            before.kept().is_none() || leaves_kept == arrives,
        );
        probe.sometimes(ClientGoal::ArriveAfterMove, leaves_kept && arrives);
        let failed = |action| matches!(action, Action::MoveFailed { .. });
        probe.sometimes(ClientGoal::MoveFails, actions.iter().any(failed));
    }

    fn place_of(&self, event: &Event<'_>) -> ClientPlace {
        match (event.slot(), self.machine.kept()) {
            (Some(about), Some(kept)) if about == kept => ClientPlace::Kept,
            _ => ClientPlace::In(self.machine.phase()),
        }
    }

    fn command(&mut self, step: Step, probe: &mut Probe) -> Option<()> {
        let before = *self;
        let machine = &mut self.machine;
        let (input, result) = match step {
            Step::Connect(gateway) => {
                let address = gateway.map_or(Ipv4Addr::UNSPECIFIED.into(), place);
                (ClientInput::Connect, machine.connect(NOW, address))
            }
            Step::Permit(target) => {
                let address = target.identity().address().unwrap_or(place(1));
                (ClientInput::Permit, machine.permit(NOW, address))
            }
            Step::Refuse(refusal) => (ClientInput::Refuse, machine.refuse(NOW, refusal)),
            Step::Close => (ClientInput::Close, machine.close(NOW)),
            _ => return None,
        };
        probe.covers(client_row(ClientPlace::In(before.machine.phase()), input));
        check_command(&before, step, &result, probe);
        match result {
            Err(_) => {
                probe.always("a refused command changes nothing", self.machine == before.machine);
            }
            Ok(actions) => {
                self.host.note_command(input);
                self.host.carry_out(&before.machine, &actions, probe);
                self.host.check(&self.machine, &actions, probe);
                note_follow(&before, &self.machine, &actions, probe);
                let refused = Action::Refused { reason: Reason::PolicyRefused };
                let by_policy = actions.iter().any(|action| action == refused);
                probe.sometimes(ClientGoal::RefusedByPolicy, by_policy);
            }
        }
        Some(())
    }

    /// A tick passes: everything is a tick older.
    fn tick(&mut self) {
        self.machine.rebase(NEXT, NOW);
        self.host.tick();
    }
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

/// Which commands are allowed when.
fn check_command(
    before: &World,
    step: Step,
    result: &Result<Actions<Action<'static>>, Misuse>,
    probe: &mut Probe,
) {
    let idle = before.machine.phase() == Phase::Idle;
    let allowed = match step {
        Step::Connect(gateway) => idle && gateway.is_some(),
        Step::Permit(_) | Step::Refuse(_) => before.host.is_asked(),
        _ => !idle,
    };
    probe.always("a command is refused exactly when it makes no sense", result.is_ok() == allowed);
}

fn note_follow(
    before: &World,
    after: &Initiator,
    actions: &Actions<Action<'_>>,
    probe: &mut Probe,
) {
    for action in actions.iter() {
        let Action::Redirected { provenance, .. } = action else { continue };
        let goal = match provenance {
            Provenance::Init => ClientGoal::FollowInit,
            Provenance::Auth => ClientGoal::FollowAuth,
            Provenance::Informational => ClientGoal::FollowActive,
        };
        probe.sometimes(goal, true);
        let remembered = before.host.follows_remembered();
        probe.sometimes(
            ClientGoal::WindowSlides,
            remembered > before.machine.loop_limit().followed(NOW),
        );
        let gone = before.machine.slot().is_some_and(|slot| !before.host.holds(slot));
        probe.sometimes(ClientGoal::FollowWithoutOld, gone && after.kept().is_none());
    }
}

impl Model for ClientAlone {
    type State = World;
    type Step = Step;
    type Goal = ClientGoal;

    fn name(&self) -> String {
        format!("client alone{}", self.title)
    }

    fn initial(&self) -> Vec<World> {
        let start = |&config: &Config| World {
            machine: Initiator::new(config).expect("a legal configuration"),
            host: Host::new(config),
        };
        self.configs.iter().map(start).collect()
    }

    fn steps(&self, _: &World, steps: &mut Vec<Step>) {
        for slot in SLOTS {
            self.init_steps(slot, steps);
            self.auth_steps(slot, steps);
            self.session_steps(slot, steps);
        }
        steps.extend([Step::Connect(Some(0)), Step::Connect(None)]);
        steps.extend(self.targets().map(Step::Permit));
        steps.extend([Refusal::Policy, Refusal::Unresolvable].map(Step::Refuse));
        steps.extend([Step::Close, Step::Timeout, Step::Tick]);
    }

    fn take(&self, state: &World, step: Step, probe: &mut Probe) -> Option<World> {
        let mut world = *state;
        match step.event() {
            Some(event) => world.handle(event, probe),
            None if matches!(step, Step::Tick) => world.tick(),
            None => world.command(step, probe)?,
        }
        Some(world)
    }

    fn lanes(&self) -> &'static [&'static str] {
        &["client", "world"]
    }

    fn draw(&self, _: &World, step: Step) -> Arrow {
        let from = usize::from(step.event().is_some() && !matches!(step, Step::Timeout));
        Arrow { from, to: 0, label: format!("{step:?}") }
    }

    fn describe(&self, state: &World) -> Vec<String> {
        let machine = &state.machine;
        vec![format!(
            "{:?} at {:?} in {:?}, keeps {:?}, followed {}",
            machine.phase(),
            machine.gateway().map(|gateway: IpAddr| gateway.to_string()),
            machine.slot(),
            machine.kept(),
            machine.loop_limit().followed(NOW),
        )]
    }
}
