-- Reminders that leave the house: messages that are to be mailed, and the address of one's own calendar.
alter table message add column mail_due text;
alter table message add column mail_tries integer not null default 0;
create index message_mail on message (mail_due) where mail_due is not null;
create table feed (
  account_id integer primary key references account (id),
  token_hash text not null unique,
  created_at text not null
) strict;
-- The trail is read by who, by what and by when.
create index audit_event_actor on audit_event (actor, id);
create index audit_event_action on audit_event (action, id);
create index audit_event_happened on audit_event (happened_at);
