// automerge-repo with automerge-repo-sync-server. One document a household, and one that lists them all; texts are
// immutable strings, which are smaller than collaborative text and keep both values of a conflict.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { decodeSyncMessage, getConflicts, getHeads, ImmutableString } from '@automerge/automerge';
import { Repo } from '@automerge/automerge-repo';
import { WebSocketClientAdapter } from '@automerge/automerge-repo-network-websocket';
import { NodeFSStorageAdapter } from '@automerge/automerge-repo-storage-nodefs';
import { part, serve, sleep } from './lines.mjs';

let link;
let folder;
let list;
// What each device wrote since it last sent, so that only these documents need to be opened for sending.
const written = new Map();
// The same of all devices, since everything was last quiet.
const changed = new Set();
// Documents by household, once a device knows the list.
const known = new Map();

const plain = (value) => (value === undefined || value === null ? '' : String(value));
const wrap = (value) =>
  typeof value === 'string'
    ? new ImmutableString(value)
    : Object.fromEntries(Object.entries(value).map(([key, one]) => [key, wrap(one)]));

class Watched extends WebSocketClientAdapter {
  // What the server said last that it has of each document.
  there = new Map();
  constructor(url) {
    // Connects again at once: the default waits five seconds.
    super(url, 100);
    this.on('message', ({ type, documentId, data }) => {
      if (type === 'sync') this.there.set(documentId, decodeSyncMessage(data).heads.toSorted().join());
    });
  }
  // Whether the server has a document as it is here.
  has(handle) {
    return this.there.get(handle.documentId) === getHeads(handle.doc()).toSorted().join();
  }
}

function open(name, address) {
  const adapter = address && new Watched(`ws://${address}`);
  const repo = new Repo({
    network: adapter ? [adapter] : [],
    storage: name ? new NodeFSStorageAdapter(join(folder, name)) : undefined,
    peerId: `device-${name ?? 'seed'}-${Math.random()}`,
    sharePolicy: async () => true,
  });
  return { repo, adapter };
}

// Until the server has all of these documents as they are here; those that it has not, or lacks an answer for.
async function settled(adapter, handles, end) {
  let open = handles;
  while (open.length > 0 && Date.now() < end) {
    open = open.filter((handle) => !adapter.has(handle));
    if (open.length > 0) await sleep(10);
  }
  return open.length;
}

const late = (end) => new Promise((done) => setTimeout(() => done('late'), Math.max(1, end - Date.now())));

// A document that the server does not answer for yet, or cannot over a broken link, is asked for again.
async function ready(repo, url, end) {
  while (Date.now() < end) {
    try {
      const found = repo.find(url).then((handle) => handle.whenReady().then(() => handle));
      return await Promise.race([found, late(end)]);
    } catch {
      await sleep(100);
    }
  }
  return 'late';
}

// A document that did not come is no document to write.
const flush = (repo) => {
  const handles = Object.values(repo.handles).filter((handle) => handle.isReady());
  return repo.flush(handles.map((handle) => handle.documentId));
};

async function close(repo) {
  await flush(repo);
  await repo.shutdown().catch(() => {});
}

async function find(repo, name, id) {
  return ready(repo, known.get(name)[id], Date.now() + 30000);
}

process.on('unhandledRejection', () => {});
process.on('uncaughtException', (error) => console.error(error));

serve({
  async seed(command) {
    ({ link, folder } = command);
    const { repo, adapter } = open(undefined, command.server);
    const documents = JSON.parse(readFileSync(command.documents, 'utf8'));
    const urls = {};
    for (const { _id: id, ...rest } of documents) {
      urls[id] = repo.create(wrap({ id, ...rest })).url;
    }
    list = repo.create(wrap(urls)).url;
    const handles = Object.values(repo.handles);
    const missing = await settled(adapter, handles, Date.now() + 480000);
    if (missing > 0) throw new Error(`${missing} of ${handles.length} documents did not reach the server in 8 minutes`);
    await repo.shutdown().catch(() => {});
  },
  async device({ name }) {
    written.set(name, new Set());
  },
  async edit({ name, visits }) {
    const { repo } = open(name);
    for (const visit of visits) {
      const handle = await find(repo, name, visit[0].id);
      handle.change((document) => {
        for (const edit of visit) part(document, edit)[edit.field] = new ImmutableString(edit.value);
      });
      written.get(name).add(visit[0].id);
      changed.add(visit[0].id);
    }
    await close(repo);
  },
  async sync({ name, way, limit }) {
    const end = Date.now() + limit;
    const { repo, adapter } = open(name, link);
    let why = 'the list of documents did not come';
    const all = await ready(repo, list, end);
    if (all !== 'late') {
      const document = all.doc();
      known.set(name, Object.fromEntries(Object.entries(document).map(([id, url]) => [id, plain(url)])));
      // The server tells nobody which documents changed: who wants to know asks for each.
      const every = { up: [...written.get(name)], settle: [...changed] }[way] ?? Object.keys(known.get(name));
      const handles = [all];
      await Promise.all(
        every.map(async (id) => {
          const handle = await ready(repo, known.get(name)[id], end);
          if (handle !== 'late') handles.push(handle);
        }),
      );
      const missing = every.length + 1 - handles.length;
      const unlike = await settled(adapter, handles, end);
      why = missing + unlike === 0 ? '' : `of ${every.length} documents ${missing} did not come, ${unlike} are not the same`;
    }
    const flushed = Date.now();
    if (why !== '') await flush(repo).catch(() => {});
    else await flush(repo);
    const writing = (Date.now() - flushed) / 1000;
    await repo.shutdown().catch(() => {});
    if (why === '') written.get(name).clear();
    return { finished: why === '', why, waited: why === '' ? 0 : writing };
  },
  async look({ name, visits }) {
    const { repo } = open(name);
    const looks = [];
    for (const visit of visits) {
      const handle = await find(repo, name, visit[0].id);
      const document = handle.doc();
      for (const edit of visit) {
        const place = part(document, edit);
        const values = Object.values(getConflicts(place, edit.field) ?? {}).map(plain);
        const shown = plain(place[edit.field]);
        looks.push({ shown, listed: [], buried: values.filter((value) => value !== shown) });
      }
    }
    await repo.shutdown().catch(() => {});
    return { looks };
  },
  async households({ name }) {
    const { repo } = open(name);
    let households = 0;
    for (const id of Object.keys(known.get(name) ?? {})) {
      if ((await find(repo, name, id)).doc()?.id) households += 1;
    }
    await repo.shutdown().catch(() => {});
    return { households };
  },
});
