-- Recruitment: openings with their stages, candidates, applications and what became of them.
-- The SQLite and the PostgreSQL file differ in column types, collation and triggers only.
create table opening (
  id integer primary key autoincrement,
  code text not null unique,
  team_id integer not null references team (id),
  job_role_id integer not null references job_role (id),
  -- Whoever asked for it and works with whom is hired.
  owner_id integer references staff (id),
  head_count integer not null,
  state text not null,
  title_zh text not null,
  title_en text not null,
  body_zh text not null,
  body_en text not null,
  reason text not null,
  opens_on text,
  closes_on text,
  pass_rule_json text not null,
  knock_outs_json text not null,
  requested_by text not null,
  requested_at text not null,
  approved_by text,
  approved_at text,
  published_at text,
  closed_at text,
  row_version integer not null default 1,
  check (state in ('draft', 'requested', 'approved', 'published', 'closed')),
  check (head_count > 0)
) strict;
create index opening_state on opening (state, closes_on);
create index opening_team on opening (team_id);
create index opening_owner on opening (owner_id);
-- What an application goes through. Frozen once one has entered it.
create table opening_stage (
  id integer primary key autoincrement,
  opening_id integer not null references opening (id),
  position integer not null,
  kind text not null,
  name_zh text not null,
  name_en text not null,
  version_id integer references scorecard_version (id),
  -- Name, school and the like are hidden from whoever judges.
  blind integer not null,
  -- Independent sheets that a round needs.
  raters integer not null,
  -- The questions to be asked, each with the criterion it serves.
  kit_json text not null,
  unique (opening_id, position),
  check (kind in ('screening', 'interview', 'background_check', 'offer'))
) strict;
create table candidate (
  id integer primary key autoincrement,
  code text not null unique,
  name text not null,
  name_en text not null,
  sort_key text not null,
  email text,
  email_key text,
  phone text,
  phone_key text,
  locale text not null,
  profile_json text not null,
  -- An employee who applies is kept out of everything about themselves.
  staff_id integer references staff (id),
  merged_into_id integer references candidate (id),
  pool_until text,
  created_at text not null,
  erased_at text,
  row_version integer not null default 1
) strict;
create index candidate_sort on candidate (sort_key, id);
create index candidate_name on candidate (name);
create index candidate_email on candidate (email_key);
create index candidate_phone on candidate (phone_key);
create index candidate_staff on candidate (staff_id);
create index candidate_pool on candidate (pool_until);
create index candidate_merged on candidate (merged_into_id);
create table application (
  id integer primary key autoincrement,
  code text not null unique,
  opening_id integer not null references opening (id),
  candidate_id integer not null references candidate (id),
  stage_id integer not null references opening_stage (id),
  state text not null,
  source text not null,
  applied_at text not null,
  -- When it came to the stage where it stands.
  entered_at text not null,
  closed_at text,
  reason_code text,
  decided_by text,
  -- The employee it has become.
  staff_id integer references staff (id),
  -- The weighted total of the sheets, a copy for lists; derived.
  total_h integer,
  row_version integer not null default 1,
  unique (opening_id, candidate_id),
  check (state in ('active', 'rejected', 'withdrawn', 'hired'))
) strict;
create index application_place on application (opening_id, state, stage_id, applied_at, id);
create index application_stage on application (stage_id, state, applied_at, id);
create index application_candidate on application (candidate_id);
create index application_applied on application (state, applied_at, id);
create index application_closed on application (state, closed_at);
create index application_staff on application (staff_id);
create table application_answer (
  application_id integer not null references application (id),
  position integer not null,
  answer text not null,
  failed integer not null,
  -- A person says whether what the rule found stands.
  confirmed_by text,
  confirmed_at text,
  stands integer,
  primary key (application_id, position)
) strict;
create table application_move (
  id integer primary key autoincrement,
  application_id integer not null references application (id),
  from_stage_id integer references opening_stage (id),
  to_stage_id integer references opening_stage (id),
  state text not null,
  moved_by text,
  moved_at text not null,
  reason_code text,
  note text not null
) strict;
create index application_move_application on application_move (application_id, moved_at, id);
create index application_move_to on application_move (to_stage_id, moved_at);
create index application_move_moved on application_move (moved_at);
-- What applicants state of themselves of their own will: apart from everything else, read in groups only.
create table application_group (
  application_id integer not null references application (id),
  attribute text not null,
  value text not null,
  primary key (application_id, attribute)
) strict;
-- What stays of the groups after candidates are erased.
create table selection_count (
  opening_id integer not null references opening (id),
  stage_position integer not null,
  attribute text not null,
  value text not null,
  entered integer not null,
  passed integer not null,
  primary key (opening_id, stage_position, attribute, value)
) strict;
create table consent_text (
  id integer primary key autoincrement,
  kind text not null,
  version_no integer not null,
  body_zh text not null,
  body_en text not null,
  sha256 text not null,
  published_at text not null,
  published_by text not null,
  unique (kind, version_no),
  check (kind in ('application', 'pool', 'background_check'))
) strict;
-- Only that it was withdrawn is written later.
create table consent (
  id integer primary key autoincrement,
  candidate_id integer not null references candidate (id),
  text_id integer not null references consent_text (id),
  given_at text not null,
  withdrawn_at text
) strict;
create index consent_candidate on consent (candidate_id, text_id);
-- The private link of an applicant.
create table candidate_link (
  application_id integer primary key references application (id),
  token_hash text not null unique,
  created_at text not null,
  expires_at text not null
) strict;
create table attachment (
  id integer primary key autoincrement,
  candidate_id integer not null references candidate (id),
  application_id integer references application (id),
  file_id integer not null references stored_file (id),
  added_by text,
  added_at text not null
) strict;
create index attachment_candidate on attachment (candidate_id, id);
create table candidate_note (
  id integer primary key autoincrement,
  candidate_id integer not null references candidate (id),
  body text not null,
  by_login text not null,
  written_at text not null
) strict;
create index candidate_note_candidate on candidate_note (candidate_id, id);
-- A round of judging. A screening is a round without a time; the interviewers are the sheets of the panel.
create table interview (
  id integer primary key autoincrement,
  application_id integer not null references application (id),
  stage_id integer not null references opening_stage (id),
  round_no integer not null,
  panel_id integer not null unique references panel (id),
  state text not null,
  starts_at text,
  ends_at text,
  place text not null,
  kit_json text not null,
  ics_uid text not null unique,
  ics_sequence integer not null,
  row_version integer not null default 1,
  unique (application_id, stage_id, round_no),
  check (state in ('planned', 'held', 'cancelled', 'missed'))
) strict;
create index interview_starts on interview (state, starts_at);
-- A row for each thing that is checked; without consent there is none.
create table background_check (
  id integer primary key autoincrement,
  application_id integer not null references application (id),
  consent_id integer not null references consent (id),
  item text not null,
  result text not null,
  note text not null,
  reply text,
  replied_at text,
  done_by text,
  done_at text,
  row_version integer not null default 1,
  unique (application_id, item),
  check (result in ('open', 'clear', 'adverse', 'unverifiable'))
) strict;
create table offer (
  id integer primary key autoincrement,
  application_id integer not null references application (id),
  version_no integer not null,
  terms text not null,
  starts_on text,
  state text not null,
  made_by text not null,
  sent_at text,
  expires_on text,
  answered_at text,
  row_version integer not null default 1,
  unique (application_id, version_no),
  check (state in ('draft', 'sent', 'accepted', 'declined', 'withdrawn'))
) strict;

-- A move stays as it was written (its note goes when a candidate is erased), and so does a text somebody has
-- agreed to.
create trigger application_move_no_update before update of application_id, from_stage_id, to_stage_id, state, moved_by, moved_at, reason_code on application_move begin select raise(abort, 'application_move is append-only'); end;
create trigger application_move_no_delete before delete on application_move begin select raise(abort, 'application_move is append-only'); end;
create trigger consent_text_no_update before update on consent_text begin select raise(abort, 'consent_text is append-only'); end;
create trigger consent_text_no_delete before delete on consent_text begin select raise(abort, 'consent_text is append-only'); end;
create trigger consent_no_update before update of candidate_id, text_id, given_at on consent begin select raise(abort, 'consent is append-only'); end;
create trigger consent_no_delete before delete on consent begin select raise(abort, 'consent is append-only'); end;
