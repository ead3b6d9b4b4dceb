//! The decrypted payloads of a protected message.

use ikev2_redirect::Reason;
use ikev2_redirect::wire::{Contents, NotifyType, PayloadType, Redirect};

use crate::compose::{
    self, Part, REDIRECT, REDIRECT_SUPPORTED, REDIRECTED_FROM, SA, identity, ip, notify, part,
};

/// What is found in a protected message with these payloads.
fn with_contents<T>(parts: &[Part], check: impl Fn(Result<Contents<'_>, Reason>) -> T) -> T {
    check(Contents::parse(PayloadType(parts[0].kind), &compose::chain(parts)))
}

fn assert_contents(part: Part, expected: Contents<'_>) {
    with_contents(std::slice::from_ref(&part), |found| assert_eq!(found, Ok(expected), "{part:?}"));
}

fn redirect_fault(parts: &[Part]) -> Option<Reason> {
    with_contents(parts, |found| found.unwrap().redirect.and_then(Result::err))
}

#[test]
fn r7_1_1_redirect_supported_means_nothing_in_a_protected_message() {
    assert_contents(notify(REDIRECT_SUPPORTED, &[]), Contents::default());
}

#[test]
fn r7_3_1_redirected_from_means_nothing_in_a_protected_message() {
    let from = notify(REDIRECTED_FROM, &identity(1, &[192, 0, 2, 23]));
    assert_contents(from, Contents::default());
}

#[test]
fn each_payload_that_matters_is_found_in_a_protected_message() {
    let none = Contents::default();
    let redirect = Some(Ok(Redirect { target: ip("192.0.2.45").into() }));
    for (part, expected) in [
        (part(39, &[2; 12]), Contents { auth: true, ..none }),
        (part(48, &[3; 5]), Contents { eap: true, ..none }),
        (part(SA, &[1; 44]), Contents { sa: true, ..none }),
        (notify(16405, &[]), Contents { another_auth_follows: true, ..none }),
        (notify(16404, &[]), Contents { multiple_auth_supported: true, ..none }),
        (part(42, &[1, 0, 0, 0]), Contents { deletes_ike_sa: true, ..none }),
        (notify(REDIRECT, &identity(1, &[192, 0, 2, 45])), Contents { redirect, ..none }),
    ] {
        assert_contents(part, expected);
    }
}

#[test]
fn a_delete_of_esp_sas_does_not_delete_the_ike_sa() {
    let esp = part(42, &[3, 4, 0, 1, 0xde, 0xad, 0xbe, 0xef]);
    assert_contents(esp, Contents::default());
}

#[test]
fn two_unlike_redirects_in_a_protected_message_are_not_believed() {
    let to = |octet| notify(REDIRECT, &identity(1, &[192, 0, 2, octet]));
    let unreadable = notify(REDIRECT, &[]);
    assert_eq!(redirect_fault(&[to(45), to(45)]), None);
    assert_eq!(redirect_fault(&[to(45), to(46)]), Some(Reason::ConflictingNotifies));
    assert_eq!(redirect_fault(&[unreadable, to(45)]), Some(Reason::ConflictingNotifies));
}

// H10
#[test]
fn a_redirect_beside_one_that_cannot_be_read_is_not_believed() {
    for good in
        [identity(1, &[192, 0, 2, 45]), identity(2, &[0x20; 16]), identity(3, b"gw.example")]
    {
        for bad in [vec![], identity(4, &[192, 0, 2, 45]), identity(1, &[192, 0, 2])] {
            let [good, bad] = [&good, &bad].map(|data| notify(REDIRECT, data));
            for parts in [[good.clone(), bad.clone()], [bad, good]] {
                assert_eq!(redirect_fault(&parts), Some(Reason::ConflictingNotifies), "{parts:?}");
            }
        }
    }
}

// H10: a stack may tell of both in one message.
#[test]
fn the_ike_sa_is_deleted_whatever_else_is() {
    let ike = part(42, &[1, 0, 0, 0]);
    let esp = part(42, &[3, 4, 0, 1, 0xde, 0xad, 0xbe, 0xef]);
    let ah = part(42, &[2, 4, 0, 1, 0xde, 0xad, 0xbe, 0xef]);
    let deletes = |parts: &[Part]| with_contents(parts, |found| found.unwrap().deletes_ike_sa);
    for both in [[ike.clone(), esp.clone()], [esp.clone(), ike.clone()], [ike.clone(), ike]] {
        assert!(deletes(&both), "{both:?}");
    }
    for neither in [vec![esp.clone(), ah.clone()], vec![ah, esp], vec![part(42, &[])]] {
        assert!(!deletes(&neither), "{neither:?}");
    }
}

// H10: what is there once is there, whatever follows it.
#[test]
fn a_repeated_payload_is_no_less_there() {
    let parts = [part(39, &[2; 12]), part(48, &[3; 5]), part(SA, &[1; 44])];
    let all: Vec<Part> = parts.iter().chain(parts.iter().rev()).cloned().collect();
    let expected = Contents { auth: true, eap: true, sa: true, ..Contents::EMPTY };
    with_contents(&all, |found| assert_eq!(found, Ok(expected)));
}

// F04
#[test]
fn an_error_that_ends_ike_auth_is_shown() {
    for kind in [24, 7, 1] {
        let fatal_error = Some(NotifyType(kind));
        assert_contents(notify(kind, &[]), Contents { fatal_error, ..Contents::EMPTY });
        assert_contents(notify(kind, &[200]), Contents { fatal_error, ..Contents::EMPTY });
    }
    assert_eq!(NotifyType::AUTHENTICATION_FAILED, NotifyType(24));
    assert_eq!(NotifyType::INVALID_SYNTAX, NotifyType(7));
    assert_eq!(NotifyType::UNSUPPORTED_CRITICAL_PAYLOAD, NotifyType(1));
    assert_eq!(NotifyType::INVALID_MAJOR_VERSION, NotifyType(5));
}

// F04: the IKE SA stands without its CHILD SA.
#[test]
fn other_errors_and_every_status_do_not_show() {
    for kind in (0..=100).chain(16384..16500).chain([16383, 40960, 65535]) {
        if ![24, 7, 1, REDIRECT].contains(&kind) {
            with_contents(&[notify(kind, &[])], |found| {
                assert_eq!(found.unwrap().fatal_error, None, "type {kind}");
            });
        }
    }
}

// F04: of several the first, and a REDIRECT beside it goes on to be shown.
#[test]
fn the_first_error_that_ends_ike_auth_is_shown() {
    let redirect = notify(REDIRECT, &identity(1, &[192, 0, 2, 45]));
    let parts = [notify(38, &[]), redirect, notify(7, &[]), notify(24, &[])];
    with_contents(&parts, |found| {
        let found = found.unwrap();
        assert_eq!(found.fatal_error, Some(NotifyType::INVALID_SYNTAX));
        assert!(matches!(found.redirect, Some(Ok(_))));
    });
}
