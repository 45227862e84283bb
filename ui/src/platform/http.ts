import { CommandFailure, toFailure, type Args, type CommandName, type Platform, type Reply } from './types';

/** In a browser: the same commands behind one route of a loopback server. For development and tests. */
export const httpPlatform: Platform = {
  kind: 'http',
  async call<K extends CommandName>(name: K, args: Args<K>): Promise<Reply<K>> {
    let body: unknown;
    let ok = false;
    try {
      const response = await fetch('/ipc', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ command: name, args }),
      });
      ok = response.ok;
      body = await response.json();
    } catch (thrown) {
      throw new CommandFailure(toFailure(thrown));
    }
    if (!ok) throw new CommandFailure(toFailure(body));
    return body as Reply<K>;
  },
};
