//! Messages and notifications: octets to structures and back.

use ikev2_redirect::Reason;
use ikev2_redirect::wire::{
    Contents, Header, InitNotifies, InitRedirect, InitRequest, InitResponse, Nonce, NotifyType,
    Redirect, Spi,
};

use crate::define::{constants, structures};
use crate::status::{self, Fault, Outcome, UNKNOWN_TAG};
use crate::values::{CAddress, COctets, CTarget, flag};

mod calls;

constants! {
    "IKR_": u32 {
        ABSENT = 0;
        VALID = 1;
        INVALID = 2;
    }
    "IKR_": usize {
        HEADER_LENGTH = Header::LEN;
        MAX_NOTIFIES = InitNotifies::MAX_LEN;
        MAX_REDIRECT = InitRequest::MAX_REDIRECT_LEN - Header::LEN;
    }
}

structures! {
    /// The fields of `Header`.
    struct CHeader = "ikr_header" {
        initiator_spi: [u8; 8],
        responder_spi: [u8; 8],
        message_id: u32,
        next_payload: u8,
        exchange: u8,
        flags: u8,
    }

    /// `Option<Result<Redirect, Reason>>`, or with a nonce.
    struct CRedirect = "ikr_redirect" {
        state: u32,
        reason: u32,
        target: CTarget,
        nonce: COctets,
    }

    /// The fields of `InitRequest`.
    struct CInitRequest = "ikr_init_request" {
        length: usize,
        initiator_spi: [u8; 8],
        nonce: COctets,
        cookie: COctets,
        redirected_from: CAddress,
        redirected_from_state: u32,
        redirected_from_reason: u32,
        redirect_supported: u8,
        has_cookie: u8,
        resumption: u8,
    }

    /// The fields of `InitResponse`.
    struct CInitResponse = "ikr_init_response" {
        initiator_spi: [u8; 8],
        responder_spi: [u8; 8],
        redirect: CRedirect,
        accepts: u8,
        multiple_auth_supported: u8,
        resumption: u8,
    }

    /// The fields of `Contents`.
    struct CContents = "ikr_contents" {
        redirect: CRedirect,
        fatal_error: u16,
        auth: u8,
        eap: u8,
        sa: u8,
        another_auth_follows: u8,
        multiple_auth_supported: u8,
        deletes_ike_sa: u8,
    }

    /// The fields of `InitNotifies`.
    struct CInitNotifies = "ikr_init_notifies" {
        redirected_from: CAddress,
        redirect_supported: u8,
    }
}

impl CRedirect {
    const ABSENT: CRedirect =
        CRedirect { state: ABSENT, reason: 0, target: CTarget::NONE, nonce: COctets::EMPTY };

    const fn invalid(reason: Reason) -> Self {
        CRedirect { state: INVALID, reason: reason as u32, ..Self::ABSENT }
    }

    fn found(redirect: Option<Result<CRedirect, Reason>>) -> Self {
        match redirect {
            None => Self::ABSENT,
            Some(Ok(redirect)) => redirect,
            Some(Err(reason)) => Self::invalid(reason),
        }
    }

    /// What the state says, given what to make of a valid one.
    fn judge<T>(&self, valid: impl FnOnce() -> Outcome<T>) -> Outcome<Option<Result<T, Reason>>> {
        match self.state {
            ABSENT => Ok(None),
            VALID => valid().map(|redirect| Some(Ok(redirect))),
            INVALID => Ok(Some(Err(status::reason(self.reason)?))),
            _ => Err(Fault(UNKNOWN_TAG)),
        }
    }
}

impl From<Redirect<'_>> for CRedirect {
    fn from(redirect: Redirect<'_>) -> Self {
        CRedirect { state: VALID, target: redirect.target.into(), ..Self::ABSENT }
    }
}

impl From<InitRedirect<'_>> for CRedirect {
    fn from(InitRedirect { target, nonce }: InitRedirect<'_>) -> Self {
        let (target, nonce) = (target.into(), nonce.octets().into());
        CRedirect { state: VALID, target, nonce, ..Self::ABSENT }
    }
}

impl From<InitRequest<'_>> for CInitRequest {
    fn from(request: InitRequest<'_>) -> Self {
        let (state, from, reason) = match request.redirected_from {
            None => (ABSENT, None, 0),
            Some(Ok(from)) => (VALID, Some(from), 0),
            Some(Err(reason)) => (INVALID, None, reason as u32),
        };
        CInitRequest {
            length: request.length,
            initiator_spi: request.initiator_spi.0,
            nonce: request.nonce.octets().into(),
            cookie: request.cookie.map_or(COctets::EMPTY, COctets::from),
            redirected_from: from.into(),
            redirected_from_state: state,
            redirected_from_reason: reason,
            redirect_supported: request.redirect_supported.into(),
            has_cookie: request.cookie.is_some().into(),
            resumption: request.resumption.into(),
        }
    }
}

