import { cleanup, fireEvent, render, screen, waitFor, within } from '@testing-library/svelte';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { app } from '../src/core/app.svelte';
import BulkGroup from '../src/features/conflicts/BulkGroup.svelte';
import ConflictCard from '../src/features/conflicts/ConflictCard.svelte';
import Photos from '../src/features/desk/photos/Photos.svelte';
import { i18n } from '../src/i18n/index.svelte';
import type { ConflictValue, ConflictView } from '../src/ipc/types';
import { usePlatform } from '../src/platform';
import { MemoryPlatform } from '../src/platform/memory/platform';

const value = (photo: string, author: string): ConflictValue => ({
  value: photo, display: `foto ${photo.slice(0, 4)}`, file: 'photo', author, device: `HP-${author}`, at: '2026-11-20T02:14:00Z', mine: false,
});
const conflict = (...values: ConflictValue[]): ConflictView => ({
  household: '1', head: 'Wahyuni', address: '', path: 'photo_house', label: 'Foto rumah', widget: 'image', choices: [], register: '', values, seen: 'x',
});
const quiet = { onsettled: () => undefined, onchanged: () => undefined };

let platform: MemoryPlatform;
beforeEach(() => {
  platform = new MemoryPlatform('desk', 0);
  usePlatform(platform);
  app.session = null;
  i18n.set('id');
});
afterEach(cleanup);

describe('photos that stand against each other', () => {
  it('are chosen by looking: each with who took it, when and on which device', async () => {
    render(ConflictCard, { conflict: conflict(value('new-0-1', 'Ani'), value('new-1-1', 'Budi')), ...quiet });
    const card = screen.getByTestId('conflict-card');
    await waitFor(() => expect(card.querySelectorAll('img')).toHaveLength(2));
    const pictures = [...card.querySelectorAll('img')].map((img) => img.src);
    expect(pictures[0]).not.toBe(pictures[1]);
    for (const [index, option] of screen.getAllByTestId('conflict-value').entries()) {
      expect(option.textContent).toContain(['Ani', 'Budi'][index]);
      expect(option.textContent).toContain(['HP-Ani', 'HP-Budi'][index]);
    }
    expect(screen.queryByTestId('conflict-other')).toBeNull();
    await fireEvent.click(screen.getByTestId('conflict-photos'));
    const viewer = await screen.findByTestId('photo-viewer');
    await waitFor(() => expect(viewer.querySelectorAll('img')).toHaveLength(2));
    expect(viewer.textContent).toContain('Ani');
    expect(viewer.textContent).toContain('Budi');
  });

  it('say in words which has not come to this device', async () => {
    render(ConflictCard, { conflict: conflict(value('new-0-1', 'Ani'), value('lost', 'Budi')), ...quiet });
    const { message } = await platform.call('photo', { photo: 'sha256:lost' }).catch((thrown: { failure: { message: string } }) => thrown.failure) as { message: string };
    const other = screen.getAllByTestId('conflict-value')[1];
    await waitFor(() => expect(other.textContent).not.toContain(i18n.t.common.loading));
    expect(message).not.toBe('');
    expect(other.textContent).toContain(message);
  });

  it('are seen among many conflicts too, and in the comparison with a mark', async () => {
    const shown = conflict(value('new-0-1', 'Ani'), value('new-1-1', 'Budi'));
    render(BulkGroup, { group: { key: 'k', title: 'Foto rumah', place: '', conflicts: [shown] }, chosen: new Set<string>(), ontoggle: () => undefined });
    const group = screen.getByTestId('bulk-group');
    await waitFor(() => expect(group.querySelectorAll('img')).toHaveLength(2));
    await fireEvent.click(screen.getByTestId('bulk-photos'));
    await waitFor(() => expect(screen.getByTestId('photo-viewer').querySelectorAll('img')).toHaveLength(2));
    cleanup();
    render(Photos, { photos: [{ path: 'photo_house', label: 'Foto rumah', previous: 'old-0-1', current: 'new-0-1', values: shown.values }] });
    const tile = screen.getByTestId('photo-photo_house');
    await waitFor(() => expect(tile.querySelectorAll('img')).toHaveLength(3));
    expect(within(tile).getByTestId('photo-conflict').textContent).toBe(i18n.t.desk.compare.conflict);
    expect(tile.textContent).toContain('Budi');
  });
});
