// Generated from crates/ipc: `cargo xtask bindings`. Do not edit.

export type Nothing = Record<symbol, never>;

export type Failure = { 
/**
 * Stable word for programs, e.g. `wrong_pin`.
 */
code: string, 
/**
 * What happened.
 */
message: string, 
/**
 * What to do.
 */
hint: string, 
/**
 * The field that it is about, if it is about one.
 */
path: string | null, };

export type Phase = "new" | "locked" | "ready";

export type Session = { phase: Phase, 
/**
 * `id` or `en`.
 */
language: string, 
/**
 * Name of the enumerator as enrolled; empty while locked or new.
 */
person: string, 
/**
 * Role as in the domain reference, e.g. `enumerator`.
 */
role: string, 
/**
 * Villages in scope: code and name.
 */
villages: Array<Village>, 
/**
 * Seconds to wait before another PIN may be tried; 0 when it may be tried now.
 */
wait_seconds: number, 
/**
 * Wrong PINs in a row so far.
 */
failed_pins: number, 
/**
 * Set when a damaged database was moved aside at start: the file's new name.
 */
damaged: string | null, 
/**
 * A questionnaire is shown to its author: nothing is kept, nothing is sent.
 */
preview: boolean, };

export type Village = { 
/**
 * Kemendagri code, `18.09.01.2001`.
 */
code: string, name: string, 
/**
 * Name of the kecamatan.
 */
district: string, };

export type EnrolRequest = { 
/**
 * `https://...` or, inside an office network, `http://...`.
 */
server: string, code: string, 
/**
 * At least six digits.
 */
pin: string, };

export type UnlockRequest = { pin: string, };

export type ChangePinRequest = { old: string, new: string, };

export type VisitState = "not_visited" | "in_progress" | "ready" | "sent" | "returned" | "verified" | "conflict" | "refused" | "not_found";

export type WorklistQuery = { 
/**
 * Searched in names, address, dusun, RT/RW (`rt 3`), No. KK and NIK; three characters or more, anywhere in a word.
 */
search: string, village: string | null, 
/**
 * Empty: all states.
 */
states: Array<VisitState>, offset: number, 
/**
 * At most 200.
 */
limit: number, };

export type Worklist = { 
/**
 * Households that match the query.
 */
total: number, rows: Array<WorklistRow>, 
/**
 * Households by state, in the chosen village, whatever the search.
 */
counts: Array<StateCount>, 
/**
 * Households in the chosen village.
 */
households: number, 
/**
 * Visits finished (ready, sent, verified, not found) in the chosen village.
 */
finished: number, 
/**
 * Households on this device with work that the server does not have yet.
 */
unsent: number, 
/**
 * Photos that the server does not have yet.
 */
unsent_photos: number, villages: Array<Village>, };

export type StateCount = { state: VisitState, households: number, };

export type WorklistRow = { id: string, 
/**
 * Name of the head of the family; empty when not known yet.
 */
head: string, address: string, 
/**
 * Dusun or SLS.
 */
sls: string, rt: string, rw: string, village: string, members: number, state: VisitState, 
/**
 * Work here that the server does not have yet.
 */
unsent: boolean, 
/**
 * Fields with two values that a person must settle.
 */
conflicts: number, 
/**
 * UTC, RFC 3339; empty if never visited.
 */
last_visit: string, 
/**
 * Programmes that the register knows, as short words: `PKH`, `Sembako`.
 */
programmes: Array<string>, 
/**
 * Its data are restricted on request: it is listed so that people know whom to leave alone.
 */
restricted: boolean, };

export type AddHouseholdRequest = { 
/**
 * One of the villages in scope.
 */
village: string, };

export type HouseholdAdded = { household: string, };

export type HouseholdRequest = { household: string, };

export type HouseholdView = { id: string, head: string, address: string, sls: string, rt: string, rw: string, 
/**
 * Village code and name.
 */
village: string, village_name: string, state: VisitState, unsent: boolean, conflicts: number, 
/**
 * Why the server refused work on this household, in words; empty if it did not.
 */
refusals: Array<string>, 
/**
 * Welfare decile of the register, empty if unranked.
 */
decile: string, programmes: Array<string>, 
/**
 * Date of the register's last update, ISO; may be empty.
 */
register_updated: string, members: Array<MemberRow>, 
/**
 * Newest first.
 */
history: Array<HistoryEntry>, 
/**
 * Latitude and longitude if known: `[-5.36, 105.1]`.
 */
position: [number, number] | null, 
/**
 * A verifier sent it back, and nobody has submitted it anew.
 */
returned: ReturnedView | null, 
/**
 * All of it is restricted on request: then nothing else of it is said here.
 */
restriction: RestrictionView | null, };

export type RestrictionView = { 
/**
 * As the office gave it.
 */
reason: string, 
/**
 * UTC, RFC 3339.
 */
since: string, };

export type MemberRow = { id: string, name: string, 
/**
 * Masked: first 6 and last 4 digits.
 */
nik: string, 
/**
 * In words, e.g. `Kepala keluarga`.
 */
relation: string, 
/**
 * In words, e.g. `Laki-laki`.
 */
sex: string, 
/**
 * Years; `None` when the birth date is not known.
 */
age: number | null, 
/**
 * In words when other than living here, e.g. `Meninggal`; else empty.
 */
presence: string, 
/**
 * Entered by mistake and struck out; kept, shown dimmed.
 */
removed: boolean, 
/**
 * This person's data are restricted on request: only the name is said.
 */
restriction: RestrictionView | null, };

export type HistoryEntry = { 
/**
 * UTC, RFC 3339, by the author's clock.
 */
at: string, author: string, 
/**
 * `register`, `visit`, `submitted`, `settled`.
 */
kind: string, 
/**
 * The server has it.
 */
sent: boolean, 
/**
 * Refused by the server.
 */
refused: boolean, fields: Array<ChangedField>, };

export type ChangedField = { path: string, 
/**
 * The question's label, with the member's name in front where it belongs to one.
 */
label: string, old: string, new: string, };

export type VisitRequest = { household: string, 
/**
 * Page id; `None`: where the person was when the app was last open.
 */
page: string | null, };

export type AnswerRequest = { household: string, 
/**
 * Page to give back after the answer.
 */
page: string, 
/**
 * `field`, or `repeat/<uuid>/field` in an instance of a repeat, however deep it is nested.
 */
path: string, 
/**
 * Empty clears the answer. select_multiple and rank: codes joined by a space. Date: `YYYY-MM-DD`.
 * geopoint: `lat lon altitude accuracy`; geotrace and geoshape: such points joined by `; `.
 * acknowledge: `OK`.
 */
value: string, };

export type Background = { 
/**
 * When which page is open is logged, and sent with the visit.
 */
logged: boolean, 
/**
 * So are answers as they were before and after.
 */
changes_logged: boolean, 
/**
 * Nothing can be answered before the person says who they are (`visit_identify`).
 */
wants_name: boolean, 
/**
 * Where the device is goes to `visit_locate`.
 */
locate: Locating | null, 
/**
 * Sound is recorded from opening to leaving the form, and goes to `visit_attach`.
 */
record: Recording | null, };

export type Locating = { high_accuracy: boolean, 
/**
 * Seconds.
 */
every: number, };

