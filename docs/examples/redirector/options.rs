//! The command line.

use std::fmt::Display;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use ikev2_redirect::TargetRules;

use super::target::Target;

/// What `--help` shows.
pub(crate) const USAGE: &str = "\
Answers IKEv2 clients with a redirect (RFC 5685) to one of your gateways, and
keeps no state. The same client always gets the same gateway.

Usage: redirector --listen ADDR:PORT --to TARGET [OPTION...]

Where clients come in
  --listen ADDR:PORT       Answer here; repeatable. Port 4500 is taken as NAT-T
                           (four zero octets before each message); write
                           nat-t:ADDR:PORT for NAT-T on another port. Port 0
                           lets the system choose one.
  --anycast ADDR           ADDR is an anycast address of the fleet, so nobody is
                           redirected to it; repeatable.
  --threads N              Threads for each --listen (default 1).

Where clients are sent
  --to TARGET[=WEIGHT]     An IPv4 or IPv6 address or a domain name, and its
                           share of the clients (1 to 65535, default 1);
                           repeatable.
  --targets FILE           More targets, one TARGET[=WEIGHT] a line, # starts a
                           comment. Edit the file to change them at run time.
  --unsupported HOW        What a client gets that cannot be redirected:
                           notify  NO_PROPOSAL_CHOSEN, so that it can give up
                                   at once (default)
                           drop    nothing, so that it goes on trying
  --allow-loopback         Take 127.0.0.0/8 and ::1 as targets, for tests.
  --allow-link-local       Take 169.254.0.0/16 and fe80::/10 as targets.

Running it
  --report SECONDS         Print the counters so often if they have changed;
                           0: only on request and at the end (default 60).
  --no-input               Leave standard input alone. Without it, a line on
                           standard input prints the counters, and its end
                           stops the redirector.
  --single                 Run as one process: signals end it at once, without
                           the last counters.
  --help, --version        Show this text, or the version.

Example: redirector --listen 192.0.2.1:500 --listen 192.0.2.1:4500 \\
             --to 192.0.2.11=2 --to 192.0.2.12 --to gw3.example.com
Manual:  docs/redirector.md
";

/// What the program is to do.
#[derive(Debug)]
pub(crate) enum Command {
    Help,
    Version,
    Serve(Options),
}

/// The options of a run.
#[derive(Debug)]
pub(crate) struct Options {
    pub(crate) listen: Vec<Place>,
    pub(crate) anycast: Vec<IpAddr>,
    pub(crate) threads: usize,
    pub(crate) to: Vec<Target>,
    pub(crate) targets: Option<PathBuf>,
    pub(crate) unsupported: Unsupported,
    pub(crate) addresses: TargetRules,
    pub(crate) report: Option<Duration>,
    pub(crate) reads_input: bool,
    pub(crate) single: bool,
}

impl Default for Options {
    fn default() -> Self {
        Options {
            listen: Vec::new(),
            anycast: Vec::new(),
            threads: 1,
            to: Vec::new(),
            targets: None,
            unsupported: Unsupported::Notify,
            addresses: TargetRules::default(),
            report: Some(Duration::from_secs(60)),
            reads_input: true,
            single: false,
        }
    }
}

/// Where datagrams come in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) address: SocketAddr,
    /// Messages stand behind four zero octets (RFC 3948).
    pub(crate) nat_t: bool,
}

/// What is wrong with a multicast or broadcast address to listen on.
pub(crate) const NO_SOURCE: &str =
    "is a multicast or broadcast address, from which no answer can leave";

/// The port that is always NAT-T.
const NAT_T_PORT: u16 = 4500;
const NAT_T_MARK: &str = "nat-t:";

impl FromStr for Place {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let bare = text.strip_prefix(NAT_T_MARK);
        let address: SocketAddr = bare
            .unwrap_or(text)
            .parse()
            .map_err(|_| "is no ADDR:PORT (IPv6: [ADDR]:PORT)".to_owned())?;
        if address.ip().is_multicast() || address.ip() == IpAddr::V4(Ipv4Addr::BROADCAST) {
            return Err(NO_SOURCE.to_owned());
        }
        if address.ip().is_unspecified() {
            return Err("does not name an address. An answer has to come from the address that \
                        the client asked, which cannot be told on a wildcard: give one --listen \
                        for each address"
                .to_owned());
        }
        Ok(Place { address, nat_t: bare.is_some() || address.port() == NAT_T_PORT })
    }
}

/// What becomes of a client that cannot be redirected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unsupported {
    Drop,
    Notify,
}

