//! The front door under every kind of request, arrival and decision of its host.

use std::net::{IpAddr, Ipv4Addr};

use ikev2_redirect::responder::front_door::{Answer, Arrival, Decision, FrontDoor};
use ikev2_redirect::wire::{InitNotifies, InitRequest, InitResponse, NotifyType, Spi};
use ikev2_redirect::{Fqdn, Target};

use crate::checker::{Arrow, Model, Probe};
use crate::goals;
use crate::octets::Octets;

/// One door with one anycast address, serving clients without support there or not.
pub(crate) struct Door {
    pub(crate) serve_unsupported: bool,
}

const OWN: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1));
const ANYCAST: IpAddr = IpAddr::V4(Ipv4Addr::new(203, 0, 113, 1));
const OTHER: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 2);
const LONG_NAME: &str = "a-name-that-is-much-longer-than-any-address-would-ever-be.\
    and-longer-than-the-request-that-it-answers-by-a-good-deal.gateways.example.com";

/// What was asked, and how it was answered last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Asked {
    request: Request,
    answered: Option<Outcome>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Request {
    supported: bool,
    redirected_from: bool,
    to_anycast: bool,
    /// The socket shows the address as an IPv4-mapped one.
    mapped: bool,
    source_proven: bool,
    nonce_length: u16,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Outcome {
    Proceed,
    Redirect,
    Error,
    Silence,
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum Step {
    Ask(Request),
    Decide(Choice),
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum Choice {
    Proceed,
    Refuse,
    Error,
    ToOther,
    ToSelf,
    ToAnycast,
    ToName,
    ToLongName,
    ToNobody,
}

use Choice::{Error, Proceed, Refuse, ToAnycast, ToLongName, ToName, ToNobody, ToOther, ToSelf};

const CHOICES: [Choice; 9] =
    [Proceed, Refuse, Error, ToOther, ToSelf, ToAnycast, ToName, ToLongName, ToNobody];

goals!(DoorGoal {
    AnycastToSelf => "R4-4: an anycast request is redirected to the gateway's own address",
    OnlyRedirectedFrom => "D3-7: a client that sends REDIRECTED_FROM alone is redirected",
    LongNameProven => "a long name is sent to a proven source",
    LongNameRefused => "a long name is kept from an unproven source",
    ProceedUnicast => "a unicast request proceeds",
});

impl Choice {
    fn decision(self) -> Decision<'static> {
        let name = |name| Target::Fqdn(Fqdn::new(name).expect("a name"));
        match self {
            Proceed => Decision::Proceed,
            Refuse => Decision::Refuse,
            Error => Decision::RefuseWith(NotifyType::NO_PROPOSAL_CHOSEN),
            ToOther => Decision::Redirect(OTHER.into()),
            ToSelf => Decision::Redirect(OWN.into()),
            ToAnycast => Decision::Redirect(ANYCAST.into()),
            ToName => Decision::Redirect(name("gw2.example.com")),
            ToLongName => Decision::Redirect(name(LONG_NAME)),
            ToNobody => Decision::Redirect(Ipv4Addr::UNSPECIFIED.into()),
        }
    }
}

impl Door {
    /// Answers with the real door and checks the octets that go out.
    fn answer(&self, request: Request, choice: Choice, probe: &mut Probe) -> Outcome {
        let nonce = [5; 257];
        let nonce = &nonce[..usize::from(request.nonce_length)];
        let notifies = InitNotifies {
            redirect_supported: request.supported,
            redirected_from: request.redirected_from.then_some(OTHER.into()),
        };
        let octets = Octets::init_request(Spi([1; 8]), nonce, &notifies);
        let destination = if request.to_anycast { ANYCAST } else { OWN };
        let destination = match destination {
            IpAddr::V4(address) if request.mapped => address.to_ipv6_mapped().into(),
            as_it_is => as_it_is,
        };
        let arrival = Arrival { destination, source_proven: request.source_proven };
        let door = FrontDoor {
            anycast: &[ANYCAST],
            serve_unsupported_on_anycast: self.serve_unsupported,
            ..FrontDoor::default()
        };
        let legal_nonce = (16..=256).contains(&request.nonce_length);
        let parsed = InitRequest::parse(&octets);
        probe.always(
            "R7.2-11: a request is read exactly when its nonce is legal",
            parsed.is_ok() == legal_nonce,
        );
        let Ok(parsed) = parsed else { return Outcome::Silence };
        let mut out = [0; 549];
        let answer = door.answer(&parsed, arrival, choice.decision(), &mut out).expect("room");
        let mut again = [0; 549];
        probe.always(
            "R3-6: the same request gets the same answer",
            door.answer(&parsed, arrival, choice.decision(), &mut again) == Ok(answer),
        );
        match answer {
            Answer::Proceed => Outcome::Proceed,
            Answer::Refused(_) => Outcome::Silence,
            Answer::Reply { from, message } => {
                probe.always("R4-2: the reply leaves from the address asked", from == destination);
                probe.always(
                    "a source that proved nothing gets no more octets than it sent",
                    request.source_proven || message.len() <= octets.len(),
                );
                check_reply(message, nonce, probe)
            }
        }
    }

    fn check(&self, request: Request, choice: Choice, outcome: Outcome, probe: &mut Probe) {
        let supports = request.supported || request.redirected_from;
        let redirected = outcome == Outcome::Redirect;
        probe.always("R3-2: no REDIRECT without support", supports || !redirected);
        let served = self.serve_unsupported && !supports;
        probe.always(
            "R4-3: an anycast request never proceeds",
            !request.to_anycast || served || outcome != Outcome::Proceed,
        );
        probe.always(
            "R4-3: never redirected to an anycast or an unusable address",
            !redirected || !matches!(choice, ToAnycast | ToNobody),
        );
        probe.always(
            "a unicast request is never redirected to where it was sent",
            !redirected || request.to_anycast || !matches!(choice, ToSelf),
        );
        probe.always(
            "R3-3: only what the host decided is done",
            match outcome {
                Outcome::Proceed => matches!(choice, Proceed),
                Outcome::Error => matches!(choice, Error),
                Outcome::Redirect => !matches!(choice, Proceed | Refuse | Error),
                Outcome::Silence => true,
            },
        );
        let reached = |choice_is: bool| redirected && choice_is;
        probe.sometimes(
            DoorGoal::AnycastToSelf,
            reached(request.to_anycast && matches!(choice, ToSelf)),
        );
        probe.sometimes(DoorGoal::OnlyRedirectedFrom, reached(!request.supported));
        let long = matches!(choice, ToLongName);
        probe.sometimes(DoorGoal::LongNameProven, reached(long));
        probe.sometimes(DoorGoal::LongNameRefused, supports && long && !redirected);
        probe.sometimes(DoorGoal::ProceedUnicast, outcome == Outcome::Proceed);
    }
}

/// Reads a reply the way a client would.
fn check_reply(message: &[u8], nonce: &[u8], probe: &mut Probe) -> Outcome {
    let Ok(response) = InitResponse::parse(message) else {
        probe.always("R3-4: a reply is an IKE_SA_INIT response", false);
        return Outcome::Silence;
    };
    probe.always("R3-7: the responder's SPI is zero", response.responder_spi == Spi::ZERO);
    probe.always("a reply names the client's SPI", response.initiator_spi == Spi([1; 8]));
    match response.redirect {
        None => Outcome::Error,
        Some(redirect) => {
            probe.always(
                "R3-5: a REDIRECT carries the Ni of the request",
                redirect.is_ok_and(|redirect| redirect.nonce.octets() == nonce),
            );
            Outcome::Redirect
        }
    }
}

fn requests() -> Vec<Request> {
    let mut requests = Vec::new();
    for bits in 0..32_u8 {
        let bit = |place: u8| bits & (1 << place) != 0;
        for nonce_length in [0, 15, 16, 32, 256, 257] {
            requests.push(Request {
                supported: bit(0),
                redirected_from: bit(1),
                to_anycast: bit(2),
                source_proven: bit(3),
                mapped: bit(4),
                nonce_length,
            });
        }
    }
    requests
}

impl Model for Door {
    type State = Option<Asked>;
    type Step = Step;
    type Goal = DoorGoal;

    fn name(&self) -> String {
        let who = if self.serve_unsupported { "serves all" } else { "strict" };
        format!("front door, {who}")
    }

    fn initial(&self) -> Vec<Self::State> {
        vec![None]
    }

    fn steps(&self, state: &Self::State, steps: &mut Vec<Step>) {
        match state {
            None => steps.extend(requests().into_iter().map(Step::Ask)),
            Some(_) => steps.extend(CHOICES.map(Step::Decide)),
        }
    }

    fn take(&self, state: &Self::State, step: Step, probe: &mut Probe) -> Option<Self::State> {
        match (step, state) {
            (Step::Ask(request), _) => Some(Some(Asked { request, answered: None })),
            (Step::Decide(choice), Some(asked)) => {
                let outcome = self.answer(asked.request, choice, probe);
                self.check(asked.request, choice, outcome, probe);
                Some(Some(Asked { answered: Some(outcome), ..*asked }))
            }
            (Step::Decide(_), None) => None,
        }
    }

    fn lanes(&self) -> &'static [&'static str] {
        &["client", "door"]
    }

    fn draw(&self, _: &Self::State, step: Step) -> Arrow {
        match step {
            Step::Ask(request) => Arrow { from: 0, to: 1, label: format!("{request:?}") },
            Step::Decide(choice) => Arrow { from: 1, to: 0, label: format!("{choice:?}") },
        }
    }

    fn describe(&self, state: &Self::State) -> Vec<String> {
        vec![format!("{:?}", state.and_then(|asked| asked.answered))]
    }
}
