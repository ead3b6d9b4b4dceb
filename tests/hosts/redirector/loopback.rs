//! The front door over real sockets, with ports that the system chooses.

use std::collections::VecDeque;

use super::running::{PATIENCE, Running, Scratch, ask, client_at, supporting, target_of};
use crate::compose::{Message, TICKET_OPAQUE, notify};

#[test]
fn a_client_is_redirected_over_udp() {
    let running = Running::start("--listen 127.0.0.1:0 --to 192.0.2.11");
    assert_eq!(running.target_of("127.0.0.1"), "192.0.2.11");
}

#[test]
fn a_client_behind_a_nat_is_redirected_over_udp() {
    let running = Running::start("--listen nat-t:127.0.0.1:0 --to 192.0.2.11");
    let request = [&[0; 4][..], &supporting()].concat();
    let answer = ask(&client_at("127.0.0.1"), running.doors[0], &request);
    assert_eq!(answer[..4], [0; 4]);
    assert_eq!(target_of(&answer[4..]), "192.0.2.11");
}

#[test]
fn r4_2_each_address_answers_for_itself() {
    let running = Running::start("--listen 127.0.0.1:0 --listen 127.0.0.2:0 --to 192.0.2.11");
    let client = client_at("127.0.0.3");
    for door in &running.doors {
        ask(&client, *door, &supporting()); // compares where the answer comes from
    }
    assert_ne!(running.doors[0].ip(), running.doors[1].ip());
}

#[test]
fn f29_h07_a_front_door_in_the_other_form_of_an_ipv4_address_answers_alike() {
    let fleet = "--to 192.0.2.11 --to 192.0.2.12 --to 2001:db8::13=9";
    let plain = Running::start(&format!("--listen 127.0.0.1:0 {fleet}"));
    let mapped = Running::start(&format!("--listen [::ffff:127.0.0.1]:0 {fleet}"));
    assert!(mapped.doors[0].is_ipv4());
    assert_eq!(plain.targets_of_many(), mapped.targets_of_many());
}

#[test]
fn h02_what_is_allowed_on_the_command_line_is_allowed_at_the_door() {
    for (target, allow) in
        [("127.0.0.9", "--allow-loopback"), ("169.254.0.9", "--allow-link-local")]
    {
        let line = format!("--listen 127.0.0.1:0 --to {target} {allow}");
        assert_eq!(Running::start(&line).target_of("127.0.0.1"), target);
    }
}

#[test]
fn r4_4_nobody_is_sent_to_the_address_that_was_asked() {
    let fleet = "--to 127.0.0.1=9 --to 192.0.2.11 --to ::1=9 --allow-loopback";
    let running = Running::start(&format!("--listen 127.0.0.1:0 --listen [::1]:0 {fleet}"));
    assert!(running.targets_of_many().iter().all(|target| target == "192.0.2.11"));
    let answer = ask(&client_at("::1"), running.doors[1], &supporting());
    assert_ne!(target_of(&answer), "::1");
}

#[test]
fn a_session_that_is_resumed_is_redirected_only_when_the_operator_says_so() {
    let ticket = notify(TICKET_OPAQUE, &[0xdd; 64]);
    let resume = Message { exchange: 38, ..Message::supporting() }.without(33).without(34);
    let resume = resume.with(ticket);
    for (option, redirected) in [("", 0.0), ("--resumption", 1.0)] {
        let running = Running::start(&format!("--listen 127.0.0.1:0 --to 192.0.2.11 {option}"));
        client_at("127.0.0.1").send_to(&resume.octets(), running.doors[0]).unwrap();
        assert_eq!(running.metrics_after(1).sum("redirects_total"), redirected);
    }
}

#[test]
fn a_client_without_support_gets_an_error_over_udp() {
    let running = Running::start("--listen 127.0.0.1:0 --to 192.0.2.11 --unsupported notify");
    let answer = ask(&client_at("127.0.0.1"), running.doors[0], &Message::request().octets());
    assert_eq!(answer, Message::response(vec![notify(14, &[])]).octets());
}

