// The first ten minutes: from the one-time link to the first member, and what an admin does next.
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { api, checkScreen, openPage, owner, post, setUp, shoot } from './support.mjs';

// By the menu; back only when the page is there, so that what is looked for next is not found on the page before.
async function goTo(page, name) {
  await page.getByRole('link', { name, exact: true }).first().click();
  await page.getByRole('heading', { level: 1, name, exact: true }).waitFor();
}

async function firstWebhook(page) {
  await page.getByRole('link', { name: 'Create your first webhook' }).first().click();
  await page.getByRole('heading', { name: 'New webhook' }).waitFor();
  assert.equal(await page.evaluate(() => document.activeElement?.id), 'page-title', 'the heading has the focus after a change of page');
  await page.getByLabel('Name').fill('Shop');
  for (const [label, title] of [['Add to spaces', 'VIP Lounge'], ['Enroll in courses', 'Rust 101']]) {
    await page.getByRole('combobox', { name: label }).fill(title);
    await page.getByRole('option', { name: `“${title}”` }).click();
    await page.locator('.el-tag', { hasText: title }).waitFor();
    await page.keyboard.press('Escape');
  }
  await checkScreen(page, 'the form of a new webhook');
  await page.getByLabel('Send the welcome e-mail').check();
  await page.getByRole('button', { name: 'Save and get the URL' }).click();
  const url = await page.locator('[data-test=webhook-url] code').innerText();
  assert.match(url, /\/webhook\/[\w-]{43}$/);
  await page.getByText('This URL is a password').waitFor();
  for (const name of ['PHP', 'Node', 'Python', 'WooCommerce', 'Zapier', 'Make', 'curl']) {
    await page.getByRole('button', { name, exact: true }).click();
    assert.ok((await page.locator('pre').first().innerText()).includes(url), `the example for ${name} holds the URL`);
  }
  await page.getByText('Waiting for the first request…').waitFor();
  await shoot(page, 'story-waiting');
  return url;
}

async function arrival(page, url) {
  assert.equal(await post(url, { email: 'grace@example.com', first_name: 'Grace', last_name: 'Hopper', user_pass: 'do not keep me' }), 200);
  await page.locator('[data-test=first-delivery]').waitFor();
  await shoot(page, 'story-arrived');
  await page.getByRole('link', { name: 'Open the delivery' }).click();
  await page.locator('[data-test=sentence]').waitFor();
  await page.getByRole('heading', { name: 'The story' }).waitFor();
  if (process.env.POSTERN_BIN) assert.ok(!(await page.content()).includes('do not keep me'), 'the password is masked');
  await checkScreen(page, 'the first delivery');
  await page.getByRole('link', { name: 'Open the user' }).click();
  await page.getByRole('link', { name: 'VIP Lounge' }).first().waitFor();
  await page.getByRole('link', { name: /because of delivery/ }).first().waitFor();
  await checkScreen(page, 'the first user');
}

async function testConsole(page) {
  await goTo(page, 'Webhooks');
  await page.getByRole('link', { name: 'Shop' }).click();
  await page.getByRole('link', { name: 'Test', exact: true }).click();
  await page.getByLabel('E-mail').fill('alan@example.com');
  await page.getByRole('button', { name: 'See what would happen' }).click();
  await page.getByText('alan@example.com would be created').waitFor();
  assert.equal((await api(page, 'GET', '/users?search=alan')).items.length, 0, 'a dry run writes nothing');
  await page.locator('[data-test=send]').click();
  await page.getByText('alan@example.com was created').waitFor();
  await checkScreen(page, 'the test console');
  await shoot(page, 'story-test');
}

// Two admins edit the same webhook; the second is told what the first one changed.
async function conflict(page, expect) {
  await page.getByRole('link', { name: 'Edit', exact: true }).click();
  await page.getByLabel('Name').fill('Shop of mine');
  const [hook] = (await api(page, 'GET', '/webhooks')).items;
  await page.evaluate(async ([id, etag]) => {
    const { csrf } = await (await fetch('/api/v1/session')).json();
    const headers = { 'Content-Type': 'application/json', 'X-CSRF-Token': csrf, 'If-Match': etag };
    const response = await fetch(`/api/v1/webhooks/${id}`, { method: 'PATCH', headers, body: '{"name":"Shop of theirs"}' });
    if (!response.ok) throw new Error(await response.text());
  }, [hook.id, hook.etag.startsWith('"') ? hook.etag : `"${hook.etag}"`]);
  expect(412);
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await page.locator('[data-test=conflict]').getByText('Shop of theirs').waitFor();
  await checkScreen(page, 'a conflict of two edits');
  await shoot(page, 'story-conflict');
  await page.getByRole('button', { name: 'Save mine over theirs' }).click();
  await page.getByRole('heading', { name: 'Shop of mine' }).waitFor();
}

