//! What people do on their devices.

use crate::{
    about,
    ledger::{Entry, Ledger},
    report::{UNEXPECTED, Violation},
    script::{How, Step, Trouble},
    world::{HERE, THERE, World, denied, lock},
};
use lawang_app::{AppError, Device, Whole, views::Widget};
use lawang_domain::{FieldPath, HouseholdId};
use lawang_tests::chance::Chance;

/// Questions with few answers, so that people say the same or contradict each other.
const FIELDS: &[(&str, &[&str])] = &[
    ("rt", &["001", "002", "003", "004"]),
    ("floor_material", &["1", "2", "6", "8"]),
    ("asset_car", &["1", "2"]),
    ("is_well_off", &["1", "2"]),
];

/// An answer that a device acknowledged.
pub struct Answer {
    household: HouseholdId,
    path: FieldPath,
    value: String,
    typed: bool,
    /// The record began from nothing.
    blank: bool,
}

/// What one act wrote.
pub type Wrote = Vec<Answer>;

/// The form is open as it was before this member came in from elsewhere, or was erased.
const OLD_FORM: &[&str] = &["no_such_member", "not_found"];

/// What somebody is about to write, and what it depends on.
pub struct Pen {
    how: How,
    chance: Chance,
    about: Option<u64>,
    /// Now.
    step: usize,
    /// Stands in values that are said only once.
    unique: String,
}

impl Pen {
    /// Time passes before somebody writes.
    pub fn new(world: &World, step: &Step, tablet: usize, how: How) -> Self {
        let mut chance = Chance::new(step.chance);
        world.tablets[tablet]
            .environment
            .advance(1_000 + chance.below(600_000) as i64);
        let unique = format!("{}-{}", world.step, chance.below(1_000));
        Self {
            how,
            chance,
            about: step.about,
            step: world.step,
            unique,
        }
    }

    pub fn write(&mut self, device: &mut Device, ledger: &mut Ledger) -> Result<Wrote, AppError> {
        if self.how != How::Much {
            return one(device, self, ledger);
        }
        let unique = self.unique.clone();
        let mut wrote = Vec::new();
        for number in 0..8 + self.chance.below(8) {
            self.unique = format!("{unique}-{number:02}");
            match one(device, self, ledger) {
                Ok(more) => wrote.extend(more),
                // What was acknowledged before counts.
                Err(error)
                    if !wrote.is_empty()
                        && (matches!(error.code, "crash" | "disk_full")
                            || denied(error.code)
                            || OLD_FORM.contains(&error.code)) =>
                {
                    break;
                }
                Err(error) => return Err(error),
            }
        }
        Ok(wrote)
    }
}

/// Somebody answers something.
pub fn write(world: &mut World, step: &Step, tablet: usize, how: How) -> Result<(), Violation> {
    let mut pen = Pen::new(world, step, tablet, how);
    let wrote = world.on(tablet, step.trouble, OLD_FORM, |device, counts, ledger| {
        let done = pen.write(device, ledger);
        done.inspect(|_| counts.add("writes"))
    })?;
    remember(world, tablet, wrote.unwrap_or_default());
    Ok(())
}

/// What somebody wrote while an exchange was under way.
pub fn wrote_meanwhile(
    world: &mut World,
    tablet: usize,
    trouble: Option<Trouble>,
    done: Result<Wrote, AppError>,
) -> Result<(), Violation> {
    match done {
        Ok(wrote) => {
            world.counts.add("writes while an exchange is under way");
            remember(world, tablet, wrote);
            Ok(())
        }
        Err(error) if world.allowed(trouble, &error) || OLD_FORM.contains(&error.code) => Ok(()),
        Err(error) => Err(Violation {
            invariant: UNEXPECTED,
            words: format!(
                "{}: device {tablet}, while it exchanges: {error}",
                world.at()
            ),
        }),
    }
}

fn remember(world: &mut World, tablet: usize, wrote: Wrote) {
    for answer in wrote {
        world.counts.add("acknowledged answers");
        let gone = world
            .gone
            .iter()
            .any(|(of, person, _)| *of == answer.household && person.is_none());
        let entry = Entry {
            step: world.step,
            tablet,
            household: answer.household,
            path: answer.path,
            value: answer.value,
            typed: answer.typed,
            folded: world.ledger.folds(tablet, answer.household),
            anew: gone && answer.blank,
            settled: false,
            stood: false,
        };
        world.ledger.add(entry);
    }
}

