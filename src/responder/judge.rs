//! What a transition of the gateway machine needs to know. A judge looks and changes nothing.

use super::state::State::{
    Authenticating, Closed, Deciding, Established, Leaving, Planned, Redirecting, Scheduled,
};
use super::{Responder, Stage, TargetId};
use crate::auth::{AuthMessage, PeerAuth, Position, Progress};
use crate::wire::Contents;
use crate::{Instant, Misuse, Reason};

/// What an IKE_AUTH request comes to.
pub(super) enum Request {
    /// The host is mistaken.
    Mistaken(Misuse),
    /// The client is not who it says, or says itself that the phase has failed.
    Fails(Reason),
    /// The response redirects nobody.
    Usual(Progress),
    /// The response may redirect, and the host is asked (`R6-6`).
    Ask(Progress, Stage),
    /// The response may redirect, and the time of a redirect has come.
    Redirect(Progress, TargetId),
}

/// What a response of the gateway makes of the IKE_AUTH phase.
pub(super) enum Response {
    /// There is no request to answer.
    Mistaken,
    /// The phase goes on.
    GoesOn(Progress),
    /// Both sides have authenticated: the IKE SA is up.
    Completes,
    /// The same, and the time of a redirect has come.
    Sends(TargetId),
    /// The same, and a redirect waits for its time.
    Waits(TargetId, Instant),
}

/// What the response that redirects has to carry, and what it leaves.
pub(super) struct Redirection {
    pub(super) with_identity: bool,
    pub(super) with_auth: bool,
    /// Both sides have authenticated, so that there is an IKE SA to delete (`D6-1`).
    pub(super) completes: bool,
}

/// How an INFORMATIONAL request leaves the IKE SA.
pub(super) enum Farewell {
    /// It stays.
    None,
    /// The client deletes it.
    Deleted,
    /// The client says that it has failed, which ends it without a DELETE (RFC 7296, 2.21.2).
    Failed,
}

/// What a time-out is about.
pub(super) enum Due {
    /// Nothing: it comes early or late.
    Nothing,
    /// The time of the redirect has come.
    Send(TargetId),
    /// No acknowledgement yet: send again.
    Again { target: TargetId, repeats: u8 },
    /// There will be no acknowledgement.
    NoAnswer,
    /// The client has had its time to leave.
    GraceOver,
}

impl Responder {
    /// An IKE_AUTH request, in a phase whose progress is this.
    pub(super) fn judge_request(
        &self,
        now: Instant,
        progress: Progress,
        peer: PeerAuth,
        contents: &Contents<'_>,
    ) -> Request {
        if progress.awaits_response() {
            return Request::Mistaken(Misuse::RequestRepeated);
        }
        if !peer.fits(contents) {
            return Request::Mistaken(Misuse::AuthContradiction);
        }
        if contents.fatal_error.is_some() {
            return Request::Fails(Reason::FatalNotification);
        }
        if peer == PeerAuth::Failed {
            return Request::Fails(Reason::ClientAuthFailed); // R6-3
        }
        let progress = progress.after_request(AuthMessage::of_peer(contents, peer));
        let stage = self.stage(progress, peer).filter(|_| self.supports_redirect); // R3-2, D3-2
        match (stage, self.state.plan()) {
            (None, _) => Request::Usual(progress),
            (Some(stage), None) => Request::Ask(progress, stage),
            (Some(_), Some((target, at))) if has_come(at, now) => {
                Request::Redirect(progress, target)
            }
            (Some(_), Some(_)) => Request::Usual(progress),
        }
    }

    /// On what grounds the response to the latest request may redirect, if it may (`R6-6`).
    fn stage(&self, progress: Progress, peer: PeerAuth) -> Option<Stage> {
        match progress.position_if_ended() {
            Position::Only | Position::Last => Some(Stage::Complete),
            Position::First if peer == PeerAuth::Verified => Some(Stage::First),
            Position::First => self.redirect_unauthenticated.then_some(Stage::Claimed), // R6-8
            Position::Intermediate => None,
        }
    }

    /// The usual response to the latest request.
    pub(super) fn judge_response(
        &self,
        now: Instant,
        mut progress: Progress,
        sent: AuthMessage,
    ) -> Response {
        if !progress.awaits_response() {
            return Response::Mistaken;
        }
        progress.response(sent);
        if !progress.is_complete() {
            return Response::GoesOn(progress);
        }
        match self.state.plan() {
            None => Response::Completes,
            Some((target, at)) if has_come(at, now) => Response::Sends(target),
            Some((target, at)) => Response::Waits(target, at),
        }
    }

    /// A redirect in the response to the latest request.
    pub(super) fn judge_redirection(&self, mut progress: Progress) -> Redirection {
        let with_identity = progress.owes_identity();
        let with_auth = !progress.gateway_authenticated(); // R6-10
        progress.response(AuthMessage { auth: with_auth, ..AuthMessage::NOTHING });
        Redirection { with_identity, with_auth, completes: progress.is_complete() }
    }

    /// A time-out.
    pub(super) fn judge_timeout(&self, now: Instant) -> Due {
        match self.state {
            Scheduled(target, at) if has_come(at, now) => Due::Send(target),
            Redirecting { target, repeats, at } if has_come(at, now) => {
                if repeats < self.retransmission.tries() {
                    Due::Again { target, repeats: repeats.saturating_add(1) } // R5-5, D5-2
                } else {
                    Due::NoAnswer
                }
            }
            Leaving(at) if has_come(at, now) => Due::GraceOver, // R5-8, R5-9
            Scheduled(..) | Redirecting { .. } | Leaving(_) => Due::Nothing,
            Authenticating(_) | Planned(..) | Deciding(_) | Established | Closed => Due::Nothing,
        }
    }
}

/// Whether it is time: [`Instant::NEVER`] never comes, not even at itself.
pub(super) fn has_come(at: Instant, now: Instant) -> bool {
    at <= now && at != Instant::NEVER
}

/// How an INFORMATIONAL request leaves the IKE SA.
pub(super) const fn farewell(contents: &Contents<'_>) -> Farewell {
    if contents.deletes_ike_sa {
        Farewell::Deleted
    } else if contents.fatal_error.is_some() {
        Farewell::Failed
    } else {
        Farewell::None
    }
}
