-- Companies: their balance sheets, their yearly contribution and its 1 % a month (law of 30-12-1992, title III, chap. II).
-- What a company owes stands on the same account as what a person owes, under the last quarter of the year.

create table company (
  dossier uuid primary key references subject,
  founded_on date not null,
  affiliated_on date not null,
  -- Years before the first were owed to another fund; a person can set the first and the last.
  first_year smallint not null check (first_year between 1993 and 2100),
  last_year smallint check (last_year >= first_year),
  years_set_by text,
  years_reason text,
  check ((years_set_by is null) = (years_reason is null))
);

create table balance_import (
  import_id uuid primary key,
  sha256 text not null unique check (sha256 ~ '^[0-9a-f]{64}$'),
  received_on date not null,
  received_by text not null,
  content bytea not null,
  accepted integer not null,
  refusal_rule text,
  refusal_detail text,
  check ((refusal_rule is null) = (refusal_detail is null))
);

create table balance_reject (
  import_id uuid not null references balance_import,
  line integer not null,
  field text not null,
  rule text not null,
  detail text not null,
  primary key (import_id, line, field)
);

-- A balance sheet total as it became known on a day; null when no accounts were deposited. A correction is a new row.
create table balance_total (
  dossier uuid not null references company,
  financial_year_end date not null,
  known_on date not null,
  balance_total_cents bigint check (balance_total_cents >= 0),
  import_id uuid references balance_import,
  recorded_by text not null,
  primary key (dossier, financial_year_end, known_on)
);

create table company_exemption (
  dossier uuid not null references company,
  year smallint not null,
  ground text not null
    check (ground in ('starter', 'dormant', 'liquidation', 'bankruptcy', 'judicialReorganisation')),
  article text not null,
  evidence jsonb not null,
  decided_on date not null,
  decided_by text not null,
  primary key (dossier, year)
);

create table company_run (
  run_id uuid primary key,
  year smallint not null,
  round smallint not null check (round >= 1),
  workflow_id text not null unique,
  requested_by text not null,
  business_date date not null,
  status text not null check (status in ('requested', 'billing', 'letters', 'done')),
  unique (year, round)
);
create unique index company_run_one_open on company_run (year) where status <> 'done';

create table company_contribution (
  dossier uuid not null references company,
  year smallint not null,
  size text not null check (size in ('small', 'large')),
  amount_cents bigint not null check (amount_cents > 0),
  due_on date not null,
  financial_year_end date,
  balance_total_cents bigint,
  limit_cents bigint,
  certainty text not null,
  source text not null,
  booked_on date not null,
  run_id uuid not null references company_run,
  entry_id uuid not null references journal_entry,
  primary key (dossier, year)
);

create table company_parked (
  run_id uuid not null references company_run,
  dossier uuid not null references company,
  year smallint not null,
  reason text not null,
  detail text not null,
  primary key (run_id, dossier)
);

create table company_increase_run (
  month date primary key check (extract(day from month) = 1),
  workflow_id text not null unique,
  requested_by text not null,
  business_date date not null,
  status text not null check (status in ('requested', 'done'))
);

-- 1 % of a calendar month (art. 93). What a month costs is the sum of its rows: a payment that comes to light later, with
-- an earlier value date, adds a negative one.
create table company_increase (
  dossier uuid not null,
  year smallint not null,
  month date not null,
  attempt smallint not null check (attempt >= 1),
  base_cents bigint not null,
  rate numeric not null,
  increase_cents bigint not null check (increase_cents <> 0),
  booked_on date not null,
  entry_id uuid not null references journal_entry,
  primary key (dossier, year, month, attempt),
  foreign key (dossier, year) references company_contribution
);

insert into account (code, nature, name) values
  ('companyContributions', 'liability', 'Company contributions collected for the social status');

select auxilia_append_only(t) from unnest(array[
  'balance_import', 'balance_reject', 'balance_total', 'company_exemption', 'company_contribution', 'company_parked',
  'company_increase']) as t;
select auxilia_grant(t, 'select, insert') from unnest(array[
  'balance_import', 'balance_reject', 'balance_total', 'company_exemption', 'company_contribution', 'company_parked',
  'company_increase']) as t;
select auxilia_grant(t, 'select, insert, update') from unnest(array[
  'company', 'company_run', 'company_increase_run']) as t;
