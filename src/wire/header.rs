//! The fixed header of every IKE message.

use core::cmp::Ordering;
use core::fmt;

use super::payload::PayloadType;
use super::writer::{BufferTooSmall, Writer};
use crate::Reason;

/// A security parameter index: names one end of an IKE SA.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Spi(pub [u8; 8]);

impl Spi {
    /// No SPI: what stands in the responder's place as long as it has no state.
    pub const ZERO: Spi = Spi([0; 8]);
}

impl fmt::Debug for Spi {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Spi({:016x})", u64::from_be_bytes(self.0))
    }
}

impl fmt::Display for Spi {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", u64::from_be_bytes(self.0))
    }
}

/// The exchange that a message belongs to; values without a constant here are kept as they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ExchangeType(pub u8);

impl ExchangeType {
    /// IKE_SA_INIT.
    pub const IKE_SA_INIT: Self = Self(34);
    /// IKE_AUTH.
    pub const IKE_AUTH: Self = Self(35);
    /// CREATE_CHILD_SA.
    pub const CREATE_CHILD_SA: Self = Self(36);
    /// INFORMATIONAL.
    pub const INFORMATIONAL: Self = Self(37);
    /// IKE_SESSION_RESUME (RFC 5723).
    pub const IKE_SESSION_RESUME: Self = Self(38);
    /// IKE_INTERMEDIATE (RFC 9242).
    pub const IKE_INTERMEDIATE: Self = Self(43);
}

/// The flags octet of the header.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Flags(pub u8);

impl Flags {
    /// Sent by the original initiator of the IKE SA.
    pub const INITIATOR: Self = Self(0x08);
    /// A response.
    pub const RESPONSE: Self = Self(0x20);

    /// Whether the message comes from the original initiator of the IKE SA.
    #[must_use]
    pub const fn from_initiator(self) -> bool {
        self.0 & Self::INITIATOR.0 != 0
    }

    /// Whether the message is a response.
    #[must_use]
    pub const fn is_response(self) -> bool {
        self.0 & Self::RESPONSE.0 != 0
    }
}

/// The IKE header, without the length, which is that of the message.
///
/// ```
/// use ikev2_redirect::wire::{ExchangeType, Flags, Header, PayloadType, Spi};
///
/// let header = Header {
///     initiator_spi: Spi([1; 8]),
///     responder_spi: Spi::ZERO,
///     next_payload: PayloadType::NONE,
///     exchange: ExchangeType::INFORMATIONAL,
///     flags: Flags::INITIATOR,
///     message_id: 7,
/// };
/// let mut message = [0; Header::LEN];
/// header.encode(0, &mut message)?;
///
/// let (parsed, payloads) = Header::parse(&message).unwrap();
/// assert_eq!(parsed, header);
/// assert!(payloads.is_empty());
/// # Ok::<(), ikev2_redirect::wire::BufferTooSmall>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Header {
    /// The initiator's SPI.
    pub initiator_spi: Spi,
    /// The responder's SPI; zero in an IKE_SA_INIT request.
    pub responder_spi: Spi,
    /// The type of the first payload.
    pub next_payload: PayloadType,
    /// The exchange.
    pub exchange: ExchangeType,
    /// The flags.
    pub flags: Flags,
    /// The message id.
    pub message_id: u32,
}

/// Major version 2, minor version 0.
const VERSION: u8 = 0x20;

const fn major(version: u8) -> u8 {
    version >> 4
}

// Where the fields stand.
const INITIATOR_SPI_AT: usize = 0;
const RESPONDER_SPI_AT: usize = 8;
const NEXT_PAYLOAD_AT: usize = 16;
const VERSION_AT: usize = 17;
const EXCHANGE_AT: usize = 18;
const FLAGS_AT: usize = 19;
const MESSAGE_ID_AT: usize = 20;
const LENGTH_AT: usize = 24;

