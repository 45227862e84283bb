import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const css = readFileSync('src/design/tokens.css', 'utf8');

/** The colours of one theme; the dark one only changes what differs. */
function tokens(block: string): Record<string, string> {
  return Object.fromEntries([...block.matchAll(/--([a-z-]+):\s*(#[0-9a-f]{6});/g)].map(([, name, value]) => [name, value]));
}

const light = tokens(css.slice(0, css.indexOf("[data-theme='dark']")));
const dark = { ...light, ...tokens(css.slice(css.indexOf("[data-theme='dark']"))) };

function luminance(hex: string): number {
  const [red, green, blue] = [1, 3, 5]
    .map((at) => parseInt(hex.slice(at, at + 2), 16) / 255)
    .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function contrast(one: string, other: string): number {
  const [high, low] = [luminance(one), luminance(other)].sort((a, b) => b - a);
  return (high + 0.05) / (low + 0.05);
}

/** Text and what it stands on. */
const READ: [string, string][] = [
  ['ink', 'paper'],
  ['ink', 'card'],
  ['ink', 'sunken'],
  ['ink', 'accent-wash'],
  ['ink-soft', 'paper'],
  ['ink-soft', 'card'],
  ['ink-soft', 'sunken'],
  ['ink-soft', 'accent-wash'],
  ['ink-soft', 'green-wash'],
  ['accent-ink', 'paper'],
  ['accent-ink', 'card'],
  ['accent-ink', 'accent-wash'],
  ['on-accent', 'accent'],
  ['on-accent', 'accent-press'],
  ['grey', 'sunken'],
  ['red', 'card'],
  ['orange', 'card'],
  ['green', 'card'],
  ['purple', 'card'],
  ['blue', 'card'],
  ...['blue', 'green', 'orange', 'purple', 'red'].flatMap((colour): [string, string][] => [
    [colour, `${colour}-wash`],
    ['ink', `${colour}-wash`],
  ]),
];

describe.each([
  ['light', light],
  ['dark', dark],
])('the %s theme', (_, theme) => {
  it.each(READ)('shows %s on %s at 7:1 or better', (text, ground) => {
    expect(contrast(theme[text], theme[ground])).toBeGreaterThanOrEqual(7);
  });

  it.each(['paper', 'card'])('shows the edges of inputs and the focus on %s at 3:1 or better', (ground) => {
    expect(contrast(theme['line-strong'], theme[ground])).toBeGreaterThanOrEqual(3);
    expect(contrast(theme.focus, theme[ground])).toBeGreaterThanOrEqual(3);
  });
});
