//! The page for those who run a server: who has not exchanged since when. Names of officers, none of citizens; served
//! where health and numbers are, on this machine only.

use crate::admin::DeviceLine;
use chrono::{DateTime, Datelike, FixedOffset, Utc};
use lawang_domain::{Role, VillageCode};
use lawang_prelist::regions;
use maud::{DOCTYPE, Markup, html};

/// Seconds that Jakarta is ahead of UTC; times are shown so and say so, for a district's clocks may differ.
const JAKARTA: i32 = 7 * 3600;
const MONTHS: [[&str; 12]; 2] = [
    [
        "Jan", "Feb", "Mar", "Apr", "Mei", "Jun", "Jul", "Agu", "Sep", "Okt", "Nov", "Des",
    ],
    [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ],
];
/// From so many days a tablet is one to ask about, and one to go and look for.
const ASK: u64 = 7;
const LOOK: u64 = 30;
/// What can be chosen above the list.
const CHOICES: [u64; 4] = [0, ASK, 14, LOOK];
/// Villages named in a row; of the others only how many.
const VILLAGES: usize = 3;

/// Enough for a page that stands by itself: readable in sunlight, rows that become cards on a phone.
const STYLE: &str = "
:root{color-scheme:light;--ink:#14211b;--soft:#44524b;--line:#c9d3ce;--red:#9b1c1c;--amber:#7a4d00;--green:#14532d}
*{box-sizing:border-box}
body{margin:0;font:16px/1.45 system-ui,sans-serif;color:var(--ink);background:#fff}
main{max-width:1080px;margin:0 auto;padding:16px}
h1{font-size:1.5rem;margin:.2em 0}p{margin:.4em 0;color:var(--soft)}
nav{display:flex;flex-wrap:wrap;gap:8px;margin:12px 0}
nav a{display:inline-flex;align-items:center;min-height:48px;padding:0 16px;border:1px solid var(--line);border-radius:8px;color:var(--ink);text-decoration:none}
nav a[aria-current]{background:var(--ink);color:#fff;border-color:var(--ink)}
table{border-collapse:collapse;width:100%}th,td{text-align:left;vertical-align:top;padding:10px 8px;border-bottom:1px solid var(--line);overflow-wrap:anywhere}
th{font-weight:600;color:var(--soft)}td small{display:block;color:var(--soft)}
.late{color:var(--red);font-weight:600}.soon{color:var(--amber);font-weight:600}.well{color:var(--green)}
@media(max-width:640px){thead{position:absolute;clip-path:inset(50%)}tr{display:block;padding:8px 0;border-bottom:1px solid var(--line)}td{display:block;border:0;padding:2px 0}}
";

/// The two languages of the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Language {
    Indonesian,
    English,
}

impl Language {
    pub(super) fn of(code: &str) -> Self {
        if code == "en" {
            Self::English
        } else {
            Self::Indonesian
        }
    }

    fn code(self) -> &'static str {
        match self {
            Self::Indonesian => "id",
            Self::English => "en",
        }
    }

    fn say<'a>(self, indonesian: &'a str, english: &'a str) -> &'a str {
        match self {
            Self::Indonesian => indonesian,
            Self::English => english,
        }
    }

    fn ago(self, days: u64) -> String {
        match (self, days) {
            (Self::Indonesian, 0) => "hari ini (kurang dari 24 jam)".into(),
            (Self::English, 0) => "today (within 24 hours)".into(),
            (Self::Indonesian, days) => format!("{days} hari yang lalu"),
            (Self::English, 1) => "1 day ago".into(),
            (Self::English, days) => format!("{days} days ago"),
        }
    }

    /// `21 Nov 2026, 14.05 WIB`.
    fn moment(self, at: DateTime<Utc>) -> String {
        let Some(zone) = FixedOffset::east_opt(JAKARTA) else {
            return at.to_rfc3339();
        };
        let at = at.with_timezone(&zone);
        let month = usize::try_from(at.month0())
            .ok()
            .and_then(|month| MONTHS[usize::from(self == Self::English)].get(month))
            .copied()
            .unwrap_or_default();
        let clock = self.say("%H.%M", "%H:%M");
        format!(
            "{} {month} {} WIB",
            at.format("%-d"),
            at.format(&format!("%Y, {clock}"))
        )
    }
}

/// One tablet, with what the page needs to know of it.
struct Row<'a> {
    line: &'a DeviceLine,
    /// Its last exchange that ended in agreement.
    agreed: Option<DateTime<Utc>>,
    seen: Option<DateTime<Utc>>,
    /// Days since then, or since it was enrolled.
    silent: u64,
}

