#!/bin/sh
# A release of hAIrem: CHANGELOG.md's [Unreleased] becomes the version with its date, package.json says it, a commit, a
# tag, and the image for amd64 and arm64 with SBOM and provenance. Without --push nothing leaves this host; git's commit
# and tag are pushed by hand. On a commit that has the tag already it builds the image alone.
# Usage: deploy/release.sh VERSION [--push REGISTRY] [--dry-run]     REGISTRY as in ghcr.io/you/hairem
set -u

cd "$(dirname "$(readlink -f "$0")")/.." || exit 1
# shellcheck source=deploy/say.sh
. deploy/say.sh
# shellcheck source=deploy/settings.sh
. deploy/settings.sh

usage="deploy/release.sh VERSION [--push REGISTRY] [--dry-run]"
version=
registry=
dry=false
while [ $# -gt 0 ]; do
	case $1 in
	--dry-run) dry=true ;;
	--push)
		[ $# -gt 1 ] || fail_with 2 "--push needs a registry: $usage"
		registry=$2
		shift
		;;
	-* | '') fail_with 2 "unknown option $1: $usage" ;;
	*) [ -z "$version" ] && version=$1 || fail_with 2 "two versions, $version and $1: $usage" ;;
	esac
	shift
done
builder=hairem-release
today=$(date -u +%Y-%m-%d)

main() {
	check
	if [ "$(git rev-parse -q --verify "v$version^{commit}")" = "$(git rev-parse HEAD)" ]; then
		step "v$version is this commit already: only its image is built"
	else
		check_what_is_new
		changed "CHANGELOG.md: [Unreleased] becomes [$version] - $today" CHANGELOG.md dated_changelog
		changed "package.json: version $version" package.json sed "s/^  \"version\": \"[^\"]*\"/  \"version\": \"$version\"/"
		changed "package-lock.json: version $version" package-lock.json sed "1,10s/\"version\": \"[^\"]*\"/\"version\": \"$version\"/"
		run git commit -q -m "Release $version" CHANGELOG.md package.json package-lock.json
		run git tag -a "v$version" -m "hAIrem $version"
	fi
	build
	step "done; now: git push --follow-tags"
}

check() {
	echo "$version" | grep -Eqx '(0|[1-9][0-9]*)(\.(0|[1-9][0-9]*)){2}' || fail_with 2 "\"$version\" is no version like 1.2.3: $usage"
	git rev-parse HEAD >/dev/null 2>&1 || fail "$PWD is no git repository with a commit"
	[ -z "$(git status --porcelain)" ] || fail "the tree is not clean: commit or remove what git status shows"
	docker buildx version >/dev/null 2>&1 ||
		fail "docker buildx is missing, which builds for other platforms: install docker-buildx-plugin (of Docker) or docker-buildx (of Debian)"
}

check_what_is_new() {
	! git rev-parse -q --verify "v$version" >/dev/null || fail "the tag v$version is there already, on another commit"
	newest=$(printf '%s\n%s\n' "$(own_version)" "$version" | sort -V | tail -n 1)
	[ "$newest" = "$version" ] || fail "package.json says $(own_version), which is newer than $version"
	! grep -Fq "## [$version]" CHANGELOG.md || fail "CHANGELOG.md has a section [$version] already"
	[ -n "$(awk '/^## / { inside = /^## \[Unreleased\]/ } inside && /^- /' CHANGELOG.md)" ] ||
		fail "CHANGELOG.md says nothing under [Unreleased]: there is nothing to release"
}

dated_changelog() {
	awk -v heading="## [$version] - $today" '{ print } /^## \[Unreleased\]/ { print ""; print heading }' "$1"
}

build() {
	name=${registry:-hairem}/orchestrator:$version
	if [ -n "$registry" ]; then set -- --push; else set -- --output "type=oci,dest=dist/hairem-$version.oci.tar"; fi
	[ -n "$registry" ] || run mkdir -p dist
	docker buildx inspect "$builder" >/dev/null 2>&1 || run docker buildx create --name "$builder" --driver docker-container
	run docker buildx build --builder "$builder" --platform linux/amd64,linux/arm64 --sbom=true --provenance=mode=max \
		--build-arg "HAIREM_VERSION=$version" --build-arg "HAIREM_SOURCES=v$version" \
		--label "org.opencontainers.image.revision=$(git rev-parse HEAD)" --tag "$name" --file orchestrator/Dockerfile "$@" .
}

# run COMMAND...: or says that it would.
run() {
	if $dry; then
		step "would run: $*"
	else
		"$@" || fail "$1 failed; what was done stays done: mend it and run deploy/release.sh $version again"
	fi
}

# changed WHAT FILE FILTER...: the file as the filter gives it.
changed() {
	what=$1
	file=$2
	shift 2
	if $dry; then
		step "would change $what"
		return
	fi
	step "$what"
	"$@" "$file" >"$file.new" && mv "$file.new" "$file" || fail "$file could not be written"
}

main
