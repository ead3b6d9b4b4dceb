//! A client's session: redirected in IKE_SA_INIT, at the end of EAP, and while it works.

use core::net::{IpAddr, Ipv4Addr};

use ikev2_redirect::auth::{AuthMessage, PeerAuth};
use ikev2_redirect::initiator::{
    Action, Config, Event, Initiator, Phase, Provenance, QuestionId, Refusal, SaId, SentInit,
};
use ikev2_redirect::wire::{InitNotifies, InitRequest, InitResponse, PayloadType, Redirect};
use ikev2_redirect::{Actions, Fqdn, Instant, Reason, Target};
use redirect_firmware::captures::{STRONGSWAN_ANSWER, STRONGSWAN_NEXT_REQUEST, STRONGSWAN_REQUEST};
use redirect_firmware::report::Report;

use crate::meter::Meter;
use crate::protected::{
    self, AUTH_AND_REDIRECT, EAP_AND_REDIRECT, IDR_AUTH_EAP, IDR_AUTH_SA, Protected,
};

/// The gateways of the capture, and two that the session moves on to.
const FIRST: IpAddr = IpAddr::V4(Ipv4Addr::new(10, 99, 0, 2));
const SECOND: IpAddr = IpAddr::V4(Ipv4Addr::new(10, 99, 0, 4));
const THIRD: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 45));
const FOURTH: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 46));

/// What the client's IKE_AUTH requests carry.
const EAP: AuthMessage = AuthMessage { eap: true, ..AuthMessage::NOTHING };
const AUTH: AuthMessage = AuthMessage { auth: true, ..AuthMessage::NOTHING };

pub(crate) fn run(report: &mut Report, meter: &mut Meter) {
    let Some(mut client) = Client::new(meter) else {
        return report.step("the settings are legal", false);
    };
    init(&mut client, report);
    eap(&mut client, report);
    moving(&mut client, report);
    loop_limit(&mut client, report);
}

fn init(client: &mut Client<'_>, report: &mut Report) {
    report.title("client: IKE_SA_INIT, with strongSwan's messages");
    let start = client.connect(FIRST);
    report.step(
        "the request announces support as strongSwan's does",
        starts(start, FIRST, &STRONGSWAN_REQUEST),
    );

    let mut forged = STRONGSWAN_ANSWER;
    forged[73] ^= 1;
    let before = client.machine;
    let ignored = Action::Ignored { sa: client.sa(), reason: Reason::NonceMismatch };
    report.step(
        "a forged nonce is ignored and changes nothing",
        is(client.init_response(&forged), [ignored]) && client.machine == before,
    );
    report.step(
        "the true answer still asks for a verdict",
        asks(client.init_response(&STRONGSWAN_ANSWER), SECOND.into(), Provenance::Init),
    );
    let moved = client.permit(SECOND);
    report
        .step("the redirect is followed", has(moved, redirected(FIRST, SECOND, Provenance::Init)));
    report.step(
        "the next request says from where as strongSwan's does",
        starts(moved, SECOND, &STRONGSWAN_NEXT_REQUEST),
    );
}

fn eap(client: &mut Client<'_>, report: &mut Report) {
    report.title("client: EAP, redirected by the last response");
    let sa = client.sa();
    let pass_on = Action::PassOn { sa };
    let _ = client.tell(Event::InitCompleted { multiple_auth_offered: false });
    report.step(
        "the first response starts EAP",
        is(client.auth(AuthMessage::NOTHING, PeerAuth::Verified, &IDR_AUTH_EAP), [pass_on]),
    );
    let ignored = Action::Ignored { sa, reason: Reason::IntermediateResponse };
    report.step(
        "a REDIRECT in between is ignored",
        is(client.auth(EAP, PeerAuth::Absent, &EAP_AND_REDIRECT), [ignored, pass_on]),
    );
    report.step("EAP succeeds", is(client.auth(EAP, PeerAuth::Absent, &protected::EAP), [pass_on]));
    report.step(
        "the REDIRECT in the last response asks for a verdict",
        asks(
            client.auth(AUTH, PeerAuth::Verified, &AUTH_AND_REDIRECT),
            THIRD.into(),
            Provenance::Auth,
        ),
    );
    let moved = client.permit(THIRD);
    report.step("the old IKE SA is deleted", has(moved, Action::DeleteSa { sa }));
    report
        .step("the redirect is followed", has(moved, redirected(SECOND, THIRD, Provenance::Auth)));
    report.step(
        "the third gateway serves the client",
        client.comes_up() && client.machine.gateway() == Some(THIRD),
    );
}

