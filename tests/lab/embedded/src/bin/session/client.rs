//! A client's session: redirected in IKE_SA_INIT, at the end of EAP, and while it works.

use core::net::{IpAddr, Ipv4Addr};

use ikev2_redirect::auth::{AuthMessage, PeerAuth};
use ikev2_redirect::initiator::{
    Action, Config, Event, Initiator, Phase, Provenance, Refusal, SentInit, Slot,
};
use ikev2_redirect::wire::{InitNotifies, InitRequest, InitResponse, PayloadType, Redirect};
use ikev2_redirect::{Actions, Fqdn, Target, Instant, Reason};
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
    report.step(
        "a forged nonce is ignored and changes nothing",
        is(client.init_response(&forged), [Action::Ignored { reason: Reason::NonceMismatch }])
            && client.machine == before,
    );
    report.step(
        "the true answer still asks for a verdict",
        is(client.init_response(&STRONGSWAN_ANSWER), [vet(SECOND, Provenance::Init)]),
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
    let slot = client.slot();
    let _ = client.tell(Event::InitCompleted { slot, multiple_auth_offered: false });
    report.step(
        "the first response starts EAP",
        is(client.auth(AuthMessage::NOTHING, PeerAuth::Verified, &IDR_AUTH_EAP), [Action::PassOn]),
    );
    let ignored = Action::Ignored { reason: Reason::IntermediateResponse };
    report.step(
        "a REDIRECT in between is ignored",
        is(client.auth(EAP, PeerAuth::Absent, &EAP_AND_REDIRECT), [ignored, Action::PassOn]),
    );
    report.step(
        "EAP succeeds",
        is(client.auth(EAP, PeerAuth::Absent, &protected::EAP), [Action::PassOn]),
    );
    report.step(
        "the REDIRECT in the last response asks for a verdict",
        is(
            client.auth(AUTH, PeerAuth::Verified, &AUTH_AND_REDIRECT),
            [vet(THIRD, Provenance::Auth)],
        ),
    );
    let moved = client.permit(THIRD);
    report.step("the old IKE SA is deleted", has(moved, Action::DeleteSa { slot }));
    report
        .step("the redirect is followed", has(moved, redirected(SECOND, THIRD, Provenance::Auth)));
    report.step(
        "the third gateway serves the client",
        client.comes_up() && client.machine.gateway() == Some(THIRD),
    );
}

fn moving(client: &mut Client<'_>, report: &mut Report) {
    report.title("client: redirected while it works, make before break");
    let old = client.slot();
    let room = &mut [0; 64];
    let name = Fqdn::new("gw2.example.com").map_or(Target::from(FOURTH), Target::Fqdn);
    let ask = Action::Vet { target: name, provenance: Provenance::Informational };
    report.step(
        "a name is acknowledged and handed to DNS",
        is(client.informational(name, room), [Action::Acknowledge { slot: old }, ask]),
    );
    report.step(
        "a name that cannot be resolved leaves all as it is",
        is(
            client.refuse(Refusal::Unresolvable),
            [Action::Refused { reason: Reason::Unresolvable }],
        ) && client.machine.phase() == Phase::Established,
    );
    let ask = vet(FOURTH, Provenance::Informational);
    report.step(
        "an address is acknowledged and asks for a verdict",
        is(client.informational(FOURTH.into(), room), [Action::Acknowledge { slot: old }, ask]),
    );
    let moved = client.permit(FOURTH);
    report.step(
        "the redirect is followed",
        has(moved, redirected(THIRD, FOURTH, Provenance::Informational)),
    );
    report.step(
        "the old IKE SA is kept meanwhile",
        client.slot() == old.other() && client.machine.kept() == Some(old),
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
    let followed = client.machine.loop_limit().followed(client.now);
    report.step("five redirects are followed, not six", more == 2 && followed == 5);
    report.step("the session goes on", client.machine.phase() == Phase::Established);
    client.now = client.now.after(300_000);
    report.step("after 300 seconds the next one is followed", client.is_moved());
}

const fn vet(target: IpAddr, provenance: Provenance) -> Action<'static> {
    let target = match target {
        IpAddr::V4(address) => Target::V4(address),
        IpAddr::V6(address) => Target::V6(address),
    };
    Action::Vet { target, provenance }
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
    last_deleted: Option<Slot>,
}

