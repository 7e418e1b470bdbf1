# Who may read and write the files that hold secrets and decide what agents are given: sourced by ./hairem and up.sh
# from the root of the repository; needs say.sh and settings.sh. It warns, and changes nothing.
# shellcheck shell=sh

# hAIrem runs as this user and group in its containers.
hairem_uid=10001

check_modes() {
	# Read by whoever runs ./hairem, who passes their variables on: nobody else needs them.
	check_private "$(setting HAIREM_ENV_FILE .env)"
	[ "$(setting HAIREM_ENV_FILE .env)" = .env ] || check_private .env
	check_private "$(setting HAIREM_SECRETS_ENV deploy/secrets.env)"
	check_grants "$(setting HAIREM_GRANTS_DIR ./deploy)/grants.yaml"
	check_secrets "$(setting HAIREM_SECRETS_DIR ./deploy/secrets)"
}

check_private() {
	[ -f "$1" ] || return 0
	# One that sets nothing, as deploy/empty.env, has nothing to hide. Where it cannot be read it may.
	grep -Eq '^[^#]*=' "$1" 2>/dev/null || [ ! -r "$1" ] || return 0
	! is_open "$1" 77 || step "warning: $1 may hold secrets and other users of this host can read or change it: chmod 600 $1"
}

# No secret is in it, and hAIrem must read it; but whoever can write it gives agents what he likes.
check_grants() {
	[ -f "$1" ] || return 0
	if is_open "$1" 22; then
		step "warning: $1 decides what agents are given and other users of this host can change it: chmod 644 $1"
	elif ! is_open "$1" 04 && [ "$(owner_of "$1")" != $hairem_uid ] && { [ "$(group_of "$1")" != $hairem_uid ] || ! is_open "$1" 40; }; then
		step "warning: $1 cannot be read by uid $hairem_uid, as which hAIrem runs, so agents are given nothing of it: chmod 644 $1"
	fi
}

# A folder that only hAIrem's group may enter hides its files whatever their modes are; what is made in it is that group's.
check_secrets() {
	[ -d "$1" ] || return 0
	[ -n "$(secrets_in "$1")" ] || return 0
	if is_open "$1" 07 || { is_open "$1" 70 && [ "$(group_of "$1")" != $hairem_uid ]; }; then
		step "warning: other users of this host can enter $1, where secrets are: sudo chgrp -R $hairem_uid $1 && sudo chmod 2750 $1"
	fi
}

secrets_in() { find "$1" -mindepth 1 ! -name '.*' ! -type d 2>/dev/null | head -n 1; }

# is_open FILE BITS: whether its mode has any of these octal bits.
is_open() {
	mode=$(stat -L -c %a "$1" 2>/dev/null) || return 1
	[ $((0$mode & 0$2)) -ne 0 ]
}

owner_of() { stat -L -c %u "$1" 2>/dev/null; }
group_of() { stat -L -c %g "$1" 2>/dev/null; }
