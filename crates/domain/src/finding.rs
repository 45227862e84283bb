//! What a register outside says of a person: the civil registry, or the list of a programme. Advice with a date; a person
//! that is not matched yet is never refused for it.

use crate::{HouseholdId, InstanceId};
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

/// The source of the civil registry.
pub const DUKCAPIL: &str = "dukcapil";
/// The source of what the district's own register says: the person may stand in another village as well.
pub const ELSEWHERE: &str = "elsewhere";

/// Which words the rules of matching (pemadanan) have for it, and what lists say.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FindingResult {
    /// Padan Deterministik: the same NIK, with a band of likeness of the names.
    Deterministic,
    /// Padan Probabilistik: the same first twelve digits and a name that is alike, or linked by everything else.
    Probabilistic,
    /// Tidak Padan: not found yet.
    Unmatched,
    /// Format Tidak Valid: the number is none, and the person was not found without it.
    Invalid,
    /// Stands on the list.
    Receives,
    /// Stood on an older list and not on the newest.
    Ended,
    /// May stand in another village of the district as well.
    Suspected,
}

impl FindingResult {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::Deterministic,
        Self::Probabilistic,
        Self::Unmatched,
        Self::Invalid,
        Self::Receives,
        Self::Ended,
        Self::Suspected,
    ];

    /// The name in files and interfaces.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Deterministic => "deterministic",
            Self::Probabilistic => "probabilistic",
            Self::Unmatched => "unmatched",
            Self::Invalid => "invalid",
            Self::Receives => "receives",
            Self::Ended => "ended",
            Self::Suspected => "suspected",
        }
    }
}

/// No result has this name.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("no result of matching has this name")]
pub struct UnknownResult;

impl FromStr for FindingResult {
    type Err = UnknownResult;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut all = Self::ALL.into_iter();
        all.find(|r| r.as_str() == text).ok_or(UnknownResult)
    }
}

impl fmt::Display for FindingResult {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// How two persons were found to be one.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MatchedBy {
    /// The whole NIK.
    Nik,
    /// The first twelve digits of the NIK, and the name.
    Digits,
    /// No. KK, and the name.
    FamilyCard,
    /// Record linkage over all that is known.
    Linkage,
}

/// What the address there is beside the one here: village code first, then RT and RW, then the words.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AddressResult {
    /// The same village, RT, RW, and words as far as both are known.
    Same,
    /// Another village.
    OtherVillage,
    /// The same village, another RT or RW.
    OtherRtRw,
    /// The same village, RT and RW as far as they are known, other words.
    OtherText,
}

/// What the civil registry says of somebody besides who they are.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CivilFlag {
    /// Died.
    Deceased,
    /// Moved away.
    Moved,
    /// The number is not in use.
    Inactive,
}

/// The details of a finding: names of fields and numbers, never a value of the other register.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct FindingDetail {
    /// How it was found.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<MatchedBy>,
    /// How alike the names are, 0 to 100 by Levenshtein's distance.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub similarity: Option<u8>,
    /// That the two are one person, in percent; only by linkage.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub probability: Option<u8>,
    /// Fields that differ: `nik`, `name`, `sex`, `birth_date`, `mother`, `no_kk`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub differs: Vec<String>,
    /// The address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<AddressResult>,
    /// Died, moved, inactive.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub flag: Option<CivilFlag>,
    /// The number seems to be somebody else's: neither name nor birth date or sex fit.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub other_person: bool,
    /// Last month paid or last day valid, as the list says: `YYYY-MM` or `YYYY-MM-DD`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub until: String,
    /// Whether [`FindingDetail::until`] is a day until which it is valid; otherwise the last month paid.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub valid_until: bool,
    /// Where else in the district the person may stand, in the order of places.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub elsewhere: Vec<Elsewhere>,
}

/// Where a person of one village may stand a second time. It says which village and why, and nothing of the other family:
/// the two ids are numbers without meaning to whoever does not hold that village.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Elsewhere {
    /// The other record.
    pub household: HouseholdId,
    /// The other person.
    pub member: InstanceId,
    /// Kemendagri code of the other village.
    pub village: String,
    /// Its name; may be empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// Name of its kecamatan; may be empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub district: String,
    /// That the two are one person, in percent, as the lower bound of its [`Elsewhere::BANDS`]; 0: they only hold one NIK.
    #[serde(default)]
    pub at_least: u8,
    /// What speaks for one person, in the order of fields.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub because: Vec<Because>,
}

/// A compared field, and how the two agree in it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Because {
    /// `nik`, `name`, `birth_date`, ...
    pub field: String,
    /// As the engine names it: `same`, `spelling`, ...
    pub code: String,
}

