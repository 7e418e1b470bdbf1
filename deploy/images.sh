# Which images of an installation may go with it: sourced, needs say.sh.
# shellcheck shell=sh

# remove_images_of INSTALLATION: those that nobody else on this engine needs.
remove_images_of() {
	removed=0
	# Bundles before the dependencies that they stand on.
	for kind in bundle deps install; do
		for one in $(docker images -aq --no-trunc --filter "label=io.hairem.orchestrator=$1" --filter "label=io.hairem.kind=$kind" | sort -u); do
			# The installation's own containers are gone: one that runs from it, or from what stands on it, is another's.
			[ -z "$(docker ps -aq --filter "ancestor=$one")" ] || continue
			# Without force the engine keeps what another image stands on.
			docker rmi "$one" >/dev/null 2>&1 && removed=$((removed + 1))
		done
	done
	[ "$removed" -eq 0 ] || step "removing $removed image(s) of the crew"
}
