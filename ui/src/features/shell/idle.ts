/** Ten minutes without a touch: a phone left on a table closes itself. */
export const IDLE_MS = 10 * 60 * 1000;

const ACTIVE = 'lawang-active';

/** Somebody uses the device without touching it: walks with it while a line is recorded. */
export const noteActivity = (): boolean => window.dispatchEvent(new Event(ACTIVE));

/** Calls `lock` after `IDLE_MS` without input; gives what stops watching. */
export function startIdleLock(lock: () => void, wait: number = IDLE_MS): () => void {
  let last = Date.now();
  const touched = () => (last = Date.now());
  const events = ['pointerdown', 'keydown', 'scroll', 'touchmove', ACTIVE] as const;
  for (const event of events) window.addEventListener(event, touched, { capture: true, passive: true });
  const timer = setInterval(() => {
    if (Date.now() - last >= wait) {
      last = Date.now();
      lock();
    }
  }, Math.min(wait, 15_000));
  return () => {
    clearInterval(timer);
    for (const event of events) window.removeEventListener(event, touched, { capture: true });
  };
}
