//! What a reader sees of the reports there are, and of the bundles they had built. Pure.

use serde::Serialize;

use crate::access::Permission;
use crate::appraisals::model::result::CycleResult;
use crate::i18n::{self, Locale, plain};
use crate::jobs::Job;
use crate::reports::jobs::Args;
use crate::reports::store::{Listed, Sight};
use crate::reports::view::{Audience, Page};
use crate::web::Who;
use crate::web::form::{Field, FormView};
use crate::web::site::escape;

/// The list of cycles with their reports.
#[derive(Serialize)]
pub struct List {
    rows: Vec<Row>,
    next: Option<String>,
}

#[derive(Serialize)]
struct Row {
    code: String,
    period: String,
    state: &'static str,
    frozen: bool,
    links: Vec<Link>,
}

#[derive(Serialize)]
struct Link {
    href: String,
    text: &'static str,
}

/// The cycles, each with the reports that the reader may open; `found` may hold one more than a page.
#[must_use]
pub fn list(who: &Who, sight: &Sight, mut found: Vec<Listed>, on_a_page: usize) -> List {
    let more = found.len() > on_a_page;
    found.truncate(on_a_page);
    let next = found
        .last()
        .filter(|_| more)
        .map(|last| format!("/reports?before={}", last.ends_on));
    let word = |key| plain(who.locale, key);
    let beyond = sight.results.as_ref().is_some_and(|r| r.is_beyond_line());
    let groups = sight.company || beyond || who.account.leads;
    let builds = groups && who.may(Permission::BuildReports);
    let links = |cycle: &Listed| {
        let own = cycle
            .own
            .then(|| who.account.employee_no.as_deref())
            .flatten();
        let address = |page: Page| page.address(&cycle.code);
        let all = [
            sight
                .company
                .then(|| (address(Page::Overview), "reports-overview")),
            groups.then(|| (address(Page::Cycle), "reports-cycle-teams")),
            own.map(|no| (address(Page::Person(no)), "reports-own")),
            builds.then(|| {
                (
                    format!("/reports/{}/bundles", escape(&cycle.code)),
                    "bundles-title",
                )
            }),
        ];
        all.into_iter()
            .flatten()
            .filter(|_| cycle.frozen)
            .map(|(href, key)| Link {
                href,
                text: word(key),
            })
            .collect()
    };
    List {
        rows: found
            .iter()
            .map(|cycle| Row {
                code: cycle.code.clone(),
                period: format!("{} – {}", cycle.starts_on, cycle.ends_on),
                state: word(state_key(&cycle.state)),
                frozen: cycle.frozen,
                links: links(cycle),
            })
            .collect(),
        next,
    }
}

fn state_key(state: &str) -> &'static str {
    match state {
        "draft" => "state-draft",
        "goal_setting" => "state-goal-setting",
        "tracking" => "state-tracking",
        "evaluation" => "state-evaluation",
        "calibration" => "state-calibration",
        "feedback" => "state-feedback",
        _ => "state-closed",
    }
}

/// For whom bundles of a cycle may be built.
pub struct Offer {
    pub cycle: CycleResult,
    pub offered: Vec<Audience>,
}

impl Offer {
    fn name(&self, locale: Locale, audience: &Audience) -> String {
        match audience {
            Audience::All => plain(locale, "audience-all").to_string(),
            Audience::Leadership => plain(locale, "audience-leadership").to_string(),
            Audience::Team(code) => {
                let team = self.cycle.teams.iter().find(|t| &t.code == code);
                let name = team.map_or(code.as_str(), |t| locale.pick(&t.name_zh, &t.name_en));
                i18n::text(locale, "audience-team", &[("team", name.into())])
            }
            Audience::Staff(no) => i18n::text(locale, "audience-staff", &[("no", no.into())]),
        }
    }
}

/// The bundles of a cycle that somebody had built, and the form for another.
#[derive(Serialize)]
pub struct Bundles {
    cycle: String,
    pub form: FormView,
    rows: Vec<Built>,
    /// Of the one that is being built: files so far, of how many.
    busy: Option<(i64, i64)>,
}

#[derive(Serialize)]
struct Built {
    audience: String,
    languages: String,
    at: String,
    state: &'static str,
    signal: &'static str,
    href: Option<String>,
}

/// The page of bundles.
#[must_use]
pub fn bundles(who: &Who, offer: &Offer, jobs: &[Job]) -> Bundles {
    let locale = who.locale;
    let choices = offer
        .offered
        .iter()
        .map(|a| (a.to_string(), offer.name(locale, a)));
    let first = offer
        .offered
        .first()
        .map(ToString::to_string)
        .unwrap_or_default();
    let language =
        |name, locale| Field::new("checkbox", name, plain(locale, "language-name"), "on");
    let action = format!("/reports/{}/bundles", escape(&offer.cycle.code));
    let form = FormView::new(
        who,
        action.clone(),
        "bundles-build",
        vec![
            Field::new(
                "select",
                "audience",
                plain(locale, "imprint-audience"),
                &first,
            )
            .options(choices)
            .hint(plain(locale, "bundles-audience-hint")),
            language("zh", Locale::Zh),
            language("en", Locale::En),
        ],
    );
    let working = jobs
        .iter()
        .find(|j| matches!(j.state.as_str(), "waiting" | "running"));
    Bundles {
        cycle: offer.cycle.code.clone(),
        form,
        rows: jobs.iter().map(|j| built(who, offer, &action, j)).collect(),
        busy: working.map(|j| (j.progress, j.total.max(1))),
    }
}

fn built(who: &Who, offer: &Offer, action: &str, job: &Job) -> Built {
    let args: Option<Args> = job.args().ok();
    let audience = args
        .as_ref()
        .and_then(|a| a.audience.parse::<Audience>().ok());
    let outcome: Option<serde_json::Value> = job
        .outcome_json
        .as_deref()
        .and_then(|json| serde_json::from_str(json).ok());
    let file = outcome.as_ref().and_then(|o| o.get("file")?.as_i64());
    let kept = job.created_at + crate::reports::jobs::KEPT > who.site.now();
    let (state, signal) = match job.state.as_str() {
        "done" if kept => ("bundles-done", "is-good"),
        "done" => ("bundles-gone", ""),
        "failed" => ("bundles-failed", "is-bad"),
        _ => ("bundles-busy", ""),
    };
    let languages = args.iter().flat_map(|a| &a.locales);
    let languages: Vec<&str> = languages
        .filter_map(|tag| tag.parse::<Locale>().ok())
        .map(|l| plain(l, "language-name"))
        .collect();
    let local = who.site.settings.zone.local(job.created_at);
    Built {
        audience: audience.map_or_else(String::new, |a| offer.name(who.locale, &a)),
        languages: languages.join(plain(who.locale, "list-separator")),
        at: local.format("%Y-%m-%d %H:%M").to_string(),
        state: plain(who.locale, state),
        signal,
        href: file.filter(|_| kept).map(|id| format!("{action}/{id}")),
    }
}
