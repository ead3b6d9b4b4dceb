# The tables of a run, their reasons, the one line that counts, and the blocks of docs/interop.md
# that are made from them.

DOC=$ROOT/docs/interop.md

declare -A FIRST_TITLE=(
    [matrix]="case"
    [traffic]="what happens to the client"
    [fleet]="what happens to the clients"
)
# In the matrix from the client to the gateway.
declare -A COLUMN_TITLE=(
    [ours-libreswan]="→libreswan 4"
    [ours-libreswan5]="→libreswan 5"
    [ours-strongswan]="→strongSwan"
    [ours-plugin]="→plugin"
    [ours-openiked]="→OpenIKED"
    [libreswan-ours]="libreswan 4→"
    [libreswan5-ours]="libreswan 5→"
    [strongswan-ours]="strongSwan→"
    [plugin-ours]="plugin→"
    [openiked-ours]="OpenIKED→"
    [ours-ours]="ours→ours"
    [traffic-plain]="strongSwan"
    [traffic-plugged]="with the plugin"
    [fleet-plain]="strongSwan"
    [fleet-plugged]="with the plugin"
)

# Prints the tables, writes the document where asked to; the exit code says whether anything failed.
report() {
    local part all_passed=0 all_failed=0 all_skipped=0
    for part in $PARTS; do report_part "$part"; done
    if ((all_failed > 0)); then echo "logs and captures: ${RUN#"$ROOT/"}"; fi
    echo "$all_passed passed, $all_failed failed, $all_skipped skipped"
    ((all_failed == 0 && all_passed > 0))
}

report_part() {
    local part=$1 passed=0 failed=0 skipped=0 table notes=
    [ -n "${ROW_LIST[$part]:-}" ] || return 0
    declare -gA note_number=()
    make_table
    printf '\n%s\n\n%s' "$table" "$notes"
    if ((failed == 0)) && [ -n "${COMPLETE[$part]:-}" ] &&
        { [ "$part" = matrix ] || [ -n "$RECORD" ]; }; then
        write_document || failed=1
    fi
    all_passed=$((all_passed + passed))
    all_failed=$((all_failed + failed))
    all_skipped=$((all_skipped + skipped))
}

make_table() {
    local row column line rule
    line="|${FIRST_TITLE[$part]}|" rule="|---|"
    for column in ${COLUMN_LIST[$part]:-}; do
        line+="${COLUMN_TITLE[$column]:-$column}|" rule+=":-:|"
    done
    table=$line$'\n'$rule
    for row in ${ROW_LIST[$part]}; do
        line="|${TITLE[$row]}|"
        for column in ${COLUMN_LIST[$part]:-}; do add_cell "$RUN/$column/$row"; done
        table+=$'\n'$line
    done
}

# A reason becomes a numbered note below the table; equal reasons share one. Where a row has
# figures, they say more than that it passed.
add_cell() {
    local verdict="FAIL: not run" figures=✓
    if [ -s "$1/verdict" ]; then verdict=$(cat "$1/verdict"); fi
    if [ -s "$1/figures" ]; then figures=$("figures_of_$part" "$1/figures"); fi
    case $verdict in
        pass)
            passed=$((passed + 1)) line+="$figures|" ;;
        peer* | skipped*)
            skipped=$((skipped + 1))
            add_note "${verdict#peer cannot: }"
            line+="–[$note]|" ;;
        *)
            failed=$((failed + 1))
            add_note "$verdict"
            line+="**FAIL**[$note]|" ;;
    esac
}

# figure NAME FILE: one of the figures that a row left there.
figure() { sed -nE "s/.*\\b$1=([0-9]+).*/\\1/p" "$2"; }

figures_of_traffic() { echo "$(figure lost "$1")/$(figure sent "$1"), $(figure gap "$1")"; }

figures_of_fleet() {
    echo "$(figure gw1 "$1")+$(figure gw2 "$1"), $(figure redirects "$1")," \
        "$(figure again "$1"), $(figure ike-lost "$1"), $(figure seconds "$1")"
}

add_note() {
    note=${note_number[$1]:-}
    [ -z "$note" ] || return 0
    note=$((${#note_number[@]} + 1))
    note_number[$1]=$note
    notes+="$note. $1"$'\n'
}

# Replaces the part's marked block and leaves the rest as it is.
write_document() {
    document_block |
        "$ROOT/tests/lab/record/run" put "$DOC" "tests/lab/interop/run --record $part"
}

document_block() {
    echo "$table"
    echo
    if [ -n "$notes" ]; then printf '%s\n' "$notes"; fi
    echo "$passed passed, $failed failed, $skipped skipped, with $("versions_of_$part")." |
        fmt --width=100 --goal=100
}

versions_of_matrix() {
    local strongswan_next libreswan_next
    strongswan_next=$(strongswan_next_version) libreswan_next=$(libreswan_next_version)
    echo "$(strongswan_version) and ${strongswan_next#* }," \
        "$(libreswan_version) and ${libreswan_next#* }, $(openiked_version)," \
        "$(tshark --version 2>/dev/null |
            sed -n '1s/^T\(Shark\) (Wireshark) \([0-9.]*[0-9]\).*/t\L\1\E \2/p')"
}

versions_of_traffic() { echo "$(strongswan_version), $(nproc) cores"; }

versions_of_fleet() { versions_of_traffic; }
