//! Weighted means in exact fractions: scores in hundredths stay exact until they are rounded, once.

/// Basis points of the whole.
pub const WHOLE_BP: i64 = 10_000;

/// `num / den` rounded to the nearest whole number, halves up (towards plus infinity).
#[must_use]
pub fn half_up(num: i128, den: i128) -> i64 {
    let (num, den) = if den < 0 { (-num, -den) } else { (num, den) };
    (2 * num + den).div_euclid(2 * den) as i64
}

/// A score in hundredths of a point, not yet rounded; the denominator is positive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Score {
    num: i128,
    den: i128,
}

impl Score {
    /// A whole number of hundredths.
    #[must_use]
    pub fn of_h(hundredths: i64) -> Self {
        Score {
            num: i128::from(hundredths),
            den: 1,
        }
    }

    /// `num / den` hundredths; `den` is not zero.
    #[must_use]
    pub fn ratio(num: i64, den: i64) -> Self {
        let sign = i128::from(den.signum());
        Score::reduced(i128::from(num) * sign, i128::from(den) * sign)
    }

    /// Rounded half-up to a hundredth.
    #[must_use]
    pub fn rounded_h(self) -> i64 {
        half_up(self.num, self.den)
    }

    fn reduced(num: i128, den: i128) -> Self {
        let gcd = gcd(num.unsigned_abs(), den.unsigned_abs()).max(1) as i128;
        Score {
            num: num / gcd,
            den: den / gcd,
        }
    }
}

fn gcd(a: u128, b: u128) -> u128 {
    if b == 0 { a } else { gcd(b, a % b) }
}

/// The weighted mean of what has a score; `None` when less than `min_bp` of the whole weight remains
/// (product.md 3: exclude and re-normalise, otherwise not rated).
#[must_use]
pub fn weighted(parts: &[(Option<Score>, i64)], min_bp: i64) -> Option<Score> {
    let whole: i64 = parts.iter().map(|p| p.1).sum();
    let scored: Vec<(Score, i64)> = parts
        .iter()
        .filter_map(|&(score, weight)| Some((score?, weight)))
        .filter(|&(_, weight)| weight > 0)
        .collect();
    let remaining: i64 = scored.iter().map(|p| p.1).sum();
    if remaining == 0
        || i128::from(remaining) * i128::from(WHOLE_BP) < i128::from(min_bp) * i128::from(whole)
    {
        return None;
    }
    let sum = scored
        .iter()
        .fold(Score { num: 0, den: 1 }, |sum, (score, weight)| {
            Score::reduced(
                sum.num * score.den + score.num * i128::from(*weight) * sum.den,
                sum.den * score.den,
            )
        });
    Some(Score::reduced(sum.num, sum.den * i128::from(remaining)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halves_are_rounded_up_whatever_their_sign() {
        assert_eq!(half_up(5, 2), 3);
        assert_eq!(half_up(-5, 2), -2);
        assert_eq!(half_up(5, -2), -2);
        assert_eq!(Score::ratio(-1, -3).rounded_h(), 0);
        assert_eq!(Score::ratio(5, 3).rounded_h(), 2);
    }

    #[test]
    fn nothing_is_rounded_before_the_end() {
        // A mean of 1.5 and 1.25 by 1 and 3 is 1.3125, not the mean of rounded numbers.
        let parts = [(Some(Score::ratio(3, 2)), 1), (Some(Score::ratio(5, 4)), 3)];
        assert_eq!(weighted(&parts, 0), Some(Score::ratio(21, 16)));
    }
}
