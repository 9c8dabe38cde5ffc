//! How recruitment goes, in numbers: what became of applications stage by stage, how long it took, where they came
//! from, whether raters agree. Pure: counted rows in, figures out.
//!
//! An application has come to every stage up to the one where it stands, and has passed those before it; who was
//! hired has passed that one too. So the funnel is counted from where applications stand, not from their moves, and
//! a step back counts as not having gone on.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::NaiveDateTime;
use serde::Serialize;

use crate::recruitment::model::codes::{ApplicationState, OpeningState, Source, StageKind};
use crate::stats::alpha::{Metric, alpha};
use crate::stats::icc::{Form, intraclass};
use crate::stats::kappa::{Kappa, Weights, kappa};
use crate::stats::quantiles::percentile;

/// Fewer occasions than this say nothing of agreement, and might tell a rater what another gave.
pub const LEAST_PANELS: usize = 5;

/// From this many on the ninth of ten is told.
pub const LEAST_FOR_P90: usize = 10;

/// An opening of those that are looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opening {
    pub id: i64,
    pub code: String,
    pub title_zh: String,
    pub title_en: String,
    pub state: OpeningState,
    pub head_count: i64,
    pub published_at: Option<NaiveDateTime>,
}

/// A stage of an opening.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stage {
    pub id: i64,
    pub opening_id: i64,
    pub position: i32,
    pub kind: StageKind,
    pub name_zh: String,
    pub name_en: String,
}

/// How many applications stand somewhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Placed {
    pub stage_id: i64,
    pub state: ApplicationState,
    pub source: Source,
    pub n: i64,
}

/// Somebody hired.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hire {
    pub opening_id: i64,
    pub at: NaiveDateTime,
}

/// A move of an application, as far as time in a stage goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Move {
    pub application_id: i64,
    /// Where it went; nowhere when it came to an end.
    pub to: Option<i64>,
    pub at: NaiveDateTime,
}

/// The openings that are looked at, the newest first, and their stages.
#[derive(Clone, Debug, Default)]
pub struct Openings {
    pub openings: Vec<Opening>,
    pub stages: Vec<Stage>,
    /// The one that was asked for.
    pub chosen: Option<i64>,
}

/// What figures are made of.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    pub openings: Openings,
    pub placed: Vec<Placed>,
    pub moves: Vec<Move>,
    /// All of the openings that are looked at, whatever the period.
    pub hires: Vec<Hire>,
    pub rated: Vec<Rated>,
    /// The criteria of what was rated.
    pub criteria: Vec<Criterion>,
}

/// A criterion of a card that was used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Criterion {
    pub id: i64,
    /// The version of the card.
    pub version_id: i64,
    /// Code of the card with its version.
    pub card: (String, i32),
    pub card_zh: String,
    pub card_en: String,
    pub name_zh: String,
    pub name_en: String,
    /// In order, in hundredths; empty where points are deducted.
    pub levels: Vec<i64>,
}

/// What a step of the funnel is: a stage of one opening, or a kind of stage of many.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(untagged)]
pub enum Column {
    Kind(StageKind),
    Stage(i64),
}

/// Where the steps of a funnel lie in each opening.
#[derive(Clone, Debug)]
pub struct Map {
    columns: Vec<Column>,
    /// By stage: the opening and the position in it.
    places: HashMap<i64, (i64, i32)>,
    /// By opening: the place of a step in `columns`, and the first and last position it has there.
    spans: HashMap<i64, Vec<(usize, i32, i32)>>,
}

impl Map {
    /// The stages of one opening in their order, or the kinds of stages that several have.
    #[must_use]
    pub fn new(stages: &[Stage], chosen: Option<i64>) -> Map {
        let column = |stage: &Stage| match chosen {
            Some(_) => Column::Stage(stage.id),
            None => Column::Kind(stage.kind),
        };
        let counted = |stage: &&Stage| chosen.is_none_or(|id| id == stage.opening_id);
        let mut ordered: Vec<&Stage> = stages.iter().filter(counted).collect();
        ordered.sort_by_key(|stage| match chosen {
            Some(_) => stage.position,
            None => stage.kind as i32,
        });
        let mut columns: Vec<Column> = ordered.into_iter().map(column).collect();
        columns.dedup();
        let mut spans: HashMap<i64, Vec<(usize, i32, i32)>> = HashMap::new();
        for stage in stages.iter().filter(counted) {
            let Some(at) = columns.iter().position(|c| *c == column(stage)) else {
                continue;
            };
            let own = spans.entry(stage.opening_id).or_default();
            match own.iter_mut().find(|span| span.0 == at) {
                Some(span) => {
                    span.1 = span.1.min(stage.position);
                    span.2 = span.2.max(stage.position);
                }
                None => own.push((at, stage.position, stage.position)),
            }
        }
        Map {
            columns,
            places: stages
                .iter()
                .filter(counted)
                .map(|stage| (stage.id, (stage.opening_id, stage.position)))
                .collect(),
            spans,
        }
    }

