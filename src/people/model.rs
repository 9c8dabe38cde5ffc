//! Postings on a time line, and how names are sorted. Pure.

use std::collections::HashMap;

use chrono::NaiveDate;
use pinyin::ToPinyin;

/// The end of an interval that is still open.
pub const OPEN_END: NaiveDate = match NaiveDate::from_ymd_opt(9999, 12, 31) {
    Some(date) => date,
    None => NaiveDate::MAX,
};

/// The start of an interval whose true start nobody told us.
pub const UNKNOWN_START: NaiveDate = match NaiveDate::from_ymd_opt(1970, 1, 1) {
    Some(date) => date,
    None => NaiveDate::MIN,
};

/// Where somebody is, as what, under whom.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seat {
    pub team_id: Option<i64>,
    pub job_role_id: i64,
    pub manager_id: Option<i64>,
}

/// A seat from one day to another (exclusive).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Posting {
    pub seat: Seat,
    pub valid_from: NaiveDate,
    pub valid_to: NaiveDate,
}

/// Puts somebody into `seat` from `day` until their next known change. The line stays without
/// overlap; neighbours that say the same are one.
#[must_use]
pub fn take_seat(line: &[Posting], day: NaiveDate, seat: Seat) -> Vec<Posting> {
    let next = line.iter().map(|p| p.valid_from).filter(|&d| d > day).min();
    let mut result: Vec<Posting> = Vec::with_capacity(line.len() + 1);
    for p in line {
        if p.valid_from < day {
            result.push(Posting {
                valid_to: p.valid_to.min(day),
                ..*p
            });
        }
    }
    result.push(Posting {
        seat,
        valid_from: day,
        valid_to: next.unwrap_or(OPEN_END),
    });
    result.extend(line.iter().filter(|p| p.valid_from > day));
    merge(result)
}

/// Ends the line after `last_day`.
#[must_use]
pub fn leave(line: &[Posting], last_day: NaiveDate) -> Vec<Posting> {
    let end = last_day.succ_opt().unwrap_or(last_day);
    line.iter()
        .filter(|p| p.valid_from < end)
        .map(|p| Posting {
            valid_to: p.valid_to.min(end),
            ..*p
        })
        .collect()
}

/// The line of somebody whose last day was `before` and is now `after` (none: they have not left).
#[must_use]
pub fn with_last_day(
    line: &[Posting],
    before: Option<NaiveDate>,
    after: Option<NaiveDate>,
) -> Vec<Posting> {
    if before == after {
        return line.to_vec();
    }
    let mut line = line.to_vec();
    let ended = before.and_then(|day| day.succ_opt());
    if let Some(last) = line.last_mut()
        && Some(last.valid_to) == ended
    {
        last.valid_to = OPEN_END;
    }
    match after {
        Some(last_day) => leave(&line, last_day),
        None => line,
    }
}

fn merge(line: Vec<Posting>) -> Vec<Posting> {
    let mut merged: Vec<Posting> = Vec::with_capacity(line.len());
    for p in line {
        match merged.last_mut() {
            Some(last) if last.seat == p.seat && last.valid_to == p.valid_from => {
                last.valid_to = p.valid_to;
            }
            _ => merged.push(p),
        }
    }
    merged
}

/// The posting in force on a day.
#[must_use]
pub fn on(line: &[Posting], day: NaiveDate) -> Option<&Posting> {
    line.iter()
        .find(|p| is_in_force(p.valid_from, p.valid_to, day))
}

/// Whether a day lies between two others, the second exclusive.
#[must_use]
pub fn is_in_force(valid_from: NaiveDate, valid_to: NaiveDate, day: NaiveDate) -> bool {
    valid_from <= day && day < valid_to
}

/// How well somebody masters a skill, from one day to another (exclusive).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Level {
    /// 0 to [`HIGHEST_LEVEL`].
    pub level: i32,
    /// What it was judged by.
    pub evidence: String,
    pub valid_from: NaiveDate,
    pub valid_to: NaiveDate,
}

/// The best level of a skill.
pub const HIGHEST_LEVEL: i32 = 4;

/// Gives somebody a level from `day` until the next known one; what was known before `day` stays.
#[must_use]
pub fn take_level(line: &[Level], day: NaiveDate, level: i32, evidence: String) -> Vec<Level> {
    let next = line.iter().map(|l| l.valid_from).filter(|&d| d > day).min();
    let mut result: Vec<Level> = line
        .iter()
        .filter(|l| l.valid_from < day)
        .map(|l| Level {
            valid_to: l.valid_to.min(day),
            ..l.clone()
        })
        .collect();
    result.push(Level {
        level,
        evidence,
        valid_from: day,
        valid_to: next.unwrap_or(OPEN_END),
    });
    result.extend(line.iter().filter(|l| l.valid_from > day).cloned());
    result
}

