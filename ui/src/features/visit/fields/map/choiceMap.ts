/** The map from which choices are taken. */

import { canvas, circleMarker, divIcon, layerGroup, marker, polygon, polyline, svg, type LatLngTuple, type Path } from 'leaflet';
import type { Language } from '../../../../core/format';
import { makeBaseMap, type GeoWords } from './baseMap';
import { escape } from './escape';
import { touched, type Spot } from './spots';

interface Options {
  words: GeoWords;
  language: Language;
  onchoose: (value: string) => void;
  /** How many map files there are. */
  onground: (count: number) => void;
}

export interface ChoiceMap {
  setSpots(spots: readonly Spot[]): void;
  setChosen(values: readonly string[]): void;
  /** Brings a choice into sight. */
  show(value: string): void;
  /** Shows all of them, or the chosen ones. */
  fit(): void;
  destroy(): void;
}

/** Pixels around a touch in which a choice counts as meant: together 48, as every target. */
const REACH = 24;
/** Names stand above all choices where there are no more than this, and room; else above the chosen ones. */
const MOST_NAMED = 12;
const ROOM = 480;
/** More than this are painted instead of being parts of the page. */
const MOST_PARTS = 400;

export function makeChoiceMap(node: HTMLElement, { words, language, onchoose, onground }: Options): ChoiceMap {
  const base = makeBaseMap(node, { words, language, keys: words.choiceKeys, onenter: () => take(map.getSize().divideBy(2)), onground });
  const { map } = base;
  const drawn = layerGroup().addTo(map);
  const names = layerGroup().addTo(map);
  const style = getComputedStyle(node);
  const colour = (name: string) => style.getPropertyValue(name).trim() || '#0b5a4a';
  const [usual, chosenColour, edge] = [colour('--blue'), colour('--accent'), colour('--card')];

  let spots: readonly Spot[] = [];
  let chosen: readonly string[] = [];
  const paths = new Map<string, Path>();

  function take(touch: { x: number; y: number }): void {
    const spot = touched(touch, spots, ({ lat, lon }) => map.latLngToContainerPoint([lat, lon]), REACH);
    if (spot) onchoose(spot.value);
  }
  map.on('click', ({ containerPoint }) => take(containerPoint));

  const placesOf = (spot: Spot) => spot.points.map((point): LatLngTuple => [point.lat, point.lon]);

  function dress(spot: Spot): void {
    const path = paths.get(spot.value);
    if (!path) return;
    const on = chosen.includes(spot.value);
    const fill = on ? chosenColour : usual;
    if (spot.kind === 'point') path.setStyle({ color: edge, weight: 3, fillColor: fill, fillOpacity: 1 });
    else path.setStyle({ color: fill, weight: on ? 7 : 4, fillColor: fill, fillOpacity: spot.kind === 'area' ? (on ? 0.45 : 0.18) : 0 });
    if (on) path.bringToFront();
    path.getElement()?.setAttribute('data-state', on ? 'checked' : 'unchecked');
  }

  function drawNames(): void {
    names.clearLayers();
    for (const spot of spots) {
      const on = chosen.includes(spot.value);
      if (!on && (spots.length > MOST_NAMED || node.clientWidth < ROOM)) continue;
      const at = spot.kind === 'point' ? placesOf(spot)[0] : polyline(placesOf(spot)).getBounds().getCenter();
      marker(at, {
        interactive: false,
        keyboard: false,
        zIndexOffset: on ? 1000 : 0,
        icon: divIcon({
          className: `spot-label ${spot.kind} ${on ? 'chosen' : ''}`,
          html: `<span>${escape(on ? `✓ ${spot.label}` : spot.label)}</span>`,
          iconSize: [0, 0],
        }),
      }).addTo(names);
    }
  }

  return {
    setSpots(next) {
      spots = next;
      drawn.clearLayers();
      paths.clear();
      const renderer = spots.length > MOST_PARTS ? canvas() : svg();
      for (const spot of spots) {
        const options = { renderer, interactive: false, className: 'spot' };
        const places = placesOf(spot);
        const path =
          spot.kind === 'point' ? circleMarker(places[0], { ...options, radius: 11 })
          : spot.kind === 'area' ? polygon(places, options)
          : polyline(places, options);
        paths.set(spot.value, path.addTo(drawn));
        path.getElement()?.setAttribute('data-value', spot.value);
        dress(spot);
      }
      drawNames();
    },
    setChosen(values) {
      const before = chosen;
      chosen = values;
      for (const spot of spots) if (before.includes(spot.value) || values.includes(spot.value)) dress(spot);
      drawNames();
    },
    show(value) {
      const spot = spots.find((one) => one.value === value);
      if (!spot) return;
      const bounds = polyline(placesOf(spot)).getBounds();
      if (!map.getBounds().contains(bounds)) map.panTo(bounds.getCenter(), { animate: false });
    },
    fit() {
      const mine = spots.filter((spot) => chosen.includes(spot.value));
      base.fit((mine.length > 0 && mine.length < spots.length ? [...mine, ...nearby(spots, mine[0])] : spots).flatMap((spot) => spot.points));
    },
    destroy: () => base.destroy(),
  };
}

/** The five that lie nearest to a chosen one, so that it is not seen alone. */
function nearby(spots: readonly Spot[], to: Spot): Spot[] {
  const far = (spot: Spot) => Math.hypot(spot.points[0].lat - to.points[0].lat, spot.points[0].lon - to.points[0].lon);
  return [...spots].sort((a, b) => far(a) - far(b)).slice(0, 6);
}
