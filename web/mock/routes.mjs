// The routes of the stand-in: [method, pattern, act, open]. `act` returns the body, {status, body}, or nothing (204).
import { randomBytes } from 'node:crypto';
import { afterwardsRoutes } from './afterwards_routes.mjs';
import { fail, find, invalid, matches, page } from './answers.mjs';
import { changeSettings, sourceRoutes } from './source_routes.mjs';

const shape = (world, session) => ({ state: session?.state ?? (world.admins.length ? 'anonymous' : 'setup'), csrf: session?.csrf ?? null, admin: session?.state === 'active' ? view(session.admin) : null, version: '0.1.0' });
const view = ({ password, ...admin }) => admin;
const addAdmin = (world, fields) => {
  const admin = { id: world.next(), email: '', name: '', role: 'owner', disabled: false, totp: false, created_at: new Date().toISOString(), last_login_at: null, pending: false, ...fields };
  world.admins.push(admin);
  return admin;
};
const link = (world, origin, kind, admin) => {
  const token = randomBytes(32).toString('base64url');
  world.links.set(token, { kind, email: admin.email, name: admin.name, admin });
  return `${origin}/admin/setup#${token}`;
};
const urlOf = (origin, webhook) => `${origin}/wp-json/fluent-community/v2/webhook/${webhook.key}`;
const isSet = (value) => value !== null && value !== undefined && value !== '';
const filterOf = (world, f) => world.deliveries.filter((d) =>
  (!isSet(f.webhook) || String(d.webhook.id) === String(f.webhook)) && (!isSet(f.status) || d.status === f.status) && (!isSet(f.email) || d.email === f.email) &&
  (!isSet(f.since) || d.received_at >= f.since) && (!isSet(f.until) || d.received_at <= f.until) && (!isSet(f.text) || JSON.stringify(d).toLowerCase().includes(f.text.toLowerCase())));
const brief = ({ story, reply, payload, ...delivery }) => ({ ...delivery, payload: null });
const spaceView = (world, space) => ({ ...space, members: world.members(space) });
const membershipOf = (world, m) => {
  const { id, kind, slug, title } = find(world.spaces, m.space);
  return { space: { id, kind, slug, title }, role: m.role, status: m.status, since: m.since, because_of: m.because_of };
};
const replay = (world, d, dry) => world.deliver(find(world.webhooks, d.webhook.id), d.content_type, d.payload, d.remote_ip, dry, d.id);
const setting = (key, value, origin, about, expects, standard) => ({ key, value, origin, about, expects, default: standard });

