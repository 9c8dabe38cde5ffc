//! Forms: what is sent is checked into types or comes back as the same page with everything typed and a
//! sentence beside each wrong field.
//!
//! Every form carries `csrf` (the session's token), `once` (a number used once: sent twice is done once)
//! and, where it changes something, `row_version` (what the sender had seen). A form that was kept through
//! a sign-in carries `restored`: it is shown again, not executed.

use std::collections::BTreeMap;
use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::http::StatusCode;
use actix_web::{FromRequest, HttpMessage, HttpRequest};
use chrono::NaiveDate;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::accounts::store::random_token;
use crate::error::Message;
use crate::i18n::{self, Locale, plain};
use crate::web::actor::Who;
use crate::web::problems::{Problem, SentForm};

/// A form of somebody signed in.
pub struct Form<T> {
    /// What the handler knows.
    pub sent: T,
    /// A number used once.
    pub once: String,
    /// The version of what is changed, as the sender saw it.
    pub row_version: i32,
    /// Everything typed, to be shown again.
    pub typed: Typed,
    restored: bool,
}

/// A form of anybody: signing in, applying.
pub struct OpenForm<T> {
    pub sent: T,
    /// Everything typed, to be shown again.
    pub typed: Typed,
}

/// The values of a form by name.
#[derive(Clone, Debug, Default)]
pub struct Typed(BTreeMap<String, String>);

impl Typed {
    /// What was typed into a field.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// Of the pairs of a body.
    pub(super) fn of(pairs: &[(String, String)]) -> Typed {
        Typed(pairs.iter().cloned().collect())
    }

    /// Everything that was typed, by field.
    #[must_use]
    pub fn all(&self) -> &BTreeMap<String, String> {
        &self.0
    }
}

/// Names that belong to the form itself.
const OWN: [&str; 4] = ["csrf", "once", "row_version", "restored"];

/// Reads the pairs of a form's body.
pub(super) fn pairs(request: &HttpRequest) -> Result<Vec<(String, String)>, Problem> {
    let extensions = request.extensions();
    let body = extensions.get::<SentForm>().ok_or(Problem::Unreadable)?;
    let pairs: Vec<(String, String)> =
        serde_urlencoded::from_bytes(&body.0).map_err(|_| Problem::Unreadable)?;
    // What is no UTF-8 was read as the replacement sign, which nobody types.
    if pairs.iter().any(|(_, value)| value.contains('\u{FFFD}')) {
        return Err(Problem::Unreadable);
    }
    Ok(pairs)
}

pub(super) fn typed<T: DeserializeOwned>(pairs: &[(String, String)]) -> Result<T, Problem> {
    let rest: Vec<&(String, String)> = pairs
        .iter()
        .filter(|(name, _)| !OWN.contains(&name.as_str()))
        .collect();
    let text = serde_urlencoded::to_string(rest).map_err(|_| Problem::Unreadable)?;
    serde_urlencoded::from_str(&text).map_err(|_| Problem::Unreadable)
}

impl<T: DeserializeOwned + 'static> FromRequest for Form<T> {
    type Error = Problem;
    type Future = std::pin::Pin<Box<dyn std::future::Future<Output = Result<Form<T>, Problem>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let who = Who::from_request(request, payload);
        let request = request.clone();
        Box::pin(async move {
            let who = who.await?;
            let form = Form::of(&who, &pairs(&request)?)?;
            // A form that arrives again after it was done finds its own change: before anything is compared with
            // what is stored now, its sender is sent to where the first arrival led.
            match who.answered(&form.once).await? {
                Some(location) => Err(Problem::DoneBefore(location)),
                None => Ok(form),
            }
        })
    }
}

impl<T: DeserializeOwned> Form<T> {
    /// The form of these pairs.
    ///
    /// # Errors
    /// `NotOurForm` without the token of the session, `Unreadable` when a pair is not of this form.
    pub(super) fn of(who: &Who, pairs: &[(String, String)]) -> Result<Form<T>, Problem> {
        let own = |name: &str| {
            let found = pairs.iter().find(|(n, _)| n == name);
            found.map(|(_, value)| value.as_str()).unwrap_or_default()
        };
        let restored = own("restored") == "yes";
        if !who
            .site
            .tokens
            .fits_form(who.account.session_id, own("csrf"))
        {
            return Err(Problem::NotOurForm);
        }
        let once = own("once").to_string();
        if !(16..=64).contains(&once.len()) {
            return Err(Problem::Unreadable);
        }
        let row_version = match own("row_version") {
            "" => 0,
            text => text.parse().map_err(|_| Problem::Unreadable)?,
        };
        Ok(Form {
            sent: typed(pairs)?,
            once,
            row_version,
            restored,
            typed: Typed::of(pairs),
        })
    }
}

