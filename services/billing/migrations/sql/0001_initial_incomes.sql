-- What becomes of a contribution after it was billed: regularisations on the definitive income, reductions and
-- increases on request, the surcharges on reductions that proved wrong, and what is paid back.

-- ---------------------------------------------------------------------------------------------- requests to change
-- A request to contribute on another income than that of the third year before (royal decree 38, art. 11 par. 3).
create table contribution_request (
  request_id uuid primary key,
  dossier uuid not null references subject,
  year smallint not null check (year between 2022 and 2100),
  kind text not null check (kind in ('reduction', 'increase')),
  estimate_cents bigint not null,
  estimate_quarters smallint not null check (estimate_quarters between 1 and 4),  -- of the year it is the income of
  received_on date not null,
  received_by text not null,
  evidence text[] not null,
  findings jsonb not null,  -- what the rules say of it on the day it came: amounts before and after, and what lacks
  unique (dossier, year, received_on, estimate_cents)
);

create table contribution_request_decision (
  request_id uuid primary key references contribution_request,
  outcome text not null check (outcome in ('granted', 'refused')),
  reason text not null,  -- a code, see domain/reductions.py
  decided_on date not null,
  decided_by text not null,
  input_sha256 text not null check (input_sha256 ~ '^[0-9a-f]{64}$'),
  ordinal bigint generated always as identity
);

create table contribution_request_applied (
  request_id uuid primary key references contribution_request,
  applied_on date not null
);

-- The estimate in force for a year: that of the request that was granted last.
create view contribution_estimate with (security_invoker = true) as
  select distinct on (r.dossier, r.year) r.dossier, r.year, r.estimate_cents, r.estimate_quarters, r.kind, r.request_id, d.decided_on
  from contribution_request r join contribution_request_decision d using (request_id)
  where d.outcome = 'granted'
  order by r.dossier, r.year, d.ordinal desc;

-- ---------------------------------------------------------------------------------------------- regularisation
-- Incomes that became known, or something else that changes what a year is definitively owed, for many dossiers.
create table regularisation_run (
  run_id uuid primary key,
  cause text not null unique,
  requested_by text not null,
  received_on date not null,
  state_before date not null,  -- the statement goes at latest the day before: the month after receipt (RGS art. 43)
  status text not null check (status in ('requested', 'regularising', 'letters', 'done')),
  pages integer not null
);

create table regularisation_item (
  run_id uuid not null references regularisation_run,
  ordinal integer not null check (ordinal >= 0),
  dossier uuid not null references subject,
  year smallint not null,
  status text not null check (status in ('planned', 'issued', 'unchanged', 'parked')),
  reason text,
  detail text,
  primary key (run_id, dossier, year),
  check ((status = 'parked') = (reason is not null))
);
create index regularisation_item_of_page on regularisation_item (run_id, ordinal);

-- One statement: the difference between what a year is owed by law and what was billed for it before.
create table regularisation (
  regularisation_id uuid primary key,
  run_id uuid not null references regularisation_run,
  dossier uuid not null references subject,
  year smallint not null,
  number smallint not null check (number >= 1),
  income_cents bigint not null,
  income_known_on date not null,
  quarters_subject smallint not null check (quarters_subject between 1 and 4),
  issued_on date not null,
  due_on date not null,
  previous_cents bigint not null,   -- contributions and fees billed before
  definitive_cents bigint not null, -- contributions and fees owed by law
  spared_cents bigint not null check (spared_cents >= 0),       -- base of art. 11bis: what a reduction wrongly spared
  surcharge_cents bigint not null check (surcharge_cents >= 0), -- what art. 11bis asks in all
  previous_surcharge_cents bigint not null,
  refund_cents bigint not null check (refund_cents >= 0),
  reference text references notice,
  surcharge_entry_id uuid references journal_entry,
  unique (dossier, year, number)
);
create index regularisation_of_run on regularisation (run_id, regularisation_id);

-- What a quarter is owed from a day on, and by how much that differs from before. The first amount is `contribution`.
create table contribution_change (
  dossier uuid not null references subject,
  quarter year_quarter not null,
  number smallint not null check (number >= 1),
  cause text not null check (cause in ('regularisation', 'reduction', 'increase')),
  cause_id uuid not null,
  category text not null,
  contribution_cents bigint not null check (contribution_cents >= 0),
  fee_cents bigint not null check (fee_cents >= 0),
  previous_contribution_cents bigint not null,
  previous_fee_cents bigint not null,
  changed_on date not null,
  due_on date not null,
  -- What it was assessed from, as in `contribution`; a reduction leaves what was paid, so that more can be owed than
  -- was assessed.
  assessed_contribution_cents bigint not null,
  assessed_fee_cents bigint not null,
  income_basis text not null,
  income_cents bigint,
  income_quarters smallint not null,
  first_quarter boolean not null,
  fee_rate_millionths integer not null,
  law_id uuid not null references assessment_law,
  entry_id uuid references journal_entry,
  primary key (dossier, quarter, number),
  unique (cause_id, quarter),
  check ((entry_id is null)
         = (contribution_cents = previous_contribution_cents and fee_cents = previous_fee_cents))
);

-- The surcharges of art. 11bis that a statement counts, line by line; the statement charges the difference.
create table reduction_surcharge (
  regularisation_id uuid not null references regularisation,
  position smallint not null,
  closing year_quarter not null,
  kind text not null check (kind in ('quarterly', 'yearly')),
  charged_on date not null,
  base_cents bigint not null,
  rate numeric not null,
  surcharge_cents bigint not null,
  article text not null,
  primary key (regularisation_id, position)
);

-- ---------------------------------------------------------------------------------------------- refunds
-- An order to pay back what was paid too much. At most the credit the dossier still has when it is paid out.
create table refund_order (
  refund_id uuid primary key,
  dossier uuid not null references subject,
  cause text not null check (cause in ('regularisation', 'request', 'cessation')),
  cause_id uuid not null,
  amount_cents bigint not null check (amount_cents > 0),
  ordered_on date not null,
  article text not null,
  unique (cause, cause_id)
);
create index refund_order_of_dossier on refund_order (dossier);

select auxilia_append_only(t) from unnest(array[
  'contribution_request', 'contribution_request_decision', 'contribution_request_applied', 'regularisation',
  'contribution_change', 'reduction_surcharge', 'refund_order']) as t;
select auxilia_grant(t, 'select, insert') from unnest(array[
  'contribution_request', 'contribution_request_decision', 'contribution_request_applied', 'regularisation',
  'contribution_change', 'reduction_surcharge', 'refund_order']) as t;
select auxilia_grant(t, 'select, insert, update') from unnest(array['regularisation_run', 'regularisation_item']) as t;
select auxilia_grant('contribution_estimate', 'select');
