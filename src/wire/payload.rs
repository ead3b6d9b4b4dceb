//! The chain of payloads.

use crate::Reason;

/// A payload's type; values without a constant here are kept as they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PayloadType(pub u8);

impl PayloadType {
    /// No payload follows.
    pub const NONE: Self = Self(0);
    /// Security Association.
    pub const SA: Self = Self(33);
    /// Key Exchange.
    pub const KE: Self = Self(34);
    /// The initiator's identity.
    pub const IDI: Self = Self(35);
    /// The responder's identity.
    pub const IDR: Self = Self(36);
    /// Certificate.
    pub const CERT: Self = Self(37);
    /// Certificate request.
    pub const CERTREQ: Self = Self(38);
    /// Authentication.
    pub const AUTH: Self = Self(39);
    /// Nonce: Ni or Nr.
    pub const NONCE: Self = Self(40);
    /// Notify.
    pub const NOTIFY: Self = Self(41);
    /// Delete.
    pub const DELETE: Self = Self(42);
    /// Vendor ID.
    pub const VENDOR_ID: Self = Self(43);
    /// The initiator's traffic selectors.
    pub const TSI: Self = Self(44);
    /// The responder's traffic selectors.
    pub const TSR: Self = Self(45);
    /// Encrypted and authenticated.
    pub const SK: Self = Self(46);
    /// Configuration.
    pub const CP: Self = Self(47);
    /// Extensible Authentication Protocol.
    pub const EAP: Self = Self(48);
    /// A fragment, encrypted and authenticated (RFC 7383).
    pub const SKF: Self = Self(53);

    /// Whether the type is one that a stack may know: 33 (SA) to 54, the last type registered.
    #[must_use]
    pub const fn is_registered(self) -> bool {
        matches!(self.0, 33..=54)
    }
}

/// One payload, without its generic header.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Payload<'a> {
    /// What it is.
    pub kind: PayloadType,
    /// Whether the sender wants the message refused by who does not know the type. It says
    /// nothing for the types of RFC 7296 and is ignored there.
    pub critical: bool,
    /// The type of the payload that follows. Behind SK and SKF nothing does: there it is the type
    /// of the first payload inside, which [`Contents::parse`](super::Contents::parse) wants to
    /// know.
    pub next: PayloadType,
    /// What follows the generic header.
    pub body: &'a [u8],
}

/// Octets of the generic payload header.
pub(super) const GENERIC_LEN: usize = 4;

/// Goes over a chain of payloads.
///
/// After an error the iterator ends. The last payload has to end where the octets end; SK and SKF
/// are always the last.
///
/// ```
/// use ikev2_redirect::wire::{PayloadType, Payloads};
///
/// let chain = [0, 0, 0, 6, 0xaa, 0xbb];
/// let mut payloads = Payloads::new(PayloadType::VENDOR_ID, &chain);
/// assert_eq!(payloads.next().unwrap().unwrap().body, [0xaa, 0xbb]);
/// assert_eq!(payloads.next(), None);
/// ```
#[derive(Clone, Debug)]
pub struct Payloads<'a> {
    next: PayloadType,
    rest: &'a [u8],
}

impl<'a> Payloads<'a> {
    /// The chain in `octets`, whose first payload is of type `first`.
    #[must_use]
    pub const fn new(first: PayloadType, octets: &'a [u8]) -> Self {
        Payloads { next: first, rest: octets }
    }

    #[inline]
    fn take(&mut self) -> Result<Payload<'a>, Reason> {
        let &[next, flags, l0, l1] =
            self.rest.first_chunk::<GENERIC_LEN>().ok_or(Reason::Truncated)?;
        let length = usize::from(u16::from_be_bytes([l0, l1]));
        let (whole, rest) = self.rest.split_at_checked(length).ok_or(Reason::Truncated)?;
        let body = whole.get(GENERIC_LEN..).ok_or(Reason::PayloadLength)?;
        let next = PayloadType(next);
        let payload = Payload { kind: self.next, critical: flags & 0x80 != 0, next, body };
        self.next = next;
        self.rest = rest;
        Ok(payload)
    }

    /// The next payload of a chain in which no payload is encrypted, so that every next-payload
    /// field means what it says.
    #[inline]
    pub(super) fn next_in_clear(&mut self) -> Option<Result<Payload<'a>, Reason>> {
        let item = if self.next != PayloadType::NONE {
            self.take()
        } else if self.rest.is_empty() {
            return None;
        } else {
            Err(Reason::TrailingOctets)
        };
        if item.is_err() {
            *self = Payloads::new(PayloadType::NONE, &[]);
        }
        Some(item)
    }
}

impl<'a> Iterator for Payloads<'a> {
    type Item = Result<Payload<'a>, Reason>;

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        let item = self.next_in_clear();
        if let Some(Ok(Payload { kind: PayloadType::SK | PayloadType::SKF, .. })) = item {
            self.next = PayloadType::NONE;
        }
        item
    }
}

impl core::iter::FusedIterator for Payloads<'_> {}
