//! The settings of a row of type `audit`, checked as pyxform checks them.

use crate::problem::did_you_mean;

const PRIORITY: &str = "location-priority";
const INTERVAL: &str = "location-min-interval";
const AGE: &str = "location-max-age";
const KNOWN: [&str; 6] = [
    PRIORITY,
    INTERVAL,
    AGE,
    "track-changes",
    "track-changes-reasons",
    "identify-user",
];
const PRIORITIES: [&str; 4] = ["no-power", "low-power", "balanced", "high-accuracy"];

/// What is wrong with the settings, in sentences.
pub(super) fn problems(settings: &[(String, String)]) -> Vec<String> {
    let mut out: Vec<String> = settings
        .iter()
        .filter(|(key, _)| !KNOWN.contains(&key.as_str()))
        .map(|(key, _)| {
            let near = did_you_mean(key, KNOWN);
            format!("'{key}' is not a parameter of an audit.{near}")
        })
        .collect();
    let get = |name: &str| {
        let found = settings.iter().find(|(key, _)| key == name);
        found.map(|(_, value)| value.as_str())
    };
    for name in ["track-changes", "identify-user"] {
        if let Some(value) = get(name)
            && !matches!(value, "true" | "false")
        {
            out.push(format!(
                "{name} must be set to true or false: '{value}' is an invalid value."
            ));
        }
    }
    if get("track-changes-reasons").is_some_and(|value| value != "on-form-edit") {
        out.push("track-changes-reasons must be set to on-form-edit".to_owned());
    }
    location(get(PRIORITY), get(INTERVAL), get(AGE), &mut out);
    out
}

fn location(
    priority: Option<&str>,
    interval: Option<&str>,
    age: Option<&str>,
    out: &mut Vec<String>,
) {
    let (Some(priority), Some(interval), Some(age)) = (priority, interval, age) else {
        if priority.or(interval).or(age).is_some() {
            out.push(format!(
                "To include location information in the audit, '{PRIORITY}', '{INTERVAL}', and '{AGE}' are required parameters."
            ));
        }
        return;
    };
    if !PRIORITIES.contains(&priority) {
        out.push(format!(
            "Parameter {PRIORITY} must be set to no-power, low-power, balanced, or high-accuracy: '{priority}' is an invalid value"
        ));
    }
    let mut number = |name: &str, value: &str| match value.parse::<i64>() {
        Ok(number) if number >= 0 => Some(number),
        Ok(_) => {
            out.push(format!(
                "Parameter {name} must be greater than or equal to zero."
            ));
            None
        }
        Err(_) => {
            out.push(format!("Parameter {name} must have an integer value."));
            None
        }
    };
    let (interval, age) = (number(INTERVAL, interval), number(AGE, age));
    if let (Some(interval), Some(age)) = (interval, age)
        && age < interval
    {
        out.push(format!(
            "Parameter {AGE} must be greater than or equal to {INTERVAL}."
        ));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(text: &str) -> Vec<String> {
        problems(&crate::xlsform::parameters::parse(text))
    }

    #[test]
    fn settings_of_an_audit_are_checked_in_the_words_of_pyxform() {
        let place = "location-priority=balanced location-min-interval=60 location-max-age=120";
        assert_eq!(said(place), [""; 0]);
        assert_eq!(
            said("track-changes=true identify-user=false track-changes-reasons=on-form-edit"),
            [""; 0]
        );
        for (settings, words) in [
            (
                "track-changes=yes",
                "track-changes must be set to true or false: 'yes' is an invalid value.",
            ),
            (
                "track-changes-reasons=always",
                "track-changes-reasons must be set to on-form-edit",
            ),
            (
                "location-priority=balanced",
                "To include location information in the audit, 'location-priority', 'location-min-interval', and 'location-max-age' are required parameters.",
            ),
            (
                "location-priority=best location-min-interval=60 location-max-age=120",
                "Parameter location-priority must be set to no-power, low-power, balanced, or high-accuracy: 'best' is an invalid value",
            ),
            (
                "location-priority=balanced location-min-interval=1.5 location-max-age=120",
                "Parameter location-min-interval must have an integer value.",
            ),
            (
                "location-priority=balanced location-min-interval=-1 location-max-age=120",
                "Parameter location-min-interval must be greater than or equal to zero.",
            ),
            (
                "location-priority=balanced location-min-interval=60 location-max-age=5",
                "Parameter location-max-age must be greater than or equal to location-min-interval.",
            ),
            (
                "track-change=true",
                "'track-change' is not a parameter of an audit. Did you mean 'track-changes'?",
            ),
        ] {
            assert_eq!(said(settings), [words]);
        }
    }
}
