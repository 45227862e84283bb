import { cleanup, fireEvent, render, screen, waitFor, within } from '@testing-library/svelte';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import App from '../src/App.svelte';
import { app } from '../src/core/app.svelte';
import { breakable } from '../src/core/breakable';
import { nameInText, withColon } from '../src/core/format';
import { router, to } from '../src/core/router.svelte';
import { WINDOW, WindowedList, type ListPart } from '../src/design/list/windowed.svelte';
import { byQuestion, parted, percentOf } from '../src/features/backchecks/results';
import { pairs } from '../src/features/desk/duplicates/pairs.svelte';
import { queue } from '../src/features/desk/queue/queue.svelte';
import { askedHere, asksLeft, nextAsked } from '../src/features/visit/asks';
import { loadVisit } from '../src/features/visit/lazy';
import { worklist } from '../src/features/worklist/worklist.svelte';
import { i18n } from '../src/i18n/index.svelte';
import type { BackCheckRow, Item, VisitView } from '../src/ipc/types';
import { CommandFailure } from '../src/platform/types';
import { usePlatform } from '../src/platform';
import { MemoryPlatform } from '../src/platform/memory/platform';

let platform: MemoryPlatform;

async function open(path: string, options: string): Promise<void> {
  platform = new MemoryPlatform(options, 0);
  usePlatform(platform);
  app.session = null;
  app.status = null;
  worklist.reset();
  queue.reset();
  pairs.list = null;
  pairs.rows = [];
  i18n.set('id');
  router().go(path);
  render(App);
  await waitFor(() => expect(app.session).not.toBeNull());
}

const press = (key: string, target: Element = document.body, more: object = {}) => fireEvent.keyDown(target, { key, ...more });

beforeAll(async () => {
  await loadVisit();
}, 60_000);
beforeEach(() => {
  sessionStorage.clear();
  localStorage.clear();
});
afterEach(cleanup);

/** A list of numbers that notes which parts were asked for. */
class Numbers extends WindowedList<number, ListPart<number>> {
  asked: number[] = [];
  length = 1400;
  broken = false;
  first = 0;
  protected override ask(offset: number, limit: number): Promise<ListPart<number>> {
    this.asked.push(offset / WINDOW);
    if (this.broken) return Promise.reject(new CommandFailure({ code: 'storage', message: 'no', hint: '', path: null }));
    const rows = Array.from({ length: Math.max(0, Math.min(limit, this.length - offset)) }, (_, index) => this.first + offset + index);
    return Promise.resolve({ total: this.length, rows });
  }
  protected override take(): void {}
}

describe('a long list', () => {
  it('asks only for the parts that are looked at, and once for each', async () => {
    const list = new Numbers();
    await list.query();
    list.need(0, 12);
    list.need(70, 85);
    list.need(70, 85);
    await waitFor(() => expect(list.row(85)).toBe(85));
    expect(list.asked).toEqual([0, 1, 2]);
    expect(list.row(200)).toBeUndefined();
  });

  it('asks again after a change for what is looked at and forgets the rest, even after a walk through all of it', async () => {
    const list = new Numbers();
    await list.query();
    for (let at = 0; at < list.length; at += WINDOW) await list.reach(at, at);
    await list.reach(1300, 1310);
    list.asked = [];
    list.first = 5;
    await list.refresh();
    expect(list.asked).toEqual([32]);
    expect(list.row(1300)).toBe(1305);
    expect(list.row(0)).toBeUndefined();
    expect(list.where((row) => row === 1305)).toBe(1300);
  });

  it('keeps what it shows when it cannot be read again, says so, and finds the rows when it can', async () => {
    const list = new Numbers();
    await list.query();
    list.broken = true;
    await list.refresh();
    expect(list.failure?.code).toBe('storage');
    expect(list.row(3)).toBe(3);
    list.broken = false;
    await list.query();
    expect(list.failure).toBeNull();
  });

  it('throws away the answer to an older question', async () => {
    const list = new Numbers();
    const old = list.query();
    list.first = 100;
    await list.query();
    await old;
    expect(list.row(0)).toBe(100);
    expect(list.asked).toEqual([0, 0]);
  });
});

describe('queue and worklist', () => {
  it('say that a search of two letters is too short, and do not search for it', async () => {
    await open(to.worklist(), '');
    const box = await screen.findByTestId('worklist-search');
    await fireEvent.input(box, { target: { value: 'ag' } });
    await screen.findByText('Ketik paling sedikit 3 huruf');
    expect(worklist.search).toBe('');
    await fireEvent.input(box, { target: { value: 'agus' } });
    await waitFor(() => expect(worklist.search).toBe('agus'));
    expect(screen.queryByText('Ketik paling sedikit 3 huruf')).toBeNull();
  });

  it('say what is wrong when they cannot be read', async () => {
    await open(to.desk(), 'desk,broken');
    expect((await screen.findByTestId('failure')).textContent).toContain('tidak dapat dibaca');
    expect(screen.queryByText('Tidak ada yang menunggu')).toBeNull();
  });
});

