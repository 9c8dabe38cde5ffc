//! One plan: problem, causes, target, actions, effect, what happened. The same in the browser and in a
//! report; as the file of a person's plan it is printed.

use chrono::NaiveDate;
use serde::Serialize;

use crate::calendar::{Zone, date_of};
use crate::charts::{self, Dot, Frame, Mark};
use crate::evidence::measures::{Estimate, Figure, Unit};
use crate::evidence::view::findings;
use crate::evidence::view::gauge::Gauge;
use crate::evidence::view::series::{self, Series, Target};
use crate::findings::model::About;
use crate::findings::store::Finding;
use crate::goals::view::aims::from_micro;
use crate::i18n::{Locale, Value, plain, text};
use crate::plans::model::{
    ActionKind, ActionState, Around, Baseline, Effect, EventKind, Figures, Issue, Record, Scope,
    State, Step, Verdict, Week, direction, effect, figures, lint, verdict,
};
use crate::plans::store::{Action, Event, Named, Plan};
use crate::plans::view::{
    action_chip, action_name, course_name, event_name, issue, scope_name, state_name, step_done,
    verdict_chip,
};
use crate::stats::Interval;
use crate::web::site::escape;

/// Everything that is known of a plan.
#[derive(Clone, Debug)]
pub struct Known {
    pub plan: Plan,
    pub actions: Vec<Action>,
    pub events: Vec<Event>,
    pub findings: Vec<Finding>,
    /// Of a closed plan.
    pub record: Option<Record>,
    /// The figures afterwards, as they stand.
    pub after: Option<Figure>,
    pub comparison_after: Option<Figure>,
    /// From the first day of the baseline on.
    pub weeks: Vec<Week>,
    pub today: NaiveDate,
    pub zone: Zone,
}

impl Known {
    /// The figures that are compared: those frozen when it was closed, else those of now.
    #[must_use]
    pub fn figures(&self) -> Option<Figures> {
        let plan = &self.plan;
        let (after, comparison_after) = match &self.record {
            Some(record) => (record.after, record.comparison_after),
            None => (self.after, self.comparison_after),
        };
        figures(
            plan.kpi.as_ref(),
            plan.baseline.as_ref(),
            after,
            comparison_after,
            plan.terms.comparison_team_id.is_some(),
        )
    }

    /// By how much the figure moved.
    #[must_use]
    pub fn effect(&self) -> Option<Effect> {
        effect(self.plan.kpi.as_ref()?.measure?, &self.figures()?)
    }

    /// What the figures say: of a closed plan as it was said, else as it would be said now.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        let plan = &self.plan;
        plan.verdict.unwrap_or_else(|| {
            let terms = &plan.terms;
            let towards = direction(plan.kpi.as_ref(), plan.baseline.as_ref(), terms.target_u);
            verdict(towards, self.effect().as_ref(), terms.min_effect_u)
        })
    }

    /// What it lacks.
    #[must_use]
    pub fn issues(&self) -> Vec<Issue> {
        let due: Vec<NaiveDate> = self
            .actions
            .iter()
            .filter(|action| action.state != ActionState::Dropped)
            .map(|action| action.due_on)
            .collect();
        let linked: Vec<(NaiveDate, bool)> = self
            .findings
            .iter()
            .map(|found| (date_of(found.day), found.kind.picks_the_worst()))
            .collect();
        lint(
            &self.plan.terms,
            &Around {
                kpi: self.plan.kpi.as_ref(),
                baseline: self.plan.baseline.as_ref(),
                actions: &due,
                owner_active: self.plan.owner_active(self.today),
                findings: &linked,
            },
        )
    }

    /// Whether the person has the plan: everything they were asked to read they have, or it was handed over.
    #[must_use]
    pub fn delivered(&self) -> bool {
        let acknowledged = self
            .events
            .iter()
            .filter(|event| event.asks_ack)
            .all(|event| event.acknowledged_at.is_some());
        acknowledged
            || self
                .events
                .iter()
                .any(|event| event.kind == EventKind::Delivery)
    }

    /// What the person is asked to acknowledge and has not.
    #[must_use]
    pub fn unread(&self) -> usize {
        let asked = self.events.iter().filter(|event| event.asks_ack);
        asked
            .filter(|event| event.acknowledged_at.is_none())
            .count()
    }

    /// Actions nobody has said anything about.
    #[must_use]
    pub fn open_actions(&self) -> usize {
        let open = |action: &&Action| action.state == ActionState::Open;
        self.actions.iter().filter(open).count()
    }
}

