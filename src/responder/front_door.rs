//! The stateless decision on an IKE_SA_INIT or IKE_SESSION_RESUME request.

use core::net::IpAddr;

use crate::wire::{BufferTooSmall, InitRequest, NotifyType, UnsupportedRequest};
use crate::{Reason, Target, TargetRules};

/// Answers IKE_SA_INIT requests without keeping anything, at unicast and anycast addresses alike
/// (`R4-5`).
///
/// A pure function of the request, of how it arrived and of the host's decision: no half-open
/// SA, no table, the same answer for the same request (`R3-6`). It keeps the rules, the host
/// chooses the target (`R3-3`).
///
/// ```
/// use ikev2_redirect::responder::front_door::{Answer, Arrival, Decision, FrontDoor};
/// use ikev2_redirect::wire::InitRequest;
/// use ikev2_redirect::{Fqdn, Reason};
///
/// # fn receive() -> &'static [u8] { &[] }
/// fn serve(message: &[u8], out: &mut [u8]) -> Result<usize, Reason> {
///     let door = FrontDoor { anycast: &["203.0.113.1".parse().unwrap()], ..FrontDoor::default() };
///     let request = InitRequest::parse(message)?;
///     let arrival =
///         Arrival { destination: "203.0.113.1".parse().unwrap(), source_proven: false };
///     let target = Fqdn::new("gw2.example.com")?.into();
///     match door.answer(&request, arrival, Decision::Redirect(target), out) {
///         Ok(Answer::Reply { message, .. }) => Ok(message.len()), // send it from `from`
///         Ok(Answer::Refused(reason)) => Err(reason),             // count it
///         Ok(Answer::Proceed) => unreachable!("not what was decided"),
///         Err(too_small) => panic!("{too_small}"),
///     }
/// }
/// assert_eq!(serve(receive(), &mut [0; FrontDoor::MAX_ANSWER]), Err(Reason::Truncated));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct FrontDoor<'c> {
    /// The anycast addresses of the group. A request to one of them is never served there, and
    /// nobody is redirected to one of them (`R4-3`). What a name resolves to cannot be seen from
    /// here: the host names no anycast address, and not the gateway's own.
    pub anycast: &'c [IpAddr],
    /// Which addresses a client may be sent to.
    pub targets: TargetRules,
    /// Serve a client that cannot be redirected even on an anycast address. Off by default: the
    /// route to an anycast address may change under its IKE SA.
    pub serve_unsupported_on_anycast: bool,
    /// Redirect clients in IKE_SESSION_RESUME, too (RFC 5723). Off by default: neither RFC says
    /// that a client has to expect it there.
    pub redirect_resumption: bool,
}

/// How a request arrived.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Arrival {
    /// The address that it was sent to. The answer goes out from there (`R4-2`).
    pub destination: IpAddr,
    /// The client has proven that it receives what is sent to its source address, for example
    /// by the right cookie. Only then may the answer be longer than the request.
    pub source_proven: bool,
}

/// What the host wants done with a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Decision<'a> {
    /// Go on with the usual IKE_SA_INIT response.
    Proceed,
    /// Send the client there.
    Redirect(Target<'a>),
    /// Say nothing.
    Refuse,
    /// Answer with this error notification, which has no data. A status notification is not
    /// sent: [`Reason::WrongNotifyType`].
    RefuseWith(NotifyType),
}

/// What comes of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Answer<'o> {
    /// The host goes on with the usual IKE_SA_INIT response.
    Proceed,
    /// Send this message and forget it.
    Reply {
        /// The source address to send from: the one that was asked.
        from: IpAddr,
        /// The whole message.
        message: &'o [u8],
    },
    /// Nothing is sent.
    Refused(Reason),
}

