// The verifier's hour: what three enumerators brought is looked at old against new, without a network. Most is accepted,
// answers that differ are settled, who stands twice is decided about, visits that nobody can have made are made again by
// somebody else, one family is proposed for removal, two visits go back with questions, are corrected and come again; in
// the end the district, its hub and all devices hold the same.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { test } from 'node:test';
import {
  answer, completeFromSummary, device, exchange, go, jumpToPage, openPage, openWindow, saved, toSummary, until, visitPage,
} from '../lib/index.mjs';
import { acceptByKeys, leaves, makeVisits, openAtDesk, openDesk, openDevice, PAIRS, QUEUE } from '../lib/desk.mjs';
import { HOUSEHOLDS, HUB, madeAgain, SITI, startDeskVillage, WAYAN } from '../lib/desk-village.mjs';

process.env.LAWANG_KEY_STORE = 'off';

const LAPTOP = { width: 1280, height: 800 };
const PHONE = { width: 390, height: 844 };
const SHOTS = [LAPTOP, PHONE].map((size) => ({ ...size, name: `${size.width}x${size.height}` }));
const SEEN = 'Dilihat langsung di rumah';

const reasonsOf = (rows, reason) => rows.filter((row) => row.reasons.includes(reason)).map((row) => row.household);
const idsOf = (rows) => rows.map(({ id }) => id).sort();

/** A picture at both sizes, and back to the one at which somebody works. */
async function look(screen, place, name, back = LAPTOP) {
  await screen.shots(`desk/${place}`, name, SHOTS);
  await screen.resize(back.width, back.height);
}

/** The queue says what waits, and how much of it. */
async function seeTheQueue(desk, { planted }, pictures) {
  await openDesk(desk);
  await until('everybody to be compared', async () => {
    const { looked, persons } = await desk.call('duplicates', PAIRS);
    return looked === persons;
  }, { timeout: 60_000 });
  await openDesk(desk);
  const { rows, total, may_decide: may } = await desk.call('desk', QUEUE);
  assert.equal(may, true);
  assert.equal(total, rows.length);
  const submitted = reasonsOf(rows, 'submitted');
  assert.equal(submitted.length, HOUSEHOLDS, 'all that was visited waits');
  assert.deepEqual(reasonsOf(rows, 'conflict').sort(), idsOf(planted.conflicts));
  // One that may have to leave and one that asks to come in; whom the formula takes for poor or not may be among them too.
  const eligibility = reasonsOf(rows, 'eligibility');
  for (const row of [planted.leaving, planted.waiting]) assert.ok(eligibility.includes(row.id));
  const twice = reasonsOf(rows, 'duplicate');
  for (const row of [planted.parents, planted.grandmother, planted.twins]) assert.ok(twice.includes(row.id));
  const failed = reasonsOf(rows, 'check');
  for (const row of planted.hasty) assert.ok(failed.includes(row.id), 'a visit of two minutes passed the checks');
  await until('the rows of the queue', async () => (await desk.testId('desk-row').count()) > 5);
  await pictures('queue');
}

/** Answers that differ are settled at once, with one reason; one of them is undone and settled again by itself. */
async function settleConflicts(desk, { planted }, pictures) {
  await desk.testId('desk-conflicts').click();
  await desk.testId('bulk-question').click();
  await desk.testId('bulk-group').wait();
  for (let group = 0; group < (await desk.testId('bulk-group').count()); group += 1) await desk.testId('bulk-all').nth(group).click();
  await desk.testId('bulk-settle').click();
  await desk.testId('take-newest').click();
  await desk.testId('settle-reason').fill(SEEN);
  await pictures('settle');
  await desk.testId('settle-yes').click();
  await until('no conflict to be left', async () => (await desk.call('conflicts')).length === 0);
  assert.ok((await desk.call('settlements')).length >= planted.conflicts.length);

  await go(desk, '/desk/settlements');
  await desk.testId('settlement-undo').nth(0).click();
  await until('a conflict to be back', async () => (await desk.call('conflicts')).length === 1);
  const [again] = await desk.call('conflicts');
  const conflicts = [{ household: again.household, path: again.path, seen: again.seen }];
  await desk.call('conflicts_settle', { conflicts, take: 'newest', reason: SEEN });
}

