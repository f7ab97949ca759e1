"""The lines that the WordPress doctor prints for web servers, in the real nginx, Apache and Caddy."""
import http.client
import http.server
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import unittest

from harness import BINARY, DATA, SLOWDOWN, free_port, wait_until

KEY = "2715b18cdca3407ddf4a02e63e1f08cc"
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

# What follows the site's folder, and what Postern shall see of it.
FOR_POSTERN = (
    f"/wp-json/fluent-community/v2/webhook/{KEY}",
    f"/wp-json/fluent-community/v2/webhook/{KEY}/",
    f"/wp-json/fluent-community/v2/webhook/{KEY}?source=shop",
    f"/index.php/wp-json/fluent-community/v2/webhook/{KEY}",
    f"/?rest_route=/fluent-community/v2/webhook/{KEY}",
    f"/index.php?lang=en&rest_route=%2Ffluent-community%2Fv2%2Fwebhook%2F{KEY}",
    f"/portal/?fcom_action=incoming_webhook&webhook={KEY}",
    f"/any/path/below?webhook={KEY}&a=b&fcom_action=incoming_webhook",
    f"/?fcom_route=portal_home&fcom_action=incoming_webhook&webhook={KEY}",
)
FOR_WORDPRESS = (
    "/",
    "/portal/",
    "/wp-login.php?action=rp&key=abc&login=ada",
    "/wp-json/wp/v2/posts",
    "/wp-json/fluent-community/v2/feeds",
    "/wp-json/fluent-community/v2/webhook/",
    f"/wp-json/fluent-community/v2/webhook/{KEY}/more",
    "/?rest_route=/wp/v2/users",
    "/?s=rest_route=/fluent-community/v2/webhook/",
    f"/shop/?rest_route=/fluent-community/v2/webhook/{KEY}",
    "/portal/?fcom_action=incoming_webhook",
    "/portal/?fcom_action=incoming_webhook&webhook=",
    f"/portal/?fcom_action=portal_home&webhook={KEY}",
    f"/portal/?fcom_action=incoming_webhooks&webhook={KEY}",
    f"/portal/?xfcom_action=incoming_webhook&webhook={KEY}",
)


class Recorder(http.server.BaseHTTPRequestHandler):
    """Says who it is and what it was asked."""

    protocol_version = "HTTP/1.1"

    def answer(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        text = json.dumps({"name": self.server.name, "method": self.command, "target": self.path, "bytes": len(body),
                           "proto": self.headers.get("X-Forwarded-Proto"), "for": self.headers.get("X-Forwarded-For")})
        self.send_response(200)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text.encode())

    do_GET = do_POST = answer

    def log_message(self, *_):
        pass


class ProxyCase(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.servers = {}
        for name in ("postern", "wordpress"):
            server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Recorder)
            server.name = name
            threading.Thread(target=server.serve_forever, daemon=True).start()
            cls.addClassCleanup(server.server_close)
            cls.addClassCleanup(server.shutdown)
            cls.servers[name] = server.server_port

    def lines(self, home, kind):
        """What the doctor prints. The site has no database: the lines do not need it."""
        folder = pathlib.Path(tempfile.mkdtemp(prefix="postern-proxy-"))
        folder.chmod(0o755)  # Started by root, they work as another user.
        self.addCleanup(shutil.rmtree, folder)
        (folder / "wp-config.php").write_text(f"<?php define('WP_HOME', '{home}');")
        done = subprocess.run([BINARY, "wordpress", "doctor", "--wordpress", str(folder), "--json"], capture_output=True,
                              text=True, timeout=60 * SLOWDOWN,
                              env={**os.environ, "POSTERN_SERVER_LISTEN": f"127.0.0.1:{self.servers['postern']}"})
        return folder, json.loads(done.stdout)["proxy"][kind]

    def start(self, command, folder):
        log = open(folder / "output.log", "wb")
        self.addCleanup(log.close)
        process = subprocess.Popen(command, stdout=log, stderr=log, cwd=folder,
                                   env={"PATH": PATH, "HOME": str(folder), "XDG_DATA_HOME": str(folder), "XDG_CONFIG_HOME": str(folder)})

        def stop():
            process.send_signal(signal.SIGTERM)
            process.wait(timeout=30)

        self.addCleanup(stop)

        def answers():
            assert process.poll() is None, "".join(p.read_text() for p in folder.glob("*.log"))
            with socket.socket() as probe:
                return probe.connect_ex(("127.0.0.1", self.port)) == 0

        wait_until(answers, f"{command[0]} listens", 30)

    def ask(self, target, method="POST", body=b"email=ada%40example.com"):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20 * SLOWDOWN)
        connection.request(method, target, body if method == "POST" else None)
        reply = connection.getresponse()
        text = reply.read()
        connection.close()
        self.assertEqual(reply.status, 200, f"{target}: {text}")
        return json.loads(text)

    def check(self, folder=""):
        for rest in FOR_POSTERN:
            with self.subTest(folder + rest):
                seen = self.ask(folder + rest)
                self.assertEqual((seen["name"], seen["method"], seen["target"]), ("postern", "POST", rest))
                self.assertEqual((seen["bytes"], seen["proto"], seen["for"]), (23, "http", "127.0.0.1"))
        for rest in FOR_WORDPRESS:
            with self.subTest(folder + rest):
                for method in ("GET", "POST"):
                    seen = self.ask(folder + rest, method)
                    self.assertEqual((seen["name"], seen["method"], seen["target"]), ("wordpress", method, folder + rest))
        large = self.ask(folder + FOR_POSTERN[0], body=b"x" * 900_000)
        self.assertEqual((large["name"], large["bytes"]), ("postern", 900_000))
        if folder:  # Another site on the same host is none of ours.
            self.assertEqual(self.ask(FOR_POSTERN[0])["name"], "wordpress")

    def test_a_site_at_the_root(self):
        self.serve("https://community.example.com")
        self.check()

    def test_a_site_in_a_folder(self):
        self.serve("https://example.com/blog")
        self.check("/blog")


    def check_documentation(self, kind):
        """The page shows what is printed for a site at the root."""
        page = (DATA.parent.parent / "docs" / "wordpress.md").read_text()
        _, lines = self.lines("https://community.example.com", kind)
        shown = re.search(rf"```{kind}\n(.*?)```", page, re.DOTALL).group(1)
        self.assertEqual(shown.replace("127.0.0.1:8080", f"127.0.0.1:{self.servers['postern']}"), lines)

    def test_the_documentation(self):
        self.check_documentation(type(self).__name__.lower())


