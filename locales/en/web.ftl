# The frame around every page of the application, and the parts that pages share.

web-menu = Menu
web-bottom = Most used
web-search = Search
web-search-label = Go to a person, team, cycle, course or candidate
web-inbox = { $n ->
    [0] Inbox, nothing new
    [one] Inbox, { $n } new
   *[other] Inbox, { $n } new
}
web-account = Your account
web-sign-out = Sign out
web-theme = Appearance
web-theme-system = System
web-theme-light = Light
web-theme-dark = Dark
# The other language, in its own words, and its tag.
web-language-other = 中文
web-language-tag = zh-CN

web-keys = Keyboard
web-keys-search = Search
web-keys-help = This list
web-keys-close = Close what is open
web-keys-on = Keys without Ctrl or Alt work (on this device)
web-close = Close
web-cancel = Cancel

web-optional = (optional)
web-errors = { $n ->
    [one] Please check one thing
   *[other] Please check { $n } things
}
web-stored-now = Now stored:
web-unsaved = You have entries here that were not saved.
web-unsaved-text = They were kept in this browser tab only.
web-unsaved-restore = Put them back
web-unsaved-discard = Discard
web-uploading = Upload

web-filter = Apply
web-clear = Clear search and filters
web-export = Export this list
web-nothing-found = Nothing matches.
web-pages = Pages of this list
web-previous = Previous
web-next = Next
web-select-all = Select all rows
web-step-done = (done)
web-refresh = See how far it is now

nav-my-work = My work
nav-home = Home
nav-inbox = Inbox
nav-my-team = My team
nav-team = Team overview
nav-people = People and teams
nav-people-list = People
nav-teams = Teams
nav-evidence = Evidence
nav-imports = Imports
nav-improvement = Improvement
nav-findings = Findings
nav-plans = Improvement plans
nav-appraisals = Appraisals
nav-cycles = Cycles
nav-kpis = KPI library
nav-templates = Templates
nav-reports = Reports
nav-reports-list = Reports
nav-admin = Administration
nav-accounts = Accounts
nav-audit = Audit trail
nav-checks = Checks and jobs

title-about = { $name }: { $part }
save = Save
list-count = { $n ->
    [one] { $n } entry
   *[other] { $n } entries
}
list-many = more than 1,000 entries

form-restored = You had to sign in again. This is what you had typed; look it over and send it.
form-conflict = Somebody else changed this while you were typing. Your entries are below, and beside them what is stored now. Send again to keep yours.
field-missing = This is needed.
field-long = At most { $n } characters.
field-control = This holds signs that cannot be printed. Remove them.
field-date = Write the day as 2026-11-22.
field-whole = A whole number from { $least } to { $most }.
field-choice = Choose one of the list.

problem-title-not-found = Not found
problem-title-forbidden = Not for your role
problem-title-conflict = That does not fit any more
problem-title-too-many = Too many attempts
problem-title-refused = That cannot be done
problem-title-broken = Something broke
problem-not-found = There is no such page. Perhaps the address was cut off, or what it showed is gone.
problem-forbidden = Your roles do not permit this. If you need it, ask your administrator.
problem-not-our-form = This form came from another page or an earlier session. Go back, reload the page and send it again.
problem-unreadable = What was sent cannot be read. Go back and try again.
problem-method = This address does not take that kind of request.
problem-too-large = What was sent is too large.
problem-too-slow = Sending took too long. Check your connection and try again.
problem-too-many = Too many wrong attempts. Wait ten minutes, then try again.
problem-busy = The system is busy. Nothing was lost; try again in a moment. (No. { $id })
problem-too-busy = The system is busy and did not answer in time. Look whether what you asked for was done before you ask again.
problem-broken = That did not work. Nothing was half-done; try again.
problem-internal = Something went wrong on our side. Nothing was half-done. If it happens again, give your administrator the number { $id }.
problem-home = To your home page
problem-start = To the start
file-too-large = The file is larger than { $mb } MB.
file-gone = This file is no longer kept.
public-url-bad = public_url { $url } is no address such as https://hr.example.com.
public-url-not-https = public_url { $url } is plain http. Outside this machine only https is safe; put a proxy in front.
