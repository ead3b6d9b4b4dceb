//! Where datagrams come in.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::str::FromStr;

/// An address to listen on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) address: SocketAddr,
    /// Messages stand behind four zero octets (RFC 3948).
    pub(crate) nat_t: bool,
}

/// What is wrong with a multicast or broadcast address to listen on.
pub(crate) const NO_SOURCE: &str =
    "is a multicast or broadcast address, from which no answer can leave";

/// The port that is always NAT-T.
const NAT_T_PORT: u16 = 4500;
const NAT_T_MARK: &str = "nat-t:";

impl FromStr for Place {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let bare = text.strip_prefix(NAT_T_MARK);
        let address: SocketAddr = bare
            .unwrap_or(text)
            .parse()
            .map_err(|_| "is no ADDR:PORT (IPv6: [ADDR]:PORT)".to_owned())?;
        let address = canonical(address);
        if address.ip().is_multicast() || address.ip() == IpAddr::V4(Ipv4Addr::BROADCAST) {
            return Err(NO_SOURCE.to_owned());
        }
        if address.ip().is_unspecified() {
            return Err("does not name an address. An answer has to come from the address that \
                        the client asked, which cannot be told on a wildcard: give one --listen \
                        for each address"
                .to_owned());
        }
        Ok(Place { address, nat_t: bare.is_some() || address.port() == NAT_T_PORT })
    }
}

/// One form of an address: a socket at `::ffff:192.0.2.1` would show IPv4 clients as IPv6 ones.
/// An IPv6 address keeps its zone.
fn canonical(address: SocketAddr) -> SocketAddr {
    match address.ip().to_canonical() {
        ip @ IpAddr::V4(_) => SocketAddr::new(ip, address.port()),
        IpAddr::V6(_) => address,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(text: &str) -> Result<Place, String> {
        text.parse()
    }

    #[test]
    fn port_4500_is_nat_t_and_other_ports_are_when_marked() {
        let marks = ["192.0.2.1:500", "192.0.2.1:4500", "nat-t:[::1]:0"];
        assert_eq!(marks.map(|text| place(text).unwrap().nat_t), [false, true, true]);
    }

    #[test]
    fn f29_an_ipv4_address_is_one_in_whichever_form_it_is_given() {
        assert_eq!(place("[::ffff:192.0.2.1]:500"), place("192.0.2.1:500"));
        assert!(place("[::ffff:0.0.0.0]:500").is_err() && place("[::ffff:224.0.0.1]:5").is_err());
        let zoned = "[fe80::1%3]:500";
        assert_eq!(place(zoned).unwrap().address.to_string(), zoned);
    }

    #[test]
    fn a_wildcard_is_refused_with_its_reason() {
        for wildcard in ["0.0.0.0:500", "[::]:500", "nat-t:0.0.0.0:4500"] {
            let fault = place(wildcard).unwrap_err();
            assert!(fault.contains("one --listen for each address"), "{fault}");
        }
    }

    #[test]
    fn an_address_that_nothing_can_be_sent_from_is_refused_with_its_reason() {
        for address in ["224.0.0.1:500", "255.255.255.255:500", "nat-t:[ff02::1]:4500"] {
            assert_eq!(place(address).unwrap_err(), NO_SOURCE);
        }
    }
}
