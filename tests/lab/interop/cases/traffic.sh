# Redirects of a client that has packets on the way, by strongSwan on both ends; our front door
# where one is needed. A row passes when the tunnel ends where it should and carries the last second
# of the packets; how many were lost on the way is recorded and not judged: the machine decides.

ROWS[traffic]="traffic_direct traffic_init traffic_auth traffic_active traffic_break
    traffic_deleted traffic_lossy traffic_dead traffic_killed_after traffic_killed"
TITLE[traffic_direct]="No redirect; packets from the start"
TITLE[traffic_init]="INIT; packets from the start"
TITLE[traffic_auth]="AUTH; packets from the start"
TITLE[traffic_active]="Active: the client makes before it breaks"
TITLE[traffic_break]="Active: the client breaks before it makes"
TITLE[traffic_deleted]="Active: the gateway sends DELETE at once"
TITLE[traffic_lossy]="Active four times; 5 % of IKE messages lost"
TITLE[traffic_dead]="Active, to a dead target"
TITLE[traffic_killed_after]="Active: the gateway is killed right after"
TITLE[traffic_killed]="The gateway is killed; the front door knows the next one"

# Every row starts with it.
traffic_row() {
    [ -c /dev/net/tun ] || skip "no TUN device, which ESP in user space needs"
    SS_TRAFFIC=yes AUTH=psk
}

row_traffic_direct() {
    traffic_row
    traffic_gateway gw2
    connect_with_traffic 6 gw2
}

row_traffic_init() {
    traffic_row
    ours_front_door gw1 "$(ip4 gw2)"
    traffic_gateway gw2
    connect_with_traffic 6 gw1
    expect_redirect_sent "$(ip4 gw1)" "$(ip4 gw2)"
}

row_traffic_auth() {
    traffic_row
    strongswan_gateway_redirecting gw1 auth-last "$(ip4 gw2)"
    traffic_gateway gw2
    # This release's client aborts when it follows one there; with the plugin it does not.
    [ -n "${SS_PLUGIN:-}" ] || SS_RELEASE=next
    connect_with_traffic 6 gw1
    expect_announced "$(ip4 gw2)" "$(ip4 gw1)"
}

# connect_with_traffic SECONDS HOST: packets start when the client connects; it ends up at gw2.
connect_with_traffic() {
    strongswan_client_ready "$(ip4 "$2")"
    traffic_start "$1"
    strongswan_connect
    finish_at gw2
}

row_traffic_active() {
    traffic_row
    serve_with_traffic 6
    redirect_now gw1 "$(ip4 gw2)"
    finish_at gw2
}

# Who breaks first is the client's own setting: a variant that has it defines traffic_break_VARIANT.
row_traffic_break() {
    traffic_row
    if declare -F "traffic_break_$VARIANT" > /dev/null; then
        "traffic_break_$VARIANT"
        serve_with_traffic 6
        redirect_now gw1 "$(ip4 gw2)"
        finish_at gw2
        return
    fi
    skip "charon always makes before it breaks"
}

row_traffic_deleted() {
    traffic_row
    serve_with_traffic 6
    redirect_now gw1 "$(ip4 gw2)"
    swan gw1 --terminate --ike home >> "$CASE/gw1.swanctl.out" 2>&1
    finish_at gw2
}

# There and back twice: charon follows five redirects in 300 s.
row_traffic_lossy() {
    local host lost here=gw1 there=gw2
    traffic_row
    serve_with_traffic 12
    for host in client gw1 gw2; do lose_ike "$host"; done
    for _ in 1 2 3 4; do
        sleep 1
        redirect_now "$here" "$(ip4 "$there")"
        expect_tunnel_at "$there"
        read -r here there <<< "$there $here"
    done
    finish_at gw1
    lost=$(($(ike_lost client) + $(ike_lost gw1) + $(ike_lost gw2)))
    expect "no IKE message was lost" test "$lost" -gt 0
    for host in client gw1 gw2; do hear_all_ike "$host"; done
}

# Nobody runs at gw3.
row_traffic_dead() {
    traffic_row
    serve_with_traffic 8
    redirect_now gw1 "$(ip4 gw3)"
    finish_at gw1
    expect "the client does not ask the target" \
        on_wire "$IKE_SA_INIT && $REQUEST && $(to "$(ip4 gw3)")"
}

row_traffic_killed_after() {
    traffic_row
    serve_with_traffic 6
    redirect_now gw1 "$(ip4 gw2)"
    kill -9 "${PIDS[gw1]}"
    finish_at gw2
}

# The client notices by a second of silence and the retransmissions that follow, and asks the front
# door again.
row_traffic_killed() {
    traffic_row
    SS_DPD=1s
    traffic_target gw1
    ours_front_door relay "" --targets "$CASE/targets"
    serve_with_traffic 15 relay
    kill -9 "${PIDS[gw1]}"
    traffic_target gw2
    finish_at gw2
}

# The front door's list, as an operator would change it.
traffic_target() {
    printf '%s\nend\n' "$(ip4 "$1")" > "$CASE/targets.new"
    mv "$CASE/targets.new" "$CASE/targets"
}

# serve_with_traffic SECONDS [FRONT-DOOR]: the first gateway serves the client, packets flow.
serve_with_traffic() {
    traffic_gateway gw1
    traffic_gateway gw2
    strongswan_client "$(ip4 "${2:-gw1}")"
    expect_tunnel_at gw1
    traffic_start "$1"
    traffic_flows
    sleep 0.5
}

finish_at() {
    expect_tunnel_at "$1"
    traffic_end
    expect_tunnel_at "$1"
}
