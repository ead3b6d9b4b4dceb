//! IKE_AUTH phases written out: what each request and each response carries.
//!
//! The list is made the naive way, from what each side wants to prove, so that the place of a
//! response is a matter of counting. It knows nothing of [`ikev2_redirect::auth::Progress`].

use ikev2_redirect::auth::AuthMessage;
use ikev2_redirect::wire::Contents;

/// How the client proves one identity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Proof {
    /// By an AUTH payload of its own (shared secret or certificate).
    Own,
    /// Through EAP with so many round trips before EAP-Success.
    Eap(u8),
}

/// The most identities of one side.
pub(crate) const MOST_IDENTITIES: usize = 3;

/// What both sides want to prove.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Script {
    /// The client's identities, one after the other.
    pub(crate) client: [Option<Proof>; MOST_IDENTITIES],
    /// How many identities the gateway proves.
    pub(crate) gateway: u8,
    /// The gateway has no AUTH payload in its first response (RFC 5998).
    pub(crate) eap_only: bool,
    /// Both sides announce MULTIPLE_AUTH_SUPPORTED.
    pub(crate) announced: bool,
    /// The client adds an ANOTHER_AUTH_FOLLOWS to its AUTH that nobody agreed on.
    pub(crate) stray_announcement: bool,
}

impl Script {
    /// One authentication of either side.
    pub(crate) const fn single(proof: Proof) -> Self {
        Self {
            client: [Some(proof), None, None],
            gateway: 1,
            eap_only: false,
            announced: false,
            stray_announcement: false,
        }
    }

    /// Every script with up to `rounds` identities of a side and up to `trips` round trips of EAP.
    pub(crate) fn all(rounds: usize, trips: u8) -> Vec<Script> {
        let proofs: Vec<Proof> =
            std::iter::once(Proof::Own).chain((0..=trips).map(Proof::Eap)).collect();
        let mut scripts = Vec::new();
        for client in sequences(&proofs, rounds) {
            for gateway in 1..=rounds as u8 {
                scripts.extend(variants(client, gateway));
            }
        }
        scripts
    }

    /// The whole phase, if nobody fails and nobody is redirected.
    pub(crate) fn exchanges(&self) -> Vec<Exchange> {
        let mut gateway = GatewaySide::new(self);
        let mut exchanges = Vec::new();
        for piece in self.client_pieces() {
            exchanges.push(gateway.answer(self.request(piece), piece));
        }
        let client_pieces = exchanges.len();
        while gateway.announced {
            exchanges.push(gateway.answer(AuthMessage::NOTHING, Piece::Nothing));
        }
        exchanges[0].request.multiple_auth_supported = self.announced;
        for exchange in &mut exchanges[client_pieces - 1..] {
            exchange.client_done = true;
        }
        exchanges
    }

    fn client_pieces(&self) -> Vec<Piece> {
        let rounds: Vec<Proof> = self.client.iter().flatten().copied().collect();
        let mut pieces = Vec::new();
        for (index, round) in rounds.iter().enumerate() {
            let more = index + 1 < rounds.len();
            match *round {
                Proof::Own => pieces.push(Piece::Auth { ends_eap: false, more }),
                Proof::Eap(trips) => {
                    pieces.push(Piece::Identity);
                    pieces.extend((0..trips).map(|_| Piece::Eap));
                    pieces.push(Piece::Auth { ends_eap: true, more });
                }
            }
        }
        pieces
    }

    fn request(&self, piece: Piece) -> AuthMessage {
        let stray = self.stray_announcement;
        match piece {
            Piece::Auth { more, .. } => AuthMessage {
                auth: true,
                another_auth_follows: more || stray,
                ..AuthMessage::NOTHING
            },
            Piece::Eap => AuthMessage { eap: true, ..AuthMessage::NOTHING },
            Piece::Identity | Piece::Nothing => AuthMessage::NOTHING,
        }
    }
}

/// One request and the response to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Exchange {
    pub(crate) request: AuthMessage,
    pub(crate) response: AuthMessage,
    /// The client has nothing left to prove.
    pub(crate) client_done: bool,
}

/// The payloads of a message that carries this.
pub(crate) fn contents(carries: AuthMessage) -> Contents<'static> {
    Contents {
        auth: carries.auth,
        eap: carries.eap,
        another_auth_follows: carries.another_auth_follows,
        multiple_auth_supported: carries.multiple_auth_supported,
        ..Contents::EMPTY
    }
}

/// What the client sends next.
#[derive(Clone, Copy)]
enum Piece {
    /// IDi without AUTH.
    Identity,
    /// An EAP message.
    Eap,
    /// An AUTH payload.
    Auth { ends_eap: bool, more: bool },
    /// Nothing: the gateway has more to prove.
    Nothing,
}

