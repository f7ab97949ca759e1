"""Speaks to the admin API as a browser does: keeps the cookie, sends the CSRF token, talks JSON.

    api = Api(self.postern)                      # logged in as the first owner; sets one up if there is none
    status, json, headers = api.get("/webhooks")
    status, json, headers = api.post("/webhooks", {"name": "Shop"}, headers={"Idempotency-Key": "1"})
"""
import base64
import hashlib
import hmac
import json
import re
import struct
import time
import urllib.parse

from harness import build_request, wait_until

OWNER = "owner@example.com"
PASSWORD = "glacier otter mundane"


def setup_token(postern):
    """The secret of the first-run link that the running server has printed; None if it prints none."""
    match = re.search(r"^Admin: \S+/admin/setup#(\S+)$", postern.stdout(), re.MULTILINE)
    return match.group(1) if match else None


def totp(secret, at=None, shift=0):
    """The code of an authenticator app (RFC 6238), `shift` steps away from now."""
    key = base64.b32decode(secret + "=" * (-len(secret) % 8))
    digest = hmac.new(key, struct.pack(">Q", int(at or time.time()) // 30 + shift), hashlib.sha1).digest()
    at = digest[-1] & 15
    return f"{(struct.unpack('>I', digest[at:at + 4])[0] & 0x7FFFFFFF) % 1000000:06d}"


class Api:
    """One browser, or one program with a token. `login=False`: nobody yet."""

    def __init__(self, postern, email=OWNER, password=PASSWORD, login=True, token=None, tls=None):
        self.postern, self.tls, self.token = postern, tls, token
        self.cookie = self.csrf = None
        self.headers = {}  # Sent with every request.
        if token is not None or not login:
            return
        if self.get("/session")[1]["state"] == "setup":
            self.setup(email, password)
        else:
            status, reply, _ = self.log_in(email, password)
            assert status == 200, (status, reply)

    def setup(self, email=OWNER, password=PASSWORD, name="Olga Owner"):
        token = wait_until(lambda: setup_token(self.postern), "the first-run link is printed")
        done = self.post(f"/setup/{token}", {"email": email, "name": name, "password": password})
        assert done[0] == 200, done
        return done

    def redeem(self, link, password=PASSWORD):
        """Sets a password by an invitation or a reset."""
        return self.post("/setup/" + urllib.parse.urlsplit(link).fragment, {"password": password})

    def log_in(self, email, password=PASSWORD):
        return self.post("/session", {"email": email, "password": password})

    def raw(self, method, path, body=b"", headers=None):
        """The whole reply; nothing is added to the request but cookie, token and what is given."""
        sent = dict(self.headers)
        if self.token:
            sent["Authorization"] = f"Bearer {self.token}"
        if self.cookie:
            sent["Cookie"] = self.cookie
        sent.update(headers or {})
        if method != "GET" and "Content-Length" not in sent:
            sent["Content-Length"] = str(len(body))
        sent = {name: value for name, value in sent.items() if value is not None}
        with self.postern.connect(tls=self.tls) as connection:
            connection.send(build_request(method, "/api/v1" + path, body, sent))
            return connection.read_reply(head=method == "HEAD")

    def request(self, method, path, body=None, headers=None):
        """(status, parsed body or None, headers). A header given as None is left out."""
        sent = {}
        if method not in ("GET", "HEAD") and self.cookie and self.csrf:
            sent["X-CSRF-Token"] = self.csrf
        data = b""
        if body is not None:
            data = json.dumps(body).encode()
            sent["Content-Type"] = "application/json"
        sent.update(headers or {})
        reply = self.raw(method, path, data, sent)
        self._keep(reply)
        kind = reply.headers.get("content-type", "")
        parsed = json.loads(reply.body) if reply.body and "json" in kind and "ndjson" not in kind else None
        return reply.status, parsed, reply.headers

    def _keep(self, reply):
        if "set-cookie" in reply.headers:
            pair = reply.headers["set-cookie"].split(";")[0]
            self.cookie = pair if pair.split("=", 1)[1] else None
            self.csrf = reply.headers.get("x-csrf-token")
            if reply.body:
                self.csrf = json.loads(reply.body).get("csrf")

    def get(self, path, headers=None):
        return self.request("GET", path, None, headers)

    def post(self, path, body=None, headers=None):
        return self.request("POST", path, body, headers)

    def patch(self, path, body=None, headers=None):
        return self.request("PATCH", path, body, headers)

    def put(self, path, body=None, headers=None):
        return self.request("PUT", path, body, headers)

    def delete(self, path, body=None, headers=None):
        return self.request("DELETE", path, body, headers)

    # ---- what tests do often ----

    def invite(self, email, role, password=PASSWORD):
        """A new admin who has set a password: (admin, logged-in Api). Asked of an owner."""
        status, made, _ = self.post("/admins", {"email": email, "name": email.split("@")[0].title(), "role": role})
        assert status == 201, (status, made)
        other = Api(self.postern, login=False, tls=self.tls)
        status, reply, _ = other.redeem(made["link"], password)
        assert status == 200, (status, reply)
        return made["admin"], other

    def make_token(self, *scopes, **more):
        """An Api that uses a new token. Asked of an owner."""
        status, made, _ = self.post("/tokens", {"name": "test", "scopes": list(scopes), **more})
        assert status == 201, (status, made)
        return made["token"], Api(self.postern, token=made["secret"], tls=self.tls)
