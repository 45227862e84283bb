// Pictures of the screens in the real window, at a phone's and a laptop's size.
// By hand: xvfb-run -a -s '-screen 0 1400x1000x24' node screenshots.mjs DEVICE_DATA FOLDER [HOUSEHOLD_IN_CONFLICT]
import { mkdirSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { go, openWindow, unlock } from './lib/index.mjs';

/** Walks through the screens of an unlocked app and photographs each; returns the paths. */
export async function walk(screen, { folder, household }) {
  const pictures = [];
  const take = async (name) => pictures.push(...(await screen.shots(folder, name)));

  await go(screen, '/');
  const rows = screen.testId('worklist-row');
  await rows.wait();
  await take('worklist');

  // Another household than the one in conflict, if there is one.
  const ids = await screen.evaluate(() =>
    [...document.querySelectorAll('[data-testid=worklist-row]')].map((row) => row.dataset.household),
  );
  const visited = ids.find((id) => id !== household) ?? ids[0];
  await go(screen, `/household/${visited}`);
  await screen.testId('household-visit').wait();
  await take('household');

  await screen.testId('household-visit').click();
  await screen.testId('visit-page-title').wait();
  await take('visit');
  await go(screen, `/summary/${visited}`);
  await screen.css('main h1').wait();
  await take('summary');

  await go(screen, '/sync');
  await screen.testId('nav-sync').wait();
  await screen.css('main h1').wait();
  await take('sync');

  await go(screen, household ? `/conflicts?household=${household}` : '/conflicts');
  await screen.css('main h1').wait();
  await take('conflict');
  return pictures;
}

/** Opens the window on an enrolled device and photographs it, from the PIN on. */
export async function takePictures({ data, folder, household }) {
  mkdirSync(folder, { recursive: true });
  const screen = await openWindow({ data });
  try {
    await screen.testId('unlock-pin').wait();
    const locked = await screen.shots(folder, 'unlock');
    await unlock(screen);
    return [...locked, ...(await walk(screen, { folder, household }))];
  } catch (error) {
    const path = await screen.shot(resolve(folder, 'failed.png')).catch(() => null);
    if (path) error.message += `\nThe window then looked like ${path}.`;
    throw error;
  } finally {
    await screen.close();
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const [data, folder, household] = process.argv.slice(2);
  if (!folder) throw new Error('DEVICE_DATA and FOLDER are needed');
  for (const path of await takePictures({ data: resolve(data), folder: resolve(folder), household })) console.log(path);
}
