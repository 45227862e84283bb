//! The visit: pages of questions, as the questionnaire's rules make them at this moment.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use ts_rs::TS;

/// Opens (or goes on with) the visit to a household, at a page.
#[derive(Debug, Clone, Deserialize, TS)]
pub struct VisitRequest {
    pub household: String,
    /// Page id; `None`: where the person was when the app was last open.
    #[serde(default)]
    pub page: Option<String>,
}

/// One answer. It is on disk when the reply arrives.
#[derive(Debug, Clone, Deserialize, TS)]
pub struct AnswerRequest {
    pub household: String,
    /// Page to give back after the answer.
    pub page: String,
    /// `field`, or `repeat/<uuid>/field` in an instance of a repeat, however deep it is nested.
    pub path: String,
    /// Empty clears the answer. select_multiple and rank: codes joined by a space. Date: `YYYY-MM-DD`.
    /// geopoint: `lat lon altitude accuracy`; geotrace and geoshape: such points joined by `; `.
    /// acknowledge: `OK`.
    pub value: String,
}

/// Several answers at once (as last time, copy from the previous member).
#[derive(Debug, Clone, Deserialize, TS)]
pub struct TakeOverRequest {
    pub household: String,
    /// Every empty question of this page gets the register's value.
    pub page: String,
}

/// A person joins the household.
#[derive(Debug, Clone, Deserialize, TS)]
pub struct AddMemberRequest {
    pub household: String,
}

/// A person entered by mistake is struck out (kept, marked) or taken back in.
/// Death and moving away are answers to `presence_status`, not removals.
#[derive(Debug, Clone, Deserialize, TS)]
pub struct RemoveMemberRequest {
    pub household: String,
    pub member: String,
    pub removed: bool,
    pub reason: String,
}

/// One more instance of a repeat.
#[derive(Debug, Clone, Deserialize, TS)]
pub struct AddInstanceRequest {
    pub household: String,
    /// Page to give back if the new instance has none of its own (it stands within this page).
    pub page: String,
    /// The repeat's name.
    pub repeat: String,
    /// The instance around it, for a nested repeat.
    #[serde(default)]
    pub parent: Option<String>,
}

/// An instance of a repeat that does not belong there is taken out, or taken back in. Nothing that is
/// part of the record is deleted: such an instance is struck out, and needs a reason.
#[derive(Debug, Clone, Deserialize, TS)]
pub struct RemoveInstanceRequest {
    pub household: String,
    /// Page to give back.
    pub page: String,
    pub repeat: String,
    pub instance: String,
    pub removed: bool,
    /// May be empty where `needs_reason` is false.
    #[serde(default)]
    pub reason: String,
}

/// Choices of a question that has too many to be given with it.
#[derive(Debug, Clone, Deserialize, TS)]
pub struct ChoicesRequest {
    pub household: String,
    pub page: String,
    pub path: String,
    /// Words of the label or the value, in any case, with or without accents. Empty: all choices.
    #[serde(default)]
    pub search: String,
    #[serde(default)]
    pub offset: u32,
    /// At most 200 come at once.
    pub limit: u32,
}

/// A piece of the choices that were asked for: those that begin with the words first, then those that
/// hold them.
#[derive(Debug, Clone, Serialize, TS)]
pub struct ChoicePage {
    pub choices: Vec<ChoiceItem>,
    /// How many fit altogether.
    pub total: u32,
}

/// The visit at one page.
#[derive(Debug, Clone, Serialize, TS)]
pub struct VisitView {
    pub household: String,
    /// Title for the top bar: the head's name or the address.
    pub title: String,
    /// A submission of another questionnaire, not a visit to a household of the register.
    pub survey: bool,
    /// Set when answers came from an earlier version: what no longer fits.
    pub carry_over: Option<super::CarryOver>,
    pub form_title: String,
    pub form_version: String,
    /// UTC, RFC 3339.
    pub started_at: String,
    /// Pages in order; those that do not apply now are left out.
    pub pages: Vec<PageSummary>,
    /// The page asked for.
    pub page: Page,
    /// Answers of this visit that are saved here and not sent yet.
    pub unsent_answers: u32,
    /// Set when a member or another instance was just added: its id.
    pub added_member: Option<String>,
    /// What the screen does besides asking while this form is open.
    pub background: Background,
}

