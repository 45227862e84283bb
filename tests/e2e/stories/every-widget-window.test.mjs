// The form with every type of question and the household visit once more, in the real window at a laptop's size: by
// pointer, and by keys alone. The form comes as a district publishes it: over a server.
//
// The pointer is a mouse: WebKitWebDriver for GTK takes an action of the type "touch", but gives the page a mouse (no
// touchstart, `pointerType` "mouse"), and a display without a touch screen has no other. Touches are in
// every-widget.test.mjs; hands, screens and answers are the same.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { BY_HAND, answerAll, check, formFolder, sampleFiles, stored, visitForward } from '../lib/every-widget.mjs';
import { Finger, Keys } from '../lib/hands.mjs';
import { device, enrolDevice, go, lawang, openWindow, startVillage, unlock, until } from '../lib/index.mjs';

process.env.LAWANG_KEY_STORE = 'off';

const SIZE = { width: 1280, height: 800 };
const QUESTIONS = 40;

/** A server with the form, and a device that has fetched it, in its window. */
async function openDevice(t) {
  const world = await startVillage(t, 'every-widget');
  const { server, village } = world;
  const folder = formFolder();
  await lawang(['admin', 'publish-form', join(folder, 'every_widget.xlsx'), '--files', folder, '--data', server.data]);
  const data = world.data('device');
  await enrolDevice(server, data, { name: 'Siti Rahma', villages: [village] });
  assert.equal((await device(data, 'sync')).agreed, true);
  const screen = await openWindow({ data, ...SIZE });
  world.later(() => screen.close());
  await unlock(screen);
  return { screen, folder };
}

/** The household or submission of the visit that is open. */
const opened = (screen) =>
  until('the visit', async () => {
    const hash = await screen.evaluate(() => location.hash);
    return decodeURIComponent(/^#\/visit\/([^/?]+)/.exec(hash)?.[1] ?? '');
  });

const answers = [];
const visits = [];
for (const Hands of [Finger, Keys]) {
  const way = Hands === Finger ? 'pointer' : 'keys alone';
  test(`in the window every type of question and the household visit can be answered by ${way}`, async (t) => {
    const { screen, folder } = await openDevice(t);
    const hands = new Hands(screen);
    hands.look = (page) => screen.shot(`window-${hands.name}-${page}`);
    const began = Date.now();
    const step = (title) => t.diagnostic(`${((Date.now() - began) / 1000).toFixed(1)} s: ${title}`);
    try {
      await go(screen, '/surveys');
      await hands.press('survey-form');
      const submission = await opened(screen);
      await answerAll(hands, sampleFiles(folder));
      const values = await stored(screen, submission);
      check(values);
      answers.push(Object.fromEntries(Object.entries(values).filter(([path]) => !BY_HAND.has(path))));
      step('every type of question');

      // A household of which nothing is known, so that both ways are asked the same.
      await go(screen, '/');
      await hands.press('worklist-add');
      await hands.press('worklist-add-yes');
      hands.look = undefined;
      const left = await visitForward(hands, await opened(screen), QUESTIONS);
      assert.ok(Object.keys(left).length >= 30, `only ${Object.keys(left).join(', ')}`);
      visits.push(left);
      step('the household visit');
    } catch (error) {
      const picture = await screen.shot(`window-${hands.name}-failed`).catch(() => null);
      if (picture) error.message += `\nThe window then looked like ${picture}.`;
      throw error;
    }
  });
}

test('pointer and keys leave the same answers and the same visit in the window', () => {
  assert.ok(visits.length === 2, 'one of the two did not get to its end');
  assert.deepEqual(answers[1], answers[0]);
  assert.deepEqual(visits[1], visits[0]);
});
