//! Pages of the KPI library: the list, a KPI with its versions, a new one, a changed one, out of use and back.
//! `notes` and `values` hold the pages of notes about people and of figures that are typed in.

mod notes;
mod values;

use actix_web::http::StatusCode;
use actix_web::web::{self, Path, Query, ServiceConfig};
use serde::Deserialize;
use serde_json::json;

use crate::access::{Permission, may};
use crate::audit;
use crate::error::{Error, Message};
use crate::evidence::measures::Measure;
use crate::goals::model::Kpi;
use crate::goals::store::{self, Stored};
use crate::goals::view::library::{self as view, Filter};
use crate::i18n::plain;
use crate::web::form::{Check, FieldErrors, refusal};
use crate::web::list::{self, From, Slice};
use crate::web::site::escape;
use crate::web::{Answer, Can, Form, Head, Problem, Who};

/// The routes of this feature.
pub fn routes(config: &mut ServiceConfig) {
    config
        .route("/kpis", web::get().to(list))
        .route("/kpis.csv", web::get().to(export))
        .route("/kpis/new", web::get().to(new_form))
        .route("/kpis/new", web::post().to(create))
        .route("/kpis/{code}", web::get().to(show))
        .route("/kpis/{code}/edit", web::get().to(edit_form))
        .route("/kpis/{code}/edit", web::post().to(revise))
        .route("/kpis/{code}/use", web::post().to(set_use));
    notes::routes(config);
    values::routes(config);
}

#[derive(Deserialize)]
#[serde(default, deny_unknown_fields)]
#[derive(Default)]
struct ListQuery {
    q: String,
    family: String,
    after: Option<String>,
    before: Option<String>,
    said: Option<String>,
}

impl ListQuery {
    fn filter(&self) -> Filter {
        Filter {
            q: self.q.trim().to_string(),
            family: view::family(&self.family),
        }
    }
}

async fn list(who: Can<may::ViewLibrary>, query: Query<ListQuery>) -> Answer {
    let from = From::of(query.after.as_deref(), query.before.as_deref());
    let filter = query.filter();
    let mut found = who.read(store::newest).await?;
    // A library is made by hand and read as a whole: what remains is a matter of dozens.
    found.retain(|stored| filter.fits(&stored.kpi));
    let counted = found.len() as i64;
    let slice = Slice::of_whole(found, &from, |stored| &stored.kpi.code);
    let may_edit = who.may(Permission::EditLibrary);
    let view = view::list(&who, &filter, slice, counted, may_edit);
    who.page("goals/list.html", Head::of(&who, "kpis-title"), &view)
}

/// The rows of the list as a file.
async fn export(who: Can<may::ViewLibrary>, query: Query<ListQuery>) -> Answer {
    let (filter, locale, actor) = (query.filter(), who.locale, who.actor());
    let csv = who
        .site
        .write(move |conn| {
            let mut rows = store::newest(conn)?;
            rows.retain(|stored| filter.fits(&stored.kpi));
            let detail = json!({ "rows": rows.len() });
            audit::append(conn, &actor, "export", "kpis", &detail)?;
            list::csv(view::export(locale, &rows))
        })
        .await?;
    Ok(who.download("kpis.csv", "text/csv; charset=utf-8", csv))
}

fn head<'a>(who: &Who, title: &'a str) -> Head<'a> {
    Head::new(title).under(plain(who.locale, "kpis-title"), "/kpis")
}

async fn read(who: &Who, code: String) -> Result<(Vec<Stored>, Vec<String>), Problem> {
    who.read(move |conn| {
        let versions = store::versions(conn, &code)?;
        let templates = store::templates_naming(conn, &code)?;
        Ok((versions, templates))
    })
    .await
}

async fn show(who: Can<may::ViewLibrary>, code: Path<String>, _: Query<ListQuery>) -> Answer {
    let (versions, templates) = read(&who, code.into_inner()).await?;
    let may_edit = who.may(Permission::EditLibrary);
    let view = view::show(&who, &versions, &templates, may_edit);
    let title = view.title().to_string();
    who.page("goals/show.html", head(&who, &title), &view)
}

#[derive(Deserialize)]
#[serde(default, deny_unknown_fields)]
#[derive(Default)]
struct Sent {
    code: String,
    name_zh: String,
    name_en: String,
    family: String,
    unit: String,
    direction: String,
    measure: String,
    min_n: String,
    formula_zh: String,
    formula_en: String,
}

