/** The values of a range question. Pure and tested. */

export interface Scale {
  start: number;
  end: number;
  step: number;
  /** Digits after the mark. */
  decimals: number;
}

const decimalsOf = (number: number) => (String(number).split('.')[1] ?? '').length;

/** From `start`, `end` and `step` as written; a step of zero or a wrong one is one. */
export function scaleOf(parameters: Record<string, string | undefined>): Scale {
  const read = (text: string | undefined, otherwise: number) => {
    const number = Number(text);
    return text === undefined || text.trim() === '' || !Number.isFinite(number) ? otherwise : number;
  };
  const start = read(parameters.start, 1);
  const end = read(parameters.end, 10);
  const step = Math.abs(read(parameters.step, 1)) || 1;
  return { start, end, step, decimals: Math.max(decimalsOf(start), decimalsOf(step)) };
}

/** How many steps lie between both ends. */
export const stepsOf = (scale: Scale): number => Math.floor(Math.abs(scale.end - scale.start) / scale.step + 1e-9);

/** The value after `steps` steps from the start, as it is stored. */
export function valueAt(scale: Scale, steps: number): string {
  const at = Math.min(stepsOf(scale), Math.max(0, Math.round(steps)));
  const sign = scale.end < scale.start ? -1 : 1;
  return String(Number((scale.start + sign * at * scale.step).toFixed(scale.decimals)));
}

/** Steps from the start to a stored value; `null` if it is none. */
export function stepsTo(scale: Scale, value: string): number | null {
  const number = Number(value);
  if (value === '' || !Number.isFinite(number)) return null;
  const sign = scale.end < scale.start ? -1 : 1;
  return Math.min(stepsOf(scale), Math.max(0, Math.round((sign * (number - scale.start)) / scale.step)));
}

/** All values, for a list or for stars. */
export const valuesOf = (scale: Scale): string[] => Array.from({ length: stepsOf(scale) + 1 }, (_, at) => valueAt(scale, at));

/** Steps at which a line and a number stand below the slider: both ends, and what fits between. */
export function ticksOf(scale: Scale, most = 10): number[] {
  const steps = stepsOf(scale);
  const least = Math.max(1, Math.ceil(steps / Math.max(1, most)));
  let every = least;
  // Even distances where one not much longer gives them.
  for (let longer = least; longer <= least * 2; longer += 1) {
    if (steps % longer === 0) {
      every = longer;
      break;
    }
  }
  const ticks: number[] = [];
  for (let at = 0; at < steps; at += every) ticks.push(at);
  if (ticks.length > 1 && steps - ticks[ticks.length - 1] < every / 2) ticks.pop();
  ticks.push(steps);
  return ticks;
}