export type Recording = { path: string, 
/**
 * `voice-only`, `low`, `normal`.
 */
quality: string, 
/**
 * An earlier part of the visit was recorded already.
 */
stored: boolean, };

export type LocateRequest = { household: string, 
/**
 * Degrees, degrees, metres, metres.
 */
latitude: number | null, longitude: number | null, altitude: number | null, accuracy: number | null, 
/**
 * `denied`, `unavailable`; empty where it is known.
 */
problem: string, };

export type IdentifyRequest = { household: string, 
/**
 * Page to give back.
 */
page: string, name: string, };

export type ReasonRequest = { household: string, reason: string, };

export type TakeOverRequest = { household: string, 
/**
 * Every empty question of this page gets the register's value.
 */
page: string, };

export type AddMemberRequest = { household: string, };

export type RemoveMemberRequest = { household: string, member: string, removed: boolean, reason: string, };

export type AddInstanceRequest = { household: string, 
/**
 * Page to give back if the new instance has none of its own (it stands within this page).
 */
page: string, 
/**
 * The repeat's name.
 */
repeat: string, 
/**
 * The instance around it, for a nested repeat.
 */
parent: string | null, };

export type RemoveInstanceRequest = { household: string, 
/**
 * Page to give back.
 */
page: string, repeat: string, instance: string, removed: boolean, 
/**
 * May be empty where `needs_reason` is false.
 */
reason: string, };

export type ChoicesRequest = { household: string, page: string, path: string, 
/**
 * Words of the label or the value, in any case, with or without accents. Empty: all choices.
 */
search: string, offset: number, 
/**
 * At most 200 come at once.
 */
limit: number, };

export type ChoicePage = { choices: Array<ChoiceItem>, 
/**
 * How many fit altogether.
 */
total: number, };

export type VisitView = { household: string, 
/**
 * Title for the top bar: the head's name or the address.
 */
title: string, 
/**
 * A submission of another questionnaire, not a visit to a household of the register.
 */
survey: boolean, 
/**
 * Set when answers came from an earlier version: what no longer fits.
 */
carry_over: CarryOver | null, form_title: string, form_version: string, 
/**
 * UTC, RFC 3339.
 */
started_at: string, 
/**
 * Pages in order; those that do not apply now are left out.
 */
pages: Array<PageSummary>, 
/**
 * The page asked for.
 */
page: Page, 
/**
 * Answers of this visit that are saved here and not sent yet.
 */
unsent_answers: number, 
/**
 * Set when a member or another instance was just added: its id.
 */
added_member: string | null, 
/**
 * What the screen does besides asking while this form is open.
 */
background: Background, };

export type PageSummary = { 
/**
 * Group's name, `members` for the roster, `members/<uuid>/<group>` for a member's page; a nested
 * roster is `<repeat>/<uuid>/<inner repeat>`. To be given back as it is.
 */
id: string, label: string, 
/**
 * The member that this page belongs to.
 */
member: string | null, 
/**
 * The instance of a repeat that this page belongs to, in words (`Anak 2: Budi`); empty outside.
 */
instance: string, 
/**
 * How many repeats stand around the page.
 */
depth: number, 
/**
 * Whether the page lists the instances of a repeat.
 */
is_roster: boolean, 
/**
 * Questions that apply now.
 */
questions: number, answered: number, 
/**
 * Required and empty.
 */
missing: number, 
/**
 * Answers that break a rule.
 */
invalid: number, 
/**
 * Warnings shown on the page.
 */
warnings: number, visited: boolean, 
/**
 * Questions of the verifier on the page that wait for an answer.
 */
comments: number, };

export type Page = { id: string, label: string, hint: string, 
/**
 * As in the questionnaire for the group that the page is: `field-list`, `table-list`, `w4`, ...
 */
appearance: string, 
/**
 * The instance of a repeat that this page belongs to, in words; empty outside.
 */
instance: string, 
/**
 * Questions and notes in order; only those that apply now.
 */
items: Array<Item>, 
/**
 * On the page of a repeat: its instances.
 */
roster: Array<RosterMember> | null, 
/**
 * On the page of a repeat: which one.
 */
repeat: RepeatPlace | null, 
/**
 * Repeats whose instances stand among the items of this page.
 */
inline: Array<RepeatPlace>, 
/**
 * Id of the next and previous page, as the rules stand now.
 */
next: string | null, previous: string | null, 
/**
 * How many questions of this page are empty here but known from the register.
 */
can_take_over: number, };

export type RepeatPlace = { 
/**
 * Its name.
 */
repeat: string, 
/**
 * The instance around it.
 */
parent: string | null, label: string, appearance: string, 
/**
 * The household's members: with presence, cards of people and their own commands.
 */
members: boolean, 
/**
 * People may add instances. Not where the questionnaire counts them (`repeat_count`).
 */
can_add: boolean, 
/**
 * How many instances there are, those struck out left aside.
 */
count: number, 
/**
 * Within a page: path of the item behind which the next instance would stand; empty: at the top.
 */
after: string, };

export type Widget = "select_one" | "select_multiple" | "rank" | "text" | "integer" | "decimal" | "range" | "date" | "time" | "date_time" | "geopoint" | "geotrace" | "geoshape" | "acknowledge" | "barcode" | "image" | "annotate" | "draw" | "signature" | "audio" | "video" | "file" | "id_number" | "note" | "calculated";

export type Item = { path: string, widget: Widget, 
/**
 * As in the questionnaire: `warning`, `multiline`, `minimal`, `month-year`, ... separated by spaces.
 */
appearance: string, label: string, hint: string, 
/**
 * The longer explanation (`guidance_hint`), to be unfolded.
 */
guidance: string, 
/**
 * Column `parameters`: start, end, step, rows, max-pixels, capture-accuracy, ...
 */
parameters: { [key in string]: string }, 
/**
 * Files of the questionnaire that go with the label.
 */
media: Media, 
/**
 * Groups within the page that the item stands in, the outermost first; the page's own group is not
 * among them.
 */
groups: Array<GroupHead>, 
/**
 * The instance of a repeat within the page that the item stands in.
 */
repeat: RepeatHead | null, required: boolean, readonly: boolean, value: string, 
/**
 * The value in words (choice labels, local date).
 */
display: string, 
/**
 * What the register says, in words; empty if it says nothing.
 */
previous: string, 
/**
 * The raw value of the register.
 */
previous_value: string, 
/**
 * The register says something else than the answer.
 */
changed: boolean, 
/**
 * What is wrong with the answer and what to do; empty if nothing is.
 */
error: string, 
/**
 * What the number or date says, e.g. `Lahir 17 Agu 1985 - perempuan - Kab. Pesawaran`; empty if nothing.
 */
reading: string, 
/**
 * After the filter, in the order of the list. Of more than 100 only the chosen ones are here; ask for
 * the others with `visit_choices`.
 */
choices: Array<ChoiceItem>, 
/**
 * How many choices there are after the filter.
 */
choices_total: number, 
/**
 * Two people answered differently: see conflicts.
 */
conflict: boolean, 
/**
 * What was said about this answer, the oldest first.
 */
comments: Array<ThreadEntry>, };

export type ChoiceItem = { value: string, label: string, media: Media, 
/**
 * Where it lies, for a choice from a map: `lat lon altitude accuracy`, points of a line or an area
 * joined by `;`; an area ends where it began. Empty where nothing is said.
 */
geometry: string, };

