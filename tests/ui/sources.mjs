// Where a webhook's requests come from: source, secrets, rules with a request beside them, product map, protection.
import assert from 'node:assert/strict';
import { visit } from './screens.mjs';
import { api, checkScreen, openPage, setUp, shoot } from './support.mjs';

const purchase = (offer) => JSON.stringify({
  id: `order-${offer}`, event: 'purchase',
  payload: [
    { type: 'purchases', id: '1', attributes: { amount_in_cents: 10000, currency: 'USD' } }, { type: 'offers', id: offer, attributes: { title: 'VIP <script>alert(1)</script>' } },
    { type: 'customers', id: '456', attributes: { name: 'John Doe', email: 'john.doe@example.com' } },
  ],
});

async function send(url, body) {
  const response = await fetch(url, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body });
  await response.text();
}

const tab = (page, name) => page.getByRole('navigation', { name: 'Parts of this webhook' }).getByRole('link', { name, exact: true }).click();
const save = (page) => page.getByRole('button', { name: 'Save', exact: true }).click();
const saved = (page) => page.getByText('Saved', { exact: true }).first().waitFor();

async function choose(page, search, title) {
  await page.getByRole('combobox', { name: 'Who sends' }).fill(search);
  await page.getByRole('option', { name: title, exact: true }).click();
}

async function secrets(page) {
  await choose(page, 'str', 'Stripe');
  await page.locator('[data-test=lacks]').waitFor();
  assert.equal(await page.locator('[data-test=secrets]').count(), 0, 'a secret is for the source that is saved');
  await save(page);
  const card = page.locator('[data-test=secrets]');
  await card.getByText('No secret is kept').waitFor();
  const entry = card.getByLabel('New secret');
  assert.equal(await entry.getAttribute('type'), 'password');
  for (const [text, number] of [['whsec_do_not_tell', 1], ['whsec_the_next_one', 2]]) {
    await entry.fill(text);
    await card.getByRole('button', { name: 'Keep the secret' }).click();
    await card.getByText(`Secret ${number}, entered`).waitFor();
    assert.equal(await entry.inputValue(), '', 'what was entered is gone');
  }
  await card.getByText('accepted until').waitFor();
  await checkScreen(page, 'the secrets of a source');
  await shoot(page, 'source-secrets');
  await card.getByRole('button', { name: 'Remove secret 1' }).click();
  await page.locator('dialog[open]').getByRole('button', { name: 'Remove', exact: true }).click();
  await card.getByText('Secret 1, entered').waitFor({ state: 'detached' });
  assert.ok(!(await page.content()).includes('do_not_tell'));
}

// The rules as they stand on the page are tried on a request, before they are saved.
async function rules(page) {
  await tab(page, 'Rules');
  const read = page.locator('[data-test=read-event]');
  await read.getByText('john.doe@example.com').first().waitFor();
  await read.getByText('Adds', { exact: true }).waitFor();
  await read.getByText('Add to spaces: VIP Lounge').waitFor();
  await page.getByRole('button', { name: 'Use /payload/0/attributes/currency, which is USD' }).click();
  await read.getByText('Holds', { exact: true }).waitFor();
  await page.locator('[data-test=condition]').getByLabel('Value', { exact: true }).fill('EUR');
  await read.getByText('Does not hold', { exact: true }).waitFor();
  await read.getByText('Nothing would be changed.').waitFor();
  await checkScreen(page, 'rules beside a request');
  await shoot(page, 'rules');
  await page.locator('[data-test=condition]').getByLabel('Is', { exact: true }).selectOption('greater than');
  await save(page);
  await page.getByText('compares with').first().waitFor();
  await page.locator('[data-test=condition]').getByLabel('Is', { exact: true }).selectOption('not equal to');
  await read.getByText('Holds', { exact: true }).waitFor();
  await page.getByRole('button', { name: 'Add “purchase”' }).click();
  await page.locator('[data-test=event]').getByLabel('Means').selectOption('removes');
  await read.getByText('by a rule of this webhook').waitFor();
  await read.getByText('Remove from spaces: VIP Lounge').waitFor();
  await page.getByRole('button', { name: 'Remove the event purchase' }).click();
  await save(page);
  await saved(page);
}

async function products(page) {
  await tab(page, 'Products');
  await page.locator('[data-test=unmapped]').getByRole('button', { name: 'Map 123' }).click();
  const one = page.locator('[data-test=product]').first();
  await one.getByRole('combobox', { name: 'Opens courses' }).click();
  await page.getByRole('option', { name: 'Rust 101' }).click();
  await page.keyboard.press('Escape');
  await checkScreen(page, 'the product map');
  await shoot(page, 'products');
  await save(page);
  await saved(page);
  await tab(page, 'Rules');
  await page.locator('[data-test=read-event]').getByText('Enroll in courses: Rust 101').waitFor();
}

