//! The parties that all examples run, without any socket.

use std::collections::VecDeque;
use std::net::{IpAddr, Ipv4Addr};

use ikev2_redirect::initiator::{Config, Moving};
use ikev2_redirect::wire::{ExchangeType, Header, PayloadType};
use ikev2_redirect::{Fqdn, Instant, TargetRules};

use super::peers::book::Book;
use super::peers::message::{Chain, GATEWAY, Head, open};
use super::peers::{
    Client, Dns, Gateway, Host, Login, Moment, Outbox, Output, Policy, Settings, earliest,
};

const CLIENT: IpAddr = address(9);
const A: IpAddr = address(2);
const B: IpAddr = address(3);
const UNTRUSTED: IpAddr = address(66);

#[test]
fn a_redirect_that_comes_with_a_delete_leaves_one_ike_sa() {
    for moving in [Moving::MakeBeforeBreak, Moving::BreakBeforeMake] {
        let redirects = Config { moving, ..settings().redirects };
        let mut net =
            Net::new(Settings { redirects, ..settings() }, [Policy::serve(), Policy::serve()]);
        net.connect(A);
        let mut chain = Chain::new();
        chain.push_redirect(B.into());
        chain.push(PayloadType::DELETE, &[1, 0, 0, 0]);
        net.inject(chain.sealed());
        assert_eq!(net.client.connected_to(), Some(B), "{moving:?}");
        assert_eq!(net.client.sa_count(), 1, "{moving:?}");
    }
}

#[test]
fn lost_messages_are_sent_again() {
    for lost in 0..6 {
        let mut net = Net::new(settings(), [Policy::redirect(Moment::Init, B), Policy::serve()]);
        net.lose = Some(lost);
        net.connect(A);
        assert_eq!(net.lose, None, "message {lost} was sent");
        assert_eq!(net.client.connected_to(), Some(B), "message {lost} lost");
        assert_eq!(net.gateways[1].1.session_count(), 1, "message {lost} lost");
    }
}

#[test]
fn a_lost_redirect_of_a_session_is_sent_again() {
    // The REDIRECT, then its acknowledgement.
    for lost in 0..2 {
        let mut net = Net::new(settings(), [Policy::serve(), Policy::serve()]);
        net.connect(A);
        net.lose = Some(lost);
        net.redirect_all(B);
        assert_eq!(net.lose, None);
        assert_eq!(net.client.connected_to(), Some(B), "message {lost} lost");
        assert_eq!(net.gateways[0].1.session_count(), 0, "message {lost} lost");
    }
}

#[test]
fn a_target_that_the_user_does_not_know_is_not_followed() {
    let mut net = Net::new(settings(), [Policy::serve(), Policy::serve()]);
    net.connect(A);
    net.redirect_all(UNTRUSTED);
    assert!(net.notes.iter().any(|note| note == "refuses to follow: policy-refused"));
    assert!(!net.sent_to.contains(&UNTRUSTED));
}

#[test]
fn a_name_may_be_looked_up_while_others_are_served() {
    let mut net = Net::new(slow_dns(), [redirect_by_name(), Policy::serve()]);
    net.connect_until_quiet(A);
    assert_eq!(net.client.question(), Some("b.example"));
    net.answer("b.example", Some(B));
    assert_eq!(net.client.connected_to(), Some(B));
}

#[test]
fn the_answer_to_an_abandoned_question_changes_nothing() {
    let mut net = Net::new(slow_dns(), [redirect_by_name(), Policy::serve()]);
    net.connect(A); // until the machine asks no more, and the host has given up
    assert_eq!(net.client.question(), None);
    let sent = net.sent_to.len();
    net.answer("b.example", Some(B));
    assert_eq!(net.sent_to.len(), sent);
    assert_eq!(net.client.connected_to(), None);
}

#[test]
fn the_answer_to_another_question_is_not_taken() {
    let mut net = Net::new(slow_dns(), [redirect_by_name(), Policy::serve()]);
    net.connect_until_quiet(A);
    net.answer("c.example", Some(B));
    assert_eq!(net.client.question(), Some("b.example"));
    assert!(!net.sent_to.contains(&B));
}

#[test]
fn the_latest_redirect_of_a_circle_of_two_is_not_followed_back() {
    let back = Policy::redirect(Moment::Init, A);
    let mut net = Net::new(settings(), [Policy::redirect(Moment::Init, B), back]);
    net.connect(A);
    // The second gateway sees REDIRECTED_FROM and serves.
    assert_eq!(net.client.connected_to(), Some(B));
}

#[test]
fn what_was_sealed_opens_whole() {
    for length in 0..40 {
        let body = vec![0; length];
        let mut chain = Chain::new();
        chain.push(PayloadType::VENDOR_ID, &body);
        let message = chain.sealed().message(HEAD);
        let (header, payloads) = Header::parse(&message).expect("a message");
        let (first, chain) = open(&header, payloads).expect("an SK payload");
        assert_eq!((first, &chain[4..]), (PayloadType::VENDOR_ID, &body[..]));
    }
}

#[test]
fn no_padding_of_an_sk_payload_reaches_past_its_beginning() {
    let message = {
        let mut octets = Chain::new().sealed().message(HEAD);
        *octets.last_mut().expect("a message") = 0xff;
        octets
    };
    let (header, payloads) = Header::parse(&message).expect("a message");
    assert!(open(&header, payloads).is_err());
}

