//! The client machine as its host sees it.

use core::net::IpAddr;

use super::state::{Attempt, Sa, State};
use super::{Action, Awaits, Config, Event, LoopLimit, Phase, Refusal, Slot};
use crate::wire::InitNotifies;
use crate::{Actions, Deadline, Instant, Misuse, Reason, TargetRules};

/// The client's end of the redirect mechanism: one machine per VPN connection, over the whole
/// chain of gateways.
///
/// The machine has no access to PAD or SPD, so that no redirect can change them (`R3-16`,
/// `R9-2`); all that a redirect changes is which gateway is talked to, and the record of
/// redirects. Only the original initiator of an IKE SA has this machine, and it knows no way to
/// send a REDIRECT (`R8-2`).
///
/// ```
/// use ikev2_redirect::initiator::{Action, Config, Event, Initiator, Provenance, SentInit, Slot};
/// use ikev2_redirect::wire::{InitRedirect, InitResponse, Nonce, Spi};
/// use ikev2_redirect::{Instant, Misuse};
/// use std::net::Ipv4Addr;
///
/// # fn main() -> Result<(), Misuse> {
/// let now = Instant::from_millis(0);
/// let (anycast, gateway) = (Ipv4Addr::new(203, 0, 113, 1), Ipv4Addr::new(192, 0, 2, 45));
/// let mut client = Initiator::new(Config::default())?;
/// let _start = client.connect(now, anycast.into())?; // StartInit: the host sends a request
///
/// // The answer is a REDIRECT that proves to be an answer by the client's own nonce.
/// let (spi, ni) = (Spi([1; 8]), [7; 32]);
/// let redirect = InitRedirect { target: gateway.into(), nonce: Nonce::new(&ni).unwrap() };
/// let response = InitResponse {
///     initiator_spi: spi,
///     responder_spi: Spi::ZERO,
///     redirect: Some(Ok(redirect)),
///     accepts: false,
///     multiple_auth_supported: false,
///     resumption: false,
/// };
/// let sent = SentInit { spi, nonce: &ni };
/// let actions = client.handle(now, Event::InitResponse { slot: Slot::A, sent, response });
/// assert_eq!(actions, [Action::Vet { target: gateway.into(), provenance: Provenance::Init }]);
///
/// // The host's policy agrees. The machine starts over, and tells the gateway who sent it.
/// let [redirected, start] = client.permit(now, gateway.into())?.into_iter().collect::<Vec<_>>()[..]
/// else { panic!() };
/// assert!(matches!(redirected, Action::Redirected { .. }));
/// let Action::StartInit { to, notifies, .. } = start else { panic!() };
/// assert_eq!(to, gateway);
/// assert_eq!(notifies.redirected_from, Some(anycast.into()));
/// # Ok(())
/// # }
/// ```
///
/// It has no command to redirect anybody:
///
/// ```compile_fail,E0599
/// # use ikev2_redirect::{Instant, initiator::{Config, Initiator}, responder::TargetId};
/// let mut client = Initiator::new(Config::default()).unwrap();
/// client.redirect(Instant::from_millis(0), TargetId(1));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Initiator {
    pub(super) config: Config,
    pub(super) limit: LoopLimit,
    pub(super) state: State,
    /// The old IKE SA while the next one is being set up (make-before-break).
    pub(super) kept: Option<Sa>,
}

impl Initiator {
    /// A client that is not connected.
    ///
    /// # Errors
    /// [`Misuse::LimitTooLarge`], [`Misuse::PeriodMissing`].
    pub fn new(config: Config) -> Result<Self, Misuse> {
        let config = config.check()?;
        Ok(Initiator { config, limit: LoopLimit::new(&config), state: State::Idle, kept: None })
    }

