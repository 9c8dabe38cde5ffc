-- The spine: people, evidence, tallies, goals, cycles, snapshots, the audit trail.
-- The SQLite and the PostgreSQL file differ in column types, triggers and collation only.
create table setting (
  name text primary key,
  value text not null,
  row_version integer not null default 1
) strict;

-- People: who was where, as what, under whom, on which day. valid_to is exclusive, 9999-12-31 = open.
create table team (
  id integer primary key autoincrement,
  code text not null unique,
  name_zh text not null,
  name_en text not null,
  sort_key text not null
) strict;
create table team_link (
  id integer primary key autoincrement,
  team_id integer not null references team (id),
  parent_id integer references team (id),
  valid_from text not null,
  valid_to text not null,
  unique (team_id, valid_from),
  check (valid_from < valid_to)
) strict;
create index team_link_parent on team_link (parent_id);
create table job_role (
  id integer primary key autoincrement,
  code text not null unique,
  name_zh text not null,
  name_en text not null
) strict;
create table staff (
  id integer primary key autoincrement,
  employee_no text not null unique,
  name text not null,
  name_en text not null,
  sort_key text not null,
  email text,
  phone text,
  hired_on text,
  left_on text,
  row_version integer not null default 1
) strict;
create index staff_sort on staff (sort_key, id);
create table posting (
  id integer primary key autoincrement,
  staff_id integer not null references staff (id),
  team_id integer references team (id),
  job_role_id integer not null references job_role (id),
  manager_id integer references staff (id),
  valid_from text not null,
  valid_to text not null,
  unique (staff_id, valid_from),
  check (valid_from < valid_to)
) strict;
create index posting_manager on posting (manager_id, valid_from);
create index posting_team on posting (team_id, valid_from);

-- Imports. The chain of audit events and snapshots is append-only: triggers below refuse the rest.
create table source (
  id integer primary key autoincrement,
  code text not null unique
) strict;
create table import_run (
  id integer primary key autoincrement,
  kind text not null,
  source_id integer,
  file_name text not null,
  file_sha256 text not null,
  mapping text not null,
  rows_read integer not null,
  rows_new integer not null,
  rows_changed integer not null,
  rows_deleted integer not null,
  rows_bad integer not null,
  started_at text not null
) strict;
create index import_run_sha on import_run (file_sha256);
create table audit_event (
  id integer primary key autoincrement,
  happened_at text not null,
  actor text not null,
  action text not null,
  subject text not null,
  detail_json text not null,
  prev_hash text not null unique,
  hash text not null
) strict;
create index audit_event_subject on audit_event (subject, id);

-- Evidence. No foreign keys on rows and tallies (a bulk load would take six times as long): the
-- import validates in memory, parents are never deleted, `check` looks for orphans.
create table category (
  id integer primary key autoincrement,
  code text not null unique,
  name_zh text not null,
  name_en text not null
) strict;
create table service_record (
  id integer primary key autoincrement,
  source_id integer not null,
  external_id text not null,
  import_id integer not null,
  file_line integer not null,
  row_hash integer not null,
  staff_id integer,
  team_id integer,
  bot integer not null,
  day integer not null,
  channel integer not null,
  category_id integer,
  service_class integer,
  stage integer,
  opened_at text not null,
  closed_at text,
  fcr integer,
  sla integer,
  reopened integer,
  transferred integer,
  escalated integer,
  resolved integer,
  csat integer,
  nps integer,
  ces integer,
  handle_s integer,
  first_reply_s integer,
  resolve_min integer
) strict;
create unique index service_record_external on service_record (source_id, external_id);
create index service_record_staff on service_record (staff_id, day);
create index service_record_team on service_record (team_id, day);
create index service_record_day on service_record (day);
create table survey_answer (
  id integer primary key autoincrement,
  source_id integer not null,
  external_id text not null,
  import_id integer not null,
  file_line integer not null,
  row_hash integer not null,
  record_id integer,
  own_staff integer not null,
  staff_id integer,
  team_id integer,
  bot integer not null,
  day integer not null,
  channel integer not null,
  answered_at text not null,
  csat integer,
  nps integer,
  ces integer,
  quality integer,
  speed integer,
  expertise integer,
  attitude integer,
  experience integer,
  outcome integer,
  innovation integer,
  remark text
) strict;
create unique index survey_answer_external on survey_answer (source_id, external_id);
create index survey_answer_staff on survey_answer (staff_id, day);
create index survey_answer_team on survey_answer (team_id, day);
create index survey_answer_day on survey_answer (day);
create index survey_answer_record on survey_answer (record_id);
create table complaint (
  id integer primary key autoincrement,
  source_id integer not null,
  external_id text not null,
  import_id integer not null,
  file_line integer not null,
  row_hash integer not null,
  record_id integer,
  own_staff integer not null,
  staff_id integer,
  team_id integer,
  bot integer not null,
  day integer not null,
  channel integer not null,
  category_id integer,
  received_at text not null,
  classified_at text,
  assigned_at text,
  investigated_at text,
  handled_at text,
  replied_at text,
  followed_up_at text,
  substantiated integer
) strict;
create unique index complaint_external on complaint (source_id, external_id);
create index complaint_staff on complaint (staff_id, day);
create index complaint_team on complaint (team_id, day);
create index complaint_day on complaint (day);
create index complaint_record on complaint (record_id);
create table quality_review (
  id integer primary key autoincrement,
  source_id integer not null,
  external_id text not null,
  import_id integer not null,
  file_line integer not null,
  row_hash integer not null,
  staff_id integer,
  team_id integer,
  day integer not null,
  channel integer not null,
  points_h integer not null,
  applicable_h integer not null,
  auto_fail integer not null,
  score_h integer not null,
  check (applicable_h > 0)
) strict;
create unique index quality_review_external on quality_review (source_id, external_id);
create index quality_review_staff on quality_review (staff_id, day);
create index quality_review_team on quality_review (team_id, day);
create index quality_review_day on quality_review (day);
-- Earlier states of a row; the last one is in the row itself.
create table record_change (
  id integer primary key autoincrement,
  kind text not null,
  source_id integer not null,
  external_id text not null,
  import_id integer not null,
  deleted integer not null,
  before_json text not null
) strict;
create index record_change_record on record_change (kind, source_id, external_id);

