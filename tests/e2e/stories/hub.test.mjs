// The district is away: a hub on the network is found and used by itself, its QR code is read from a photo, and a memory
// card carries what is left.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { test } from 'node:test';
import { chromium } from 'playwright-core';
import {
  device, enrolDevice, go, lawang, openPage, startServer, startVillage, unlock, until,
} from '../lib/index.mjs';

process.env.LAWANG_KEY_STORE = 'off';

const FOLDER = 'hub';
const NAME = 'Kecamatan Gading Rejo';

/** A picture of the printed code, as a camera would take it. */
async function photograph(svg, png) {
  const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: ['--no-sandbox'] });
  try {
    const page = await browser.newPage({ viewport: { width: 900, height: 700 } });
    await page.goto(pathToFileURL(svg).href);
    await page.screenshot({ path: png });
  } finally {
    await browser.close();
  }
}

test('a hub on the network is used when the district is away, and a memory card where there is neither', async (t) => {
  const { server, village, data, later } = await startVillage(t, 'hub');
  const mine = data('mine');
  await enrolDevice(server, mine, { name: 'Siti Rahma', villages: [village] });
  assert.equal((await device(mine, 'sync')).agreed, true);
  const { code } = await lawang(['admin', 'enrol-hub', '--name', NAME, '--villages', village, '--data', server.data]);
  const hub = await startServer({
    data: data('hub'),
    args: ['--role', 'hub', '--every', '1', '--upstream', server.url, '--code', code],
  });
  later(() => hub.stop());
  const svg = data('hub.svg');
  assert.match((await lawang(['admin', 'hub-qr', '--svg', svg, '--data', hub.data])).code, /^LAWANG-HUB https:/);
  await photograph(svg, data('hub.png'));
  const [first] = await device(mine, 'households', '--limit', '1');
  await device(mine, 'set', first.id, 'rt', '009');

  const screen = await openPage({ data: mine });
  later(() => screen.close());
  try {
    await screen.testId('unlock-pin').wait();
    await unlock(screen);
    await go(screen, '/sync');
    // The hub has been at its district, and shows itself.
    await screen.testId('sync-hub').wait({ timeout: 30_000 });
    assert.match(await screen.testId('sync-hub').text(), new RegExp(`Hub ${NAME}: di jaringan ini`));
    await screen.shots(FOLDER, 'found');

    await screen.evaluate(() => {
      document.querySelector('[data-testid=sync-hubs] details').open = true;
    });
    await screen.testId('sync-hub-photo').upload(data('hub.png'));
    await until('the address out of the photo', async () => (await screen.testId('sync-hub-address').read('value')) === hub.url);

    await server.kill();
    await screen.testId('sync-start').click();
    await screen.testId('sync-result').wait({ timeout: 60_000 });
    assert.equal(await screen.testId('sync-result').attribute('data-hub'), NAME);
    assert.match(await screen.testId('sync-result').text(), /Sudah di hub, belum di kabupaten/);
    assert.match(await screen.testId('sync-at-hub').text(), /1 keluarga sudah di hub/);
    assert.match(await screen.testId('state-line').text(), /Di hub, belum di kabupaten: 1/);
    await screen.shots(FOLDER, 'at-the-hub');

    // The same on a card, for a hub whose link never comes: it is not at the district yet.
    await screen.evaluate(() => {
      document.querySelector('[data-testid=sync-courier] details').open = true;
    });
    await screen.testId('courier-export').click();
    await screen.testId('courier-written').wait();
    const written = (await screen.testId('courier-written').text()).match(/\S+\.lawang/)[0];
    assert.ok(existsSync(written), written);
    await screen.shots(FOLDER, 'courier');
    const report = await lawang(['admin', 'import-batch', written, '--data', server.data]);
    assert.deepEqual([report.damaged, report.refused, report.accepted > 0], [0, 0, true]);
    const devices = await lawang(['admin', 'devices', '--data', server.data]);
    const { device: id } = devices.find((each) => Object.values(each).includes('Siti Rahma'));
    const answers = join(data('.'), 'answers.lawang');
    await lawang(['admin', 'export-answers', '--device', id, answers, '--data', server.data]);
    await screen.testId('courier-import').upload(answers);
    await screen.testId('courier-taken').wait();
    assert.match(await screen.testId('courier-taken').text(), /Semua sudah di kabupaten/);
    assert.match(await screen.testId('sync-result').text(), /Sudah di kabupaten, lewat hub/);
    await screen.shots(FOLDER, 'answered');

    // What happened stays readable: also that the district could not be reached, and the hub could.
    await screen.evaluate(() => {
      document.querySelector('[data-testid=sync-log] details').open = true;
      document.querySelector('[data-testid=sync-log]').scrollIntoView();
    });
    await until('the exchange with the hub', async () => (await screen.testId('sync-log').text()).includes(NAME));
    await screen.shots(FOLDER, 'history');
  } catch (error) {
    await screen.shot(join(data('.'), 'failed.png')).catch(() => null);
    error.message += `\nThe screen says:\n${await screen.says()}`;
    throw error;
  }
});
