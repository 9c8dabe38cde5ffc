//! Shrinkage: estimates for comparing people, drawn towards their group by as much as chance
//! explains.
//!
//! A raw rate of three records is mostly luck, so nobody is ordered by it. The group's own spread,
//! less what chance alone would give, says how much the people differ; each person's figure is then
//! a weighted mean of their own and the group's, the own weight growing with the number of records.
//!
//! Where no difference between people is seen, because the spread is no larger than chance is
//! expected to give or there are fewer than three people to learn it from, everybody with evidence
//! gets the group's figure and `differ` is false. That is not a finding that all are equal: a page
//! must then give no order and say why. Nor is the contrary a test: it says only that the estimated
//! spread is above zero.
//!
//! Three perfect records do not lead three hundred at 95 % in a group of ordinary people. They may
//! where the group as a whole does better than 95 %, or differs so much that three records tell a
//! lot; a measure's least number of records is the guard against that.

use super::tally::Tally;

/// With fewer people the spread between them cannot be told from chance. Where the spread within
/// people has to be learned too, only people with two records or more count.
pub const FEWEST_PEERS: usize = 3;

/// The estimates of a group of peers.
#[derive(Clone, Debug, PartialEq)]
pub struct Shrunken {
    /// The figure of the whole group, every record counting once.
    pub pooled: f64,
    /// The estimates in the order of the peers; `None` for a peer without evidence.
    pub values: Vec<Option<f64>>,
    /// Whether the peers differ by more than chance is expected to make them; if not, all values are
    /// the pooled one.
    pub differ: bool,
}

/// Shrinks proportions (successes, n), from 0 to 1, by the beta-binomial model: (a + x)/(a + b + n).
///
/// The prior's mean a/(a + b) is the pooled proportion. Its weight a + b is 1/rho - 1, where rho is
/// the correlation of two records of one person, by the method of moments: the analysis of variance
/// of the zeros and ones, so this is [`means`] of tallies of zeros and ones. `None` if nobody has
/// evidence or a pair is not 0 <= successes <= n.
/// Source: the analysis-of-variance estimator in Ridout, Demetrio & Firth, Biometrics 55 (1999)
/// 137-148, who recommend it.
pub fn proportions(peers: &[(i64, i64)]) -> Option<Shrunken> {
    if peers.iter().any(|&(x, n)| x < 0 || x > n) {
        return None;
    }
    // Zeros and ones are their own squares.
    let tallies: Vec<Tally> = peers
        .iter()
        .map(|&(x, n)| Tally {
            n,
            sum: x,
            sumsq: x,
        })
        .collect();
    means(&tallies)
}

/// Shrinks means by the normal model: the own mean counts B = tau²/(tau² + s²/n), the group's 1 - B.
///
/// s² is the variance within people, pooled over all of them, because the variance of three equal
/// answers is zero and would claim certainty. tau², the variance between people, is what the spread
/// of the means exceeds it by. `None` if nobody has evidence or a tally cannot be one.
/// Source: DerSimonian & Laird, Controlled Clinical Trials 7 (1986) 177-188, which with a common s²
/// is the analysis-of-variance estimator.
pub fn means(peers: &[Tally]) -> Option<Shrunken> {
    let mut within = 0.0;
    let mut freedom = 0;
    let mut informative = 0;
    for peer in peers.iter().filter(|peer| peer.n > 1) {
        within += peer.variance()? * (peer.n - 1) as f64;
        freedom += peer.n - 1;
        informative += 1;
    }
    let peers: Vec<Share> = peers.iter().map(|t| Share::new(t.sum, t.n)).collect();
    let spread = Spread::of(&peers)?;
    let variance = within / freedom as f64;
    let tau2 = (spread.squares - variance * spread.freedom) / spread.excess_weight;
    let differ = informative >= FEWEST_PEERS && tau2 > 0.0;
    Some(spread.shrink(&peers, differ, variance / tau2))
}

/// Shrinks rates (events, exposure), in events per unit of exposure, by the gamma-Poisson model:
/// (a + x)/(b + t).
///
/// The prior's mean a/b is the pooled rate, its weight b follows by the method of moments from the
/// spread of the peers, each weighted by its exposure. `None` if nobody has exposure or a number is
/// negative.
/// Source: Marshall, Journal of the Royal Statistical Society C 40 (1991) 283-294, with unbiased
/// moments.
pub fn rates(peers: &[(i64, i64)]) -> Option<Shrunken> {
    if peers.iter().any(|&(x, t)| x < 0 || t < 0) {
        return None;
    }
    let peers: Vec<Share> = peers.iter().map(|&(x, t)| Share::new(x, t)).collect();
    let spread = Spread::of(&peers)?;
    let variance = (spread.squares - spread.pooled * spread.freedom) / spread.excess_weight;
    let differ = spread.freedom + 1.0 >= FEWEST_PEERS as f64 && variance > 0.0;
    Some(spread.shrink(&peers, differ, spread.pooled / variance))
}

/// What one peer contributes: an amount and the records or exposure it arose from.
struct Share {
    amount: f64,
    weight: f64,
}

impl Share {
    fn new(amount: i64, weight: i64) -> Share {
        Share {
            amount: amount as f64,
            weight: weight as f64,
        }
    }
}

/// How far the peers with evidence lie apart.
struct Spread {
    /// Pooled figure of the group.
    pooled: f64,
    /// Sum of weight (own figure - pooled)².
    squares: f64,
    /// Peers with evidence, less one: what `squares` is expected to be per unit of chance.
    freedom: f64,
    /// Total weight - sum of squared weights / total weight: what `squares` is expected to be per
    /// unit of variance between people.
    excess_weight: f64,
}

impl Spread {
    fn of(peers: &[Share]) -> Option<Spread> {
        let seen = || peers.iter().filter(|peer| peer.weight > 0.0);
        let total: f64 = seen().map(|peer| peer.weight).sum();
        if total <= 0.0 {
            return None;
        }
        let pooled = seen().map(|peer| peer.amount).sum::<f64>() / total;
        Some(Spread {
            pooled,
            squares: seen()
                .map(|peer| peer.weight * (peer.amount / peer.weight - pooled).powi(2))
                .sum(),
            freedom: seen().count() as f64 - 1.0,
            excess_weight: total - seen().map(|peer| peer.weight.powi(2)).sum::<f64>() / total,
        })
    }

    /// Adds the prior, worth `prior_weight` records at the pooled figure, to every peer's own.
    /// Where the peers do not differ, the prior is all there is.
    fn shrink(&self, peers: &[Share], differ: bool, prior_weight: f64) -> Shrunken {
        let value = |peer: &Share| {
            if differ {
                (peer.amount + prior_weight * self.pooled) / (peer.weight + prior_weight)
            } else {
                self.pooled
            }
        };
        Shrunken {
            pooled: self.pooled,
            values: peers
                .iter()
                .map(|peer| (peer.weight > 0.0).then(|| value(peer)))
                .collect(),
            differ,
        }
    }
}

#[cfg(test)]
mod tests;
