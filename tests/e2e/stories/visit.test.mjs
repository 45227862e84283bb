// The main job in the real window: a visit without a network, a dead battery, a colleague who saw
// something else, and everybody agreeing in the end.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  PIN, answer, completeFromSummary, device, digestOnDevice, digestOnServer, enrol, enrolCode, enrolDevice, exchange,
  fillPage, go, jumpToPage, openWindow, pickHousehold, readPage, saved, startServer, startVillage, takeOver, toSummary,
  unlock, visitPage,
} from '../lib/index.mjs';

process.env.LAWANG_KEY_STORE = 'off';

const SEEN_HERE = '6';
const SEEN_BY_COLLEAGUE = '8';

test('a visit survives a dead battery and a colleague, and everybody holds the same in the end', async (t) => {
  const world = await startVillage(t, 'visit');
  const { village } = world;
  let { server } = world;
  const mine = world.data('mine');
  const colleague = world.data('colleague');
  let screen;
  world.later(() => screen?.close().catch(() => {}));

  const began = Date.now();
  const step = (title) => t.diagnostic(`${((Date.now() - began) / 1000).toFixed(1)} s: ${title}`);
  try {
    step('enrol through the screen');
    const code = await enrolCode(server, { name: 'Siti Rahma', villages: [village] });
    screen = await openWindow({ data: mine });
    await enrol(screen, { server, code, pin: PIN });

    step('first download');
    const first = await exchange(screen);
    assert.equal(first.phase, 'done');
    assert.match(first.receipt, /^[0-9A-F]{4}-[0-9A-F]{4}$/);

    await enrolDevice(server, colleague, { name: 'Budi Santoso', villages: [village] });
    assert.equal((await device(colleague, 'sync')).agreed, true);
    const household = await pickHousehold(colleague, {
      members: 2,
      avoid: { floor_material: [SEEN_HERE, SEEN_BY_COLLEAGUE] },
    });

    step('no network: the server is stopped');
    await server.stop();
    await device(colleague, 'set', household.id, 'floor_material', SEEN_BY_COLLEAGUE);
    await go(screen, '/');
    await screen.testId('worklist-search').fill(household.head);
    await screen.css(`[data-testid=worklist-row][data-household="${household.id}"]`).click();
    await screen.testId('household-visit').click();
    assert.equal(await visitPage(screen), 'location');
    await fillPage(screen);
    await screen.testId('visit-next').click();
    await visitPage(screen, 'visit_result');
    await answer(screen, 'household_status', '1');
    await answer(screen, 'enumeration_result', '1');
    await fillPage(screen);

    await jumpToPage(screen, 'housing');
    assert.ok(await takeOver(screen), 'what the register knows of the house was not offered');
    assert.ok((await readPage(screen)).items.find(({ path }) => path === 'floor_material').answered);
    await answer(screen, 'floor_material', SEEN_HERE);
    await fillPage(screen);

    step('a new member');
    await jumpToPage(screen, 'members');
    assert.equal(await screen.testId('member-card').count(), 2);
    await screen.testId('member-add').click();
    await screen.testId(/^input-members\/[^/]+\/name$/).wait();
    const page = await visitPage(screen);
    const [, member] = /^members\/([^/]+)\/identity$/.exec(page) ?? assert.fail(`the new member is on page ${page}`);
    const path = (name) => `members/${member}/${name}`;
    await screen.testId(`input-${path('name')}`).fill('Melati Putri');
    await answer(screen, path('sex'), '2');
    await screen.testId(`input-${path('birth_date')}`).type('17082019');
    await saved(screen);

    step('the battery runs out');
    await screen.kill();
    screen = await openWindow({ data: mine });
    await unlock(screen);
    await go(screen, `/household/${household.id}`);
    await screen.testId('household-visit').click();
    assert.equal(await visitPage(screen), page, 'the visit opens where it was');
    assert.equal(await screen.testId(`input-${path('name')}`).value(), 'Melati Putri');
    assert.equal(await screen.testId(`choice-${path('sex')}-2`).attribute('aria-checked'), 'true');
    assert.match(await screen.testId(`input-${path('birth_date')}`).value(), /^17\W08\W2019$/);
    await jumpToPage(screen, 'housing');
    assert.equal(await screen.testId(`input-floor_material`).attribute('data-chosen'), 'true');
    await jumpToPage(screen, 'members');
    assert.equal(await screen.testId('member-card').count(), 3);

    step('what the summary misses');
    await toSummary(screen);
    const led = await completeFromSummary(screen);
    assert.ok(led.length > 5, `the summary led to ${led.length} pages only`);
    step(`${led.length} pages completed`);
    await screen.testId('summary-submit').click();
    await screen.testId('summary-done').wait();

    step('without a server the exchange says so');
    const alone = await exchange(screen);
    assert.equal(alone.phase, 'failed');
    await screen.testId('sync-problem').wait();
    const { unsent_households: waiting } = await screen.call('sync_status');
    assert.equal(waiting, 1);

    step('the network is back');
    server = await startServer({ data: server.data, listen: server.address });
    const again = server;
    world.later(() => again.stop());
    const sent = await exchange(screen);
    assert.equal(sent.phase, 'done');
    assert.notEqual(sent.receipt, '');
    assert.notEqual(sent.receipt, first.receipt);

    step('the conflict');
    assert.equal((await device(colleague, 'sync')).agreed, true);
    assert.equal((await exchange(screen)).phase, 'done');
    await screen.testId('nav-conflicts').click();
    const card = screen.css('[data-testid=conflict-card][data-path=floor_material]');
    await card.wait();
    assert.equal(await screen.testId('conflict-card').count(), 1, await screen.says());
    const values = screen.testId('conflict-value');
    assert.equal(await values.count(), 2);
    const said = [await values.nth(0).text(), await values.nth(1).text()];
    const byMe = said.findIndex((text) => /Semen/.test(text));
    const byColleague = said.findIndex((text) => /Tanah/.test(text));
    assert.ok(byMe >= 0 && byColleague >= 0, said.join(' | '));
    assert.match(said[byColleague], /Budi Santoso/);
    assert.doesNotMatch(said[byMe], /Budi Santoso/);
    await screen.shot('visit-conflict');

    step('settled with a reason');
    await values.nth(byMe).click();
    await screen.testId('conflict-save').click();
    assert.ok(await card.exists(), 'settled without a reason');
    await screen.testId('conflict-reason').fill('Dilihat sendiri di rumah responden');
    await screen.testId('conflict-save').click();
    await card.gone();
    assert.equal((await exchange(screen)).phase, 'done');
    await screen.close();
    screen = undefined;

    step('all hold the same');
    assert.equal((await device(colleague, 'sync')).agreed, true);
    const shown = await device(mine, 'show', household.id);
    assert.equal(shown.answers.floor_material, SEEN_HERE);
    assert.deepEqual(shown.conflicts, []);
    assert.equal(shown.members.length, 3);
    const added = shown.members.find(({ id }) => id === member);
    assert.deepEqual([added.name, added.sex, added.birth_date], ['Melati Putri', '2', '2019-08-17']);
    const digest = await digestOnServer(server, household.id);
    assert.match(digest, /^[0-9a-f]{64}$/);
    assert.equal(shown.digest, digest);
    assert.equal(await digestOnDevice(colleague, household.id), digest);
    step('done');
  } catch (error) {
    const picture = await screen?.shot('visit-failed').catch(() => null);
    if (picture) error.message += `\nThe window then looked like ${picture}.`;
    throw error;
  }
});
