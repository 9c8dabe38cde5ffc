//! An opening: what is asked of applicants, the stages they go through, the rule of passing, and which step it may
//! take next. Pure.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::coded;
use crate::error::{Error, Message, Result};
use crate::judgement::model::card::Card;
use crate::recruitment::model::codes::{OpeningState, StageKind};
use crate::recruitment::model::lint;

/// The most questions an opening asks before anything else.
pub const QUESTIONS: usize = 8;

/// The most stages of an opening.
pub const STAGES: usize = 8;

/// The most questions of a stage's kit.
pub const KIT: usize = 20;

/// The most independent raters of a stage.
pub const RATERS: i64 = 10;

/// The most places of one opening.
pub const HEADS: i64 = 999;

/// One of the answers to choose from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Choice {
    pub zh: String,
    pub en: String,
    /// Whether it says that the requirement is not met.
    pub fails: bool,
}

/// How a requirement is asked about, and which answers say that it is not met.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Rule {
    /// Answered `yes` or `no`; the other one than `needed` fails.
    YesNo { needed: bool },
    /// Answered by the place in the list, counted from 1.
    Choice { options: Vec<Choice> },
    /// Answered by a whole number; less than `least` fails.
    AtLeast { least: i64 },
}

coded! {
    /// The kinds of [`Rule`].
    RuleKind {
        YesNo = "yes_no",
        Choice = "choice",
        AtLeast = "at_least",
    }
}

/// Largest number that may be answered or asked for.
pub const LARGEST_NUMBER: i64 = 1_000_000;

impl Rule {
    /// Its kind.
    #[must_use]
    pub fn kind(&self) -> RuleKind {
        match self {
            Rule::YesNo { .. } => RuleKind::YesNo,
            Rule::Choice { .. } => RuleKind::Choice,
            Rule::AtLeast { .. } => RuleKind::AtLeast,
        }
    }
}

/// A requirement that is asked about first. What the rule finds is shown to a person, who decides.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Question {
    pub text_zh: String,
    pub text_en: String,
    pub rule: Rule,
}

impl Question {
    /// Whether an answer says that the requirement is not met; none where it is no answer to this question.
    #[must_use]
    pub fn fails(&self, answer: &str) -> Option<bool> {
        match &self.rule {
            Rule::YesNo { needed } => match answer {
                "yes" => Some(!needed),
                "no" => Some(*needed),
                _ => None,
            },
            Rule::Choice { options } => {
                let place: usize = answer.parse().ok()?;
                Some(options.get(place.checked_sub(1)?)?.fails)
            }
            Rule::AtLeast { least } => {
                let given: i64 = answer.parse().ok()?;
                (0..=LARGEST_NUMBER)
                    .contains(&given)
                    .then_some(given < *least)
            }
        }
    }

    /// Everything it says, in both languages, for the lint.
    fn texts(&self) -> Vec<&str> {
        let mut texts = vec![self.text_zh.as_str(), self.text_en.as_str()];
        if let Rule::Choice { options } = &self.rule {
            texts.extend(options.iter().flat_map(|o| [o.zh.as_str(), o.en.as_str()]));
        }
        texts
    }

    /// What is wrong with it.
    #[must_use]
    pub fn problems(&self) -> Vec<Message> {
        let mut problems: Vec<Message> = self
            .texts()
            .into_iter()
            .flat_map(lint::protected)
            .map(|(_, word)| Message::new("opening-question-protected").with("word", word))
            .collect();
        problems.dedup();
        let answers = match &self.rule {
            Rule::YesNo { .. } => true,
            Rule::Choice { options } => {
                let failing = options.iter().filter(|o| o.fails).count();
                options.len() >= 2 && failing > 0 && failing < options.len()
            }
            Rule::AtLeast { least } => (1..=LARGEST_NUMBER).contains(least),
        };
        if !answers {
            problems.push(Message::new("opening-question-answers"));
        }
        problems
    }
}

/// A question to be asked in an interview, and the criterion it serves.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KitQuestion {
    /// Code of a criterion of the stage's scorecard.
    pub criterion: String,
    pub zh: String,
    pub en: String,
}

