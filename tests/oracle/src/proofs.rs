//! The tables of divergences, this one and that of the documentation, must still be true.

use crate::divergences::{Who, table};
use crate::report;
use crate::run::Worker;
use crate::sources::{self, Source};
use lawang_forms::docs::DIVERGENCES;
use lawang_forms::script;

impl Worker<'_> {
    /// Every row of the table of divergences must still differ.
    pub fn prove_divergences(&mut self) {
        for row in table() {
            let (form, script, clears) = row.proof.parts();
            let path = self
                .wishes
                .folder
                .join("proofs")
                .join(format!("{}.md", row.id));
            let source = Source {
                name: format!("proof of {}", row.id),
                path,
                sheets: None,
                share: 1,
            };
            let beside = source.path.with_file_name("proof.csv");
            let loaded = sources::write(&source.path, form.as_bytes())
                .and_then(|()| sources::write(&beside, b"key,title\na,A\n"))
                .and_then(|()| self.load(&source))
                .and_then(|trial| Ok((trial, script::parse(script).map_err(|e| e.to_string())?)));
            let (mut trial, steps) = match loaded {
                Ok(loaded) => loaded,
                Err(reason) => {
                    self.report
                        .refused
                        .push(format!("{}: {reason}", source.name));
                    continue;
                }
            };
            trial.clears = clears;
            for which in 0..self.peers.len() {
                let who = self.peers[which].0;
                if !row.who.contains(&who) {
                    continue;
                }
                let outcome = self.try_script(&trial, which, &steps);
                let shown = !outcome.explained.is_empty() || !outcome.unexplained.is_empty();
                if !shown {
                    let name = report::name(who);
                    self.report.findings.push(format!(
                        "The divergence {} is no more: {name} agrees. Take it out of the table.",
                        row.id
                    ));
                }
            }
        }
    }

    /// Every expression in the documentation of the engine: JavaRosa does the same, or not, as it says.
    pub fn prove_documentation(&mut self) {
        for (number, (case, _, compared)) in DIVERGENCES.iter().enumerate() {
            if NOT_HERE.iter().any(|part| case.contains(part)) {
                continue;
            }
            let cell = case.replace('|', "\\|");
            let table = format!("{SURVEY}| | calculate | result | | {cell} |\n{REST}");
            let source = Source {
                name: format!("documented divergence {case}"),
                path: self
                    .wishes
                    .folder
                    .join("proofs")
                    .join(format!("documented-{number}.md")),
                sheets: None,
                share: 1,
            };
            // What is no expression is a case in words.
            let Ok(trial) =
                sources::write(&source.path, table.as_bytes()).and_then(|()| self.load(&source))
            else {
                continue;
            };
            let Ok(steps) = script::parse(SCRIPT) else {
                continue;
            };
            let which = self.peers.iter().position(|(who, _)| *who == Who::JavaRosa);
            let Some(which) = which else { continue };
            let outcome = self.try_script(&trial, which, &steps);
            let differs = !outcome.explained.is_empty() || !outcome.unexplained.is_empty();
            if differs != (*compared == "differs") {
                let seen = outcome.unexplained.first();
                self.report.findings.push(format!(
                    "The documentation says of {case:?}: {compared}. It is not so: {}",
                    seen.map_or_else(
                        || "no difference".to_owned(),
                        |d| format!("here {:?}, in JavaRosa {:?}", d.ours, d.theirs)
                    )
                ));
            }
        }
    }
}

/// What the JavaRosa of this run cannot show: its jar leaves out SHA-256, and it runs in English.
const NOT_HERE: [&str; 2] = ["randomize(", "'%b'"];

const SURVEY: &str = "
| survey |
| | type | name | label | calculation |
| | integer | five | Five | |
| | text | word | Word | |
| | text | nothing | Nothing | |
| | date | day | Day | |
| | time | hour | Hour | |
| | select_multiple fruit | fruits | Fruits | |
| | geopoint | point | Point | |
| | begin_repeat | people | People | |
| | integer | age | Age | |
| | end_repeat | | | |
";
const REST: &str = "
| choices |
| | list_name | name | label | price |
| | fruit | a | Apple | 3 |
| | fruit | b | Banana | 5 |
| | fruit | c | Cherry | 7 |
";
const SCRIPT: &str = r#"[
{"set":"/data/five","value":"5"},
{"set":"/data/word","value":"hello"},
{"set":"/data/day","value":"2017-06-15"},
{"set":"/data/hour","value":"06:30:00.000+07:00"},
{"set":"/data/fruits","value":"a c"},
{"set":"/data/point","value":"-6.2 106.8 10 5"},
{"add_repeat":"/data/people"},
{"add_repeat":"/data/people"},
{"set":"/data/people[1]/age","value":"30"},
{"set":"/data/people[3]/age","value":"4"}
]"#;
