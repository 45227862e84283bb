//! Question types and columns: one list for the compiler and the documentation.

use crate::functions::Support;
use serde::Serialize;

/// What kind of answer a question takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum QuestionType {
    /// Free text.
    Text,
    /// Whole number, at most 15 digits.
    Integer,
    /// Number with a decimal point.
    Decimal,
    /// Number between `start` and `end` by `step` (column `parameters`).
    Range,
    /// `YYYY-MM-DD`.
    Date,
    /// `HH:MM`, seconds and zone optional.
    Time,
    /// ISO 8601 date and time.
    DateTime,
    /// One choice of a list.
    SelectOne,
    /// Choices of a list, joined by a space.
    SelectMultiple,
    /// All choices of a list in an order, joined by a space.
    Rank,
    /// Text that is shown, never answered.
    Note,
    /// `OK` when the person has acknowledged.
    Acknowledge,
    /// Computed, not shown.
    Calculate,
    /// Kept, not shown.
    Hidden,
    /// `lat lon altitude accuracy`.
    Geopoint,
    /// Points joined by `;`: a line.
    Geotrace,
    /// Points joined by `;`, the first one again at the end: an area.
    Geoshape,
    /// A picture; drawn by hand with appearance `signature`, `draw` or `annotate`.
    Image,
    /// A sound.
    Audio,
    /// A film.
    Video,
    /// Any file.
    File,
    /// Text read from a barcode.
    Barcode,
    /// Moment when the visit began.
    Start,
    /// Moment when the visit was finished.
    End,
    /// Day when the visit began.
    Today,
    /// The device.
    DeviceId,
    /// The person who fills the form in.
    Username,
    /// The e-mail address that the device is set up with.
    Email,
    /// The device's telephone number.
    PhoneNumber,
    /// Serial number of the SIM card.
    SimSerial,
    /// Identifier of the telephone subscriber.
    SubscriberId,
    /// The place where the visit began, `lat lon altitude accuracy`.
    StartGeopoint,
    /// The place where the device is when another question is answered, `lat lon altitude accuracy`.
    BackgroundGeopoint,
    /// A file of OpenStreetMap data, `.osm`.
    Osm,
    /// A sound recorded while the form is filled in.
    BackgroundAudio,
    /// The log of how the form was filled in.
    Audit,
}

impl QuestionType {
    /// Whether a person answers it (not computed, shown only, or filled in by the device).
    pub fn is_answered(self) -> bool {
        !self.is_metadata() && !matches!(self, Self::Note | Self::Calculate)
    }

    /// Whether the device fills it in.
    pub fn is_metadata(self) -> bool {
        matches!(
            self,
            Self::Start
                | Self::End
                | Self::Today
                | Self::DeviceId
                | Self::Username
                | Self::Email
                | Self::PhoneNumber
                | Self::SimSerial
                | Self::SubscriberId
                | Self::StartGeopoint
                | Self::BackgroundGeopoint
                | Self::BackgroundAudio
                | Self::Audit
        )
    }

    /// Whether it has a place on a screen.
    pub fn is_shown(self) -> bool {
        !self.is_metadata() && !matches!(self, Self::Calculate | Self::Hidden)
    }

    /// Whether its answer is a choice of a list.
    pub fn is_select(self) -> bool {
        matches!(self, Self::SelectOne | Self::SelectMultiple | Self::Rank)
    }

    /// Whether its answer is a list of choices, joined by a space.
    pub fn has_many(self) -> bool {
        matches!(self, Self::SelectMultiple | Self::Rank)
    }

    /// Whether its answer names a file.
    pub fn is_file(self) -> bool {
        matches!(
            self,
            Self::Image
                | Self::Audio
                | Self::Video
                | Self::File
                | Self::Osm
                | Self::BackgroundAudio
        )
    }

    /// Whether its answer is a place, a line or an area.
    pub fn is_geo(self) -> bool {
        matches!(
            self,
            Self::Geopoint
                | Self::Geotrace
                | Self::Geoshape
                | Self::StartGeopoint
                | Self::BackgroundGeopoint
        )
    }
}

/// A type as authors write it.
#[derive(Debug, Clone, Copy)]
pub struct TypeInfo {
    /// First word or words of the column `type`.
    pub name: &'static str,
    /// What it becomes; `None` for groups and repeats, and for refused types.
    pub kind: Option<QuestionType>,
    /// Whether it works.
    pub support: Support,
    /// Remark for the documentation.
    pub note: &'static str,
}

const fn of(name: &'static str, kind: QuestionType, note: &'static str) -> TypeInfo {
    TypeInfo {
        name,
        kind: Some(kind),
        support: Support::Full,
        note,
    }
}

const fn other(name: &'static str, support: Support, note: &'static str) -> TypeInfo {
    TypeInfo {
        name,
        kind: None,
        support,
        note,
    }
}

