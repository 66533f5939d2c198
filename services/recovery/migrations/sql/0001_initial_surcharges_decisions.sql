-- What the institute decided about a debtor, and summonses: recorded once by a person, told to billing.
create table institute_decision (
  decision_id uuid primary key,
  kind text not null check (kind in ('fine', 'exemption', 'surchargeWaiver', 'summons')),
  dossier uuid not null references debtor,
  reference text not null check (reference <> ''),
  decided_on date not null,
  content jsonb not null,  -- the whole report, so that the same one again is known from another
  recorded_on date not null,
  recorded_by text not null check (recorded_by <> ''),
  unique (kind, reference)
);
create index institute_decision_of_dossier on institute_decision (dossier);
select auxilia_append_only('institute_decision');
select auxilia_grant('institute_decision', 'select, insert');
