# Active redirects: an INFORMATIONAL request of a gateway that already serves the client.

ROWS[informational]="active active_lost_request active_lost_ack active_slow active_delete_first
    active_grace active_dead active_off active_rekeyed active_rekeyed_by_us active_wrong_way"
TITLE[active]="Active redirect"
TITLE[active_lost_request]="Active: request lost once"
TITLE[active_lost_ack]="Active: acknowledgement lost once"
TITLE[active_slow]="Active: everything late and twice"
TITLE[active_delete_first]="Active: DELETE before any acknowledgement"
TITLE[active_grace]="Active: grace time over"
TITLE[active_dead]="Active: dead target, SA kept"
TITLE[active_off]="Active: redirects switched off by the client"
TITLE[active_rekeyed]="Active: after an IKE SA rekey by the peer"
TITLE[active_rekeyed_by_us]="Active: after an IKE SA rekey by us"
TITLE[active_wrong_way]="Redirect by the client: acknowledged and ignored"

row_active() {
    active_case "$(ip4 gw1)"
    expect "the redirect is not acknowledged" \
        on_wire "$INFORMATIONAL && $RESPONSE && $(from "$(ip4 client)")"
    expect_gateway_free gw1
}

row_active_lost_request() {
    relay gw1 --drop gateway:informational:request:1
    active_case "$(ip4 relay)"
    expect "nothing was lost" \
        seen relay.out '^event dropped who=gateway exchange=informational kind=request'
    expect_gateway_free gw1
}

row_active_lost_ack() {
    relay gw1 --drop client:informational:response:1
    active_case "$(ip4 relay)"
    expect "nothing was lost" \
        seen relay.out '^event dropped who=client exchange=informational kind=response'
    expect_followed_once
    expect_gateway_free gw1
}

row_active_slow() {
    relay gw1 --delay 200 --duplicate
    active_case "$(ip4 relay)"
    expect_followed_once
    expect_gateway_free gw1
}

expect_followed_once() {
    local attempts
    attempts=$(attempts "$(to "$(ip4 gw2)")")
    expect "followed $attempts times" test "$attempts" = 1
}

# No acknowledgement ever arrives, only the DELETE of the client that has moved.
row_active_delete_first() {
    relay gw1 --drop client:informational:response:99
    active_case "$(ip4 relay)"
    expect_gateway_free gw1
    if [ "$GATEWAY" = ours ]; then
        expect "our gateway does not take the DELETE" seen gw1.out '^event deleted .*by=peer'
    fi
}

# active_case ADDRESS: the client, served by the first gateway, which it reaches at ADDRESS, moves
# to the second one.
active_case() {
    start_active_case "$1"
    finish_active_case "$1"
}

start_active_case() {
    gateway_redirecting gw1 active "$(ip4 gw2)"
    OUR_GATEWAY_OPTIONS=
    gateway gw2
    client "$1"
    expect_client_at "$1"
    need_support
}

finish_active_case() {
    redirect_now gw1 "$(ip4 gw2)"
    expect_client_at "$(ip4 gw2)"
    expect_announced "$(ip4 gw2)" "$1"
}

# The client keeps its SA, for nobody answers at the target or its policy refuses that. Our gateway
# ends the SA.
row_active_grace() {
    case $GATEWAY in
        ours | plugin) ;;
        *) cannot "it has no grace time and leaves the SA to the client" ;;
    esac
    LS_ACCEPT=$(ip4 gw3)
    gateway_redirecting gw1 active "$(ip4 gw2)" --grace-ms 1000
    client "$(ip4 gw1)"
    expect_client_at "$(ip4 gw1)"
    need_support
    redirect_now gw1 "$(ip4 gw2)"
    if [ "$GATEWAY" = ours ]; then
        expect "our gateway does not DELETE" wait_for 5 gw1.out '^event deleted .*by=us'
    else
        expect "the gateway does not DELETE" wait_for 5 gw1.log 'sending DELETE for IKE_SA'
    fi
}

