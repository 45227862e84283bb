//! People made by a seed.

use lawang_matching::{Persons, register_fields};

/// Numbers that are the same everywhere.
pub struct Chance(pub u64);

impl Chance {
    pub fn below(&mut self, n: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) as usize) % n
    }

    pub fn pick<'a>(&mut self, list: &[&'a str]) -> &'a str {
        list[self.below(list.len())]
    }
}

pub type Row = [String; 8];

/// A person of a village: nik, name, birth date, sex, mother, no_kk, village, address.
pub fn person(chance: &mut Chance, number: usize) -> Row {
    const STARTS: &[&str] = &[
        "Su", "Har", "Kar", "Wi", "Ngat", "Pur", "Sri", "Mul", "Zai", "Rah", "Bud", "Yun", "Dew",
        "Tut", "Mar", "Sal",
    ];
    const ENDS: &[&str] = &[
        "yanto", "tini", "wati", "mansyah", "iyem", "no", "nuddin", "lastri", "diyono", "ningsih",
        "bina", "hayu", "jo", "gito",
    ];
    const LAST: &[&str] = &[
        "Santoso",
        "Hidayat",
        "Lestari",
        "Wahyuni",
        "Pratama",
        "Saputra",
        "Rahayu",
        "Kurniawan",
        "Setiawan",
        "Maulana",
    ];
    let mut name = |two: bool| {
        let first = format!("{}{}", chance.pick(STARTS), chance.pick(ENDS));
        match two {
            true => format!("{first} {}", chance.pick(LAST)),
            false => first,
        }
    };
    let (own, mother) = (
        name(!number.is_multiple_of(4)),
        name(number.is_multiple_of(3)),
    );
    let (year, month, day) = (
        1945 + chance.below(75),
        1 + chance.below(12),
        1 + chance.below(28),
    );
    let woman = chance.below(2) == 1;
    let coded = if woman { day + 40 } else { day };
    let family = number / 3;
    [
        format!(
            "180901{coded:02}{month:02}{:02}{:04}",
            year % 100,
            1 + number % 60
        ),
        own,
        format!("{year}-{month:02}-{day:02}"),
        if woman { "2" } else { "1" }.to_owned(),
        mother,
        format!("18090101{:02}20{:04}", 1 + family % 28, 1 + family % 9000),
        format!("18.09.01.20{:02}", 1 + family % 9),
        format!(
            "Dusun {} RT {:03} RW 001",
            ["Sukamaju", "Sinar", "Margodadi"][family % 3],
            family % 14
        ),
    ]
}

pub fn village(persons: usize) -> Vec<Row> {
    let mut chance = Chance(7);
    (0..persons)
        .map(|number| person(&mut chance, number))
        .collect()
}

pub fn table(rows: &[Row]) -> Persons {
    let mut persons = Persons::new(register_fields(), 2026).expect("eight fields");
    for row in rows {
        persons.push(&row.each_ref().map(String::as_str));
    }
    persons
}

/// In another family, as somebody counted twice.
pub fn elsewhere(row: &Row, number: usize) -> Row {
    let mut copy = row.clone();
    copy[5] = format!("18090215{:02}18{:04}", 1 + number % 28, 7000 + number);
    copy[6] = "18.09.02.2003".to_owned();
    copy[7] = format!("Jl. Raya Banjar No. {number}");
    copy
}
