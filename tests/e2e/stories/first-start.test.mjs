// The shell itself: it opens, it reaches the core, it survives being killed.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { test } from 'node:test';
import { freshFolder, openPage, openWindow, programs } from '../lib/index.mjs';

function folder(t, name) {
  const path = freshFolder(name);
  t.after(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

test('the window of a new device opens at the size of a phone and its core answers', async (t) => {
  const screen = await openWindow({ data: folder(t, 'window') });
  t.after(() => screen.close());
  assert.deepEqual(await screen.evaluate(() => [innerWidth, innerHeight]), [390, 844]);
  assert.notEqual((await screen.says()).trim(), '');
  const session = await screen.call('boot');
  assert.equal(typeof session.phase, 'string');
  await screen.shot('first-start-window');
});

test('a window that is killed opens again on the same data', async (t) => {
  const data = folder(t, 'killed');
  const first = await openWindow({ data });
  const before = await first.call('boot');
  await first.kill();
  const second = await openWindow({ data });
  t.after(() => second.close());
  assert.deepEqual(await second.call('boot'), before);
});

test('the window refuses what it does not know, and its page cannot leave it', async (t) => {
  let asked = 0;
  const outside = createServer((_request, response) => {
    asked += 1;
    response.writeHead(200, { 'access-control-allow-origin': '*' }).end('hello');
  });
  await new Promise((done) => outside.listen(0, '127.0.0.1', done));
  t.after(() => outside.close());

  const screen = await openWindow({ data: folder(t, 'refused') });
  t.after(() => screen.close());
  await assert.rejects(screen.call('no_such_command'), (error) => typeof error.failure.code === 'string');
  const outcomes = await screen.evaluate(async (address) => {
    const outcome = (promise) => promise.then(() => 'allowed', () => 'refused');
    return Promise.all([
      outcome(window.__TAURI_INTERNALS__.invoke('plugin:window|close', { label: 'main' })),
      outcome(window.__TAURI_INTERNALS__.invoke('plugin:app|version')),
      outcome(fetch(address)),
    ]);
  }, `http://127.0.0.1:${outside.address().port}/`);
  assert.deepEqual(outcomes, ['refused', 'refused', 'refused']);
  assert.equal(asked, 0, 'the content policy let a request out');
  const injected = await screen.evaluate(() => {
    const script = document.createElement('script');
    script.textContent = 'window.injected = true';
    document.body.append(script);
    return window.injected === true;
  });
  assert.equal(injected, false, 'the content policy let an inline script run');
});

test('without a display the program says so and ends with 1', async (t) => {
  const { DISPLAY, WAYLAND_DISPLAY, ...env } = process.env;
  const { status, stderr } = await new Promise((done) => {
    execFile(programs.window(), ['--data', folder(t, 'blind')], { env }, (error, _stdout, text) =>
      done({ status: error?.code ?? 0, stderr: text }),
    );
  });
  assert.equal(status, 1);
  assert.match(stderr, /^Lawang needs a display: .*\n$/);
});

test('Chromium shows the same first screen on the loopback server', async (t) => {
  const screen = await openPage({ data: folder(t, 'page') });
  t.after(() => screen.close());
  const session = await screen.call('boot');
  assert.equal(typeof session.phase, 'string');
  await screen.css('body *').wait();
  await screen.shot('first-start-chromium');
  assert.deepEqual(screen.complaints, []);
});
