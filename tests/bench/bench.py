#!/usr/bin/env python3
"""Measures Postern beside nginx `return 200` and beside a bare SQLite loop, in one run, and prints ratios.

    ./dev bench [--users 1000000] [--deliveries 0] [--seconds 3] [--rounds 3] [--connections 1,64,256,1024]

Machines are noisy: only ratios within one run count. Each figure is the median of interleaved rounds. Everything
listens on loopback and works in a temporary folder.
"""
import argparse
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.parse

SCENARIOS = ("known member", "new membership", "new user")
TARGETS = {"known member": 0.50, "new membership": 0.20, "new user": 0.12}
TICKS = os.sysconf("SC_CLK_TCK")
# A usual script: it looks at a few fields, and keeps two.
SCRIPT = """
local products = {["course-17"] = true, ["course-18"] = true}
function incoming_webhook_validation(is_valid, data, webhook, request)
  if not ip_in(request.ip, "127.0.0.0/8", "::1") then return false, "Not from there." end
  if data.product and not products[data.product] then return false, "No such product." end
  return data.email:match("@(.+)$") ~= "blocked.example"
end
function incoming_webhook_user_data(user_data, payload)
  user_data.role = "customer"
  user_data.meta = {plan = payload.plan or "none", source = "bench"}
  return user_data
end
"""


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def cpu_seconds(pids):
    total = 0
    for pid in pids:
        fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
        total += int(fields[11]) + int(fields[12])
    return total / TICKS


def memory_mb(pid):
    return int(re.search(r"VmRSS:\s+(\d+)", pathlib.Path(f"/proc/{pid}/status").read_text()).group(1)) / 1024


class Nginx:
    """`return 200` with a body as long as ours."""

    def __init__(self, folder):
        self.port = free_port()
        config = folder / "nginx.conf"
        config.write_text(f"""
            worker_processes auto; pid {folder}/nginx.pid; error_log {folder}/nginx.log; daemon off;
            events {{ worker_connections 4096; }}
            http {{ access_log off; keepalive_requests 1000000000; client_body_temp_path {folder}/t1;
              proxy_temp_path {folder}/t2; fastcgi_temp_path {folder}/t3; uwsgi_temp_path {folder}/t4; scgi_temp_path {folder}/t5;
              server {{ listen 127.0.0.1:{self.port} backlog=4096; location / {{ default_type application/json;
                return 200 '{{"success":true,"message":"Existing user found, nothing to change","user_id":1}}'; }} }} }}""")
        nginx = shutil.which("nginx") or "/usr/sbin/nginx"
        self.process = subprocess.Popen([nginx, "-c", str(config), "-p", str(folder)], stderr=subprocess.DEVNULL)
        wait_for(self.port)

    def pids(self):
        children = pathlib.Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        return [self.process.pid, *map(int, children)]

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait()


class Postern:
    def __init__(self, binary, folder):
        self.binary, self.data = binary, folder / "data"
        self.start()
        self.cli("space", "add", "--title", "Bench", "--slug", "bench")
        self.cli("space", "add", "--title", "Joined", "--slug", "joined")
        self.targets = {name: urllib.parse.urlsplit(
            self.cli("webhook", "add", "--name", name, "--add-space", space)["url"]).path
            for name, space in zip(SCENARIOS, ("bench", "joined", "joined"))}

    def start(self):
        self.process = subprocess.Popen(
            [self.binary, "serve", "--no-demo", "--data", str(self.data), "--listen", "127.0.0.1:0"],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        for line in self.process.stdout:
            match = re.search(r"Listening on http://127\.0\.0\.1:(\d+)", line)
            if match:
                self.port = int(match.group(1))
                return
        sys.exit("bench: postern did not start")

    def cli(self, *arguments):
        return json.loads(subprocess.run([self.binary, *arguments, "--json", "--data", str(self.data)], check=True,
                                         capture_output=True, text=True).stdout)

    def pids(self):
        return [self.process.pid]

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait()


def wait_for(port):
    for _ in range(200):
        with socket.socket() as s:
            if s.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.02)
    sys.exit(f"bench: nobody listens on port {port}")


