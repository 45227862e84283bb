//! Words about what a proposal for removal rests on.

use super::Words;

pub(super) const WORDS: &[Words] = &[
    (
        "evidence_too_large",
        "Dokumen PDF terlalu besar (paling besar 10 MB).",
        "Pindai halaman yang perlu saja, atau kecilkan dahulu.",
        "The PDF is too large (10 MB at most).",
        "Scan only the pages that matter, or shrink it first.",
    ),
    (
        "cannot_save_file",
        "Berkas tidak dapat disimpan di sana.",
        "Periksa folder dan ruang penyimpanan, lalu coba lagi. Data di perangkat tetap aman.",
        "The file cannot be saved there.",
        "Look at the folder and the free space, then try again. The data on this device are safe.",
    ),
    (
        "bad_pdf",
        "Dokumen PDF itu rusak atau terpotong.",
        "Simpan atau pindai lagi, lalu pilih berkas yang baru.",
        "That PDF is damaged or cut off.",
        "Save or scan it again, then choose the new file.",
    ),
    (
        "not_evidence",
        "Berkas itu bukan foto JPEG atau PNG dan bukan dokumen PDF.",
        "Foto suratnya, atau simpan sebagai PDF.",
        "That file is no JPEG or PNG photo and no PDF document.",
        "Take a photo of the letter, or save it as a PDF.",
    ),
    (
        "too_many_files",
        "Paling banyak sepuluh berkas untuk satu usulan.",
        "Lepas berkas yang tidak perlu dahulu.",
        "One proposal takes ten files at most.",
        "Take out a file that is not needed first.",
    ),
    (
        "no_evidence",
        "Berkas bukti itu tidak ada di perangkat ini.",
        "Pilih atau foto lagi berkasnya.",
        "That evidence is not on this device.",
        "Choose the file or take the photo again.",
    ),
    (
        "no_removal",
        "Keluarga ini tidak diusulkan keluar.",
        "Usulan mungkin sudah ditarik. Lihat lagi keluarganya.",
        "This family is not proposed for removal.",
        "The proposal may have been taken back. Look at the family again.",
    ),
    (
        "evidence_not_here",
        "Bukti ini belum sampai di perangkat ini.",
        "Kirim & terima saat ada sambungan.",
        "This evidence has not reached this device yet.",
        "Send and receive when there is a connection.",
    ),
    (
        "evidence_not_given",
        "Bukti ini hanya dikirim ke perangkat pemeriksa.",
        "Lihat di perangkat PSM desa.",
        "This evidence goes only to devices of those who check.",
        "Look at it on the village verifier's device.",
    ),
    (
        "evidence_restricted",
        "Bukti ini ditahan: pengolahan data seorang anggota keluarga dibatasi.",
        "Tanyakan kepada Dinas Sosial.",
        "This evidence is withheld: processing of a member's data is restricted.",
        "Ask the district office.",
    ),
];
