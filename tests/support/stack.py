"""A private stack for a test that goes through the wire: `with Stack() as stack: …`.

It is deploy/quickstart --empty with the binaries of RELANCE_BUILD in a temporary folder, ended and removed with the
test. SkipTest where it cannot run at all.
"""
import csv
import email
import email.policy
import io
import json
import os
import shutil
import signal
import subprocess
import tempfile
import time
import urllib.error
import urllib.request

SOURCE = os.environ.get("RELANCE_SOURCE", os.path.abspath(os.path.join(os.path.dirname(__file__), "..", "..")))
BUILD = os.environ.get("RELANCE_BUILD", os.path.join(SOURCE, "build"))
WAIT_SECONDS = 120  # ends a hang; says nothing of speed


class Refused(Exception):
    """relancectl ended with another code than 0."""

    def __init__(self, code, stderr):
        super().__init__(f"exit {code}: {stderr.strip()}")
        self.code, self.stderr = code, stderr


class Stack:
    def __init__(self, workers=2, creditor="MAIN"):
        self.workers, self.creditor = workers, creditor

    def __enter__(self):
        self.folder = tempfile.mkdtemp(prefix="relance-test-", dir="/tmp")
        os.chmod(self.folder, 0o711)
        self.state = os.path.join(self.folder, "state")
        try:
            self.quickstart("--empty", "--workers", str(self.workers))
            self.env = self.exports()
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def __exit__(self, kind, value, trace):
        if kind:
            self.show_logs()
        self.quickstart("--stop", check=False)
        sockets = os.path.join(self.state, "sockets")
        if os.path.islink(sockets):
            shutil.rmtree(os.path.realpath(sockets), ignore_errors=True)
        shutil.rmtree(self.folder, ignore_errors=True)

    def quickstart(self, *args, check=True):
        run = subprocess.run([os.path.join(SOURCE, "deploy", "quickstart"), "--state", self.state, *args],
                             env={**os.environ, "RELANCE_BUILD": BUILD}, capture_output=True, text=True, timeout=600)
        if check and run.returncode != 0:
            raise RuntimeError(f"quickstart {' '.join(args)} ended with {run.returncode}:\n{run.stdout}{run.stderr}")
        return run.stdout

    def exports(self):
        text = subprocess.run(["bash", "-c", f'. "{self.state}/env" && env -0'], capture_output=True, check=True,
                              env={"PATH": os.environ["PATH"]}).stdout.decode()
        return {**os.environ, **dict(line.split("=", 1) for line in text.split("\0") if "=" in line)}

    def show_logs(self):
        log = os.path.join(self.state, "log")
        for name in sorted(os.listdir(log)) if os.path.isdir(log) else []:
            with open(os.path.join(log, name), errors="replace") as file:
                lines = [l for l in file if '"level":"info"' not in l and '"level":"debug"' not in l][-15:]
            if lines:
                print(f"--- {name}", "".join(lines), sep="\n")

    # ------------------------------------------------------------------ the command line

    def run(self, *args, timeout=WAIT_SECONDS, stdin=None):
        return subprocess.run(["relancectl", *map(str, args)], env=self.env, capture_output=True, text=True,
                              timeout=timeout, input=stdin)

    def ctl(self, *args, **kw):
        """Runs relancectl … --format json and gives what it printed; Refused if it ended with anything but 0."""
        run = self.run(*args, "--format", "json", **kw)
        if run.returncode != 0:
            raise Refused(run.returncode, run.stderr)
        text = run.stdout.strip()
        if not text:
            return None
        try:
            return json.loads(text)
        except json.JSONDecodeError:
            return [json.loads(line) for line in text.splitlines()]

    def table(self, *args, **kw):
        """Runs relancectl … --format csv and gives its rows."""
        run = self.run(*args, "--format", "csv", **kw)
        if run.returncode != 0:
            raise Refused(run.returncode, run.stderr)
        return list(csv.DictReader(io.StringIO(run.stdout)))

    def write(self, name, text):
        path = os.path.join(self.folder, name)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        return path

    def sql(self, text):
        run = subprocess.run(["psql", self.env["RELANCE_PG"], "-AtXqc", text], capture_output=True, text=True, check=True)
        return run.stdout.strip()

    # ------------------------------------------------------------------ processes

    def pid(self, name):
        with open(os.path.join(self.state, "run", name + ".pid")) as file:
            return int(file.read())

    def kill(self, name, number=signal.SIGKILL):
        """Kills a process by its pid; its supervisor starts it again."""
        pid = self.pid(name)
        os.kill(pid, number)
        return pid

    def back(self, name, old):
        """Waits until the supervisor has started NAME again."""
        self.until(lambda: os.path.exists(os.path.join(self.state, "run", name + ".pid")) and self.pid(name) != old, name)

    def names(self):
        return sorted(n[:-4] for n in os.listdir(os.path.join(self.state, "run"))
                      if n.endswith(".pid") and not n.endswith(".supervisor.pid"))

    def until(self, condition, what):
        end = time.monotonic() + WAIT_SECONDS
        while time.monotonic() < end:
            try:
                if condition():
                    return
            except (OSError, ValueError, Refused):
                pass
            time.sleep(0.05)
        raise TimeoutError(f"{what}: not in {WAIT_SECONDS} s")

    # ------------------------------------------------------------------ the edges

    def mails(self):
        """Every mail in the sink, in the order of arrival."""
        new = os.path.join(self.env["RELANCE_MAILDIR"], "new")
        out = []
        for name in sorted(os.listdir(new)) if os.path.isdir(new) else []:
            with open(os.path.join(new, name), "rb") as file:
                out.append(email.message_from_binary_file(file, policy=email.policy.default))
        return out

    def post(self, method, message, key=None, headers=None, raw=None):
        """A Connect call through the gateway: (HTTP status, decoded JSON)."""
        if key is None:
            with open(self.env["RELANCE_API_KEY_FILE"]) as file:
                key = file.read().strip()
        request = urllib.request.Request(self.env["RELANCE_GATEWAY"] + "/" + method,
                                         data=raw if raw is not None else json.dumps(message).encode(),
                                         headers={"Content-Type": "application/json", "Authorization": "Bearer " + key,
                                                  **(headers or {})})
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return answer.status, json.loads(answer.read() or b"null")
        except urllib.error.HTTPError as error:
            text = error.read()
            try:
                return error.code, json.loads(text)
            except json.JSONDecodeError:
                return error.code, text.decode("utf-8", "replace")


