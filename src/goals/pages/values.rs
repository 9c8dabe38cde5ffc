//! Figures of a KPI that no file brings, typed in for people and teams, one at a time or as pasted rows.

use actix_web::http::StatusCode;
use actix_web::web::{self, Path, Query, ServiceConfig};
use serde::Deserialize;
use serde_json::json;

use crate::access::{Reach, may};
use crate::audit::{self, Actor};
use crate::calendar::Quarter;
use crate::db::Conn;
use crate::error::{Error, Message, Result};
use crate::goals::model::typed::Typed;
use crate::goals::model::{Figure, Kpi};
use crate::goals::store::values::{self, Of, Row};
use crate::goals::store::versions;
use crate::goals::view::values as view;
use crate::i18n::plain;
use crate::people::store::reach;
use crate::web::form::{FieldErrors, refusal};
use crate::web::list::{self, From, ON_A_PAGE, Slice};
use crate::web::site::escape;
use crate::web::{Answer, Can, Form, Head, Problem};

pub(super) fn routes(config: &mut ServiceConfig) {
    config
        .route("/kpis/{code}/values", web::get().to(show))
        .route("/kpis/{code}/values.csv", web::get().to(export))
        .route("/kpis/{code}/values", web::post().to(store))
        .route("/kpis/{code}/values/rows", web::post().to(store_rows));
}

#[derive(Deserialize)]
#[serde(default, deny_unknown_fields)]
#[derive(Default)]
struct ShowQuery {
    quarter: String,
    /// The number or code whose value is to be changed.
    edit: String,
    after: Option<String>,
    before: Option<String>,
    said: Option<String>,
}

/// The KPI of a code, if its figures are typed in.
fn typed_in(conn: &mut Conn, code: &str) -> Result<Kpi> {
    let kpi = versions(conn, code)?.swap_remove(0).kpi;
    match kpi.measure {
        None => Ok(kpi),
        Some(_) => Err(Error::NotFound(
            Message::new("kpi-not-typed").with("code", code),
        )),
    }
}

/// The quarter of a code, else the present one.
fn quarter_of(who: &Can<may::EnterValues>, code: &str) -> Quarter {
    let present = Quarter::of(who.site.today(), who.site.settings.fiscal_start);
    code.parse().unwrap_or(present)
}

struct Known {
    kpi: Kpi,
    found: Vec<Row>,
    counted: i64,
}

async fn read(
    who: &Can<may::EnterValues>,
    code: &str,
    quarter: Quarter,
    from: &From,
) -> Result<Known, Problem> {
    let (reach, code) = (who.reach.clone(), code.to_string());
    let start = from.read(|(_, id)| Some(*id));
    who.read(move |conn| {
        let kpi = typed_in(conn, &code)?;
        let at = (code.as_str(), quarter);
        let found = values::page(conn, &reach, at, start, ON_A_PAGE + 1)?;
        let counted = match found.len() as i64 {
            few if few <= ON_A_PAGE && start == values::Start::First => few,
            _ => {
                let first = values::Start::First;
                values::page(conn, &reach, at, first, list::COUNTED + 1)?.len() as i64
            }
        };
        Ok(Known {
            kpi,
            found,
            counted,
        })
    })
    .await
}

fn page(
    who: &Can<may::EnterValues>,
    known: Known,
    quarter: Quarter,
    (from, editing): (&From, &str),
    status: StatusCode,
    with: impl FnOnce(&mut view::Page),
) -> Answer {
    let slice = Slice::new(known.found, from);
    let mut view = view::page(who, &known.kpi, quarter, slice, known.counted, editing);
    with(&mut view);
    let name = who.locale.pick(&known.kpi.name_zh, &known.kpi.name_en);
    let head = Head::about(who, name, plain(who.locale, "values-title"))
        .under(plain(who.locale, "kpis-title"), "/kpis")
        .under(name, format!("/kpis/{}", escape(&known.kpi.code)));
    who.page_with(status, "goals/values.html", head, &view)
}

