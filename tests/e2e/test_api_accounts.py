"""Accounts by the admin API: first run, login, second factor, sessions, CSRF, roles, tokens, audit log."""
import json
import pathlib
import sqlite3
import statistics
import time
import unittest
import urllib.parse

from api_client import OWNER, PASSWORD, Api, setup_token, totp
from harness import SLOWDOWN, Postern, TestCase, wait_until
from test_tls_and_secrets import client, make_certificate

OTHER = "tulip raspberry glacier"


def actions(api, **query):
    return [row["action"] for row in api.get("/audit?" + urllib.parse.urlencode({"limit": 200, **query}))[1]["items"]]


class FirstRun(unittest.TestCase):
    def setUp(self):
        self.postern = Postern("--no-demo")
        self.addCleanup(self.postern.close)

    def test_link_makes_the_first_owner_once(self):
        api = Api(self.postern, login=False)
        self.assertEqual(api.get("/session")[1], {"state": "setup", "csrf": None, "admin": None, "version": "0.1.0"})
        token = wait_until(lambda: setup_token(self.postern), "the link is printed")
        self.assertEqual(api.get(f"/setup/{token}")[1], {"kind": "first", "email": None, "name": None})
        self.assertEqual(api.get(f"/setup/{token}x")[0], 404)
        status, reply, _ = api.post(f"/setup/{token}", {"email": "nonsense", "password": "short"})
        self.assertEqual(status, 422)
        self.assertEqual({e["field"] for e in reply["errors"]}, {"email", "name", "password"})
        for weak in ("elevenchars", "PasswordPassword", "Welcome2024!!", "owner@example.com"):
            self.assertEqual(api.post(f"/setup/{token}", {"email": OWNER, "name": "O", "password": weak})[0], 422, weak)
        status, reply, headers = api.post(f"/setup/{token}", {"email": OWNER, "name": "Olga", "password": PASSWORD})
        self.assertEqual((status, reply["state"], reply["admin"]["role"]), (200, "active", "owner"))
        self.assertEqual(api.get("/me")[1]["email"], OWNER)
        self.assertEqual(api.get(f"/setup/{token}")[0], 404)
        self.assertEqual(api.post(f"/setup/{token}", {"email": "b@example.com", "name": "B", "password": PASSWORD})[0], 404)

    def test_each_start_makes_the_older_link_void_and_none_is_printed_with_an_admin(self):
        old = wait_until(lambda: setup_token(self.postern), "the link is printed")
        self.postern.stop()
        self.postern.start()
        new = wait_until(lambda: setup_token(self.postern), "the link is printed")
        api = Api(self.postern, login=False)
        self.assertEqual((api.get(f"/setup/{old}")[0], api.get(f"/setup/{new}")[0]), (404, 200))
        api.setup()
        self.postern.stop()
        self.postern.start()
        wait_until(lambda: "server.started" in self.postern.stderr(), "everything is printed")
        self.assertIsNone(setup_token(self.postern))

    def test_command_line_beside_the_server(self):
        made = self.postern.cli_json("admin", "add", "--email", "Ada@example.com", "--name", "Ada")
        self.assertEqual((made["admin"]["role"], made["admin"]["pending"]), ("owner", True))
        first = wait_until(lambda: setup_token(self.postern), "the link is printed")
        api = Api(self.postern, login=False)
        self.assertEqual(api.get(f"/setup/{first}")[0], 404)  # There is an admin now.
        self.assertEqual(api.redeem(made["link"])[0], 200)
        self.assertEqual(api.redeem(made["link"])[0], 404)
        done = self.postern.cli("admin", "disable", "ada@example.com", check=False)
        self.assertEqual(done.returncode, 1)
        self.assertIn("last owner", done.stderr)
        bob = self.postern.cli_json("admin", "add", "--email", "bob@example.com", "--name", "Bob", "--role", "owner")
        other = Api(self.postern, login=False)
        self.assertEqual(other.redeem(bob["link"], OTHER)[0], 200)
        self.postern.cli("admin", "disable", "bob@example.com")
        self.assertEqual(other.get("/me")[0], 401)
        self.assertEqual(other.log_in("bob@example.com", OTHER)[1]["code"], "wrong_credentials")
        self.assertEqual(self.postern.cli("admin", "reset", "bob@example.com", check=False).returncode, 1)
        self.postern.cli("admin", "enable", "bob@example.com")
        link = self.postern.cli_json("admin", "reset", "bob@example.com")["link"]
        self.assertEqual(other.redeem(link)[0], 200)
        self.assertEqual([a["email"] for a in self.postern.cli_json("admin", "list")], ["Ada@example.com", "bob@example.com"])
        self.assertIn("second factor", self.postern.cli("admin", "reset", "--help").stdout)
        self.assertTrue({"admin.add", "admin.edit", "admin.reset"} <= set(actions(api, actor="command line")))


