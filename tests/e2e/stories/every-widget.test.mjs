// A form with every type of question, answered twice at a phone's size: by touch alone, and by keys alone. Both must
// leave the same answers. Then the household visit, as far as its first questions on each person.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { BY_HAND, answerAll, check, formFolder, sampleFiles, stored, visitForward } from '../lib/every-widget.mjs';
import { Finger, Keys } from '../lib/hands.mjs';
import { openAddress, programs, root } from '../lib/index.mjs';
import { sleep, start, stop } from '../lib/processes.mjs';

const SIZE = { width: 390, height: 844, touch: true };
/** Milliseconds that a phone with a full memory card takes to keep an answer: keys do not wait for it. */
const SLOW_DISK = 150;
const QUESTIONS = 45;

async function preview(t, file) {
  const server = await start(programs.lawang(), ['form', 'preview', file, '--no-open', '--listen', '127.0.0.1:0'], {
    log: 'preview',
    readLine: true,
    env: { LAWANG_UI: join(root, 'ui/dist') },
  });
  t.after(() => stop(server));
  const { listening } = JSON.parse(server.firstLine);
  const screen = await openAddress({ url: listening, ...SIZE });
  t.after(() => screen.close());
  const { household, errors } = await screen.call('preview');
  assert.deepEqual(errors, [], 'the form has errors');
  await screen.driver.page.goto(`${listening}/#/visit/${household}`);
  await screen.testId('visit-page-title').wait();
  return { screen, household };
}

/** Every answer reaches the disk late. */
const slowDown = (screen) =>
  screen.driver.page.route('**/ipc', async (route) => {
    if (/"visit_answer"/.test(route.request().postData() ?? '')) await sleep(SLOW_DISK);
    await route.continue();
  });

/** Runs one way through; what the screen looked like when it failed is kept. */
async function through(screen, name, work) {
  try {
    return await work();
  } catch (error) {
    await screen.shot(`${name}-failed`);
    throw error;
  }
}

const answers = {};
for (const Hands of [Finger, Keys]) {
  const keys = Hands === Keys;
  test(`every type of question can be answered by ${Hands.name.toLowerCase()} alone${keys ? ', also while the disk is slow' : ''}`, async (t) => {
    const folder = formFolder();
    const { screen, household } = await preview(t, join(folder, 'every_widget.xlsx'));
    if (keys) await slowDown(screen);
    const hands = new Hands(screen);
    hands.look = (page) => screen.shot(`${hands.name}-${page}`);
    await through(screen, hands.name, () => answerAll(hands, sampleFiles(folder)));
    const values = await stored(screen, household);
    check(values);
    answers[Hands.name] = values;
    assert.deepEqual(screen.complaints, []);
  });
}

test('finger and keys leave the same answers', () => {
  assert.ok(answers.Finger && answers.Keys, 'one of the two did not get to its end');
  const same = (values) => Object.fromEntries(Object.entries(values).filter(([path]) => !BY_HAND.has(path)));
  assert.deepEqual(same(answers.Keys), same(answers.Finger));
});

const visits = {};
for (const Hands of [Finger, Keys]) {
  test(`the household visit goes forward by ${Hands.name.toLowerCase()} alone`, async (t) => {
    const { screen, household } = await preview(t, join(root, 'schema/questionnaires/household_visit.xlsx'));
    if (Hands === Keys) await slowDown(screen);
    const hands = new Hands(screen);
    const left = await through(screen, `${hands.name}-visit`, () => visitForward(hands, household, QUESTIONS));
    const paths = Object.keys(left);
    t.diagnostic(`${paths.length} questions, ${new Set(paths.map((path) => path.split('/')[0])).size} places`);
    assert.ok(paths.length >= 30, `only ${paths.length} questions were answered: ${paths.join(', ')}`);
    assert.deepEqual(screen.complaints, []);
    visits[Hands.name] = left;
  });
}

test('finger and keys leave the same household visit', () => {
  assert.ok(visits.Finger && visits.Keys, 'one of the two did not get to its end');
  assert.deepEqual(visits.Keys, visits.Finger);
});
