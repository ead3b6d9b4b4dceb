//! The tour.

use std::fs;
use std::path::{Path, PathBuf};

use ikev2_redirect::wire::{ExchangeType, Header};

use super::tour;
use super::tour::chart::{Chart, Column};
use super::tour::options::{self, Command};
use super::tour::paint::Paint;
use super::tour::scenes::{SCENES, Scene};

#[test]
fn every_scene_ends_as_it_should() {
    let (ended_well, text) = play(SCENES, "every_scene");
    assert!(ended_well, "{text}");
}

#[test]
fn a_scene_that_ends_otherwise_is_a_failure() {
    let failing = [Scene {
        title: "A fault",
        story: "",
        play: |_| Err("the client is not connected".into()),
    }];
    let (ended_well, text) = play(&failing, "failing_scene");
    assert!(!ended_well);
    assert!(text.contains("✗ the client is not connected"), "{text}");
}

#[test]
fn the_chart_fits_into_a_hundred_columns() {
    let (_, text) = play(SCENES, "columns");
    // The closing words name files, whose names may be long.
    let (chart, _) = text.rsplit_once("scenes ended").expect("the closing words");
    let widest = chart.lines().max_by_key(|line| line.chars().count()).unwrap_or_default();
    assert!(widest.chars().count() <= 100, "{widest}");
}

#[test]
fn punctuation_stays_behind_an_address_that_becomes_a_name() {
    let column = |name, address: &str| Column { name, address: address.parse().unwrap() };
    let columns = vec![column("gw-a", "127.0.0.2"), column("gw-b", "2001:db8::3")];
    let chart = Chart::new(columns, Paint::for_terminal(false));
    for (text, shown) in [
        ("AAA wants it at 127.0.0.2: waits", "AAA wants it at gw-a: waits"),
        ("from 127.0.0.2 to 2001:db8::3.", "from gw-a to gw-b."),
        ("127.0.0.2; 127.0.0.21:500...", "gw-a; 127.0.0.21:500..."),
    ] {
        assert_eq!(chart.with_names(text), shown);
    }
}

#[test]
fn without_a_terminal_there_are_no_colours() {
    let (_, text) = play(SCENES, "colours");
    assert!(!text.contains('\x1b'));
}

#[test]
fn the_capture_file_holds_every_message_whole() {
    let file = play_into(SCENES, "capture").2;
    let packets = packets(&fs::read(file).expect("the file was written"));
    assert!(packets.len() > 100, "{} packets", packets.len());
    for packet in &packets {
        assert_eq!(packet[20..24], [1, 0xf4, 1, 0xf4], "port 500 on both ends");
        assert!(Header::parse(&packet[28..]).is_ok());
    }
}

#[test]
fn the_capture_file_shows_all_three_phases() {
    let file = play_into(SCENES, "phases").2;
    let packets = packets(&fs::read(file).expect("the file was written"));
    for exchange in [ExchangeType::IKE_SA_INIT, ExchangeType::IKE_AUTH, ExchangeType::INFORMATIONAL]
    {
        let shown = packets
            .iter()
            .any(|packet| Header::parse(&packet[28..]).is_ok_and(|(h, _)| h.exchange == exchange));
        assert!(shown, "{exchange:?}");
    }
}

#[test]
fn ip_headers_in_the_capture_file_have_their_checksum() {
    let file = play_into(&SCENES[..1], "checksums").2;
    for packet in packets(&fs::read(file).expect("the file was written")) {
        let words = packet[..20].chunks(2).map(|word| u32::from(word[0]) << 8 | u32::from(word[1]));
        let sum: u32 = words.sum();
        assert_eq!((sum & 0xffff) + (sum >> 16), 0xffff);
    }
}

#[test]
fn wireshark_is_told_of_every_ike_sa() {
    let file = play_into(&SCENES[..1], "keys").2;
    let table = file.with_extension("wireshark").join("ikev2_decryption_table");
    let table = fs::read_to_string(table).expect("the table was written");
    assert_eq!(table.lines().count(), 1, "{table}");
    assert!(table.ends_with(",,,\"NULL [RFC2410]\",,,\"NONE [RFC4306]\"\n"), "{table}");
}

#[test]
fn the_command_line_names_the_capture_file() {
    let parse = |arguments: &[&str]| {
        options::parse(&arguments.iter().map(|argument| argument.to_string()).collect::<Vec<_>>())
    };
    assert_eq!(parse(&["--pcap", "x"]), Ok(Command::Show { pcap: "x".into() }));
    assert_eq!(parse(&[]), Ok(Command::Show { pcap: "target/tour.pcap".into() }));
    assert_eq!(parse(&["--pcap"]), Err("--pcap needs a file".into()));
    assert_eq!(parse(&["--pacp", "x"]), Err("unknown argument: --pacp".into()));
}

fn play(scenes: &[Scene], name: &str) -> (bool, String) {
    let (ended_well, text, _) = play_into(scenes, name);
    (ended_well, text)
}

/// Plays the scenes; whether they ended well, what was shown, and the capture file.
fn play_into(scenes: &[Scene], name: &str) -> (bool, String, PathBuf) {
    let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("tour-{name}.pcap"));
    let mut shown = Vec::new();
    let ended_well =
        tour::show(scenes, &mut shown, Paint::for_terminal(false), &file).expect("it can write");
    (ended_well, String::from_utf8(shown).expect("text"), file)
}

/// The IP packets of a capture file.
fn packets(capture: &[u8]) -> Vec<Vec<u8>> {
    let (head, mut rest) = capture.split_at(24);
    assert_eq!(head[20..24], 101u32.to_le_bytes(), "raw IP");
    let mut packets = Vec::new();
    while let Some((record, behind)) = rest.split_at_checked(16) {
        let length = u32::from_le_bytes(record[8..12].try_into().expect("four octets")) as usize;
        let (packet, behind) = behind.split_at(length);
        assert_eq!(usize::from(u16::from_be_bytes([packet[2], packet[3]])), length);
        packets.push(packet.to_vec());
        rest = behind;
    }
    packets
}

#[test]
fn the_readme_shows_a_scene_of_the_tour() {
    let (_, text) = play(SCENES, "readme");
    let readme = include_str!("../../../README.md");
    let (_, shown) = readme.split_once("```text\n").expect("the README has a chart");
    let (shown, _) = shown.split_once("\n```").expect("that ends");
    assert!(without_nonces(&text).contains(&without_nonces(shown)), "{shown}");
}

/// Tests that run at the same time draw from the same nonces.
fn without_nonces(text: &str) -> String {
    let mut parts = text.split("Ni=");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |all, part| all + "Ni=...." + &part[4..])
}
