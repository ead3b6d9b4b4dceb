# strongSwan: charon, controlled by swanctl, as client and as gateway.
# A row may set SS_RELEASE=next before it starts one: the next Debian release's version, unpacked by
# tests/lab/interop/install.

CHARON=/usr/lib/ipsec/charon
SS_NEXT=$ROOT/target/interop/strongswan-next
SS_NEXT_LIBS=$SS_NEXT/usr/lib/$(uname -m)-linux-gnu
SS_PROVIDER=$ROOT/target/interop/strongswan-provider
# Settings of a row, before it starts a charon:
#   SS_TRAFFIC=yes  CHILD SAs that carry packets: ESP in user space, for the kernel may have none
#   SS_COOKIES=yes  a gateway with many half-open IKE SAs asks for cookies, as charon does itself.
#                   Off otherwise: on a slow path the two ends may then take different requests for
#                   the one that counts, and AUTH fails
#   SS_DPD=TIME     the client asks a gateway that was silent so long whether it is there, and
#                   connects anew if it is not
# What strongSwan runs with in a column of traffic or fleet is its variant.
# strongswan_VARIANT may set:
#   SS_PLUGIN=NAME          a plugin that every charon of this release loads besides, on both ends
#   SS_PLUGIN_FOLDER=PATH   a copy of charon's plugins with that one and redirect-provider in it
#   strongswan_plugin HOST  a function that prints that plugin's section of strongswan.conf
SS_PLUGINS="random nonce openssl pem pkcs1 aes sha1 sha2 md5 hmac kdf curve25519 gmp gcm"
SS_PLUGINS+=" eap-identity eap-md5 eap-mschapv2 vici"
strongswan_plugin() { :; }

# As Debian packages it.
strongswan_plain() { :; }

strongswan_version() { $CHARON --version | sed 's/^Linux //'; }

strongswan_next_version() { "${SS_NEXT_CHARON[@]}" --version; }

# The next release's charon finds its own files at the usual place, and runs with its own C library.
# shellcheck disable=SC2016
SS_NEXT_CHARON=(unshare -m --propagation private bash -c '
    mount --bind "$1" /usr/lib/ipsec
    shift
    exec "$@"' charon "$SS_NEXT/usr/lib/ipsec"
    "$SS_NEXT_LIBS"/ld-linux-*.so.* --library-path "$SS_NEXT_LIBS:/usr/lib/ipsec" "$CHARON")

# This release's charon, with the plugins of the folder that follows.
# shellcheck disable=SC2016
SS_CHARON_WITH=(unshare -m --propagation private bash -c '
    mount --bind "$1" /usr/lib/ipsec/plugins
    shift
    exec "$@"' charon)

# --- client ---

# strongswan_client REMOTE: sets up `home` towards that gateway, in the background.
strongswan_client() {
    strongswan_client_ready "$1"
    strongswan_connect
}

# strongswan_client_ready REMOTE: it runs and connects when told to.
strongswan_client_ready() {
    strongswan_client_conf "$1" > "$CASE/client.swanctl.conf"
    strongswan_start client
}

strongswan_connect() {
    if [ "${SS_TRAFFIC:-}" = yes ]; then
        spawn initiate swan client --initiate --child net --timeout 20
    else
        spawn initiate swan client --initiate --ike home --timeout 20
    fi
}

# The client is established with that gateway, and with no other one.
strongswan_client_at() {
    local sas
    sas=$(swan client --list-sas --raw 2>/dev/null |
        grep -oE 'state=[A-Z]+|remote-host=[^ ]+' | paste -sd' ')
    [ "$sas" = "state=ESTABLISHED remote-host=$1" ]
}

strongswan_client_gave_up() {
    seen client.log 'initiating IKE_SA' &&
        ! swan client --list-sas --raw 2>/dev/null | grep -q 'state='
}

strongswan_client_conf() {
    cat <<C
connections {
  home {
    version = 2
    remote_addrs = $1
    $(strongswan_ports)
    proposals = aes128-sha256-x25519
    mobike = no
    keyingtries = ${SS_TRIES:-1}
    $(strongswan_traffic)
    $(strongswan_auth local)
    remote { auth = psk
             id = $GATEWAY_ID }
    children { net { local_ts = 192.168.71.0/24
                     remote_ts = 192.168.72.0/24
                     ${SS_DPD:+dpd_action = restart}
                     esp_proposals = aes128gcm128 } }
  }
}
$(strongswan_secrets)
C
}

# PORT=4500: the client starts on the NAT traversal port.
strongswan_ports() {
    [ -z "${PORT:-}" ] || printf 'remote_port = %s\n    local_port = %s\n' "$PORT" "$PORT"
}

# --- gateway ---

# strongswan_gateway HOST: accepts the client on both addresses of the host.
strongswan_gateway() {
    strongswan_gateway_conf "$1" > "$CASE/$1.swanctl.conf"
    strongswan_start "$1"
}

# strongswan_front_door HOST TARGET
strongswan_front_door() {
    SS_ON_INIT=$2
    strongswan_gateway "$1"
    SS_ON_INIT=
}

# strongswan_gateway_redirecting HOST STAGE TARGET
strongswan_gateway_redirecting() {
    case $2 in
        auth-last) SS_ON_AUTH=$3 ;;
        eap-first) cannot "charon redirects in the last response only" ;;
    esac
    strongswan_gateway "$1"
    SS_ON_AUTH=
}

