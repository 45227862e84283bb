//! For those who run the server: is it well, what does it count, who has not exchanged for long. On an address of its own,
//! on this machine only.

use super::{
    api::Clock,
    silent::{self, Language},
};
use crate::{
    error::{Result, ServerError},
    server::Server,
};
use axum::{
    Json, Router,
    extract::{Query, Request, State},
    http::{HeaderMap, StatusCode, header},
    middleware::{self, Next},
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

/// `/health`, `/metrics` and the page `/devices`.
pub fn operations(server: Arc<Server>, clock: Clock) -> Router {
    Router::new()
        .route("/health", get(health))
        .route("/metrics", get(metrics))
        .route("/devices", get(devices))
        .layer(middleware::from_fn(of_this_machine))
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

/// A page from elsewhere that made its name point at this machine (DNS rebinding) is given nothing.
async fn of_this_machine(request: Request, next: Next) -> Response {
    if is_local(request.headers()) {
        next.run(request).await
    } else {
        let body = Json(json!({ "code": "not_loopback" }));
        (StatusCode::FORBIDDEN, body).into_response()
    }
}

fn is_local(headers: &HeaderMap) -> bool {
    let host = headers
        .get(header::HOST)
        .and_then(|host| host.to_str().ok());
    let Some(host) = host else { return false };
    // The port apart; the brackets of an IPv6 address stay.
    let name = host.rsplit_once(':').map_or(host, |(name, port)| {
        if port.bytes().all(|byte| byte.is_ascii_digit()) {
            name
        } else {
            host
        }
    });
    let address = name.trim_start_matches('[').trim_end_matches(']');
    name.eq_ignore_ascii_case("localhost")
        || address
            .parse::<std::net::IpAddr>()
            .is_ok_and(|ip| ip.is_loopback())
}

/// What the page is asked for.
#[derive(serde::Deserialize)]
struct Asked {
    days: Option<u64>,
    lang: Option<String>,
}

async fn devices(State(to): State<Operations>, Query(asked): Query<Asked>) -> Response {
    let now = (to.clock)();
    let found = tokio::task::spawn_blocking(move || to.server.devices()).await;
    match found {
        Ok(Ok(devices)) => {
            let language = Language::of(asked.lang.as_deref().unwrap_or("id"));
            let page = silent::page(&devices, now, asked.days.unwrap_or(0), language);
            let headers = [
                (header::CONTENT_TYPE, "text/html; charset=utf-8"),
                (header::CACHE_CONTROL, "no-store"),
                (
                    header::CONTENT_SECURITY_POLICY,
                    "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
                ),
            ];
            (headers, page.into_string()).into_response()
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

/// Serves [`operations`] in the background until the runtime ends. Gives the address.
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
            "health, metrics and the page of devices are served on this machine only",
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_of_this_machine_are_answered() {
        let is = |host: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::HOST, host.parse().unwrap());
            is_local(&headers)
        };
        for host in ["127.0.0.1:9464", "localhost", "LOCALHOST:80", "[::1]:9464"] {
            assert!(is(host), "{host}");
        }
        for host in [
            "evil.example:9464",
            "127.0.0.1.evil.example",
            "192.168.1.7",
            "::x",
        ] {
            assert!(!is(host), "{host}");
        }
        assert!(!is_local(&HeaderMap::new()));
    }
}