/// Whether a team would be below itself if `parent` were above it, `parents` being everybody else's.
#[must_use]
pub fn is_circle(parents: &HashMap<i64, i64>, team: i64, parent: i64) -> bool {
    let mut at = Some(parent);
    // At most as many steps as teams: a circle among the others must not become an endless walk.
    for _ in 0..=parents.len() {
        match at {
            Some(id) if id == team => return true,
            Some(id) => at = parents.get(&id).copied(),
            None => return false,
        }
    }
    false
}

/// Somebody is below somebody else (or, at depth 0, is the person themself) from one day to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Line {
    pub manager_id: i64,
    pub staff_id: i64,
    pub valid_from: NaiveDate,
    /// Exclusive.
    pub valid_to: NaiveDate,
    /// 1 for a direct report.
    pub depth: i32,
}

/// Everybody `staff_id` is below, with the days and how far: one line for each stretch of days, in order.
///
/// A circle (two people who are each other's manager) is followed once around and no further.
#[must_use]
pub fn lines_of(postings: &HashMap<i64, Vec<Posting>>, staff_id: i64) -> Vec<Line> {
    let mut lines = vec![Line {
        manager_id: staff_id,
        staff_id,
        valid_from: UNKNOWN_START,
        valid_to: OPEN_END,
        depth: 0,
    }];
    climb(postings, &[staff_id], UNKNOWN_START, OPEN_END, &mut lines);
    lines.sort_unstable();
    let mut merged: Vec<Line> = Vec::with_capacity(lines.len());
    for line in lines {
        match merged.last_mut() {
            Some(last)
                if last.manager_id == line.manager_id
                    && last.depth == line.depth
                    && last.valid_to == line.valid_from =>
            {
                last.valid_to = line.valid_to;
            }
            _ => merged.push(line),
        }
    }
    merged
}

/// Adds the managers of the last of `chain` (the first is whose lines are sought) within some days.
fn climb(
    postings: &HashMap<i64, Vec<Posting>>,
    chain: &[i64],
    from: NaiveDate,
    to: NaiveDate,
    lines: &mut Vec<Line>,
) {
    let (Some(&staff_id), Some(at)) = (chain.first(), chain.last()) else {
        return;
    };
    for posting in postings.get(at).map_or(&[][..], Vec::as_slice) {
        let (valid_from, valid_to) = (posting.valid_from.max(from), posting.valid_to.min(to));
        let Some(manager_id) = posting.seat.manager_id else {
            continue;
        };
        if valid_from >= valid_to || chain.contains(&manager_id) {
            continue;
        }
        lines.push(Line {
            manager_id,
            staff_id,
            valid_from,
            valid_to,
            depth: i32::try_from(chain.len()).unwrap_or(i32::MAX),
        });
        let mut longer = chain.to_vec();
        longer.push(manager_id);
        climb(postings, &longer, valid_from, valid_to, lines);
    }
}

/// Surnames whose reading differs from the usual one of the character.
const SURNAMES: [(&str, &str); 14] = [
    ("万俟", "moqi"),
    ("尉迟", "yuchi"),
    ("单于", "chanyu"),
    ("单", "shan"),
    ("曾", "zeng"),
    ("仇", "qiu"),
    ("解", "xie"),
    ("区", "ou"),
    ("查", "zha"),
    ("盖", "ge"),
    ("朴", "piao"),
    ("任", "ren"),
    ("乐", "yue"),
    ("翟", "zhai"),
];

