//! Whom the invented company looks for: an opening on which much has happened, one that has just been published, one
//! that waits for approval. Applicants are judged by the same steps as anybody's.

use chrono::{Duration, NaiveDate, NaiveDateTime};

use crate::access::Reach;
use crate::audit::Actor;
use crate::db::Conn;
use crate::demo::generate::draw::Draw;
use crate::demo::generate::names::{GIVEN_NAMES, SURNAMES};
use crate::demo::quarter::{HR, actor, at};
use crate::error::{Error, Message, Result};
use crate::judgement::model::card::{Card, Criterion};
use crate::judgement::model::sheet::Rating;
use crate::judgement::store::cards;
use crate::people::model::Seat;
use crate::people::store::Directory;
use crate::recruitment::model::application::{APPLICANT, Step as Move};
use crate::recruitment::model::candidate::Person;
use crate::recruitment::model::codes::{ConsentKind, Reason, Source, StageKind};
use crate::recruitment::model::decision::{CheckItem, CheckResult, Choice};
use crate::recruitment::model::opening::{Step, Template};
use crate::recruitment::store::applications::{Answer, NewApplication};
use crate::recruitment::store::careers;
use crate::recruitment::store::checks;
use crate::recruitment::store::decisions::{self, Decision};
use crate::recruitment::store::moves;
use crate::recruitment::store::offers::{self, NewHire};
use crate::recruitment::store::openings::{self, Terms};
use crate::recruitment::store::reading;
use crate::recruitment::store::rounds::change::{self, Meeting};
use crate::recruitment::store::rounds::sheets::{self, Words};
use crate::recruitment::store::rounds::{self, Applied};

/// The stream of draws of applicants.
const STREAM: u64 = 71;

/// Whoever leads the team that is looking, and whoever interviews with them.
const OWNER: &str = "E1051";
const SECOND: &str = "E1052";

/// Applicants of the opening on which much has happened, and of the new one.
const APPLICANTS: usize = 28;
const NEWCOMERS: u64 = 9;

/// What becomes of an applicant.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Fate {
    /// Nobody has looked yet.
    Waits,
    /// A requirement is not met, which somebody confirms.
    KnockedOut,
    /// Below the pass rule at the screening.
    Screened,
    Withdrawn,
    /// An interview is still to come.
    Invited,
    /// Did not come.
    Missed,
    /// Interviewed by two who disagree; not decided.
    Disputed,
    /// Interviewed and turned down.
    Interviewed,
    /// Something speaks against them, and they have been heard.
    Checked,
    Offered,
    Hired,
}

/// In the order in which they apply: the first are furthest.
const FATES: [Fate; APPLICANTS] = [
    Fate::Hired,
    Fate::Screened,
    Fate::Offered,
    Fate::Screened,
    Fate::Checked,
    Fate::KnockedOut,
    Fate::Interviewed,
    Fate::Interviewed,
    Fate::Screened,
    Fate::Disputed,
    Fate::Withdrawn,
    Fate::Screened,
    Fate::Missed,
    Fate::KnockedOut,
    Fate::Screened,
    Fate::Invited,
    Fate::Screened,
    Fate::Interviewed,
    Fate::Screened,
    Fate::Invited,
    Fate::Screened,
    Fate::KnockedOut,
    Fate::Waits,
    Fate::Screened,
    Fate::Waits,
    Fate::Withdrawn,
    Fate::Waits,
    Fate::Waits,
];

const SOURCES: [(Source, u32); 5] = [
    (Source::Careers, 5),
    (Source::JobBoard, 4),
    (Source::Referral, 3),
    (Source::Campus, 2),
    (Source::Agency, 1),
];

/// What everything here is done with.
struct Desk<'a> {
    conn: &'a mut Conn,
    reach: Reach,
    draw: Draw,
    /// Numbers of those who judge: the owner of the openings, and another lead.
    raters: [i64; 2],
}

