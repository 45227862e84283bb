//! Random expressions that make sense in their place: of a wanted type, over questions that stand
//! before, with every function that is supported.

mod truths;

use crate::rng::Rng;
use lawang_forms::{Support, all_functions};

/// What an expression gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Number,
    Text,
    Truth,
    Day,
    Moment,
    Clock,
    One,
    Several,
    Point,
    Place,
}

/// A question that expressions may refer to.
#[derive(Debug, Clone)]
pub struct Known {
    pub name: String,
    pub kind: Kind,
    /// Names of the repeats around it, the outermost first.
    pub repeats: Vec<String>,
    /// Name of its list.
    pub list: Option<String>,
}

/// A list of choices: name, codes, and whether its choices have the columns `num` and `tag`.
#[derive(Debug, Clone)]
pub struct KnownList {
    pub name: String,
    pub codes: Vec<String>,
    /// The file that it stands in; `None` for the sheet `choices`.
    pub file: Option<String>,
}

/// Where an expression stands.
pub struct Maker<'a> {
    pub rng: &'a mut Rng,
    pub known: &'a [Known],
    pub lists: &'a [KnownList],
    /// Repeats around the place.
    pub around: Vec<String>,
    /// Whether `.` may be used, and what it is.
    pub own: Option<Kind>,
    /// Whether `position(..)` may be used.
    pub positions: bool,
}

