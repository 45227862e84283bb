/** What every map has: ground, grid, scale and keys. Leaflet and its style come with this file only. */

import { control, divIcon, layerGroup, map as makeMap, marker, polyline, type LatLngTuple, type LayerGroup, type Map as LeafletMap } from 'leaflet';
import 'leaflet/dist/leaflet.css';
import './map.css';
import { formatNumber, type Language } from '../../../../core/format';
import { gridStep } from '../../../../core/geo';
import type { Dictionary } from '../../../../i18n/dictionary';
import { addGround } from './ground';

export type GeoWords = Dictionary['widgets']['geo'];

interface Options {
  words: GeoWords;
  language: Language;
  /** What the keys do, for those who cannot see the map. */
  keys: string;
  /** Enter on the map. */
  onenter: () => void;
  /** How many map files there are. */
  onground: (count: number) => void;
}

export interface BaseMap {
  map: LeafletMap;
  /** Shows these places with some room around them; nothing where there are none. */
  fit(spots: readonly { lat: number; lon: number }[]): void;
  centre(): { lat: number; lon: number };
  destroy(): void;
}

/** Where nothing is known: all of Indonesia. */
const COUNTRY: [LatLngTuple, LatLngTuple] = [
  [-11, 95],
  [6, 141],
];
/** Zoom when only one place is known. */
const NEAR = 18;

export function makeBaseMap(node: HTMLElement, { words, language, keys, onenter, onground }: Options): BaseMap {
  const map = makeMap(node, { zoomControl: false, attributionControl: false, minZoom: 3, maxZoom: 21, zoomSnap: 0.5, keyboardPanDelta: 40 });
  map.fitBounds(COUNTRY);
  control.zoom({ position: 'topright', zoomInTitle: words.zoomIn, zoomOutTitle: words.zoomOut }).addTo(map);
  control.scale({ imperial: false, maxWidth: 140 }).addTo(map);
  node.setAttribute('role', 'application');
  node.setAttribute('aria-label', `${words.mapTitle}. ${keys}`);

  let ended = false;
  void addGround(map, () => ended).then((count) => {
    if (!ended) onground(count);
  });
  const grid = layerGroup().addTo(map);
  const drawGrid = () => fillGrid(grid, map.getBounds(), node.clientWidth, language);
  map.on('moveend', drawGrid);
  drawGrid();

  function keydown(event: KeyboardEvent): void {
    if (event.key !== 'Enter' || event.target !== node) return;
    event.preventDefault();
    event.stopPropagation();
    onenter();
  }
  node.addEventListener('keydown', keydown);

  // The sheet grows while it opens.
  const watch = new ResizeObserver(() => map.invalidateSize({ animate: false }));
  watch.observe(node);

  return {
    map,
    fit(spots) {
      if (spots.length === 0) return;
      map.invalidateSize({ animate: false });
      map.fitBounds(polyline(spots.map((place): LatLngTuple => [place.lat, place.lon])).getBounds().pad(0.15), { maxZoom: NEAR, animate: false, paddingTopLeft: [24, 40], paddingBottomRight: [24, 24] });
      drawGrid();
    },
    centre() {
      const { lat, lng } = map.getCenter().wrap();
      return { lat, lon: lng };
    },
    destroy() {
      ended = true;
      watch.disconnect();
      node.removeEventListener('keydown', keydown);
      map.remove();
    },
  };
}

interface Bounds {
  getSouth(): number;
  getNorth(): number;
  getWest(): number;
  getEast(): number;
}

/** Lines of equal degrees with their numbers, for what is in sight. */
function fillGrid(grid: LayerGroup, bounds: Bounds, width: number, language: Language): void {
  grid.clearLayers();
  const [south, north, west, east] = [bounds.getSouth(), bounds.getNorth(), bounds.getWest(), bounds.getEast()];
  const step = gridStep(east - west);
  const decimals = Math.max(0, Math.ceil(-Math.log10(step)));
  const label = (lat: number, lon: number, text: string, kind: string) =>
    marker([lat, lon], {
      interactive: false,
      keyboard: false,
      icon: divIcon({ className: `grid-label ${kind}`, html: text, iconSize: undefined }),
    }).addTo(grid);
  // Numbers side by side need room: of narrow columns only every second or third is named.
  const every = Math.max(1, Math.ceil((decimals * 9 + 60) / ((step / (east - west)) * Math.max(width, 1))));
  for (let lon = Math.ceil(west / step) * step; lon < east; lon += step) {
    polyline([[south, lon], [north, lon]], { className: 'grid-line', interactive: false }).addTo(grid);
    if (Math.round(lon / step) % every === 0) label(north, lon, `${formatNumber(lon, language, decimals)}°`, 'top');
  }
  for (let lat = Math.ceil(south / step) * step; lat < north; lat += step) {
    polyline([[lat, west], [lat, east]], { className: 'grid-line', interactive: false }).addTo(grid);
    label(lat, west, `${formatNumber(lat, language, decimals)}°`, 'left');
  }
}
