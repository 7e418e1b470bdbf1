#!/bin/sh
# Finds the container engine and its compose plugin; with --install gets them from distribution packages and starts
# the engine, also where no init system would. Run by ./hairem before anything else. Prints nothing if all is there.
set -u

here=$(cd "$(dirname "$0")" && pwd)
# shellcheck source=deploy/say.sh
. "$here/say.sh"
# shellcheck source=deploy/debian-packages.sh
. "$here/debian-packages.sh"

engine_log=/var/log/hairem-dockerd.log
plugin_folder=/usr/local/lib/docker/cli-plugins
install=false
case ${1-} in
--install) install=true ;;
'') ;;
*) fail "engine.sh: unknown argument $1" ;;
esac

main() {
	if $install; then
		if ! have docker || ! have_engine_here; then install_packages docker.io; fi
		answers || start
		compose_is_new_enough || install_compose
	fi
	have docker || fail "no container engine found: run ./hairem up --install, or install Docker 20.10.13 or newer"
	answers || fail "$(why_no_answer)"
	api_is_new_enough || fail "the engine speaks API $(server_api), hAIrem needs 1.41 or newer: upgrade it to Docker 20.10 or newer"
	compose_is_new_enough || fail "the docker compose plugin (2.6 or newer) is missing: run ./hairem up --install, or install docker-compose-plugin"
}

# The address of the engine that the docker client would use: DOCKER_HOST, else that of its current context.
endpoint() { docker context inspect --format '{{.Endpoints.docker.Host}}' 2>/dev/null; }
is_default() { [ "$1" = unix:///var/run/docker.sock ] || [ "$1" = unix:///run/docker.sock ]; }
server_api() { timeout 20 docker version --format '{{.Server.APIVersion}}' 2>/dev/null; }
answers() { have docker && [ -n "$(server_api)" ]; }

# A docker client alone is no engine.
have_engine_here() { have dockerd || answers; }

api_is_new_enough() {
	server_api | awk -F. '{ found = 1; ok = ($1 > 1 || $2 >= 41) } END { exit !(found && ok) }'
}

compose_is_new_enough() {
	docker compose version --short 2>/dev/null | sed 's/^v//' | awk -F. '{ found = 1; ok = ($1 > 2 || $1 == 2 && $2 >= 6) } END { exit !(found && ok) }'
}

why_no_answer() {
	where=$(endpoint)
	case $where in
	unix://*)
		socket=${where#unix://}
		if [ ! -S "$socket" ]; then
			if ! is_default "$where"; then
				echo "there is no engine at $socket: unset DOCKER_HOST, or choose another docker context"
			elif have dockerd; then
				echo "the engine is installed but not running: start it, or run ./hairem up --install"
			else
				echo "no container engine found: run ./hairem up --install, or install Docker 20.10.13 or newer"
			fi
		elif [ ! -w "$socket" ]; then
			echo "this user may not use the engine at $socket: run as root, or join the group that owns it"
		else
			echo "the engine at $socket does not answer: start it again, or run ./hairem up --install (its log: $engine_log if hAIrem started it)"
		fi
		;;
	*) echo "the engine at ${where:-?} does not answer: unset DOCKER_HOST, or choose an engine on this host" ;;
	esac
}

start() {
	is_default "$(endpoint)" || fail "$(why_no_answer)"
	[ "$(id -u)" -eq 0 ] || fail "$(why_no_answer); starting it needs root too: use sudo"
	if [ -d /run/systemd/system ]; then
		step "starting the engine with systemd"
		systemctl enable --now docker >/dev/null 2>&1 || fail "systemctl could not start docker: see journalctl -u docker"
	else
		step "starting the engine (its log is $engine_log)"
		outlast_ending_engine
		if answers; then return; fi
		forget_dead_engine
		raise_file_limit
		# A session of its own, or it would end with this terminal.
		setsid dockerd --log-level warn </dev/null >>"$engine_log" 2>&1 &
	fi
	wait_for_answer
}

# The engine's proxy of a published port takes two files for each connection, and ends when it has none left; distribution
# packages give the engine as many under systemd, a shell gives it 1,024.
file_limit=1048576
raise_file_limit() {
	for limit in "$file_limit" "$(ulimit -Hn)"; do
		# shellcheck disable=SC3045  # dash and busybox know it too
		if ulimit -n "$limit" 2>/dev/null; then return; fi
	done
	step "  the limit of open files stays at $(ulimit -n): many connections at once can end the published port"
}

# One that was told to end stops answering long before it has stopped its containers; a second one beside it fails.
# It may as well be one that is still starting: then it answers soon.
outlast_ending_engine() {
	tries=0
	while runs_engine /var/run/docker.pid && ! answers; do
		tries=$((tries + 1))
		[ "$tries" -lt 60 ] || fail "an engine (process $(cat /var/run/docker.pid)) runs, but has not answered for 60 s: see $engine_log, end it, then run ./hairem up --install again"
		[ $((tries % 10)) -ne 0 ] || step "  ... $tries s: an engine is still ending or starting"
		sleep 1
	done
}

# Whether the process of this pid file is an engine. One that was killed and that nobody has waited for still has a
# name, but no program any more.
runs_engine() {
	[ -f "$1" ] || return 1
	case $(readlink "/proc/$(cat "$1")/exe" 2>/dev/null) in
	*/dockerd | */containerd) return 0 ;;
	*) return 1 ;;
	esac
}

# A host that lost power leaves pid files behind, and dockerd refuses to start if some process has that number now.
forget_dead_engine() {
	for pid_file in /var/run/docker.pid /var/run/docker/containerd/containerd.pid; do
		runs_engine "$pid_file" || rm -f "$pid_file"
	done
}

wait_for_answer() {
	tries=0
	until answers; do
		tries=$((tries + 1))
		[ "$tries" -lt 60 ] || fail "the engine did not start in 60 s: see $engine_log$(sed -n '$s/^/: /p' "$engine_log" 2>/dev/null)"
		[ $((tries % 10)) -ne 0 ] || step "  ... $tries s: waiting for the engine"
		sleep 1
	done
}

# Debian 13 and Ubuntu package the plugin; for Debian 12, whose docker-compose is the old one, it comes from Debian 13.
install_compose() {
	if candidate_version docker-compose-v2 | grep -q .; then
		install_packages docker-compose-v2
	elif candidate_version docker-compose | grep -q '^[2-9]'; then
		install_packages docker-compose
	else
		[ "$(id -u)" -eq 0 ] || fail "installing the compose plugin needs root: run the same command with sudo"
		unpacked=$(mktemp -d)
		slowly "installing the docker compose plugin" unpack_compose ||
			fail "could not get the docker compose plugin from distribution packages: install docker-compose-plugin by hand"
		rm -rf "$unpacked"
	fi
}

unpack_compose() {
	unpack_from trixie docker-compose "$unpacked" && mkdir -p "$plugin_folder" &&
		install -m 755 "$unpacked/usr/libexec/docker/cli-plugins/docker-compose" "$plugin_folder/docker-compose"
}

main
