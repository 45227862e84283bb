/** A core that lives in memory, for development, design work and tests. Nothing here leaves the page. */

import type {
  AnswerRequest,
  AttachmentData,
  Failure,
  HistoryEntry,
  HouseholdView,
  Preview,
  ProposalList,
  Session,
  Settings,
  VisitState,
  Worklist,
  WorklistQuery,
} from '../../ipc/types';
import type { Language } from '../../core/format';
import { CommandFailure, type Args, type CommandName, type Platform, type Reply } from '../types';
import { CODES } from './codelists';
import { conflictsOf } from './conflicts';
import { BackCheckCore } from './desk/backChecks';
import { DeskCore } from './desk/core';
import { DuplicateCore } from './desk/duplicates';
import { Engine } from './engine';
import { EVERY_WIDGET, MEDIA } from './everyWidget';
import { Exchange } from './exchange';
import { ageAt, PAGES, TODAY, type PageDef } from './questionnaire';
import { MapFolder } from './maps';
import { makeProposals, withPair } from './proposals';
import { forms, makeSurveys, newSecondVisit, newSurvey, pagesOf, rowOf } from './surveys';
import { makeLargeVillage, makeVillage, VILLAGE_CODE, type Family, type Person } from './village';

const PIN = '246810';
const KEPT = 'lawang.memory';
const VILLAGE = { code: VILLAGE_CODE, name: 'Sukaraja', district: 'Gedong Tataan' };

const words: Record<string, [string, string, string, string]> = {
  wrong_pin: ['PIN salah.', 'Coba lagi.', 'Wrong PIN.', 'Try again.'],
  wrong_code: ['Kode pendaftaran tidak dikenal.', 'Periksa tulisannya atau minta kode baru.', 'The enrolment code is not known.', 'Check it or ask for a new one.'],
  storage: ['Data di perangkat tidak dapat dibaca.', 'Tutup aplikasi lain, lalu coba lagi.', 'The data on the device cannot be read.', 'Close other apps and try again.'],
  changed_meanwhile: ['Data keluarga ini berubah sejak ditampilkan.', 'Lihat perubahannya, lalu putuskan lagi.', "This family's data have changed since they were shown.", 'Look at what changed and decide again.'],
  not_found: ['Keluarga ini tidak ada di perangkat.', 'Kembali ke daftar.', 'This family is not on the device.', 'Go back to the list.'],
};

const LISTS: ReadonlySet<string> = new Set(['worklist', 'desk', 'desk_household', 'duplicates', 'duplicate_pair', 'replacements', 'enumerators', 'back_checks', 'settlements', 'conflicts', 'surveys']);

type Handlers = { [K in CommandName]: (args: Args<K>) => Reply<K> };
/** What stands in this file; the desk has its own. */
type OwnHandlers = Omit<Handlers, keyof DeskCore['handlers'] | keyof DuplicateCore['handlers'] | keyof BackCheckCore['handlers']>;

/**
 * Options, separated by commas: `new`, `locked`, `empty`, `failing`, `en`, `dark`, `widgets` (a form with every type
 * of question instead of the household visit), `desk` (a verifier, with sixty visits that wait), `large` (1,400
 * families that were all visited, some with names that are hard on a screen), `slow` (two seconds for each answer),
 * `broken` (no list can be read), `again` (visits of others to make once more); none: open, with a full village.
 */
export class MemoryPlatform implements Platform {
  readonly kind = 'memory';
  #families: Family[];
  #surveys: Family[] = makeSurveys();
  #phase: Session['phase'];
  #language: Language = 'id';
  #theme = 'system';
  #wrong = 0;
  #blockedUntil = 0;
  #photos = new Map<string, string>();
  #files = new Map<string, AttachmentData>();
  readonly #pages: readonly PageDef[];
  #unsentPhotos = 0;
  readonly #maps = new MapFolder();
  #exchange: Exchange;
  #delay: number;
  /** Fails the next answers, as a full disk would. */
  failing: boolean;

  #proposals: ProposalList = { mine: [], received: [] };
  readonly #duplicates: DuplicateCore;
  readonly #checker: boolean;
  /** Every list is refused, as by a damaged disk. */
  readonly #broken: boolean;
  readonly #desk: DeskCore;

