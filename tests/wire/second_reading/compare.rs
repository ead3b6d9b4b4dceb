//! One message, read by both in every way in which it can be.

use std::collections::BTreeSet;
use std::fmt::Debug;
use std::net::IpAddr;

use ikev2_redirect::wire::{
    Contents, Header, InitRedirect, InitRequest, InitResponse, NotifyType, PayloadType, Payloads,
    Unsupported, UnsupportedRequest,
};
use ikev2_redirect::{Reason, Target};

use super::decoder::{self, Chain, Clear, Faults, Identity};

/// What was seen of both readings, by name.
type Sights = BTreeSet<String>;

/// The two readings of something.
fn same<T: PartialEq + Debug>(what: &str, crates: T, second: T) -> Result<(), String> {
    if crates == second {
        Ok(())
    } else {
        Err(format!("{what}: the crate reads {crates:?}, the second reading is {second:?}"))
    }
}

/// Both accept, or the crate's reason is one of the faults that were found. Whether they accept.
fn same_verdict<T: Debug>(
    who: &str,
    crates: &Result<T, Reason>,
    faults: &[&str],
    seen: &mut Sights,
) -> Result<bool, String> {
    match crates {
        Ok(_) if faults.is_empty() => Ok(true),
        Err(reason) if faults.contains(&reason.name()) => {
            seen.insert(format!("{who}: {reason}"));
            Ok(false)
        }
        _ => Err(format!("{who}: the crate says {crates:?}, the second reading finds {faults:?}")),
    }
}

pub(super) fn all(octets: &[u8], seen: &mut Sights) -> Result<(), String> {
    header(octets)?;
    request(octets, seen)?;
    response(octets, seen)?;
    unsupported(octets, seen)?;
    if octets.len() >= 28 {
        payloads(octets[16], &octets[28..])?;
        contents(octets[16], &octets[28..], seen)?;
    }
    Ok(())
}

/// The fields of RFC 7296, 3.1. Whether there may be such a message at all, the others compare.
fn header(octets: &[u8]) -> Result<(), String> {
    let Ok((found, payloads)) = Header::parse(octets) else { return Ok(()) };
    let spis = [found.initiator_spi.0, found.responder_spi.0].concat();
    same("SPIs", &spis[..], &octets[..16])?;
    let fields = [found.next_payload.0, found.exchange.0, found.flags.0];
    same("fields", fields, [octets[16], octets[18], octets[19]])?;
    same("message id", found.message_id as usize, decoder::number(&octets[20..24]))?;
    same("octets of the payloads", payloads, &octets[28..])
}

fn owned(target: Target<'_>) -> Identity {
    match target {
        Target::V4(address) => Identity::Address(address.into()),
        Target::V6(address) => Identity::Address(address.into()),
        Target::Fqdn(name) => Identity::Name(name.as_str().to_owned()),
    }
}

/// Both read the same of a notification, or what the crate finds wrong with it is wrong.
fn same_notification<T, U: PartialEq + Debug>(
    what: &str,
    crates: Option<Result<T, Reason>>,
    to_second: impl Fn(T) -> U,
    second: &Option<Result<U, Faults>>,
) -> Result<(), String> {
    let crates = crates.map(|found| found.map(to_second));
    let agree = match (&crates, second) {
        (Some(Err(reason)), Some(Err(faults))) => faults.contains(&reason.name()),
        (Some(Ok(crates)), Some(Ok(second))) => crates == second,
        (crates, second) => crates.is_none() && second.is_none(),
    };
    if agree {
        Ok(())
    } else {
        Err(format!("{what}: the crate reads {crates:?}, the second reading is {second:?}"))
    }
}

fn see(who: &str, found: Option<Option<&Identity>>, count: usize, seen: &mut Sights) {
    let what = match found {
        None => "no redirect",
        Some(None) => "unbelieved",
        Some(Some(Identity::Address(IpAddr::V4(_)))) => "v4",
        Some(Some(Identity::Address(IpAddr::V6(_)))) => "v6",
        Some(Some(Identity::Name(_))) => "name",
    };
    seen.insert(format!("{who}: {what}"));
    if count > 1 && matches!(found, Some(Some(_))) {
        seen.insert(format!("{who}: twice"));
    }
}

