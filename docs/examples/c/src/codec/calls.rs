//! The functions that read and write octets.

use ikev2_redirect::Reason;
use ikev2_redirect::wire::{
    Contents, ExchangeType, Flags, Header, InitNotifies, InitRedirect, InitRequest, InitResponse,
    Nonce, Notify, PayloadType, Redirect, Spi,
};

use super::{CContents, CHeader, CInitNotifies, CInitRequest, CInitResponse, CRedirect};
use crate::memory::{self, Place};
use crate::status::{BUFFER_TOO_SMALL, Fault, Outcome, status};
use crate::values::{COctets, CTarget, name};

/// Writes `needed` octets into the caller's room; tells their number also if it is too small.
fn write(
    room: Outcome<&mut [u8]>,
    written: Place<usize>,
    needed: usize,
    write: impl FnOnce(&mut [u8]) -> Outcome<usize>,
) -> Outcome<()> {
    let room = room?;
    written.put(needed);
    if room.len() < needed {
        return Err(Fault(BUFFER_TOO_SMALL));
    }
    write(room).map(|_| ())
}

/// `ikr_header_parse`
#[unsafe(no_mangle)]
pub(crate) unsafe extern "C" fn ikr_header_parse(
    message: *const u8,
    length: usize,
    header: *mut CHeader,
) -> u32 {
    status(|| {
        // SAFETY: the header asks for it.
        let (place, message) = unsafe { (Place::new(header)?, memory::octets(message, length)?) };
        let (header, _) = Header::parse(message)?;
        place.put(CHeader {
            initiator_spi: header.initiator_spi.0,
            responder_spi: header.responder_spi.0,
            message_id: header.message_id,
            next_payload: header.next_payload.0,
            exchange: header.exchange.0,
            flags: header.flags.0,
        });
        Ok(())
    })
}

/// `ikr_header_write`
#[unsafe(no_mangle)]
pub(crate) unsafe extern "C" fn ikr_header_write(
    header: *const CHeader,
    payload_octets: u32,
    out: *mut u8,
    size: usize,
    written: *mut usize,
) -> u32 {
    status(|| {
        // SAFETY: the header asks for it.
        let (header, place, room) =
            unsafe { (memory::read(header)?, Place::new(written)?, memory::room(out, size, &[])) };
        let header = Header {
            initiator_spi: Spi(header.initiator_spi),
            responder_spi: Spi(header.responder_spi),
            next_payload: PayloadType(header.next_payload),
            exchange: ExchangeType(header.exchange),
            flags: Flags(header.flags),
            message_id: header.message_id,
        };
        write(room, place, Header::LEN, |room| Ok(header.encode(payload_octets, room)?))
    })
}

/// `ikr_init_request_parse`
#[unsafe(no_mangle)]
pub(crate) unsafe extern "C" fn ikr_init_request_parse(
    message: *const u8,
    length: usize,
    request: *mut CInitRequest,
) -> u32 {
    status(|| {
        // SAFETY: the header asks for it.
        let (place, message) = unsafe { (Place::new(request)?, memory::octets(message, length)?) };
        place.put(InitRequest::parse(message)?.into());
        Ok(())
    })
}

/// `ikr_init_response_parse`
#[unsafe(no_mangle)]
pub(crate) unsafe extern "C" fn ikr_init_response_parse(
    message: *const u8,
    length: usize,
    response: *mut CInitResponse,
) -> u32 {
    status(|| {
        // SAFETY: the header asks for it.
        let (place, message) = unsafe { (Place::new(response)?, memory::octets(message, length)?) };
        place.put(InitResponse::parse(message)?.into());
        Ok(())
    })
}

/// `ikr_contents_parse`
#[unsafe(no_mangle)]
pub(crate) unsafe extern "C" fn ikr_contents_parse(
    first_payload: u8,
    chain: *const u8,
    length: usize,
    contents: *mut CContents,
) -> u32 {
    status(|| {
        // SAFETY: the header asks for it.
        let (place, chain) = unsafe { (Place::new(contents)?, memory::octets(chain, length)?) };
        place.put(Contents::parse(PayloadType(first_payload), chain)?.into());
        Ok(())
    })
}

