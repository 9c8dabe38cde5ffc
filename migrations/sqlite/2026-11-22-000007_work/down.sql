drop table feed;
drop index message_mail;
alter table message drop column mail_tries;
alter table message drop column mail_due;
