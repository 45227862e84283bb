//! The order of choices: the parameters `randomize` and `seed`.

use super::expressions::Work;
use crate::expr::{Deps, Scope};
use crate::form::{CellKind, NodeId, Order};
use crate::xpath::{self, Ast, PathStart};

impl Work<'_, '_> {
    /// `randomize=true`, and `seed` with a number or a reference.
    pub(super) fn order(&mut self, id: NodeId) -> Order {
        let draft = &self.draft.nodes[id as usize];
        let given = |name: &str| {
            let found = draft.parameters.iter().find(|(key, _)| key == name);
            found.map(|(_, value)| value.as_str())
        };
        let wrong = |message: String| draft.problem("parameters", "parameters", message);
        let random = match given("randomize") {
            Some("true") => true,
            Some("false") => false,
            Some(other) => {
                self.report.error(wrong(format!(
                    "randomize must be set to true or false: '{other}' is an invalid value"
                )));
                return Order::Listed;
            }
            None => {
                if given("seed").is_some() {
                    self.report.error(wrong(
                        "Parameters must include randomize=true to use a seed.".to_owned(),
                    ));
                }
                return Order::Listed;
            }
        };
        let Some(seed) = given("seed") else {
            return if random { Order::Random } else { Order::Listed };
        };
        let ast = xpath::parse(seed).ok();
        let good = match &ast {
            Some(Ast::Number(_)) => true,
            Some(Ast::Neg(inner)) => matches!(**inner, Ast::Number(_)),
            Some(Ast::Path(PathStart::Reference(_) | PathStart::Root, _)) => true,
            _ => false,
        };
        let (Some(ast), true) = (ast, good) else {
            self.report.error(wrong(
                "seed value must be a number or a reference to another field.".to_owned(),
            ));
            return Order::Listed;
        };
        let mut own = Deps::default();
        let expr = self.resolver.resolve(&ast, Scope::of(id), &mut own);
        for (code, message) in own.errors {
            self.report
                .error(draft.problem("parameters", code, message));
        }
        if !random {
            return Order::Listed;
        }
        self.depend_on(id, CellKind::Valid, own.on);
        Order::Seeded(expr)
    }
}