-- Tallies: derived, recounted by `check`. bot and team_id 0 (= no team, or the company in
-- tally_duration) are part of the key, since a key cannot hold null.
create table tally_staff_quarter (
  quarter integer not null,
  staff_id integer not null,
  team_id integer not null,
  channel integer not null,
  records integer not null,
  fcr_n integer not null,
  fcr_sum integer not null,
  sla_n integer not null,
  sla_sum integer not null,
  reopened_n integer not null,
  reopened_sum integer not null,
  transferred_n integer not null,
  transferred_sum integer not null,
  escalated_n integer not null,
  escalated_sum integer not null,
  resolved_n integer not null,
  resolved_sum integer not null,
  csat_n integer not null,
  csat_sum integer not null,
  csat_sumsq integer not null,
  csat_top integer not null,
  nps_n integer not null,
  nps_sum integer not null,
  nps_sumsq integer not null,
  ces_n integer not null,
  ces_sum integer not null,
  ces_sumsq integer not null,
  ces_top integer not null,
  handle_n integer not null,
  handle_sum integer not null,
  handle_sumsq integer not null,
  first_reply_n integer not null,
  first_reply_sum integer not null,
  first_reply_sumsq integer not null,
  resolve_n integer not null,
  resolve_sum integer not null,
  resolve_sumsq integer not null,
  quality_n integer not null,
  quality_sum integer not null,
  quality_sumsq integer not null,
  complaints integer not null,
  primary key (quarter, staff_id, team_id, channel)
) strict, without rowid;
create table tally_team_day (
  team_id integer not null,
  day integer not null,
  bot integer not null,
  records integer not null,
  fcr_n integer not null,
  fcr_sum integer not null,
  sla_n integer not null,
  sla_sum integer not null,
  reopened_n integer not null,
  reopened_sum integer not null,
  transferred_n integer not null,
  transferred_sum integer not null,
  escalated_n integer not null,
  escalated_sum integer not null,
  resolved_n integer not null,
  resolved_sum integer not null,
  csat_n integer not null,
  csat_sum integer not null,
  csat_sumsq integer not null,
  csat_top integer not null,
  nps_n integer not null,
  nps_sum integer not null,
  nps_sumsq integer not null,
  ces_n integer not null,
  ces_sum integer not null,
  ces_sumsq integer not null,
  ces_top integer not null,
  handle_n integer not null,
  handle_sum integer not null,
  handle_sumsq integer not null,
  first_reply_n integer not null,
  first_reply_sum integer not null,
  first_reply_sumsq integer not null,
  resolve_n integer not null,
  resolve_sum integer not null,
  resolve_sumsq integer not null,
  quality_n integer not null,
  quality_sum integer not null,
  quality_sumsq integer not null,
  complaints integer not null,
  primary key (team_id, day, bot)
) strict, without rowid;
create table tally_team_quarter (
  quarter integer not null,
  team_id integer not null,
  channel integer not null,
  bot integer not null,
  records integer not null,
  fcr_n integer not null,
  fcr_sum integer not null,
  sla_n integer not null,
  sla_sum integer not null,
  reopened_n integer not null,
  reopened_sum integer not null,
  transferred_n integer not null,
  transferred_sum integer not null,
  escalated_n integer not null,
  escalated_sum integer not null,
  resolved_n integer not null,
  resolved_sum integer not null,
  csat_n integer not null,
  csat_sum integer not null,
  csat_sumsq integer not null,
  csat_top integer not null,
  nps_n integer not null,
  nps_sum integer not null,
  nps_sumsq integer not null,
  ces_n integer not null,
  ces_sum integer not null,
  ces_sumsq integer not null,
  ces_top integer not null,
  handle_n integer not null,
  handle_sum integer not null,
  handle_sumsq integer not null,
  first_reply_n integer not null,
  first_reply_sum integer not null,
  first_reply_sumsq integer not null,
  resolve_n integer not null,
  resolve_sum integer not null,
  resolve_sumsq integer not null,
  quality_n integer not null,
  quality_sum integer not null,
  quality_sumsq integer not null,
  complaints integer not null,
  primary key (quarter, team_id, channel, bot)
) strict, without rowid;
create table tally_company_day (
  day integer not null,
  channel integer not null,
  bot integer not null,
  records integer not null,
  fcr_n integer not null,
  fcr_sum integer not null,
  sla_n integer not null,
  sla_sum integer not null,
  reopened_n integer not null,
  reopened_sum integer not null,
  transferred_n integer not null,
  transferred_sum integer not null,
  escalated_n integer not null,
  escalated_sum integer not null,
  resolved_n integer not null,
  resolved_sum integer not null,
  csat_n integer not null,
  csat_sum integer not null,
  csat_sumsq integer not null,
  csat_top integer not null,
  nps_n integer not null,
  nps_sum integer not null,
  nps_sumsq integer not null,
  ces_n integer not null,
  ces_sum integer not null,
  ces_sumsq integer not null,
  ces_top integer not null,
  handle_n integer not null,
  handle_sum integer not null,
  handle_sumsq integer not null,
  first_reply_n integer not null,
  first_reply_sum integer not null,
  first_reply_sumsq integer not null,
  resolve_n integer not null,
  resolve_sum integer not null,
  resolve_sumsq integer not null,
  quality_n integer not null,
  quality_sum integer not null,
  quality_sumsq integer not null,
  complaints integer not null,
  primary key (day, channel, bot)
) strict, without rowid;
create table tally_duration (
  quarter integer not null,
  team_id integer not null,
  channel integer not null,
  handle_hist text not null,
  first_reply_hist text not null,
  resolve_hist text not null,
  primary key (quarter, team_id, channel)
) strict;

