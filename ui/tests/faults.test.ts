import { cleanup, fireEvent, render, screen } from '@testing-library/svelte';
import { afterEach, describe, expect, it } from 'vitest';
import { app } from '../src/core/app.svelte';
import FieldRow from '../src/features/desk/compare/FieldRow.svelte';
import { CompareStore } from '../src/features/desk/compare/compare.svelte';
import WorkSigns from '../src/features/desk/enumerators/WorkSigns.svelte';
import StateLine from '../src/features/shell/StateLine.svelte';
import { lying } from '../src/features/desk/photos/zoom';
import { lastHub } from '../src/features/sync/phase';
import { router, to } from '../src/core/router.svelte';
import { i18n } from '../src/i18n/index.svelte';
import type { ComparedField, EnumeratorWork, HubSeen, SyncStatus } from '../src/ipc/types';
import { usePlatform } from '../src/platform';
import { MemoryPlatform } from '../src/platform/memory/platform';

const hub = (name: string, last: string): HubSeen => ({ name, address: `https://${name}`, nearby: true, last });

async function status(changes: Partial<SyncStatus>): Promise<string> {
  const platform = new MemoryPlatform('', 0);
  usePlatform(platform);
  i18n.set('id');
  const now = await platform.call('sync_status', {});
  app.status = { ...now, phase: 'idle', unsent_households: 0, unsent_photos: 0, unsent_surveys: 0, at_hub_households: 0, last_success: '', hubs: [], ...changes };
  render(StateLine);
  return screen.getByTestId('state-line').textContent!.replace(/\s+/g, ' ').trim();
}

const ticked = (): boolean => document.querySelector('[data-testid=state-line] .lucide-check') !== null;

afterEach(() => {
  cleanup();
  app.status = null;
});

describe('a device that only ever meets a hub', () => {
  const met = [hub('Gading Rejo', '2026-11-25T03:00:00Z'), hub('Pringsewu', '2026-11-20T03:00:00Z')];

  it('says with whom it is the same and that the district has not answered, without a tick', async () => {
    expect(await status({ made_here: false, hubs: met })).toMatch(/^Sama dengan Hub Gading Rejo 25 Nov .*Kabupaten belum menjawab\.$/);
    expect(ticked()).toBe(false);
  });

  it('says what the hub has, since when, and that the district does not have it yet', async () => {
    const line = await status({ made_here: true, hubs: met, unsent_households: 3, at_hub_households: 3 });
    expect(line).toMatch(/Di hub, belum di kabupaten: 3 \(25 Nov/);
    expect(ticked()).toBe(false);
  });

  it('is ticked once the hub has brought the answer of the district', async () => {
    expect(await status({ made_here: true, hubs: met, last_success: '2026-11-22T01:00:00Z' })).toContain('Sudah di kabupaten, lewat hub 25 Nov');
    expect(ticked()).toBe(true);
    cleanup();
    expect(await status({ made_here: true, hubs: met, last_success: '2026-11-26T01:00:00Z' })).toContain('Sudah di kabupaten 26 Nov');
  });

  it('is not ticked where there was no exchange at all', async () => {
    expect(await status({ made_here: true, hubs: [hub('Gading Rejo', '')] })).toBe('Belum pernah terhubung ke kabupaten');
    expect(ticked()).toBe(false);
    expect(lastHub(met)?.name).toBe('Gading Rejo');
  });
});

describe('signs of impossible work', () => {
  it('name families by their head and where they live, and lead to them', async () => {
    i18n.set('id');
    const family = (n: number) => ({ household: `h${n}`, head: n === 1 ? '' : `Kepala ${n}`, address: 'Dusun Baru', rt: '003', rw: '001' });
    const work = {
      person: 'Budi',
      signs: [{ code: 'too_fast', words: '50 kunjungan', households: Array.from({ length: 50 }, (_, n) => family(n)) }],
      fields: [],
    } as unknown as EnumeratorWork;
    render(WorkSigns, { work });
    const links = screen.getAllByTestId('sign-family');
    expect(links).toHaveLength(40);
    expect(links[0].textContent).toContain('Kepala 0');
    expect(links[0].textContent).toContain('Dusun Baru, RT\u00a03\u00a0/\u00a0RW\u00a01');
    expect(links[1].textContent).toContain(i18n.t.common.unnamed);
    expect(document.body.textContent).not.toContain('h0');
    await fireEvent.click(screen.getByTestId('sign-more'));
    expect(screen.getAllByTestId('sign-family')).toHaveLength(50);
    await fireEvent.click(links[2]);
    expect(router().path).toBe(to.desk('household', 'h2'));
  });
});

describe('a picture that is turned', () => {
  it('fits its frame lying as it fitted standing', () => {
    // Drawn 200 by 150 in a frame of 400 by 150: lying it is 150 wide, and 112 of it fit.
    expect(lying({ width: 800, height: 600 }, { width: 400, height: 150 })).toBeCloseTo(0.75);
    expect(lying({ width: 600, height: 600 }, { width: 400, height: 150 })).toBe(1);
    // One that lies in a tall frame grows.
    expect(lying({ width: 800, height: 600 }, { width: 300, height: 900 })).toBeCloseTo(4 / 3);
  });
});

describe('a position at the desk', () => {
  it('is said by distance and accuracy, with the coordinates in a line below', () => {
    i18n.set('id');
    const field = {
      path: 'gps', label: 'Letak rumah', section: '', register: 'ketelitian 8 m\n-5.36214, 105.08441', previous: '',
      current: '12 m dari letak yang diketahui, ketelitian 5 m\n-5.36225, 105.08441', changed: true, weighty: false, author: '', at: '', conflict: false, older: 'register',
    } satisfies ComparedField;
    const store = new CompareStore('h1');
    render(FieldRow, { field, store, thread: [], closed: '' });
    const row = screen.getByTestId('compared-gps');
    expect([...row.querySelectorAll('.below')].map((line) => line.textContent)).toEqual(['-5.36214, 105.08441', '-5.36225, 105.08441']);
    expect(row.querySelector('strong')?.firstChild?.textContent).not.toContain('105.08441');
  });
});
