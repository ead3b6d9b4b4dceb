//! The gateway machine under a host that lies.

use ikev2_redirect::auth::AuthMessage;
use ikev2_redirect::responder::{self, Event, Responder, TargetId};
use ikev2_redirect::wire::{Contents, NotifyType};
use ikev2_redirect::{Actions, Instant};

use super::{AUTH, LieGoal, PEERS, contents, contradicts};
use crate::checker::{Arrow, Model, Probe};
use crate::clock::{NEXT, NOW, in_ticks};
use crate::rows::{GatewayInput, gateway_row};

/// The gateway machine under a host that lies.
pub(crate) struct LyingGateway {
    pub(crate) configs: Vec<responder::Config>,
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum GatewayLie {
    /// What is told, whether it is true or not.
    Event(Event<'static>),
    Timeout,
    Redirect(Option<u32>),
    Cancel,
    Tick,
}

/// Everything that a host can tell.
fn events() -> Vec<Event<'static>> {
    let mut events = Vec::new();
    for sent in AUTH {
        for peer in PEERS {
            for (redirects, fatal) in [(false, false), (true, false), (false, true)] {
                let fatal_error = fatal.then_some(NotifyType::AUTHENTICATION_FAILED);
                let contents = Contents { fatal_error, ..contents(sent, redirects) };
                events.push(Event::AuthRequestReceived { peer, contents });
            }
        }
        events.push(Event::AuthResponseSent { sent });
    }
    for redirects in [false, true] {
        for deletes_ike_sa in [false, true] {
            let contents = contents(AuthMessage::NOTHING, redirects);
            let contents = Contents { deletes_ike_sa, ..contents };
            events.push(Event::InformationalReceived { contents });
        }
    }
    events.extend([Event::Acknowledged, Event::NoAnswer, Event::MisplacedRedirect]);
    events.extend([Event::Deleted, Event::Rekeyed]);
    events
}

impl LyingGateway {
    fn check(
        before: &Responder,
        after: &Responder,
        lie: GatewayLie,
        actions: &Actions<responder::Action>,
        probe: &mut Probe,
    ) {
        use responder::Action as A;
        let mistaken = actions.iter().any(|action| matches!(action, A::Misused { .. }));
        probe.sometimes(LieGoal::Told, mistaken);
        let redirects =
            |action| matches!(action, A::RespondRedirect { .. } | A::SendRedirect { .. });
        let redirected = actions.iter().any(redirects);
        probe.sometimes(LieGoal::Followed, redirected);
        probe.always("R3-2: never without support", !redirected || before.supports_redirect());
        let same = before == after;
        probe.always("F23: a mistake is told alone, and changes nothing", {
            !mistaken || (same && actions.len() == 1)
        });
        let only =
            !actions.is_empty() && actions.iter().all(|action| matches!(action, A::Ignored { .. }));
        probe.always("what is only ignored changes nothing", !only || same);
        if let GatewayLie::Event(Event::AuthRequestReceived { peer, contents }) = lie {
            let there = before.phase() == responder::Phase::Authenticating;
            let shows = there && contradicts(peer, contents.auth);
            probe.always("F18: what contradicts the payloads is a mistake", !shows || mistaken);
        }
        if let (GatewayLie::Event(event), true) = (lie, mistaken || (only && same)) {
            probe.covers(gateway_row(before.phase(), GatewayInput::of(&event)));
        }
        if let GatewayLie::Timeout = lie {
            let due = before.next_deadline().is_some_and(|deadline| deadline.at <= NOW);
            probe.always("an early time-out does nothing", due || (same && actions.is_empty()));
            let still = after.next_deadline().is_some_and(|deadline| deadline.at <= NOW);
            let sent = actions.iter().any(redirects);
            probe.always("a time-out at its deadline clears it", !still || sent);
        }
    }
}

impl Model for LyingGateway {
    type State = Responder;
    type Step = GatewayLie;
    type Goal = LieGoal;

    fn name(&self) -> String {
        "gateway, lying host".into()
    }

    fn initial(&self) -> Vec<Responder> {
        let mut starts = Vec::new();
        for config in &self.configs {
            for supports_redirect in [false, true] {
                let client = responder::Client { supports_redirect, multiple_auth_offered: true };
                starts.push(Responder::new(*config, client));
            }
        }
        starts
    }

    fn steps(&self, _: &Responder, steps: &mut Vec<GatewayLie>) {
        steps.extend(events().into_iter().map(GatewayLie::Event));
        steps.push(GatewayLie::Timeout);
        steps.extend([Some(0), Some(2), None].map(GatewayLie::Redirect));
        steps.extend([GatewayLie::Cancel, GatewayLie::Tick]);
    }

    fn take(&self, before: &Responder, lie: GatewayLie, probe: &mut Probe) -> Option<Responder> {
        let mut after = *before;
        let actions = match lie {
            GatewayLie::Event(event) => after.handle(NOW, event),
            GatewayLie::Timeout => after.timeout(NOW),
            GatewayLie::Redirect(at) => {
                let at = at.map_or(Instant::NEVER, in_ticks);
                let Ok(actions) = after.redirect_at(NOW, TargetId(1), at) else {
                    probe.always("a refused command changes nothing", after == *before);
                    return Some(after);
                };
                actions
            }
            GatewayLie::Cancel => after.cancel(NOW).ok()?,
            GatewayLie::Tick => {
                after.rebase(NEXT, NOW);
                return Some(after);
            }
        };
        Self::check(before, &after, lie, &actions, probe);
        Some(after)
    }

    fn lanes(&self) -> &'static [&'static str] {
        &["liar", "gateway"]
    }

    fn draw(&self, _: &Responder, lie: GatewayLie) -> Arrow {
        Arrow { from: 0, to: 1, label: format!("{lie:?}") }
    }

    fn describe(&self, machine: &Responder) -> Vec<String> {
        vec![format!("{:?}, target {:?}", machine.phase(), machine.target())]
    }
}