use QuestionType as Q;

/// Every type that is known, with its aliases.
pub const TYPES: &[TypeInfo] = &[
    of("text", Q::Text, ""),
    of("string", Q::Text, "alias of text"),
    of("integer", Q::Integer, "at most 15 digits"),
    of("int", Q::Integer, "alias of integer"),
    of("decimal", Q::Decimal, ""),
    of("range", Q::Range, "parameters start, end, step"),
    of("date", Q::Date, ""),
    of("time", Q::Time, ""),
    of("dateTime", Q::DateTime, ""),
    of(
        "select_one",
        Q::SelectOne,
        "followed by the name of a list; parameters randomize, seed",
    ),
    of(
        "select_multiple",
        Q::SelectMultiple,
        "followed by the name of a list; parameters randomize, seed",
    ),
    of(
        "rank",
        Q::Rank,
        "followed by the name of a list; parameters randomize, seed",
    ),
    of("note", Q::Note, ""),
    of("acknowledge", Q::Acknowledge, "its value is OK"),
    of("trigger", Q::Acknowledge, "alias of acknowledge"),
    of("calculate", Q::Calculate, ""),
    of("hidden", Q::Hidden, ""),
    of("geopoint", Q::Geopoint, ""),
    of("geotrace", Q::Geotrace, ""),
    of("geoshape", Q::Geoshape, ""),
    of("image", Q::Image, "appearance signature, draw, annotate"),
    of("photo", Q::Image, "alias of image"),
    of("audio", Q::Audio, ""),
    of("video", Q::Video, ""),
    of("file", Q::File, ""),
    of("barcode", Q::Barcode, ""),
    of("start", Q::Start, ""),
    of("end", Q::End, ""),
    of("today", Q::Today, ""),
    of("deviceid", Q::DeviceId, ""),
    of("username", Q::Username, ""),
    of(
        "email",
        Q::Email,
        "from the device's settings; may be empty",
    ),
    of(
        "phonenumber",
        Q::PhoneNumber,
        "from the device's settings; may be empty",
    ),
    of(
        "simserial",
        Q::SimSerial,
        "from the device's settings; may be empty",
    ),
    of(
        "subscriberid",
        Q::SubscriberId,
        "from the device's settings; may be empty",
    ),
    other("begin_group", Support::Full, "also begin group"),
    other("end_group", Support::Full, "also end group"),
    other(
        "begin_repeat",
        Support::Full,
        "also begin repeat; may be nested",
    ),
    other("end_repeat", Support::Full, "also end repeat"),
    other(
        "begin_loop",
        Support::Full,
        "begin loop over a list: a group for each choice, as pyxform makes it; %(name)s and %(label)s stand for the choice",
    ),
    other("end_loop", Support::Full, "also end loop"),
    other(
        "audit",
        Support::Full,
        "the log audit.csv goes with the visit; numbers of people are masked in it",
    ),
    of(
        "select_one_from_file",
        Q::SelectOne,
        "followed by a .csv, .xml or .geojson file; parameters value, label",
    ),
    of(
        "select_multiple_from_file",
        Q::SelectMultiple,
        "followed by a .csv, .xml or .geojson file; parameters value, label",
    ),
    of(
        "select_one_external",
        Q::SelectOne,
        "followed by the name of a list of the sheet external_choices",
    ),
    other(
        "csv-external",
        Support::Full,
        "the file NAME.csv, for instance() and pulldata()",
    ),
    other(
        "xml-external",
        Support::Full,
        "the file NAME.xml, for instance()",
    ),
    of(
        "background-geopoint",
        Q::BackgroundGeopoint,
        "with the column trigger; where the device knows its position, else empty",
    ),
    of(
        "osm",
        Q::Osm,
        "a file .osm that another program wrote; may be followed by a list of the sheet osm, which is kept for other programs",
    ),
    of(
        "background-audio",
        Q::BackgroundAudio,
        "after consent, where the device can record; comes in parts, whose names are joined by a space",
    ),
    TypeInfo {
        name: "start-geopoint",
        kind: Some(Q::StartGeopoint),
        support: Support::Full,
        note: "where the device knows its position; else empty",
    },
];

/// A column of a sheet: canonical name, aliases, whether it may carry a language, support, remark.
#[derive(Debug, Clone, Copy)]
pub struct ColumnInfo {
    /// Sheet that the column belongs to.
    pub sheet: &'static str,
    /// Name in the standard.
    pub name: &'static str,
    /// Other spellings.
    pub aliases: &'static [&'static str],
    /// Whether `name::language` exists.
    pub translated: bool,
    /// Whether it works.
    pub support: Support,
}

