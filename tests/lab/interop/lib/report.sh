# The table of a run, its reasons, the one line that counts, and the block of docs/interop.md that is made from them.

DOC=$ROOT/docs/interop.md
DOC_BEGIN='<!-- written by tests/lab/interop/run all -->'
DOC_END='<!-- end of what is written by tests/lab/interop/run all -->'

declare -A COLUMN_TITLE=(
    [ours-libreswan]="our client ↔ libreswan gateway"
    [ours-strongswan]="our client ↔ strongSwan gateway"
    [libreswan-ours]="libreswan client ↔ our gateway"
    [strongswan-ours]="strongSwan client ↔ our gateway"
    [ours-plugin]="our client ↔ strongSwan gateway with the plugin"
    [plugin-ours]="strongSwan client with the plugin ↔ our gateway"
    [ours-ours]="our client ↔ our gateway"
)

# Prints the table, writes the document if asked to; the exit code says whether anything failed.
report() {
    local passed=0 failed=0 skipped=0 table notes=
    declare -A note_number=()
    make_table
    printf '\n%s\n\n%s' "$table" "$notes"
    if [ -n "$DOCUMENT" ]; then write_document; fi
    if ((failed > 0)); then echo "logs and captures: ${RUN#"$ROOT/"}"; fi
    echo "$passed passed, $failed failed, $skipped skipped"
    ((failed == 0 && passed > 0))
}

make_table() {
    local row column line rule
    line="| case |" rule="|---|"
    for column in $COLUMN_LIST; do
        line+=" ${COLUMN_TITLE[$column]} |" rule+="---|"
    done
    table=$line$'\n'$rule
    for row in $ROW_LIST; do
        line="| ${TITLE[$row]} |"
        for column in $COLUMN_LIST; do add_cell "$RUN/$column/$row/verdict"; done
        table+=$'\n'$line
    done
}

# A reason becomes a numbered note below the table; equal reasons share one.
add_cell() {
    local verdict="FAIL: not run"
    if [ -s "$1" ]; then verdict=$(cat "$1"); fi
    case $verdict in
        pass)  passed=$((passed + 1)) line+=" pass |" ;;
        peer*) skipped=$((skipped + 1)); add_note "$verdict"; line+=" peer cannot [$note] |" ;;
        *)     failed=$((failed + 1)); add_note "$verdict"; line+=" **FAIL** [$note] |" ;;
    esac
}

add_note() {
    note=${note_number[$1]:-}
    [ -z "$note" ] || return 0
    note=$((${#note_number[@]} + 1))
    note_number[$1]=$note
    notes+="- [$note] $1"$'\n'
}

# Replaces the marked block and leaves the rest as it is.
write_document() {
    local text
    text=$(document_block) awk -v begin="$DOC_BEGIN" -v end="$DOC_END" '
        $0 == end { inside = 0 }
        !inside
        $0 == begin { inside = 1; print ENVIRON["text"] }' "$DOC" > "$RUN/interop.md"
    cp "$RUN/interop.md" "$DOC"
}

document_block() {
    echo
    echo "$table"
    echo
    printf '%s\n' "$notes"
    echo "$passed passed, $failed failed, $skipped skipped, with $(strongswan_version) and $(strongswan_next_version)," \
        "$(libreswan_version), $(tshark --version 2>/dev/null | sed -n '1s/^T\(Shark\) (Wireshark) \([0-9.]*[0-9]\).*/t\L\1\E \2/p')."
}
