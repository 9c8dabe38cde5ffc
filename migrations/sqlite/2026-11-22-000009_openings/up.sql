-- Why an opening was closed, letters to people without an account, and what erasure may take from an amendment.
-- The SQLite and the PostgreSQL file differ in column types, collation and triggers only.
alter table opening add column closed_because text;
-- A letter to somebody who has no account: gone once it has left, or after a day.
create table letter (
  id integer primary key autoincrement,
  email text not null,
  locale text not null,
  kind text not null,
  args_json text not null,
  link text not null,
  created_at text not null,
  mail_due text not null,
  mail_tries integer not null default 0
) strict;
create index letter_due on letter (mail_due);
-- An amendment stays as it was written, but for its words when whom they are about is erased; their hash stays.
drop trigger sheet_amendment_no_update;
create trigger sheet_amendment_no_update before update on sheet_amendment when new.before_json <> '' or new.reason not in ('', old.reason) or new.id <> old.id or new.sheet_id <> old.sheet_id or new.revision_no <> old.revision_no or new.amended_by <> old.amended_by or new.amended_at <> old.amended_at or new.before_sha256 <> old.before_sha256 begin select raise(abort, 'sheet_amendment is append-only'); end;
