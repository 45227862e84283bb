//! What kind of question a node is: by its control, by the type of its bind, by what fills it in.

use super::Reader;
use super::doc::{attribute, name};
use crate::problem::did_you_mean;
use crate::types::QuestionType as Q;

/// Types of binds that are known, with what they become without a control.
pub(in crate::xform) const TYPES: [(&str, Q); 22] = [
    ("string", Q::Hidden),
    ("text", Q::Hidden),
    ("select", Q::Hidden),
    ("select1", Q::Hidden),
    ("int", Q::Integer),
    ("integer", Q::Integer),
    ("long", Q::Integer),
    ("decimal", Q::Decimal),
    ("double", Q::Decimal),
    ("float", Q::Decimal),
    ("date", Q::Date),
    ("time", Q::Time),
    ("dateTime", Q::DateTime),
    ("geopoint", Q::Geopoint),
    ("geotrace", Q::Geotrace),
    ("geoshape", Q::Geoshape),
    ("barcode", Q::Barcode),
    ("binary", Q::File),
    ("odk:rank", Q::Hidden),
    ("rank", Q::Hidden),
    ("boolean", Q::Hidden),
    ("anyURI", Q::Hidden),
];

impl Reader<'_, '_> {
    pub(super) fn question_type(&mut self, raw: usize) -> Q {
        let node = &self.nodes[raw];
        let (bind, control) = (node.bind, node.control);
        let written = bind
            .and_then(|b| attribute(b, "type"))
            .unwrap_or("string")
            .trim();
        let kind = written
            .strip_prefix("xsd:")
            .or_else(|| written.strip_prefix("xs:"))
            .unwrap_or(written);
        let found = TYPES
            .iter()
            .find(|(name, _)| *name == kind)
            .map(|(_, q)| *q);
        let Some(plain) = found else {
            let near = did_you_mean(kind, TYPES.iter().map(|(name, _)| *name));
            if let Some(bind) = bind {
                self.error(
                    bind,
                    "type",
                    "type_unknown",
                    format!("Unknown type '{written}'.{near}"),
                );
            }
            return Q::Text;
        };
        let Some(control) = control else {
            return self.without_control(raw, kind, plain);
        };
        match name(control) {
            "input" if attribute(control, "query").is_some() => Q::SelectOne,
            "input" if plain == Q::Hidden => {
                let readonly = bind
                    .and_then(|b| attribute(b, "readonly"))
                    .is_some_and(is_true);
                let calculated = bind.is_some_and(|b| attribute(b, "calculate").is_some());
                let node = &self.nodes[raw];
                let set = node.first.is_some() || node.fresh.is_some() || node.triggered.is_some();
                if readonly && !calculated && !set && node.text.is_empty() {
                    Q::Note
                } else {
                    Q::Text
                }
            }
            "input" if kind != "binary" => plain,
            "input" => {
                self.error(
                    control,
                    "ref",
                    "type_unknown",
                    "A question of type 'binary' needs an upload.",
                );
                Q::File
            }
            "secret" => {
                self.warn(control, "", "control_secret", "What is typed is shown.");
                Q::Text
            }
            "select1" => Q::SelectOne,
            "select" => Q::SelectMultiple,
            "rank" => Q::Rank,
            "range" => Q::Range,
            "trigger" => Q::Acknowledge,
            _ => match attribute(control, "mediatype")
                .unwrap_or_default()
                .split('/')
                .next()
            {
                Some("image") => Q::Image,
                Some("audio") => Q::Audio,
                Some("video") => Q::Video,
                Some("osm") => Q::Osm,
                _ => Q::File,
            },
        }
    }

    /// What nobody is asked: metadata, calculations, values that are kept.
    fn without_control(&mut self, raw: usize, kind: &str, plain: Q) -> Q {
        let node = &self.nodes[raw];
        if node.recorded.is_some() {
            return Q::BackgroundAudio;
        }
        if node.located {
            return Q::StartGeopoint;
        }
        if node.located_by_trigger {
            return Q::BackgroundGeopoint;
        }
        let bind = node.bind;
        let get = |name: &str| {
            bind.and_then(|b| attribute(b, name))
                .unwrap_or_default()
                .trim()
        };
        let calculated = !get("calculate").is_empty() || node.triggered.is_some();
        match (get("jr:preload"), get("jr:preloadParams")) {
            ("", _) if calculated && plain == Q::Hidden => Q::Calculate,
            ("", _) if kind == "binary" => Q::Hidden,
            ("", _) => plain,
            ("timestamp", "start") => Q::Start,
            ("timestamp", "end") => Q::End,
            ("date", "today") => Q::Today,
            ("property", "deviceid" | "uri:deviceid" | "imei") => Q::DeviceId,
            ("property", "username" | "uri:username") => Q::Username,
            ("property", "email" | "uri:email") => Q::Email,
            ("property", "phonenumber" | "uri:phonenumber") => Q::PhoneNumber,
            ("property", "simserial" | "uri:simserial") => Q::SimSerial,
            ("property", "subscriberid" | "uri:subscriberid") => Q::SubscriberId,
            (preload, parameter) => {
                let known = [
                    "timestamp",
                    "date",
                    "property",
                    "start",
                    "end",
                    "today",
                    "deviceid",
                    "username",
                    "email",
                    "phonenumber",
                ];
                let near = did_you_mean(
                    if known.contains(&preload) {
                        parameter
                    } else {
                        preload
                    },
                    known,
                );
                let message = format!(
                    "What jr:preload=\"{preload}\" with \"{parameter}\" gives is not known here.{near}"
                );
                if let Some(bind) = bind {
                    self.error(bind, "jr:preload", "preload_unknown", message);
                }
                Q::Hidden
            }
        }
    }
}

pub(super) fn is_true(text: &str) -> bool {
    matches!(text.trim(), "true()" | "true" | "1")
}
