//! Postings on a time line, and how names are sorted. Pure.

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
        .find(|p| p.valid_from <= day && day < p.valid_to)
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
    fn names_are_sorted_by_their_reading() {
        assert_eq!(sort_key("单小明"), "shan xiao ming");
        assert_eq!(sort_key("曾丽"), "zeng li");
        assert!(sort_key("张三") > sort_key("李四"));
        assert_eq!(sort_key("Ann Lee"), "ann lee");
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
