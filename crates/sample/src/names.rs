//! Names as people in Lampung have them: Javanese, Lampung, Sundanese, Islamic; old people often one word only.

use crate::dice::Dice;
use lawang_domain::Sex;

/// Where a family comes from.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum People {
    Javanese,
    Lampung,
    Sundanese,
}

impl People {
    pub(crate) fn choose(dice: &mut Dice) -> Self {
        dice.weighted(&[
            (Self::Javanese, 62),
            (Self::Lampung, 21),
            (Self::Sundanese, 17),
        ])
    }

    /// Where its old people were born, besides Lampung.
    pub(crate) fn home_towns(self) -> &'static [&'static str] {
        match self {
            Self::Javanese => &[
                "Kebumen",
                "Purworejo",
                "Klaten",
                "Wonogiri",
                "Bantul",
                "Kulon Progo",
                "Magelang",
                "Ponorogo",
                "Kediri",
                "Blitar",
                "Banyumas",
                "Sragen",
                "Boyolali",
                "Pacitan",
            ],
            Self::Lampung => &[
                "Kota Agung",
                "Kalianda",
                "Kotabumi",
                "Krui",
                "Liwa",
                "Sukadana",
                "Gunung Sugih",
            ],
            Self::Sundanese => &[
                "Ciamis",
                "Tasikmalaya",
                "Garut",
                "Serang",
                "Pandeglang",
                "Bandung",
                "Sukabumi",
                "Lebak",
                "Majalengka",
            ],
        }
    }
}

