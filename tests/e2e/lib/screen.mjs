// One way to drive a screen, whether it is the real window or a browser page. A story written
// against it runs in both.
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { artifacts } from './paths.mjs';
import { until } from './processes.mjs';

/** The sizes at which every screen is looked at. */
export const SIZES = [
  { name: '390x844', width: 390, height: 844 },
  { name: '360x640', width: 360, height: 640 },
  { name: '1280x800', width: 1280, height: 800 },
];

const asText = (value) => (value instanceof RegExp ? { value: value.source, pattern: true } : { value });

/** One or more elements, looked up again each time they are used. */
class Target {
  constructor(screen, query, index = 0) {
    this.screen = screen;
    this.query = query;
    this.index = index;
  }

  toString() {
    const { by, value, name } = this.query;
    return `${by} ${JSON.stringify(value)}${name === undefined ? '' : ` named ${JSON.stringify(name)}`}${this.index ? ` (number ${this.index + 1})` : ''}`;
  }

  nth(index) {
    return new Target(this.screen, this.query, index);
  }

  count() {
    return this.screen.driver.count(this.query);
  }

  async exists() {
    return (await this.count()) > this.index;
  }

  /** Waits until it is shown. */
  async wait(options) {
    try {
      await until(String(this), () => this.exists(), options);
    } catch (error) {
      throw new Error(`${error.message}\nThe screen says:\n${await this.screen.says()}`);
    }
    return this;
  }

  /** Waits until it is no longer shown. */
  async gone(options) {
    await until(`${this} to go away`, async () => !(await this.exists()), options);
  }

  async #use(verb, ...args) {
    await this.wait();
    // The screen may redraw between finding and using; then it is found again.
    return until(`${verb} on ${this}`, async () => ({ result: await this.screen.driver[verb](this.query, this.index, ...args) }), {
      timeout: 10_000,
    }).then((outcome) => outcome.result);
  }

  click() {
    return this.#use('click');
  }

  /** Replaces what stands in a field. */
  fill(text) {
    return this.#use('fill', String(text));
  }

  /** Adds keys to a field, one after the other, as a keyboard does. */
  type(text) {
    return this.#use('type', String(text));
  }

  press(key) {
    return this.#use('press', key);
  }

  /** Chooses a file in a file field, shown or not. */
  upload(path) {
    return this.#use('upload', resolve(path));
  }

  async text() {
    return (await this.#use('read', 'innerText')).replace(/\s+/g, ' ').trim();
  }

  /** A property of the element, such as `tagName`. */
  read(property) {
    return this.#use('read', property);
  }

  value() {
    return this.#use('read', 'value');
  }

  attribute(name) {
    return this.#use('attribute', name);
  }

  async checked() {
    return (await this.#use('read', 'checked')) === true || (await this.attribute('aria-checked')) === 'true';
  }
}

export class Screen {
  /** @param driver what does the work: see window.mjs and page.mjs */
  constructor(driver) {
    this.driver = driver;
  }

  testId(id, options = {}) {
    return new Target(this, { by: 'testid', ...asText(id), ...options });
  }

  /** `role('button', 'Lanjut')`; a name may be a part, or a RegExp, or `{ exact: true }`. */
  role(role, name, options = {}) {
    const query = { by: 'role', value: role, ...options };
    if (name instanceof RegExp) Object.assign(query, { name: name.source, pattern: true });
    else if (name !== undefined) query.name = name;
    return new Target(this, query);
  }

  button(name, options) {
    return this.role('button', name, options);
  }

  label(label, options = {}) {
    return new Target(this, { by: 'label', ...asText(label), ...options });
  }

  text(text, options = {}) {
    return new Target(this, { by: 'text', ...asText(text), ...options });
  }

  css(selector, options = {}) {
    return new Target(this, { by: 'css', value: selector, ...options });
  }

  /** Runs a function in the page and returns its result; arguments and result are JSON. */
  evaluate(task, ...args) {
    return this.driver.evaluate(task, ...args);
  }

  /** Asks the core directly, as the screens do. Rejects with `{ failure }`. */
  async call(command, args = {}) {
    const answer = await this.driver.call({ command, args });
    if (answer.failure) throw Object.assign(new Error(`${command}: ${answer.failure.message}`), answer);
    return answer.reply;
  }

  /** All the text that is shown. */
  says() {
    return this.driver.evaluate(() => document.body.innerText);
  }

  press(key) {
    return this.driver.key(key);
  }

  /** The size of the page inside the window, in CSS pixels. */
  resize(width, height) {
    return this.driver.resize(width, height);
  }

  /** A picture in the artifacts folder (or at an absolute path); returns its path. */
  async shot(name) {
    // Fonts, and one frame after the last change.
    await this.driver.settle();
    const path = resolve(artifacts, name.endsWith('.png') ? name : `${name}.png`);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, await this.driver.picture());
    return path;
  }

  /** The same screen at every size: `<folder>/<name>-390x844.png` ... */
  async shots(folder, name, sizes = SIZES) {
    const paths = [];
    for (const size of sizes) {
      await this.resize(size.width, size.height);
      paths.push(await this.shot(join(folder, `${name}-${size.name}.png`)));
    }
    await this.resize(SIZES[0].width, SIZES[0].height);
    return paths;
  }

  /** Ends it in good order. */
  close() {
    return this.driver.close();
  }

  /** kill -9 of the program that holds the data: a battery that ran out. */
  kill() {
    return this.driver.kill();
  }
}