impl<T: DeserializeOwned + 'static> FromRequest for OpenForm<T> {
    type Error = Problem;
    type Future = Ready<Result<OpenForm<T>, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(pairs(request).and_then(|pairs| {
            Ok(OpenForm {
                sent: typed(&pairs)?,
                typed: Typed::of(&pairs),
            })
        }))
    }
}

impl Check {
    /// Starts checking the fields of a form that anybody may send.
    #[must_use]
    pub fn open() -> Check {
        Check {
            errors: FieldErrors::default(),
        }
    }
}

impl<T> Form<T> {
    /// Starts checking the fields.
    #[must_use]
    pub fn check(&self) -> Check {
        Check {
            errors: FieldErrors {
                restored: self.restored,
                list: Vec::new(),
            },
        }
    }
}

/// What is wrong with a form: a field and a sentence each; none when it was only brought back.
#[derive(Clone, Debug, Default)]
pub struct FieldErrors {
    restored: bool,
    list: Vec<(String, Message)>,
}

impl FieldErrors {
    /// One field and what is wrong with it.
    #[must_use]
    pub fn one(field: &str, message: Message) -> FieldErrors {
        FieldErrors {
            restored: false,
            list: vec![(field.to_string(), message)],
        }
    }

    /// One more.
    pub fn add(&mut self, field: &str, message: Message) {
        self.list.push((field.to_string(), message));
    }

    /// The sentences, without their fields: for a page that says them in one place.
    #[must_use]
    pub fn messages(&self) -> Vec<Message> {
        self.list
            .iter()
            .map(|(_, message)| message.clone())
            .collect()
    }

    /// Whether nothing is wrong: the form was only kept through a sign-in.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }
}

/// Turns what was typed into types and collects what does not fit.
pub struct Check {
    errors: FieldErrors,
}

/// Longest text of a field that says nothing else, in characters.
const LONGEST: usize = 10_000;

impl Check {
    /// Notes that a field is wrong.
    pub fn wrong(&mut self, field: &str, message: Message) {
        self.errors.list.push((field.to_string(), message));
    }

    /// A text of at most `longest` characters, trimmed; empty is allowed.
    pub fn optional(&mut self, field: &str, value: &str, longest: usize) -> Option<String> {
        let text = value.trim();
        let control = |c: char| c.is_control() && !matches!(c, '\n' | '\r' | '\t');
        if text.chars().any(control) {
            self.wrong(field, Message::new("field-control"));
            return None;
        }
        let longest = longest.min(LONGEST);
        if text.chars().count() > longest {
            self.wrong(field, Message::new("field-long").with("n", longest));
            return None;
        }
        (!text.is_empty()).then(|| text.replace("\r\n", "\n"))
    }

    /// As [`Check::optional`], but not empty; what is wrong comes back as an empty text.
    pub fn required(&mut self, field: &str, value: &str, longest: usize) -> String {
        if value.trim().is_empty() {
            self.wrong(field, Message::new("field-missing"));
            return String::new();
        }
        self.optional(field, value, longest).unwrap_or_default()
    }

    /// A day written `2026-11-22`, or nothing.
    pub fn date(&mut self, field: &str, value: &str) -> Option<NaiveDate> {
        if value.trim().is_empty() {
            return None;
        }
        match value.trim().parse::<NaiveDate>() {
            Ok(day) if (1900..=2200).contains(&chrono::Datelike::year(&day)) => Some(day),
            _ => {
                self.wrong(field, Message::new("field-date"));
                None
            }
        }
    }

    /// A whole number within bounds.
    pub fn whole(&mut self, field: &str, value: &str, least: i64, most: i64) -> i64 {
        match value.trim().parse::<i64>() {
            Ok(n) if (least..=most).contains(&n) => n,
            _ => {
                let bounds = Message::new("field-whole")
                    .with("least", least)
                    .with("most", most);
                self.wrong(field, bounds);
                least
            }
        }
    }