/// A stage as it is to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewStage {
    pub kind: StageKind,
    pub name_zh: String,
    pub name_en: String,
    /// Version of a scorecard; none where nothing is judged.
    pub version_id: Option<i64>,
    /// Whether name, school and the like are hidden from whoever judges.
    pub blind: bool,
    /// Independent sheets that are needed.
    pub raters: i32,
    pub kit: Vec<KitQuestion>,
}

/// When somebody has passed: all of it must hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PassRule {
    /// The least mean of any criterion, in hundredths of a point.
    pub criterion_h: i64,
    /// The least number of independent interviewers.
    pub interviewers: i64,
    /// A spread beyond this on any criterion, in hundredths of a point, asks for a note of the discussion.
    pub spread_h: i64,
    /// The least total, in hundredths of 0 to 100.
    pub total_h: i64,
}

impl Default for PassRule {
    /// What a service firm would accept on day one (domain.md 2.7).
    fn default() -> Self {
        PassRule {
            criterion_h: 200,
            interviewers: 2,
            spread_h: 200,
            total_h: 6_000,
        }
    }
}

/// Everything that is decided before the first application, and does not change after it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Criteria {
    pub questions: Vec<Question>,
    pub stages: Vec<NewStage>,
    pub pass_rule: PassRule,
}

const SHIPPED: &str = include_str!("../../../seeds/recruitment/customer-service.toml");

/// A template of criteria: as [`Criteria`], naming scorecards by code.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Template {
    pub pass_rule: PassRule,
    pub question: Vec<Question>,
    pub stage: Vec<TemplateStage>,
}

/// A stage of a template.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TemplateStage {
    pub kind: StageKind,
    pub name_zh: String,
    pub name_en: String,
    pub card: Option<String>,
    pub blind: bool,
    pub raters: i32,
    #[serde(default)]
    pub kit: Vec<KitQuestion>,
}

impl Template {
    /// The one the program brings.
    ///
    /// # Errors
    /// When its file does not read: a fault of the program.
    pub fn shipped() -> Result<Template> {
        toml::from_str(SHIPPED).map_err(|e| Error::Internal(Box::new(e)))
    }

    /// The criteria it stands for; `card` gives the version of a scorecard that is used now.
    #[must_use]
    pub fn criteria(self, card: impl Fn(&str) -> Option<i64>) -> Criteria {
        let stages = self.stage.into_iter().map(|stage| NewStage {
            kind: stage.kind,
            name_zh: stage.name_zh,
            name_en: stage.name_en,
            version_id: stage.card.as_deref().and_then(&card),
            blind: stage.blind,
            raters: stage.raters,
            kit: stage.kit,
        });
        Criteria {
            questions: self.question,
            stages: stages.collect(),
            pass_rule: self.pass_rule,
        }
    }
}

/// Whether somebody is judged at a stage of this kind, so that it needs a scorecard.
#[must_use]
pub fn is_judged(kind: StageKind) -> bool {
    matches!(kind, StageKind::Screening | StageKind::Interview)
}

