//! The octets of the mechanism: every line of `vectors/constructed.txt`, and every rule about a
//! single notification but its identity, which is in `identities.rs`. What a whole message has to
//! keep is in `messages.rs`.

use std::net::IpAddr;

use ikev2_redirect::wire::{
    BufferTooSmall, Contents, InitRedirect, InitResponse, Nonce, Notify, NotifyType, PayloadType,
    Payloads, Redirect, RedirectSupported, RedirectedFrom,
};
use ikev2_redirect::{Fqdn, Reason, Target, TargetRules};

use crate::compose::{self, Message, REDIRECT, identity, ip, notify};
use crate::vectors;

pub(super) const IPV4: u8 = 1;
pub(super) const IPV6: u8 = 2;
pub(super) const FQDN: u8 = 3;

fn name(text: &str) -> Target<'_> {
    Target::Fqdn(Fqdn::new(text).unwrap())
}

/// The octets of a line of the vectors.
fn line(name: &str) -> Vec<u8> {
    vectors::octets(vectors::CONSTRUCTED, name)
}

/// The one Notify payload in `payload`, handed to `read`.
pub(super) fn read<T>(
    payload: &[u8],
    read: impl Fn(&Notify<'_>) -> Result<T, Reason>,
) -> Result<T, Reason> {
    let mut payloads = Payloads::new(PayloadType::NOTIFY, payload);
    let notify = Notify::parse(payloads.next().unwrap()?.body)?;
    assert!(payloads.next().is_none(), "one payload was expected");
    read(&notify)
}

/// The target of a REDIRECT without a nonce, as a message of IKE_AUTH or INFORMATIONAL has it.
pub(super) fn protected(payload: &[u8]) -> Result<Target<'_>, Reason> {
    let contents = Contents::parse(PayloadType::NOTIFY, payload)?;
    contents.redirect.expect("a REDIRECT").map(|redirect| redirect.target)
}

/// Why a REDIRECT in an IKE_SA_INIT response is not read.
fn init_fault(payload: &[u8]) -> Reason {
    let response = Message::response(vec![compose::part(compose::NOTIFY, &payload[4..])]);
    let octets = response.octets();
    let redirect = InitResponse::parse(&octets).unwrap().redirect;
    redirect.expect("a REDIRECT").unwrap_err()
}

/// Why a REDIRECT is not read in any of the exchanges where one may stand.
fn fault_everywhere(payload: &[u8]) -> Reason {
    let fault = protected(payload).unwrap_err();
    assert_eq!(init_fault(payload), fault);
    fault
}

fn encoded(encode: impl Fn(&mut [u8]) -> Result<usize, BufferTooSmall>) -> Vec<u8> {
    let mut out = [0xee; 600];
    let length = encode(&mut out).unwrap();
    assert!(out[length..].iter().all(|octet| *octet == 0xee), "written past the length");
    out[..length].to_vec()
}

#[test]
fn every_line_of_the_vectors_is_tested() {
    let tests = [include_str!("notifications.rs"), include_str!("messages.rs")].concat();
    for name in vectors::names(vectors::CONSTRUCTED) {
        assert!(tests.contains(&format!("line(\"{name}\")")), "{name} has no test");
    }
}

// The lines that are valid.

#[test]
fn v01_r7_1_redirect_supported_reads_and_writes() {
    // R7.1-2, R7.1-3, R7.1-4, R7.1-5: protocol 0, SPI size 0, length 8, type 16406.
    assert_eq!(read(&line("V01"), RedirectSupported::parse), Ok(RedirectSupported));
    assert_eq!(encoded(|out| RedirectSupported.encode(PayloadType::NONE, out)), line("V01"));
}

fn assert_redirect_reads_and_writes(octets: &[u8], target: Target<'_>) {
    assert_eq!(protected(octets), Ok(target));
    let redirect = Redirect { target };
    assert_eq!(encoded(|out| redirect.encode(PayloadType::NONE, out)), octets);
    assert_eq!(redirect.encoded_len(), octets.len());
}

#[test]
fn v02_r7_2_redirect_to_ipv4_reads_and_writes() {
    // R7.2-2, R7.2-3, R7.2-4, R7.2-5, R7.2-6
    assert_redirect_reads_and_writes(&line("V02"), ip("192.0.2.45").into());
}

#[test]
fn v03_r7_2_redirect_to_ipv6_reads_and_writes() {
    assert_redirect_reads_and_writes(&line("V03"), ip("2001:db8::45").into());
}

#[test]
fn v04_r7_2_redirect_to_a_name_reads_and_writes() {
    assert_redirect_reads_and_writes(&line("V04"), name("gw2.example.com"));
}

