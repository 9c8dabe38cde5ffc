//! What a reader sees of a person's goals and results.

use std::collections::BTreeMap;

use serde::Serialize;

use super::pages::Standing as Sent;
use crate::access::Permission;
use crate::appraisals::model::cycle::State;
use crate::appraisals::model::result::{ItemResult, PersonResult, Subject, VersionResult};
use crate::appraisals::store::cycles::Cycle;
use crate::appraisals::store::feedback::Feedback;
use crate::appraisals::store::people::{Place, Standing};
use crate::appraisals::store::sheets::SheetVersion;
use crate::appraisals::view::cycles::{moment, state_name};
use crate::appraisals::view::feedback::{self, Outcome};
use crate::appraisals::view::goals::sheet_href;
use crate::appraisals::view::reviews::{self, Place as Reviewed, Way};
use crate::error::Result;
use crate::evidence::view::gauge::Gauge;
use crate::goals::view::aims::weight;
use crate::i18n::{self, Locale, hundredths, plain, text};
use crate::people::store::Staff;
use crate::reports::view::{Item, PersonView, Words, missing_rule, parts};
use crate::snapshots::{Snapshot, VersionHead};
use crate::web::form::{Field, FieldErrors, FormView};
use crate::web::list::ON_A_PAGE;
use crate::web::site::escape;
use crate::web::{Form, Who};

/// The cycles of a person.
#[derive(Serialize)]
pub struct Cycles {
    rows: Vec<CycleRow>,
    next: Option<String>,
}

#[derive(Serialize)]
struct CycleRow {
    code: String,
    href: String,
    from: String,
    to: String,
    state: &'static str,
    total: Option<String>,
    grade: Option<String>,
    note: Option<&'static str>,
}

/// The cycles of a person; of one's own, results only once released. One more than a page where there are more.
#[must_use]
pub fn cycles(who: &Who, staff: &Staff, mut places: Vec<Place>) -> Cycles {
    let more = places.len() as i64 > ON_A_PAGE;
    places.truncate(ON_A_PAGE as usize);
    let own = who.account.staff_id == Some(staff.id);
    let no = escape(&staff.employee_no);
    Cycles {
        next: places
            .last()
            .filter(|_| more)
            .map(|last| format!("/people/{no}/cycles?before={}", last.ends_on)),
        rows: places
            .into_iter()
            .map(|place| {
                let shown = !own || place.released_at.is_some();
                CycleRow {
                    href: format!("/cycles/{}/people/{no}", escape(&place.code)),
                    from: place.starts_on.to_string(),
                    to: place.ends_on.to_string(),
                    state: State::parse(&place.state).map_or("", |s| state_name(who.locale, s)),
                    total: place.total_h.filter(|_| shown).map(hundredths),
                    grade: place.grade.filter(|_| shown),
                    note: place
                        .excused_reason
                        .map(|_| plain(who.locale, "cycle-is-excused")),
                    code: place.code,
                }
            })
            .collect(),
    }
}

/// Everything the page of a person in a cycle is made of.
pub struct Shown {
    pub staff: Staff,
    pub cycle: Cycle,
    pub standing: Standing,
    /// Whether it is the reader's own.
    pub own: bool,
    /// The frozen result, if there is one that the reader may see.
    pub result: Option<Snapshot>,
    /// What is said with the result, where the reader may see it.
    pub told: Option<Feedback>,
    /// Versions of the result, the newest first.
    pub history: Vec<VersionHead>,
    /// Versions of the goal sheet, where there is no result.
    pub versions: Vec<SheetVersion>,
    /// Whether the cycle plans a goal sheet for them.
    pub has_sheet: bool,
    /// Number, code and names.
    pub teams: Vec<(i64, String, String, String)>,
    pub roles: BTreeMap<i64, (String, String)>,
    /// What the reader is to them where people review; none where figures alone count.
    pub reviewed: Option<Reviewed>,
}

/// Goal sheet and result of a person.
#[derive(Serialize)]
pub struct Show {
    /// The result as the template of the worked sum reads it, beside the texts about rules that it wants.
    result: Option<serde_json::Value>,
    parts: String,
    rule: String,
    /// Why there is no result to see.
    waiting: Option<&'static str>,
    sheets: Vec<SheetView>,
    /// The ways to the person's goals and notes.
    goals: Goals,
    history: Vec<Version>,
    reviews: Vec<Way>,
    /// What became of the result.
    outcome: Option<Outcome>,
    excused: Option<String>,
    included: Option<String>,
    standing: Option<FormView>,
}

