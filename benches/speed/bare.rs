//! The least a signed-in list page can take: actix, diesel and tera reading a session, an account and fifty
//! people, and rendering a table of them. No permissions, no frame, no search, no count: what the
//! application's page is held against.

use actix_web::{App, HttpRequest, HttpResponse, HttpServer, web};
use diesel::prelude::*;
use diesel::r2d2::{ConnectionManager, Pool};
use diesel::sql_types::{BigInt, Nullable, Text};
use serde::Serialize;
use sha2::{Digest, Sha256};
use tera::Tera;

use crate::Outcome;

/// The table of the application's page, without everything around it.
const TEMPLATE: &str = r#"<!doctype html><html lang="en"><head><title>People</title><link rel="stylesheet" href="/style.css"></head><body><h1>People</h1>
<table class="table is-linked"><thead><tr><th scope="col">Name</th><th scope="col">Number</th><th scope="col">Team</th><th scope="col">Job role</th><th scope="col">Manager</th><th scope="col">Hired</th></tr></thead><tbody>
{%- for row in rows %}
<tr><th scope="row"><a href="/people/{{ row.employee_no }}">{{ row.name_en }}</a> <span class="note">{{ row.name }}</span></th><td>{{ row.employee_no }}</td><td>{% if row.team %}<a href="/teams/{{ row.team_code }}">{{ row.team }}</a>{% else %}–{% endif %}</td><td>{{ row.job_role or "–" }}</td><td>{% if row.manager %}<a href="/people/{{ row.manager_no }}">{{ row.manager }}</a>{% else %}–{% endif %}</td><td>{{ row.hired_on or "–" }}</td></tr>
{%- endfor %}
</tbody></table></body></html>"#;

#[derive(QueryableByName)]
struct Session {
    #[diesel(sql_type = BigInt)]
    account_id: i64,
}

#[derive(QueryableByName)]
struct Account {
    #[diesel(sql_type = Text)]
    login: String,
}

#[derive(QueryableByName, Serialize)]
struct Person {
    #[diesel(sql_type = Text)]
    employee_no: String,
    #[diesel(sql_type = Text)]
    name: String,
    #[diesel(sql_type = Text)]
    name_en: String,
    #[diesel(sql_type = Nullable<Text>)]
    hired_on: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    team_code: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    team: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    job_role: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    manager_no: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    manager: Option<String>,
}

const PEOPLE: &str = "select s.employee_no, s.name, s.name_en, cast(s.hired_on as text) as hired_on, \
    t.code as team_code, t.name_en as team, r.name_en as job_role, \
    m.employee_no as manager_no, m.name_en as manager \
    from staff s left join posting p on p.staff_id = s.id and p.valid_from <= '2026-11-22' and p.valid_to > '2026-11-22' \
    left join team t on t.id = p.team_id left join job_role r on r.id = p.job_role_id \
    left join staff m on m.id = p.manager_id \
    where s.left_on is null order by s.sort_key, s.id limit 50";

/// What every request is answered from.
struct State<C: diesel::r2d2::R2D2Connection + 'static> {
    pool: Pool<ConnectionManager<C>>,
    tera: Tera,
}

#[derive(Serialize)]
struct View {
    login: String,
    rows: Vec<Person>,
}

/// The hash by which a session is found.
pub fn hash(secret: &str) -> String {
    Sha256::digest(secret.as_bytes())
        .iter()
        .map(|b| format!("{b:02x}"))
        .collect()
}

macro_rules! server {
    ($name:ident, $connection:ty) => {
        async fn $name(url: &str, listen: &str) -> Outcome<()> {
            async fn answer(
                request: HttpRequest,
                state: web::Data<State<$connection>>,
            ) -> actix_web::Result<HttpResponse> {
                let secret = request
                    .cookie("bare")
                    .map(|c| c.value().to_string())
                    .unwrap_or_default();
                let shared = state.clone();
                let view = web::block(move || -> espalier::error::Result<View> {
                    let mut conn = shared.pool.get()?;
                    let session: Session =
                        diesel::sql_query("select account_id from session where token_hash = $1")
                            .bind::<Text, _>(hash(&secret))
                            .get_result(&mut conn)?;
                    let account: Account =
                        diesel::sql_query("select login from account where id = $1")
                            .bind::<BigInt, _>(session.account_id)
                            .get_result(&mut conn)?;
                    Ok(View {
                        login: account.login,
                        rows: diesel::sql_query(PEOPLE).load(&mut conn)?,
                    })
                })
                .await?
                .map_err(|e| actix_web::error::ErrorInternalServerError(e.to_string()))?;
                assert!(!view.login.is_empty());
                let html = tera::Context::from_serialize(&view)
                    .and_then(|context| state.tera.render("people.html", &context))
                    .map_err(actix_web::error::ErrorInternalServerError)?;
                Ok(HttpResponse::Ok()
                    .content_type("text/html; charset=utf-8")
                    .body(html))
            }
            let pool = Pool::builder()
                .max_size(8)
                .test_on_check_out(false)
                .build(ConnectionManager::<$connection>::new(url))?;
            let mut tera = Tera::default();
            tera.add_raw_template("people.html", TEMPLATE)?;
            let state = web::Data::new(State { pool, tera });
            HttpServer::new(move || {
                App::new()
                    .app_data(state.clone())
                    .route("/people", web::get().to(answer))
            })
            .bind(listen)?
            .run()
            .await?;
            Ok(())
        }
    };
}
server!(on_sqlite, SqliteConnection);
server!(on_postgres, PgConnection);

/// Serves until killed.
pub fn serve(url: &str, listen: &str) -> Outcome<()> {
    actix_web::rt::System::new().block_on(async {
        match url.strip_prefix("sqlite://") {
            Some(path) => on_sqlite(path, listen).await,
            None => on_postgres(url, listen).await,
        }
    })
}
