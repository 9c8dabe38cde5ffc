//! What a row of evidence adds to which tally, and what a KPI reads from one. Pure.

use std::collections::{BTreeMap, HashMap};

use crate::evidence::measures::{Direction, Duration, Figure, Flag, Measure, Quantity};
use crate::keys;
use crate::stats::quantiles::Histogram;

/// Contact channels; the position is the number stored, 0 where the record names none.
pub const CHANNELS: [&str; 10] = [
    "unknown",
    "phone",
    "email",
    "visit",
    "web",
    "chat",
    "social",
    "app",
    "self_service",
    "partner",
];

/// Service classes; the position is the number stored.
pub const SERVICE_CLASSES: [&str; 3] = ["basic", "value_added", "customised"];

/// Stages of the service process; the position is the number stored.
pub const STAGES: [&str; 3] = ["before", "during", "after"];

/// The columns of a tally cell, in the order of [`Cell`].
pub const COLUMNS: [&str; 37] = [
    "records",
    "fcr_n",
    "fcr_sum",
    "sla_n",
    "sla_sum",
    "reopened_n",
    "reopened_sum",
    "transferred_n",
    "transferred_sum",
    "escalated_n",
    "escalated_sum",
    "resolved_n",
    "resolved_sum",
    "csat_n",
    "csat_sum",
    "csat_sumsq",
    "csat_top",
    "nps_n",
    "nps_sum",
    "nps_sumsq",
    "ces_n",
    "ces_sum",
    "ces_sumsq",
    "ces_top",
    "handle_n",
    "handle_sum",
    "handle_sumsq",
    "first_reply_n",
    "first_reply_sum",
    "first_reply_sumsq",
    "resolve_n",
    "resolve_sum",
    "resolve_sumsq",
    "quality_n",
    "quality_sum",
    "quality_sumsq",
    "complaints",
];

const RECORDS: usize = 0;
const FCR: usize = 1;
const SLA: usize = 3;
const REOPENED: usize = 5;
const TRANSFERRED: usize = 7;
const ESCALATED: usize = 9;
const RESOLVED: usize = 11;
const CSAT: usize = 13;
const CSAT_TOP: usize = 16;
const NPS: usize = 17;
const CES: usize = 20;
const CES_TOP: usize = 23;
const HANDLE: usize = 24;
const FIRST_REPLY: usize = 27;
const RESOLVE: usize = 30;
const QUALITY: usize = 33;
const COMPLAINTS: usize = 36;

/// No single value is larger (product.md 2), so that a sum of squares of nine million of them fits.
pub const MAX_VALUE: i64 = 1_000_000;

/// The sufficient statistics of some rows: counts, sums and sums of squares of whole numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cell(pub [i64; COLUMNS.len()]);

impl Default for Cell {
    fn default() -> Self {
        Cell([0; COLUMNS.len()])
    }
}

/// What a service record adds.
#[derive(Clone, Copy, Debug, Default)]
pub struct ServiceFacts {
    pub fcr: Option<bool>,
    pub sla: Option<bool>,
    pub reopened: Option<bool>,
    pub transferred: Option<bool>,
    pub escalated: Option<bool>,
    pub resolved: Option<bool>,
    pub survey: SurveyFacts,
    /// Seconds.
    pub handle: Option<i32>,
    /// Seconds; tallied in whole minutes.
    pub first_reply: Option<i32>,
    /// Minutes.
    pub resolve: Option<i32>,
}

/// What a survey answer adds: CSAT 1-5, NPS 0-10, CES 1-7.
#[derive(Clone, Copy, Debug, Default)]
pub struct SurveyFacts {
    pub csat: Option<i32>,
    pub nps: Option<i32>,
    pub ces: Option<i32>,
}

impl Cell {
    /// Adds `other` `sign` times (1 or -1); false when a number would not fit.
    #[must_use]
    pub fn add(&mut self, other: &Cell, sign: i64) -> bool {
        for (mine, theirs) in self.0.iter_mut().zip(other.0) {
            match mine.checked_add(theirs * sign) {
                Some(sum) => *mine = sum,
                None => return false,
            }
        }
        true
    }

