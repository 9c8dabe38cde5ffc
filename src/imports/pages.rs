//! Pages of files on their way in.

use std::collections::BTreeMap;

use actix_web::HttpRequest;
use actix_web::http::StatusCode;
use actix_web::web::{self, Path, Payload, Query, ServiceConfig};
use serde::Deserialize;
use serde_json::json;

use crate::access::may;
use crate::audit;
use crate::db::Conn;
use crate::error::{Error, Message, Result};
use crate::files::{self, NewFile};
use crate::i18n::plain;
use crate::import::{ImportError, Mapping};
use crate::imports::store::{self, Choices, KEPT, Pending, State};
use crate::imports::{columns, jobs, kind, view};
use crate::jobs as queue;
use crate::web::actor::see_other;
use crate::web::form::{FieldErrors, FormView};
use crate::web::list::{self, COUNTED, From, ON_A_PAGE, Slice};
use crate::web::{Answer, Can, Form, Head, Problem, upload};

/// The routes of this feature.
pub fn routes(config: &mut ServiceConfig) {
    config
        .route("/imports", web::get().to(overview))
        .route("/imports.csv", web::get().to(export))
        .route("/imports/new", web::get().to(new))
        .route("/imports/new", web::post().to(receive))
        .route("/imports/{id}", web::get().to(show))
        .route("/imports/{id}/columns", web::get().to(columns_form))
        .route("/imports/{id}/columns", web::post().to(check))
        .route("/imports/{id}/mapping", web::post().to(take_mapping))
        .route("/imports/{id}/load", web::post().to(load))
        .route("/imports/{id}/discard", web::post().to(discard))
        .route("/imports/{id}/bad-rows.csv", web::get().to(bad_rows));
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct ListQuery {
    kind: String,
    after: Option<String>,
    before: Option<String>,
    said: Option<String>,
}

/// Files of one's own that are not loaded yet, at most.
const MINE: i64 = 50;

async fn overview(who: Can<may::Import>, query: Query<ListQuery>) -> Answer {
    let from = From::of(query.after.as_deref(), query.before.as_deref());
    let (account, wanted, start) = (who.account.account_id, query.kind.clone(), from.clone());
    let (mine, found, counted, by) = who
        .read(move |conn| {
            let mine = store::mine(conn, account, MINE)?;
            let found = store::loadings(conn, &wanted, &start, ON_A_PAGE + 1)?;
            let count = || store::count(conn, &wanted, COUNTED);
            let counted = list::counted(&found, &start, count)?;
            let by = store::loaders(conn, &found)?;
            Ok((mine, found, counted, by))
        })
        .await?;
    let slice = Slice::new(found, &from);
    let view = view::overview(&who, &mine, &query.kind, &slice, counted, &by);
    who.page("imports/list.html", Head::of(&who, "imports-title"), &view)
}

/// The rows of the list as a file.
async fn export(who: Can<may::Import>, query: Query<ListQuery>) -> Answer {
    let (wanted, actor) = (query.kind.clone(), who.actor());
    let (rows, by) = who
        .site
        .write(move |conn| {
            let rows = store::loadings(conn, &wanted, &From::First, i64::MAX)?;
            let by = store::loaders(conn, &rows)?;
            audit::append(
                conn,
                &actor,
                "export",
                "imports",
                &json!({ "rows": rows.len() }),
            )?;
            Ok((rows, by))
        })
        .await?;
    let csv = list::csv(view::export(&who, &rows, &by))?;
    Ok(who.download("imports.csv", "text/csv; charset=utf-8", csv))
}

fn head<'a>(who: &Can<may::Import>, title: &'a str) -> Head<'a> {
    Head::new(title).under(plain(who.locale, "imports-title"), "/imports")
}

