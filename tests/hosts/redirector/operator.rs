//! One day of an operator, over loopback.

use super::running::{Running, Scratch, run};

/// Starts, changes, breaks, mends, drains, watches and restarts, and looks each time where
/// clients go.
#[cfg(unix)]
#[test]
fn a_front_door_is_run_as_its_manual_says() {
    let scratch = Scratch::new();
    let file = scratch.write("targets", "192.0.2.11\n192.0.2.12\nend\n");
    let copy = scratch.path("last-good");
    let start = |door: &str| {
        Running::start(&format!("--listen {door} --targets {file} --last-good {copy}"))
    };
    let mut running = start("127.0.0.1:0");
    let door = running.doors[0].to_string();
    let first = running.targets_of_many();
    assert!(first.iter().any(|it| it == "192.0.2.11") && first.iter().any(|it| it == "192.0.2.12"));

    // Checks before it moves the new list over the old one, which gives 192.0.2.13 clients.
    let new = scratch.write("targets.new", "192.0.2.11\n192.0.2.12\n192.0.2.13\nend\n");
    assert!(run(&format!("--check {new}")).status.success());
    std::fs::rename(&new, &file).unwrap();
    running.wait_for("target added 192.0.2.13=1");
    let second = running.targets_of_many();
    for (old, new) in first.iter().zip(&second) {
        assert!(old == new || new == "192.0.2.13", "{old} -> {new}");
    }

    // Drains one: its clients go elsewhere, and nobody else's do.
    scratch.write("targets", "192.0.2.11=0\n192.0.2.12\n192.0.2.13\nend\n");
    running.wait_for("target changed 192.0.2.11=0, was 1");
    let drained = running.targets_of_many();
    for (old, new) in second.iter().zip(&drained) {
        assert!(new != "192.0.2.11" && (old == new || old == "192.0.2.11"), "{old} -> {new}");
    }

    // Breaks the file, and is not let down by a restart.
    scratch.write("targets", "192.0.2.12\n192.0.2.1");
    running.wait_for("targets not changed");
    let metrics = running.metrics_when(|it| it.sum("list_rejections_total") == 1.0);
    assert_eq!((metrics.sum("list_changes_total"), metrics.sum("list_in_sync")), (2.0, 0.0));
    assert_eq!(metrics.sum("redirects_total"), 192.0);
    running.signal("TERM");
    running = start(&door);
    assert_eq!(running.targets_of_many(), drained);

    // Mends it: everybody is back where they were.
    scratch.write("targets", "192.0.2.11\n192.0.2.12\n192.0.2.13\nend\n");
    running.wait_for("target changed 192.0.2.11=1, was 0");
    assert_eq!(running.targets_of_many(), second);
    let metrics = running.metrics_after(128);
    for target in ["192.0.2.11", "192.0.2.12", "192.0.2.13"] {
        let counted = drained.iter().chain(&second).filter(|it| *it == target).count();
        assert_eq!(metrics.of_target("redirects_total", target), counted as f64);
    }
}
