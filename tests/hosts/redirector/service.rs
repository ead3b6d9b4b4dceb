//! Datagram in, answer out.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ikev2_redirect::responder::front_door::FrontDoor;
use ikev2_redirect::wire::InitResponse;
use ikev2_redirect::{Reason, TargetRules};
use quickcheck::quickcheck;

use crate::compose::{COOKIE, Message, NI, REDIRECT_SUPPORTED, REDIRECTED_FROM, identity, notify};
use crate::redirector::choice;
use crate::redirector::entry::Entry;
use crate::redirector::options::Unsupported;
use crate::redirector::service::{MAX_ANSWER, Outcome, Service};

const CLIENT: IpAddr = IpAddr::V4(Ipv4Addr::new(198, 51, 100, 7));

fn service() -> Service<'static> {
    Service {
        door: FrontDoor {
            anycast: &[],
            targets: TargetRules::default(),
            serve_unsupported_on_anycast: false,
            redirect_resumption: false,
        },
        destination: Ipv4Addr::new(192, 0, 2, 1).into(),
        nat_t: false,
        unsupported: Unsupported::Notify,
    }
}

fn list(targets: &[&str]) -> Vec<Entry> {
    targets.iter().map(|target| target.parse().unwrap()).collect()
}

/// Where the client is sent, or why nowhere.
fn target_of(
    service: &Service<'_>,
    client: IpAddr,
    request: &Message,
    targets: &[Entry],
) -> Result<String, Reason> {
    let mut out = [0; MAX_ANSWER];
    match service.answer(client, &request.octets(), targets, &mut out) {
        Outcome::Redirected { length, place } => {
            let response = InitResponse::parse(&out[..length]).unwrap();
            let redirect = response.redirect.unwrap().unwrap();
            assert_eq!(redirect.nonce.octets(), NI);
            assert_eq!(redirect.target.to_string(), targets[place].name.to_string());
            Ok(redirect.target.to_string())
        }
        Outcome::Notified { reason, .. } | Outcome::Refused(reason) => Err(reason),
        Outcome::NotIke => panic!("IKE was sent"),
    }
}

fn sent_to(client: IpAddr, request: &Message, targets: &[&str]) -> Result<String, Reason> {
    target_of(&service(), client, request, &list(targets))
}

fn redirected_from(address: IpAddr) -> Message {
    let identity = match address {
        IpAddr::V4(address) => identity(1, &address.octets()),
        IpAddr::V6(address) => identity(2, &address.octets()),
    };
    Message::request().with(notify(REDIRECTED_FROM, &identity))
}

const FLEET: [&str; 4] = ["192.0.2.11", "192.0.2.12=3", "192.0.2.13", "gw4.example.com=2"];

