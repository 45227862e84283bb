import { cleanup, fireEvent, render, screen, waitFor, within } from '@testing-library/svelte';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import App from '../src/App.svelte';
import { app } from '../src/core/app.svelte';
import { matchRoute, router, to } from '../src/core/router.svelte';
import Suspected from '../src/features/desk/compare/Suspected.svelte';
import DecideBar from '../src/features/desk/compare/DecideBar.svelte';
import { CompareStore, forgetDrafts, freshPaths } from '../src/features/desk/compare/compare.svelte';
import { sorted } from '../src/features/desk/enumerators/sorting';
import { chance, pairs } from '../src/features/desk/duplicates/pairs.svelte';
import { held, moved, pinch, turned, WHOLE, zoomed } from '../src/features/desk/photos/zoom';
import { queue } from '../src/features/desk/queue/queue.svelte';
import { skips } from '../src/features/desk/removal/order';
import { loadVisit } from '../src/features/visit/lazy';
import { worklist } from '../src/features/worklist/worklist.svelte';
import { i18n } from '../src/i18n/index.svelte';
import type { ComparedField, EnumeratorWork } from '../src/ipc/types';
import { usePlatform } from '../src/platform';
import { MemoryPlatform } from '../src/platform/memory/platform';

let platform: MemoryPlatform;

async function open(path: string, options = 'desk'): Promise<void> {
  platform = new MemoryPlatform(options, 0);
  usePlatform(platform);
  app.session = null;
  app.status = null;
  worklist.reset();
  queue.reset();
  forgetDrafts();
  pairs.list = null;
  pairs.rows = [];
  i18n.set('id');
  router().go(path);
  render(App);
  await waitFor(() => expect(app.session).not.toBeNull());
}

const ask = (reasons: ('submitted' | 'conflict' | 'returned' | 'check')[] = []) =>
  platform.call('desk', { search: '', village: null, reasons, enumerator: '', offset: 0, limit: 200 });

/** Opens a household of the queue that may be accepted, with a question whose older value could stay. */
async function openOne(reasons: Parameters<typeof ask>[0] = ['submitted']): Promise<{ household: string; path: string }> {
  await open(to.desk());
  queue.reasons = reasons;
  await queue.query();
  for (const { household } of (await ask(reasons)).rows) {
    const view = await platform.call('desk_household', { household, everything: false });
    const field = view.fields.find((entry) => entry.changed && entry.older !== '' && !entry.conflict);
    if (!field || view.may.accept !== '') continue;
    router().go(to.desk('household', household));
    await screen.findByTestId('compare-head');
    return { household, path: field.path };
  }
  throw new Error('no household in the queue fits');
}

const press = (key: string, target: Element = document.body) => fireEvent.keyDown(target, { key });

beforeAll(async () => {
  await loadVisit();
}, 60_000);
beforeEach(() => {
  sessionStorage.clear();
  localStorage.clear();
});
afterEach(cleanup);

describe('the way to the desk', () => {
  it('has an address for each room', () => {
    expect(matchRoute(`#${to.desk()}`)).toEqual({ name: 'desk', section: 'queue', id: '' });
    expect(matchRoute(`#${to.desk('household', 'h/1')}`)).toEqual({ name: 'desk', section: 'household', id: 'h/1' });
    expect(matchRoute(`#${to.desk('removals')}`)).toEqual({ name: 'desk', section: 'removals', id: '' });
    expect(matchRoute('#/desk/household')).toEqual({ name: 'desk', section: 'queue', id: '' });
  });

  it('stands in the menu of a verifier in the place of the conflicts, and not in that of an enumerator', async () => {
    await open(to.worklist());
    expect(await screen.findByTestId('nav-desk')).toBeTruthy();
    expect(screen.queryByTestId('nav-conflicts')).toBeNull();
    cleanup();
    await open(to.worklist(), 'ready');
    expect(await screen.findByTestId('nav-conflicts')).toBeTruthy();
    expect(screen.queryByTestId('nav-desk')).toBeNull();
  });
});