    /// One of the codes of a choice.
    pub fn choice<T>(
        &mut self,
        field: &str,
        value: &str,
        parse: impl Fn(&str) -> Option<T>,
    ) -> Option<T> {
        let chosen = parse(value);
        if chosen.is_none() {
            self.wrong(field, Message::new("field-choice"));
        }
        chosen
    }

    /// The end of checking.
    ///
    /// # Errors
    /// When a field is wrong, or the form was only brought back and must be looked at again.
    pub fn done(self) -> Result<(), FieldErrors> {
        if self.errors.restored || !self.errors.is_empty() {
            Err(self.errors)
        } else {
            Ok(())
        }
    }
}

/// A form to be shown.
#[derive(Clone, Debug, Serialize)]
pub struct FormView {
    pub action: String,
    pub csrf: String,
    pub once: String,
    pub row_version: Option<i32>,
    pub submit: String,
    pub errors: Vec<FieldError>,
    pub notice: Option<String>,
    /// Where what is typed is kept while it is typed.
    pub autosave: Option<String>,
    /// When it was kept last.
    pub saved: Option<String>,
    pub fields: Vec<Field>,
}

/// A line of the summary on top.
#[derive(Clone, Debug, Serialize)]
pub struct FieldError {
    pub field: String,
    pub text: String,
}

/// A field to be shown.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Field {
    pub name: String,
    pub label: String,
    pub hint: Option<String>,
    pub kind: &'static str,
    pub value: String,
    pub options: Vec<Choice>,
    pub optional: bool,
    pub error: Option<String>,
    pub theirs: Option<String>,
    pub autocomplete: Option<&'static str>,
    pub rows: u32,
    pub suffix: Option<String>,
}

/// An entry of a choice.
#[derive(Clone, Debug, Serialize)]
pub struct Choice {
    pub value: String,
    pub text: String,
    pub selected: bool,
}

impl Field {
    /// A field of a kind: `text`, `email`, `password`, `date`, `number`, `textarea`, `select`, `checkbox`,
    /// `hidden`, `file`, `search`, `radio`; `heading` is no field but stands above some.
    #[must_use]
    pub fn new(kind: &'static str, name: &str, label: &str, value: &str) -> Field {
        Field {
            name: name.to_string(),
            label: label.to_string(),
            kind,
            value: value.to_string(),
            rows: 4,
            ..Field::default()
        }
    }

    /// May be left empty.
    #[must_use]
    pub fn optional(mut self) -> Field {
        self.optional = true;
        self
    }

    /// What to know before typing.
    #[must_use]
    pub fn hint(mut self, text: impl Into<String>) -> Field {
        self.hint = Some(text.into());
        self
    }

    /// The unit after the field.
    #[must_use]
    pub fn suffix(mut self, text: impl Into<String>) -> Field {
        self.suffix = Some(text.into());
        self
    }

    /// What the browser may fill in.
    #[must_use]
    pub fn autocomplete(mut self, kind: &'static str) -> Field {
        self.autocomplete = Some(kind);
        self
    }

    /// The entries of a choice; the one that is the field's value is chosen.
    #[must_use]
    pub fn options(mut self, options: impl IntoIterator<Item = (String, String)>) -> Field {
        self.options = options
            .into_iter()
            .map(|(value, text)| Choice {
                selected: value == self.value,
                value,
                text,
            })
            .collect();
        self
    }

    fn set(&mut self, value: &str) {
        self.value = value.to_string();
        for option in &mut self.options {
            option.selected = option.value == value;
        }
    }
}

/// The status of a page whose form was refused: 422 with errors, 409 where somebody else was first.
#[must_use]
pub fn refusal(errors: Option<&FieldErrors>) -> StatusCode {
    match errors {
        Some(_) => StatusCode::UNPROCESSABLE_ENTITY,
        None => StatusCode::CONFLICT,
    }
}

impl FormView {
    /// A form as it is first shown.
    #[must_use]
    pub fn new(
        who: &Who,
        action: impl Into<String>,
        submit_key: &str,
        fields: Vec<Field>,
    ) -> FormView {
        FormView {
            csrf: who.form_token(),
            ..FormView::open(who.locale, action, submit_key, fields)
        }
    }

    /// A form of anybody as it is first shown: without a session there is no token, and who sends it says where
    /// from.
    #[must_use]
    pub fn open(
        locale: Locale,
        action: impl Into<String>,
        submit_key: &str,
        fields: Vec<Field>,
    ) -> FormView {
        FormView {
            action: action.into(),
            csrf: String::new(),
            once: random_token(),
            row_version: None,
            submit: plain(locale, submit_key).to_string(),
            errors: Vec::new(),
            notice: None,
            autosave: None,
            saved: None,
            fields,
        }
    }