/// What a name is sorted by: pinyin of Chinese characters, lower case of the rest.
#[must_use]
pub fn sort_key(name: &str) -> String {
    let (mut key, rest) = SURNAMES
        .iter()
        .find_map(|(surname, reading)| {
            let rest = name.strip_prefix(surname)?;
            Some((format!("{reading} "), rest))
        })
        .unwrap_or((String::new(), name));
    for (character, reading) in rest.chars().zip(rest.to_pinyin()) {
        match reading {
            Some(syllable) => {
                key.push_str(syllable.plain());
                key.push(' ');
            }
            None => key.extend(character.to_lowercase()),
        }
    }
    key.trim_end().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::Datelike;
    use proptest::prelude::*;

    fn day(n: u32) -> NaiveDate {
        NaiveDate::from_ymd_opt(2026, 1, n).unwrap()
    }

    fn seat(team: i64) -> Seat {
        Seat {
            team_id: Some(team),
            job_role_id: 1,
            manager_id: None,
        }
    }

    #[test]
    fn a_transfer_splits_the_line_and_keeps_both_halves() {
        let line = take_seat(&[], day(1), seat(1));
        let line = take_seat(&line, day(10), seat(2));
        assert_eq!(line.len(), 2);
        assert_eq!(line[0].valid_to, day(10));
        assert_eq!(on(&line, day(9)).unwrap().seat, seat(1));
        assert_eq!(on(&line, day(10)).unwrap().seat, seat(2));
    }

    #[test]
    fn telling_the_same_twice_changes_nothing() {
        let line = take_seat(&[], day(1), seat(1));
        let line = take_seat(&line, day(10), seat(2));
        let again = take_seat(&take_seat(&line, day(1), seat(1)), day(10), seat(2));
        assert_eq!(line, again);
    }

    #[test]
    fn leaving_ends_the_line_on_the_last_day() {
        let line = leave(&take_seat(&[], day(1), seat(1)), day(20));
        assert!(on(&line, day(20)).is_some());
        assert!(on(&line, day(21)).is_none());
    }

    #[test]
    fn who_comes_back_goes_on_where_they_were_and_a_new_last_day_cuts_there() {
        let stays = take_seat(&take_seat(&[], day(1), seat(1)), day(10), seat(2));
        let left = with_last_day(&stays, None, Some(day(20)));
        assert_eq!(left[1].valid_to, day(21));
        assert_eq!(with_last_day(&left, Some(day(20)), None), stays);
        let earlier = with_last_day(&left, Some(day(20)), Some(day(5)));
        assert_eq!((earlier.len(), earlier[0].valid_to), (1, day(6)));
        assert_eq!(with_last_day(&left, Some(day(20)), Some(day(20))), left);
    }

    #[test]
    fn a_level_counts_until_the_next_and_a_second_word_on_a_day_replaces_the_first() {
        let told = |line: &[Level]| -> Vec<(i32, u32, i32)> {
            let parts = line.iter();
            parts
                .map(|l| (l.level, l.valid_from.day(), l.valid_to.year()))
                .collect()
        };
        let line = take_level(&[], day(10), 3, "b".to_string());
        let line = take_level(&line, day(5), 1, "a".to_string());
        assert_eq!(told(&line), [(1, 5, 2026), (3, 10, 9999)]);
        let line = take_level(&line, day(10), 2, "c".to_string());
        assert_eq!(told(&line), [(1, 5, 2026), (2, 10, 9999)]);
    }

    #[test]
    fn a_team_is_not_put_below_itself() {
        let parents = HashMap::from([(3, 2), (2, 1)]);
        assert!(is_circle(&parents, 1, 3) && is_circle(&parents, 1, 1));
        assert!(!is_circle(&parents, 4, 3));
        assert!(!is_circle(&HashMap::from([(5, 6), (6, 5)]), 1, 5));
    }

    #[test]
    fn names_are_sorted_by_their_reading() {
        assert_eq!(sort_key("单小明"), "shan xiao ming");
        assert_eq!(sort_key("曾丽"), "zeng li");
        assert!(sort_key("张三") > sort_key("李四"));
        assert_eq!(sort_key("Ann Lee"), "ann lee");
    }

    fn under(manager_id: i64, from: u32, to: u32) -> Posting {
        Posting {
            seat: Seat {
                manager_id: Some(manager_id),
                ..seat(1)
            },
            valid_from: day(from),
            valid_to: day(to),
        }
    }

    #[test]
    fn who_changes_managers_is_below_each_on_their_days() {
        // 1 is under 2 until the 10th, then under 3; both are under 4, but 2 only from the 5th on.
        let postings = HashMap::from([
            (1, vec![under(2, 1, 10), under(3, 10, 20)]),
            (2, vec![under(4, 5, 20)]),
            (3, vec![under(4, 1, 20)]),
        ]);
        let told: Vec<(i64, i32, u32, u32)> = lines_of(&postings, 1)
            .into_iter()
            .filter(|l| l.depth > 0)
            .map(|l| (l.manager_id, l.depth, l.valid_from.day(), l.valid_to.day()))
            .collect();
        assert_eq!(told, [(2, 1, 1, 10), (3, 1, 10, 20), (4, 2, 5, 20)]);
    }

    #[test]
    fn a_circle_of_managers_ends() {
        let postings = HashMap::from([(1, vec![under(2, 1, 9)]), (2, vec![under(1, 1, 9)])]);
        assert_eq!(lines_of(&postings, 1).len(), 2);
    }

    proptest! {
        #[test]
        fn a_line_never_overlaps(changes in proptest::collection::vec((1u32..28, 1i64..4), 0..12)) {
            let mut line = Vec::new();
            for (d, team) in changes {
                line = take_seat(&line, day(d), seat(team));
            }
            for pair in line.windows(2) {
                prop_assert!(pair[0].valid_to <= pair[1].valid_from);
                prop_assert!(pair[0].valid_from < pair[0].valid_to);
            }
        }
    }
}
