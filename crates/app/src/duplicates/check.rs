//! While somebody types: who of the device looks like this?

use super::{
    findings::Place,
    list::Lines,
    pair::said,
    persons::{Person, Persons},
    search::{Lookout, Ready, kept},
};
use crate::{cards::MEMBERS, device::Device, error::AppError, views};
use lawang_domain::{FieldPath, HouseholdId, InstanceId};

/// So many are shown.
const MOST: usize = 5;
/// Rows that were replaced are still in the index, so more are asked for than are shown.
const ASKED: usize = 25;
/// Below this nobody is shown.
const LEAST: f64 = 0.2;
/// So many households that changed since are taken in before an answer; after an exchange the search does the rest.
const FRESH: u32 = 20;
/// The compared answers of a member, in the order of the index; the others are not asked while somebody types.
const TYPED: [&str; 5] = ["nik", "name", "birth_date", "sex", "mother_maiden_name"];

impl Device {
    /// Persons who look like the one being typed. Without an index nobody does, and `preparing` says so.
    ///
    /// # Errors
    /// `not_found`: no such household.
    pub fn check_person(
        &mut self,
        request: &views::CheckPersonRequest,
    ) -> Result<views::PersonCheck, AppError> {
        let household: HouseholdId = request
            .household
            .trim()
            .parse()
            .map_err(|_| AppError::new("not_found", "not a household id"))?;
        let member: Option<InstanceId> = request.member.trim().parse().ok();
        // It is out of the device only as long as both are needed.
        let mut ready = match std::mem::take(&mut self.lookout) {
            Lookout::Ready(ready) => ready,
            unready => {
                self.lookout = unready;
                return Ok(views::PersonCheck {
                    alike: Vec::new(),
                    preparing: true,
                });
            }
        };
        let found = self.alike(&mut ready, household, member, request);
        self.lookout = Lookout::Ready(ready);
        Ok(views::PersonCheck {
            alike: found?,
            preparing: false,
        })
    }

    fn alike(
        &mut self,
        ready: &mut Ready,
        household: HouseholdId,
        member: Option<InstanceId>,
        request: &views::CheckPersonRequest,
    ) -> Result<Vec<views::Alike>, AppError> {
        self.freshen(ready, FRESH)?;
        self.take_open(ready, household, member)?;
        let values: Vec<String> = TYPED
            .iter()
            .map(|key| self.typed(household, member, key, request))
            .collect();
        let values: Vec<&str> = values.iter().map(String::as_str).collect();
        let own = member.map(|member| Place { household, member });
        let mut lines = Lines::default();
        let mut alike = Vec::new();
        for hit in ready.index.look(&values, ASKED, LEAST) {
            let Some(owner) = ready.owner(hit.row).copied() else {
                continue;
            };
            let place = Place {
                household: owner.household,
                member: owner.member,
            };
            if Some(place) == own {
                continue;
            }
            let restricted = self.restrictions(owner.household)?;
            if restricted.whole.is_some() || restricted.persons.contains_key(&owner.member) {
                continue;
            }
            let Some(at) = self.store.member_at(owner.household, owner.member)? else {
                continue;
            };
            let mut person = self.person_line(&at, &mut lines)?;
            if person.name.is_empty() {
                // Typed in the visit that is open, and in no record yet.
                person.name = self.open_text(household, owner.member, "name");
            }
            let (percent, because) = said(hit.probability, &kept(&hit.reasons), &self.language);
            alike.push(views::Alike {
                person,
                percent,
                here: owner.household == household,
                because,
            });
            if alike.len() == MOST {
                break;
            }
        }
        Ok(alike)
    }

    /// What was typed, or what stands in the open visit, or in the record.
    fn typed(
        &self,
        household: HouseholdId,
        member: Option<InstanceId>,
        key: &str,
        request: &views::CheckPersonRequest,
    ) -> String {
        match (request.typed.get(key), member) {
            (Some(text), _) => text.clone(),
            (None, Some(member)) => self.open_text(household, member, key),
            (None, None) => String::new(),
        }
    }

    fn open_text(&self, household: HouseholdId, member: InstanceId, key: &str) -> String {
        let path = FieldPath::of(MEMBERS, member, key);
        self.open
            .as_ref()
            .filter(|open| open.household() == household)
            .and_then(|open| open.instance.node(&path))
            .map(|node| node.value)
            .unwrap_or_default()
    }

    /// The other members as they stand in the open visit, where they are other than in the index: what was typed a
    /// minute ago is compared too.
    fn take_open(
        &self,
        ready: &mut Ready,
        household: HouseholdId,
        without: Option<InstanceId>,
    ) -> Result<(), AppError> {
        let row = self.store.row_id(household)?;
        self.put_back(ready, Some(row))?;
        let Some(open) = self.open.as_ref().filter(|o| o.household() == household) else {
            return Ok(());
        };
        let Some(line) = self
            .store
            .persons_of(row)?
            .map(|line| Persons::read(&line.body))
        else {
            return Ok(());
        };
        let text = |member: InstanceId, key: &str| self.open_text(household, member, key);
        let all: Vec<Person> = open
            .instance
            .instances(MEMBERS)
            .into_iter()
            .map(|member| Person {
                name: text(member, "name"),
                nik: text(member, "nik"),
                birth_date: text(member, "birth_date"),
                sex: text(member, "sex"),
                mother: text(member, "mother_maiden_name"),
                family_card: text(member, "no_kk_member"),
                ..line
                    .person(member)
                    .cloned()
                    .unwrap_or_else(|| Person::new(member))
            })
            .collect();
        let now = Persons { all, ..line };
        ready.take_typed(row, household, &now, without);
        Ok(())
    }
}
