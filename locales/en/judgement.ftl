# Scorecards, sheets, drafts.

card-not-found = There is no scorecard { $code }.
card-code-taken = There is a scorecard { $code } already.
card-no-draft = Scorecard { $code } has no draft to publish.
card-unreadable = { $code } is not readable by this version of the program.
card-criteria = A scorecard has 1 to 20 criteria; this one has { $count }.
card-weights-below = The weights add up to { $sum } %. Add { $difference } % or raise one.
card-weights-above = The weights add up to { $sum } %. Take { $difference } % away or lower one.
card-criterion-twice = Two criteria are called { $criterion }.
card-weight = The weight of { $criterion } lies between 0.01 % and 100 %.
card-levels = { $criterion } needs two to seven levels whose points rise.
card-anchors = Every level of { $criterion } says in both languages which behaviour earns it.
card-no-deduction = { $criterion } has levels, so nothing is deducted.
card-deduction = { $criterion } deducts between 0.01 points and what its weight gives, and has no levels.

rating-missing = Choose a level.
rating-points = Choose one of the levels.
rating-na = This is always applicable: choose a level.
rating-na-and-points = Choose a level or “not applicable”, not both.
rating-note = Say in a note what this rating is based on.

sheet-not-found = There is no such sheet.
sheet-no-reason = Say why.
panel-closed = This is closed: nothing comes in any more.

draft-too-long = This draft is too long to be kept. Send it, or keep it elsewhere.
