//! The KPI library in the database.

use std::collections::BTreeMap;

use diesel::prelude::*;

use crate::db::Conn;
use crate::db::schema::kpi;
use crate::error::Result;
use crate::goals::model::Kpi;

/// The newest version of every KPI in use, by code, and its number in the database.
pub fn library(conn: &mut Conn) -> Result<BTreeMap<String, (i64, Kpi)>> {
    let rows: Vec<(i64, String)> = kpi::table
        .filter(kpi::retired_at.is_null())
        .order((kpi::code, kpi::version_no))
        .select((kpi::id, kpi::body_json))
        .load(conn)?;
    let mut library = BTreeMap::new();
    for (id, body) in rows {
        let kpi: Kpi = serde_json::from_str(&body)?;
        // In order of version: the newest stays.
        library.insert(kpi.code.clone(), (id, kpi));
    }
    Ok(library)
}