/// The octets from `at` on. The compiler sees that they are there and that nothing else happens.
#[inline(always)]
fn field<const N: usize>(fixed: &[u8; Header::LEN], at: usize) -> [u8; N] {
    fixed.get(at..).and_then(|rest| rest.first_chunk()).copied().unwrap_or([0; N])
}

#[inline]
fn check_length(fixed: &[u8; Header::LEN], message: &[u8]) -> Result<(), Reason> {
    let announced = u64::from(u32::from_be_bytes(field(fixed, LENGTH_AT)));
    match announced.cmp(&(message.len() as u64)) {
        Ordering::Greater => Err(Reason::Truncated),
        Ordering::Less => Err(Reason::TrailingOctets),
        Ordering::Equal => Ok(()),
    }
}

impl Header {
    /// Octets of a header.
    pub const LEN: usize = 28;

    /// Splits a message into its header and the octets of its payloads.
    ///
    /// # Errors
    /// [`Reason::Truncated`] and [`Reason::TrailingOctets`] when the length field does not say
    /// the length of `message`; [`Reason::UnsupportedVersion`] when the major version is not 2
    /// (the minor version is ignored).
    pub fn parse(message: &[u8]) -> Result<(Self, &[u8]), Reason> {
        let (fixed, payloads) =
            message.split_first_chunk::<{ Self::LEN }>().ok_or(Reason::Truncated)?;
        if field(fixed, VERSION_AT).map(major) != [major(VERSION)] {
            return Err(Reason::UnsupportedVersion);
        }
        check_length(fixed, message)?;
        Ok((Self::of(fixed), payloads))
    }

    /// The header of a message of a later major version. Its fields stand where they always did,
    /// or else nobody could be told that the version is not known.
    pub(super) fn parse_later_version(message: &[u8]) -> Result<Self, Reason> {
        let fixed = message.first_chunk::<{ Self::LEN }>().ok_or(Reason::Truncated)?;
        if field(fixed, VERSION_AT).map(major) <= [major(VERSION)] {
            return Err(Reason::UnsupportedVersion);
        }
        check_length(fixed, message)?;
        Ok(Self::of(fixed))
    }

    #[inline]
    fn of(fixed: &[u8; Self::LEN]) -> Self {
        let [next_payload] = field(fixed, NEXT_PAYLOAD_AT);
        let [exchange] = field(fixed, EXCHANGE_AT);
        let [flags] = field(fixed, FLAGS_AT);
        Header {
            initiator_spi: Spi(field(fixed, INITIATOR_SPI_AT)),
            responder_spi: Spi(field(fixed, RESPONDER_SPI_AT)),
            next_payload: PayloadType(next_payload),
            exchange: ExchangeType(exchange),
            flags: Flags(flags),
            message_id: u32::from_be_bytes(field(fixed, MESSAGE_ID_AT)),
        }
    }

    /// Writes the header of a message with `payload_octets` octets of payloads; returns its
    /// length, 28. A message too long for the length field is announced with the field's largest.
    ///
    /// # Errors
    /// [`BufferTooSmall`] when `out` has no room for it.
    pub fn encode(&self, payload_octets: u32, out: &mut [u8]) -> Result<usize, BufferTooSmall> {
        let mut writer = Writer::new(out, Self::LEN)?;
        self.write(payload_octets, &mut writer);
        Ok(writer.finish())
    }

    #[inline]
    pub(super) fn write(&self, payload_octets: u32, out: &mut Writer<'_>) {
        let length = payload_octets.saturating_add(Self::LEN as u32);
        let Header { next_payload, exchange, flags, .. } = self;
        let [m0, m1, m2, m3] = self.message_id.to_be_bytes();
        let [l0, l1, l2, l3] = length.to_be_bytes();
        out.put(self.initiator_spi.0);
        out.put(self.responder_spi.0);
        out.put([next_payload.0, VERSION, exchange.0, flags.0, m0, m1, m2, m3, l0, l1, l2, l3]);
    }
}