fn assert_init_redirect_reads_and_writes(octets: &[u8], target: Target<'_>, nonce: &[u8]) {
    let redirect = InitRedirect { target, nonce: Nonce::new(nonce).unwrap() };
    assert!(read(octets, |notify| Ok(InitRedirect::parse(notify)? == redirect)).unwrap());
    assert_eq!(encoded(|out| redirect.encode(PayloadType::NONE, out)), octets);
    assert_eq!(redirect.encoded_len(), octets.len());
}

fn counting(from: u8, length: u8) -> Vec<u8> {
    (from..from + length).collect()
}

#[test]
fn v05_r7_2_init_redirect_to_ipv4_reads_and_writes() {
    // R7.2-10, R7.2-12
    let target = ip("192.0.2.45").into();
    assert_init_redirect_reads_and_writes(&line("V05"), target, &counting(0, 16));
}

#[test]
fn v06_r7_2_init_redirect_to_ipv6_reads_and_writes() {
    let target = ip("2001:db8::45").into();
    assert_init_redirect_reads_and_writes(&line("V06"), target, &counting(0x20, 32));
}

#[test]
fn v07_r7_2_init_redirect_to_a_name_reads_and_writes() {
    let target = name("gw2.example.com");
    assert_init_redirect_reads_and_writes(&line("V07"), target, &counting(0, 16));
}

fn assert_redirected_from_reads_and_writes(octets: &[u8], address: IpAddr) {
    let from = RedirectedFrom(address);
    assert_eq!(read(octets, RedirectedFrom::parse), Ok(from));
    assert_eq!(encoded(|out| from.encode(PayloadType::NONE, out)), octets);
    assert_eq!(from.encoded_len(), octets.len());
}

#[test]
fn v08_r7_3_redirected_from_ipv4_reads_and_writes() {
    // R7.3-2, R7.3-3, R7.3-4, R7.3-5, R7.3-7
    assert_redirected_from_reads_and_writes(&line("V08"), ip("192.0.2.23"));
}

#[test]
fn v09_r7_3_redirected_from_ipv6_reads_and_writes() {
    assert_redirected_from_reads_and_writes(&line("V09"), ip("2001:db8::23"));
}

// The lines that are to be refused.

#[test]
fn what_is_no_identity_is_refused_in_every_exchange() {
    for (octets, reason, what) in [
        // In IKE_SA_INIT no octet of it may be taken for the nonce's.
        (line("X01"), Reason::GatewayLength, "an IPv4 identity with an octet too many"),
        // strongSwan takes it, asks the DNS for it, and loses its SA.
        (line("X02"), Reason::GatewayLength, "an IPv4 identity of three octets"),
        (line("X03"), Reason::GatewayLength, "an identity that runs past its payload"),
        (line("X04"), Reason::GatewayLength, "an empty name"),
        (line("X05"), Reason::FqdnSyntax, "a name with a NUL at its end"),
        (line("X06"), Reason::GatewayType, "identity type 0"),
        (line("X07"), Reason::GatewayType, "identity type 4"),
        (line("X15"), Reason::GatewayLength, "an identity without its length"),
    ] {
        assert_eq!(fault_everywhere(&octets), reason, "{what}");
    }
}

#[test]
fn x08_an_init_redirect_with_a_nonce_of_15_octets_is_refused() {
    assert_eq!(init_fault(&line("X08")), Reason::NonceLength);
}

#[test]
fn x09_an_init_redirect_without_a_nonce_is_refused() {
    assert_eq!(init_fault(&line("X09")), Reason::NonceAbsent);
}

#[test]
fn x10_r7_2_13_a_protected_redirect_with_a_nonce_is_refused() {
    assert_eq!(protected(&line("X10")), Err(Reason::UnexpectedNonce));
}

#[test]
fn r7_2_13_a_protected_redirect_of_any_kind_with_octets_behind_it_is_refused() {
    // H09: behind a name, too, whose end its own length tells.
    let name = identity(FQDN, b"gw2.example.com");
    for target in [identity(IPV4, &[192, 0, 2, 45]), identity(IPV6, &[0x20; 16]), name] {
        for behind in [1, 16, 32] {
            let data = [&target[..], &vec![b'x'; behind]].concat();
            let payload = compose::chain(&[notify(REDIRECT, &data)]);
            assert_eq!(protected(&payload), Err(Reason::UnexpectedNonce), "{behind} octets");
        }
    }
}

#[test]
fn x11_r7_2_3_a_redirect_with_an_spi_is_refused() {
    assert_eq!(fault_everywhere(&line("X11")), Reason::SpiSize);
}

#[test]
fn x12_r7_2_4_the_protocol_id_is_ignored() {
    assert_eq!(protected(&line("X12")), Ok(ip("192.0.2.45").into()));
}

