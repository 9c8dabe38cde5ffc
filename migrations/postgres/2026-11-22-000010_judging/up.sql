-- Who has said that they cannot judge an applicant without favour: never asked about them again.
create table recusal (
  application_id bigint not null references application (id),
  staff_id bigint not null references staff (id),
  declared_by text collate "C" not null,
  declared_at timestamp not null,
  primary key (application_id, staff_id)
);
create index recusal_staff on recusal (staff_id);
