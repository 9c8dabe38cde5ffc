# Words that belong to no single feature: languages, units, days, states, figures in one line.

language-name = English
list-separator = {", "}
date-long = { $day } { $month ->
    [1] January
    [2] February
    [3] March
    [4] April
    [5] May
    [6] June
    [7] July
    [8] August
    [9] September
    [10] October
    [11] November
   *[12] December
} { $year }

# Units as they follow a number, space included.
unit-percent = {"\u202F"}%
unit-points = {""}
unit-per-thousand = {" per 1,000"}
unit-seconds = {"\u202F"}s
unit-minutes = {"\u202F"}min
unit-hours = {"\u202F"}h
unit-count = {""}

# Units as words, under the title of a chart.
unit-percent-name = percent
unit-points-name = points
unit-per-thousand-name = per 1,000 contacts
unit-seconds-name = seconds
unit-minutes-name = minutes
unit-hours-name = hours
unit-count-name = number

figure-open = (
figure-and = {", "}
figure-n = n{"\u00A0"}
figure-close = )
figure-target = target

people-count = { $n ->
    [one] { $n } person
   *[other] { $n } people
}
days-count = { $n } days

points = points
indicative = indicative
provisional = Provisional
forced = forced
not-rated = Not rated
of-team = team's records

status-no-data = no records
status-too-few = too few
status-too-few-of = too few: { $n } of { $min }
status-stretch = Stretch reached
status-target = On target
status-threshold = Between threshold and target
status-below = Below threshold
status-band = Inside the band
status-band-outside = Outside the band
status-band-beyond = Beyond the outer limit

trend-better = better than last quarter
trend-worse = worse than last quarter
trend-unclear = no clear change

direction-higher = higher is better
direction-lower = lower is better
direction-band = best inside the band

not-rated-too-short = Too few days in scope.
not-rated-too-little-weight = Too little weight has enough records.
not-rated-excused = Excused by HR.
not-rated-no-sheet = No goal sheet.

state-draft = Draft
state-goal-setting = Goal setting
state-tracking = Tracking
state-evaluation = Evaluation
state-calibration = Calibration
state-feedback = Feedback
state-closed = Closed

channel-phone = Phone
channel-email = E-mail
channel-visit = Visit
channel-web = Web
channel-chat = Chat
channel-social = Social media
channel-app = App
channel-self_service = Self-service
channel-partner = Partner
channel-unknown = Not stated

audience-all = Operator's archive (everything)
audience-leadership = Leadership
audience-team = Manager of { $team }
audience-staff = Employee { $no }

skip = Skip to content
nav-crumbs = Where you are
nav-languages = Language
nav-contents = Contents
