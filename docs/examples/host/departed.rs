//! IKE SAs that nobody uses any more: they wait for the answer to our last request, for the peer's
//! DELETE after a rekey, or for repetitions of its last request.

use ikev2_redirect::Instant;
use ikev2_redirect::wire::{Contents, ExchangeType, Header, NotifyType, PayloadType};

use super::message::DELETE_IKE_SA;
use super::output::{Outbox, Path};
use super::payloads::Chain;
use super::sa::{Due, IkeSa, Incoming};

#[derive(Debug, Default)]
pub(super) struct Departed(Vec<IkeSa>);

impl Departed {
    /// Sends our DELETE and waits for its answer.
    pub(super) fn delete(&mut self, sa: IkeSa, now: Instant, out: &mut Outbox) {
        self.leave(sa, now, &Chain::new().with(PayloadType::DELETE, &DELETE_IKE_SA), out);
    }

    /// Tells the peer that it has not proven who it is (RFC 7296, section 2.21.2).
    pub(super) fn reject(&mut self, sa: IkeSa, now: Instant, out: &mut Outbox) {
        let chain = Chain::new().with_notify(NotifyType::AUTHENTICATION_FAILED, &[]);
        self.leave(sa, now, &chain, out);
    }

    fn leave(&mut self, mut sa: IkeSa, now: Instant, last_request: &Chain, out: &mut Outbox) {
        sa.forget_waiting();
        if let Some(message) = sa.request(now, ExchangeType::INFORMATIONAL, last_request) {
            out.send(sa.path, &message);
        }
        self.0.push(sa);
    }

    /// Answers what may still come; sends nothing by itself.
    pub(super) fn keep(&mut self, mut sa: IkeSa) {
        sa.forget_requests();
        self.0.push(sa);
    }

    /// Whether a last request of ours waits for its answer.
    pub(super) fn awaits_answers(&self) -> bool {
        self.0.iter().any(|sa| sa.in_flight().is_some())
    }

    pub(super) fn next_deadline(&self) -> Option<Instant> {
        self.0.iter().filter_map(IkeSa::deadline).min()
    }

    pub(super) fn retransmit(&mut self, now: Instant, out: &mut Outbox) {
        self.0.retain_mut(|sa| match sa.poll(now) {
            Due::Nothing => true,
            Due::Resend => {
                out.send(sa.path, sa.in_flight().unwrap_or_default());
                true
            }
            Due::GiveUp => false,
        });
    }

    /// Takes a message if it is for one of these; says whether it was.
    pub(super) fn receive(
        &mut self,
        now: Instant,
        header: &Header,
        (path, message): (Path, &[u8]),
        out: &mut Outbox,
    ) -> bool {
        let Some(at) = self.0.iter().position(|sa| sa.is_named_by(header)) else { return false };
        let sa = &mut self.0[at];
        let gone = match sa.receive(message) {
            Incoming::Response(_) => match sa.next_waiting(now) {
                Some(message) => {
                    out.send(sa.path, &message);
                    false
                }
                None => true,
            },
            Incoming::Request(opened) => {
                let response = sa.respond(opened.header.exchange, &Chain::new());
                out.send(path, &response);
                let contents = Contents::parse(opened.first, &opened.chain);
                contents.is_ok_and(|contents| contents.deletes_ike_sa) && sa.in_flight().is_some()
            }
            Incoming::Repeated => {
                out.send(path, sa.last_response());
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
