# Processes of one case: started by name, waited for with a bound, ended by pid.
# Needs CASE (the folder of the running case).

declare -A PIDS=()

# spawn NAME COMMAND...: background process; its output goes to CASE/NAME.out.
spawn() {
    local name=$1
    shift
    "$@" </dev/null >>"$CASE/$name.out" 2>&1 &
    PIDS[$name]=$!
}

# stop NAME: ends that process and waits until it is gone.
stop() {
    local pid=${PIDS[$1]:-}
    unset "PIDS[$1]"
    [ -n "$pid" ] || return 0
    kill "$pid" 2>/dev/null || true
    wait_until 2 gone "$pid" || kill -9 "$pid" 2>/dev/null || true
    note_end "$1" "$pid"
}

# A process that ended by another signal than ours is worth a line in CASE/crashes.
note_end() {
    local status=0
    wait "$2" || status=$?
    case $status in
        134 | 135 | 136 | 139) echo "$1 ended by signal $((status - 128))" >> "$CASE/crashes" ;;
    esac
}

stop_all() {
    local name
    for name in "${!PIDS[@]}"; do kill "${PIDS[$name]}" 2>/dev/null || true; done
    for name in "${!PIDS[@]}"; do stop "$name"; done
}

gone() { ! kill -0 "$1" 2>/dev/null; }

alive() { kill -0 "${PIDS[$1]:-0}" 2>/dev/null; }

# wait_until SECONDS COMMAND...: polls the command until it succeeds; fails when the time is over.
# Where a poll takes long itself, for the machine is busy, up to three times as long.
wait_until() {
    local rounds=$(($1 * 10)) end=$((SECONDS + 3 * $1 + 1))
    shift
    while ((rounds-- > 0 && SECONDS <= end)); do
        "$@" && return 0
        sleep 0.1
    done
    return 1
}

# wait_for SECONDS NAME REGEX: until a line of CASE/NAME matches.
wait_for() { wait_until "$1" seen "$2" "$3"; }

# seen NAME REGEX: a line of CASE/NAME matches.
seen() { grep -qsE -- "$2" "$CASE/$1"; }

# count NAME REGEX: number of matching lines of CASE/NAME.
count() { grep -csE -- "$2" "$CASE/$1" || true; }
