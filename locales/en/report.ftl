# Report pages.

kicker-overview = Leadership overview
kicker-cycle = Appraisal cycle
kicker-team = Team report
kicker-person = Feedback sheet

index-title = Reports in English
index-start = Open the reports
index-note = These pages open without a network, print on A4 and follow the light or dark setting of your device.

imprint-period = Period
imprint-snapshot = Snapshot
imprint-audience = For
imprint-not-frozen = not frozen
imprint-code = Team code
imprint-state = State
imprint-rules = Rules
imprint-number = Employee no.
imprint-role = Job role
imprint-team = Team
imprint-manager = Manager
imprint-scope = In scope
imprint-frozen = Frozen
colophon-frozen = Frozen { $at }
provisional-text = These figures are not frozen. They may change until the results are released.

section-findings = What matters first
section-kpis = Figures against targets
section-teams = Teams side by side
section-team-list = Teams
section-members = Members side by side
section-people = People
section-grades = Grades
section-weeks = Week by week
section-quarters = Quarter by quarter
section-channels = Channels
section-complaints = Complaints
section-below = Teams below
section-missing = What is missing
section-steps = How the cycle went
section-rules = What is judged, and how
section-method = Method and definitions

overview-title = { $organisation }, { $cycle }
overview-lede = { $people ->
    [one] { $people } person
   *[other] { $people } people
} in { $teams ->
    [one] { $teams } team
   *[other] { $teams } teams
} handled { $records } records this quarter.
team-lede = { $people ->
    [one] { $people } person
   *[other] { $people } people
} handled { $records } records this quarter.
cycle-lede-figures = Judged by figures alone; there are no reviews in this cycle.
cycle-lede-reviews = Figures make { $kpi } of the total, competency ratings { $competency }.

headline-people = People in scope
headline-rated = { $n } rated
headline-records = Records handled
headline-unattributed = { $share } name no employee
headline-no-records = none loaded
headline-targets = Targets reached
headline-of = { $k } of { $n }
headline-planned = { $n ->
    [one] { $n } figure planned
   *[other] { $n } figures planned
}
headline-score = KPI score
headline-score-note = points, 100 is on target

findings-none = Nothing stands out: no signal on the control charts, no target missed beyond chance, no gap between teams beyond chance.
finding-signals = { $n ->
    [one] { $kpis } leaves its usual range for the worse
   *[other] { $n } figures leave their usual range for the worse: { $kpis }
}
finding-good-signals = { $n ->
    [one] { $kpis } leaves its usual range, not for the worse
   *[other] { $n } figures leave their usual range, not for the worse: { $kpis }
}
finding-part = { $kpi } – { $line }
finding-missed = { $n ->
    [one] { $kpis } misses its target by more than chance
   *[other] { $n } figures miss their targets by more than chance: { $kpis }
}
finding-missed-text = { $value } { $bracket }, target { $target }: the whole interval lies on the wrong side.
finding-gap = Teams differ most in { $kpi }
finding-gap-text = { $first } stands at { $first-value }, { $last } at { $last-value }, after allowing for chance.

kpis-say = Each strip runs from poor on the left to excellent on the right; the dot is the figure, the line its 95{"\u202F"}% interval.
kpis-none = The rules of this cycle set no targets for groups.
kpi-before = Last quarter:
compare-say = Estimates are drawn towards the common mean by as much as chance explains, so that a handful of records cannot lead or trail.
teams-merged = { $n ->
    [one] One team is not shown by itself and counts under “Other”: groups of fewer than five people are withheld.
   *[other] { $n } teams are not shown by themselves and count under “Other”: groups of fewer than five people are withheld.
}
team-other = Other
teams-none = No team may be shown by itself: each has fewer than five people.
members-say = For coaching, not for ranking: estimates are drawn towards the team's mean by as much as chance explains, with the measured value beside them.
people-say = In order of employee number.
people-elsewhere = The people of each team are listed on its page.
weeks-say = A point outside the limits, nine in a row on one side, or six in a row in one direction is worth a question. All else is the usual variation.
quarters-say = The band is the 95{"\u202F"}% interval: where bands overlap widely, nothing is known to have changed.
channels-caption = Raw figures by channel, with 95{"\u202F"}% interval and n
complaints-none = No substantiated complaint was recorded in this quarter.
grades-note = Grades follow from the printed totals by the published bands. No share of any grade is prescribed.
missing-forced = A step of the cycle went ahead although this was missing:
missing-own = Nothing is recorded as missing for this audience.
missing-not-rated = Not rated
missing-unattributed = Records that name no employee
missing-bots = Records handled by bots, left out
missing-agreement = Goal agreement: none recorded
missing-check-ins = Check-ins: fewer than two recorded
missing-review = Manager's review: none recorded
rules-say = Threshold earns 60 points, target 100, stretch 120. A team or person is judged by the sheet of their job role.

sheet-all = All job roles
sheet-others = All other job roles
sheet-group = Teams and company
sheet-not-agreed = no agreement recorded

col-from = From
col-interval = 95{"\u202F"}% interval
col-person = Name
col-number = No.
col-role = Job role
col-team = Team
col-above = Above it
col-people = People
col-records = Records
col-share = Share
col-sum = Running total
col-score = KPI score
col-total = Total
col-grade = Grade
col-channel = Channel
col-category = Category
col-complaints = Complaints
col-shrunken = Estimate
col-raw = Measured
col-state = State
col-entered = Entered
col-reason = Note
col-item = Item
col-target = Target
col-points = Points
col-weight = Weight
col-product = Product
col-better = Direction
col-steps = Threshold / target / stretch
col-trend = Course

