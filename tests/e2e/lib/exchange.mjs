// The screen `Kirim & terima`.
import { go } from './app.mjs';
import { until } from './processes.mjs';

/**
 * Sends and receives; returns how it ended (`done`, `failed`, `cancelled`) and the receipt's short code. `by` is the
 * button for it: `sync-hub-use` goes to the hub that is shown.
 */
export async function exchange(screen, by = 'sync-start') {
  await go(screen, '/sync');
  await screen.testId('sync-start').wait();
  await screen.testId(by).wait();
  // What an earlier exchange left on the screen is drawn anew once this one began.
  await screen.evaluate(() => {
    document.querySelector('[data-testid=sync-start]').dataset.before = 'yes';
  });
  await screen.testId(by).click();
  const phase = await until(
    'the end of the exchange',
    () =>
      screen.evaluate(() => {
        const button = document.querySelector('[data-testid=sync-start]');
        if (!button || button.dataset.before) return null;
        return document.querySelector('[data-testid=sync-status]')?.dataset.phase ?? null;
      }),
    { timeout: 90_000 },
  ).catch(async (error) => {
    throw new Error(`${error.message}\nThe screen says:\n${await screen.says()}`);
  });
  // Only the district signs one.
  const signed = phase === 'done' && by === 'sync-start';
  return { phase, receipt: signed ? await screen.testId('sync-receipt').text() : '' };
}
