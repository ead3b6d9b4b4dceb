//! Cleartext messages of IKE_SA_INIT, and of IKE_SESSION_RESUME, which takes its place.

use core::net::IpAddr;

use super::header::{ExchangeType, Flags, Header, Spi};
use super::notify::{Notify, NotifyType, payload_len, write_head};
use super::payload::{Payload, PayloadType, Payloads};
use super::redirect::{InitRedirect, Nonce, RedirectSupported, RedirectedFrom};
use super::writer::{BufferTooSmall, Writer};
use crate::{Fqdn, Reason, Target};

/// What a gateway needs to know of an IKE_SA_INIT request to redirect it, or not.
///
/// IKE_SESSION_RESUME (RFC 5723) takes the place of IKE_SA_INIT for a client that comes back with a
/// ticket; it is read and answered in the same way.
///
/// ```
/// use ikev2_redirect::{Reason, wire::InitRequest};
///
/// assert_eq!(InitRequest::parse(b"GET / HTTP/1.1"), Err(Reason::Truncated));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct InitRequest<'a> {
    /// Octets of the message.
    pub length: usize,
    /// The client's SPI.
    pub initiator_spi: Spi,
    /// Ni, of a legal length.
    pub nonce: Nonce<'a>,
    /// A REDIRECT_SUPPORTED is there.
    pub redirect_supported: bool,
    /// The REDIRECTED_FROM, if one is there, or what is wrong with it. Anybody can claim
    /// anything here: it helps not to send a client back, and proves nothing (`R9-1`).
    pub redirected_from: Option<Result<IpAddr, Reason>>,
    /// The cookie that the client echoes, if one is there; the last one of several.
    pub cookie: Option<&'a [u8]>,
    /// The exchange is IKE_SESSION_RESUME: a ticket takes the place of SA and KE.
    pub resumption: bool,
}

impl<'a> InitRequest<'a> {
    /// Reads the first message of a client, retries with a cookie or another group included.
    ///
    /// # Errors
    /// The one reason why this is not an IKE_SA_INIT or IKE_SESSION_RESUME request that a gateway
    /// answers: see [`Header::parse`], [`Payloads`] and the first two groups of [`Reason`]. A
    /// malformed
    /// REDIRECT_SUPPORTED counts as absent, a malformed REDIRECTED_FROM is shown in its field.
    pub fn parse(message: &'a [u8]) -> Result<Self, Reason> {
        let (header, payloads) = Header::parse(message)?;
        let resumption = check_first(&header)?;
        let mut basis = Basis::default();
        let mut notifies = RequestNotifies::default();
        let mut payloads = Payloads::new(header.next_payload, payloads);
        while let Some(payload) = payloads.next_in_clear() {
            match payload? {
                Payload { kind: PayloadType::NOTIFY, body, .. } => {
                    notifies.add(&Notify::parse(body)?);
                }
                other => basis.add(&other)?,
            }
        }
        basis.check_clear()?;
        let complete = if resumption { notifies.ticket } else { basis.has_key_exchange() };
        let nonce = basis.nonce.filter(|_| complete).ok_or(Reason::MissingPayload)?;
        Ok(InitRequest {
            length: message.len(),
            initiator_spi: header.initiator_spi,
            nonce: Nonce::new(nonce)?,
            redirect_supported: notifies.redirect_supported,
            redirected_from: notifies.redirected_from,
            cookie: notifies.cookie,
            resumption,
        })
    }

    /// Whether the client can be redirected: it says so, or says that it has been (`R3-2`,
    /// `D3-7`).
    #[must_use]
    pub const fn supports_redirect(&self) -> bool {
        self.redirect_supported || matches!(self.redirected_from, Some(Ok(_)))
    }

    /// The most octets that [`write_redirect`](Self::write_redirect) writes.
    pub const MAX_REDIRECT_LEN: usize =
        Header::LEN + payload_len(2 + Fqdn::MAX_LEN + Nonce::MAX_LEN);

