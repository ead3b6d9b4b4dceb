//! Writes a capture file: raw IP, so that no link layer has to be invented.

use std::net::Ipv4Addr;

const MAGIC_MICROSECONDS: u32 = 0xa1b2_c3d4;
const LINKTYPE_RAW: u32 = 101;
const LONGEST_PACKET: u32 = 65_535;

/// The well-known port, which stands in the file instead of the ones that the sockets had, so
/// that whoever reads it knows the protocol.
const IKE_PORT: u16 = 500;

/// A capture file in the making.
#[derive(Debug)]
pub(crate) struct Capture {
    octets: Vec<u8>,
    packets: usize,
}

impl Capture {
    pub(crate) fn new() -> Self {
        let mut octets = Vec::new();
        octets.extend(MAGIC_MICROSECONDS.to_le_bytes());
        octets.extend(2u16.to_le_bytes()); // version 2.4
        octets.extend(4u16.to_le_bytes());
        octets.extend([0; 8]); // time zone and accuracy, always zero
        octets.extend(LONGEST_PACKET.to_le_bytes());
        octets.extend(LINKTYPE_RAW.to_le_bytes());
        Capture { octets, packets: 0 }
    }

    /// Appends a UDP datagram; `at` in milliseconds since 1970.
    pub(crate) fn add(&mut self, at: u64, from: Ipv4Addr, to: Ipv4Addr, payload: &[u8]) {
        let packet = ip_packet(from, to, payload);
        let length = packet.len() as u32;
        self.octets.extend(((at / 1000) as u32).to_le_bytes());
        self.octets.extend(((at % 1000) as u32 * 1000).to_le_bytes());
        self.octets.extend(length.to_le_bytes()); // captured
        self.octets.extend(length.to_le_bytes()); // sent
        self.octets.extend(packet);
        self.packets += 1;
    }

    pub(crate) fn octets(&self) -> &[u8] {
        &self.octets
    }

    pub(crate) fn packets(&self) -> usize {
        self.packets
    }
}

fn ip_packet(from: Ipv4Addr, to: Ipv4Addr, payload: &[u8]) -> Vec<u8> {
    let udp_length = (8 + payload.len()) as u16;
    let [total_high, total_low] = (20 + udp_length).to_be_bytes();
    let mut packet = vec![0x45, 0, total_high, total_low, 0, 0, 0x40, 0, 64, 17, 0, 0];
    packet.extend(from.octets());
    packet.extend(to.octets());
    let checksum = checksum(&packet);
    packet[10..12].copy_from_slice(&checksum.to_be_bytes());
    packet.extend(udp_datagram(from, to, udp_length, payload));
    packet
}

fn udp_datagram(from: Ipv4Addr, to: Ipv4Addr, length: u16, payload: &[u8]) -> Vec<u8> {
    let mut datagram = Vec::new();
    datagram.extend(IKE_PORT.to_be_bytes());
    datagram.extend(IKE_PORT.to_be_bytes());
    datagram.extend(length.to_be_bytes());
    datagram.extend([0, 0]);
    datagram.extend(payload);
    let [high, low] = length.to_be_bytes();
    let pseudo_header = [&from.octets()[..], &to.octets(), &[0, 17, high, low], &datagram].concat();
    // Zero would mean that there is no checksum.
    let checksum = Some(checksum(&pseudo_header)).filter(|sum| *sum != 0).unwrap_or(0xffff);
    datagram[6..8].copy_from_slice(&checksum.to_be_bytes());
    datagram
}

/// The Internet checksum (RFC 1071).
fn checksum(octets: &[u8]) -> u16 {
    let words = octets.chunks(2).map(|pair| match *pair {
        [high, low] => u32::from(u16::from_be_bytes([high, low])),
        [high] => u32::from(high) << 8,
        _ => 0,
    });
    let sum: u32 = words.sum();
    let folded = (sum & 0xffff) + (sum >> 16);
    !((folded & 0xffff) + (folded >> 16)) as u16
}
