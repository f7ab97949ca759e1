// Sources, secrets and what a request means, made up: as much as the pages need to be worked on.
import { fail, find, invalid } from './answers.mjs';

const source = (name, title, category, more) => ({
  name, shipped: true, problem: null, usable: true, title, category, proof: 'none', takes_secret: false, needs_secret: false, needs_webhook_id: false, secret_hint: '', callback: '',
  url_action: false, answer: 'status', notes: [], docs: [], ...more,
});
const signed = { proof: 'signature (secret)', takes_secret: true, needs_secret: true };
const sources = [
  source('kajabi', 'Kajabi', 'course', { notes: ['The sender proves nothing. Whoever knows the webhook\'s URL can send.'], docs: ['https://developers.kajabi.com/'] }),
  source('kit', 'Kit (ConvertKit)', 'email', { url_action: true }),
  source('paypal', 'PayPal (REST webhooks)', 'payment', { ...signed, proof: 'signature (public key)', needs_webhook_id: true, secret_hint: 'PayPal\'s certificate or its public key, as PEM.' }),
  source('stripe', 'Stripe', 'payment', { ...signed, secret_hint: 'The signing secret of the endpoint (whsec_…), under Developers > Webhooks.', callback: 'The e-mail, when a subscription ends.' }),
  source('woocommerce', 'WooCommerce', 'shop', { ...signed, answer: 'always_200', secret_hint: 'The secret of the webhook, under WooCommerce > Settings > Advanced > Webhooks.' }),
];

export const newSource = () => ({ name: 'form', webhook_id: '', url_action: null, events: [], conditions: [], products: [], skip_stale: true, secrets: [] });
export const newProtection = () => ({ networks: [], webhook_rate: null, address_rate: null, expires_at: null });
export function sourceView(one) {
  const known = sources.find(({ name }) => name === one.name);
  const warnings = known?.needs_secret && !one.secrets.length ? ['No secret is kept, so every request will be refused (401).'] : [];
  return { ...one, title: one.name === 'form' ? 'Form' : known?.title ?? null, warnings };
}

function checkConditions(conditions) {
  const bad = conditions.find(({ op, values }) => ['gt', 'ge', 'lt', 'le'].includes(op) && !/^-?[\d.]+$/.test(values[0]));
  if (bad) throw invalid('source.conditions', `compares with '${bad.values[0]}', which is no number`);
}

// What a PATCH says about both, put into the webhook.
export function changeSettings(webhook, { source: given, protection }) {
  if (given) {
    const known = sources.find(({ name }) => name === (given.name ?? webhook.source.name));
    if (given.name && given.name !== 'form' && !known) throw invalid('source.name', `is '${given.name}', which is no source that there is`);
    const next = { ...webhook.source, ...given };
    if (known?.url_action && !next.url_action) throw invalid('source.url_action', `is missing: requests of ${known.title} do not say what happened, so say what they mean here`);
    checkConditions(next.conditions);
    const names = next.products.map(({ product }) => product);
    const twice = names.find((name, at) => names.indexOf(name) !== at);
    if (twice) throw invalid('source.products', `names '${twice}' twice`);
    if (given.name && given.name !== webhook.source.name) next.secrets = [];
    webhook.source = next;
  }
  if (protection) {
    const bad = (protection.networks ?? []).find((network) => !/^[\d.:a-f]+(\/\d+)?$/i.test(network));
    if (bad) throw invalid('protection.networks', `names '${bad}', which is no address or network such as 192.0.2.0/24`);
    webhook.protection = { ...webhook.protection, ...protection };
  }
}

function leaves(value, path = '') {
  if (value === null || value === '') return [];
  if (typeof value !== 'object') return [{ path, value: String(value) }];
  return Object.entries(value).flatMap(([key, inner]) => leaves(inner, `${path}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`));
}

const compare = {
  eq: (text, [value]) => text === value, ne: (text, [value]) => text !== value, in: (text, values) => values.includes(text), not_in: (text, values) => !values.includes(text),
  exists: (text) => text !== undefined, absent: (text) => text === undefined, contains: (text, [value]) => (text ?? '').includes(value),
  gt: (text, [value]) => Number(text) > Number(value), ge: (text, [value]) => Number(text) >= Number(value), lt: (text, [value]) => Number(text) < Number(value), le: (text, [value]) => Number(text) <= Number(value),
};

