use super::*;

fn village(code: &str) -> VillageCode {
    code.parse().unwrap()
}

const HERE: &str = "18.09.01.2001";

fn record(state: RecordState) -> RecordContext {
    RecordContext {
        village: village(HERE),
        state,
        survey: false,
        own_work: false,
        contested: None,
        restricted: false,
    }
}

fn answer<'a>(repeat: &'a str, key: &'a str) -> Target<'a> {
    Target {
        kind: DocumentKind::FieldAnswers,
        repeat,
        key,
        value: "1",
        new: false,
        removed: false,
        restricted: false,
    }
}

fn decision(value: &str) -> Target<'_> {
    Target {
        kind: DocumentKind::Verification,
        repeat: Event::DECISIONS,
        key: "decision",
        value,
        new: true,
        removed: false,
        restricted: false,
    }
}

/// Every target that a program could think of.
fn targets() -> Vec<Target<'static>> {
    let mut all = Vec::new();
    for kind in DocumentKind::ALL {
        let repeats = ["", "members", "visits", "settlements", "nonsense"];
        for repeat in repeats.into_iter().chain(EVENTS.iter().map(|e| e.repeat)) {
            for key in [
                "rt",
                "name",
                "_of",
                "_form",
                "_status",
                "person",
                "decision",
                "text",
                "person_id",
            ] {
                for value in [RecordState::Returned, RecordState::FieldVerified] {
                    for bits in 0..4 {
                        all.push(Target {
                            kind: *kind,
                            repeat,
                            key,
                            value: value.as_str(),
                            new: bits & 1 == 1,
                            removed: bits & 2 == 2,
                            restricted: false,
                        });
                    }
                }
            }
        }
    }
    all
}

#[test]
fn nothing_at_all_is_allowed_outside_the_assigned_villages() {
    for role in Role::ALL {
        for villages in [&[][..], &[village("18.09.01.2002")]] {
            let writer = Writer {
                role: *role,
                villages,
            };
            for state in RecordState::ALL {
                for target in targets() {
                    assert!(
                        may_write(writer, &record(*state), &target).is_err(),
                        "{role} {target:?}"
                    );
                }
            }
        }
    }
}

#[test]
fn only_three_roles_write_field_answers_and_only_while_the_record_is_open() {
    let here = [village(HERE)];
    for role in Role::ALL {
        let writer = Writer {
            role: *role,
            villages: &here,
        };
        let visits = matches!(
            role,
            Role::Enumerator | Role::VillageVerifier | Role::VillageOperator
        );
        for state in RecordState::ALL {
            let done = may_write(writer, &record(*state), &answer("", "rt"));
            assert_eq!(
                done.is_ok(),
                visits && settling_open(*role, *state),
                "{role} {state}"
            );
            let mut anew = answer("visits", "submitted");
            anew.new = true;
            let visited = may_write(writer, &record(*state), &anew);
            assert_eq!(
                visited.is_ok(),
                visits && answers_open(*role, *state),
                "{role} {state}"
            );
        }
        assert_eq!(
            may_write(writer, &record(RecordState::Draft), &answer("", "rt")).is_ok(),
            visits
        );
    }
    assert!(!answers_open(Role::Enumerator, RecordState::FieldVerified));
    assert!(answers_open(
        Role::VillageVerifier,
        RecordState::FieldVerified
    ));
    assert!(answers_open(Role::Enumerator, RecordState::Returned));
    // The village settles what differs until its meeting has decided, and not a moment longer.
    for state in RecordState::ALL {
        let verifier = settling_open(Role::VillageVerifier, *state);
        let ends = matches!(state, RecordState::MusdesRejected | RecordState::Accepted);
        assert_eq!(verifier, !state.beyond_village_desk() || ends, "{state}");
        assert_eq!(
            settling_open(Role::Enumerator, *state),
            answers_open(Role::Enumerator, *state),
            "{state}"
        );
    }
    assert!(settling_open(Role::VillageOperator, RecordState::InMusdes));
}

#[test]
fn to_approve_a_contest_is_never_to_reject() {
    use RecordState as S;
    let between = |a, b| {
        let contest = Contest::between([(a, Role::VillageVerifier), (b, Role::VillageHead)]);
        Decision::approval_of(&contest.expect("a contest")).map(|d| d.to)
    };
    assert_eq!(
        between(S::MusdesAccepted, S::MusdesRejected),
        Some(S::MusdesAccepted)
    );
    assert_eq!(
        between(S::DinsosVerified, S::MusdesRejected),
        Some(S::DinsosVerified)
    );
    assert_eq!(
        between(S::FieldVerified, S::Returned),
        Some(S::FieldVerified)
    );
    assert_eq!(between(S::MusdesRejected, S::Returned), None);
    assert_eq!(between(S::InMusdes, S::Returned), None);
}

#[test]
fn no_role_in_any_state_writes_what_only_the_register_gives_or_rewrites_an_event() {
    let here = [village(HERE)];
    for role in Role::ALL {
        let writer = Writer {
            role: *role,
            villages: &here,
        };
        for state in RecordState::ALL {
            for key in REGISTER_FIELDS.iter().chain(&["_form", "_said"]) {
                assert!(may_write(writer, &record(*state), &answer("", key)).is_err());
            }
            for event in EVENTS {
                for key in event.keys.iter().chain(&["_of", "_order"]) {
                    let target = Target {
                        kind: event.kind,
                        repeat: event.repeat,
                        key,
                        value: "returned",
                        new: false,
                        removed: false,
                        restricted: false,
                    };
                    assert!(may_write(writer, &record(*state), &target).is_err());
                }
            }
        }
    }
}

