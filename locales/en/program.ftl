# What the program says on the command line, and why it refuses.

## The database

database-bad-url = “{ $url }” is no database address. Write sqlite://PATH or postgres://USER@HOST/NAME.
database-no-path = The address names no file. Write sqlite://PATH, for example sqlite://espalier.db.
database-no-tls = This build of the program reaches PostgreSQL without encryption only (a socket or a private network). Remove sslmode from the address, or use a build with TLS.
database-no-folder = The folder { $folder } does not exist. Create it, or choose another place for the database.
database-unreachable = The database does not answer: { $cause }
database-not-there = There is no database at { $file }. Make one with: espalier migrate
database-not-migrated = The database is not of this program's version yet. Run: espalier migrate
database-newer = The database was made by a newer version of the program. Use that version.
database-corrupt = The database file is damaged. Restore a backup with: espalier restore FILE
database-full = There is no space left where the database is. Make some and try again; nothing has been changed.
database-lost = The connection to the database was lost. What had not finished by then was not kept: see that the database runs, and try again.
migrate-created = A new database has been made.
migrate-done = The database is up to date.
error-internal = Something went wrong that you cannot mend here: { $cause }

## Backup and restore

backup-done = Backup written to { $file }.
backup-exists = { $file } exists already. Choose another name: a backup never replaces a file.
backup-not-found = There is no file { $file }.
backup-bad = { $file } is no whole backup of this program. Nothing has been changed.
backup-tool-missing = { $tool } cannot be run ({ $cause }). Install the PostgreSQL client tools.
backup-tool-failed = { $tool } failed: { $cause }
restore-done = { $file } has been restored.

## Configuration

config-bad = { $file } cannot be used: { $cause }
config-bad-clock = SOURCE_DATE_EPOCH must be a number of seconds: { $cause }
config-unknown-language = There is no language “{ $tag }”. Choose zh-CN or en.
setting-bad = The setting { $name } has the value “{ $value }”, which cannot be used.

## Audit and check

audit-verified = The audit trail is whole: { $events } events, { $versions } frozen versions.
audit-broken = The audit trail has been tampered with: event { $id } does not fit the one before it.
snapshot-broken = A frozen result has been tampered with: { $kind } { $subject }, version { $version }.
check-counted = Counted { $rows } rows against { $cells } tallies; { $events } audit events and { $versions } frozen versions are whole.
check-difference = { $table } is not what the rows say at { $key }.
check-orphan = { $table }: { $count } rows name a { $column } that does not exist.
check-reporting-lines = Reporting lines: { $count } are not what the postings say.
check-copies = Total or grade beside these results is not what was frozen: { $who }
check-sound = Everything is in order.
tally-overflow = The sums have become too large to be counted exactly. Nothing was loaded.
tally-out-of-step = The tallies do not fit the rows. Run espalier check to see where; nothing was changed.

## Import

import-read = Read { $file } ({ $format }): { $rows } rows, { $superseded } of them replaced by a later row of the same id.
import-loaded = Loaded: { $new } new, { $changed } changed, { $unchanged } unchanged, { $deleted } deleted.
import-would-load = Dry run, nothing kept. It would load: { $new } new, { $changed } changed, { $unchanged } unchanged, { $deleted } deleted.
import-nothing-loaded = Nothing was loaded.
import-created = Created: { $staff } employees, { $teams } teams, { $roles } job roles.
import-unused = Columns that nothing reads: { $columns }
import-problem = Line { $line }, { $column }: “{ $value }”. { $reason }
import-refused = { $count } rows are bad, so nothing was loaded. They are in { $file }, each with its reason: mend them and import again, or load the rest with --skip-bad.
import-skipped = { $count } bad rows were left out. They are in { $file }, each with its reason.
import-name-ambiguous = Several have this name. Use the number or code instead.
import-no-such-record = No service record of this source has this id. Load the service records first.
import-before-opening = This time lies before the row's first one. Check both.
import-too-long-after = This time lies almost two years or more after the row's first one. Check both.
import-points-above-applicable = More points than are applicable. Check both.
import-left-before-hired = The leaving date lies before the hiring date. Check both.
import-own-manager = Nobody is their own manager. Name somebody else, or leave it empty.
import-not-an-email = This is no e-mail address. Mend it, or leave it empty.
import-candidate-untold = Nothing tells who this is: fill in id, e-mail or phone.
import-opening-shut = This opening takes no applications. Approve or publish it first, or leave the row out.
import-reason-needed = A rejected application needs a reason.
import-reason-unfit = Only a rejected application has a reason. Set the state, or leave the reason empty.
import-note-needed = The reason “other” is put in words in the column note.
import-day-to-come = This day is still to come.
import-team-cycle = The team would be above itself. Choose another parent.

## Cycle templates

