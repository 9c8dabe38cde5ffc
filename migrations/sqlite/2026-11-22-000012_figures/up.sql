-- How many applications stand where, by source and day, is counted from an index alone.
create index application_figures on application (opening_id, stage_id, state, source, applied_at, candidate_id);
