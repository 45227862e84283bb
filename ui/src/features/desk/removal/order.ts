import type { WaitingFamily } from '../../../ipc/types';

/** Whether somebody needier than the chosen family still waits: the list comes in the order of need. */
export function skips(waiting: readonly WaitingFamily[], chosen: string): boolean {
  const family = waiting.find(({ household }) => household === chosen);
  return family !== undefined && waiting.some(({ need, taken }) => !taken && need > family.need);
}