/** The pair of two families, on its own screen; `verdict` and what to press before it is saved. */
async function decidePair(desk, household, verdict, reason, pictures) {
  const { rows } = await desk.call('duplicates', { ...PAIRS, household });
  const [pair] = rows.filter(({ left, right }) => /^(Melati|Has)/.test(left.name) && /^(Melati|Has)/.test(right.name));
  assert.ok(pair, `nobody is suspected to stand twice in ${household}`);
  // From the household in the queue to its pair.
  await openAtDesk(desk, household);
  const entry = desk.css(`[data-testid=desk-suspected] [data-pair="${pair.id}"]`);
  await entry.wait();
  await pictures(`suspected-${verdict}`);
  await entry.click();
  await desk.testId('pair-head').wait();
  assert.match(await desk.testId('pair-head').text(), new RegExp(pair.left.name));
  await desk.testId('pair-reasons').wait();
  await desk.testId(`verdict-${verdict}`).click();
  const keep = pair.left.household === household ? '1' : '2';
  if (verdict === 'same') await desk.testId(`keep-${keep}`).click();
  await desk.testId('pair-reason').fill(reason);
  await pictures(`pair-${verdict}`);
  const gone = () => desk.evaluate((id) => !location.hash.includes(id), pair.id);
  await desk.testId('pair-save').click();
  // The window scrolls to the button as it presses it, and may miss it: a person presses again.
  await until('the next pair', gone, { timeout: 4000 }).catch(() => desk.testId('pair-save').click());
  await until('the next pair', gone);
  const after = await desk.call('duplicate_pair', { pair: pair.id });
  assert.equal(after.row.state, verdict);
  assert.equal(after.decisions[0].reason, reason);
  return { ...pair, goes: keep === '1' ? pair.right : pair.left };
}

async function decideDuplicates(desk, { planted }, pictures) {
  await go(desk, '/desk/duplicates');
  await desk.testId('pair').wait();
  await pictures('duplicates');
  const melati = await decidePair(desk, planted.parents.id, 'same', 'Satu anak, tinggal di orang tuanya', pictures);
  assert.equal(melati.goes.household, planted.grandmother.id);
  await decidePair(desk, planted.twins.id, 'different', 'Anak kembar, dua akta kelahiran', pictures);
  // What the register itself brought along is decided as the numbers say.
  for (const row of (await desk.call('duplicates', PAIRS)).rows) {
    const { seen, verdicts } = await desk.call('duplicate_pair', { pair: row.id });
    const verdict = row.kind === 'shared_nik' || !verdicts.includes('two_families') ? 'different' : 'two_families';
    await desk.call('decide_pair', { pair: row.id, seen, verdict, keep: 0, take: [], reason: 'Dicocokkan dengan KK' });
  }
  assert.equal((await desk.call('duplicates', PAIRS)).total, 0);
  assert.deepEqual(reasonsOf((await desk.call('desk', QUEUE)).rows, 'duplicate'), []);
  return melati.goes;
}

/** Signs of work that nobody can have done lead to the visits, which go back and are given to somebody else. */
async function seeImpossibleWork(desk, { planted }, pictures) {
  await go(desk, '/desk/enumerators');
  const wayan = desk.css(`[data-testid=enumerator][data-person="${WAYAN}"]`);
  await wayan.wait();
  assert.match(await wayan.text(), /5 kunjungan kurang dari 5 menit/);
  assert.match(await wayan.text(), /5 kunjungan dari satu titik yang sama/);
  assert.equal(await desk.css('[data-testid=enumerator].marked').count(), 1, 'honest work shows signs');
  await desk.css('[data-testid=sign-one_point] summary').click();
  await pictures('impossible-work');
  await desk.css('[data-testid=sign-one_point] .links a').nth(0).click();
  await desk.testId('compare-head').wait();
  for (const row of planted.hasty) {
    await openAtDesk(desk, row.id);
    const said = await desk.says();
    assert.match(said, /Kunjungan hanya 2 menit 0 detik/);
    if (row === planted.hasty[0]) {
      assert.match(said, /Dilakukan 2\.?\d{3} m dari letak rumah/);
      await pictures('implausible-visit');
    }
    await desk.testId('desk-send-back').click();
    await desk.testId('return-not_visited').click();
    // A list of the system: chosen by its value, as a wheel or a menu would.
    await desk.testId('return-assign').wait();
    await desk.evaluate((name) => {
      const list = document.querySelector('[data-testid=return-assign]');
      list.value = name;
      list.dispatchEvent(new Event('change', { bubbles: true }));
    }, SITI);
    await desk.testId('return-yes').click();
    await leaves(desk, row.id);
    assert.equal((await desk.call('desk_household', { household: row.id, everything: false })).state, 'returned');
  }
}

