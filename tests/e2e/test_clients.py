"""The examples that integrators copy, run with the real clients."""
import json
import shutil
import subprocess
import unittest

from harness import DATA, TestCase, npm_folder

CLIENTS = DATA / "clients"


class Clients(TestCase):
    @classmethod
    def prepare(cls):
        cls.postern.cli("space", "add", "--title", "Premium", "--slug", "premium")
        cls.url = cls.postern.cli_json("webhook", "add", "--name", "clients", "--add-space", "premium")["url"]

    def run_client(self, *command, **options):
        done = subprocess.run([*command], capture_output=True, text=True, timeout=120, **options)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def check(self, output, email, login):
        result = json.loads(output)
        self.assertEqual((result["made"]["success"], result["made"]["created"]), (True, True))
        self.assertEqual((result["again"]["user_id"], result["again"]["created"]), (result["made"]["user_id"], False))
        self.assertEqual((result["failure"]["status"], result["failure"]["body"]["code"]), (400, "invalid_email"))
        user = self.postern.user(email)
        self.assertEqual((user["first_name"], user["last_name"], user["login"]), ("Zoë", "O'Neil", login))
        self.assertEqual([m["slug"] for m in user["spaces"]], ["premium"])

    def test_curl(self):
        fields = {"email": "curl@example.com", "first_name": "Zoë", "last_name": "O'Neil", "user_login": "by-curl",
                  "user_pass": "secret word", "plan": "gold"}
        form = [part for name, value in fields.items() for part in ("--form", f"{name}={value}")]
        made = json.loads(self.run_client("curl", "-sS", *form, self.url))
        data = [part for name, value in fields.items() for part in ("--data-urlencode", f"{name}={value}")]
        again = json.loads(self.run_client("curl", "-sS", *data, self.url))
        failure = self.run_client("curl", "-sS", "-d", "email=nonsense", "-w", "\n%{http_code}", self.url).splitlines()
        self.check(json.dumps({"made": made, "again": again,
                               "failure": {"status": int(failure[1]), "body": json.loads(failure[0])}}),
                   "curl@example.com", "by-curl")

    def test_python_requests(self):
        output = self.run_client("/usr/bin/python3", str(CLIENTS / "client.py"), self.url, "py@example.com")
        self.check(output, "py@example.com", "python-py")

    def test_php_curl(self):
        output = self.run_client("php", str(CLIENTS / "client.php"), self.url, "php@example.com")
        self.check(output, "php@example.com", "php-php")

    def test_node_axios(self):
        folder = npm_folder(CLIENTS, "CLIENTS_DIR")
        shutil.copy(CLIENTS / "client.mjs", folder / "client.mjs")
        output = self.run_client("node", "client.mjs", self.url, "node@example.com", cwd=folder)
        self.check(output, "node@example.com", "node-node")


if __name__ == "__main__":
    unittest.main()
