"""A real WordPress of the test's own: Debian's program, a database in MariaDb, PHP's own web server on loopback."""
import base64
import hashlib
import hmac
import http.client
import json
import os
import pathlib
import secrets
import shutil
import subprocess
import tempfile
import time

from harness import DATA, SLOWDOWN, Reply, free_port, wait_until
from mariadb_site import CONFIG, end_with_parent

WORDPRESS = "/usr/share/wordpress"
PARTS = DATA / "wordpress" / "bridge"
BRIDGE = DATA.parent.parent / "integrations" / "wordpress" / "postern-bridge" / "postern-bridge.php"
EVENTS = "/wp-json/postern-bridge/v1/events"
MORE = """define( 'ABSPATH', '{wordpress}/' );
define( 'WP_CONTENT_DIR', __DIR__ . '/wp-content' );
define( 'WP_HOME', 'http://127.0.0.1:{port}' );
define( 'WP_SITEURL', 'http://127.0.0.1:{port}' );
define( 'DISABLE_WP_CRON', true );
define( 'WP_HTTP_BLOCK_EXTERNAL', true );
if ( file_exists( __DIR__ . '/secret' ) ) {{
	define( 'POSTERN_BRIDGE_SECRET', file_get_contents( __DIR__ . '/secret' ) );
}}
"""


def new_secret():
    return "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()


def signature(secret, id, timestamp, body):
    """Written from the text of Standard Webhooks 1.0.0."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    return "v1," + base64.b64encode(hmac.digest(key, f"{id}.{timestamp}.".encode() + body, hashlib.sha256)).decode()


class WordPressSite:
    """An installed site with the bridge, an object cache that outlives requests, and an observer of hooks. Its user 1 is
    admin@example.com. Starts in the constructor; `close` stops it and removes its files."""

    def __init__(self, database):
        self.database = database
        self.name = f"wordpress_{secrets.token_hex(4)}"
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="postern-wordpress-"))
        self.content = self.folder / "wp-content"
        self.log = self.folder / "php.log"
        self.port = free_port()
        self.process = None
        try:
            self.install()
            self.start()
        except BaseException:
            self.close()
            raise

    def install(self):
        self.database.run(f"CREATE DATABASE {self.name} CHARACTER SET utf8mb4")
        more = MORE.format(wordpress=WORDPRESS, port=self.port)
        (self.folder / "wp-config.php").write_text(
            CONFIG.format(name=self.name, user="root", password="", socket=self.database.socket, more=more))
        for name in ("mu-plugins", "plugins", "themes"):
            (self.content / name).mkdir(parents=True)
        self.php(PARTS / "install.php", self.folder)
        shutil.copy(PARTS / "router.php", self.folder)
        shutil.copy(PARTS / "object-cache.php", self.content)
        shutil.copy(PARTS / "observer.php", self.content / "mu-plugins")
        shutil.copy(BRIDGE, self.content / "mu-plugins")

    def php(self, *arguments):
        done = subprocess.run(["php", *map(str, arguments)], capture_output=True, text=True, timeout=120 * SLOWDOWN)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def start(self):
        with open(self.folder / "server.log", "wb") as log:
            self.process = subprocess.Popen(
                ["php", "-d", "display_errors=0", "-d", "log_errors=1", "-d", f"error_log={self.log}", "-S",
                 f"127.0.0.1:{self.port}", "router.php"],
                cwd=self.folder, stdout=log, stderr=log, preexec_fn=end_with_parent)
        wait_until(self.answers, "WordPress answers", 30)

    def answers(self):
        assert self.process.poll() is None, (self.folder / "server.log").read_text()
        try:
            return self.request("GET", "/wp-json/").status == 200
        except ConnectionError:
            return False

    def close(self):
        if self.process is not None:
            self.process.kill()
            self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    # ---- HTTP ----

    def request(self, method, target, body=None, headers=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60 * SLOWDOWN)
        try:
            connection.request(method, target, body, headers or {})
            reply = connection.getresponse()
            return Reply(reply.status, {name.lower(): value for name, value in reply.getheaders()}, reply.read())
        finally:
            connection.close()

    def read(self, id, email, slug):
        """What the site believes of a user."""
        return self.request("GET", f"/wp-json/observer/v1/user?id={id}&email={email}&slug={slug}").json

    def send(self, body, id="evt_batch", signed_with=None, at=None, headers=None, target=EVENTS):
        """Sends what Postern would: `body` is bytes or a value. `signed_with` is a list of secrets, or this site's."""
        body = body if isinstance(body, bytes) else json.dumps(body).encode()
        at = int(time.time()) if at is None else at
        all_headers = {"Content-Type": "application/json", "webhook-id": id, "webhook-timestamp": str(at),
                       "webhook-signature": " ".join(signature(each, id, at, body) for each in signed_with or [self.secret])}
        all_headers.update(headers or {})
        return self.request("POST", target, body, {name: value for name, value in all_headers.items() if value is not None})

    # ---- what lies in its folder ----

    def set_secret(self, *several):
        self.secret = several[0]
        (self.folder / "secret").write_text(" ".join(several))

    def mischief(self, hook, deed):
        (self.content / "mischief").write_text(f"{hook} {deed}")

    def behave(self):
        (self.content / "mischief").unlink(missing_ok=True)

    def fired(self, who="first"):
        file = self.content / "fired"
        lines = [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []
        return [line for line in lines if line["who"] == who]

    def hooks(self, who="first"):
        return [line["hook"] for line in self.fired(who)]

    def forget_fired(self):
        (self.content / "fired").unlink(missing_ok=True)

    # ---- the database ----

    def sql(self, statement):
        return self.database.query(statement, self.name)

    def add_user(self, id, login):
        """As Postern does it: behind WordPress' back."""
        self.sql(f"INSERT INTO wp_users (ID, user_login, user_nicename, user_email, display_name, user_registered) VALUES"
                 f" ({id}, '{login}', '{login}', '{login}@example.com', '{login}', NOW());"
                 f" INSERT INTO wp_usermeta (user_id, meta_key, meta_value) VALUES ({id}, 'nickname', '{login}'),"
                 f" ({id}, 'first_name', 'Ada'), ({id}, 'last_name', ''),"
                 f" ({id}, 'wp_capabilities', 'a:1:{{s:10:\"subscriber\";b:1;}}')")
