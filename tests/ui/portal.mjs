// The pages for people in a browser that runs no script of theirs, because there is none.
import assert from 'node:assert/strict';
import { api, checkScreen, openPage, post, setUp, shoot } from './support.mjs';

const first = 'velvet anchor in the pond';
const second = 'glacier otter mundane';
const sizes = { wide: { width: 1280, height: 860 }, narrow: { width: 360, height: 740 } };

// What an operator does: spaces, a webhook, a delivery; gives the link that sets the person's password.
async function prepare(page, link) {
  await setUp(page, link);
  const space = await api(page, 'POST', '/spaces', { title: 'Premium <members> & friends', slug: 'premium' });
  const course = await api(page, 'POST', '/courses', { title: 'Piano for people with little time and long titles', slug: 'piano' });
  const made = await api(page, 'POST', '/webhooks', { name: 'Shop', add_spaces: [space.id], add_courses: [course.id] });
  await post(made.url, { email: 'eva.stone-with-a-long-name@example.com', first_name: 'Eva', last_name: 'Stone' });
  return (await api(page, 'POST', '/users/eva.stone-with-a-long-name@example.com/password-link')).link;
}

async function logIn(page, password) {
  await page.getByLabel('E-mail address or user name').fill('eva.stone-with-a-long-name@example.com');
  await page.getByLabel('Password', { exact: true }).fill(password);
  await page.getByRole('button', { name: 'Log in' }).click();
}

// Each page at each size and in both colours, as it is right now.
async function look(page, name) {
  for (const [size, viewport] of Object.entries(sizes)) {
    for (const colorScheme of ['light', 'dark']) {
      await page.setViewportSize(viewport);
      await page.emulateMedia({ colorScheme });
      await checkScreen(page, `${name}, ${size}, ${colorScheme}`);
      await shoot(page, `portal-${name}-${size}-${colorScheme}`);
    }
  }
  await page.setViewportSize(sizes.wide);
}

export async function portal(browser, link) {
  const { origin } = new URL(link);
  const admin = await openPage(browser, origin);
  const setPassword = await prepare(admin.page, link);

  const { page, expect, noProblems } = await openPage(browser, origin);
  expect(401, 404, 410, 422);
  await page.goto(setPassword);
  await look(page, 'set-password');
  await page.getByLabel('New password', { exact: true }).fill('short');
  await page.getByLabel('New password again').fill('short');
  await page.getByRole('button', { name: 'Set the password' }).click();
  await page.getByRole('alert').getByText('shorter than 8 characters').waitFor();
  await look(page, 'set-password-fault');
  await page.getByLabel('New password', { exact: true }).fill(first);
  await page.getByLabel('New password again').fill(first);
  await page.getByRole('button', { name: 'Set the password' }).click();
  await page.getByText('Your password is set').waitFor();
  await look(page, 'password-is-set');

  await logIn(page, 'wrong');
  await page.getByRole('alert').getByText('is wrong').waitFor();
  await look(page, 'login-fault');
  await logIn(page, first);
  await page.getByRole('heading', { name: 'My spaces and courses' }).waitFor();
  await page.getByText('Premium <members> & friends').waitFor();
  await look(page, 'home');
  assert.equal(await page.evaluate('document.scripts.length'), 0);

  await page.getByRole('link', { name: 'Change the password' }).click();
  await look(page, 'change-password');
  await page.getByLabel('Present password').fill(first);
  await page.getByLabel('New password', { exact: true }).fill(second);
  await page.getByLabel('New password again').fill(second);
  await page.getByRole('button', { name: 'Change the password' }).click();
  await page.getByRole('status').getByText('has been changed').waitFor();
  await page.getByRole('button', { name: 'Log out', exact: true }).click();
  await page.getByText('You are logged out').waitFor();

  await page.goto(setPassword);
  await page.getByRole('heading', { name: 'This link was used already' }).waitFor();
  await look(page, 'link-used');
  await page.getByRole('button', { name: 'Send me a new link' }).click();
  await page.getByRole('heading', { name: 'Look into your e-mail' }).waitFor();
  await look(page, 'link-sent');
  await page.goto(`${setPassword.slice(0, -2)}xx`);
  await page.getByRole('link', { name: 'Send me a new link' }).click();
  await look(page, 'forgotten');
  await page.getByLabel('E-mail address or user name').fill('nobody@example.com');
  await page.getByRole('button', { name: 'Send me a link' }).click();
  await page.getByRole('heading', { name: 'Look into your e-mail' }).waitFor();
  noProblems('the pages for people');

  // The same without any script engine.
  const plain = await openPage(browser, origin, { javaScriptEnabled: false });
  await plain.page.goto(`${origin}/account/login?next=/account/password`);
  await logIn(plain.page, second);
  await plain.page.getByRole('heading', { name: 'Change the password' }).waitFor();
  plain.noProblems('the login without scripts');
}
