# Where people start: the home page, their team, the go-to search.

home-waits = Waiting for you
home-nothing = Nothing is waiting for you.
home-places = Where to go
home-unread = { $n ->
    [one] { $n } unread message
   *[other] { $n } unread messages
}
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
home-own-cycles = My goals and results
home-measures = My figures
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

# What is due
due-late = overdue
due-about = { $what }: { $who }

# The calendar feed
calendar-title = My calendar
calendar-subscribe = Subscribe to what is due
calendar-say = Everything that is due from you, with its deadline, in the calendar you use anyway. Make an address and subscribe to it there.
calendar-no-record = Your account has no staff record, so nothing will be due in it.
calendar-address = Address
calendar-once = This address is shown once. Whoever knows it can read what is due from you: give it to your calendar and to nobody else.
calendar-since = Your calendar has had an address since { $day }.
calendar-make = Make an address
calendar-renew = Make a new address
calendar-renew-ask = The present address stops working; calendars that use it have to be given the new one.
calendar-end = Take the address back
calendar-end-ask = Calendars that use the address will no longer be updated.
said-calendar-ended = The address of your calendar no longer works.
stand-excused = excused
stand-no-goals = no goals
stand-goals-proposed = proposal open
stand-goals-open = goals not agreed
stand-goals-agreed = goals agreed
stand-self-in = self-review in
stand-self-missing = no self-review
stand-peers-unnamed = no colleagues named
stand-peers-unconfirmed = confirm colleagues
stand-peers-asked = colleagues asked
stand-peers-closed = colleagues heard
stand-review-in = review sent
stand-review-missing = review to write
stand-told = told
stand-untold = to be told
stand-acknowledged = acknowledged
stand-unacknowledged = not acknowledged
my-team-cycle = In the cycle
