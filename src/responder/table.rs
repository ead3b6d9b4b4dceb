//! Every transition of the gateway machine: what happens, what the host is to do, and where it
//! leads. Nothing else writes to the machine.

use super::Event as E;
use super::judge::{Due, Farewell, Request, Response, has_come};
use super::machine::Command::{self, Cancel, Redirect};
use super::state::State::{
    self, Authenticating, Closed, Deciding, Established, Leaving, Planned, Redirecting, Scheduled,
};
use super::{Action, Event, Responder, TargetId};
use crate::auth::Progress;
use crate::wire::Contents;
use crate::{Actions, Instant, Misuse, Reason};

type Out = Actions<Action>;

impl Responder {
    /// What happens.
    pub(super) fn event(&mut self, now: Instant, event: Event<'_>, out: &mut Out) {
        let here = self.state;
        self.state = match (here, event) {
            // IKE_AUTH: requests and responses take turns.
            (Authenticating(progress), E::AuthRequestReceived { peer, contents }) => {
                match self.judge_request(progress, peer, &contents) {
                    Request::Mistaken(misuse) => mistaken(here, misuse, out),
                    Request::Fails(reason) => fails_in_auth(reason, out),
                    Request::Usual(progress) => {
                        usual(&contents, out);
                        Authenticating(progress)
                    }
                    Request::Legal(progress, stage) => {
                        ignore_redirect(&contents, out);
                        out.push(Action::Decide { stage });
                        Deciding(progress)
                    }
                }
            }
            (Planned(progress, target, at), E::AuthRequestReceived { peer, contents }) => {
                match self.judge_request(progress, peer, &contents) {
                    Request::Mistaken(misuse) => mistaken(here, misuse, out),
                    Request::Fails(reason) => fails_in_auth(reason, out),
                    Request::Legal(progress, _) if has_come(at, now) => {
                        ignore_redirect(&contents, out);
                        self.respond(now, progress, target, out)
                    }
                    Request::Usual(progress) | Request::Legal(progress, _) => {
                        usual(&contents, out);
                        Planned(progress, target, at)
                    }
                }
            }
            (Deciding(_), E::AuthRequestReceived { .. }) => {
                mistaken(here, Misuse::RequestRepeated, out)
            }
            (Authenticating(progress) | Deciding(progress), E::AuthResponseSent { sent }) => {
                match self.judge_response(progress, sent) {
                    Response::Mistaken => mistaken(here, Misuse::RequestMissing, out),
                    Response::GoesOn(progress) => Authenticating(progress),
                    Response::Completes => Established,
                }
            }
            (Planned(progress, target, at), E::AuthResponseSent { sent }) => {
                match self.judge_response(progress, sent) {
                    Response::Mistaken => mistaken(here, Misuse::RequestMissing, out),
                    Response::GoesOn(progress) => Planned(progress, target, at),
                    // A decision is never lost: it goes into the session.
                    Response::Completes if has_come(at, now) => self.send(now, target, out),
                    Response::Completes => Scheduled(target, at),
                }
            }
            // A request of IKE_AUTH after its end is the client's fault.
            (
                Established | Scheduled(..) | Redirecting { .. } | Leaving(_),
                E::AuthRequestReceived { .. },
            ) => ignored(here, Reason::OutOfTurn, out),
            (
                Established | Scheduled(..) | Redirecting { .. } | Leaving(_),
                E::AuthResponseSent { .. },
            ) => mistaken(here, Misuse::RequestMissing, out),

            // The REDIRECT is on its way.
            (Redirecting { .. }, E::Acknowledged) => Leaving(now.after(self.grace)), // R5-9, R5-10
            (Redirecting { .. }, E::NoAnswer) => fails(Reason::NoAnswer, out),
            // The client may have seen none of it over the old IKE SA. Neither the pauses nor the
            // tries begin anew: a client that rekeys again and again is given up all the same.
            (Redirecting { target, .. }, E::Rekeyed) => {
                out.push(Action::SendRedirect { target });
                here
            }
            // Over the old IKE SA or over the new one: the other came first.
            (Leaving(_), E::Acknowledged | E::NoAnswer) => ignored(here, Reason::OutOfTurn, out),
            (
                Authenticating(_) | Planned(..) | Deciding(_) | Established | Scheduled(..),
                E::Acknowledged | E::NoAnswer,
            ) => mistaken(here, Misuse::OutOfTurn, out),
            (Established | Scheduled(..) | Leaving(_), E::Rekeyed) => here, // R8-2, D3-1
            (Authenticating(_) | Planned(..) | Deciding(_), E::Rekeyed) => {
                mistaken(here, Misuse::OutOfTurn, out)
            }

            // The client goes. In the middle of IKE_AUTH, too (RFC 7296, 2.21.2).
            (
                Authenticating(_) | Planned(..) | Deciding(_) | Established | Scheduled(..),
                E::InformationalReceived { contents },
            ) => {
                answer(&contents, out); // R8-2
                match self.judge_farewell(&contents) {
                    Farewell::None => here,
                    Farewell::Deleted => Closed,
                    Farewell::Failed => fails(Reason::FatalNotification, out),
                }
            }
            (Redirecting { .. } | Leaving(_), E::InformationalReceived { contents }) => {
                answer(&contents, out); // R8-2
                match self.judge_farewell(&contents) {
                    Farewell::None => here,
                    Farewell::Deleted => left(out),
                    Farewell::Failed => fails(Reason::FatalNotification, out),
                }
            }
            (
                Authenticating(_) | Planned(..) | Deciding(_) | Established | Scheduled(..),
                E::Deleted,
            ) => Closed,
            (Redirecting { .. } | Leaving(_), E::Deleted) => left(out),

            // Nothing is left, and whatever is told comes late.
            (
                Closed,
                E::AuthRequestReceived { .. }
                | E::AuthResponseSent { .. }
                | E::Acknowledged
                | E::NoAnswer
                | E::InformationalReceived { .. }
                | E::Deleted
                | E::Rekeyed,
            ) => ignored(Closed, Reason::UnknownSa, out),

            // In every state.
            (
                Authenticating(_)
                | Planned(..)
                | Deciding(_)
                | Established
                | Scheduled(..)
                | Redirecting { .. }
                | Leaving(_)
                | Closed,
                E::MisplacedRedirect,
            ) => ignored(here, Reason::WrongDirection, out), // R8-2, R7.2-1
        }
    }