describe('the queue', () => {
  it('counts by reason, and a chip asks only for that reason', async () => {
    await open(to.desk());
    const chip = await screen.findByTestId('desk-reason-conflict');
    expect(chip.textContent).toContain('8');
    await fireEvent.click(chip);
    await waitFor(() => expect(queue.total).toBe(8));
    expect(queue.row(0)?.reasons).toEqual(['conflict']);
  });

  it('gives the household behind the one that was decided, and the first that is left at its end', async () => {
    await open(to.desk());
    await waitFor(() => expect(queue.loaded).toBe(true));
    const first = queue.row(0)!.household;
    const second = queue.row(1)!.household;
    expect(await queue.beside(first, 1)).toBe(second);
    expect(await queue.beside(first, -1)).toBe('');
    expect(await queue.after(first)).toBe(second);
    queue.need(40, queue.total - 1);
    await waitFor(() => expect(queue.row(queue.total - 1)).toBeTruthy());
    const end = queue.row(queue.total - 1)!.household;
    expect(await queue.after(end)).toBe(end === first ? second : queue.row(queue.total - 1)?.household === end ? first : queue.row(queue.total - 1)?.household);
  });
});

describe('old against new', () => {
  it('accepts by A and Enter alone, and the next household opens by itself', async () => {
    const { household } = await openOne();
    const following = await queue.beside(household, 1);
    await press('a');
    await fireEvent.click(await screen.findByTestId('accept-yes'));
    await waitFor(() => expect(router().path).toBe(to.desk('household', following)));
    expect((await platform.call('desk_household', { household, everything: false })).state).toBe('verified');
  });

  it('keeps the older value of a question only with a reason', async () => {
    const { household, path } = await openOne();
    const before = await platform.call('desk_household', { household, everything: true });
    await fireEvent.click(await screen.findByTestId(`keep-${path}`));
    expect(screen.getByTestId('desk-accept').textContent).toContain(i18n.t.desk.decide.acceptOlder(1));
    await fireEvent.click(screen.getByTestId('desk-accept'));
    await fireEvent.click(await screen.findByTestId('accept-yes'));
    expect(await screen.findByText(i18n.t.desk.decide.noteShort)).toBeTruthy();
    await fireEvent.input(screen.getByTestId('accept-note'), { target: { value: 'Foto menunjukkan yang lama' } });
    await fireEvent.click(screen.getByTestId('accept-yes'));
    await waitFor(async () => expect((await platform.call('desk_household', { household, everything: false })).state).toBe('verified'));
    const field = (view: typeof before) => view.fields.find((entry) => entry.path === path)!;
    const after = await platform.call('desk_household', { household, everything: true });
    expect(field(after).current).toBe(field(before).older === 'previous' ? field(before).previous : field(before).register);
  });

  it('shows a record that changed meanwhile anew, says so, and keeps what was written', async () => {
    const { household, path } = await openOne();
    await fireEvent.click(await screen.findByTestId(`comment-${path}`));
    await fireEvent.input(await screen.findByTestId(`comment-text-${path}`), { target: { value: 'Tanyakan lagi' } });
    // Somebody else says something: the record is no longer the one that is shown.
    await platform.call('desk_comment', { household, path: '', text: 'Saya periksa juga', answers: '' });
    await fireEvent.click(screen.getByTestId('desk-accept'));
    await fireEvent.click(await screen.findByTestId('accept-yes'));
    expect(await screen.findByTestId('desk-changed')).toBeTruthy();
    expect((screen.getByTestId(`comment-text-${path}`) as HTMLTextAreaElement).value).toBe('Tanyakan lagi');
    expect((await platform.call('desk_household', { household, everything: false })).state).toBe('sent');
    await fireEvent.click(screen.getByTestId('desk-accept'));
    await fireEvent.click(await screen.findByTestId('accept-yes'));
    await waitFor(async () => expect((await platform.call('desk_household', { household, everything: false })).state).toBe('verified'));
    await waitFor(async () => {
      const { thread } = await platform.call('desk_household', { household, everything: false });
      expect(thread.map(({ text }) => text)).toEqual(['Saya periksa juga', 'Tanyakan lagi']);
    });
  });

  it('sends back with a reason and the comments that were collected', async () => {
    const { household, path } = await openOne();
    await fireEvent.click(await screen.findByTestId(`comment-${path}`));
    await fireEvent.input(await screen.findByTestId(`comment-text-${path}`), { target: { value: 'Foto tidak jelas' } });
    await fireEvent.click(screen.getByTestId('desk-send-back'));
    const dialog = await screen.findByTestId('send-back-dialog');
    await fireEvent.click(within(dialog).getByTestId('return-yes'));
    expect(within(dialog).getByText(i18n.t.desk.decide.reasonMissing)).toBeTruthy();
    await fireEvent.click(within(dialog).getByTestId('return-photo'));
    await fireEvent.click(within(dialog).getByTestId('return-yes'));
    await waitFor(async () => expect((await platform.call('desk_household', { household, everything: false })).state).toBe('returned'));
    const { thread, decisions } = await platform.call('desk_household', { household, everything: false });
    expect(thread).toMatchObject([{ path, text: 'Foto tidak jelas', open: true }]);
    expect(decisions[0].reason).toBe('Foto kurang atau tidak jelas');
  });

  it('says why it cannot be accepted while two answers differ', async () => {
    await open(to.desk());
    const { rows } = await ask(['conflict']);
    router().go(to.desk('household', rows[0].household));
    const why = (await screen.findByTestId('desk-why')).textContent;
    expect(why).toContain('Pilih dulu');
    expect(why).toContain(`${i18n.t.desk.decide.cannotAccept}:`);
    expect(why).not.toContain(i18n.t.desk.decide.cannotSendBack);
    expect((screen.getByTestId('desk-accept') as HTMLButtonElement).disabled).toBe(true);
    await press('a');
    expect(screen.queryByTestId('accept-dialog')).toBeNull();
  });

  it('says once why nothing can be decided, and of each decision why it cannot be made', async () => {
    const { household } = await openOne();
    const view = await platform.call('desk_household', { household, everything: false });
    const nothing = () => undefined;
    const bar = (accept: string, send_back: string) => {
      cleanup();
      render(DecideBar, { view: { ...view, may: { ...view.may, accept, send_back } }, store: new CompareStore(household), onaccept: nothing, onsendback: nothing, ongive: nothing, onremoval: nothing, onremovalback: nothing });
      return [...(screen.queryByTestId('desk-why')?.querySelectorAll('p') ?? [])].map((line) => line.textContent);
    };
    const words = i18n.t.desk.decide;
    expect(bar('', '')).toEqual([]);
    expect(bar('Tutup.', 'Tutup.')).toEqual([`${words.cannotDecide}: Tutup.`]);
    expect(bar('', 'Belum ada.')).toEqual([`${words.cannotSendBack}: Belum ada.`]);
    expect(bar('Pilih dulu.', 'Belum ada.')).toEqual([`${words.cannotAccept}: Pilih dulu.`, `${words.cannotSendBack}: Belum ada.`]);
  });

  it('leaves letters to whoever types', async () => {
    const { path } = await openOne();
    await fireEvent.click(await screen.findByTestId(`comment-${path}`));
    const box = (await screen.findByTestId(`comment-text-${path}`)) as HTMLTextAreaElement;
    await press('a', box);
    expect(screen.queryByTestId('accept-dialog')).toBeNull();
    // Esc is the way out: to the question, with what was written, and not to the queue.
    await fireEvent.input(box, { target: { value: 'Tanyakan lagi' } });
    const here = router().path;
    await press('Escape', box);
    expect(document.activeElement).toBe(screen.getByTestId(`compared-${path}`));
    expect(router().path).toBe(here);
    expect(box.value).toBe('Tanyakan lagi');
  });

  it('knows which answers are others than those that were shown', () => {
    const field = (path: string, current: string) => ({ path, current }) as ComparedField;
    expect([...freshPaths([field('a', '1'), field('b', '2')], [field('a', '1'), field('b', '3'), field('c', '4')])]).toEqual(['b', 'c']);
  });
});

