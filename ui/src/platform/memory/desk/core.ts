/** The verifier's desk of the core in memory: what waits, old against new, decisions. */

import type {
  Commands,
  DeskDraft,
  ComparedField,
  Comparison,
  Desk,
  DeskQuery,
  DeskReason,
  EnumeratorWork,
  EvidenceView,
  NeedView,
  Replacements,
  SettlementView,
} from '../../../ipc/types';
import type { Language } from '../../../core/format';
import { CommandFailure } from '../../types';
import { Engine } from '../engine';
import type { Family } from '../village';
import { makeCases, PEOPLE, type Case } from './cases';
import { housePicture } from './pictures';

type Name =
  | 'desk'
  | 'desk_household'
  | 'desk_accept'
  | 'desk_send_back'
  | 'desk_comment'
  | 'desk_assign'
  | 'desk_draft'
  | 'desk_removal'
  | 'evidence_add'
  | 'evidence_drop'
  | 'evidence_save'
  | 'replacements'
  | 'conflicts_settle'
  | 'settlements'
  | 'settlement_undo'
  | 'rules'
  | 'enumerators';

type Handlers = { [K in Name]: (args: Commands[K]['args']) => Commands[K]['reply'] };

const ORDER: DeskReason[] = ['contested', 'conflict', 'proposal', 'duplicate', 'check', 'eligibility', 'overdue', 'submitted', 'returned'];
const WEIGHTY = new Set(['floor_material', 'wall_material', 'toilet_facility', 'power_va_1', 'is_well_off', 'household_status']);
const CODE = '18.09.01.2001';

const reason = (code: string, id: string, en: string) => ({ code, id, en });
const RETURNS = [
  reason('unclear', 'Isian tidak jelas', 'Answers unclear'),
  reason('photo', 'Foto kurang atau tidak jelas', 'Photos missing or unclear'),
  reason('number', 'NIK atau No. KK perlu diperiksa', 'NIK or No. KK needs checking'),
  reason('incomplete', 'Ada anggota keluarga yang belum didata', 'A member is missing'),
];
const REMOVALS = [
  reason('died', 'Meninggal tanpa ahli waris', 'Died without heir'),
  reason('well_off', 'Mampu', 'Well-off'),
  reason('moved', 'Pindah atau tidak ditemukan', 'Moved or not found'),
  reason('duplicate', 'Ganda', 'Duplicate'),
  reason('resigned', 'Mengundurkan diri', 'Resigned'),
];

const NO_DRAFT: DeskDraft = { keep: [], comments: [], note: '', reason: '', reason_own: '', assign: '', said: '' };

export interface DeskHost {
  families: () => Family[];
  language: () => Language;
  /** Who sits here. */
  person: () => string;
  /** An answer of the enumerator to what came back; false where it is none. */
  answer: (household: string, answers: string, text: string) => boolean;
}

export class DeskCore {
  #cases: Case[];
  #settlements: SettlementView[] = [];
  /** What a row says, worked out once: a screen may ask for thousands. */
  #brief = new Map<Case, { key: string; words: string; need: number }>();
  #count = 0;
  /** Evidence by its name, and which of it waits for a proposal, by household. */
  #files = new Map<string, string>();
  #kept = new Map<string, EvidenceView[]>();
  /** What was written and not decided with, by household. */
  #drafts = new Map<string, DeskDraft>();

  constructor(
    readonly host: DeskHost,
    most = 60,
  ) {
    this.#cases = makeCases(host.families(), most);
  }

  photo(id: string): string | null {
    return this.#files.get(id) ?? housePicture(id);
  }

  #id = (): string => `made-${(this.#count += 1)}`;

  #say = (id: string, en: string): string => (this.host.language() === 'id' ? id : en);

  #choices = (list: typeof RETURNS) => list.map(({ code, id, en }) => ({ code, label: this.#say(id, en) }));