    /// The steps, in order.
    #[must_use]
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// The opening of a stage.
    #[must_use]
    pub fn opening(&self, stage_id: i64) -> Option<i64> {
        self.places.get(&stage_id).map(|place| place.0)
    }

    /// Every step that an application at a stage has come to, and whether it has passed it.
    pub fn reached(
        &self,
        stage_id: i64,
        state: ApplicationState,
    ) -> impl Iterator<Item = (usize, bool)> {
        let (opening, at) = self.places.get(&stage_id).copied().unwrap_or_default();
        let spans = self.spans.get(&opening).map_or(&[][..], Vec::as_slice);
        spans
            .iter()
            .filter(move |(_, first, _)| *first <= at)
            .map(move |&(column, _, last)| (column, at > last || state == ApplicationState::Hired))
    }

    /// The step whose first, and that whose last position in an opening this is.
    #[must_use]
    pub fn ends_at(&self, opening: i64, position: i32) -> (Option<usize>, Option<usize>) {
        let spans = self.spans.get(&opening).map_or(&[][..], Vec::as_slice);
        let of = |end: fn(&(usize, i32, i32)) -> i32| {
            spans
                .iter()
                .find(|span| end(span) == position)
                .map(|span| span.0)
        };
        (of(|span| span.1), of(|span| span.2))
    }

    /// The step of which a stage is a part.
    fn column_of(&self, stage_id: i64) -> Option<usize> {
        let (opening, at) = self.places.get(&stage_id)?;
        let spans = self.spans.get(opening)?;
        // A kind may lie around another one: the narrower is the stage's own.
        let within = spans.iter().filter(|span| (span.1..=span.2).contains(at));
        within.min_by_key(|span| span.2 - span.1).map(|span| span.0)
    }
}

/// How long something took, in seconds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Waits {
    pub n: usize,
    pub median: f64,
    /// None with fewer than [`LEAST_FOR_P90`].
    pub p90: Option<f64>,
}

impl Waits {
    /// Of lengths in seconds, in any order; none where there are none.
    #[must_use]
    pub fn of(mut seconds: Vec<i64>) -> Option<Waits> {
        seconds.sort_unstable();
        Some(Waits {
            n: seconds.len(),
            median: percentile(&seconds, 50)?,
            p90: percentile(&seconds, 90).filter(|_| seconds.len() >= LEAST_FOR_P90),
        })
    }
}

/// A step of the funnel: of all who came to it, how many went on, are there, or left it. The four add up.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Step {
    pub column: Column,
    pub entered: i64,
    pub passed: i64,
    pub here: i64,
    pub rejected: i64,
    pub withdrawn: i64,
    /// Of those who left it.
    pub waits: Option<Waits>,
}

/// The funnel, step by step.
#[must_use]
pub fn funnel(map: &Map, placed: &[Placed], moves: &[Move]) -> Vec<Step> {
    let mut steps: Vec<Step> = map
        .columns()
        .iter()
        .map(|column| Step {
            column: *column,
            entered: 0,
            passed: 0,
            here: 0,
            rejected: 0,
            withdrawn: 0,
            waits: None,
        })
        .collect();
    for group in placed {
        for (column, passed) in map.reached(group.stage_id, group.state) {
            let step = &mut steps[column];
            step.entered += group.n;
            let part = match group.state {
                _ if passed => &mut step.passed,
                ApplicationState::Active => &mut step.here,
                ApplicationState::Rejected => &mut step.rejected,
                ApplicationState::Withdrawn => &mut step.withdrawn,
                // Whoever was hired has passed wherever they came.
                ApplicationState::Hired => continue,
            };
            *part += group.n;
        }
    }
    for (step, seconds) in steps.iter_mut().zip(visits(map, moves)) {
        step.waits = Waits::of(seconds);
    }
    steps
}

/// How long applications were at each step, in seconds: every stay that has ended. Moves in order of application and
/// time.
fn visits(map: &Map, moves: &[Move]) -> Vec<Vec<i64>> {
    let mut found = vec![Vec::new(); map.columns().len()];
    let mut stay: Option<(i64, i64, NaiveDateTime)> = None;
    for step in moves {
        if let Some((application, stage, since)) = stay.take()
            && application == step.application_id
            && let Some(column) = map.column_of(stage)
        {
            found[column].push((step.at - since).num_seconds());
        }
        stay = step.to.map(|stage| (step.application_id, stage, step.at));
    }
    found
}

