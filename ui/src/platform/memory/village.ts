/** 702 families of a village that does not exist, the same each time. */

import type { CarryOver, ThreadEntry, VisitState } from '../../ipc/types';
import { ageAt, TODAY } from './questionnaire';

export interface Person {
  id: string;
  answers: Record<string, string>;
  removed: boolean;
  added: boolean;
}

export interface Family {
  id: string;
  /** The questionnaire, when it is no household. */
  form?: string;
  /** What an earlier version's answers meet. */
  carry?: CarryOver;
  answers: Record<string, string>;
  members: Person[];
  state: VisitState;
  unsent: boolean;
  lastVisit: string;
  programmes: string[];
  decile: string;
  /** What the register says: `path` -> value. */
  register: Record<string, string>;
  conflicts: string[];
  refusals: string[];
  /** Sent back by the verifier: why, and what was said. */
  returned?: { why: { reason: string; author: string; at: string }; thread: ThreadEntry[] };
  /** Why its data are restricted on request. */
  restriction?: string;
  startedAt: string;
  lastPage: string;
  visited: string[];
}

/** Small, seeded and good enough to look random. */
export function dice(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1664525 + 1013904223) % 4294967296;
    return state / 4294967296;
  };
}

const MEN = ['Sutrisno', 'Slamet Riyadi', 'Muhammad Yusuf', 'Agus Setiawan', 'Wayan Sudarta', 'Joko Prasetyo', 'Suparman', 'Ahmad Fauzi', 'Bambang Hermanto', 'Rohman Hidayat', 'Tukiman', 'Edi Susanto'];
const WOMEN = ['Siti Aminah', 'Sri Wahyuni', 'Nurhayati', 'Sumiati', 'Dewi Lestari', 'Ni Ketut Sari', 'Ratna Juwita', 'Maryam', 'Endang Sulastri', 'Wagiyem', 'Yuliana', 'Tri Handayani'];
const CHILDREN = ['Aditya Pratama', 'Putri Ayu', 'Rizky Ramadhan', 'Nabila Zahra', 'Dimas Saputra', 'Intan Permata', 'Fajar Nugroho', 'Salsabila', 'Bagas', 'Alya Rahma'];
const SURNAMES = ['', '', 'bin Kasim', 'Wibowo', 'Santoso', '', 'Hartono', 'Siregar', '', 'Saputra'];
const HAMLETS = ['Sukarame I', 'Sukarame II', 'Way Linti', 'Kebon Agung', 'Tanjung Rejo', 'Sumber Sari'];

const two = (value: number) => String(value).padStart(2, '0');
const VILLAGE = '18.09.01.2001';

function state(index: number, roll: number): VisitState {
  if (index === 1) return 'returned';
  if (index === 2 || index === 40) return 'conflict';
  if (index === 3) return 'refused';
  if (index === 4 || index === 9) return 'in_progress';
  if (roll < 0.11) return 'sent';
  if (roll < 0.145) return 'verified';
  if (roll < 0.155) return 'not_found';
  if (roll < 0.17) return 'ready';
  return 'not_visited';
}

function person(seed: () => number, index: number, at: number, relation: string): Person {
  const pick = <T>(list: readonly T[]) => list[Math.floor(seed() * list.length)];
  const head = relation === '1';
  const child = relation === '3';
  const male = head ? seed() < 0.85 : child ? seed() < 0.5 : false;
  const year = child ? 2004 + Math.floor(seed() * 20) : 1948 + Math.floor(seed() * 50);
  const birth = `${year}-${two(1 + Math.floor(seed() * 12))}-${two(1 + Math.floor(seed() * 28))}`;
  const day = Number(birth.slice(8)) + (male ? 0 : 40);
  const nik = `180901${two(day)}${birth.slice(5, 7)}${birth.slice(2, 4)}9${String(index % 1000).padStart(3, '0')}`;
  const name = child ? pick(CHILDREN) : `${pick(male ? MEN : WOMEN)} ${pick(SURNAMES)}`.trim();
  const adult = (ageAt(birth, TODAY) ?? 0) >= 18;
  return {
    id: `00000000-0000-5000-9000-${String(index * 10 + at).padStart(12, '0')}`,
    removed: false,
    added: false,
    answers: {
      name: index === 7 && at === 0 ? 'Raden Mas Kanjeng Haji Muhammad Abdurrahman Wahid Suryaningrat bin Kartosoewirjo' : name,
      nik: seed() < 0.03 ? '' : nik,
      sex: male ? '1' : '2',
      birth_place: 'Pesawaran',
      birth_date: birth,
      relation_to_head: relation,
      presence_status: '1',
      marital_status: child ? '1' : '2',
      school_participation: adult ? '3' : '2',
      highest_certificate: adult ? '8' : '23',
      worked_last_week: adult ? '1' : '2',
    },
  };
}

/** A family that was visited with an earlier version of the questionnaire. */
const CARRY: CarryOver = {
  form: 'household_visit',
  from_version: '2025110101',
  to_version: '2026112101',
  carried: 41,
  problems: [
    {
      path: 'floor_material',
      label: 'Lantai terluas',
      value: 'Papan bekas',
      reason: 'choice_gone',
      message: 'Pilihan ini tidak ada lagi. Pilih lagi.',
    },
  ],
};

const asked = (id: string, path: string, label: string, text: string): ThreadEntry => ({
  id, path, label, text, author: 'Ibu Ratna (PSM)', at: '2026-11-23T04:00:00Z', mine: false, answers: '', open: true,
});

