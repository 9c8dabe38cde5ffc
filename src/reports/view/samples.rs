//! Results made up for the tests of the pages: a company of a few teams with everything that happens.

use crate::appraisals::model::result::*;
use crate::appraisals::model::rules::{Grade, PlannedItem, PlannedSheet, Rules};
use crate::goals::model::{
    Aim, Dimension, Direction, Duration, Figure, Flag, Kpi, MICRO, Measure, Quantity, Unit, half_up,
};
use crate::reports::view::Plans;

/// No plans.
pub(in crate::reports) static NO_PLANS: Plans = Plans {
    rows: Vec::new(),
    personal: Vec::new(),
};

/// Names that try to break out of the page.
pub const HOSTILE: [&str; 3] = ["</script><script>alert(1)</script>", "{{7*7}}", "\"'&<b>"];

fn steps(threshold: f64, target: f64, stretch: f64) -> Aim {
    let micro = |v: f64| (v * MICRO as f64).round() as i64;
    Aim::Steps {
        stretch_u: micro(stretch),
        target_u: micro(target),
        threshold_u: micro(threshold),
    }
}

fn kpi(
    code: &str,
    names: (&str, &str),
    dimension: Dimension,
    direction: Direction,
    unit: Unit,
    measure: Measure,
) -> Kpi {
    Kpi {
        code: code.into(),
        dimension,
        direction,
        formula_en: format!("{} as recorded, divided by all that count.", names.1),
        formula_zh: format!("{}：按记录计算，除以全部计入的记录。", names.0),
        measure: Some(measure),
        min_n: 5,
        name_en: names.1.into(),
        name_zh: names.0.into(),
        unit,
        version_no: 1,
    }
}

/// Rules with eight KPIs of every kind of measure and a band.
pub fn rules() -> Rules {
    use Dimension::{Efficiency, Quality, Satisfaction};
    use Direction::{Band, Higher, Lower};
    let item = |kpi: &str, weight_bp, aim| PlannedItem {
        aim,
        kpi: kpi.into(),
        subject: Subject::Own,
        weight_bp,
    };
    let items = vec![
        item("qa", 2000, steps(80.0, 90.0, 95.0)),
        item("fcr", 1500, steps(65.0, 75.0, 82.0)),
        item("complaint_rate", 1000, steps(4.0, 2.0, 1.0)),
        item("sla", 1500, steps(80.0, 90.0, 95.0)),
        item(
            "aht",
            1000,
            Aim::Band {
                high_u: 330 * MICRO,
                low_u: 210 * MICRO,
                outer_high_u: 480 * MICRO,
                outer_low_u: 120 * MICRO,
            },
        ),
        item("csat", 1500, steps(75.0, 85.0, 92.0)),
        item("frt", 500, steps(240.0, 120.0, 60.0)),
        item("nps", 1000, steps(0.0, 30.0, 50.0)),
    ];
    Rules {
        cards: Vec::new(),
        competency_bp: 0,
        distribution: Vec::new(),
        grades: [
            ("S", 11_000),
            ("A", 10_000),
            ("B", 8_500),
            ("C", 7_000),
            ("D", 0),
        ]
        .map(|(code, from_h)| Grade {
            code: code.into(),
            from_h,
        })
        .to_vec(),
        group_items: items.clone(),
        job_roles: Vec::new(),
        kpi_bp: 10_000,
        kpis: vec![
            kpi(
                "aht",
                ("平均处理时长", "Average handling time"),
                Efficiency,
                Band,
                Unit::Seconds,
                Measure::Mean(Quantity::Handle),
            ),
            kpi(
                "complaint_rate",
                ("投诉率", "Complaint rate"),
                Quality,
                Lower,
                Unit::PerThousand,
                Measure::ComplaintRate,
            ),
            kpi(
                "csat",
                ("客户满意度", "Customer satisfaction"),
                Satisfaction,
                Higher,
                Unit::Percent,
                Measure::Share(Flag::CsatTop),
            ),
            kpi(
                "fcr",
                ("首次解决率", "First-contact resolution"),
                Quality,
                Higher,
                Unit::Percent,
                Measure::Share(Flag::Fcr),
            ),
            kpi(
                "frt",
                ("首次响应时间", "First response time"),
                Efficiency,
                Lower,
                Unit::Minutes,
                Measure::Median(Duration::FirstReply),
            ),
            kpi(
                "nps",
                ("净推荐值", "Net Promoter Score"),
                Satisfaction,
                Higher,
                Unit::Points,
                Measure::Nps,
            ),
            kpi(
                "qa",
                ("质检分", "QA score"),
                Quality,
                Higher,
                Unit::Percent,
                Measure::Mean(Quantity::Quality),
            ),
            kpi(
                "sla",
                ("SLA 达成率", "SLA attainment"),
                Efficiency,
                Higher,
                Unit::Percent,
                Measure::Share(Flag::Sla),
            ),
        ],
        min_days: 45,
        min_weight_bp: 6000,
        name_en: "Figures only".into(),
        name_zh: "仅按数据".into(),
        peer_card: None,
        reviews: false,
        sheets: vec![PlannedSheet {
            competencies: None,
            items,
            job_roles: Vec::new(),
        }],
        wants_agreement: true,
    }
}

