// Two ways to use a page: a finger that only touches, and keys that only go on from where the focus is. Neither
// looks up an element to act on it behind the page's back: the finger taps where it stands, the keys walk there.
import { until } from './processes.mjs';

const PRESSES = 400;

/** A finger. Text comes as from a phone's keyboard on screen: as text, without keys. */
export class Finger {
  constructor(screen) {
    this.name = 'finger';
    this.screen = screen;
    this.page = screen.driver.page;
    // From now on the system's window for files is caught; asked for only when it opens would be too late.
    this.page.on('filechooser', () => {});
  }

  at(testid) {
    return this.page.locator(`[data-testid="${testid}"]`);
  }

  async tap(testid) {
    await this.tapOn(this.at(testid).first(), testid);
  }

  /**
   * On a machine with too much to do the browser takes a tap for a long press and makes no click of it; a person then
   * taps once more.
   */
  async tapOn(place, name) {
    const clicks = () =>
      this.page.evaluate(() => {
        if (window.taps === undefined) {
          window.taps = 0;
          document.addEventListener('click', () => (window.taps += 1), true);
        }
        return window.taps;
      });
    for (let tries = 0; tries < 4; tries += 1) {
      const before = await clicks();
      try {
        await place.scrollIntoViewIfNeeded();
        await place.tap();
      } catch (error) {
        // A list that is just narrowed draws its rows anew.
        if (!/not attached|detached/.test(error.message)) throw error;
        continue;
      }
      for (let wait = 0; wait < 8; wait += 1) {
        if ((await clicks()) > before) return;
        await this.page.waitForTimeout(50);
      }
    }
    throw new Error(`four taps on ${name} made no click`);
  }

  async text(path, text) {
    await this.tap(`input-${path}`);
    await this.page.keyboard.insertText(text);
  }

  /** Date and time stand in two fields. */
  async moment(path, date, time) {
    await this.text(path, date);
    await this.tap(`time-${path}`);
    await this.page.keyboard.insertText(time);
  }

  /** The next question takes the screen of a phone when the field is left. */
  async leave() {
    await this.tap('visit-page-title');
  }

  async choose(path, value) {
    await this.tap(`choice-${path}-${value}`);
  }

  async chooseMany(path, values) {
    for (const value of values) await this.tap(`choice-${path}-${value}`);
  }

  async pick(path, value, search = '') {
    await this.tap(`input-${path}`);
    if (search) {
      await this.tap(`search-${path}`);
      await this.page.keyboard.insertText(search);
    }
    await this.tap(`choice-${path}-${value}`);
  }

  async pickMany(path, values, searches = []) {
    await this.tap(`input-${path}`);
    for (const [at, value] of values.entries()) {
      if (searches[at]) {
        await this.tap(`search-${path}`);
        await this.page.locator(`[data-testid="search-${path}"]`).selectText();
        await this.page.keyboard.insertText(searches[at]);
      }
      await this.tap(`choice-${path}-${value}`);
    }
    await this.tap(`done-${path}`);
  }

  /** The choice at the top goes to the end. */
  async rankFirstLast(path, first, count) {
    for (let step = 1; step < count; step += 1) await this.tap(`down-${path}-${first}`);
  }

  async confirm(path) {
    await this.tap(`input-${path}`);
  }

  /** `steps` steps from nothing: the first one chooses the start of the scale. */
  async slide(path, steps) {
    for (let step = 0; step <= steps; step += 1) await this.tap(`more-${path}`);
  }

  async count(path, number) {
    for (let step = 0; step < number; step += 1) await this.tapOn(this.page.locator(`[data-path="${path}"] .counter button`).last(), path);
  }

  async file(testid, files) {
    const chooser = this.page.waitForEvent('filechooser');
    await this.tapOn(this.page.locator(`label:has([data-testid="${testid}"])`), testid);
    await (await chooser).setFiles(files);
  }

  async draw(path, kind, photo = null) {
    if (photo) await this.file(`choose-${path}`, photo);
    else await this.tap(`input-${path}`);
    const canvas = this.at(`${kind}-canvas`);
    await canvas.waitFor();
    const box = await until('the sheet to stand still', async () => {
      const before = await canvas.boundingBox();
      await this.page.waitForTimeout(150);
      const now = await canvas.boundingBox();
      return before && now && before.y === now.y && now.width > 20 ? now : null;
    });
    const session = await this.page.context().newCDPSession(this.page);
    const move = (type, part) =>
      session.send('Input.dispatchTouchEvent', {
        type,
        touchPoints: type === 'touchEnd' ? [] : [{ x: box.x + box.width * (0.2 + part * 0.6), y: box.y + box.height * (0.3 + part * 0.3) }],
      });
    await move('touchStart', 0);
    for (let step = 1; step <= 8; step += 1) await move('touchMove', step / 8);
    await move('touchEnd', 1);
    await session.detach();
    // A finger takes its time from the sheet to the button.
    await this.page.waitForTimeout(400);
    await this.tap(`${kind}-save`);
    await canvas.waitFor({ state: 'detached' });
  }

  async position(path, lat, lon) {
    await this.tap(`manual-${path}`);
    await this.point(path, lat, lon);
  }

  async point(path, lat, lon) {
    await this.tap(`lat-${path}`);
    await this.page.keyboard.insertText(lat);
    await this.tap(`lon-${path}`);
    await this.page.keyboard.insertText(lon);
    await this.tap(`accept-${path}`);
  }

  /** Points on the map, as parts of its width and height. */
  async mapPoints(path, parts) {
    await this.tap(`input-${path}`);
    const map = this.at('map');
    await this.page.locator('.leaflet-control-scale-line').waitFor();
    await this.page.waitForTimeout(400);
    const box = await map.boundingBox();
    for (const [x, y] of parts) {
      await this.page.touchscreen.tap(box.x + box.width * x, box.y + box.height * y);
      await this.page.waitForTimeout(120);
    }
    await this.tap('map-done');
  }

