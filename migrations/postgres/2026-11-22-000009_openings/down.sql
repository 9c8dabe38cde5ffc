drop trigger sheet_amendment_no_delete on sheet_amendment;
drop trigger sheet_amendment_no_update on sheet_amendment;
create trigger sheet_amendment_append_only before update or delete on sheet_amendment for each row execute function refuse_change();
drop table letter;
alter table opening drop column closed_because;
