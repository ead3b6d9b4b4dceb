//! EAP with EAP-MD5 and EAP-MSCHAPv2, both ends, and the Identity exchange before it.

mod mschapv2;

use crate::crypto::{md5, random};
use crate::host::crypto::{Account, Eap, Turn};

use mschapv2::Proof;

const REQUEST: u8 = 1;
const RESPONSE: u8 = 2;
const SUCCESS: u8 = 3;
const FAILURE: u8 = 4;
const IDENTITY: u8 = 1;
const NAK: u8 = 3;
pub(crate) const MD5: u8 = 4;
pub(crate) const MSCHAPV2: u8 = 26;

/// The client's end.
#[derive(Debug)]
pub(crate) struct Client {
    account: Account,
    proof: Option<Proof>,
}

impl Client {
    pub(crate) fn new(account: &Account) -> Self {
        Self { account: account.clone(), proof: None }
    }

    fn md5_value(&self, id: u8, challenge: &[u8]) -> Vec<u8> {
        md5_value(&self.account, id, challenge)
    }

    fn mschapv2(&mut self, data: &[u8]) -> Option<Vec<u8>> {
        match &self.proof {
            None => {
                let (id, challenge) = mschapv2::read_challenge(data)?;
                let proof = Proof::new(&self.account, challenge, random());
                let answer = proof.response(id, &self.account);
                self.proof = Some(proof);
                Some(answer)
            }
            Some(proof) => proof.confirms(data).then(mschapv2::acknowledgement),
        }
    }
}

impl Eap for Client {
    fn turn(&mut self, packet: &[u8]) -> Turn {
        let respond = |id, kind, data: &[u8]| Turn::Say(typed(RESPONSE, id, kind, data));
        match *packet {
            [SUCCESS, ..] => Turn::Success(Vec::new(), self.proof.as_ref().map(Proof::msk)),
            [REQUEST, id, _, _, IDENTITY, ..] => {
                respond(id, IDENTITY, self.account.user.as_bytes())
            }
            [REQUEST, id, _, _, MD5, size, ref rest @ ..] => {
                let Some(challenge) = rest.get(..usize::from(size)) else { return failed() };
                respond(id, MD5, &[&[16], &self.md5_value(id, challenge)[..]].concat())
            }
            [REQUEST, id, _, _, MSCHAPV2, ref data @ ..] => match self.mschapv2(data) {
                Some(answer) => respond(id, MSCHAPV2, &answer),
                None => failed(),
            },
            [REQUEST, id, ..] => respond(id, NAK, &[MSCHAPV2, MD5]),
            _ => failed(),
        }
    }
}

/// The authenticator's end.
#[derive(Debug)]
pub(crate) struct Authenticator {
    account: Account,
    id: u8,
    challenge: [u8; 16],
    step: Step,
}

#[derive(Debug)]
enum Step {
    Identity,
    Response,
    /// The client is to acknowledge that we, too, know the secret.
    Acknowledgement(Box<Proof>),
}

impl Authenticator {
    /// With its first packet, the one that asks for the identity.
    pub(crate) fn start(account: &Account) -> (Self, Vec<u8>) {
        let (account, challenge) = (account.clone(), random());
        let authenticator = Self { account, id: 1, challenge, step: Step::Identity };
        (authenticator, typed(REQUEST, 1, IDENTITY, &[]))
    }

    fn judge(&mut self, data: &[u8]) -> Turn {
        match self.account.method {
            // A name may follow the value.
            MD5 if data.starts_with(&self.md5_data()) => self.success(None),
            MD5 => self.failure(),
            _ => match Proof::check(&self.account, self.challenge, data) {
                Some(proof) => {
                    let confirmation = proof.confirmation(self.id);
                    self.step = Step::Acknowledgement(Box::new(proof));
                    self.request(confirmation)
                }
                None => self.failure(),
            },
        }
    }

