//! Messages read a second time, as slow and plain as can be: first a list of payloads, then
//! questions about the list. It is written from RFC 7296, 5685 and 5723 (and from what the crate
//! says of names); it shares nothing with the crate, and never will.

use std::net::IpAddr;

/// A payload of a message.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Payload {
    pub(super) kind: u8,
    pub(super) critical: bool,
    /// What its next-payload field says.
    pub(super) next: u8,
    pub(super) body: Vec<u8>,
}

/// Payloads up to the first one that does not add up, and what is wrong there.
#[derive(Clone, Debug, Default)]
pub(super) struct Chain {
    pub(super) payloads: Vec<Payload>,
    pub(super) fault: Option<&'static str>,
}

/// SK and SKF: what follows is inside.
fn is_encrypted(kind: u8) -> bool {
    kind == 46 || kind == 53
}

/// RFC 7296, 3.2. `encryption_ends`: a payload that is encrypted is the last one (3.14).
pub(super) fn chain(first: u8, octets: &[u8], encryption_ends: bool) -> Chain {
    let mut found = Chain::default();
    let mut kind = first;
    let mut at = 0;
    while kind != 0 {
        if octets.len() < at + 4 {
            found.fault = Some("truncated");
            return found;
        }
        let length = number(&octets[at + 2..at + 4]);
        if octets.len() < at + length {
            found.fault = Some("truncated");
            return found;
        }
        if length < 4 {
            found.fault = Some("payload-length");
            return found;
        }
        let next = octets[at];
        let critical = octets[at + 1] >= 128;
        let body = octets[at + 4..at + length].to_vec();
        found.payloads.push(Payload { kind, critical, next, body });
        at += length;
        kind = if encryption_ends && is_encrypted(kind) { 0 } else { next };
    }
    if at < octets.len() {
        found.fault = Some("trailing-octets");
    }
    found
}

/// A number on the wire.
pub(super) fn number(octets: &[u8]) -> usize {
    octets.iter().fold(0, |number, octet| number * 256 + usize::from(*octet))
}

/// A notification (RFC 7296, 3.10).
#[derive(Clone, Debug)]
pub(super) struct Notification {
    pub(super) kind: usize,
    pub(super) spi: Vec<u8>,
    pub(super) data: Vec<u8>,
}

fn notification(body: &[u8]) -> Option<Notification> {
    if body.len() < 4 || body.len() < 4 + usize::from(body[1]) {
        return None;
    }
    let data_at = 4 + usize::from(body[1]);
    let (spi, data) = (body[4..data_at].to_vec(), body[data_at..].to_vec());
    Some(Notification { kind: number(&body[2..4]), spi, data })
}

impl Chain {
    pub(super) fn has(&self, kind: u8) -> bool {
        self.payloads.iter().any(|payload| payload.kind == kind)
    }

    pub(super) fn bodies(&self, kind: u8) -> Vec<Vec<u8>> {
        let of_kind = self.payloads.iter().filter(|payload| payload.kind == kind);
        of_kind.map(|payload| payload.body.clone()).collect()
    }

    /// All that can be read.
    pub(super) fn notifications(&self) -> Vec<Notification> {
        self.bodies(41).iter().filter_map(|body| notification(body)).collect()
    }

    pub(super) fn of_type(&self, kind: usize) -> Vec<Notification> {
        let all = self.notifications();
        all.into_iter().filter(|notification| notification.kind == kind).collect()
    }

    pub(super) fn has_type(&self, kind: usize) -> bool {
        !self.of_type(kind).is_empty()
    }

    pub(super) fn has_unreadable_notification(&self) -> bool {
        self.bodies(41).iter().any(|body| notification(body).is_none())
    }

    /// Payloads of a type that nobody has registered, and whose sender wants them understood.
    pub(super) fn unknown_critical(&self) -> Vec<u8> {
        let unknown = self.payloads.iter().filter(|payload| payload.kind < 33 || payload.kind > 54);
        unknown.filter(|payload| payload.critical).map(|payload| payload.kind).collect()
    }
}

/// Whom a REDIRECT or REDIRECTED_FROM names.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Identity {
    Address(IpAddr),
    Name(String),
}