impl FromStr for Unsupported {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "drop" => Ok(Unsupported::Drop),
            "notify" => Ok(Unsupported::Notify),
            _ => Err("is neither drop nor notify".to_owned()),
        }
    }
}

/// Reads a command line without the program's name.
pub(crate) fn parse(arguments: &[String]) -> Result<Command, String> {
    let mut options = Options::default();
    let mut arguments = Arguments { rest: arguments.iter() };
    while let Some((name, attached)) = arguments.next_option()? {
        if let Some(command) = parse_switch(name, &mut options) {
            match (attached, command) {
                (Some(_), _) => return Err(format!("{name} takes no value")),
                (None, Some(command)) => return Ok(command),
                (None, None) => continue,
            }
        }
        parse_valued(name, attached, &mut arguments, &mut options)?;
    }
    check(&options)?;
    Ok(Command::Serve(options))
}

/// Options without a value: `None` if it is none of them, and the command if it is one.
fn parse_switch(name: &str, options: &mut Options) -> Option<Option<Command>> {
    match name {
        "--help" | "-h" => return Some(Some(Command::Help)),
        "--version" | "-V" => return Some(Some(Command::Version)),
        "--allow-loopback" => options.addresses.allow_loopback = true,
        "--allow-link-local" => options.addresses.allow_link_local = true,
        "--no-input" => options.reads_input = false,
        "--single" => options.single = true,
        _ => return None,
    }
    Some(None)
}

fn parse_valued<'a>(
    name: &str,
    attached: Option<&'a str>,
    arguments: &mut Arguments<'a>,
    options: &mut Options,
) -> Result<(), String> {
    let mut value = || arguments.value(name, attached);
    match name {
        "--listen" => options.listen.push(read(name, value()?)?),
        "--anycast" => options.anycast.push(read(name, value()?)?),
        "--threads" => options.threads = number_in(name, value()?, 1, 1024)?,
        "--to" => options.to.push(read(name, value()?)?),
        "--targets" => options.targets = Some(PathBuf::from(value()?)),
        "--unsupported" => options.unsupported = read(name, value()?)?,
        "--report" => {
            let seconds = number_in(name, value()?, 0, 1_000_000)?;
            options.report = (seconds > 0).then(|| Duration::from_secs(seconds as u64));
        }
        _ => return Err(format!("there is no option {name}")),
    }
    Ok(())
}

fn read<T: FromStr<Err: Display>>(name: &str, value: &str) -> Result<T, String> {
    value.parse().map_err(|fault| format!("{name} {value}: {fault}"))
}

fn number_in(name: &str, value: &str, least: usize, most: usize) -> Result<usize, String> {
    match value.parse() {
        Ok(number) if (least..=most).contains(&number) => Ok(number),
        Ok(_) | Err(_) => Err(format!("{name} {value}: is not a number from {least} to {most}")),
    }
}

fn check(options: &Options) -> Result<(), String> {
    if options.listen.is_empty() {
        Err("nowhere to listen: give a --listen ADDR:PORT".to_owned())
    } else if let Some(address) = repeated(&options.listen) {
        Err(format!("--listen {address}: is given twice"))
    } else if options.to.is_empty() && options.targets.is_none() {
        Err("nowhere to send clients: give a --to TARGET or a --targets FILE".to_owned())
    } else {
        Ok(())
    }
}

/// An address that two places share. Port 0 is another one each time.
fn repeated(places: &[Place]) -> Option<SocketAddr> {
    let addresses = places.iter().map(|place| place.address).enumerate();
    let mut twice = addresses.filter(|(index, address)| {
        address.port() != 0 && places[..*index].iter().any(|place| place.address == *address)
    });
    twice.next().map(|(_, address)| address)
}

/// Goes over a command line.
struct Arguments<'a> {
    rest: std::slice::Iter<'a, String>,
}

impl<'a> Arguments<'a> {
    /// The next option, and its value if it is written `--option=value`.
    fn next_option(&mut self) -> Result<Option<(&'a str, Option<&'a str>)>, String> {
        let Some(argument) = self.rest.next() else { return Ok(None) };
        if !argument.starts_with('-') {
            return Err(format!("{argument:?} is no option"));
        }
        Ok(Some(match argument.split_once('=') {
            Some((name, value)) => (name, Some(value)),
            None => (argument, None),
        }))
    }

