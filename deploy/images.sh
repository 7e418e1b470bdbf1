# Which images of an installation may go with it: sourced, needs say.sh.
# shellcheck shell=sh

# remove_images_of INSTALLATION: what it made, and nobody else on this engine needs.
remove_images_of() {
	removed=0
	# What stands on another goes before it; compilers stand on a base, and both are called so. Who made a base is also in
	# the labels of all that stands on it, so bundles are known by their owner alone.
	for what in bundle:orchestrator deps:orchestrator deps:maker install:orchestrator base:maker base:maker; do
		for one in $(docker images -aq --no-trunc --filter "label=io.hairem.${what#*:}=$1" --filter "label=io.hairem.kind=${what%:*}" | sort -u); do
			# The installation's own containers are gone: one that runs from it, or from what stands on it, is another's.
			[ -z "$(docker ps -aq --filter "ancestor=$one")" ] || continue
			# Without force the engine keeps what another image stands on.
			docker rmi "$one" >/dev/null 2>&1 && removed=$((removed + 1))
		done
	done
	[ "$removed" -eq 0 ] || step "removing $removed image(s) of the crew"
}
