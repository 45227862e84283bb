//! `lawang serve --role hub`, and the files that carry work where there is no network.

use crate::{
    announce::{self, Announcement},
    edge::{now_ms, print_json},
    error::CliError,
    serve,
};
use lawang_app::{CancelToken, HttpTransport, Transport, enrol_hub};
use lawang_domain::DeviceId;
use lawang_server::{
    Server,
    http::{Listening, ServeOptions, serve as listen},
    hub::{HubIdentity, UpstreamReport, tls},
};
use lawang_store::Identity;
use lawang_sync::Digest32;
use serde_json::json;
use std::{
    fs::File,
    io::{BufReader, BufWriter, IsTerminal, Write},
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};
use uuid::Uuid;

/// How the hub is asked to run.
pub struct HubArgs {
    pub upstream: Option<String>,
    pub code: Option<String>,
    pub every: Duration,
    /// Make the hub known on its network.
    pub announce: bool,
}

/// Runs a hub until it is told to stop.
pub fn run(
    args: &HubArgs,
    (data, database_url): (&Path, Option<&String>),
    listen_on: std::net::SocketAddr,
    files: Option<(PathBuf, PathBuf)>,
) -> Result<(), CliError> {
    let (mut server, store) = serve::open(Some(data), database_url, None)?;
    let ca = data.join("ca.pem");
    match server.hub().map(|hub| hub.upstream.clone()) {
        None => enrol(&server, args.upstream.as_deref(), args.code.as_deref(), &ca)?,
        // A district that was restored from a backup may not know this hub any more: a new code makes it known again. The
        // code of the first start, which stands in many a service file, changes nothing.
        Some(upstream) if args.code.is_some() => {
            let upstream = args.upstream.clone().unwrap_or(upstream);
            match enrol(&server, Some(&upstream), args.code.as_deref(), &ca) {
                Ok(()) => {
                    drop(server);
                    (server, _) = serve::open(Some(data), database_url, None)?;
                }
                Err(error) => tracing::warn!(
                    code = error.code,
                    message = error.message,
                    "the code is not used; the hub goes on as it is enrolled"
                ),
            }
        }
        Some(_) => {}
    }
    server.chain_all(now_ms())?;
    let server = Arc::new(server);
    let made = tls::certificate(data)?;
    let fingerprint = match &files {
        Some((certificate, _)) => tls::fingerprint(certificate)?,
        None => made.fingerprint,
    };
    let pair = files.unwrap_or((made.certificate, made.key));
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    let options = ServeOptions {
        listen: listen_on,
        tls: Some(pair),
        clock: Arc::new(now_ms),
    };
    let mut upstream = None;
    let done = runtime.block_on(async {
        let stop = serve::stop_signal()?;
        let ready = |listening: Listening| {
            let address = announce::reachable(&listening.url, listening.address);
            let code = scan_text(&address, &fingerprint);
            if let Err(error) = server.note_scan_text(&code) {
                tracing::warn!(%error, "the code cannot be kept for `lawang admin hub-qr`");
            }
            if std::io::stderr().is_terminal()
                && let Ok(picture) = announce::terminal_code(&code)
            {
                eprintln!("{picture}\n{address}");
            }
            let announcement = Announcement::new(listening.address, args.announce);
            let server = server.clone();
            upstream = Some(Upstream::start(server, args, ca, fingerprint, announcement));
            let line = json!({
                "listening": listening.url,
                "role": "hub",
                "store": store,
                "code": code,
            });
            println!("{line}");
            let _ = std::io::stdout().flush();
        };
        listen(server.clone(), options, ready, stop).await?;
        Ok(())
    });
    drop(upstream);
    done
}

/// What devices scan or paste: the address, and the beginning of the certificate's fingerprint for people to compare.
fn scan_text(url: &str, fingerprint: &Digest32) -> String {
    format!("LAWANG-HUB {url} {}", hex::encode(&fingerprint[..8]))
}

fn enrol(
    server: &Server,
    upstream: Option<&str>,
    code: Option<&str>,
    ca: &Path,
) -> Result<(), CliError> {
    let (Some(upstream), Some(code)) = (upstream, code) else {
        return Err(CliError::new(
            "hub_not_enrolled",
            "this folder is not yet a hub of a district",
        )
        .hint("give --upstream URL and --code CODE once; `lawang admin enrol-hub` at the district makes the code"));
    };
    let now = i64::try_from(now_ms()).unwrap_or(0);
    let enrolled = enrol_hub(upstream, code, &server.public_key(), now, Some(ca))
        .map_err(|error| refusal(&error))?;
    server.become_hub(HubIdentity {
        upstream: enrolled.address,
        device: enrolled.device.into_bytes().into(),
        district: enrolled.server.into_bytes().into(),
        district_key: enrolled.server_key.into(),
    })?;
    Ok(())
}

fn refusal(error: &lawang_app::AppError) -> CliError {
    let (message, hint) = error.words("en");
    CliError::new(error.code, message).hint(hint)
}