type Outcome<'a> = Option<Actions<Action<'a>>>;

impl<'m> Client<'m> {
    fn new(meter: &'m mut Meter) -> Option<Self> {
        // strongSwan does not announce support again beside REDIRECTED_FROM.
        let config = Config { announce_again: false, ..Config::default() };
        let machine = Initiator::new(config).ok()?;
        Some(Client { meter, machine, now: Instant::from_millis(1_000), last_deleted: None })
    }

    fn slot(&self) -> Slot {
        self.machine.slot().unwrap_or(Slot::A)
    }

    fn connect(&mut self, gateway: IpAddr) -> Outcome<'static> {
        let Client { meter, machine, now, .. } = self;
        meter.call(|| machine.connect(*now, gateway)).ok()
    }

    fn permit(&mut self, target: IpAddr) -> Outcome<'static> {
        let Client { meter, machine, now, .. } = self;
        meter.call(|| machine.permit(*now, target)).ok()
    }

    fn refuse(&mut self, refusal: Refusal) -> Outcome<'static> {
        let Client { meter, machine, now, .. } = self;
        meter.call(|| machine.refuse(*now, refusal)).ok()
    }

    fn tell<'a>(&mut self, event: Event<'a>) -> Actions<Action<'a>> {
        self.now = self.now.after(10);
        let Client { meter, machine, now, .. } = self;
        let actions = meter.call(|| machine.handle(*now, event));
        self.last_deleted = actions.iter().find_map(|action| match action {
            Action::DeleteSa { slot } => Some(slot),
            _ => None,
        });
        actions
    }

    /// An answer to strongSwan's request.
    fn init_response<'a>(&mut self, message: &'a [u8]) -> Outcome<'a> {
        let request = InitRequest::parse(&STRONGSWAN_REQUEST).ok()?;
        let sent = SentInit { spi: request.initiator_spi, nonce: request.nonce.octets() };
        let response = self.meter.call(|| InitResponse::parse(message)).ok()?;
        Some(self.tell(Event::InitResponse { slot: self.slot(), sent, response }))
    }

    /// One IKE_AUTH exchange.
    fn auth<'a>(&mut self, sent: AuthMessage, peer: PeerAuth, answer: &Protected<'a>) -> Outcome<'a> {
        let slot = self.slot();
        let _ = self.tell(Event::AuthRequest { slot, sent });
        let contents = self.meter.call(|| answer.parse())?;
        Some(self.tell(Event::AuthResponse { slot, peer, contents }))
    }

    fn informational<'a>(&mut self, target: Target<'_>, room: &'a mut [u8]) -> Outcome<'a> {
        let redirect = Redirect { target };
        let length = self.meter.call(|| redirect.encode(PayloadType::NONE, room)).ok()?;
        let request = Protected { first: PayloadType::NOTIFY, chain: room.get(..length)? };
        let contents = self.meter.call(|| request.parse())?;
        Some(self.tell(Event::Informational { slot: self.slot(), contents, repeated: false }))
    }

    /// The gateway accepts, without EAP and without a redirect.
    fn comes_up(&mut self) -> bool {
        let slot = self.slot();
        let _ = self.tell(Event::InitCompleted { slot, multiple_auth_offered: false });
        let passed = is(self.auth(AUTH, PeerAuth::Verified, &IDR_AUTH_SA), [Action::PassOn]);
        let _ = self.tell(Event::Established { slot });
        passed && self.machine.phase() == Phase::Established
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
