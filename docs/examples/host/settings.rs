//! What users and operators configure.

use std::net::IpAddr;

use ikev2_redirect::initiator::Config;
use ikev2_redirect::responder;
use ikev2_redirect::{Target, TargetRules};

use super::crypto::{Account, Crypto};

/// What client and gateway have in common.
#[derive(Clone, Debug)]
pub(crate) struct Common {
    pub(crate) crypto: &'static dyn Crypto,
    /// Our own addresses. The first of a family is the one that requests leave from.
    pub(crate) listen: Vec<IpAddr>,
    pub(crate) ports: Ports,
    pub(crate) id: String,
    /// The only identity accepted from the peer, whatever the gateway (R3-15, R3-17).
    pub(crate) peer_id: Option<String>,
    pub(crate) psk: String,
    /// The client authenticates by EAP instead of the pre-shared key.
    pub(crate) eap: Option<Account>,
    /// And the gateway by nothing else (RFC 5998).
    pub(crate) eap_only: bool,
    /// How the client authenticates after that (RFC 4739).
    pub(crate) second: Option<Second>,
    /// Diffie-Hellman groups, the preferred one first.
    pub(crate) groups: Vec<u16>,
    pub(crate) patience: Patience,
    /// Rekey the IKE SA so many milliseconds after it was established.
    pub(crate) rekey_after: Option<u32>,
}

/// The UDP ports of IKE.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ports {
    pub(crate) ike: u16,
    /// The one that ESP shares, for the traversal of NATs.
    pub(crate) nat: u16,
}

/// How often and how fast a request is repeated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Patience {
    pub(crate) retries: u32,
    /// Milliseconds until the first repetition; they double each time.
    pub(crate) first: u32,
}

/// How a client authenticates after its pre-shared key (RFC 4739).
#[derive(Clone, Debug)]
pub(crate) enum Second {
    Eap(Account),
    /// By the pre-shared key again, under that name.
    PreSharedKey(String),
}

impl Common {
    pub(crate) fn new(crypto: &'static dyn Crypto, listen: Vec<IpAddr>, id: &str) -> Self {
        Common {
            crypto,
            listen,
            ports: Ports { ike: 500, nat: 4500 },
            id: id.to_owned(),
            peer_id: None,
            psk: "a secret that both know".to_owned(),
            eap: None,
            eap_only: false,
            second: None,
            groups: vec![31, 19],
            patience: Patience { retries: 1, first: 500 },
            rekey_after: None,
        }
    }
}

/// A client's settings.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    pub(crate) common: Common,
    pub(crate) redirects: Config,
    /// The gateways that the user's policy lets the client follow to.
    pub(crate) allowed: Allowed,
    pub(crate) dns: Dns,
    /// Milliseconds that policy and DNS take for a verdict.
    pub(crate) vet_after: u32,
    /// Begin on the port for the traversal of NATs.
    pub(crate) start_on_nat_port: bool,
    /// Ask for no CHILD SA.
    pub(crate) childless: bool,
}

impl Settings {
    pub(crate) fn new(common: Common) -> Self {
        Settings {
            common,
            redirects: Config::default(),
            allowed: Allowed::AllBut(Vec::new()),
            dns: Dns::Table(Vec::new()),
            vet_after: 0,
            start_on_nat_port: false,
            childless: false,
        }
    }
}

/// Which gateways a client may be sent to.
#[derive(Clone, Debug)]
pub(crate) enum Allowed {
    Only(Vec<IpAddr>),
    AllBut(Vec<IpAddr>),
}

impl Allowed {
    pub(super) fn allows(&self, gateway: IpAddr) -> bool {
        match self {
            Allowed::Only(known) => known.contains(&gateway),
            Allowed::AllBut(refused) => !refused.contains(&gateway),
        }
    }
}

/// Who knows what a name stands for.
#[derive(Clone, Debug)]
pub(crate) enum Dns {
    /// This table: a name may have several addresses.
    Table(Vec<(String, Vec<IpAddr>)>),
    /// Somebody who takes his time: see [`Client::question`](super::Client::question).
    Elsewhere,
}

/// A gateway's settings.
#[derive(Clone, Debug)]
pub(crate) struct Policy {
    pub(crate) common: Common,
    /// The addresses that a fleet shares: requests to them are only redirected.
    pub(crate) anycast: Vec<IpAddr>,
    /// Where clients may be sent: a [`TargetId`](responder::TargetId) is an index into it.
    pub(crate) targets: Vec<Target<'static>>,
    pub(crate) rules: TargetRules,
    /// When clients are sent to the first target, if they are.
    pub(crate) redirect: Option<When>,
    pub(crate) sessions: responder::Config,
    /// Take part in several authentications (RFC 4739).
    pub(crate) multiple_auth: bool,
    /// The name under which the gateway proves itself a second time (RFC 4739).
    pub(crate) own_second: Option<String>,
    /// Ask for a cookie first.
    pub(crate) cookie: bool,
    /// Let clients do without a CHILD SA (RFC 6023).
    pub(crate) childless: bool,
    pub(crate) refuse_child: bool,
    pub(crate) faults: Faults,
}

/// When a client is redirected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum When {
    /// On its IKE_SA_INIT request.
    Init,
    /// In the first IKE_AUTH response, when the client has proven who it is.
    First,
    /// In the last one.
    Last,
    /// In the first response of EAP, on an identity that nobody has proven.
    Claimed,
    /// In the last one, but it is decided in the middle of EAP, when the AAA server says so.
    MidEap,
    /// So many milliseconds after the IKE SA was established.
    Active(u32),
}

/// What no gateway does but one that a test needs.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Faults {
    /// Spoil the nonce of so many REDIRECTs in IKE_SA_INIT.
    pub(crate) forged_nonces: u32,
    /// Prove ourselves with another pre-shared key.
    pub(crate) wrong_psk: bool,
    /// Put a REDIRECT where it does not belong: beside EAP.
    pub(crate) intermediate_redirect: bool,
    /// Delete the IKE SA in the message that redirects the session.
    pub(crate) redirect_and_delete: bool,
}

impl Policy {
    /// Serves everybody.
    pub(crate) fn serve(common: Common) -> Self {
        Policy {
            common,
            anycast: Vec::new(),
            targets: Vec::new(),
            rules: TargetRules::default(),
            redirect: None,
            sessions: responder::Config::default(),
            multiple_auth: false,
            own_second: None,
            cookie: false,
            childless: false,
            refuse_child: false,
            faults: Faults::default(),
        }
    }

    /// Sends everybody to `target` at that moment.
    pub(crate) fn redirect(common: Common, when: When, target: impl Into<Target<'static>>) -> Self {
        Policy { targets: vec![target.into()], redirect: Some(when), ..Policy::serve(common) }
    }

    pub(super) fn target(&self, id: responder::TargetId) -> Target<'static> {
        self.targets[id.0 as usize]
    }
}
