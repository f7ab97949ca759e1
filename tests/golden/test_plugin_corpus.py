"""Replays the requests that were recorded against the real plugin, and compares what came of each.

tests/data/plugin/ holds the recordings: request, reply, and every row that WordPress changed. Each case starts from the
site of fixture.json. Compared are the reply in the plugin dialect, the new user, whether the password sent is theirs,
and the memberships gained and lost. differences.json, beside this file, lists every case in which Postern differs on
purpose, with the reason; a case listed there that does not differ is an error too.

    POSTERN_DUMP=differences.new.json  python3 -m unittest test_plugin_corpus

writes what differs now, to be read and judged.
"""
import base64
import collections
import json
import os
import pathlib
import re
import sqlite3
import unittest
import urllib.parse

from harness import DATA, Postern

HERE = pathlib.Path(__file__).resolve().parent
CORPUS = DATA / "plugin"
FIXTURE = json.loads((CORPUS / "fixture.json").read_text())
BOUNDARY = "----oracleboundary7MA4YWxk"

# Cases that are about WordPress' own tables or about values that a Postern webhook cannot have.
WITHOUT_MEANING = {
    "06-spaces-courses/pivot_null_status": "a membership row without status: the schema does not allow it",
    "06-spaces-courses/string_ids": "ids that are no numbers: the schema does not allow them",
    "06-spaces-courses/space_group_id": "a space group is nothing that Postern has",
    "07-transport/body_over_post_max": "the limit of that site's nginx; tests/e2e/test_limits.py tests ours",
    "07-transport/many_fields_1500": "the recording of the body is cut; tests/e2e/test_hostile.py has such a body",
    "07-transport/big_body_1mb": "the recording of the body is cut; tests/e2e/test_limits.py has such a body",
    "07-transport/key_other_meta": "the name of another row in WordPress' table of webhooks",
    "11-settings/course_module_off": "a switch of WordPress",
    "11-settings/webhook_value_corrupt": "a broken row in WordPress' format",
    "11-settings/webhook_value_null": "a broken row in WordPress' format",
    "11-settings/webhook_value_json": "a broken row in WordPress' format",
    "11-settings/webhook_running_count_string": "a row in WordPress' format",
    "11-settings/webhook_extra_keys_kept": "a row in WordPress' format",
    "11-settings/webhook_duplicate_keys": "two webhooks with one key: the schema does not allow it",
    "11-settings/xprofile_table_missing": "a table of WordPress",
}


def load_cases():
    """Yields (name, [requests], [responses], db, case)."""
    for path in sorted(CORPUS.glob("0*.json")) + sorted(CORPUS.glob("11*.json")):
        for index, case in enumerate(json.loads(path.read_text())):
            if path.name.startswith("04"):
                name = f"{path.stem}/{index:02} {case['email'][:40]}"
                request = {"method": "POST", "content_type": "application/x-www-form-urlencoded",
                           "path": "/portal/?fcom_action=incoming_webhook&webhook=" + KEY_OF["plain"],
                           "fields": [["email", case["email"]]]}
                response = {"status": case["status"]}
                db = {}
                if "new_user" in case:
                    response["json"] = {"status": "success", "message": "webhook has been successfully executied",
                                        "execution_timestamp": "<UNIX_NOW>", "user_id": 19}
                    db = {"wp_users": {"insert": [{"ID": "19", **case["new_user"]}]},
                          "wp_fcom_space_user": {"insert": [{"space_id": "3", "user_id": "19", "status": "active",
                                                             "role": "member"}]}}
                else:
                    response["json"] = case["response"]
                yield name, [request], [response], db, {}
                continue
            name = f"{path.stem}/{case['id']}"
            if "request" not in case and "requests" not in case:
                assert name in WITHOUT_MEANING, f"{name} has no request"
                continue
            yield (name, case.get("requests") or [case["request"]], case.get("responses") or [case["response"]],
                   case.get("db", {}), case)


KEY_OF = {hook["name"]: hook["key"] for hook in FIXTURE["webhooks"]}


def expand(text):
    """Writes out a value that was cut: '…(len N)', the last character repeated."""
    match = re.fullmatch(r"(.*?)(.)\u2026\(len (\d+)\)", text, re.S)
    if not match:
        return text
    return match.group(1) + match.group(2) * (int(match.group(3)) - len(match.group(1)))


