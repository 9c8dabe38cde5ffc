//! What applicants see: openings, the form, their own application by its private link; and what HR publishes for them
//! to agree to.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::appraisals::store::fairness::GROUPS;
use crate::appraisals::view::fairness::group_name;
use crate::calendar::Zone;
use crate::i18n::{self, Locale, plain};
use crate::recruitment::model::attachment;
use crate::recruitment::model::codes::{ApplicationState, ConsentKind, Source, StageKind};
use crate::recruitment::model::opening::{NewStage, Question, Rule};
use crate::recruitment::store::careers::{Mine, Public, Row, Text, Waiting};
use crate::recruitment::view::openings::{self as openings, Asked, Cards, StageView, paragraphs};
use crate::recruitment::view::rounds::span;
use crate::web::Who;
use crate::web::form::{Field, FormView};
use crate::web::list::{From, ON_A_PAGE};

/// The public list.
#[derive(Serialize)]
pub struct List {
    rows: Vec<Line>,
    /// Addresses of the pages on either side.
    list: Turn,
}

#[derive(Serialize)]
struct Turn {
    prev: Option<String>,
    next: Option<String>,
}

#[derive(Serialize)]
struct Line {
    href: String,
    title: String,
    team: String,
    heads: i64,
    closes: Option<String>,
}

/// A page of the public list; `found` may hold one row more than a page.
#[must_use]
pub fn list(locale: Locale, mut found: Vec<Row>, from: &From) -> List {
    let more = found.len() as i64 > ON_A_PAGE;
    found.truncate(ON_A_PAGE as usize);
    let (before, after) = match from {
        From::First => (false, more),
        From::After(_) => (true, more),
        From::Before(_) => {
            found.reverse();
            (more, true)
        }
    };
    let turn = |name: &str, row: Option<&Row>| Some(format!("/careers?{name}=new~{}", row?.id));
    List {
        list: Turn {
            prev: before.then(|| turn("before", found.first())).flatten(),
            next: after.then(|| turn("after", found.last())).flatten(),
        },
        rows: found
            .iter()
            .map(|row| Line {
                href: format!("/careers/{}", row.code),
                title: locale.pick(&row.title_zh, &row.title_en).to_owned(),
                team: locale.pick(&row.team.0, &row.team.1).to_owned(),
                heads: i64::from(row.head_count),
                closes: row
                    .closes_on
                    .map(|day| i18n::date(locale, &day.to_string())),
            })
            .collect(),
    }
}

/// What the page of an opening is made of.
#[derive(Clone, Debug)]
pub struct Whole {
    pub opening: Public,
    pub stages: Vec<NewStage>,
    pub cards: Cards,
    /// What is agreed to: for the application, for the pool of talents.
    pub consents: (Text, Text),
}

/// An opening with the form to apply.
#[derive(Serialize)]
pub struct Page {
    title: String,
    team: String,
    job_role: String,
    heads: i64,
    closes: Option<String>,
    body: Vec<String>,
    questions: Vec<Asked>,
    stages: Vec<StageView>,
    pass: Vec<String>,
    pub form: FormView,
    consents: BTreeMap<&'static str, Consent>,
    /// Files that are kept already, by name.
    kept: Vec<String>,
    accept: &'static str,
}

#[derive(Serialize)]
struct Consent {
    version: String,
    body: Vec<String>,
}

/// The name of a question's field.
#[must_use]
pub fn question_field(at: usize) -> String {
    format!("q{}", at + 1)
}

/// A field that people do not see and programs fill in.
pub const TRAP: &str = "website";

/// How somebody outside came to apply.
pub const SOURCES: [Source; 6] = [
    Source::Careers,
    Source::Referral,
    Source::JobBoard,
    Source::Campus,
    Source::Internal,
    Source::Other,
];

/// The fields that the form of an opening may send.
#[must_use]
pub fn fields(questions: &[Question]) -> BTreeSet<String> {
    let mut known: BTreeSet<String> = [
        "name", "email", "phone", "source", "consent", "pool", "kept", "cv", "more", TRAP,
    ]
    .map(String::from)
    .into();
    known.extend(GROUPS.map(|(attribute, _)| attribute.to_owned()));
    known.extend((0..questions.len()).map(question_field));
    known
}