    /// Octets of the response that [`write_redirect`](Self::write_redirect) writes.
    #[must_use]
    pub fn redirect_len(&self, target: Target<'a>) -> usize {
        Header::LEN + self.redirect(target).encoded_len()
    }

    /// Writes the response that redirects the client to `target` and creates no IKE SA: both
    /// SPIs as the client knows them, so the responder's is zero, and one REDIRECT with the
    /// client's own nonce. Returns its length. This is the bare message; the rules are kept by
    /// [`front_door`](crate::responder::front_door).
    ///
    /// # Errors
    /// [`BufferTooSmall`].
    #[inline]
    pub fn write_redirect(
        &self,
        target: Target<'a>,
        out: &mut [u8],
    ) -> Result<usize, BufferTooSmall> {
        let redirect = self.redirect(target);
        let payload_len = redirect.encoded_len();
        let mut writer = Writer::new(out, Header::LEN + payload_len)?;
        self.response_header().write(payload_len as u32, &mut writer);
        redirect.write(PayloadType::NONE, &mut writer);
        Ok(writer.finish())
    }

    /// Octets of the response that [`write_error`](Self::write_error) writes.
    pub const ERROR_LEN: usize = Header::LEN + payload_len(0);

    /// Writes a response that refuses the request with one error notification without data, such
    /// as [`NotifyType::NO_PROPOSAL_CHOSEN`]. Returns its length.
    ///
    /// # Errors
    /// [`BufferTooSmall`].
    pub fn write_error(&self, error: NotifyType, out: &mut [u8]) -> Result<usize, BufferTooSmall> {
        let mut writer = Writer::new(out, Self::ERROR_LEN)?;
        self.response_header().write(payload_len(0) as u32, &mut writer);
        write_head(PayloadType::NONE, error, 0, &mut writer);
        Ok(writer.finish())
    }

    const fn redirect(&self, target: Target<'a>) -> InitRedirect<'a> {
        // R3-5, R7.2-10: the nonce of the very request that is answered.
        InitRedirect { target, nonce: self.nonce }
    }

    const fn exchange(&self) -> ExchangeType {
        if self.resumption { ExchangeType::IKE_SESSION_RESUME } else { ExchangeType::IKE_SA_INIT }
    }

    const fn response_header(&self) -> Header {
        Header {
            initiator_spi: self.initiator_spi,
            responder_spi: Spi::ZERO, // R3-7
            next_payload: PayloadType::NOTIFY,
            exchange: self.exchange(), // R3-4
            flags: Flags::RESPONSE,
            message_id: 0,
        }
    }
}

/// What a client needs to know of an IKE_SA_INIT or IKE_SESSION_RESUME response.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct InitResponse<'a> {
    /// The client's SPI.
    pub initiator_spi: Spi,
    /// The gateway's SPI; zero when it keeps no state.
    pub responder_spi: Spi,
    /// The REDIRECT, if one is there, or what is wrong with it.
    pub redirect: Option<Result<InitRedirect<'a>, Reason>>,
    /// The gateway accepts: SA, KE and Nr are there, or in a resumption Nr, and no TICKET_NACK.
    pub accepts: bool,
    /// A MULTIPLE_AUTH_SUPPORTED is there (RFC 4739).
    pub multiple_auth_supported: bool,
    /// The exchange is IKE_SESSION_RESUME.
    pub resumption: bool,
}

