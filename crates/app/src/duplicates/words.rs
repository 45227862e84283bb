//! Fields, reasons and verdicts in words.

use super::search::Kept;
use crate::views::{PairReason, PairVerdict};

/// So many reasons in the short form.
const SHORT: usize = 3;

fn pick(language: &str, id: &str, en: &str) -> String {
    if language == "en" { en } else { id }.to_owned()
}

/// A compared field, or a programme, in words.
pub(super) fn field(name: &str, language: &str) -> String {
    let (id, en) = match name {
        "nik" => ("NIK", "NIK"),
        "name" => ("nama", "name"),
        "birth_date" => ("tanggal lahir", "date of birth"),
        "sex" => ("jenis kelamin", "sex"),
        "mother" => ("nama ibu kandung", "mother's maiden name"),
        "no_kk" => ("No. KK", "No. KK"),
        "village" => ("desa", "village"),
        "address" => ("alamat", "address"),
        super::findings::AID => ("bantuan", "aid"),
        super::findings::PRESENCE => ("keberadaan", "presence"),
        "program_pkh" => ("PKH", "PKH"),
        "program_sembako" => ("Sembako", "Sembako"),
        "program_blt_dd" => ("BLT-DD", "BLT-DD"),
        "program_prakerja" => ("Prakerja", "Prakerja"),
        "program_kur" => ("KUR", "KUR"),
        "program_umi" => ("UMi", "UMi"),
        "program_pip" => ("PIP", "PIP"),
        "health_cover" => ("PBI-JKN", "PBI-JKN"),
        lawang_domain::DUKCAPIL => ("Dukcapil", "Civil registry"),
        other => match lawang_domain::AidProgramme::named(other) {
            Some(programme) => (programme.title, programme.title),
            None => (other, other),
        },
    };
    pick(language, id, en)
}

/// Whether a reason is for people; the others tie what was found together.
pub(super) fn is_said(kept: &Kept) -> bool {
    !kept.field.starts_with('_')
}

/// A reason in words.
pub(super) fn reason(kept: &Kept, language: &str) -> PairReason {
    PairReason {
        field: kept.field.clone(),
        label: field(&kept.field, language),
        code: kept.code.clone(),
        words: pick(language, &kept.id, &kept.en),
        bits: kept.bits,
    }
}

/// The strongest reasons in a few words: those that speak for one person, and what is odd beside them.
pub(super) fn because(reasons: &[Kept], language: &str) -> String {
    if reasons.iter().any(|kept| kept.code == "listed") {
        let lists: Vec<String> = reasons
            .iter()
            .filter(|kept| is_said(kept))
            .map(|kept| {
                let said = pick(language, &kept.id, &kept.en);
                format!("{}: {said}", field(&kept.field, language))
            })
            .collect();
        return lists.join("; ");
    }
    let receives = |kept: &&Kept| kept.code == "receives";
    if reasons.iter().any(|kept| receives(&kept)) {
        let programmes: Vec<String> = reasons
            .iter()
            .filter(receives)
            .map(|kept| field(&kept.field, language))
            .collect();
        return programmes.join(", ");
    }
    // Two who hold one NIK and do not look alike: that says it all, whatever its weight.
    let one_nik =
        |kept: &&Kept| matches!(kept.code.as_str(), "same_other_name" | "same_other_data");
    let first = reasons.iter().find(one_nik);
    let strong = reasons
        .iter()
        .filter(|kept| kept.bits > 0.0 && !one_nik(kept))
        .take(if first.is_some() { 0 } else { SHORT });
    let strong = first.into_iter().chain(strong);
    let odd = reasons
        .iter()
        .filter(|kept| kept.bits == 0.0 && is_odd(kept));
    let parts: Vec<String> = strong
        .chain(odd)
        .map(|kept| {
            let said = pick(language, &kept.id, &kept.en);
            // The words name the field, but for whose name it is.
            match kept.field.as_str() {
                "mother" => format!("{}: {said}", pick(language, "ibu kandung", "mother")),
                _ => said,
            }
        })
        .collect();
    parts.join(", ")
}

fn is_odd(kept: &Kept) -> bool {
    matches!(kept.code.as_str(), "both" | "died_once")
}

/// A verdict in words; `finding`: about one household.
pub(super) fn verdict(verdict: PairVerdict, finding: bool, language: &str) -> String {
    let (id, en) = match (verdict, finding) {
        (PairVerdict::Same, _) => ("Orang yang sama", "The same person"),
        (PairVerdict::TwoFamilies, _) => (
            "Orang yang sama, sah di dua keluarga",
            "The same person, rightly in two families",
        ),
        (PairVerdict::Different, false) => ("Orang yang berbeda", "Different persons"),
        (PairVerdict::Different, true) => ("Sudah diperiksa", "Looked at"),
    };
    pick(language, id, en)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(field: &str, code: &str, bits: f32, id: &str) -> Kept {
        Kept {
            field: field.into(),
            code: code.into(),
            bits,
            id: id.into(),
            en: id.into(),
            dated: String::new(),
        }
    }

    #[test]
    fn the_short_form_says_each_field_once_what_speaks_for_it_first_and_what_is_odd_last() {
        let reasons = [
            kept("nik", "same", 10.0, "NIK sama"),
            kept("mother", "same", 6.0, "nama sama"),
            kept("no_kk", "different", -2.0, "No. KK berbeda"),
            kept("aid", "both", 0.0, "kedua keluarga menerima bantuan"),
            kept("sex", "same", 0.0, "jenis kelamin sama"),
        ];
        assert_eq!(
            because(&reasons, "id"),
            "NIK sama, ibu kandung: nama sama, kedua keluarga menerima bantuan"
        );
        let one_nik = [
            kept("name", "different", -9.0, "nama berbeda"),
            kept("nik", "same_other_name", -1.0, "NIK sama, nama berbeda"),
            kept("sex", "same", 0.3, "jenis kelamin sama"),
        ];
        assert_eq!(because(&one_nik, "id"), "NIK sama, nama berbeda");
        let aid = [
            kept("program_pkh", "receives", 0.0, "menerima"),
            kept("health_cover", "receives", 0.0, "menerima"),
        ];
        assert_eq!(because(&aid, "en"), "PKH, PBI-JKN");
    }
}
