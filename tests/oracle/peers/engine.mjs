// Runs scripts in the engine of ODK Web Forms. The same exchange as Driver.java: one request a line on
// standard input, {"xml", "files", "steps"}, one answer a line, {"states", "error"}.

import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import readline from 'node:readline';

const here = process.argv[2];
const require = createRequire(path.join(here, 'package.json'));
const { JSDOM } = require('jsdom');

// The engine expects a browser.
const { window } = new JSDOM('');
for (const name of Object.getOwnPropertyNames(window)) {
  if (!(name in globalThis)) {
    try {
      globalThis[name] = window[name];
    } catch {
      // Some names of a window can only be read in one.
    }
  }
}
globalThis.require = require;
globalThis.__dirname = here;
for (const name of ['log', 'warn', 'error', 'info', 'debug']) {
  console[name] = () => {};
}
const { createInstance } = await import(
  path.join(here, 'node_modules', '@getodk', 'xforms-engine', 'dist', 'index.js')
);
process.on('unhandledRejection', () => {});
process.on('uncaughtException', () => {});

const PROPERTIES = {
  deviceID: 'tablet-7',
  email: 'siti@example.org',
  username: 'Siti',
  phoneNumber: '08123456789',
};
const CONTROLS = new Set(['input', 'select', 'trigger', 'range', 'rank', 'upload']);

function* nodes(node) {
  yield node;
  for (const child of node.currentState.children ?? []) {
    yield* nodes(child);
  }
}

function find(root, reference) {
  for (const node of nodes(root)) {
    if (node.currentState.reference === reference) {
      return node;
    }
  }
  return undefined;
}

function state(root) {
  const out = {};
  for (const node of nodes(root)) {
    const now = node.currentState;
    if (now.children !== null || node.nodeType === 'attribute') {
      continue;
    }
    const options = now.relevant && Array.isArray(now.valueOptions) ? now.valueOptions : [];
    const choices = options.map((option) => option.value);
    const value = now.relevant ? (now.instanceValue ?? '') : '';
    const isSelect = node.nodeType === 'select' || node.nodeType === 'rank';
    const offered = !isSelect || value.split(/\s+/u).every((one) => one === '' || choices.includes(one));
    out[now.reference] = {
      value,
      relevant: now.relevant,
      required: now.required,
      readonly: now.readonly || !CONTROLS.has(node.nodeType),
      valid: !now.relevant || (offered && node.validationState.constraint?.valid !== false),
      choices,
    };
  }
  return out;
}

const POINT = String.raw`-?\d+(\.\d+)?( -?\d+(\.\d+)?){1,3}`;
/** What a widget takes, by type of value; anything else leaves the answer as it was. */
const TAKEN = {
  int: /^-?\d{1,9}$/u,
  decimal: /^-?(\d+\.?\d*|\.\d+)$/u,
  date: /^\d{4}-\d{2}-\d{2}$/u,
  time: /^\d{2}:\d{2}/u,
  dateTime: /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}/u,
  geopoint: new RegExp(`^${POINT}$`, 'u'),
  geotrace: new RegExp(`^${POINT}(\\s*;\\s*${POINT})+$`, 'u'),
  geoshape: new RegExp(`^${POINT}(\\s*;\\s*${POINT}){3,}$`, 'u'),
};

function takes(node, text) {
  const pattern = TAKEN[node.valueType];
  if (pattern === undefined || text === '') {
    return true;
  }
  const day = /^\d{4}-\d{2}-\d{2}/u.exec(text)?.[0];
  const exists = day === undefined || new Date(`${day}T00:00:00Z`).toJSON()?.startsWith(day);
  const clock = /^(\d{2}):(\d{2})/u.exec(text);
  return pattern.test(text) && exists && (node.valueType !== 'time' || (clock[1] < 24 && clock[2] < 60));
}

function set(node, text) {
  if (node === undefined || !CONTROLS.has(node.nodeType) || node.currentState.readonly) {
    return;
  }
  const trimmed = text.trim();
  switch (node.nodeType) {
    case 'select': {
      const codes = trimmed === '' ? [] : trimmed.split(/\s+/u);
      if (codes.every((code) => node.getValueOption(code) !== null)) {
        node.selectValues(codes);
      }
      return;
    }
    case 'rank': {
      const codes = trimmed === '' ? [] : trimmed.split(/\s+/u);
      const all = node.currentState.valueOptions.map((option) => option.value);
      if (codes.every((code) => all.includes(code))) {
        node.setValues([...new Set(codes)]);
      }
      return;
    }
    case 'trigger':
      if (trimmed === '' || /^(ok|true|1)$/iu.test(trimmed)) {
        node.setValue(trimmed !== '');
      }
      return;
    case 'upload':
      node.setValue(trimmed === '' ? null : new window.File([text], text));
      return;
    default: {
      const given = node.valueType === 'string' ? text : trimmed;
      if (takes(node, given)) {
        node.setValue(given);
      }
    }
  }
}

function step(root, one) {
  if ('set' in one) {
    set(find(root, one.set), one.value);
  } else if ('add_repeat' in one) {
    find(root, one.add_repeat)?.addInstances?.();
  } else {
    const [, range, number] = /^(.*)\[(\d+)\]$/u.exec(one.remove_repeat);
    find(root, range)?.removeInstances?.(Number(number) - 1);
  }
}

async function run(request, states) {
  const fetchFormAttachment = async (url) => {
    const file = path.join(request.files ?? '', path.basename(String(url)));
    const type = file.endsWith('.csv') ? 'text/csv' : file.endsWith('.geojson') ? 'application/geo+json' : 'text/xml';
    return new Response(fs.readFileSync(file), { status: 200, headers: { 'content-type': type } });
  };
  const { root } = await createInstance(request.xml, {
    form: { fetchFormAttachment },
    instance: { preloadProperties: PROPERTIES },
  });
  states.push(state(root));
  for (const one of request.steps) {
    step(root, one);
    states.push(state(root));
  }
}

for await (const line of readline.createInterface({ input: process.stdin })) {
  const answer = { states: [] };
  try {
    await run(JSON.parse(line), answer.states);
  } catch (error) {
    answer.error = String(error?.message ?? error);
  }
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