/// Who reads it, and where.
#[derive(Clone, Copy, Debug)]
pub struct Reader {
    pub locale: Locale,
    /// Whether people are named: in what leadership gets they are not.
    pub names: bool,
    /// Whether whom or which team it is about, and earlier plans, are pages to go to: not in a report.
    pub links: bool,
    /// Whether the findings are.
    pub finding_links: bool,
}

/// One plan.
#[derive(Serialize)]
pub struct Sheet {
    pub code: String,
    pub title: String,
    pub scope: &'static str,
    pub state: &'static str,
    paused: Option<String>,
    verdict: Option<(&'static str, &'static str)>,
    steps: Vec<Stop>,
    facts: Vec<Fact>,
    problem: String,
    findings: Vec<Fact>,
    whys: Vec<String>,
    fishbone: Vec<Side>,
    /// The figure before in one line; none says why in `no_baseline`.
    baseline: Option<String>,
    no_baseline: Option<&'static str>,
    aim: Vec<Fact>,
    warning: Option<&'static str>,
    issues: Vec<Lack>,
    actions: Vec<Line>,
    effect: Option<Shown>,
    /// Why there is no effect to be shown yet.
    no_effect: Option<&'static str>,
    weeks: Option<Series>,
    standard: Vec<Fact>,
    events: Vec<Happened>,
    person: bool,
}

#[derive(Serialize)]
struct Stop {
    text: &'static str,
    state: &'static str,
    note: Option<String>,
}

/// A name and its value, which may lead somewhere.
#[derive(Serialize)]
struct Fact {
    name: &'static str,
    value: String,
    href: Option<String>,
}

/// A side of the fishbone.
#[derive(Serialize)]
struct Side {
    name: &'static str,
    text: String,
}

/// Something it lacks.
#[derive(Serialize)]
struct Lack {
    text: &'static str,
    error: bool,
}

/// An action.
#[derive(Serialize)]
struct Line {
    position: i32,
    kind: &'static str,
    body: String,
    owner: Option<String>,
    due: String,
    late: bool,
    state: (&'static str, &'static str),
    done: Option<String>,
    outcome: String,
}

/// Before, after, and what lies between.
#[derive(Serialize)]
struct Shown {
    title: String,
    sentence: String,
    verdict: (&'static str, &'static str),
    method: &'static str,
    chart: String,
    rows: Vec<Row>,
}

#[derive(Serialize)]
struct Row {
    name: String,
    days: String,
    value: Option<String>,
    range: Option<String>,
    n: String,
}

/// Something that happened.
#[derive(Serialize)]
struct Happened {
    at: String,
    by: Option<String>,
    what: &'static str,
    course: Option<&'static str>,
    day: Option<String>,
    text: Option<String>,
    /// Whether the person was asked to acknowledge it, and when they did.
    asks: bool,
    acknowledged: Option<String>,
}

fn days(baseline: &Baseline) -> String {
    format!("{} – {}", baseline.from, baseline.to)
}

