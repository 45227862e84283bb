// The same screens in Chromium, on the loopback server of `lawang device serve-ui`.
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { locate } from './locate.mjs';
import { PIN } from './lawang.mjs';
import { programs, root } from './paths.mjs';
import { kill, PATIENCE, start, stop } from './processes.mjs';
import { Screen, SIZES } from './screen.mjs';

const LOCATE = locate.toString();

class PageDriver {
  /** Taps are touches of a finger, and no mouse is there. */
  touches = true;

  constructor(browser, page, server) {
    this.browser = browser;
    this.page = page;
    this.server = server;
    // From now on the system's window for files is caught; asked for only when it opens would be too late.
    page.on('filechooser', () => {});
  }

  async #element(query, index) {
    const handle = await this.page.evaluateHandle(`(${LOCATE})(${JSON.stringify(query)})[${index}]`);
    const element = handle.asElement();
    if (!element) throw new Error('it is not there');
    return element;
  }

  count(query) {
    return this.page.evaluate(`(${LOCATE})(${JSON.stringify(query)}).length`);
  }

  async click(query, index) {
    const element = await this.#element(query, index);
    // A hidden native radio is clicked through its label, as a finger does.
    const drawn = await element.evaluate((node) => {
      const box = node.getBoundingClientRect();
      return box.width > 4 && getComputedStyle(node).opacity !== '0';
    });
    if (drawn) await element.click({ timeout: 5000 * PATIENCE });
    else await element.evaluate((node) => node.click());
  }

  async fill(query, index, text) {
    await (await this.#element(query, index)).fill(text, { timeout: 5000 * PATIENCE });
  }

  async type(query, index, text) {
    const element = await this.#element(query, index);
    await element.focus();
    await this.page.keyboard.type(text);
  }

  async press(query, index, key) {
    await (await this.#element(query, index)).press(key);
  }

  async upload(query, index, path) {
    await (await this.#element({ ...query, hidden: true }, index)).setInputFiles(path);
  }

  async read(query, index, property) {
    return (await this.#element(query, index)).evaluate((element, name) => element[name], property);
  }

  async attribute(query, index, name) {
    return (await this.#element(query, index)).getAttribute(name);
  }

  key(key) {
    return this.page.keyboard.press(key);
  }

  /** Text key by key, wherever the focus is. */
  keys(text) {
    return this.page.keyboard.type(text);
  }

  /** Text as a keyboard on screen gives it: without keys. */
  insert(text) {
    return this.page.keyboard.insertText(text);
  }

  async tap(query, index) {
    const element = await this.#element(query, index);
    await element.scrollIntoViewIfNeeded({ timeout: 5000 * PATIENCE });
    await element.tap({ timeout: 5000 * PATIENCE });
  }

  tapAt(x, y) {
    return this.page.touchscreen.tap(x, y);
  }

  /** A finger is put down on the first point, goes over all others and is lifted. */
  async stroke(points) {
    const session = await this.page.context().newCDPSession(this.page);
    const send = (type, point) =>
      session.send('Input.dispatchTouchEvent', { type, touchPoints: point ? [{ x: point[0], y: point[1] }] : [] });
    await send('touchStart', points[0]);
    for (const point of points.slice(1)) await send('touchMove', point);
    await send('touchEnd');
    await session.detach();
  }

  /** `open` opens the system's window for files, in which `file` is chosen. */
  async chooseFile(open, _testid, file) {
    const chooser = this.page.waitForEvent('filechooser');
    await open();
    await (await chooser).setFiles(file);
  }

  evaluate(task, ...args) {
    return this.page.evaluate(`(${task})(...${JSON.stringify(args)})`);
  }

  call(request) {
    return this.page.evaluate(async (body) => {
      const response = await fetch('/ipc', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      });
      const answer = await response.json();
      return response.ok ? { reply: answer } : { failure: answer };
    }, request);
  }

  resize(width, height) {
    return this.page.setViewportSize({ width, height });
  }

  settle() {
    return this.page.evaluate(
      () =>
        new Promise((done) =>
          document.fonts.ready.then(() =>
            requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done, 250))),
          ),
        ),
    );
  }

  picture() {
    return this.page.screenshot();
  }

  async close() {
    await this.browser.close();
    if (this.server) await stop(this.server);
  }

  async kill() {
    if (this.server) await kill(this.server);
    await this.browser.close();
  }
}

/** Chromium on an address; every error of the page's console is kept in `screen.complaints`. */
export async function openAddress({ url, width = SIZES[0].width, height = SIZES[0].height, server = null, touch = width < 600 }) {
  const browser = await chromium.launch({
    executablePath: programs.chromium(),
    headless: true,
    args: [
      '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
      '--disable-background-networking', '--disable-component-update', '--disable-sync',
    ],
  });
  const context = await browser.newContext({ viewport: { width, height }, hasTouch: touch, locale: 'id-ID' });
  const page = await context.newPage();
  const screen = new Screen(new PageDriver(browser, page, server));
  screen.complaints = [];
  page.on('console', (message) => {
    if (message.type() === 'error') screen.complaints.push(message.text());
  });
  page.on('pageerror', (error) => screen.complaints.push(error.message));
  try {
    await page.goto(url, { waitUntil: 'load' });
  } catch (error) {
    await screen.close();
    throw error;
  }
  return screen;
}

/** Chromium on a device's data directory, at a phone's size unless another is given. */
export async function openPage({ data, ...rest }) {
  const server = await start(programs.lawang(), ['device', '--data', data, 'serve-ui', '--listen', '127.0.0.1:0'], {
    log: 'serve-ui',
    readLine: true,
    // Named, because a build folder outside the checkout does not lead to it.
    env: { LAWANG_PIN: PIN, LAWANG_UI: join(root, 'ui/dist') },
  });
  const { listening } = JSON.parse(server.firstLine);
  try {
    return await openAddress({ url: listening, server, ...rest });
  } catch (error) {
    await stop(server);
    throw error;
  }
}