const fn column(
    sheet: &'static str,
    name: &'static str,
    aliases: &'static [&'static str],
    translated: bool,
    support: Support,
) -> ColumnInfo {
    ColumnInfo {
        sheet,
        name,
        aliases,
        translated,
        support,
    }
}

use Support::{Accepted, Full, Refused};

/// Every column that is known.
pub const COLUMNS: &[ColumnInfo] = &[
    column("survey", "type", &["question_type"], false, Full),
    column("survey", "name", &[], false, Full),
    column("survey", "label", &["caption"], true, Full),
    column("survey", "hint", &[], true, Full),
    column("survey", "guidance_hint", &[], true, Full),
    column(
        "survey",
        "relevant",
        &["relevance", "bind::relevant"],
        false,
        Full,
    ),
    column("survey", "constraint", &["bind::constraint"], false, Full),
    column(
        "survey",
        "constraint_message",
        &[
            "constraint message",
            "constraining message",
            "bind::jr:constraintmsg",
        ],
        true,
        Full,
    ),
    column("survey", "required", &["bind::required"], false, Full),
    column(
        "survey",
        "required_message",
        &["required message", "requiredmsg", "bind::jr:requiredmsg"],
        true,
        Full,
    ),
    column(
        "survey",
        "calculation",
        &["calculate", "bind::calculate"],
        false,
        Full,
    ),
    column("survey", "choice_filter", &["choice filter"], false, Full),
    column("survey", "default", &[], false, Full),
    column(
        "survey",
        "appearance",
        &["control::appearance"],
        false,
        Full,
    ),
    column("survey", "parameters", &[], false, Full),
    column(
        "survey",
        "read_only",
        &["readonly", "read only", "bind::readonly"],
        false,
        Full,
    ),
    column(
        "survey",
        "repeat_count",
        &["repeat count", "count", "jr:count", "control::jr:count"],
        false,
        Full,
    ),
    column("survey", "note", &["comment", "comments"], false, Accepted),
    column("survey", "disabled", &[], false, Full),
    column("survey", "image", &["media::image"], true, Full),
    column("survey", "big-image", &["media::big-image"], true, Full),
    column("survey", "audio", &["media::audio"], true, Full),
    column("survey", "video", &["media::video"], true, Full),
    column(
        "survey",
        "autoplay",
        &["control::autoplay"],
        false,
        Accepted,
    ),
    column(
        "survey",
        "body::accuracythreshold",
        &["control::accuracythreshold"],
        false,
        Accepted,
    ),
    column(
        "survey",
        "body::intent",
        &["intent", "control::intent"],
        false,
        Accepted,
    ),
    column("survey", "trigger", &[], false, Full),
    column("survey", "save_to", &["save to"], false, Full),
    column("survey", "query", &[], false, Accepted),
    column("osm", "list_name", &["list name"], false, Full),
    column("osm", "name", &[], false, Full),
    column("osm", "label", &["caption"], true, Full),
    column("choices", "list_name", &["list name"], false, Full),
    column("choices", "name", &["value"], false, Full),
    column("choices", "label", &["caption"], true, Full),
    column("choices", "image", &["media::image"], true, Full),
    column("choices", "big-image", &["media::big-image"], true, Full),
    column("choices", "audio", &["media::audio"], true, Full),
    column("choices", "video", &["media::video"], true, Full),
    column(
        "settings",
        "form_id",
        &["id_string", "form id"],
        false,
        Full,
    ),
    column(
        "settings",
        "form_title",
        &["title", "form title"],
        true,
        Full,
    ),
    column("settings", "version", &[], false, Full),
    column(
        "settings",
        "default_language",
        &["default language"],
        false,
        Full,
    ),
    column("settings", "instance_name", &["instance name"], false, Full),
    column(
        "settings",
        "allow_choice_duplicates",
        &["allow choice duplicates"],
        false,
        Full,
    ),
    column("settings", "name", &[], false, Full),
    column("settings", "style", &[], false, Accepted),
    column("settings", "submission_url", &[], false, Accepted),
    column("settings", "auto_send", &[], false, Accepted),
    column("settings", "auto_delete", &[], false, Accepted),
    column("settings", "instance_xmlns", &[], false, Accepted),
    column("settings", "namespaces", &[], false, Accepted),
    column("settings", "client_editable", &[], false, Accepted),
    column("settings", "omit_instanceid", &[], false, Accepted),
    column("settings", "instance_id", &[], false, Accepted),
    column("settings", "clean_text_values", &[], false, Full),
    column("settings", "public_key", &[], false, Refused),
    column(
        "entities",
        "list_name",
        &["dataset", "list name"],
        false,
        Full,
    ),
    column("entities", "label", &[], false, Full),
    column("entities", "entity_id", &["entity id"], false, Full),
    column("entities", "create_if", &["create if"], false, Full),
    column("entities", "update_if", &["update if"], false, Full),
];
