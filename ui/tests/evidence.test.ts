import { cleanup, fireEvent, render, screen, waitFor, within } from '@testing-library/svelte';
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import App from '../src/App.svelte';
import { app } from '../src/core/app.svelte';
import { router, to } from '../src/core/router.svelte';
import { forgetDrafts } from '../src/features/desk/compare/compare.svelte';
import { SMALL } from '../src/features/desk/photos/photo.svelte';
import Photos from '../src/features/desk/photos/Photos.svelte';
import EvidenceFiles from '../src/features/desk/removal/EvidenceFiles.svelte';
import RemovalDialog from '../src/features/desk/removal/RemovalDialog.svelte';
import { CompareStore } from '../src/features/desk/compare/compare.svelte';
import { queue } from '../src/features/desk/queue/queue.svelte';
import { loadVisit } from '../src/features/visit/lazy';
import { i18n } from '../src/i18n/index.svelte';
import { usePlatform } from '../src/platform';
import { MemoryPlatform } from '../src/platform/memory/platform';

let platform: MemoryPlatform;
const letter = new File(['%PDF-1.7\n%%EOF'], 'surat Pak Budi.pdf', { type: 'application/pdf' });
const photo = new File([new Uint8Array([0xff, 0xd8, 0xff, 0xe0, 0, 16, 0x4a, 0x46, 0x49, 0x46])], 'rumah.jpg', { type: 'image/jpeg' });

async function start(options = 'desk'): Promise<string> {
  platform = new MemoryPlatform(options, 0);
  usePlatform(platform);
  app.session = null;
  queue.reset();
  forgetDrafts();
  i18n.set('id');
  const { rows } = await platform.call('desk', { search: '', village: null, reasons: ['submitted'], enumerator: '', offset: 0, limit: 50 });
  return rows.find(({ removal }) => !removal)!.household;
}

async function dialog(household: string): Promise<CompareStore> {
  const store = new CompareStore(household);
  await store.load();
  render(RemovalDialog, { open: true, store, village: '18.09.01.2001' });
  await screen.findByTestId('removal-dialog');
  return store;
}

const choose = (file: File, by = 'evidence-choose') => fireEvent.change(screen.getByTestId(by), { target: { files: [file] } });

beforeAll(async () => {
  await loadVisit();
}, 60_000);
beforeEach(() => {
  sessionStorage.clear();
  localStorage.clear();
});
afterEach(() => {
  cleanup();
  vi.restoreAllMocks();
});

describe('evidence of a removal', () => {
  it('is kept as soon as it is chosen, goes with the proposal, and is named without the name of its file', async () => {
    const household = await start();
    const store = await dialog(household);
    await fireEvent.input(screen.getByTestId('removal-note'), { target: { value: 'Rumah dua lantai' } });
    await choose(photo, 'evidence-take');
    await screen.findByTestId('evidence-photo');
    await choose(letter);
    const pdf = await screen.findByTestId('evidence-pdf');
    expect(pdf.textContent).toContain('Dokumen PDF 1');
    expect(document.body.textContent).not.toContain('Budi');
    expect(store.view?.evidence_kept.map(({ kind }) => kind)).toEqual(['photo', 'pdf']);
    // Keeping a file wipes nothing that was written.
    expect((screen.getByTestId('removal-note') as HTMLTextAreaElement).value).toBe('Rumah dua lantai');
    await fireEvent.click(screen.getByTestId('removal-well_off'));
    await fireEvent.click(screen.getByTestId('removal-yes'));
    await waitFor(() => expect(store.view?.removal?.evidence.map(({ kind }) => kind)).toEqual(['photo', 'pdf']));
    expect(store.view?.evidence_kept).toEqual([]);
  });

  it('is there again after the dialog was left, and can be taken out', async () => {
    const household = await start();
    await dialog(household);
    await choose(letter);
    await screen.findByTestId('evidence-pdf');
    cleanup();
    const store = await dialog(household);
    await fireEvent.click(within(await screen.findByTestId('evidence-pdf')).getByTestId('evidence-remove'));
    await waitFor(() => expect(screen.queryByTestId('evidence-pdf')).toBeNull());
    expect(store.view?.evidence_kept).toEqual([]);
  });

  it('of another kind, empty or too large is refused in words, and what was there stays', async () => {
    await dialog(await start());
    await choose(letter);
    await screen.findByTestId('evidence-pdf');
    await choose(new File(['<html>'], 'a.html'));
    expect((await screen.findByTestId('evidence-problem')).textContent).toContain('bukan foto JPEG atau PNG');
    await choose(new File([], 'kosong.pdf'));
    await waitFor(() => expect(screen.getByTestId('evidence-problem').textContent).toContain('kosong'));
    const large = new File(['x'], 'besar.pdf');
    Object.defineProperty(large, 'size', { value: 26 * 1024 * 1024 });
    await choose(large);
    await waitFor(() => expect(screen.getByTestId('evidence-problem').textContent).toContain('25 MB'));
    expect(screen.getAllByTestId('evidence-pdf')).toHaveLength(1);
  });

  it('that has not arrived is said in words, and a document says where it was saved', async () => {
    await start();
    const { removals } = await platform.call('replacements', { village: '18.09.01.2001' });
    const [{ household, removal }] = removals;
    render(EvidenceFiles, { files: removal.evidence, household });
    const waiting = removal.evidence.find(({ missing }) => missing !== '')!;
    expect(screen.getByTestId('evidence').textContent).toContain(waiting.missing);
    await fireEvent.click(screen.getByTestId('evidence-save'));
    await waitFor(() => expect(screen.getByRole('status').textContent).toContain('lawang-bukti-'));
    // A photo opens large, without old and new.
    await fireEvent.click(screen.getByTestId('evidence-open'));
    const viewer = await screen.findByTestId('photo-viewer');
    expect(viewer.querySelector('figcaption')).toBeNull();
    expect(viewer.querySelector('img')).not.toBeNull();
  });
});

