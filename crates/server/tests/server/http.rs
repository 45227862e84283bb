use crate::common::*;
use base64::{Engine, engine::general_purpose::STANDARD as BASE64};
use lawang_domain::Role;
use lawang_server::{
    Server,
    http::{ServeOptions, serve},
};
use lawang_sync::{
    DeviceKey, Envelope, Part, Request, Response, UploadState, decode, encode, signed_part,
};
use reqwest::StatusCode;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::{
    fs,
    io::Write,
    net::TcpStream,
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};
use tokio::{sync::oneshot, task::JoinHandle};

struct Running {
    server: Arc<Server>,
    url: String,
    clock: Arc<AtomicU64>,
    stop: oneshot::Sender<()>,
    done: JoinHandle<lawang_server::Result<()>>,
}

async fn start() -> Running {
    start_with(None).await
}

async fn start_with(tls: Option<(PathBuf, PathBuf)>) -> Running {
    // Another test may have been first.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let server = Arc::new(server());
    village(&server);
    let clock = Arc::new(AtomicU64::new(NOW));
    let (stop, stopped) = oneshot::channel();
    let (ready, listening) = oneshot::channel();
    let options = ServeOptions {
        listen: "127.0.0.1:0".parse().unwrap(),
        tls,
        clock: Arc::new({
            let clock = clock.clone();
            move || clock.load(Ordering::Relaxed)
        }),
    };
    let done = tokio::spawn({
        let server = server.clone();
        async move {
            let ready = |at| ready.send(at).unwrap();
            serve(server, options, ready, async {
                let _ = stopped.await;
            })
            .await
        }
    });
    let url = listening.await.unwrap().url;
    Running {
        server,
        url,
        clock,
        stop,
        done,
    }
}

impl Running {
    async fn enrol(&self, code: &str, key: &DeviceKey) -> (StatusCode, Value) {
        let body = json!({
            "code": code,
            "public_key": BASE64.encode(key.public()),
            "app": "test",
            "time": NOW,
        });
        let request = reqwest::Client::new().post(format!("{}/v1/enrol", self.url));
        let reply = request.body(body.to_string()).send().await.unwrap();
        let status = reply.status();
        (
            status,
            serde_json::from_slice(&reply.bytes().await.unwrap()).unwrap(),
        )
    }

    fn code(&self) -> String {
        self.server
            .make_code("Siti", Role::Enumerator, &codes(&[HERE]), 24, NOW)
            .unwrap()
            .code
    }

    async fn sync(
        &self,
        tablet: &Tablet,
        key: &DeviceKey,
        time: u64,
        body: Vec<u8>,
    ) -> reqwest::Response {
        reqwest::Client::new()
            .post(format!("{}/v1/sync", self.url))
            .header("lawang-device", tablet.id.to_string())
            .header("lawang-time", time.to_string())
            .header("lawang-signature", signature(key, time, &body))
            .body(body)
            .send()
            .await
            .unwrap()
    }
}

fn signature(key: &DeviceKey, time: u64, message: &[u8]) -> String {
    let mut signed = format!("POST /v1/sync\n{time}\n").into_bytes();
    let (purpose, part) = signed_part(message);
    signed.extend_from_slice(part);
    BASE64.encode(key.sign(purpose, &signed))
}

async fn refusal(reply: reqwest::Response) -> (u16, String, Value) {
    let status = reply.status().as_u16();
    let body: Value = serde_json::from_slice(&reply.bytes().await.unwrap()).unwrap();
    (
        status,
        body["code"].as_str().unwrap().to_owned(),
        body["time"].clone(),
    )
}

