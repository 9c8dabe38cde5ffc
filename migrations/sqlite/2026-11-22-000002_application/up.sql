-- The application: accounts and sessions, who reports to whom, skills, files and jobs, findings.
-- The SQLite and the PostgreSQL file differ in column types and collation only.
alter table team add column row_version integer not null default 1;
alter table job_role add column row_version integer not null default 1;
alter table evaluation add column total_h integer;
alter table evaluation add column grade text;
create index service_record_import on service_record (import_id);
create index evaluation_total on evaluation (cycle_id, total_h);
create index staff_name on staff (name);
create index staff_email on staff (email);

-- Who may sign in. Roles with a team are limited to the team and what is below it.
create table account (
  id integer primary key autoincrement,
  login text not null unique,
  email text,
  password_hash text not null,
  staff_id integer references staff (id),
  locale text,
  must_change integer not null,
  created_at text not null,
  disabled_at text,
  row_version integer not null default 1
) strict;
create index account_staff on account (staff_id);
create table account_role (
  id integer primary key autoincrement,
  account_id integer not null references account (id),
  role text not null,
  team_id integer references team (id),
  granted_by text not null,
  granted_at text not null,
  unique (account_id, role, team_id)
) strict;
-- Nulls in a unique key count as different on both databases.
create unique index account_role_whole on account_role (account_id, role) where team_id is null;
create table session (
  id integer primary key autoincrement,
  account_id integer not null references account (id),
  token_hash text not null unique,
  agent text not null,
  created_at text not null,
  seen_at text not null,
  expires_at text not null,
  revoked_at text
) strict;
create index session_account on session (account_id, id);
create table signing_key (
  id integer primary key autoincrement,
  secret text not null,
  created_at text not null
) strict;
create table throttle (
  scope text not null,
  key_hash text not null,
  window_start text not null,
  failures integer not null,
  primary key (scope, key_hash)
) strict;
-- A form that was sent twice is done once: what the first sending answered.
create table form_once (
  account_id integer not null references account (id),
  nonce text not null,
  location text not null,
  done_at text not null,
  primary key (account_id, nonce)
) strict;
create index form_once_done on form_once (done_at);

-- The closure of the postings: who is below whom on which day, oneself at depth 0. Derived.
create table reporting_line (
  manager_id integer not null,
  staff_id integer not null,
  depth integer not null,
  valid_from text not null,
  valid_to text not null,
  primary key (manager_id, staff_id, valid_from)
) strict;
create index reporting_line_staff on reporting_line (staff_id, valid_from);
create table skill (
  id integer primary key autoincrement,
  code text not null unique,
  name_zh text not null,
  name_en text not null,
  critical integer not null,
  row_version integer not null default 1
) strict;
create table staff_skill (
  id integer primary key autoincrement,
  staff_id integer not null references staff (id),
  skill_id integer not null references skill (id),
  level integer not null,
  valid_from text not null,
  valid_to text not null,
  evidence text not null,
  unique (staff_id, skill_id, valid_from),
  check (level between 0 and 4),
  check (valid_from < valid_to)
) strict;
create index staff_skill_skill on staff_skill (skill_id);

-- Files lie in the database in chunks, so that one backup holds everything and any process can go on.
create table stored_file (
  id integer primary key autoincrement,
  kind text not null,
  name text not null,
  media_type text not null,
  size integer not null,
  sha256 text not null,
  account_id integer references account (id),
  created_at text not null,
  expires_at text
) strict;
create index stored_file_expiry on stored_file (expires_at);
create table stored_chunk (
  file_id integer not null references stored_file (id),
  position integer not null,
  bytes blob not null,
  primary key (file_id, position)
) strict;
create table saved_mapping (
  id integer primary key autoincrement,
  kind text not null,
  name text not null,
  body text not null,
  row_version integer not null default 1,
  unique (kind, name)
) strict;
-- A file on its way in through the browser: uploaded, mapped, checked, loaded.
create table pending_import (
  id integer primary key autoincrement,
  account_id integer not null references account (id),
  kind text not null,
  file_id integer not null references stored_file (id),
  mapping_json text not null,
  options_json text not null,
  state text not null,
  outcome_json text,
  bad_rows_id integer references stored_file (id),
  import_id integer,
  created_at text not null,
  row_version integer not null default 1
) strict;
create index pending_import_account on pending_import (account_id, id);
create table job (
  id integer primary key autoincrement,
  kind text not null,
  key text not null,
  args_json text not null,
  state text not null,
  progress integer not null,
  total integer not null,
  run_at text not null,
  tries integer not null,
  lease_until text,
  outcome_json text,
  account_id integer references account (id),
  created_at text not null,
  unique (kind, key)
) strict;
create index job_due on job (state, run_at);
create table message (
  id integer primary key autoincrement,
  account_id integer not null references account (id),
  kind text not null,
  args_json text not null,
  link text not null,
  created_at text not null,
  read_at text
) strict;
create index message_inbox on message (account_id, id);
create index message_unread on message (account_id, read_at, id);
-- What was found about whom; no plan yet.
create table finding (
  id integer primary key autoincrement,
  kind text not null,
  measure text not null,
  staff_id integer references staff (id),
  team_id integer references team (id),
  day integer not null,
  details_json text not null,
  state text not null,
  importance integer not null,
  urgency integer not null,
  dedupe_key text not null unique,
  found_at text not null,
  row_version integer not null default 1
) strict;
create index finding_state on finding (state, importance, urgency, id);
create index finding_staff on finding (staff_id);
create index finding_team on finding (team_id);
create table cycle_template (
  id integer primary key autoincrement,
  code text not null unique,
  body text not null,
  changed_at text not null,
  row_version integer not null default 1
) strict;
create table cycle_deadline (
  cycle_id integer not null references cycle (id),
  state text not null,
  due_on text not null,
  primary key (cycle_id, state)
) strict;