#[test]
fn x13_r7_3_6_a_name_in_redirected_from_is_refused() {
    assert_eq!(read(&line("X13"), RedirectedFrom::parse), Err(Reason::GatewayType));
}

#[test]
fn x14_the_critical_bit_of_a_notify_payload_is_ignored() {
    assert_eq!(protected(&line("X14")), protected(&line("V02")));
}

#[test]
fn x16_r5_2_a_redirect_without_data_is_refused() {
    assert_eq!(fault_everywhere(&line("X16")), Reason::GatewayLength);
}

#[test]
fn x17_x18_a_redirect_to_what_is_no_host_reads_but_is_no_target() {
    // libreswan goes there.
    for (octets, address, reason) in [
        (line("X17"), ip("0.0.0.0"), Reason::UnspecifiedTarget),
        (line("X18"), ip("224.0.0.1"), Reason::MulticastTarget),
    ] {
        assert_eq!(protected(&octets), Ok(address.into()), "{address}");
        assert_eq!(TargetRules::LENIENT.check(address), Err(reason), "{address}");
    }
}

// Numbers.

#[test]
fn d12_1_r10_1_the_notify_types_are_the_assigned_ones() {
    assert_eq!(NotifyType::REDIRECT_SUPPORTED, NotifyType(16406));
    assert_eq!(NotifyType::REDIRECT, NotifyType(16407));
    assert_eq!(NotifyType::REDIRECTED_FROM, NotifyType(16408));
}

#[test]
fn r10_3_a_notify_of_unknown_type_is_kept_as_it_is() {
    let octets = compose::chain(&[notify(40959, b"later")]);
    let found = read(&octets, |notify| Ok((notify.kind, notify.data.len())));
    assert_eq!(found, Ok((NotifyType(40959), 5)));
}

#[test]
fn a_notification_of_another_type_is_not_taken_for_the_one_asked_for() {
    assert_eq!(read(&line("V08"), RedirectSupported::parse), Err(Reason::WrongNotifyType));
    assert_eq!(read(&line("V02"), RedirectedFrom::parse), Err(Reason::WrongNotifyType));
    let target_of = |notify: &Notify<'_>| Redirect::parse(notify).map(drop);
    assert_eq!(read(&line("V08"), target_of), Err(Reason::WrongNotifyType));
    let init_target_of = |notify: &Notify<'_>| InitRedirect::parse(notify).map(drop);
    assert_eq!(read(&line("V08"), init_target_of), Err(Reason::WrongNotifyType));
}

// Nonces.

#[test]
fn r7_2_11_a_nonce_has_16_to_256_octets() {
    for length in 0..=300 {
        let legal = (16..=256).contains(&length);
        assert_eq!(Nonce::new(&vec![0; length]).is_ok(), legal, "{length} octets");
    }
}

#[test]
fn r7_2_11_an_init_redirect_with_a_nonce_of_257_octets_is_refused() {
    let data = |nonce| [identity(IPV4, &[192, 0, 2, 45]), vec![7; nonce]].concat();
    assert_eq!(init_fault(&compose::chain(&[notify(REDIRECT, &data(257))])), Reason::NonceLength);
    let longest = compose::chain(&[notify(REDIRECT, &data(256))]);
    assert!(read(&longest, |notify| InitRedirect::parse(notify).map(drop)).is_ok());
}

// Encoders.

#[test]
fn r7_2_5_the_longest_redirect_says_its_length() {
    let longest_name = compose::name_of(254);
    let nonce = [7; 256];
    let redirect = InitRedirect { target: name(&longest_name), nonce: Nonce::new(&nonce).unwrap() };
    let octets = encoded(|out| redirect.encode(PayloadType::NONE, out));
    assert_eq!(octets.len(), 520);
    assert_eq!(octets[2..4], 520u16.to_be_bytes());
}

#[test]
fn an_encoder_with_too_little_room_says_how_much_it_needs() {
    let redirect = Redirect { target: name("gw2.example.com") };
    for room in 0..25 {
        let mut out = vec![0; room];
        let fault = redirect.encode(PayloadType::NONE, &mut out);
        assert_eq!(fault, Err(BufferTooSmall { needed: 25 }), "{room} octets of room");
    }
    assert_eq!(redirect.encode(PayloadType::NONE, &mut [0; 25]), Ok(25));
}

#[test]
fn an_encoder_names_the_payload_that_follows() {
    let from = RedirectedFrom(ip("192.0.2.23"));
    assert_eq!(encoded(|out| from.encode(PayloadType::VENDOR_ID, out))[0], 43);
    assert_eq!(encoded(|out| RedirectSupported.encode(PayloadType::NOTIFY, out))[0], 41);
}
