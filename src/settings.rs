//! What the organisation decided once: its name, its time zone, where its fiscal year starts. Kept in
//! the database, because days and quarters of stored rows depend on them.

use std::collections::HashMap;

use diesel::prelude::*;

use crate::calendar::{FiscalStart, Zone};
use crate::db::Conn;
use crate::db::schema::setting;
use crate::error::{Error, Message, Result};

/// How many days after the end of their last application candidates are erased.
pub const RETENTION: &str = "recruitment_retention_days";

/// Names and first values.
pub const DEFAULTS: &[(&str, &str)] = &[
    ("organisation_en", "Our organisation"),
    ("organisation_zh", "本组织"),
    ("time_zone", "Asia/Shanghai"),
    ("fiscal_start_month", "1"),
    (RETENTION, "180"),
];

/// The settings, read and checked.
#[derive(Clone, Debug)]
pub struct Settings {
    pub organisation_en: String,
    pub organisation_zh: String,
    pub zone: Zone,
    pub fiscal_start: FiscalStart,
}

impl Settings {
    /// Reads the settings of this database.
    pub fn load(conn: &mut Conn) -> Result<Self> {
        let mut values: HashMap<String, String> = setting::table
            .select((setting::name, setting::value))
            .load::<(String, String)>(conn)?
            .into_iter()
            .collect();
        let mut take = |name: &'static str| {
            values
                .remove(name)
                .ok_or_else(|| Error::Conflict(Message::new("database-not-migrated")))
        };
        let zone = take("time_zone")?;
        let month = take("fiscal_start_month")?;
        let bad = |name: &'static str, value: &str| {
            Error::invalid(
                Message::new("setting-bad")
                    .with("name", name)
                    .with("value", value),
            )
        };
        Ok(Settings {
            organisation_en: take("organisation_en")?,
            organisation_zh: take("organisation_zh")?,
            zone: zone.parse().map_err(|_| bad("time_zone", &zone))?,
            fiscal_start: month
                .parse()
                .ok()
                .and_then(|month| FiscalStart::new(month, 1).ok())
                .ok_or_else(|| bad("fiscal_start_month", &month))?,
        })
    }

    /// A setting's value as stored.
    pub fn get(conn: &mut Conn, name: &str) -> Result<Option<String>> {
        Ok(setting::table
            .find(name)
            .select(setting::value)
            .first(conn)
            .optional()?)
    }

    /// Gives a setting a value.
    pub fn set(conn: &mut Conn, name: &str, value: &str) -> Result<()> {
        let changed = diesel::update(setting::table.find(name))
            .set((
                setting::value.eq(value),
                setting::row_version.eq(setting::row_version + 1),
            ))
            .execute(conn)?;
        if changed == 0 {
            diesel::insert_into(setting::table)
                .values((setting::name.eq(name), setting::value.eq(value)))
                .execute(conn)?;
        }
        Ok(())
    }
}