/// Where applications came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Origin {
    pub source: Source,
    pub applications: i64,
    pub hired: i64,
}

/// The sources that brought applications, those with most first.
#[must_use]
pub fn origins(placed: &[Placed]) -> Vec<Origin> {
    let mut found: BTreeMap<Source, (i64, i64)> = BTreeMap::new();
    for group in placed {
        let counts = found.entry(group.source).or_default();
        counts.0 += group.n;
        counts.1 += group.n * i64::from(group.state == ApplicationState::Hired);
    }
    let mut all: Vec<Origin> = found
        .into_iter()
        .map(|(source, (applications, hired))| Origin {
            source,
            applications,
            hired,
        })
        .collect();
    all.sort_by_key(|origin| std::cmp::Reverse(origin.applications));
    all
}

/// From publication to hire, of hires within a period (from, and before); none where nobody was hired.
#[must_use]
pub fn time_to_fill(
    openings: &[Opening],
    hires: &[Hire],
    period: Option<(NaiveDateTime, NaiveDateTime)>,
) -> Option<Waits> {
    let published: HashMap<i64, NaiveDateTime> = openings
        .iter()
        .filter_map(|o| Some((o.id, o.published_at?)))
        .collect();
    let seconds = hires
        .iter()
        .filter(|hire| period.is_none_or(|(from, to)| (from..to).contains(&hire.at)))
        .filter_map(|hire| Some((hire.at - *published.get(&hire.opening_id)?).num_seconds()))
        // Somebody taken in by hand may have been hired before the opening was published.
        .filter(|seconds| *seconds >= 0)
        .collect();
    Waits::of(seconds)
}

/// An opening for which somebody is looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Vacancy<'a> {
    pub opening: &'a Opening,
    pub hired: i64,
    /// Places still to be filled; never below none.
    pub open: i64,
}

/// The published openings with the places still to be filled, the most first.
#[must_use]
pub fn vacancies<'a>(openings: &'a [Opening], hires: &[Hire]) -> Vec<Vacancy<'a>> {
    let mut hired: HashMap<i64, i64> = HashMap::new();
    for hire in hires {
        *hired.entry(hire.opening_id).or_default() += 1;
    }
    let mut all: Vec<Vacancy<'a>> = openings
        .iter()
        .filter(|opening| opening.state == OpeningState::Published)
        .map(|opening| {
            let hired = hired.get(&opening.id).copied().unwrap_or_default();
            Vacancy {
                opening,
                hired,
                open: (opening.head_count - hired).max(0),
            }
        })
        .collect();
    all.sort_by_key(|vacancy| std::cmp::Reverse(vacancy.open));
    all
}

/// A rating by somebody on some occasion, in hundredths.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rated {
    pub panel_id: i64,
    pub rater_id: i64,
    /// None for the sheet's total.
    pub criterion_id: Option<i64>,
    pub points_h: i64,
}

/// Which intraclass correlation fits the occasions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Model {
    /// Each was rated by others: ICC(1).
    OneWay,
    /// The same raters rated all: ICC(2).
    Random,
}

/// How far raters agree about the same people.
#[derive(Clone, Debug, PartialEq)]
pub struct Agreement {
    /// Occasions with two ratings or more.
    pub panels: usize,
    pub ratings: usize,
    /// None where occasions have different numbers of raters, or ratings do not vary.
    pub icc: Option<(Model, Form)>,
    /// Krippendorff's alpha; none where ratings do not vary.
    pub alpha: Option<f64>,
    /// Quadratically weighted, where the same two rated all on levels.
    pub kappa: Option<Kappa>,
}

/// How far raters agree about one thing: a total, or a criterion whose `levels` are given in order. None with fewer
/// than [`LEAST_PANELS`] occasions.
#[must_use]
pub fn agreement(rated: &[Rated], levels: Option<&[i64]>) -> Option<Agreement> {
    let mut panels: BTreeMap<i64, BTreeMap<i64, i64>> = BTreeMap::new();
    for one in rated {
        panels
            .entry(one.panel_id)
            .or_default()
            .insert(one.rater_id, one.points_h);
    }
    panels.retain(|_, ratings| ratings.len() > 1);
    if panels.len() < LEAST_PANELS {
        return None;
    }
    let table: Vec<Vec<i64>> = panels
        .values()
        .map(|ratings| ratings.values().copied().collect())
        .collect();
    let sets: BTreeSet<Vec<i64>> = panels
        .values()
        .map(|ratings| ratings.keys().copied().collect())
        .collect();
    let same = sets.len() == 1;
    let icc = intraclass(&table).map(|found| {
        if same {
            (Model::Random, found.random)
        } else {
            (Model::OneWay, found.one_way)
        }
    });
    let metric = match levels {
        Some(_) => Metric::Ordinal,
        None => Metric::Interval,
    };
    let pair = same && table.iter().all(|row| row.len() == 2);
    Some(Agreement {
        panels: table.len(),
        ratings: table.iter().map(Vec::len).sum(),
        icc,
        alpha: alpha(&table, metric),
        kappa: levels
            .filter(|levels| pair && !levels.is_empty())
            .and_then(|levels| kappa(&crossed(&table, levels)?, Weights::Quadratic)),
    })
}

