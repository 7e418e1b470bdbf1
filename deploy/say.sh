# How the launcher and the scripts beside it speak: sourced by each of them, defines functions only.
# shellcheck shell=sh

step() { printf 'hairem: %s\n' "$*" >&2; }

# One line that says what is wrong and what to do about it; ends the script.
fail() { fail_with 1 "$@"; }

# fail_with CODE TEXT: with an exit code that means the same as the CLI's (2 wrong use, 4 nothing answers).
fail_with() {
	fail_code=$1
	shift
	printf 'hairem: error: %s\n' "$*" >&2
	exit "$fail_code"
}

# slowly WHAT COMMAND...: runs a command quietly, says every ten seconds that it is still at it,
# and shows the end of its output if it fails. The exit code is the command's.
slowly() {
	slowly_what=$1
	shift
	step "$slowly_what"
	slowly_log=$(mktemp) || return 1
	# The ticker runs in the background, not the command: a background command would not hear Ctrl-C.
	(
		seconds=0
		while sleep 10 && kill -0 $$ 2>/dev/null; do
			seconds=$((seconds + 10))
			step "  ... $seconds s: $(tail -n 1 "$slowly_log" 2>/dev/null | tr -d '\000-\037' | cut -c 1-100)"
		done
	) &
	slowly_ticker=$!
	slowly_code=0
	"$@" >"$slowly_log" 2>&1 || slowly_code=$?
	kill "$slowly_ticker" 2>/dev/null
	wait "$slowly_ticker" 2>/dev/null || :
	[ "$slowly_code" -eq 0 ] || tail -n 20 "$slowly_log" | sed 's/^/    /' >&2
	rm -f "$slowly_log"
	return "$slowly_code"
}
