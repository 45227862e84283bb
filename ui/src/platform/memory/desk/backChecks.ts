/** Second visits, pretended: drawn, begun, made again, with what differed. */

import type { BackCheckRow, BackChecks, ChangedField, Commands, DrawCheck } from '../../../ipc/types';
import type { Language } from '../../../core/format';
import { CommandFailure } from '../../types';
import { Engine } from '../engine';
import type { Family } from '../village';
import { PEOPLE } from './cases';

type Name = 'back_checks' | 'back_check_draw' | 'back_check_draws' | 'back_check_begin';
type Handlers = { [K in Name]: (args: Commands[K]['args']) => Commands[K]['reply'] };

export interface BackCheckHost {
  families: () => Family[];
  language: () => Language;
  person: () => string;
  /** Whether who sits here sees what differs. */
  checks: boolean;
  /** Opens the questionnaire of second visits, empty; gives its address. */
  begin: (family: Family) => string;
}

interface Drawn {
  family: Family;
  first: string;
  /** Who visited again; empty: nobody yet. */
  by: string;
  at: string;
  begun: string;
  asked: number;
  fields: [path: string, old: string, now: string][];
}

/** What the second visits found: of whose visit, who went, which answers differ. */
const FOUND: [first: number, by: number, fields: Drawn['fields']][] = [
  [1, 0, [['floor_material', '6', '2'], ['toilet_facility', '1', '3'], ['is_well_off', '2', '1']]],
  [1, 2, [['floor_material', '6', '1']]],
  [0, 1, []],
  [1, 0, [['floor_material', '2', '6'], ['cooking_fuel', '4', '1']]],
  [0, 2, [['cooking_fuel', '4', '3']]],
  [2, 0, [['floor_material', '6', '2'], ['wall_material', '3', '1'], ['toilet_facility', '3', '1'], ['power_va_1', '1', '3'], ['is_well_off', '2', '1'], ['drinking_water_source', '5', '1']]],
  [0, 1, []],
];
const ASKED = 17;

export class BackCheckCore {
  #drawn: Drawn[];
  #undrawn: number;
  #draws: DrawCheck[] = PEOPLE.map((person, index) => ({
    person,
    seed: 'Rapat desa 12 November 3f9a0c51e77b48d2a6104bcd98e2f7a3',
    percent: 10,
    of: 30 + 7 * index,
    drawn: 3 + index,
    at: '2026-11-12T03:20:00Z',
    outcome: (['fits', 'pool_changed', 'does_not_fit'] as const)[index],
  }));

  constructor(readonly host: BackCheckHost) {
    const visited = host.families().filter((family) => ['sent', 'verified'].includes(family.state) && !family.restriction);
    this.#undrawn = Math.max(0, visited.length - 20);
    const made = (index: number, more: Partial<Drawn>): Drawn | null =>
      visited[index] ? { family: visited[index], first: PEOPLE[index % 3], by: '', at: '', begun: '', asked: 0, fields: [], ...more } : null;
    this.#drawn = [
      ...Array.from({ length: 13 }, (_, index) => made(30 + index, {})),
      ...FOUND.map(([first, by, fields], index) => made(5 + index, { first: PEOPLE[first], by: PEOPLE[by], at: `2026-11-${20 + (index % 5)}T0${2 + (index % 6)}:1${index}:00Z`, asked: ASKED, fields })),
    ].filter((one) => one !== null);
  }

  #say = (id: string, en: string): string => (this.host.language() === 'id' ? id : en);

  #fields(one: Drawn): ChangedField[] {
    const engine = new Engine(one.family, this.host.language());
    return one.fields.map(([path, old, now]) => {
      const { question, label } = engine.describe(path);
      const show = (value: string) => (question ? engine.display(question, value) : value);
      return { path, label, old: show(old), new: show(now) };
    });
  }

  #row(one: Drawn): BackCheckRow {
    const { checks } = this.host;
    const own = one.first === this.host.person();
    const { answers } = one.family;
    return {
      household: one.family.id,
      head: new Engine(one.family, this.host.language()).head(),
      address: answers.address ?? '',
      rt: answers.rt ?? '',
      rw: answers.rw ?? '',
      village: '18.09.01.2001',
      enumerator: checks ? one.first : '',
      by: one.by,
      at: one.at,
      begun: one.begun,
      closed: own ? this.#say('Kunjungan pertama milik Anda sendiri.', 'The first visit is your own.') : one.by ? this.#say('Sudah dikunjungi ulang.', 'Visited again already.') : '',
      asked: one.asked,
      differ: one.fields.length,
      fields: this.#fields(one),
    };
  }

  #view(): BackChecks {
    const { checks, person } = this.host;
    // Who visits sees neither the own visits that were drawn nor what was found.
    const seen = this.#drawn.filter((one) => checks || (one.first !== person() && one.by === ''));
    return { rows: seen.map((one) => this.#row(one)), may_draw: checks, undrawn: checks ? this.#undrawn : 0 };
  }

  readonly handlers: Handlers = {
    back_checks: () => this.#view(),
    back_check_draw: ({ percent, seed }) => {
      if (percent < 1 || percent > 100 || seed.length < 3) {
        throw new CommandFailure({
          code: 'bad_draw',
          message: this.#say('Undian memerlukan persentase dan teks.', 'A draw needs a percentage and a text.'),
          hint: this.#say('Perbaiki, lalu undi lagi.', 'Correct them and draw again.'),
          path: null,
        });
      }
      const there = new Set(this.#drawn.map((one) => one.family));
      const left = this.host.families().filter((family) => ['sent', 'verified'].includes(family.state) && !there.has(family) && !family.restriction);
      const taken = left.slice(0, Math.ceil((this.#undrawn * percent) / 100));
      PEOPLE.forEach((person, index) => {
        const drawn = taken.filter((_, place) => place % 3 === index).length;
        if (drawn) this.#draws.push({ person, seed: `${seed} 0b5e6f2d9c8a41733f9a0c51e77b48d2`, percent, of: Math.ceil(this.#undrawn / 3), drawn, at: new Date().toISOString(), outcome: 'fits' });
      });
      this.#undrawn -= taken.length;
      this.#drawn = [...taken.map((family, index) => ({ family, first: PEOPLE[index % 3], by: '', at: '', begun: '', asked: 0, fields: [] })), ...this.#drawn];
      return this.#view();
    },
    back_check_draws: () => this.#draws,
    back_check_begin: ({ household }) => {
      const one = this.#drawn.find((entry) => entry.family.id === household);
      if (!one) throw new CommandFailure({ code: 'not_drawn', message: this.#say('Kunjungan ini tidak terpilih.', 'This visit was not drawn.'), hint: '', path: null });
      one.begun ||= this.host.begin(one.family);
      return { household: one.begun };
    },
  };
}
