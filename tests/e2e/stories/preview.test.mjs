// `lawang form preview`: an author looks at a questionnaire, breaks it, mends it, and nothing is kept.
import assert from 'node:assert/strict';
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { freshFolder, openAddress, programs, root, until } from '../lib/index.mjs';
import { start, stop } from '../lib/processes.mjs';

const FOLDER = 'preview';

const FORM = `
| survey |
| | type | name | label::Bahasa Indonesia (id) | label::English (en) | label::Basa Sunda (su) | relevant | constraint | constraint_message::English (en) |
| | text | name | Nama kepala keluarga | Name of the head | Nami kapala kulawarga | | | |
| | integer | age | Umur | Age | Yuswa | | . < 130 | Too old |
| | begin_group | work | Pekerjaan | Work | Padamelan | \${age} >= 15 | | |
| | select_one_from_file towns.csv | town | Kota | Town | Kota | | | |
| | end_group | | | | | | | |
| | begin_repeat | child | Anak | Child | Budak | | | |
| | text | child_name | Nama anak | Name of the child | Nami budak | | | |
| | end_repeat | | | | | | | |
`.trimStart();

/** As spreadsheet programs do it: another file takes the place of the old one. */
function save(path, text) {
  writeFileSync(`${path}.new`, text);
  renameSync(`${path}.new`, path);
}

test('a questionnaire is previewed in a browser, its errors in the author\'s terms, and saving it shows it anew', async (t) => {
  const folder = freshFolder('preview');
  const file = join(folder, 'visit.md');
  save(file, FORM);
  writeFileSync(join(folder, 'towns.csv'), 'name,label\nbdg,Bandung\nbgr,Bogor\n');
  const server = await start(programs.lawang(), ['form', 'preview', file, '--no-open'], {
    log: 'preview',
    readLine: true,
    env: { LAWANG_UI: join(root, 'ui/dist') },
  });
  t.after(() => stop(server));
  const { listening } = JSON.parse(server.firstLine);
  assert.match(listening, /^http:\/\/127\.0\.0\.1:\d+$/);
  const screen = await openAddress({ url: listening, width: 360, height: 640 });
  t.after(() => screen.close());

  await screen.testId('preview-bar').wait();
  assert.match(await screen.testId('preview-bar').text(), /Pratinjau – tidak ada yang disimpan/);
  await screen.testId('field-name').wait();
  await screen.shots(FOLDER, 'first');
  await screen.css('[id="input-name"]').fill('Asep');
  await screen.css('[id="input-age"]').fill('200');
  await screen.css('[id="input-age"]').press('Tab');
  await screen.testId('error-age').wait();
  await screen.css('[id="input-age"]').fill('40');
  await screen.css('[id="input-age"]').press('Tab');
  await screen.testId('error-age').gone();

  // Names beside the questions, also of what is not on screen.
  await screen.testId('preview-names').click();
  await screen.testId('name-age').wait();
  const said = await screen.testId('name-age').text();
  assert.match(said, /integer age survey 4/);
  assert.match(said, /constraint \. < 130/);
  assert.match(said, /(nilai|value) 40/);
  await screen.shots(FOLDER, 'names');
  await screen.testId('preview-names').click();

  // Any language of the form, also one that the screens do not have.
  await screen.evaluate(() => {
    const select = document.querySelector('[data-testid="preview-language"]');
    select.value = 'su';
    select.dispatchEvent(new Event('change', { bubbles: true }));
  });
  await screen.text('Nami kapala kulawarga').wait();
  await screen.shots(FOLDER, 'sunda');

  // Saved with an error: the page says where, and the answers are still there afterwards.
  save(file, FORM.replace('| text | name |', '| txet | name |').replace('. < 130', '. <'));
  await screen.testId('preview-errors').wait();
  const errors = await screen.testId('preview-errors').text();
  assert.match(errors, /(Lembar|Sheet) survey, (baris|row) 3/);
  assert.match(errors, /txet/);
  assert.match(errors, /(baris|row) 4, (kolom|column) constraint/);
  await screen.shots(FOLDER, 'errors');
  save(file, FORM.replace('Name of the head', 'Name of the head of the family').replace('| Yuswa |', '| Umur |'));
  await screen.testId('field-age').wait();
  await until('the new label', async () => (await screen.testId('field-age').text()).includes('Umur'));
  assert.equal(await screen.css('[id="input-name"]').value(), 'Asep');
  assert.equal(await screen.css('[id="input-age"]').value(), '40');

  // On to the list from the file beside it, and to the repeat.
  await screen.testId('visit-next').click();
  await screen.testId('field-town').wait();
  assert.match(await screen.testId('field-town').text(), /Bandung/);
  await screen.testId('visit-next').click();
  await screen.css('[data-page="child"]').wait();
  await screen.shots(FOLDER, 'repeat');
  const top = await screen.evaluate(() => document.querySelector('[data-testid="preview-bar"]').getBoundingClientRect().top);
  assert.equal(top, 0, 'the bar that says that nothing is kept has left the screen');

  // Nothing is sent: the core refuses, whatever the screen asks.
  const { failure } = await screen.driver.call({ command: 'sync_start', args: {} });
  assert.equal(failure.code, 'only_preview');
  assert.deepEqual(screen.complaints.filter((line) => !line.includes('422')), []);
});

test('the preview listens on this machine only and refuses what is no file', () => {
  const run = (...args) => spawnSync(programs.lawang(), ['form', 'preview', ...args, '--no-open', '--json'], { encoding: 'utf8', timeout: 20_000 });
  const folder = freshFolder('preview-refused');
  const file = join(folder, 'a.md');
  writeFileSync(file, FORM);
  const open = run(file, '--listen', '0.0.0.0:0');
  assert.equal(open.status, 1);
  assert.equal(JSON.parse(open.stderr).code, 'not_loopback');
  const missing = run(join(folder, 'none.xlsx'));
  assert.equal(missing.status, 1);
  assert.equal(JSON.parse(missing.stderr).code, 'cannot_read');
  assert.ok(readFileSync(file, 'utf8').includes('survey'));
});