const JAVA_MEN: &[&str] = &[
    "Sukirman",
    "Sugiyono",
    "Suparman",
    "Paimin",
    "Tukiran",
    "Wagiman",
    "Ngadimin",
    "Sutrisno",
    "Suyatno",
    "Poniman",
    "Mulyono",
    "Sarjono",
    "Widodo",
    "Suroto",
    "Katiman",
    "Suparno",
    "Samijan",
    "Legiman",
    "Sunardi",
    "Supriyanto",
    "Bambang",
    "Slamet",
    "Joko",
    "Budi",
    "Hadi",
    "Eko",
    "Heri",
    "Sumarno",
    "Sukardi",
    "Sugeng",
    "Suratman",
    "Wahyudi",
    "Tugiman",
    "Parjono",
    "Riyadi",
    "Jumadi",
    "Karyono",
    "Sudarmin",
    "Ngatiman",
    "Sriyono",
    "Haryanto",
    "Purwanto",
    "Juwari",
    "Misdi",
];
const JAVA_WOMEN: &[&str] = &[
    "Suparti",
    "Sumiyati",
    "Tukinem",
    "Ponirah",
    "Sutinah",
    "Wagiyem",
    "Ngatini",
    "Sulastri",
    "Sri",
    "Suwarni",
    "Painem",
    "Kasinem",
    "Mujiati",
    "Rusmini",
    "Endang",
    "Murni",
    "Wartini",
    "Sariyem",
    "Tumini",
    "Jumiati",
    "Sutarmi",
    "Rumini",
    "Parinah",
    "Sukarti",
    "Sumarni",
    "Lasmi",
    "Yatini",
    "Suyatmi",
    "Warsiyem",
    "Kartini",
    "Partinah",
    "Sugiyanti",
    "Jumirah",
    "Watini",
];
const LAMPUNG_MEN: &[&str] = &[
    "Zainuddin",
    "Hasanuddin",
    "Rizal",
    "Herman",
    "Iskandar",
    "Marzuki",
    "Abdullah",
    "Sahrul",
    "Tamrin",
    "Usman",
    "Yusuf",
    "Alamsyah",
    "Zulkifli",
    "Darwis",
    "Mursalin",
    "Ridwan",
    "Basri",
    "Helmi",
    "Ismail",
    "Syahroni",
    "Nurdin",
    "Yuzar",
    "Mat Yasin",
    "Badri",
    "Fauzi",
    "Junaidi",
];
const LAMPUNG_WOMEN: &[&str] = &[
    "Rosdiana", "Nurlela", "Hayati", "Yulinar", "Zubaidah", "Asnawati", "Mastura", "Husna",
    "Ernawati", "Rohayah", "Maryam", "Yusnani", "Nuraini", "Masnah", "Zuraida", "Fatimah",
    "Komariah", "Suhaina", "Marlina", "Halimah", "Juariah",
];
const SUNDA_MEN: &[&str] = &[
    "Asep", "Dadang", "Ujang", "Cecep", "Dedi", "Iwan", "Jajang", "Tatang", "Maman", "Nanang",
    "Ade", "Yayat", "Encep", "Oding", "Engkos", "Dayat", "Aceng", "Uus", "Wawan", "Didin",
];
const SUNDA_WOMEN: &[&str] = &[
    "Euis", "Neneng", "Yayah", "Entin", "Iis", "Cucu", "Nining", "Imas", "Titin", "Lilis", "Dede",
    "Tuti", "Eti", "Elis", "Yoyoh", "Enok", "Kokom", "Ai",
];
const ISLAMIC_MEN: &[&str] = &[
    "Abdul Rohman",
    "Abdul Karim",
    "Muhammad Soleh",
    "Ahmad Fauzan",
    "Muhammad Yusuf",
    "Abdul Hamid",
    "Ahmad Junaidi",
    "Muhammad Ali",
    "Abdul Majid",
    "Ahmad Sobri",
    "Muhammad Nur",
    "Ahmad Dahlan",
    "Abdul Ghofur",
    "Muhammad Ridwan",
    "Mohammad Toha",
    "Ahmad Syarif",
];
const ISLAMIC_WOMEN: &[&str] = &[
    "Siti Aminah",
    "Siti Khotijah",
    "Siti Maryam",
    "Nur Hasanah",
    "Siti Rohmah",
    "Nur Hayati",
    "Siti Fatimah",
    "Siti Zulaikha",
    "Umi Kulsum",
    "Siti Aisyah",
    "Nur Janah",
    "Siti Julaeha",
    "Siti Rukoyah",
    "Umi Salamah",
    "Siti Mutmainah",
    "Nur Laila",
];
const OLD_LAST_MEN: &[&str] = &[
    "Santoso", "Wibowo", "Susilo", "Hidayat", "Gunawan", "Setiawan", "Permana", "Suryana",
    "Hermawan", "Hartono", "Prayitno", "Effendi", "Sanjaya", "Kusnadi", "Supriadi", "Irawan",
];
const OLD_LAST_WOMEN: &[&str] = &[
    "Rahayu",
    "Wahyuni",
    "Lestari",
    "Astuti",
    "Handayani",
    "Rohaeni",
    "Yuliati",
    "Haryati",
    "Ningsih",
    "Kurniasih",
    "Susanti",
    "Suryani",
    "Mulyani",
    "Purwati",
];
const YOUNG_MEN: &[&str] = &[
    "Muhammad", "Ahmad", "Rizky", "Dimas", "Fajar", "Aditya", "Bagus", "Ilham", "Reza", "Galih",
    "Wahyu", "Rafi", "Farhan", "Alif", "Naufal", "Raihan", "Dafa", "Andika", "Rendi", "Yoga",
    "Arya", "Bayu", "Deni", "Febri", "Gilang", "Hafiz", "Irfan", "Khoirul", "Lutfi", "Nanda",
    "Rangga", "Satria", "Tegar", "Zaki",
];
const YOUNG_LAST_MEN: &[&str] = &[
    "Pratama",
    "Saputra",
    "Ramadhan",
    "Hidayat",
    "Maulana",
    "Nugroho",
    "Kurniawan",
    "Firmansyah",
    "Setiawan",
    "Wijaya",
    "Al Farizi",
    "Prasetyo",
    "Fadilah",
    "Hakim",
    "Ardiansyah",
    "Alfarizi",
    "Syahputra",
    "Permadi",
    "Wicaksono",
    "Yulianto",
];
const YOUNG_WOMEN: &[&str] = &[
    "Siti",
    "Nur",
    "Aisyah",
    "Putri",
    "Dewi",
    "Annisa",
    "Rina",
    "Intan",
    "Nabila",
    "Zahra",
    "Salsabila",
    "Tiara",
    "Ayu",
    "Dian",
    "Fitri",
    "Mutia",
    "Khoirunnisa",
    "Nadia",
    "Indah",
    "Laras",
    "Citra",
    "Eka",
    "Gita",
    "Hana",
    "Jihan",
    "Kirana",
    "Mila",
    "Olivia",
    "Rahma",
    "Wulan",
];
const YOUNG_LAST_WOMEN: &[&str] = &[
    "Rahmawati",
    "Lestari",
    "Aulia",
    "Safitri",
    "Wulandari",
    "Puspita Sari",
    "Oktaviani",
    "Maharani",
    "Az Zahra",
    "Nuraini",
    "Kusuma",
    "Anggraini",
    "Hasanah",
    "Handayani",
    "Permatasari",
    "Ramadhani",
    "Khasanah",
    "Fauziah",
    "Amelia",
    "Apriliani",
];

