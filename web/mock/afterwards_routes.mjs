// The routes for what happens after a delivery: outbox, mail, endpoints, scripts.
import { eventTypes } from './afterwards.mjs';
import { fail, find, invalid, matches, page } from './answers.mjs';

const brief = ({ data, tries, of, ...row }) => row;
const same = (query, name, value) => !query.get(name) || query.get(name) === String(value ?? '');
const listed = (rows, query) => rows.filter((row) =>
  same(query, 'kind', row.kind) && same(query, 'state', row.state) && same(query, 'delivery', row.delivery) && same(query, 'user', row.user?.id) && same(query, 'endpoint', row.endpoint?.id));
const again = (row) => {
  if (row.running) throw fail(409, 'conflict', 'It is being tried at this moment. Wait for what comes of it.');
  return Object.assign(row, { state: 'waiting', attempts: 0, due_at: new Date().toISOString(), finished_at: null });
};
const mayManage = (session) => session.admin.role !== 'viewer';

const outbox = [
  ['GET', /^\/outbox$/, ({ world, query }) => page(listed(world.afterwards.rows, query).map(brief), query)],
  ['GET', /^\/outbox\/counts$/, ({ world }) => {
    const counts = new Map();
    for (const { kind, state } of world.afterwards.rows) counts.set(`${kind} ${state}`, (counts.get(`${kind} ${state}`) ?? 0) + 1);
    return { items: [...counts].map(([key, n]) => ({ kind: key.split(' ')[0], state: key.split(' ')[1], n })) };
  }],
  ['GET', /^\/outbox\/(\d+)$/, ({ world, args, session }) => {
    const { of, ...row } = find(world.afterwards.rows, args[0]);
    return { ...row, data: mayManage(session) ? row.data : null, tries: row.tries.map((one) => ({ ...one, response: mayManage(session) ? one.response : null })) };
  }],
  ['POST', /^\/outbox\/(\d+)\/retry$/, ({ world, args }) => brief(again(find(world.afterwards.rows, args[0])))],
  ['POST', /^\/outbox\/retry$/, ({ world, body }) => {
    const dead = world.afterwards.rows.filter((row) => row.state === 'dead' && row.kind === body.kind && (!body.endpoint || row.endpoint?.id === body.endpoint));
    dead.forEach(again);
    return { retried: dead.length };
  }],
];