describe('a name', () => {
  it('in a sentence is cut, and does not turn the words around it', () => {
    expect(nameInText('Siti Aminah')).toBe('Siti Aminah');
    expect([...nameInText('😀'.repeat(500))]).toHaveLength(60);
    expect(nameInText('محمد')).toBe('\u2068محمد\u2069');
  });

  it('of a question keeps its own mark', () => {
    expect(withColon('Luas lantai')).toBe('Luas lantai:');
    expect(withColon('Apakah mampu?')).toBe('Apakah mampu?');
  });

  it('of a value breaks behind a slash and stays what it was', () => {
    expect(breakable('Parket/vinil/karpet')).toEqual(['Parket/', 'vinil/', 'karpet']);
    expect(breakable('012/003')).toEqual(['012/003']);
    expect(breakable('')).toEqual(['']);
  });
});

const again = (more: Partial<BackCheckRow>): BackCheckRow => ({
  household: '', head: '', address: '', rt: '', rw: '', village: '', enumerator: 'Dewi', by: '', at: '', begun: '', closed: '', asked: 0, differ: 0, fields: [], ...more,
});
const field = (path: string) => ({ path, label: path.toUpperCase(), old: 'a', new: 'b' });

describe('second visits', () => {
  it('are counted by question, with whose first visits they are', () => {
    const rows = [
      again({ by: 'Siti', fields: [field('floor'), field('wall')] }),
      again({ by: 'Siti', enumerator: 'Bagus', fields: [field('floor')] }),
      again({ by: 'Siti', enumerator: 'Bagus', fields: [field('floor')] }),
      again({ by: 'Siti' }),
    ];
    expect(byQuestion(rows)).toEqual([
      { label: 'FLOOR', differ: 3, people: [{ person: 'Bagus', differ: 2 }, { person: 'Dewi', differ: 1 }] },
      { label: 'WALL', differ: 1, people: [{ person: 'Dewi', differ: 1 }] },
    ]);
  });

  it('show those that differ most first, and of those that wait the begun ones', () => {
    const { done, waiting } = parted([again({ household: 'a' }), again({ household: 'b', by: 'x', differ: 1 }), again({ household: 'c', by: 'x', differ: 4 }), again({ household: 'd', begun: 's' })]);
    expect(done.map(({ household }) => household)).toEqual(['c', 'b']);
    expect(waiting.map(({ household }) => household)).toEqual(['d', 'a']);
  });

  it('are drawn as a whole share from 1 to 100', () => {
    expect([' 5 ', '5 %', '100', '0', '101', '2,5', 'lima', ''].map(percentOf)).toEqual([5, 5, 100, null, null, null, null, null]);
  });

  it('say at the desk what to train, by whom, and what each found', async () => {
    await open(to.desk('enumerators'), 'desk');
    const scores = await screen.findByTestId('back-check-questions');
    expect(scores.textContent).toContain('berbeda pada 4 dari 7 kunjungan');
    expect(scores.textContent).toContain('Bagus Kurniawan 3');
    const done = screen.getAllByTestId('back-check').filter((row) => row.dataset.state === 'done');
    expect(done[0].textContent).toContain('6 dari 17 isian berbeda');
    expect(done.at(-1)!.textContent).toContain('Semua 17 isian sama');
  });

  it('are not drawn with a wrong share or without a text, and the keys go where it is wrong', async () => {
    await open(to.desk('enumerators'), 'desk');
    await fireEvent.click(await screen.findByTestId('back-check-open'));
    const percent = await screen.findByTestId('back-check-percent');
    await fireEvent.input(percent, { target: { value: '500' } });
    await fireEvent.click(screen.getByTestId('back-check-draw'));
    await waitFor(() => expect(document.activeElement).toBe(percent));
    await fireEvent.input(percent, { target: { value: '10' } });
    await press('Enter', percent);
    const seed = screen.getByTestId('back-check-seed');
    await waitFor(() => expect(document.activeElement).toBe(seed));
    await fireEvent.input(seed, { target: { value: 'Rapat desa' } });
    await press('Enter', seed);
    await waitFor(() => expect(screen.queryByTestId('back-check-dialog')).toBeNull());
  });

  it('are drawn again before the eyes of whoever opens the draws', async () => {
    await open(to.desk('enumerators'), 'desk');
    const draws = (await screen.findByTestId('draws')) as HTMLDetailsElement;
    expect(within(draws).queryAllByTestId('draw')).toHaveLength(0);
    draws.open = true;
    await fireEvent(draws, new Event('toggle'));
    const rows = await within(draws).findAllByTestId('draw');
    expect(rows.map((row) => row.dataset.outcome).sort()).toEqual(['does_not_fit', 'fits', 'pool_changed']);
    expect(rows[0].textContent).toContain('Rapat desa 12 November');
  });

  it('tell who visits nothing of the first answers, nor of the own visits', async () => {
    await open(to.surveys(), 'again');
    const rows = await screen.findAllByTestId('back-check');
    const list = await platform.call('back_checks', { village: '' });
    expect(list.rows).toHaveLength(rows.length);
    expect(list.rows.every((row) => row.enumerator === '' && row.fields.length === 0)).toBe(true);
    expect(screen.getByTestId('back-checks').textContent).not.toContain('Kunjungan pertama:');
    await fireEvent.click(within(rows[0]).getByTestId('back-check-begin'));
    expect((await screen.findAllByText('Keluarga yang dikunjungi ulang')).length).toBeGreaterThan(0);
    const visit = await platform.call('visit_open', { household: router().path.split('/')[2], page: 'house' });
    expect(visit.page.items.every((item) => item.value === '' && item.previous === '')).toBe(true);
  });

  it('say what is wrong also to who visits', async () => {
    await open(to.surveys(), 'again');
    await screen.findAllByTestId('back-check');
    cleanup();
    await open(to.surveys(), '');
    expect(screen.queryByTestId('back-checks')).toBeNull();
  });
});

