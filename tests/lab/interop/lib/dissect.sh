# What tshark, an independent reader, makes of the messages on the wire.
# Needs CASE; OURS lists the addresses whose messages we wrote.
#
# A condition is an awk expression over one message: src, dst, port (of the source), exchange,
# response (0 or 1), spi (of the initiator), redirect_to, redirected_from, carries(PAYLOAD),
# notified(TYPE), and what `check_dissection` asks for.

IKE_SA_INIT='exchange == 34'
IKE_AUTH='exchange == 35'
CREATE_CHILD_SA='exchange == 36'
INFORMATIONAL='exchange == 37'
REQUEST='!response'
RESPONSE='response'
FROM_CLIENT='src ~ /^(10.99.0.1|fd99::1)$/'
WITH_REDIRECT='notified(16407)'
REDIRECTED='notified(16408)'

from() { echo "src == \"$1\""; }

to() { echo "dst == \"$1\""; }

# on_wire CONDITION: some message meets it.
on_wire() { [ -n "$(messages "$1" spi)" ]; }

# attempts CONDITION: how many IKE SAs were asked for by requests that meet it; a retransmission
# asks for no new one.
attempts() { messages "$IKE_SA_INIT && $REQUEST && ($1)" spi | sort -u | wc -l; }

# messages CONDITION VALUE: that value of each message that meets the condition.
messages() {
    dissect
    awk -F '\t' "
        function notified(type) { return index(notifies, \",\" type \",\") }
        function carries(payload) { return index(payloads, \",\" payload \",\") }
        {
            number = \$1; src = \$2 \$3; dst = \$4 \$5; port = \$6; length_udp = \$7
            protocols = \$8; exchange = \$9; response = \$10; spi = \$11
            payloads = \",\" \$12 \",\"; notifies = \",\" \$13 \",\"
            redirect_to = \$14 \$15 \$16; redirected_from = \$17 \$18
            decrypted = \$19; wrong_checksum = \$20; malformed = \$21
        }
        $1 { print $2 }" "$CASE/messages.tsv"
}

FIELDS="frame.number ip.src ipv6.src ip.dst ipv6.dst udp.srcport udp.length frame.protocols
    isakmp.exchangetype isakmp.flag_r isakmp.ispi isakmp.typepayload isakmp.notify.msgtype
    isakmp.notify.data.redirect.new_resp_gw_ident.ipv4
    isakmp.notify.data.redirect.new_resp_gw_ident.ipv6
    isakmp.notify.data.redirect.new_resp_gw_ident.fqdn
    isakmp.notify.data.redirect.org_resp_gw_ident.ipv4
    isakmp.notify.data.redirect.org_resp_gw_ident.ipv6
    isakmp.enc.decrypted isakmp.ikev2.integrity_checksum _ws.malformed"

# Writes CASE/messages.tsv anew if the capture has grown.
dissect() {
    [ "$CASE/dissected" -nt "$CASE/capture.pcap" ] && return
    local field keys
    local -a options=()
    for field in $FIELDS; do options+=(-e "$field"); done
    while read -r keys; do
        options+=(-o "uat:ikev2_decryption_table:$keys")
    done < <(cat "$CASE"/*.keys 2>/dev/null)
    : > "$CASE/dissected"
    tshark -n -r "$CASE/capture.pcap" -Y udp -T fields "${options[@]}" \
        > "$CASE/messages.tsv" 2>> "$CASE/tshark.err"
}

# Of the messages that we wrote none is malformed, all are understood as IKE, and the protected ones
# open with our keys: those that our hosts note in CASE/*.keys, one line of Wireshark's IKEv2
# decryption table for each session.
check_dissection() {
    rm -f "$CASE/dissected"
    check_none "malformed" 'malformed != ""'
    check_none "not decrypted" 'carries(46) && decrypted == ""'
    check_none "wrong checksum" 'wrong_checksum != ""'
    check_none "not understood as IKE" 'protocols !~ /isakmp/ && length_udp != 9'
}

# check_none WHAT CONDITION: no message of ours meets it.
check_none() {
    local found
    found=$(messages "index(\" $OURS \", \" \" src \" \") && $2" number | head -1)
    [ -z "$found" ] || fail "$1: message $found of capture.pcap"
}