  #refuse(code: string, message: string, hint: string): never {
    throw new CommandFailure({ code, message, hint, path: null });
  }

  #case(household: string): Case {
    return (
      this.#cases.find((entry) => entry.family.id === household) ??
      this.#refuse('not_found', this.#say('Keluarga ini tidak ada di meja ini.', 'This family is not at this desk.'), '')
    );
  }

  /** Also a family that does not wait: on the waiting list its need is asked for. */
  #any(household: string): Case {
    const family = this.host.families().find((entry) => entry.id === household);
    const there = this.#cases.some((one) => one.family.id === household);
    return family && !there ? makeCases([{ ...family, state: 'sent' }])[0] ?? this.#case(household) : this.#case(household);
  }

  #need(one: Case): NeedView {
    const answers = one.family.answers;
    const engine = this.#engine(one);
    const because = (name: string) => {
      const { question } = engine.describe(name);
      return question ? engine.display(question, answers[name] ?? '') : '';
    };
    const point = (id: string, en: string, name: string, bad: readonly string[]) => ({
      label: this.#say(id, en),
      met: !answers[name] ? 'unknown' : bad.includes(answers[name]) ? 'yes' : 'no',
      because: because(name),
    });
    const points = [
      point('Kepala keluarga tidak bekerja', 'Head does not work', 'head_works', ['2']),
      point('Lantai tanah atau plester', 'Earth or cement floor', 'floor_material', ['6', '8', '9']),
      point('Dinding tidak layak', 'Poor walls', 'wall_material', ['3', '4', '5']),
      point('Tidak punya jamban sendiri', 'No own toilet', 'toilet_facility', ['2', '3', '4', '5']),
      point('Listrik 450 VA atau tanpa listrik', '450 VA or no electricity', 'power_va_1', ['1']),
    ];
    return {
      formula: 'Kepmensos 262/HUK/2022, 1 Des 2022',
      score: points.filter((entry) => entry.met === 'yes').length,
      of: 8,
      at_once: false,
      before: 3,
      points,
    };
  }

  #engine(one: Case): Engine {
    return new Engine(one.family, this.host.language());
  }

  #fields(one: Case): ComparedField[] {
    const engine = this.#engine(one);
    return engine.places().flatMap((place) =>
      engine
        .items(place)
        .filter((item) => !item.readonly && item.widget !== 'note' && item.widget !== 'calculated')
        .map((item) => {
          const register = item.previous_value;
          const before = one.previous[item.path] ?? register;
          const { question, label } = engine.describe(item.path);
          const show = (value: string) => (question ? engine.display(question, value) : value);
          const number = item.widget === 'id_number' ? (text: string) => text.replace(/^(\d{6})\d{6}(\d{4})$/, '$1••••••$2') : (text: string) => text;
          return {
            path: item.path,
            label,
            section: (place.member ? `${place.member.answers.name}: ` : '') + (this.host.language() === 'id' ? place.def.id : place.def.en),
            register: number(show(register)),
            previous: number(show(before)),
            current: number(show(item.value)),
            changed: (item.value !== before && (before !== '' || WEIGHTY.has(item.path))) || one.conflicts.includes(item.path),
            weighty: WEIGHTY.has(item.path),
            author: item.path === 'roof_material' ? 'Pak Hadi (operator)' : '',
            at: item.path === 'roof_material' ? '2026-11-20T02:00:00Z' : '',
            conflict: one.conflicts.includes(item.path),
            older: before ? (before === register ? 'register' : 'previous') : '',
          };
        }),
    );
  }

  #comparison(household: string, everything = false): Comparison {
    const one = this.#any(household);
    const fields = this.#fields(one);
    const answers = one.family.answers;
    const settled = one.done ? this.#say('Sudah diputuskan.', 'Decided already.') : '';
    const conflicts = one.conflicts.length ? this.#say('Pilih dulu isian yang berbeda.', 'Settle the differing answers first.') : '';
    return {
      household,
      head: this.#engine(one).head(),
      address: answers.address ?? '',
      sls: answers.sls ?? '',
      rt: answers.rt ?? '',
      rw: answers.rw ?? '',
      village: CODE,
      village_name: 'Sukaraja',
      state: one.family.state,
      standing: one.done ? this.#say('Terverifikasi', 'Verified') : this.#say('Dikirim, menunggu pemeriksaan', 'Submitted, waits for a check'),
      seen: String(one.version),
      reasons: one.reasons,
      register: { person: 'SIKS-NG', device: '', at: '2025-03-11', seconds: null, distance: null, far: false, position: null },
      previous: { person: PEOPLE[1], device: 'HP-02', at: '2025-05-02T03:00:00Z', seconds: 1310, distance: 12, far: false, position: [-5.36214, 105.08441] },
      current: { person: one.enumerator, device: one.device, at: one.submitted, seconds: one.seconds, distance: one.distance, far: (one.distance ?? 0) > 300, position: [-5.3625, 105.0846] },
      fields: fields.filter((field) => everything || field.changed),
      unchanged: fields.filter((field) => !field.changed).length,
      photos: one.photos
        ? ['photo_house', 'photo_floor', 'photo_kitchen'].map((path, index) => ({
            path,
            label: [this.#say('Foto rumah', 'House'), this.#say('Foto lantai', 'Floor'), this.#say('Foto dapur', 'Kitchen')][index],
            previous: index === 2 ? '' : `old-${index}-${household.slice(-4)}`,
            current: `new-${index}-${household.slice(-4)}`,
            values: one.conflicts.includes(path)
              ? [
                  { value: `new-${index}-${household.slice(-4)}`, display: this.#say('foto', 'picture'), file: 'photo', author: one.enumerator, device: one.device, at: one.submitted, mine: false },
                  { value: `new-2-${household.slice(-4)}`, display: this.#say('foto', 'picture'), file: 'photo', author: PEOPLE[1], device: 'HP-04', at: '2026-11-20T06:40:00Z', mine: false },
                ]
              : [],
          }))
        : [],
      checks: one.checks,
      thread: one.thread.map((entry) => ({ ...entry, mine: entry.author === this.host.person() })),
      decisions: one.decisions,
      need: this.#need(one),
      findings: one.findings,
      removal: one.removal,
      evidence_kept: this.#kept.get(household) ?? [],
      draft: this.#drafts.get(household) ?? NO_DRAFT,
      may: { accept: settled || conflicts, send_back: settled, assign: '', remove: '', comment: '' },
      people: PEOPLE,
      return_reasons: this.#choices(RETURNS),
      removal_reasons: this.#choices(REMOVALS),
    };
  }

  #desk(query: DeskQuery): Desk {
    const waits = this.#cases.filter((one) => !one.done);
    const words = query.search.toLowerCase().split(/\s+/).filter((word) => word !== '');
    const wanted = (one: Case) => {
      const text = `${this.#engine(one).head()} ${one.family.answers.address} rt ${Number(one.family.answers.rt)}`.toLowerCase();
      const inPart = query.reasons.length
        ? one.reasons.some((entry) => query.reasons.includes(entry))
        : one.reasons.some((entry) => entry !== 'returned');
      return inPart && words.every((word) => text.includes(word)) && (!query.enumerator || one.enumerator === query.enumerator);
    };
    const rank = (one: Case) => ORDER.indexOf(one.reasons[0]);
    const found = waits.filter(wanted).sort((a, b) => rank(a) - rank(b) || a.submitted.localeCompare(b.submitted));
    const brief = (one: Case): { words: string; need: number } => {
      const key = `${this.host.language()} ${one.version} ${one.conflicts.length} ${one.enumerator}`;
      let found = this.#brief.get(one);
      if (found?.key !== key) {
        found = { key, words: first(one), need: this.#need(one).score };
        this.#brief.set(one, found);
      }
      return found;
    };
    const first = (one: Case): string => {
      if (one.conflicts.length) return this.#say(`${one.conflicts.length} isian berbeda`, `${one.conflicts.length} answers differ`);
      if (one.checks.length) return one.checks[0].message;
      if (one.reasons[0] === 'eligibility') {
        return this.#say('kini tidak tergolong miskin menurut Kepmensos 262/HUK/2022', 'no longer poor by Kepmensos 262/HUK/2022');
      }
      const changed = this.#fields(one).filter((field) => field.changed).length;
      return this.#say(`${changed} isian berubah`, `${changed} answers changed`);
    };
    return {
      total: found.length,
      rows: found.slice(query.offset, query.offset + query.limit).map((one) => ({
        household: one.family.id,
        head: this.#engine(one).head(),
        address: one.family.answers.address ?? '',
        sls: one.family.answers.sls ?? '',
        rt: one.family.answers.rt ?? '',
        rw: one.family.answers.rw ?? '',
        village: CODE,
        state: one.family.state,
        reasons: one.reasons,
        words: brief(one).words,
        enumerator: one.enumerator,
        submitted: one.submitted,
        need: brief(one).need,
        removal: one.removal !== null,
      })),
      counts: ORDER.map((entry) => ({ reason: entry, households: waits.filter((one) => one.reasons.includes(entry)).length })),
      done: 12 + this.#cases.filter((one) => one.done).length,
      unchecked: 0,
      enumerators: PEOPLE,
      may_decide: true,
      cutoff: '2026-12-17',
      cutoff_days: 26,
    };
  }

  /** Refuses what was decided on another record than the one shown. */
  #sameAs(one: Case, seen: string): void {
    if (one.surprise) {
      Object.assign(one.family.answers, one.surprise);
      one.surprise = null;
      one.version += 1;
    }
    if (seen !== String(one.version)) {
      this.#refuse(
        'changed_meanwhile',
        this.#say('Data keluarga ini berubah sejak Anda membukanya.', 'This record changed since you opened it.'),
        this.#say('Lihat lagi, lalu putuskan.', 'Look again, then decide.'),
      );
    }
    one.version += 1;
  }

  #comment(one: Case, path: string, text: string, open: boolean, answers = ''): void {
    const { label } = this.#engine(one).describe(path);
    one.thread.push({
      id: this.#id(),
      path,
      label: path ? label : '',
      text,
      author: this.host.person(),
      at: new Date().toISOString(),
      mine: true,
      answers,
      open,
    });
    for (const entry of one.thread) if (entry.id === answers) entry.open = false;
  }

  #decided(one: Case, state: string, title: string, why: string): void {
    one.decisions.unshift({ id: this.#id(), state, title, reason: why, author: this.host.person(), at: new Date().toISOString(), counts: true, contested: false });
    for (const other of one.decisions.slice(1)) Object.assign(other, { counts: false, contested: false });
  }

  #replacements(): Replacements {
    const taken = new Set(this.#cases.flatMap((one) => one.removal?.replacement || []));
    return {
      waiting: this.host
        .families()
        .slice(640, 652)
        .map((family, index) => ({
          household: family.id,
          head: new Engine(family, this.host.language()).head(),
          address: family.answers.address ?? '',
          need: 7 - Math.floor(index / 2),
          of: 8,
          taken: taken.has(family.id) || index === 1,
        })),
      removals: this.#cases
        .filter((one) => one.removal)
        .map((one) => ({ household: one.family.id, head: this.#engine(one).head(), address: one.family.answers.address ?? '', removal: one.removal! })),
    };
  }

  #work(): EnumeratorWork[] {
    const family = (one: Case) => {
      const { address = '', rt = '', rw = '' } = one.family.answers;
      return { household: one.family.id, head: this.#engine(one).head(), address, rt, rw };
    };
    return PEOPLE.map((person, index) => ({
      person,
      visits: this.#cases.filter((one) => one.enumerator === person).length,
      seconds: [1290, 1105, 142][index],
      most_an_hour: [3, 4, 38][index],
      signs:
        index === 2
          ? [
              { code: 'too_many', words: '38 keluarga dalam satu jam, 21 Nov 08.00 sampai 09.00', households: this.#cases.slice(2, 40).map(family) },
              { code: 'one_point', words: '31 kunjungan dicatat dari satu titik', households: this.#cases.slice(2, 33).map(family) },
              { code: 'all_alike', words: 'Jawaban perumahan sama pada 29 keluarga', households: this.#cases.slice(2, 31).map(family) },
            ]
          : [],
      checked: [4, 3, 0][index],
      asked_twice: [172, 129, 0][index],
      differ: [5, 21, 0][index],
      fields: index === 1 ? [{ label: 'Luas lantai', asked: 3, differ: 3 }, { label: 'Pekerjaan utama', asked: 7, differ: 4 }] : [],
    }));
  }

  /** Puts conflicts away, or back. */
  #settle(one: Case, path: string, why: string): void {
    const { label } = this.#engine(one).describe(path);
    one.conflicts = one.conflicts.filter((entry) => entry !== path);
    one.family.conflicts = one.conflicts;
    if (one.conflicts.length === 0) one.reasons = ['submitted'];
    this.#settlements.unshift({
      id: this.#id(),
      household: one.family.id,
      head: this.#engine(one).head(),
      field: { path, label, old: this.#say('Semen/bata merah', 'Cement'), new: this.#say('Keramik', 'Tiles') },
      reason: why,
      author: this.host.person(),
      at: new Date().toISOString(),
      closed: '',
    });
  }

  settled(household: string, path: string, why: string): void {
    const one = this.#cases.find((entry) => entry.family.id === household);
    if (one) this.#settle(one, path, why);
  }

  readonly handlers: Handlers = {
    desk: (query) => this.#desk(query),
    desk_household: ({ household, everything }) => this.#comparison(household, everything),
    desk_accept: ({ household, seen, keep_older, note }) => {
      const one = this.#case(household);
      if (keep_older.length > 0 && note.trim().length < 3) this.#refuse('reason_needed', this.#say('Alasannya belum ditulis.', 'The reason is missing.'), '');
      this.#sameAs(one, seen);
      for (const path of keep_older) one.family.answers[path] = one.previous[path] ?? one.family.register[path] ?? '';
      one.done = true;
      one.family.state = 'verified';
      const { comments = [] } = this.#drafts.get(household) ?? {};
      this.#drafts.set(household, { ...NO_DRAFT, comments });
      this.#decided(one, 'field_verified', this.#say('Diterima', 'Accepted'), note);
      return this.#comparison(household);
    },
    desk_send_back: ({ household, seen, reason: why, comments, assign }) => {
      const one = this.#case(household);
      this.#sameAs(one, seen);
      for (const comment of comments) this.#comment(one, comment.path, comment.text, true);
      if (assign) one.given = assign;
      one.reasons = ['returned'];
      one.family.state = 'returned';
      const words = RETURNS.find(({ code }) => code === why);
      this.#drafts.delete(household);
      this.#decided(one, 'returned', this.#say('Dikembalikan', 'Sent back'), words ? this.#say(words.id, words.en) : why);
      return this.#comparison(household);
    },
    desk_comment: ({ household, path, text, answers }) => {
      if (this.host.answer(household, answers, text)) return {} as Comparison;
      const one = this.#case(household);
      one.version += 1;
      const draft = this.#drafts.get(household);
      if (draft && !answers) {
        this.#drafts.set(household, { ...draft, said: path ? draft.said : '', comments: draft.comments.filter((comment) => comment.path !== path) });
      }
      this.#comment(one, path, text, false, answers);
      return this.#comparison(household);
    },
    desk_draft: ({ household, draft }) => {
      this.#drafts.set(household, draft);
      return {};
    },
    desk_assign: ({ household, person }) => {
      this.#case(household).given = person;
      return this.#comparison(household);
    },
    desk_removal: ({ household, seen, reason: code, note, replacement, evidence = [] }) => {
      const one = this.#case(household);
      this.#sameAs(one, seen);
      const words = REMOVALS.find((entry) => entry.code === code);
      const other = this.host.families().find((family) => family.id === replacement);
      const known = [...(one.removal?.evidence ?? []), ...(this.#kept.get(household) ?? [])];
      if (words) this.#kept.delete(household);
      one.removal = words
        ? {
            id: this.#id(),
            reason: code,
            title: this.#say(words.id, words.en),
            note,
            author: this.host.person(),
            at: new Date().toISOString(),
            replacement,
            replacement_head: other ? new Engine(other, this.host.language()).head() : '',
            promised_to: [],
            others: [],
            evidence: known.filter(({ file }) => evidence.includes(file)),
          }
        : null;
      return this.#comparison(household);
    },
    evidence_add: ({ household, data }) => {
      const kind = data.startsWith('JVBERi') ? 'pdf' : /^(\/9j\/|iVBORw0KGgo)/.test(data) ? 'photo' : '';
      if (!kind) this.#refuse('not_evidence', this.#say('Berkas itu bukan foto JPEG atau PNG dan bukan dokumen PDF.', 'That file is no JPEG or PNG photo and no PDF document.'), '');
      const kept = this.#kept.get(household) ?? [];
      const file = `sha256:${this.#id()}`;
      this.#files.set(file, `data:${kind === 'pdf' ? 'application/pdf' : 'image/jpeg'};base64,${data}`);
      const now = [...kept, { file, kind, bytes: Math.floor(data.length * 0.75), missing: '' }];
      this.#kept.set(household, now);
      return now;
    },
    evidence_drop: ({ household, file }) => {
      const now = (this.#kept.get(household) ?? []).filter((known) => known.file !== file);
      this.#kept.set(household, now);
      return now;
    },
    evidence_save: ({ file }) => ({ path: `/Unduhan/lawang-bukti-${file.slice(7, 15)}.pdf` }),
    replacements: () => this.#replacements(),
    conflicts_settle: ({ conflicts, reason: why }) => {
      const left = conflicts.slice(0, conflicts.length > 4 ? 1 : 0).map((key) => ({ ...key, why: this.#say('Data keluarga ini sudah diputuskan musyawarah desa.', 'The village meeting has decided on this record.') }));
      const taken = conflicts.slice(left.length);
      for (const { household, path } of taken) this.#settle(this.#case(household), path, why);
      return { settled: taken.length, left };
    },
    settlements: () => this.#settlements,
    settlement_undo: ({ household, settlement }) => {
      const found = this.#settlements.find((entry) => entry.id === settlement);
      const one = this.#case(household);
      if (found) {
        one.conflicts = [...one.conflicts, found.field.path];
        one.family.conflicts = one.conflicts;
        one.reasons = ['conflict'];
        this.#settlements = this.#settlements.filter((entry) => entry !== found);
      }
      return {};
    },
    rules: () => ({
      version: 0, from: '2022-12-30', next: '', source: 'Permensos 3/2021', formula: 'Kepmensos 262/HUK/2022', overdue_years: 2,
      cutoff_day: 17, objection_days: 14, quorum_percent: 50, far_metres: 300,
      return_reasons: this.#choices(RETURNS), removal_reasons: this.#choices(REMOVALS),
    }),
    enumerators: () => this.#work(),
  };
}
