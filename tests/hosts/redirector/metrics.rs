//! The file of metrics.

use super::running::{Running, Scratch, ask, client_at, supporting, with_file};
use crate::compose::Message;

#[test]
fn f32_what_happened_is_told_by_address_reason_and_target() {
    let running = Running::start(
        "--listen 127.0.0.1:0 --listen nat-t:127.0.0.2:0 --to 192.0.2.11 --to 192.0.2.12=0 \
         --threads 2",
    );
    let client = client_at("127.0.0.3");
    for _ in 0..3 {
        ask(&client, running.doors[0], &supporting());
    }
    ask(&client, running.doors[1], &[&[0; 4][..], &supporting()].concat());
    ask(&client, running.doors[1], &[&[0; 4][..], &Message::request().octets()].concat());
    for rubbish in [&[][..], &[0xff; 1400], &supporting()[..60]] {
        client.send_to(rubbish, running.doors[0]).unwrap();
    }
    client.send_to(&[0xff], running.doors[1]).unwrap();

    let metrics = running.metrics_after(9);
    let [first, second] = [running.doors[0].to_string(), running.doors[1].to_string()];
    let at = |name: &str, listen: &str| metrics.sum_where(name, &[("listen", listen)]);
    assert_eq!(at("datagrams_received_total", &first), 6.0);
    assert_eq!(at("datagrams_received_total", &second), 3.0);
    assert_eq!(at("redirects_total", &first), 3.0);
    assert_eq!(at("redirects_total", &second), 1.0);
    assert_eq!(at("not_ike_total", &second), 1.0);
    assert_eq!(at("notified_total", &second), 1.0);
    let refused = |reason: &str| metrics.sum_where("refused_total", &[("reason", reason)]);
    assert_eq!(refused("truncated"), 2.0);
    assert_eq!(refused("unsupported-version"), 1.0);
    assert_eq!(refused("client-unsupported"), 1.0);
    assert_eq!(metrics.of_target("redirects_total", "192.0.2.11"), 4.0);
    assert_eq!(metrics.of_target("target_weight", "192.0.2.12"), 0.0);
    assert_eq!(metrics.of_target("target_share_ratio", "192.0.2.11"), 1.0);
    assert!(!metrics.has("list_in_sync"), "there is no target file");
}

#[test]
fn f32_a_stale_list_is_told() {
    let (running, scratch, _) = with_file("192.0.2.11\nend\n", "");
    let fresh = running.metrics_when(|it| it.sum("list_in_sync") == 1.0);
    assert_eq!((fresh.sum("list_changes_total"), fresh.sum("list_rejections_total")), (0.0, 0.0));
    scratch.write("targets", "192.0.2.12\n");
    let stale = running.metrics_when(|it| it.sum("list_rejections_total") == 1.0);
    assert_eq!(
        (stale.sum("list_in_sync"), stale.of_target("target_weight", "192.0.2.11")),
        (0.0, 1.0)
    );
    scratch.write("targets", "192.0.2.12\nend\n");
    let changed = running.metrics_when(|it| it.sum("list_changes_total") == 1.0);
    assert_eq!(changed.sum("list_in_sync"), 1.0);
    assert!(
        changed.sum("list_adopted_timestamp_seconds") > fresh.sum("list_adopted_timestamp_seconds")
    );
    let later = changed.sum("list_checked_timestamp_seconds");
    running.metrics_when(|it| it.sum("list_checked_timestamp_seconds") > later);

    // Another file with the same list is in use, and no change.
    scratch.write("targets", "192.0.2.12 # as before\nend\n");
    let written = changed.sum("list_modified_timestamp_seconds");
    let same = running.metrics_when(|it| {
        it.sum("list_modified_timestamp_seconds") > written && it.sum("list_in_sync") == 1.0
    });
    assert_eq!(same.sum("list_changes_total"), 1.0);
}

#[test]
fn f32_moments_are_seconds_of_unix_time() {
    let unix = || std::time::UNIX_EPOCH.elapsed().unwrap().as_secs_f64();
    let scratch = Scratch::new();
    let file = scratch.write("targets", "192.0.2.11\nend\n");
    let before = unix() - 1.0; // the clock of the file system may be behind
    let running = Running::start(&format!("--listen 127.0.0.1:0 --targets {file}"));
    let metrics = running.metrics_when(|it| it.sum("list_modified_timestamp_seconds") > 0.0);
    let moments = metrics.names().iter().filter(|name| name.ends_with("_seconds"));
    for name in moments {
        let moment = metrics.sum(name.trim_start_matches("ikev2_redirector_"));
        assert!((before..=unix()).contains(&moment), "{name} {moment}");
    }
}

#[test]
fn f32_a_target_that_leaves_the_list_keeps_its_count() {
    let (running, scratch, _) = with_file("192.0.2.11\nend\n", "");
    running.target_of("127.0.0.1");
    scratch.write("targets", "192.0.2.12\nend\n");
    running.wait_for("targets changed");
    running.target_of("127.0.0.1");
    let metrics = running.metrics_after(2);
    assert_eq!(metrics.of_target("redirects_total", "192.0.2.11"), 1.0);
    assert_eq!(metrics.of_target("redirects_total", "192.0.2.12"), 1.0);
    scratch.write("targets", "192.0.2.11\nend\n");
    running.wait_for("targets changed");
    running.target_of("127.0.0.1");
    let metrics = running.metrics_after(3);
    assert_eq!(metrics.of_target("redirects_total", "192.0.2.11"), 2.0);
}

#[test]
fn metrics_that_cannot_be_written_are_told_and_stop_nobody() {
    let running = Running::start("--listen 127.0.0.1:0 --to 192.0.2.11 --metrics /nowhere/at/all");
    running.wait_for("metrics not written: /nowhere/at/all: ");
    assert_eq!(running.target_of("127.0.0.1"), "192.0.2.11");
}

#[test]
fn the_manual_names_every_metric_and_no_other() {
    let manual = include_str!("../../../docs/redirector.md");
    let scratch = Scratch::new();
    let file = scratch.write("targets", "192.0.2.11\nend\n");
    std::fs::create_dir(scratch.0.join("loads")).unwrap();
    let loads = scratch.path("loads");
    let line = format!("--listen 127.0.0.1:0 --targets {file} --loads {loads}");
    let running = Running::start(&line);
    let metrics = running.metrics_when(|it| it.sum("list_in_sync") == 1.0);
    let told: Vec<_> =
        metrics.names().iter().map(|name| name.trim_start_matches("ikev2_redirector_")).collect();
    for name in &told {
        assert!(manual.contains(&format!("`{name}`")), "the manual does not name {name}");
    }
    for name in manual.split('`').filter(|it| it.ends_with("_total") || it.ends_with("_seconds")) {
        assert!(told.contains(&name), "there is no metric {name}");
    }
}
