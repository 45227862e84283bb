//! Scenes: steps that belong together, for what the single steps rarely come to. They are spread over a script, so that
//! other things happen in between.

use super::{Maker, Theme};
use crate::script::{Act, How, Link, Meanwhile, Step};
use lawang_domain::Role;

impl Maker {
    /// Puts scenes between the steps.
    pub(super) fn scenes(&mut self, steps: &mut Vec<Step>) {
        for _ in 0..2 {
            let Some(scene) = self.scene() else {
                continue;
            };
            let mut at = self.chance.below(steps.len() + 1);
            for step in scene {
                if self.chance.percent(25) {
                    at = (at + 1).min(steps.len());
                }
                steps.insert(at, step);
                at += 1;
            }
        }
    }

    fn scene(&mut self) -> Option<Vec<Step>> {
        let about = self.chance.below(usize::MAX) as u64;
        let one = self.chance.below(3);
        let other = (one + 1 + self.chance.below(2)) % 3;
        let erasing = self.theme == Theme::Erase;
        match self.chance.below(100) {
            0..20 if erasing => Some(self.erased_while_open(about, one, other)),
            20..45 if erasing => Some(self.erased_after_a_refusal(about, one)),
            45..65 if erasing => Some(self.anew_while_open(about, one, other)),
            65..78 => Some(self.both_at_once(about, one, other)),
            78..83 => Some(self.more_than_the_link_holds(one, other)),
            _ => None,
        }
    }

    fn about(&mut self, about: u64, act: Act) -> Step {
        Step {
            about: Some(about),
            ..self.plain(act)
        }
    }

    fn says(&mut self, about: u64, tablet: usize, how: How) -> Step {
        self.about(about, Act::Write { tablet, how })
    }

    /// An exchange at which nothing goes wrong.
    fn visit(&mut self, tablet: usize) -> Step {
        self.meet(tablet, Link::default())
    }

    fn meet(&mut self, tablet: usize, link: Link) -> Step {
        self.plain(Act::Exchange {
            tablet,
            hub: None,
            link,
            fault: None,
            meanwhile: None,
        })
    }

    /// The person goes on with the same while the device exchanges.
    fn goes_on(&mut self, about: u64, tablet: usize, how: How) -> Step {
        let after = self.chance.below(3);
        let mut step = self.about(
            about,
            Act::Exchange {
                tablet,
                hub: None,
                link: Link::default(),
                fault: None,
                meanwhile: Some(Meanwhile { after, how }),
            },
        );
        if self.chance.percent(15) {
            step.trouble = Some(crate::script::Trouble::Crash(self.chance.below(10) as u32));
        }
        step
    }

    /// Two people answer the same question; one of them while the other's answer is on its way.
    fn both_at_once(&mut self, about: u64, one: usize, other: usize) -> Vec<Step> {
        let how = *self.chance.of(&[How::Give, How::Rename]);
        let typed = match how {
            How::Rename => How::TypeName,
            _ => How::Type,
        };
        let mut scene = vec![self.says(about, other, how), self.visit(other)];
        if self.chance.percent(30) {
            // The form is open already.
            scene.insert(0, self.says(about, one, typed));
        }
        scene.push(self.goes_on(about, one, typed));
        if self.chance.percent(50) {
            scene.push(self.visit(one));
        }
        scene
    }

    /// Many changes wait for somebody with a bad link and many of their own.
    fn more_than_the_link_holds(&mut self, one: usize, other: usize) -> Vec<Step> {
        let link = Link {
            cut_every: Some(500 + self.chance.below(500)),
            lose_answer: self.chance.below(15) as u8,
            ..Link::default()
        };
        let much = |tablet| Act::Write {
            tablet,
            how: How::Much,
        };
        vec![
            self.plain(much(other)),
            self.visit(other),
            self.plain(much(one)),
            self.meet(one, link),
        ]
    }

    /// A person is erased whose name somebody has typed, or is typing.
    fn erased_while_open(&mut self, about: u64, one: usize, other: usize) -> Vec<Step> {
        let person = self.chance.percent(80);
        let erase = self.about(about, Act::Erase { person });
        let mut scene = vec![self.says(about, one, How::TypeName)];
        if self.chance.percent(60) {
            scene.push(self.visit(one));
        }
        if self.chance.percent(30) {
            scene.extend([self.says(about, other, How::Rename), self.visit(other)]);
        }
        scene.push(erase);
        scene.push(match self.chance.percent(50) {
            true => self.goes_on(about, one, How::TypeName),
            false => self.visit(one),
        });
        scene
    }

    /// What somebody said of a person was refused, and then the person is erased.
    fn erased_after_a_refusal(&mut self, about: u64, one: usize) -> Vec<Step> {
        let role = |role| Act::Role { tablet: one, role };
        let person = self.chance.percent(70);
        let mut scene = vec![
            self.says(about, one, How::Rename),
            self.plain(role(Role::Auditor)),
            self.visit(one),
            self.about(about, Act::Erase { person }),
        ];
        let back = self.plain(role(Role::Enumerator));
        match self.chance.below(3) {
            0 => scene.insert(3, back),
            1 => scene.push(back),
            _ => {}
        }
        if self.chance.percent(30) {
            let send = self.plain(Act::Proposal { tablet: one });
            scene.insert(3, send);
        }
        scene
    }

    /// A record begins anew while somebody has work on its old beginning, beside somebody else's on the new one.
    fn anew_while_open(&mut self, about: u64, one: usize, other: usize) -> Vec<Step> {
        let how = *self.chance.of(&[How::Give, How::Rename, How::Type]);
        let other_how = match how {
            How::Rename => How::Rename,
            _ => How::Give,
        };
        let mut scene = vec![
            self.says(about, one, how),
            self.says(about, other, other_how),
        ];
        if self.chance.percent(50) {
            scene.reverse();
        }
        scene.push(self.visit(other));
        scene.push(match self.chance.percent(70) {
            true => self.plain(Act::Compact { changes: 1 }),
            false => self.about(about, Act::Erase { person: true }),
        });
        scene.push(match self.chance.percent(30) {
            true => self.goes_on(about, one, how),
            false => self.visit(one),
        });
        scene
    }
}
