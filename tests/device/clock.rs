//! Wrong clocks and wrong certificates, over real HTTP.

use lawang_app::{CancelToken, HttpTransport, exchange};
use lawang_server::{Server, http};
use lawang_store::Identity;
use lawang_tests::world::{FakeEnvironment, NOW, World};
use std::{path::PathBuf, sync::Arc};

/// Serves a world's server on a port of this machine, with the world's clock; gives its address.
fn serve(server: Server, tls: Option<(PathBuf, PathBuf)>) -> String {
    serve_at(server, tls, NOW)
}

/// The same with another clock.
pub fn serve_at(server: Server, tls: Option<(PathBuf, PathBuf)>, now: u64) -> String {
    let (tell, hear) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .build()
            .expect("a runtime");
        let options = http::ServeOptions {
            listen: "127.0.0.1:0".parse().expect("an address"),
            tls,
            clock: Arc::new(move || now),
        };
        let ready = move |listening: http::Listening| {
            let _ = tell.send(listening.url);
        };
        let _ = runtime.block_on(http::serve(
            Arc::new(server),
            options,
            ready,
            std::future::pending::<()>(),
        ));
    });
    hear.recv().expect("listening")
}

fn moved(identity: &Identity, address: &str) -> Identity {
    Identity {
        address: address.to_owned(),
        ..identity.clone()
    }
}

#[test]
fn a_clock_that_is_two_years_wrong_is_corrected_for_the_exchange_and_named_in_words() {
    let World {
        server, tablets, ..
    } = World::new(21, 3, 1);
    let tablet = tablets.into_iter().next().expect("a tablet");
    let address = serve(server, None);
    let environment: Arc<FakeEnvironment> = tablet.environment.clone();
    environment.advance(-2 * 366 * 86_400_000);
    let identity = moved(tablet.device.lock().expect("a device").identity(), &address);
    let mut transport =
        HttpTransport::new(&identity, None, None, environment.clone()).expect("a transport");
    let report = exchange(
        &tablet.device,
        &mut transport,
        &CancelToken::default(),
        |_, _| (),
    )
    .expect("arrives all the same");
    assert!(report.agreed && report.pulled >= 3);
    assert!(report.clock_offset < -700 * 86_400_000);
    let log = tablet
        .device
        .lock()
        .expect("a device")
        .store()
        .sync_log(1)
        .expect("a log");
    assert!(
        log[0].report.contains("2 tahun") && log[0].report.contains("betulkan tanggal"),
        "{}",
        log[0].report
    );
}

#[test]
fn an_expired_certificate_and_an_unknown_one_are_refused_in_words_and_nothing_is_sent() {
    let dir = tempfile::tempdir().expect("a folder");
    for (name, expired) in [("unknown", false), ("expired", true)] {
        let mut params =
            rcgen::CertificateParams::new(vec!["localhost".into()]).expect("a certificate");
        if expired {
            params.not_before = rcgen::date_time_ymd(2019, 1, 1);
            params.not_after = rcgen::date_time_ymd(2020, 1, 1);
        }
        let key = rcgen::KeyPair::generate().expect("a key");
        let certificate = params.self_signed(&key).expect("signed");
        let (cert_file, key_file) = (
            dir.path().join(format!("{name}.pem")),
            dir.path().join(format!("{name}.key")),
        );
        std::fs::write(&cert_file, certificate.pem()).expect("written");
        std::fs::write(&key_file, key.serialize_pem()).expect("written");
        let World {
            server, tablets, ..
        } = World::new(22, 2, 1);
        let tablet = tablets.into_iter().next().expect("a tablet");
        let address = serve(server, Some((cert_file.clone(), key_file)));
        let address = address.replace("127.0.0.1", "localhost");
        let identity = moved(tablet.device.lock().expect("a device").identity(), &address);
        // The expired one is even trusted: its date alone must be enough.
        let trusted = expired.then_some(cert_file.as_path());
        let mut transport =
            HttpTransport::new(&identity, None, trusted, tablet.environment.clone())
                .expect("a transport");
        let error = exchange(
            &tablet.device,
            &mut transport,
            &CancelToken::default(),
            |_, _| (),
        )
        .expect_err("refused");
        assert_eq!(error.code, "bad_certificate", "{name}: {error:?}");
        let (message, hint) = error.words("id");
        assert!(message.contains("Sertifikat") && hint.contains("tanggal"));
    }
}
