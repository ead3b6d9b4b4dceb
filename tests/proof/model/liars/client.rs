//! The client machine under a host that lies.

use ikev2_redirect::Actions;
use ikev2_redirect::auth::AuthMessage;
use ikev2_redirect::initiator::{
    self, Action, Event, Initiator, Phase, QuestionId, Refusal, SaId, SentInit,
};
use ikev2_redirect::wire::{Contents, InitRedirect, InitResponse, Nonce, NotifyType, Spi};

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
    /// What is told of an IKE SA, whether it is true or not.
    Event(SaId, Event<'static, 'static>),
    Order(Command),
    Timeout,
    Tick,
}

/// Everything that a host can tell of an IKE SA.
fn events() -> Vec<Event<'static, 'static>> {
    let mut events = Vec::new();
    for sent in AUTH {
        events.push(Event::AuthRequestSent { sent });
        for peer in PEERS {
            for (redirects, deletes_ike_sa, fatal) in [
                (false, false, false),
                (true, false, false),
                (true, true, false),
                (true, false, true),
            ] {
                let fatal_error = fatal.then_some(NotifyType::AUTHENTICATION_FAILED);
                let contents = contents(sent, redirects);
                let contents = Contents { deletes_ike_sa, fatal_error, ..contents };
                events.push(Event::AuthResponseReceived { peer, contents });
            }
        }
    }
    for a in [false, true] {
        for b in [false, true] {
            events.push(init_response(a, b));
            for repeated in [false, true] {
                let contents = contents(AuthMessage::NOTHING, a);
                let contents = Contents { deletes_ike_sa: b, ..contents };
                events.push(Event::InformationalReceived { contents, repeated });
            }
        }
        events.push(Event::InitCompleted { multiple_auth_offered: a });
    }
    events.extend([Event::Established, Event::GivenUp, Event::MisplacedRedirect]);
    events.extend([Event::Deleted, Event::Rekeyed]);
    events.extend([gateway(0), gateway(1)].map(|to| Event::GatewayMoved { to }));
    events
}

fn init_response(redirects: bool, accepts: bool) -> Event<'static, 'static> {
    let target = gateway(1).into();
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
    if let Lie::Event(sa, event) = lie {
        let there = place(before, sa) == ClientPlace::Auth;
        if let Event::AuthResponseReceived { peer, contents } = event {
            let shows = there && contradicts(peer, contents.auth);
            probe.always("F18: what contradicts the payloads is a mistake", !shows || mistaken);
        }
        if mistaken || (only && same) {
            let asked = before.question().is_some();
            probe.covers(client_row_at(place(before, sa), asked, ClientInput::of(&event)));
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
            steps.extend(events().into_iter().map(|event| Lie::Event(sa, event)));
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
            Lie::Event(sa, event) => after.handle(NOW, sa, event),
            Lie::Timeout => after.timeout(NOW),
            Lie::Tick => {
                after.rebase(NEXT, NOW);
                return Some(after);
            }
            Lie::Order(command) => match command.give(&mut after) {
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
