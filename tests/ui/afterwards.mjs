// What happens after a delivery: endpoints, the outbox, mail, scripts, and what the delivery and the user say of it.
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { visit } from './screens.mjs';
import { api, checkScreen, openPage, owner, post, setUp, shoot, slowdown, startServer } from './support.mjs';

const folder = mkdtempSync(join(tmpdir(), 'postern-afterwards-'));
const scripts = join(folder, 'hooks');
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));

// Mail into files, scripts, and endpoints on this machine.
export function settings() {
  for (const name of [scripts, join(folder, 'mail')]) mkdirSync(name, { mode: 0o700 });
  writeFileSync(join(scripts, 'all.lua'), `-- Keeps the order with the new user.
function incoming_webhook_user_data(user_data, payload, webhook)
  user_data.meta = { order = payload.order }
  return user_data
end

function incoming_webhook_processed(user, webhook, payload, outcome)
  log("welcomed " .. user.email)
end
`);
  return {
    POSTERN_MAIL_TRANSPORT: 'file', POSTERN_MAIL_FOLDER: join(folder, 'mail'), POSTERN_MAIL_FROM: 'gate@example.com', POSTERN_HOOKS_FOLDER: scripts,
    POSTERN_OUTGOING_ALLOW: '127.0.0.0/8', POSTERN_OUTGOING_PORTS: '1-65535',
  };
}

