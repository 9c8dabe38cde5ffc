//! Whether people who rate others do so alike: leniency, spread, halo, recency, gaps between groups.
//!
//! Everything here describes; nothing corrects. Ratings come as floats in any unit, one slice per rater. A function
//! answers `None` where there is too little to say anything. The constructs are those of Saal, Downey & Lahey,
//! Psychological Bulletin 88 (1980) 413-428.

use statrs::distribution::{ChiSquared, ContinuousCDF, FisherSnedecor};
use statrs::function::erf::erfc;

use super::studentized;

/// Whether several groups have one mean.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Anova {
    pub f: f64,
    /// Degrees of freedom between and within groups.
    pub freedom: (f64, f64),
    /// The probability of an F as large by chance.
    pub p: f64,
    /// Share of the variation in the sample that lies between groups, 0 to 1.
    pub eta2: f64,
    /// The same estimated for the population; may be slightly negative.
    pub omega2: f64,
}

/// What variation there is between and within groups.
struct Squares {
    between: f64,
    within: f64,
    /// Groups with values.
    groups: f64,
    n: f64,
    grand: f64,
    sum_of_squared_sizes: f64,
}

fn mean(values: &[f64]) -> Option<f64> {
    (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
}

fn squares_about(values: &[f64], centre: f64) -> f64 {
    values.iter().map(|v| (v - centre).powi(2)).sum()
}

/// The sample standard deviation; `None` with fewer than two values.
#[must_use]
pub fn deviation(values: &[f64]) -> Option<f64> {
    let centre = mean(values)?;
    (values.len() > 1).then(|| (squares_about(values, centre) / (values.len() - 1) as f64).sqrt())
}

impl Squares {
    fn of(groups: &[Vec<f64>]) -> Option<Squares> {
        let all: Vec<f64> = groups.iter().flatten().copied().collect();
        let grand = mean(&all)?;
        let mut found = Squares {
            between: 0.0,
            within: 0.0,
            groups: 0.0,
            n: all.len() as f64,
            grand,
            sum_of_squared_sizes: 0.0,
        };
        for group in groups {
            let Some(own) = mean(group) else { continue };
            let n = group.len() as f64;
            found.between += n * (own - grand).powi(2);
            found.within += squares_about(group, own);
            found.groups += 1.0;
            found.sum_of_squared_sizes += n * n;
        }
        let enough = found.groups >= 2.0 && found.n > found.groups;
        enough.then_some(found)
    }

    /// Variance within groups.
    fn mean_within(&self) -> f64 {
        self.within / (self.n - self.groups)
    }

    /// Variance between groups, by the analysis-of-variance estimator for unequal sizes; never negative.
    fn variance_between(&self) -> f64 {
        let size = (self.n - self.sum_of_squared_sizes / self.n) / (self.groups - 1.0);
        ((self.between / (self.groups - 1.0) - self.mean_within()) / size).max(0.0)
    }
}

/// The one-way analysis of variance over groups.
///
/// `None` with fewer than two groups that hold values, or no group with two, or no variation within groups.
/// Source: any textbook; omega squared after Hays (1963).
#[must_use]
pub fn anova(groups: &[Vec<f64>]) -> Option<Anova> {
    let squares = Squares::of(groups)?;
    let within = squares.mean_within();
    if within <= 0.0 {
        return None;
    }
    let freedom = (squares.groups - 1.0, squares.n - squares.groups);
    let f = squares.between / freedom.0 / within;
    let total = squares.between + squares.within;
    Some(Anova {
        f,
        freedom,
        p: FisherSnedecor::new(freedom.0, freedom.1).ok()?.sf(f),
        eta2: squares.between / total,
        omega2: (squares.between - freedom.0 * within) / (total + within),
    })
}

/// How far one rater lies from all.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Leniency {
    pub n: usize,
    pub mean: f64,
    /// L = own mean - grand mean; above 0 lenient, below severe.
    pub deviation: f64,
    /// z = L / (s_w / sqrt n), s_w being the pooled standard deviation within raters.
    pub z: f64,
    /// Two-sided, by the normal distribution.
    pub p: f64,
    /// B L with B = s_b^2 / (s_b^2 + s_w^2 / n): what remains when chance is allowed for.
    pub shrunken: f64,
}