  constructor(options = '', delay = 40) {
    const chosen = options.split(',');
    this.#phase = chosen.includes('new') ? 'new' : chosen.includes('locked') ? 'locked' : 'ready';
    const large = chosen.includes('large');
    this.#families = chosen.includes('empty') ? [] : large ? makeLargeVillage(1400) : makeVillage(702);
    this.#broken = chosen.includes('broken');
    this.failing = chosen.includes('failing');
    if (chosen.includes('en')) this.#language = 'en';
    if (chosen.includes('dark')) this.#theme = 'dark';
    this.#pages = chosen.includes('widgets') ? EVERY_WIDGET : PAGES;
    this.#delay = chosen.includes('slow') ? 2000 : delay;
    this.#checker = chosen.includes('desk');
    const families = () => (this.#checker ? this.#families : []);
    const person = () => this.#person();
    this.#desk = new DeskCore({ families, language: () => this.#language, person, answer: (...said) => this.#answerComment(...said) }, large ? 1400 : 60);
    const duplicates = new DuplicateCore(() => this.#families, () => this.#language, person);
    this.#duplicates = duplicates;
    const again = new BackCheckCore({
      families: () => (this.#checker || chosen.includes('again') ? this.#families : []),
      language: () => this.#language,
      person,
      checks: this.#checker,
      begin: (family) => {
        const survey = newSecondVisit(this.#surveys.length, new Engine(family, this.#language).head(), family.answers.address ?? '');
        this.#surveys.push(survey);
        return survey.id;
      },
    });
    this.#handlers = { ...this.#own, ...this.#desk.handlers, ...duplicates.handlers, ...again.handlers };
    this.#exchange = new Exchange(
      () => ({
        households: this.#families.filter((family) => family.unsent).length,
        photos: this.#unsentPhotos,
        surveys: this.#surveys.filter((survey) => survey.unsent).length,
        refused: this.#families.filter((family) => family.state === 'refused').length,
        proposals: this.#proposals.mine.length + this.#proposals.received.length,
        conflicts: this.#families.reduce((sum, family) => sum + family.conflicts.length, 0),
      }),
      () => {
        if (this.#families.length === 0) this.#families = makeVillage(702);
        for (const family of [...this.#families, ...this.#surveys]) {
          if (family.state === 'ready') family.state = 'sent';
          if (family.state !== 'in_progress' && family.state !== 'refused') family.unsent = false;
        }
        this.#unsentPhotos = 0;
      },
    );
    this.#proposals = makeProposals(this.#families);
    if (options === '') this.#restore();
  }

  async call<K extends CommandName>(name: K, args: Args<K>): Promise<Reply<K>> {
    if (this.#delay > 0) await new Promise((resolve) => setTimeout(resolve, this.#delay));
    if (this.#broken && LISTS.has(name)) {
      const at = this.#language === 'id' ? 0 : 2;
      throw new CommandFailure({ code: 'storage', message: words.storage[at], hint: words.storage[at + 1], path: null });
    }
    const reply = (this.#handlers[name] as (given: Args<K>) => Reply<K>)(structuredClone(args));
    this.#keep();
    return structuredClone(reply);
  }

  #person(): string {
    return this.#checker ? 'Ibu Ratna (PSM)' : 'Dewi Anggraini';
  }

  #answerComment(household: string, answers: string, text: string): boolean {
    const thread = this.#families.find((family) => family.id === household)?.returned?.thread;
    const asked = thread?.find((entry) => entry.id === answers);
    if (!thread || !asked) return false;
    asked.open = false;
    const at = new Date().toISOString();
    thread.push({ ...asked, id: `${answers}-answer-${thread.length}`, text, author: this.#person(), at, mine: true, answers });
    return true;
  }

  #withPairs = (): ProposalList => withPair(this.#proposals, this.#duplicates.refused());

  #dealtWith(id: string): ProposalList {
    this.#proposals.mine = this.#proposals.mine.filter((entry) => entry.id !== id);
    this.#proposals.received = this.#proposals.received.filter((entry) => entry.id !== id);
    return this.#proposals;
  }

  #refuse(code: string, path: string | null = null): never {
    const text = words[code];
    const at = this.#language === 'id' ? 0 : 2;
    const failure: Failure = { code, message: text[at], hint: text[at + 1], path };
    throw new CommandFailure(failure);
  }

  #family(id: string): Family {
    const all = [...this.#families, ...this.#surveys];
    return all.find((family) => family.id === id) ?? this.#refuse('not_found');
  }

  #engine(id: string): Engine {
    const family = this.#family(id);
    return new Engine(family, this.#language, family.form ? pagesOf(family.form) : this.#pages);
  }

  #session(): Session {
    const open = this.#phase === 'ready';
    return {
      phase: this.#phase,
      language: this.#language,
      person: this.#phase === 'new' ? '' : this.#person(),
      role: open ? (this.#checker ? 'village_verifier' : 'enumerator') : '',
      villages: open ? [VILLAGE] : [],
      wait_seconds: Math.max(0, Math.ceil((this.#blockedUntil - Date.now()) / 1000)),
      failed_pins: this.#wrong,
      damaged: null,
      preview: false,
    };
  }

  #worklist(query: WorklistQuery): Worklist {
    const parts = query.search.toLowerCase().split(/\s+/).filter((part) => part !== '');
    const match = (family: Family) => {
      const text = [
        ...family.members.map((member) => `${member.answers.name} ${member.answers.nik}`),
        family.answers.address,
        `rt ${Number(family.answers.rt)} rw ${Number(family.answers.rw)}`,
        family.answers.no_kk,
      ]
        .join(' ')
        .toLowerCase();
      return parts.every((part) => text.includes(part)) && (query.states.length === 0 || query.states.includes(family.state));
    };
    const order = (family: Family) => (family.state === 'returned' ? 0 : 1);
    const found = this.#families.filter(match).sort((a, b) => order(a) - order(b));
    const counts = new Map<VisitState, number>();
    for (const family of this.#families) counts.set(family.state, (counts.get(family.state) ?? 0) + 1);
    return {
      total: found.length,
      rows: found.slice(query.offset, query.offset + Math.min(200, query.limit)).map((family) => ({
        id: family.id,
        head: new Engine(family, this.#language).head(),
        address: family.answers.address ?? '',
        sls: family.answers.sls ?? '',
        rt: family.answers.rt ?? '',
        rw: family.answers.rw ?? '',
        village: VILLAGE.code,
        members: family.members.filter((member) => !member.removed).length,
        state: family.state,
        unsent: family.unsent,
        conflicts: family.conflicts.length,
        last_visit: family.lastVisit,
        programmes: family.restriction ? [] : family.programmes,
        restricted: family.restriction !== undefined,
      })),
      counts: [...counts].map(([state, households]) => ({ state, households })),
      households: this.#families.length,
      finished: this.#families.filter((family) => ['ready', 'sent', 'verified', 'not_found'].includes(family.state)).length,
      unsent: this.#families.filter((family) => family.unsent).length,
      unsent_photos: this.#unsentPhotos,
      villages: [VILLAGE],
    };
  }

  #household(id: string): HouseholdView {
    const family = this.#families.find((entry) => entry.id === id) ?? this.#refuse('not_found');
    const engine = new Engine(family, this.#language, this.#pages);
    if (family.restriction) {
      return {
        id,
        head: engine.head(),
        address: family.answers.address ?? '',
        sls: family.answers.sls ?? '',
        rt: family.answers.rt ?? '',
        rw: family.answers.rw ?? '',
        village: VILLAGE.code,
        village_name: VILLAGE.name,
        state: family.state,
        unsent: family.unsent,
        conflicts: 0,
        refusals: [],
        decile: '',
        programmes: [],
        register_updated: '',
        members: [],
        history: [],
        position: null,
        restriction: { reason: family.restriction, since: '2026-11-24T03:00:00Z' },
        returned: null,
      };
    }
    const list = (name: string, code: string) => CODES[name].find(([key]) => key === code)?.[1] ?? '';
    const changes = engine.changes();
    const history: HistoryEntry[] = [
      { at: '2025-03-11T02:00:00Z', author: 'SIKS-NG', kind: 'register', sent: true, refused: false, fields: [] },
    ];
    if (family.lastVisit) {
      history.unshift({
        at: family.lastVisit,
        author: 'Dewi Anggraini',
        kind: family.state === 'in_progress' ? 'visit' : 'submitted',
        sent: !family.unsent,
        refused: family.state === 'refused',
        fields: changes.length ? changes : [{ path: 'floor_material', label: 'Lantai terluas', old: 'Tanah', new: 'Semen/bata merah' }],
      });
    }
    return {
      id,
      head: engine.head(),
      address: family.answers.address ?? '',
      sls: family.answers.sls ?? '',
      rt: family.answers.rt ?? '',
      rw: family.answers.rw ?? '',
      village: VILLAGE.code,
      village_name: VILLAGE.name,
      state: family.state,
      unsent: family.unsent,
      conflicts: family.conflicts.length,
      refusals: family.refusals,
      decile: family.decile,
      programmes: family.programmes,
      register_updated: family.members.length ? '2025-03-11' : '',
      members: family.members.map((member) => {
        const nik = member.answers.nik ?? '';
        const presence = member.answers.presence_status;
        return {
          id: member.id,
          name: member.answers.name ?? '',
          nik: nik ? `${nik.slice(0, 4)} ${nik.slice(4, 6)}•• •••• ${nik.slice(-4)}` : '',
          relation: list('relation_to_head', member.answers.relation_to_head ?? ''),
          sex: list('sex', member.answers.sex ?? ''),
          age: ageAt(member.answers.birth_date ?? '', TODAY),
          presence: presence === '2' ? 'Meninggal' : presence === '3' ? 'Pindah' : '',
          removed: member.removed,
          restriction: null,
        };
      }),
      history,
      position: [-5.36214, 105.08441],
      restriction: null,
      returned: family.returned ? { ...family.returned.why, open: family.returned.thread.filter((entry) => entry.open).length } : null,
    };
  }

  #touch(family: Family): void {
    if (!family.startedAt) family.startedAt = new Date().toISOString();
    if (!['conflict', 'returned'].includes(family.state)) family.state = 'in_progress';
    family.unsent = true;
  }

  #set(household: string, path: string, value: string): void {
    const family = this.#family(household);
    const [, id, field] = /^members\/([^/]+)\/(.+)$/.exec(path) ?? [];
    const answers = id ? family.members.find((member) => member.id === id)?.answers : family.answers;
    if (!answers) this.#refuse('not_found');
    if (value === '') delete answers[field ?? path];
    else answers[field ?? path] = value;
    this.#touch(family);
  }

  #answer({ household, page, path, value }: AnswerRequest) {
    if (this.failing) {
      throw new CommandFailure({
        code: 'disk_full',
        message: 'Ruang di perangkat habis.',
        hint: 'Hapus foto atau aplikasi lain, lalu coba lagi.',
        path: null,
      });
    }
    this.#set(household, path, value);
    return this.#engine(household).view(page);
  }

  #settings(): Settings {
    return {
      language: this.#language,
      theme: this.#theme,
      server: 'https://lawang.pesawarankab.go.id',
      person: this.#person(),
      role: this.#checker ? 'village_verifier' : 'enumerator',
      device: 'HP-03',
      form_title: this.#language === 'id' ? 'Kunjungan keluarga' : 'Household visit',
      form_version: '2026112101',
      app_version: '0.1.0',
      free_bytes: 3_412_000_000,
      households: this.#families.length,
      database_bytes: 4_812_800,
      log: [
        { at: '2026-11-20T07:05:00Z', ok: true, text: this.#language === 'id' ? '18 keluarga dikirim, 4 diterima' : '18 families sent, 4 received', receipt_code: '91C2-7F3A' },
        { at: '2026-11-19T10:31:00Z', ok: false, text: this.#language === 'id' ? 'Sambungan terputus di tengah jalan' : 'The connection was cut', receipt_code: '' },
      ],
    };
  }

  /** This core shows no questionnaire to its author. */
  #preview(): Preview {
    return {
      active: false, file: '', generation: 0, household: '', languages: [], language: this.#language,
      errors: [], warnings: [], missing_files: [], dropped: [],
    };
  }

  readonly #handlers: Handlers;
  readonly #own: OwnHandlers = {
    preview: () => this.#preview(),
    preview_language: () => this.#preview(),
    preview_names: () => ({ questions: [] }),
    boot: () => this.#session(),
    enrol: ({ code }) => {
      if (/^(salah|wrong)/i.test(code)) this.#refuse('wrong_code', 'code');
      this.#phase = 'ready';
      return this.#session();
    },
    unlock: ({ pin }) => {
      if (pin !== PIN) {
        this.#wrong += 1;
        this.#blockedUntil = this.#wrong >= 3 ? Date.now() + 5000 * 2 ** (this.#wrong - 3) : 0;
        this.#refuse('wrong_pin');
      }
      this.#wrong = 0;
      this.#phase = 'ready';
      return this.#session();
    },
    lock: () => {
      this.#phase = 'locked';
      return this.#session();
    },
    change_pin: ({ old }) => {
      if (old !== PIN) this.#refuse('wrong_pin');
      return {};
    },
    worklist: (query) => this.#worklist(query),
    add_household: () => {
      const index = this.#families.length;
      const id = `00000000-0000-5000-8000-${String(index).padStart(12, '0')}`;
      this.#families.push({
        id,
        answers: { village_name: VILLAGE.name, district_name: VILLAGE.district, regency_name: 'Kabupaten Pesawaran', household_status: '4' },
        members: [],
        state: 'in_progress',
        unsent: true,
        lastVisit: '',
        programmes: [],
        decile: '',
        register: {},
        conflicts: [],
        refusals: [],
        startedAt: new Date().toISOString(),
        lastPage: 'location',
        visited: [],
      });
      return { household: id };
    },
    surveys: ({ form }) => ({
      forms: forms(this.#language),
      rows: this.#surveys
        .filter((survey) => !form || survey.form === form)
        .map((survey) => rowOf(survey, this.#language, VILLAGE))
        .reverse(),
      unsent: this.#surveys.filter((survey) => survey.unsent).length,
      villages: [VILLAGE],
    }),
    new_survey: ({ form }) => {
      const survey = newSurvey(this.#surveys.length, form);
      this.#surveys.push(survey);
      return { household: survey.id };
    },
    household: ({ household }) => this.#household(household),
    visit_open: ({ household, page }) => {
      const family = this.#family(household);
      const view = this.#engine(household).view(page ?? family.lastPage);
      family.lastPage = view.page.id;
      if (!family.visited.includes(view.page.id)) family.visited.push(view.page.id);
      return this.#engine(household).view(view.page.id);
    },
    visit_answer: (args) => this.#answer(args),
    visit_take_over: ({ household, page }) => {
      for (const item of this.#engine(household).page(page).items) {
        if (item.value === '' && item.previous_value !== '') this.#set(household, item.path, item.previous_value);
      }
      return this.#engine(household).view(page);
    },
    visit_add_member: ({ household }) => {
      const family = this.#family(household);
      const id = `00000000-0000-5000-9000-${String(900000 + family.members.length + this.#families.indexOf(family) * 50).padStart(12, '0')}`;
      const member: Person = { id, answers: {}, removed: false, added: true };
      if (family.members.length === 0) member.answers.relation_to_head = '1';
      family.members.push(member);
      this.#touch(family);
      return this.#engine(household).view('members', id);
    },
    visit_remove_member: ({ household, member, removed }) => {
      const family = this.#family(household);
      const found = family.members.find((entry) => entry.id === member) ?? this.#refuse('not_found');
      found.removed = removed;
      this.#touch(family);
      return this.#engine(household).view('members');
    },
    visit_photo: ({ household, page, path, data }) => {
      const value = `sha256:${String(this.#photos.size).padStart(8, '0')}`;
      this.#photos.set(value, `data:image/${data.startsWith('iVBOR') ? 'png' : 'jpeg'};base64,${data}`);
      this.#unsentPhotos += 1;
      this.#set(household, path, value);
      return this.#engine(household).view(page);
    },
    visit_add_instance: ({ household, page }) => this.#engine(household).view(page),
    visit_remove_instance: ({ household, page }) => this.#engine(household).view(page),
    visit_choices: ({ household, path, search, offset, limit }) => this.#engine(household).search(path, search, offset, limit),
    visit_attach: ({ household, page, path, name, data }) => {
      const value = `sha256:${String(this.#files.size).padStart(8, '0')}`;
      const mime = /\.(m4a|mp3|ogg|wav)$/i.test(name) ? 'audio/mpeg' : /\.(mp4|webm)$/i.test(name) ? 'video/mp4' : 'application/octet-stream';
      this.#files.set(value, { name, mime, bytes: atob(data).length, url: `data:${mime};base64,${data}` });
      this.#set(household, path, value);
      return this.#engine(household).view(page);
    },
    attachment: ({ id }) => this.#files.get(id) ?? this.#refuse('not_found'),
    form_media: ({ file }) => ({ url: MEDIA[file] ?? this.#refuse('not_found') }),
    visit_summary: ({ household }) => {
      const engine = this.#engine(household);
      const { problems, warnings } = engine.problems();
      const pages = engine.places().map((place) => engine.summary(place));
      return {
        household,
        title: engine.view('').title,
        survey: engine.family.form !== undefined,
        ready: problems.length === 0,
        problems,
        warnings,
        changes: engine.changes(),
        questions: pages.reduce((sum, page) => sum + page.questions, 0),
        answered: pages.reduce((sum, page) => sum + page.answered, 0),
        photos: 0,
        started_at: engine.family.startedAt,
      };
    },
    visit_submit: ({ household }) => {
      const family = this.#family(household);
      family.state = family.answers.household_status === '2' ? 'not_found' : 'ready';
      family.unsent = true;
      family.lastVisit = new Date().toISOString();
      return { household, at: family.lastVisit };
    },
    visit_close: () => ({}),
    visit_locate: () => ({}),
    visit_reason: () => ({}),
    visit_jump: () => ({}),
    visit_identify: ({ household, page }) => this.#engine(household).view(page),
    photo: ({ photo }) => ({ url: this.#photos.get(photo) ?? this.#desk.photo(photo) ?? this.#refuse('not_found') }),
    sync_start: ({ place }) => {
      this.#exchange.start(Date.now(), place);
      return this.#exchange.status(Date.now());
    },
    sync_status: () => this.#exchange.status(Date.now()),
    sync_cancel: () => {
      this.#exchange.cancel();
      return this.#exchange.status(Date.now());
    },
    sync_log: () => this.#exchange.log(),
    hub_code: () => ({ address: 'https://192.168.1.5:8443' }),
    courier_export: () => this.#exchange.write(),
    courier_import: () => ({ things: 3, refused: 0, unsent_households: 0 }),
    conflicts: () => conflictsOf(this.#families, this.#language, this.#pages),
    conflict_resolve: ({ household, path, value, reason, seen }) => {
      const family = this.#family(household);
      if (conflictsOf([family], this.#language, this.#pages).find((entry) => entry.path === path)?.seen !== seen) this.#refuse('changed_meanwhile');
      this.#set(household, path, value);
      family.conflicts = family.conflicts.filter((entry) => entry !== path);
      if (family.conflicts.length === 0) family.state = this.#checker ? 'sent' : 'ready';
      this.#desk.settled(household, path, reason);
      return {};
    },
    maps: () => this.#maps.list(),
    map_put: (piece) => this.#maps.put(piece),
    map_read: (range) => this.#maps.read(range),
    map_remove: ({ name }) => this.#maps.remove(name),
    proposals: () => this.#withPairs(),
    proposal_send: ({ proposal }) => this.#dealtWith(proposal),
    proposal_discard: ({ proposal }) => (this.#duplicates.dealtWith(proposal), this.#dealtWith(proposal), this.#withPairs()),
    proposal_answer: ({ proposal }) => this.#dealtWith(proposal),
    proposal_correct: ({ proposal }) => {
      const found = this.#proposals.mine.find((entry) => entry.id === proposal) ?? this.#refuse('not_found');
      this.#dealtWith(proposal);
      return { household: found.household, path: found.fields[0]?.path ?? '' };
    },
    settings: () => this.#settings(),
    settings_change: ({ language, theme }) => {
      if (language) this.#language = language === 'en' ? 'en' : 'id';
      if (theme) this.#theme = theme;
      return this.#settings();
    },
  };

  /** A reload must find what was typed, also in the fake. */
  #keep(): void {
    try {
      const touched = this.#families.filter((family, index) => index >= 702 || family.startedAt > '2026-11-21T01:12:00Z');
      sessionStorage.setItem(KEPT, JSON.stringify({ language: this.#language, theme: this.#theme, touched }));
    } catch {
      // Without storage the fake starts anew.
    }
  }

  #restore(): void {
    try {
      const kept = JSON.parse(sessionStorage.getItem(KEPT) ?? 'null') as {
        language: Language;
        theme: string;
        touched: Family[];
      } | null;
      if (!kept) return;
      this.#language = kept.language;
      this.#theme = kept.theme;
      for (const family of kept.touched) {
        const at = this.#families.findIndex((entry) => entry.id === family.id);
        if (at >= 0) this.#families[at] = family;
        else this.#families.push(family);
      }
    } catch {
      // Written by an older version of the fake: start anew.
    }
  }
}
