//! Notes about a person over a quarter: check-ins, coaching, praise, incidents. Pure.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

/// What a note is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum NoteKind {
    CheckIn,
    Coaching,
    Praise,
    Incident,
}

impl NoteKind {
    /// Every kind.
    pub const ALL: [NoteKind; 4] = [
        NoteKind::CheckIn,
        NoteKind::Coaching,
        NoteKind::Praise,
        NoteKind::Incident,
    ];

    /// As stored and in addresses.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            NoteKind::CheckIn => "check_in",
            NoteKind::Coaching => "coaching",
            NoteKind::Praise => "praise",
            NoteKind::Incident => "incident",
        }
    }

    /// The kind of a code.
    #[must_use]
    pub fn parse(code: &str) -> Option<NoteKind> {
        NoteKind::ALL.into_iter().find(|kind| kind.code() == code)
    }
}

/// How far a goal is, as somebody judged it: its place among the goals of the sheet (items first, then those
/// without a figure) and the part that is reached.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    /// Basis points, 0 to 10,000.
    pub bp: i64,
    pub goal: String,
}

/// Check-ins that leaving tracking asks for.
pub const CHECK_INS: i64 = 2;

/// By when the next check-in is due, of a quarter from `starts_on` to `ends_on`: one in each half. None where
/// both are held.
#[must_use]
pub fn next_check_in(held: i64, (starts_on, ends_on): (NaiveDate, NaiveDate)) -> Option<NaiveDate> {
    let half = starts_on + (ends_on - starts_on) / 2;
    match held {
        ..=0 => Some(half),
        1 => Some(ends_on),
        _ => None,
    }
}

/// Codes of evidence in a text: separated by commas, semicolons (of either script) or white space, each once.
#[must_use]
pub fn evidence_codes(text: &str) -> Vec<String> {
    let mut codes: Vec<String> = Vec::new();
    let between = |c: char| c.is_whitespace() || matches!(c, ',' | ';' | '，' | '；' | '、');
    for code in text.split(between).filter(|code| !code.is_empty()) {
        if !codes.iter().any(|known| known == code) {
            codes.push(code.to_string());
        }
    }
    codes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_check_in_is_due_in_each_half() {
        let quarter = ("2026-07-01".parse().unwrap(), "2026-09-30".parse().unwrap());
        let text = |held| next_check_in(held, quarter).map(|day| day.to_string());
        assert_eq!(text(0).as_deref(), Some("2026-08-15"));
        assert_eq!(text(1).as_deref(), Some("2026-09-30"));
        assert_eq!(text(2), None);
        assert_eq!(text(9), None);
    }

    #[test]
    fn codes_are_found_between_signs_of_either_script() {
        assert_eq!(
            evidence_codes(" C-1, C-2；C-3、C-1\nR 4 "),
            ["C-1", "C-2", "C-3", "R", "4"]
        );
        assert!(evidence_codes(" ,， ").is_empty());
    }

    #[test]
    fn every_kind_is_read_back_from_its_code() {
        for kind in NoteKind::ALL {
            assert_eq!(NoteKind::parse(kind.code()), Some(kind));
        }
    }
}
