//! Rewards: rules, proposals from released results, decisions, the certificate.

use actix_web::http::StatusCode;
use actix_web::web::{self, Path, Query, ServiceConfig};
use serde::Deserialize;
use serde_json::json;

use crate::access::{Permission, may};
use crate::appraisals::store::rewards::{self, Draft, Filter, Start};
use crate::appraisals::view::rewards as view;
use crate::audit;
use crate::error::{Error, Message};
use crate::i18n::plain;
use crate::web::form::{FieldErrors, refusal};
use crate::web::list::{self, COUNTED, From, ON_A_PAGE, Slice};
use crate::web::site::escape;
use crate::web::{Answer, Can, Form, Head, Problem, Who};

pub(super) fn routes(config: &mut ServiceConfig) {
    config
        .route("/rewards", web::get().to(all))
        .route("/rewards.csv", web::get().to(export))
        .route("/rewards/propose", web::post().to(propose))
        .route("/rewards/rules", web::get().to(rules))
        .route("/rewards/rules/new", web::get().to(new_form))
        .route("/rewards/rules/new", web::post().to(create))
        .route("/rewards/rules/{code}/edit", web::get().to(edit_form))
        .route("/rewards/rules/{code}/edit", web::post().to(edit))
        .route("/rewards/rules/{code}/publish", web::post().to(publish))
        .route("/rewards/{id}", web::get().to(show))
        .route("/rewards/{id}", web::post().to(decide))
        .route("/rewards/{id}/certificate", web::get().to(certificate));
}

#[derive(Deserialize)]
#[serde(default, deny_unknown_fields)]
#[derive(Default)]
struct ListQuery {
    state: String,
    /// Code of a cycle; called otherwise than the field of the form beside the list.
    quarter: String,
    after: Option<String>,
    before: Option<String>,
    said: Option<String>,
}

impl ListQuery {
    fn filter(&self, who: &Who) -> Filter {
        let known = ["proposed", "approved", "declined"].contains(&self.state.as_str());
        Filter {
            state: if known {
                self.state.clone()
            } else {
                String::new()
            },
            cycle: self.quarter.trim().to_string(),
            approved_only: !who.may(Permission::ManageRewards),
        }
    }
}

async fn all(who: Can<may::ViewResults>, query: Query<ListQuery>) -> Answer {
    let from = From::of(query.after.as_deref(), query.before.as_deref());
    let start = from.read(|(_, id)| Some(*id));
    let (reach, filter) = (who.reach.clone(), query.filter(&who));
    let (filter, found, counted) = who
        .read(move |conn| {
            let found = rewards::page(conn, &reach, &filter, &start, ON_A_PAGE + 1)?;
            let counted = list::counted(&found, &start, || {
                let all = rewards::page(conn, &reach, &filter, &Start::First, COUNTED + 1)?;
                Ok(all.len() as i64)
            })?;
            Ok((filter, found, counted))
        })
        .await?;
    let view = view::list(&who, &filter, Slice::new(found, &from), counted);
    who.page(
        "outcomes/rewards.html",
        Head::of(&who, "rewards-title"),
        &view,
    )
}

/// The rows of the list as a file.
async fn export(who: Can<may::ViewResults>, query: Query<ListQuery>) -> Answer {
    let (reach, filter) = (who.reach.clone(), query.filter(&who));
    let (locale, actor) = (who.locale, who.actor());
    let csv = who
        .site
        .write(move |conn| {
            let rows = rewards::page(conn, &reach, &filter, &Start::First, i64::MAX)?;
            audit::append(
                conn,
                &actor,
                "export",
                "rewards",
                &json!({ "rows": rows.len() }),
            )?;
            list::csv(view::export(locale, &rows))
        })
        .await?;
    Ok(who.download("rewards.csv", "text/csv; charset=utf-8", csv))
}

#[derive(Deserialize)]
#[serde(default, deny_unknown_fields)]
#[derive(Default)]
struct Proposed {
    cycle: String,
}

