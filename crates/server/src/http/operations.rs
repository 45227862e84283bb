//! For those who run the server: is it well, and what does it count. On an address of its own, on this machine only.

use super::api::Clock;
use crate::{
    error::{Result, ServerError},
    server::Server,
};
use axum::{
    Json, Router,
    extract::State,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};
use serde_json::json;
use std::{
    net::{SocketAddr, TcpListener},
    sync::Arc,
};

#[derive(Clone)]
struct Operations {
    server: Arc<Server>,
    clock: Clock,
}

/// `/health` and `/metrics`.
pub fn operations(server: Arc<Server>, clock: Clock) -> Router {
    Router::new()
        .route("/health", get(health))
        .route("/metrics", get(metrics))
        .with_state(Operations { server, clock })
}

async fn health(State(to): State<Operations>) -> Response {
    let now = (to.clock)();
    let found = tokio::task::spawn_blocking(move || to.server.health()).await;
    match found {
        Ok(Ok(entries)) => {
            Json(json!({ "status": "ok", "entries": entries, "time": now })).into_response()
        }
        Ok(Err(error)) => unwell(error.code()),
        Err(_) => unwell("broke_off"),
    }
}

fn unwell(code: &str) -> Response {
    let body = Json(json!({ "status": "unwell", "code": code }));
    (StatusCode::SERVICE_UNAVAILABLE, body).into_response()
}

async fn metrics(State(to): State<Operations>) -> Response {
    let now = (to.clock)();
    let found = tokio::task::spawn_blocking(move || to.server.metrics(now)).await;
    match found {
        Ok(Ok(text)) => {
            let kind = "application/openmetrics-text; version=1.0.0; charset=utf-8";
            ([(header::CONTENT_TYPE, kind)], text).into_response()
        }
        Ok(Err(error)) => unwell(error.code()),
        Err(_) => unwell("broke_off"),
    }
}

/// Serves `/health` and `/metrics` in the background until the runtime ends. Gives the address.
///
/// # Errors
/// `not_loopback`: the numbers are for this machine; `cannot_listen`.
pub fn serve_operations(
    server: Arc<Server>,
    clock: Clock,
    listen: SocketAddr,
) -> Result<SocketAddr> {
    if !listen.ip().is_loopback() {
        return Err(ServerError::refused(
            "not_loopback",
            "health and metrics are served on this machine only",
        )
        .hint(
            "name an address such as 127.0.0.1:9464; a collector elsewhere comes through a proxy",
        ));
    }
    let cannot = |error: std::io::Error| {
        ServerError::refused(
            "cannot_listen",
            format!("cannot listen on {listen}: {error}"),
        )
    };
    let listener = TcpListener::bind(listen).map_err(cannot)?;
    listener.set_nonblocking(true).map_err(cannot)?;
    let address = listener.local_addr()?;
    let http = axum_server::from_tcp(listener)?;
    tokio::spawn(async move {
        let service = operations(server, clock).into_make_service();
        if let Err(error) = http.serve(service).await {
            tracing::error!(%error, "health and metrics ended");
        }
    });
    Ok(address)
}
