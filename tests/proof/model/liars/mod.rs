//! Hosts that lie: whatever a host can tell or order, about any IKE SA and at any time, true or
//! not. Only the machines' own promises are left: no call panics, there are only so many states, a
//! mistake that shows is told and changes nothing, and nothing is forgotten by accident.

pub(crate) mod client;
pub(crate) mod gateway;

use ikev2_redirect::auth::{AuthMessage, PeerAuth};
use ikev2_redirect::wire::{Contents, Redirect};

use crate::alone::client::gateway;
use crate::{goals, script};

goals!(LieGoal {
    Told => "a mistake is told",
    Followed => "a redirect is followed all the same",
});

/// What an IKE_AUTH message can carry, as far as it matters.
const AUTH: [AuthMessage; 5] = {
    let nothing = AuthMessage::NOTHING;
    let auth = AuthMessage { auth: true, ..nothing };
    [
        nothing,
        AuthMessage { eap: true, ..nothing },
        auth,
        AuthMessage { eap: true, ..auth },
        AuthMessage { another_auth_follows: true, multiple_auth_supported: true, ..auth },
    ]
};

const PEERS: [PeerAuth; 3] = [PeerAuth::Absent, PeerAuth::Verified, PeerAuth::Failed];

fn contents(content: AuthMessage, redirects: bool) -> Contents<'static> {
    let target = gateway(1).into();
    let redirect = redirects.then_some(Ok(Redirect { target }));
    Contents { redirect, ..script::contents(content) }
}

/// What a host says of AUTH cannot be: the payload is there or it is not.
fn contradicts(peer: PeerAuth, auth: bool) -> bool {
    match peer {
        PeerAuth::Verified => !auth,
        PeerAuth::Absent => auth,
        PeerAuth::Failed => false,
    }
}