    /// A form of anybody with what was typed and what is wrong with it.
    #[must_use]
    pub fn open_again(
        mut self,
        locale: Locale,
        typed: &Typed,
        once: &str,
        errors: &FieldErrors,
    ) -> FormView {
        self.fill(typed);
        self.once = once.to_owned();
        self.blame(locale, errors);
        self
    }

    /// Puts what is wrong beside its fields and on top.
    fn blame(&mut self, locale: Locale, errors: &FieldErrors) {
        for (name, message) in &errors.list {
            let text = i18n::message(locale, message);
            if let Some(field) = self.fields.iter_mut().find(|f| &f.name == name) {
                field.error = Some(text.clone());
            }
            self.errors.push(FieldError {
                field: name.clone(),
                text,
            });
        }
    }

    /// Keeps what is typed at `address` while it is typed, beginning with the draft there is. Where what the form is
    /// about has changed since the draft was begun, both are shown, as under [`FormView::conflict`].
    #[must_use]
    pub fn drafted(
        mut self,
        locale: Locale,
        address: String,
        draft: Option<(&BTreeMap<String, String>, String)>,
    ) -> FormView {
        self.autosave = Some(address);
        let Some((typed, saved)) = draft else {
            return self;
        };
        let began = typed.get("row_version").and_then(|v| v.parse().ok());
        let typed = Typed(typed.clone());
        if began == self.row_version {
            self.fill(&typed);
        } else {
            self.fill_beside(&typed);
            self.notice = Some(plain(locale, "form-conflict").to_string());
        }
        self.saved = Some(saved);
        self
    }

    /// The version of what is changed.
    #[must_use]
    pub fn version(mut self, row_version: i32) -> FormView {
        self.row_version = Some(row_version);
        self
    }

    /// The same form with what was typed and what is wrong with it. The fields hold what is stored.
    #[must_use]
    pub fn again<T>(mut self, locale: Locale, form: &Form<T>, errors: &FieldErrors) -> FormView {
        self.fill(&form.typed);
        if self.row_version.is_some() {
            self.row_version = Some(form.row_version);
        }
        // The same number: whoever sends the form twice now still means one thing.
        self.once = form.once.clone();
        self.blame(locale, errors);
        if errors.restored {
            self.notice = Some(plain(locale, "form-restored").to_string());
        }
        self
    }

    /// The same form after somebody else changed what it is about: what was typed, beside it what is stored
    /// now, and the new version, so that sending it again is meant.
    #[must_use]
    pub fn conflict<T>(mut self, locale: Locale, form: &Form<T>) -> FormView {
        self.fill_beside(&form.typed);
        self.notice = Some(plain(locale, "form-conflict").to_string());
        self
    }

    /// The same form after it was refused: with what is wrong with it, or, where nothing is, with what somebody else
    /// changed meanwhile. [`refusal`] is the status of its page.
    #[must_use]
    pub fn refused<T>(
        self,
        locale: Locale,
        form: &Form<T>,
        errors: Option<&FieldErrors>,
    ) -> FormView {
        match errors {
            Some(errors) => self.again(locale, form, errors),
            None => self.conflict(locale, form),
        }
    }

    /// Fills in what was typed, and beside it, where it differs, what is stored.
    fn fill_beside(&mut self, typed: &Typed) {
        let stored: Vec<(String, String)> = self
            .fields
            .iter()
            .map(|f| (f.name.clone(), f.shown()))
            .collect();
        self.fill(typed);
        for (field, (_, stored)) in self.fields.iter_mut().zip(stored) {
            if field.kind != "hidden" && field.shown() != stored {
                field.theirs = Some(stored);
            }
        }
    }

    fn fill(&mut self, typed: &Typed) {
        for field in &mut self.fields {
            match typed.get(&field.name) {
                Some(_) if field.kind == "password" || field.kind == "file" => {}
                Some(value) => field.set(value),
                // A box that is not ticked is not sent.
                None if field.kind == "checkbox" => field.set(""),
                None => {}
            }
        }
    }
}

impl Field {
    /// The value as a reader sees it.
    fn shown(&self) -> String {
        self.options
            .iter()
            .find(|o| o.selected)
            .map_or_else(|| self.value.clone(), |o| o.text.clone())
    }
}
