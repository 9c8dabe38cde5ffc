//! What is said about results: how people judged one another, what was said to the person and by them, whether raters
//! rate alike, and what became of appeals. Pure.

use serde::Serialize;

use super::Audience;
use super::figures::{count, weight};
use super::group::Fact;
use super::person::Words;
use crate::appraisals::model::fairness::Flag;
use crate::appraisals::model::result::{CompetencyResult, PersonResult};
use crate::i18n::{Locale, hundredths, plain, text};

/// Fewer appeals than this are not broken down for those who read no names.
const LEAST: i64 = 5;

/// What was said to somebody with their released result, and what they said to it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Told {
    pub suggestions: String,
    pub support: String,
    /// Empty until they have acknowledged the result.
    pub statement: String,
    /// The day on which they did, where the organisation is.
    pub read_on: Option<String>,
}

/// A rater about whom something stands out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flagged {
    pub name: String,
    pub name_en: String,
    pub flags: Vec<Flag>,
}

/// How fair a cycle looks, and its appeals.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fair {
    /// Raters who were looked at.
    pub raters: i64,
    pub flagged: Vec<Flagged>,
    pub filed: i64,
    pub upheld: i64,
    pub amended: i64,
}

/// The parts of a person's page about what was said.
#[derive(Serialize)]
pub(in crate::reports) struct SaidView {
    pub competencies: Option<Judged>,
    pub peers: Vec<(String, Option<String>)>,
    pub told: Vec<(&'static str, String)>,
    pub read: Option<String>,
}

/// Competencies: what the person says of themselves beside what the manager says.
#[derive(Serialize)]
pub(in crate::reports) struct Judged {
    title: String,
    rows: Vec<JudgedRow>,
    score: Option<String>,
    summary: String,
    /// Whether the person said anything.
    own: bool,
    own_summary: String,
}

#[derive(Serialize)]
struct JudgedRow {
    name: String,
    weight: String,
    own: Option<String>,
    level: Option<String>,
    anchor: Option<String>,
    points: Option<String>,
    note: String,
    own_note: String,
}

/// A level, whole where it is whole.
fn level_name(rating_h: i64) -> String {
    if rating_h % 100 == 0 {
        (rating_h / 100).to_string()
    } else {
        hundredths(rating_h)
    }
}

impl Words<'_> {
    /// What is said with a result.
    pub(super) fn said(&self, person: &PersonResult, told: Option<&Told>) -> SaidView {
        let said = told.into_iter().flat_map(|told| {
            [
                ("feedback-suggestions", &told.suggestions),
                ("feedback-support", &told.support),
                ("feedback-stated", &told.statement),
            ]
        });
        SaidView {
            competencies: self.judged(person),
            peers: self.colleagues(person),
            told: said
                .filter(|(_, words)| !words.is_empty())
                .map(|(key, words)| (plain(self.locale, key), words.clone()))
                .collect(),
            read: told
                .and_then(|told| told.read_on.as_ref())
                .map(|day| text(self.locale, "feedback-read-at", &[("at", day.into())])),
        }
    }

    fn judged(&self, person: &PersonResult) -> Option<Judged> {
        let own = person.self_review.as_ref();
        let found = person.competencies.as_ref().or(own)?;
        let card = self.rules.card(&found.card)?;
        let of = |result: Option<&CompetencyResult>, code: &str| {
            let rated = result?.criteria.iter().find(|c| c.criterion == code)?;
            Some((rated.rating_h, rated.points_h, rated.note.clone()))
        };
        let manager = person.competencies.as_ref();
        let rows = card.criteria.iter().map(|criterion| {
            let theirs = of(manager, &criterion.code);
            let mine = of(own, &criterion.code);
            let rating_h = theirs.as_ref().and_then(|t| t.0);
            let level = criterion
                .levels
                .iter()
                .find(|l| Some(l.points_h) == rating_h);
            JudgedRow {
                name: self
                    .locale
                    .pick(&criterion.name_zh, &criterion.name_en)
                    .to_string(),
                weight: weight(self.locale, criterion.weight_bp),
                own: mine.as_ref().and_then(|m| m.0).map(level_name),
                level: rating_h.map(level_name),
                anchor: level.map(|l| self.locale.pick(&l.anchor_zh, &l.anchor_en).to_string()),
                points: theirs.as_ref().and_then(|t| t.1).map(hundredths),
                note: theirs.map_or_else(String::new, |t| t.2),
                own_note: mine.map_or_else(String::new, |m| m.2),
            }
        });
        Some(Judged {
            title: self.locale.pick(&card.name_zh, &card.name_en).to_string(),
            rows: rows.collect(),
            score: person.competency_h.map(hundredths),
            summary: manager.map_or_else(String::new, |m| m.summary.clone()),
            own: own.is_some(),
            own_summary: own.map_or_else(String::new, |o| o.summary.clone()),
        })
    }

