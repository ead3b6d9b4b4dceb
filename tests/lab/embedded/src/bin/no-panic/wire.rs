use ikev2_redirect::responder::front_door::{Arrival, Decision, FrontDoor};
use ikev2_redirect::wire::{
    Contents, ExchangeType, Flags, Header, InitNotifies, InitRedirect, InitRequest, InitResponse,
    Nonce, Notify, NotifyType, PayloadType, Payloads, Redirect, RedirectSupported, RedirectedFrom,
    Spi, UnsupportedRequest,
};

use crate::values::{unknown_address, unknown_gateway, unknown_rules};
use crate::{any, seen, unknown_octets, unknown_room};

pub(super) fn call_all() {
    headers();
    payloads();
    notifies();
    init();
    unsupported();
    front_door();
    seen(Contents::parse(unknown_type(), unknown_octets()));
}

pub(super) fn unknown_contents() -> Contents<'static> {
    any(Contents::default())
}

fn unknown_type() -> PayloadType {
    any(PayloadType::NONE)
}

fn unknown_nonce() -> Nonce<'static> {
    match Nonce::new(unknown_octets()) {
        Ok(nonce) => nonce,
        Err(_) => loop {},
    }
}

fn unknown_notify() -> Notify<'static> {
    Notify { kind: any(NotifyType::REDIRECT), spi: unknown_octets(), data: unknown_octets() }
}

fn headers() {
    let header = any(Header {
        initiator_spi: Spi::ZERO,
        responder_spi: Spi::ZERO,
        next_payload: PayloadType::NONE,
        exchange: ExchangeType::IKE_AUTH,
        flags: Flags::RESPONSE,
        message_id: 0,
    });
    seen(Header::encode(&header, any(0), unknown_room(&mut [0; 64])));
    seen(Header::parse(unknown_octets()));
    seen(Flags::from_initiator(header.flags));
    seen(Flags::is_response(header.flags));
    seen(PayloadType::is_registered(header.next_payload));
}

fn payloads() {
    let mut payloads = Payloads::new(unknown_type(), unknown_octets());
    while let Some(payload) = Payloads::next(&mut payloads) {
        seen(payload);
    }
}

fn notifies() {
    let room = &mut [0; 64];
    seen(Notify::parse(unknown_octets()));
    seen(NotifyType::is_error(unknown_notify().kind));
    seen(RedirectSupported::parse(&unknown_notify()));
    seen(RedirectSupported::encode(&RedirectSupported, unknown_type(), unknown_room(room)));
    seen(RedirectedFrom::parse(&unknown_notify()));
    let from = RedirectedFrom(unknown_address());
    seen(RedirectedFrom::encode(&from, unknown_type(), unknown_room(room)));
    seen(RedirectedFrom::encoded_len(&from));
    seen(Redirect::parse(&unknown_notify()));
    let redirect = Redirect { target: unknown_gateway() };
    seen(Redirect::encode(&redirect, unknown_type(), unknown_room(room)));
    seen(Redirect::encoded_len(&redirect));
    seen(Nonce::octets(&unknown_nonce()));
    seen(InitRedirect::parse(&unknown_notify()));
    let redirect = InitRedirect { target: unknown_gateway(), nonce: unknown_nonce() };
    seen(InitRedirect::encode(&redirect, unknown_type(), unknown_room(room)));
    seen(InitRedirect::encoded_len(&redirect));
    let notifies = any(InitNotifies { redirect_supported: true, redirected_from: None });
    seen(InitNotifies::encode(&notifies, unknown_type(), unknown_room(room)));
    seen(InitNotifies::is_empty(&notifies));
}

fn init() {
    let room = &mut [0; 64];
    seen(InitResponse::parse(unknown_octets()));
    seen(InitRequest::parse(unknown_octets()));
    let request = unknown_request();
    seen(InitRequest::supports_redirect(&request));
    seen(InitRequest::redirect_len(&request, unknown_gateway()));
    seen(InitRequest::write_redirect(&request, unknown_gateway(), unknown_room(room)));
    seen(InitRequest::write_error(
        &request,
        any(NotifyType::NO_PROPOSAL_CHOSEN),
        unknown_room(room),
    ));
}

fn unsupported() {
    if let Ok(Some(request)) = UnsupportedRequest::parse(unknown_octets()) {
        seen(UnsupportedRequest::error_len(&request));
        seen(UnsupportedRequest::write_error(&request, unknown_room(&mut [0; 64])));
    }
}

pub(super) fn unknown_request() -> InitRequest<'static> {
    any(InitRequest {
        length: 0,
        initiator_spi: Spi::ZERO,
        nonce: unknown_nonce(),
        redirect_supported: false,
        redirected_from: None,
        cookie: None,
        resumption: false,
    })
}

fn front_door() {
    let addresses = [unknown_address()];
    let door = any(FrontDoor {
        anycast: any(&addresses),
        targets: unknown_rules(),
        serve_unsupported_on_anycast: false,
        redirect_resumption: false,
    });
    let arrival = any(Arrival { destination: unknown_address(), source_proven: false });
    let decision = any(Decision::Refuse);
    seen(FrontDoor::answer(
        &door,
        &unknown_request(),
        arrival,
        decision,
        unknown_room(&mut [0; 64]),
    ));
    seen(FrontDoor::may_redirect(&door, &unknown_request(), arrival, unknown_gateway()));
    seen(FrontDoor::is_anycast(&door, unknown_address()));
    seen(FrontDoor::reject(&door, unknown_octets(), arrival, unknown_room(&mut [0; 64])));
    seen(FrontDoor::new());
}
