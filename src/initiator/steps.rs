//! What the transitions of the client machine do.

use core::net::IpAddr;

use super::state::State::{Authenticating, Connecting, Established, Idle};
use super::state::{Attempt, Remains, Sa, State, Vet};
use super::{Action, Initiator, Provenance, SentInit};
use crate::auth::{Content, PeerAuth, Position, Progress};
use crate::wire::{Contents, InitResponse, Spi};
use crate::{Actions, Gateway, Instant, Reason};

impl Initiator {
    /// An IKE_SA_INIT response, in the order in which it is checked. Whatever fails leaves the
    /// machine as it was, so that a later good response still counts (`R3-9`).
    pub(super) fn init_response<'a>(
        &mut self,
        now: Instant,
        attempt: Attempt,
        sent: SentInit<'a>,
        response: InitResponse<'a>,
    ) -> Actions<Action<'a>> {
        if response.initiator_spi != sent.spi {
            return ignored(Reason::WrongInitiatorSpi);
        }
        let Some(redirect) = response.redirect else {
            return Actions::one(Action::PassOn);
        };
        if !self.config.follows_redirects() {
            let usual = response.accepts.then_some(Action::PassOn);
            return ignored(Reason::RedirectsOff).then_if(usual);
        }
        let redirect = match redirect {
            Ok(redirect) => redirect,
            Err(reason) => return ignored(reason),
        };
        // R3-8, R7.2-10: the whole nonce, no more and no less.
        if redirect.nonce.octets() != sent.nonce {
            return ignored(Reason::NonceMismatch);
        }
        if let Err(reason) = self.consider(now, redirect.target, attempt.sa) {
            return refused(reason);
        }
        self.state = State::VettingInit(attempt, self.vet(now, Remains::Unfinished));
        tolerated_spi(response.responder_spi).and(ask(redirect.target, Provenance::Init))
    }

    /// An IKE_AUTH response, in the order in which it is checked.
    pub(super) fn auth_response<'a>(
        &mut self,
        now: Instant,
        attempt: Attempt,
        mut progress: Progress,
        peer: PeerAuth,
        contents: Contents<'a>,
    ) -> Actions<Action<'a>> {
        if peer == PeerAuth::Failed {
            return leave(attempt.sa, Remains::Unfinished)
                .and(self.fail(Reason::GatewayAuthFailed));
        }
        let position = progress.response(Content::of_peer(&contents, peer));
        self.state = Authenticating(attempt, progress);
        let Some(redirect) = contents.redirect else {
            return Actions::one(Action::PassOn);
        };
        if let Err(reason) = self.may_act(position, &progress) {
            return ignored(reason).then(Action::PassOn);
        }
        let remains = if progress.is_complete() { Remains::Whole } else { Remains::Unfinished };
        let vet = self.vet(now, remains);
        match redirect.and_then(|redirect| self.consider(now, redirect.target, attempt.sa)) {
            Ok(target) => {
                self.state = State::VettingAuth(attempt, vet);
                ask(target, Provenance::Auth)
            }
            Err(reason) => self.decline_auth(attempt, vet, reason),
        }
    }

    /// Whether a REDIRECT in an IKE_AUTH response counts at all.
    fn may_act(&self, position: Position, progress: &Progress) -> Result<(), Reason> {
        if !self.config.follows_redirects() {
            return Err(Reason::RedirectsOff);
        }
        match position {
            Position::Intermediate => Err(Reason::IntermediateResponse), // R6-13, R6-14
            // R6-4, R6-7, R6-11
            Position::Only | Position::First | Position::Last
                if !progress.gateway_authenticated() =>
            {
                Err(Reason::GatewayUnverified)
            }
            Position::Only | Position::First | Position::Last => Ok(()),
        }
    }

    /// A protected INFORMATIONAL request in an established IKE SA (`R1-2`).
    pub(super) fn informational<'a>(
        &mut self,
        now: Instant,
        sa: Sa,
        contents: Contents<'a>,
        repeated: bool,
    ) -> Actions<Action<'a>> {
        let acted_on = match contents.redirect {
            Some(redirect) if self.config.follows_redirects() && !repeated => redirect,
            Some(_) | None => {
                let reason = if repeated { Reason::RepeatedRequest } else { Reason::RedirectsOff };
                return answer(sa.slot, &contents, reason).and(self.lose_if(&contents));
            }
        };
        let acknowledged = Actions::one(Action::Acknowledge { slot: sa.slot }); // R5-4
        match acted_on.and_then(|redirect| self.consider(now, redirect.target, sa)) {
            Ok(target) => {
                let vet = self.vet(now, Remains::Whole).after(&contents);
                self.state = State::VettingActive(sa, vet);
                acknowledged.and(ask(target, Provenance::Informational))
            }
            Err(reason) => acknowledged.and(refused(reason)).and(self.lose_if(&contents)),
        }
    }

    /// One that comes before the host has said that the IKE SA is up.
    pub(super) fn early_informational<'a>(
        &mut self,
        sa: Sa,
        contents: Contents<'a>,
    ) -> Actions<Action<'a>> {
        answer(sa.slot, &contents, Reason::OutOfTurn).and(self.lose_if(&contents))
    }

    /// One that comes while an earlier REDIRECT waits for its verdict.
    pub(super) fn informational_meanwhile<'a>(
        &mut self,
        sa: Sa,
        contents: Contents<'a>,
        next: State,
    ) -> Actions<Action<'a>> {
        self.state = next;
        answer(sa.slot, &contents, Reason::VettingInProgress)
    }

    fn lose_if(&mut self, contents: &Contents<'_>) -> Actions<Action<'static>> {
        if contents.deletes_ike_sa { self.fail(Reason::SaLost) } else { Actions::none() }
    }

    /// Whether the redirect can be followed at all, before anybody is asked.
    fn consider<'a>(
        &self,
        now: Instant,
        target: Gateway<'a>,
        from: Sa,
    ) -> Result<Gateway<'a>, Reason> {
        if let Some(address) = target.address() {
            self.check_address(address, from.gateway)?;
        }
        if self.limit.allows(now) { Ok(target) } else { Err(Reason::LimitReached) } // D7-1
    }

    /// Whether the client can go from the gateway at `from` to the one at `to`.
    pub(super) fn check_address(&self, to: IpAddr, from: IpAddr) -> Result<(), Reason> {
        self.config.targets.check(to)?;
        if to == from { Err(Reason::SelfRedirect) } else { Ok(()) }
    }

    fn vet(&self, now: Instant, remains: Remains) -> Vet {
        Vet { until: now.after(self.config.vet_timeout), remains }
    }

    pub(super) fn enter(&mut self, state: State) -> Actions<Action<'static>> {
        self.state = state;
        Actions::none()
    }

    /// Starts over with `attempt`, which goes on like the first one and may be redirected again
    /// (`R3-13`, `D3-5`).
    pub(super) fn start(&mut self, attempt: Attempt) -> Actions<Action<'static>> {
        self.state = Connecting(attempt);
        Actions::one(Action::StartInit {
            slot: attempt.sa.slot,
            to: attempt.sa.gateway,
            notifies: self.notifies_of(attempt),
        })
    }

    /// Goes where a gateway wants the client; `left` is that gateway, and the slot to use.
    pub(super) fn follow(
        &mut self,
        now: Instant,
        left: Sa,
        to: IpAddr,
        provenance: Provenance,
    ) -> Actions<Action<'static>> {
        self.limit.record(now);
        let from = left.gateway;
        let attempt = Attempt { sa: Sa { gateway: to, ..left }, from: Some(from) };
        Actions::one(Action::Redirected { from, to, provenance }).and(self.start(attempt))
    }

    /// The new IKE SA is up: the old one, if one was kept, has done its duty (`R5-7`).
    pub(super) fn arrive(&mut self, sa: Sa) -> Actions<Action<'static>> {
        self.state = Established(sa);
        match self.kept.take() {
            Some(old) => leave(old, Remains::Whole),
            None => Actions::none(),
        }
    }

    /// The IKE SA in use or being set up is gone. The kept one, if there is one, goes on.
    pub(super) fn fail(&mut self, reason: Reason) -> Actions<Action<'static>> {
        match self.kept.take() {
            Some(old) => {
                self.state = Established(old);
                Actions::one(Action::MoveFailed { reason })
            }
            None => {
                self.state = Idle;
                Actions::one(Action::Failed { reason })
            }
        }
    }

    /// Keeps waiting for another IKE_SA_INIT response, if the host has not given up meanwhile.
    pub(super) fn decline_init(
        &mut self,
        attempt: Attempt,
        vet: Vet,
        reason: Reason,
    ) -> Actions<Action<'static>> {
        refused(reason).and(match vet.remains {
            Remains::Nothing => self.fail(reason),
            Remains::Whole | Remains::Unfinished => self.enter(Connecting(attempt)),
        })
    }

    /// Leaves the gateway: it creates no CHILD SA for a client that it redirects.
    pub(super) fn decline_auth(
        &mut self,
        attempt: Attempt,
        vet: Vet,
        reason: Reason,
    ) -> Actions<Action<'static>> {
        refused(reason).and(leave(attempt.sa, vet.remains)).and(self.fail(reason))
    }

    /// Stays with the gateway, if it has not deleted the IKE SA meanwhile.
    pub(super) fn decline_active(
        &mut self,
        sa: Sa,
        vet: Vet,
        reason: Reason,
    ) -> Actions<Action<'static>> {
        refused(reason).and(match vet.remains {
            Remains::Nothing => self.fail(reason),
            Remains::Whole | Remains::Unfinished => self.enter(Established(sa)),
        })
    }

    /// The host need not answer any more.
    pub(super) const fn abandon(&self) -> Actions<Action<'static>> {
        Actions::one(Action::AbandonVet)
    }

    /// Ends everything.
    pub(super) fn end(&mut self, sa: Sa, remains: Remains) -> Actions<Action<'static>> {
        self.state = Idle;
        leave(sa, remains).and(match self.kept.take() {
            Some(old) => leave(old, Remains::Whole),
            None => Actions::none(),
        })
    }
}