class Login(TestCase):
    @classmethod
    def prepare(cls):
        cls.owner = Api(cls.postern)

    def test_wrong_password_and_unknown_account_look_the_same(self):
        replies = []
        for email, password in ((OWNER, "wrong wrong wrong"), ("nobody@example.com", PASSWORD), ("x", PASSWORD)):
            reply = Api(self.postern, login=False).raw("POST", "/session", json.dumps(
                {"email": email, "password": password}).encode(), {"Content-Type": "application/json"})
            replies.append((reply.status, reply.body, "set-cookie" in reply.headers))
        self.assertEqual(replies[0][0], 401)
        self.assertFalse(replies[0][2])
        self.assertEqual(len(set(replies)), 1)
        targets = [row["target"] for row in self.owner.get("/audit?action=login.failed")[1]["items"]]
        self.assertTrue({f"admin {OWNER}", "admin nobody@example.com", "no address"} <= set(targets))

    def test_login_gives_a_new_session_and_a_planted_one_is_worthless(self):
        api = Api(self.postern, login=False)
        api.cookie = "postern_session=" + "A" * 43
        self.assertEqual(api.get("/session")[1]["state"], "anonymous")
        status, reply, headers = api.log_in(OWNER.upper())
        self.assertEqual((status, reply["state"]), (200, "active"))
        self.assertNotIn("A" * 43, headers["set-cookie"])
        before = api.cookie
        self.assertEqual(api.log_in(OWNER)[0], 200)
        self.assertNotEqual(api.cookie, before)
        old = Api(self.postern, login=False)
        old.cookie = before
        self.assertEqual(old.get("/me")[0], 401)

    def test_cookie_and_headers_on_plain_http(self):
        _, _, headers = Api(self.postern, login=False).log_in(OWNER)
        attributes = headers["set-cookie"].split("; ")
        self.assertTrue(attributes[0].startswith("postern_session="))
        self.assertEqual(set(attributes[1:]), {"Max-Age=2592000", "Path=/", "HttpOnly", "SameSite=Strict"})
        self.assertNotIn("strict-transport-security", headers)
        self.assertEqual((headers["referrer-policy"], headers["cache-control"], headers["x-content-type-options"]),
                         ("no-referrer", "no-store", "nosniff"))
        self.assertNotIn("access-control-allow-origin", headers)

    def test_unknown_and_wrong_fields_are_named(self):
        status, reply, headers = Api(self.postern, login=False).post("/session", {"email": 5, "passwort": "x"})
        self.assertEqual((status, headers["content-type"]), (422, "application/problem+json; charset=utf-8"))
        self.assertEqual({e["field"] for e in reply["errors"]}, {"email", "password", "passwort"})

    def test_logout_ends_the_session_in_the_store(self):
        api = Api(self.postern)
        stolen = Api(self.postern, login=False)
        stolen.cookie = api.cookie
        self.assertEqual(stolen.get("/me")[0], 200)
        status, _, headers = api.delete("/session")
        self.assertEqual((status, "Max-Age=0" in headers["set-cookie"]), (204, True))
        self.assertEqual(stolen.get("/me")[0], 401)
        self.assertIn("logout", actions(self.owner))

    def test_methods_and_paths(self):
        for method, path, status in (("PUT", "/session", 405), ("TRACE", "/session", 405), ("GET", "/nothing", 404),
                                     ("PATCH", "/me/password", 405)):
            self.assertIn(Api(self.postern, login=False).raw(method, path).status, (status, 501), (method, path))
        for path in ("//evil.example", "/%2f%2fevil.example", "/session/..%2f"):
            reply = self.owner.raw("GET", path)
            self.assertEqual(reply.status, 404)
            self.assertNotIn("location", reply.headers)


