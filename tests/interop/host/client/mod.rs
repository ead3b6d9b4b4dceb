//! The client: one VPN connection, moved from gateway to gateway as the
//! crate's `Initiator` says.

mod attempt;
mod login;
mod options;
mod tunnel;

use std::io;
use std::net::IpAddr;
use std::time::Duration;

use ikev2_redirect::auth::{Content, PeerAuth};
use ikev2_redirect::initiator::{Action, Event, Initiator, Provenance, SentInit, Slot};
use ikev2_redirect::wire::{Contents, ExchangeType, Header, InitNotifies, InitResponse};
use ikev2_redirect::{Actions, Gateway, Instant, Misuse};

use crate::flight::Due;
use crate::message::{Chain, Parts};
use crate::net::{Inbound, Net, Path};
use crate::report::{Clock, Reporter};
use crate::sa::{Departed, IkeSa, Incoming, Opened, answer_rekey};

use attempt::{Attempt, Outcome};
use login::Next;
use tunnel::{Authenticating, Stage, Tunnel};

pub(crate) use options::Options;

/// How a run ended, and so the exit status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    Closed,
    Failed,
    TimeOver,
}

pub(crate) fn run(options: Options, clock: Clock, reporter: Reporter) -> io::Result<End> {
    let net = Net::open(&options.common.listen, options.common.ports)?;
    let machine = Initiator::new(options.machine).map_err(io::Error::other)?;
    let client = Client {
        options,
        clock,
        reporter,
        net,
        machine,
        tunnels: [None, None],
        departed: Departed::default(),
        close_at: None,
        end: None,
    };
    Ok(client.run())
}

struct Client {
    options: Options,
    clock: Clock,
    reporter: Reporter,
    net: Net,
    machine: Initiator,
    /// The SAs that the machine knows, by its slots.
    tunnels: [Option<Tunnel>; 2],
    departed: Departed,
    close_at: Option<Instant>,
    end: Option<End>,
}

/// What a message leaves to do, after the machine has seen it.
#[derive(Default)]
struct Todo<'a> {
    as_usual: bool,
    question: Option<Gateway<'a>>,
}

impl Client {
    fn run(mut self) -> End {
        let over = self.clock.now().after(self.options.common.run_ms);
        self.reporter.event("listening", &[]);
        let first = self.options.peer;
        let now = self.clock.now();
        let actions = self.machine.connect(now, first);
        self.command(actions);
        loop {
            let now = self.clock.now();
            if let Some(end) = self.end.filter(|_| !self.departed.awaits_answers()) {
                return end;
            }
            if now >= over {
                return self.end.unwrap_or(End::TimeOver);
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
        let tunnels = self.tunnels.iter().flatten().filter_map(Tunnel::deadline);
        let machine = self.machine.next_deadline().map(|deadline| deadline.at);
        tunnels.chain(self.departed.deadlines()).chain(machine).chain(self.close_at)
    }

    fn tick(&mut self) {
        let now = self.clock.now();
        if self.machine.next_deadline().is_some_and(|deadline| deadline.at <= now) {
            self.tell(Event::Timeout);
        }
        for slot in [Slot::A, Slot::B] {
            self.retransmit(slot, now);
        }
        self.departed.retransmit(now, &self.net);
        if self.close_at.is_some_and(|at| at <= now) {
            self.close(now);
        }
    }

    fn close(&mut self, now: Instant) {
        self.close_at = None;
        let actions = self.machine.close(now);
        self.command(actions);
        self.reporter.event("closed", &[]);
        self.end = Some(End::Closed);
    }

    fn retransmit(&mut self, slot: Slot, now: Instant) {
        let Some(tunnel) = self.tunnel_mut(slot) else { return };
        match tunnel.poll(now) {
            Due::Nothing => {}
            Due::Resend => self.send_in_flight(slot),
            Due::GiveUp => {
                self.reporter.note("no answer");
                self.lose(slot);
            }
        }
    }

    // The machine.

    /// Returns whether the message is to be processed as usual.
    fn tell(&mut self, event: Event<'_>) -> bool {
        let actions = self.machine.handle(self.clock.now(), event);
        let todo = self.carry_out(actions);
        self.answer(todo.question);
        todo.as_usual
    }

    fn command(&mut self, actions: Result<Actions<Action<'static>>, Misuse>) {
        match actions {
            Ok(actions) => drop(self.carry_out(actions)),
            Err(misuse) => self.reporter.event("misuse", &[("what", &format!("{misuse:?}"))]),
        }
    }

    fn carry_out<'a>(&mut self, actions: Actions<Action<'a>>) -> Todo<'a> {
        let mut todo = Todo::default();
        for action in actions {
            self.reporter.note(&format!("action {action:?}"));
            match action {
                Action::PassOn => todo.as_usual = true,
                Action::StartInit { slot, to, notifies } => self.start(slot, to, notifies),
                Action::Vet { target, .. } => todo.question = Some(target),
                // The verdict never takes longer than the event that asked for it.
                Action::AbandonVet => {}
                Action::Acknowledge { slot } => self.acknowledge(slot),
                Action::DeleteSa { slot } => self.delete(slot),
                Action::DropSa { slot } => self.drop_sa(slot),
                Action::Redirected { .. }
                | Action::Tolerated { .. }
                | Action::Ignored { .. }
                | Action::Refused { .. }
                | Action::MoveFailed { .. }
                | Action::Failed { .. } => self.report(action),
            }
        }
        todo
    }

