# Redirects in IKE_AUTH.

ROWS[auth]="auth_psk auth_eap_last auth_eap_first auth_two_rounds auth_two_keys auth_intermediate
    auth_wrong_psk chain"
TITLE[auth_psk]="AUTH, the only response (PSK)"
TITLE[auth_eap_last]="AUTH, last response of EAP"
TITLE[auth_eap_first]="AUTH, first response of EAP"
TITLE[auth_two_rounds]="AUTH, last response of two rounds (RFC 4739)"
TITLE[auth_two_keys]="AUTH, the same; that response lacks AUTH"
TITLE[auth_intermediate]="AUTH, REDIRECT in an intermediate response: ignored"
TITLE[auth_wrong_psk]="AUTH with REDIRECT, wrong PSK"
TITLE[chain]="Chain over two phases"

row_auth_psk() { auth_case auth-last; }

row_auth_eap_last() {
    AUTH=eap
    auth_case auth-last
}

row_auth_eap_first() {
    AUTH=eap
    start_auth_case eap-first
    if [ "$CLIENT" = strongswan ] && wait_for 5 client.log 'INFORMATIONAL request .*AUTH_FAILED' &&
        seen client.log 'IKE_AUTH response 1 .*N\(REDIR\)'; then
        cannot "charon misses EAP beside the REDIRECT and gives up"
    fi
    check_auth_case
}

row_auth_two_rounds() {
    AUTH=psk+eap
    auth_case auth-last
}

# With a key in each round the gateway proves itself in the first response, not in the last one.
row_auth_two_keys() {
    AUTH=psk+psk
    auth_case auth-last
    expect "AUTH beside the REDIRECT" on_wire "$IKE_AUTH && $WITH_REDIRECT && !carries(39)"
}

# No gateway may send it there, and no client may act on it.
row_auth_intermediate() {
    [ "$GATEWAY" = ours ] || cannot "it sends no REDIRECT there"
    AUTH=eap OUR_GATEWAY_OPTIONS="--intermediate-redirect --to $(ip4 gw2)"
    mended_strongswan_client
    gateway gw1
    client "$(ip4 gw1)"
    need_support
    expect "no REDIRECT beside EAP" wait_until 5 \
        on_wire "$IKE_AUTH && $WITH_REDIRECT && carries(48)"
    if [ "$CLIENT" != ours ] &&
        wait_until 3 on_wire "$IKE_SA_INIT && $REQUEST && $(to "$(ip4 gw2)")"; then
        cannot "it acts on such a REDIRECT"
    fi
    expect_client_at "$(ip4 gw1)"
    expect_not "the client asked the target" on_wire "$(to "$(ip4 gw2)")"
}

# auth_case STAGE: the client is redirected to the second gateway while it authenticates itself at
# the first one.
auth_case() {
    start_auth_case "$1"
    check_auth_case
}

start_auth_case() {
    mended_strongswan_client
    gateway_redirecting gw1 "$1" "$(ip4 gw2)"
    gateway gw2
    client "$(ip4 gw1)"
    need_support
}

check_auth_case() {
    expect_client_at "$(ip4 gw2)"
    expect "no REDIRECT in IKE_AUTH on the wire" \
        on_wire "$IKE_AUTH && $WITH_REDIRECT && $(from "$(ip4 gw1)")"
    expect_announced "$(ip4 gw2)" "$(ip4 gw1)"
}

# This release's strongSwan client aborts (double free) when it follows a REDIRECT in IKE_AUTH.
mended_strongswan_client() { if [ "$CLIENT" = strongswan ]; then SS_RELEASE=next; fi; }

# A gateway that can't prove who it is can't move a client; a client that can't is not moved.
row_auth_wrong_psk() {
    mended_strongswan_client
    if [ "$GATEWAY" = ours ]; then
        gateway_redirecting gw1 auth-last "$(ip4 gw2)" --wrong-psk
    else
        CLIENT_PSK=not-the-one
        gateway_redirecting gw1 auth-last "$(ip4 gw2)"
    fi
    client "$(ip4 gw1)"
    expect_client_gives_up 15
    expect_not "the client asked the target" on_wire "$(to "$(ip4 gw2)")"
}

# In IKE_SA_INIT to the second gateway; from there to the third in IKE_AUTH.
row_chain() {
    mended_strongswan_client
    front_door gw1 "$(ip4 gw2)"
    gateway_redirecting gw2 auth-last "$(ip4 gw3)"
    gateway gw3
    client "$(ip4 gw1)"
    need_support
    expect_client_at "$(ip4 gw3)"
    expect_announced "$(ip4 gw2)" "$(ip4 gw1)"
    expect_announced "$(ip4 gw3)" "$(ip4 gw2)"
}
