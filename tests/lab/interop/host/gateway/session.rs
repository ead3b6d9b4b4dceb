//! One client at the gateway.

use ikev2_redirect::Instant;
use ikev2_redirect::responder::Responder;

use crate::net::Path;
use crate::sa::{Handshake, IkeSa};

use super::login::Login;

pub(crate) struct Session {
    pub(crate) machine: Responder,
    pub(crate) sa: IkeSa,
    pub(crate) login: Login,
    pub(crate) rekey_at: Option<Instant>,
    /// What its IKE_SA_INIT request was and where it came from, to know it again.
    init: (Path, Vec<u8>),
    pub(crate) init_response: Vec<u8>,
}

impl Session {
    pub(crate) fn new(machine: Responder, sa: IkeSa, handshake: &Handshake, login: Login) -> Self {
        Self {
            machine,
            init: (sa.path, handshake.request.clone()),
            init_response: handshake.response.clone(),
            sa,
            login,
            rekey_at: None,
        }
    }

    pub(crate) fn began_with(&self, path: Path, request: &[u8]) -> bool {
        self.init.0 == path && self.init.1 == request
    }
}
