//! A front door that says what none should: it answers the IKE_SA_INIT requests that come with the
//! REDIRECTs that it is told, in turn, the last one for ever. The nonce is the request's own.
//!
//! door ADDRESS:PORT IDENTITY... where an identity is hexadecimal, from its type on: 01040a630003

use std::net::UdpSocket;

const IKE_SA_INIT: u8 = 34;
const NONCE: u8 = 40;
const NOTIFY: u8 = 41;
const REDIRECT: [u8; 2] = 16407u16.to_be_bytes();

fn main() {
    let mut arguments = std::env::args().skip(1);
    let listen = arguments.next().expect("ADDRESS:PORT");
    let identities: Vec<Vec<u8>> = arguments.map(|hex| octets(&hex)).collect();
    let socket = UdpSocket::bind(listen).expect("the address is free");
    println!("listening");
    let mut message = [0; 4096];
    for answer in 0.. {
        let (length, client) = socket.recv_from(&mut message).expect("a message");
        let Some(nonce) = nonce_of(&message[..length]) else { continue };
        let identity = &identities[answer.min(identities.len() - 1)];
        let response = redirect(&message[..8], identity, nonce);
        socket.send_to(&response, client).expect("the client can be reached");
        println!("answered {client} with {identity:02x?}");
    }
}

fn octets(hex: &str) -> Vec<u8> {
    let digits = |at| u8::from_str_radix(&hex[at..at + 2], 16).expect("hexadecimal digits");
    (0..hex.len()).step_by(2).map(digits).collect()
}

/// Ni of an IKE_SA_INIT request.
fn nonce_of(message: &[u8]) -> Option<&[u8]> {
    if message.len() < 28 || message[18] != IKE_SA_INIT || message[19] & 0x20 != 0 {
        return None;
    }
    let (mut kind, mut at) = (message[16], 28);
    loop {
        let length =
            usize::from(u16::from_be_bytes([*message.get(at + 2)?, *message.get(at + 3)?]));
        let body = message.get(at + 4..at + length)?;
        if kind == NONCE {
            return Some(body);
        }
        (kind, at) = (message[at], at + length);
    }
}

/// The response: a header and one notification.
fn redirect(spi: &[u8], identity: &[u8], nonce: &[u8]) -> Vec<u8> {
    let payload = 8 + identity.len() + nonce.len();
    let mut message = spi.to_vec();
    message.extend([0; 8]);
    message.extend([NOTIFY, 0x20, IKE_SA_INIT, 0x20, 0, 0, 0, 0]);
    message.extend((28 + payload as u32).to_be_bytes());
    message.extend([0, 0]);
    message.extend((payload as u16).to_be_bytes());
    message.extend([0, 0]);
    message.extend(REDIRECT);
    message.extend(identity);
    message.extend(nonce);
    message
}