/// A figure of `n` records whose quality is `level`, around 0 to 1.
pub fn figure(kpi: &Kpi, n: i64, level: f64) -> Figure {
    let part = |share: f64| (n as f64 * share.clamp(0.0, 1.0)).round() as i64;
    match kpi.measure {
        Some(Measure::Mean(quantity)) => {
            let (mean, sd) = match quantity {
                Quantity::Quality => (8_200.0 + 1_600.0 * level, 700.0),
                _ => (520.0 - 320.0 * level, 90.0),
            };
            let variance: f64 = sd * sd;
            Figure::Mean {
                n,
                sum: (mean * n as f64).round() as i64,
                sumsq: ((mean * mean + variance) * n as f64).round() as i64,
            }
        }
        Some(Measure::Nps) => Figure::Nps {
            detractors: part(0.4 - 0.3 * level),
            n,
            promoters: part(0.3 + 0.4 * level),
        },
        Some(Measure::ComplaintRate) => Figure::Rate {
            events: part(0.006 - 0.005 * level),
            exposure: n,
        },
        Some(Measure::Median(_)) => {
            let mid = (18_000.0 - 15_000.0 * level) as i64;
            Figure::Median {
                approx: n > 1000,
                high: (n >= 6).then_some(mid / 2 + mid / 10),
                low: (n >= 6).then_some(mid / 2 - mid / 10),
                n,
                twice: mid,
            }
        }
        _ => Figure::Share {
            hits: part(0.6 + 0.38 * level),
            n,
        },
    }
}

/// The same wobble for the same number, from -1 to 1.
fn wobble(seed: u64) -> f64 {
    let mixed = seed
        .wrapping_add(1)
        .wrapping_mul(0x9E37_79B9_7F4A_7C15)
        .rotate_left(29)
        .wrapping_mul(0xBF58_476D_1CE4_E5B9);
    (mixed >> 40) as f64 / (1_u64 << 23) as f64 - 1.0
}

/// Every KPI's figure of `n` contacts; every eighth contact has a survey, every twentieth a review.
pub fn figures(rules: &Rules, n: i64, level: f64, seed: u64) -> Vec<KpiFigure> {
    rules
        .kpis
        .iter()
        .enumerate()
        .filter_map(|(i, kpi)| {
            let n = match kpi.measure {
                Some(Measure::Nps | Measure::Share(Flag::CsatTop)) => n / 8,
                Some(Measure::Mean(Quantity::Quality)) => n / 20,
                _ => n,
            };
            let level = level + 0.12 * wobble(seed * 31 + i as u64);
            (n > 0).then(|| KpiFigure {
                figure: figure(kpi, n, level),
                kpi: kpi.code.clone(),
            })
        })
        .collect()
}

