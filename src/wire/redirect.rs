//! The three notifications of the redirect mechanism.
//!
//! A REDIRECT has two forms, each a type of its own, so that neither a nonce too many nor a
//! missing one can be written: [`InitRedirect`] for IKE_SA_INIT, [`Redirect`] for IKE_AUTH and
//! INFORMATIONAL (`R7.2-12`, `R7.2-13`).

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::notify::{Notify, NotifyType, payload_len, write_head};
use super::payload::PayloadType;
use super::writer::{BufferTooSmall, Writer};
use crate::{Fqdn, Reason, Target};

/// The data of a Nonce payload: 16 to 256 octets (`R7.2-11`).
///
/// ```
/// use ikev2_redirect::{Reason, wire::Nonce};
///
/// assert!(Nonce::new(&[7; 32]).is_ok());
/// assert_eq!(Nonce::new(&[7; 15]), Err(Reason::NonceLength));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Nonce<'a>(&'a [u8]);

impl<'a> Nonce<'a> {
    /// The shortest nonce, in octets.
    pub const MIN_LEN: usize = 16;
    /// The longest nonce, in octets.
    pub const MAX_LEN: usize = 256;

    /// Checks a nonce's length.
    ///
    /// # Errors
    /// [`Reason::NonceLength`] outside 16 to 256 octets.
    pub const fn new(octets: &'a [u8]) -> Result<Self, Reason> {
        if octets.len() < Self::MIN_LEN || octets.len() > Self::MAX_LEN {
            Err(Reason::NonceLength)
        } else {
            Ok(Nonce(octets))
        }
    }

    /// The octets.
    #[must_use]
    pub const fn octets(&self) -> &'a [u8] {
        self.0
    }
}

/// N(REDIRECT_SUPPORTED): the sender can be redirected (`R7.1-1`). It has no data; data that a
/// peer adds is ignored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct RedirectSupported;

impl RedirectSupported {
    /// Octets of the whole payload.
    pub const LEN: usize = payload_len(0);

    /// Reads the notification.
    ///
    /// # Errors
    /// [`Reason::WrongNotifyType`], [`Reason::SpiSize`].
    pub fn parse(notify: &Notify<'_>) -> Result<Self, Reason> {
        notify.data_of(NotifyType::REDIRECT_SUPPORTED).map(|_| RedirectSupported)
    }

    /// Writes the whole payload, `next` being the type of the payload that follows it; returns
    /// its length.
    ///
    /// # Errors
    /// [`BufferTooSmall`].
    pub fn encode(&self, next: PayloadType, out: &mut [u8]) -> Result<usize, BufferTooSmall> {
        let mut writer = Writer::new(out, Self::LEN)?;
        self.write(next, &mut writer);
        Ok(writer.finish())
    }

    pub(super) fn write(&self, next: PayloadType, out: &mut Writer<'_>) {
        write_head(next, NotifyType::REDIRECT_SUPPORTED, 0, out);
    }
}

/// N(REDIRECTED_FROM): the address of the gateway that sent the client here (`R7.3-1`,
/// `R7.3-2`). A name cannot stand in it (`R7.3-6`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct RedirectedFrom(pub IpAddr);

impl RedirectedFrom {
    /// Reads the notification.
    ///
    /// # Errors
    /// [`Reason::WrongNotifyType`], [`Reason::SpiSize`], [`Reason::GatewayType`] for anything but
    /// an address, [`Reason::GatewayLength`], [`Reason::UnexpectedNonce`] for octets behind it.
    #[inline]
    pub fn parse(notify: &Notify<'_>) -> Result<Self, Reason> {
        Self::read(notify.data_of(NotifyType::REDIRECTED_FROM)?)
    }

    fn read(data: &[u8]) -> Result<Self, Reason> {
        let (identity, rest) = split_identity(data)?;
        match identity.address() {
            None => Err(Reason::GatewayType),
            // R7.3-7: nothing but the identity.
            Some(_) if !rest.is_empty() => Err(Reason::UnexpectedNonce),
            Some(address) => Ok(RedirectedFrom(address)),
        }
    }

