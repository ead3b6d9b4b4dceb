//! Cleartext IKE_SA_INIT messages.

use core::net::IpAddr;

use super::header::{ExchangeType, Flags, Header, Spi};
use super::notify::{Notify, NotifyType, payload_len, write_head};
use super::payload::{Payload, PayloadType, Payloads};
use super::redirect::{InitRedirect, Nonce, RedirectSupported, RedirectedFrom};
use super::writer::{BufferTooSmall, Writer};
use crate::{Gateway, Reason};

/// What a gateway needs to know of an IKE_SA_INIT request to redirect it, or not.
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
    /// The cookie that the client echoes, if one is there.
    pub cookie: Option<&'a [u8]>,
}

impl<'a> InitRequest<'a> {
    /// Reads the first message of a client, retries with a cookie or another group included.
    ///
    /// # Errors
    /// The one reason why this is not an IKE_SA_INIT request that a gateway answers: see
    /// [`Header::parse`], [`Payloads`] and the first two groups of [`Reason`]. A malformed
    /// REDIRECT_SUPPORTED counts as absent, a malformed REDIRECTED_FROM is shown in its field.
    pub fn parse(message: &'a [u8]) -> Result<Self, Reason> {
        let (header, payloads) = Header::parse(message)?;
        check(&header, Flags::INITIATOR)?;
        if header.responder_spi != Spi::ZERO {
            return Err(Reason::NonzeroResponderSpi);
        }
        let mut found = Found::default();
        for payload in Payloads::new(header.next_payload, payloads) {
            found.add(&payload?)?;
        }
        let Found { sa: true, ke: true, nonce: Some(nonce), .. } = found else {
            return Err(Reason::MissingPayload);
        };
        Ok(InitRequest {
            length: message.len(),
            initiator_spi: header.initiator_spi,
            nonce: Nonce::new(nonce)?,
            redirect_supported: found.redirect_supported,
            redirected_from: found.redirected_from,
            cookie: found.cookie,
        })
    }

    /// Whether the client can be redirected: it says so, or says that it has been (`R3-2`,
    /// `D3-7`).
    #[must_use]
    pub const fn supports_redirect(&self) -> bool {
        self.redirect_supported || matches!(self.redirected_from, Some(Ok(_)))
    }

    /// Octets of the response that [`write_redirect`](Self::write_redirect) writes.
    #[must_use]
    pub fn redirect_len(&self, target: Gateway<'a>) -> usize {
        Header::LEN + self.redirect(target).encoded_len()
    }

    /// Writes the response that redirects the client to `target` and creates no IKE SA: both
    /// SPIs as the client knows them, so the responder's is zero, and one REDIRECT with the
    /// client's own nonce. Returns its length. This is the bare message; the rules are kept by
    /// [`front_door`](crate::responder::front_door).
    ///
    /// # Errors
    /// [`BufferTooSmall`].
    pub fn write_redirect(
        &self,
        target: Gateway<'a>,
        out: &mut [u8],
    ) -> Result<usize, BufferTooSmall> {
        let redirect = self.redirect(target);
        let mut writer = Writer::new(out);
        self.response_header().write(redirect.encoded_len() as u32, &mut writer);
        redirect.write(PayloadType::NONE, &mut writer);
        writer.finish()
    }

    /// Octets of the response that [`write_error`](Self::write_error) writes.
    pub const ERROR_LEN: usize = Header::LEN + payload_len(0);

    /// Writes a response that refuses the request with one error notification without data, such
    /// as [`NotifyType::NO_PROPOSAL_CHOSEN`]. Returns its length.
    ///
    /// # Errors
    /// [`BufferTooSmall`].
    pub fn write_error(&self, error: NotifyType, out: &mut [u8]) -> Result<usize, BufferTooSmall> {
        let mut writer = Writer::new(out);
        self.response_header().write(payload_len(0) as u32, &mut writer);
        write_head(PayloadType::NONE, error, 0, &mut writer);
        writer.finish()
    }

