// The command line `lawang`, as the stories use it.
import { execFile } from 'node:child_process';
import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { programs } from './paths.mjs';
import { kill, start, stop } from './processes.mjs';

const run = promisify(execFile);

/** The PIN of every device of the stories. */
export const PIN = '704182';

/** What the program refused, with its stable code. */
export class Refused extends Error {
  constructor(args, status, failure, stderr) {
    super(`lawang ${args.join(' ')} ended with ${status}: ${failure?.message ?? stderr.trim()}`);
    this.status = status;
    this.code = failure?.code;
    this.failure = failure;
  }
}

function lastJson(text) {
  for (const line of text.trim().split('\n').reverse()) {
    try {
      return JSON.parse(line);
    } catch {
      continue;
    }
  }
  return undefined;
}

/** Runs `lawang <args> --json` and returns its document; throws `Refused` when it is refused. */
export async function lawang(args, { pin = PIN, json = true, timeout = 300_000 } = {}) {
  const all = json ? [...args, '--json'] : args;
  try {
    const { stdout } = await run(programs.lawang(), all, {
      env: { ...process.env, LAWANG_PIN: pin },
      maxBuffer: 256 * 1024 * 1024,
      timeout,
    });
    return json ? JSON.parse(stdout) : stdout;
  } catch (error) {
    if (error.code === 'ENOENT' || error instanceof SyntaxError) throw error;
    const stderr = error.stderr ?? '';
    throw new Refused(all, error.code ?? error.signal, lastJson(stderr), stderr || error.message);
  }
}

/** `lawang device --data DIR ...`. */
export const device = (data, ...args) => lawang(['device', '--data', data, ...args]);

/** Starts a district server on a data directory; `listen` keeps an address over a restart. */
export async function startServer({ data, listen = '127.0.0.1:0', args = [] }) {
  const child = await start(programs.lawang(), ['serve', '--data', data, '--listen', listen, ...args], {
    log: 'server',
    readLine: true,
  });
  const { listening } = JSON.parse(child.firstLine);
  return {
    url: listening,
    address: listening.replace(/^https?:\/\//, ''),
    data,
    pid: child.pid,
    ended: child.ended,
    stop: () => stop(child),
    kill: () => kill(child),
  };
}

/** Writes sample data into `out`, the same for the same seed. */
export const sampleData = ({ out, size = 'village', seed }) =>
  lawang(['sample-data', '--size', size, '--out', out, ...(seed === undefined ? [] : ['--seed', String(seed)])], {
    json: false,
  });

/** A prelist into a server's store. */
export const publishForm = (server, file) => lawang(['admin', 'publish-form', file, '--data', server.data]);
export const importPrelist = (server, file) => lawang(['admin', 'import-prelist', file, '--data', server.data]);

/** A one-time code for a new device. */
export async function enrolCode(server, { name, villages, role = 'enumerator' }) {
  const { code } = await lawang([
    'admin', 'enrol', '--name', name, '--role', role, '--villages', villages.join(','), '--data', server.data,
  ]);
  return code;
}

/** Enrols a device from the command line. */
export async function enrolDevice(server, data, who) {
  const code = await enrolCode(server, who);
  return device(data, 'enrol', '--server', server.url, '--code', code);
}

/** The village codes that a prelist names, in its order. */
export async function villagesOf(prelist) {
  const villages = new Set();
  let column = -1;
  for await (const line of createInterface({ input: createReadStream(prelist) })) {
    // village_code stands left of every free text, so it needs no quotes.
    const cells = line.split(',');
    if (column < 0) column = cells.indexOf('village_code');
    else villages.add(cells[column]);
  }
  return [...villages];
}

/** The id of a row of `device households` or the answer of `add-household`. */
export const idOf = (row) => row.household ?? row.id;