/// The items of the sheet with these figures.
pub fn items(rules: &Rules, figures: &[KpiFigure], before: &[KpiFigure]) -> Vec<ItemResult> {
    let of = |all: &[KpiFigure], code: &str| all.iter().find(|f| f.kpi == code).map(|f| f.figure);
    rules
        .group_items
        .iter()
        .map(|planned| {
            let kpi = rules.kpi(&planned.kpi).unwrap();
            let figure = of(figures, &planned.kpi);
            ItemResult {
                aim: planned.aim,
                baseline: of(before, &planned.kpi),
                figure,
                kpi: planned.kpi.clone(),
                points_h: kpi.points_h(figure.as_ref(), &planned.aim),
                status: kpi.status(figure.as_ref()),
                subject: planned.subject,
                weight_bp: planned.weight_bp,
            }
        })
        .collect()
}

/// Sum of products and weight of the items that count.
pub fn worth(items: &[ItemResult]) -> (i64, i64) {
    items
        .iter()
        .filter_map(|i| Some((i.points_h? * i.weight_bp, i.weight_bp)))
        .fold((0, 0), |(a, b), (c, d)| (a + c, b + d))
}

/// Rounded once, none where too little weight remains.
pub fn score(rules: &Rules, items: &[ItemResult]) -> Option<i64> {
    let (sum, weight) = worth(items);
    (weight >= rules.min_weight_bp).then(|| half_up(i128::from(sum), i128::from(weight)))
}

fn past(rules: &Rules, n: i64, level: f64, seed: u64) -> Vec<PastQuarter> {
    ["2015Q1", "2015Q2", "2015Q3", "2015Q4"]
        .iter()
        .enumerate()
        .map(|(i, quarter)| PastQuarter {
            figures: figures(rules, n, level - 0.05 * (3 - i) as f64, seed + 7 * i as u64),
            quarter: (*quarter).into(),
        })
        .collect()
}

/// A person with `n` contacts at `level`.
pub fn person(rules: &Rules, no: &str, name: (&str, &str), n: i64, level: f64) -> PersonResult {
    let seed = no
        .bytes()
        .fold(7_u64, |a, b| a.wrapping_mul(31) + u64::from(b))
        % 10_000;
    let figures = figures(rules, n, level, seed);
    let history = past(rules, n, level, seed);
    let items = items(rules, &figures, &history[3].figures);
    let total = score(rules, &items);
    PersonResult {
        adjustments: Vec::new(),
        competencies: None,
        competency_h: None,
        cycle: "2016Q1".into(),
        cycle_days: 91,
        employee_no: no.into(),
        grade: total.and_then(|t| rules.grade(t)).map(str::to_owned),
        history,
        included_reason: None,
        job_role: "agent".into(),
        kpi_score_h: total,
        manager_name: Some("陆明".into()),
        manager_name_en: Some("Lu Ming".into()),
        manager_no: Some("E1000".into()),
        missing: Vec::new(),
        name: name.0.into(),
        name_en: name.1.into(),
        not_rated: total.is_none().then_some(NotRated::TooLittleWeight),
        peers: None,
        rules_sha256: "0".repeat(64),
        scope_days: 91,
        scope_from: "2016-01-01".into(),
        scope_to: "2016-03-31".into(),
        self_review: None,
        team: Some("FIELD-N".into()),
        total_h: total,
        versions: vec![VersionResult {
            agreed: true,
            days: 91,
            from: "2016-01-01".into(),
            items,
            job_role: "agent".into(),
            kpi_score_h: total,
            qualitative: Vec::new(),
            team: Some("FIELD-N".into()),
            to: "2016-03-31".into(),
            version_no: 1,
        }],
    }
}

