/** Map files of the fake. */

import { base64Of, bytesOf } from '../../core/bytes';
import type { MapBytes, MapFile, MapPiece, MapRange, MapStored } from '../../ipc/types';

export class MapFolder {
  readonly #files = new Map<string, Uint8Array>();
  readonly #coming = new Map<string, Uint8Array>();

  list(): MapFile[] {
    return [...this.#files].map(([name, { length }]) => ({ name, bytes: length })).sort((a, b) => a.name.localeCompare(b.name));
  }

  put({ name, offset, total, data }: MapPiece): MapStored {
    const all = this.#coming.get(name) ?? new Uint8Array(total);
    all.set(bytesOf(data), offset);
    const stored = offset + bytesOf(data).length;
    if (stored === total) this.#files.set(name, all);
    else this.#coming.set(name, all);
    return { stored };
  }

  read({ name, offset, length }: MapRange): MapBytes {
    return { data: base64Of((this.#files.get(name) ?? new Uint8Array()).slice(offset, offset + length)) };
  }

  remove(name: string): MapFile[] {
    this.#files.delete(name);
    return this.list();
  }
}