    /// Octets of the whole payload: 14 or 26.
    #[must_use]
    pub fn encoded_len(&self) -> usize {
        payload_len(data_len(&Target::from(self.0), &[]))
    }

    /// Writes the whole payload, `next` being the type of the payload that follows it; returns
    /// its length.
    ///
    /// # Errors
    /// [`BufferTooSmall`].
    pub fn encode(&self, next: PayloadType, out: &mut [u8]) -> Result<usize, BufferTooSmall> {
        let mut writer = Writer::new(out, self.encoded_len())?;
        self.write(next, &mut writer);
        Ok(writer.finish())
    }

    pub(super) fn write(&self, next: PayloadType, out: &mut Writer<'_>) {
        let target = Target::from(self.0);
        write_head(next, NotifyType::REDIRECTED_FROM, data_len(&target, &[]), out);
        write_identity(&target, out);
    }
}

/// N(REDIRECT) as it stands in an IKE_AUTH response and in an INFORMATIONAL request: without a
/// nonce (`R5-3`, `R7.2-13`).
///
/// ```
/// use ikev2_redirect::{Fqdn, Target, wire::{PayloadType, Redirect}};
///
/// let redirect = Redirect { target: Target::Fqdn(Fqdn::new("gw2.example.com")?) };
/// let mut payload = [0; 64];
/// let length = redirect.encode(PayloadType::NONE, &mut payload).unwrap();
/// assert_eq!(length, redirect.encoded_len());
/// assert_eq!(&payload[10..length], b"gw2.example.com");
/// # Ok::<(), ikev2_redirect::Reason>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Redirect<'a> {
    /// Where to go (`R5-2`, `R7.2-2`).
    pub target: Target<'a>,
}

impl<'a> Redirect<'a> {
    /// Reads the notification.
    ///
    /// # Errors
    /// [`Reason::WrongNotifyType`], [`Reason::SpiSize`], [`Reason::GatewayType`],
    /// [`Reason::GatewayLength`], [`Reason::FqdnSyntax`], [`Reason::UnexpectedNonce`].
    #[inline]
    pub fn parse(notify: &Notify<'a>) -> Result<Self, Reason> {
        Self::read(notify.data_of(NotifyType::REDIRECT)?)
    }

    fn read(data: &'a [u8]) -> Result<Self, Reason> {
        let (target, rest) = split_identity(data)?;
        if rest.is_empty() { Ok(Redirect { target }) } else { Err(Reason::UnexpectedNonce) }
    }

    /// Octets of the whole payload, at most 264.
    #[must_use]
    pub fn encoded_len(&self) -> usize {
        payload_len(data_len(&self.target, &[]))
    }

    /// Writes the whole payload, `next` being the type of the payload that follows it; returns
    /// its length.
    ///
    /// # Errors
    /// [`BufferTooSmall`].
    pub fn encode(&self, next: PayloadType, out: &mut [u8]) -> Result<usize, BufferTooSmall> {
        let mut writer = Writer::new(out, self.encoded_len())?;
        write_head(next, NotifyType::REDIRECT, data_len(&self.target, &[]), &mut writer);
        write_identity(&self.target, &mut writer);
        Ok(writer.finish())
    }
}

/// N(REDIRECT) as it stands in an IKE_SA_INIT response: with the Ni of the request that it
/// answers (`R3-5`, `R7.2-10`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct InitRedirect<'a> {
    /// Where to go.
    pub target: Target<'a>,
    /// The Ni of the request.
    pub nonce: Nonce<'a>,
}

impl<'a> InitRedirect<'a> {
    /// Reads the notification.
    ///
    /// # Errors
    /// [`Reason::WrongNotifyType`], [`Reason::SpiSize`], [`Reason::GatewayType`],
    /// [`Reason::GatewayLength`], [`Reason::FqdnSyntax`], [`Reason::NonceAbsent`],
    /// [`Reason::NonceLength`].
    #[inline]
    pub fn parse(notify: &Notify<'a>) -> Result<Self, Reason> {
        Self::read(notify.data_of(NotifyType::REDIRECT)?)
    }