fn form_page(who: &Can<may::Import>, status: StatusCode, form: FormView) -> Answer {
    let view = json!({ "lede": plain(who.locale, "imports-new-lede"), "form": form });
    let head = head(who, plain(who.locale, "imports-new"));
    who.page_with(status, "web/form.html", head, &view)
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct NewQuery {
    kind: String,
    said: Option<String>,
}

async fn new(who: Can<may::Import>, query: Query<NewQuery>) -> Answer {
    form_page(&who, StatusCode::OK, view::new(&who, &query.kind))
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct New {
    kind: String,
    encoding: String,
    sheet: String,
    /// Only where a form comes without its file.
    file: String,
}

/// Takes a file and guesses its columns.
async fn receive(who: Can<may::Import>, request: HttpRequest, payload: Payload) -> Answer {
    let upload::Upload { form, file } = upload::receive::<New>(&who, &request, payload).await?;
    let mut check = form.check();
    let wanted = check.choice("kind", &form.sent.kind, |name| kind(name).ok());
    check.choice("encoding", &form.sent.encoding, |name| {
        (name.is_empty() || view::ENCODINGS.contains(&name)).then_some(())
    });
    let sheet = check.optional("sheet", &form.sent.sheet, 100);
    if file.is_none() {
        check.wrong("file", Message::new("imports-no-file"));
    }
    let refuse = |errors: &FieldErrors| {
        let form = view::new(&who, &form.sent.kind).again(who.locale, &form, errors);
        form_page(&who, StatusCode::UNPROCESSABLE_ENTITY, form)
    };
    if let Err(errors) = check.done() {
        return refuse(&errors);
    }
    let (Some(wanted), Some(file)) = (wanted, file) else {
        return Err(Problem::Unreadable);
    };
    let hints = view::hints(&form.sent.encoding, sheet.as_deref().unwrap_or_default());
    let (path, zone) = (file.file.path().to_path_buf(), who.site.settings.zone.tz());
    let looked = web::block(move || {
        let (seen, rows) = columns::look(&path, &hints)?;
        let mapping = columns::first_mapping(wanted, &seen, &rows, zone, &hints);
        Ok::<_, ImportError>((seen, mapping))
    })
    .await?;
    let (seen, mapping) = match looked {
        Ok(found) => found,
        Err(e) => return refuse(&FieldErrors::one("file", message(&e))),
    };
    let account = who.account.account_id;
    who.once(&form.once, move |conn, actor| {
        let new = NewFile {
            kind: "import",
            name: &file.name,
            media_type: "application/octet-stream",
            account_id: Some(account),
            created_at: actor.at,
            expires_at: Some(actor.at + KEPT),
        };
        let file_id = files::keep(conn, &new, file.file.reopen()?)?;
        let choices = Choices {
            seen,
            ..Choices::default()
        };
        let id = store::start(
            conn,
            account,
            wanted.name,
            file_id,
            &mapping,
            &choices,
            actor.at,
        )?;
        let detail = json!({ "file": file.name });
        audit::append(conn, actor, "import-uploaded", wanted.name, &detail)?;
        Ok(format!("/imports/{id}/columns"))
    })
    .await
}

/// The sentence of what is wrong with a file or a mapping.
fn message(e: &ImportError) -> Message {
    Message {
        key: e.key(),
        args: e.args(),
    }
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct ShowQuery {
    from: usize,
    said: Option<String>,
}

async fn show(who: Can<may::Import>, id: Path<i64>, query: Query<ShowQuery>) -> Answer {
    let (account, id) = (who.account.account_id, id.into_inner());
    let (pending, job) = who
        .read(move |conn| {
            let pending = store::find(conn, account, id)?;
            let name = match pending.state {
                State::Loading => jobs::LOAD,
                _ => jobs::CHECK,
            };
            let job = queue::find(conn, name, &id.to_string())?;
            Ok((pending, job))
        })
        .await?;
    if pending.state == State::Columns {
        return Ok(see_other(&format!("/imports/{id}/columns")));
    }
    let view = view::show(&who, &pending, job.as_ref(), query.from);
    who.page("imports/show.html", head(&who, &pending.file_name), &view)
}

/// A file whose columns may be named anew: no job is at work on it, or the one that was has failed.
fn open(conn: &mut Conn, pending: Pending) -> Result<Pending> {
    let at_work = match pending.state {
        State::Checking => Some(jobs::CHECK),
        State::Loading | State::Loaded => Some(jobs::LOAD),
        _ => None,
    };
    if let Some(name) = at_work {
        let job = queue::find(conn, name, &pending.id.to_string())?;
        if pending.state == State::Loaded || job.is_some_and(|j| j.state != "failed") {
            return Err(Error::Conflict(Message::new("imports-moved")));
        }
    }
    Ok(pending)
}

async fn columns_form(who: Can<may::Import>, id: Path<i64>) -> Answer {
    let (account, id) = (who.account.account_id, id.into_inner());
    let (pending, saved) = who
        .read(move |conn| {
            let pending = store::find(conn, account, id)?;
            let saved = store::saved_mappings(conn, &pending.kind)?;
            Ok((pending, saved))
        })
        .await?;
    if pending.state.is_busy() || pending.state == State::Loaded {
        return Ok(see_other(&format!("/imports/{id}")));
    }
    let view = view::columns(&who, &pending, kind(&pending.kind)?, &saved);
    columns_page(&who, StatusCode::OK, &view)
}

fn columns_page(who: &Can<may::Import>, status: StatusCode, view: &view::ColumnsPage) -> Answer {
    let head = head(who, plain(who.locale, "imports-columns"));
    who.page_with(status, "imports/columns.html", head, view)
}

/// Keeps what was chosen and has the file checked.
async fn check(
    who: Can<may::Import>,
    id: Path<i64>,
    form: Form<BTreeMap<String, String>>,
) -> Answer {
    let (account, id) = (who.account.account_id, id.into_inner());
    let (pending, saved) = who
        .read(move |conn| {
            let pending = store::find(conn, account, id)?;
            let saved = store::saved_mappings(conn, &pending.kind)?;
            Ok((pending, saved))
        })
        .await?;
    let kind = kind(&pending.kind)?;
    let known = columns::fields(kind);
    if form.sent.keys().any(|name| !known.contains(name)) {
        return Err(Problem::Unreadable);
    }
    let mut checked = form.check();
    let header = &pending.choices.seen.header;
    let mapping = columns::read(kind, header, &pending.mapping, &form.sent, &mut checked);
    let sent = |name: &str| form.sent.get(name).map(String::as_str).unwrap_or_default();
    let save_as = checked.optional("save_as", sent("save_as"), 80);
    let body = toml::to_string(&mapping).map_err(|e| Problem::from(Error::Internal(e.into())))?;
    if let Err(e) = Mapping::parse(&body) {
        let field = match e {
            ImportError::BadFormat { .. } => "formats",
            ImportError::UnknownZone { .. } => "time_zone",
            _ => "",
        };
        checked.wrong(field, message(&e));
    }
    if let Err(errors) = checked.done() {
        let mut view = view::columns(&who, &pending, kind, &saved);
        view.columns = view.columns.again(who.locale, &form, &errors);
        return columns_page(&who, StatusCode::UNPROCESSABLE_ENTITY, &view);
    }
    let choices = Choices {
        create_missing: !sent("create_missing").is_empty(),
        skip_bad: false,
        seen: pending.choices.seen.clone(),
    };
    let (version, locale) = (form.row_version, who.locale);
    who.once(&form.once, move |conn, actor| {
        let pending = store::find_version(conn, account, id, version)?;
        let pending = open(conn, pending)?;
        store::map(conn, &pending, &mapping, &choices, State::Checking)?;
        if let Some(name) = save_as {
            store::save(conn, &pending.kind, &name, &body)?;
            let detail = json!({ "name": name });
            audit::append(conn, actor, "mapping-saved", &pending.kind, &detail)?;
        }
        let args = json!({ "id": id, "locale": locale.tag() });
        queue::enqueue(
            conn,
            jobs::CHECK,
            &id.to_string(),
            &args,
            Some(account),
            actor.at,
        )?;
        Ok(format!("/imports/{id}"))
    })
    .await
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Taken {
    /// The number of a kept mapping, or empty.
    saved: String,
    /// A mapping as its file says it.
    text: String,
}

/// Takes a mapping that was kept, or pasted, in the place of the guesses.
async fn take_mapping(who: Can<may::Import>, id: Path<i64>, form: Form<Taken>) -> Answer {
    let (account, id) = (who.account.account_id, id.into_inner());
    let (chosen, text) = (form.sent.saved.parse::<i64>().ok(), form.sent.text.clone());
    let (pending, saved, text) = who
        .read(move |conn| {
            let pending = store::find(conn, account, id)?;
            let saved = store::saved_mappings(conn, &pending.kind)?;
            let text = match chosen {
                Some(chosen) => store::saved(conn, &pending.kind, chosen)?,
                None => text,
            };
            Ok((pending, saved, text))
        })
        .await?;
    let mut checked = form.check();
    if text.trim().is_empty() {
        checked.wrong("text", Message::new("field-missing"));
    }
    let parsed = Mapping::parse(&text).and_then(|mapping| {
        mapping.expect_kind(&pending.kind)?;
        Ok(mapping)
    });
    let looked = match parsed {
        Err(e) => Err(e),
        Ok(mapping) => look_again(&who, &pending, mapping).await?,
    };
    if let Err(e) = &looked {
        checked.wrong("text", message(e));
    }
    let errors = checked.done().err().unwrap_or_default();
    let (Ok((mapping, seen)), true) = (looked, errors.is_empty()) else {
        let mut view = view::columns(&who, &pending, kind(&pending.kind)?, &saved);
        view.pasted = view.pasted.again(who.locale, &form, &errors);
        return columns_page(&who, StatusCode::UNPROCESSABLE_ENTITY, &view);
    };
    let version = form.row_version;
    who.once(&form.once, move |conn, _| {
        let pending = store::find_version(conn, account, id, version)?;
        let pending = open(conn, pending)?;
        let choices = Choices {
            seen,
            ..pending.choices.clone()
        };
        store::map(conn, &pending, &mapping, &choices, State::Columns)?;
        Ok(format!("/imports/{id}/columns?said=imports-mapping-taken"))
    })
    .await
}

type Looked = std::result::Result<(Mapping, columns::Seen), ImportError>;

/// Looks at the stored file once more, where a mapping says otherwise than before how it is to be read.
async fn look_again(
    who: &Can<may::Import>,
    pending: &Pending,
    mapping: Mapping,
) -> std::result::Result<Looked, Problem> {
    let (before, hints) = (pending.mapping.hints(), mapping.hints());
    if before == hints {
        return Ok(Ok((mapping, pending.choices.seen.clone())));
    }
    let file_id = pending.file_id;
    who.read(move |conn| {
        let mut file = tempfile::NamedTempFile::new()?;
        files::copy(conn, file_id, &mut file)?;
        let looked = hints.and_then(|hints| columns::look(file.path(), &hints));
        Ok(looked.map(|(seen, _)| (mapping, seen)))
    })
    .await
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Load {
    skip_bad: String,
}

async fn load(who: Can<may::Import>, id: Path<i64>, form: Form<Load>) -> Answer {
    let (account, id) = (who.account.account_id, id.into_inner());
    let (version, locale) = (form.row_version, who.locale);
    let skip_bad = form.sent.skip_bad == "yes";
    who.once(&form.once, move |conn, actor| {
        let pending = store::find_version(conn, account, id, version)?;
        if pending.state != State::Checked {
            return Err(Error::Conflict(Message::new("imports-moved")));
        }
        let choices = Choices {
            skip_bad,
            ..pending.choices.clone()
        };
        store::map(conn, &pending, &pending.mapping, &choices, State::Loading)?;
        let args = json!({ "id": id, "locale": locale.tag() });
        queue::enqueue(
            conn,
            jobs::LOAD,
            &id.to_string(),
            &args,
            Some(account),
            actor.at,
        )?;
        Ok(format!("/imports/{id}"))
    })
    .await
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Nothing {}

async fn discard(who: Can<may::Import>, id: Path<i64>, form: Form<Nothing>) -> Answer {
    let (account, id, version) = (who.account.account_id, id.into_inner(), form.row_version);
    who.once(&form.once, move |conn, actor| {
        let pending = store::find_version(conn, account, id, version)?;
        let pending = open(conn, pending)?;
        store::discard(conn, &pending)?;
        let detail = json!({ "file": pending.file_name });
        audit::append(conn, actor, "import-discarded", &pending.kind, &detail)?;
        Ok("/imports?said=imports-discarded".to_string())
    })
    .await
}

/// The bad rows, as the check or the load wrote them.
async fn bad_rows(who: Can<may::Import>, id: Path<i64>) -> Answer {
    let (account, id) = (who.account.account_id, id.into_inner());
    let file = who
        .read(move |conn| {
            let pending = store::find(conn, account, id)?;
            let file = pending
                .bad_rows_id
                .ok_or_else(|| Error::NotFound(Message::new("file-gone")))?;
            files::find(conn, file)
        })
        .await?;
    Ok(who.download_stored(&file))
}