quickcheck! {
    fn a_returning_client_gets_the_same_target(client: Ipv4Addr, spi: u64) -> bool {
        // libreswan sends a retransmission to another gateway than the first transmission.
        let again = Message { initiator_spi: spi.max(1).to_be_bytes(), ..Message::supporting() };
        let first = sent_to(client.into(), &Message::supporting(), &FLEET);
        first.is_ok() && sent_to(client.into(), &again, &FLEET) == first
    }

    fn a_client_is_never_sent_back_while_another_target_exists(client: Ipv4Addr) -> bool {
        ["192.0.2.11", "192.0.2.12", "192.0.2.13"].into_iter().all(|from| {
            let request = redirected_from(from.parse().unwrap());
            let target = sent_to(client.into(), &request, &FLEET).unwrap();
            target != from
        })
    }

    fn no_client_is_sent_back_to_an_ipv6_gateway(client: Ipv6Addr) -> bool {
        let fleet = ["2001:db8::11=9", "2001:db8::12"];
        let request = redirected_from("2001:db8::11".parse().unwrap());
        sent_to(client.into(), &request, &fleet) == Ok("2001:db8::12".to_owned())
    }

    fn a_refusal_has_the_reason_of_the_clients_own_target(client: Ipv4Addr) -> bool {
        // To one of the two it cannot be sent because it is there, to the other by its length.
        let long = format!("{}.{}.example", "g".repeat(63), "w".repeat(63));
        let request = Message::supporting().without(33).with(crate::compose::part(33, &[]));
        let own = choice::choose(&list(&["192.0.2.1", &long]), client.into(), |_| true);
        let reason = [Reason::SelfRedirect, Reason::AnswerTooLong][own.unwrap()];
        [["192.0.2.1", &long], [&long, "192.0.2.1"]].iter().all(|fleet| {
            sent_to(client.into(), &request, fleet) == Err(reason)
        })
    }

    fn only_the_clients_of_the_gateway_that_sent_them_go_elsewhere(client: Ipv4Addr) -> bool {
        let own = sent_to(client.into(), &Message::supporting(), &FLEET).unwrap();
        let elsewhere = redirected_from("192.0.2.99".parse().unwrap());
        sent_to(client.into(), &elsewhere, &FLEET) == Ok(own)
    }

    fn an_ipv4_client_gets_an_ipv4_target_or_a_name(client: Ipv4Addr) -> bool {
        let fleet = ["2001:db8::11=9", "192.0.2.12", "2001:db8::13=9", "gw4.example.com"];
        let target = sent_to(client.into(), &Message::supporting(), &fleet).unwrap();
        target == "192.0.2.12" || target == "gw4.example.com"
    }

    fn a_target_of_the_other_family_is_better_than_the_way_back(client: Ipv4Addr) -> bool {
        let request = redirected_from("192.0.2.11".parse().unwrap());
        let sent = sent_to(client.into(), &request, &["192.0.2.11", "2001:db8::11"]);
        sent == Ok("2001:db8::11".to_owned())
    }

    fn an_ipv6_client_gets_an_ipv6_target(client: Ipv6Addr) -> bool {
        let fleet = ["2001:db8::11", "192.0.2.12=9"];
        sent_to(client.into(), &Message::supporting(), &fleet) == Ok("2001:db8::11".to_owned())
    }

    fn f29_an_ipv4_client_is_one_in_whichever_form_a_socket_shows_it(client: Ipv4Addr) -> bool {
        let fleet = ["2001:db8::11=9", "192.0.2.12", "192.0.2.13=9", "gw4.example.com"];
        let mapped = client.to_ipv6_mapped();
        sent_to(mapped.into(), &Message::supporting(), &fleet)
            == sent_to(client.into(), &Message::supporting(), &fleet)
    }

    fn f29_h03_a_client_is_not_sent_back_whatever_it_sends_beside(client: Ipv4Addr) -> bool {
        let from = Ipv4Addr::new(192, 0, 2, 12);
        [IpAddr::from(from), IpAddr::from(from.to_ipv6_mapped())].into_iter().all(|from| {
            let request = redirected_from(from);
            let both = request.clone().with(notify(REDIRECT_SUPPORTED, &[]));
            [request, both].iter().all(|request| {
                sent_to(client.into(), request, &["192.0.2.11", "192.0.2.12=9"])
                    == Ok("192.0.2.11".to_owned())
            })
        })
    }

    fn f32_a_drained_target_gets_no_client_whatever_it_asks(client: u128, from: u8) -> bool {
        let fleet = ["192.0.2.11=0", "192.0.2.12", "2001:db8::13=0"];
        let requests = [
            Message::supporting(),
            redirected_from(Ipv4Addr::new(192, 0, 2, from).into()),
            redirected_from(Ipv4Addr::new(192, 0, 2, 12).into()),
        ];
        [IpAddr::from(Ipv6Addr::from(client)), Ipv4Addr::from(client as u32).into()]
            .into_iter()
            .all(|client| {
                requests.iter().all(|request| {
                    sent_to(client, request, &fleet) == Ok("192.0.2.12".to_owned())
                })
            })
    }

    fn a_datagram_of_any_kind_never_panics(datagram: Vec<u8>, nat_t: bool) -> bool {
        let service = Service { nat_t, ..service() };
        let outcome = service.answer(CLIENT, &datagram, &list(&FLEET), &mut [0; MAX_ANSWER]);
        matches!(outcome, Outcome::Refused(_) | Outcome::NotIke)
    }
}

#[test]
fn a_client_is_sent_back_when_there_is_no_other_target() {
    let request = redirected_from("192.0.2.11".parse().unwrap());
    assert_eq!(sent_to(CLIENT, &request, &["192.0.2.11"]), Ok("192.0.2.11".to_owned()));
}

#[test]
fn an_unreadable_redirected_from_beside_support_changes_nothing() {
    let request = Message::supporting().with(notify(REDIRECTED_FROM, &[1, 4, 192]));
    assert_eq!(sent_to(CLIENT, &request, &["192.0.2.11"]), Ok("192.0.2.11".to_owned()));
}

#[test]
fn a_front_door_that_is_a_target_itself_sends_its_clients_to_another() {
    let sent = sent_to(CLIENT, &Message::supporting(), &["192.0.2.1=9", "192.0.2.11"]);
    assert_eq!(sent, Ok("192.0.2.11".to_owned()));
    let alone = sent_to(CLIENT, &Message::supporting(), &["192.0.2.1"]);
    assert_eq!(alone, Err(Reason::SelfRedirect));
}

#[test]
fn h07_r4_4_an_anycast_front_door_may_send_clients_to_its_own_unicast_address() {
    let anycast = [Ipv4Addr::new(203, 0, 113, 1).into()];
    let door = FrontDoor { anycast: &anycast, ..FrontDoor::default() };
    let service = Service { door, destination: anycast[0], ..service() };
    let sent = target_of(&service, CLIENT, &Message::supporting(), &list(&["192.0.2.1"]));
    assert_eq!(sent, Ok("192.0.2.1".to_owned()));
}

