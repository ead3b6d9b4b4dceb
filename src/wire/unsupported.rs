//! First messages that cannot be read, and whose sender is to be told why.

use super::header::{ExchangeType, Flags, Header, Spi};
use super::init::check_first;
use super::notify::{NotifyType, payload_len, write_head};
use super::payload::{PayloadType, Payloads};
use super::writer::{BufferTooSmall, Writer};
use crate::Reason;

/// A first message that asks for something unknown, of which RFC 7296 (2.5) wants the sender told.
///
/// ```
/// use ikev2_redirect::wire::{Unsupported, UnsupportedRequest};
///
/// let mut message = [0; 28];
/// message[0] = 1; // the client's SPI
/// message[17] = 0x30; // version 3.0
/// message[18] = 34; // IKE_SA_INIT
/// message[19] = 0x08; // a request of the initiator
/// message[27] = 28; // the length
/// let request = UnsupportedRequest::parse(&message).unwrap().unwrap();
/// assert_eq!(request.what, Unsupported::MajorVersion);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct UnsupportedRequest {
    /// Octets of the message.
    pub length: usize,
    /// The client's SPI.
    pub initiator_spi: Spi,
    /// The exchange, which is that of the answer, too.
    pub exchange: ExchangeType,
    /// What is unknown.
    pub what: Unsupported,
}

/// What a first message asks for and nobody here knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Unsupported {
    /// Its major version is higher than 2.
    MajorVersion,
    /// A payload of this type is marked critical.
    CriticalPayload(PayloadType),
}

impl UnsupportedRequest {
    /// Reads a message as far as is needed. `None` says that nothing unknown was found.
    ///
    /// The message has to be a first one in any case: a request of the initiator with message id 0,
    /// with an SPI of the client and none of the gateway.
    ///
    /// # Errors
    /// Why the message is not one to answer: its octets do not add up before something unknown is
    /// found, it is no first message, or its major version is lower than 2.
    pub fn parse(message: &[u8]) -> Result<Option<Self>, Reason> {
        let (header, what) = match Header::parse(message) {
            Ok((header, payloads)) => {
                check_first(&header)?;
                let Some(kind) = unknown_critical(header.next_payload, payloads)? else {
                    return Ok(None);
                };
                (header, Unsupported::CriticalPayload(kind))
            }
            Err(Reason::UnsupportedVersion) => {
                let header = Header::parse_later_version(message)?;
                // The exchanges of that version are not known either.
                check_first(&Header { exchange: ExchangeType::IKE_SA_INIT, ..header })?;
                (header, Unsupported::MajorVersion)
            }
            Err(reason) => return Err(reason),
        };
        Ok(Some(UnsupportedRequest {
            length: message.len(),
            initiator_spi: header.initiator_spi,
            exchange: header.exchange,
            what,
        }))
    }

    /// Octets of the response that [`write_error`](Self::write_error) writes.
    #[must_use]
    pub const fn error_len(&self) -> usize {
        Header::LEN + payload_len(self.data_len())
    }

    /// Writes the response that tells the sender: INVALID_MAJOR_VERSION, in a message of the
    /// version that is known, or UNSUPPORTED_CRITICAL_PAYLOAD with the type. Returns its length.
    ///
    /// # Errors
    /// [`BufferTooSmall`].
    pub fn write_error(&self, out: &mut [u8]) -> Result<usize, BufferTooSmall> {
        let mut writer = Writer::new(out, self.error_len())?;
        let header = Header {
            initiator_spi: self.initiator_spi,
            responder_spi: Spi::ZERO,
            next_payload: PayloadType::NOTIFY,
            exchange: self.exchange,
            flags: Flags::RESPONSE,
            message_id: 0,
        };
        header.write(payload_len(self.data_len()) as u32, &mut writer);
        let kind = match self.what {
            Unsupported::MajorVersion => NotifyType::INVALID_MAJOR_VERSION,
            Unsupported::CriticalPayload(_) => NotifyType::UNSUPPORTED_CRITICAL_PAYLOAD,
        };
        write_head(PayloadType::NONE, kind, self.data_len(), &mut writer);
        if let Unsupported::CriticalPayload(unknown) = self.what {
            writer.put([unknown.0]);
        }
        Ok(writer.finish())
    }

    const fn data_len(&self) -> usize {
        match self.what {
            Unsupported::MajorVersion => 0,
            Unsupported::CriticalPayload(_) => 1,
        }
    }
}

/// The first payload that is critical and of unknown type.
fn unknown_critical(first: PayloadType, chain: &[u8]) -> Result<Option<PayloadType>, Reason> {
    for payload in Payloads::new(first, chain) {
        let payload = payload?;
        if payload.critical && !payload.kind.is_registered() {
            return Ok(Some(payload.kind));
        }
    }
    Ok(None)
}
