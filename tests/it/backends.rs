//! Both databases hold the same tables under the same rules, and what every write relies on holds on
//! both.

use std::collections::{BTreeMap, BTreeSet};
use std::panic::{AssertUnwindSafe, catch_unwind};

use diesel::connection::SimpleConnection;
use espalier::audit;
use espalier::db::{Address, Db, migrate};
use espalier::error::Result;
use espalier::evidence::model::COLUMNS;
use espalier::evidence::tallies::{COMPANY_DAY, STAFF_QUARTER, TEAM_DAY, TEAM_QUARTER};
use espalier::snapshots;
use serde_json::json;

use crate::both;
use crate::support::db::{Backend, TestDb, open};
use crate::support::make::{actor, company, records, reviews};

both! {
    the_program_knows_every_table_as_it_is,
    a_tally_table_has_its_key_and_the_columns_of_a_cell,
    migrations_go_up_and_down_and_up_again,
    migrating_again_changes_nothing,
    what_must_not_change_is_refused_by_the_database,
    an_import_leaves_every_index_in_its_place,
    a_panic_while_writing_leaves_nothing,
    a_failed_write_leaves_nothing,
    what_a_reader_writes_does_not_stay,
    a_database_made_by_a_newer_program_is_refused,
    a_database_without_tables_is_refused_by_those_who_need_them,
    text_is_ordered_by_its_bytes,
}

/// Name, kind (`text` for dates on SQLite) and whether null is allowed.
type Column = (String, String, bool);

/// A table as the catalogue of either database describes it, in words common to both.
#[derive(Debug, PartialEq, Eq)]
struct Table {
    /// In order.
    columns: Vec<Column>,
    primary_key: Vec<String>,
    /// Columns of each unique key but the primary one.
    unique: BTreeSet<Vec<String>>,
    /// Name and columns of each other index.
    indexes: BTreeSet<(String, Vec<String>)>,
    /// Column, table and column referred to.
    references: BTreeSet<String>,
}

fn catalogue(db: &TestDb) -> BTreeMap<String, Table> {
    let tables = db.tables();
    let describe = match db.backend {
        Backend::Sqlite => sqlite_table,
        Backend::Postgres => postgres_table,
    };
    tables
        .into_iter()
        .map(|name| (name.clone(), describe(db, &name)))
        .collect()
}

fn words(line: &str) -> Vec<String> {
    line.split(' ').map(str::to_string).collect()
}

fn sqlite_table(db: &TestDb, table: &str) -> Table {
    let columns = db.lines(&format!(
        "select name || ' ' || lower(type) || ' ' || (\"notnull\" = 0 and pk = 0) as line \
         from pragma_table_info('{table}') order by cid"
    ));
    let primary_key = db.lines(&format!(
        "select name as line from pragma_table_info('{table}') where pk > 0 order by pk"
    ));
    let mut unique = BTreeSet::new();
    let mut indexes = BTreeSet::new();
    let all = db.lines(&format!(
        "select name || ' ' || \"unique\" || ' ' || origin as line from pragma_index_list('{table}')"
    ));
    for index in all {
        let [name, is_unique, origin] = words(&index).try_into().unwrap();
        let columns = db.lines(&format!(
            "select name as line from pragma_index_info('{name}') order by seqno"
        ));
        match (is_unique.as_str(), origin.as_str()) {
            (_, "pk") => {}
            ("1", _) => {
                unique.insert(columns);
            }
            _ => {
                indexes.insert((name, columns));
            }
        }
    }
    let references = db.lines(&format!(
        "select \"from\" || ' ' || \"table\" || ' ' || \"to\" as line from pragma_foreign_key_list('{table}')"
    ));
    Table {
        columns: columns.iter().map(|line| column(line)).collect(),
        primary_key,
        unique,
        indexes,
        references: references.into_iter().collect(),
    }
}

