//! The client machine under a host that lies.

use std::net::IpAddr;

use ikev2_redirect::auth::{AuthMessage, PeerAuth};
use ikev2_redirect::initiator::{
    self, Action, Event, Initiator, Phase, QuestionId, Refusal, SaId, SentInit,
};
use ikev2_redirect::wire::{Contents, InitRedirect, InitResponse, Nonce, NotifyType, Spi};
use ikev2_redirect::{Actions, Misuse};

use super::{AUTH, LieGoal, PEERS, contents, contradicts};
use crate::alone::client::gateway;
use crate::checker::{Arrow, Model, Probe};
use crate::clock::{NEXT, NOW};
use crate::rows::{ClientInput, ClientPlace, client_row_at};
use crate::watch::client::{CLOSED, Command, FIRST, GONE};

/// The client machine under a host that lies.
pub(crate) struct LyingClient {
    pub(crate) configs: Vec<initiator::Config>,
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum Lie {
    Event(SaId, Told),
    Order(Command),
    Timeout,
    Tick,
}

/// What is told, whether it is true or not.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Told {
    Init {
        redirects: bool,
        accepts: bool,
    },
    Keys(bool),
    AuthRequest(AuthMessage),
    AuthResponse {
        peer: PeerAuth,
        content: AuthMessage,
        redirects: bool,
        deletes: bool,
        fatal: bool,
    },
    Established,
    GivenUp,
    Informational {
        redirects: bool,
        deletes: bool,
        repeated: bool,
    },
    Misplaced,
    Deleted,
    Rekeyed,
    Moved(IpAddr),
}

impl LyingClient {
    fn tell(machine: &mut Initiator, sa: SaId, told: Told) -> Actions<Action<'static>> {
        let event = match told {
            Told::Init { redirects, accepts } => {
                let target = std::net::Ipv4Addr::new(192, 0, 2, 2).into();
                let nonce = Nonce::new(&[5; 16]).expect("a nonce");
                let response = InitResponse {
                    initiator_spi: Spi([1; 8]),
                    responder_spi: Spi::ZERO,
                    redirect: redirects.then_some(Ok(InitRedirect { target, nonce })),
                    accepts,
                    multiple_auth_supported: false,
                    resumption: false,
                };
                let sent = SentInit { spi: Spi([1; 8]), nonce: &[5; 16] };
                Event::InitResponseReceived { sent, response }
            }
            Told::Keys(several) => Event::InitCompleted { multiple_auth_offered: several },
            Told::AuthRequest(sent) => Event::AuthRequestSent { sent },
            Told::AuthResponse { peer, content, redirects, deletes, fatal } => {
                let fatal_error = fatal.then_some(NotifyType::AUTHENTICATION_FAILED);
                let contents = Contents {
                    deletes_ike_sa: deletes,
                    fatal_error,
                    ..contents(content, redirects)
                };
                Event::AuthResponseReceived { peer, contents }
            }
            Told::Established => Event::Established,
            Told::GivenUp => Event::GivenUp,
            Told::Informational { redirects, deletes, repeated } => {
                let contents = contents(AuthMessage::NOTHING, redirects);
                let contents = Contents { deletes_ike_sa: deletes, ..contents };
                Event::InformationalReceived { contents, repeated }
            }
            Told::Misplaced => Event::MisplacedRedirect,
            Told::Deleted => Event::Deleted,
            Told::Rekeyed => Event::Rekeyed,
            Told::Moved(to) => Event::GatewayMoved { to },
        };
        machine.handle(NOW, sa, event)
    }

    fn order(
        machine: &mut Initiator,
        command: Command,
    ) -> Result<Actions<Action<'static>>, Misuse> {
        match command {
            Command::Connect(to) => machine.connect(NOW, to),
            Command::Permit(question, to) => machine.permit(NOW, question, to),
            Command::Refuse(question, refusal) => machine.refuse(NOW, question, refusal),
            Command::Retry(to) => machine.retry(NOW, to),
            Command::Renew(to) => machine.renew(NOW, to),
            Command::Close => machine.close(NOW),
        }
    }
}

/// The kind of what is told.
fn input(told: Told) -> ClientInput {
    match told {
        Told::Init { .. } => ClientInput::InitResponseReceived,
        Told::Keys(_) => ClientInput::InitCompleted,
        Told::AuthRequest(_) => ClientInput::AuthRequestSent,
        Told::AuthResponse { .. } => ClientInput::AuthResponseReceived,
        Told::Established => ClientInput::Established,
        Told::GivenUp => ClientInput::GivenUp,
        Told::Informational { .. } => ClientInput::InformationalReceived,
        Told::Misplaced => ClientInput::MisplacedRedirect,
        Told::Deleted => ClientInput::Deleted,
        Told::Rekeyed => ClientInput::Rekeyed,
        Told::Moved(_) => ClientInput::GatewayMoved,
    }
}

fn place(machine: &Initiator, sa: SaId) -> ClientPlace {
    if machine.kept() == Some(sa) {
        return ClientPlace::Kept;
    }
    match machine.phase() {
        _ if machine.sa() != Some(sa) => ClientPlace::Gone,
        Phase::Idle => ClientPlace::Idle,
        Phase::Init => ClientPlace::Init,
        Phase::Auth => ClientPlace::Auth,
        Phase::Up => ClientPlace::Up,
    }
}

