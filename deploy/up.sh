#!/bin/sh
# ./hairem up: engine, images, compose, and then it waits until the crew is active. A second run changes nothing.
set -u

# shellcheck source=deploy/say.sh
. deploy/say.sh
# shellcheck source=deploy/settings.sh
. deploy/settings.sh
# shellcheck source=deploy/modes.sh
. deploy/modes.sh
# shellcheck source=deploy/texts.sh
. deploy/texts.sh

install=
case ${1-} in
--install) install=--install ;;
'') ;;
*) fail "unknown option $1: ./hairem up [--install]" ;;
esac
[ $# -le 1 ] || fail "too many arguments: ./hairem up [--install]"

port=$(setting HAIREM_PORT 8000)
bind=$(setting HAIREM_BIND 127.0.0.1)

main() {
	check_settings
	deploy/prepare.sh ${install:+"$install"} || exit 1
	HAIREM_DOCKER_SOCKET=$(engine_socket) || exit 1
	export HAIREM_DOCKER_SOCKET
	check_agents_readable
	check_port
	start
	wait_for_services
	wait_for_crew
	# What earlier versions of the sources were built into.
	docker image prune -f --filter label=io.hairem.sources >/dev/null 2>&1
	step "up: http://$(address)   (the API's token: ./hairem token)"
}

check_settings() {
	case $port in
	'' | *[!0-9]* | ??????*) port_ok=false ;;
	*) [ "$port" -ge 1 ] && [ "$port" -le 65535 ] && port_ok=true || port_ok=false ;;
	esac
	$port_ok || fail "HAIREM_PORT is \"$port\": it must be a number from 1 to 65535"
	case $bind in
	*[!0-9a-fA-F.:]* | '') fail "HAIREM_BIND is \"$bind\": it must be an IP address, like 127.0.0.1 or 0.0.0.0" ;;
	esac
	# Its name alone: a rule such as CET-1CEST not all of our processes know.
	zone=$(setting TZ UTC)
	case $zone in
	[A-Za-z]*) [ ! -d /usr/share/zoneinfo/Etc ] || [ -f "/usr/share/zoneinfo/$zone" ] || zone= ;;
	*) zone= ;;
	esac
	[ -n "$zone" ] || fail "TZ is \"$(setting TZ UTC)\" (.env, or this shell's environment): it must be the name of a time zone, like Europe/Paris"
	# Absolute, because compose takes "crew" for a volume's name where a person means a folder.
	HAIREM_AGENTS_DIR=$(agents_folder) || exit 1
	HAIREM_SECRETS_DIR=$(secrets_folder) || exit 1
	HAIREM_GRANTS_DIR=$(grants_folder) || exit 1
	export_proxies
	HAIREM_CA_FILE=$(ca_file) || exit 1
	HAIREM_CA_SHA256=$(sha256sum <"$HAIREM_CA_FILE" | cut -c 1-16)
	export HAIREM_AGENTS_DIR HAIREM_SECRETS_DIR HAIREM_GRANTS_DIR HAIREM_CA_FILE HAIREM_CA_SHA256
	HAIREM_ENV_FILE=$(setting HAIREM_ENV_FILE "$(file_there .env)")
	HAIREM_SECRETS_ENV=$(setting HAIREM_SECRETS_ENV "$(file_there deploy/secrets.env)")
	export HAIREM_ENV_FILE HAIREM_SECRETS_ENV
	check_modes
	check_texts
}

file_there() { [ ! -f "$1" ] || echo "$1"; }

# Only the engine knows what uid 10001 will see there: a network share may refuse what its modes promise.
check_agents_readable() {
	docker run --rm --network none --cap-drop ALL --entrypoint ls -v "$HAIREM_AGENTS_DIR:/agents:ro" "$image" /agents >/dev/null 2>&1 ||
		fail "the agents folder $HAIREM_AGENTS_DIR is not readable by uid 10001, as which hAIrem runs: chmod o+rx it and what leads to it"
}

