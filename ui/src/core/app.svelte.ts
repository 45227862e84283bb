import type { Failure, Session, SyncStatus } from '../ipc/types';
import { i18n } from '../i18n/index.svelte';
import { call, toFailure } from '../platform';

/** Codes of refusals that mean: this screen must not be open now. */
const SESSION_CODES = new Set(['locked', 'not_enrolled', 'not_open']);

class App {
  session = $state.raw<Session | null>(null);
  /** The core did not answer at start. */
  failure = $state.raw<Failure | null>(null);
  /** What waits, what arrived: for the line that is always on screen. */
  status = $state.raw<SyncStatus | null>(null);
  toast = $state('');
  theme = $state('system');
  #wanted = '';
  #toastTimer: ReturnType<typeof setTimeout> | undefined;

  async boot(): Promise<void> {
    this.failure = null;
    try {
      this.setSession(await call('boot', {}));
    } catch (thrown) {
      this.failure = this.words(thrown);
    }
  }

  setSession(session: Session): void {
    this.session = session;
    // While closed, the core does not know the language: the last one seen here counts.
    if (session.phase !== 'ready') i18n.set(this.#remembered() || session.language);
    else if (this.#wanted && this.#wanted !== session.language) void this.#keepWanted(this.#wanted);
    else this.setLanguage(session.language);
    this.#wanted = session.phase === 'ready' ? '' : this.#wanted;
    if (session.phase === 'ready') {
      void this.refresh();
      void this.#loadTheme();
    } else {
      this.status = null;
    }
  }

  /** Asks again what waits here. Failing is silent: the line keeps what it knows. */
  async refresh(): Promise<void> {
    try {
      this.status = await call('sync_status', {});
    } catch (thrown) {
      this.noteFailure(toFailure(thrown));
    }
  }

  /** Runs before the device is locked, so that nothing typed is left behind. */
  readonly beforeLock = new Set<() => Promise<unknown>>();

  async lock(): Promise<void> {
    await Promise.all([...this.beforeLock].map((guard) => guard()));
    try {
      this.setSession(await call('lock', {}));
    } catch (thrown) {
      this.say(this.words(thrown).message);
    }
  }

  /** Whatever was thrown, with words. Sends the person to the PIN if the device was locked meanwhile. */
  words(thrown: unknown): Failure {
    const failure = toFailure(thrown);
    this.noteFailure(failure);
    if (failure.message) return failure;
    const words = i18n.t.failure;
    return { ...failure, message: words.no_core, hint: words.no_core_hint };
  }

  noteFailure(failure: Failure): void {
    if (SESSION_CODES.has(failure.code) && this.session?.phase === 'ready') void this.boot();
  }

  /** Chosen on the closed door: shown at once, kept by the core as soon as it is open. */
  wantLanguage(language: string): void {
    this.#wanted = language;
    this.setLanguage(language);
  }

  setLanguage(language: string): void {
    i18n.set(language);
    try {
      localStorage.setItem('lawang.language', i18n.language);
    } catch {
      // Without storage the closed door speaks Indonesian.
    }
  }

  #remembered(): string {
    try {
      return localStorage.getItem('lawang.language') ?? '';
    } catch {
      return '';
    }
  }

  async #keepWanted(language: string): Promise<void> {
    this.setLanguage(language);
    try {
      await call('settings_change', { language, theme: null });
    } catch (thrown) {
      this.noteFailure(toFailure(thrown));
    }
  }

  setTheme(theme: string): void {
    this.theme = theme;
    const dark =
      theme === 'dark' || (theme === 'system' && window.matchMedia?.('(prefers-color-scheme: dark)').matches === true);
    document.documentElement.dataset.theme = dark ? 'dark' : 'light';
    try {
      // Only so that the PIN screen does not flash in the other theme.
      localStorage.setItem('lawang.theme', theme);
    } catch {
      // Without storage the theme comes with the settings, a moment later.
    }
  }

  /** The theme of last time, before the core has answered. */
  early(): void {
    let theme = 'system';
    try {
      theme = localStorage.getItem('lawang.theme') ?? 'system';
    } catch {
      // As above.
    }
    this.setTheme(theme);
    window.matchMedia?.('(prefers-color-scheme: dark)').addEventListener('change', () => this.setTheme(this.theme));
  }

  async #loadTheme(): Promise<void> {
    try {
      this.setTheme((await call('settings', {})).theme);
    } catch (thrown) {
      this.noteFailure(toFailure(thrown));
    }
  }

  /** A short sentence over the screen, read aloud by screen readers. */
  say(text: string): void {
    this.toast = text;
    clearTimeout(this.#toastTimer);
    this.#toastTimer = setTimeout(() => (this.toast = ''), 4000);
  }

  /** What was said belonged to the place that was left. */
  hush(): void {
    clearTimeout(this.#toastTimer);
    this.toast = '';
  }
}

export const app = new App();
