"""The operator's scripts, end to end: they refuse, change, fail, are changed, and never take the server down."""
import hashlib
import json
import threading
import time
import unittest

from api_client import Api
from harness import Postern, wait_until

REFUSE = "function incoming_webhook_validation(v, data) return data.plan == 'gold', 'Only gold.' end"
BROKEN = {
    "loops": "function incoming_webhook_validation() while true do end end",
    "loops in pcall": "function incoming_webhook_validation() while true do pcall(function() while true do end end) end end",
    "eats memory": "function incoming_webhook_validation() local t = {} while true do t[#t + 1] = ('x'):rep(1000) .. #t end end",
    "recurses": "function incoming_webhook_validation() local function f() return 1 + f() end return f() end",
    "throws": "function incoming_webhook_validation() error('ouch') end",
    "throws a table": "function incoming_webhook_validation() error({}) end",
    "returns nonsense": "function incoming_webhook_validation() return {} end",
    "returns nothing": "function incoming_webhook_validation() end",
    "repeats nothing": "function incoming_webhook_validation() return (''):rep(1 << 60) == '' end",
    "backtracks": "function incoming_webhook_validation() return ('a'):rep(3000):find('.-.-.-.-b') == nil end",
    "does not compile": "function incoming_webhook_validation(",
    "is bytecode": "\x1bLuaT\x00",
    "wants files": "function incoming_webhook_validation() return io.open('/etc/passwd') ~= nil end",
    "wants a shell": "function incoming_webhook_validation() os.execute('true') return true end",
    "loads code": "function incoming_webhook_validation() return load('return true')() end",
}


class Scripted(unittest.TestCase):
    config = None

    def setUp(self):
        self.postern = Postern("--no-demo", config=self.config, start=False)
        self.addCleanup(self.postern.close)
        self.hooks = self.postern.data / "hooks"
        self.hooks.mkdir(parents=True)
        self.postern.start()

    def write(self, source, name="all.lua"):
        """Puts a script in place and waits until the server has it."""
        seen = self.postern.stderr()
        (self.hooks / "next").write_text(source)
        (self.hooks / "next").rename(self.hooks / name)
        wait_until(lambda: f"script={name}" in self.postern.stderr()[len(seen):], f"{name} is read")

    def story(self, email):
        row = self.postern.cli_json("delivery", "list", "--email", email, "--limit", "1")[0]
        return row, self.postern.cli("delivery", "show", row["id"]).stdout


