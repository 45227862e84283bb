/** A believable household visit for the fake: pages, questions and when they apply. */

import type { Media, Widget } from '../../ipc/types';

export type Get = (name: string) => string;

export interface OwnChoice {
  code: string;
  id: string;
  en: string;
  media?: Partial<Media>;
  /** Where it lies, for a choice from a map. */
  geometry?: string;
}

export interface Question {
  name: string;
  widget: Widget;
  id: string;
  en: string;
  hint?: [string, string];
  /** Name of the list of codes. */
  codes?: string;
  /** Choices of its own: code, Indonesian, English, files. */
  own?: readonly OwnChoice[];
  /** A list too long to be sent whole: its length, and what stands at a place. */
  long?: { total: number; at: (index: number) => OwnChoice };
  guidance?: [string, string];
  parameters?: Record<string, string>;
  media?: Partial<Media>;
  groups?: { id: string; label: [string, string]; appearance?: string }[];
  optional?: boolean;
  readonly?: boolean;
  appearance?: string;
  relevant?: (get: Get) => boolean;
  /** What is wrong with a value, in Indonesian and English. */
  check?: (value: string, get: Get) => [string, string] | null;
}

export interface PageDef {
  name: string;
  id: string;
  en: string;
  hint?: [string, string];
  relevant?: (get: Get) => boolean;
  questions: Question[];
}

const q = (name: string, widget: Widget, id: string, en: string, more: Partial<Question> = {}): Question => ({
  name,
  widget,
  id,
  en,
  ...more,
});
const one = (name: string, id: string, en: string, codes: string, more: Partial<Question> = {}) =>
  q(name, 'select_one', id, en, { codes, ...more });
const yes = (name: string, id: string, en: string, more: Partial<Question> = {}) => one(name, id, en, 'yes_no', more);

const found = (get: Get) => ['1', '4'].includes(get('household_status')) && ['1', '2'].includes(get('enumeration_result'));

const sixteen = (value: string): [string, string] | null =>
  /^\d{16}$/.test(value) ? null : ['Nomor harus 16 angka. Periksa kartunya.', 'The number needs 16 digits. Check the card.'];

const between = (low: number, high: number) => (value: string): [string, string] | null =>
  Number(value) >= low && Number(value) <= high
    ? null
    : [`Isi antara ${low} dan ${high}. Tanyakan sekali lagi.`, `Enter between ${low} and ${high}. Ask once more.`];

const programme = (name: string, id: string, en: string): Question[] => [
  yes(`program_${name}`, id, en),
  q(`program_${name}_last`, 'date', 'Terakhir diterima', 'Last received', {
    appearance: 'month-year',
    relevant: (get) => get(`program_${name}`) === '1',
  }),
];

const asset = (name: string, id: string, en: string) => yes(`asset_${name}`, `Memiliki ${id}?`, `Owns ${en}?`);
const animals = (name: string, id: string, en: string) =>
  q(`livestock_${name}`, 'integer', `Jumlah ${id}`, `Number of ${en}`, { check: between(0, 9999) });

