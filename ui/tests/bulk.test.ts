import { cleanup, fireEvent, render, screen, waitFor } from '@testing-library/svelte';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import App from '../src/App.svelte';
import { app } from '../src/core/app.svelte';
import { router, to } from '../src/core/router.svelte';
import { arranged, authors } from '../src/features/conflicts/groups';
import { i18n } from '../src/i18n/index.svelte';
import type { ConflictView } from '../src/ipc/types';
import { usePlatform } from '../src/platform';
import { MemoryPlatform } from '../src/platform/memory/platform';

const value = (author: string) => ({ value: author, display: '', file: '', author, device: '', at: '', mine: false });
const conflict = (household: string, path: string, label: string, ...people: string[]): ConflictView => ({
  household, head: `Keluarga ${household}`, address: '', path, label, widget: 'text', choices: [], register: '', values: people.map(value), seen: people.join(),
});

const LIST = [
  conflict('1', 'floor', 'Lantai', 'Ani', 'Budi'),
  conflict('1', 'members/00000000-0000-4000-8000-000000000001/job', 'Siti: Pekerjaan', 'Budi', 'Ani'),
  conflict('2', 'members/00000000-0000-4000-8000-000000000002/job', 'Joko: Pekerjaan', 'Ani', 'Cici'),
  conflict('3', 'members/00000000-0000-4000-8000-000000000003/job', 'Rina: Pekerjaan', 'Ani', 'Budi'),
];

beforeEach(() => {
  sessionStorage.clear();
  localStorage.clear();
});
afterEach(cleanup);

describe('conflicts', () => {
  const titles = (by: Parameters<typeof arranged>[1]) => arranged(LIST, by).map(({ title, conflicts }) => `${title} ${conflicts.length}`);

  it('of one question stand together, whichever member it is about', () => {
    expect(titles('question')).toEqual(['Pekerjaan 3', 'Lantai 1']);
  });

  it('of two people stand together, in whichever order they wrote', () => {
    expect(titles('pair')).toEqual(['Ani – Budi 3', 'Ani – Cici 1']);
    expect(authors(LIST)).toEqual([{ person: 'Ani', conflicts: 4 }, { person: 'Budi', conflicts: 3 }, { person: 'Cici', conflicts: 1 }]);
  });

  it('of one family keep their order', () => {
    expect(titles('family')).toEqual(['Keluarga 1 2', 'Keluarga 2 1', 'Keluarga 3 1']);
  });

  it('are settled together with one reason; what could not be settled says why; and a settlement is undone', async () => {
    const platform = new MemoryPlatform('desk', 0);
    usePlatform(platform);
    app.session = null;
    i18n.set('id');
    router().go(to.conflicts());
    render(App);
    const before = (await platform.call('conflicts', {})).length;
    await fireEvent.click(await screen.findByTestId('bulk-question'));
    await fireEvent.click((await screen.findAllByTestId('bulk-all'))[0]);
    await fireEvent.click(screen.getByTestId('bulk-settle'));
    await fireEvent.click(await screen.findByTestId('settle-yes'));
    expect(screen.getByText(i18n.t.desk.bulk.takeMissing)).toBeTruthy();
    await fireEvent.click(screen.getByTestId('take-newest'));
    await fireEvent.input(screen.getByTestId('settle-reason'), { target: { value: 'Dilihat di rumah' } });
    await fireEvent.click(screen.getByTestId('settle-yes'));
    expect((await screen.findByTestId('bulk-left')).textContent).toContain('musyawarah desa');
    const after = (await platform.call('conflicts', {})).length;
    expect(after).toBeLessThan(before);
    // The button that was pressed is gone: what is left has the keys, and the sentence names both numbers.
    await waitFor(() => expect(document.activeElement).toBe(screen.getByTestId('bulk-left')));
    expect(app.toast).toBe(i18n.t.desk.bulk.settledSome(before - after, 1));
    await fireEvent.click(screen.getByTestId('bulk-undo'));
    await fireEvent.click((await screen.findAllByTestId('settlement-undo'))[0]);
    await waitFor(async () => expect((await platform.call('conflicts', {})).length).toBe(after + 1));
  });
});

describe('a conflict', () => {
  it('with a value that came meanwhile is shown again, with what was typed and nothing chosen', async () => {
    const platform = new MemoryPlatform('desk', 0);
    usePlatform(platform);
    app.session = null;
    i18n.set('id');
    const [first] = await platform.call('conflicts', {});
    router().go(to.conflicts(first.household));
    // The exchange brings a third value after the screen was drawn.
    const ask = platform.call.bind(platform);
    let came = false;
    platform.call = (async (name: string, args: never) => {
      const reply = await ask(name as 'conflicts', args);
      if (!came || name !== 'conflicts') return reply;
      return (reply as ConflictView[]).map((entry) => ({ ...entry, seen: 'more', values: [...entry.values, { ...value('Cici'), value: '8', display: 'Tanah' }] }));
    }) as typeof platform.call;
    const sent: string[] = [];
    const spied = platform.call;
    platform.call = (async (name: string, args: never) => {
      if (name === 'conflict_resolve') {
        sent.push((args as { seen: string }).seen);
        came = true;
        return spied(name, { ...(args as object), seen: 'what is not there any more' } as never);
      }
      return spied(name as 'conflicts', args);
    }) as typeof platform.call;
    render(App);
    const values = await screen.findAllByTestId('conflict-value');
    const here = values.length;
    await fireEvent.click(values[0]);
    await fireEvent.input(screen.getAllByTestId('conflict-reason')[0], { target: { value: 'Dilihat di rumah' } });
    await fireEvent.click(screen.getAllByTestId('conflict-save')[0]);
    await waitFor(() => expect(screen.getAllByTestId('conflict-value').length).toBeGreaterThan(here));
    expect(sent).toEqual([first.seen]);
    expect(screen.getAllByText('Tanah').length).toBeGreaterThan(0);
    expect(screen.getAllByTestId('conflict-value').every((option) => option.getAttribute('aria-checked') === 'false')).toBe(true);
    expect((screen.getAllByTestId('conflict-reason')[0] as HTMLInputElement).value).toBe('Dilihat di rumah');
  });
});
