//! Datagram in, answer out, nothing kept.

use std::net::IpAddr;

use ikev2_redirect::Reason;
use ikev2_redirect::responder::front_door::{Answer, Arrival, Decision, FrontDoor};
use ikev2_redirect::wire::{InitRequest, NotifyType};

use super::choice;
use super::entry::Entry;
use super::options::Unsupported;

/// What stands before an IKE message on a NAT-T port, where ESP comes in, too.
const NON_ESP_MARKER: [u8; 4] = [0; 4];

/// The longest answer: a marker and a REDIRECT with the longest name and the longest nonce.
pub(crate) const MAX_ANSWER: usize = NON_ESP_MARKER.len() + FrontDoor::MAX_ANSWER;

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
    /// Send so many octets: the client is redirected to the entry in this place of the list.
    Redirected { length: usize, place: usize },
    /// Send so many octets: an error that says that the client is not served.
    Notified { length: usize, reason: Reason },
    /// Send nothing.
    Refused(Reason),
    /// Send nothing: on a NAT-T port, ESP or a keepalive.
    NotIke,
}

impl Service<'_> {
    /// Answers the datagram of `client`, in whichever form a socket shows its address; the answer
    /// stands at the front of `out`.
    pub(crate) fn answer(
        &self,
        client: IpAddr,
        datagram: &[u8],
        entries: &[Entry],
        out: &mut [u8; MAX_ANSWER],
    ) -> Outcome {
        let client = client.to_canonical();
        if !self.nat_t {
            return self.reply(client, datagram, entries, out);
        }
        let Some(message) = datagram.strip_prefix(&NON_ESP_MARKER) else {
            return Outcome::NotIke;
        };
        let (marker, body) = out.split_at_mut(NON_ESP_MARKER.len());
        marker.copy_from_slice(&NON_ESP_MARKER);
        match self.reply(client, message, entries, body) {
            Outcome::Redirected { length, place } => {
                Outcome::Redirected { length: marker.len() + length, place }
            }
            Outcome::Notified { length, reason } => {
                Outcome::Notified { length: marker.len() + length, reason }
            }
            silence @ (Outcome::Refused(_) | Outcome::NotIke) => silence,
        }
    }

    fn reply(&self, client: IpAddr, message: &[u8], entries: &[Entry], out: &mut [u8]) -> Outcome {
        // Without state no cookie is checked: no source is proven.
        let arrival = Arrival { destination: self.destination, source_proven: false };
        let request = match InitRequest::parse(message) {
            Ok(request) => request,
            Err(reason) => return self.reject(message, arrival, reason, out),
        };
        let refusal = match self.redirect(client, &request, arrival, entries, out) {
            Ok(redirected) => return redirected,
            Err(reason) => reason,
        };
        if refusal != Reason::ClientUnsupported || self.unsupported == Unsupported::Drop {
            return Outcome::Refused(refusal);
        }
        let error = Decision::RefuseWith(NotifyType::NO_PROPOSAL_CHOSEN);
        match self.write(&request, arrival, error, out) {
            Ok(length) => Outcome::Notified { length, reason: refusal },
            Err(_) => Outcome::Refused(refusal),
        }
    }

    /// What the sender of a message gets that cannot be read: an error, if it is of a kind that
    /// RFC 7296 wants told (2.5).
    fn reject(&self, message: &[u8], arrival: Arrival, reason: Reason, out: &mut [u8]) -> Outcome {
        if self.unsupported == Unsupported::Drop {
            return Outcome::Refused(reason);
        }
        match self.door.reject(message, arrival, out) {
            Ok(Answer::Reply { message, .. }) => {
                Outcome::Notified { length: message.len(), reason }
            }
            Ok(Answer::Refused(_) | Answer::Proceed) | Err(_) => Outcome::Refused(reason),
        }
    }

    fn redirect(
        &self,
        client: IpAddr,
        request: &InitRequest<'_>,
        arrival: Arrival,
        entries: &[Entry],
        out: &mut [u8],
    ) -> Result<Outcome, Reason> {
        let place = self.choose(client, request, arrival, entries)?;
        let target = entries.get(place).ok_or(Reason::Declined)?.target()?;
        let length = self.write(request, arrival, Decision::Redirect(target), out)?;
        Ok(Outcome::Redirected { length, place })
    }

    /// The place of the client's own target; if that one cannot be, of the next one in the
    /// client's order.
    ///
    /// In this order: a target that the client can surely go to, one of the other address
    /// family, and the gateway that has just sent the client away only when it is the last one.
    fn choose(
        &self,
        client: IpAddr,
        request: &InitRequest<'_>,
        arrival: Arrival,
        entries: &[Entry],
    ) -> Result<usize, Reason> {
        if !request.supports_redirect() {
            return Err(Reason::ClientUnsupported);
        }
        let allowed = |entry: &Entry| self.door.may_redirect(request, arrival, entry.target()?);
        let sent_by = request.redirected_from.and_then(Result::ok).map(|it| it.to_canonical());
        let usable = |entry: &Entry| allowed(entry).is_ok();
        let onward = |entry: &Entry| {
            let back = sent_by.is_some() && entry.address() == sent_by;
            !back && usable(entry)
        };
        let reachable = |entry: &Entry| entry.suits(client) && onward(entry);
        choice::choose(entries, client, reachable)
            .or_else(|| choice::choose(entries, client, onward))
            .or_else(|| choice::choose(entries, client, usable))
            .ok_or_else(|| refusal(entries, client, allowed))
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
    entries: &[Entry],
    client: IpAddr,
    allowed: impl Fn(&Entry) -> Result<(), Reason>,
) -> Reason {
    let own = choice::choose(entries, client, |_| true).and_then(|place| entries.get(place));
    own.and_then(|entry| allowed(entry).err()).unwrap_or(Reason::Declined)
}
