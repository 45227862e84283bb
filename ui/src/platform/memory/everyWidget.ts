/** A form for the fake that has every type of question and every appearance, gathered by kind. */

import type { Widget } from '../../ipc/types';
import type { OwnChoice, PageDef, Question } from './questionnaire';

const q = (name: string, widget: Widget, id: string, en: string, more: Partial<Question> = {}): Question => ({
  name, widget, id, en, optional: true, ...more,
});
const list = (...rows: [code: string, id: string, en: string][]): OwnChoice[] => rows.map(([code, id, en]) => ({ code, id, en }));

const AGREE = list(
  ['1', 'Sangat tidak setuju', 'Strongly disagree'],
  ['2', 'Tidak setuju', 'Disagree'],
  ['3', 'Biasa saja', 'Neutral'],
  ['4', 'Setuju', 'Agree'],
  ['5', 'Sangat setuju', 'Strongly agree'],
);
const OFTEN = list(['1', 'Tidak pernah', 'Never'], ['2', 'Kadang', 'Sometimes'], ['3', 'Sering', 'Often'], ['4', 'Selalu', 'Always']);
const FUEL = list(
  ['gas', 'Gas', 'Gas'],
  ['wood', 'Kayu', 'Wood'],
  ['oil', 'Minyak', 'Kerosene'],
  ['power', 'Listrik', 'Electricity'],
  ['coal', 'Arang', 'Charcoal'],
  ['other', 'Lainnya', 'Other'],
);
const NEEDS = list(
  ['road', 'Jalan desa', 'Village road'],
  ['water', 'Air bersih', 'Clean water'],
  ['clinic', 'Puskesmas pembantu', 'Health post'],
  ['school', 'Ruang kelas', 'Class rooms'],
  ['market', 'Pasar', 'Market'],
);