/// `ikr_redirect_parse`
#[unsafe(no_mangle)]
pub(crate) unsafe extern "C" fn ikr_redirect_parse(
    notify: *const u8,
    length: usize,
    redirect: *mut CRedirect,
) -> u32 {
    // SAFETY: passed on.
    unsafe { parse(notify, length, redirect, |notify| Ok(Redirect::parse(&notify)?.into())) }
}

/// `ikr_init_redirect_parse`
#[unsafe(no_mangle)]
pub(crate) unsafe extern "C" fn ikr_init_redirect_parse(
    notify: *const u8,
    length: usize,
    redirect: *mut CRedirect,
) -> u32 {
    // SAFETY: passed on.
    unsafe { parse(notify, length, redirect, |notify| Ok(InitRedirect::parse(&notify)?.into())) }
}

unsafe fn parse(
    notify: *const u8,
    length: usize,
    redirect: *mut CRedirect,
    parse: impl FnOnce(Notify<'_>) -> Result<CRedirect, Reason>,
) -> u32 {
    status(|| {
        // SAFETY: the header asks for it.
        let (place, body) = unsafe { (Place::new(redirect)?, memory::octets(notify, length)?) };
        let redirect = Notify::parse(body).and_then(parse);
        place.put(redirect.unwrap_or_else(CRedirect::invalid));
        redirect.map(|_| ()).map_err(Fault::from)
    })
}

/// `ikr_redirect_write`
#[unsafe(no_mangle)]
pub(crate) unsafe extern "C" fn ikr_redirect_write(
    target: *const CTarget,
    next_payload: u8,
    out: *mut u8,
    size: usize,
    written: *mut usize,
) -> u32 {
    status(|| {
        // SAFETY: the header asks for it.
        let (target, place, room) = unsafe {
            let target = memory::read(target)?.get()?;
            (target, Place::new(written)?, memory::room(out, size, &[name(target)]))
        };
        let (redirect, next) = (Redirect { target }, PayloadType(next_payload));
        write(room, place, redirect.encoded_len(), |room| Ok(redirect.encode(next, room)?))
    })
}

/// `ikr_init_redirect_write`
#[unsafe(no_mangle)]
pub(crate) unsafe extern "C" fn ikr_init_redirect_write(
    target: *const CTarget,
    nonce: *const COctets,
    next_payload: u8,
    out: *mut u8,
    size: usize,
    written: *mut usize,
) -> u32 {
    status(|| {
        // SAFETY: the header asks for it.
        let (target, nonce, place, room) = unsafe {
            let (target, nonce) = (memory::read(target)?.get()?, memory::read(nonce)?.get()?);
            let room = memory::room(out, size, &[name(target), nonce]);
            (target, Nonce::new(nonce)?, Place::new(written)?, room)
        };
        let (redirect, next) = (InitRedirect { target, nonce }, PayloadType(next_payload));
        write(room, place, redirect.encoded_len(), |room| Ok(redirect.encode(next, room)?))
    })
}

/// `ikr_init_notifies_write`
#[unsafe(no_mangle)]
pub(crate) unsafe extern "C" fn ikr_init_notifies_write(
    notifies: *const CInitNotifies,
    next_payload: u8,
    out: *mut u8,
    size: usize,
    written: *mut usize,
) -> u32 {
    status(|| {
        // SAFETY: the header asks for it.
        let (notifies, place, room) = unsafe {
            (memory::read(notifies)?, Place::new(written)?, memory::room(out, size, &[]))
        };
        let (notifies, next) = (notifies.get()?, PayloadType(next_payload));
        // No notification: nothing to write, and no room is needed.
        let mut longest = [0; InitNotifies::MAX_LEN];
        let needed = notifies.encode(next, &mut longest)?;
        write(room, place, needed, |room| Ok(notifies.encode(next, room)?))
    })
}
