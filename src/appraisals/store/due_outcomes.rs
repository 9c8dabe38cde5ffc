//! What the outcome of a cycle asks of somebody: sessions to attend, results to release and talk about, one's own to
//! read, appeals to hear.

use chrono::{NaiveDate, NaiveDateTime};
use diesel::prelude::*;

use crate::appraisals::model::cycle::State;
use crate::appraisals::model::outcome::{RELEASE_DAYS, last_day};
use crate::db::Conn;
use crate::db::schema::{
    appeal, calibration, calibration_member, cycle, cycle_stage, evaluation, feedback, staff,
};
use crate::due::Due;
use crate::error::{Message, Result};
use crate::render::escape;
use crate::settings::Settings;

/// People of one kind who are listed by name; whoever has more finds them on the cycle's pages.
const MOST: i64 = 200;

/// What waits for somebody, in four small queries.
pub fn due_outcomes(conn: &mut Conn, staff_id: i64, _today: NaiveDate) -> Result<Vec<Due>> {
    let mut all = sessions(conn, staff_id)?;
    all.extend(results(conn, staff_id)?);
    all.extend(appeals(conn, staff_id)?);
    Ok(all)
}

fn sessions(conn: &mut Conn, staff_id: i64) -> Result<Vec<Due>> {
    let rows: Vec<(i64, String, Option<NaiveDate>, String)> = calibration_member::table
        .inner_join(calibration::table.on(calibration::id.eq(calibration_member::calibration_id)))
        .inner_join(cycle::table.on(cycle::id.eq(calibration::cycle_id)))
        .filter(calibration_member::staff_id.eq(staff_id))
        .filter(calibration::closed_at.is_null())
        .filter(cycle::state.eq(State::Calibration.code()))
        .order(calibration::id)
        .select((
            calibration::id,
            calibration::name,
            calibration::held_on,
            cycle::code,
        ))
        .load(conn)?;
    Ok(rows
        .into_iter()
        .map(|(id, name, held_on, code)| Due {
            what: Message::new("due-calibration")
                .with("code", &code)
                .with("name", name),
            whom: None,
            by: held_on,
            link: format!("/cycles/{}/calibration/{id}", escape(&code)),
        })
        .collect())
}

fn results(conn: &mut Conn, staff_id: i64) -> Result<Vec<Due>> {
    type Row = (
        String,
        NaiveDateTime,
        (i64, String, String, String),
        Option<NaiveDateTime>,
        Option<NaiveDate>,
    );
    let zone = Settings::load(conn)?.zone;
    let rows: Vec<Row> = evaluation::table
        .inner_join(staff::table.on(staff::id.eq(evaluation::staff_id)))
        .inner_join(cycle::table.on(cycle::id.eq(evaluation::cycle_id)))
        .inner_join(
            cycle_stage::table.on(cycle_stage::cycle_id
                .eq(cycle::id)
                .and(cycle_stage::state.eq(cycle::state))),
        )
        .left_join(feedback::table.on(feedback::evaluation_id.eq(evaluation::id)))
        .filter(cycle::state.eq(State::Feedback.code()))
        // Where figures alone count nothing is talked about or acknowledged; the rules are canonical JSON.
        .filter(cycle::rules_json.like("%\"reviews\":true,%"))
        .filter(
            evaluation::staff_id
                .nullable()
                .eq(staff_id)
                .or(evaluation::manager_id.eq(staff_id)),
        )
        .filter(feedback::acknowledged_at.nullable().is_null())
        .order((evaluation::cycle_id, staff::employee_no))
        .limit(MOST)
        .select((
            cycle::code,
            cycle_stage::entered_at,
            (staff::id, staff::employee_no, staff::name, staff::name_en),
            evaluation::released_at,
            feedback::talk_on.nullable(),
        ))
        .load(conn)?;
    Ok(rows
        .into_iter()
        .filter_map(|(code, entered, (id, no, zh, en), released, talk_on)| {
            let page = format!("/cycles/{}/people/{}", escape(&code), escape(&no));
            let own = id == staff_id;
            let by = last_day(zone.local_date(entered), RELEASE_DAYS);
            let what = match (own, released, talk_on) {
                (true, Some(_), _) => Message::new("due-acknowledge").with("code", &code),
                (false, None, _) => Message::new("due-release").with("code", &code),
                (false, Some(_), None) => Message::new("due-talk").with("code", &code),
                _ => return None,
            };
            Some(Due {
                what,
                whom: (!own).then_some((zh, en)),
                by: Some(by),
                link: format!("{page}/feedback"),
            })
        })
        .collect())
}

fn appeals(conn: &mut Conn, staff_id: i64) -> Result<Vec<Due>> {
    let rows: Vec<(String, String, String, String, NaiveDate)> = appeal::table
        .inner_join(evaluation::table.on(evaluation::id.eq(appeal::evaluation_id)))
        .inner_join(staff::table.on(staff::id.eq(evaluation::staff_id)))
        .inner_join(cycle::table.on(cycle::id.eq(evaluation::cycle_id)))
        .filter(appeal::reviewer_id.eq(staff_id))
        .filter(appeal::decided_at.is_null())
        .order((appeal::due_on, appeal::id))
        .limit(MOST)
        .select((
            cycle::code,
            staff::employee_no,
            staff::name,
            staff::name_en,
            appeal::due_on,
        ))
        .load(conn)?;
    Ok(rows
        .into_iter()
        .map(|(code, no, zh, en, due_on)| Due {
            what: Message::new("due-appeal").with("code", &code),
            whom: Some((zh, en)),
            by: Some(due_on),
            link: format!("/cycles/{}/people/{}/appeal", escape(&code), escape(&no)),
        })
        .collect())
}
