// node run.mjs story|screens|afterwards|sources|counts|portal: installs what it needs into UI_MODULES, when the lock file has changed, and runs one test.
import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
process.env.UI_MODULES ??= join(here, '../../build/ui-tests');

async function install(folder) {
  mkdirSync(folder, { recursive: true });
  const lock = readFileSync(join(here, 'package-lock.json'), 'utf8');
  const stamp = join(folder, 'installed.json');
  const installed = () => existsSync(stamp) && readFileSync(stamp, 'utf8') === lock;
  const busy = join(folder, 'busy'); // Two tests may start at once; the first one installs.
  for (let tries = 0; !installed(); tries++) {
    try {
      mkdirSync(busy);
    } catch {
      if (tries > 600) throw new Error(`${busy} stays; another run was interrupted. Remove it.`);
      await wait(200);
      continue;
    }
    try {
      for (const name of ['package.json', 'package-lock.json']) copyFileSync(join(here, name), join(folder, name));
      const { status } = spawnSync('npm', ['ci', '--no-audit', '--no-fund', '--ignore-scripts'], { cwd: folder, stdio: 'inherit' });
      if (status !== 0) throw new Error('npm ci failed');
      writeFileSync(stamp, lock);
    } finally {
      rmdirSync(busy);
    }
  }
}

await install(process.env.UI_MODULES);
const { startBrowser, startServer } = await import('./support.mjs');
const { story } = await import('./story.mjs');
const { screens } = await import('./screens.mjs');
const { afterwards, settings } = await import('./afterwards.mjs');
const { sources } = await import('./sources.mjs');
const { counts } = await import('./counts.mjs');
const { portal } = await import('./portal.mjs');
const test = { story, screens, afterwards, sources, counts, portal }[process.argv[2]];
if (!test) throw new Error('name a test: story, screens, afterwards, sources, counts, portal');
const server = await startServer(test === afterwards ? settings() : { POSTERN_MAIL_TRANSPORT: 'file' });
let browser = null;
try {
  browser = await startBrowser();
  await test(browser, server.link);
  console.log(`${process.argv[2]}: passed`);
} catch (error) {
  console.error(error);
  for (const page of browser?.contexts().flatMap((context) => context.pages()) ?? []) {
    const text = await page.evaluate('document.body.innerText').catch(() => '');
    console.error(`--- at ${page.url().split('#')[0]} the page says:\n${text.slice(0, 1500)}`);
  }
  process.exitCode = 1;
} finally {
  await browser?.close();
  await server.stop();
}
