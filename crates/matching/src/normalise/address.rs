//! Addresses as bags of words: `Jln. Raya Sukarame No.12` and `JL RAYA SUKARAME 12` are one.

use super::words;

/// So many words of an address count.
pub const MOST_WORDS: usize = 16;

/// Words that say what the next one is, not where.
const EMPTY: &[&str] = &[
    "jl",
    "jln",
    "jalan",
    "no",
    "nomor",
    "gg",
    "gang",
    "rt",
    "rw",
    "dusun",
    "dsn",
    "dus",
    "ds",
    "desa",
    "kel",
    "kelurahan",
    "kec",
    "kecamatan",
    "kab",
    "kabupaten",
    "kp",
    "kampung",
    "street",
    "st",
    "road",
    "rd",
    "lingkungan",
    "lk",
    "blok",
    "blk",
    "nomer",
];

/// The words of an address that say where it is; numbers lose leading zeros (`RT 003` is `RT 3`).
pub fn parse(text: &str) -> Vec<String> {
    let all = words(text, 3 * MOST_WORDS);
    let trimmed = |word: &String| {
        let bare = word.trim_start_matches('0');
        match word.bytes().all(|b| b.is_ascii_digit()) {
            true => bare.to_owned(),
            false => word.clone(),
        }
    };
    let mut kept: Vec<String> = all
        .iter()
        .filter(|w| !EMPTY.contains(&w.as_str()))
        .map(trimmed)
        .filter(|w| !w.is_empty())
        .collect();
    kept.truncate(MOST_WORDS);
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn abbreviations_and_zeros_make_no_difference() {
        assert_eq!(
            parse("Jln. Raya Sukarame No.12"),
            parse("JL RAYA SUKARAME 012")
        );
        assert_eq!(
            parse("Dusun Sukamaju RT 003 RW 001"),
            ["sukamaju", "3", "1"]
        );
        assert!(parse("RT 000 RW 000").is_empty());
        assert!(parse("").is_empty());
    }
}
