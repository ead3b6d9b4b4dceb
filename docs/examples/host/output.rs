//! What a party wants sent, and what it reports.

use std::fmt;
use std::net::{IpAddr, SocketAddr};

/// The two ends of a datagram, as this party sees them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Path {
    pub(crate) local: SocketAddr,
    pub(crate) remote: SocketAddr,
}

impl Path {
    /// Both ends on the port of IKE.
    pub(crate) fn between(local: IpAddr, remote: IpAddr) -> Self {
        Path { local: (local, 500).into(), remote: (remote, 500).into() }
    }
}

/// One thing that a party wants done by whoever has the sockets, in the order given.
#[derive(Clone, Debug)]
pub(crate) enum Output {
    /// Send this message.
    Send {
        path: Path,
        message: Vec<u8>,
    },
    Report(Report),
    /// A line for a log that explains how it came about.
    Note(String),
    /// A new IKE SA in the form of Wireshark's `ikev2_decryption_table`.
    Keys(String),
}

/// What has happened: a name, and `key=value` for what belongs to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Report {
    pub(crate) name: &'static str,
    pub(crate) fields: Vec<(&'static str, String)>,
}

impl Report {
    /// The value of a field, or nothing.
    pub(crate) fn field(&self, key: &str) -> &str {
        self.fields.iter().find(|(known, _)| *known == key).map_or("", |(_, value)| value)
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)?;
        self.fields.iter().try_for_each(|(key, value)| write!(f, " {key}={value}"))
    }
}

/// What a party wants done so far.
#[derive(Debug, Default)]
pub(super) struct Outbox(Vec<Output>);

impl Outbox {
    pub(super) fn send(&mut self, path: Path, message: &[u8]) {
        self.0.push(Output::Send { path, message: message.to_vec() });
    }

    pub(super) fn report(
        &mut self,
        name: &'static str,
        fields: &[(&'static str, &dyn fmt::Display)],
    ) {
        let fields = fields.iter().map(|(key, value)| (*key, value.to_string())).collect();
        self.0.push(Output::Report(Report { name, fields }));
    }

    pub(super) fn note(&mut self, text: impl Into<String>) {
        self.0.push(Output::Note(text.into()));
    }

    pub(super) fn keys(&mut self, line: String) {
        self.0.push(Output::Keys(line));
    }

    pub(super) fn take(&mut self) -> Vec<Output> {
        std::mem::take(&mut self.0)
    }
}
