/** A hash router with history: the back button works, and a reload lands on the same place. */

export type Route =
  | { name: 'worklist' }
  | { name: 'household'; household: string }
  | { name: 'visit'; household: string; page: string | null; field: string }
  | { name: 'summary'; household: string }
  | { name: 'surveys' }
  | { name: 'sync' }
  | { name: 'conflicts'; household: string }
  | { name: 'proposals'; household: string }
  | { name: 'desk'; section: DeskSection; id: string }
  | { name: 'settings' };

/** The rooms of the verifier's desk; `household` and `pair` have an id. */
export type DeskSection = 'queue' | 'household' | 'duplicates' | 'pair' | 'removals' | 'enumerators' | 'settlements';

const DESK_SECTIONS: readonly string[] = ['duplicates', 'removals', 'enumerators', 'settlements'];

/** What a hash like `#/visit/<id>/members/<uuid>/identity?field=…` asks for. Unknown places are the worklist. */
export function matchRoute(hash: string): Route {
  const [path, search = ''] = hash.replace(/^#/, '').split('?');
  const query = new URLSearchParams(search);
  const parts = path.split('/').filter((part) => part !== '').map(decodePart);
  const household = parts[1] ?? '';
  switch (parts[0]) {
    case 'household':
      if (household) return { name: 'household', household };
      break;
    case 'visit':
      if (household) {
        const page = parts.slice(2).join('/');
        return { name: 'visit', household, page: page || null, field: query.get('field') ?? '' };
      }
      break;
    case 'summary':
      if (household) return { name: 'summary', household };
      break;
    case 'surveys':
      return { name: 'surveys' };
    case 'sync':
      return { name: 'sync' };
    case 'conflicts':
      return { name: 'conflicts', household: query.get('household') ?? '' };
    case 'proposals':
      return { name: 'proposals', household: query.get('household') ?? '' };
    case 'desk': {
      const id = parts[2] ?? '';
      if ((household === 'household' || household === 'pair') && id) return { name: 'desk', section: household, id };
      const section = DESK_SECTIONS.includes(household) ? (household as DeskSection) : 'queue';
      return { name: 'desk', section, id: '' };
    }
    case 'settings':
      return { name: 'settings' };
  }
  return { name: 'worklist' };
}

function decodePart(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

const encodePath = (path: string) => path.split('/').map(encodeURIComponent).join('/');

/** The addresses of the places. */
export const to = {
  worklist: () => '/',
  household: (household: string) => `/household/${encodeURIComponent(household)}`,
  visit: (household: string, page?: string | null, field?: string) =>
    `/visit/${encodeURIComponent(household)}` +
    (page ? `/${encodePath(page)}` : '') +
    (field ? `?field=${encodeURIComponent(field)}` : ''),
  summary: (household: string) => `/summary/${encodeURIComponent(household)}`,
  surveys: () => '/surveys',
  sync: () => '/sync',
  conflicts: (household?: string) => '/conflicts' + (household ? `?household=${encodeURIComponent(household)}` : ''),
  proposals: (household?: string) => '/proposals' + (household ? `?household=${encodeURIComponent(household)}` : ''),
  settings: () => '/settings',
  desk: (section: DeskSection = 'queue', id = '') =>
    '/desk' + (section === 'queue' ? '' : `/${section}`) + (id ? `/${encodeURIComponent(id)}` : ''),
};

interface Stamp {
  /** Place in the trail. */
  at: number;
  /** How many dialogs are open here. */
  layer: number;
}

const TRAIL = 'lawang.trail';

/** What the router needs of a window; tests give their own. */
export interface RouterWindow {
  history: Pick<History, 'pushState' | 'replaceState' | 'go' | 'state'>;
  location: { hash: string };
  sessionStorage?: Pick<Storage, 'getItem' | 'setItem'>;
  addEventListener(type: 'popstate' | 'hashchange', listener: () => void): void;
}

export class Router {
  route = $state.raw<Route>({ name: 'worklist' });
  path = $state('/');
  readonly #window: RouterWindow;
  #trail: string[] = [];
  /** Open dialogs. One is `written` once it has its step in the history. */
  #layers: { close: () => void; written: boolean }[] = [];
  /** Steps back that this class asked for and that have not arrived yet. */
  #expected = 0;
  #after: (() => void) | null = null;

  constructor(win: RouterWindow) {
    this.#window = win;
    this.#trail = this.#readTrail();
    const stamp = this.#stamp();
    if (!stamp) {
      this.#trail = [];
      this.#write('replace', this.#here(), { at: 0, layer: 0 });
    }
    this.#sync();
    win.addEventListener('popstate', () => this.#popped());
    win.addEventListener('hashchange', () => this.#sync());
  }

  /** Goes to a place; `replace` leaves no step back to where the person was. */
  go(path: string, options: { replace?: boolean } = {}): void {
    if (this.#expected > 0) {
      this.#after = () => this.go(path, options);
      return;
    }
    // The step that a dialog took becomes the step to the new place.
    const layered = this.#closeLayers();
    const at = this.#stamp()?.at ?? 0;
    if (options.replace || layered || path === this.#here()) this.#write('replace', path, { at, layer: 0 });
    else this.#write('push', path, { at: at + 1, layer: 0 });
    this.#sync();
  }

  /** Steps back to the last time that the person was at `path`, so that "back" does not lead into the past. */
  backTo(path: string): void {
    if (this.#expected > 0) {
      this.#after = () => this.backTo(path);
      return;
    }
    this.#closeLayers();
    const at = this.#stamp()?.at ?? 0;
    for (let i = at - 1; i >= 0; i -= 1) {
      if (this.#trail[i] === path) {
        this.#window.history.go(i - at);
        return;
      }
    }
    this.go(path, { replace: true });
  }

  /** The place one step back, if this app put it there. */
  get before(): string | undefined {
    return this.#trail[(this.#stamp()?.at ?? 0) - 1];
  }

  /** A dialog opens: the back button closes it. Gives what to call when it is closed otherwise. */
  openLayer(close: () => void): () => void {
    const layer = { close, written: false };
    this.#layers.push(layer);
    // While the step of a dialog that was just closed is taken back, a step written now would be the one taken back.
    if (this.#expected === 0) this.#writeLayers();
    return () => {
      const index = this.#layers.indexOf(layer);
      if (index < 0) return;
      this.#layers.splice(index, 1);
      if (!layer.written) return;
      this.#expected += 1;
      this.#window.history.go(-1);
    };
  }

  /** Gives each open dialog its step. */
  #writeLayers(): void {
    this.#layers.forEach((layer, index) => {
      if (layer.written) return;
      layer.written = true;
      this.#write('push', this.#here(), { at: (this.#stamp()?.at ?? 0) + 1, layer: index + 1 });
    });
  }

  #closeLayers(): boolean {
    const open = this.#layers;
    this.#layers = [];
    for (const layer of open) layer.close();
    return open.some(({ written }) => written);
  }

  #popped(): void {
    if (this.#expected > 0) {
      this.#expected -= 1;
      if (this.#expected === 0) {
        const after = this.#after;
        this.#after = null;
        if (after) return after();
        this.#writeLayers();
      }
      return this.#sync();
    }
    const open = this.#stamp()?.layer ?? 0;
    while (this.#layers.length > open) this.#layers.pop()?.close();
    this.#sync();
  }

  #here(): string {
    return this.#window.location.hash.replace(/^#/, '') || '/';
  }

  #stamp(): Stamp | null {
    const state = this.#window.history.state as Stamp | null;
    return state && typeof state.at === 'number' ? state : null;
  }

  #write(how: 'push' | 'replace', path: string, stamp: Stamp): void {
    this.#trail.length = Math.min(this.#trail.length, stamp.at);
    this.#trail[stamp.at] = stamp.layer > 0 ? '' : path;
    this.#window.history[how === 'push' ? 'pushState' : 'replaceState'](stamp, '', `#${path}`);
    try {
      this.#window.sessionStorage?.setItem(TRAIL, JSON.stringify(this.#trail));
    } catch {
      // Without storage the trail only lasts until a reload.
    }
  }

  #readTrail(): string[] {
    try {
      const trail: unknown = JSON.parse(this.#window.sessionStorage?.getItem(TRAIL) ?? '[]');
      return Array.isArray(trail) ? trail.map(String) : [];
    } catch {
      return [];
    }
  }

  #sync(): void {
    const path = this.#here();
    if (path === this.path && this.#synced) return;
    this.#synced = true;
    this.path = path;
    this.route = matchRoute(path);
  }

  #synced = false;
}

let current: Router | null = null;

/** The router of this window. */
export function router(): Router {
  current ??= new Router(window);
  return current;
}