/// How far each rater lies from all, in the order of the groups; `None` for one without values.
///
/// `None` altogether where there is nothing to compare or no variation within raters.
/// Source: domain.md 2.4; the shrinkage is the normal model of `shrinkage`.
#[must_use]
pub fn leniency(groups: &[Vec<f64>]) -> Option<Vec<Option<Leniency>>> {
    let squares = Squares::of(groups)?;
    let (within, between) = (squares.mean_within(), squares.variance_between());
    if within <= 0.0 {
        return None;
    }
    let of = |group: &Vec<f64>| {
        let mean = mean(group)?;
        let deviation = mean - squares.grand;
        let chance = within / group.len() as f64;
        let z = deviation / chance.sqrt();
        Some(Leniency {
            n: group.len(),
            mean,
            deviation,
            z,
            p: erfc(z.abs() / std::f64::consts::SQRT_2),
            shrunken: deviation * between / (between + chance),
        })
    };
    Some(groups.iter().map(of).collect())
}

/// A straight line through points, by least squares.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    pub intercept: f64,
    pub slope: f64,
    /// y - (intercept + slope x), in the order of the points.
    pub residuals: Vec<f64>,
}

/// The line y = a + b x; what is left of a rating when the figures are allowed for is its residual.
///
/// `None` with fewer than three points, or where all x are equal.
#[must_use]
pub fn line(points: &[(f64, f64)]) -> Option<Line> {
    if points.len() < 3 {
        return None;
    }
    let n = points.len() as f64;
    let (mx, my) = (
        points.iter().map(|p| p.0).sum::<f64>() / n,
        points.iter().map(|p| p.1).sum::<f64>() / n,
    );
    let sxx: f64 = points.iter().map(|p| (p.0 - mx).powi(2)).sum();
    let sxy: f64 = points.iter().map(|p| (p.0 - mx) * (p.1 - my)).sum();
    if sxx <= 0.0 {
        return None;
    }
    let slope = sxy / sxx;
    let intercept = my - slope * mx;
    Some(Line {
        intercept,
        slope,
        residuals: points
            .iter()
            .map(|p| p.1 - (intercept + slope * p.0))
            .collect(),
    })
}

/// Two groups compared, by their places in the list.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pair {
    pub one: usize,
    pub other: usize,
    /// Mean of the one less mean of the other.
    pub difference: f64,
    /// Adjusted for all pairs.
    pub p: f64,
}

/// Every pair of groups compared without assuming equal variances; groups of fewer than two values or without any
/// variation are left out.
///
/// Source: Games & Howell, Journal of Educational Statistics 1 (1976) 113-125, with Welch's degrees of freedom.
#[must_use]
pub fn games_howell(groups: &[Vec<f64>]) -> Vec<Pair> {
    let usable: Vec<(usize, f64, f64, f64)> = groups
        .iter()
        .enumerate()
        .filter_map(|(at, group)| {
            let (mean, deviation) = (mean(group)?, deviation(group)?);
            let n = group.len() as f64;
            (deviation > 0.0).then_some((at, mean, deviation * deviation / n, n))
        })
        .collect();
    let mut pairs = Vec::new();
    for (place, one) in usable.iter().enumerate() {
        for other in &usable[place + 1..] {
            let difference = one.1 - other.1;
            let error = one.2 + other.2;
            let freedom = error * error
                / (one.2 * one.2 / (one.3 - 1.0) + other.2 * other.2 / (other.3 - 1.0));
            let q = difference.abs() / (error / 2.0).sqrt();
            if let Some(p) = studentized::exceeds(q, usable.len(), freedom) {
                pairs.push(Pair {
                    one: one.0,
                    other: other.0,
                    difference,
                    p,
                });
            }
        }
    }
    pairs
}

/// p values adjusted so that of those below a level at most that share is expected to be false, in the same order.
///
/// Source: Benjamini & Hochberg, Journal of the Royal Statistical Society B 57 (1995) 289-300.
#[must_use]
pub fn benjamini_hochberg(p: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..p.len()).collect();
    order.sort_by(|&a, &b| p[b].total_cmp(&p[a]));
    let mut adjusted = vec![1.0; p.len()];
    let mut least: f64 = 1.0;
    for (place, &at) in order.iter().enumerate() {
        let rank = (p.len() - place) as f64;
        least = least.min(p[at] * p.len() as f64 / rank);
        adjusted[at] = least;
    }
    adjusted
}

