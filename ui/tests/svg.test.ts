import { describe, expect, it } from 'vitest';
import { cleanSvg, nearestBox, textOfDataUrl } from '../src/core/svg';

const SVG = (body: string, head = '') => `<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" viewBox="0 0 10 10"${head}>${body}</svg>`;
const clean = (body: string, head = '') => cleanSvg(SVG(body, head), 'p-')?.outerHTML ?? '';

describe('a picture of a questionnaire', () => {
  it('keeps shapes, words and looks, and says the ids of its parts', () => {
    const made = cleanSvg(SVG('<g id="legs" transform="translate(1 2)"><rect x="1" width="3" height="4" fill="#f00"/></g><text x="2">Kaki</text>'), 'p-');
    const legs = made?.querySelector('[data-id="legs"]');
    expect(legs?.id).toBe('p-legs');
    expect(legs?.getAttribute('transform')).toBe('translate(1 2)');
    expect(legs?.querySelector('rect')?.getAttribute('fill')).toBe('#f00');
    expect(made?.querySelector('text')?.textContent).toBe('Kaki');
  });

  it('loses everything that runs', () => {
    const html = clean(
      '<script>alert(1)</script><rect id="a" onclick="alert(1)" onload="alert(1)"/><foreignObject><body xmlns="http://www.w3.org/1999/xhtml"><img src="x" onerror="alert(1)"/></body></foreignObject>' +
        '<a href="javascript:alert(1)"><circle r="1"/></a><set attributeName="href" to="javascript:alert(1)"/><animate attributeName="x"/><handler>alert(1)</handler>',
      ' onload="alert(1)"',
    );
    expect(html).not.toMatch(/script|alert|onclick|onload|foreign|img|javascript|animate|handler|<set/i);
    expect(html).toContain('<circle');
  });

  it('loses everything that reaches out', () => {
    const html = clean(
      '<image href="http://evil.example/a.png"/><use href="http://evil.example/a.svg#x"/><use xlink:href="data:image/svg+xml,x#y"/>' +
        '<rect fill="url(http://evil.example/#a)" stroke="u\\72l(http://evil.example/)" style="fill: url(//evil.example); mask: image-set(\'http://evil.example\' 1x)"/>' +
        '<style>@import "http://evil.example/a.css"; rect { fill: url("http://evil.example/b") } @font-face { src: url(http://evil.example/f) }</style><feImage href="http://evil.example"/>',
    );
    expect(html).not.toMatch(/evil|data:|<image|<style|feImage|url\(/i);
  });

  it('keeps references to itself, renamed so that two pictures do not meet', () => {
    const html = clean('<defs><linearGradient id="sky"><stop offset="0" stop-color="red"/></linearGradient></defs><rect fill="url(#sky)"/><use xlink:href="#sky"/>');
    expect(html).toContain('fill="url(#p-sky)"');
    expect(html).toContain('id="p-sky"');
    expect(html).toContain('href="#p-sky"');
  });

  it('takes looks from style and from classes, the nearest last', () => {
    const made = cleanSvg(SVG('<style>.a{fill:#00f;stroke:red} .b{fill:url(http://x)}</style><rect class="a" fill="green" style="stroke: black; position: fixed"/><rect class="b"/>'), '');
    const [first, second] = made?.querySelectorAll('rect') ?? [];
    expect([first.getAttribute('fill'), first.getAttribute('stroke')]).toEqual(['#00f', 'black']);
    expect(first.hasAttribute('style')).toBe(false);
    expect(second.hasAttribute('fill')).toBe(false);
  });

  it('is none where the file is none', () => {
    expect(cleanSvg('<html><body>no</body></html>', '')).toBeNull();
    expect(cleanSvg('not xml at all', '')).toBeNull();
    expect(cleanSvg('<svg viewBox="0 0 1 1"/>', '')).toBeNull();
  });

  it('gets a view box from its size, and loses the size', () => {
    const made = cleanSvg('<svg xmlns="http://www.w3.org/2000/svg" width="40mm" height="20mm"/>', '');
    expect(made?.getAttribute('viewBox')).toBe('0 0 40 20');
    expect(made?.hasAttribute('width')).toBe(false);
  });

  it('is read from either kind of address', () => {
    expect(textOfDataUrl(`data:image/svg+xml;base64,${btoa('<svg/>')}`)).toBe('<svg/>');
    expect(textOfDataUrl('data:image/svg+xml,%3Csvg%2F%3E')).toBe('<svg/>');
  });
});

describe('a touch beside an area', () => {
  const box = (left: number, top: number, size: number) => ({ left, top, right: left + size, bottom: top + size });

  it('means the nearest one within reach, and of equally near ones the smallest', () => {
    const boxes = [box(0, 0, 10), box(40, 0, 10), box(0, 0, 100)];
    expect(nearestBox(5, 5, boxes, 24)).toBe(0);
    expect(nearestBox(45, 5, boxes, 24)).toBe(1);
    expect(nearestBox(110, 50, boxes, 24)).toBe(2);
    expect(nearestBox(200, 200, boxes, 24)).toBeNull();
  });
});
