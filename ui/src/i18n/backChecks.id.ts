/** Words of second visits. Indonesian. */

import { formatNumber } from '../core/format';

const n = (value: number) => formatNumber(value, 'id');

export const backChecksId = {
  title: 'Kunjungan ulang',
  intro: 'Keluarga ini terpilih untuk dikunjungi sekali lagi oleh orang lain. Isi dari awal apa yang Anda lihat.',
  deskIntro: 'Sebagian kunjungan diundi dan diulang orang lain tanpa melihat jawaban pertama. Yang berbeda dihitung per pertanyaan.',
  draw: (count: number) => `Undi dari ${n(count)} kunjungan`,
  first: (person: string) => `Kunjungan pertama: ${person}`,
  second: (person: string, differ: number, asked: number) => `Diulang ${person}: ${n(differ)} dari ${n(asked)} isian berbeda`,
  waits: 'Menunggu kunjungan ulang',
  begin: 'Mulai',
  goOn: 'Lanjutkan',
  drawTitle: 'Undi kunjungan ulang',
  drawText: 'Dari tiap petugas diundi bagian yang sama, sedikitnya satu kunjungan.',
  percent: 'Berapa persen?',
  seed: 'Teks undian',
  seedHint: 'Teks yang sama selalu menghasilkan undian yang sama, sehingga siapa pun dapat memeriksanya.',
  drawYes: 'Undi',
  drawn: (count: number) => `${n(count)} kunjungan terpilih`,
};
