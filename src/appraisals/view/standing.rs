//! How far somebody is in the cycles at work, as short words that lead to where it is done. Pure.

use serde::Serialize;

use crate::appraisals::model::cycle::State;
use crate::appraisals::store::due::Running;
use crate::appraisals::store::standing::Standing;
use crate::i18n::{Locale, plain};
use crate::render::escape;

/// A short word about somebody, and where it leads.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Step {
    pub text: &'static str,
    pub href: String,
    /// The class of its signal.
    pub signal: &'static str,
}

/// What is said of somebody in one cycle: key, page of the person, whether it is done.
fn said(cycle: &Running, at: &Standing) -> Vec<(&'static str, &'static str, bool)> {
    if at.excused {
        return vec![("stand-excused", "", true)];
    }
    match cycle.state {
        State::GoalSetting | State::Tracking if cycle.rules.wants_agreement => {
            let (key, done) = match at {
                Standing {
                    has_goals: false, ..
                } => ("stand-no-goals", false),
                Standing { proposed: true, .. } => ("stand-goals-proposed", false),
                Standing { unsigned: true, .. } => ("stand-goals-open", false),
                _ => ("stand-goals-agreed", true),
            };
            vec![(key, "/goals", done)]
        }
        State::Evaluation | State::Calibration if cycle.rules.reviews => {
            let mut all = vec![match at.self_submitted_at {
                Some(_) => ("stand-self-in", "/self", true),
                None => ("stand-self-missing", "/self", false),
            }];
            if cycle.rules.peer_card().is_some() {
                all.push(match at {
                    Standing {
                        peers_closed_at: Some(_),
                        ..
                    } => ("stand-peers-closed", "/peers", true),
                    Standing {
                        peers_confirmed_at: Some(_),
                        ..
                    } => ("stand-peers-asked", "/peers", true),
                    Standing {
                        peers_named: true, ..
                    } => ("stand-peers-unconfirmed", "/peers", false),
                    _ => ("stand-peers-unnamed", "/peers", false),
                });
            }
            all.push(match at.submitted_at {
                Some(_) => ("stand-review-in", "/review", true),
                None => ("stand-review-missing", "/review", false),
            });
            all
        }
        State::Feedback if cycle.rules.reviews => {
            let mut all = vec![match at.released_at {
                Some(_) => ("stand-told", "/feedback", true),
                None => ("stand-untold", "/feedback", false),
            }];
            if at.released_at.is_some() {
                all.push(match at.acknowledged_at {
                    Some(_) => ("stand-acknowledged", "/feedback", true),
                    None => ("stand-unacknowledged", "/feedback", false),
                });
            }
            all
        }
        _ => Vec::new(),
    }
}

/// The words about somebody, the cycle that ends last first; each cycle is named where there are several.
#[must_use]
pub fn steps(
    locale: Locale,
    cycles: &[Running],
    standings: &[Standing],
    (staff_id, employee_no): (i64, &str),
) -> Vec<(Option<String>, Vec<Step>)> {
    let several = cycles.len() > 1;
    cycles
        .iter()
        .filter_map(|cycle| {
            let at = standings
                .iter()
                .find(|s| s.staff_id == staff_id && s.cycle_id == cycle.id)?;
            let (code, no) = (escape(&cycle.code), escape(employee_no));
            let words: Vec<Step> = said(cycle, at)
                .into_iter()
                .map(|(key, page, done)| Step {
                    text: plain(locale, key),
                    href: format!("/cycles/{code}/people/{no}{page}"),
                    signal: if done { "is-good" } else { "is-watch" },
                })
                .collect();
            (!words.is_empty()).then(|| (several.then(|| cycle.code.clone()), words))
        })
        .collect()
}