const QUESTIONS = {
  floor_area: 'Rumah di foto tampak kecil. Sudah diukur?',
  wall_material: 'Di data lama bukan tembok. Sudah dibangun ulang?',
};

/** Two visits go back to who made them, with questions beside the answers: a reason in words, and one of the list. */
async function sendBack(desk, { planted }, pictures) {
  const [small, walls] = planted.returning;
  await openAtDesk(desk, small.id);
  await desk.testId('comment-floor_area').click();
  await desk.testId('comment-text-floor_area').fill(QUESTIONS.floor_area);
  await pictures('old-against-new');
  await desk.testId('desk-send-back').click();
  await desk.testId('return-own').click();
  await desk.testId('return-words').fill('Luas lantai perlu diukur lagi');
  await pictures('send-back');
  await desk.testId('return-yes').click();
  await leaves(desk, small.id);

  await openAtDesk(desk, walls.id);
  await desk.testId('comment-wall_material').click();
  await desk.testId('comment-text-wall_material').fill(QUESTIONS.wall_material);
  await desk.testId('desk-send-back').click();
  await desk.testId('return-contradicts').click();
  await desk.testId('return-yes').click();
  await leaves(desk, walls.id);
}

/** A family that is well off is proposed for removal, and the family that waits takes its place. */
async function proposeRemoval(desk, { planted, village, world }, pictures) {
  // A letter, and a picture of what is on the screen for want of a house.
  const letter = `${world.data('letter')}.pdf`;
  writeFileSync(letter, '%PDF-1.4\n%%EOF\n');
  const house = await desk.shot('desk/evidence');
  await openAtDesk(desk, planted.leaving.id);
  await desk.testId('desk-more').click();
  await desk.testId('desk-remove').click();
  await desk.testId('removal-well_off').click();
  await desk.testId('removal-note').fill('Rumah dua lantai, mobil');
  await desk.css(`[data-testid=replacement][data-household="${planted.waiting.id}"]`).click();
  await desk.testId('evidence-take').upload(house);
  await desk.testId('evidence-photo').wait();
  await desk.testId('evidence-choose').upload(letter);
  await desk.testId('evidence-pdf').wait();
  await pictures('removal');
  await desk.testId('removal-yes').click();
  await desk.testId('desk-removal').wait();
  const { removals } = await desk.call('replacements', { village });
  assert.deepEqual(removals.map(({ household, removal }) => [household, removal.replacement]), [[planted.leaving.id, planted.waiting.id]]);
  assert.deepEqual(removals[0].removal.evidence.map(({ kind, missing }) => [kind, missing]), [['photo', ''], ['pdf', '']]);
  await pictures('removal-evidence');
  await seeWhole(desk, pictures);
}

/** A picture that is opened is seen whole, whatever the shape of the screen. */
async function seeWhole(desk, pictures) {
  await desk.testId('evidence-open').click();
  const cut = () => {
    const img = document.querySelector('[data-testid=photo-viewer] img');
    if (!img?.naturalWidth) return null;
    const [box, frame] = [img, img.parentElement].map((of) => of.getBoundingClientRect());
    return ['left', 'top'].some((side) => box[side] < frame[side] - 1) || ['right', 'bottom'].some((side) => box[side] > frame[side] + 1);
  };
  await until('the picture, large', async () => (await desk.evaluate(cut)) !== null);
  assert.equal(await desk.evaluate(cut), false, 'a part of the picture is outside of its frame');
  await pictures('evidence-large');
  await desk.press('Escape');
  await desk.testId('photo-viewer').gone();
}

/** An older value stays, with a reason. */
async function keepOlder(desk, { planted }) {
  const { id } = planted.keeping;
  await openAtDesk(desk, id);
  await desk.testId('keep-floor_material').click();
  await desk.testId('desk-accept').click();
  await desk.testId('accept-note').fill('Foto menunjukkan lantai yang lama');
  await desk.testId('accept-yes').click();
  await leaves(desk, id);
  const { state } = await desk.call('desk_household', { household: id, everything: false });
  assert.equal(state, 'verified');
}