fn postgres_table(db: &TestDb, table: &str) -> Table {
    let columns = db.lines(&format!(
        "select a.attname || ' ' || format_type(a.atttypid, null) || ' ' || \
         case when a.attnotnull then '0' else '1' end as line \
         from pg_attribute a where a.attrelid = '{table}'::regclass and a.attnum > 0 \
         and not a.attisdropped order by a.attnum"
    ));
    let mut primary_key = Vec::new();
    let mut unique = BTreeSet::new();
    let mut indexes = BTreeSet::new();
    let all = db.lines(&format!(
        "select c.relname || ' ' || i.indisunique || ' ' || i.indisprimary || ' ' || \
         (select string_agg(a.attname, ' ' order by k.place) \
          from unnest(i.indkey::int2[]) with ordinality as k (number, place) \
          join pg_attribute a on a.attrelid = i.indrelid and a.attnum = k.number) as line \
         from pg_index i join pg_class c on c.oid = i.indexrelid where i.indrelid = '{table}'::regclass"
    ));
    for index in all {
        let parts = words(&index);
        let columns = parts[3..].to_vec();
        match (parts[1].as_str(), parts[2].as_str()) {
            (_, "true") => primary_key = columns,
            ("true", _) => {
                unique.insert(columns);
            }
            _ => {
                indexes.insert((parts[0].clone(), columns));
            }
        }
    }
    let references = db.lines(&format!(
        "select a.attname || ' ' || t.relname || ' ' || b.attname as line \
         from pg_constraint c join pg_class t on t.oid = c.confrelid \
         join pg_attribute a on a.attrelid = c.conrelid and a.attnum = c.conkey[1] \
         join pg_attribute b on b.attrelid = c.confrelid and b.attnum = c.confkey[1] \
         where c.contype = 'f' and c.conrelid = '{table}'::regclass"
    ));
    Table {
        columns: columns.iter().map(|line| column(line)).collect(),
        primary_key,
        unique,
        indexes,
        references: references.into_iter().collect(),
    }
}

/// `name type nullable`, the type in several words on PostgreSQL.
fn column(line: &str) -> Column {
    let (name, rest) = line.split_once(' ').unwrap();
    let (kind, nullable) = rest.rsplit_once(' ').unwrap();
    (name.to_string(), kind.to_string(), nullable == "1")
}

/// What SQLite stores a type of PostgreSQL or of the program's own description as.
fn stored_as(kind: &str) -> &'static str {
    match kind {
        "bigint" | "integer" | "boolean" | "BigInt" | "Integer" | "Bool" => "integer",
        "text" | "date" | "timestamp without time zone" | "Text" | "Date" | "Timestamp" => "text",
        "blob" | "bytea" | "Binary" => "blob",
        other => panic!("a type nobody expected: {other}"),
    }
}

/// What the program's own description calls a type of PostgreSQL.
fn described_as(kind: &str) -> &'static str {
    match kind {
        "bigint" => "BigInt",
        "integer" => "Integer",
        "boolean" => "Bool",
        "text" => "Text",
        "date" => "Date",
        "timestamp without time zone" => "Timestamp",
        "bytea" => "Binary",
        other => panic!("a type nobody expected: {other}"),
    }
}

#[test]
fn both_databases_have_the_same_tables_columns_keys_and_indexes() {
    let Some(postgres) = TestDb::postgres() else {
        return;
    };
    let sqlite = catalogue(&TestDb::sqlite());
    let mut postgres = catalogue(&postgres);
    assert!(sqlite.len() > 20, "{:?}", sqlite.keys());
    for table in postgres.values_mut() {
        for (_, kind, _) in &mut table.columns {
            *kind = stored_as(kind).to_string();
        }
    }
    assert_eq!(
        sqlite.keys().collect::<Vec<_>>(),
        postgres.keys().collect::<Vec<_>>()
    );
    for (name, table) in &sqlite {
        assert_eq!(table, &postgres[name], "table {name}");
    }
}

/// Tables of src/db/schema.rs: columns in order with type and nullability, and the primary key.
fn described() -> BTreeMap<String, (Vec<Column>, Vec<String>)> {
    let text = include_str!("../../src/db/schema.rs");
    let mut tables = BTreeMap::new();
    for body in text.split("diesel::table! {").skip(1) {
        let (head, body) = body.split_once('{').unwrap();
        let (name, key) = head.trim().trim_end_matches(')').split_once(" (").unwrap();
        let columns = body
            .lines()
            .map_while(|line| match line.trim() {
                "}" => None,
                line => Some(line.strip_suffix(',').unwrap_or(line)),
            })
            .filter_map(|line| line.split_once(" -> "))
            .map(|(column, kind)| {
                let inner = kind
                    .strip_prefix("Nullable<")
                    .and_then(|k| k.strip_suffix('>'));
                (
                    column.to_string(),
                    inner.unwrap_or(kind).to_string(),
                    inner.is_some(),
                )
            })
            .collect();
        let key = key.split(", ").map(str::to_string).collect();
        tables.insert(name.to_string(), (columns, key));
    }
    tables
}