class Throttle(unittest.TestCase):
    def test_guessing_is_slowed_down_for_known_and_unknown_accounts(self):
        with Postern("--no-demo", config='[server]\ntrusted_proxies = ["127.0.0.1"]\n') as postern:
            owner = Api(postern)
            for email in (OWNER, "nobody@example.com"):
                api = Api(postern, login=False)
                api.headers["X-Forwarded-For"] = "198.51.100.7" if email == OWNER else "198.51.100.8"
                for _ in range(5):
                    self.assertEqual(api.log_in(email, "wrong wrong wrong")[0], 401)
                status, reply, headers = api.log_in(email, PASSWORD)
                self.assertEqual((status, reply["code"]), (429, "rate_limited"))
                self.assertGreaterEqual(int(headers["retry-after"]), 1)
            # Others are not locked out by that, and waiting helps.
            self.assertEqual(Api(postern, login=False).log_in(OWNER)[0], 200)
            time.sleep(int(headers["retry-after"]) + 0.1)
            again = Api(postern, login=False)
            again.headers["X-Forwarded-For"] = "198.51.100.7"
            self.assertEqual(again.log_in(OWNER)[0], 200)
            self.assertIn("login.throttled", actions(owner))


class Timing(unittest.TestCase):
    def measure(self, postern, known, attempt):
        """How far apart the medians are of wrong logins to known and to unknown accounts, in seconds."""
        times = {"known": [], "unknown": []}
        for turn in range(4):
            for i, email in enumerate(known):
                kinds = [("known", email), ("unknown", f"u{i}@example.com")]
                for kind, address in kinds if turn % 2 else reversed(kinds):
                    api = Api(postern, login=False)
                    host = 8 * turn + i + (100 if kind == "known" else 0)
                    api.headers["X-Forwarded-For"] = f"198.51.{attempt}.{host}"
                    start = time.perf_counter()
                    self.assertEqual(api.log_in(address, "wrong wrong wrong")[0], 401)
                    times[kind].append(time.perf_counter() - start)
        return abs(statistics.median(times["known"]) - statistics.median(times["unknown"]))

    def test_unknown_accounts_take_as_long_as_known_ones(self):
        with Postern("--no-demo", config='[server]\ntrusted_proxies = ["127.0.0.1"]\n') as postern:
            owner = Api(postern)
            known = [owner.invite(f"a{i}@example.com", "viewer")[0]["email"] for i in range(8)]
            # A login takes 25 ms; without the comparison that is made for nobody, an unknown one would take 3. On a
            # busy machine a measurement may fail, but not each of several.
            apart = []
            while len(apart) < 6 and (not apart or apart[-1] >= 0.005 * SLOWDOWN):
                apart.append(self.measure(postern, known, len(apart)))
            self.assertLess(apart[-1], 0.005 * SLOWDOWN, apart)


class SecondFactor(TestCase):
    @classmethod
    def prepare(cls):
        cls.owner = Api(cls.postern)

    def enroll(self, email):
        _, api = self.owner.invite(email, "admin")
        self.assertEqual(api.post("/me/totp", {"password": "wrong wrong wrong"})[0], 422)
        status, made, _ = api.post("/me/totp", {"password": PASSWORD})
        self.assertEqual(status, 200)
        self.assertIn(made["secret"], made["uri"])
        self.assertFalse(api.get("/me")[1]["totp"])
        self.assertEqual(api.post("/me/totp/confirm", {"code": totp(made["secret"], shift=5)})[0], 422)
        status, codes, _ = api.post("/me/totp/confirm", {"code": totp(made["secret"], shift=-1)})
        self.assertEqual((status, len(codes["recovery_codes"])), (200, 10))
        self.assertTrue(api.get("/me")[1]["totp"])
        self.assertEqual(api.post("/me/totp", {"password": PASSWORD})[0], 409)
        return made["secret"], codes["recovery_codes"]

    def half(self, email):
        api = Api(self.postern, login=False)
        status, reply, _ = api.log_in(email)
        self.assertEqual((status, reply["state"], reply["admin"]), (200, "totp", None))
        self.assertEqual(api.get("/me")[0], 401)
        return api

    def test_codes_work_once_and_only_with_the_password(self):
        secret, _ = self.enroll("totp1@example.com")
        self.assertEqual(Api(self.postern, login=False).post("/session/totp", {"code": totp(secret)})[0], 401)
        api = self.half("totp1@example.com")
        before = api.cookie
        self.assertEqual(api.post("/session/totp", {"code": totp(secret, shift=9)})[0], 401)
        self.assertEqual(api.post("/session/totp", {"code": totp(secret, shift=-1)})[0], 401)  # Used by the enrolment.
        code = totp(secret)
        status, reply, _ = api.post("/session/totp", {"code": code})
        self.assertEqual((status, reply["state"]), (200, "active"))
        self.assertNotEqual(api.cookie, before)
        self.assertEqual(api.get("/me")[0], 200)
        replay = self.half("totp1@example.com")
        self.assertEqual(replay.post("/session/totp", {"code": code})[0], 401)
        self.assertEqual(replay.get("/me")[0], 401)

    def test_recovery_codes_work_once(self):
        _, codes = self.enroll("totp2@example.com")
        self.assertEqual(self.half("totp2@example.com").post("/session/totp", {"code": codes[0].upper()})[0], 200)
        again = self.half("totp2@example.com")
        self.assertEqual(again.post("/session/totp", {"code": codes[0]})[0], 401)
        self.assertEqual(again.post("/session/totp", {"code": codes[1]})[0], 200)
        self.assertEqual(again.delete("/me/totp", {"password": PASSWORD})[0], 204)
        self.assertEqual(Api(self.postern, login=False).log_in("totp2@example.com")[1]["state"], "active")

    def test_guessing_codes_is_slowed_down_and_a_reset_keeps_the_factor(self):
        self.enroll("totp3@example.com")
        api = self.half("totp3@example.com")
        statuses = [api.post("/session/totp", {"code": f"{n:06d}"})[0] for n in range(7)]
        self.assertEqual((statuses[0], statuses[-1]), (401, 429))
        number = next(a["id"] for a in self.owner.get("/admins")[1]["items"] if a["email"] == "totp3@example.com")
        link = self.owner.post(f"/admins/{number}/reset")[1]["link"]
        self.assertEqual(Api(self.postern, login=False).redeem(link, OTHER)[1]["state"], "totp")
        self.postern.cli("admin", "reset", "totp3@example.com", "--second-factor")
        self.assertEqual(Api(self.postern, login=False).log_in("totp3@example.com", OTHER)[1]["state"], "active")


