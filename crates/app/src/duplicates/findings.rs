//! What a suspicion is about, and what is odd within one household.

use super::{
    persons::{DIED, Person, Persons},
    search::{Kept, Owner, kept},
};
use crate::views::SuspicionKind;
use lawang_domain::{HouseholdId, InstanceId};
use lawang_matching::{
    Reason,
    kinds::{PairKind, Standing},
};
use lawang_records::PairAbout;
use lawang_store::{MemberAt, PersonsRow, Suspicion};

/// Of a field that is none of the compared ones: what the two families receive.
pub(super) const AID: &str = "aid";
/// Likewise: that one of the two died.
pub(super) const PRESENCE: &str = "presence";

/// The numbers of kinds in the table.
const KINDS: &[SuspicionKind] = &[
    SuspicionKind::WithinHousehold,
    SuspicionKind::SameFamilyCard,
    SuspicionKind::TwoFamilies,
    SuspicionKind::TwoVillages,
    SuspicionKind::TwoDistricts,
    SuspicionKind::SharedNik,
    SuspicionKind::CoupleAidedApart,
    SuspicionKind::DeadReceiving,
    SuspicionKind::CoupleOnLists,
    SuspicionKind::DeadOnList,
    SuspicionKind::RegisteredElsewhere,
];

pub(super) fn number(kind: SuspicionKind) -> u8 {
    KINDS.iter().position(|k| *k == kind).unwrap_or(0) as u8
}

pub(super) fn kind(number: u8) -> SuspicionKind {
    KINDS
        .get(usize::from(number))
        .copied()
        .unwrap_or(SuspicionKind::TwoFamilies)
}

/// The kind in words: Indonesian, then English.
pub(super) fn words(kind: SuspicionKind) -> (&'static str, &'static str) {
    match kind {
        SuspicionKind::WithinHousehold => PairKind::WithinHousehold.words(),
        SuspicionKind::SameFamilyCard => PairKind::SameFamilyCard.words(),
        SuspicionKind::TwoFamilies => PairKind::TwoFamilies.words(),
        SuspicionKind::TwoVillages => PairKind::TwoVillages.words(),
        SuspicionKind::TwoDistricts => PairKind::TwoDistricts.words(),
        SuspicionKind::SharedNik => PairKind::SharedNik.words(),
        SuspicionKind::CoupleAidedApart => (
            "suami dan istri sama-sama menerima bantuan keluarga",
            "husband and wife both receive aid for families",
        ),
        SuspicionKind::DeadReceiving => (
            "sudah meninggal, bantuan masih tercatat",
            "died, and aid is still recorded",
        ),
        SuspicionKind::CoupleOnLists => (
            "suami dan istri ada di daftar bantuan, masing-masing dengan NIK sendiri",
            "husband and wife are on lists of aid, each by their own NIK",
        ),
        SuspicionKind::DeadOnList => (
            "sudah meninggal, masih ada di daftar bantuan",
            "died, and still on a list of aid",
        ),
        SuspicionKind::RegisteredElsewhere => (
            "mungkin juga terdaftar di desa lain",
            "may also be registered in another village",
        ),
    }
}

/// What a suspicion is about: who is who, or who receives what by a household's own answers or by lists.
pub(super) fn about(kind: SuspicionKind) -> PairAbout {
    use SuspicionKind as K;
    match kind {
        K::CoupleAidedApart | K::DeadReceiving => PairAbout::Household,
        K::CoupleOnLists | K::DeadOnList => PairAbout::Lists,
        _ => PairAbout::Persons,
    }
}

/// Whether it is about who receives what rather than about who is who.
pub(super) fn is_finding(kind: SuspicionKind) -> bool {
    about(kind) != PairAbout::Persons
}

/// Where a person stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    pub household: HouseholdId,
    pub member: InstanceId,
}

/// The identity of a suspicion, the same on every device and whichever side comes first.
pub(super) fn id_of(a: Place, b: Place, about: PairAbout) -> [u8; 16] {
    let own = |place: Place| (place.household, place.member);
    lawang_records::pair_id(own(a), own(b), about)
}

