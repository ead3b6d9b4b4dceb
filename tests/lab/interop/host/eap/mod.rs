//! EAP with EAP-MD5 and EAP-MSCHAPv2, both ends, and the Identity exchange before it.

mod mschapv2;

use crate::crypto::{md5, random};

use mschapv2::Proof;

const REQUEST: u8 = 1;
const RESPONSE: u8 = 2;
const SUCCESS: u8 = 3;
const FAILURE: u8 = 4;
const IDENTITY: u8 = 1;
const NAK: u8 = 3;

/// Who authenticates by EAP.
#[derive(Clone, Debug)]
pub(crate) struct Account {
    pub(crate) user: String,
    pub(crate) secret: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Method {
    Md5,
    MsChapV2,
}

impl Method {
    fn number(self) -> u8 {
        match self {
            Self::Md5 => 4,
            Self::MsChapV2 => 26,
        }
    }
}

/// The key that a method leaves behind, if it is one that does.
pub(crate) type Msk = Option<[u8; 64]>;

/// What follows a packet of the other end.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Turn {
    /// Another packet, and EAP goes on.
    Say(Vec<u8>),
    /// The authenticator's last packet; the client has none.
    Success(Vec<u8>, Msk),
    Failure(Vec<u8>),
}

/// The client's end.
pub(crate) struct Client {
    account: Account,
    proof: Option<Proof>,
}

impl Client {
    pub(crate) fn new(account: &Account) -> Self {
        Self { account: account.clone(), proof: None }
    }

    pub(crate) fn turn(&mut self, packet: &[u8]) -> Turn {
        let respond = |id, kind, data: &[u8]| Turn::Say(typed(RESPONSE, id, kind, data));
        match *packet {
            [SUCCESS, ..] => Turn::Success(Vec::new(), self.proof.as_ref().map(Proof::msk)),
            [REQUEST, id, _, _, IDENTITY, ..] => {
                respond(id, IDENTITY, self.account.user.as_bytes())
            }
            [REQUEST, id, _, _, 4, size, ref rest @ ..] => {
                let Some(challenge) = rest.get(..usize::from(size)) else { return failed() };
                respond(id, 4, &[&[16], &self.md5_value(id, challenge)[..]].concat())
            }
            [REQUEST, id, _, _, 26, ref data @ ..] => match self.mschapv2(data) {
                Some(answer) => respond(id, 26, &answer),
                None => failed(),
            },
            [REQUEST, id, ..] => {
                respond(id, NAK, &[Method::MsChapV2.number(), Method::Md5.number()])
            }
            _ => failed(),
        }
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

/// The authenticator's end.
pub(crate) struct Authenticator {
    account: Account,
    method: Method,
    id: u8,
    challenge: [u8; 16],
    step: Step,
}

enum Step {
    Identity,
    Response,
    /// The client is to acknowledge that we, too, know the secret.
    Acknowledgement(Box<Proof>),
}

impl Authenticator {
    /// With its first packet, the one that asks for the identity.
    pub(crate) fn start(account: &Account, method: Method) -> (Self, Vec<u8>) {
        let (account, challenge) = (account.clone(), random());
        let authenticator = Self { account, method, id: 1, challenge, step: Step::Identity };
        (authenticator, typed(REQUEST, 1, IDENTITY, &[]))
    }

    pub(crate) fn turn(&mut self, packet: &[u8]) -> Turn {
        let said = self.method.number();
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

    fn judge(&mut self, data: &[u8]) -> Turn {
        match self.method {
            // A name may follow the value.
            Method::Md5 if data.starts_with(&self.md5_data()) => self.success(None),
            Method::Md5 => self.failure(),
            Method::MsChapV2 => match Proof::check(&self.account, self.challenge, data) {
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
        match self.method {
            Method::Md5 => [&[16], &self.challenge[..]].concat(),
            Method::MsChapV2 => mschapv2::challenge(self.id + 1, &self.challenge),
        }
    }

    fn md5_data(&self) -> Vec<u8> {
        [&[16], &md5_value(&self.account, self.id, &self.challenge)[..]].concat()
    }

    fn request(&mut self, data: Vec<u8>) -> Turn {
        self.id += 1;
        Turn::Say(typed(REQUEST, self.id, self.method.number(), &data))
    }

    fn success(&self, msk: Msk) -> Turn {
        Turn::Success(vec![SUCCESS, self.id, 0, 4], msk)
    }

    fn failure(&self) -> Turn {
        Turn::Failure(vec![FAILURE, self.id, 0, 4])
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

    fn account(secret: &str) -> Account {
        Account { user: "user".into(), secret: secret.into() }
    }

    /// Both ends, packet by packet; the keys that they end with, or nothing if EAP fails.
    fn conversation(method: Method, guess: &str) -> Option<(Msk, Msk)> {
        let mut client = Client::new(&account(guess));
        let (mut authenticator, mut packet) = Authenticator::start(&account("right"), method);
        loop {
            let Turn::Say(response) = client.turn(&packet) else { return None };
            match authenticator.turn(&response) {
                Turn::Say(next) => packet = next,
                Turn::Failure(_) => return None,
                Turn::Success(last, theirs) => match client.turn(&last) {
                    Turn::Success(_, ours) => return Some((ours, theirs)),
                    other => panic!("{other:?}"),
                },
            }
        }
    }

    #[test]
    fn md5_succeeds_by_the_right_secret_alone_and_leaves_no_key() {
        assert_eq!(conversation(Method::Md5, "right"), Some((None, None)));
        assert_eq!(conversation(Method::Md5, "wrong"), None);
    }

    #[test]
    fn mschapv2_succeeds_by_the_right_secret_alone_and_leaves_one_key() {
        let (ours, theirs) = conversation(Method::MsChapV2, "right").expect("success");
        assert!(ours.is_some());
        assert_eq!(ours, theirs);
        assert_eq!(conversation(Method::MsChapV2, "wrong"), None);
    }

    #[test]
    fn other_methods_are_declined() {
        let turn = Client::new(&account("x")).turn(&[REQUEST, 3, 0, 5, 13]);
        assert_eq!(turn, Turn::Say(vec![RESPONSE, 3, 0, 7, NAK, 26, 4]));
    }
}
