//! The pages of the KPI library: the list, a KPI with its versions, its form.

use serde::Serialize;

use crate::access::Permission;
use crate::evidence::measures::{Direction, Measure, Unit};
use crate::goals::model::{Dimension, Kpi};
use crate::goals::store::Stored;
use crate::goals::view::aims;
use crate::i18n::{Locale, plain};
use crate::web::Who;
use crate::web::form::{Field, FormView};
use crate::web::list::{ListView, Slice};
use crate::web::site::escape;

/// Families with their codes and the keys of their names.
const FAMILIES: [(Dimension, &str, &str); 5] = [
    (Dimension::Quality, "quality", "family-quality"),
    (Dimension::Efficiency, "efficiency", "family-efficiency"),
    (
        Dimension::Satisfaction,
        "satisfaction",
        "family-satisfaction",
    ),
    (Dimension::Growth, "growth", "family-growth"),
    (Dimension::Load, "load", "family-load"),
];

/// Units with their codes and the keys of their names.
const UNITS: [(Unit, &str, &str); 7] = [
    (Unit::Percent, "percent", "unit-percent-name"),
    (Unit::Points, "points", "unit-points-name"),
    (Unit::PerThousand, "per_thousand", "unit-per-thousand-name"),
    (Unit::Seconds, "seconds", "unit-seconds-name"),
    (Unit::Minutes, "minutes", "unit-minutes-name"),
    (Unit::Hours, "hours", "unit-hours-name"),
    (Unit::Count, "count", "unit-count-name"),
];

/// Directions with their codes.
const DIRECTIONS: [(Direction, &str); 3] = [
    (Direction::Higher, "higher"),
    (Direction::Lower, "lower"),
    (Direction::Band, "band"),
];

/// The family of a code.
#[must_use]
pub fn family(code: &str) -> Option<Dimension> {
    FAMILIES.iter().find(|f| f.1 == code).map(|f| f.0)
}

/// The unit of a code.
#[must_use]
pub fn unit(code: &str) -> Option<Unit> {
    UNITS.iter().find(|u| u.1 == code).map(|u| u.0)
}

/// The direction of a code.
#[must_use]
pub fn direction(code: &str) -> Option<Direction> {
    DIRECTIONS.iter().find(|d| d.1 == code).map(|d| d.0)
}

fn family_code(dimension: Dimension) -> &'static str {
    FAMILIES
        .iter()
        .find(|f| f.0 == dimension)
        .map_or("", |f| f.1)
}

fn family_name(locale: Locale, dimension: Dimension) -> &'static str {
    let found = FAMILIES.iter().find(|f| f.0 == dimension);
    found.map_or("", |f| plain(locale, f.2))
}

fn unit_code(unit: Unit) -> &'static str {
    UNITS.iter().find(|u| u.0 == unit).map_or("", |u| u.1)
}

fn unit_name(locale: Locale, unit: Unit) -> &'static str {
    let found = UNITS.iter().find(|u| u.0 == unit);
    found.map_or("", |u| plain(locale, u.2))
}

/// Where a KPI's figure comes from.
fn source(locale: Locale, kpi: &Kpi) -> &'static str {
    match kpi.measure {
        Some(measure) => plain(locale, &format!("measure-{}", measure.code())),
        None => plain(locale, "kpi-typed-in"),
    }
}

/// What narrows the list.
pub struct Filter {
    /// Part of code or name.
    pub q: String,
    pub family: Option<Dimension>,
}

impl Filter {
    /// Whether a KPI is listed.
    #[must_use]
    pub fn fits(&self, kpi: &Kpi) -> bool {
        let q = self.q.to_lowercase();
        let found = [&kpi.code, &kpi.name_zh, &kpi.name_en]
            .iter()
            .any(|text| text.to_lowercase().contains(&q));
        found && self.family.is_none_or(|family| kpi.dimension == family)
    }
}

/// The list of KPIs.
#[derive(Serialize)]
pub struct List {
    list: ListView,
    rows: Vec<Row>,
    may_edit: bool,
}

