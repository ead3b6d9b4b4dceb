//! What a message carries, in words, made from its octets alone.

use ikev2_redirect::wire::{
    ExchangeType, Header, InitRedirect, Notify, NotifyType, PayloadType, Payloads, Redirect,
    RedirectedFrom,
};

use crate::host::sa::unseal;
use crate::stand_ins::StandIns;

/// A message in words.
#[derive(Debug)]
pub(crate) struct Description {
    pub(crate) exchange: &'static str,
    pub(crate) payloads: Vec<String>,
}

pub(crate) fn describe(octets: &[u8]) -> Description {
    let Ok((header, payloads)) = Header::parse(octets) else {
        return Description { exchange: "?", payloads: Vec::new() };
    };
    let words = match opened(&header, octets) {
        Some((first, chain)) => in_sk(words(&header, first, &chain)),
        None => words(&header, header.next_payload, payloads),
    };
    Description { exchange: exchange_name(header.exchange), payloads: words }
}

/// What stands in the SK payload, which nobody has encrypted.
pub(crate) fn opened(header: &Header, octets: &[u8]) -> Option<(PayloadType, Vec<u8>)> {
    let protected = header.next_payload == PayloadType::SK;
    protected.then(|| unseal(&StandIns, &[], octets)).flatten()
}

fn exchange_name(exchange: ExchangeType) -> &'static str {
    match exchange {
        ExchangeType::IKE_SA_INIT => "IKE_SA_INIT",
        ExchangeType::IKE_AUTH => "IKE_AUTH",
        ExchangeType::INFORMATIONAL => "INFORMATIONAL",
        _ => "?",
    }
}

/// The words in the braces of SK.
fn in_sk(mut words: Vec<String>) -> Vec<String> {
    if words.is_empty() {
        words.push(String::new());
    }
    words[0].insert_str(0, "SK{");
    if let Some(last) = words.last_mut() {
        last.push('}');
    }
    words
}

fn words(header: &Header, first: PayloadType, chain: &[u8]) -> Vec<String> {
    let payloads = Payloads::new(first, chain).flatten();
    payloads.map(|payload| word(header, payload.kind, payload.body)).collect()
}

fn word(header: &Header, kind: PayloadType, body: &[u8]) -> String {
    match kind {
        PayloadType::SA => "SA".into(),
        PayloadType::KE => "KE".into(),
        PayloadType::NONCE if header.flags.is_response() => "Nr".into(),
        PayloadType::NONCE => format!("Ni={}", nonce(body)),
        PayloadType::IDI => "IDi".into(),
        PayloadType::IDR => "IDr".into(),
        PayloadType::AUTH => "AUTH".into(),
        PayloadType::EAP => format!("EAP({})", eap_name(body)),
        PayloadType::TSI => "TSi".into(),
        PayloadType::TSR => "TSr".into(),
        PayloadType::DELETE => "DELETE".into(),
        PayloadType::NOTIFY => Notify::parse(body).map_or("N(?)".into(), |n| notify_word(&n)),
        PayloadType(other) => format!("payload {other}"),
    }
}

fn notify_word(notify: &Notify<'_>) -> String {
    match notify.kind {
        NotifyType::REDIRECT_SUPPORTED => "N(REDIRECT_SUPPORTED)".into(),
        NotifyType::REDIRECT => redirect_word(notify),
        NotifyType::REDIRECTED_FROM => match RedirectedFrom::parse(notify) {
            Ok(RedirectedFrom(from)) => format!("N(REDIRECTED_FROM {from})"),
            Err(reason) => format!("N(REDIRECTED_FROM: {reason})"),
        },
        NotifyType::MULTIPLE_AUTH_SUPPORTED => "N(MULTIPLE_AUTH_SUPPORTED)".into(),
        NotifyType::ANOTHER_AUTH_FOLLOWS => "N(ANOTHER_AUTH_FOLLOWS)".into(),
        NotifyType(other) => format!("N({other})"),
    }
}

fn redirect_word(notify: &Notify<'_>) -> String {
    match (InitRedirect::parse(notify), Redirect::parse(notify)) {
        (Ok(redirect), _) => {
            format!("N(REDIRECT {} Ni={})", redirect.target, nonce(redirect.nonce.octets()))
        }
        (_, Ok(redirect)) => format!("N(REDIRECT {})", redirect.target),
        (Err(reason), _) => format!("N(REDIRECT: {reason})"),
    }
}

/// Enough of a nonce to tell it from others.
fn nonce(octets: &[u8]) -> String {
    octets.iter().take(2).map(|octet| format!("{octet:02x}")).chain(["..".to_owned()]).collect()
}

fn eap_name(packet: &[u8]) -> &'static str {
    match packet.first() {
        Some(1) => "request",
        Some(2) => "response",
        Some(3) => "success",
        Some(4) => "failure",
        _ => "?",
    }
}
