//! Random draws in whole numbers. Only the stream of ChaCha8 and integer arithmetic decide a value,
//! so the same seed gives the same company on every platform and with every later version of the
//! sampling crates.

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// Quantiles of a lognormal variable with median 1,000 and sigma 0.5, at 0, 1/64, ... 1 (the two
/// ends are the quantiles 0.003 and 0.997). A table, because `exp` and `ln` may differ in the last
/// digit between platforms.
const LOGNORMAL: [u32; 65] = [
    253, 341, 394, 433, 464, 492, 517, 541, 563, 583, 604, 623, 642, 660, 678, 696, 714, 731, 749,
    766, 783, 800, 818, 835, 853, 870, 888, 906, 924, 943, 962, 981, 1000, 1020, 1040, 1061, 1082,
    1104, 1126, 1149, 1173, 1197, 1223, 1249, 1277, 1306, 1336, 1368, 1401, 1437, 1474, 1515, 1558,
    1605, 1657, 1714, 1777, 1850, 1933, 2032, 2153, 2312, 2538, 2936, 3951,
];

/// A source of draws.
pub struct Draw(ChaCha8Rng);

impl Draw {
    /// One of the independent streams of a seed, so that a change to one file leaves the draws of
    /// the others alone.
    pub fn new(seed: u64, stream: u64) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        rng.set_stream(stream);
        Self(rng)
    }

    /// A whole number from 0 to `bound - 1`. The bias of the multiplication is below `bound` /
    /// 2^32.
    pub fn below(&mut self, bound: u32) -> u32 {
        ((u64::from(self.0.next_u32()) * u64::from(bound)) >> 32) as u32
    }

    /// A whole number from `low` to `high`, both included.
    pub fn between(&mut self, low: u32, high: u32) -> u32 {
        low + self.below(high - low + 1)
    }

    /// True with the given probability in basis points; below 0 is never, above 10,000 always.
    pub fn chance(&mut self, basis_points: i32) -> bool {
        i64::from(self.below(10_000)) < i64::from(basis_points)
    }

    /// One of `items`, each as likely as the others.
    pub fn pick<T: Copy>(&mut self, items: &[T]) -> T {
        items[self.below(items.len() as u32) as usize]
    }

    /// One of `items`, as likely as its weight.
    pub fn weighted<T: Copy>(&mut self, items: &[(T, u32)]) -> T {
        let total = items.iter().map(|(_, weight)| weight).sum();
        let mut rest = self.below(total);
        for &(item, weight) in items {
            if rest < weight {
                return item;
            }
            rest -= weight;
        }
        items[items.len() - 1].0
    }

    /// A whole number from `-spread` to `spread`, those near zero likelier (the sum of two even
    /// draws).
    pub fn around(&mut self, spread: u32) -> i32 {
        (self.below(spread + 1) + self.below(spread + 1)) as i32 - spread as i32
    }

    /// A lognormal number with the given median and sigma 0.5, cut at the quantiles 0.003 and
    /// 0.997.
    pub fn lognormal(&mut self, median: u32) -> u32 {
        let drawn = self.0.next_u32();
        let knot = (drawn >> 26) as usize;
        let rest = u64::from(drawn & 0x03FF_FFFF);
        let (low, high) = (u64::from(LOGNORMAL[knot]), u64::from(LOGNORMAL[knot + 1]));
        let factor = low + (((high - low) * rest) >> 26);
        (u64::from(median) * factor / 1000) as u32
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lognormal_draws_have_the_median_and_sigma_they_promise() {
        let mut draw = Draw::new(1, 1);
        let logs: Vec<f64> = (0..20_000)
            .map(|_| f64::from(draw.lognormal(10_000)).ln())
            .collect();
        let n = logs.len() as f64;
        let mean = logs.iter().sum::<f64>() / n;
        let sigma = (logs.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / n).sqrt();
        assert!(
            (mean - 10_000_f64.ln()).abs() < 0.02,
            "mean of logarithms {mean}"
        );
        assert!((sigma - 0.5).abs() < 0.02, "sigma {sigma}");
    }

    #[test]
    fn chances_and_weights_are_met_in_the_long_run() {
        let mut draw = Draw::new(7, 1);
        let hits = (0..20_000).filter(|_| draw.chance(2_200)).count();
        assert!((4_200..4_600).contains(&hits), "{hits} of 20,000 at 22 %");
        let seconds = (0..20_000)
            .filter(|_| draw.weighted(&[('a', 1), ('b', 3)]) == 'b')
            .count();
        assert!(
            (14_700..15_300).contains(&seconds),
            "{seconds} of 20,000 at 75 %"
        );
        assert!(!draw.chance(-5) && draw.chance(10_000));
    }

    #[test]
    fn every_number_of_a_range_comes_up_and_no_other() {
        let mut draw = Draw::new(3, 1);
        let mut seen: Vec<i32> = (0..2_000).map(|_| draw.around(3)).collect();
        seen.sort_unstable();
        seen.dedup();
        assert_eq!(seen, [-3, -2, -1, 0, 1, 2, 3]);
    }

    #[test]
    fn streams_of_one_seed_differ() {
        let (mut one, mut other) = (Draw::new(1, 1), Draw::new(1, 2));
        let pairs: Vec<(u32, u32)> = (0..8)
            .map(|_| (one.below(1_000_000), other.below(1_000_000)))
            .collect();
        assert!(pairs.iter().any(|(a, b)| a != b));
    }
}
