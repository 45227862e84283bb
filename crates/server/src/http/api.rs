//! The three addresses.

use super::{
    body::whole,
    limits::{Buckets, Limits},
    piece,
    room::Room,
};
use crate::{
    devices,
    enrol::EnrolRequest,
    error::{Result, ServerError},
    server::Server,
};
use axum::{
    Json, Router,
    extract::{ConnectInfo, Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
    middleware,
    response::{IntoResponse, Response},
    routing::{get, post},
};
use base64::{Engine, engine::general_purpose::STANDARD as BASE64};
use lawang_domain::DeviceId;
use lawang_sync::{PROTOCOL, signed_part, verify};
use serde::Deserialize;
use serde_json::json;
use std::{
    net::{IpAddr, SocketAddr},
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::sync::Semaphore;
use tower_http::timeout::TimeoutLayer;

/// How far a device's clock may be from the server's, ms. Older requests are not answered again.
const MAX_SKEW: u64 = 5 * 60 * 1000;
const LAWANG: HeaderName = HeaderName::from_static("lawang");

/// The clock, as the edge gives it: milliseconds since 1970.
pub type Clock = Arc<dyn Fn() -> u64 + Send + Sync>;

pub(super) struct Api {
    pub(super) server: Arc<Server>,
    pub(super) clock: Clock,
    pub(super) limits: Limits,
    pub(super) room: Room,
    /// By device and address: whoever only says that it is a device takes nothing from it elsewhere.
    devices: Buckets<(DeviceId, IpAddr)>,
    codes: Buckets<IpAddr>,
    permits: Semaphore,
}

/// The server's addresses, with the usual bounds.
pub fn router(server: Arc<Server>, clock: Clock) -> Router {
    router_with(server, clock, Limits::default())
}

/// The server's addresses, with bounds of one's own.
pub fn router_with(server: Arc<Server>, clock: Clock, limits: Limits) -> Router {
    let timeout = limits.request;
    let api = Arc::new(Api::new(server, clock, limits));
    Router::new()
        .route("/v1/about", get(about))
        .route("/v1/enrol", post(enrol))
        .route("/v1/sync", post(sync))
        .fallback(|| async {
            failure(
                StatusCode::NOT_FOUND,
                "not_found",
                "nothing is here",
                json!({}),
            )
        })
        .layer(TimeoutLayer::with_status_code(
            StatusCode::REQUEST_TIMEOUT,
            timeout,
        ))
        .layer(middleware::map_response(mark))
        .with_state(api)
}

/// Every answer says that a Lawang server gave it.
async fn mark(mut response: Response) -> Response {
    if response.status() == StatusCode::REQUEST_TIMEOUT {
        let words = "the request took too long; send smaller parts";
        response = failure(StatusCode::REQUEST_TIMEOUT, "timeout", words, json!({}));
    }
    let headers = response.headers_mut();
    headers.insert(LAWANG, HeaderValue::from(PROTOCOL));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

fn failure(status: StatusCode, code: &str, message: &str, more: serde_json::Value) -> Response {
    let mut body = json!({ "code": code, "message": message });
    if let (Some(body), serde_json::Value::Object(more)) = (body.as_object_mut(), more) {
        body.extend(more);
    }
    (status, Json(body)).into_response()
}

fn status_of(code: &str) -> StatusCode {
    match code {
        "unknown_device" | "revoked" | "bad_signature" | "clock_skew" => StatusCode::UNAUTHORIZED,
        "wrong_code" | "used_code" | "expired_code" => StatusCode::FORBIDDEN,
        "malformed_request" => StatusCode::BAD_REQUEST,
        "request_too_large" => StatusCode::PAYLOAD_TOO_LARGE,
        "busy" => StatusCode::SERVICE_UNAVAILABLE,
        "timeout" => StatusCode::REQUEST_TIMEOUT,
        _ => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

fn answer(error: &ServerError, now: u64) -> Response {
    let code = error.code();
    let message = match error {
        ServerError::Refused { message, .. } => message.clone(),
        trouble => {
            tracing::error!(code, error = %trouble, "a request failed");
            "the server could not do this now; try again".to_owned()
        }
    };
    failure(status_of(code), code, &message, json!({ "time": now }))
}

fn slow_down(seconds: u64, now: u64) -> Response {
    let mut response = failure(
        StatusCode::TOO_MANY_REQUESTS,
        "slow_down",
        "too many requests; wait a little",
        json!({ "time": now }),
    );
    let headers = response.headers_mut();
    headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    response
}

impl Api {
    pub(super) fn new(server: Arc<Server>, clock: Clock, limits: Limits) -> Self {
        Self {
            server,
            clock,
            devices: Buckets::new(limits.device_burst, limits.device_rate),
            codes: Buckets::new(limits.wrong_codes, limits.wrong_codes / 60.0),
            permits: Semaphore::new(limits.at_once),
            room: Room::default(),
            limits,
        }
    }

    /// Runs work on the store away from the threads that speak with the network.
    pub(super) async fn work<T: Send + 'static>(
        self: &Arc<Self>,
        work: impl FnOnce(&Server) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let busy = || ServerError::refused("busy", "the server has much to do; try again");
        let wait = tokio::time::timeout(Duration::from_secs(10), self.permits.acquire());
        let _permit = wait.await.map_err(|_| busy())?.map_err(|_| busy())?;
        let server = self.server.clone();
        let done = tokio::task::spawn_blocking(move || work(&server)).await;
        done.map_err(|error| ServerError::Damaged(format!("a request broke off: {error}")))?
    }
}

async fn about(State(api): State<Arc<Api>>) -> Response {
    let certificate = api
        .work(|server| match server.hub() {
            // A hub that was never at its district says at least that it is one.
            Some(_) => server
                .hub_certificate()
                .map(|c| Some(c.unwrap_or_default())),
            None => Ok(None),
        })
        .await
        .unwrap_or_default();
    Json(json!({
        "hub": certificate.map(|bytes| BASE64.encode(bytes)),
        "lawang": 1,
        "protocol": PROTOCOL,
        "server": api.server.id(),
        "time": (api.clock)(),
    }))
    .into_response()
}

#[derive(Deserialize)]
struct EnrolBody {
    code: String,
    public_key: String,
    #[serde(default)]
    app: String,
}

async fn enrol(State(api): State<Arc<Api>>, request: Request) -> Response {
    let now = (api.clock)();
    let peer = peer_of(&request);
    if let Err(seconds) = api.codes.take(&peer, 0.0, now) {
        return slow_down(seconds, now);
    }
    let body = match whole(
        request.into_body(),
        api.limits.enrol_body,
        api.limits.request,
    )
    .await
    {
        Ok(body) => body,
        Err(error) => return answer(&error, now),
    };
    let parsed = serde_json::from_slice::<EnrolBody>(&body).ok();
    let request = parsed.and_then(|body| {
        let key = BASE64.decode(body.public_key).ok()?;
        Some(EnrolRequest {
            code: body.code,
            public_key: key.try_into().ok()?,
            app: body.app,
        })
    });
    let Some(request) = request else {
        let error = ServerError::refused(
            "malformed_request",
            "an enrolment is JSON with code, public_key (32 bytes in base64) and app",
        );
        return answer(&error, now);
    };
    let enrolled = match api.work(move |server| server.enrol(&request, now)).await {
        Ok(enrolled) => enrolled,
        Err(error) => {
            if matches!(error.code(), "wrong_code" | "used_code" | "expired_code") {
                tracing::warn!(code = error.code(), %peer, "an enrolment was refused");
                let _ = api.codes.take(&peer, 1.0, now);
            }
            return answer(&error, now);
        }
    };
    tracing::info!(device = %enrolled.device, role = %enrolled.role, "a device was enrolled");
    let villages: Vec<_> = enrolled
        .villages
        .iter()
        .map(|code| {
            let names = lawang_prelist::regions::names(*code);
            json!({
                "code": code,
                "name": names.map_or("", |n| n.village),
                "district": names.map_or("", |n| n.district),
                "regency": names.map_or("", |n| n.regency),
            })
        })
        .collect();
    Json(json!({
        "device": enrolled.device,
        "server": api.server.id(),
        "server_key": BASE64.encode(api.server.public_key()),
        "person": enrolled.person,
        "role": enrolled.role,
        "villages": villages,
        "time": now,
    }))
    .into_response()
}

/// The address that asks; behind no proxy, because headers that name another one can be forged.
fn peer_of(request: &Request) -> IpAddr {
    request
        .extensions()
        .get::<ConnectInfo<SocketAddr>>()
        .map_or(IpAddr::from([0, 0, 0, 0]), |peer| peer.0.ip())
}

/// Who says that it asks.
#[derive(Clone)]
pub(super) struct Claim {
    pub(super) device: DeviceId,
    time: u64,
    signature: Vec<u8>,
}

impl Claim {
    pub(super) fn read(headers: &HeaderMap) -> Option<Self> {
        let text = |name: &str| headers.get(name)?.to_str().ok();
        Some(Self {
            device: text("lawang-device")?.parse().ok()?,
            time: text("lawang-time")?.parse().ok()?,
            signature: BASE64.decode(text("lawang-signature")?).ok()?,
        })
    }

    /// Whether there is such a device at all.
    pub(super) fn known(&self, server: &Server) -> Result<()> {
        server
            .store
            .read(|tx| devices::find(tx, self.device).map(|_| ()))
    }

    /// Who it is, then whether the clocks agree: the time in the answer to a wrong clock is only for
    /// those who can prove who they are.
    pub(super) fn prove(&self, server: &Server, message: &[u8], now: u64) -> Result<()> {
        let device = server.store.read(|tx| devices::find(tx, self.device))?;
        let mut signed = format!("POST /v1/sync\n{}\n", self.time).into_bytes();
        let (purpose, part) = signed_part(message);
        signed.extend_from_slice(part);
        if !verify(&device.public_key, purpose, &signed, &self.signature) {
            return Err(ServerError::refused(
                "bad_signature",
                "the request's signature does not fit",
            ));
        }
        if self.time.abs_diff(now) > MAX_SKEW {
            return Err(ServerError::refused(
                "clock_skew",
                "the device's clock is more than five minutes off",
            ));
        }
        Ok(())
    }
}

async fn sync(State(api): State<Arc<Api>>, request: Request) -> Response {
    let started = Instant::now();
    let now = (api.clock)();
    let peer = peer_of(&request);
    let (parts, body) = request.into_parts();
    let Some(claim) = Claim::read(&parts.headers) else {
        let error = ServerError::refused(
            "malformed_request",
            "the headers lawang-device, lawang-time and lawang-signature are needed",
        );
        return answer(&error, now);
    };
    if let Err(seconds) = api.devices.take(&(claim.device, peer), 1.0, now) {
        return slow_down(seconds, now);
    }
    let device = claim.device;
    // A task of its own: what came of a piece is kept also when the connection, and with it this call, is gone.
    let receiving = tokio::spawn(piece::receive(api.clone(), claim, body));
    let (up, reply) = receiving.await.unwrap_or_else(|error| {
        let broken = format!("a request broke off: {error}");
        (0, Err(ServerError::Damaged(broken)))
    });
    let now = (api.clock)();
    let metrics = api.server.clone();
    let ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
    match reply {
        Ok(bytes) => {
            tracing::info!(%device, up, down = bytes.len(), ms, "sync");
            metrics
                .metrics
                .request("ok", up, bytes.len(), started.elapsed());
            ([(header::CONTENT_TYPE, "application/cbor")], bytes).into_response()
        }
        Err(error) => {
            tracing::warn!(%device, up, code = error.code(), ms, "sync refused");
            metrics
                .metrics
                .request(error.code(), up, 0, started.elapsed());
            answer(&error, now)
        }
    }
}
