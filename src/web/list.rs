//! Lists: fifty rows at a time, forward and backward by key, with search, filters and an export of exactly
//! these rows. And the export itself.

use serde::Serialize;

use crate::error::Result;
use crate::i18n::{self, plain};
use crate::keys::Start;
use crate::web::Who;
use crate::web::form::Field;
use crate::web::site::escape;

/// Rows of a page.
pub const ON_A_PAGE: i64 = 50;

/// Rows are counted up to here; beyond, the page says "1,000+".
pub const COUNTED: i64 = 1_000;

/// Where in a list a page begins: the sort key and the number of the row beside it.
pub type From = Start<(String, i64)>;

impl From {
    /// Reads the two query parameters; what is no key is the start.
    #[must_use]
    pub fn of(after: Option<&str>, before: Option<&str>) -> From {
        let key = |text: &str| {
            let (sort, id) = text.rsplit_once('~')?;
            Some((sort.to_string(), id.parse::<i64>().ok()?))
        };
        match (after.and_then(key), before.and_then(key)) {
            (Some(key), _) => From::After(key),
            (None, Some(key)) => From::Before(key),
            (None, None) => From::First,
        }
    }
}

/// How many rows a list has, at most [`COUNTED`] and one: a first page that holds them all (`found` may hold
/// one row more than a page) has said so, otherwise `count` is asked.
///
/// # Errors
/// Those of `count`.
pub fn counted<T, K>(
    found: &[T],
    from: &Start<K>,
    count: impl FnOnce() -> Result<i64>,
) -> Result<i64> {
    match (from, found.len() as i64) {
        (Start::First, all) if all <= ON_A_PAGE => Ok(all),
        _ => count(),
    }
}

/// Rows of one page and whether there are more on either side.
#[derive(Clone, Debug)]
pub struct Slice<T> {
    pub rows: Vec<T>,
    more_before: bool,
    more_after: bool,
}

impl<T> Slice<T> {
    /// One page of a list that is read as a whole, in order of codes, because people make its rows by hand.
    #[must_use]
    pub fn of_whole(mut all: Vec<T>, from: &From, code: impl Fn(&T) -> &str) -> Slice<T> {
        match from {
            From::First => {}
            From::After((last, _)) => all.retain(|row| code(row) > last.as_str()),
            From::Before((first, _)) => {
                all.retain(|row| code(row) < first.as_str());
                all.reverse();
            }
        }
        Slice::new(all, from)
    }

    /// From up to one row more than a page, read from `from` away: backwards for [`From::Before`].
    #[must_use]
    pub fn new(mut found: Vec<T>, from: &From) -> Slice<T> {
        let more = found.len() as i64 > ON_A_PAGE;
        found.truncate(ON_A_PAGE as usize);
        let (more_before, more_after) = match from {
            From::First => (false, more),
            From::After(..) => (true, more),
            From::Before(..) => {
                found.reverse();
                (more, true)
            }
        };
        Slice {
            rows: found,
            more_before,
            more_after,
        }
    }
}

/// What stands around the rows of a list.
#[derive(Clone, Debug, Default, Serialize)]
pub struct ListView {
    pub action: String,
    pub count: String,
    pub next: Option<String>,
    pub prev: Option<String>,
    pub search: Option<Search>,
    pub filters: Vec<Field>,
    pub export: Option<String>,
    pub empty: bool,
    /// Whether a search or filter is on: an empty list then says so.
    pub filtered: bool,
}

/// The search field.
#[derive(Clone, Debug, Serialize)]
pub struct Search {
    pub name: &'static str,
    pub value: String,
    pub label: String,
    /// The list without search and filters, where there are any.
    pub clear: Option<String>,
}

