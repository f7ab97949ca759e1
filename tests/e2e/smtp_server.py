"""A mail server on loopback (Debian's python3-aiosmtpd), in the moods that real ones have.

    with SmtpServer() as smtp: …            smtp.port, smtp.mails: what was taken
    smtp.mood = "later"                     451 to the recipient; "refuse": 550; "hang": no reply to the message;
                                            "drop": the connection ends without a reply to the message
"""
import asyncio
import email
import email.policy
import ssl
import subprocess
import threading

from aiosmtpd.smtp import SMTP, AuthResult


class Mail:
    def __init__(self, envelope, session):
        self.sender, self.recipients, self.raw = envelope.mail_from, envelope.rcpt_tos, envelope.original_content
        self.tls = session.ssl is not None
        self.user = session.auth_data
        self.utf8 = envelope.smtp_utf8
        self.message = email.message_from_bytes(self.raw, policy=email.policy.default)

    def part(self, subtype):
        return self.message.get_body((subtype,)).get_content().replace("\r\n", "\n")


class Handler:
    def __init__(self, owner):
        self.owner = owner

    async def handle_EHLO(self, server, session, envelope, hostname, responses):
        session.host_name = hostname
        self.owner.names.append(hostname)
        return responses

    async def handle_RCPT(self, server, session, envelope, address, rcpt_options):
        self.owner.attempts += 1
        mood = self.owner.mood
        if mood == "later" or (mood == "later once" and self.owner.attempts == 1):
            return "451 4.7.1 Try again later, please"
        if mood == "refuse":
            return "550 5.1.1 No such user here"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        if self.owner.mood == "hang":
            await asyncio.sleep(3600)
        if self.owner.mood == "drop":
            server.transport.abort()
            return "250 nobody hears this"
        if self.owner.mood == "refuse message":
            return "554 5.7.1 This looks like spam"
        self.owner.mails.append(Mail(envelope, session))
        return "250 2.0.0 Taken"


class SmtpServer:
    """`tls`: an ssl context for STARTTLS, or with `implicit` for TLS at once. `login`: (user, password) that it wants."""

    def __init__(self, mood="ok", tls=None, implicit=False, login=None):
        self.mood, self.mails, self.attempts, self.connections, self.names = mood, [], 0, 0, []
        self.tls, self.implicit, self.login = tls, implicit, login
        self.loop = asyncio.new_event_loop()
        self.tasks = []

    def _session(self):
        self.connections += 1
        options = {"hostname": "mail.test", "enable_SMTPUTF8": True, "loop": self.loop}
        if self.tls and not self.implicit:
            options["tls_context"], options["require_starttls"] = self.tls, True
        if self.login:
            options.update(authenticator=self._authenticate, auth_required=True, auth_require_tls=bool(self.tls) and not self.implicit)
        return SMTP(Handler(self), **options)

    def _authenticate(self, server, session, envelope, mechanism, auth_data):
        user, password = auth_data.login.decode(), auth_data.password.decode()
        return AuthResult(success=(user, password) == self.login, handled=False, auth_data=user)

    def __enter__(self):
        async def start():
            tls = self.tls if self.implicit else None
            self.server = await self.loop.create_server(self._session, "127.0.0.1", 0, ssl=tls)
        self.loop.run_until_complete(start())
        self.port = self.server.sockets[0].getsockname()[1]
        self.thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self.thread.start()
        return self

    def __exit__(self, *_):
        async def end():
            self.server.close()
            tasks = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        asyncio.run_coroutine_threadsafe(end(), self.loop).result(10)
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join()
        self.loop.close()

    def settings(self, **more):
        """The environment that makes Postern send to it."""
        values = {"TRANSPORT": "smtp", "HOST": "127.0.0.1", "PORT": self.port, "FROM": "gate@example.com",
                  "SECURITY": "none", "TIMEOUT": "3s", **more}
        return {f"POSTERN_MAIL_{name}": str(value) for name, value in values.items()}


class TestAuthority:
    """A certificate authority made for one test, with a certificate for `name`."""

    def __init__(self, folder, name="localhost"):
        self.ca = folder / f"ca-{name}.pem"
        self.certificate, key = folder / f"{name}.pem", folder / f"{name}-key.pem"

        def openssl(*arguments):
            subprocess.run(["openssl", *arguments], check=True, capture_output=True)
        ca_key = folder / f"ca-{name}-key.pem"
        openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", ca_key,
                "-out", self.ca, "-days", "2", "-subj", "/CN=Test authority")
        request = folder / f"{name}.csr"
        openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", key, "-out", request,
                "-subj", f"/CN={name}")
        extensions = folder / f"{name}.ext"
        extensions.write_text(f"subjectAltName=DNS:{name}\n")
        openssl("x509", "-req", "-in", request, "-CA", self.ca, "-CAkey", ca_key, "-CAcreateserial", "-out",
                self.certificate, "-days", "2", "-extfile", extensions)
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(self.certificate, key)