/// Whether the device knows that all of a record was erased: it began anew there, from nothing. One that somebody just
/// added is empty too, and nobody has told the device of anything.
fn knows_nothing(device: &Device, household: HouseholdId) -> bool {
    let row = device.store().row(household);
    let anew = device.store().began_anew(household).unwrap_or_default();
    anew && row.is_ok_and(|(row, _)| row.answers.is_empty() && row.instances.is_empty())
}

fn one(device: &mut Device, pen: &mut Pen, ledger: &mut Ledger) -> Result<Wrote, AppError> {
    let Pen {
        how,
        chance,
        about,
        step,
        unique,
    } = pen;
    let (how, about) = (*how, *about);
    let all = device.all_households()?;
    let Some(household) = about::one(about, chance, &all) else {
        return Ok(Vec::new());
    };
    let place = |chance: &mut Chance, device: &Device| {
        let both = device
            .store()
            .scope()
            .is_ok_and(|all| all.iter().any(|s| s.active && s.village == THERE));
        if both && chance.percent(40) {
            THERE
        } else {
            HERE
        }
    };
    let members = device.state(household)?.of("members").to_vec();
    let (member, path, value) = match how {
        How::Household => {
            let village = place(chance, device);
            return device.add_household(village).map(|_| Vec::new());
        }
        How::Survey => {
            if device
                .forms()?
                .iter()
                .any(|f| f.survey && f.usable && f.form == "village_needs")
            {
                device.new_survey("village_needs", HERE)?;
            }
            return Ok(Vec::new());
        }
        How::Member => {
            let member = device.new_member_id();
            let path = FieldPath::of("members", member, "name");
            (Some(member), path, format!("ANAK {unique}"))
        }
        How::Rename | How::TypeName if !members.is_empty() => {
            let member = about::one(about, chance, &members).unwrap_or(members[0]);
            let path = FieldPath::of("members", member, "name");
            (None, path, format!("NAMA {unique}"))
        }
        How::StrikeOut if members.len() > 1 => {
            let member = *chance.of(&members);
            device.remove_member(household, member, true, "salah catat")?;
            return Ok(Vec::new());
        }
        _ => {
            let mut which = match about {
                Some(about) => Chance::new(about),
                None => chance.fork(),
            };
            // Of an address everybody says something else.
            if which.percent(if about.is_some() { 60 } else { 35 }) {
                let path = FieldPath::household("address");
                (None, path, format!("Dusun {unique}"))
            } else {
                let (key, values) = *which.of(FIELDS);
                let value = (*chance.of(values)).to_owned();
                (None, FieldPath::household(key), value)
            }
        }
    };
    let typed = matches!(how, How::Type | How::TypeName);
    if typed {
        ledger.sees(*step, device, household, Some(&path));
        device.answer(household, &path, &value, Whole::Everything)?;
    } else {
        // What was typed before is put down first.
        ledger.sees(*step, device, household, None);
        device.give(household, member, &[(path.clone(), value.clone())])?;
    }
    Ok(vec![Answer {
        blank: knows_nothing(device, household),
        household,
        path,
        value,
        typed,
    }])
}

/// Somebody plants a tree, or changes one that this device knows.
pub fn plant(world: &mut World, step: &Step, tablet: usize) -> Result<(), Violation> {
    let mut chance = Chance::new(step.chance);
    world.tablets[tablet].environment.advance(60_000);
    let codes = ["not_found"];
    world.on(tablet, step.trouble, &codes, |device, counts, _| {
        if !device
            .forms()?
            .iter()
            .any(|f| f.form == "trees" && f.usable)
        {
            return Ok(());
        }
        let known = device.entities(Some("trees"))?.entities;
        let mut answers = vec![("height", chance.below(100).to_string())];
        if chance.percent(50) {
            answers.push(("note", format!("catatan {}", chance.below(3))));
        }
        if !known.is_empty() && chance.percent(70) {
            answers.push(("tree", chance.of(&known).id.clone()));
        }
        let id = device.new_survey("trees", HERE)?;
        for (path, value) in &answers {
            let path = FieldPath::household(*path);
            device.answer(id, &path, value, Whole::Visit)?;
        }
        device.submit(id, Whole::Visit)?;
        counts.add("entities planted or changed");
        Ok(())
    })?;
    Ok(())
}

