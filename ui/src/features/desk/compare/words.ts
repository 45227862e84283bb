import { i18n } from '../../../i18n/index.svelte';

/** `21 menit`, `45 detik`. */
export function lengthOf(seconds: number): string {
  const t = i18n.t.desk.compare;
  return seconds < 90 ? t.seconds(seconds) : t.minutes(Math.round(seconds / 60));
}
