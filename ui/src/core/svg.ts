/**
 * Pictures of a questionnaire whose parts are touched. The author's file is only read: what is shown is built anew
 * from an allow list, so nothing in it can run or reach out. Pure but for the browser's XML reader, and tested.
 */

const SVG = 'http://www.w3.org/2000/svg';
const XLINK = 'http://www.w3.org/1999/xlink';
/** Beyond this a picture is no picture of a questionnaire any more. */
const MOST_TEXT = 4_000_000;
const MOST_ELEMENTS = 20_000;
const DEEPEST = 64;

const ELEMENTS = new Set([
  'svg', 'g', 'path', 'rect', 'circle', 'ellipse', 'line', 'polyline', 'polygon', 'text', 'tspan', 'defs', 'symbol', 'use',
  'linearGradient', 'radialGradient', 'stop', 'clipPath', 'mask', 'pattern', 'marker',
]);
/** Left out themselves, with what they hold kept. */
const OPENED = new Set(['a', 'switch']);

const PLACES = new Set([
  'viewBox', 'preserveAspectRatio', 'd', 'x', 'y', 'x1', 'x2', 'y1', 'y2', 'cx', 'cy', 'r', 'rx', 'ry', 'fx', 'fy', 'width', 'height',
  'points', 'transform', 'dx', 'dy', 'rotate', 'textLength', 'lengthAdjust', 'offset', 'gradientUnits', 'gradientTransform',
  'spreadMethod', 'clipPathUnits', 'maskUnits', 'maskContentUnits', 'patternUnits', 'patternTransform', 'patternContentUnits',
  'refX', 'refY', 'markerWidth', 'markerHeight', 'markerUnits', 'orient', 'pathLength',
]);
/** Looks, which stand as attributes, in `style` or in rules of a `<style>`. */
const LOOKS = new Set([
  'fill', 'fill-opacity', 'fill-rule', 'stroke', 'stroke-width', 'stroke-opacity', 'stroke-linecap', 'stroke-linejoin',
  'stroke-miterlimit', 'stroke-dasharray', 'stroke-dashoffset', 'opacity', 'color', 'display', 'visibility', 'font-family',
  'font-size', 'font-style', 'font-weight', 'text-anchor', 'dominant-baseline', 'letter-spacing', 'word-spacing', 'clip-path',
  'clip-rule', 'mask', 'marker-start', 'marker-mid', 'marker-end', 'stop-color', 'stop-opacity', 'vector-effect', 'paint-order',
]);
const FUNCTIONS = new Set(['rgb', 'rgba', 'hsl', 'hsla', 'matrix', 'translate', 'scale', 'rotate', 'skewx', 'skewy']);