#[derive(Serialize)]
struct Row {
    href: String,
    code: String,
    name: String,
    family: &'static str,
    unit: &'static str,
    direction: &'static str,
    source: &'static str,
    typed_in: bool,
    min_n: i64,
    retired: bool,
}

/// A page of the list.
#[must_use]
pub fn list(
    who: &Who,
    filter: &Filter,
    slice: Slice<Stored>,
    counted: i64,
    may_edit: bool,
) -> List {
    let locale = who.locale;
    let family = filter.family.map_or("", family_code);
    let query = [("q", filter.q.as_str()), ("family", family)];
    let every = (String::new(), plain(locale, "kpi-every-family").to_string());
    let families =
        FAMILIES.map(|(_, code, key)| (code.to_string(), plain(locale, key).to_string()));
    let choice = Field::new("select", "family", plain(locale, "kpi-family"), family)
        .options([every].into_iter().chain(families));
    let list = ListView::new(who, "/kpis", &query, &slice, counted, |row| {
        (row.kpi.code.clone(), row.id)
    })
    .search(plain(locale, "kpi-search"), &filter.q)
    .filters(vec![choice])
    .export(&query);
    List {
        list,
        rows: slice
            .rows
            .iter()
            .map(|stored| row(locale, stored))
            .collect(),
        may_edit,
    }
}

fn row(locale: Locale, stored: &Stored) -> Row {
    let kpi = &stored.kpi;
    Row {
        href: format!("/kpis/{}", escape(&kpi.code)),
        code: kpi.code.clone(),
        name: locale.pick(&kpi.name_zh, &kpi.name_en).to_string(),
        family: family_name(locale, kpi.dimension),
        unit: unit_name(locale, kpi.unit),
        direction: aims::direction(locale, kpi.direction),
        source: source(locale, kpi),
        typed_in: kpi.measure.is_none(),
        min_n: kpi.min_n,
        retired: stored.retired_at.is_some(),
    }
}

/// The rows of the export.
#[must_use]
pub fn export(locale: Locale, rows: &[Stored]) -> Vec<Vec<String>> {
    let head = [
        "kpi-code",
        "kpi-name-zh",
        "kpi-name-en",
        "kpi-family",
        "kpi-unit",
        "kpi-direction",
        "kpi-source",
        "kpi-min-n",
        "kpi-version",
    ];
    let head = head.map(|key| plain(locale, key).to_string()).to_vec();
    let cells = rows.iter().map(|stored| {
        let kpi = &stored.kpi;
        vec![
            kpi.code.clone(),
            kpi.name_zh.clone(),
            kpi.name_en.clone(),
            family_name(locale, kpi.dimension).to_string(),
            unit_name(locale, kpi.unit).to_string(),
            aims::direction(locale, kpi.direction).to_string(),
            source(locale, kpi).to_string(),
            kpi.min_n.to_string(),
            kpi.version_no.to_string(),
        ]
    });
    std::iter::once(head).chain(cells).collect()
}

/// A KPI with its versions.
#[derive(Serialize)]
pub struct Show {
    now: Row,
    formula: String,
    /// The newest first.
    versions: Vec<Version>,
    templates: Vec<(String, String)>,
    may_edit: bool,
    /// Where its figures are typed in, for those who may.
    values: Option<String>,
    csrf: String,
    once: String,
}

#[derive(Serialize)]
struct Version {
    no: i32,
    name: String,
    formula: String,
    unit: &'static str,
    direction: &'static str,
    source: &'static str,
    min_n: i64,
}

impl Show {
    /// The name of the KPI.
    #[must_use]
    pub fn title(&self) -> &str {
        &self.now.name
    }
}