/// What happens besides asking while a form is open, because its author wants it. The person is told.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, TS)]
pub struct Background {
    /// When which page is open is logged, and sent with the visit.
    pub logged: bool,
    /// So are answers as they were before and after.
    pub changes_logged: bool,
    /// Nothing can be answered before the person says who they are (`visit_identify`).
    pub wants_name: bool,
    /// Where the device is goes to `visit_locate`.
    pub locate: Option<Locating>,
    /// Sound is recorded from opening to leaving the form, and goes to `visit_attach`.
    pub record: Option<Recording>,
}

/// How often and how exactly the position is wanted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct Locating {
    pub high_accuracy: bool,
    /// Seconds.
    pub every: u32,
}

/// A recording made while the form is filled in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct Recording {
    pub path: String,
    /// `voice-only`, `low`, `normal`.
    pub quality: String,
    /// An earlier part of the visit was recorded already.
    pub stored: bool,
}

/// Where the device is now, or why that is not known.
#[derive(Debug, Clone, Deserialize, TS)]
pub struct LocateRequest {
    pub household: String,
    /// Degrees, degrees, metres, metres.
    #[serde(default)]
    pub latitude: Option<f64>,
    #[serde(default)]
    pub longitude: Option<f64>,
    #[serde(default)]
    pub altitude: Option<f64>,
    #[serde(default)]
    pub accuracy: Option<f64>,
    /// `denied`, `unavailable`; empty where it is known.
    #[serde(default)]
    pub problem: String,
}

/// Who fills the form in, in their own words.
#[derive(Debug, Clone, Deserialize, TS)]
pub struct IdentifyRequest {
    pub household: String,
    /// Page to give back.
    pub page: String,
    pub name: String,
}

/// Why answers of a form that had been put down before were changed.
#[derive(Debug, Clone, Deserialize, TS)]
pub struct ReasonRequest {
    pub household: String,
    pub reason: String,
}

/// A page in the jump list.
#[derive(Debug, Clone, Serialize, TS)]
pub struct PageSummary {
    /// Group's name, `members` for the roster, `members/<uuid>/<group>` for a member's page; a nested
    /// roster is `<repeat>/<uuid>/<inner repeat>`. To be given back as it is.
    pub id: String,
    pub label: String,
    /// The member that this page belongs to.
    pub member: Option<String>,
    /// The instance of a repeat that this page belongs to, in words (`Anak 2: Budi`); empty outside.
    pub instance: String,
    /// How many repeats stand around the page.
    pub depth: u32,
    /// Whether the page lists the instances of a repeat.
    pub is_roster: bool,
    /// Questions that apply now.
    pub questions: u32,
    pub answered: u32,
    /// Required and empty.
    pub missing: u32,
    /// Answers that break a rule.
    pub invalid: u32,
    /// Warnings shown on the page.
    pub warnings: u32,
    pub visited: bool,
    /// Questions of the verifier on the page that wait for an answer.
    pub comments: u32,
}

/// One page of questions, or the roster.
#[derive(Debug, Clone, Serialize, TS)]
pub struct Page {
    pub id: String,
    pub label: String,
    pub hint: String,
    /// As in the questionnaire for the group that the page is: `field-list`, `table-list`, `w4`, ...
    pub appearance: String,
    /// The instance of a repeat that this page belongs to, in words; empty outside.
    pub instance: String,
    /// Questions and notes in order; only those that apply now.
    pub items: Vec<Item>,
    /// On the page of a repeat: its instances.
    pub roster: Option<Vec<RosterMember>>,
    /// On the page of a repeat: which one.
    pub repeat: Option<RepeatPlace>,
    /// Repeats whose instances stand among the items of this page.
    pub inline: Vec<RepeatPlace>,
    /// Id of the next and previous page, as the rules stand now.
    pub next: Option<String>,
    pub previous: Option<String>,
    /// How many questions of this page are empty here but known from the register.
    pub can_take_over: u32,
}