fn the_program_knows_every_table_as_it_is(db: &TestDb) {
    let mut found = catalogue(db);
    let described = described();
    found.retain(|name, _| !name.starts_with("tally_"));
    assert_eq!(
        found.keys().collect::<Vec<_>>(),
        described.keys().collect::<Vec<_>>()
    );
    for (name, table) in found {
        let (columns, key) = &described[&name];
        let spoken = |kind: &str| match db.backend {
            Backend::Sqlite => stored_as(kind),
            Backend::Postgres => described_as(kind),
        };
        let found: Vec<_> = table
            .columns
            .iter()
            .map(|(column, kind, null)| (column.as_str(), spoken(kind), *null))
            .collect();
        let wanted: Vec<_> = columns
            .iter()
            .map(|(column, kind, null)| match db.backend {
                Backend::Sqlite => (column.as_str(), stored_as(kind), *null),
                Backend::Postgres => (column.as_str(), kind.as_str(), *null),
            })
            .collect();
        assert_eq!(found, wanted, "table {name}");
        assert_eq!(&table.primary_key, key, "table {name}");
    }
}

fn a_tally_table_has_its_key_and_the_columns_of_a_cell(db: &TestDb) {
    let found = catalogue(db);
    for tally in [STAFF_QUARTER, TEAM_DAY, TEAM_QUARTER, COMPANY_DAY] {
        let table = &found[tally.table];
        let columns: Vec<&str> = table
            .columns
            .iter()
            .map(|(name, ..)| name.as_str())
            .collect();
        let wanted: Vec<&str> = tally.key.iter().copied().chain(COLUMNS).collect();
        assert_eq!(columns, wanted, "{}", tally.table);
        assert_eq!(table.primary_key, tally.key, "{}", tally.table);
        assert!(
            table.columns.iter().all(|(_, _, null)| !null),
            "{}",
            tally.table
        );
    }
}

fn migrations_go_up_and_down_and_up_again(db: &TestDb) {
    let before = catalogue(db);
    let seeds = db.state();
    migrate::revert_all(&db.db).unwrap();
    assert_eq!(db.tables(), Vec::<String>::new());
    migrate::run(&db.db).unwrap();
    assert_eq!(catalogue(db), before);
    // Job roles and KPIs have text that depends on nothing but the program.
    assert_eq!(db.state(), seeds);
}

fn migrating_again_changes_nothing(db: &TestDb) {
    db.run("update setting set value = 'Asia/Tokyo' where name = 'time_zone'");
    let before = db.state();
    migrate::run(&db.db).unwrap();
    assert_eq!(db.state(), before);
    migrate::require_current(&db.db).unwrap();
}

fn what_must_not_change_is_refused_by_the_database(db: &TestDb) {
    company(db);
    records("id,opened_at,employee\nr1,2026-07-01 09:00,E1\n").load(db);
    records("id,opened_at,employee\nr1,2026-07-01 09:00,E2\n").load(db);
    let body = snapshots::Body {
        subject: "2026Q3/E1".to_string(),
        json: "{}".to_string(),
    };
    db.db
        .write(|conn| snapshots::freeze(conn, "result", 1, &[body], "first", &actor()))
        .unwrap();
    for (table, column) in [
        ("audit_event", "detail_json"),
        ("snapshot", "body_json"),
        ("record_change", "before_json"),
    ] {
        let rows = db.rows(table);
        assert!(!rows.is_empty(), "{table}");
        for statement in [
            format!("update {table} set {column} = 'x'"),
            format!("delete from {table}"),
        ] {
            let refusal = db.try_run(&statement).unwrap_err().to_string();
            assert!(refusal.contains("append-only"), "{statement}: {refusal}");
        }
        assert_eq!(db.rows(table), rows, "{table}");
    }
}

/// The indexes of an empty table are taken off for the load.
fn an_import_leaves_every_index_in_its_place(db: &TestDb) {
    company(db);
    let before = catalogue(db);
    let good = "id,opened_at,employee\nr1,2026-07-01 09:00,E1\n";
    records("id,opened_at,employee\nr1,soon,E1\n").refused(db);
    assert_eq!(catalogue(db), before);
    records(good).dry_run().import(db).unwrap();
    assert_eq!(catalogue(db), before);
    records(good).load(db);
    assert_eq!(catalogue(db), before);
}

fn a_panic_while_writing_leaves_nothing(db: &TestDb) {
    let before = db.state();
    let panicked = catch_unwind(AssertUnwindSafe(|| {
        db.db.write(|conn| -> Result<()> {
            conn.batch_execute("insert into source (code) values ('half')")?;
            panic!("as planned")
        })
    }));
    assert!(panicked.is_err());
    assert_eq!(db.state(), before);
    // More writes than connections: none was lost or left in a transaction.
    for code in ["a", "b", "c", "d"] {
        db.run(&format!("insert into source (code) values ('{code}')"));
    }
    assert_eq!(db.count("source"), 4);
}