/// Somebody finishes a visit with the short questionnaire.
pub fn submit(world: &mut World, step: &Step, tablet: usize) -> Result<(), Violation> {
    let mut chance = Chance::new(step.chance);
    world.tablets[tablet].environment.advance(60_000);
    let codes = ["incomplete", "not_found", "no_such_member"];
    let now = world.step;
    let done = world.on(tablet, step.trouble, &codes, |device, counts, ledger| {
        let all = device.all_households()?;
        if all.is_empty() {
            return Ok(None);
        }
        let household = *chance.of(&all);
        ledger.sees(now, device, household, None);
        for _ in 0..3 {
            let summary = device.visit_summary(household, Whole::Visit)?;
            if summary.problems.is_empty() {
                device.submit(household, Whole::Visit)?;
                counts.add("visits submitted");
                return Ok(Some(household));
            }
            for problem in summary.problems {
                let view = device.visit_view(household, Some(&problem.page))?;
                let Some(item) = view.page.items.iter().find(|i| i.path == problem.path) else {
                    continue;
                };
                let value = match (&item.widget, item.choices.first()) {
                    (Widget::SelectOne | Widget::SelectMultiple, Some(first)) => {
                        first.value.clone()
                    }
                    (Widget::Integer, _) => "1".to_owned(),
                    _ => "Sukarame".to_owned(),
                };
                if let Ok(path) = problem.path.parse() {
                    device.answer(household, &path, &value, Whole::Visit)?;
                }
            }
        }
        Ok(None)
    })?;
    if let Some(Some(household)) = done {
        // A typed answer was part of the visit.
        world.ledger.ended(tablet, household);
    }
    Ok(())
}

/// Decisions, comments, assignments: whoever may not is told before anything is written.
pub fn decide(
    world: &mut World,
    step: &Step,
    tablet: usize,
    approve: bool,
) -> Result<(), Violation> {
    let mut chance = Chance::new(step.chance);
    world.tablets[tablet].environment.advance(60_000);
    let done = world.on(tablet, step.trouble, &["not_found"], |device, counts, _| {
        let all = device.all_households()?;
        // What can be decided on first, so that something is.
        let mut waiting = Vec::new();
        for household in &all {
            if device.record_state(*household)? != lawang_domain::RecordState::Draft {
                waiting.push(*household);
            }
        }
        let from = if waiting.is_empty() { &all } else { &waiting };
        if from.is_empty() {
            return Ok(false);
        }
        let household = *chance.of(from);
        if approve {
            device.approve(household, "dilihat")?;
            counts.add("records approved");
        } else {
            device.return_with_comment(household, "periksa lagi", &[])?;
            counts.add("records sent back");
        }
        Ok(true)
    })?;
    world.refusing |= done == Some(true);
    Ok(())
}

pub fn comment(world: &mut World, step: &Step, tablet: usize) -> Result<(), Violation> {
    let mut chance = Chance::new(step.chance);
    world.on(tablet, step.trouble, &["not_found"], |device, counts, _| {
        let all = device.all_households()?;
        if let Some(household) = (!all.is_empty()).then(|| *chance.of(&all)) {
            device.comment(household, None, "rumah di ujung jalan")?;
            counts.add("comments");
        }
        Ok(())
    })?;
    Ok(())
}

pub fn assign(world: &mut World, step: &Step, tablet: usize, to: usize) -> Result<(), Violation> {
    let mut chance = Chance::new(step.chance);
    let person = format!("Enumerator {to}");
    world.on(tablet, step.trouble, &["not_found"], |device, counts, _| {
        let all = device.all_households()?;
        if let Some(household) = (!all.is_empty()).then(|| *chance.of(&all)) {
            device.assign(household, &person, "", "dekat rumahnya")?;
            counts.add("households transferred to somebody else");
        }
        Ok(())
    })?;
    Ok(())
}

