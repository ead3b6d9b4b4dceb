# strongSwan with the plugin of docs/examples/strongswan, as client and as gateway: the verbs of strongSwan's own column,
# and what its operator may set besides.

plugin_client() {
    SS_PLUGIN=yes
    strongswan_client "$@"
}

plugin_client_at() { strongswan_client_at "$@"; }

plugin_client_gave_up() { strongswan_client_gave_up; }

plugin_gateway() {
    SS_PLUGIN=yes
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
    local grace=20
    if [ "${4:-}" = --grace-ms ]; then grace=$(($5 / 1000)); fi
    PLUGIN_GATEWAY="targets = $3"
    case $2 in
        auth-last) PLUGIN_GATEWAY+="
        on_auth = yes" ;;
        eap-first) cannot "charon redirects in the last response only" ;;
        active)    PLUGIN_GATEWAY+="
        maintenance = $CASE/$1.down
        grace = $grace" ;;
    esac
    plugin_gateway "$1"
    PLUGIN_GATEWAY=
}

# plugin_redirect HOST TARGET: by maintenance, if the gateway was started for that; otherwise by its operator.
plugin_redirect() {
    if grep -q maintenance "$CASE/$1.strongswan.conf"; then
        touch "$CASE/$1.down"
    else
        strongswan_redirect "$@"
    fi
}

plugin_gateway_free() { strongswan_gateway_free "$@"; }

plugin_rekey() { strongswan_rekey "$@"; }

# plugin_conf HOST: the plugin's part of strongswan.conf.
plugin_conf() {
    local limit=5
    if [ "${FOLLOW:-yes}" = no ]; then limit=0; fi
    cat <<C
    ikev2-redirect {
      gateway { ${PLUGIN_GATEWAY:-} }
      client { max_redirects = $limit
        ${PLUGIN_CLIENT:-} }
    }
C
}
