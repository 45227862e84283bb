//! `lawang serve`.

use crate::{
    edge::now_ms,
    error::CliError,
    hub::{self, HubArgs},
    nightly::{MatchAt, Nightly},
};
use lawang_server::{
    AwsSettings, Options, Server,
    http::{ServeOptions, serve, serve_operations},
};
use serde_json::json;
use std::{
    io::Write,
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};
use tracing_subscriber::EnvFilter;

/// Run a district server, or a hub between devices and their district. Stops cleanly on SIGTERM and Ctrl-C.
#[derive(clap::Args)]
#[command(after_help = "\
Example: lawang serve --data /srv/lawang --listen 0.0.0.0:8443 --tls-cert chain.pem --tls-key key.pem

         lawang serve --role hub --data /srv/hub --listen 0.0.0.0:8443 --upstream https://lawang.example.go.id --code 7KQ2M-94XYZ

The first line of standard output, once ready:
  {\"listening\":\"https://0.0.0.0:8443\",\"role\":\"district\",\"store\":\"sqlite\"}
The database key is DIR/server.key, or the file named by LAWANG_SERVER_KEY_FILE. Keep a copy of it in a
safe place: without it nobody can read the database. With --attachments s3://BUCKET/PREFIX, keys and address of the
store are in AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_REGION, AWS_ENDPOINT_URL. LAWANG_LOG sets the log's detail (info, debug).")]
pub struct Args {
    /// The server's data folder; made at the first start.
    #[arg(long, value_name = "DIR")]
    data: PathBuf,
    /// Address to listen on; port 0 takes a free one.
    #[arg(long, default_value = "127.0.0.1:0", value_name = "ADDRESS")]
    listen: SocketAddr,
    /// What this server is.
    #[arg(long, default_value = "district", value_parser = ["district", "hub"])]
    role: String,
    /// The district server behind a hub.
    #[arg(long, value_name = "URL")]
    upstream: Option<String>,
    /// The code from `lawang admin enrol-hub`; needed once.
    #[arg(long)]
    code: Option<String>,
    /// Seconds between a hub's exchanges with its district.
    #[arg(long, default_value_t = 300, value_name = "SECONDS")]
    every: u64,
    /// Do not make the hub known on its network (multicast DNS).
    #[arg(long)]
    quiet_network: bool,
    /// A PostgreSQL database instead of the embedded one. Several servers may use one database, and one data folder or one
    /// bucket for attachments. LAWANG_DATABASE_URL says the same, and other users of this machine do not see it.
    #[arg(long, value_name = "URL")]
    database_url: Option<String>,
    /// A bucket of an S3-compatible store for photos and other attachments, instead of the data folder. Needed once, the
    /// database keeps it; the AWS_* variables are needed at every start.
    #[arg(long, value_name = "s3://BUCKET/PREFIX")]
    attachments: Option<String>,
    /// Also serve /health and /metrics, on this address of this machine.
    #[arg(long, value_name = "ADDRESS")]
    operations: Option<SocketAddr>,
    /// When a district links all persons anew and tells the villages who may stand in two of them, every day, by the clock
    /// of this machine; `off`: only by `lawang admin duplicates --publish`. Of several servers on one database one does it.
    #[arg(long, default_value = "02:00", value_name = "HH:MM")]
    match_at: MatchAt,
    /// Certificate chain, PEM.
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    tls_cert: Option<PathBuf>,
    /// Its private key, PEM.
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    tls_key: Option<PathBuf>,
}

/// How a server is opened, also by `admin`: what the variables of this process say.
pub fn options() -> Options {
    let text = |(name, value): (std::ffi::OsString, std::ffi::OsString)| {
        Some((name.into_string().ok()?, value.into_string().ok()?))
    };
    Options {
        key_file: std::env::var_os("LAWANG_SERVER_KEY_FILE").map(PathBuf::from),
        attachments: None,
        aws: AwsSettings::from_variables(std::env::vars_os().filter_map(text)),
    }
}

/// The database that is named on the command line, or by LAWANG_DATABASE_URL.
pub fn database_url(given: Option<&String>) -> Option<String> {
    let named = || std::env::var("LAWANG_DATABASE_URL").ok();
    given.cloned().or_else(named).filter(|url| !url.is_empty())
}

/// Opens the store that a server runs on; with its name for the first line. `attachments`: where they are said to be.
pub fn open(
    data: Option<&Path>,
    url: Option<&String>,
    attachments: Option<&String>,
) -> Result<(Server, &'static str), CliError> {
    let options = Options {
        attachments: attachments.map(|text| text.parse()).transpose()?,
        ..options()
    };
    Ok(match (database_url(url), data) {
        (Some(url), data) => (Server::open_database(&url, data, &options)?, "postgresql"),
        (None, Some(data)) => (Server::open(data, &options)?, "sqlite"),
        (None, None) => {
            return Err(CliError::new("no_server_named", "which server is not said")
                .hint("give --data DIR, or --database-url URL"));
        }
    })
}

pub fn run(args: Args) -> Result<(), CliError> {
    if args.role != "hub" && (args.upstream.is_some() || args.code.is_some()) {
        return Err(CliError::new(
            "not_a_hub",
            "--upstream and --code are for hubs: --role hub",
        ));
    }
    if args.role == "hub" && args.attachments.is_some() {
        return Err(CliError::new(
            "not_for_hubs",
            "a hub keeps attachments in its data folder, because it works without internet",
        )
        .hint("leave --attachments out; they reach the district's bucket through the district"));
    }
    let filter = EnvFilter::try_from_env("LAWANG_LOG").unwrap_or_else(|_| EnvFilter::new("info"));
    tracing_subscriber::fmt()
        .json()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .init();
    if args.role == "hub" {
        let hub = HubArgs {
            upstream: args.upstream,
            code: args.code,
            every: Duration::from_secs(args.every.max(1)),
            announce: !args.quiet_network,
        };
        return hub::run(
            &hub,
            (&args.data, args.database_url.as_ref()),
            args.listen,
            args.tls_cert.zip(args.tls_key),
        );
    }
    let (server, store) = open(
        Some(&args.data),
        args.database_url.as_ref(),
        args.attachments.as_ref(),
    )?;
    // Before anybody is answered: a wrong bucket or key is said now, in words.
    server.settle_attachments()?;
    let attachments = server.attachments_place().map(str::to_owned);
    let server = Arc::new(server);
    server.chain_all(now_ms())?;
    let url = database_url(args.database_url.as_ref());
    let nightly = Nightly::start(server.clone(), args.match_at, &args.data, url)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    let options = ServeOptions {
        listen: args.listen,
        tls: args.tls_cert.zip(args.tls_key),
        clock: Arc::new(now_ms),
    };
    runtime.block_on(async {
        let stop = stop_signal()?;
        let operations = match args.operations {
            None => None,
            Some(listen) => {
                let at = serve_operations(server.clone(), Arc::new(now_ms), listen)?;
                Some(format!("http://{at}"))
            }
        };
        let ready = |listening: lawang_server::http::Listening| {
            let mut line = json!({
                "listening": listening.url,
                "role": "district",
                "store": store,
            });
            if let Some(attachments) = attachments {
                line["attachments"] = attachments.into();
            }
            if let Some(operations) = operations {
                line["operations"] = operations.into();
            }
            println!("{line}");
            // Whoever waits for the line may be gone; the server serves all the same.
            let _ = std::io::stdout().flush();
        };
        serve(server, options, ready, stop).await?;
        drop(nightly);
        Ok(())
    })
}

/// Done at SIGTERM or Ctrl-C.
pub fn stop_signal() -> Result<impl Future<Output = ()> + Send + 'static, CliError> {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let mut terminate = signal(SignalKind::terminate())?;
        let mut interrupt = signal(SignalKind::interrupt())?;
        Ok(async move {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
            }
        })
    }
    #[cfg(not(unix))]
    {
        Ok(async {
            let _ = tokio::signal::ctrl_c().await;
        })
    }
}
