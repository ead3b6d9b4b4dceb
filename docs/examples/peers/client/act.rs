//! Carries out what the machine decides.

use std::net::IpAddr;

use ikev2_redirect::initiator::{Action, Event, Provenance, Refusal, Slot};
use ikev2_redirect::wire::{ExchangeType, Header, InitNotifies, PayloadType};
use ikev2_redirect::{Actions, Gateway, Instant};

use super::super::message::Chain;
use super::super::{Outbox, filling};
use super::sa::IkeSa;
use super::{Client, Usual};

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
                // This host gives its verdict at once: no question is ever open.
                Action::AbandonVet => {}
                Action::Acknowledge { slot } => {
                    if let Some(header) = request {
                        self.acknowledge(slot, header, out);
                    }
                }
                Action::DeleteSa { slot } => self.delete(now, slot, out),
                Action::DropSa { slot } => {
                    out.note("drops the IKE SA, which was never finished");
                    self.sas[slot as usize] = None;
                }
                Action::Redirected { from, to, .. } => {
                    let count = self.machine.loop_limit().followed(now);
                    let most = self.settings.redirects.max_redirects;
                    out.note(format!("follows, from {from} to {to} (redirect {count} of {most})"));
                }
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

    /// Asks DNS and policy. Here both answer at once; a real host may take its time, and the
    /// machine waits until its deadline.
    fn vet(&mut self, now: Instant, target: Gateway<'_>, provenance: Provenance, out: &mut Outbox) {
        let proof = match provenance {
            Provenance::Init => "own nonce came back",
            Provenance::Auth => "gateway authenticated",
            Provenance::Informational => "it came protected",
        };
        let verdict = self.verdict(target);
        let policy = match verdict {
            Ok(address) => {
                if target.address().is_none() {
                    out.note(format!("DNS: {target} is {address}"));
                }
                format!("{address} allowed")
            }
            Err(Refusal::Policy) => format!("{target} is not allowed"),
            Err(Refusal::Unresolvable) => format!("{target} is unknown"),
        };
        out.note(format!("checks: {proof}; {policy}"));
        let actions = match verdict {
            Ok(address) => self.machine.permit(now, address),
            Err(refusal) => self.machine.refuse(now, refusal),
        };
        let actions = actions.expect("the machine has just asked");
        self.carry_out(now, actions, None, out);
    }

    fn verdict(&self, target: Gateway<'_>) -> Result<IpAddr, Refusal> {
        let address = match target {
            Gateway::V4(address) => IpAddr::V4(address),
            Gateway::V6(address) => IpAddr::V6(address),
            Gateway::Fqdn(name) => {
                let known = self.settings.names.iter().find(|(known, _)| *known == name.as_str());
                known.ok_or(Refusal::Unresolvable)?.1
            }
        };
        let trusted = self.settings.trusted.contains(&address);
        if trusted { Ok(address) } else { Err(Refusal::Policy) }
    }

    pub(super) fn acknowledge(&mut self, slot: Slot, request: &Header, out: &mut Outbox) {
        if let Some(sa) = self.sa(slot) {
            sa.acknowledge(request, out);
        }
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
