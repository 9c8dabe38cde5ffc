//! Service records and what follows from them: survey answers and complaints. One pass over the
//! days in order of time; only one day's contacts are held in memory.

use std::io;

use super::company::{Channel, Company, KINDS, Kind, Level, Part, Skill};
use super::draw::Draw;
use super::names::{CRITICISM, PRAISE};
use super::period::{Moment, Period, SERVICE_DAY, day_of, moment};
use super::table::Table;
use super::{CORE_STAFF, Files, Options, planted};

const RECORD_COLUMNS: &str = "id,opened_at,first_reply_at,resolved_at,closed_at,employee,team,\
    channel,category,service_class,stage,handle_seconds,first_contact_resolved,sla_met,reopened,\
    transferred,escalated,bot,handled";
const ANSWER_COLUMNS: &str = "id,record_id,employee,answered_at,csat,nps,ces,quality,speed,\
    expertise,attitude,experience,outcome,innovation,comment";
const COMPLAINT_COLUMNS: &str = "id,record_id,employee,received_at,classified_at,assigned_at,\
    investigated_at,handled_at,replied_at,followed_up_at,category,channel,substantiated";

/// When customers call, and when they write: hours and their weights.
const LIVE_HOURS: [(u32, u32); 12] = [
    (8, 6),
    (9, 12),
    (10, 13),
    (11, 10),
    (12, 6),
    (13, 8),
    (14, 11),
    (15, 11),
    (16, 9),
    (17, 6),
    (18, 5),
    (19, 3),
];
const WRITING_HOURS: [(u32, u32); 10] = [
    (6, 2),
    (7, 4),
    (9, 16),
    (10, 14),
    (12, 10),
    (14, 14),
    (16, 12),
    (19, 12),
    (21, 10),
    (23, 3),
];

/// What a bot reaches where it answers.
const BOT: Level = Level {
    fcr: 6_200,
    sla: 9_800,
    csat: 7_000,
    handling: 30,
};
/// A contact without a person is as good as the team.
const NO_SKILL: Skill = Skill {
    fcr: 0,
    sla: 0,
    csat: 0,
    handling: 100,
    review: 0,
};

/// Ordinary share of contacts that answer the survey, and of those with a bot, in basis points.
const RESPONSE: i32 = 2_200;
const BOT_RESPONSE: i32 = 800;
/// Which of their contacts of the last quarter the person with three answers got them from.
const THREE_ANSWERS: [u32; 3] = [20, 60, 100];
/// Which contacts of the last quarter the planted complaints are about: every third of these.
const CLUSTER: std::ops::Range<u32> = 30..46;

/// A contact before it is served: who comes when, by which way, to whom.
struct Arrival {
    minute: u32,
    team: usize,
    person: Option<usize>,
    channel: Channel,
    bot: bool,
    handled: bool,
}

/// A service record.
#[derive(Clone)]
struct Contact {
    number: usize,
    opened: Moment,
    first_reply: Option<Moment>,
    resolved: Option<Moment>,
    closed: Moment,
    person: Option<usize>,
    team: usize,
    channel: Channel,
    category: &'static str,
    class: Class,
    stage: &'static str,
    handled: bool,
    bot: bool,
    /// What is known once a contact was handled.
    outcome: Option<Outcome>,
}

#[derive(Clone)]
struct Outcome {
    seconds: u32,
    fcr: bool,
    sla: bool,
    reopened: bool,
    transferred: bool,
    escalated: bool,
}

#[derive(Clone, Copy)]
enum Class {
    Basic,
    ValueAdded,
    Customised,
}

impl Class {
    fn code(self) -> &'static str {
        match self {
            Self::Basic => "basic",
            Self::ValueAdded => "value_added",
            Self::Customised => "customised",
        }
    }

    /// Service minutes within which a solution is promised.
    fn promise(self) -> u32 {
        match self {
            Self::Basic => 2 * SERVICE_DAY,
            Self::ValueAdded => SERVICE_DAY,
            Self::Customised => 3 * SERVICE_DAY,
        }
    }
}

