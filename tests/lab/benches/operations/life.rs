//! Whole lives.

use ikev2_redirect::initiator::{self, Initiator};
use ikev2_redirect::responder::{self, Responder};

use super::visit::Visitor;
use super::{client, gateway};

pub(crate) fn visit(visitor: &mut impl Visitor) {
    let start = Initiator::new(initiator::Config::default()).expect("the default is legal");
    visitor.operation("life of a client, 14 steps", size_of::<Initiator>(), start, client::life);
    let start = Responder::new(responder::Config::default(), gateway::CLIENT);
    visitor.operation("life of a session, 5 steps", size_of::<Responder>(), start, gateway::life);
}