def seed(database, users, deliveries):
    """Users user0@example.com …, all members of the first space; deliveries of the last days."""
    with sqlite3.connect(database) as db:
        db.execute("PRAGMA cache_size = -262144")
        first = db.execute("SELECT ifnull(max(id), 0) FROM users").fetchone()[0]
        numbers = "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < ?)"
        if users > first:
            db.execute(numbers + " INSERT INTO users(id, email_key, login, first_name, last_name, display_name, created_at)"
                       " SELECT i + 1, 'user' || i || '@example.com', 'user' || i, 'Ada', 'Lovelace', 'Ada Lovelace', 0"
                       f" FROM n WHERE i >= {first}", (users,))
            db.execute(f"INSERT INTO memberships SELECT id, 1, 0, 0, 0, NULL FROM users WHERE id > {first}")
        if deliveries:
            start = (int(time.time() * 1000) - deliveries - 86_400_000) << 20  # Before all that were really delivered.
            db.execute(numbers + " INSERT INTO deliveries(id, received_at, webhook_id, key_id, dialect, remote_ip,"
                       " content_type, payload, payload_complete, body_bytes, email, status, http_status, message, user_id,"
                       f" user_created, welcome_email, outcomes, duration_us) SELECT {start} + (i << 20), 0, 1, 1, 0,"
                       " '127.0.0.1', 'application/x-www-form-urlencoded', CAST('email=user' || i || '%40example.com&plan=gold' AS BLOB),"
                       " 1, 60, 'user' || i || '@example.com', 0, 200, 'Existing user found, nothing to change', i, 0, 0,"
                       " 's1:1:bench', 90 FROM n", (deliveries,))
            db.execute("UPDATE delivery_count SET rows = rows + ?", (deliveries,))
    sqlite3.connect(database).execute("PRAGMA wal_checkpoint(TRUNCATE)")