class Nginx(ProxyCase):
    def serve(self, home):
        folder, lines = self.lines(home, "nginx")
        self.port = free_port()
        wordpress = f"proxy_pass http://127.0.0.1:{self.servers['wordpress']};"
        (folder / "nginx.conf").write_text(f"""pid {folder}/nginx.pid; error_log {folder}/nginx.log; daemon off; worker_processes 1;
            events {{ }}
            http {{ access_log off; client_body_temp_path {folder}/t1; proxy_temp_path {folder}/t2;
              fastcgi_temp_path {folder}/t3; uwsgi_temp_path {folder}/t4; scgi_temp_path {folder}/t5;
              server {{ listen 127.0.0.1:{self.port};
                {lines}
                location / {{ {wordpress} }}
                location ~ \\.php$ {{ {wordpress} }} }} }}""")
        self.start(["nginx", "-c", str(folder / "nginx.conf"), "-p", str(folder)], folder)


class Apache(ProxyCase):
    def serve(self, home):
        folder, lines = self.lines(home, "apache")
        self.port = free_port()
        modules = "\n".join(f"LoadModule {name}_module /usr/lib/apache2/modules/mod_{name}.so"
                            for name in ("mpm_event", "authz_core", "rewrite", "proxy", "proxy_http", "headers"))
        user = "User nobody\nGroup nogroup\n" if os.geteuid() == 0 else ""
        (folder / "apache.conf").write_text(f"""ServerRoot {folder}
            PidFile {folder}/apache.pid
            DefaultRuntimeDir {folder}
            ErrorLog {folder}/error.log
            ServerName localhost
            {modules}
            {user}
            Listen 127.0.0.1:{self.port}
            <VirtualHost 127.0.0.1:{self.port}>
            {lines}
            ProxyPass / http://127.0.0.1:{self.servers['wordpress']}/
            </VirtualHost>""")
        self.start(["apache2", "-d", str(folder), "-f", str(folder / "apache.conf"), "-DFOREGROUND"], folder)


class Caddy(ProxyCase):
    def serve(self, home):
        folder, lines = self.lines(home, "caddy")
        self.port = free_port()
        (folder / "Caddyfile").write_text(f"""{{
	admin off
	auto_https off
	storage file_system {folder}/storage
}}
http://127.0.0.1:{self.port} {{
	bind 127.0.0.1
{lines}
	reverse_proxy 127.0.0.1:{self.servers['wordpress']}
}}
""")
        self.start(["caddy", "run", "--config", str(folder / "Caddyfile"), "--adapter", "caddyfile"], folder)


del ProxyCase  # Only what is derived from it has tests.

if __name__ == "__main__":
    unittest.main()
