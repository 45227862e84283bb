// The demonstration behind `cargo xtask run`: a district server with sample data, a demo enumerator,
// the window on the worklist. With `--pictures DIR` the window is driven and photographed instead.
// Every step can be repeated: what is there already is used again.
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import {
  PIN, artifacts, device, enrolCode, freePort, idOf, importPrelist, programs, publishForm, sampleData, startServer, villagesOf,
} from './lib/index.mjs';
import { takePictures } from './screenshots.mjs';

const { values: wishes } = parseArgs({
  options: {
    size: { type: 'string', default: 'village' },
    data: { type: 'string', default: 'run-data' },
    pictures: { type: 'string' },
  },
});
const data = resolve(wishes.data);
const sample = join(data, 'sample');
const prelist = join(sample, 'prelist.csv');
const memory = join(data, 'demo.json');
const first = join(data, 'device');
const second = join(data, 'device-of-a-colleague');
mkdirSync(data, { recursive: true });

/** What an earlier run did. */
const done = existsSync(memory) ? JSON.parse(readFileSync(memory, 'utf8')) : {};
function remember(facts) {
  Object.assign(done, facts);
  writeFileSync(`${memory}.new`, JSON.stringify(done, null, 2));
  renameSync(`${memory}.new`, memory);
}

const short = (path) => {
  const near = relative(process.cwd(), path);
  return near === '' || near.startsWith('..') ? path : near;
};
const number = new Intl.NumberFormat('en');
const TOTAL = 8;
let step = 0;
const begin = (title) => console.log(`[${(step += 1)}/${TOTAL}] ${title}`);
const tell = (sentence) => console.log(`      ${sentence}`);

async function sampleVillage() {
  begin(`Sample data: ${wishes.size}`);
  if (done.size && done.size !== wishes.size) {
    throw new Error(
      `${short(data)} holds a ${done.size}. Delete that folder, or name another one with --data, for a ${wishes.size}.`,
    );
  }
  if (!existsSync(prelist)) await sampleData({ out: sample, size: wishes.size });
  remember({ size: wishes.size, village: done.village ?? (await villagesOf(prelist))[0] });
  tell(`${short(prelist)}; the demonstration is in village ${done.village}`);
}

async function districtServer() {
  begin('District server');
  // The same port every time: the devices remember the address they were enrolled at.
  if (!done.port) remember({ port: await freePort() });
  const server = await startServer({ data: join(data, 'server'), listen: `127.0.0.1:${done.port}` });
  tell(`listening on ${server.url}`);
  return server;
}

/** Other surveys than the household visit. What was published before is published again without effect. */
async function surveysIn(server) {
  begin('Other surveys');
  const folder = new URL('../../schema/questionnaires/', import.meta.url);
  const ownOfTheProgram = ['household_visit.xlsx', 'back_check.xlsx'];
  const files = readdirSync(folder).filter((name) => name.endsWith('.xlsx') && !ownOfTheProgram.includes(name));
  for (const file of files) await publishForm(server, fileURLToPath(new URL(file, folder)));
  tell(`${files.length} questionnaires are published; they are under "Survei lain"`);
}

async function prelistIn(server) {
  begin('Prelist');
  if (done.imported) return tell('imported by an earlier run');
  const { imported, refused } = await importPrelist(server, prelist);
  remember({ imported: true });
  tell(`${number.format(imported)} imported, ${number.format(refused.length)} rows refused with a reason`);
}

async function enrolled(server, folder, name) {
  const key = `enrolled: ${name}`;
  if (done[key]) return;
  const code = await enrolCode(server, { name, villages: [done.village] });
  await device(folder, 'enrol', '--server', server.url, '--code', code);
  remember({ [key]: true });
}

/** Two people answer the same question differently, so that there is a conflict to look at. */
async function disagreement() {
  if (done.disagreement) return;
  const [household] = await device(first, 'households', '--limit', '1');
  const found = ['household_status', '1', 'enumeration_result', '1'];
  // Both must differ from the register: writing again what stands there changes nothing.
  const { answers } = await device(first, 'show', idOf(household));
  const [mine, theirs] = ['2', '3', '8'].filter((code) => code !== answers.floor_material);
  await device(first, 'set', idOf(household), ...found, 'floor_material', mine);
  await device(second, 'set', idOf(household), ...found, 'floor_material', theirs);
  for (const folder of [first, second, first]) await device(folder, 'sync');
  const conflicts = await device(first, 'conflicts');
  if (conflicts.length === 0) throw new Error('two different answers to one question did not become a conflict');
  remember({ disagreement: idOf(household) });
}

function showWindow(stopped) {
  return new Promise((ended, fail) => {
    const window = spawn(programs.window(), ['--data', first], { stdio: 'inherit' });
    window.once('error', fail);
    window.once('exit', (code) => (code === 0 || stopped() ? ended() : fail(new Error(`the window ended with ${code}`))));
  });
}

async function main() {
  await sampleVillage();
  const server = await districtServer();
  let stopping = false;
  const end = async (signal, code) => {
    stopping = true;
    await server.stop();
    console.log(`\nStopped (${signal}); the data stays in ${short(data)}. Next: \`cargo xtask run\` goes on with it.`);
    process.exit(code);
  };
  process.once('SIGINT', () => end('Ctrl-C', 130));
  process.once('SIGTERM', () => end('SIGTERM', 143));
  server.ended.then(() => {
    if (!stopping) console.error(`The server ended by itself; its log is ${short(join(artifacts, 'server.log'))}.`);
  });
  try {
    await prelistIn(server);
    await surveysIn(server);

    begin('Demo enumerator and a colleague');
    await enrolled(server, first, 'Siti Rahma');
    await enrolled(server, second, 'Budi Santoso');
    tell('both devices are enrolled');

    begin('Worklist to the devices');
    for (const folder of [first, second]) {
      const { pulled, bytes_down: bytes } = await device(folder, 'sync');
      tell(`${short(folder)}: ${number.format(pulled)} received, ${number.format(Math.ceil(bytes / 1024))} KiB`);
    }

    begin('A question that two people answered differently');
    await disagreement();
    tell(`household ${done.disagreement}`);

    begin(wishes.pictures ? 'Pictures of the window' : 'The window');
    if (wishes.pictures) {
      const pictures = await takePictures({ data: first, folder: resolve(wishes.pictures), household: done.disagreement });
      for (const path of pictures) tell(short(path));
      console.log(
        `\nThe window was opened under Xvfb; its pictures are in ${short(resolve(wishes.pictures))}. ` +
          'Next: look at them, then `cargo xtask test`; on a machine with a display `cargo xtask run` opens the window.',
      );
    } else {
      tell(`The PIN of the demo device is ${PIN}. Close the window (or press Ctrl-C) to end.`);
      await showWindow(() => stopping);
      console.log(
        `\nThe window is closed and the server stopped; the data stays in ${short(data)}. ` +
          'Next: `cargo xtask run` goes on with it, `cargo xtask test` runs every test.',
      );
    }
  } finally {
    stopping = true;
    await server.stop();
  }
}

main().catch((error) => {
  console.error(`\n${error.message}`);
  process.exitCode = 1;
});