async function protection(page, expect, url) {
  await tab(page, 'Protection');
  await page.getByLabel('Only from these addresses').fill('127.0.0.0/8\nnowhere');
  await page.getByRole('group', { name: 'All senders together' }).getByLabel('Requests a minute').fill('600');
  await page.getByLabel('Expires').fill('2999-01-01T12:00');
  expect(422);
  await save(page);
  await page.getByText("names 'nowhere', which is no address").waitFor();
  expect();
  await page.getByLabel('Only from these addresses').fill('127.0.0.0/8');
  await save(page);
  await saved(page);
  await checkScreen(page, 'the protection of a webhook');
  await shoot(page, 'protection');
  const pause = page.locator('[data-test=pause]');
  await pause.getByRole('button', { name: 'Pause' }).click();
  await pause.getByText('answered with 200 and kept').waitFor();
  await send(url, purchase('held'));
  await page.reload();
  await pause.getByText(/^1 request \(.*\) held since/).waitFor();
  await pause.getByRole('link', { name: 'Look at what is held' }).waitFor();
  await pause.getByRole('button', { name: 'Resume' }).click();
  await pause.getByText('Requests are taken.').waitFor();
}

// A new webhook for a sender with a secret: its URL without examples, and the way to enter the secret.
async function fresh(page, origin) {
  await page.goto(`${origin}/admin/webhooks/new`);
  await page.getByLabel('Name').fill('Stripe');
  await choose(page, 'stripe', 'Stripe');
  await page.getByRole('button', { name: 'Save and get the URL' }).click();
  await page.locator('[data-test=webhook-url]').waitFor();
  assert.equal(await page.getByText('curl', { exact: true }).count(), 0, 'plain fields are no example for Stripe');
  await checkScreen(page, 'a new webhook with a source');
  await shoot(page, 'source-new');
  await page.getByRole('link', { name: 'Enter the secret' }).click();
  await page.locator('[data-test=secrets]').getByText('No secret is kept').waitFor();
  await page.goto(`${origin}/admin/`);
  await page.getByRole('link', { name: /'Stripe' has no secret/ }).click();
  await page.locator('[data-test=secrets]').waitFor();
}

export async function sources(browser, link) {
  const { origin } = new URL(link);
  const { page, expect, noProblems } = await openPage(browser, origin);
  await setUp(page, link);
  const space = await api(page, 'POST', '/spaces', { title: 'VIP Lounge' });
  await api(page, 'POST', '/courses', { title: 'Rust 101' });
  const { webhook, url } = await api(page, 'POST', '/webhooks', { name: 'Shop', add_spaces: [space.id], source: { name: 'kajabi' } });
  await send(url, purchase('123'));
  await page.goto(`${origin}/admin/webhooks/${webhook.id}?tab=rules`);
  expect(422);
  await rules(page);
  expect();
  await products(page);
  await protection(page, expect, url);
  await tab(page, 'Source');
  await secrets(page);
  const now = await api(page, 'GET', `/webhooks/${webhook.id}`);
  assert.deepEqual(now.source.conditions, [{ subject: '/payload/0/attributes/currency', op: 'ne', values: ['EUR'] }]);
  assert.deepEqual(now.source.products.map(({ product, courses }) => [product, courses.length]), [['123', 1]]);
  assert.deepEqual(now.protection.networks, ['127.0.0.0/8']);
  assert.equal(now.protection.webhook_rate.per_minute, 600);
  assert.equal(new Date(now.protection.expires_at).getFullYear(), 2999);
  // To a form: what it cannot have goes, and is told before.
  await choose(page, 'form', 'Form (plain fields)');
  await page.getByText('A form has no events').waitFor();
  await save(page);
  await page.getByRole('link', { name: 'Rules', exact: true }).waitFor({ state: 'detached' });
  await choose(page, 'kaj', 'Kajabi');
  await save(page);
  await page.getByRole('link', { name: 'Rules', exact: true }).waitFor();
  await fresh(page, origin);
  noProblems('the pages of a source');
  const paths = ['source', 'rules', 'products', 'protection'].map((name) => `/webhooks/${webhook.id}?tab=${name}`);
  await visit(browser, origin, await page.context().storageState(), [...paths, '/deliveries?status=held', '/'], 'sources');
}
