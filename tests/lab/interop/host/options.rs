//! The command line.

use std::collections::HashMap;
use std::net::IpAddr;
use std::path::PathBuf;

use ikev2_redirect::initiator::{Config, Moving};
use ikev2_redirect::responder::{self, Retransmission};
use ikev2_redirect::{Fqdn, Target};

use crate::crypto::OpenSsl;
use crate::host::crypto::Account;
use crate::host::{Common, Dns, Faults, Patience, Policy, Second, Settings, When};

pub(crate) const USAGE: &str = "\
usage: interop-host client  --listen IP… --peer IP --psk SECRET --id NAME [options]
       interop-host gateway --listen IP… --psk SECRET --id NAME [options]
       interop-host relay   --listen IP:PORT… --to IP [options]
client and gateway:
  --peer-id NAME           the only identity accepted from the peer
  --eap USER:SECRET        the client authenticates by EAP
  --second-auth USER:SECRET  by the pre-shared key, then by EAP (RFC 4739)
  --second-psk NAME        by the pre-shared key twice, the second time as NAME
  --retries N, --retransmit-ms MS   of our requests (4, 500); intervals double
  --keys FILE, --log FILE  for Wireshark's ikev2_decryption_table; for people
  --rekey-after MS         rekey the IKE SA, once, so long after it was established
  --for MS                 end after that time (20000)
client:
  --start-on-nat-port      IKE_SA_INIT on the NAT traversal port, at once
  --childless              ask for no CHILD SA
  --max-redirects N, --break-before-make
  --resolve NAME=IP        a name that exists; there are no others
  --redirect-back TARGET   try to redirect the gateway once the IKE SA is up, which no client may
  --hold MS                close so long after the last IKE SA was established (1000), but
                           not in the middle of a move
gateway:
  --redirect-in init|auth-first|auth-last|eap-first-unauthenticated|mid-eap|active[:MS]
  --to TARGET              where to: an address or a name
  --grace-ms MS            for a redirected client to leave (30000)
  --wrong-psk              prove ourselves with another pre-shared key
  --refuse-child           grant no CHILD SA, only the IKE SA
  --intermediate-redirect  put a REDIRECT where it does not belong: beside EAP
relay:
  --from IP                the source address towards --to
  --drop WHO:EXCHANGE:KIND:N  the first N datagrams of client|gateway,
                           init|auth|child|informational, request|response
  --delay MS, --duplicate  every datagram
  --forge-redirect IP      answer the first IKE_SA_INIT request with a REDIRECT whose nonce is wrong
  --for MS
";

/// The options of a command line, each with its values; read by name, once.
pub(crate) struct Arguments(HashMap<String, Vec<String>>);

pub(crate) type Parsed<T> = Result<T, String>;

/// Options without a value.
const FLAGS: [&str; 7] = [
    "break-before-make",
    "childless",
    "duplicate",
    "intermediate-redirect",
    "refuse-child",
    "start-on-nat-port",
    "wrong-psk",
];

impl Arguments {
    pub(crate) fn collect(mut words: impl Iterator<Item = String>) -> Parsed<Self> {
        let mut found: HashMap<String, Vec<String>> = HashMap::new();
        while let Some(word) = words.next() {
            let name = word.strip_prefix("--").ok_or(format!("unexpected {word}"))?;
            let value = if FLAGS.contains(&name) {
                String::new()
            } else {
                words.next().ok_or(format!("--{name} needs a value"))?
            };
            found.entry(name.to_owned()).or_default().push(value);
        }
        Ok(Self(found))
    }

    /// All options must have been read by now.
    pub(crate) fn finish(self) -> Parsed<()> {
        match self.0.keys().next() {
            Some(unknown) => Err(format!("unknown option --{unknown}")),
            None => Ok(()),
        }
    }

    pub(crate) fn flag(&mut self, name: &str) -> bool {
        self.0.remove(name).is_some()
    }

    pub(crate) fn all<T>(
        &mut self,
        name: &str,
        read: impl Fn(&str) -> Option<T>,
    ) -> Parsed<Vec<T>> {
        let values = self.0.remove(name).unwrap_or_default();
        values.iter().map(|value| read(value).ok_or(format!("--{name} {value}?"))).collect()
    }

    pub(crate) fn optional<T>(
        &mut self,
        name: &str,
        read: impl Fn(&str) -> Option<T>,
    ) -> Parsed<Option<T>> {
        Ok(self.all(name, read)?.pop())
    }

    pub(crate) fn required<T>(
        &mut self,
        name: &str,
        read: impl Fn(&str) -> Option<T>,
    ) -> Parsed<T> {
        self.optional(name, read)?.ok_or(format!("--{name} is needed"))
    }

    pub(crate) fn number(&mut self, name: &str, default: u32) -> Parsed<u32> {
        Ok(self.optional(name, |value| value.parse().ok())?.unwrap_or(default))
    }
}

/// What a client is told.
pub(crate) struct Client {
    pub(crate) settings: Settings,
    pub(crate) peer: IpAddr,
    /// Stay so long with the last gateway.
    pub(crate) hold_ms: u32,
    pub(crate) redirect_back: Option<Target<'static>>,
    pub(crate) run_ms: u32,
}

