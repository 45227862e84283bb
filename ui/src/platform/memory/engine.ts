/** The rules of the fake questionnaire at one moment: pages, items, problems. */

import type { ChangedField, ChoiceItem, ChoicePage, GroupHead, Item, Media, Page, PageSummary, Problem, RosterMember, VisitView } from '../../ipc/types';
import { formatDate, formatMonth, formatNumber, type Language } from '../../core/format';
import { parsePosition } from '../../core/typing';
import { CODES } from './codelists';
import { ageAt, MEMBER_PAGES, PAGES, TODAY, type Get, type OwnChoice, type PageDef, type Question } from './questionnaire';
import { nameOf, titleOf } from './surveys';
import type { Family, Person } from './village';

interface Place {
  id: string;
  def: PageDef;
  member: Person | null;
}

const NO_MEDIA: Media = { image: '', big_image: '', audio: '', video: '' };

const labelOf = (thing: { id: string; en: string }, language: Language) => (language === 'id' ? thing.id : thing.en);

export class Engine {
  constructor(
    readonly family: Family,
    readonly language: Language,
    readonly pages: readonly PageDef[] = PAGES,
  ) {}

  getter(member: Person | null): Get {
    return (name) => member?.answers[name] ?? this.family.answers[name] ?? '';
  }

  places(): Place[] {
    const list: Place[] = [];
    for (const def of this.pages) {
      if (def.relevant && !def.relevant(this.getter(null))) continue;
      list.push({ id: def.name, def, member: null });
      if (def.name !== 'members') continue;
      for (const member of this.family.members) {
        if (member.removed) continue;
        for (const page of MEMBER_PAGES) {
          if (!page.relevant || page.relevant(this.getter(member))) {
            list.push({ id: `members/${member.id}/${page.name}`, def: page, member });
          }
        }
      }
    }
    return list;
  }

