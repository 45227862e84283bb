//! The questionnaires that both engines fill in, made from a seed and written as Excel workbooks.

use lawang_domain::AreaCode;
use lawang_prelist::regions;
use rust_xlsxwriter::{DocProperties, ExcelDateTime, Workbook};

/// Questions of the questionnaire that is loaded, and choices of its lists.
const QUESTIONS: usize = 300;
const LISTS: usize = 40;
const CHOICES: usize = 50;
/// Calculations that follow from one answer, each from the one before.
const CHAIN: usize = 800;

/// A splitmix64 generator: the same questionnaires on every machine.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) % sides as u64) as usize
    }

    /// Three to eight words.
    fn sentence(&mut self) -> String {
        const WORDS: &[&str] = &[
            "apakah",
            "keluarga",
            "rumah",
            "anggota",
            "bekerja",
            "minggu",
            "lalu",
            "memiliki",
            "air",
            "minum",
            "sumber",
            "utama",
            "lantai",
            "dinding",
            "pendidikan",
            "terakhir",
            "bantuan",
            "usaha",
        ];
        let words: Vec<&str> = (0..3 + self.roll(6))
            .map(|_| WORDS[self.roll(WORDS.len())])
            .collect();
        words.join(" ")
    }
}

/// A sheet: its headings and rows.
struct Sheet {
    name: &'static str,
    rows: Vec<Vec<String>>,
}

impl Sheet {
    fn new(name: &'static str, headings: &[&str]) -> Self {
        let mut sheet = Self {
            name,
            rows: Vec::new(),
        };
        sheet.put(headings);
        sheet
    }

    fn put(&mut self, cells: &[&str]) {
        self.rows
            .push(cells.iter().map(|c| (*c).to_owned()).collect());
    }
}

/// The bytes of a workbook, always the same ones for the same sheets.
fn workbook(sheets: &[Sheet]) -> Vec<u8> {
    let mut book = Workbook::new();
    let day = ExcelDateTime::from_ymd(2026, 11, 21).expect("a day");
    book.set_properties(&DocProperties::new().set_creation_datetime(&day));
    for sheet in sheets {
        let page = book.add_worksheet();
        page.set_name(sheet.name).expect("a name");
        for (row, cells) in sheet.rows.iter().enumerate() {
            for (column, text) in cells
                .iter()
                .enumerate()
                .filter(|(_, text)| !text.is_empty())
            {
                page.write(row as u32, column as u16, text).expect("a cell");
            }
        }
    }
    book.save_to_buffer().expect("a workbook")
}

const ID: &str = "label::Bahasa Indonesia (id)";
const EN: &str = "label::English (en)";