    /// Criterion and mean in whole levels.
    fn colleagues(&self, person: &PersonResult) -> Vec<(String, Option<String>)> {
        let Some(found) = &person.peers else {
            return Vec::new();
        };
        let Some(card) = self.rules.card(&found.card) else {
            return Vec::new();
        };
        let rows = found.means.iter().filter_map(|mean| {
            let criterion = card.criterion(&mean.criterion)?;
            let name = self.locale.pick(&criterion.name_zh, &criterion.name_en);
            Some((name.to_string(), mean.mean.map(|level| level.to_string())))
        });
        rows.collect()
    }
}

/// Whether raters rate alike, on the page of a cycle.
#[derive(Serialize)]
pub(super) struct FairView {
    flags: Vec<Fact>,
    /// Name and what stands out, for those who may read it.
    named: Vec<(String, String)>,
    appeals: Vec<Fact>,
    /// That few appeals are not broken down.
    withheld: bool,
}

/// The key of a flag's name.
fn flag_key(flag: Flag) -> &'static str {
    match flag {
        Flag::Lenient => "flag-lenient",
        Flag::Severe => "flag-severe",
        Flag::CentralTendency => "flag-central",
        Flag::RangeRestriction => "flag-range",
        Flag::Halo => "flag-halo",
    }
}

/// Flags by name only for the operator's archive and those who may read fairness (access.rs `ViewFairness`); for other
/// readers of the company counts, and of few appeals not even those; for nobody else.
pub(super) fn fair(locale: Locale, audience: &Audience, fair: &Fair) -> Option<FairView> {
    if !audience.sees_company() {
        return None;
    }
    let named = *audience == Audience::All;
    let fact = |key: &str, n: i64| Fact {
        name: plain(locale, key).to_string(),
        value: count(n),
        note: None,
    };
    let all = [
        Flag::Lenient,
        Flag::Severe,
        Flag::CentralTendency,
        Flag::RangeRestriction,
        Flag::Halo,
    ];
    let mut flags = vec![fact("fair-raters", fair.raters)];
    flags.extend(all.into_iter().filter_map(|flag| {
        let n = fair.flagged.iter().filter(|f| f.flags.contains(&flag));
        let n = n.count() as i64;
        (n > 0).then(|| fact(flag_key(flag), n))
    }));
    let open = fair.filed - fair.upheld - fair.amended;
    let parts = [fair.upheld, fair.amended, open];
    let tells = |n: i64| (1..LEAST).contains(&n);
    let withheld = !named && (tells(fair.filed) || parts.into_iter().any(tells));
    let mut appeals = Vec::new();
    if named || !tells(fair.filed) {
        appeals.push(fact("fair-filed", fair.filed));
    }
    if !withheld && fair.filed > 0 {
        appeals.push(fact("fair-upheld", fair.upheld));
        appeals.push(fact("fair-amended", fair.amended));
        appeals.push(fact("fair-open", open));
    }
    let words = |flagged: &Flagged| {
        let flags: Vec<&str> = flagged
            .flags
            .iter()
            .map(|flag| plain(locale, flag_key(*flag)))
            .collect();
        let name = locale.pick(&flagged.name, &flagged.name_en).to_string();
        (name, flags.join(" · "))
    };
    Some(FairView {
        flags,
        named: if named {
            fair.flagged.iter().map(words).collect()
        } else {
            Vec::new()
        },
        appeals,
        withheld,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn looked(filed: i64, upheld: i64, amended: i64) -> Fair {
        Fair {
            raters: 7,
            flagged: vec![Flagged {
                name: "王强".to_string(),
                name_en: "Wang Qiang".to_string(),
                flags: vec![Flag::Lenient],
            }],
            filed,
            upheld,
            amended,
        }
    }

    fn shown(audience: &Audience, looked: &Fair) -> Option<(usize, Vec<String>, bool)> {
        let view = fair(Locale::En, audience, looked)?;
        let values = view.appeals.iter().map(|fact| fact.value.clone());
        Some((view.named.len(), values.collect(), view.withheld))
    }

    #[test]
    fn raters_are_named_in_the_archive_alone() {
        assert_eq!(shown(&Audience::All, &looked(0, 0, 0)).unwrap().0, 1);
        assert_eq!(shown(&Audience::Leadership, &looked(0, 0, 0)).unwrap().0, 0);
        for audience in [Audience::Team("A".into()), Audience::Staff("E1".into())] {
            assert_eq!(shown(&audience, &looked(9, 9, 0)), None);
        }
    }

    #[test]
    fn few_appeals_are_withheld_from_those_who_read_no_names() {
        let of = |fair: &Fair| {
            let (_, values, withheld) = shown(&Audience::Leadership, fair).unwrap();
            (values.join(" "), withheld)
        };
        assert_eq!(of(&looked(0, 0, 0)), ("0".to_string(), false));
        assert_eq!(of(&looked(4, 4, 0)), (String::new(), true));
        // One part that is small gives the others away as well.
        assert_eq!(of(&looked(8, 5, 3)), ("8".to_string(), true));
        assert_eq!(of(&looked(12, 6, 6)), ("12 6 6 0".to_string(), false));
        let archive = shown(&Audience::All, &looked(4, 3, 1)).unwrap();
        assert_eq!(archive.1.join(" "), "4 3 1 0");
    }
}
