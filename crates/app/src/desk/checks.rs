//! The questionnaire's own checks run again over a submitted visit, and whether the visit itself is plausible.

use super::made::Made;
use crate::{
    cards::VISIT_SUBMITTED, device::Device, error::AppError, views, visit::label_with_member,
};
use chrono::{DateTime, FixedOffset};
use lawang_domain::{FieldPath, HouseholdId};
use lawang_forms::{FindingKind, Instance, Item};
use lawang_records::{State, VISITS, maker};
use lawang_rules::{Rules, Turned};
use lawang_store::{DeskCard, Store};

/// Visits that are looked at between two looks at the clock.
const SLICE: u32 = 4;

/// Metres between two places on a sphere of the earth's mean radius (haversine).
pub(crate) fn distance(a: (f64, f64), b: (f64, f64)) -> u32 {
    const RADIUS: f64 = 6_371_008.8;
    let (lat_a, lat_b) = (a.0.to_radians(), b.0.to_radians());
    let half_lat = ((b.0 - a.0).to_radians() / 2.0).sin();
    let half_lon = ((b.1 - a.1).to_radians() / 2.0).sin();
    let h = half_lat * half_lat + lat_a.cos() * lat_b.cos() * half_lon * half_lon;
    let metres = 2.0 * RADIUS * h.clamp(0.0, 1.0).sqrt().asin();
    // At most half the way round the earth, so it fits.
    metres.round() as u32
}

/// Seconds between two moments; `None` when one is not known or they stand the wrong way round.
pub(crate) fn seconds_between(from: &str, to: &str) -> Option<u32> {
    let parse = |text: &str| DateTime::parse_from_rfc3339(text).ok();
    let (from, to) = (parse(from)?, parse(to)?);
    u32::try_from((to - from).num_seconds()).ok()
}

/// The position in an answer to a `geopoint`.
pub(super) fn position_in(state: &State) -> Option<(f64, f64)> {
    let mut parts = state
        .answer("gps")
        .split_whitespace()
        .map(str::parse::<f64>);
    match (parts.next(), parts.next()) {
        (Some(Ok(lat)), Some(Ok(lon))) => Some((lat, lon)),
        _ => None,
    }
}

/// What is implausible about a visit itself.
pub(super) fn signs(
    desk: &DeskCard,
    before: Option<(f64, f64)>,
    rules: &Rules,
    language: &str,
) -> Vec<views::CheckView> {
    let english = language == "en";
    let sign = |message: String| views::CheckView {
        path: String::new(),
        label: if english { "Visit" } else { "Kunjungan" }.into(),
        message,
        explained: String::new(),
        kind: "paradata".into(),
    };
    let mut all = Vec::new();
    let limits = rules.paradata;
    if let Some(seconds) = seconds_between(&desk.started, &desk.submitted)
        && seconds < limits.shortest_seconds
    {
        let (minutes, rest) = (seconds / 60, seconds % 60);
        all.push(sign(if english {
            format!("The visit took only {minutes} min {rest} s.")
        } else {
            format!("Kunjungan hanya {minutes} menit {rest} detik.")
        }));
    }
    if let (Some(here), Some(before)) = (desk.position, before) {
        let metres = distance(here, before);
        if metres > limits.far_metres {
            all.push(sign(if english {
                format!("Made {metres} m away from the household's known place.")
            } else {
                format!("Dilakukan {metres} m dari letak rumah yang diketahui.")
            }));
        }
    }
    all
}

impl Device {
    /// A reader of a visit as of the day on which it was made: nobody grows a year older by waiting for the desk.
    pub(super) fn reader_then(&self, village: &str, state: &State) -> Instance {
        let mut reader = self.reader(village, state);
        let submitted = maker(state).map_or("", |(visit, _)| {
            state.text(&FieldPath::of(VISITS, visit, VISIT_SUBMITTED))
        });
        if let Ok(then) = DateTime::<FixedOffset>::parse_from_rfc3339(submitted) {
            let then = then.with_timezone(self.local_time().offset());
            reader.set_clock(then.date_naive(), then);
        }
        reader
    }

    /// Checks of the questionnaire that do not hold.
    pub(super) fn failed_checks(&self, reader: &Instance) -> Vec<views::CheckView> {
        let language = self.language.as_str();
        let mut all: Vec<views::CheckView> = reader
            .findings(language)
            .into_iter()
            .map(|finding| views::CheckView {
                label: label_with_member(reader, &finding.path, language),
                path: finding.path.to_string(),
                message: finding.message,
                explained: String::new(),
                kind: match finding.kind {
                    FindingKind::Missing => "missing".into(),
                    FindingKind::Invalid => "wrong".into(),
                },
            })
            .collect();
        for path in warnings(reader) {
            let explained = path
                .key
                .strip_suffix("_note")
                .map_or(String::new(), |stem| {
                    let mut reason = path.clone();
                    reason.key = format!("{}_reason", stem.trim_end_matches("_missing"));
                    reader
                        .node(&reason)
                        .map_or(String::new(), |node| node.value)
                });
            all.push(views::CheckView {
                label: member_of(reader, &path),
                message: reader.label(&path, language),
                path: path.to_string(),
                explained,
                kind: "warning".into(),
            });
        }
        all
    }