describe('the waiting list of a removal', () => {
  it('cuts names of five hundred signs', async () => {
    const household = await start();
    const real = platform.call.bind(platform);
    vi.spyOn(platform, 'call').mockImplementation((async (name: never, args: never) => {
      const reply = await real(name, args);
      if (name === 'replacements') (reply as { waiting: { head: string }[] }).waiting[0].head = 'X'.repeat(500);
      return reply;
    }) as typeof platform.call);
    await dialog(household);
    const name = within((await screen.findAllByTestId('replacement'))[0]).getByText('X'.repeat(500));
    expect(name.className).toContain('cut-2');
    expect(name.getAttribute('title')).toHaveLength(500);
  });
});

describe('the shelf of photos', () => {
  const photos = [
    { path: 'photo_house', label: 'Foto rumah', previous: 'old-0-1', current: 'new-0-1', values: [] },
    { path: 'photo_floor', label: 'Foto lantai', previous: '', current: 'new-1-1', values: [] },
  ];

  it('asks for small pictures, and for a whole one when somebody opens it', async () => {
    await start();
    const asked = vi.spyOn(platform, 'call');
    const sizes = () => asked.mock.calls.filter(([name]) => name === 'photo').map(([, args]) => (args as { size?: number }).size);
    render(Photos, { photos });
    await waitFor(() => expect(sizes()).toEqual([SMALL, SMALL, SMALL]));
    await fireEvent.click(screen.getByTestId('photo-photo_house'));
    await screen.findByTestId('photo-viewer');
    await waitFor(() => expect(sizes()).toEqual([SMALL, SMALL, SMALL, undefined, undefined]));
  });

  it('shows what has not come in the words of the core', async () => {
    await start();
    render(Photos, { photos: [{ ...photos[0], previous: 'lost' }] });
    await waitFor(() => expect(screen.getByTestId('desk-photos').textContent).not.toContain(i18n.t.common.loading));
    const { message } = await platform.call('photo', { photo: 'sha256:lost' }).catch((thrown: { failure: { message: string } }) => thrown.failure) as { message: string };
    expect(screen.getByTestId('photo-photo_house').textContent).toContain(message || i18n.t.visit.photo.lost);
  });

  it('is looked at by keys alone: both pictures grow, turn and move together, one or both, the next one', async () => {
    await start();
    render(Photos, { photos });
    await fireEvent.click(screen.getByTestId('photo-photo_house'));
    const viewer = await screen.findByTestId('photo-viewer');
    const stage = within(viewer).getByRole('group');
    const looks = () => [...viewer.querySelectorAll('img')].map((img) => img.style.transform);
    await waitFor(() => expect(looks()).toHaveLength(2));
    const press = (key: string) => fireEvent.keyDown(stage, { key });
    await press('+');
    await press('r');
    await waitFor(() => expect(looks()[0]).toContain('rotate(90deg)'));
    expect(looks()[0]).toBe(looks()[1]);
    expect(within(viewer).getByTestId('photo-scale').textContent).toBe('125%');
    await press('0');
    await waitFor(() => expect(looks()).toEqual(Array(2).fill('translate(0px, 0px) rotate(0deg) scale(1)')));
    await press('b');
    await waitFor(() => expect(looks()).toHaveLength(1));
    await press('b');
    await press('n');
    await waitFor(() => expect(viewer.textContent).toContain('Foto lantai'));
    expect(looks()).toHaveLength(1);
  });
});

describe('a proposal at the desk', () => {
  it('shows what it rests on where the household is decided on', async () => {
    await start();
    const { removals } = await platform.call('replacements', { village: '18.09.01.2001' });
    router().go(to.desk('household', removals[0].household));
    render(App);
    const banner = await screen.findByTestId('desk-removal');
    expect(within(banner).getByTestId('evidence-open')).toBeTruthy();
    expect(within(banner).getByTestId('evidence-save')).toBeTruthy();
  });
});
