//! Opens the sockets and runs the threads.

use std::convert::Infallible;
use std::io::{self, ErrorKind};
use std::net::{IpAddr, Ipv4Addr, SocketAddr, UdpSocket};
use std::thread;

use ikev2_redirect::responder::front_door::FrontDoor;

use super::counters::Counters;
use super::keeper::Keeper;
use super::log::Log;
use super::options::Options;
use super::place::{NO_SOURCE, Place};
use super::report::Reporter;
use super::service::Service;
use super::status::Status;
use super::worker::Worker;

/// Below it ports are privileged, with the usual settings.
const PRIVILEGED_PORTS: u16 = 1024;

const DISCARD_PORT: u16 = 9;

/// The first process of a PID namespace.
const FIRST_PROCESS: u32 = 1;

/// Answers clients until the process ends.
pub(crate) fn serve(options: &Options, log: &Log) -> Result<Infallible, String> {
    if std::process::id() == FIRST_PROCESS {
        log.say(format_args!(
            "warning: no signal but SIGKILL ends process 1 of a container: start an init before \
             it (docker run --init)"
        ));
    }
    let threads = options.listen.len() * options.threads;
    let status = Status::default();
    let (keeper, live) = Keeper::start(options, threads, &status, log)?;
    let sockets = open_all(options)?;
    let counters: Vec<_> = sockets.iter().map(|_| Counters::new()).collect();
    let doors = announce(&sockets, options.threads, log)?;
    let reporter = Reporter { options, doors, counters: &counters, status: &status, log };
    thread::scope(|scope| {
        for (number, ((socket, place), counters)) in sockets.into_iter().zip(&counters).enumerate()
        {
            let service = service_at(&place, options);
            let worker = Worker { socket, service, lists: live.reader(), counters, number };
            scope.spawn(|| worker.run());
        }
        scope.spawn(|| keeper.run(&live));
        Ok(reporter.run())
    })
}

/// Says where clients come in; returns each address with its threads.
fn announce(
    sockets: &[(UdpSocket, Place)],
    threads: usize,
    log: &Log,
) -> Result<Vec<(String, std::ops::Range<usize>)>, String> {
    let mut doors = Vec::new();
    for (number, (socket, place)) in sockets.iter().enumerate().step_by(threads) {
        let address = socket.local_addr().map_err(|fault| fault.to_string())?;
        let nat_t = if place.nat_t { " nat-t" } else { "" };
        log.say(format_args!("listening {address}{nat_t}"));
        doors.push((address.to_string(), number..number + threads));
    }
    Ok(doors)
}

fn service_at<'o>(place: &Place, options: &'o Options) -> Service<'o> {
    Service {
        door: FrontDoor {
            anycast: &options.anycast,
            targets: options.addresses,
            serve_unsupported_on_anycast: false,
            redirect_resumption: options.resumption,
        },
        destination: place.address.ip(),
        nat_t: place.nat_t,
        unsupported: options.unsupported,
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