    /// Looks at visits that came in, for at most so many milliseconds; gives how many.
    ///
    /// # Errors
    /// When a record cannot be read.
    pub fn look_at_visits(&mut self, milliseconds: i64) -> Result<u32, AppError> {
        let begun = self.now();
        let mut looked = 0;
        loop {
            let waiting = self.store.unchecked(SLICE)?;
            if waiting.is_empty() {
                return Ok(looked);
            }
            let mut found = Vec::with_capacity(waiting.len());
            for household in waiting {
                found.push((household, self.count_checks(household)?));
            }
            looked += u32::try_from(found.len()).unwrap_or(SLICE);
            self.store.transact(|tx| {
                for (household, (checks, turned)) in found {
                    let turned = turned.map_or("", Turned::as_str);
                    Store::set_checks(tx, household, checks, turned)?;
                }
                Ok(())
            })?;
            if self.now() - begun >= milliseconds {
                return Ok(looked);
            }
        }
    }

    /// How many checks of a visit do not hold, and what the formula of need says now and not by the register.
    fn count_checks(&self, household: HouseholdId) -> Result<(u32, Option<Turned>), AppError> {
        let record = self.store.record(household)?;
        let state = record.state()?;
        let (_, village) = self.store.row(household)?;
        let reader = self.reader_then(&village, &state);
        let unexplained = self
            .failed_checks(&reader)
            .iter()
            .filter(|check| check.explained.is_empty())
            .count();
        let before = super::compare::older(&record, &state)?;
        let made = self.corrected(household, &record, &state)?;
        let implausible = self
            .implausible(&state, made.as_ref(), before.position(), "id")
            .len();
        let rules = crate::desk_card::rules_of(&self.rules, &state);
        let known = crate::desk_card::need(rules, &before.register);
        let turned = crate::desk_card::need(rules, &state).turned(&known);
        let checks = u32::try_from(unexplained + implausible).unwrap_or(u32::MAX);
        Ok((checks, turned))
    }

    /// What is implausible about how the house was visited; who only corrects answers that were sent back does not visit
    /// it again. `before`: where it was known to be before the newest visit.
    pub(super) fn implausible(
        &self,
        state: &State,
        made: Option<&Made>,
        before: Option<(f64, f64)>,
        language: &str,
    ) -> Vec<views::CheckView> {
        let desk = crate::desk_card::desk_card(&self.rules, state);
        let rules = crate::desk_card::rules_of(&self.rules, state);
        match made {
            Some(made) => signs(&made.on(&desk), made.before, rules, language),
            None => signs(&desk, before, rules, language),
        }
    }
}

fn member_of(reader: &Instance, path: &FieldPath) -> String {
    path.instance.as_ref().map_or(String::new(), |(of, id)| {
        reader
            .node(&FieldPath::of(of.as_str(), *id, "name"))
            .map_or(String::new(), |node| node.value)
    })
}

/// Notes that warn, and apply.
fn warnings(reader: &Instance) -> Vec<FieldPath> {
    let mut all = Vec::new();
    let mut names: Vec<(Option<String>, String)> = Vec::new();
    collect(&reader.form().root().children, &mut names);
    for (repeat, name) in names {
        let paths: Vec<FieldPath> = match &repeat {
            None => vec![FieldPath::household(name.as_str())],
            Some(of) => reader
                .instances(of)
                .into_iter()
                .map(|id| FieldPath::of(of.as_str(), id, name.as_str()))
                .collect(),
        };
        all.extend(
            paths
                .into_iter()
                .filter(|path| reader.node(path).is_some_and(|node| node.relevant)),
        );
    }
    all
}

fn collect(items: &[Item], names: &mut Vec<(Option<String>, String)>) {
    for item in items {
        match item {
            Item::Group(group) => collect(&group.children, names),
            Item::Repeat(repeat) => collect(&repeat.children, names),
            Item::Question(question) => {
                if question
                    .appearance
                    .split_whitespace()
                    .any(|w| w == "warning")
                {
                    names.push((question.repeat.clone(), question.name.clone()));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_are_in_metres_and_two_equal_places_are_none_apart() {
        // One degree of latitude is 111.2 km; of longitude at 5 degrees south a little less.
        assert!((111_100..111_300).contains(&distance((-5.0, 105.0), (-6.0, 105.0))));
        assert!((110_700..110_850).contains(&distance((-5.0, 105.0), (-5.0, 106.0))));
        assert_eq!(distance((-5.36, 105.1), (-5.36, 105.1)), 0);
        assert!(distance((90.0, 0.0), (-90.0, 0.0)) > 20_000_000);
    }

    #[test]
    fn how_long_a_visit_took_is_not_known_when_the_clock_went_back() {
        let (early, late) = ("2026-11-21T01:00:00Z", "2026-11-21T01:24:30Z");
        assert_eq!(seconds_between(early, late), Some(1_470));
        assert_eq!(seconds_between(late, early), None);
        assert_eq!(seconds_between("", late), None);
    }
}
