//! The gateway: the crate's front door and one `Responder` for each client.

mod accept;
mod login;
mod options;
mod session;

use std::collections::BTreeMap;
use std::io;
use std::time::Duration;

use ikev2_redirect::auth::{Content, PeerAuth};
use ikev2_redirect::responder::front_door::{Answer, Arrival, Decision, FrontDoor};
use ikev2_redirect::responder::{
    self, Action, Client, Event, Responder, Retransmission, Stage, TargetId,
};
use ikev2_redirect::wire::{
    Contents, ExchangeType, Header, InitRequest, NotifyType, PayloadType, Redirect,
};
use ikev2_redirect::{Actions, Instant, Misuse};

use crate::crypto::{prf, random};
use crate::flight::Due;
use crate::message::{Chain, Parts};
use crate::net::{Inbound, Net, Path};
use crate::report::{Clock, Reporter};
use crate::sa::{Departed, Incoming, Opened, answer_rekey};

use accept::{Accepted, accept, stateless};
use login::Login;
use options::{Forgery, When};
use session::Session;

pub(crate) use options::Options;

/// This gateway knows one target only.
const TARGET: TargetId = TargetId(0);

pub(crate) fn run(options: Options, clock: Clock, reporter: Reporter) -> io::Result<()> {
    let net = Net::open(&options.common.listen, options.common.ports)?;
    let gateway = Gateway {
        options,
        clock,
        reporter,
        net,
        sessions: BTreeMap::new(),
        next_key: 0,
        departed: Departed::default(),
        cookie_secret: random(),
        forged: false,
    };
    gateway.run();
    Ok(())
}

/// Names a session for as long as it lasts.
type Key = u32;

struct Gateway {
    options: Options,
    clock: Clock,
    reporter: Reporter,
    net: Net,
    sessions: BTreeMap<Key, Session>,
    next_key: Key,
    departed: Departed,
    cookie_secret: [u8; 32],
    forged: bool,
}

/// What a message leaves to do, after the machine has seen it.
#[derive(Clone, Copy, Default)]
struct Todo {
    as_usual: bool,
    decide: Option<Stage>,
}

impl Gateway {
    fn run(mut self) {
        let over = self.clock.now().after(self.options.common.run_ms);
        self.reporter.event("listening", &[]);
        loop {
            let now = self.clock.now();
            if now >= over {
                return;
            }
            let next = self.deadlines().min().unwrap_or(over).min(over);
            let wait = next.as_millis().saturating_sub(now.as_millis());
            if let Some(inbound) = self.net.receive(Duration::from_millis(wait)) {
                self.receive(&inbound);
            }
            self.tick();
        }
    }

    // Time.

    fn deadlines(&self) -> impl Iterator<Item = Instant> {
        let of_session = |session: &Session| {
            let machine = session.machine.next_deadline().map(|deadline| deadline.at);
            machine.into_iter().chain(session.sa.deadline())
        };
        self.sessions.values().flat_map(of_session).chain(self.departed.deadlines())
    }

    fn tick(&mut self) {
        let now = self.clock.now();
        let keys: Vec<Key> = self.sessions.keys().copied().collect();
        for key in keys {
            let deadline = self.sessions[&key].machine.next_deadline();
            if deadline.is_some_and(|deadline| deadline.at <= now) {
                self.tell(key, Event::Timeout);
            }
            self.retransmit(key, now);
        }
        self.departed.retransmit(now, &self.net);
    }

    fn retransmit(&mut self, key: Key, now: Instant) {
        let Some(session) = self.sessions.get_mut(&key) else { return };
        match session.sa.poll(now) {
            Due::Nothing => {}
            Due::Resend => {
                self.net.send(session.sa.path, session.sa.in_flight().unwrap_or_default())
            }
            Due::GiveUp => {
                self.tell(key, Event::SaDeleted);
                self.sessions.remove(&key);
            }
        }
    }

    // The machine.

    fn tell(&mut self, key: Key, event: Event<'_>) -> Todo {
        let Some(session) = self.sessions.get_mut(&key) else { return Todo::default() };
        let actions = session.machine.handle(self.clock.now(), event);
        self.carry_out(key, actions)
    }

