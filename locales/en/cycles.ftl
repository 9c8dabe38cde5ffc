# Cycles, their boards, the people in them, goal sheets and results in the browser.

cycles-title = Cycles
cycles-empty = There is no cycle yet. A cycle covers one quarter and judges everybody by one template.
cycle = Cycle
cycle-new = New cycle
cycle-new-say = The template's rules are copied into the cycle when it is made. Changing the template later does not change the cycle.
cycle-make = Make the cycle
cycle-quarter = Quarter
cycle-quarter-hint = For example 2026Q4. Two cycles cannot cover the same days.
cycle-from = From
cycle-to = To
cycle-state = State
cycle-people = People
cycle-deadline = Deadline
cycle-with-sheet = With a goal sheet
cycle-agreed = Sheets agreed by both sides
cycle-excused = Excused
cycle-rated = Rated
cycle-released = Released
cycle-sheet = Goal sheet
cycle-total = Total
cycle-grade = Grade
cycle-every-grade = Every grade
cycle-missing = Missing
cycle-missing-anything = No matter
cycle-missing-sheet = Goal sheet
cycle-missing-agreement = Agreement
cycle-missing-total = Total
cycle-people-search = Number, name or pinyin begins with
cycle-people-empty = Nobody you may see is in this cycle yet. People are taken in when goal setting begins.
cycle-is-excused = Excused
cycle-is-included = Included
cycle-already-frozen = The results of cycle { $code } are frozen. Nobody can be excused or included any more.
cycle-not-planning = Cycle { $code } is not at a stage where people are taken in.
said-cycle-made = The cycle has been made.
said-cycle-stepped = The cycle has moved on.
said-cycle-planned = The list of people is up to date.

deadline-left = { $n ->
    [0] due today
    [one] { $n } day left
   *[other] { $n } days left
}
deadline-past = { $n ->
    [one] { $n } day overdue
   *[other] { $n } days overdue
}
deadline-of = { $state } ends by
deadline-until = due { $day }
deadline-overdue = overdue since { $day }
deadline-order = This lies before the deadline of an earlier state ({ $day }). Give a later day.

board-progress = How far people are
board-plan = Bring the list up to date
board-plan-say = Takes in people who have joined or moved since goals were set. Sheets that somebody has agreed to stay as they are.
board-advance = Move on
board-to = To
board-to-hint = Every state between is walked through.
board-reason = Reason
board-reason-hint = It is kept in the audit trail and on this page.
board-force = Go on although something is missing
board-force-hint = { $n ->
    [0] Nothing is missing so far.
    [one] { $n } person lacks something; the result will show it as missing.
   *[other] { $n } people lack something; their results will show it as missing.
}
board-needs-force = Something is still missing; who lacks it is listed above. Wait for them, or tick this box.
board-lacks-agreement = { $n ->
    [one] { $n } goal sheet must be agreed before “{ $state }”
   *[other] { $n } goal sheets must be agreed before “{ $state }”
}
board-lacks-check-ins = { $n ->
    [one] With { $n } person two check-ins must be held before “{ $state }”
   *[other] With { $n } people two check-ins must be held before “{ $state }”
}
board-lacks-review = { $n ->
    [one] { $n } review is awaited before “{ $state }”
   *[other] { $n } reviews are awaited before “{ $state }”
}
board-taken = Steps taken
board-at = When
board-by = By
board-reason-given = Reason
board-deadlines = Deadlines
board-deadlines-say = The day by which each state is to be left, in order. Leave a day empty where there is none.

sheet-none = None
sheet-open = Not agreed
sheet-agreed = Agreed
sheet-heading = Goal sheet { $no }: { $from } – { $to } · { $role }
sheet-baseline = Last quarter

person-cycles = Cycles
person-cycles-empty = Not in any cycle yet.
person-not-in-cycle = { $no } is not in cycle { $code }.
result-not-yet = There is no result yet: results are computed when the cycle leaves evaluation.
result-not-released = The result is not released yet.
result-versions = Versions of this result
result-version = Version
standing-title = Standing in this cycle
standing-decision = Decision
standing-neither = As the rules say
standing-excuse = Excuse: not rated in this cycle
standing-include = Include: rate in spite of few days
standing-reason-hint = It is printed beside the result and kept in the audit trail.
standing-excused = Excused by HR
