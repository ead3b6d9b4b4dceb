//! What the client's host tells its machine, as it is.

use std::net::IpAddr;

use ikev2_redirect::auth::PeerAuth;
use ikev2_redirect::initiator::{Action, Event, Provenance, SaId, SentInit};
use ikev2_redirect::wire::{
    Contents, InitRedirect, InitResponse, Nonce, NotifyType, Redirect, Spi,
};
use ikev2_redirect::{Actions, Fqdn, Reason, Target};

use super::carry::loss;
use super::client::{Cause, Sent, WatchedClient};
use crate::checker::Probe;
use crate::rows::ClientInput;
use crate::script::{self, Exchange};
use crate::tag::Tag;
use crate::truth::client::{Answer, End, Named, Stage, after};
use crate::truth::reasons::{MALFORMED, Way, awaits_init, judge};

/// The SPI of the attempt with this number.
pub(crate) fn spi(tag: u8) -> Spi {
    Spi([tag + 1; 8])
}

/// The nonce of its latest request.
pub(crate) const fn nonce(tag: u8) -> [u8; 16] {
    [tag + 1; 16]
}

/// What an IKE_SA_INIT response says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct InitAnswer {
    pub(crate) redirect: Option<Named>,
    pub(crate) accepts: bool,
    /// It has the client's SPI and, if it redirects, its nonce.
    pub(crate) spi: bool,
    pub(crate) nonce: bool,
    pub(crate) resumption: bool,
    pub(crate) odd: bool,
}

impl InitAnswer {
    pub(crate) const USUAL: Self = Self {
        redirect: None,
        accepts: true,
        spi: true,
        nonce: true,
        resumption: false,
        odd: false,
    };

    pub(crate) fn redirect(named: Named) -> Self {
        Self { redirect: Some(named), accepts: false, ..Self::USUAL }
    }
}

pub(crate) fn target(named: Named) -> Result<Target<'static>, Reason> {
    match named {
        Named::Address(address) => Ok(address.into()),
        Named::Name => Ok(Target::Fqdn(Fqdn::new("gw.example.net").expect("a name"))),
        Named::Nobody => Ok(std::net::Ipv4Addr::UNSPECIFIED.into()),
        Named::Malformed => Err(MALFORMED),
    }
}

fn redirect(named: Option<Named>) -> Option<Result<Redirect<'static>, Reason>> {
    Some(target(named?).map(|target| Redirect { target }))
}

/// A response to an attempt that is gone.
pub(crate) fn late_init_response() -> Event<'static, 'static> {
    static NONCE: [u8; 16] = nonce(0);
    let redirect = InitRedirect {
        target: target(Named::Name).expect("a name"),
        nonce: Nonce::new(&NONCE).expect("a nonce"),
    };
    let response = InitResponse {
        initiator_spi: spi(0),
        responder_spi: Spi::ZERO,
        redirect: Some(Ok(redirect)),
        accepts: false,
        multiple_auth_supported: false,
        resumption: false,
    };
    let sent = SentInit { spi: spi(0), nonce: &NONCE };
    Event::InitResponseReceived { sent, response }
}

impl WatchedClient {
    /// An IKE_SA_INIT response made of `answer`.
    pub(crate) fn init_response(&mut self, id: SaId, answer: InitAnswer, probe: &mut Probe) {
        let Some(Tag(tag)) = self.host.sa(id).map(|sa| sa.tag) else { return };
        let nonce = if answer.nonce { nonce(tag) } else { [0xee; 16] };
        let nonce = Nonce::new(&nonce).expect("a nonce");
        let named = |named| target(named).map(|target| InitRedirect { target, nonce });
        let response = InitResponse {
            initiator_spi: if answer.spi { spi(tag) } else { spi(0xee) },
            responder_spi: if answer.odd { Spi([9; 8]) } else { Spi::ZERO },
            redirect: answer.redirect.map(named),
            accepts: answer.accepts,
            multiple_auth_supported: false,
            resumption: answer.resumption,
        };
        let _done = self.read_init_response(id, response, answer, probe);
    }

