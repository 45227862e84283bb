// What a story of the desk needs before it begins, and its screens.
import { execFile } from 'node:child_process';
import { go, unlock } from './app.mjs';
import { PIN } from './lawang.mjs';
import { openPage } from './page.mjs';
import { programs } from './paths.mjs';
import { until } from './processes.mjs';

/** Whole visits on a device that no screen holds: `[{ household, answers }]`, answers by path. */
export async function makeVisits(data, visits) {
  await new Promise((resolve, reject) => {
    const child = execFile(programs.visits(), [data], { env: { ...process.env, LAWANG_PIN: PIN } }, (error, _, stderr) =>
      error ? reject(new Error(`visits on ${data}: ${stderr}`)) : resolve(),
    );
    child.stdin.end(JSON.stringify(visits));
  });
}

/** Sends and receives through the commands; fails when both sides do not hold the same in the end. */
export async function exchangeByCommand(screen) {
  await screen.call('sync_start', { place: '' });
  const status = await until(
    'the end of the exchange',
    async () => {
      const now = await screen.call('sync_status');
      return ['done', 'failed', 'cancelled'].includes(now.phase) ? now : null;
    },
    { timeout: 120_000 },
  );
  if (status.phase !== 'done') throw new Error(`the exchange ${status.phase}: ${status.problem?.message}`);
  return status.report;
}

/** A device's screen, unlocked. */
export async function openDevice({ data, width = 1280, height = 800, open = openPage }) {
  const screen = await open({ data, width, height });
  await screen.testId('unlock-pin').wait();
  await unlock(screen);
  return screen;
}

/** The desk with the list that a verifier sees first, once every visit's checks were made. */
export async function openDesk(screen) {
  await go(screen, '/desk');
  await screen.testId('desk-search').wait();
  await until('the checks of the visits', async () => (await screen.call('desk', QUEUE)).unchecked === 0, { timeout: 60_000 });
}

/** The whole queue, as the command gives it. */
export const QUEUE = { search: '', village: null, reasons: [], enumerator: '', offset: 0, limit: 200 };
