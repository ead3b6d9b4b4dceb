# A fleet of real clients: connections of a few charons, each from an address of its own, before our
# front door and two gateways. Nothing but IKE SAs: what a redirect moves.
#   door 10.99.0.9   gw1 10.99.0.2   gw2 10.99.0.3
#   clients 10.99.11.1 … of the host fleet1, 10.99.12.1 … of fleet2, …
# Figures of a row, in CASE/figures: clients, how many ended at gw1 and gw2, REDIRECTs followed,
# messages that clients sent again, IKE messages lost, seconds. CASE/clients.tsv has a line for each
# client: its charon, its name, REDIRECTs followed, where the last one led, messages sent again, its
# IKE SA.

FLEET_HOSTS="fleet1 fleet2 fleet3 fleet4"
FLEET_EACH=${FLEET_EACH:-50}
FLEET_SIZE=$((4 * FLEET_EACH))
# So many of a charon's clients connect at the same time.
FLEET_AT_ONCE=5

fleet_hosts() {
    local host number=11
    HOST_NUMBER=([door]=9 [gw1]=2 [gw2]=3)
    for host in $FLEET_HOSTS; do
        HOST_NUMBER[$host]=$number
        number=$((number + 1))
    done
}

# Once for a network: the clients' addresses, which all others reach by way of the host's own: the
# kernel knows a thousand neighbours in all, over all networks of the machine.
fleet_net_up() {
    local host other net i
    for host in $FLEET_HOSTS; do
        net=10.99.${HOST_NUMBER[$host]}
        for i in $(seq "$FLEET_EACH"); do echo "address add $net.$i/32 dev eth0"; done |
            ip -n "$NET-$host" -batch -
        for other in door gw1 gw2; do
            ip -n "$NET-$other" route add "$net.0/24" via "$(ip4 "$host")"
        done
    done
}

# fleet_start: gateways that serve whoever comes, the front door, clients that do nothing yet.
fleet_start() {
    local host
    FLEET_BEGAN=$SECONDS SS_RETRANSMIT_TRIES=6 SS_COOKIES=yes
    fleet_door
    for host in gw1 gw2; do
        fleet_gateway_conf "$host" > "$CASE/$host.swanctl.conf"
        strongswan_start "$host"
    done
    for host in $FLEET_HOSTS; do
        fleet_clients_conf "$host" > "$CASE/$host.swanctl.conf"
        strongswan_start "$host"
    done
}

# Two of three clients go to the first gateway.
fleet_door() { ours_front_door door "$(ip4 gw1)=2" --to "$(ip4 gw2)=1"; }

fleet_gateway_conf() {
    cat <<C
connections {
  home {
    version = 2
    local_addrs = $(ip4 "$1")
    $(fleet_common)
    local { auth = psk
            id = $GATEWAY_ID }
    remote { auth = psk }
  }
}
secrets { ike-1 { secret = "$PSK" } }
C
}

fleet_clients_conf() {
    local i net=10.99.${HOST_NUMBER[$1]}
    echo "connections {"
    for i in $(seq "$FLEET_EACH"); do
        cat <<C
  c$i {
    version = 2
    local_addrs = $net.$i
    remote_addrs = $(ip4 door)
    keyingtries = 1
    $(fleet_common)
    local { auth = psk
            id = c$i.$1.example.test }
    remote { auth = psk
             id = $GATEWAY_ID }
  }
C
    done
    echo "}"
    echo "secrets { ike-1 { secret = \"$PSK\" } }"
}

fleet_common() {
    printf 'proposals = aes128-sha256-x25519\n    mobike = no\n    rekey_time = 0\n'
}

# fleet_connect FIRST LAST: of each charon these clients connect; waits until all have ended up.
fleet_connect() {
    fleet_connect_later "$@"
    fleet_settled
}

# In the background.
fleet_connect_later() {
    local host
    for host in $FLEET_HOSTS; do
        fleet_each "$host" --initiate --timeout 50 < <(seq "$1" "$2")
    done
}

fleet_settled() {
    local host
    for host in $FLEET_HOSTS; do
        wait_until 150 gone "${PIDS[each-$host]}" || fail "the clients of $host do not settle"
        unset "PIDS[each-$host]"
    done
}

fleet_disconnect() {
    local host
    for host in $FLEET_HOSTS; do
        fleet_each "$host" --terminate --timeout 50 < <(seq "$FLEET_EACH")
    done
    fleet_settled
    expect "clients are still connected" wait_until 60 fleet_is_down
}

# fleet_each HOST COMMAND...: swanctl for each client whose number it reads, some at a time, in the
# background.
fleet_each() {
    local host=$1
    cat > "$CASE/$host.numbers"
    spawn "each-$host" xargs -a "$CASE/$host.numbers" -P $FLEET_AT_ONCE -I '{}' \
        timeout 60 swanctl "${@:2}" --ike 'c{}' --uri "unix://$(vici "$host")"
}

