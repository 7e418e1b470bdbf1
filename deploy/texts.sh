# Whether the files of settings say what their owner thinks: sourced by ./hairem and up.sh from the root of the
# repository; needs say.sh and settings.sh. It warns, and changes nothing.
# shellcheck shell=sh

check_texts() {
	check_text .env
	[ "$(setting HAIREM_ENV_FILE .env)" = .env ] || check_text "$(setting HAIREM_ENV_FILE .env)"
	check_text "$(setting HAIREM_SECRETS_ENV deploy/secrets.env)"
}

check_text() {
	[ -r "$1" ] && [ -f "$1" ] || return 0
	if is_utf16 "$1"; then
		step "warning: $1 is UTF-16 text, as some programs of Windows save it, and nothing of it is read: save it as UTF-8"
		return 0
	fi
	for number in $(LC_ALL=C awk -v want= -f deploy/env-file.awk "$1"); do
		step "warning: $1:$number: a \$ begins the name of a variable that is not set, and stands for nothing: write \$\$, or '...' around the value"
	done
}

is_utf16() {
	case $(od -An -tx1 -N 2 "$1" 2>/dev/null | tr -d ' \n') in
	fffe | feff) return 0 ;;
	*) return 1 ;;
	esac
}
