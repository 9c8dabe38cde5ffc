-- Goals that are agreed by both sides: proposals, qualitative goals, goals of teams; notes about people; values typed in.
-- The SQLite and the PostgreSQL file differ in column types and collation only.
alter table goal_sheet add column row_version integer not null default 1;
-- The team's goal that an item serves; no foreign key, since SQLite could not take such a column away again.
alter table goal_item add column team_goal_id integer;

create table team_goal (
  id integer primary key autoincrement,
  cycle_id integer not null references cycle (id),
  team_id integer not null references team (id),
  position integer not null,
  name text not null,
  kpi_code text,
  aim_json text,
  row_version integer not null default 1
) strict;
create index team_goal_team on team_goal (team_id, cycle_id, position);
-- Goals without a figure: what is to be reached and by what one sees it.
create table qualitative_goal (
  version_id integer not null references goal_sheet_version (id),
  position integer not null,
  name text not null,
  why text not null,
  key_results_json text not null,
  team_goal_id integer references team_goal (id),
  primary key (version_id, position)
) strict, without rowid;
-- What one side asks of the other; the sheet itself changes only when both have agreed.
create table goal_proposal (
  id integer primary key autoincrement,
  sheet_id integer not null references goal_sheet (id),
  valid_from text not null,
  by_side text not null,
  proposed_by text not null,
  proposer_id integer references staff (id),
  body_json text not null,
  reason text not null,
  state text not null,
  answer text not null,
  created_at text not null,
  decided_at text,
  row_version integer not null default 1
) strict;
create index goal_proposal_sheet on goal_proposal (sheet_id, id);
-- One at a time: the other side answers it before the next.
create unique index goal_proposal_open on goal_proposal (sheet_id) where state = 'open';
-- Check-ins, coaching, praise, incidents.
create table note (
  id integer primary key autoincrement,
  staff_id integer not null references staff (id),
  kind text not null,
  day text not null,
  cycle_id integer references cycle (id),
  progress_json text not null,
  body text not null,
  evidence text not null,
  author_id integer references staff (id),
  written_by text not null,
  shared integer not null,
  created_at text not null,
  row_version integer not null default 1
) strict;
create index note_staff on note (staff_id, day);
create index note_cycle on note (cycle_id, kind, staff_id);
-- Figures that no file brings: of a person or of a team, in a quarter.
create table manual_value (
  id integer primary key autoincrement,
  kpi_code text not null,
  quarter integer not null,
  staff_id integer references staff (id),
  team_id integer references team (id),
  figure_json text not null,
  note text not null,
  entered_by text not null,
  entered_at text not null,
  row_version integer not null default 1,
  unique (kpi_code, quarter, staff_id),
  unique (kpi_code, quarter, team_id),
  check ((staff_id is null) <> (team_id is null))
) strict;
create index manual_value_quarter on manual_value (quarter, kpi_code, id);
