-- Who has said that they cannot judge an applicant without favour: never asked about them again.
create table recusal (
  application_id integer not null references application (id),
  staff_id integer not null references staff (id),
  declared_by text not null,
  declared_at text not null,
  primary key (application_id, staff_id)
) strict;
create index recusal_staff on recusal (staff_id);