/// Writes service records, survey answers, complaints and corrections.
pub fn write(
    company: &Company,
    period: &Period,
    options: &Options,
    files: &Files,
) -> io::Result<()> {
    let mut desk = Desk {
        company,
        period,
        draw: Draw::new(options.seed, 2),
        records: Table::create(&files.service_records, RECORD_COLUMNS)?,
        answers: Table::create(&files.survey_answers, ANSWER_COLUMNS)?,
        complaints: Table::create(&files.complaints, COMPLAINT_COLUMNS)?,
        corrections: Table::create(&files.corrections, RECORD_COLUMNS)?,
        duty: vec![Vec::new(); KINDS.len()],
        served: vec![0; company.people.len()],
        record_count: 0,
        answer_count: 0,
        complaint_count: 0,
        reattributed: false,
        resettled: false,
    };
    desk.serve_period(options)?;
    for table in [
        desk.records,
        desk.answers,
        desk.complaints,
        desk.corrections,
    ] {
        table.finish()?;
    }
    Ok(())
}

/// The open files and what has to be remembered from one contact to the next.
struct Desk<'a> {
    company: &'a Company,
    period: &'a Period,
    draw: Draw,
    records: Table,
    answers: Table,
    complaints: Table,
    corrections: Table,
    /// Who of the company of 60 is at work today, with weights, by kind of team.
    duty: Vec<Vec<(usize, u32)>>,
    /// Contacts of each person in the current quarter.
    served: Vec<u32>,
    record_count: usize,
    answer_count: usize,
    complaint_count: usize,
    /// Whether the two corrections have been made.
    reattributed: bool,
    resettled: bool,
}

