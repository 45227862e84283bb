//! Writes every questionnaire of a folder as an XForm into another one:
//! `cargo run -p lawang-forms --example to_xform -- FOLDER OUT`. What cannot be used gets a file with
//! the reasons instead. `tests/oracle/convert/compare.py` compares what comes out with pyxform's.

mod shared;

use std::path::Path;

fn main() -> std::io::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let (Some(folder), Some(out)) = (arguments.next(), arguments.next()) else {
        return Err(std::io::Error::other("to_xform FOLDER OUT"));
    };
    std::fs::create_dir_all(&out)?;
    for path in shared::questionnaires(Path::new(&folder))? {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let bytes = std::fs::read(&path)?;
        let made = shared::with_files(&path, &bytes, &name, |files| {
            lawang_forms::to_xform(&bytes, &name, files)
        });
        match made {
            Ok((xml, _)) => std::fs::write(Path::new(&out).join(format!("{name}.xml")), xml)?,
            Err(problems) => {
                let lines: Vec<String> = problems.iter().map(ToString::to_string).collect();
                std::fs::write(
                    Path::new(&out).join(format!("{name}.err")),
                    lines.join("\n"),
                )?;
            }
        }
    }
    Ok(())
}
