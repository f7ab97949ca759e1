// The data of the stand-in, and what a request to a webhook does to it.
import { randomBytes } from 'node:crypto';
import { Afterwards } from './afterwards.mjs';
import { newProtection, newSource, sourceView } from './source_routes.mjs';

const now = () => new Date().toISOString();
const hoursAgo = (hours) => new Date(Date.now() - hours * 3600e3).toISOString();

export class World {
  admins = [];
  sessions = new Map();
  links = new Map();
  webhooks = [];
  spaces = [];
  users = [];
  memberships = [];
  deliveries = []; // Newest first.
  tokens = [];
  audit = [];
  followers = new Set();
  keys = new Map();
  #number = 1;
  #delivery = 0;
  afterwards = new Afterwards(this);

  next = () => this.#number++;
  nextDelivery = () => `1m87${(++this.#delivery).toString(32).padStart(9, '0')}`;

  note(actor, action, target, before = null, after = null) {
    this.audit.unshift({ id: this.next(), at: now(), actor, ip: '127.0.0.1', action, target, before, after });
  }

  addSpace(kind, { title, slug, privacy = 'public', needs_approval = false }) {
    const space = {
      id: this.next(), kind, slug: slug || title.toLowerCase().replace(/\W+/g, '-'), title, privacy, needs_approval, archived: false, created_at: now(), etag: this.tag(),
    };
    this.spaces.push(space);
    return space;
  }

  tag = () => `"${randomBytes(6).toString('hex')}"`;
  members = (space) => this.memberships.filter((m) => m.space === space.id).length;
  newKey(webhook) {
    const key = randomBytes(32).toString('base64url');
    this.keys.set(key, webhook.id);
    webhook.keys.push({ id: webhook.keys.length + 1, created_at: now(), expires_at: null });
    webhook.key = key;
    return key;
  }

  addWebhook(fields) {
    const webhook = {
      id: this.next(), name: '', state: 'active', add_spaces: [], remove_spaces: [], add_courses: [], remove_courses: [], welcome_email: false, keys: [],
      source: newSource(), protection: newProtection(),
      created_at: now(), last_delivery_at: null, etag: this.tag(), ...fields,
    };
    this.newKey(webhook);
    this.webhooks.push(webhook);
    return webhook;
  }

  view(webhook) {
    const mine = this.deliveries.filter((d) => d.webhook.id === webhook.id);
    const titles = (ids) => ids.map((id) => this.spaces.find((s) => s.id === id)?.title ?? `#${id}`).join(', ');
    const summary = [
      webhook.add_courses.length && `enrolls in ${titles(webhook.add_courses)}`, webhook.remove_courses.length && `unenrolls from ${titles(webhook.remove_courses)}`,
      webhook.add_spaces.length && `adds to ${titles(webhook.add_spaces)}`, webhook.remove_spaces.length && `removes from ${titles(webhook.remove_spaces)}`,
      webhook.welcome_email && 'sends the welcome e-mail',
    ].filter(Boolean).join('; ');
    const hours = Array(24).fill(0);
    for (const d of mine) {
      const age = Math.floor((Date.now() - Date.parse(d.received_at)) / 3600e3);
      if (age < 24) hours[23 - age]++;
    }
    const { key, ...rest } = webhook;
    return { ...rest, source: sourceView(webhook.source), summary, hours, ...this.recent(mine), last_delivery_at: mine[0]?.received_at ?? null };
  }

  recent(mine) {
    const since = (hours) => new Date(Math.ceil(Date.now() / 3600e3) * 3600e3 - hours * 3600e3).toISOString();
    const [day_since, week_since] = [since(24), since(168)];
    const held = mine.filter((d) => d.status === 'held');
    return {
      day: this.count(mine.filter((d) => d.received_at >= day_since)), day_since, week: this.count(mine.filter((d) => d.received_at >= week_since)), week_since,
      held: held.length ? { requests: held.length, bytes: held.length * 700, since: held.at(-1).received_at } : null,
      refused: { since: week_since, ip_not_allowed: 0, rate_limited: 0, without_row: 0 },
    };
  }

  count(list) {
    const counts = { processed: 0, rejected: 0, failed: 0, duplicate: 0, ignored: 0, stale: 0, held: 0 };
    for (const { status } of list) counts[status]++;
    return counts;
  }

  receive(key, contentType, text, ip) {
    const webhook = this.webhooks.find((w) => w.id === this.keys.get(key));
    if (!webhook) return { status: 404, reply: { success: false, message: 'There is no such webhook.', code: 'unknown_webhook' } };
    const delivery = this.deliver(webhook, contentType, text, ip, false);
    return { status: delivery.http_status, reply: JSON.parse(delivery.reply.body) };
  }

