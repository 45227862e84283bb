//! Words for every code: what happened, and what to do. Indonesian first.

mod desk;
mod duplicates;
mod evidence;
mod exchange;
mod photos;

/// (code, Indonesian message, Indonesian hint, English message, English hint)
type Words = (
    &'static str,
    &'static str,
    &'static str,
    &'static str,
    &'static str,
);

const WORDS: &[Words] = &[
    (
        "name_needed",
        "Formulir ini perlu tahu siapa yang mengisinya.",
        "Tuliskan nama Anda dulu.",
        "This form needs to know who fills it in.",
        "Write your name first.",
    ),
    (
        "change_reason_needed",
        "Isian yang sudah disimpan berubah. Alasannya perlu dituliskan.",
        "Tuliskan mengapa isian diubah.",
        "Answers that were saved before have changed. A reason is needed.",
        "Write why they were changed.",
    ),
    (
        "not_osm",
        "Berkas ini bukan data OpenStreetMap (.osm).",
        "Pilih berkas .osm.",
        "This file is no OpenStreetMap data (.osm).",
        "Choose a file .osm.",
    ),
    (
        "wrong_pin",
        "PIN salah.",
        "Coba lagi. Data Anda tetap aman.",
        "Wrong PIN.",
        "Try again. Your data are safe.",
    ),
    (
        "wrong_pin_wait",
        "PIN salah. Tunggu {} detik sebelum mencoba lagi.",
        "Data Anda tetap aman; tidak ada yang dihapus.",
        "Wrong PIN. Wait {} seconds before trying again.",
        "Your data are safe; nothing is deleted.",
    ),
    (
        "pin_wait",
        "Terlalu cepat. Tunggu {} detik lagi.",
        "Data Anda tetap aman; tidak ada yang dihapus.",
        "Too early. Wait {} more seconds.",
        "Your data are safe; nothing is deleted.",
    ),
    (
        "weak_pin",
        "PIN harus sedikitnya 6 angka, dan tidak boleh kembar semua.",
        "Jangan memakai 111111; pilih angka yang tidak mudah ditebak.",
        "The PIN needs at least 6 digits, not all equal.",
        "Do not use 111111; choose digits that are not easy to guess.",
    ),
    (
        "form_missing",
        "Kuesioner ini belum bisa dipakai di perangkat ini.",
        "Kirim & terima dulu. Bila tetap begitu, perbarui aplikasi.",
        "This questionnaire cannot be used on this device yet.",
        "Send and receive first. If it stays so, update the app.",
    ),
    (
        "no_such_form",
        "Kuesioner itu tidak ada di perangkat ini.",
        "Kirim & terima, lalu pilih dari daftar Survei lain.",
        "This questionnaire is not on this device.",
        "Send and receive, then choose it from the list of other surveys.",
    ),
    (
        "locked",
        "Perangkat terkunci.",
        "Masukkan PIN Anda.",
        "The device is locked.",
        "Enter your PIN.",
    ),
    (
        "not_enrolled",
        "Perangkat ini belum terdaftar.",
        "Mintalah kode pendaftaran kepada petugas kabupaten.",
        "This device is not enrolled.",
        "Ask the district staff for an enrolment code.",
    ),
    (
        "already_enrolled",
        "Perangkat ini sudah terdaftar.",
        "Masukkan PIN untuk membukanya.",
        "This device is already enrolled.",
        "Enter the PIN to open it.",
    ),
    (
        "key_store_lost",
        "Penyimpan kunci sistem tidak lagi memiliki kunci perangkat ini.",
        "Masuklah dengan akun pengguna yang sama seperti saat mendaftar, atau hubungi petugas kabupaten. Jangan menghapus aplikasi.",
        "The system's key store no longer has this device's key.",
        "Sign in as the same system user as when enrolling, or ask the district staff. Do not remove the app.",
    ),
    (
        "key_file_damaged",
        "Berkas kunci rusak.",
        "Jangan menghapus aplikasi. Hubungi petugas kabupaten.",
        "The key file is damaged.",
        "Do not remove the app. Ask the district staff.",
    ),
    (
        "wrong_code",
        "Kode pendaftaran salah.",
        "Periksa kembali huruf dan angkanya, atau minta kode baru.",
        "The enrolment code is wrong.",
        "Check its letters and digits, or ask for a new one.",
    ),
    (
        "used_code",
        "Kode pendaftaran ini sudah dipakai.",
        "Minta kode baru kepada petugas kabupaten.",
        "This enrolment code was already used.",
        "Ask the district staff for a new one.",
    ),
    (
        "expired_code",
        "Kode pendaftaran ini sudah kedaluwarsa.",
        "Minta kode baru kepada petugas kabupaten.",
        "This enrolment code has expired.",
        "Ask the district staff for a new one.",
    ),
    (
        "bad_address",
        "Alamat server tidak benar.",
        "Contoh: https://lawang.pesawarankab.go.id",
        "The server's address is not correct.",
        "Example: https://lawang.pesawarankab.go.id",
    ),
    (
        "unknown_device",
        "Server tidak mengenal perangkat ini.",
        "Data tetap tersimpan di sini. Hubungi petugas kabupaten.",
        "The server does not know this device.",
        "Your data stay here. Ask the district staff.",
    ),
    (
        "revoked",
        "Izin perangkat ini sudah dicabut oleh kabupaten.",
        "Data tetap tersimpan di sini. Hubungi petugas kabupaten.",
        "The district withdrew this device's permission.",
        "Your data stay here. Ask the district staff.",
    ),
    (
        "clock_skew",
        "Jam perangkat ini berbeda jauh dari jam server.",
        "Betulkan tanggal dan jam perangkat, lalu coba lagi.",
        "This device's clock is far from the server's.",
        "Set the date and time, then try again.",
    ),
    (
        "bad_signature",
        "Server menerima data yang rusak di jalan.",
        "Coba kirim lagi. Semua isian tersimpan di perangkat ini.",
        "The data were damaged on the way to the server.",
        "Send again. All answers are saved on this device.",
    ),
    (
        "slow_down",
        "Server sedang sibuk atau terlalu banyak percobaan.",
        "Tunggu satu menit, lalu coba lagi.",
        "The server is busy, or there were too many tries.",
        "Wait a minute and try again.",
    ),
    (
        "attachments_unavailable",
        "Server belum dapat menyimpan foto sekarang.",
        "Foto tetap tersimpan di perangkat ini. Coba kirim lagi nanti; bila berulang, hubungi petugas kabupaten.",
        "The server cannot keep photos at the moment.",
        "They stay on this device. Send again later; if it happens again, ask the district staff.",
    ),
    (
        "server_error",
        "Server menolak permintaan.",
        "Coba lagi nanti. Bila berulang, hubungi petugas kabupaten.",
        "The server refused the request.",
        "Try again later. If it happens again, ask the district staff.",
    ),
    (
        "protocol",
        "Versi Lawang di perangkat ini dan di server tidak cocok.",
        "Perbarui aplikasi. Semua isian tersimpan di perangkat ini.",
        "The versions of Lawang here and on the server do not fit.",
        "Update the app. All answers are saved on this device.",
    ),
    (
        "sync_running",
        "Pengiriman sedang berjalan.",
        "Tunggu sampai selesai.",
        "An exchange is already running.",
        "Wait until it is done.",
    ),
    (
        "disagree",
        "Isi perangkat dan server belum sama.",
        "Jangan menghapus aplikasi. Coba kirim lagi; bila berulang, hubungi petugas kabupaten.",
        "Device and server do not hold the same yet.",
        "Do not remove the app. Send again; if it happens again, ask the district staff.",
    ),
    (
        "not_a_map",
        "Berkas ini bukan berkas peta PMTiles.",
        "Pilih berkas yang namanya berakhir .pmtiles.",
        "This file is not a PMTiles map file.",
        "Choose a file whose name ends in .pmtiles.",
    ),
    (
        "no_map",
        "Berkas peta itu tidak ada di perangkat ini.",
        "Tambahkan lagi di Pengaturan, bagian Berkas peta.",
        "This map file is not on this device.",
        "Add it again in the settings, under Map files.",
    ),
    (
        "map_unreadable",
        "Berkas peta tidak bisa dibaca atau ditulis.",
        "Hapus di Pengaturan, lalu tambahkan sekali lagi.",
        "The map file cannot be read or written.",
        "Remove it in the settings, then add it once more.",
    ),
    (
        "disk_full",
        "Penyimpanan perangkat hampir penuh. Isian terakhir belum tersimpan.",
        "Hapus foto atau aplikasi lain, lalu coba lagi.",
        "The device's storage is nearly full. The last answer was not saved.",
        "Remove other photos or apps and try again.",
    ),
    (
        "database_damaged",
        "Basis data rusak.",
        "Tutup dan buka lagi aplikasi: berkas yang rusak akan disimpan terpisah, bukan dihapus.",
        "The database is damaged.",
        "Close and open the app: the damaged file will be kept aside, not deleted.",
    ),
    (
        "record_damaged",
        "Catatan keluarga ini tidak dapat dibaca.",
        "Jangan menghapus aplikasi. Hubungi petugas kabupaten.",
        "This household's record cannot be read.",
        "Do not remove the app. Ask the district staff.",
    ),
    (
        "in_use",
        "Program lain sedang memakai data ini.",
        "Tutup program itu, lalu coba lagi.",
        "Another program is using these data.",
        "Close it and try again.",
    ),
    (
        "too_new",
        "Data ini ditulis oleh versi Lawang yang lebih baru.",
        "Perbarui aplikasi.",
        "These data were written by a newer Lawang.",
        "Update the app.",
    ),
    (
        "storage",
        "Penyimpanan perangkat tidak dapat dipakai.",
        "Periksa ruang dan izin penyimpanan, lalu coba lagi.",
        "The device's storage cannot be used.",
        "Check space and permissions and try again.",
    ),
    (
        "not_found",
        "Keluarga itu tidak ada di perangkat ini.",
        "Kirim & terima dahulu, atau cari di daftar.",
        "That household is not on this device.",
        "Send & receive first, or search the list.",
    ),
    (
        "no_such_field",
        "Pertanyaan itu tidak ada.",
        "Periksa nama pertanyaannya.",
        "There is no such question.",
        "Check the question's name.",
    ),
    (
        "no_such_member",
        "Anggota keluarga itu tidak ada.",
        "Buka kembali daftar anggota keluarga.",
        "There is no such member.",
        "Open the list of members again.",
    ),
    (
        "no_such_page",
        "Halaman itu tidak ada.",
        "Pilih halaman dari daftar.",
        "There is no such page.",
        "Choose a page from the list.",
    ),
    (
        "bad_value",
        "Jawaban tidak sesuai.",
        "Periksa lagi jawabannya.",
        "The answer does not fit.",
        "Check the answer.",
    ),
    (
        "readonly",
        "Isian ini tidak dapat diubah.",
        "Nilainya dihitung atau berasal dari daftar.",
        "This cannot be changed.",
        "Its value is worked out or comes from the list.",
    ),
    (
        "incomplete",
        "Kunjungan belum dapat diselesaikan: {} isian masih kosong atau salah.",
        "Lihat ringkasan untuk membetulkannya.",
        "The visit cannot be finished: {} answers are missing or wrong.",
        "See the summary to mend them.",
    ),
    (
        "no_visit",
        "Tidak ada kunjungan yang sedang diisi.",
        "Mulai kunjungan dahulu.",
        "There is no open visit.",
        "Start a visit first.",
    ),
    (
        "no_conflict",
        "Isian itu tidak (lagi) berbeda.",
        "Muat ulang daftar.",
        "That field has no (more) conflict.",
        "Load the list again.",
    ),
    (
        "reason_needed",
        "Tuliskan alasannya, sedikitnya tiga huruf.",
        "Alasan ini dibaca saat verifikasi.",
        "Write the reason, three letters at least.",
        "It is read at verification.",
    ),
    (
        "no_such_village",
        "Desa itu tidak ada dalam tugas perangkat ini.",
        "Pilih desa dari daftar.",
        "That village is not in this device's scope.",
        "Choose a village from the list.",
    ),
    (
        "file_too_large",
        "Berkas terlalu besar (paling besar 25 MB).",
        "Rekam lebih pendek, atau kecilkan dahulu.",
        "The file is too large (25 MB at most).",
        "Record less, or shrink it first.",
    ),
    (
        "empty_file",
        "Berkas itu kosong.",
        "Rekam atau pilih lagi.",
        "The file is empty.",
        "Record or choose it again.",
    ),
    (
        "file_type_refused",
        "Berkas {} tidak diterima: berisi program.",
        "Simpan sebagai PDF, foto, suara, atau dokumen, lalu pilih lagi.",
        "Files {} are not taken: they hold programs.",
        "Save it as a PDF, photo, sound or document and choose that.",
    ),
    (
        "not_a_sound",
        "Berkas itu bukan rekaman suara yang dapat dibaca.",
        "Rekam lagi, atau pilih berkas suara (MP3, M4A, OGG, WAV).",
        "The file is no sound that can be read.",
        "Record it again, or choose a sound (MP3, M4A, OGG, WAV).",
    ),
    (
        "not_a_film",
        "Berkas itu bukan video yang dapat dibaca.",
        "Rekam lagi, atau pilih berkas video (MP4, WEBM, 3GP).",
        "The file is no video that can be read.",
        "Record it again, or choose a video (MP4, WEBM, 3GP).",
    ),
    (
        "only_preview",
        "Ini hanya pratinjau formulir.",
        "Tidak ada yang disimpan atau dikirim dari sini.",
        "This is only a preview of a questionnaire.",
        "Nothing is kept or sent from here.",
    ),
    (
        "no_media",
        "Berkas formulir {} tidak ada di perangkat ini.",
        "Lanjutkan tanpa berkas itu; kirim & terima bila ada jaringan.",
        "The questionnaire's file {} is not on this device.",
        "Go on without it; exchange with the server when there is a network.",
    ),
    (
        "counted_repeat",
        "Jumlahnya ditentukan oleh jawaban lain.",
        "Ubah jawaban yang menentukan jumlah itu.",
        "Another answer says how many there are.",
        "Change the answer that says how many.",
    ),
    (
        "no_such_repeat",
        "Bagian berulang itu tidak ada di sini.",
        "Buka kembali halaman ini.",
        "There is no such repeat here.",
        "Open this page again.",
    ),
    (
        "malformed_request",
        "Permintaan tidak dipahami.",
        "Perbarui aplikasi.",
        "The request was not understood.",
        "Update the app.",
    ),
    (
        "cancelled",
        "Dihentikan.",
        "Yang sudah terkirim tetap terkirim. Lanjutkan kapan saja.",
        "Stopped.",
        "What was sent stays sent. Go on at any time.",
    ),
    // Why a server refused one change.
    (
        "not_your_village",
        "Keluarga ini tidak (lagi) termasuk desa tugas Anda.",
        "Isian Anda tetap tersimpan. Bicarakan dengan Puskesos.",
        "This household is not (any more) in your villages.",
        "Your answers are kept. Talk to the Puskesos.",
    ),
    (
        "role_may_not",
        "Peran Anda tidak boleh mengubah isian ini.",
        "Isian Anda tetap tersimpan. Bicarakan dengan Puskesos.",
        "Your role may not change this.",
        "Your answers are kept. Talk to the Puskesos.",
    ),
    (
        "record_closed",
        "Data keluarga ini sudah diperiksa; isiannya tidak dapat diubah lagi.",
        "Usulkan perubahan ini kepada pemeriksa desa, atau tunggu sampai datanya dikembalikan.",
        "This record was checked already; its answers are closed.",
        "Propose the change to the village's verifier, or wait until the record is returned.",
    ),
    (
        "removed_member",
        "Orang ini sudah dicoret dari keluarga.",
        "Masukkan kembali orang ini bila memang anggota keluarga, lalu isi lagi.",
        "This person was struck out of the household.",
        "Take the person back in if that was wrong, and answer again.",
    ),
    (
        "register_field",
        "Isian ini hanya berasal dari data daftar.",
        "Sampaikan kesalahannya kepada petugas kabupaten.",
        "Only the register gives this.",
        "Tell the district staff about the mistake.",
    ),
    (
        "written_once",
        "Catatan ini tidak dapat diubah setelah ditulis.",
        "Buat catatan baru.",
        "This is not changed once it is written.",
        "Write a new one.",
    ),
    (
        "wrong_state",
        "Keputusan ini belum dapat diambil pada tahap ini.",
        "Lihat tahap data keluarga ini, lalu putuskan lagi.",
        "This cannot be decided at this stage.",
        "See where the record stands and decide again.",
    ),
    (
        "own_work",
        "Yang mengisi atau mengubah isian dan yang memeriksa tidak boleh orang yang sama.",
        "Minta petugas lain memeriksanya, atau kembalikan kepada petugas.",
        "Whoever filled a visit in, or changed its answers since, may not be the one who checks it.",
        "Ask somebody else to check it, or send it back.",
    ),
    (
        "unknown_household",
        "Server belum mengenal keluarga ini.",
        "Isian Anda tetap tersimpan. Bicarakan dengan Puskesos.",
        "The server does not know this household.",
        "Your answers are kept. Talk to the Puskesos.",
    ),
    (
        "restricted",
        "Data keluarga ini dibatasi atas permintaan dan untuk sementara tidak boleh diolah.",
        "Jangan mengunjungi atau mengubahnya. Isian yang sudah dibuat tetap tersimpan; kirim setelah pembatasan dicabut.",
        "This family's data are restricted on request and may not be worked on for now.",
        "Do not visit or change them. What was made already is kept; send it after the restriction is lifted.",
    ),
    (
        "no_proposal",
        "Usulan itu tidak (lagi) menunggu.",
        "Muat ulang daftar usulan.",
        "That proposal does not wait (any more).",
        "Load the list again.",
    ),
    (
        "old_base",
        "Isian ini dibuat pada data lama, dan sementara itu orang lain mengisi nilai lain.",
        "Lihat nilai yang sekarang, lalu isi lagi bila isian Anda yang benar.",
        "This was written on older data, and somebody else gave another value meanwhile.",
        "Look at the value that stands there now, and answer again if yours is right.",
    ),
    (
        "instance_taken",
        "Kunjungan atau catatan ini sudah ada di kabupaten, dengan isi yang lain.",
        "Yang sudah ada di kabupaten tetap berlaku. Lihat isinya, lalu isi lagi bila isian Anda yang benar.",
        "This visit or note is at the district already, and says something else there.",
        "What is at the district stands. Look at it, and answer again if yours is right.",
    ),
    (
        "missing_dependency",
        "Isian ini bergantung pada isian lain yang ditolak.",
        "Isian Anda tetap tersimpan. Hubungi petugas kabupaten.",
        "This builds on another change that was refused.",
        "Your answers are kept. Ask the district staff.",
    ),
    (
        "refused",
        "Server menolak isian ini.",
        "Isian Anda tetap tersimpan. Hubungi petugas kabupaten.",
        "The server refused this.",
        "Your answers are kept. Ask the district staff.",
    ),
];

