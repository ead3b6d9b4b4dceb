//! What the crate writes, read by the second reading alone.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ikev2_redirect::wire::{
    BufferTooSmall, ExchangeType, Flags, Header, InitNotifies, InitRedirect, InitRequest, Nonce,
    NotifyType, PayloadType, Redirect, RedirectSupported, RedirectedFrom, Spi, UnsupportedRequest,
};
use ikev2_redirect::{Fqdn, Target};
use quickcheck::{Arbitrary, Gen, quickcheck};

use super::decoder::{self, Identity};
use crate::compose::{Message, Part, name_of};

impl Identity {
    pub(crate) fn target(&self) -> Target<'_> {
        match self {
            Identity::Address(address) => (*address).into(),
            Identity::Name(name) => Target::Fqdn(Fqdn::new(name).unwrap()),
        }
    }
}

impl Arbitrary for Identity {
    fn arbitrary(g: &mut Gen) -> Self {
        match u8::arbitrary(g) % 3 {
            0 => Identity::Address(Ipv4Addr::arbitrary(g).into()),
            1 => Identity::Address(Ipv6Addr::arbitrary(g).into()),
            _ => {
                let length = usize::from(u8::arbitrary(g).clamp(1, 254));
                let letter = |octet| match octet {
                    'g' => char::from(b'a' + u8::arbitrary(g) % 26),
                    dot => dot,
                };
                Identity::Name(name_of(length).chars().map(letter).collect())
            }
        }
    }
}

/// A request, which may be a resumption.
fn request(resumes: bool, length: u8) -> (Message, Vec<u8>) {
    let message = if resumes { Message::resumption() } else { Message::request() };
    let nonce = vec![0xa5; 16 + usize::from(length) % 241];
    (message.with_nonce(&nonce), nonce)
}

/// The only notification of an answer that both ends of the exchange take for one.
fn only_notification(answer: &[u8], asked: &Message) -> decoder::Notification {
    let read = decoder::clear(answer, true);
    assert_eq!(read.faults, [""; 0]);
    assert_eq!(read.initiator_spi, asked.initiator_spi);
    assert_eq!(read.responder_spi, [0; 8]);
    assert_eq!(read.exchange, asked.exchange);
    assert_eq!(answer[17..20], [0x20, asked.exchange, 0x20]);
    assert_eq!(read.chain.payloads.len(), 1);
    let payload = &read.chain.payloads[0];
    assert_eq!((payload.kind, payload.critical, payload.body[0]), (41, false, 0));
    read.chain.notifications().remove(0)
}

/// The notification in a payload that was written alone, with `next` behind it.
fn only_payload(
    length: usize,
    next: u8,
    encode: impl Fn(&mut [u8]) -> Result<usize, BufferTooSmall>,
) -> decoder::Notification {
    let mut out = [0xee; 600];
    assert_eq!(encode(&mut out), Ok(length));
    assert_eq!((out[0], out[length]), (next, 0xee));
    let chain = decoder::chain(41, &[&[0], &out[1..length]].concat(), true);
    assert_eq!((chain.fault, chain.payloads.len()), (None, 1));
    chain.notifications().remove(0)
}