export const PAGES: PageDef[] = [
  {
    name: 'location',
    id: 'Lokasi',
    en: 'Location',
    questions: [
      q('village_name', 'text', 'Desa', 'Village', { readonly: true }),
      q('district_name', 'text', 'Kecamatan', 'District', { readonly: true }),
      q('regency_name', 'text', 'Kabupaten', 'Regency', { readonly: true }),
      q('sls', 'text', 'Dusun atau SLS', 'Hamlet or SLS'),
      q('rt', 'text', 'RT', 'RT', { appearance: 'numbers' }),
      q('rw', 'text', 'RW', 'RW', { appearance: 'numbers' }),
      q('address', 'text', 'Alamat tempat tinggal sekarang', 'Address where the family lives now', {
        appearance: 'multiline',
        hint: ['Jalan, gang, nomor, atau patokan.', 'Street, lane, number, or a landmark.'],
      }),
      q('no_kk', 'id_number', 'Nomor Kartu Keluarga', 'Number of the family card', {
        hint: ['Salin dari KK yang ditunjukkan.', 'Copy from the card that is shown.'],
        check: sixteen,
      }),
      one('family_split_status', 'Keadaan keluarga terhadap KK', 'Family against its card', 'family_split_status'),
      q('families_in_house', 'integer', 'Jumlah keluarga di rumah ini', 'Families in this house', { check: between(1, 20) }),
      q('gps', 'geopoint', 'Letak rumah', 'Position of the house', { optional: true }),
    ],
  },
  {
    name: 'visit_result',
    id: 'Hasil kunjungan',
    en: 'Result of the visit',
    questions: [
      one('household_status', 'Apakah keluarga ini ditemukan?', 'Was this family found?', 'household_status'),
      one('not_found_reason', 'Mengapa tidak ditemukan?', 'Why was it not found?', 'not_found_reason', {
        relevant: (get) => get('household_status') === '2',
      }),
      one('enumeration_result', 'Hasil pendataan', 'Result of the enumeration', 'enumeration_result', {
        relevant: (get) => ['1', '4'].includes(get('household_status')),
      }),
      q('respondent_name', 'text', 'Nama pemberi jawaban', 'Name of the respondent', { relevant: found }),
      q('respondent_phone', 'text', 'Nomor telepon', 'Phone number', { relevant: found, optional: true }),
      yes('is_well_off', 'Apakah keluarga ini tergolong mampu?', 'Is this family well off?', { relevant: found }),
      q('photo_house', 'image', 'Foto rumah tampak depan', 'Photo of the front of the house', {
        relevant: (get) => get('household_status') !== '2',
        optional: true,
      }),
    ],
  },
  {
    name: 'housing',
    id: 'Perumahan',
    en: 'Housing',
    relevant: found,
    questions: [
      one('tenure_status', 'Status bangunan tempat tinggal', 'Tenure of the dwelling', 'tenure_status'),
      one('ownership_proof', 'Bukti kepemilikan tanah', 'Proof of ownership', 'ownership_proof', {
        relevant: (get) => get('tenure_status') === '1',
      }),
      q('floor_area', 'decimal', 'Luas lantai (m²)', 'Floor area (m²)', { check: between(1, 999) }),
      one('floor_material', 'Lantai terluas', 'Main floor', 'floor_material'),
      one('wall_material', 'Dinding terluas', 'Main wall', 'wall_material'),
      one('roof_material', 'Atap terluas', 'Main roof', 'roof_material'),
    ],
  },
  {
    name: 'utilities',
    id: 'Air, listrik, bahan bakar',
    en: 'Water, light, fuel',
    relevant: found,
    questions: [
      one('drinking_water_source', 'Sumber air minum utama', 'Main source of drinking water', 'drinking_water_source'),
      one('waste_distance', 'Jarak ke penampungan limbah terdekat', 'Distance to the nearest sewage pit', 'waste_distance', {
        relevant: (get) => ['4', '5', '6', '7', '8'].includes(get('drinking_water_source')),
      }),
      one('lighting_source', 'Sumber penerangan utama', 'Main source of light', 'lighting_source'),
      one('power_va_1', 'Daya terpasang, meteran 1', 'Installed power, meter 1', 'power_va', {
        relevant: (get) => get('lighting_source') === '1',
      }),
      one('cooking_fuel', 'Bahan bakar utama untuk memasak', 'Main cooking fuel', 'cooking_fuel'),
    ],
  },
  {
    name: 'sanitation',
    id: 'Sanitasi',
    en: 'Sanitation',
    relevant: found,
    questions: [
      one('toilet_facility', 'Tempat buang air besar', 'Toilet', 'toilet_facility'),
      one('closet_type', 'Jenis kloset', 'Kind of closet', 'closet_type', {
        relevant: (get) => ['1', '2', '3'].includes(get('toilet_facility')),
      }),
      one('sewage_disposal', 'Pembuangan akhir tinja', 'Disposal', 'sewage_disposal'),
    ],
  },
  {
    name: 'assets',
    id: 'Aset',
    en: 'Assets',
    hint: ['Yang dimiliki dan masih bisa dipakai.', 'Owned and still usable.'],
    relevant: found,
    questions: [
      asset('gas_cylinder', 'tabung gas 5,5 kg atau lebih', 'a gas cylinder of 5.5 kg or more'),
      asset('refrigerator', 'lemari es', 'a refrigerator'),
      asset('television', 'televisi layar datar', 'a flat television'),
      asset('gold', 'emas atau perhiasan', 'gold or jewellery'),
      asset('computer', 'komputer atau laptop', 'a computer or laptop'),
      asset('motorcycle', 'sepeda motor', 'a motorcycle'),
      asset('car', 'mobil', 'a car'),
      asset('smartphone', 'telepon pintar', 'a smartphone'),
      one('internet_use', 'Pemakaian internet', 'Use of the internet', 'internet_use'),
      one('active_account', 'Rekening aktif', 'Active account', 'active_account'),
    ],
  },
  {
    name: 'livestock',
    id: 'Ternak',
    en: 'Livestock',
    relevant: found,
    questions: [
      animals('cattle', 'sapi', 'cattle'),
      animals('buffalo', 'kerbau', 'buffaloes'),
      animals('goat_sheep', 'kambing atau domba', 'goats or sheep'),
    ],
  },
  {
    name: 'programmes',
    id: 'Program bantuan',
    en: 'Programmes',
    relevant: found,
    questions: [
      ...programme('sembako', 'Menerima Program Sembako/BPNT?', 'Receives Sembako/BPNT?'),
      ...programme('pkh', 'Menerima PKH?', 'Receives PKH?'),
      ...programme('blt_dd', 'Menerima BLT Dana Desa?', 'Receives BLT Dana Desa?'),
      ...programme('electricity', 'Menerima subsidi listrik?', 'Receives an electricity subsidy?'),
      yes('has_kks', 'Memiliki Kartu Keluarga Sejahtera (KKS)?', 'Has a KKS card?'),
    ],
  },
  { name: 'members', id: 'Anggota keluarga', en: 'Members of the family', relevant: found, questions: [] },
  {
    name: 'closing',
    id: 'Penutup',
    en: 'Closing',
    questions: [
      q('notes', 'text', 'Catatan', 'Notes', { appearance: 'multiline', optional: true }),
      q('photo_kk', 'image', 'Foto Kartu Keluarga', 'Photo of the family card', { optional: true }),
      q('signature', 'signature', 'Tanda tangan pemberi jawaban', 'Signature of the respondent', { optional: true, relevant: found }),
      one('respondent_confirms', 'Pernyataan pemberi jawaban', 'Statement of the respondent', 'confirm', { relevant: found }),
    ],
  },
];

