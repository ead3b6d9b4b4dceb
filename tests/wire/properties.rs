//! What holds for octets of any kind: nothing panics, nothing is read that does not stand there.
//!
//! "Not misread" is checked without a second parser: whatever is read is written again, and that
//! has to be the octets that were read, but for those that a reader has to ignore.

use std::net::IpAddr;

use ikev2_redirect::wire::{
    Contents, ExchangeType, Flags, Header, InitNotifies, InitRedirect, InitRequest, InitResponse,
    Nonce, Notify, PayloadType, Payloads, Redirect, RedirectedFrom, Spi,
};
use quickcheck::{Arbitrary, Gen, quickcheck};

use crate::compose::{self, Message, identity, notify, part};
use crate::second_reading::Identity;

/// The octets of a legal nonce.
#[derive(Clone, Debug)]
struct Ni(Vec<u8>);

impl Arbitrary for Ni {
    fn arbitrary(g: &mut Gen) -> Self {
        let length = 16 + usize::from(u16::arbitrary(g)) % 241;
        Ni((0..length).map(|_| u8::arbitrary(g)).collect())
    }
}

/// A redirecting response.
fn response(target: &Identity, ni: &Ni) -> Vec<u8> {
    let request = Message::request().with_nonce(&ni.0).octets();
    let mut out = [0; 549];
    let request = InitRequest::parse(&request).unwrap();
    let length = request.write_redirect(target.target(), &mut out).unwrap();
    out[..length].to_vec()
}

/// A protected REDIRECT among other payloads.
fn protected_chain(target: &Identity) -> Vec<u8> {
    let mut redirect = [0; 264];
    let redirect_target = Redirect { target: target.target() };
    let length = redirect_target.encode(PayloadType::NONE, &mut redirect).unwrap();
    let redirect = part(compose::NOTIFY, &redirect[4..length]);
    compose::chain(&[part(36, b"idr"), part(39, b"auth"), redirect, part(43, b"vendor")])
}

/// A request with all that a front door looks for.
fn request(ni: &Ni) -> Vec<u8> {
    Message::supporting()
        .with_nonce(&ni.0)
        .with(notify(compose::REDIRECTED_FROM, &identity(1, &[192, 0, 2, 23])))
        .with(notify(compose::COOKIE, b"baked"))
        .octets()
}

/// Everything that reads octets, on these.
fn read_all(octets: &[u8]) {
    let _ = Header::parse(octets);
    let _ = InitRequest::parse(octets);
    let _ = InitResponse::parse(octets);
    for first in 0..=255 {
        let _ = Contents::parse(PayloadType(first), octets);
    }
    if let Ok(notify) = Notify::parse(octets) {
        let _ = Redirect::parse(&notify);
        let _ = InitRedirect::parse(&notify);
        let _ = RedirectedFrom::parse(&notify);
    }
}

/// Whether a response's redirect, if one is read, is what stands there.
fn reads_what_stands_there(octets: &[u8]) -> bool {
    let Ok(response) = InitResponse::parse(octets) else { return true };
    let Some(Ok(redirect)) = response.redirect else { return true };
    let mut again = vec![0; octets.len()];
    let header = Header {
        initiator_spi: response.initiator_spi,
        responder_spi: response.responder_spi,
        next_payload: PayloadType::NOTIFY,
        exchange: match response.resumption {
            true => ExchangeType::IKE_SESSION_RESUME,
            false => ExchangeType::IKE_SA_INIT,
        },
        flags: Flags::RESPONSE,
        message_id: 0,
    };
    header.encode(redirect.encoded_len() as u32, &mut again).unwrap();
    let length = redirect.encode(PayloadType::NONE, &mut again[Header::LEN..]).unwrap();
    Header::LEN + length == octets.len() && masked(&again) == masked(octets)
}

/// A redirecting response without what a reader ignores: the minor version, the reserved flags,
/// the critical bit and its reserved neighbours, the protocol id.
fn masked(response: &[u8]) -> Vec<u8> {
    let mut octets = response.to_vec();
    octets[17] &= 0xf0;
    octets[19] &= Flags::INITIATOR.0 | Flags::RESPONSE.0;
    octets[29] = 0;
    octets[32] = 0;
    octets
}

