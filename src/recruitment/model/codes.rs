//! What things in recruitment are called: states, stages, reasons, sources.

use crate::coded;

coded! {
    /// Where an opening stands.
    OpeningState {
        /// Being written by whoever needs somebody.
        Draft = "draft",
        /// Waiting for somebody to agree.
        Requested = "requested",
        Approved = "approved",
        /// On the careers page, from its first day to its last.
        Published = "published",
        /// Nobody is looked for any more.
        Closed = "closed",
    }
}

impl OpeningState {
    /// Whether somebody may be taken in as an applicant, by HR or on the careers page.
    #[must_use]
    pub fn takes_applications(self) -> bool {
        matches!(self, OpeningState::Approved | OpeningState::Published)
    }
}

coded! {
    /// What happens at a stage.
    StageKind {
        Screening = "screening",
        Interview = "interview",
        BackgroundCheck = "background_check",
        Offer = "offer",
    }
}

coded! {
    /// What has become of an application.
    ApplicationState {
        /// At one of the stages.
        Active = "active",
        Rejected = "rejected",
        /// By the applicant.
        Withdrawn = "withdrawn",
        Hired = "hired",
    }
}

impl ApplicationState {
    /// Whether it has come to an end.
    #[must_use]
    pub fn is_closed(self) -> bool {
        self != ApplicationState::Active
    }
}

coded! {
    /// Why an application is rejected.
    Reason {
        /// A requirement that was published is not met; a person has confirmed it.
        KnockOut = "knock_out",
        /// The total or a criterion is below the pass rule.
        PassRule = "pass_rule",
        /// Others did better on the published criteria.
        Others = "others",
        /// Did not come, and did not answer.
        NoShow = "no_show",
        Background = "background",
        OfferDeclined = "offer_declined",
        /// All places are taken, or nobody is looked for any more.
        Filled = "filled",
        /// Needs a note.
        Other = "other",
    }
}

coded! {
    /// How somebody came to apply.
    Source {
        Careers = "careers",
        Referral = "referral",
        JobBoard = "job_board",
        Agency = "agency",
        Campus = "campus",
        Internal = "internal",
        Pool = "pool",
        Other = "other",
    }
}

coded! {
    /// To what consent is given.
    ConsentKind {
        Application = "application",
        Pool = "pool",
        BackgroundCheck = "background_check",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_state_and_reason_is_read_back_from_its_code() {
        for state in ApplicationState::ALL {
            assert_eq!(ApplicationState::parse(state.code()), Some(*state));
        }
        for reason in Reason::ALL {
            assert_eq!(Reason::parse(reason.code()), Some(*reason));
        }
        assert_eq!(Source::parse("hired"), None);
        assert!(!ApplicationState::Active.is_closed() && ApplicationState::Hired.is_closed());
    }
}
