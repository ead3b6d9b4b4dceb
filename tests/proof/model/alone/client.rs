//! The client machine beside a host that knows: whatever can happen to the host's IKE SAs, in every
//! order, and whatever the host may want.

use std::hash::Hash;
use std::net::{IpAddr, Ipv4Addr};

use ikev2_redirect::auth::{AuthMessage, PeerAuth};
use ikev2_redirect::initiator::{Config, Event, Refusal, SaId};
use ikev2_redirect::wire::Contents;

use super::goals::{self, ClientGoal};
use crate::checker::{Arrow, Identity, Model, Probe};
use crate::script::Exchange;
use crate::truth::client::{Answer, Named, Sa, Stage};
use crate::watch::client::{CLOSED, Command, WatchedClient};
use crate::watch::{InitAnswer, late_init_response};

/// Clients with these settings.
#[derive(Clone)]
pub(crate) struct ClientAlone {
    pub(crate) title: &'static str,
    pub(crate) configs: Vec<Config>,
    /// How many gateways there are.
    pub(crate) gateways: u8,
    /// Offers every gateway at each step, for comparison.
    pub(crate) every_gateway: bool,
    /// The IKE_AUTH phases that there are, written out.
    pub(crate) scripts: Vec<(Vec<Exchange>, bool)>,
    pub(crate) beyond: Vec<ClientGoal>,
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum Step {
    Order(Command),
    Timeout,
    Tick,
    Init(SaId, InitAnswer),
    Keys(SaId, u8),
    AuthRequest(SaId),
    Auth { sa: SaId, answer: AuthAnswer, named: Option<Named>, deletes: bool },
    Established(SaId),
    GivesUp(SaId),
    Deleted(SaId),
    Informational { sa: SaId, named: Option<Named>, deletes: bool, repeated: bool },
    Misplaced(SaId),
    Rekeyed(SaId),
    Moved(SaId, IpAddr),
    Late(Event<'static, 'static>),
}

/// Which IKE_AUTH response comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AuthAnswer {
    Usual,
    /// What the gateway owes, and a REDIRECT in the place of everything else.
    Instead,
    /// AUTHENTICATION_FAILED.
    Fatal,
    WrongAuth,
}

/// What is told about an IKE SA that is gone, by a host that was busy with it.
fn late_events() -> [Event<'static, 'static>; 11] {
    let contents = Contents { deletes_ike_sa: true, ..Contents::EMPTY };
    let peer = PeerAuth::Absent;
    [
        Event::InitCompleted { multiple_auth_offered: false },
        Event::AuthRequestSent { sent: AuthMessage::NOTHING },
        Event::AuthResponseReceived { peer, contents },
        Event::Established,
        Event::GivenUp,
        Event::Deleted,
        Event::InformationalReceived { contents, repeated: false },
        Event::MisplacedRedirect,
        Event::Rekeyed,
        Event::GatewayMoved { to: gateway(0) },
        late_init_response(),
    ]
}

pub(crate) fn gateway(number: u8) -> IpAddr {
    Ipv4Addr::new(192, 0, 2, 1 + number).into()
}

const NOBODY: IpAddr = IpAddr::V4(Ipv4Addr::UNSPECIFIED);

impl ClientAlone {
    /// The gateways that the client has something to do with, and one more, which stands for all
    /// others: nothing tells these apart.
    fn gateways(&self, client: &WatchedClient) -> impl Iterator<Item = IpAddr> + use<> {
        let host = client.host;
        let known = move |address: IpAddr| {
            let sas = host.sas.iter().flatten();
            sas.clone().any(|sa| sa.gateway == address || sa.from == Some(address))
                || host.question.is_some_and(|asked| {
                    asked.from == address || asked.target == Named::Address(address)
                })
        };
        let all = (0..self.gateways).map(gateway);
        let mut others = usize::from(self.gateways);
        if !self.every_gateway {
            others = 1;
        }
        let other = all.clone().filter(move |&address| !known(address)).take(others);
        all.filter(move |&address| known(address)).chain(other)
    }

    fn orders(&self, client: &WatchedClient, steps: &mut Vec<Step>) {
        let order = |command| Step::Order(command);
        let host = &client.host;
        let open = host.question.map_or(CLOSED, |asked| asked.id);
        for to in self.gateways(client).chain([NOBODY]) {
            steps.extend([Command::Connect(to), Command::Retry(to), Command::Renew(to)].map(order));
            steps.push(Step::Order(Command::Permit(open, to)));
        }
        if let Some(to) = self.gateways(client).next() {
            steps.push(Step::Order(Command::Permit(CLOSED, to)));
        }
        steps.push(Step::Order(Command::Refuse(CLOSED, Refusal::Policy)));
        for refusal in [Refusal::Policy, Refusal::Unresolvable] {
            steps.push(Step::Order(Command::Refuse(open, refusal)));
        }
        steps.extend([Step::Order(Command::Close), Step::Timeout]);
        if !host.is_too_late(&client.rules) {
            steps.push(Step::Tick);
        }
    }