impl Elsewhere {
    /// Likelihoods are told in these steps: a model that is trained anew on a few more rows says nothing new.
    const BANDS: [u8; 3] = [95, 75, 50];

    /// The step of a probability, 0 to 1.
    pub fn band(probability: f64) -> u8 {
        let reached = |band: &u8| probability * 100.0 >= f64::from(*band);
        Self::BANDS.into_iter().find(reached).unwrap_or(0)
    }
}

/// The bands of the rules of matching: 100, 90-99, ... 50-59, below 50.
pub fn band(similarity: u8) -> &'static str {
    match similarity {
        100.. => "100",
        90..100 => "90-99",
        80..90 => "80-89",
        70..80 => "70-79",
        60..70 => "60-69",
        50..60 => "50-59",
        _ => "<50",
    }
}

/// A programme whose list is imported.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct AidProgramme {
    /// The name in files and interfaces, and The source.
    pub code: &'static str,
    /// As it is known to people.
    pub title: &'static str,
    /// It is for a family, whoever of its members stands on the list.
    pub by_family: bool,
    /// A family gets it once, paid to one of its members by name: husband and wife who each stand on such a list are aided
    /// apart.
    pub paid_once: bool,
    /// Other names.
    also: &'static [&'static str],
}

/// All programmes whose lists are known.
pub const PROGRAMMES: &[AidProgramme] = &[
    AidProgramme {
        code: "pkh",
        title: "PKH",
        by_family: true,
        paid_once: true,
        also: &[],
    },
    AidProgramme {
        code: "sembako",
        title: "Sembako (BPNT)",
        by_family: true,
        paid_once: true,
        also: &["bpnt", "sembako_bpnt"],
    },
    AidProgramme {
        code: "blt_dd",
        title: "BLT Dana Desa",
        by_family: true,
        paid_once: true,
        also: &["blt", "bltdd", "blt_desa"],
    },
    AidProgramme {
        code: "pbi_jk",
        title: "PBI-JK (BPJS Kesehatan)",
        by_family: false,
        paid_once: false,
        also: &["pbi", "bpjs", "bpjs_pbi", "pbijk", "kis"],
    },
    AidProgramme {
        code: "pip",
        title: "PIP/KIP",
        by_family: false,
        paid_once: false,
        also: &["kip", "pip_kip"],
    },
    AidProgramme {
        code: "electricity",
        title: "Subsidi listrik (PLN)",
        by_family: true,
        paid_once: false,
        also: &["pln", "listrik"],
    },
    AidProgramme {
        code: "lpg",
        title: "LPG 3 kg",
        by_family: true,
        paid_once: false,
        also: &["lpg_3kg", "elpiji", "gas"],
    },
];

impl AidProgramme {
    /// Finds a programme by its name or another name; capitals, blanks, hyphens and slashes make no difference.
    pub fn named(text: &str) -> Option<&'static Self> {
        let name: String = text
            .trim()
            .to_lowercase()
            .chars()
            .map(|c| if matches!(c, ' ' | '-' | '/') { '_' } else { c })
            .collect();
        PROGRAMMES
            .iter()
            .find(|p| p.code == name || p.also.contains(&name.as_str()))
    }

    /// Names for messages.
    pub fn names() -> String {
        let all: Vec<&str> = PROGRAMMES.iter().map(|p| p.code).collect();
        all.join(", ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_read_back_what_they_print() {
        for result in FindingResult::ALL {
            assert_eq!(result.to_string().parse(), Ok(result));
        }
        assert_eq!("padan".parse::<FindingResult>(), Err(UnknownResult));
    }

    #[test]
    fn bands_are_those_of_the_rules() {
        let bands: Vec<&str> = [100, 99, 90, 89, 50, 49, 0].map(band).to_vec();
        assert_eq!(
            bands,
            ["100", "90-99", "90-99", "80-89", "50-59", "<50", "<50"]
        );
    }

    #[test]
    fn likelihoods_are_told_in_steps() {
        let steps = [0.999, 0.95, 0.949, 0.75, 0.5, 0.499, 0.0].map(Elsewhere::band);
        assert_eq!(steps, [95, 95, 75, 75, 50, 0, 0]);
    }

    #[test]
    fn programmes_are_known_under_the_names_that_people_use() {
        for (name, code) in [
            ("PLN", "electricity"),
            ("BPJS/PBI", "pbi_jk"),
            ("kip", "pip"),
            ("Sembako", "sembako"),
            ("blt-dd", "blt_dd"),
        ] {
            assert_eq!(AidProgramme::named(name).map(|p| p.code), Some(code));
        }
        assert_eq!(AidProgramme::named("sembaco"), None);
    }
}
