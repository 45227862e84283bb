/** Sixty visits, or as many as there are, of three people that wait at the desk, with what is planted in them. */

import type { CheckView, DecisionView, DeskReason, FindingView, RemovalView, ThreadEntry } from '../../../ipc/types';
import type { Family } from '../village';

export const PEOPLE = ['Dewi Anggraini', 'Bagus Kurniawan', 'Siti Rohmah'];
export const VERIFIER = 'Ibu Ratna (PSM)';

export interface Case {
  family: Family;
  reasons: DeskReason[];
  /** Who visited. */
  enumerator: string;
  /** To whom the household goes next; empty: to who visited. */
  given: string;
  device: string;
  submitted: string;
  seconds: number;
  distance: number | null;
  /** Values of the visit before, where they differ from the register. */
  previous: Record<string, string>;
  conflicts: string[];
  checks: CheckView[];
  thread: ThreadEntry[];
  decisions: DecisionView[];
  findings: FindingView[];
  removal: RemovalView | null;
  photos: boolean;
  done: boolean;
  /** Somebody else writes while the desk looks: the next decision meets another record. */
  surprise: Record<string, string> | null;
  version: number;
}

const two = (value: number) => String(value).padStart(2, '0');

const CHANGES: Record<string, string>[] = [
  { floor_material: '1' },
  { floor_material: '3', wall_material: '1' },
  { toilet_facility: '2', sewage_disposal: '1' },
  { cooking_fuel: '1', lighting_source: '1', power_va_1: '2' },
  {},
  { rt: '004', address: 'Dusun Tanjung Rejo No. 17' },
];

function plain(family: Family, index: number): Case {
  Object.assign(family.answers, CHANGES[index % CHANGES.length]);
  const head = family.members[0];
  if (index % 4 === 1 && head) head.answers.birth_date = '1969-03-12';
  return {
    family,
    reasons: family.conflicts.length > 0 ? ['conflict'] : ['submitted'],
    enumerator: PEOPLE[index % 3],
    given: '',
    device: `HP-0${3 + (index % 3)}`,
    submitted: `2026-11-${two(21 + (index % 4))}T0${index % 9}:${two((index * 7) % 60)}:00Z`,
    seconds: 900 + ((index * 97) % 1500),
    distance: 4 + ((index * 13) % 60),
    previous: index % 3 === 0 ? { roof_material: '4' } : {},
    conflicts: family.conflicts,
    checks: [],
    thread: [],
    decisions: [],
    findings: head
      ? [
          {
            member: head.id,
            name: head.answers.name,
            source: 'dukcapil',
            result: index % 5 === 0 ? 'unmatched' : 'deterministic',
            words: index % 5 === 0 ? 'NIK belum ditemukan di Dukcapil.' : 'NIK dan nama cocok.',
            at: '2026-10-01',
          },
          ...(index % 3 === 0
            ? [{ member: head.id, name: head.answers.name, source: 'Sembako', result: 'receives', words: 'Menerima Sembako sejak 2023.', at: '2026-09-15' }]
            : []),
        ]
      : [],
    removal: null,
    photos: index % 3 !== 2,
    done: false,
    surprise: null,
    version: 1,
  };
}

const fast: CheckView = {
  path: '',
  label: 'Kunjungan',
  message: 'Kunjungan selesai dalam 2 menit; yang lain rata-rata 21 menit.',
  explained: '',
  kind: 'paradata',
};

export function makeCases(families: Family[], most = 60): Case[] {
  const sent = families.filter((family) => ['sent', 'conflict'].includes(family.state) && !family.restriction).slice(0, most);
  const cases = sent.map(plain);
  const plant = (index: number, change: (one: Case) => void) => {
    if (cases[index]) change(cases[index]);
  };
  plant(0, (one) => {
    one.reasons = ['contested'];
    one.decisions = [
      { id: 'd2', state: 'field_verified', title: 'Diterima', reason: 'Sesuai kunjungan', author: VERIFIER, at: '2026-11-23T03:10:00Z', counts: true, contested: true },
      { id: 'd1', state: 'returned', title: 'Dikembalikan', reason: 'Foto dapur tidak jelas', author: 'Pak Hadi (operator)', at: '2026-11-23T03:02:00Z', counts: false, contested: true },
    ];
  });
  for (const index of [1, 2, 6, 9, 12, 15, 18, 21]) {
    plant(index, (one) => {
      one.conflicts = index === 1 ? ['photo_house'] : index % 2 === 0 ? ['floor_material', 'floor_area'] : ['floor_material'];
      one.family.conflicts = one.conflicts;
      one.reasons = ['conflict'];
    });
  }
  plant(3, (one) => {
    one.reasons = ['duplicate', 'submitted'];
  });
  plant(4, (one) => {
    one.reasons = ['check'];
    one.seconds = 118;
    one.distance = 2340;
    one.checks = [
      fast,
      {
        path: 'floor_area',
        label: 'Luas lantai',
        message: 'Luas lantai 900 m² lebih besar dari 300 m². Periksa lagi.',
        explained: 'Rumah bekas gudang, diukur bersama ketua RT.',
        kind: 'warning',
      },
      { path: 'respondent_phone', label: 'Nomor telepon', message: 'Belum diisi.', explained: '', kind: 'missing' },
    ];
    one.family.answers.floor_area = '900';
  });
  plant(5, (one) => {
    one.reasons = ['eligibility'];
    Object.assign(one.family.answers, { is_well_off: '1', floor_material: '2', wall_material: '1', power_va_1: '4', cooking_fuel: '3' });
  });
  plant(7, (one) => {
    one.reasons = ['overdue', 'submitted'];
  });
  plant(8, (one) => {
    one.surprise = { toilet_facility: '4' };
  });
  plant(10, (one) => {
    one.reasons = ['eligibility'];
    one.removal = {
      id: 'r1',
      reason: 'well_off',
      title: 'Mampu',
      note: 'Anak bekerja di luar negeri, rumah baru dua lantai.',
      author: VERIFIER,
      at: '2026-11-22T02:00:00Z',
      replacement: '',
      replacement_head: '',
      promised_to: [],
      others: [{ title: '', note: 'Rumah itu milik kerabat.', author: 'Tono Wibowo', at: '2026-11-22T01:30:00Z', replacement_head: '' }],
      evidence: [
        { file: `new-0-${one.family.id.slice(-4)}`, kind: 'photo', bytes: 214_000, missing: '' },
        { file: 'surat-desa', kind: 'pdf', bytes: 482_000, missing: '' },
        { file: 'akta', kind: 'photo', bytes: 190_000, missing: 'Bukti ini belum sampai di perangkat ini. Kirim & terima saat ada sambungan.' },
      ],
    };
  });
  plant(11, (one) => {
    one.reasons = ['returned'];
    one.family.state = 'returned';
    one.thread = [
      { id: 't1', path: 'floor_area', label: 'Luas lantai', text: 'Luas rumah ini 36 m² di foto, tertulis 63. Mana yang benar?', author: VERIFIER, at: '2026-11-23T04:00:00Z', mine: true, answers: '', open: true },
      { id: 't2', path: 'toilet_facility', label: 'Fasilitas tempat buang air besar', text: 'Foto jamban belum ada.', author: VERIFIER, at: '2026-11-23T04:00:00Z', mine: true, answers: '', open: false },
      { id: 't3', path: 'toilet_facility', label: 'Fasilitas tempat buang air besar', text: 'Sudah saya foto kemarin.', author: one.enumerator, at: '2026-11-24T01:30:00Z', mine: false, answers: 't2', open: false },
    ];
  });
  return cases;
}
