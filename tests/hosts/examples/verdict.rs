//! The verdict of the guide's async host, run beside other events of the connection (F27).

use std::cell::RefCell;
use std::future::poll_fn;
use std::net::IpAddr;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use ikev2_redirect::initiator::{
    Action, Config, Event, Initiator, QuestionId, Refusal, SaId, SentInit,
};
use ikev2_redirect::wire::{InitRedirect, InitResponse, Nonce, Spi};
use ikev2_redirect::{Actions, Instant, Misuse, Target};

const NI: [u8; 16] = [7; 16];
const SPI: Spi = Spi([3; 8]);
const NEXT: &str = "192.0.2.45";

/// A resolver that answers when it is asked the second time.
async fn look_up(target: &str) -> Option<IpAddr> {
    let mut asked = false;
    poll_fn(|_| match std::mem::replace(&mut asked, true) {
        false => Poll::Pending,
        true => Poll::Ready(()),
    })
    .await;
    target.parse().ok()
}

// As in the guide, which the test below compares.
async fn verdict(
    client: &RefCell<Initiator>,
    now: impl Fn() -> Instant,
    question: QuestionId,
    target: String,
) -> Result<Actions<Action<'static>>, Misuse> {
    let found = look_up(&target).await;
    let client = &mut client.borrow_mut();
    match found {
        Some(address) => client.permit(now(), question, address),
        None => client.refuse(now(), question, Refusal::Unresolvable),
    }
}

#[test]
fn f27_the_verdict_that_runs_here_is_the_one_of_the_guide() {
    let of = |text: &'static str| {
        let (_, from) = text.split_once("\nasync fn verdict(").expect("it is there");
        from.split_once("\n}\n").expect("it ends").0
    };
    assert_eq!(of(include_str!("verdict.rs")), of(include_str!("../../../docs/wrapping.md")));
}

#[test]
fn f27_while_the_guides_host_looks_up_the_machine_takes_other_events() {
    let (client, sa, question) = asked();
    let client = RefCell::new(client);
    let mut looking_up = pin!(verdict(&client, now, question, NEXT.to_owned()));
    let mut context = Context::from_waker(Waker::noop());
    assert!(looking_up.as_mut().poll(&mut context).is_pending());
    let again = client.borrow_mut().handle(now(), sa, redirect());
    assert!(matches!(again.get(0), Some(Action::Ignored { .. })));
    let Poll::Ready(permitted) = looking_up.poll(&mut context) else { panic!("it has ended") };
    let starts = |action| matches!(action, Action::StartInit { to, .. } if to == next());
    assert!(permitted.expect("the question is open").into_iter().any(starts));
}

/// A client that asks its host about a REDIRECT.
fn asked() -> (Initiator, SaId, QuestionId) {
    let mut client = Initiator::new(Config::default()).expect("good settings");
    let first = "192.0.2.1".parse().expect("an address");
    let actions = client.connect(now(), first).expect("it is idle");
    let Some(Action::StartInit { sa, .. }) = actions.get(0) else { panic!("{actions:?}") };
    let actions = client.handle(now(), sa, redirect());
    let Some(Action::Vet { question, .. }) = actions.get(0) else { panic!("{actions:?}") };
    (client, sa, question)
}

fn redirect() -> Event<'static, 'static> {
    let nonce = Nonce::new(&NI).expect("a legal length");
    let response = InitResponse {
        initiator_spi: SPI,
        responder_spi: Spi::ZERO,
        redirect: Some(Ok(InitRedirect { target: Target::from(next()), nonce })),
        accepts: false,
        multiple_auth_supported: false,
        resumption: false,
    };
    Event::InitResponseReceived { sent: SentInit { spi: SPI, nonce: &NI }, response }
}

fn next() -> IpAddr {
    NEXT.parse().expect("an address")
}

fn now() -> Instant {
    Instant::from_millis(0)
}
