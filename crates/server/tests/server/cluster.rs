//! A throw-away PostgreSQL for tests: one cluster a test process, one database a test. It listens on a socket in a
//! folder of its own, nowhere else, and ends with the process however that ends.

use std::{
    fs,
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::{
        OnceLock,
        atomic::{AtomicU32, Ordering},
    },
};

/// Where its programs may be, beside the search path: Debian, Fedora, Homebrew.
const PLACES: &[&str] = &[
    "/usr/lib/postgresql/15/bin",
    "/usr/lib/postgresql/16/bin",
    "/usr/lib/postgresql/17/bin",
    "/usr/lib/postgresql/18/bin",
    "/usr/pgsql-15/bin",
    "/usr/pgsql-16/bin",
    "/usr/pgsql-17/bin",
    "/opt/homebrew/opt/postgresql@15/bin",
    "/opt/homebrew/opt/postgresql@17/bin",
];

/// A folder with the programs of a server of PostgreSQL.
fn programs() -> PathBuf {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let found = std::env::split_paths(&path)
        .chain(PLACES.iter().map(PathBuf::from))
        .find(|dir| dir.join("initdb").exists() && dir.join("postgres").exists());
    found.unwrap_or_else(|| {
        panic!(
            "the tests need PostgreSQL 15 or newer: `cargo xtask setup` installs it (Debian: postgresql-15); \
             looked for initdb and postgres on the PATH and in {PLACES:?}"
        )
    })
}

/// Starts it once. The shell keeps the server until its input ends, and that is when this process does.
fn cluster() -> &'static Path {
    static CLUSTER: OnceLock<PathBuf> = OnceLock::new();
    CLUSTER.get_or_init(|| {
        let programs = fs::canonicalize(programs().join("initdb"))
            .ok()
            .and_then(|initdb| initdb.parent().map(Path::to_path_buf))
            .unwrap_or_else(programs);
        // Short: a socket's path has at most 107 bytes.
        let dir = std::env::temp_dir().join(format!("lawang-pg-{}", std::process::id()));
        let _ = fs::remove_dir_all(&dir);
        fs::create_dir_all(&dir).expect("a folder for the cluster");
        let script = "set -e
            \"$1/initdb\" -D \"$2/data\" -U lawang -A trust -E UTF8 --locale=C --no-sync >\"$2/initdb.log\" 2>&1
            echo fsync=off >>\"$2/data/postgresql.conf\"
            \"$1/postgres\" -D \"$2/data\" -k \"$2\" -c listen_addresses= -c max_connections=200 \
                -c shared_buffers=64MB >\"$2/server.log\" 2>&1 &
            server=$!
            i=0
            until [ -S \"$2/.s.PGSQL.5432\" ] && grep -q 'ready to accept' \"$2/server.log\"; do
                i=$((i + 1)); [ $i -lt 1200 ] || exit 1; kill -0 $server; sleep 0.05
            done
            echo ready
            cat >/dev/null || true
            kill -QUIT $server || true
            wait $server || true
            rm -rf \"$2\"";
        let root = is_root();
        let mut command = match root {
            // PostgreSQL refuses to run as root.
            true => {
                let nobody = ids_of_nobody();
                std::os::unix::fs::chown(&dir, Some(nobody.0), Some(nobody.1)).expect("chown");
                let mut command = Command::new("setpriv");
                command
                    .arg(format!("--reuid={}", nobody.0))
                    .arg(format!("--regid={}", nobody.1))
                    .args(["--clear-groups", "sh"]);
                command
            }
            false => Command::new("sh"),
        };
        let mut child = command
            .args(["-c", script, "lawang-tests"])
            .arg(&programs)
            .arg(&dir)
            .current_dir(&dir)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("a shell (as root also `setpriv` of util-linux)");
        let out = child.stdout.take().expect("piped");
        let mut said = String::new();
        let _ = BufReader::new(out).read_line(&mut said);
        assert!(
            said == "ready\n",
            "PostgreSQL did not start: {} {}",
            fs::read_to_string(dir.join("initdb.log")).unwrap_or_default(),
            fs::read_to_string(dir.join("server.log")).unwrap_or_default()
        );
        // Its input stays open as long as this process lives.
        std::mem::forget(child);
        dir
    })
}

fn is_root() -> bool {
    let id = Command::new("id").arg("-u").output().expect("id");
    id.stdout == b"0\n"
}

fn ids_of_nobody() -> (u32, u32) {
    let of = |what: &str| {
        let id = Command::new("id").args([what, "nobody"]).output();
        let text = String::from_utf8(id.expect("id").stdout).unwrap_or_default();
        text.trim().parse().expect("there is a user nobody")
    };
    (of("-u"), of("-g"))
}

/// The address of a new, empty database.
pub fn fresh_database() -> String {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let name = format!("t{}", NEXT.fetch_add(1, Ordering::Relaxed));
    run(&address("postgres"), &format!("CREATE DATABASE {name}"));
    address(&name)
}

fn address(name: &str) -> String {
    let dir = cluster().display().to_string().replace('/', "%2F");
    format!("postgresql://lawang@{dir}/{name}")
}

/// Runs statements beside the program that is tested.
pub fn run(url: &str, sql: &str) {
    // On a thread of its own: a test may drive a runtime on its own one, and this client drives one too.
    let work = || {
        let client = postgres::Client::connect(url, postgres::NoTls);
        client.and_then(|mut client| client.batch_execute(sql))
    };
    let done = std::thread::scope(|scope| scope.spawn(work).join());
    match done {
        Ok(Ok(())) => {}
        Ok(Err(error)) => panic!("{sql}: {error:?}"),
        Err(_) => panic!("{sql}: broke off"),
    }
}
