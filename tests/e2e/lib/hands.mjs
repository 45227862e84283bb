// Two ways to use a screen: a finger that only touches, and keys that only go on from where the focus is. Neither
// looks up an element to act on it behind the page's back: the finger taps where it stands, the keys walk there.
// Both work in Chromium and in the real window, where the finger is a pointer (see `WindowDriver.tap`).
import { locate } from './locate.mjs';
import { sleep, until } from './processes.mjs';

const PRESSES = 400;
const LISTBOX = '[role="listbox"]';
/** Notes in the page whether the next click arrives at that element, arrives elsewhere, or opens something that hides it. */
const WATCH = `(query, index) => {
  const locate = ${locate};
  window.tapArrived = false;
  window.tapElsewhere = false;
  window.tapHidden = () => {
    const over = document.querySelector('dialog[open], [role="dialog"]');
    return over !== null && !over.contains(locate(query)[index]);
  };
  window.tapWatch?.abort();
  window.tapWatch = new AbortController();
  document.addEventListener('click', (event) => {
    // Looked up anew: the page may have drawn it again meanwhile.
    if (locate(query)[index]?.contains(event.target)) window.tapArrived = true;
    else window.tapElsewhere = true;
  }, { capture: true, signal: window.tapWatch.signal });
}`;
const MAP_READY = '.leaflet-control-scale-line';

/** What both ways look at. */
class Hands {
  constructor(screen, name) {
    this.name = name;
    this.screen = screen;
    this.driver = screen.driver;
  }

  /** Whether there is such an element in the page, shown or not. */
  present(selector) {
    return this.screen.evaluate((wanted) => document.querySelector(wanted) !== null, selector);
  }

  appears(selector) {
    return until(selector, () => this.present(selector));
  }

  disappears(selector) {
    return until(`${selector} to go away`, async () => !(await this.present(selector)));
  }

  /** Where it stands, once it stands still and is more than a line. */
  async box(testid) {
    const place = () =>
      this.screen.evaluate((wanted) => {
        const { x, y, width, height } = document.querySelector(`[data-testid="${wanted}"]`).getBoundingClientRect();
        return { x, y, width, height };
      }, testid);
    return until(`${testid} to stand still`, async () => {
      const before = await place();
      await sleep(150);
      const now = await place();
      return before.y === now.y && before.x === now.x && now.width > 20 ? now : null;
    });
  }

  async next() {
    await this.beforeNext?.();
    await this.press((await this.present('[data-testid="visit-next"]')) ? 'visit-next' : 'visit-summary');
  }
}

/** A finger. Text comes as from a phone's keyboard on screen: as text, without keys. */
export class Finger extends Hands {
  constructor(screen) {
    super(screen, screen.driver.touches ? 'finger' : 'pointer');
  }

  tap(testid) {
    return this.#tapOn(this.screen.testId(testid));
  }

