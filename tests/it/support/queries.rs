//! Counting what a request asks of the database, by the database it asks.

use std::collections::HashMap;
use std::sync::{LazyLock, Mutex, Once};

use diesel::connection::{Instrumentation, InstrumentationEvent, set_default_instrumentation};
use espalier::db::Address;

/// Queries of the databases that are being watched.
static ASKED: LazyLock<Mutex<HashMap<String, Vec<String>>>> = LazyLock::new(Mutex::default);

/// How much of a query is shown where there are too many.
const SHOWN: usize = 300;

/// Counts the queries of one connection.
#[derive(Default)]
struct Counter {
    database: String,
}

impl Instrumentation for Counter {
    fn on_connection_event(&mut self, event: InstrumentationEvent<'_>) {
        match event {
            InstrumentationEvent::StartEstablishConnection { url, .. } => {
                self.database = url.to_string();
            }
            InstrumentationEvent::StartQuery { query, .. } => {
                let mut watched = ASKED.lock().unwrap();
                let Some(asked) = watched.get_mut(&self.database) else {
                    return;
                };
                let text = query.to_string();
                let framing = ["begin", "commit", "rollback", "set ", "pragma"];
                let start = text.to_lowercase();
                if !framing.iter().any(|word| start.starts_with(word)) {
                    asked.push(text.chars().take(SHOWN).collect());
                }
            }
            _ => {}
        }
    }
}

/// From now on every connection counts.
pub fn install() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        set_default_instrumentation(|| Some(Box::new(Counter::default()))).unwrap();
    });
}

/// The queries `work` asked of a database.
fn asked(address: &Address, work: impl FnOnce()) -> Vec<String> {
    let name = match address {
        Address::Sqlite(path) => path.to_string_lossy().into_owned(),
        Address::Postgres(url) => url.clone(),
    };
    ASKED.lock().unwrap().insert(name.clone(), Vec::new());
    work();
    ASKED.lock().unwrap().remove(&name).unwrap()
}

/// How many queries `work` asked of a database.
pub fn counted(address: &Address, work: impl FnOnce()) -> usize {
    asked(address, work).len()
}

/// Fails, with the queries, where `work` asks a database for more than `most`.
pub fn at_most(address: &Address, most: usize, what: &str, work: impl FnOnce()) {
    let asked = asked(address, work);
    let n = asked.len();
    assert!(n <= most, "{what} asks {n} queries:\n{}", asked.join("\n"));
}