    fn named(&self, client: &WatchedClient) -> impl Iterator<Item = Named> + use<> {
        let gateways = self.gateways(client).map(Named::Address);
        gateways.chain([Named::Name, Named::Nobody, Named::Malformed])
    }

    fn messages(&self, client: &WatchedClient, sa: &Sa, steps: &mut Vec<Step>) {
        let id = sa.id;
        steps.extend([Step::GivesUp(id), Step::Deleted(id), Step::Misplaced(id)]);
        if !matches!(sa.stage, Stage::Init { .. }) {
            // Late ones.
            let late = [InitAnswer::USUAL, InitAnswer::redirect(Named::Name)];
            steps.extend(late.map(|answer| Step::Init(id, answer)));
        }
        match sa.stage {
            Stage::Init { accepted } => {
                self.init_responses(client, id, steps);
                if accepted {
                    steps.extend((0..self.scripts.len()).map(|s| Step::Keys(id, s as u8)));
                }
            }
            Stage::Auth { out: false, .. } => steps.push(Step::AuthRequest(id)),
            Stage::Auth { .. } => self.auth_responses(client, id, steps),
            Stage::Stuck => {}
            Stage::Whole => steps.push(Step::Established(id)),
            Stage::Up => {}
        }
        let answers = matches!(sa.stage, Stage::Auth { .. });
        if !answers && !sa.is_whole() {
            return;
        }
        for named in self.named(client).map(Some).chain([None]) {
            for (deletes, repeated) in [(false, false), (true, false), (false, true)] {
                // Before the phase is complete the client is just told of it.
                if sa.is_whole() || (named == Some(Named::Name) && !deletes && !repeated) {
                    steps.push(Step::Informational { sa: id, named, deletes, repeated });
                }
            }
        }
        if sa.is_whole() {
            steps.push(Step::Rekeyed(id));
            steps.extend(self.gateways(client).map(|to| Step::Moved(id, to)));
        }
    }

    fn init_responses(&self, client: &WatchedClient, id: SaId, steps: &mut Vec<Step>) {
        let usual = InitAnswer::USUAL;
        steps.push(Step::Init(id, usual));
        steps.push(Step::Init(id, InitAnswer { accepts: false, ..usual }));
        for named in self.named(client) {
            let redirect = InitAnswer::redirect(named);
            steps.push(Step::Init(id, redirect));
            if !matches!(named, Named::Address(_)) {
                steps.push(Step::Init(id, InitAnswer { accepts: true, ..redirect }));
            }
        }
        let redirect = InitAnswer::redirect(Named::Name);
        steps.extend(
            [
                InitAnswer { spi: false, ..redirect },
                InitAnswer { nonce: false, ..redirect },
                InitAnswer { nonce: false, accepts: true, ..redirect },
                InitAnswer { resumption: true, ..redirect },
                InitAnswer { odd: true, ..redirect },
            ]
            .map(|answer| Step::Init(id, answer)),
        );
    }

    fn auth_responses(&self, client: &WatchedClient, sa: SaId, steps: &mut Vec<Step>) {
        let auth = |answer, named, deletes| Step::Auth { sa, answer, named, deletes };
        for deletes in [false, true] {
            steps.push(auth(AuthAnswer::Usual, None, deletes));
            steps.push(auth(AuthAnswer::Usual, Some(Named::Name), deletes));
            steps.push(auth(AuthAnswer::Instead, Some(Named::Nobody), deletes));
        }
        steps.extend(self.named(client).map(|named| auth(AuthAnswer::Instead, Some(named), false)));
        for named in [None, Some(Named::Name)] {
            steps.push(auth(AuthAnswer::Fatal, named, false));
            steps.push(auth(AuthAnswer::WrongAuth, named, false));
        }
    }