def decode_entities(text):
    for entity, character in (("&lt;", "<"), ("&gt;", ">"), ("&quot;", '"'), ("&#039;", "'"), ("&amp;", "&")):
        text = text.replace(entity, character)
    return text


def text_of(value):
    """A string of a vector file, or bytes that are no UTF-8."""
    return base64.b64decode(value["b64"]) if isinstance(value, dict) else value


def value_bytes(value):
    return base64.b64decode(value[7:]) if value.startswith("base64:") else expand(value).encode()


def body_of(request):
    content_type = request.get("content_type") or ""
    if "body_base64" in request:
        return base64.b64decode(request["body_base64"])
    if "body" in request:
        return expand(request["body"]).encode()
    fields = [(name, value_bytes(value)) for name, value in request.get("fields", [])]
    if content_type.startswith("multipart/form-data"):
        out = b""
        for name, value in fields:
            out += f"--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n".encode() + value + b"\r\n"
        return out + f"--{BOUNDARY}--\r\n".encode()
    return urllib.parse.urlencode(fields).encode()


def password_as_sent(case):
    verifies = case["password_verifies"]
    if "as sent" in verifies:
        return bool(verifies["as sent"])
    return any(verifies.values())  # Group 01 names the field whose value is the password.


def recorded(responses, db, case):
    """What the plugin did, in the form that observe() gives too."""
    out = {"replies": []}
    for response in responses:
        reply = {"status": response["status"]}
        body = response.get("json")
        reply["body"] = {k: v for k, v in body.items() if k != "execution_timestamp"} if body else "a page"
        if isinstance(reply["body"], dict) and reply["body"].get("user_id", 0) >= 19:
            reply["body"]["user_id"] = "new"
        out["replies"].append(reply)
    meta = collections.defaultdict(dict)
    for row in db.get("wp_usermeta", {}).get("insert", []):
        if row[0].startswith("STD12"):
            meta[row[1]].update(row[2])
        elif len(row) == 4:
            meta[row[1]][row[2]] = row[3]
    out["users"] = []
    for row in db.get("wp_users", {}).get("insert", []):
        user = {"login": row["user_login"], "email": row["user_email"].replace("&amp;", "&"),
                "display_name": decode_entities(row["display_name"])}
        if row["ID"] in meta:
            user["first_name"] = decode_entities(meta[row["ID"]].get("first_name", ""))
            user["last_name"] = decode_entities(meta[row["ID"]].get("last_name", ""))
        out["users"].append(user)
    spaces = db.get("wp_fcom_space_user", {})
    name = lambda user: "new" if int(user) >= 19 else int(user)
    out["gained"] = [[name(r["user_id"]), int(r["space_id"]), r["role"], r["status"]] for r in spaces.get("insert", [])]
    out["lost"] = sorted({(name(r["user_id"]), int(r["space_id"])) for r in spaces.get("delete", [])})
    out["lost"] = [list(pair) for pair in out["lost"]]
    for row in spaces.get("update", []):
        before = MEMBERSHIP_ROWS[int(row["pk"]) - 1]
        role = row.get("role", [None, before["role"]])[1]
        status = row.get("status", [None, before["status"]])[1]
        out["gained"].append([before["user"], before["space"], role, status])
    out["gained"].sort(key=str)
    if "password_verifies" in case:
        out["password_is_as_sent"] = password_as_sent(case)
    return out


MEMBERSHIP_ROWS = FIXTURE["memberships"]
ROLES = {"member": 0, "student": 1, "moderator": 2, "admin": 3}
STATUSES = {"active": 0, "pending": 1, "blocked": 2}
ROLE_WORDS = {number: word for word, number in ROLES.items()}
STATUS_WORDS = {number: word for word, number in STATUSES.items()}
SETUP = {  # What `setup_sql` means here.
    "03-generated-username/many_collisions_250": [("busy" + (str(n) if n > 1 else "")) for n in range(1, 251)],
    "03-generated-username/many_collisions_99": [("busy" + (str(n) if n > 1 else "")) for n in range(1, 100)],
    "03-generated-username/many_collisions_100": [("busy" + (str(n) if n > 1 else "")) for n in range(1, 101)],
    "03-generated-username/suffix_hits_login_only": ["member2"],
}


