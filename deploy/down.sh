#!/bin/sh
# ./hairem down: agents first, then hAIrem's own processes. The data stays unless --volumes.
set -u

# shellcheck source=deploy/say.sh
. deploy/say.sh
# shellcheck source=deploy/settings.sh
. deploy/settings.sh
# shellcheck source=deploy/images.sh
. deploy/images.sh

volumes=
case ${1-} in
--volumes) volumes=--volumes ;;
'') ;;
*) fail "unknown option $1: ./hairem down [--volumes]" ;;
esac
[ $# -le 1 ] || fail "too many arguments: ./hairem down [--volumes]"

main() {
	deploy/engine.sh || exit 1
	id=$(install_id)
	end_agents
	step "removing Redis, the gate, the store, the services and the orchestrator${volumes:+, with their data}"
	output=$(docker compose down ${volumes:+"$volumes"} --remove-orphans 2>&1) || {
		printf '%s\n' "$output" | tail -n 10 | sed 's/^/    /' >&2
		fail "docker compose down failed"
	}
	[ -z "$id" ] || sweep
	if [ -n "$volumes" ]; then step "down, and the data is gone"; else step "down; the data stays (--volumes removes it)"; fi
}

# Everything of this installation carries its id: from the volume that the orchestrator cannot write, where there is one.
install_id() {
	for volume in "${project}_identity" "${project}_data" ''; do
		[ -n "$volume" ] || return 0
		! docker volume inspect "$volume" >/dev/null 2>&1 || break
	done
	for any in "$image" redis:7-bookworm node:24-bookworm-slim; do
		docker image inspect "$any" >/dev/null 2>&1 || continue
		docker run --rm --network none --user 10001:10001 --cap-drop ALL --entrypoint cat -v "$volume:/from:ro" "$any" /from/install-id 2>/dev/null | tr -cd '0-9a-f'
		return 0
	done
}

# The orchestrator ends its agents in order, with a moment to finish what they do.
end_agents() {
	orchestrator=$(running_container orchestrator) || exit 1
	[ -n "$orchestrator" ] || return 0
	step "ending the agents"
	docker exec "$orchestrator" hairem down-agents >&2 || step "  the orchestrator could not: they are removed by their labels"
}

# What the orchestrator did not remove, because it was not running or could not.
sweep() {
	ours=label=io.hairem.orchestrator=$id
	remove container "docker rm -f -v" "$(docker ps -aq --filter "$ours")"
	remove network "docker network rm" "$(docker network ls -q --filter "$ours")"
	[ -n "$volumes" ] || return 0
	remove volume "docker volume rm -f" "$(docker volume ls -q --filter "$ours")"
	remove_images_of "$id"
}

# remove NOUN COMMAND IDS: says what it removes, one line a kind.
remove() {
	[ -n "$3" ] || return 0
	step "removing $(printf '%s\n' "$3" | wc -l | tr -d ' ') ${1}(s) of the crew"
	# shellcheck disable=SC2086  # both are lists of words
	$2 $3 >/dev/null 2>&1 || fail "could not remove every $1: $2 $(printf '%s ' $3)"
}

main
