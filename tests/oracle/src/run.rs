//! One run: forms, scripts, comparisons.

use crate::compare::{self, Difference, Field};
use crate::divergences::{self, Place, Who};
use crate::generate::Used;
use crate::peer::Peer;
use crate::report::{self, Report};
use crate::rng::Rng;
use crate::scripts::Scripter;
use crate::shape::Shape;
use crate::sources::{self, Source};
use crate::tools::Tools;
use lawang_forms::script::{Session, States, Step};
use lawang_forms::{Compiled, Context, Files, Form, compile_with, to_xform};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

/// At most so many runs to make a script shorter.
const SHORTENINGS: usize = 40;
/// At most so many findings of one form are looked into.
const FINDINGS: usize = 3;
/// All but JavaRosa with pyxform's XForm see one script of so many: Web Forms is slow.
const OTHERS_SHARE: usize = 3;

/// Public questionnaires that only one side takes, and why that is right.
const EXPECTED: [(&str, &str); 11] = [
    ("public-bad_calc", "a quote that does not close"),
    ("public-or_other", "a filter by a column that is not there"),
    (
        "public-xl_date_ambiguous",
        "a filter by a label of one language",
    ),
    (
        "public-xl_date_ambiguous_v1",
        "an instance name that is no expression",
    ),
    (
        "public-another_loop",
        "loops, which are no part of XLSForm any more",
    ),
    ("public-loop", "loops"),
    ("public-attribute_columns_test", "uri:deviceid"),
    ("public-xlsform_spec_test", "uri:deviceid"),
    ("public-flat_xlsform_test", "uri:deviceid"),
    (
        "public-cascades_old",
        "cascading_select, replaced by choice_filter",
    ),
    (
        "public-text_and_integer_xlsx",
        "a question without a label, which pyxform refuses",
    ),
];

/// What the command line asked for.
pub struct Wishes {
    pub folder: PathBuf,
    pub forms: usize,
    pub scripts: usize,
    pub steps: usize,
    pub seed: u64,
    pub only: Option<String>,
    pub web_forms: bool,
}

/// Runs everything; `false` if there is a difference that the table does not explain.
///
/// # Errors
/// If a tool is missing.
pub fn everything(wishes: &Wishes) -> Result<bool, String> {
    let tools = Tools::prepare(&wishes.folder)?;
    let mut used = Used::default();
    let mut sources = sources::all(wishes, &tools.public(), &mut used)?;
    sources.reverse();
    let total = sources.len();
    let queue = Mutex::new(sources);
    let mut prover = Worker::new(wishes, &tools);
    if wishes.only.is_none() {
        prover.prove_divergences();
        prover.prove_documentation();
    }
    let whole = Mutex::new(std::mem::take(&mut prover.report));
    drop(prover);
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                let mut worker = Worker::new(wishes, &tools);
                loop {
                    let (source, left) = match queue.lock() {
                        Ok(mut queue) => (queue.pop(), queue.len()),
                        Err(_) => break,
                    };
                    let Some(source) = source else { break };
                    worker.form(&source);
                    eprint!("\r{} of {total} forms ", total - left);
                }
                if let Ok(mut whole) = whole.lock() {
                    whole.merge(worker.report);
                }
            });
        }
    });
    eprintln!();
    let report = whole.into_inner().map_err(|e| e.to_string())?;
    report.print();
    if wishes.only.is_none() {
        let (types, columns, functions) = used.counts();
        println!("generated forms used {types} types, {columns} columns, {functions} functions");
        let missing = used.missing();
        if !missing.is_empty() {
            println!("not used: {}", missing.join(", "));
        }
    }
    Ok(report.findings.is_empty() && report.refused.is_empty())
}

pub(crate) struct Worker<'a> {
    pub(crate) wishes: &'a Wishes,
    converter: Peer,
    pub(crate) peers: Vec<(Who, Peer)>,
    pub(crate) report: Report,
}

