-- Trials of a billing run: what everybody would be charged, and how that differs from the quarter before.
create table billing_trial (
  trial_id uuid primary key,
  quarter year_quarter not null,
  requested_by text not null,
  business_date date not null,
  status text not null check (status in ('requested', 'computing', 'done')),
  pages integer
);
create index billing_trial_by_date on billing_trial (business_date desc, trial_id desc);
-- A second trial of a quarter while one computes would give the same figures.
create unique index billing_trial_one_open on billing_trial (quarter) where status in ('requested', 'computing');

create table billing_trial_page (
  trial_id uuid not null references billing_trial,
  ordinal integer not null check (ordinal >= 0),
  first_dossier uuid not null,
  last_dossier uuid not null,
  result jsonb,
  primary key (trial_id, ordinal)
);

select auxilia_grant(t, 'select, insert, update') from unnest(array['billing_trial', 'billing_trial_page']) as t;
