//! The gateway machine as its host sees it.

use super::state::State;
use super::{Action, Awaits, Client, Config, Event, Phase, TargetId};
use crate::auth::Progress;
use crate::{Actions, Deadline, Instant, Misuse};

/// The gateway's end of the redirect mechanism: one small machine per IKE SA in which the
/// gateway is the original responder.
///
/// ```
/// use ikev2_redirect::responder::{Action, Client, Config, Event, Responder, TargetId};
/// use ikev2_redirect::{Instant, Misuse};
///
/// # fn main() -> Result<(), Misuse> {
/// let client = Client { supports_redirect: true, multiple_auth_offered: false };
/// let mut session = Responder::established(Config::default(), client);
///
/// // Maintenance: this client goes to target 7.
/// let now = Instant::from_millis(0);
/// assert_eq!(session.redirect(now, TargetId(7))?, [Action::SendRedirect { target: TargetId(7) }]);
/// assert!(session.handle(now, Event::Acknowledged).is_empty());
///
/// // It has its grace time to set up the new IKE SA, then the old one is deleted.
/// let grace_over = session.next_deadline().unwrap().at;
/// assert_eq!(grace_over, Instant::from_millis(30_000));
/// assert_eq!(session.handle(grace_over, Event::Timeout), [Action::DeleteSa]);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Responder {
    pub(super) config: Config,
    pub(super) supports_redirect: bool,
    pub(super) state: State,
}

impl Responder {
    /// An IKE SA whose IKE_SA_INIT exchange is over.
    #[must_use]
    pub const fn new(config: Config, client: Client) -> Self {
        let progress = Progress::new(client.multiple_auth_offered);
        let state = State::Authenticating(progress, None);
        Responder { config, supports_redirect: client.supports_redirect, state }
    }

    /// An IKE SA that is up, for a host that redirects only established sessions.
    #[must_use]
    pub const fn established(config: Config, client: Client) -> Self {
        let state = State::Established;
        Responder { config, supports_redirect: client.supports_redirect, state }
    }

    /// Redirects the client as soon as that is legal.
    ///
    /// In answer to [`Decide`](Action::Decide): at once. At any other time of the IKE_AUTH
    /// phase, such as in the middle of EAP when the AAA server has spoken: in the last response
    /// (`R6-5`, `R6-6`), or in an earlier one where it is legal; until then nothing is to be
    /// done. In an established session: with an INFORMATIONAL request.
    ///
    /// # Errors
    /// [`Misuse::ClientUnsupported`], [`Misuse::AlreadyRedirecting`], [`Misuse::SaClosed`].
    pub fn redirect(&mut self, now: Instant, target: TargetId) -> Result<Actions<Action>, Misuse> {
        self.order(now, Command::Redirect(target))
    }

    /// Redirects the client of an established session at the time `at`.
    ///
    /// A gateway that goes down gives each of its clients another time, so that they do not all
    /// arrive at the other gateways at once. A time that is over is now, [`Instant::NEVER`] waits
    /// for `cancel`.
    ///
    /// # Errors
    /// As [`redirect`](Self::redirect), and [`Misuse::NotEstablished`].
    pub fn redirect_at(
        &mut self,
        now: Instant,
        target: TargetId,
        at: Instant,
    ) -> Result<Actions<Action>, Misuse> {
        self.order(now, Command::RedirectAt(target, at))
    }

    /// Takes back a redirect that has not been sent.
    ///
    /// # Errors
    /// [`Misuse::NothingToCancel`].
    pub fn cancel(&mut self, now: Instant) -> Result<Actions<Action>, Misuse> {
        self.order(now, Command::Cancel)
    }

    /// Takes notice of what happened. Whatever it is, the outcome is a list of actions.
    pub fn handle(&mut self, now: Instant, event: Event<'_>) -> Actions<Action> {
        let mut actions = Actions::none();
        self.event(now, event, &mut actions);
        actions
    }

    /// When the machine wants an [`Event::Timeout`], if it does.
    #[must_use]
    pub fn next_deadline(&self) -> Option<Deadline<Awaits>> {
        let (at, reason) = match self.state {
            State::Scheduled(_, at) => (at, Awaits::Schedule),
            State::Redirecting { at, .. } => (at, Awaits::Acknowledgement),
            State::Leaving(at) => (at, Awaits::Departure),
            State::Authenticating(..) | State::Deciding(_) | State::Established | State::Closed => {
                (Instant::NEVER, Awaits::Schedule)
            }
        };
        (at != Instant::NEVER).then_some(Deadline { at, reason })
    }

    /// Where the IKE SA stands.
    #[must_use]
    pub const fn phase(&self) -> Phase {
        self.state.phase()
    }

    /// The target of a redirect that is decided and not acknowledged yet.
    #[must_use]
    pub const fn target(&self) -> Option<TargetId> {
        match self.state {
            State::Authenticating(_, target) => target,
            State::Scheduled(target, _) | State::Redirecting { target, .. } => Some(target),
            State::Deciding(_) | State::Established | State::Leaving(_) | State::Closed => None,
        }
    }

    /// Whether the client can be redirected at all (`D3-1`).
    #[must_use]
    pub const fn supports_redirect(&self) -> bool {
        self.supports_redirect
    }

    /// Moves the machine to another clock: what was `from` is now `to`.
    ///
    /// For a host that was suspended or restarts with saved sessions, and for model checkers,
    /// which want one form for states that differ only in when they are.
    pub const fn rebase(&mut self, from: Instant, to: Instant) {
        if let State::Scheduled(_, at) | State::Redirecting { at, .. } | State::Leaving(at) =
            &mut self.state
        {
            *at = at.rebased(from, to);
        }
    }

    fn order(&mut self, now: Instant, command: Command) -> Result<Actions<Action>, Misuse> {
        let mut actions = Actions::none();
        self.command(now, command, &mut actions)?;
        Ok(actions)
    }
}

/// What the host orders.
#[derive(Clone, Copy)]
pub(super) enum Command {
    Redirect(TargetId),
    RedirectAt(TargetId, Instant),
    Cancel,
}