    fn command(&mut self, key: Key, actions: Result<Actions<Action>, Misuse>) {
        match actions {
            Ok(actions) => drop(self.carry_out(key, actions)),
            Err(misuse) => self.reporter.event("misuse", &[("what", &format!("{misuse:?}"))]),
        }
    }

    fn carry_out(&mut self, key: Key, actions: Actions<Action>) -> Todo {
        let mut todo = Todo::default();
        for action in actions {
            self.reporter.note(&format!("session {key}: {action:?}"));
            match action {
                Action::PassOn => todo.as_usual = true,
                Action::Decide { stage } => todo.decide = Some(stage),
                Action::RespondRedirect { with_identity, with_auth, target: _ } => {
                    self.respond_redirect(key, with_identity, with_auth);
                }
                Action::SendRedirect { target: _ } => self.send_redirect(key),
                Action::Retransmit => self.repeat_redirect(key),
                Action::Acknowledge => {
                    self.respond(key, ExchangeType::INFORMATIONAL, &Chain::new())
                }
                Action::DeleteSa => self.delete(key),
                Action::DropSa => self.drop_sa(key),
                Action::ClientLeft => self.reporter.event("client-left", &[]),
                Action::Ignored { reason } => {
                    self.reporter.event("ignored", &[("reason", &reason)])
                }
                Action::Failed { reason } => self.reporter.event("failed", &[("reason", &reason)]),
            }
        }
        todo
    }

    // IKE_SA_INIT.

    fn init_request(&mut self, inbound: &Inbound) {
        let Inbound { path, message } = inbound;
        let request = match InitRequest::parse(message) {
            Ok(request) => request,
            Err(reason) => return self.reporter.event("ignored", &[("reason", &reason)]),
        };
        self.report_request(&request, *path);
        let known = self.sessions.values().find(|session| session.began_with(*path, message));
        if let Some(session) = known {
            return self.net.send(*path, &session.init_response);
        }
        let cookie = self.cookie(&request, *path);
        let proven = request.cookie == Some(&cookie[..]);
        if self.options.cookie && !proven {
            let answer = stateless(&request, NotifyType::COOKIE, &cookie);
            return self.net.send(*path, &answer);
        }
        let arrival = Arrival { destination: path.local.ip(), source_proven: proven };
        if self.redirect_at_the_door(&request, arrival, *path) {
            self.accept(&request, inbound);
        }
    }

    fn report_request(&mut self, request: &InitRequest<'_>, path: Path) {
        let supported = if request.supports_redirect() { "yes" } else { "no" };
        let from = match request.redirected_from {
            None => "-".to_owned(),
            Some(Ok(address)) => address.to_string(),
            Some(Err(reason)) => reason.to_string(),
        };
        self.reporter.event(
            "init-request",
            &[
                ("from", &path.remote.ip()),
                ("supported", &supported),
                ("redirected-from", &from),
                ("spi", &request.initiator_spi),
                ("cookie", &if request.cookie.is_some() { "yes" } else { "no" }),
            ],
        );
    }

