//! Sex, however it is written.

use lawang_domain::Sex;

/// Reads the register's codes (`1`, `2`), letters (`L`/`P`, `M`/`F`) and words in Indonesian and English; anything
/// else is not known.
pub fn parse(text: &str) -> Option<Sex> {
    let word: String = text
        .chars()
        .filter(|c| c.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .take(20)
        .collect();
    match word.as_str() {
        "1" | "l" | "lk" | "laki" | "lakilaki" | "pria" | "m" | "male" | "man" => Some(Sex::Male),
        "2" | "p" | "pr" | "perempuan" | "wanita" | "w" | "f" | "female" | "woman" => {
            Some(Sex::Female)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_letters_and_words_are_read_and_the_rest_is_unknown() {
        for text in ["1", "L", "Laki-laki", "LAKI LAKI", "m", "Pria"] {
            assert_eq!(parse(text), Some(Sex::Male), "{text}");
        }
        for text in ["2", "P", "Perempuan", "wanita", "F"] {
            assert_eq!(parse(text), Some(Sex::Female), "{text}");
        }
        for text in ["", "-", "9", "x", "tidak tahu"] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
