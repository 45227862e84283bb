/** The map itself. Leaflet and its style come with this file only. */

import { circleMarker, control, divIcon, layerGroup, map as makeMap, marker, polygon, polyline, type LatLngTuple, type LayerGroup } from 'leaflet';
import 'leaflet/dist/leaflet.css';
import './map.css';
import { formatNumber, type Language } from '../../../../core/format';
import { gridStep, type Point } from '../../../../core/geo';
import type { Dictionary } from '../../../../i18n/dictionary';

export type MapKind = 'point' | 'trace' | 'shape';

/** Something that the device knows. */
export interface Known {
  lat: number;
  lon: number;
  label: string;
}

interface Options {
  kind: MapKind;
  known: Known[];
  words: Dictionary['widgets']['geo'];
  language: Language;
  onadd: (point: { lat: number; lon: number }) => void;
}

export interface PointMap {
  setPoints(points: readonly Point[]): void;
  /** Shows what there is: the points, else what is known, else the country. */
  fit(): void;
  centre(): { lat: number; lon: number };
  destroy(): void;
}

/** Where nothing is known: all of Indonesia. */
const COUNTRY: [LatLngTuple, LatLngTuple] = [
  [-11, 95],
  [6, 141],
];
/** Metres wide when only one place is known. */
const NEAR = 18;

const escape = (text: string) => text.replace(/[&<>"]/g, (char) => `&#${char.charCodeAt(0)};`);

export function makePointMap(node: HTMLElement, { kind, known, words, language, onadd }: Options): PointMap {
  const map = makeMap(node, { zoomControl: false, attributionControl: false, minZoom: 3, maxZoom: 21, zoomSnap: 0.5, keyboardPanDelta: 40 });
  map.fitBounds(COUNTRY);
  control.zoom({ position: 'topright', zoomInTitle: words.zoomIn, zoomOutTitle: words.zoomOut }).addTo(map);
  control.scale({ imperial: false, maxWidth: 140 }).addTo(map);
  node.setAttribute('role', 'application');
  node.setAttribute('aria-label', `${words.mapTitle}. ${words.keys}`);

  const grid = layerGroup().addTo(map);
  const places = layerGroup().addTo(map);
  const drawn = layerGroup().addTo(map);
  for (const place of known) {
    circleMarker([place.lat, place.lon], { radius: 9, className: 'known-place', interactive: false }).addTo(places);
    marker([place.lat, place.lon], {
      interactive: false,
      keyboard: false,
      icon: divIcon({ className: 'known-label', html: escape(place.label), iconSize: undefined, iconAnchor: [-14, 12] }),
    }).addTo(places);
  }

  const drawGrid = () => fillGrid(grid, map.getBounds(), node.clientWidth, language);
  map.on('moveend', drawGrid);
  drawGrid();
  map.on('click', ({ latlng }) => onadd({ lat: latlng.lat, lon: latlng.wrap().lng }));

  function keydown(event: KeyboardEvent): void {
    if (event.key !== 'Enter' || event.target !== node) return;
    event.preventDefault();
    event.stopPropagation();
    onadd(handle.centre());
  }
  node.addEventListener('keydown', keydown);

  // The sheet grows while it opens.
  const watch = new ResizeObserver(() => map.invalidateSize({ animate: false }));
  watch.observe(node);
  let shown: readonly Point[] = [];

  const handle: PointMap = {
    setPoints(points) {
      shown = points;
      drawn.clearLayers();
      const line = points.map((point): LatLngTuple => [point.lat, point.lon]);
      if (kind === 'shape' && line.length > 2) polygon(line, { className: 'drawn-shape', interactive: false }).addTo(drawn);
      else if (kind !== 'point' && line.length > 1) polyline(line, { className: 'drawn-line', interactive: false }).addTo(drawn);
      line.forEach((place, at) => {
        marker(place, {
          interactive: false,
          keyboard: false,
          icon: divIcon({ className: 'drawn-point', html: kind === 'point' ? '' : String(at + 1), iconSize: [28, 28] }),
        }).addTo(drawn);
      });
    },
    fit() {
      const wanted = shown.length > 0 ? shown : known;
      if (wanted.length === 0) return;
      const spots = wanted.map((place): LatLngTuple => [place.lat, place.lon]);
      map.fitBounds(polyline(spots).getBounds().pad(0.2), { maxZoom: NEAR, animate: false });
      drawGrid();
    },
    centre() {
      const { lat, lng } = map.getCenter().wrap();
      return { lat, lon: lng };
    },
    destroy() {
      watch.disconnect();
      node.removeEventListener('keydown', keydown);
      map.remove();
    },
  };
  return handle;
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
