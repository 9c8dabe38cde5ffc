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
web-theme-system = As the device
web-theme-light = Light
web-theme-dark = Dark
# The other language, in its own words, and its tag.
web-language-other = 中文
web-language-tag = zh-CN

web-keys = Keyboard
web-keys-search = Search
web-keys-help = This list
web-keys-close = Close what is open
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

web-filter = Show
web-clear = Clear search and filters
web-export = Export this list
web-nothing-found = Nothing matches.
web-pages = Pages of this list
web-previous = Previous
web-next = Next
web-select-all = Select all rows
web-step-done = (done)
web-refresh = See how far it is now
