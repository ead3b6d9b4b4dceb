//! Payloads to be sent.

use ikev2_redirect::wire::{NotifyType, PayloadType};

/// A chain of payloads, written from the front.
#[derive(Clone, Default)]
pub(crate) struct Chain {
    payloads: Vec<(PayloadType, Vec<u8>)>,
}

impl Chain {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    pub(crate) fn push(&mut self, kind: PayloadType, body: &[u8]) {
        let length = (body.len() as u16 + 4).to_be_bytes();
        self.payloads.push((kind, [&[0, 0, length[0], length[1]], body].concat()));
    }

    pub(crate) fn with(mut self, kind: PayloadType, body: &[u8]) -> Self {
        self.push(kind, body);
        self
    }

    pub(crate) fn push_notify(&mut self, kind: NotifyType, data: &[u8]) {
        let kind = kind.0.to_be_bytes();
        self.push(PayloadType::NOTIFY, &[&[0, 0, kind[0], kind[1]], data].concat());
    }

    pub(crate) fn with_notify(mut self, kind: NotifyType, data: &[u8]) -> Self {
        self.push_notify(kind, data);
        self
    }

    /// Adds whole Notify payloads as an encoder of the crate has written them.
    pub(crate) fn with_encoded(mut self, notifies: &[u8]) -> Self {
        if !notifies.is_empty() {
            self.payloads.push((PayloadType::NOTIFY, notifies.to_vec()));
        }
        self
    }

    pub(crate) fn first(&self) -> PayloadType {
        self.payloads.first().map_or(PayloadType::NONE, |(kind, _)| *kind)
    }

    pub(crate) fn encode(&self) -> Vec<u8> {
        let mut out = Vec::new();
        let mut last_header = None;
        for (kind, whole) in &self.payloads {
            if let Some(at) = last_header {
                out[at] = kind.0;
            }
            last_header = Some(out.len() + start_of_last(whole));
            out.extend_from_slice(whole);
        }
        out
    }
}

/// Where the last of some whole payloads starts.
fn start_of_last(payloads: &[u8]) -> usize {
    let mut start = 0;
    loop {
        let length = u16::from_be_bytes([payloads[start + 2], payloads[start + 3]]);
        let end = start + usize::from(length);
        if end >= payloads.len() {
            return start;
        }
        start = end;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::Parts;

    #[test]
    fn a_chain_reads_back_as_it_was_written() {
        let chain = Chain::new()
            .with(PayloadType::NONCE, &[9; 16])
            .with_encoded(&[41, 0, 0, 8, 0, 0, 0x40, 0x16, 0, 0, 0, 9, 0, 0, 0x40, 0x18, 1])
            .with_notify(NotifyType::COOKIE, b"crumb");
        let octets = chain.encode();
        let parts = Parts::parse(chain.first(), &octets).expect("well-formed");
        assert_eq!(parts.first(PayloadType::NONCE), Some(&[9; 16][..]));
        assert_eq!(parts.notify(NotifyType::REDIRECT_SUPPORTED), Some(&[][..]));
        assert_eq!(parts.notify(NotifyType::REDIRECTED_FROM), Some(&[1][..]));
        assert_eq!(parts.notify(NotifyType::COOKIE), Some(&b"crumb"[..]));
        assert_eq!(parts.notify(NotifyType::REDIRECT), None);
    }
}
