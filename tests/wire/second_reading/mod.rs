//! Every message is read twice: by the crate, and by [`decoder`], which is written from the RFCs
//! alone. Both have to give the same verdict and to find the same values (T07).
//!
//! The messages are others each time: `ORACLE_RUNS` sets how many, and a failure names the
//! `ORACLE_SEED` that repeats it.

mod compare;
mod decoder;
mod messages;
mod written;

use std::collections::BTreeSet;

pub(crate) use decoder::Identity;
use quickcheck::Gen;

use crate::seed::{self, Seeds};
use crate::vectors;

/// As many as it takes to see everything that [`everything`] lists.
const RUNS: u64 = 20_000;

/// Size of what is made at random.
const SIZE: usize = 40;

fn hex(octets: &[u8]) -> String {
    octets.iter().map(|octet| format!("{octet:02x}")).collect()
}

#[test]
fn both_readings_of_random_messages_agree() {
    let seeds = Seeds::choose(RUNS);
    println!("{} messages from seed {}", seeds.runs, seeds.first);
    let mut seen = BTreeSet::new();
    for seed in seeds.each() {
        let octets = messages::message(&mut Gen::from_size_and_seed(SIZE, seed));
        if let Err(fault) = compare::all(&octets, &mut seen) {
            panic!("{fault}\nin {}\nagain: {}", hex(&octets), seed::again(seed));
        }
    }
    if seeds.runs >= RUNS {
        let unseen: Vec<String> = everything().filter(|sight| !seen.contains(sight)).collect();
        assert!(unseen.is_empty(), "no message was {unseen:?}; the first seed is {}", seeds.first);
    }
}

/// Without these the readings could agree because nothing is ever read.
fn everything() -> impl Iterator<Item = String> {
    const FAULTS: [&str; 14] = [
        "truncated",
        "trailing-octets",
        "payload-length",
        "notify-length",
        "unknown-critical-payload",
        "unsupported-version",
        "wrong-exchange",
        "wrong-flags",
        "wrong-message-id",
        "zero-initiator-spi",
        "repeated-nonce",
        "encrypted-payload",
        "nonce-length",
        "missing-payload",
    ];
    const READ: [&str; 7] = ["v4", "v6", "name", "no redirect", "unbelieved", "twice", "accepts"];
    let requests = FAULTS.map(|fault| format!("request: {fault}"));
    let responses = FAULTS[..12].iter().map(|fault| format!("response: {fault}"));
    let contents = ["truncated", "trailing-octets", "payload-length", "notify-length"];
    let read = ["request", "response", "contents"].into_iter().flat_map(|whose| {
        // A request redirects nobody by name, and accepts nothing; nor do contents.
        let possible = READ.iter().filter(move |what| match whose {
            "request" => !["name", "accepts"].contains(what),
            "contents" => **what != "accepts",
            _ => true,
        });
        possible.map(move |what| format!("{whose}: {what}"))
    });
    let rest = [
        "request: resumption",
        "request: cookie",
        "response: resumption",
        "contents: fatal",
        "contents: deletes",
        "contents: encrypted",
        "unsupported: version",
        "unsupported: payload",
        "unsupported: nothing",
    ];
    requests
        .into_iter()
        .chain(responses)
        .chain(contents.into_iter().map(|fault| format!("contents: {fault}")))
        .chain(read)
        .chain(rest.into_iter().map(str::to_owned))
}

#[test]
fn both_readings_of_captured_messages_agree_whatever_octet_is_changed() {
    let mut seen = BTreeSet::new();
    for octets in captures() {
        compare::all(&octets, &mut seen).unwrap_or_else(|fault| panic!("{fault}"));
        for at in 0..octets.len() {
            for mask in [0x01, 0x08, 0x20, 0x80] {
                let mut changed = octets.clone();
                changed[at] ^= mask;
                compare::all(&changed, &mut seen).unwrap_or_else(|fault| {
                    panic!("{fault}\nwith {mask:#04x} at {at} of {}", hex(&octets))
                });
            }
        }
    }
}

/// One message of each kind that was captured.
fn captures() -> Vec<Vec<u8>> {
    let field = vectors::names(vectors::FIELD)
        .filter(|name| vectors::column(vectors::FIELD, name, 1).starts_with("init"))
        .map(|name| vectors::octets_in(vectors::FIELD, name, 2).unwrap());
    let requests = [vectors::octets(vectors::STRONGSWAN, "followed")];
    let answers = ["V10", "V11"].map(|name| vectors::octets(vectors::CONSTRUCTED, name));
    field.chain(requests).chain(answers).collect()
}