class Words(Scripted):
    def test_a_script_refuses_and_says_why(self):
        _, target = self.postern.webhook()
        self.write(REFUSE)
        refused = self.postern.post(target, {"email": "ada@example.com", "plan": "silver"})
        self.assertEqual((refused.status, refused.json), (403, {"success": False, "message": "Only gold.", "code": "rejected"}))
        self.assertEqual(self.postern.post_json(target, {"email": "ada@example.com", "plan": "gold"}).status, 200)
        row, story = self.story("ada@example.com")
        self.assertEqual(row["status"], "processed")
        first = self.postern.cli_json("delivery", "list", "--status", "rejected")[0]
        self.assertEqual(first["scripts"], "The script all.lua refused it: Only gold.")
        self.assertIn("all.lua refused it", self.postern.cli("delivery", "show", first["id"]).stdout)

    def test_a_script_makes_the_user(self):
        _, target = self.postern.webhook()
        self.write("function incoming_webhook_user_data(u, payload) u.role = 'customer' u.login = 'countess' "
                   "u.display_name = 'Countess' u.meta = {plan = payload.plan, tags = payload.tags} return u end")
        sent = {"email": "ada@example.com", "first_name": "Ada", "plan": "gold", "tags": ["a", "b"]}
        self.assertEqual(self.postern.post_json(target, sent).status, 200)
        user = self.postern.user("ada@example.com")
        self.assertEqual((user["role"], user["login"], user["display_name"]), ("customer", "countess", "Countess"))
        self.assertEqual(user["meta"], {"plan": "gold", "tags": ["a", "b"]})
        api = Api(self.postern)
        self.assertEqual(api.get("/users/1")[1]["meta"], {"plan": "gold", "tags": ["a", "b"]})
        self.postern.cli("user", "edit", "ada@example.com", "--role", "vip", "--meta", '{"plan": "none"}')
        self.assertEqual(api.get("/users/1")[1]["meta"], {"plan": "none"})
        self.assertEqual(api.get("/users")[1]["items"][0]["role"], "vip")
        refused = self.postern.cli("user", "edit", "ada@example.com", "--role", "administrator", check=False)
        self.assertEqual(refused.returncode, 1)
        self.assertIn("an administrator is made by an operator only", refused.stderr)

    def test_a_script_makes_no_administrator(self):
        _, target = self.postern.webhook()
        self.write("function incoming_webhook_user_data(u) u.role = 'administrator' return u end")
        self.assertEqual(self.postern.post(target, {"email": "eve@example.com"}).status, 403)
        self.assertIsNone(self.postern.user("eve@example.com"))
        self.assertIn("'administrator' is not given to anybody here", self.story("eve@example.com")[1])

    def test_recipes_of_the_documentation(self):
        _, target = self.postern.webhook()
        token = hashlib.sha256(b"correct horse").hexdigest()
        self.write("function incoming_webhook_validation(is_valid, data, webhook, request)\n"
                   "  if not ip_in(request.ip, '127.0.0.0/8', '::1') then return false, 'Not from there.' end\n"
                   f"  if not request.secret_is('x-shop-token', 'sha256:{token}') then return false, 'Wrong token.' end\n"
                   "  return true\nend")
        person = {"email": "ada@example.com"}
        self.assertEqual(self.postern.post(target, person).json["message"], "Wrong token.")
        self.assertEqual(self.postern.post(target, person, {"X-Shop-Token": "wrong"}).status, 403)
        self.assertEqual(self.postern.post(target, person, {"X-Shop-Token": "correct horse"}).status, 200)
        self.assertNotIn(b"correct horse", self.postern.all_bytes())

    def test_passwords_and_the_key_are_not_shown(self):
        _, target = self.postern.webhook()
        key = target.rsplit("/", 1)[1]
        self.write("local function all(v) if type(v) ~= 'table' then return tostring(v) end local out = '' "
                   "for k, x in pairs(v) do out = out .. tostring(k) .. '=' .. all(x) .. ';' end return out end "
                   "function incoming_webhook_validation(v, data, webhook, request) "
                   "return false, all(data) .. all(webhook) .. all(request) end")
        for url in (target, f"/?fcom_action=incoming_webhook&webhook={key}&x=y"):
            said = self.postern.post(url, {"email": "a@example.com", "user_pass": "hunter2hunter2"},
                                     {"Authorization": "Bearer abcdef", "Cookie": "a=abcdef"}).json["message"]
            self.assertIn("[redacted]", said)
            for secret in (key, "hunter2hunter2", "abcdef"):
                self.assertNotIn(secret, said)

    def test_replays_and_tests_run_scripts_too(self):
        number, target = self.postern.webhook()
        self.assertEqual(self.postern.post(target, {"email": "ada@example.com", "plan": "silver"}).status, 200)
        row = self.postern.cli_json("delivery", "list")[0]
        self.write(REFUSE)
        again = self.postern.cli_json("delivery", "replay", row["id"])
        self.assertEqual((again["status"], again["code"], again["message"]), ("rejected", "rejected", "Only gold."))
        api = Api(self.postern)
        status, done, _ = api.post(f"/deliveries/{row['id']}/replay", {})
        self.assertEqual(done["delivery"]["code"], "rejected")
        self.assertIn("scripts", [step["step"] for step in done["delivery"]["story"]])
        status, tried, _ = api.post(f"/webhooks/{number}/test", {
            "content_type": "application/json", "body": json.dumps({"email": "b@example.com"}), "dry_run": True})
        self.assertEqual(tried["delivery"]["code"], "rejected", tried)

    def test_one_webhooks_script_is_its_own(self):
        _, first = self.postern.webhook(name="first")
        number, second = self.postern.webhook(name="second")
        self.write(REFUSE, f"webhook-{number}.lua")
        self.assertEqual(self.postern.post(first, {"email": "ada@example.com"}).status, 200)
        self.assertEqual(self.postern.post(second, {"email": "ada@example.com"}).status, 403)


