"""A private PostgreSQL and Redis for the benchmarks of reminders, and books to be reminded of."""
import glob
import os
import shutil
import socket
import subprocess
import tempfile
import time

# Of the machine's memory, as PostgreSQL's documentation has it (20.4.1).
QUARTER_MIB = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 4 // 2**20
POSTGRES = sorted(glob.glob("/usr/lib/postgresql/*/bin"))[-1]

# One creditor on a test clock, CUSTOMERS with INVOICES each of which the first DUE of a hundred are 8 days overdue.
BOOKS = """
SET session_replication_role = replica;
INSERT INTO invoicing.creditor (code, name, legal_name, language, country, timezone, currency, iban, bic, email, address_lines)
VALUES ('MAIN', 'Atelier Dubois', 'Atelier Dubois SARL', 'fr', 'FR', 'Europe/Paris', 'EUR', 'FR7630006000011234567890189',
  'AGRIFRPP', 'compta@dubois.example', '{12 rue de la Paix,75002 Paris}');
INSERT INTO invoicing.customer (creditor, id, number, name, language, country, timezone)
SELECT 'MAIN', ('01970000-0000-7000-9000-' || lpad(n::text, 12, '0'))::uuid, 'C' || n, 'Client ' || n,
  (ARRAY['fr', 'en', 'de'])[1 + n %% 3], 'FR', 'Europe/Paris' FROM generate_series(1, %(customers)d) n;
INSERT INTO invoicing.contact (creditor, customer, position, role, name, email, language)
SELECT 'MAIN', id, 1, 'billing', name, 'accounts@' || lower(number) || '.example', language FROM invoicing.customer;
INSERT INTO ledger.open_item (creditor, id, number, number_key, customer, customer_number, currency, issued_on, due_on,
  amount_minor, open_minor, creditor_ref)
SELECT 'MAIN', ('01970000-0000-7000-a000-' || lpad((n * 100 + k)::text, 12, '0'))::uuid, 'INV-' || (n * 100 + k),
  'INV' || (n * 100 + k), ('01970000-0000-7000-9000-' || lpad(n::text, 12, '0'))::uuid, 'C' || n, 'EUR', d.due_on - 30, d.due_on,
  10000 + n, 10000 + n, 'RF18539007547034'
  FROM generate_series(1, %(customers)d) n, generate_series(1, %(invoices)d) k,
  LATERAL (SELECT CASE WHEN n %% 100 < %(due)d THEN date '2026-02-20' ELSE date '2026-04-01' + (n %% 60) END AS due_on) d;
INSERT INTO ledger.test_clock VALUES ('MAIN', '2026-02-27 11:00:00+00');
"""


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def as_postgres(*command):
    if os.geteuid() != 0:
        return list(command)
    return ["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups", *command]


class Stores:
    def __init__(self, source, with_postgres=True, settings=""):
        self.source, self.with_postgres, self.settings = source, with_postgres, settings
        self.redis_process = None

    def __enter__(self):
        self.folder = tempfile.mkdtemp(prefix="relance-bench-", dir="/tmp")
        os.chmod(self.folder, 0o755)
        try:
            self.redis_start()
            if self.with_postgres:
                self.postgres_start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        if self.redis_process:
            self.redis_process.terminate()
            self.redis_process.wait()
        if os.path.exists(os.path.join(self.folder, "pg", "data", "postmaster.pid")):
            subprocess.run(as_postgres(os.path.join(POSTGRES, "pg_ctl"), "-s", "-m", "fast", "-D",
                                       os.path.join(self.folder, "pg", "data"), "stop"), cwd="/")
        shutil.rmtree(self.folder, ignore_errors=True)

    def redis_start(self):
        self.redis_port = free_port()
        socket_path = os.path.join(self.folder, "redis.sock")
        self.redis_process = subprocess.Popen(
            ["redis-server", "--port", str(self.redis_port), "--bind", "127.0.0.1", "--unixsocket", socket_path, "--dir", self.folder,
             "--save", "", "--appendonly", "yes", "--appendfsync", "everysec", "--loglevel", "warning"],
            stdout=subprocess.DEVNULL)
        self.redis_pid, self.redis = self.redis_process.pid, "unix:" + socket_path
        self.wait_port(self.redis_port)

    def redis_flush(self):
        subprocess.run(["redis-cli", "-p", str(self.redis_port), "flushall"], check=True, stdout=subprocess.DEVNULL)

    def postgres_start(self):
        home = os.path.join(self.folder, "pg")
        os.makedirs(home)
        if os.geteuid() == 0:
            shutil.chown(home, "postgres")
        data = os.path.join(home, "data")
        subprocess.run(as_postgres(os.path.join(POSTGRES, "initdb"), "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8",
                                   "--locale=C.UTF-8"), check=True, stdout=subprocess.DEVNULL, cwd="/")
        subprocess.run(as_postgres(os.path.join(POSTGRES, "pg_ctl"), "-s", "-w", "-D", data, "-l", os.path.join(home, "log"), "-o",
                                   f"-k {home} -c listen_addresses= -c shared_buffers={QUARTER_MIB}MB -c max_wal_size=8GB "
                                   f"-c checkpoint_timeout=30min -c wal_compression=lz4 "
                                   f"{self.settings}", "start"),
                       check=True, cwd="/")
        with open(os.path.join(data, "postmaster.pid")) as file:
            self.postgres_pid = int(file.readline())
        self.home = home

    def pg(self, user):
        return f"host={self.home} dbname=postgres user={user}"

    def sql(self, text):
        return subprocess.run(["psql", self.pg("postgres"), "-AtXq", "-v", "ON_ERROR_STOP=1", "-c", text], check=True,
                              capture_output=True, text=True).stdout.strip()

    def books(self, build, customers, invoices, due=100):
        run = subprocess.run([os.path.join(build, "relancectl"), "migrate", "--dir", os.path.join(self.source, "deploy", "schema")],
                             env={**os.environ, "RELANCE_PG": self.pg("postgres")}, capture_output=True, text=True)
        if run.returncode != 0:
            raise RuntimeError(run.stdout + run.stderr)
        self.sql(BOOKS % {"customers": customers, "invoices": invoices, "due": due})
        subprocess.run(["psql", self.pg("postgres"), "-AtXqc", "VACUUM ANALYZE"], check=True)

    def wait_port(self, port):
        end = time.monotonic() + 30
        while time.monotonic() < end:
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                return
            except OSError:
                time.sleep(0.05)
        raise TimeoutError(f"port {port} does not answer")
