//! The command line.

use std::fmt::Display;
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;

use ikev2_redirect::TargetRules;

use super::entry::Entry;
use super::loads::Limits;
use super::place::Place;

/// What the program is to do.
#[derive(Debug)]
pub(crate) enum Command {
    Help,
    Version,
    /// Say what this target file would do.
    Check(Options, PathBuf),
    Serve(Options),
}

/// The options of a run.
#[derive(Debug)]
pub(crate) struct Options {
    pub(crate) listen: Vec<Place>,
    pub(crate) anycast: Vec<IpAddr>,
    pub(crate) threads: usize,
    pub(crate) to: Vec<Entry>,
    pub(crate) targets: Option<PathBuf>,
    pub(crate) last_good: Option<PathBuf>,
    pub(crate) check: Option<PathBuf>,
    pub(crate) loads: Option<PathBuf>,
    pub(crate) limits: Limits,
    pub(crate) unsupported: Unsupported,
    pub(crate) resumption: bool,
    pub(crate) addresses: TargetRules,
    pub(crate) metrics: Option<PathBuf>,
    pub(crate) report: Option<Duration>,
}

impl Default for Options {
    fn default() -> Self {
        Options {
            listen: Vec::new(),
            anycast: Vec::new(),
            threads: 1,
            to: Vec::new(),
            targets: None,
            last_good: None,
            check: None,
            loads: None,
            limits: Limits { silent: Duration::from_secs(30), full: 100, ramp: Duration::ZERO },
            unsupported: Unsupported::Notify,
            resumption: false,
            addresses: TargetRules::default(),
            metrics: None,
            report: Some(Duration::from_secs(60)),
        }
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
    if let Some(file) = options.check.take() {
        return Ok(Command::Check(options, file));
    }
    check(&options)?;
    Ok(Command::Serve(options))
}

/// Options without a value: `None` if it is none of them, and the command if it is one.
fn parse_switch(name: &str, options: &mut Options) -> Option<Option<Command>> {
    match name {
        "--help" | "-h" => return Some(Some(Command::Help)),
        "--version" | "-V" => return Some(Some(Command::Version)),
        "--resumption" => options.resumption = true,
        "--allow-loopback" => options.addresses.allow_loopback = true,
        "--allow-link-local" => options.addresses.allow_link_local = true,
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
    let value = arguments.value(name, attached);
    let seconds = || number_in(name, value.clone()?, 0, 1_000_000).map(Duration::from_secs);
    let path = || value.clone().map(|value| Some(PathBuf::from(value)));
    match name {
        "--listen" => options.listen.push(read(name, value?)?),
        "--anycast" => options.anycast.push(read::<IpAddr>(name, value?)?.to_canonical()),
        "--threads" => options.threads = number_in(name, value?, 1, 1024)? as usize,
        "--to" => options.to.push(read(name, value?)?),
        "--targets" => options.targets = path()?,
        "--last-good" => options.last_good = path()?,
        "--check" => options.check = path()?,
        "--loads" => options.loads = path()?,
        "--silent" => options.limits.silent = seconds()?,
        "--full" => options.limits.full = number_in(name, value?, 1, 100)? as u8,
        "--ramp" => options.limits.ramp = seconds()?,
        "--unsupported" => options.unsupported = read(name, value?)?,
        "--metrics" => options.metrics = path()?,
        "--report" => options.report = Some(seconds()?).filter(|period| !period.is_zero()),
        _ => return Err(format!("there is no option {name}")),
    }
    Ok(())
}

fn read<T: FromStr<Err: Display>>(name: &str, value: &str) -> Result<T, String> {
    value.parse().map_err(|fault| format!("{name} {value}: {fault}"))
}

fn number_in(name: &str, value: &str, least: u64, most: u64) -> Result<u64, String> {
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
    } else if options.last_good.is_some() && options.targets.is_none() {
        Err("--last-good is the copy of a target file: give a --targets FILE, too".to_owned())
    } else if let Some(file) = named_twice(options) {
        Err(format!("{}: it can't be two of --targets, --last-good and --metrics", file.display()))
    } else if options.to.is_empty() && options.targets.is_none() {
        Err("nowhere to send clients: give a --to TARGET or a --targets FILE".to_owned())
    } else {
        Ok(())
    }
}

/// A file that the redirector would write over although it has another use.
fn named_twice(options: &Options) -> Option<&Path> {
    let [targets, last_good, metrics] =
        [&options.targets, &options.last_good, &options.metrics].map(Option::as_deref);
    let pairs = [(last_good, targets), (metrics, targets), (metrics, last_good)];
    pairs.into_iter().find(|(written, other)| written.is_some() && written == other)?.0
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
    fn f29_an_address_is_listened_on_once_in_whichever_form_it_is_given() {
        for again in ["192.0.2.1:501", "nat-t:192.0.2.1:501", "[::ffff:192.0.2.1]:501"] {
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
            ("--allow-loopback=yes", "--allow-loopback takes no value"),
            ("--full 101", "--full 101: is not a number from 1 to 100"),
            ("--listen [::1]:5 --to a.example --last-good f", "--last-good is the copy"),
            ("--listen [::1]:5 --targets f --last-good f", "f: it can't be two of"),
            ("--listen [::1]:5 --targets f --metrics f", "f: it can't be two of"),
            ("--listen [::1]:5 --targets f --last-good g --metrics g", "g: it can't be two of"),
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
    fn h02_what_is_allowed_as_a_target_is_allowed() {
        let plain = options("--listen 192.0.2.1:500 --to a.example").addresses;
        assert_eq!((plain.allow_loopback, plain.allow_link_local), (false, false));
        let line = "--listen 192.0.2.1:500 --to a.example --allow-loopback --allow-link-local";
        let open = options(line).addresses;
        assert_eq!((open.allow_loopback, open.allow_link_local), (true, true));
    }

    #[test]
    fn a_file_is_checked_without_anywhere_to_listen() {
        match command("--check fleet.targets --anycast 203.0.113.1") {
            Ok(Command::Check(options, file)) => {
                assert_eq!((options.anycast.len(), file), (1, PathBuf::from("fleet.targets")));
            }
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn what_is_not_given_is_off_or_usual() {
        let plain = options("--listen 192.0.2.1:500 --to a.example");
        assert_eq!((plain.loads, plain.metrics, plain.last_good), (None, None, None));
        assert_eq!(plain.report, Some(Duration::from_secs(60)));
        let limits = Limits { silent: Duration::from_secs(30), full: 100, ramp: Duration::ZERO };
        assert_eq!(plain.limits, limits);
        let line =
            "--listen 192.0.2.1:500 --to a.example --silent 9 --full 80 --ramp 60 --report 0";
        let set = options(line);
        assert_eq!(set.report, None);
        let limits =
            Limits { silent: Duration::from_secs(9), full: 80, ramp: Duration::from_secs(60) };
        assert_eq!(set.limits, limits);
    }
}