/// A KPI; `versions` are all of its versions, the newest first.
#[must_use]
pub fn show(who: &Who, versions: &[Stored], templates: &[String], may_edit: bool) -> Show {
    let locale = who.locale;
    let newest = &versions[0];
    Show {
        now: row(locale, newest),
        formula: formula(locale, &newest.kpi),
        versions: versions
            .iter()
            .map(|stored| {
                let row = row(locale, stored);
                Version {
                    no: stored.kpi.version_no,
                    name: row.name,
                    formula: formula(locale, &stored.kpi),
                    unit: row.unit,
                    direction: row.direction,
                    source: row.source,
                    min_n: row.min_n,
                }
            })
            .collect(),
        templates: templates
            .iter()
            .map(|code| (code.clone(), format!("/templates/{}", escape(code))))
            .collect(),
        values: (newest.kpi.measure.is_none() && who.may(Permission::EnterValues))
            .then(|| format!("/kpis/{}/values", escape(&newest.kpi.code))),
        may_edit,
        csrf: who.form_token(),
        once: crate::accounts::store::random_token(),
    }
}

fn formula(locale: Locale, kpi: &Kpi) -> String {
    locale.pick(&kpi.formula_zh, &kpi.formula_en).to_string()
}

/// The form of a KPI as it is stored, or of a new one.
#[must_use]
pub fn form(who: &Who, stored: Option<&Kpi>) -> FormView {
    let locale = who.locale;
    let word = |key| plain(locale, key);
    let text = |name: &'static str, key, of: fn(&Kpi) -> &String| {
        let value = stored.map_or("", |kpi| of(kpi).as_str());
        let kind = if name.starts_with("formula") {
            "textarea"
        } else {
            "text"
        };
        Field::new(kind, name, word(key), value)
    };
    let mut fields = Vec::new();
    if stored.is_none() {
        fields.push(Field::new("text", "code", word("kpi-code"), "").hint(word("kpi-code-hint")));
    }
    fields.push(text("name_zh", "kpi-name-zh", |kpi| &kpi.name_zh));
    fields.push(text("name_en", "kpi-name-en", |kpi| &kpi.name_en));
    let family = stored.map_or("quality", |kpi| family_code(kpi.dimension));
    fields.push(
        Field::new("select", "family", word("kpi-family"), family)
            .options(FAMILIES.map(|(_, code, key)| (code.to_string(), word(key).to_string()))),
    );
    let measure = stored.and_then(|kpi| kpi.measure).map_or("", Measure::code);
    let typed_in = (String::new(), word("kpi-typed-in").to_string());
    let measures = Measure::ALL.into_iter().map(|measure| {
        let name = plain(locale, &format!("measure-{}", measure.code()));
        (measure.code().to_string(), name.to_string())
    });
    fields.push(
        Field::new("select", "measure", word("kpi-source"), measure)
            .hint(word("kpi-source-hint"))
            .options([typed_in].into_iter().chain(measures)),
    );
    let unit = stored.map_or("percent", |kpi| unit_code(kpi.unit));
    fields.push(
        Field::new("select", "unit", word("kpi-unit"), unit)
            .options(UNITS.map(|(_, code, key)| (code.to_string(), word(key).to_string()))),
    );
    let direction = stored.map_or("higher", |kpi| {
        let found = DIRECTIONS.iter().find(|d| d.0 == kpi.direction);
        found.map_or("", |d| d.1)
    });
    fields.push(
        Field::new("select", "direction", word("kpi-direction"), direction).options(
            DIRECTIONS.map(|(direction, code)| {
                (
                    code.to_string(),
                    aims::direction(locale, direction).to_string(),
                )
            }),
        ),
    );
    let least = stored.map_or(5, |kpi| kpi.min_n).to_string();
    fields.push(
        Field::new("number", "min_n", word("kpi-min-n"), &least).hint(word("kpi-min-n-hint")),
    );
    fields.push(text("formula_zh", "kpi-formula-zh", |kpi| &kpi.formula_zh));
    fields.push(text("formula_en", "kpi-formula-en", |kpi| &kpi.formula_en));
    match stored {
        Some(kpi) => {
            let action = format!("/kpis/{}/edit", escape(&kpi.code));
            FormView::new(who, action, "save", fields).version(kpi.version_no)
        }
        None => FormView::new(who, "/kpis/new", "save", fields),
    }
}
