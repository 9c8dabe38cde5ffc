-- Improvement: findings of every kind with what they rest on, plans with their actions and what happened to them.
-- The SQLite and the PostgreSQL file differ in column types, collation and triggers only.
create table plan (
  id integer primary key autoincrement,
  code text not null unique,
  scope text not null,
  staff_id integer references staff (id),
  team_id integer references team (id),
  owner_id integer not null references staff (id),
  sponsor_id integer references staff (id),
  state text not null,
  title text not null,
  kpi_id integer references kpi (id),
  problem text not null,
  causes_json text not null,
  -- The figure before, with its days: counted anew with every change of a draft, frozen at the approval.
  baseline_json text,
  comparison_team_id integer references team (id),
  min_effect_u integer,
  target_u integer,
  starts_on text,
  check_from text,
  ends_on text,
  review_days integer not null,
  -- Of a person's plan: the standard, where it was published, when it was read, what is assessed anew.
  standard_json text,
  asked_at text,
  paused_at text,
  reviewed_on text,
  verdict text,
  previous_id integer references plan (id),
  row_version integer not null default 1
) strict;
create index plan_state on plan (state, ends_on);
create index plan_staff on plan (staff_id);
create index plan_team on plan (team_id);
create index plan_owner on plan (owner_id, state);
create index plan_sponsor on plan (sponsor_id, state);
-- The version of a plan is that of its actions too.
create table plan_action (
  id integer primary key autoincrement,
  plan_id integer not null references plan (id),
  position integer not null,
  kind text not null,
  body text not null,
  owner_id integer not null references staff (id),
  due_on text not null,
  state text not null,
  done_at text,
  outcome text not null,
  unique (plan_id, position)
) strict;
create index plan_action_owner on plan_action (owner_id, state, due_on);
-- What happened to a plan. Only that somebody has acknowledged it is written later, once.
create table plan_event (
  id integer primary key autoincrement,
  plan_id integer not null references plan (id),
  kind text not null,
  happened_at text not null,
  by_login text not null,
  body_json text not null,
  asks_ack integer not null,
  acknowledged_at text
) strict;
create index plan_event_plan on plan_event (plan_id, happened_at, id);
create trigger plan_event_no_update before update of plan_id, kind, happened_at, by_login, body_json, asks_ack on plan_event begin select raise(abort, 'plan_event is append-only'); end;
create trigger plan_event_once before update of acknowledged_at on plan_event when old.acknowledged_at is not null begin select raise(abort, 'plan_event is append-only'); end;
create trigger plan_event_no_delete before delete on plan_event begin select raise(abort, 'plan_event is append-only'); end;
alter table finding add column title text;
alter table finding add column body text;
alter table finding add column plan_id integer references plan (id);
alter table finding add column evaluation_id integer references evaluation (id);
alter table finding add column kpi_id integer references kpi (id);
alter table finding add column owner_id integer references staff (id);
-- Rows of evidence may be taken back by a later file: no foreign key holds them.
alter table finding add column complaint_id integer;
alter table finding add column quality_review_id integer;
alter table finding add column likelihood integer;
alter table finding add column response text;
create index finding_plan on finding (plan_id);
create index finding_register on finding (kind, state, importance, urgency, id);