class CrossSite(TestCase):
    @classmethod
    def prepare(cls):
        cls.owner = Api(cls.postern)

    def refused(self, status, code, path="/me", method="PATCH", body=None, **headers):
        done = self.owner.request(method, path, body if body is not None else {"name": "Mallory"}, headers)
        self.assertEqual((done[0], done[1]["code"]), (status, code), headers)

    def test_changes_need_the_token_and_the_own_origin(self):
        self.refused(403, "csrf", **{"X-CSRF-Token": None})
        self.refused(403, "csrf", **{"X-CSRF-Token": "A" * 43})
        self.refused(403, "csrf", **{"X-CSRF-Token": Api(self.postern).csrf})  # Of another session.
        for origin in ("https://evil.example", "null", "http://localhost.evil.example", "http://localhost:1"):
            self.refused(403, "csrf", Origin=origin)
        for site in ("cross-site", "same-site", "none"):
            self.refused(403, "csrf", **{"Sec-Fetch-Site": site})
        self.assertNotEqual(self.owner.get("/me")[1]["name"], "Mallory")
        self.assertEqual(self.owner.patch("/me", {"name": "Olga"}, {"Origin": "http://localhost",
                                                                    "Sec-Fetch-Site": "same-origin"})[0], 200)

    def test_forms_of_other_sites_are_refused(self):
        for kind, body in (("text/plain", b'{"email":"m@example.com","name":"M","role":"owner","x":"="}'),
                           ("application/x-www-form-urlencoded", b"email=m%40example.com&name=M&role=owner"),
                           ("multipart/form-data; boundary=x", b"--x--")):
            stolen = self.owner.raw("POST", "/admins", body, {"Content-Type": kind, "Origin": "https://evil.example",
                                                              "Sec-Fetch-Site": "cross-site"})
            self.assertEqual(stolen.status, 403, kind)
            typed = self.owner.raw("POST", "/admins", body, {"Content-Type": kind, "X-CSRF-Token": self.owner.csrf})
            self.assertEqual(typed.status, 415, kind)
        self.assertEqual(len(self.owner.get("/admins")[1]["items"]), 1)

    def test_login_from_another_site_is_refused(self):
        api = Api(self.postern, login=False)
        self.assertEqual(api.post("/session", {"email": OWNER, "password": PASSWORD}, {"Origin": "https://evil.example"})[0], 403)
        self.assertEqual(api.raw("POST", "/session", b"email=x", {"Content-Type": "text/plain"}).status, 415)

    def test_reading_changes_nothing(self):
        before = self.postern.sql("SELECT id, name, role, disabled FROM admins")
        for path in ("/me", "/admins", "/tokens", "/audit", "/me/sessions", "/session"):
            self.assertEqual(self.owner.get(path)[0], 200, path)
        for path in ("/admins/1/reset", "/me/password", "/me/totp"):
            self.assertEqual(self.owner.get(path)[0], 405, path)
        self.assertEqual(self.postern.sql("SELECT id, name, role, disabled FROM admins"), before)


