//! Words about the other side: servers, hubs, courier files.

use super::Words;

pub(super) const WORDS: &[Words] = &[
    (
        "no_connection",
        "Server tidak dapat dihubungi.",
        "Periksa sinyal atau alamat server, lalu coba lagi. Semua isian tersimpan di perangkat ini.",
        "The server cannot be reached.",
        "Check the signal or the address and try again. All answers are saved on this device.",
    ),
    (
        "not_lawang_server",
        "Alamat itu bukan server Lawang.",
        "Periksa alamat server di Pengaturan. Semua isian tersimpan di perangkat ini.",
        "That address is not a Lawang server.",
        "Check the server's address in Settings. All answers are saved on this device.",
    ),
    (
        "bad_certificate",
        "Sertifikat server tidak dapat dipercaya atau sudah kedaluwarsa.",
        "Periksa tanggal perangkat. Bila sudah benar, hubungi petugas kabupaten. Jangan mengirim lewat jaringan ini.",
        "The server's certificate is not trusted or has expired.",
        "Check this device's date. If it is right, tell the district staff. Do not send over this network.",
    ),
    (
        "server_restored",
        "Server memakai salinan lama: isinya lebih sedikit daripada yang sudah dilihat perangkat ini.",
        "Data di perangkat tetap aman. Beri tahu petugas kabupaten sebelum mengirim lagi.",
        "The server runs on an old copy: it holds less than this device has seen.",
        "The data on this device are safe. Tell the district staff before sending again.",
    ),
    (
        "hub_not_trusted",
        "Alamat itu mengaku hub kecamatan, tetapi kabupaten tidak menjaminnya.",
        "Jangan mengirim lewat hub itu. Beri tahu petugas kabupaten.",
        "That address says that it is a hub, but the district does not vouch for it.",
        "Do not send through that hub. Tell the district staff.",
    ),
    (
        "hub_revoked",
        "Hub itu sudah dicabut oleh kabupaten.",
        "Jangan mengirim lewat hub itu. Pakai hub lain, atau kirim langsung ke kabupaten.",
        "The district has revoked that hub.",
        "Do not send through it. Use another hub, or send to the district.",
    ),
    (
        "hub_expired",
        "Hub kecamatan sudah terlalu lama tidak terhubung dengan kabupaten.",
        "Periksa tanggal perangkat. Bila sudah benar, hubungkan hub ke internet dulu.",
        "The hub has not been in touch with the district for too long.",
        "Check this device's date. If it is right, connect the hub to the internet first.",
    ),
    (
        "hub_not_ready",
        "Hub kecamatan itu belum pernah terhubung dengan kabupaten.",
        "Hubungkan hub ke internet dulu, lalu coba lagi.",
        "That hub has never been in touch with the district.",
        "Connect the hub to the internet first, then try again.",
    ),
    (
        "no_code",
        "Kode QR hub tidak terbaca di foto itu.",
        "Foto lagi lebih dekat dan terang, atau ketik alamat yang tertulis di bawah kode.",
        "No QR code of a hub can be read in that photo.",
        "Take it again, closer and with more light, or type the address below the code.",
    ),
    (
        "damaged_courier_file",
        "Sebagian berkas kurir itu rusak. Yang utuh sudah diterima.",
        "Salin berkas jawaban sekali lagi dari kantor, lalu masukkan lagi. Tidak ada data yang hilang.",
        "Part of that courier file is damaged. What was whole is taken.",
        "Copy the file of answers from the office once more and take it again. Nothing is lost.",
    ),
    (
        "nothing_to_export",
        "Tidak ada yang perlu dibawa: semua sudah di kabupaten.",
        "Isi kunjungan dulu bila ada.",
        "There is nothing to carry: the district has it all.",
        "Fill in a visit first, if there is one.",
    ),
    (
        "cannot_write_file",
        "Berkas kurir tidak dapat ditulis di sana.",
        "Periksa kartu memori atau folder, lalu coba lagi. Data di perangkat tetap aman.",
        "The courier file cannot be written there.",
        "Look at the memory card or folder and try again. The data on this device are safe.",
    ),
    (
        "bad_courier_file",
        "Berkas itu bukan berkas kurir Lawang yang utuh.",
        "Pilih berkas jawaban dari kantor, atau salin sekali lagi.",
        "That file is not a whole courier file of Lawang.",
        "Choose the file of answers from the office, or copy it once more.",
    ),
    (
        "other_device_file",
        "Jawaban dalam berkas itu untuk perangkat lain.",
        "Minta berkas jawaban untuk perangkat ini.",
        "The answers in that file are for another device.",
        "Ask for the file of answers for this device.",
    ),
];
