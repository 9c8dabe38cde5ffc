# The trail of who did what; checks and jobs.

audit-title = Audit trail
audit-no = No.
audit-at = When
audit-actor = Who
audit-all = All
audit-action = What
audit-subject = About
audit-subject-begins = About (begins with)
audit-day = Day
audit-details = Details
audit-empty = Nothing has been done yet.

checks-title = Checks and jobs
checks-lede = A check counts every tally again from its rows, looks for rows that point nowhere, and verifies the audit trail and the frozen results. It changes nothing.
checks-run = Check everything
checks-verify = Verify the audit trail
checks-busy = Checking
checks-jobs = The latest jobs
checks-no-jobs = No job has run yet.
said-check-started = The check is under way. Its outcome will stand in the list below.
job-kind = Job
job-at = Asked for
job-tries = Attempts
job-outcome = Outcome
job-waiting = waiting
job-running = running
job-done = done
job-unsound = found something
job-failed = failed
job-check = Check of everything
job-verify = Verification of the audit trail
job-tidy = Removal of old files
job-import-check = Check of a file
job-import = Loading of a file
job-bundle = Report bundle
job-warnings = Search for early warnings
