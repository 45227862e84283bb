// Choices from a picture and from a map, a line recorded on the way, and map files: in Chromium, by touch and by keys.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { mapFile, pictureTile, PNG, VECTOR, vectorTile } from '../lib/pmtiles.mjs';
import {
  device, enrolDevice, freshFolder, go, openAddress, openPage, programs, publishForm, root, startVillage, unlock, until,
} from '../lib/index.mjs';
import { start, stop } from '../lib/processes.mjs';

process.env.LAWANG_KEY_STORE = 'off';

const FOLDER = 'places';
const FORM = `
| survey |
| | type | name | label | appearance | image |
| | begin_group | p | Tempat | field-list | |
| | select_one body | hurts | Bagian tubuh yang sakit | image-map | body.svg |
| | select_multiple body | all | Semua yang sakit | image-map | body.svg |
| | select_one posts | post | Posyandu terdekat | map | |
| | select_one_from_file fields.geojson | field | Sawah | map | |
| | geotrace | way | Jalan ke rumah | | |
| | geopoint | well | Letak sumur | placement-map | |
| | end_group | | | | |
| choices |
| | list_name | name | label | geometry |
| | body | head | Kepala | |
| | body | legs | Kaki | |
| | body | elsewhere | Tempat lain | |
| | posts | melati | Posyandu Melati | -5.3621 105.0844 0 0 |
| | posts | mawar | Posyandu Mawar | -5.3702 105.0911 0 0 |
| settings |
| | form_id | version | form_title | instance_name |
| | places | 2026112501 | Tempat-tempat | concat('Sumur ', \${post}, ', RT ', \${field}) |
`.trimStart();
const BODY = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 200 160" onload="document.title='hacked'"><script>document.title='hacked'</script>
<image href="http://evil.invalid/a.png" width="1" height="1"/>
<circle id="head" cx="100" cy="40" r="30" fill="#ffe0b2" onclick="document.title='hacked'"/>
<g id="legs" style="fill:#ffe0b2"><rect x="62" y="80" width="34" height="70"/><rect x="104" y="80" width="34" height="70"/></g></svg>`;
const FIELDS = JSON.stringify({
  type: 'FeatureCollection',
  features: [
    { type: 'Feature', properties: { id: 'north', title: 'Sawah utara' }, geometry: { type: 'Polygon', coordinates: [[[105.08, -5.36], [105.09, -5.36], [105.09, -5.365], [105.08, -5.365], [105.08, -5.36]]] } },
    { type: 'Feature', properties: { id: 'south', title: 'Sawah selatan' }, geometry: { type: 'Polygon', coordinates: [[[105.08, -5.37], [105.09, -5.37], [105.09, -5.375], [105.08, -5.375], [105.08, -5.37]]] } },
  ],
});

function formFile(folder) {
  writeFileSync(join(folder, 'places.md'), FORM);
  writeFileSync(join(folder, 'body.svg'), BODY);
  writeFileSync(join(folder, 'fields.geojson'), FIELDS);
  return join(folder, 'places.md');
}

/** Taps with a finger in the middle of what a selector finds. */
async function tap(page, selector) {
  const box = await page.locator(selector).boundingBox();
  await page.touchscreen.tap(box.x + box.width / 2, box.y + box.height / 2);
}

test('choices are taken from a picture and from a map, by finger and by keys, and a line is recorded on the way', async (t) => {
  const server = await start(programs.lawang(), ['form', 'preview', formFile(freshFolder('places')), '--no-open', '--listen', '127.0.0.1:0'], {
    log: 'preview',
    readLine: true,
    env: { LAWANG_UI: join(root, 'ui/dist') },
  });
  t.after(() => stop(server));
  const { listening } = JSON.parse(server.firstLine);
  const screen = await openAddress({ url: listening, width: 360, height: 640, touch: true });
  t.after(() => screen.close());
  const { page } = screen.driver;
  const asked = [];
  page.on('request', (request) => asked.push(request.url()));
  const { reply } = await screen.driver.call({ command: 'preview', args: {} });
  assert.deepEqual(reply.errors, []);
  const { household } = reply;
  const stored = async (path) => {
    const view = await screen.driver.call({ command: 'visit_open', args: { household, page: 'p' } });
    return view.reply.page.items.find((item) => item.path === path).value;
  };
  const holds = (path, value) => until(`${path} to be ${value}`, async () => (await stored(path)) === value);
  await screen.driver.page.goto(`${listening}/#/visit/${household}/p`);
  await screen.testId('choice-hurts-head').wait();
  // Nothing is answered: the name of the form has no words for it.
  assert.match(await screen.says(), /Tempat-tempat/);
  assert.doesNotMatch(await screen.says(), /Sumur , RT/);

  // The picture.
  await tap(page, '[data-testid="choice-hurts-head"]');
  await holds('hurts', 'head');
  assert.match(await screen.testId('said-hurts').text(), /Kepala/);
  await screen.shots(FOLDER, 'picture');
  await page.locator('[data-testid="choice-hurts-head"]').focus();
  await page.keyboard.press('ArrowDown');
  await holds('hurts', 'legs');
  // What the picture does not show stands below it.
  await page.locator('[data-testid="choice-hurts-elsewhere"]').tap();
  await holds('hurts', 'elsewhere');
  await page.locator('[data-testid="choice-all-head"]').focus();
  await page.keyboard.press(' ');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press(' ');
  await holds('all', 'head legs');
  await page.keyboard.press(' ');
  await holds('all', 'head');
  assert.notEqual(await page.title(), 'hacked', 'a script of the picture ran');
  assert.equal(await page.locator('svg script, svg image').count(), 0);

  // The map: a marker by finger, another by keys in the list, an area by finger.
  await page.locator('[data-testid="input-post"]').tap();
  await screen.css('path.spot[data-value="mawar"]').wait();
  await tap(page, 'path.spot[data-value="mawar"]');
  await holds('post', 'mawar');
  await screen.shot(join(FOLDER, 'map-360x640.png'));
  await page.locator('#listbox-post').focus();
  await page.keyboard.press('Home');
  await page.keyboard.press('Enter');
  await holds('post', 'melati');
  await page.locator('[data-testid="done-post"]').tap();
  await page.locator('[data-testid="input-field"]').tap();
  await screen.css('path.spot[data-value="south"]').wait();
  await tap(page, 'path.spot[data-value="south"]');
  await holds('field', 'south');
  await page.locator('[data-testid="done-field"]').tap();

  // A line, while somebody walks.
  await page.context().grantPermissions(['geolocation']);
  await page.context().setGeolocation({ latitude: -5.36, longitude: 105.1, accuracy: 50 });
  await page.locator('[data-testid="mode-auto-way"]').tap();
  await page.locator('[data-testid="interval-way"]').selectOption('1');
  await page.locator('[data-testid="record-way"]').tap();
  // Not good enough: it waits, and says so.
  await until('the accuracy to be said', async () => /50 m/.test(await screen.testId('recording-way').text()));
  for (let step = 0; step < 3; step += 1) {
    await page.context().setGeolocation({ latitude: -5.36 + step * 0.001, longitude: 105.1, accuracy: 5 });
    await until(`point ${step + 1}`, async () => new RegExp(`${step + 1} titik`).test(await screen.testId('measured-way').text()));
  }
  await page.locator('[data-testid="record-way"]').tap();
  await until('three points on the disk', async () => (await stored('way')).split(';').length === 3);
  assert.match(await stored('way'), /^-5\.360000 105\.100000 0\.0 5\.0;/);
  assert.deepEqual(asked.filter((url) => !url.startsWith(listening) && !url.startsWith('data:') && !url.startsWith('blob:')), []);
  assert.deepEqual(screen.complaints, []);
});

