// The screen `Kirim & terima`.
import { go } from './app.mjs';
import { until } from './processes.mjs';

const PHASE = () => document.querySelector('[data-testid=sync-status]')?.dataset.phase ?? 'idle';
const RUNNING = ['connecting', 'sending', 'receiving', 'checking', 'sending_photos'];

/** Sends and receives; returns the phase in which it ended and the receipt's short code. */
export async function exchange(screen) {
  await go(screen, '/sync');
  await screen.testId('sync-start').wait();
  const before = await lastExchange(screen);
  await screen.testId('sync-start').click();
  const phase = await until(
    'the end of the exchange',
    async () => {
      const now = await screen.evaluate(PHASE);
      if (RUNNING.includes(now) || (await screen.testId('sync-cancel').exists())) return null;
      if (now === 'failed') return now;
      return now === 'done' && (await lastExchange(screen)) !== before ? now : null;
    },
    { timeout: 90_000, every: 100 },
  ).catch(async (error) => {
    throw new Error(`${error.message}\nThe screen says:\n${await screen.says()}`);
  });
  const receipt = screen.testId('sync-receipt');
  return { phase, receipt: phase === 'done' && (await receipt.exists()) ? await receipt.text() : '' };
}

/** A mark that differs after each finished exchange. */
async function lastExchange(screen) {
  const { report } = await screen.call('sync_status');
  return report ? JSON.stringify(report) : '';
}
