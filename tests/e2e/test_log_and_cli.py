"""The delivery log, webhooks' lives, and the command line beside a running server."""
import json
import os
import pathlib
import socket
import sqlite3
import subprocess
import unittest

from harness import BINARY, Postern, TestCase, wait_until


class Log(TestCase):
    @classmethod
    def prepare(cls):
        cls.postern.cli("space", "add", "--title", "Premium", "--slug", "premium")

    def newest(self, *flags):
        return self.postern.cli_json("delivery", "list", "--limit", "1", *flags)[0]

    def test_a_delivery_tells_its_story(self):
        number, target = self.postern.webhook("--add-space", "premium", name="Shop")
        reply = self.postern.post(target, {"email": "story@example.com", "user_pass": "hunter2!", "api_token": "t0psecret"})
        delivery = self.newest("--email", "STORY@example.com")
        self.assertEqual(delivery["id"], reply.json["delivery_id"])
        self.assertEqual((delivery["webhook_id"], delivery["key_id"], delivery["remote_ip"], delivery["status"]),
                         (number, 1, "127.0.0.1", "processed"))
        self.assertEqual(delivery["payload"], "email=story%40example.com&user_pass=[redacted]&api_token=[redacted]")
        self.assertEqual(delivery["content_type"], "application/x-www-form-urlencoded")
        text = self.postern.cli("delivery", "show", delivery["id"]).stdout
        for part in ("processed, answered 200", "webhook", "'Shop', key 1", "Premium: added", "created by this delivery"):
            self.assertIn(part, text)
        self.assertEqual(json.loads(self.postern.cli("delivery", "show", delivery["id"].upper(), "--json").stdout), delivery)

    def test_filters(self):
        number, target = self.postern.webhook()
        self.postern.post(target, {"email": "filter@example.com"})
        self.postern.post(target, {"email": "nonsense"})
        ids = lambda *flags: [d["status"] for d in self.postern.cli_json("delivery", "list", "--webhook", str(number), *flags)]
        self.assertEqual(ids(), ["rejected", "processed"])
        self.assertEqual(ids("--status", "rejected"), ["rejected"])
        self.assertEqual(ids("--email", "filter@example.com"), ["processed"])
        self.assertEqual(ids("--since", "1h"), ["rejected", "processed"])
        self.assertEqual(ids("--since", "2099-01-01"), [])
        self.assertEqual(self.postern.cli("delivery", "list", "--status", "odd", check=False).returncode, 1)

    def test_follow_prints_new_ones(self):
        _, target = self.postern.webhook()
        process = subprocess.Popen([BINARY, "delivery", "list", "--follow", "--json", "--data", str(self.postern.data)],
                                   stdout=subprocess.PIPE)
        try:
            # Until it looks it sees nothing; send until it has seen one.
            os.set_blocking(process.stdout.fileno(), False)
            lines = []

            def seen():
                self.postern.post(target, {"email": "follow@example.com"})
                lines.extend((process.stdout.read() or b"").splitlines())
                return lines
            wait_until(seen, "the log is followed")
            self.assertEqual(json.loads(lines[0])["email"], "follow@example.com")
        finally:
            process.kill()
            process.wait()
            process.stdout.close()

    def test_replay_is_as_of_now(self):
        number, target = self.postern.webhook()
        self.postern.post(target, {"email": "replay@example.com", "user_pass": "x"})
        first = self.newest("--email", "replay@example.com")
        self.postern.cli("webhook", "edit", str(number), "--add-space", "premium")
        dry = self.postern.cli_json("delivery", "replay", first["id"], "--dry-run")
        self.assertEqual((dry["dry_run"], dry["spaces"][0]["result"]), (True, "added"))
        self.assertEqual(self.postern.user("replay@example.com")["spaces"], [])
        again = self.postern.cli_json("delivery", "replay", first["id"])
        self.assertEqual((again["replay_of"], again["spaces"][0]["result"]), (first["id"], "added"))
        self.assertEqual(self.postern.user("replay@example.com")["spaces"][0]["because_of"], again["id"])
        self.postern.cli("user", "remove", "replay@example.com", "--yes")
        self.assertIs(self.postern.cli_json("delivery", "replay", first["id"])["created"], True)
        self.assertEqual(self.postern.cli("delivery", "replay", "0000000000000", check=False).returncode, 1)

    def test_rotation(self):
        number, old = self.postern.webhook()
        new = self.postern.cli_json("webhook", "rotate", str(number), "--grace", "1h")["url"]
        new = "/" + new.split("/", 3)[3]
        self.assertNotEqual(old, new)
        for target, key in ((old, 1), (new, 2)):
            self.assertEqual(self.postern.post(target, {"email": "rotate@example.com"}).status, 200)
            self.assertEqual(self.newest("--webhook", str(number))["key_id"], key)
        newest = "/" + self.postern.cli_json("webhook", "rotate", str(number), "--grace", "0s")["url"].split("/", 3)[3]
        for target in (old, new):
            reply = self.postern.post(target, {"email": "rotate@example.com"})
            self.assertEqual((reply.status, reply.json["code"]), (410, "webhook_disabled"))
        self.assertEqual(self.newest("--webhook", str(number))["code"], "webhook_disabled")
        self.assertEqual(self.postern.post(newest, {"email": "rotate@example.com"}).status, 200)

    def test_pause_disable_remove(self):
        number, target = self.postern.webhook()
        self.postern.cli("webhook", "pause", str(number))
        reply = self.postern.post(target, {"email": "pause@example.com"})
        self.assertEqual((reply.status, reply.json["status"]), (200, "held"))
        self.assertIsNone(self.postern.user("pause@example.com"))
        self.postern.cli("webhook", "resume", str(number))
        wait_until(lambda: self.postern.user("pause@example.com"), "what was held is applied", 10)
        self.assertEqual(self.postern.post(target, {"email": "pause@example.com"}).status, 200)
        self.postern.cli("webhook", "disable", str(number), "--yes")
        self.assertEqual(self.postern.post(target, {"email": "pause@example.com"}).status, 410)
        self.postern.cli("webhook", "remove", str(number), "--yes")
        self.assertEqual(self.postern.post(target, {"email": "pause@example.com"}).status, 404)

    def test_changes_are_seen_at_once(self):
        for i in range(10):
            slug = f"fresh{i}"
            self.postern.cli("space", "add", "--title", slug)
            number, target = self.postern.webhook("--add-space", slug)
            self.assertEqual(self.postern.post(target, {"email": "fresh@example.com"}).json["spaces"][0]["slug"], slug)
            self.postern.cli("webhook", "edit", str(number), "--clear", "add-space")
            self.assertEqual(self.postern.post(target, {"email": "fresh@example.com"}).json["spaces"], [])

    def test_urls_are_shown_only_when_asked(self):
        made = self.postern.cli_json("webhook", "add", "--name", "quiet")
        key = made["url"].rsplit("/", 1)[1]
        number = str(made["id"])
        for arguments in (("webhook", "list"), ("webhook", "list", "--json"), ("webhook", "show", number),
                          ("webhook", "show", number, "--json"), ("webhook", "edit", number, "--name", "x"),
                          ("webhook", "pause", number)):
            self.assertNotIn(key, self.postern.cli(*arguments).stdout)
        self.assertEqual(self.postern.cli_json("webhook", "show", number, "--reveal-url")["url"], made["url"])

    def test_spaces_and_courses(self):
        made = self.postern.cli_json("space", "add", "--title", "VIP Lounge!", "--privacy", "private")
        self.assertEqual((made["slug"], made["privacy"], made["kind"]), ("vip-lounge", "private", "space"))
        self.assertEqual(self.postern.cli_json("course", "add", "--title", "VIP Lounge")["slug"], "vip-lounge-2")
        self.assertIn("vip-lounge", [s["slug"] for s in self.postern.cli_json("space", "list")])
        self.assertNotIn("vip-lounge", [s["slug"] for s in self.postern.cli_json("course", "list")])
        taken = self.postern.cli("space", "edit", "vip-lounge", "--slug", "vip-lounge-2", check=False)
        self.assertEqual(taken.returncode, 1)
        self.assertIn("is taken", taken.stderr)
        self.postern.cli("space", "archive", "vip-lounge")
        self.assertIs(self.postern.cli_json("space", "show", "vip-lounge")["archived"], True)
        self.postern.cli("space", "edit", "vip-lounge", "--unarchive", "--title", "VIP")
        self.assertIs(self.postern.cli_json("space", "show", str(made["id"]))["archived"], False)
        refused = self.postern.cli("space", "remove", "vip-lounge", check=False)
        self.assertEqual(refused.returncode, 1)
        self.assertIn("--yes", refused.stderr)
        self.postern.cli("space", "remove", "vip-lounge", "--yes")
        self.assertEqual(self.postern.cli("space", "show", "vip-lounge", check=False).returncode, 1)

    def test_terminal_output_cannot_be_forged(self):
        _, target = self.postern.webhook()
        self.postern.post(target, {"email": "forge@example.com", "first_name": "\x1b[2Jx\nuser 1 root"})
        text = self.postern.cli("user", "show", "forge@example.com").stdout + self.postern.cli(
            "delivery", "show", self.newest("--email", "forge@example.com")["id"]).stdout
        self.assertNotIn("\x1b", text)

    def test_backup_and_check_beside_the_server(self):
        copy = self.postern.folder / "copy.db"
        self.postern.cli("backup", str(copy))
        with sqlite3.connect(copy) as db:
            self.assertEqual(db.execute("PRAGMA integrity_check").fetchone(), ("ok",))
            self.assertEqual(db.execute("SELECT slug FROM spaces WHERE slug = 'premium'").fetchone(), ("premium",))
        self.assertEqual(copy.stat().st_mode & 0o777, 0o600)
        self.assertEqual(self.postern.cli("backup", str(copy), check=False).returncode, 1)
        self.assertIs(self.postern.cli_json("check")["ok"], True)