/// As it is written; the village is known from the household's line.
fn member_at(owner: Owner) -> MemberAt {
    MemberAt {
        row: owner.row,
        household: owner.household,
        village: String::new(),
        member: owner.member,
    }
}

pub(super) fn place(owner: Owner) -> Place {
    Place {
        household: owner.household,
        member: owner.member,
    }
}

/// The place that comes first is on the left, wherever it was found from.
pub(super) fn suspicion(
    (a, b): (Owner, Owner),
    kind: SuspicionKind,
    probability: f64,
    reasons: &[Kept],
) -> Suspicion {
    let (left, right) = match place(a) <= place(b) {
        true => (a, b),
        false => (b, a),
    };
    Suspicion {
        id: id_of(place(a), place(b), about(kind)),
        kind: number(kind),
        left: member_at(left),
        right: member_at(right),
        probability,
        // Only texts and numbers: nothing in it can fail.
        reasons: serde_json::to_string(reasons).unwrap_or_default(),
    }
}

/// What a pair is about by where the two stand; with the No. KK of each.
pub(super) fn kind_of_places(
    left: &MemberAt,
    left_card: &str,
    right: &MemberAt,
    right_card: &str,
) -> SuspicionKind {
    let (here, there) = (left.household.to_string(), right.household.to_string());
    match PairKind::of(
        &Standing {
            household: &here,
            family_card: left_card,
            village: &left.village,
        },
        &Standing {
            household: &there,
            family_card: right_card,
            village: &right.village,
        },
    ) {
        PairKind::WithinHousehold => SuspicionKind::WithinHousehold,
        PairKind::SameFamilyCard => SuspicionKind::SameFamilyCard,
        PairKind::TwoFamilies | PairKind::SharedNik => SuspicionKind::TwoFamilies,
        PairKind::TwoVillages => SuspicionKind::TwoVillages,
        PairKind::TwoDistricts => SuspicionKind::TwoDistricts,
    }
}

/// Two who may be one person; `own` and `other`: the households in which they stand.
pub(super) fn pair(
    owners: (Owner, Owner),
    own: &Persons,
    other: &Persons,
    probability: f64,
    reasons: &[Reason],
) -> Suspicion {
    let (Some(a), Some(b)) = (own.person(owners.0.member), other.person(owners.1.member)) else {
        return suspicion(
            owners,
            SuspicionKind::TwoFamilies,
            probability,
            &kept(reasons),
        );
    };
    let at = |owner: Owner, of: &Persons| MemberAt {
        village: of.village.clone(),
        ..member_at(owner)
    };
    let kind = kind_of_places(
        &at(owners.0, own),
        own.family_card_of(a),
        &at(owners.1, other),
        other.family_card_of(b),
    );
    let mut all = kept(reasons);
    let mut add = |field: &str, code: &str, id: &str, en: &str| {
        all.push(Kept {
            field: field.to_owned(),
            code: code.to_owned(),
            bits: 0.0,
            id: id.to_owned(),
            en: en.to_owned(),
            dated: String::new(),
        });
    };
    if owners.0.household != owners.1.household && !own.aid.is_empty() && !other.aid.is_empty() {
        add(
            AID,
            "both",
            "kedua keluarga menerima bantuan",
            "both families receive aid",
        );
    }
    if (a.presence == DIED) != (b.presence == DIED) {
        add(
            PRESENCE,
            "died_once",
            "meninggal menurut salah satu keluarga",
            "died according to one family",
        );
    }
    suspicion(owners, kind, probability, &all)
}

/// Two who hold one NIK and do not look like one person.
pub(super) fn shared_nik(
    owners: (Owner, Owner),
    probability: f64,
    reasons: &[Reason],
) -> Suspicion {
    suspicion(
        owners,
        SuspicionKind::SharedNik,
        probability,
        &kept(reasons),
    )
}