/** Years between a birth date and the day of the visit. */
export function ageAt(birth: string, today: string): number | null {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(birth)) return null;
  return Number(today.slice(0, 4)) - Number(birth.slice(0, 4)) - (today.slice(5) < birth.slice(5) ? 1 : 0);
}

export const TODAY = '2026-11-21';
const atLeast = (years: number) => (get: Get) => (ageAt(get('birth_date'), TODAY) ?? -1) >= years;
const livesHere = (get: Get) => !['2', '3', '4', '6'].includes(get('presence_status'));

/** Whether the birth date in a NIK (day + 40 for women) is the one that was said. */
export function nikDisagrees(get: Get): boolean {
  const nik = get('nik');
  const birth = get('birth_date');
  if (!/^\d{16}$/.test(nik) || !birth) return false;
  const day = Number(birth.slice(8)) + (get('sex') === '2' ? 40 : 0);
  return nik.slice(6, 12) !== `${String(day).padStart(2, '0')}${birth.slice(5, 7)}${birth.slice(2, 4)}`;
}

export const MEMBER_PAGES: PageDef[] = [
  {
    name: 'identity',
    id: 'Identitas',
    en: 'Identity',
    questions: [
      q('name', 'text', 'Nama lengkap sesuai KTP atau KK', 'Full name as on the KTP or KK'),
      q('nik', 'id_number', 'NIK', 'NIK', { check: sixteen }),
      one('presence_status', 'Keberadaan', 'Presence', 'presence_status'),
      one('relation_to_head', 'Hubungan dengan kepala keluarga', 'Relation to the head', 'relation_to_head'),
      one('sex', 'Jenis kelamin', 'Sex', 'sex'),
      q('birth_place', 'text', 'Tempat lahir', 'Place of birth'),
      q('birth_date', 'date', 'Tanggal lahir', 'Date of birth', {
        check: (value) =>
          value > TODAY ? ['Tanggal lahir tidak boleh sesudah hari ini.', 'A birth date cannot be after today.'] : null,
      }),
      q('age', 'calculated', 'Umur', 'Age', { optional: true }),
      q('nik_note', 'note', 'NIK tidak cocok dengan tanggal lahir atau jenis kelamin. Periksa KTP. Bila KTP memang begitu, tulis alasannya.', 'The NIK does not fit the birth date or the sex. Check the KTP. If it is so on the KTP, write down why.', {
        appearance: 'warning',
        optional: true,
        relevant: nikDisagrees,
      }),
      q('nik_mismatch_reason', 'text', 'Alasan NIK berbeda', 'Why the NIK differs', { relevant: nikDisagrees }),
      one('marital_status', 'Status perkawinan', 'Marital status', 'marital_status'),
      q('mother_maiden_name', 'text', 'Nama gadis ibu kandung', 'Maiden name of the mother', { optional: true }),
      q('identity_docs', 'select_multiple', 'Dokumen yang dimiliki', 'Documents at hand', { codes: 'identity_docs' }),
    ],
  },
  {
    name: 'education',
    id: 'Pendidikan',
    en: 'Education',
    relevant: (get) => livesHere(get) && atLeast(5)(get),
    questions: [
      one('school_participation', 'Partisipasi sekolah', 'School participation', 'school_participation'),
      one('highest_level_attended', 'Jenjang tertinggi yang pernah diikuti', 'Highest level attended', 'highest_level_attended', {
        relevant: (get) => ['2', '3'].includes(get('school_participation')),
      }),
      one('highest_certificate', 'Ijazah tertinggi', 'Highest certificate', 'highest_certificate', {
        relevant: (get) => ['2', '3'].includes(get('school_participation')),
      }),
    ],
  },
  {
    name: 'work',
    id: 'Pekerjaan',
    en: 'Work',
    relevant: (get) => livesHere(get) && atLeast(5)(get),
    questions: [
      yes('worked_last_week', 'Bekerja seminggu terakhir?', 'Worked in the last week?'),
      one('industry', 'Lapangan usaha', 'Industry', 'industry', { relevant: (get) => get('worked_last_week') === '1' }),
      one('work_status', 'Status dalam pekerjaan', 'Status at work', 'work_status', {
        relevant: (get) => get('worked_last_week') === '1',
      }),
      one('has_npwp', 'NPWP', 'NPWP', 'has_npwp'),
    ],
  },
  {
    name: 'health',
    id: 'Kesehatan',
    en: 'Health',
    relevant: livesHere,
    questions: [
      one('difficulty_seeing', 'Kesulitan melihat', 'Difficulty seeing', 'difficulty', { relevant: atLeast(2) }),
      one('difficulty_walking', 'Kesulitan berjalan', 'Difficulty walking', 'difficulty', { relevant: atLeast(2) }),
      one('chronic_disease', 'Penyakit menahun', 'Chronic disease', 'chronic_disease'),
    ],
  },
  {
    name: 'member_programmes',
    id: 'Jaminan & program',
    en: 'Cover & programmes',
    relevant: livesHere,
    questions: [
      q('health_cover', 'select_multiple', 'Jaminan kesehatan', 'Health cover', { codes: 'health_cover' }),
      one('program_pip', 'Menerima PIP (Kartu Indonesia Pintar)?', 'Receives PIP?', 'yes_no_unknown'),
    ],
  },
];
