# One case: its folder, its verdict, its clean end.
# A row is a function row_NAME that runs in a subshell of its own, so whatever it sets ends with it.

# run_case ROW: leaves one line in CASE/verdict: pass | FAIL: why | peer cannot: why | skipped: why
run_case() {
    CASE=$RUN/$COLUMN/$1
    SOCKETS=$SOCKET_ROOT/$COLUMN
    rm -rf "$SOCKETS"
    mkdir -p "$CASE" "$SOCKETS"
    (
        trap stop_all EXIT
        trap 'exit 143' TERM INT
        capture_start || fail "no capture"
        "row_$1"
        capture_stop
        check_no_panic
        check_dissection
        verdict pass
    ) 2> "$CASE/shell.err" &
    # In the background, so that a signal to this shell need not wait for the end of the row.
    CASE_SHELL=$!
    wait "$CASE_SHELL"
    [ -s "$CASE/verdict" ] || echo "FAIL: the case ended without a verdict" > "$CASE/verdict"
    if [ "$(cat "$CASE/verdict")" = pass ] && [ -z "${KEEP:-}" ]; then keep_only_verdict; fi
}

# Whatever the peer did, none of our hosts may panic.
check_no_panic() {
    local panic
    panic=$(grep -hs 'panicked at' "$CASE"/*.out | head -1)
    [ -z "$panic" ] || fail "panic: $panic"
}

keep_only_verdict() {
    find "$CASE" -mindepth 1 ! -name verdict ! -name crashes ! -name figures ! -name clients.tsv \
        -delete
}

verdict() {
    echo "$*" > "$CASE/verdict"
    exit 0
}

fail() { verdict "FAIL: $*"; }

cannot() { verdict "peer cannot: $*"; }

# The row wants what this column has not got.
skip() { verdict "skipped: $*"; }

# expect WHAT COMMAND...: fails the case with WHAT unless the command succeeds.
expect() {
    local what=$1
    shift
    "$@" || fail "$what"
}

# expect_not WHAT COMMAND...
expect_not() {
    local what=$1
    shift
    ! "$@" || fail "$what"
}