/// The standard deviation of each group over the pooled one within groups: far below 1 speaks of central tendency.
///
/// `None` for a group of fewer than two values.
#[must_use]
pub fn spread_ratios(groups: &[Vec<f64>]) -> Vec<Option<f64>> {
    let (mut squares, mut freedom) = (0.0, 0.0);
    for group in groups {
        if let Some(own) = deviation(group) {
            squares += own * own * (group.len() - 1) as f64;
            freedom += (group.len() - 1) as f64;
        }
    }
    let pooled = (squares / freedom).sqrt();
    groups
        .iter()
        .map(|group| {
            deviation(group)
                .filter(|_| pooled > 0.0)
                .map(|own| own / pooled)
        })
        .collect()
}

/// The share of values that lie between two limits, both included: how much of the middle is used.
#[must_use]
pub fn share_within(values: &[f64], low: f64, high: f64) -> Option<f64> {
    let inside = values.iter().filter(|v| (low..=high).contains(*v)).count();
    (!values.is_empty()).then(|| inside as f64 / values.len() as f64)
}

/// The used range over the possible one, 0 to 1; `None` with fewer than two values.
#[must_use]
pub fn range_share(values: &[f64], least: f64, most: f64) -> Option<f64> {
    let low = values.iter().copied().fold(f64::INFINITY, f64::min);
    let high = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    (values.len() > 1 && most > least).then(|| (high - low) / (most - least))
}

/// How alike a rater's ratings of one person on several dimensions are.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Halo {
    /// Mean over people of the standard deviation over dimensions: low speaks of halo.
    pub within_ratee: f64,
    /// Mean correlation of two dimensions over people; `None` with fewer than three people or no variation.
    pub between_dimensions: Option<f64>,
}

/// Halo from one row per person, one value per dimension; a missing value is `None`.
///
/// `None` where nobody has two dimensions.
#[must_use]
pub fn halo(people: &[Vec<Option<f64>>]) -> Option<Halo> {
    let spreads: Vec<f64> = people
        .iter()
        .filter_map(|row| deviation(&row.iter().copied().flatten().collect::<Vec<_>>()))
        .collect();
    let dimensions = people.iter().map(Vec::len).max().unwrap_or_default();
    let mut found = Vec::new();
    for one in 0..dimensions {
        for other in one + 1..dimensions {
            let pairs: Vec<(f64, f64)> = people
                .iter()
                .filter_map(|row| Some(((*row.get(one)?)?, (*row.get(other)?)?)))
                .collect();
            found.extend(correlation(&pairs));
        }
    }
    Some(Halo {
        within_ratee: mean(&spreads)?,
        between_dimensions: mean(&found),
    })
}

/// Pearson's correlation; `None` with fewer than three pairs or where one side does not vary.
#[must_use]
pub fn correlation(pairs: &[(f64, f64)]) -> Option<f64> {
    if pairs.len() < 3 {
        return None;
    }
    let n = pairs.len() as f64;
    let (mx, my) = (
        pairs.iter().map(|p| p.0).sum::<f64>() / n,
        pairs.iter().map(|p| p.1).sum::<f64>() / n,
    );
    let sxy: f64 = pairs.iter().map(|p| (p.0 - mx) * (p.1 - my)).sum();
    let sxx: f64 = pairs.iter().map(|p| (p.0 - mx).powi(2)).sum();
    let syy: f64 = pairs.iter().map(|p| (p.1 - my).powi(2)).sum();
    (sxx > 0.0 && syy > 0.0).then(|| sxy / (sxx * syy).sqrt())
}

/// By how much ratings follow the last month more than the whole quarter: the difference of two correlations.
///
/// Each row holds the rating, the figure of the last month and that of the quarter. Far above 0 speaks of recency.
#[must_use]
pub fn recency(rows: &[(f64, f64, f64)]) -> Option<f64> {
    let last: Vec<(f64, f64)> = rows.iter().map(|r| (r.0, r.1)).collect();
    let whole: Vec<(f64, f64)> = rows.iter().map(|r| (r.0, r.2)).collect();
    Some(correlation(&last)? - correlation(&whole)?)
}