ROUTES = [  # (method, path, body, what it needs)
    ("GET", "/me", None, "view"), ("PATCH", "/me", {"name": "N"}, "view"), ("GET", "/me/sessions", None, "view"),
    ("POST", "/me/password", {}, "view"), ("POST", "/me/totp", {}, "view"), ("POST", "/me/totp/confirm", {}, "view"),
    ("DELETE", "/me/totp", {}, "view"), ("DELETE", "/me/sessions/none", None, "view"),
    ("GET", "/admins", None, "own"), ("POST", "/admins", {}, "own"), ("PATCH", "/admins/999", {}, "own"),
    ("DELETE", "/admins/999", None, "own"), ("POST", "/admins/999/reset", None, "own"),
    ("GET", "/admins/999/sessions", None, "own"), ("DELETE", "/admins/999/sessions", None, "own"),
    ("GET", "/tokens", None, "own"), ("POST", "/tokens", {}, "own"), ("DELETE", "/tokens/999", None, "own"),
    ("GET", "/audit", None, "own"),
]


class Permissions(TestCase):
    @classmethod
    def prepare(cls):
        cls.owner = Api(cls.postern)
        cls.people = {role: cls.owner.invite(f"{role}@example.com", role) for role in ("viewer", "admin")}

    def test_matrix_of_roles_and_routes(self):
        who = {"nobody": Api(self.postern, login=False), "viewer": self.people["viewer"][1],
               "admin": self.people["admin"][1], "owner": self.owner}
        for method, path, body, needs in ROUTES:
            for name, api in who.items():
                status, reply, _ = api.request(method, path, body)
                if name == "nobody":
                    self.assertEqual((status, reply["code"]), (401, "unauthenticated"), (method, path))
                elif needs == "own" and name != "owner":
                    self.assertEqual((status, reply["code"]), (403, "forbidden"), (method, path, name))
                else:
                    self.assertIn(status, (200, 404, 409, 422), (method, path, name))
        self.assertIn("denied", actions(self.owner))

    def test_sessions_of_others_are_out_of_reach(self):
        mine = self.people["viewer"][1].get("/me/sessions")[1]["items"]
        self.assertEqual([s["current"] for s in mine], [True])
        self.assertEqual(self.people["admin"][1].delete(f"/me/sessions/{mine[0]['id']}")[0], 404)
        self.assertEqual(self.people["viewer"][1].get("/me")[0], 200)

    def test_role_counts_with_the_next_request_and_the_last_owner_stays(self):
        made, api = self.owner.invite("rising@example.com", "viewer")
        self.assertEqual(api.get("/admins")[0], 403)
        self.assertEqual(self.owner.patch(f"/admins/{made['id']}", {"role": "owner"})[1]["role"], "owner")
        self.assertEqual(api.get("/admins")[0], 200)
        self.assertEqual(self.owner.patch(f"/admins/{made['id']}", {"role": "viewer"})[0], 200)
        self.assertEqual(api.get("/admins")[0], 403)
        me = self.owner.get("/me")[1]["id"]
        for method, body in (("PATCH", {"disabled": True}), ("PATCH", {"role": "admin"}), ("DELETE", None)):
            self.assertEqual(self.owner.request(method, f"/admins/{me}", body)[0], 409)
        self.assertEqual(self.owner.post("/admins", {"email": "RISING@example.com", "name": "R", "role": "viewer"})[0], 409)
        self.assertEqual(self.owner.patch(f"/admins/{made['id']}", {"role": "god", "email": "x@example.com"})[0], 422)
        self.assertEqual(self.owner.delete(f"/admins/{made['id']}")[0], 204)
        self.assertEqual(api.get("/me")[0], 401)

    def test_disabling_works_at_once_and_after_a_restart(self):
        made, api = self.owner.invite("leaving@example.com", "owner")
        token, program = api.make_token("view")
        self.assertEqual(program.get("/tokens")[0], 403)
        self.assertEqual(self.owner.patch(f"/admins/{made['id']}", {"disabled": True})[1]["disabled"], True)
        self.assertEqual((api.get("/me")[0], program.get("/me")[0]), (401, 401))
        self.assertEqual(self.owner.post(f"/admins/{made['id']}/reset")[0], 409)
        self.postern.stop()
        self.postern.start()
        self.assertEqual((api.get("/me")[0], self.owner.get("/me")[0]), (401, 200))

    def test_owner_sees_and_ends_sessions_of_others(self):
        made, api = self.owner.invite("watched@example.com", "viewer")
        sessions = self.owner.get(f"/admins/{made['id']}/sessions")[1]["items"]
        self.assertEqual([(s["current"], s["ip"]) for s in sessions], [(False, "127.0.0.1")])
        self.assertEqual(self.owner.delete(f"/admins/{made['id']}/sessions")[0], 204)
        self.assertEqual(api.get("/me")[0], 401)
        self.assertIn("session.end", actions(self.owner))