class PluginCorpus(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        cls.postern = Postern("--no-demo")
        cls.addClassCleanup(cls.postern.close)
        cls.db = sqlite3.connect(cls.postern.data / "postern.db", isolation_level=None, timeout=20)
        cls.addClassCleanup(cls.db.close)
        cls.keys = {}
        numbers = {}
        for hook in FIXTURE["webhooks"]:
            flags = ["--welcome-email"] if hook["welcome_email"] else []
            made = cls.postern.cli_json("webhook", "add", "--name", hook["name"], *flags)
            cls.keys[hook["key"]] = made["url"].rsplit("/", 1)[1]
            numbers[hook["name"]] = made["id"]
        cls.db.execute("BEGIN IMMEDIATE")
        for space in FIXTURE["spaces"]:
            cls.insert_space(space)
        for hook in FIXTURE["webhooks"]:
            for action, effect in enumerate(("add_courses", "remove_courses", "add_spaces", "remove_spaces")):
                ids = [i for i in hook[effect] if isinstance(i, int)]
                for position, space in enumerate(dict.fromkeys(ids)):
                    cls.db.execute("INSERT INTO webhook_effects VALUES(?,?,?,?)",
                                   (numbers[hook["name"]], action, position, space))
        cls.db.execute("UPDATE catalog SET generation = generation + 1")
        cls.db.execute("COMMIT")
        cls.reasons = json.loads((HERE / "differences.json").read_text())

    @classmethod
    def insert_space(cls, space):
        privacy = ("public", "private", "secret").index(space["privacy"])
        cls.db.execute("INSERT INTO spaces VALUES(?,?,?,?,?,0,0,0)",
                       (space["id"], int(space["kind"] == "course"), space["slug"], space["title"], privacy))

    def reset(self, logins=(), fixture=FIXTURE["users"]):
        db = self.db
        db.execute("BEGIN IMMEDIATE")
        db.execute("DELETE FROM memberships")
        db.execute("DELETE FROM users")
        db.execute("DELETE FROM sqlite_sequence WHERE name = 'users'")
        users = [(u["id"], u["email"].lower(), u["email"], u["login"], u["display_name"], int(u["administrator"]))
                 for u in fixture]
        users += [(19 + n, f"{login}@setup.test", None, login, None, 0) for n, login in enumerate(logins)]
        db.executemany("INSERT INTO users(id, email_key, email, login, display_name, administrator, created_at)"
                       " VALUES(?,?,?,?,?,?,0)", users)
        rows = {(m["user"], m["space"]): m for m in MEMBERSHIP_ROWS}
        db.executemany("INSERT INTO memberships VALUES(?,?,?,?,0,NULL)",
                       [(m["user"], m["space"], ROLES[m["role"]], STATUSES[m["status"]]) for m in rows.values()])
        db.execute("COMMIT")
        self.first_new = 19 + len(logins)
        self.before = self.memberships()

    def memberships(self):
        return set(self.db.execute("SELECT user_id, space_id, role, status FROM memberships"))

    def target(self, request):
        path = request["path"]
        for key, real in self.keys.items():
            path = path.replace(key.upper(), real.swapcase()).replace(key, real)
            path = path.replace(key.replace("a", "%C3%A1"), real[:9] + "%C3%A1" + real[10:])
        return path

    def send(self, request):
        headers = {"Content-Type": request["content_type"]} if request.get("content_type") else {}
        return self.postern.request(request["method"], self.target(request), body_of(request), headers)

    def observe(self, replies):
        out = {"replies": []}
        for reply in replies:
            body = {k: v for k, v in reply.json.items() if k != "execution_timestamp"} if reply.body else {}
            if body.get("user_id", 0) >= self.first_new:
                body["user_id"] = "new"
            out["replies"].append({"status": reply.status, "body": body})
        out["users"] = []
        password = False
        for email_key, email, login, first, last, display, password_hash in self.db.execute(
                "SELECT email_key, email, login, first_name, last_name, display_name, password_hash FROM users"
                " WHERE id >= ? ORDER BY id", (self.first_new,)):
            out["users"].append({"login": login, "email": email or email_key, "display_name": display or login,
                                 "first_name": first or "", "last_name": last or ""})
            password = password or password_hash is not None
        after = self.memberships()
        name = lambda user: "new" if user >= self.first_new else user
        out["gained"] = sorted(([name(u), s, ROLE_WORDS[r], STATUS_WORDS[t]] for u, s, r, t in after - self.before),
                               key=str)
        still = {(u, s) for u, s, _, _ in after}
        out["lost"] = sorted([name(u), s] for u, s, _, _ in self.before if (u, s) not in still)
        out["password_is_as_sent"] = password
        return out

    def run_case(self, name, requests, responses, db, case):
        self.reset(SETUP.get(name, ()))
        removed = None
        if name == "06-spaces-courses/space_deleted":
            removed = next(s for s in FIXTURE["spaces"] if s["id"] == 3)
            self.db.execute("DELETE FROM spaces WHERE id = 3")
            self.db.execute("UPDATE catalog SET generation = generation + 1")
        observed = self.observe([self.send(request) for request in requests])
        if removed:
            self.insert_space(removed)
            self.db.execute("UPDATE catalog SET generation = generation + 1")
        expected = recorded(responses, db, case)
        if "password_is_as_sent" not in expected:
            del observed["password_is_as_sent"]
        for want, user in zip(expected["users"], observed["users"]):
            if "first_name" not in want:
                del user["first_name"], user["last_name"]
        return expected, observed

    def run_vector(self, vector):
        """One of the vectors that were made by calling the plugin's functions: form fields in, user out."""
        self.reset(fixture=FIXTURE["users"][:1])  # The administrator alone.
        existing = vector["in"].get("existing", [])
        self.db.executemany("INSERT INTO users(email_key, email, login, created_at) VALUES(?,?,?,0)",
                            [(u["user_email"].lower(), u["user_email"], u["user_login"]) for u in existing])
        self.first_new = 2 + len(existing)
        fields = [(name, text_of(value)) for name, value in vector["in"]["post"].items()]
        reply = self.postern.post(f"/?fcom_action=incoming_webhook&webhook={self.keys[KEY_OF['nothing']]}", fields)
        observed = self.observe([reply])
        out = vector["out"]
        expected = {"status": out.get("status", 200), "users": []}
        if "message" in out:
            expected["message"] = out["message"]
        elif out["user_id"] == 2 + len(existing):
            user, meta = out["user"], out["meta"]
            expected["users"] = [{"login": text_of(user["user_login"]),
                                  "email": text_of(user["user_email"]).replace("&amp;", "&"),
                                  "display_name": decode_entities(text_of(user["display_name"])),
                                  "first_name": decode_entities(text_of(meta["first_name"])),
                                  "last_name": decode_entities(text_of(meta["last_name"]))}]
        observed = {"status": reply.status, "users": observed["users"]}
        if reply.status != 200:
            observed["message"] = reply.json["message"]
        return expected, observed

    def all_runs(self):
        """Yields (name, function that gives (expected, observed))."""
        for name, *case in load_cases():
            if name not in WITHOUT_MEANING:
                yield name, lambda name=name, case=case: self.run_case(name, *case)
        vectors = json.loads((DATA / "wordpress/vectors/fc_webhook_provision.json").read_text())["cases"]
        for index, vector in enumerate(vectors):
            yield f"fc_webhook_provision/{index:03}", lambda vector=vector: self.run_vector(vector)

    def test_every_case(self):
        reasons, listed = self.reasons["reasons"], dict(self.reasons["cases"])
        differing, count = {}, 0
        for name, run in self.all_runs():
            count += 1
            with self.subTest(name):
                expected, observed = run()
                difference = listed.pop(name, None)
                changed = {key: value for key, value in observed.items() if value != expected.get(key)}
                if changed:
                    differing[name] = {"plugin": {k: expected.get(k) for k in changed}, "postern": changed}
                if difference is None:
                    self.assertEqual(observed, expected)
                else:
                    self.assertIn(difference["reason"], reasons)
                    self.assertNotEqual(changed, {}, f"{name} is listed in differences.json and does not differ")
                    self.assertEqual(changed, difference["postern"])
        if "POSTERN_DUMP" in os.environ:
            pathlib.Path(os.environ["POSTERN_DUMP"]).write_text(json.dumps(differing, ensure_ascii=False, indent=1))
        self.assertEqual(listed, {}, "differences.json lists cases that do not exist")
        self.assertGreater(count, 400)


if __name__ == "__main__":
    unittest.main()
