#!/bin/sh
# ./hairem rotate: what comes next is made by `init`, which alone sees all the volumes; the orchestrator changes it while
# the crew runs; then `init` makes it the only one. Ended anywhere, another run goes on.
set -u

# shellcheck source=deploy/say.sh
. deploy/say.sh
# shellcheck source=deploy/settings.sh
. deploy/settings.sh

main() {
	orchestrator=$(running_container orchestrator) || exit 1
	redis=$(running_container redis) || exit 1
	[ -n "$orchestrator" ] && [ -n "$redis" ] || fail_with 4 "hAIrem is not running here: ./hairem up"
	for word in "$@"; do
		case $word in
		-h | --help) exec docker exec "$orchestrator" hairem rotate --help ;;
		--json | --timeout | --timeout=* | [0-9]*) ;;
		*) fail_with 2 "rotate does not know $word: ./hairem rotate [--json] [--timeout SECONDS]" ;;
		esac
	done
	step "making new passwords and a new token"
	init_once init-rotation || fail "what comes next could not be made; nothing is changed yet"
	take_users
	step "changing them while the crew runs; each agent gets a new instance"
	# Without HAIREM_TOKEN: that one is changed, too.
	docker exec "$orchestrator" hairem rotate "$@" || {
		code=$?
		step "run ./hairem rotate again to go on"
		exit "$code"
	}
	init_once || fail "the passwords of before could not be removed from the files: run ./hairem rotate again"
	take_users
	step "done; programs and browsers need the new token: ./hairem token"
}

# init_once [COMMAND]: the container `init`, which sees all the volumes, once.
init_once() {
	output=$(docker compose run --rm --no-deps -T init "$@" 2>&1 </dev/null) && return 0
	printf '%s\n' "$output" | tail -n 10 | sed 's/^/    /' >&2
	return 1
}

# Redis' health check ends it when its file has other users than it began with; of these the orchestrator tells it itself.
take_users() {
	docker exec "$redis" sh -c 'cp /redis-conf/users.acl /tmp/users.next && mv /tmp/users.next /tmp/users.acl' ||
		fail "Redis' container did not take its new users: run ./hairem rotate again"
}

main "$@"
