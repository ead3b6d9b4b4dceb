//! Carries out what the machine decides.

use std::net::IpAddr;

use ikev2_redirect::initiator::{Action, Event, Provenance, Refusal, Slot};
use ikev2_redirect::wire::{ExchangeType, Header, InitNotifies, PayloadType};
use ikev2_redirect::{Actions, Instant, Target};

use super::super::message::Chain;
use super::super::{Outbox, filling};
use super::sa::IkeSa;
use super::{Client, Dns, Usual};

impl Client {
    /// Tells the machine something that no message is to be processed for.
    pub(super) fn tell(&mut self, now: Instant, event: Event<'_>, out: &mut Outbox) {
        let actions = self.machine.handle(now, event);
        self.carry_out(now, actions, None, out);
    }

    /// Does what the machine wants done, in its order. `request`: what
    /// [`Action::Acknowledge`] answers.
    pub(super) fn carry_out(
        &mut self,
        now: Instant,
        actions: Actions<Action<'_>>,
        request: Option<&Header>,
        out: &mut Outbox,
    ) -> Usual {
        let mut usual = Usual::No;
        for action in actions {
            match action {
                Action::PassOn => usual = Usual::Yes,
                Action::StartInit { slot, to, notifies } => {
                    self.start_init(now, slot, to, &notifies, out);
                }
                Action::Vet { target, provenance } => self.vet(now, target, provenance, out),
                Action::AbandonVet => self.question = None,
                Action::Acknowledge { slot } => {
                    if let Some(header) = request {
                        self.acknowledge(slot, header, out);
                    }
                }
                Action::DeleteSa { slot } => self.delete(now, slot, out),
                Action::DropSa { slot } => self.drop_sa(slot, out),
                Action::Redirected { from, to, .. } => self.note_redirect(now, from, to, out),
                Action::Tolerated { reason } => out.note(format!("tolerates: {reason}")),
                Action::Ignored { reason } => out.note(format!("ignores it: {reason}")),
                Action::Refused { reason } => out.note(format!("refuses to follow: {reason}")),
                Action::MoveFailed { reason } => {
                    out.note(format!("stays with the old gateway: {reason}"));
                }
                Action::Failed { reason } => out.note(format!("not connected: {reason}")),
            }
        }
        usual
    }

    fn start_init(
        &mut self,
        now: Instant,
        slot: Slot,
        to: IpAddr,
        notifies: &InitNotifies,
        out: &mut Outbox,
    ) {
        let mut sa = IkeSa::new(to, self.settings.login);
        sa.send_init(now, notifies, out);
        self.sas[slot as usize] = Some(sa);
    }

    /// Asks DNS, if there is a name, then policy.
    fn vet(&mut self, now: Instant, target: Target<'_>, provenance: Provenance, out: &mut Outbox) {
        let grounds = match provenance {
            Provenance::Init => "own nonce came back",
            Provenance::Auth => "gateway authenticated",
            Provenance::Informational => "it came protected",
        };
        match (target, &self.settings.dns) {
            (Target::V4(address), _) => self.judge(now, grounds, Some(address.into()), out),
            (Target::V6(address), _) => self.judge(now, grounds, Some(address.into()), out),
            (Target::Fqdn(name), Dns::Table(table)) => {
                let known = table.iter().find(|(known, _)| *known == name.as_str());
                let address = known.map(|(_, address)| *address);
                out.note(match address {
                    Some(address) => format!("DNS: {name} is {address}"),
                    None => format!("DNS: {name} is unknown"),
                });
                self.judge(now, grounds, address, out);
            }
            (Target::Fqdn(name), Dns::Elsewhere) => {
                // Copied, because it stands in the datagram.
                self.question = Some(name.as_str().to_owned());
            }
        }
    }

    /// Tells the machine the verdict on a target. A question that it has given up meanwhile is no
    /// question any more.
    pub(super) fn judge(
        &mut self,
        now: Instant,
        grounds: &str,
        address: Option<IpAddr>,
        out: &mut Outbox,
    ) {
        let verdict = match address {
            Some(address) if self.settings.trusted.contains(&address) => {
                out.note(format!("checks: {grounds}; {address} allowed"));
                self.machine.permit(now, address)
            }
            Some(address) => {
                out.note(format!("checks: {grounds}; {address} not allowed"));
                self.machine.refuse(now, Refusal::Policy)
            }
            None => self.machine.refuse(now, Refusal::Unresolvable),
        };
        if let Ok(actions) = verdict {
            self.carry_out(now, actions, None, out);
        }
    }

    pub(super) fn acknowledge(&mut self, slot: Slot, request: &Header, out: &mut Outbox) {
        if let Some(sa) = self.sa(slot) {
            sa.acknowledge(request, out);
        }
    }

    fn drop_sa(&mut self, slot: Slot, out: &mut Outbox) {
        out.note("drops the IKE SA, which was never finished");
        self.sas[slot as usize] = None;
    }

    fn note_redirect(&self, now: Instant, from: IpAddr, to: IpAddr, out: &mut Outbox) {
        let count = self.machine.loop_limit().followed(now);
        let most = self.settings.redirects.max_redirects;
        out.note(format!("follows, from {from} to {to} (redirect {count} of {most})"));
    }

    /// The slot is free at once. A real host goes on with the exchange until it is answered.
    fn delete(&mut self, now: Instant, slot: Slot, out: &mut Outbox) {
        if let Some(mut sa) = self.sas[slot as usize].take() {
            let mut chain = Chain::new();
            chain.push(PayloadType::DELETE, filling::DELETE_IKE_SA);
            sa.request(now, ExchangeType::INFORMATIONAL, chain.sealed(), out);
        }
    }
}