# strongswan_redirect HOST TARGET: active redirect of every client of that gateway.
strongswan_redirect() {
    swan "$1" --redirect --ike home --gateway "$2" >> "$CASE/$1.swanctl.out" 2>&1
}

strongswan_gateway_free() {
    seen "$1.log" 'state change: CONNECTING => ESTABLISHED' &&
        ! swan "$1" --list-sas --raw 2>/dev/null | grep -q 'state='
}

strongswan_gateway_conf() {
    cat <<C
connections {
  home {
    version = 2
    local_addrs = $(ip4 "$1"), $(ip6 "$1")
    proposals = aes128-sha256-x25519
    mobike = no
    $(strongswan_traffic)
    local { auth = psk
            id = $GATEWAY_ID }
    $(strongswan_auth remote)
    children { net { local_ts = 192.168.72.0/24
                     remote_ts = 192.168.71.0/24
                     esp_proposals = aes128gcm128 } }
  }
}
$(strongswan_secrets)
C
}

# --- both ---

strongswan_traffic() {
    [ "${SS_TRAFFIC:-}" != yes ] || echo "encap = yes"
    [ -z "${SS_DPD:-}" ] || echo "    dpd_delay = $SS_DPD"
}

# strongswan_auth local|remote: how the client authenticates itself; AUTH, see lib/roles.sh
strongswan_auth() {
    local psk="auth = psk
        id = $CLIENT_ID"
    local eap="auth = eap-md5
        eap_id = $EAP_USER"
    # For a second round charon takes the EAP identity as the one that it checks.
    if [ "$1 ${AUTH:-psk}" != "remote psk+eap" ]; then eap+="
        id = $CLIENT_ID"; fi
    case ${AUTH:-psk} in
        psk)     echo "$1 { $psk }" ;;
        eap)     echo "$1 { $eap }" ;;
        psk+eap) printf '%s-1 { %s }\n    %s-2 { %s }\n' "$1" "$psk" "$1" "$eap" ;;
        psk+psk) printf '%s-1 { %s }\n    %s-2 { auth = psk\n id = %s }\n' \
            "$1" "$psk" "$1" "$SECOND_ID" ;;
    esac
}

strongswan_secrets() {
    cat <<C
secrets {
  ike-1 { id-1 = $GATEWAY_ID
          id-2 = $CLIENT_ID
          id-3 = $SECOND_ID
          secret = "$PSK" }
  eap-1 { id = $EAP_USER
          secret = "$EAP_SECRET" }
}
C
}

strongswan_rekey() { swan "$1" --rekey --ike home >> "$CASE/$1.swanctl.out" 2>&1; }

# strongswan_start HOST: charon with CASE/HOST.swanctl.conf loaded.
strongswan_start() {
    local host=$1
    local -a charon=("${SS_CHARON_WITH[@]}" "${SS_PLUGIN_FOLDER:-$SS_PROVIDER/plugins}" "$CHARON")
    if [ "${SS_RELEASE:-}" = next ]; then charon=("${SS_NEXT_CHARON[@]}"); fi
    strongswan_conf "$host" > "$CASE/$host.strongswan.conf"
    spawn "$host" in_host "$host" env STRONGSWAN_CONF="$CASE/$host.strongswan.conf" "${charon[@]}"
    expect "charon of $host does not start" wait_until 20 test -S "$(vici "$host")"
    swan "$host" --load-all --file "$CASE/$host.swanctl.conf" >> "$CASE/$host.swanctl.out" 2>&1 ||
        fail "swanctl of $host: see $host.swanctl.out"
}

# Not below the folder of the run: a socket's path has room for some 100 octets only.
vici() { echo "$SOCKETS/$1.vici"; }

# swan HOST ARGUMENTS...: swanctl towards that host's charon.
swan() {
    local host=$1
    shift
    timeout 20 swanctl "$@" --uri "unix://$(vici "$host")"
}

strongswan_plugin_section() {
    [ -z "${SS_PLUGIN:-}" ] || printf '%s {\n%s\n}\n' "$SS_PLUGIN" "$(strongswan_plugin "$1")"
}

strongswan_more_plugins() {
    echo ${SS_TRAFFIC:+kernel-libipsec} kernel-netlink socket-default redirect-provider \
        ${SS_PLUGIN:-}
}

strongswan_conf() {
    cat <<C
charon {
  load = $SS_PLUGINS $(strongswan_more_plugins)
  install_routes = ${SS_TRAFFIC:-no}
  install_virtual_ip = no
  retransmit_tries = ${SS_RETRANSMIT_TRIES:-3}
  retransmit_timeout = 0.7
  retransmit_base = 1.3
  half_open_timeout = 10
  dos_protection = ${SS_COOKIES:-no}
  follow_redirects = ${FOLLOW:-yes}
  plugins {
    vici { socket = unix://$(vici "$1") }
    redirect-provider {
      ${SS_ON_INIT:+on_init = $SS_ON_INIT}
      ${SS_ON_AUTH:+on_auth = $SS_ON_AUTH}
    }
    $(strongswan_plugin_section "$1")
  }
  filelog {
    log { path = $CASE/$1.log
          default = 1
          ike = 2
          ike_name = yes
          time_format = %H:%M:%S
          flush_line = yes }
  }
}
C
}
