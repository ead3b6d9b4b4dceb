//! The client: one VPN connection, moved from gateway to gateway as its machine says.
//!
//! | file | what it knows |
//! |---|---|
//! | `stack` | what the machine's actions mean: this client's IKE stack |
//! | `vetting` | policy, DNS, and verdicts that are remembered |
//! | `setup` | from the first IKE_SA_INIT request to an IKE SA that is up |
//! | `attempt` | one IKE_SA_INIT exchange |
//! | `login` | the IKE_AUTH exchanges |
//! | `receive` | what comes in |

mod attempt;
mod login;
mod receive;
mod setup;
mod stack;
mod vetting;

use std::net::IpAddr;

use ikev2_redirect::initiator::{Action, Event, Initiator, Phase};
use ikev2_redirect::wire::ExchangeType;
use ikev2_redirect::{Actions, Instant, Misuse};

use super::output::{Output, Path};
use super::payloads::Chain;
use super::settings::Settings;
use super::wrap::carry_out;
use super::{Host, earliest};
use stack::Ike;

/// A VPN client with one connection.
#[derive(Debug)]
pub(crate) struct Client {
    machine: Initiator,
    ike: Ike,
}

impl Client {
    pub(crate) fn new(settings: Settings) -> Result<Self, Misuse> {
        let machine = Initiator::new(settings.redirects)?;
        Ok(Client { machine, ike: Ike::new(settings) })
    }

    /// The gateway that the client has an established IKE SA with.
    pub(crate) fn connected_to(&self) -> Option<IpAddr> {
        self.machine.gateway().filter(|_| self.machine.phase() == Phase::Up)
    }

    /// How many redirects it has followed lately.
    pub(crate) fn redirects(&self, now: Instant) -> usize {
        self.machine.followed(now)
    }

    /// How many IKE SAs there are, finished or not.
    pub(crate) fn sa_count(&self) -> usize {
        self.ike.sa_count()
    }

    /// Whether nothing is left and nothing is on its way.
    pub(crate) fn is_idle(&self) -> bool {
        let idle = self.machine.phase() == Phase::Idle && self.machine.question().is_none();
        idle && !self.ike.awaits_answers()
    }

    /// The name whose addresses the client wants to know, if somebody else is to look it up.
    pub(crate) fn question(&self) -> Option<&str> {
        self.ike.open_name()
    }

    /// What was found out about a name. Nobody may want to know any more.
    pub(crate) fn answer(&mut self, now: Instant, name: &str, found: &[IpAddr]) -> Vec<Output> {
        self.ike.now = now;
        self.ike.found(name, found);
        self.settle()
    }

    /// The user wants a connection.
    pub(crate) fn connect(&mut self, now: Instant, to: IpAddr) -> Result<Vec<Output>, Misuse> {
        let actions = self.machine.connect(now, to)?;
        Ok(self.ordered(now, actions))
    }

    /// The user wants another IKE SA in place of the present one: re-authentication.
    pub(crate) fn renew(&mut self, now: Instant, to: IpAddr) -> Result<Vec<Output>, Misuse> {
        let actions = self.machine.renew(now, to)?;
        Ok(self.ordered(now, actions))
    }

    /// The user wants no connection any more.
    pub(crate) fn close(&mut self, now: Instant) -> Result<Vec<Output>, Misuse> {
        let actions = self.machine.close(now)?;
        Ok(self.ordered(now, actions))
    }

    /// The gateway is reached at another address from now on (MOBIKE, RFC 4555, which this host
    /// does not speak: somebody tells it the address).
    pub(crate) fn gateway_moved(&mut self, now: Instant, to: IpAddr) -> Vec<Output> {
        self.ike.now = now;
        if let Some(sa) = self.machine.sa() {
            self.ike.move_to(sa, to);
            self.ike.facts.push_back((sa, Event::GatewayMoved { to }));
        }
        self.settle()
    }

    /// Sends the gateway an INFORMATIONAL request with whatever is wanted in it.
    pub(crate) fn ask(&mut self, now: Instant, chain: &Chain) -> Vec<Output> {
        self.ike.now = now;
        if let Some(sa) = self.machine.sa() {
            self.ike.request(sa, ExchangeType::INFORMATIONAL, chain);
        }
        self.settle()
    }

    fn ordered(&mut self, now: Instant, actions: Actions<Action<'_>>) -> Vec<Output> {
        self.ike.now = now;
        self.ike.forget_addresses();
        carry_out(&self.machine, &mut self.ike, actions, None);
        self.settle()
    }

    /// Tells the machine what has come of its actions, until nothing more does.
    fn settle(&mut self) -> Vec<Output> {
        let now = self.ike.now;
        loop {
            let actions = if let Some((sa, event)) = self.ike.facts.pop_front() {
                let actions = self.machine.handle(now, sa, event);
                carry_out(&self.machine, &mut self.ike, actions, None);
                if matches!(event, Event::GivenUp | Event::Deleted) {
                    self.ike.forget(sa);
                }
                continue;
            } else if let Some((question, verdict)) = self.ike.take_verdict() {
                match verdict {
                    Ok(address) => self.machine.permit(now, question, address),
                    Err(refusal) => self.machine.refuse(now, question, refusal),
                }
            } else if let Some(address) = self.ike.retry.take() {
                self.machine.retry(now, address)
            } else {
                return self.outputs(now);
            };
            match actions {
                Ok(actions) => carry_out(&self.machine, &mut self.ike, actions, None),
                Err(misuse) => self.ike.report_misuse(misuse),
            }
        }
    }

    /// A redirect is reported with its number within the period of the loop limit.
    fn outputs(&mut self, now: Instant) -> Vec<Output> {
        let count = self.machine.followed(now);
        let mut outputs = self.ike.out.take();
        for output in &mut outputs {
            if let Output::Report(report) = output {
                if report.name == "redirected" {
                    report.fields.push(("count", count.to_string()));
                }
            }
        }
        outputs
    }
}

impl Host for Client {
    /// Where a message claims to come from does not matter: anybody can claim that.
    fn receive(&mut self, now: Instant, path: Path, message: &[u8]) -> Vec<Output> {
        self.ike.now = now;
        self.message(path, message);
        self.settle()
    }

    fn wake(&mut self, now: Instant) -> Vec<Output> {
        self.ike.now = now;
        let actions = self.machine.timeout(now);
        carry_out(&self.machine, &mut self.ike, actions, None);
        self.ike.retransmit();
        self.ike.rekey_if_due();
        self.settle()
    }

    fn next_deadline(&self) -> Option<Instant> {
        earliest(self.ike.deadlines())
    }
}
