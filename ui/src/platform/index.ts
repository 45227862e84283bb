import type { Args, CommandName, Platform, Reply } from './types';

export { CommandFailure, toFailure } from './types';
export type { Platform } from './types';

let chosen: Platform | null = null;

/** Which core to talk to: the window's, a fake in memory (development, design work) or a loopback server. */
export async function choosePlatform(): Promise<Platform> {
  if ('__TAURI_INTERNALS__' in window) {
    chosen = (await import('./tauri')).tauriPlatform;
  } else if (new URLSearchParams(location.search).has('memory') || import.meta.env.DEV) {
    const { MemoryPlatform } = await import('./memory/platform');
    chosen = new MemoryPlatform(new URLSearchParams(location.search).get('memory') ?? '');
  } else {
    chosen = (await import('./http')).httpPlatform;
  }
  return chosen;
}

/** For tests. */
export function usePlatform(platform: Platform): void {
  chosen = platform;
}

/** Runs a command; rejects with a `CommandFailure`. */
export function call<K extends CommandName>(name: K, args: Args<K>): Promise<Reply<K>> {
  if (!chosen) throw new Error('no platform chosen');
  return chosen.call(name, args);
}
