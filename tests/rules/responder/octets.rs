//! What the octets of a protected message come to.

use ikev2_redirect::Reason;
use ikev2_redirect::responder::{Action, Config, Phase};
use ikev2_redirect::wire::{Contents, PayloadType};
use quickcheck::{Gen, QuickCheck};

use super::support::*;

const NOTIFY: u8 = 41;
const DELETE: u8 = 42;

/// A chain of payloads and the type of the first.
fn chain(payloads: &[(u8, &[u8])]) -> (PayloadType, Vec<u8>) {
    let mut octets = Vec::new();
    for (at, (_, body)) in payloads.iter().enumerate() {
        let next = payloads.get(at + 1).map_or(0, |(kind, _)| *kind);
        let length = u16::try_from(4 + body.len()).unwrap().to_be_bytes();
        octets.extend([next, 0, length[0], length[1]]);
        octets.extend(*body);
    }
    (PayloadType(payloads[0].0), octets)
}

const OF_IKE: (u8, &[u8]) = (DELETE, &[1, 0, 0, 0]);
const OF_ESP: (u8, &[u8]) = (DELETE, &[3, 4, 0, 1, 9, 9, 9, 9]);
const REDIRECT: (u8, &[u8]) = (NOTIFY, &[0, 0, 0x40, 0x17, 1, 4, 192, 0, 2, 45]);
const BROKEN: (u8, &[u8]) = (NOTIFY, &[0, 0, 0x40, 0x17, 1, 3, 192, 0, 2]);
const FAILED: (u8, &[u8]) = (NOTIFY, &[0, 0, 0, 24]);
const STATUS: (u8, &[u8]) = (NOTIFY, &[0, 0, 0x40, 0x00]);

const KINDS: [(u8, &[u8]); 6] = [OF_IKE, OF_ESP, REDIRECT, BROKEN, FAILED, STATUS];

/// What a session that is leaving does of the message.
fn tell(payloads: &[(u8, &[u8])]) -> (Vec<Action>, Phase) {
    let (first, octets) = chain(payloads);
    let contents = Contents::parse(first, &octets).unwrap();
    let mut session = leaving(Config::default());
    let actions = session.handle(NOW, informational(contents));
    (actions.into_iter().collect(), session.phase())
}

#[test]
fn a_delete_of_the_ike_sa_counts_whatever_stands_behind_it() {
    // H10
    for payloads in [[OF_IKE, OF_ESP], [OF_ESP, OF_IKE], [OF_IKE, OF_IKE]] {
        let gone = (vec![Action::PassOn, Action::ClientLeft], Phase::Closed);
        assert_eq!(tell(&payloads), gone);
    }
    assert_eq!(tell(&[OF_ESP, OF_ESP]), (vec![Action::PassOn], Phase::Leaving));
}

#[test]
fn a_redirect_of_the_client_is_ignored_however_often_and_however_badly_it_stands_there() {
    // H10, R8-2
    for payloads in [[REDIRECT, BROKEN], [BROKEN, REDIRECT], [BROKEN, BROKEN]] {
        let ignored = Action::Ignored { reason: Reason::WrongDirection };
        assert_eq!(tell(&payloads), (vec![Action::Acknowledge, ignored], Phase::Leaving));
    }
}

#[test]
fn the_order_of_the_payloads_makes_no_difference() {
    // H10
    fn holds(choice: Vec<u8>, turn: usize) -> bool {
        let payloads: Vec<_> =
            choice.iter().map(|kind| KINDS[usize::from(*kind) % KINDS.len()]).collect();
        if payloads.is_empty() {
            return true;
        }
        let mut turned = payloads.clone();
        turned.rotate_left(turn % payloads.len());
        let mut back = payloads.clone();
        back.reverse();
        tell(&payloads) == tell(&turned) && tell(&payloads) == tell(&back)
    }
    QuickCheck::new().rng(Gen::new(6)).quickcheck(holds as fn(Vec<u8>, usize) -> bool);
}

#[test]
fn each_payload_counts_beside_any_other() {
    // H10: a payload that hides one before it would show here.
    for first in KINDS {
        for second in KINDS {
            let both = [first, second];
            let (actions, phase) = tell(&both);
            let redirect = both.contains(&REDIRECT) || both.contains(&BROKEN);
            let over = both.contains(&OF_IKE) || both.contains(&FAILED);
            assert_eq!(actions.contains(&Action::Acknowledge), redirect, "{both:?}");
            assert_eq!(phase == Phase::Closed, over, "{both:?}");
            assert_eq!(actions.contains(&Action::ClientLeft), both.contains(&OF_IKE), "{both:?}");
        }
    }
}