/// The KPI that was typed, as far as it holds together.
fn typed(check: &mut Check, sent: &Sent, code: String) -> Option<Kpi> {
    let family = check.choice("family", &sent.family, view::family);
    let unit = check.choice("unit", &sent.unit, view::unit);
    let direction = check.choice("direction", &sent.direction, view::direction);
    let measure = match sent.measure.as_str() {
        "" => None,
        code => check.choice("measure", code, Measure::parse),
    };
    if let (Some(measure), Some(unit)) = (measure, unit)
        && measure.unit() != unit
    {
        check.wrong("unit", Message::new("kpi-unit-of-measure"));
    }
    let kpi = Kpi {
        name_zh: check.required("name_zh", &sent.name_zh, 100),
        name_en: check.required("name_en", &sent.name_en, 100),
        min_n: check.whole("min_n", &sent.min_n, 1, 10_000),
        formula_zh: check.required("formula_zh", &sent.formula_zh, 1_000),
        formula_en: check.required("formula_en", &sent.formula_en, 1_000),
        dimension: family?,
        direction: direction?,
        unit: unit?,
        measure,
        code,
        version_no: 1,
    };
    Some(kpi)
}

async fn new_form(who: Can<may::EditLibrary>) -> Answer {
    let view = view::form(&who, None);
    let title = plain(who.locale, "kpi-new");
    who.page("goals/edit.html", head(&who, title), &view)
}

async fn create(who: Can<may::EditLibrary>, form: Form<Sent>) -> Answer {
    let mut check = form.check();
    let code = check.required("code", &form.sent.code, 40);
    let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    if !code.chars().all(fits) || code == "new" {
        check.wrong("code", Message::new("kpi-code-signs"));
    }
    let kpi = typed(&mut check, &form.sent, code);
    let errors = match (check.done(), kpi) {
        (Err(errors), _) => errors,
        (Ok(()), None) => FieldErrors::one("family", Message::new("field-choice")),
        (Ok(()), Some(kpi)) => {
            let answer = who
                .once(&form.once, move |conn, actor| {
                    store::create(conn, &kpi, actor)?;
                    Ok(format!("/kpis/{}?said=saved", escape(&kpi.code)))
                })
                .await;
            match answer {
                Err(Problem::Failed(Error::Conflict(m))) => FieldErrors::one("code", m),
                other => return other,
            }
        }
    };
    let view = view::form(&who, None).again(who.locale, &form, &errors);
    let title = plain(who.locale, "kpi-new");
    who.page_with(
        StatusCode::UNPROCESSABLE_ENTITY,
        "goals/edit.html",
        head(&who, title),
        &view,
    )
}

fn edit_head<'a>(who: &Who, code: &'a str) -> Head<'a> {
    Head::about(who, code, plain(who.locale, "kpi-edit"))
        .under(plain(who.locale, "kpis-title"), "/kpis")
        .under(code, format!("/kpis/{}", escape(code)))
}

async fn edit_form(who: Can<may::EditLibrary>, code: Path<String>) -> Answer {
    let (versions, _) = read(&who, code.into_inner()).await?;
    let view = view::form(&who, Some(&versions[0].kpi));
    who.page(
        "goals/edit.html",
        edit_head(&who, &versions[0].kpi.code),
        &view,
    )
}

async fn revise(who: Can<may::EditLibrary>, code: Path<String>, form: Form<Sent>) -> Answer {
    let code = code.into_inner();
    let mut check = form.check();
    let kpi = typed(&mut check, &form.sent, code.clone());
    let seen = form.row_version;
    let errors = match (check.done(), kpi) {
        (Err(errors), _) => Some(errors),
        (Ok(()), None) => Some(FieldErrors::one("family", Message::new("field-choice"))),
        (Ok(()), Some(kpi)) => {
            let answer = who
                .once(&form.once, move |conn, actor| {
                    let location = format!("/kpis/{}?said=saved", escape(&kpi.code));
                    store::revise(conn, kpi, seen, actor)?;
                    Ok(location)
                })
                .await;
            match answer {
                Err(Problem::Failed(Error::Conflict(_))) => None,
                other => return other,
            }
        }
    };
    let (versions, _) = read(&who, code).await?;
    let stored = view::form(&who, Some(&versions[0].kpi));
    let status = refusal(errors.as_ref());
    let view = stored.refused(who.locale, &form, errors.as_ref());
    who.page_with(
        status,
        "goals/edit.html",
        edit_head(&who, &versions[0].kpi.code),
        &view,
    )
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Use {
    retired: bool,
}

async fn set_use(who: Can<may::EditLibrary>, code: Path<String>, form: Form<Use>) -> Answer {
    let (code, retired) = (code.into_inner(), form.sent.retired);
    who.once(&form.once, move |conn, actor| {
        store::set_retired(conn, &code, retired, actor)?;
        Ok(format!("/kpis/{}?said=saved", escape(&code)))
    })
    .await
}
