# Recruitment in numbers: funnel, time, sources, open places, agreement of raters, selection by group.

nav-recruitment-figures = Figures
figures-title = Recruitment in figures
figures-lede = What becomes of applications, how long it takes, where they come from, and whether those who judge agree.
figures-none = No opening yet. Figures begin with the first application.
figures-no-opening = There is no opening { $code }, or it is not yours to see.
figures-opening = Opening
figures-every-opening = All openings
figures-period = Received in
figures-always = Any time
figures-counted = { $n ->
    [one] One application
   *[other] { $n } applications
}

figures-headline = At a glance
figures-open = Open places
figures-open-note = of { $places } in { $openings ->
    [one] one published opening
   *[other] { $openings } published openings
}
figures-applications = Applications
figures-hired = Hired
figures-fill = Time to fill
figures-days = { $n } days
figures-fill-n = median, { $n ->
    [one] one hire
   *[other] { $n } hires
}
figures-fill-p90 = median, { $n } hires; nine of ten within { $days } days
figures-percent = { $n } %

figures-funnel = Funnel
figures-funnel-say = Of { $n ->
    [one] one application
   *[other] { $n } applications
}, { $hired ->
    [one] one ended
   *[other] { $hired } ended
} in a hire.
figures-funnel-caption = Applications that came to each stage, and their share of all
figures-funnel-desc = One bar for each stage: how many applications came to it. The table below has the numbers.
figures-funnel-rule = Of those who came to a stage, some went on, some are there, some were rejected, some withdrew. The pass rate leaves out who is still there and who withdrew. Days are counted from coming to a stage to leaving it; the ninth of ten is told from ten stays on.
figures-stage = Stage
figures-entered = Came to it
figures-passed = Went on
figures-here = There now
figures-rejected = Rejected
figures-withdrawn = Withdrew
figures-rate = Pass rate
figures-median = Median days
figures-p90 = Nine of ten within (days)
figures-stays = Stays

figures-sources = Sources
figures-sources-caption = Applications by source, and how many of them were hired
figures-sources-desc = One bar for each source: how many applications came from it. The table below has the numbers.
figures-sources-none = No applications.
figures-source = Source
figures-hired-n = { $n } hired
figures-share = Hired, share
figures-range = 95 % interval
figures-careers = Careers page
figures-referral = Referral
figures-job-board = Job board
figures-agency = Agency
figures-campus = Campus
figures-internal = Internal
figures-pool = Talent pool
figures-other = Other

figures-vacancies = Open places
figures-vacancies-none = Every place of the published openings is filled.
figures-vacancies-more = { $n ->
    [one] One more opening has open places.
   *[other] { $n } more openings have open places.
}
figures-places = Places
figures-published = Published

figures-agreement = Agreement of raters
figures-agreement-none = There are not five occasions yet on which two raters or more judged the same person with the same card.
figures-agreement-rule = ICC: how much of the variation of ratings lies between those who are judged. ICC(1) where each was judged by others, ICC(2) where the same raters judged all (Shrout and Fleiss 1979; bounds by McGraw and Wong 1996). Below .50 poor, to .75 moderate, to .90 good. Krippendorff’s alpha also stands where occasions have different numbers of raters: from .80 on reliable, from .667 on tentative. Kappa, quadratically weighted, where the same two judged all. Brackets hold the 95 % interval. Occasions with a sheet still to come are left out.
figures-card = { $card } (version { $version })
figures-total = Total
figures-criterion = Criterion
figures-panels = Occasions
figures-ratings = Ratings
figures-icc = Model
figures-icc-1 = ICC(1)
figures-icc-2 = ICC(2)
figures-single = One rater
figures-average = Mean of the raters
figures-alpha = Alpha
figures-kappa = Kappa
figures-icc-excellent = Agreement about totals is excellent.
figures-icc-good = Agreement about totals is good.
figures-icc-moderate = Agreement about totals is moderate: look at the anchors together.
figures-icc-poor = Agreement about totals is poor: one more rater, or a common look at the anchors, is worth more than another question.
figures-alpha-reliable = Totals are reliable.
figures-alpha-tentative = Totals allow tentative conclusions only.
figures-alpha-poor = Totals depend on who judges: look at the anchors together.
figures-agreement-flat = All totals are alike: there is nothing by which agreement could be told.
figures-method = Funnel and sources are counted of all applications asked for; an application counts where it stands now. Times are taken from the newest { $applications } of them, agreement from the newest { $panels } occasions of judging. Time to fill runs from publication to hire, of the hires of the period. Open places are those of now.

figures-selection = Selection by group
figures-selection-lede = Whether groups of applicants are selected alike, from what they state of themselves by choice. It is kept apart from everything else and never shown beside a name.
figures-selection-none = There are not two groups of at least five people who say so of themselves, or fewer than five could be told from them.
figures-selection-at = { $attribute }: { $stage }
figures-selection-rule = Each group is compared with the one whose rate is highest (groups under 2 % are not looked to). Strictly below four fifths is marked: a sign to look closer, no proof; small differences may matter and large ones may be chance. z and Fisher: whether chance explains the difference. Odds ratio: opening by opening, taken together (Mantel and Haenszel), because rates added up over openings can show what none of them shows. Counted are those about whom was decided; who withdrew is left out. Numbers below five are withheld, and what would let them be reckoned. An opening counts in the quarter in which it was published.
figures-of-all = All openings
figures-of-opening = { $opening }
figures-of-quarter = Openings published in { $quarter }
figures-tables = { $n ->
    [one] One table
   *[other] { $n } tables
}
figures-withheld = { $n ->
    [one] One group is left out: it is too small, or others could be told from it.
   *[other] { $n } groups are left out: they are too small, or others could be told from them.
}
figures-group = Group
figures-decided = Decided about
figures-few = withheld
figures-ratio = Impact ratio
figures-z = z (p)
figures-exact = Fisher’s p
figures-odds = Odds ratio by opening
figures-stratified = p by opening
figures-below = Below four fifths
figures-small = Small numbers
figures-highest = Highest rate
figures-differs = Hardly chance
figures-marginal = Under 2 %
figures-yes = yes
figures-no = no

figures-part = Part
figures-item = Item
figures-figure = Figure
figures-value = Value

kicker-recruitment = Recruitment
figures-all = How recruitment went in this quarter
figures-report-lede = Applications received in the quarter, as they stood when this page was made. Nobody is named.
