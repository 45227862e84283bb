// The form with every type of question, and the household visit, as a finger or keys fill them in (see hands.mjs).
import assert from 'node:assert/strict';
import { copyFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { saved } from './app.mjs';
import { freshFolder, root } from './paths.mjs';
import { until } from './processes.mjs';
import { ANSWERS } from './visit.mjs';

const FORMS = join(root, 'tests/e2e/forms');
const VILLAGES = 16_000;
const DATE = /^\d{4}-\d{2}-\d{2}$/;
const HASH = /^sha256:[0-9a-f]{64}$/;
const POINT = /^-?\d+\.\d+ \d+\.\d+ [\d.]+ [\d.]+$/;

/** The form with its files, and a list of villages too long to be kept in the repository. */
export function formFolder() {
  const folder = freshFolder('forms');
  for (const name of readdirSync(FORMS)) copyFileSync(join(FORMS, name), join(folder, name));
  const kinds = ['Desa', 'Kelurahan', 'Nagari', 'Gampong'];
  const rows = Array.from({ length: VILLAGES }, (_, at) => `v${at},${kinds[at % 4]} Sukamaju ${at}`);
  writeFileSync(join(folder, 'villages.csv'), ['name,label', ...rows].join('\n'));
  return folder;
}

/** Every stored answer by the question's name. */
export async function stored(screen, household) {
  const open = async (page) => (await screen.driver.call({ command: 'visit_open', args: { household, page } })).reply;
  const { pages } = await open(null);
  const values = {};
  for (const { id } of pages) for (const item of (await open(id)).page.items) values[item.path] = item.value;
  return values;
}

const onPage = (screen, name) =>
  until(`the page ${name}`, async () => (await screen.testId('visit-page-title').attribute('data-page')) === name);

/** What both ways answer, page by page. */
export async function answerAll(hands, files) {
  const { screen } = hands;
  let page = '';
  hands.beforeNext = () => hands.look?.(page);
  const turn = async (name, answer) => {
    page = name;
    await onPage(screen, name);
    await answer();
    assert.equal(await screen.evaluate(() => scrollY), 0, `${name} moved as a whole: its head is out of sight`);
  };
  await turn('p_text', async () => {
    await hands.text('plain', 'Jalan Melati');
    await hands.text('long', 'Rumah panggung dari kayu.');
    await hands.text('digits', '081234');
    await hands.text('secret', 'rahasia');
    await hands.text('site', 'https://sukamaju.desa.id');
    await hands.text('outside', '110');
    await hands.text('label_print', 'A-17');
    await hands.text('rooms', '25');
    await hands.leave();
    await screen.testId('error-rooms').wait();
    await hands.replace('rooms', '12');
    await hands.leave();
    await screen.testId('error-rooms').gone();
    await hands.count('chickens', 3);
    await hands.text('income', '1250000');
    await hands.text('weight', '51,5');
    await hands.text('direction', '45');
    await hands.next();
  });
  await turn('p_one', async () => {
    await hands.choose('well', '1');
    await hands.choose('fuel_rows', 'oil');
    await hands.pick('fuel_minimal', 'wood');
    await hands.pick('village', 'v8721', 'sukamaju 8721');
    await hands.pick('fuel_search', 'coal', 'arang');
    await hands.choose('friendly', '4');
    await hands.choose('fuel_columns', 'power');
    await hands.choose('fuel_columns3', 'other');
    await hands.choose('fuel_pack', 'gas');
    await hands.choose('often_horizontal', '2');
    await hands.choose('often_compact', '3');
    await hands.choose('roof_columns', 'leaf');
    await hands.choose('roof_rows', 'tin');
    await hands.choose('strange', '4');
    // Goes on to the next page by itself.
    await hands.look?.(page);
    await hands.choose('quick', '2');
  });
  await turn('p_many', async () => {
    await hands.chooseMany('fuels', ['gas', 'coal']);
    await hands.chooseMany('fuels_columns', ['wood', 'power', 'other']);
    await hands.pickMany('fuels_minimal', ['wood', 'oil']);
    await hands.pickMany('villages', ['v15999', 'v77'], ['sukamaju 15999', 'kelurahan sukamaju 77']);
    await hands.rankFirstLast('needs', 'road', 5);
    await hands.confirm('consent');
    await hands.next();
  });
  await turn('p_tables', async () => {
    await hands.choose('fish', '2');
    await hands.choose('greens', '4');
    await hands.choose('one_line', '1');
    await hands.choose('hands', '3');
    await hands.choose('boiling', '4');
    await hands.text('inner_text', 'dalam');
    await hands.next();
  });
  await turn('p_dates', async () => {
    await hands.text('born', '17081985');
    await hands.text('moved', '01022003');
    await hands.text('last_aid', '082025');
    await hands.text('built', '1999');
    await hands.text('islamic', '01012026');
    await hands.text('work_begins', '0735');
    await hands.moment('happened', '20112026', '1405');
    await hands.next();
  });
  await turn('p_ranges', async () => {
    await hands.slide('content', 7);
    await hands.slide('temperature', 15);
    await hands.slide('water_level', 4);
    await hands.slide('no_ticks', 3);
    await hands.choose('stars', '4');
    await hands.pick('picked', '6');
    await hands.next();
  });
  await turn('p_media', async () => {
    await hands.text('code', '8991234567890');
    await hands.file('input-photo', files.photo);
    await screen.testId('remove-photo').wait();
    await hands.file('input-selfie', files.photo);
    await screen.testId('remove-selfie').wait();
    await hands.draw('marked', 'annotate', files.photo);
    await hands.draw('sketch', 'draw');
    await hands.draw('signature', 'signature');
    await hands.file('choose-voice', files.sound);
    await screen.testId('remove-voice').wait();
    await hands.file('choose-film', files.film);
    await screen.testId('remove-film').wait();
    await hands.file('input-paper', files.paper);
    await screen.testId('remove-paper').wait();
    await hands.next();
  });
  await turn('p_places', async () => {
    await hands.position('house', '-5,3621', '105,0844');
    await hands.position('sumur', '-5,3622', '105,0846');
    await hands.mapCentre('field');
    await hands.press('manual-way');
    await hands.point('way', '-5,3621', '105,0844');
    await hands.point('way', '-5,3630', '105,0850');
    await hands.mapPoints('yard', [[0.25, 0.3], [0.7, 0.35], [0.65, 0.7], [0.3, 0.65]]);
    await hands.next();
  });
  await screen.testId('summary-submit').wait();
}

const EXPECTED = {
  plain: 'Jalan Melati', long: 'Rumah panggung dari kayu.', digits: '081234', secret: 'rahasia', site: 'https://sukamaju.desa.id',
  outside: '110', label_print: 'A-17', rooms: '12', chickens: '3', income: '1250000', weight: '51.5', direction: '45',
  well: '1', fuel_rows: 'oil', fuel_minimal: 'wood', village: 'v8721', fuel_search: 'coal', friendly: '4', fuel_columns: 'power',
  fuel_columns3: 'other', fuel_pack: 'gas', often_horizontal: '2', often_compact: '3', roof_columns: 'leaf', roof_rows: 'tin', strange: '4', quick: '2',
  fuels: 'gas coal', fuels_columns: 'wood power other', fuels_minimal: 'wood oil', villages: 'v77 v15999',
  needs: 'water clinic school market road', consent: 'OK',
  fish: '2', greens: '4', one_line: '1', hands: '3', boiling: '4', inner_text: 'dalam',
  born: '1985-08-17', moved: '2003-02-01', last_aid: '2025-08-01', built: '1999-01-01', islamic: '2026-01-01',
  content: '8', temperature: '36.5', water_level: '20', no_ticks: '3', stars: '4', picked: '6',
  code: '8991234567890',
  house: '-5.362100 105.084400 0.0 0.0', sumur: '-5.362200 105.084600 0.0 0.0',
};
const SHAPES = {
  work_begins: /^07:35:00\.000[+-]\d\d:\d\d$/, happened: /^2026-11-20T14:05:00\.000[+-]\d\d:\d\d$/,
  photo: HASH, selfie: HASH, marked: HASH, sketch: HASH, signature: HASH, voice: HASH, film: HASH, paper: HASH,
  field: POINT,
};
/** A drawn line differs with the hand that drew it. */
export const BY_HAND = new Set(['marked', 'sketch', 'signature', 'field', 'yard']);

export function check(values) {
  for (const [path, wanted] of Object.entries(EXPECTED)) assert.equal(values[path], wanted, path);
  for (const [path, shape] of Object.entries(SHAPES)) assert.match(values[path], shape, path);
  assert.match(values.born, DATE);
  assert.equal(values.way.split(';').length, 2, 'way');
  const corners = values.yard.split(';').map((corner) => corner.trim());
  assert.equal(corners.length, 5, 'four corners, and the first once more');
  assert.equal(corners[0], corners[4], 'an area is closed');
}

/** The smallest bytes that say what they are. */
export function sampleFiles(folder) {
  const files = { photo: join(folder, 'house.png'), sound: join(folder, 'beep.wav'), film: join(folder, 'film.webm'), paper: join(folder, 'surat.pdf') };
  writeFileSync(files.film, Buffer.concat([Buffer.from('1a45dfa3', 'hex'), Buffer.alloc(64)]));
  writeFileSync(files.paper, '%PDF-1.4\n%%EOF\n');
  return files;
}

/** One question of the household visit, answered plausibly. */
async function answerOne(hands, item) {
  const name = item.path.split('/').at(-1);
  const { path } = item;
  const codes = item.choices.map(({ value }) => value);
  const wanted = ANSWERS[name] ?? (codes.includes('2') && codes.length === 2 ? '2' : codes.at(-1));
  switch (item.widget) {
    case 'select_one':
      return item.choices.length > 7 || /minimal|autocomplete/.test(item.appearance) ? hands.pick(path, wanted) : hands.choose(path, wanted);
    case 'select_multiple':
      return hands.chooseMany(path, [wanted]);
    case 'integer':
    case 'decimal':
      return hands.text(path, ANSWERS[name] ?? '0');
    case 'date':
      return hands.text(path, /month-year/.test(item.appearance) ? '062015' : '01062015');
    case 'id_number':
      return hands.text(path, '1809015708850001');
    case 'geopoint':
      return hands.position(path, '-5,36051', '105,10293');
    case 'text':
      return hands.text(path, ANSWERS[name] ?? 'Menurut keterangan responden');
    default:
      throw new Error(`no way to answer ${path} (${item.widget})`);
  }
}

/**
 * Goes forward through the household visit until its end, or until `most` questions are answered. Gives the stored
 * answers of what was asked, by the question's path.
 */
export async function visitForward(hands, household, most) {
  const { screen } = hands;
  const order = [];
  const look = async (page) => (await screen.driver.call({ command: 'visit_open', args: { household, page } })).reply.page;
  while (order.length < most) {
    const id = await screen.testId('visit-page-title').attribute('data-page');
    let answered = 0;
    for (;;) {
      const page = await look(id);
      const item = page.items.find((entry) => entry.required && !entry.readonly && entry.value === '' && !['note', 'calculated', 'image', 'signature'].includes(entry.widget));
      if (!item || order.length >= most) break;
      await answerOne(hands, item);
      await until(`an answer to ${item.path}`, async () => {
        if (['text', 'integer', 'decimal'].includes(item.widget)) await hands.leave();
        // What is asked next depends on the last answer, not on one that arrows passed on their way.
        await saved(screen);
        return (await look(id)).items.find(({ path }) => path === item.path)?.value !== '';
      });
      order.push(item.path);
      answered += 1;
      if (answered > 60) throw new Error(`${id} asks without end`);
    }
    if (order.length >= most) break;
    const here = await look(id);
    if (here.roster?.length === 0) {
      await hands.press('member-add');
      await until('the page of the new member', async () => (await screen.testId('visit-page-title').attribute('data-page')) !== id);
      continue;
    }
    const last = here.next === null;
    await hands.next();
    if (last) break;
    await until('another page', async () => (await screen.testId('visit-page-title').attribute('data-page')) !== id);
  }
  const kept = Object.entries(await stored(screen, household)).filter(([path]) => order.includes(path));
  // A member's id is another one each time.
  return Object.fromEntries(kept.map(([path, value]) => [path.replace(/[0-9a-f]{8}-[0-9a-f-]{27}/g, 'member'), value]));
}