# fleet_sas: for each IKE SA of a client, its host, its name, its state, and its gateway.
fleet_sas() {
    local host
    for host in $FLEET_HOSTS; do
        swan "$host" --list-sas --raw 2>/dev/null | sed -nE "
            s/^list-sa event \{(c[0-9]+) \{.*\bstate=([A-Z]+) .*\bremote-host=([^ ]+) .*/\1 \2 \3/
            t found
            d
            :found
            s/^/$host /p"
    done
}

# fleet_at HOST: how many clients are established there, and nowhere else.
fleet_at() {
    fleet_sas | awk -v wanted="$(ip4 "$1")" '
        { where[$1 " " $2] = where[$1 " " $2] " " $3 "@" $4 }
        END {
            for (client in where) count += where[client] == " ESTABLISHED@" wanted
            print count + 0
        }'
}

# gateway_holds HOST: how many IKE SAs that gateway itself counts.
gateway_holds() { swan "$1" --list-sas --raw 2>/dev/null | grep -c 'state=ESTABLISHED'; }

# What each client saw, from the logs of the charons.
fleet_clients() {
    local host
    fleet_sas > "$CASE/sas"
    for host in $FLEET_HOSTS; do
        awk -v host="$host" -v sas="$CASE/sas" -v each="$FLEET_EACH" '
            BEGIN {
                while ((getline line < sas) > 0) {
                    split(line, word, " ")
                    if (word[1] == host) at[word[2]] = word[3] "@" word[4]
                }
            }
            match($0, /<c[0-9]+\|/) { name = substr($0, RSTART + 1, RLENGTH - 2) }
            / redirected to /       { redirects[name]++; to[name] = $NF }
            / retransmit [0-9]+ of/ { again[name]++ }
            END {
                for (i = 1; i <= each; i++) {
                    name = "c" i
                    print host, name, redirects[name] + 0, to[name], again[name] + 0, at[name]
                }
            }' OFS='\t' "$CASE/$host.log"
    done > "$CASE/clients.tsv"
}

fleet_figures() {
    local lost=0 host
    if [ -n "${FLEET_LOSS:-}" ]; then
        for host in door gw1 gw2 $FLEET_HOSTS; do lost=$((lost + $(ike_lost "$host"))); done
    fi
    fleet_clients
    awk -F '\t' -v gw1="ESTABLISHED@$(ip4 gw1)" -v gw2="ESTABLISHED@$(ip4 gw2)" \
        -v lost="$lost" -v took=$((SECONDS - FLEET_BEGAN)) '
        { redirects += $3; again += $5; at[$6]++ }
        END {
            printf "clients=%d gw1=%d gw2=%d ", NR, at[gw1], at[gw2]
            printf "redirects=%d again=%d ike-lost=%d ", redirects, again, lost
            printf "seconds=%d\n", took
        }' "$CASE/clients.tsv" > "$CASE/figures"
}

# fleet_loses: from now on everyone fails to hear 5 % of all IKE messages, at random.
fleet_loses() {
    local host
    FLEET_LOSS=yes
    for host in door gw1 gw2 $FLEET_HOSTS; do lose_ike "$host" 'numgen random mod 100 lt 5'; done
}

fleet_hears() {
    local host
    for host in door gw1 gw2 $FLEET_HOSTS; do hear_all_ike "$host"; done
}

# --- what the rows expect ---

expect_fleet_connected() {
    wait_until 60 fleet_is_up && return
    fail "$(($(fleet_at gw1) + $(fleet_at gw2))) of $FLEET_SIZE clients are connected"
}

fleet_is_up() { (($(fleet_at gw1) + $(fleet_at gw2) == FLEET_SIZE)); }

fleet_is_down() { [ -z "$(fleet_sas)" ]; }

# Each client is where its last REDIRECT has sent it.
expect_fleet_as_sent() {
    local stray
    fleet_clients
    stray=$(awk -F '\t' '$6 != "ESTABLISHED@" $4' "$CASE/clients.tsv" | wc -l)
    expect "$stray clients are not where they were sent" test "$stray" = 0
}

# Two of three at the first gateway: four standard deviations are allowed.
expect_fleet_spread() {
    local there
    there=$(fleet_at gw1)
    expect "$there of $FLEET_SIZE clients are at gw1, which has weight 2 of 3" \
        awk -v n="$FLEET_SIZE" -v got="$there" '
            BEGIN { off = got - n * 2 / 3; exit !(off * off <= 16 * n * 2 / 9) }'
}

# The first gateway is empty, and everyone is at the second one.
expect_fleet_moved() {
    wait_until 90 fleet_has_moved && return
    fail "gw1 holds $(gateway_holds gw1), $(fleet_at gw2) of $FLEET_SIZE clients are at gw2"
}

fleet_has_moved() { [ "$(fleet_at gw2)" = "$FLEET_SIZE" ] && [ "$(gateway_holds gw1)" = 0 ]; }