// A receiver that keeps what it gets; `answers` says for each path how it answers.
async function startReceiver() {
  const got = [];
  const answers = { '/crm': 200, '/chat': 500 };
  const server = createServer(async (request, response) => {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    got.push({ path: request.url, headers: request.headers, body: Buffer.concat(chunks) });
    response.writeHead(answers[request.url] ?? 404, { 'Content-Type': 'text/plain' }).end(`<b>seen</b> at ${request.url}`);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { got, answers, at: `http://127.0.0.1:${server.address().port}`, stop: () => server.close() };
}

async function until(condition, what) {
  const end = Date.now() + 10000 * slowdown;
  while (!(await condition())) {
    assert.ok(Date.now() < end, `timed out waiting until ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

async function nothingYet(browser) {
  const server = await startServer();
  try {
    const { origin } = new URL(server.link);
    const { page, noProblems } = await openPage(browser, origin);
    await setUp(page, server.link);
    await page.goto(`${origin}/admin/mail`);
    await page.locator('[data-test=no-mail]').waitFor();
    assert.equal(await page.getByRole('button', { name: 'Send the test' }).count(), 0, 'no test without a mail server');
    await page.goto(`${origin}/admin/hooks`);
    await page.locator('[data-test=scripts-off]').waitFor();
    await page.goto(`${origin}/admin/endpoints`);
    await page.getByRole('link', { name: 'Create your first endpoint' }).waitFor();
    await page.goto(`${origin}/admin/outbox`);
    await page.getByText('The outbox is empty.').waitFor();
    await visit(browser, origin, await page.context().storageState(), ['/outbox', '/mail', '/endpoints', '/hooks'], 'afterwards-empty');
    noProblems('the pages with nothing in them');
  } finally {
    await server.stop();
  }
}

// By keyboard where it counts. Returns the secret, which is shown this once.
async function newEndpoint(page, expect, receiver) {
  await page.getByRole('link', { name: 'Endpoints', exact: true }).click();
  await page.getByRole('link', { name: 'Create your first endpoint' }).click();
  await page.getByLabel('Name').fill('CRM');
  await page.getByLabel('URL').fill('ftp://127.0.0.1/crm');
  await page.getByRole('radio', { name: 'All events' }).focus();
  await page.keyboard.press('ArrowDown');
  const save = page.getByRole('button', { name: 'Save and get the secret' });
  assert.ok(await save.isDisabled(), '"only these" without any is not "all"');
  for (const type of ['user.created', 'membership.added']) {
    await page.getByRole('checkbox', { name: type }).focus();
    await page.keyboard.press('Space');
  }
  expect(422);
  await save.click();
  await page.locator('.field-error').waitFor();
  await checkScreen(page, 'an endpoint with a wrong URL');
  expect();
  await page.getByLabel('URL').fill(`${receiver.at}/crm`);
  await page.getByLabel('URL').press('Enter');
  await page.getByRole('heading', { name: 'CRM is ready' }).waitFor();
  const secret = await page.locator('[data-test=secret] code').innerText();
  assert.match(secret, /^whsec_/);
  assert.deepEqual((await api(page, 'GET', '/endpoints')).items[0].events, ['user.created', 'membership.added']);
  const file = join(folder, 'verify.mjs');
  writeFileSync(file, await page.locator('pre').first().innerText());
  const { verify } = await import(pathToFileURL(file));
  await page.getByRole('button', { name: 'Send the test event' }).click();
  await page.locator('[data-test=endpoint-test] b').getByText('The receiver answered 200').waitFor();
  assert.equal(await page.getByLabel('What the other side answered').innerText(), '<b>seen</b> at /crm', 'the answer is shown as text');
  const [{ headers, body }] = receiver.got;
  assert.ok(verify(headers, body, secret), 'the example for Node accepts what was sent');
  assert.ok(!verify(headers, Buffer.from(`${body} `), secret) && !verify(headers, body, `whsec_${Buffer.alloc(24).toString('base64')}`), 'and nothing else');
  await checkScreen(page, 'a new endpoint');
  await shoot(page, 'afterwards-secret');
  await page.getByRole('link', { name: 'Go to the endpoint' }).click();
  await page.getByText('No events yet.').waitFor();
  await page.getByRole('link', { name: 'Setup', exact: true }).click();
  await page.getByText('The secret is hidden.').waitFor();
  assert.ok(!(await page.content()).includes(secret), 'the secret is shown once');
  return { secret, verify };
}

const rowOf = (page, ...texts) => texts.reduce((rows, text) => rows.filter({ hasText: text }), page.locator('[data-test=afterwards] tbody tr'));

// The delivery says what became of everything, by itself; what failed is tried again and arrives with the same id.
async function afterDelivery(page, receiver, origin, hook) {
  assert.equal(await post(hook.url, { email: 'ana@example.com', first_name: 'Ana', order: 'A-17' }), 200);
  const [delivery] = (await api(page, 'GET', '/deliveries')).items;
  await page.goto(`${origin}/admin/deliveries/${delivery.id}`);
  await rowOf(page, 'Welcome e-mail', 'Done').waitFor();
  await rowOf(page, 'Script', 'Done').waitFor();
  await rowOf(page, 'membership.added', 'CRM').filter({ hasText: 'Done' }).waitFor();
  await rowOf(page, 'membership.added', 'Chat').filter({ hasText: 'Will retry' }).waitFor();
  assert.equal(await rowOf(page, 'delivery.processed', 'CRM').count(), 0, 'CRM gets what it wants only');
  await checkScreen(page, 'a delivery and what happened afterwards');
  await rowOf(page, 'membership.added', 'Chat').getByRole('link', { name: 'membership.added' }).click();
  await page.getByRole('heading', { name: 'membership.added' }).waitFor();
  await page.getByText('answered 500').first().waitFor();
  await page.getByText('What the other side answered').click();
  await page.getByText('<b>seen</b> at /chat').waitFor();
  await page.getByText('"ana@example.com"').waitFor();
  await checkScreen(page, 'an event that failed');
  await shoot(page, 'afterwards-failed');
  const id = await page.locator('.facts code').nth(1).innerText();
  receiver.answers['/chat'] = 200;
  await page.getByRole('button', { name: /^Try now/ }).click();
  await page.locator('main .panel').first().getByText('Done').waitFor();
  await page.getByRole('button', { name: 'Send again' }).click();
  await page.locator('dialog[open]').getByText('once more, with the same event id').waitFor();
  await page.locator('dialog[open]').getByRole('button', { name: 'Send again' }).click();
  const same = () => receiver.got.filter(({ headers, path }) => path === '/chat' && headers['webhook-id'] === id);
  await until(() => same().length >= 3, 'the event has come three times with one id');
  assert.ok(same().every(({ body }) => body.equals(same()[0].body)), 'with one body');
  return { delivery: delivery.id, user: delivery.user.id };
}

async function outbox(page, origin) {
  await page.goto(`${origin}/admin/outbox`);
  await page.getByRole('link', { name: /× Outgoing event, Done/ }).click();
  await page.waitForURL(/kind=event/);
  assert.equal(await page.getByLabel('State').inputValue(), 'done');
  await page.getByLabel('What', { exact: true }).selectOption('Forgotten-password e-mail');
  await page.getByText('Nothing matches.').waitFor();
  await page.getByRole('button', { name: 'Clear the filters' }).click();
  await page.getByRole('link', { name: 'Welcome e-mail' }).first().waitFor();
  assert.ok(!page.url().includes('kind='), 'the address says what is chosen');
}

// Only the stand-in has an address at which every mail comes back.
async function givenUp(page, origin, hook) {
  if (process.env.POSTERN_BIN) return;
  await post(hook.url, { email: 'bounce@example.com' });
  await until(async () => (await api(page, 'GET', '/outbox?state=dead')).items.length > 0, 'a mail has been given up');
  await page.goto(`${origin}/admin/outbox?state=dead`);
  await page.getByRole('cell', { name: '550 5.1.1 no such user' }).waitFor();
  await page.getByRole('button', { name: 'Retry 1 given up: Welcome e-mail' }).click();
  await page.locator('dialog[open]').getByText('1 × Welcome e-mail that was given up').waitFor();
  await page.locator('dialog[open]').getByRole('button', { name: 'Retry all given up' }).click();
  await page.getByText('1 is tried again').first().waitFor();
}

async function endpointPage(page, expect, receiver, origin, hook, { secret, verify }) {
  const [crm] = (await api(page, 'GET', '/endpoints')).items;
  await page.goto(`${origin}/admin/endpoints/${crm.id}?tab=setup`);
  await page.getByRole('button', { name: 'Rotate the secret' }).click();
  await page.locator('dialog[open]').getByRole('button', { name: 'Rotate the secret' }).click();
  await page.getByText('signs beside it until').waitFor();
  const fresh = await page.locator('[data-test=secret] code').innerText();
  assert.notEqual(fresh, secret);
  const before = receiver.got.length;
  await post(hook.url, { email: 'berta@example.com' });
  await until(() => receiver.got.slice(before).some(({ path }) => path === '/crm'), 'an event has come');
  const { headers, body } = receiver.got.slice(before).find(({ path }) => path === '/crm');
  assert.ok(verify(headers, body, secret) && verify(headers, body, fresh), 'both secrets sign');
  await page.reload();
  await page.getByRole('button', { name: 'Reveal the secret' }).click();
  assert.equal(await page.locator('[data-test=secret] code').innerText(), fresh);
  await page.getByRole('button', { name: 'Pause' }).click();
  await page.locator('[data-test=problem]').getByText('Nothing is sent.').waitFor();
  await checkScreen(page, 'a paused endpoint');
  await page.locator('[data-test=problem]').getByRole('button', { name: 'Resume' }).click();
  await page.locator('[data-test=problem]').waitFor({ state: 'detached' });

  await page.getByRole('link', { name: 'Edit', exact: true }).click();
  await page.getByLabel('Name').fill('CRM of mine');
  await page.evaluate(async ([id]) => {
    const { csrf } = await (await fetch('/api/v1/session')).json();
    const { etag } = await (await fetch(`/api/v1/endpoints/${id}`)).json();
    const match = etag.startsWith('"') ? etag : `"${etag}"`;
    const headers = { 'Content-Type': 'application/json', 'X-CSRF-Token': csrf, 'If-Match': match };
    const response = await fetch(`/api/v1/endpoints/${id}`, { method: 'PATCH', headers, body: '{"name":"CRM of theirs"}' });
    if (!response.ok) throw new Error(await response.text());
  }, [crm.id]);
  expect(412);
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await page.locator('[data-test=conflict]').getByText('CRM of theirs').waitFor();
  await checkScreen(page, 'a conflict of two edits of an endpoint');
  await page.getByRole('button', { name: 'Save mine over theirs' }).click();
  await page.getByRole('heading', { name: 'CRM of mine' }).waitFor();
  expect();
}

async function mail(page, expect, origin) {
  await page.goto(`${origin}/admin/mail`);
  const preview = page.locator('[data-test=preview]');
  const subject = page.getByLabel('Subject', { exact: true });
  const wasSubject = await subject.inputValue();
  const [variable] = (await api(page, 'GET', '/mail')).templates[0].variables.filter(({ name }) => name === 'login');
  await subject.fill('Hello {{login}}');
  await preview.getByText(`Hello ${variable.example}`, { exact: true }).waitFor();
  expect(422);
  await subject.fill('Hello {{nonsense}}');
  await page.locator('.field-error').waitFor();
  assert.ok(await page.getByRole('button', { name: 'Save', exact: true }).isDisabled(), 'a template with a mistake is not saved');
  await checkScreen(page, 'a template with a mistake');
  await subject.fill('Hello {{login}}');
  await page.locator('.field-error').waitFor({ state: 'detached' });
  expect();
  await page.getByLabel('HTML', { exact: true }).fill(
    '<style>h2 { color: rgb(1, 2, 3) }</style><h2>Hi {{login}}</h2><p style="color: rgb(9, 8, 7)" onclick="alert(1)">style="kept" as text</p><script>alert(2)</script><img src="http://192.0.2.1/pixel.png" alt="a picture"><a href="http://192.0.2.1/">away</a>');
  const frame = page.frameLocator('[data-test=preview] iframe');
  await frame.getByRole('heading', { name: `Hi ${variable.example}` }).waitFor();
  const colour = (element) => getComputedStyle(element).color;
  assert.equal(await frame.locator('h2').evaluate(colour), 'rgb(1, 2, 3)', 'style elements count');
  assert.equal(await frame.locator('p').evaluate(colour), 'rgb(9, 8, 7)', 'style attributes count');
  assert.equal(await frame.locator('p').innerText(), 'style="kept" as text');
  assert.equal(await frame.locator('script, img, [onclick], [href]').count(), 0, 'nothing runs, loads or leads away');
  await checkScreen(page, 'the editor of a mail');
  await shoot(page, 'afterwards-mail');
  // What is not saved yet is not lost by a slip.
  let asked = 0;
  page.once('dialog', (dialog) => { asked++; void dialog.dismiss(); });
  await page.getByRole('link', { name: 'Users', exact: true }).click();
  await until(() => asked === 1, 'the page has asked');
  assert.ok(page.url().includes('/admin/mail'), 'and stays when told so');
  await page.getByRole('link', { name: 'Forgotten password', exact: true }).click();
  await page.waitForURL(/tab=password/);
  await page.getByRole('link', { name: 'Welcome', exact: true }).click();
  assert.equal(await subject.inputValue(), 'Hello {{login}}', 'a draft outlives a change of the tab');
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await page.getByText('Your own text.').nth(1).waitFor();
  assert.equal((await api(page, 'GET', '/mail')).templates[0].parts.subject.body, 'Hello {{login}}');
  await page.getByRole('button', { name: 'Back to the built-in text: Subject' }).click();
  await page.locator('dialog[open]').getByRole('button', { name: 'Back to the built-in text' }).click();
  await page.locator('dialog[open]').waitFor({ state: 'detached' });
  assert.equal(await subject.inputValue(), wasSubject);
  await page.getByLabel('To', { exact: true }).fill('ada@example.com');
  await page.getByLabel('Which mail').selectOption('Welcome');
  await page.getByRole('button', { name: 'Send the test' }).click();
  await page.locator('[data-test=mail-test]').getByText('It was taken').waitFor();
}

async function scriptsPage(page, origin, hook) {
  await page.goto(`${origin}/admin/hooks`);
  const row = (name) => page.locator('tbody tr').filter({ hasText: name });
  await row('all.lua').getByText('Sound').waitFor();
  await row('all.lua').getByText('incoming_webhook_processed').waitFor();
  await row('all.lua').getByText('all webhooks').waitFor();
  const file = join(scripts, `webhook-${hook.webhook.id}.lua`);
  writeFileSync(file, 'function incoming_webhook_validation(is_valid)\n  if is_valid then\n');
  await row(`webhook-${hook.webhook.id}.lua`).getByText('Broken').waitFor();
  await row(`webhook-${hook.webhook.id}.lua`).getByText(/'end' expected/).waitFor();
  await row(`webhook-${hook.webhook.id}.lua`).getByRole('link', { name: 'Shop' }).waitFor();
  await checkScreen(page, 'a broken script');
  await shoot(page, 'afterwards-broken');
  rmSync(file);
  await row(`webhook-${hook.webhook.id}.lua`).waitFor({ state: 'detached' });
}

async function viewer(browser, origin, ownerPage, ids) {
  const invitation = await api(ownerPage, 'POST', '/admins', { email: 'vic@example.com', name: 'Vic', role: 'viewer' });
  const { page, noProblems } = await openPage(browser, origin);
  await page.goto(invitation.link);
  await page.getByLabel('Password', { exact: true }).fill(owner.password);
  await page.getByRole('button', { name: 'Save and log in' }).click();
  await page.getByRole('heading', { name: 'Overview' }).waitFor();
  const none = async (path, heading, buttons) => {
    await page.goto(`${origin}/admin${path}`);
    await page.getByText(heading).first().waitFor();
    for (const name of buttons) assert.equal(await page.getByRole('button', { name }).count(), 0, `a viewer has no '${name}' on ${path}`);
  };
  await none(`/endpoints/${ids.endpoint}?tab=setup`, 'Your role does not allow to see it', ['Reveal the secret', 'Rotate the secret', 'Pause', 'Delete']);
  await none('/outbox', 'Welcome e-mail', [/^Retry/, /^Send again/, /^Try now/]);
  await none(`/outbox/${ids.event}`, 'Your role does not allow to see what was sent', [/^Send again/, /^Try now/]);
  await none('/mail', 'Preview', ['Save', 'Send the test']);
  assert.equal(await page.getByLabel('HTML', { exact: true }).getAttribute('readonly'), '');
  await none('/hooks', 'all.lua', []);
  noProblems('a viewer’s pages');
  await page.context().close();
}

export async function afterwards(browser, link) {
  await nothingYet(browser);
  const { origin } = new URL(link);
  const receiver = await startReceiver();
  try {
    const { page, expect, noProblems } = await openPage(browser, origin);
    await setUp(page, link);
    await page.goto(`${origin}/admin/`);
    const key = await newEndpoint(page, expect, receiver);
    noProblems('a new endpoint');
    await api(page, 'POST', '/endpoints', { name: 'Chat <img src=x onerror=alert(1)>', url: `${receiver.at}/chat` });
    const space = await api(page, 'POST', '/spaces', { title: 'VIP Lounge' });
    const hook = await api(page, 'POST', '/webhooks', { name: 'Shop', add_spaces: [space.id], welcome_email: true });
    const ids = await afterDelivery(page, receiver, origin, hook);
    await page.goto(`${origin}/admin/users/${ids.user}`);
    await page.locator('[data-test=meta]').getByText('A-17').waitFor();
    await rowOf(page, 'Welcome e-mail', 'Done').waitFor();
    await outbox(page, origin);
    await givenUp(page, origin, hook);
    noProblems('the outbox');
    await endpointPage(page, expect, receiver, origin, hook, key);
    noProblems('an endpoint');
    await mail(page, expect, origin);
    await scriptsPage(page, origin, hook);
    noProblems('mail and scripts');
    ids.endpoint = (await api(page, 'GET', '/endpoints')).items[0].id;
    ids.event = (await api(page, 'GET', '/outbox?kind=event')).items[0].id;
    ids.mail = (await api(page, 'GET', '/outbox?kind=welcome_email')).items[0].id;
    await visit(browser, origin, await page.context().storageState(), [
      '/', '/outbox', '/outbox?state=skipped&kind=events', `/outbox/${ids.event}`, `/outbox/${ids.mail}`, `/deliveries/${ids.delivery}`, `/users/${ids.user}`, '/mail', '/mail?tab=password',
      '/endpoints', '/endpoints/new', `/endpoints/${ids.endpoint}`, `/endpoints/${ids.endpoint}?tab=setup`, `/endpoints/${ids.endpoint}?tab=edit`, `/endpoints/${ids.endpoint}?tab=test`, '/hooks',
    ], 'afterwards');
    await viewer(browser, origin, page, ids);
    await page.goto(`${origin}/admin/endpoints/${ids.endpoint}?tab=setup`);
    await page.getByRole('button', { name: 'Delete', exact: true }).click();
    await page.locator('dialog[open]').getByLabel('Type CRM of mine to confirm').fill('CRM of mine');
    await page.locator('dialog[open]').getByRole('button', { name: 'Delete', exact: true }).click();
    await page.getByRole('heading', { name: 'Endpoints' }).waitFor();
    await page.getByRole('link', { name: 'CRM of mine' }).waitFor({ state: 'detached' });
    noProblems('what happens afterwards');
  } finally {
    receiver.stop();
  }
}