/** A value that names nothing outside the picture, with the picture's own names renamed; `null`: none. */
function safe(value: string, named: (id: string) => string): string | null {
  if (/[\\@<>{};]|\/\*|&/.test(value)) return null;
  const own: string[] = [];
  const rest = value.replace(/url\(\s*(['"]?)#([^'"()\s]+)\1\s*\)/gi, (_, _quote: string, id: string) => {
    own.push(`url(#${named(id)})`);
    return '\u0000';
  });
  for (const [, word] of rest.matchAll(/([\w-]*)\s*\(/g)) if (!FUNCTIONS.has(word.toLowerCase())) return null;
  if (rest.includes(':')) return null;
  return rest.replace(/\u0000/g, () => own.shift() ?? 'none');
}

/** `fill: red; stroke: #000` in pieces. */
const declarations = (text: string): [string, string][] =>
  text.split(';').flatMap((part): [string, string][] => {
    const at = part.indexOf(':');
    return at < 0 ? [] : [[part.slice(0, at).trim().toLowerCase(), part.slice(at + 1).replace(/!important/i, '').trim()]];
  });

/** What rules of the picture's own sheets say of its elements; rules that begin with `@` are left out. */
function ruled(root: Element): Map<Element, [string, string][]> {
  const found = new Map<Element, [string, string][]>();
  for (const sheet of root.getElementsByTagNameNS(SVG, 'style')) {
    const text = (sheet.textContent ?? '').replace(/\/\*[\s\S]*?\*\//g, '').replace(/@[^{};]*(;|\{[^{}]*\})/g, '');
    for (const [, selector, body] of text.matchAll(/([^{}]+)\{([^{}]*)\}/g)) {
      let matches: Iterable<Element> = [];
      try {
        matches = root.querySelectorAll(selector.trim());
      } catch {
        // A selector that this browser does not know.
      }
      for (const element of matches) found.set(element, [...(found.get(element) ?? []), ...declarations(body)]);
    }
  }
  return found;
}

/**
 * The picture in a file, from what is allowed; `null` if it is no SVG. Every element that has an id says it in
 * `data-id`; `prefix` keeps ids of two pictures on one page apart.
 */
export function cleanSvg(text: string, prefix: string): SVGSVGElement | null {
  if (text.length > MOST_TEXT) return null;
  const read = new DOMParser().parseFromString(text, 'image/svg+xml');
  const root = read.documentElement;
  if (root?.localName !== 'svg' || root.namespaceURI !== SVG || read.getElementsByTagName('parsererror').length > 0) return null;
  const named = (id: string) => prefix + id;
  const rules = ruled(root);
  let count = 0;

  function copy(from: Element, into: Element, depth: number): void {
    count += 1;
    if (from.namespaceURI !== SVG || count > MOST_ELEMENTS || depth > DEEPEST) return;
    if (OPENED.has(from.localName)) return inside(from, into, depth);
    if (!ELEMENTS.has(from.localName)) return;
    const made = document.createElementNS(SVG, from.localName);
    dress(from, made);
    into.append(made);
    inside(from, made, depth);
  }

  function inside(from: Element, into: Element, depth: number): void {
    const words = into.localName === 'text' || into.localName === 'tspan';
    for (const child of from.childNodes) {
      if (child.nodeType === 1) copy(child as Element, into, depth + 1);
      else if (words && (child.nodeType === 3 || child.nodeType === 4)) into.append(child.textContent ?? '');
    }
  }

  function dress(from: Element, made: Element): void {
    const looks: [string, string][] = [];
    for (const { name, value } of from.attributes) {
      if (PLACES.has(name)) {
        const kept = safe(value, named);
        if (kept !== null) made.setAttribute(name, kept);
      } else if (LOOKS.has(name)) looks.unshift([name, value]);
    }
    looks.push(...(rules.get(from) ?? []), ...declarations(from.getAttribute('style') ?? ''));
    for (const [name, value] of looks) {
      const kept = LOOKS.has(name) ? safe(value, named) : null;
      if (kept) made.setAttribute(name, kept);
    }
    const id = from.getAttribute('id');
    if (id) {
      made.setAttribute('id', named(id));
      made.setAttribute('data-id', id);
    }
    const link = from.getAttribute('href') ?? from.getAttributeNS(XLINK, 'href');
    if (link?.startsWith('#') && ['use', 'linearGradient', 'radialGradient', 'pattern'].includes(made.localName)) {
      made.setAttribute('href', `#${named(link.slice(1))}`);
    }
  }

  const made = document.createElementNS(SVG, 'svg');
  dress(root, made);
  inside(root, made, 0);
  if (!made.hasAttribute('viewBox')) {
    const [width, height] = ['width', 'height'].map((name) => Number.parseFloat(made.getAttribute(name) ?? ''));
    if (width > 0 && height > 0) made.setAttribute('viewBox', `0 0 ${width} ${height}`);
  }
  // It takes the room that there is.
  for (const name of ['width', 'height', 'x', 'y']) made.removeAttribute(name);
  return made as SVGSVGElement;
}

/** The text of a `data:` address, without asking the network layer for it. */
export function textOfDataUrl(url: string): string {
  const comma = url.indexOf(',');
  const body = url.slice(comma + 1);
  if (!/;base64$/i.test(url.slice(0, comma))) return decodeURIComponent(body);
  return new TextDecoder().decode(Uint8Array.from(atob(body), (char) => char.charCodeAt(0)));
}

interface Box {
  left: number;
  right: number;
  top: number;
  bottom: number;
}

/** The box that lies nearest to a touch, if one is within `reach` pixels; of equally near ones the smallest. */
export function nearestBox(x: number, y: number, boxes: readonly Box[], reach: number): number | null {
  let best: { at: number; far: number; size: number } | null = null;
  boxes.forEach((box, at) => {
    const far = Math.hypot(Math.max(box.left - x, 0, x - box.right), Math.max(box.top - y, 0, y - box.bottom));
    const size = (box.right - box.left) * (box.bottom - box.top);
    if (far <= reach && (!best || far < best.far || (far === best.far && size < best.size))) best = { at, far, size };
  });
  return (best as { at: number } | null)?.at ?? null;
}