    /// A time-out. One that comes early or late changes nothing.
    pub(super) fn time_out(&mut self, now: Instant, out: &mut Out) {
        self.state = match self.judge_timeout(now) {
            Due::Nothing => self.state,
            Due::Send(target) => self.send(now, target, out),
            Due::Again { target, repeats } => {
                out.push(Action::Retransmit);
                Redirecting { target, repeats, at: self.pause_from(now, repeats) }
            }
            Due::NoAnswer => fails(Reason::NoAnswer, out),
            Due::GraceOver => {
                out.push(Action::DeleteSa);
                Closed
            }
        }
    }

    /// What the host orders. A refused command changes nothing.
    pub(super) fn command(
        &mut self,
        now: Instant,
        command: Command,
        out: &mut Out,
    ) -> Result<(), Misuse> {
        if !self.supports_redirect && matches!(command, Redirect(..)) {
            return Err(Misuse::ClientUnsupported); // R3-2, D3-2
        }
        self.state = match (self.state, command) {
            // R6-5, R6-6: a decision between the legal points waits for the next one.
            (Authenticating(progress), Redirect(target, at)) => Planned(progress, target, at),
            (Deciding(progress), Redirect(target, at)) if has_come(at, now) => {
                self.respond(now, progress, target, out)
            }
            (Deciding(progress), Redirect(target, at)) => {
                out.push(Action::PassOn);
                Planned(progress, target, at)
            }
            (Established, Redirect(target, at)) if has_come(at, now) => self.send(now, target, out),
            (Established, Redirect(target, at)) => Scheduled(target, at),
            (Planned(..) | Scheduled(..) | Redirecting { .. } | Leaving(_), Redirect(..)) => {
                return Err(Misuse::AlreadyRedirecting);
            }
            (Closed, Redirect(..)) => return Err(Misuse::SaClosed),

            (Planned(progress, ..), Cancel) => Authenticating(progress),
            (Scheduled(..), Cancel) => Established,
            (
                Authenticating(_)
                | Deciding(_)
                | Established
                | Redirecting { .. }
                | Leaving(_)
                | Closed,
                Cancel,
            ) => return Err(Misuse::NothingToCancel),
        };
        Ok(())
    }

    /// Redirects in the response to the latest IKE_AUTH request.
    fn respond(&self, now: Instant, progress: Progress, target: TargetId, out: &mut Out) -> State {
        let redirection = self.judge_redirection(progress);
        let (with_identity, with_auth) = (redirection.with_identity, redirection.with_auth);
        out.push(Action::RespondRedirect { target, with_identity, with_auth });
        if redirection.completes {
            // The client deletes the IKE SA, or the gateway after the grace.
            Leaving(now.after(self.grace))
        } else {
            out.push(Action::DropSa); // R6-12
            Closed
        }
    }

    /// Sends the REDIRECT of a session for the first time.
    fn send(&self, now: Instant, target: TargetId, out: &mut Out) -> State {
        out.push(Action::SendRedirect { target });
        Redirecting { target, repeats: 0, at: self.pause_from(now, 0) }
    }

    fn pause_from(&self, now: Instant, repeats: u8) -> Instant {
        now.after(self.retransmission.pause(repeats))
    }
}

/// The host answers an IKE_AUTH request as usual.
fn usual(contents: &Contents<'_>, out: &mut Out) {
    ignore_redirect(contents, out);
    out.push(Action::PassOn);
}

/// The client has no right to redirect: the request counts, its REDIRECT does not (`R8-2`).
fn ignore_redirect(contents: &Contents<'_>, out: &mut Out) {
    if contents.redirect.is_some() {
        out.push(Action::Ignored { reason: Reason::WrongDirection });
    }
}

/// Whatever an INFORMATIONAL request says, it is answered.
fn answer(contents: &Contents<'_>, out: &mut Out) {
    out.push(match contents.redirect {
        Some(_) => Action::Acknowledge,
        None => Action::PassOn,
    });
    ignore_redirect(contents, out);
}

fn mistaken(here: State, misuse: Misuse, out: &mut Out) -> State {
    out.push(Action::Misused { misuse });
    here
}

fn ignored(here: State, reason: Reason, out: &mut Out) -> State {
    out.push(Action::Ignored { reason });
    here
}

/// The host's error response goes out before the IKE SA is dropped, and never a REDIRECT.
fn fails_in_auth(reason: Reason, out: &mut Out) -> State {
    out.push(Action::PassOn);
    fails(reason, out)
}

fn fails(reason: Reason, out: &mut Out) -> State {
    out.push(Action::DropSa);
    out.push(Action::Failed { reason });
    Closed
}

fn left(out: &mut Out) -> State {
    out.push(Action::ClientLeft);
    Closed
}
