// Where things are. The build tool sets the variables; the defaults serve a run by hand.
import { existsSync, mkdirSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The checkout. */
export const root = resolve(dirname(fileURLToPath(import.meta.url)), '../../..');

const target = resolve(root, process.env.CARGO_TARGET_DIR ?? 'target');

/** The folder of the built programs. */
export const binaries = process.env.LAWANG_BIN_DIR ?? join(target, 'debug');

/** Pictures and logs of a run. */
export const artifacts = process.env.LAWANG_ARTIFACTS ?? join(target, 'e2e');
mkdirSync(artifacts, { recursive: true });

function program(name, candidates, hint) {
  const found = candidates.find((path) => path && existsSync(path));
  if (!found) throw new Error(`${name} is missing (looked at ${candidates.filter(Boolean).join(', ')}). ${hint}`);
  return found;
}

const onPath = (name) => (process.env.PATH ?? '').split(':').map((folder) => join(folder, name));

export const programs = {
  lawang: () => program('lawang', [join(binaries, 'lawang')], 'Run `cargo build --workspace`.'),
  visits: () => program('visits', [join(binaries, 'visits')], 'Run `cargo build --workspace`.'),
  window: () => program('lawang-window', [join(binaries, 'lawang-window')], 'Run `cargo build --workspace`.'),
  tauriDriver: () =>
    program(
      'tauri-driver',
      [process.env.TAURI_DRIVER, join(target, 'tools/bin/tauri-driver'), ...onPath('tauri-driver')],
      'Run `cargo xtask setup`.',
    ),
  webKitWebDriver: () =>
    program('WebKitWebDriver', onPath('WebKitWebDriver'), 'Run `cargo xtask setup` (package webkit2gtk-driver).'),
  chromium: () =>
    program(
      'Chromium',
      [process.env.CHROMIUM, '/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'],
      'Run `cargo xtask setup` (package chromium), or name it in CHROMIUM.',
    ),
};

/** A fresh folder for one story. */
export function freshFolder(name) {
  return mkdtempSync(join(tmpdir(), `lawang-${name}-`));
}
