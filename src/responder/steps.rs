//! What the transitions of the gateway machine do.

use super::state::State::{Authenticating, Closed, Deciding, Established, Leaving, Redirecting};
use super::{Action, Responder, Stage, TargetId};
use crate::auth::{AuthMessage, PeerAuth, Position, Progress};
use crate::wire::Contents;
use crate::{Actions, Instant, Reason};

impl Responder {
    /// An IKE_AUTH request: where a redirect is legal the host is asked, and only there.
    pub(super) fn auth_request(
        &mut self,
        now: Instant,
        progress: Progress,
        planned: Option<TargetId>,
        peer: PeerAuth,
        contents: &Contents<'_>,
        actions: &mut Actions<Action>,
    ) {
        if peer == PeerAuth::Failed {
            actions.push(Action::PassOn); // the host's error response, and never a REDIRECT (R6-3)
            return self.fail(Reason::ClientAuthFailed, actions);
        }
        let progress = progress.after_request(AuthMessage::of_peer(contents, peer));
        if contents.redirect.is_some() {
            actions.push(ignored(Reason::WrongDirection)); // R8-2
        }
        let stage = self.stage(&progress, peer).filter(|_| self.supports_redirect);
        match (stage, planned) {
            (None, _) => {
                self.state = Authenticating(progress, planned);
                actions.push(Action::PassOn);
            }
            (Some(_), Some(target)) => self.respond(now, progress, target, actions),
            (Some(stage), None) => {
                self.state = Deciding(progress);
                actions.push(Action::Decide { stage });
            }
        }
    }

    /// Whether the response to the latest request may redirect, and on what grounds (`R6-6`).
    fn stage(&self, progress: &Progress, peer: PeerAuth) -> Option<Stage> {
        match progress.position_if_ended() {
            Position::Only | Position::Last => Some(Stage::Complete),
            Position::First if peer == PeerAuth::Verified => Some(Stage::First),
            Position::First => self.config.redirect_unauthenticated.then_some(Stage::Claimed),
            Position::Intermediate => None,
        }
    }

    /// The usual response to an IKE_AUTH request.
    pub(super) fn auth_response(
        &mut self,
        now: Instant,
        mut progress: Progress,
        planned: Option<TargetId>,
        sent: AuthMessage,
        actions: &mut Actions<Action>,
    ) {
        progress.response(sent);
        match planned {
            // A decision is never lost: it goes into the session.
            Some(target) if progress.is_complete() => self.send_redirect(now, target, actions),
            None if progress.is_complete() => self.state = Established,
            Some(_) | None => self.state = Authenticating(progress, planned),
        }
    }

    /// Redirects in the response to the latest IKE_AUTH request.
    pub(super) fn respond(
        &mut self,
        now: Instant,
        mut progress: Progress,
        target: TargetId,
        actions: &mut Actions<Action>,
    ) {
        let with_identity = progress.owes_identity();
        let with_auth = !progress.gateway_authenticated();
        progress.response(AuthMessage { auth: with_auth, ..AuthMessage::NOTHING });
        actions.push(Action::RespondRedirect { target, with_identity, with_auth });
        if progress.is_complete() {
            // D6-1: the IKE SA is valid; the client deletes it, or the gateway after the grace.
            self.state = Leaving(now.after(self.config.grace));
        } else {
            self.state = Closed;
            actions.push(Action::DropSa); // R6-12
        }
    }

    /// An INFORMATIONAL request of the client, which has no right to redirect (`R8-2`); the
    /// farewell if it deletes the IKE SA.
    pub(super) fn informational(
        &mut self,
        contents: &Contents<'_>,
        farewell: Option<Action>,
        actions: &mut Actions<Action>,
    ) {
        if contents.redirect.is_some() {
            actions.push(Action::Acknowledge);
            actions.push(ignored(Reason::WrongDirection));
        } else {
            actions.push(Action::PassOn);
        }
        if contents.deletes_ike_sa {
            self.state = Closed;
            if let Some(farewell) = farewell {
                actions.push(farewell);
            }
        }
    }

    /// Sends the REDIRECT of an established session for the first time.
    pub(super) fn send_redirect(
        &mut self,
        now: Instant,
        target: TargetId,
        actions: &mut Actions<Action>,
    ) {
        self.state = Redirecting { target, repeats: 0, at: self.pause_from(now, 0) };
        actions.push(Action::SendRedirect { target });
    }

    /// Sends it again, or gives up (`R5-5`, `D5-2`).
    pub(super) fn retransmit(
        &mut self,
        now: Instant,
        target: TargetId,
        repeats: u8,
        actions: &mut Actions<Action>,
    ) {
        if repeats >= self.config.retransmission.tries() {
            return self.fail(Reason::NoAnswer, actions);
        }
        let repeats = repeats.saturating_add(1);
        self.state = Redirecting { target, repeats, at: self.pause_from(now, repeats) };
        actions.push(Action::Retransmit);
    }

    fn pause_from(&self, now: Instant, repeats: u8) -> Instant {
        match self.config.retransmission.pause(repeats) {
            Some(pause) => now.after(pause),
            None => Instant::NEVER,
        }
    }

    /// The IKE SA is gone; `last` is what the host does of it, or is told.
    pub(super) fn close(&mut self, last: Action, actions: &mut Actions<Action>) {
        self.state = Closed;
        actions.push(last);
    }

    pub(super) fn fail(&mut self, reason: Reason, actions: &mut Actions<Action>) {
        self.state = Closed;
        actions.push(Action::DropSa);
        actions.push(Action::Failed { reason });
    }
}

pub(super) const fn ignored(reason: Reason) -> Action {
    Action::Ignored { reason }
}