quickcheck! {
    fn r3_5_a_redirecting_answer_says_what_was_wanted(
        to: Identity, resumes: bool, length: u8
    ) -> bool {
        let (asked, nonce) = request(resumes, length);
        let octets = asked.octets();
        let mut out = [0xee; InitRequest::MAX_REDIRECT_LEN];
        let parsed = InitRequest::parse(&octets).unwrap();
        let length = parsed.write_redirect(to.target(), &mut out).unwrap();
        let notification = only_notification(&out[..length], &asked);
        notification.kind == 16407
            && decoder::redirect_with_nonce(&notification) == Ok((to, nonce))
    }

    fn an_error_says_what_was_wanted(kind: u16, resumes: bool) -> bool {
        let (asked, _) = request(resumes, 16);
        let octets = asked.octets();
        let mut out = [0xee; InitRequest::ERROR_LEN];
        let parsed = InitRequest::parse(&octets).unwrap();
        let length = parsed.write_error(NotifyType(kind), &mut out).unwrap();
        let notification = only_notification(&out[..length], &asked);
        notification.kind == usize::from(kind) && notification.data.is_empty()
    }

    fn r7_2_13_a_protected_redirect_says_what_was_wanted(to: Identity, next: u8) -> bool {
        let redirect = Redirect { target: to.target() };
        let read = only_payload(redirect.encoded_len(), next, |out| {
            redirect.encode(PayloadType(next), out)
        });
        read.kind == 16407 && decoder::redirect(&read) == Ok(to)
    }

    fn the_others_alone_say_what_was_wanted(
        to: Identity,
        from: IpAddr,
        next: u8,
        length: u8
    ) -> bool {
        let nonce = vec![length; 16 + usize::from(length) % 241];
        let redirect = InitRedirect { target: to.target(), nonce: Nonce::new(&nonce).unwrap() };
        let with_nonce = only_payload(redirect.encoded_len(), next, |out| {
            redirect.encode(PayloadType(next), out)
        });
        let sender = RedirectedFrom(from);
        let sent_by = only_payload(sender.encoded_len(), next, |out| {
            sender.encode(PayloadType(next), out)
        });
        let support = only_payload(RedirectSupported::LEN, next, |out| {
            RedirectSupported.encode(PayloadType(next), out)
        });
        [with_nonce.kind, sent_by.kind, support.kind] == [16407, 16408, 16406]
            && decoder::redirect_with_nonce(&with_nonce) == Ok((to, nonce))
            && decoder::redirected_from(&sent_by) == Ok(from)
            && support.data.is_empty()
    }

    fn a_header_says_what_was_wanted(
        initiator: u64, responder: u64, fields: (u8, u8, u8), message_id: u32, payloads: u32
    ) -> bool {
        let header = Header {
            initiator_spi: Spi(initiator.to_be_bytes()),
            responder_spi: Spi(responder.to_be_bytes()),
            next_payload: PayloadType(fields.0),
            exchange: ExchangeType(fields.1),
            flags: Flags(fields.2),
            message_id,
        };
        let mut out = [0xee; 29];
        let length = header.encode(payloads, &mut out).unwrap();
        let number = |at: std::ops::Range<usize>| decoder::number(&out[at]) as u64;
        (length, out[28]) == (28, 0xee)
            && [number(0..8), number(8..16)] == [initiator, responder]
            && out[16..20] == [fields.0, 0x20, fields.1, fields.2]
            && number(20..24) == message_id.into()
            && number(24..28) == (u64::from(payloads) + 28).min(u32::MAX.into())
    }

    // H08
    fn notifications_of_a_request_say_what_was_wanted(
        from: Option<IpAddr>,
        announce: bool
    ) -> bool {
        let notifies = InitNotifies { redirect_supported: announce, redirected_from: from };
        let mut out = [0xee; InitNotifies::MAX_LEN + 5];
        let length = notifies.encode(PayloadType::VENDOR_ID, &mut out).unwrap();
        out[length..length + 5].copy_from_slice(&[0, 0, 0, 5, 7]); // the vendor id behind them
        let first = if notifies.is_empty() { 43 } else { 41 };
        let chain = decoder::chain(first, &out[..length + 5], true);
        let froms = chain.of_type(16408);
        chain.fault.is_none()
            && chain.has(43)
            && chain.has_type(16406) == announce
            && decoder::agreed(&froms, decoder::redirected_from) == from.map(Ok)
            && chain.payloads.len() == usize::from(announce) + froms.len() + 1
    }

    // F20
    fn a_rejection_says_that_the_version_is_not_known(version: u8, resumes: bool) -> bool {
        let (asked, _) = request(resumes, 16);
        let asked = Message { version: version.max(0x30), ..asked };
        let mut out = [0xee; 37];
        let request = UnsupportedRequest::parse(&asked.octets()).unwrap().unwrap();
        let length = request.write_error(&mut out).unwrap();
        let notification = only_notification(&out[..length], &asked);
        (notification.kind, notification.data) == (5, vec![])
    }

    // F20
    fn a_rejection_says_what_is_unknown(kind: u8, resumes: bool) -> bool {
        let (asked, _) = request(resumes, 16);
        let asked = asked.with(Part { kind, flags: 0x80, body: vec![] });
        let octets = asked.octets();
        let mut out = [0xee; 37];
        match UnsupportedRequest::parse(&octets) {
            Ok(Some(request)) => {
                let length = request.write_error(&mut out).unwrap();
                let notification = only_notification(&out[..length], &asked);
                (notification.kind, notification.data) == (1, vec![kind])
            }
            Ok(None) => (33..=54).contains(&kind),
            Err(_) => kind == 0, // nothing follows a payload that says so
        }
    }
}
