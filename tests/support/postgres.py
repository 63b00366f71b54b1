"""A private PostgreSQL cluster in a temporary folder, on a Unix socket only.

    from tests.support.postgres import Cluster, postgres   # `postgres` is a pytest fixture

    with Cluster() as cluster:
        cluster.execute("SELECT 1")
        subprocess.run(["weirctl", "--store-connection", cluster.dsn(), "db", "init"])

PostgreSQL refuses to run as root, so as root it runs as the user `postgres` (else `nobody`); the
superuser of the cluster is named `postgres` in any case. Any local user may connect (`trust`), which
suits a test and nothing else. The server is stopped by process id; nothing is left behind but what
keep=True leaves on purpose.
"""
import os
import pathlib
import pwd
import shutil
import signal
import subprocess
import tempfile
import time

import pytest

SUPERUSER = "postgres"


def bin_folder():
    """The newest server's programs, or None where PostgreSQL is not installed."""
    found = sorted(pathlib.Path("/usr/lib/postgresql").glob("*/bin/postgres"),
                   key=lambda p: int(p.parts[-3]))
    if found:
        return found[-1].parent
    on_path = shutil.which("postgres")
    return pathlib.Path(on_path).resolve().parent if on_path else None


def server_user():
    """Whom the server runs as: ourselves, or an unprivileged user when we are root."""
    if os.geteuid() != 0:
        return pwd.getpwuid(os.geteuid())
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise RuntimeError("PostgreSQL cannot run as root and there is no user postgres or nobody")


class Cluster:
    """One server process. settings overrides postgresql.conf: {"fsync": "on"}."""

    def __init__(self, settings=None, durable=False, keep=False):
        self.bin = bin_folder()
        if self.bin is None:
            raise RuntimeError("PostgreSQL is not installed; run: apt-get install postgresql")
        self.user = server_user()
        self.keep = keep
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="weir-pg-", dir="/tmp"))
        self.socket = self.folder  # short, because a socket's path holds at most 107 bytes
        self.log = self.folder / "server.log"
        self.process = None
        self.settings = {
            "listen_addresses": "''", "unix_socket_directories": f"'{self.socket}'",
            "unix_socket_permissions": "0777", "max_connections": "50",
            "shared_buffers": "64MB", "timezone": "UTC", "log_timezone": "UTC",
            # a test that kills the server wants durable; the others want to be quick
            "fsync": "on" if durable else "off",
            "synchronous_commit": "on" if durable else "off",
            "full_page_writes": "on" if durable else "off",
            **(settings or {}),
        }
        try:
            self._init()
            self.start()
        except BaseException:
            self.remove()
            raise

    def _as_user(self):
        """Arguments of subprocess that drop root."""
        if os.geteuid() != 0:
            return {"cwd": self.folder}
        return {"cwd": self.folder, "user": self.user.pw_uid, "group": self.user.pw_gid,
                "extra_groups": []}

    def _init(self):
        if os.geteuid() == 0:
            os.chown(self.folder, self.user.pw_uid, self.user.pw_gid)
        self.folder.chmod(0o755)  # clients of another user reach the socket; the data stays 0700
        done = subprocess.run(
            [self.bin / "initdb", "--pgdata", self.folder / "db", "--username", SUPERUSER,
             "--auth", "trust", "--encoding", "UTF8", "--locale", "C", "--no-sync"],
            capture_output=True, text=True, check=False, **self._as_user())
        if done.returncode != 0:
            raise RuntimeError(f"initdb failed:\n{done.stdout}{done.stderr}")
        with open(self.folder / "db" / "postgresql.conf", "a", encoding="ascii") as conf:
            conf.writelines(f"{name} = {value}\n" for name, value in self.settings.items())

    def start(self, timeout_s=60):
        """Starts the server (again, after stop or kill) and waits until it answers."""
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(
                [self.bin / "postgres", "-D", self.folder / "db"], stdin=subprocess.DEVNULL,
                stdout=log, stderr=log, start_new_session=True, **self._as_user())
        deadline = time.monotonic() + timeout_s
        while time.monotonic() < deadline:
            ready = subprocess.run(
                [self.bin / "pg_isready", "-q", "-h", self.socket, "-d", "postgres"], check=False)
            if ready.returncode == 0:
                return
            if self.process.poll() is not None:
                break
            time.sleep(0.05)
        raise RuntimeError(f"PostgreSQL did not start:\n{self.log.read_text()[-2000:]}")

    def stop(self):
        """Fast shutdown: sessions are ended, data is written."""
        if self.process is None:
            return
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            try:
                self.process.wait(30)
            except subprocess.TimeoutExpired:
                self.kill()
        self.process = None

    def kill(self):
        """kill -9 of the server; start() then recovers from the log, as after a power cut."""
        if self.process is not None:
            for pid in [self.process.pid, *self._children()]:
                try:
                    os.kill(pid, signal.SIGKILL)
                except ProcessLookupError:
                    pass
            self.process.wait(30)
            self.process = None

    def _children(self):
        """The backends, listed before their parent dies and they are nobody's children."""
        listed = pathlib.Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        return [int(pid) for pid in listed.read_text().split()] if listed.exists() else []

    def remove(self):
        self.stop()
        if not self.keep:
            shutil.rmtree(self.folder, ignore_errors=True)

    def dsn(self, user=SUPERUSER, database="postgres"):
        """A libpq connection string."""
        return f"host={self.socket} user={user} dbname={database}"

    def environment(self, user=SUPERUSER, database="postgres"):
        """The same for programs that read libpq's environment."""
        return {**os.environ, "PGHOST": str(self.socket), "PGUSER": user, "PGDATABASE": database}

    def execute(self, sql, user=SUPERUSER, database="postgres"):
        """Runs SQL through psql; rows come back as lists of text, NULL as ''."""
        done = subprocess.run(
            ["psql", "-X", "-q", "-A", "-t", "-F", "\x1f", "-v", "ON_ERROR_STOP=1",
             "-d", self.dsn(user, database)],
            input=sql, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise RuntimeError(done.stderr.strip())
        return [line.split("\x1f") for line in done.stdout.splitlines()]

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self.remove()


@pytest.fixture(name="postgres")
def postgres_fixture():
    """A fresh cluster for one test; the test is skipped where PostgreSQL is missing."""
    if bin_folder() is None:
        pytest.skip("PostgreSQL is not installed")
    with Cluster() as cluster:
        yield cluster


postgres = postgres_fixture