/// Somebody who changed teams in the middle of the quarter.
pub fn transferred(rules: &Rules) -> PersonResult {
    let mut person = person(rules, "E1042", ("欧阳思远", "Ouyang Siyuan"), 640, 0.7);
    let first = items(rules, &figures(rules, 220, 0.55, 3), &[]);
    let second = items(rules, &figures(rules, 420, 0.8, 4), &[]);
    let version =
        |no, team: &str, from: &str, to: &str, days, items: Vec<ItemResult>| VersionResult {
            agreed: no == 1,
            days,
            from: from.into(),
            job_role: "agent".into(),
            kpi_score_h: score(rules, &items),
            items,
            qualitative: Vec::new(),
            team: Some(team.into()),
            to: to.into(),
            version_no: no,
        };
    person.versions = vec![
        version(1, "FIELD-S", "2016-01-01", "2016-02-09", 40, first),
        version(2, "FIELD-N", "2016-02-10", "2016-03-31", 51, second),
    ];
    // Exactly: days times products over days times weight, here with equal weights.
    let (num, den) = person
        .versions
        .iter()
        .map(|v| {
            let (sum, weight) = worth(&v.items);
            (i128::from(sum), i128::from(weight), i128::from(v.days))
        })
        .fold((0, 1), |(num, den), (sum, weight, days)| {
            (num * weight + days * sum * den, den * weight)
        });
    let total = half_up(num, den * 91);
    person.kpi_score_h = Some(total);
    person.total_h = Some(total);
    person.grade = rules.grade(total).map(str::to_owned);
    person.missing = vec![Missing::Agreement];
    person
}

/// Somebody of whom nothing is known.
pub fn empty(rules: &Rules) -> PersonResult {
    let mut person = person(rules, "e-7 a", (HOSTILE[0], HOSTILE[1]), 0, 0.5);
    person.history = Vec::new();
    person.missing = vec![Missing::Agreement, Missing::CheckIns, Missing::Review];
    person.job_role = HOSTILE[2].into();
    person.team = None;
    person
}

/// Members of a team from their sheets.
pub fn members(people: &[PersonResult]) -> Vec<MemberResult> {
    people
        .iter()
        .map(|p| MemberResult {
            employee_no: p.employee_no.clone(),
            figures: p
                .versions
                .last()
                .map(|v| {
                    v.items
                        .iter()
                        .filter_map(|i| {
                            Some(KpiFigure {
                                figure: i.figure?,
                                kpi: i.kpi.clone(),
                            })
                        })
                        .collect()
                })
                .unwrap_or_default(),
            grade: p.grade.clone(),
            job_role: p.job_role.clone(),
            kpi_score_h: p.kpi_score_h,
            name: p.name.clone(),
            name_en: p.name_en.clone(),
            not_rated: p.not_rated,
            total_h: p.total_h,
        })
        .collect()
}

/// Nine people: good, less good, new, transferred, with long and hostile names.
pub fn people(rules: &Rules) -> Vec<PersonResult> {
    let mut people = vec![
        person(rules, "E1041", ("王小明", "Wang Xiaoming"), 980, 0.93),
        transferred(rules),
        person(rules, "E1043", ("李娜", "Li Na"), 1_020, 0.78),
        person(rules, "E1044", ("张伟", "Zhang Wei"), 760, 0.42),
        person(
            rules,
            "E1045",
            (
                "阿卜杜热西提·买买提明·阿不都克里木",
                "Abdureshit Mämtimin Abdukerim von Hohenstein-Fürstenberg",
            ),
            870,
            0.66,
        ),
        person(rules, "E1046", ("陈静", ""), 45, 0.9),
        person(rules, "E1047", (HOSTILE[0], HOSTILE[1]), 910, 0.71),
        person(rules, "E1048", ("刘洋", "Liu Yang"), 1_240, 0.6),
        empty(rules),
    ];
    people.sort_by(|a, b| a.employee_no.cmp(&b.employee_no));
    people
}