person-figures = Figures
person-sum = How the total comes about
person-sum-caption = Points times weight, item by item
person-history = Quarter by quarter
person-history-table = Figures by quarter
person-history-say = Measured values; the number of records stands in brackets.
person-lede-several = { $total } points, grade { $grade }; the quarter had more than one goal sheet.
person-lede = { $total } points, grade { $grade }: { $reached } of { $counted } figures reach their target.
person-lede-not-rated = Not rated this quarter. { $why }
person-lede-open = No total yet.
person-days = { $days } of { $of } days
person-parts = The figures make { $kpi } of the total, the competency ratings { $competency }.
person-parts-figures = The total rests on the figures alone; this cycle has no reviews.
person-version-no = Result version { $no }.
person-included = Included although in scope for few days
person-version = Sheet { $no }: { $days }, { $count ->
    [one] { $count } day
   *[other] { $count } days
}
person-method = Shares have Wilson intervals, means Student's t, rates exact Poisson, medians order statistics; all 95{"\u202F"}%. Fewer than 30 records are marked indicative.
person-method-link = All definitions and rules

sum-products = Sum of the products
sum-remaining = Weight that counts
sum-divided = sum divided by the weight that counts
sum-score = KPI score of this sheet
sum-mean = Mean of the sheets by days
sum-mean-score = KPI score
sum-kpi = KPI score
sum-competency = Competency ratings
sum-no-review = none recorded; the weight drops out
sum-total = Total

method-period = From { $from } to { $to }.
method-frozen = Frozen { $at }; nothing on this page has moved since.
method-audience = Made for: { $audience }.
method-kpis = Figures
method-grades = Grades
method-interval = 95{"\u202F"}% interval
method-interval-text = Every figure is printed with its number of records n and an interval that says how far chance alone could have moved it.
method-few = Too few, indicative
method-few-text = A figure with fewer records than its minimum is shown but earns no points. Below { $n } records it is marked indicative.
method-points = Points
method-points-text = Below the threshold 0, at the threshold 60, at the target 100, at the stretch value 120 and no more; in between along straight lines. A figure with a band earns 100 inside it and falls to 0 at the outer limits. Points come from the measured value.
method-missing = Missing figures
method-missing-text = A figure that is missing drops out and the other weights are scaled up, as long as at least { $weight } of the weight remains; otherwise there is no rating. Missing is never counted as zero.
method-days = Days in scope
method-days-text = Somebody in scope for fewer than { $days } days is not rated unless HR includes them with a reason. Several sheets in a quarter are averaged by their days.
method-rounding = Rounding
method-rounding-text = Points are rounded half-up to a hundredth; the total is computed exactly and rounded half-up to a hundredth once; the printed total decides the grade.
method-parts = Parts of the total
method-parts-text = The KPI score makes { $kpi } of the total, competency ratings { $competency }, on the same scale (1 = 0, 2 = 60, 3 = 100, 4 = 110, 5 = 120).
method-figures-only = Parts of the total
method-figures-only-text = The total is the KPI score alone.
method-compare = Comparing
method-compare-text = People and teams are compared by shrunken estimates (beta-binomial for shares, normal for means and NPS, gamma-Poisson for rates) with the measured value beside them. Where no difference beyond chance can be shown, no order is given. Medians are shown as measured.
method-weeks = Control charts
method-weeks-text = Limits are the mean plus and minus 2.66 mean moving ranges (XmR), from eight weeks on. Signals: a point beyond a limit; nine in a row on one side; six in a row rising or falling. Weeks with too few records are left open.
method-change = Changes
method-change-text = “Better” or “worse” is said only where the 95{"\u202F"}% interval of the difference excludes zero (Newcombe for shares, Welch for means and NPS) or, for rates and medians, where the two intervals do not meet.
method-withheld = Withheld figures
method-withheld-text = Figures about fewer than { $n } people are withheld outside their own line, and so are figures from which they could be worked out.
method-decision = Decisions
method-decision-text = These pages inform. No consequence follows from a figure or a grade by itself; a named person decides and gives the reason.

kpi-definition = { $formula } { $direction }; at least { $min } records; { $interval }.
interval-share = Wilson interval
interval-mean = Student's t interval
interval-nps = adjusted Wald interval
interval-rate = exact Poisson interval
interval-median = order-statistic interval; from many records the median is read from a histogram, within 5{"\u202F"}%
interval-typed = typed in, without interval

grade-from = { $from } and above
grade-below = below { $to }

# Improvement plans in reports
section-plans = Improvement plans
kicker-plans = Improvement plans
kicker-plan = Improvement plan
plans-worked =
    { $all ->
        [0] No improvement plan has ended yet.
        [one] Of 1 plan that ended, { $good } improved what it was for, { $none } shows no evidence of an effect, { $bad } made it worse.
       *[other] Of { $all } plans that ended, { $good } improved what they were for, { $none } show no evidence of an effect, { $bad } made it worse.
    }
plans-none = There is no improvement plan beyond a draft.
plans-all = All improvement plans
finding-plans-worse =
    { $n ->
        [one] An improvement plan made worse what it was for
       *[other] { $n } improvement plans made worse what they were for
    }
person-judged = Competencies
judged-own = Self
judged-manager = Manager
judged-own-summary = In the employee’s own words
judged-mean = Mean of colleagues
section-fair = Fairness and appeals
fair-say = What stands out about raters is a reason to look, not a finding. Results are those that are frozen.
fair-raters = Raters looked at
fair-rater = Rater
fair-flags = What stands out
fair-appeals = Appeals
fair-filed = Filed
fair-upheld = Result upheld
fair-amended = Result amended
fair-open = Not decided
fair-withheld = Fewer than five are not told apart.