impl ListView {
    /// The frame of a list at `action`, whose search and filters are `query`; `counted` is the number of all
    /// rows, at most [`COUNTED`] and one.
    #[must_use]
    pub fn new<T>(
        who: &Who,
        action: &str,
        query: &[(&str, &str)],
        slice: &Slice<T>,
        counted: i64,
        key: impl Fn(&T) -> (String, i64),
    ) -> ListView {
        let with = |more: Option<(&str, (String, i64))>| {
            let mut pairs: Vec<String> = query
                .iter()
                .filter(|(_, value)| !value.is_empty())
                .map(|(name, value)| format!("{name}={}", escape(value)))
                .collect();
            if let Some((name, (sort, id))) = more {
                pairs.push(format!("{name}={}~{id}", escape(&sort)));
            }
            match pairs.join("&") {
                pairs if pairs.is_empty() => action.to_string(),
                pairs => format!("{action}?{pairs}"),
            }
        };
        let count = if counted > COUNTED {
            plain(who.locale, "list-many").to_string()
        } else {
            i18n::text(who.locale, "list-count", &[("n", counted.into())])
        };
        ListView {
            action: action.to_string(),
            count,
            next: slice
                .rows
                .last()
                .filter(|_| slice.more_after)
                .map(|row| with(Some(("after", key(row))))),
            prev: slice
                .rows
                .first()
                .filter(|_| slice.more_before)
                .map(|row| with(Some(("before", key(row))))),
            empty: slice.rows.is_empty(),
            filtered: query.iter().any(|(_, value)| !value.is_empty()),
            ..ListView::default()
        }
    }

    /// With a search field.
    #[must_use]
    pub fn search(mut self, label: &str, value: &str) -> ListView {
        self.search = Some(Search {
            name: "q",
            value: value.to_string(),
            label: label.to_string(),
            clear: self.filtered.then(|| self.action.clone()),
        });
        self
    }

    /// With filters.
    #[must_use]
    pub fn filters(mut self, filters: Vec<Field>) -> ListView {
        self.filters = filters;
        self
    }

    /// With an export of the same rows: the list's address and filters, ending in `.csv`.
    #[must_use]
    pub fn export(mut self, query: &[(&str, &str)]) -> ListView {
        let pairs: Vec<String> = query
            .iter()
            .filter(|(_, value)| !value.is_empty())
            .map(|(name, value)| format!("{name}={}", escape(value)))
            .collect();
        let sign = if pairs.is_empty() { "" } else { "?" };
        self.export = Some(format!("{}.csv{sign}{}", self.action, pairs.join("&")));
        self
    }
}

/// Rows as CSV for a spreadsheet: UTF-8 with its mark, and no cell that a spreadsheet would take for a
/// formula.
///
/// # Errors
/// When a row cannot be written: a fault of the program.
pub fn csv(rows: impl IntoIterator<Item = Vec<String>>) -> crate::error::Result<Vec<u8>> {
    let internal = |e: csv::Error| crate::error::Error::Internal(Box::new(e));
    let mut out = csv::Writer::from_writer(b"\xEF\xBB\xBF".to_vec());
    for row in rows {
        out.write_record(row.iter().map(|cell| guarded(cell).into_owned()))
            .map_err(internal)?;
    }
    out.into_inner()
        .map_err(|e| crate::error::Error::Internal(e.to_string().into()))
}

/// A cell that begins like a formula gets a mark before it; numbers stay.
fn guarded(cell: &str) -> std::borrow::Cow<'_, str> {
    let risky = cell.starts_with(['=', '+', '-', '@', '\t', '\r']);
    if risky && cell.parse::<f64>().is_err() {
        format!("'{cell}").into()
    } else {
        cell.into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_knows_what_is_on_either_side() {
        let many: Vec<i64> = (0..=ON_A_PAGE).collect();
        let first = Slice::new(many.clone(), &From::First);
        assert_eq!(
            (first.rows.len(), first.more_before, first.more_after),
            (50, false, true)
        );
        let back = Slice::new(vec![3, 2, 1], &From::Before(("x".into(), 4)));
        assert_eq!(
            (back.rows, back.more_before, back.more_after),
            (vec![1, 2, 3], false, true)
        );
    }

    #[test]
    fn a_key_may_hold_any_sign() {
        assert_eq!(
            From::of(Some("li ~x~7"), None),
            From::After(("li ~x".into(), 7))
        );
        assert_eq!(From::of(Some("nonsense"), None), From::First);
        assert_eq!(From::of(None, Some("a~1")), From::Before(("a".into(), 1)));
    }

    #[test]
    fn no_cell_is_a_formula_and_numbers_stay_numbers() {
        let out = csv([vec![
            "=cmd()".to_string(),
            "-3.5".into(),
            "+86 10".into(),
            "a,b".into(),
        ]])
        .unwrap();
        assert_eq!(out, b"\xEF\xBB\xBF'=cmd(),-3.5,'+86 10,\"a,b\"\n");
    }
}
