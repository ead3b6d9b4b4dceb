//! The IKE_AUTH phase: every script of [`Script`], a REDIRECT on any response, from an honest
//! gateway that runs the real machine or from a rogue one, and failure at any place.
//!
//! Whether a response is the first or the last, and whether the gateway has proven itself by
//! then, is counted off the script, not asked of the machines.

use std::net::{IpAddr, Ipv4Addr};

use ikev2_redirect::Actions;
use ikev2_redirect::auth::{AuthMessage, PeerAuth};
use ikev2_redirect::initiator::{self, Initiator, Refusal, Slot};
use ikev2_redirect::responder::{self, Responder, Stage, TargetId};
use ikev2_redirect::wire::{Contents, Redirect};

use crate::checker::{Arrow, Model, Probe};
use crate::clock::NOW;
use crate::goals;
use crate::rows::{ClientInput, ClientPlace, GatewayInput, client_row, gateway_row};
use crate::script::{Exchange, Script};

const OLD: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1));
const NEW: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 2);

/// All phases of up to `rounds` identities a side and up to `trips` round trips of EAP.
pub(crate) struct Phases {
    scripts: Vec<Vec<Exchange>>,
    announced: Vec<bool>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct World {
    script: u16,
    /// The gateway redirects on an identity that is merely claimed.
    opted_in: bool,
    /// The number of the exchange under way.
    number: u8,
    turn: Turn,
    client: Initiator,
    gateway: Responder,
    /// The gateway has proven what it owed so far, by the script.
    proven: bool,
    /// A gateway meddles once, so that what it leaves behind is seen.
    meddled: bool,
}

/// What comes next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Turn {
    Request,
    /// The gateway has the request; the machine may have asked.
    Response {
        asked: bool,
    },
    /// The gateway's machine has decided to redirect; it has proven itself, or does so now.
    Redirecting {
        with_auth: bool,
    },
    /// The client has asked its host; whether the phase is complete by the script.
    Vetting {
        complete: bool,
    },
    Up,
    Over,
}

/// What a rogue gateway does to a response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Meddling {
    /// Adds a REDIRECT.
    Beside,
    /// Sends a REDIRECT instead of going on.
    Instead,
    /// The same without the AUTH that it owes.
    Unproven,
    /// Adds a REDIRECT that adds nothing up.
    Malformed,
    /// Sends a REDIRECT and an AUTH that is wrong.
    WrongAuth,
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum Step {
    Request { fails: bool },
    Decide,
    Respond(Option<Meddling>),
    Deliver { fails: bool },
    Permit,
    Refuse,
}

goals!(PhaseGoal {
    OnlyResponse => "R6-13: the only response redirects",
    FirstOfEap => "R6-8: the first response of EAP redirects",
    FirstOfSeveral => "R6-13: the first response of RFC 4739 redirects",
    LastOfEap => "R6-13: the last response of EAP redirects",
    LastWithoutAuth => "R6-4: a last response without AUTH redirects after an earlier one",
    IntermediateIgnored => "R6-14: a REDIRECT in an intermediate response is ignored",
    EapOnlyIgnored => "R6-11: a REDIRECT in a first response without AUTH is ignored",
    DeferredToLast => "R6-5: a decision in the middle of EAP goes into the last response",
    Completed => "a phase completes without a redirect",
    UpAfterMeddling => "R6-14: a phase completes after a REDIRECT that was ignored",
});

impl Phases {
    pub(crate) fn new(rounds: usize, trips: u8) -> Self {
        let scripts = Script::all(rounds, trips);
        Self {
            announced: scripts.iter().map(|script| script.announced).collect(),
            scripts: scripts.iter().map(Script::exchanges).collect(),
        }
    }

    fn exchange(&self, world: &World) -> Exchange {
        self.scripts[usize::from(world.script)][usize::from(world.number)]
    }

    fn is_last(&self, world: &World) -> bool {
        usize::from(world.number) + 1 == self.scripts[usize::from(world.script)].len()
    }