/// Looks for people, up to the day on which the demonstration opens.
pub fn recruit(conn: &mut Conn, seed: u64, today: NaiveDate) -> Result<()> {
    let directory = Directory::load(conn)?;
    let of = |no: &str| {
        let found = directory.by_number(no);
        found.ok_or_else(|| Error::NotFound(Message::new("person-not-found").with("no", no)))
    };
    let mut desk = Desk {
        raters: [of(OWNER)?, of(SECOND)?],
        reach: Reach::operator(today),
        draw: Draw::new(seed, STREAM),
        conn,
    };
    let agents = desk.open(
        ("SC", "agent", 2),
        ("客服专员", "Customer service agent"),
        (
            "接听电话、在线答复，从受理到办结负责到底。\n\n我们提供完整的上岗培训，前四周有老师带教。",
            "You answer calls and chats and see each case through to its end.\n\nYou are trained from the first day, with a mentor beside you for four weeks.",
        ),
        today - Duration::days(56),
    )?;
    desk.publish(&agents, today - Duration::days(54))?;
    desk.agents(&agents, today)?;
    let engineers = desk.open(
        ("FE", "agent", 3),
        ("上门维修工程师", "Field service engineer"),
        (
            "在客户家中安装、检修家用电器，向客户说明故障原因和保养方法。",
            "You install and repair appliances at customers’ homes and explain what was wrong and how to look after them.",
        ),
        today - Duration::days(16),
    )?;
    desk.publish(&engineers, today - Duration::days(12))?;
    for later in 0..NEWCOMERS {
        let applied_at = at(today - Duration::days(11), later);
        desk.apply(&engineers, applied_at, false)?;
    }
    desk.open(
        ("HT", "agent", 1),
        ("热线班次客服（夜间）", "Hotline agent, evening shift"),
        (
            "负责晚间热线，处理紧急报修。",
            "You take the evening hotline and see to urgent repairs.",
        ),
        today - Duration::days(3),
    )?;
    Ok(())
}