/// The smaller of two rates over the larger: strictly below .8 is a sign of adverse impact.
///
/// Rates are (how many, of how many). `None` where a group is empty or nobody on either side was chosen.
/// Source: 29 CFR 1607.4 D, the four-fifths rule.
#[must_use]
pub fn impact_ratio(one: (i64, i64), other: (i64, i64)) -> Option<f64> {
    if one.1 < 1 || other.1 < 1 {
        return None;
    }
    let (a, b) = (one.0 as f64 / one.1 as f64, other.0 as f64 / other.1 as f64);
    let most = a.max(b);
    (most > 0.0).then(|| a.min(b) / most)
}

/// Whole numbers that add up to `n` and come nearest to shares in basis points, by the largest remainder; of equal
/// remainders the earlier wins.
///
/// `None` unless the shares add up to 10,000 and none is negative.
/// Source: Hare's quota with largest remainders (Hamilton's method).
#[must_use]
pub fn quotas(shares_bp: &[i64], n: i64) -> Option<Vec<i64>> {
    if n < 0 || shares_bp.iter().any(|s| *s < 0) || shares_bp.iter().sum::<i64>() != 10_000 {
        return None;
    }
    let mut found: Vec<i64> = shares_bp.iter().map(|s| s * n / 10_000).collect();
    let mut order: Vec<usize> = (0..shares_bp.len()).collect();
    order.sort_by_key(|&at| std::cmp::Reverse(shares_bp[at] * n % 10_000));
    let left = n - found.iter().sum::<i64>();
    // Fewer are left than there are shares.
    for &at in order.iter().take(usize::try_from(left).unwrap_or_default()) {
        found[at] += 1;
    }
    Some(found)
}

/// How far counts lie from expected shares.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Fit {
    pub chi2: f64,
    pub freedom: f64,
    pub p: f64,
}

/// Pearson's chi-square of counts against shares in basis points; a share of 0 with a count of 0 is left out.
///
/// `None` with fewer than two shares, nobody counted, or somebody counted where nobody is expected.
#[must_use]
pub fn chi_square(counts: &[i64], shares_bp: &[i64]) -> Option<Fit> {
    let n: i64 = counts.iter().sum();
    let cells: Vec<(f64, f64)> = counts
        .iter()
        .zip(shares_bp)
        .map(|(&count, &share)| (count as f64, share as f64 * n as f64 / 10_000.0))
        .filter(|&(count, expected)| count > 0.0 || expected > 0.0)
        .collect();
    if n == 0 || cells.len() < 2 || cells.iter().any(|c| c.1 <= 0.0) {
        return None;
    }
    let chi2 = cells.iter().map(|(o, e)| (o - e).powi(2) / e).sum();
    let freedom = cells.len() as f64 - 1.0;
    Some(Fit {
        chi2,
        freedom,
        p: ChiSquared::new(freedom).ok()?.sf(chi2),
    })
}

/// Estimates drawn towards their common mean by as much as their errors explain: for scores that come with a
/// standard error each. `None` for a value without one; where the values do not differ by more than chance all are
/// the mean.
///
/// Source: DerSimonian & Laird, Controlled Clinical Trials 7 (1986) 177-188.
#[must_use]
pub fn shrink(values: &[(f64, f64)]) -> Vec<f64> {
    // An error of nothing would claim certainty and take all the weight.
    let variance = |error: f64| error.powi(2).max(1e-6);
    let weight = |error: f64| 1.0 / variance(error);
    let total: f64 = values.iter().map(|v| weight(v.1)).sum();
    let fixed = values.iter().map(|v| v.0 * weight(v.1)).sum::<f64>() / total;
    let q: f64 = values
        .iter()
        .map(|v| weight(v.1) * (v.0 - fixed).powi(2))
        .sum();
    let squares: f64 = values.iter().map(|v| weight(v.1).powi(2)).sum();
    let scale = total - squares / total;
    let tau2 = if values.len() > 2 && scale > 0.0 {
        ((q - (values.len() as f64 - 1.0)) / scale).max(0.0)
    } else {
        0.0
    };
    let random = |error: f64| 1.0 / (variance(error) + tau2);
    let all: f64 = values.iter().map(|v| random(v.1)).sum();
    let centre = values.iter().map(|v| v.0 * random(v.1)).sum::<f64>() / all;
    values
        .iter()
        .map(|&(value, error)| centre + (value - centre) * tau2 / (tau2 + variance(error)))
        .collect()
}

#[cfg(test)]
mod tests;