describe('what came back', () => {
  it('stands on top of the household with its reason, and each question of the verifier is answered beside the field', async () => {
    const household = '00000000-0000-5000-8000-000000000001';
    await open(to.household(household), 'ready');
    expect((await screen.findByTestId('household-returned')).textContent).toContain('Foto kurang');
    router().go(to.visit(household, 'location'));
    await fireEvent.click(await screen.findByTestId('answer-send-ask-2'));
    expect(screen.getByText(i18n.t.desk.thread.short)).toBeTruthy();
    await fireEvent.input(screen.getByTestId('answer-ask-2'), { target: { value: 'RT 004 menurut KTP' } });
    await fireEvent.click(screen.getByTestId('answer-send-ask-2'));
    await waitFor(() => expect(screen.queryByTestId('answer-ask-2')).toBeNull());
    expect((await platform.call('household', { household })).returned?.open).toBe(1);
    expect(screen.getByTestId('comments-rt').textContent).toContain('RT 004 menurut KTP');
  });
});

describe('a member that is being entered', () => {
  it('is looked up by NIK while it is typed, and who looks alike is named with the family', async () => {
    const [household, other] = [4, 9].map((index) => `00000000-0000-5000-8000-00000000000${index}`);
    await open(to.worklist(), 'ready');
    const members = (await platform.call('household', { household })).members;
    const taken = (await platform.call('visit_open', { household: other, page: null })).pages.find(({ member }) => member !== null)!;
    const nik = (await platform.call('visit_open', { household: other, page: taken.id })).page.items.find((item) => item.path.endsWith('/nik'))!.value;
    const path = `members/${members[0].id}/nik`;
    const page = (await platform.call('visit_open', { household, page: null })).pages.find(({ member }) => member === members[0].id)!;
    router().go(to.visit(household, page.id));
    await fireEvent.input(await screen.findByTestId(`input-${path}`), { target: { value: nik } });
    const head = (await platform.call('household', { household: other })).head;
    await waitFor(() => expect(screen.getByTestId(`alike-${path}`).textContent).toContain(`di keluarga ${head}`), { timeout: 3000 });
  });
});