export type Media = { image: string, big_image: string, audio: string, video: string, };

export type GroupHead = { 
/**
 * The same for all items of the group, and for no other group of the page.
 */
id: string, 
/**
 * May be empty.
 */
label: string, appearance: string, 
/**
 * On the group's first item: here its heading stands.
 */
first: boolean, };

export type RepeatHead = { 
/**
 * Name of the repeat.
 */
repeat: string, 
/**
 * Id of the instance.
 */
instance: string, label: string, 
/**
 * From 1.
 */
number: number, can_remove: boolean, 
/**
 * Taking it out needs a reason: it is part of the record.
 */
needs_reason: boolean, 
/**
 * On the instance's first item: here its heading stands.
 */
first: boolean, };

export type RosterMember = { id: string, 
/**
 * The member's name; of other repeats what the first answered question says.
 */
name: string, 
/**
 * From 1.
 */
number: number, can_remove: boolean, 
/**
 * Taking it out needs a reason: it is part of the record.
 */
needs_reason: boolean, 
/**
 * `Anak · laki-laki · 12 tahun`.
 */
summary: string, 
/**
 * In words when other than living here; else empty.
 */
presence: string, removed: boolean, 
/**
 * Came in during this visit.
 */
added: boolean, missing: number, invalid: number, 
/**
 * First page of this member.
 */
first_page: string | null, };

export type VisitSummary = { household: string, title: string, 
/**
 * A submission of another questionnaire.
 */
survey: boolean, ready: boolean, problems: Array<Problem>, warnings: Array<Problem>, 
/**
 * What this visit changes against the register.
 */
changes: Array<ChangedField>, questions: number, answered: number, photos: number, started_at: string, };

export type Problem = { page: string, page_label: string, path: string, label: string, message: string, 
/**
 * `missing`, `invalid`, `warning`.
 */
kind: string, };

export type Submitted = { household: string, 
/**
 * UTC, RFC 3339.
 */
at: string, };

export type PhotoRequest = { household: string, page: string, path: string, 
/**
 * The file's bytes, base64; at most 25 MB before encoding.
 */
data: string, };

export type PhotoFetch = { 
/**
 * `sha256:<hex>`, the question's value.
 */
photo: string, 
/**
 * Longest side in pixels; the photo as it is without it.
 */
size?: number, };

export type PhotoData = { 
/**
 * `data:image/jpeg;base64,...`
 */
url: string, };

export type AttachRequest = { household: string, page: string, path: string, 
/**
 * The file's name as the person knows it.
 */
name: string, 
/**
 * The file's bytes, base64; at most 25 MB before encoding.
 */
data: string, };

export type AttachmentFetch = { 
/**
 * The question's value: `sha256:<hex>`.
 */
id: string, };

export type AttachmentData = { name: string, 
/**
 * `audio/mpeg`, ...
 */
mime: string, bytes: number, 
/**
 * `data:<mime>;base64,...`
 */
url: string, };

export type MediaRequest = { household: string, 
/**
 * As in [`Media`].
 */
file: string, };

export type MediaData = { 
/**
 * `data:<mime>;base64,...`
 */
url: string, };

export type SyncPhase = "idle" | "connecting" | "sending" | "receiving" | "checking" | "sending_photos" | "receiving_photos" | "done" | "cancelled" | "failed";

export type SyncStatus = { phase: SyncPhase, 
/**
 * Households sent and to send, received and to receive.
 */
households_sent: number, households_to_send: number, households_received: number, households_to_receive: number, photos_sent: number, photos_to_send: number, 
/**
 * Photos of other devices that came, and how many there are to come, these included.
 */
photos_received: number, photos_to_receive: number, bytes_up: number, bytes_down: number, 
/**
 * The last finished exchange, this one included.
 */
report: SyncReport | null, 
/**
 * Set in phase `failed`: what happened and what to do, in words.
 */
problem: SyncProblem | null, 
/**
 * UTC, RFC 3339, of the last exchange that ended in agreement; empty if none.
 */
last_success: string, 
/**
 * Something was ever made on this device: only then is there anything that the district could confirm.
 */
made_here: boolean, server: string, 
/**
 * What waits here now.
 */
unsent_households: number, unsent_photos: number, 
/**
 * Submissions of other questionnaires.
 */
unsent_surveys: number, 
/**
 * Households refused by the server.
 */
refused_households: number, 
/**
 * Refused edits that the person has not dealt with, and proposals of others that wait for an answer here.
 */
proposals: number, conflicts: number, 
/**
 * Of the households that wait: those that a hub has and the district does not.
 */
at_hub_households: number, 
/**
 * Of the households that wait: those that are in the newest courier file.
 */
in_file_households: number, 
/**
 * Name of the hub of this exchange, running or ended; empty: the district.
 */
hub: string, 
/**
 * Records that moved because a village was split or merged.
 */
moves: Array<MovedRecords>, 
/**
 * Hubs on the network and those that were used before.
 */
hubs: Array<HubSeen>, };

export type ExchangeEntry = { 
/**
 * UTC, RFC 3339.
 */
at: string, 
/**
 * Whether both sides hold the same since then: the work is safe.
 */
agreed: boolean, 
/**
 * Whether it came to its end; if not, `words` says why.
 */
ended: boolean, 
/**
 * With whom: the server's address, or the hub's name.
 */
with: string, 
/**
 * Households sent, received, refused.
 */
pushed: number, pulled: number, refused: number, bytes: number, 
/**
 * The receipt's code; empty if there is none.
 */
receipt_code: string, 
/**
 * What there is to say: why it failed, or what to know.
 */
words: Array<string>, };

export type SyncReport = { pushed: number, pulled: number, refused: number, bytes_up: number, bytes_down: number, photo_bytes_up: number, 
/**
 * Photos of other devices that came.
 */
photos_received: number, photo_bytes_down: number, requests: number, 
/**
 * Both sides hold the same.
 */
agreed: boolean, 
/**
 * Proof, signed by the server; empty if they did not agree.
 */
receipt: string, 
/**
 * Short form of the receipt for reading aloud, e.g. `7F3A-91C2`.
 */
receipt_code: string, 
/**
 * UTC, RFC 3339.
 */
at: string, 
/**
 * Seconds that this device's clock is ahead of the server's (negative: behind); 0 if within two minutes.
 */
clock_offset_seconds: number, 
/**
 * Name of the hub at which it was; empty: with the district. What is at a hub is not safe yet.
 */
hub: string, 
/**
 * Sentences for the person, e.g. about a wrong clock.
 */
notices: Array<string>, };

export type SyncProblem = { code: string, message: string, hint: string, };

export type ConflictView = { household: string, 
/**
 * Head of the household.
 */
head: string, address: string, path: string, 
/**
 * The question's label, with the member's name in front where it belongs to one.
 */
label: string, widget: Widget, choices: Array<ChoiceItem>, 
/**
 * What the register said before, in words.
 */
register: string, 
/**
 * Two or more different values.
 */
values: Array<ConflictValue>, 
/**
 * Stands for exactly these values: goes back with a choice, so that nobody overrules what they did not see.
 */
seen: string, };

