import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'svelte/compiler';
import { describe, expect, it } from 'vitest';
import { en } from '../src/i18n/en';
import { id } from '../src/i18n/id';

type Entry = [key: string, text: string];

/** Every sentence with its key; those with a place for something are filled in. */
function sentences(dictionary: object, prefix = ''): Entry[] {
  return Object.entries(dictionary).flatMap(([key, value]): Entry[] => {
    const path = prefix + key;
    if (typeof value === 'string') return [[path, value]];
    if (typeof value === 'function') {
      const fill = value as (...args: unknown[]) => string;
      // Numbers go where numbers belong; a word that both languages share stands for text.
      return [1, 2345].map((number): Entry => [path, fill(number, number)]);
    }
    return sentences(value as object, `${path}.`);
  });
}

const keys = (dictionary: object) => [...new Set(sentences(dictionary).map(([key]) => key))].sort();

/** Common English words that are no Indonesian words. */
const ENGLISH =
  /\b(the|and|or|of|to|not|is|are|was|with|for|this|that|save|saved|send|sent|receive|cancel|close|open|next|back|sync|household|member|visit|search|choose|settings|device|yes|no|please|error|loading|retry|photo|village|family|families|missing|answer)\b/i;
/** And the other way round. */
const INDONESIAN =
  /\b(dan|atau|yang|tidak|belum|sudah|anda|keluarga|anggota|kirim|terima|simpan|tersimpan|desa|jawaban|perangkat|dengan|untuk|dari|ini|bila|data lama|kunjungan)\b/i;

describe('the dictionaries', () => {
  it('have the same keys', () => {
    expect(keys(en)).toEqual(keys(id));
  });

  it('leave nothing empty', () => {
    for (const [key, text] of [...sentences(id), ...sentences(en)]) expect(text.trim(), key).not.toBe('');
  });

  it('have no English left over in Indonesian', () => {
    const leaks = sentences(id).filter(([, text]) => ENGLISH.test(text.replace(/No\. KK/g, '')));
    expect(leaks).toEqual([]);
  });

  it('have no Indonesian left over in English', () => {
    const leaks = sentences(en).filter(([, text]) => INDONESIAN.test(text));
    expect(leaks).toEqual([]);
  });

  it('write numbers as the language does', () => {
    expect(id.worklist.progress(123, 1702)).toBe('123 dari 1.702 selesai');
    expect(en.worklist.progress(123, 1702)).toBe('123 of 1,702 finished');
  });
});

function svelteFiles(folder: string): string[] {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    return statSync(path).isDirectory() ? svelteFiles(path) : path.endsWith('.svelte') ? [path] : [];
  });
}

interface Node {
  type?: string;
  data?: string;
  name?: string;
  value?: unknown;
}

/** Words written straight into the markup, where no dictionary reaches them. */
function bareWords(node: unknown, found: string[] = []): string[] {
  if (Array.isArray(node)) {
    for (const child of node) bareWords(child, found);
  } else if (typeof node === 'object' && node !== null) {
    const { type, data, name, value } = node as Node;
    if (type === 'Text' && data && /\p{L}{2,}/u.test(data)) found.push(data.trim());
    if (type === 'StyleDirective') return found;
    if (type === 'Attribute') {
      if (!['aria-label', 'placeholder', 'title', 'alt', 'label', 'description'].includes(name ?? '')) return found;
      bareWords(value, found);
      return found;
    }
    for (const [key, child] of Object.entries(node)) {
      if (key !== 'css' && key !== 'instance' && key !== 'module') bareWords(child, found);
    }
  }
  return found;
}

describe('the screens', () => {
  it('take every word from the dictionaries', () => {
    const leaks = svelteFiles('src').flatMap((file) =>
      bareWords(parse(readFileSync(file, 'utf8'), { modern: true }).fragment).map((text) => `${file}: ${text}`),
    );
    expect(leaks).toEqual([]);
  });
});
