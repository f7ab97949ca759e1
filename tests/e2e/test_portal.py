"""The pages for people over real HTTP, and a members-only site behind a real nginx."""
import http.server
import json
import pathlib
import re
import shutil
import signal
import socket
import sqlite3
import statistics
import subprocess
import threading
import time
import unittest
import urllib.parse

from api_client import Api
from harness import SLOWDOWN, Postern, TestCase, free_port, wait_until
from portal_browser import PortalBrowser
from test_tls_and_secrets import make_certificate

PASSWORD = "glacier otter mundane"
MAIL = '[mail]\ntransport = "file"\n'
DOCS = pathlib.Path(__file__).resolve().parents[2] / "docs"


class PortalCase(TestCase):
    """Spaces, a webhook that adds people to them, and ada, who has a password."""

    config = MAIL

    @classmethod
    def prepare(cls):
        postern = cls.postern
        postern.cli("space", "add", "--slug", "premium", "--title", "Premium & more")
        postern.cli("course", "add", "--slug", "piano", "--title", "Piano")
        _, cls.target = postern.webhook("--add-space", "premium", "--add-course", "piano")
        cls.join("ada@example.com")
        cls.browser_of("ada@example.com")

    @classmethod
    def join(cls, email, **more):
        reply = cls.postern.post(cls.target, {"email": email, **more})
        assert reply.status == 200, reply.body

    @classmethod
    def link(cls, email):
        return cls.postern.cli_json("user", "link", email)["link"]

    @classmethod
    def browser_of(cls, email, password=PASSWORD):
        """Sets the password by a link and logs in."""
        browser = PortalBrowser(cls.postern.port)
        done = browser.set_password(cls.link(email), password)
        assert (done.status, done.headers["location"]) == (303, "/account/login?notice=password_set"), done.body
        done = browser.log_in(email, password)
        assert (done.status, done.headers["location"]) == (303, "/account"), done.body
        return browser


