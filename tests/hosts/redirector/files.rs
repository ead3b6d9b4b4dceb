//! The target file and the files of loads, edited while the redirector runs.

use std::collections::BTreeSet;
use std::fs;

use super::running::{Running, Scratch, ask, client_at, program, supporting, target_of, with_file};

#[test]
fn an_edited_target_file_takes_effect_and_only_the_change_is_told() {
    let (running, scratch, _) = with_file("192.0.2.11\n192.0.2.12\n192.0.2.13=2\nend\n", "");
    scratch.write("targets", "192.0.2.13=2\n192.0.2.11=0\n# one more\ngw4.example.com\nend\n");
    let said: Vec<_> = (0..4).map(|_| running.next_line()).collect();
    assert_eq!(
        said,
        [
            "targets changed, now 2, and 1 with weight 0",
            "target removed 192.0.2.12",
            "target changed 192.0.2.11=0, was 1",
            "target added gw4.example.com=1",
        ]
    );
    let targets: BTreeSet<_> = running.targets_of_many().into_iter().collect();
    assert_eq!(Vec::from_iter(targets), ["192.0.2.13", "gw4.example.com"]);
}

#[test]
fn f31_h04_a_new_file_of_the_same_length_or_an_older_time_takes_effect() {
    let (running, scratch, file) = with_file("192.0.2.11\nend\n", "");
    scratch.write("targets", "192.0.2.12\nend\n");
    running.wait_for("targets changed");
    let older = scratch.write("older", "192.0.2.13\nend\n");
    let past = std::time::SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(1_000_000);
    fs::File::options().write(true).open(&older).unwrap().set_modified(past).unwrap();
    fs::rename(&older, &file).unwrap();
    running.wait_for("targets changed");
    assert_eq!(running.target_of("127.0.0.1"), "192.0.2.13");
}

#[test]
fn f31_a_file_that_is_not_whole_changes_nothing() {
    let (running, scratch, file) = with_file("192.0.2.11\nend\n", "");
    scratch.write("targets", "192.0.2.1");
    let fault = format!("targets not changed: {file}: the last line is not \"end\"");
    assert!(running.next_line().starts_with(&fault));
    assert_eq!(running.target_of("127.0.0.1"), "192.0.2.11");
    scratch.write("targets", "192.0.2.12\nend\n");
    assert_eq!(running.next_line(), "targets changed, now 1, and 0 with weight 0");
}

#[test]
fn a_target_file_with_a_fault_changes_nothing_and_is_reported_once() {
    let (running, scratch, file) = with_file("192.0.2.11\nend\n", "");
    for (text, fault) in [
        ("192.0.2.12\n192.0.2.300\nend\n", "line 2: \"192.0.2.300\" is neither"),
        ("# all gone\nend\n", "there is no target"),
        ("192.0.2.11=0\nend\n", "every target has weight 0"),
    ] {
        scratch.write("targets", text);
        let report = running.next_line();
        assert!(report.starts_with(&format!("targets not changed: {file}: {fault}")), "{report}");
        assert_eq!(running.target_of("127.0.0.1"), "192.0.2.11");
    }
    fs::remove_file(&file).unwrap();
    assert!(running.next_line().starts_with("targets not changed: "));
    assert_eq!(running.target_of("127.0.0.1"), "192.0.2.11");
}

#[test]
fn h04_a_reload_keeps_the_targets_and_the_rules_of_the_command_line() {
    let (running, scratch, file) =
        with_file("192.0.2.12\nend\n", "--to 192.0.2.11 --anycast 203.0.113.1");
    scratch.write("targets", "192.0.2.13\nend\n");
    running.wait_for("targets changed");
    let targets: BTreeSet<_> = running.targets_of_many().into_iter().collect();
    assert_eq!(Vec::from_iter(targets), ["192.0.2.11", "192.0.2.13"]);
    for (text, fault) in [
        ("203.0.113.1\nend\n", "line 1: 203.0.113.1 is an anycast address"),
        ("192.0.2.11=5\nend\n", "line 1: 192.0.2.11 is given twice"),
    ] {
        scratch.write("targets", text);
        let report = running.wait_for("targets ");
        assert_eq!(report, format!("targets not changed: {file}: {fault}"));
    }
}

#[test]
fn f30_an_output_that_nobody_reads_delays_neither_answers_nor_changes() {
    let (running, scratch, _) = with_file("192.0.2.11\nend\n", "");
    let fleet = |net: usize| -> String {
        let targets = (0..2_500).map(|i| format!("10.{net}.{}.{}\n", i / 250, i % 250 + 1));
        targets.chain(["end\n".to_owned()]).collect()
    };
    let client = client_at("127.0.0.1");
    // Each change has more lines than a pipe and the queue together hold.
    for net in 1..=3 {
        scratch.write("targets", &fleet(net));
        running.metrics_when(|it| it.sum("list_changes_total") == net as f64);
        let target = target_of(&ask(&client, running.doors[0], &supporting()));
        assert!(target.starts_with(&format!("10.{net}.")), "{target}");
    }
    running.metrics_when(|it| it.sum("log_lines_dropped_total") > 0.0);
    // Who reads again is told what is missing.
    running.wait_for("targets changed");
    loop {
        if running.next_line().ends_with(" lines dropped") {
            break;
        }
        scratch.write("targets", &format!("192.0.2.1{}\nend\n", std::process::id() % 9));
    }
}

