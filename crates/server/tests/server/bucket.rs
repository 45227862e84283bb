//! An S3-compatible store in this process, on a folder, that can fail as the network and the store do.

use hyper::{Request, Response, StatusCode, body::Incoming, service::service_fn};
use hyper_util::rt::{TokioExecutor, TokioIo};
use lawang_server::AwsSettings;
use s3s::{Body, auth::SimpleAuth, service::S3ServiceBuilder};
use std::{
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicU8, AtomicU64, Ordering},
    },
};
use tempfile::TempDir;
use tokio::net::TcpListener;

pub const KEY: &str = "lawang-tests";
pub const SECRET: &str = "not-a-secret-of-anybody";

/// What the store does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mood {
    /// As it should.
    Well = 0,
    /// Answers everything with 503.
    Away = 1,
    /// Reads, and answers every writing with 503.
    ReadOnly = 2,
    /// Writes, but the answer to a writing never comes.
    Mute = 3,
    /// Says that objects have versions.
    Versions = 4,
}

#[derive(Default)]
struct State {
    mood: AtomicU8,
    requests: AtomicU64,
}

/// The store, for as long as it is kept.
pub struct Bucket {
    folder: TempDir,
    endpoint: String,
    state: Arc<State>,
    _runtime: tokio::runtime::Runtime,
}

impl Bucket {
    /// With one bucket, `lawang`.
    pub fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("lawang")).unwrap();
        let mut builder = S3ServiceBuilder::new(s3s_fs::FileSystem::new(folder.path()).unwrap());
        builder.set_auth(SimpleAuth::from_single(KEY, SECRET));
        let service = builder.build().into_shared();
        let state = Arc::new(State::default());
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .unwrap();
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let shared = state.clone();
        runtime.spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                let (service, state) = (service.clone(), shared.clone());
                tokio::spawn(async move {
                    let answer = service_fn(|request: Request<Incoming>| {
                        let (service, state) = (service.clone(), state.clone());
                        async move { answer(&service, &state, request).await }
                    });
                    let _ = hyper_util::server::conn::auto::Builder::new(TokioExecutor::new())
                        .serve_connection(TokioIo::new(socket), answer)
                        .await;
                });
            }
        });
        Self {
            folder,
            endpoint,
            state,
            _runtime: runtime,
        }
    }

    /// Where the objects lie as files.
    pub fn folder(&self) -> PathBuf {
        self.folder.path().join("lawang")
    }

    pub fn endpoint(&self) -> &str {
        &self.endpoint
    }

    pub fn set(&self, mood: Mood) {
        self.state.mood.store(mood as u8, Ordering::SeqCst);
    }

    /// Requests so far.
    pub fn requests(&self) -> u64 {
        self.state.requests.load(Ordering::SeqCst)
    }

    /// Variables of a process that may use it.
    pub fn variables(&self) -> Vec<(String, String)> {
        let all = [
            ("AWS_ACCESS_KEY_ID", KEY),
            ("AWS_SECRET_ACCESS_KEY", SECRET),
            ("AWS_ENDPOINT_URL", &self.endpoint),
            ("AWS_ALLOW_HTTP", "true"),
            ("AWS_REGION", "ap-southeast-3"),
        ];
        all.map(|(name, value)| (name.to_owned(), value.to_owned()))
            .into()
    }

    pub fn settings(&self) -> AwsSettings {
        AwsSettings::from_variables(self.variables())
    }

    /// Names of all objects, and their bytes.
    pub fn objects(&self) -> Vec<(String, Vec<u8>)> {
        let root = self.folder.path().join("lawang");
        let mut open: Vec<PathBuf> = vec![root.clone()];
        let mut found = Vec::new();
        while let Some(folder) = open.pop() {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    open.push(path);
                } else {
                    let name = path.strip_prefix(&root).unwrap();
                    let name = name.to_string_lossy().replace('\\', "/");
                    found.push((name, std::fs::read(&path).unwrap()));
                }
            }
        }
        found.sort();
        found
    }

    /// Changes the bytes of an object behind everybody's back.
    pub fn overwrite(&self, name: &str, bytes: &[u8]) {
        std::fs::write(self.folder.path().join("lawang").join(name), bytes).unwrap();
    }
}

async fn answer(
    service: &s3s::service::SharedS3Service,
    state: &State,
    request: Request<Incoming>,
) -> s3s::S3Result<Response<Body>> {
    state.requests.fetch_add(1, Ordering::SeqCst);
    let mood = state.mood.load(Ordering::SeqCst);
    let writes = request.method() != "GET" && request.method() != "HEAD";
    let is = |other: Mood| mood == other as u8;
    if is(Mood::Away) || (is(Mood::ReadOnly) && writes) {
        let mut away = Response::new(Body::from("away".to_owned()));
        *away.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
        return Ok(away);
    }
    // The service would make a bucket of any name.
    if !request.uri().path().starts_with("/lawang") {
        let text = "<Error><Code>NoSuchBucket</Code><Message>no such bucket</Message></Error>";
        let mut unknown = Response::new(Body::from(text.to_owned()));
        *unknown.status_mut() = StatusCode::NOT_FOUND;
        return Ok(unknown);
    }
    let mut done = service.as_ref().call(request.map(Body::from)).await?;
    if is(Mood::Mute) && writes {
        std::future::pending::<()>().await;
    }
    if is(Mood::Versions) {
        let version = hyper::header::HeaderValue::from_static("v1");
        done.headers_mut().insert("x-amz-version-id", version);
    }
    Ok(done)
}
