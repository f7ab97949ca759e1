"""A MariaDB of the test's own with WordPress sites in it, and the folders of such sites. No network: a Unix socket."""
import ctypes
import itertools
import os
import pathlib
import re
import shutil
import signal
import subprocess
import tempfile

from harness import DATA, wait_until

PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"  # Debian puts the server where root looks.
SITE = DATA / "wordpress" / "site"
PR_SET_PDEATHSIG = 1


def end_with_parent():
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


class MariaDb:
    """Starts in the constructor; `close` kills it and removes all it has written."""

    def __init__(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="postern-mariadb-"))
        self.socket = self.folder / "socket"
        self.names = itertools.count(1)
        self.process = None
        try:
            self.start()
        except BaseException:
            self.close()
            raise

    def start(self):
        as_root = ["--user=root"] if os.geteuid() == 0 else []
        data = f"--datadir={self.folder}/data"
        subprocess.run(["mariadb-install-db", "--no-defaults", data, "--auth-root-authentication-method=normal",
                        "--skip-test-db", f"--tmpdir={self.folder}", *as_root], check=True, capture_output=True, timeout=120,
                       env={**os.environ, "PATH": PATH})
        with open(self.folder / "log", "wb") as log:
            self.process = subprocess.Popen(
                ["mariadbd", "--no-defaults", data, f"--socket={self.socket}", "--skip-networking", "--skip-log-bin",
                 "--skip-name-resolve", "--innodb-buffer-pool-size=32M", "--innodb-log-file-size=16M",
                 "--performance-schema=off", "--innodb-flush-log-at-trx-commit=0", "--innodb-flush-method=nosync",
                 f"--tmpdir={self.folder}", f"--pid-file={self.folder}/pid", *as_root],
                stdout=log, stderr=log, preexec_fn=end_with_parent, env={**os.environ, "PATH": PATH})
        wait_until(self.answers, "MariaDB answers", 60)

    def answers(self):
        assert self.process.poll() is None, (self.folder / "log").read_text()
        return self.run("SELECT 1", check=False).returncode == 0

    def close(self):
        if self.process is not None:
            self.process.kill()
            self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    def run(self, sql, database="", check=True):
        command = ["mariadb", "--no-defaults", f"--socket={self.socket}", "-uroot", "-N", "--batch",
                   "--default-character-set=utf8mb4", *([database] if database else [])]
        done = subprocess.run(command, input=sql.encode(), capture_output=True, timeout=120)
        if check and done.returncode != 0:
            raise AssertionError(done.stderr.decode())
        return done

    def query(self, sql, database=""):
        return [line.split("\t") for line in self.run(sql, database).stdout.decode().splitlines()]

    def make_site(self):
        """A database with the tables of a WordPress 7.1 with FluentCommunity 2.8.1 that Postern looks at: its name."""
        name = f"site{next(self.names)}"
        rows = (SITE / "fixture.sql").read_text()
        tables = set(re.findall(r"^INSERT INTO `(\w+)`", rows, re.M))
        rows = re.sub(r"^ALTER TABLE (\w+) .*$", lambda m: m.group(0) if m.group(1) in tables else "", rows, flags=re.M)
        creates = [each for each in re.findall(r"^CREATE TABLE .*?;\n", (SITE / "schema.sql").read_text(), re.M | re.S)
                   if re.match(r"CREATE TABLE `(\w+)`", each).group(1) in tables]
        self.run(f"CREATE DATABASE {name} CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_520_ci; USE {name};\n" +
                 "SET SESSION sql_mode = 'NO_ENGINE_SUBSTITUTION';\n" + "".join(creates) +
                 "SET autocommit = 0;\n" + rows + "COMMIT;\n")
        return name


CONFIG = """<?php
define( 'DB_NAME', '{name}' );
define( 'DB_USER', '{user}' );
define( 'DB_PASSWORD', '{password}' );
define( 'DB_HOST', 'localhost:{socket}' );
define( 'DB_CHARSET', 'utf8mb4' );
define( 'DB_COLLATE', '' );
define( 'AUTH_KEY', 'a-salt-that-nobody-may-see' );
$table_prefix = 'wp_';
{more}
if ( ! defined( 'ABSPATH' ) ) {{
	define( 'ABSPATH', __DIR__ . '/' );
}}
require_once ABSPATH . 'wp-settings.php';
"""


class SiteFolder:
    """The files of a site that Postern looks at."""

    def __init__(self, database, name, user="root", password="", more=""):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="postern-site-"))
        (self.folder / "wp-settings.php").write_text("<?php\n")
        (self.folder / "wp-includes").mkdir()
        (self.folder / "wp-includes" / "version.php").write_text("<?php\n$wp_version = '7.1';\n$wp_db_version = 61833;\n")
        plugin = self.folder / "wp-content" / "plugins" / "fluent-community"
        plugin.mkdir(parents=True)
        (plugin / "fluent-community.php").write_text("<?php\n/*\nPlugin Name: FluentCommunity\nVersion: 2.8.1\n*/\n")
        self.config = self.folder / "wp-config.php"
        self.config.write_text(CONFIG.format(name=name, user=user, password=password, socket=database.socket, more=more))

    def close(self):
        shutil.rmtree(self.folder, ignore_errors=True)