/// The gateway while it answers.
struct GatewaySide {
    identities_left: u8,
    /// It has to prove another identity in its next response.
    announced: bool,
    first: bool,
    eap_only: bool,
}

impl GatewaySide {
    fn new(script: &Script) -> Self {
        Self {
            identities_left: script.gateway,
            announced: false,
            first: true,
            eap_only: script.eap_only,
        }
    }

    fn answer(&mut self, request: AuthMessage, piece: Piece) -> Exchange {
        let ends_eap = matches!(piece, Piece::Auth { ends_eap: true, .. });
        let identifies = self.first || self.announced;
        // Without AUTH its identity is proven when EAP ends.
        let silent = self.first && self.eap_only;
        let auth = (identifies && !silent) || ends_eap;
        if identifies {
            self.identities_left -= 1;
        }
        self.first = false;
        self.announced = auth && self.identities_left > 0;
        let eap = matches!(piece, Piece::Identity | Piece::Eap);
        let response =
            AuthMessage { auth, eap, another_auth_follows: self.announced, ..AuthMessage::NOTHING };
        Exchange { request, response, client_done: false }
    }
}

/// The sequences of one up to `most` of `proofs`.
fn sequences(proofs: &[Proof], most: usize) -> Vec<[Option<Proof>; MOST_IDENTITIES]> {
    let mut all = vec![[None; MOST_IDENTITIES]];
    let mut shorter = all.clone();
    for place in 0..most {
        let extend = |head: &[Option<Proof>; MOST_IDENTITIES]| {
            let head = *head;
            proofs.iter().map(move |&proof| {
                let mut longer = head;
                longer[place] = Some(proof);
                longer
            })
        };
        shorter = shorter.iter().flat_map(extend).collect();
        all.extend(&shorter);
    }
    all.remove(0);
    all
}

/// The announcements that go with these identities.
fn variants(client: [Option<Proof>; MOST_IDENTITIES], gateway: u8) -> Vec<Script> {
    let several = client[1].is_some() || gateway > 1;
    let plain =
        Script { client, gateway, eap_only: false, announced: several, stray_announcement: false };
    let mut variants = vec![plain];
    if matches!(client[0], Some(Proof::Eap(_))) {
        variants.push(Script { eap_only: true, ..plain });
    }
    if !several {
        variants.push(Script { stray_announcement: true, ..plain });
        variants.push(Script { announced: true, ..plain });
    }
    variants
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A letter for each thing that a message carries.
    fn letters(content: AuthMessage) -> String {
        let mut letters = String::new();
        for (is_there, letter) in
            [(content.auth, 'A'), (content.eap, 'E'), (content.another_auth_follows, '+')]
        {
            if is_there {
                letters.push(letter);
            }
        }
        letters
    }

    fn written(script: Script) -> String {
        let of = |exchange: &Exchange| {
            format!("{}>{}", letters(exchange.request), letters(exchange.response))
        };
        let exchanges: Vec<String> = script.exchanges().iter().map(of).collect();
        exchanges.join(" ")
    }

    fn several(client: [Option<Proof>; 3], gateway: u8) -> Script {
        Script { client, gateway, announced: true, ..Script::single(Proof::Own) }
    }

    #[test]
    fn one_round_is_written_out() {
        assert_eq!(written(Script::single(Proof::Own)), "A>A");
        assert_eq!(written(Script::single(Proof::Eap(2))), ">AE E>E E>E A>A");
        let eap_only = Script { eap_only: true, ..Script::single(Proof::Eap(1)) };
        assert_eq!(written(eap_only), ">E E>E A>A");
    }

    /// The three examples of RFC 4739, section 2.
    #[test]
    fn the_examples_of_multiple_authentication_are_written_out() {
        let (own, eap) = (Some(Proof::Own), Some(Proof::Eap(2)));
        assert_eq!(written(several([eap, eap, None], 1)), ">AE E>E E>E A+>A >E E>E E>E A>A");
        assert_eq!(written(several([own, eap, None], 1)), "A+>A >E E>E E>E A>A");
        assert_eq!(written(several([own, own, None], 1)), "A+>A A>");
    }

    #[test]
    fn a_gateway_with_more_to_prove_makes_the_phase_longer() {
        assert_eq!(written(several([Some(Proof::Own), None, None], 3)), "A>A+ >A+ >A");
    }

    #[test]
    fn scripts_are_all_different() {
        let scripts = Script::all(3, 4);
        let distinct: std::collections::HashSet<_> = scripts.iter().collect();
        assert_eq!(distinct.len(), scripts.len());
    }
}
