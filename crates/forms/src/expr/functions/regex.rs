//! Patterns of `regex()`: Java's syntax, written in the syntax of our matcher.

use std::iter::Peekable;
use std::str::Chars;

/// A pattern of Java that must match the whole text. As in Java, `\d`, `\w`, `\s` and the classes of
/// POSIX (`\p{Alpha}`) mean ASCII only, and `.` is no end of a line.
///
/// # Errors
/// In words for authors, where Java refuses the pattern, and for `\G`, `\X`, `\N{..}` and blocks
/// (`\p{InGreek}`), which the matcher does not have.
pub(in crate::expr) fn java_regex(pattern: &str) -> Result<fancy_regex::Regex, String> {
    let mut translator = Translator {
        rest: pattern.chars().peekable(),
        out: String::with_capacity(pattern.len() + 8),
        any_char: false,
        comments: false,
    };
    translator.all()?;
    let Translator { out, comments, .. } = translator;
    // With comments the last line could swallow the parenthesis.
    let end = if comments { "\n" } else { "" };
    fancy_regex::RegexBuilder::new(&format!(r"\A(?:{out}{end})\z"))
        .backtrack_limit(100_000)
        .delegate_size_limit(1 << 20)
        .build()
        .map_err(|e| e.to_string())
}

const LINE_ENDS: &str = r"\n\r\x{85}\x{2028}\x{2029}";
const BLANKS: &str = r"\x20\t\x{A0}\x{1680}\x{180E}\x{2000}-\x{200A}\x{202F}\x{205F}\x{3000}";
const VERTICAL: &str = r"\n\x0B\f\r\x{85}\x{2028}\x{2029}";

struct Translator<'p> {
    rest: Peekable<Chars<'p>>,
    out: String,
    /// The flag `s`: `.` is any character.
    any_char: bool,
    /// The flag `x`.
    comments: bool,
}

