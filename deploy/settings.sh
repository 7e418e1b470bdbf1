# What the launcher's scripts must know of the settings and of what runs: sourced by them from the root of the
# repository; needs say.sh. Settings come from the environment, else from .env, as compose takes them.
# shellcheck shell=sh

# setting NAME DEFAULT: what is set to nothing is the default, too, and an empty one in the environment hides that of .env.
setting() {
	eval "setting_value=\${$1-} setting_is_set=\${$1+yes}"
	# shellcheck disable=SC2154  # the line above sets it
	if [ -z "$setting_is_set" ] && [ -r .env ]; then
		setting_value=$(LC_ALL=C awk -v want="$1" -f deploy/env-file.awk .env)
	fi
	printf '%s\n' "${setting_value:-$2}"
}

project=$(setting COMPOSE_PROJECT_NAME hairem)
# shellcheck disable=SC2034  # used by those who source this
image=$(setting HAIREM_IMAGE hairem/orchestrator)

# Which hAIrem this is: package.json says it, and nothing else does.
own_version() { sed -n 's/^  "version": "\([^"]*\)",$/\1/p' package.json; }

# The folder of the bundles, absolute; a clear error if it cannot be used.
agents_folder() {
	agents_setting=$(setting HAIREM_AGENTS_DIR ./agents)
	[ -e "$agents_setting" ] || fail "the agents folder $agents_setting does not exist: make it, or set HAIREM_AGENTS_DIR"
	[ -d "$agents_setting" ] || fail "HAIREM_AGENTS_DIR is $agents_setting, which is not a folder"
	(cd "$agents_setting" 2>/dev/null && pwd) || fail "the agents folder $agents_setting is not readable by this user"
}

# The folder of agents' secrets, absolute; nobody but hAIrem need be able to enter it.
secrets_folder() {
	secrets_setting=$(setting HAIREM_SECRETS_DIR ./deploy/secrets)
	[ -d "$secrets_setting" ] || fail "HAIREM_SECRETS_DIR is $secrets_setting, which is not a folder: make it, or unset HAIREM_SECRETS_DIR"
	case $secrets_setting in
	/*) printf '%s\n' "$secrets_setting" ;;
	*) printf '%s/%s\n' "$PWD" "$secrets_setting" ;;
	esac
}

# The folder of grants.yaml, absolute; the list itself need not be there.
grants_folder() {
	grants_setting=$(setting HAIREM_GRANTS_DIR ./deploy)
	[ -d "$grants_setting" ] || fail "HAIREM_GRANTS_DIR is $grants_setting, which is not a folder: make it, or unset HAIREM_GRANTS_DIR"
	case $grants_setting in
	/*) printf '%s\n' "$grants_setting" ;;
	*) printf '%s/%s\n' "$PWD" "$grants_setting" ;;
	esac
}

# The file of certificates of one's own works, absolute; an empty one where there is none.
ca_file() {
	ca_setting=$(setting HAIREM_CA_FILE ./deploy/empty.pem)
	[ -f "$ca_setting" ] || fail "HAIREM_CA_FILE is $ca_setting, which is not a file: copy the certificate (PEM) there, or unset HAIREM_CA_FILE"
	[ -r "$ca_setting" ] || fail "HAIREM_CA_FILE is $ca_setting, which is not readable by this user"
	if [ -s "$ca_setting" ]; then
		! grep -q 'PRIVATE KEY-----' "$ca_setting" || fail "HAIREM_CA_FILE is $ca_setting, which holds a private key: give the certificate alone"
		grep -q 'BEGIN.* CERTIFICATE-----' "$ca_setting" || fail "HAIREM_CA_FILE is $ca_setting, which holds no certificate in PEM (-----BEGIN CERTIFICATE-----)"
	fi
	case $ca_setting in
	/*) printf '%s\n' "$ca_setting" ;;
	*) printf '%s/%s\n' "$PWD" "$ca_setting" ;;
	esac
}

# proxy_setting NAME: of HTTP_PROXY, HTTPS_PROXY, NO_PROXY: as it is set in capitals or not, else what the engine's client
# has in its configuration for containers.
proxy_setting() {
	proxy_value=$(setting "$1" '')
	[ -n "$proxy_value" ] || proxy_value=$(setting "$(printf '%s' "$1" | tr '[:upper:]' '[:lower:]')" '')
	if [ -z "$proxy_value" ]; then
		case $1 in
		HTTP_PROXY) proxy_value=$(client_proxy httpProxy) ;;
		HTTPS_PROXY) proxy_value=$(client_proxy httpsProxy) ;;
		NO_PROXY) proxy_value=$(client_proxy noProxy) ;;
		esac
	fi
	printf '%s\n' "$proxy_value"
}

# client_proxy KEY: below "proxies": {"default": {…}} of the client's configuration.
client_proxy() {
	client_config=${DOCKER_CONFIG:-${HOME-}/.docker}/config.json
	[ -r "$client_config" ] || return 0
	tr -d '\n' <"$client_config" |
		sed -n "s/.*\"proxies\"[[:space:]]*:[[:space:]]*{[[:space:]]*\"default\"[^}]*\"$1\"[[:space:]]*:[[:space:]]*\"\([^\"]*\)\".*/\1/p"
}

# The socket of the engine that the docker client talks to.
engine_socket() {
	socket_setting=$(setting HAIREM_DOCKER_SOCKET '')
	if [ -z "$socket_setting" ]; then
		socket_endpoint=$(docker context inspect --format '{{.Endpoints.docker.Host}}' 2>/dev/null)
		case $socket_endpoint in
		unix://*) socket_setting=${socket_endpoint#unix://} ;;
		*) fail "the engine is at $socket_endpoint, but hAIrem needs its socket on this host: unset DOCKER_HOST, or set HAIREM_DOCKER_SOCKET" ;;
		esac
	fi
	[ -S "$socket_setting" ] || fail "there is no engine socket at $socket_setting: set HAIREM_DOCKER_SOCKET"
	printf '%s\n' "$socket_setting"
}

# running_container SERVICE: prints its id, or nothing; an error if the engine does not answer.
running_container() {
	docker ps -q --filter "label=com.docker.compose.project=$project" --filter "label=com.docker.compose.service=$1" \
		--filter label=com.docker.compose.oneoff=False 2>/dev/null || { deploy/engine.sh && fail "docker ps failed"; return 1; }
}
