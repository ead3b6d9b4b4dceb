//! Opens the sockets, runs the threads, stops them.

use std::fmt;
use std::io::{self, BufRead, ErrorKind, Write};
use std::net::{IpAddr, Ipv4Addr, SocketAddr, UdpSocket};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use ikev2_redirect::responder::front_door::FrontDoor;

use super::counters::{Counters, Totals};
use super::list::Rules;
use super::live::Live;
use super::options::{NO_SOURCE, Options, Place};
use super::service::Service;
use super::watch::Watch;
use super::worker::{STOP_LATENCY, Worker};

/// How often the target file is looked at.
const LOOK_PERIOD: Duration = Duration::from_millis(200);

/// Below it ports are privileged, with the usual settings.
const PRIVILEGED_PORTS: u16 = 1024;

const DISCARD_PORT: u16 = 9;

/// Answers clients until `input` ends. Each line of it prints the counters.
pub(crate) fn serve(
    options: &Options,
    input: impl BufRead,
    output: &mut (dyn Write + Send),
) -> Result<(), String> {
    let console = Console(Mutex::new(output));
    let rules =
        Rules { fixed: &options.to, anycast: &options.anycast, addresses: options.addresses };
    let watch = options.targets.as_deref().map(Watch::new);
    let live = Live::new(rules.load(options.targets.as_deref())?);
    let sockets = open_all(options)?;
    announce(&live, &sockets, options.threads, &console)?;
    let counters: Vec<_> = sockets.iter().map(|_| Counters::new()).collect();
    let keeper = Keeper { options, rules: &rules, live: &live, counters: &counters };
    run_threads(sockets, &keeper, watch, input, &console);
    console.say(format_args!("{}", Totals::of(&counters)));
    console.say(format_args!("stopped"));
    Ok(())
}

/// Says where clients are sent, and where they come in.
fn announce(
    live: &Live,
    sockets: &[(UdpSocket, Place)],
    threads: usize,
    console: &Console<'_>,
) -> Result<(), String> {
    for target in live.reader().targets() {
        console.say(format_args!("target {target}"));
    }
    for (socket, place) in sockets.iter().step_by(threads) {
        let address = socket.local_addr().map_err(|fault| fault.to_string())?;
        let nat_t = if place.nat_t { " nat-t" } else { "" };
        console.say(format_args!("listening {address}{nat_t}"));
    }
    Ok(())
}

/// A worker for each socket and the keeper, until `input` ends.
fn run_threads(
    sockets: Vec<(UdpSocket, Place)>,
    keeper: &Keeper<'_>,
    watch: Option<Watch<'_>>,
    input: impl BufRead,
    console: &Console<'_>,
) {
    let Keeper { options, live, counters, .. } = *keeper;
    let stop = &AtomicBool::new(false);
    thread::scope(|scope| {
        for ((socket, place), counters) in sockets.into_iter().zip(counters) {
            let service = service_at(&place, options);
            let worker = Worker { socket, service, targets: live.reader(), counters };
            scope.spawn(|| worker.run(stop));
        }
        let keeping = scope.spawn(|| keeper.run(watch, stop, console));
        if options.reads_input || !options.single {
            take_orders(input, counters, console);
        } else {
            loop {
                thread::park();
            }
        }
        stop.store(true, Ordering::Relaxed);
        keeping.thread().unpark();
    });
}

fn service_at<'o>(place: &Place, options: &'o Options) -> Service<'o> {
    Service {
        door: FrontDoor {
            anycast: &options.anycast,
            targets: options.addresses,
            serve_unsupported_on_anycast: false,
            redirect_resumption: false,
        },
        destination: place.address.ip(),
        nat_t: place.nat_t,
        unsupported: options.unsupported,
    }
}

fn take_orders(input: impl BufRead, counters: &[Counters], console: &Console<'_>) {
    for line in input.split(b'\n') {
        if line.is_err() {
            break;
        }
        console.say(format_args!("{}", Totals::of(counters)));
    }
}