template-not-found = There is neither a template nor a file { $template } ({ $cause }). Templates: { $names }
template-syntax = The template cannot be read: { $cause }
template-weights-below = { $sheet }: the weights add up to { $sum } %. Add { $difference } %.
template-weights-above = { $sheet }: the weights add up to { $sum } %. Take { $difference } % away.
template-weight = { $sheet }, { $kpi }: a weight of { $value } basis points is not possible. Give 1 to 10000.
template-competency-without-reviews = There is weight on competencies but nobody reviews. Set reviews = true, or give KPIs the whole weight.
template-min-weight = min_weight_bp is { $value }. Give 0 to 10000.
template-min-days = min_days is { $value }. Give 0 to 366.
template-no-sheet = The template has no goal sheet. Add at least one [[sheet]].
template-grades = The grades must have different codes and falling bounds, the last of them from 0, the first not above 120.
template-unknown-role = There is no job role “{ $role }”.
template-role-twice = The job role “{ $role }” has two sheets. Leave one.
template-unknown-kpi = { $sheet }: there is no KPI “{ $kpi }”.
template-kpi-twice = { $sheet }: the KPI “{ $kpi }” stands there twice.
template-team-median = { $sheet }, { $kpi }: a median of the whole team cannot be scored on a person's sheet. Use a share or a mean.
template-aim-higher = { $sheet }, { $kpi }: higher is better, so threshold < target < stretch must all be given.
template-aim-lower = { $sheet }, { $kpi }: lower is better, so threshold > target > stretch must all be given.
template-aim-band = { $sheet }, { $kpi }: a band needs outer_low < low ≤ high < outer_high.
template-item-count = { $sheet }: { $count } items. A goal sheet has three to seven.
template-no-quality = { $sheet }: no KPI of service quality. Add one.
template-no-efficiency = { $sheet }: no KPI of service efficiency. Add one.
template-no-satisfaction = { $sheet }: no KPI of customer satisfaction. Add one.

## Cycles

cycle-created = Cycle { $code } has been made.
cycle-advanced = Cycle { $code }: { $states }
cycle-not-found = There is no cycle { $code }. There are: { $known }
cycle-bad-code = “{ $code }” is no quarter. Write it as 2026Q3.
cycle-bad-state = Cycle { $code } is in a state this program does not know.
cycle-overlaps = Cycle { $code } would cover days of cycle { $other }, so people would be rated twice for them.
cycle-no-reason = Say why with --reason: it goes into the audit trail.
cycle-not-ahead = Cycle { $code } is in “{ $state }”; “{ $goal }” does not lie ahead of it.
cycle-agreement-missing = Cycle { $code } cannot start tracking: { $count } goal sheets are not agreed by both sides ({ $who } …). Agree them, or go on with --force; results will then show the agreement as missing.
cycle-check-ins-missing = Cycle { $code } cannot leave tracking: with { $count } people fewer than two check-ins were held ({ $who } …). Hold them, or go on with --force; results will then show check-ins as missing.
cycle-review-missing = Cycle { $code } cannot leave evaluation: { $count } people have no review ({ $who } …). Hold the reviews, or go on with --force; results will then show the review as missing.
status-head = Cycle { $code }, { $from } to { $to }: { $state }
status-step =   { $at }  { $state }  { $reason }
status-step-forced =   { $at }  { $state } (forced)  { $reason }
status-people = { $people } people, { $rated } of them rated.
status-grades = Grades: { $grades }
status-too-short = Not rated, too few days in scope: { $count }
status-too-little-weight = Not rated, too little weight has data: { $count }
status-excused = Not rated, excused: { $count }
status-no-sheet = Not rated, no goal sheet for the job role: { $count }
status-no-agreement = Goal sheet not agreed by both sides: { $count }
status-no-check-ins = Check-ins missing: { $count }
status-no-review = Review missing: { $count }
status-changed = The evidence of { $count } people has changed since their results were frozen: { $who }

## Reports and the demonstration

report-built = Reports are in { $folder }: { $written } files written, { $kept } unchanged, { $removed } removed.
report-no-team = There is no team { $code } in this cycle.
report-no-person = Nobody with the number { $code } is in this cycle.
demo-building = Building the invented company; this takes a moment.
demo-serving = Open http://{ $address }/ and sign in; Ctrl-C ends the demonstration.
demo-not-a-demo = This database holds something other than the demonstration. Give the demonstration a database of its own with --database.
demo-bad-file = The demonstration's own file { $file } was refused at line { $line }.

serving = Serving at http://{ $address }
serve-cannot-listen = Cannot listen at { $address }: { $cause }
serve-needs-public-url = Plain http is for this machine only. Listen at 127.0.0.1, or put a proxy with https in front and name its address as public_url in espalier.toml.
jobs-ran = Jobs run: { $n }

demo-accounts = Sign in as one of these (the passwords are fresh each time):
demo-account-hr = { $login } { $password }  HR: people, evidence, cycles; fairness and calibration, appeals without a reviewer, rewards to decide
demo-account-leadership = { $login } { $password }  leadership: company and teams, reports, which plans worked
demo-account-manager = { $login } { $password }  service manager: two teams below, goals to agree, a plan to approve or follow
demo-account-lead = { $login } { $password }  team lead: results to write up and release, goals to agree, an overdue action, an appeal to review
demo-account-agent = { $login } { $password }  service agent: a result to acknowledge, a counter-proposal to answer, own figures and goals
demo-account-trainer = { $login } { $password }  trainer: people and skills
demo-account-auditor = { $login } { $password }  auditor: reads everything, changes nothing
demo-account-admin = { $login } { $password }  administrator: accounts, imports, checks

# Mail
mail-body =
    { $what }

    { $address }

    This message is also in your inbox.
    { $organisation }
mail-body-applicant =
    { $what }

    Your private link:
    { $address }

    Keep this address to yourself: whoever has it can see where your application stands and withdraw it.
    { $organisation }
mail-needs-public-url = Mail needs public_url in espalier.toml: links in letters begin with it.
mail-bad-sender = [mail] from "{ $from }" is no sender such as Espalier <hr@example.com>.
mail-bad-server = [mail] server "{ $server }" is no mail server's name.
mail-not-encrypted = [mail] security = "none" is for a mail server on this machine only, not for { $server }. Use "starttls" or "tls".
mail-needs-password = [mail] names a user for { $server }, but ESPALIER_SMTP_PASSWORD is not set.