    fn answer(&mut self, question: Option<Gateway<'_>>) {
        let Some(target) = question else { return };
        let now = self.clock.now();
        let actions = match self.options.verdict(target) {
            Ok(address) => self.machine.permit(now, address),
            Err(refusal) => self.machine.refuse(now, refusal),
        };
        self.command(actions);
    }

    // IKE_SA_INIT.

    fn start(&mut self, slot: Slot, to: IpAddr, notifies: InitNotifies) {
        let from = notifies.redirected_from.map_or("-".to_owned(), |from| from.to_string());
        let supported = if notifies.redirect_supported { "yes" } else { "no" };
        self.reporter.event(
            "init-sent",
            &[("to", &to), ("redirected-from", &from), ("supported", &supported)],
        );
        let Some(path) = self.net.path_to(to) else {
            // No local address of that family: as good as no answer.
            self.reporter.note("no way to the gateway");
            *self.tunnel_mut(slot) = None;
            self.tell(Event::AttemptFailed { slot });
            return;
        };
        let common = &self.options.common;
        let now = self.clock.now();
        let attempt = Attempt::start(now, path, notifies, &self.options.groups, common.patience);
        *self.tunnel_mut(slot) = Some(Tunnel { to, stage: Stage::Init(Box::new(attempt)) });
        self.send_in_flight(slot);
    }

    fn init_response(&mut self, slot: Slot, message: &[u8]) {
        let response = match InitResponse::parse(message) {
            Ok(response) => response,
            Err(reason) => return self.ignored(reason.name()),
        };
        let Some(Tunnel { stage: Stage::Init(attempt), .. }) = &self.tunnels[index(slot)] else {
            return;
        };
        let (spi, nonce) = attempt.sent();
        let sent = SentInit { spi, nonce: &nonce };
        if self.tell(Event::InitResponse { slot, sent, response }) {
            self.init_as_usual(slot, message, response.multiple_auth_supported);
        }
    }

    fn init_as_usual(&mut self, slot: Slot, message: &[u8], multiple: bool) {
        let now = self.clock.now();
        let Some(Tunnel { stage: Stage::Init(attempt), .. }) = &mut self.tunnels[index(slot)]
        else {
            return;
        };
        match attempt.response(now, message, &self.net) {
            Outcome::Retry(why) => {
                self.reporter.event("init-retry", &[("why", &why)]);
                self.send_in_flight(slot);
            }
            Outcome::Useless(why) => self.reporter.note(&format!("useless response: {why}")),
            Outcome::Failed(why) => {
                self.reporter.note(&format!("IKE_SA_INIT failed: {why}"));
                self.lose(slot);
            }
            Outcome::Done(done) => {
                let (sa, handshake) = *done;
                self.reporter.keys(&sa.wireshark_line());
                self.tell(Event::InitCompleted { slot, multiple_auth_supported: multiple });
                let credentials = self.options.credentials();
                let authenticating = Authenticating::new(sa, &credentials, handshake, multiple);
                self.begin_auth(slot, authenticating);
            }
        }
    }

