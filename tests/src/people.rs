//! A prelist of chosen people, for those who look for persons that stand in two places.

use crate::prelist;

/// A person of a prelist; what is not said is as in [`prelist::small`].
#[derive(Debug, Clone, Copy, Default)]
pub struct Someone<'a> {
    pub family: usize,
    pub name: &'a str,
    pub nik: &'a str,
    pub birth_date: &'a str,
    pub sex: &'a str,
    pub mother: &'a str,
    /// Relation to the head; empty: 3, a child.
    pub relation: &'a str,
    /// Presence; empty: 1.
    pub presence: &'a str,
    /// No. KK of the family, from its first member; empty: one of its own.
    pub no_kk: &'a str,
    /// Programmes of the family, from its first member.
    pub aid: &'a [&'a str],
}

/// The register's id of a family.
pub fn family(family: usize) -> lawang_domain::HouseholdId {
    lawang_domain::HouseholdId::from_register(&format!("K-{family}"))
}

/// The register's id of the n-th person of the list.
pub fn person(place: usize) -> lawang_domain::InstanceId {
    lawang_domain::InstanceId::from_person(&format!("O-{place}"))
}

/// A prelist of these people in a village. Families come in the order of the list.
pub fn prelist_of(village: &str, people: &[Someone<'_>]) -> Vec<u8> {
    let usual = String::from_utf8(prelist::small(village, 1)).unwrap_or_default();
    let mut lines = usual.lines();
    let columns: Vec<&str> = lines.next().unwrap_or_default().split(',').collect();
    let values: Vec<&str> = lines.next().unwrap_or_default().split(',').collect();
    let mut out = columns.join(",");
    out.push('\n');
    for (place, someone) in people.iter().enumerate() {
        let first = people
            .iter()
            .find(|other| other.family == someone.family)
            .unwrap_or(someone);
        let or =
            |text: &str, otherwise: &str| if text.is_empty() { otherwise } else { text }.to_owned();
        let row: Vec<String> = columns
            .iter()
            .zip(&values)
            .map(|(column, usual)| match *column {
                "register_id" => format!("K-{}", someone.family),
                "person_id" => format!("O-{place}"),
                "no_kk" => or(first.no_kk, &family_card(someone.family)),
                "address" => format!("Dusun Lain No. {}", someone.family),
                "name" => someone.name.to_owned(),
                "nik" => someone.nik.to_owned(),
                "birth_date" => or(someone.birth_date, "1981-03-07"),
                "sex" => or(someone.sex, "1"),
                "mother_maiden_name" => someone.mother.to_owned(),
                "relation_to_head" => or(someone.relation, "3"),
                "presence_status" => or(someone.presence, "1"),
                "marital_status" => "1".to_owned(),
                "health_cover" => "0".to_owned(),
                programme if programme.starts_with("program_") => if first.aid.contains(&programme)
                {
                    "1"
                } else {
                    "2"
                }
                .to_owned(),
                _ => (*usual).to_owned(),
            })
            .collect();
        out.push_str(&row.join(","));
        out.push('\n');
    }
    out.into_bytes()
}

/// A No. KK that looks like no other.
fn family_card(family: usize) -> String {
    format!(
        "1809{:02}{:02}{:02}{:02}{:04}",
        1 + family % 11,
        1 + family * 7 % 28,
        1 + family % 12,
        family * 3 % 25,
        1 + family * 977 % 9_000
    )
}