export type ConflictValue = { value: string, 
/**
 * In words; files of one kind are told apart by the beginning of their name.
 */
display: string, 
/**
 * What kind of file it names: `photo` (to be looked at with the command `photo`), `audio`, `video`, `file`; empty for
 * what is no file.
 */
file: string, author: string, 
/**
 * Short name of the device.
 */
device: string, 
/**
 * UTC, RFC 3339, by the author's clock.
 */
at: string, 
/**
 * Written on this device.
 */
mine: boolean, };

export type Preview = { active: boolean, 
/**
 * Name of the questionnaire's file.
 */
file: string, 
/**
 * Grows whenever the file (or one beside it) was saved and read again.
 */
generation: number, 
/**
 * The empty record that is filled in.
 */
household: string, 
/**
 * Languages of the questionnaire; none if it has only one without a name.
 */
languages: Array<PreviewLanguage>, 
/**
 * Code of the one that is shown.
 */
language: string, 
/**
 * What is wrong: as long as there is something, the form of before is kept but not shown.
 */
errors: Array<FormProblem>, 
/**
 * What is doubtful.
 */
warnings: Array<FormProblem>, 
/**
 * Files that the questionnaire names and that are not there.
 */
missing_files: Array<string>, 
/**
 * Answers given before that the file as it is now has no question for, by path.
 */
dropped: Array<string>, };

export type PreviewLanguage = { code: string, name: string, };

export type FormProblem = { 
/**
 * Name of the sheet; empty if it stands in none.
 */
sheet: string, 
/**
 * From 1; 0 if it is not known.
 */
row: number, 
/**
 * Heading as written; may be empty.
 */
column: string, message: string, };

export type PreviewLanguageRequest = { 
/**
 * Its code.
 */
language: string, };

export type NamedQuestion = { path: string, 
/**
 * Column `name`.
 */
name: string, 
/**
 * Column `type`, as far as it is known: `select_one`, `integer`, ...
 */
kind: string, sheet: string, 
/**
 * From 1; 0 if it is not known.
 */
row: number, 
/**
 * The stored value.
 */
value: string, 
/**
 * It stands on the screen now; otherwise it is computed, hidden or does not apply.
 */
shown: boolean, 
/**
 * Filled cells by column: `relevant`, `constraint`, `calculation`, ...
 */
cells: { [key in string]: string }, };

export type NamedPage = { questions: Array<NamedQuestion>, };

export type ResolveRequest = { household: string, path: string, 
/**
 * One of the values, or a third.
 */
value: string, 
/**
 * Why; at least three characters.
 */
reason: string, 
/**
 * [`ConflictView::seen`].
 */
seen: string, };

export type Settings = { 
/**
 * `id` or `en`.
 */
language: string, 
/**
 * `light`, `dark`, `system`.
 */
theme: string, server: string, person: string, role: string, device: string, form_title: string, form_version: string, app_version: string, 
/**
 * Free space for photos and data, bytes.
 */
free_bytes: number, households: number, database_bytes: number, 
/**
 * Past exchanges, newest first, at most 50.
 */
log: Array<SyncLogEntry>, };

export type SyncLogEntry = { 
/**
 * UTC, RFC 3339.
 */
at: string, ok: boolean, text: string, receipt_code: string, };

export type SettingsChange = { language: string | null, theme: string | null, };

export type FormEntry = { 
/**
 * Its identifier.
 */
form: string, 
/**
 * The version that new visits use; empty if none can be used here.
 */
version: string, title: string, 
/**
 * A submission belongs to a village, not to a household of the register.
 */
survey: boolean, 
/**
 * Questions that people answer.
 */
questions: number, 
/**
 * Whether it can be filled in here.
 */
usable: boolean, 
/**
 * The version that is current and not in use here yet; empty if there is none.
 */
waiting: string, 
/**
 * Why this program cannot use that version; empty if it was only not fetched.
 */
problem: string, 
/**
 * All versions on this device.
 */
versions: Array<string>, };

export type SurveyQuery = { 
/**
 * Only of this questionnaire.
 */
form: string | null, };

export type SurveyList = { 
/**
 * Questionnaires other than the household visit.
 */
forms: Array<FormEntry>, 
/**
 * The newest first.
 */
rows: Array<SurveyRow>, 
/**
 * Submissions with work that the server does not have yet.
 */
unsent: number, 
/**
 * Where one can begin.
 */
villages: Array<Village>, };

export type SurveyRow = { id: string, form: string, form_title: string, 
/**
 * Version with which it was filled in last; empty if nobody did.
 */
form_version: string, 
/**
 * What the questionnaire calls it; may be empty.
 */
name: string, village: string, village_name: string, 
/**
 * Who filled it in last.
 */
person: string, state: VisitState, unsent: boolean, conflicts: number, 
/**
 * UTC, RFC 3339; empty if it was only begun.
 */
last_visit: string, };

export type NewSurveyRequest = { 
/**
 * A questionnaire of [`SurveyList::forms`].
 */
form: string, 
/**
 * One of the villages in scope.
 */
village: string, };

export type CarryOver = { form: string, 
/**
 * Version of the newest visit before; empty if there was none.
 */
from_version: string, to_version: string, 
/**
 * Answers that fit.
 */
carried: number, 
/**
 * Answers that do not. All are kept.
 */
problems: Array<CarryProblem>, };

export type CarryProblem = { path: string, label: string, 
/**
 * In words; numbers of people masked.
 */
value: string, 
/**
 * `question_gone`, `type_changed`, `choice_gone`, `value_invalid`.
 */
reason: string, 
/**
 * The reason in words, and what to do.
 */
message: string, };

export type MapFile = { 
/**
 * Its name, `.pmtiles` included.
 */
name: string, bytes: number, };

export type MapPiece = { name: string, 
/**
 * Where the piece begins; 0 starts anew.
 */
offset: number, 
/**
 * Bytes of the whole file.
 */
total: number, 
/**
 * The bytes, base64; at most 25 MB before encoding.
 */
data: string, };

export type MapStored = { stored: number, };

export type MapRange = { name: string, offset: number, 
/**
 * At most 4 MiB come at once.
 */
length: number, };

export type MapBytes = { 
/**
 * base64
 */
data: string, };

export type MapName = { name: string, };

export type ProposalList = { 
/**
 * Of this device, the newest first.
 */
mine: Array<ProposalView>, 
/**
 * Of others, for who may take them.
 */
received: Array<ReceivedProposal>, };

export type ProposalView = { id: string, household: string, 
/**
 * Head of the household, or the questionnaire's title.
 */
head: string, address: string, 
/**
 * `field_answers`, `verification`, `administration`.
 */
document: string, 
/**
 * Stable word, e.g. `record_closed`.
 */
code: string, 
/**
 * Why it was refused, and what to do, in words.
 */
reason: string, 
/**
 * UTC, RFC 3339: when the person made them.
 */
at: string, 
/**
 * What was answered, bookkeeping left out.
 */
fields: Array<ChangedField>, 
/**
 * `open`, `sent`, `corrected`, `discarded`.
 */
state: string, 
/**
 * Why it cannot be sent to someone who may, in words; empty when it can.
 */
cannot_send: string, 
/**
 * Why it cannot be answered anew, in words; empty when it can. Of a pair: why it cannot be decided again.
 */
cannot_correct: string, 
/**
 * What it is about, where it is a decision about a pair: discarding takes it back.
 */
pair: RefusedDecision | null, };