    /// Says whether the request is to be served after all.
    fn redirect_at_the_door(
        &mut self,
        request: &InitRequest<'_>,
        arrival: Arrival,
        path: Path,
    ) -> bool {
        let door = FrontDoor {
            anycast: &self.options.anycast,
            targets: self.options.common.targets,
            ..FrontDoor::default()
        };
        let forge_once = self.options.forgery == Forgery::Once;
        let wanted = self.options.target_when(When::Init).filter(|_| !(forge_once && self.forged));
        let target = match wanted
            .map(|target| (target, door.may_redirect(request, arrival, target.gateway())))
        {
            Some((target, Ok(()))) => Some(target),
            Some((_, Err(reason))) => {
                self.reporter.event("ignored", &[("reason", &reason)]);
                None
            }
            None => None,
        };
        let decision =
            target.map_or(Decision::Proceed, |target| Decision::Redirect(target.gateway()));
        let mut out = [0; 1024];
        let answer = door.answer(request, arrival, decision, &mut out);
        match answer.expect("1024 octets are enough") {
            Answer::Proceed => return true,
            Answer::Refused(reason) => self.reporter.event("ignored", &[("reason", &reason)]),
            Answer::Reply { from, message } => {
                debug_assert_eq!(from, path.local.ip());
                let mut message = message.to_vec();
                let forged = self.options.forgery != Forgery::Never;
                if let (true, Some(last)) = (forged, message.last_mut()) {
                    *last ^= 1;
                    self.forged = true;
                }
                self.net.send(path, &message);
                let to = target.map_or("-".to_owned(), |target| target.gateway().to_string());
                let nonce = if forged { "forged" } else { "right" };
                let fields: [(&str, &dyn std::fmt::Display); 3] =
                    [("phase", &"init"), ("to", &to), ("nonce", &nonce)];
                self.reporter.event("redirect-sent", &fields);
                return forged && forge_once;
            }
        }
        false
    }

    fn cookie(&self, request: &InitRequest<'_>, path: Path) -> [u8; 32] {
        let source = path.remote.to_string();
        let parts = [request.nonce.octets(), source.as_bytes(), &request.initiator_spi.0];
        prf(&self.cookie_secret, &parts)
    }

    fn accept(&mut self, request: &InitRequest<'_>, inbound: &Inbound) {
        let Inbound { path, message } = inbound;
        let patience = self.options.common.patience;
        let (sa, handshake) = match accept(request, message, *path, &self.options.groups, patience)
        {
            Accepted::Not(answer) => return self.net.send(*path, &answer),
            Accepted::Sa(accepted) => *accepted,
        };
        self.reporter.keys(&sa.wireshark_line());
        self.net.send(*path, &handshake.response);
        let client =
            Client { supports_redirect: request.supports_redirect(), multiple_auth_offered: true };
        let machine = Responder::new(self.machine_config(), client);
        let login = Login::new(&self.options.credentials(), handshake.clone());
        self.sessions.insert(self.next_key, Session::new(machine, sa, &handshake, login));
        self.next_key += 1;
    }

    fn machine_config(&self) -> responder::Config {
        let patience = self.options.common.patience;
        responder::Config {
            grace: self.options.grace_ms,
            retransmission: Retransmission::ByMachine {
                first_pause: patience.first_ms,
                tries: u8::try_from(patience.retries).unwrap_or(u8::MAX),
            },
            redirect_unauthenticated: self.options.when == Some(When::EapFirst),
        }
    }

    // IKE_AUTH.

    fn auth_request(&mut self, key: Key, parts: &Parts<'_>, contents: Contents<'_>, id: u32) {
        let Some(session) = self.sessions.get_mut(&key) else { return };
        let peer = session.login.check(parts);
        if peer == PeerAuth::Failed {
            let refusal = session.login.refusal();
            self.respond(key, ExchangeType::IKE_AUTH, &refusal);
        }
        let todo = self.tell(key, Event::AuthRequest { peer, contents });
        match todo.decide {
            Some(stage) if self.wants_redirect(stage, id) => self.redirect(key),
            Some(_) => self.auth_as_usual(key, id),
            None if todo.as_usual => self.auth_as_usual(key, id),
            None => {}
        }
    }

    /// Whether this is the response in which clients are redirected.
    fn wants_redirect(&self, stage: Stage, id: u32) -> bool {
        let first = id == 1;
        match self.options.when {
            Some(When::EapFirst) => stage == Stage::Claimed,
            Some(When::AuthFirst) => first && stage != Stage::Claimed,
            Some(When::AuthLast) => stage == Stage::Complete,
            Some(When::Init | When::MidEap | When::Active(_)) | None => false,
        }
    }

    fn redirect(&mut self, key: Key) {
        let now = self.clock.now();
        let Some(session) = self.sessions.get_mut(&key) else { return };
        let actions = session.machine.redirect(now, TARGET);
        self.command(key, actions);
    }

