// Starting and ending programs, so that none outlives the run.
import { spawn } from 'node:child_process';
import { closeSync, openSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { artifacts } from './paths.mjs';

const running = new Set();

process.on('exit', () => {
  for (const child of running) signal(child, 'SIGKILL');
});

/** To the program, or to all of its group if it leads one. */
function signal(child, name) {
  try {
    process.kill(child.leads ? -child.pid : child.pid, name);
  } catch {
    // It has ended already.
  }
}

export const sleep = (milliseconds) => new Promise((done) => setTimeout(done, milliseconds));

/** How many times longer everything is waited for, on a machine that has much else to do. */
export const PATIENCE = Number(process.env.LAWANG_PATIENCE ?? 1);

/** Repeats `look` until it returns something true, or fails with a sentence that names `what`. */
export async function until(what, look, { timeout = 15_000, every = 50 } = {}) {
  const end = Date.now() + timeout * PATIENCE;
  let last;
  for (;;) {
    try {
      const found = await look();
      if (found) return found;
      last = undefined;
    } catch (error) {
      last = error;
    }
    if (Date.now() > end) {
      throw new Error(`waited ${(timeout * PATIENCE) / 1000} s in vain for ${what}${last ? `: ${last.message}` : ''}`);
    }
    await sleep(every);
  }
}

/** A free port of the loopback interface. */
export function freePort() {
  return new Promise((done, fail) => {
    const probe = createServer();
    probe.once('error', fail);
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address();
      probe.close(() => done(port));
    });
  });
}

/**
 * Starts a program. With `readLine` it resolves once the first line of standard output is there
 * (`child.firstLine`). Standard error goes to `<artifacts>/<log>.log`. With `leads` it leads a group
 * of its own, so that whatever it starts ends with it.
 */
export async function start(program, args, { env = {}, log = 'program', readLine = false, leads = false, timeout = 60_000 } = {}) {
  const file = openSync(join(artifacts, `${log}.log`), 'a');
  const child = spawn(program, args, {
    env: { ...process.env, ...env },
    stdio: ['ignore', readLine ? 'pipe' : file, file],
    detached: leads,
  });
  child.leads = leads;
  closeSync(file);
  running.add(child);
  child.ended = new Promise((done) => {
    const end = () => {
      running.delete(child);
      done();
    };
    child.once('exit', end);
    child.once('error', (error) => {
      child.startError = error;
      end();
    });
  });
  if (!readLine) return child;

  const lines = createInterface({ input: child.stdout });
  const first = new Promise((done) => lines.once('line', done));
  let timer;
  const late = new Promise((done) => {
    timer = setTimeout(done, timeout, null);
  });
  child.firstLine = await Promise.race([first, late, child.ended.then(() => null)]);
  clearTimeout(timer);
  child.stdout.resume();
  if (child.firstLine === null) {
    signal(child, 'SIGKILL');
    const said = readFileSync(join(artifacts, `${log}.log`), 'utf8').trim().split('\n').slice(-5).join('\n');
    throw new Error(
      `${program} ${args.join(' ')} did not get ready${child.startError ? `: ${child.startError.message}` : ''}.\n${said}`,
    );
  }
  return child;
}

/** Asks a program to end (SIGTERM), and makes it after `patience`. */
export async function stop(child, patience = 5000) {
  if (child.exitCode !== null || child.signalCode !== null) return;
  signal(child, 'SIGTERM');
  const timer = setTimeout(() => signal(child, 'SIGKILL'), patience);
  await child.ended;
  clearTimeout(timer);
}

/** kill -9. */
export async function kill(child) {
  if (child.exitCode !== null || child.signalCode !== null) return;
  signal(child, 'SIGKILL');
  await child.ended;
}

/** The processes that run `program` with `argument` among their arguments. */
export function processesOf(program, argument) {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        return (
          readlinkSync(`/proc/${pid}/exe`).replace(/ \(deleted\)$/, '') === program &&
          readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').includes(argument)
        );
      } catch {
        return false;
      }
    })
    .map(Number);
}
