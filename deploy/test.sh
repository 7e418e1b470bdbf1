#!/bin/sh
# ./hairem test [lane...]: what the tests need, an engine, base images, Node and the packages, and then the tests.
# Installs what is missing, because in CI there is nobody to ask. The last line is the test runner's.
set -u

# shellcheck source=deploy/say.sh
. deploy/say.sh
# shellcheck source=deploy/settings.sh
. deploy/settings.sh
# shellcheck source=deploy/debian-packages.sh
. deploy/debian-packages.sh

deploy/prepare.sh --install --base-only || exit 1
# The tests call the same engine as the docker client, also where DOCKER_HOST or a context names another.
HAIREM_DOCKER_SOCKET=$(engine_socket) || exit 1
export HAIREM_DOCKER_SOCKET
have npm || install_packages npm
python3 -c 'import ensurepip, sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || install_packages python3 python3-venv
# The contract tests of the SDKs start Redis servers of their own; the distribution's must not run beside them.
have redis-server || without_services install_packages redis-server
# npm writes the hidden lock file when it has finished; a checkout makes the other one newer.
# Of what it warns, "the engine is too old" is no news: it brings the Node that the tests run with.
if [ -z "$(find node_modules/.package-lock.json -newer package-lock.json 2>/dev/null)" ]; then
	slowly "installing the packages (npm ci)" npm ci --no-audit --no-fund --loglevel=error || fail "npm ci failed"
fi
exec npm test --silent -- "$@"
