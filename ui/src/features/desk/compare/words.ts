import { i18n } from '../../../i18n/index.svelte';

/** Further than this from the family's known place, a visit was perhaps not made there. Metres. */
export const FAR_METRES = 300;

/** `21 menit`, `45 detik`. */
export function lengthOf(seconds: number): string {
  const t = i18n.t.desk.compare;
  return seconds < 90 ? t.seconds(seconds) : t.minutes(Math.round(seconds / 60));
}
