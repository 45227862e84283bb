use crate::common::*;
use lawang_domain::VillageCode;
use lawang_server::Movers;

fn code(village: &str) -> VillageCode {
    village.parse().unwrap()
}

#[test]
fn households_of_one_hamlet_move_and_the_next_prelist_finds_them_in_the_new_village() {
    on_both(|| {
        let server = server();
        let csv = |village: &str, rt: &str| {
            prelist(&[
                ("R1", HERE, "P1", &[("sls", "Dusun I"), ("rt", "001")]),
                ("R2", village, "P2", &[("sls", "Dusun II"), ("rt", rt)]),
            ])
        };
        import(&server, &csv(HERE, "001"));
        let tablet = Tablet::enrol(&server, 1, &[HERE]);
        tablet.edit(&server, home("R2"), "rw", "009");
        let movers = Movers::Where {
            field: "sls".into(),
            values: ["dusun ii".to_owned()].into(),
        };
        let said = ("Perda 3/2026", "office");
        let between = (code(HERE), code(THERE));
        let moved = server
            .move_records(between, &movers, said, NOW + 1, &mut |_, _| ())
            .unwrap();
        assert_eq!((moved.moved, moved.without.len()), (1, 1));
        let mut found = Vec::new();
        server
            .households(None, false, &mut |line| {
                found.push((line.household, line.village));
                Ok(())
            })
            .unwrap();
        found.sort_by(|a, b| a.1.cmp(&b.1));
        assert_eq!(
            found,
            [
                (home("R1"), HERE.to_owned()),
                (home("R2"), THERE.to_owned())
            ]
        );
        // What was said at the door came along, and the newer prelist goes on from there.
        let report = import(&server, &csv(THERE, "004"));
        assert_eq!(
            (report.imported, report.updated, report.refused.len()),
            (0, 1, 0)
        );
        let view = server.household(home("R2")).unwrap().unwrap();
        assert_eq!((view.answer("rw"), view.answer("rt")), ("009", "004"));
        let late = import(&server, &csv(HERE, "001"));
        assert_eq!(late.refused[0].code, "village_changed");
        assert!(server.verify_log().unwrap().is_ok());
        let all = server.moves().unwrap();
        assert_eq!((all.len(), &*all[0].from, &*all[0].to), (1, HERE, THERE));
        // Giving the command again moves what is left: nothing.
        let again = server.move_records(between, &movers, said, NOW + 2, &mut |_, _| ());
        assert_eq!(again.unwrap_err().code(), "nothing_moves");
    });
}
