//! The client machine by itself. Nothing is left out because it "can't happen": events come in
//! any order, about any slot, and the host orders what it likes.

use std::net::Ipv4Addr;

use ikev2_redirect::auth::{AuthMessage, PeerAuth};
use ikev2_redirect::initiator::{
    Action, Config, Event, Phase, Provenance, Refusal, SentInit, Slot,
};
use ikev2_redirect::wire::{Contents, InitRedirect, InitResponse, Nonce, Redirect, Spi};
use ikev2_redirect::{Actions, Fqdn, Reason, Target as Identity};

use crate::checker::{Arrow, Model, Probe};
use crate::clock::NOW;
use crate::goals;
use crate::watch::client::{Command, WatchedClient, is_forged, leaves_kept};
use crate::watch::place;

/// Clients with these settings, in a world of `gateways` addresses.
pub(crate) struct ClientAlone {
    pub(crate) configs: Vec<Config>,
    pub(crate) gateways: u8,
}

/// Where a REDIRECT leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Target {
    Gateway(u8),
    Name,
    Nobody,
}

impl Target {
    fn identity(self) -> Identity<'static> {
        match self {
            Target::Gateway(number) => Identity::from(place(number)),
            Target::Name => Identity::Fqdn(Fqdn::new("gw.example.com").expect("a name")),
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
    AuthRequest(Slot, AuthMessage),
    AuthResponse(Slot, PeerAuth, AuthMessage, Sent),
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
fn contents() -> impl Iterator<Item = AuthMessage> {
    let nothing = AuthMessage { multiple_auth_supported: true, ..AuthMessage::NOTHING };
    let auth = AuthMessage { auth: true, ..nothing };
    [
        nothing,
        AuthMessage { eap: true, ..nothing },
        auth,
        AuthMessage { eap: true, ..auth },
        AuthMessage { another_auth_follows: true, ..auth },
    ]
    .into_iter()
}

impl Step {
    /// The event, unless it is a command or a tick.
    fn event(self) -> Option<Event<'static>> {
        Some(match self {
            Step::Init(slot, sent, flaw) => init_response(slot, sent, flaw),
            Step::InitCompleted(slot, multiple_auth_offered) => {
                Event::InitCompleted { slot, multiple_auth_offered }
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
        resumption: false,
    };
    Event::InitResponse { slot, sent: SENT, response }
}

impl Step {
    /// The command, unless it is an event or a tick.
    fn command(self) -> Option<Command> {
        Some(match self {
            Step::Connect(gateway) => {
                Command::Connect(gateway.map_or(Ipv4Addr::UNSPECIFIED.into(), place))
            }
            Step::Permit(target) => {
                Command::Permit(target.identity().address().unwrap_or(place(1)))
            }
            Step::Refuse(refusal) => Command::Refuse(refusal),
            Step::Close => Command::Close,
            _ => return None,
        })
    }
}

/// What an event has led to.
fn note_event(
    before: &WatchedClient,
    after: &WatchedClient,
    event: &Event<'_>,
    actions: &Actions<Action<'_>>,
    probe: &mut Probe,
) {
    let has = |wanted: Action<'_>| actions.iter().any(|action| action == wanted);
    probe.sometimes(
        ClientGoal::WrongNonce,
        is_forged(event) && before.machine.phase() == Phase::Connecting,
    );
    let timeout = matches!(event, Event::Timeout);
    probe.sometimes(ClientGoal::VerdictLate, timeout && before.is_due());
    probe
        .sometimes(ClientGoal::LimitReached, has(Action::Refused { reason: Reason::LimitReached }));
    let arrives = after.machine.phase() == Phase::Established;
    probe.sometimes(ClientGoal::ArriveAfterMove, arrives && leaves_kept(&before.machine, actions));
    probe.sometimes(
        ClientGoal::MoveFails,
        has(Action::MoveFailed { reason: Reason::AttemptFailed }),
    );
}

/// What a command has led to.
fn note_command(
    before: &WatchedClient,
    after: &WatchedClient,
    actions: &Actions<Action<'_>>,
    probe: &mut Probe,
) {
    let refused = Action::Refused { reason: Reason::PolicyRefused };
    probe.sometimes(ClientGoal::RefusedByPolicy, actions.iter().any(|action| action == refused));
    for action in actions.iter() {
        let Action::Redirected { provenance, .. } = action else { continue };
        let goal = match provenance {
            Provenance::Init => ClientGoal::FollowInit,
            Provenance::Auth => ClientGoal::FollowAuth,
            Provenance::Informational => ClientGoal::FollowActive,
        };
        probe.sometimes(goal, true);
        let in_window = before.machine.loop_limit().followed(NOW);
        probe.sometimes(ClientGoal::WindowSlides, before.follows_remembered() > in_window);
        let gone = before.machine.slot().is_some_and(|slot| !before.holds(slot));
        let alone = after.machine.kept().is_none();
        probe.sometimes(ClientGoal::FollowWithoutOld, gone && alone);
    }
}

impl Model for ClientAlone {
    type State = WatchedClient;
    type Step = Step;
    type Goal = ClientGoal;

    fn name(&self) -> String {
        "client alone".into()
    }

    fn initial(&self) -> Vec<WatchedClient> {
        self.configs.iter().map(|&config| WatchedClient::new(config)).collect()
    }

    fn steps(&self, _: &WatchedClient, steps: &mut Vec<Step>) {
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

    fn take(&self, before: &WatchedClient, step: Step, probe: &mut Probe) -> Option<WatchedClient> {
        let mut after = *before;
        if let Some(event) = step.event() {
            let actions = after.handle(event, probe);
            note_event(before, &after, &event, &actions, probe);
        } else if let Some(command) = step.command() {
            if let Ok(actions) = after.command(command, probe) {
                note_command(before, &after, &actions, probe);
            }
        } else {
            after.tick();
        }
        Some(after)
    }

    fn lanes(&self) -> &'static [&'static str] {
        &["client", "world"]
    }

    fn draw(&self, _: &WatchedClient, step: Step) -> Arrow {
        let from = usize::from(step.event().is_some() && !matches!(step, Step::Timeout));
        Arrow { from, to: 0, label: format!("{step:?}") }
    }

    fn describe(&self, state: &WatchedClient) -> Vec<String> {
        let machine = &state.machine;
        let mut line = format!("{:?}", machine.phase());
        if let (Some(slot), Some(gateway)) = (machine.slot(), machine.gateway()) {
            line += &format!(", slot {slot:?} to {gateway}");
        }
        if let Some(slot) = machine.kept() {
            line += &format!(", keeps {slot:?}");
        }
        vec![format!("{line}, followed {}", machine.loop_limit().followed(NOW))]
    }
}
