//! Payloads, to be sent and received.

use ikev2_redirect::wire::{
    InitNotifies, Notify, NotifyType, Payload, PayloadType, Payloads, Redirect,
};
use ikev2_redirect::{Reason, Target};

/// A chain of payloads, written from the front.
#[derive(Clone, Debug)]
pub(crate) struct Chain {
    first: PayloadType,
    octets: Vec<u8>,
    /// Where the latest payload begins: its first octet is the type of the next one.
    latest: usize,
}

impl Chain {
    pub(crate) fn new() -> Self {
        Chain { first: PayloadType::NONE, octets: Vec::new(), latest: 0 }
    }

    pub(crate) fn push(&mut self, kind: PayloadType, body: &[u8]) {
        match self.octets.get_mut(self.latest) {
            Some(next) => *next = kind.0,
            None => self.first = kind,
        }
        self.latest = self.octets.len();
        let [high, low] = (body.len() as u16 + 4).to_be_bytes();
        self.octets.extend_from_slice(&[PayloadType::NONE.0, 0, high, low]);
        self.octets.extend_from_slice(body);
    }

    pub(crate) fn with(mut self, kind: PayloadType, body: &[u8]) -> Self {
        self.push(kind, body);
        self
    }

    pub(crate) fn push_notify(&mut self, kind: NotifyType, data: &[u8]) {
        let [high, low] = kind.0.to_be_bytes();
        self.push(PayloadType::NOTIFY, &[&[0, 0, high, low], data].concat());
    }

    pub(crate) fn with_notify(mut self, kind: NotifyType, data: &[u8]) -> Self {
        self.push_notify(kind, data);
        self
    }

    /// The notifications that the client's machine wants in an IKE_SA_INIT request.
    pub(super) fn with_init_notifies(self, notifies: &InitNotifies) -> Self {
        let mut room = [0; InitNotifies::MAX_LEN];
        let length = notifies.encode(PayloadType::NONE, &mut room).expect("MAX_LEN is enough");
        self.with_encoded(&room[..length])
    }

    /// A REDIRECT without a nonce.
    pub(crate) fn with_redirect(self, target: Target<'_>) -> Self {
        let redirect = Redirect { target };
        let mut room = vec![0; redirect.encoded_len()];
        redirect.encode(PayloadType::NONE, &mut room).expect("it is as long as it says");
        self.with_encoded(&room)
    }

    /// Whole Notify payloads as an encoder of the crate has written them.
    fn with_encoded(mut self, notifies: &[u8]) -> Self {
        if !notifies.is_empty() {
            for payload in Payloads::new(PayloadType::NOTIFY, notifies).flatten() {
                self.push(payload.kind, payload.body);
            }
        }
        self
    }

    pub(crate) fn first(&self) -> PayloadType {
        self.first
    }

    pub(crate) fn octets(&self) -> &[u8] {
        &self.octets
    }
}

/// All payloads of one received message.
#[derive(Debug)]
pub(super) struct Parts<'a>(Vec<Payload<'a>>);

impl<'a> Parts<'a> {
    pub(super) fn parse(first: PayloadType, chain: &'a [u8]) -> Result<Self, Reason> {
        Payloads::new(first, chain).collect::<Result<_, _>>().map(Self)
    }

    /// The body of the first payload of this type.
    pub(super) fn first(&self, kind: PayloadType) -> Option<&'a [u8]> {
        self.all(kind).next()
    }

    /// The data of the first notification of this type.
    pub(super) fn notify(&self, kind: NotifyType) -> Option<&'a [u8]> {
        self.notifies().find(|notify| notify.kind == kind).map(|notify| notify.data)
    }

    /// The first notification that reports an error.
    pub(super) fn error(&self) -> Option<NotifyType> {
        self.notifies().map(|notify| notify.kind).find(|kind| kind.is_error())
    }

    fn notifies(&self) -> impl Iterator<Item = Notify<'a>> {
        self.all(PayloadType::NOTIFY).filter_map(|body| Notify::parse(body).ok())
    }

    fn all(&self, kind: PayloadType) -> impl Iterator<Item = &'a [u8]> {
        self.0.iter().filter(move |payload| payload.kind == kind).map(|payload| payload.body)
    }
}
