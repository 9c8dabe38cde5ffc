//! Who writes the review of somebody (product.md 8 and 9): the manager of the cycle's last day. Pure.

/// Somebody who would write a review, and what they are to the person and to the sheet; numbers are those of staff
/// records.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Reviewer {
    /// Whoever asks; none without a staff record.
    pub me: Option<i64>,
    /// Whom the review is about.
    pub person: i64,
    /// The person's manager on the cycle's last day.
    pub manager: Option<i64>,
    /// The manager is in the company still and has an account in use.
    pub manager_writes: bool,
    /// With whom the sheet lies: the manager, or whoever HR passed it on to.
    pub rater: Option<i64>,
    /// Whoever asks is above the person on the cycle's last day.
    pub above: bool,
    /// Whoever asks runs cycles.
    pub hr: bool,
}

/// Whether they may write it: the manager; somebody above where the manager cannot (no account, gone, or the person
/// themselves) or HR passed it on to them; HR where there is no manager.
#[must_use]
pub fn may_write(reviewer: &Reviewer) -> bool {
    let of_me = |staff_id: Option<i64>| staff_id.is_some() && staff_id == reviewer.me;
    if of_me(Some(reviewer.person)) {
        return false;
    }
    let Some(manager) = reviewer.manager else {
        return reviewer.above || reviewer.hr;
    };
    let cannot = !reviewer.manager_writes || manager == reviewer.person;
    of_me(Some(manager)) || (reviewer.above && (cannot || of_me(reviewer.rater)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const PERSON: i64 = 1;
    const MANAGER: i64 = 2;
    const HEAD: i64 = 3;

    fn asked_by(me: Option<i64>) -> Reviewer {
        Reviewer {
            me,
            person: PERSON,
            manager: Some(MANAGER),
            manager_writes: true,
            rater: Some(MANAGER),
            above: matches!(me, Some(MANAGER | HEAD)),
            hr: me.is_none(),
        }
    }

    #[test]
    fn the_manager_writes_and_nobody_else_while_they_can() {
        assert!(may_write(&asked_by(Some(MANAGER))));
        for me in [Some(PERSON), Some(HEAD), None] {
            assert!(!may_write(&asked_by(me)), "{me:?}");
        }
    }

    #[test]
    fn somebody_above_writes_where_the_manager_cannot() {
        let head = asked_by(Some(HEAD));
        for stands_in in [
            Reviewer {
                manager_writes: false,
                ..head
            },
            Reviewer {
                manager: Some(PERSON),
                ..head
            },
            Reviewer {
                rater: Some(HEAD),
                ..head
            },
        ] {
            assert!(may_write(&stands_in), "{stands_in:?}");
            // Whoever is above nobody does not.
            assert!(!may_write(&Reviewer {
                above: false,
                ..stands_in
            }));
        }
    }

    #[test]
    fn hr_writes_only_where_there_is_no_manager_and_nobody_about_themselves() {
        let hr = asked_by(None);
        assert!(may_write(&Reviewer {
            manager: None,
            ..hr
        }));
        assert!(!may_write(&Reviewer {
            manager_writes: false,
            ..hr
        }));
        assert!(!may_write(&Reviewer {
            manager: None,
            me: Some(PERSON),
            ..hr
        }));
    }
}
