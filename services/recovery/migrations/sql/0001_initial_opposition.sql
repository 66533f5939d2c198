-- Opposition of the debtor against a served warrant (RGS art. 47bis par. 5), and what the labour tribunal said of it.
create table opposition (
  case_id uuid primary key references recovery_case,
  warrant_id uuid not null references warrant,
  lodged_on date not null,
  in_time boolean not null,
  recorded_on date not null,
  recorded_by text not null check (recorded_by <> '')
);
select auxilia_append_only('opposition');
select auxilia_grant('opposition', 'select, insert');

create table opposition_judgment (
  case_id uuid primary key references opposition,
  judged_on date not null,
  judgment text not null check (judgment in ('rejected', 'upheld', 'partlyUpheld')),
  recorded_on date not null,
  recorded_by text not null check (recorded_by <> '')
);
select auxilia_append_only('opposition_judgment');
select auxilia_grant('opposition_judgment', 'select, insert');
