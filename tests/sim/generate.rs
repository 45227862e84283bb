//! From a seed to a script.

mod scenes;

use crate::script::{
    Act, Attack, Fault, How, Link, Meanwhile, Person, Script, Setup, Step, Trouble,
};
use lawang_domain::Role;
use lawang_tests::chance::Chance;

/// What a world is about, besides edits, exchanges and their faults. Only one of these in a world, because what is
/// lost for good by two of them together is nobody's fault.
#[derive(Clone, Copy, PartialEq)]
enum Theme {
    /// Roles, villages and devices are taken away and given.
    Office,
    /// The server is restored from a backup.
    Restore,
    /// A device's database is replaced by an old copy.
    OldCopy,
    /// Records are erased and compacted.
    Erase,
    /// Villages are split and merged: records go from one to the other.
    Split,
    Calm,
}

struct Maker {
    chance: Chance,
    theme: Theme,
    setup: Setup,
    publishing: bool,
    clocks: bool,
    couriers: bool,
    importing: bool,
}

/// The script of a seed.
pub fn script(seed: u64) -> Script {
    let mut chance = Chance::new(seed);
    let theme = match chance.below(100) {
        0..22 => Theme::Office,
        22..37 => Theme::Restore,
        37..52 => Theme::OldCopy,
        52..70 => Theme::Erase,
        70..82 => Theme::Split,
        _ => Theme::Calm,
    };
    let hubs = match chance.below(100) {
        0..25 => 1,
        25..32 => 2,
        _ => 0,
    };
    let short_form = chance.percent(45);
    let mut people: Vec<Person> = (0..3)
        .map(|n| Person {
            role: Role::Enumerator,
            both: n == 2 && (hubs > 0 || chance.percent(30) || theme == Theme::Split),
        })
        .collect();
    if short_form && chance.percent(60) {
        people[1].role = Role::VillageVerifier;
    }
    let setup = Setup {
        households: 2 + chance.below(2),
        people,
        hubs,
        on_disk: matches!(theme, Theme::Restore | Theme::Erase),
        short_form,
        // What a hostile device was allowed to write it does not bring back after a restore.
        hostile: chance.percent(25) && theme != Theme::Restore,
    };
    let mut maker = Maker {
        theme,
        publishing: chance.percent(25),
        clocks: chance.percent(25),
        couriers: chance.percent(20),
        importing: chance.percent(15),
        setup,
        chance,
    };
    let number = match maker.chance.percent(4) {
        true => 45 + maker.chance.below(25),
        false => 18 + maker.chance.below(16),
    };
    let mut steps: Vec<Step> = (0..number).map(|at| maker.step(at, number)).collect();
    maker.scenes(&mut steps);
    if theme == Theme::Restore && !steps.iter().any(|s| s.act == Act::Backup) {
        let at = maker.chance.below(number / 3);
        steps.insert(at, maker.plain(Act::Backup));
    }
    Script {
        seed,
        setup: maker.setup,
        steps,
    }
}

impl Maker {
    fn plain(&mut self, act: Act) -> Step {
        Step {
            act,
            chance: self.chance.below(usize::MAX) as u64,
            about: None,
            trouble: None,
        }
    }

    fn step(&mut self, at: usize, of: usize) -> Step {
        let act = self.act(at, of);
        let mut step = self.plain(act);
        let (crash, full, within) = match act {
            Act::Exchange { .. } | Act::Courier { .. } => (25, 6, 14),
            Act::Plant { .. } | Act::Submit { .. } => (15, 5, 6),
            act if act.tablet().is_some() => (8, 4, 3),
            _ => (0, 0, 1),
        };
        let roll = self.chance.below(100);
        if roll < crash {
            step.trouble = Some(Trouble::Crash(self.chance.below(within) as u32));
        } else if roll < crash + full {
            step.trouble = Some(Trouble::Full);
        }
        step
    }

    fn act(&mut self, at: usize, of: usize) -> Act {
        let tablet = self.chance.below(3);
        if let Some(act) = self.of_theme(tablet, at, of) {
            return act;
        }
        if let Some(act) = self.beside(tablet) {
            return act;
        }
        let hubs = self.setup.hubs;
        match self.chance.below(100) {
            0..38 => self.write(tablet),
            38..44 => Act::Settle { tablet },
            44..52 if self.setup.short_form => self.about_visits(tablet),
            44..52 => Act::Proposal { tablet },
            52..54 => Act::Restart { tablet },
            54..56 => Act::RestartServer {
                hub: (hubs > 0 && self.chance.percent(50)).then(|| self.chance.below(hubs)),
            },
            56..66 if hubs > 0 => Act::Upstream {
                hub: self.chance.below(hubs),
                link: self.link(),
                fault: self.fault(15),
                district: self.fault(10),
            },
            _ => Act::Exchange {
                tablet,
                hub: (hubs > 0 && self.chance.percent(55)).then(|| self.chance.below(hubs)),
                link: self.link(),
                fault: self.fault(18),
                meanwhile: self.meanwhile(),
            },
        }
    }

