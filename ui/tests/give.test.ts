import { cleanup, fireEvent, render, screen, waitFor } from '@testing-library/svelte';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { app } from '../src/core/app.svelte';
import { CompareStore, forgetDrafts } from '../src/features/desk/compare/compare.svelte';
import GiveDialog from '../src/features/desk/compare/GiveDialog.svelte';
import SendBackDialog from '../src/features/desk/compare/SendBackDialog.svelte';
import { i18n } from '../src/i18n/index.svelte';
import { usePlatform } from '../src/platform';
import { MemoryPlatform } from '../src/platform/memory/platform';

let platform: MemoryPlatform;
let store: CompareStore;
beforeEach(async () => {
  platform = new MemoryPlatform('desk', 0);
  usePlatform(platform);
  app.session = null;
  i18n.set('id');
  forgetDrafts();
  const { rows } = await platform.call('desk', { search: '', village: null, reasons: ['submitted'], enumerator: '', offset: 0, limit: 50 });
  store = new CompareStore(rows[0].household);
  await store.load();
});
afterEach(cleanup);

const pick = (by: string, name: string) => fireEvent.change(screen.getByTestId(by), { target: { value: name } });

describe('a household', () => {
  it('is given to somebody whose work nobody has seen yet, also where no name is known at all', async () => {
    store.view = { ...store.view!, people: [] };
    const asked = vi.spyOn(platform, 'call');
    render(GiveDialog, { open: true, store });
    await screen.findByTestId('give-dialog');
    await fireEvent.input(screen.getByTestId('give-reason'), { target: { value: 'petugas baru' } });
    await fireEvent.click(screen.getByTestId('give-yes'));
    expect(screen.getByText(i18n.t.desk.decide.giveMissing)).toBeTruthy();
    await pick('give-person', '\u0000other');
    await fireEvent.input(await screen.findByTestId('give-person-name'), { target: { value: '  ' } });
    await fireEvent.click(screen.getByTestId('give-yes'));
    expect(asked.mock.calls.filter(([name]) => name === 'desk_assign')).toEqual([]);
    await fireEvent.input(screen.getByTestId('give-person-name'), { target: { value: ' Wayan Baru ' } });
    await fireEvent.click(screen.getByTestId('give-yes'));
    await waitFor(() =>
      expect(asked).toHaveBeenCalledWith('desk_assign', { household: store.household, person: 'Wayan Baru', reason: 'petugas baru' }),
    );
  });

  it('goes back to a known name, to another one, or to who visited', async () => {
    const known = store.view!.people.find((person) => person !== store.view!.current?.person)!;
    render(SendBackDialog, { open: true, store, ondone: () => undefined });
    await screen.findByTestId('send-back-dialog');
    // The name is not cut by words behind it: they stand below.
    const select = screen.getByTestId('return-assign') as HTMLSelectElement;
    expect(select.options[0].text).toBe(store.view!.current!.person);
    expect(screen.getByText(i18n.t.desk.decide.assignSame).id).toBe(select.getAttribute('aria-describedby'));
    await pick('return-assign', known);
    expect(store.draft.assign).toBe(known);
    expect(screen.queryByText(i18n.t.desk.decide.assignSame)).toBeNull();
    expect(screen.queryByTestId('return-assign-name')).toBeNull();
    await pick('return-assign', '\u0000other');
    await fireEvent.input(await screen.findByTestId('return-assign-name'), { target: { value: 'Wayan Baru' } });
    expect(store.draft.assign).toBe('Wayan Baru');
    await pick('return-assign', '');
    expect(store.draft.assign).toBe('');
  });
});
