//! The decrypted payloads of a protected message.

use super::init::merge;
use super::notify::{Notify, NotifyType};
use super::payload::{Payload, PayloadType, Payloads};
use super::redirect::Redirect;
use crate::Reason;

/// What the machines need to know of an IKE_AUTH or INFORMATIONAL message.
///
/// ```
/// use ikev2_redirect::wire::{Contents, PayloadType, Redirect};
///
/// // N(REDIRECT, 192.0.2.45), as it stood inside the SK payload.
/// let chain = [0, 0, 0, 14, 0, 0, 0x40, 0x17, 1, 4, 192, 0, 2, 45];
/// let contents = Contents::parse(PayloadType::NOTIFY, &chain).unwrap();
/// let target = std::net::Ipv4Addr::new(192, 0, 2, 45).into();
/// assert_eq!(contents.redirect, Some(Ok(Redirect { target })));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Contents<'a> {
    /// The REDIRECT, if one is there, or what is wrong with it.
    pub redirect: Option<Result<Redirect<'a>, Reason>>,
    /// An AUTH payload is there. Whether it is right is for the host to say.
    pub auth: bool,
    /// An EAP payload is there.
    pub eap: bool,
    /// An SA payload is there: a CHILD SA is wanted or granted.
    pub sa: bool,
    /// An ANOTHER_AUTH_FOLLOWS is there (RFC 4739).
    pub another_auth_follows: bool,
    /// A MULTIPLE_AUTH_SUPPORTED is there (RFC 4739).
    pub multiple_auth_supported: bool,
    /// A DELETE of the IKE SA itself is there (not one of ESP or AH SAs).
    pub deletes_ike_sa: bool,
    /// The first notification that ends an IKE_AUTH phase (RFC 7296, 1.2 and 2.21.2):
    /// AUTHENTICATION_FAILED, INVALID_SYNTAX or UNSUPPORTED_CRITICAL_PAYLOAD. Other errors leave
    /// the IKE SA standing and do not show here.
    pub fatal_error: Option<NotifyType>,
}

impl<'a> Contents<'a> {
    /// A message without any of it.
    pub const EMPTY: Self = Contents {
        redirect: None,
        auth: false,
        eap: false,
        sa: false,
        another_auth_follows: false,
        multiple_auth_supported: false,
        deletes_ike_sa: false,
        fatal_error: None,
    };

    /// Reads the payloads that stood inside the SK payload, after the host has checked its
    /// integrity and decrypted it; `first` is the next-payload field of the SK payload.
    ///
    /// # Errors
    /// The one reason why the chain does not add up. What is wrong with a REDIRECT is shown in
    /// its field and does not make the message invalid. Critical payloads of unknown type are
    /// the host's to refuse, since it may know them.
    pub fn parse(first: PayloadType, chain: &'a [u8]) -> Result<Self, Reason> {
        let mut contents = Contents::EMPTY;
        for payload in Payloads::new(first, chain) {
            contents.add(&payload?)?;
        }
        Ok(contents)
    }

    fn add(&mut self, payload: &Payload<'a>) -> Result<(), Reason> {
        match payload.kind {
            PayloadType::AUTH => self.auth = true,
            PayloadType::EAP => self.eap = true,
            PayloadType::SA => self.sa = true,
            PayloadType::DELETE => self.deletes_ike_sa |= payload.body.first() == Some(&IKE),
            PayloadType::NOTIFY => self.add_notify(&Notify::parse(payload.body)?),
            _ => {}
        }
        Ok(())
    }

    fn add_notify(&mut self, notify: &Notify<'a>) {
        match notify.kind {
            NotifyType::REDIRECT => merge(&mut self.redirect, Redirect::parse(notify)),
            NotifyType::AUTHENTICATION_FAILED
            | NotifyType::INVALID_SYNTAX
            | NotifyType::UNSUPPORTED_CRITICAL_PAYLOAD => {
                self.fatal_error.get_or_insert(notify.kind);
            }
            NotifyType::ANOTHER_AUTH_FOLLOWS => self.another_auth_follows = true,
            NotifyType::MULTIPLE_AUTH_SUPPORTED => self.multiple_auth_supported = true,
            _ => {}
        }
    }
}

/// The protocol id of the IKE SA in a Delete payload.
const IKE: u8 = 1;