export type ReceivedProposal = { id: string, household: string, head: string, address: string, 
/**
 * Who proposes it.
 */
person: string, 
/**
 * UTC, RFC 3339.
 */
at: string, 
/**
 * Why the server refused it, in words.
 */
reason: string, 
/**
 * What the person says about it; may be empty.
 */
note: string, fields: Array<ChangedField>, };

export type ProposalRequest = { proposal: string, };

export type SendProposalRequest = { proposal: string, 
/**
 * What to say about it; may be empty.
 */
note: string, };

export type AnswerProposalRequest = { household: string, proposal: string, 
/**
 * Take the edits over into the record.
 */
take: boolean, note: string, };

export type ProposalOpened = { household: string, 
/**
 * Path of the first question; may be empty.
 */
path: string, };

export type SyncStart = { 
/**
 * A hub's address or code; empty: the district, or a hub when the district is away.
 */
place: string, };

export type MovedRecords = { 
/**
 * Name of the village before, or its code.
 */
from: string, 
/**
 * Name of the village after.
 */
to: string, records: number, 
/**
 * How many of them are on this device.
 */
here: number, 
/**
 * Whether the village after is this device's too.
 */
mine: boolean, 
/**
 * UTC, RFC 3339.
 */
at: string, };

export type HubSeen = { name: string, address: string, 
/**
 * It answers on this network now.
 */
nearby: boolean, 
/**
 * UTC, RFC 3339, of the last exchange there; empty if none.
 */
last: string, };

export type HubPhoto = { data: string, };

export type HubCode = { address: string, };

export type CourierWritten = { 
/**
 * Where it lies.
 */
path: string, bytes: number, 
/**
 * Households with something in it.
 */
households: number, photos: number, };

export type CourierFile = { data: string, };

export type CourierTaken = { 
/**
 * Things that the district answered for.
 */
things: number, refused: number, 
/**
 * What waits here now.
 */
unsent_households: number, };

export type SuspicionKind = "within_household" | "same_family_card" | "two_families" | "two_villages" | "two_districts" | "shared_nik" | "couple_aided_apart" | "dead_receiving" | "couple_on_lists" | "dead_on_list" | "registered_elsewhere";

export type PairState = "open" | "disputed" | "unfinished" | "same" | "two_families" | "different";

export type PairVerdict = "same" | "two_families" | "different";

export type DuplicatesQuery = { 
/**
 * Also what was decided and needs nobody any more.
 */
all: boolean, village: string | null, 
/**
 * Only those with a person of this household.
 */
household: string | null, 
/**
 * Empty: all.
 */
kinds: Array<SuspicionKind>, 
/**
 * Part of a name.
 */
search: string, offset: number, 
/**
 * At most 200; 0 is 50.
 */
limit: number, };

export type Duplicates = { 
/**
 * How many match.
 */
total: number, rows: Array<PairRow>, 
/**
 * What waits for a person, by kind; the filter does not change it.
 */
waiting: Array<KindCount>, 
/**
 * NIKs that so many hold that listing every pair would help nobody.
 */
clusters: Array<NikCluster>, 
/**
 * Persons looked at so far, of all on this device. Less than all: the search goes on in the background.
 */
looked: number, persons: number, 
/**
 * Why this person may not decide, in words; empty when they may.
 */
closed: string, };

export type KindCount = { kind: SuspicionKind, 
/**
 * In words.
 */
words: string, pairs: number, };

export type NikCluster = { 
/**
 * Masked.
 */
nik: string, persons: number, 
/**
 * The first of them, at most 20.
 */
some: Array<PersonLine>, };

export type PairRow = { 
/**
 * The same on every device.
 */
id: string, kind: SuspicionKind, 
/**
 * The kind in words, e.g. `tercatat di dua keluarga dalam satu desa`.
 */
words: string, state: PairState, 
/**
 * That they are one person, in percent, 0 to 100.
 */
percent: number, left: PersonLine, 
/**
 * Empty ids where the suspicion is about one person.
 */
right: PersonLine, 
/**
 * The strongest reasons in a few words, e.g. `NIK sama, nama ejaan lain`.
 */
because: string, 
/**
 * Who decided last; empty when nobody has.
 */
author: string, 
/**
 * UTC, RFC 3339, of that decision.
 */
at: string, 
/**
 * This person's own decision about it was refused by the server.
 */
refused: boolean, };

export type PersonLine = { household: string, member: string, name: string, 
/**
 * Masked; empty when there is none.
 */
nik: string, 
/**
 * ISO; may be empty.
 */
birth_date: string, 
/**
 * Head of the household.
 */
head: string, address: string, rt: string, rw: string, village_name: string, 
/**
 * Struck out as a duplicate.
 */
gone: boolean, };

export type PairRequest = { pair: string, };

export type PairView = { row: PairRow, 
/**
 * Stands for exactly what is shown: goes back with a decision, so that nobody decides on what they did not see.
 */
seen: string, 
/**
 * The members' answers in the order of the questionnaire, then those of their households; answers that
 * both lack are left out.
 */
fields: Array<PairField>, 
/**
 * The strongest first.
 */
reasons: Array<PairReason>, 
/**
 * The newest first.
 */
decisions: Array<PairDecision>, 
/**
 * Where decisions contradict each other: the pairs of the chain, any of which may be decided anew.
 */
chain: Array<PairRow>, 
/**
 * Verdicts that fit. Empty when this person may not decide.
 */
verdicts: Array<PairVerdict>, 
/**
 * Which record the core proposes to keep: 1 left, 2 right.
 */
keep: number, 
/**
 * Why this person may not decide, in words; empty when they may.
 */
closed: string, 
/**
 * What this person decided here and the server refused, until it is taken back or decided again.
 */
refused: RefusedDecision | null, 
/**
 * What to do about it, in words; empty where the choice of verdicts says it all.
 */
advice: string, };

export type PairField = { 
/**
 * Name of the question, which [`DecidePairRequest::take`] takes; empty where it cannot be taken over.
 */
field: string, label: string, 
/**
 * In words; numbers masked.
 */
left: string, right: string, differs: boolean, };

export type PairReason = { 
/**
 * `nik`, `name`, `birth_date`, `sex`, `mother`, `no_kk`, `village`, `address`; of findings the programme.
 */
field: string, 
/**
 * The field in words, e.g. `Nama`.
 */
label: string, 
/**
 * Stable word, e.g. `spelling`.
 */
code: string, 
/**
 * In words, e.g. `ejaan lain`.
 */
words: string, 
/**
 * Evidence in bits, positive for one person: 10 are odds of a thousand to one.
 */
bits: number, };

export type PairDecision = { verdict: PairVerdict, 
/**
 * In words.
 */
title: string, reason: string, 
/**
 * Which record stays: 1 left, 2 right; 0 where none goes.
 */
keep: number, 
/**
 * Labels of what was taken from the one that goes.
 */
taken: Array<string>, author: string, 
/**
 * Short name of the device.
 */
device: string, 
/**
 * UTC, RFC 3339, by the author's clock.
 */
at: string, 
/**
 * It counts now.
 */
counts: boolean, 
/**
 * Refused by the server.
 */
refused: boolean, };

