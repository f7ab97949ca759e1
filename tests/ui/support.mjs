// A server in a temporary folder, a browser on it, and the checks that every page has to pass.
//
// POSTERN_BIN: the program under test. Without it the stand-in of web/mock is used. UI_BASE: the one-time link of a
// server that is running already. UI_MODULES: where playwright-core and axe-core are installed (see run.mjs).
// UI_SHOTS: a folder for a picture of every screen.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const modules = createRequire(join(process.env.UI_MODULES, 'package.json'));
const { chromium } = modules('playwright-core');
const axe = modules.resolve('axe-core/axe.min.js');
const root = fileURLToPath(new URL('../..', import.meta.url));
export const slowdown = Number(process.env.POSTERN_TEST_SLOWDOWN ?? '1');
export const owner = { name: 'Ada Lovelace', email: 'ada@example.com', password: 'a gate in the garden wall' };

// Starts the server, with `settings` in its environment; `link` is the one-time link that it prints.
export async function startServer(settings = {}) {
  if (process.env.UI_BASE) return { link: process.env.UI_BASE, stop: async () => {} };
  const folder = mkdtempSync(join(tmpdir(), 'postern-ui-'));
  const [program, ...flags] = process.env.POSTERN_BIN
    ? [process.env.POSTERN_BIN, 'serve', '--data', join(folder, 'data'), '--listen', '127.0.0.1:0', '--no-demo']
    : [process.execPath, join(root, 'web/mock/server.mjs'), '--dist', process.env.UI_DIST ?? join(root, 'build/web/dist')];
  const child = spawn(program, flags, { stdio: ['ignore', 'pipe', 'pipe'], cwd: folder, env: { ...process.env, ...settings } });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  let output = '';
  const link = await new Promise((resolve, reject) => {
    const read = (chunk) => {
      output += chunk;
      const found = /^Admin: (http:\/\/127\.0\.0\.1:\d+\/admin\/setup#\S+)$/m.exec(output);
      if (found) resolve(found[1]);
    };
    child.stdout.on('data', read);
    child.stderr.on('data', (chunk) => (output += chunk));
    child.once('exit', () => reject(new Error(`the server ended: ${output}`)));
    setTimeout(() => reject(new Error(`the server printed no one-time link: ${output}`)), 20000 * slowdown).unref();
  });
  const stop = async () => {
    child.kill('SIGTERM');
    await ended;
    rmSync(folder, { recursive: true, force: true });
  };
  return { link, stop };
}

export async function startBrowser() {
  return chromium.launch({
    executablePath: process.env.UI_CHROMIUM ?? '/usr/bin/chromium',
    args: ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
      '--disable-component-update', '--disable-sync'],
  });
}

// A page whose console errors, failed scripts and foreign requests are collected; `expected` are answers that the test provokes.
export async function openPage(browser, origin, options = {}) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 860 }, reducedMotion: 'reduce', ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(10000 * slowdown);
  const problems = [];
  let expected = [];
  page.on('console', (message) => {
    if (message.type() !== 'error' && !/Content Security Policy/i.test(message.text())) return;
    if (!expected.some((status) => message.text().includes(`status of ${status}`))) problems.push(`console: ${message.text()} ${message.location().url}`);
  });
  page.on('pageerror', (error) => problems.push(`script: ${error.stack ?? error.message}`));
  page.on('request', (request) => {
    if (!request.url().startsWith(origin) && !request.url().startsWith('data:')) problems.push(`request to another host: ${request.url()}`);
  });
  return {
    page,
    expect: (...statuses) => (expected = statuses),
    noProblems: (where) => assert.deepEqual(problems, [], `problems on ${where}`),
  };
}

// Runs in the page: what sticks out at the right, unless it stands in something that scrolls by itself or is unseen.
function tooWide() {
  const view = document.documentElement.clientWidth;
  const excused = (element) => element.closest('.unseen, .skip, pre, .scroll, .el-popper, thead') !== null;
  const out = [...document.body.querySelectorAll('*')].filter((element) => element.getBoundingClientRect().right > view + 1 && !excused(element));
  const found = out.map((element) => `${element.tagName}.${element.className}: ${element.textContent.slice(0, 60)}`);
  return document.documentElement.scrollWidth > view ? [...found, 'the page scrolls sideways'] : found;
}

// No serious or critical finding of axe, no horizontal scroll of the page, one heading that names it.
export async function checkScreen(page, where) {
  const has = await page.evaluate('typeof window.axe !== "undefined"');
  if (!has) await page.evaluate(modules('node:fs').readFileSync(axe, 'utf8'));
  const { violations } = await page.evaluate(() => window.axe.run(document, { resultTypes: ['violations'] }));
  const bad = violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, help, nodes }) => `${id}: ${help}\n    ${nodes.map((node) => `${node.html.slice(0, 160)}  ${node.any[0]?.message ?? ''}`).join('\n    ')}`);
  assert.equal(bad.join('\n'), '', `accessibility of ${where}`);
  assert.deepEqual(await page.evaluate(tooWide), [], `${where}: what does not fit into the width of the page`);
  assert.equal(await page.locator('h1').count(), 1, `${where} has one heading`);
}

// Playwright's own waitForFunction evaluates text within the page, which the page's CSP forbids.
export async function waitUntil(page, predicate, what) {
  const end = Date.now() + 10000 * slowdown;
  while (!(await page.evaluate(predicate))) {
    assert.ok(Date.now() < end, `timed out waiting until ${what}`);
    await page.waitForTimeout(20);
  }
}

export async function shoot(page, name) {
  if (!process.env.UI_SHOTS) return;
  mkdirSync(process.env.UI_SHOTS, { recursive: true });
  await page.screenshot({ path: join(process.env.UI_SHOTS, `${name}.png`), fullPage: true });
}

// Through the first run's form.
export async function setUp(page, link) {
  await page.goto(link);
  await page.getByLabel('Name').fill(owner.name);
  await page.getByLabel('E-mail').fill(owner.email);
  await page.getByLabel('Password', { exact: true }).fill(owner.password);
  await page.getByRole('button', { name: 'Save and log in' }).click();
  await page.getByRole('heading', { name: 'You are in' }).waitFor();
}

// A call of the API as the page makes it, from inside the page.
export function api(page, method, path, body) {
  return page.evaluate(async ([verb, where, content]) => {
    const session = await (await fetch('/api/v1/session')).json();
    const headers = { 'X-CSRF-Token': session.csrf ?? '' };
    if (content !== undefined) headers['Content-Type'] = 'application/json';
    const response = await fetch(`/api/v1${where}`, { method: verb, headers, body: content === undefined ? undefined : JSON.stringify(content) });
    if (!response.ok) throw new Error(`${verb} ${where}: ${response.status} ${await response.text()}`);
    return response.status === 204 ? null : response.json();
  }, [method, path, body]);
}

// What a shop does.
export async function post(url, fields) {
  const response = await fetch(url, { method: 'POST', body: new URLSearchParams(fields) });
  await response.text();
  return response.status;
}