impl Desk<'_> {
    /// Asks for an opening; gives its code.
    fn open(
        &mut self,
        (team, role, head_count): (&str, &str, i32),
        title: (&str, &str),
        body: (&str, &str),
        day: NaiveDate,
    ) -> Result<String> {
        let (Some(team_id), Some(job_role_id)) = offers::codes(self.conn, team, role)? else {
            return Err(Error::Internal(
                format!("the demonstration has no {team} or no {role}").into(),
            ));
        };
        let terms = Terms {
            team_id,
            job_role_id,
            owner_id: Some(self.raters[0]),
            head_count,
            title_zh: title.0.to_string(),
            title_en: title.1.to_string(),
            body_zh: body.0.to_string(),
            body_en: body.1.to_string(),
            reason: "业务量增长，现有人手不足 / More work than hands".to_string(),
            opens_on: None,
            closes_on: None,
        };
        let known = cards::published(self.conn)?;
        let criteria = Template::shipped()?.criteria(|code| known.get(code).map(|(id, _)| *id));
        let owner = actor(OWNER, at(day, 0));
        let code = openings::create(self.conn, &terms, &criteria, &owner)?;
        self.step(&code, Step::Request, "", &owner)?;
        Ok(code)
    }

    fn publish(&mut self, code: &str, day: NaiveDate) -> Result<()> {
        let hr = actor(HR, at(day, 0));
        self.step(code, Step::Approve, "编制内 / Within the plan", &hr)?;
        self.step(code, Step::Publish, "", &hr)
    }

    fn step(&mut self, code: &str, step: Step, words: &str, by: &Actor) -> Result<()> {
        let found = openings::find(self.conn, &self.reach, code)?;
        openings::step(self.conn, &found, step, words, found.row_version, by)
    }

    /// Somebody applies by the public form; gives the code of the application.
    fn apply(&mut self, opening: &str, at: NaiveDateTime, fails: bool) -> Result<String> {
        let (family, given) = (self.draw.pick(&SURNAMES), self.draw.pick(&GIVEN_NAMES));
        let number = self.draw.between(10_000_000, 99_999_999);
        let english = format!("{} {}", family.1, given.1);
        let day = at.date();
        let open = openings::find(self.conn, &self.reach, opening)?;
        let answers = (1..).zip(&open.questions).map(|(position, question)| {
            let answer = if fails && position == 2 { "no" } else { "yes" };
            Answer {
                position,
                answer: answer.to_string(),
                failed: question.fails(answer).unwrap_or(false),
            }
        });
        let mut groups = Vec::new();
        // Most say, of their own will.
        if self.draw.chance(9_000) {
            let gender = self.draw.pick(&["female", "male"]);
            groups.push(("gender".to_string(), gender.to_string()));
        }
        let new = NewApplication {
            opening_id: open.id,
            person: Person {
                name: format!("{}{}", family.0, given.0),
                name_en: english.clone(),
                email: Some(format!(
                    "{}.{number}@example.com",
                    english.to_lowercase().replace(' ', ".")
                )),
                phone: Some(format!("138{number}")),
                locale: "zh-CN".to_string(),
            },
            staff_id: None,
            source: self.draw.weighted(&SOURCES),
            applied_at: at,
            answers: answers.collect(),
            groups,
            consents: vec![careers::text(self.conn, ConsentKind::Application)?.id],
            files: Vec::new(),
        };
        let token = format!("{number}-{opening}");
        let by = actor(APPLICANT, at);
        match careers::apply(self.conn, &new, opening, (&token, &token), false, day, &by)? {
            (careers::Applied::Now(done), _) => Ok(done.code),
            _ => Err(Error::Internal(
                "an applicant of the demonstration applied twice".into(),
            )),
        }
    }

    /// Everything that has happened to those who applied as agents.
    fn agents(&mut self, opening: &str, today: NaiveDate) -> Result<()> {
        let first = today - Duration::days(52);
        for (number, fate) in (0_u64..).zip(FATES) {
            let applied = at(first, number * 2 / 3);
            let code = self.apply(opening, applied, fate == Fate::KnockedOut)?;
            self.walk(&code, fate, applied.date(), today)?;
        }
        Ok(())
    }

    /// Takes an application from its day to where its fate leads.
    fn walk(&mut self, code: &str, fate: Fate, day: NaiveDate, today: NaiveDate) -> Result<()> {
        match fate {
            Fate::Waits => return Ok(()),
            Fate::KnockedOut => return self.knock_out(code, day),
            Fate::Withdrawn => {
                let found = self.find(code)?;
                let by = actor(APPLICANT, at(day, 5));
                return moves::step(self.conn, &[found.id], &Move::Withdraw, &by);
            }
            _ => {}
        }
        let low = fate == Fate::Screened;
        self.judge(code, None, at(day, 2), [if low { 2 } else { 4 }; 2])?;
        if low {
            return self.decide(code, Choice::Reject, at(day, 4));
        }
        self.move_on(code, StageKind::Interview, at(day, 4))?;
        let held = if fate == Fate::Invited {
            at(today, 2)
        } else {
            at(day, 10)
        };
        let meeting = Meeting {
            starts_at: held + Duration::hours(1),
            minutes: 45,
            place: "三楼会议室 / Meeting room, third floor".to_string(),
        };
        let levels = match fate {
            Fate::Invited | Fate::Missed => {
                let set_up = held.min(at(today, 0)) - Duration::days(4);
                let round = self.set_up(code, Some(&meeting), set_up)?;
                if fate == Fate::Missed {
                    let found = rounds::show(self.conn, Some(&self.reach), None, round)?;
                    let by = actor(HR, held + Duration::hours(3));
                    let seen = found.round.row_version;
                    change::conclude(self.conn, &found, seen, true, &by)?;
                }
                return Ok(());
            }
            Fate::Disputed => [1, 5],
            Fate::Interviewed => [2, 3],
            _ => [4, 5],
        };
        self.judge(code, Some(&meeting), held, levels)?;
        match fate {
            Fate::Disputed => return Ok(()),
            Fate::Interviewed => return self.decide(code, Choice::Reject, at(day, 13)),
            _ => {}
        }
        self.move_on(code, StageKind::BackgroundCheck, at(day, 12))?;
        self.check(code, at(day, 14), fate == Fate::Checked)?;
        if fate == Fate::Checked {
            return Ok(());
        }
        self.decide(code, Choice::Offer, at(day, 18))?;
        self.offer(code, at(day, 19), fate == Fate::Hired, today)
    }

    fn find(&mut self, code: &str) -> Result<Applied> {
        rounds::find(self.conn, &self.reach, code)
    }

    /// A person confirms that a requirement is not met, and ends the application with that reason.
    fn knock_out(&mut self, code: &str, day: NaiveDate) -> Result<()> {
        let by = actor(HR, at(day, 3));
        let found = reading::find(self.conn, &self.reach, code)?;
        let why = "电话确认：不能上晚班 / Confirmed by telephone: cannot work evenings";
        reading::confirm(self.conn, &found, found.row_version, 2, true, why, &by)?;
        let step = Move::Reject {
            reason: Reason::KnockOut,
            note: why.to_string(),
        };
        moves::step(self.conn, &[found.id], &step, &by)
    }

    fn move_on(&mut self, code: &str, kind: StageKind, when: NaiveDateTime) -> Result<()> {
        let found = self.find(code)?;
        let stages = openings::stages(self.conn, found.opening_id)?;
        let Some(stage) = stages.iter().find(|s| s.stage.kind == kind) else {
            return Ok(());
        };
        let by = actor(HR, when);
        moves::step(self.conn, &[found.id], &Move::ToStage(stage.id), &by)
    }

    /// Sets up a round with both raters; gives its number.
    fn set_up(
        &mut self,
        code: &str,
        meeting: Option<&Meeting>,
        when: NaiveDateTime,
    ) -> Result<i64> {
        let found = self.find(code)?;
        let by = actor(HR, when);
        let opened = change::open(self.conn, &[found], &self.raters, meeting, &by)?;
        opened
            .first()
            .copied()
            .ok_or_else(|| Error::Internal("a round was set up and is not there".into()))
    }

    /// A round that is set up, held, and judged by both, each about the level given.
    fn judge(
        &mut self,
        code: &str,
        meeting: Option<&Meeting>,
        when: NaiveDateTime,
        levels: [i64; 2],
    ) -> Result<()> {
        let set_up = meeting.map_or(when, |_| when - Duration::days(4));
        let round = self.set_up(code, meeting, set_up)?;
        if let Some(meeting) = meeting {
            let found = rounds::show(self.conn, Some(&self.reach), None, round)?;
            let by = actor(HR, meeting.starts_at + Duration::hours(1));
            let seen = found.round.row_version;
            change::conclude(self.conn, &found, seen, false, &by)?;
        }
        let whose = [OWNER, SECOND];
        for ((rater, login), level) in self.raters.into_iter().zip(whose).zip(levels) {
            let found = rounds::show(self.conn, None, Some(rater), round)?;
            let version = found.round.panel.kind.version_id;
            let card = cards::version(self.conn, version)?.card;
            let ratings = self.ratings(&card, level);
            let seen = found.own().map_or(1, |seat| seat.sheet.row_version);
            let words = Words {
                seen,
                ratings: &ratings,
                summary: "",
            };
            let by = actor(login, when + Duration::hours(4));
            sheets::submit(self.conn, &found, &words, &by)?;
        }
        Ok(())
    }

    /// Ratings about a level; one at the edge of the scale says what it rests on.
    fn ratings(&mut self, card: &Card, level: i64) -> Vec<Rating> {
        let rate = |criterion: &Criterion, points: i64| {
            let points_h = points * 100;
            let note = if criterion.wants_note(points_h) {
                "举了具体的例子，前后一致。 / Told of a case, and it held together."
            } else {
                ""
            };
            Rating {
                criterion: criterion.code.clone(),
                evidence: String::new(),
                not_applicable: false,
                note: note.to_string(),
                points_h: Some(points_h),
            }
        };
        card.criteria
            .iter()
            .map(|criterion| {
                // Somebody clearly apart stays so; others are rated a little unevenly.
                let points = match level {
                    1 | 5 => level,
                    _ => level + i64::from(self.draw.below(2)),
                };
                rate(criterion, points.clamp(1, 5))
            })
            .collect()
    }

    fn decide(&mut self, code: &str, choice: Choice, when: NaiveDateTime) -> Result<()> {
        let found = self.find(code)?;
        let case = decisions::case(self.conn, found, None)?;
        let seen = case.applied.row_version;
        let (reason, note) = match choice {
            Choice::Offer => (
                None,
                "达到通过标准，两位面试官意见一致。 / Passed by the rule; both interviewers agree.",
            ),
            Choice::Reject => (
                Some(Reason::PassRule),
                "未达到公布的通过标准，已逐项与公布的要求对照。 / Below the pass rule that was published; each criterion was compared with it.",
            ),
        };
        let decision = Decision {
            choice,
            reason,
            note: note.to_string(),
        };
        decisions::decide(self.conn, &case, seen, &decision, &actor(HR, when))
    }

    /// Looks into two things, with the applicant's agreement; one may speak against them.
    fn check(&mut self, code: &str, when: NaiveDateTime, adverse: bool) -> Result<()> {
        let found = self.find(code)?;
        let by = actor(HR, when);
        checks::agree(self.conn, (&found).into(), when, &actor(APPLICANT, when))?;
        let items = [CheckItem::Employment, CheckItem::References];
        checks::begin(self.conn, &found, &items, &by)?;
        for check in checks::of(self.conn, found.id)? {
            let result = if adverse && check.item == CheckItem::Employment {
                (
                    CheckResult::Adverse,
                    "前雇主确认的离职时间与简历相差三个月。 / The employer names another month of leaving than the CV.",
                )
            } else {
                (CheckResult::Clear, "电话核实无误 / Confirmed by telephone")
            };
            checks::find(self.conn, &found, &check, check.row_version, result, &by)?;
            if result.0 == CheckResult::Adverse {
                let words = "离职后三个月在家照顾家人，简历上没有写清楚。 / I cared for my family for three months; the CV should have said so.";
                let by = actor(APPLICANT, when + Duration::days(1));
                checks::reply(self.conn, check.id, words, &by)?;
            }
        }
        Ok(())
    }

    /// Makes an offer; who accepts it is hired two weeks from now.
    fn offer(
        &mut self,
        code: &str,
        when: NaiveDateTime,
        accepted: bool,
        today: NaiveDate,
    ) -> Result<()> {
        let (found, by, day) = (self.find(code)?, actor(HR, when), when.date());
        let starts_on = today + Duration::days(14);
        let terms = offers::Terms {
            terms: "客服专员，试用期三个月，四周带教。 / Customer service agent, three months of probation, four weeks with a mentor.",
            starts_on: Some(starts_on),
            expires_on: Some(today + Duration::days(4)),
        };
        offers::write(self.conn, &found, 0, &terms, day, &by)?;
        let newest = |conn: &mut Conn| -> Result<offers::Offer> {
            let offer = offers::of(conn, found.id)?.into_iter().next();
            offer.ok_or_else(|| Error::Internal("an offer was written and is not there".into()))
        };
        let offer = newest(self.conn)?;
        offers::send(self.conn, &found, &offer, offer.row_version, day, &by)?;
        if !accepted {
            return Ok(());
        }
        let offer = newest(self.conn)?;
        let (seen, answers) = (
            offer.row_version,
            actor(APPLICANT, when + Duration::days(2)),
        );
        offers::answer(self.conn, &found, &offer, seen, true, day, &answers)?;
        let new = NewHire {
            employee_no: offers::next_number(self.conn)?,
            name: found.name.0.clone(),
            name_en: found.name.1.clone(),
            email: None,
            starts_on,
            seat: Seat {
                team_id: Some(found.team_id),
                job_role_id: found.job_role_id,
                manager_id: found.owner_id,
            },
        };
        let (found, by) = (self.find(code)?, actor(HR, when + Duration::days(3)));
        offers::hire(self.conn, &found, found.row_version, &new, &by).map(drop)
    }
}
