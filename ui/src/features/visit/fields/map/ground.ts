/** The ground below a map: map files of this device, where there are any. What draws them is loaded with the first. */

import type { Map as LeafletMap } from 'leaflet';
import { call } from '../../../../platform';

/** Puts all map files under the map. How many are shown; -1 if there are some and none could be read. */
export async function addGround(map: LeafletMap, ended: () => boolean): Promise<number> {
  try {
    const files = await call('maps', {});
    if (files.length === 0 || ended()) return files.length;
    const { addFiles } = await import('./tiles');
    return (await addFiles(map, files, ended)) || -1;
  } catch {
    // The grid and the scale remain, which is what a device without map files has.
    return -1;
  }
}