fn moving(client: &mut Client<'_>, report: &mut Report) {
    report.title("client: redirected while it works, make before break");
    let old = client.sa();
    let room = &mut [0; 64];
    let name = Fqdn::new("gw2.example.com").map_or(Target::from(FOURTH), Target::Fqdn);
    let asked = client.informational(name, room);
    report.step(
        "a name is acknowledged and handed to DNS",
        has(asked, Action::Acknowledge { sa: old }) && asks(asked, name, Provenance::Informational),
    );
    let refused = Action::Refused { sa: old, reason: Reason::Unresolvable };
    report.step(
        "a name that cannot be resolved leaves all as it is",
        is(client.refuse(Refusal::Unresolvable), [refused]) && client.machine.phase() == Phase::Up,
    );
    let asked = client.informational(FOURTH.into(), room);
    report.step(
        "an address is acknowledged and asks for a verdict",
        has(asked, Action::Acknowledge { sa: old })
            && asks(asked, FOURTH.into(), Provenance::Informational),
    );
    let moved = client.permit(FOURTH);
    report.step(
        "the redirect is followed",
        has(moved, redirected(THIRD, FOURTH, Provenance::Informational)),
    );
    report.step(
        "the old IKE SA is kept meanwhile",
        client.sa() != old && client.machine.kept() == Some(old),
    );
    report.step("the fourth gateway serves the client", client.comes_up());
    report.step(
        "then the old IKE SA is deleted",
        client.last_deleted == Some(old) && client.machine.kept().is_none(),
    );
}

fn loop_limit(client: &mut Client<'_>, report: &mut Report) {
    report.title("client: two gateways that send it to and fro");
    let more = (0..10).take_while(|_| client.is_moved()).count();
    let followed = client.machine.followed(client.now);
    report.step("five redirects are followed, not six", more == 2 && followed == 5);
    report.step("the session goes on", client.machine.phase() == Phase::Up);
    client.now = client.now.after(300_000);
    report.step("after 300 seconds the next one is followed", client.is_moved());
}

/// Whether the last action asks about this target.
fn asks(outcome: Outcome<'_>, wanted: Target<'_>, how: Provenance) -> bool {
    let asked = outcome.and_then(|actions| actions.iter().last());
    matches!(asked, Some(Action::Vet { target, provenance, .. })
        if target == wanted && provenance == how)
}

const fn redirected(from: IpAddr, to: IpAddr, provenance: Provenance) -> Action<'static> {
    Action::Redirected { from, to, provenance }
}

fn is<'a, const N: usize>(outcome: Outcome<'a>, expected: [Action<'a>; N]) -> bool {
    outcome.is_some_and(|actions| actions == expected)
}

fn has<'a>(outcome: Outcome<'a>, expected: Action<'a>) -> bool {
    outcome.is_some_and(|actions| actions.iter().any(|action| action == expected))
}

/// Whether an attempt is started whose notifications are the last ones of `request`.
fn starts(outcome: Outcome<'_>, gateway: IpAddr, request: &[u8]) -> bool {
    let ends = |notifies: InitNotifies| {
        let room = &mut [0; InitNotifies::MAX_LEN];
        let length = notifies.encode(PayloadType::NONE, room).unwrap_or(0);
        length > 0 && request.ends_with(room.get(..length).unwrap_or_default())
    };
    outcome.is_some_and(|actions| {
        actions.iter().any(|action| {
            matches!(action, Action::StartInit { to, notifies, .. } if to == gateway && ends(notifies))
        })
    })
}

/// A host with nothing but the machine.
struct Client<'m> {
    meter: &'m mut Meter,
    machine: Initiator,
    now: Instant,
    last_deleted: Option<SaId>,
}