class Tokens(TestCase):
    @classmethod
    def prepare(cls):
        cls.owner = Api(cls.postern)

    def test_scopes_imply_those_before(self):
        for given, shown in ((["view"], ["view"]), (["payloads"], ["view", "payloads"]),
                             (["manage", "view"], ["view", "payloads", "manage"])):
            token, api = self.owner.make_token(*given)
            self.assertEqual((token["scopes"], token["created_by"], token["last_used_at"]), (shown, OWNER, None))
            self.assertEqual(api.get("/audit")[1]["code"], "forbidden")
            self.assertEqual(api.get("/me")[0], 403)  # A token is nobody's account.
        for wrong in ([], ["own"], ["view", "x"], "view", None):
            self.assertEqual(self.owner.post("/tokens", {"name": "t", "scopes": wrong})[0], 422, wrong)

    def test_secret_is_shown_once_and_removal_works_at_once(self):
        token, api = self.owner.make_token("view")
        self.assertTrue(api.token.startswith("pst_"))
        listed = self.owner.raw("GET", "/tokens").body
        self.assertNotIn(api.token.encode(), listed)
        self.assertEqual(api.get("/me")[0], 403)
        row = next(t for t in json.loads(self.owner.raw("GET", "/tokens").body)["items"] if t["id"] == token["id"])
        self.assertIsNotNone(row["last_used_at"])
        self.assertEqual(self.owner.delete(f"/tokens/{token['id']}")[0], 204)
        self.assertEqual(api.get("/me")[0], 401)
        self.assertEqual(self.owner.delete(f"/tokens/{token['id']}")[0], 404)
        for wrong in ("pst_" + "A" * 43, "x", "pst_"):
            self.assertEqual(Api(self.postern, token=wrong).get("/session")[0], 401, wrong)

    def test_expired_tokens_are_refused(self):
        soon = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 2))
        _, api = self.owner.make_token("view", expires_at=soon)
        self.assertEqual(api.get("/me")[0], 403)
        wait_until(lambda: api.get("/me")[0] == 401, "the token has expired")
        self.assertEqual(self.owner.post("/tokens", {"name": "t", "scopes": ["view"], "expires_at": "2020-01-01"})[0], 422)

    def test_repeated_post_gives_the_first_reply_again(self):
        key = {"Idempotency-Key": "once"}
        body = {"name": "repeat", "scopes": ["view"]}
        first = self.owner.post("/tokens", body, key)
        again = self.owner.post("/tokens", body, key)
        self.assertEqual((again[0], again[1]), (201, first[1]))
        self.assertEqual(again[2]["idempotent-replayed"], "true")
        self.assertEqual(self.owner.post("/tokens", {**body, "name": "x"}, key)[1]["code"], "idempotency_key_reused")
        self.assertEqual(self.owner.post("/tokens", body, {"Idempotency-Key": "x" * 256})[0], 422)
        names = [t["name"] for t in self.owner.get("/tokens")[1]["items"]]
        self.assertEqual(names.count("repeat"), 1)
        self.assertNotIn(first[1]["secret"].encode(), self.postern.all_bytes())


