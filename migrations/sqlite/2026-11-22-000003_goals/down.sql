drop table manual_value;
drop table note;
drop table goal_proposal;
drop table qualitative_goal;
drop table team_goal;
alter table goal_item drop column team_goal_id;
alter table goal_sheet drop column row_version;