impl Translator<'_> {
    fn all(&mut self) -> Result<(), String> {
        while let Some(c) = self.rest.next() {
            match c {
                '\\' => self.escape()?,
                '[' => self.class()?,
                ']' | '}' => self.literal(c),
                '.' if !self.any_char => {
                    self.out.push_str("[^");
                    self.out.push_str(LINE_ENDS);
                    self.out.push(']');
                }
                '(' => {
                    self.out.push('(');
                    if self.rest.peek() == Some(&'?') {
                        self.rest.next();
                        self.group()?;
                    }
                }
                '{' => self.repetition()?,
                _ => self.out.push(c),
            }
        }
        Ok(())
    }

    /// What follows `(?`.
    fn group(&mut self) -> Result<(), String> {
        self.out.push('?');
        let Some(first) = self.rest.peek().copied() else {
            return Err("the group has no end".to_owned());
        };
        if matches!(first, ':' | '=' | '!' | '>' | '<') {
            return Ok(());
        }
        let (mut on, mut off) = (String::new(), String::new());
        let mut negative = false;
        loop {
            match self.rest.next() {
                Some('-') if !negative => negative = true,
                Some(end @ (':' | ')')) => {
                    self.out.push_str(&on);
                    if !off.is_empty() {
                        self.out.push('-');
                        self.out.push_str(&off);
                    }
                    if end == ')' && on.is_empty() && off.is_empty() {
                        self.out.push(':');
                    }
                    self.out.push(end);
                    return Ok(());
                }
                Some(flag @ ('i' | 'm' | 's' | 'x')) => {
                    match flag {
                        's' => self.any_char = !negative,
                        'x' => self.comments = self.comments || !negative,
                        _ => {}
                    }
                    if negative { &mut off } else { &mut on }.push(flag);
                }
                // Unix lines and Unicode: what the matcher does anyway, or near enough.
                Some('d' | 'u' | 'U') => {}
                _ => return Err("unknown flag after '(?'".to_owned()),
            }
        }
    }

    /// `{n}`, `{n,}` or `{n,m}`; as in Java any other brace must be escaped.
    fn repetition(&mut self) -> Result<(), String> {
        let ahead: String = self.rest.clone().take_while(|c| *c != '}').collect();
        let (least, most) = ahead.split_once(',').unwrap_or((&ahead, "0"));
        let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
        let closed = self.rest.clone().any(|c| c == '}');
        if least.is_empty() || !digits(least) || !digits(most) || !closed {
            return Err(r"a '{' that begins no repetition is written '\{'".to_owned());
        }
        self.out.push('{');
        self.out.push_str(&ahead);
        self.out.push('}');
        for _ in 0..=ahead.len() {
            self.rest.next();
        }
        Ok(())
    }

    fn literal(&mut self, c: char) {
        if c.is_ascii() && !c.is_ascii_alphanumeric() {
            self.out.push_str(&format!(r"\x{:02X}", u32::from(c)));
        } else {
            self.out.push(c);
        }
    }

    /// A class, from behind its bracket to its end. Classes can be nested and joined by `&&`.
    fn class(&mut self) -> Result<(), String> {
        let mut depth = 1;
        self.out.push('[');
        let mut first = self.negation();
        // Whether a '-' here would make a range with what stands before it.
        let mut opens_range = false;
        while let Some(c) = self.rest.next() {
            let at_start = std::mem::replace(&mut first, false);
            match c {
                ']' if !at_start => {
                    self.out.push(']');
                    depth -= 1;
                    if depth == 0 {
                        return Ok(());
                    }
                    opens_range = false;
                }
                '[' => {
                    self.out.push('[');
                    depth += 1;
                    first = self.negation();
                    opens_range = false;
                }
                '&' if self.rest.peek() == Some(&'&') => {
                    self.rest.next();
                    // Java leaves out an intersection with nothing before it.
                    if at_start {
                        first = true;
                    } else {
                        self.out.push_str("&&");
                    }
                    opens_range = false;
                }
                '-' if opens_range && self.range_goes_on() => {
                    self.out.push('-');
                    match self.rest.next() {
                        Some('\\') => {
                            self.class_escape()?;
                        }
                        Some(end) => self.literal(end),
                        None => {}
                    }
                    opens_range = false;
                }
                // So that `[[:digit:]]` is no class of POSIX, which Java does not know.
                ':' if at_start => {
                    self.out.push_str(":-:");
                    opens_range = false;
                }
                '\\' => opens_range = self.class_escape()?,
                _ => {
                    self.literal(c);
                    opens_range = true;
                }
            }
        }
        Err("a class has no closing ']'".to_owned())
    }

    fn negation(&mut self) -> bool {
        if self.rest.peek() == Some(&'^') {
            self.rest.next();
            self.out.push('^');
        }
        true
    }

    /// Whether the '-' just read stands between two characters.
    fn range_goes_on(&self) -> bool {
        let mut ahead = self.rest.clone();
        match (ahead.next(), ahead.next()) {
            (Some('\\'), Some(c)) => !"dDwWsShHvVpPRQ".contains(c),
            (Some(c), _) => !matches!(c, ']' | '['),
            (None, _) => false,
        }
    }

    /// An escape within a class; whether it is one character.
    fn class_escape(&mut self) -> Result<bool, String> {
        let Some(c) = self.rest.next() else {
            return Err(r"the pattern ends with '\'".to_owned());
        };
        if c == 'Q' {
            self.quoted();
            return Ok(true);
        }
        if let Some(set) = self.set(c)? {
            self.out.push_str(&set);
            return Ok(false);
        }
        let code = self.code(c)?;
        self.literal(code);
        Ok(true)
    }

    fn escape(&mut self) -> Result<(), String> {
        let Some(c) = self.rest.next() else {
            return Err(r"the pattern ends with '\'".to_owned());
        };
        match c {
            'Q' => self.quoted(),
            'R' => self.out.push_str(&format!(r"(?>\r\n|[{VERTICAL}])")),
            'b' | 'B' | 'A' | 'z' | '1'..='9' => {
                self.out.push('\\');
                self.out.push(c);
            }
            'Z' => self.out.push_str(r"(?=\n?\z)"),
            'k' => self.out.push_str(r"\k"),
            _ => {
                if let Some(set) = self.set(c)? {
                    self.out.push_str(&set);
                } else {
                    let code = self.code(c)?;
                    self.literal(code);
                }
            }
        }
        Ok(())
    }

    /// `\Q..\E`: every character as it is.
    fn quoted(&mut self) {
        while let Some(c) = self.rest.next() {
            if c == '\\' && self.rest.peek() == Some(&'E') {
                self.rest.next();
                return;
            }
            self.literal(c);
        }
    }

    /// Escapes that stand for several characters, as a class.
    fn set(&mut self, c: char) -> Result<Option<String>, String> {
        let (inside, negative) = match c {
            'd' | 'D' => ("0-9", c == 'D'),
            'w' | 'W' => ("0-9A-Za-z_", c == 'W'),
            's' | 'S' => (r"\x20\t\n\x0B\f\r", c == 'S'),
            'h' | 'H' => (BLANKS, c == 'H'),
            'v' | 'V' => (VERTICAL, c == 'V'),
            'p' | 'P' => return self.property(c == 'P').map(Some),
            _ => return Ok(None),
        };
        let sign = if negative { "^" } else { "" };
        Ok(Some(format!("[{sign}{inside}]")))
    }

    /// `\p{..}`, `\pL`.
    fn property(&mut self, negative: bool) -> Result<String, String> {
        let name: String = match self.rest.next() {
            Some('{') => self.rest.by_ref().take_while(|c| *c != '}').collect(),
            Some(letter) => letter.to_string(),
            None => return Err(r"'\p' needs a name".to_owned()),
        };
        let sign = if negative { "^" } else { "" };
        let class = |inside: &str| Ok(format!("[{sign}{inside}]"));
        let known = match name.as_str() {
            "Lower" => "a-z",
            "Upper" => "A-Z",
            "ASCII" => r"\x00-\x7F",
            "Alpha" => "a-zA-Z",
            "Digit" => "0-9",
            "Alnum" => "0-9a-zA-Z",
            "Punct" => r"\x21-\x2F\x3A-\x40\x5B-\x60\x7B-\x7E",
            "Graph" => r"\x21-\x7E",
            "Print" => r"\x20-\x7E",
            "Blank" => r"\x20\t",
            "Cntrl" => r"\x00-\x1F\x7F",
            "XDigit" => "0-9a-fA-F",
            "Space" => r"\x20\t\n\x0B\f\r",
            "L1" => r"\x00-\x{FF}",
            "all" => r"\x00-\x{10FFFF}",
            "javaLowerCase" => r"\p{Lowercase}",
            "javaUpperCase" => r"\p{Uppercase}",
            "javaWhitespace" => r"\p{White_Space}",
            "javaLetter" | "javaAlphabetic" => r"\p{Alphabetic}",
            "javaDigit" | "IsDigit" => r"\p{Nd}",
            "javaLetterOrDigit" => r"\p{L}\p{Nd}",
            _ => "",
        };
        if !known.is_empty() {
            return class(known);
        }
        if name.starts_with("In") || name.starts_with("blk=") || name.starts_with("block=") {
            return Err(format!(
                r"blocks such as '\p{{{name}}}' are not supported; write a script such as '\p{{IsLatin}}' or a range"
            ));
        }
        let short = name.strip_prefix("Is").unwrap_or(&name);
        let usable = !short.is_empty()
            && short
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'='));
        if !usable {
            return Err(format!(r"unknown property '\p{{{name}}}'"));
        }
        class(&format!(r"\p{{{short}}}"))
    }

    /// Escapes that stand for one character.
    fn code(&mut self, c: char) -> Result<char, String> {
        let unknown = || format!(r"unknown escape '\{c}'");
        Ok(match c {
            't' => '\t',
            'n' => '\n',
            'r' => '\r',
            'f' => '\x0c',
            'a' => '\x07',
            'e' => '\x1b',
            '0' => {
                let digits = self.digits(3, 8);
                let value = u32::from_str_radix(&digits, 8).map_err(|_| unknown())?;
                char::from_u32(value).ok_or_else(unknown)?
            }
            'x' if self.rest.peek() == Some(&'{') => {
                let inside: String = self
                    .rest
                    .by_ref()
                    .skip(1)
                    .take_while(|c| *c != '}')
                    .collect();
                let value = u32::from_str_radix(&inside, 16).map_err(|_| unknown())?;
                char::from_u32(value).ok_or_else(unknown)?
            }
            'x' | 'u' => {
                let size = if c == 'x' { 2 } else { 4 };
                let digits = self.digits(size, 16);
                let value = u32::from_str_radix(&digits, 16).map_err(|_| unknown())?;
                if digits.len() < size {
                    return Err(unknown());
                }
                char::from_u32(value).ok_or_else(unknown)?
            }
            'c' => {
                let control = self.rest.next().ok_or_else(unknown)?;
                char::from_u32(u32::from(control) ^ 0x40).ok_or_else(unknown)?
            }
            c if c.is_ascii_alphanumeric() => return Err(unknown()),
            c => c,
        })
    }

    fn digits(&mut self, most: usize, radix: u32) -> String {
        let mut out = String::new();
        while out.len() < most
            && let Some(digit) = self.rest.next_if(|c| c.is_digit(radix))
        {
            out.push(digit);
        }
        out
    }
}
