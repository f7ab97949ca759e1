// Every screen, empty and filled, light and dark, wide and narrow: axe, console, sideways scroll.
import assert from 'node:assert/strict';
import { api, checkScreen, openPage, owner, post, setUp, shoot, waitUntil } from './support.mjs';

async function fill(page) {
  const space = await api(page, 'POST', '/spaces', { title: 'VIP Lounge', privacy: 'private' });
  const course = await api(page, 'POST', '/courses', { title: 'Rust 101' });
  const { webhook, url } = await api(page, 'POST', '/webhooks', { name: 'Shop', add_spaces: [space.id], add_courses: [course.id], welcome_email: true });
  await api(page, 'POST', '/webhooks', { name: 'Refunds <img src=x onerror=alert(1)>', remove_spaces: [space.id] });
  await api(page, 'POST', '/spaces', { title: 'Old <svg onload=alert(1)> lounge', slug: 'old-lounge' });
  for (let n = 0; n < 6; n++) await post(url, { email: `person${n}@example.com`, first_name: 'Person', last_name: String(n), note: '<script>alert(1)</script>' });
  await post(url, { email: 'no address' });
  await api(page, 'POST', '/tokens', { name: 'Backup job', scopes: ['view'] });
  await api(page, 'POST', '/admins', { email: 'viewer@example.com', name: 'Vera', role: 'viewer' });
  const { items } = await api(page, 'GET', '/deliveries');
  const { items: people } = await api(page, 'GET', '/users');
  return {
    space: space.id, course: course.id, webhook: webhook.id, user: people[0].id,
    good: items.find(({ status }) => status === 'processed').id, bad: items.find(({ status }) => status === 'rejected').id,
  };
}

const empty = ['/', '/webhooks', '/webhooks/new', '/deliveries', '/users', '/spaces', '/courses'];
const filled = ({ space, course, webhook, user, good, bad }) => [
  '/', '/webhooks', '/webhooks/new', `/webhooks/${webhook}`, `/webhooks/${webhook}?tab=setup`, `/webhooks/${webhook}?tab=edit`, `/webhooks/${webhook}?tab=test`,
  '/deliveries', '/deliveries?status=failed', `/deliveries/${good}`, `/deliveries/${bad}`, '/users', '/users?search=nobody-at-all', `/users/${user}`, '/spaces', `/spaces/${space}`,
  '/courses', `/courses/${course}`, '/settings', '/settings?tab=account', '/settings?tab=sessions', '/settings?tab=admins', '/settings?tab=tokens', '/settings?tab=audit', '/no/such/page',
];
const looks = [
  { colorScheme: 'light', width: 1280 }, { colorScheme: 'dark', width: 1280 }, { colorScheme: 'light', width: 360 }, { colorScheme: 'dark', width: 360 },
];

export async function visit(browser, origin, storageState, paths, name) {
  for (const { colorScheme, width } of looks) {
    const { page, noProblems } = await openPage(browser, origin, { colorScheme, storageState, viewport: { width, height: 800 } });
    for (const path of paths) {
      const where = `${name} ${path} (${colorScheme}, ${width} px)`;
      await page.goto(`${origin}/admin${path}`);
      await page.locator('h1').waitFor();
      await waitUntil(page, () => !document.body.innerText.includes('Loading…') && !document.querySelector('[aria-busy=true]'), `${where} has loaded`);
      assert.equal(await page.evaluate(() => document.documentElement.classList.contains('dark')), colorScheme === 'dark', where);
      await checkScreen(page, where);
      await shoot(page, `${name}-${colorScheme}-${width}${path.replace(/[^\w]+/g, '-')}`);
      noProblems(where);
    }
    await page.context().close();
  }
}

// By keyboard alone: the skip link, the menu of a narrow page, a dialog that gives the focus back.
async function keyboard(browser, origin, storageState) {
  const { page, noProblems } = await openPage(browser, origin, { storageState, viewport: { width: 360, height: 800 } });
  await page.goto(`${origin}/admin/spaces`);
  await page.getByRole('heading', { name: 'Spaces' }).waitFor();
  await page.keyboard.press('Tab');
  assert.equal(await page.evaluate(() => document.activeElement?.textContent), 'Skip to the content');
  const menu = page.getByRole('button', { name: 'Menu' });
  await menu.focus();
  await page.keyboard.press('Enter');
  assert.equal(await menu.getAttribute('aria-expanded'), 'true');
  await page.getByRole('link', { name: 'Courses' }).focus();
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'Courses' }).waitFor();
  const button = page.getByRole('button', { name: 'New course' });
  await button.focus();
  await page.keyboard.press('Enter');
  await page.locator('dialog[open]').getByLabel('Title').waitFor();
  await checkScreen(page, 'a dialog');
  await page.keyboard.press('Escape');
  await waitUntil(page, () => !document.querySelector('dialog[open]'), 'the dialog is closed');
  assert.equal(await page.evaluate(() => document.activeElement?.textContent?.trim()), 'New course', 'the focus is given back');
  await menu.click();
  await page.getByLabel('Colours').selectOption('Dark');
  await page.reload();
  await page.getByRole('heading', { name: 'Courses' }).waitFor();
  assert.ok(await page.evaluate(() => document.documentElement.classList.contains('dark')), 'the choice of colours is kept');
  noProblems('the keyboard');
  await page.context().close();
}

// What a viewer's pages do not offer.
async function viewer(browser, origin, ownerPage, webhook) {
  const invitation = await api(ownerPage, 'POST', '/admins', { email: 'vic@example.com', name: 'Vic', role: 'viewer' });
  const { page, noProblems } = await openPage(browser, origin);
  await page.goto(invitation.link);
  await page.getByLabel('Password', { exact: true }).fill(owner.password);
  await page.getByRole('button', { name: 'Save and log in' }).click();
  await page.getByRole('heading', { name: 'Overview' }).waitFor();
  await page.goto(`${origin}/admin/webhooks/${webhook}?tab=setup`);
  await page.getByText('Your role does not allow to see it').waitFor();
  for (const name of ['Reveal the URL', 'Rotate the URL', 'Delete']) assert.equal(await page.getByRole('button', { name }).count(), 0, `a viewer has no '${name}'`);
  await page.goto(`${origin}/admin/settings`);
  await page.getByRole('heading', { name: 'Settings' }).waitFor();
  assert.equal(await page.getByRole('link', { name: 'Audit log' }).count(), 0);
  noProblems('a viewer’s pages');
  await page.context().close();
}

export async function screens(browser, link) {
  const { origin } = new URL(link);
  const { page, noProblems } = await openPage(browser, origin);
  await page.goto(`${origin}/admin/webhooks`);
  await page.getByText('This page is opened by a one-time link.').waitFor();
  await checkScreen(page, 'the first run without a link');
  await setUp(page, link);
  const storageState = await page.context().storageState();
  await visit(browser, origin, storageState, empty, 'empty');
  const ids = await fill(page);
  await visit(browser, origin, storageState, filled(ids), 'filled');
  await visit(browser, origin, undefined, ['/login', '/setup'], 'outside');
  await keyboard(browser, origin, storageState);
  await viewer(browser, origin, page, ids.webhook);
  noProblems('the first run');
}
