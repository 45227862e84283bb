// A district server with the sample village, for one story.
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { device, importPrelist, lawang, sampleData, startServer, villagesOf } from './lawang.mjs';
import { freshFolder } from './paths.mjs';

/** Lets the register of a prelist be of this year, so that no family waits at the desk only because it is overdue. */
function renewed(file) {
  const [head, ...lines] = readFileSync(file, 'utf8').split('\n');
  const before = head.split(',').findIndex((column) => /^(register_updated|tanggal_pemutakhiran)\s*$/.test(column));
  const cells = new RegExp(`^((?:(?:"(?:[^"]|"")*"|[^,"]*),){${before}})\\d{4}-\\d{2}-\\d{2}`);
  writeFileSync(file, [head, ...lines.map((line) => line.replace(cells, (_, kept) => `${kept}2026-06-01`))].join('\n'));
}

/**
 * Starts it. `later` names what must end with the story: the last that was started ends first, and the
 * data goes away when nothing writes to it any more.
 */
export async function startVillage(t, name, { renew = false } = {}) {
  const folder = freshFolder(name);
  const endings = [() => rmSync(folder, { recursive: true, force: true })];
  const later = (ending) => endings.push(ending);
  t.after(async () => {
    for (const ending of endings.reverse()) await ending();
  });
  await sampleData({ out: join(folder, 'sample'), seed: 20261121 });
  const prelist = join(folder, 'sample/prelist.csv');
  if (renew) renewed(prelist);
  const server = await startServer({ data: join(folder, 'server') });
  later(() => server.stop());
  await importPrelist(server, prelist);
  const [village] = await villagesOf(prelist);
  return { server, village, later, data: (who) => join(folder, who) };
}

/** The digest of a household on a device. */
export const digestOnDevice = async (data, household) => (await device(data, 'show', household)).digest;

/** The digest of a household on the server. */
export async function digestOnServer(server, household) {
  const rows = await lawang(['admin', 'households', '--data', server.data]);
  return rows.find((row) => row.household === household)?.digest;
}

/**
 * The first household with so many members whose head's name is found once and whose register says
 * something else than `avoid`: its row with its `answers` and `people`.
 */
export async function pickHousehold(data, { members, avoid = {} }) {
  const rows = await device(data, 'households', '--limit', '1000');
  const heads = rows.map((row) => row.head);
  for (const row of rows.filter((each) => each.members === members)) {
    if (row.head.length < 8 || heads.filter((head) => head.includes(row.head)).length !== 1) continue;
    const shown = await device(data, 'show', row.id);
    const known = Object.entries(avoid).every(
      ([key, values]) => shown.answers[key] && !values.includes(shown.answers[key]),
    );
    if (known) return { ...row, answers: shown.answers, people: shown.members };
  }
  throw new Error(`no household with ${members} members is fit for the story`);
}
