import { app } from '../../../core/app.svelte';
import { call } from '../../../platform';

/** The value under which the command `photo` knows a picture. */
export const photoId = (hash: string): string => (hash.startsWith('sha256:') ? hash : `sha256:${hash}`);

/** Longest side of a picture on the shelf, in pixels: sharp in its tile on a screen of twice the density. */
export const SMALL = 360;

/** A picture as far as it is known: its address once it came, or why there is none. */
interface Known {
  url: string;
  /** Why it cannot be shown, in words. */
  lost: string;
}

/**
 * Pictures of the household that is open. The shelf asks for small ones, which the core makes once; a whole one is asked
 * for when somebody opens it, and until it is there the small one stands in its place.
 */
export class PhotoShelf {
  #small = $state<Record<string, Known>>({});
  #whole = $state<Record<string, Known>>({});
  #asked = new Set<string>();

  small(hash: string): Known {
    return this.#small[hash] ?? this.#whole[hash] ?? { url: '', lost: '' };
  }

  whole(hash: string): Known {
    return this.#whole[hash] ?? this.#small[hash] ?? { url: '', lost: '' };
  }

  want(hash: string, whole = false): void {
    const key = `${whole ? 'whole' : 'small'} ${hash}`;
    if (!hash || this.#asked.has(key)) return;
    this.#asked.add(key);
    const known = whole ? this.#whole : this.#small;
    call('photo', whole ? { photo: photoId(hash) } : { photo: photoId(hash), size: SMALL }).then(
      ({ url }) => {
        known[hash] = { url, lost: '' };
      },
      (thrown: unknown) => {
        known[hash] = { url: '', lost: app.words(thrown).message };
      },
    );
  }
}