# Nobody answers at the target: the first gateway still serves a client that makes before it breaks.
row_active_dead() {
    gateway_redirecting gw1 active "$(ip4 gw2)"
    client "$(ip4 gw1)"
    expect_client_at "$(ip4 gw1)"
    need_support
    redirect_now gw1 "$(ip4 gw2)"
    expect "the client does not follow" wait_until 10 on_wire "$IKE_SA_INIT && $(to "$(ip4 gw2)")"
    if [ "$CLIENT" = libreswan ] && ! libreswan_client_at "$(ip4 gw1)"; then
        cannot "pluto deletes its SA before it asks the target"
    fi
    if [ "$CLIENT" = ours ]; then
        expect "our client does not give the target up" wait_for 10 client.out '^event move-failed'
    else
        sleep 4
    fi
    expect_client_at "$(ip4 gw1)"
}

# Such a client has not announced support: a gateway must not redirect it, and it must not follow
# one that does.
row_active_off() {
    FOLLOW=no
    gateway_redirecting gw1 active "$(ip4 gw2)"
    client "$(ip4 gw1)"
    expect_client_at "$(ip4 gw1)"
    "${GATEWAY}_redirect" gw1 "$(ip4 gw2)"
    sleep 1
    expect_client_at "$(ip4 gw1)"
    expect_not "the client asked the target" on_wire "$(to "$(ip4 gw2)")"
    if [ "$GATEWAY" = ours ]; then
        expect_not "our gateway redirects it" on_wire "$WITH_REDIRECT"
    fi
}

# Support and roles are those of the first IKE SA, whoever rekeys it: the peer or our client.
row_active_rekeyed() {
    if [ "$COLUMN" = ours-ours ]; then OUR_CLIENT_OPTIONS="--rekey-after 200"; fi
    start_active_case "$(ip4 gw1)"
    case $COLUMN in
        *-ours) [ "$CLIENT" = ours ] || "${CLIENT}_rekey" client ;;
        ours-*) "${GATEWAY}_rekey" gw1 ;;
    esac
    check_rekeyed_case
}

row_active_rekeyed_by_us() {
    case $CLIENT in
        ours) OUR_CLIENT_OPTIONS="--rekey-after 200" ;;
        *)    OUR_GATEWAY_OPTIONS="--rekey-after 200" ;;
    esac
    start_active_case "$(ip4 gw1)"
    check_rekeyed_case
}

check_rekeyed_case() {
    expect "no rekeyed IKE SA" wait_until 3 on_wire "$CREATE_CHILD_SA && $RESPONSE"
    finish_active_case "$(ip4 gw1)"
    expect_gateway_free gw1
}

# Only the gateway of the first exchange may redirect.
row_active_wrong_way() {
    OUR_CLIENT_OPTIONS="--redirect-back $(ip4 gw2)"
    gateway gw1
    client "$(ip4 gw1)"
    if [ "$CLIENT" != ours ]; then
        expect_client_at "$(ip4 gw1)"
        "${CLIENT}_redirect" client "$(ip4 gw2)"
    fi
    if [ "$CLIENT" != ours ] && wait_for 2 client.log 'unable to redirect IKE_SA as initiator'; then
        cannot "charon redirects nobody as the initiator"
    fi
    expect "the client does not try" wait_until 10 \
        on_wire "$INFORMATIONAL && $REQUEST && $WITH_REDIRECT && $(from "$(ip4 client)")"
    expect "the gateway does not acknowledge" wait_until 3 \
        on_wire "$INFORMATIONAL && $RESPONSE && $(from "$(ip4 gw1)")"
    if wait_until 1 gateway_obeys; then
        [ "$GATEWAY" = ours ] || cannot "it follows its client"
        fail "our gateway follows its client"
    fi
    expect_client_at "$(ip4 gw1)"
}

# It asks the target, or leaves the client that wants it to.
gateway_obeys() {
    on_wire "$IKE_SA_INIT && $REQUEST && $(to "$(ip4 gw2)")" ||
        seen client.out '^event deleted .*by=peer'
}
