/** The map on which points, lines and areas are drawn. */

import { circleMarker, divIcon, layerGroup, marker, polygon, polyline, type LatLngTuple } from 'leaflet';
import type { Language } from '../../../../core/format';
import type { Point } from '../../../../core/geo';
import { makeBaseMap, type GeoWords } from './baseMap';
import { escape } from './escape';

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
  words: GeoWords;
  language: Language;
  onadd: (point: { lat: number; lon: number }) => void;
  /** How many map files there are. */
  onground: (count: number) => void;
}

export interface PointMap {
  setPoints(points: readonly Point[]): void;
  /** Shows what there is: the points, else what is known, else the country. */
  fit(): void;
  /** Keeps the newest point in sight. */
  follow(): void;
  centre(): { lat: number; lon: number };
  destroy(): void;
}

export function makePointMap(node: HTMLElement, { kind, known, words, language, onadd, onground }: Options): PointMap {
  const base = makeBaseMap(node, { words, language, keys: words.keys, onenter: () => onadd(base.centre()), onground });
  const { map } = base;
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
  map.on('click', ({ latlng }) => onadd({ lat: latlng.lat, lon: latlng.wrap().lng }));
  let shown: readonly Point[] = [];

  return {
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
    fit: () => base.fit(shown.length > 0 ? shown : known),
    follow() {
      const last = shown[shown.length - 1];
      if (last && !map.getBounds().pad(-0.1).contains([last.lat, last.lon])) map.panTo([last.lat, last.lon], { animate: false });
    },
    centre: () => base.centre(),
    destroy: () => base.destroy(),
  };
}
