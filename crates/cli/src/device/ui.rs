//! The same screens in a browser: for development, tests and demonstrations. Loopback only.

use crate::{edge::print_json, error::CliError};
use axum::{
    Router,
    body::Bytes,
    extract::{DefaultBodyLimit, Request, State},
    http::{HeaderMap, StatusCode, header},
    middleware::{self, Next},
    response::{Html, IntoResponse, Response},
    routing::{get, post},
};
use lawang_ipc::Host;
use serde_json::json;
use std::{
    net::SocketAddr,
    path::{Component, Path, PathBuf},
    sync::Arc,
};

/// Where the built screens are: LAWANG_UI, else `ui/dist` here or beside the program.
fn screens() -> Result<PathBuf, CliError> {
    let beside = std::env::current_exe().ok();
    let mut places: Vec<PathBuf> = std::env::var_os("LAWANG_UI")
        .map(PathBuf::from)
        .into_iter()
        .collect();
    places.push("ui/dist".into());
    // From target/debug/lawang up to the checkout.
    places.extend(
        beside
            .iter()
            .flat_map(|exe| exe.ancestors().skip(1).map(|dir| dir.join("ui/dist"))),
    );
    places
        .into_iter()
        .find(|dir| dir.join("index.html").exists())
        .ok_or_else(|| {
            CliError::new("no_screens", "the built screens are not here")
                .hint("Run `npm ci && npm run build` in ui, or set LAWANG_UI to the folder with index.html.")
        })
}

struct Shared {
    host: Arc<Host>,
    dir: PathBuf,
    /// A page that shows the screens in a frame.
    frame: Option<String>,
}

/// Refuses addresses that others could reach.
pub fn only_loopback(listen: SocketAddr) -> Result<(), CliError> {
    if listen.ip().is_loopback() {
        return Ok(());
    }
    Err(CliError::new(
        "not_loopback",
        "the screens are served on this machine only",
    )
    .hint("Listen on 127.0.0.1. Others use the app, or the district's server."))
}

/// Serves until the process is ended. `frame`: a page under `/frame`; `ready`: told the address.
pub fn serve(
    host: Arc<Host>,
    listen: SocketAddr,
    frame: Option<String>,
    ready: impl FnOnce(SocketAddr),
) -> Result<(), CliError> {
    only_loopback(listen)?;
    let shared = Arc::new(Shared {
        host,
        dir: screens()?,
        frame,
    });
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async move {
        let listener = tokio::net::TcpListener::bind(listen).await?;
        let address = listener.local_addr()?;
        let app = Router::new()
            .route("/ipc", post(call))
            .route("/frame", get(framed))
            .fallback(file)
            .layer(DefaultBodyLimit::max(48 * 1024 * 1024))
            .layer(middleware::from_fn(local_only))
            .with_state(shared);
        print_json(&json!({ "listening": format!("http://{address}") }))?;
        ready(address);
        axum::serve(listener, app).await?;
        Ok(())
    })
}

/// Another site in the same browser must not reach the core, not even through a name that it points at
/// this machine.
async fn local_only(request: Request, next: Next) -> Response {
    let local = |text: &str| {
        let host = text.trim_start_matches("http://");
        let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
        matches!(name, "127.0.0.1" | "localhost" | "[::1]")
    };
    let headers: &HeaderMap = request.headers();
    let text = |name| headers.get(name).and_then(|v| v.to_str().ok());
    let host_fits = text(header::HOST).is_some_and(local);
    let origin_fits = text(header::ORIGIN).is_none_or(local);
    if host_fits && origin_fits {
        next.run(request).await
    } else {
        StatusCode::FORBIDDEN.into_response()
    }
}

async fn framed(State(shared): State<Arc<Shared>>) -> Response {
    match &shared.frame {
        Some(page) => Html(page.clone()).into_response(),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

async fn call(State(shared): State<Arc<Shared>>, body: Bytes) -> Response {
    let answer = tokio::task::spawn_blocking(move || {
        let request = serde_json::from_slice(&body).unwrap_or_default();
        shared.host.call(request)
    })
    .await;
    let (status, value) = match answer {
        Ok(Ok(reply)) => (StatusCode::OK, reply),
        Ok(Err(failure)) => (StatusCode::UNPROCESSABLE_ENTITY, failure),
        Err(_) => (
            StatusCode::INTERNAL_SERVER_ERROR,
            json!({ "code": "internal", "message": "Terjadi kesalahan.", "hint": "Coba lagi.", "path": null }),
        ),
    };
    (
        status,
        [(header::CONTENT_TYPE, "application/json")],
        value.to_string(),
    )
        .into_response()
}

async fn file(State(shared): State<Arc<Shared>>, request: Request) -> Response {
    let wanted = request.uri().path().trim_start_matches('/');
    let inside = Path::new(wanted)
        .components()
        .all(|c| matches!(c, Component::Normal(_)));
    let path = if wanted.is_empty() || !inside {
        shared.dir.join("index.html")
    } else {
        shared.dir.join(wanted)
    };
    let kind = match path.extension().and_then(|e| e.to_str()) {
        Some("html") => "text/html; charset=utf-8",
        Some("js") => "text/javascript",
        Some("css") => "text/css",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("json") => "application/json",
        _ => "application/octet-stream",
    };
    match tokio::fs::read(&path).await {
        Ok(bytes) => ([(header::CONTENT_TYPE, kind)], bytes).into_response(),
        Err(_) => StatusCode::NOT_FOUND.into_response(),
    }
}