const tile = (colour: string, shape: string) =>
  `data:image/svg+xml,${encodeURIComponent(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 160 110"><rect width="160" height="110" fill="${colour}"/>${shape}</svg>`)}`;

/** A beep of a third of a second, made here. */
function beep(): string {
  const rate = 8000;
  const count = Math.floor(rate / 3);
  const bytes = new Uint8Array(44 + count);
  const view = new DataView(bytes.buffer);
  const text = (at: number, word: string) => [...word].forEach((char, index) => view.setUint8(at + index, char.charCodeAt(0)));
  text(0, 'RIFF');
  view.setUint32(4, 36 + count, true);
  text(8, 'WAVEfmt ');
  view.setUint32(16, 16, true);
  view.setUint16(20, 1, true);
  view.setUint16(22, 1, true);
  view.setUint32(24, rate, true);
  view.setUint32(28, rate, true);
  view.setUint16(32, 1, true);
  view.setUint16(34, 8, true);
  text(36, 'data');
  view.setUint32(40, count, true);
  for (let at = 0; at < count; at += 1) view.setUint8(44 + at, 128 + 40 * Math.sin((at * 2 * Math.PI * 440) / rate));
  let binary = '';
  for (const byte of bytes) binary += String.fromCharCode(byte);
  return `data:audio/wav;base64,${btoa(binary)}`;
}

/** Files of the form. */
export const MEDIA: Record<string, string> = {
  'roof.svg': tile('#e9c9a1', '<path d="M20 70 80 20l60 50z" fill="#7a2e12"/><rect x="40" y="70" width="80" height="35" fill="#fff"/>'),
  'tin.svg': tile('#cfd8dc', '<path d="M15 75h130L120 35H40z" fill="#546e7a"/><path d="M45 35 35 75M65 35 60 75M85 35v40M105 35l8 40" stroke="#cfd8dc" stroke-width="4"/>'),
  'leaf.svg': tile('#dcedc8', '<path d="M20 90 80 15l60 75z" fill="#558b2f"/><path d="M80 15v75M50 52l15 38M110 52 95 90" stroke="#dcedc8" stroke-width="4"/>'),
  'house.svg': tile('#bbdefb', '<path d="M10 60 80 10l70 50z" fill="#8d2b1a"/><rect x="28" y="58" width="104" height="50" fill="#fff3e0"/><rect x="68" y="72" width="26" height="36" fill="#5d4037"/>'),
  'body.svg': `data:image/svg+xml,${encodeURIComponent(
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 200 220"><script>document.title = 'hacked'</script>
    <g fill="#ffe0b2" stroke="#5d4037" stroke-width="2"><circle id="head" cx="100" cy="38" r="30" onclick="document.title = 'hacked'"/>
    <rect id="chest" x="62" y="72" width="76" height="56" rx="10"/><rect id="belly" x="62" y="128" width="76" height="36"/>
    <g id="legs"><rect x="62" y="166" width="34" height="50"/><rect x="104" y="166" width="34" height="50"/></g></g>
    <text x="100" y="44" font-size="14" text-anchor="middle">Kepala</text></svg>`,
  )}`,
  'beep.wav': beep(),
};

const ROOFS: OwnChoice[] = [
  { code: 'tile', id: 'Genteng', en: 'Tiles', media: { image: 'roof.svg' } },
  { code: 'tin', id: 'Seng', en: 'Tin', media: { image: 'tin.svg' } },
  { code: 'leaf', id: 'Rumbia', en: 'Palm leaf', media: { image: 'leaf.svg' } },
];

const BODY: OwnChoice[] = list(
  ['head', 'Kepala', 'Head'],
  ['chest', 'Dada', 'Chest'],
  ['belly', 'Perut', 'Belly'],
  ['legs', 'Kaki', 'Legs'],
  ['elsewhere', 'Tempat lain', 'Elsewhere'],
);
const POSTS: OwnChoice[] = [
  { code: 'melati', id: 'Posyandu Melati', en: 'Melati post', geometry: '-5.3621 105.0844 0 0' },
  { code: 'mawar', id: 'Posyandu Mawar', en: 'Mawar post', geometry: '-5.3702 105.0911 0 0' },
  { code: 'canal', id: 'Sepanjang saluran', en: 'Along the canal', geometry: '-5.360 105.080 0 0; -5.366 105.085 0 0; -5.372 105.083 0 0' },
  { code: 'market', id: 'Lapangan pasar', en: 'Market square', geometry: '-5.364 105.092 0 0; -5.364 105.096 0 0; -5.368 105.096 0 0; -5.368 105.092 0 0; -5.364 105.092 0 0' },
  { code: 'none', id: 'Tidak ada', en: 'None' },
];

const SYLLABLES = ['su', 'ka', 'ra', 'ja', 'ta', 'nu', 'mang', 'ge', 'dong', 'wa', 'li', 'ban', 'tir', 'pa', 'sri', 'mo'];
const PLACES = ['Desa', 'Kelurahan', 'Nagari', 'Gampong'];

/** 16,000 villages that do not exist. */
function village(index: number): OwnChoice {
  const word = SYLLABLES[index % 16] + SYLLABLES[(index >> 4) % 16] + SYLLABLES[(index >> 8) % 16];
  const name = `${PLACES[(index >> 12) % 4]} ${word[0].toUpperCase()}${word.slice(1)}`;
  return { code: `v${index}`, id: `${name} (${index})`, en: `${name} (${index})` };
}

const table = { id: 'habits', label: ['Kebiasaan keluarga', 'Habits of the family'] as [string, string], appearance: 'table-list' };
const inner = { id: 'inner', label: ['Bagian dalam', 'A part inside'] as [string, string] };

export const EVERY_WIDGET: PageDef[] = [
  {
    name: 'text',
    id: 'Teks dan angka',
    en: 'Text and numbers',
    questions: [
      q('intro', 'note', 'Formulir ini memuat **setiap jenis** pertanyaan.\n- Jawab sebisanya\n- Kode 2*3 dan nama_desa tetap utuh', 'This form has **every type** of question.\n- Answer what you can\n- The code 2*3 and village_name stay whole'),
      q('caution', 'note', 'Ini sebuah peringatan.', 'This is a warning.', { appearance: 'warning', hint: ['Dibaca dulu, lalu lanjut.', 'Read it, then go on.'] }),
      q('plain', 'text', 'Nama jalan', 'Name of the street', {
        optional: false,
        hint: ['Seperti di papan nama.', 'As on the sign.'],
        guidance: ['Bila tidak ada papan, tanyakan kepada _ketua RT_.', 'Where there is no sign, ask the _head of the RT_.'],
      }),
      q('long', 'text', 'Ceritakan keadaan rumah', 'Describe the house', { appearance: 'multiline' }),
      q('digits', 'text', 'Nomor meteran', 'Number of the meter', { appearance: 'numbers' }),
      q('secret', 'text', 'Kata sandi', 'Password', { appearance: 'masked' }),
      q('site', 'text', 'Alamat laman desa', 'Page of the village', { appearance: 'url' }),
      q('outside', 'text', 'Hasil ukur kadar gula', 'Sugar reading', { appearance: 'ex:org.example.sugar' }),
      q('label_print', 'text', 'Cetak label', 'Print the label', { appearance: 'printer:org.example.zebra' }),
      q('count', 'integer', 'Jumlah kamar', 'Number of rooms', {
        check: (value) => (Number(value) <= 20 ? null : ['Paling banyak 20 kamar. Tanyakan sekali lagi.', 'At most 20 rooms. Ask once more.']),
      }),
      q('chickens', 'integer', 'Jumlah ayam', 'Number of chickens', { appearance: 'counter' }),
      q('income', 'integer', 'Pendapatan sebulan', 'Income of a month', { appearance: 'thousands-sep' }),
      q('weight', 'decimal', 'Berat badan (kg)', 'Weight (kg)'),
      q('direction', 'decimal', 'Arah pintu depan', 'Direction of the front door', { appearance: 'bearing' }),
    ],
  },
  {
    name: 'one',
    id: 'Pilih satu',
    en: 'Choose one',
    questions: [
      q('yes', 'select_one', 'Punya sumur?', 'Is there a well?', { own: list(['1', 'Ya', 'Yes'], ['0', 'Tidak', 'No']), optional: false }),
      q('rows', 'select_one', 'Bahan bakar utama', 'Main fuel', { own: FUEL }),
      q('minimal', 'select_one', 'Bahan bakar kedua', 'Second fuel', { own: FUEL, appearance: 'minimal' }),
      q('village', 'select_one', 'Desa asal', 'Village of origin', { appearance: 'autocomplete', long: { total: 16000, at: village } }),
      q('likert', 'select_one', 'Petugas ramah', 'The officer was friendly', { own: AGREE, appearance: 'likert' }),
      q('columns', 'select_one', 'Bahan bakar (kolom)', 'Fuel (columns)', { own: FUEL, appearance: 'columns' }),
      q('columns3', 'select_one', 'Bahan bakar (3 kolom)', 'Fuel (3 columns)', { own: FUEL, appearance: 'columns-3' }),
      q('pack', 'select_one', 'Bahan bakar (rapat)', 'Fuel (packed)', { own: FUEL, appearance: 'columns-pack' }),
      q('horizontal', 'select_one', 'Seberapa sering?', 'How often?', { own: OFTEN, appearance: 'horizontal' }),
      q('compact', 'select_one', 'Seberapa sering (ringkas)?', 'How often (compact)?', { own: OFTEN, appearance: 'compact' }),
      q('nobuttons', 'select_one', 'Tanpa tombol', 'Without buttons', { own: OFTEN, appearance: 'columns-2 no-buttons' }),
      q('roof', 'select_one', 'Atap yang mana?', 'Which roof?', { own: ROOFS, appearance: 'columns' }),
      q('roof_bare', 'select_one', 'Atap (gambar saja)', 'Roof (pictures only)', { own: ROOFS, appearance: 'columns-3 no-buttons' }),
      q('roof_rows', 'select_one', 'Atap (baris, dengan suara)', 'Roof (rows, with sound)', {
        own: ROOFS.map((roof) => ({ ...roof, media: { ...roof.media, audio: 'beep.wav', big_image: 'house.svg' } })),
      }),
      q('strange', 'select_one', 'Penampilan yang tidak dikenal', 'An appearance nobody knows', { own: OFTEN, appearance: 'w4 sparkle' }),
      q('hurts', 'select_one', 'Bagian tubuh yang paling sakit', 'Where it hurts most', { own: BODY, appearance: 'image-map', media: { image: 'body.svg' } }),
      q('post', 'select_one', 'Posyandu terdekat', 'Nearest health post', { own: POSTS, appearance: 'map' }),
      q('quick', 'select_one', 'Cepat: langsung lanjut', 'Quick: goes on at once', { own: OFTEN, appearance: 'quick' }),
    ],
  },
  {
    name: 'many',
    id: 'Pilih beberapa',
    en: 'Choose several',
    questions: [
      q('many_rows', 'select_multiple', 'Bahan bakar yang dipakai', 'Fuels in use', { own: FUEL, optional: false }),
      q('many_columns', 'select_multiple', 'Bahan bakar (kolom)', 'Fuels (columns)', { own: FUEL, appearance: 'columns-2' }),
      q('many_minimal', 'select_multiple', 'Bahan bakar (daftar)', 'Fuels (list)', { own: FUEL, appearance: 'minimal' }),
      q('many_villages', 'select_multiple', 'Desa yang pernah ditinggali', 'Villages lived in', { appearance: 'autocomplete', long: { total: 16000, at: village } }),
      q('all_hurts', 'select_multiple', 'Bagian tubuh yang sakit', 'Where it hurts', { own: BODY, appearance: 'image-map', media: { image: 'body.svg' } }),
      q('many_posts', 'select_multiple', 'Posyandu yang dikunjungi', 'Health posts visited', { own: POSTS, appearance: 'map' }),
      q('many_roofs', 'select_multiple', 'Atap yang ada', 'Roofs there are', { own: ROOFS, appearance: 'columns-3 no-buttons' }),
      q('order', 'rank', 'Urutkan kebutuhan desa', 'Rank the needs of the village', { own: NEEDS, optional: false }),
      q('ok', 'acknowledge', 'Saya sudah membacakan persetujuan.', 'I have read out the consent.', { optional: false }),
    ],
  },
  {
    name: 'tables',
    id: 'Tabel dan bagian',
    en: 'Tables and parts',
    questions: [
      q('head', 'select_one', 'Seberapa sering?', 'How often?', { own: OFTEN, appearance: 'label' }),
      q('t1', 'select_one', 'Makan ikan', 'Eating fish', { own: OFTEN, appearance: 'list-nolabel', optional: false }),
      q('t2', 'select_one', 'Makan sayur hijau dari kebun sendiri', 'Eating green vegetables of the own garden', { own: OFTEN, appearance: 'list-nolabel' }),
      q('l1', 'select_one', 'Satu baris', 'One line', { own: OFTEN, appearance: 'list' }),
      q('t3', 'select_one', 'Mencuci tangan', 'Washing hands', { own: OFTEN, groups: [table] }),
      q('t4', 'select_one', 'Merebus air', 'Boiling water', { own: OFTEN, groups: [table] }),
      q('t5', 'select_multiple', 'Pilih semua yang cocok', 'All that fit', { own: OFTEN, groups: [table] }),
      q('g1', 'text', 'Di dalam bagian', 'Inside the part', { groups: [inner] }),
      q('g2', 'integer', 'Juga di dalam bagian', 'Inside it too', { groups: [inner] }),
      q('fixed', 'text', 'Hanya dibaca', 'Read only', { readonly: true }),
    ],
  },
  {
    name: 'dates',
    id: 'Tanggal dan jam',
    en: 'Dates and times',
    questions: [
      q('date', 'date', 'Tanggal lahir', 'Date of birth', { optional: false }),
      q('date_typed', 'date', 'Tanggal pindah', 'Date of the move', { appearance: 'no-calendar' }),
      q('month', 'date', 'Bulan bantuan terakhir', 'Month of the last aid', { appearance: 'month-year' }),
      q('year', 'date', 'Tahun rumah dibangun', 'Year the house was built', { appearance: 'year' }),
      q('islamic', 'date', 'Tanggal (kalender Islam)', 'Date (Islamic calendar)', { appearance: 'islamic' }),
      q('time', 'time', 'Jam mulai bekerja', 'Hour work begins'),
      q('moment', 'date_time', 'Kapan kejadiannya?', 'When did it happen?'),
    ],
  },
  {
    name: 'ranges',
    id: 'Geser dan bintang',
    en: 'Sliders and stars',
    questions: [
      q('slider', 'range', 'Seberapa puas (1-10)?', 'How content (1-10)?', { parameters: { start: '1', end: '10', step: '1' }, optional: false }),
      q('fine', 'range', 'Suhu badan', 'Body temperature', { parameters: { start: '35', end: '42', step: '0.1' } }),
      q('upright', 'range', 'Tinggi air', 'Height of the water', { parameters: { start: '0', end: '100', step: '5' }, appearance: 'vertical' }),
      q('noticks', 'range', 'Tanpa garis bantu', 'Without ticks', { parameters: { start: '0', end: '50', step: '1' }, appearance: 'no-ticks' }),
      q('stars', 'range', 'Nilai pelayanan', 'Rate the service', { parameters: { start: '1', end: '5', step: '1' }, appearance: 'rating' }),
      q('picked', 'range', 'Pilih dari daftar', 'Pick from a list', { parameters: { start: '0', end: '20', step: '2' }, appearance: 'picker' }),
    ],
  },
  {
    name: 'media',
    id: 'Foto, suara, berkas',
    en: 'Photos, sounds, files',
    questions: [
      q('see', 'note', 'Lihat gambar dan dengarkan.', 'Look and listen.', { media: { image: 'house.svg', audio: 'beep.wav', big_image: 'house.svg' } }),
      q('code', 'barcode', 'Kode di kartu', 'Code on the card'),
      q('code_hidden', 'barcode', 'Kode rahasia', 'Secret code', { appearance: 'hidden-answer' }),
      q('photo', 'image', 'Foto rumah', 'Photo of the house', { parameters: { 'max-pixels': '800' } }),
      q('selfie', 'image', 'Foto diri', 'Photo of oneself', { appearance: 'new-front' }),
      q('marked', 'annotate', 'Tandai kerusakan di foto', 'Mark the damage on a photo'),
      q('sketch', 'draw', 'Denah rumah', 'Plan of the house'),
      q('signature', 'signature', 'Tanda tangan', 'Signature'),
      q('voice', 'audio', 'Rekam jawaban', 'Record the answer'),
      q('film', 'video', 'Rekam sekeliling rumah', 'Film around the house'),
      q('paper', 'file', 'Berkas surat keterangan', 'File of the certificate'),
    ],
  },
  {
    name: 'places',
    id: 'Tempat',
    en: 'Places',
    questions: [
      q('here', 'geopoint', 'Letak rumah', 'Position of the house', { optional: false }),
      q('maps', 'geopoint', 'Letak sumur', 'Position of the well', { appearance: 'maps' }),
      q('placed', 'geopoint', 'Letak sawah', 'Position of the rice field', { appearance: 'placement-map' }),
      q('trace', 'geotrace', 'Jalan ke rumah', 'Way to the house'),
      q('shape', 'geoshape', 'Batas pekarangan', 'Border of the yard'),
    ],
  },
];