test('a map file is put onto the device and lies below every map, without a network', async (t) => {
  const { server, village, data, later } = await startVillage(t, 'maps');
  const folder = freshFolder('maps');
  await publishForm(server, formFile(folder));
  const mine = data('mine');
  await enrolDevice(server, mine, { name: 'Siti Rahma', villages: [village] });
  assert.equal((await device(mine, 'sync')).agreed, true);
  // From here on there is no server, and no network.
  await server.stop();
  const picture = join(folder, 'foto.pmtiles');
  const vector = join(folder, 'garis.pmtiles');
  const none = join(folder, 'bukan.pmtiles');
  writeFileSync(picture, mapFile({ tile: pictureTile([200, 30, 60]), type: PNG }));
  writeFileSync(vector, mapFile({ tile: vectorTile('water'), type: VECTOR }));
  writeFileSync(none, 'not a map');

  const screen = await openPage({ data: mine, width: 360, height: 640 });
  later(() => screen.close());
  const { page } = screen.driver;
  const asked = [];
  page.on('request', (request) => asked.push(request.url()));
  await screen.testId('unlock-pin').wait();
  await unlock(screen);
  const { household } = await screen.call('new_survey', { form: 'places', village });
  const openMap = async () => {
    await go(screen, `/visit/${household}/p`);
    await screen.testId('input-well').wait();
    await page.locator('[data-testid="input-well"]').click();
    await screen.testId('map').wait();
  };
  const closeMap = async () => {
    await screen.testId('map-done').click();
    await screen.testId('map').gone();
  };

  await openMap();
  await screen.testId('no-ground').wait();
  await closeMap();
  await go(screen, '/settings');
  await screen.testId('settings-maps').wait();
  await screen.testId('settings-map-add').upload(none);
  await until('the refusal', async () => /bukan berkas peta/.test(await screen.testId('settings-maps').text()));
  await screen.testId('settings-map-add').upload(picture);
  await screen.testId('map-file').wait();
  await page.locator('[data-testid="settings-maps"]').scrollIntoViewIfNeeded();
  await screen.shots(FOLDER, 'settings');

  await openMap();
  await screen.css('[data-testid="map"][data-ground="foto.pmtiles"] img.leaflet-tile-loaded').wait();
  assert.equal(await screen.testId('no-ground').exists(), false);
  assert.match(await screen.testId('map').text(), /Kantor Desa Contoh/);
  await screen.shot(join(FOLDER, 'ground-picture.png'));
  await closeMap();

  // Removed, and lines and areas instead of pictures.
  await go(screen, '/settings');
  await screen.testId('map-file').wait();
  await page.locator('[data-testid="map-file"] button').click();
  await screen.testId('map-remove').click();
  await screen.testId('map-file').gone();
  await screen.testId('settings-map-add').upload(vector);
  await screen.testId('map-file').wait();
  await openMap();
  const painted = () =>
    screen.evaluate(() => {
      const canvas = document.querySelector('[data-testid="map"] canvas.leaflet-tile-loaded');
      const dots = canvas?.getContext('2d').getImageData(canvas.width / 2, canvas.height / 2, 1, 1).data;
      return dots ? [...dots] : null;
    });
  // The blue of water in the light theme.
  await until('the water to be painted', async () => JSON.stringify(await painted()) === JSON.stringify([128, 222, 234, 255]));
  await screen.shot(join(FOLDER, 'ground-vector.png'));
  assert.deepEqual(asked.filter((url) => !/^(http:\/\/127\.0\.0\.1|data:|blob:)/.test(url)), []);
  assert.deepEqual(screen.complaints.filter((line) => !line.includes('422')), []);
});
