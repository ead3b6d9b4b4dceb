//! A client and some gateways with a network between them that may be bad. Nothing is real but the
//! messages: no socket, and time goes on when somebody waits for it.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr};

use ikev2_redirect::wire::{ExchangeType, Header};
use ikev2_redirect::{Instant, Misuse};

use super::host::{Client, Gateway, Host, Output, Path, Policy, Settings, earliest};

pub(crate) const CLIENT: IpAddr = address(9);
pub(crate) const A: IpAddr = address(2);
pub(crate) const B: IpAddr = address(3);
pub(crate) const C: IpAddr = address(4);
pub(crate) const D: IpAddr = address(5);

const fn address(last: u8) -> IpAddr {
    IpAddr::V4(Ipv4Addr::new(192, 0, 2, last))
}

/// What the network does to messages.
#[derive(Default)]
pub(crate) struct Weather {
    /// How many messages of a kind get lost: from the client, of the exchange, a response.
    pub(crate) losses: Vec<(bool, ExchangeType, bool, u32)>,
    /// The one message that gets lost, counted from the first.
    pub(crate) lost: Option<usize>,
    pub(crate) twice: bool,
    /// Milliseconds on the way.
    pub(crate) delay: u32,
}

pub(crate) struct Net {
    pub(crate) now: Instant,
    pub(crate) client: Client,
    pub(crate) gateways: Vec<(Vec<IpAddr>, Gateway)>,
    pub(crate) weather: Weather,
    /// By the time of arrival, and in the order of sending.
    queue: BTreeMap<(u64, usize), (Path, Vec<u8>)>,
    /// The ways that messages took.
    pub(crate) sent: Vec<Path>,
    /// Whose report, the gateways counted from 1, and what.
    reports: Vec<(usize, String)>,
}

impl Net {
    pub(crate) fn new(settings: Settings, policies: impl IntoIterator<Item = Policy>) -> Self {
        let gateway = |policy: Policy| (policy.common.listen.clone(), Gateway::new(policy));
        Net {
            now: Instant::from_millis(0),
            client: Client::new(settings).expect("good settings"),
            gateways: policies.into_iter().map(gateway).collect(),
            weather: Weather::default(),
            queue: BTreeMap::new(),
            sent: Vec::new(),
            reports: Vec::new(),
        }
    }

    /// Lets the client connect and everything happen that follows within ten seconds.
    pub(crate) fn connected(mut self, to: IpAddr) -> Self {
        self.order(|client, now| client.connect(now, to));
        self.go_on(10_000);
        self
    }

    /// Lets the user of the client do something.
    pub(crate) fn order(
        &mut self,
        order: impl FnOnce(&mut Client, Instant) -> Result<Vec<Output>, Misuse>,
    ) {
        let outputs = order(&mut self.client, self.now).expect("the client can");
        self.take(0, outputs);
    }

    /// Lets the operator of a gateway do something.
    pub(crate) fn operate(
        &mut self,
        gateway: usize,
        order: impl FnOnce(&mut Gateway, Instant) -> Vec<Output>,
    ) {
        let outputs = order(&mut self.gateways[gateway].1, self.now);
        self.take(gateway + 1, outputs);
    }

    /// Lets everything happen within so many milliseconds.
    pub(crate) fn go_on(&mut self, millis: u32) {
        let end = self.now.after(millis);
        loop {
            let arrival = self.queue.keys().next().map(|(at, _)| Instant::from_millis(*at));
            let gateways = self.gateways.iter().map(|(_, gateway)| gateway.next_deadline());
            let deadline = earliest(gateways.chain([self.client.next_deadline()]));
            let Some(at) = earliest([arrival, deadline]).filter(|at| *at <= end) else { break };
            self.now = self.now.max(at);
            if arrival.is_some_and(|arrival| arrival <= at) {
                self.deliver_next();
            } else {
                self.wake();
            }
        }
        self.now = end;
    }

    fn deliver_next(&mut self) {
        let Some((_, (path, message))) = self.queue.pop_first() else { return };
        let to = path.local.ip();
        if to == CLIENT {
            let outputs = self.client.receive(self.now, path, &message);
            return self.take(0, outputs);
        }
        let listens = |(listen, _): &(Vec<IpAddr>, Gateway)| listen.contains(&to);
        if let Some(index) = self.gateways.iter().position(listens) {
            let outputs = self.gateways[index].1.receive(self.now, path, &message);
            self.take(index + 1, outputs);
        }
    }

    fn wake(&mut self) {
        let outputs = self.client.wake(self.now);
        self.take(0, outputs);
        for index in 0..self.gateways.len() {
            let outputs = self.gateways[index].1.wake(self.now);
            self.take(index + 1, outputs);
        }
    }

    fn take(&mut self, who: usize, outputs: Vec<Output>) {
        for output in outputs {
            match output {
                Output::Send { path, message } => self.send(path, message),
                Output::Report(report) => self.reports.push((who, report.to_string())),
                Output::Note(_) | Output::Keys(_) => {}
            }
        }
    }

    fn send(&mut self, path: Path, message: Vec<u8>) {
        let number = self.sent.len();
        self.sent.push(path);
        let (header, _) = Header::parse(&message).expect("parties send IKE messages");
        let kind = (path.local.ip() == CLIENT, header.exchange, header.flags.is_response());
        let hit = |loss: &&mut (bool, ExchangeType, bool, u32)| {
            (loss.0, loss.1, loss.2) == kind && loss.3 > 0
        };
        if let Some(loss) = self.weather.losses.iter_mut().find(hit) {
            loss.3 -= 1;
            return;
        }
        if self.weather.lost == Some(number) {
            return;
        }
        let at = self.now.after(self.weather.delay).as_millis();
        let as_received = Path { local: path.remote, remote: path.local };
        for copy in 0..=usize::from(self.weather.twice) {
            self.queue.insert((at, 2 * number + copy), (as_received, message.clone()));
        }
    }

    /// The client has reported this, in this order; each is expected by words of its line.
    #[track_caller]
    pub(crate) fn client_reports(&self, expected: &[&str]) {
        self.reports_in_order(0, expected);
    }

    #[track_caller]
    pub(crate) fn gateway_reports(&self, gateway: usize, expected: &[&str]) {
        self.reports_in_order(gateway + 1, expected);
    }

    /// Whether anybody has sent something there.
    pub(crate) fn sent_to(&self, address: IpAddr) -> bool {
        self.sent.iter().any(|path| path.remote.ip() == address)
    }

    /// How often somebody has reported that.
    pub(crate) fn count(&self, event: &str) -> usize {
        self.reports.iter().filter(|(_, line)| says(line, event)).count()
    }

    #[track_caller]
    fn reports_in_order(&self, who: usize, expected: &[&str]) {
        let mut lines = self.reports.iter().filter(|(of, _)| *of == who);
        for event in expected {
            assert!(
                lines.any(|(_, line)| says(line, event)),
                "no `{event}` in its place:\n{:#?}",
                self.reports
            );
        }
        // A fault of a host is never expected of a client.
        assert!(!self.reports.iter().any(|(of, line)| *of == 0 && says(line, "misuse")));
    }
}

fn says(line: &str, event: &str) -> bool {
    let mut words = line.split(' ');
    event.split(' ').all(|word| words.any(|found| found == word))
}
