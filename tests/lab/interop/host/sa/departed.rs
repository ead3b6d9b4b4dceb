//! IKE SAs that nobody uses any more: they wait for the answer to our DELETE,
//! for the peer's DELETE after a rekey, or for repetitions of its last request.

use ikev2_redirect::Instant;
use ikev2_redirect::wire::{Contents, ExchangeType, Header, PayloadType};

use crate::flight::Due;
use crate::message::{Chain, DELETE_IKE_SA};
use crate::net::{Inbound, Net};

use super::{IkeSa, Incoming};

#[derive(Default)]
pub(crate) struct Departed(Vec<IkeSa>);

impl Departed {
    /// Sends our DELETE and waits for its answer.
    pub(crate) fn delete(&mut self, mut sa: IkeSa, now: Instant, net: &Net) {
        sa.forget_waiting();
        let farewell = Chain::new().with(PayloadType::DELETE, &DELETE_IKE_SA);
        if let Some(message) = sa.request(now, ExchangeType::INFORMATIONAL, &farewell) {
            net.send(sa.path, &message);
        }
        self.0.push(sa);
    }

    /// Answers what may still come; sends nothing by itself.
    pub(crate) fn keep(&mut self, mut sa: IkeSa) {
        sa.forget_requests();
        self.0.push(sa);
    }

    /// Whether a DELETE of ours waits for its answer.
    pub(crate) fn awaits_answers(&self) -> bool {
        self.0.iter().any(|sa| sa.in_flight().is_some())
    }

    pub(crate) fn deadlines(&self) -> impl Iterator<Item = Instant> {
        self.0.iter().filter_map(IkeSa::deadline)
    }

    pub(crate) fn retransmit(&mut self, now: Instant, net: &Net) {
        self.0.retain_mut(|sa| match sa.poll(now) {
            Due::Nothing => true,
            Due::Resend => {
                net.send(sa.path, sa.in_flight().unwrap_or_default());
                true
            }
            Due::GiveUp => false,
        });
    }

    /// Takes a message if it is for one of these; says whether it was.
    pub(crate) fn receive(
        &mut self,
        header: &Header,
        inbound: &Inbound,
        now: Instant,
        net: &Net,
    ) -> bool {
        let Some(at) = self.0.iter().position(|sa| sa.is_named_by(header)) else { return false };
        let sa = &mut self.0[at];
        let gone = match sa.receive(&inbound.message) {
            Incoming::Response(_) => match sa.next_waiting(now) {
                Some(message) => {
                    net.send(sa.path, &message);
                    false
                }
                None => true,
            },
            Incoming::Request(opened) => {
                let response = sa.respond(opened.header.exchange, &Chain::new());
                net.send(sa.path, &response);
                let contents = Contents::parse(opened.first, &opened.chain);
                contents.is_ok_and(|contents| contents.deletes_ike_sa) && sa.in_flight().is_some()
            }
            Incoming::Repeated(_) => {
                net.send(sa.path, sa.last_response());
                false
            }
            Incoming::Dropped(_) => false,
        };
        if gone {
            self.0.remove(at);
        }
        true
    }
}