fn a_failed_write_leaves_nothing(db: &TestDb) {
    let before = db.state();
    let failed = db.try_run(
        "insert into source (code) values ('one'); insert into source (code) values ('one')",
    );
    assert!(failed.is_err());
    assert_eq!(db.state(), before);
    db.run("insert into source (code) values ('one')");
}

fn what_a_reader_writes_does_not_stay(db: &TestDb) {
    let before = db.state();
    // PostgreSQL refuses it, SQLite takes it back: either way nothing stays.
    let written = db
        .db
        .read(|conn| Ok(conn.batch_execute("insert into source (code) values ('stowaway')")?));
    assert_eq!(written.is_ok(), db.backend == Backend::Sqlite);
    assert_eq!(db.state(), before);
    db.run("insert into source (code) values ('passenger')");
}

fn a_database_made_by_a_newer_program_is_refused(db: &TestDb) {
    db.run("insert into __diesel_schema_migrations (version) values ('29991231000000')");
    for refused in [migrate::require_current(&db.db), migrate::run(&db.db)] {
        let refusal = refused.unwrap_err().to_string();
        assert!(refusal.starts_with("database-newer"), "{refusal}");
    }
}

fn a_database_without_tables_is_refused_by_those_who_need_them(db: &TestDb) {
    migrate::revert_all(&db.db).unwrap();
    let refusal = migrate::require_current(&db.db).unwrap_err().to_string();
    assert!(refusal.starts_with("database-not-migrated"), "{refusal}");
}

/// The two must agree, or reports of the same data would differ. A server's locale would put a
/// before B and B before ä.
fn text_is_ordered_by_its_bytes(db: &TestDb) {
    db.run("insert into source (code) values ('a'), ('B'), ('ä'), ('二'), ('_'), ('10'), ('9')");
    assert_eq!(
        db.lines("select code as line from source order by code"),
        ["10", "9", "B", "_", "a", "ä", "二"]
    );
}

#[test]
fn a_folder_that_is_not_there_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("nowhere").join("espalier.db");
    let refusal = Db::open(Address::Sqlite(file), 1)
        .err()
        .unwrap()
        .to_string();
    assert!(refusal.starts_with("database-no-folder"), "{refusal}");
    assert!(refusal.contains("nowhere"), "{refusal}");
}

#[test]
fn a_file_that_is_no_database_is_refused_and_left_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("notes.txt");
    let text = "Notes of the meeting. ".repeat(100);
    std::fs::write(&file, &text).unwrap();
    let refusal = Db::open(Address::Sqlite(file.clone()), 1)
        .err()
        .unwrap()
        .to_string();
    assert!(refusal.starts_with("database-corrupt"), "{refusal}");
    assert_eq!(std::fs::read_to_string(&file).unwrap(), text);
}

#[test]
fn a_server_that_does_not_answer_is_said_so_without_the_password() {
    // Port 1 is nobody's.
    let address = Address::parse("postgres://ann:secret@127.0.0.1:1/espalier").unwrap();
    let refusal = Db::open(address, 1).err().unwrap().to_string();
    assert!(refusal.starts_with("database-unreachable"), "{refusal}");
    assert!(!refusal.contains("secret"), "{refusal}");
}

#[test]
fn one_writer_waits_for_the_other_and_loses_nothing() {
    let Some(postgres) = TestDb::postgres() else {
        return;
    };
    for db in [TestDb::sqlite(), postgres] {
        company(&db);
        let other = open(db.db.address().clone());
        std::thread::scope(|scope| {
            for (db, name) in [(&db.db, "first"), (&other, "second")] {
                scope.spawn(move || {
                    for _ in 0..20 {
                        db.write(|conn| audit::append(conn, &actor(), name, "test", &json!({})))
                            .unwrap();
                    }
                });
            }
        });
        // One import event of each file, forty of the threads, in one unbroken chain.
        let seen = db.db.read(audit::verify).unwrap();
        assert_eq!(seen, 42);
    }
}

#[test]
fn two_imports_at_once_count_both_files() {
    let Some(postgres) = TestDb::postgres() else {
        return;
    };
    for db in [TestDb::sqlite(), postgres] {
        company(&db);
        std::thread::scope(|scope| {
            scope.spawn(|| {
                records("id,opened_at,employee\nr1,2026-07-01 09:00,E1\n")
                    .named("one.csv")
                    .load(&db)
            });
            scope.spawn(|| {
                reviews("id,employee,day,points,applicable\nq1,E1,2026-07-01,9,10\n")
                    .named("two.csv")
                    .load(&db)
            });
        });
        let picture = crate::support::tallies::Picture::of(&db);
        assert_eq!(
            picture.cell("staff 2026Q3 E1 A unknown"),
            "records 1, quality_n 1, quality_sum 9000, quality_sumsq 81000000"
        );
    }
}
