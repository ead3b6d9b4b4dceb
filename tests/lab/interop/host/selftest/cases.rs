//! The cases. Gateways listen on 127.0.0.2, 127.0.0.3, …, the client is 127.0.0.1.

use crate::client::End;

pub(super) struct Case {
    pub(super) name: &'static str,
    /// The options of each gateway.
    pub(super) gateways: &'static [&'static str],
    pub(super) relay: Option<&'static str>,
    pub(super) client: &'static str,
    pub(super) end: End,
    /// What has to be told, in that order.
    pub(super) client_tells: &'static [&'static str],
    pub(super) client_tells_not: &'static [&'static str],
    pub(super) gateways_tell: &'static [&'static [&'static str]],
    pub(super) relay_tells: &'static [&'static str],
}

/// A client that connects, and closes.
const PLAIN: Case = Case {
    name: "",
    gateways: &[],
    relay: None,
    client: "--peer 127.0.0.2",
    end: End::Closed,
    client_tells: &[],
    client_tells_not: &[],
    gateways_tell: &[],
    relay_tells: &[],
};

pub(super) const CASES: &[Case] = &[
    Case {
        name: "psk without redirect",
        gateways: &["--listen 127.0.0.2"],
        client_tells: &[
            "auth-response position=only",
            "established peer=127.0.0.2",
            "deleted by=us",
            "closed",
        ],
        gateways_tell: &[&[
            "init-request supported=yes redirected-from=-",
            "established",
            "deleted by=peer",
        ]],
        ..PLAIN
    },
    Case {
        name: "childless, cookie and another group",
        gateways: &["--listen 127.0.0.2 --cookie --group 19"],
        client: "--peer 127.0.0.2 --childless",
        client_tells: &["init-retry why=cookie", "init-retry why=invalid-ke", "established"],
        gateways_tell: &[&[
            "init-request supported=yes cookie=no",
            "init-request supported=yes cookie=yes",
            "established",
        ]],
        ..PLAIN
    },
    Case {
        name: "eap",
        gateways: &["--listen 127.0.0.2 --eap user:word"],
        client: "--peer 127.0.0.2 --eap user:word",
        client_tells: &[
            "auth-response position=first",
            "auth-response position=intermediate id=2",
            "auth-response position=intermediate id=3",
            "auth-response position=last id=4",
            "established",
        ],
        gateways_tell: &[&["established", "deleted by=peer"]],
        ..PLAIN
    },
    Case {
        name: "eap with the wrong word",
        gateways: &["--listen 127.0.0.2 --eap user:word --redirect-in auth-last --to 127.0.0.3"],
        client: "--peer 127.0.0.2 --eap user:guess",
        end: End::Failed,
        client_tells: &["failed reason=attempt-failed"],
        client_tells_not: &["established", "redirected"],
        gateways_tell: &[&["failed reason=client-auth-failed"]],
        ..PLAIN
    },
    Case {
        name: "two authentications",
        gateways: &["--listen 127.0.0.2 --second-auth user:word"],
        client: "--peer 127.0.0.2 --second-auth user:word",
        client_tells: &[
            "auth-response position=first",
            "auth-response position=intermediate",
            "auth-response position=last",
            "established",
        ],
        gateways_tell: &[&["established", "deleted by=peer"]],
        ..PLAIN
    },
    Case {
        name: "redirect in init to an ipv4 address",
        gateways: &["--listen 127.0.0.2 --redirect-in init --to 127.0.0.3", "--listen 127.0.0.3"],
        client_tells: &[
            "redirected from=127.0.0.2 to=127.0.0.3 phase=init",
            "init-sent to=127.0.0.3 redirected-from=127.0.0.2 supported=yes",
            "established peer=127.0.0.3",
            "closed",
        ],
        gateways_tell: &[
            &["redirect-sent phase=init to=127.0.0.3"],
            &["init-request supported=yes redirected-from=127.0.0.2", "established"],
        ],
        ..PLAIN
    },
    Case {
        name: "redirect in init to an address of a family that the client lacks",
        gateways: &["--listen 127.0.0.2 --redirect-in init --to ::1"],
        end: End::Failed,
        client_tells: &[
            "redirected from=127.0.0.2 to=::1 phase=init",
            "init-sent to=::1",
            "failed reason=attempt-failed",
        ],
        gateways_tell: &[&["redirect-sent phase=init to=::1"]],
        ..PLAIN
    },
    Case {
        name: "redirect in init to a name",
        gateways: &[
            "--listen 127.0.0.2 --redirect-in init --to gw2.example.test",
            "--listen 127.0.0.3 --cookie",
        ],
        client: "--peer 127.0.0.2 --resolve gw2.example.test=127.0.0.3",
        client_tells: &[
            "redirected to=127.0.0.3",
            "init-retry why=cookie",
            "established peer=127.0.0.3",
        ],
        gateways_tell: &[
            &["redirect-sent phase=init to=gw2.example.test"],
            &[
                "init-request supported=yes redirected-from=127.0.0.2 cookie=no",
                "init-request supported=yes redirected-from=127.0.0.2 cookie=yes",
            ],
        ],
        ..PLAIN
    },
    Case {
        name: "a name that does not resolve",
        gateways: &["--listen 127.0.0.2 --redirect-in init --to nowhere.example.test"],
        end: End::Failed,
        client_tells: &["refused reason=unresolvable", "failed reason=attempt-failed"],
        client_tells_not: &["redirected"],
        ..PLAIN
    },
    Case {
        name: "anycast",
        gateways: &[
            "--listen 127.0.0.9 --listen 127.0.0.2 --anycast 127.0.0.9 --redirect-in init --to 127.0.0.2",
        ],
        client: "--peer 127.0.0.9",
        client_tells: &["redirected from=127.0.0.9 to=127.0.0.2", "established peer=127.0.0.2"],
        gateways_tell: &[&[
            "redirect-sent phase=init",
            "ignored reason=self-redirect",
            "established",
        ]],
        ..PLAIN
    },
    Case {
        name: "a client without support",
        gateways: &["--listen 127.0.0.2 --redirect-in init --to 127.0.0.3"],
        client: "--peer 127.0.0.2 --max-redirects 0",
        client_tells: &["init-sent supported=no", "established peer=127.0.0.2"],
        gateways_tell: &[&[
            "init-request supported=no",
            "ignored reason=client-unsupported",
            "established",
        ]],
        ..PLAIN
    },
    Case {
        name: "an active redirect of a client without support",
        gateways: &["--listen 127.0.0.2 --redirect-in active --to 127.0.0.3"],
        client: "--peer 127.0.0.2 --max-redirects 0",
        client_tells: &["established", "closed"],
        gateways_tell: &[&["established", "misuse what=ClientUnsupported", "deleted by=peer"]],
        ..PLAIN
    },
    Case {
        name: "a nonce that is forged first",
        gateways: &["--listen 127.0.0.2 --redirect-in init --to 127.0.0.3 --forge-nonce once"],
        client_tells: &["ignored reason=nonce-mismatch", "established peer=127.0.0.2"],
        client_tells_not: &["redirected"],
        gateways_tell: &[&["redirect-sent nonce=forged", "established"]],
        ..PLAIN
    },
    Case {
        name: "a nonce that is forged always",
        gateways: &["--listen 127.0.0.2 --redirect-in init --to 127.0.0.3 --forge-nonce always"],
        end: End::Failed,
        client_tells: &["ignored reason=nonce-mismatch", "failed reason=attempt-failed"],
        client_tells_not: &["redirected"],
        ..PLAIN
    },
    Case {
        name: "psk redirect in the only response",
        gateways: &[
            "--listen 127.0.0.2 --redirect-in auth-first --to 127.0.0.3",
            "--listen 127.0.0.3",
        ],
        client_tells: &[
            "auth-response position=only",
            "deleted peer=127.0.0.2 by=us",
            "redirected from=127.0.0.2 to=127.0.0.3 phase=auth",
            "established peer=127.0.0.3",
        ],
        gateways_tell: &[
            &["redirect-sent phase=auth", "client-left", "deleted by=peer"],
            &["init-request redirected-from=127.0.0.2", "established"],
        ],
        ..PLAIN
    },
    Case {
        name: "eap redirect in the last response",
        gateways: &[
            "--listen 127.0.0.2 --eap user:word --redirect-in auth-last --to 127.0.0.3",
            "--listen 127.0.0.3 --eap user:word",
        ],
        client: "--peer 127.0.0.2 --eap user:word",
        client_tells: &[
            "auth-response position=last",
            "deleted peer=127.0.0.2 by=us",
            "redirected phase=auth",
            "established peer=127.0.0.3",
        ],
        gateways_tell: &[&["redirect-sent phase=auth", "client-left"]],
        ..PLAIN
    },
    Case {
        name: "eap redirect in the last response, with a key of eap",
        gateways: &[
            "--listen 127.0.0.2 --eap user:word --eap-method mschapv2 --redirect-in auth-last --to 127.0.0.3",
            "--listen 127.0.0.3 --eap user:word --eap-method mschapv2",
        ],
        client: "--peer 127.0.0.2 --eap user:word",
        client_tells: &[
            "auth-response position=last id=5",
            "redirected phase=auth",
            "established peer=127.0.0.3",
        ],
        gateways_tell: &[&["redirect-sent phase=auth", "client-left"]],
        ..PLAIN
    },
    Case {
        name: "a gateway that is proven by eap alone, at last",
        gateways: &[
            "--listen 127.0.0.2 --eap user:word --eap-method mschapv2 --eap-only --redirect-in auth-last --to 127.0.0.3",
            "--listen 127.0.0.3 --eap user:word --eap-method mschapv2 --eap-only",
        ],
        client: "--peer 127.0.0.2 --eap user:word --eap-only",
        client_tells: &[
            "auth-response position=first",
            "auth-response position=last",
            "deleted peer=127.0.0.2 by=us",
            "redirected phase=auth",
            "established peer=127.0.0.3",
        ],
        gateways_tell: &[&["redirect-sent phase=auth", "client-left"]],
        ..PLAIN
    },
    Case {
        name: "eap redirect decided in the middle",
        gateways: &[
            "--listen 127.0.0.2 --eap user:word --redirect-in mid-eap --to 127.0.0.3",
            "--listen 127.0.0.3 --eap user:word",
        ],
        client: "--peer 127.0.0.2 --eap user:word",
        client_tells: &[
            "auth-response position=last",
            "redirected phase=auth",
            "established peer=127.0.0.3",
        ],
        gateways_tell: &[&["redirect-sent phase=auth", "client-left"]],
        ..PLAIN
    },
    Case {
        name: "eap redirect in the first response",
        gateways: &[
            "--listen 127.0.0.2 --eap user:word --redirect-in eap-first-unauthenticated --to 127.0.0.3",
            "--listen 127.0.0.3 --eap user:word",
        ],
        client: "--peer 127.0.0.2 --eap user:word",
        client_tells: &[
            "auth-response position=first",
            "dropped peer=127.0.0.2",
            "redirected phase=auth",
            "established peer=127.0.0.3",
        ],
        client_tells_not: &["deleted peer=127.0.0.2"],
        gateways_tell: &[&["redirect-sent phase=auth", "dropped"]],
        ..PLAIN
    },
    Case {
        name: "eap redirect in an intermediate response",
        gateways: &["--listen 127.0.0.2 --eap user:word --intermediate-redirect --to 127.0.0.3"],
        client: "--peer 127.0.0.2 --eap user:word",
        client_tells: &["ignored reason=intermediate-response", "established peer=127.0.0.2"],
        client_tells_not: &["redirected"],
        gateways_tell: &[&["redirect-sent phase=intermediate", "established"]],
        ..PLAIN
    },
    Case {
        name: "redirect after the first of two authentications",
        gateways: &[
            "--listen 127.0.0.2 --second-auth user:word --redirect-in auth-first --to 127.0.0.3",
            "--listen 127.0.0.3 --second-auth user:word",
        ],
        client: "--peer 127.0.0.2 --second-auth user:word",
        client_tells: &[
            "auth-response position=first",
            "dropped peer=127.0.0.2",
            "redirected phase=auth",
            "established peer=127.0.0.3",
        ],
        gateways_tell: &[&["redirect-sent phase=auth", "dropped"]],
        ..PLAIN
    },
    Case {
        name: "redirect after the last of two authentications",
        gateways: &[
            "--listen 127.0.0.2 --second-auth user:word --redirect-in auth-last --to 127.0.0.3",
            "--listen 127.0.0.3 --second-auth user:word",
        ],
        client: "--peer 127.0.0.2 --second-auth user:word",
        client_tells: &[
            "auth-response position=last",
            "deleted peer=127.0.0.2 by=us",
            "redirected phase=auth",
            "established peer=127.0.0.3",
        ],
        gateways_tell: &[&["redirect-sent phase=auth", "client-left"]],
        ..PLAIN
    },
    Case {
        name: "redirect after the second of two authentications by key",
        gateways: &[
            "--listen 127.0.0.2 --second-psk user --redirect-in auth-last --to 127.0.0.3",
            "--listen 127.0.0.3 --second-psk user",
        ],
        client: "--peer 127.0.0.2 --second-psk user",
        client_tells: &[
            "auth-response position=first id=1",
            "auth-response position=last id=2",
            "deleted peer=127.0.0.2 by=us",
            "redirected phase=auth",
            "established peer=127.0.0.3",
        ],
        gateways_tell: &[&["redirect-sent phase=auth", "client-left"]],
        ..PLAIN
    },
    Case {
        name: "redirect after the second authentication of the gateway",
        gateways: &[
            "--listen 127.0.0.2 --own-second gw2.example.test --redirect-in auth-last --to 127.0.0.3",
            "--listen 127.0.0.3 --own-second gw2.example.test",
        ],
        client_tells: &[
            "auth-response position=first id=1",
            "auth-response position=last id=2",
            "deleted peer=127.0.0.2 by=us",
            "redirected phase=auth",
            "established peer=127.0.0.3",
        ],
        gateways_tell: &[&["redirect-sent phase=auth", "client-left"]],
        ..PLAIN
    },
    Case {
        name: "two authentications of both",
        gateways: &["--listen 127.0.0.2 --own-second gw2.example.test --second-auth user:word"],
        client: "--peer 127.0.0.2 --second-auth user:word",
        client_tells: &["auth-response position=last id=5", "established"],
        gateways_tell: &[&["established", "deleted by=peer"]],
        ..PLAIN
    },
    Case {
        name: "a gateway that redirects without proof",
        gateways: &["--listen 127.0.0.2 --redirect-in auth-first --to 127.0.0.3 --wrong-psk"],
        end: End::Failed,
        client_tells: &["failed reason=gateway-auth-failed"],
        client_tells_not: &["redirected", "established"],
        gateways_tell: &[&["redirect-sent phase=auth"]],
        ..PLAIN
    },
    Case {
        name: "a client without proof",
        gateways: &["--listen 127.0.0.2 --redirect-in auth-first --to 127.0.0.3"],
        client: "--peer 127.0.0.2 --psk guess",
        end: End::Failed,
        client_tells: &["failed reason=gateway-auth-failed"],
        client_tells_not: &["redirected"],
        gateways_tell: &[&["failed reason=client-auth-failed"]],
        ..PLAIN
    },
    Case {
        name: "active redirect, make before break",
        gateways: &[
            "--listen 127.0.0.2 --redirect-in active:50 --to 127.0.0.3",
            "--listen 127.0.0.3",
        ],
        client_tells: &[
            "established peer=127.0.0.2",
            "acknowledged peer=127.0.0.2",
            "redirected from=127.0.0.2 to=127.0.0.3 phase=active",
            "established peer=127.0.0.3",
            "deleted peer=127.0.0.2 by=us",
            "closed",
        ],
        gateways_tell: &[
            &["redirect-sent phase=active", "acknowledged", "client-left", "deleted by=peer"],
            &["init-request redirected-from=127.0.0.2", "established"],
        ],
        ..PLAIN
    },
    Case {
        name: "active redirect after the client has rekeyed",
        gateways: &[
            "--listen 127.0.0.2 --redirect-in active:400 --to 127.0.0.3",
            "--listen 127.0.0.3",
        ],
        client: "--peer 127.0.0.2 --rekey-after 50 --hold 2000",
        client_tells: &[
            "rekeyed by=us",
            "acknowledged peer=127.0.0.2",
            "redirected phase=active",
            "established peer=127.0.0.3",
            "deleted peer=127.0.0.2 by=us",
        ],
        gateways_tell: &[&["rekeyed by=peer", "redirect-sent", "acknowledged", "client-left"]],
        ..PLAIN
    },
    Case {
        name: "active redirect after the gateway has rekeyed",
        gateways: &[
            "--listen 127.0.0.2 --redirect-in active:400 --to 127.0.0.3 --rekey-after 50",
            "--listen 127.0.0.3",
        ],
        client: "--peer 127.0.0.2 --hold 2000",
        client_tells: &[
            "rekeyed by=peer",
            "acknowledged peer=127.0.0.2",
            "redirected phase=active",
            "established peer=127.0.0.3",
            "deleted peer=127.0.0.2 by=us",
        ],
        gateways_tell: &[&["rekeyed by=us", "redirect-sent", "acknowledged", "client-left"]],
        ..PLAIN
    },
    Case {
        name: "active redirect in the middle of a rekey",
        gateways: &[
            "--listen 127.0.0.2 --redirect-in active:50 --to 127.0.0.3 --rekey-after 50",
            "--listen 127.0.0.3",
        ],
        client_tells: &["redirected phase=active", "established peer=127.0.0.3", "closed"],
        gateways_tell: &[&["redirect-sent", "acknowledged", "client-left"]],
        ..PLAIN
    },
    Case {
        name: "everything on the port for nat traversal",
        gateways: &[
            "--listen 127.0.0.2 --redirect-in init --to 127.0.0.3",
            "--listen 127.0.0.3 --redirect-in auth-last --to 127.0.0.4",
            "--listen 127.0.0.4 --redirect-in active:50 --to 127.0.0.5",
            "--listen 127.0.0.5",
        ],
        client: "--peer 127.0.0.2 --start-on-nat-port",
        client_tells: &[
            "redirected phase=init",
            "redirected phase=auth",
            "redirected phase=active",
            "established peer=127.0.0.5",
            "closed",
        ],
        ..PLAIN
    },
    Case {
        name: "active redirect, break before make",
        gateways: &[
            "--listen 127.0.0.2 --redirect-in active:50 --to 127.0.0.3",
            "--listen 127.0.0.3",
        ],
        client: "--peer 127.0.0.2 --break-before-make",
        client_tells: &[
            "acknowledged peer=127.0.0.2",
            "deleted peer=127.0.0.2 by=us",
            "redirected phase=active",
            "established peer=127.0.0.3",
        ],
        gateways_tell: &[&["redirect-sent phase=active", "acknowledged", "client-left"]],
        ..PLAIN
    },
    Case {
        name: "active redirect to a gateway that is not there",
        gateways: &["--listen 127.0.0.2 --redirect-in active:50 --to 127.0.0.3"],
        client: "--peer 127.0.0.2",
        client_tells: &[
            "redirected to=127.0.0.3",
            "move-failed reason=attempt-failed",
            "deleted peer=127.0.0.2 by=us",
            "closed",
        ],
        gateways_tell: &[&["redirect-sent phase=active", "acknowledged", "client-left"]],
        ..PLAIN
    },
    Case {
        name: "active redirect against policy, and the grace time",
        gateways: &["--listen 127.0.0.2 --redirect-in active:50 --to 127.0.0.3 --grace-ms 200"],
        client: "--peer 127.0.0.2 --refuse 127.0.0.3 --hold 2000",
        end: End::Failed,
        client_tells: &[
            "acknowledged",
            "refused reason=policy-refused",
            "deleted peer=127.0.0.2 by=peer",
        ],
        client_tells_not: &["redirected"],
        gateways_tell: &[&["acknowledged", "deleted by=us reason=grace"]],
        ..PLAIN
    },
    Case {
        name: "a lost redirect",
        gateways: &[
            "--listen 127.0.0.3 --redirect-in active:50 --to 127.0.0.4",
            "--listen 127.0.0.4",
        ],
        relay: Some(
            "--listen 127.0.0.2:PORT --listen 127.0.0.2:NATT --to 127.0.0.3 --from 127.0.0.5 --drop gateway:informational:request:2",
        ),
        client: "--peer 127.0.0.2",
        client_tells: &["acknowledged", "established peer=127.0.0.4"],
        gateways_tell: &[&[
            "redirect-sent phase=active",
            "redirect-sent phase=active again=yes",
            "redirect-sent phase=active again=yes",
            "acknowledged",
            "client-left",
        ]],
        relay_tells: &[
            "dropped who=gateway exchange=informational kind=request",
            "passed who=gateway exchange=informational kind=request",
        ],
        ..PLAIN
    },
    Case {
        name: "a lost redirect, repeated by the host",
        gateways: &[
            "--listen 127.0.0.3 --redirect-in active:50 --to 127.0.0.4 --host-retransmits",
            "--listen 127.0.0.4",
        ],
        relay: Some(
            "--listen 127.0.0.2:PORT --listen 127.0.0.2:NATT --to 127.0.0.3 --from 127.0.0.5 --drop gateway:informational:request:1",
        ),
        client: "--peer 127.0.0.2",
        client_tells: &["acknowledged", "established peer=127.0.0.4"],
        gateways_tell: &[&[
            "redirect-sent phase=active",
            "redirect-sent phase=active again=yes",
            "acknowledged",
            "client-left",
        ]],
        ..PLAIN
    },
    Case {
        name: "a redirect that nobody answers",
        gateways: &["--listen 127.0.0.3 --redirect-in active:50 --to 127.0.0.4 --retries 1"],
        relay: Some(
            "--listen 127.0.0.2:PORT --listen 127.0.0.2:NATT --to 127.0.0.3 --from 127.0.0.5 --drop gateway:informational:request:9",
        ),
        client: "--peer 127.0.0.2 --hold 1200",
        client_tells: &["established", "closed"],
        client_tells_not: &["acknowledged"],
        gateways_tell: &[&["redirect-sent phase=active again=yes", "failed reason=no-answer"]],
        ..PLAIN
    },
    Case {
        name: "a redirect that nobody answers, repeated by the host",
        gateways: &[
            "--listen 127.0.0.3 --redirect-in active:50 --to 127.0.0.4 --retries 1 --host-retransmits",
        ],
        relay: Some(
            "--listen 127.0.0.2:PORT --listen 127.0.0.2:NATT --to 127.0.0.3 --from 127.0.0.5 --drop gateway:informational:request:9",
        ),
        client: "--peer 127.0.0.2 --hold 1200",
        client_tells: &["established", "closed"],
        client_tells_not: &["acknowledged"],
        gateways_tell: &[&["redirect-sent phase=active again=yes", "failed reason=no-answer"]],
        ..PLAIN
    },
    Case {
        name: "a client that redirects its gateway",
        gateways: &["--listen 127.0.0.2"],
        client: "--peer 127.0.0.2 --redirect-back 127.0.0.3",
        client_tells: &["established", "closed"],
        gateways_tell: &[&["established", "ignored reason=wrong-direction", "deleted by=peer"]],
        ..PLAIN
    },
    Case {
        name: "a lost acknowledgement",
        gateways: &[
            "--listen 127.0.0.3 --redirect-in active:50 --to 127.0.0.4",
            "--listen 127.0.0.4",
        ],
        relay: Some(
            "--listen 127.0.0.2:PORT --listen 127.0.0.2:NATT --to 127.0.0.3 --from 127.0.0.5 --drop client:informational:response:1",
        ),
        client: "--peer 127.0.0.2 --break-before-make",
        client_tells: &["acknowledged", "established peer=127.0.0.4"],
        gateways_tell: &[&["redirect-sent phase=active", "client-left"]],
        relay_tells: &["dropped who=client exchange=informational kind=response"],
        ..PLAIN
    },
    Case {
        name: "every datagram late and twice",
        gateways: &[
            "--listen 127.0.0.3 --eap user:word --redirect-in active:50 --to 127.0.0.4",
            "--listen 127.0.0.4 --eap user:word",
        ],
        relay: Some(
            "--listen 127.0.0.2:PORT --listen 127.0.0.2:NATT --to 127.0.0.3 --from 127.0.0.5 --duplicate --delay 20",
        ),
        client: "--peer 127.0.0.2 --eap user:word",
        client_tells: &["acknowledged", "established peer=127.0.0.4", "closed"],
        gateways_tell: &[&["redirect-sent phase=active", "acknowledged", "client-left"]],
        ..PLAIN
    },
    Case {
        name: "a forged redirect on the wire",
        gateways: &["--listen 127.0.0.3"],
        relay: Some(
            "--listen 127.0.0.2:PORT --listen 127.0.0.2:NATT --to 127.0.0.3 --from 127.0.0.5 --forge-redirect 127.0.0.8",
        ),
        client_tells: &["ignored reason=nonce-mismatch", "established peer=127.0.0.2"],
        client_tells_not: &["redirected"],
        relay_tells: &["forged"],
        ..PLAIN
    },
    Case {
        name: "a forged redirect of the session",
        gateways: &["--listen 127.0.0.3"],
        relay: Some(
            "--listen 127.0.0.2:PORT --listen 127.0.0.2:NATT --to 127.0.0.3 --from 127.0.0.5 --forge-active 127.0.0.8",
        ),
        client_tells: &["established", "ignored reason=misplaced-redirect", "closed"],
        client_tells_not: &["redirected", "acknowledged"],
        relay_tells: &["forged"],
        ..PLAIN
    },
    Case {
        name: "active redirect and delete in one message",
        gateways: &[
            "--listen 127.0.0.2 --redirect-in active:50 --to 127.0.0.3 --redirect-and-delete",
            "--listen 127.0.0.3",
        ],
        client_tells: &[
            "acknowledged peer=127.0.0.2",
            "deleted peer=127.0.0.2 by=peer",
            "redirected phase=active",
            "established peer=127.0.0.3",
            "deleted peer=127.0.0.3 by=us",
            "closed",
        ],
        client_tells_not: &["deleted peer=127.0.0.2 by=us"],
        gateways_tell: &[&["redirect-sent", "acknowledged", "client-left"]],
        ..PLAIN
    },
    Case {
        name: "active redirect and delete in one message, against policy",
        gateways: &[
            "--listen 127.0.0.2 --redirect-in active:50 --to 127.0.0.3 --redirect-and-delete",
        ],
        client: "--peer 127.0.0.2 --refuse 127.0.0.3",
        end: End::Failed,
        client_tells: &["acknowledged", "refused reason=policy-refused", "failed"],
        gateways_tell: &[&["redirect-sent", "acknowledged", "client-left"]],
        ..PLAIN
    },
    Case {
        name: "a verdict that takes longer than a retransmission",
        gateways: &["--listen 127.0.0.2 --redirect-in init --to 127.0.0.3", "--listen 127.0.0.3"],
        client: "--peer 127.0.0.2 --vet-after 250",
        client_tells: &[
            "ignored reason=vetting-in-progress",
            "redirected",
            "established peer=127.0.0.3",
        ],
        gateways_tell: &[&["redirect-sent", "redirect-sent"]],
        ..PLAIN
    },
    Case {
        name: "a verdict that comes too late",
        gateways: &["--listen 127.0.0.2 --redirect-in active:50 --to 127.0.0.3"],
        client: "--peer 127.0.0.2 --vet-after 500 --vet-timeout-ms 200",
        client_tells: &[
            "acknowledged",
            "refused reason=vet-timeout",
            "deleted peer=127.0.0.2 by=us",
            "closed",
        ],
        client_tells_not: &["redirected", "misuse"],
        gateways_tell: &[&["redirect-sent", "acknowledged", "client-left"]],
        ..PLAIN
    },
    Case {
        name: "a gateway that leaves while its redirect is vetted",
        gateways: &[
            "--listen 127.0.0.2 --redirect-in active:50 --to 127.0.0.3 --grace-ms 100",
            "--listen 127.0.0.3",
        ],
        client: "--peer 127.0.0.2 --vet-after 500",
        client_tells: &[
            "acknowledged",
            "deleted peer=127.0.0.2 by=peer",
            "redirected phase=active",
            "established peer=127.0.0.3",
        ],
        gateways_tell: &[&["acknowledged", "deleted by=us reason=grace"]],
        ..PLAIN
    },
    Case {
        name: "a session that is closed while its redirect is vetted",
        gateways: &["--listen 127.0.0.2 --redirect-in active:50 --to 127.0.0.3"],
        client: "--peer 127.0.0.2 --vet-after 5000 --hold 1500",
        client_tells: &["acknowledged", "deleted peer=127.0.0.2 by=us", "closed"],
        client_tells_not: &["redirected", "misuse"],
        gateways_tell: &[&["acknowledged", "client-left"]],
        ..PLAIN
    },
    Case {
        name: "a chain over three phases",
        gateways: &[
            "--listen 127.0.0.2 --redirect-in init --to 127.0.0.3",
            "--listen 127.0.0.3 --redirect-in auth-last --to 127.0.0.4",
            "--listen 127.0.0.4 --redirect-in active:50 --to 127.0.0.5",
            "--listen 127.0.0.5",
        ],
        client_tells: &[
            "redirected phase=init",
            "redirected phase=auth",
            "init-sent to=127.0.0.4 redirected-from=127.0.0.3",
            "redirected phase=active",
            "established peer=127.0.0.5",
            "deleted peer=127.0.0.4 by=us",
            "closed",
        ],
        ..PLAIN
    },
    Case {
        name: "a loop",
        gateways: &[
            "--listen 127.0.0.2 --redirect-in init --to 127.0.0.3",
            "--listen 127.0.0.3 --redirect-in init --to 127.0.0.2",
        ],
        client: "--peer 127.0.0.2 --max-redirects 3",
        end: End::Failed,
        client_tells: &[
            "redirected to=127.0.0.3",
            "redirected to=127.0.0.2",
            "redirected to=127.0.0.3",
            "refused reason=limit-reached",
            "failed reason=attempt-failed",
        ],
        ..PLAIN
    },
];
