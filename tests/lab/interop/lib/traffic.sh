# Packets through the tunnel of strongSwan's client while it is redirected, and what becomes of
# them. Needs the hosts of lib/net.sh. The client sends to an address that all gateways have behind
# them; tests/lab/interop/packets.rs counts. Figures of a row, in CASE/figures: packets sent,
# packets lost, the longest time without one in milliseconds.

CLIENT_INSIDE=192.168.71.1
GATEWAY_INSIDE=192.168.72.1
# Nobody has it: packets without a tunnel go there and vanish.
NOWHERE=10.99.0.250

# Once for a network: the addresses behind client and gateways.
traffic_net_up() {
    local host
    ip -n "$NET-client" addr add $CLIENT_INSIDE/32 dev lo
    for host in gw1 gw2 gw3; do ip -n "$NET-$host" addr add $GATEWAY_INSIDE/32 dev lo; done
    ip -n "$NET-client" neigh add $NOWHERE lladdr 02:00:00:00:00:fa dev eth0
    ip -n "$NET-client" route add 192.168.72.0/24 via $NOWHERE
}

# traffic_start SECONDS: packets from now on.
traffic_start() {
    TRAFFIC_SECONDS=$1
    spawn traffic in_host client "$PACKETS" send $CLIENT_INSIDE $GATEWAY_INSIDE:7 "$1"
}

# traffic_gateway HOST: a gateway of strongSwan's, and behind it a host that sends packets back.
traffic_gateway() {
    spawn "behind-$1" in_host "$1" "$PACKETS" echo $GATEWAY_INSIDE:7
    strongswan_gateway "$1"
}

# traffic_flows: from now on packets come back.
traffic_flows() {
    expect "no packet comes through the tunnel" wait_for 30 traffic.out 'came back'
}

# traffic_end: waits for the last packet, writes the figures. The tunnel has to carry nine of ten
# packets of the last second.
traffic_end() {
    expect "the traffic does not end" wait_for $((TRAFFIC_SECONDS * 2 + 30)) traffic.out '^sent='
    grep '^sent=' "$CASE/traffic.out" > "$CASE/figures"
    expect "the tunnel does not carry the last packets" \
        test "$(figure last-second "$CASE/figures")" -ge 225
}

# expect_tunnel_at HOST: the client's only established IKE SA is with that gateway, and has a CHILD
# SA.
expect_tunnel_at() {
    expect "the client's tunnel does not end at $1" wait_until 30 tunnel_at "$(ip4 "$1")"
}

tunnel_at() {
    swan client --list-sas --raw 2>/dev/null |
        grep -oE '\b(state=[A-Z]+|remote-host=[^ ]+)' |
        awk -F= -v wanted="$1" '
            $2 == "INSTALLED" { if (up) child = 1; next }
            /^state/          { up = $2 == "ESTABLISHED" }
            /^remote/ && up   { if ($2 == wanted) here++; else elsewhere++ }
            END { exit !(here == 1 && !elsewhere && child) }'
}

# lose_ike HOST [WHICH]: from now on the host does not hear each twentieth IKE message, from the
# first, or those that WHICH says; its ESP gets through.
lose_ike() {
    ip netns exec "$NET-$1" nft -f - <<N || skip "the kernel has no nf_tables to lose messages with"
table inet loss {
    chain input {
        type filter hook input priority 0
        udp dport 500 jump ike
        udp dport 4500 @th,64,32 0 jump ike
    }
    chain ike { ${2:-numgen inc mod 20 0} counter drop; }
}
N
}

# ike_lost HOST: the number of IKE messages that it did not hear.
ike_lost() {
    ip netns exec "$NET-$1" nft list table inet loss | sed -nE 's/.*packets ([0-9]+) .* drop$/\1/p'
}

hear_all_ike() { ip netns exec "$NET-$1" nft delete table inet loss 2>/dev/null; }
