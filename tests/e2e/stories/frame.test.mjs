// The head and the foot of a visit stay where they are, whatever is below them: only the questions scroll. A hidden
// field that hangs outside of what scrolls lets the browser push the whole frame away when a key brings it into view.
import assert from 'node:assert/strict';
import { copyFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { freshFolder, openAddress, programs, root, until } from '../lib/index.mjs';
import { start, stop } from '../lib/processes.mjs';

const FORMS = join(root, 'tests/e2e/forms');

/** What could be pushed although it shows no scroll bar, once the questions are scrolled to their end. */
const pushable = () => {
  const content = document.querySelector('.content');
  content.scrollTop = content.scrollHeight;
  return [...document.querySelectorAll('html, body, #app, #app *')]
    .filter((box) => box.contains(content) && box !== content && box.scrollHeight > box.clientHeight + 1)
    .map((box) => `${box.tagName}#${box.id} is ${box.scrollHeight} high in ${box.clientHeight}`);
};

test('no key can push the frame of a visit out of the screen', async (t) => {
  const folder = freshFolder('frame');
  for (const name of readdirSync(FORMS)) copyFileSync(join(FORMS, name), join(folder, name));
  writeFileSync(join(folder, 'villages.csv'), 'name,label\nv0,Desa Sukamaju\n');
  const server = await start(
    programs.lawang(),
    ['form', 'preview', join(folder, 'every_widget.xlsx'), '--no-open', '--listen', '127.0.0.1:0'],
    { log: 'preview', readLine: true, env: { LAWANG_UI: join(root, 'ui/dist') } },
  );
  t.after(() => stop(server));
  const { listening } = JSON.parse(server.firstLine);
  const screen = await openAddress({ url: listening });
  t.after(() => screen.close());
  const { household } = await screen.call('preview');
  const { pages } = await screen.call('visit_open', { household, page: null });
  assert.ok(pages.length >= 8, `only ${pages.length} pages`);
  const pushed = [];
  for (const { id } of pages) {
    await screen.driver.page.goto(`${listening}/#/visit/${household}/${id}`);
    await until(`the page ${id}`, async () => (await screen.testId('visit-page-title').attribute('data-page')) === id);
    for (const { width, height } of [{ width: 360, height: 640 }, { width: 1280, height: 800 }]) {
      await screen.resize(width, height);
      // The screens hear of another size with the next frame.
      await screen.driver.settle();
      for (const said of await screen.evaluate(pushable)) pushed.push(`${id} at ${width}x${height}: ${said}`);
    }
  }
  assert.deepEqual(pushed, []);
});
