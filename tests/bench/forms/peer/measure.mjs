// The same measurements in npm @getodk/xforms-engine, started by ../peer.rs:
//   node measure.mjs SCENARIO FORM.xml REPETITIONS
// The folder it runs in holds the packages. One line of JSON on standard output: times in milliseconds, what
// was computed (compared with Lawang's), and the largest resident memory of this process in KiB.

import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { pathToFileURL } from 'node:url';

const here = createRequire(join(process.cwd(), 'package.json'));
const { JSDOM } = here('jsdom');
const { window } = new JSDOM('<!doctype html>', { url: 'http://localhost/' });
for (const name of Object.getOwnPropertyNames(window)) {
	if (!(name in globalThis)) {
		globalThis[name] = window[name];
	}
}
// Its WebAssembly loader takes Node for CommonJS.
globalThis.__dirname = process.cwd();
// A package without a CommonJS entry: it is named by its file.
const engine = join(process.cwd(), 'node_modules/@getodk/xforms-engine/dist/index.js');
const { createInstance } = await import(pathToFileURL(engine).href);

const [scenario, file, repetitions] = process.argv.slice(2);
const xml = await readFile(file, 'utf8');
const rounds = Number(repetitions);
const times = {};
let result = '';

const open = async () => (await createInstance(xml)).root;

/** The node of that name, in document order, outside of repeats. */
const find = (node, name) => {
	for (const child of node.currentState.children ?? []) {
		const reference = child.currentState.reference;
		if (reference.endsWith(`/${name}`)) {
			return child;
		}
		const found = child.nodeType.startsWith('repeat') ? undefined : find(child, name);
		if (found) {
			return found;
		}
	}
	return undefined;
};

const note = (what, started) => {
	(times[what] ??= []).push(performance.now() - started);
};

/** What a screen shows of a select. */
const choices = (node) => node.currentState.valueOptions.map((item) => item.label.asString || item.value);

const scenarios = {
	async load() {
		let root;
		for (let round = 0; round < rounds; round += 1) {
			const started = performance.now();
			root = await open();
			note('load', started);
		}
		result = String(find(root, 'last').currentState.value);
	},

	async chain() {
		const root = await open();
		const [first, last] = [find(root, 'first'), find(root, 'last')];
		for (let round = rounds; round >= 1; round -= 1) {
			const started = performance.now();
			first.setValue(BigInt(round));
			result = String(last.currentState.value);
			note('answer', started);
		}
	},

	async roster() {
		for (let round = 0; round < rounds; round += 1) {
			const root = await open();
			const [members, size] = [find(root, 'member'), find(root, 'size')];
			const started = performance.now();
			for (let n = 0; n < 8; n += 1) {
				members.addInstances(n, 1);
			}
			result = String(size.currentState.value);
			note('add', started);
		}
	},

	async cascade() {
		const started = performance.now();
		const root = await open();
		note('load', started);
		const levels = ['province', 'regency', 'district', 'village'].map((name) => find(root, name));
		const seen = [];
		for (let round = 0; round < rounds; round += 1) {
			for (let level = 0; level < 3; level += 1) {
				// Another branch in every round, the same ones as Lawang takes.
				const options = levels[level].currentState.valueOptions;
				const choice = options[(round * 7) % options.length].value;
				const started = performance.now();
				levels[level].selectValue(choice);
				const below = choices(levels[level + 1]);
				note(levels[level + 1].currentState.reference.split('/').pop(), started);
				seen.push(below.length);
			}
		}
		result = seen.join(' ');
	},
};

await scenarios[scenario]();
console.log(JSON.stringify({ times, result, memory: process.resourceUsage().maxRSS }));
process.exit(0);