    fn begin(&self, script: usize, opted_in: bool) -> World {
        let announced = self.announced[script];
        let mut client = Initiator::new(initiator::Config::default()).expect("the default");
        let _start = client.connect(NOW, OLD).expect("it is idle");
        let slot = Slot::A;
        let _nothing = client.handle(
            NOW,
            initiator::Event::InitCompleted { slot, multiple_auth_offered: announced },
        );
        let config = responder::Config {
            redirect_unauthenticated: opted_in,
            ..responder::Config::default()
        };
        let supporting =
            responder::Client { supports_redirect: true, multiple_auth_offered: announced };
        World {
            script: script as u16,
            opted_in,
            number: 0,
            turn: Turn::Request,
            client,
            gateway: Responder::new(config, supporting),
            proven: false,
            meddled: false,
        }
    }

    /// The client sends its next request and the gateway checks it.
    fn request(&self, mut world: World, fails: bool, probe: &mut Probe) -> World {
        let exchange = self.exchange(&world);
        let sent = exchange.request;
        let event = initiator::Event::AuthRequest { slot: Slot::A, sent };
        let actions = world.client_event(event, probe);
        probe.always("a request is just noted", actions.is_empty());
        let mut early = world.client;
        let _actions = early.handle(NOW, initiator::Event::Established { slot: Slot::A });
        let up = early.phase() == initiator::Phase::Established;
        probe.always("an IKE SA is not up while a response is due", !up);
        let peer = match (fails, sent.auth) {
            (true, _) => PeerAuth::Failed,
            (false, true) => PeerAuth::Verified,
            (false, false) => PeerAuth::Absent,
        };
        let event = responder::Event::AuthRequest { peer, contents: contents(sent, None) };
        let actions = world.gateway_event(event, probe);
        let asked = actions.iter().find_map(|action| match action {
            responder::Action::Decide { stage } => Some(stage),
            _ => None,
        });
        let legal = self.may_redirect(&world, sent);
        probe.always(
            "R6-3: a client that fails is never redirected",
            !fails || world.gateway.phase() == responder::Phase::Closed,
        );
        let planned = world.gateway.target().is_some();
        match (fails, redirect_of(&actions)) {
            (true, _) => world.over(),
            (false, Some(with_auth)) => {
                probe.always("R6-6: a planned redirect waits for a legal response", legal);
                probe.sometimes(PhaseGoal::DeferredToLast, world.number > 0);
                world.turn = Turn::Redirecting { with_auth };
                world
            }
            (false, None) => {
                probe.always(
                    "R6-6, R9-6: the host is asked exactly where a redirect is legal",
                    planned || asked.is_some() == legal,
                );
                probe.always(
                    "R6-3: complete means complete",
                    (asked == Some(Stage::Complete)) <= exchange.client_done,
                );
                world.turn = Turn::Response { asked: asked.is_some() };
                world
            }
        }
    }

    /// Whether the gateway may redirect in the response that is due, by the script.
    fn may_redirect(&self, world: &World, request: AuthMessage) -> bool {
        let first = world.number == 0;
        (first && (request.auth || world.opted_in)) || self.exchange(world).client_done
    }

    /// The gateway's host wants the client elsewhere, now or as soon as that is legal.
    fn decide(&self, mut world: World, asked: bool, probe: &mut Probe) -> Option<World> {
        let phase = world.gateway.phase();
        probe.covers(gateway_row(phase, GatewayInput::Redirect));
        let actions = world.gateway.redirect(NOW, TargetId(2)).ok()?;
        match redirect_of(&actions) {
            Some(with_auth) => {
                probe.always("R6-6: redirects only when asked", asked);
                world.turn = Turn::Redirecting { with_auth };
            }
            None => probe.always("a decision between waits", !asked && actions.is_empty()),
        }
        Some(world)
    }

    /// The gateway goes on as usual, or meddles.
    fn respond(&self, world: World, meddling: Option<Meddling>, probe: &mut Probe) -> World {
        let mut world = world;
        let usual = self.exchange(&world).response;
        let planned = world.gateway.target().is_some();
        let _actions = world.gateway_event(responder::Event::AuthResponse { sent: usual }, probe);
        probe.always(
            "R6-6: a decision that waits is not forgotten",
            !planned || world.gateway.target().is_some(),
        );
        match meddling {
            None => self.usual_response(world, usual, probe),
            Some(meddling) => self.meddle(world, usual, meddling, probe),
        }
    }