/// A repeat at one place: in the form, or in one instance of the repeat around it.
#[derive(Debug, Clone, Serialize, TS)]
pub struct RepeatPlace {
    /// Its name.
    pub repeat: String,
    /// The instance around it.
    pub parent: Option<String>,
    pub label: String,
    pub appearance: String,
    /// The household's members: with presence, cards of people and their own commands.
    pub members: bool,
    /// People may add instances. Not where the questionnaire counts them (`repeat_count`).
    pub can_add: bool,
    /// How many instances there are, those struck out left aside.
    pub count: u32,
    /// Within a page: path of the item behind which the next instance would stand; empty: at the top.
    pub after: String,
}

/// How a question is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Widget {
    SelectOne,
    SelectMultiple,
    /// All choices put into an order.
    Rank,
    Text,
    Integer,
    Decimal,
    /// A number between the parameters `start` and `end`, by `step`; appearance `vertical`, `picker`,
    /// `rating`, `no-ticks`.
    Range,
    Date,
    Time,
    DateTime,
    Geopoint,
    /// A line of points.
    Geotrace,
    /// An area: a closed line of points.
    Geoshape,
    /// `OK` once it is ticked.
    Acknowledge,
    /// Text from a barcode or QR code; typed where there is no scanner.
    Barcode,
    Image,
    /// A photo that is drawn upon.
    Annotate,
    /// A drawing.
    Draw,
    Signature,
    Audio,
    Video,
    /// Any file.
    File,
    /// Sixteen digits: NIK or No. KK.
    IdNumber,
    /// Shown, not asked.
    Note,
    /// Shown, worked out by the questionnaire.
    Calculated,
}

/// A question or a note.
#[derive(Debug, Clone, Serialize, TS)]
pub struct Item {
    pub path: String,
    pub widget: Widget,
    /// As in the questionnaire: `warning`, `multiline`, `minimal`, `month-year`, ... separated by spaces.
    pub appearance: String,
    pub label: String,
    pub hint: String,
    /// The longer explanation (`guidance_hint`), to be unfolded.
    pub guidance: String,
    /// Column `parameters`: start, end, step, rows, max-pixels, capture-accuracy, ...
    pub parameters: BTreeMap<String, String>,
    /// Files of the questionnaire that go with the label.
    pub media: Media,
    /// Groups within the page that the item stands in, the outermost first; the page's own group is not
    /// among them.
    pub groups: Vec<GroupHead>,
    /// The instance of a repeat within the page that the item stands in.
    pub repeat: Option<RepeatHead>,
    pub required: bool,
    pub readonly: bool,
    pub value: String,
    /// The value in words (choice labels, local date).
    pub display: String,
    /// What the register says, in words; empty if it says nothing.
    pub previous: String,
    /// The raw value of the register.
    pub previous_value: String,
    /// The register says something else than the answer.
    pub changed: bool,
    /// What is wrong with the answer and what to do; empty if nothing is.
    pub error: String,
    /// What the number or date says, e.g. `Lahir 17 Agu 1985 - perempuan - Kab. Pesawaran`; empty if nothing.
    pub reading: String,
    /// After the filter, in the order of the list. Of more than 100 only the chosen ones are here; ask for
    /// the others with `visit_choices`.
    pub choices: Vec<ChoiceItem>,
    /// How many choices there are after the filter.
    pub choices_total: u32,
    /// Two people answered differently: see conflicts.
    pub conflict: bool,
    /// What was said about this answer, the oldest first.
    pub comments: Vec<super::ThreadEntry>,
}

/// One choice of a select question.
#[derive(Debug, Clone, Serialize, TS)]
pub struct ChoiceItem {
    pub value: String,
    pub label: String,
    pub media: Media,
    /// Where it lies, for a choice from a map: `lat lon altitude accuracy`, points of a line or an area
    /// joined by `;`; an area ends where it began. Empty where nothing is said.
    pub geometry: String,
}

/// Names of files that belong to the questionnaire; empty where there is none. Their content comes with
/// `form_media`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, TS)]
pub struct Media {
    pub image: String,
    pub big_image: String,
    pub audio: String,
    pub video: String,
}

/// A group within a page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct GroupHead {
    /// The same for all items of the group, and for no other group of the page.
    pub id: String,
    /// May be empty.
    pub label: String,
    pub appearance: String,
    /// On the group's first item: here its heading stands.
    pub first: bool,
}

