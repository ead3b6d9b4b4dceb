//! Addresses as people write them.
//!
//! Core reads them, too, but the compiler cannot show that its reader never panics.

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

pub(crate) fn parse(text: &str) -> Option<IpAddr> {
    let text = text.as_bytes();
    match v4(text) {
        Some(address) => Some(IpAddr::V4(Ipv4Addr::from(address))),
        None => v6(text).map(|address| IpAddr::V6(Ipv6Addr::from(address))),
    }
}

fn v4(text: &[u8]) -> Option<u32> {
    let mut address = 0u32;
    let mut groups = 0u8;
    for group in text.split(|octet| *octet == b'.') {
        address = address.checked_shl(8)?.checked_add(decimal(group)?.into())?;
        groups = groups.saturating_add(1);
    }
    (groups == 4).then_some(address)
}

/// A number below 256, without zeros at its front: some take those for octal.
fn decimal(group: &[u8]) -> Option<u8> {
    if let [b'0', _, ..] | [] = group {
        return None;
    }
    group.iter().try_fold(0u8, |number, octet| {
        let digit = octet.is_ascii_digit().then(|| octet.wrapping_sub(b'0'))?;
        number.checked_mul(10)?.checked_add(digit)
    })
}

/// An IPv6 address as far as it is read.
struct Groups {
    /// The groups that were read, the last in the lowest bits.
    value: u128,
    count: u32,
    /// How many groups stand before the `::`.
    before_gap: Option<u32>,
}

const MOST_GROUPS: u32 = 8;

fn v6(text: &[u8]) -> Option<u128> {
    let mut groups = Groups { value: 0, count: 0, before_gap: None };
    let mut rest = text;
    if let [b':', b':', behind @ ..] = text {
        groups.before_gap = Some(0);
        if behind.is_empty() {
            return groups.address();
        }
        rest = behind;
    }
    loop {
        let mut parts = rest.splitn(2, |octet| *octet == b':');
        let group = parts.next()?;
        let Some(behind) = parts.next() else {
            // Only the last group may be an IPv4 address, which takes the place of two.
            match v4(group) {
                Some(address) => groups.push(u128::from(address), 2)?,
                None => groups.push(hexadecimal(group)?, 1)?,
            }
            return groups.address();
        };
        groups.push(hexadecimal(group)?, 1)?;
        rest = behind;
        if let [b':', behind @ ..] = behind {
            if groups.before_gap.replace(groups.count).is_some() {
                return None;
            }
            if behind.is_empty() {
                return groups.address();
            }
            rest = behind;
        }
    }
}

fn hexadecimal(group: &[u8]) -> Option<u128> {
    if !(1..=4).contains(&group.len()) {
        return None;
    }
    group.iter().try_fold(0, |number: u128, octet| {
        let digit = char::from(*octet).to_digit(16)?;
        number.checked_shl(4)?.checked_add(digit.into())
    })
}

impl Groups {
    /// One group, or two at once.
    fn push(&mut self, bits: u128, count: u32) -> Option<()> {
        let width = count.saturating_mul(16);
        self.value = self.value.checked_shl(width)?.checked_add(bits)?;
        self.count = self.count.saturating_add(count);
        (self.count <= MOST_GROUPS).then_some(())
    }

    /// All groups, with zeros in the gap; a gap stands for one group at least.
    fn address(&self) -> Option<u128> {
        let Some(before) = self.before_gap else {
            return (self.count == MOST_GROUPS).then_some(self.value);
        };
        if self.count >= MOST_GROUPS {
            return None;
        }
        let behind = self.count.saturating_sub(before);
        let high = self.value.checked_shr(behind.saturating_mul(16)).unwrap_or(0);
        let low = self.value ^ high.checked_shl(behind.saturating_mul(16)).unwrap_or(0);
        let gap = MOST_GROUPS.saturating_sub(before);
        high.checked_shl(gap.saturating_mul(16)).unwrap_or(0).checked_add(low)
    }
}