    fn read(data: &'a [u8]) -> Result<Self, Reason> {
        let (target, rest) = split_identity(data)?;
        if rest.is_empty() {
            return Err(Reason::NonceAbsent);
        }
        Ok(InitRedirect { target, nonce: Nonce::new(rest)? })
    }

    /// Octets of the whole payload, at most 520 (`R7.2-5`).
    #[must_use]
    pub fn encoded_len(&self) -> usize {
        payload_len(data_len(&self.target, self.nonce.octets()))
    }

    /// Writes the whole payload, `next` being the type of the payload that follows it; returns
    /// its length.
    ///
    /// # Errors
    /// [`BufferTooSmall`].
    pub fn encode(&self, next: PayloadType, out: &mut [u8]) -> Result<usize, BufferTooSmall> {
        let mut writer = Writer::new(out, self.encoded_len())?;
        self.write(next, &mut writer);
        Ok(writer.finish())
    }

    #[inline]
    pub(super) fn write(&self, next: PayloadType, out: &mut Writer<'_>) {
        let nonce = self.nonce.octets();
        write_head(next, NotifyType::REDIRECT, data_len(&self.target, nonce), out);
        write_identity(&self.target, out);
        out.put_slice(nonce);
    }
}

/// Target identity types (`R7.2-7`); 0 and 4 to 255 mean nothing here (`R10-2`, `D12-2`).
const TYPE_V4: u8 = 1;
const TYPE_V6: u8 = 2;
const TYPE_FQDN: u8 = 3;

/// Octets of the identity's type and length.
const GATEWAY_HEAD_LEN: usize = 2;

/// Reads the identity of a target and returns what follows it (`R7.2-8`).
fn split_identity(data: &[u8]) -> Result<(Target<'_>, &[u8]), Reason> {
    let (&[kind, length], behind) =
        data.split_first_chunk::<GATEWAY_HEAD_LEN>().ok_or(Reason::GatewayLength)?;
    let (identity, rest) =
        behind.split_at_checked(usize::from(length)).ok_or(Reason::GatewayLength)?;
    let target = match kind {
        TYPE_V4 => Target::V4(Ipv4Addr::from(fixed(identity)?)),
        TYPE_V6 => Target::V6(Ipv6Addr::from(fixed::<16>(identity)?)),
        TYPE_FQDN if identity.is_empty() => return Err(Reason::GatewayLength),
        TYPE_FQDN => Target::Fqdn(Fqdn::from_octets(identity)?),
        _ => return Err(Reason::GatewayType),
    };
    Ok((target, rest))
}

fn fixed<const N: usize>(octets: &[u8]) -> Result<[u8; N], Reason> {
    octets.try_into().map_err(|_| Reason::GatewayLength)
}

/// Octets of a notification's data.
const fn data_len(target: &Target<'_>, nonce: &[u8]) -> usize {
    // Both casts are lossless, and show that the sum cannot overflow: a name has at most 254
    // octets, a nonce at most 256.
    let identity_len = match target {
        Target::V4(_) => 4,
        Target::V6(_) => 16,
        Target::Fqdn(name) => name.as_octets().len() as u8,
    };
    GATEWAY_HEAD_LEN + identity_len as usize + nonce.len() as u16 as usize
}

/// An address is written without a loop: its length is known.
#[inline]
fn write_identity(target: &Target<'_>, out: &mut Writer<'_>) {
    match target {
        Target::V4(address) => {
            out.put([TYPE_V4, 4]);
            out.put(address.octets());
        }
        Target::V6(address) => {
            out.put([TYPE_V6, 16]);
            out.put(address.octets());
        }
        Target::Fqdn(name) => {
            out.put([TYPE_FQDN, name.as_octets().len() as u8]);
            out.put_slice(name.as_octets());
        }
    }
}