class AfterTheCommit(Scripted):
    def effects(self, *states):
        return [row for row in self.postern.cli_json("outbox", "list")
                if row["kind"] == "processed_hook" and row["state"] in states]

    def shown(self, number):
        return json.loads(self.postern.cli("outbox", "show", str(number), "--json").stdout)

    def test_processed_runs_once_it_is_committed(self):
        _, target = self.postern.webhook()
        self.write("function incoming_webhook_validation(v, data) return data.plan ~= 'none' end\n"
                   "function incoming_webhook_processed(user, webhook, payload, outcome)\n"
                   "  log(user.email, webhook.name, payload.plan, payload.api_token, outcome.user_created, outcome.delivery_id)\n"
                   "  emit('plan.sold', {user = user.id, plan = payload.plan})\nend")
        sent = {"email": "ada@example.com", "plan": "gold", "api_token": "s3cret"}
        delivery = self.postern.post_json(target, sent).json["delivery_id"]
        self.assertEqual(self.postern.post_json(target, {"email": "eve@example.com", "plan": "none"}).status, 403)
        row = wait_until(lambda: self.effects("done"), "the script has run")[0]
        self.assertEqual((row["delivery"], row["note"]), (delivery, "The script ran and emitted 1 event."))
        said = self.shown(row["id"])["tries"][0]["response"]
        self.assertEqual(said, f"ada@example.com test gold [redacted] true {delivery}")
        self.assertEqual(len(self.effects("waiting", "done", "dead", "skipped")), 1, "what was refused is not told")
        emitted = [each for each in self.postern.cli_json("outbox", "list") if each["kind"] in ("events", "event")]
        self.assertEqual((emitted[-1]["event_type"], emitted[-1]["event_id"]), ("plan.sold", f"evt_{delivery}_s1"))

    def test_one_that_fails_waits_and_can_be_tried_again(self):
        _, target = self.postern.webhook()
        self.write("function incoming_webhook_processed() while true do end end")
        self.assertEqual(self.postern.post(target, {"email": "ada@example.com"}).status, 200)
        row = wait_until(lambda: [each for each in self.effects("waiting") if each["note"]], "it has failed")[0]
        self.assertIn("A script failed: all.lua:1: it ran", row["note"])
        self.write("function incoming_webhook_processed() log('mended') end")
        self.postern.cli("outbox", "retry", str(row["id"]))
        wait_until(lambda: self.effects("done"), "it has run")
        self.assertEqual(self.shown(row["id"])["tries"][-1]["response"], "mended")

    def test_what_was_committed_is_told_after_a_crash(self):
        _, target = self.postern.webhook()
        self.write("function incoming_webhook_processed() error('not yet') end")
        self.assertEqual(self.postern.post(target, {"email": "ada@example.com"}).status, 200)
        wait_until(lambda: [each for each in self.effects("waiting") if each["note"]], "it has failed")
        self.postern.process.kill()
        self.postern.process.wait()
        (self.hooks / "all.lua").write_text("function incoming_webhook_processed() log('now') end")
        self.postern.start()
        row = self.effects("waiting", "done")[0]  # Not lost; due in a while.
        self.postern.cli("outbox", "retry", str(row["id"]))
        wait_until(lambda: self.effects("done"), "it has run")