    fn auth_as_usual(&mut self, key: Key, id: u32) {
        let Some(session) = self.sessions.get_mut(&key) else { return };
        let mut answer = session.login.answer();
        if self.options.intermediate_redirect && answer.content.eap && id > 1 {
            answer.chain = answer.chain.with_encoded(&self.redirect_payload());
            let to = self.options.target().gateway();
            self.reporter.event("redirect-sent", &[("phase", &"intermediate"), ("to", &to)]);
        }
        self.respond(key, ExchangeType::IKE_AUTH, &answer.chain);
        self.tell(key, Event::AuthResponse { sent: answer.content });
        if self.options.when == Some(When::MidEap) && is_mid_eap(answer.content, id) {
            self.redirect(key);
        }
        if answer.complete {
            self.established(key);
        }
    }

    fn established(&mut self, key: Key) {
        let now = self.clock.now();
        let Some(session) = self.sessions.get_mut(&key) else { return };
        let (peer, name) = (session.sa.path.remote.ip(), session.login.client_name());
        self.reporter.event("established", &[("peer", &peer), ("id", &name)]);
        if let Some(When::Active(delay)) = self.options.when {
            let actions = session.machine.redirect_at(now, TARGET, now.after(delay));
            self.command(key, actions);
        }
    }

    fn respond_redirect(&mut self, key: Key, with_identity: bool, with_auth: bool) {
        let redirect = self.redirect_payload();
        let Some(session) = self.sessions.get_mut(&key) else { return };
        let chain = session.login.proof(with_identity, with_auth).with_encoded(&redirect);
        self.respond(key, ExchangeType::IKE_AUTH, &chain);
        let to = self.options.target().gateway();
        self.reporter.event("redirect-sent", &[("phase", &"auth"), ("to", &to)]);
    }

    fn redirect_payload(&self) -> Vec<u8> {
        let redirect = Redirect { target: self.options.target().gateway() };
        let mut payload = vec![0; redirect.encoded_len()];
        redirect.encode(PayloadType::NONE, &mut payload).expect("as long as it says");
        payload
    }

    // The session.

    fn send_redirect(&mut self, key: Key) {
        let chain = Chain::new().with_encoded(&self.redirect_payload());
        let Some(session) = self.sessions.get_mut(&key) else { return };
        let message = session.sa.request_untimed(ExchangeType::INFORMATIONAL, &chain);
        self.net.send(session.sa.path, &message);
        let to = self.options.target().gateway();
        self.reporter.event("redirect-sent", &[("phase", &"active"), ("to", &to)]);
    }

    fn repeat_redirect(&mut self, key: Key) {
        let Some(session) = self.sessions.get_mut(&key) else { return };
        self.net.send(session.sa.path, session.sa.in_flight().unwrap_or_default());
        let to = self.options.target().gateway();
        let fields: [(&str, &dyn std::fmt::Display); 3] =
            [("phase", &"active"), ("to", &to), ("again", &"yes")];
        self.reporter.event("redirect-sent", &fields);
    }

    fn informational(&mut self, key: Key, parts: &Parts<'_>, contents: Contents<'_>) {
        if contents.redirect.is_none() {
            self.respond(key, ExchangeType::INFORMATIONAL, &Chain::new());
            if parts.says_farewell() {
                self.tell(key, Event::SaDeleted);
                self.client_left(key);
            }
            return;
        }
        self.tell(key, Event::Informational { contents });
        // The machine knows that the SA is gone.
        if contents.deletes_ike_sa {
            self.client_left(key);
        }
    }

    fn client_left(&mut self, key: Key) {
        let Some(session) = self.sessions.remove(&key) else { return };
        self.report_end("deleted", &session, "peer", "-");
        self.departed.keep(session.sa);
    }