    fn write(&mut self, tablet: usize) -> Act {
        let how = match self.chance.below(100) {
            0..10 => How::Member,
            10..17 => How::Rename,
            17..22 => How::TypeName,
            22..26 => How::StrikeOut,
            26..31 => How::Household,
            31..34 => How::Survey,
            34..68 => How::Type,
            _ => How::Give,
        };
        Act::Write { tablet, how }
    }

    fn about_visits(&mut self, tablet: usize) -> Act {
        match self.chance.below(5) {
            0 | 1 => Act::Submit { tablet },
            2 => Act::Decide {
                tablet: 1,
                approve: self.chance.percent(60),
            },
            3 => Act::Comment { tablet },
            _ => match self.chance.percent(50) {
                true => Act::Proposal { tablet },
                false => Act::Assign {
                    tablet: 1,
                    to: self.chance.below(3),
                },
            },
        }
    }

    /// What happens now and then in any world that has it.
    fn beside(&mut self, tablet: usize) -> Option<Act> {
        let Self { chance, setup, .. } = self;
        if setup.hostile && chance.percent(14) {
            let attack = *chance.of(&Attack::ALL);
            return Some(Act::Attack { attack });
        }
        if self.clocks && chance.percent(8) {
            let days = chance.below(2 * 8 * 365) as i32 - 8 * 365;
            return Some(Act::Clock { tablet, days });
        }
        if self.couriers && chance.percent(10) {
            return Some(Act::Courier {
                tablet,
                hub: (setup.hubs > 0 && chance.percent(50)).then(|| chance.below(setup.hubs)),
                damaged: chance.percent(15),
                twice: chance.percent(30),
            });
        }
        if self.publishing && self.theme != Theme::Restore && chance.percent(7) {
            let version = 9_000 + chance.below(900) as u32;
            return Some(Act::Publish { version });
        }
        if self.publishing && chance.percent(12) {
            return Some(Act::Plant { tablet });
        }
        if self.importing && self.theme != Theme::Restore && chance.percent(6) {
            let version = 1 + chance.below(90) as u32;
            return Some(Act::Import { version });
        }
        if chance.percent(2) {
            let hours = 1 + chance.below(24 * 21) as u32;
            return Some(Act::Wait { hours });
        }
        None
    }

    fn of_theme(&mut self, tablet: usize, at: usize, of: usize) -> Option<Act> {
        let Self { chance, .. } = self;
        match self.theme {
            Theme::Office if chance.percent(14) => Some(match chance.below(10) {
                0..4 => Act::Role {
                    tablet,
                    role: Role::Auditor,
                },
                4..7 => Act::Role {
                    tablet,
                    role: Role::Enumerator,
                },
                7 if self.setup.hubs == 0 => Act::Revoke { tablet },
                _ => Act::Villages {
                    tablet,
                    first: chance.percent(70),
                    second: chance.percent(60),
                },
            }),
            Theme::Restore if at < of / 2 && chance.percent(8) => Some(Act::Backup),
            Theme::Restore if at > of / 3 && chance.percent(10) => Some(Act::Restore),
            Theme::OldCopy if chance.percent(6) => Some(Act::Copy { tablet }),
            Theme::OldCopy if chance.percent(8) => Some(Act::PutBack { tablet }),
            Theme::Split if chance.percent(10) => Some(Act::Move),
            Theme::Split if chance.percent(5) => Some(Act::Compact {
                changes: 1 + chance.below(3) as u64,
            }),
            Theme::Erase if chance.percent(12) => Some(match chance.below(5) {
                0 | 1 => Act::Erase { person: true },
                2 => Act::Erase { person: false },
                _ => Act::Compact {
                    changes: 1 + chance.below(3) as u64,
                },
            }),
            _ => None,
        }
    }

    fn meanwhile(&mut self) -> Option<Meanwhile> {
        self.chance.percent(15).then(|| Meanwhile {
            after: self.chance.below(6),
            how: *self.chance.of(&[
                How::Type,
                How::Type,
                How::TypeName,
                How::Give,
                How::Rename,
                How::Member,
            ]),
        })
    }

    fn fault(&mut self, percent: usize) -> Option<Fault> {
        if !self.chance.percent(percent) {
            return None;
        }
        let after = self.chance.below(5) as u32;
        Some(match self.chance.below(5) {
            0 | 1 => Fault::CrashBefore(after),
            2 | 3 => Fault::CrashAfter(after),
            _ => Fault::Full,
        })
    }

    fn link(&mut self) -> Link {
        let chance = &mut self.chance;
        let mut up_to = |percent: usize, most: usize| {
            if chance.percent(percent) {
                chance.below(most) as u8
            } else {
                0
            }
        };
        Link {
            lose_request: up_to(60, 30),
            lose_answer: up_to(60, 30),
            double: up_to(50, 20),
            stale: up_to(50, 20),
            late: up_to(40, 20),
            torn: up_to(20, 15),
            cut_every: chance.percent(20).then(|| 900 + chance.below(5_000)),
            parts_after: chance.percent(8).then(|| chance.below(12)),
        }
    }
}
