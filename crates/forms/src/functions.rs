//! The functions of expressions: one list for the compiler, the evaluator and the documentation.

/// How far something of the standard is supported.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Support {
    /// Does what ODK Collect does.
    Full,
    /// Accepted and kept, without effect on values.
    Accepted,
    /// An error when the form is loaded.
    Refused,
}

/// A function of expressions, as an author may write it.
#[derive(Debug, Clone, Copy)]
pub struct FunctionInfo {
    /// Name as written.
    pub name: &'static str,
    /// Fewest arguments.
    pub least: usize,
    /// Most arguments; `usize::MAX` for any number.
    pub most: usize,
    /// Whether it is evaluated.
    pub support: Support,
    /// What it gives, or why it is refused.
    pub note: &'static str,
}

const ANY: usize = usize::MAX;

macro_rules! functions {
    ($($variant:ident $name:literal $least:tt $most:tt $note:literal,)*) => {
        /// An evaluated function.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(crate) enum Function { $($variant,)* }

        /// Evaluated functions, by name.
        pub(crate) const EVALUATED: &[(Function, FunctionInfo)] = &[
            $((Function::$variant, FunctionInfo {
                name: $name, least: $least, most: $most, support: Support::Full, note: $note,
            }),)*
        ];
    };
}

functions! {
    Abs "abs" 1 1 "absolute value",
    Acos "acos" 1 1 "arc cosine",
    Area "area" 1 1 "square meters within a geoshape, a geotrace or a node set of geopoints",
    Asin "asin" 1 1 "arc sine",
    Atan "atan" 1 1 "arc tangent",
    Atan2 "atan2" 2 2 "arc tangent of y, x",
    Base64Decode "base64-decode" 1 1 "the UTF-8 text of a Base64 text",
    Boolean "boolean" 1 1 "false for empty text, 0 and NaN",
    BooleanFromString "boolean-from-string" 1 1 "true for 'true' (any case) and '1'",
    Ceiling "ceiling" 1 1 "next integer above",
    Checklist "checklist" 2 ANY "whether between min and max of the answers are true",
    Coalesce "coalesce" 2 2 "the first that is not empty",
    Concat "concat" 0 ANY "texts (and node sets) one after another",
    Contains "contains" 2 2 "whether the first text holds the second",
    Cos "cos" 1 1 "cosine",
    Count "count" 1 1 "number of relevant nodes",
    CountNonEmpty "count-non-empty" 1 1 "number of relevant nodes with a value or with nodes below them",
    CountSelected "count-selected" 1 1 "number of choices selected",
    Current "current" 0 0 "the node that the expression belongs to, also inside a predicate",
    Date "date" 1 1 "a date from ISO text or from days since 1970-01-01",
    DateTime "date-time" 1 1 "a moment from ISO text or from days since 1970-01-01",
    DecimalDateTime "decimal-date-time" 1 1 "days since 1970-01-01T00:00Z, with the fraction",
    DecimalTime "decimal-time" 1 1 "fraction of the day",
    Depend "depend" 1 ANY "the first argument",
    Digest "digest" 2 3 "MD5, SHA-1, SHA-256, SHA-384 or SHA-512 of a text, in base64 or hex",
    Distance "distance" 1 ANY "meters along a geotrace, a geoshape, a node set of geopoints or several geopoints",
    EndsWith "ends-with" 2 2 "whether the first text ends with the second",
    Exp "exp" 1 1 "e to the power",
    Exp10 "exp10" 1 1 "10 to the power",
    ExtractSigned "extract-signed" 2 2 "the text behind an Ed25519 signature, if it was made with the key; both in Base64",
    False "false" 0 0 "false",
    Floor "floor" 1 1 "next integer below",
    FormatDate "format-date" 2 2 "%Y %y %m %n %b %d %e %a %W, and those of format-date-time",
    FormatDateTime "format-date-time" 2 2 "those of format-date, and %H %h %M %S %3",
    Geofence "geofence" 2 2 "whether a geopoint lies within a geoshape",
    If "if" 3 3 "the second argument if the first is true, else the third",
    IndexedRepeat "indexed-repeat" 3 11 "a field of the n-th instance of a repeat",
    Instance "instance" 1 1 "an internal choice list: instance('list')/root/item[..]/column",
    Int "int" 1 1 "integer part, towards zero",
    Intersects "intersects" 1 1 "whether a geotrace or geoshape crosses itself",
    Join "join" 1 ANY "texts and node sets with a separator",
    ChoiceName "jr:choice-name" 2 2 "label of a choice value of a question",
    Itext "jr:itext" 1 1 "a text of the form by its id in quotes, such as '/data/age:label' or 'list-0'",
    Last "last" 0 0 "size of the node set, inside a predicate",
    Log "log" 1 1 "natural logarithm",
    Log10 "log10" 1 1 "decimal logarithm",
    Max "max" 0 ANY "largest number; empty ones are left out",
    Min "min" 0 ANY "smallest number; empty ones are left out",
    NormalizeSpace "normalize-space" 0 1 "single spaces, none at the ends",
    Not "not" 1 1 "negation",
    Now "now" 0 0 "the moment",
    Number "number" 1 1 "a number; NaN if the text is none",
    Once "once" 1 1 "evaluated only while the field is empty",
    Pi "pi" 0 0 "3.141592653589793",
    Position "position" 0 1 "number of a repeat instance from 1, or of the item inside a predicate",
    Pow "pow" 2 2 "power",
    Property "property" 1 1 "deviceid, username, phonenumber, email, simserial, subscriberid; empty if the device does not know it",
    PullData "pulldata" 4 4 "a column of the first row of a list whose key column has a value",
    Random "random" 0 0 "a number from 0 up to 1",
    Randomize "randomize" 1 2 "a node set in another order, the same for the same seed",
    Regex "regex" 2 2 "whether the whole text matches the pattern",
    Round "round" 1 2 "nearest, half up, to 0 or to so many places",
    Selected "selected" 2 2 "whether a choice is among the selected ones",
    SelectedAt "selected-at" 2 2 "the n-th selected choice, from 0",
    Sin "sin" 1 1 "sine",
    Sqrt "sqrt" 1 1 "square root",
    StartsWith "starts-with" 2 2 "whether the first text begins with the second",
    Text "string" 1 1 "as text",
    StringLength "string-length" 0 1 "number of characters (UTF-16)",
    Substr "substr" 2 3 "characters from start (0) to before end; negative counts from the end",
    SubstringAfter "substring-after" 2 2 "what follows the first occurrence",
    SubstringBefore "substring-before" 2 2 "what precedes the first occurrence",
    Sum "sum" 1 1 "sum of a node set",
    Tan "tan" 1 1 "tangent",
    Today "today" 0 0 "the day",
    Translate "translate" 3 3 "characters replaced one by one",
    True "true" 0 0 "true",
    Uuid "uuid" 0 1 "a random UUID, or so many random characters",
    Version "version" 0 0 "the version of the form",
    WeightedChecklist "weighted-checklist" 4 ANY "as checklist, with a weight for each answer; a negative bound is a bound",
}

const fn refused(name: &'static str, note: &'static str) -> FunctionInfo {
    FunctionInfo {
        name,
        least: 0,
        most: ANY,
        support: Support::Refused,
        note,
    }
}

/// Functions of the standard that make a form fail to load.
pub const REFUSED: &[FunctionInfo] = &[refused(
    "search",
    "it stands in the column appearance, not in an expression",
)];

/// Other names of evaluated functions.
pub const ALIASES: &[(&str, &str)] = &[("enclosed-area", "area"), ("is-selected", "selected")];

/// Every function of the list, evaluated or refused.
pub fn all_functions() -> impl Iterator<Item = &'static FunctionInfo> {
    EVALUATED.iter().map(|(_, info)| info).chain(REFUSED)
}

pub(crate) fn find(name: &str) -> Option<(Option<Function>, &'static FunctionInfo)> {
    let name = ALIASES
        .iter()
        .find(|(alias, _)| *alias == name)
        .map_or(name, |(_, name)| name);
    EVALUATED
        .iter()
        .find(|(_, info)| info.name == name)
        .map(|(function, info)| (Some(*function), info))
        .or_else(|| {
            REFUSED
                .iter()
                .find(|info| info.name == name)
                .map(|info| (None, info))
        })
}