    // IKE_AUTH.

    fn begin_auth(&mut self, slot: Slot, mut authenticating: Authenticating) {
        let (chain, content) = authenticating.login.first_request();
        let Some(tunnel) = self.tunnel_mut(slot) else { return };
        tunnel.stage = Stage::Auth(Box::new(authenticating));
        self.auth_request(slot, &chain, content);
    }

    fn auth_request(&mut self, slot: Slot, chain: &Chain, content: Content) {
        let Some(Tunnel { stage: Stage::Auth(authenticating), .. }) = self.tunnel_mut(slot) else {
            return;
        };
        authenticating.progress.request(content);
        self.request(slot, ExchangeType::IKE_AUTH, chain);
        self.tell(Event::AuthRequest { slot, sent: content });
    }

    fn auth_response(
        &mut self,
        slot: Slot,
        opened: &Opened,
        parts: &Parts<'_>,
        contents: Contents<'_>,
    ) {
        let Some(Tunnel { stage: Stage::Auth(authenticating), .. }) = self.tunnel_mut(slot) else {
            return;
        };
        let peer = authenticating.login.check(parts);
        let position = authenticating.progress.response(Content::of_peer(&contents, peer));
        let position = format!("{position:?}").to_lowercase();
        let id = opened.header.message_id;
        self.reporter.event("auth-response", &[("position", &position), ("id", &id)]);
        if self.tell(Event::AuthResponse { slot, peer, contents }) {
            self.auth_as_usual(slot, peer, parts);
        }
    }

    fn auth_as_usual(&mut self, slot: Slot, peer: PeerAuth, parts: &Parts<'_>) {
        let Some(Tunnel { stage: Stage::Auth(authenticating), .. }) = self.tunnel_mut(slot) else {
            return;
        };
        let next = match peer {
            PeerAuth::Failed => Next::Failed("gateway-auth"),
            PeerAuth::Verified | PeerAuth::Absent => authenticating.login.advance(parts),
        };
        match next {
            Next::Request(chain, content) => self.auth_request(slot, &chain, content),
            Next::Complete => self.established(slot),
            Next::Failed(why) => {
                self.reporter.note(&format!("IKE_AUTH failed: {why}"));
                self.lose(slot);
            }
        }
    }

    fn established(&mut self, slot: Slot) {
        let Some(tunnel) = self.tunnels[index(slot)].take() else { return };
        let Stage::Auth(authenticating) = tunnel.stage else { return };
        self.tunnels[index(slot)] =
            Some(Tunnel { to: tunnel.to, stage: Stage::Up(Box::new(authenticating.sa)) });
        self.reporter.event("established", &[("peer", &tunnel.to)]);
        self.close_at = Some(self.clock.now().after(self.options.hold_ms));
        self.tell(Event::Established { slot });
    }

    // What comes in.

    fn receive(&mut self, inbound: &Inbound) {
        let Ok((header, _)) = Header::parse(&inbound.message) else {
            return self.reporter.note("not an IKE message");
        };
        if header.exchange == ExchangeType::IKE_SA_INIT {
            let named = |tunnel: &Tunnel| match &tunnel.stage {
                Stage::Init(attempt) => {
                    attempt.spi() == header.initiator_spi
                        && attempt.path().remote == inbound.path.remote
                }
                Stage::Auth(_) | Stage::Up(_) => false,
            };
            return match self.find(named) {
                Some(slot) => self.init_response(slot, &inbound.message),
                None => self.reporter.note("IKE_SA_INIT response for nobody"),
            };
        }
        let named = |tunnel: &Tunnel| tunnel.sa().is_some_and(|sa| sa.is_named_by(&header));
        match self.find(named) {
            Some(slot) => self.protected(slot, inbound),
            None => {
                let now = self.clock.now();
                if !self.departed.receive(&header, inbound, now, &self.net) {
                    self.reporter.note("message for no SA of ours");
                }
            }
        }
    }

    fn protected(&mut self, slot: Slot, inbound: &Inbound) {
        let Some(sa) = self.sa_mut(slot) else { return };
        let (opened, repeated) = match sa.receive(&inbound.message) {
            Incoming::Dropped(why) => return self.reporter.note(&format!("dropped: {why}")),
            Incoming::Response(opened) => return self.response(slot, &opened),
            Incoming::Request(opened) => (opened, false),
            Incoming::Repeated(opened) => (opened, true),
        };
        // An answer goes to where the request came from.
        sa.path = inbound.path;
        self.request_from_peer(slot, &opened, repeated);
    }