    fn usual_response(&self, mut world: World, usual: AuthMessage, probe: &mut Probe) -> World {
        world.proven = if usual.auth { true } else { world.proven };
        let actions = world.client_event(response(usual, verdict(usual), None), probe);
        probe.always("the usual is passed on", actions == [initiator::Action::PassOn]);
        self.go_on(world, probe)
    }

    fn meddle(
        &self,
        world: World,
        usual: AuthMessage,
        meddling: Meddling,
        probe: &mut Probe,
    ) -> World {
        let (sent, ends) = match meddling {
            Meddling::Beside | Meddling::Malformed => (usual, self.is_last(&world)),
            Meddling::Instead | Meddling::WrongAuth => (
                AuthMessage { auth: usual.auth, ..AuthMessage::NOTHING },
                self.exchange(&world).client_done,
            ),
            Meddling::Unproven => (AuthMessage::NOTHING, self.exchange(&world).client_done),
        };
        let mut world = World { meddled: true, ..world };
        if usual.auth {
            world.proven = sent.auth;
        }
        if meddling == Meddling::WrongAuth {
            return self.wrong_auth(world, sent, probe);
        }
        let redirect = match meddling {
            Meddling::Malformed => Some(Err(ikev2_redirect::Reason::GatewayLength)),
            _ => Some(Ok(Redirect { target: NEW.into() })),
        };
        self.redirecting_response(world, sent, ends, redirect, probe)
    }

    fn wrong_auth(&self, mut world: World, sent: AuthMessage, probe: &mut Probe) -> World {
        let redirect = Some(Ok(Redirect { target: NEW.into() }));
        let actions = world.client_event(response(sent, PeerAuth::Failed, redirect), probe);
        let ends = |action| matches!(action, initiator::Action::Failed { .. });
        probe.always(
            "R6-4: nothing follows from a gateway whose AUTH is wrong",
            actions.iter().any(ends) && !asks(&actions),
        );
        world.over()
    }

    /// A response with a REDIRECT reaches the client. `ends`: it is the last one, by the script.
    fn redirecting_response(
        &self,
        mut world: World,
        sent: AuthMessage,
        ends: bool,
        redirect: Option<Result<Redirect<'static>, ikev2_redirect::Reason>>,
        probe: &mut Probe,
    ) -> World {
        let mut without = world.client;
        let _usual = without.handle(NOW, response(sent, verdict(sent), None));
        let actions = world.client_event(response(sent, verdict(sent), redirect), probe);
        let first = world.number == 0;
        let counts = (first || ends) && world.proven;
        let good = redirect.is_some_and(|redirect| redirect.is_ok());
        probe.always(
            "R6-13, R6-14, R6-4: acts on the first or the last response of a proven gateway only",
            asks(&actions) == (counts && good),
        );
        if !counts {
            probe.always(
                "R6-14: a REDIRECT that does not count is not remembered",
                world.client == without,
            );
            probe.sometimes(PhaseGoal::IntermediateIgnored, !first && !ends);
            probe.sometimes(PhaseGoal::EapOnlyIgnored, first && sent.eap && !sent.auth);
            return self.go_on(world, probe);
        }
        if !good {
            let ends = |action| matches!(action, initiator::Action::Failed { .. });
            probe.always("an unusable redirect ends the attempt", actions.iter().any(ends));
            return world.over();
        }
        let exchange = self.exchange(&world);
        probe.sometimes(PhaseGoal::OnlyResponse, first && ends);
        probe.sometimes(PhaseGoal::FirstOfEap, first && !exchange.request.auth);
        probe.sometimes(PhaseGoal::FirstOfSeveral, first && exchange.request.auth && !ends);
        probe.sometimes(PhaseGoal::LastOfEap, !first && ends && sent.auth);
        probe.sometimes(PhaseGoal::LastWithoutAuth, !first && ends && !sent.auth);
        world.turn = Turn::Vetting { complete: ends };
        world
    }

