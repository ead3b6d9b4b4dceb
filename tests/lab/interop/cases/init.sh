# Redirects in IKE_SA_INIT.

ROWS[init]="connect init_ipv4 init_ipv6 init_family init_fqdn init_loop init_nat_port init_off
    init_unsupported init_forged"
TITLE[connect]="No redirect"
TITLE[init_ipv4]="INIT to an IPv4 address"
TITLE[init_ipv6]="INIT to an IPv6 address"
TITLE[init_family]="INIT over IPv4 to IPv6"
TITLE[init_fqdn]="INIT to an FQDN"
TITLE[init_loop]="Loop limit: two gateways redirect to each other"
TITLE[init_nat_port]="INIT on the NAT traversal port, followed"
TITLE[init_off]="INIT, redirects switched off by the client"
TITLE[init_forged]="INIT, forged nonce on the wire"
TITLE[init_unsupported]="A client without support is told"

row_connect() {
    gateway gw1
    client "$(ip4 gw1)"
    expect_client_at "$(ip4 gw1)"
    expect_not "REDIRECT on the wire" on_wire "$WITH_REDIRECT"
}

row_init_ipv4() { init_case "$(ip4 gw1)" "$(ip4 gw2)" "$(ip4 gw2)"; }

row_init_ipv6() {
    LEFT=$(ip6 gw2)
    init_case "$(ip6 gw1)" "$(ip6 gw2)" "$(ip6 gw2)"
}

row_init_family() {
    LEFT=$(ip6 gw2)
    start_init_case "$(ip4 gw1)" "$(ip6 gw2)"
    if [ "$CLIENT" = libreswan ] &&
        wait_for 5 client.log 'send on .* to .* failed .*Address family not supported'; then
        cannot "pluto follows, but from its IPv4 socket (EAFNOSUPPORT)"
    fi
    check_init_case "$(ip4 gw1)" "$(ip6 gw2)" "$(ip6 gw2)"
}

row_init_fqdn() { init_case "$(ip4 gw1)" gw2.example.test "$(ip4 gw2)"; }

# Only as far as the client asks the target: strongSwan then mixes the ports and can't hear the
# answer.
row_init_nat_port() {
    PORT=4500
    start_init_case "$(ip4 gw1)" "$(ip4 gw2)"
    expect "the client does not follow" wait_until 5 on_wire "$(to "$(ip4 gw2)")"
    expect_redirect_sent "$(ip4 gw1)" "$(ip4 gw2)"
    expect_announced "$(ip4 gw2)" "$(ip4 gw1)"
    expect_not "REDIRECT on another port" on_wire "$WITH_REDIRECT && port != 4500"
}

# init_case ASKED TARGET REACHED: the client asks one address and ends up with the other.
init_case() {
    start_init_case "$1" "$2"
    check_init_case "$@"
}

start_init_case() {
    front_door gw1 "$2"
    end_gateway gw2
    client "$1"
    need_support
}

check_init_case() {
    expect_client_at "$3"
    expect_redirect_sent "$1" "$2"
    expect_announced "$3" "$1"
}

# The client follows five redirects within its period of 300 s, not a sixth.
row_init_loop() {
    # The plugin serves a client that its only target has sent.
    case $GATEWAY in strongswan | plugin) loop_of_active_redirects; return ;; esac
    front_door gw1 "$(ip4 gw2)"
    need_redirecting_peer
    front_door gw2 "$(ip4 gw1)"
    client "$(ip4 gw1)"
    need_support
    expect_client_gives_up 15
    local followed
    followed=$(attempts "$REDIRECTED")
    expect "followed $followed redirects" test "$followed" = 5
}

# For a gateway that can redirect only a client that it serves.
loop_of_active_redirects() {
    local here=gw1 there=gw2
    gateway gw1
    gateway gw2
    client "$(ip4 gw1)"
    expect_client_at "$(ip4 gw1)"
    for _ in 1 2 3 4 5; do
        redirect_now "$here" "$(ip4 "$there")"
        expect_client_at "$(ip4 "$there")"
        read -r here there <<< "$there $here"
    done
    redirect_now "$here" "$(ip4 "$there")"
    expect "the sixth redirect is not refused" wait_for 3 client.out '^event refused'
    expect_client_at "$(ip4 "$here")"
}

# Such a client does not announce support and must not be redirected. strongSwan then serves it.
row_init_off() {
    need_redirecting_peer
    FOLLOW=no LS_GIVE_UP=3s
    front_door gw1 "$(ip4 gw2)" --unsupported drop
    end_gateway gw2
    client "$(ip4 gw1)"
    if [ "$CLIENT" = openiked ] && ! wait_until 10 openiked_client_gave_up; then
        cannot "iked asks for a minute before it gives up"
    fi
    case $GATEWAY in
        strongswan | plugin) expect_client_at "$(ip4 gw1)" ;;
        *)                   expect_client_gives_up ;;
    esac
    expect_not "REDIRECT on the wire" on_wire "$WITH_REDIRECT"
    expect_not "the client asked the target" on_wire "$(to "$(ip4 gw2)")"
}

# Nobody is served, but a client that listens to an unauthenticated notification learns it at once.
row_init_unsupported() {
    [ "$GATEWAY" = ours ] || cannot "it does not tell such a client"
    FOLLOW=no LS_GIVE_UP=3s
    front_door gw1 "$(ip4 gw2)" --unsupported notify
    client "$(ip4 gw1)"
    expect "no NO_PROPOSAL_CHOSEN on the wire" wait_until 5 \
        on_wire "$IKE_SA_INIT && $RESPONSE && notified(14)"
    expect_client_gives_up
    if [ "$CLIENT" = strongswan ] || [ "$CLIENT" = plugin ]; then
        expect "strongSwan does not take the notify" \
            seen client.log 'received NO_PROPOSAL_CHOSEN notify error'
    fi
}

# Someone on the path answers first, with another nonce than the request's.
row_init_forged() {
    gateway gw1
    relay gw1 --forge-redirect "$(ip4 gw2)"
    client "$(ip4 relay)"
    expect "nothing was forged" wait_for 10 relay.out '^event forged'
    if ! wait_until 5 "${CLIENT}_client_at" "$(ip4 relay)"; then
        case $CLIENT in
            libreswan)
                ! seen client.log 'dropping IKE_SA_INIT response with in-progress Message ID' ||
                    cannot "after one forged REDIRECT pluto drops that attempt's good answers" ;;
            openiked)
                ! seen client.out 'sa_state: .* -> CLOSED' ||
                    cannot "one forged REDIRECT ends its attempt" ;;
        esac
    fi
    expect_client_at "$(ip4 relay)"
    expect_not "the client asked the forged target" on_wire "$(to "$(ip4 gw2)")"
}
