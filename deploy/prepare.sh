#!/bin/sh
# Everything that must be there before hAIrem's own image can run: the engine, the base images, the image itself, built
# anew only when its sources have changed. Run from the root of the repository by ./hairem. Silent if all is there.
# Usage: prepare.sh [--install] [--base-only]
set -u

# shellcheck source=deploy/say.sh
. deploy/say.sh
# shellcheck source=deploy/settings.sh
. deploy/settings.sh

install=
base_only=false
for argument in "$@"; do
	case $argument in
	--install) install=--install ;;
	--base-only) base_only=true ;;
	*) fail "prepare.sh: unknown argument $argument" ;;
	esac
done

main() {
	[ -z "$install" ] || require_disk /var
	deploy/engine.sh ${install:+"$install"} || exit 1
	engine_socket >/dev/null || exit 1
	if ! base_images_present; then
		require_disk "$(engine_folder)"
		deploy/base-images.sh || exit 1
	fi
	$base_only || build_if_changed
}

base_images_present() { docker image inspect node:24-bookworm-slim python:3.11-slim-bookworm redis:7-bookworm >/dev/null 2>&1; }
engine_folder() { docker info --format '{{.DockerRootDir}}' 2>/dev/null; }

# require_disk FOLDER: images, agents and builds need room there. An engine in a virtual machine has its folder elsewhere.
require_disk() {
	[ -d "$1" ] || return 0
	free=$(df -Pk "$1" | awk 'NR == 2 { print $4 }')
	[ "${free:-0}" -ge 2097152 ] || fail "only $((${free:-0} / 1024)) MB are free on the disk of $1, hAIrem needs 2 GB: make room"
}

# The image says which sources it was made from, so that no file on this host needs to remember it.
build_if_changed() {
	HAIREM_SOURCES=$(sources_hash) || fail "cannot read the sources in $PWD"
	HAIREM_VERSION=$(own_version)
	export HAIREM_SOURCES HAIREM_VERSION
	[ "$(docker image inspect --format '{{index .Config.Labels "io.hairem.sources"}}' "$image" 2>/dev/null)" != "$HAIREM_SOURCES" ] || return 0
	require_disk "$(engine_folder)"
	slowly "building $image" docker compose build orchestrator || fail "$image could not be built"
}

sources_hash() {
	{
		docker image inspect --format '{{.Id}}' node:24-bookworm-slim &&
			find package.json package-lock.json .dockerignore orchestrator agent-base-image -name node_modules -prune -o -type f -print |
			LC_ALL=C sort | tr '\n' '\0' | xargs -0 sha256sum
	} | sha256sum | cut -c 1-16
}

main
