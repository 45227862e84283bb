//! Writes every questionnaire of a folder as an XForm into another one:
//! `cargo run -p lawang-forms --example to_xform -- FOLDER OUT`. What cannot be used gets a file with
//! the reasons instead.

use std::path::Path;

fn main() -> std::io::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let (Some(folder), Some(out)) = (arguments.next(), arguments.next()) else {
        return Err(std::io::Error::other("to_xform FOLDER OUT"));
    };
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if !path.is_file() {
            continue;
        }
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let stem = path.file_stem().unwrap_or_default().to_string_lossy();
        let bytes = std::fs::read(&path)?;
        let files = lawang_forms::Files::new();
        match lawang_forms::to_xform(&bytes, &name, &files) {
            Ok(xml) => std::fs::write(Path::new(&out).join(format!("{stem}.xml")), xml)?,
            Err(problems) => {
                let lines: Vec<String> = problems.iter().map(ToString::to_string).collect();
                std::fs::write(Path::new(&out).join(format!("{stem}.err")), lines.join("\n"))?;
            }
        }
    }
    Ok(())
}
