//! Backup and restore: what comes back is what was there, and a bad backup harms nothing.

use std::fs;
use std::path::{Path, PathBuf};

use espalier::db::backup::{backup, restore};

use crate::both;
use crate::support::db::TestDb;
use crate::support::make::{company, records};
use crate::support::tallies::assert_recount_is_clean;

both! {
    everything_comes_back,
    a_truncated_backup_is_refused_and_harms_nothing,
    what_is_no_backup_is_refused,
    a_backup_never_replaces_a_file,
    a_missing_backup_is_named,
}

/// A database with some of everything, and a backup of it.
fn backed_up(db: &TestDb) -> PathBuf {
    company(db);
    records("id,opened_at,employee,handle_seconds\nr1,2026-07-01 09:00,E1,60\nr2,2026-07-01 09:00,E2,90\n").load(db);
    records("id,opened_at,employee,handle_seconds\nr2,2026-07-01 09:00,E1,80\n").load(db);
    let file = db.folder().join("espalier.backup");
    backup(&db.db, &file).unwrap();
    file
}

fn everything_comes_back(db: &TestDb) {
    let file = backed_up(db);
    let before = db.state();
    records("id,opened_at,deleted\nr1,,yes\n").load(db);
    assert_ne!(db.state(), before);
    restore(db.db.address(), &file).unwrap();
    let again = db.state_for_a_newcomer();
    assert_eq!(again, before);
}

fn a_truncated_backup_is_refused_and_harms_nothing(db: &TestDb) {
    let file = backed_up(db);
    records("id,opened_at,employee\nr3,2026-07-02 09:00,E3\n").load(db);
    let before = db.state();
    let whole = fs::read(&file).unwrap();
    for part in [whole.len() / 4, whole.len() / 2, whole.len() - 100] {
        fs::write(&file, &whole[..part]).unwrap();
        let refusal = restore(db.db.address(), &file).unwrap_err().to_string();
        assert!(refusal.starts_with("backup-"), "{refusal}");
        let after = db.state_for_a_newcomer();
        assert_eq!(after, before, "{part} of {} bytes", whole.len());
    }
    assert_eq!(assert_recount_is_clean(db), 3);
    assert_eq!(leftovers(db.folder()), Vec::<String>::new());
}

/// Files beside the database that a failed restore should have taken away.
fn leftovers(folder: &Path) -> Vec<String> {
    let names = fs::read_dir(folder)
        .unwrap()
        .map(|e| e.unwrap().file_name().into_string().unwrap());
    names.filter(|name| name.contains("restoring")).collect()
}

fn what_is_no_backup_is_refused(db: &TestDb) {
    company(db);
    let before = db.state();
    let file = db.folder().join("notes.txt");
    for content in ["", "Notes of the meeting.\n"] {
        fs::write(&file, content).unwrap();
        let refusal = restore(db.db.address(), &file).unwrap_err().to_string();
        assert!(refusal.starts_with("backup-"), "{refusal}");
    }
    assert_eq!(db.state_for_a_newcomer(), before);
    assert_eq!(leftovers(db.folder()), Vec::<String>::new());
}

fn a_backup_never_replaces_a_file(db: &TestDb) {
    let file = db.folder().join("letter.txt");
    fs::write(&file, "Dear all").unwrap();
    let refusal = backup(&db.db, &file).unwrap_err().to_string();
    assert!(refusal.starts_with("backup-exists"), "{refusal}");
    assert_eq!(fs::read_to_string(&file).unwrap(), "Dear all");
}

fn a_missing_backup_is_named(db: &TestDb) {
    let refusal = restore(db.db.address(), &db.folder().join("gone.backup"))
        .unwrap_err()
        .to_string();
    assert!(
        refusal.starts_with("backup-not-found") && refusal.contains("gone.backup"),
        "{refusal}"
    );
}