    /// An IKE_SA_INIT response as it was read, which says what `answer` says.
    pub(crate) fn read_init_response<'m>(
        &mut self,
        id: SaId,
        response: InitResponse<'m>,
        answer: InitAnswer,
        probe: &mut Probe,
    ) -> Actions<Action<'m>> {
        let before = *self;
        let tag = self.host.sa(id).map_or(0, |sa| sa.tag.0);
        let mut cause = Cause::of(ClientInput::InitResponseReceived, Some(id));
        cause.odd = answer.odd;
        let early = matches!(self.host.sa(id).map(|sa| sa.stage), Some(Stage::Init { .. }));
        let awaited = awaits_init(&self.host, id);
        if !early {
            cause.ignores = Some(Reason::OutOfTurn);
        } else if !answer.spi {
            cause.ignores = Some(Reason::WrongInitiatorSpi);
        } else if !awaited {
            cause.ignores = Some(Reason::QuestionOpen);
        } else if let Some(named) = answer.redirect {
            let InitAnswer { spi, nonce, resumption, .. } = answer;
            let way = Way::Init { spi, nonce, resumption };
            let verdict = judge(&self.host, &self.rules, id, way, named);
            cause.redirect = Some(Sent { named, provenance: Provenance::Init, verdict });
            // A client that follows no redirect does not see this one.
            let unseen = [Reason::RedirectsOff, Reason::ResumptionOff];
            cause.passes = answer.accepts && unseen.into_iter().any(|r| verdict.is_ignored_for(r));
        } else {
            cause.passes = true;
        }
        if cause.passes && answer.accepts {
            self.host.at(id, Stage::Init { accepted: true });
        }
        let nonce = nonce(tag);
        let sent = SentInit { spi: spi(tag), nonce: &nonce };
        self.tell(&before, Event::InitResponseReceived { sent, response }, &cause, probe)
    }

    /// The keys of an accepted response are there; the phase that follows has this script.
    pub(crate) fn keys(&mut self, id: SaId, script: u8, several: bool, probe: &mut Probe) {
        let before = *self;
        let mut cause = Cause::of(ClientInput::InitCompleted, Some(id));
        let asked = self.host.question;
        cause.abandons = asked.is_some_and(|asked| asked.provenance == Provenance::Init);
        self.host.at(id, Stage::Auth { script, done: 0, out: false, proven: false });
        let event = Event::InitCompleted { multiple_auth_offered: several };
        let _done = self.tell(&before, event, &cause, probe);
    }

    pub(crate) fn auth_request(&mut self, id: SaId, script: &[Exchange], probe: &mut Probe) {
        let before = *self;
        let Some(sa) = self.host.sa_mut(id) else { return };
        let Stage::Auth { done, out, .. } = &mut sa.stage else { return };
        *out = true;
        let sent = script[usize::from(*done)].request;
        let cause = Cause::of(ClientInput::AuthRequestSent, Some(id));
        let _done = self.tell(&before, Event::AuthRequestSent { sent }, &cause, probe);
    }

    /// The response to the IKE_AUTH request that is out.
    pub(crate) fn auth_response(
        &mut self,
        id: SaId,
        script: &[Exchange],
        answer: &Answer,
        named: Option<Named>,
        deletes: bool,
        probe: &mut Probe,
    ) {
        let before = *self;
        let Some(waits) = self.host.sa(id).and_then(|sa| sa.waits_for()) else { return };
        let (place, stage) = after(script, waits, answer);
        let mut cause = Cause::of(ClientInput::AuthResponseReceived, Some(id));
        let way = Way::auth(place, answer.fatal);
        let provenance = Provenance::Auth;
        let judged = |named| {
            let verdict = judge(&before.host, &before.rules, id, way, named);
            Sent { named, provenance, verdict }
        };
        cause.redirect = named.filter(|_| !answer.wrong_auth).map(judged);
        cause.passes = !answer.wrong_auth
            && (answer.fatal || cause.redirect.is_none_or(|sent| sent.verdict.is_ignored()));
        self.host.at(id, stage);
        if answer.wrong_auth {
            self.host.end(id, End::Rejected);
            cause.reason = loss(End::Rejected);
            cause.abandons = self.host.question.is_some_and(|asked| asked.sa == id);
        } else if deletes {
            self.host.end(id, End::Deleted);
            cause.reason = loss(End::Deleted);
        }
        let peer = match (answer.wrong_auth, answer.carries.auth) {
            (true, _) => PeerAuth::Failed,
            (false, true) => PeerAuth::Verified,
            (false, false) => PeerAuth::Absent,
        };
        let contents = Contents {
            redirect: redirect(named),
            deletes_ike_sa: deletes,
            fatal_error: answer.fatal.then_some(NotifyType::AUTHENTICATION_FAILED),
            ..script::contents(answer.carries)
        };
        let event = Event::AuthResponseReceived { peer, contents };
        let _done = self.tell(&before, event, &cause, probe);
    }

    /// The host has what the user needs.
    pub(crate) fn established(&mut self, id: SaId, probe: &mut Probe) {
        let before = *self;
        self.host.at(id, Stage::Up);
        let cause = Cause::of(ClientInput::Established, Some(id));
        let _done = self.tell(&before, Event::Established, &cause, probe);
    }

    /// The host gives the IKE SA up, whatever it is.
    pub(crate) fn give_up(&mut self, id: SaId, probe: &mut Probe) {
        self.lose(id, End::GivenUp, ClientInput::GivenUp, Event::GivenUp, probe);
    }

    /// The gateway has deleted it, or it is dead.
    pub(crate) fn deleted(&mut self, id: SaId, probe: &mut Probe) {
        self.lose(id, End::Deleted, ClientInput::Deleted, Event::Deleted, probe);
    }

    fn lose(
        &mut self,
        id: SaId,
        end: End,
        input: ClientInput,
        event: Event<'_, '_>,
        probe: &mut Probe,
    ) {
        let before = *self;
        self.host.end(id, end);
        let cause = Cause { reason: loss(end), ..Cause::of(input, Some(id)) };
        let _done = self.tell(&before, event, &cause, probe);
    }

    /// A protected INFORMATIONAL request.
    pub(crate) fn informational(
        &mut self,
        id: SaId,
        named: Option<Named>,
        deletes: bool,
        repeated: bool,
        probe: &mut Probe,
    ) {
        let before = *self;
        let mut cause = Cause::of(ClientInput::InformationalReceived, Some(id));
        let way = Way::Informational { repeated };
        let provenance = Provenance::Informational;
        cause.redirect = named.map(|named| {
            let verdict = judge(&before.host, &before.rules, id, way, named);
            Sent { named, provenance, verdict }
        });
        cause.acknowledges = named.is_some();
        cause.passes = named.is_none();
        if deletes {
            self.host.end(id, End::Deleted);
            cause.reason = loss(End::Deleted);
        }
        let contents =
            Contents { redirect: redirect(named), deletes_ike_sa: deletes, ..Contents::EMPTY };
        let event = Event::InformationalReceived { contents, repeated };
        let _done = self.tell(&before, event, &cause, probe);
    }

    pub(crate) fn misplaced(&mut self, id: SaId, probe: &mut Probe) {
        let before = *self;
        let ignores = Some(Reason::MisplacedRedirect);
        let cause = Cause { ignores, ..Cause::of(ClientInput::MisplacedRedirect, Some(id)) };
        let _done = self.tell(&before, Event::MisplacedRedirect, &cause, probe);
        let same = self.machine == before.machine;
        probe.always("R1-1, R5-6: a misplaced REDIRECT changes nothing", same);
    }

    pub(crate) fn rekeyed(&mut self, id: SaId, probe: &mut Probe) {
        let before = *self;
        let cause = Cause::of(ClientInput::Rekeyed, Some(id));
        let _done = self.tell(&before, Event::Rekeyed, &cause, probe);
        let same = self.machine == before.machine;
        probe.always("R8-2: a rekey changes nothing", same);
    }

    pub(crate) fn gateway_moved(&mut self, id: SaId, to: IpAddr, probe: &mut Probe) {
        let before = *self;
        self.host.gateway_moves(id, to);
        let cause = Cause::of(ClientInput::GatewayMoved, Some(id));
        let _done = self.tell(&before, Event::GatewayMoved { to }, &cause, probe);
    }
}
