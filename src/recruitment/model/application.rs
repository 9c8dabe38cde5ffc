//! What becomes of an application: which step is allowed from where, and what it needs. Pure.
//!
//! An application is active at one stage of its opening until it is rejected, withdrawn or hired. Nothing decides
//! alone: a requirement that the rule found unmet stands or falls by a person's word before the application goes on.

use crate::coded;
use crate::error::Message;
use crate::recruitment::model::codes::{ApplicationState, Reason};

/// The actor of what applicants do themselves: no login reads like it. The moves of such steps name nobody.
pub const APPLICANT: &str = "the applicant";

/// The code of an application.
#[must_use]
pub fn code(number: i64) -> String {
    format!("A-{number:05}")
}

/// What can be done with applications.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// To another stage of the same opening, on or back, by its number.
    ToStage(i64),
    Reject {
        reason: Reason,
        note: String,
    },
    /// The applicant does not wish to go on.
    Withdraw,
    /// Takes a rejection or a withdrawal back: the application is where it was.
    Reopen {
        reason: String,
    },
    /// The applicant has become this employee.
    Hire {
        staff_id: i64,
    },
}

impl Step {
    /// As told in the trail.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Step::ToStage(_) => "to_stage",
            Step::Reject { .. } => "reject",
            Step::Withdraw => "withdraw",
            Step::Reopen { .. } => "reopen",
            Step::Hire { .. } => "hire",
        }
    }
}

/// Where an application stands: all that a step depends on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    pub state: ApplicationState,
    pub stage_id: i64,
    /// Whether the stage that a step names belongs to the opening; no matter for other steps.
    pub knows_stage: bool,
    /// Whether nobody is looked for any more.
    pub opening_closed: bool,
    /// Whether the candidate's particulars are gone.
    pub erased: bool,
    /// Whether a rule found a requirement unmet and nobody has said yet whether that stands.
    pub unconfirmed: bool,
    /// Whether somebody has said that a requirement is not met.
    pub knocked_out: bool,
}

coded! {
    /// Why a step is not taken.
    Refusal {
        /// It has come to an end.
        Closed = "closed",
        /// It has not come to an end.
        Active = "active",
        Hired = "hired",
        /// It stands at this stage already.
        Same = "same",
        /// The stage belongs to another opening.
        OtherOpening = "other-opening",
        /// Somebody has to say first whether an unmet requirement stands.
        Unconfirmed = "unconfirmed",
        /// A requirement is not met, as somebody has said.
        KnockedOut = "knocked-out",
        /// Nobody has said that a requirement is not met.
        NotKnockedOut = "not-knocked-out",
        /// The reason has to be put in words.
        NoWords = "no-words",
        /// Nobody is looked for any more.
        OpeningClosed = "opening-closed",
        /// The particulars are erased.
        Erased = "erased",
    }
}

impl Refusal {
    /// The sentence for the reader; `codes` are the applications, `n` how many.
    #[must_use]
    pub fn message(self, codes: &str, n: usize) -> Message {
        let key = match self {
            Refusal::Closed => "step-refused-closed",
            Refusal::Active => "step-refused-active",
            Refusal::Hired => "step-refused-hired",
            Refusal::Same => "step-refused-same",
            Refusal::OtherOpening => "step-refused-other-opening",
            Refusal::Unconfirmed => "step-refused-unconfirmed",
            Refusal::KnockedOut => "step-refused-knocked-out",
            Refusal::NotKnockedOut => "step-refused-not-knocked-out",
            Refusal::NoWords => "step-refused-no-words",
            Refusal::OpeningClosed => "step-refused-opening-closed",
            Refusal::Erased => "step-refused-erased",
        };
        Message::new(key).with("codes", codes).with("n", n)
    }
}