/// What is wrong with a notification; the crate may tell any of it.
pub(super) type Faults = Vec<&'static str>;

/// The identity at the front of a notification's data, and what stands behind it (RFC 5685, 7.2).
fn identity(data: &[u8]) -> Result<(Identity, Vec<u8>), Faults> {
    if data.len() < 2 || data.len() < 2 + usize::from(data[1]) {
        return Err(vec!["gateway-length"]);
    }
    let (octets, behind) = data[2..].split_at(usize::from(data[1]));
    let identity = match (data[0], octets.len()) {
        (1, 4) => {
            let octets: [u8; 4] = octets.try_into().unwrap();
            Identity::Address(octets.into())
        }
        (2, 16) => {
            let octets: [u8; 16] = octets.try_into().unwrap();
            Identity::Address(octets.into())
        }
        (1 | 2, _) | (3, 0) => return Err(vec!["gateway-length"]),
        (3, _) => Identity::Name(name(octets).map_err(|fault| vec![fault])?),
        _ => return Err(vec!["gateway-type"]),
    };
    Ok((identity, behind.to_vec()))
}

/// A name that DNS could hold and that no resolver takes for an address.
fn name(octets: &[u8]) -> Result<String, &'static str> {
    let name = String::from_utf8(octets.to_vec()).map_err(|_| "fqdn-syntax")?;
    let bare = name.strip_suffix('.').unwrap_or(&name).to_owned();
    let labels: Vec<&str> = bare.split('.').collect();
    let last = labels[labels.len() - 1].to_lowercase();
    let digits = last.chars().all(|c| c.is_ascii_digit());
    let hexadecimal = last.starts_with("0x") && last[2..].chars().all(|c| c.is_ascii_hexdigit());
    if bare.len() > 253 || !labels.iter().all(|label| is_label(label)) {
        Err("fqdn-syntax")
    } else if digits || hexadecimal {
        Err("address-as-name")
    } else {
        Ok(name)
    }
}

fn is_label(label: &str) -> bool {
    let letters = label.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_');
    let hyphened = label.starts_with('-') || label.ends_with('-');
    letters && !hyphened && !label.is_empty() && label.len() <= 63
}

/// The identity in a notification, which is about the host itself and so has no SPI.
/// `fault_behind` says what is wrong with what stands behind the identity.
fn own_identity(
    notification: &Notification,
    fault_behind: impl Fn(&[u8]) -> Option<&'static str>,
) -> Result<(Identity, Vec<u8>), Faults> {
    let read = identity(&notification.data);
    let mut faults = read.clone().err().unwrap_or_default();
    faults.extend(read.iter().filter_map(|(_, behind)| fault_behind(behind)));
    if !notification.spi.is_empty() {
        faults.push("spi-size");
    }
    match read {
        Ok(read) if faults.is_empty() => Ok(read),
        _ => Err(faults),
    }
}

fn fault_of_nonce(octets: &[u8]) -> Option<&'static str> {
    match octets.len() {
        0 => Some("nonce-absent"),
        16..=256 => None,
        _ => Some("nonce-length"),
    }
}

fn fault_of_more(octets: &[u8]) -> Option<&'static str> {
    if octets.is_empty() { None } else { Some("unexpected-nonce") }
}

/// A REDIRECT with a nonce, as it stands in IKE_SA_INIT.
pub(super) fn redirect_with_nonce(
    notification: &Notification,
) -> Result<(Identity, Vec<u8>), Faults> {
    own_identity(notification, fault_of_nonce)
}

/// A REDIRECT without one, as it stands in IKE_AUTH and INFORMATIONAL.
pub(super) fn redirect(notification: &Notification) -> Result<Identity, Faults> {
    own_identity(notification, fault_of_more).map(|(target, _)| target)
}

pub(super) fn redirected_from(notification: &Notification) -> Result<IpAddr, Faults> {
    let read = own_identity(notification, fault_of_more);
    let has_name = matches!(identity(&notification.data), Ok((Identity::Name(_), _)));
    match read {
        Ok((Identity::Address(address), _)) => Ok(address),
        Ok((Identity::Name(_), _)) => Err(vec!["gateway-type"]),
        Err(mut faults) => {
            faults.extend(has_name.then_some("gateway-type"));
            Err(faults)
        }
    }
}

