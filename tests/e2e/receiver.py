"""A server that outgoing events are sent to, and that does with them what a test wants."""
import http.server
import socket
import struct
import threading
import time

from harness import wait_until


class Received:
    def __init__(self, path, headers, body):
        self.path = path
        self.headers = headers  # Lower-case names.
        self.body = body
        self.at = time.time()

    @property
    def id(self):
        return self.headers["webhook-id"]


class Receiver:
    """Listens on loopback. `answer` is called with each request and its handler; what it returns is answered:
    a status, or (status, headers, body). None: it has answered itself, or means not to."""

    def __init__(self, answer=lambda request, handler: 200, tls=None, host="127.0.0.1"):
        self.answer = answer
        self.requests = []
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                request = Received(self.path, {k.lower(): v for k, v in self.headers.items()}, body)
                outer.requests.append(request)
                reply = outer.answer(request, self)
                if reply is None:
                    self.close_connection = True
                    return
                status, headers, content = reply if isinstance(reply, tuple) else (reply, {}, b"")
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            do_GET = do_CONNECT = do_POST

            def log_message(self, *_):
                pass

        class Server(http.server.ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, *_):
                pass  # Who sends goes away on purpose in some tests.

        self.server = Server((host, 0), Handler)
        if tls is not None:
            self.server.socket = tls.wrap_socket(self.server.socket, server_side=True)
        self.port = self.server.server_address[1]
        self.url = f"{'http' if tls is None else 'https'}://127.0.0.1:{self.port}/events"
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True)
        self.thread.start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()

    def wait(self, n, seconds=30):
        wait_until(lambda: len(self.requests) >= n, f"{n} events have arrived", seconds)
        return self.requests

    def ids(self):
        return [each.id for each in self.requests]


def reset(_, handler):
    """Ends the connection with a RST instead of an answer."""
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    handler.connection.close()


def hang(release):
    """Answers nothing until `release` (a threading.Event) is set."""
    def answer(*_):
        release.wait(60)
    return answer