#[test]
fn a_name_too_long_for_the_request_gives_way_to_a_target_that_fits() {
    let long = format!("{}.{}.example", "g".repeat(63), "w".repeat(63));
    let short = Message { parts: Message::supporting().without(33).parts, ..Message::request() }
        .with(crate::compose::part(33, &[]));
    let heavy = format!("{long}=9");
    assert_eq!(sent_to(CLIENT, &short, &[&heavy, "192.0.2.11"]), Ok("192.0.2.11".to_owned()));
    assert_eq!(sent_to(CLIENT, &short, &[&heavy]), Err(Reason::AnswerTooLong));
}

#[test]
fn h01_a_cookie_proves_nothing_to_a_front_door_that_has_sent_none() {
    let long = format!("{}.{}.example", "g".repeat(63), "w".repeat(63));
    let short = Message::supporting().without(33).with(crate::compose::part(33, &[]));
    let cookie = notify(COOKIE, &[0xcc; 8]);
    let with_cookie = Message { parts: [vec![cookie], short.parts].concat(), ..short };
    assert_eq!(sent_to(CLIENT, &with_cookie, &[&long]), Err(Reason::AnswerTooLong));
}

/// The octets that are sent, and what is counted.
fn answer(service: &Service<'_>, datagram: &[u8]) -> (Vec<u8>, Outcome) {
    let mut out = [0xee; MAX_ANSWER];
    let outcome = service.answer(CLIENT, datagram, &list(&["192.0.2.11"]), &mut out);
    let length = match outcome {
        Outcome::Redirected { length, .. } | Outcome::Notified { length, .. } => length,
        Outcome::Refused(_) | Outcome::NotIke => 0,
    };
    (out[..length].to_vec(), outcome)
}

#[test]
fn a_client_without_support_is_told_with_no_proposal_chosen() {
    let expected = Message::response(vec![notify(14, &[])]).octets();
    let outcome = Outcome::Notified { length: expected.len(), reason: Reason::ClientUnsupported };
    assert_eq!(answer(&service(), &Message::request().octets()), (expected, outcome));
}

#[test]
fn a_client_without_support_is_left_alone_if_so_configured() {
    let service = Service { unsupported: Unsupported::Drop, ..service() };
    let refused = Outcome::Refused(Reason::ClientUnsupported);
    assert_eq!(answer(&service, &Message::request().octets()), (vec![], refused));
}

#[test]
fn f20_a_client_of_another_version_or_with_unknown_needs_is_told_unless_it_is_to_be_dropped() {
    let newer = Message { version: 0x30, ..Message::supporting() };
    let unknown = crate::compose::Part { kind: 99, flags: 0x80, body: vec![0; 8] };
    let critical = Message::supporting().with(unknown);
    for (request, reason) in
        [(newer, Reason::UnsupportedVersion), (critical, Reason::UnknownCriticalPayload)]
    {
        let (octets, outcome) = answer(&service(), &request.octets());
        assert_eq!(outcome, Outcome::Notified { length: octets.len(), reason });
        assert!((36..=37).contains(&octets.len()), "{octets:?}");
        let quiet = Service { unsupported: Unsupported::Drop, ..service() };
        assert_eq!(answer(&quiet, &request.octets()), (vec![], Outcome::Refused(reason)));
    }
}

#[test]
fn front_doors_do_not_answer_each_others_answers() {
    let (redirect, _) = answer(&service(), &Message::supporting().octets());
    let (error, _) = answer(&service(), &Message::request().octets());
    for message in [redirect, error] {
        let silence = (vec![], Outcome::Refused(Reason::WrongFlags));
        assert_eq!(answer(&service(), &message), silence);
    }
}

#[test]
fn only_a_client_without_support_is_told() {
    let refused = Outcome::Refused(Reason::NonceLength);
    let request = Message::request().with_nonce(&[7; 15]).octets();
    assert_eq!(answer(&service(), &request), (vec![], refused));
    let at_the_only_target = Service { destination: "192.0.2.11".parse().unwrap(), ..service() };
    let refused = Outcome::Refused(Reason::SelfRedirect);
    let request = Message::supporting().octets();
    assert_eq!(answer(&at_the_only_target, &request), (vec![], refused));
}

#[test]
fn a_nat_t_answer_stands_behind_four_zero_octets_like_its_request() {
    let nat_t = Service { nat_t: true, ..service() };
    for request in [Message::supporting().octets(), Message::request().octets()] {
        let (plain, _) = answer(&service(), &request);
        let (marked, _) = answer(&nat_t, &[&[0; 4][..], &request].concat());
        assert_eq!(marked, [&[0; 4][..], &plain].concat());
    }
}

#[test]
fn esp_and_keepalives_on_a_nat_t_port_get_no_answer() {
    let nat_t = Service { nat_t: true, ..service() };
    let esp = [&[0, 0, 0, 1][..], &Message::supporting().octets()].concat();
    for datagram in [&[0xff][..], &[], &[0; 3], &esp, &Message::supporting().octets()] {
        assert_eq!(answer(&nat_t, datagram), (vec![], Outcome::NotIke));
    }
}