/// Agreement of the raters who used one version of a card.
#[derive(Clone, Debug, PartialEq)]
pub struct CardAgreement<'a> {
    /// Any criterion of it: it tells the card.
    pub card: &'a Criterion,
    /// About the totals of the sheets.
    pub total: Agreement,
    /// About each criterion, where enough rated it.
    pub criteria: Vec<(&'a Criterion, Agreement)>,
}

/// The cards whose raters can be compared, in order of card and version.
#[must_use]
pub fn agreements<'a>(criteria: &'a [Criterion], rated: &[Rated]) -> Vec<CardAgreement<'a>> {
    let mut of_criterion: HashMap<i64, Vec<Rated>> = HashMap::new();
    let mut totals: HashMap<i64, Vec<Rated>> = HashMap::new();
    for one in rated {
        match one.criterion_id {
            Some(id) => of_criterion.entry(id).or_default().push(*one),
            None => totals.entry(one.panel_id).or_default().push(*one),
        }
    }
    criteria
        .chunk_by(|one, other| one.version_id == other.version_id)
        .filter_map(|card| {
            let rated = |criterion: &Criterion| of_criterion.get(&criterion.id);
            // The panels of a card are those in which one of its criteria was rated.
            let panels: BTreeSet<i64> = card
                .iter()
                .filter_map(rated)
                .flatten()
                .map(|one| one.panel_id)
                .collect();
            let of_card: Vec<Rated> = panels
                .iter()
                .filter_map(|panel| totals.get(panel))
                .flatten()
                .copied()
                .collect();
            Some(CardAgreement {
                card: card.first()?,
                total: agreement(&of_card, None)?,
                criteria: card
                    .iter()
                    .filter_map(|criterion| {
                        // Deducted points have no levels, but they have an order.
                        let levels = Some(&criterion.levels[..]);
                        Some((criterion, agreement(rated(criterion)?, levels)?))
                    })
                    .collect(),
            })
        })
        .collect()
}

/// All figures of recruitment.
#[derive(Clone, Debug)]
pub struct Figures<'a> {
    pub applications: i64,
    pub hired: i64,
    pub steps: Vec<Step>,
    pub origins: Vec<Origin>,
    /// From publication to hire.
    pub fill: Option<Waits>,
    pub vacancies: Vec<Vacancy<'a>>,
    pub cards: Vec<CardAgreement<'a>>,
}

impl<'a> Figures<'a> {
    /// The figures of what was counted. `period`: within which somebody must have been hired to count for the time
    /// to fill, from and before.
    #[must_use]
    pub fn of(facts: &'a Facts, period: Option<(NaiveDateTime, NaiveDateTime)>) -> Figures<'a> {
        let openings = &facts.openings;
        let map = Map::new(&openings.stages, openings.chosen);
        let chosen = match openings.chosen {
            Some(id) => openings.openings.iter().position(|o| o.id == id),
            None => None,
        };
        let shown = match chosen {
            Some(at) => &openings.openings[at..=at],
            None => &openings.openings[..],
        };
        let origins = origins(&facts.placed);
        Figures {
            applications: origins.iter().map(|origin| origin.applications).sum(),
            hired: origins.iter().map(|origin| origin.hired).sum(),
            steps: funnel(&map, &facts.placed, &facts.moves),
            origins,
            fill: time_to_fill(shown, &facts.hires, period),
            vacancies: vacancies(shown, &facts.hires),
            cards: agreements(&facts.criteria, &facts.rated),
        }
    }
}

/// How often two raters gave each pair of levels; none where one gave what is no level.
fn crossed(pairs: &[Vec<i64>], levels: &[i64]) -> Option<Vec<Vec<i64>>> {
    let mut table = vec![vec![0; levels.len()]; levels.len()];
    for pair in pairs {
        let place = |points: &i64| levels.iter().position(|level| level == points);
        let [one, other] = pair.as_slice() else {
            return None;
        };
        table[place(one)?][place(other)?] += 1;
    }
    Some(table)
}

#[cfg(test)]
mod tests;
