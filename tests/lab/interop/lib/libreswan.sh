# libreswan: pluto, unpacked by tests/lab/interop/install and not installed, controlled by whack; as
# client and as gateway.
# LS_RELEASE=next: the next Debian release's version, which needs that release's C library.

LIBRESWAN=$ROOT/target/interop/libreswan
LS_NEXT=$ROOT/target/interop/libreswan-next

libreswan_version() {
    libreswan_run libexec/ipsec/pluto --version | sed -E 's/^(Libreswan [0-9.]+).*/\1/; s/^L/l/'
}

libreswan_next_version() { LS_RELEASE=next libreswan_version; }

# --- client ---

# libreswan_client REMOTE: sets up `home` towards that gateway, in the background.
libreswan_client() {
    case ${AUTH:-psk} in
        eap)   cannot "pluto's only EAP method is TLS" ;;
        psk+*) cannot "pluto knows no second authentication (RFC 4739)" ;;
    esac
    libreswan_client_conf "$1" > "$CASE/client.ipsec.conf"
    libreswan_start client
    spawn initiate whack client --initiate --name home --asynchronous
}

# The client is established with that gateway, and with no other one.
libreswan_client_at() {
    local state
    state=$(whack client --showstates 2>/dev/null |
        sed -nE 's/.*(#[0-9]+): .*ESTABLISHED_IKE_SA.*/\1/p')
    [ -n "$state" ] &&
        grep -qE -- " $state: sent IKE_SA_INIT request to \[?$1\]?:" "$CASE/client.log"
}

libreswan_client_gave_up() {
    seen client.log 'sent IKE_SA_INIT request' &&
        ! whack client --showstates 2>/dev/null | grep -qE '^000 #[0-9]'
}

libreswan_client_conf() {
    local left
    case $1 in
        *:*) left=$(ip6 client) ;;
        *)   left=$(ip4 client) ;;
    esac
    cat <<C
config setup

conn home
    left=$left
    leftid=@$CLIENT_ID
    leftsubnet=192.168.71.0/24
    right=$1
    rightid=@$GATEWAY_ID
    rightsubnet=192.168.72.0/24
    accept-redirect=${FOLLOW:-yes}
    accept-redirect-to=${LS_ACCEPT:-%any}
    keyingtries=1
    retransmit-timeout=${LS_GIVE_UP:-10s}
    $(libreswan_ports)
$(libreswan_common)
C
}

libreswan_ports() {
    [ -z "${PORT:-}" ] || printf 'leftikeport=%s\n    rightikeport=%s\n' "$PORT" "$PORT"
}

# --- gateway ---

# libreswan_gateway HOST [LINE...]: accepts the client; the lines go into its connection.
# LEFT=ADDRESS: where it listens, if not on its IPv4 address.
libreswan_gateway() {
    local host=$1
    shift
    libreswan_gateway_conf "$host" "$@" > "$CASE/$host.ipsec.conf"
    libreswan_start "$host"
}

# libreswan_front_door HOST TARGET: never serves anyone itself.
libreswan_front_door() {
    libreswan_gateway_conf "$1" > "$CASE/$1.ipsec.conf"
    libreswan_start "$1" --global-redirect yes --global-redirect-to "$2"
}

libreswan_gateway_redirecting() {
    case ${AUTH:-psk} in
        eap)   cannot "pluto's only EAP method is TLS" ;;
        psk+*) cannot "pluto knows no second authentication (RFC 4739)" ;;
    esac
    case $2 in
        active) libreswan_gateway "$1" ;;
        *)      libreswan_gateway "$1" send-redirect=yes redirect-to="$3" ;;
    esac
}

# libreswan_redirect HOST TARGET: active redirect of every client of that gateway.
libreswan_redirect() { whack "$1" --redirect-to "$2" --name home >> "$CASE/$1.whack.out" 2>&1; }

libreswan_gateway_free() {
    seen "$1.log" 'responder established IKE SA' &&
        ! whack "$1" --showstates 2>/dev/null | grep -qE '^000 #[0-9]'
}