fn source_name(locale: Locale, source: Source) -> &'static str {
    plain(
        locale,
        match source {
            Source::Careers => "careers-source-careers",
            Source::Referral => "careers-source-referral",
            Source::JobBoard => "careers-source-job-board",
            Source::Campus => "careers-source-campus",
            Source::Internal => "careers-source-internal",
            Source::Agency | Source::Pool | Source::Other => "careers-source-other",
        },
    )
}

/// The form to apply, empty.
#[must_use]
pub fn form(locale: Locale, opening: &Public) -> FormView {
    let t = |key| plain(locale, key);
    let head = |key| Field::new("heading", "", t(key), "");
    let mut all = vec![
        head("careers-you"),
        Field::new("text", "name", t("careers-name"), "").autocomplete("name"),
        Field::new("email", "email", t("careers-email"), "").autocomplete("email"),
        Field::new("tel", "phone", t("careers-phone"), "")
            .autocomplete("tel")
            .optional(),
    ];
    if !opening.questions.is_empty() {
        all.push(head("careers-questions").hint(t("careers-questions-hint")));
    }
    for (at, question) in opening.questions.iter().enumerate() {
        let (name, label) = (
            question_field(at),
            locale.pick(&question.text_zh, &question.text_en),
        );
        all.push(match &question.rule {
            Rule::YesNo { .. } => Field::new("radio", &name, label, "").options(
                [("yes", "answer-yes"), ("no", "answer-no")]
                    .map(|(code, key)| (code.to_owned(), t(key).to_owned())),
            ),
            Rule::Choice { options } => Field::new("radio", &name, label, "").options(
                options
                    .iter()
                    .zip(1..)
                    .map(|(o, n): (_, i32)| (n.to_string(), locale.pick(&o.zh, &o.en).to_owned())),
            ),
            Rule::AtLeast { .. } => Field::new("number", &name, label, ""),
        });
    }
    let limits = [
        ("n", attachment::MOST.into()),
        ("mb", (attachment::LARGEST >> 20).into()),
    ];
    let sources = SOURCES.map(|s| (s.code().to_owned(), source_name(locale, s).to_owned()));
    all.extend([
        head("careers-files"),
        Field::new("file", "cv", t("careers-cv"), "")
            .hint(i18n::text(locale, "careers-files-hint", &limits))
            .optional(),
        Field::new("file", "more", t("careers-more"), "").optional(),
        Field::new(
            "select",
            "source",
            t("careers-source"),
            Source::Careers.code(),
        )
        .options(sources),
        head("careers-groups").hint(t("careers-groups-hint")),
    ]);
    all.extend(GROUPS.into_iter().map(|(attribute, values)| {
        let none = (String::new(), t("group-not-stated").to_owned());
        let choices = values
            .iter()
            .map(|v| ((*v).to_owned(), group_name(locale, v).to_owned()));
        Field::new("select", attribute, group_name(locale, attribute), "")
            .optional()
            .options([none].into_iter().chain(choices))
    }));
    all.extend([
        head("careers-consent"),
        Field::new("checkbox", "consent", t("careers-consent-give"), ""),
        Field::new("checkbox", "pool", t("careers-pool-give"), ""),
        Field::new("hidden", "kept", "", ""),
        Field::new("text", TRAP, t("careers-trap"), ""),
    ]);
    let action = format!("/careers/{}", opening.code);
    FormView::open(locale, action, "careers-apply", all)
}