class Retention(unittest.TestCase):
    def test_the_log_is_trimmed_by_count(self):
        with Postern("--no-demo", config="[deliveries]\nkeep_rows = 5\n") as postern:
            _, target = postern.webhook()
            for i in range(12):
                postern.post(target, {"email": f"{i}@example.com"})
            wait_until(lambda: postern.sql("SELECT count(*) FROM deliveries") == [(5,)], "five deliveries are left", 20)
            self.assertEqual(postern.cli_json("delivery", "list")[0]["email"], "11@example.com")


class Usage(unittest.TestCase):
    """What goes wrong before the server runs: one clear line, a way out, nothing touched."""

    def setUp(self):
        self.postern = Postern(start=False)
        self.addCleanup(self.postern.close)
        self.data = self.postern.data

    def serve(self, *flags, environment=None):
        done = subprocess.run([BINARY, "serve", "--data", str(self.data), "--listen", "127.0.0.1:0", *flags],
                              capture_output=True, text=True, timeout=60, env={**os.environ, **(environment or {})})
        self.assertNotEqual(done.returncode, 0)
        lines = done.stderr.strip().splitlines()
        self.assertEqual(len(lines), 1, done.stderr)
        return lines[0]

    def test_reads_without_data_say_so(self):
        done = self.postern.cli("space", "list", check=False)
        self.assertEqual(done.returncode, 1)
        self.assertIn("postern serve", done.stderr)
        self.assertFalse(self.data.exists())

    def test_writes_make_the_folder(self):
        self.postern.cli("space", "add", "--title", "A")
        self.assertEqual(self.data.stat().st_mode & 0o777, 0o700)
        for name in ("postern.db",):
            self.assertEqual((self.data / name).stat().st_mode & 0o777, 0o600)

    def test_damaged_newer_and_foreign_databases(self):
        self.data.mkdir()
        database = self.data / "postern.db"
        newer = self.postern.folder / "newer.db"
        with sqlite3.connect(newer) as db:
            db.execute("PRAGMA application_id = 0x506f7374")
            db.execute("PRAGMA user_version = 1000")
            db.execute("CREATE TABLE x(y)")
        foreign = self.postern.folder / "foreign.db"
        with sqlite3.connect(foreign) as db:
            db.execute("CREATE TABLE x(y)")
        for content, words in ((b"garbage" * 1000, "damaged or not a database"), (newer.read_bytes(), "newer version"),
                               (foreign.read_bytes(), "another program")):
            database.write_bytes(content)
            line = self.serve()
            self.assertIn(words, line)
            self.assertIn(str(database), line)
            self.assertEqual(database.read_bytes(), content)
            self.assertEqual([p.name for p in self.data.iterdir()], ["postern.db"])

    def test_unusable_folder(self):
        blocker = self.postern.folder / "file"
        blocker.write_text("")
        self.data = blocker / "data"
        self.assertIn(str(self.data), self.serve())

    def test_damaged_key_file(self):
        self.data.mkdir()
        (self.data / "postern.key").write_text("nonsense")
        os.chmod(self.data / "postern.key", 0o600)
        self.assertIn("postern.key", self.serve())
        self.assertEqual((self.data / "postern.key").read_text(), "nonsense")

    def test_port_in_use(self):
        with socket.create_server(("127.0.0.1", 0)) as taken:
            line = self.serve("--listen", f"127.0.0.1:{taken.getsockname()[1]}")
        self.assertIn("another program is using the port", line)
        self.assertIn("--listen", line)
        self.assertFalse(self.data.exists())  # Nothing was touched.

    def test_bad_configuration(self):
        path = self.postern.folder / "bad.toml"
        cases = [("[limits]\nbody_byte = 5\n", [":2", "limits.body_byte", "Did you mean 'limits.body_bytes'"]),
                 ("[limits]\n\nbody_bytes = \"lots\"\n", [":3", "limits.body_bytes", "'lots'"]),
                 ("[limits\n", [":1:", "TOML"]),
                 ("[metrics]\ntoken = \"short-secret\"\n", ["metrics.token", "16 characters"]),
                 ("[server]\ntrusted_proxies = [\"10.0.0.1/8\"]\n", ["10.0.0.1/8"])]
        for text, words in cases:
            path.write_text(text)
            line = self.serve("--config", str(path))
            for word in [str(path), *words]:
                self.assertIn(word, line)
            self.assertNotIn("short-secret", line)
        self.assertIn("nowhere.toml", self.serve("--config", "nowhere.toml"))
        self.assertIn("POSTERN_LOG_LEVEL", self.serve(environment={"POSTERN_LOG_LEVEL": "loud"}))
        self.assertFalse(self.data.exists())

    def test_config_shows_where_values_come_from(self):
        path = self.postern.folder / "good.toml"
        path.write_text("[limits]\nbody_bytes = \"2MiB\"\nfields = 10\n")
        secret = self.postern.folder / "token"
        secret.write_text("a-very-secret-token\n")
        done = self.postern.cli("config", "--json", "--config", str(path),
                                environment={"POSTERN_LIMITS_FIELDS": "20", "POSTERN_METRICS_TOKEN_FILE": str(secret)})
        values = json.loads(done.stdout)
        self.assertEqual(values["limits.body_bytes"], {"value": "2MiB", "origin": f"file {path}:2"})
        self.assertEqual(values["limits.fields"], {"value": "20", "origin": "environment POSTERN_LIMITS_FIELDS"})
        self.assertEqual(values["store.data"], {"value": str(self.data), "origin": "flag --data"})
        self.assertEqual(values["server.listen"]["origin"], "default")
        self.assertEqual(values["metrics.token"]["value"], "********")
        self.assertNotIn("a-very-secret-token", done.stdout)

    def test_wrong_usage_is_exit_2(self):
        for arguments in ([], ["nonsense"], ["webhook"], ["webhook", "add"], ["space", "add", "--title"], ["serve", "--odd"]):
            done = self.postern.cli(*arguments, check=False, data=False)
            self.assertEqual((done.returncode, done.stdout), (2, ""), arguments)

    def test_help_has_examples(self):
        for arguments in (["webhook", "add"], ["delivery", "list"], ["space", "add"], ["serve"]):
            done = self.postern.cli(*arguments, "--help", data=False)
            self.assertIn("Examples:", done.stdout)
        self.assertIn("postern ", self.postern.cli("--version", data=False).stdout)

    def test_references_are_up_to_date(self):
        docs = pathlib.Path(__file__).resolve().parent.parent.parent / "docs"
        for flag, name in (("--markdown", "config.md"), ("--limits-markdown", "limits.md")):
            self.assertEqual(self.postern.cli("config", flag, data=False).stdout.strip(), (docs / name).read_text().strip(),
                             f"run: postern config {flag} > docs/{name}")

    def test_first_run_makes_a_demo_once(self):
        with Postern() as postern:
            self.assertIn("curl -d email=ada@example.com", postern.stdout())
            url = postern.stdout().split("'")[1]
            target = "/" + url.split("/", 3)[3]
            self.assertEqual(postern.post(target, {"email": "ada@example.com"}).json["spaces"][0]["slug"], "demo-space")
            postern.stop()
            self.assertFalse((postern.data / "server.url").exists())
            postern.start()
            self.assertNotIn("curl", postern.stdout())
            self.assertEqual(len(postern.cli_json("webhook", "list")), 1)
        with Postern("--no-demo") as postern:
            self.assertEqual(postern.cli_json("webhook", "list"), [])


if __name__ == "__main__":
    unittest.main()
