-- Judgement: versioned scorecards, occasions of judging and their sheets; what a review of a person needs.
-- The SQLite and the PostgreSQL file differ in column types, triggers and collation only.
create table scorecard (
  id integer primary key autoincrement,
  code text not null unique,
  purpose text not null,
  name_zh text not null,
  name_en text not null,
  retired_at text,
  row_version integer not null default 1
) strict;
create table scorecard_version (
  id integer primary key autoincrement,
  scorecard_id integer not null references scorecard (id),
  version_no integer not null,
  state text not null,
  method text not null,
  pass_h integer,
  published_by text,
  published_at text,
  sha256 text,
  row_version integer not null default 1,
  unique (scorecard_id, version_no),
  check (state in ('draft', 'published')),
  check (method in ('levels', 'deductions'))
) strict;
create table criterion (
  id integer primary key autoincrement,
  version_id integer not null references scorecard_version (id),
  position integer not null,
  code text not null,
  name_zh text not null,
  name_en text not null,
  weight_bp integer not null,
  critical integer not null,
  na_allowed integer not null,
  max_deduction_h integer,
  note_below_h integer,
  note_above_h integer,
  unique (version_id, code),
  unique (version_id, position),
  check (weight_bp between 0 and 10000)
) strict;
create table criterion_level (
  criterion_id integer not null references criterion (id),
  points_h integer not null,
  anchor_zh text not null,
  anchor_en text not null,
  primary key (criterion_id, points_h)
) strict;
-- One occasion of judging. Features point here, never the reverse.
create table panel (
  id integer primary key autoincrement,
  version_id integer not null references scorecard_version (id),
  blind integer not null,
  anonymous integer not null,
  min_shown integer not null,
  discussion_note text,
  closed_at text,
  row_version integer not null default 1
) strict;
create index panel_version on panel (version_id);
-- A seat and its form in one. When an anonymous panel closes, a random key takes the place of the rater.
create table sheet (
  id integer primary key autoincrement,
  panel_id integer not null references panel (id),
  rater_id integer references staff (id),
  rater_key text unique,
  role text not null,
  state text not null,
  revision_no integer not null,
  total_h integer,
  critical_failed integer not null,
  submitted_at text,
  summary text not null,
  row_version integer not null default 1,
  unique (panel_id, rater_id, role),
  check (state in ('proposed', 'invited', 'draft', 'submitted', 'declined'))
) strict;
create index sheet_rater on sheet (rater_id, state);
create table rating (
  sheet_id integer not null references sheet (id),
  criterion_id integer not null references criterion (id),
  points_h integer,
  not_applicable integer not null,
  note text not null,
  evidence text not null,
  primary key (sheet_id, criterion_id),
  check (not (not_applicable = 1 and points_h is not null))
) strict;
create table sheet_amendment (
  id integer primary key autoincrement,
  sheet_id integer not null references sheet (id),
  revision_no integer not null,
  reason text not null,
  amended_by text not null,
  amended_at text not null,
  before_json text not null,
  before_sha256 text not null,
  unique (sheet_id, revision_no)
) strict;
-- What somebody is typing and has not sent: theirs alone.
create table draft (
  account_id integer not null references account (id),
  form text not null,
  subject text not null,
  body_json text not null,
  saved_at text not null,
  primary key (account_id, form, subject)
) strict;
alter table evaluation add column row_version integer not null default 1;
alter table evaluation add column self_text text;
alter table evaluation add column self_submitted_at text;
alter table evaluation add column panel_id integer references panel (id);
alter table evaluation add column peer_panel_id integer references panel (id);
alter table evaluation add column peers_confirmed_at text;
alter table evaluation add column peers_closed_at text;
alter table evaluation add column submitted_at text;
alter table evaluation add column returned_reason text;
create unique index evaluation_panel on evaluation (panel_id);
create unique index evaluation_peer_panel on evaluation (peer_panel_id);
create index evaluation_manager on evaluation (manager_id, cycle_id);

-- A published version does not change; an amendment stays as it was written.
create trigger scorecard_version_published_update before update on scorecard_version when old.state = 'published' begin select raise(abort, 'scorecard_version is published'); end;
create trigger scorecard_version_published_delete before delete on scorecard_version when old.state = 'published' begin select raise(abort, 'scorecard_version is published'); end;
create trigger criterion_published_insert before insert on criterion when (select state from scorecard_version where id = new.version_id) = 'published' begin select raise(abort, 'criterion is published'); end;
create trigger criterion_published_update before update on criterion when (select state from scorecard_version where id = old.version_id) = 'published' begin select raise(abort, 'criterion is published'); end;
create trigger criterion_published_delete before delete on criterion when (select state from scorecard_version where id = old.version_id) = 'published' begin select raise(abort, 'criterion is published'); end;
create trigger criterion_level_published_insert before insert on criterion_level when (select state from scorecard_version v join criterion c on c.version_id = v.id where c.id = new.criterion_id) = 'published' begin select raise(abort, 'criterion_level is published'); end;
create trigger criterion_level_published_update before update on criterion_level when (select state from scorecard_version v join criterion c on c.version_id = v.id where c.id = old.criterion_id) = 'published' begin select raise(abort, 'criterion_level is published'); end;
create trigger criterion_level_published_delete before delete on criterion_level when (select state from scorecard_version v join criterion c on c.version_id = v.id where c.id = old.criterion_id) = 'published' begin select raise(abort, 'criterion_level is published'); end;
create trigger sheet_amendment_no_update before update on sheet_amendment begin select raise(abort, 'sheet_amendment is append-only'); end;
create trigger sheet_amendment_no_delete before delete on sheet_amendment begin select raise(abort, 'sheet_amendment is append-only'); end;