async fn show(who: Can<may::EnterValues>, code: Path<String>, query: Query<ShowQuery>) -> Answer {
    let from = From::of(query.after.as_deref(), query.before.as_deref());
    let quarter = quarter_of(&who, &query.quarter);
    let known = read(&who, &code, quarter, &from).await?;
    page(
        &who,
        known,
        quarter,
        (&from, &query.edit),
        StatusCode::OK,
        |_| {},
    )
}

async fn export(who: Can<may::EnterValues>, code: Path<String>, query: Query<ShowQuery>) -> Answer {
    let quarter = quarter_of(&who, &query.quarter);
    let (reach, locale, actor) = (who.reach.clone(), who.locale, who.actor());
    let csv = who
        .site
        .write(move |conn| {
            let kpi = typed_in(conn, &code)?;
            let first = values::Start::First;
            let rows = values::page(conn, &reach, (&code, quarter), first, i64::MAX)?;
            let detail = json!({ "quarter": quarter.code(), "rows": rows.len() });
            audit::append(conn, &actor, "export", &format!("{code}/values"), &detail)?;
            list::csv(view::export(locale, &kpi, &rows))
        })
        .await?;
    Ok(who.download("kpi-values.csv", "text/csv; charset=utf-8", csv))
}

/// The person or team of a number or code within reach; people first.
fn subject(conn: &mut Conn, reach: &Reach, code: &str) -> Result<Option<Of>> {
    match reach::find(conn, reach, code) {
        Ok(staff) => return Ok(Some(Of::Staff(staff.id))),
        Err(Error::NotFound(_)) => {}
        Err(e) => return Err(e),
    }
    match reach::find_team(conn, reach, code) {
        Ok(found) => Ok(Some(Of::Team(found.team.id))),
        Err(Error::NotFound(_)) => Ok(None),
        Err(e) => Err(e),
    }
}

#[derive(Deserialize)]
#[serde(default, deny_unknown_fields)]
#[derive(Default)]
struct One {
    quarter: String,
    subject: String,
    part: String,
    whole: String,
    note: String,
}

async fn store(who: Can<may::EnterValues>, code: Path<String>, form: Form<One>) -> Answer {
    let code = code.into_inner();
    let sent = &form.sent;
    let quarter: Quarter = sent.quarter.parse().map_err(|_| Problem::Unreadable)?;
    let known = read(&who, &code, quarter, &From::First).await?;
    let mut check = form.check();
    let whom = check.required("subject", &sent.subject, 64);
    let figure = Typed::of(known.kpi.unit).figure(&sent.part, &sent.whole);
    if figure.is_none() {
        check.wrong("part", Message::new("value-wrong"));
    }
    let note = check.required("note", &sent.note, 500);
    let seen = form.row_version;
    let errors = match (check.done(), figure) {
        (Ok(()), Some(figure)) => {
            let (reach, kpi) = (who.reach.clone(), code.clone());
            let answer = who
                .once(&form.once, move |conn, actor| {
                    let of = subject(conn, &reach, &whom)?.ok_or_else(|| unknown(&whom))?;
                    let at = (kpi.as_str(), quarter);
                    let what = (&figure, note.as_str());
                    values::set(conn, at, (of, &whom), what, Some(seen), actor)?;
                    Ok(format!("{}&said=saved", view::values_href(&kpi, quarter)))
                })
                .await;
            match answer {
                Err(Problem::Failed(Error::Conflict(_))) => None,
                Err(Problem::Failed(Error::NotFound(m))) => Some(FieldErrors::one("subject", m)),
                other => return other,
            }
        }
        (Err(errors), _) => Some(errors),
        (Ok(()), None) => Some(FieldErrors::one("part", Message::new("value-wrong"))),
    };
    let known = read(&who, &code, quarter, &From::First).await?;
    let status = refusal(errors.as_ref());
    let editing = (&From::First, sent.subject.trim());
    page(&who, known, quarter, editing, status, |view| {
        let stored = view.one.clone();
        view.one = match &errors {
            Some(errors) => stored.again(who.locale, &form, errors),
            None => stored.conflict(who.locale, &form),
        };
    })
}

