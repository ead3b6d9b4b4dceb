//! What a party wants sent and noted.

use std::net::IpAddr;

/// One thing that a party wants done by whoever has the sockets.
#[derive(Clone, Debug)]
pub(crate) enum Output {
    /// Send this message. Ports are the business of whoever has the sockets.
    Send {
        /// To whom.
        to: IpAddr,
        /// The whole message.
        message: Vec<u8>,
    },
    /// A line for the log: what was decided, and why.
    Note(String),
}

/// What a party wants done, in order.
#[derive(Debug, Default)]
pub(crate) struct Outbox(Vec<Output>);

impl Outbox {
    pub(crate) fn send(&mut self, to: IpAddr, message: Vec<u8>) {
        self.0.push(Output::Send { to, message });
    }

    pub(crate) fn note(&mut self, text: impl Into<String>) {
        self.0.push(Output::Note(text.into()));
    }
}

impl IntoIterator for Outbox {
    type Item = Output;
    type IntoIter = std::vec::IntoIter<Output>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}