fn time(text: Option<&str>) -> Option<DateTime<Utc>> {
    let time = DateTime::parse_from_rfc3339(text?).ok()?;
    Some(time.with_timezone(&Utc))
}

fn days(since: Option<DateTime<Utc>>, now: DateTime<Utc>) -> u64 {
    since.map_or(u64::MAX, |at| {
        u64::try_from((now - at).num_days()).unwrap_or(0)
    })
}

/// The page. `least`: only those silent for at least so many days.
pub(super) fn page(devices: &[DeviceLine], now: u64, least: u64, language: Language) -> Markup {
    let now = i64::try_from(now)
        .ok()
        .and_then(DateTime::from_timestamp_millis)
        .unwrap_or_default();
    let mut rows: Vec<Row<'_>> = devices
        .iter()
        .filter(|line| line.revoked.is_none())
        .map(|line| {
            let agreed = time(line.last_sync.as_deref());
            let since = agreed.or_else(|| time(Some(&line.enrolled)));
            Row {
                line,
                agreed,
                seen: time(line.last_seen.as_deref()),
                silent: days(since, now),
            }
        })
        .collect();
    let of_all = rows.len();
    rows.retain(|row| row.silent >= least);
    rows.sort_by(|a, b| {
        b.silent
            .cmp(&a.silent)
            .then_with(|| a.line.name.cmp(&b.line.name))
    });
    let say = |indonesian, english| language.say(indonesian, english);
    let title = say("Siapa belum tukar data", "Who has not exchanged data");
    html! {
        (DOCTYPE)
        html lang=(language.code()) {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="robots" content="noindex";
                title { "Lawang · " (title) }
                style { (maud::PreEscaped(STYLE)) }
            }
            body { main {
                h1 { (title) }
                p { (say(
                    "Yang paling lama diam di atas. Yang tersimpan di tablet dan belum dikirim tidak terlihat di sini.",
                    "The longest silent first. What a tablet holds and has not sent cannot be seen here.",
                )) }
                p { (say("Keadaan pada", "As of")) " " (language.moment(now)) ". "
                    (rows.len()) " " (say("dari", "of")) " " (of_all) " " (say("tablet.", "tablets.")) }
                nav aria-label=(say("Pilih lamanya", "Choose how long")) {
                    @for choice in CHOICES {
                        a href={ "?days=" (choice) "&lang=" (language.code()) } aria-current=[(choice == least).then_some("page")] {
                            @if choice == 0 { (say("Semua", "All")) }
                            @else { (choice) " " (say("hari atau lebih", "days or more")) }
                        }
                    }
                    @let other = if language == Language::English { Language::Indonesian } else { Language::English };
                    a href={ "?days=" (least) "&lang=" (other.code()) } lang=(other.code()) {
                        (other.say("Bahasa Indonesia", "English"))
                    }
                }
                @if rows.is_empty() {
                    p { (if of_all == 0 {
                        say("Belum ada tablet yang terdaftar. Buat kode dengan `lawang admin enrol`.", "No tablet is enrolled yet. Make a code with `lawang admin enrol`.")
                    } else {
                        say("Tidak ada: semua tukar data dalam waktu itu.", "None: all exchanged within that time.")
                    }) }
                } @else {
                    table {
                        thead { tr {
                            th scope="col" { (say("Petugas", "Officer")) }
                            th scope="col" { (say("Wilayah", "Villages")) }
                            th scope="col" { (say("Tukar data terakhir yang selesai", "Last complete exchange")) }
                        } }
                        tbody { @for row in &rows { (one(row, now, language)) } }
                    }
                }
            } }
        }
    }
}