/// An opening with the form to apply; `kept` are files that wait.
#[must_use]
pub fn page(locale: Locale, whole: &Whole, form: FormView, kept: &[Waiting]) -> Page {
    let opening = &whole.opening;
    let consent = |text: &Text| Consent {
        version: i18n::text(
            locale,
            "careers-consent-version",
            &[("n", text.version_no.to_string().into())],
        ),
        body: text_lines(locale, text),
    };
    Page {
        title: locale.pick(&opening.title_zh, &opening.title_en).to_owned(),
        team: locale.pick(&opening.team.1, &opening.team.2).to_owned(),
        job_role: locale
            .pick(&opening.job_role.1, &opening.job_role.2)
            .to_owned(),
        heads: i64::from(opening.head_count),
        closes: opening
            .closes_on
            .map(|day| i18n::date(locale, &day.to_string())),
        body: paragraphs(locale.pick(&opening.body_zh, &opening.body_en)),
        questions: openings::asked(locale, &opening.questions),
        stages: openings::stages(locale, &whole.stages, &whole.cards),
        pass: openings::pass_rule(locale, &opening.pass_rule),
        form,
        consents: [
            ("consent", consent(&whole.consents.0)),
            ("pool", consent(&whole.consents.1)),
        ]
        .into(),
        kept: kept.iter().map(|file| file.name.clone()).collect(),
        accept: ".pdf,.docx,.txt",
    }
}

fn text_lines(locale: Locale, text: &Text) -> Vec<String> {
    let body = locale.pick(&text.body_zh, &text.body_en);
    body.lines().map(str::to_owned).collect()
}

/// The boxes that are ticked by whoever means it.
pub const WITHDRAW: &str = "withdraw";
pub const ERASE: &str = "erase";
pub const CHECK: &str = "check";
/// The same of taking that back.
pub const CHECK_BACK: &str = "check_back";

/// The box that is shown to whoever has agreed to a background check, or has not.
#[must_use]
pub fn check_box(agreed: bool) -> &'static str {
    if agreed { CHECK_BACK } else { CHECK }
}

/// The field of an answer to a finding: several may stand on one page.
#[must_use]
pub fn reply_field(id: i64) -> String {
    format!("reply{id}")
}

/// Their own application.
#[derive(Serialize)]
pub struct MinePage {
    title: String,
    opening: Option<String>,
    code: String,
    applied: String,
    state: &'static str,
    say: &'static str,
    files: Vec<String>,
    offer: Option<OfferView>,
    adverse: Vec<AdverseView>,
    withdraw: Option<FormView>,
    pool: Option<FormView>,
    interviews: Vec<InterviewView>,
    check: Option<CheckView>,
    erase: Option<FormView>,
    hired: bool,
}

/// An interview to go to.
#[derive(Serialize)]
struct InterviewView {
    when: String,
    place: String,
    cancelled: bool,
    calendar: String,
}

/// What is agreed to before anything is looked into.
#[derive(Serialize)]
struct CheckView {
    text: Vec<String>,
    agreed: bool,
    form: Option<FormView>,
}

#[derive(Serialize)]
struct OfferView {
    terms: Vec<String>,
    starts: Option<String>,
    expires: Option<String>,
    said: Option<&'static str>,
    form: Option<FormView>,
}

#[derive(Serialize)]
struct AdverseView {
    item: String,
    note: String,
    reply: Option<String>,
    form: Option<FormView>,
}

/// Where an application stands, in words for its applicant: a heading and a sentence.
fn standing(
    locale: Locale,
    state: ApplicationState,
    stage: StageKind,
) -> (&'static str, &'static str) {
    let (head, say) = match (state, stage) {
        (ApplicationState::Active, StageKind::Screening) => {
            ("mine-screening", "mine-screening-say")
        }
        (ApplicationState::Active, StageKind::Interview) => {
            ("mine-interview", "mine-interview-say")
        }
        (ApplicationState::Active, StageKind::BackgroundCheck) => ("mine-check", "mine-check-say"),
        (ApplicationState::Active, StageKind::Offer) => ("mine-offer", "mine-offer-say"),
        (ApplicationState::Rejected, _) => ("mine-rejected", "mine-rejected-say"),
        (ApplicationState::Withdrawn, _) => ("mine-withdrawn", "mine-withdrawn-say"),
        (ApplicationState::Hired, _) => ("mine-hired", "mine-hired-say"),
    };
    (plain(locale, head), plain(locale, say))
}

