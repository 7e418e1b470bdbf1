#!/bin/sh
# npm run dev: the orchestrator of this checkout under `node --watch` on this host; beside it, in containers as ./hairem up
# has them, all else of an installation of its own, whose files are in .dev/. A saved source file is live in seconds, and
# the agents go on running meanwhile.
# Usage: npm run dev [-- --inspect[=PORT]]     Ctrl-C ends the orchestrator alone: agents, Redis and services stay
#        npm run dev -- down [--volumes]       removes them; --volumes forgets their data, too
#        npm run dev -- COMMAND...             the command line on it: ps, send echo hello, events, token
set -u
umask 022

cd "$(dirname "$(readlink -f "$0")")/.." || exit 1
# shellcheck source=deploy/say.sh
. deploy/say.sh
files=$PWD/.dev
port=${HAIREM_DEV_PORT:-8100}
# What is in the environment wins over a .env of this checkout, which is another installation's.
export COMPOSE_PROJECT_NAME="${HAIREM_DEV_PROJECT:-hairem-dev}" COMPOSE_FILE=docker-compose.yml:deploy/dev-compose.yml
export HAIREM_IMAGE="${HAIREM_DEV_IMAGE:-hairem/dev}" HAIREM_SUBNET="${HAIREM_DEV_SUBNET:-10.202.0.0/16}"
export HAIREM_DEV_DIR="$files" HAIREM_DEV_REDIS_PORT="${HAIREM_DEV_REDIS_PORT:-16379}"
HAIREM_DEV_USER=$(id -u) HAIREM_DEV_GROUP=$(id -g)
export HAIREM_DEV_USER HAIREM_DEV_GROUP HAIREM_ENV_FILE=deploy/empty.env HAIREM_SECRETS_ENV=deploy/empty.env
export HAIREM_AGENTS_DIR="$files/agents" HAIREM_SECRETS_DIR="$files/secrets" HAIREM_GRANTS_DIR="$files/grants"
export HAIREM_LOG_LEVEL="${HAIREM_LOG_LEVEL:-info}" PATH="$PWD/node_modules/.bin:$PATH"
# Half of a start is stripping types from files that have not changed.
export NODE_COMPILE_CACHE="$PWD/node_modules/.cache/compiled"
# shellcheck source=deploy/settings.sh
. deploy/settings.sh

main() {
	[ "$(uname -s)" = Linux ] || fail "npm run dev needs Linux, because containers share a socket with this host: use the devcontainer"
	[ -x node_modules/.bin/node ] || fail "the packages are missing: npm ci"
	case ${1-} in
	'' | --inspect | --inspect=*) start "$@" ;;
	down) take_down "$@" ;;
	*)
		[ -f "$files/data/token" ] || fail_with 4 "nothing runs for development: npm run dev"
		on_this_host node orchestrator/src/cli/main.ts "$@"
		;;
	esac
}

# What compose gives the orchestrator in its container, as this host sees it.
on_this_host() {
	HAIREM_DATA_DIR="$files/data" HAIREM_GRANTS_FILE="$files/grants/grants.yaml" HAIREM_TRUST=all TZ=$(setting TZ UTC) \
		HAIREM_ENGINE_SOCKET="$files/gate/gate.sock" HAIREM_COMPOSE_PROJECT="$project" HAIREM_REDIS_HOST=127.0.0.1 \
		HAIREM_REDIS_PORT="$HAIREM_DEV_REDIS_PORT" HAIREM_API_HOST=127.0.0.1 HAIREM_API_PORT="$port" \
		HAIREM_PUBLISHED="127.0.0.1:$port" HAIREM_API_URL="http://127.0.0.1:$port" "$@"
}

start() {
	make_folders || fail "cannot make $files"
	deploy/prepare.sh || exit 1
	HAIREM_DOCKER_SOCKET=$(engine_socket) || exit 1
	export HAIREM_DOCKER_SOCKET
	[ -n "$(running_container gate)" ] || rm -f "$files/gate/gate.sock"
	step "starting Redis, the gate, the store and the services"
	output=$(docker compose up -d --no-build redis gate store services 2>&1) || {
		case $output in
		*"already allocated"* | *"already in use"*) fail "port $HAIREM_DEV_REDIS_PORT is in use by something else on this host: set HAIREM_DEV_REDIS_PORT" ;;
		esac
		printf '%s\n' "$output" | tail -n 10 | sed 's/^/    /' >&2
		fail "docker compose up failed"
	}
	until [ -S "$files/gate/gate.sock" ]; do sleep 0.2; done
	step "the orchestrator: http://127.0.0.1:$port, agents in .dev/agents, npm run dev -- ps in another terminal"
	trap : INT # node hears it, too, and ends
	on_this_host node --watch --watch-preserve-output "$@" orchestrator/src/cli/main.ts run
	step "the orchestrator has ended; the agents, Redis and the services go on: npm run dev -- down removes them"
}

# In place of volumes, because this host's orchestrator reads and writes there, too.
make_folders() {
	if [ ! -d "$files/agents" ]; then mkdir -p "$files/agents" && cp -R agents/echo "$files/agents/echo" || return 1; fi
	for folder in data identity redis-conf services-state services store gate secrets grants; do
		# A volume that is empty is given the owner of the image's folder.
		mkdir -p "$files/$folder" && : >"$files/$folder/.keep" || return 1
	done
	chmod 770 "$files/gate"
}

take_down() {
	shift
	deploy/down.sh "$@" || exit
	[ "${1-}" != --volumes ] || for folder in data identity redis-conf services-state services store gate; do
		rm -rf "${files:?}/$folder"
	done
}

main "$@"