export type RefusedDecision = { 
/**
 * To take it back: discarding this proposal.
 */
proposal: string, 
/**
 * The pair, to decide again.
 */
pair: string, 
/**
 * The two, or the one, that it is about; only those who are here.
 */
people: Array<PersonLine>, 
/**
 * The verdict in words.
 */
title: string, 
/**
 * Head of the household whose record was to stay; empty where none goes.
 */
keeps: string, reason: string, 
/**
 * Why the server refused it, in words.
 */
why: string, 
/**
 * UTC, RFC 3339.
 */
at: string, 
/**
 * It counts all the same, because one of the two households has it: only deciding again changes that.
 */
stands: boolean, 
/**
 * What counts about the pair by now, and who decided it; empty: nothing.
 */
now: string, };

export type DecidePairRequest = { pair: string, 
/**
 * [`PairView::seen`].
 */
seen: string, verdict: PairVerdict, 
/**
 * With `same`: which record stays, 1 left, 2 right.
 */
keep: number, 
/**
 * With `same`: names of questions whose answer is taken from the one that goes.
 */
take: Array<string>, 
/**
 * Why; at least three characters.
 */
reason: string, };

export type CheckPersonRequest = { household: string, 
/**
 * The member being entered, who is never a hit; empty for a person who is not a member yet.
 */
member: string, 
/**
 * Answers as far as typed, by question: `name`, `nik`, `birth_date`, `sex`, `mother_maiden_name`. A NIK may be
 * unfinished from eight digits on, and so may the last word of a name. What is left out is taken from the open visit.
 */
typed: { [key in string]: string }, };

export type PersonCheck = { alike: Array<Alike>, 
/**
 * The index of persons is being made: ask again in a moment.
 */
preparing: boolean, };

export type Alike = { person: PersonLine, 
/**
 * In percent.
 */
percent: number, 
/**
 * In the same household.
 */
here: boolean, 
/**
 * In words, e.g. `NIK sama, nama ejaan lain`.
 */
because: string, };

export type RulesView = { 
/**
 * The district's number of the publication; 0: those of the country.
 */
version: number, 
/**
 * ISO date from which they hold.
 */
from: string, 
/**
 * ISO date from which others hold; empty: none are known.
 */
next: string, 
/**
 * Laws and decrees.
 */
source: string, 
/**
 * The decree of the formula of need.
 */
formula: string, 
/**
 * Data are verified at least this often, in years.
 */
overdue_years: number, 
/**
 * Day of the month on which the ministry takes over what changed.
 */
cutoff_day: number, 
/**
 * An objection that nobody verified lapses after so many days.
 */
objection_days: number, 
/**
 * Of those invited to a village meeting, in percent.
 */
quorum_percent: number, 
/**
 * A visit farther than this from the household's known place is looked at, in metres.
 */
far_metres: number, return_reasons: Array<ReasonChoice>, removal_reasons: Array<ReasonChoice>, };

export type DeskReason = "contested" | "conflict" | "proposal" | "duplicate" | "check" | "eligibility" | "overdue" | "submitted" | "returned";

export type DeskQuery = { 
/**
 * As in the worklist.
 */
search: string, village: string | null, 
/**
 * Empty: all that wait for a person at this desk (everything but `returned`).
 */
reasons: Array<DeskReason>, 
/**
 * Only visits of this person; empty: of all.
 */
enumerator: string, offset: number, 
/**
 * At most 200.
 */
limit: number, };

export type Desk = { 
/**
 * Households that match.
 */
total: number, rows: Array<DeskRow>, 
/**
 * Households by reason; one household may count under several.
 */
counts: Array<ReasonCount>, 
/**
 * Households decided on since the last village meeting or ever: verified, or further.
 */
done: number, 
/**
 * People whose visits wait here.
 */
enumerators: Array<string>, 
/**
 * This person may verify; otherwise the desk only shows.
 */
may_decide: boolean, 
/**
 * Visits whose checks nobody has looked at yet: their reasons are not complete; ask again.
 */
unchecked: number, 
/**
 * The next day on which the ministry takes over what was decided, today included; ISO date.
 */
cutoff: string, 
/**
 * Days from today until then.
 */
cutoff_days: number, };

export type ReasonCount = { reason: DeskReason, households: number, };

export type DeskRow = { household: string, head: string, address: string, sls: string, rt: string, rw: string, village: string, state: VisitState, 
/**
 * All reasons, the most pressing first.
 */
reasons: Array<DeskReason>, 
/**
 * The first reason in a few words, e.g. `2 isian berbeda`.
 */
words: string, 
/**
 * Who visited.
 */
enumerator: string, 
/**
 * UTC, RFC 3339: when the visit was submitted; may be empty.
 */
submitted: string, 
/**
 * Need by the formula in force, 0 to its maximum; `None` when there is no visit.
 */
need: number | null, 
/**
 * Proposed for removal.
 */
removal: boolean, };

export type ComparisonRequest = { household: string, 
/**
 * Also what did not change.
 */
everything: boolean, };

export type Comparison = { household: string, head: string, address: string, sls: string, rt: string, rw: string, 
/**
 * Its code.
 */
village: string, village_name: string, state: VisitState, 
/**
 * The record's state in the process, in words.
 */
standing: string, 
/**
 * Stands for exactly what is shown: goes back with a decision, so that nobody decides on what they did not see.
 */
seen: string, reasons: Array<DeskReason>, register: Source | null, previous: Source | null, 
/**
 * The newest submitted visit.
 */
current: Source | null, 
/**
 * In the order of the questionnaire.
 */
fields: Array<ComparedField>, 
/**
 * Questions that are the same in all and not listed.
 */
unchanged: number, photos: Array<ComparedPhoto>, checks: Array<CheckView>, thread: Array<ThreadEntry>, decisions: Array<DecisionView>, need: NeedView | null, 
/**
 * What registers outside say of the members.
 */
findings: Array<FindingView>, removal: RemovalView | null, 
/**
 * Files kept on this device for a proposal that is not made yet.
 */
evidence_kept: Array<EvidenceView>, 
/**
 * What was written here and not decided with yet.
 */
draft: DeskDraft, may: DeskRights, 
/**
 * Persons to whom the household can be given.
 */
people: Array<string>, 
/**
 * Reasons to send back, to propose for removal.
 */
return_reasons: Array<ReasonChoice>, removal_reasons: Array<ReasonChoice>, };

export type DeskRights = { accept: string, send_back: string, assign: string, remove: string, comment: string, };

export type ReasonChoice = { code: string, label: string, };

export type Source = { person: string, 
/**
 * Short name; empty for the register.
 */
device: string, 
/**
 * UTC, RFC 3339, or a date; may be empty.
 */
at: string, 
/**
 * How long the visit took, seconds.
 */
seconds: number | null, 
/**
 * Between the visit's position and the household's known place, metres.
 */
distance: number | null, 
/**
 * That is farther than the rules of the visit's day allow without a second look.
 */
far: boolean, 
/**
 * Latitude and longitude.
 */
position: [number, number] | null, };