class OwnAccount(TestCase):
    @classmethod
    def prepare(cls):
        cls.owner = Api(cls.postern)

    def test_password_change_asks_for_the_old_one_and_ends_everything_else(self):
        made, api = self.owner.invite("change@example.com", "owner")
        second = Api(self.postern, "change@example.com")
        _, program = api.make_token("view")
        link = self.owner.post(f"/admins/{made['id']}/reset")[1]["link"]
        self.assertEqual(api.post("/me/password", {"current": "wrong wrong wrong", "new": OTHER})[1]["errors"][0]["field"], "current")
        self.assertEqual(api.post("/me/password", {"current": PASSWORD, "new": "password1234"})[1]["errors"][0]["field"], "new")
        before = api.cookie
        self.assertEqual(api.post("/me/password", {"current": PASSWORD, "new": OTHER})[0], 204)
        self.assertNotEqual(api.cookie, before)
        self.assertEqual(api.patch("/me", {"name": "Still me"})[0], 200)
        for other in (second, program):
            self.assertEqual(other.get("/me")[0], 401)
        self.assertEqual(Api(self.postern, login=False).redeem(link)[0], 404)
        stolen = Api(self.postern, login=False)
        stolen.cookie = before
        self.assertEqual(stolen.get("/me")[0], 401)
        self.assertEqual(Api(self.postern, login=False).log_in("change@example.com")[0], 401)

    def test_long_and_unicode_passwords_count_in_full(self):
        long = "\u00e4\u00f6\u00fc \U0001f511 " * 20
        _, api = self.owner.invite("long@example.com", "viewer", password=long)
        self.assertEqual(Api(self.postern, login=False).log_in("long@example.com", long)[0], 200)
        for wrong in (long[:-1], long.upper(), long + " "):
            self.assertEqual(Api(self.postern, login=False).log_in("long@example.com", wrong)[0], 401)

    def test_ending_one_session(self):
        _, api = self.owner.invite("two@example.com", "viewer")
        other = Api(self.postern, "two@example.com")
        number = next(s["id"] for s in api.get("/me/sessions")[1]["items"] if not s["current"])
        self.assertEqual(api.delete(f"/me/sessions/{number}")[0], 204)
        self.assertEqual((other.get("/me")[0], api.get("/me")[0]), (401, 200))


class Expiry(unittest.TestCase):
    def age(self, postern, column, seconds):
        with sqlite3.connect(f"{postern.data}/postern.db") as db:
            db.execute(f"UPDATE sessions SET {column} = {column} - {seconds * 1000}")
        db.close()

    def test_idle_and_old_sessions_are_over(self):
        with Postern("--no-demo", config='[admin]\nsession_idle = "1h"\nsession_lifetime = "2h"\n') as postern:
            api = Api(postern)
            self.age(postern, "last_seen_at", 3500)
            self.assertEqual(api.get("/me")[0], 200)  # And was seen now.
            self.age(postern, "last_seen_at", 3700)
            self.assertEqual(api.get("/me")[0], 401)
            self.assertEqual(api.log_in(OWNER)[0], 200)
            self.age(postern, "created_at", 7300)
            self.assertEqual(api.get("/me")[0], 401)
            self.assertEqual(api.get("/session")[1]["state"], "anonymous")

    def test_logout_holds_after_a_restart(self):
        with Postern("--no-demo") as postern:
            api = Api(postern)
            kept, gone = Api(postern), Api(postern, login=False)
            gone.cookie = api.cookie
            self.assertEqual(api.delete("/session")[0], 204)
            postern.stop()
            postern.start()
            self.assertEqual((kept.get("/me")[0], gone.get("/me")[0]), (200, 401))


class Tls(unittest.TestCase):
    def test_cookie_and_hsts(self):
        postern = Postern(start=False)
        self.addCleanup(postern.close)
        certificate, key = make_certificate(postern.folder, "one")
        postern.start("--no-demo", "--tls-cert", str(certificate), "--tls-key", str(key))
        api = Api(postern, tls=client())
        _, _, headers = api.log_in(OWNER)
        attributes = headers["set-cookie"].split("; ")
        self.assertTrue(attributes[0].startswith("__Host-postern_session="))
        self.assertEqual(set(attributes[1:]), {"Max-Age=2592000", "Path=/", "HttpOnly", "SameSite=Strict", "Secure"})
        self.assertEqual(headers["strict-transport-security"], "max-age=31536000; includeSubDomains")
        self.assertEqual(api.patch("/me", {"name": "Olga"}, {"Origin": "https://localhost"})[0], 200)

    def test_behind_a_trusted_proxy_and_not_without(self):
        with Postern("--no-demo", config='[server]\ntrusted_proxies = ["127.0.0.1"]\n') as postern:
            api = Api(postern, login=False)
            api.headers = {"X-Forwarded-For": "192.0.2.7", "X-Forwarded-Proto": "https"}
            _, _, headers = api.setup()
            self.assertIn("; Secure", headers["set-cookie"])
            self.assertTrue(headers["set-cookie"].startswith("__Host-"))
            self.assertEqual(api.get("/me/sessions")[1]["items"][0]["ip"], "192.0.2.7")
            api.headers["X-Forwarded-Proto"] = "http"
            self.assertEqual(api.get("/me")[1]["code"], "https_required")


