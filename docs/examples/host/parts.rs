//! Received payloads.

use ikev2_redirect::Reason;
use ikev2_redirect::wire::{Notify, NotifyType, Payload, PayloadType, Payloads};

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