export type ComparedField = { path: string, 
/**
 * With the member's name in front where it belongs to one.
 */
label: string, 
/**
 * Title of the page; with a member's name where it belongs to one.
 */
section: string, 
/**
 * In words; numbers masked.
 */
register: string, previous: string, current: string, 
/**
 * Differs from the newest older value.
 */
changed: boolean, 
/**
 * Bears on eligibility or need.
 */
weighty: boolean, 
/**
 * Who wrote the current value, and when, where somebody else did than who submitted.
 */
author: string, at: string, 
/**
 * Other values that were written at the same time and wait for a choice.
 */
conflict: boolean, 
/**
 * What can be taken instead: `register`, `previous`; empty where nothing older is there.
 */
older: string, };

export type ComparedPhoto = { path: string, label: string, 
/**
 * As the command `photo` takes it; empty where there is none.
 */
previous: string, current: string, 
/**
 * All that stand against each other and wait for a choice, `current` among them; empty where nothing does.
 */
values: Array<ConflictValue>, };

export type CheckView = { 
/**
 * Path of the question; empty where it is about the visit.
 */
path: string, label: string, message: string, 
/**
 * The enumerator's explanation; may be empty.
 */
explained: string, 
/**
 * `missing`, `wrong`, `warning`, `paradata`.
 */
kind: string, };

export type ThreadEntry = { id: string, 
/**
 * The question; empty where it is about the household.
 */
path: string, label: string, text: string, author: string, 
/**
 * UTC, RFC 3339.
 */
at: string, mine: boolean, 
/**
 * The comment that it answers; empty for a comment of its own.
 */
answers: string, 
/**
 * Asked with a return, and not answered yet.
 */
open: boolean, };

export type DecisionView = { id: string, state: string, 
/**
 * In words.
 */
title: string, reason: string, author: string, 
/**
 * UTC, RFC 3339.
 */
at: string, 
/**
 * It counts now.
 */
counts: boolean, 
/**
 * It contradicts the one that counts, and nobody with more authority has settled it.
 */
contested: boolean, };

export type NeedView = { 
/**
 * Name, source and date of the formula.
 */
formula: string, score: number, of: number, 
/**
 * Poor at once, whatever the score (no shelter).
 */
at_once: boolean, 
/**
 * Score of the register or the previous visit.
 */
before: number | null, points: Array<NeedPoint>, };

export type NeedPoint = { label: string, 
/**
 * `yes`, `no`, `unknown`.
 */
met: string, 
/**
 * The answer that it rests on, in words.
 */
because: string, };

export type FindingView = { member: string, name: string, 
/**
 * `dukcapil`, the name of a programme's list, or `elsewhere`.
 */
source: string, 
/**
 * `deterministic`, `probabilistic`, `unmatched`, `invalid`, `receives`, `suspected`.
 */
result: string, 
/**
 * In words.
 */
words: string, 
/**
 * Date of the file, ISO.
 */
at: string, };

export type RemovalView = { id: string, reason: string, title: string, note: string, author: string, at: string, 
/**
 * Whom the place is proposed for; empty where nobody is.
 */
replacement: string, replacement_head: string, 
/**
 * Heads of other families proposed for removal whose place is promised to the same family; only in the list of all
 * proposals.
 */
promised_to: Array<string>, 
/**
 * What others said of this family's removal without knowing of this proposal: a person has to propose anew or take
 * back, and so settles it.
 */
others: Array<OtherRemoval>, 
/**
 * What it rests on besides words.
 */
evidence: Array<EvidenceView>, };

export type OtherRemoval = { 
/**
 * The reason in words; empty: taken back.
 */
title: string, note: string, author: string, at: string, 
/**
 * Whom the place is proposed for; empty where nobody is.
 */
replacement_head: string, };

export type EvidenceView = { 
/**
 * As the commands `photo` and `attachment` take it.
 */
file: string, 
/**
 * `photo`, `pdf`.
 */
kind: string, bytes: number, 
/**
 * Why it cannot be looked at here, in words; empty when it can.
 */
missing: string, };

export type EvidenceRequest = { household: string, 
/**
 * The file's bytes, base64; a photo of at most 25 MB, a PDF of at most 10 MB before encoding.
 */
data: string, };

export type EvidenceFile = { household: string, 
/**
 * [`EvidenceView::file`].
 */
file: string, };

export type EvidenceSaved = { path: string, };

export type ReturnedView = { reason: string, author: string, 
/**
 * UTC, RFC 3339.
 */
at: string, 
/**
 * Comments that nobody has answered.
 */
open: number, };

export type AcceptRequest = { household: string, 
/**
 * [`Comparison::seen`].
 */
seen: string, 
/**
 * Questions whose older value stays.
 */
keep_older: Array<string>, 
/**
 * Why; needed where an older value stays.
 */
note: string, };

export type SendBackRequest = { household: string, seen: string, 
/**
 * In words, or a code of [`Comparison::return_reasons`].
 */
reason: string, comments: Array<NewComment>, 
/**
 * Gives the household to somebody else at the same time; empty: whoever visited.
 */
assign: string, };

export type NewComment = { path: string, text: string, };

export type CommentRequest = { household: string, 
/**
 * The question; empty for the household.
 */
path: string, text: string, 
/**
 * The comment that it answers; empty for none.
 */
answers: string, };

export type AssignRequest = { household: string, person: string, reason: string, };

export type RemovalRequest = { household: string, seen: string, 
/**
 * A code of [`Comparison::removal_reasons`]; empty takes the proposal back.
 */
reason: string, note: string, 
/**
 * A family of the waiting list that takes the place; may be empty.
 */
replacement: string, 
/**
 * What it rests on: files kept for it, or shown by the proposal that it replaces.
 */
evidence?: Array<string>, };

export type VillageRequest = { village: string, };

export type Replacements = { waiting: Array<WaitingFamily>, removals: Array<ProposedRemoval>, };

export type WaitingFamily = { household: string, head: string, address: string, need: number, of: number, 
/**
 * Its place is proposed already.
 */
taken: boolean, };

export type ProposedRemoval = { household: string, head: string, address: string, removal: RemovalView, };

export type SettleRequest = { conflicts: Array<ConflictKey>, 
/**
 * `newest`, `register`, `author:NAME`.
 */
take: string, reason: string, };

export type ConflictKey = { household: string, path: string, 
/**
 * [`super::ConflictView::seen`].
 */
seen: string, };

export type Settled = { settled: number, 
/**
 * Those that could not be settled so, with the reason in words.
 */
left: Array<LeftConflict>, };

export type LeftConflict = { household: string, path: string, why: string, };

export type SettlementView = { id: string, household: string, head: string, field: ChangedField, reason: string, author: string, at: string, 
/**
 * Why it can no longer be undone, in words; empty when it can.
 */
closed: string, };

export type UndoRequest = { household: string, settlement: string, };

export type EnumeratorWork = { person: string, visits: number, 
/**
 * Median length of a visit, seconds.
 */
seconds: number | null, 
/**
 * Most visits submitted within one hour.
 */
most_an_hour: number, 
/**
 * Signs of impossible work, in words, each with the households that it is about.
 */
signs: Array<WorkSign>, 
/**
 * Second visits compared, and answers that differ among those asked twice.
 */
checked: number, asked_twice: number, differ: number, 
/**
 * Questions that differ most.
 */
fields: Array<FieldScore>, };

export type WorkSign = { 
/**
 * `too_fast`, `too_many`, `one_point`, `all_alike`, `far_away`.
 */
code: string, words: string, households: Array<SignFamily>, };

export type SignFamily = { household: string, head: string, address: string, rt: string, rw: string, };

