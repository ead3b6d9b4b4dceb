# strongSwan: charon, controlled by swanctl, as client and as gateway.
# A row may set SS_RELEASE=next before it starts one: the next Debian release's version, unpacked by tests/interop/install.

CHARON=/usr/lib/ipsec/charon
SS_NEXT=$ROOT/target/interop/strongswan-next
SS_NEXT_LIBS=$SS_NEXT/usr/lib/$(uname -m)-linux-gnu
SS_PLUGINS="random nonce openssl pem pkcs1 aes sha1 sha2 md5 hmac kdf curve25519 gmp gcm eap-identity eap-md5 eap-mschapv2 vici kernel-netlink socket-default"

strongswan_version() { $CHARON --version | sed 's/^Linux //'; }

strongswan_next_version() { (in_next_strongswan $CHARON --version); }

# Its files are shown at the usual place; its programs run with its own C library.
in_next_strongswan() {
    # shellcheck disable=SC2016
    exec unshare -m --propagation private bash -c '
        mount --bind "$1/usr/lib/ipsec" /usr/lib/ipsec
        shift
        exec "$@"' in_next_strongswan "$SS_NEXT" \
        "$SS_NEXT_LIBS/ld-linux-x86-64.so.2" --library-path "$SS_NEXT_LIBS:/usr/lib/ipsec" "$@"
}

# --- client ---

# strongswan_client REMOTE: sets up `home` towards that gateway, in the background.
strongswan_client() {
    strongswan_client_conf "$1" > "$CASE/client.swanctl.conf"
    strongswan_start client
    spawn initiate swan client --initiate --ike home --timeout 20
}

# The client is established with that gateway, and with no other one.
strongswan_client_at() {
    local sas
    sas=$(swan client --list-sas --raw 2>/dev/null | grep -oE 'state=[A-Z]+|remote-host=[^ ]+' | paste -sd' ')
    [ "$sas" = "state=ESTABLISHED remote-host=$1" ]
}

strongswan_client_gave_up() {
    seen client.log 'initiating IKE_SA' && ! swan client --list-sas --raw 2>/dev/null | grep -q 'state='
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
    keyingtries = 1
    $(strongswan_client_auth)
    remote { auth = psk
             id = $GATEWAY_ID }
    children { net { local_ts = 192.168.71.0/24
                     remote_ts = 192.168.72.0/24
                     esp_proposals = aes128gcm128 } }
  }
}
$(strongswan_secrets)
C
}

# PORT=4500: the client starts on the NAT traversal port.
strongswan_ports() { [ -z "${PORT:-}" ] || printf 'remote_port = %s\n    local_port = %s\n' "$PORT" "$PORT"; }

# AUTH: psk | eap | psk+eap (RFC 4739, two rounds)
strongswan_client_auth() {
    local psk="auth = psk
             id = $CLIENT_ID" eap="auth = eap-md5
             id = $CLIENT_ID
             eap_id = $EAP_USER"
    case ${AUTH:-psk} in
        psk)     echo "local { $psk }" ;;
        eap)     echo "local { $eap }" ;;
        psk+eap) echo "local-1 { $psk }
    local-2 { $eap }" ;;
    esac
}

# --- gateway ---

# strongswan_gateway HOST: accepts the client on both addresses of the host.
strongswan_gateway() {
    strongswan_gateway_conf "$1" > "$CASE/$1.swanctl.conf"
    strongswan_start "$1"
}

strongswan_front_door() { cannot "stock strongSwan has no way to send REDIRECT in IKE_SA_INIT"; }

# Only actively, by strongswan_redirect.
strongswan_gateway_redirecting() {
    [ "$2" = active ] || cannot "stock strongSwan has no way to send REDIRECT in IKE_AUTH"
    strongswan_gateway "$1"
}

# strongswan_redirect HOST TARGET: active redirect of every client of that gateway.
strongswan_redirect() { swan "$1" --redirect --ike home --gateway "$2" >> "$CASE/$1.swanctl.out" 2>&1; }

strongswan_gateway_free() {
    seen "$1.log" 'state change: CONNECTING => ESTABLISHED' && ! swan "$1" --list-sas --raw 2>/dev/null | grep -q 'state='
}

strongswan_gateway_conf() {
    cat <<C
connections {
  home {
    version = 2
    local_addrs = $(ip4 "$1"), $(ip6 "$1")
    proposals = aes128-sha256-x25519
    mobike = no
    local { auth = psk
            id = $GATEWAY_ID }
    remote { auth = psk
             id = $CLIENT_ID }
    children { net { local_ts = 192.168.72.0/24
                     remote_ts = 192.168.71.0/24
                     esp_proposals = aes128gcm128 } }
  }
}
$(strongswan_secrets)
C
}

# --- both ---

strongswan_secrets() {
    cat <<C
secrets {
  ike-1 { id-1 = $GATEWAY_ID
          id-2 = $CLIENT_ID
          secret = "$PSK" }
  eap-1 { id = $EAP_USER
          secret = "$EAP_SECRET" }
}
C
}

# strongswan_start HOST: charon with CASE/HOST.swanctl.conf loaded.
strongswan_start() {
    local host=$1 wrapper=
    if [ "${SS_RELEASE:-}" = next ]; then wrapper=in_next_strongswan; fi
    strongswan_conf "$host" > "$CASE/$host.strongswan.conf"
    spawn "$host" strongswan_run "$host" $wrapper
    expect "charon of $host does not start" wait_until 10 test -S "$(vici "$host")"
    swan "$host" --load-all --file "$CASE/$host.swanctl.conf" >> "$CASE/$host.swanctl.out" 2>&1 ||
        fail "swanctl of $host: see $host.swanctl.out"
}

strongswan_run() {
    export STRONGSWAN_CONF=$CASE/$1.strongswan.conf
    if [ -z "${2:-}" ]; then in_host "$1" $CHARON; fi
    export -f in_next_strongswan
    export SS_NEXT SS_NEXT_LIBS
    in_host "$1" bash -c "in_next_strongswan $CHARON"
}

# Not below the folder of the run: a socket's path has room for some 100 octets only.
vici() { echo "$SOCKETS/$1.vici"; }

# swan HOST ARGUMENTS...: swanctl towards that host's charon.
swan() {
    local host=$1
    shift
    timeout 20 swanctl "$@" --uri "unix://$(vici "$host")"
}

strongswan_conf() {
    cat <<C
charon {
  load = $SS_PLUGINS
  install_routes = no
  install_virtual_ip = no
  retransmit_tries = ${SS_RETRANSMIT_TRIES:-3}
  retransmit_timeout = 0.7
  retransmit_base = 1.3
  half_open_timeout = 10
  follow_redirects = ${FOLLOW:-yes}
  plugins {
    vici { socket = unix://$(vici "$1") }
  }
  filelog {
    log { path = $CASE/$1.log
          default = 1
          ike = 2
          time_format = %H:%M:%S
          flush_line = yes }
  }
}
C
}
