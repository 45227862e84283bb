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
        "no_replacement",
        "Keluarga pengganti itu tidak ada di daftar tunggu, atau tempatnya sudah diusulkan.",
        "Pilih keluarga lain dari daftar tunggu.",
        "That family does not wait for a place, or a place is proposed for it already.",
        "Choose another family from the waiting list.",
    ),
    (
        "no_such_value",
        "Tidak ada isian seperti itu untuk pertanyaan ini.",
        "Pilih isian satu per satu.",
        "There is no such value for this question.",
        "Choose the value one by one.",
    ),
];
