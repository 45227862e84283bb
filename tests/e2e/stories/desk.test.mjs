// The verifier's hour: what three enumerators brought is looked at old against new, without a network. Most is accepted,
// answers that differ are settled, one family is proposed for removal, one visit goes back with a question, is
// corrected and comes again; in the end the district and all devices hold the same.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  device, digestOnDevice, digestOnServer, enrolDevice, go, openPage, openWindow, startServer, startVillage, until,
} from '../lib/index.mjs';
import { exchangeByCommand, makeVisits, openDesk, openDevice, QUEUE } from '../lib/desk.mjs';

process.env.LAWANG_KEY_STORE = 'off';

const PEOPLE = ['Siti Rahma', 'Budi Santoso', 'Wayan Sudarta'];
const VERIFIER = 'Ibu Ratna';
/**
 * Where the verifier works, and with how many households: a fourth of them in conflict, the rest visited once. The
 * enumerators' devices are always in Chromium.
 */
const PLACES = [
  ['in Chromium', openPage, Number(process.env.LAWANG_DESK_HOUSEHOLDS ?? 60)],
  ['in the window', openWindow, 12],
];

for (const [place, open, HOUSEHOLDS] of PLACES) test(`${place} a verifier clears the desk offline, one visit comes back corrected, and everybody holds the same`, async (t) => {
  const world = await startVillage(t, `desk-${open === openWindow ? 'window' : 'page'}`);
  const { village } = world;
  let { server } = world;
  const folders = [...PEOPLE.map((_, index) => world.data(`phone-${index}`)), world.data('desk')];
  const screens = [];
  world.later(() => Promise.all(screens.map((screen) => screen?.close().catch(() => {}))));
  const began = Date.now();
  const step = (title) => t.diagnostic(`${((Date.now() - began) / 1000).toFixed(1)} s: ${title}`);

  step('three enumerators and a verifier are enrolled');
  for (const [index, name] of [...PEOPLE, VERIFIER].entries()) {
    const role = name === VERIFIER ? 'village_verifier' : 'enumerator';
    await enrolDevice(server, folders[index], { name, villages: [village], role });
    assert.equal((await device(folders[index], 'sync')).agreed, true);
  }
  const rows = (await device(folders[0], 'households', '--limit', '200')).filter((row) => row.members > 0);
  assert.ok(rows.length >= HOUSEHOLDS);
  const [returning, leaving, keeping, ...others] = rows.slice(0, HOUSEHOLDS);
  const conflicts = others.slice(0, Math.floor(HOUSEHOLDS / 4));
  const plain = others.slice(conflicts.length);

  try {
    step('visits, each on a device of its own');
    const one = (row, answers) => ({ household: row.id, answers });
    const made = [[one(returning, { floor_area: '90' }), one(leaving, { is_well_off: '1' }), one(keeping, { floor_material: '1' })], [], []];
    for (const [index, row] of plain.entries()) made[index % 3].push(one(row, { floor_area: String(40 + index) }));
    for (const row of conflicts) {
      made[1].push(one(row, { floor_area: '191' }));
      made[2].push(one(row, { floor_area: '192' }));
    }
    for (const [index, visits] of made.entries()) await makeVisits(folders[index], visits);
    for (const index of [0, 1, 2, 3]) assert.equal((await device(folders[index], 'sync')).agreed, true);
    screens.push(await openDevice({ data: folders[0] }), null, null, await openDevice({ data: folders[3], open }));
    const [siti, , , desk] = screens;

    step('the district is away, and the desk opens');
    await server.stop();
    await openDesk(desk);
    await desk.testId('nav-desk').wait();
    const waiting = await desk.call('desk', QUEUE);
    assert.equal(waiting.total, HOUSEHOLDS, 'all that was visited waits');
    assert.equal(waiting.may_decide, true);
    assert.equal(waiting.rows.filter((row) => row.reasons.includes('conflict')).length, conflicts.length);
    await until('the rows of the queue', async () => (await desk.testId('desk-row').count()) > 0);
    await desk.shots('desk', 'queue');
    await desk.resize(1280, 800);

    step('conflicts are settled at once, with one reason');
    await desk.testId('desk-conflicts').click();
    await desk.testId('bulk-question').click();
    for (let group = 0; group < (await desk.testId('bulk-group').count()); group += 1) await desk.testId('bulk-all').nth(group).click();
    await desk.testId('bulk-settle').click();
    await desk.testId('take-newest').click();
    await desk.testId('settle-reason').fill('Dilihat langsung di rumah');
    await desk.shots('desk', 'settle');
    await desk.resize(1280, 800);
    await desk.testId('settle-yes').click();
    await until('no conflict to be left', async () => (await desk.call('conflicts')).length === 0);
    assert.ok((await desk.call('settlements')).length >= conflicts.length);

    step('one settlement is undone, and made again');
    await go(desk, '/desk/settlements');
    await desk.testId('settlement-undo').nth(0).click();
    await until('a conflict to be back', async () => (await desk.call('conflicts')).length === 1);
    const [again] = await desk.call('conflicts');
    await desk.call('conflicts_settle', { conflicts: [{ household: again.household, path: again.path }], take: 'newest', reason: 'Dilihat langsung di rumah' });

    step('one visit goes back with a question');
    await go(desk, `/desk/household/${returning.id}`);
    await desk.testId('compare-head').wait();
    await desk.testId('comment-floor_area').click();
    await desk.testId('comment-text-floor_area').fill('Rumah di foto tampak kecil. Sudah diukur?');
    await desk.shots('desk', 'old-against-new');
    await desk.resize(1280, 800);
    await desk.testId('desk-send-back').click();
    await desk.testId('return-own').click();
    await desk.testId('return-words').fill('Luas lantai perlu diukur lagi');
    await desk.shots('desk', 'send-back');
    await desk.resize(1280, 800);
    await desk.testId('return-yes').click();
    await until('the next household', () => desk.evaluate((id) => location.hash.startsWith('#/desk') && !location.hash.includes(id), returning.id));

    step('a family that is well off is proposed for removal');
    await go(desk, `/desk/household/${leaving.id}`);
    await desk.testId('compare-head').wait();
    await desk.testId('desk-more').click();
    await desk.testId('desk-remove').click();
    await desk.testId('removal-well_off').click();
    await desk.testId('removal-note').fill('Rumah dua lantai, mobil');
    await desk.testId('removal-yes').click();
    await desk.testId('desk-removal').wait();
    assert.equal((await desk.call('replacements', { village })).removals.length, 1);

    step('an older value stays, with a reason');
    await go(desk, `/desk/household/${keeping.id}`);
    await desk.testId('compare-head').wait();
    const compared = (await desk.call('desk_household', { household: keeping.id, everything: true })).fields.find((field) => field.path === 'floor_material');
    if (compared.older) {
      await desk.testId('keep-floor_material').click();
      await desk.testId('desk-accept').click();
      await desk.testId('accept-note').fill('Foto menunjukkan lantai yang lama');
      await desk.testId('accept-yes').click();
      await until('the next household', () => desk.evaluate((id) => !location.hash.includes(id), keeping.id));
      assert.equal((await desk.call('desk_household', { household: keeping.id, everything: false })).state, 'verified');
    }

    step('the rest by keys alone');
    await openDesk(desk);
    for (let rest = (await desk.call('desk', QUEUE)).total; rest > 0; rest -= 1) {
      const { rows: left } = await desk.call('desk', QUEUE);
      const one = left.find((row) => row.household !== returning.id);
      if (!one) break;
      if (!(await desk.evaluate((id) => location.hash.includes(id), one.household))) await go(desk, `/desk/household/${one.household}`);
      await until('the household', async () => (await desk.testId('compare-head').exists()) && (await desk.evaluate((id) => location.hash.includes(id), one.household)));
      await until('its buttons', async () => !(await desk.testId('desk-accept').read('disabled')));
      await desk.press('a');
      await desk.testId('accept-yes').wait();
      await desk.press('Enter');
      await until('the decision', async () => (await desk.call('desk_household', { household: one.household, everything: false })).state === 'verified');
      await desk.testId('accept-dialog').gone();
    }
    assert.deepEqual((await desk.call('desk', QUEUE)).rows.map((row) => row.household), []);
    await openDesk(desk);
    await desk.shots('desk', 'cleared');
    await desk.resize(1280, 800);

    step('the district is back: what was sent back reaches the enumerator');
    server = await startServer({ data: server.data, listen: server.address });
    world.later(() => server.stop());
    for (const screen of [desk, siti]) await exchangeByCommand(screen);
    await go(siti, `/household/${returning.id}`);
    assert.match(await siti.testId('household-returned').text(), /Luas lantai perlu diukur lagi/);
    await siti.testId('household-visit').click();
    const comments = siti.testId('comments-floor_area');
    await comments.wait();
    await siti.shots('desk', 'came-back');
    await siti.resize(1280, 800);
    const [asked] = (await siti.call('desk_household', { household: returning.id, everything: true })).thread;
    await siti.testId(`answer-${asked.id}`).fill('Diukur lagi: 36 meter persegi');
    await siti.testId(`answer-send-${asked.id}`).click();
    await siti.testId(`answer-${asked.id}`).gone();
    await siti.call('visit_answer', { household: returning.id, page: 'housing', path: 'floor_area', value: '36' });
    await siti.call('visit_submit', { household: returning.id });
    await siti.call('visit_close', { household: returning.id });
    for (const screen of [siti, desk]) await exchangeByCommand(screen);

    step('it waits anew, with what was said, and is accepted');
    await openDesk(desk);
    assert.deepEqual((await desk.call('desk', QUEUE)).rows.map((row) => row.household), [returning.id]);
    await go(desk, `/desk/household/${returning.id}`);
    await desk.testId('compare-head').wait();
    const { thread } = await desk.call('desk_household', { household: returning.id, everything: false });
    assert.deepEqual(thread.map(({ text }) => text), ['Rumah di foto tampak kecil. Sudah diukur?', 'Diukur lagi: 36 meter persegi']);
    await desk.press('a');
    await desk.testId('accept-yes').click();
    await until('the desk to be clear', async () => (await desk.call('desk', QUEUE)).total === 0);

    step('everybody holds the same');
    for (const screen of [desk, siti, desk]) await exchangeByCommand(screen);
    while (screens.length) await screens.pop()?.close();
    for (const index of [1, 2]) assert.equal((await device(folders[index], 'sync')).agreed, true);
    for (const row of [returning, leaving, keeping, conflicts[0], plain[0]]) {
      const digest = await digestOnServer(server, row.id);
      assert.ok(digest);
      for (const data of folders) assert.equal(await digestOnDevice(data, row.id), digest);
    }
  } catch (error) {
    const path = await screens[3]?.shot('desk/failed').catch(() => null);
    if (path) error.message += `\nThe desk then looked like ${path}.`;
    throw error;
  }
});