pub(super) const fn ignored<'a>(reason: Reason) -> Actions<Action<'a>> {
    Actions::one(Action::Ignored { reason })
}

const fn refused<'a>(reason: Reason) -> Actions<Action<'a>> {
    Actions::one(Action::Refused { reason })
}

const fn ask(target: Gateway<'_>, provenance: Provenance) -> Actions<Action<'_>> {
    Actions::one(Action::Vet { target, provenance })
}

/// R3-7 wants zero; the nonce is what proves the answer.
fn tolerated_spi(responder_spi: Spi) -> Actions<Action<'static>> {
    if responder_spi == Spi::ZERO {
        Actions::none()
    } else {
        Actions::one(Action::Tolerated { reason: Reason::NonzeroResponderSpi })
    }
}

/// Acknowledges a request whose REDIRECT is not acted on; the host answers one without
/// (`R5-4`).
pub(super) fn answer<'a>(
    slot: super::Slot,
    contents: &Contents<'_>,
    reason: Reason,
) -> Actions<Action<'a>> {
    match contents.redirect {
        Some(_) => Actions::one(Action::Acknowledge { slot }).and(ignored(reason)),
        None => Actions::one(Action::PassOn),
    }
}

/// How an IKE SA is left, by what there is of it.
pub(super) const fn leave(sa: Sa, remains: Remains) -> Actions<Action<'static>> {
    match remains {
        Remains::Whole => Actions::one(Action::DeleteSa { slot: sa.slot }),
        Remains::Unfinished => Actions::one(Action::DropSa { slot: sa.slot }),
        Remains::Nothing => Actions::none(),
    }
}
