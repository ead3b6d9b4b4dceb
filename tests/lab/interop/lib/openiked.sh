# OpenIKED: iked, unpacked by tests/lab/interop/install and not installed, watched by ikectl; as
# client and as gateway. It knows the numbers of the three notifications and does nothing with them.

OPENIKED=$ROOT/target/interop/openiked
OPENIKED_LIBS=$OPENIKED/usr/lib/$(uname -m)-linux-gnu
PFKEY=$ROOT/target/interop/pfkey/pfkey.so

openiked_version() { LD_LIBRARY_PATH=$OPENIKED_LIBS "$OPENIKED/usr/sbin/iked" -V 2>&1; }

# --- client ---

# openiked_client REMOTE: it connects as soon as it runs.
openiked_client() {
    [ "${AUTH:-psk}" = psk ] ||
        cannot "iked's EAP needs certificates; it knows no second authentication (RFC 4739)"
    [ -z "${PORT:-}" ] || cannot "iked starts on port 500"
    local from
    from=$(ip4 client)
    case $1 in *:*) from=$(ip6 client) ;; esac
    {
        openiked_policy "active esp from 192.168.71.0/24 to 192.168.72.0/24 local $from peer $1"
        echo "srcid $CLIENT_ID dstid $GATEWAY_ID psk \"$PSK\""
    } > "$CASE/client.iked.conf"
    openiked_start client
}

# The client is established with that gateway, and with no other one. What is closing is over.
openiked_client_at() { [ "$(openiked_sas client | grep -v ' CLOS')" = "$1 ESTABLISHED" ]; }

openiked_client_gave_up() {
    seen client.out 'sa_state: .* -> CLOS(ING|ED)' && ! openiked_sas client | grep -q ESTABLISHED
}

# --- gateway ---

openiked_gateway() {
    local host=$1 ends="esp from 192.168.72.0/24 to 192.168.71.0/24" family
    for family in ip4 ip6; do
        openiked_policy "passive $ends local $($family "$host") peer any"
        echo "srcid $GATEWAY_ID dstid $CLIENT_ID psk \"$PSK\""
    done > "$CASE/$host.iked.conf"
    openiked_start "$host"
}

# It has none of its own, so ours stands before it.
openiked_front_door() { ours_front_door "$@"; }

openiked_redirect() { cannot "it redirects nobody"; }

openiked_gateway_redirecting() { cannot "it redirects nobody"; }

openiked_gateway_free() {
    seen "$1.out" 'sa_state: .* -> ESTABLISHED' && [ -z "$(openiked_sas "$1")" ]
}

# --- both ---

# openiked_policy WHAT: all of a policy but the names of the ends, which follow on its line.
openiked_policy() {
    printf 'ikev2 %s %s %s ' "$1" \
        'ikesa enc aes-128 prf hmac-sha2-256 auth hmac-sha2-256 group curve25519' \
        'childsa enc aes-128 auth hmac-sha1'
}

# openiked_sas HOST: the peer's address and the state of each IKE SA.
openiked_sas() {
    LD_LIBRARY_PATH=$OPENIKED_LIBS timeout 10 \
        "$OPENIKED/usr/sbin/ikectl" -s "$SOCKETS/$1.iked" show sa 2>/dev/null | sed -nE '
        s/^iked_sas: .*->\[?([0-9a-f.:]+)\]?:[0-9]+<.*>\[[^]]*\] ([A-Z_]+) .*/\1 \2/p'
}

# openiked_start HOST: iked with CASE/HOST.iked.conf.
openiked_start() {
    local host=$1 socket=$SOCKETS/$1.iked
    chmod 600 "$CASE/$host.iked.conf"
    spawn "$host" in_openiked "$host" \
        "$OPENIKED/usr/sbin/iked" -dvv -f "$CASE/$host.iked.conf" -s "$socket"
    expect "iked of $host does not start" wait_until 20 test -S "$socket"
    expect "iked of $host does not listen" wait_until 20 listens "$host" 4500
}

# iked wants a user, folders and a key below /etc: they stand there in a mount namespace of its own.
in_openiked() {
    local host=$1
    shift
    # shellcheck disable=SC2016
    in_host "$host" bash -c '
        mount -t tmpfs tmpfs /etc
        cp "$1/names" /etc/hosts
        echo root:x:0:0::/root:/bin/sh > /etc/passwd
        echo _iked:x:877:877::/run/iked:/bin/false >> /etc/passwd
        echo root:x:0: > /etc/group
        echo _iked:x:877: >> /etc/group
        mkdir -p /run/iked /etc/iked/{ca,certs,crls,private,pubkeys}
        openssl ecparam -genkey -name prime256v1 -noout -out /etc/iked/private/local.key
        export LD_PRELOAD=$2 LD_LIBRARY_PATH=$3
        shift 3
        exec "$@"' in_openiked "$LIB" "$PFKEY" "$OPENIKED_LIBS" "$@"
}
