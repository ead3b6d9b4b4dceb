//! Which target a client gets: weighted rendezvous hashing.
//!
//! Each target draws a number for each client, made only of the two names: `u`, uniform in
//! (0, 1). The client gets the target with the lowest `-log(u) / weight`. These are independent
//! exponential draws with the weights as their rates, so that a target wins with the probability
//! `weight / sum of weights`, and so that
//!
//! - the same client always gets the same target, from every front door with the same list and
//!   whatever the order of the list;
//! - a target that goes takes only its own clients with it, and they spread over the others by
//!   weight; one that comes takes clients only to itself.
//!
//! All of it is integer arithmetic: every machine chooses alike.

use std::cmp::Ordering;
use std::net::IpAddr;

use super::entry::Entry;

/// The place in the list of the target of `client`, among those that take clients and are
/// `eligible`.
pub(crate) fn choose(
    entries: &[Entry],
    client: IpAddr,
    eligible: impl Fn(&Entry) -> bool,
) -> Option<usize> {
    let client = key_of_address(client);
    let mut best: Option<(Draw, usize)> = None;
    for (place, entry) in entries.iter().enumerate() {
        let draw = Draw::new(client, entry);
        let leads = best.as_ref().is_none_or(|(leader, _)| draw.beats(leader));
        if leads && entry.takes_clients() && eligible(entry) {
            best = Some((draw, place));
        }
    }
    best.map(|(_, place)| place)
}

/// One target's draw for one client.
struct Draw {
    /// -log2(u), in units of 2^-32.
    cost: u64,
    weight: u64,
    /// What `u` was made of; decides between equals.
    hash: u64,
}

impl Draw {
    fn new(client: u64, entry: &Entry) -> Self {
        let hash = mix(client ^ entry.key);
        Draw { cost: minus_log2(hash), weight: u64::from(entry.share), hash }
    }

    /// Whether `cost / weight` is lower, without the division: 39 bits times 20 bits.
    fn beats(&self, other: &Draw) -> bool {
        let (own, others) = (self.cost * other.weight, other.cost * self.weight);
        match own.cmp(&others) {
            Ordering::Less => true,
            Ordering::Greater => false,
            Ordering::Equal => self.hash > other.hash,
        }
    }
}

/// What stands for an address.
pub(crate) fn key_of_address(address: IpAddr) -> u64 {
    match address {
        IpAddr::V4(address) => mix(u64::from(u32::from(address)) ^ V4_TAG),
        IpAddr::V6(address) => {
            let octets = u128::from(address);
            mix(mix((octets >> 64) as u64) ^ octets as u64)
        }
    }
}

/// What stands for a name.
pub(crate) fn key_of_octets(octets: &[u8]) -> u64 {
    octets.iter().fold(NAME_TAG, |key, octet| mix(key ^ u64::from(*octet)))
}

const V4_TAG: u64 = 0x4950_7634_0000_0000;
const NAME_TAG: u64 = 0x4e61_6d65_0000_0000;

/// A permutation of 64 bits in which each input bit sways each output bit: add, then three rounds
/// of shift-xor and two odd multipliers (the finalizer of SplitMix64).
const fn mix(value: u64) -> u64 {
    let value = value.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    value ^ (value >> 31)
}

/// -log2(hash / 2^64) in units of 2^-32: from 0 to 64 (a hash of 0 counts as 1). Between the
/// entries of the table it goes straight, which is off by less than 3 * 10^-6.
fn minus_log2(hash: u64) -> u64 {
    let hash = hash.max(1);
    let zeros = hash.leading_zeros();
    let mantissa = (hash << zeros) << 1; // without the leading one
    let index = (mantissa >> (64 - TABLE_BITS)) as usize;
    let between = (mantissa << TABLE_BITS) >> 32; // in units of 2^-32
    let (low, high) = (LOG2[index], LOG2[index + 1]);
    let log2 = low + (((high - low) * between) >> 32);
    (u64::from(zeros) << 32) + (ONE - log2)
}