/// The machine's own promises.
fn check(
    before: &Initiator,
    after: &Initiator,
    lie: Lie,
    actions: &Actions<Action<'_>>,
    probe: &mut Probe,
) {
    let mistaken = actions.iter().any(|action| matches!(action, Action::Misused { .. }));
    probe.sometimes(LieGoal::Told, mistaken);
    let same = before == after;
    probe.always("F23: a mistake is told alone, and changes nothing", {
        !mistaken || (same && actions.len() == 1)
    });
    let ignored = |action| matches!(action, Action::Ignored { .. });
    let only = !actions.is_empty() && actions.iter().all(ignored);
    probe.always("what is only ignored changes nothing", !only || same);
    let known = [before.sa(), before.kept(), after.sa(), after.kept()];
    let left = |action| match action {
        Action::DeleteSa { sa } | Action::DropSa { sa } | Action::RejectSa { sa } => Some(sa),
        _ => None,
    };
    let mut leaves = actions.iter().filter_map(left);
    probe.always("only what is known is left", leaves.all(|sa| known.contains(&Some(sa))));
    if let Lie::Event(sa, told) = lie {
        let there = place(before, sa) == ClientPlace::Auth;
        if let Told::AuthResponse { peer, content, .. } = told {
            let shows = there && contradicts(peer, content);
            probe.always("F18: what contradicts the payloads is a mistake", !shows || mistaken);
        }
        if mistaken || (only && same) {
            let asked = before.question().is_some();
            probe.covers(client_row_at(place(before, sa), asked, input(told)));
        }
    }
    let followed = actions.iter().any(|action| matches!(action, Action::Redirected { .. }));
    probe.sometimes(LieGoal::Followed, followed);
    let within = after.followed(NOW) <= usize::from(after.config().max_redirects);
    probe.always("R9-4: no more redirects within the period than the limit", within);
    let kept = after.kept().is_none() || after.sa().is_some();
    probe.always("nothing is kept beside nothing", kept);
}

impl Model for LyingClient {
    type State = Initiator;
    type Step = Lie;
    type Goal = LieGoal;

    fn name(&self) -> String {
        "client, lying host".into()
    }

    fn initial(&self) -> Vec<Initiator> {
        let of = |config: &initiator::Config| {
            let mut machine = Initiator::new(*config).expect("settings that fit");
            machine.renumber(FIRST);
            machine
        };
        self.configs.iter().map(of).collect()
    }

    fn steps(&self, machine: &Initiator, steps: &mut Vec<Lie>) {
        let sas = [machine.sa(), machine.kept(), Some(GONE)];
        for sa in sas.into_iter().flatten() {
            let event = |told| Lie::Event(sa, told);
            for content in AUTH {
                steps.push(event(Told::AuthRequest(content)));
                for peer in PEERS {
                    for (redirects, deletes, fatal) in [
                        (false, false, false),
                        (true, false, false),
                        (true, true, false),
                        (true, false, true),
                    ] {
                        let told = Told::AuthResponse { peer, content, redirects, deletes, fatal };
                        steps.push(event(told));
                    }
                }
            }
            for a in [false, true] {
                for b in [false, true] {
                    steps.push(event(Told::Init { redirects: a, accepts: b }));
                    for repeated in [false, true] {
                        let told = Told::Informational { redirects: a, deletes: b, repeated };
                        steps.push(event(told));
                    }
                }
                steps.push(event(Told::Keys(a)));
            }
            let told = [Told::Established, Told::GivenUp, Told::Misplaced, Told::Deleted];
            steps.extend(told.map(event));
            steps.extend(
                [Told::Rekeyed, Told::Moved(gateway(0)), Told::Moved(gateway(1))].map(event),
            );
        }
        let asked = machine.question().unwrap_or(CLOSED);
        for to in [gateway(0), gateway(1)] {
            for command in [Command::Connect(to), Command::Retry(to), Command::Renew(to)] {
                steps.push(Lie::Order(command));
            }
            steps.extend([asked, CLOSED].map(|id: QuestionId| Lie::Order(Command::Permit(id, to))));
        }
        for id in [asked, CLOSED] {
            steps.push(Lie::Order(Command::Refuse(id, Refusal::Policy)));
        }
        steps.extend([Lie::Order(Command::Close), Lie::Timeout, Lie::Tick]);
    }

    fn take(&self, before: &Initiator, lie: Lie, probe: &mut Probe) -> Option<Initiator> {
        let mut after = *before;
        let actions = match lie {
            Lie::Event(sa, told) => Self::tell(&mut after, sa, told),
            Lie::Timeout => after.timeout(NOW),
            Lie::Tick => {
                after.rebase(NEXT, NOW);
                return Some(after);
            }
            Lie::Order(command) => match Self::order(&mut after, command) {
                Ok(actions) => actions,
                Err(_) => {
                    probe.always("a refused command changes nothing", after == *before);
                    return Some(after);
                }
            },
        };
        check(before, &after, lie, &actions, probe);
        after.renumber(FIRST);
        Some(after)
    }

    fn lanes(&self) -> &'static [&'static str] {
        &["liar", "client"]
    }

    fn draw(&self, _: &Initiator, lie: Lie) -> Arrow {
        Arrow { from: 0, to: 1, label: format!("{lie:?}") }
    }

    fn describe(&self, machine: &Initiator) -> Vec<String> {
        let kept = if machine.kept().is_some() { ", keeps another" } else { "" };
        vec![format!("{:?}{kept}, asks {:?}", machine.phase(), machine.question())]
    }
}
