// What the stand-in does after a delivery: an outbox that performs its rows, endpoints that get real signed requests,
// mail that goes nowhere, and the operator's scripts, which are listed but not run. Settings come from the environment,
// by the names that the real program has: POSTERN_MAIL_TRANSPORT, POSTERN_HOOKS_FOLDER.
import { createHmac, randomBytes } from 'node:crypto';
import { readFileSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

const now = () => new Date().toISOString();
const later = (seconds) => new Date(Date.now() + seconds * 1000).toISOString();
const mostTries = 3;

export const eventTypes = [
  ['user.created', 'A delivery created a user.', { user: { id: 7, email: 'ada@example.com' } }],
  ['membership.added', 'A user became a member of a space, or a student of a course.', { user: { id: 7 }, space: { id: 3, slug: 'vip-lounge' } }],
  ['membership.removed', 'A user is no longer a member of a space, or a student of a course.', { user: { id: 7 }, space: { id: 3, slug: 'vip-lounge' } }],
  ['delivery.processed', 'A delivery was processed.', { delivery: { id: '1m87pba6b0000', status: 'processed' } }],
  ['delivery.failed', 'A delivery was rejected, or failed.', { delivery: { id: '1m87pba6t0000', status: 'rejected' } }],
].map(([type, about, data]) => ({ type, about, example: { type, timestamp: '2026-11-24T21:10:50Z', data } }));

export class Afterwards {
  rows = []; // Newest first.
  endpoints = [];
  mail = process.env.POSTERN_MAIL_TRANSPORT ?? 'none';
  scripts = process.env.POSTERN_HOOKS_FOLDER ?? '';

  constructor(world) {
    this.world = world;
    this.timer = setInterval(() => this.#work(), 100);
    this.timer.unref();
  }

  add(kind, fields) {
    const row = {
      id: this.world.next(), kind, state: 'waiting', running: false, attempts: 0, created_at: now(), due_at: now(), finished_at: null, note: '', delivery: null, user: null,
      endpoint: null, event_type: null, event_id: null, data: null, tries: [], ...fields,
    };
    this.rows.unshift(row);
    return row;
  }

  // Rejected deliveries are an event too.
  follow(delivery) {
    const cause = { delivery: delivery.id, user: delivery.user };
    if (delivery.welcome_email && this.mail !== 'none') this.add('welcome_email', cause);
    if (this.scripts && delivery.status === 'processed') this.add('processed_hook', cause);
    if (this.endpoints.length) this.add('events', { ...cause, of: delivery });
  }

  files() {
    if (!this.scripts) return [];
    return readdirSync(this.scripts).filter((name) => name.endsWith('.lua')).map((name) => {
      const text = readFileSync(join(this.scripts, name), 'utf8').replace(/--.*$/gm, '');
      const functions = [...text.matchAll(/^function (incoming_webhook_\w+)/gm)].map(([, found]) => found);
      const ok = (text.match(/\b(function|if|for|while)\b/g) ?? []).length === (text.match(/\bend\b/g) ?? []).length;
      const webhook = this.world.webhooks.find((one) => name === `webhook-${one.id}.lua`);
      return {
        name, webhook: webhook ? { id: webhook.id, name: webhook.name } : null, functions: ok ? functions : [], ok, error: ok ? null : `${name}:9: 'end' expected near <eof>`,
        changed_at: statSync(join(this.scripts, name)).mtime.toISOString(), runs: this.rows.filter(({ kind }) => kind === 'processed_hook').length, errors: 0, last_error: null,
      };
    });
  }

  // A test, or an event: the same request.
  async send(endpoint, id, body) {
    const timestamp = String(Math.floor(Date.now() / 1000));
    const signatures = endpoint.keys.filter(({ expires_at }) => !expires_at || expires_at > now()).map(({ secret }) => {
      const key = Buffer.from(secret.slice('whsec_'.length), 'base64');
      return `v1,${createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64')}`;
    });
    const headers = { 'Content-Type': 'application/json', 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': signatures.join(' ') };
    try {
      const answer = await fetch(endpoint.url, { method: 'POST', headers, body, redirect: 'manual', signal: AbortSignal.timeout(5000) });
      return { ok: answer.ok, status: answer.status, detail: `The receiver answered ${answer.status}.`, response: (await answer.text()).slice(0, 4096) };
    } catch (error) {
      return { ok: false, status: null, detail: `There was no answer: ${error.cause?.code ?? error.name}. Check the URL and whether the receiver runs.`, response: null };
    }
  }

  newKey(endpoint, seconds) {
    const last = endpoint.keys.at(0);
    if (last) last.expires_at = later(seconds);
    const secret = `whsec_${randomBytes(32).toString('base64')}`;
    endpoint.keys.unshift({ id: endpoint.keys.length + 1, created_at: now(), expires_at: null, secret });
    return secret;
  }

  view(endpoint) {
    const mine = this.rows.filter((row) => row.endpoint?.id === endpoint.id);
    const count = (state) => mine.filter((row) => row.state === state).length;
    return { ...endpoint, keys: endpoint.keys.map(({ secret, ...key }) => key), waiting: count('waiting'), dead: count('dead') };
  }

  #work() {
    for (const row of this.rows) {
      if (row.state !== 'waiting' || row.running || row.due_at > now()) continue;
      if (row.kind === 'event' && this.endpoints.find(({ id }) => id === row.endpoint.id)?.state === 'paused') continue;
      row.running = true;
      row.attempts++;
      const at = now();
      void this.#perform(row).then((tried) => this.#settle(row, at, tried));
    }
  }

  async #perform(row) {
    if (row.kind === 'event') {
      const endpoint = this.endpoints.find(({ id }) => id === row.endpoint.id);
      if (!endpoint) return { skip: true, detail: 'The endpoint has been deleted.' };
      const tried = await this.send(endpoint, row.event_id, JSON.stringify(row.data));
      Object.assign(endpoint, tried.ok ? { last_success_at: now(), state: 'active', problem: null } : { last_failure_at: now(), state: 'failing', problem: tried.detail });
      if (tried.status === 410) Object.assign(endpoint, { state: 'paused', problem: 'The receiver answered 410: it wants no more events.' });
      return tried;
    }
    if (row.kind === 'events') return this.#expand(row);
    if (row.kind === 'processed_hook') return { ok: true, detail: 'shop.lua ran.', response: 'log: welcomed' };
    if (row.user?.email.startsWith('bounce')) return { ok: false, over: true, status: 550, detail: 'The mail server refused the address: 550 5.1.1 no such user.', response: '550 5.1.1 no such user' };
    return { ok: true, status: 250, detail: `Sent to ${row.user?.email}.`, response: '250 2.0.0 queued as 4F1' };
  }

  #expand(row) {
    const { of, ...cause } = row;
    const found = [
      ...(of.user_created ? [['user.created', { user: of.user }]] : []),
      ...of.outcomes.filter(({ result }) => result === 'added').map(({ space_id, slug }) => ['membership.added', { user: of.user, space: { id: space_id, slug } }]),
      [of.status === 'processed' ? 'delivery.processed' : 'delivery.failed', { delivery: { id: of.id, status: of.status, message: of.message } }],
    ];
    let made = 0;
    found.forEach(([type, data], index) => {
      for (const endpoint of this.endpoints) {
        if (endpoint.events.length && !endpoint.events.includes(type)) continue;
        made++;
        const to = { id: endpoint.id, name: endpoint.name };
        this.add('event', { delivery: cause.delivery, user: cause.user, endpoint: to, event_type: type, event_id: `evt_${of.id}_${index + 1}`, data: { type, timestamp: now(), data } });
      }
    });
    return { ok: true, detail: `${made} events were made.` };
  }

  #settle(row, at, { ok, skip, over, status = null, detail, response = null }) {
    row.tries.push({ at, ok: Boolean(ok || skip), status, duration_ms: Date.now() - Date.parse(at), note: detail, response });
    row.running = false;
    row.note = detail;
    if (!ok && !skip && !over && row.attempts < mostTries) row.due_at = later(60);
    else Object.assign(row, { state: skip ? 'skipped' : ok ? 'done' : 'dead', finished_at: now(), due_at: null });
  }
}