fn all() -> impl Iterator<Item = &'static Words> {
    WORDS
        .iter()
        .chain(exchange::WORDS)
        .chain(desk::WORDS)
        .chain(duplicates::WORDS)
        .chain(evidence::WORDS)
        .chain(photos::WORDS)
}

/// Message and hint of a code; unknown codes get the words of a general refusal.
pub(crate) fn of(code: &str, language: &str) -> (String, String) {
    let found = all()
        .find(|w| w.0 == code)
        .or_else(|| all().find(|w| w.0 == "server_error"));
    match found {
        Some((_, id_message, id_hint, en_message, en_hint)) => {
            let (message, hint) = if language == "en" {
                (en_message, en_hint)
            } else {
                (id_message, id_hint)
            };
            ((*message).to_owned(), (*hint).to_owned())
        }
        None => (code.to_owned(), String::new()),
    }
}

/// A code from outside, if there are words for it.
pub(crate) fn known(code: &str) -> &'static str {
    all().find(|w| w.0 == code).map_or("server_error", |w| w.0)
}

/// Words of a reason with which a server refused a change.
pub(crate) fn refusal(code: &str, language: &str) -> String {
    let code = all().find(|w| w.0 == code).map_or("refused", |w| w.0);
    let (message, hint) = of(code, language);
    format!("{message} {hint}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_has_words_in_both_languages_and_stands_once() {
        let mut codes: Vec<_> = all().map(|w| w.0).collect();
        codes.sort_unstable();
        let count = codes.len();
        codes.dedup();
        assert_eq!(codes.len(), count);
        for (code, id, id_hint, en, en_hint) in all() {
            for text in [id, id_hint, en, en_hint] {
                assert!(text.len() > 3, "{code} has an empty text");
            }
            assert!(!id.contains("sync"), "{code}: no English in Indonesian");
        }
    }
}