// Every source reads like Kajabi here.
function interpret(world, webhook, settings, { body, content_type: type }) {
  let tree;
  try {
    tree = type.includes('json') ? JSON.parse(body) : Object.fromEntries(new URLSearchParams(body));
  } catch {
    return { source: settings.name, rejection: { code: 'malformed_body', message: 'The body is no JSON. Send valid JSON.' }, events: [], values: [], values_complete: true };
  }
  const values = leaves(tree);
  const parts = Array.isArray(tree.payload) ? tree.payload : [];
  const one = (kind) => parts.find((part) => part.type === kind);
  const own = settings.events.find((each) => each.type === tree.event);
  const products = one('offers') ? [one('offers').id] : [];
  const action = own?.action ?? (settings.name === 'form' || tree.event === 'purchase' ? 'grant' : 'ignore');
  const conditions = settings.conditions.map(({ subject, op, values: wanted }) => compare[op]?.(values.find(({ path }) => path === subject)?.value, wanted) ?? false);
  const met = conditions.every(Boolean);
  const named = (ids) => ids.map((id) => ({ id, title: world.spaces.find((space) => space.id === id)?.title ?? `#${id}` }));
  const opens = (kind) => settings.products.filter(({ product }) => products.includes(product)).flatMap((each) => each[kind]);
  const all = { spaces: named([...webhook.add_spaces, ...opens('spaces')]), courses: named([...webhook.add_courses, ...opens('courses')]) };
  const [adds, removes] = ['grant', 'revoke'].map((word) => (met && action === word ? all : { spaces: [], courses: [] }));
  const email = tree.email ?? one('customers')?.attributes?.email ?? null;
  const event = {
    type: tree.event ?? null, id: tree.id ?? null, time: null, email, email_valid: /^\S+@\S+\.\S+$/.test(email ?? ''), first_name: tree.first_name ?? null, last_name: tree.last_name ?? null,
    external_id: null, products, order_ref: null, others: {}, action, decided_by: settings.name === 'form' ? 'form' : own ? 'webhook' : action === 'grant' ? 'rule' : 'default', rule: action === 'grant' && !own ? 1 : null,
    conditions, met, effects: { add_spaces: adds.spaces, remove_spaces: removes.spaces, add_courses: adds.courses, remove_courses: removes.courses },
  };
  return { source: settings.name, rejection: null, events: [event], values, values_complete: true };
}

export const sourceRoutes = [
  ['GET', /^\/sources$/, () => ({ items: sources })],
  ['GET', /^\/sources\/(\w+)$/, ({ args }) => ({ ...(sources.find(({ name }) => name === args[0]) ?? find([], args[0])), fields: { email: ['/email'] }, rules: ['event_type eq purchase: grant'], default: 'ignore' })],
  ['POST', /^\/webhooks\/(\d+)\/secrets$/, ({ world, args, body }) => {
    const webhook = find(world.webhooks, args[0]);
    if (/\n/.test(body.secret) && !body.secret.includes('BEGIN')) throw invalid('secret', 'The secret cannot be used: it has a line end or another control character in it.');
    const { secrets } = webhook.source;
    const until = body.grace === undefined ? undefined : new Date(Date.now() + 864e5).toISOString();
    for (const secret of secrets) secret.expires_at ??= until ?? null;
    const kept = body.grace === '0s' ? [] : secrets;
    webhook.source.secrets = [{ id: Math.max(0, ...secrets.map(({ id }) => id)) + 1, created_at: new Date().toISOString(), expires_at: null }, ...kept];
    webhook.etag = world.tag();
    return world.view(webhook);
  }],
  ['DELETE', /^\/webhooks\/(\d+)\/secrets\/(\d+)$/, ({ world, args }) => {
    const webhook = find(world.webhooks, args[0]);
    webhook.source.secrets = webhook.source.secrets.filter(({ id }) => String(id) !== args[1]);
    webhook.etag = world.tag();
    return world.view(webhook);
  }],
  ['POST', /^\/webhooks\/(\d+)\/interpret$/, ({ world, args, body }) => {
    const webhook = find(world.webhooks, args[0]);
    const delivery = body.delivery ? world.deliveries.find(({ id }) => id === body.delivery) : null;
    if (body.delivery && !delivery) throw fail(404, 'not_found', 'There is no such delivery. It may have been removed.');
    checkConditions(body.source?.conditions ?? []);
    return interpret(world, webhook, { ...webhook.source, ...body.source }, delivery ? { body: delivery.payload, content_type: delivery.content_type } : body);
  }],
];
