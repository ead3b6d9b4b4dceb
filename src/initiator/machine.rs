//! The client machine as its host sees it.

use core::net::IpAddr;

use super::judge;
use super::limit::LoopLimit;
use super::question::Question;
use super::sa::{IkeSa, KeptSa, Stage};
use super::{Action, Awaits, Config, Event, Phase, QuestionId, Refusal, SaId};
use crate::wire::InitNotifies;
use crate::{Actions, Deadline, Instant, Misuse, Reason};

/// The client's end of the redirect mechanism: one machine per VPN connection, over the whole
/// chain of gateways.
///
/// The machine knows at most two IKE SAs: the current one, in use or being set up, and the one
/// that make-before-break keeps until another one is up. At most one redirect waits for the host's
/// verdict.
///
/// The machine has no access to PAD or SPD, so that no redirect can change them (`R3-16`,
/// `R9-2`); all that a redirect changes is which gateway is talked to, and the record of
/// redirects. Only the original initiator of an IKE SA has this machine, and it knows no way to
/// send a REDIRECT (`R8-2`).
///
/// ```
/// use ikev2_redirect::initiator::{Action, Config, Event, Initiator, SentInit};
/// use ikev2_redirect::wire::{InitRedirect, InitResponse, Nonce, Spi};
/// use ikev2_redirect::{Instant, Misuse};
/// use std::net::Ipv4Addr;
///
/// # fn main() -> Result<(), Misuse> {
/// let now = Instant::from_millis(0);
/// let (anycast, gateway) = (Ipv4Addr::new(203, 0, 113, 1), Ipv4Addr::new(192, 0, 2, 45));
/// let mut client = Initiator::new(Config::default())?;
/// let _start = client.connect(now, anycast.into())?; // StartInit: the host sends a request
/// let sa = client.sa().unwrap();
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
/// let actions = client.handle(now, sa, Event::InitResponseReceived { sent, response });
/// let Some(Action::Vet { question, target, .. }) = actions.get(0) else { panic!() };
/// assert_eq!(target, gateway.into());
///
/// // The host's policy agrees. The machine starts over, and tells the gateway who sent it.
/// let actions = client.permit(now, question, gateway.into())?;
/// assert!(matches!(actions.get(0), Some(Action::Redirected { .. })));
/// assert_eq!(actions.get(1), Some(Action::DropSa { sa }));
/// let Some(Action::StartInit { to, notifies, .. }) = actions.get(2) else { panic!() };
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
    /// How many IKE SAs and questions were named: the next name.
    pub(super) issued: u32,
    /// The IKE SA in use or being set up.
    pub(super) current: Option<IkeSa>,
    /// The IKE SA that make-before-break keeps meanwhile; there is none without a current one.
    pub(super) kept: Option<KeptSa>,
    pub(super) question: Option<Question>,
}

impl Initiator {
    /// A client that is not connected.
    ///
    /// # Errors
    /// [`Misuse::LimitTooLarge`], [`Misuse::PeriodMissing`].
    pub const fn new(config: Config) -> Result<Self, Misuse> {
        Self::with(config, None, 0)
    }

    /// A client with an IKE SA that is up already, for a host that restarts with saved sessions.
    /// [`sa`](Self::sa) tells its name.
    ///
    /// # Errors
    /// [`Misuse::UnusableAddress`], [`Misuse::LimitTooLarge`], [`Misuse::PeriodMissing`].
    pub fn established(config: Config, gateway: IpAddr) -> Result<Self, Misuse> {
        judge::users_gateway(gateway)?;
        let stage = Stage::Up;
        let sa = IkeSa { id: SaId(0), gateway, from: None, literal: false, stage };
        Self::with(config, Some(sa), 1)
    }

    const fn with(config: Config, current: Option<IkeSa>, issued: u32) -> Result<Self, Misuse> {
        match config.check() {
            Ok(config) => {
                let limit = LoopLimit::new();
                Ok(Initiator { config, limit, issued, current, kept: None, question: None })
            }
            Err(misuse) => Err(misuse),
        }
    }