    /// Whether nothing is counted.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.iter().all(|&v| v == 0)
    }

    /// Contacts handled.
    #[must_use]
    pub fn records(&self) -> i64 {
        self.0[RECORDS]
    }

    /// The contribution of one service record.
    #[must_use]
    pub fn of_service(facts: &ServiceFacts) -> Self {
        let mut cell = Cell::of_survey(&facts.survey);
        cell.0[RECORDS] = 1;
        for (at, flag) in [
            (FCR, facts.fcr),
            (SLA, facts.sla),
            (REOPENED, facts.reopened),
            (TRANSFERRED, facts.transferred),
            (ESCALATED, facts.escalated),
            (RESOLVED, facts.resolved),
        ] {
            if let Some(yes) = flag {
                cell.0[at] = 1;
                cell.0[at + 1] = i64::from(yes);
            }
        }
        cell.value(HANDLE, facts.handle.map(i64::from));
        cell.value(FIRST_REPLY, facts.first_reply.map(|s| i64::from(s) / 60));
        cell.value(RESOLVE, facts.resolve.map(i64::from));
        cell
    }

    /// The contribution of one survey answer.
    #[must_use]
    pub fn of_survey(facts: &SurveyFacts) -> Self {
        let mut cell = Cell::default();
        cell.value(CSAT, facts.csat.map(i64::from));
        cell.0[CSAT_TOP] = i64::from(facts.csat.is_some_and(|c| c >= 4));
        cell.value(NPS, facts.nps.map(nps_value));
        cell.value(CES, facts.ces.map(i64::from));
        cell.0[CES_TOP] = i64::from(facts.ces.is_some_and(|c| c >= 5));
        cell
    }

    /// The contribution of one quality review, in hundredths of a percent.
    #[must_use]
    pub fn of_review(score_h: i32) -> Self {
        let mut cell = Cell::default();
        cell.value(QUALITY, Some(i64::from(score_h)));
        cell
    }

    /// The contribution of one complaint: nothing unless it was substantiated.
    #[must_use]
    pub fn of_complaint(substantiated: Option<bool>) -> Self {
        let mut cell = Cell::default();
        cell.0[COMPLAINTS] = i64::from(substantiated == Some(true));
        cell
    }

    fn value(&mut self, at: usize, value: Option<i64>) {
        if let Some(v) = value {
            self.0[at] = 1;
            self.0[at + 1] = v;
            self.0[at + 2] = v * v;
        }
    }

    /// Substantiated complaints.
    #[must_use]
    pub fn complaints(&self) -> i64 {
        self.0[COMPLAINTS]
    }

    /// The figure of a measure; `None` without data, and for medians, which are read from rows.
    #[must_use]
    pub fn figure(&self, measure: Measure) -> Option<Figure> {
        let c = &self.0;
        let figure = match measure {
            Measure::Share(flag) => {
                let (n, hits) = share_at(flag);
                Figure::Share {
                    hits: c[hits],
                    n: c[n],
                }
            }
            Measure::Mean(quantity) => {
                let at = mean_at(quantity);
                Figure::Mean {
                    n: c[at],
                    sum: c[at + 1],
                    sumsq: c[at + 2],
                }
            }
            Measure::Nps => {
                // Values are -100, 0 and 100: the sum is 100 (P - D), the squares 10,000 (P + D).
                let (difference, both) = (c[NPS + 1] / 100, c[NPS + 2] / 10_000);
                Figure::Nps {
                    detractors: (both - difference) / 2,
                    n: c[NPS],
                    promoters: (both + difference) / 2,
                }
            }
            Measure::ComplaintRate => Figure::Rate {
                events: c[COMPLAINTS],
                exposure: c[RECORDS],
            },
            Measure::Median(_) => return None,
        };
        (figure.n() > 0).then_some(figure)
    }

    /// How many values a duration has.
    #[must_use]
    pub fn duration_n(&self, duration: Duration) -> i64 {
        match duration {
            Duration::FirstReply => self.0[FIRST_REPLY],
            Duration::Resolve => self.0[RESOLVE],
        }
    }
}

