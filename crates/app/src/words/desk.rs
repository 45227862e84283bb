//! Words about the verifier's desk.

use super::Words;

pub(super) const WORDS: &[Words] = &[
    (
        "contested",
        "Ada dua keputusan yang bertentangan tentang keluarga ini.",
        "Yang menyelesaikannya harus lebih berwenang daripada kedua pemeriksa, misalnya kepala desa.",
        "Two decisions about this family contradict each other.",
        "Somebody with more authority than both has to settle it, the village head for one.",
    ),
    (
        "changed_meanwhile",
        "Data keluarga ini berubah sejak ditampilkan.",
        "Lihat perubahannya, lalu putuskan lagi. Yang Anda ketik masih ada.",
        "This family's data have changed since they were shown.",
        "Look at what changed and decide again. What you typed is still there.",
    ),
    (
        "person_needed",
        "Nama orang itu belum ditulis, atau bukan nama orang.",
        "Tulis namanya seperti di perangkatnya, paling banyak 100 huruf.",
        "That person's name is missing, or is no name of a person.",
        "Write it as it stands on their device, in 100 letters at most.",
    ),
    (
        "no_replacement",
        "Keluarga pengganti itu tidak ada di daftar tunggu, atau tempatnya sudah diusulkan.",
        "Pilih keluarga lain dari daftar tunggu.",
        "That family does not wait for a place, or a place is proposed for it already.",
        "Choose another family from the waiting list.",
    ),
    (
        "bad_draw",
        "Undian memerlukan persentase 1 sampai 100 dan teks undian paling sedikit tiga huruf.",
        "Perbaiki isiannya, lalu undi lagi.",
        "A draw needs 1 to 100 percent and a seed of three letters at least.",
        "Correct them and draw again.",
    ),
    (
        "not_drawn",
        "Kunjungan ke keluarga ini tidak terpilih untuk diulang, atau sudah diulang.",
        "Pilih keluarga lain dari daftar kunjungan ulang.",
        "The visit to this family was not drawn, or was made again already.",
        "Choose another family from the list of second visits.",
    ),
    (
        "own_visit",
        "Kunjungan pertama adalah kunjungan Anda sendiri.",
        "Kunjungan ulang dilakukan orang lain.",
        "The first visit was your own.",
        "Somebody else visits again.",
    ),
    (
        "conflicts_open",
        "Masih ada isian yang berbeda pada keluarga ini.",
        "Pilih dulu isian yang benar, lalu terima.",
        "Answers of this family still differ.",
        "Choose the right ones first, then accept.",
    ),
    (
        "no_such_value",
        "Tidak ada isian seperti itu untuk pertanyaan ini.",
        "Pilih isian satu per satu.",
        "There is no such value for this question.",
        "Choose the value one by one.",
    ),
];
