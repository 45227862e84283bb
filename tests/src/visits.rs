//! Whole visits, filled in as the questionnaire asks for.

use lawang_app::{AppError, Device, Whole, views};
use lawang_domain::{FieldPath, HouseholdId};

/// Answers whatever is asked until nothing is missing, and submits.
pub fn complete_and_submit(device: &mut Device, household: HouseholdId) -> Result<(), AppError> {
    complete(device, household)?;
    device.submit(household, Whole::Visit).map(|_| ())
}

/// Answers whatever is asked until nothing is missing.
pub fn complete(device: &mut Device, household: HouseholdId) -> Result<(), AppError> {
    for _ in 0..40 {
        let summary = device.visit_summary(household, Whole::Visit)?;
        if summary.problems.is_empty() {
            return Ok(());
        }
        let mut shown: Option<(String, views::Page)> = None;
        for problem in summary.problems {
            // Working a page out costs more than all the rest, and problems come page by page.
            if shown.as_ref().is_none_or(|(page, _)| *page != problem.page) {
                let view = device.visit_view(household, Some(&problem.page))?;
                shown = Some((problem.page.clone(), view.page));
            }
            let items = shown.iter().flat_map(|(_, page)| &page.items);
            let Some(value) = items
                .filter(|item| item.path == problem.path)
                .map(plausible)
                .next()
            else {
                continue;
            };
            let path: FieldPath = problem
                .path
                .parse()
                .map_err(|_| AppError::new("no_such_field", problem.path.clone()))?;
            device.answer(household, &path, &value, Whole::Visit)?;
        }
    }
    Err(AppError::new("incomplete", "still something is missing"))
}

/// The first choice that was not tried, plausible numbers.
pub fn plausible(item: &views::Item) -> String {
    use views::Widget as W;
    if !item.previous_value.is_empty() && item.value.is_empty() {
        return item.previous_value.clone();
    }
    let key = item.path.rsplit('/').next().unwrap_or_default();
    match item.widget {
        W::SelectOne | W::SelectMultiple => {
            let used = item.choices.iter().position(|c| c.value == item.value);
            let next = used.map_or(0, |i| (i + 1) % item.choices.len().max(1));
            item.choices
                .get(next)
                .map_or(String::new(), |c| c.value.clone())
        }
        W::Integer => "1".into(),
        W::Decimal => "1.5".into(),
        W::Date => "2015-05-05".into(),
        W::Geopoint => "-5.36 105.1 30 5".into(),
        W::IdNumber => "1809010101209001".into(),
        _ if key == "rt" || key == "rw" => "002".into(),
        _ => "Sukarame".into(),
    }
}