  /** The choices of a question; of a long list only those of the answer. */
  choices(question: Question, value: string): { choices: ChoiceItem[]; total: number } {
    const codes = value.split(' ');
    if (question.long) {
      const { total, at } = question.long;
      const chosen = Array.from({ length: value === '' ? 0 : total }, (_, index) => at(index)).filter((choice) => codes.includes(choice.code));
      return { choices: chosen.map((choice) => this.#choice(choice)), total };
    }
    const own = question.own ?? (question.codes ? CODES[question.codes] : []).map(([code, label]) => ({ code, id: label, en: label }));
    return { choices: own.map((choice) => this.#choice(choice)), total: own.length };
  }

  #choice(choice: OwnChoice): ChoiceItem {
    return { value: choice.code, label: labelOf(choice, this.language), media: { ...NO_MEDIA, ...choice.media }, geometry: choice.geometry ?? '' };
  }

  /** A part of the choices, as `visit_choices` gives it. */
  search(path: string, search: string, offset: number, limit: number): ChoicePage {
    const { question } = this.describe(path);
    if (!question) return { choices: [], total: 0 };
    const words = search.toLowerCase().split(/\s+/).filter((word) => word !== '');
    const all = question.long
      ? Array.from({ length: question.long.total }, (_, index) => this.#choice(question.long!.at(index)))
      : this.choices(question, '').choices;
    const found = all.filter((choice) => words.every((word) => choice.label.toLowerCase().includes(word)));
    return { choices: found.slice(offset, offset + Math.min(200, limit)), total: found.length };
  }

  display(question: Question, value: string): string {
    if (value === '') return '';
    if (question.codes || question.own || question.long) {
      const { choices } = this.choices(question, value);
      return value
        .split(' ')
        .map((code) => choices.find((choice) => choice.value === code)?.label ?? code)
        .join(', ');
    }
    if (question.widget === 'date') {
      return question.appearance === 'month-year' ? formatMonth(value, this.language) : formatDate(value, this.language);
    }
    if (question.widget === 'decimal' || question.widget === 'integer') return formatNumber(Number(value), this.language, 2);
    const position = question.widget === 'geopoint' ? parsePosition(value) : null;
    return position ? `${position.lat}; ${position.lon}` : value;
  }

  private reading(question: Question, value: string, get: Get): string {
    const id = this.language === 'id';
    if (question.name === 'birth_date' && value) {
      return `${formatDate(value, this.language)} · ${ageAt(value, TODAY)} ${id ? 'tahun' : 'years'}`;
    }
    if (question.name === 'nik' && /^\d{16}$/.test(value)) {
      const day = Number(value.slice(6, 8));
      const woman = day > 40;
      const year = Number(value.slice(10, 12));
      const born = `${year > 26 ? 19 : 20}${value.slice(10, 12)}-${value.slice(8, 10)}-${String(woman ? day - 40 : day).padStart(2, '0')}`;
      const sex = woman ? (id ? 'perempuan' : 'female') : id ? 'laki-laki' : 'male';
      void get;
      return `${id ? 'Lahir' : 'Born'} ${formatDate(born, this.language)} · ${sex} · Kab. Pesawaran`;
    }
    return '';
  }

  items(place: Place): Item[] {
    const get = this.getter(place.member);
    const items: Item[] = [];
    for (const question of place.def.questions) {
      if (question.relevant && !question.relevant(get)) continue;
      const path = place.member ? `members/${place.member.id}/${question.name}` : question.name;
      let value = get(question.name);
      if (question.name === 'age') {
        const age = ageAt(get('birth_date'), TODAY);
        value = age === null ? '' : String(age);
      }
      const before = question.readonly ? '' : (this.family.register[path] ?? '');
      const { choices, total } = this.choices(question, value);
      const groups = (question.groups ?? []).map(
        (group): GroupHead => ({
          id: group.id,
          label: group.label[this.language === 'id' ? 0 : 1],
          appearance: group.appearance ?? '',
          first: items.every((item) => item.groups.every((seen) => seen.id !== group.id)),
        }),
      );
      const wrong = value !== '' ? question.check?.(value, get) : null;
      items.push({
        path,
        widget: question.widget,
        appearance: question.appearance ?? '',
        label: labelOf(question, this.language),
        hint: question.hint?.[this.language === 'id' ? 0 : 1] ?? '',
        guidance: question.guidance?.[this.language === 'id' ? 0 : 1] ?? '',
        parameters: question.parameters ?? {},
        media: { ...NO_MEDIA, ...question.media },
        required: !question.optional && !question.readonly,
        readonly: question.readonly ?? false,
        value,
        display: this.display(question, value),
        previous: this.display(question, before),
        previous_value: before,
        changed: value !== '' && before !== '' && value !== before,
        error: wrong?.[this.language === 'id' ? 0 : 1] ?? '',
        reading: this.reading(question, value, get),
        choices: total > 100 && !question.long ? choices.filter((choice) => value.split(' ').includes(choice.value)) : choices,
        choices_total: total,
        groups,
        repeat: null,
        conflict: this.family.conflicts.includes(path),
        comments: (this.family.returned?.thread ?? []).filter((entry) => entry.path === path),
      });
    }
    return items;
  }

  summary(place: Place): PageSummary {
    const items = this.items(place).filter((item) => item.widget !== 'note' && item.widget !== 'calculated' && !item.readonly);
    return {
      id: place.id,
      label: labelOf(place.def, this.language),
      member: place.member?.id ?? null,
      instance: place.member?.answers.name ?? '',
      depth: place.member ? 1 : 0,
      is_roster: place.def.name === 'members',
      questions: items.length,
      answered: items.filter((item) => item.value !== '').length,
      missing: items.filter((item) => item.required && item.value === '').length,
      invalid: items.filter((item) => item.error !== '').length,
      warnings: this.items(place).filter((item) => item.appearance === 'warning').length,
      visited: this.family.visited.includes(place.id),
      comments: this.items(place).reduce((sum, item) => sum + item.comments.filter((entry) => entry.open).length, 0),
    };
  }

  roster(places: Place[]): RosterMember[] {
    const words = (list: string, code: string) => CODES[list].find(([key]) => key === code)?.[1] ?? '';
    return this.family.members.map((member, index) => {
      const own = places.filter((place) => place.member === member).map((place) => this.summary(place));
      const age = ageAt(member.answers.birth_date ?? '', TODAY);
      const presence = member.answers.presence_status ?? '';
      return {
        id: member.id,
        name: member.answers.name ?? '',
        number: index + 1,
        can_remove: true,
        needs_reason: true,
        summary: [
          words('relation_to_head', member.answers.relation_to_head ?? ''),
          words('sex', member.answers.sex ?? '').toLowerCase(),
          age === null ? '' : `${age} ${this.language === 'id' ? 'tahun' : 'years'}`,
        ]
          .filter((part) => part !== '')
          .join(' · '),
        presence: presence === '2' ? 'Meninggal' : ['3', '4'].includes(presence) ? 'Pindah' : presence === '6' ? 'Tidak ditemukan' : '',
        removed: member.removed,
        added: member.added,
        missing: own.reduce((sum, page) => sum + page.missing, 0),
        invalid: own.reduce((sum, page) => sum + page.invalid, 0),
        first_page: own[0]?.id ?? null,
      };
    });
  }

  page(id: string): Page {
    const places = this.places();
    const at = Math.max(0, places.findIndex((place) => place.id === id));
    const place = places[at];
    const items = this.items(place);
    return {
      id: place.id,
      label: labelOf(place.def, this.language),
      hint: place.def.hint?.[this.language === 'id' ? 0 : 1] ?? '',
      appearance: '',
      instance: place.member?.answers.name ?? '',
      items,
      repeat: null,
      inline: [],
      roster: place.def.name === 'members' ? this.roster(places) : null,
      next: places[at + 1]?.id ?? null,
      previous: places[at - 1]?.id ?? null,
      can_take_over: items.filter((item) => item.value === '' && item.previous_value !== '').length,
    };
  }

  view(id: string, added: string | null = null): VisitView {
    return {
      household: this.family.id,
      title: this.family.form ? nameOf(this.family) || titleOf(this.family.form, this.language) : this.head(),
      survey: this.family.form !== undefined,
      carry_over: this.family.carry ?? null,
      form_title: this.family.form
        ? titleOf(this.family.form, this.language)
        : this.language === 'id'
          ? 'Kunjungan keluarga'
          : 'Household visit',
      form_version: this.family.form ? '3' : '2026112101',
      started_at: this.family.startedAt,
      pages: this.places().map((place) => this.summary(place)),
      page: this.page(id),
      unsent_answers: Object.keys(this.family.answers).length,
      added_member: added,
      background: { logged: false, changes_logged: false, wants_name: false, locate: null, record: null },
    };
  }

  head(): string {
    const head = this.family.members.find((member) => member.answers.relation_to_head === '1') ?? this.family.members[0];
    return head?.answers.name ?? '';
  }

  /** Label and words of one path, with the member's name in front. */
  describe(path: string): { question: Question | undefined; label: string } {
    const [, id, field] = /^members\/([^/]+)\/(.+)$/.exec(path) ?? [];
    const member = this.family.members.find((entry) => entry.id === id);
    const question = (id ? MEMBER_PAGES : this.pages).flatMap((page) => page.questions).find((entry) => entry.name === (field ?? path));
    const label = question ? labelOf(question, this.language) : path;
    return { question, label: member ? `${member.answers.name || '?'}: ${label}` : label };
  }

  changes(): ChangedField[] {
    return this.places()
      .flatMap((place) => this.items(place))
      .filter((item) => item.changed)
      .map((item) => ({
        path: item.path,
        label: this.describe(item.path).label,
        old: item.previous,
        new: item.display,
      }));
  }

  problems(): { problems: Problem[]; warnings: Problem[] } {
    const problems: Problem[] = [];
    const warnings: Problem[] = [];
    const id = this.language === 'id';
    for (const place of this.places()) {
      const name = place.member?.answers.name;
      const page_label = (name ? `${name}: ` : '') + labelOf(place.def, this.language);
      for (const item of this.items(place)) {
        const base = { page: place.id, page_label, path: item.path, label: item.label };
        if (item.appearance === 'warning') warnings.push({ ...base, label: id ? 'NIK' : 'NIK', message: item.label, kind: 'warning' });
        else if (item.required && item.value === '') problems.push({ ...base, message: id ? 'Belum diisi.' : 'Not answered.', kind: 'missing' });
        else if (item.error) problems.push({ ...base, message: item.error, kind: 'invalid' });
      }
    }
    return { problems, warnings };
  }
}