/// What is odd within a household.
pub(super) fn of(line: &PersonsRow, persons: &Persons) -> Vec<Suspicion> {
    let owner = |person: &Person| Owner {
        row: line.id,
        household: line.household,
        member: person.member,
        stale: false,
    };
    let here = |p: &&Person| p.gone.is_empty();
    let mut found = Vec::new();
    for dead in persons
        .all
        .iter()
        .filter(here)
        .filter(|p| p.presence == DIED)
    {
        let mut aid = dead.aid.clone();
        // A family's aid is paid to its head by name; that of a family whose wife died goes on rightly.
        if dead.relation == "1" {
            aid.extend(persons.aid.iter().cloned());
        }
        if !aid.is_empty() {
            found.push(suspicion(
                (owner(dead), owner(dead)),
                SuspicionKind::DeadReceiving,
                1.0,
                &programmes(&aid),
            ));
        }
    }
    // Village-fund aid is for families that get neither of the other two.
    let apart = persons.aid.iter().any(|a| a == "program_blt_dd") && persons.aid.len() > 1;
    let living = |relation: &str| {
        persons
            .all
            .iter()
            .filter(here)
            .find(|p| p.relation == relation && matches!(p.presence.as_str(), "" | "1" | "5"))
    };
    if apart && let (Some(head), Some(spouse)) = (living("1"), living("2")) {
        found.push(suspicion(
            (owner(head), owner(spouse)),
            SuspicionKind::CoupleAidedApart,
            1.0,
            &programmes(&persons.aid),
        ));
    }
    found
}

/// One reason a programme; its words are the question's own.
fn programmes(aid: &[String]) -> Vec<Kept> {
    aid.iter()
        .map(|question| Kept {
            field: question.clone(),
            code: "receives".to_owned(),
            bits: 0.0,
            id: "menerima".to_owned(),
            en: "receives".to_owned(),
            dated: String::new(),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    fn household(members: &[(&str, &str, &str, &[&str])], aid: &[&str]) -> Vec<SuspicionKind> {
        let persons = Persons {
            aid: aid.iter().map(|a| (*a).to_owned()).collect(),
            all: members
                .iter()
                .zip(1..)
                .map(|((relation, presence, gone, own), n)| Person {
                    member: InstanceId(Uuid::from_u128(n)),
                    name: "Siti".into(),
                    nik: String::new(),
                    birth_date: String::new(),
                    sex: String::new(),
                    mother: String::new(),
                    family_card: String::new(),
                    relation: (*relation).into(),
                    presence: (*presence).into(),
                    gone: (*gone).into(),
                    aid: own.iter().map(|a| (*a).to_owned()).collect(),
                })
                .collect(),
            ..Persons::default()
        };
        let line = PersonsRow {
            id: 1,
            household: HouseholdId(Uuid::from_u128(9)),
            stamp: 1,
            body: String::new(),
        };
        of(&line, &persons).iter().map(|s| kind(s.kind)).collect()
    }

    #[test]
    fn a_couple_with_village_fund_aid_beside_another_programme_is_found_and_a_widow_is_not() {
        let both = &["program_sembako", "program_blt_dd"][..];
        let couple = [("1", "1", "", &[][..]), ("2", "1", "", &[][..])];
        assert_eq!(household(&couple, both), [SuspicionKind::CoupleAidedApart]);
        assert!(household(&couple, &["program_sembako", "program_pkh"]).is_empty());
        assert!(household(&couple[..1], both).is_empty());
        let left = [("1", "1", "", &[][..]), ("2", "3", "", &[][..])];
        assert!(household(&left, both).is_empty(), "the wife moved away");
    }

    #[test]
    fn the_dead_who_still_receive_are_found_and_a_family_whose_wife_died_is_not() {
        let found = [SuspicionKind::DeadReceiving];
        let aided = &["program_pkh"][..];
        assert_eq!(household(&[("1", "2", "", &[])], aided), found);
        assert!(household(&[("2", "2", "", &[])], aided).is_empty());
        assert_eq!(household(&[("2", "2", "", &["health_cover"])], &[]), found);
        assert!(
            household(&[("1", "2", "h/m", &[])], aided).is_empty(),
            "struck out already"
        );
        assert!(household(&[("1", "2", "", &[])], &[]).is_empty());
    }
}
