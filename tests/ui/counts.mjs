// What came to a webhook and what waits there, as numbers that lead to the deliveries; and the test console of a
// webhook with a source.
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { visit } from './screens.mjs';
import { api, checkScreen, openPage, setUp, shoot } from './support.mjs';

const secret = 'whsec_only_the_shop_and_we_know';
const event = (number, type = 'invoice.paid') => JSON.stringify({
  id: `evt_${number}`, type, created: Math.floor(Date.now() / 1000),
  data: { object: { customer: 'cus_1', customer_email: 'ada@example.com', lines: { data: [{ price: { id: 'price_gold' } }] } } },
});

function signature(body) {
  const at = Math.floor(Date.now() / 1000);
  return `t=${at},v1=${createHmac('sha256', secret).update(`${at}.${body}`).digest('hex')}`;
}

async function send(url, body, wanted = 200) {
  const response = await fetch(url, { method: 'POST', headers: { 'Content-Type': 'application/json', 'Stripe-Signature': signature(body) }, body });
  assert.equal(response.status, wanted, await response.text());
}

const tab = (page, name) => page.getByRole('navigation', { name: 'Parts of this webhook' }).getByRole('link', { name, exact: true }).click();

// From the overview to the webhook, from its numbers to the deliveries.
async function seen(page, origin) {
  await page.goto(`${origin}/admin/`);
  await page.getByRole('link', { name: /^12 requests to 'Shop' have been held since/ }).click();
  const held = page.locator('[data-test=held]');
  await held.getByText(/^12 requests \([\d.]+ kB\) held since/).waitFor();
  await held.getByText('applied, in order, when the webhook is resumed').waitFor();
  const counts = page.locator('[data-test=counts]');
  for (const [status, number] of [['processed', 1], ['duplicate', 2], ['ignored', 1], ['stale', 0], ['held', 12], ['rejected', 1], ['failed', 0]]) {
    const tile = counts.locator(`[data-status=${status}]`);
    assert.equal(await tile.locator('b').innerText(), String(number), status);
    assert.match(await tile.innerText(), new RegExp(`\\b${number} in 7 days`), status);
  }
  await checkScreen(page, 'the numbers of a webhook');
  await shoot(page, 'counts');
  await counts.locator('[data-status=duplicate] b a').click();
  await page.getByRole('heading', { name: 'Deliveries', exact: true }).waitFor();
  const rows = page.locator('.cell-status').getByText('Duplicate', { exact: true });
  await rows.nth(1).waitFor();
  assert.equal(await page.locator('.cell-status').count(), 2);
  await page.getByRole('link', { name: /^A repeat of delivery/ }).first().click();
  await page.getByText('its Idempotency-Key or the id of its event is the same').waitFor();
  await page.goto(`${origin}/admin/webhooks`);
  await page.getByText('1 processed, 1 rejected, 2 duplicate, 1 ignored, 12 held').waitFor();
  await page.getByRole('link', { name: '12 held' }).click();
  await page.locator('.cell-status').getByText('Held', { exact: true }).nth(11).waitFor();
}