    /// The redirecting response of an honest gateway reaches the client.
    fn deliver(&self, mut world: World, with_auth: bool, fails: bool, probe: &mut Probe) -> World {
        let sent = AuthMessage { auth: with_auth, ..AuthMessage::NOTHING };
        let ends = self.exchange(&world).client_done;
        if fails {
            return self.wrong_auth(world, sent, probe);
        }
        world.proven |= with_auth;
        probe.always("R6-10: an honest gateway proves itself", world.proven);
        let leaving = world.gateway.phase() == responder::Phase::Leaving;
        probe.always("D6-1, R6-12: it keeps exactly what is complete", leaving == ends);
        let redirect = Some(Ok(Redirect { target: NEW.into() }));
        self.redirecting_response(world, sent, ends, redirect, probe)
    }

    /// Without a redirect: the next exchange, or the end.
    fn go_on(&self, mut world: World, probe: &mut Probe) -> World {
        let mut early = world.client;
        let _actions = early.handle(NOW, initiator::Event::Established { slot: Slot::A });
        let up = early.phase() == initiator::Phase::Established;
        probe.always(
            "an IKE SA is up only when the phase is complete",
            !up || self.exchange(&world).client_done,
        );
        if !self.is_last(&world) {
            world.number += 1;
            world.turn = Turn::Request;
            return world;
        }
        let slot = Slot::A;
        let _actions = world.client_event(initiator::Event::Established { slot }, probe);
        let up = world.client.phase() == initiator::Phase::Established;
        probe.always("a phase that is complete and proven is up", up == world.proven);
        let served = matches!(
            world.gateway.phase(),
            responder::Phase::Established | responder::Phase::Redirecting
        );
        probe.always("both ends agree on the end", served);
        probe.sometimes(PhaseGoal::Completed, up);
        probe.sometimes(PhaseGoal::UpAfterMeddling, up && world.meddled);
        world.turn = if up { Turn::Up } else { Turn::Over };
        world
    }
}

impl World {
    fn client_event(
        &mut self,
        event: initiator::Event<'static>,
        probe: &mut Probe,
    ) -> Actions<initiator::Action<'static>> {
        let place = ClientPlace::In(self.client.phase());
        probe.covers(client_row(place, ClientInput::of(&event)));
        self.client.handle(NOW, event)
    }

    fn gateway_event(
        &mut self,
        event: responder::Event<'static>,
        probe: &mut Probe,
    ) -> Actions<responder::Action> {
        probe.covers(gateway_row(self.gateway.phase(), GatewayInput::of(&event)));
        self.gateway.handle(NOW, event)
    }

    /// R6-2, R6-12: how the client leaves, by what there is of the IKE SA.
    fn leave(mut self, permit: bool, complete: bool, probe: &mut Probe) -> World {
        let actions = if permit {
            self.client.permit(NOW, NEW.into())
        } else {
            self.client.refuse(NOW, Refusal::Policy)
        };
        let Ok(actions) = actions else {
            probe.always("a question can be answered", false);
            return self;
        };
        let deletes = |action| matches!(action, initiator::Action::DeleteSa { .. });
        let drops = |action| matches!(action, initiator::Action::DropSa { .. });
        probe.always("R6-2: a complete IKE SA is deleted", actions.iter().any(deletes) == complete);
        probe.always("R6-12: an unfinished one is dropped", actions.iter().any(drops) != complete);
        let starts = |action| match action {
            initiator::Action::StartInit { to, notifies, .. } => {
                to == IpAddr::from(NEW) && notifies.redirected_from == Some(OLD)
            }
            _ => false,
        };
        probe.always("R3-12, R6-2: then it goes on", actions.iter().any(starts) == permit);
        self.over()
    }

    /// All ends are alike.
    fn over(self) -> World {
        World { turn: Turn::Over, number: 0, ..self }
    }
}

fn contents(
    content: AuthMessage,
    redirect: Option<Result<Redirect<'static>, ikev2_redirect::Reason>>,
) -> Contents<'static> {
    Contents {
        redirect,
        auth: content.auth,
        eap: content.eap,
        another_auth_follows: content.another_auth_follows,
        multiple_auth_supported: content.multiple_auth_supported,
        ..Contents::default()
    }
}

fn response(
    sent: AuthMessage,
    peer: PeerAuth,
    redirect: Option<Result<Redirect<'static>, ikev2_redirect::Reason>>,
) -> initiator::Event<'static> {
    let contents = contents(sent, redirect);
    initiator::Event::AuthResponse { slot: Slot::A, peer, contents }
}

