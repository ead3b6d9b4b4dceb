# What tshark, an independent reader, makes of the messages on the wire.
# Needs CASE; OURS lists the addresses whose messages we wrote.

IKE_SA_INIT='isakmp.exchangetype == 34'
IKE_AUTH='isakmp.exchangetype == 35'
INFORMATIONAL='isakmp.exchangetype == 37'
REQUEST='isakmp.flag_r == 0'
RESPONSE='isakmp.flag_r == 1'
WITH_REDIRECT='isakmp.notify.msgtype == 16407'

# packets FILTER: the frames of the case that match a display filter.
packets() {
    local -a options=()
    decryption_options
    tshark -r "$CASE/capture.pcap" "${options[@]}" -Y "$1" 2>>"$CASE/tshark.err"
}

on_wire() { [ -n "$(packets "$1")" ]; }

# Our hosts note the keys of each session in CASE/*.keys, one line of Wireshark's IKEv2 decryption table each.
decryption_options() {
    local line
    while read -r line; do
        options+=(-o "uat:ikev2_decryption_table:$line")
    done < <(cat "$CASE"/*.keys 2>/dev/null)
}

# attempts FILTER: how many IKE SAs were asked for by requests that match; a retransmission is no new one.
attempts() {
    tshark -r "$CASE/capture.pcap" -Y "$IKE_SA_INIT && $REQUEST && ($1)" -T fields -e isakmp.ispi 2>>"$CASE/tshark.err" | sort -u | wc -l
}

# address FIELD IP: the filter for src or dst, whatever the family.
address() {
    case $2 in
        *:*) echo "ipv6.$1 == $2" ;;
        *)   echo "ip.$1 == $2" ;;
    esac
}

# identity new_resp|org_resp GATEWAY: the filter for a gateway named in REDIRECT or REDIRECTED_FROM.
identity() {
    local field=isakmp.notify.data.redirect.$1_gw_ident
    case $2 in
        *:*)      echo "$field.ipv6 == $2" ;;
        *[a-z]*)  echo "$field.fqdn == \"$2\"" ;;
        *)        echo "$field.ipv4 == $2" ;;
    esac
}

# Of the messages that we wrote none is malformed, and all are understood as IKE.
check_dissection() {
    local ours
    ours=$(our_messages)
    [ -n "$ours" ] || return 0
    check_none "malformed" "_ws.malformed && ($ours)"
    check_none "not understood as IKE" "udp && !isakmp && !(udp.length == 9) && ($ours)"
}

check_none() {
    packets "$2" > "$CASE/tshark.found"
    [ ! -s "$CASE/tshark.found" ] || fail "$1: $(head -1 "$CASE/tshark.found")"
}

our_messages() {
    local ip filter=
    for ip in ${OURS:-}; do filter+=" || $(address src "$ip")"; done
    echo "${filter# || }"
}
