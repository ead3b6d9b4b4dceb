//! What a user may choose on the client.

use super::limit::LoopLimit;
use crate::{Misuse, TargetRules};

/// The settings of an [`Initiator`](super::Initiator), fixed for its life (`R9-5`, `D7-4`).
///
/// ```
/// use ikev2_redirect::initiator::{Config, Initiator, Moving};
///
/// let config = Config { max_redirects: 3, moving: Moving::BreakBeforeMake, ..Config::default() };
/// assert!(Initiator::new(config).is_ok());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Config {
    /// MAX_REDIRECTS: how many redirects are followed within the period, 5 by default, at most
    /// [`LARGEST_LIMIT`](Self::LARGEST_LIMIT). Zero switches redirects off: no support is
    /// announced and none is followed (`D7-1`, `D7-2`).
    pub max_redirects: u8,
    /// REDIRECT_LOOP_DETECT_PERIOD in milliseconds, 300 000 by default (`D7-3`). Not zero, unless
    /// redirects are off.
    pub loop_detect_period: u32,
    /// How a client leaves a gateway that redirects it in the middle of a session.
    pub moving: Moving,
    /// Which addresses may be followed.
    pub targets: TargetRules,
    /// Announce REDIRECT_SUPPORTED beside REDIRECTED_FROM after a redirect, too. On by default:
    /// a gateway that knows only the draft needs it (`D3-6`).
    pub announce_again: bool,
    /// Act on a REDIRECT in the response to an IKE_SESSION_RESUME request (RFC 5723), which is an
    /// IKE_SA_INIT exchange for those who hold a ticket. Off by default: RFC 5685 does not speak of
    /// it. Where it is off such a REDIRECT is ignored.
    pub follow_on_resumption: bool,
    /// How long the host may take for a verdict on a target, in milliseconds; 10 000 by default.
    /// The first time-out behind that refuses the redirect; a verdict before it still counts. Zero
    /// leaves time only until the next time-out.
    pub vet_timeout: u32,
}

impl Default for Config {
    fn default() -> Self {
        Config::new()
    }
}

impl Config {
    /// The largest [`max_redirects`](Self::max_redirects): the machine remembers no more.
    pub const LARGEST_LIMIT: u8 = LoopLimit::CAPACITY as u8;

    /// The defaults, for a constant.
    #[must_use]
    pub const fn new() -> Self {
        Config {
            max_redirects: 5,
            loop_detect_period: 300_000,
            moving: Moving::MakeBeforeBreak,
            targets: TargetRules { allow_loopback: false, allow_link_local: false },
            announce_again: true,
            follow_on_resumption: false,
            vet_timeout: 10_000,
        }
    }

    pub(super) const fn check(self) -> Result<Self, Misuse> {
        if self.max_redirects > Self::LARGEST_LIMIT {
            Err(Misuse::LimitTooLarge)
        } else if self.follows_redirects() && self.loop_detect_period == 0 {
            Err(Misuse::PeriodMissing)
        } else {
            Ok(self)
        }
    }

    /// Whether redirects are followed at all.
    #[must_use]
    pub const fn follows_redirects(&self) -> bool {
        self.max_redirects > 0
    }
}

/// The order of leaving and arriving when a gateway redirects an established session (`R5-7`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Moving {
    /// Keep the old IKE SA until the new one is up; go on with it if none comes up.
    MakeBeforeBreak,
    /// Delete the old IKE SA, then set up the new one: for a client that can hold only one.
    BreakBeforeMake,
}
