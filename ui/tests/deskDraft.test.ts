import { beforeEach, describe, expect, it, vi } from 'vitest';
import { app } from '../src/core/app.svelte';
import { CompareStore, forgetDrafts } from '../src/features/desk/compare/compare.svelte';
import { usePlatform } from '../src/platform';
import { MemoryPlatform } from '../src/platform/memory/platform';

let platform: MemoryPlatform;
let household: string;

/** As when the program is opened anew: what was in memory is gone. */
async function again(): Promise<CompareStore> {
  forgetDrafts();
  const store = new CompareStore(household);
  await store.load();
  return store;
}

beforeEach(async () => {
  platform = new MemoryPlatform('desk', 0);
  usePlatform(platform);
  app.session = null;
  const { rows } = await platform.call('desk', { search: '', village: null, reasons: ['submitted'], enumerator: '', offset: 0, limit: 50 });
  household = rows[0].household;
});

describe('what is written at the desk and not decided with', () => {
  it('is there when the program is opened again, a moment after the last key', async () => {
    const store = await again();
    store.draft.comments.floor_area = 'Sudah diukur?';
    store.draft.keep = ['floor_material'];
    store.draft.reasonOwn = 'Perlu dilihat lagi';
    await vi.waitFor(async () => expect((await platform.call('desk_household', { household, everything: false })).draft.reason_own).not.toBe(''));
    const next = await again();
    expect(next.draft.comments).toEqual({ floor_area: 'Sudah diukur?' });
    expect([next.draft.keep, next.draft.reasonOwn]).toEqual([['floor_material'], 'Perlu dilihat lagi']);
    next.draft.comments = {};
    next.draft.keep = [];
    next.draft.reasonOwn = '';
    await next.draft.flush();
    expect((await again()).draft.written).toEqual([]);
  });

  it('goes to the device at once when the program is put away', async () => {
    const store = await again();
    store.draft.said = 'Tanyakan kepada ketua RT';
    Object.defineProperty(document, 'visibilityState', { value: 'hidden', configurable: true });
    document.dispatchEvent(new Event('visibilitychange'));
    Object.defineProperty(document, 'visibilityState', { value: 'visible', configurable: true });
    await Promise.resolve();
    expect((await again()).draft.said).toBe('Tanyakan kepada ketua RT');
  });

  it('is not overwritten by what the device kept, when somebody was faster than the device', async () => {
    const first = await again();
    first.draft.note = 'dari kemarin';
    await first.draft.flush();
    forgetDrafts();
    const store = new CompareStore(household);
    store.draft.note = 'baru';
    await store.load();
    expect(store.draft.note).toBe('baru');
  });

  it('is gone once it was sent back or accepted, and does not come back', async () => {
    const store = await again();
    store.draft.comments.floor_area = 'Sudah diukur?';
    store.draft.note = 'sesuai';
    expect(await store.accept()).toBe(true);
    expect((await again()).draft.written).toEqual([]);
    expect((await again()).draft.note).toBe('');
  });

  it('is kept after a decision too, when somebody stays and goes on writing', async () => {
    const store = await again();
    expect(await store.accept()).toBe(true);
    store.draft.said = 'Masih ada yang perlu ditanyakan';
    await store.draft.flush();
    expect((await again()).draft.said).toBe('Masih ada yang perlu ditanyakan');
  });

  it('stays when the device refuses the decision, and is said when it cannot be kept', async () => {
    const store = await again();
    store.draft.note = 'sesuai';
    store.view = { ...store.view!, seen: 'older' };
    expect(await store.accept()).toBe(false);
    expect((await again()).draft.note).toBe('sesuai');
    const said = vi.spyOn(app, 'say');
    const failing = await again();
    vi.spyOn(platform, 'call').mockRejectedValueOnce({ code: 'disk_full', message: 'Penyimpanan penuh.', hint: 'Hapus berkas lain.', path: null });
    failing.draft.note = 'sesuai kunjungan';
    await failing.draft.flush();
    expect(said).toHaveBeenCalledWith('Penyimpanan penuh. Hapus berkas lain.');
    await failing.draft.flush();
    expect((await again()).draft.note).toBe('sesuai kunjungan');
  });
});