async function liveAndReplay(page, url) {
  await goTo(page, 'Deliveries');
  await page.getByLabel('Show new ones as they arrive').check();
  await page.getByText('(connected)').waitFor();
  assert.equal(await post(url, { email: 'linus@example.com' }), 200);
  await page.getByRole('link', { name: 'linus@example.com' }).waitFor();
  await page.getByLabel('Search').fill('nobody-of-that-name@example.com');
  await page.getByText('Nothing matches.').waitFor();
  await page.getByRole('button', { name: 'Clear the filters' }).first().click();
  await page.getByLabel('Select all that are shown').check();
  await page.getByRole('button', { name: /Replay \d+ selected/ }).click();
  await page.getByText(/Replayed now, they would be/).waitFor();
  await checkScreen(page, 'the dialog before a replay');
  await page.getByRole('button', { name: /Replay \d+ for real/ }).click();
  await page.locator('[data-test=replay]').getByText(/\d+ deliveries replayed/).waitFor();
  await page.keyboard.press('Escape');
}

async function setupOfWebhook(page) {
  await goTo(page, 'Webhooks');
  await page.getByRole('link', { name: 'Shop of mine' }).click();
  await page.getByRole('link', { name: 'Setup', exact: true }).click();
  await page.getByRole('button', { name: 'Reveal the URL' }).click();
  const old = await page.locator('[data-test=webhook-url] code').innerText();
  await page.getByRole('button', { name: 'Rotate the URL' }).click();
  await page.locator('dialog[open]').getByRole('button', { name: 'Rotate the URL' }).click();
  await page.getByText('works until').waitFor();
  assert.notEqual(await page.locator('[data-test=webhook-url] code').innerText(), old);
  assert.equal(await post(old, { email: 'grace@example.com' }), 200, 'the old URL works in its grace');
  await page.getByRole('button', { name: 'Pause' }).click();
  await page.getByRole('button', { name: 'Resume' }).click();
  await page.getByRole('button', { name: 'Delete', exact: true }).click();
  const dialog = page.locator('dialog[open]');
  const really = dialog.getByRole('button', { name: 'Delete', exact: true });
  assert.ok(await really.isDisabled(), 'nothing is deleted before its name is typed');
  await dialog.getByLabel('Type Shop of mine to confirm').fill('Shop of mine');
  await really.click();
  await page.getByText('No webhooks yet.').waitFor();
}

async function logInAgain(page, expect) {
  await page.getByRole('button', { name: 'Log out' }).click();
  await page.getByRole('heading', { name: 'Log in' }).waitFor();
  await page.goto(new URL('/admin/users', page.url()).href);
  await page.getByLabel('E-mail').fill(owner.email);
  await page.getByLabel('Password').fill('not the password of hers');
  expect(401);
  await page.getByRole('button', { name: 'Log in' }).click();
  await page.getByRole('alert').getByRole('paragraph').first().waitFor();
  await checkScreen(page, 'a refused login');
  await page.getByLabel('Password').fill(owner.password);
  await page.getByRole('button', { name: 'Log in' }).click();
  await page.getByRole('heading', { name: 'Users' }).waitFor();
}

// Adds by hand, removes, erases.
async function person(page) {
  await goTo(page, 'Users');
  await page.getByLabel('Search').fill('alan');
  await page.getByRole('link', { name: 'alan@example.com' }).click();
  await page.getByRole('button', { name: 'Remove from VIP Lounge' }).click();
  await page.locator('dialog[open]').getByText('alan@example.com is removed from VIP Lounge').waitFor();
  await page.locator('dialog[open]').getByRole('button', { name: 'Remove', exact: true }).click();
  await page.getByRole('button', { name: 'Remove from VIP Lounge' }).waitFor({ state: 'detached' });
  await page.getByRole('button', { name: 'Add to a space or course' }).click();
  await page.locator('dialog[open]').getByLabel('Space or course').selectOption({ label: 'VIP Lounge (space)' });
  await page.locator('dialog[open]').getByLabel('Role').selectOption('Moderator');
  await checkScreen(page, 'adding by hand');
  await page.locator('dialog[open]').getByRole('button', { name: 'Add to a space or course' }).click();
  await page.getByText('by hand').first().waitFor();
  await page.getByRole('button', { name: 'Erase' }).click();
  const dialog = page.locator('dialog[open]');
  await checkScreen(page, 'the question before erasing');
  await dialog.getByLabel('Type alan@example.com to confirm').fill('alan@example.com');
  await dialog.getByRole('button', { name: 'Erase' }).click();
  await page.getByRole('heading', { name: 'Users' }).waitFor();
  assert.equal((await api(page, 'GET', '/users?search=alan')).items.length, 0);
}