describe('a pair', () => {
  it('is decided with the record that stays, and what is taken from the other', async () => {
    await open(to.desk('pair', 'pair-0'));
    await fireEvent.click(await screen.findByTestId('verdict-same'));
    await fireEvent.click(screen.getByTestId('keep-2'));
    await fireEvent.click(screen.getByTestId('take-highest_certificate'));
    await fireEvent.click(screen.getByTestId('pair-save'));
    expect(screen.getByText(i18n.t.desk.duplicates.reasonMissing)).toBeTruthy();
    const box = screen.getByTestId('pair-reason') as HTMLTextAreaElement;
    await fireEvent.input(box, { target: { value: 'Sesuai KTP' } });
    await press('Escape', box);
    expect(document.activeElement).toBe(screen.getByTestId('decide-pair'));
    expect(router().path).toBe(to.desk('pair', 'pair-0'));
    expect(box.value).toBe('Sesuai KTP');
    await fireEvent.click(screen.getByTestId('pair-save'));
    await waitFor(async () => expect((await platform.call('duplicate_pair', { pair: 'pair-0' })).row.state).toBe('same'));
    const { decisions, row } = await platform.call('duplicate_pair', { pair: 'pair-0' });
    expect(decisions[0]).toMatchObject({ keep: 2, taken: ['Ijazah tertinggi'], reason: 'Sesuai KTP' });
    expect(row.left.gone).toBe(true);
  });

  it('is led to from a household in the queue', async () => {
    await open(to.desk());
    const { rows } = await platform.call('duplicates', { all: false, village: null, household: null, kinds: [], search: '', offset: 0, limit: 50 });
    const row = rows.find(({ id }) => id === 'pair-0')!;
    cleanup();
    render(Suspected, { household: row.left.household });
    const entry = within(await screen.findByTestId('desk-suspected')).getByTestId('pair');
    expect(entry.textContent).toContain(row.right.name);
    await fireEvent.click(entry);
    expect(location.hash).toBe(`#${to.desk('pair', 'pair-0')}`);
  });

  it('with somebody of a village that is not here says where, and what to do, and offers nothing but another person', async () => {
    const { rows } = await platform.call('duplicates', { all: false, village: null, household: null, kinds: ['registered_elsewhere'], search: '', offset: 0, limit: 50 });
    expect(rows).toHaveLength(1);
    await open(to.desk('pair', rows[0].id));
    const place = await screen.findByTestId('pair-elsewhere');
    expect(place.textContent).toContain(rows[0].because);
    expect(place.textContent).toContain((await platform.call('duplicate_pair', { pair: rows[0].id })).advice);
    expect(screen.getByTestId('pair-at-desk').getAttribute('href')).toBe(`#${to.desk('household', rows[0].left.household)}`);
    expect(screen.queryByTestId('verdict-same')).toBeNull();
    expect(screen.getByTestId('verdict-different').textContent).toContain(i18n.t.desk.duplicates.verdict.different);
    expect(screen.queryByText(i18n.t.desk.duplicates.percent(rows[0].percent))).toBeNull();
    await fireEvent.input(screen.getByTestId('pair-reason'), { target: { value: 'Bukan dia' } });
    await fireEvent.click(screen.getByTestId('pair-save'));
    await waitFor(async () => expect((await platform.call('duplicate_pair', { pair: rows[0].id })).row.state).toBe('different'));
  });

  it('has its probability in words', () => {
    i18n.set('id');
    expect([99, 80, 55, 20].map(chance)).toEqual(Object.values(i18n.t.desk.duplicates.chance));
  });
});

