//! EAP-MD5, both ends, and the Identity exchange before it.

use crate::crypto::md5;

const REQUEST: u8 = 1;
const RESPONSE: u8 = 2;
const SUCCESS: u8 = 3;
const FAILURE: u8 = 4;
const IDENTITY: u8 = 1;
const NAK: u8 = 3;
const MD5_CHALLENGE: u8 = 4;

/// Who authenticates by EAP.
#[derive(Clone, Debug)]
pub(crate) struct Account {
    pub(crate) user: String,
    pub(crate) secret: String,
}

/// What an EAP packet of the authenticator means to the client.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Turn {
    Respond(Vec<u8>),
    Success,
    Failure,
}

/// The client's answer to an EAP packet.
pub(crate) fn client_turn(packet: &[u8], account: &Account) -> Turn {
    match *packet {
        [SUCCESS, ..] => Turn::Success,
        [REQUEST, id, _, _, IDENTITY, ..] => {
            Turn::Respond(typed(RESPONSE, id, IDENTITY, account.user.as_bytes()))
        }
        [REQUEST, id, _, _, MD5_CHALLENGE, size, ref rest @ ..] => {
            let Some(challenge) = rest.get(..usize::from(size)) else { return Turn::Failure };
            let value = digest(id, account, challenge);
            Turn::Respond(typed(RESPONSE, id, MD5_CHALLENGE, &[&[16], &value[..]].concat()))
        }
        [REQUEST, id, ..] => Turn::Respond(typed(RESPONSE, id, NAK, &[MD5_CHALLENGE])),
        _ => Turn::Failure,
    }
}

/// The authenticator asks who the client is.
pub(crate) fn identity_request(id: u8) -> Vec<u8> {
    typed(REQUEST, id, IDENTITY, &[])
}

/// Whether a response packet names that account.
pub(crate) fn is_identity(packet: &[u8], id: u8, account: &Account) -> bool {
    packet == typed(RESPONSE, id, IDENTITY, account.user.as_bytes())
}

/// The authenticator's challenge.
pub(crate) fn challenge(id: u8, challenge: &[u8; 16]) -> Vec<u8> {
    typed(REQUEST, id, MD5_CHALLENGE, &[&[16], &challenge[..]].concat())
}

/// Whether a response packet answers that challenge.
pub(crate) fn is_answered(packet: &[u8], id: u8, challenge: &[u8; 16], account: &Account) -> bool {
    let value = digest(id, account, challenge);
    // A name may follow the value.
    packet.starts_with(&[RESPONSE, id])
        && packet.get(4..6) == Some(&[MD5_CHALLENGE, 16])
        && packet.get(6..22) == Some(&value[..])
}

pub(crate) fn verdict(id: u8, success: bool) -> Vec<u8> {
    vec![if success { SUCCESS } else { FAILURE }, id, 0, 4]
}

fn digest(id: u8, account: &Account, challenge: &[u8]) -> Vec<u8> {
    md5(&[&[id], account.secret.as_bytes(), challenge].concat())
}

fn typed(code: u8, id: u8, kind: u8, data: &[u8]) -> Vec<u8> {
    let length = (data.len() as u16 + 5).to_be_bytes();
    [&[code, id, length[0], length[1], kind], data].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn account(secret: &str) -> Account {
        Account { user: "user".into(), secret: secret.into() }
    }

    #[test]
    fn only_the_right_secret_answers_the_challenge() {
        let response = |secret| match client_turn(&challenge(7, &[9; 16]), &account(secret)) {
            Turn::Respond(packet) => packet,
            other => panic!("{other:?}"),
        };
        assert!(is_answered(&response("right"), 7, &[9; 16], &account("right")));
        assert!(!is_answered(&response("wrong"), 7, &[9; 16], &account("right")));
        assert!(!is_answered(&response("right"), 8, &[9; 16], &account("right")));
    }

    #[test]
    fn other_methods_are_declined_in_favour_of_md5() {
        let turn = client_turn(&[REQUEST, 3, 0, 5, 26], &account("x"));
        assert_eq!(turn, Turn::Respond(vec![RESPONSE, 3, 0, 6, NAK, MD5_CHALLENGE]));
    }
}