    fn value(&mut self, name: &str, attached: Option<&'a str>) -> Result<&'a str, String> {
        let value = attached.or_else(|| self.rest.next().map(String::as_str));
        value.ok_or_else(|| format!("{name} needs a value"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn command(line: &str) -> Result<Command, String> {
        parse(&line.split_whitespace().map(str::to_owned).collect::<Vec<_>>())
    }

    fn options(line: &str) -> Options {
        match command(line) {
            Ok(Command::Serve(options)) => options,
            other => panic!("{line}: {other:?}"),
        }
    }

    fn fault(line: &str) -> String {
        command(line).unwrap_err()
    }

    #[test]
    fn options_take_their_value_behind_a_blank_or_an_equals_sign() {
        let blank = options("--listen 192.0.2.1:500 --to 192.0.2.11=2 --threads 3");
        let equals = options("--listen=192.0.2.1:500 --to=192.0.2.11=2 --threads=3");
        assert_eq!(format!("{blank:?}"), format!("{equals:?}"));
        assert_eq!(blank.to[0].weight, 2);
    }

    #[test]
    fn port_4500_is_nat_t_and_other_ports_are_when_marked() {
        let listen = "--listen 192.0.2.1:500 --listen 192.0.2.1:4500 --listen nat-t:[::1]:0";
        let places = options(&format!("{listen} --to a.example")).listen;
        assert_eq!(places.iter().map(|place| place.nat_t).collect::<Vec<_>>(), [false, true, true]);
    }

    #[test]
    fn a_wildcard_to_listen_on_is_refused_with_its_reason() {
        for wildcard in ["0.0.0.0:500", "[::]:500", "nat-t:0.0.0.0:4500"] {
            let fault = fault(&format!("--listen {wildcard} --to a.example"));
            assert!(fault.contains("one --listen for each address"), "{fault}");
        }
    }

    #[test]
    fn an_address_that_nothing_can_be_sent_from_is_refused_with_its_reason() {
        for address in ["224.0.0.1:500", "255.255.255.255:500", "nat-t:[ff02::1]:4500"] {
            let fault = fault(&format!("--listen {address} --to a.example"));
            assert_eq!(fault, format!("--listen {address}: {NO_SOURCE}"));
        }
    }

    #[test]
    fn an_address_is_listened_on_once() {
        for again in ["192.0.2.1:501", "nat-t:192.0.2.1:501"] {
            let fault = fault(&format!("--listen 192.0.2.1:501 --listen {again} --to a.example"));
            assert_eq!(fault, "--listen 192.0.2.1:501: is given twice");
        }
        let chosen_by_the_system = "--listen 192.0.2.1:0 --listen 192.0.2.1:0 --to a.example";
        assert_eq!(options(chosen_by_the_system).listen.len(), 2);
    }

    #[test]
    fn faults_name_the_option_and_the_value() {
        for (line, says) in [
            ("", "nowhere to listen"),
            ("--listen 192.0.2.1:500", "nowhere to send clients"),
            ("--listen 192.0.2.1", "--listen 192.0.2.1: is no ADDR:PORT"),
            ("--listen", "--listen needs a value"),
            ("--to 192.0.2.300", "--to 192.0.2.300: \"192.0.2.300\" is neither"),
            ("--threads 0", "--threads 0: is not a number from 1 to 1024"),
            ("--report -1", "--report -1: is not a number from 0 to"),
            ("--unsupported reject", "--unsupported reject: is neither drop nor notify"),
            ("--anycast 203.0.113.0/24", "--anycast 203.0.113.0/24: "),
            ("--single=yes", "--single takes no value"),
            ("--verbose", "there is no option --verbose"),
            ("serve", "\"serve\" is no option"),
        ] {
            let fault = fault(line);
            assert!(fault.starts_with(says), "{line}: {fault}");
        }
    }

    #[test]
    fn help_wins_over_what_is_missing() {
        assert!(matches!(command("--help"), Ok(Command::Help)));
        assert!(matches!(command("--listen 192.0.2.1:500 --help"), Ok(Command::Help)));
    }

    #[test]
    fn clients_without_support_are_told_so_by_default() {
        let plain = options("--listen 192.0.2.1:500 --to a.example");
        assert_eq!(plain.unsupported, Unsupported::Notify);
        let quiet = options("--listen 192.0.2.1:500 --to a.example --unsupported drop");
        assert_eq!(quiet.unsupported, Unsupported::Drop);
    }

    #[test]
    fn the_usage_text_fits_a_terminal_and_names_every_option() {
        assert!(USAGE.lines().all(|line| line.len() <= 80));
        for option in [
            "--listen",
            "--anycast",
            "--threads",
            "--to",
            "--targets",
            "--unsupported",
            "--allow-loopback",
            "--allow-link-local",
            "--report",
            "--no-input",
            "--single",
            "--help",
            "--version",
        ] {
            assert!(USAGE.contains(&format!("  {option}")) || option == "--version", "{option}");
        }
    }
}
