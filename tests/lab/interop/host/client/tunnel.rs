//! What a slot of the machine holds.

use std::net::IpAddr;

use ikev2_redirect::Instant;
use ikev2_redirect::auth::Progress;
use ikev2_redirect::initiator::Slot;

use crate::flight::Due;
use crate::net::Path;
use crate::sa::{Handshake, IkeSa};

use super::attempt::Attempt;
use super::login::{Credentials, Login};

/// An IKE SA, or the way to one.
pub(crate) struct Tunnel {
    pub(crate) to: IpAddr,
    pub(crate) stage: Stage,
}

pub(crate) enum Stage {
    Init(Box<Attempt>),
    Auth(Box<Authenticating>),
    Up(Box<IkeSa>),
}

pub(crate) struct Authenticating {
    pub(crate) sa: IkeSa,
    pub(crate) login: Login,
    /// For the events only: the machine keeps its own.
    pub(crate) progress: Progress,
}

impl Authenticating {
    pub(crate) fn new(
        sa: IkeSa,
        credentials: &Credentials,
        handshake: Handshake,
        multiple: bool,
    ) -> Self {
        let login = Login::new(credentials, handshake, multiple);
        Self { sa, login, progress: Progress::new(multiple) }
    }
}

impl Tunnel {
    pub(crate) fn sa(&self) -> Option<&IkeSa> {
        match &self.stage {
            Stage::Init(_) => None,
            Stage::Auth(authenticating) => Some(&authenticating.sa),
            Stage::Up(sa) => Some(sa),
        }
    }

    pub(crate) fn sa_mut(&mut self) -> Option<&mut IkeSa> {
        match &mut self.stage {
            Stage::Init(_) => None,
            Stage::Auth(authenticating) => Some(&mut authenticating.sa),
            Stage::Up(sa) => Some(sa),
        }
    }

    pub(crate) fn into_sa(self) -> Option<IkeSa> {
        match self.stage {
            Stage::Init(_) => None,
            Stage::Auth(authenticating) => Some(authenticating.sa),
            Stage::Up(sa) => Some(*sa),
        }
    }

    pub(crate) fn deadline(&self) -> Option<Instant> {
        match &self.stage {
            Stage::Init(attempt) => attempt.flight.deadline(),
            Stage::Auth(authenticating) => authenticating.sa.deadline(),
            Stage::Up(sa) => sa.deadline(),
        }
    }

    pub(crate) fn poll(&mut self, now: Instant) -> Due {
        match &mut self.stage {
            Stage::Init(attempt) => attempt.flight.poll(now),
            Stage::Auth(authenticating) => authenticating.sa.poll(now),
            Stage::Up(sa) => sa.poll(now),
        }
    }

    /// The request that waits for its answer, and its way.
    pub(crate) fn in_flight(&self) -> (Path, Vec<u8>) {
        let of_sa = |sa: &IkeSa| (sa.path, sa.in_flight().unwrap_or_default().to_vec());
        match &self.stage {
            Stage::Init(attempt) => (attempt.path(), attempt.flight.message.clone()),
            Stage::Auth(authenticating) => of_sa(&authenticating.sa),
            Stage::Up(sa) => of_sa(sa),
        }
    }
}

/// The two slots of the machine.
#[derive(Default)]
pub(crate) struct Tunnels([Option<Tunnel>; 2]);

impl Tunnels {
    pub(crate) fn get(&self, slot: Slot) -> Option<&Tunnel> {
        self.0[index(slot)].as_ref()
    }

    pub(crate) fn get_mut(&mut self, slot: Slot) -> Option<&mut Tunnel> {
        self.0[index(slot)].as_mut()
    }

    pub(crate) fn sa_mut(&mut self, slot: Slot) -> Option<&mut IkeSa> {
        self.get_mut(slot).and_then(Tunnel::sa_mut)
    }

    pub(crate) fn put(&mut self, slot: Slot, tunnel: Tunnel) {
        self.0[index(slot)] = Some(tunnel);
    }

    pub(crate) fn take(&mut self, slot: Slot) -> Option<Tunnel> {
        self.0[index(slot)].take()
    }

    pub(crate) fn find(&self, wanted: impl Fn(&Tunnel) -> bool) -> Option<Slot> {
        [Slot::A, Slot::B].into_iter().find(|slot| self.get(*slot).is_some_and(&wanted))
    }

    pub(crate) fn deadlines(&self) -> impl Iterator<Item = Instant> {
        self.0.iter().flatten().filter_map(Tunnel::deadline)
    }
}

fn index(slot: Slot) -> usize {
    match slot {
        Slot::A => 0,
        Slot::B => 1,
    }
}