fn request(octets: &[u8], seen: &mut Sights) -> Result<(), String> {
    let crates = InitRequest::parse(octets);
    let second = decoder::clear(octets, false);
    if !same_verdict("request", &crates, &second.faults, seen)? {
        return Ok(());
    }
    let Clear { chain, .. } = &second;
    let found = crates.unwrap();
    same("length", found.length, octets.len())?;
    same("initiator's SPI", found.initiator_spi.0.to_vec(), second.initiator_spi.clone())?;
    same("Ni", found.nonce.octets().to_vec(), chain.bodies(40).remove(0))?;
    let supported = chain.of_type(16406).iter().any(|notification| notification.spi.is_empty());
    same("support", found.redirect_supported, supported)?;
    let notifications = chain.of_type(16408);
    let from = decoder::agreed(&notifications, decoder::redirected_from);
    same_notification("redirected from", found.redirected_from, |from| from, &from)?;
    let may_be_redirected = supported || matches!(from, Some(Ok(_)));
    same("may be redirected", found.supports_redirect(), may_be_redirected)?;
    let cookie = chain.of_type(16390).pop().map(|notification| notification.data);
    same("cookie", found.cookie.map(<[u8]>::to_vec), cookie.clone())?;
    same("resumption", found.resumption, second.exchange == 38)?;

    let from = from.map(|from| from.ok().map(Identity::Address));
    see("request", from.as_ref().map(Option::as_ref), notifications.len(), seen);
    see_if(found.resumption, "request: resumption", seen);
    see_if(cookie.is_some(), "request: cookie", seen);
    Ok(())
}

fn see_if(holds: bool, what: &str, seen: &mut Sights) {
    if holds {
        seen.insert(what.to_owned());
    }
}

fn response(octets: &[u8], seen: &mut Sights) -> Result<(), String> {
    let crates = InitResponse::parse(octets);
    let second = decoder::clear(octets, true);
    if !same_verdict("response", &crates, &second.faults, seen)? {
        return Ok(());
    }
    let Clear { chain, .. } = &second;
    let found = crates.unwrap();
    same("initiator's SPI", found.initiator_spi.0.to_vec(), second.initiator_spi.clone())?;
    same("responder's SPI", found.responder_spi.0.to_vec(), second.responder_spi.clone())?;
    let notifications = chain.of_type(16407);
    let redirect = decoder::agreed(&notifications, decoder::redirect_with_nonce);
    let to_second = |it: InitRedirect<'_>| (owned(it.target), it.nonce.octets().to_vec());
    same_notification("redirect", found.redirect, to_second, &redirect)?;
    let accepts = match second.exchange {
        38 => chain.has(40) && !chain.has_type(16412),
        _ => chain.has(33) && chain.has(34) && chain.has(40),
    };
    same("accepts", found.accepts, accepts)?;
    same("multiple auth", found.multiple_auth_supported, chain.has_type(16404))?;
    same("resumption", found.resumption, second.exchange == 38)?;

    let target = redirect.as_ref().map(|it| it.as_ref().ok().map(|(target, _)| target));
    see("response", target, notifications.len(), seen);
    see_if(found.resumption, "response: resumption", seen);
    see_if(accepts, "response: accepts", seen);
    Ok(())
}

