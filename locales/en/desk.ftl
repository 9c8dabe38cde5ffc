# Where people start: the home page, their team, the go-to search.

home-waits = Waiting for you
home-nothing = Nothing is waiting for you.
home-places = Where to go
home-unread = { $n ->
    [one] { $n } unread message
   *[other] { $n } unread messages
}
home-agree-goals = Agree your goals for { $cycle }
home-read-result = Read your result for { $cycle }
home-findings = { $n ->
    [one] { $n } open finding
   *[other] { $n } open findings
}
home-failed-jobs = { $n ->
    [one] { $n } job did not finish
   *[other] { $n } jobs did not finish
}
home-failed = failed
home-profile = My profile
home-measures = My figures
home-own-goals = My goals
home-own-result = My result
home-in-all = report to you; { $n } below you in all
home-cycle = Current cycle
home-open = open
home-last-import = { $file } on { $day }
my-team-ways = Whom to show
my-team-whole = Everybody below
my-team-empty = Nobody reports to you.
search-title = Search
search-label = Name, pinyin, number or code begins with
search-nothing = Nothing within your reach begins like this.
search-more = More of these
