# Sourced by deploy/quickstart and tests/run: installs what deploy/local/packages lists and is missing.

missing_packages() {
	local name
	sed 's/#.*//' "$1" | while read -r name _; do
		[ -z "$name" ] && continue
		dpkg-query -W -f '${db:Status-Status}\n' "$name" 2>/dev/null | grep -qx installed || echo "$name"
	done
}

install_packages() {
	local missing sudo=
	missing=$(missing_packages "$1")
	[ -z "$missing" ] && return 0
	if [ "$(id -u)" != 0 ]; then
		command -v sudo >/dev/null || {
			echo "These packages are missing, and installing them needs root or sudo:" $missing >&2
			return 1
		}
		sudo=sudo
	fi
	echo "Installing $(echo "$missing" | wc -l) Debian packages ..."
	# Debian starts a PostgreSQL and a Redis of its own when their packages are installed; ours are private.
	$sudo sh -c 'mkdir -p /etc/postgresql-common/createcluster.d &&
		echo "create_main_cluster = false" >/etc/postgresql-common/createcluster.d/relance.conf'
	$sudo env DEBIAN_FRONTEND=noninteractive apt-get update -q >"${TMPDIR:-/tmp}/relance-apt-$$.log" 2>&1 &&
		$sudo env DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 apt-get install -y -q --no-install-recommends $missing \
			>>"${TMPDIR:-/tmp}/relance-apt-$$.log" 2>&1 || {
		tail -n 20 "${TMPDIR:-/tmp}/relance-apt-$$.log" >&2
		echo "The packages could not be installed." >&2
		return 1
	}
	rm -f "${TMPDIR:-/tmp}/relance-apt-$$.log"
}