const ONE: u64 = 1 << 32;
const TABLE_BITS: u32 = 8;
const TABLE_LEN: usize = (1 << TABLE_BITS) + 1;

/// log2(1 + i / 256) in units of 2^-32.
static LOG2: [u64; TABLE_LEN] = log2_table();

const fn log2_table() -> [u64; TABLE_LEN] {
    let mut table = [ONE; TABLE_LEN];
    let mut i = 0;
    while i < TABLE_LEN - 1 {
        table[i] = log2_of((1 << 63) + ((i as u64) << (63 - TABLE_BITS)));
        i += 1;
    }
    table
}

/// log2 of a number in [1, 2) that is given in units of 2^-63: squaring doubles the logarithm,
/// so that each squaring yields one binary digit.
const fn log2_of(mut number: u64) -> u64 {
    let mut log2 = 0;
    let mut digit = ONE >> 1;
    while digit > 0 {
        let square = number as u128 * number as u128; // in units of 2^-126
        if square >> 127 == 1 {
            log2 += digit;
            number = (square >> 64) as u64;
        } else {
            number = (square >> 63) as u64;
        }
        digit >>= 1;
    }
    log2
}

#[cfg(test)]
mod tests {
    use std::net::{Ipv4Addr, Ipv6Addr};

    use quickcheck::quickcheck;

    use super::*;

    fn fleet(weights: &[u16]) -> Vec<Entry> {
        let fleet = weights.iter().enumerate().map(|(i, weight)| format!("192.0.2.{i}={weight}"));
        fleet.map(|text| text.parse().unwrap()).collect()
    }

    /// A fleet of two to nine targets with weights from 1 to 16, out of whatever quickcheck has.
    fn any_fleet(seed: &[u8]) -> Vec<Entry> {
        let weights = seed.iter().chain(&[3, 7]).take(9).map(|octet| u16::from(octet % 16) + 1);
        fleet(&weights.collect::<Vec<_>>())
    }

    fn pick(entries: &[Entry], client: IpAddr) -> &Entry {
        &entries[choose(entries, client, |_| true).unwrap()]
    }

    fn clients() -> impl Iterator<Item = IpAddr> {
        (0..20_000u32).map(|i| IpAddr::from(Ipv4Addr::from(0x0a00_0000 + i)))
    }