/** A family whose visit came back. */
const RETURNED = {
  why: { reason: 'Foto kurang atau tidak jelas', author: 'Ibu Ratna (PSM)', at: '2026-11-23T04:00:00Z' },
  thread: [
    asked('ask-1', 'floor_area', 'Luas lantai', 'Rumah di foto tampak kecil, tertulis lebih dari 50 meter persegi. Sudah diukur?'),
    asked('ask-2', 'rt', 'RT', 'RT menurut ketua RT berbeda. Tanyakan lagi.'),
  ],
};

export function makeVillage(count: number): Family[] {
  const seed = dice(1809);
  return Array.from({ length: count }, (_, index) => {
    const hamlet = HAMLETS[Math.floor(seed() * HAMLETS.length)];
    const rt = 1 + Math.floor(seed() * 12);
    const rw = 1 + Math.floor(rt / 4);
    const size = 1 + Math.floor(seed() * 5);
    const members = Array.from({ length: size }, (__, at) => person(seed, index, at, at === 0 ? '1' : at === 1 ? '2' : '3'));
    const now = state(index, seed());
    const programmes = [seed() < 0.24 ? 'PKH' : '', seed() < 0.43 ? 'Sembako' : ''].filter((name) => name !== '');
    const answers: Record<string, string> = {
      village_name: 'Sukaraja',
      district_name: 'Gedong Tataan',
      regency_name: 'Kabupaten Pesawaran',
      sls: hamlet,
      rt: seed() < 0.04 ? '' : String(rt).padStart(3, '0'),
      rw: String(rw).padStart(3, '0'),
      address:
        index === 7
          ? 'Gang Masjid Jami Nurul Huda belakang lapangan bola Kampung Sukarame nomor 127 B, dekat warung Bu Tini'
          : `Dusun ${hamlet} No. ${1 + Math.floor(seed() * 140)}`,
      no_kk: `18090112${two(1 + (index % 12))}159${String(index % 1000).padStart(3, '0')}`,
    };
    const housing: Record<string, string> = {
      tenure_status: '1',
      floor_area: String(24 + Math.floor(seed() * 60)),
      floor_material: seed() < 0.5 ? '6' : '2',
      wall_material: seed() < 0.7 ? '1' : '3',
      roof_material: '2',
      drinking_water_source: '5',
      lighting_source: '1',
      power_va_1: '1',
      cooking_fuel: '4',
      toilet_facility: '1',
      closet_type: '1',
      sewage_disposal: seed() < 0.6 ? '1' : '4',
      program_sembako: programmes.includes('Sembako') ? '1' : '2',
      program_pkh: programmes.includes('PKH') ? '1' : '2',
    };
    const register: Record<string, string> = { ...answers, ...housing };
    for (const member of members) {
      for (const [name, value] of Object.entries(member.answers)) register[`members/${member.id}/${name}`] = value;
    }
    const begun = now !== 'not_visited';
    const family: Family = {
      id: `00000000-0000-5000-8000-${String(index).padStart(12, '0')}`,
      ...(now === 'returned' ? { carry: CARRY, returned: structuredClone(RETURNED) } : {}),
      answers: begun
        ? { ...answers, household_status: now === 'not_found' ? '2' : '1', enumeration_result: '1', respondent_name: members[0].answers.name, is_well_off: '2', ...(now === 'in_progress' ? {} : housing) }
        : answers,
      members,
      state: now,
      unsent: now === 'ready' || now === 'in_progress' || now === 'refused',
      lastVisit: begun ? `2026-11-${two(3 + (index % 17))}T0${index % 8}:2${index % 6}:00Z` : '',
      programmes,
      decile: seed() < 0.03 ? '' : String(1 + Math.floor(seed() * 5)),
      register,
      conflicts: now === 'conflict' ? ['floor_material', 'floor_area'].slice(0, index === 2 ? 2 : 1) : [],
      refusals: now === 'refused' ? ['Nomor KK sudah dipakai keluarga lain di RT 004.'] : [],
      ...(index === 6 ? { restriction: 'permintaan 4/2026' } : {}),
      startedAt: begun ? '2026-11-21T01:12:00Z' : '',
      lastPage: now === 'in_progress' ? 'housing' : 'location',
      visited: begun ? ['location', 'visit_result'] : [],
    };
    return family;
  });
}

/** Names that people really have, or really type: very long, in other scripts, from right to left, none. */
const HARD = [
  'Raden Ayu '.repeat(50).trim(),
  'محمد عبد الرحمن بن أحمد الهاشمي',
  '林美玲（林太太）',
  'ꦱꦸꦠꦿꦶꦱ꧀ꦤ ꦲꦢꦶꦮꦶꦗꦪ',
  'ᬦᬶ ᬓᭂᬢᬸᬢ᭄ ᬲᬭᬶ',
  'Nguyễn Thị Ánh Nguyệt',
  'X'.repeat(500),
  '',
  'Đorđe "Joko" O’Brien <b>&amp;</b>',
];

/** A large village in which everybody was visited, with names and addresses that are hard on a screen. */
export function makeLargeVillage(count: number): Family[] {
  const all = makeVillage(count);
  for (const family of all) {
    if (family.state !== 'not_visited') continue;
    const { register } = family;
    for (const name of Object.keys(register)) if (!name.includes('/')) family.answers[name] ??= register[name];
    Object.assign(family.answers, { household_status: '1', enumeration_result: '1', respondent_name: family.members[0].answers.name, is_well_off: '2' });
    Object.assign(family, { state: 'sent', lastVisit: '2026-11-22T03:20:00Z', startedAt: '2026-11-21T01:12:00Z' });
  }
  HARD.forEach((name, index) => {
    const family = all[10 + index];
    if (!family) return;
    family.members[0].answers.name = name;
    family.members[0].answers.birth_date = '1900-01-01';
    if (index === 0) family.answers.address = 'Gang Haji Muhammad Abdurrahman '.repeat(16).trim();
  });
  return all;
}

export const VILLAGE_CODE = VILLAGE;
