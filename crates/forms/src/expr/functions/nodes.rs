//! Node sets: counting, summing, choosing, shuffling.

use super::super::Expr;
use super::super::eval::{Env, Spot};
use super::super::value::{NodeRef, Value};
use super::java_int;
use super::shuffle::{seed_of, shuffle, shuffle_seeded};
use crate::form::NodeKind;
use crate::functions::Function as F;

impl Env<'_> {
    /// Choices in another order: by the seed, or by one that stays the same while this form is filled in.
    pub(crate) fn shuffled(&self, rows: &[u32], seed: Option<&Expr>) -> Vec<u32> {
        let seed = match seed {
            Some(seed) => seed_of(&self.value(seed)),
            None => self.context.random as i64,
        };
        shuffle_seeded(rows, seed)
    }

    pub(super) fn nodes(&self, function: F, args: &[Expr], spot: Spot) -> Value {
        match function {
            F::Current => Value::Nodes(vec![self.current]),
            F::Position => Value::Number(match args.first() {
                None => spot.position as f64,
                Some(path) => match self.eval(path, spot) {
                    // Of an empty node set JavaRosa says 0.
                    Value::Nodes(nodes) => nodes.first().map_or(0.0, |n| self.position(*n)),
                    _ => f64::NAN,
                },
            }),
            F::Last => Value::Number(spot.size as f64),
            F::Count | F::CountNonEmpty | F::Sum => self.aggregate(function, &args[0], spot),
            F::Min | F::Max => self.extreme(function == F::Max, args, spot),
            F::Checklist | F::WeightedChecklist => {
                Value::Bool(self.checklist(function, args, spot))
            }
            _ => self.randomize(args, spot),
        }
    }

    pub(super) fn once(&self, expr: &Expr, spot: Spot) -> Value {
        if let NodeRef::Main { scope, node } = self.current {
            let def = self.form.node(node);
            // As in JavaRosa, a node that is not relevant has no value.
            if matches!(def.kind, NodeKind::Question(_))
                && self.data.is_relevant(self.form, scope, node)
                && !self.data.scopes[scope].values[def.slot].is_empty()
            {
                return self.read(self.current);
            }
        }
        self.scalar(expr, spot)
    }

    fn randomize(&self, args: &[Expr], spot: Spot) -> Value {
        let Value::Nodes(nodes) = self.eval(&args[0], spot) else {
            return Value::Nodes(Vec::new());
        };
        Value::Nodes(match args.get(1) {
            None => shuffle(&nodes, || self.random_fraction()),
            Some(seed) => shuffle_seeded(&nodes, seed_of(&self.scalar(seed, spot))),
        })
    }

    fn aggregate(&self, function: F, arg: &Expr, spot: Spot) -> Value {
        let Value::Nodes(nodes) = self.eval(arg, spot) else {
            return Value::Number(f64::NAN);
        };
        Value::Number(match function {
            F::Count => nodes.len() as f64,
            F::CountNonEmpty => nodes.iter().filter(|n| self.is_filled(**n)).count() as f64,
            // As in JavaRosa, whatever is no number counts nothing.
            _ => nodes
                .iter()
                .map(|n| self.read_number(*n))
                .filter(|n| !n.is_nan())
                .sum(),
        })
    }

    /// Whether a node has a value or nodes below it.
    fn is_filled(&self, node: NodeRef) -> bool {
        match node {
            NodeRef::Main { scope, node } => {
                let def = self.form.node(node);
                match def.kind {
                    NodeKind::Question(_) => !self.data.scopes[scope].values[def.slot].is_empty(),
                    _ => !def.children.is_empty(),
                }
            }
            NodeRef::Item { .. } => true,
            NodeRef::Cell { .. } => !self.read_text(node).is_empty(),
        }
    }

    fn extreme(&self, greatest: bool, args: &[Expr], spot: Spot) -> Value {
        let mut best = f64::NAN;
        let mut take = |n: f64| {
            // The other of the two if one of them is NaN.
            best = if greatest { best.max(n) } else { best.min(n) };
        };
        for arg in args {
            match self.eval(arg, spot) {
                Value::Nodes(nodes) => nodes.iter().for_each(|n| take(self.read_number(*n))),
                other => take(other.number()),
            }
        }
        Value::Number(best)
    }

    /// Whether the number of true answers, or the sum of their weights, is within the bounds. A
    /// negative bound of `checklist` is none; `weighted-checklist` takes it as it is (JavaRosa).
    fn checklist(&self, function: F, args: &[Expr], spot: Spot) -> bool {
        let (least, most) = (self.number(&args[0], spot), self.number(&args[1], spot));
        let rest = &args[2..];
        if function == F::Checklist {
            let (least, most) = (java_int(least), java_int(most));
            let count: usize = rest
                .iter()
                .map(|arg| self.values(arg, spot).iter().filter(|v| v.bool()).count())
                .sum();
            let count = i32::try_from(count).unwrap_or(i32::MAX);
            return (least < 0 || count >= least) && (most < 0 || count <= most);
        }
        let mut sum = 0.0;
        for pair in rest.chunks_exact(2) {
            let (flags, weights) = (self.values(&pair[0], spot), self.values(&pair[1], spot));
            if flags.len() != weights.len() {
                return false;
            }
            let both = flags.iter().zip(&weights);
            sum += both
                .filter(|(flag, _)| flag.bool())
                .map(|(_, weight)| weight.number())
                .sum::<f64>();
        }
        sum >= least && sum <= most
    }

    /// The values of an argument: one, or one for each node.
    fn values(&self, arg: &Expr, spot: Spot) -> Vec<Value> {
        match self.eval(arg, spot) {
            Value::Nodes(nodes) => nodes.iter().map(|n| self.read(*n)).collect(),
            other => vec![other],
        }
    }
}
