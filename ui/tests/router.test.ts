import { describe, expect, it } from 'vitest';
import { matchRoute, Router, to, type RouterWindow } from '../src/core/router.svelte';

/** A browser's history, as far as the router uses it. */
class FakeWindow implements RouterWindow {
  entries: { state: unknown; url: string }[] = [{ state: null, url: '' }];
  at = 0;
  location = { hash: '' };
  listeners: (() => void)[] = [];
  stored = new Map<string, string>();
  sessionStorage = {
    getItem: (key: string) => this.stored.get(key) ?? null,
    setItem: (key: string, value: string) => void this.stored.set(key, value),
  };

  history = ((self: FakeWindow) => ({
    get state() {
      return self.entries[self.at].state;
    },
    pushState(state: unknown, _title: string, url: string) {
      self.entries.splice(self.at + 1, Infinity, { state, url });
      self.at += 1;
      self.location.hash = url;
    },
    replaceState(state: unknown, _title: string, url: string) {
      self.entries[self.at] = { state, url };
      self.location.hash = url;
    },
    go(steps: number) {
      self.at = Math.max(0, Math.min(self.entries.length - 1, self.at + steps));
      self.location.hash = self.entries[self.at].url;
      for (const listener of self.listeners) listener();
    },
  }))(this);

  addEventListener(type: string, listener: () => void): void {
    if (type === 'popstate') this.listeners.push(listener);
  }

  back = () => this.history.go(-1);
}

describe('addresses', () => {
  it('of a member’s page keep its slashes', () => {
    const path = to.visit('h1', 'members/uuid/identity', 'members/uuid/nik');
    expect(path).toBe('/visit/h1/members/uuid/identity?field=members%2Fuuid%2Fnik');
    expect(matchRoute(`#${path}`)).toEqual({
      name: 'visit',
      household: 'h1',
      page: 'members/uuid/identity',
      field: 'members/uuid/nik',
    });
  });

  it('that are unknown are the worklist', () => {
    for (const hash of ['', '#', '#/', '#/nowhere', '#/household', '#/visit/']) {
      expect(matchRoute(hash)).toEqual({ name: 'worklist' });
    }
  });

  it('of all other places match', () => {
    expect(matchRoute(`#${to.household('a b')}`)).toEqual({ name: 'household', household: 'a b' });
    expect(matchRoute(`#${to.summary('h')}`)).toEqual({ name: 'summary', household: 'h' });
    expect(matchRoute(`#${to.conflicts('h')}`)).toEqual({ name: 'conflicts', household: 'h' });
    expect(matchRoute(`#${to.proposals('h')}`)).toEqual({ name: 'proposals', household: 'h' });
    expect(matchRoute(`#${to.sync()}`)).toEqual({ name: 'sync' });
    expect(matchRoute('#/visit/h')).toEqual({ name: 'visit', household: 'h', page: null, field: '' });
    expect(matchRoute('#/household/%E0%A4%A')).toEqual({ name: 'household', household: '%E0%A4%A' });
  });
});

describe('the router', () => {
  it('goes back where the person came from', () => {
    const win = new FakeWindow();
    const router = new Router(win);
    router.go(to.household('h'));
    router.go(to.visit('h', 'location'));
    win.back();
    expect(router.route).toEqual({ name: 'household', household: 'h' });
    win.back();
    expect(router.route).toEqual({ name: 'worklist' });
  });

  it('closing a visit drops its pages from the way back', () => {
    const win = new FakeWindow();
    const router = new Router(win);
    router.go(to.household('h'));
    for (const page of ['location', 'housing', 'assets']) router.go(to.visit('h', page));
    router.backTo(to.household('h'));
    expect(router.route.name).toBe('household');
    win.back();
    expect(router.route.name).toBe('worklist');
  });

  it('goes to a place that was never visited by taking the present step', () => {
    const win = new FakeWindow();
    const router = new Router(win);
    router.go(to.visit('h', 'location'));
    router.backTo(to.household('h'));
    expect(router.route.name).toBe('household');
    win.back();
    expect(router.route.name).toBe('worklist');
  });

  it('lands on the same place after a reload, and still knows the way back', () => {
    const win = new FakeWindow();
    const first = new Router(win);
    first.go(to.household('h'));
    first.go(to.visit('h', 'housing'));
    win.listeners = [];
    const second = new Router(win);
    expect(second.route).toMatchObject({ name: 'visit', page: 'housing' });
    second.backTo(to.household('h'));
    expect(second.route.name).toBe('household');
  });

  it('closes a dialog by the back button without leaving the page', () => {
    const win = new FakeWindow();
    const router = new Router(win);
    router.go(to.household('h'));
    let closed = 0;
    router.openLayer(() => (closed += 1));
    win.back();
    expect(closed).toBe(1);
    expect(router.route.name).toBe('household');
    win.back();
    expect(router.route.name).toBe('worklist');
  });

  it('a dialog closed on the screen leaves no step behind', () => {
    const win = new FakeWindow();
    const router = new Router(win);
    router.go(to.household('h'));
    const left = router.openLayer(() => {});
    left();
    win.back();
    expect(router.route.name).toBe('worklist');
  });

  it('a place chosen in a dialog takes the dialog’s step', () => {
    const win = new FakeWindow();
    const router = new Router(win);
    router.go(to.visit('h', 'location'));
    let closed = 0;
    const left = router.openLayer(() => (closed += 1));
    router.go(to.visit('h', 'assets'));
    left();
    expect(closed).toBe(1);
    expect(router.route).toMatchObject({ name: 'visit', page: 'assets' });
    win.back();
    expect(router.route).toMatchObject({ name: 'visit', page: 'location' });
  });

  it('a dialog opened while the step of another is taken back leaves the page where it was', () => {
    const win = new FakeWindow();
    const router = new Router(win);
    router.go(to.visit('h', 'location'));
    router.go(to.visit('h', 'assets'));
    const page = win.at;
    // A browser goes back later, to the entry that was one before when it was asked.
    const arrivals: (() => void)[] = [];
    const now = win.history.go;
    win.history.go = (steps) => {
      const target = win.at + steps;
      arrivals.push(() => now.call(win.history, target - win.at));
    };
    const first = router.openLayer(() => {});
    first();
    const second = router.openLayer(() => {});
    arrivals.shift()?.();
    expect(router.route).toMatchObject({ name: 'visit', page: 'assets' });
    second();
    while (arrivals.length > 0) arrivals.shift()?.();
    expect(router.route).toMatchObject({ name: 'visit', page: 'assets' });
    expect(win.at).toBe(page);
  });

  it('the back button closes also a dialog that was opened in such a moment', () => {
    const win = new FakeWindow();
    const router = new Router(win);
    router.go(to.visit('h', 'assets'));
    const arrivals: (() => void)[] = [];
    const now = win.history.go;
    win.history.go = (steps) => {
      const target = win.at + steps;
      arrivals.push(() => now.call(win.history, target - win.at));
    };
    router.openLayer(() => {})();
    let closed = 0;
    router.openLayer(() => (closed += 1));
    arrivals.shift()?.();
    win.back();
    arrivals.shift()?.();
    expect(closed).toBe(1);
    expect(router.route).toMatchObject({ name: 'visit', page: 'assets' });
  });
});
