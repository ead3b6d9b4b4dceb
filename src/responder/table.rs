//! Every transition of the gateway machine: what happens, what the host is to do, and where it
//! leads. Nothing else writes to the machine.

use super::Event as E;
use super::judge::{self, Due, Farewell, Request, Response, has_come};
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
    // Out of line: it is smaller than where it is put into a host's own loop.
    #[inline(never)]
    pub(super) fn event(&mut self, now: Instant, event: Event<'_>, out: &mut Out) {
        let here = self.state;
        let next = match (here, event) {
            // IKE_AUTH: requests and responses take turns.
            (
                Authenticating(progress) | Planned(progress, ..),
                E::AuthRequestReceived { peer, contents },
            ) => match self.judge_request(now, progress, peer, &contents) {
                Request::Mistaken(misuse) => mistaken(misuse, out),
                Request::Fails(reason) => {
                    // The host's error response goes out first, and never a REDIRECT.
                    out.push(Action::PassOn);
                    Some(fails(reason, out))
                }
                Request::Usual(progress) => {
                    ignore_redirect(&contents, out);
                    out.push(Action::PassOn);
                    Some(here.at(progress))
                }
                Request::Ask(progress, stage) => {
                    ignore_redirect(&contents, out);
                    out.push(Action::Decide { stage });
                    Some(Deciding(progress))
                }
                Request::Redirect(progress, target) => {
                    ignore_redirect(&contents, out);
                    Some(self.respond(now, progress, target, out))
                }
            },
            (Deciding(_), E::AuthRequestReceived { .. }) => mistaken(Misuse::RequestRepeated, out),
            (
                Authenticating(progress) | Planned(progress, ..) | Deciding(progress),
                E::AuthResponseSent { sent },
            ) => match self.judge_response(now, progress, sent) {
                Response::Mistaken => mistaken(Misuse::RequestMissing, out),
                Response::GoesOn(progress) => Some(here.at(progress)),
                Response::Completes => Some(Established),
                // A decision is never lost: it goes into the session.
                Response::Sends(target) => Some(self.send(now, target, out)),
                Response::Waits(target, at) => Some(Scheduled(target, at)),
            },
            // A request of IKE_AUTH after its end is the client's fault.
            (
                Established | Scheduled(..) | Redirecting { .. } | Leaving(_),
                E::AuthRequestReceived { .. },
            ) => ignored(Reason::OutOfTurn, out),
            (
                Established | Scheduled(..) | Redirecting { .. } | Leaving(_),
                E::AuthResponseSent { .. },
            ) => mistaken(Misuse::RequestMissing, out),

            // The REDIRECT is on its way.
            // R5-9, R5-10
            (Redirecting { .. }, E::Acknowledged) => Some(Leaving(now.after(self.grace))),
            (Redirecting { .. }, E::NoAnswer) => Some(fails(Reason::NoAnswer, out)),
            // The client may have seen none of it over the old IKE SA. Neither the pauses nor the
            // tries begin anew: a client that rekeys again and again is given up all the same.
            (Redirecting { target, .. }, E::Rekeyed) => {
                out.push(Action::SendRedirect { target });
                None
            }
            // Over the old IKE SA or over the new one: the other came first.
            (Leaving(_), E::Acknowledged | E::NoAnswer) => ignored(Reason::OutOfTurn, out),
            (
                Authenticating(_) | Planned(..) | Deciding(_) | Established | Scheduled(..),
                E::Acknowledged | E::NoAnswer,
            ) => mistaken(Misuse::OutOfTurn, out),
            (Established | Scheduled(..) | Leaving(_), E::Rekeyed) => None, // R8-2, D3-1
            (Authenticating(_) | Planned(..) | Deciding(_), E::Rekeyed) => {
                mistaken(Misuse::OutOfTurn, out)
            }

            // The client goes. In the middle of IKE_AUTH, too (RFC 7296, 2.21.2).
            (
                Authenticating(_)
                | Planned(..)
                | Deciding(_)
                | Established
                | Scheduled(..)
                | Redirecting { .. }
                | Leaving(_),
                E::InformationalReceived { contents },
            ) => {
                answer(&contents, out); // R8-2
                match judge::farewell(&contents) {
                    Farewell::None => None,
                    Farewell::Deleted => Some(goes(here, out)),
                    Farewell::Failed => Some(fails(Reason::FatalNotification, out)),
                }
            }
            (
                Authenticating(_)
                | Planned(..)
                | Deciding(_)
                | Established
                | Scheduled(..)
                | Redirecting { .. }
                | Leaving(_),
                E::Deleted,
            ) => Some(goes(here, out)),

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
            ) => ignored(Reason::UnknownSa, out),

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
            ) => ignored(Reason::WrongDirection, out), // R8-2, R7.2-1
        };
        if let Some(next) = next {
            self.state = next;
        }
    }

    /// A time-out. One that comes early or late changes nothing.
    pub(super) fn time_out(&mut self, now: Instant, out: &mut Out) {
        self.state = match self.judge_timeout(now) {
            Due::Nothing => return,
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

fn mistaken(misuse: Misuse, out: &mut Out) -> Option<State> {
    out.push(Action::Misused { misuse });
    None
}

fn ignored(reason: Reason, out: &mut Out) -> Option<State> {
    out.push(Action::Ignored { reason });
    None
}

fn fails(reason: Reason, out: &mut Out) -> State {
    out.push(Action::DropSa);
    out.push(Action::Failed { reason });
    Closed
}

/// The client deletes the IKE SA; if it was told to go, the host hears that it went.
fn goes(here: State, out: &mut Out) -> State {
    if here.is_told_to_go() {
        out.push(Action::ClientLeft);
    }
    Closed
}