/// A form in all its shapes.
pub(crate) struct Trial<'a> {
    source: &'a Source,
    form: Arc<Form>,
    shape: Shape,
    xml: String,
    /// The XForm that is written here.
    own_xml: String,
    /// Whether JavaRosa may clear what is no longer offered.
    pub(crate) clears: bool,
}

impl<'a> Worker<'a> {
    fn new(wishes: &'a Wishes, tools: &Tools) -> Self {
        let peer = |seconds, command: fn(&Tools) -> std::process::Command| {
            let tools = tools.clone();
            Peer::new(Duration::from_secs(seconds), move || command(&tools))
        };
        let mut peers = vec![
            (Who::JavaRosa, peer(60, Tools::javarosa)),
            (Who::OwnXform, peer(60, Tools::javarosa)),
        ];
        if wishes.web_forms {
            peers.push((Who::WebForms, peer(60, Tools::web_forms)));
        }
        Self {
            wishes,
            converter: peer(120, Tools::converter),
            peers,
            report: Report::default(),
        }
    }

    fn form(&mut self, source: &Source) {
        let trial = match self.load(source) {
            Ok(trial) => trial,
            // Neither side takes it.
            Err(reason) if reason.is_empty() => {
                self.report.refused_by_both += 1;
                return;
            }
            Err(reason) if EXPECTED.iter().any(|(name, _)| source.name == *name) => {
                self.report
                    .expected
                    .push(format!("{}: {reason}", source.name));
                return;
            }
            Err(reason) => {
                self.report
                    .refused
                    .push(format!("{}: {reason}", source.name));
                return;
            }
        };
        self.report.forms += 1;
        let mut found: BTreeMap<Who, usize> = BTreeMap::new();
        for number in 0..self.wishes.scripts.div_ceil(source.share) {
            let steps = self.script(&trial, number);
            self.report.scripts += 1;
            for which in 0..self.peers.len() {
                let who = self.peers[which].0;
                let skipped = who != Who::JavaRosa && number % OTHERS_SHARE != 0;
                let count = found.entry(who).or_default();
                if skipped || *count >= FINDINGS {
                    continue;
                }
                if self.compare(&trial, which, &steps) {
                    *count += 1;
                }
            }
        }
    }