/// 300 questions in 30 groups and two languages, 2,000 choices in 40 lists; half of the questions depend on
/// others.
pub fn large() -> Vec<u8> {
    let mut dice = Dice(1);
    let mut survey = Sheet::new(
        "survey",
        &[
            "type",
            "name",
            ID,
            EN,
            "relevant",
            "constraint",
            "required",
            "calculation",
        ],
    );
    // Answers that later questions may ask for.
    let (mut numbers, mut selects): (Vec<String>, Vec<String>) = Default::default();
    for n in 0..QUESTIONS {
        if n % 10 == 0 {
            if n > 0 {
                survey.put(&["end_group"]);
            }
            survey.put(&[
                "begin_group",
                &format!("g{}", n / 10),
                &dice.sentence(),
                &dice.sentence(),
            ]);
        }
        let name = if n + 1 == QUESTIONS {
            "last".to_owned()
        } else {
            format!("q{n}")
        };
        let (one, two) = (dice.sentence(), dice.sentence());
        let relevant = match dice.roll(4) {
            0 if !numbers.is_empty() => format!(
                "${{{}}} >= {}",
                numbers[dice.roll(numbers.len())],
                dice.roll(5)
            ),
            1 if !selects.is_empty() => format!(
                "selected(${{{}}}, 'c{}') or ${{{0}}} = ''",
                selects[dice.roll(selects.len())],
                dice.roll(CHOICES)
            ),
            _ => String::new(),
        };
        let required = if dice.roll(2) == 0 { "yes" } else { "" };
        let list = format!("list{}", dice.roll(LISTS));
        match dice.roll(10) {
            _ if name == "last" => {
                let sum: Vec<String> = numbers
                    .iter()
                    .map(|q| format!("coalesce(${{{q}}}, 1)"))
                    .collect();
                survey.put(&["calculate", &name, "", "", "", "", "", &sum.join(" + ")]);
            }
            0..=2 => {
                survey.put(&[
                    &format!("select_one {list}"),
                    &name,
                    &one,
                    &two,
                    &relevant,
                    "",
                    required,
                ]);
                selects.push(name);
            }
            3 => {
                survey.put(&[
                    &format!("select_multiple {list}"),
                    &name,
                    &one,
                    &two,
                    &relevant,
                    "",
                    required,
                ]);
                selects.push(name);
            }
            4..=6 => {
                survey.put(&[
                    "integer",
                    &name,
                    &one,
                    &two,
                    &relevant,
                    ". >= 0 and . <= 120",
                    required,
                ]);
                numbers.push(name);
            }
            7 => survey.put(&[
                "date",
                &name,
                &one,
                &two,
                &relevant,
                ". <= today()",
                required,
            ]),
            8 if !numbers.is_empty() => {
                let of = &numbers[dice.roll(numbers.len())];
                let calculation = format!("if(${{{of}}} > 17, 'adult', 'child')");
                survey.put(&["calculate", &name, "", "", "", "", "", &calculation]);
            }
            _ => survey.put(&[
                "text",
                &name,
                &one,
                &two,
                &relevant,
                "string-length(.) <= 80",
                required,
            ]),
        }
    }
    survey.put(&["end_group"]);
    let mut choices = Sheet::new("choices", &["list_name", "name", ID, EN]);
    for list in 0..LISTS {
        for choice in 0..CHOICES {
            choices.put(&[
                &format!("list{list}"),
                &format!("c{choice}"),
                &dice.sentence(),
                &dice.sentence(),
            ]);
        }
    }
    let mut settings = Sheet::new("settings", &["form_title", "form_id", "default_language"]);
    settings.put(&["Besar", "large", "Bahasa Indonesia (id)"]);
    workbook(&[survey, choices, settings])
}

fn titled(id: &str) -> Sheet {
    let mut settings = Sheet::new("settings", &["form_title", "form_id"]);
    settings.put(&[id, id]);
    settings
}

/// One answer, and 800 calculations each of which adds one to the one before.
pub fn chain() -> Vec<u8> {
    let mut survey = Sheet::new("survey", &["type", "name", "label", "calculation"]);
    survey.put(&["integer", "first", "First"]);
    let mut before = "first".to_owned();
    for n in 1..=CHAIN {
        let name = if n == CHAIN {
            "last".to_owned()
        } else {
            format!("c{n}")
        };
        survey.put(&["calculate", &name, "", &format!("${{{before}}} + 1")]);
        before = name;
    }
    workbook(&[survey, titled("chain")])
}

