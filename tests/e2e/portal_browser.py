"""A browser without scripts for the pages for people: keeps cookies, sends forms with their token, follows nothing."""
import html
import re
import ssl
import urllib.parse

from harness import Connection, build_request


class PortalBrowser:
    """Speaks to `port` as `host`; with `certificate`, over TLS."""

    def __init__(self, port, host="localhost", certificate=None):
        self.port, self.host = port, host
        self.tls = None
        if certificate:
            self.tls = ssl.create_default_context(cafile=str(certificate))
        self.cookies = {}

    def request(self, method, target, body=b"", headers=None):
        headers = {"Accept": "text/html", **(headers or {})}
        if self.cookies:
            headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        with Connection(self.port, tls=self.tls) as connection:
            connection.send(build_request(method, target, body, headers, self.host))
            reply = connection.read_reply(head=method == "HEAD")
        if "set-cookie" in reply.headers:
            name, value = reply.headers["set-cookie"].split(";")[0].split("=", 1)
            if value:
                self.cookies[name] = value
            else:
                self.cookies.pop(name, None)
        reply.text = reply.body.decode()
        return reply

    def get(self, target, headers=None):
        return self.request("GET", target, headers=headers)

    def post(self, target, fields, headers=None):
        body = urllib.parse.urlencode(fields).encode()
        return self.request("POST", target, body, {"Content-Type": "application/x-www-form-urlencoded",
                                                   "Sec-Fetch-Site": "same-origin", "Origin": "null", **(headers or {})})

    def send(self, page, fields, action=None):
        """Loads `page`, fills in `fields` and sends its first form."""
        shown = self.get(page)
        hidden = {name: html.unescape(value) for name, value in
                  re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', shown.text.split("</form>")[0])}
        return self.post(action or page.split("?")[0], {**hidden, **fields})

    def log_in(self, login, password, page="/account/login"):
        return self.send(page, {"login": login, "password": password})

    def set_password(self, link, password):
        path = urllib.parse.urlsplit(link).path
        return self.send(path, {"password": password, "repeated": password})