impl Client {
    pub(crate) fn read(arguments: &mut Arguments) -> Parsed<Self> {
        let settings = Settings {
            redirects: redirects(arguments)?,
            dns: Dns::Table(names(arguments)?),
            start_on_nat_port: arguments.flag("start-on-nat-port"),
            childless: arguments.flag("childless"),
            ..Settings::new(common(arguments)?)
        };
        Ok(Self {
            settings,
            peer: arguments.required("peer", address)?,
            hold_ms: arguments.number("hold", 1000)?,
            redirect_back: arguments.optional("redirect-back", target)?,
            run_ms: arguments.number("for", RUN_MS)?,
        })
    }
}

/// What a gateway is told.
pub(crate) struct Gateway {
    pub(crate) policy: Policy,
    pub(crate) run_ms: u32,
}

impl Gateway {
    pub(crate) fn read(arguments: &mut Arguments) -> Parsed<Self> {
        let common = common(arguments)?;
        let Patience { retries, first } = common.patience;
        let tries = u8::try_from(retries).unwrap_or(u8::MAX);
        let policy = Policy {
            targets: arguments.all("to", target)?,
            redirect: arguments.optional("redirect-in", when)?,
            sessions: responder::Config {
                grace: arguments.number("grace-ms", 30_000)?,
                retransmission: Retransmission::ByMachine { first_pause: first, tries },
                ..responder::Config::default()
            },
            multiple_auth: true,
            childless: true,
            refuse_child: arguments.flag("refuse-child"),
            faults: Faults {
                wrong_psk: arguments.flag("wrong-psk"),
                intermediate_redirect: arguments.flag("intermediate-redirect"),
                ..Faults::default()
            },
            ..Policy::serve(common)
        };
        let redirects = policy.redirect.is_some() || policy.faults.intermediate_redirect;
        if redirects && policy.targets.is_empty() {
            return Err("a redirect needs --to".to_owned());
        }
        Ok(Self { policy, run_ms: arguments.number("for", RUN_MS)? })
    }
}

/// How long a host runs.
const RUN_MS: u32 = 20_000;

/// What client and gateway have in common.
fn common(arguments: &mut Arguments) -> Parsed<Common> {
    let listen = arguments.all("listen", address)?;
    if listen.is_empty() {
        return Err("--listen is needed".to_owned());
    }
    let by_eap = arguments.optional("second-auth", account)?.map(Second::Eap);
    let by_key = arguments.optional("second-psk", text)?.map(Second::PreSharedKey);
    let id = arguments.required("id", text)?;
    Ok(Common {
        psk: arguments.required("psk", text)?,
        peer_id: arguments.optional("peer-id", text)?,
        eap: arguments.optional("eap", account)?,
        second: by_eap.or(by_key),
        patience: Patience {
            retries: arguments.number("retries", 4)?,
            first: arguments.number("retransmit-ms", 500)?,
        },
        rekey_after: arguments.optional("rekey-after", |value| value.parse().ok())?,
        ..Common::new(&OpenSsl, listen, &id)
    })
}

fn redirects(arguments: &mut Arguments) -> Parsed<Config> {
    let mut config = Config::default();
    if arguments.flag("break-before-make") {
        config.moving = Moving::BreakBeforeMake;
    }
    if let Some(limit) = arguments.optional("max-redirects", |value| value.parse().ok())? {
        config.max_redirects = limit;
    }
    Ok(config)
}

/// A name that is given twice has two addresses.
fn names(arguments: &mut Arguments) -> Parsed<Vec<(String, Vec<IpAddr>)>> {
    let mut table: Vec<(String, Vec<IpAddr>)> = Vec::new();
    for (name, address) in arguments.all("resolve", name)? {
        match table.iter_mut().find(|(known, _)| *known == name) {
            Some((_, addresses)) => addresses.push(address),
            None => table.push((name, vec![address])),
        }
    }
    Ok(table)
}

/// The files that a host writes.
pub(crate) struct Files {
    pub(crate) log: Option<PathBuf>,
    pub(crate) keys: Option<PathBuf>,
}

impl Files {
    pub(crate) fn read(arguments: &mut Arguments) -> Parsed<Self> {
        let path = |value: &str| Some(PathBuf::from(value));
        Ok(Self { log: arguments.optional("log", path)?, keys: arguments.optional("keys", path)? })
    }
}

/// A name lives as long as the process.
pub(crate) fn target(value: &str) -> Option<Target<'static>> {
    match value.parse::<IpAddr>() {
        Ok(address) => Some(address.into()),
        Err(_) => Fqdn::new(value.to_owned().leak()).ok().map(Target::Fqdn),
    }
}

pub(crate) fn address(value: &str) -> Option<IpAddr> {
    value.parse().ok()
}

fn text(value: &str) -> Option<String> {
    Some(value.to_owned())
}

fn name(value: &str) -> Option<(String, IpAddr)> {
    let (name, address) = value.split_once('=')?;
    Some((name.to_owned(), address.parse().ok()?))
}

fn account(value: &str) -> Option<Account> {
    let (user, secret) = value.split_once(':')?;
    Some(Account { user: user.to_owned(), secret: secret.to_owned() })
}

fn when(value: &str) -> Option<When> {
    match value {
        "init" => Some(When::Init),
        "auth-first" => Some(When::First),
        "auth-last" => Some(When::Last),
        "eap-first-unauthenticated" => Some(When::Claimed),
        "mid-eap" => Some(When::MidEap),
        "active" => Some(When::Active(0)),
        _ => value.strip_prefix("active:").and_then(|ms| Some(When::Active(ms.parse().ok()?))),
    }
}