/// A group of `headcount` people with these grades.
pub fn group(rules: &Rules, headcount: i64, n: i64, level: f64, signal: bool) -> GroupResult {
    let now = figures(rules, n, level, 11);
    let history = past(rules, n, level, 12);
    let items = if n > 0 {
        items(rules, &now, &history[3].figures)
    } else {
        items(rules, &[], &[])
    };
    let counts = [
        headcount / 9,
        headcount / 4,
        headcount / 3,
        headcount / 9,
        0,
    ];
    GroupResult {
        bot_records: n / 12,
        channels: ["phone", "chat", "email", "video-kiosk", "unknown"]
            .iter()
            .enumerate()
            .filter(|_| n > 0)
            .map(|(i, channel)| ChannelFigures {
                channel: (*channel).into(),
                figures: figures(rules, n >> (i + 1), level - 0.05 * i as f64, i as u64),
                records: n >> (i + 1),
            })
            .collect(),
        complaints: [
            ("delay", "Late arrival", "到场延误", 14),
            ("attitude", "Tone of the talk", "沟通态度", 6),
            ("repeat", "Fault came back", "故障复发", 5),
            ("billing", "Invoice unclear", "账单不清", 2),
            ("parts", "Part missing", "备件缺货", 1),
        ]
        .iter()
        .filter(|_| n > 0)
        .map(|(code, en, zh, count)| CategoryCount {
            code: (*code).into(),
            count: *count,
            name_en: (*en).into(),
            name_zh: (*zh).into(),
        })
        .collect(),
        distribution: rules
            .grades
            .iter()
            .zip(counts)
            .map(|(g, count)| GradeCount {
                count,
                grade: g.code.clone(),
            })
            .collect(),
        headcount,
        history: if n > 0 { history } else { Vec::new() },
        kpi_score_h: score(rules, &items),
        items,
        not_rated: headcount - counts.iter().sum::<i64>(),
        records: n,
        unattributed: n / 40,
        weeks: (0..14)
            .filter(|_| n > 0)
            .map(|week| {
                let dip = if signal && week == 9 { 0.5 } else { 0.0 };
                WeekFigures {
                    figures: figures(rules, n / 13, level - dip, 100 + week),
                    monday: [
                        "2015-12-28",
                        "2016-01-04",
                        "2016-01-11",
                        "2016-01-18",
                        "2016-01-25",
                        "2016-02-01",
                        "2016-02-08",
                        "2016-02-15",
                        "2016-02-22",
                        "2016-02-29",
                        "2016-03-07",
                        "2016-03-14",
                        "2016-03-21",
                        "2016-03-28",
                    ][week as usize]
                        .into(),
                    records: n / 13,
                }
            })
            .collect(),
    }
}

/// A team with members.
pub fn team(
    rules: &Rules,
    code: &str,
    names: (&str, &str),
    parent: Option<&str>,
    group: GroupResult,
    people: &[PersonResult],
) -> TeamResult {
    TeamResult {
        code: code.into(),
        cycle: "2016Q1".into(),
        group,
        members: members(people),
        name_en: names.1.into(),
        name_zh: names.0.into(),
        parent: parent.map(str::to_owned),
        rules_sha256: rules.name_en.clone(),
    }
}

/// The teams: two of good size below a parent, one of four people, one without data.
pub fn teams(rules: &Rules) -> Vec<TeamResult> {
    let people = people(rules);
    let two = [
        person(rules, "E2001", ("赵敏", "Zhao Min"), 300, 0.8),
        person(rules, "E2002", ("孙磊", "Sun Lei"), 420, 0.5),
    ];
    vec![
        team(
            rules,
            "FIELD",
            ("现场服务部", "Field Service"),
            None,
            group(rules, 21, 15_400, 0.68, false),
            &[],
        ),
        team(
            rules,
            "FIELD-N",
            ("现场服务北区", "Field Service North"),
            Some("FIELD"),
            group(rules, 9, 6_400, 0.6, true),
            &people,
        ),
        team(
            rules,
            "FIELD-S",
            ("现场服务南区", "Field Service South"),
            Some("FIELD"),
            group(rules, 12, 9_000, 0.83, false),
            &[],
        ),
        team(
            rules,
            "LAB",
            ("实验室", "Laboratory"),
            None,
            group(rules, 2, 720, 0.65, false),
            &two,
        ),
        team(
            rules,
            "NIGHT",
            ("夜班热线", "Night Desk"),
            None,
            group(rules, 7, 3_100, 0.35, false),
            &[],
        ),
        team(
            rules,
            "VOID",
            ("筹建组", "Set-up Group"),
            None,
            group(rules, 5, 0, 0.5, false),
            &[],
        ),
    ]
}