  async mapCentre(path) {
    await this.tap(`input-${path}`);
    await this.page.locator('.leaflet-control-scale-line').waitFor();
    await this.tap('map-centre');
    await this.tap('map-done');
  }

  async next() {
    await this.beforeNext?.();
    await this.tap((await this.at('visit-next').count()) > 0 ? 'visit-next' : 'visit-summary');
  }

  async press(testid) {
    await this.tap(testid);
  }
}

/** Keys alone. */
export class Keys {
  constructor(screen) {
    this.name = 'keys';
    this.screen = screen;
    this.page = screen.driver.page;
    // From now on the system's window for files is caught; asked for only when it opens would be too late.
    this.page.on('filechooser', () => {});
  }

  at(testid) {
    return this.page.locator(`[data-testid="${testid}"]`);
  }

  key(name) {
    return this.page.keyboard.press(name);
  }

  /** Whether the focus is on that element, or inside it. */
  on(testid) {
    return this.page.evaluate((wanted) => {
      const active = document.activeElement;
      return active !== null && active !== document.body && active.closest(`[data-testid="${CSS.escape(wanted)}"]`) !== null;
    }, testid);
  }

  /** Tab, until it is there. */
  async reach(testid) {
    await this.at(testid).first().waitFor({ state: 'attached' });
    for (let press = 0; press < PRESSES; press += 1) {
      if (await this.on(testid)) return;
      await this.key('Tab');
    }
    const where = await this.page.evaluate(() => document.activeElement?.outerHTML.slice(0, 200));
    throw new Error(`${testid} cannot be reached with the Tab key; the focus is on ${where}`);
  }

  async press(testid) {
    await this.reach(testid);
    await this.key('Enter');
  }

  async text(path, text) {
    await this.reach(`input-${path}`);
    await this.page.keyboard.type(text);
  }

  async moment(path, date, time) {
    await this.text(path, date);
    await this.reach(`time-${path}`);
    await this.page.keyboard.type(time);
  }

  async leave() {
    await this.key('Tab');
  }

  async #walk(path, value, role) {
    await this.reach(`input-${path}`);
    const order = await this.page.evaluate(
      ([at, kind]) =>
        [...document.querySelectorAll(`[data-testid="input-${CSS.escape(at)}"] [role="${kind}"]`)].map((choice) => choice.dataset.testid),
      [path, role],
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

  /** The list is walked by arrows until the row is marked. */
  async #row(path, value, search) {
    await this.page.locator('[role="listbox"]').waitFor();
    if (search) {
      await this.key('Control+A');
      await this.page.keyboard.type(search);
    }
    await this.at(`choice-${path}-${value}`).waitFor();
    await this.page.waitForTimeout(300);
    const marked = () =>
      this.page.evaluate(() => document.querySelector('[role="option"][data-active="true"]')?.dataset.testid ?? '');
    // Down to the end, then up again.
    for (const arrow of ['ArrowDown', 'ArrowUp']) {
      for (let press = 0; press < 60; press += 1) {
        const active = await marked();
        if (active === `choice-${path}-${value}`) return;
        await this.key(arrow);
        let moved = false;
        for (let look = 0; look < 20 && !moved; look += 1) {
          moved = (await marked()) !== active;
          if (!moved) await this.page.waitForTimeout(25);
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

  async count(path, number) {
    await this.text(path, String(number));
  }

  async file(testid, files) {
    await this.reach(testid);
    const chooser = this.page.waitForEvent('filechooser');
    await this.key('Enter');
    await (await chooser).setFiles(files);
  }

  async draw(path, kind, photo = null) {
    if (photo) await this.file(`choose-${path}`, photo);
    else await this.press(`input-${path}`);
    const canvas = this.at(`${kind}-canvas`);
    await canvas.waitFor();
    await this.page.waitForTimeout(500);
    await this.reach(`${kind}-canvas`);
    await this.key('Space');
    for (const move of ['ArrowDown', 'ArrowRight', 'ArrowRight', 'ArrowUp']) for (let step = 0; step < 4; step += 1) await this.key(move);
    await this.key('Space');
    await this.press(`${kind}-save`);
    await canvas.waitFor({ state: 'detached' });
  }

  async position(path, lat, lon) {
    await this.press(`manual-${path}`);
    await this.point(path, lat, lon);
  }

  async point(path, lat, lon) {
    await this.reach(`lat-${path}`);
    await this.page.keyboard.type(lat);
    await this.key('Enter');
    await this.page.keyboard.type(lon);
    await this.key('Enter');
  }

  async mapPoints(path, parts) {
    await this.press(`input-${path}`);
    await this.page.locator('.leaflet-control-scale-line').waitFor();
    await this.page.waitForTimeout(400);
    await this.reach('map');
    // One point after every move of the map to another side.
    const sides = ['ArrowRight', 'ArrowDown', 'ArrowLeft', 'ArrowUp'];
    for (const [at] of parts.entries()) {
      for (let step = 0; step < 2; step += 1) {
        await this.key(sides[at % sides.length]);
        await this.page.waitForTimeout(350);
      }
      await this.key('Enter');
    }
    await this.press('map-done');
  }

  async mapCentre(path) {
    await this.press(`input-${path}`);
    await this.page.locator('.leaflet-control-scale-line').waitFor();
    await this.reach('map');
    await this.key('Enter');
    await this.press('map-done');
  }

  async next() {
    await this.beforeNext?.();
    await this.press((await this.at('visit-next').count()) > 0 ? 'visit-next' : 'visit-summary');
  }
}
