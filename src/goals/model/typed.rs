//! Figures of a KPI that people state: two numbers by the unit of the KPI. Pure.

use crate::goals::model::sheet::{scaled, unscaled};
use crate::goals::model::{Figure, Unit};

/// What of a figure is typed: a part and its whole, or a value and how many it is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Typed {
    /// How many of how many: a share in percent.
    Share,
    /// So many events in so many cases: per 1,000.
    Rate,
    /// A mean, to two decimals, of so many.
    Mean,
}

impl Typed {
    /// How the figures of a KPI are typed in.
    #[must_use]
    pub fn of(unit: Unit) -> Typed {
        match unit {
            Unit::Percent => Typed::Share,
            Unit::PerThousand => Typed::Rate,
            _ => Typed::Mean,
        }
    }

    /// The figure that two texts make; none where they make none.
    #[must_use]
    pub fn figure(self, part: &str, whole: &str) -> Option<Figure> {
        let n = whole.trim().parse::<i64>().ok();
        let n = n.filter(|n| (1..=1_000_000_000).contains(n))?;
        let count = || {
            let part = part.trim().parse::<i64>().ok()?;
            (0..=1_000_000_000).contains(&part).then_some(part)
        };
        Some(match self {
            Typed::Share => Figure::Share {
                hits: count().filter(|hits| *hits <= n)?,
                n,
            },
            Typed::Rate => Figure::Rate {
                events: count()?,
                exposure: n,
            },
            Typed::Mean => {
                let mean = scaled(part, 2).filter(|mean| mean.abs() <= 1_000_000_000)?;
                // Nobody knows how far the single values lie apart.
                Figure::Mean {
                    n,
                    sum: mean.checked_mul(n)?,
                    sumsq: 0,
                }
            }
        })
    }

    /// The two texts of a figure.
    #[must_use]
    pub fn texts(figure: &Figure) -> [String; 2] {
        match *figure {
            Figure::Share { hits, n } => [hits.to_string(), n.to_string()],
            Figure::Rate { events, exposure } => [events.to_string(), exposure.to_string()],
            Figure::Mean { n, sum, .. } => [unscaled(sum / n.max(1), 2), n.to_string()],
            Figure::Nps { n, .. } | Figure::Median { n, .. } => [String::new(), n.to_string()],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_numbers_make_a_figure_by_the_unit_of_the_kpi() {
        let share = Typed::of(Unit::Percent);
        assert_eq!(
            share.figure("7", "8"),
            Some(Figure::Share { hits: 7, n: 8 })
        );
        assert_eq!(share.figure("9", "8"), None, "more than all");
        let rate = Typed::of(Unit::PerThousand);
        assert!(matches!(
            rate.figure("9", "8"),
            Some(Figure::Rate {
                events: 9,
                exposure: 8
            })
        ));
        for wrong in [("-1", "8"), ("1", "0"), ("1", ""), ("x", "8"), ("1.5", "8")] {
            assert_eq!(share.figure(wrong.0, wrong.1), None, "{wrong:?}");
        }
    }
}
