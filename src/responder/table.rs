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
    pub(super) fn event(&mut self, now: Instant, event: Event<'_>) -> Actions<Action> {
        match (self.state, event) {
            // IKE_AUTH.
            (Authenticating(progress, planned), E::AuthRequest { peer, contents }) => {
                self.auth_request(now, progress, planned, peer, contents)
            }
            (Authenticating(progress, planned), E::AuthResponse { sent }) => {
                self.auth_response(now, progress, planned, sent)
            }
            (Deciding(progress, _), E::AuthResponse { sent }) => {
                self.auth_response(now, progress, None, sent)
            }
            (Authenticating(..) | Deciding(..), E::SaDeleted) => self.enter(Closed),
            (Authenticating(..) | Deciding(..), E::Informational { contents })
                if contents.redirect.is_some() =>
            {
                ignored(Reason::WrongDirection) // R8-2
            }
            (Deciding(..), E::AuthRequest { .. })
            | (
                Authenticating(..) | Deciding(..),
                E::Acknowledged | E::NoAnswer | E::Informational { .. } | E::Rekeyed,
            ) => ignored(Reason::OutOfTurn),

            // The session, and the time that a redirect has.
            (Scheduled(target, at), E::Timeout) if now >= at => self.send_redirect(now, target),
            (Established | Scheduled(..), E::Informational { contents }) => {
                self.informational(&contents, None)
            }
            (Established | Scheduled(..), E::SaDeleted) => self.enter(Closed),
            (Established | Scheduled(..), E::Rekeyed) => Actions::none(), // R8-2, D3-1
            (
                Established | Scheduled(..),
                E::AuthRequest { .. } | E::AuthResponse { .. } | E::Acknowledged | E::NoAnswer,
            ) => ignored(Reason::OutOfTurn),

            // The REDIRECT is on its way.
            (Redirecting { .. }, E::Acknowledged) => {
                self.enter(Leaving(now.after(self.config.grace))) // R5-9, R5-10
            }
            (Redirecting { target, repeats, at }, E::Timeout) if now >= at => {
                self.retransmit(now, target, repeats) // R5-5, D5-2
            }
            (Redirecting { .. }, E::NoAnswer) => self.fail(Reason::NoAnswer),
            // The request belonged to the old IKE SA; the client may never have seen it.
            (Redirecting { target, .. }, E::Rekeyed) => self.send_redirect(now, target),
            (Redirecting { .. }, E::AuthRequest { .. } | E::AuthResponse { .. }) => {
                ignored(Reason::OutOfTurn)
            }

            // The client prepares to leave.
            (Redirecting { .. } | Leaving(_), E::Informational { contents }) => {
                self.informational(&contents, Some(Action::ClientLeft))
            }
            (Redirecting { .. } | Leaving(_), E::SaDeleted) => {
                self.enter(Closed).then(Action::ClientLeft)
            }
            (Leaving(at), E::Timeout) if now >= at => {
                self.enter(Closed).then(Action::DeleteSa) // R5-8
            }
            (Leaving(_), E::Rekeyed) => Actions::none(),
            (
                Leaving(_),
                E::AuthRequest { .. } | E::AuthResponse { .. } | E::Acknowledged | E::NoAnswer,
            ) => ignored(Reason::OutOfTurn),

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
            ) => ignored(Reason::UnknownSa),

            // In every state.
            (
                Authenticating(..)
                | Deciding(..)
                | Established
                | Scheduled(..)
                | Redirecting { .. }
                | Leaving(_)
                | Closed,
                E::MisplacedRedirect,
            ) => ignored(Reason::WrongDirection), // R8-2, R7.2-1
            (
                Authenticating(..)
                | Deciding(..)
                | Established
                | Scheduled(..)
                | Redirecting { .. }
                | Leaving(_)
                | Closed,
                E::Timeout,
            ) => Actions::none(), // early or late: no harm
        }
    }

    /// What the host orders. A refused command changes nothing.
    pub(super) fn command(
        &mut self,
        now: Instant,
        command: Command,
    ) -> Result<Actions<Action>, Misuse> {
        if !self.supports_redirect && !matches!(command, Cancel) {
            return Err(Misuse::ClientUnsupported); // R3-2, D3-2
        }
        Ok(match (self.state, command) {
            // R6-5, R6-6: a decision between the legal points waits for the next one.
            (Authenticating(progress, None), Redirect(target)) => {
                self.enter(Authenticating(progress, Some(target)))
            }
            (Deciding(progress, _), Redirect(target)) => self.respond(now, progress, target),
            (Established, Redirect(target)) => self.send_redirect(now, target),
            (Established, RedirectAt(target, at)) => self.enter(Scheduled(target, at)),
            (Authenticating(_, None) | Deciding(..), RedirectAt(..)) => {
                return Err(Misuse::NotEstablished);
            }
            (
                Authenticating(_, Some(_)) | Scheduled(..) | Redirecting { .. } | Leaving(_),
                Redirect(_) | RedirectAt(..),
            ) => return Err(Misuse::AlreadyRedirecting),
            (Closed, Redirect(_) | RedirectAt(..)) => return Err(Misuse::SaClosed),

            (Authenticating(progress, Some(_)), Cancel) => {
                self.enter(Authenticating(progress, None))
            }
            (Scheduled(..), Cancel) => self.enter(Established),
            (
                Authenticating(_, None)
                | Deciding(..)
                | Established
                | Redirecting { .. }
                | Leaving(_)
                | Closed,
                Cancel,
            ) => return Err(Misuse::NothingToCancel),
        })
    }
}
