drop trigger sheet_amendment_no_update;
create trigger sheet_amendment_no_update before update on sheet_amendment begin select raise(abort, 'sheet_amendment is append-only'); end;
drop table letter;
alter table opening drop column closed_because;
