//! What a row of type `audit` asks for, and the file that comes of it.

use lawang_store::AuditEvent;

/// What the row of type `audit` asks for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct AuditSettings {
    /// Priority, seconds between two positions, and how many milliseconds a position counts.
    pub location: Option<(String, u32, i64)>,
    pub changes: bool,
    pub identify: bool,
    pub reasons: bool,
}

impl AuditSettings {
    pub(crate) fn of(parameters: &[(String, String)]) -> Self {
        let get = |name: &str| {
            let found = parameters.iter().find(|(key, _)| key == name);
            found.map(|(_, value)| value.as_str())
        };
        let seconds = |name: &str| get(name).and_then(|v| v.parse::<u32>().ok());
        let location = match (
            get("location-priority"),
            seconds("location-min-interval"),
            seconds("location-max-age"),
        ) {
            (Some(priority), Some(interval), Some(age)) => {
                Some((priority.to_owned(), interval, i64::from(age) * 1000))
            }
            _ => None,
        };
        Self {
            location,
            changes: get("track-changes") == Some("true"),
            identify: get("identify-user") == Some("true"),
            reasons: get("track-changes-reasons") == Some("on-form-edit"),
        }
    }
}

/// The log as a file, with the columns of ODK's.
pub(super) fn written(settings: &AuditSettings, events: &[AuditEvent]) -> String {
    let mut columns = vec!["event", "node", "start", "end"];
    if settings.location.is_some() {
        columns.extend(["latitude", "longitude", "accuracy"]);
    }
    if settings.changes {
        columns.extend(["old-value", "new-value"]);
    }
    if settings.identify {
        columns.push("user");
    }
    if settings.reasons {
        columns.push("change-reason");
    }
    let mut text = columns.join(",");
    text.push('\n');
    for event in events {
        let place = |at: usize| event.place.map_or(String::new(), |p| p[at].to_string());
        let cells: Vec<String> = columns
            .iter()
            .map(|column| match *column {
                "event" => event.event.clone(),
                "node" => event.node.clone(),
                "start" => event.start.to_string(),
                "end" => event.end.map_or(String::new(), |end| end.to_string()),
                "latitude" => place(0),
                "longitude" => place(1),
                "accuracy" => place(2),
                "old-value" => event.old_value.clone(),
                "new-value" => event.new_value.clone(),
                "user" => event.person.clone(),
                _ => event.reason.clone(),
            })
            .map(|cell| quoted(&cell))
            .collect();
        text.push_str(&cells.join(","));
        text.push('\n');
    }
    text
}

/// A cell that holds a comma, a quote or a line break stands in quotes.
fn quoted(cell: &str) -> String {
    if cell.contains([',', '"', '\n', '\r']) {
        format!("\"{}\"", cell.replace('"', "\"\""))
    } else {
        cell.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_has_the_columns_that_the_settings_ask_for_and_quotes_what_needs_it() {
        let parameters = |text: &str| -> Vec<(String, String)> {
            text.split_whitespace()
                .filter_map(|pair| pair.split_once('='))
                .map(|(k, v)| (k.to_owned(), v.to_owned()))
                .collect()
        };
        let plain = AuditSettings::of(&[]);
        let event = AuditEvent {
            event: "question".into(),
            node: "/data/a".into(),
            start: 1,
            end: Some(2),
            place: Some([-5.36, 105.1, 4.5]),
            old_value: "a,b".into(),
            new_value: "the \"new\" one".into(),
            person: "Siti".into(),
            reason: String::new(),
        };
        assert_eq!(
            written(&plain, std::slice::from_ref(&event)),
            "event,node,start,end\nquestion,/data/a,1,2\n"
        );
        let full = AuditSettings::of(&parameters(
            "location-priority=balanced location-min-interval=60 location-max-age=120 track-changes=true \
             identify-user=true track-changes-reasons=on-form-edit",
        ));
        assert_eq!(full.location, Some(("balanced".into(), 60, 120_000)));
        assert_eq!(
            written(&full, &[event]),
            "event,node,start,end,latitude,longitude,accuracy,old-value,new-value,user,change-reason\n\
             question,/data/a,1,2,-5.36,105.1,4.5,\"a,b\",\"the \"\"new\"\" one\",Siti,\n"
        );
    }
}
