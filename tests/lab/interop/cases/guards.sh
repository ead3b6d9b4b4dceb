# What a client must not be talked into. A front door that keeps no rule says it first; asked again,
# it sends the client to the second gateway, where only who has not listened ends up.

ROWS[guards]="guard_self guard_nowhere guard_everyone guard_length guard_type"
TITLE[guard_self]="INIT to the address just asked: ignored"
TITLE[guard_nowhere]="INIT to 0.0.0.0: ignored"
TITLE[guard_everyone]="INIT to 255.255.255.255: ignored"
TITLE[guard_length]="INIT to an IPv4 address of three octets: ignored"
TITLE[guard_type]="INIT to an identity of unknown type: ignored"

row_guard_self() {
    guard_case 01040a630002
    if on_wire "$IKE_SA_INIT && $REQUEST && $(to "$(ip4 gw1)") &&
        redirected_from == \"$(ip4 gw1)\""; then
        [ "$CLIENT" != ours ] || fail "our client follows"
        cannot "it follows to the address it just asked"
    fi
}

row_guard_nowhere() { guard_case 010400000000; }

row_guard_everyone() { guard_case 0104ffffffff; }

row_guard_length() { guard_case 01030a6300; }

row_guard_type() { guard_case 04040a630003; }

# guard_case IDENTITY
guard_case() {
    case $COLUMN in *-ours) ;; *) skip "the row is about clients" ;; esac
    spawn gw1 in_host gw1 "$DOOR" "$(ip4 gw1):500" "$1" 01040a630003
    expect "the front door does not listen" wait_for 3 gw1.out '^listening'
    end_gateway gw2
    client "$(ip4 gw1)"
    if [ "$CLIENT" != ours ] && ! wait_until 8 "${CLIENT}_client_at" "$(ip4 gw2)"; then
        expect "it was not answered" seen gw1.out '^answered'
        cannot "it follows, or gives up, before another answer"
    fi
    expect_client_at "$(ip4 gw2)"
    expect "the client was not told twice" test "$(count gw1.out '^answered')" -ge 2
}