/// The name of what a background check looks at; what has no name here is told as it is stored.
fn item_name(locale: Locale, item: &str) -> String {
    let key = match item {
        "identity" => "mine-item-identity",
        "education" => "mine-item-education",
        "employment" => "mine-item-employment",
        "references" => "mine-item-references",
        "licence" => "mine-item-licence",
        _ => return item.to_owned(),
    };
    plain(locale, key).to_owned()
}

/// The page behind a private link.
#[must_use]
pub fn mine(
    locale: Locale,
    zone: Zone,
    token: &str,
    mine: &Mine,
    today: chrono::NaiveDate,
    days: i64,
) -> MinePage {
    let t = |key| plain(locale, key);
    let at = |part: &str| format!("/careers/mine/{token}/{part}");
    let (state, say) = standing(locale, mine.state, mine.stage);
    let form = |part: &str, submit, fields| FormView::open(locale, at(part), submit, fields);
    let day = |day: Option<chrono::NaiveDate>| Some(i18n::date(locale, &day?.to_string()));
    let active = mine.state == ApplicationState::Active;
    MinePage {
        title: locale.pick(&mine.title_zh, &mine.title_en).to_owned(),
        opening: mine.is_public.then(|| format!("/careers/{}", mine.opening)),
        code: mine.code.clone(),
        applied: i18n::date(locale, &zone.local_date(mine.applied_at).to_string()),
        state,
        say,
        files: mine.files.clone(),
        offer: mine.offer.as_ref().map(|offer| {
            let open = offer.state == "sent" && offer.expires_on.is_none_or(|last| today <= last);
            OfferView {
                terms: paragraphs(&offer.terms),
                starts: day(offer.starts_on),
                expires: day(offer.expires_on),
                said: match offer.state.as_str() {
                    "accepted" => Some(t("mine-offer-accepted")),
                    "declined" => Some(t("mine-offer-declined")),
                    _ if open => None,
                    _ => Some(t("mine-offer-over")),
                },
                form: (open && active).then(|| {
                    let answers = [("accept", "mine-accept"), ("decline", "mine-decline")]
                        .map(|(code, key)| (code.to_owned(), t(key).to_owned()));
                    let fields = vec![
                        Field::new("hidden", "id", "", &offer.id.to_string()),
                        Field::new("radio", "answer", t("mine-answer"), "").options(answers),
                    ];
                    form("offer", "mine-send", fields)
                }),
            }
        }),
        adverse: mine
            .adverse
            .iter()
            .map(|found| AdverseView {
                item: item_name(locale, &found.item),
                note: found.note.clone(),
                reply: found.reply.clone(),
                form: (found.reply.is_none() && active).then(|| {
                    let fields = vec![
                        Field::new("hidden", "id", "", &found.id.to_string()),
                        Field::new("textarea", &reply_field(found.id), t("mine-reply"), ""),
                    ];
                    form("reply", "mine-send", fields)
                }),
            })
            .collect(),
        withdraw: active.then(|| {
            let sure = Field::new("checkbox", WITHDRAW, t("mine-withdraw-sure"), "");
            form("withdraw", "mine-withdraw", vec![sure])
        }),
        interviews: mine
            .interviews
            .iter()
            .filter_map(|entry| {
                Some(InterviewView {
                    when: span(zone, entry.starts_at.zip(entry.ends_at))?,
                    place: entry.place.clone(),
                    cancelled: entry.is_cancelled(),
                    calendar: at(&format!("interviews/{}.ics", entry.id)),
                })
            })
            .collect(),
        check: mine.check.as_ref().map(|(text, agreed)| CheckView {
            text: paragraphs(locale.pick(&text.body_zh, &text.body_en)),
            agreed: *agreed,
            form: active.then(|| {
                let key = if *agreed {
                    "mine-check-back"
                } else {
                    "mine-check-agree"
                };
                let sure = Field::new("checkbox", check_box(*agreed), t(key), "");
                form("check", "mine-send", vec![sure])
            }),
        }),
        pool: mine.in_pool.then(|| form("pool", "mine-pool", Vec::new())),
        erase: (!mine.hired).then(|| {
            let slots = [("days", days.into())];
            let hint = i18n::text(locale, "mine-erase-hint", &slots);
            let sure = Field::new("checkbox", ERASE, t("mine-erase-sure"), "").hint(hint);
            form("erase", "mine-erase", vec![sure])
        }),
        hired: mine.hired,
    }
}

