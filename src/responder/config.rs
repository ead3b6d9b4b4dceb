//! What an operator may choose on the gateway, and what it knows of a client.

use crate::wire::InitRequest;

/// The settings of a [`Responder`](super::Responder), fixed for its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Config {
    /// How long a client that was redirected may keep its IKE SA before the gateway deletes it,
    /// in milliseconds; 30 000 by default. Any value will do: zero deletes at once, the largest
    /// is seven weeks (`R5-9`, `R5-10`).
    pub grace: u32,
    /// Who retransmits the redirect of an established session.
    pub retransmission: Retransmission,
    /// Offer a redirect on the identity that an EAP client merely claims. Off by default: whoever
    /// claims to be a user learns where that user is sent (`R6-8`, `R9-6`).
    pub redirect_unauthenticated: bool,
}

impl Default for Config {
    fn default() -> Self {
        Config {
            grace: 30_000,
            retransmission: Retransmission::default(),
            redirect_unauthenticated: false,
        }
    }
}

impl Config {
    /// How long a session can last once its redirect is sent, in milliseconds: however often it
    /// is rekeyed, and whether the client acknowledges late or never. Then the IKE SA has been
    /// dropped or deleted, if the host runs the timer.
    ///
    /// ```
    /// use ikev2_redirect::responder::Config;
    ///
    /// // 318 seconds until the gateway gives up waiting for an acknowledgement, 30 to leave.
    /// assert_eq!(Config::default().longest_stay(), 348_000);
    /// ```
    #[must_use]
    pub const fn longest_stay(&self) -> u64 {
        // Lossless: `From` is not callable in a const fn. The sum is below 2^41.
        let mut stay = self.grace as u64;
        let mut sent = 0;
        loop {
            stay = stay.saturating_add(self.retransmission.pause(sent) as u64);
            if sent >= self.retransmission.tries() {
                return stay;
            }
            sent = sent.saturating_add(1);
        }
    }
}

/// Who retransmits the INFORMATIONAL request with the REDIRECT until it is acknowledged (`R5-5`,
/// `D5-2`). Either way a client that never acknowledges is given up after a time that is fixed
/// when the REDIRECT is first sent: a rekey sends it again, in the new IKE SA, and gives no more
/// time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Retransmission {
    /// The host's IKE stack, like every other request; it tells the outcome with
    /// [`Acknowledged`](super::Event::Acknowledged) or [`NoAnswer`](super::Event::NoAnswer).
    ByHost {
        /// After so many milliseconds without either, the IKE SA counts as failed. It should
        /// outlast the stack's own retransmission.
        give_up_after: u32,
    },
    /// The machine, by its deadlines. The pauses double up to sixteen times the first, or up to
    /// `u32::MAX` milliseconds.
    ByMachine {
        /// The first pause, in milliseconds. Zero sends everything at once: good for tests only.
        first_pause: u32,
        /// How often the request is sent again. After one more pause the IKE SA counts as
        /// failed.
        tries: u8,
    },
}

impl Default for Retransmission {
    /// A pause of two seconds and a dozen retransmissions: 318 seconds until it gives up.
    fn default() -> Self {
        Retransmission::ByMachine { first_pause: 2_000, tries: 12 }
    }
}

impl Retransmission {
    /// By the host, which has ten minutes: more than the usual stack takes to give up.
    pub const BY_HOST: Retransmission = Retransmission::ByHost { give_up_after: 600_000 };

    /// The pause after the request was sent again `repeats` times.
    pub(super) const fn pause(self, repeats: u8) -> u32 {
        match self {
            Retransmission::ByHost { give_up_after } => give_up_after,
            Retransmission::ByMachine { first_pause, tries: _ } => {
                let doublings = if repeats < 4 { repeats } else { 4 };
                first_pause.saturating_mul(1 << doublings)
            }
        }
    }

    /// How often the machine sends the request again.
    pub(super) const fn tries(self) -> u8 {
        match self {
            Retransmission::ByHost { give_up_after: _ } => 0,
            Retransmission::ByMachine { first_pause: _, tries } => tries,
        }
    }
}

/// What the gateway learnt of a client in IKE_SA_INIT and has to remember (`D3-1`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Client {
    /// The client can be redirected. Without that there is no redirect in any phase (`D3-2`).
    pub supports_redirect: bool,
    /// The gateway's own IKE_SA_INIT response had MULTIPLE_AUTH_SUPPORTED (RFC 4739).
    pub multiple_auth_offered: bool,
}

impl Client {
    /// What the request says of redirects; no further authentication is offered to the client.
    #[must_use]
    pub const fn of(request: &InitRequest<'_>) -> Self {
        Client { supports_redirect: request.supports_redirect(), multiple_auth_offered: false }
    }
}