  // Decides and, unless `dry`, does.
  deliver(webhook, contentType, text, ip, dry, replayOf = null) {
    let fields = {};
    try {
      fields = contentType.includes('json') ? JSON.parse(text) : Object.fromEntries(new URLSearchParams(text));
    } catch {
      // Said below: there is no e-mail.
    }
    const email = String(fields.email ?? '');
    const ok = /^\S+@\S+$/.test(email);
    const id = this.nextDelivery();
    let user = this.users.find((u) => u.email === email.toLowerCase());
    const created = ok && !user;
    const outcomes = ok ? this.#change(webhook, user, created, fields, id, dry) : [];
    user = this.users.find((u) => u.email === email.toLowerCase());
    const message = !ok ? `The field 'email' is no valid address: it has no @.` : created ? 'User created and added to spaces/courses successfully' : 'Existing user found, nothing to change';
    const status = ok ? 200 : 400;
    const reply = JSON.stringify(ok ? { success: true, message, user_id: user?.id ?? 0, created, delivery_id: id } : { success: false, message, code: 'invalid_email' });
    const delivery = {
      id, received_at: now(), webhook: { id: webhook.id, name: webhook.name }, key: 1, dialect: 'rest', remote_ip: ip, content_type: contentType, body_bytes: text.length,
      event: '', email, status: ok ? 'processed' : 'rejected', http_status: status, code: ok ? null : 'invalid_email', message, user: ok && user ? { id: user.id, email: user.email } : null,
      user_created: created, welcome_email: created && webhook.welcome_email, outcomes, duration_us: 3120, replay_of: replayOf, duplicate_of: null, held_until: null, payload: text, payload_complete: true,
      story: [
        { step: 'received', text: `${text.length} bytes of ${contentType} from ${ip}.` }, { step: 'recognised', text: `Key 1 of webhook '${webhook.name}'.` },
        { step: 'decoded', text: ok ? `An event about ${email}.` : message }, ...(ok ? [{ step: 'decided', text: created ? 'The e-mail is new: a user is created.' : 'The user exists and stays untouched.' }] : []),
        { step: 'answered', text: `${status} after 3.1 ms.` },
      ],
      reply: { status, body: reply },
    };
    if (!dry) {
      this.deliveries.unshift(delivery);
      this.afterwards.follow(delivery);
      for (const follow of this.followers) follow(delivery);
    }
    return delivery;
  }

  #change(webhook, known, created, fields, because, dry) {
    let user = known;
    if (created && !dry) {
      user = {
        id: this.next(), email: fields.email.toLowerCase(), login: fields.email.split('@')[0], first_name: fields.first_name ?? '', last_name: fields.last_name ?? '',
        display_name: `${fields.first_name ?? ''} ${fields.last_name ?? ''}`.trim(), administrator: false, created_at: now(),
        role: 'subscriber', meta: fields.order ? { order: fields.order } : {},
      };
      this.users.push(user);
    }
    return [...webhook.add_courses, ...webhook.add_spaces].map((spaceId) => {
      const space = this.spaces.find((s) => s.id === spaceId);
      const is = user && this.memberships.some((m) => m.user === user.id && m.space === spaceId);
      if (user && !is && !dry) this.memberships.push({ user: user.id, space: spaceId, role: space.kind === 'course' ? 'student' : 'member', status: 'active', since: now(), because_of: because });
      return { space_id: spaceId, kind: space.kind, slug: space.slug, title: space.title, result: is ? 'already_member' : 'added', sentence: is ? 'was a member already.' : 'an active membership was made.' };
    });
  }

  // A week of made-up traffic, so that no page is empty.
  fill() {
    const vip = this.addSpace('space', { title: 'VIP Lounge', privacy: 'private' });
    const rust = this.addSpace('course', { title: 'Rust 101' });
    const shop = this.addWebhook({ name: 'Shop', add_spaces: [vip.id], add_courses: [rust.id], welcome_email: true });
    this.addWebhook({ name: 'Refunds', remove_spaces: [vip.id], state: 'paused' });
    for (let n = 0; n < 60; n++) {
      const text = n % 9 === 8 ? 'email=grace' : `email=person${n % 23}%40example.com&first_name=Person&last_name=${n}&user_pass=%5Bredacted%5D`;
      const delivery = this.deliver(shop, 'application/x-www-form-urlencoded', text, '192.0.2.7', false);
      delivery.received_at = hoursAgo((60 - n) * 2.5);
      if (n % 25 === 24) Object.assign(delivery, { status: 'failed', http_status: 500, message: 'Something went wrong on our side; nothing was changed.' });
      if (n % 13 === 12) Object.assign(delivery, { status: 'duplicate', duplicate_of: this.deliveries.at(-1).id });
    }
  }
}
