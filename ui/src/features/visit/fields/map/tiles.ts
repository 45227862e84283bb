/** Tiles of PMTiles archives that lie on this device: pictures, or vector tiles in the layers of Protomaps. */

import * as leaflet from 'leaflet';
import { PMTiles, TileType, type Header, type RangeResponse, type Source } from 'pmtiles';
import { bytesOf } from '../../../../core/bytes';
import type { MapFile } from '../../../../ipc/types';
import { i18n } from '../../../../i18n/index.svelte';
import { call } from '../../../../platform';
import { escape } from './escape';

/** An archive behind the door to the core. */
class CoreSource implements Source {
  readonly #name: string;

  constructor(name: string) {
    this.#name = name;
  }

  getKey(): string {
    return this.#name;
  }

  async getBytes(offset: number, length: number): Promise<RangeResponse> {
    const { data } = await call('map_read', { name: this.#name, offset, length });
    return { data: bytesOf(data).buffer };
  }
}

const MIME: Partial<Record<TileType, string>> = {
  [TileType.Png]: 'image/png',
  [TileType.Jpeg]: 'image/jpeg',
  [TileType.Webp]: 'image/webp',
  [TileType.Avif]: 'image/avif',
};

/** Pictures of an archive as a layer. */
class PictureLayer extends leaflet.GridLayer {
  readonly #archive: PMTiles;
  readonly #mime: string;

  constructor(archive: PMTiles, mime: string, options: leaflet.GridLayerOptions) {
    super(options);
    this.#archive = archive;
    this.#mime = mime;
  }

  protected override createTile(at: leaflet.Coords, done: leaflet.DoneCallback): HTMLElement {
    const image = document.createElement('img');
    image.alt = '';
    const end = (error?: unknown) => done(error instanceof Error ? error : undefined, image);
    this.#archive.getZxy(at.z, at.x, at.y).then((tile) => {
      if (!tile) return end();
      const url = URL.createObjectURL(new Blob([tile.data], { type: this.#mime }));
      image.onload = () => {
        URL.revokeObjectURL(url);
        end();
      };
      image.onerror = () => {
        URL.revokeObjectURL(url);
        end(new Error('the tile cannot be shown'));
      };
      image.src = url;
    }, end);
    return image;
  }
}

async function layerOf(archive: PMTiles, header: Header): Promise<leaflet.Layer | null> {
  const bounds = leaflet.latLngBounds([header.minLat, header.minLon], [header.maxLat, header.maxLon]);
  const mime = MIME[header.tileType];
  if (mime) {
    return new PictureLayer(archive, mime, { bounds, noWrap: true, minNativeZoom: header.minZoom, maxNativeZoom: header.maxZoom, maxZoom: 21 });
  }
  if (header.tileType !== TileType.Mvt) return null;
  // It looks for Leaflet where scripts of a page put it.
  (globalThis as { L?: typeof leaflet }).L = leaflet;
  const { leafletLayer } = await import('protomaps-leaflet');
  const dark = document.documentElement.dataset.theme === 'dark';
  return leafletLayer({
    // Only its tiles are asked for, in the same way by either version of the reader.
    url: archive as never,
    flavor: dark ? 'dark' : 'light',
    lang: i18n.language,
    maxDataZoom: header.maxZoom,
    bounds: bounds as never,
    noWrap: true,
    attribution: '',
  }) as unknown as leaflet.Layer;
}

/** What the makers of a map want to be named with, without its marks. */
export const plainWords = (html: unknown): string =>
  typeof html === 'string' ? (new DOMParser().parseFromString(html, 'text/html').body.textContent ?? '').replace(/\s+/g, ' ').trim() : '';

/** Puts map files under a map; gives how many. A file that cannot be read is passed over: the others, and the grid, remain. */
export async function addFiles(map: leaflet.Map, files: readonly MapFile[], ended: () => boolean): Promise<number> {
  let shown = 0;
  const named = new Set<string>();
  for (const { name } of files) {
    try {
      const archive = new PMTiles(new CoreSource(name));
      const header = await archive.getHeader();
      const layer = await layerOf(archive, header);
      const metadata = (await archive.getMetadata().catch(() => null)) as { attribution?: unknown } | null;
      if (ended()) return shown;
      if (!layer) continue;
      layer.addTo(map);
      shown += 1;
      map.getContainer().dataset.ground = name;
      const words = plainWords(metadata?.attribution);
      if (words) named.add(words);
    } catch {
      // Whoever asked says so if none could be shown.
    }
  }
  if (named.size > 0) leaflet.control.attribution({ prefix: false, position: 'bottomright' }).addTo(map).addAttribution(escape([...named].join(' · ')));
  return shown;
}
