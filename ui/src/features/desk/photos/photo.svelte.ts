import { call } from '../../../platform';

/** The value under which the command `photo` knows a picture. */
export const photoId = (hash: string): string => (hash.startsWith('sha256:') ? hash : `sha256:${hash}`);

/** Pictures fetched for the household that is open: the thumbnail and the viewer show the same bytes. */
export class PhotoShelf {
  #urls = $state<Record<string, string>>({});
  #asked = new Set<string>();

  /** The picture; empty while it comes, `null` if it is not on this device. */
  url(hash: string): string | null {
    const url = this.#urls[hash];
    return url === undefined ? '' : url || null;
  }

  want(hash: string): void {
    if (!hash || this.#asked.has(hash)) return;
    this.#asked.add(hash);
    call('photo', { photo: photoId(hash) }).then(
      ({ url }) => (this.#urls[hash] = url),
      () => (this.#urls[hash] = ''),
    );
  }
}