    /// Connects to a gateway that the user, or DNS, has named. An anycast address is an address
    /// like any other (`R4-1`, `D4-1`).
    ///
    /// # Errors
    /// [`Misuse::UnusableAddress`]; [`Misuse::AlreadyConnected`] while there is an IKE SA or an
    /// open question.
    pub fn connect(
        &mut self,
        now: Instant,
        gateway: IpAddr,
    ) -> Result<Actions<Action<'static>>, Misuse> {
        self.order(now, Command::Connect(gateway))
    }

    /// The verdict on a target: go there. `address` is the target itself or what its name
    /// resolved to. If a name leads to an address that cannot be followed, the redirect is refused
    /// ([`Action::Refused`]); of several addresses permit one that
    /// [`TargetRules::check`](crate::TargetRules::check) lets pass, and [`retry`](Self::retry) the
    /// others.
    ///
    /// # Errors
    /// [`Misuse::UnknownQuestion`], as for a verdict that comes too late;
    /// [`Misuse::OtherAddress`] if the target is an address and `address` another one.
    pub fn permit(
        &mut self,
        now: Instant,
        question: QuestionId,
        address: IpAddr,
    ) -> Result<Actions<Action<'static>>, Misuse> {
        self.order(now, Command::Permit(question, address))
    }

    /// The verdict on a target: do not go there. After IKE_SA_INIT the attempt goes on waiting for
    /// another response; after IKE_AUTH its IKE SA is left, unless it is up; an IKE SA that is up
    /// goes on.
    ///
    /// # Errors
    /// [`Misuse::UnknownQuestion`], as for a verdict that comes too late.
    pub fn refuse(
        &mut self,
        now: Instant,
        question: QuestionId,
        refusal: Refusal,
    ) -> Result<Actions<Action<'static>>, Misuse> {
        self.order(now, Command::Refuse(question, refusal.reason()))
    }

    /// Tries another address of the same gateway, for a name that has several: to be said instead
    /// of [`Event::GivenUp`]. The attempt is left, and the next one tells the gateway the same
    /// REDIRECTED_FROM; it does not count as another redirect.
    ///
    /// # Errors
    /// [`Misuse::NothingToRetry`] when no IKE SA is being set up; [`Misuse::LiteralTarget`] when
    /// the redirect named an address; [`Misuse::UnusableAddress`] when `address` cannot be
    /// followed.
    pub fn retry(
        &mut self,
        now: Instant,
        address: IpAddr,
    ) -> Result<Actions<Action<'static>>, Misuse> {
        self.order(now, Command::Retry(address))
    }

    /// Sets up another IKE SA to the same gateway, or to another one of the user's, while one is
    /// up: for re-authentication. What becomes of the present one is what [`Config::moving`] says.
    /// It is no redirect: it does not count, and no REDIRECTED_FROM is sent.
    ///
    /// # Errors
    /// [`Misuse::UnusableAddress`]; [`Misuse::NotUp`] when no IKE SA is up.
    pub fn renew(
        &mut self,
        now: Instant,
        gateway: IpAddr,
    ) -> Result<Actions<Action<'static>>, Misuse> {
        self.order(now, Command::Renew(gateway))
    }

    /// The user wants no connection any more: ends whatever there is. The record of followed
    /// redirects stays.
    ///
    /// # Errors
    /// [`Misuse::NotConnected`] while there is neither an IKE SA nor an open question.
    pub fn close(&mut self, now: Instant) -> Result<Actions<Action<'static>>, Misuse> {
        self.order(now, Command::Close)
    }

    /// Takes notice of what happened to the IKE SA `sa`. Whatever it is, the outcome is a list of
    /// actions; an event about an IKE SA that the machine does not know (any more) is
    /// [`Ignored`](Action::Ignored) as [`Reason::UnknownSa`].
    pub fn handle<'m>(
        &mut self,
        now: Instant,
        sa: SaId,
        event: Event<'m, '_>,
    ) -> Actions<Action<'m>> {
        let mut actions = Actions::none();
        self.event(now, sa, event, &mut actions);
        actions
    }

    /// The timer that the host set to the machine's deadline has fired. Early, late and repeated
    /// time-outs do no harm.
    pub fn timeout(&mut self, now: Instant) -> Actions<Action<'static>> {
        let mut actions = Actions::none();
        self.time(now, &mut actions);
        actions
    }

    /// When the machine wants [`timeout`](Self::timeout) to be called, if it does.
    #[must_use]
    pub fn next_deadline(&self) -> Option<Deadline<Awaits>> {
        let question = self.question.filter(Question::has_deadline)?;
        Some(Deadline { at: question.until, reason: Awaits::Verdict })
    }

    /// Where the connection stands.
    #[must_use]
    pub const fn phase(&self) -> Phase {
        match &self.current {
            Some(sa) => sa.phase(),
            None => Phase::Idle,
        }
    }

    /// The IKE SA in use or being set up.
    #[must_use]
    pub fn sa(&self) -> Option<SaId> {
        self.current.map(|sa| sa.id)
    }

    /// The address of its gateway.
    #[must_use]
    pub fn gateway(&self) -> Option<IpAddr> {
        self.current.map(|sa| sa.gateway)
    }

    /// The IKE SA that is kept until another one is up.
    #[must_use]
    pub fn kept(&self) -> Option<SaId> {
        self.kept.map(|kept| kept.id)
    }

    /// The question that waits for the host's verdict.
    #[must_use]
    pub fn question(&self) -> Option<QuestionId> {
        self.question.map(|question| question.id)
    }

    /// The settings.
    #[must_use]
    pub const fn config(&self) -> &Config {
        &self.config
    }

    /// How many redirects were followed within the loop period that ends at `now` (`D7-1`).
    #[must_use]
    pub fn followed(&self, now: Instant) -> usize {
        self.limit.followed(&self.config, now)
    }

    /// What the attempt's IKE_SA_INIT request carries: the same for each retry, with a cookie or
    /// with another group. `None` when no IKE_SA_INIT exchange is under way.
    #[must_use]
    pub fn init_notifies(&self) -> Option<InitNotifies> {
        match self.current {
            Some(sa) if sa.stage == Stage::Init => Some(self.notifies_of(&sa)),
            Some(_) | None => None,
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

    pub(super) const fn notifies_of(&self, sa: &IkeSa) -> InitNotifies {
        let announce = sa.from.is_none() || self.config.announce_again; // R3-1, D3-6
        InitNotifies {
            redirect_supported: self.config.follows_redirects() && announce,
            redirected_from: sa.from, // R3-12, D3-4, D9.3-1
        }
    }

    /// Moves the machine to another clock: what was `from` is now `to`.
    ///
    /// For a host that was suspended, and for model checkers, which want one form for states that
    /// differ only in when they are. `to` should be at least the loop period: moments before the
    /// epoch saturate, and a redirect would count longer.
    pub fn rebase(&mut self, from: Instant, to: Instant) {
        self.limit.rebase(&self.config, from, to);
        if let Some(question) = &mut self.question {
            question.until = question.until.rebased(from, to);
        }
    }

    /// Gives new names to all that the machine knows: `first` to the kept IKE SA, the numbers
    /// behind it to the current one and to the open question; what comes next is counted from
    /// there. The host renames what it knows in the same way.
    ///
    /// For model checkers, which want one form for states that differ only in names. A question
    /// about an IKE SA that is gone then names the number before `first`.
    pub fn renumber(&mut self, first: u32) {
        let [kept, current, question, next] = [0, 1, 2, 3].map(|place| first.wrapping_add(place));
        let renamed = |sa: SaId| {
            if self.kept.is_some_and(|known| known.id == sa) {
                SaId(kept)
            } else if self.current.is_some_and(|known| known.id == sa) {
                SaId(current)
            } else {
                SaId(first.wrapping_sub(1))
            }
        };
        *self = Initiator {
            issued: next,
            current: self.current.map(|sa| IkeSa { id: SaId(current), ..sa }),
            kept: self.kept.map(|sa| KeptSa { id: SaId(kept), ..sa }),
            question: self.question.map(|known| Question {
                id: QuestionId(question),
                sa: renamed(known.sa),
                ..known
            }),
            ..*self
        };
    }
}

/// What the host orders.
#[derive(Clone, Copy)]
pub(super) enum Command {
    Connect(IpAddr),
    Permit(QuestionId, IpAddr),
    Refuse(QuestionId, Reason),
    Retry(IpAddr),
    Renew(IpAddr),
    Close,
}