    pub(crate) fn load<'s>(&mut self, source: &'s Source) -> Result<Trial<'s>, String> {
        let bytes = fs::read(&source.path).map_err(|e| format!("cannot be read: {e}"))?;
        let name = source
            .path
            .file_name()
            .map_or_else(String::new, |n| n.to_string_lossy().into_owned());
        let files = beside(&source.path);
        let ours = compile_with(&bytes, &name, &files).map_err(|problems| {
            let all: Vec<String> = problems.iter().take(3).map(ToString::to_string).collect();
            format!("refused here: {}", all.join("; "))
        });
        let answer = self
            .converter
            .ask(&json!({ "path": source.path }))
            .map_err(|e| format!("pyxform: {e}"))?;
        let xml = answer["xml"].as_str().ok_or_else(|| {
            format!(
                "pyxform refuses: {}",
                answer["error"].as_str().unwrap_or_default()
            )
        });
        let (Compiled { form, .. }, xml) = match (ours, xml) {
            (Ok(ours), Ok(xml)) => (ours, xml),
            (Err(_), Err(_)) => return Err(String::new()),
            (Err(reason), _) | (_, Err(reason)) => return Err(reason),
        };
        let mut shape = Shape::of(&form);
        shape.note_queries(xml);
        let xml = without_first_counted(xml, &shape);
        let own = to_xform(&bytes, &name, &files).map_err(|problems| {
            let first = problems
                .first()
                .map_or_else(String::new, ToString::to_string);
            format!("no XForm can be written here: {first}")
        })?;
        let own_xml = without_first_counted(&own, &shape);
        Ok(Trial {
            source,
            form: Arc::new(form),
            shape,
            xml,
            own_xml,
            clears: false,
        })
    }

    fn script(&self, trial: &Trial<'_>, number: usize) -> Vec<Step> {
        let mut rng = Rng::new(
            self.wishes.seed,
            &format!("{} script {number}", trial.source.name),
        );
        let length = rng.between(1, self.wishes.steps.max(1) as i64);
        let mut scripter = Scripter {
            rng: &mut rng,
            shape: &trial.shape,
            codes: BTreeMap::new(),
        };
        let mut session = Session::new(trial.form.clone(), context());
        let mut steps = Vec::new();
        for _ in 0..length {
            let Some(step) = scripter.step(&session, &session.states()) else {
                break;
            };
            // A script is made of paths that exist.
            if session.step(&step).is_err() {
                break;
            }
            steps.push(step);
        }
        steps
    }

    /// `true` if there is a difference to report, which is then in the report.
    fn compare(&mut self, trial: &Trial<'_>, which: usize, steps: &[Step]) -> bool {
        let who = self.peers[which].0;
        let outcome = self.try_script(trial, which, steps);
        *self.report.steps.entry(who).or_default() += outcome.steps;
        *self.report.nodes.entry(who).or_default() += outcome.nodes;
        for id in outcome.explained {
            *self.report.explained.entry(id).or_default() += 1;
        }
        let Some(first) = outcome.unexplained.first() else {
            return false;
        };
        // Shorter scripts that still show a difference in the same field.
        let field = first.field;
        let mut best = (
            steps[..first.step.min(steps.len())].to_vec(),
            outcome.unexplained.clone(),
        );
        let (mut at, mut runs) = (0, 0);
        let silent = first.theirs.starts_with("silent");
        while at < best.0.len() && runs < SHORTENINGS && !silent {
            let mut shorter = best.0.clone();
            shorter.remove(at);
            runs += 1;
            let again = self.try_script(trial, which, &shorter);
            if again.unexplained.first().is_some_and(|d| d.field == field) {
                best = (shorter, again.unexplained);
            } else {
                at += 1;
            }
        }
        let all: Vec<&Difference> = best.1.iter().collect();
        self.report.findings.push(report::finding(
            &trial.source.name,
            who,
            trial.source.sheets.as_ref(),
            &best.0,
            &all,
        ));
        true
    }

    pub(crate) fn try_script(
        &mut self,
        trial: &Trial<'_>,
        which: usize,
        steps: &[Step],
    ) -> Outcome {
        let (who, peer) = &mut self.peers[which];
        let mut outcome = Outcome::default();
        let now = context().now.timestamp_millis();
        let place = |number: usize| Place {
            shape: &trial.shape,
            sheets: trial.source.sheets.as_ref(),
            removed: match number.checked_sub(1).and_then(|n| steps.get(n)) {
                Some(Step::RemoveRepeat { remove_repeat }) => Some(remove_repeat),
                _ => None,
            },
        };
        let ours = match states(trial, steps) {
            Ok(states) => states,
            Err(_) => return outcome,
        };
        let question = json!({
            "xml": if *who == Who::OwnXform { &trial.own_xml } else { &trial.xml },
            "files": trial.source.path.parent(),
            "clears": trial.clears,
            "steps": steps,
        });
        let answer = match peer.ask(&question) {
            Ok(answer) => answer,
            Err(reason) => json!({ "states": [], "error": reason }),
        };
        let empty = Vec::new();
        let theirs = answer["states"].as_array().unwrap_or(&empty);
        for (number, (mine, other)) in ours.iter().zip(theirs).enumerate() {
            let Some(other) = other.as_object() else {
                break;
            };
            let (nodes, differences) = compare::step(number, &trial.shape, mine, other, now);
            outcome.steps += 1;
            outcome.nodes += nodes;
            if outcome.take(*who, &place(number), differences) {
                return outcome;
            }
        }
        if let Value::String(error) = &answer["error"] {
            let stopped = Difference {
                // A silent one may have stopped anywhere.
                step: if theirs.is_empty() {
                    steps.len()
                } else {
                    theirs.len()
                },
                path: String::new(),
                field: Field::Error,
                ours: String::new(),
                theirs: error.clone(),
            };
            outcome.take(*who, &place(theirs.len()), vec![stopped]);
        }
        outcome
    }
}

