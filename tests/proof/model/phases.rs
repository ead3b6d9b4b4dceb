//! The IKE_AUTH phase: every script of [`Script`], a REDIRECT on any response, from an honest
//! gateway that runs the real machine or from a rogue one, and failure at any place. Both hosts
//! know by counting which response is the first or the last, and who has proven himself by then.

use ikev2_redirect::Actions;
use ikev2_redirect::auth::AuthMessage;
use ikev2_redirect::initiator::{self, Refusal, SaId};
use ikev2_redirect::responder::{self, TargetId};

use crate::alone::client::gateway;
use crate::checker::{Arrow, Model, Probe};
use crate::goals;
use crate::script::{Exchange, Script};
use crate::truth::client::{Answer, Named, Stage};
use crate::truth::gateway::{Found, Place};
use crate::watch::InitAnswer;
use crate::watch::client::{Command, WatchedClient};
use crate::watch::gateway::{self as watch, WatchedGateway};

/// All phases of up to `rounds` identities a side and up to `trips` round trips of EAP.
pub(crate) struct Phases {
    scripts: Vec<Vec<Exchange>>,
    announced: Vec<bool>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct World {
    script: u16,
    turn: Turn,
    client: WatchedClient,
    gateway: WatchedGateway,
    /// A gateway meddles once, so that what it leaves behind is seen.
    meddled: bool,
}

/// What comes next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Turn {
    Request,
    /// The gateway has the request.
    Response,
    /// The gateway has answered with a REDIRECT; it has proven itself, or does so now.
    Redirect {
        with_auth: bool,
    },
    /// The client has the redirect, or there is nothing to go on with.
    Client,
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
    /// Adds a REDIRECT that does not add up.
    Malformed,
    /// Sends a REDIRECT and an AUTH that is wrong.
    WrongAuth,
    /// Sends a REDIRECT and AUTHENTICATION_FAILED.
    Fatal,
}

const MEDDLINGS: [Meddling; 6] = [
    Meddling::Beside,
    Meddling::Instead,
    Meddling::Unproven,
    Meddling::Malformed,
    Meddling::WrongAuth,
    Meddling::Fatal,
];

#[derive(Clone, Copy, Debug)]
pub(crate) enum Step {
    Request(Found),
    Decide,
    Respond(Option<Meddling>),
    Deliver { fails: bool },
    Permit,
    Refuse,
    Establish,
    GiveUp,
}

