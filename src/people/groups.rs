//! Which groups are large enough to be told about to those outside them (product.md 3). Pure.

use std::collections::{BTreeMap, BTreeSet};

/// Figures about fewer people than this are withheld outside their own line.
pub const SMALLEST_GROUP: i64 = 5;

/// A team and how many people are in it and below it.
#[derive(Clone, Copy, Debug)]
pub struct TeamHeads<K> {
    pub team: K,
    pub parent: Option<K>,
    pub heads: i64,
}

/// The teams that may be shown to those outside their line: no team of fewer than five people, and no
/// set of teams from which such a group follows by taking the parts from the whole. Where a remainder
/// would be too small the whole gives way, or, below the company itself, its smallest part.
#[must_use]
pub fn open_teams<K: Copy + Ord>(teams: &[TeamHeads<K>], company: i64) -> BTreeSet<K> {
    let heads: BTreeMap<K, i64> = teams.iter().map(|t| (t.team, t.heads)).collect();
    let parents: BTreeMap<K, Option<K>> = teams.iter().map(|t| (t.team, t.parent)).collect();
    let mut open: BTreeSet<K> = heads
        .iter()
        .filter(|(_, n)| **n >= SMALLEST_GROUP)
        .map(|(team, _)| *team)
        .collect();
    loop {
        let mut parts: BTreeMap<Option<K>, Vec<K>> = BTreeMap::new();
        for team in &open {
            parts
                .entry(nearest_open(&parents, &open, *team))
                .or_default()
                .push(*team);
        }
        let telling = parts.iter().find(|(whole, parts)| {
            let whole = whole.map_or(company, |team| heads[&team]);
            let rest = whole - parts.iter().map(|team| heads[team]).sum::<i64>();
            (1..SMALLEST_GROUP).contains(&rest)
        });
        let closed = match telling {
            None => return open,
            Some((Some(whole), _)) => Some(*whole),
            Some((None, parts)) => parts.iter().copied().min_by_key(|team| heads[team]),
        };
        match closed {
            Some(team) => open.remove(&team),
            None => return open,
        };
    }
}

fn nearest_open<K: Copy + Ord>(
    parents: &BTreeMap<K, Option<K>>,
    open: &BTreeSet<K>,
    team: K,
) -> Option<K> {
    let mut seen = BTreeSet::new();
    let mut above = parents.get(&team).copied().flatten();
    while let Some(parent) = above {
        if open.contains(&parent) {
            return Some(parent);
        }
        if !seen.insert(parent) {
            return None;
        }
        above = parents.get(&parent).copied().flatten();
    }
    None
}