impl<'a> InitResponse<'a> {
    /// Reads a response to an IKE_SA_INIT or IKE_SESSION_RESUME request.
    ///
    /// # Errors
    /// The one reason why this is no such response. What is wrong with a REDIRECT is shown in its
    /// field and does not make the message invalid.
    pub fn parse(message: &'a [u8]) -> Result<Self, Reason> {
        let (header, payloads) = Header::parse(message)?;
        let resumption = check(&header, Flags::RESPONSE)?;
        let mut basis = Basis::default();
        let mut notifies = ResponseNotifies::default();
        let mut payloads = Payloads::new(header.next_payload, payloads);
        while let Some(payload) = payloads.next_in_clear() {
            match payload? {
                Payload { kind: PayloadType::NOTIFY, body, .. } => {
                    notifies.add(&Notify::parse(body)?);
                }
                other => basis.add(&other)?,
            }
        }
        basis.check_clear()?;
        let willing = if resumption { !notifies.ticket_refused } else { basis.has_key_exchange() };
        Ok(InitResponse {
            initiator_spi: header.initiator_spi,
            responder_spi: header.responder_spi,
            redirect: notifies.redirect,
            accepts: willing && basis.nonce.is_some(),
            multiple_auth_supported: notifies.multiple_auth_supported,
            resumption,
        })
    }
}

/// Which redirect notifications an IKE_SA_INIT request has to carry.
///
/// They belong to the attempt: every retry of the request (with a cookie, with another group)
/// repeats them (`R7.3-1`, `D3-4`).
///
/// ```
/// use ikev2_redirect::wire::{InitNotifies, PayloadType};
///
/// let notifies = InitNotifies {
///     redirect_supported: true,
///     redirected_from: Some("192.0.2.1".parse().unwrap()),
/// };
/// let mut chain = [0; InitNotifies::MAX_LEN];
/// assert_eq!(notifies.encode(PayloadType::NONE, &mut chain), Ok(8 + 14));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct InitNotifies {
    /// Include REDIRECT_SUPPORTED (`R3-1`, `R7.1-1`).
    pub redirect_supported: bool,
    /// Include REDIRECTED_FROM with this address (`R3-12`).
    pub redirected_from: Option<IpAddr>,
}

impl InitNotifies {
    /// The most octets that [`encode`](Self::encode) writes.
    pub const MAX_LEN: usize = RedirectSupported::LEN + payload_len(2 + 16);

    /// Whether there is nothing to include.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        !self.redirect_supported && self.redirected_from.is_none()
    }

    /// Writes the Notify payloads one after the other, `next` being the type of the payload that
    /// follows the last; returns their length, zero if there are none. The payload before them
    /// names [`PayloadType::NOTIFY`] as its next one, unless there are none.
    ///
    /// # Errors
    /// [`BufferTooSmall`].
    pub fn encode(&self, next: PayloadType, out: &mut [u8]) -> Result<usize, BufferTooSmall> {
        let from = self.redirected_from.map(RedirectedFrom);
        let supported_len = if self.redirect_supported { RedirectSupported::LEN } else { 0 };
        let from_len = from.map_or(0, |from| from.encoded_len());
        let mut writer = Writer::new(out, supported_len + from_len)?;
        if self.redirect_supported {
            let next = if from.is_some() { PayloadType::NOTIFY } else { next };
            RedirectSupported.write(next, &mut writer);
        }
        if let Some(from) = from {
            from.write(next, &mut writer);
        }
        Ok(writer.finish())
    }
}

/// What the first message of a client has to be; whether it is a resumption.
#[inline]
pub(super) fn check_first(header: &Header) -> Result<bool, Reason> {
    let resumption = check(header, Flags::INITIATOR)?;
    if header.responder_spi == Spi::ZERO {
        Ok(resumption)
    } else {
        Err(Reason::NonzeroResponderSpi)
    }
}

/// What either direction has in common; whether it is a resumption.
fn check(header: &Header, sender: Flags) -> Result<bool, Reason> {
    let direction = |flags: Flags| (flags.from_initiator(), flags.is_response());
    let resumption = header.exchange == ExchangeType::IKE_SESSION_RESUME;
    if header.exchange != ExchangeType::IKE_SA_INIT && !resumption {
        Err(Reason::WrongExchange)
    } else if direction(header.flags) != direction(sender) {
        Err(Reason::WrongFlags)
    } else if header.message_id != 0 {
        Err(Reason::WrongMessageId)
    } else if header.initiator_spi == Spi::ZERO {
        Err(Reason::ZeroInitiatorSpi)
    } else {
        Ok(resumption)
    }
}