/// A socket for each thread. Those of one address share it: the standard library cannot ask for
/// SO_REUSEPORT, which would give each thread a queue of its own.
fn open_all(options: &Options) -> Result<Vec<(UdpSocket, Place)>, String> {
    let mut sockets = Vec::new();
    for place in &options.listen {
        let name = place.address;
        open(place, options.threads, &mut sockets)
            .map_err(|fault| format!("cannot listen on {name}: {fault}{}", hint(name, &fault)))?;
    }
    Ok(sockets)
}

fn open(place: &Place, threads: usize, sockets: &mut Vec<(UdpSocket, Place)>) -> io::Result<()> {
    let socket = UdpSocket::bind(place.address)?;
    if is_broadcast(place.address.ip()) {
        return Err(io::Error::other(format!("it {NO_SOURCE}")));
    }
    socket.set_read_timeout(Some(STOP_LATENCY))?;
    for _ in 1..threads {
        sockets.push((socket.try_clone()?, *place));
    }
    sockets.push((socket, *place));
    Ok(())
}

/// What helps against a fault, if that is known.
fn hint(address: SocketAddr, fault: &io::Error) -> &'static str {
    let denied = fault.kind() == ErrorKind::PermissionDenied;
    if denied && address.port() < PRIVILEGED_PORTS {
        "; a port below 1024 needs root or CAP_NET_BIND_SERVICE"
    } else {
        ""
    }
}

/// Whether it is the broadcast address of one of this machine's networks. Only the system knows
/// the networks, and it lets a socket listen there; but it denies a socket that has not asked for
/// SO_BROADCAST to connect to it. To connect sends nothing.
fn is_broadcast(address: IpAddr) -> bool {
    let IpAddr::V4(_) = address else { return false };
    let connected = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0))
        .and_then(|probe| probe.connect((address, DISCARD_PORT)));
    connected.is_err_and(|fault| fault.kind() == ErrorKind::PermissionDenied)
}

/// Does what is to be done from time to time.
struct Keeper<'c> {
    options: &'c Options,
    rules: &'c Rules<'c>,
    live: &'c Live,
    counters: &'c [Counters],
}

impl Keeper<'_> {
    fn run(&self, mut watch: Option<Watch<'_>>, stop: &AtomicBool, console: &Console<'_>) {
        let mut reported = (Instant::now(), Totals::NONE);
        while !stop.load(Ordering::Relaxed) {
            thread::park_timeout(LOOK_PERIOD);
            if watch.as_mut().is_some_and(Watch::look) {
                self.reload(console);
            }
            if self.options.report.is_some_and(|period| reported.0.elapsed() >= period) {
                let totals = Totals::of(self.counters);
                if totals != reported.1 {
                    console.say(format_args!("{totals}"));
                }
                reported = (Instant::now(), totals);
            }
        }
    }

    /// A list with a fault changes nothing.
    fn reload(&self, console: &Console<'_>) {
        match self.rules.load(self.options.targets.as_deref()) {
            Ok(targets) => {
                // Said when it is true: who reads the line may rely on it.
                self.live.replace(targets.clone());
                console.say(format_args!("targets changed, now {}", targets.len()));
                for target in &targets {
                    console.say(format_args!("target {target}"));
                }
            }
            Err(fault) => {
                console.say(format_args!("targets not changed: {fault}"));
            }
        }
    }
}

/// Where all threads write their lines. Nobody reading is no reason to stop serving.
struct Console<'o>(Mutex<&'o mut (dyn Write + Send)>);

impl Console<'_> {
    fn say(&self, line: fmt::Arguments<'_>) {
        let mut output = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let _ = writeln!(output, "{line}").and_then(|()| output.flush());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_privileged_port_that_is_denied_comes_with_a_hint() {
        let hint_at = |port, kind: ErrorKind| {
            hint(SocketAddr::from((Ipv4Addr::LOCALHOST, port)), &io::Error::from(kind))
        };
        assert!(hint_at(500, ErrorKind::PermissionDenied).contains("CAP_NET_BIND_SERVICE"));
        assert_eq!(hint_at(4500, ErrorKind::PermissionDenied), "");
        assert_eq!(hint_at(500, ErrorKind::AddrInUse), "");
    }
}