-- Goals and cycles.
create table kpi (
  id integer primary key autoincrement,
  code text not null,
  version_no integer not null,
  body_json text not null,
  retired_at text,
  unique (code, version_no)
) strict;
create table snapshot (
  id integer primary key autoincrement,
  kind text not null,
  subject text not null,
  version_no integer not null,
  previous_id integer unique references snapshot (id),
  schema_no integer not null,
  sha256 text not null,
  reason text not null,
  made_by text not null,
  made_at text not null,
  -- Last, so that what identifies a version is read without its body.
  body_json text not null,
  unique (kind, subject, version_no)
) strict;
create table cycle (
  id integer primary key autoincrement,
  code text not null unique,
  quarter integer not null,
  starts_on text not null,
  ends_on text not null,
  state text not null,
  rules_json text not null,
  row_version integer not null default 1,
  check (starts_on <= ends_on)
) strict;
create table cycle_stage (
  cycle_id integer not null references cycle (id),
  state text not null,
  entered_at text not null,
  entered_by text not null,
  reason text not null,
  forced integer not null,
  primary key (cycle_id, state)
) strict;
create table goal_sheet (
  id integer primary key autoincrement,
  cycle_id integer not null references cycle (id),
  staff_id integer not null references staff (id),
  unique (cycle_id, staff_id)
) strict;
create table goal_sheet_version (
  id integer primary key autoincrement,
  sheet_id integer not null references goal_sheet (id),
  version_no integer not null,
  valid_from text not null,
  valid_to text not null,
  team_id integer references team (id),
  job_role_id integer not null references job_role (id),
  manager_id integer references staff (id),
  reason text not null,
  employee_agreed_at text,
  manager_agreed_at text,
  unique (sheet_id, version_no),
  check (valid_from < valid_to)
) strict;
create table goal_item (
  version_id integer not null references goal_sheet_version (id),
  position integer not null,
  kpi_id integer not null references kpi (id),
  of_team integer not null,
  weight_bp integer not null,
  aim_json text not null,
  baseline_json text,
  primary key (version_id, position),
  check (weight_bp between 1 and 10000)
) strict, without rowid;
create table evaluation (
  id integer primary key autoincrement,
  cycle_id integer not null references cycle (id),
  staff_id integer not null references staff (id),
  manager_id integer references staff (id),
  team_id integer references team (id),
  excused_reason text,
  included_reason text,
  released_at text,
  unique (cycle_id, staff_id)
) strict;
create index evaluation_staff on evaluation (staff_id, cycle_id);
create index evaluation_team on evaluation (cycle_id, team_id);
create trigger audit_event_no_update before update on audit_event begin select raise(abort, 'audit_event is append-only'); end;
create trigger audit_event_no_delete before delete on audit_event begin select raise(abort, 'audit_event is append-only'); end;
create trigger snapshot_no_update before update on snapshot begin select raise(abort, 'snapshot is append-only'); end;
create trigger snapshot_no_delete before delete on snapshot begin select raise(abort, 'snapshot is append-only'); end;
create trigger record_change_no_update before update on record_change begin select raise(abort, 'record_change is append-only'); end;
create trigger record_change_no_delete before delete on record_change begin select raise(abort, 'record_change is append-only'); end;
