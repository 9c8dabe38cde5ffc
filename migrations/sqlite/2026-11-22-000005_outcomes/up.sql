-- Outcomes of a cycle: calibration, feedback, appeals, rewards, voluntary group data.
-- The SQLite and the PostgreSQL file differ in column types, triggers and collation only.

-- Copies from the frozen result, for lists, fairness and release: hundredths of a point, the standard error of
-- the KPI part, and whether anything lies below its target.
alter table evaluation add column kpi_h integer;
alter table evaluation add column kpi_se_h integer;
alter table evaluation add column competency_h integer;
alter table evaluation add column below_target integer;

create table calibration (
  id integer primary key autoincrement,
  cycle_id integer not null references cycle (id),
  name text not null,
  held_on text,
  closed_at text,
  row_version integer not null default 1,
  unique (cycle_id, name)
) strict;
create table calibration_member (
  calibration_id integer not null references calibration (id),
  staff_id integer not null references staff (id),
  primary key (calibration_id, staff_id)
) strict;
create index calibration_member_staff on calibration_member (staff_id);
create table calibration_team (
  calibration_id integer not null references calibration (id),
  team_id integer not null references team (id),
  primary key (calibration_id, team_id)
) strict;
create table calibration_conflict (
  calibration_id integer not null references calibration (id),
  account_id integer not null references account (id),
  staff_id integer not null references staff (id),
  reason text not null,
  declared_at text not null,
  primary key (calibration_id, account_id, staff_id)
) strict;
create table calibration_change (
  id integer primary key autoincrement,
  calibration_id integer not null references calibration (id),
  evaluation_id integer not null references evaluation (id),
  before_h integer not null,
  after_h integer not null,
  before_grade text not null,
  after_grade text not null,
  reason text not null,
  changed_by text not null,
  changed_at text not null
) strict;
create index calibration_change_evaluation on calibration_change (evaluation_id);
create index calibration_change_session on calibration_change (calibration_id);
create trigger calibration_change_no_update before update on calibration_change begin select raise(abort, 'calibration_change is append-only'); end;
create trigger calibration_change_no_delete before delete on calibration_change begin select raise(abort, 'calibration_change is append-only'); end;

-- What is said with a result, the interview about it, and that it was read.
create table feedback (
  evaluation_id integer primary key references evaluation (id),
  suggestions text not null,
  support text not null,
  talk_on text,
  talk_note text not null,
  acknowledged_at text,
  statement text not null,
  row_version integer not null default 1
) strict;

create table appeal (
  id integer primary key autoincrement,
  evaluation_id integer not null unique references evaluation (id),
  filed_at text not null,
  grounds text not null,
  due_on text not null,
  reviewer_id integer references staff (id),
  employee_heard text not null,
  manager_heard text not null,
  decision text,
  decision_reason text not null,
  decided_at text,
  before_h integer,
  after_h integer,
  row_version integer not null default 1
) strict;
create index appeal_reviewer on appeal (reviewer_id);

create table reward_rule (
  id integer primary key autoincrement,
  code text not null unique,
  name_zh text not null,
  name_en text not null,
  text_zh text not null,
  text_en text not null,
  grade text not null,
  in_a_row integer not null,
  published_at text,
  retired_at text,
  row_version integer not null default 1,
  check (in_a_row between 1 and 8)
) strict;
create table reward (
  id integer primary key autoincrement,
  rule_id integer not null references reward_rule (id),
  cycle_id integer not null references cycle (id),
  staff_id integer not null references staff (id),
  evidence_json text not null,
  state text not null,
  reason text not null,
  proposed_at text not null,
  decided_by text,
  decided_at text,
  row_version integer not null default 1,
  unique (rule_id, cycle_id, staff_id)
) strict;
create index reward_staff on reward (staff_id);

-- What somebody says of themselves of their own free will; read in aggregates only.
create table staff_group (
  staff_id integer not null references staff (id),
  attribute text not null,
  value text not null,
  stated_at text not null,
  primary key (staff_id, attribute)
) strict;
