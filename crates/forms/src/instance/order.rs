//! The order in which choices are offered.

use super::Instance;
use crate::expr::{order_by_number, order_by_seed};
use crate::form::{NodeId, Order};

impl Instance {
    /// Choices in the order that `randomize` and `seed` give, the same as in every ODK client. Without
    /// a seed the order is another one in every visit and stays the same within one; JavaRosa shuffles
    /// whenever it is asked.
    pub(super) fn in_order<T: Copy>(&self, scope: usize, node: NodeId, listed: Vec<T>) -> Vec<T> {
        match &self.form.node(node).order {
            Order::Listed => listed,
            Order::Seeded(seed) => order_by_seed(&listed, &self.env(scope, node, "").value(seed)),
            Order::Random => {
                let place = u64::from(node) << 32 | scope as u64;
                order_by_number(&listed, self.context.random ^ place)
            }
        }
    }
}