/// The ways to the goals of a person in the cycle, and to what was noted about them.
#[derive(Serialize)]
struct Goals {
    sheet: Option<String>,
    notes: Option<String>,
}

#[derive(Serialize)]
struct SheetView {
    heading: String,
    agreed: bool,
    items: Vec<Goal>,
}

/// A line of a goal sheet.
#[derive(Serialize)]
struct Goal {
    name: String,
    href: Option<String>,
    of_team: bool,
    weight: String,
    baseline: Option<String>,
    steps: String,
    unit: &'static str,
}

/// A version of the result.
#[derive(Serialize)]
struct Version {
    no: i32,
    at: String,
    by: String,
    reason: String,
}

/// The page of a person in a cycle; `refused` is the form about their standing, if it was refused.
pub fn show(
    who: &Who,
    shown: &Shown,
    refused: Option<(&Form<Sent>, Option<&FieldErrors>)>,
) -> Result<Show> {
    let locale = who.locale;
    let cycle = &shown.cycle;
    let words = Words {
        locale,
        rules: &cycle.rules,
        teams: shown
            .teams
            .iter()
            .map(|(_, code, zh, en)| (code.as_str(), locale.pick(zh, en)))
            .collect(),
    };
    let mut outcome = None;
    let result = match &shown.result {
        Some(snapshot) => {
            let person: PersonResult = snapshot.parse()?;
            if let Some(told) = &shown.told {
                let about = (cycle.code.as_str(), shown.staff.employee_no.as_str());
                let released = shown.standing.released_at.is_some();
                outcome = Some(feedback::outcome(who, about, &person, told, released));
            }
            let mut view = words.result(&person, i64::from(snapshot.version_no));
            link(&mut view, &person, shown);
            Some(serde_json::to_value(&view)?)
        }
        None => None,
    };
    let waiting = match result {
        Some(_) => None,
        None if cycle.state.is_frozen() => Some(plain(locale, "result-not-released")),
        None => Some(plain(locale, "result-not-yet")),
    };
    let standing =
        (who.may(Permission::RunCycles) && cycle.state > State::Draft && !cycle.state.is_frozen())
            .then(|| {
                let form = standing_form(who, shown);
                match refused {
                    Some((sent, errors)) => form.refused(locale, sent, errors),
                    None => form,
                }
            });
    Ok(Show {
        result,
        parts: parts(locale, &cycle.rules),
        rule: missing_rule(locale, &cycle.rules),
        waiting,
        sheets: shown
            .versions
            .iter()
            .map(|version| sheet(locale, shown, version))
            .collect(),
        goals: Goals {
            sheet: shown
                .has_sheet
                .then(|| sheet_href(&cycle.code, &shown.staff.employee_no)),
            notes: who
                .may(Permission::KeepNotes)
                .then(|| format!("/people/{}/notes", escape(&shown.staff.employee_no))),
        },
        history: shown
            .history
            .iter()
            .map(|head| Version {
                no: head.version_no,
                at: moment(who, head.made_at),
                by: head.made_by.clone(),
                // What the program freezes by itself is told in the reader's language.
                reason: i18n::known(locale, &head.reason)
                    .map_or_else(|| head.reason.clone(), str::to_string),
            })
            .collect(),
        reviews: shown
            .reviewed
            .as_ref()
            .map_or_else(Vec::new, |place| reviews::ways(locale, place)),
        outcome,
        excused: shown.standing.excused_reason.clone(),
        included: shown.standing.included_reason.clone(),
        standing,
    })
}

/// Gives each item of a result the way to the rows its figure comes from, on the days of its sheet.
fn link(view: &mut PersonView<'_>, person: &PersonResult, shown: &Shown) {
    for (sheet, version) in view.sheets.iter_mut().zip(&person.versions) {
        let known = version
            .items
            .iter()
            .filter(|item| shown.cycle.rules.kpi(&item.kpi).is_some());
        for (item, result) in sheet.items.iter_mut().zip(known) {
            item.evidence = evidence(shown, result, version);
            debug_assert!(is_of(item, shown, result));
        }
    }
}