# Whoever listens there already, unless it is us. The engine's own message would come late and leave things half started.
check_port() {
	orchestrator=$(running_container orchestrator) || exit 1
	if [ -n "$orchestrator" ] && docker port "$orchestrator" 8000 2>/dev/null | grep -q ":$port\$"; then return 0; fi
	! port_taken || fail "port $port is in use by something else on this host: stop it, or set HAIREM_PORT"
}

port_taken() {
	cat /proc/net/tcp /proc/net/tcp6 2>/dev/null | awk -v port="$(printf '%04X' "$port")" -v bind="$(hex_address)" '
		$4 == "0A" {
			split($2, local, ":")
			if (local[2] == port && (bind == "any" || local[1] ~ /^0+$/ || local[1] == bind)) taken = 1
		}
		END { exit !taken }'
}

# As the kernel writes addresses in /proc/net/tcp; IPv6 ones are compared with everything.
hex_address() {
	case $bind in
	0.0.0.0 | *:*) echo any ;;
	*) printf '%s\n' "$bind" | awk -F. '{ printf "%02X%02X%02X%02X\n", $4, $3, $2, $1 }' ;;
	esac
}

start() {
	step "starting Redis, the gate, the store, the services and the orchestrator"
	output=$(docker compose up -d --no-build --remove-orphans 2>&1) && return 0
	case $output in
	*"already allocated"* | *"already in use"*) fail "port $port is in use by something else on this host: stop it, or set HAIREM_PORT" ;;
	esac
	printf '%s\n' "$output" | tail -n 10 | sed 's/^/    /' >&2
	failed_service init
	fail "docker compose up failed"
}

# Whether each of our services but init, which ends, has a container that runs.
all_running() {
	wanted=$(docker compose config --services 2>/dev/null | grep -cvx init)
	running=$(docker compose ps --services --status running 2>/dev/null | grep -cvx init)
	[ "${running:-0}" -ge "${wanted:-0}" ]
}

# failed_service NAME: what it said last.
failed_service() {
	docker compose logs --no-log-prefix --tail 10 "$1" 2>/dev/null | sed 's/^/    /' >&2
}

# Agents run without them, but remember nothing and have no language model.
wait_for_services() {
	step "waiting for the services"
	for name in store services; do
		wait_until_healthy "$name" && continue
		failed_service "$name"
		fail "the $name container does not come up; above is what it said last"
	done
}

wait_until_healthy() {
	waited=0
	while [ "$waited" -lt 60 ]; do
		# Right after its own return the engine says "running" of what it is about to end, and compose believes it.
		[ $((waited % 5)) -ne 4 ] || all_running || docker compose up -d --no-build >/dev/null 2>&1
		id=$(running_container "$1") || exit 1
		[ -z "$id" ] || [ "$(docker inspect --format '{{.State.Health.Status}}' "$id" 2>/dev/null)" != healthy ] || return 0
		sleep 1
		waited=$((waited + 1))
	done
	return 1
}

# The CLI says a line for each agent. If the orchestrator itself goes meanwhile, compose starts it again: a few times
# that is a slow start, after that it is a failure.
wait_for_crew() {
	step "waiting for the crew"
	for try in 1 2 3 4 5; do
		orchestrator=$(running_container orchestrator) || exit 1
		if [ -n "$orchestrator" ]; then
			before=$(restarts)
			docker exec "$orchestrator" hairem wait --timeout 300 >&2 && return 0
			[ "$(restarts)" != "$before" ] || fail "not all of the crew is active: ./hairem ps says why"
		fi
		sleep "$try"
	done
	failed_service orchestrator
	fail "the orchestrator does not stay up; above is what it said last"
}

restarts() { docker inspect --format '{{.State.Running}} {{.RestartCount}} {{.State.StartedAt}}' "$orchestrator" 2>/dev/null; }

address() {
	case $bind in
	0.0.0.0 | ::) printf '127.0.0.1:%s and this host'\''s other addresses' "$port" ;;
	*:*) printf '[%s]:%s' "$bind" "$port" ;;
	*) printf '%s:%s' "$bind" "$port" ;;
	esac
}

main
