// The same screens in a browser of a phone's size, each photographed at a phone's and a laptop's size.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  answer, device, enrolDevice, exchange, fillPage, go, jumpToPage, openPage, pickHousehold, saved, startVillage,
  takeOver, toSummary, unlock, until, visitPage,
} from '../lib/index.mjs';

process.env.LAWANG_KEY_STORE = 'off';

const FOLDER = 'screens';

/** Nothing may stand beyond the right edge, and no control of a page may be too small for a thumb. */
async function fits(screen, name) {
  const { wide, small } = await screen.evaluate(() => ({
    wide: document.documentElement.scrollWidth - innerWidth,
    small: [...document.querySelectorAll('button, [role=radio], [role=checkbox], input.input, nav a')]
      .map((control) => [control.getBoundingClientRect(), control])
      .filter(([box]) => box.width > 4 && box.height > 4 && (box.height < 40 || box.width < 40))
      .map(([box, control]) => `${control.innerText || control.dataset.testid} ${box.width}x${box.height}`),
  }));
  assert.ok(wide <= 0, `${name} is ${wide} pixels wider than the screen`);
  assert.deepEqual(small, [], `${name} has controls that are too small`);
}

test('every main screen works with a thumb at a phone\'s size, in Indonesian and English', async (t) => {
  const { server, village, data, later } = await startVillage(t, 'screens');
  const mine = data('mine');
  const colleague = data('colleague');
  await enrolDevice(server, mine, { name: 'Siti Rahma', villages: [village] });
  await enrolDevice(server, colleague, { name: 'Budi Santoso', villages: [village] });
  for (const each of [mine, colleague]) assert.equal((await device(each, 'sync')).agreed, true);

  // One household with two answers to the same question, and another one for the visit.
  const disputed = await pickHousehold(mine, { members: 2, avoid: { floor_material: ['2', '6', '8'] } });
  await device(mine, 'set', disputed.id, 'household_status', '1', 'enumeration_result', '1', 'floor_material', '6');
  await device(colleague, 'set', disputed.id, 'household_status', '1', 'enumeration_result', '1', 'floor_material', '8');
  for (const each of [mine, colleague, mine]) await device(each, 'sync');
  const visited = await pickHousehold(mine, { members: 3, avoid: { floor_material: ['9'] } });

  const screen = await openPage({ data: mine });
  later(() => screen.close());
  const take = async (name) => {
    await fits(screen, name);
    await screen.shots(FOLDER, name);
  };
  try {
    await screen.testId('unlock-pin').wait();
    await take('unlock');
    await screen.testId('unlock-pin').fill('111333');
    await screen.testId('unlock-submit').click();
    await screen.css('[role=alert], .field-error').wait();
    assert.ok(await screen.testId('unlock-pin').exists(), 'a wrong PIN opened the device');
    // The next try waits a moment.
    await until('the end of the wait', async () => (await screen.testId('unlock-submit').read('disabled')) === false, {
      timeout: 60_000,
    });
    await unlock(screen);

    const rows = screen.testId('worklist-row');
    await rows.wait();
    await take('worklist');
    const all = await rows.count();
    await screen.testId('worklist-search').fill(visited.head);
    // Also families with a member of that name.
    await until('fewer rows', async () => (await rows.count()) < Math.min(all, 5));
    const found = screen.css(`[data-testid=worklist-row][data-household="${visited.id}"]`);
    assert.match(await found.text(), new RegExp(visited.head));
    await take('worklist-search');
    await found.click();

    await screen.testId('household-visit').wait();
    assert.match(await screen.says(), new RegExp(visited.people[0].name));
    assert.doesNotMatch(await screen.says(), /\b\d{16}\b/, 'a whole NIK or No. KK is shown');
    await take('household');

    await screen.testId('household-visit').click();
    await visitPage(screen, 'location');
    await screen.testId('visit-next').click();
    await visitPage(screen, 'visit_result');
    await answer(screen, 'household_status', '1');
    await answer(screen, 'enumeration_result', '1');
    await screen.testId('input-respondent_name').fill('Siti Rahmawati');
    await answer(screen, 'is_well_off', '2');
    await saved(screen);
    await take('visit');

    await screen.testId('visit-jump').click();
    await screen.testId('jump-dialog').wait();
    await screen.shot(`${FOLDER}/jump-390x844`);
    await screen.css('[data-testid=jump-dialog] [data-page=housing]').click();
    await visitPage(screen, 'housing');
    assert.ok(await takeOver(screen));
    await fillPage(screen);
    await take('visit-housing');
    await jumpToPage(screen, 'members');
    assert.equal(await screen.testId('member-card').count(), 3);
    await take('roster');
    await screen.testId('member-open').click();
    assert.match(await visitPage(screen), /^members\/[^/]+\/identity$/);
    await take('visit-member');
    await toSummary(screen);
    assert.ok((await screen.css('#problems [data-testid=summary-problem]').count()) > 5);
    await take('summary');
    assert.equal(await screen.testId('summary-submit').attribute('aria-disabled'), 'true', 'a visit with gaps could be submitted');
    // It can be tapped all the same, and says why it will not do.
    await screen.evaluate(() => document.querySelector('[data-testid=summary-submit]').click());
    assert.equal(await screen.testId('summary-done').exists(), false);
    const told = screen.css('.toast');
    await told.wait();
    await go(screen, '/sync');
    // What was said about the visit does not lie over the next place.
    await told.gone({ timeout: 1000 });
    await assert.rejects(screen.call('visit_submit', { household: visited.id }), (error) => error.failure.code !== '');

    const { phase, receipt } = await exchange(screen);
    assert.equal(phase, 'done');
    assert.notEqual(receipt, '');
    await take('sync');

    await screen.testId('nav-conflicts').click();
    await screen.css('[data-testid=conflict-card][data-path=floor_material]').wait();
    assert.equal(await screen.testId('conflict-value').count(), 2);
    await take('conflict');

    await screen.testId('nav-settings').click();
    await screen.testId('settings-language-en').wait();
    await take('settings');
    assert.match(await screen.says(), /Pengaturan/);
    await screen.testId('settings-language-en').click();
    await until('English', async () => /Settings/.test(await screen.says()));
    assert.doesNotMatch(await screen.says(), /Pengaturan/);
    await take('settings-english');
    await go(screen, `/visit/${visited.id}/housing`);
    await visitPage(screen, 'housing');
    await until('the questions in English', async () => /floor/i.test(await screen.says()));
    assert.doesNotMatch(await screen.says(), /Jenis lantai/i);
    await go(screen, '/settings');
    await screen.testId('settings-language-id').click();
    await until('Indonesian', async () => /Pengaturan/.test(await screen.says()));
    assert.equal((await screen.call('settings')).language, 'id');
    assert.deepEqual(screen.complaints.filter((text) => !/status of 4\d\d/.test(text)), []);
  } catch (error) {
    const picture = await screen.shot('screens-failed').catch(() => null);
    if (picture) error.message += `\nThe page then looked like ${picture}.`;
    throw error;
  }
});