#[test]
fn where_only_one_address_is_left_parties_differ_by_port() {
    let mut book = Book::default();
    // Documentation addresses are nobody's.
    let (a, b) = (book.open(A).expect("a socket"), book.open(B).expect("a socket"));
    assert!(book.crowded);
    assert_eq!(book.party_at(a.local_addr().expect("bound")), Some(A));
    assert_eq!(book.party_at(b.local_addr().expect("bound")), Some(B));
}

const HEAD: Head = Head {
    initiator_spi: ikev2_redirect::wire::Spi([1; 8]),
    responder_spi: ikev2_redirect::wire::Spi([2; 8]),
    exchange: ExchangeType::INFORMATIONAL,
    flags: GATEWAY,
    message_id: 0,
};

const fn address(last: u8) -> IpAddr {
    IpAddr::V4(Ipv4Addr::new(192, 0, 2, last))
}

fn settings() -> Settings {
    Settings {
        redirects: Config { targets: TargetRules::default(), ..Config::default() },
        login: Login::SharedKey,
        trusted: vec![A, B],
        dns: Dns::Table(Vec::new()),
    }
}

/// A client whose names somebody else looks up.
fn slow_dns() -> Settings {
    Settings { dns: Dns::Elsewhere, ..settings() }
}

fn redirect_by_name() -> Policy {
    Policy::redirect(Moment::Init, Fqdn::new("b.example").expect("a name"))
}

/// A client and two gateways with a queue between them.
struct Net {
    client: Client,
    gateways: [(IpAddr, Gateway); 2],
    queue: VecDeque<(IpAddr, IpAddr, Vec<u8>)>,
    now: Instant,
    /// Which of the next messages is lost.
    lose: Option<usize>,
    sent_to: Vec<IpAddr>,
    notes: Vec<String>,
    /// The header of the latest message of the client.
    latest: Option<Header>,
}

impl Net {
    fn new(settings: Settings, [a, b]: [Policy; 2]) -> Self {
        Net {
            client: Client::new(settings).expect("good settings"),
            gateways: [(A, Gateway::new(A, a)), (B, Gateway::new(B, b))],
            queue: VecDeque::new(),
            now: Instant::from_millis(0),
            lose: None,
            sent_to: Vec::new(),
            notes: Vec::new(),
            latest: None,
        }
    }

    fn connect(&mut self, gateway: IpAddr) {
        self.connect_until_quiet(gateway);
        self.settle();
    }

    /// Without any timer.
    fn connect_until_quiet(&mut self, gateway: IpAddr) {
        let mut out = Outbox::default();
        self.client.connect(self.now, gateway, &mut out).expect("it is not connected");
        self.take(CLIENT, out);
        self.deliver_all();
    }

    /// Somebody has looked up a name.
    fn answer(&mut self, name: &str, address: Option<IpAddr>) {
        let mut out = Outbox::default();
        self.client.answer(self.now, name, address, &mut out);
        self.take(CLIENT, out);
        self.deliver_all();
    }

    /// The first gateway sends its clients away.
    fn redirect_all(&mut self, target: IpAddr) {
        let mut out = Outbox::default();
        let gateway = &mut self.gateways[0].1;
        gateway.redirect_all(self.now, target.into(), &mut out).expect("it can");
        self.take(A, out);
        self.settle();
    }

    /// A protected request of the gateway that the client is connected to.
    fn inject(&mut self, chain: Chain) {
        let latest = self.latest.expect("the client has sent something");
        let head = Head {
            initiator_spi: latest.initiator_spi,
            responder_spi: latest.responder_spi,
            ..HEAD
        };
        let mut out = Outbox::default();
        self.client.receive(self.now, A, &chain.message(head), &mut out);
        self.take(CLIENT, out);
        self.settle();
    }

    /// Lets everything happen within twenty seconds.
    fn settle(&mut self) {
        let end = self.now.after(20_000);
        loop {
            self.deliver_all();
            let gateways = self.gateways.iter().map(|(_, gateway)| gateway.next_deadline());
            let next = earliest(gateways.chain([self.client.next_deadline()]));
            let Some(at) = next.filter(|at| *at <= end) else { return };
            self.now = at;
            self.wake();
        }
    }

    fn deliver_all(&mut self) {
        while let Some((from, to, octets)) = self.queue.pop_front() {
            self.deliver(from, to, &octets);
        }
    }

    fn wake(&mut self) {
        let mut out = Outbox::default();
        self.client.wake(self.now, &mut out);
        self.take(CLIENT, out);
        for index in 0..self.gateways.len() {
            let mut out = Outbox::default();
            let (address, gateway) = &mut self.gateways[index];
            gateway.wake(self.now, &mut out);
            let address = *address;
            self.take(address, out);
        }
    }

    fn deliver(&mut self, from: IpAddr, to: IpAddr, octets: &[u8]) {
        let mut out = Outbox::default();
        if to == CLIENT {
            self.client.receive(self.now, from, octets, &mut out);
        } else if let Some((_, gateway)) = self.gateways.iter_mut().find(|known| known.0 == to) {
            gateway.receive(self.now, from, octets, &mut out);
        }
        self.take(to, out);
    }

    fn take(&mut self, from: IpAddr, out: Outbox) {
        for output in out {
            match output {
                Output::Send { to, message } => self.send(from, to, message),
                Output::Note(note) => self.notes.push(note),
            }
        }
    }

    fn send(&mut self, from: IpAddr, to: IpAddr, octets: Vec<u8>) {
        self.sent_to.push(to);
        if from == CLIENT {
            self.latest = Header::parse(&octets).ok().map(|(header, _)| header);
        }
        let lost = self.lose == Some(0);
        self.lose = self.lose.and_then(|left| left.checked_sub(1));
        if !lost {
            self.queue.push_back((from, to, octets));
        }
    }
}