class Broken(Scripted):
    config = "[hooks]\ntime_ms = 400\n"

    def test_whatever_a_script_does_the_server_lives_and_the_delivery_is_refused(self):
        _, target = self.postern.webhook()
        for what, source in BROKEN.items():
            with self.subTest(what):
                self.write(source)
                reply = self.postern.post(target, {"email": "ada@example.com"})
                self.assertEqual((reply.status, reply.json["code"]), (403, "rejected"))
                row, story = self.story("ada@example.com")
                self.assertEqual(row["status"], "rejected")
                self.assertIn("A script failed: all.lua:", row["scripts"])
                self.assertIn("(hooks.on_error = reject)", story)
        self.assertIsNone(self.postern.user("ada@example.com"))
        self.assertGreaterEqual(self.postern.metric(
            'postern_script_runs_total{script="all.lua",function="incoming_webhook_validation",result="failed"}'), len(BROKEN))
        (self.hooks / "all.lua").unlink()
        wait_until(lambda: "script.removed" in self.postern.stderr(), "it is gone")
        self.assertEqual(self.postern.post(target, {"email": "ada@example.com"}).status, 200)
        self.assertIn("script.failed", self.postern.stderr())

    def test_the_api_and_the_commands_tell(self):
        _, target = self.postern.webhook()
        self.write(REFUSE)
        self.write("x =", "webhook-1.lua")
        self.write("x = 1", "shop.lua")
        self.postern.post(target, {"email": "ada@example.com", "plan": "gold"})
        api = Api(self.postern)
        status, hooks, _ = api.get("/hooks")
        self.assertEqual(status, 200)
        self.assertEqual((hooks["enabled"], hooks["on_error"], hooks["folder"]), (True, "reject", str(self.hooks)))
        self.assertEqual(hooks["limits"], {"memory_bytes": 16 * 1024 * 1024, "instructions": 1000000, "time_ms": 400})
        files = {each["name"]: each for each in hooks["files"]}
        self.assertEqual(list(files), ["all.lua", "shop.lua", "webhook-1.lua"])
        self.assertEqual(files["all.lua"]["functions"], ["incoming_webhook_validation"])
        self.assertEqual((files["all.lua"]["ok"], files["all.lua"]["runs"], files["all.lua"]["errors"]), (True, 1, 0))
        self.assertEqual(files["webhook-1.lua"]["webhook"], {"id": 1, "name": "test"})
        self.assertEqual((files["webhook-1.lua"]["ok"], files["webhook-1.lua"]["errors"]), (False, 1))
        self.assertIn("unexpected symbol", files["webhook-1.lua"]["last_error"])
        self.assertIn("its name does not say", files["shop.lua"]["error"])
        attention = [each["text"] for each in api.get("/overview")[1]["attention"] if each["kind"] == "script"]
        self.assertIn("A script cannot be used: webhook-1.lua:1: unexpected symbol near <eof>.", attention)
        self.assertEqual(Api(self.postern, login=False).get("/hooks")[0], 401)
        checked = self.postern.cli("hooks", "check", check=False)
        self.assertEqual(checked.returncode, 1)
        self.assertIn("ok: all.lua defines incoming_webhook_validation", checked.stdout)
        self.assertIn("problem: webhook-1.lua:1: unexpected symbol near <eof>", checked.stdout)
        self.assertEqual(self.postern.cli("hooks", "check", str(self.hooks / "all.lua")).returncode, 0)
        self.assertEqual([each["name"] for each in self.postern.cli_json("hooks", "list")], list(files))
        whole = self.postern.cli("check", check=False)
        self.assertEqual(whole.returncode, 1)
        self.assertIn("problem: Script webhook-1.lua:1:", whole.stdout)
        (self.hooks / "all.lua").chmod(0o666)
        self.assertIn("can be changed by everybody", self.postern.cli("hooks", "check", check=False).stdout)

    def test_a_slow_script_of_one_webhook_holds_up_nobody_else(self):
        _, slow = self.postern.webhook(name="slow")
        _, quick = self.postern.webhook(name="quick")
        self.write("function incoming_webhook_validation() while true do end end", "webhook-1.lua")
        self.write("function incoming_webhook_validation() return true end", "webhook-2.lua")
        stop = threading.Event()

        def flood(n):
            while not stop.is_set():
                self.postern.post(slow, {"email": f"slow{n}@example.com"})
        threads = [threading.Thread(target=flood, args=(n,)) for n in range(16)]
        for thread in threads:
            thread.start()
        try:
            times = []
            for i in range(20):
                before = time.monotonic()
                self.assertEqual(self.postern.post(quick, {"email": f"quick{i}@example.com"}).status, 200)
                times.append(time.monotonic() - before)
            # Without turns each would wait behind sixteen runs of the slow one.
            self.assertLess(sorted(times)[10], 1.0)
        finally:
            stop.set()
            for thread in threads:
                thread.join()
        self.assertEqual(self.postern.stop(), 0)


class PassedOver(Scripted):
    config = "[hooks]\non_error = \"ignore\"\n"

    def test_a_broken_script_is_passed_over_and_named(self):
        _, target = self.postern.webhook()
        self.write("function incoming_webhook_validation() error('ouch') end")
        self.assertEqual(self.postern.post(target, {"email": "ada@example.com"}).status, 200)
        row, story = self.story("ada@example.com")
        self.assertEqual(row["status"], "processed")
        self.assertIn("A script failed: all.lua:1: ouch. It was passed over (hooks.on_error = ignore).", story)


class Folder(unittest.TestCase):
    def test_a_folder_that_was_named_has_to_be_there(self):
        postern = Postern("--no-demo", environment={"POSTERN_HOOKS_FOLDER": "/nowhere/hooks"}, start=False)
        self.addCleanup(postern.close)
        done = postern.cli("serve", "--listen", "127.0.0.1:0", check=False)
        self.assertEqual(done.returncode, 1)
        self.assertIn("The folder /nowhere/hooks that hooks.folder names does not exist", done.stderr)


if __name__ == "__main__":
    unittest.main()