    fn response(&mut self, slot: Slot, opened: &Opened) {
        let (Ok(parts), Ok(contents)) = (
            Parts::parse(opened.first, &opened.chain),
            Contents::parse(opened.first, &opened.chain),
        ) else {
            return self.reporter.note("malformed response");
        };
        if opened.header.exchange == ExchangeType::IKE_AUTH {
            self.auth_response(slot, opened, &parts, contents);
        } else if contents.redirect.is_some() {
            self.tell(Event::MisplacedRedirect { slot });
        }
    }

    fn request_from_peer(&mut self, slot: Slot, opened: &Opened, repeated: bool) {
        let (Ok(parts), Ok(contents)) = (
            Parts::parse(opened.first, &opened.chain),
            Contents::parse(opened.first, &opened.chain),
        ) else {
            return self.reporter.note("malformed request");
        };
        match opened.header.exchange {
            ExchangeType::INFORMATIONAL => self.informational(slot, &parts, contents, repeated),
            _ if repeated => self.resend_response(slot),
            ExchangeType::CREATE_CHILD_SA => {
                if contents.redirect.is_some() {
                    self.tell(Event::MisplacedRedirect { slot });
                }
                self.rekey(slot, &parts);
            }
            _ => self.reporter.note("a request that clients do not answer"),
        }
    }

    fn informational(
        &mut self,
        slot: Slot,
        parts: &Parts<'_>,
        contents: Contents<'_>,
        repeated: bool,
    ) {
        if contents.redirect.is_none() {
            self.respond_empty(slot);
            if parts.says_farewell() {
                self.peer_left(slot);
                self.tell(Event::SaDeleted { slot });
            }
            return;
        }
        let event = Event::Informational { slot, contents, repeated };
        let actions = self.machine.handle(self.clock.now(), event);
        let todo = self.carry_out(actions);
        // Before the verdict, which may put another SA into the slot. The machine knows that the
        // old one is gone.
        if contents.deletes_ike_sa {
            self.peer_left(slot);
        }
        self.answer(todo.question);
    }

    fn peer_left(&mut self, slot: Slot) {
        let Some(tunnel) = self.tunnel_mut(slot).take() else { return };
        self.reporter.event("deleted", &[("peer", &tunnel.to), ("by", &"peer")]);
        if let Some(sa) = tunnel.into_sa() {
            self.departed.keep(sa);
        }
    }

    fn rekey(&mut self, slot: Slot, parts: &Parts<'_>) {
        let patience = self.options.common.patience;
        let Some(sa) = self.tunnel(slot).and_then(Tunnel::sa) else { return };
        let (chain, new) = answer_rekey(sa, parts, &self.options.groups, patience);
        self.respond(slot, ExchangeType::CREATE_CHILD_SA, &chain);
        let Some(new) = new else { return };
        self.reporter.keys(&new.wireshark_line());
        let Some(sa) = self.sa_mut(slot) else { return };
        let old = std::mem::replace(sa, new);
        self.departed.keep(old);
        self.reporter.event("rekeyed", &[]);
        self.tell(Event::Rekeyed { slot });
    }

    // What goes out.

    fn request(&mut self, slot: Slot, exchange: ExchangeType, chain: &Chain) {
        let now = self.clock.now();
        let Some(sa) = self.sa_mut(slot) else { return };
        let path = sa.path;
        if let Some(message) = sa.request(now, exchange, chain) {
            self.net.send(path, &message);
        }
    }

    fn respond(&mut self, slot: Slot, exchange: ExchangeType, chain: &Chain) {
        let Some(sa) = self.sa_mut(slot) else { return };
        let (path, message) = (sa.path, sa.respond(exchange, chain));
        self.net.send(path, &message);
    }

    fn resend_response(&mut self, slot: Slot) {
        let Some(sa) = self.sa_mut(slot) else { return };
        let (path, message) = (sa.path, sa.last_response().to_vec());
        self.net.send(path, &message);
    }

