/** Suspected duplicates, pretended: every kind, decided and undecided. */

import type { Commands, PairReason, PairRow, PairState, PairVerdict, PairView, PersonCheck, PersonLine, RefusedDecision, SuspicionKind } from '../../../ipc/types';
import { formatDate, type Language } from '../../../core/format';
import { CommandFailure } from '../../types';
import { Engine } from '../engine';
import type { Family, Person } from '../village';

type Name = 'duplicates' | 'duplicate_pair' | 'decide_pair' | 'check_person';
type Handlers = { [K in Name]: (args: Commands[K]['args']) => Commands[K]['reply'] };

const WORDS: Record<SuspicionKind, [string, string]> = {
  within_household: ['tercatat dua kali dalam satu keluarga', 'twice in one household'],
  same_family_card: ['tercatat di dua rumah tangga dengan satu No. KK', 'in two households under one family card'],
  two_families: ['tercatat di dua keluarga dalam satu desa', 'in two families of one village'],
  two_villages: ['tercatat di dua desa', 'in two villages of one district'],
  two_districts: ['tercatat di dua kecamatan', 'in two districts'],
  shared_nik: ['dua orang dengan satu NIK', 'two persons with one NIK'],
  couple_aided_apart: ['suami dan istri masing-masing menerima bantuan keluarga', 'husband and wife each receive aid for families'],
  dead_receiving: ['sudah meninggal tetapi masih menerima', 'died but still receives'],
  couple_on_lists: ['suami dan istri ada di daftar bantuan, masing-masing dengan NIK sendiri', 'husband and wife are on lists of aid, each by their own NIK'],
  dead_on_list: ['sudah meninggal, masih ada di daftar bantuan', 'died, and still on a list of aid'],
  registered_elsewhere: ['mungkin juga terdaftar di desa lain', 'may also be registered in another village'],
};

const PLAN: [SuspicionKind, number, PairState][] = [
  ['two_families', 99, 'open'],
  ['two_families', 71, 'disputed'],
  ['same_family_card', 96, 'open'],
  ['within_household', 93, 'open'],
  ['shared_nik', 22, 'open'],
  ['couple_aided_apart', 0, 'open'],
  ['dead_receiving', 0, 'open'],
  ['two_villages', 84, 'unfinished'],
  ['two_families', 55, 'open'],
  ['two_families', 97, 'same'],
  ['two_families', 34, 'different'],
  ['couple_on_lists', 0, 'open'],
  ['dead_on_list', 0, 'open'],
  ['registered_elsewhere', 95, 'open'],
];

/** The pair about which this person's decision was refused. */
const REFUSED = 8;

const TITLES: Record<PairVerdict, [string, string]> = {
  same: ['Orang yang sama', 'The same person'],
  two_families: ['Satu orang, dua keluarga', 'One person, two families'],
  different: ['Orang berbeda', 'Different people'],
};

const NOBODY: PersonLine = { household: '', member: '', name: '', nik: '', birth_date: '', head: '', address: '', rt: '', rw: '', village_name: '', gone: false };

export class DuplicateCore {
  #pairs: PairView[];

  constructor(
    readonly families: () => Family[],
    readonly language: () => Language,
    readonly person: () => string,
  ) {
    const all = families();
    this.#pairs = all.length < 160 ? [] : PLAN.map(([kind, percent, state], index) => this.#make(kind, percent, state, index, all[20 + index * 5], all[90 + index * 5]));
  }

  #say = (id: string, en: string): string => (this.language() === 'id' ? id : en);

