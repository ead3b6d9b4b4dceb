//! Every transition of the gateway machine: what happens, and what the host orders.

use super::Event as E;
use super::machine::Command::{self, Cancel, Redirect, RedirectAt};
use super::state::State::{
    Authenticating, Closed, Deciding, Established, Leaving, Redirecting, Scheduled,
};
use super::steps::ignored;
use super::{Action, Event, Responder};
use crate::{Actions, Instant, Misuse, Reason};

impl Responder {
    /// What happens.
    pub(super) fn event(&mut self, now: Instant, event: Event<'_>, actions: &mut Actions<Action>) {
        match (self.state, event) {
            // IKE_AUTH.
            (Authenticating(progress, planned), E::AuthRequest { peer, contents }) => {
                self.auth_request(now, progress, planned, peer, &contents, actions)
            }
            (Authenticating(progress, planned), E::AuthResponse { sent }) => {
                self.auth_response(now, progress, planned, sent, actions)
            }
            (Deciding(progress), E::AuthResponse { sent }) => {
                self.auth_response(now, progress, None, sent, actions)
            }
            (Authenticating(..) | Deciding(_), E::SaDeleted) => self.state = Closed,
            // A client may give up in the middle of it (RFC 7296 section 2.21.2).
            (Authenticating(..) | Deciding(_), E::Informational { contents }) => {
                self.informational(&contents, None, actions)
            }
            (Deciding(_), E::AuthRequest { .. })
            | (Authenticating(..) | Deciding(_), E::Acknowledged | E::NoAnswer | E::Rekeyed) => {
                actions.push(ignored(Reason::OutOfTurn))
            }

            // The session, and the time that a redirect has.
            (Scheduled(target, at), E::Timeout) if now >= at => {
                self.send_redirect(now, target, actions)
            }
            (Established | Scheduled(..), E::Informational { contents }) => {
                self.informational(&contents, None, actions)
            }
            (Established | Scheduled(..), E::SaDeleted) => self.state = Closed,
            (Established | Scheduled(..), E::Rekeyed) => {} // R8-2, D3-1
            (
                Established | Scheduled(..),
                E::AuthRequest { .. } | E::AuthResponse { .. } | E::Acknowledged | E::NoAnswer,
            ) => actions.push(ignored(Reason::OutOfTurn)),

            // The REDIRECT is on its way.
            (Redirecting { .. }, E::Acknowledged) => {
                self.state = Leaving(now.after(self.config.grace)) // R5-9, R5-10
            }
            (Redirecting { target, repeats, at }, E::Timeout) if now >= at => {
                self.retransmit(now, target, repeats, actions) // R5-5, D5-2
            }
            (Redirecting { .. }, E::NoAnswer) => self.fail(Reason::NoAnswer, actions),
            // The request belonged to the old IKE SA; the client may never have seen it.
            (Redirecting { target, .. }, E::Rekeyed) => self.send_redirect(now, target, actions),
            (Redirecting { .. }, E::AuthRequest { .. } | E::AuthResponse { .. }) => {
                actions.push(ignored(Reason::OutOfTurn));
            }

            // The client prepares to leave.
            (Redirecting { .. } | Leaving(_), E::Informational { contents }) => {
                self.informational(&contents, Some(Action::ClientLeft), actions)
            }
            (Redirecting { .. } | Leaving(_), E::SaDeleted) => {
                self.close(Action::ClientLeft, actions)
            }
            (Leaving(at), E::Timeout) if now >= at => {
                self.close(Action::DeleteSa, actions) // R5-8
            }
            (Leaving(_), E::Rekeyed) => {}
            (
                Leaving(_),
                E::AuthRequest { .. } | E::AuthResponse { .. } | E::Acknowledged | E::NoAnswer,
            ) => actions.push(ignored(Reason::OutOfTurn)),

            // Nothing is left.
            (
                Closed,
                E::AuthRequest { .. }
                | E::AuthResponse { .. }
                | E::Acknowledged
                | E::NoAnswer
                | E::Informational { .. }
                | E::SaDeleted
                | E::Rekeyed,
            ) => actions.push(ignored(Reason::UnknownSa)),

            // In every state.
            (
                Authenticating(..)
                | Deciding(_)
                | Established
                | Scheduled(..)
                | Redirecting { .. }
                | Leaving(_)
                | Closed,
                E::MisplacedRedirect,
            ) => actions.push(ignored(Reason::WrongDirection)), // R8-2, R7.2-1
            (
                Authenticating(..)
                | Deciding(_)
                | Established
                | Scheduled(..)
                | Redirecting { .. }
                | Leaving(_)
                | Closed,
                E::Timeout,
            ) => {} // early or late: no harm
        }
    }

    /// What the host orders. A refused command changes nothing.
    pub(super) fn command(
        &mut self,
        now: Instant,
        command: Command,
        actions: &mut Actions<Action>,
    ) -> Result<(), Misuse> {
        if !self.supports_redirect && !matches!(command, Cancel) {
            return Err(Misuse::ClientUnsupported); // R3-2, D3-2
        }
        match (self.state, command) {
            // R6-5, R6-6: a decision between the legal points waits for the next one.
            (Authenticating(progress, None), Redirect(target)) => {
                self.state = Authenticating(progress, Some(target))
            }
            (Deciding(progress), Redirect(target)) => self.respond(now, progress, target, actions),
            (Established, Redirect(target)) => self.send_redirect(now, target, actions),
            (Established, RedirectAt(target, at)) => self.state = Scheduled(target, at),
            (Authenticating(_, None) | Deciding(_), RedirectAt(..)) => {
                return Err(Misuse::NotEstablished);
            }
            (
                Authenticating(_, Some(_)) | Scheduled(..) | Redirecting { .. } | Leaving(_),
                Redirect(_) | RedirectAt(..),
            ) => return Err(Misuse::AlreadyRedirecting),
            (Closed, Redirect(_) | RedirectAt(..)) => return Err(Misuse::SaClosed),

            (Authenticating(progress, Some(_)), Cancel) => {
                self.state = Authenticating(progress, None)
            }
            (Scheduled(..), Cancel) => self.state = Established,
            (
                Authenticating(_, None)
                | Deciding(_)
                | Established
                | Redirecting { .. }
                | Leaving(_)
                | Closed,
                Cancel,
            ) => return Err(Misuse::NothingToCancel),
        }
        Ok(())
    }
}