class Traces(unittest.TestCase):
    def test_no_secret_is_left_anywhere(self):
        with Postern("--no-demo", environment={"POSTERN_LOG_LEVEL": "debug"}) as postern:
            token = wait_until(lambda: setup_token(postern), "the link is printed")
            owner = Api(postern)
            secrets = [PASSWORD, owner.cookie.split("=")[1], owner.csrf]
            totp_secret = owner.post("/me/totp", {"password": PASSWORD})[1]["secret"]
            secrets += [totp_secret] + owner.post("/me/totp/confirm", {"code": totp(totp_secret)})[1]["recovery_codes"]
            _, program = owner.make_token("manage")
            program.get("/me")
            made = owner.post("/admins", {"email": "b@example.com", "name": "B", "role": "viewer"},
                              {"Idempotency-Key": "k-4711"})[1]
            secrets += [program.token, made["link"].split("#")[1]]
            mistyped = Api(postern, login=False)
            self.assertEqual(mistyped.log_in("hunter2-in-the-wrong-field", "another secret password")[0], 401)
            secrets += ["hunter2-in-the-wrong-field", "another secret password", "k-4711"]
            printed = b"".join(postern.cli(*command).stdout.encode() for command in (
                ("admin", "list"), ("admin", "list", "--json"), ("check",), ("config",)))
            replies = owner.raw("GET", "/audit?limit=200").body + owner.raw("GET", "/tokens").body
            everything = postern.all_bytes() + printed + replies + postern.request("GET", "/metrics").body
            for secret in secrets:
                self.assertNotIn(secret.encode(), everything, secret[:4])
            # The first-run link is printed on purpose, once, and is kept as a hash only.
            files = b"".join(p.read_bytes() for p in postern.data.iterdir())
            self.assertNotIn(token.encode(), files + postern.stderr_path.read_bytes())

    def test_audit_log_tells_who_did_what_and_its_chain_is_checked(self):
        with Postern("--no-demo") as postern:
            owner = Api(postern)
            made, _ = owner.invite("ada@example.com", "viewer")
            owner.patch(f"/admins/{made['id']}", {"role": "admin"})
            row = owner.get("/audit?limit=1")[1]["items"][0]
            self.assertEqual((row["actor"], row["ip"], row["action"], row["target"]),
                             (OWNER, "127.0.0.1", "admin.edit", "admin ada@example.com"))
            self.assertEqual((row["before"]["role"], row["after"]["role"]), ("viewer", "admin"))
            first = owner.get("/audit?limit=2")[1]
            rest = owner.get(f"/audit?limit=200&cursor={first['next']}")[1]
            numbers = [r["id"] for r in first["items"] + rest["items"]]
            self.assertEqual((numbers, rest["next"]), (list(range(numbers[0], 0, -1)), None))
            for wrong in ("cursor=x", "cursor=-1", "actions=login.ok"):
                self.assertEqual(owner.get("/audit?" + wrong)[0], 422, wrong)
            self.assertEqual(postern.cli("check").returncode, 0)
            postern.stop()

            def damaged(statement):
                copy = pathlib.Path(f"{postern.data}/postern.db")
                kept = copy.read_bytes()
                with sqlite3.connect(copy) as db:
                    for name in ("audit_log_stays", "audit_log_is_kept"):
                        db.execute(f"DROP TRIGGER {name}")
                    db.execute(statement)
                db.close()
                done = postern.cli("check", check=False)
                copy.write_bytes(kept)
                return done.returncode, done.stdout

            for statement in ("UPDATE audit_log SET actor = 'nobody' WHERE id = 2", "DELETE FROM audit_log WHERE id = 2",
                              "DELETE FROM audit_log WHERE id = (SELECT max(id) FROM audit_log)",
                              "UPDATE audit_log SET at = at + 1 WHERE id = (SELECT max(id) FROM audit_log)"):
                code, printed = damaged(statement)
                self.assertEqual(code, 1, statement)
                self.assertIn("audit log", printed)
            self.assertEqual(postern.cli("check").returncode, 0)


if __name__ == "__main__":
    unittest.main()