goals!(PhaseGoal {
    OnlyResponse => "R6-13: the only response redirects",
    FirstResponse => "R6-8, R6-13: the first of several responses redirects",
    LastResponse => "R6-13: the last of several responses redirects",
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

    fn script(&self, world: &World) -> &[Exchange] {
        &self.scripts[usize::from(world.script)]
    }

    fn begin(&self, script: usize, opted_in: bool) -> World {
        let several = self.announced[script];
        let mut probe = Probe::default();
        let mut client = WatchedClient::new(initiator::Config::default());
        let _start = client.command(Command::Connect(gateway(0)), &mut probe);
        let id = sa(&client).expect("it connects");
        client.init_response(id, InitAnswer::USUAL, &mut probe);
        // The host of the client does not need the number of the script.
        client.keys(id, 0, several, &mut probe);
        assert_eq!(probe.broken(), None);
        let redirect_unauthenticated = opted_in;
        let config = responder::Config { redirect_unauthenticated, ..responder::Config::default() };
        let known = responder::Client { supports_redirect: true, multiple_auth_offered: several };
        World {
            script: script as u16,
            turn: Turn::Request,
            client,
            gateway: WatchedGateway::new(config, known),
            meddled: false,
        }
    }

    fn request(&self, world: &mut World, found: Found, probe: &mut Probe) -> Option<()> {
        let id = sa(&world.client)?;
        let Place::Auth { done, .. } = world.gateway.host.place else { return None };
        let script = self.script(world);
        world.client.auth_request(id, script, probe);
        let actions = world.gateway.request(script, found, false, probe);
        world.turn = match (found, redirect_of(&actions)) {
            (Found::AsItShould, Some(with_auth)) => {
                probe.sometimes(PhaseGoal::DeferredToLast, done > 0);
                Turn::Redirect { with_auth }
            }
            (Found::AsItShould, None) => Turn::Response,
            (Found::WrongAuth | Found::Fatal, _) => Turn::Over,
        };
        Some(())
    }

    /// The gateway's host wants the client elsewhere, now or as soon as that is legal.
    fn decide(&self, world: &mut World, probe: &mut Probe) -> Option<()> {
        let command = watch::Command::Redirect(TargetId(2));
        let actions = world.gateway.command(self.script(world), command, probe).ok()?;
        if let Some(with_auth) = redirect_of(&actions) {
            world.turn = Turn::Redirect { with_auth };
        }
        Some(())
    }

    /// The gateway goes on as usual, or meddles.
    fn respond(
        &self,
        world: &mut World,
        meddling: Option<Meddling>,
        probe: &mut Probe,
    ) -> Option<()> {
        let script = self.script(world);
        let id = sa(&world.client)?;
        let (_, done, _) = world.client.host.sa(id)?.waits_for()?;
        let exchange = &script[usize::from(done)];
        let _sent = world.gateway.response(script, probe);
        let usual = Answer::usual(exchange);
        let named = Some(Named::Address(gateway(1)));
        let (answer, named) = match meddling {
            None => (usual, None),
            Some(Meddling::Beside) => (usual, named),
            Some(Meddling::Malformed) => (usual, Some(Named::Malformed)),
            Some(Meddling::Instead) => (Answer::instead(exchange), named),
            Some(Meddling::Unproven) => {
                (Answer { carries: AuthMessage::NOTHING, ..Answer::instead(exchange) }, named)
            }
            Some(Meddling::WrongAuth) => (Answer { wrong_auth: true, ..usual }, named),
            Some(Meddling::Fatal) => (Answer::fatal(), named),
        };
        world.meddled |= meddling.is_some();
        self.answer(world, &answer, named, probe)
    }

    /// The redirecting response of an honest gateway reaches the client.
    fn deliver(
        &self,
        world: &mut World,
        with_auth: bool,
        fails: bool,
        probe: &mut Probe,
    ) -> Option<()> {
        let carries = AuthMessage { auth: with_auth, ..AuthMessage::NOTHING };
        let answer = Answer { carries, goes_on: false, wrong_auth: fails, fatal: false };
        let leaves = matches!(world.gateway.host.place, Place::Leaving { .. });
        self.answer(world, &answer, Some(Named::Address(gateway(1))), probe)?;
        let whole = world.client.host.current().is_some_and(|sa| sa.is_whole());
        probe.always(
            "D6-1, R6-12: both ends keep exactly what is complete",
            fails || whole == leaves,
        );
        let asked = world.client.host.question.is_some();
        probe.always("R6-6: an honest gateway redirects where it counts", fails || asked);
        Some(())
    }

    fn answer(
        &self,
        world: &mut World,
        answer: &Answer,
        named: Option<Named>,
        probe: &mut Probe,
    ) -> Option<()> {
        let id = sa(&world.client)?;
        let before = world.client.host.sa(id)?.waits_for()?;
        let script = self.script(world);
        world.client.auth_response(id, script, answer, named, false, probe);
        note(script, before, answer, named, world.client.host.question.is_some(), probe);
        world.turn = match (world.client.host.sa(id).map(|sa| sa.stage), named) {
            (Some(Stage::Auth { .. }), _) if world.client.host.question.is_none() => Turn::Request,
            (Some(_), _) => Turn::Client,
            (None, _) => Turn::Over,
        };
        Some(())
    }

    fn client_step(&self, world: &mut World, step: Step, probe: &mut Probe) -> Option<()> {
        let client = &mut world.client;
        match step {
            Step::Permit => {
                let asked = client.host.question?;
                let _done = client.command(Command::Permit(asked.id, gateway(1)), probe).ok()?;
            }
            Step::Refuse => {
                let asked = client.host.question?;
                let _done =
                    client.command(Command::Refuse(asked.id, Refusal::Policy), probe).ok()?;
            }
            Step::Establish => {
                let id = sa(client)?;
                client.established(id, probe);
                probe.sometimes(PhaseGoal::Completed, !world.meddled);
                probe.sometimes(PhaseGoal::UpAfterMeddling, world.meddled);
            }
            Step::GiveUp => {
                let id = sa(client)?;
                client.give_up(id, probe);
            }
            Step::Request(_) | Step::Decide | Step::Respond(_) | Step::Deliver { .. } => {
                return None;
            }
        }
        world.turn = Turn::Over;
        Some(())
    }
}

fn sa(client: &WatchedClient) -> Option<SaId> {
    client.host.current().map(|sa| sa.id)
}

/// Whether the gateway redirects, and with AUTH.
fn redirect_of(actions: &Actions<responder::Action>) -> Option<bool> {
    actions.iter().find_map(|action| match action {
        responder::Action::RespondRedirect { with_auth, .. } => Some(with_auth),
        _ => None,
    })
}

/// What an answer has led to.
fn note(
    script: &[Exchange],
    (_, done, proven): (u8, u8, bool),
    answer: &Answer,
    named: Option<Named>,
    asked: bool,
    probe: &mut Probe,
) {
    if named.is_none() {
        return;
    }
    let exchange = &script[usize::from(done)];
    let first = done == 0;
    let last =
        if answer.goes_on { usize::from(done) + 1 == script.len() } else { exchange.client_done };
    probe.sometimes(PhaseGoal::OnlyResponse, asked && first && last);
    probe.sometimes(PhaseGoal::FirstResponse, asked && first && !last);
    probe.sometimes(PhaseGoal::LastResponse, asked && !first && last);
    let bare = !answer.carries.auth;
    probe.sometimes(PhaseGoal::LastWithoutAuth, asked && !first && last && bare);
    probe.sometimes(PhaseGoal::IntermediateIgnored, !asked && !first && !last);
    probe.sometimes(PhaseGoal::EapOnlyIgnored, !asked && first && bare && !proven);
}

impl Model for Phases {
    type State = World;
    type Step = Step;
    type Goal = PhaseGoal;

    fn name(&self) -> String {
        format!("IKE_AUTH, {} scripts", self.scripts.len())
    }

    fn initial(&self) -> Vec<World> {
        let scripts = 0..self.scripts.len();
        let both = |script| [false, true].map(|opted_in| self.begin(script, opted_in));
        scripts.flat_map(both).collect()
    }

    fn steps(&self, world: &World, steps: &mut Vec<Step>) {
        match world.turn {
            Turn::Request => {
                steps
                    .extend([Found::AsItShould, Found::WrongAuth, Found::Fatal].map(Step::Request));
                steps.push(Step::Decide);
            }
            Turn::Response => {
                steps.extend([Step::Decide, Step::Respond(None)]);
                if !world.meddled {
                    steps.extend(MEDDLINGS.map(|meddling| Step::Respond(Some(meddling))));
                }
            }
            Turn::Redirect { .. } => {
                steps.extend([false, true].map(|fails| Step::Deliver { fails }));
            }
            Turn::Client => {
                if world.client.host.question.is_some() {
                    steps.extend([Step::Permit, Step::Refuse]);
                }
                if world.client.host.current().is_some_and(|sa| sa.is_whole()) {
                    steps.push(Step::Establish);
                }
                steps.push(Step::GiveUp);
            }
            Turn::Over => {}
        }
    }

    fn take(&self, world: &World, step: Step, probe: &mut Probe) -> Option<World> {
        let mut world = *world;
        match (step, world.turn) {
            (Step::Request(found), _) => self.request(&mut world, found, probe)?,
            (Step::Decide, _) => self.decide(&mut world, probe)?,
            (Step::Respond(meddling), _) => self.respond(&mut world, meddling, probe)?,
            (Step::Deliver { fails }, Turn::Redirect { with_auth }) => {
                self.deliver(&mut world, with_auth, fails, probe)?;
            }
            (Step::Deliver { .. }, _) => return None,
            _ => self.client_step(&mut world, step, probe)?,
        }
        Some(world)
    }

    fn liveness(&self) -> Option<&'static str> {
        Some("every phase ends")
    }

    fn is_terminal(&self, world: &World) -> bool {
        world.turn == Turn::Over
    }

    fn lanes(&self) -> &'static [&'static str] {
        &["client", "gateway"]
    }

    fn draw(&self, world: &World, step: Step) -> Arrow {
        let (from, to) = match step {
            Step::Request(_) => (0, 1),
            Step::Respond(_) | Step::Deliver { .. } => (1, 0),
            Step::Decide => (1, 1),
            Step::Permit | Step::Refuse | Step::Establish | Step::GiveUp => (0, 0),
        };
        let script = self.script(world);
        let number = match world.gateway.host.place {
            Place::Auth { done, .. } => format!(" {} of {}", done + 1, script.len()),
            _ => String::new(),
        };
        Arrow { from, to, label: format!("{step:?}{number}") }
    }

    fn describe(&self, world: &World) -> Vec<String> {
        let mut lines = crate::tale::client(&world.client);
        lines.extend(crate::tale::gateway(&world.gateway));
        lines
    }
}