/// A roster with 20 questions for each member, and sums over the members.
pub fn roster() -> Vec<u8> {
    let mut dice = Dice(2);
    let mut survey = Sheet::new(
        "survey",
        &[
            "type",
            "name",
            "label",
            "relevant",
            "constraint",
            "required",
            "calculation",
        ],
    );
    survey.put(&["text", "head", "Head of the household"]);
    survey.put(&["begin_repeat", "member", "Member"]);
    survey.put(&["calculate", "number", "", "", "", "", "position(..)"]);
    survey.put(&["text", "name", "Name", "", "string-length(.) <= 60", "yes"]);
    survey.put(&["date", "born", "Born on", "", ". <= today()", "yes"]);
    survey.put(&[
        "calculate",
        "age",
        "",
        "",
        "",
        "",
        "if(${born} = '', '', int((today() - ${born}) div 365.25))",
    ]);
    survey.put(&["select_one sex", "sex", "Sex", "", "", "yes"]);
    survey.put(&[
        "select_one relation",
        "relation",
        "Relation to the head",
        "${number} > 1",
        "",
        "yes",
    ]);
    for n in 0..12 {
        let relevant = match n % 3 {
            0 => format!("${{age}} >= {}", 5 + n),
            1 => "${sex} = 'f' and ${age} >= 10".to_owned(),
            _ => String::new(),
        };
        survey.put(&[
            "integer",
            &format!("m{n}"),
            &dice.sentence(),
            &relevant,
            ". >= 0",
            "yes",
        ]);
    }
    survey.put(&[
        "calculate",
        "title",
        "",
        "",
        "",
        "",
        "concat(${number}, '. ', ${name})",
    ]);
    survey.put(&[
        "calculate",
        "adult",
        "",
        "",
        "",
        "",
        "if(${age} >= 18, 1, 0)",
    ]);
    survey.put(&["end_repeat"]);
    survey.put(&["calculate", "size", "", "", "", "", "count(${member})"]);
    survey.put(&["calculate", "adults", "", "", "", "", "sum(${adult})"]);
    survey.put(&["calculate", "oldest", "", "", "", "", "max(${age})"]);
    survey.put(&["integer", "rooms", "Rooms", "${size} > 0", ". < 100", "yes"]);
    let mut choices = Sheet::new("choices", &["list_name", "name", "label"]);
    for (name, label) in [("f", "Female"), ("m", "Male")] {
        choices.put(&["sex", name, label]);
    }
    for n in 0..9 {
        choices.put(&["relation", &format!("r{n}"), &dice.sentence()]);
    }
    workbook(&[survey, choices, titled("roster")])
}

/// The levels of the cascade below the provinces.
pub const LEVELS: [&str; 3] = ["regency", "district", "village"];

/// Province, regency, district and village of all Indonesia, each narrowed by the one above.
pub fn cascade() -> Vec<u8> {
    let mut survey = Sheet::new("survey", &["type", "name", "label", "choice_filter"]);
    survey.put(&["select_one province", "province", "Province"]);
    let mut above = "province";
    for level in LEVELS {
        survey.put(&[
            &format!("select_one {level}"),
            level,
            level,
            &format!("{above} = ${{{above}}}"),
        ]);
        above = level;
    }
    let mut choices = Sheet::new(
        "choices",
        &[
            "list_name",
            "name",
            "label",
            "province",
            "regency",
            "district",
        ],
    );
    let mut areas: Vec<AreaCode> = (11..=99)
        .filter_map(|code| code.to_string().parse().ok())
        .filter(|area: &AreaCode| regions::name(*area).is_some())
        .collect();
    for area in &areas {
        choices.put(&[
            "province",
            &area.to_string(),
            regions::name(*area).unwrap_or_default(),
        ]);
    }
    for (depth, level) in LEVELS.iter().enumerate().take(2) {
        let mut below = Vec::new();
        for area in &areas {
            for (code, name) in regions::children_of(*area) {
                let mut cells =
                    [level, code.to_string().as_str(), name, "", "", ""].map(str::to_owned);
                cells[3 + depth] = area.to_string();
                choices.rows.push(cells.to_vec());
                below.push(code);
            }
        }
        areas = below;
    }
    for area in areas {
        for (code, name) in regions::villages_of(area) {
            choices.put(&[
                "village",
                &code.to_string(),
                name,
                "",
                "",
                &area.to_string(),
            ]);
        }
    }
    workbook(&[survey, choices, titled("cascade")])
}