/// What a chain of cleartext payloads has besides notifications.
#[derive(Default)]
struct Basis<'a> {
    /// One bit for each registered type that is there.
    kinds: u64,
    nonce: Option<&'a [u8]>,
}

impl<'a> Basis<'a> {
    #[inline]
    fn add(&mut self, payload: &Payload<'a>) -> Result<(), Reason> {
        if payload.kind == PayloadType::NONCE {
            if self.nonce.replace(payload.body).is_some() {
                return Err(Reason::RepeatedNonce);
            }
        } else if payload.kind.is_registered() {
            self.kinds |= bit(payload.kind);
        } else if payload.critical {
            return Err(Reason::UnknownCriticalPayload);
        }
        Ok(())
    }

    /// An encrypted payload is the last of its message, and its next-payload field is not of the
    /// chain: who sends one in the clear is not understood.
    const fn check_clear(&self) -> Result<(), Reason> {
        if self.has(PayloadType::SK) || self.has(PayloadType::SKF) {
            Err(Reason::EncryptedPayload)
        } else {
            Ok(())
        }
    }

    const fn has_key_exchange(&self) -> bool {
        self.has(PayloadType::SA) && self.has(PayloadType::KE)
    }

    const fn has(&self, kind: PayloadType) -> bool {
        self.kinds & bit(kind) != 0
    }
}

/// Cheaper than a branch for each type.
const fn bit(kind: PayloadType) -> u64 {
    1u64.wrapping_shl(kind.0 as u32)
}

/// The notifications of a request that matter here.
#[derive(Default)]
struct RequestNotifies<'a> {
    redirect_supported: bool,
    redirected_from: Option<Result<IpAddr, Reason>>,
    cookie: Option<&'a [u8]>,
    ticket: bool,
}

impl<'a> RequestNotifies<'a> {
    #[inline]
    fn add(&mut self, notify: &Notify<'a>) {
        match notify.kind {
            NotifyType::REDIRECT_SUPPORTED => {
                self.redirect_supported |= RedirectSupported::parse(notify).is_ok();
            }
            NotifyType::REDIRECTED_FROM => self.add_redirected_from(notify.spi, notify.data),
            NotifyType::COOKIE => self.cookie = Some(notify.data),
            NotifyType::TICKET_OPAQUE => self.ticket = true,
            _ => {}
        }
    }

    // Out of line, and by parts: few requests have it, and it would take the registers of the loop.
    #[inline(never)]
    fn add_redirected_from(&mut self, spi: &[u8], data: &[u8]) {
        let notify = Notify { kind: NotifyType::REDIRECTED_FROM, spi, data };
        let from = RedirectedFrom::parse(&notify).map(|from| from.0);
        merge(&mut self.redirected_from, from);
    }
}

/// The notifications of a response that matter here.
#[derive(Default)]
struct ResponseNotifies<'a> {
    redirect: Option<Result<InitRedirect<'a>, Reason>>,
    multiple_auth_supported: bool,
    ticket_refused: bool,
}

impl<'a> ResponseNotifies<'a> {
    #[inline]
    fn add(&mut self, notify: &Notify<'a>) {
        match notify.kind {
            NotifyType::REDIRECT => merge(&mut self.redirect, InitRedirect::parse(notify)),
            NotifyType::MULTIPLE_AUTH_SUPPORTED => self.multiple_auth_supported = true,
            NotifyType::TICKET_NACK => self.ticket_refused = true,
            _ => {}
        }
    }
}

/// Keeps what two notifications of one type agree on.
pub(super) fn merge<T: Copy + PartialEq>(
    known: &mut Option<Result<T, Reason>>,
    found: Result<T, Reason>,
) {
    *known = match *known {
        Some(earlier) if earlier != found => Some(Err(Reason::ConflictingNotifies)),
        Some(_) | None => Some(found),
    };
}