/// Where a share's number of values and of hits are.
fn share_at(flag: Flag) -> (usize, usize) {
    match flag {
        Flag::Fcr => (FCR, FCR + 1),
        Flag::Sla => (SLA, SLA + 1),
        Flag::Reopened => (REOPENED, REOPENED + 1),
        Flag::Transferred => (TRANSFERRED, TRANSFERRED + 1),
        Flag::Escalated => (ESCALATED, ESCALATED + 1),
        Flag::Resolved => (RESOLVED, RESOLVED + 1),
        Flag::CsatTop => (CSAT, CSAT_TOP),
        Flag::CesTop => (CES, CES_TOP),
    }
}

/// Where a mean's number of values is; sum and sum of squares follow.
fn mean_at(quantity: Quantity) -> usize {
    match quantity {
        Quantity::Csat => CSAT,
        Quantity::Ces => CES,
        Quantity::Handle => HANDLE,
        Quantity::Quality => QUALITY,
    }
}

/// Some of [`COLUMNS`]: the figures of a cycle come from a third of them, and reading the rest of a
/// few hundred thousand cells would take longer than scoring.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Columns([bool; COLUMNS.len()]);

impl Columns {
    pub const ALL: Columns = Columns([true; COLUMNS.len()]);

    /// The number of records and what the figures of these measures are made of.
    #[must_use]
    pub fn of(measures: impl IntoIterator<Item = Measure>) -> Self {
        let mut columns = [false; COLUMNS.len()];
        columns[RECORDS] = true;
        for measure in measures {
            let places = match measure {
                Measure::Share(flag) => {
                    let (n, hits) = share_at(flag);
                    vec![n, hits]
                }
                Measure::Mean(quantity) => (mean_at(quantity)..).take(3).collect(),
                Measure::Nps => (NPS..).take(3).collect(),
                Measure::ComplaintRate => vec![COMPLAINTS],
                Measure::Median(_) => Vec::new(),
            };
            for place in places {
                columns[place] = true;
            }
        }
        Columns(columns)
    }

    /// The column that says how many rows of a kind count into a measure, or into any where none is
    /// named; `None` where no column counts that kind alone.
    #[must_use]
    pub fn counting(kind: RowKind, measure: Option<Measure>) -> Option<usize> {
        match (kind, measure) {
            (RowKind::Service, None | Some(Measure::ComplaintRate)) => Some(RECORDS),
            // Answers of surveys and of records are tallied together.
            (
                RowKind::Service,
                Some(
                    Measure::Share(Flag::CsatTop | Flag::CesTop)
                    | Measure::Mean(Quantity::Csat | Quantity::Ces)
                    | Measure::Nps,
                ),
            ) => None,
            (RowKind::Service, Some(Measure::Share(flag))) => Some(share_at(flag).0),
            (RowKind::Service, Some(Measure::Mean(quantity))) => Some(mean_at(quantity)),
            (RowKind::Service, Some(Measure::Median(Duration::FirstReply))) => Some(FIRST_REPLY),
            (RowKind::Service, Some(Measure::Median(Duration::Resolve))) => Some(RESOLVE),
            (RowKind::Review, _) => Some(QUALITY),
            (RowKind::Complaint, Some(_)) => Some(COMPLAINTS),
            (RowKind::Complaint, None) | (RowKind::Survey, _) => None,
        }
    }

    /// The columns at these places.
    #[must_use]
    pub fn at(places: impl IntoIterator<Item = usize>) -> Self {
        let mut columns = [false; COLUMNS.len()];
        for place in places {
            columns[place] = true;
        }
        Columns(columns)
    }

    /// Positions in [`COLUMNS`], in order.
    pub fn places(&self) -> impl Iterator<Item = usize> {
        self.0
            .iter()
            .enumerate()
            .filter(|(_, wanted)| **wanted)
            .map(|(place, _)| place)
    }
}

