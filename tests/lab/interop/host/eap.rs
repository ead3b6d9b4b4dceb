//! EAP with EAP-MD5, both ends, and the Identity exchange before it.

use crate::crypto::{md5, random};
use crate::host::crypto::{Account, Eap, Turn};

const REQUEST: u8 = 1;
const RESPONSE: u8 = 2;
const SUCCESS: u8 = 3;
const FAILURE: u8 = 4;
const IDENTITY: u8 = 1;
const NAK: u8 = 3;
const MD5: u8 = 4;

/// The client's end.
#[derive(Debug)]
pub(crate) struct Client(pub(crate) Account);

impl Eap for Client {
    fn turn(&mut self, packet: &[u8]) -> Turn {
        let respond = |id, kind, data: &[u8]| Turn::Say(typed(RESPONSE, id, kind, data));
        match *packet {
            [SUCCESS, ..] => Turn::Success(Vec::new(), None),
            [REQUEST, id, _, _, IDENTITY, ..] => respond(id, IDENTITY, self.0.user.as_bytes()),
            [REQUEST, id, _, _, MD5, size, ref rest @ ..] if rest.len() >= usize::from(size) => {
                respond(id, MD5, &md5_data(&self.0, id, &rest[..usize::from(size)]))
            }
            [REQUEST, id, ..] => respond(id, NAK, &[MD5]),
            _ => Turn::Failure(Vec::new()),
        }
    }
}

/// The authenticator's end.
#[derive(Debug)]
pub(crate) struct Authenticator {
    account: Account,
    id: u8,
    challenge: [u8; 16],
}

impl Authenticator {
    /// With its first packet, the one that asks for the identity.
    pub(crate) fn start(account: &Account) -> (Self, Vec<u8>) {
        let authenticator = Self { account: account.clone(), id: 1, challenge: random() };
        (authenticator, typed(REQUEST, 1, IDENTITY, &[]))
    }
}

impl Eap for Authenticator {
    fn turn(&mut self, packet: &[u8]) -> Turn {
        let right = md5_data(&self.account, self.id, &self.challenge);
        match *packet {
            [RESPONSE, 1, _, _, IDENTITY, ref user @ ..]
                if self.id == 1 && *user == *self.account.user.as_bytes() =>
            {
                self.id = 2;
                let challenge = [&[16], &self.challenge[..]].concat();
                Turn::Say(typed(REQUEST, 2, MD5, &challenge))
            }
            // A name may follow the value.
            [RESPONSE, 2, _, _, MD5, ref data @ ..] if self.id == 2 && data.starts_with(&right) => {
                Turn::Success(vec![SUCCESS, 2, 0, 4], None)
            }
            _ => Turn::Failure(vec![FAILURE, self.id, 0, 4]),
        }
    }
}

/// The value that answers a challenge, behind its length.
fn md5_data(account: &Account, id: u8, challenge: &[u8]) -> Vec<u8> {
    let value = md5(&[&[id], account.secret.as_bytes(), challenge].concat());
    [&[16], &value[..]].concat()
}

fn typed(code: u8, id: u8, kind: u8, data: &[u8]) -> Vec<u8> {
    let [high, low] = (data.len() as u16 + 5).to_be_bytes();
    [&[code, id, high, low, kind], data].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn account(secret: &str) -> Account {
        Account { user: "user".into(), secret: secret.into() }
    }

    #[test]
    fn md5_succeeds_by_the_right_secret_alone() {
        for guess in ["right", "wrong"] {
            let mut client = Client(account(guess));
            let (mut authenticator, mut packet) = Authenticator::start(&account("right"));
            let outcome = loop {
                let Turn::Say(response) = client.turn(&packet) else { panic!("it answers") };
                match authenticator.turn(&response) {
                    Turn::Say(next) => packet = next,
                    outcome => break outcome,
                }
            };
            assert_eq!(matches!(outcome, Turn::Success(..)), guess == "right");
        }
    }

    #[test]
    fn other_methods_are_declined() {
        let turn = Client(account("x")).turn(&[REQUEST, 3, 0, 5, 13]);
        assert_eq!(turn, Turn::Say(vec![RESPONSE, 3, 0, 6, NAK, MD5]));
    }
}
