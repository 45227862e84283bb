//! `lawang admin`: questionnaires and their submissions.

use crate::{
    beside::Source,
    edge::{now_ms, print_json},
    error::{CliError, read_file},
};
use lawang_domain::VillageCode;
use lawang_server::Server;
use serde_json::json;
use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

/// Publishes a questionnaire.
pub fn publish(
    server: &Server,
    file: &Path,
    folder: Option<&Path>,
    json: bool,
) -> Result<(), CliError> {
    let bytes = read_file(file)?;
    let (found, _) = Source::new(file, folder).files(&bytes);
    let files: BTreeMap<String, Vec<u8>> = found
        .names()
        .filter_map(|name| Some((name.to_owned(), found.get(name)?.to_vec())))
        .collect();
    let name = file
        .file_name()
        .map_or(String::new(), |n| n.to_string_lossy().into_owned());
    let published = match server.publish_form(&name, &bytes, &files, now_ms())? {
        Ok(published) => published,
        Err(problems) => {
            let count = problems.len();
            let mut refusal = CliError::new(
                "form_has_errors",
                format!("the questionnaire has {count} error(s); nothing was published"),
            )
            .hint("mend them and publish again");
            let details: Vec<_> = problems
                .iter()
                .map(|p| {
                    let mut value = serde_json::to_value(p).unwrap_or_default();
                    value["path"] = p.to_string().split(": ").next().unwrap_or_default().into();
                    value
                })
                .collect();
            refusal.details = Some(details.into());
            return Err(refusal);
        }
    };
    if json {
        return print_json(&published);
    }
    for warning in &published.warnings {
        eprintln!("warning: {warning}");
    }
    let what = if published.published {
        "published"
    } else {
        "is published already"
    };
    println!("{} {} {what}", published.form, published.version);
    Ok(())
}

/// Lists published versions.
pub fn list(server: &Server, json: bool) -> Result<(), CliError> {
    let lines = server.forms()?;
    if json {
        return print_json(&lines);
    }
    for line in lines {
        let current = if line.current { "current" } else { "older" };
        println!(
            "{}  {}  {current}  {} records  {}",
            line.form, line.version, line.records, line.title
        );
    }
    Ok(())
}

/// Lists submissions.
pub fn surveys(
    server: &Server,
    form: Option<&str>,
    village: Option<VillageCode>,
    json: bool,
) -> Result<(), CliError> {
    let lines = server.surveys(form, village)?;
    if json {
        return print_json(&lines);
    }
    for line in lines {
        println!(
            "{}  {}  {}  {}  {}",
            line.household, line.village, line.state, line.form, line.name
        );
    }
    Ok(())
}

/// Lists of entities.
pub fn entities(
    server: &Server,
    list: Option<&str>,
    village: Option<VillageCode>,
    reveal: bool,
    json: bool,
) -> Result<(), CliError> {
    let found = server.entities(list, village, reveal)?;
    if json {
        return print_json(&found);
    }
    for list in &found.lists {
        let properties: Vec<&str> = list.properties.iter().map(String::as_str).collect();
        println!(
            "{}  {} entities  {}",
            list.list,
            list.entities,
            properties.join(", ")
        );
    }
    for entity in &found.entities {
        let apart = if entity.apart { "  changed apart" } else { "" };
        println!(
            "{}  {}  {}  {}  version {}{apart}",
            entity.list, entity.village, entity.id, entity.label, entity.version
        );
    }
    for problem in &found.problems {
        eprintln!(
            "{}  {}  {}  {}  from {}",
            problem.code, problem.list, problem.village, problem.entity, problem.household
        );
    }
    Ok(())
}

/// Writes a list of entities.
pub fn export_entities(
    server: &Server,
    list: &str,
    village: Option<VillageCode>,
    reveal: bool,
    out: &Path,
    json: bool,
) -> Result<(), CliError> {
    let table = server.export_entities(list, village, reveal)?;
    whole(out, &table.csv)?;
    if json {
        return print_json(&json!({ "list": list, "entities": table.rows, "file": out }));
    }
    println!("{} entities in {}", table.rows, out.display());
    Ok(())
}

/// Written aside and renamed, so that a file of that name is always whole.
fn whole(path: &Path, bytes: &[u8]) -> Result<(), CliError> {
    let mut aside = path.as_os_str().to_owned();
    aside.push(".part");
    let aside = PathBuf::from(aside);
    std::fs::write(&aside, bytes)?;
    std::fs::rename(&aside, path)?;
    Ok(())
}

/// Writes the submissions of a questionnaire: FILE.csv, and FILE.REPEAT.csv for each repeat.
pub fn export(
    server: &Server,
    form: &str,
    village: Option<VillageCode>,
    reveal: bool,
    out: &Path,
    json: bool,
) -> Result<(), CliError> {
    let mut written = Vec::new();
    for table in server.export_form(form, village, reveal)? {
        let path = if table.repeat.is_empty() {
            out.to_owned()
        } else {
            let stem = out.file_stem().unwrap_or_default().to_string_lossy();
            out.with_file_name(format!("{stem}.{}.csv", table.repeat))
        };
        whole(&path, &table.csv)?;
        written.push(json!({ "file": path, "repeat": table.repeat, "rows": table.rows }));
    }
    let submissions = written
        .first()
        .map_or(json!(0), |first| first["rows"].clone());
    if json {
        return print_json(&json!({ "submissions": submissions, "files": written }));
    }
    println!("{submissions} submissions in {}", out.display());
    Ok(())
}