/// An instance of a repeat within a page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct RepeatHead {
    /// Name of the repeat.
    pub repeat: String,
    /// Id of the instance.
    pub instance: String,
    pub label: String,
    /// From 1.
    pub number: u32,
    pub can_remove: bool,
    /// Taking it out needs a reason: it is part of the record.
    pub needs_reason: bool,
    /// On the instance's first item: here its heading stands.
    pub first: bool,
}

/// A member, or another instance of a repeat, on the roster's page.
#[derive(Debug, Clone, Serialize, TS)]
pub struct RosterMember {
    pub id: String,
    /// The member's name; of other repeats what the first answered question says.
    pub name: String,
    /// From 1.
    pub number: u32,
    pub can_remove: bool,
    /// Taking it out needs a reason: it is part of the record.
    pub needs_reason: bool,
    /// `Anak · laki-laki · 12 tahun`.
    pub summary: String,
    /// In words when other than living here; else empty.
    pub presence: String,
    pub removed: bool,
    /// Came in during this visit.
    pub added: bool,
    pub missing: u32,
    pub invalid: u32,
    /// First page of this member.
    pub first_page: Option<String>,
}

/// What stands in the way of submitting.
#[derive(Debug, Clone, Serialize, TS)]
pub struct VisitSummary {
    pub household: String,
    pub title: String,
    /// A submission of another questionnaire.
    pub survey: bool,
    pub ready: bool,
    pub problems: Vec<Problem>,
    pub warnings: Vec<Problem>,
    /// What this visit changes against the register.
    pub changes: Vec<super::ChangedField>,
    pub questions: u32,
    pub answered: u32,
    pub photos: u32,
    pub started_at: String,
}

/// Something missing or wrong, with the place to jump to.
#[derive(Debug, Clone, Serialize, TS)]
pub struct Problem {
    pub page: String,
    pub page_label: String,
    pub path: String,
    pub label: String,
    pub message: String,
    /// `missing`, `invalid`, `warning`.
    pub kind: String,
}

/// The visit was submitted on this device.
#[derive(Debug, Clone, Serialize, TS)]
pub struct Submitted {
    pub household: String,
    /// UTC, RFC 3339.
    pub at: String,
}

/// A photo or signature for a question. The image is checked, turned upright, shrunk, stripped of
/// its EXIF and on disk when the reply arrives.
#[derive(Debug, Clone, Deserialize, TS)]
pub struct PhotoRequest {
    pub household: String,
    pub page: String,
    pub path: String,
    /// The file's bytes, base64; at most 25 MB before encoding.
    pub data: String,
}

/// Asks for a stored photo.
#[derive(Debug, Clone, Deserialize, TS)]
pub struct PhotoFetch {
    /// `sha256:<hex>`, the question's value.
    pub photo: String,
    /// Longest side in pixels; the photo as it is without it.
    #[serde(default)]
    #[ts(optional)]
    pub size: Option<u32>,
}

/// A sound, a film or any other file for a question.
#[derive(Debug, Clone, Deserialize, TS)]
pub struct AttachRequest {
    pub household: String,
    pub page: String,
    pub path: String,
    /// The file's name as the person knows it.
    pub name: String,
    /// The file's bytes, base64; at most 25 MB before encoding.
    pub data: String,
}

/// Asks for a stored file.
#[derive(Debug, Clone, Deserialize, TS)]
pub struct AttachmentFetch {
    /// The question's value: `sha256:<hex>`.
    pub id: String,
}

/// A stored file.
#[derive(Debug, Clone, Serialize, TS)]
pub struct AttachmentData {
    pub name: String,
    /// `audio/mpeg`, ...
    pub mime: String,
    pub bytes: u32,
    /// `data:<mime>;base64,...`
    pub url: String,
}

/// Asks for a file that belongs to the questionnaire.
#[derive(Debug, Clone, Deserialize, TS)]
pub struct MediaRequest {
    pub household: String,
    /// As in [`Media`].
    pub file: String,
}

/// A file of the questionnaire.
#[derive(Debug, Clone, Serialize, TS)]
pub struct MediaData {
    /// `data:<mime>;base64,...`
    pub url: String,
}

/// A stored photo.
#[derive(Debug, Clone, Serialize, TS)]
pub struct PhotoData {
    /// `data:image/jpeg;base64,...`
    pub url: String,
}