impl Criteria {
    /// What keeps an opening with these criteria from being published. `card` gives the scorecard of a version.
    #[must_use]
    pub fn problems<'c>(&self, card: impl Fn(i64) -> Option<&'c Card>) -> Vec<Message> {
        let mut problems: Vec<Message> =
            self.questions.iter().flat_map(Question::problems).collect();
        if self.stages.is_empty() {
            problems.push(Message::new("opening-no-stage"));
        }
        for stage in self.stages.iter().filter(|s| is_judged(s.kind)) {
            let Some(card) = stage.version_id.and_then(&card) else {
                problems.push(Message::new("opening-stage-no-card").with("stage", &stage.name_en));
                continue;
            };
            let known: BTreeSet<&str> = card.criteria.iter().map(|c| c.code.as_str()).collect();
            for question in &stage.kit {
                if !known.contains(question.criterion.as_str()) {
                    problems.push(
                        Message::new("opening-kit-criterion")
                            .with("criterion", &question.criterion)
                            .with("card", &card.code),
                    );
                }
            }
        }
        let interviewers = self
            .stages
            .iter()
            .filter(|s| s.kind == StageKind::Interview)
            .map(|s| i64::from(s.raters))
            .max();
        if interviewers.unwrap_or(0) < self.pass_rule.interviewers {
            problems
                .push(Message::new("opening-few-raters").with("n", self.pass_rule.interviewers));
        }
        problems
    }

    /// What to think over before publishing: nothing of it refuses. `texts` are the titles and bodies.
    #[must_use]
    pub fn warnings(&self, texts: &[&str]) -> Vec<Message> {
        let kit = self
            .stages
            .iter()
            .flat_map(|s| &s.kit)
            .flat_map(|q| [q.zh.as_str(), q.en.as_str()]);
        let mut warnings: Vec<Message> = texts
            .iter()
            .copied()
            .chain(kit)
            .flat_map(lint::protected)
            .map(|(_, word)| Message::new("opening-warn-protected").with("word", word))
            .collect();
        warnings.sort_by(|a, b| a.args.cmp(&b.args));
        warnings.dedup();
        for stage in &self.stages {
            if stage.kind == StageKind::Interview && stage.kit.is_empty() {
                warnings.push(Message::new("opening-warn-unstructured"));
            }
        }
        warnings
    }
}

coded! {
    /// What a choice is built on, as far as its validity has been published (Sackett, Zhang, Berry & Lievens 2022,
    /// operational validity for job performance).
    Predictor {
        StructuredInterview = "structured_interview",
        JobKnowledge = "job_knowledge",
        WorkSample = "work_sample",
        UnstructuredInterview = "unstructured_interview",
        Experience = "experience",
    }
}

impl Predictor {
    /// Correlation with later performance, in hundredths.
    #[must_use]
    pub fn validity_h(self) -> i64 {
        match self {
            Predictor::StructuredInterview => 42,
            Predictor::JobKnowledge => 40,
            Predictor::WorkSample => 33,
            Predictor::UnstructuredInterview => 19,
            Predictor::Experience => 7,
        }
    }

    /// What a criterion is built on, told by its name; none where that says nothing.
    fn of_criterion(code: &str, name_zh: &str, name_en: &str) -> Option<Predictor> {
        let english = format!("{code} {name_en}").to_lowercase();
        let names = |zh: &str, en: &str| name_zh.contains(zh) || english.contains(en);
        if names("经验", "experience") || names("年限", "seniority") {
            Some(Predictor::Experience)
        } else if names("工作样本", "work sample") || names("实操", "work_sample") {
            Some(Predictor::WorkSample)
        } else if names("知识", "knowledge") {
            Some(Predictor::JobKnowledge)
        } else {
            None
        }
    }
}

/// A predictor of an opening: where it stands and how much it weighs there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Weighing {
    pub predictor: Predictor,
    /// Place of the stage, counted from 0.
    pub stage: usize,
    /// Code of the criterion; none where the whole stage is meant.
    pub criterion: Option<String>,
    /// Basis points of the stage's scorecard.
    pub weight_bp: i64,
}

/// A weight from which a weak predictor is worth a warning, in basis points.
const HEAVY_BP: i64 = 2_000;

/// A validity below which a predictor is weak, in hundredths.
const WEAK_H: i64 = 20;

impl Weighing {
    /// Whether much is built on what tells little.
    #[must_use]
    pub fn is_heavy(&self) -> bool {
        self.predictor.validity_h() < WEAK_H && self.weight_bp >= HEAVY_BP
    }
}