impl Desk<'_> {
    fn serve_period(&mut self, options: &Options) -> io::Result<()> {
        let period = self.period;
        let others: Vec<usize> = (CORE_STAFF..self.company.people.len())
            .filter(|place| self.company.people[*place].role.serves())
            .collect();
        let others_on_sunday: Vec<usize> = others
            .iter()
            .copied()
            .filter(|place| !self.kind_of_person(*place).field)
            .collect();
        let core = if others.is_empty() {
            options.records
        } else {
            core_share(options)
        };
        let mut core_days = Spread::new(core, period);
        let mut other_days = Spread::new(options.records - core, period);
        let mut arrivals = Vec::new();
        let mut quarters_left = usize::MAX;
        for day in 0..period.days {
            if period.quarters_left(day) != quarters_left {
                quarters_left = period.quarters_left(day);
                self.served.fill(0);
            }
            let sunday = period.is_sunday(day);
            self.call_to_duty(day);
            let teams: Vec<(usize, u32)> = KINDS
                .iter()
                .map(|kind| if sunday && kind.field { 0 } else { kind.share })
                .enumerate()
                .collect();
            for _ in 0..core_days.next(period.load(day)) {
                let kind = self.draw.weighted(&teams);
                let person =
                    (!self.duty[kind].is_empty()).then(|| self.draw.weighted(&self.duty[kind]));
                arrivals.push(self.arrive(kind + 1, person));
            }
            let at_work = if sunday { &others_on_sunday } else { &others };
            for _ in 0..other_days.next(period.load(day)) {
                let person = self.draw.pick(at_work);
                arrivals.push(self.arrive(self.company.people[person].team_on(day), Some(person)));
            }
            arrivals.sort_by_key(|arrival: &Arrival| arrival.minute);
            for arrival in arrivals.drain(..) {
                self.serve(day, &arrival)?;
            }
        }
        Ok(())
    }

    fn kind_of_person(&self, place: usize) -> &'static Kind {
        self.company.kind(self.company.people[place].team_on(0))
    }

    /// Who of the company of 60 works today: everybody five days of seven, in turns.
    fn call_to_duty(&mut self, day: u32) {
        self.duty.iter_mut().for_each(Vec::clear);
        for (place, person) in self.company.people.iter().enumerate().take(CORE_STAFF) {
            let rests = (day as usize + 3 * place) % 7 < 2;
            if person.serves_on(day) && !rests {
                let weight = if person.part == Part::Star { 22 } else { 10 };
                self.duty[person.team_on(day) - 1].push((place, weight));
            }
        }
    }

    /// A contact for a team. A bot takes some of what is written to the service centre; some
    /// callers hang up, and a few contacts are on record without a person.
    fn arrive(&mut self, team: usize, person: Option<usize>) -> Arrival {
        let kind = self.company.kind(team);
        let channel = self.draw.weighted(kind.channels);
        let bot = match channel {
            Channel::SelfService => true,
            Channel::Chat | Channel::App | Channel::Web => {
                kind.code == KINDS[0].code && self.draw.chance(2_500)
            }
            _ => false,
        };
        let handled =
            bot || !matches!(channel, Channel::Phone | Channel::Chat) || !self.draw.chance(250);
        let attributed = handled && !bot && !self.draw.chance(80);
        let hour = if bot {
            self.draw.below(24)
        } else {
            self.draw.weighted(if channel.is_live() {
                &LIVE_HOURS[..]
            } else {
                &WRITING_HOURS[..]
            })
        };
        let minute = hour * 60 + self.draw.below(60);
        Arrival {
            minute,
            team,
            person: person.filter(|_| attributed),
            channel,
            bot,
            handled,
        }
    }

    /// Makes a contact of an arrival and writes it, with its answer and its complaint.
    fn serve(&mut self, day: u32, arrival: &Arrival) -> io::Result<()> {
        let contact = self.contact(day, arrival);
        let ordinal = contact.person.map_or(0, |person| {
            self.served[person] += 1;
            self.served[person]
        });
        write_record(&mut self.records, self.company, self.period, &contact)?;
        let csat = self.answer(day, &contact, ordinal)?;
        let complained = self.complain(day, &contact, ordinal)?;
        if self.period.quarters_left(day) == 0 && !complained {
            self.correct(&contact, csat)?;
        }
        Ok(())
    }

    fn contact(&mut self, day: u32, arrival: &Arrival) -> Contact {
        self.record_count += 1;
        let &Arrival {
            minute,
            team,
            person,
            channel,
            bot,
            handled,
        } = arrival;
        let kind = self.company.kind(team);
        let category = self.draw.weighted(kind.categories);
        let [basic, value_added, customised] = kind.classes;
        let class = self.draw.weighted(&[
            (Class::Basic, basic),
            (Class::ValueAdded, value_added),
            (Class::Customised, customised),
        ]);
        let [before, during, after] = match category {
            "delivery" | "installation" => [25, 70, 5],
            "account" | "billing" => [45, 25, 30],
            _ => [5, 10, 85],
        };
        let stage = self
            .draw
            .weighted(&[("before", before), ("during", during), ("after", after)]);
        let opened = moment(day, minute);
        let mut contact = Contact {
            number: self.record_count,
            opened,
            first_reply: None,
            resolved: None,
            closed: opened + self.draw.below(4),
            person,
            team,
            channel,
            category,
            class,
            stage,
            handled,
            bot,
            outcome: None,
        };
        if handled {
            let outcome = self.outcome(day, &contact);
            if bot {
                contact.first_reply = Some(opened);
                contact.closed = opened + outcome.seconds.div_ceil(60);
                contact.resolved = outcome.fcr.then_some(contact.closed);
            } else {
                self.settle(&mut contact, &outcome);
            }
            contact.outcome = Some(outcome);
        }
        contact
    }

    /// How well a contact goes: the level of the team in this quarter and the skill of the person
    /// decide.
    fn outcome(&mut self, day: u32, contact: &Contact) -> Outcome {
        let level = self.level(day, contact);
        let skill = self.skill(contact);
        let median = contact.channel.handling() * level.handling * skill.handling / 10_000;
        let seconds = self.draw.lognormal(median).max(15);
        let fcr = self.draw.chance(level.fcr + skill.fcr);
        let sla = self.draw.chance(level.sla + skill.sla);
        Outcome {
            seconds,
            fcr,
            sla,
            reopened: !fcr && self.draw.chance(1_400),
            // What a bot cannot solve goes to a person.
            transferred: !fcr && (contact.bot || self.draw.chance(2_500)),
            escalated: !fcr && self.draw.chance(900),
        }
    }

    fn level(&self, day: u32, contact: &Contact) -> Level {
        if contact.bot {
            BOT
        } else {
            self.company
                .level(contact.team, self.period.quarters_left(day))
        }
    }

    fn skill(&self, contact: &Contact) -> Skill {
        contact
            .person
            .map_or(NO_SKILL, |person| self.company.people[person].skill)
    }

    /// The times of a contact that a person handles. They agree with the outcome: within the
    /// promised service time, or after it. What is solved in the first contact is solved in one go,
    /// so there only the first reply can be late; a visit is solved when somebody has been there.
    fn settle(&mut self, contact: &mut Contact, outcome: &Outcome) {
        let field = self.company.kind(contact.team).field;
        let (reply_promise, promise) = (contact.channel.reply_promise(), contact.class.promise());
        let handling = outcome.seconds.div_ceil(60);
        let in_one_go = outcome.fcr && contact.channel != Channel::Visit;
        let wait = if in_one_go && !outcome.sla {
            reply_promise + 1 + self.draw.below(reply_promise * 3)
        } else {
            self.soon(reply_promise)
        };
        let first_reply = self.period.after(contact.opened, wait, field);
        let work = match (in_one_go, outcome.sla) {
            (true, _) => handling,
            (false, true) => handling + self.soon(promise.saturating_sub(wait + handling)),
            (false, false) => promise + promise * self.draw.between(5, 150) / 100,
        };
        let ended = self.period.after(first_reply, work, field);
        let given_up = !outcome.fcr && !outcome.sla && self.draw.chance(6_000);
        contact.first_reply = Some(first_reply);
        contact.resolved = (!given_up).then_some(ended);
        contact.closed = self
            .period
            .after(ended, self.draw.below(2 * SERVICE_DAY), field);
    }

    /// Less than `limit` minutes, short waits likelier.
    fn soon(&mut self, limit: u32) -> u32 {
        let limit = limit.max(1);
        self.draw.below(limit).min(self.draw.below(limit))
    }

    /// Writes the customer's answer to the survey, if there is one, and returns the satisfaction
    /// where it was given for the record.
    fn answer(&mut self, day: u32, contact: &Contact, ordinal: u32) -> io::Result<Option<i32>> {
        let Some(outcome) = &contact.outcome else {
            return Ok(None);
        };
        let part = self.part(contact);
        let last_quarter = self.period.quarters_left(day) == 0;
        let answers = match part {
            Part::Star => ordinal.is_multiple_of(3),
            Part::ThreeAnswers if last_quarter => THREE_ANSWERS.contains(&ordinal),
            _ => self
                .draw
                .chance(if contact.bot { BOT_RESPONSE } else { RESPONSE }),
        };
        if !answers {
            return Ok(None);
        }
        let mut at = contact.resolved.unwrap_or(contact.closed) + self.draw.lognormal(300);
        if at < moment(day_of(at), 7 * 60) {
            // Nobody answers a survey at night.
            at += 8 * 60;
        }
        // An answer counts on its own day, so nothing older may slip in among the three of the last
        // quarter.
        let slips_in = part == Part::ThreeAnswers
            && !last_quarter
            && self.period.quarters_left(day_of(at)) == 0;
        if slips_in || self.period.time(at).is_none() {
            return Ok(None);
        }
        let satisfied = match part {
            Part::Star => ordinal / 3 % 20 != 10,
            _ => {
                let from_fcr = if outcome.fcr { 250 } else { -750 };
                let from_sla = if outcome.sla { 120 } else { -880 };
                let chance =
                    self.level(day, contact).csat + self.skill(contact).csat + from_fcr + from_sla;
                self.draw.chance(chance)
            }
        };
        let csat = if part == Part::ThreeAnswers && last_quarter {
            5
        } else if satisfied {
            self.draw.weighted(&[(5, 60), (4, 40)])
        } else {
            self.draw.weighted(&[(3, 50), (2, 28), (1, 22)])
        };
        // Some answer by the code on the service sheet, which knows the person and not the case.
        let by_sheet = contact.channel == Channel::Visit
            && contact.person.is_some()
            && self.draw.chance(1_000);
        self.write_answer(contact, outcome, at, csat, by_sheet)?;
        Ok((!by_sheet).then_some(csat))
    }

    fn write_answer(
        &mut self,
        contact: &Contact,
        outcome: &Outcome,
        at: Moment,
        csat: i32,
        by_sheet: bool,
    ) -> io::Result<()> {
        let draw = &mut self.draw;
        let nps = match csat {
            5 => draw.weighted(&[(10, 55), (9, 30), (8, 10), (7, 5)]),
            4 => draw.weighted(&[(9, 25), (8, 35), (7, 28), (6, 12)]),
            3 => draw.weighted(&[(7, 30), (6, 35), (5, 35)]),
            2 => draw.weighted(&[(6, 20), (5, 30), (4, 30), (3, 20)]),
            _ => draw.weighted(&[(4, 10), (3, 20), (2, 20), (1, 15), (0, 35)]),
        };
        let effort = csat + 2 + draw.around(1) - i32::from(!outcome.fcr);
        let ces = (!draw.chance(1_000)).then_some(effort.clamp(1, 7));
        self.answer_count += 1;
        let row = &mut self.answers;
        row.value(Some(format_args!("SA-{:06}", self.answer_count)));
        row.value((!by_sheet).then_some(format_args!("SR-{:07}", contact.number)));
        row.value(
            contact
                .person
                .filter(|_| by_sheet)
                .map(|person| self.company.people[person].number),
        );
        row.value(self.period.time(at))
            .value(Some(csat))
            .value(Some(nps))
            .value(ces);
        // Quality, speed, expertise, attitude, experience, outcome, innovation.
        let slow = -i32::from(!outcome.sla);
        let unsolved = -i32::from(!outcome.fcr);
        for lean in [0, slow, 0, 0, 0, unsolved, 0] {
            let rating = (csat + lean + draw.around(1)).clamp(1, 5);
            row.value((!draw.chance(1_500)).then_some(rating));
        }
        let comment = match csat {
            4.. if draw.chance(1_400) => draw.pick(&PRAISE),
            ..4 if draw.chance(3_500) => draw.pick(&CRITICISM),
            _ => "",
        };
        row.text(comment).end()
    }

    /// Writes the customer's complaint, if there is one, and says whether there was.
    fn complain(&mut self, day: u32, contact: &Contact, ordinal: u32) -> io::Result<bool> {
        let Some(outcome) = &contact.outcome else {
            return Ok(false);
        };
        let part = self.part(contact);
        let planted = part == Part::ComplaintCluster
            && self.period.quarters_left(day) == 0
            && CLUSTER.contains(&ordinal)
            && ordinal.is_multiple_of(3);
        let chance = 15 + if outcome.fcr { 0 } else { 50 } + if outcome.sla { 0 } else { 45 };
        let by_chance = !contact.bot && part != Part::NoComplaints && self.draw.chance(chance);
        if !planted && !by_chance {
            return Ok(false);
        }
        let draw = &mut self.draw;
        let mut at = contact.resolved.unwrap_or(contact.closed);
        let steps = [
            (0, 1_500),
            (10, 240),
            (10, 300),
            (300, 3_000),
            (60, 1_500),
            (10, 600),
            (3_900, 7_000),
        ];
        let times = steps.map(|(least, most)| {
            at = self.period.after(at, draw.between(least, most), false);
            self.period.time(at)
        });
        let judged = times[3].is_some();
        let cause = match (planted, outcome.sla, outcome.fcr) {
            (true, ..) => draw.weighted(&[("attitude", 3), ("communication", 2)]),
            (false, false, _) => "delay",
            (false, true, false) => {
                draw.weighted(&[("workmanship", 5), ("communication", 3), ("product", 2)])
            }
            (false, true, true) => draw.weighted(&[("price", 4), ("attitude", 3), ("product", 3)]),
        };
        let channel = draw.weighted(&[
            (Channel::Phone, 50),
            (Channel::Email, 20),
            (Channel::Social, 16),
            (Channel::Web, 14),
        ]);
        let substantiated = planted
            || draw.chance(if outcome.fcr && outcome.sla {
                4_500
            } else {
                7_500
            });
        // Some letters name no case, and some complaints are nobody's doing.
        let names_record = planted || !draw.chance(1_000);
        let person = contact.person.filter(|_| planted || !draw.chance(800));
        self.complaint_count += 1;
        let row = &mut self.complaints;
        row.value(Some(format_args!("CP-{:05}", self.complaint_count)));
        row.value(names_record.then_some(format_args!("SR-{:07}", contact.number)));
        row.value(person.map(|person| self.company.people[person].number));
        for time in times {
            row.value(time);
        }
        row.text(cause)
            .text(channel.code())
            .flag(judged.then_some(substantiated))
            .end()?;
        Ok(true)
    }

    fn part(&self, contact: &Contact) -> Part {
        contact
            .person
            .map_or(Part::Ordinary, |person| self.company.people[person].part)
    }

    /// Corrects two records of the last quarter: an unhappy customer's contact turns out to be a
    /// colleague's, and a visit booked late had been within the promise.
    fn correct(&mut self, contact: &Contact, csat: Option<i32>) -> io::Result<()> {
        let (Some(person), Part::Ordinary, Some(outcome)) =
            (contact.person, self.part(contact), &contact.outcome)
        else {
            return Ok(());
        };
        let mut corrected = contact.clone();
        let code = self.company.teams[contact.team].code();
        if !self.reattributed
            && code == planted::REATTRIBUTED_IN
            && csat.is_some_and(|csat| csat <= 2)
        {
            let colleague = self.duty[contact.team - 1]
                .iter()
                .map(|(place, _)| *place)
                .find(|place| {
                    *place != person && self.company.people[*place].part == Part::Ordinary
                });
            if colleague.is_none() {
                return Ok(());
            }
            corrected.person = colleague;
            self.reattributed = true;
        } else if !self.resettled
            && code == planted::RESETTLED_IN
            && contact.channel == Channel::Visit
            && contact.resolved.is_some()
            && !outcome.sla
        {
            let visited = contact
                .first_reply
                .map(|reply| self.period.after(reply, outcome.seconds.div_ceil(60), true));
            corrected.resolved = visited;
            corrected.closed = visited.unwrap_or(contact.closed);
            corrected.outcome = Some(Outcome {
                sla: true,
                ..outcome.clone()
            });
            self.resettled = true;
        } else {
            return Ok(());
        }
        write_record(&mut self.corrections, self.company, self.period, &corrected)
    }
}

