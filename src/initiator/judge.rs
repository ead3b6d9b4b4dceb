//! What the transitions of the client machine ask. A judge reads the machine and the message and
//! writes nothing; each answers with a small enum, which the table turns into actions.

use core::net::IpAddr;

use super::question::Question;
use super::sa::IkeSa;
use super::{Initiator, Provenance, QuestionId, SaId, SentInit};
use crate::auth::{AuthMessage, PeerAuth, Position, Progress};
use crate::wire::{Contents, InitResponse, Spi};
use crate::{Instant, Misuse, Reason, Target, TargetRules};

/// What an IKE_SA_INIT response means.
pub(super) enum Init<'m> {
    /// There is nothing for the mechanism in it.
    Usual,
    /// It is ignored as a whole, so that a later good response still counts (`R3-9`).
    Ignore(Reason),
    /// Only its REDIRECT is ignored: it accepts the request.
    IgnoreRedirect(Reason),
    /// It redirects where the client does not go.
    Refuse(Reason),
    /// It redirects, and the host is asked.
    Ask(Target<'m>, Option<Reason>),
}

/// What an IKE_AUTH response means.
pub(super) enum Auth<'m> {
    /// What the host told of it cannot be.
    Mistaken(Misuse),
    /// The gateway has not proven who it is.
    Unproven,
    /// The gateway has ended the phase: the response completes nothing, and a REDIRECT in it
    /// redirects nobody.
    Ended,
    /// There is nothing for the mechanism in it.
    Usual(Progress),
    /// Its REDIRECT is ignored.
    IgnoreRedirect(Progress, Reason),
    /// It redirects where the client does not go.
    Refuse(Progress, Reason),
    /// It redirects, and the host is asked.
    Ask(Progress, Target<'m>),
}

/// What an INFORMATIONAL request means.
pub(super) enum Informational<'m> {
    /// There is nothing for the mechanism in it.
    Usual,
    /// Its REDIRECT is acknowledged and ignored.
    Ignore(Reason),
    /// It redirects where the client does not go.
    Refuse(Reason),
    /// It redirects, and the host is asked.
    Ask(Target<'m>),
}

/// What becomes of the IKE SA that a redirect came over when the redirect is not followed.
pub(super) enum Decline {
    /// Nothing: the client goes on as it was.
    GoOn,
    /// It is left: its gateway creates no CHILD SA for a client that it redirects.
    Leave(IkeSa),
    /// There is none any more, and no other.
    NothingLeft,
}

impl Initiator {
    /// The IKE SA of that name, current or kept.
    pub(super) fn find(&self, id: SaId) -> Option<IkeSa> {
        let kept = || self.kept.filter(|kept| kept.id == id).map(IkeSa::from);
        self.current.filter(|sa| sa.id == id).or_else(kept)
    }