/// Which form of the page behind a private link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    Withdraw,
    Erase,
    Offer,
    Check,
    /// Of a finding of the background check.
    Reply(i64),
}

impl MinePage {
    /// A form of the page, to be shown again.
    pub fn form(&mut self, part: Part) -> Option<&mut FormView> {
        match part {
            Part::Withdraw => self.withdraw.as_mut(),
            Part::Erase => self.erase.as_mut(),
            Part::Check => self.check.as_mut()?.form.as_mut(),
            Part::Offer => self.offer.as_mut()?.form.as_mut(),
            Part::Reply(id) => {
                let id = id.to_string();
                self.adverse
                    .iter_mut()
                    .filter_map(|found| found.form.as_mut())
                    .find(|form| form.fields.first().is_some_and(|f| f.value == id))
            }
        }
    }
}

/// What is promised to applicants, as HR sees it.
#[derive(Serialize)]
pub struct Privacy {
    kinds: Vec<Promised>,
    pub days: FormView,
}

#[derive(Serialize)]
struct Promised {
    name: &'static str,
    versions: Vec<Version>,
    form: FormView,
}

#[derive(Serialize)]
struct Version {
    heading: String,
    by: String,
    zh: Vec<String>,
    en: Vec<String>,
}

fn consent_name(locale: Locale, kind: ConsentKind) -> &'static str {
    plain(
        locale,
        match kind {
            ConsentKind::Application => "consent-application",
            ConsentKind::Pool => "consent-pool",
            ConsentKind::BackgroundCheck => "consent-background-check",
        },
    )
}

/// The texts that are agreed to, and how long candidates are kept.
#[must_use]
pub fn privacy(who: &Who, texts: &[Text], days: i64) -> Privacy {
    let locale = who.locale;
    let t = |key| plain(locale, key);
    let kinds = ConsentKind::ALL.iter().map(|kind| {
        let of_kind: Vec<&Text> = texts.iter().filter(|t| t.kind == kind.code()).collect();
        let newest = of_kind.first();
        let area = |name: &str, key, value: &str| Field {
            rows: 6,
            ..Field::new("textarea", name, t(key), value)
        };
        let fields = vec![
            Field::new("hidden", "kind", "", kind.code()),
            area("body_zh", "consent-zh", newest.map_or("", |t| &t.body_zh)),
            area("body_en", "consent-en", newest.map_or("", |t| &t.body_en)),
        ];
        let form = FormView::new(who, "/openings/consent", "consent-publish", fields)
            .version(newest.map_or(0, |t| t.version_no));
        Promised {
            name: consent_name(locale, *kind),
            versions: of_kind
                .iter()
                .map(|t| Version {
                    heading: i18n::text(
                        locale,
                        "careers-consent-version",
                        &[("n", t.version_no.to_string().into())],
                    ),
                    // What the program brings was published on no day.
                    by: match t.published_at.and_utc().timestamp() {
                        0 => t.published_by.clone(),
                        _ => {
                            let day = who.site.settings.zone.local_date(t.published_at);
                            format!("{} {day}", t.published_by)
                        }
                    },
                    zh: t.body_zh.lines().map(str::to_owned).collect(),
                    en: t.body_en.lines().map(str::to_owned).collect(),
                })
                .collect(),
            form,
        }
    });
    let field = Field::new("number", "days", t("retention-days"), &days.to_string())
        .hint(t("retention-hint"))
        .suffix(t("retention-unit"));
    Privacy {
        kinds: kinds.collect(),
        days: FormView::new(who, "/openings/retention", "save", vec![field]),
    }
}

impl Privacy {
    /// The form of the text of a kind, to be shown again.
    pub fn text_form(&mut self, kind: ConsentKind) -> Option<&mut FormView> {
        let place = ConsentKind::ALL.iter().position(|k| *k == kind)?;
        self.kinds.get_mut(place).map(|promised| &mut promised.form)
    }
}
