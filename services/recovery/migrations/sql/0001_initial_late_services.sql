-- A warrant that was served although it had been taken back, or after the end of its case: its costs are charged to nobody
-- until a person decides who bears them.
create table late_service (
  mandate_id uuid primary key references mandate,
  case_id uuid not null references recovery_case,
  served_on date not null,
  cost_cents bigint not null check (cost_cents >= 0),
  reported_on date not null,
  decision text check (decision in ('chargeDebtor', 'bearByFund')),
  decided_on date,
  decided_by text,
  reason text,
  check ((decision is null) = (decided_on is null)),
  check ((decision is null) = (decided_by is null)),
  check ((decision is null) = (reason is null))
);
create index late_service_case on late_service (case_id);
select auxilia_grant('late_service', 'select, insert, update');