/** From the first row of the queue to the last, without a mouse. */
async function clearByKeys(desk) {
  await openDesk(desk);
  let { total } = await desk.call('desk', QUEUE);
  const accepted = total;
  await until('the rows of the queue', async () => (await desk.testId('desk-row').count()) >= Math.min(total, 5));
  await desk.press('j');
  await until('the keys on a row', () => desk.evaluate(() => document.activeElement?.dataset.testid === 'desk-row'));
  await desk.press('Enter');
  for (; total > 0; total -= 1) {
    await desk.testId('compare-head').wait();
    const household = await desk.evaluate(() => location.hash.split('/').at(-1));
    await acceptByKeys(desk, household);
  }
  assert.deepEqual((await desk.call('desk', QUEUE)).rows, []);
  return accepted;
}

/** On the enumerator's phone: both on top of the list, questions beside the answers, answered, corrected, submitted. */
async function correct(phone, { planted }, pictures) {
  const arrived = await exchange(phone, 'sync-hub-use');
  assert.equal(arrived.phase, 'done');
  assert.equal(await phone.testId('sync-result').attribute('data-hub'), HUB);
  await go(phone, '/');
  await phone.testId('worklist-row').wait();
  // What was given to somebody else stands where it always stood.
  const { rows } = await phone.call('worklist', { search: '', village: null, states: [], offset: 0, limit: planted.returning.length + 1 });
  const last = rows.pop();
  assert.deepEqual(rows.map(({ id, state }) => `${id} ${state}`).sort(), planted.returning.map(({ id }) => `${id} returned`).sort(), 'what came back is not on top');
  assert.notEqual(last.state, 'returned');
  assert.equal(await phone.testId('worklist-row').attribute('data-household'), rows[0].id);
  await pictures('on-top');

  const corrections = [
    [planted.returning[0], 'floor_area', '36', /Luas lantai perlu diukur lagi/, 'Diukur lagi: 36 meter persegi'],
    [planted.returning[1], 'wall_material', planted.returning[1].known, /Isian bertentangan dengan data lama/, 'Salah tekan, dindingnya seperti di data lama'],
  ];
  for (const [row, path, value, reason, said] of corrections) {
    await go(phone, '/');
    await phone.testId('worklist-search').fill(row.head);
    // Before the search is done a press would fall on a row that is about to be another family's, perhaps of the same name.
    await until('the search to be done', async () => Number.parseInt(await phone.testId('worklist-found').text(), 10) < 50);
    await phone.css(`[data-testid=worklist-row][data-household="${row.id}"]`).click();
    assert.match(await phone.testId('household-returned').text(), reason);
    await phone.testId('household-visit').click();
    await visitPage(phone, 'housing');
    const comments = phone.testId(`comments-${path}`);
    assert.match(await comments.text(), new RegExp(QUESTIONS[path].slice(0, 20)));
    await phone.testId(/^answer-[0-9a-f-]{36}$/).fill(said);
    await pictures(`came-back-${path}`);
    await phone.testId(/^answer-send-/).click();
    await phone.testId(/^answer-send-/).gone();
    await answer(phone, path, value);
    await saved(phone);
    await toSummary(phone);
    await completeFromSummary(phone);
    await pictures(`corrected-${path}`);
    await phone.testId('summary-submit').click();
    await phone.testId('summary-done').wait();
  }
  assert.equal((await exchange(phone, 'sync-hub-use')).phase, 'done');
}

/** What comes again waits anew, with all that was said; the second visits of hasty work are plausible. */
async function acceptAgain(desk, { planted }, pictures) {
  await openDesk(desk);
  const { rows } = await desk.call('desk', QUEUE);
  assert.deepEqual(rows.map((row) => row.household).sort(), idsOf([...planted.returning, ...planted.hasty]));
  const threads = [
    [planted.returning[0], [QUESTIONS.floor_area, 'Diukur lagi: 36 meter persegi']],
    [planted.returning[1], [QUESTIONS.wall_material, 'Salah tekan, dindingnya seperti di data lama']],
  ];
  for (const [row, thread] of threads) {
    await openAtDesk(desk, row.id);
    const shown = await desk.testId('desk-thread').text();
    for (const text of thread) assert.ok(shown.includes(text), `the thread lacks ${text}: ${shown}`);
    await pictures(`again-${row === planted.returning[0] ? 'measured' : 'walls'}`);
    await acceptByKeys(desk, row.id);
  }
  for (const row of planted.hasty) {
    await openAtDesk(desk, row.id);
    const { checks, current, previous } = await desk.call('desk_household', { household: row.id, everything: false });
    assert.deepEqual([previous.person, current.person], [WAYAN, SITI]);
    assert.deepEqual(checks.filter(({ kind, message }) => kind === 'paradata' && /menit/.test(message)), []);
    await acceptByKeys(desk, row.id);
  }
  await until('the desk to be clear', async () => (await desk.call('desk', QUEUE)).total === 0);
  await pictures('cleared');
}

