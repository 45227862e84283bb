//! The log as a file: the columns of ODK's form audit log.

use super::Settings;
use lawang_store::AuditEvent;

/// `audit.csv`. Columns that the questionnaire does not ask for are left out, as ODK Collect leaves them out.
pub(super) fn csv(settings: &Settings, events: &[AuditEvent]) -> String {
    let mut out = "event,node,start,end".to_owned();
    if settings.location.is_some() {
        out += ",latitude,longitude,accuracy";
    }
    if settings.changes {
        out += ",old-value,new-value";
    }
    if settings.user {
        out += ",user";
    }
    if settings.reasons {
        out += ",change-reason";
    }
    out.push('\n');
    for event in events {
        let changed = event.old_value != event.new_value;
        // On a page of several questions only answers that changed have a line of their own.
        if event.within.is_some() && !changed {
            continue;
        }
        let ended = event.ended.map_or(String::new(), |at| at.to_string());
        let mut cells = vec![
            event.event.clone(),
            event.node.clone(),
            event.started.to_string(),
            ended,
        ];
        if settings.location.is_some() {
            cells.extend([
                event.latitude.clone(),
                event.longitude.clone(),
                event.accuracy.clone(),
            ]);
        }
        if settings.changes {
            let value = |text: &String| if changed { text.clone() } else { String::new() };
            cells.extend([value(&event.old_value), value(&event.new_value)]);
        }
        if settings.user {
            cells.push(event.person.clone());
        }
        if settings.reasons {
            cells.push(event.reason.clone());
        }
        let line: Vec<String> = cells.into_iter().map(quoted).collect();
        out += &line.join(",");
        out.push('\n');
    }
    out
}

/// RFC 4180.
fn quoted(text: String) -> String {
    if text.contains([',', '"', '\n', '\r']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_comma_a_quote_and_a_line_break_stay_in_their_cell_and_columns_not_asked_for_are_left_out()
    {
        let event = AuditEvent {
            event: "question".into(),
            node: "/data/a".into(),
            started: 1,
            ended: Some(2),
            old_value: "x".into(),
            new_value: "a, \"b\"\nc".into(),
            person: "Siti".into(),
            ..AuditEvent::default()
        };
        let plain = Settings::default();
        assert_eq!(
            csv(&plain, std::slice::from_ref(&event)),
            "event,node,start,end\nquestion,/data/a,1,2\n"
        );
        let all = Settings {
            changes: true,
            user: true,
            reasons: true,
            ..Settings::default()
        };
        assert_eq!(
            csv(&all, &[event]),
            "event,node,start,end,old-value,new-value,user,change-reason\n\
             question,/data/a,1,2,x,\"a, \"\"b\"\"\nc\",Siti,\n"
        );
    }
}
