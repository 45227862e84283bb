import { cleanup, render } from '@testing-library/svelte';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CompareStore, forgetDrafts } from '../src/features/desk/compare/compare.svelte';
import FieldRow from '../src/features/desk/compare/FieldRow.svelte';
import { i18n } from '../src/i18n/index.svelte';
import type { ComparedField } from '../src/ipc/types';
import { usePlatform } from '../src/platform';
import { MemoryPlatform } from '../src/platform/memory/platform';

const FIELD: ComparedField = {
  path: 'floor', label: 'Lantai', section: 'Rumah', register: 'Tanah', previous: 'Keramik', current: 'Tanah',
  author: 'Ani', at: '', changed: true, weighty: false, conflict: true, older: 'previous',
};

beforeEach(() => {
  usePlatform(new MemoryPlatform('desk', 0));
  i18n.set('id');
  forgetDrafts();
});
afterEach(cleanup);

describe('a question at the desk', () => {
  it('does not strike out an old value that is still said', () => {
    const { container } = render(FieldRow, { field: FIELD, store: new CompareStore('h'), thread: [], closed: '' });
    const said = (where: string) => container.querySelector(`.${where} .said`)!.classList.contains('equal');
    expect([said('register'), said('previous')]).toEqual([true, false]);
  });
});