  /**
   * On a machine with too much to do the browser takes a tap for a long press and makes no click of it, and a page that
   * glides to the next question may pass below it; a person then taps once more, and closes first what opened instead.
   */
  async #tapOn(target) {
    await target.wait();
    for (let tries = 0; tries < 4; tries += 1) {
      try {
        await this.screen.evaluate(WATCH, target.query, target.index);
        await this.driver.tap(target.query, target.index);
      } catch (error) {
        // A list that is just narrowed draws its rows anew.
        if (!/not attached|detached|not there|stale/i.test(`${error.name} ${error.message}`)) throw error;
        continue;
      }
      // Whoever taps again while a slow machine still owes the first click presses what that moves there.
      for (let wait = 0; wait < 40; wait += 1) {
        const [arrived, elsewhere] = await this.screen.evaluate(() => [window.tapArrived, window.tapElsewhere]);
        if (arrived) return;
        if (elsewhere) break;
        await sleep(50);
      }
      if (await this.screen.evaluate(() => window.tapHidden())) await this.driver.key('Escape');
    }
    throw new Error(`four taps on ${target} did not arrive there`);
  }

  async text(path, text) {
    await this.tap(`input-${path}`);
    await this.driver.insert(text);
  }

  /** Other text in the place of what stands there. */
  async replace(path, text) {
    await this.#markAll(`input-${path}`);
    await this.driver.insert(text);
  }

  /** What a long touch and "select all" do. */
  async #markAll(testid) {
    await this.tap(testid);
    await this.screen.evaluate((wanted) => document.querySelector(`[data-testid="${CSS.escape(wanted)}"]`).select(), testid);
  }

  /** Date and time stand in two fields. */
  async moment(path, date, time) {
    await this.text(path, date);
    await this.tap(`time-${path}`);
    await this.driver.insert(time);
  }

  /** The next question takes the screen of a phone when the field is left. */
  leave() {
    return this.tap('visit-page-title');
  }

  choose(path, value) {
    return this.tap(`choice-${path}-${value}`);
  }

  async chooseMany(path, values) {
    for (const value of values) await this.tap(`choice-${path}-${value}`);
  }

  async pick(path, value, search = '') {
    await this.tap(`input-${path}`);
    if (search) {
      await this.tap(`search-${path}`);
      await this.driver.insert(search);
    }
    await this.tap(`choice-${path}-${value}`);
  }

  async pickMany(path, values, searches = []) {
    await this.tap(`input-${path}`);
    for (const [at, value] of values.entries()) {
      if (searches[at]) {
        await this.#markAll(`search-${path}`);
        await this.driver.insert(searches[at]);
      }
      await this.tap(`choice-${path}-${value}`);
    }
    await this.tap(`done-${path}`);
  }

  /** The choice at the top goes to the end. */
  async rankFirstLast(path, first, count) {
    for (let step = 1; step < count; step += 1) {
      await this.tap(`down-${path}-${first}`);
      // A finger waits until the row is where it goes; before that another row is under it.
      await until(`${first} in place ${step + 1}`, () => this.screen.evaluate((prefix, wanted, at) => {
        const rows = [...document.querySelectorAll(`[data-testid^="${prefix}"]`)];
        return rows.findIndex((row) => row.dataset.testid === wanted) === at;
      }, `down-${path}-`, `down-${path}-${first}`, step));
      await sleep(300);
    }
  }

  confirm(path) {
    return this.tap(`input-${path}`);
  }

  /** `steps` steps from nothing: the first one chooses the start of the scale. */
  async slide(path, steps) {
    for (let step = 0; step <= steps; step += 1) await this.tap(`more-${path}`);
  }

  async count(path, number) {
    const more = this.screen.css(`[data-path="${path}"] .counter button:last-of-type`);
    for (let step = 0; step < number; step += 1) await this.#tapOn(more);
  }

  file(testid, file) {
    const label = this.screen.css(`label:has([data-testid="${testid}"])`);
    return this.driver.chooseFile(() => this.#tapOn(label), testid, file);
  }

  async draw(path, kind, photo = null) {
    if (photo) await this.file(`choose-${path}`, photo);
    else await this.tap(`input-${path}`);
    await this.appears(`[data-testid="${kind}-canvas"]`);
    const box = await this.box(`${kind}-canvas`);
    const at = (part) => [box.x + box.width * (0.2 + part * 0.6), box.y + box.height * (0.3 + part * 0.3)];
    await this.driver.stroke(Array.from({ length: 9 }, (_, step) => at(step / 8)));
    // A finger takes its time from the sheet to the button.
    await sleep(400);
    await this.tap(`${kind}-save`);
    await this.disappears(`[data-testid="${kind}-canvas"]`);
  }

  async position(path, lat, lon) {
    await this.tap(`manual-${path}`);
    await this.point(path, lat, lon);
  }

  async point(path, lat, lon) {
    await this.tap(`lat-${path}`);
    await this.driver.insert(lat);
    await this.tap(`lon-${path}`);
    await this.driver.insert(lon);
    await this.tap(`accept-${path}`);
  }

  /** Points on the map, as parts of its width and height. */
  async mapPoints(path, parts) {
    await this.tap(`input-${path}`);
    await this.appears(MAP_READY);
    await sleep(400);
    const box = await this.box('map');
    for (const [x, y] of parts) {
      await this.driver.tapAt(box.x + box.width * x, box.y + box.height * y);
      await sleep(120);
    }
    await this.tap('map-done');
  }

  async mapCentre(path) {
    await this.tap(`input-${path}`);
    await this.appears(MAP_READY);
    await this.tap('map-centre');
    await this.tap('map-done');
  }

  press(testid) {
    return this.tap(testid);
  }
}

/** Keys alone. */
export class Keys extends Hands {
  constructor(screen) {
    super(screen, 'keys');
  }

  key(name) {
    return this.driver.key(name);
  }

  /** Whether the focus is on that element, or inside it. */
  on(testid) {
    return this.screen.evaluate((wanted) => {
      const active = document.activeElement;
      return active !== null && active !== document.body && active.closest(`[data-testid="${CSS.escape(wanted)}"]`) !== null;
    }, testid);
  }

  /** Tab, until it is there. */
  async reach(testid) {
    await this.appears(`[data-testid="${testid}"]`);
    for (let press = 0; press < PRESSES; press += 1) {
      if (await this.on(testid)) return;
      await this.key('Tab');
    }
    const where = await this.screen.evaluate(() => document.activeElement?.outerHTML.slice(0, 200));
    throw new Error(`${testid} cannot be reached with the Tab key; the focus is on ${where}`);
  }

  async press(testid) {
    await this.reach(testid);
    await this.key('Enter');
  }

  async text(path, text) {
    await this.reach(`input-${path}`);
    await this.driver.keys(text);
  }

  /** Other text in the place of what stands there. */
  async replace(path, text) {
    await this.reach(`input-${path}`);
    await this.key('Control+a');
    await this.driver.keys(text);
  }

