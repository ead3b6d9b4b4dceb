# The network of one pairing: namespaces around a bridge, no route to anywhere else.
#   client 10.99.0.1 fd99::1    gw1 10.99.0.2 fd99::2    gw2 10.99.0.3 fd99::3
#   gw3    10.99.0.4 fd99::4    relay 10.99.0.9 fd99::9   switch: the bridge, the capture's place
# Needs NET (prefix of the namespace names, unique to run and pairing) and CASE; CAPTURED is the
# capture's filter.

HOSTS="client:1 gw1:2 gw2:3 gw3:4 relay:9"
declare -A HOST_NUMBER=()
for pair in $HOSTS; do HOST_NUMBER[${pair%:*}]=${pair#*:}; done

# IKE on both ports, without the ESP that shares the second one.
ONLY_IKE='udp port 500 or (udp port 4500 and udp[8:4] = 0)'

ip4() { echo "10.99.0.${HOST_NUMBER[$1]}"; }
ip6() { echo "fd99::${HOST_NUMBER[$1]}"; }

net_up() {
    ip netns add "$NET-switch"
    ip -n "$NET-switch" link add br0 type bridge
    ip -n "$NET-switch" link set br0 up
    local host
    for host in "${!HOST_NUMBER[@]}"; do host_up "$host"; done
}

host_up() {
    local host=$1 ns=$NET-$1
    ip netns add "$ns"
    ip -n "$ns" link set lo up
    ip -n "$NET-switch" link add "p-$host" type veth peer name eth0 netns "$ns"
    ip -n "$NET-switch" link set "p-$host" master br0 up
    ip -n "$ns" link set eth0 up
    ip -n "$ns" addr add "$(ip4 "$host")/24" dev eth0
    ip -n "$ns" addr add "$(ip6 "$host")/64" dev eth0 nodad
}

# Ends whatever still lives in the namespaces (all of it is ours) and removes them.
net_down() {
    local ns pid
    for ns in $(ip netns list | sed -n "s/^\($NET-[^ ]*\).*/\1/p"); do
        for pid in $(ip netns pids "$ns" 2>/dev/null); do kill -9 "$pid" 2>/dev/null || true; done
        ip netns del "$ns" 2>/dev/null || true
    done
}

# in_host HOST COMMAND...: replaces this shell by the command in the host's network, with mounts of
# its own: an empty /run, the test's name table, no resolver. Run it by `spawn` or in a subshell.
in_host() {
    local host=$1
    shift
    # shellcheck disable=SC2016
    exec ip netns exec "$NET-$host" unshare -m --propagation private bash -c '
        mount -t tmpfs tmpfs /run
        mount --bind "$1/names" /etc/hosts
        mount --bind /dev/null /etc/resolv.conf
        shift
        exec "$@"' in_host "$LIB" "$@"
}

capture_start() {
    spawn capture in_host switch tcpdump -i br0 -n -U --immediate-mode -Z root \
        -w "$CASE/capture.pcap" \
        "${CAPTURED:-udp}"
    wait_for 10 capture.out 'listening on'
}

capture_stop() {
    sleep 0.1
    stop capture
}
