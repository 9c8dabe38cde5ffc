-- Candidates in lists: what is merged or erased lies at no way, and every filter and search has its index. Why a person
-- says that an answer stands or does not, and the id of an application in the file it came from.
create index candidate_live on candidate (sort_key, id) where erased_at is null and merged_into_id is null;
create index candidate_newest on candidate (id) where erased_at is null and merged_into_id is null;
create index candidate_name_en on candidate (name_en);
create index application_source on application (source, applied_at, id);
alter table application_answer add column reason text;
alter table application add column external_key text;
create unique index application_external on application (external_key);
