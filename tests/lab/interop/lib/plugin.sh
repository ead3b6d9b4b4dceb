# strongSwan with the plugin of docs/examples/strongswan, on both ends of a column of traffic or
# fleet (the variant `plugged`), and as client or gateway in the matrix (`plugin`): there by the
# verbs of strongSwan's own column. What its operator sets besides: PLUGIN_GATEWAY, in the section
# `gateway`.

SS_PLUGGED=$ROOT/target/interop/strongswan-plugged
# Sessions a second that the first gateway of a fleet sends away.
PLUGIN_PACE=20

strongswan_plugged() {
    SS_PLUGIN=ikev2-redirect SS_PLUGIN_FOLDER=$SS_PLUGGED/plugins
    strongswan_plugin() { plugin_section "$1"; }
}

# plugin_section HOST: the plugin's part of strongswan.conf.
plugin_section() {
    local limit=5 gateway=${PLUGIN_GATEWAY:-}
    if [ "${FOLLOW:-yes}" = no ]; then limit=0; fi
    if [ "${VARIANT:-}" = plugged ] && [ "$1" = gw1 ]; then
        gateway=$(plugin_maintenance gw1 "$(ip4 gw2)")
    fi
    printf 'gateway { %s }\nclient { max_redirects = %s }\n' "$gateway" "$limit"
}

# plugin_maintenance HOST TARGET: it moves its sessions there while CASE/HOST.down exists.
plugin_maintenance() {
    printf 'targets = %s\nmaintenance = %s\npace = %s\n' "$2" "$CASE/$1.down" $PLUGIN_PACE
}

plugin_client() {
    strongswan_plugged
    strongswan_client "$@"
}

plugin_client_at() { strongswan_client_at "$@"; }

plugin_client_gave_up() { strongswan_client_gave_up; }

plugin_gateway() {
    strongswan_plugged
    strongswan_gateway "$@"
}

# plugin_front_door HOST TARGET [OPTIONS...]
plugin_front_door() {
    PLUGIN_GATEWAY="on_init = yes
        targets = $2"
    plugin_gateway "$1"
    PLUGIN_GATEWAY=
}

# plugin_gateway_redirecting HOST STAGE TARGET [--grace-ms MILLISECONDS]
plugin_gateway_redirecting() {
    case $2 in
        auth-last) PLUGIN_GATEWAY="on_auth = yes
            targets = $3" ;;
        eap-first) cannot "charon redirects in the last response only" ;;
        active)    PLUGIN_GATEWAY=$(plugin_maintenance "$1" "$3") ;;
    esac
    if [ "${4:-}" = --grace-ms ]; then PLUGIN_GATEWAY+="
            grace = $(($5 / 1000))"; fi
    plugin_gateway "$1"
    PLUGIN_GATEWAY=
}

# plugin_redirect HOST TARGET: by maintenance, if the gateway was started for that; otherwise by its
# operator.
plugin_redirect() {
    if grep -q maintenance "$CASE/$1.strongswan.conf"; then
        touch "$CASE/$1.down"
    else
        strongswan_redirect "$@"
    fi
}

plugin_gateway_free() { strongswan_gateway_free "$@"; }

plugin_rekey() { strongswan_rekey "$@"; }

# The first gateway of a fleet goes down for maintenance; nobody is told before it is their turn.
fleet_move_away_plugged() {
    local sessions seconds
    sessions=$(gateway_holds gw1)
    touch "$CASE/gw1.down"
    expect_fleet_moved
    seconds=$(awk '/redirecting peer to/ {
        split($1, at, ":")
        last = at[1] * 3600 + at[2] * 60 + at[3]
        if (first == "") first = last
    } END { print last - first }' "$CASE/gw1.log")
    expect "$sessions sessions were told within $seconds seconds" \
        test $(((seconds + 1) * PLUGIN_PACE)) -ge "$sessions"
    expect "the report does not say that all have left" wait_for 3 gw1.down.report '^left 0 '
}
