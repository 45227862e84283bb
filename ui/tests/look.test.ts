import { describe, expect, it } from 'vitest';
import type { Item, Media } from '../src/ipc/types';
import { blocksOf, marksOptional } from '../src/features/visit/blocks';
import { ChoiceSource, narrowed } from '../src/features/visit/fields/choices/choiceSource.svelte';
import { calendarOf, elsewhereOf, lookOf, parameter, wordsOf } from '../src/features/visit/look';
import { paragraphs } from '../src/features/visit/richText';

const NONE: Media = { image: '', big_image: '', audio: '', video: '' };
const choices = (count: number) => Array.from({ length: count }, (_, at) => ({ value: String(at), label: `Pilihan ${at}`, media: NONE, geometry: '' }));

function item(path: string, more: Partial<Item> = {}): Item {
  return {
    path, widget: 'text', appearance: '', label: path, hint: '', guidance: '', parameters: {}, media: NONE, groups: [], repeat: null,
    required: false, readonly: false, value: '', display: '', previous: '', previous_value: '', changed: false, error: '', reading: '',
    choices: [], choices_total: more.choices?.length ?? 0, conflict: false, comments: [], ...more,
  };
}

const select = (path: string, appearance: string, count = 4) => item(path, { widget: 'select_one', appearance, choices: choices(count) });
const layout = (appearance: string, count = 4) => lookOf(select('q', appearance, count)).layout;

describe('an appearance', () => {
  it.each([
    ['', 'rows'], ['minimal', 'picker'], ['autocomplete', 'picker'], ["minimal search('villages')", 'picker'], ["search('a', 'contains', 'b', ${c})", 'picker'],
    ['likert', 'likert'], ['label', 'label'], ['list-nolabel', 'nolabel'], ['list', 'list'],
    ['columns', 'columns'], ['columns-3', 'columns'], ['columns-pack', 'pack'], ['horizontal', 'columns'], ['compact', 'pack'], ['quick', 'rows'],
    ['w4 sparkle', 'rows'],
  ])('%j lays choices out as %s', (appearance, wanted) => {
    expect(layout(appearance)).toBe(wanted);
  });

  it('opens a list where choices are too many for rows, and always where the core does not send them', () => {
    expect(layout('', 7)).toBe('rows');
    expect(layout('', 8)).toBe('picker');
    expect(layout('columns', 40)).toBe('columns');
    expect(lookOf({ ...select('q', 'columns', 0), choices_total: 16_000 }).layout).toBe('picker');
    expect(lookOf({ ...select('q', '', 12), widget: 'select_multiple' }).layout).toBe('rows');
  });

  it('says how many columns, whether circles are drawn, and whether a choice moves on', () => {
    expect(lookOf(select('q', 'columns-3 no-buttons'))).toEqual({ layout: 'columns', columns: 3, marks: false, quick: false });
    expect(lookOf(select('q', 'quickcompact-2'))).toEqual({ layout: 'columns', columns: 2, marks: false, quick: true });
    expect(lookOf(select('q', 'columns-99')).columns).toBe(10);
  });

  it('may ask for what is not here, or for another calendar', () => {
    expect(elsewhereOf('ex:org.example.sugar(a=1)')).toBe('app');
    expect(elsewhereOf('printer:org.example.zebra')).toBe('printer');
    expect(elsewhereOf('bearing')).toBe('bearing');
    expect(elsewhereOf('index:')).toBeNull();
    expect(calendarOf('islamic no-calendar')).toBe('islamic-umalqura');
    expect(calendarOf('no-calendar')).toBe('');
  });

  it('keeps a search with commas and spaces as one word', () => {
    expect([...wordsOf("minimal search('a', 'b c')")]).toContain('minimal');
    expect(parameter({ parameters: { 'max-pixels': '640', rows: 'many' } }, 'max-pixels', 0)).toBe(640);
    expect(parameter({ parameters: { rows: 'many' } }, 'rows', 4)).toBe(4);
  });
});

