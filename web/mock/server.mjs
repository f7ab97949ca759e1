// A stand-in for the server while pages are written: the contract of /api/v1 in memory, with data of its own, and the
// built pages of dist/ under the same headers as the real ones. Node's standard library only; never shipped.
//   node mock/server.mjs [--port 8080] [--dist dist]
import { randomBytes } from 'node:crypto';
import { readFileSync, existsSync } from 'node:fs';
import { createServer } from 'node:http';
import { dirname, extname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { routes } from './routes.mjs';
import { World } from './world.mjs';

const argument = (name, otherwise) => {
  const at = process.argv.indexOf(`--${name}`);
  return at < 0 ? otherwise : process.argv[at + 1];
};
const here = dirname(fileURLToPath(import.meta.url));
const dist = argument('dist', join(here, '..', 'dist'));
const world = new World();
const setupToken = randomBytes(32).toString('base64url');
world.links.set(setupToken, { kind: 'first', email: null, name: null });

const csp =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";
const types = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css', '.svg': 'image/svg+xml' };

function page(path, response) {
  const name = path.startsWith('/admin/assets/') ? normalize(path.slice('/admin/'.length)) : 'index.html';
  const file = join(dist, name);
  if (!file.startsWith(dist) || !existsSync(file)) return response.writeHead(404).end();
  response.writeHead(200, {
    'Content-Type': `${types[extname(file)] ?? 'application/octet-stream'}; charset=utf-8`,
    'Content-Security-Policy': csp,
    'X-Content-Type-Options': 'nosniff',
    'Referrer-Policy': 'no-referrer',
  });
  return response.end(readFileSync(file));
}

function problem(response, status, code, detail, more = {}) {
  response.writeHead(status, { 'Content-Type': 'application/problem+json; charset=utf-8', 'Cache-Control': 'no-store' });
  response.end(JSON.stringify({ type: 'about:blank', title: code, status, code, detail, ...more }));
}

async function body(request) {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

const cookieOf = (request) => /postern_session=([\w-]+)/.exec(request.headers.cookie ?? '')?.[1];

async function api(request, response, url) {
  const path = url.pathname.slice('/api/v1'.length);
  const session = world.sessions.get(cookieOf(request)) ?? null;
  const found = routes.map(([method, pattern, act, open]) => ({ method, act, open, match: pattern.exec(path) })).find((r) => r.match && r.method === request.method);
  if (!found) return problem(response, 404, 'not_found', `There is no ${request.method} ${path}.`);
  if (!found.open && session?.state !== 'active') return problem(response, 401, 'unauthenticated', 'You are not logged in, or your session has ended. Log in.');
  if (request.method !== 'GET' && session && request.headers['x-csrf-token'] !== session.csrf) return problem(response, 403, 'csrf', 'The CSRF token is missing or wrong.');
  const text = await body(request);
  const context = {
    world, session, query: url.searchParams, etag: request.headers['if-match'], request, response,
    origin: `http://${request.headers.host}`, args: found.match.slice(1).map(decodeURIComponent),
    body: text ? JSON.parse(text) : {},
    logIn: (admin) => {
      const id = randomBytes(16).toString('hex');
      world.sessions.set(id, { id, csrf: randomBytes(16).toString('hex'), state: 'active', admin, at: new Date().toISOString() });
      response.setHeader('Set-Cookie', `postern_session=${id}; HttpOnly; SameSite=Strict; Path=/`);
      return world.sessions.get(id);
    },
  };
  try {
    const result = await found.act(context);
    if (response.headersSent) return undefined;
    if (result === undefined) return response.writeHead(204).end();
    const whole = typeof result.status === 'number'; // A delivery has a status too, but it is a word.
    response.writeHead(whole ? result.status : 200, { 'Content-Type': 'application/json; charset=utf-8', 'Cache-Control': 'no-store' });
    return response.end(JSON.stringify(whole ? result.body : result));
  } catch (error) {
    if (!error.status) throw error;
    return problem(response, error.status, error.code, error.detail, error.more);
  }
}

const server = createServer(async (request, response) => {
  const url = new URL(request.url, 'http://localhost');
  const webhook = /^\/wp-json\/fluent-community\/v2\/webhook\/([\w-]+)$/.exec(url.pathname);
  if (webhook) {
    const { status, reply } = world.receive(webhook[1], request.headers['content-type'] ?? '', await body(request), request.socket.remoteAddress);
    response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(reply));
  } else if (url.pathname.startsWith('/api/v1/')) {
    await api(request, response, url);
  } else if (url.pathname === '/') {
    response.writeHead(303, { Location: '/admin/' }).end();
  } else {
    page(url.pathname, response);
  }
});
server.listen(Number(argument('port', '0')), '127.0.0.1', () => {
  console.log(`Admin: http://127.0.0.1:${server.address().port}/admin/setup#${setupToken}`);
});
