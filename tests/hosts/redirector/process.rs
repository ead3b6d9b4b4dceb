//! The redirector as an operator starts it: exit codes, and how it ends.

use std::fs;
use std::net::UdpSocket;
use std::process::Command;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;

use super::running::{Running, Scratch, program, run, supporting, target_of, with_file};

#[test]
fn help_goes_to_standard_output_and_succeeds() {
    let output = run("--help");
    assert_eq!(output.status.code(), Some(0));
    assert!(String::from_utf8(output.stdout).unwrap().contains("Usage: redirector "));
    assert!(output.stderr.is_empty());
}

#[test]
fn a_wrong_command_line_fails_with_2_and_a_hint() {
    let output = run("--listen 0.0.0.0:500 --to 192.0.2.11");
    assert_eq!(output.status.code(), Some(2));
    assert!(output.stdout.is_empty());
    let fault = String::from_utf8(output.stderr).unwrap();
    assert!(fault.starts_with("redirector: --listen 0.0.0.0:500: ") && fault.contains("--help"));
}

#[cfg(unix)]
#[test]
fn an_argument_that_is_no_text_is_a_wrong_command_line() {
    use std::os::unix::ffi::OsStrExt;

    let path = std::ffi::OsStr::from_bytes(b"/etc/targets\xff");
    let output = Command::new(program()).arg("--targets").arg(path).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    let fault = String::from_utf8(output.stderr).unwrap();
    assert!(fault.starts_with("redirector: \"/etc/targets\\xFF\" is not UTF-8"), "{fault}");
}

/// Why it cannot start.
fn fault_of(command_line: &str) -> String {
    let output = run(command_line);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let fault = String::from_utf8(output.stderr).unwrap();
    fault.strip_prefix("redirector: ").unwrap().trim_end().to_owned()
}

#[test]
fn an_address_that_is_not_there_or_taken_is_named() {
    // 192.0.2.0/24 is for documentation: no machine has an address of it.
    let fault = fault_of("--listen 192.0.2.1:0 --to 192.0.2.11");
    assert!(fault.starts_with("cannot listen on 192.0.2.1:0: "), "{fault}");
    let taken = UdpSocket::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap();
    let fault = fault_of(&format!("--listen {address} --to 192.0.2.11"));
    assert!(fault.starts_with(&format!("cannot listen on {address}: ")), "{fault}");
}

#[cfg(target_os = "linux")]
#[test]
fn the_broadcast_address_of_a_network_is_not_listened_on() {
    let fault = fault_of("--listen 127.255.255.255:0 --to 192.0.2.11");
    assert!(fault.contains("127.255.255.255:0: it is a multicast or broadcast"), "{fault}");
}

#[test]
fn a_target_that_nobody_can_be_sent_to_stops_the_start() {
    for (line, says) in [
        ("--to 224.0.0.1", "--to: 224.0.0.1 is a multicast address"),
        ("--to 127.0.0.1", "--to: 127.0.0.1 is a loopback address; --allow-loopback takes it"),
        ("--to 192.0.2.1 --anycast 192.0.2.1", "--to: 192.0.2.1 is an anycast address"),
        ("--to 192.0.2.1 --anycast ::ffff:192.0.2.1", "--to: 192.0.2.1 is an anycast address"),
        ("--to 192.0.2.1 --to 192.0.2.1=2", "--to: 192.0.2.1 is given twice"),
        ("--to 192.0.2.1=0", "every target has weight 0"),
    ] {
        assert_eq!(fault_of(&format!("--listen 127.0.0.1:0 {line}")), says);
    }
}

#[test]
fn f30_the_end_of_input_means_nothing() {
    // Started with an input that has ended already.
    let mut running = Running::start("--listen 127.0.0.1:0 --to 192.0.2.11");
    for _ in 0..2 {
        running.target_of("127.0.0.1");
        running.metrics_when(|it| it.sum("redirects_total") > 0.0);
    }
    assert_eq!(running.process.try_wait().unwrap(), None);
}

#[cfg(unix)]
#[test]
fn f30_a_signal_ends_the_one_process() {
    use std::os::unix::process::ExitStatusExt;

    // Not SIGINT, which shells ignore on behalf of what they run in the background.
    for (name, number) in [("TERM", 15), ("HUP", 1), ("KILL", 9)] {
        let mut running = Running::start("--listen 127.0.0.1:0 --to 192.0.2.11");
        let children = format!("/proc/{0}/task/{0}/children", running.process.id());
        if let Ok(children) = fs::read_to_string(children) {
            assert_eq!(children, "", "it has started another process");
        }
        let status = running.signal(name);
        assert_eq!((status.code(), status.signal()), (None, Some(number)));
        assert!(UdpSocket::bind(running.doors[0]).is_ok(), "somebody still has the address");
    }
}

/// Clients that ask on and on; counts what they get.
fn keep_asking(door: std::net::SocketAddr, stop: &AtomicBool, answers: &AtomicU64) {
    let client = UdpSocket::bind("127.0.0.9:0").unwrap();
    client.set_read_timeout(Some(std::time::Duration::from_millis(20))).unwrap();
    let request = supporting();
    let mut answer = [0; 1024];
    while !stop.load(Ordering::Relaxed) {
        let _ = client.send_to(&request, door);
        if let Ok((length, from)) = client.recv_from(&mut answer) {
            assert_eq!((from, target_of(&answer[..length])), (door, "192.0.2.11".to_owned()));
            answers.fetch_add(1, Ordering::Relaxed);
        }
    }
}