describe('a pair', () => {
  it('is decided by a number, a reason and Ctrl with Enter', async () => {
    await open(to.desk('pair', 'pair-0'), 'desk');
    await screen.findByTestId('pair-head');
    await press('3');
    const reason = screen.getByTestId('pair-reason');
    await waitFor(() => expect(document.activeElement).toBe(reason));
    expect(screen.getByTestId('verdict-different').dataset.state).toBe('checked');
    await fireEvent.input(reason, { target: { value: 'Dua orang, sudah ditemui' } });
    await press('Enter', reason, { ctrlKey: true });
    await waitFor(() => expect(router().path).not.toBe(to.desk('pair', 'pair-0')));
    expect((await platform.call('duplicate_pair', { pair: 'pair-0' })).row.state).toBe('different');
  });

  it('is left by J, K and Escape, but not while somebody types', async () => {
    await open(to.desk('pair', 'pair-2'), 'desk');
    await screen.findByTestId('pair-head');
    await waitFor(() => expect(pairs.rows.length).toBeGreaterThan(3));
    await press('j', screen.getByTestId('pair-reason'));
    expect(router().path).toBe(to.desk('pair', 'pair-2'));
    await press('k');
    await waitFor(() => expect(router().path).toBe(to.desk('pair', 'pair-1')));
    await press('Escape');
    await waitFor(() => expect(router().path).toBe(to.desk('duplicates')));
  });
});

describe('the waiting list', () => {
  it('says what the need of a family rests on, when somebody asks', async () => {
    await open(to.desk('removals'), 'desk');
    const why = (await screen.findAllByTestId('why-need'))[0] as HTMLDetailsElement;
    expect(why.querySelectorAll('li')).toHaveLength(0);
    why.open = true;
    await fireEvent(why, new Event('toggle'));
    await waitFor(() => expect(why.querySelectorAll('li').length).toBeGreaterThan(3));
    expect(why.textContent).toContain('262/HUK/2022');
  });
});

describe('questions of the verifier', () => {
  const page = (id: string, comments: number) => ({ id, comments }) as VisitView['pages'][number];
  const item = (path: string, open: boolean) => ({ path, comments: [{ open }] }) as unknown as Item;

  it('lead on to the next page that has one, and round to the first', () => {
    const view = { pages: [page('a', 1), page('b', 0), page('c', 2)], page: { id: 'b' } } as unknown as VisitView;
    expect(asksLeft(view)).toBe(3);
    expect(nextAsked(view)).toBe('c');
    expect(nextAsked({ ...view, page: { id: 'c' } as VisitView['page'] })).toBe('a');
    expect(nextAsked({ ...view, pages: [page('b', 1)] })).toBeNull();
    expect(askedHere([item('x', false), item('y', true)])?.path).toBe('y');
  });

  it('are walked from one to the next until none is left', async () => {
    await open(to.worklist(), 'again');
    const household = (await platform.call('worklist', { search: '', village: null, states: ['returned'], offset: 0, limit: 1 })).rows[0].id;
    router().go(to.visit(household, 'location'));
    expect((await screen.findByTestId('asks-bar')).textContent).toContain('2 pertanyaan pemeriksa');
    await fireEvent.input(screen.getByTestId('answer-ask-2'), { target: { value: 'Sudah ditanyakan' } });
    await fireEvent.click(screen.getByTestId('answer-send-ask-2'));
    await waitFor(() => expect(screen.getByTestId('asks-bar').textContent).toContain('1 pertanyaan pemeriksa'));
    await fireEvent.click(screen.getByTestId('asks-next'));
    await waitFor(() => expect(router().path).toContain('housing'));
    await fireEvent.input(await screen.findByTestId('answer-ask-1'), { target: { value: 'Sudah diukur' } });
    await fireEvent.click(screen.getByTestId('answer-send-ask-1'));
    await waitFor(() => expect(screen.queryByTestId('asks-bar')).toBeNull());
  });
});