describe('a page', () => {
  const page = (items: Item[], more = {}) => ({ id: 'p', appearance: '', items, inline: [], ...more });
  const kinds = (items: Item[], more = {}) => blocksOf(page(items, more)).map((block) => block.kind);

  it('gathers what is only shown, and questions with the same choices below their header', () => {
    const items = [
      item('a', { readonly: true }), item('b', { widget: 'calculated' }), item('c'),
      select('h', 'label'), select('r1', 'list-nolabel'), select('r2', 'list-nolabel'), select('other', 'list-nolabel', 3), select('x', ''),
    ];
    const blocks = blocksOf(page(items));
    expect(blocks.map((block) => block.kind)).toEqual(['facts', 'field', 'table', 'table', 'field']);
    expect(blocks[2]).toMatchObject({ headed: true, rows: [{ path: 'r1' }, { path: 'r2' }] });
  });

  it('makes a table of a group that asks for one, and of a page that is one', () => {
    const groups = (first: boolean) => [{ id: 'g', label: 'Kebiasaan', appearance: 'table-list', first }];
    const items = [{ ...select('a', ''), groups: groups(true) }, { ...select('b', ''), groups: groups(false) }, item('after')];
    expect(kinds(items)).toEqual(['heading', 'table', 'field']);
    expect(kinds([select('a', ''), select('b', '')], { appearance: 'field-list table-list' })).toEqual(['table']);
  });

  it('begins every instance of a repeat with a heading and offers one more behind the last', () => {
    const repeat = (first: boolean) => ({
      repeat: 'job', instance: 'i1', label: 'Pekerjaan', number: 1, can_remove: true, needs_reason: false, first,
    });
    const items = [item('a'), item('job/i1/name', { repeat: repeat(true) }), item('job/i1/wage', { repeat: repeat(false) }), item('z')];
    const place = { repeat: 'job', parent: null, label: 'Pekerjaan', appearance: '', members: false, can_add: true, count: 1, after: 'job/i1/wage' };
    expect(kinds(items, { inline: [place] })).toEqual(['field', 'instance', 'field', 'field', 'add', 'field']);
    expect(kinds(items, { inline: [{ ...place, can_add: false }] })).not.toContain('add');
    expect(kinds([item('a')], { inline: [{ ...place, after: '' }] })).toEqual(['add', 'field']);
  });

  it('marks the fewer: the optional ones where most must be answered', () => {
    expect(marksOptional([item('a', { required: true }), item('b', { required: true }), item('c')])).toBe(true);
    expect(marksOptional([item('a', { required: true }), item('b'), item('n', { widget: 'note' })])).toBe(false);
  });
});

describe('the words of a label', () => {
  const text = (label: string) => paragraphs(label).map((block) => block.pieces.map((piece) => (piece.bold ? `<b>${piece.text}</b>` : piece.italic ? `<i>${piece.text}</i>` : piece.text)).join(''));

  it('know bold, italic, headings, lists and line breaks', () => {
    expect(text('Isi **semua** yang _perlu_')).toEqual(['Isi <b>semua</b> yang <i>perlu</i>']);
    expect(paragraphs('# Judul\n- satu\nbiasa').map((block) => block.kind)).toEqual(['heading', 'item', 'text']);
    expect(text('satu<br/>dua')).toEqual(['satu', 'dua']);
  });

  it('leave names, sums and lone marks as they are', () => {
    expect(text('nama_desa_lama 2*3*4 ** dan *')).toEqual(['nama_desa_lama 2*3*4 ** dan *']);
    expect(text('\\*bukan miring\\*')).toEqual(['*bukan miring*']);
  });

  it('keep the words of coloured text and of links, and never become markup', () => {
    expect(text('<span style="color:red">Awas</span> &lt;b&gt;')).toEqual(['Awas <b>']);
    expect(text('[laman](https://desa.id)')).toEqual(['laman (https://desa.id)']);
    expect(text('<script>x</script>')).toEqual(['<script>x</script>']);
  });
});

describe('a long list', () => {
  const all = choices(16_000);
  const ask = (log: string[] = []) => (search: string, offset: number, limit: number) => {
    log.push(`${search}:${offset}`);
    const found = narrowed(all, search);
    return Promise.resolve({ choices: found.slice(offset, offset + limit), total: found.length });
  };

  it('fetches only the pages in sight, each once', async () => {
    const log: string[] = [];
    const source = new ChoiceSource(ask(log));
    await source.search('');
    expect(source.total).toBe(16_000);
    source.show(9_990, 10_010);
    source.show(9_990, 10_010);
    await Promise.resolve();
    await Promise.resolve();
    expect(log).toEqual([':0', ':9900', ':10000']);
    expect(source.at(10_005)?.value).toBe('10005');
    expect(source.at(5_000)).toBeUndefined();
  });

  it('drops what comes for words that are no longer there', async () => {
    const waiting: ((value: { choices: ReturnType<typeof choices>; total: number }) => void)[] = [];
    const source = new ChoiceSource(() => new Promise((resolve) => waiting.push(resolve)));
    const old = source.search('a');
    const now = source.search('b');
    waiting[1]({ choices: choices(2), total: 2 });
    await now;
    waiting[0]({ choices: choices(9), total: 9 });
    await old;
    expect(source.total).toBe(2);
  });

  it('asks again after a failure', async () => {
    let fails = true;
    const source = new ChoiceSource((search, offset, limit) => (fails ? Promise.reject(new Error('no')) : ask()(search, offset, limit)));
    await source.search('');
    expect(source.failed).toBe(true);
    fails = false;
    await source.search('15999');
    expect(source.failed).toBe(false);
    expect(source.total).toBe(1);
  });
});