/** District, hub and every device hold the same, and everybody sees that all was verified. */
async function everybodyAgrees(village, goes) {
  await village.everybodyMeets();
  await village.everybodyMeets();
  const { district, ...others } = await village.contents();
  assert.ok(Object.keys(district).length > HOUSEHOLDS);
  for (const [whose, contents] of Object.entries(others)) assert.deepEqual(contents, district, `${whose} and the district differ`);
  for (const data of village.folders) {
    const rows = await device(data, 'households', '--limit', '1000');
    assert.equal(rows.filter(({ state }) => state === 'verified').length, HOUSEHOLDS);
  }
  // The girl stands once, and her other record says whose it is.
  const { members } = await device(village.wayan, 'show', goes.household);
  assert.notEqual(members.find(({ id }) => id === goes.member)?._status ?? '', '', 'she still stands twice');
}

for (const [place, open] of [['in Chromium', openPage], ['in the window', openWindow]]) {
  test(`${place} a verifier clears the desk of 60 households offline, two visits come back corrected, and everybody holds the same`, async (t) => {
    const where = open === openWindow ? 'window' : 'page';
    const began = Date.now();
    const step = (title) => t.diagnostic(`${((Date.now() - began) / 1000).toFixed(1)} s: ${title}`);
    step('the village is visited');
    const village = await startDeskVillage(t, `desk-${where}`);
    let screen;
    village.world.later(() => screen?.close().catch(() => {}));
    const pictures = (name) => look(screen, where, name);
    try {
      step('district and hub are away, and the desk opens');
      await village.leaveAlone();
      screen = await openDevice({ data: village.desk, ...LAPTOP, open });
      assert.equal((await exchange(screen)).phase, 'failed');
      await seeTheQueue(screen, village, pictures);
      step('conflicts are settled at once');
      await settleConflicts(screen, village, pictures);
      step('who stands twice is decided about');
      const goes = await decideDuplicates(screen, village, pictures);
      step('visits that nobody can have made');
      await seeImpossibleWork(screen, village, pictures);
      step('two visits go back with questions');
      await sendBack(screen, village, pictures);
      step('a family is proposed for removal');
      await proposeRemoval(screen, village, pictures);
      await keepOlder(screen, village);
      step('the rest by keys alone');
      const accepted = await clearByKeys(screen);
      step(`${accepted} accepted; district and hub are back`);
      await village.comeBack();
      assert.equal((await exchange(screen)).phase, 'done');
      await village.hubAgrees();
      await screen.close();

      step('the enumerator corrects what came back');
      screen = await openDevice({ data: village.budi, ...PHONE, open });
      await correct(screen, village, (name) => look(screen, where, name, PHONE));
      await screen.close();
      assert.equal((await device(village.siti, 'sync')).agreed, true);
      await makeVisits(village.siti, madeAgain(village.planted.hasty));
      assert.equal((await device(village.siti, 'sync')).agreed, true);
      await village.hubAgrees();

      step('what comes again is accepted');
      screen = await openDevice({ data: village.desk, ...LAPTOP, open });
      assert.equal((await exchange(screen)).phase, 'done');
      await acceptAgain(screen, village, pictures);
      assert.equal((await exchange(screen)).phase, 'done');
      await screen.close();
      screen = undefined;

      step('everybody holds the same');
      await everybodyAgrees(village, goes);
      step('done');
    } catch (error) {
      const path = await screen?.shot(`desk/${where}/failed`).catch(() => null);
      if (path) error.message += `\nThe screen then looked like ${path}.`;
      throw error;
    }
  });
}