fn contents(first: u8, octets: &[u8], seen: &mut Sights) -> Result<(), String> {
    let crates = Contents::parse(PayloadType(first), octets);
    let chain = decoder::chain(first, octets, true);
    let mut faults: Vec<&str> = chain.fault.into_iter().collect();
    if chain.has_unreadable_notification() {
        faults.push("notify-length");
    }
    if !same_verdict("contents", &crates, &faults, seen)? {
        return Ok(());
    }
    let found = crates.unwrap();
    let notifications = chain.of_type(16407);
    let redirect = decoder::agreed(&notifications, decoder::redirect);
    same_notification("redirect", found.redirect, |it| owned(it.target), &redirect)?;
    same("AUTH", found.auth, chain.has(39))?;
    same("EAP", found.eap, chain.has(48))?;
    same("SA", found.sa, chain.has(33))?;
    same("another auth", found.another_auth_follows, chain.has_type(16405))?;
    same("multiple auth", found.multiple_auth_supported, chain.has_type(16404))?;
    let deletes = chain.bodies(42).iter().any(|body| body.first() == Some(&1));
    same("deletes the IKE SA", found.deletes_ike_sa, deletes)?;
    let fatal = first_fatal(&chain);
    same("fatal error", found.fatal_error, fatal)?;

    let target = redirect.as_ref().map(|it| it.as_ref().ok());
    see("contents", target, notifications.len(), seen);
    see_if(fatal.is_some(), "contents: fatal", seen);
    see_if(deletes, "contents: deletes", seen);
    see_if(chain.has(46) || chain.has(53), "contents: encrypted", seen);
    Ok(())
}

/// RFC 7296, 2.21.2: these three end the IKE SA that is being set up.
fn first_fatal(chain: &Chain) -> Option<NotifyType> {
    let all = chain.notifications();
    let fatal = all.iter().find(|notification| [24, 7, 1].contains(&notification.kind));
    fatal.map(|notification| NotifyType(notification.kind as u16))
}

/// The payloads one by one, and the fault behind them.
fn payloads(first: u8, octets: &[u8]) -> Result<(), String> {
    let second = decoder::chain(first, octets, true);
    let mut crates: Vec<_> = Payloads::new(PayloadType(first), octets).collect();
    if let Some(fault) = second.fault {
        let last = crates.pop().and_then(Result::err);
        same("fault of the chain", last.map(Reason::name), Some(fault))?;
    }
    let crates: Result<Vec<_>, _> = crates.into_iter().collect();
    let crates = crates.map_err(|fault| format!("{fault} in a chain in which nothing is wrong"))?;
    let owned = crates.iter().map(|payload| decoder::Payload {
        kind: payload.kind.0,
        critical: payload.critical,
        next: payload.next.0,
        body: payload.body.to_vec(),
    });
    same("payloads", owned.collect(), second.payloads)
}

/// What cannot be read and is to be answered (RFC 7296, 2.5).
fn unsupported(octets: &[u8], seen: &mut Sights) -> Result<(), String> {
    let crates = UnsupportedRequest::parse(octets);
    let mut second = decoder::header(octets, false);
    let version = octets.get(17).map_or(0, |version| version / 16);
    let mut unknown = Vec::new();
    if octets.len() >= 28 && version < 2 {
        second.faults.push("unsupported-version");
    }
    if octets.len() >= 28 && version == 2 {
        if second.exchange != 34 && second.exchange != 38 {
            second.faults.push("wrong-exchange");
        }
        let chain = decoder::chain(octets[16], &octets[28..], true);
        unknown = chain.unknown_critical();
        // What stands behind the first unknown payload does not matter.
        if unknown.is_empty() {
            second.faults.extend(chain.fault);
        }
    }
    if !same_verdict("unsupported", &crates, &second.faults, seen)? {
        return Ok(());
    }
    let found = crates.unwrap();
    let what = match unknown.first() {
        _ if version > 2 => Some(Unsupported::MajorVersion),
        Some(kind) => Some(Unsupported::CriticalPayload(PayloadType(*kind))),
        None => None,
    };
    same("unsupported", found.map(|request| request.what), what)?;
    if let Some(request) = found {
        same("initiator's SPI", request.initiator_spi.0.to_vec(), second.initiator_spi)?;
        same("exchange", request.exchange.0, second.exchange)?;
        same("length", request.length, octets.len())?;
    }
    let name = match what {
        None => "nothing",
        Some(Unsupported::MajorVersion) => "version",
        Some(Unsupported::CriticalPayload(_)) => "payload",
    };
    see_if(true, &format!("unsupported: {name}"), seen);
    Ok(())
}
