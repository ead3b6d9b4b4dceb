//! The gateway machine as its host sees it.

use super::state::State;
use super::{Action, Awaits, Client, Config, Event, Phase, Retransmission, TargetId};
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
/// assert_eq!(session.timeout(grace_over), [Action::DeleteSa]);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Responder {
    // The settings stand here one by one: `Config` as a whole would cost eight octets a session.
    pub(super) grace: u32,
    pub(super) retransmission: Retransmission,
    pub(super) redirect_unauthenticated: bool,
    pub(super) supports_redirect: bool,
    pub(super) state: State,
}

impl Responder {
    /// An IKE SA whose IKE_SA_INIT exchange is over.
    #[must_use]
    pub const fn new(config: Config, client: Client) -> Self {
        let progress = Progress::new(client.multiple_auth_offered);
        Self::in_state(config, client, State::Authenticating(progress))
    }

    /// An IKE SA that is up, for a host that redirects only established sessions.
    #[must_use]
    pub const fn established(config: Config, client: Client) -> Self {
        Self::in_state(config, client, State::Established)
    }

    const fn in_state(config: Config, client: Client, state: State) -> Self {
        let Config { grace, retransmission, redirect_unauthenticated } = config;
        let supports_redirect = client.supports_redirect;
        Responder { grace, retransmission, redirect_unauthenticated, supports_redirect, state }
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
        self.redirect_at(now, target, LONG_AGO)
    }

    /// Redirects the client at the time `at`, or as soon after it as that is legal. A time that is
    /// over is now: this is then what [`redirect`](Self::redirect) is. [`Instant::NEVER`] waits
    /// for `cancel`.
    ///
    /// A gateway that goes down gives each of its clients another time, so that they do not all
    /// arrive at the other gateways at once. That includes clients that are still in IKE_AUTH:
    /// their time is kept until the session is up, and until then there is no deadline. Where
    /// the host is asked to [`Decide`](Action::Decide), a time to come is a decision to answer as
    /// usual, and the action says so.
    ///
    /// # Errors
    /// As [`redirect`](Self::redirect).
    pub fn redirect_at(
        &mut self,
        now: Instant,
        target: TargetId,
        at: Instant,
    ) -> Result<Actions<Action>, Misuse> {
        self.order(now, Command::Redirect(target, at))
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

    /// The timer that the host set to [`next_deadline`](Self::next_deadline) has fired. Early,
    /// late and repeated time-outs do no harm.
    pub fn timeout(&mut self, now: Instant) -> Actions<Action> {
        let mut actions = Actions::none();
        self.time_out(now, &mut actions);
        actions
    }

    /// When the machine wants a [`timeout`](Self::timeout), if it does.
    #[must_use]
    pub fn next_deadline(&self) -> Option<Deadline<Awaits>> {
        let (at, reason) = match self.state {
            State::Scheduled(_, at) => (at, Awaits::Schedule),
            State::Redirecting { at, .. } => (at, Awaits::Acknowledgement),
            State::Leaving(at) => (at, Awaits::Departure),
            State::Authenticating(_)
            | State::Planned(..)
            | State::Deciding(_)
            | State::Established
            | State::Closed => return None,
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
            State::Planned(_, target, _)
            | State::Scheduled(target, _)
            | State::Redirecting { target, .. } => Some(target),
            State::Authenticating(_)
            | State::Deciding(_)
            | State::Established
            | State::Leaving(_)
            | State::Closed => None,
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
        if let State::Planned(_, _, at)
        | State::Scheduled(_, at)
        | State::Redirecting { at, .. }
        | State::Leaving(at) = &mut self.state
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

/// A time that is over at any time.
const LONG_AGO: Instant = Instant::from_millis(0);

/// What the host orders.
#[derive(Clone, Copy)]
pub(super) enum Command {
    /// At this time or as soon after it as that is legal.
    Redirect(TargetId, Instant),
    Cancel,
}