/// 9-10 promoter, 7-8 passive, 0-6 detractor, times 100.
fn nps_value(answer: i32) -> i64 {
    match answer {
        9.. => 100,
        7..=8 => 0,
        _ => -100,
    }
}

/// The four kinds of rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RowKind {
    Service,
    Survey,
    Complaint,
    Review,
}

impl RowKind {
    /// Every kind, in the order of pages.
    pub const ALL: [RowKind; 4] = [
        RowKind::Service,
        RowKind::Survey,
        RowKind::Complaint,
        RowKind::Review,
    ];

    /// As in addresses.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            RowKind::Service => "service",
            RowKind::Survey => "survey",
            RowKind::Complaint => "complaint",
            RowKind::Review => "review",
        }
    }

    /// The kind of a code.
    #[must_use]
    pub fn parse(code: &str) -> Option<RowKind> {
        RowKind::ALL.into_iter().find(|kind| kind.code() == code)
    }

    /// The kinds whose rows count into a measure, the one that says most first.
    #[must_use]
    pub fn of(measure: Measure) -> &'static [RowKind] {
        match measure {
            Measure::Share(Flag::CsatTop | Flag::CesTop)
            | Measure::Mean(Quantity::Csat | Quantity::Ces)
            | Measure::Nps => &[RowKind::Survey, RowKind::Service],
            Measure::Mean(Quantity::Quality) => &[RowKind::Review],
            Measure::ComplaintRate => &[RowKind::Complaint, RowKind::Service],
            Measure::Share(_) | Measure::Mean(Quantity::Handle) | Measure::Median(_) => {
                &[RowKind::Service]
            }
        }
    }
}

/// What a row says for its measure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    Good,
    Bad,
}

impl Verdict {
    /// As in addresses.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Verdict::Good => "good",
            Verdict::Bad => "bad",
        }
    }

    /// The verdict of a code.
    #[must_use]
    pub fn parse(code: &str) -> Option<Verdict> {
        [Verdict::Good, Verdict::Bad]
            .into_iter()
            .find(|verdict| verdict.code() == code)
    }

    /// Whether single rows can be told apart by it: each answer of a share or of an NPS can, a duration
    /// cannot.
    #[must_use]
    pub fn applies(measure: Measure) -> bool {
        matches!(
            measure,
            Measure::Share(_) | Measure::Nps | Measure::Mean(Quantity::Csat | Quantity::Ces)
        )
    }
}

/// Which rows of somebody a list shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RowFilter {
    pub kind: RowKind,
    /// Only those that count into it.
    pub measure: Option<Measure>,
    pub channel: Option<i32>,
    /// First day, inclusive.
    pub from: Option<i32>,
    /// Last day, inclusive.
    pub to: Option<i32>,
    /// Only where the measure has verdicts.
    pub verdict: Option<Verdict>,
}

impl RowFilter {
    /// Every row of a kind.
    #[must_use]
    pub fn all(kind: RowKind) -> Self {
        RowFilter {
            kind,
            measure: None,
            channel: None,
            from: None,
            to: None,
            verdict: None,
        }
    }

    /// The answer to a yes/no column that has the wanted verdict.
    #[must_use]
    pub fn wanted(&self, measure: Measure) -> Option<bool> {
        let hit_is_good = measure.direction() != Direction::Lower;
        self.verdict
            .map(|verdict| (verdict == Verdict::Good) == hit_is_good)
    }
}

/// Where a page of a list ends or begins: a row's day and number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct RowKey {
    pub day: i32,
    pub id: i64,
}

/// Which page of a list, newest rows first.
pub type Cut = keys::Start<RowKey>;

/// Where a row counts: who, which team, which day, by which channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    pub staff_id: Option<i64>,
    pub team_id: Option<i64>,
    pub bot: bool,
    /// Days since 1970-01-01 in the organisation's zone.
    pub day: i32,
    pub quarter: i32,
    pub channel: i32,
}