/// The state an application comes to by a step.
///
/// # Errors
/// When the step cannot be taken from where it stands, or lacks something.
pub fn after(step: &Step, standing: &Standing) -> Result<ApplicationState, Refusal> {
    let go_on = || match standing.state {
        ApplicationState::Active if standing.unconfirmed => Err(Refusal::Unconfirmed),
        ApplicationState::Active if standing.knocked_out => Err(Refusal::KnockedOut),
        ApplicationState::Active => Ok(()),
        _ => Err(Refusal::Closed),
    };
    match step {
        Step::ToStage(stage_id) => {
            go_on()?;
            if !standing.knows_stage {
                Err(Refusal::OtherOpening)
            } else if *stage_id == standing.stage_id {
                Err(Refusal::Same)
            } else {
                Ok(ApplicationState::Active)
            }
        }
        Step::Reject { reason, note } => match (standing.state, reason) {
            (ApplicationState::Active, Reason::Other) if note.trim().is_empty() => {
                Err(Refusal::NoWords)
            }
            (ApplicationState::Active, Reason::KnockOut) if !standing.knocked_out => {
                Err(Refusal::NotKnockedOut)
            }
            (ApplicationState::Active, _) => Ok(ApplicationState::Rejected),
            _ => Err(Refusal::Closed),
        },
        Step::Withdraw => match standing.state {
            ApplicationState::Active => Ok(ApplicationState::Withdrawn),
            _ => Err(Refusal::Closed),
        },
        Step::Reopen { reason } => match standing.state {
            ApplicationState::Active => Err(Refusal::Active),
            ApplicationState::Hired => Err(Refusal::Hired),
            _ if standing.erased => Err(Refusal::Erased),
            _ if standing.opening_closed => Err(Refusal::OpeningClosed),
            _ if reason.trim().is_empty() => Err(Refusal::NoWords),
            _ => Ok(ApplicationState::Active),
        },
        Step::Hire { .. } => {
            go_on()?;
            if standing.opening_closed {
                Err(Refusal::OpeningClosed)
            } else {
                Ok(ApplicationState::Hired)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const HERE: Standing = Standing {
        state: ApplicationState::Active,
        stage_id: 1,
        knows_stage: true,
        opening_closed: false,
        erased: false,
        unconfirmed: false,
        knocked_out: false,
    };

    fn reject(reason: Reason, note: &str) -> Step {
        Step::Reject {
            reason,
            note: note.to_string(),
        }
    }

    fn reopen(reason: &str) -> Step {
        Step::Reopen {
            reason: reason.to_string(),
        }
    }

    fn in_state(state: ApplicationState) -> Standing {
        Standing { state, ..HERE }
    }

    #[test]
    fn an_application_goes_on_and_back_and_comes_to_an_end() {
        assert_eq!(
            after(&Step::ToStage(2), &HERE),
            Ok(ApplicationState::Active)
        );
        assert_eq!(after(&Step::ToStage(1), &HERE), Err(Refusal::Same));
        let stranger = Standing {
            knows_stage: false,
            ..HERE
        };
        assert_eq!(
            after(&Step::ToStage(9), &stranger),
            Err(Refusal::OtherOpening)
        );
        assert_eq!(
            after(&Step::Withdraw, &HERE),
            Ok(ApplicationState::Withdrawn)
        );
        assert_eq!(
            after(&Step::Hire { staff_id: 1 }, &HERE),
            Ok(ApplicationState::Hired)
        );
        assert_eq!(after(&reopen("a mistake"), &HERE), Err(Refusal::Active));
    }

    #[test]
    fn an_unmet_requirement_is_a_persons_word() {
        let found = Standing {
            unconfirmed: true,
            ..HERE
        };
        let stands = Standing {
            knocked_out: true,
            ..HERE
        };
        for step in [Step::ToStage(2), Step::Hire { staff_id: 1 }] {
            assert_eq!(after(&step, &found), Err(Refusal::Unconfirmed));
            assert_eq!(after(&step, &stands), Err(Refusal::KnockedOut));
        }
        let knock_out = reject(Reason::KnockOut, "");
        assert_eq!(after(&knock_out, &found), Err(Refusal::NotKnockedOut));
        assert_eq!(after(&knock_out, &stands), Ok(ApplicationState::Rejected));
        assert_eq!(
            after(&Step::Withdraw, &found),
            Ok(ApplicationState::Withdrawn)
        );
    }

    #[test]
    fn a_reason_that_says_nothing_needs_words() {
        assert_eq!(
            after(&reject(Reason::Other, " \n"), &HERE),
            Err(Refusal::NoWords)
        );
        assert_eq!(
            after(&reject(Reason::Other, "moved away"), &HERE),
            Ok(ApplicationState::Rejected)
        );
        let rejected = in_state(ApplicationState::Rejected);
        assert_eq!(after(&reopen(" "), &rejected), Err(Refusal::NoWords));
    }

    #[test]
    fn what_came_to_an_end_is_taken_back_unless_somebody_was_hired_or_it_is_all_over() {
        for state in [ApplicationState::Rejected, ApplicationState::Withdrawn] {
            let ended = in_state(state);
            assert_eq!(after(&reopen("so"), &ended), Ok(ApplicationState::Active));
            let closed = Standing {
                opening_closed: true,
                ..ended
            };
            assert_eq!(after(&reopen("so"), &closed), Err(Refusal::OpeningClosed));
            let erased = Standing {
                erased: true,
                ..ended
            };
            assert_eq!(after(&reopen("so"), &erased), Err(Refusal::Erased));
        }
        let hired = in_state(ApplicationState::Hired);
        assert_eq!(after(&reopen("so"), &hired), Err(Refusal::Hired));
    }

    fn steps() -> impl Strategy<Value = Step> {
        let reason = proptest::sample::select(Reason::ALL);
        prop_oneof![
            (1..4_i64).prop_map(Step::ToStage),
            (reason, "[a ]{0,2}").prop_map(|(reason, note)| Step::Reject { reason, note }),
            Just(Step::Withdraw),
            "[a ]{0,2}".prop_map(|reason| Step::Reopen { reason }),
            Just(Step::Hire { staff_id: 7 }),
        ]
    }

    proptest! {
        /// However steps follow one another: an end is left by reopening alone, somebody hired stays hired, and
        /// nobody goes on while a requirement is open or unmet.
        #[test]
        fn no_walk_leaves_the_rules(
            walk in proptest::collection::vec((steps(), any::<[bool; 4]>()), 0..12)
        ) {
            let mut at = HERE;
            for (step, [closed, erased, unconfirmed, knocked_out]) in walk {
                at = Standing { opening_closed: closed, erased, unconfirmed, knocked_out, ..at };
                let before = at.state;
                let Ok(next) = after(&step, &at) else { continue };
                prop_assert_ne!(before, ApplicationState::Hired);
                if before.is_closed() {
                    let reopened = matches!(step, Step::Reopen { .. });
                    prop_assert!(reopened && !erased && !closed);
                }
                if matches!(step, Step::ToStage(_) | Step::Hire { .. }) {
                    prop_assert!(!unconfirmed && !knocked_out && before == ApplicationState::Active);
                }
                if let Step::ToStage(stage_id) = step {
                    prop_assert_ne!(stage_id, at.stage_id);
                    at.stage_id = stage_id;
                }
                at.state = next;
            }
        }

        /// Reopening undoes a rejection and a withdrawal, wherever it was.
        #[test]
        fn a_step_that_ends_is_undone(stage_id in 1..9_i64, withdrawn: bool) {
            let here = Standing { stage_id, ..HERE };
            let end = if withdrawn { Step::Withdraw } else { reject(Reason::Others, "") };
            let ended = Standing { state: after(&end, &here).unwrap(), ..here };
            let again = after(&reopen("a mistake"), &ended).unwrap();
            prop_assert_eq!(Standing { state: again, ..ended }, here);
        }
    }
}