describe('a place that becomes free', () => {
  it('warns when somebody needier still waits', () => {
    const waiting = [
      { household: 'a', head: '', address: '', need: 7, of: 8, taken: true },
      { household: 'b', head: '', address: '', need: 6, of: 8, taken: false },
      { household: 'c', head: '', address: '', need: 6, of: 8, taken: false },
      { household: 'd', head: '', address: '', need: 5, of: 8, taken: false },
    ];
    expect(['', 'b', 'c', 'd'].map((chosen) => skips(waiting, chosen))).toEqual([false, false, false, true]);
  });
});

describe('a picture', () => {
  const frame = { width: 400, height: 300 };

  it('grows around what is pointed at, and is never pushed out of its frame', () => {
    const twice = zoomed(WHOLE, 2, frame, 100, 50);
    expect(twice).toEqual({ scale: 2, turns: 0, x: -100, y: -50 });
    expect(moved(twice, 10_000, -10_000, frame)).toEqual({ ...twice, x: 200, y: -150 });
    expect(zoomed(WHOLE, 0.1, frame)).toEqual(WHOLE);
    expect(zoomed(WHOLE, 100, frame).scale).toBe(8);
    expect(held({ ...WHOLE, x: 50 }, frame)).toEqual(WHOLE);
  });

  it('turns four times to where it was, and follows two fingers', () => {
    expect(turned(turned(turned(turned(WHOLE))))).toEqual(WHOLE);
    const before = [{ x: -10, y: 0 }, { x: 10, y: 0 }] as const;
    expect(pinch(before, [{ x: -10, y: 0 }, { x: 30, y: 0 }])).toEqual({ factor: 2, x: 10, y: 0 });
  });
});

describe('people at work', () => {
  it('are sorted by any column, those with the most signs first', () => {
    const work = (person: string, visits: number, signs: number, differ = 0) =>
      ({ person, visits, seconds: null, most_an_hour: 0, signs: Array.from({ length: signs }), checked: 1, asked_twice: 10, differ, fields: [] }) as unknown as EnumeratorWork;
    const list = [work('B', 5, 0, 3), work('A', 9, 0, 1), work('C', 7, 2, 0)];
    const names = (...how: [Parameters<typeof sorted>[1], boolean]) => sorted(list, ...how).map(({ person }) => person).join('');
    expect(names('signs', true)).toBe('CAB');
    expect(names('visits', false)).toBe('BCA');
    expect(names('checked', true)).toBe('BAC');
    expect(names('person', true)).toBe('CBA');
  });
});