class Pages(PortalCase):
    def test_a_person_sets_a_password_logs_in_and_sees_what_they_are_in(self):
        self.join("eva@example.com", first_name="Eva", last_name="<b>Stone</b>")
        browser = self.browser_of("eva@example.com")
        home = browser.get("/account")
        self.assertEqual((home.status, home.headers["content-type"]), (200, "text/html; charset=utf-8"))
        self.assertEqual(home.headers["cache-control"], "no-store")
        for text in ("Premium &amp; more", "Piano", "Member since", "Student since", "eva@example.com"):
            self.assertIn(text, home.text)
        self.assertNotIn("<b>", home.text)
        style = browser.get("/account/style.css")
        self.assertEqual((style.status, style.headers["content-type"]), (200, "text/css; charset=utf-8"))

    def test_a_password_that_a_delivery_brings_works_too(self):
        self.join("max@example.com", user_pass="it's a \"secret\" word")
        browser = PortalBrowser(self.postern.port)
        self.assertEqual(browser.log_in("MAX@example.com", "it's a \"secret\" word").status, 303)

    def test_a_link_that_was_used_or_altered(self):
        self.join("used@example.com")
        link = urllib.parse.urlsplit(self.link("used@example.com")).path
        browser = PortalBrowser(self.postern.port)
        self.assertEqual(browser.get(link).status, 200)
        self.assertEqual(browser.set_password(link, PASSWORD).status, 303)
        again = browser.get(link)
        self.assertEqual(again.status, 410)
        self.assertIn("This link was used already", again.text)
        self.assertIn("Send me a new link", again.text)
        altered = link[:-1] + ("A" if link[-1] != "A" else "B")
        self.assertEqual(browser.get(altered).status, 404)
        self.assertEqual(browser.log_in("used@example.com", PASSWORD).status, 303)

    def test_a_second_link_dies_with_the_first_that_is_used(self):
        self.join("two@example.com")
        first, second = (urllib.parse.urlsplit(self.link("two@example.com")).path for _ in range(2))
        browser = PortalBrowser(self.postern.port)
        self.assertEqual(browser.set_password(first, PASSWORD).status, 303)
        self.assertIn("This link is out of date", browser.get(second).text)

    def test_many_at_once_use_a_link_only_once(self):
        self.join("race@example.com")
        link = urllib.parse.urlsplit(self.link("race@example.com")).path
        statuses = []

        def use(n):
            statuses.append((PortalBrowser(self.postern.port).set_password(link, f"{PASSWORD} {n}").status, n))

        threads = [threading.Thread(target=use, args=(n,)) for n in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        winners = [n for status, n in statuses if status == 303]
        self.assertEqual(len(winners), 1, statuses)
        self.assertEqual({status for status, _ in statuses} - {303}, {410}, statuses)
        self.assertEqual(PortalBrowser(self.postern.port).log_in("race@example.com", f"{PASSWORD} {winners[0]}").status, 303)

    def test_sessions_end_in_the_store_and_outlive_a_restart(self):
        self.join("stay@example.com")
        browser = self.browser_of("stay@example.com")
        other = PortalBrowser(self.postern.port)
        other.cookies = dict(browser.cookies)
        self.postern.stop()
        self.postern.start("--no-demo")
        browser.port = other.port = self.postern.port
        self.assertEqual(browser.get("/account").status, 200)
        self.assertEqual(browser.send("/account", {}, action="/account/logout").status, 303)
        self.assertEqual(other.get("/account").status, 303)
        self.postern.stop()
        self.postern.start("--no-demo")
        other.port = self.postern.port
        self.assertEqual(other.get("/account").status, 303)

    def test_a_forgotten_password_queues_a_mail_for_those_who_exist(self):
        browser = PortalBrowser(self.postern.port)
        known = browser.send("/account/forgotten", {"login": "ada@example.com"})
        unknown = browser.send("/account/forgotten", {"login": "zoe@example.com"})
        self.assertEqual((known.status, known.body), (unknown.status, unknown.body))
        wait_until(lambda: self.postern.sql("SELECT count(*) FROM outbox WHERE kind = 1") == [(1,)],
                   "one mail is queued")

    def test_the_api_tells_memberships_by_number_and_by_address(self):
        owner = Api(self.postern)
        _, token = owner.make_token("view")
        status, reply, _ = token.get("/users/ADA%40example.com/memberships")
        self.assertEqual(status, 200)
        self.assertEqual(reply["user"]["email"], "ada@example.com")
        self.assertEqual([(m["space"]["slug"], m["role"], m["status"]) for m in reply["items"]],
                         [("premium", "member", "active"), ("piano", "student", "active")])
        self.assertEqual(token.get(f"/users/{reply['user']['id']}/memberships")[1], reply)
        self.assertEqual(token.get("/users/nobody@example.com/memberships")[0], 404)
        self.assertEqual(token.post("/users/ada@example.com/password-link")[0], 403)

    def test_an_admin_makes_a_link_and_ends_sessions(self):
        owner = Api(self.postern)
        self.join("helped@example.com")
        status, made, _ = owner.post("/users/helped@example.com/password-link")
        self.assertEqual(status, 201)
        browser = PortalBrowser(self.postern.port)
        self.assertEqual(browser.set_password(made["link"], PASSWORD).status, 303)
        browser.log_in("helped@example.com", PASSWORD)
        self.assertEqual(browser.get("/auth/space/premium").status, 200)
        self.assertEqual(owner.delete("/users/helped@example.com/sessions")[0], 204)
        self.assertEqual(browser.get("/auth/space/premium").status, 401)
        actions = [row["action"] for row in owner.get("/audit?limit=5")[1]["items"]]
        self.assertIn("user.password_link", actions)
        self.assertIn("user.sessions_end", actions)

    def test_nothing_secret_is_stored_or_printed(self):
        self.join("quiet@example.com")
        link = self.link("quiet@example.com").rsplit("/", 1)[1]
        browser = PortalBrowser(self.postern.port)
        browser.set_password(f"/account/set-password/{link}", "velvet anchor pond")
        browser.log_in("quiet@example.com", "velvet anchor pond")
        browser.log_in("quiet@example.com", "wrong velvet anchor")
        everything = self.postern.all_bytes()
        for secret in (link, "velvet anchor", browser.cookies["postern_member"], urllib.parse.quote_plus("velvet anchor")):
            self.assertNotIn(secret.encode(), everything)


class Guessing(PortalCase):
    """On a server of its own: who guesses from an address slows down all others there."""

    config = MAIL + '[server]\ntrusted_proxies = ["127.0.0.1"]\n'

    def seconds(self, page, login, more, address):
        """How long the answer takes; each attempt comes from an address of its own, so that none is slowed down."""
        browser = PortalBrowser(self.postern.port)
        forwarded = {"X-Forwarded-For": address, "X-Forwarded-Proto": "https"}
        token = re.search(r'name="form_token" value="([^"]+)"', browser.get("/account/login", forwarded).text).group(1)
        begun = time.perf_counter()
        reply = browser.post(page, {"login": login, "form_token": token, **more}, forwarded)
        self.assertIn(reply.status, (200, 401))
        return time.perf_counter() - begun

    def test_known_and_unknown_accounts_take_the_same_time(self):
        self.join("time@example.com", user_pass=PASSWORD)
        for number, (page, more) in enumerate((("/account/login", {"password": "wrong"}), ("/account/forgotten", {}))):
            # In turns, and the quickest of each: what else the machine does falls out, if not in the first round then in
            # another. A difference that is really there shows in every round.
            rounds = []
            for n in range(4):
                pairs = [(self.seconds(page, ("time@example.com", "ada@example.com")[k % 2], more, f"10.{number}.{n}.{k}"),
                          self.seconds(page, f"nobody{k % 2}@example.com", more, f"10.{number}.{n}.{k}")) for k in range(8)]
                known, unknown = (min(times) for times in zip(*pairs))
                rounds.append(abs(known - unknown))
                if rounds[-1] < 0.005 * SLOWDOWN:
                    break
            self.assertLess(min(rounds), 0.005 * SLOWDOWN, (page, rounds))

    def test_checks_answer_while_passwords_are_hashed(self):
        browser = self.browser_of("ada@example.com")
        stop = threading.Event()

        def guess(n):
            guesser = PortalBrowser(self.postern.port)
            while not stop.is_set():
                guesser.log_in(f"guess{n}@example.com", "wrong")

        threads = [threading.Thread(target=guess, args=(n,)) for n in range(3)]
        for thread in threads:
            thread.start()
        try:
            times = []
            for _ in range(40):
                begun = time.perf_counter()
                self.assertEqual(browser.get("/auth/space/premium").status, 200)
                times.append(time.perf_counter() - begun)
        finally:
            stop.set()
            for thread in threads:
                thread.join()
        self.assertLess(statistics.median(times), 0.05 * SLOWDOWN)


class Late(TestCase):
    """A link that was made long ago: the clock of a real program cannot be turned, so the row is made older."""

    config = MAIL

    def test_a_late_link_says_so(self):
        postern = self.postern
        _, target = postern.webhook()
        postern.post(target, {"email": "late@example.com"})
        link = urllib.parse.urlsplit(postern.cli_json("user", "link", "late@example.com")["link"]).path
        with sqlite3.connect(postern.data / "postern.db") as db:
            db.execute("UPDATE user_links SET expires_at = 1000")
        browser = PortalBrowser(postern.port)
        shown = browser.get(link)
        self.assertEqual(shown.status, 410)
        self.assertIn("This link is too old", shown.text)
        self.assertEqual(browser.set_password(link, PASSWORD).status, 410)
        renewed = browser.send(link, {}, action="/account/forgotten")
        self.assertEqual(renewed.status, 200)
        wait_until(lambda: postern.sql("SELECT count(*) FROM outbox WHERE kind = 1") == [(1,)],
                   "a new link is queued")


class SwitchedOff(TestCase):
    config = "[portal]\nenabled = false\n"

    def test_there_is_nothing(self):
        for target in ("/account", "/account/login", "/auth/space/x"):
            self.assertEqual(self.postern.request("GET", target).status, 404, target)


class Settings(unittest.TestCase):
    def test_a_cookie_domain_has_to_hold_the_public_url(self):
        with Postern("--no-demo", start=False, config='[server]\npublic_url = "https://a.example.org"\n'
                     '[portal]\ncookie_domain = "example.com"\n') as postern:
            with self.assertRaisesRegex(AssertionError, "nobody could log in"):
                postern.start()

    def test_a_link_never_lasts_longer_than_a_day(self):
        with Postern("--no-demo", start=False, config='[portal]\nlink_lifetime = "25h"\n') as postern:
            with self.assertRaisesRegex(AssertionError, "portal.link_lifetime"):
                postern.start()


class Application(http.server.BaseHTTPRequestHandler):
    """The site behind the proxy: says who it was told is there."""

    def do_GET(self):
        body = json.dumps({"path": self.path, **{name: self.headers.get(f"X-Postern-{name}")
                                                 for name in ("User", "Email", "Role")}}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


class MembersOnly(unittest.TestCase):
    """The nginx example of docs/portal.md, with other ports and paths."""

    @classmethod
    def setUpClass(cls):
        cls.application = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Application)
        threading.Thread(target=cls.application.serve_forever, daemon=True).start()
        cls.addClassCleanup(cls.application.server_close)
        cls.addClassCleanup(cls.application.shutdown)
        cls.port = free_port()
        cls.postern = Postern("--no-demo", config=f'[server]\npublic_url = "https://localhost:{cls.port}"\n'
                              'trusted_proxies = "127.0.0.1"\n')
        cls.addClassCleanup(cls.postern.close)
        cls.certificate, key = make_certificate(cls.postern.folder, "site")
        cls.start_nginx(key)
        cls.postern.cli("space", "add", "--slug", "premium", "--title", "Premium")
        _, target = cls.postern.webhook("--add-space", "premium")
        # What a webhook would get through a proxy that speaks TLS.
        secure = {"X-Forwarded-Proto": "https"}
        cls.postern.post(target, {"email": "ada@example.com", "user_pass": PASSWORD}, secure)
        _, bare = cls.postern.webhook()
        cls.postern.post(bare, {"email": "bob@example.com", "user_pass": PASSWORD}, secure)

    @classmethod
    def start_nginx(cls, key):
        folder = cls.postern.folder / "nginx"
        folder.mkdir()
        server = re.search(r"```nginx\n(.*?)```", (DOCS / "portal.md").read_text(), re.DOTALL).group(1)
        for old, new in (("listen 443 ssl;", f"listen 127.0.0.1:{cls.port} ssl;"),
                         ("members.example.com;\n  ssl", "localhost;\n  ssl"),
                         ("/etc/ssl/members.example.com.crt", str(cls.certificate)),
                         ("/etc/ssl/members.example.com.key", str(key)),
                         ("127.0.0.1:8080", f"127.0.0.1:{cls.postern.port}"),
                         ("127.0.0.1:3000", f"127.0.0.1:{cls.application.server_port}")):
            assert old in server, old
            server = server.replace(old, new)
        config = folder / "nginx.conf"
        config.write_text(f"""pid {folder}/nginx.pid; error_log {folder}/nginx.log; daemon off; worker_processes 1;
            events {{ }}
            http {{ access_log {folder}/access.log; client_body_temp_path {folder}/t1; proxy_temp_path {folder}/t2;
              fastcgi_temp_path {folder}/t3; uwsgi_temp_path {folder}/t4; scgi_temp_path {folder}/t5;
              {server} }}""")
        nginx = shutil.which("nginx") or "/usr/sbin/nginx"
        process = subprocess.Popen([nginx, "-c", str(config), "-p", str(folder)], stderr=subprocess.DEVNULL)

        def stop():
            process.send_signal(signal.SIGTERM)
            process.wait()

        cls.addClassCleanup(stop)

        def answers():
            assert process.poll() is None, (folder / "nginx.log").read_text()
            with socket.socket() as probe:
                return probe.connect_ex(("127.0.0.1", cls.port)) == 0

        wait_until(answers, "nginx listens")

    def browser(self):
        return PortalBrowser(self.port, host=f"localhost:{self.port}", certificate=self.certificate)

    def test_a_visitor_is_led_to_the_login_and_back(self):
        browser = self.browser()
        first = browser.get("/lesson/1?page=2&x=y")
        self.assertEqual(first.status, 302)
        login = urllib.parse.urlsplit(first.headers["location"])
        self.assertEqual((login.scheme, login.netloc, login.path), ("https", f"localhost:{self.port}", "/account/login"))
        done = browser.log_in("ada@example.com", PASSWORD, f"{login.path}?{login.query}")
        self.assertEqual((done.status, done.headers["location"]), (303, "/lesson/1?page=2&x=y"))
        self.assertIn("strict-transport-security", done.headers)
        self.assertEqual(list(browser.cookies), ["__Host-postern_form", "__Host-postern_member"])
        seen = browser.get(done.headers["location"])
        self.assertEqual((seen.status, seen.json), (200, {"path": "/lesson/1?page=2&x=y", "User": "ada",
                                                          "Email": "ada@example.com", "Role": "member"}))
        self.assertEqual(browser.send("/account", {}, action="/account/logout").status, 303)
        self.assertEqual(browser.get("/lesson/1").status, 302)

    def test_who_is_no_active_member_is_kept_out(self):
        browser = self.browser()
        self.assertEqual(browser.log_in("bob@example.com", PASSWORD).status, 303)
        self.assertEqual(browser.get("/lesson/1").status, 403)
        member = self.browser()
        member.log_in("ada@example.com", PASSWORD)
        self.assertEqual(member.get("/lesson/1").status, 200)
        for status in ("pending", "blocked"):
            self.set_status(status)
            self.assertEqual(member.get("/lesson/1").status, 403, status)
        self.set_status("active")
        self.assertEqual(member.get("/lesson/1").status, 200)

    def set_status(self, status):
        number = {"active": 0, "pending": 1, "blocked": 2}[status]
        with sqlite3.connect(self.postern.data / "postern.db") as db:
            db.execute("UPDATE memberships SET status = ?", (number,))

    def test_a_visitor_cannot_say_who_they_are(self):
        forged = {"X-Postern-User": "admin", "X-Postern-Email": "admin@example.com", "X-Postern-Role": "admin"}
        self.assertEqual(self.browser().get("/lesson/1", forged).status, 302)
        member = self.browser()
        member.log_in("ada@example.com", PASSWORD)
        self.assertEqual(member.get("/lesson/1", forged).json["User"], "ada")

    def test_the_check_cannot_be_asked_from_outside(self):
        self.assertEqual(self.browser().get("/postern-check").status, 404)


if __name__ == "__main__":
    unittest.main()