  #line(family: Family, member: Person): PersonLine {
    const { answers } = family;
    return {
      household: family.id,
      member: member.id,
      name: member.answers.name ?? '',
      nik: member.answers.nik ? `${member.answers.nik.slice(0, 6)}••••••${member.answers.nik.slice(-4)}` : '',
      birth_date: member.answers.birth_date ?? '',
      head: new Engine(family, this.language()).head(),
      address: answers.address ?? '',
      rt: answers.rt ?? '',
      rw: answers.rw ?? '',
      village_name: 'Sukaraja',
      gone: false,
    };
  }

  #reasons(kind: SuspicionKind): PairReason[] {
    const reason = (field: string, label: string, words: string, bits: number): PairReason => ({ field, label, code: 'same', words, bits });
    if (kind === 'couple_on_lists') {
      return [
        reason('blt_dd', 'BLT Dana Desa', this.#say('suami ada di daftar tanggal 1 Nov 2026, terakhir dibayar Agu 2026', 'the husband is on the list of 1 Nov 2026, last paid Aug 2026'), 0),
        reason('sembako', 'Sembako (BPNT)', this.#say('istri ada di daftar tanggal 1 Nov 2026, terakhir dibayar Sep 2026', 'the wife is on the list of 1 Nov 2026, last paid Sep 2026'), 0),
      ];
    }
    if (kind === 'dead_on_list') {
      return [
        reason('dukcapil', 'Dukcapil', this.#say('tercatat meninggal, data tanggal 20 Okt 2026', 'registered as deceased, in the data of 20 Oct 2026'), 0),
        reason('pkh', 'PKH', this.#say('masih ada di daftar tanggal 1 Nov 2026, terakhir dibayar Jul 2026', 'still on the list of 1 Nov 2026, last paid Jul 2026'), 0),
      ];
    }
    if (kind === 'shared_nik') return [reason('nik', 'NIK', this.#say('NIK sama, nama berbeda: salah satu NIK mungkin salah ketik', 'same NIK, different names: one of the NIKs may be mistyped'), -0.7), reason('name', 'Nama', this.#say('berbeda', 'different'), -9.1), reason('birth_date', this.#say('Tanggal lahir', 'Birth date'), this.#say('berbeda', 'different'), -7.4)];
    if (kind === 'couple_aided_apart') return [reason('sembako', 'Sembako', this.#say('diterima suami dan istri', 'received by husband and wife'), 0)];
    if (kind === 'dead_receiving') return [reason('pkh', 'PKH', this.#say('masih diterima bulan lalu', 'still received last month'), 0)];
    return [
      reason('nik', 'NIK', this.#say('sama', 'the same'), 14.2),
      reason('name', this.#say('Nama', 'Name'), this.#say('ejaan lain', 'another spelling'), 6.3),
      reason('birth_date', this.#say('Tanggal lahir', 'Birth date'), this.#say('satu angka berbeda', 'one digit differs'), 3.1),
      reason('mother', this.#say('Nama ibu', 'Mother'), this.#say('sama', 'the same'), 5.2),
      reason('address', this.#say('Alamat', 'Address'), this.#say('RT berbeda', 'another RT'), -1.4),
    ];
  }

  #make(kind: SuspicionKind, percent: number, state: PairState, index: number, one: Family, other: Family): PairView {
    const elsewhere = kind === 'registered_elsewhere';
    const single = kind === 'dead_receiving' || kind === 'dead_on_list' || elsewhere;
    const couple = kind === 'couple_aided_apart' || kind === 'couple_on_lists';
    const reasons = this.#reasons(kind);
    const byLists = kind === 'couple_on_lists' || kind === 'dead_on_list';
    const left = this.#line(one, one.members[0]);
    const right = single ? NOBODY : { ...this.#line(kind === 'within_household' ? one : other, other.members[0]) };
    if (!single && kind !== 'shared_nik' && !couple) {
      right.name = left.name.replace(/^Muhammad/, 'Moh.').replace(/^Siti/, 'St.').replace('y', 'i').replace('u', 'oe');
      right.birth_date = left.birth_date.replace(/-\d\d$/, (day) => (day === '-11' ? '-17' : '-11'));
      right.nik = left.nik;
    }
    if (kind === 'shared_nik') right.nik = left.nik;
    const row: PairRow = {
      id: `pair-${index}`,
      kind,
      words: this.#say(...WORDS[kind]),
      state,
      percent,
      left,
      right,
      because: elsewhere ? this.#say('Hampir pasti orang yang sama juga terdaftar di Desa Sukadadi, Kecamatan Gedong Tataan: NIK sama, nama ejaan lain.', 'Almost certainly the same person is also registered in the village Sukadadi, Kecamatan Gedong Tataan: same NIK, name spelt otherwise.') : byLists ? reasons.map(({ label, words }) => `${label}: ${words}`).join('; ') : kind === 'shared_nik' ? reasons[0].words : single ? this.#say('PKH bulan lalu', 'PKH last month') : this.#say('NIK sama, nama ejaan lain', 'same NIK, name spelt otherwise'),
      author: ['same', 'different', 'disputed'].includes(state) ? 'Ibu Ratna (PSM)' : '',
      at: ['same', 'different', 'disputed'].includes(state) ? '2026-11-22T03:00:00Z' : '',
      refused: index === REFUSED,
    };
    const day = (iso: string) => (iso ? formatDate(iso, this.language()) : '');
    const field = (name: string, label: string, a: string, b: string) => ({ field: name, label, left: a, right: b, differs: !couple && a !== b });
    return {
      row,
      seen: '1',
      fields: [
        field('name', this.#say('Nama', 'Name'), left.name, right.name),
        field('', 'NIK', left.nik, right.nik),
        field('birth_date', this.#say('Tanggal lahir', 'Birth date'), day(left.birth_date), day(right.birth_date)),
        field('sex', this.#say('Jenis kelamin', 'Sex'), 'Laki-laki', single ? '' : 'Laki-laki'),
        field('mother_maiden_name', this.#say('Nama ibu kandung', 'Mother’s maiden name'), 'Sumiati', single ? '' : 'Sumijati'),
        field('highest_certificate', this.#say('Ijazah tertinggi', 'Highest certificate'), 'SMP', single ? '' : 'SMA'),
        field('', this.#say('Kepala keluarga', 'Head'), left.head, right.head),
        field('', this.#say('Alamat', 'Address'), left.address, right.address),
      ],
      reasons,
      decisions: row.author
        ? [{ verdict: state === 'different' ? 'different' : 'same', title: this.#say('Orang yang sama', 'The same person'), reason: 'Sesuai KTP', keep: 1, taken: ['Ijazah tertinggi'], author: row.author, device: 'LAPTOP-PSM', at: row.at, counts: true, refused: false }]
        : [],
      chain: [],
      advice: elsewhere ? this.#say('Tanyakan kepada kecamatan atau kabupaten, yang melihat kedua desa. Bila keluarga ini memang warga di sana, usulkan keluar dari daftar di sini dengan alasan terdata dua kali. Bila ternyata orang lain, nyatakan dengan alasannya: tidak ditanyakan lagi.', 'Ask the kecamatan or the district, who see both villages. If the family rightly belongs there, propose it for removal here, recorded twice. If it is somebody else, say so with the reason: it is not asked again.') : '',
      verdicts: couple || single ? ['different'] : ['same', 'two_families', 'different'],
      keep: 1,
      closed: '',
      refused:
        index === REFUSED
          ? {
              proposal: 'refused-pair',
              pair: row.id,
              people: [left, right],
              title: this.#say(...TITLES.same),
              keeps: left.head,
              reason: 'Sesuai KK, orangnya satu',
              why: this.#say('Peran Anda tidak lagi memutuskan pasangan.', 'Your role no longer decides about pairs.'),
              at: '2026-11-24T02:00:00Z',
              stands: false,
              now: '',
            }
          : null,
    };
  }

  #pair(id: string): PairView {
    const found = this.#pairs.find((pair) => pair.row.id === id);
    if (!found) throw new CommandFailure({ code: 'not_found', message: this.#say('Pasangan ini tidak ada.', 'This pair is not there.'), hint: '', path: null });
    const chain = found.row.state === 'disputed' ? [this.#pairs[0].row, this.#pairs[9].row] : [];
    return { ...found, chain };
  }

  #waits = (pair: PairView): boolean => ['open', 'disputed', 'unfinished'].includes(pair.row.state);

  /** A refused decision about a pair, as the list of refused work has it. */
  refused(): RefusedDecision | null {
    return this.#pairs.find((pair) => pair.refused)?.refused ?? null;
  }

  /** The person took a refused decision back, or decided again. */
  dealtWith(proposal: string): void {
    for (const pair of this.#pairs.filter((one) => one.refused?.proposal === proposal)) {
      pair.refused = null;
      pair.row.refused = false;
    }
  }

  readonly handlers: Handlers = {
    duplicates: (query) => {
      const words = query.search.toLowerCase();
      const rows = this.#pairs
        .filter((pair) => query.all || this.#waits(pair))
        .map((pair) => pair.row)
        .filter((row) => (query.kinds.length === 0 || query.kinds.includes(row.kind)) && (!query.household || [row.left.household, row.right.household].includes(query.household)))
        .filter((row) => `${row.left.name} ${row.right.name}`.toLowerCase().includes(words));
      const kinds = Object.keys(WORDS) as SuspicionKind[];
      return {
        total: rows.length,
        rows: rows.slice(query.offset, query.offset + (query.limit || 50)),
        waiting: kinds
          .map((kind) => ({ kind, words: this.#say(...WORDS[kind]), pairs: this.#pairs.filter((pair) => this.#waits(pair) && pair.row.kind === kind).length }))
          .filter(({ pairs }) => pairs > 0),
        clusters: this.#pairs.length ? [{ nik: '180901••••••9001', persons: 41, some: this.#pairs.slice(0, 3).map((pair) => pair.row.left) }] : [],
        looked: 2210,
        persons: 2210,
        closed: '',
      };
    },
    duplicate_pair: ({ pair }) => this.#pair(pair),
    decide_pair: ({ pair, verdict, keep, take, reason }) => {
      const found = this.#pairs.find((entry) => entry.row.id === pair);
      if (found) {
        const states: Record<PairVerdict, PairState> = { same: 'same', two_families: 'two_families', different: 'different' };
        const at = new Date().toISOString();
        Object.assign(found.row, { state: states[verdict], author: this.person(), at });
        for (const decision of found.decisions) decision.counts = false;
        if (found.refused) this.dealtWith(found.refused.proposal);
        const labels = found.fields.filter((field) => take.includes(field.field)).map((field) => field.label);
        found.decisions.unshift({ verdict, title: this.#say(...TITLES[verdict]), reason, keep, taken: labels, author: this.person(), device: 'LAPTOP-PSM', at, counts: true, refused: false });
        found.row.left.gone = verdict === 'same' && keep === 2;
        found.row.right.gone = verdict === 'same' && keep === 1;
      }
      return this.#pair(pair);
    },
    check_person: ({ household, member, typed }): PersonCheck => {
      const name = (typed.name ?? '').trim().toLowerCase();
      const alike = this.families()
        .flatMap((family) => family.members.map((person) => ({ family, person })))
        .filter(({ person }) => person.id !== member)
        .filter(({ person }) => (typed.nik ?? '').length >= 8 ? (person.answers.nik ?? '').startsWith(typed.nik) : name.length > 5 && person.answers.name?.toLowerCase() === name && person.answers.birth_date === typed.birth_date)
        .slice(0, 5)
        .map(({ family, person }) => ({ person: this.#line(family, person), percent: 92, here: family.id === household, because: this.#say('NIK sama', 'same NIK') }));
      return { alike, preparing: false };
    },
  };
}
