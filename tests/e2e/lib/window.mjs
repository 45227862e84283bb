// The real window: tauri-driver starts it and WebKitWebDriver drives it.
import { realpathSync } from 'node:fs';
import { Builder, Button, Capabilities, Key, Origin } from 'selenium-webdriver';
import { locate } from './locate.mjs';
import { programs } from './paths.mjs';
import { freePort, kill, processesOf, start, stop, until } from './processes.mjs';
import { Screen, SIZES } from './screen.mjs';

const LOCATE = locate.toString();
/** How long an element has to stand at the same place before it is pressed: a page may begin to glide a moment after an answer. */
const STILL_MS = 150;

class WindowDriver {
  constructor(session, driverProcess, data) {
    this.session = session;
    this.driverProcess = driverProcess;
    this.data = data;
  }

  async #element(query, index) {
    const element = await this.session.executeScript(`return (${LOCATE})(arguments[0])[arguments[1]];`, query, index);
    if (!element) throw new Error('it is not there');
    return element;
  }

  count(query) {
    return this.session.executeScript(`return (${LOCATE})(arguments[0]).length;`, query);
  }

  async click(query, index) {
    const element = await this.#element(query, index);
    await this.session.executeScript(
      'arguments[0].scrollIntoView({ block: "center", inline: "nearest", behavior: "instant" });',
      element,
    );
    await element.click();
  }

  async fill(query, index, text) {
    const element = await this.#element(query, index);
    // Selecting and typing over is what a person does; `clear` would fire a change of its own.
    await this.session.executeScript('arguments[0].focus(); arguments[0].select?.();', element);
    if (text === '') await element.sendKeys(Key.BACK_SPACE);
    else await element.sendKeys(text);
  }

  async type(query, index, text) {
    await (await this.#element(query, index)).sendKeys(text);
  }

  async press(query, index, key) {
    await (await this.#element(query, index)).sendKeys(keyOf(key));
  }

  async upload(query, index, path) {
    await (await this.#element({ ...query, hidden: true }, index)).sendKeys(path);
  }

  async read(query, index, property) {
    return this.session.executeScript('return arguments[0][arguments[1]];', await this.#element(query, index), property);
  }

  async attribute(query, index, name) {
    return this.session.executeScript(
      'return arguments[0].getAttribute(arguments[1]);',
      await this.#element(query, index),
      name,
    );
  }

  /** One key, or one held with others: `Control+a`. */
  key(key) {
    const names = key.length > 1 ? key.split('+') : [key];
    const last = keyOf(names.pop());
    const actions = this.session.actions();
    for (const held of names) actions.keyDown(keyOf(held));
    actions.keyDown(last).keyUp(last);
    for (const held of names.reverse()) actions.keyUp(keyOf(held));
    return actions.perform();
  }

  /** Text key by key, wherever the focus is. */
  keys(text) {
    return this.session.actions().sendKeys(text).perform();
  }

  /** The window has no keyboard on screen: text comes by keys. */
  insert(text) {
    return this.keys(text);
  }

  /** Presses where the element stands, if nothing else lies over it there. */
  async tap(query, index) {
    const place = await until('a place to press', () => this.#place(query, index), { timeout: 5000 });
    await this.tapAt(place.x, place.y);
  }

  /** Where the element stood for a while, in the window and under nothing else; null if it moves on. */
  async #place(query, index) {
    return this.session.executeAsyncScript(
      `const [element, still, done] = arguments;
       const look = () => {
         const place = element.getBoundingClientRect();
         const x = place.x + place.width / 2, y = place.y + place.height / 2;
         return { x, y, free: element.contains(document.elementFromPoint(x, y)) };
       };
       const first = look();
       if (first.y < 0 || first.y > innerHeight || !first.free)
         element.scrollIntoView({ block: 'center', inline: 'nearest', behavior: 'instant' });
       const began = performance.now();
       let before = look();
       const again = () => {
         const now = look();
         if (!now.free || now.x !== before.x || now.y !== before.y) done(null);
         else if (performance.now() - began >= still) done({ x: now.x, y: now.y });
         else setTimeout(again, 30);
       };
       setTimeout(again, 30);`,
      await this.#element(query, index),
      STILL_MS,
    );
  }

  tapAt(x, y) {
    return this.session.actions().move({ x: Math.round(x), y: Math.round(y), origin: Origin.VIEWPORT, duration: 0 }).press(Button.LEFT).release(Button.LEFT).perform();
  }

  /** Pressed on the first point, drawn over all others, released. */
  stroke(points) {
    const to = ([x, y], duration) => ({ x: Math.round(x), y: Math.round(y), origin: Origin.VIEWPORT, duration });
    const actions = this.session.actions().move(to(points[0], 0)).press(Button.LEFT);
    for (const point of points.slice(1)) actions.move(to(point, 20));
    return actions.release(Button.LEFT).perform();
  }

  /** WebDriver cannot work the system's window for files, so it is not opened: the file is laid into the field. */
  chooseFile(_open, testid, file) {
    return this.upload({ by: 'testid', value: testid }, 0, file);
  }

  evaluate(task, ...args) {
    return this.session.executeScript(`return (${task})(...arguments);`, ...args);
  }

  call(request) {
    return this.session.executeAsyncScript(
      `const done = arguments[arguments.length - 1];
       window.__TAURI_INTERNALS__.invoke('call', { request: arguments[0] })
         .then((reply) => done({ reply }), (failure) => done({ failure }));`,
      request,
    );
  }

  async resize(width, height) {
    const inner = () => this.session.executeScript('return [innerWidth, innerHeight];');
    const rect = { width, height };
    for (let attempt = 0; attempt < 3; attempt += 1) {
      await this.session.manage().window().setRect({ x: 0, y: 0, ...rect });
      const reached = await until(
        `a window of ${width}x${height}`,
        async () => {
          const [w, h] = await inner();
          return w === width && h === height;
        },
        { timeout: 1500 },
      ).catch(() => false);
      if (reached) return;
      // Borders, where there is a window manager.
      const [w, h] = await inner();
      rect.width += width - w;
      rect.height += height - h;
    }
    const [w, h] = await inner();
    throw new Error(`the window became ${w}x${h} instead of ${width}x${height}`);
  }

  settle() {
    return this.session.executeAsyncScript(
      `const done = arguments[arguments.length - 1];
       document.fonts.ready.then(() => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done, 250))));`,
    );
  }

  async picture() {
    return Buffer.from(await this.session.takeScreenshot(), 'base64');
  }

  async close() {
    await this.session.quit().catch(() => {});
    await stop(this.driverProcess);
    await this.#ended();
  }

  /** The process ids of the window, not of tauri-driver. */
  pids() {
    return processesOf(realpathSync(programs.window()), this.data);
  }

  async kill() {
    const pids = this.pids();
    if (pids.length === 0) throw new Error('the window was not running');
    for (const pid of pids) process.kill(pid, 'SIGKILL');
    await this.#ended();
    // The session died with the window; its drivers have nothing left to do.
    await kill(this.driverProcess);
  }

  #ended() {
    return until('the window to end', () => this.pids().length === 0);
  }
}

function keyOf(key) {
  if (key.length === 1) return key;
  const name = key.replace(/([a-z])([A-Z])/g, '$1_$2').toUpperCase();
  const found = Key[name] ?? Key[name.replace(/^ARROW_/, '')];
  if (!found) throw new Error(`unknown key ${key}`);
  return found;
}

/** Opens the window on a device's data directory. */
export async function openWindow({ data, width = SIZES[0].width, height = SIZES[0].height, env = {} }) {
  const [port, nativePort] = [await freePort(), await freePort()];
  const driverProcess = await start(
    programs.tauriDriver(),
    ['--port', String(port), '--native-port', String(nativePort), '--native-driver', programs.webKitWebDriver()],
    { log: 'window', leads: true, env: { NO_AT_BRIDGE: '1', ...env } },
  );
  await until('tauri-driver', async () => (await fetch(`http://127.0.0.1:${port}/status`)).ok, { timeout: 30_000 });
  const capabilities = new Capabilities({
    browserName: 'wry',
    'tauri:options': { application: programs.window(), args: ['--data', data] },
  });
  let session;
  try {
    session = await new Builder().usingServer(`http://127.0.0.1:${port}`).withCapabilities(capabilities).build();
  } catch (error) {
    await stop(driverProcess);
    throw new Error(`the window could not be opened: ${error.message}`);
  }
  await session.manage().setTimeouts({ script: 60_000 });
  const screen = new Screen(new WindowDriver(session, driverProcess, data));
  try {
    await until('the page of the window', async () => (await screen.says()).trim() !== '', { timeout: 30_000 });
    await screen.resize(width, height);
  } catch (error) {
    await screen.close();
    throw error;
  }
  return screen;
}
