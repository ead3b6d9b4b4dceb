//! Messages at random: most of them nearly right, since both readings refuse the others at once.

use quickcheck::{Arbitrary, Gen};

use crate::compose::{
    self, KE, Message, NONCE, NOTIFY, Part, REDIRECT, REDIRECT_SUPPORTED, REDIRECTED_FROM, SA,
    TICKET_NACK, TICKET_OPAQUE, identity, name_of, part,
};

/// One in `among`.
fn rarely(g: &mut Gen, among: u32) -> bool {
    u32::arbitrary(g) % among == 0
}

fn one_of<T: Clone>(g: &mut Gen, choices: &[T]) -> T {
    g.choose(choices).expect("a choice").clone()
}

fn octets(g: &mut Gen, length: usize) -> Vec<u8> {
    (0..length).map(|_| u8::arbitrary(g)).collect()
}

pub(super) fn message(g: &mut Gen) -> Vec<u8> {
    if rarely(g, 50) {
        let length = usize::from(u8::arbitrary(g));
        return octets(g, length);
    }
    let mut message = one_of(
        g,
        &[
            Message::request(),
            Message::supporting(),
            Message::resumption(),
            Message::response(vec![]),
            Message::response(Message::request().parts),
            Message { exchange: 38, ..Message::response(vec![]) },
        ],
    );
    for _ in 0..u8::arbitrary(g) % 5 {
        change_payloads(g, &mut message.parts);
    }
    while rarely(g, 4) {
        change_header(g, &mut message);
    }
    let mut octets = message.octets();
    while rarely(g, 4) {
        change_octets(g, &mut octets);
    }
    octets
}

fn change_payloads(g: &mut Gen, parts: &mut Vec<Part>) {
    let at = usize::arbitrary(g) % (parts.len() + 1);
    match u8::arbitrary(g) % 16 {
        0 if at < parts.len() => drop(parts.remove(at)),
        1 if at < parts.len() => parts.push(parts[at].clone()),
        2 if at < parts.len() => parts.swap(0, at),
        3 if at < parts.len() => parts[at].flags = u8::arbitrary(g),
        4 => {
            let nonce = Part { body: nonce(g), ..part(NONCE, &[]) };
            parts.retain(|part| part.kind != NONCE);
            parts.push(nonce);
        }
        // The same notification again, again with other data, and again malformed: with an SPI.
        5 | 6 => {
            let kind = one_of(g, &[REDIRECT, REDIRECTED_FROM, REDIRECT_SUPPORTED]);
            let first = notification(g, kind);
            let second = match u8::arbitrary(g) % 4 {
                0 | 1 => first.clone(),
                2 => notification(g, kind),
                _ => compose::notify_with_spi(kind, &[7; 4], &[]),
            };
            parts.extend([first, second]);
        }
        _ => parts.insert(at, any_part(g)),
    }
}

fn nonce(g: &mut Gen) -> Vec<u8> {
    let length = one_of(g, &[0, 1, 15, 16, 17, 32, 64, 255, 256, 257]);
    octets(g, length)
}

fn any_part(g: &mut Gen) -> Part {
    let mut part = match u8::arbitrary(g) % 16 {
        0 => part(one_of(g, &[SA, KE]), &[7; 20]),
        1 => part(42, one_of(g, &[&[1, 0, 0, 0][..], &[3, 4, 0, 1, 9, 9, 9, 9], &[2], &[]])),
        2 => part(one_of(g, &[39, 48, 36, 43]), b"body"),
        3 => part(one_of(g, &[46, 53]), &[9; 24]),
        4 => Part { kind: u8::arbitrary(g), flags: 0, body: vec![1; 6] },
        5 => Part { kind: one_of(g, &[1, 32, 33, 54, 55, 200]), flags: 0x80, body: vec![] },
        6 => malformed_notification(g),
        _ => {
            let kind = kind_of_notification(g);
            notification(g, kind)
        }
    };
    if rarely(g, 6) {
        part.flags = one_of(g, &[0x80, 0x40, 0x01, 0x7f, 0xff]);
    }
    part
}

fn kind_of_notification(g: &mut Gen) -> u16 {
    const COMMON: [u16; 8] = [
        REDIRECT,
        REDIRECT,
        REDIRECTED_FROM,
        REDIRECT_SUPPORTED,
        compose::COOKIE,
        16404,
        16405,
        TICKET_OPAQUE,
    ];
    const RARE: [u16; 10] = [TICKET_NACK, 1, 5, 7, 14, 24, 38, 16409, 16403, 16384];
    match u8::arbitrary(g) % 8 {
        0..=4 => one_of(g, &COMMON),
        5 | 6 => one_of(g, &RARE),
        _ => u16::arbitrary(g),
    }
}

fn notification(g: &mut Gen, kind: u16) -> Part {
    let spi_size = if rarely(g, 12) { one_of(g, &[1, 4, 8, 255]) } else { 0 };
    let spi = octets(g, spi_size);
    let data = match kind {
        REDIRECT | REDIRECTED_FROM => {
            let mut data = any_identity(g);
            data.extend(behind_identity(g));
            data
        }
        _ => {
            let length = one_of(g, &[0, 0, 1, 8]);
            octets(g, length)
        }
    };
    let mut part = compose::notify_with_spi(kind, &spi, &data);
    if rarely(g, 8) {
        part.body[0] = one_of(g, &[1, 3, 255]); // the protocol id
    }
    part
}

