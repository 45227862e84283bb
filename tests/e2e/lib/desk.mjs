// What a story of the desk needs before it begins, and its screens.
import { execFile } from 'node:child_process';
import { go, unlock } from './app.mjs';
import { lawang, PIN } from './lawang.mjs';
import { openPage } from './page.mjs';
import { programs } from './paths.mjs';
import { until } from './processes.mjs';

function visits(args, input = '') {
  return new Promise((resolve, reject) => {
    const env = { ...process.env, LAWANG_PIN: PIN };
    const child = execFile(programs.visits(), args, { env, maxBuffer: 16 * 1024 * 1024 }, (error, stdout, stderr) =>
      error ? reject(new Error(`visits ${args.join(' ')}: ${stderr || error.message}`)) : resolve(JSON.parse(stdout)),
    );
    child.stdin.end(input);
  });
}

/**
 * Whole visits on a device that no screen holds: `[{ household, at, minutes, answers, joins }]`, answers by path, and
 * the people who are new to the family, each by key.
 */
export const makeVisits = (data, made) => visits([data], JSON.stringify(made));

/** What every household of a device contains, as digests by its id. */
export const contentsOfDevice = (data) => visits([data, 'digests']);

/** The same of a district server or a hub. */
export async function contentsOfServer(server) {
  const rows = await lawang(['admin', 'households', '--data', server.data]);
  return Object.fromEntries(rows.map((row) => [row.household, row.digest]));
}

/** A device's screen, unlocked. */
export async function openDevice({ data, width = 1280, height = 800, open = openPage }) {
  const screen = await open({ data, width, height });
  await screen.testId('unlock-pin').wait();
  await unlock(screen);
  return screen;
}

/** The whole queue, as the command gives it. */
export const QUEUE = { search: '', village: null, reasons: [], enumerator: '', offset: 0, limit: 200 };
/** All suspected pairs that nobody has decided on. */
export const PAIRS = { all: false, village: null, household: null, kinds: [], search: '', offset: 0, limit: 200 };

/** The desk with the list that a verifier sees first, once every visit's checks were made. */
export async function openDesk(screen) {
  await go(screen, '/desk');
  await screen.testId('desk-search').wait();
  await until('the checks of the visits', async () => (await screen.call('desk', QUEUE)).unchecked === 0, { timeout: 60_000 });
}

/** A household at the desk, old against new. */
export async function openAtDesk(screen, household) {
  await go(screen, `/desk/household/${household}`);
  await screen.testId('compare-head').wait();
}

/** Waits until a decision has led away from a household. */
export const leaves = (screen, household) =>
  until('the next household', () => screen.evaluate((id) => location.hash.startsWith('#/desk') && !location.hash.includes(id), household));

/** Accepts what is shown, by keys. */
export async function acceptByKeys(screen, household) {
  await until('its buttons', async () => !(await screen.testId('desk-accept').read('disabled')));
  await screen.press('a');
  await screen.testId('accept-yes').wait();
  await screen.press('Enter');
  await leaves(screen, household);
  await screen.testId('accept-dialog').gone();
}