/// One plan as a reader sees it.
#[must_use]
pub fn sheet(reader: Reader, known: &Known) -> Sheet {
    let Reader {
        locale,
        names,
        links,
        finding_links,
    } = reader;
    let plan = &known.plan;
    let terms = &plan.terms;
    let word = |key| plain(locale, key);
    let called = |(_, zh, en): &Named| locale.pick(zh, en).to_owned();
    let shown = |named: Option<&Named>| named.filter(|_| names).map(called);
    let gauge = plan.kpi.as_ref().map(|kpi| Gauge::of(kpi, locale));
    let issues = known.issues();
    let fact = |key: &'static str, value: Option<String>, href: Option<String>| {
        let name = word(key);
        let href = href.filter(|_| links);
        value.map(|value| Fact { name, value, href })
    };
    let about = match (&plan.staff, &plan.team) {
        (Some(named), _) => fact(
            "plan-about",
            shown(Some(named)),
            Some(format!("/people/{}", escape(&named.0))),
        ),
        (None, Some(named)) => fact(
            "plan-about",
            Some(called(named)),
            Some(format!("/teams/{}", escape(&named.0))),
        ),
        (None, None) => fact(
            "plan-about",
            Some(word("plan-about-company").to_owned()),
            None,
        ),
    };
    let day = |day: Option<NaiveDate>| day.map(|day| day.to_string());
    let facts = [
        fact("plan-code", Some(plan.code.clone()), None),
        about,
        fact("plan-owner", shown(Some(&plan.owner)), None),
        fact("plan-sponsor", shown(plan.sponsor.as_ref()), None),
        fact("plan-starts", day(terms.starts_on), None),
        fact("plan-ends", day(terms.ends_on), None),
        fact("plan-next-review", day(plan.next_review()), None),
        fact(
            "plan-previous",
            plan.previous.clone(),
            // Whoever changes the one made the other.
            None,
        ),
    ];
    let baseline = gauge.zip(plan.baseline.as_ref()).and_then(|(gauge, base)| {
        let estimate = gauge.estimate(base.figure.as_ref());
        let value = gauge.full(estimate.value?);
        let bracket = gauge.bracket(&estimate);
        Some(format!("{} {value} {bracket} · {}", gauge.name, days(base)))
    });
    let micro = |u: Option<i64>| {
        let value = from_micro(u?);
        Some(gauge.map_or_else(|| value.to_string(), |gauge| gauge.full(value)))
    };
    let aim = [
        fact("plan-kpi", gauge.map(|gauge| gauge.name.to_owned()), None),
        fact("plan-target", micro(terms.target_u), None),
        fact(
            "plan-min-effect",
            gauge
                .zip(terms.min_effect_u)
                .map(|(gauge, u)| change(gauge, from_micro(u))),
            None,
        ),
        fact(
            "plan-comparison",
            plan.comparison.as_ref().map(called),
            None,
        ),
        fact(
            "plan-check-days",
            terms
                .check_from
                .zip(terms.ends_on)
                .map(|(from, to)| format!("{from} – {to}")),
            None,
        ),
    ];
    // Of a draft there is nothing to be told yet.
    let running = plan.state != State::Draft;
    let effect = effect_of(reader, known).filter(|_| running);
    Sheet {
        code: plan.code.clone(),
        title: terms.title.clone(),
        scope: scope_name(locale, terms.scope),
        state: state_name(locale, plan.state),
        paused: plan
            .paused_at
            .map(|at| known.zone.local_date(at).to_string()),
        verdict: plan.verdict.map(|verdict| verdict_chip(locale, verdict)),
        steps: stops(locale, known),
        facts: facts.into_iter().flatten().collect(),
        problem: terms.problem.clone(),
        findings: known
            .findings
            .iter()
            // Whoever reads the plan of a team or a process is not told of a person.
            .filter(|found| plan.staff.is_some() || !matches!(found.about, About::Person(_)))
            .map(|found| Fact {
                name: findings::kind_name(locale, found.kind),
                value: format!("{} {}", found.code(), findings::title(locale, found)),
                href: finding_links.then(|| format!("/findings/{}", found.id)),
            })
            .collect(),
        whys: terms.causes.whys.clone(),
        fishbone: fishbone(locale, plan),
        no_baseline: baseline.is_none().then(|| issue(locale, Issue::NoBaseline)),
        baseline,
        aim: aim.into_iter().flatten().collect(),
        warning: issues
            .contains(&Issue::RegressionToTheMean)
            .then(|| issue(locale, Issue::RegressionToTheMean)),
        issues: issues
            .iter()
            .filter(|_| plan.state == State::Draft)
            .map(|lack| Lack {
                text: issue(locale, *lack),
                error: lack.is_error(),
            })
            .collect(),
        actions: known
            .actions
            .iter()
            .map(|action| line(reader, known, action))
            .collect(),
        no_effect: (running && effect.is_none()).then(|| word("plan-no-effect")),
        effect,
        weeks: weeks(locale, known),
        standard: standard(locale, known),
        events: known
            .events
            .iter()
            .map(|event| happened(reader, known.zone, event))
            .collect(),
        person: terms.scope == Scope::Person,
    }
}

