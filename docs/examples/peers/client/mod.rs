//! The client host: a VPN client with one connection, around an `Initiator`.
//!
//! | file | what it knows |
//! |---|---|
//! | `receive` | tells the machine what the messages say |
//! | `act` | carries out what the machine decides |
//! | `sa` | one IKE SA: message ids, retransmission, the next IKE_AUTH request |

mod act;
mod receive;
mod sa;

use std::net::IpAddr;

use ikev2_redirect::initiator::{Config, Event, Initiator, Phase, Slot};
use ikev2_redirect::wire::{ExchangeType, Header};
use ikev2_redirect::{Instant, Misuse};

use super::{Host, Login, Outbox};
use sa::IkeSa;

/// A VPN client with one connection.
#[derive(Debug)]
pub(crate) struct Client {
    machine: Initiator,
    /// By slot. At most two at once: the one in use and, while moving, the next one.
    sas: [Option<IkeSa>; 2],
    settings: Settings,
    /// The name that somebody is to look up.
    question: Option<String>,
}

/// What the user has configured.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    pub(crate) redirects: Config,
    pub(crate) login: Login,
    /// The gateways that the user's policy knows. None other is followed.
    pub(crate) trusted: Vec<IpAddr>,
    pub(crate) dns: Dns,
}

/// Who knows what a name stands for.
#[derive(Clone, Debug)]
pub(crate) enum Dns {
    /// This table, which answers at once.
    Table(Vec<(&'static str, IpAddr)>),
    /// Somebody who takes his time: see [`Client::question`].
    Elsewhere,
}

/// Whether the host goes on with a message as if there were no redirect mechanism.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Usual {
    Yes,
    No,
}

impl Client {
    pub(crate) fn new(settings: Settings) -> Result<Self, Misuse> {
        let machine = Initiator::new(settings.redirects)?;
        Ok(Client { machine, sas: [None, None], settings, question: None })
    }

    /// The gateway that the client has an established IKE SA with.
    pub(crate) fn connected_to(&self) -> Option<IpAddr> {
        self.machine.gateway().filter(|_| self.machine.phase() == Phase::Established)
    }

    /// How many redirects it has followed lately.
    pub(crate) fn redirects(&self, now: Instant) -> usize {
        self.machine.loop_limit().followed(now)
    }

    /// How many IKE SAs there are, finished or not.
    pub(crate) fn sa_count(&self) -> usize {
        self.sas.iter().flatten().count()
    }

    /// The name whose address the client wants to know.
    pub(crate) fn question(&self) -> Option<&str> {
        self.question.as_deref()
    }

    /// What was found out about a name. Nobody may want to know any more.
    pub(crate) fn answer(
        &mut self,
        now: Instant,
        name: &str,
        address: Option<IpAddr>,
        out: &mut Outbox,
    ) {
        if self.question.take_if(|question| *question == name).is_some() {
            self.judge(now, "name looked up", address, out);
        }
    }

    /// The user wants a connection.
    pub(crate) fn connect(
        &mut self,
        now: Instant,
        gateway: IpAddr,
        out: &mut Outbox,
    ) -> Result<(), Misuse> {
        let actions = self.machine.connect(now, gateway)?;
        self.carry_out(now, actions, None, out);
        Ok(())
    }

    fn sa(&mut self, slot: Slot) -> Option<&mut IkeSa> {
        self.sas[slot as usize].as_mut()
    }

    fn slot_of(&self, header: &Header) -> Option<Slot> {
        let is_its = |slot: &Slot| {
            self.sas[*slot as usize].as_ref().is_some_and(|sa| sa.spi() == header.initiator_spi)
        };
        [Slot::A, Slot::B].into_iter().find(is_its)
    }
}

impl Host for Client {
    /// Whom a datagram claims to come from does not matter: anybody can claim that.
    fn receive(&mut self, now: Instant, _from: IpAddr, datagram: &[u8], out: &mut Outbox) {
        let Ok((header, payloads)) = Header::parse(datagram) else { return };
        let Some(slot) = self.slot_of(&header) else { return };
        match (header.exchange, header.flags.is_response()) {
            (ExchangeType::IKE_SA_INIT, true) => self.init_response(now, slot, datagram, out),
            (ExchangeType::IKE_AUTH, true) => {
                self.auth_response(now, slot, &header, payloads, out);
            }
            (ExchangeType::INFORMATIONAL, false) => {
                self.informational(now, slot, &header, payloads, out);
            }
            _ => {}
        }
    }

    fn wake(&mut self, now: Instant, out: &mut Outbox) {
        self.tell(now, Event::Timeout, out);
        for slot in [Slot::A, Slot::B] {
            let goes_on = self.sa(slot).is_none_or(|sa| sa.retransmit(now, out));
            if !goes_on {
                self.give_up(now, slot, out);
            }
        }
    }

    fn next_deadline(&self) -> Option<Instant> {
        let of_machine = self.machine.next_deadline().map(|deadline| deadline.at);
        let of_sas = self.sas.iter().flatten().map(IkeSa::next_deadline);
        super::earliest(of_sas.chain([of_machine]))
    }
}