/// The thread that exchanges with the district now and then.
struct Upstream {
    stopping: Arc<AtomicBool>,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl Upstream {
    fn start(
        server: Arc<Server>,
        args: &HubArgs,
        ca: PathBuf,
        tls: Digest32,
        mut announcement: Announcement,
    ) -> Self {
        let stopping = Arc::new(AtomicBool::new(false));
        let (stop, every) = (stopping.clone(), args.every);
        let address = args.upstream.clone();
        let thread = std::thread::spawn(move || {
            while !stop.load(Ordering::Relaxed) {
                announcement.refresh(&server);
                match exchange(&server, address.as_deref(), &ca, tls) {
                    Ok(report) => tracing::info!(
                        forwarded = report.forwarded,
                        waiting = report.waiting,
                        refused = report.refused,
                        pulled = report.pulled,
                        agreed = report.agreed,
                        devices = report.devices,
                        "exchanged with the district"
                    ),
                    Err(error) => {
                        tracing::warn!(
                            code = error.code,
                            message = error.message,
                            "no exchange with the district"
                        )
                    }
                }
                announcement.refresh(&server);
                let mut left = every;
                let tick = Duration::from_millis(100);
                while !left.is_zero() && !stop.load(Ordering::Relaxed) {
                    std::thread::sleep(tick);
                    left = left.saturating_sub(tick);
                }
            }
        });
        Self {
            stopping,
            thread: Some(thread),
        }
    }
}

impl Drop for Upstream {
    fn drop(&mut self) {
        self.stopping.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// One exchange with the district. `address`: another one than at enrolment.
fn exchange(
    server: &Server,
    address: Option<&str>,
    ca: &Path,
    tls: Digest32,
) -> Result<UpstreamReport, CliError> {
    let hub = server
        .hub()
        .ok_or_else(|| CliError::new("not_a_hub", "this server is no hub"))?;
    let identity = Identity {
        database_key: [0; 32],
        signing_seed: server.signing_seed()?,
        device: Uuid::from_bytes(*hub.device),
        server: Uuid::from_bytes(*hub.district),
        server_key: *hub.district_key,
        address: hub.upstream.clone(),
        person: String::new(),
        role: String::new(),
    };
    let mut transport = HttpTransport::new(&identity, address, Some(ca), lawang_ipc::system())
        .map_err(|error| refusal(&error))?;
    let cancel = CancelToken::default();
    Ok(server.exchange_upstream(tls, now_ms(), &mut |wait, bytes| {
        transport.pause(wait, &cancel);
        transport.call(bytes)
    })?)
}

/// `lawang admin hub-qr`.
pub fn qr(server: &Server, svg: Option<&Path>, json: bool) -> Result<(), CliError> {
    let text = server.scan_text()?.ok_or_else(|| {
        CliError::new("no_code", "this folder was never served as a hub")
            .hint("run `lawang serve --role hub` once")
    })?;
    if let Some(file) = svg {
        std::fs::write(file, announce::printed_code(&text)?)?;
    }
    if json {
        return print_json(&json!({ "code": text }));
    }
    println!("{}\n{text}", announce::terminal_code(&text)?);
    Ok(())
}

/// `lawang admin import-batch`.
pub fn import(server: &Server, file: &Path, json: bool) -> Result<(), CliError> {
    let input = File::open(file).map_err(|error| {
        CliError::new(
            "cannot_read",
            format!("{} cannot be read: {error}", file.display()),
        )
    })?;
    let report = server.import_courier(BufReader::new(input), now_ms())?;
    if json {
        print_json(&report)?;
    } else {
        println!(
            "{} pieces of device {}: {} taken, {} refused, {} waiting, {} kept for the district",
            report.pieces,
            report.device,
            report.accepted,
            report.refused,
            report.waiting,
            report.kept
        );
    }
    match report.damaged + report.rejected {
        0 => Ok(()),
        bad => Err(CliError::new(
            "damaged_courier_file",
            format!(
                "{bad} of {} pieces are damaged; the others are taken in",
                report.pieces
            ),
        )
        .hint("Nothing is lost: the device still has it all. Write or copy the file again and take it in once more.")),
    }
}

/// Writes a file aside and renames it, so that a file of that name is always whole.
pub fn whole_file<T>(
    out: &Path,
    write: impl FnOnce(&mut dyn Write) -> Result<T, CliError>,
) -> Result<T, CliError> {
    let mut aside = out.as_os_str().to_owned();
    aside.push(".part");
    let aside = PathBuf::from(aside);
    let mut file = BufWriter::new(File::create(&aside)?);
    let written = write(&mut file).and_then(|value| {
        file.flush()?;
        file.get_ref().sync_all()?;
        Ok(value)
    });
    match written {
        Ok(value) => {
            std::fs::rename(&aside, out)?;
            Ok(value)
        }
        Err(error) => {
            // The error says more than a failure to tidy up would.
            let _ = std::fs::remove_file(&aside);
            Err(error)
        }
    }
}

/// `lawang admin export-answers`.
pub fn answers(server: &Server, device: DeviceId, out: &Path, json: bool) -> Result<(), CliError> {
    let written = whole_file(out, |file| Ok(server.export_answers(device, file)?))?;
    if json {
        return print_json(&json!({ "answers": written }));
    }
    println!("{written} answers in {}", out.display());
    Ok(())
}
