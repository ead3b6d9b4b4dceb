//! The command line.

use std::collections::HashMap;
use std::net::IpAddr;
use std::path::PathBuf;

use ikev2_redirect::wire::{PayloadType, Redirect};
use ikev2_redirect::{Fqdn, Target as Identity, TargetRules};

use crate::crypto::Group;
use crate::eap::Account;
use crate::flight::Patience;
use crate::net::Ports;

pub(crate) const USAGE: &str = "\
usage: interop-host client  --listen IP… --peer IP --psk SECRET --id NAME [options]
       interop-host gateway --listen IP… --psk SECRET --id NAME [options]
       interop-host relay   --listen IP:PORT… --to IP [options]
       interop-host selftest
client and gateway:
  --peer-id NAME           the only identity accepted from the peer
  --eap USER:SECRET        the client authenticates by EAP
  --eap-only               and the gateway by nothing else (RFC 5998)
  --second-auth USER:SECRET  by the pre-shared key, then by EAP (RFC 4739)
  --second-psk NAME        by the pre-shared key twice, the second time as NAME
  --port N, --nat-port N   instead of 500 and 4500
  --group 31|19            the only group accepted; the client offers it first, then the other
  --allow-loopback         loopback addresses are targets, too
  --retries N, --retransmit-ms MS   of our requests (4, 500); intervals double
  --keys FILE, --log FILE  for Wireshark's ikev2_decryption_table; for people
  --rekey-after MS         rekey the IKE SA, once, so long after it was established
  --for MS                 end after that time (20000)
client:
  --start-on-nat-port      IKE_SA_INIT on the NAT traversal port, at once
  --childless              ask for no CHILD SA
  --max-redirects N, --loop-period-ms MS, --break-before-make, --vet-timeout-ms MS
  --announce-once          no REDIRECT_SUPPORTED beside REDIRECTED_FROM
  --resolve NAME=IP        a name that exists; there are no others
  --vet-after MS           how long policy and DNS take (0)
  --refuse IP              policy refuses this target
  --redirect-back TARGET   try to redirect the gateway once the IKE SA is up, which no client may
  --hold MS                close so long after the last IKE SA was established (1000), but
                           not in the middle of a move
gateway:
  --eap-method md5|mschapv2  (md5)
  --redirect-in init|auth-first|auth-last|eap-first-unauthenticated|mid-eap|active[:MS]
  --to TARGET              where to: an address or a name
  --grace-ms MS            for a redirected client to leave (30000)
  --anycast IP             requests to this address are only redirected
  --cookie                 ask for a cookie first
  --forge-nonce once|always  spoil the nonce of the first REDIRECT, or of all
  --own-second NAME        prove ourselves a second time, as NAME (RFC 4739)
  --host-retransmits       the host, not the machine, repeats redirects
  --wrong-psk              prove ourselves with another pre-shared key
  --redirect-and-delete    delete the IKE SA in the message that redirects the session
  --refuse-child           grant no CHILD SA, only the IKE SA
  --intermediate-redirect  put a REDIRECT where it does not belong: beside EAP
relay:
  --from IP                the source address towards --to
  --drop WHO:EXCHANGE:KIND:N  the first N datagrams of client|gateway, init|auth|child|informational, request|response
  --delay MS, --duplicate  every datagram
  --forge-redirect IP      answer the first IKE_SA_INIT request with a REDIRECT whose nonce is wrong
  --forge-active IP        redirect the client after IKE_AUTH, without the keys of the session
  --for MS
";

/// The options of a command line, each with its values; read by name, once.
pub(crate) struct Arguments(HashMap<String, Vec<String>>);

pub(crate) type Parsed<T> = Result<T, String>;

