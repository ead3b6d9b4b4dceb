# Hundreds of strongSwan's clients, our front door, two gateways of strongSwan's.

ROWS[fleet]="fleet_connect fleet_move fleet_lossy fleet_restart"
TITLE[fleet_connect]="All connect; weights 2 and 1"
TITLE[fleet_move]="All connect, then gw1 redirects all its clients"
TITLE[fleet_lossy]="The same; 5 % of IKE messages lost"
TITLE[fleet_restart]="The front door is killed halfway for 2 s; all connect twice"

row_fleet_connect() {
    fleet_start
    fleet_connect_all
    fleet_figures
}

row_fleet_move() {
    fleet_start
    fleet_connect_all
    fleet_move_away
    fleet_figures
}

row_fleet_lossy() {
    fleet_start
    fleet_loses
    fleet_connect_all
    fleet_move_away
    fleet_figures
    expect "no IKE message was lost" test "$(figure ike-lost "$CASE/figures")" -gt 0
    fleet_hears
}

fleet_connect_all() {
    fleet_connect 1 "$FLEET_EACH"
    expect_fleet_settled_well
}

expect_fleet_settled_well() {
    expect_fleet_connected
    expect_fleet_as_sent
    expect_fleet_spread
}

# How the first gateway sends everyone to the second one is the variant's own matter.
fleet_move_away() {
    "fleet_move_away_$VARIANT"
    expect_fleet_moved
    expect_fleet_as_sent
}

# All at once, by one command.
fleet_move_away_plain() { redirect_now gw1 "$(ip4 gw2)"; }

# The others ask while nobody answers. A client that comes again is sent to the same gateway.
row_fleet_restart() {
    local half=$((FLEET_EACH / 2))
    fleet_start
    fleet_connect 1 $half
    kill -9 "${PIDS[door]}"
    fleet_connect_later $((half + 1)) "$FLEET_EACH"
    sleep 2
    fleet_door
    fleet_settled
    expect_fleet_settled_well
    expect "nobody asked while the front door was down" \
        grep -qE 'retransmit [0-9]+ of' "$CASE"/fleet?.log
    fleet_sas | sort > "$CASE/first"
    fleet_disconnect
    fleet_connect_all
    fleet_sas | sort > "$CASE/second"
    expect "the clients are sent elsewhere than before" cmp -s "$CASE/first" "$CASE/second"
    fleet_figures
}
