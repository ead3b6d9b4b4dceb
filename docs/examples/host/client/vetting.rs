//! Policy and DNS: who may be followed.

use std::net::IpAddr;

use ikev2_redirect::initiator::{Provenance, QuestionId, Refusal, SaId};
use ikev2_redirect::{Instant, Target};

use super::super::settings::Dns;
use super::stack::{Ike, phase};

/// Where the client may go: of a name perhaps several addresses, the best first.
type Verdict = Result<Vec<IpAddr>, Refusal>;

/// What the machine wants to know.
#[derive(Debug)]
pub(super) struct Question {
    id: QuestionId,
    sa: SaId,
    /// Copied, because it stands in the datagram.
    target: String,
    provenance: Provenance,
    /// When policy and DNS will have answered; nothing while somebody else looks a name up.
    at: Option<Instant>,
    /// What somebody else has found.
    found: Option<Vec<IpAddr>>,
}

impl Question {
    pub(super) fn verdict_at(&self) -> Option<Instant> {
        self.at
    }
}

/// A verdict on a target that an IKE SA was redirected to. An IKE_SA_INIT request that is sent
/// again brings the same REDIRECT again, and nobody looks it up twice (F13).
#[derive(Debug)]
pub(super) struct Remembered {
    pub(super) sa: SaId,
    target: String,
    verdict: Verdict,
}

impl Ike {
    pub(super) fn vet(
        &mut self,
        id: QuestionId,
        sa: SaId,
        target: Target<'_>,
        provenance: Provenance,
    ) {
        let slow = target.address().is_none() && matches!(self.settings.dns, Dns::Elsewhere);
        let target = target.to_string();
        let known = self.remembered(sa, &target).is_some();
        let at = match (known, slow) {
            (true, _) => Some(self.now),
            (false, true) => None,
            (false, false) => Some(self.now.after(self.settings.vet_after)),
        };
        self.question = Some(Question { id, sa, target, provenance, at, found: None });
    }

    /// The name that somebody else is to look up.
    pub(super) fn open_name(&self) -> Option<&str> {
        let question = self.question.as_ref().filter(|question| question.at.is_none());
        question.map(|question| &question.target[..])
    }

    /// Somebody has looked up a name.
    pub(super) fn found(&mut self, name: &str, addresses: &[IpAddr]) {
        let now = self.now;
        let is_meant = |question: &&mut Question| question.at.is_none() && question.target == name;
        if let Some(question) = self.question.as_mut().filter(is_meant) {
            question.at = Some(now);
            question.found = Some(addresses.to_vec());
        }
    }

    /// The verdict on the open question, when it is due.
    pub(super) fn take_verdict(&mut self) -> Option<(QuestionId, Result<IpAddr, Refusal>)> {
        let now = self.now;
        let is_due = |question: &mut Question| question.at.is_some_and(|at| at <= now);
        let question = self.question.take_if(is_due)?;
        let id = question.id;
        let verdict = match self.remembered(question.sa, &question.target) {
            Some(verdict) => {
                let verdict = verdict.clone();
                self.out.report("remembered", &[("target", &question.target)]);
                verdict
            }
            None => {
                let verdict = self.judge(&question);
                if question.provenance == Provenance::Init {
                    let Question { sa, target, .. } = question;
                    self.remembered.push(Remembered { sa, target, verdict: verdict.clone() });
                }
                verdict
            }
        };
        let permitted = verdict.map(|addresses| {
            self.addresses = addresses.into();
            self.addresses.pop_front().expect("a permission names an address")
        });
        Some((id, permitted))
    }

    pub(super) fn forget_addresses(&mut self) {
        self.addresses.clear();
    }

    fn remembered(&self, sa: SaId, target: &str) -> Option<&Verdict> {
        let known = |known: &&Remembered| known.sa == sa && known.target == target;
        self.remembered.iter().find(known).map(|known| &known.verdict)
    }

    /// What DNS and policy say.
    fn judge(&mut self, question: &Question) -> Verdict {
        let target = &question.target;
        let mut addresses = match (target.parse(), &question.found) {
            (Ok(address), _) => vec![address],
            (Err(_), Some(found)) => found.clone(),
            (Err(_), None) => self.look_up(target),
        };
        if addresses.is_empty() {
            return Err(Refusal::Unresolvable);
        }
        let settings = &self.settings;
        addresses.retain(|address| settings.allowed.allows(*address));
        let usable = |address: &IpAddr| settings.redirects.targets.check(*address).is_ok();
        if addresses.iter().any(usable) {
            addresses.retain(usable); // or else the machine says what is wrong with them
        }
        let phase = phase(question.provenance);
        match addresses.first() {
            Some(first) => {
                self.out.report("allowed", &[("target", &first), ("phase", &phase)]);
                Ok(addresses)
            }
            None => {
                self.out.report("not-allowed", &[("target", target), ("phase", &phase)]);
                Err(Refusal::Policy)
            }
        }
    }

    fn look_up(&mut self, name: &str) -> Vec<IpAddr> {
        let Dns::Table(table) = &self.settings.dns else { return Vec::new() };
        let found = table.iter().find(|(known, _)| known == name);
        let addresses = found.map(|(_, addresses)| addresses.clone()).unwrap_or_default();
        match addresses.first() {
            Some(first) => self.out.report("resolved", &[("name", &name), ("to", first)]),
            None => self.out.report("unresolved", &[("name", &name)]),
        }
        addresses
    }
}
