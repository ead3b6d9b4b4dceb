# Verbs that are the same for whoever plays the client and the gateway of the running column.
# CLIENT and GATEWAY are ours | strongswan | libreswan | openiked; each has a file of its own.
# Settings of a row:
#   AUTH        how the client authenticates itself: psk | eap | psk+eap | psk+psk (two rounds as in
#               RFC 4739)
#   FOLLOW=no   redirects are switched off at the client
#   PORT        where the client starts

CLIENT_ID=client.example.test
GATEWAY_ID=gw.example.test
PSK=redirect-interop-psk
SECOND_ID=user.example.test
EAP_USER=eapuser
EAP_SECRET=eap-secret

# client GATEWAY-ADDRESS: starts the client, which connects.
client() { "${CLIENT}_client" "$@"; }

# gateway HOST: one that serves the client and does not redirect by itself.
gateway() { "${GATEWAY}_gateway" "$@"; }

# gateway_redirecting HOST STAGE TARGET [OPTIONS...]: one that redirects in that stage:
# auth-last | eap-first | active.
gateway_redirecting() { "${GATEWAY}_gateway_redirecting" "$@"; }

# redirect_now HOST TARGET: makes a gateway of the stage `active` redirect its client.
redirect_now() { expect "the redirect of $1 is not sent" "${GATEWAY}_redirect" "$@"; }

# front_door HOST TARGET [OPTIONS...]: redirects every client in IKE_SA_INIT.
front_door() { "${GATEWAY}_front_door" "$@"; }

# end_gateway HOST: a real one behind the front doors: a daemon wherever the column has one.
end_gateway() {
    if [ "$GATEWAY" = ours ]; then "${CLIENT}_gateway" "$1"; else "${GATEWAY}_gateway" "$1"; fi
}

# need_support: the row is about redirects, which its client must know. One that does not announce
# support is told by our front door that it gets nothing here, or is served by our gateway, and is
# redirected by neither.
need_support() {
    [ "$CLIENT" = openiked ] || return 0
    expect "the client asks nobody" wait_until 10 on_wire "$IKE_SA_INIT && $REQUEST && $FROM_CLIENT"
    if on_wire "$IKE_SA_INIT && $REQUEST && $FROM_CLIENT && notified(16406)"; then return; fi
    expect "a client without support is neither told nor served" wait_until 10 told_or_served
    expect_not "a client without support is redirected" on_wire "$WITH_REDIRECT"
    cannot "it announces no support"
}

told_or_served() {
    on_wire "$IKE_SA_INIT && $RESPONSE && notified(14)" ||
        seen client.out 'sa_state: .* -> ESTABLISHED'
}

# need_redirecting_peer: the row is about redirects of the peer's gateway.
need_redirecting_peer() { [ "$GATEWAY" != openiked ] || cannot "it redirects nobody"; }

# expect_client_at IP: the client ends up established with that gateway, and with no other.
expect_client_at() {
    wait_until 20 "${CLIENT}_client_at" "$1" && return
    expect "the client's process ended" alive client
    fail "the client is not established with $1"
}

# expect_client_gives_up [SECONDS]: the client has tried and holds no SA any more.
expect_client_gives_up() {
    expect "the client still holds an SA" wait_until "${1:-10}" "${CLIENT}_client_gave_up"
}

# expect_redirect_sent FROM TO: an IKE_SA_INIT response of FROM carries REDIRECT towards TO.
expect_redirect_sent() {
    expect "no REDIRECT to $2 from $1 on the wire" on_wire \
        "$IKE_SA_INIT && $RESPONSE && $(from "$1") && redirect_to == \"$2\""
}

# expect_announced TO FROM: an IKE_SA_INIT request to TO carries REDIRECTED_FROM FROM.
expect_announced() {
    expect "no REDIRECTED_FROM $2 in a request to $1" on_wire \
        "$IKE_SA_INIT && $REQUEST && $(to "$1") && redirected_from == \"$2\""
}

# expect_gateway_free HOST: the gateway had an SA with the client and has none any more.
expect_gateway_free() {
    expect "$1 still holds its SA" wait_until "${2:-5}" "${GATEWAY}_gateway_free" "$1"
}
