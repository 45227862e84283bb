import { cleanup, fireEvent, render, screen, waitFor } from '@testing-library/svelte';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import App from '../src/App.svelte';
import { app } from '../src/core/app.svelte';
import { router, to } from '../src/core/router.svelte';
import { loadVisit } from '../src/features/visit/lazy';
import { loadRare } from '../src/features/visit/widgets';
import { i18n } from '../src/i18n/index.svelte';
import { usePlatform } from '../src/platform';
import { MemoryPlatform } from '../src/platform/memory/platform';

const HOUSEHOLD = '00000000-0000-5000-8000-000000000004';
let platform: MemoryPlatform;

async function open(page: string): Promise<void> {
  platform = new MemoryPlatform('widgets', 0);
  usePlatform(platform);
  app.session = null;
  app.status = null;
  i18n.set('id');
  router().go(to.visit(HOUSEHOLD, page));
  render(App);
  await screen.findByTestId('visit-page-title');
}

const itemOf = async (page: string, path: string) =>
  (await platform.call('visit_open', { household: HOUSEHOLD, page })).page.items.find((item) => item.path === path);
const holds = (page: string, path: string, value: string) => waitFor(async () => expect((await itemOf(page, path))?.value).toBe(value));
const key = (testid: string, name: string) => fireEvent.keyDown(screen.getByTestId(testid), { key: name });
const hasFocus = (path: string) => waitFor(() => expect(screen.getByTestId(`field-${path}`).contains(document.activeElement)).toBe(true));

beforeAll(async () => {
  await Promise.all([loadVisit(), loadRare()]);
}, 60_000);
beforeEach(() => {
  sessionStorage.clear();
  localStorage.clear();
});
afterEach(cleanup);

describe('choices', () => {
  it('are one stop of the Tab key, walked by arrows; Enter goes on to the next question', async () => {
    await open('one');
    const group = await screen.findByTestId('input-rows');
    expect(group.querySelectorAll('[tabindex="0"]')).toHaveLength(1);
    screen.getByTestId('choice-rows-gas').focus();
    await key('choice-rows-gas', 'ArrowDown');
    await holds('one', 'rows', 'wood');
    expect(document.activeElement).toBe(screen.getByTestId('choice-rows-wood'));
    await key('choice-rows-wood', 'Enter');
    await hasFocus('minimal');
  });

  it('of which several may be chosen are switched by space and left by Enter', async () => {
    await open('many');
    const gas = await screen.findByTestId('choice-many_rows-gas');
    gas.focus();
    await fireEvent.click(gas);
    await key('choice-many_rows-gas', 'End');
    expect(document.activeElement).toBe(screen.getByTestId('choice-many_rows-other'));
    await fireEvent.click(screen.getByTestId('choice-many_rows-other'));
    await holds('many', 'many_rows', 'gas other');
    await key('choice-many_rows-other', 'Enter');
    await hasFocus('many_columns');
  });

  it('with the appearance quick go on to the next page after the last question', async () => {
    await open('one');
    await fireEvent.click(await screen.findByTestId('choice-quick-2'));
    await waitFor(() => expect(screen.getByTestId('visit-page-title').dataset.page).toBe('many'));
  });

  it('of 16,000 villages open as a list of few rows and are found by words', async () => {
    await open('one');
    await fireEvent.click(await screen.findByTestId('input-village'));
    const search = await screen.findByTestId('search-village');
    await waitFor(() => expect(document.body.textContent).toContain('16.000 pilihan'));
    expect(document.querySelectorAll('[role="option"]').length).toBeLessThan(60);
    await fireEvent.input(search, { target: { value: 'sukara nagari' } });
    await waitFor(() => expect(document.body.textContent).toContain('1 pilihan'));
    await fireEvent.keyDown(search, { key: 'Enter' });
    await holds('one', 'village', 'v8720');
    await waitFor(() => expect(screen.getByTestId('input-village').textContent).toContain('Nagari Sukara'));
  });

  it('in a table are groups of their own, named by their question', async () => {
    await open('tables');
    const group = await screen.findByTestId('input-t1');
    expect(group.getAttribute('role')).toBe('radiogroup');
    expect(document.getElementById(group.getAttribute('aria-labelledby') ?? '')?.textContent).toContain('Makan ikan');
    expect(screen.getByTestId('choice-t1-3').textContent).toContain('Sering');
    await fireEvent.click(screen.getByTestId('choice-t1-3'));
    await holds('tables', 't1', '3');
  });
});

describe('a range', () => {
  it('has nothing chosen at first, and keys that choose and change it', async () => {
    await open('ranges');
    const slider = await screen.findByTestId('input-slider');
    expect(slider.getAttribute('aria-valuenow')).toBeNull();
    expect(slider.getAttribute('aria-valuetext')).toBe(i18n.t.widgets.range.empty);
    await key('input-slider', 'ArrowRight');
    await holds('ranges', 'slider', '1');
    await key('input-slider', 'End');
    await holds('ranges', 'slider', '10');
    await key('input-slider', 'ArrowLeft');
    await holds('ranges', 'slider', '9');
    await waitFor(() => expect(slider.getAttribute('aria-valuenow')).toBe('9'));
  });

  it('of stars takes a digit', async () => {
    await open('ranges');
    await screen.findByTestId('choice-stars-1');
    await key('choice-stars-1', '4');
    await holds('ranges', 'stars', '4');
    await waitFor(() => expect(screen.getByTestId('field-stars').textContent).toContain('4 dari 5'));
  });
});