// A pasted request: refused without its proof, unless the test says that it shall go on; proved with the signature.
async function tried(page) {
  await page.getByText('what a sender sends is answered with 200 and kept, a test is refused').waitFor();
  await tab(page, 'Protection');
  await page.locator('[data-test=pause]').getByText(/^12 requests/).waitFor();
  await page.locator('[data-test=pause]').getByRole('button', { name: 'Resume' }).click();
  await page.locator('[data-test=held]').waitFor({ state: 'detached' });
  await tab(page, 'Test');
  const body = event('tried');
  await page.getByLabel('Body', { exact: true }).fill(body);
  const attempt = () => page.getByRole('button', { name: 'See what would happen' }).click();
  const proof = page.locator('[data-test=proof]');
  await attempt();
  await proof.getByText('Not proved: the proof is missing.').waitFor();
  await page.getByText('Reply to the sender: 401').waitFor();
  await page.getByRole('checkbox', { name: /Go on without/ }).check();
  await attempt();
  await proof.getByText('This test went on without it.').waitFor();
  const result = page.locator('[data-test=test-result]');
  await result.getByText('invoice.paid', { exact: true }).waitFor();
  await result.getByText('ada@example.com', { exact: true }).waitFor();
  await result.getByText('Why', { exact: true }).click();
  await result.getByText('The person is known.').waitFor();
  await checkScreen(page, 'a test without proof');
  await shoot(page, 'test-skipped');
  await page.getByRole('checkbox', { name: /Go on without/ }).uncheck();
  await page.getByLabel('Headers', { exact: true }).fill(`Stripe-Signature: ${signature(body)}`);
  await attempt();
  await proof.getByText('Its proof fits: the request is from the sender.').waitFor();
  await page.getByLabel('Headers', { exact: true }).fill(`Stripe-Signature: ${signature(`${body} `)}`);
  await attempt();
  await proof.getByText('Not proved: the signature does not verify.').waitFor();
  await checkScreen(page, 'a test with a wrong signature');
  await shoot(page, 'test-wrong');
  await page.getByRole('button', { name: 'Fill in the body of the last request' }).click();
  await page.getByRole('checkbox', { name: /Go on without/, checked: true }).waitFor();
  assert.match(await page.getByLabel('Body', { exact: true }).inputValue(), /"evt_/);
}

// Of what the protection turns away, all are counted, with and without a row.
async function refused(page, origin, webhook, url) {
  const { etag } = await api(page, 'GET', `/webhooks/${webhook}`);
  await page.evaluate(async ([path, tag]) => {
    const { csrf } = await (await fetch('/api/v1/session')).json();
    const headers = { 'X-CSRF-Token': csrf, 'Content-Type': 'application/json', 'If-Match': `"${tag}"` };
    await fetch(path, { method: 'PATCH', headers, body: JSON.stringify({ protection: { networks: ['192.0.2.0/24'] } }) });
  }, [`/api/v1/webhooks/${webhook}`, etag]);
  for (let n = 0; n < 14; n++) await send(url, event('refused'), 403);
  await page.goto(`${origin}/admin/webhooks/${webhook}?tab=protection`);
  const card = page.locator('[data-test=refused]');
  await card.getByText('Since the server started').waitFor();
  assert.match(await card.innerText(), /By the allow-list\s+14[^]*Without a row\s+4/);
  await tab(page, 'Activity');
  await page.locator('[data-test=refused]').getByText('refused 14 requests, 4 of them without a row').waitFor();
}

export async function counts(browser, link) {
  const { origin } = new URL(link);
  const { page, noProblems } = await openPage(browser, origin);
  await setUp(page, link);
  const space = await api(page, 'POST', '/spaces', { title: 'Gold' });
  await api(page, 'POST', '/webhooks', { name: 'Quiet one', add_spaces: [space.id] });
  const source = { name: 'stripe', products: [{ product: 'price_gold', spaces: [space.id], courses: [] }] };
  const { webhook, url } = await api(page, 'POST', '/webhooks', { name: 'Shop', source });
  await api(page, 'POST', `/webhooks/${webhook.id}/secrets`, { secret });
  for (let n = 0; n < 3; n++) await send(url, event('first'));
  await send(url, event('other', 'charge.updated'));
  const unsigned = await fetch(url, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: event('eve') });
  assert.equal(unsigned.status, 401);
  await api(page, 'POST', `/webhooks/${webhook.id}/pause`);
  for (let n = 0; n < 12; n++) await send(url, event(`held-${n}`));
  await seen(page, origin);
  const state = await page.context().storageState();
  await visit(browser, origin, state, ['/', '/webhooks', ...['', '?tab=setup', '?tab=protection', '?tab=test'].map((of) => `/webhooks/${webhook.id}${of}`)], 'counts');
  await page.goto(`${origin}/admin/webhooks/${webhook.id}?tab=test`);
  await tried(page);
  await refused(page, origin, webhook.id, url);
  noProblems('the numbers of a webhook');
}