/// quarter, staff, team (0 = none), channel
pub type StaffKey = (i32, i64, i64, i32);
/// team, day, bot
pub type TeamDayKey = (i64, i32, bool);
/// quarter, team, channel, bot
pub type TeamQuarterKey = (i32, i64, i32, bool);
/// day, channel, bot
pub type CompanyDayKey = (i32, i32, bool);
/// quarter, team (0 = company), channel (0 for a team)
pub type DurationKey = (i32, i64, i32);

/// The three durations of contacts handled by people, as mergeable histograms.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Durations {
    /// Seconds.
    pub handle: Histogram,
    /// Seconds.
    pub first_reply: Histogram,
    /// Minutes.
    pub resolve: Histogram,
}

impl Durations {
    fn record(&mut self, facts: &ServiceFacts) {
        for (histogram, value) in [
            (&mut self.handle, facts.handle),
            (&mut self.first_reply, facts.first_reply),
            (&mut self.resolve, facts.resolve),
        ] {
            if let Some(v) = value {
                histogram.record(i64::from(v));
            }
        }
    }

    /// Both together; `None` if a count no longer fits.
    #[must_use]
    pub fn checked_add(&self, other: &Durations) -> Option<Durations> {
        Some(Durations {
            handle: self.handle.checked_add(&other.handle)?,
            first_reply: self.first_reply.checked_add(&other.first_reply)?,
            resolve: self.resolve.checked_add(&other.resolve)?,
        })
    }

    /// This one without the other; `None` if it was not contained.
    #[must_use]
    pub fn checked_sub(&self, other: &Durations) -> Option<Durations> {
        Some(Durations {
            handle: self.handle.checked_sub(&other.handle)?,
            first_reply: self.first_reply.checked_sub(&other.first_reply)?,
            resolve: self.resolve.checked_sub(&other.resolve)?,
        })
    }

    /// Whether nothing is counted.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Durations::default()
    }
}

/// Durations to add to a histogram and to take from it: counts cannot be negative.
#[derive(Clone, Debug, Default)]
pub struct DurationChange {
    pub added: Durations,
    pub taken: Durations,
}

/// What some rows add to the tallies, collected before it is written.
#[derive(Default)]
pub struct Ledger {
    pub staff: HashMap<StaffKey, Cell>,
    pub team_day: HashMap<TeamDayKey, Cell>,
    pub team_quarter: HashMap<TeamQuarterKey, Cell>,
    pub company_day: HashMap<CompanyDayKey, Cell>,
    pub durations: BTreeMap<DurationKey, DurationChange>,
    overflow: bool,
}

impl Ledger {
    /// Counts a row in every cell it belongs to, `sign` times (1 or -1).
    pub fn count(&mut self, place: &Place, cell: &Cell, sign: i64) {
        if cell.is_empty() {
            return;
        }
        let team = place.team_id.unwrap_or(0);
        let mut fits = true;
        if let Some(staff) = place.staff_id
            && !place.bot
        {
            let key = (place.quarter, staff, team, place.channel);
            fits &= self.staff.entry(key).or_default().add(cell, sign);
        }
        if let Some(team) = place.team_id {
            let key = (team, place.day, place.bot);
            fits &= self.team_day.entry(key).or_default().add(cell, sign);
            let key = (place.quarter, team, place.channel, place.bot);
            fits &= self.team_quarter.entry(key).or_default().add(cell, sign);
        }
        let key = (place.day, place.channel, place.bot);
        fits &= self.company_day.entry(key).or_default().add(cell, sign);
        self.overflow |= !fits;
    }

    /// Counts the durations of a service record, `sign` times (1 or -1).
    pub fn count_durations(&mut self, place: &Place, facts: &ServiceFacts, sign: i64) {
        if place.bot {
            return;
        }
        let company = (place.quarter, 0, place.channel);
        let team = place.team_id.map(|team| (place.quarter, team, 0));
        for key in team.into_iter().chain([company]) {
            let change = self.durations.entry(key).or_default();
            if sign > 0 {
                change.added.record(facts);
            } else {
                change.taken.record(facts);
            }
        }
    }