    const fn redirect(&self, target: Gateway<'a>) -> InitRedirect<'a> {
        // R3-5, R7.2-10: the nonce of the very request that is answered.
        InitRedirect { target, nonce: self.nonce }
    }

    const fn response_header(&self) -> Header {
        Header {
            initiator_spi: self.initiator_spi,
            responder_spi: Spi::ZERO, // R3-7
            next_payload: PayloadType::NOTIFY,
            exchange: ExchangeType::IKE_SA_INIT, // R3-4
            flags: Flags::RESPONSE,
            message_id: 0,
        }
    }
}

/// What a client needs to know of an IKE_SA_INIT response.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct InitResponse<'a> {
    /// The client's SPI.
    pub initiator_spi: Spi,
    /// The gateway's SPI; zero when it keeps no state.
    pub responder_spi: Spi,
    /// The REDIRECT, if one is there, or what is wrong with it.
    pub redirect: Option<Result<InitRedirect<'a>, Reason>>,
    /// SA, KE and Nr are there: the gateway accepts.
    pub accepts: bool,
    /// A MULTIPLE_AUTH_SUPPORTED is there (RFC 4739).
    pub multiple_auth_supported: bool,
}

impl<'a> InitResponse<'a> {
    /// Reads a response to an IKE_SA_INIT request.
    ///
    /// # Errors
    /// The one reason why this is no such response. What is wrong with a REDIRECT is shown in its
    /// field and does not make the message invalid.
    pub fn parse(message: &'a [u8]) -> Result<Self, Reason> {
        let (header, payloads) = Header::parse(message)?;
        check(&header, Flags::RESPONSE)?;
        let mut found = Found::default();
        for payload in Payloads::new(header.next_payload, payloads) {
            found.add(&payload?)?;
        }
        Ok(InitResponse {
            initiator_spi: header.initiator_spi,
            responder_spi: header.responder_spi,
            redirect: found.redirect,
            accepts: found.sa && found.ke && found.nonce.is_some(),
            multiple_auth_supported: found.multiple_auth_supported,
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
        let mut writer = Writer::new(out);
        if self.redirect_supported {
            let next = if self.redirected_from.is_some() { PayloadType::NOTIFY } else { next };
            RedirectSupported.write(next, &mut writer);
        }
        if let Some(from) = self.redirected_from {
            RedirectedFrom(from).write(next, &mut writer);
        }
        writer.finish()
    }
}

/// What either direction of IKE_SA_INIT has in common.
fn check(header: &Header, sender: Flags) -> Result<(), Reason> {
    const DIRECTION: u8 = Flags::INITIATOR.0 | Flags::RESPONSE.0;
    if header.exchange != ExchangeType::IKE_SA_INIT {
        Err(Reason::WrongExchange)
    } else if header.flags.0 & DIRECTION != sender.0 {
        Err(Reason::WrongFlags)
    } else if header.message_id != 0 {
        Err(Reason::WrongMessageId)
    } else if header.initiator_spi == Spi::ZERO {
        Err(Reason::ZeroInitiatorSpi)
    } else {
        Ok(())
    }
}

/// What was found in a chain of cleartext payloads.
#[derive(Default)]
struct Found<'a> {
    sa: bool,
    ke: bool,
    nonce: Option<&'a [u8]>,
    redirect_supported: bool,
    redirect: Option<Result<InitRedirect<'a>, Reason>>,
    redirected_from: Option<Result<IpAddr, Reason>>,
    cookie: Option<&'a [u8]>,
    multiple_auth_supported: bool,
}

impl<'a> Found<'a> {
    fn add(&mut self, payload: &Payload<'a>) -> Result<(), Reason> {
        match payload.kind {
            PayloadType::SA => self.sa = true,
            PayloadType::KE => self.ke = true,
            PayloadType::NONCE if self.nonce.is_some() => return Err(Reason::RepeatedNonce),
            PayloadType::NONCE => self.nonce = Some(payload.body),
            PayloadType::NOTIFY => self.add_notify(&Notify::parse(payload.body)?),
            kind if payload.critical && !kind.is_registered() => {
                return Err(Reason::UnknownCriticalPayload);
            }
            _ => {}
        }
        Ok(())
    }

    fn add_notify(&mut self, notify: &Notify<'a>) {
        match notify.kind {
            NotifyType::REDIRECT_SUPPORTED => {
                self.redirect_supported |= RedirectSupported::parse(notify).is_ok();
            }
            NotifyType::REDIRECT => merge(&mut self.redirect, InitRedirect::parse(notify)),
            NotifyType::REDIRECTED_FROM => {
                let from = RedirectedFrom::parse(notify).map(|from| from.0);
                merge(&mut self.redirected_from, from);
            }
            NotifyType::COOKIE => self.cookie = Some(notify.data),
            NotifyType::MULTIPLE_AUTH_SUPPORTED => self.multiple_auth_supported = true,
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
