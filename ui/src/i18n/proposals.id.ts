/** Words of refused edits and proposals, Indonesian. */

import { formatNumber } from '../core/format';

const n = (value: number) => formatNumber(value, 'id');

export const proposalsId = {
  title: 'Isian yang ditolak',
  intro: 'Server tidak menerima isian ini. Tidak ada yang hilang: pilih apa yang dilakukan dengan tiap isian.',
  waiting: (count: number) => `${n(count)} isian ditolak atau diusulkan`,
  see: 'Lihat isian yang ditolak',
  none: 'Tidak ada isian yang ditolak',
  noneText: 'Isian yang ditolak server muncul di sini bersama alasannya.',
  noneAction: 'Ke daftar keluarga',
  household: 'Lihat keluarga',
  before: (value: string) => `Sebelumnya: ${value}`,
  beforeNone: 'Sebelumnya kosong',
  otherDocument: 'Keputusan atau penugasan, bukan jawaban.',
  unreadable: 'Isiannya tersimpan, tetapi tidak dapat ditampilkan.',
  send: 'Usulkan kepada pemeriksa',
  sendTitle: 'Usulkan isian ini?',
  sendText: 'Pemeriksa desa melihat usulan ini setelah kirim & terima, lalu memutuskan.',
  note: 'Keterangan untuk pemeriksa (boleh kosong)',
  sent: 'Usulan berangkat pada kirim & terima berikutnya',
  correct: 'Isi lagi',
  discard: 'Kesampingkan',
  discardTitle: 'Kesampingkan isian ini?',
  discardText: 'Isian ini tidak akan sampai ke server. Salinannya tetap ada di riwayat perangkat ini.',
  discardYes: 'Ya, kesampingkan',
  discarded: 'Dikesampingkan; tetap ada di riwayat',
  received: 'Usulan dari petugas lain',
  receivedIntro: 'Isian ini ditolak server karena datanya sudah tertutup bagi petugas itu.',
  by: (person: string) => `Diusulkan oleh ${person}`,
  take: 'Terima usulan',
  refuse: 'Tolak usulan',
  refuseTitle: 'Tolak usulan ini?',
  refuseText: 'Tuliskan alasannya; petugas dapat membacanya.',
  reason: 'Alasan',
  reasonShort: 'Tuliskan alasannya, sedikitnya tiga huruf.',
  taken: 'Usulan diterima',
  refused: 'Usulan ditolak',
};
