//! Words about persons who may stand in the register twice.

use super::Words;

pub(super) const WORDS: &[Words] = &[
    (
        "no_pair",
        "Dugaan data ganda itu tidak ada lagi di perangkat ini.",
        "Buka lagi daftar dugaan data ganda.",
        "That suspicion is no longer on this device.",
        "Open the list of suspected duplicates again.",
    ),
    (
        "pair_changed",
        "Data salah satu orang berubah sejak ditampilkan, atau sudah ada keputusan lain.",
        "Periksa lagi kedua data, lalu putuskan.",
        "One of the two changed since they were shown, or somebody else has decided.",
        "Look at both again, then decide.",
    ),
    (
        "pair_verdict",
        "Keputusan itu tidak cocok dengan pasangan ini.",
        "Pilih data mana yang dipakai, dan hanya isian yang ada pada data yang dicoret.",
        "That decision does not fit this pair.",
        "Choose which record stays, and take only answers that the one who goes has.",
    ),
];