class Bench:
    def __init__(self, options, folder):
        self.options, self.folder = options, folder
        self.tools = pathlib.Path(options.tools)
        self.counter = 0

    def load(self, server, target, connections, emails):
        before = cpu_seconds(server.pids())
        done = subprocess.run([self.tools / "loadgen", str(server.port), target, str(connections),
                               str(self.options.seconds), emails], capture_output=True, text=True)
        if done.returncode != 0:
            sys.exit(f"bench: {done.stderr.strip()}")
        result = json.loads(done.stdout)
        result["cpu_us"] = (cpu_seconds(server.pids()) - before) * 1e6 / max(result["requests"], 1)
        if result["errors"]:
            sys.exit(f"bench: {result['errors']} of {result['requests']} requests failed")
        return result

    def emails(self, scenario):
        self.counter += 1
        if scenario == "known member":
            return f"known:{self.options.users}"
        if scenario == "new user":
            return f"new:n{os.getpid()}-{self.counter}-"
        first = self.joined  # Everybody joins only once.
        return f"each:{first}"

    def compare(self, nginx, postern):
        """Interleaves the two and yields one row per scenario and number of connections."""
        self.joined = 0
        for scenario in SCENARIOS:
            for connections in self.options.connections:
                rows = []
                for _ in range(self.options.rounds):
                    base = self.load(nginx, "/", connections, "known:1000")
                    ours = self.load(postern, postern.targets[scenario], connections, self.emails(scenario))
                    if scenario == "new membership":
                        self.joined += ours["requests"]
                    rows.append((ours["rps"] / base["rps"], ours, base))
                yield scenario, connections, rows

    def print_comparison(self, nginx, postern):
        print(f"\n{'scenario':16}{'conns':>6}{'of nginx':>10}{'req/s':>9}{'µs CPU':>8}{'p50 ms':>8}{'p99 ms':>8}"
              f"{'nginx req/s':>13}{'µs CPU':>8}")
        median = lambda rows, side, key: statistics.median(row[side][key] for row in rows)
        for scenario, connections, rows in self.compare(nginx, postern):
            ratio = statistics.median(row[0] for row in rows)
            print(f"{scenario:16}{connections:>6}{ratio:>10.2f}{median(rows, 1, 'rps'):>9.0f}"
                  f"{median(rows, 1, 'cpu_us'):>8.1f}{median(rows, 1, 'p50_ms'):>8.2f}{median(rows, 1, 'p99_ms'):>8.2f}"
                  f"{median(rows, 2, 'rps'):>13.0f}{median(rows, 2, 'cpu_us'):>8.1f}", flush=True)
        print(f"resident memory of postern: {memory_mb(postern.process.pid):.0f} MB")

    def print_scripts(self, postern):
        """The same deliveries to a webhook without and with a script, in turns."""
        hooks = postern.data / "hooks"
        hooks.mkdir()
        targets = {}
        for scenario, space in (("known member", "bench"), ("new user", "joined")):
            made = postern.cli("webhook", "add", "--name", scenario + " scripted", "--add-space", space)
            targets[scenario] = urllib.parse.urlsplit(made["url"]).path
            (hooks / f"webhook-{made['id']}.lua").write_text(SCRIPT)
        postern.stop()
        postern.start()
        print(f"\n{'with a script':16}{'conns':>6}{'of without':>11}{'req/s':>8}{'µs CPU':>8}{'p50 ms':>8}{'p99 ms':>8}"
              f"{'without µs':>13}")
        for scenario, target in targets.items():
            for connections in (1, 64):
                rows = []
                for _ in range(self.options.rounds):
                    without = self.load(postern, postern.targets[scenario], connections, self.emails(scenario))
                    scripted = self.load(postern, target, connections, self.emails(scenario))
                    rows.append((scripted["rps"] / without["rps"], scripted, without))
                median = lambda side, key: statistics.median(row[side][key] for row in rows)
                print(f"{scenario:16}{connections:>6}{statistics.median(row[0] for row in rows):>11.2f}"
                      f"{median(1, 'rps'):>8.0f}{median(1, 'cpu_us'):>8.1f}{median(1, 'p50_ms'):>8.2f}"
                      f"{median(1, 'p99_ms'):>8.2f}{median(2, 'cpu_us'):>13.1f}", flush=True)

    def print_loop(self, postern):
        """The same rows by a bare loop, on a copy of the store."""
        copy = self.folder / "loop.db"
        print(f"\n{'bare SQLite loop':16}{'batch':>6}{'rows/s':>19}{'µs CPU':>8}")
        postern.stop()  # A database that is being written cannot be copied.
        for scenario, kind in zip(SCENARIOS, ("known", "membership", "new")):
            for batch in (1, 100):
                shutil.copy(self.folder / "data" / "postern.db", copy)
                done = subprocess.run([self.tools / "sqlite_loop", copy, kind, str(batch), str(self.options.seconds)],
                                      capture_output=True, text=True)
                if done.returncode != 0:
                    sys.exit(f"bench: {done.stderr.strip()}")
                result = json.loads(done.stdout)
                print(f"{scenario:16}{batch:>6}{result['rps']:>19.0f}{result['cpu_us']:>8.1f}", flush=True)
                for leftover in self.folder.glob("loop.db*"):
                    leftover.unlink()

    def print_fsync(self):
        with open(self.folder / "fsync", "wb") as file:
            times = []
            for _ in range(200):
                file.write(b"x" * 4096)
                file.flush()
                start = time.perf_counter()
                os.fdatasync(file.fileno())
                times.append(time.perf_counter() - start)
        print(f"one fdatasync of a 4 KB page: {statistics.median(times) * 1e3:.2f} ms")

    def growth(self, postern, sizes):
        """The cost of a delivery as the store grows: CPU, which is steadier than time."""
        print(f"\n{'store':34}{'known µs':>10}{'member µs':>11}{'new µs':>8}")
        for users, deliveries in sizes:
            postern.stop()
            seed(postern.data / "postern.db", users, deliveries)
            postern.start()
            self.options.users = users
            self.joined = 0
            with sqlite3.connect(postern.data / "postern.db") as db:
                db.execute("DELETE FROM memberships WHERE space_id = 2")
            costs = []
            for scenario in SCENARIOS:
                self.load(postern, postern.targets[scenario], 64, self.emails(scenario))  # Warm.
                emails = f"each:{users // 2}" if scenario == "new membership" else self.emails(scenario)
                costs.append(self.load(postern, postern.targets[scenario], 64, emails)["cpu_us"])
            print(f"{users:>10} users {deliveries:>10} deliveries{costs[0]:>10.1f}{costs[1]:>11.1f}{costs[2]:>8.1f}",
                  flush=True)

    def sources(self, postern, deliveries):
        """What verifying and reading a sender's request costs, and what share that is of a whole known-member delivery."""
        self.load(postern, postern.targets["known member"], 256, self.emails("known member"))  # Warm.
        whole = statistics.median(
            self.load(postern, postern.targets["known member"], 256, self.emails("known member"))["cpu_us"]
            for _ in range(self.options.rounds))
        out = subprocess.run([self.tools / "sources", deliveries], check=True, capture_output=True, text=True).stdout
        rows = [line.split() for line in out.splitlines()[1:]]
        form = float(rows[0][4])
        print(f"a known member by a form, at 256 connections: {whole:.1f} µs of CPU")
        print(f"\n{'sender':20}{'bytes':>7}{'HMAC µs':>9}{'verify µs':>11}{'read µs':>9}{'of the whole':>14}")
        for sender, size, plain, verified, read in rows:
            own = float(verified) + float(read)
            print(f"{sender:20}{size:>7}{plain:>9}{verified:>11}{read:>9}{own / (whole - form + own):>13.0%}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--postern", required=True, help=argparse.SUPPRESS)
    parser.add_argument("--tools", required=True, help=argparse.SUPPRESS)
    parser.add_argument("--users", type=int, default=1_000_000)
    parser.add_argument("--seconds", type=float, default=3)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--connections", default="1,64,256,1024")
    parser.add_argument("--growth", action="store_true", help="only: from 10 thousand to --users users, 10 million deliveries")
    parser.add_argument("--sources", metavar="DELIVERIES", help="only: what verifying and reading senders' requests costs")
    parser.add_argument("--folder", help="where the store is made; its disk is what is measured")
    parser.add_argument("--smoke", action="store_true", help="as short as possible: does it all run?")
    options = parser.parse_args()
    options.connections = [int(n) for n in options.connections.split(",")]
    if options.smoke:
        options.users, options.seconds, options.rounds, options.connections = 2000, 0.2, 1, [1, 4]
    folder = pathlib.Path(tempfile.mkdtemp(prefix="postern-bench-", dir=options.folder))
    servers = []
    try:
        bench = Bench(options, folder)
        postern = Postern(options.postern, folder)
        servers.append(postern)
        if options.sources:
            seed(postern.data / "postern.db", options.users, 0)
            bench.sources(postern, options.sources)
            return
        if options.growth:
            bench.growth(postern, [(10_000, 0), (options.users, 0), (options.users, 10_000_000)])
            return
        nginx = Nginx(folder)
        servers.append(nginx)
        seed(postern.data / "postern.db", options.users, 0)
        print(f"{options.users} users; {os.cpu_count()} cores; {options.rounds} rounds of {options.seconds:g} s")
        bench.print_fsync()
        bench.print_comparison(nginx, postern)
        bench.print_scripts(postern)
        bench.print_loop(postern)
    finally:
        for server in servers:
            server.stop()
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