libreswan_gateway_conf() {
    local host=$1
    shift
    cat <<C
config setup

conn home
    left=${LEFT:-$(ip4 "$host")}
    leftid=@$GATEWAY_ID
    leftsubnet=192.168.72.0/24
    right=%any
    rightid=@$CLIENT_ID
    rightsubnet=192.168.71.0/24
$(libreswan_common)
$(printf '    %s\n' "$@")
C
}

# --- both ---

libreswan_common() {
    cat <<C
    authby=secret
    ikev2=insist
    ike=aes128-sha2_256-dh31
    esp=aes_gcm128-null
    mobike=no
    rekey=no
    auto=ignore
C
}

libreswan_rekey() {
    whack "$1" --rekey-ike --name home --asynchronous >> "$CASE/$1.whack.out" 2>&1
}

# libreswan_start HOST [PLUTO OPTIONS...]: pluto with the connection of CASE/HOST.ipsec.conf loaded.
libreswan_start() {
    local host=$1 dir=$CASE/$1.pluto
    shift
    libreswan_folder "$host"
    spawn "$host" in_libreswan "$host" "$(libreswan_root)/usr/libexec/ipsec/pluto" --nofork \
        --config "$CASE/$host.ipsec.conf" --secretsfile "$dir/secrets" --ipsecdir "$dir/ipsec.d" \
        --rundir "$SOCKETS/$host" --nssdir "$dir/nss" --dumpdir "$dir" \
        --logfile "$CASE/$host.log" "$@"
    expect "pluto of $host does not start" wait_until 20 test -S "$SOCKETS/$host/pluto.ctl"
    {
        whack "$host" --listen
        libreswan_run libexec/ipsec/addconn --ctlsocket "$SOCKETS/$host/pluto.ctl" \
        --config "$CASE/$host.ipsec.conf" home
    } >> "$CASE/$host.whack.out" 2>&1 || true
    expect "pluto of $host: see $host.whack.out" \
        seen "$host.log" 'added (unoriented )?IKEv2 connection'
}

libreswan_folder() {
    local dir=$CASE/$1.pluto
    mkdir -p "$dir/nss" "$dir/ipsec.d/policies" "$SOCKETS/$1"
    printf ': PSK "%s"\n' "$PSK" > "$dir/secrets"
    chmod 600 "$dir/secrets"
    libreswan_run bin/certutil -N -d "sql:$dir/nss" --empty-password
}

libreswan_root() {
    if [ "${LS_RELEASE:-}" = next ]; then echo "$LS_NEXT"; else echo "$LIBRESWAN"; fi
}

# libreswan_run PROGRAM ARGUMENTS...: a program below usr/ with the libraries that it was built for.
libreswan_run() {
    local root libs program=$1
    shift
    root=$(libreswan_root)
    libs=$root/usr/lib/$(uname -m)-linux-gnu
    if [ -e "$libs/libc.so.6" ]; then
        timeout 10 "$libs"/ld-linux-*.so.* --library-path "$libs" "$root/usr/$program" "$@"
    else
        LD_LIBRARY_PATH=$libs timeout 10 "$root/usr/$program" "$@"
    fi
}

# pluto looks for its helpers in /usr/libexec/ipsec: they are shown there in a mount namespace of
# its own, and so is the C library, where it has another one than this system. Nothing but pluto and
# its helpers can start there then.
in_libreswan() {
    local host=$1 root
    shift
    root=$(libreswan_root)
    # shellcheck disable=SC2016
    in_host "$host" bash -c '
        root=$1 libs=/usr/lib/$2
        shift 2
        mount --bind "$root/usr/libexec" /usr/libexec
        if [ -e "$root$libs/libc.so.6" ]; then
            mount --bind "$root$libs" "$libs"
        else
            export LD_LIBRARY_PATH=$root$libs
        fi
        exec "$@"' in_libreswan "$root" "$(uname -m)-linux-gnu" "$@"
}

# They talk to pluto by its socket, from anywhere.
whack() { libreswan_run libexec/ipsec/whack --ctlsocket "$SOCKETS/$1/pluto.ctl" "${@:2}"; }
