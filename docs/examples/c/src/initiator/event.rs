//! Events, from C structures.

use ikev2_redirect::auth::{AuthMessage, PeerAuth};
use ikev2_redirect::initiator::{Event, SentInit};
use ikev2_redirect::wire::Spi;

use crate::codec::{CContents, CInitResponse};
use crate::define::{constants, structures};
use crate::status::{Fault, Outcome, UNKNOWN_TAG};
use crate::values::{CAddress, COctets, flag};

constants! {
    "IKR_": u32 {
        AUTH_ABSENT = 0;
        AUTH_VERIFIED = 1;
        AUTH_FAILED = 2;
    }
    "IKR_INITIATOR_EVENT_": u32 {
        INIT_RESPONSE_RECEIVED = 1;
        INIT_COMPLETED = 2;
        AUTH_REQUEST_SENT = 3;
        AUTH_RESPONSE_RECEIVED = 4;
        ESTABLISHED = 5;
        GIVEN_UP = 6;
        INFORMATIONAL_RECEIVED = 7;
        MISPLACED_REDIRECT = 8;
        DELETED = 9;
        REKEYED = 10;
        GATEWAY_MOVED = 11;
    }
}

structures! {
    /// The fields of `AuthMessage`.
    struct CAuthMessage = "ikr_auth_message" {
        auth: u8,
        eap: u8,
        another_auth_follows: u8,
        multiple_auth_supported: u8,
    }

    /// An `Event`: the tag, and what goes with some tag.
    struct CEvent = "ikr_initiator_event" {
        tag: u32,
        peer_auth: u32,
        sent_spi: [u8; 8],
        sent_nonce: COctets,
        response: CInitResponse,
        contents: CContents,
        auth_sent: CAuthMessage,
        gateway: CAddress,
        multiple_auth_offered: u8,
        repeated: u8,
    }
}

impl CAuthMessage {
    pub(crate) fn get(&self) -> Outcome<AuthMessage> {
        Ok(AuthMessage {
            auth: flag(self.auth)?,
            eap: flag(self.eap)?,
            another_auth_follows: flag(self.another_auth_follows)?,
            multiple_auth_supported: flag(self.multiple_auth_supported)?,
        })
    }
}

/// What the host says of an AUTH payload.
pub(crate) fn peer_auth(tag: u32) -> Outcome<PeerAuth> {
    match tag {
        AUTH_ABSENT => Ok(PeerAuth::Absent),
        AUTH_VERIFIED => Ok(PeerAuth::Verified),
        AUTH_FAILED => Ok(PeerAuth::Failed),
        _ => Err(Fault(UNKNOWN_TAG)),
    }
}

impl CEvent {
    /// # Safety
    /// The octets that go with its tag can be read.
    pub(crate) unsafe fn get<'a>(&self) -> Outcome<Event<'a, 'a>> {
        Ok(match self.tag {
            INIT_RESPONSE_RECEIVED => {
                // SAFETY: passed on.
                let (nonce, response) = unsafe { (self.sent_nonce.get()?, self.response.get()?) };
                let sent = SentInit { spi: Spi(self.sent_spi), nonce };
                Event::InitResponseReceived { sent, response }
            }
            INIT_COMPLETED => {
                Event::InitCompleted { multiple_auth_offered: flag(self.multiple_auth_offered)? }
            }
            AUTH_REQUEST_SENT => Event::AuthRequestSent { sent: self.auth_sent.get()? },
            AUTH_RESPONSE_RECEIVED => Event::AuthResponseReceived {
                peer: peer_auth(self.peer_auth)?,
                // SAFETY: passed on.
                contents: unsafe { self.contents.get() }?,
            },
            ESTABLISHED => Event::Established,
            GIVEN_UP => Event::GivenUp,
            INFORMATIONAL_RECEIVED => Event::InformationalReceived {
                // SAFETY: passed on.
                contents: unsafe { self.contents.get() }?,
                repeated: flag(self.repeated)?,
            },
            MISPLACED_REDIRECT => Event::MisplacedRedirect,
            DELETED => Event::Deleted,
            REKEYED => Event::Rekeyed,
            GATEWAY_MOVED => Event::GatewayMoved { to: self.gateway.get()? },
            _ => return Err(Fault(UNKNOWN_TAG)),
        })
    }
}
