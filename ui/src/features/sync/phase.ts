import type { SyncPhase } from '../../ipc/types';

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