    fn acknowledge(&mut self, slot: Slot) {
        let Some(tunnel) = self.tunnel(slot) else { return };
        let peer = tunnel.to;
        self.reporter.event("acknowledged", &[("peer", &peer)]);
        self.respond_empty(slot);
    }

    /// Answers the latest request, or a repetition of it, with an empty response.
    fn respond_empty(&mut self, slot: Slot) {
        if self.sa_mut(slot).is_some_and(|sa| sa.last_response().is_empty()) {
            self.respond(slot, ExchangeType::INFORMATIONAL, &Chain::new());
        } else {
            self.resend_response(slot);
        }
    }

    fn send_in_flight(&mut self, slot: Slot) {
        let Some(tunnel) = self.tunnel(slot) else { return };
        let (path, message): (Path, Vec<u8>) = tunnel.in_flight();
        self.net.send(path, &message);
    }

    // Ends.

    fn delete(&mut self, slot: Slot) {
        let now = self.clock.now();
        let Some(tunnel) = self.tunnel_mut(slot).take() else { return };
        self.reporter.event("deleted", &[("peer", &tunnel.to), ("by", &"us")]);
        if let Some(sa) = tunnel.into_sa() {
            self.departed.delete(sa, now, &self.net);
        }
    }

    fn drop_sa(&mut self, slot: Slot) {
        if let Some(tunnel) = self.tunnel_mut(slot).take() {
            self.reporter.event("dropped", &[("peer", &tunnel.to)]);
        }
    }

    /// The SA in this slot is dead, or the attempt to set one up has failed.
    fn lose(&mut self, slot: Slot) {
        let Some(tunnel) = self.tunnel_mut(slot).take() else { return };
        match tunnel.stage {
            Stage::Init(_) | Stage::Auth(_) => self.tell(Event::AttemptFailed { slot }),
            Stage::Up(_) => self.tell(Event::SaDeleted { slot }),
        };
    }

    // Reports.

    fn report(&mut self, action: Action<'_>) {
        match action {
            Action::Refused { reason } => {
                self.reporter.event("refused", &[("reason", &reason)]);
            }
            Action::Ignored { reason } => self.ignored(reason.name()),
            Action::Redirected { from, to, provenance } => {
                let phase = phase(provenance);
                let fields: [(&str, &dyn std::fmt::Display); 3] =
                    [("from", &from), ("to", &to), ("phase", &phase)];
                self.reporter.event("redirected", &fields);
            }
            Action::MoveFailed { reason } => {
                self.reporter.event("move-failed", &[("reason", &reason)]);
            }
            Action::Failed { reason } => {
                self.reporter.event("failed", &[("reason", &reason)]);
                self.close_at = None;
                self.end = Some(End::Failed);
            }
            Action::Tolerated { reason } => {
                self.reporter.event("tolerated", &[("reason", &reason)]);
            }
            Action::PassOn
            | Action::StartInit { .. }
            | Action::Vet { .. }
            | Action::AbandonVet
            | Action::Acknowledge { .. }
            | Action::DeleteSa { .. }
            | Action::DropSa { .. } => {}
        }
    }

    fn ignored(&mut self, reason: &str) {
        self.reporter.event("ignored", &[("reason", &reason)]);
    }

    // Slots.

    fn find(&self, named: impl Fn(&Tunnel) -> bool) -> Option<Slot> {
        [Slot::A, Slot::B].into_iter().find(|slot| self.tunnel(*slot).is_some_and(&named))
    }

    fn tunnel(&self, slot: Slot) -> Option<&Tunnel> {
        self.tunnels[index(slot)].as_ref()
    }

    fn tunnel_mut(&mut self, slot: Slot) -> &mut Option<Tunnel> {
        &mut self.tunnels[index(slot)]
    }

    fn sa_mut(&mut self, slot: Slot) -> Option<&mut IkeSa> {
        self.tunnels[index(slot)].as_mut().and_then(Tunnel::sa_mut)
    }
}

fn index(slot: Slot) -> usize {
    match slot {
        Slot::A => 0,
        Slot::B => 1,
    }
}

fn phase(provenance: Provenance) -> &'static str {
    match provenance {
        Provenance::Init => "init",
        Provenance::Auth => "auth",
        Provenance::Informational => "active",
    }
}