/// Whether a line of the view is that of a result: both are made in the same order.
fn is_of(item: &Item, shown: &Shown, result: &ItemResult) -> bool {
    let name = |kpi: &crate::goals::model::Kpi| [kpi.name_zh.clone(), kpi.name_en.clone()];
    shown
        .cycle
        .rules
        .kpi(&result.kpi)
        .is_some_and(|kpi| name(kpi).iter().any(|n| n == item.name()))
}

fn evidence(shown: &Shown, item: &ItemResult, version: &VersionResult) -> Option<String> {
    let measure = shown.cycle.rules.kpi(&item.kpi)?.measure?;
    let whole = version.from == shown.cycle.starts_on.to_string()
        && version.to == shown.cycle.ends_on.to_string();
    let subject = match item.subject {
        Subject::Own => format!("/people/{}", escape(&shown.staff.employee_no)),
        Subject::Team => format!("/teams/{}", escape(version.team.as_deref()?)),
    };
    let code = measure.code();
    Some(if whole {
        format!("{subject}/measures/{code}?quarter={}", quarter(shown))
    } else {
        let (from, to) = (&version.from, &version.to);
        format!("{subject}/records?measure={code}&from={from}&to={to}")
    })
}

fn quarter(shown: &Shown) -> String {
    crate::calendar::Quarter::from_index(shown.cycle.quarter).code()
}

fn sheet(locale: Locale, shown: &Shown, version: &SheetVersion) -> SheetView {
    let role = shown.roles.get(&version.job_role_id);
    let role = role.map_or("", |(zh, en)| locale.pick(zh, en));
    let team = shown.teams.iter().find(|t| Some(t.0) == version.team_id);
    let heading = text(
        locale,
        "sheet-heading",
        &[
            ("no", i64::from(version.version_no).into()),
            ("from", version.from.to_string().into()),
            ("to", version.to.to_string().into()),
            ("role", role.into()),
        ],
    );
    SheetView {
        heading: match team {
            Some((_, _, zh, en)) => format!("{heading} · {}", locale.pick(zh, en)),
            None => heading,
        },
        agreed: version.agreed,
        items: version
            .items
            .iter()
            .filter_map(|item| {
                let kpi = shown.cycle.rules.kpi(&item.kpi)?;
                let gauge = Gauge::of(kpi, locale);
                let before = gauge.estimate(item.baseline.as_ref());
                let subject = match item.subject {
                    Subject::Own => Some(format!("/people/{}", escape(&shown.staff.employee_no))),
                    Subject::Team => team.map(|t| format!("/teams/{}", escape(&t.1))),
                };
                Some(Goal {
                    name: gauge.name.to_string(),
                    href: subject.zip(kpi.measure).map(|(subject, measure)| {
                        format!(
                            "{subject}/measures/{}?quarter={}",
                            measure.code(),
                            quarter(shown)
                        )
                    }),
                    of_team: item.subject == Subject::Team,
                    weight: weight(locale, item.weight_bp),
                    baseline: before
                        .value
                        .map(|value| format!("{} {}", gauge.full(value), gauge.bracket(&before))),
                    steps: gauge.steps(&item.aim),
                    unit: gauge.unit().trim(),
                })
            })
            .collect(),
    }
}

fn standing_form(who: &Who, shown: &Shown) -> FormView {
    let word = |key| plain(who.locale, key);
    let (decision, reason) = match (
        &shown.standing.excused_reason,
        &shown.standing.included_reason,
    ) {
        (Some(reason), _) => ("excuse", reason.as_str()),
        (None, Some(reason)) => ("include", reason.as_str()),
        (None, None) => ("neither", ""),
    };
    let choices = [
        ("neither", "standing-neither"),
        ("excuse", "standing-excuse"),
        ("include", "standing-include"),
    ];
    let fields = vec![
        Field::new("radio", "decision", word("standing-decision"), decision)
            .options(choices.map(|(code, key)| (code.to_string(), word(key).to_string()))),
        Field::new("textarea", "reason", word("board-reason"), reason)
            .hint(word("standing-reason-hint")),
    ];
    let action = format!(
        "/cycles/{}/people/{}/standing",
        escape(&shown.cycle.code),
        escape(&shown.staff.employee_no)
    );
    FormView::new(who, action, "save", fields).version(shown.standing.row_version)
}
