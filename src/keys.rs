//! Lists read by key: where a page begins, the order that goes with it, the range of texts that begin alike,
//! and how many rows there are. A page costs the same wherever in the list it is.

use diesel::prelude::*;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::sql_types::BigInt;

use crate::db::{Backend, Conn};

/// Where a page begins: at the start of the list, or next to a key.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Start<K> {
    #[default]
    First,
    After(K),
    /// The page is read backwards from the key.
    Before(K),
}

impl<K> Start<K> {
    /// The same place by another key; a key that cannot be read is the start of the list.
    pub fn read<L>(&self, read: impl FnOnce(&K) -> Option<L>) -> Start<L> {
        match self {
            Start::First => Start::First,
            Start::After(key) => read(key).map_or(Start::First, Start::After),
            Start::Before(key) => read(key).map_or(Start::First, Start::Before),
        }
    }
}

/// The end of all texts that begin with one: it and the last sign there is.
#[must_use]
pub fn end_of(start: &str) -> String {
    format!("{start}\u{10FFFF}")
}

/// How many rows a query has, counted by the database. A query with a limit is counted no further: what
/// [`QueryDsl::count`] cannot do.
#[derive(Clone, Copy, Debug, QueryId)]
pub struct Counted<Q>(pub Q);

impl<Q> Query for Counted<Q> {
    type SqlType = BigInt;
}

impl<Q> RunQueryDsl<Conn> for Counted<Q> {}

impl<Q: QueryFragment<Backend>> QueryFragment<Backend> for Counted<Q> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Backend>) -> QueryResult<()> {
        out.push_sql("select count(*) from (");
        self.0.walk_ast(out.reborrow())?;
        out.push_sql(") as counted");
        Ok(())
    }
}

/// Lets a boxed query begin at a [`Start`] of two columns, with the order that goes with it: `asc` or `desc`
/// by both.
#[macro_export]
macro_rules! from_key {
    ($query:expr, $start:expr, ($sort:expr, $id:expr), asc) => {
        $crate::from_key!(@ $query, $start, ($sort, $id), gt, lt, asc, desc)
    };
    ($query:expr, $start:expr, ($sort:expr, $id:expr), desc) => {
        $crate::from_key!(@ $query, $start, ($sort, $id), lt, gt, desc, asc)
    };
    (@ $query:expr, $start:expr, ($sort:expr, $id:expr), $on:ident, $back:ident, $forward:ident, $backward:ident) => {
        match $start {
            $crate::keys::Start::First => $query.order(($sort.$forward(), $id.$forward())),
            $crate::keys::Start::After((key, id)) => $query
                .filter($sort.$on(key).or($sort.eq(key).and($id.$on(id))))
                .order(($sort.$forward(), $id.$forward())),
            $crate::keys::Start::Before((key, id)) => $query
                .filter($sort.$back(key).or($sort.eq(key).and($id.$back(id))))
                .order(($sort.$backward(), $id.$backward())),
        }
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_that_cannot_be_read_is_the_start() {
        let day = |(text, id): &(&str, i64)| Some((text.parse::<i32>().ok()?, *id));
        assert_eq!(Start::After(("12", 7)).read(day), Start::After((12, 7)));
        assert_eq!(Start::Before(("12", 7)).read(day), Start::Before((12, 7)));
        assert_eq!(Start::Before(("x", 7)).read(day), Start::First);
    }

    #[test]
    fn what_begins_with_a_text_lies_before_its_end() {
        for text in ["li", "li ~", "li\u{10FFFE}"] {
            assert!("li" <= text && text < end_of("li").as_str(), "{text:?}");
        }
        assert!("lj" > end_of("li").as_str());
    }
}
