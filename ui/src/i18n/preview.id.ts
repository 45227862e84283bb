import { formatNumber } from '../core/format';

const n = (value: number) => formatNumber(value, 'id');

/** The preview for authors of questionnaires, in Indonesian. */
export const previewId = {
  banner: 'Pratinjau – tidak ada yang disimpan',
  saved: 'Hanya di pratinjau',
  language: 'Bahasa formulir',
  names: 'Nama kolom',
  namesHint: 'Tampilkan nama, syarat, dan nilai di setiap pertanyaan',
  warnings: (count: number) => `${n(count)} catatan`,
  warningsTitle: 'Catatan untuk pembuat formulir',
  warningsText: 'Formulir dapat dipakai. Yang berikut ini sebaiknya diperiksa.',
  errorsTitle: (count: number) => `Formulir belum dapat dipakai: ${n(count)} kesalahan`,
  errorsText: 'Perbaiki di berkas Excel, lalu simpan. Halaman ini dimuat ulang sendiri dan isian Anda tetap ada.',
  sheet: 'Lembar',
  row: 'Baris',
  column: 'Kolom',
  message: 'Keterangan',
  file: 'Berkas',
  reloaded: 'Berkas dibaca ulang.',
  missingFiles: 'Berkas yang disebut formulir tetapi tidak ada',
  dropped: 'Isian yang pertanyaannya tidak ada lagi',
  finished: 'Kunjungan selesai diisi. Pratinjau kembali ke awal; tidak ada yang dikirim.',
  elsewhere: 'Di pratinjau hanya kunjungan yang dapat dibuka.',
  hidden: (count: number) => `${n(count)} kolom tidak tampil sekarang`,
  value: 'nilai',
  empty: 'kosong',
};
