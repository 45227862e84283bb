/** A pen that keys move over a drawing: pure, so that it can be tested without a canvas. */

export interface Pen {
  x: number;
  y: number;
  down: boolean;
}

/** Points that one key moves the pen by; with Shift fewer. */
const STEP = 12;
const FINE = 3;

/** The pen after a key; `null`: the key is none of its own. */
export function penAfter(pen: Pen, key: string, fine: boolean, width: number, height: number): Pen | null {
  const step = fine ? FINE : STEP;
  const within = (value: number, most: number) => Math.min(most - 2, Math.max(2, value));
  switch (key) {
    case 'ArrowUp':
      return { ...pen, y: within(pen.y - step, height) };
    case 'ArrowDown':
      return { ...pen, y: within(pen.y + step, height) };
    case 'ArrowLeft':
      return { ...pen, x: within(pen.x - step, width) };
    case 'ArrowRight':
      return { ...pen, x: within(pen.x + step, width) };
    case ' ':
      return { ...pen, down: !pen.down };
    default:
      return null;
  }
}