/// Nothing, a nonce, or what is neither.
fn behind_identity(g: &mut Gen) -> Vec<u8> {
    match u8::arbitrary(g) % 4 {
        0 | 1 => vec![],
        2 => compose::NI.to_vec(),
        _ => nonce(g),
    }
}

fn any_identity(g: &mut Gen) -> Vec<u8> {
    let mut identity = match u8::arbitrary(g) % 3 {
        0 => identity(1, &one_of(g, &[[192, 0, 2, 1], [203, 0, 113, 1], [0; 4]])),
        1 => {
            let address = if bool::arbitrary(g) { vec![0x20; 16] } else { octets(g, 16) };
            identity(2, &address)
        }
        _ => identity(3, &any_name(g)),
    };
    match u8::arbitrary(g) % 24 {
        0 => identity[0] = u8::arbitrary(g),
        1 => identity[1] = identity[1].wrapping_add(1),
        2 => identity[1] = identity[1].wrapping_sub(1),
        3 => identity[1] = u8::arbitrary(g),
        4 => identity.truncate(usize::arbitrary(g) % identity.len()),
        _ => {}
    }
    identity
}

/// Names of the field, names at their limits, and what only looks like one.
fn any_name(g: &mut Gen) -> Vec<u8> {
    const NAMES: [&str; 29] = [
        "gw2.example.com",
        "GW.Example",
        "a",
        "localhost",
        "_ike.gw_2.example",
        "xn--4ca.example",
        "gw2.example.com.",
        "192.0.2.1",
        "127.1",
        "0x7f000001",
        "2130706433",
        "123456789012345678901234567890",
        "1.2.3.4.",
        "9.gw",
        "0xgw",
        "0x",
        "::1",
        "...",
        "!",
        "%any",
        "",
        ".",
        "-gw.example",
        "gw-.example",
        "gw..example",
        "gw.example-",
        "gw example",
        "gw.123",
        "gw.0xfg",
    ];
    let mut name = match u8::arbitrary(g) % 4 {
        0 | 1 => one_of(g, &NAMES).as_bytes().to_vec(),
        2 => b"gw2.example.com".to_vec(),
        _ => name_at_a_limit(g).into_bytes(),
    };
    if rarely(g, 3) && !name.is_empty() {
        let at = usize::arbitrary(g) % name.len();
        name[at] = one_of(g, b"gG5-_.:/ \0\xe4x");
    }
    if rarely(g, 10) {
        name.push(b'g');
    }
    name.truncate(255);
    name
}

fn name_at_a_limit(g: &mut Gen) -> String {
    let label = "g".repeat(one_of(g, &[62, 63, 64]));
    match u8::arbitrary(g) % 8 {
        0 => label,
        1 => format!("gw.{label}"),
        2 => format!("{label}.gw"),
        3 => format!("gw.{label}.gw"),
        4 => name_of(253) + one_of(g, &["", "g", ".", "g.", "."]),
        _ => {
            let length = one_of(g, &[1, 127, 252, 253, 254]);
            name_of(length)
        }
    }
}

fn malformed_notification(g: &mut Gen) -> Part {
    let [high, low] = REDIRECT.to_be_bytes();
    let bodies = [
        vec![],
        vec![0, 0, high],
        vec![0, 1, high, low],
        vec![0, 7, high, low, 1, 4, 192, 0, 2, 45],
        vec![0, 255, high, low, 1, 4, 192, 0, 2, 45],
    ];
    Part { kind: NOTIFY, flags: 0, body: one_of(g, &bodies) }
}

fn change_header(g: &mut Gen, message: &mut Message) {
    match u8::arbitrary(g) % 8 {
        0 => message.version = one_of(g, &[0x10, 0x21, 0x2f, 0x30, 0xf0]),
        1 => message.exchange = one_of(g, &[34, 38, 35, 36, 37, 0, 255]),
        2 => message.flags = one_of(g, &[0x00, 0x08, 0x20, 0x28]),
        3 => message.flags ^= 1 << (u8::arbitrary(g) % 8),
        4 => message.message_id = one_of(g, &[1, 256, 1 << 31]),
        5 => message.initiator_spi = one_of(g, &[[0; 8], [0, 0, 0, 0, 0, 0, 0, 1], [0xff; 8]]),
        6 => message.responder_spi = one_of(g, &[[1, 0, 0, 0, 0, 0, 0, 0], [9; 8]]),
        _ => message.version = u8::arbitrary(g),
    }
}

/// The lengths of header and payloads may go wrong here; or all but the header's may.
fn change_octets(g: &mut Gen, octets: &mut Vec<u8>) {
    if octets.is_empty() {
        return;
    }
    let at = usize::arbitrary(g) % octets.len();
    match u8::arbitrary(g) % 7 {
        0 => octets[at] = u8::arbitrary(g),
        1 => octets[at] ^= 1 << (u8::arbitrary(g) % 8),
        2 => octets.truncate(at),
        3 => octets.extend([0; 3]),
        4 => {
            octets.truncate(at);
            mend_length(octets);
        }
        5 => {
            octets.push(u8::arbitrary(g));
            mend_length(octets);
        }
        _ => {
            // The length of the first payload.
            let length = one_of(g, &[[0, 0], [0, 3], [0, 4], [0, 5], [1, 0], [0xff, 0xff]]);
            if let Some(field) = octets.get_mut(30..32) {
                field.copy_from_slice(&length);
            }
        }
    }
}

fn mend_length(octets: &mut [u8]) {
    let length = (octets.len() as u32).to_be_bytes();
    if let Some(field) = octets.get_mut(24..28) {
        field.copy_from_slice(&length);
    }
}