async fn propose(who: Can<may::ManageRewards>, form: Form<Proposed>) -> Answer {
    let mut check = form.check();
    let code = check.required("cycle", &form.sent.cycle, 10);
    let zone = who.site.settings.zone;
    let errors = match check.done() {
        Err(errors) => errors,
        Ok(()) => {
            let answer = who
                .once(&form.once, move |conn, actor| {
                    rewards::propose(conn, &code, zone, actor)?;
                    Ok(format!(
                        "/rewards?quarter={}&said=rewards-proposed",
                        escape(&code)
                    ))
                })
                .await;
            match answer {
                Err(Problem::Failed(Error::NotFound(m))) => FieldErrors::one("cycle", m),
                other => return other,
            }
        }
    };
    let (reach, filter) = (who.reach(Permission::ViewResults), Filter::default());
    let Some(reach) = reach else {
        return Err(Problem::Forbidden);
    };
    let (filter, found) = who
        .read(move |conn| {
            let found = rewards::page(conn, &reach, &filter, &Start::First, ON_A_PAGE + 1)?;
            Ok((filter, found))
        })
        .await?;
    let counted = found.len() as i64;
    let mut view = view::list(&who, &filter, Slice::new(found, &From::First), counted);
    view.propose = view.propose.map(|f| f.again(who.locale, &form, &errors));
    who.page_with(
        StatusCode::UNPROCESSABLE_ENTITY,
        "outcomes/rewards.html",
        Head::of(&who, "rewards-title"),
        &view,
    )
}

fn under(who: &Who, title: &str) -> Head<'static> {
    Head::new(title.to_string()).under(plain(who.locale, "rewards-title"), "/rewards")
}

fn under_rules(who: &Who, title: &str) -> Head<'static> {
    under(who, title).under(plain(who.locale, "reward-rules-title"), "/rewards/rules")
}

#[derive(Deserialize)]
#[serde(default, deny_unknown_fields)]
#[derive(Default)]
struct SaidQuery {
    said: Option<String>,
}

async fn rules(who: Can<may::ViewLibrary>, _: Query<SaidQuery>) -> Answer {
    let drafts = who.may(Permission::ManageRewards);
    let found = who.read(move |conn| rewards::rules(conn, drafts)).await?;
    let view = view::rules(&who, &found);
    let head = under(&who, plain(who.locale, "reward-rules-title"));
    who.page("outcomes/reward-rules.html", head, &view)
}

#[derive(Deserialize)]
#[serde(default, deny_unknown_fields)]
#[derive(Default)]
struct Sent {
    code: String,
    name_zh: String,
    name_en: String,
    text_zh: String,
    text_en: String,
    grade: String,
    in_a_row: String,
}

fn draft(form: &Form<Sent>, code: Option<&str>) -> Result<Draft, FieldErrors> {
    let mut check = form.check();
    let sent = &form.sent;
    let typed = match code {
        Some(code) => code.to_string(),
        None => check.required("code", &sent.code, 40),
    };
    let plain_code = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    // An address of its own begins so.
    if !typed.chars().all(plain_code) || ["new", "rules", "propose"].contains(&typed.as_str()) {
        check.wrong("code", Message::new("reward-bad-code"));
    }
    let draft = Draft {
        name_zh: check.required("name_zh", &sent.name_zh, 200),
        name_en: check.required("name_en", &sent.name_en, 200),
        text_zh: check.required("text_zh", &sent.text_zh, 5_000),
        text_en: check.required("text_en", &sent.text_en, 5_000),
        grade: check.required("grade", &sent.grade, 20),
        in_a_row: i32::try_from(check.whole("in_a_row", &sent.in_a_row, 1, 8)).unwrap_or(1),
        code: typed,
    };
    check.done()?;
    Ok(draft)
}

async fn new_form(who: Can<may::ManageRewards>) -> Answer {
    let view = view::rule_form(&who, None);
    let head = under_rules(&who, plain(who.locale, "reward-rule-new"));
    who.page("web/form.html", head, &view)
}

async fn create(who: Can<may::ManageRewards>, form: Form<Sent>) -> Answer {
    let errors = match draft(&form, None) {
        Err(errors) => errors,
        Ok(draft) => {
            let answer = who
                .once(&form.once, move |conn, actor| {
                    rewards::save_rule(conn, None, &draft, actor)?;
                    Ok("/rewards/rules?said=saved".to_string())
                })
                .await;
            match answer {
                Err(Problem::Failed(Error::Invalid(all))) => all
                    .into_iter()
                    .next()
                    .map_or_else(FieldErrors::default, |m| FieldErrors::one("code", m)),
                other => return other,
            }
        }
    };
    let mut view = view::rule_form(&who, None);
    view.form = view.form.again(who.locale, &form, &errors);
    let head = under_rules(&who, plain(who.locale, "reward-rule-new"));
    who.page_with(
        StatusCode::UNPROCESSABLE_ENTITY,
        "web/form.html",
        head,
        &view,
    )
}

async fn edit_form(who: Can<may::ManageRewards>, code: Path<String>) -> Answer {
    let code = code.into_inner();
    let rule = who.read(move |conn| rewards::rule(conn, &code)).await?;
    let view = view::rule_form(&who, Some(&rule));
    who.page("web/form.html", under_rules(&who, &rule.code), &view)
}