/// A redirector that goes by loads, and the directory in which they stand.
fn with_loads(loads: &[(&str, &str)], options: &str) -> (Running, Scratch) {
    program(); // Built before the loads are told: they may not get old meanwhile.
    let scratch = Scratch::new();
    for (name, load) in loads {
        scratch.write(name, load);
    }
    let directory = scratch.0.display();
    let fleet = "--to 192.0.2.11 --to 192.0.2.12";
    let line = format!("--listen 127.0.0.1:0 {fleet} --loads {directory} {options}");
    (Running::start(&line), scratch)
}

#[test]
fn the_least_loaded_target_gets_the_most_clients() {
    let (running, scratch) = with_loads(&[("192.0.2.11", "10\n"), ("192.0.2.12", "70\n")], "");
    let metrics = running.metrics_when(|it| it.has("target_load_ratio"));
    assert_eq!(metrics.of_target("target_load_ratio", "192.0.2.12"), 0.7);
    assert_eq!(metrics.of_target("target_share_ratio", "192.0.2.11"), 0.75);
    let before = running.targets_of_many();
    scratch.write("192.0.2.11", "95\n");
    assert_eq!(
        running.wait_for("target 192.0.2.11 has load 95"),
        "target 192.0.2.11 has load 95: 1/10 of its weight"
    );
    let after = running.targets_of_many();
    let moved = before.iter().zip(&after).filter(|(old, new)| old != new);
    assert!(moved.into_iter().all(|(old, _)| old == "192.0.2.11"), "{before:?} {after:?}");
    assert_ne!(before, after);
}

#[test]
fn a_full_target_and_one_that_says_rubbish_are_told() {
    let (running, scratch) =
        with_loads(&[("192.0.2.11", "10\n"), ("192.0.2.12", "20\n")], "--full 80");
    scratch.write("192.0.2.11", "81\n");
    assert_eq!(
        running.wait_for("target 192.0.2.11 has load 81"),
        "target 192.0.2.11 has load 81: no new clients"
    );
    assert!(running.targets_of_many().iter().all(|target| target == "192.0.2.12"));
    scratch.write("192.0.2.12", "8");
    running
        .wait_for(&format!("load not taken: {}: has no end of line", scratch.path("192.0.2.12")));
}

#[test]
fn a_full_target_gets_nobody_when_the_list_changes() {
    program();
    let loads = Scratch::new();
    for (name, load) in [("192.0.2.11", "0\n"), ("192.0.2.12", "100\n")] {
        loads.write(name, load);
    }
    let options = format!("--loads {} --silent 1000", loads.0.display());
    let (running, scratch, _) = with_file("192.0.2.11\n192.0.2.12\nend\n", &options);
    for more in 1..=4 {
        scratch.write("targets", &format!("192.0.2.11\n192.0.2.12\n192.0.2.9{more}\nend\n"));
        running.wait_for("targets changed");
        let targets = running.targets_of_many();
        assert!(targets.iter().all(|target| target == "192.0.2.11"), "{targets:?}");
    }
}

#[test]
fn a_silent_target_loses_its_clients_and_gets_them_back() {
    let (running, scratch) =
        with_loads(&[("192.0.2.11", "0\n"), ("192.0.2.12", "0\n")], "--silent 5");
    let before = running.targets_of_many();
    // Only one of the two goes on telling its load, for as long as anything is waited for.
    let tell = || {
        scratch.write("alive", "0\n");
        fs::rename(scratch.path("alive"), scratch.path("192.0.2.12")).unwrap();
    };
    let share_is = |share: f64| {
        running.metrics_when(|metrics| {
            tell();
            metrics.of_target("target_share_ratio", "192.0.2.11") == share
        })
    };
    let silent = share_is(0.0);
    assert_eq!(silent.of_target("target_silent", "192.0.2.11"), 1.0);
    for client in 1..=64 {
        tell();
        assert_eq!(running.target_of(&format!("127.0.1.{client}")), "192.0.2.12");
    }
    running.wait_for("target 192.0.2.11 is silent: no new clients");
    scratch.write("192.0.2.11", "0\n");
    share_is(0.5);
    let after = (1..=64).map(|client| {
        tell();
        running.target_of(&format!("127.0.1.{client}"))
    });
    assert_eq!(after.collect::<Vec<_>>(), before);
}