#[test]
fn readers_write_nothing_whatever_it_is() {
    let here = [village(HERE)];
    for role in [
        Role::Province,
        Role::Auditor,
        Role::PostOfficer,
        Role::Citizen,
    ] {
        let writer = Writer {
            role,
            villages: &here,
        };
        for state in RecordState::ALL {
            for target in targets() {
                assert!(
                    may_write(writer, &record(*state), &target).is_err(),
                    "{role} {target:?}"
                );
            }
        }
    }
}

#[test]
fn an_enumerator_decides_nothing_and_a_verifier_no_more_than_the_village_may() {
    let here = [village(HERE)];
    for state in RecordState::ALL {
        for to in RecordState::ALL {
            let may = |role| {
                let writer = Writer {
                    role,
                    villages: &here,
                };
                may_write(writer, &record(*state), &decision(to.as_str())).is_ok()
            };
            assert!(!may(Role::Enumerator) && !may(Role::VillageOperator));
            if may(Role::VillageVerifier) {
                assert!(matches!(
                    to,
                    RecordState::Returned | RecordState::FieldVerified
                ));
            }
        }
    }
}

#[test]
fn every_step_leads_on_from_a_state_that_can_be_reached_and_returning_is_possible_from_each() {
    let mut reached = vec![RecordState::Draft, RecordState::Submitted];
    for _ in 0..RecordState::ALL.len() {
        for decision in Decision::ALL {
            if decision.from.iter().any(|s| reached.contains(s)) && !reached.contains(&decision.to)
            {
                reached.push(decision.to);
            }
        }
    }
    let returned = Decision::to(RecordState::Returned).unwrap();
    for state in RecordState::ALL {
        assert!(reached.contains(state), "{state} is never reached");
        let open = matches!(state, RecordState::Draft | RecordState::Returned);
        assert_eq!(returned.from.contains(state), !open, "{state}");
    }
}

#[test]
fn maker_and_checker_are_never_the_same_person() {
    let here = [village(HERE)];
    for decision_to in Decision::ALL {
        for role in decision_to.roles {
            for state in decision_to.from {
                let writer = Writer {
                    role: *role,
                    villages: &here,
                };
                let own = RecordContext {
                    own_work: true,
                    ..record(*state)
                };
                let target = decision(decision_to.to.as_str());
                assert!(may_write(writer, &record(*state), &target).is_ok());
                let done = may_write(writer, &own, &target);
                if decision_to.to == RecordState::Returned {
                    assert!(done.is_ok());
                } else {
                    assert_eq!(done, Err(Denied::OwnWork));
                }
            }
        }
    }
}

#[test]
fn a_struck_out_member_is_not_written_to_but_can_be_taken_back_in() {
    let here = [village(HERE)];
    let writer = Writer {
        role: Role::Enumerator,
        villages: &here,
    };
    let removed = |key| Target {
        removed: true,
        restricted: false,
        ..answer("members", key)
    };
    let draft = record(RecordState::Draft);
    assert_eq!(
        may_write(writer, &draft, &removed("name")),
        Err(Denied::Removed)
    );
    assert!(may_write(writer, &draft, &removed("_status")).is_ok());
}

#[test]
fn every_reason_has_a_known_code_and_words_in_both_languages() {
    let role = Role::Enumerator;
    let all = [
        Denied::Role(role, DocumentKind::FieldAnswers),
        Denied::Role(role, DocumentKind::Administration),
        Denied::Village(village(HERE)),
        Denied::State(RecordState::FieldVerified),
        Denied::Register("person_id".into()),
        Denied::WrittenOnce("visits".into()),
        Denied::Removed,
        Denied::Shape("x".into()),
        Denied::Event(role, Event::DECISIONS),
        Denied::Decision(role, RecordState::Returned),
        Denied::Order(RecordState::Draft, RecordState::Returned),
        Denied::Contested(role),
        Denied::OwnWork,
        Denied::Restricted,
    ];
    for denied in &all {
        assert!(Denied::CODES.contains(&denied.code()));
        let words = denied.message();
        assert!(words.id.len() > 10 && words.en.len() > 10 && words.id != words.en);
    }
    for code in Denied::CODES {
        assert!(
            all.iter().any(|d| d.code() == *code),
            "{code} is never given"
        );
    }
}

#[test]
fn nobody_writes_anything_into_what_is_restricted_and_no_device_restricts_or_lifts() {
    let villages = [village(HERE)];
    for role in Role::ALL {
        let writer = Writer {
            role: *role,
            villages: &villages,
        };
        for state in RecordState::ALL {
            let restricted = RecordContext {
                restricted: true,
                ..record(*state)
            };
            for target in targets() {
                assert!(may_write(writer, &restricted, &target).is_err());
                let of_a_person = Target {
                    restricted: true,
                    ..target
                };
                assert!(may_write(writer, &record(*state), &of_a_person).is_err());
                let event = target.kind == DocumentKind::Administration;
                if event && target.repeat == Event::RESTRICTIONS {
                    assert!(may_write(writer, &record(*state), &target).is_err());
                }
            }
        }
    }
    // The reason is said, where nothing else stands in the way.
    let writer = Writer {
        role: Role::Enumerator,
        villages: &villages,
    };
    let open = record(RecordState::Draft);
    assert_eq!(may_write(writer, &open, &answer("", "rt")), Ok(()));
    let restricted = RecordContext {
        restricted: true,
        ..open
    };
    let denied = may_write(writer, &restricted, &answer("", "rt"));
    assert_eq!(denied.map_err(|d| d.code()), Err("restricted"));
}