async fn edit(who: Can<may::ManageRewards>, code: Path<String>, form: Form<Sent>) -> Answer {
    let (code, seen) = (code.into_inner(), form.row_version);
    let wanted = code.clone();
    let errors = match draft(&form, Some(&code)) {
        Err(errors) => Some(errors),
        Ok(draft) => {
            let answer = who
                .once(&form.once, move |conn, actor| {
                    let rule = rewards::rule(conn, &wanted)?;
                    rewards::save_rule(conn, Some((&rule, seen)), &draft, actor)?;
                    Ok("/rewards/rules?said=saved".to_string())
                })
                .await;
            match answer {
                Err(Problem::Failed(Error::Conflict(_))) => None,
                other => return other,
            }
        }
    };
    let rule = who.read(move |conn| rewards::rule(conn, &code)).await?;
    let mut view = view::rule_form(&who, Some(&rule));
    let status = refusal(errors.as_ref());
    let form = view.form.refused(who.locale, &form, errors.as_ref());
    view.form = form;
    who.page_with(
        status,
        "web/form.html",
        under_rules(&who, &rule.code),
        &view,
    )
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Nothing {}

async fn publish(who: Can<may::ManageRewards>, code: Path<String>, form: Form<Nothing>) -> Answer {
    let (code, seen) = (code.into_inner(), form.row_version);
    who.once(&form.once, move |conn, actor| {
        let rule = rewards::rule(conn, &code)?;
        rewards::publish(conn, &rule, seen, actor)?;
        Ok("/rewards/rules?said=saved".to_string())
    })
    .await
}

async fn show(who: Can<may::ViewResults>, id: Path<i64>, _: Query<SaidQuery>) -> Answer {
    let (reach, id) = (who.reach.clone(), id.into_inner());
    let approved_only = !who.may(Permission::ManageRewards);
    let found = who
        .read(move |conn| rewards::find(conn, &reach, id, approved_only))
        .await?;
    let view = view::show(&who, &found)?;
    let title = who.locale.pick(&found.name, &found.name_en);
    who.page("outcomes/reward.html", under(&who, title), &view)
}

#[derive(Deserialize)]
#[serde(default, deny_unknown_fields)]
#[derive(Default)]
struct Decided {
    decision: String,
    reason: String,
}

async fn decide(who: Can<may::ManageRewards>, id: Path<i64>, form: Form<Decided>) -> Answer {
    let id = id.into_inner();
    let Some(reach) = who.reach(Permission::ViewResults) else {
        return Err(Problem::Forbidden);
    };
    let mut check = form.check();
    let approve = check.choice("decision", &form.sent.decision, |d| match d {
        "approve" => Some(true),
        "decline" => Some(false),
        _ => None,
    });
    let reason = check.required("reason", &form.sent.reason, 2_000);
    let (seen, me) = (form.row_version, who.account.staff_id);
    let errors = match (check.done(), approve) {
        (Err(errors), _) => Some(errors),
        (Ok(()), None) => Some(FieldErrors::one("decision", Message::new("field-choice"))),
        (Ok(()), Some(approve)) => {
            let reach = reach.clone();
            let answer = who
                .once(&form.once, move |conn, actor| {
                    let found = rewards::find(conn, &reach, id, false)?;
                    rewards::decide(conn, &found, me, approve, &reason, seen, actor)?;
                    Ok(format!("/rewards/{id}?said=saved"))
                })
                .await;
            match answer {
                Err(Problem::Failed(Error::Conflict(m))) if m.key == "form-conflict" => None,
                // Whoever it is about has no form that could say so.
                Err(Problem::Failed(Error::Conflict(m))) if m.key == "reward-own" => {
                    return Err(Error::Conflict(m).into());
                }
                Err(Problem::Failed(Error::Conflict(m))) => Some(FieldErrors::one("decision", m)),
                other => return other,
            }
        }
    };
    let found = who
        .read(move |conn| rewards::find(conn, &reach, id, false))
        .await?;
    let mut view = view::show(&who, &found)?;
    let errors = errors.as_ref();
    view.form = view.form.map(|f| f.refused(who.locale, &form, errors));
    let status = refusal(errors);
    let title = who.locale.pick(&found.name, &found.name_en);
    who.page_with(status, "outcomes/reward.html", under(&who, title), &view)
}

async fn certificate(who: Can<may::ViewResults>, id: Path<i64>) -> Answer {
    let (reach, id) = (who.reach.clone(), id.into_inner());
    let found = who
        .read(move |conn| rewards::find(conn, &reach, id, true))
        .await?;
    let view = view::certificate(&who, &found)?;
    let name = who.locale.pick(&found.name, &found.name_en);
    let head = under(&who, plain(who.locale, "certificate-title"))
        .under(name.to_string(), format!("/rewards/{id}"));
    who.page("outcomes/certificate.html", head, &view)
}
