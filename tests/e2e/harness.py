"""Runs the real program in a temporary folder: the server, the command line, and a plain HTTP client.

Everything listens on loopback, on a port that the kernel picks, and is stopped by the test that started it.
"""
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import sqlite3
import subprocess
import tempfile
import time
import unittest
import urllib.parse

BINARY = os.environ["POSTERN_BIN"]
DATA = pathlib.Path(__file__).resolve().parent.parent / "data"
SLOWDOWN = float(os.environ.get("POSTERN_TEST_SLOWDOWN", "1"))  # Sanitizers need more time.


def wait_until(predicate, what, seconds=10.0):
    """Polls until predicate() is true; on a time-out the message says what was waited for."""
    end = time.monotonic() + seconds * SLOWDOWN
    while time.monotonic() < end:
        value = predicate()
        if value:
            return value
        time.sleep(0.02)
    raise AssertionError(f"timed out waiting until {what}")


def free_port():
    """For programs that cannot be told to take any port. Somebody else may take it before they do."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def npm_folder(source, variable):
    """A folder beside the build with the npm packages that `source` locks, installed unless they are there."""
    folder = pathlib.Path(os.environ[variable])
    folder.mkdir(parents=True, exist_ok=True)
    lock = (source / "package-lock.json").read_text()
    installed = folder / "installed-lock.json"
    if not installed.exists() or installed.read_text() != lock:
        for name in ("package.json", "package-lock.json", ".npmrc"):
            shutil.copy(source / name, folder / name)
        done = subprocess.run(["npm", "ci", "--ignore-scripts", "--silent", "--no-progress"], cwd=folder,
                              capture_output=True, text=True, timeout=300)
        if done.returncode != 0:
            raise AssertionError(f"npm ci failed: {done.stderr}")
        installed.write_text(lock)
    return folder


class Reply:
    def __init__(self, status, headers, body):
        self.status = status
        self.headers = headers  # Lower-case names; the last of a name counts.
        self.body = body

    @property
    def json(self):
        return json.loads(self.body)


class Connection:
    """One keep-alive connection that speaks just enough HTTP/1.1, so that nothing is mended on the way."""

    def __init__(self, port, tls=None, timeout=20.0):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=timeout * SLOWDOWN)
        if tls is not None:
            self.socket = tls.wrap_socket(self.socket, server_hostname="localhost")
        self.buffer = b""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def send(self, data):
        self.socket.sendall(data)

    def _fill(self):
        data = self.socket.recv(65536)
        if not data:
            raise EOFError("closed by the server")
        self.buffer += data

    def read_reply(self, head=False):
        while b"\r\n\r\n" not in self.buffer:
            self._fill()
        raw, self.buffer = self.buffer.split(b"\r\n\r\n", 1)
        lines = raw.decode("latin-1").split("\r\n")
        match = re.fullmatch(r"HTTP/1\.1 (\d{3}) [\x20-\x7e]+", lines[0])
        assert match, f"malformed status line {lines[0]!r}"
        status = int(match.group(1))
        headers = {}
        for line in lines[1:]:
            name, colon, value = line.partition(":")
            assert colon and re.fullmatch(r"[!-9;-~]+", name), f"malformed header line {line!r}"
            headers[name.lower()] = value.strip()
        if status == 100:
            return Reply(status, headers, b"")
        length = 0 if head or status in (204, 304) else int(headers["content-length"])
        while len(self.buffer) < length:
            self._fill()
        body, self.buffer = self.buffer[:length], self.buffer[length:]
        return Reply(status, headers, body)

    def is_closed(self, seconds=3.0):
        """Has the server closed its side (nothing more comes)?"""
        self.socket.settimeout(seconds * SLOWDOWN)
        try:
            data = self.socket.recv(65536)
            self.buffer += data
            return data == b""
        except (TimeoutError, socket.timeout):
            return False
        except ConnectionError:
            return True


def build_request(method, target, body=b"", headers=None, host="localhost"):
    head = [f"{method} {target} HTTP/1.1", f"Host: {host}"]
    headers = dict(headers or {})
    if method == "POST" and not any(name.lower() in ("content-length", "transfer-encoding") for name in headers):
        headers["Content-Length"] = str(len(body))
    head += [f"{name}: {value}" for name, value in headers.items()]
    return ("\r\n".join(head) + "\r\n\r\n").encode() + body


class Postern:
    """A data folder, the server on it, and the command line beside it."""

    def __init__(self, *flags, config=None, environment=None, start=True):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="postern-e2e-"))
        self.data = self.folder / "data"
        self.flags = list(flags)
        self.environment = dict(environment or {})
        if config is not None:
            path = self.folder / "postern.toml"
            path.write_text(config)
            self.flags += ["--config", str(path)]
        self.process = None
        self.output = ""
        if start:
            self.start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def start(self, *more, preexec=None):
        self.stderr_path = self.folder / "stderr.txt"
        self.stdout_path = self.folder / "stdout.txt"
        with open(self.stdout_path, "wb") as out, open(self.stderr_path, "ab") as err:
            self.process = subprocess.Popen(
                [BINARY, "serve", "--data", str(self.data), "--listen", "127.0.0.1:0", *self.flags, *more],
                stdout=out, stderr=err, env={**os.environ, **self.environment}, preexec_fn=preexec)
        wait_until(lambda: "Listening on" in self.stdout() or self.process.poll() is not None, "the server listens", 20)
        match = re.search(r"Listening on (https?)://127\.0\.0\.1:(\d+)", self.stdout())
        assert match, f"the server did not start: {self.stdout()} {self.stderr()}"
        self.port = int(match.group(2))

    def stdout(self):
        return self.stdout_path.read_text()

    def stderr(self):
        return self.stderr_path.read_text()

    def stop(self, signal_number=signal.SIGTERM):
        if self.process is None:
            return None
        self.process.send_signal(signal_number)
        code = self.process.wait(timeout=40 * SLOWDOWN)
        self.process = None
        return code

    def close(self):
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    # ---- the command line ----

    def cli(self, *arguments, check=True, data=True, environment=None, stdin=subprocess.DEVNULL):
        command = [BINARY, *arguments] + (["--data", str(self.data)] if data else [])
        done = subprocess.run(command, capture_output=True, text=True, stdin=stdin, timeout=60 * SLOWDOWN,
                              env={**os.environ, **self.environment, **(environment or {})})
        if check and done.returncode != 0:
            raise AssertionError(f"{' '.join(arguments)}: exit {done.returncode}: {done.stderr}")
        return done

    def cli_json(self, *arguments):
        return json.loads(self.cli(*arguments, "--json").stdout)

    def webhook(self, *flags, name="test"):
        """Adds a webhook and returns (number, target) where target is the path of its URL."""
        made = self.cli_json("webhook", "add", "--name", name, *flags)
        return made["id"], urllib.parse.urlsplit(made["url"]).path

    def user(self, email):
        done = self.cli("user", "show", email, "--json", check=False)
        return json.loads(done.stdout) if done.returncode == 0 else None

    # ---- HTTP ----

    def connect(self, **options):
        return Connection(self.port, **options)

    def request(self, method, target, body=b"", headers=None, tls=None, host="localhost"):
        with self.connect(tls=tls) as connection:
            connection.send(build_request(method, target, body, headers, host))
            return connection.read_reply(head=method == "HEAD")

    def post(self, target, fields, headers=None):
        """Posts a form."""
        body = urllib.parse.urlencode(fields).encode()
        return self.request("POST", target, body, {"Content-Type": "application/x-www-form-urlencoded", **(headers or {})})

    def post_json(self, target, value, headers=None):
        return self.request("POST", target, json.dumps(value).encode(), {"Content-Type": "application/json", **(headers or {})})

    def metric(self, line_start):
        for line in self.request("GET", "/metrics").body.decode().splitlines():
            if line.startswith(line_start + " "):
                return float(line.split()[-1])
        return None

    def sql(self, statement):
        """Reads the database beside the server."""
        with sqlite3.connect(f"file:{self.data}/postern.db?mode=ro", uri=True) as db:
            return db.execute(statement).fetchall()

    def all_bytes(self):
        """Everything in the data folder but the key file, and everything printed."""
        out = b"".join(p.read_bytes() for p in self.data.iterdir() if p.is_file() and p.name != "postern.key")
        return out + self.stdout_path.read_bytes() + self.stderr_path.read_bytes()


class TestCase(unittest.TestCase):
    """A test class with one server; `flags` and `config` may be set by the class."""

    flags = ()
    config = None

    @classmethod
    def setUpClass(cls):
        cls.postern = Postern("--no-demo", *cls.flags, config=cls.config)
        cls.addClassCleanup(cls.postern.close)
        cls.prepare()

    @classmethod
    def prepare(cls):
        pass