fn unknown(code: &str) -> Error {
    Error::NotFound(Message::new("value-nobody").with("code", code))
}

#[derive(Deserialize)]
#[serde(default, deny_unknown_fields)]
#[derive(Default)]
struct Many {
    quarter: String,
    lines: String,
}

/// A pasted row: whom, the two parts of the figure, a note.
type Line = (String, Figure, String);

/// Reads pasted rows: fields between tabs, commas or semicolons; a first row of names is left out.
fn lines(text: &str, typed: Typed) -> Result<Vec<Line>, FieldErrors> {
    let mut errors = FieldErrors::default();
    let mut rows = Vec::new();
    for (line, at) in text.lines().zip(1..) {
        let cells: Vec<&str> = line
            .splitn(4, ['\t', ',', ';', '，', '；'])
            .map(str::trim)
            .collect();
        let [whom, part, whole, rest @ ..] = &cells[..] else {
            if !line.trim().is_empty() {
                errors.add("lines", Message::new("value-line-short").with("line", at));
            }
            continue;
        };
        let note = rest.first().copied().unwrap_or_default();
        match typed.figure(part, whole) {
            Some(figure) if !note.is_empty() => {
                rows.push((whom.to_string(), figure, note.to_string()));
            }
            Some(_) => errors.add("lines", Message::new("value-line-note").with("line", at)),
            None if at == 1 && part.parse::<f64>().is_err() => {}
            None => errors.add("lines", Message::new("value-line-wrong").with("line", at)),
        }
    }
    if rows.is_empty() && errors.is_empty() {
        errors.add("lines", Message::new("field-missing"));
    }
    if errors.is_empty() {
        Ok(rows)
    } else {
        Err(errors)
    }
}

/// Stores pasted rows, all or none.
fn store_all(
    conn: &mut Conn,
    reach: &Reach,
    at: (&str, Quarter),
    rows: &[Line],
    actor: &Actor,
) -> Result<()> {
    for (whom, figure, note) in rows {
        let of = subject(conn, reach, whom)?.ok_or_else(|| unknown(whom))?;
        values::set(conn, at, (of, whom), (figure, note), None, actor)?;
    }
    Ok(())
}

async fn store_rows(who: Can<may::EnterValues>, code: Path<String>, form: Form<Many>) -> Answer {
    let code = code.into_inner();
    let quarter: Quarter = form.sent.quarter.parse().map_err(|_| Problem::Unreadable)?;
    let known = read(&who, &code, quarter, &From::First).await?;
    let mut check = form.check();
    check.required("lines", &form.sent.lines, 10_000);
    let rows = lines(&form.sent.lines, Typed::of(known.kpi.unit));
    let errors = match (check.done(), rows) {
        (Err(errors), _) | (Ok(()), Err(errors)) => errors,
        (Ok(()), Ok(rows)) => {
            let (reach, kpi) = (who.reach.clone(), code.clone());
            let answer = who
                .once(&form.once, move |conn, actor| {
                    store_all(conn, &reach, (&kpi, quarter), &rows, actor)?;
                    Ok(format!("{}&said=saved", view::values_href(&kpi, quarter)))
                })
                .await;
            match answer {
                Err(Problem::Failed(Error::NotFound(m))) => FieldErrors::one("lines", m),
                other => return other,
            }
        }
    };
    let known = read(&who, &code, quarter, &From::First).await?;
    let status = StatusCode::UNPROCESSABLE_ENTITY;
    page(&who, known, quarter, (&From::First, ""), status, |view| {
        view.many = view.many.clone().again(who.locale, &form, &errors);
    })
}
