//! How aims and weights are written: the targets of a KPI beside its figure.

use crate::evidence::view::gauge::Gauge;
use crate::goals::model::{Aim, Direction, Kpi, MICRO};
use crate::i18n::{Locale, number, plain};

impl<'a> Gauge<'a> {
    /// How the figures of a KPI are written.
    #[must_use]
    pub fn of(kpi: &'a Kpi, locale: Locale) -> Self {
        Gauge {
            code: &kpi.code,
            name: locale.pick(&kpi.name_zh, &kpi.name_en),
            unit: kpi.unit,
            measure: kpi.measure,
            direction: kpi.direction,
            min_n: kpi.min_n,
            locale,
        }
    }

    /// A target without needless zeros: `90`, `2.5`.
    fn aim(&self, micro: i64) -> String {
        let value = from_micro(micro);
        let decimals = (0..=self.decimals())
            .find(|d| {
                let scale = 10_f64.powi(i32::try_from(*d).unwrap_or(0));
                ((value * scale).round() - value * scale).abs() < 1e-6
            })
            .unwrap_or_else(|| self.decimals());
        number(value, decimals)
    }

    /// `target 90`, `target 75–88`.
    #[must_use]
    pub fn target(&self, aim: &Aim) -> String {
        let mut out = plain(self.locale, "figure-target").to_owned();
        out.push(' ');
        out.push_str(&self.goal(aim));
        out
    }

    /// `90`, `75–88`.
    #[must_use]
    pub fn goal(&self, aim: &Aim) -> String {
        match *aim {
            Aim::Steps { target_u, .. } => self.aim(target_u),
            Aim::Band { high_u, low_u, .. } => {
                format!("{}–{}", self.aim(low_u), self.aim(high_u))
            }
        }
    }

    /// `80 / 90 / 95`: threshold, target and stretch; of a band its four limits.
    #[must_use]
    pub fn steps(&self, aim: &Aim) -> String {
        let marks: &[i64] = match aim {
            Aim::Steps {
                stretch_u,
                target_u,
                threshold_u,
            } => &[*threshold_u, *target_u, *stretch_u],
            Aim::Band {
                high_u,
                low_u,
                outer_high_u,
                outer_low_u,
            } => &[*outer_low_u, *low_u, *high_u, *outer_high_u],
        };
        let mut out = String::new();
        for (i, mark) in marks.iter().enumerate() {
            if i > 0 {
                out.push_str(" / ");
            }
            out.push_str(&self.aim(*mark));
        }
        out
    }
}

/// Percent of basis points: `25 %`.
#[must_use]
pub fn weight(locale: Locale, bp: i64) -> String {
    let decimals = if bp % 100 == 0 { 0 } else { 2 };
    let mut out = number(bp as f64 / 100.0, decimals);
    out.push_str(plain(locale, "unit-percent"));
    out
}

/// Millionths as a number.
#[must_use]
pub fn from_micro(micro: i64) -> f64 {
    micro as f64 / MICRO as f64
}

/// Which way is better, in words.
#[must_use]
pub fn direction(locale: Locale, direction: Direction) -> &'static str {
    plain(
        locale,
        match direction {
            Direction::Higher => "direction-higher",
            Direction::Lower => "direction-lower",
            Direction::Band => "direction-band",
        },
    )
}