  async moment(path, date, time) {
    await this.text(path, date);
    await this.reach(`time-${path}`);
    await this.driver.keys(time);
  }

  leave() {
    return this.key('Tab');
  }

  async #walk(path, value, role) {
    await this.reach(`input-${path}`);
    const order = await this.screen.evaluate(
      (at, kind) =>
        [...document.querySelectorAll(`[data-testid="input-${CSS.escape(at)}"] [role="${kind}"]`)].map((choice) => choice.dataset.testid),
      path,
      role,
    );
    const to = order.indexOf(`choice-${path}-${value}`);
    if (to < 0) throw new Error(`no choice ${value} at ${path}: ${order}`);
    await this.key('Home');
    for (let step = 0; step < to; step += 1) await this.key('ArrowDown');
  }

  async choose(path, value) {
    await this.#walk(path, value, 'radio');
    await this.key('Enter');
  }

  async chooseMany(path, values) {
    for (const value of values) {
      await this.#walk(path, value, 'checkbox');
      await this.key('Space');
    }
    await this.key('Enter');
  }

  /**
   * A list without a search is walked by arrows until the row is marked. What was searched for stands first: whoever
   * knows what it finds types it and presses Enter without a look.
   */
  async #row(path, value, search) {
    await this.appears(LISTBOX);
    if (search) {
      await this.key('Control+a');
      return this.driver.keys(search);
    }
    await this.appears(`[data-testid="choice-${path}-${value}"]`);
    const marked = () =>
      this.screen.evaluate(() => document.querySelector('[role="option"][data-active="true"]')?.dataset.testid ?? '');
    // Down to the end, then up again.
    for (const arrow of ['ArrowDown', 'ArrowUp']) {
      for (let press = 0; press < 60; press += 1) {
        const active = await marked();
        if (active === `choice-${path}-${value}`) return undefined;
        await this.key(arrow);
        let moved = false;
        for (let look = 0; look < 20 && !moved; look += 1) {
          moved = (await marked()) !== active;
          if (!moved) await sleep(25);
        }
        if (!moved) break;
      }
    }
    throw new Error(`${value} of ${path} was not found by arrows`);
  }

  async pick(path, value, search = '') {
    await this.press(`input-${path}`);
    await this.#row(path, value, search);
    await this.key('Enter');
  }

  async pickMany(path, values, searches = []) {
    await this.press(`input-${path}`);
    for (const [at, value] of values.entries()) {
      await this.#row(path, value, searches[at]);
      await this.key('Enter');
    }
    await this.press(`done-${path}`);
  }

  async rankFirstLast(path, first, count) {
    await this.reach(`choice-${path}-${first}`);
    for (let step = 1; step < count; step += 1) await this.key('ArrowDown');
    await this.key('Enter');
  }

  async confirm(path) {
    await this.reach(`input-${path}`);
    await this.key('Space');
  }

  async slide(path, steps) {
    await this.reach(`input-${path}`);
    for (let step = 0; step <= steps; step += 1) await this.key('ArrowRight');
    await this.key('Enter');
  }

  count(path, number) {
    return this.text(path, String(number));
  }

  async file(testid, file) {
    await this.reach(testid);
    await this.driver.chooseFile(() => this.key('Enter'), testid, file);
  }

  async draw(path, kind, photo = null) {
    if (photo) await this.file(`choose-${path}`, photo);
    else await this.press(`input-${path}`);
    const canvas = `[data-testid="${kind}-canvas"]`;
    await this.appears(canvas);
    await this.box(`${kind}-canvas`);
    await this.reach(`${kind}-canvas`);
    await this.key('Space');
    for (const move of ['ArrowDown', 'ArrowRight', 'ArrowRight', 'ArrowUp']) for (let step = 0; step < 4; step += 1) await this.key(move);
    await this.key('Space');
    await this.press(`${kind}-save`);
    await this.disappears(canvas);
  }

  async position(path, lat, lon) {
    await this.press(`manual-${path}`);
    await this.point(path, lat, lon);
  }

  async point(path, lat, lon) {
    await this.reach(`lat-${path}`);
    await this.driver.keys(lat);
    await this.key('Enter');
    await this.driver.keys(lon);
    await this.key('Enter');
  }

  async mapPoints(path, parts) {
    await this.press(`input-${path}`);
    await this.appears(MAP_READY);
    await sleep(400);
    await this.reach('map');
    // One point after every move of the map to another side.
    const sides = ['ArrowRight', 'ArrowDown', 'ArrowLeft', 'ArrowUp'];
    for (const [at] of parts.entries()) {
      for (let step = 0; step < 2; step += 1) {
        await this.key(sides[at % sides.length]);
        await sleep(350);
      }
      await this.key('Enter');
    }
    await this.press('map-done');
  }

  async mapCentre(path) {
    await this.press(`input-${path}`);
    await this.appears(MAP_READY);
    await this.reach('map');
    await this.key('Enter');
    await this.press('map-done');
  }
}
