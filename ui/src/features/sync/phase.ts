import type { HubSeen, SyncPhase } from '../../ipc/types';

/** Something is under way with the server. */
export function isRunning(phase: SyncPhase): boolean {
  return (
    phase === 'connecting' ||
    phase === 'sending' ||
    phase === 'receiving' ||
    phase === 'checking' ||
    phase === 'sending_photos' ||
    phase === 'receiving_photos'
  );
}

/** The hub with which the newest exchange was, if there ever was one. */
export function lastHub(hubs: readonly HubSeen[]): HubSeen | null {
  return hubs.reduce<HubSeen | null>((newest, hub) => (hub.last !== '' && hub.last > (newest?.last ?? '') ? hub : newest), null);
}
