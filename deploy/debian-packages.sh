# Packages of the host's own distribution, and of another Debian suite taken from the same mirror.
# Sourced by the scripts that install; needs say.sh.
# shellcheck shell=sh

have() { command -v "$1" >/dev/null 2>&1; }

# install_packages NAME...: from the host's own apt sources; says what it installs.
install_packages() {
	[ "$(id -u)" -eq 0 ] || fail "installing $* needs root: run the same command with sudo"
	have apt-get || fail "$* is missing, and this host has no apt-get to install it with: install it by hand"
	refresh_package_lists || fail "apt-get update failed: look at this host's apt sources and network"
	slowly "installing $*" env DEBIAN_FRONTEND=noninteractive apt-get -y -o Dpkg::Use-Pty=0 -o DPkg::Lock::Timeout=120 \
		install --no-install-recommends "$@" || fail "apt-get could not install $*"
}

# without_services COMMAND...: what it installs is not started, as Debian's policy allows a host to say.
without_services() {
	if [ -e /usr/sbin/policy-rc.d ]; then
		"$@"
		return
	fi
	printf '#!/bin/sh\nexit 101\n' >/usr/sbin/policy-rc.d && chmod 755 /usr/sbin/policy-rc.d
	"$@"
	without_code=$?
	rm -f /usr/sbin/policy-rc.d
	return "$without_code"
}

# Once in an hour is enough.
refresh_package_lists() {
	[ -z "$(find /var/lib/apt/lists -maxdepth 1 -name '*_InRelease' -mmin -60 2>/dev/null)" ] || return 0
	slowly "refreshing the package lists" apt-get -o DPkg::Lock::Timeout=120 update
}

# Prints the version of a package that apt would install, or nothing.
candidate_version() {
	apt-cache policy "$1" 2>/dev/null | sed -n 's/^ *Candidate: \([0-9].*\)/\1/p'
}

# debian_sources SUITE: prints apt source lines for that suite with its updates and security fixes, on the mirrors that
# this host uses for its own suite. Nothing if this host's packages do not come from Debian.
debian_sources() {
	debian_keyring=/usr/share/keyrings/debian-archive-keyring.gpg
	[ -r "$debian_keyring" ] && debian_options="[signed-by=$debian_keyring] " || debian_options=
	# shellcheck disable=SC2016  # apt expands these itself
	apt-get indextargets --format '$(ORIGIN) $(COMPONENT) $(CODENAME) $(REPO_URI)' 'Created-By: Packages' |
		awk -v suite="$1" -v options="$debian_options" '
			$1 == "Debian" && $2 == "main" && $3 ~ /^[a-z]+(-updates|-security)?$/ {
				sub(/^[a-z]+/, suite, $3)
				if (!seen[$3]++) print "deb " options $4 " " $3 " main"
			}'
}

# unpack_from SUITE PACKAGE FOLDER: downloads a package of another suite and unpacks it in a folder,
# with lists and a cache of its own, so that the host's apt never learns of that suite.
unpack_from() {
	unpack_apt=$(mktemp -d) || return 1
	chmod 755 "$unpack_apt"
	mkdir -p "$unpack_apt/lists/partial" "$unpack_apt/cache/archives/partial" "$3"
	debian_sources "$1" >"$unpack_apt/sources.list"
	(
		cd "$unpack_apt" || exit 1
		apt_elsewhere() {
			apt-get -o Dir::Etc::SourceList="$unpack_apt/sources.list" -o Dir::Etc::SourceParts=/dev/null \
				-o Dir::State::Lists="$unpack_apt/lists" -o Dir::Cache="$unpack_apt/cache" \
				-o Acquire::Languages=none -o APT::Sandbox::User=root "$@"
		}
		[ -s sources.list ] && apt_elsewhere update && apt_elsewhere download "$2" && dpkg-deb -x "$2"_*.deb "$3"
	)
	unpack_code=$?
	rm -rf "$unpack_apt"
	return "$unpack_code"
}