#[test]
fn a_client_that_is_dropped_gets_nothing_and_the_next_one_is_served() {
    let running = Running::start("--listen 127.0.0.1:0 --to 192.0.2.11 --unsupported drop");
    let client = client_at("127.0.0.1");
    client.send_to(&Message::request().octets(), running.doors[0]).unwrap();
    let answer = ask(&client, running.doors[0], &supporting());
    assert_eq!(target_of(&answer), "192.0.2.11", "the first answer is to the second request");
    let metrics = running.metrics_after(2);
    let refused = metrics.sum_where("refused_total", &[("reason", "client-unsupported")]);
    assert_eq!((metrics.sum("notified_total"), refused), (0.0, 1.0));
}

#[test]
fn rubbish_does_not_disturb() {
    let running = Running::start("--listen 127.0.0.1:0 --to 192.0.2.11");
    let client = client_at("127.0.0.1");
    let response = Message { flags: 0x20, ..Message::supporting() };
    let nonce = Message::supporting().with_nonce(&[7; 15]);
    for rubbish in
        [&[][..], &[0xff; 1400], &supporting()[..60], &response.octets(), &nonce.octets()]
    {
        client.send_to(rubbish, running.doors[0]).unwrap();
    }
    assert_eq!(target_of(&ask(&client, running.doors[0], &supporting())), "192.0.2.11");
    let metrics = running.metrics_after(6);
    assert_eq!((metrics.sum("redirects_total"), metrics.sum("refused_total")), (1.0, 5.0));
}

#[test]
fn a_retransmission_and_a_returning_client_get_the_same_target() {
    let running = Running::start("--listen 127.0.0.1:0 --to 192.0.2.11 --to 192.0.2.12");
    for client in ["127.0.0.1", "127.0.0.2", "127.0.0.3", "127.0.0.4"] {
        let first = ask(&client_at(client), running.doors[0], &supporting());
        let other_port = client_at(client);
        assert_eq!(ask(&other_port, running.doors[0], &supporting()), first);
        assert_eq!(ask(&other_port, running.doors[0], &supporting()), first);
    }
}

#[test]
fn all_threads_answer_alike_and_are_counted_together() {
    let running =
        Running::start("--listen 127.0.0.1:0 --to 192.0.2.11 --to 192.0.2.12 --threads 3");
    let clients: Vec<_> = (1..=4).map(|i| client_at(&format!("127.0.0.{i}"))).collect();
    let expected: Vec<_> =
        clients.iter().map(|client| ask(client, running.doors[0], &supporting())).collect();
    for _ in 0..25 {
        for client in &clients {
            client.send_to(&supporting(), running.doors[0]).unwrap();
        }
        for (client, expected) in clients.iter().zip(&expected) {
            let mut answer = [0; 1024];
            let length = client.recv(&mut answer).unwrap();
            assert_eq!(answer[..length], expected[..]);
        }
    }
    assert_eq!(running.metrics_after(104).sum("redirects_total"), 104.0);
}

#[test]
fn counters_are_reported_on_their_own() {
    let running = Running::start("--listen 127.0.0.1:0 --to 192.0.2.11 --report 1");
    running.target_of("127.0.0.1");
    assert!(running.wait_for("counters ").starts_with("counters received=1 redirected=1 "));
}

#[test]
fn counters_are_not_reported_before_it_is_time() {
    let scratch = Scratch::new();
    let file = scratch.write("targets", "192.0.2.11\nend\n");
    let running =
        Running::start(&format!("--listen 127.0.0.1:0 --targets {file} --report 1000000"));
    for asked in 1..=2 {
        running.target_of("127.0.0.1");
        // The second metrics are written after the first report would have been.
        running.metrics_after(asked);
    }
    scratch.write("targets", "192.0.2.12\nend\n");
    assert!(running.next_line().starts_with("targets changed"));
}

#[test]
fn two_front_doors_that_redirect_to_each_other_do_not_answer_each_other() {
    let running = Running::start("--listen 127.0.0.1:0 --to 192.0.2.11");
    let client = client_at("127.0.0.1");
    client.set_read_timeout(Some(PATIENCE)).unwrap();
    let mut answers = VecDeque::from([ask(&client, running.doors[0], &supporting())]);
    while let Some(answer) = answers.pop_front() {
        client.send_to(&answer, running.doors[0]).unwrap();
    }
    ask(&client, running.doors[0], &supporting()); // the first answer is to this request
    let metrics = running.metrics_after(3);
    let flags = metrics.sum_where("refused_total", &[("reason", "wrong-flags")]);
    assert_eq!((metrics.sum("redirects_total"), flags), (2.0, 1.0));
}