/// The states on the way, with the day each was entered.
fn stops(locale: Locale, known: &Known) -> Vec<Stop> {
    let state = known.plan.state;
    let end = if state.is_closed() {
        state
    } else {
        State::Standardised
    };
    let way = [
        State::Draft,
        State::Approved,
        State::Doing,
        State::Checking,
        end,
    ];
    let entered = |state: State| {
        let found = known.events.iter().rev().find(|event| match state {
            State::Draft => event.kind == EventKind::Made,
            state => event.body.step.and_then(Step::to) == Some(state),
        });
        found.map(|event| known.zone.local_date(event.happened_at).to_string())
    };
    way.into_iter()
        .filter(|stop| !state.is_closed() || *stop == end || entered(*stop).is_some())
        .map(|stop| Stop {
            text: state_name(locale, stop),
            state: match stop.cmp(&state) {
                _ if stop == state && state.is_closed() => "done",
                std::cmp::Ordering::Less => "done",
                std::cmp::Ordering::Equal => "current",
                std::cmp::Ordering::Greater => "todo",
            },
            note: entered(stop),
        })
        .collect()
}

fn fishbone(locale: Locale, plan: &Plan) -> Vec<Side> {
    let bone = &plan.terms.causes.fishbone;
    [
        ("plan-side-people", &bone.people),
        ("plan-side-process", &bone.process),
        ("plan-side-tools", &bone.tools),
        ("plan-side-information", &bone.information),
        ("plan-side-environment", &bone.environment),
        ("plan-side-management", &bone.management),
    ]
    .into_iter()
    .filter(|(_, text)| !text.is_empty())
    .map(|(key, text)| Side {
        name: plain(locale, key),
        text: text.clone(),
    })
    .collect()
}

fn line(reader: Reader, known: &Known, action: &Action) -> Line {
    let locale = reader.locale;
    let (_, zh, en) = &action.owner;
    let open = action.state == ActionState::Open;
    Line {
        position: action.position,
        kind: action_name(locale, action.kind),
        body: action.body.clone(),
        owner: reader.names.then(|| locale.pick(zh, en).to_owned()),
        due: action.due_on.to_string(),
        late: open && action.due_on < known.today && !known.plan.state.is_closed(),
        state: action_chip(locale, action.state),
        done: action
            .done_at
            .map(|at| known.zone.local_date(at).to_string()),
        outcome: action.outcome.clone(),
    }
}

fn happened(reader: Reader, zone: Zone, event: &Event) -> Happened {
    let locale = reader.locale;
    let body = &event.body;
    Happened {
        at: zone
            .local(event.happened_at)
            .format("%Y-%m-%d %H:%M")
            .to_string(),
        by: reader.names.then(|| event.by_login.clone()),
        what: body
            .step
            .map_or_else(|| event_name(locale, event.kind), |s| step_done(locale, s)),
        course: body.course.map(|course| course_name(locale, course)),
        day: body.day.or(body.ends_on).map(|day| day.to_string()),
        text: body.text.clone(),
        asks: event.asks_ack,
        acknowledged: event
            .acknowledged_at
            .map(|at| zone.local_date(at).to_string()),
    }
}

