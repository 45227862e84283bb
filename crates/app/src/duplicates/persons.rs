//! The persons of a household as they are compared: a line of the projection, pure, so that rebuilding gives the same.

use crate::cards::MEMBERS;
use lawang_domain::{FieldPath, HouseholdId, InstanceId};
use lawang_records::{KEY_STATUS, State};
use serde::{Deserialize, Serialize};

/// Of a member who was struck out as a duplicate: `household/member` of the one who stays.
pub(crate) const DUPLICATE_OF: &str = "_duplicate_of";

/// Programmes for families; one family is to get one of them only once.
const FAMILY_AID: &[&str] = &["program_pkh", "program_sembako", "program_blt_dd"];
/// Programmes of a single person.
const PERSONAL_AID: &[&str] = &[
    "program_prakerja",
    "program_kur",
    "program_umi",
    "program_pip",
];
/// Presence: died.
pub(crate) const DIED: &str = "2";

/// The persons of a household. Without `Debug`: it holds NIKs.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Persons {
    #[serde(rename = "v")]
    pub village: String,
    #[serde(rename = "k", default, skip_serializing_if = "String::is_empty")]
    pub family_card: String,
    #[serde(rename = "a", default, skip_serializing_if = "String::is_empty")]
    pub address: String,
    /// Names of the questions about family aid that were answered with yes.
    #[serde(rename = "f", default, skip_serializing_if = "Vec::is_empty")]
    pub aid: Vec<String>,
    #[serde(rename = "p", default)]
    pub all: Vec<Person>,
}

/// A member.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Person {
    #[serde(rename = "i")]
    pub member: InstanceId,
    #[serde(rename = "n", default, skip_serializing_if = "String::is_empty")]
    pub name: String,
    #[serde(rename = "k", default, skip_serializing_if = "String::is_empty")]
    pub nik: String,
    #[serde(rename = "b", default, skip_serializing_if = "String::is_empty")]
    pub birth_date: String,
    #[serde(rename = "s", default, skip_serializing_if = "String::is_empty")]
    pub sex: String,
    #[serde(rename = "m", default, skip_serializing_if = "String::is_empty")]
    pub mother: String,
    /// Where it is not the household's.
    #[serde(rename = "c", default, skip_serializing_if = "String::is_empty")]
    pub family_card: String,
    #[serde(rename = "r", default, skip_serializing_if = "String::is_empty")]
    pub relation: String,
    #[serde(rename = "h", default, skip_serializing_if = "String::is_empty")]
    pub presence: String,
    /// Struck out as a duplicate: of whom, `household/member`.
    #[serde(rename = "g", default, skip_serializing_if = "String::is_empty")]
    pub gone: String,
    /// Names of the questions about the person's own aid that were answered with yes.
    #[serde(rename = "f", default, skip_serializing_if = "Vec::is_empty")]
    pub aid: Vec<String>,
}

impl Person {
    /// Nothing is known of this member yet.
    pub(crate) fn new(member: InstanceId) -> Self {
        Self {
            member,
            name: String::new(),
            nik: String::new(),
            birth_date: String::new(),
            sex: String::new(),
            mother: String::new(),
            family_card: String::new(),
            relation: String::new(),
            presence: String::new(),
            gone: String::new(),
            aid: Vec::new(),
        }
    }
}

impl Persons {
    /// From a record's values. Who was struck out for another reason than being a duplicate is not among them.
    pub(crate) fn of(village: &str, state: &State) -> Self {
        let all = state
            .of(MEMBERS)
            .iter()
            .filter_map(|id| {
                let text = |key: &str| state.text(&FieldPath::of(MEMBERS, *id, key));
                let gone = match text(KEY_STATUS) {
                    "removed" => Some(text(DUPLICATE_OF)).filter(|of| !of.is_empty())?,
                    _ => "",
                };
                let mut aid: Vec<String> = PERSONAL_AID
                    .iter()
                    .filter(|key| text(key) == "1")
                    .map(|key| (*key).to_owned())
                    .collect();
                if text("health_cover").split(' ').any(|code| code == "1") {
                    aid.push("health_cover".to_owned());
                }
                Some(Person {
                    member: *id,
                    name: text("name").to_owned(),
                    nik: text("nik").to_owned(),
                    birth_date: text("birth_date").to_owned(),
                    sex: text("sex").to_owned(),
                    mother: text("mother_maiden_name").to_owned(),
                    family_card: text("no_kk_member").to_owned(),
                    relation: text("relation_to_head").to_owned(),
                    presence: text("presence_status").to_owned(),
                    gone: gone.to_owned(),
                    aid,
                })
            })
            .collect();
        Self {
            village: village.to_owned(),
            family_card: state.answer("no_kk").to_owned(),
            address: state.answer("address").to_owned(),
            aid: FAMILY_AID
                .iter()
                .filter(|key| state.answer(key) == "1")
                .map(|key| (*key).to_owned())
                .collect(),
            all,
        }
    }

    /// The line, and how many are struck out.
    pub(crate) fn line(&self) -> (String, u32) {
        let gone = self.all.iter().filter(|p| !p.gone.is_empty()).count();
        (
            // Only texts and lists: nothing in it can fail.
            serde_json::to_string(self).unwrap_or_default(),
            u32::try_from(gone).unwrap_or(u32::MAX),
        )
    }

    /// Reads a line. One that cannot be read holds nobody: it is written anew with the card.
    pub(crate) fn read(line: &str) -> Self {
        serde_json::from_str(line).unwrap_or_default()
    }

    pub(crate) fn person(&self, member: InstanceId) -> Option<&Person> {
        self.all.iter().find(|p| p.member == member)
    }

    /// The No. KK of a member.
    pub(crate) fn family_card_of<'a>(&'a self, person: &'a Person) -> &'a str {
        match person.family_card.as_str() {
            "" => &self.family_card,
            own => own,
        }
    }

    /// The values of a member in the order of [`lawang_matching::register_fields`].
    pub(crate) fn values<'a>(&'a self, person: &'a Person) -> [&'a str; 8] {
        [
            &person.nik,
            &person.name,
            &person.birth_date,
            &person.sex,
            &person.mother,
            self.family_card_of(person),
            &self.village,
            &self.address,
        ]
    }
}

/// `household/member`.
pub(crate) fn place(household: HouseholdId, member: InstanceId) -> String {
    format!("{household}/{member}")
}

/// The reverse of [`place`].
pub(crate) fn read_place(text: &str) -> Option<(HouseholdId, InstanceId)> {
    let (household, member) = text.split_once('/')?;
    Some((household.parse().ok()?, member.parse().ok()?))
}
