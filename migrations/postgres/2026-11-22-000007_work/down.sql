drop index audit_event_happened;
drop index audit_event_action;
drop index audit_event_actor;
drop table feed;
drop index message_mail;
alter table message drop column mail_tries;
alter table message drop column mail_due;
