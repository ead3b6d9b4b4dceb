# Our side: the `redirector` example as front door, and the test host around the crate's machines as
# client, gateway and relay.

REDIRECTOR=${REDIRECTOR:-$ROOT/target/release/examples/redirector}
INTEROP_HOST=${INTEROP_HOST:-$ROOT/target/lab/release/interop-host}

# What a row asks of our hosts besides.
OUR_CLIENT_OPTIONS=
OUR_GATEWAY_OPTIONS=

# --- front door ---

# ours_front_door HOST TARGET|"" [OPTIONS...]: on both addresses and both ports of the host.
ours_front_door() {
    local host=$1 target=$2
    shift 2
    written_by_us "$host"
    spawn "$host" in_host "$host" "$REDIRECTOR" --report 1 ${target:+--to "$target"} "$@" \
        --listen "$(ip4 "$host"):500" --listen "$(ip4 "$host"):4500" \
        --listen "[$(ip6 "$host")]:500" --listen "[$(ip6 "$host")]:4500"
    expect "the front door of $host does not listen" wait_until 20 listens "$host" 4500
}

# --- client ---

# ours_client REMOTE
ours_client() {
    local remote=$1
    written_by_us client
    local -a options=()
    ours_auth
    if [ -n "${PORT:-}" ]; then options+=(--start-on-nat-port); fi
    if [ "${FOLLOW:-yes}" = no ]; then options+=(--max-redirects 0); fi
    # shellcheck disable=SC2086
    spawn client in_host client "$INTEROP_HOST" client --peer "$remote" \
        --listen "$(ip4 client)" --listen "$(ip6 client)" \
        --psk "${CLIENT_PSK:-$PSK}" --id "$CLIENT_ID" --peer-id "$GATEWAY_ID" --childless \
        --resolve "gw2.example.test=$(ip4 gw2)" --hold 30000 --for 40000 \
        --retries 3 --retransmit-ms 300 \
        --keys "$CASE/client.keys" --log "$CASE/client.log" "${options[@]}" $OUR_CLIENT_OPTIONS
}

# The client is established with that gateway, and with no other one.
ours_client_at() {
    [ "$(awk '
        $2 == "established" { up[$3] = 1 }
        $2 == "deleted" || $2 == "dropped" { delete up[$3] }
        END { for (peer in up) printf "%s ", peer }' "$CASE/client.out")" = "peer=$1 " ]
}

ours_client_gave_up() { seen client.out '^event failed'; }

# --- gateway ---

# ours_gateway HOST [OPTIONS...]
ours_gateway() {
    local host=$1
    shift
    written_by_us "$host"
    local -a options=()
    ours_auth
    # iked calls an IKE SA established when its CHILD SA is.
    if [ "$CLIENT" != openiked ]; then options+=(--refuse-child); fi
    # shellcheck disable=SC2086
    spawn "$host" in_host "$host" "$INTEROP_HOST" gateway \
        --listen "$(ip4 "$host")" --listen "$(ip6 "$host")" \
        --psk "$PSK" --id "$GATEWAY_ID" --for 60000 \
        --keys "$CASE/$host.keys" --log "$CASE/$host.log" "${options[@]}" $OUR_GATEWAY_OPTIONS "$@"
    expect "our gateway $host does not listen" wait_until 20 listens "$host" 4500
}

# ours_gateway_redirecting HOST STAGE TARGET [OPTIONS...]; STAGE: auth-last | eap-first | active
ours_gateway_redirecting() {
    local host=$1 stage=$2 target=$3
    shift 3
    case $stage in
        eap-first) stage=eap-first-unauthenticated ;;
        active)    stage=active:1500 ;;
    esac
    ours_gateway "$host" --redirect-in "$stage" --to "$target" "$@"
}

# Ours redirects by itself, some time after the client is established.
ours_redirect() { wait_for 10 "$1.out" '^event redirect-sent phase=active'; }

# The gateway has had an SA, and has none any more.
ours_gateway_free() {
    seen "$1.out" '^event established' &&
        [ "$(count "$1.out" '^event established')" = "$(count "$1.out" '^event deleted')" ]
}

# --- relay ---

# relay HOST OPTIONS...: between the client and that gateway, both ports, IPv4; reached at the
# relay's address.
relay() {
    local host=$1
    shift
    spawn relay in_host relay "$INTEROP_HOST" relay \
        --listen "$(ip4 relay):500" --listen "$(ip4 relay):4500" \
        --from "$(ip4 relay)" --to "$(ip4 "$host")" "$@"
    expect "the relay does not listen" wait_until 20 listens relay 4500
}

# --- all ---

# Adds to the caller's options how the client authenticates itself.
ours_auth() {
    case ${AUTH:-psk} in
        eap)     options+=(--eap "$EAP_USER:$EAP_SECRET") ;;
        psk+eap) options+=(--second-auth "$EAP_USER:$EAP_SECRET") ;;
        psk+psk) options+=(--second-psk "$SECOND_ID") ;;
    esac
}

# Notes that what leaves this host's addresses is ours, for the dissector's check.
OURS=
written_by_us() { OURS+=" $(ip4 "$1") $(ip6 "$1")"; }

# listens HOST PORT: some process of the host has that UDP port open.
listens() { [ -n "$(ip netns exec "$NET-$1" ss -Hlun "sport = :$2")" ]; }