    /// An IKE_SA_INIT response, in the order in which it is checked.
    pub(super) fn judge_init<'m>(
        &self,
        now: Instant,
        sa: &IkeSa,
        sent: &SentInit<'_>,
        response: &InitResponse<'m>,
    ) -> Init<'m> {
        if response.initiator_spi != sent.spi {
            return Init::Ignore(Reason::WrongInitiatorSpi);
        }
        if self.question.is_some_and(|question| question.sa == sa.id) {
            return Init::Ignore(Reason::QuestionOpen);
        }
        let Some(redirect) = response.redirect else {
            return Init::Usual;
        };
        if let Err(reason) = self.counts_in_init(response) {
            return match response.accepts {
                true => Init::IgnoreRedirect(reason),
                false => Init::Ignore(reason),
            };
        }
        let redirect = match redirect {
            Ok(redirect) => redirect,
            Err(reason) => return Init::Ignore(reason),
        };
        // R3-8, R7.2-10: the whole nonce, no more and no less.
        if redirect.nonce.octets() != sent.nonce {
            return Init::Ignore(Reason::NonceMismatch);
        }
        if self.question.is_some() {
            return Init::Ignore(Reason::QuestionOpen);
        }
        // R3-7 wants zero; the nonce is what proves the answer.
        let odd = response.responder_spi != Spi::ZERO;
        match self.consider(now, redirect.target, sa.gateway) {
            Ok(()) => Init::Ask(redirect.target, odd.then_some(Reason::NonzeroResponderSpi)),
            Err(reason) => Init::Refuse(reason),
        }
    }

    /// Whether a REDIRECT in such a response counts at all.
    const fn counts_in_init(&self, response: &InitResponse<'_>) -> Result<(), Reason> {
        if !self.config.follows_redirects() {
            Err(Reason::RedirectsOff)
        } else if response.resumption && !self.config.follow_on_resumption {
            Err(Reason::ResumptionOff)
        } else {
            Ok(())
        }
    }

    /// An IKE_AUTH response to the request that `progress` has seen last, in the order in which it
    /// is checked.
    pub(super) fn judge_auth<'m>(
        &self,
        now: Instant,
        sa: &IkeSa,
        mut progress: Progress,
        peer: PeerAuth,
        contents: &Contents<'m>,
    ) -> Auth<'m> {
        if !progress.awaits_response() {
            return Auth::Mistaken(Misuse::RequestMissing);
        }
        if !peer.fits(contents) {
            return Auth::Mistaken(Misuse::AuthContradiction);
        }
        if peer == PeerAuth::Failed {
            return Auth::Unproven;
        }
        if contents.fatal_error.is_some() {
            return Auth::Ended;
        }
        let position = progress.response(AuthMessage::of_peer(contents, peer));
        let Some(redirect) = contents.redirect else {
            return Auth::Usual(progress);
        };
        if let Err(reason) = self.counts_in_auth(position, &progress) {
            return Auth::IgnoreRedirect(progress, reason);
        }
        match redirect {
            Ok(redirect) => match self.consider(now, redirect.target, sa.gateway) {
                Ok(()) => Auth::Ask(progress, redirect.target),
                Err(reason) => Auth::Refuse(progress, reason),
            },
            Err(reason) => Auth::Refuse(progress, reason),
        }
    }

    /// Whether a REDIRECT in an IKE_AUTH response counts at all.
    fn counts_in_auth(&self, position: Position, progress: &Progress) -> Result<(), Reason> {
        if !self.config.follows_redirects() {
            return Err(Reason::RedirectsOff);
        }
        match position {
            Position::Intermediate => Err(Reason::IntermediateResponse), // R6-13, R6-14
            // R6-4, R6-7, R6-11
            Position::Only | Position::First | Position::Last
                if !progress.gateway_authenticated() =>
            {
                Err(Reason::GatewayUnverified)
            }
            Position::Only | Position::First | Position::Last if self.question.is_some() => {
                Err(Reason::QuestionOpen)
            }
            Position::Only | Position::First | Position::Last => Ok(()),
        }
    }

    /// A protected INFORMATIONAL request (`R1-2`), in the order in which it is checked.
    pub(super) fn judge_informational<'m>(
        &self,
        now: Instant,
        sa: &IkeSa,
        contents: &Contents<'m>,
        repeated: bool,
    ) -> Informational<'m> {
        let Some(redirect) = contents.redirect else {
            return Informational::Usual;
        };
        if let Err(reason) = self.counts_in_informational(sa, repeated) {
            return Informational::Ignore(reason);
        }
        match redirect {
            Ok(redirect) => match self.consider(now, redirect.target, sa.gateway) {
                Ok(()) => Informational::Ask(redirect.target),
                Err(reason) => Informational::Refuse(reason),
            },
            Err(reason) => Informational::Refuse(reason),
        }
    }

    /// Whether a REDIRECT in an INFORMATIONAL request counts at all.
    fn counts_in_informational(&self, sa: &IkeSa, repeated: bool) -> Result<(), Reason> {
        if repeated {
            Err(Reason::RepeatedRequest)
        } else if !self.config.follows_redirects() {
            Err(Reason::RedirectsOff)
        } else if !sa.is_whole() {
            Err(Reason::PhaseIncomplete)
        } else if self.question.is_some() {
            Err(Reason::QuestionOpen)
        } else if self.kept.is_some_and(|kept| kept.id == sa.id) {
            Err(Reason::MoveInProgress)
        } else {
            Ok(())
        }
    }

    /// Whether a redirect can be followed at all, before anybody is asked.
    fn consider(&self, now: Instant, target: Target<'_>, from: IpAddr) -> Result<(), Reason> {
        if let Some(address) = target.address() {
            self.check_address(address, Some(from))?;
        }
        // D7-1
        if self.limit.allows(&self.config, now) { Ok(()) } else { Err(Reason::LimitReached) }
    }

    /// Whether the client can go to `to` when the gateway at `from` sends it there.
    fn check_address(&self, to: IpAddr, from: Option<IpAddr>) -> Result<(), Reason> {
        self.config.targets.check(to)?;
        if from == Some(to) { Err(Reason::SelfRedirect) } else { Ok(()) }
    }

    /// The open question, if it is the one that a verdict names.
    pub(super) fn asked(&self, id: QuestionId) -> Result<Question, Misuse> {
        self.question.filter(|question| question.id == id).ok_or(Misuse::UnknownQuestion)
    }

    /// Whether `to` can be the answer to the question. What makes it unfit is the peer's doing: its
    /// name leads there.
    pub(super) fn judge_permit(
        &self,
        question: &Question,
        to: IpAddr,
    ) -> Result<Result<(), Reason>, Misuse> {
        match question.literal {
            Some(literal) if literal != to => Err(Misuse::OtherAddress),
            Some(_) | None => Ok(self.check_address(to, Some(question.from))),
        }
    }

    /// What a redirect that is not followed leaves behind.
    pub(super) fn judge_decline(&self, question: &Question) -> Decline {
        match (self.current, question.provenance) {
            (None, _) => Decline::NothingLeft,
            (Some(sa), Provenance::Auth) if sa.id == question.sa && !sa.is_up() => {
                Decline::Leave(sa)
            }
            (Some(_), Provenance::Init | Provenance::Auth | Provenance::Informational) => {
                Decline::GoOn
            }
        }
    }

    /// The attempt that can go on with another address of its target.
    pub(super) fn judge_retry(&self, to: IpAddr) -> Result<IkeSa, Misuse> {
        let sa = self.current.filter(|sa| !sa.is_up()).ok_or(Misuse::NothingToRetry)?;
        if sa.literal {
            return Err(Misuse::LiteralTarget);
        }
        match sa.from {
            None => users_gateway(to)?,
            Some(_) => {
                self.check_address(to, sa.from).map_err(|_| Misuse::UnusableAddress)?;
            }
        }
        Ok(sa)
    }

    /// The IKE SA that can be renewed.
    pub(super) fn judge_renew(&self, to: IpAddr) -> Result<IkeSa, Misuse> {
        users_gateway(to)?;
        self.current.filter(IkeSa::is_up).ok_or(Misuse::NotUp)
    }

    /// Whether a connection can begin.
    pub(super) fn judge_connect(&self, to: IpAddr) -> Result<(), Misuse> {
        users_gateway(to)?;
        match (self.current, self.question) {
            (None, None) => Ok(()),
            (Some(_), _) | (None, Some(_)) => Err(Misuse::AlreadyConnected),
        }
    }

    /// Whether there is anything to close.
    pub(super) fn judge_close(&self) -> Result<(), Misuse> {
        match (self.current, self.question) {
            (None, None) => Err(Misuse::NotConnected),
            (Some(_), _) | (None, Some(_)) => Ok(()),
        }
    }
}

/// Whether the host can send one more IKE_AUTH request.
pub(super) const fn request(progress: &Progress) -> Result<(), Misuse> {
    if progress.awaits_response() {
        Err(Misuse::RequestRepeated)
    } else if progress.is_complete() {
        Err(Misuse::OutOfTurn)
    } else {
        Ok(())
    }
}

/// Whether there is an IKE SA that can be rekeyed.
pub(super) const fn rekeyed(sa: &IkeSa) -> Result<(), Misuse> {
    if sa.is_whole() { Ok(()) } else { Err(Misuse::OutOfTurn) }
}

/// Whether there is an IKE SA whose gateway can be talked to at another address.
pub(super) fn moved(sa: &IkeSa, to: IpAddr) -> Result<(), Misuse> {
    rekeyed(sa)?;
    users_gateway(to)
}

/// Whether an address that the user names, or that MOBIKE brings, can be a gateway's.
pub(super) fn users_gateway(to: IpAddr) -> Result<(), Misuse> {
    TargetRules::LENIENT.check(to).map_err(|_| Misuse::UnusableAddress)
}