/// What a person is held to, and what was offered to them: the file of Article 40.
fn standard(locale: Locale, known: &Known) -> Vec<Fact> {
    let Some(standard) = &known.plan.terms.standard else {
        return Vec::new();
    };
    let word = |key| plain(locale, key);
    let said = |text: &str| {
        if text.is_empty() {
            word("plan-not-recorded").to_owned()
        } else {
            text.to_owned()
        }
    };
    let read = standard
        .read_on
        .map_or_else(|| said(""), |day| day.to_string());
    let offered: Vec<String> = known
        .actions
        .iter()
        .filter(|a| matches!(a.kind, ActionKind::Training | ActionKind::Reassignment))
        .map(|action| {
            text(
                locale,
                "plan-offered",
                &[
                    ("kind", action_name(locale, action.kind).into()),
                    ("what", (&action.body).into()),
                    ("due", action.due_on.to_string().into()),
                    ("state", action_chip(locale, action.state).1.into()),
                    ("outcome", said(&action.outcome).into()),
                ],
            )
        })
        .collect();
    let of_kind = |kind: EventKind| {
        let told: Vec<String> = known
            .events
            .iter()
            .filter(|event| event.kind == kind)
            .map(|event| {
                let day = event
                    .body
                    .day
                    .unwrap_or_else(|| known.zone.local_date(event.happened_at));
                let text = event.body.text.as_deref().unwrap_or_default();
                format!("{day} {text}")
            })
            .collect();
        said(&told.join("\n"))
    };
    let result = match (known.plan.state.is_closed(), known.plan.verdict) {
        (true, Some(verdict)) => {
            let told = known.events.iter().rev().find_map(|event| {
                event.body.step?.to().filter(|to| to.is_closed())?;
                event.body.text.clone()
            });
            let word = verdict_chip(locale, verdict).1;
            format!("{word} {}", told.unwrap_or_default())
        }
        _ => said(""),
    };
    [
        ("plan-standard-text", said(&standard.text)),
        ("plan-standard-published", said(&standard.published)),
        ("plan-standard-read", read),
        ("plan-file-interview", of_kind(EventKind::Interview)),
        ("plan-file-offered", said(&offered.join("\n"))),
        ("plan-standard-criteria", said(&standard.criteria)),
        ("plan-file-result", result),
        ("plan-file-statement", of_kind(EventKind::Statement)),
        ("plan-file-delivery", of_kind(EventKind::Delivery)),
    ]
    .into_iter()
    .map(|(key, value)| Fact {
        name: word(key),
        value,
        href: None,
    })
    .collect()
}

/// A difference of two figures: of percents it is in percentage points.
fn change(gauge: Gauge, value: f64) -> String {
    match gauge.unit {
        Unit::Percent => {
            let mut out = gauge.bare(value);
            out.push_str(plain(gauge.locale, "plan-percentage-points"));
            out
        }
        _ => gauge.full(value),
    }
}

