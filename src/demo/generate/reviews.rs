//! Quality reviews: four to six of each agent and month, by the team's lead or, for comparison, the
//! lead of another team.

use std::io;
use std::path::Path;

use super::company::{Channel, Company, KINDS};
use super::draw::Draw;
use super::period::Period;
use super::table::Table;

/// Writes `quality-reviews.csv`, in order of months and employee numbers.
pub fn write(company: &Company, period: &Period, seed: u64, path: &Path) -> io::Result<()> {
    let mut draw = Draw::new(seed, 3);
    let mut table = Table::create(
        path,
        "id,employee,day,points,applicable,auto_fail,channel,reviewer",
    )?;
    let mut number = 0;
    for month in period.months().windows(2) {
        for person in &company.people {
            for _ in 0..draw.between(4, 6) {
                // The last day of a month is left out, so that a Sunday can move to Monday.
                let drawn = draw.between(month[0], month[1] - 2);
                let day = drawn + u32::from(period.is_sunday(drawn));
                if !person.serves_on(day) {
                    continue;
                }
                let team = person.team_on(day);
                let channel = match draw.weighted(company.kind(team).channels) {
                    Channel::SelfService => Channel::Phone,
                    channel => channel,
                };
                let score = (90 + person.skill.review + draw.around(8)).clamp(0, 100) as u32;
                let applicable = draw.weighted(&[(100, 50), (95, 20), (90, 15), (80, 15)]);
                let elsewhere = 1 + draw.below(KINDS.len() as u32) as usize;
                let judged_by = if draw.chance(7_500) { team } else { elsewhere };
                let reviewer = company.people[company.lead(judged_by)].number;
                number += 1;
                table
                    .value(Some(format_args!("QR-{number:06}")))
                    .value(Some(person.number));
                table
                    .text(period.day_text(day))
                    .value(Some((score * applicable + 50) / 100))
                    .value(Some(applicable));
                table
                    .flag(Some(draw.chance(80)))
                    .text(channel.code())
                    .value(Some(reviewer))
                    .end()?;
            }
        }
    }
    table.finish()
}
