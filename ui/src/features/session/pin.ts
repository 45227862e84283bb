/** Words for what is wrong with a new PIN; empty if nothing is. */
export type PinProblem = '' | 'pinShort' | 'pinWeak';

/** Six digits or more, not one digit repeated, not counting up or down. */
export function pinProblem(pin: string): PinProblem {
  if (!/^\d{6,}$/.test(pin)) return 'pinShort';
  const steps = new Set<number>();
  for (let i = 1; i < pin.length; i += 1) steps.add(Number(pin[i]) - Number(pin[i - 1]));
  const [step] = steps;
  return steps.size === 1 && Math.abs(step) <= 1 ? 'pinWeak' : '';
}

/** `45 detik`-like wait as `0.45` / `1.05`: minutes and seconds that count down. */
export function formatWait(seconds: number): string {
  const whole = Math.max(0, Math.ceil(seconds));
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, '0')}`;
}