fn one(row: &Row<'_>, now: DateTime<Utc>, language: Language) -> Markup {
    let say = |indonesian, english| language.say(indonesian, english);
    let role = row.line.role.parse::<Role>();
    let class = match row.silent {
        silent if silent >= LOOK => "late",
        silent if silent >= ASK => "soon",
        _ if row.agreed.is_none() => "soon",
        _ => "well",
    };
    let tried = row
        .seen
        .filter(|seen| row.agreed.is_none_or(|agreed| *seen > agreed));
    html! {
        tr {
            td {
                (row.line.name)
                small { (role.as_ref().map_or(row.line.role.as_str(), |role| role.title())) " · " (say("versi", "version")) " " (row.line.app) }
                small { (say("tablet", "tablet")) " " (row.line.device) }
            }
            td { (villages(&row.line.villages, language)) }
            td {
                @match row.agreed {
                    Some(at) => {
                        span class=(class) { (language.ago(row.silent)) }
                        small { (language.moment(at)) }
                    }
                    None => {
                        span class=(class) { (say("belum pernah", "never")) }
                        small { (say("terdaftar", "enrolled")) " " (language.ago(row.silent)) }
                    }
                }
                @if let Some(seen) = tried {
                    small { (say("Tersambung", "Connected")) " " (language.ago(days(Some(seen), now))) ", "
                        (say("tetapi tidak sampai selesai.", "but did not finish.")) }
                }
                @if row.line.refused > 0 {
                    small { (row.line.refused) " " (say("perubahan ditolak; lihat `lawang admin quarantine`.", "changes refused; see `lawang admin quarantine`.")) }
                }
            }
        }
    }
}

fn villages(codes: &[VillageCode], language: Language) -> Markup {
    let names = codes
        .iter()
        .take(VILLAGES)
        .map(|code| regions::name(*code).map_or_else(|| code.to_string(), str::to_owned));
    let names: Vec<String> = names.collect();
    let more = codes.len().saturating_sub(VILLAGES);
    html! {
        (names.join(", "))
        @if more > 0 { " " (language.say("dan", "and")) " " (more) " " (language.say("lainnya", "more")) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use lawang_domain::DeviceId;

    const NOW: u64 = 1_795_660_370_000;
    const DAY: i64 = 86_400_000;

    fn line(name: &str, silent_days: Option<i64>) -> DeviceLine {
        let at = |days: i64| {
            let ms = NOW.cast_signed() - days * DAY;
            DateTime::from_timestamp_millis(ms).unwrap().to_rfc3339()
        };
        DeviceLine {
            device: DeviceId(uuid::Uuid::from_u128(7)),
            name: name.into(),
            role: "enumerator".into(),
            villages: vec!["18.09.01.2001".parse().unwrap()],
            app: "lawang 0.1.0".into(),
            enrolled: at(60),
            revoked: None,
            last_seen: silent_days.map(at),
            last_sync: silent_days.map(at),
            changes: 3,
            refused: 0,
        }
    }

    fn text(lines: &[DeviceLine], least: u64) -> String {
        page(lines, NOW, least, Language::Indonesian).into_string()
    }

    #[test]
    fn the_longest_silent_stands_first_and_says_since_when() {
        let lines = [
            line("Ani", Some(0)),
            line("Budi", Some(9)),
            line("Citra", None),
        ];
        let said = text(&lines, 0);
        let at = |what: &str| said.find(what).unwrap_or_else(|| panic!("{what}: {said}"));
        assert!(at("Citra") < at("Budi") && at("Budi") < at("Ani"));
        assert!(said.contains("belum pernah") && said.contains("terdaftar 60 hari yang lalu"));
        assert!(said.contains("9 hari yang lalu") && said.contains("WIB"));
        assert!(said.contains("hari ini"));
        let english = page(&lines, NOW, 0, Language::English).into_string();
        assert!(english.contains("9 days ago") && english.contains("lang=\"en\""));
    }

    #[test]
    fn only_those_silent_for_so_long_are_listed_and_revoked_ones_never() {
        let mut gone = line("Dewi", Some(40));
        gone.revoked = Some("2026-11-01T00:00:00Z".into());
        let said = text(&[line("Ani", Some(3)), line("Budi", Some(30)), gone], 14);
        assert!(said.contains("Budi") && !said.contains("Ani") && !said.contains("Dewi"));
        assert!(said.contains("1 dari 2 tablet"));
        assert!(text(&[line("Ani", Some(3))], 14).contains("Tidak ada"));
        assert!(text(&[], 0).contains("admin enrol"));
    }

    #[test]
    fn an_exchange_that_did_not_finish_is_told_and_a_name_is_no_markup() {
        let mut odd = line("<b>Ani</b>", Some(12));
        odd.last_seen = Some("2026-11-25T00:00:00Z".into());
        let said = text(&[odd], 0);
        assert!(said.contains("tetapi tidak sampai selesai"));
        assert!(!said.contains("<b>") && said.contains("&lt;b&gt;Ani"));
    }
}