    fn challenge_data(&self) -> Vec<u8> {
        match self.account.method {
            MD5 => [&[16], &self.challenge[..]].concat(),
            _ => mschapv2::challenge(self.id + 1, &self.challenge),
        }
    }

    fn md5_data(&self) -> Vec<u8> {
        [&[16], &md5_value(&self.account, self.id, &self.challenge)[..]].concat()
    }

    fn request(&mut self, data: Vec<u8>) -> Turn {
        self.id += 1;
        Turn::Say(typed(REQUEST, self.id, self.account.method, &data))
    }

    fn success(&self, msk: Option<[u8; 64]>) -> Turn {
        Turn::Success(vec![SUCCESS, self.id, 0, 4], msk)
    }

    fn failure(&self) -> Turn {
        Turn::Failure(vec![FAILURE, self.id, 0, 4])
    }
}

impl Eap for Authenticator {
    fn turn(&mut self, packet: &[u8]) -> Turn {
        let said = self.account.method;
        match (packet, &self.step) {
            (&[RESPONSE, id, _, _, IDENTITY, ref user @ ..], Step::Identity)
                if id == self.id && *user == *self.account.user.as_bytes() =>
            {
                self.step = Step::Response;
                self.request(self.challenge_data())
            }
            (&[RESPONSE, id, _, _, kind, ref data @ ..], Step::Response)
                if id == self.id && kind == said =>
            {
                self.judge(data)
            }
            (&[RESPONSE, id, _, _, kind, ref data @ ..], Step::Acknowledgement(proof))
                if id == self.id && kind == said && data == mschapv2::acknowledgement() =>
            {
                self.success(Some(proof.msk()))
            }
            _ => self.failure(),
        }
    }
}

fn md5_value(account: &Account, id: u8, challenge: &[u8]) -> Vec<u8> {
    md5(&[&[id], account.secret.as_bytes(), challenge].concat())
}

fn failed() -> Turn {
    Turn::Failure(Vec::new())
}

fn typed(code: u8, id: u8, kind: u8, data: &[u8]) -> Vec<u8> {
    let length = (data.len() as u16 + 5).to_be_bytes();
    [&[code, id, length[0], length[1], kind], data].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn account(secret: &str, method: u8) -> Account {
        Account { user: "user".into(), secret: secret.into(), method }
    }

    /// Both ends, packet by packet; the keys that they end with, or nothing if EAP fails.
    fn conversation(method: u8, guess: &str) -> Option<[Option<[u8; 64]>; 2]> {
        let mut client = Client::new(&account(guess, method));
        let (mut authenticator, mut packet) = Authenticator::start(&account("right", method));
        loop {
            let Turn::Say(response) = client.turn(&packet) else { return None };
            match authenticator.turn(&response) {
                Turn::Say(next) => packet = next,
                Turn::Failure(_) => return None,
                Turn::Success(last, theirs) => match client.turn(&last) {
                    Turn::Success(_, ours) => return Some([ours, theirs]),
                    other => panic!("{other:?}"),
                },
            }
        }
    }

    #[test]
    fn md5_succeeds_by_the_right_secret_alone_and_leaves_no_key() {
        assert_eq!(conversation(MD5, "right"), Some([None, None]));
        assert_eq!(conversation(MD5, "wrong"), None);
    }

    #[test]
    fn mschapv2_succeeds_by_the_right_secret_alone_and_leaves_one_key() {
        let [ours, theirs] = conversation(MSCHAPV2, "right").expect("success");
        assert!(ours.is_some());
        assert_eq!(ours, theirs);
        assert_eq!(conversation(MSCHAPV2, "wrong"), None);
    }

    #[test]
    fn other_methods_are_declined() {
        let turn = Client::new(&account("x", MD5)).turn(&[REQUEST, 3, 0, 5, 13]);
        assert_eq!(turn, Turn::Say(vec![RESPONSE, 3, 0, 7, NAK, 26, 4]));
    }
}