export type FieldScore = { label: string, asked: number, differ: number, };

export type BackChecks = { rows: Array<BackCheckRow>, 
/**
 * This person may draw.
 */
may_draw: boolean, 
/**
 * Finished visits that have not been drawn.
 */
undrawn: number, };

export type BackCheckRow = { household: string, head: string, address: string, rt: string, rw: string, village: string, 
/**
 * Who visited first; empty for those who do not check.
 */
enumerator: string, 
/**
 * Who visited again; empty: nobody yet.
 */
by: string, 
/**
 * UTC, RFC 3339: when; may be empty.
 */
at: string, 
/**
 * Begun here and not finished: the submission.
 */
begun: string, 
/**
 * Why this person does not visit again, in words; empty when it can be begun.
 */
closed: string, asked: number, differ: number, 
/**
 * Questions that were answered otherwise.
 */
fields: Array<ChangedField>, };

export type DrawRequest = { village: string, 
/**
 * Of the visits of each person, 1 to 100; at least one visit each.
 */
percent: number, 
/**
 * Any text; the same text draws the same visits, so that anybody can repeat the draw.
 */
seed: string, };

export type DrawCheck = { person: string, 
/**
 * The seed with what the program added to it.
 */
seed: string, percent: number, 
/**
 * How many visits it was drawn from, by the record.
 */
of: number, drawn: number, at: string, outcome: DrawOutcome, };

export type DrawOutcome = "fits" | "pool_changed" | "does_not_fit";

export type DeskDraft = { 
/**
 * Paths of the answers whose older value is to stay.
 */
keep: Array<string>, comments: Array<NewComment>, note: string, 
/**
 * Why it is to be sent back: a code of the list, or what the screen says for words of one's own.
 */
reason: string, reason_own: string, 
/**
 * To whom it is to be given.
 */
assign: string, 
/**
 * What is to be said about the household.
 */
said: string, };

export type DeskDraftRequest = { household: string, draft: DeskDraft, };

/** Every command: what it is given, what it answers. */
export interface Commands {
  boot: { args: Nothing; reply: Session };
  enrol: { args: EnrolRequest; reply: Session };
  unlock: { args: UnlockRequest; reply: Session };
  lock: { args: Nothing; reply: Session };
  change_pin: { args: ChangePinRequest; reply: Nothing };
  worklist: { args: WorklistQuery; reply: Worklist };
  add_household: { args: AddHouseholdRequest; reply: HouseholdAdded };
  surveys: { args: SurveyQuery; reply: SurveyList };
  new_survey: { args: NewSurveyRequest; reply: HouseholdAdded };
  household: { args: HouseholdRequest; reply: HouseholdView };
  visit_open: { args: VisitRequest; reply: VisitView };
  visit_answer: { args: AnswerRequest; reply: VisitView };
  visit_take_over: { args: TakeOverRequest; reply: VisitView };
  visit_add_member: { args: AddMemberRequest; reply: VisitView };
  visit_remove_member: { args: RemoveMemberRequest; reply: VisitView };
  visit_add_instance: { args: AddInstanceRequest; reply: VisitView };
  visit_remove_instance: { args: RemoveInstanceRequest; reply: VisitView };
  visit_choices: { args: ChoicesRequest; reply: ChoicePage };
  visit_photo: { args: PhotoRequest; reply: VisitView };
  visit_attach: { args: AttachRequest; reply: VisitView };
  visit_locate: { args: LocateRequest; reply: Nothing };
  visit_identify: { args: IdentifyRequest; reply: VisitView };
  visit_reason: { args: ReasonRequest; reply: Nothing };
  visit_jump: { args: HouseholdRequest; reply: Nothing };
  visit_summary: { args: HouseholdRequest; reply: VisitSummary };
  visit_submit: { args: HouseholdRequest; reply: Submitted };
  visit_close: { args: HouseholdRequest; reply: Nothing };
  photo: { args: PhotoFetch; reply: PhotoData };
  attachment: { args: AttachmentFetch; reply: AttachmentData };
  form_media: { args: MediaRequest; reply: MediaData };
  sync_start: { args: SyncStart; reply: SyncStatus };
  sync_status: { args: Nothing; reply: SyncStatus };
  sync_cancel: { args: Nothing; reply: SyncStatus };
  sync_log: { args: Nothing; reply: Array<ExchangeEntry> };
  hub_code: { args: HubPhoto; reply: HubCode };
  courier_export: { args: Nothing; reply: CourierWritten };
  courier_import: { args: CourierFile; reply: CourierTaken };
  conflicts: { args: Nothing; reply: Array<ConflictView> };
  conflict_resolve: { args: ResolveRequest; reply: Nothing };
  desk: { args: DeskQuery; reply: Desk };
  desk_household: { args: ComparisonRequest; reply: Comparison };
  desk_accept: { args: AcceptRequest; reply: Comparison };
  desk_send_back: { args: SendBackRequest; reply: Comparison };
  desk_comment: { args: CommentRequest; reply: Comparison };
  desk_assign: { args: AssignRequest; reply: Comparison };
  desk_removal: { args: RemovalRequest; reply: Comparison };
  evidence_add: { args: EvidenceRequest; reply: Array<EvidenceView> };
  evidence_drop: { args: EvidenceFile; reply: Array<EvidenceView> };
  evidence_save: { args: EvidenceFile; reply: EvidenceSaved };
  replacements: { args: VillageRequest; reply: Replacements };
  conflicts_settle: { args: SettleRequest; reply: Settled };
  settlements: { args: Nothing; reply: Array<SettlementView> };
  settlement_undo: { args: UndoRequest; reply: Nothing };
  rules: { args: Nothing; reply: RulesView };
  enumerators: { args: VillageRequest; reply: Array<EnumeratorWork> };
  back_checks: { args: VillageRequest; reply: BackChecks };
  back_check_draw: { args: DrawRequest; reply: BackChecks };
  desk_draft: { args: DeskDraftRequest; reply: Nothing };
  back_check_draws: { args: VillageRequest; reply: Array<DrawCheck> };
  back_check_begin: { args: HouseholdRequest; reply: HouseholdAdded };
  proposals: { args: Nothing; reply: ProposalList };
  proposal_send: { args: SendProposalRequest; reply: ProposalList };
  proposal_discard: { args: ProposalRequest; reply: ProposalList };
  proposal_correct: { args: ProposalRequest; reply: ProposalOpened };
  proposal_answer: { args: AnswerProposalRequest; reply: ProposalList };
  duplicates: { args: DuplicatesQuery; reply: Duplicates };
  duplicate_pair: { args: PairRequest; reply: PairView };
  decide_pair: { args: DecidePairRequest; reply: PairView };
  check_person: { args: CheckPersonRequest; reply: PersonCheck };
  preview: { args: Nothing; reply: Preview };
  preview_language: { args: PreviewLanguageRequest; reply: Preview };
  preview_names: { args: VisitRequest; reply: NamedPage };
  maps: { args: Nothing; reply: Array<MapFile> };
  map_put: { args: MapPiece; reply: MapStored };
  map_read: { args: MapRange; reply: MapBytes };
  map_remove: { args: MapName; reply: Array<MapFile> };
  settings: { args: Nothing; reply: Settings };
  settings_change: { args: SettingsChange; reply: Settings };
}
