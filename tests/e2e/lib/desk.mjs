// Visits made fast, through the same commands that the screens use: what a desk story needs before it begins.
import { go, unlock } from './app.mjs';
import { openPage } from './page.mjs';
import { until } from './processes.mjs';

const KNOWN = { rt: '002', rw: '002' };
const BY_WIDGET = {
  integer: '1',
  decimal: '1.5',
  date: '2015-05-05',
  geopoint: '-5.36 105.1 30 5',
  id_number: '1809010101209001',
};

/** A plausible answer: what the register says, else the choice after the one that did not fit. */
function plausible(item) {
  if (item.previous_value !== '' && item.value === '') return item.previous_value;
  if (item.widget === 'select_one' || item.widget === 'select_multiple') {
    const used = item.choices.findIndex((choice) => choice.value === item.value);
    return item.choices[(used + 1) % Math.max(1, item.choices.length)]?.value ?? '';
  }
  return BY_WIDGET[item.widget] ?? KNOWN[item.path.split('/').at(-1)] ?? 'Sukarame';
}

/**
 * A whole visit on an unlocked screen: first what is to be found (`answers` by path), then what is still asked. A
 * visit that nobody submits stays as it is.
 */
export async function makeVisit(screen, household, answers, { submit = true } = {}) {
  const put = (page, path, value) => screen.call('visit_answer', { household, page, path, value });
  const finish = async () => {
    for (let round = 0; round < 40; round += 1) {
      const { problems } = await screen.call('visit_summary', { household });
      if (problems.length === 0) return;
      for (const problem of problems) {
        const { page } = await screen.call('visit_open', { household, page: problem.page });
        const item = page.items.find(({ path }) => path === problem.path);
        if (item) await put(page.id, item.path, plausible(item));
      }
    }
    throw new Error(`${household} cannot be finished`);
  };
  const { page } = await screen.call('visit_open', { household, page: null });
  await put(page.id, 'household_status', '1');
  await put(page.id, 'enumeration_result', '1');
  await finish();
  for (const [path, value] of Object.entries(answers)) await put(page.id, path, value);
  await finish();
  if (submit) await screen.call('visit_submit', { household });
  await screen.call('visit_close', { household });
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