const variables = [
  ['site_name', 'The name of the site.', 'Example Community'], ['login', 'What the person logs in with.', 'ada'], ['first_name', 'Their first name; may be empty.', 'Ada'],
  ['set_password_url', 'The one-time link with which they set a password.', 'https://members.example.com/account/set-password/…'], ['login_url', 'Where they log in.', 'https://members.example.com/account/login'],
].map(([name, about, example]) => ({ name, about, example }));
const bodies = {
  welcome: {
    subject: '[{{site_name}}] Login Details', text: 'Username: {{login}}\n\nTo set your password, visit the following address:\n\n{{set_password_url}}\n\n{{login_url}}\n',
    html: '<style>h1 { color: #17653a; }</style>\n<body style="background: #f6f7f9">\n<h1>Welcome{{#first_name}}, {{first_name}}{{/first_name}}</h1>\n<p style="font-size: 16px">Username: <b>{{login}}</b></p>\n<p><a href="{{set_password_url}}">Set your password</a></p>\n<img src="https://example.com/pixel.png" alt="a picture">\n</body>\n',
  },
  password: { subject: '[{{site_name}}] Password Reset', text: 'Username: {{login}}\n\n{{set_password_url}}\n', html: '' },
};
const custom = new Map();
const escape = (text) => text.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);
const template = (name) => ({
  name, about: name === 'welcome' ? 'Goes to a user whom a delivery created.' : 'Goes to a user who has forgotten the password.', variables,
  parts: Object.fromEntries(Object.entries(bodies[name]).map(([part, body]) => [part, { body: custom.get(`${name} ${part}`) ?? body, custom: custom.has(`${name} ${part}`) }])),
});
function render(part, text) {
  const known = (name) => variables.find((one) => one.name === name);
  for (const [, name] of text.matchAll(/\{\{[#^/]?\s*(\w+)\s*\}\}/g)) if (!known(name)) throw invalid(part, `There is no '${name}'. It can be ${variables.map((one) => one.name).join(', ')}.`);
  if ((text.match(/\{\{/g) ?? []).length !== (text.match(/\}\}/g) ?? []).length) throw invalid(part, "There is a '{{' without a '}}'.");
  return text.replace(/\{\{#(\w+)\}\}([^]*?)\{\{\/\1\}\}/g, '$2').replace(/\{\{\^(\w+)\}\}([^]*?)\{\{\/\1\}\}/g, '')
    .replace(/\{\{\s*(\w+)\s*\}\}/g, (_, name) => (part === 'html' ? escape(known(name).example) : known(name).example));
}
const checkedParts = (body) => {
  for (const [part, text] of Object.entries(body)) if (typeof text === 'string') render(part, text);
};
const mail = [
  ['GET', /^\/mail$/, ({ world }) => ({
    transport: world.afterwards.mail, from: world.afterwards.mail === 'none' ? '' : 'gate@members.example.com', from_name: world.afterwards.mail === 'none' ? '' : 'Example Community',
    server: world.afterwards.mail === 'smtp' ? 'mail.example.com:587' : null, problem: null, templates: Object.keys(bodies).map(template),
  })],
  ['POST', /^\/mail\/preview$/, ({ body }) => Object.fromEntries(['subject', 'text', 'html'].map((part) => [part, render(part, body[part] ?? template(body.template).parts[part].body)]))],
  ['PUT', /^\/mail\/templates\/(\w+)$/, ({ args, body, world, session }) => {
    checkedParts(body);
    for (const [part, text] of Object.entries(body)) {
      if (text === null) custom.delete(`${args[0]} ${part}`);
      else custom.set(`${args[0]} ${part}`, text);
    }
    world.note(session.admin.email, 'mail.template', args[0], null, body);
    return template(args[0]);
  }],
  ['POST', /^\/mail\/test$/, ({ body, world }) => {
    if (!/^\S+@\S+$/.test(body.to)) throw invalid('to', 'It is no valid address: it has no @.');
    if (world.afterwards.mail === 'none') return { sent: false, detail: 'No mail server is configured.' };
    return body.to.startsWith('bounce') ? { sent: false, detail: '550 5.1.1 no such user' } : { sent: true, detail: 'Written to mail/20261125-1.eml.' };
  }],
];

const checked = ({ name, url, events = [] }, world, but) => {
  if (world.afterwards.endpoints.some((one) => one !== but && one.name === name)) throw invalid('name', 'There is an endpoint of that name already.');
  if (!/^https?:\/\/[^/@\s]+/.test(url)) throw invalid('url', 'It is no URL that begins with https:// or http://.');
  if (/^https?:\/\/(10\.|192\.168\.|169\.254\.)/.test(url)) throw invalid('url', 'Its address is private. Name a public one, or allow the network with outgoing.allow.');
  return { name, url, events };
};
const endpoints = [
  ['GET', /^\/endpoints$/, ({ world }) => ({ items: world.afterwards.endpoints.map((one) => world.afterwards.view(one)) })],
  ['GET', /^\/endpoints\/event-types$/, () => ({ items: eventTypes })],
  ['POST', /^\/endpoints$/, ({ world, body, session }) => {
    const endpoint = { id: world.next(), ...checked(body, world), state: 'active', problem: null, created_at: new Date().toISOString(), last_success_at: null, last_failure_at: null, keys: [], etag: world.tag() };
    world.afterwards.endpoints.push(endpoint);
    world.note(session.admin.email, 'endpoint.create', endpoint.name, null, body);
    const secret = world.afterwards.newKey(endpoint, 0);
    return { status: 201, body: { endpoint: world.afterwards.view(endpoint), secret } };
  }],
  ['GET', /^\/endpoints\/(\d+)$/, ({ world, args }) => world.afterwards.view(find(world.afterwards.endpoints, args[0]))],
  ['PATCH', /^\/endpoints\/(\d+)$/, ({ world, args, body, etag }) => {
    const endpoint = find(world.afterwards.endpoints, args[0]);
    matches(endpoint, etag, (one) => world.afterwards.view(one));
    return world.afterwards.view(Object.assign(endpoint, checked({ ...endpoint, ...body }, world, endpoint), { etag: world.tag() }));
  }],
  ['DELETE', /^\/endpoints\/(\d+)$/, ({ world, args, etag }) => {
    matches(find(world.afterwards.endpoints, args[0]), etag);
    world.afterwards.endpoints = world.afterwards.endpoints.filter((one) => String(one.id) !== args[0]);
  }],
  ['POST', /^\/endpoints\/(\d+)\/(pause|resume)$/, ({ world, args }) => world.afterwards.view(Object.assign(find(world.afterwards.endpoints, args[0]), { state: args[1] === 'pause' ? 'paused' : 'active', problem: null, etag: world.tag() }))],
  ['POST', /^\/endpoints\/(\d+)\/rotate$/, ({ world, args, body }) => {
    const endpoint = find(world.afterwards.endpoints, args[0]);
    const secret = world.afterwards.newKey(endpoint, body.grace === '0s' ? 0 : 86400);
    endpoint.etag = world.tag();
    return { endpoint: world.afterwards.view(endpoint), secret };
  }],
  ['POST', /^\/endpoints\/(\d+)\/reveal$/, ({ world, args }) => ({ secret: find(world.afterwards.endpoints, args[0]).keys[0].secret })],
  ['POST', /^\/endpoints\/(\d+)\/test$/, async ({ world, args }) => {
    const { ok, status, detail, response } = await world.afterwards.send(find(world.afterwards.endpoints, args[0]), `evt_test_${Date.now()}`, JSON.stringify({ type: 'test', timestamp: new Date().toISOString(), data: {} }));
    return { body: { ok, status, detail, response }, status: 200 };
  }],
];

const scripts = [
  ['GET', /^\/hooks$/, ({ world }) => ({
    folder: world.afterwards.scripts, enabled: world.afterwards.scripts !== '', on_error: 'reject', limits: { memory_bytes: 8388608, instructions: 10000000, time_ms: 100 }, files: world.afterwards.files(),
  })],
];

export const afterwardsRoutes = [...outbox, ...mail, ...endpoints, ...scripts];
