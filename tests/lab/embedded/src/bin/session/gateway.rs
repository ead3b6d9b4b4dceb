//! A gateway's sessions: redirected at the end of EAP, for maintenance, and at a time of its
//! choice.

use ikev2_redirect::auth::{AuthMessage, PeerAuth};
use ikev2_redirect::responder::{
    Action, Awaits, Client, Config, Event, Phase, Responder, TargetId,
};
use ikev2_redirect::{Actions, Instant, Misuse, Reason};
use redirect_firmware::report::Report;

use crate::meter::Meter;
use crate::protected::{AUTH, DELETE, EAP, IDI_SA, Protected, REDIRECT};

const TARGET: TargetId = TargetId(7);
const WILLING: Client = Client { supports_redirect: true, multiple_auth_offered: false };
const UNWILLING: Client = Client { supports_redirect: false, ..WILLING };

pub(crate) fn run(report: &mut Report, meter: &mut Meter) {
    eap(&mut Gateway::new(meter, Responder::new(Config::default(), WILLING)), report);
    maintenance(&mut Gateway::established(meter, WILLING), report);
    appointment(&mut Gateway::established(meter, WILLING), report);
    refused(&mut Gateway::established(meter, UNWILLING), report);
}

fn eap(gateway: &mut Gateway<'_>, report: &mut Report) {
    report.title("gateway: EAP, redirected by the last response");
    let claimed = gateway.auth_request(PeerAuth::Absent, &IDI_SA);
    report.step("nobody is redirected on a mere claim", is(claimed, [Action::PassOn]));
    let sent = AuthMessage { auth: true, eap: true, ..AuthMessage::NOTHING };
    let _ = gateway.tell(Event::AuthResponseSent { sent });
    report.step("a decision in the middle of EAP waits", gateway.redirect() == Ok(0));
    let eap = gateway.auth_request(PeerAuth::Absent, &EAP);
    report.step("EAP goes on", is(eap, [Action::PassOn]));
    let _ = gateway
        .tell(Event::AuthResponseSent { sent: AuthMessage { eap: true, ..AuthMessage::NOTHING } });
    let last = gateway.auth_request(PeerAuth::Verified, &AUTH);
    let redirect =
        Action::RespondRedirect { target: TARGET, with_identity: false, with_auth: true };
    report.step("the last response redirects", is(last, [redirect]));
    let deleted = gateway.informational(&DELETE);
    report.step("the client leaves as told", is(deleted, [Action::PassOn, Action::ClientLeft]));
}

fn maintenance(gateway: &mut Gateway<'_>, report: &mut Report) {
    report.title("gateway: an established session, redirected for maintenance");
    report.step(
        "the REDIRECT is sent",
        gateway.redirect() == Ok(1) && gateway.machine.phase() == Phase::Redirecting,
    );
    let again = gateway.wait_for(Awaits::Acknowledgement);
    report.step("without an answer it is sent again", is(again, [Action::Retransmit]));
    report.step("the answer ends that", gateway.tell(Event::Acknowledged).is_empty());
    let grace_over = gateway.wait_for(Awaits::Departure);
    report.step("a client that stays is deleted", is(grace_over, [Action::DeleteSa]));
}

fn appointment(gateway: &mut Gateway<'_>, report: &mut Report) {
    report.title("gateway: an established session, redirected at a time of the host's choice");
    let at = gateway.now.after(5_000);
    let scheduled = gateway.machine.redirect_at(gateway.now, TARGET, at);
    report.step("nothing is sent before", scheduled.is_ok_and(|actions| actions.is_empty()));
    let redirect = gateway.informational(&REDIRECT);
    let ignored = Action::Ignored { reason: Reason::WrongDirection };
    report.step(
        "a REDIRECT of the client is acknowledged and ignored",
        is(redirect, [Action::Acknowledge, ignored]),
    );
    let sent = gateway.wait_for(Awaits::Schedule);
    report.step("then the REDIRECT is sent", is(sent, [Action::SendRedirect { target: TARGET }]));
}

fn refused(gateway: &mut Gateway<'_>, report: &mut Report) {
    report.title("gateway: a client that announced no support");
    let before = gateway.machine;
    report.step(
        "it is never redirected",
        gateway.redirect() == Err(Misuse::ClientUnsupported) && gateway.machine == before,
    );
}

fn is<const N: usize>(outcome: Option<Actions<Action>>, expected: [Action; N]) -> bool {
    outcome.is_some_and(|actions| actions == expected)
}

/// A host with nothing but the machine.
struct Gateway<'m> {
    meter: &'m mut Meter,
    machine: Responder,
    now: Instant,
}

impl<'m> Gateway<'m> {
    fn new(meter: &'m mut Meter, machine: Responder) -> Self {
        Gateway { meter, machine, now: Instant::from_millis(1_000) }
    }

    fn established(meter: &'m mut Meter, client: Client) -> Self {
        Gateway::new(meter, Responder::established(Config::default(), client))
    }

    /// Orders a redirect; says how many actions come of it.
    fn redirect(&mut self) -> Result<usize, Misuse> {
        let Gateway { meter, machine, now } = self;
        meter.call(|| machine.redirect(*now, TARGET)).map(|actions| actions.len())
    }

    fn tell(&mut self, event: Event<'_>) -> Actions<Action> {
        self.now = self.now.after(10);
        let Gateway { meter, machine, now } = self;
        meter.call(|| machine.handle(*now, event))
    }

    fn auth_request(&mut self, peer: PeerAuth, request: &Protected<'_>) -> Option<Actions<Action>> {
        let contents = self.meter.call(|| request.parse())?;
        Some(self.tell(Event::AuthRequestReceived { peer, contents }))
    }

    fn informational(&mut self, request: &Protected<'_>) -> Option<Actions<Action>> {
        let contents = self.meter.call(|| request.parse())?;
        Some(self.tell(Event::InformationalReceived { contents }))
    }

    /// Lets the time pass up to the machine's deadline, which has to be about this.
    fn wait_for(&mut self, awaited: Awaits) -> Option<Actions<Action>> {
        let deadline =
            self.machine.next_deadline().filter(|deadline| deadline.reason == awaited)?;
        self.now = deadline.at;
        let Gateway { meter, machine, now } = self;
        Some(meter.call(|| machine.timeout(*now)))
    }
}