const NUMBER: &[&str] = &[
    "abs",
    "acos",
    "asin",
    "atan",
    "atan2",
    "ceiling",
    "coalesce",
    "cos",
    "count",
    "count-non-empty",
    "count-selected",
    "decimal-date-time",
    "decimal-time",
    "exp",
    "exp10",
    "floor",
    "if",
    "indexed-repeat",
    "instance",
    "int",
    "log",
    "log10",
    "max",
    "min",
    "number",
    "pi",
    "position",
    "pow",
    "round",
    "sin",
    "sqrt",
    "string-length",
    "sum",
    "tan",
    "last",
    "area",
    "distance",
    "once",
    "depend",
];
const TEXT: &[&str] = &[
    "coalesce",
    "concat",
    "format-date",
    "format-date-time",
    "if",
    "jr:choice-name",
    "join",
    "normalize-space",
    "selected-at",
    "string",
    "substr",
    "substring-after",
    "substring-before",
    "translate",
    "digest",
    "base64-decode",
    "current",
    "pulldata",
    "version",
    "property",
    "randomize",
];
impl Maker<'_> {
    /// An expression of a kind, at most so deep.
    pub fn make(&mut self, kind: Kind, depth: usize) -> String {
        match kind {
            Kind::Number => self.number(depth),
            Kind::Truth => self.truth(depth),
            Kind::Day => self.day(depth),
            _ => self.text(depth),
        }
    }

    /// A question of one of some kinds that has a single value here.
    fn single(&mut self, kinds: &[Kind]) -> Option<Known> {
        let all: Vec<&Known> = self
            .known
            .iter()
            .filter(|q| kinds.contains(&q.kind) && self.around.starts_with(&q.repeats))
            .collect();
        self.rng.pick(&all).map(|q| (*q).clone())
    }

    /// A question that stands in a repeat that is not around this place.
    fn inside(&mut self, kinds: &[Kind]) -> Option<Known> {
        let all: Vec<&Known> = self
            .known
            .iter()
            .filter(|q| kinds.contains(&q.kind) && !self.around.starts_with(&q.repeats))
            .collect();
        self.rng.pick(&all).map(|q| (*q).clone())
    }

    fn function(&mut self, of: &[&'static str]) -> &'static str {
        let there: Vec<&'static str> = all_functions()
            .filter(|f| f.support == Support::Full && of.contains(&f.name))
            .map(|f| f.name)
            .collect();
        self.rng.word(&there)
    }

    fn number(&mut self, depth: usize) -> String {
        if depth == 0 || self.rng.chance(35) {
            if self.own == Some(Kind::Number) && self.rng.chance(50) {
                return ".".to_owned();
            }
            return match self.single(&[Kind::Number]) {
                Some(q) if self.rng.chance(70) => format!("${{{}}}", q.name),
                _ => self
                    .rng
                    .word(&[
                        "0", "1", "2", "3", "5", "7", "10", "18", "100", "0.5", "2.25", "-1", "1.5",
                    ])
                    .to_owned(),
            };
        }
        let depth = depth - 1;
        if self.rng.chance(30) {
            let (a, b) = (self.number(depth), self.number(depth));
            let op = self.rng.word(&["+", "-", "*", "div", "mod"]);
            return format!("({a} {op} {b})");
        }
        let name = self.function(NUMBER);
        // JavaRosa has no floor() and ceiling(); a form that uses them cannot be compared with it.
        if matches!(name, "floor" | "ceiling") && !self.rng.chance(5) {
            return format!("int({})", self.number(depth));
        }
        match name {
            "abs" | "ceiling" | "floor" | "int" | "acos" | "asin" | "atan" | "cos" | "sin"
            | "tan" | "sqrt" | "log" | "log10" => format!("{name}({})", self.number(depth)),
            "number" => match self.rng.below(3) {
                0 => format!("number({})", self.text(depth)),
                1 => format!("number({})", self.truth(depth)),
                _ => format!("number({})", self.number(depth)),
            },
            "round" => match self.rng.below(2) {
                0 => format!("round({})", self.number(depth)),
                _ => format!(
                    "round({}, {})",
                    self.number(depth),
                    self.rng.word(&["0", "1", "2", "-1"])
                ),
            },
            // Kept small: what becomes larger than ten million is written differently.
            "exp" | "exp10" => format!("{name}({} mod 4)", self.number(depth)),
            "pow" => format!(
                "pow({} mod 9, {} mod 4)",
                self.number(depth),
                self.number(depth)
            ),
            "atan2" => format!("atan2({}, {})", self.number(depth), self.number(depth)),
            "pi" => "pi()".to_owned(),
            "if" => format!(
                "if({}, {}, {})",
                self.truth(depth),
                self.number(depth),
                self.number(depth)
            ),
            "coalesce" => format!("coalesce({}, {})", self.number(depth), self.number(depth)),
            "count-selected" => match self.single(&[Kind::Several, Kind::One]) {
                Some(q) => format!("count-selected(${{{}}})", q.name),
                None => "2".to_owned(),
            },
            "decimal-date-time" => format!("decimal-date-time({})", self.day(depth)),
            "decimal-time" => match self.single(&[Kind::Clock]) {
                Some(q) => format!("decimal-time(${{{}}})", q.name),
                None => "0.125".to_owned(),
            },
            "string-length" => format!("string-length({})", self.text(depth)),
            "max" | "min" | "sum" | "count" | "count-non-empty" => self.of_many(name, depth),
            "position" if !self.around.is_empty() && self.positions => "position(..)".to_owned(),
            "indexed-repeat" => match self.inside(&[Kind::Number]) {
                Some(q) if q.repeats.len() == 1 => {
                    let index = self.rng.word(&["1", "2", "3"]);
                    format!(
                        "indexed-repeat(${{{}}}, ${{{}}}, {index})",
                        q.name, q.repeats[0]
                    )
                }
                _ => "4".to_owned(),
            },
            "instance" | "last" => self.of_list(name, depth),
            "area" | "distance" => self.shape(name),
            "depend" => format!("depend({}, {})", self.number(depth), self.text(0)),
            _ => format!("({} - {})", self.day(depth), self.day(depth)),
        }
    }

    /// A size of a line or an area, if it is answered: JavaRosa takes an empty one for none or stops.
    fn shape(&mut self, function: &str) -> String {
        match self.single(&[Kind::Place]) {
            Some(q) => format!(
                "if(string(${{{0}}}) = '', 0, round({function}(${{{0}}}), 1))",
                q.name
            ),
            None => "0.5".to_owned(),
        }
    }

    /// Functions of node sets.
    fn of_many(&mut self, name: &str, depth: usize) -> String {
        if matches!(name, "max" | "min") && self.rng.chance(50) {
            return format!("{name}({}, {})", self.number(depth), self.number(depth));
        }
        match self.inside(&[Kind::Number]) {
            Some(q) => format!("{name}(${{{}}})", q.name),
            None if name == "count" => match self.rng.pick(self.lists) {
                Some(list) => format!("count(instance('{}')/root/item)", list.name),
                None => "1".to_owned(),
            },
            None if matches!(name, "max" | "min") => {
                format!("{name}({}, {})", self.number(depth), self.number(depth))
            }
            None => "1".to_owned(),
        }
    }

    /// Rows of a choice list, by predicate.
    fn of_list(&mut self, name: &str, depth: usize) -> String {
        let Some(list) = self.rng.pick(self.lists).cloned() else {
            return "6".to_owned();
        };
        // JavaRosa knows no last(); a form that uses it cannot be compared with it.
        if name == "last" && self.rng.chance(10) {
            return format!(
                "number(instance('{}')/root/item[position() = last()]/num)",
                list.name
            );
        }
        let items = format!("instance('{}')/root/item", list.name);
        match self.rng.below(4) {
            // Deeper would mean a list inside the predicate of another, which JavaRosa reads by rows.
            0 if depth > 0 => format!("count({items}[num > {}])", self.number(0)),
            1 => format!("sum({items}[tag = 'x']/num)"),
            2 => format!(
                "number({items}[{}]/num)",
                self.rng.word(&["position() = 1", "position() = 2"])
            ),
            _ => match self.single(&[Kind::One]) {
                Some(q) => format!("number({items}[name = ${{{}}}]/num)", q.name),
                None => format!("max({items}/num)"),
            },
        }
    }

    fn text(&mut self, depth: usize) -> String {
        if depth == 0 || self.rng.chance(35) {
            if matches!(self.own, Some(Kind::Text | Kind::One | Kind::Several))
                && self.rng.chance(50)
            {
                return ".".to_owned();
            }
            return match self.single(&[Kind::Text, Kind::One, Kind::Several]) {
                Some(q) if self.rng.chance(70) => format!("${{{}}}", q.name),
                _ => self
                    .rng
                    .word(&[
                        "''",
                        "'a'",
                        "'abc'",
                        "'Siti Aminah'",
                        "'é €'",
                        "' x '",
                        "'12'",
                        "'b c a'",
                        "'1'",
                    ])
                    .to_owned(),
            };
        }
        let depth = depth - 1;
        let name = self.function(TEXT);
        match name {
            "coalesce" => format!("coalesce({}, {})", self.text(depth), self.text(depth)),
            "if" => format!(
                "if({}, {}, {})",
                self.truth(depth),
                self.text(depth),
                self.text(depth)
            ),
            "concat" => match self.inside(&[Kind::Text, Kind::One]) {
                // With more arguments JavaRosa takes no node sets.
                Some(q) if self.rng.chance(50) => format!("concat(${{{}}})", q.name),
                _ => format!("concat({}, {})", self.text(depth), self.text(depth)),
            },
            "join" => match self.inside(&[Kind::Text, Kind::One, Kind::Number]) {
                Some(q) => format!("join(', ', ${{{}}})", q.name),
                None => format!("join('-', {}, {})", self.text(depth), self.text(depth)),
            },
            "format-date" => format!(
                "format-date({}, '{}')",
                self.day(depth),
                self.rng
                    .word(&["%Y-%m-%d", "%d/%n/%y", "%e %b %Y", "%a %d"])
            ),
            "format-date-time" => match self.single(&[Kind::Moment]) {
                Some(q) => format!("format-date-time(${{{}}}, '%Y-%m-%d %H:%M:%S')", q.name),
                None => "format-date-time(date-time('2020-05-06T07:08:09'), '%H %h %M %S %3')"
                    .to_owned(),
            },
            "jr:choice-name" => match self.single(&[Kind::One]) {
                Some(q) => format!("jr:choice-name(${{{0}}}, '${{{0}}}')", q.name),
                None => "'none'".to_owned(),
            },
            "selected-at" => match self.single(&[Kind::Several]) {
                Some(q) => format!(
                    "selected-at(${{{}}}, {})",
                    q.name,
                    self.rng.word(&["0", "1", "5"])
                ),
                None => format!("selected-at('a b', {})", self.rng.word(&["0", "1"])),
            },
            "string" => match self.rng.below(3) {
                0 => format!("string(round({}, 2))", self.number(depth)),
                1 => format!("string({})", self.truth(depth)),
                _ => format!("string({})", self.day(depth)),
            },
            "substr" => match self.rng.below(2) {
                0 => format!(
                    "substr({}, {})",
                    self.text(depth),
                    self.rng.word(&["0", "1", "3", "-2"])
                ),
                _ => format!(
                    "substr({}, {}, {})",
                    self.text(depth),
                    self.rng.word(&["0", "1", "2"]),
                    self.rng.word(&["1", "3", "9", "-1"])
                ),
            },
            "substring-after" | "substring-before" => {
                format!(
                    "{name}({}, {})",
                    self.text(depth),
                    self.rng.word(&["' '", "'a'", "'b'", "'zz'"])
                )
            }
            "translate" => format!(
                "translate({}, 'abc', '{}')",
                self.text(depth),
                self.rng.word(&["ABC", "x", ""])
            ),
            "normalize-space" => format!("normalize-space({})", self.text(depth)),
            "digest" => format!(
                "digest({}, '{}', '{}')",
                self.text(depth),
                self.rng
                    .word(&["MD5", "SHA-1", "SHA-256", "SHA-384", "SHA-512"]),
                self.rng.word(&["hex", "base64"])
            ),
            "base64-decode" => format!(
                "base64-decode('{}')",
                self.rng.word(&["SGVsbG8=", "YWJj", ""])
            ),
            "version" => "version()".to_owned(),
            "property" => format!(
                "property('{}')",
                self.rng.word(&["deviceid", "username", "email"])
            ),
            "randomize" => match self.rng.pick(self.lists).cloned() {
                Some(list) => format!(
                    "join(' ', randomize(instance('{}')/root/item/name, {}))",
                    list.name,
                    self.rng.word(&["42", "7", "1234.5"])
                ),
                None => "'random'".to_owned(),
            },
            "pulldata" => match self
                .lists
                .iter()
                .find(|l| l.file.as_ref().is_some_and(|f| f.ends_with(".csv")))
                .cloned()
            {
                Some(list) => {
                    let column = self.rng.word(&["num", "tag", "label"]);
                    format!(
                        "pulldata('{}', '{column}', 'name', {})",
                        list.name,
                        self.text(depth.min(1))
                    )
                }
                None => "'no file'".to_owned(),
            },
            "current" => match self.rng.pick(self.lists).cloned() {
                Some(list) => match self.single(&[Kind::One]) {
                    Some(q) if q.repeats == self.around => {
                        format!(
                            "instance('{}')/root/item[name = ${{{}}}]/tag",
                            list.name, q.name
                        )
                    }
                    _ => format!("instance('{}')/root/item[position() = 2]/tag", list.name),
                },
                None => "'current'".to_owned(),
            },
            _ => self.text(depth),
        }
    }
}

/// Names of functions that an expression calls.
pub fn calls(expression: &str) -> Vec<&'static str> {
    all_functions()
        .map(|f| f.name)
        .filter(|name| {
            expression
                .match_indices(&format!("{name}("))
                .any(|(at, _)| {
                    at == 0
                        || !expression[..at].ends_with(|c: char| {
                            c.is_alphanumeric() || matches!(c, '-' | '_' | ':')
                        })
                })
        })
        .collect()
}