    quickcheck! {
        fn the_same_client_gets_the_same_target_whatever_the_order(
            seed: Vec<u8>, client: u32
        ) -> bool {
            let fleet = any_fleet(&seed);
            let client = Ipv4Addr::from(client).into();
            let backwards: Vec<_> = fleet.iter().rev().cloned().collect();
            pick(&fleet, client) == pick(&backwards, client)
        }

        fn a_target_that_goes_moves_only_its_own_clients(
            seed: Vec<u8>, client: u128, gone: usize
        ) -> bool {
            let fleet = any_fleet(&seed);
            let client = Ipv6Addr::from(client).into();
            let before = pick(&fleet, client);
            let mut rest = fleet.clone();
            let gone = rest.remove(gone % fleet.len());
            *before == gone || pick(&rest, client) == before
        }

        fn an_ineligible_target_counts_as_gone(
            seed: Vec<u8>, client: u32, out: usize
        ) -> bool {
            let fleet = any_fleet(&seed);
            let client = Ipv4Addr::from(client).into();
            let mut rest = fleet.clone();
            let out = rest.remove(out % fleet.len());
            let place = choose(&fleet, client, |entry| *entry != out);
            place.map(|place| &fleet[place]) == Some(pick(&rest, client))
        }

        fn more_weight_never_loses_a_client(
            seed: Vec<u8>, client: u32
        ) -> bool {
            let fleet = any_fleet(&seed);
            let client = Ipv4Addr::from(client).into();
            let mut raised = fleet.clone();
            let winner = fleet.iter().position(|entry| entry == pick(&fleet, client)).unwrap();
            raised[winner].share *= 2;
            *pick(&raised, client) == raised[winner]
        }

        fn a_changed_share_moves_clients_only_to_or_from_its_target(
            seed: Vec<u8>, client: u32, changed: usize, tenths: u8
        ) -> bool {
            let fleet = any_fleet(&seed);
            let client = Ipv4Addr::from(client).into();
            let place = changed % fleet.len();
            let mut after = fleet.clone();
            after[place].give(tenths % 11);
            let (old, new) = (pick(&fleet, client), pick(&after, client));
            old.name == new.name || [&old.name, &new.name].contains(&&fleet[place].name)
        }

        fn f32_a_target_without_a_share_counts_as_gone(
            seed: Vec<u8>, client: u32, drained: usize
        ) -> bool {
            let mut fleet = any_fleet(&seed);
            let client = Ipv4Addr::from(client).into();
            let place = drained % fleet.len();
            fleet[place].give(0);
            let mut rest = fleet.clone();
            rest.remove(place);
            pick(&fleet, client) == pick(&rest, client)
        }

        fn the_logarithm_is_right(hash: u64) -> bool {
            let exact = 64.0 - (hash.max(1) as f64).log2();
            let ours = minus_log2(hash) as f64 / ONE as f64;
            (exact - ours).abs() < 3e-6
        }

        fn the_logarithm_is_monotone(a: u64, b: u64) -> bool {
            (a <= b) == (minus_log2(a) >= minus_log2(b)) || minus_log2(a) == minus_log2(b)
        }
    }

    #[test]
    fn targets_get_clients_by_their_weight() {
        let weights = [1, 2, 4, 8, 1];
        let fleet = fleet(&weights);
        let mut shares = [0u32; 5];
        for client in clients() {
            let entry = pick(&fleet, client);
            shares[fleet.iter().position(|other| other == entry).unwrap()] += 1;
        }
        for (share, weight) in shares.iter().zip(weights) {
            // Four standard deviations of a binomial share.
            let chance = f64::from(weight) / 16.0;
            let spread = 4.0 * (20_000.0 * chance * (1.0 - chance)).sqrt();
            let off = (f64::from(*share) - 20_000.0 * chance).abs();
            assert!(off < spread, "weight {weight} got {share} of 20000");
        }
    }

    #[test]
    fn the_extremes_of_the_hash_do_not_overflow() {
        assert_eq!(minus_log2(0), minus_log2(1));
        assert_eq!(minus_log2(1), 64 << 32);
        assert!(minus_log2(u64::MAX) <= 1);
        let heaviest = Draw { cost: minus_log2(0), weight: 10 * u64::from(u16::MAX), hash: 0 };
        let lightest = Draw { cost: minus_log2(0), weight: 1, hash: 0 };
        assert!(heaviest.beats(&lightest));
    }

    #[test]
    fn nobody_eligible_means_no_target() {
        assert_eq!(choose(&fleet(&[1, 1]), Ipv4Addr::LOCALHOST.into(), |_| false), None);
    }

    #[test]
    fn the_choice_is_the_same_on_every_machine_and_release() {
        // Front doors of one fleet are updated one by one: a changed hash would send clients to
        // and fro meanwhile. Worked out apart from this code, with floating-point logarithms.
        let fleet = ["192.0.2.1=3", "2001:db8::2=2", "gw3.example=1"].map(|it| it.parse().unwrap());
        for (client, place) in [
            ("198.51.100.1", 1),
            ("198.51.100.2", 0),
            ("198.51.100.3", 1),
            ("198.51.100.4", 0),
            ("198.51.100.5", 2),
            ("2001:db8:1::1", 0),
            ("2001:db8:1::2", 2),
            ("2001:db8:1::5", 0),
        ] {
            assert_eq!(*pick(&fleet, client.parse().unwrap()), fleet[place], "{client}");
        }
    }
}