    fn rekey(&mut self, key: Key, parts: &Parts<'_>) {
        let Some(session) = self.sessions.get_mut(&key) else { return };
        let patience = self.options.common.patience;
        let (chain, new) = answer_rekey(&session.sa, parts, &self.options.groups, patience);
        self.respond(key, ExchangeType::CREATE_CHILD_SA, &chain);
        let (Some(new), Some(session)) = (new, self.sessions.get_mut(&key)) else { return };
        self.reporter.keys(&new.wireshark_line());
        let old = std::mem::replace(&mut session.sa, new);
        self.departed.keep(old);
        self.reporter.event("rekeyed", &[]);
        self.tell(key, Event::Rekeyed);
    }

    // What comes in.

    fn receive(&mut self, inbound: &Inbound) {
        let Ok((header, _)) = Header::parse(&inbound.message) else {
            return self.reporter.note("not an IKE message");
        };
        if header.exchange == ExchangeType::IKE_SA_INIT {
            return self.init_request(inbound);
        }
        let now = self.clock.now();
        match self.sessions.iter().find(|(_, session)| session.sa.is_named_by(&header)) {
            Some((&key, _)) => self.protected(key, inbound),
            None => {
                if !self.departed.receive(&header, inbound, now, &self.net) {
                    self.reporter.note("message for no SA of ours");
                }
            }
        }
    }

    fn protected(&mut self, key: Key, inbound: &Inbound) {
        let Some(session) = self.sessions.get_mut(&key) else { return };
        match session.sa.receive(&inbound.message) {
            Incoming::Dropped(why) => self.reporter.note(&format!("dropped: {why}")),
            Incoming::Response(opened) => self.response(key, &opened),
            Incoming::Repeated(_) => self.net.send(inbound.path, session.sa.last_response()),
            Incoming::Request(opened) => {
                // An answer goes to where the request came from.
                session.sa.path = inbound.path;
                self.request(key, &opened);
            }
        }
    }

    fn request(&mut self, key: Key, opened: &Opened) {
        let (Ok(parts), Ok(contents)) = (
            Parts::parse(opened.first, &opened.chain),
            Contents::parse(opened.first, &opened.chain),
        ) else {
            return self.reporter.note("malformed request");
        };
        match opened.header.exchange {
            ExchangeType::IKE_AUTH => {
                self.auth_request(key, &parts, contents, opened.header.message_id);
            }
            ExchangeType::INFORMATIONAL => self.informational(key, &parts, contents),
            ExchangeType::CREATE_CHILD_SA => {
                if contents.redirect.is_some() {
                    self.tell(key, Event::MisplacedRedirect);
                }
                self.rekey(key, &parts);
            }
            _ => self.reporter.note("a request that gateways do not answer"),
        }
    }

    /// The only requests of a living session are redirects.
    fn response(&mut self, key: Key, opened: &Opened) {
        let contents = Contents::parse(opened.first, &opened.chain);
        if contents.is_ok_and(|contents| contents.redirect.is_some()) {
            self.tell(key, Event::MisplacedRedirect);
        }
        self.reporter.event("acknowledged", &[]);
        self.tell(key, Event::Acknowledged);
    }

    // What goes out, and ends.

    fn respond(&mut self, key: Key, exchange: ExchangeType, chain: &Chain) {
        let Some(session) = self.sessions.get_mut(&key) else { return };
        let message = session.sa.respond(exchange, chain);
        self.net.send(session.sa.path, &message);
    }

    /// The machine deletes an SA for one reason only: the client was told and has not left.
    fn delete(&mut self, key: Key) {
        let Some(session) = self.sessions.remove(&key) else { return };
        self.report_end("deleted", &session, "us", "grace");
        self.departed.delete(session.sa, self.clock.now(), &self.net);
    }

    fn drop_sa(&mut self, key: Key) {
        let Some(session) = self.sessions.remove(&key) else { return };
        self.report_end("dropped", &session, "us", "-");
        self.departed.keep(session.sa);
    }

    fn report_end(&mut self, name: &str, session: &Session, by: &str, reason: &str) {
        let peer = session.sa.path.remote.ip();
        self.reporter.event(name, &[("peer", &peer), ("by", &by), ("reason", &reason)]);
    }
}

/// After the first response, while EAP still runs.
fn is_mid_eap(sent: Content, id: u32) -> bool {
    sent.eap && id > 1
}
