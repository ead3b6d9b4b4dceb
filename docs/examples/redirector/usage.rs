//! What `--help` shows.

pub(crate) const USAGE: &str = "\
Answers IKEv2 clients with a redirect (RFC 5685) to one of your gateways, and
keeps no state. The same client always gets the same gateway.

Usage: redirector --listen ADDR:PORT --to TARGET [OPTION...]
       redirector --check FILE [OPTION...]

Where clients come in
  --listen ADDR:PORT       Answer here; repeatable. Port 4500 is taken as NAT-T
                           (four zero octets before each message); write
                           nat-t:ADDR:PORT for NAT-T on another port. Port 0
                           lets the system choose one.
  --anycast ADDR           ADDR is an anycast address of the fleet, so nobody is
                           redirected to it; repeatable.
  --threads N              Threads for each --listen (default 1).

Where clients are sent
  --to TARGET[=WEIGHT]     An IPv4 or IPv6 address or a domain name, and its
                           share of the clients (0 to 65535, default 1; 0: no
                           new clients); repeatable.
  --targets FILE           More targets, one TARGET[=WEIGHT] a line, # starts a
                           comment, the last line is \"end\". Edit the file to
                           change them at run time.
  --last-good FILE         Keep a copy of the list in use, and start with it if
                           the target file has a fault.
  --check FILE             Say what a target file would do, and exit.
  --unsupported HOW        What a client gets that cannot be redirected:
                           notify  NO_PROPOSAL_CHOSEN, so that it can give up
                                   at once (default)
                           drop    nothing, so that it goes on trying
  --resumption             Redirect clients that resume a session, too (RFC
                           5723).
  --allow-loopback         Take 127.0.0.0/8 and ::1 as targets, for tests.
  --allow-link-local       Take 169.254.0.0/16 and fe80::/10 as targets.

Least loaded
  --loads DIRECTORY        Give targets clients by their load: a file for each,
                           named like the target, with a number from 0 to 100.
  --silent SECONDS         A target that has not told its load for so long gets
                           no new clients (default 30).
  --full PERCENT           A target with this load gets no new clients
                           (default 100).
  --ramp SECONDS           Bring a target that comes back up to its whole weight
                           in this time (default 0).

Watching it
  --metrics FILE           Write counters every second, for Prometheus.
  --report SECONDS         Print counters so often if they have changed, 0 for
                           never (default 60).
  --help, --version        Show this text, or the version.

A signal ends it. It does not read standard input.

Example: redirector --listen 192.0.2.1:500 --listen 192.0.2.1:4500 \\
             --to 192.0.2.11=2 --to 192.0.2.12 --to gw3.example.com
Manual:  docs/redirector.md
";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_usage_text_fits_a_terminal_and_names_every_option() {
        assert!(USAGE.lines().all(|line| line.len() <= 80));
        for option in [
            "--listen",
            "--anycast",
            "--threads",
            "--to",
            "--targets",
            "--last-good",
            "--check",
            "--unsupported",
            "--resumption",
            "--allow-loopback",
            "--allow-link-local",
            "--loads",
            "--silent",
            "--full",
            "--ramp",
            "--metrics",
            "--report",
            "--help",
            "--version",
        ] {
            assert!(USAGE.contains(&format!("  {option}")) || option == "--version", "{option}");
        }
    }
}
