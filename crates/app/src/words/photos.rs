//! Words about photos.

use super::Words;

pub(super) const WORDS: &[Words] = &[
    (
        "photo_too_large",
        "Foto terlalu besar (paling besar 25 MB).",
        "Ambil foto dengan kamera biasa, atau kecilkan dahulu.",
        "The photo is too large (25 MB at most).",
        "Take it with the normal camera, or shrink it first.",
    ),
    (
        "not_an_image",
        "Berkas itu bukan foto yang dapat dibaca.",
        "Pakai foto JPEG, PNG, atau WebP.",
        "That file is not an image that can be read.",
        "Use a JPEG, PNG or WebP photo.",
    ),
    (
        "photo_not_here",
        "Foto ini belum ada di perangkat.",
        "Kirim & terima saat ada sambungan.",
        "This photo is not on this device yet.",
        "Send and receive when there is a connection.",
    ),
    (
        "no_photo",
        "Foto itu tidak ada di perangkat ini.",
        "Foto disimpan di perangkat yang mengambilnya dan di server.",
        "That photo is not on this device.",
        "It is on the device that took it, and on the server.",
    ),
];