    fn message(&self, client: &mut WatchedClient, step: Step, probe: &mut Probe) {
        match step {
            Step::Init(sa, answer) => client.init_response(sa, answer, probe),
            Step::Keys(sa, script) => {
                client.keys(sa, script, self.scripts[usize::from(script)].1, probe);
            }
            Step::AuthRequest(sa) => {
                if let Some(script) = self.script(client, sa) {
                    client.auth_request(sa, script, probe);
                }
            }
            Step::Auth { sa, answer, named, deletes } => {
                let Some(script) = self.script(client, sa) else { return };
                let Some((_, done, _)) = client.host.sa(sa).and_then(Sa::waits_for) else { return };
                let exchange = &script[usize::from(done)];
                let answer = match answer {
                    AuthAnswer::Usual => Answer::usual(exchange),
                    AuthAnswer::Instead => Answer::instead(exchange),
                    AuthAnswer::Fatal => Answer::fatal(),
                    AuthAnswer::WrongAuth => {
                        let usual = Answer::usual(exchange);
                        let mut carries = usual.carries;
                        carries.auth = true;
                        Answer { wrong_auth: true, carries, ..usual }
                    }
                };
                client.auth_response(sa, script, &answer, named, deletes, probe);
            }
            Step::Established(sa) => client.established(sa, probe),
            Step::GivesUp(sa) => client.give_up(sa, probe),
            Step::Deleted(sa) => client.deleted(sa, probe),
            Step::Informational { sa, named, deletes, repeated } => {
                client.informational(sa, named, deletes, repeated, probe);
            }
            Step::Misplaced(sa) => client.misplaced(sa, probe),
            Step::Rekeyed(sa) => client.rekeyed(sa, probe),
            Step::Moved(sa, to) => client.gateway_moved(sa, to, probe),
            Step::Late(event) => client.tell_late(event, probe),
            Step::Order(_) | Step::Timeout | Step::Tick => {}
        }
    }

    fn script(&self, client: &WatchedClient, sa: SaId) -> Option<&[Exchange]> {
        match client.host.sa(sa)?.stage {
            Stage::Auth { script, .. } => Some(&self.scripts[usize::from(script)].0),
            _ => None,
        }
    }
}

impl Model for ClientAlone {
    type State = WatchedClient;
    type Step = Step;
    type Goal = ClientGoal;

    fn name(&self) -> String {
        self.title.into()
    }

    fn identify(&self, client: &WatchedClient, identity: &mut Identity) {
        identity.forget_names();
        client.hash(identity);
    }

    fn initial(&self) -> Vec<WatchedClient> {
        let restarted = |config: &Config| WatchedClient::restarted(*config, gateway(0));
        let fresh = self.configs.iter().map(|config| WatchedClient::new(*config));
        fresh.chain(self.configs.iter().map(restarted)).collect()
    }

    fn steps(&self, client: &WatchedClient, steps: &mut Vec<Step>) {
        self.orders(client, steps);
        steps.extend(late_events().map(Step::Late));
        for sa in client.host.sas.iter().flatten() {
            self.messages(client, sa, steps);
        }
    }

    fn take(&self, before: &WatchedClient, step: Step, probe: &mut Probe) -> Option<WatchedClient> {
        let mut after = *before;
        match step {
            Step::Order(command) => {
                let _done = after.command(command, probe);
            }
            Step::Timeout => {
                let _done = after.time_out(probe);
            }
            Step::Tick => after.tick(probe),
            _ => self.message(&mut after, step, probe),
        }
        goals::note(before, &after, step, probe);
        // Nobody is there to get them.
        after.host.farewells = [None; 2];
        Some(after)
    }

    fn unreachable(&self) -> Vec<ClientGoal> {
        self.beyond.clone()
    }

    fn liveness(&self) -> Option<&'static str> {
        Some("whatever happens, the client ends with a working IKE SA or a reported reason")
    }

    /// Whatever ends it has been reported: that is an *always* property.
    fn is_terminal(&self, client: &WatchedClient) -> bool {
        let host = &client.host;
        let works = host.current().is_some_and(Sa::is_up) && host.kept().is_none();
        host.question.is_none() && (works || host.count() == 0)
    }

    fn is_fair(&self, client: &WatchedClient, step: Step) -> bool {
        match step {
            Step::Timeout | Step::Tick | Step::Keys(..) | Step::AuthRequest(_) => true,
            Step::Established(_) => true,
            // What can still come up need not be given up.
            Step::GivesUp(id) => client.host.sa(id).is_some_and(|sa| sa.stage == Stage::Stuck),
            Step::Init(_, answer) => answer == InitAnswer::USUAL,
            Step::Auth { answer, named, deletes, .. } => {
                answer == AuthAnswer::Usual && named.is_none() && !deletes
            }
            Step::Order(_)
            | Step::Deleted(_)
            | Step::Informational { .. }
            | Step::Misplaced(_)
            | Step::Rekeyed(_)
            | Step::Moved(..)
            | Step::Late(_) => false,
        }
    }

    fn lanes(&self) -> &'static [&'static str] {
        &["world", "client"]
    }

    fn draw(&self, _: &WatchedClient, step: Step) -> Arrow {
        let own = matches!(
            step,
            Step::Order(_) | Step::Timeout | Step::Tick | Step::Established(_) | Step::GivesUp(_)
        );
        Arrow { from: usize::from(own), to: 1, label: format!("{step:?}") }
    }

    fn describe(&self, client: &WatchedClient) -> Vec<String> {
        crate::tale::client(client)
    }
}
