//! What the transitions of the client machine do.

use core::net::IpAddr;

use super::state::State::{Authenticating, Connecting, Established, Idle};
use super::state::{Attempt, Remains, Sa, State, Vet};
use super::{Action, Initiator, Provenance, SentInit};
use crate::auth::{AuthMessage, PeerAuth, Position, Progress};
use crate::wire::{Contents, InitResponse, Spi};
use crate::{Actions, Instant, Reason, Target};

impl Initiator {
    /// An IKE_SA_INIT response, in the order in which it is checked. Whatever fails leaves the
    /// machine as it was, so that a later good response still counts (`R3-9`).
    pub(super) fn init_response<'a>(
        &mut self,
        now: Instant,
        attempt: Attempt,
        sent: SentInit<'a>,
        response: InitResponse<'a>,
        actions: &mut Actions<Action<'a>>,
    ) {
        if response.initiator_spi != sent.spi {
            return actions.push(ignored(Reason::WrongInitiatorSpi));
        }
        let Some(redirect) = response.redirect else {
            return actions.push(Action::PassOn);
        };
        if !self.config.follows_redirects() {
            actions.push(ignored(Reason::RedirectsOff));
            if response.accepts {
                actions.push(Action::PassOn);
            }
            return;
        }
        let redirect = match redirect {
            Ok(redirect) => redirect,
            Err(reason) => return actions.push(ignored(reason)),
        };
        // R3-8, R7.2-10: the whole nonce, no more and no less.
        if redirect.nonce.octets() != sent.nonce {
            return actions.push(ignored(Reason::NonceMismatch));
        }
        if let Err(reason) = self.consider(now, redirect.target, attempt.sa) {
            return actions.push(refused(reason));
        }
        // R3-7 wants zero; the nonce is what proves the answer.
        if response.responder_spi != Spi::ZERO {
            actions.push(Action::Tolerated { reason: Reason::NonzeroResponderSpi });
        }
        self.state = State::VettingInit(attempt, self.vet(now, Remains::Unfinished));
        actions.push(ask(redirect.target, Provenance::Init));
    }

    /// An IKE_AUTH response, in the order in which it is checked.
    pub(super) fn auth_response<'a>(
        &mut self,
        now: Instant,
        attempt: Attempt,
        mut progress: Progress,
        peer: PeerAuth,
        contents: Contents<'a>,
        actions: &mut Actions<Action<'a>>,
    ) {
        if peer == PeerAuth::Failed {
            leave(attempt.sa, Remains::Unfinished, actions);
            return self.fail(Reason::GatewayAuthFailed, actions);
        }
        let position = progress.response(AuthMessage::of_peer(&contents, peer));
        self.state = Authenticating(attempt, progress);
        let Some(redirect) = contents.redirect else {
            return actions.push(Action::PassOn);
        };
        if let Err(reason) = self.may_act(position, &progress) {
            actions.push(ignored(reason));
            return actions.push(Action::PassOn);
        }
        let remains = if progress.is_complete() { Remains::Whole } else { Remains::Unfinished };
        let vet = self.vet(now, remains);
        match redirect.and_then(|redirect| self.consider(now, redirect.target, attempt.sa)) {
            Ok(target) => {
                self.state = State::VettingAuth(attempt, vet);
                actions.push(ask(target, Provenance::Auth));
            }
            Err(reason) => self.decline_auth(attempt, vet, reason, actions),
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

    /// A protected INFORMATIONAL request in an established IKE SA (`R1-2`). If it moves the client
    /// on before the host has said that it has arrived, it has arrived.
    pub(super) fn informational<'a>(
        &mut self,
        now: Instant,
        sa: Sa,
        contents: Contents<'a>,
        repeated: bool,
        actions: &mut Actions<Action<'a>>,
    ) {
        let acted_on = match contents.redirect {
            Some(redirect) if self.config.follows_redirects() && !repeated => redirect,
            Some(_) | None => {
                let reason = if repeated { Reason::RepeatedRequest } else { Reason::RedirectsOff };
                answer(sa.slot, &contents, reason, actions);
                return self.lose_if(&contents, actions);
            }
        };
        actions.push(Action::Acknowledge { slot: sa.slot }); // R5-4
        match acted_on.and_then(|redirect| self.consider(now, redirect.target, sa)) {
            Ok(target) => {
                let vet = self.vet(now, Remains::Whole).after(&contents);
                self.state = State::VettingActive(sa, vet);
                actions.push(ask(target, Provenance::Informational));
                self.leave_kept(actions);
            }
            Err(reason) => {
                actions.push(refused(reason));
                self.lose_if(&contents, actions);
            }
        }
    }

    /// One that comes while an earlier REDIRECT waits for its verdict.
    pub(super) fn informational_meanwhile(
        &mut self,
        sa: Sa,
        contents: &Contents<'_>,
        next: State,
        actions: &mut Actions<Action<'_>>,
    ) {
        self.state = next;
        answer(sa.slot, contents, Reason::QuestionOpen, actions);
    }

    fn lose_if(&mut self, contents: &Contents<'_>, actions: &mut Actions<Action<'_>>) {
        if contents.deletes_ike_sa {
            self.fail(Reason::SaLost, actions);
        }
    }

    /// Whether the redirect can be followed at all, before anybody is asked.
    fn consider<'a>(
        &self,
        now: Instant,
        target: Target<'a>,
        from: Sa,
    ) -> Result<Target<'a>, Reason> {
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

    /// Starts over with `attempt`, which goes on like the first one and may be redirected again
    /// (`R3-13`, `D3-5`).
    pub(super) fn start(&mut self, attempt: Attempt, actions: &mut Actions<Action<'_>>) {
        self.state = Connecting(attempt);
        actions.push(Action::StartInit {
            slot: attempt.sa.slot,
            to: attempt.sa.gateway,
            notifies: self.notifies_of(attempt),
        });
    }

    /// Goes where a gateway wants the client; `left` is that gateway, and the slot to use.
    pub(super) fn follow(
        &mut self,
        now: Instant,
        left: Sa,
        to: IpAddr,
        provenance: Provenance,
        actions: &mut Actions<Action<'_>>,
    ) {
        self.limit.record(now);
        let from = left.gateway;
        actions.push(Action::Redirected { from, to, provenance });
        self.start(Attempt { sa: Sa { gateway: to, ..left }, from: Some(from) }, actions);
    }

    /// The new IKE SA is up: the old one, if one was kept, has done its duty (`R5-7`).
    pub(super) fn arrive(&mut self, sa: Sa, actions: &mut Actions<Action<'_>>) {
        self.state = Established(sa);
        self.leave_kept(actions);
    }

    /// The IKE SA in use or being set up is gone. The kept one, if there is one, goes on.
    pub(super) fn fail(&mut self, reason: Reason, actions: &mut Actions<Action<'_>>) {
        match self.kept.take() {
            Some(old) => {
                self.state = Established(old);
                actions.push(Action::MoveFailed { reason });
            }
            None => {
                self.state = Idle;
                actions.push(Action::Failed { reason });
            }
        }
    }

    /// Goes on as it was, if what it was over is still there: with waiting for another IKE_SA_INIT
    /// response, or with the session.
    pub(super) fn decline(
        &mut self,
        as_it_was: State,
        vet: Vet,
        reason: Reason,
        actions: &mut Actions<Action<'_>>,
    ) {
        actions.push(refused(reason));
        match vet.remains {
            Remains::Nothing => self.fail(reason, actions),
            Remains::Whole | Remains::Unfinished => self.state = as_it_was,
        }
    }

    /// Leaves the gateway: it creates no CHILD SA for a client that it redirects.
    pub(super) fn decline_auth(
        &mut self,
        attempt: Attempt,
        vet: Vet,
        reason: Reason,
        actions: &mut Actions<Action<'_>>,
    ) {
        actions.push(refused(reason));
        leave(attempt.sa, vet.remains, actions);
        self.fail(reason, actions);
    }

    /// Ends everything.
    pub(super) fn end(&mut self, sa: Sa, remains: Remains, actions: &mut Actions<Action<'_>>) {
        self.state = Idle;
        leave(sa, remains, actions);
        self.leave_kept(actions);
    }

    fn leave_kept(&mut self, actions: &mut Actions<Action<'_>>) {
        if let Some(old) = self.kept.take() {
            leave(old, Remains::Whole, actions);
        }
    }
}

pub(super) const fn ignored<'a>(reason: Reason) -> Action<'a> {
    Action::Ignored { reason }
}

const fn refused<'a>(reason: Reason) -> Action<'a> {
    Action::Refused { reason }
}

const fn ask(target: Target<'_>, provenance: Provenance) -> Action<'_> {
    Action::Vet { target, provenance }
}

/// Acknowledges a request whose REDIRECT is not acted on; the host answers one without
/// (`R5-4`).
pub(super) fn answer(
    slot: super::Slot,
    contents: &Contents<'_>,
    reason: Reason,
    actions: &mut Actions<Action<'_>>,
) {
    match contents.redirect {
        Some(_) => {
            actions.push(Action::Acknowledge { slot });
            actions.push(ignored(reason));
        }
        None => actions.push(Action::PassOn),
    }
}

/// How an IKE SA is left, by what there is of it.
pub(super) fn leave(sa: Sa, remains: Remains, actions: &mut Actions<Action<'_>>) {
    match remains {
        Remains::Whole => actions.push(Action::DeleteSa { slot: sa.slot }),
        Remains::Unfinished => actions.push(Action::DropSa { slot: sa.slot }),
        Remains::Nothing => {}
    }
}
