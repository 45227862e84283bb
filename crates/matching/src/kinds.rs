//! What a likely pair means in the register: where the two stand decides what is to be done about it.

use serde::Serialize;

/// Where a person stands in the register.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Standing<'a> {
    /// The household's id.
    pub household: &'a str,
    /// No. KK; empty if unknown.
    pub family_card: &'a str,
    /// Dotted Kemendagri code of the village.
    pub village: &'a str,
}

/// A kind of pair.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum PairKind {
    /// Twice in one household: a slip at entry.
    WithinHousehold,
    /// In two households under one family card: the family was entered twice or was split.
    SameFamilyCard,
    /// A member of two families of one village.
    TwoFamilies,
    /// In two villages of one district: moved, or counted twice.
    TwoVillages,
    /// In two districts.
    TwoDistricts,
    /// Two persons who hold one NIK.
    SharedNik,
}

impl PairKind {
    /// The kind of a likely pair.
    pub fn of(left: &Standing<'_>, right: &Standing<'_>) -> Self {
        let same = |a: &str, b: &str| !a.is_empty() && a == b;
        let district = |code: &str| code.rsplit_once('.').map(|(before, _)| before.to_owned());
        if same(left.household, right.household) {
            Self::WithinHousehold
        } else if same(left.family_card, right.family_card) {
            Self::SameFamilyCard
        } else if same(left.village, right.village) {
            Self::TwoFamilies
        } else if district(left.village).is_some()
            && district(left.village) == district(right.village)
        {
            Self::TwoVillages
        } else {
            Self::TwoDistricts
        }
    }

    /// What it means: Indonesian, then English.
    pub fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::WithinHousehold => (
                "tercatat dua kali dalam satu keluarga",
                "twice in one household",
            ),
            Self::SameFamilyCard => (
                "tercatat di dua rumah tangga dengan satu No. KK",
                "in two households under one family card",
            ),
            Self::TwoFamilies => (
                "tercatat di dua keluarga dalam satu desa",
                "in two families of one village",
            ),
            Self::TwoVillages => ("tercatat di dua desa", "in two villages of one district"),
            Self::TwoDistricts => ("tercatat di dua kecamatan", "in two districts"),
            Self::SharedNik => ("dua orang dengan satu NIK", "two persons with one NIK"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(
        household: &'static str,
        family_card: &'static str,
        village: &'static str,
    ) -> Standing<'static> {
        Standing {
            household,
            family_card,
            village,
        }
    }

    #[test]
    fn where_two_rows_stand_says_what_a_pair_is() {
        let here = at("h1", "k1", "18.09.01.2001");
        for (there, kind) in [
            (at("h1", "k1", "18.09.01.2001"), PairKind::WithinHousehold),
            (at("h2", "k1", "18.09.01.2002"), PairKind::SameFamilyCard),
            (at("h2", "k2", "18.09.01.2001"), PairKind::TwoFamilies),
            (at("h2", "", "18.09.01.2002"), PairKind::TwoVillages),
            (at("h2", "", "18.09.02.2001"), PairKind::TwoDistricts),
            (at("h2", "", ""), PairKind::TwoDistricts),
        ] {
            assert_eq!(PairKind::of(&here, &there), kind);
            assert_eq!(PairKind::of(&there, &here), kind);
        }
    }
}