# ---------------------------------------------------------------------- statements for tests

IBAN = "FR7630006000011234567890189"


def camt(entries, opening=0, day="2026-01-31", iban=IBAN, number="S1", currency="EUR"):
    """A camt.053.001.08 statement. entries: (amount in cents, signed; remittance text; bank reference; value date)."""
    closing = opening + sum(e[0] for e in entries)

    def amount(cents):
        return f'<Amt Ccy="{currency}">{abs(cents) // 100}.{abs(cents) % 100:02d}</Amt>' \
               f'<CdtDbtInd>{"CRDT" if cents >= 0 else "DBIT"}</CdtDbtInd>'

    def balance(code, cents, on):
        return f'<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp>{amount(cents)}<Dt><Dt>{on}</Dt></Dt></Bal>'

    def entry(cents, text, ref, on):
        return (f'<Ntry>{amount(cents)}<Sts><Cd>BOOK</Cd></Sts><BookgDt><Dt>{on}</Dt></BookgDt><ValDt><Dt>{on}</Dt></ValDt>'
                f'<AcctSvcrRef>{ref}</AcctSvcrRef><NtryDtls><TxDtls><RmtInf><Ustrd>{text}</Ustrd></RmtInf></TxDtls>'
                f'</NtryDtls></Ntry>')

    body = "".join(entry(*e) for e in entries)
    return ('<?xml version="1.0" encoding="UTF-8"?><Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08">'
            f'<BkToCstmrStmt><GrpHdr><MsgId>M-{number}</MsgId><CreDtTm>{day}T06:00:00Z</CreDtTm></GrpHdr><Stmt><Id>{number}</Id>'
            f'<CreDtTm>{day}T06:00:00Z</CreDtTm><Acct><Id><IBAN>{iban}</IBAN></Id><Ccy>{currency}</Ccy></Acct>'
            f'{balance("OPBD", opening, day)}{balance("CLBD", closing, day)}{body}</Stmt></BkToCstmrStmt></Document>')


def open_items(rows):
    """An open items CSV from dicts with at least number, customer, amount (text), issue and due date."""
    head = "customer_number,customer_name,invoice_number,issue_date,due_date,amount,currency,email,language,country"
    lines = [f'{r["customer"]},{r.get("name", "Customer " + r["customer"])},{r["number"]},{r["issue"]},{r["due"]},{r["amount"]},'
             f'{r.get("currency", "EUR")},{r.get("email", r["customer"].lower() + "@example.com")},{r.get("language", "en")},'
             f'{r.get("country", "FR")}' for r in rows]
    return "\n".join([head, *lines]) + "\n"