/// Options without a value.
const FLAGS: [&str; 13] = [
    "allow-loopback",
    "childless",
    "break-before-make",
    "announce-once",
    "cookie",
    "wrong-psk",
    "intermediate-redirect",
    "duplicate",
    "refuse-child",
    "host-retransmits",
    "start-on-nat-port",
    "eap-only",
    "redirect-and-delete",
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

/// How a client authenticates after its pre-shared key (RFC 4739).
#[derive(Clone, Debug)]
pub(crate) enum Second {
    Eap(Account),
    /// By the pre-shared key again, under that name.
    PreSharedKey(String),
}

/// What client and gateway have in common.
#[derive(Clone, Debug)]
pub(crate) struct Common {
    pub(crate) listen: Vec<IpAddr>,
    pub(crate) ports: Ports,
    pub(crate) psk: String,
    pub(crate) id: String,
    pub(crate) peer_id: Option<String>,
    pub(crate) eap: Option<Account>,
    pub(crate) second: Option<Second>,
    pub(crate) groups: Vec<Group>,
    pub(crate) targets: TargetRules,
    pub(crate) patience: Patience,
    pub(crate) rekey_after_ms: Option<u32>,
    pub(crate) run_ms: u32,
}

impl Common {
    pub(crate) fn read(arguments: &mut Arguments) -> Parsed<Self> {
        let listen = arguments.all("listen", address)?;
        if listen.is_empty() {
            return Err("--listen is needed".to_owned());
        }
        let by_eap = arguments.optional("second-auth", account)?.map(Second::Eap);
        let by_key = arguments.optional("second-psk", text)?.map(Second::PreSharedKey);
        Ok(Self {
            listen,
            ports: Ports {
                ike: arguments.optional("port", |v| v.parse().ok())?.unwrap_or(500),
                nat: arguments.optional("nat-port", |v| v.parse().ok())?.unwrap_or(4500),
            },
            psk: arguments.required("psk", text)?,
            id: arguments.required("id", text)?,
            peer_id: arguments.optional("peer-id", text)?,
            eap: arguments.optional("eap", account)?,
            second: by_eap.or(by_key),
            groups: arguments
                .optional("group", |v| Group::from_number(v.parse().ok()?))?
                .into_iter()
                .collect(),
            targets: TargetRules {
                allow_loopback: arguments.flag("allow-loopback"),
                ..TargetRules::default()
            },
            patience: Patience {
                retries: arguments.number("retries", 4)?,
                first_ms: arguments.number("retransmit-ms", 500)?,
            },
            rekey_after_ms: arguments.optional("rekey-after", |value| value.parse().ok())?,
            run_ms: arguments.number("for", 20_000)?,
        })
    }
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

/// Where a client is sent to.
#[derive(Clone, Debug)]
pub(crate) enum Target {
    Address(IpAddr),
    Name(String),
}

impl From<Identity<'_>> for Target {
    fn from(gateway: Identity<'_>) -> Self {
        match gateway {
            Identity::V4(address) => Self::Address(address.into()),
            Identity::V6(address) => Self::Address(address.into()),
            Identity::Fqdn(name) => Self::Name(name.as_str().to_owned()),
        }
    }
}

impl Target {
    pub(crate) fn gateway(&self) -> Identity<'_> {
        match self {
            Self::Address(address) => Identity::from(*address),
            Self::Name(name) => Identity::Fqdn(Fqdn::new(name).expect("checked when it was read")),
        }
    }

    /// The REDIRECT of IKE_AUTH and INFORMATIONAL.
    pub(crate) fn redirect_payload(&self) -> Vec<u8> {
        let redirect = Redirect { target: self.gateway() };
        let mut payload = vec![0; redirect.encoded_len()];
        redirect.encode(PayloadType::NONE, &mut payload).expect("as long as it says");
        payload
    }
}

pub(crate) fn target(value: &str) -> Option<Target> {
    match value.parse() {
        Ok(address) => Some(Target::Address(address)),
        Err(_) => Fqdn::new(value).ok().map(|_| Target::Name(value.to_owned())),
    }
}

pub(crate) fn address(value: &str) -> Option<IpAddr> {
    value.parse().ok()
}

pub(crate) fn text(value: &str) -> Option<String> {
    Some(value.to_owned())
}

fn account(value: &str) -> Option<Account> {
    let (user, secret) = value.split_once(':')?;
    Some(Account { user: user.to_owned(), secret: secret.to_owned() })
}