#[cfg(unix)]
#[test]
fn f30_a_restart_under_load_takes_the_port_at_once() {
    let mut running = Running::start("--listen 127.0.0.1:0 --to 192.0.2.11 --threads 2");
    let door = running.doors[0];
    let (stop, answers) = (AtomicBool::new(false), AtomicU64::new(0));
    thread::scope(|scope| {
        scope.spawn(|| keep_asking(door, &stop, &answers));
        for _ in 0..5 {
            let before = answers.load(Ordering::Relaxed);
            running.metrics_when(|_| answers.load(Ordering::Relaxed) > before);
            running.signal("TERM");
            // Fails if the port is not free yet: nobody tries twice.
            running = Running::start(&format!("--listen {door} --to 192.0.2.11 --threads 2"));
        }
        let before = answers.load(Ordering::Relaxed);
        running.metrics_when(|_| answers.load(Ordering::Relaxed) > before);
        stop.store(true, Ordering::Relaxed);
    });
}

#[test]
fn f30_f31_a_file_that_cannot_be_read_or_used_is_named_at_the_start() {
    let scratch = Scratch::new();
    let directory = scratch.0.display();
    let line = |file: &str| format!("--listen 127.0.0.1:0 --targets {file}");
    let fault = fault_of(&line(&directory.to_string()));
    assert_eq!(fault, format!("{directory}: is not a regular file"));
    let cut_off = scratch.write("cut-off", "192.0.2.1\n192.0.2.12\nen");
    let fault = fault_of(&line(&cut_off));
    assert_eq!(
        fault,
        format!("{cut_off}: line 3: \"en\" has no dot: clients need the whole domain name")
    );
    let fault = fault_of(&line(&scratch.path("gone")));
    assert!(fault.contains("gone:"), "{fault}");
}

#[cfg(unix)]
#[test]
fn f30_a_fifo_as_target_file_does_no_harm() {
    let scratch = Scratch::new();
    let fifo = scratch.path("fifo");
    assert!(Command::new("mkfifo").arg(&fifo).status().unwrap().success());
    let fault = fault_of(&format!("--listen 127.0.0.1:0 --targets {fifo}"));
    assert_eq!(fault, format!("{fifo}: is not a regular file"));

    let file = scratch.write("targets", "192.0.2.11\nend\n");
    let running = Running::start(&format!("--listen 127.0.0.1:0 --targets {file}"));
    fs::rename(&fifo, &file).unwrap();
    assert_eq!(
        running.wait_for("targets"),
        format!("targets not changed: {file}: is not a regular file")
    );
    assert_eq!(running.target_of("127.0.0.1"), "192.0.2.11");
    fs::remove_file(&file).unwrap();
    scratch.write("targets", "192.0.2.12\nend\n");
    running.wait_for("targets changed");
    assert_eq!(running.target_of("127.0.0.1"), "192.0.2.12");
}

#[test]
fn f31_a_file_is_checked_before_it_is_used() {
    let scratch = Scratch::new();
    let good = scratch.write("good", "192.0.2.11=3\ngw2.example.com\n192.0.2.13=0\nend\n");
    let output = run(&format!("--check {good}"));
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(
        String::from_utf8(output.stdout).unwrap(),
        "target 192.0.2.11=3 75.0 % of the clients\n\
         target gw2.example.com=1 25.0 % of the clients\n\
         target 192.0.2.13=0 no new clients\n"
    );
    // By the same rules as in use.
    let fault = fault_of(&format!("--check {good} --anycast 192.0.2.11"));
    assert_eq!(fault, format!("{good}: line 1: 192.0.2.11 is an anycast address"));
    let fault = fault_of(&format!("--check {good} --to gw2.example.com"));
    assert_eq!(fault, format!("{good}: line 2: gw2.example.com is given twice"));
}

#[test]
fn f31_a_broken_file_at_the_start_falls_back_to_the_last_good_copy() {
    let scratch = Scratch::new();
    let file = scratch.write("targets", "192.0.2.11\nend\n");
    let copy = scratch.path("copy");
    let line = format!("--listen 127.0.0.1:0 --targets {file} --last-good {copy}");
    let running = Running::start(&line);
    assert_eq!(fs::read_to_string(&copy).unwrap(), "192.0.2.11\nend\n");
    scratch.write("targets", "192.0.2.12\nend\n");
    running.wait_for("targets changed");
    scratch.write("targets", "192.0.2.1");
    running.wait_for("targets not changed");
    drop(running);

    let running = Running::start(&line);
    assert_eq!(running.target_of("127.0.0.1"), "192.0.2.12");
    // The file has been looked at once more.
    let metrics = running.metrics_when(|it| it.sum("list_modified_timestamp_seconds") > 0.0);
    assert_eq!((metrics.sum("list_in_sync"), metrics.sum("list_rejections_total")), (0.0, 1.0));
    scratch.write("targets", "192.0.2.13\nend\n");
    running.wait_for("targets changed");
    assert_eq!(running.target_of("127.0.0.1"), "192.0.2.13");
    drop(running);

    fs::remove_file(&copy).unwrap();
    fs::remove_file(&file).unwrap();
    let fault = fault_of(&line);
    assert!(fault.contains("nor is there a last good copy"), "{fault}");
}

#[test]
fn f30_an_output_that_is_closed_stops_nobody() {
    let (mut running, scratch, _) = with_file("192.0.2.11\nend\n", "");
    running.close_output();
    // The reader takes the line that it waits for, and only then closes its end.
    for change in 1..=4 {
        scratch.write("targets", &format!("192.0.2.{}\nend\n", 11 + change));
        running.metrics_when(|it| it.sum("list_changes_total") == f64::from(change));
    }
    running.metrics_when(|it| it.sum("log_lines_dropped_total") > 0.0);
    assert_eq!(running.target_of("127.0.0.1"), "192.0.2.15");
}