impl CInitRequest {
    /// # Safety
    /// Its octets can be read.
    pub(crate) unsafe fn get<'a>(&self) -> Outcome<InitRequest<'a>> {
        // SAFETY: passed on.
        let nonce = unsafe { self.nonce.get() }?;
        let cookie = match flag(self.has_cookie)? {
            // SAFETY: passed on.
            true => Some(unsafe { self.cookie.get() }?),
            false => None,
        };
        let redirected_from = match self.redirected_from_state {
            ABSENT => None,
            VALID => Some(Ok(self.redirected_from.get()?)),
            INVALID => Some(Err(status::reason(self.redirected_from_reason)?)),
            _ => return Err(Fault(UNKNOWN_TAG)),
        };
        Ok(InitRequest {
            length: self.length,
            initiator_spi: Spi(self.initiator_spi),
            nonce: Nonce::new(nonce)?,
            redirect_supported: flag(self.redirect_supported)?,
            redirected_from,
            cookie,
            resumption: flag(self.resumption)?,
        })
    }
}

impl From<InitResponse<'_>> for CInitResponse {
    fn from(response: InitResponse<'_>) -> Self {
        CInitResponse {
            initiator_spi: response.initiator_spi.0,
            responder_spi: response.responder_spi.0,
            redirect: CRedirect::found(response.redirect.map(|it| it.map(CRedirect::from))),
            accepts: response.accepts.into(),
            multiple_auth_supported: response.multiple_auth_supported.into(),
            resumption: response.resumption.into(),
        }
    }
}

impl CInitResponse {
    /// # Safety
    /// Its octets can be read.
    pub(crate) unsafe fn get<'a>(&self) -> Outcome<InitResponse<'a>> {
        let CRedirect { target, nonce, .. } = self.redirect;
        let redirect = self.redirect.judge(|| {
            // SAFETY: passed on.
            let (target, nonce) = unsafe { (target.get()?, nonce.get()?) };
            Ok(InitRedirect { target, nonce: Nonce::new(nonce)? })
        })?;
        Ok(InitResponse {
            initiator_spi: Spi(self.initiator_spi),
            responder_spi: Spi(self.responder_spi),
            redirect,
            accepts: flag(self.accepts)?,
            multiple_auth_supported: flag(self.multiple_auth_supported)?,
            resumption: flag(self.resumption)?,
        })
    }
}

impl From<Contents<'_>> for CContents {
    fn from(contents: Contents<'_>) -> Self {
        CContents {
            redirect: CRedirect::found(contents.redirect.map(|it| it.map(CRedirect::from))),
            fatal_error: contents.fatal_error.map_or(0, |error| error.0),
            auth: contents.auth.into(),
            eap: contents.eap.into(),
            sa: contents.sa.into(),
            another_auth_follows: contents.another_auth_follows.into(),
            multiple_auth_supported: contents.multiple_auth_supported.into(),
            deletes_ike_sa: contents.deletes_ike_sa.into(),
        }
    }
}

impl CContents {
    /// # Safety
    /// The octets of its target can be read.
    pub(crate) unsafe fn get<'a>(&self) -> Outcome<Contents<'a>> {
        // SAFETY: passed on.
        let valid = || Ok(Redirect { target: unsafe { self.redirect.target.get() }? });
        Ok(Contents {
            redirect: self.redirect.judge(valid)?,
            auth: flag(self.auth)?,
            eap: flag(self.eap)?,
            sa: flag(self.sa)?,
            another_auth_follows: flag(self.another_auth_follows)?,
            multiple_auth_supported: flag(self.multiple_auth_supported)?,
            deletes_ike_sa: flag(self.deletes_ike_sa)?,
            fatal_error: (self.fatal_error != 0).then_some(NotifyType(self.fatal_error)),
        })
    }
}

impl From<InitNotifies> for CInitNotifies {
    fn from(notifies: InitNotifies) -> Self {
        CInitNotifies {
            redirected_from: notifies.redirected_from.into(),
            redirect_supported: notifies.redirect_supported.into(),
        }
    }
}

impl CInitNotifies {
    pub(crate) const NONE: CInitNotifies =
        CInitNotifies { redirected_from: CAddress::NONE, redirect_supported: 0 };

    fn get(&self) -> Outcome<InitNotifies> {
        Ok(InitNotifies {
            redirect_supported: flag(self.redirect_supported)?,
            redirected_from: self.redirected_from.find()?,
        })
    }
}
