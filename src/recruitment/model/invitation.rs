//! Invitations to interviews as calendar files that calendar programs understand: the same entry however often it
//! is read, with a higher sequence after every change, taken back when the interview is. Pure.

use chrono::NaiveDateTime;
use icalendar::{Calendar, Component, Event, EventLike, EventStatus, Property};

/// An interview as an entry of a calendar. Times in UTC.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invitation {
    /// Never changes.
    pub uid: String,
    /// Grows with every change of what is invited to.
    pub sequence: i32,
    pub starts_at: NaiveDateTime,
    pub ends_at: NaiveDateTime,
    pub place: String,
    pub summary: String,
    pub description: String,
    /// Where more is to be read, for those who sign in.
    pub url: Option<String>,
    pub cancelled: bool,
    /// Name of the organisation and the e-mail of whoever invites, where it is known.
    pub organiser: (String, Option<String>),
}

impl Invitation {
    /// The entry. `now` is when the file is made.
    #[must_use]
    pub fn event(&self, now: NaiveDateTime) -> Event {
        let (name, email) = &self.organiser;
        // What a calendar program takes for "no address", where there is none.
        let address = email
            .as_ref()
            .map_or_else(|| "invalid:nomail".to_string(), |e| format!("mailto:{e}"));
        let mut organiser = Property::new("ORGANIZER", address);
        organiser.add_parameter("CN", &quoted(name));
        let mut event = Event::new();
        event
            .uid(&self.uid)
            .timestamp(now.and_utc())
            .sequence(u32::try_from(self.sequence).unwrap_or_default())
            .summary(&self.summary)
            .description(&self.description)
            .location(&self.place)
            .starts(self.starts_at.and_utc())
            .ends(self.ends_at.and_utc())
            .append_property(organiser.done())
            .status(if self.cancelled {
                EventStatus::Cancelled
            } else {
                EventStatus::Confirmed
            });
        if let Some(url) = &self.url {
            event.url(url);
        }
        event.done()
    }

    /// A calendar file of this entry alone: an invitation, or that it is taken back. `zone` is the organisation's.
    #[must_use]
    pub fn file(&self, zone: &str, now: NaiveDateTime) -> String {
        let method = if self.cancelled { "CANCEL" } else { "REQUEST" };
        let mut calendar = Calendar::new();
        calendar.append_property(("METHOD", method));
        calendar.timezone(zone);
        calendar.push(self.event(now));
        calendar.to_string()
    }
}

/// A text as the value of a parameter: between quotes, which it may not hold itself.
fn quoted(text: &str) -> String {
    let kept: String = text
        .chars()
        .filter(|c| *c != '"' && !c.is_control())
        .collect();
    format!("\"{kept}\"")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn invitation() -> Invitation {
        Invitation {
            uid: "abc@espalier".into(),
            sequence: 0,
            starts_at: "2026-12-01T06:00:00".parse().unwrap(),
            ends_at: "2026-12-01T07:00:00".parse().unwrap(),
            place: "上海, 3 楼; \"大\" 会议室".into(),
            summary: "Interview A-12".into(),
            description: "Line one\nBEGIN:VEVENT".into(),
            url: Some("https://hr.example.com/interviews/7".into()),
            cancelled: false,
            organiser: ("Company \"Best\"".into(), None),
        }
    }

    /// The lines of a file as a calendar program reads them: folded ones put together.
    fn lines(file: &str) -> Vec<String> {
        let unfolded = file.replace("\r\n ", "").replace("\r\n\t", "");
        unfolded.lines().map(str::to_string).collect()
    }

    #[test]
    fn a_change_keeps_the_entry_and_a_cancellation_takes_it_back() {
        let now = "2026-11-22T01:00:00".parse().unwrap();
        let first = lines(&invitation().file("Asia/Shanghai", now));
        for line in [
            "METHOD:REQUEST",
            "UID:abc@espalier",
            "SEQUENCE:0",
            "STATUS:CONFIRMED",
            "DTSTAMP:20261122T010000Z",
            "DTSTART:20261201T060000Z",
            "DTEND:20261201T070000Z",
            "X-WR-TIMEZONE:Asia/Shanghai",
        ] {
            assert!(first.iter().any(|l| l == line), "{line} in {first:#?}");
        }
        let gone = Invitation {
            sequence: 1,
            cancelled: true,
            ..invitation()
        };
        let gone = lines(&gone.file("Asia/Shanghai", now));
        for line in [
            "METHOD:CANCEL",
            "UID:abc@espalier",
            "SEQUENCE:1",
            "STATUS:CANCELLED",
        ] {
            assert!(gone.iter().any(|l| l == line), "{line} in {gone:#?}");
        }
    }

    #[test]
    fn nothing_typed_breaks_out_of_its_line() {
        let now = "2026-11-22T01:00:00".parse().unwrap();
        let file = lines(&invitation().file("Asia/Shanghai", now));
        assert_eq!(file.iter().filter(|l| *l == "BEGIN:VEVENT").count(), 1);
        let organiser = file.iter().find(|l| l.starts_with("ORGANIZER")).unwrap();
        assert_eq!(organiser, "ORGANIZER;CN=\"Company Best\":invalid:nomail");
        let place = file.iter().find(|l| l.starts_with("LOCATION")).unwrap();
        assert!(place.contains("上海\\, 3 楼\\;"), "{place}");
    }
}
