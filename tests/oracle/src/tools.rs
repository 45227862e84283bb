//! What the comparison needs and does not ship: pyxform with JavaRosa in its wheel, and the engine of
//! ODK Web Forms. Installed once, below the build folder.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

const PYXFORM: &str = "pyxform==4.5.0";
const NPM: [&str; 2] = ["@getodk/xforms-engine@0.22.0", "jsdom@26"];

/// Packages that carry public questionnaires: with its source, so that its tests are there, or as installed.
const PUBLIC: [(&str, bool); 2] = [("pyxform==1.5.1", true), ("osm-fieldwork==0.23.0", false)];

/// Where the tools are.
#[derive(Clone)]
pub struct Tools {
    /// The folder that holds them all.
    pub folder: PathBuf,
    python: PathBuf,
    jar: PathBuf,
    peers: PathBuf,
}

impl Tools {
    /// Installs what is missing and compiles the driver for JavaRosa.
    ///
    /// # Errors
    /// In words for the person at the terminal: what is missing, or what failed.
    pub fn prepare(folder: &Path) -> Result<Self, String> {
        for (program, what) in [
            ("python3", "Python 3.10 or newer with venv"),
            ("javac", "a JDK, version 17 or newer (javac and java)"),
            ("java", "a JDK, version 17 or newer (javac and java)"),
            ("node", "Node 20.19 or newer"),
            ("npm", "npm"),
        ] {
            let there = Command::new(program)
                .arg("--version")
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .status();
            if there.is_err() {
                return Err(format!(
                    "`{program}` is not there. This comparison needs {what}; on Debian: apt-get install {}.",
                    match program {
                        "python3" => "python3 python3-venv",
                        "node" | "npm" => "nodejs npm",
                        _ => "openjdk-17-jdk-headless",
                    }
                ));
            }
        }
        fs::create_dir_all(folder).map_err(|e| format!("{}: {e}", folder.display()))?;
        let peers = Path::new(env!("CARGO_MANIFEST_DIR")).join("peers");
        let python = folder.join("venv/bin/python");
        once(folder, "pyxform", PYXFORM, || {
            run(Command::new("python3")
                .args(["-m", "venv"])
                .arg(folder.join("venv")))?;
            run(Command::new(&python).args(["-m", "pip", "install", "--quiet", PYXFORM]))
        })?;
        once(folder, "npm", &NPM.join(" "), || {
            fs::write(folder.join("package.json"), "{\"private\": true}\n")
                .map_err(|e| e.to_string())?;
            run(Command::new("npm")
                .current_dir(folder)
                .args(["install", "--silent", "--no-audit", "--no-fund"])
                .args(NPM))
        })?;
        let public = folder.join("public");
        once(folder, "public", &format!("{PUBLIC:?}"), || {
            let download = folder.join("download");
            fs::create_dir_all(&download).map_err(|e| e.to_string())?;
            for (package, with_source) in PUBLIC {
                let mut pip = Command::new(&python);
                pip.args(["-m", "pip", "download", "--quiet", "--no-deps", "--dest"])
                    .arg(&download);
                if with_source {
                    pip.args(["--no-binary", ":all:"]);
                }
                run(pip.arg(package))?;
            }
            let archives = fs::read_dir(&download).map_err(|e| e.to_string())?;
            run(Command::new(&python)
                .arg(peers.join("unpack.py"))
                .args(archives.filter_map(|entry| entry.ok().map(|e| e.path())))
                .arg(&public))
        })?;
        let place = "import pyxform, os; print(os.path.dirname(pyxform.__file__))";
        let output = Command::new(&python)
            .args(["-c", place])
            .output()
            .map_err(|e| format!("{}: {e}", python.display()))?;
        let package = String::from_utf8_lossy(&output.stdout).trim().to_owned();
        let jar = Path::new(&package).join("validators/odk_validate/bin/ODK_Validate.jar");
        if !jar.is_file() {
            return Err(format!("{} is not there.", jar.display()));
        }
        let source = fs::read_to_string(peers.join("Driver.java")).map_err(|e| e.to_string())?;
        once(folder, "driver", &source, || {
            run(Command::new("javac")
                .args(["-nowarn", "-encoding", "UTF-8", "-cp"])
                .arg(&jar)
                .arg("-d")
                .arg(folder.join("classes"))
                .arg(peers.join("Driver.java")))
        })?;
        Ok(Self {
            folder: folder.to_owned(),
            python,
            jar,
            peers,
        })
    }

    /// Folder of the public questionnaires.
    pub fn public(&self) -> PathBuf {
        self.folder.join("public")
    }

    /// Reads paths of XLSForms, gives XForms.
    pub fn converter(&self) -> Command {
        let mut command = Command::new(&self.python);
        command.arg(self.peers.join("convert.py"));
        command
    }

    /// Compares XForms with pyxform's.
    pub fn comparison(&self) -> Command {
        let mut command = Command::new(&self.python);
        let folder = self.peers.with_file_name("convert");
        command.arg("-B").arg(folder.join("compare.py"));
        command
    }

    /// JavaRosa, in the zone of Jakarta.
    pub fn javarosa(&self) -> Command {
        let mut command = Command::new("java");
        command
            .args([
                "-Duser.timezone=Asia/Jakarta",
                "-Duser.language=en",
                "-Xmx1g",
                "-Xss4m",
            ])
            .args(["-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-cp"])
            .arg(format!(
                "{}:{}",
                self.jar.display(),
                self.folder.join("classes").display()
            ))
            .arg("Driver");
        command
    }

    /// The engine of ODK Web Forms, in the zone of Jakarta.
    pub fn web_forms(&self) -> Command {
        let mut command = Command::new("node");
        command
            .env("TZ", "Asia/Jakarta")
            .arg(self.peers.join("engine.mjs"))
            .arg(&self.folder);
        command
    }
}

/// Does something unless it was done before with the same words.
fn once(
    folder: &Path,
    name: &str,
    words: &str,
    work: impl FnOnce() -> Result<(), String>,
) -> Result<(), String> {
    let stamp = folder.join(format!("{name}.done"));
    if fs::read_to_string(&stamp).is_ok_and(|done| done == words) {
        return Ok(());
    }
    eprintln!("Preparing {name} ...");
    work()?;
    fs::write(&stamp, words).map_err(|e| format!("{}: {e}", stamp.display()))
}

fn run(command: &mut Command) -> Result<(), String> {
    let status = command
        .stdin(Stdio::null())
        .status()
        .map_err(|e| format!("{:?}: {e}", command.get_program()))?;
    if status.success() {
        Ok(())
    } else {
        Err(format!("{command:?} ended with {status}."))
    }
}
