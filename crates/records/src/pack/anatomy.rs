//! What a packing consists of, for measurements.

use super::PackedChanges;
use crate::derive::Fillings;
use minicbor::bytes::ByteVec;

impl PackedChanges {
    /// Each part by name, its bytes, and the packing without it.
    pub fn anatomy(&self) -> Vec<(String, usize, Self)> {
        type Part = fn(&mut PackedChanges) -> &mut ByteVec;
        let parts: [(&str, Part); 7] = [
            ("what they build on", |p| &mut p.deps),
            ("actors", |p| &mut p.who),
            ("sequence numbers", |p| &mut p.seqs),
            ("first operations", |p| &mut p.start_ops),
            ("times", |p| &mut p.times),
            ("kinds", |p| &mut p.kinds),
            ("rest", |p| &mut p.rest),
        ];
        let mut all = Vec::new();
        for (name, part) in parts {
            let mut without = self.clone();
            let taken = std::mem::replace(part(&mut without), Vec::new().into());
            all.push((name.to_owned(), taken.len(), without));
        }
        let mut without = self.clone();
        without.digest = [0; 16].into();
        all.push(("digest".to_owned(), self.digest.len(), without));
        for (at, column) in self.columns.iter().enumerate() {
            let mut without = self.clone();
            let _ = without.columns.remove(at);
            let bytes = column.lengths.len() + column.bytes.len();
            all.push((format!("column {}", column.number), bytes, without));
        }
        if let Some(fillings) = &self.fillings {
            for (name, len, left) in fillings.anatomy() {
                let without = Self {
                    fillings: Some(left),
                    ..self.clone()
                };
                all.push((name.to_owned(), len, without));
            }
        }
        all
    }
}

impl Fillings {
    fn anatomy(&self) -> [(&'static str, usize, Self); 3] {
        let mut without = [self.clone(), self.clone(), self.clone()];
        without[0].nonces.clear();
        without[1].milliseconds.clear();
        without[2].moments.clear();
        let [nonces, milliseconds, moments] = without;
        [
            ("random bytes of ids", self.nonces.len(), nonces),
            ("milliseconds", self.milliseconds.len(), milliseconds),
            ("moments", self.moments.len(), moments),
        ]
    }
}
