//! Datagram in, answer out, nothing kept.

use std::net::IpAddr;

use ikev2_redirect::responder::front_door::{Answer, Arrival, Decision, FrontDoor};
use ikev2_redirect::wire::{InitRequest, NotifyType};
use ikev2_redirect::{Reason, Target as Identity};

use super::choice;
use super::options::Unsupported;
use super::target::Target;

/// What stands before an IKE message on a NAT-T port, where ESP comes in, too.
const NON_ESP_MARKER: [u8; 4] = [0; 4];

/// The longest answer: a marker and a REDIRECT with the longest name and the longest nonce.
pub(crate) const MAX_ANSWER: usize = NON_ESP_MARKER.len() + 549;

/// The front door at one address.
pub(crate) struct Service<'c> {
    pub(crate) door: FrontDoor<'c>,
    /// The address that clients ask.
    pub(crate) destination: IpAddr,
    pub(crate) nat_t: bool,
    pub(crate) unsupported: Unsupported,
}

/// What came of a datagram.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// Send these octets: the client is redirected.
    Redirected(usize),
    /// Send these octets: an error that says that the client is not served.
    Notified(usize, Reason),
    /// Send nothing.
    Refused(Reason),
    /// Send nothing: on a NAT-T port, ESP or a keepalive.
    NotIke,
}

impl Service<'_> {
    /// Answers the datagram of `client`; the answer stands at the front of `out`.
    pub(crate) fn answer(
        &self,
        client: IpAddr,
        datagram: &[u8],
        targets: &[Target],
        out: &mut [u8; MAX_ANSWER],
    ) -> Outcome {
        if !self.nat_t {
            return self.reply(client, datagram, targets, out);
        }
        let Some(message) = datagram.strip_prefix(&NON_ESP_MARKER) else {
            return Outcome::NotIke;
        };
        let (marker, body) = out.split_at_mut(NON_ESP_MARKER.len());
        marker.copy_from_slice(&NON_ESP_MARKER);
        match self.reply(client, message, targets, body) {
            Outcome::Redirected(length) => Outcome::Redirected(marker.len() + length),
            Outcome::Notified(length, reason) => Outcome::Notified(marker.len() + length, reason),
            silence @ (Outcome::Refused(_) | Outcome::NotIke) => silence,
        }
    }

    fn reply(&self, client: IpAddr, message: &[u8], targets: &[Target], out: &mut [u8]) -> Outcome {
        // Without state no cookie is checked: no source is proven.
        let arrival = Arrival { destination: self.destination, source_proven: false };
        let request = match InitRequest::parse(message) {
            Ok(request) => request,
            Err(reason) => return Outcome::Refused(reason),
        };
        let refusal = match self.choose(client, &request, arrival, targets) {
            Ok(target) => match self.write(&request, arrival, Decision::Redirect(target), out) {
                Ok(length) => return Outcome::Redirected(length),
                Err(reason) => reason,
            },
            Err(reason) => reason,
        };
        if refusal != Reason::ClientUnsupported || self.unsupported == Unsupported::Drop {
            return Outcome::Refused(refusal);
        }
        let error = Decision::RefuseWith(NotifyType::NO_PROPOSAL_CHOSEN);
        match self.write(&request, arrival, error, out) {
            Ok(length) => Outcome::Notified(length, refusal),
            Err(_) => Outcome::Refused(refusal),
        }
    }

    /// The client's own target; if that one cannot be, the next one in the client's order.
    ///
    /// In this order: a target that the client can surely go to, one of the other address
    /// family, and the gateway that has just sent the client away only when it is the last one.
    fn choose<'t>(
        &self,
        client: IpAddr,
        request: &InitRequest<'_>,
        arrival: Arrival,
        targets: &'t [Target],
    ) -> Result<Identity<'t>, Reason> {
        if !request.supports_redirect() {
            return Err(Reason::ClientUnsupported);
        }
        let allowed = |target: &Target| {
            let gateway = target.gateway()?;
            self.door.may_redirect(request, arrival, gateway)
        };
        let sent_by = request.redirected_from.and_then(Result::ok);
        let usable = |target: &Target| allowed(target).is_ok();
        let onward = |target: &Target| {
            let back = sent_by.is_some() && target.address() == sent_by;
            !back && usable(target)
        };
        let reachable = |target: &Target| target.suits(client) && onward(target);
        choice::choose(targets, client, reachable)
            .or_else(|| choice::choose(targets, client, onward))
            .or_else(|| choice::choose(targets, client, usable))
            .map_or_else(|| Err(refusal(targets, client, allowed)), Target::gateway)
    }

    fn write(
        &self,
        request: &InitRequest<'_>,
        arrival: Arrival,
        decision: Decision<'_>,
        out: &mut [u8],
    ) -> Result<usize, Reason> {
        match self.door.answer(request, arrival, decision, out) {
            Ok(Answer::Reply { message, .. }) => Ok(message.len()),
            Ok(Answer::Refused(reason)) => Err(reason),
            // Neither is ever decided here, and `out` has room for every answer.
            Ok(Answer::Proceed) | Err(_) => Err(Reason::Declined),
        }
    }
}

/// Why the client cannot even be sent to its own target.
fn refusal(
    targets: &[Target],
    client: IpAddr,
    allowed: impl Fn(&Target) -> Result<(), Reason>,
) -> Reason {
    let own = choice::choose(targets, client, |_| true);
    own.and_then(|target| allowed(target).err()).unwrap_or(Reason::Declined)
}