/// Whether a request's nonce, if it is read, is the whole body of one payload.
fn nonce_is_a_payload(octets: &[u8]) -> bool {
    let Ok(request) = InitRequest::parse(octets) else { return true };
    let nonce = request.nonce.octets();
    let at = nonce.as_ptr() as usize - octets.as_ptr() as usize;
    octets[at - 2..at] == (nonce.len() as u16 + 4).to_be_bytes() && at + nonce.len() <= octets.len()
}

/// Each octet changed in turn.
fn with_each_octet_flipped(valid: &[u8], flip: u8, check: impl Fn(&[u8]) -> bool) -> bool {
    let mut octets = valid.to_vec();
    (0..octets.len()).all(|at| {
        octets[at] ^= flip.max(1);
        let holds = check(&octets);
        octets[at] = valid[at];
        holds
    })
}

quickcheck! {
    // What is written is what is read.

    fn a_redirect_reads_as_it_was_written(target: Identity) -> bool {
        let chain = protected_chain(&target);
        let contents = Contents::parse(PayloadType(36), &chain).unwrap();
        contents.redirect == Some(Ok(Redirect { target: target.target() })) && contents.auth
    }

    fn r3_5_an_init_redirect_reads_as_it_was_written(target: Identity, ni: Ni) -> bool {
        let octets = response(&target, &ni);
        let nonce = Nonce::new(&ni.0).unwrap();
        let expected = InitRedirect { target: target.target(), nonce };
        InitResponse::parse(&octets).unwrap().redirect == Some(Ok(expected))
    }

    fn r7_3_7_redirected_from_reads_as_it_was_written(from: IpAddr, supported: bool) -> bool {
        let notifies = InitNotifies { redirect_supported: supported, redirected_from: Some(from) };
        let mut chain = [0; InitNotifies::MAX_LEN];
        let length = notifies.encode(PayloadType::NONE, &mut chain).unwrap();
        let mut last = None;
        for payload in Payloads::new(PayloadType::NOTIFY, &chain[..length]) {
            last = Some(Notify::parse(payload.unwrap().body).unwrap());
        }
        RedirectedFrom::parse(&last.unwrap()) == Ok(RedirectedFrom(from))
    }

    fn a_header_reads_as_it_was_written(spis: (u64, u64), id: u32, octets: (u8, u8, u8)) -> bool {
        let header = Header {
            initiator_spi: Spi(spis.0.to_be_bytes()),
            responder_spi: Spi(spis.1.to_be_bytes()),
            next_payload: PayloadType(octets.0),
            exchange: ExchangeType(octets.1),
            flags: Flags(octets.2),
            message_id: id,
        };
        let mut out = [0; Header::LEN + 3];
        header.encode(3, &mut out).unwrap();
        Header::parse(&out) == Ok((header, &[0; 3][..]))
    }

    // Octets of any kind.

    fn arbitrary_octets_never_panic(octets: Vec<u8>) -> bool {
        read_all(&octets);
        true
    }

    fn arbitrary_payloads_in_a_right_header_never_panic(octets: Vec<u8>, first: u8) -> bool {
        let flags = [0x08, 0x20][usize::from(first) % 2];
        let mut message = Message { flags, parts: vec![], ..Message::request() }.octets();
        message[16] = first;
        message.extend(&octets);
        let length = message.len() as u32;
        message[24..28].copy_from_slice(&length.to_be_bytes());
        read_all(&message);
        nonce_is_a_payload(&message)
    }

    fn an_arbitrary_notification_reads_as_what_stands_there(kind: u8, data: Vec<u8>) -> bool {
        // Types 0 to 7 and lengths that mostly fit, so that many of them read.
        let identity = identity(kind % 8, &data);
        let body = part(compose::NOTIFY, &notify(compose::REDIRECT, &identity).body);
        let chain = compose::chain(&[body]);
        let contents = Contents::parse(PayloadType::NOTIFY, &chain).unwrap();
        let Some(Ok(redirect)) = contents.redirect else { return true };
        let mut again = vec![0; chain.len()];
        redirect.encode(PayloadType::NONE, &mut again) == Ok(chain.len()) && again == chain
    }

    fn payloads_cover_the_chain_without_gap_or_overlap(octets: Vec<u8>, first: u8) -> bool {
        let mut at = octets.as_ptr() as usize;
        for payload in Payloads::new(PayloadType(first), &octets) {
            let Ok(payload) = payload else { return true };
            at += 4;
            if payload.body.as_ptr() as usize != at {
                return false;
            }
            at += payload.body.len();
        }
        at == octets.as_ptr() as usize + octets.len()
    }

    // Messages that are nearly valid.

    fn a_response_with_one_octet_flipped_is_not_misread(
        target: Identity, ni: Ni, flip: u8
    ) -> bool {
        let valid = response(&target, &ni);
        reads_what_stands_there(&valid)
            && with_each_octet_flipped(&valid, flip, reads_what_stands_there)
    }

    fn r3_8_a_response_with_a_flipped_nonce_octet_has_another_nonce(
        target: Identity, ni: Ni, flip: u8
    ) -> bool {
        let valid = response(&target, &ni);
        let nonce_at = valid.len() - ni.0.len();
        let other_nonce = |octets: &[u8]| {
            let redirect = InitResponse::parse(octets).unwrap().redirect.unwrap().unwrap();
            redirect.nonce.octets() != ni.0
        };
        (nonce_at..valid.len()).all(|at| {
            let mut octets = valid.clone();
            octets[at] ^= flip.max(1);
            other_nonce(&octets)
        })
    }

    fn a_request_with_one_octet_flipped_is_not_misread(ni: Ni, flip: u8) -> bool {
        with_each_octet_flipped(&request(&ni), flip, nonce_is_a_payload)
    }

    fn a_protected_chain_with_one_octet_flipped_never_panics(target: Identity, flip: u8) -> bool {
        with_each_octet_flipped(&protected_chain(&target), flip, |octets| {
            read_all(octets);
            true
        })
    }

    // Messages that are cut short.

    fn every_truncation_of_a_response_is_refused(target: Identity, ni: Ni) -> bool {
        let valid = response(&target, &ni);
        (0..valid.len()).all(|length| InitResponse::parse(&valid[..length]).is_err())
    }

    fn every_truncation_of_a_request_is_refused(ni: Ni) -> bool {
        let valid = request(&ni);
        (0..valid.len()).all(|length| InitRequest::parse(&valid[..length]).is_err())
    }

    fn every_truncation_of_a_protected_chain_is_refused(target: Identity) -> bool {
        let valid = protected_chain(&target);
        (0..valid.len())
            .all(|length| Contents::parse(PayloadType(36), &valid[..length]).is_err())
    }

    fn a_truncation_that_the_header_hides_is_refused(target: Identity, ni: Ni) -> bool {
        let valid = response(&target, &ni);
        (Header::LEN..valid.len()).all(|length| {
            let mut octets = valid[..length].to_vec();
            octets[24..28].copy_from_slice(&(length as u32).to_be_bytes());
            InitResponse::parse(&octets).is_err()
        })
    }

    fn r3_8_a_truncation_that_all_lengths_hide_has_another_nonce(target: Identity, ni: Ni) -> bool {
        let valid = response(&target, &ni);
        (Header::LEN + 4..valid.len()).all(|length| {
            let mut octets = valid[..length].to_vec();
            octets[24..28].copy_from_slice(&(length as u32).to_be_bytes());
            let payload = (length - Header::LEN) as u16;
            octets[30..32].copy_from_slice(&payload.to_be_bytes());
            let whole = Nonce::new(&ni.0).unwrap();
            match InitResponse::parse(&octets) {
                Ok(InitResponse { redirect: Some(Ok(redirect)), .. }) => redirect.nonce != whole,
                Ok(_) | Err(_) => true,
            }
        })
    }
}