fn hello(tablet: &Tablet) -> Vec<u8> {
    encode(&Envelope {
        max_response: 1 << 20,
        request: Request::Hello(tablet.greet(0)),
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_enrols_and_says_hello_over_http() {
    let running = start().await;
    let about = reqwest::get(format!("{}/v1/about", running.url))
        .await
        .unwrap();
    assert_eq!(about.headers()["lawang"], "1");
    let about: Value = serde_json::from_slice(&about.bytes().await.unwrap()).unwrap();
    assert_eq!(about["lawang"], 1);
    assert_eq!(about["server"], running.server.id().to_string());

    let key = DeviceKey::from_seed(&[1; 32]);
    let code = running.code();
    let (status, reply) = running.enrol(&code, &key).await;
    assert_eq!(status, 200);
    assert_eq!(
        reply["server_key"],
        BASE64.encode(running.server.public_key())
    );
    assert_eq!(reply["role"], "enumerator");
    assert_eq!(reply["villages"][0]["code"], HERE);
    assert_eq!(reply["villages"][0]["district"], "Gedong Tataan");
    assert_eq!(
        running.enrol(&code, &key).await.1["device"],
        reply["device"]
    );
    let other = DeviceKey::from_seed(&[2; 32]);
    let (status, refused) = running.enrol(&code, &other).await;
    assert_eq!(
        (status.as_u16(), refused["code"].as_str()),
        (403, Some("used_code"))
    );

    let tablet = Tablet {
        id: reply["device"].as_str().unwrap().parse().unwrap(),
        key,
        incarnation: [1; 8],
    };
    let reply = running
        .sync(&tablet, &tablet.key, NOW, hello(&tablet))
        .await;
    assert_eq!(
        (reply.status().as_u16(), &reply.headers()["lawang"]),
        (200, &"1".parse().unwrap())
    );
    let reply: Response = decode(&reply.bytes().await.unwrap()).unwrap();
    assert!(matches!(reply, Response::Hello(hello) if hello.villages[0].rows == 2));
    running.stop.send(()).unwrap();
    running.done.await.unwrap().unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_proves_nothing_is_refused_for_its_reason() {
    let running = start().await;
    let tablet = Tablet::enrol(&running.server, 1, &[HERE]);
    let thief = DeviceKey::from_seed(&[9; 32]);
    let body = hello(&tablet);

    let reply = running.sync(&tablet, &thief, NOW, body.clone()).await;
    assert_eq!(
        refusal(reply).await,
        (401, "bad_signature".into(), json!(NOW))
    );

    // Two years wrong: the answer holds the right time, with which the device tries again.
    let years = 2 * 365 * 24 * 3_600_000;
    let reply = running
        .sync(&tablet, &tablet.key, NOW - years, body.clone())
        .await;
    assert_eq!(refusal(reply).await, (401, "clock_skew".into(), json!(NOW)));
    assert_eq!(
        running
            .sync(&tablet, &tablet.key, NOW + 200_000, body.clone())
            .await
            .status(),
        200
    );
    running.clock.store(NOW + 1_000_000, Ordering::Relaxed);
    let reply = running.sync(&tablet, &tablet.key, NOW, body.clone()).await;
    assert_eq!(
        refusal(reply).await.1,
        "clock_skew",
        "an old request cannot be played again"
    );
    running.clock.store(NOW, Ordering::Relaxed);

    running.server.revoke(tablet.id, NOW).unwrap();
    let reply = running.sync(&tablet, &tablet.key, NOW, body.clone()).await;
    assert_eq!(refusal(reply).await.1, "revoked");
    let nobody = Tablet {
        id: lawang_domain::DeviceId(uuid::Uuid::from_u128(3)),
        key: thief,
        incarnation: [0; 8],
    };
    let reply = running.sync(&nobody, &nobody.key, NOW, body).await;
    assert_eq!(refusal(reply).await.1, "unknown_device");
    let bare = reqwest::Client::new().post(format!("{}/v1/sync", running.url));
    assert_eq!(
        refusal(bare.send().await.unwrap()).await.1,
        "malformed_request"
    );
    let lost = reqwest::get(format!("{}/v1/elsewhere", running.url))
        .await
        .unwrap();
    assert_eq!(refusal(lost).await.1, "not_found");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_of_ten_megabytes_is_refused_in_words() {
    let running = start().await;
    let tablet = Tablet::enrol(&running.server, 1, &[HERE]);
    let reply = running
        .sync(&tablet, &tablet.key, NOW, vec![0; 10 * 1024 * 1024])
        .await;
    let (status, code, _) = refusal(reply).await;
    assert_eq!((status, code.as_str()), (413, "request_too_large"));
    let reply = running
        .sync(&tablet, &tablet.key, NOW, hello(&tablet))
        .await;
    assert_eq!(reply.status(), 200, "and the next one is answered");
}

/// A request of 200 KB that the server answers with a malformed batch, in one piece.
fn large_request() -> Vec<u8> {
    let content: Vec<u8> = (0..200_000u32)
        .map(|n| (n.wrapping_mul(n) >> 3) as u8)
        .collect();
    encode(&Request::Push(content.into()))
}

/// The piece from `offset` on.
fn piece(whole: &[u8], offset: usize) -> Vec<u8> {
    let id: [u8; 32] = Sha256::digest(whole).into();
    encode(&Envelope {
        max_response: 1 << 20,
        request: Request::Piece(Part {
            id: id.into(),
            total: whole.len() as u64,
            offset: offset as u64,
            bytes: whole[offset..].to_vec().into(),
        }),
    })
}

impl Running {
    /// Begins to send a message and stops after so many bytes of it; the connection is still open.
    fn begin(&self, tablet: &Tablet, key: &DeviceKey, message: &[u8], bytes: usize) -> TcpStream {
        let address = self.url.trim_start_matches("http://");
        let mut stream = TcpStream::connect(address).unwrap();
        let head = format!(
            "POST /v1/sync HTTP/1.1\r\nhost: {address}\r\nlawang-device: {}\r\nlawang-time: {NOW}\r\n\
             lawang-signature: {}\r\ncontent-length: {}\r\n\r\n",
            tablet.id,
            signature(key, NOW, message),
            message.len()
        );
        stream.write_all(head.as_bytes()).unwrap();
        stream.write_all(&message[..bytes]).unwrap();
        stream
    }

    async fn answer_to(&self, tablet: &Tablet, message: Vec<u8>) -> Response {
        let reply = self.sync(tablet, &tablet.key, NOW, message).await;
        assert_eq!(reply.status(), 200);
        decode(&reply.bytes().await.unwrap()).unwrap()
    }

    /// What the server has of a request; asked until it is so much, as the server may be slow.
    async fn has(&self, tablet: &Tablet, whole: &[u8], want: u64) -> Response {
        let mut asked = piece(whole, whole.len() - 1);
        // Only the head and no content: from the end on, so that an answer tells how much is there.
        asked.truncate(asked.len() - 2);
        asked.push(0x40);
        let mut last = Response::Upload(UploadState { have: u64::MAX });
        for _ in 0..100 {
            last = self.answer_to(tablet, asked.clone()).await;
            if last == Response::Upload(UploadState { have: want }) {
                break;
            }
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
        last
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_came_of_a_request_before_the_connection_broke_is_kept_and_the_rest_is_enough() {
    let running = start().await;
    let tablet = Tablet::enrol(&running.server, 1, &[HERE]);
    let whole = large_request();
    let message = piece(&whole, 0);
    let head = message.len() - whole.len();
    // Within the head, right behind it, in the middle: each goes on where the one before was cut.
    let mut have = 0;
    for (sent, kept) in [
        (head - 1, 0),
        (head, 0),
        (head + 1, 1),
        (2_000, 2_000 - head),
    ] {
        drop(running.begin(&tablet, &tablet.key, &message, sent));
        have = have.max(kept as u64);
        assert_eq!(
            running.has(&tablet, &whole, have).await,
            Response::Upload(UploadState { have })
        );
    }
    let from = usize::try_from(have).unwrap();
    let rest = piece(&whole, from);
    let head = rest.len() - (whole.len() - from);
    drop(running.begin(&tablet, &tablet.key, &rest, head + 150_000));
    let have = have + 150_000;
    assert_eq!(
        running.has(&tablet, &whole, have).await,
        Response::Upload(UploadState { have })
    );
    // One that nobody closes: what came is there all the same.
    let from = usize::try_from(have).unwrap();
    let rest = piece(&whole, from);
    let open = running.begin(&tablet, &tablet.key, &rest, 1_000);
    let kept = 1_000 - (rest.len() - (whole.len() - from)) as u64;
    let have = have + kept;
    assert_eq!(
        running.has(&tablet, &whole, have).await,
        Response::Upload(UploadState { have })
    );
    // The rest, with some of what is there already, is carried out; the request was one that is refused in words.
    let overlap = usize::try_from(have).unwrap() - 700;
    let done = running.answer_to(&tablet, piece(&whole, overlap)).await;
    assert!(
        matches!(&done, Response::Error(error) if error.code == "malformed_batch"),
        "{done:?}"
    );
    drop(open);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_a_piece_that_is_not_the_devices_own_nothing_is_kept() {
    let running = start().await;
    let tablet = Tablet::enrol(&running.server, 1, &[HERE]);
    let whole = large_request();
    let message = piece(&whole, 0);
    let stranger = DeviceKey::from_seed(&[77; 32]);
    let reply = running.sync(&tablet, &stranger, NOW, message.clone()).await;
    let (status, code, _) = refusal(reply).await;
    assert_eq!((status, code.as_str()), (401, "bad_signature"));
    drop(running.begin(&tablet, &stranger, &message, 100_000));
    // The device's own comes after it, so that what the stranger sent would be there.
    drop(running.begin(&tablet, &tablet.key, &message, 5_000));
    let have = 5_000 - (message.len() - whole.len()) as u64;
    assert_eq!(
        running.has(&tablet, &whole, have).await,
        Response::Upload(UploadState { have })
    );
    // Content that is not what the head says does no more than begin the message again.
    let mut wrong = piece(&whole, usize::try_from(have).unwrap());
    *wrong.last_mut().unwrap() ^= 1;
    let done = running.answer_to(&tablet, wrong).await;
    assert!(
        matches!(&done, Response::Error(error) if error.code == "unknown_part"),
        "{done:?}"
    );
    assert_eq!(
        running.has(&tablet, &whole, 0).await,
        Response::Upload(UploadState { have: 0 })
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn ten_wrong_codes_in_a_minute_close_the_door_for_a_while() {
    let running = start().await;
    let key = DeviceKey::from_seed(&[1; 32]);
    let code = running.code();
    for _ in 0..10 {
        let (status, reply) = running.enrol("AAAAA-AAAAA", &key).await;
        assert_eq!(
            (status.as_u16(), reply["code"].as_str()),
            (403, Some("wrong_code"))
        );
    }
    let (status, reply) = running.enrol(&code, &key).await;
    assert_eq!(
        (status.as_u16(), reply["code"].as_str()),
        (429, Some("slow_down"))
    );
    running.clock.store(NOW + 60_000, Ordering::Relaxed);
    assert_eq!(running.enrol(&code, &key).await.0, 200);
    let (status, reply) = running.enrol(&"x".repeat(20_000), &key).await;
    assert_eq!(
        (status.as_u16(), reply["code"].as_str()),
        (413, Some("request_too_large"))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn with_a_certificate_it_speaks_https_to_those_who_trust_it_and_to_nobody_in_clear() {
    let dir = tempfile::tempdir().unwrap();
    let (certificate, key) = (dir.path().join("chain.pem"), dir.path().join("key.pem"));
    let made = rcgen::generate_simple_self_signed(vec!["localhost".into()]).unwrap();
    fs::write(&certificate, made.cert.pem()).unwrap();
    fs::write(&key, made.signing_key.serialize_pem()).unwrap();
    let running = start_with(Some((certificate, key))).await;
    let url = running.url.replace("127.0.0.1", "localhost") + "/v1/about";
    assert!(url.starts_with("https://"));

    let root = reqwest::Certificate::from_pem(made.cert.pem().as_bytes()).unwrap();
    let trusting = reqwest::Client::builder()
        .tls_certs_only([root])
        .build()
        .unwrap();
    let reply = trusting.get(&url).send().await.unwrap();
    assert_eq!(reply.headers()["lawang"], "1");
    reqwest::get(&url).await.unwrap_err();
    let clear = url.replace("https:", "http:");
    assert!(
        !reqwest::get(clear)
            .await
            .is_ok_and(|r| r.headers().contains_key("lawang"))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_that_cannot_be_used_is_said_before_anything_listens() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("nothing.pem");
    fs::write(&file, "no certificate").unwrap();
    let options = ServeOptions {
        listen: "127.0.0.1:0".parse().unwrap(),
        tls: Some((file.clone(), file)),
        clock: Arc::new(|| NOW),
    };
    let nobody = |_| panic!("it must not get ready");
    let error = serve(Arc::new(server()), options, nobody, std::future::pending()).await;
    assert_eq!(error.unwrap_err().code(), "bad_certificate");
}
