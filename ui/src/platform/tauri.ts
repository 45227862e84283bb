import { invoke } from '@tauri-apps/api/core';
import { CommandFailure, toFailure, type Args, type CommandName, type Platform, type Reply } from './types';

/** Inside the app window: the core runs in the same process. */
export const tauriPlatform: Platform = {
  kind: 'tauri',
  async call<K extends CommandName>(name: K, args: Args<K>): Promise<Reply<K>> {
    try {
      return await invoke<Reply<K>>('call', { request: { command: name, args } });
    } catch (thrown) {
      throw new CommandFailure(toFailure(thrown));
    }
  },
};