// Source: RFC 6238 with the defaults of authenticator apps: SHA-1, 30 s, six digits.
function totp(secret, ahead = 0) {
  const bits = [...secret].map((letter) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(letter).toString(2).padStart(5, '0')).join('');
  const key = Buffer.from(bits.match(/.{8}/g).map((byte) => parseInt(byte, 2)));
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30000) + ahead));
  const hash = createHmac('sha1', key).update(counter).digest();
  const number = hash.readUInt32BE(hash[19] & 15) & 0x7fffffff;
  return String(number % 1000000).padStart(6, '0');
}

async function secondFactor(page) {
  await goTo(page, 'Settings');
  await page.getByRole('link', { name: 'My account' }).click();
  await page.getByLabel('Current password').last().fill(owner.password);
  await page.getByRole('button', { name: 'Switch on' }).click();
  const secret = await page.locator('.copy-block code').first().innerText();
  assert.match(await page.locator('.copy-block code').nth(1).innerText(), /^otpauth:\/\/totp\//);
  await checkScreen(page, 'the secret of the second factor');
  await page.getByLabel('Code').fill(totp(secret));
  await page.getByRole('button', { name: 'Confirm' }).click();
  await page.getByRole('heading', { name: 'Recovery codes' }).waitFor();
  assert.equal(await page.locator('.codes li').count(), 10);
  await checkScreen(page, 'the recovery codes');
  await page.getByRole('button', { name: 'I have kept them' }).click();
  await page.getByRole('button', { name: 'Log out' }).click();
  await page.getByRole('heading', { name: 'Log in' }).waitFor();
  const { origin } = new URL(page.url());
  await page.goto(`${origin}/admin/login?next=${encodeURIComponent('//example.net/')}`); // No open redirect.
  await page.getByLabel('E-mail').fill(owner.email);
  await page.getByLabel('Password').fill(owner.password);
  await page.getByRole('button', { name: 'Log in' }).click();
  await page.getByLabel('Code').fill(totp(secret, 1)); // A code counts once, so this is the next one.
  await checkScreen(page, 'the question for the code');
  await page.getByRole('button', { name: 'Confirm' }).click();
  await page.getByRole('heading', { name: 'Overview' }).waitFor();
  assert.equal(page.url(), `${origin}/admin/`);
}

async function programsAndAdmins(page) {
  await goTo(page, 'Settings');
  await page.getByRole('link', { name: 'API tokens' }).click();
  await page.getByRole('button', { name: 'New token' }).click();
  const dialog = page.locator('dialog[open]');
  await dialog.getByLabel('Name').fill('Backup job');
  await dialog.getByRole('button', { name: 'New token' }).click();
  assert.match(await dialog.locator('code').innerText(), /^pst_/);
  await dialog.getByRole('button', { name: 'Close' }).last().click();
  await page.getByRole('button', { name: 'Revoke Backup job' }).click();
  await dialog.getByRole('button', { name: 'Revoke' }).click();
  await page.getByText('No tokens yet.').waitFor();
  await page.getByRole('link', { name: 'Admins' }).click();
  await page.getByRole('button', { name: 'Invite an admin' }).click();
  await dialog.getByLabel('Name').fill('Vera');
  await dialog.getByLabel('E-mail').fill('vera@example.com');
  await dialog.getByLabel('Role').selectOption('Viewer');
  await dialog.getByRole('button', { name: 'Invite an admin' }).click();
  assert.match(await dialog.locator('.copy-block code').innerText(), /\/admin\/setup#/);
  await dialog.getByRole('button', { name: 'Close' }).last().click();
  await page.getByText('vera@example.com').first().waitFor();
  await page.getByRole('link', { name: 'Audit log' }).click();
  await page.getByRole('table').waitFor();
}

export async function story(browser, link) {
  const { page, expect, noProblems } = await openPage(browser, new URL(link).origin);
  await page.goto(link);
  await page.getByLabel('Password', { exact: true }).fill('short');
  await page.getByText('7 more characters are needed.').waitFor();
  await checkScreen(page, 'the first run');
  await setUp(page, link);
  await checkScreen(page, 'the next steps');
  await shoot(page, 'story-next-steps');
  const url = await firstWebhook(page);
  await arrival(page, url);
  await testConsole(page);
  noProblems('the first ten minutes');
  await conflict(page, expect);
  await liveAndReplay(page, url);
  await person(page);
  await setupOfWebhook(page);
  await programsAndAdmins(page);
  await logInAgain(page, expect);
  await secondFactor(page);
  noProblems('the story');
}
