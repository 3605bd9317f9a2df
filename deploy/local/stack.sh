# Sourced by deploy/quickstart: one private stack in a state folder. Nothing here touches another PostgreSQL or Redis.
# With QUICKSTART_REDIS set, the services use that Redis (any that RELANCE_REDIS may name) and leave the stack's own alone.
#
#   $STATE/env          exports for people and scripts       $STATE/run/NAME.pid   the processes
#   $STATE/log/         a log a process                      $STATE/keys/          CURVE certificates
#   $STATE/mail/        the mail sink's Maildir              $STATE/bank/          inbox/, done/, rejected/
#   $STATE/letters/     letters and agency files
#   $SOCKETS/           PostgreSQL's data, its socket and Redis's (in $STATE where the database user can get there)

PG_BIN=/usr/lib/postgresql/15/bin
READY_SECONDS=${READY_SECONDS:-60}

say() { printf '%s\n' "$*"; }
die() { printf 'quickstart: %s\n' "$*" >&2; exit 1; }

# PostgreSQL refuses to run as root: then its processes run as the package's own user.
as_pg() {
	if [ "$(id -u)" = 0 ]; then
		setpriv --reuid=postgres --regid=postgres --init-groups "$@"
	else
		"$@"
	fi
}

# The folder for PostgreSQL and the sockets: inside the state folder, or, where the database user cannot reach that or
# its path is too long for a unix socket (107 bytes), a folder of its own under /tmp.
place_sockets() {
	local link=$STATE/sockets
	if [ -e "$link" ]; then
		SOCKETS=$(readlink -f "$link")
		[ -d "$SOCKETS" ] && return
	fi
	mkdir -p "$STATE/s" && chmod 711 "$STATE" "$STATE/s"
	[ "$(id -u)" = 0 ] && chown postgres "$STATE/s"
	SOCKETS=$STATE/s
	if ! as_pg test -w "$SOCKETS" || [ ${#SOCKETS} -gt 80 ]; then
		rmdir "$SOCKETS"
		SOCKETS=$(mktemp -d /tmp/relance-XXXXXX)
		chmod 711 "$SOCKETS"
		[ "$(id -u)" = 0 ] && chown postgres "$SOCKETS"
	fi
	ln -sfn "$SOCKETS" "$link"
}

# Free loopback ports, chosen once and kept, so that a second run finds the same addresses.
choose_ports() {
	[ -s "$STATE/ports" ] && { . "$STATE/ports"; return; }
	python3 - >"$STATE/ports" <<-'PY'
		import socket
		names = "INVOICING PAYMENTS CREDIT NOTIFICATION FEED_REPLAY FEED GATEWAY SMTP".split()
		names += [f"ADMIN_{n}" for n in "INVOICING PAYMENTS CREDIT PLANNER FEED GATEWAY".split()]
		names += [f"ADMIN_WORKER_{n}" for n in range(1, 17)]
		held = [socket.socket() for _ in names]
		for s in held:
		    s.bind(("127.0.0.1", 0))
		for name, s in zip(names, held):
		    print(f"PORT_{name}={s.getsockname()[1]}")
	PY
	. "$STATE/ports"
}

write_env() {
	cat >"$STATE/env" <<-ENV
		export PATH='$BUILD':\$PATH
		export RELANCE_STATE='$STATE'
		export RELANCE_RUN='$STATE/run'
		export RELANCE_PG='host=$SOCKETS dbname=relance user=relance'
		export RELANCE_REDIS='${QUICKSTART_REDIS:-unix:$SOCKETS/redis.sock}'
		export RELANCE_SMTP='smtp://127.0.0.1:$PORT_SMTP'
		export RELANCE_MAILDIR='$STATE/mail'
		export RELANCE_INBOX='$STATE/bank/inbox'
		export RELANCE_LETTERS='$STATE/letters'
		export RELANCE_TEMPLATES='$ROOT/deploy/templates'
		export RELANCE_KEYS='$STATE/keys'
		export RELANCE_INVOICING='tcp://127.0.0.1:$PORT_INVOICING'
		export RELANCE_PAYMENTS='tcp://127.0.0.1:$PORT_PAYMENTS'
		export RELANCE_CREDIT='tcp://127.0.0.1:$PORT_CREDIT'
		export RELANCE_NOTIFICATION='tcp://127.0.0.1:$PORT_NOTIFICATION'
		export RELANCE_FEED_REPLAY='tcp://127.0.0.1:$PORT_FEED_REPLAY'
		export RELANCE_FEED='tcp://127.0.0.1:$PORT_FEED'
		export RELANCE_GATEWAY='http://127.0.0.1:$PORT_GATEWAY'
		export RELANCE_API_KEY_FILE='$STATE/api-key'
		export RELANCE_TEST_CLOCK=1
	ENV
}

running() { # NAME: its supervisor lives
	local pid
	pid=$(cat "$STATE/run/$1.supervisor.pid" 2>/dev/null) && kill -0 "$pid" 2>/dev/null &&
		grep -qs supervise "/proc/$pid/cmdline"
}

# start NAME COMMAND…: under a supervisor, in the background, once.
start() {
	local name=$1
	shift
	running "$name" && return
	setsid "$ROOT/deploy/local/supervise" "$STATE/run" "$name" "$@" >>"$STATE/log/$name.log" 2>&1 </dev/null &
}

wait_for() { # WHAT COMMAND…: until it succeeds
	local what=$1 tries=0
	shift
	until "$@" >/dev/null 2>&1; do
		tries=$((tries + 1))
		[ "$tries" -gt $((READY_SECONDS * 10)) ] && die "$what does not answer; see $STATE/log"
		sleep 0.1
	done
}

# What an import of a large statement writes goes to the log once, not again after each of many checkpoints.
PG_SETTINGS=(-c shared_buffers=512MB -c max_wal_size=4GB -c checkpoint_timeout=15min -c wal_compression=lz4)

start_stores() {
	if [ ! -s "$SOCKETS/pg/PG_VERSION" ]; then
		say "  creating the database cluster"
		as_pg "$PG_BIN/initdb" -D "$SOCKETS/pg" -U relance --auth=trust --encoding=UTF8 --locale=C.UTF-8 \
			>"$STATE/log/initdb.log" 2>&1 || die "initdb failed; see $STATE/log/initdb.log"
	fi
	local drop=()
	[ "$(id -u)" = 0 ] && drop=(setpriv --reuid=postgres --regid=postgres --init-groups)
	start postgres "${drop[@]}" "$PG_BIN/postgres" -D "$SOCKETS/pg" -k "$SOCKETS" -c listen_addresses= -c max_connections=200 \
		"${PG_SETTINGS[@]}"
	start redis redis-server --port 0 --unixsocket "$SOCKETS/redis.sock" --unixsocketperm 777 --save '' --appendonly no \
		--daemonize no --dir "$STATE/run"
	start mail-sink "$ROOT/deploy/local/mail-sink" "127.0.0.1:$PORT_SMTP" "$STATE/mail"
	wait_for PostgreSQL "$PG_BIN/pg_isready" -q -h "$SOCKETS" -U relance -d postgres
	wait_for Redis redis-cli -s "$SOCKETS/redis.sock" ping
	psql -h "$SOCKETS" -U relance -d postgres -Atqc "SELECT 1 FROM pg_database WHERE datname = 'relance'" | grep -q 1 ||
		psql -h "$SOCKETS" -U relance -d postgres -qc 'CREATE DATABASE relance' || die "the database could not be created"
}

prepare_secrets() {
	local name
	for name in invoicing payments credit notification feed gateway relancectl; do
		[ -s "$STATE/keys/$name.key_secret" ] || relancectl keys new "$STATE/keys" "$name" >/dev/null ||
			die "no certificate for $name"
	done
	if [ ! -s "$STATE/api-key" ]; then
		(umask 077 && RELANCE_API_KEYS=$STATE/api-keys relancectl apikey new quickstart --scope '*' >"$STATE/api-key.new") ||
			die "no API key"
		mv "$STATE/api-key.new" "$STATE/api-key"
	fi
}

pg_as() { echo "host=$SOCKETS dbname=relance user=relance_$1"; }

start_services() {
	local n
	local common=(RELANCE_LOG=info RELANCE_PUBLISH=)
	service() { # NAME PORT ADMIN-PORT ROLE PROGRAM SETTINGS…
		local name=$1 port=$2 admin=$3 role=$4 program=$5
		shift 5
		start "$name" env RELANCE_PG="$(pg_as "$role") application_name=relance-$name" RELANCE_BIND="${port:+tcp://127.0.0.1:$port}" \
			RELANCE_ADMIN="127.0.0.1:$admin" "$@" "$BUILD/$program"
	}
	service feed "$PORT_FEED_REPLAY" "$PORT_ADMIN_FEED" feed relance-feed RELANCE_PUBLISH="tcp://127.0.0.1:$PORT_FEED"
	service invoicing "$PORT_INVOICING" "$PORT_ADMIN_INVOICING" invoicing relance-invoicing
	service payments "$PORT_PAYMENTS" "$PORT_ADMIN_PAYMENTS" payments relance-payments \
		RELANCE_PROFILES="$ROOT/deploy/profiles"
	service credit "$PORT_CREDIT" "$PORT_ADMIN_CREDIT" credit relance-credit
	service planner "$PORT_NOTIFICATION" "$PORT_ADMIN_PLANNER" notification relance-notification RELANCE_ROLE=planner \
		RELANCE_POLICIES="$ROOT/deploy/policies" RELANCE_TEMPLATES="$ROOT/deploy/templates"
	for n in $(seq 1 "$WORKERS"); do
		local admin=PORT_ADMIN_WORKER_$n
		service "worker-$n" "" "${!admin}" notification relance-notification RELANCE_ROLE=worker \
			RELANCE_POLICIES="$ROOT/deploy/policies" RELANCE_TEMPLATES="$ROOT/deploy/templates"
	done
	start gateway env -u RELANCE_PG RELANCE_LISTEN="127.0.0.1:$PORT_GATEWAY" RELANCE_ADMIN="127.0.0.1:$PORT_ADMIN_GATEWAY" \
		RELANCE_API_KEYS="$STATE/api-keys" "$BUILD/relance-gateway"

	local name
	for name in FEED INVOICING PAYMENTS CREDIT PLANNER GATEWAY $(seq -f 'WORKER_%g' 1 "$WORKERS"); do
		local port=PORT_ADMIN_$name
		wait_for "$name" curl -fsS -o /dev/null "http://127.0.0.1:${!port}/readyz"
	done
}

stack_start() {
	mkdir -p "$STATE"/{run,log,keys,mail,bank/inbox,letters}
	exec 9>"$STATE/lock"
	flock -w 120 9 || die "another quickstart is at work in $STATE"
	place_sockets
	choose_ports
	write_env
	. "$STATE/env"
	{
		say "Starting PostgreSQL, Redis and a mail sink ..."
		start_stores
		say "Preparing the database schema and the keys ..."
		RELANCE_PG="host=$SOCKETS dbname=relance user=relance" relancectl migrate --dir "$ROOT/deploy/schema" \
			>"$STATE/log/migrate.log" 2>&1 || { cat "$STATE/log/migrate.log" >&2; die "the migrations failed"; }
		prepare_secrets
		say "Starting the services ..."
		start_services
	} 9>&-
	flock -u 9
}

# Ends what this state folder's supervisors run; the services first, the stores last.
stack_stop() {
	local file pid name order pids
	for order in services stores; do
		pids=
		for file in "$STATE"/run/*.supervisor.pid; do
			[ -e "$file" ] || continue
			name=$(basename "$file" .supervisor.pid)
			case "$name:$order" in
			postgres:services | redis:services | mail-sink:services) continue ;;
			esac
			running "$name" || { rm -f "$file"; continue; }
			pid=$(cat "$file")
			# PostgreSQL's fast shutdown is SIGINT: SIGTERM would wait for clients.
			if [ "$name" = postgres ]; then kill -INT "$(cat "$STATE/run/postgres.pid")" 2>/dev/null || true; fi
			if kill -TERM "$pid" 2>/dev/null; then pids="$pids $pid"; fi
		done
		for pid in $pids; do
			for _ in $(seq 1 400); do
				kill -0 "$pid" 2>/dev/null || break
				sleep 0.1
			done
			if kill -0 "$pid" 2>/dev/null; then say "  process $pid does not end; see $STATE/log"; fi
		done
	done
}