/// The figures of several groups together; of medians the first.
fn sum(groups: &[&GroupResult]) -> Vec<KpiFigure> {
    let mut all: Vec<KpiFigure> = Vec::new();
    for item in groups.iter().flat_map(|g| &g.items) {
        let Some(figure) = item.figure else { continue };
        match all.iter_mut().find(|f| f.kpi == item.kpi) {
            None => all.push(KpiFigure {
                figure,
                kpi: item.kpi.clone(),
            }),
            Some(whole) => match (&mut whole.figure, figure) {
                (Figure::Share { hits, n }, Figure::Share { hits: x, n: m }) => {
                    *hits += x;
                    *n += m;
                }
                (
                    Figure::Mean { n, sum, sumsq },
                    Figure::Mean {
                        n: m,
                        sum: x,
                        sumsq: xx,
                    },
                ) => {
                    *n += m;
                    *sum += x;
                    *sumsq += xx;
                }
                (
                    Figure::Nps {
                        detractors,
                        n,
                        promoters,
                    },
                    Figure::Nps {
                        detractors: d,
                        n: m,
                        promoters: p,
                    },
                ) => {
                    *detractors += d;
                    *n += m;
                    *promoters += p;
                }
                (
                    Figure::Rate { events, exposure },
                    Figure::Rate {
                        events: x,
                        exposure: t,
                    },
                ) => {
                    *events += x;
                    *exposure += t;
                }
                _ => {}
            },
        }
    }
    all
}

/// The cycle of these teams.
pub fn cycle(rules: Rules) -> CycleResult {
    let teams = teams(&rules);
    let tops: Vec<&GroupResult> = teams
        .iter()
        .filter(|t| t.parent.is_none())
        .map(|t| &t.group)
        .collect();
    let mut company = group(&rules, 35, 19_220, 0.66, true);
    company.items = items(&rules, &sum(&tops), &company.history[3].figures);
    company.kpi_score_h = score(&rules, &company.items);
    let step = |state: &str, at: &str, forced, reason: &str| StepTaken {
        entered_at: at.into(),
        forced,
        reason: reason.into(),
        state: state.into(),
    };
    CycleResult {
        code: "2016Q1".into(),
        ends_on: "2016-03-31".into(),
        group: company,
        missing: vec![
            MissingCount {
                count: 35,
                missing: Missing::Agreement,
            },
            MissingCount {
                count: 1,
                missing: Missing::CheckIns,
            },
        ],
        starts_on: "2016-01-01".into(),
        steps: vec![
            step("draft", "2016-04-01 01:00:00", false, ""),
            step("goal_setting", "2016-04-01 01:02:00", false, ""),
            step("tracking", "2016-04-01 01:03:00", true, HOSTILE[0]),
            step(
                "evaluation",
                "2016-04-01 01:05:00",
                true,
                "历史数据补录 / back-filled from past records",
            ),
        ],
        teams: teams
            .into_iter()
            .map(|t| TeamSummary {
                code: t.code,
                distribution: t.group.distribution,
                figures: t
                    .group
                    .items
                    .iter()
                    .filter_map(|i| {
                        Some(KpiFigure {
                            figure: i.figure?,
                            kpi: i.kpi.clone(),
                        })
                    })
                    .collect(),
                headcount: t.group.headcount,
                kpi_score_h: t.group.kpi_score_h,
                name_en: t.name_en,
                name_zh: t.name_zh,
                not_rated: t.group.not_rated,
                parent: t.parent,
                records: t.group.records,
            })
            .collect(),
        rules,
    }
}