/// Before and after with their intervals, and the difference as a sentence.
fn effect_of(reader: Reader, known: &Known) -> Option<Shown> {
    let locale = reader.locale;
    let plan = &known.plan;
    let kpi = plan.kpi.as_ref()?;
    let gauge = Gauge::of(kpi, locale);
    let (found, moved) = (known.figures()?, known.effect()?);
    let base = plan.baseline.as_ref()?;
    let check = plan.terms.check_from.zip(plan.terms.ends_on)?;
    let after_days = format!("{} – {}", check.0, check.1.min(known.today));
    let word = |key| plain(locale, key);
    let other = plan
        .comparison
        .as_ref()
        .map(|(_, zh, en)| locale.pick(zh, en));
    let mut measured: Vec<(String, String, Figure)> = vec![
        (word("plan-before").to_owned(), days(base), found.before),
        (
            word("plan-after").to_owned(),
            after_days.clone(),
            found.after,
        ),
    ];
    if let (Some((before, after)), Some(other)) = (found.comparison, other) {
        let of = |key| text(locale, key, &[("team", other.into())]);
        measured.push((of("plan-before-of"), days(base), before));
        measured.push((of("plan-after-of"), after_days, after));
    }
    let estimates: Vec<Estimate> = measured
        .iter()
        .map(|(_, _, figure)| gauge.estimate(Some(figure)))
        .collect();
    let signed = |value: f64| {
        let sign = if value > 0.0 { "+" } else { "" };
        format!("{sign}{}", change(gauge, value))
    };
    let Interval { low, high } = moved.interval;
    let sentence = text(
        locale,
        if moved.compared {
            "plan-effect-compared"
        } else {
            "plan-effect-says"
        },
        &[
            ("value", Value::from(signed(moved.value))),
            ("low", signed(low).into()),
            ("high", signed(high).into()),
            (
                "least",
                change(
                    gauge,
                    from_micro(plan.terms.min_effect_u.unwrap_or_default()),
                )
                .into(),
            ),
        ],
    );
    let chip = verdict_chip(locale, known.verdict());
    let title = text(
        locale,
        "plan-effect-title",
        &[("kpi", gauge.name.into()), ("verdict", chip.1.into())],
    );
    let rows: Vec<Dot> = measured
        .iter()
        .zip(&estimates)
        .enumerate()
        .map(|(at, ((name, ..), estimate))| Dot {
            label: name,
            value: estimate.value,
            low: estimate.interval.map(|i| i.low),
            high: estimate.interval.map(|i| i.high),
            raw: None,
            emphasis: at == 1,
            note: "",
        })
        .collect();
    let target = plan.terms.target_u.map(from_micro);
    let label = target.map(|t| {
        let value = gauge.full(t);
        text(locale, "plan-target-line", &[("value", value.into())])
    });
    let chart = charts::interval_dots(
        Frame {
            id: "plan-effect",
            title: &title,
            desc: word("plan-effect-desc"),
        },
        &rows,
        target
            .zip(label.as_deref())
            .map(|(value, label)| Mark { value, label }),
        &|v| gauge.bare(v),
    );
    let rows = measured
        .iter()
        .zip(&estimates)
        .map(|((name, days, _), estimate)| Row {
            name: name.clone(),
            days: days.clone(),
            value: estimate.value.map(|v| gauge.full(v)),
            range: estimate.interval.map(|i| gauge.range(i)),
            n: estimate.n.to_string(),
        })
        .collect();
    Some(Shown {
        title,
        sentence,
        verdict: chip,
        method: word("plan-effect-method"),
        chart,
        rows,
    })
}

/// The weeks on a control chart whose limits are those before the plan.
fn weeks(locale: Locale, known: &Known) -> Option<Series> {
    let plan = &known.plan;
    let gauge = Gauge::of(plan.kpi.as_ref()?, locale);
    let base = plan.baseline.as_ref()?;
    let mondays: Vec<(String, Option<Figure>)> = known
        .weeks
        .iter()
        .map(|week| (week.monday.to_string(), week.figure))
        .collect();
    let before = known.weeks.iter().filter(|week| week.monday <= base.to);
    let before = before.count();
    let periods: Vec<series::Period> = mondays
        .iter()
        .map(|(monday, figure)| (monday.as_str(), figure.as_ref()))
        .collect();
    let target = plan.terms.target_u.map(|u| {
        let value = from_micro(u);
        Target {
            value,
            label: text(
                locale,
                "plan-target-line",
                &[("value", gauge.full(value).into())],
            ),
        }
    });
    series::against(gauge, &periods, before, target.as_ref())
}