type Outcome<'a> = Option<Actions<Action<'a>>>;

impl<'m> Client<'m> {
    fn new(meter: &'m mut Meter) -> Option<Self> {
        // strongSwan does not announce support again beside REDIRECTED_FROM.
        let config = Config { announce_again: false, ..Config::default() };
        let machine = Initiator::new(config).ok()?;
        Some(Client { meter, machine, now: Instant::from_millis(1_000), last_deleted: None })
    }

    /// The IKE SA in use; a name that none has if there is none.
    fn sa(&self) -> SaId {
        self.machine.sa().unwrap_or(SaId(u32::MAX))
    }

    fn question(&self) -> QuestionId {
        self.machine.question().unwrap_or(QuestionId(u32::MAX))
    }

    fn connect(&mut self, gateway: IpAddr) -> Outcome<'static> {
        let Client { meter, machine, now, .. } = self;
        meter.call(|| machine.connect(*now, gateway)).ok()
    }

    fn permit(&mut self, target: IpAddr) -> Outcome<'static> {
        let question = self.question();
        let Client { meter, machine, now, .. } = self;
        meter.call(|| machine.permit(*now, question, target)).ok()
    }

    fn refuse(&mut self, refusal: Refusal) -> Outcome<'static> {
        let question = self.question();
        let Client { meter, machine, now, .. } = self;
        meter.call(|| machine.refuse(*now, question, refusal)).ok()
    }

    fn tell<'a>(&mut self, event: Event<'a, '_>) -> Actions<Action<'a>> {
        self.now = self.now.after(10);
        let sa = self.sa();
        let Client { meter, machine, now, .. } = self;
        let actions = meter.call(|| machine.handle(*now, sa, event));
        self.last_deleted = actions.iter().find_map(|action| match action {
            Action::DeleteSa { sa } => Some(sa),
            _ => None,
        });
        actions
    }

    /// An answer to strongSwan's request.
    fn init_response<'a>(&mut self, message: &'a [u8]) -> Outcome<'a> {
        let request = InitRequest::parse(&STRONGSWAN_REQUEST).ok()?;
        let sent = SentInit { spi: request.initiator_spi, nonce: request.nonce.octets() };
        let response = self.meter.call(|| InitResponse::parse(message)).ok()?;
        Some(self.tell(Event::InitResponseReceived { sent, response }))
    }

    /// One IKE_AUTH exchange.
    fn auth<'a>(
        &mut self,
        sent: AuthMessage,
        peer: PeerAuth,
        answer: &Protected<'a>,
    ) -> Outcome<'a> {
        let _ = self.tell(Event::AuthRequestSent { sent });
        let contents = self.meter.call(|| answer.parse())?;
        Some(self.tell(Event::AuthResponseReceived { peer, contents }))
    }

    fn informational<'a>(&mut self, target: Target<'_>, room: &'a mut [u8]) -> Outcome<'a> {
        let redirect = Redirect { target };
        let length = self.meter.call(|| redirect.encode(PayloadType::NONE, room)).ok()?;
        let request = Protected { first: PayloadType::NOTIFY, chain: room.get(..length)? };
        let contents = self.meter.call(|| request.parse())?;
        Some(self.tell(Event::InformationalReceived { contents, repeated: false }))
    }

    /// The gateway accepts, without EAP and without a redirect.
    fn comes_up(&mut self) -> bool {
        let pass_on = Action::PassOn { sa: self.sa() };
        let _ = self.tell(Event::InitCompleted { multiple_auth_offered: false });
        let passed = is(self.auth(AUTH, PeerAuth::Verified, &IDR_AUTH_SA), [pass_on]);
        let _ = self.tell(Event::Established);
        passed && self.machine.phase() == Phase::Up
    }

    /// The gateway sends the client to the other of the last two.
    fn is_moved(&mut self) -> bool {
        let target = if self.machine.gateway() == Some(THIRD) { FOURTH } else { THIRD };
        self.informational(target.into(), &mut [0; 64]).is_some()
            && self.permit(target).is_some()
            && self.comes_up()
            && self.machine.gateway() == Some(target)
    }
}
