/** Where a picture stands in its frame: scale, turn, and the place of its middle, in pixels from the frame's middle. */
export interface Look {
  scale: number;
  /** Quarter turns to the right, 0 to 3. */
  turns: number;
  x: number;
  y: number;
}

export interface Size {
  width: number;
  height: number;
}

export const WHOLE: Look = { scale: 1, turns: 0, x: 0, y: 0 };
export const MOST = 8;

/** A picture is never pushed out of its frame: half of what is larger than the frame may be pushed either way. */
export function held(look: Look, frame: Size): Look {
  const roomX = Math.max(0, (frame.width * look.scale - frame.width) / 2);
  const roomY = Math.max(0, (frame.height * look.scale - frame.height) / 2);
  const between = (value: number, room: number) => Math.min(room, Math.max(-room, value)) || 0;
  return { ...look, x: between(look.x, roomX), y: between(look.y, roomY) };
}

/** Larger or smaller by a factor, so that what is at `x`, `y` (from the frame's middle) stays there. */
export function zoomed(look: Look, factor: number, frame: Size, x = 0, y = 0): Look {
  const scale = Math.min(MOST, Math.max(1, look.scale * factor));
  const by = scale / look.scale;
  return held({ ...look, scale, x: x - (x - look.x) * by, y: y - (y - look.y) * by }, frame);
}

export const moved = (look: Look, dx: number, dy: number, frame: Size): Look => held({ ...look, x: look.x + dx, y: look.y + dy }, frame);

/** How much smaller a picture that fits a frame has to be drawn to fit it lying, too; or larger. */
export function lying(natural: Size, frame: Size): number {
  const fit = (width: number, height: number) => Math.min(frame.width / Math.max(1, width), frame.height / Math.max(1, height));
  return fit(natural.height, natural.width) / fit(natural.width, natural.height);
}

/** A quarter turn to the right. */
export const turned = (look: Look): Look => ({ ...look, turns: (look.turns + 1) % 4, x: 0, y: 0 });

interface Point {
  x: number;
  y: number;
}

/** What two fingers do between two moments: the factor, and the middle between them. */
export function pinch(before: readonly [Point, Point], after: readonly [Point, Point]): { factor: number; x: number; y: number } {
  const apart = ([a, b]: readonly [Point, Point]) => Math.hypot(a.x - b.x, a.y - b.y) || 1;
  return { factor: apart(after) / apart(before), x: (after[0].x + after[1].x) / 2, y: (after[0].y + after[1].y) / 2 };
}
