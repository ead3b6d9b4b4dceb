//! What tells one world from another: not the names of gateways and attempts.
//!
//! The client is written down first; whatever it names gets its number there. Then come the
//! gateways, those that have a number in the order of these, and the packets as a sum, because they
//! have no order. Each place in this writing says what stands there, so that two worlds with the
//! same writing are the same up to a renaming.

use std::hash::{Hash, Hasher};

use super::{MOST_GATEWAYS, World};
use crate::checker::Identity;

impl World {
    pub(super) fn identify(&self, identity: &mut Identity) {
        self.client.hash(identity);
        self.left.hash(identity);
        let mut order: [usize; MOST_GATEWAYS] = std::array::from_fn(|at| at);
        order.sort_by_key(|&at| identity.known(at as u8 + 1).unwrap_or(u8::MAX));
        for at in order {
            let gateway = &self.gateways[at];
            if gateway.sessions.iter().flatten().count() == 0 {
                continue;
            }
            super::Place::Gateway(at as u8).hash(identity);
            gateway.hash(identity);
        }
        let mut sum: u64 = 0;
        for packet in self.network.iter() {
            sum = sum.wrapping_add(identity.beside(&packet));
        }
        identity.write_u64(sum);
    }
}