describe('a rank', () => {
  it('stores nothing before somebody moved a choice, then the whole order', async () => {
    await open('many');
    await screen.findByTestId('down-order-road');
    expect((await itemOf('many', 'order'))?.value).toBe('');
    await fireEvent.click(screen.getByTestId('down-order-road'));
    await holds('many', 'order', 'water road clinic school market');
    const grip = screen.getByTestId('choice-order-market').querySelector('.grip') as HTMLElement;
    await fireEvent.keyDown(grip, { key: 'Home' });
    await holds('many', 'order', 'market water road clinic school');
  });
});

describe('times', () => {
  it('are typed with four digits and stored with their zone', async () => {
    await open('dates');
    const input = (await screen.findByTestId('input-time')) as HTMLInputElement;
    await fireEvent.focus(input);
    await fireEvent.input(input, { target: { value: '1405' } });
    expect(input.value).toBe('14.05');
    await waitFor(async () => expect((await itemOf('dates', 'time'))?.value).toMatch(/^14:05:00\.000[+-]\d\d:\d\d$/));
  });

  it('with a date are stored when both are whole, and say what is missing', async () => {
    await open('dates');
    const day = await screen.findByTestId('input-moment');
    await fireEvent.input(day, { target: { value: '21112026' } });
    await fireEvent.focusOut(day, { relatedTarget: document.body });
    expect(screen.getByTestId('field-moment').textContent).toContain(i18n.t.widgets.date.bothNeeded);
    await fireEvent.input(screen.getByTestId('time-moment'), { target: { value: '1405' } });
    await waitFor(async () => expect((await itemOf('dates', 'moment'))?.value).toMatch(/^2026-11-21T14:05:00\.000/));
  });
});

describe('a line', () => {
  it('with too few points stays on screen and says so, then is stored', async () => {
    await open('places');
    await fireEvent.click(await screen.findByTestId('manual-trace'));
    const put = async (lat: string, lon: string) => {
      await fireEvent.input(screen.getByTestId('lat-trace'), { target: { value: lat } });
      await fireEvent.input(screen.getByTestId('lon-trace'), { target: { value: lon } });
      await fireEvent.click(screen.getByTestId('accept-trace'));
    };
    await put('-5,3621', '105,0844');
    expect(screen.getByTestId('field-trace').textContent).toContain(i18n.t.widgets.geo.traceNeeds);
    expect((await itemOf('places', 'trace'))?.value).toBe('');
    await put('-5,3622', '105,0845');
    await holds('places', 'trace', '-5.362100 105.084400 0.0 0.0;-5.362200 105.084500 0.0 0.0');
    await fireEvent.click(screen.getByTestId('undo-trace'));
    await waitFor(() => expect(screen.getByTestId('measured-trace').textContent).toContain('1 titik'));
  });
});

describe('files', () => {
  it('say their name and size, and are removed from the answer', async () => {
    await open('media');
    const input = await screen.findByTestId('input-paper');
    await fireEvent.change(input, { target: { files: [new File(['surat keterangan'], 'surat.pdf')] } });
    await waitFor(() => expect(screen.getByTestId('field-paper').textContent).toContain('surat.pdf (16 B)'));
    await fireEvent.click(await screen.findByTestId('remove-paper'));
    await holds('media', 'paper', '');
  });

  it('too large or empty are refused in words before they are read', async () => {
    await open('media');
    const input = await screen.findByTestId('input-paper');
    await fireEvent.change(input, { target: { files: [new File([], 'kosong.pdf')] } });
    await waitFor(() => expect(screen.getByTestId('field-paper').textContent).toContain(i18n.t.widgets.file.empty));
  });

  it('of sound are chosen where nothing can be recorded, and a code is typed where nothing can scan', async () => {
    await open('media');
    expect((await screen.findByTestId('field-voice')).textContent).toContain(i18n.t.widgets.audio.none);
    expect(screen.getByTestId('field-code').textContent).toContain(i18n.t.widgets.barcode.none);
  });
});

describe('a question', () => {
  it('that breaks a rule says so beside its input, and the input points there', async () => {
    await open('text');
    const input = await screen.findByTestId('input-count');
    await fireEvent.focus(input);
    await fireEvent.input(input, { target: { value: '25' } });
    await fireEvent.blur(input);
    const error = await screen.findByTestId('error-count');
    expect(error.textContent).toContain('Paling banyak 20');
    const described = (input.getAttribute('aria-describedby') ?? '').split(' ').map((id) => document.getElementById(id)?.textContent ?? '');
    expect(described.join(' ')).toContain('Paling banyak 20');
    expect(input.getAttribute('aria-invalid')).toBe('true');
  });

  it('that must be answered is marked for the eye and for the ear', async () => {
    await open('text');
    const label = (await screen.findByTestId('field-plain')).querySelector('label');
    expect(label?.textContent).toContain('*');
    expect(label?.textContent).toContain(i18n.t.widgets.required);
    expect(screen.getByTestId('field-long').textContent).not.toContain('*');
  });

  it('keeps its longer explanation folded', async () => {
    await open('text');
    const details = (await screen.findByTestId('field-plain')).querySelector('details');
    expect(details?.open).toBe(false);
    expect(details?.textContent).toContain('ketua RT');
  });

  it('to be confirmed stores OK, and nothing when it is taken back', async () => {
    await open('many');
    await fireEvent.click(await screen.findByTestId('input-ok'));
    await holds('many', 'ok', 'OK');
    await fireEvent.click(screen.getByTestId('input-ok'));
    await holds('many', 'ok', '');
  });

  it('that needs another app or device says what to do instead', async () => {
    await open('text');
    expect((await screen.findByTestId('field-outside')).textContent).toContain(i18n.t.widgets.elsewhere.app);
    expect(screen.getByTestId('field-label_print').textContent).toContain(i18n.t.widgets.elsewhere.printer);
    expect(screen.getByTestId('field-direction').textContent).toContain(i18n.t.widgets.elsewhere.bearing);
  });
});