fn write_record(
    row: &mut Table,
    company: &Company,
    period: &Period,
    contact: &Contact,
) -> io::Result<()> {
    let outcome = contact.outcome.as_ref();
    row.value(Some(format_args!("SR-{:07}", contact.number)));
    row.value(period.time(contact.opened));
    row.value(contact.first_reply.and_then(|at| period.time(at)));
    row.value(contact.resolved.and_then(|at| period.time(at)));
    row.value(period.time(contact.closed));
    row.value(contact.person.map(|person| company.people[person].number));
    row.text(company.teams[contact.team].code())
        .text(contact.channel.code())
        .text(contact.category);
    row.text(contact.class.code()).text(contact.stage);
    // Handling time is that of a contact; how long a visit takes is another matter.
    let at_desk = outcome.filter(|_| contact.channel != Channel::Visit);
    row.value(at_desk.map(|outcome| outcome.seconds));
    row.flag(outcome.map(|outcome| outcome.fcr))
        .flag(outcome.map(|outcome| outcome.sla));
    row.flag(outcome.map(|outcome| outcome.reopened));
    row.flag(outcome.map(|outcome| outcome.transferred));
    row.flag(outcome.map(|outcome| outcome.escalated));
    row.flag(Some(contact.bot))
        .flag(Some(contact.handled))
        .end()
}

/// How many of the records the company of 60 gets when there are more people: its share by head
/// count, but no less than 6,000 a quarter (while that is at most half of all), so that the planted
/// effects keep their size.
fn core_share(options: &Options) -> usize {
    let by_head = (options.records as u128 * CORE_STAFF as u128 / options.staff as u128) as usize;
    by_head.max((6_000 * options.quarters).min(options.records / 2))
}

/// Spreads a number of records over the days by load; the parts add up to it exactly.
struct Spread {
    records: u128,
    total_load: u128,
    load: u128,
    given: u128,
}

impl Spread {
    fn new(records: usize, period: &Period) -> Self {
        let total_load = (0..period.days)
            .map(|day| u128::from(period.load(day)))
            .sum();
        Self {
            records: records as u128,
            total_load,
            load: 0,
            given: 0,
        }
    }

    fn next(&mut self, load: u32) -> usize {
        self.load += u128::from(load);
        let due = self.records * self.load / self.total_load;
        let today = due - self.given;
        self.given = due;
        today as usize
    }
}
