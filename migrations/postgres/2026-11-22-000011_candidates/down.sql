drop index application_external;
alter table application drop column external_key;
alter table application_answer drop column reason;
drop index application_source;
drop index candidate_name_en;
drop index candidate_newest;
drop index candidate_live;