/// A name for a person of this age.
pub(crate) fn name(dice: &mut Dice, people: People, sex: Sex, age: u8) -> String {
    let young = age < 34;
    let man = sex == Sex::Male;
    if dice.percent(if young { 6 } else { 20 }) {
        return dice
            .pick(if man { ISLAMIC_MEN } else { ISLAMIC_WOMEN })
            .to_owned();
    }
    if young {
        let (first, last) = if man {
            (YOUNG_MEN, YOUNG_LAST_MEN)
        } else {
            (YOUNG_WOMEN, YOUNG_LAST_WOMEN)
        };
        let first = dice.pick(first);
        return match dice.below(100) {
            0..=5 => first.to_owned(),
            6..=24 => {
                let middle = dice.pick(if man { YOUNG_MEN } else { YOUNG_WOMEN });
                let last = dice.pick(last);
                if middle == first {
                    format!("{first} {last}")
                } else {
                    format!("{first} {middle} {last}")
                }
            }
            _ => format!("{first} {}", dice.pick(last)),
        };
    }
    let pool = match (people, man) {
        (People::Javanese, true) => JAVA_MEN,
        (People::Javanese, false) => JAVA_WOMEN,
        (People::Lampung, true) => LAMPUNG_MEN,
        (People::Lampung, false) => LAMPUNG_WOMEN,
        (People::Sundanese, true) => SUNDA_MEN,
        (People::Sundanese, false) => SUNDA_WOMEN,
    };
    let first = dice.pick(pool);
    // The older, the more often one word is the whole name; short ones rarely stand alone.
    let single = if age >= 55 { 64 } else { 36 };
    if first.len() > 4 && dice.percent(single) {
        first.to_owned()
    } else {
        let last = dice.pick(if man { OLD_LAST_MEN } else { OLD_LAST_WOMEN });
        format!("{first} {last}")
    }
}

/// The same name as another clerk writes it; always different from `name`.
pub(crate) fn variant(dice: &mut Dice, name: &str, sex: Sex) -> String {
    let mut ways: Vec<u8> = (0..9).collect();
    dice.shuffle(&mut ways);
    for way in ways {
        let found = match way {
            0 => replace_word(
                name,
                &[
                    (
                        "Muhammad",
                        dice.pick(&["Muhamad", "M.", "Moh.", "Mohammad"]),
                    ),
                    ("Mohammad", dice.pick(&["Muhamad", "M.", "Moh."])),
                    ("Siti", "St."),
                    ("Ahmad", dice.pick(&["Achmad", "Akhmad"])),
                    ("Abdul", "Abd."),
                    ("Nur", "Noor"),
                ],
            ),
            1 => name.replacen('J', "Dj", 1),
            2 => name.replacen('u', "oe", 1),
            3 => name.replacen("iy", "i", 1),
            4 => name.replacen("ya", "ia", 1),
            5 if dice.percent(30) => {
                format!("{} {name}", if sex == Sex::Male { "H." } else { "Hj." })
            }
            6 if dice.percent(40) => {
                let father = dice.pick(JAVA_MEN);
                format!(
                    "{name} {} {father}",
                    if sex == Sex::Male { "bin" } else { "binti" }
                )
            }
            7 => match name.rsplit_once(' ') {
                Some((first, last)) => format!("{last} {first}"),
                None => name.to_owned(),
            },
            8 => match name.rsplit_once(' ') {
                Some((first, _)) => first.to_owned(),
                None => name.to_owned(),
            },
            _ => name.to_owned(),
        };
        if found != name {
            return found;
        }
    }
    format!("{} {name}", if sex == Sex::Male { "Bpk." } else { "Ibu" })
}

fn replace_word(name: &str, pairs: &[(&str, &str)]) -> String {
    let words: Vec<&str> = name
        .split(' ')
        .map(|word| {
            pairs
                .iter()
                .find(|(a, _)| *a == word)
                .map_or(word, |(_, b)| *b)
        })
        .collect();
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dice::Stream;

    #[test]
    fn a_variant_always_differs_and_old_people_often_have_one_name() {
        let mut dice = Dice::new(5, Stream::Details, 0);
        let mut single = 0;
        for i in 0..2000 {
            let sex = if i % 2 == 0 { Sex::Male } else { Sex::Female };
            let people = People::choose(&mut dice);
            let old = name(&mut dice, people, sex, 70);
            single += usize::from(!old.contains(' '));
            assert_ne!(variant(&mut dice, &old, sex), old);
        }
        assert!((600..1400).contains(&single), "{single}");
    }
}
