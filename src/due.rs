//! What is due from somebody: a line on "My work", an entry in the calendar feed, a reminder. Each feature
//! says what it waits for; the desk puts it together.

use chrono::NaiveDate;

use crate::error::Message;

/// Something a person is to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Due {
    /// What is to be done, as a text key with its slots.
    pub what: Message,
    /// For whom or about whom, Chinese and Latin name; none for oneself.
    pub whom: Option<(String, String)>,
    /// The last day, inclusive; none where no deadline is set.
    pub by: Option<NaiveDate>,
    /// Where it is done.
    pub link: String,
}
