# Charts: titles that state the finding, subtitles, descriptions for screen readers, keys.

chart-data = Data
chart-data-of = Data: { $title }

key-interval = 95{"\u202F"}% interval
key-signal = signal
key-sum = running total
key-value = value
key-shrunken = estimate for comparing
key-raw = as measured
key-below = below threshold
key-threshold = threshold to target
key-target = target and better
key-stretch = stretch and better

chart-weeks-steady = { $kpi } keeps to its usual range around { $mean }
chart-weeks-signal = { $weeks ->
    [one] { $kpi } leaves its usual range in one week
   *[other] { $kpi } leaves its usual range in { $weeks } weeks
}
chart-weeks-few = { $weeks ->
    [one] { $kpi }: one week with enough records
   *[other] { $kpi }: { $weeks } weeks with enough records
}
chart-weeks-no-limits = No control limits: they need at least { $min } weeks with enough records.
chart-weeks-desc = One point per week, with centre line and control limits where there are enough weeks. The figures are in the table under “Data”.
chart-weeks-sub = { $unit }, by week; weeks start on Monday
chart-mean = mean { $value }
chart-limit-upper = upper { $value }
chart-limit-lower = lower { $value }

signal-limit = Week of { $week }: { $value } lies beyond the control limits around the mean of { $mean }.
signal-side = Up to the week of { $week }, nine or more weeks in a row lie on the same side of the mean of { $mean }.
signal-trend = Up to the week of { $week }, six or more weeks in a row move in the same direction, to { $value }.

chart-quarters-better = { $kpi } is better than in { $quarter }: { $now } against { $then }
chart-quarters-worse = { $kpi } is worse than in { $quarter }: { $now } against { $then }
chart-quarters-unclear = { $kpi } shows no clear change since { $quarter }: { $now } against { $then }
chart-quarters-desc = One point per quarter with its 95 % interval. The figures are in the table under “Data”.
chart-quarters-sub = { $unit }, by quarter

chart-compare-teams = { $first } stands at { $first-value }, { $last } at { $last-value }
chart-compare-people = { $kpi } runs from { $low } to { $high }
chart-compare-alike = { $kpi }: no difference beyond chance
chart-compare-raw = { $kpi }, as measured
chart-compare-desc = One row each: the estimate for comparing as a dot, the measured value as a tick, the 95 % interval as a line. The figures are in the table under “Data”.
chart-compare-sub = { $unit }; dots are estimates drawn towards the common mean
chart-compare-sub-raw = { $unit }, as measured
compare-no-shrinkage = Medians have no estimate for comparing. The rows are in order of number and are no ranking.
compare-few-peers = Too few have records to tell differences from chance, so all stand at the common mean. The rows are in order of number and are no ranking.
compare-either-end = Of { $n } teams, the { $each } at either end are shown; the data files hold all.
compare-alike = The spread is no larger than chance explains, so all stand at the common mean. The rows are in order of number and are no ranking.

chart-channels = { $channel } takes { $share } of all records
chart-channels-desc = One bar per channel, its length the number of records. The figures are in the table below.
chart-channels-sub = records by channel, without bots

chart-complaints = { $few ->
    [one] One category makes
   *[other] { $few } categories make
} { $covered } of { $total } substantiated complaints
chart-complaints-desc = One bar per category in order of number, with the running total in percent. The figures are in the table under “Data”.
chart-complaints-sub = substantiated complaints by category

chart-grades = { $grade } is the most frequent grade: { $count } of { $rated } rated people
chart-grades-none = Nobody has been rated
chart-grades-desc = One dot per person, in columns by grade, best on the left. The figures are in the table under “Data”.
chart-grades-sub = people by grade