    /// Connects to a gateway that the user, or DNS, has named. An anycast address is an address
    /// like any other (`R4-1`, `D4-1`).
    ///
    /// # Errors
    /// [`Misuse::AlreadyConnected`], [`Misuse::UnusableAddress`].
    pub fn connect(
        &mut self,
        now: Instant,
        gateway: IpAddr,
    ) -> Result<Actions<Action<'static>>, Misuse> {
        if TargetRules::LENIENT.check(gateway).is_err() {
            return Err(Misuse::UnusableAddress);
        }
        self.order(now, Command::Connect(gateway))
    }

    /// The verdict on a target: go there. `address` is the target itself or what its name
    /// resolved to. An address that cannot be followed is refused like any other redirect.
    ///
    /// # Errors
    /// [`Misuse::UnknownQuestion`].
    pub fn permit(
        &mut self,
        now: Instant,
        address: IpAddr,
    ) -> Result<Actions<Action<'static>>, Misuse> {
        let fault = self.gateway().and_then(|from| self.check_address(address, from).err());
        self.order(now, fault.map_or(Command::Follow(address), Command::Refuse))
    }

    /// The verdict on a target: do not go there.
    ///
    /// # Errors
    /// [`Misuse::UnknownQuestion`].
    pub fn refuse(
        &mut self,
        now: Instant,
        refusal: Refusal,
    ) -> Result<Actions<Action<'static>>, Misuse> {
        self.order(now, Command::Refuse(refusal.reason()))
    }

    /// The user has enough: ends whatever there is. The record of followed redirects stays.
    ///
    /// # Errors
    /// [`Misuse::NotConnected`].
    pub fn close(&mut self, now: Instant) -> Result<Actions<Action<'static>>, Misuse> {
        self.order(now, Command::Close)
    }

    /// Takes notice of what happened. Whatever it is, the outcome is a list of actions.
    pub fn handle<'a>(&mut self, now: Instant, event: Event<'a>) -> Actions<Action<'a>> {
        let mut actions = Actions::none();
        self.event(now, event, &mut actions);
        actions
    }

    /// When the machine wants an [`Event::Timeout`], if it does.
    #[must_use]
    pub const fn next_deadline(&self) -> Option<Deadline<Awaits>> {
        match self.state.vet() {
            Some(vet) => Some(Deadline { at: vet.until, reason: Awaits::Verdict }),
            None => None,
        }
    }

    /// Where the connection stands.
    #[must_use]
    pub const fn phase(&self) -> Phase {
        self.state.phase()
    }

    /// The gateway that the client is connected or connecting to.
    #[must_use]
    pub fn gateway(&self) -> Option<IpAddr> {
        self.state.sa().map(|sa| sa.gateway)
    }

    /// The slot of the IKE SA in use or being set up.
    #[must_use]
    pub fn slot(&self) -> Option<Slot> {
        self.state.sa().map(|sa| sa.slot)
    }

    /// The slot of the old IKE SA that is kept until the new one is up.
    #[must_use]
    pub fn kept(&self) -> Option<Slot> {
        self.kept.map(|sa| sa.slot)
    }

    /// The record of followed redirects.
    #[must_use]
    pub const fn loop_limit(&self) -> &LoopLimit {
        &self.limit
    }

    /// What the attempt's IKE_SA_INIT request carries: the same for each retry, with a cookie or
    /// with another group. `None` when no IKE_SA_INIT exchange is under way.
    #[must_use]
    pub fn init_notifies(&self) -> Option<InitNotifies> {
        match self.state {
            State::Connecting(attempt) | State::VettingInit(attempt, _) => {
                Some(self.notifies_of(attempt))
            }
            State::Idle
            | State::Authenticating(..)
            | State::VettingAuth(..)
            | State::Established(_)
            | State::VettingActive(..) => None,
        }
    }

    fn order(
        &mut self,
        now: Instant,
        command: Command,
    ) -> Result<Actions<Action<'static>>, Misuse> {
        let mut actions = Actions::none();
        self.command(now, command, &mut actions)?;
        Ok(actions)
    }

    pub(super) const fn notifies_of(&self, attempt: Attempt) -> InitNotifies {
        let announce = attempt.from.is_none() || self.config.announce_again; // R3-1, D3-6
        InitNotifies {
            redirect_supported: self.config.follows_redirects() && announce,
            redirected_from: attempt.from, // R3-12, D3-4, D9.3-1
        }
    }

    /// Moves the machine to another clock: what was `from` is now `to`.
    ///
    /// For a host that was suspended or restarts with saved sessions, and for model checkers,
    /// which want one form for states that differ only in when they are. `to` should be at least
    /// the loop period: moments before the epoch saturate, and a redirect would count longer.
    pub fn rebase(&mut self, from: Instant, to: Instant) {
        self.limit.rebase(from, to);
        if let State::VettingInit(_, vet)
        | State::VettingAuth(_, vet)
        | State::VettingActive(_, vet) = &mut self.state
        {
            vet.until = vet.until.rebased(from, to);
        }
    }
}

/// What the host orders.
#[derive(Clone, Copy)]
pub(super) enum Command {
    Connect(IpAddr),
    Follow(IpAddr),
    Refuse(Reason),
    Close,
}
