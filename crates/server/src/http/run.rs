//! Listens, serves, stops when asked to.

use super::api::{Clock, router};
use crate::{
    error::{Result, ServerError},
    server::Server,
};
use axum_server::{Handle, tls_rustls::RustlsConfig};
use hyper_util::rt::TokioTimer;
use std::{
    net::{SocketAddr, TcpListener},
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

/// How a server listens.
pub struct ServeOptions {
    /// Address; port 0 takes a free one.
    pub listen: SocketAddr,
    /// Certificate chain and key, PEM; without them plain HTTP, for loopback and behind a proxy.
    pub tls: Option<(PathBuf, PathBuf)>,
    /// The clock.
    pub clock: Clock,
}

/// Where it listens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listening {
    /// `http://127.0.0.1:41234`.
    pub url: String,
    /// The same without the scheme.
    pub address: SocketAddr,
}

/// Requests under way get this long to end after the signal to stop.
const GRACE: Duration = Duration::from_secs(10);
/// How often the thread that builds pages looks whether it should stop, and after how many of these
/// for new rows.
const TICK: Duration = Duration::from_millis(100);
const LOOK_AFTER: u32 = 50;
/// Headers must have come by then.
const HEADERS: Duration = Duration::from_secs(15);

/// Serves until `stop` is done. `ready` hears the address once connections are accepted.
///
/// # Errors
/// The address is taken, the certificate cannot be read.
pub async fn serve(
    server: Arc<Server>,
    options: ServeOptions,
    ready: impl FnOnce(Listening),
    stop: impl Future<Output = ()> + Send + 'static,
) -> Result<()> {
    let listener = TcpListener::bind(options.listen).map_err(|error| {
        ServerError::refused(
            "cannot_listen",
            format!("cannot listen on {}: {error}", options.listen),
        )
        .hint("choose another address with --listen, or port 0 for a free one")
    })?;
    listener.set_nonblocking(true)?;
    let address = listener.local_addr()?;
    let handle = Handle::new();
    let stopping = Arc::new(AtomicBool::new(false));
    tokio::spawn({
        let handle = handle.clone();
        let stopping = stopping.clone();
        async move {
            stop.await;
            tracing::info!("stopping");
            stopping.store(true, Ordering::Relaxed);
            handle.graceful_shutdown(Some(GRACE));
        }
    });
    let pages = Background::start(server.clone(), stopping.clone());
    let service = router(server, options.clock).into_make_service_with_connect_info::<SocketAddr>();
    let scheme = if options.tls.is_some() {
        "https"
    } else {
        "http"
    };
    let listening = Listening {
        url: format!("{scheme}://{address}"),
        address,
    };
    match options.tls {
        None => {
            let mut http = axum_server::from_tcp(listener)?.handle(handle);
            bound(http.http_builder());
            ready(listening);
            http.serve(service).await?;
        }
        Some((certificate, key)) => {
            // The process may have chosen its cryptography already: then that one stays.
            let _ = rustls::crypto::ring::default_provider().install_default();
            let config = RustlsConfig::from_pem_file(&certificate, &key)
                .await
                .map_err(|error| {
                    ServerError::refused(
                        "bad_certificate",
                        format!("the certificate or its key cannot be used: {error}"),
                    )
                    .hint("--tls-cert and --tls-key want PEM files that belong together")
                })?;
            let mut http = axum_server::from_tcp_rustls(listener, config)?.handle(handle);
            bound(http.http_builder());
            ready(listening);
            http.serve(service).await?;
        }
    }
    drop(pages);
    Ok(())
}

/// The thread that builds pages. A thread of its own: a runtime would wait for it when it is dropped.
struct Background {
    stopping: Arc<AtomicBool>,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl Background {
    fn start(server: Arc<Server>, stopping: Arc<AtomicBool>) -> Self {
        let thread = std::thread::spawn({
            let stopping = stopping.clone();
            move || keep_pages(&server, &|| stopping.load(Ordering::Relaxed))
        });
        Self {
            stopping,
            thread: Some(thread),
        }
    }
}

/// However serving ends: a page that is being built is finished, the next one is not begun.
impl Drop for Background {
    fn drop(&mut self) {
        self.stopping.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn bound(builder: &mut hyper_util::server::conn::auto::Builder<hyper_util::rt::TokioExecutor>) {
    builder
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(HEADERS)
        .max_buf_size(64 * 1024);
}

/// Builds pages of rows ahead of the devices that will ask for them, also after an import by another
/// process. Looks for new rows every few seconds.
fn keep_pages(server: &Server, stop: &dyn Fn() -> bool) {
    let mut done = None;
    let mut wait = 0;
    while !stop() {
        if wait > 0 {
            wait -= 1;
            std::thread::sleep(TICK);
            continue;
        }
        wait = LOOK_AFTER;
        let newest = server.newest_row().ok();
        if newest == done {
            continue;
        }
        match server.build_pages(stop) {
            Ok(built) => tracing::info!(built, "pages of register rows are ready"),
            Err(error) => tracing::warn!(%error, "pages will be built when they are asked for"),
        }
        done = newest;
    }
}