    /// Cells held, a measure of memory (about 350 bytes each).
    #[must_use]
    pub fn cells(&self) -> usize {
        self.staff.len() + self.team_day.len() + self.team_quarter.len() + self.company_day.len()
    }

    /// Whether a sum went beyond 64 bits; the rows must then be refused.
    #[must_use]
    pub fn has_overflowed(&self) -> bool {
        self.overflow
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place() -> Place {
        Place {
            staff_id: Some(7),
            team_id: Some(3),
            bot: false,
            day: 16_860,
            quarter: 8064,
            channel: 1,
        }
    }

    #[test]
    fn the_columns_of_a_measure_are_enough_for_its_figure() {
        let mut full = Cell::default();
        for (at, value) in full.0.iter_mut().enumerate() {
            *value = 10_000 * (at as i64 + 1);
        }
        let flags = [
            Flag::Fcr,
            Flag::Sla,
            Flag::Reopened,
            Flag::Transferred,
            Flag::Escalated,
            Flag::Resolved,
            Flag::CsatTop,
            Flag::CesTop,
        ];
        let quantities = [
            Quantity::Csat,
            Quantity::Ces,
            Quantity::Handle,
            Quantity::Quality,
        ];
        let measures = flags
            .map(Measure::Share)
            .into_iter()
            .chain(quantities.map(Measure::Mean))
            .chain([Measure::Nps, Measure::ComplaintRate]);
        for measure in measures {
            let mut some = Cell::default();
            for place in Columns::of([measure]).places() {
                some.0[place] = full.0[place];
            }
            assert_eq!(some.figure(measure), full.figure(measure), "{measure:?}");
            assert_eq!(some.records(), full.records());
        }
    }

    #[test]
    fn a_figure_is_read_back_from_what_was_counted() {
        let mut cell = Cell::default();
        for (answer, csat) in [(10, 5), (9, 4), (8, 3), (0, 1)] {
            let facts = SurveyFacts {
                csat: Some(csat),
                nps: Some(answer),
                ces: None,
            };
            assert!(cell.add(&Cell::of_survey(&facts), 1));
        }
        assert_eq!(
            cell.figure(Measure::Nps),
            Some(Figure::Nps {
                detractors: 1,
                n: 4,
                promoters: 2
            })
        );
        assert_eq!(
            cell.figure(Measure::Share(Flag::CsatTop)),
            Some(Figure::Share { hits: 2, n: 4 })
        );
        assert_eq!(
            cell.figure(Measure::Mean(Quantity::Csat)),
            Some(Figure::Mean {
                n: 4,
                sum: 13,
                sumsq: 51
            })
        );
        assert_eq!(cell.figure(Measure::Share(Flag::CesTop)), None);
    }

    #[test]
    fn what_was_counted_can_be_taken_back_exactly() {
        let facts = ServiceFacts {
            sla: Some(true),
            handle: Some(321),
            resolve: Some(90),
            ..ServiceFacts::default()
        };
        let mut ledger = Ledger::default();
        for sign in [1, -1] {
            ledger.count(&place(), &Cell::of_service(&facts), sign);
            ledger.count_durations(&place(), &facts, sign);
        }
        assert!(ledger.staff.values().all(Cell::is_empty));
        assert!(ledger.company_day.values().all(Cell::is_empty));
        assert!(ledger.durations.values().all(|d| d.added == d.taken));
    }

    #[test]
    fn a_bots_contact_counts_for_nobody_in_person() {
        let mut ledger = Ledger::default();
        let bot = Place {
            bot: true,
            staff_id: None,
            ..place()
        };
        ledger.count(&bot, &Cell::of_service(&ServiceFacts::default()), 1);
        assert!(ledger.staff.is_empty());
        assert_eq!(ledger.team_day.len(), 1);
    }

    #[test]
    fn an_unsubstantiated_complaint_counts_nothing() {
        assert!(Cell::of_complaint(Some(false)).is_empty());
        assert!(Cell::of_complaint(None).is_empty());
        assert_eq!(Cell::of_complaint(Some(true)).complaints(), 1);
    }
}
