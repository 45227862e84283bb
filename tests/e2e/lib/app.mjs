// Steps that many stories share, in the words of the screens' test ids.
import { PIN } from './lawang.mjs';
import { until } from './processes.mjs';

/** Goes to an address of the app (`/sync`, `/visit/<household>/housing`), as a link would. */
export async function go(screen, path) {
  await screen.evaluate((address) => {
    location.hash = address;
  }, path);
  await until(`the place ${path}`, () => screen.evaluate((address) => location.hash.startsWith(`#${address}`), path));
}

/** Enrols a new device through its screen. */
export async function enrol(screen, { server, code, pin = PIN }) {
  await screen.testId('enrol-server').fill(server.url);
  await screen.testId('enrol-code').fill(code);
  await screen.testId('enrol-pin').fill(pin);
  await screen.testId('enrol-pin2').fill(pin);
  await screen.testId('enrol-submit').click();
  await screen.testId('nav-worklist').wait({ timeout: 60_000 });
}

/** Opens a locked device. */
export async function unlock(screen, pin = PIN) {
  await screen.testId('unlock-pin').fill(pin);
  await screen.testId('unlock-submit').click();
  await screen.testId('nav-worklist').wait({ timeout: 60_000 });
}

/** Answers a question of the visit's page that is shown: a text, or the code of a choice. */
export async function answer(screen, path, value) {
  const choice = screen.testId(`choice-${path}-${value}`);
  const input = screen.testId(`input-${path}`);
  await until(`the question ${path}`, async () => (await choice.exists()) || (await input.exists()));
  if (await choice.exists()) return choice.click();
  if (await input.read('tagName').then((tag) => ['INPUT', 'TEXTAREA'].includes(tag))) return input.fill(value);
  // A long list of choices opens first.
  await input.click();
  return choice.click();
}

/** Waits until everything that was typed is on the disk, as the screen says it. */
export async function saved(screen) {
  await screen.testId('saved-state').wait();
  await until('the answers to be saved', async () =>
    /Tersimpan di perangkat|Saved on this device|Hanya di pratinjau|Only in the preview/.test(await screen.testId('saved-state').text()),
  );
}
