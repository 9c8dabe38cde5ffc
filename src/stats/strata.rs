//! Two groups compared within strata: what remains of a difference when like is compared with like.
//!
//! Rates that are added up over openings may show a difference that no single opening has, because one group
//! applied where few are taken (Simpson's paradox). Here each stratum is compared with itself.

use statrs::function::erf::erfc;

use super::intervals::{Interval, Z};
use super::raters::Fit;

/// One stratum: a group and the group it is compared with, each (how many were chosen, of how many).
pub type Stratum = ((i64, i64), (i64, i64));

/// What all strata together say.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Common {
    /// The common odds ratio of being chosen, first group over second: below 1 the first is chosen less. `None`
    /// where no stratum has somebody of the second chosen and somebody of the first not.
    pub odds_ratio: Option<f64>,
    /// Of the odds ratio; `None` where that is 0 or none.
    pub interval: Option<Interval>,
    /// The test of no association in any stratum, one degree of freedom, without continuity correction.
    pub test: Fit,
}

/// The common odds ratio of strata and its test.
///
/// `None` unless all are counts out of counts, and where no stratum says anything: each has one group only, or
/// chose all or nobody.
/// Source: Mantel & Haenszel, Journal of the National Cancer Institute 22 (1959) 719-748; the variance by Robins,
/// Breslow & Greenland, Biometrics 42 (1986) 311-323; the test by Cochran, Biometrics 10 (1954) 417-451, with
/// Mantel's variance.
#[must_use]
pub fn mantel_haenszel(strata: &[Stratum]) -> Option<Common> {
    let is_rate = |(chosen, of): (i64, i64)| (0..=of).contains(&chosen);
    if !strata.iter().all(|s| is_rate(s.0) && is_rate(s.1)) {
        return None;
    }
    let (mut for_first, mut for_second) = (0.0, 0.0);
    let (mut pr, mut ps_qr, mut qs) = (0.0, 0.0, 0.0);
    let (mut excess, mut variance) = (0.0, 0.0);
    for &((chosen, of), (other_chosen, other_of)) in strata {
        let [a, m, c, w] = [chosen, of, other_chosen, other_of].map(|count| count as f64);
        let (b, d, n) = (m - a, w - c, m + w);
        // A single person, or nobody, is no comparison.
        if n < 2.0 {
            continue;
        }
        let (r, s) = (a * d / n, b * c / n);
        let (p, q) = ((a + d) / n, (b + c) / n);
        for_first += r;
        for_second += s;
        pr += p * r;
        ps_qr += p * s + q * r;
        qs += q * s;
        excess += a - m * (a + c) / n;
        variance += m * w * (a + c) * (b + d) / (n * n * (n - 1.0));
    }
    if variance <= 0.0 {
        return None;
    }
    let odds_ratio = (for_second > 0.0).then(|| for_first / for_second);
    let interval = odds_ratio.filter(|ratio| *ratio > 0.0).map(|ratio| {
        let log_variance = pr / (2.0 * for_first * for_first)
            + ps_qr / (2.0 * for_first * for_second)
            + qs / (2.0 * for_second * for_second);
        let half = Z * log_variance.sqrt();
        Interval {
            low: ratio * (-half).exp(),
            high: ratio * half.exp(),
        }
    });
    let chi2 = excess * excess / variance;
    Some(Common {
        odds_ratio,
        interval,
        test: Fit {
            chi2,
            freedom: 1.0,
            p: erfc((chi2 / 2.0).sqrt()),
        },
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::stats::selection::{below_four_fifths, difference};

    /// Women and men admitted to the six largest departments at Berkeley, autumn 1973: Bickel, Hammel & O'Connell,
    /// Science 187 (1975) 398-404, as in Freedman, Pisani & Purves, Statistics, and R's UCBAdmissions.
    const BERKELEY: [Stratum; 6] = [
        ((89, 108), (512, 825)),
        ((17, 25), (353, 560)),
        ((202, 593), (120, 325)),
        ((131, 375), (138, 417)),
        ((94, 393), (53, 191)),
        ((24, 341), (22, 373)),
    ];

    fn near(found: f64, expected: f64) {
        assert!(
            (found - expected).abs() <= 1e-9 * expected.abs(),
            "{found} is not {expected}"
        );
    }

    fn together(strata: &[Stratum]) -> Stratum {
        let add = |a: (i64, i64), b: (i64, i64)| (a.0 + b.0, a.1 + b.1);
        strata.iter().fold(((0, 0), (0, 0)), |sum, one| {
            (add(sum.0, one.0), add(sum.1, one.1))
        })
    }

    #[test]
    fn what_all_of_berkeley_shows_no_department_does() {
        let (women, men) = together(&BERKELEY);
        assert_eq!((women, men), ((557, 1_835), (1_198, 2_691)));
        assert!(below_four_fifths(women, men));
        assert!(difference(women, men).unwrap().p < 1e-20);
        // R: mantelhaen.test(UCBAdmissions, correct = FALSE), odds ratio of men 0.9046968 (0.7719074 to 1.0603298),
        // that is 1.105 of women; statsmodels 0.15 StratifiedTable for more digits.
        let found = mantel_haenszel(&BERKELEY).unwrap();
        near(found.odds_ratio.unwrap(), 1.0 / 0.904_696_828_258_623_1);
        near(found.interval.unwrap().low, 1.0 / 1.060_329_764_436_655_8);
        near(found.interval.unwrap().high, 1.0 / 0.771_907_361_759_350_5);
        near(found.test.chi2, 1.524_606_660_443_435_6);
        near(found.test.p, 0.216_923_697_055_518_17);
    }

    #[test]
    fn three_small_strata_one_of_them_with_nobody_chosen() {
        // statsmodels 0.15 StratifiedTable([[[8,2],[3,7]], [[12,8],[9,11]], [[0,5],[1,4]]]).
        let found =
            mantel_haenszel(&[((8, 10), (3, 10)), ((12, 20), (9, 20)), ((0, 5), (1, 5))]).unwrap();
        near(found.odds_ratio.unwrap(), 2.346_153_846_153_846);
        near(found.interval.unwrap().low, 0.879_957_093_673_872_4);
        near(found.interval.unwrap().high, 6.255_348_027_073_836);
        near(found.test.chi2, 2.980_300_418_616_104_6);
        near(found.test.p, 0.084_283_627_011_763_62);
    }

    #[test]
    fn strata_that_say_nothing_have_no_common_ratio() {
        assert_eq!(mantel_haenszel(&[]), None);
        assert_eq!(mantel_haenszel(&[((0, 0), (3, 9))]), None);
        assert_eq!(
            mantel_haenszel(&[((4, 4), (3, 3)), ((0, 4), (0, 3)), ((1, 1), (0, 0))]),
            None
        );
        assert_eq!(mantel_haenszel(&[((5, 4), (3, 3))]), None);
        // Nobody of the second is chosen anywhere: no ratio, but a test.
        let found = mantel_haenszel(&[((3, 5), (0, 5))]).unwrap();
        assert_eq!((found.odds_ratio, found.interval), (None, None));
        assert!(found.test.chi2 > 0.0);
        let found = mantel_haenszel(&[((0, 5), (3, 5))]).unwrap();
        assert_eq!((found.odds_ratio, found.interval), (Some(0.0), None));
    }

    fn strata() -> impl Strategy<Value = Vec<Stratum>> {
        let rate = || (0_i64..=30, 0_i64..=30).prop_map(|(a, b)| (a, a + b));
        prop::collection::vec((rate(), rate()), 1..6)
    }

    proptest! {
        #[test]
        fn exchanging_the_groups_inverts_the_ratio(strata in strata()) {
            let exchanged: Vec<Stratum> = strata.iter().map(|s| (s.1, s.0)).collect();
            match (mantel_haenszel(&strata), mantel_haenszel(&exchanged)) {
                (Some(one), Some(other)) => {
                    prop_assert!((one.test.chi2 - other.test.chi2).abs() < 1e-6);
                    if let (Some(one), Some(other)) = (one.odds_ratio, other.odds_ratio) {
                        prop_assert!((one * other - 1.0).abs() < 1e-9);
                    }
                }
                (one, other) => prop_assert_eq!(one, other),
            }
        }

        #[test]
        fn neither_the_order_of_strata_nor_empty_ones_matter(strata in strata()) {
            let mut turned: Vec<Stratum> = strata.iter().rev().copied().collect();
            turned.push(((0, 0), (0, 0)));
            let (one, other) = (mantel_haenszel(&strata), mantel_haenszel(&turned));
            prop_assert_eq!(one.is_some(), other.is_some());
            if let (Some(one), Some(other)) = (one, other) {
                prop_assert!((one.test.chi2 - other.test.chi2).abs() < 1e-6);
            }
        }
    }
}