/// What all of them say, if there are any: one thing, or nothing that can be believed.
pub(super) fn agreed<T: Clone + PartialEq>(
    notifications: &[Notification],
    read: impl Fn(&Notification) -> Result<T, Faults>,
) -> Option<Result<T, Faults>> {
    let mut said: Vec<Result<T, Faults>> = notifications.iter().map(read).collect();
    if said.windows(2).all(|pair| pair[0].is_ok() && pair[0] == pair[1]) {
        return said.pop();
    }
    // Several that are wrong may be told as what is wrong with all of them.
    let mut faults = vec!["conflicting-notifies"];
    if said.iter().all(Result::is_err) {
        faults.extend(said.into_iter().filter_map(Result::err).flatten());
    }
    Some(Err(faults))
}

/// A message that is not protected.
#[derive(Clone, Debug, Default)]
pub(super) struct Clear {
    /// Everything that is wrong with it; none, and it is accepted.
    pub(super) faults: Vec<&'static str>,
    pub(super) initiator_spi: Vec<u8>,
    pub(super) responder_spi: Vec<u8>,
    pub(super) exchange: u8,
    pub(super) chain: Chain,
}

/// A message of IKE_SA_INIT or IKE_SESSION_RESUME, in one direction.
pub(super) fn clear(octets: &[u8], is_response: bool) -> Clear {
    let mut found = header(octets, is_response);
    if octets.len() < 28 {
        return found;
    }
    if octets[17] / 16 != 2 {
        found.faults.push("unsupported-version");
    }
    if found.exchange != 34 && found.exchange != 38 {
        found.faults.push("wrong-exchange");
    }
    found.chain = chain(octets[16], &octets[28..], false);
    found.faults.extend(found.chain.fault);
    if found.chain.has_unreadable_notification() {
        found.faults.push("notify-length");
    }
    if !found.chain.unknown_critical().is_empty() {
        found.faults.push("unknown-critical-payload");
    }
    if found.chain.bodies(40).len() > 1 {
        found.faults.push("repeated-nonce");
    }
    if found.chain.payloads.iter().any(|payload| is_encrypted(payload.kind)) {
        found.faults.push("encrypted-payload");
    }
    if !is_response && found.chain.fault.is_none() {
        found.faults.extend(what_a_request_lacks(&found));
    }
    found
}

/// What every first message has to keep (RFC 7296, 3.1), whatever its version and its exchange.
pub(super) fn header(octets: &[u8], is_response: bool) -> Clear {
    let mut found = Clear::default();
    if octets.len() < 28 {
        found.faults.push("truncated");
        return found;
    }
    found.initiator_spi = octets[0..8].to_vec();
    found.responder_spi = octets[8..16].to_vec();
    found.exchange = octets[18];
    let (by_initiator, responds) = (octets[19] & 8 == 8, octets[19] & 32 == 32);
    if by_initiator == is_response || responds != is_response {
        found.faults.push("wrong-flags");
    }
    if number(&octets[20..24]) != 0 {
        found.faults.push("wrong-message-id");
    }
    if number(&octets[24..28]) > octets.len() {
        found.faults.push("truncated");
    }
    if number(&octets[24..28]) < octets.len() {
        found.faults.push("trailing-octets");
    }
    if found.initiator_spi == [0; 8] {
        found.faults.push("zero-initiator-spi");
    }
    if !is_response && found.responder_spi != [0; 8] {
        found.faults.push("nonzero-responder-spi");
    }
    found
}

fn what_a_request_lacks(message: &Clear) -> Vec<&'static str> {
    let chain = &message.chain;
    let whole = match message.exchange {
        38 => chain.has_type(16413),
        _ => chain.has(33) && chain.has(34),
    };
    let nonces = chain.bodies(40);
    if !whole || nonces.is_empty() {
        return vec!["missing-payload"];
    }
    let illegal = nonces.iter().any(|nonce| nonce.len() < 16 || nonce.len() > 256);
    if illegal { vec!["nonce-length"] } else { vec![] }
}
