//! The gateway machine under a host that lies.

use ikev2_redirect::auth::{AuthMessage, PeerAuth};
use ikev2_redirect::responder::{self, Responder, TargetId};
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
    Request { peer: PeerAuth, content: AuthMessage, redirects: bool, fatal: bool },
    Response(AuthMessage),
    Acknowledged,
    NoAnswer,
    Informational { redirects: bool, deletes: bool },
    Misplaced,
    Deleted,
    Rekeyed,
    Timeout,
    Redirect(Option<u32>),
    Cancel,
    Tick,
}

impl GatewayLie {
    fn event(self) -> Option<responder::Event<'static>> {
        use responder::Event;
        Some(match self {
            GatewayLie::Request { peer, content, redirects, fatal } => {
                let fatal_error = fatal.then_some(NotifyType::AUTHENTICATION_FAILED);
                let contents = Contents { fatal_error, ..contents(content, redirects) };
                Event::AuthRequestReceived { peer, contents }
            }
            GatewayLie::Response(sent) => Event::AuthResponseSent { sent },
            GatewayLie::Acknowledged => Event::Acknowledged,
            GatewayLie::NoAnswer => Event::NoAnswer,
            GatewayLie::Informational { redirects, deletes } => {
                let contents = contents(AuthMessage::NOTHING, redirects);
                let contents = Contents { deletes_ike_sa: deletes, ..contents };
                Event::InformationalReceived { contents }
            }
            GatewayLie::Misplaced => Event::MisplacedRedirect,
            GatewayLie::Deleted => Event::Deleted,
            GatewayLie::Rekeyed => Event::Rekeyed,
            GatewayLie::Timeout
            | GatewayLie::Redirect(_)
            | GatewayLie::Cancel
            | GatewayLie::Tick => {
                return None;
            }
        })
    }
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
        if let GatewayLie::Request { peer, content, .. } = lie {
            let there = before.phase() == responder::Phase::Authenticating;
            let shows = there && contradicts(peer, content);
            probe.always("F18: what contradicts the payloads is a mistake", !shows || mistaken);
        }
        if let (Some(event), true) = (lie.event(), mistaken || (only && same)) {
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
        for content in AUTH {
            for peer in PEERS {
                for redirects in [false, true] {
                    let fatal = false;
                    steps.push(GatewayLie::Request { peer, content, redirects, fatal });
                }
                let redirects = false;
                steps.push(GatewayLie::Request { peer, content, redirects, fatal: true });
            }
            steps.push(GatewayLie::Response(content));
        }
        for redirects in [false, true] {
            for deletes in [false, true] {
                steps.push(GatewayLie::Informational { redirects, deletes });
            }
        }
        steps.extend([GatewayLie::Acknowledged, GatewayLie::NoAnswer, GatewayLie::Misplaced]);
        steps.extend([GatewayLie::Deleted, GatewayLie::Rekeyed, GatewayLie::Timeout]);
        steps.extend([Some(0), Some(2), None].map(GatewayLie::Redirect));
        steps.extend([GatewayLie::Cancel, GatewayLie::Tick]);
    }

    fn take(&self, before: &Responder, lie: GatewayLie, probe: &mut Probe) -> Option<Responder> {
        let mut after = *before;
        let actions = match (lie, lie.event()) {
            (_, Some(event)) => after.handle(NOW, event),
            (GatewayLie::Timeout, _) => after.timeout(NOW),
            (GatewayLie::Redirect(at), _) => {
                let at = at.map_or(Instant::NEVER, in_ticks);
                let Ok(actions) = after.redirect_at(NOW, TargetId(1), at) else {
                    probe.always("a refused command changes nothing", after == *before);
                    return Some(after);
                };
                actions
            }
            (GatewayLie::Cancel, _) => after.cancel(NOW).ok()?,
            _ => {
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