fn verdict(sent: AuthMessage) -> PeerAuth {
    if sent.auth { PeerAuth::Verified } else { PeerAuth::Absent }
}

fn asks(actions: &Actions<initiator::Action<'_>>) -> bool {
    actions.iter().any(|action| matches!(action, initiator::Action::Vet { .. }))
}

/// Whether the gateway's machine redirects, and whether with an AUTH.
fn redirect_of(actions: &Actions<responder::Action>) -> Option<bool> {
    actions.iter().find_map(|action| match action {
        responder::Action::RespondRedirect { with_auth, .. } => Some(with_auth),
        _ => None,
    })
}

const MEDDLINGS: [Meddling; 5] = [
    Meddling::Beside,
    Meddling::Instead,
    Meddling::Unproven,
    Meddling::Malformed,
    Meddling::WrongAuth,
];

impl Model for Phases {
    type State = World;
    type Step = Step;
    type Goal = PhaseGoal;

    fn name(&self) -> String {
        format!("IKE_AUTH, {} scripts", self.scripts.len())
    }

    fn initial(&self) -> Vec<World> {
        let both = |script| [false, true].map(|opted_in| self.begin(script, opted_in));
        (0..self.scripts.len()).flat_map(both).collect()
    }

    fn steps(&self, world: &World, steps: &mut Vec<Step>) {
        match world.turn {
            Turn::Request => {
                steps.extend([false, true].map(|fails| Step::Request { fails }));
                // A rogue gateway is no honest one.
                if !world.meddled {
                    steps.push(Step::Decide);
                }
            }
            Turn::Response { .. } => {
                steps.push(Step::Respond(None));
                if !world.meddled {
                    steps.push(Step::Decide);
                }
                if !world.meddled && world.gateway.target().is_none() {
                    steps.extend(MEDDLINGS.map(|meddling| Step::Respond(Some(meddling))));
                }
            }
            Turn::Redirecting { .. } => {
                steps.extend([false, true].map(|fails| Step::Deliver { fails }));
            }
            Turn::Vetting { .. } => steps.extend([Step::Permit, Step::Refuse]),
            Turn::Up | Turn::Over => {}
        }
    }

    fn take(&self, world: &World, step: Step, probe: &mut Probe) -> Option<World> {
        let world = *world;
        Some(match (step, world.turn) {
            (Step::Request { fails }, Turn::Request) => self.request(world, fails, probe),
            (Step::Decide, Turn::Request) => self.decide(world, false, probe)?,
            (Step::Decide, Turn::Response { asked }) => self.decide(world, asked, probe)?,
            (Step::Respond(meddling), Turn::Response { .. }) => {
                self.respond(world, meddling, probe)
            }
            (Step::Deliver { fails }, Turn::Redirecting { with_auth }) => {
                self.deliver(world, with_auth, fails, probe)
            }
            (Step::Permit, Turn::Vetting { complete }) => world.leave(true, complete, probe),
            (Step::Refuse, Turn::Vetting { complete }) => world.leave(false, complete, probe),
            _ => return None,
        })
    }

    fn liveness(&self) -> Option<&'static str> {
        Some("each IKE_AUTH phase ends")
    }

    fn is_terminal(&self, world: &World) -> bool {
        matches!(world.turn, Turn::Up | Turn::Over)
    }

    fn lanes(&self) -> &'static [&'static str] {
        &["client", "gateway"]
    }

    fn draw(&self, world: &World, step: Step) -> Arrow {
        let (from, to) = match step {
            Step::Request { .. } => (0, 1),
            Step::Decide => (1, 1),
            Step::Respond(_) | Step::Deliver { .. } => (1, 0),
            Step::Permit | Step::Refuse => (0, 0),
        };
        let label = match step {
            Step::Request { .. } => format!("{step:?} {:?}", self.exchange(world).request),
            Step::Respond(_) => format!("{step:?} {:?}", self.exchange(world).response),
            Step::Decide | Step::Deliver { .. } | Step::Permit | Step::Refuse => {
                format!("{step:?}")
            }
        };
        Arrow { from, to, label }
    }

    fn describe(&self, world: &World) -> Vec<String> {
        vec![
            format!("client {:?}", world.client.phase()),
            format!("gateway {:?}, target {:?}", world.gateway.phase(), world.gateway.target()),
        ]
    }
}