const account = [
  ['GET', /^\/session$/, ({ world, session }) => shape(world, session), true],
  ['POST', /^\/session$/, ({ world, body, logIn }) => {
    const admin = world.admins.find((a) => a.email === body.email && a.password === body.password);
    if (!admin) throw fail(401, 'wrong_credentials', 'E-mail or password is wrong. Check both and try again.');
    const session = logIn(admin);
    if (admin.totp) session.state = 'totp';
    return shape(world, session);
  }, true],
  ['POST', /^\/session\/totp$/, ({ world, session, body }) => {
    if (!/^\d{6}$/.test(body.code)) throw fail(401, 'wrong_credentials', 'The code is wrong or was used before. Wait for the next one.');
    session.state = 'active';
    return shape(world, session);
  }, true],
  ['DELETE', /^\/session$/, ({ world, session }) => void (session && world.sessions.delete(session.id)), true],
  ['GET', /^\/setup\/(.+)$/, ({ world, args }) => {
    const found = world.links.get(args[0]);
    if (!found) throw fail(404, 'not_found', 'This link is not valid: it has been used, or its time is over.');
    return { kind: found.kind, email: found.email, name: found.name };
  }, true],
  ['POST', /^\/setup\/(.+)$/, ({ world, args, body, logIn }) => {
    const found = world.links.get(args[0]);
    if (!found) throw fail(404, 'not_found', 'This link is not valid: it has been used, or its time is over.');
    if (body.password.length < 12) throw invalid('password', 'It is too short: at least 12 characters.');
    if (body.password === 'passwordpassword') throw invalid('password', 'It is one of the most common passwords. Choose another.');
    world.links.delete(args[0]);
    const admin = found.admin ?? addAdmin(world, { email: body.email, name: body.name });
    Object.assign(admin, { password: body.password, pending: false });
    world.note(admin.email, 'admin.setup', admin.email);
    return shape(world, logIn(admin));
  }, true],
  ['GET', /^\/me$/, ({ session }) => view(session.admin)],
  ['PATCH', /^\/me$/, ({ session, body }) => view(Object.assign(session.admin, { name: body.name }))],
  ['POST', /^\/me\/password$/, ({ session, body }) => {
    if (body.current !== session.admin.password) throw invalid('current', 'This is not your current password.');
    session.admin.password = body.new;
  }],
  ['POST', /^\/me\/totp$/, ({ session, body }) => {
    if (body.password !== session.admin.password) throw invalid('password', 'This is not your password.');
    return { secret: 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP', uri: `otpauth://totp/Postern:${session.admin.email}?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP&issuer=Postern` };
  }],
  ['POST', /^\/me\/totp\/confirm$/, ({ session, body }) => {
    if (!/^\d{6}$/.test(body.code)) throw invalid('code', 'The code is wrong. Check the clock of your device.');
    session.admin.totp = true;
    return { recovery_codes: Array.from({ length: 10 }, () => randomBytes(5).toString('hex')) };
  }],
  ['DELETE', /^\/me\/totp$/, ({ session }) => void (session.admin.totp = false)],
  ['GET', /^\/me\/sessions$/, ({ world, session, request }) => ({ items: [...world.sessions.values()].filter((s) => s.admin === session.admin).map((s) => ({ id: s.id.slice(0, 8), current: s === session, created_at: s.at, last_seen_at: new Date().toISOString(), ip: '127.0.0.1', user_agent: request.headers['user-agent'] })) })],
  ['DELETE', /^\/me\/sessions\/(.+)$/, ({ world, args }) => void [...world.sessions.keys()].filter((id) => id.startsWith(args[0])).forEach((id) => world.sessions.delete(id))],
  ['GET', /^\/admins$/, ({ world }) => ({ items: world.admins.map(view) })],
  ['POST', /^\/admins$/, ({ world, body, origin }) => {
    if (!body.email.includes('@')) throw invalid('email', 'It is no valid address: it has no @.');
    const admin = addAdmin(world, { ...body, pending: true });
    return { status: 201, body: { admin: view(admin), link: link(world, origin, 'invite', admin) } };
  }],
  ['PATCH', /^\/admins\/(\d+)$/, ({ world, args, body }) => view(Object.assign(find(world.admins, args[0]), body))],
  ['DELETE', /^\/admins\/(\d+)$/, ({ world, args }) => void (world.admins = world.admins.filter((a) => String(a.id) !== args[0]))],
  ['POST', /^\/admins\/(\d+)\/reset$/, ({ world, args, origin }) => ({ link: link(world, origin, 'reset', find(world.admins, args[0])) })],
  ['DELETE', /^\/admins\/(\d+)\/sessions$/, () => undefined],
  ['GET', /^\/tokens$/, ({ world }) => ({ items: world.tokens })],
  ['POST', /^\/tokens$/, ({ world, body, session }) => {
    const token = { id: world.next(), name: body.name, scopes: body.scopes, created_at: new Date().toISOString(), created_by: session.admin.email, expires_at: body.expires_at ?? null, last_used_at: null };
    world.tokens.push(token);
    return { status: 201, body: { token, secret: `pst_${randomBytes(24).toString('base64url')}` } };
  }],
  ['DELETE', /^\/tokens\/(\d+)$/, ({ world, args }) => void (world.tokens = world.tokens.filter((t) => String(t.id) !== args[0]))],
  ['GET', /^\/audit$/, ({ world, query }) => page(world.audit.filter((a) => a.action.includes(query.get('action') ?? '') && a.actor.includes(query.get('actor') ?? '')), query)],
];

const fields = ['name', 'add_spaces', 'remove_spaces', 'add_courses', 'remove_courses', 'welcome_email'];
const webhooks = [
  ['GET', /^\/webhooks$/, ({ world, query }) => ({ items: world.webhooks.filter((w) => w.name.toLowerCase().includes((query.get('search') ?? '').toLowerCase())).map((w) => world.view(w)) })],
  ['POST', /^\/webhooks$/, ({ world, body, origin, session }) => {
    if (world.webhooks.some((w) => w.name === body.name)) throw invalid('name', 'There is a webhook of that name already.');
    const webhook = world.addWebhook(Object.fromEntries(fields.filter((f) => f in body).map((f) => [f, body[f]])));
    changeSettings(webhook, body);
    world.note(session.admin.email, 'webhook.create', webhook.name, null, body);
    return { status: 201, body: { webhook: world.view(webhook), url: urlOf(origin, webhook) } };
  }],
  ['GET', /^\/webhooks\/(\d+)$/, ({ world, args }) => world.view(find(world.webhooks, args[0]))],
  ['PATCH', /^\/webhooks\/(\d+)$/, ({ world, args, body, etag, session }) => {
    const webhook = find(world.webhooks, args[0]);
    matches(webhook, etag, (w) => world.view(w));
    const before = Object.fromEntries(fields.map((f) => [f, webhook[f]]));
    const { source, protection, ...rest } = body;
    changeSettings(webhook, { source, protection });
    Object.assign(webhook, rest, { etag: world.tag() });
    world.note(session.admin.email, 'webhook.edit', webhook.name, before, body);
    return world.view(webhook);
  }],
  ['DELETE', /^\/webhooks\/(\d+)$/, ({ world, args, etag }) => {
    matches(find(world.webhooks, args[0]), etag);
    world.webhooks = world.webhooks.filter((w) => String(w.id) !== args[0]);
  }],
  ['POST', /^\/webhooks\/(\d+)\/(pause|resume|disable)$/, ({ world, args }) => world.view(Object.assign(find(world.webhooks, args[0]), { state: { pause: 'paused', resume: 'active', disable: 'disabled' }[args[1]], etag: world.tag() }))],
  ['POST', /^\/webhooks\/(\d+)\/rotate$/, ({ world, args, origin }) => {
    const webhook = find(world.webhooks, args[0]);
    webhook.keys.at(-1).expires_at = new Date(Date.now() + 864e5).toISOString();
    world.newKey(webhook);
    return { url: urlOf(origin, webhook), webhook: world.view(webhook) };
  }],
  ['POST', /^\/webhooks\/(\d+)\/reveal$/, ({ world, args, origin }) => ({ url: urlOf(origin, find(world.webhooks, args[0])) })],
  ['POST', /^\/webhooks\/(\d+)\/test$/, ({ world, args, body }) => {
    const delivery = world.deliver(find(world.webhooks, args[0]), body.content_type, body.body, '127.0.0.1', body.dry_run);
    return { delivery, others: [], proof: null, reply: delivery.reply };
  }],
];

const kindOf = (plural) => plural.slice(0, -1);
const spaces = [
  ['GET', /^\/(spaces|courses)$/, ({ world, args, query }) => ({ items: world.spaces.filter((s) => s.kind === kindOf(args[0]) && (!query.has('archived') || String(s.archived) === query.get('archived')) && s.title.toLowerCase().includes((query.get('search') ?? '').toLowerCase())).map((s) => spaceView(world, s)) })],
  ['POST', /^\/(spaces|courses)$/, ({ world, args, body }) => ({ status: 201, body: spaceView(world, world.addSpace(kindOf(args[0]), body)) })],
  ['GET', /^\/(spaces|courses)\/(\d+)$/, ({ world, args }) => spaceView(world, find(world.spaces, args[1]))],
  ['PATCH', /^\/(spaces|courses)\/(\d+)$/, ({ world, args, body, etag }) => {
    const space = find(world.spaces, args[1]);
    matches(space, etag, (s) => spaceView(world, s));
    return spaceView(world, Object.assign(space, body, { etag: world.tag() }));
  }],
  ['DELETE', /^\/(spaces|courses)\/(\d+)$/, ({ world, args, etag }) => {
    matches(find(world.spaces, args[1]), etag);
    world.spaces = world.spaces.filter((s) => String(s.id) !== args[1]);
    world.memberships = world.memberships.filter((m) => String(m.space) !== args[1]);
  }],
  ['GET', /^\/(spaces|courses)\/(\d+)\/members$/, ({ world, args, query }) => page(world.memberships.filter((m) => String(m.space) === args[1]).map(({ user, space, ...m }) => ({ user: find(world.users, user), ...m })), query)],
];

const users = [
  ['GET', /^\/users$/, ({ world, query }) => page(world.users.filter((u) => JSON.stringify(u).toLowerCase().includes((query.get('search') ?? '').toLowerCase()) && (!query.get('space') || world.memberships.some((m) => m.user === u.id && String(m.space) === query.get('space')))), query)],
  ['GET', /^\/users\/(\d+)$/, ({ world, args }) => ({ ...find(world.users, args[0]), memberships: world.memberships.filter((m) => String(m.user) === args[0]).map((m) => membershipOf(world, m)) })],
  ['GET', /^\/users\/(\d+)\/deliveries$/, ({ world, args, query }) => page(world.deliveries.filter((d) => String(d.user?.id) === args[0]).map(brief), query)],
  ['PUT', /^\/users\/(\d+)\/memberships\/(\d+)$/, ({ world, args, body }) => {
    const membership = { user: Number(args[0]), space: Number(args[1]), role: 'member', status: 'active', ...body, since: new Date().toISOString(), because_of: null };
    world.memberships = [...world.memberships.filter((m) => m.user !== membership.user || m.space !== membership.space), membership];
    return membershipOf(world, membership);
  }],
  ['DELETE', /^\/users\/(\d+)\/memberships\/(\d+)$/, ({ world, args }) => void (world.memberships = world.memberships.filter((m) => String(m.user) !== args[0] || String(m.space) !== args[1]))],
  ['GET', /^\/users\/(\d+)\/export$/, ({ world, args, response }) => response.writeHead(200, { 'Content-Disposition': 'attachment; filename="user.json"', 'Content-Type': 'application/json' }).end(JSON.stringify(find(world.users, args[0])))],
  ['POST', /^\/users\/(\d+)\/erase$/, ({ world, args, body }) => {
    const user = find(world.users, args[0]);
    if (body.email !== user.email) throw invalid('email', 'It is not the e-mail of this user.');
    const mine = world.deliveries.filter((d) => d.user?.id === user.id);
    for (const d of mine) Object.assign(d, { email: '', payload: null, remote_ip: '', user: null });
    world.users = world.users.filter((u) => u !== user);
    world.memberships = world.memberships.filter((m) => m.user !== user.id);
    return { deliveries_erased: mine.length };
  }],
];

const deliveries = [
  ['GET', /^\/deliveries$/, ({ world, query }) => ({ ...page(filterOf(world, Object.fromEntries(query)).map(brief), query), searched_back_to: world.deliveries.at(-1)?.received_at ?? null })],
  ['GET', /^\/deliveries\/export$/, ({ world, query, response }) => response.writeHead(200, { 'Content-Disposition': `attachment; filename="deliveries.${query.get('format')}"`, 'Content-Type': 'text/plain' }).end(filterOf(world, Object.fromEntries(query)).map((d) => JSON.stringify(d)).join('\n'))],
  ['GET', /^\/deliveries\/stream$/, ({ world, query, request, response }) => {
    response.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store' });
    response.write(': hello\n\n');
    const follow = (d) => (!query.get('webhook') || String(d.webhook.id) === query.get('webhook')) && response.write(`id: ${d.id}\nevent: delivery\ndata: ${JSON.stringify(brief(d))}\n\n`);
    world.followers.add(follow);
    request.on('close', () => world.followers.delete(follow));
  }],
  ['POST', /^\/deliveries\/replay$/, ({ world, body }) => {
    const list = body.ids ? world.deliveries.filter((d) => body.ids.includes(d.id)) : filterOf(world, body.filter);
    const able = list.filter((d) => d.payload !== null);
    const results = world.count(able.map((d) => replay(world, d, body.dry_run)));
    return { matched: list.length, replayed: body.dry_run ? 0 : able.length, results, not_replayable: list.length - able.length, dry_run: body.dry_run };
  }],
  ['POST', /^\/deliveries\/(\w+)\/replay$/, ({ world, args, body }) => ({ delivery: replay(world, find(world.deliveries, args[0]), body.dry_run) })],
  ['GET', /^\/deliveries\/(\w+)$/, ({ world, args }) => ({ ...find(world.deliveries, args[0]), effects: world.afterwards.rows.filter((row) => row.delivery === args[0]).map(({ data, tries, of, ...row }) => row) })],
];

const other = [
  ['GET', /^\/overview$/, ({ world }) => {
    const dates = Array.from({ length: 7 }, (_, n) => new Date(Date.now() - (6 - n) * 864e5).toISOString().slice(0, 10));
    const on = (date, list) => list.filter((d) => d.received_at.startsWith(date));
    return {
      days: dates.map((date) => ({ date, ...world.count(on(date, world.deliveries)), new_members: on(date, world.deliveries).filter((d) => d.user_created).length })),
      webhooks: world.webhooks.map((w) => ({ id: w.id, name: w.name, state: w.state, held: world.deliveries.filter((d) => d.webhook.id === w.id && d.status === 'held').length, days: dates.map((date) => on(date, world.deliveries.filter((d) => d.webhook.id === w.id)).length) })),
      attention: [
        { kind: 'public_url', text: 'server.public_url is not set: URLs begin with the address you use now.', link: '/settings' },
        ...(world.afterwards.mail === 'none' ? [{ kind: 'mail', text: 'No mail server is configured: welcome e-mails are not sent.', link: '/mail' }] : []),
        ...world.webhooks.filter((w) => world.view(w).source.warnings.length).map((w) => ({ kind: 'secret', text: `'${w.name}' has no secret to prove its requests with, so all of them are refused. Enter the one that its sender shows.`, link: `/webhooks/${w.id}?tab=source` })),
        ...(world.deliveries.some((d) => d.status === 'failed') ? [{ kind: 'failed', text: 'Some deliveries failed in the last 24 hours.', link: '/deliveries?status=failed' }] : []),
      ],
      counts: { users: world.users.length, spaces: world.spaces.filter((s) => s.kind === 'space').length, courses: world.spaces.filter((s) => s.kind === 'course').length, webhooks: world.webhooks.length, deliveries: world.deliveries.length, outbox: world.afterwards.rows.filter(({ state }) => state === 'waiting').length },
    };
  }],
  ['GET', /^\/settings$/, ({ origin }) => ({
    items: [
      setting('server.listen', '127.0.0.1:8080', 'default', 'Where the server listens.', 'host:port', '127.0.0.1:8080'),
      setting('server.public_url', '', 'default', 'What the URLs begin with that are handed out.', 'https://…', ''),
      setting('limits.body', '1 MiB', 'file postern.toml, line 4', 'The largest body of a request.', '1 KiB to 64 MiB', '512 KiB'),
      setting('retention.days', '30', 'environment POSTERN_RETENTION_DAYS', 'How long deliveries are kept.', '1 to 3650', '30'),
    ],
    version: '0.1.0', started_at: new Date(Date.now() - 36e5).toISOString(), listen: '127.0.0.1:8080', public_url: origin,
  })],
  ['POST', /^\/mock\/fill$/, ({ world }) => void world.fill(), true],
];

export const routes = [...account, ...webhooks, ...sourceRoutes, ...spaces, ...users, ...deliveries, ...afterwardsRoutes, ...other];
