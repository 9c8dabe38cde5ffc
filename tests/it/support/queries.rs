//! Counting what a request asks of the database, by the database it asks.

use std::collections::HashMap;
use std::sync::{LazyLock, Mutex, Once};

use diesel::connection::{Instrumentation, InstrumentationEvent, set_default_instrumentation};
use espalier::db::Address;

static COUNTS: LazyLock<Mutex<HashMap<String, usize>>> = LazyLock::new(Mutex::default);

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
                let text = query.to_string().to_lowercase();
                let framing = ["begin", "commit", "rollback", "set ", "pragma"];
                if !framing.iter().any(|word| text.starts_with(word)) {
                    let mut counts = COUNTS.lock().unwrap();
                    *counts.entry(self.database.clone()).or_default() += 1;
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

/// How many queries `work` asked of a database.
pub fn counted(address: &Address, work: impl FnOnce()) -> usize {
    let name = match address {
        Address::Sqlite(path) => path.to_string_lossy().into_owned(),
        Address::Postgres(url) => url.clone(),
    };
    let so_far = || {
        COUNTS
            .lock()
            .unwrap()
            .get(&name)
            .copied()
            .unwrap_or_default()
    };
    let before = so_far();
    work();
    so_far() - before
}
