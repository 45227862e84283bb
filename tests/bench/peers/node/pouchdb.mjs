// PouchDB on LevelDB, replicated with pouchdb-server. One document a household.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import PouchDB from 'pouchdb';
import { part, serve, sleep } from './lines.mjs';

const local = new Map();
let link;
let folder;

const remote = () => new PouchDB(`http://${link}/register`, { skip_setup: true });

// Replication as it is by default, but for the size of a batch: it is halved at each failure, as somebody would do who
// knows how bad the link is. Checkpoints let it go on where it was.
async function replicate(db, way, limit) {
  const end = Date.now() + limit;
  let size = 100;
  let failures = 0;
  while (Date.now() < end) {
    const options = { batch_size: size };
    const running =
      way === 'up'
        ? db.replicate.to(remote(), options)
        : way === 'down'
          ? db.replicate.from(remote(), options)
          : db.sync(remote(), options);
    let alarm;
    const timeout = new Promise((done) => {
      alarm = setTimeout(() => done('late'), Math.max(1, end - Date.now()));
    });
    const outcome = await Promise.race([
      running.then(
        (result) => {
          const parts = way === 'both' ? [result.push, result.pull] : [result];
          return parts.every((one) => one.ok && one.errors.length === 0) ? 'done' : 'failed';
        },
        () => 'failed',
      ),
      timeout,
    ]);
    clearTimeout(alarm);
    if (outcome === 'done') return true;
    running.cancel();
    if (outcome === 'late') return false;
    size = Math.max(1, Math.floor(size / 2));
    await sleep(Math.min(1600, 50 * 2 ** Math.min(failures, 5)) - 50);
    failures += 1;
  }
  return false;
}

// What a replication that was given up still has under way must not count in the next step.
process.on('unhandledRejection', () => {});

serve({
  async seed(command) {
    ({ link, folder } = command);
    const server = new PouchDB(`http://${command.server}/register`);
    const documents = JSON.parse(readFileSync(command.documents, 'utf8'));
    for (let at = 0; at < documents.length; at += 200) {
      await server.bulkDocs(documents.slice(at, at + 200));
    }
    const { doc_count: count } = await server.info();
    if (count !== documents.length) throw new Error(`${count} documents on the server`);
  },
  async device({ name }) {
    local.set(name, new PouchDB(join(folder, name)));
  },
  async edit({ name, visits }) {
    const db = local.get(name);
    for (const visit of visits) {
      const document = await db.get(visit[0].id);
      for (const edit of visit) part(document, edit)[edit.field] = edit.value;
      await db.put(document);
    }
  },
  async sync({ name, way, limit }) {
    return { finished: await replicate(local.get(name), way === 'settle' ? 'both' : way, limit) };
  },
  async look({ name, visits }) {
    const db = local.get(name);
    const looks = [];
    for (const visit of visits) {
      const document = await db.get(visit[0].id, { conflicts: true });
      const losing = [];
      for (const rev of document._conflicts ?? []) losing.push(await db.get(visit[0].id, { rev }));
      for (const edit of visit) {
        looks.push({
          shown: part(document, edit)[edit.field] ?? '',
          listed: [],
          buried: losing.map((one) => part(one, edit)[edit.field] ?? ''),
        });
      }
    }
    return { looks };
  },
  async households({ name }) {
    return { households: (await local.get(name).info()).doc_count };
  },
});