/// The predictors of some stages whose validity has been published, in order.
#[must_use]
pub fn predictors<'c>(
    stages: &[NewStage],
    card: impl Fn(i64) -> Option<&'c Card>,
) -> Vec<Weighing> {
    let mut found = Vec::new();
    for (place, stage) in stages.iter().enumerate() {
        if stage.kind == StageKind::Interview {
            found.push(Weighing {
                predictor: if stage.kit.is_empty() {
                    Predictor::UnstructuredInterview
                } else {
                    Predictor::StructuredInterview
                },
                stage: place,
                criterion: None,
                weight_bp: 10_000,
            });
        }
        let Some(card) = stage.version_id.and_then(&card) else {
            continue;
        };
        found.extend(card.criteria.iter().filter_map(|c| {
            Some(Weighing {
                predictor: Predictor::of_criterion(&c.code, &c.name_zh, &c.name_en)?,
                stage: place,
                criterion: Some(c.code.clone()),
                weight_bp: c.weight_bp,
            })
        }));
    }
    found
}

coded! {
    /// What is done with an opening as a whole.
    Step {
        Request = "request",
        /// Back to whoever asked, or taken back by them.
        GiveBack = "give_back",
        Approve = "approve",
        Publish = "publish",
        Close = "close",
    }
}

/// What a step depends on.
#[derive(Clone, Debug)]
pub struct Now<'a> {
    pub state: OpeningState,
    /// Whether whoever asks may make, publish and close it.
    pub may_edit: bool,
    /// Whether whoever asks may agree to openings.
    pub may_approve: bool,
    /// Whether it was whoever asks now who wanted it, or who would own it.
    pub own_request: bool,
    /// What keeps it from being published.
    pub problems: &'a [Message],
    pub closes_on: Option<NaiveDate>,
    pub today: NaiveDate,
}

impl Step {
    /// The steps of a state, in order.
    #[must_use]
    pub fn of(state: OpeningState) -> &'static [Step] {
        match state {
            OpeningState::Draft => &[Step::Request, Step::Close],
            OpeningState::Requested => &[Step::Approve, Step::GiveBack, Step::Close],
            OpeningState::Approved => &[Step::Publish, Step::Close],
            OpeningState::Published => &[Step::Close],
            OpeningState::Closed => &[],
        }
    }

    /// Where it leads.
    #[must_use]
    pub fn leads_to(self) -> OpeningState {
        match self {
            Step::Request => OpeningState::Requested,
            Step::GiveBack => OpeningState::Draft,
            Step::Approve => OpeningState::Approved,
            Step::Publish => OpeningState::Published,
            Step::Close => OpeningState::Closed,
        }
    }

    /// Whether it needs words.
    #[must_use]
    pub fn wants_words(self) -> bool {
        matches!(self, Step::GiveBack | Step::Close)
    }
}

impl Now<'_> {
    /// Whether somebody is the one to take a step, were everything else in order.
    #[must_use]
    pub fn is_theirs(&self, step: Step) -> bool {
        match step {
            Step::Approve => self.may_approve,
            Step::GiveBack => self.may_approve || self.may_edit,
            Step::Request | Step::Publish | Step::Close => self.may_edit,
        }
    }

    /// Whether a step may be taken.
    ///
    /// # Errors
    /// `Conflict` from another state or with everything else in the way, `Invalid` with what is missing.
    pub fn allows(&self, step: Step) -> Result<()> {
        if !Step::of(self.state).contains(&step) || !self.is_theirs(step) {
            return Err(Error::Conflict(Message::new("opening-not-now")));
        }
        match step {
            Step::Approve if self.own_request => {
                Err(Error::Conflict(Message::new("opening-own-request")))
            }
            Step::Publish if !self.problems.is_empty() => {
                Err(Error::Invalid(self.problems.to_vec()))
            }
            Step::Publish if self.closes_on.is_some_and(|day| day < self.today) => {
                Err(Error::invalid(Message::new("opening-over")))
            }
            _ => Ok(()),
        }
    }
}

/// Whether applications are taken on a day.
#[must_use]
pub fn is_open(
    state: OpeningState,
    opens_on: Option<NaiveDate>,
    closes_on: Option<NaiveDate>,
    day: NaiveDate,
) -> bool {
    state == OpeningState::Published
        && opens_on.is_none_or(|first| first <= day)
        && closes_on.is_none_or(|last| day <= last)
}

#[cfg(test)]
mod tests;