impl FrontDoor<'_> {
    /// No anycast address and no opt-in, as [`default`](Self::default), but for a `const`.
    #[must_use]
    pub const fn new() -> Self {
        FrontDoor {
            anycast: &[],
            targets: TargetRules::new(),
            serve_unsupported_on_anycast: false,
            redirect_resumption: false,
        }
    }

    /// The longest answer, in octets: to the longest name, with a nonce of 256.
    pub const MAX_ANSWER: usize = InitRequest::MAX_REDIRECT_LEN;

    /// Carries out the host's decision as far as the rules allow it. The answer is written to
    /// the front of `out`; [`MAX_ANSWER`](Self::MAX_ANSWER) octets are always enough.
    ///
    /// # Errors
    /// [`BufferTooSmall`] when `out` has no room for the answer.
    pub fn answer<'o>(
        &self,
        request: &InitRequest<'_>,
        arrival: Arrival,
        decision: Decision<'_>,
        out: &'o mut [u8],
    ) -> Result<Answer<'o>, BufferTooSmall> {
        match &decision {
            Decision::Proceed => Ok(match self.may_proceed(request, arrival) {
                Ok(()) => Answer::Proceed,
                Err(reason) => Answer::Refused(reason),
            }),
            Decision::Refuse => Ok(Answer::Refused(Reason::Declined)),
            Decision::Redirect(target) => {
                let allowed = self.check_redirect(request, arrival, target);
                reply(allowed, arrival, out, |out| request.write_redirect(*target, out))
            }
            Decision::RefuseWith(error) => {
                let allowed = may_refuse_with(*error, request, arrival);
                reply(allowed, arrival, out, |out| request.write_error(*error, out))
            }
        }
    }

    /// Answers a message that [`InitRequest::parse`] refused, if RFC 7296 (2.5) wants its sender
    /// told: with INVALID_MAJOR_VERSION to one of a higher major version, with
    /// UNSUPPORTED_CRITICAL_PAYLOAD and the type to one with an unknown payload that is marked
    /// critical. For a host that wants such an answer given; without one the client sees silence.
    ///
    /// Everything else is refused, for the reason that stands in its way: [`Reason::Declined`] if
    /// nothing unknown was found.
    ///
    /// # Errors
    /// [`BufferTooSmall`] when `out` has no room for the answer.
    pub fn reject<'o>(
        &self,
        message: &[u8],
        arrival: Arrival,
        out: &'o mut [u8],
    ) -> Result<Answer<'o>, BufferTooSmall> {
        match UnsupportedRequest::parse(message) {
            Ok(Some(request)) => {
                let allowed = fits(request.error_len(), request.length, arrival);
                reply(allowed, arrival, out, |out| request.write_error(out))
            }
            Ok(None) => Ok(Answer::Refused(Reason::Declined)),
            Err(reason) => Ok(Answer::Refused(reason)),
        }
    }

    /// Whether the client may be sent to `target`, for a host that has several to try.
    ///
    /// # Errors
    /// The first reason why not.
    pub fn may_redirect(
        &self,
        request: &InitRequest<'_>,
        arrival: Arrival,
        target: Target<'_>,
    ) -> Result<(), Reason> {
        self.check_redirect(request, arrival, &target)
    }

    fn check_redirect(
        &self,
        request: &InitRequest<'_>,
        arrival: Arrival,
        target: &Target<'_>,
    ) -> Result<(), Reason> {
        if request.resumption && !self.redirect_resumption {
            return Err(Reason::ResumptionOff);
        }
        if !request.supports_redirect() {
            return Err(Reason::ClientUnsupported); // R3-2, D3-7
        }
        if let Some(address) = target.address() {
            self.targets.check(address)?;
            // A mapped address is no target: this one is canonical.
            if self.has_anycast(address) {
                return Err(Reason::AnycastTarget); // R4-3
            }
            // R4-4: from an anycast address to one's own unicast address is no loop.
            if address == arrival.destination.to_canonical() {
                return Err(Reason::SelfRedirect);
            }
        }
        fits(request.redirect_len(*target), request.length, arrival)
    }

    /// Whether `address` is one of the group's anycast addresses: the client has to be sent on. An
    /// IPv4 address is the same however a socket shows it (`::ffff:203.0.113.1`).
    #[must_use]
    pub fn is_anycast(&self, address: IpAddr) -> bool {
        self.has_anycast(address.to_canonical())
    }

    fn has_anycast(&self, canonical: IpAddr) -> bool {
        self.anycast.iter().any(|known| known.to_canonical() == canonical)
    }

    fn may_proceed(&self, request: &InitRequest<'_>, arrival: Arrival) -> Result<(), Reason> {
        let served = self.serve_unsupported_on_anycast && !request.supports_redirect();
        if self.is_anycast(arrival.destination) && !served {
            Err(Reason::AnycastProceed) // R4-3
        } else {
            Ok(())
        }
    }
}

fn may_refuse_with(
    error: NotifyType,
    request: &InitRequest<'_>,
    arrival: Arrival,
) -> Result<(), Reason> {
    // A status would tell the client something else than no: even a REDIRECT (R3-2).
    if error.is_error() {
        fits(InitRequest::ERROR_LEN, request.length, arrival)
    } else {
        Err(Reason::WrongNotifyType)
    }
}

/// Writes the answer, if it is allowed.
fn reply<'o>(
    allowed: Result<(), Reason>,
    arrival: Arrival,
    out: &'o mut [u8],
    write: impl FnOnce(&mut [u8]) -> Result<usize, BufferTooSmall>,
) -> Result<Answer<'o>, BufferTooSmall> {
    if let Err(reason) = allowed {
        return Ok(Answer::Refused(reason));
    }
    let written = write(out)?;
    let message = out.get(..written).unwrap_or_default();
    Ok(Answer::Reply { from: arrival.destination, message })
}

/// An unproven source gets no more octets than it sent: the answer may hit a victim.
fn fits(length: usize, asked: usize, arrival: Arrival) -> Result<(), Reason> {
    if arrival.source_proven || length <= asked { Ok(()) } else { Err(Reason::AnswerTooLong) }
}