/// What one script gave.
#[derive(Default)]
pub(crate) struct Outcome {
    steps: usize,
    nodes: usize,
    pub(crate) explained: Vec<&'static str>,
    pub(crate) unexplained: Vec<Difference>,
}

impl Outcome {
    /// Sorts the differences of a step; `true` if the script ends here.
    fn take(&mut self, who: Who, place: &Place<'_>, differences: Vec<Difference>) -> bool {
        let mut ends = false;
        let mut left = Vec::new();
        for difference in differences {
            match divergences::explain(who, place, &difference) {
                Some(row) => {
                    self.explained.push(row.id);
                    ends |= row.ends_script;
                }
                None => left.push(difference),
            }
        }
        // What follows from an explained difference is explained with it.
        if ends {
            return true;
        }
        self.unexplained = left;
        !self.unexplained.is_empty()
    }
}

fn states(trial: &Trial<'_>, steps: &[Step]) -> Result<Vec<States>, String> {
    let mut session = Session::new(trial.form.clone(), context());
    let mut out = vec![session.states()];
    for step in steps {
        session.step(step)?;
        out.push(session.states());
    }
    Ok(out)
}

/// Lists and maps in the folder of a form.
fn beside(form: &Path) -> Files {
    let mut files = Files::new();
    let entries = form.parent().and_then(|folder| fs::read_dir(folder).ok());
    for path in entries
        .into_iter()
        .flatten()
        .filter_map(|e| e.ok().map(|e| e.path()))
    {
        let ending = path
            .extension()
            .and_then(|e| e.to_str())
            .unwrap_or_default();
        if matches!(ending, "csv" | "xml" | "geojson")
            && path != form
            && let (Some(name), Ok(bytes)) = (path.file_name(), fs::read(&path))
        {
            files.insert(name.to_string_lossy(), bytes);
        }
    }
    files
}

/// The clock that the others read too, for they take no other.
#[allow(
    clippy::disallowed_methods,
    reason = "the other engines read the clock themselves"
)]
fn context() -> Context {
    let now = chrono::Utc::now();
    let zone = chrono::FixedOffset::east_opt(7 * 3600);
    let now = zone.map_or_else(|| now.fixed_offset(), |zone| now.with_timezone(&zone));
    Context {
        today: now.date_naive(),
        now,
        username: "Siti".to_owned(),
        device_id: "tablet-7".to_owned(),
        random: 42,
        last_saved: Arc::default(),
        properties: [
            ("email", "siti@example.org"),
            ("phonenumber", "08123456789"),
            ("simserial", "8962123"),
            ("subscriberid", "51010"),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into(),
    }
}

/// pyxform gives every repeat a first instance, also one whose `repeat_count` is 0 (row
/// `fewer-instances` of the table). Without that instance the rest of such forms can be compared.
fn without_first_counted(xml: &str, shape: &Shape) -> String {
    let Some(end) = xml.find("</instance>") else {
        return xml.to_owned();
    };
    let (mut primary, rest) = (xml[..end].to_owned(), &xml[end..]);
    for repeat in shape.counted() {
        let name = repeat.rsplit('/').next().unwrap_or_default();
        let (open, close) = (format!("<{name}>"), format!("</{name}>"));
        while let Some(from) = primary.find(&open) {
            let Some(length) = primary[from..].find(&close) else {
                break;
            };
            primary.replace_range(from..from + length + close.len(), "");
        }
    }
    primary + rest
}
