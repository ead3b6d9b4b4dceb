//! The Notify payload.

use super::payload::{GENERIC_LEN, PayloadType};
use super::writer::Writer;
use crate::Reason;

/// What a Notify payload says; values without a constant here are kept as they are (`R10-3`).
/// The three of the mechanism stand in the range of status types (`R10-1`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct NotifyType(pub u16);

impl NotifyType {
    /// A payload of a type that the receiver does not know was marked critical; the data is that
    /// type.
    pub const UNSUPPORTED_CRITICAL_PAYLOAD: Self = Self(1);
    /// The receiver does not know the major version of the message.
    pub const INVALID_MAJOR_VERSION: Self = Self(5);
    /// A field of the message is out of its range.
    pub const INVALID_SYNTAX: Self = Self(7);
    /// The responder accepts none of the offered proposals.
    pub const NO_PROPOSAL_CHOSEN: Self = Self(14);
    /// The responder wants another Diffie-Hellman group.
    pub const INVALID_KE_PAYLOAD: Self = Self(17);
    /// The peer's AUTH payload is wrong.
    pub const AUTHENTICATION_FAILED: Self = Self(24);
    /// A cookie to be echoed, or echoed.
    pub const COOKIE: Self = Self(16390);
    /// The sender takes part in several authentications (RFC 4739).
    pub const MULTIPLE_AUTH_SUPPORTED: Self = Self(16404);
    /// The sender authenticates once more (RFC 4739).
    pub const ANOTHER_AUTH_FOLLOWS: Self = Self(16405);
    /// The sender can be redirected. `R7.1-5`, `D12-1`
    pub const REDIRECT_SUPPORTED: Self = Self(16406);
    /// Go to another gateway. `R7.2-6`, `D12-1`
    pub const REDIRECT: Self = Self(16407);
    /// Another gateway sent me here. `R7.3-5`, `D12-1`
    pub const REDIRECTED_FROM: Self = Self(16408);
    /// The gateway takes no session from the ticket (RFC 5723).
    pub const TICKET_NACK: Self = Self(16412);
    /// The ticket of the session to resume (RFC 5723).
    pub const TICKET_OPAQUE: Self = Self(16413);

    /// Whether the type reports an error; all others report a status.
    #[must_use]
    pub const fn is_error(self) -> bool {
        self.0 < 16384
    }
}

/// A Notify payload. The protocol id is ignored on receipt (`R7.1-3`) and written as zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Notify<'a> {
    /// What it says.
    pub kind: NotifyType,
    /// The SPI that it is about, mostly empty.
    pub spi: &'a [u8],
    /// The data that goes with the type.
    pub data: &'a [u8],
}

/// Octets of protocol id, SPI size and type.
const FIXED_LEN: usize = 4;

impl<'a> Notify<'a> {
    /// Reads the body of a Notify payload.
    ///
    /// # Errors
    /// [`Reason::NotifyLength`] when it is too short for its fixed fields and its SPI.
    pub fn parse(body: &'a [u8]) -> Result<Self, Reason> {
        let (&[_protocol, spi_size, t0, t1], behind) =
            body.split_first_chunk::<FIXED_LEN>().ok_or(Reason::NotifyLength)?;
        let (spi, data) =
            behind.split_at_checked(usize::from(spi_size)).ok_or(Reason::NotifyLength)?;
        Ok(Notify { kind: NotifyType(u16::from_be_bytes([t0, t1])), spi, data })
    }

    /// The data of a notification of type `kind`, which stands for itself: no SPI (`R7.1-2`,
    /// `R7.2-3`, `R7.3-3`).
    pub(super) fn data_of(&self, kind: NotifyType) -> Result<&'a [u8], Reason> {
        if self.kind != kind {
            Err(Reason::WrongNotifyType)
        } else if !self.spi.is_empty() {
            Err(Reason::SpiSize)
        } else {
            Ok(self.data)
        }
    }
}

/// Octets of a whole Notify payload with `data_len` octets of data.
pub(super) const fn payload_len(data_len: usize) -> usize {
    GENERIC_LEN + FIXED_LEN + data_len
}

/// Writes a whole Notify payload with protocol id 0 and SPI size 0, except its data
/// (`R7.1-2`, `R7.1-3`, `R7.1-4`; `R7.2-3`, `R7.2-4`; `R7.3-3`, `R7.3-4`).
pub(super) fn write_head(
    next: PayloadType,
    kind: NotifyType,
    data_len: usize,
    out: &mut Writer<'_>,
) {
    // Lossless: a name has at most 254 octets, a nonce at most 256.
    let [l0, l1] = (payload_len(data_len) as u16).to_be_bytes();
    let [t0, t1] = kind.0.to_be_bytes();
    out.put([next.0, 0, l0, l1, 0, 0, t0, t1]);
}