/// A refused edit is sent on, answered anew or laid aside; what others propose is answered.
pub fn proposal(world: &mut World, step: &Step, tablet: usize) -> Result<(), Violation> {
    let mut chance = Chance::new(step.chance);
    let codes = ["not_found", "no_proposal", "no_such_member"];
    let now = world.step;
    world.on(tablet, step.trouble, &codes, |device, counts, ledger| {
        let list = device.proposals(false)?;
        if let (Some(mine), true) = (list.mine.first(), chance.percent(60)) {
            let Ok(id) = mine.id.parse() else {
                return Ok(());
            };
            match chance.below(3) {
                0 => device.send_proposal(id, "pindah")?,
                1 => device.discard_proposal(id)?,
                _ => device.correct_proposal(id).map(|_| ())?,
            }
            counts.add("refused edits dealt with");
        } else if let Some(other) = list.received.first() {
            let (Ok(household), Ok(id)) = (other.household.parse(), other.id.parse()) else {
                return Ok(());
            };
            ledger.sees(now, device, household, None);
            device.answer_proposal(household, id, chance.percent(60), "sudah dilihat")?;
            counts.add("proposals of others answered");
        }
        Ok(())
    })?;
    Ok(())
}

/// A person settles a conflict with one of its values.
pub fn settle(world: &mut World, step: &Step, tablet: usize) -> Result<(), Violation> {
    let mut chance = Chance::new(step.chance);
    // What was typed meanwhile on this device has settled it already, or stands beside what was shown.
    let codes = ["no_conflict", "not_found", "changed_meanwhile"];
    let now = world.step;
    world.on(tablet, step.trouble, &codes, |device, counts, ledger| {
        let conflicts = device.conflicts()?;
        if conflicts.is_empty() {
            return Ok(());
        }
        let conflict = chance.of(&conflicts);
        let value = chance.of(&conflict.values).value.clone();
        let (Ok(household), Ok(path)) = (conflict.household.parse(), conflict.path.parse()) else {
            return Ok(());
        };
        ledger.sees(now, device, household, None);
        device.resolve(
            household,
            &path,
            &value,
            "dilihat bersama",
            Some(&conflict.seen),
        )?;
        counts.add("conflicts settled");
        Ok(())
    })?;
    Ok(())
}

/// Work on a memory card, to the district or to a hub; the answers come back on it.
pub fn courier(
    world: &mut World,
    step: &Step,
    (tablet, hub): (usize, Option<usize>),
    (damaged, twice): (bool, bool),
) -> Result<(), Violation> {
    let mut chance = Chance::new(step.chance);
    let written = world.on(tablet, step.trouble, &[], |device, _, _| {
        let mut card = Vec::new();
        device.export_batches(&mut card)?;
        device.exported()?;
        Ok(card)
    })?;
    let Some(mut card) = written else {
        return Ok(());
    };
    world.ledger.folded(tablet);
    world.counts.add("courier files");
    if damaged && !card.is_empty() {
        world.counts.add("courier files damaged");
        let at = chance.below(card.len());
        card[at] ^= 1 << chance.below(8);
    }
    let now = world.now;
    let server = match hub {
        None => world.district.server(),
        Some(hub) => world.hubs[hub].node.server(),
    };
    for _ in 0..1 + usize::from(twice) {
        if let Err(error) = server.import_courier(card.as_slice(), now) {
            let known = damaged || matches!(error.code(), "revoked" | "unknown_device");
            if !known {
                return Err(Violation {
                    invariant: UNEXPECTED,
                    words: format!("{}: a courier file: {error}", world.at()),
                });
            }
        }
    }
    let mut answers = Vec::new();
    let id = world.tablets[tablet].id;
    if server.export_answers(id, &mut answers).is_ok() {
        world.on(tablet, None, &[], |device, _, _| {
            device.import_answers(&answers)
        })?;
    }
    Ok(())
}

/// What a device shows in its worklist, to be compared before and after.
pub fn worklist(world: &World, tablet: usize) -> Result<String, Violation> {
    let query = lawang_app::views::WorklistQuery {
        limit: 200,
        ..Default::default()
    };
    let list = lock(&world.tablets[tablet]).worklist(&query);
    list.map(|list| format!("{:?}", list.rows))
        .map_err(|e| Violation {
            invariant: UNEXPECTED,
            words: format!("{}: the worklist: {e}", world.at()),
        })
}
