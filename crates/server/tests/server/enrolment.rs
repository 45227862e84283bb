use crate::common::*;
use lawang_domain::Role;
use lawang_server::{EnrolRequest, Server};

fn request(code: &str, key: u8) -> EnrolRequest {
    EnrolRequest {
        code: code.into(),
        public_key: [key; 32],
        app: "test".into(),
    }
}

fn code(server: &Server) -> String {
    server
        .make_code("Siti", Role::Enumerator, &codes(&[HERE]), 24, NOW)
        .unwrap()
        .code
}

#[test]
fn a_code_makes_one_device_with_the_role_and_the_villages_that_it_was_made_for() {
    let server = server();
    let code = code(&server);
    let enrolled = server
        .enrol(&request(&code.to_lowercase(), 1), NOW)
        .unwrap();
    assert_eq!(enrolled.role, Role::Enumerator);
    assert_eq!(enrolled.villages, codes(&[HERE]));
    let error = server.enrol(&request(&code, 2), NOW).unwrap_err();
    assert_eq!(error.code(), "used_code");
    assert_eq!(server.devices().unwrap().len(), 1);
}

#[test]
fn a_device_whose_answer_got_lost_may_ask_again_with_the_same_key() {
    let server = server();
    let code = code(&server);
    let first = server.enrol(&request(&code, 1), NOW).unwrap();
    assert_eq!(server.enrol(&request(&code, 1), NOW + 1).unwrap(), first);
}

#[test]
fn a_wrong_code_and_an_expired_one_are_told_apart() {
    let server = server();
    let code = code(&server);
    for wrong in ["", "AAAAA-AAAAA", "AAAAA", "AAAAA-AAAAAA"] {
        let error = server.enrol(&request(wrong, 1), NOW).unwrap_err();
        assert_eq!(error.code(), "wrong_code", "{wrong}");
    }
    let day = 24 * 3_600_000;
    let late = server.enrol(&request(&code, 1), NOW + day).unwrap_err();
    assert_eq!(late.code(), "expired_code");
    server.enrol(&request(&code, 1), NOW + day - 1).unwrap();
}

#[test]
fn no_code_is_made_for_nobody_or_nowhere() {
    let server = server();
    let make = |name: &str, villages: &[&str], hours| {
        server
            .make_code(name, Role::Enumerator, &codes(villages), hours, NOW)
            .unwrap_err()
            .code()
    };
    assert_eq!(make(" ", &[HERE], 24), "missing_name");
    assert_eq!(make("Siti", &[], 24), "no_villages");
    assert_eq!(make("Siti", &["18.09.01.2999"], 24), "unknown_village");
    assert_eq!(make("Siti", &[HERE], 0), "wrong_hours");
}

#[test]
fn the_same_seed_gives_the_same_codes_and_ids() {
    // Only a server in memory has a seed.
    let make = || {
        let server = Server::open_in_memory(7).unwrap();
        let code = code(&server);
        let device = server.enrol(&request(&code, 1), NOW).unwrap().device;
        (server.id(), server.public_key(), code, device)
    };
    assert_eq!(make(), make());
    assert_ne!(Server::open_in_memory(8).unwrap().id(), make().0);
}

#[test]
fn a_revoked_device_gets_nothing_and_gives_nothing_and_what_it_sent_stays() {
    let server = server();
    village(&server);
    let tablet = Tablet::enrol(&server, 1, &[HERE]);
    tablet.edit(&server, home("R1"), "rt", "009");
    server.revoke(tablet.id, NOW).unwrap();
    let change = tablet.write(&mut tablet.record(&server, home("R2")), &[put("rt", "007")]);
    let refused = tablet.push(&server, &[(home("R2"), &change)]).unwrap_err();
    assert_eq!(refused.code, "revoked");
    assert_eq!(tablet.rows(&server, HERE).unwrap_err().code, "revoked");
    let kept = server.household(home("R1")).unwrap().unwrap();
    assert_eq!(kept.answer("rt"), "009");
    let unknown = lawang_domain::DeviceId(uuid::Uuid::from_u128(1));
    assert_eq!(
        server.revoke(unknown, NOW).unwrap_err().code(),
        "unknown_device"
    );
}
