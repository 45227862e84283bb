import { describe, expect, it } from 'vitest';
import { EarlyKeys } from '../src/features/visit/fields/choices/earlyKeys';

/** Rows that come when they are told to. */
function rows() {
  let come = () => {};
  const coming = new Promise<void>((done) => (come = done));
  return { coming, come };
}

describe('keys in a list whose rows are on their way', () => {
  it('does at once what a key means when the rows are there', () => {
    const did: string[] = [];
    new EarlyKeys().do(() => did.push('Enter'));
    expect(did).toEqual(['Enter']);
  });

  it('holds keys until the rows come, and keeps their order', async () => {
    const keys = new EarlyKeys();
    const did: string[] = [];
    const { coming, come } = rows();
    keys.search(() => coming);
    keys.do(() => did.push('ArrowDown'));
    keys.do(() => did.push('Enter'));
    expect(did).toEqual([]);
    come();
    await keys.settled();
    expect(did).toEqual(['ArrowDown', 'Enter']);
  });

  it('gives up a search that no key was meant for', async () => {
    const keys = new EarlyKeys();
    const did: string[] = [];
    const [older, newer] = [rows(), rows()];
    keys.search(() => older.coming);
    keys.search(() => newer.coming);
    keys.do(() => did.push('Enter'));
    older.come();
    await older.coming;
    await Promise.resolve();
    expect(did).toEqual([]);
    newer.come();
    await keys.settled();
    expect(did).toEqual(['Enter']);
  });

  it('gives each key the rows of the search before it, however quickly they follow', async () => {
    const keys = new EarlyKeys();
    const did: string[] = [];
    let shown = '';
    const search = (words: string) => async () => {
      await Promise.resolve();
      shown = words;
    };
    keys.search(search('melati'));
    keys.do(() => did.push(shown));
    keys.search(search('maw'));
    keys.search(search('mawar'));
    keys.do(() => did.push(shown));
    await keys.settled();
    expect(did).toEqual(['melati', 'mawar']);
  });

  it('goes on after rows that never came', async () => {
    const keys = new EarlyKeys();
    const did: string[] = [];
    keys.search(() => Promise.reject(new Error('no disk')));
    keys.do(() => did.push('ArrowDown'));
    await keys.settled();
    expect(did).toEqual(['ArrowDown']);
  });

  it('forgets keys with the list', async () => {
    const keys = new EarlyKeys();
    const did: string[] = [];
    const { coming, come } = rows();
    keys.search(() => coming);
    keys.do(() => did.push('Enter'));
    keys.end();
    come();
    await coming;
    await Promise.resolve();
    expect(did).toEqual([]);
  });
});
