-- Billing: who is subject, what they earn, what they owe, what they paid. Amounts are integer euro cents.
-- Rows of the ledger, of contributions, notices, payments and bank files are added and never changed.

create domain year_quarter as text check (value ~ '^[0-9]{4}Q[1-4]$');
create domain amount_kind as text check (value in ('principal', 'fee', 'surcharge', 'interest', 'cost', 'fine'));

-- ---------------------------------------------------------------------------------------------- subjects
-- A projection of affiliation's facts: no name, no national number, no address.
create table subject (
  dossier uuid primary key,
  file_number integer not null unique check (file_number between 1 and 9999999),
  language text not null check (language in ('fr', 'nl', 'de')),
  partition smallint not null check (partition >= 0)
);
create index subject_page on subject (partition, dossier);

-- A subject stays and keeps its dossier: what refers to one by ``refers_to_subject`` rests on that.
create trigger subject_stays before delete or truncate or update of dossier on subject
  for each statement execute function auxilia_refuse_change();
alter table subject enable always trigger subject_stays;

-- A foreign key to subject that is checked once for all rows of a statement: the checks of ordinary foreign keys, row
-- by row, would take longer than writing a quarter's rows. It goes through the index for every row, whatever the planner
-- thinks of tables that were never analysed.
create function refers_to_subject() returns trigger
language plpgsql set enable_hashjoin = off set enable_mergejoin = off as $body$
declare
  found uuid;
begin
  select n.dossier into found from new_row n left join subject s on s.dossier = n.dossier
    where s.dossier is null limit 1;
  if found is not null then
    raise exception '% of %: dossier % is no subject', tg_op, tg_table_name, found using errcode = 'foreign_key_violation';
  end if;
  return null;
end
$body$;

create table activity_period (
  dossier uuid not null references subject,
  starts_on date not null,
  ceased_on date,
  cessation_reason text,
  first_activity boolean not null,
  ex_officio boolean not null,
  taken_over boolean not null,  -- it ran elsewhere before this fund took the person over
  told_on date not null,
  -- Every page of a billing run reads the latest row of each of its people: from the index alone.
  primary key (dossier, starts_on) include (ceased_on, cessation_reason, first_activity),
  check ((ceased_on is null) = (cessation_reason is null)),
  check (ceased_on >= starts_on)
);

create table category_period (
  dossier uuid not null references subject,
  applies_from date not null,
  category text not null,
  -- What else decides within a category, true for few (RGS art. 37 and 37/1), and whom a helping spouse helps.
  political_mandate boolean not null default false,
  old_age_opt_out boolean not null default false,
  helped_dossier uuid,
  primary key (dossier, applies_from) include (category)
);
create index category_period_with_options on category_period (dossier, applies_from)
  where political_mandate or old_age_opt_out or helped_dossier is not null;
create index category_period_of_helped on category_period (helped_dossier) where helped_dossier is not null;

-- ---------------------------------------------------------------------------------------------- incomes
create table income_import (
  import_id uuid primary key,
  sha256 text not null unique check (sha256 ~ '^[0-9a-f]{64}$'),
  received_on date not null,
  received_by text not null,
  content bytea not null,
  accepted integer not null,
  refusal_rule text,
  refusal_detail text
);

create table income_reject (
  import_id uuid not null references income_import,
  line integer not null,
  field text not null,
  rule text not null,
  detail text not null,
  primary key (import_id, line, field)
);

-- An income as it became known on a day; a correction is a new row, so that a year can be seen as it was known.
create table income (
  dossier uuid not null references subject,
  year smallint not null check (year between 1960 and 2100),
  known_on date not null,
  income_cents bigint not null,
  import_id uuid not null references income_import,
  primary key (dossier, year, known_on) include (income_cents)
);

-- ---------------------------------------------------------------------------------------------- runs
create table billing_run (
  run_id uuid primary key,
  quarter year_quarter not null,
  round smallint not null check (round >= 1),
  workflow_id text not null unique,
  requested_by text not null,
  business_date date not null,
  status text not null check (status in
    ('requested', 'billing', 'awaitingGo', 'betweenWaves', 'paused', 'letters', 'done', 'incomplete', 'cancelled')),
  canary integer check (canary >= 1),  -- dossiers that are billed first, before a person says go
  wave_size integer check (wave_size >= 1),  -- dossiers that are billed before the next working day begins
  waves smallint,
  pages integer,
  subjects integer,
  unique (quarter, round)
);
create unique index billing_run_one_open on billing_run (quarter)
  where status in ('requested', 'billing', 'awaitingGo', 'betweenWaves', 'paused', 'letters');

create table billing_page (
  run_id uuid not null references billing_run,
  ordinal integer not null check (ordinal >= 0),
  partition smallint not null,
  page integer not null check (page >= 0),
  wave smallint not null default 1 check (wave >= 0),  -- 0 is the canary
  first_dossier uuid not null,
  last_dossier uuid not null,
  status text not null check (status in ('planned', 'billed', 'failed')),
  billed integer not null default 0,
  parked integer not null default 0,
  primary key (run_id, ordinal),
  unique (run_id, partition, page)
);

create table parked_subject (
  run_id uuid not null references billing_run,
  dossier uuid not null references subject,
  quarter year_quarter not null,
  reason text not null,
  detail text not null,
  primary key (run_id, dossier)
);
create index parked_subject_of_quarter on parked_subject (quarter, dossier);

-- ---------------------------------------------------------------------------------------------- contributions
-- The numbers of the law a quarter was assessed with. An explanation is computed again from what is kept of a
-- contribution and these numbers, so that it stays what it was when the law's data are mended later.
create table assessment_law (
  law_id uuid primary key,  -- derived from the numbers
  quarter year_quarter not null,
  numbers jsonb not null
);

create table contribution (
  dossier uuid not null,
  quarter year_quarter not null,
  kind text not null check (kind in ('provisional')),
  category text not null,
  contribution_cents bigint not null,
  fee_cents bigint not null,
  total_cents bigint not null check (total_cents = contribution_cents + fee_cents),
  due_on date not null,
  booked_on date not null,
  run_id uuid not null,
  -- What it was assessed from; all else follows by the one computation there is.
  income_basis text not null,
  income_cents bigint,
  income_quarters smallint not null,
  first_quarter boolean not null,
  fee_rate_millionths integer not null,
  law_id uuid not null,
  primary key (dossier, quarter, kind)
);
create trigger contribution_of_subject after insert on contribution
  referencing new table as new_row for each statement execute function refers_to_subject();
alter table contribution enable always trigger contribution_of_subject;

create function contribution_law_known() returns trigger
language plpgsql as $body$
begin
  if exists (select from (select distinct law_id from new_row) n
             where not exists (select from assessment_law l where l.law_id = n.law_id)) then
    raise exception 'a contribution names a law that is not kept' using errcode = 'foreign_key_violation';
  end if;
  return null;
end
$body$;
create trigger contribution_law_known after insert on contribution
  referencing new table as new_row for each statement execute function contribution_law_known();
alter table contribution enable always trigger contribution_law_known;

create table notice (
  reference text primary key check (reference ~ '^[0-9]{12}$'),
  dossier uuid not null,
  quarter year_quarter not null,
  kind text not null check (kind in ('provisional', 'regularisation', 'company')),
  number smallint not null check (number between 1 and 999),
  charged_cents bigint not null,
  credit_used_cents bigint not null,
  issued_on date not null,
  due_on date not null,
  run_id uuid not null,
  unique (dossier, number)
);
-- A year can be regularised more than once; its notice names the last quarter of the statement.
create unique index notice_once on notice (dossier, quarter) where kind = 'provisional';
create index notice_of_quarter on notice (quarter, reference);
create index notice_of_run on notice (run_id);
create trigger notice_of_subject after insert on notice
  referencing new table as new_row for each statement execute function refers_to_subject();
alter table notice enable always trigger notice_of_subject;

-- Quarters of before this fund's books began here, taken over from the previous system: paid or not, in one line.
create table quarter_taken_over (
  dossier uuid not null references subject,
  quarter year_quarter not null,
  category text not null,
  due_cents bigint not null check (due_cents >= 0),
  paid_cents bigint not null check (paid_cents between 0 and due_cents),
  taken_over_on date not null,
  taken_over_by text not null,
  primary key (dossier, quarter)
);

-- ---------------------------------------------------------------------------------------------- ledger
create table account (
  code text primary key,
  nature text not null check (nature in ('asset', 'liability', 'revenue', 'expense')),
  name text not null
);
insert into account (code, nature, name) values
  ('bank', 'asset', 'Bank account for contributions'),
  ('receivable', 'asset', 'Owed by dossiers'),
  ('contributions', 'liability', 'Contributions collected for the social status'),
  ('managementFees', 'revenue', 'Management fees of the fund'),
  ('surcharges', 'liability', 'Surcharges for late payment, collected for the social status'),
  ('interest', 'liability', 'Interest from the service of a warrant, collected for the social status'),
  ('recoveryCosts', 'revenue', 'Costs of recovery charged on'),
  ('fines', 'liability', 'Administrative fines collected for the state'),
  ('waived', 'expense', 'Waived by law or decision'),
  ('dossierCredit', 'liability', 'Owed to dossiers: paid too much'),
  ('suspense', 'liability', 'Received, to be identified'),
  ('otherBankMovements', 'asset', 'Bank movements that are no contribution');

create table journal_entry (
  entry_id uuid primary key,
  kind text not null,
  value_date date not null,
  booking_date date not null,
  reference text not null
);

create table journal_line (
  entry_id uuid not null,
  position smallint not null,
  account text not null,
  cents bigint not null check (cents <> 0),
  dossier uuid,
  quarter year_quarter,
  kind amount_kind,
  nature text check (nature in ('charge', 'payment', 'waiver')),
  value_date date not null,
  booking_date date not null,
  primary key (entry_id, position),
  check ((account = 'receivable') = (nature is not null and quarter is not null and kind is not null)),
  check (account <> 'receivable' or dossier is not null),
  check (account <> 'dossierCredit' or dossier is not null)
);
create index journal_line_receivable on journal_line (dossier) where account = 'receivable';
create index journal_line_credit on journal_line (dossier) where account = 'dossierCredit';

-- All lines of an entry come in one statement, and that statement is refused when they don't add up to zero, belong to
-- no entry or stand on no account. Entries and accounts are never deleted, so that what was seen once stays true.
create function journal_sum_zero() returns trigger
language plpgsql set enable_hashjoin = off set enable_mergejoin = off as $body$
declare
  wrong record;
  unknown text;
begin
  select l.entry_id, l.cents <> 0 as unbalanced into wrong
    from (select entry_id, sum(cents) as cents from new_line group by entry_id) l
    left join journal_entry e on e.entry_id = l.entry_id
    where l.cents <> 0 or e.entry_id is null limit 1;
  if found and wrong.unbalanced then
    raise exception 'journal entry % does not add up to zero', wrong.entry_id using errcode = 'check_violation';
  elsif found then
    raise exception 'journal entry % does not exist', wrong.entry_id using errcode = 'foreign_key_violation';
  end if;
  select l.account into unknown from (select distinct account from new_line) l
    where not exists (select from account a where a.code = l.account) limit 1;
  if unknown is not null then
    raise exception 'account % does not exist', unknown using errcode = 'foreign_key_violation';
  end if;
  return null;
end
$body$;
create trigger journal_sum_zero after insert on journal_line
  referencing new table as new_line for each statement execute function journal_sum_zero();
alter table journal_line enable always trigger journal_sum_zero;

-- What each account held on a day, as it was known on a day.
create function balance(as_of date, known_at date) returns table (account text, cents bigint)
language sql stable as $body$
  select a.code, coalesce(sum(l.cents), 0)::bigint
  from account a
  left join journal_line l on l.account = a.code and l.value_date <= as_of and l.booking_date <= known_at
  group by a.code
  order by a.code
$body$;

-- What is owed, per dossier, quarter and kind: open = charged - paid - waived.
create view open_item with (security_invoker = true) as
  select dossier, quarter, kind,
         coalesce(sum(cents) filter (where nature = 'charge'), 0)::bigint as charged_cents,
         coalesce(-sum(cents) filter (where nature = 'payment'), 0)::bigint as paid_cents,
         coalesce(-sum(cents) filter (where nature = 'waiver'), 0)::bigint as waived_cents,
         sum(cents)::bigint as open_cents,
         min(value_date) filter (where nature = 'charge') as charged_on
  from journal_line
  where account = 'receivable'
  group by dossier, quarter, kind;

create view dossier_credit with (security_invoker = true) as
  select dossier, -sum(cents)::bigint as credit_cents
  from journal_line
  where account = 'dossierCredit'
  group by dossier;

-- ---------------------------------------------------------------------------------------------- bank
create table bank_file (
  file_id uuid primary key,
  sha256 text not null unique check (sha256 ~ '^[0-9a-f]{64}$'),
  format text not null check (format in ('coda', 'camt053')),
  received_on date not null,
  received_by text not null,
  size_bytes bigint not null check (size_bytes > 0)
);

-- The bytes of a file, as they came: in parts, so that a file of any size can be kept and given back.
create table bank_file_part (
  file_id uuid not null references bank_file,
  ordinal integer not null check (ordinal >= 0),
  content bytea not null,
  primary key (file_id, ordinal)
);

-- Each attempt to read a file. A refused file can be offered again: what it lacked may have come in the meantime.
create table bank_file_reading (
  file_id uuid not null references bank_file,
  attempt smallint not null check (attempt >= 1),
  read_on date not null,
  read_by text not null,
  refusal_line integer,
  refusal_rule text,
  refusal_detail text,
  primary key (file_id, attempt),
  check ((refusal_line is null) = (refusal_rule is null) and (refusal_rule is null) = (refusal_detail is null))
);

create table bank_statement (
  statement_id uuid primary key,
  file_id uuid not null references bank_file,
  account text not null,
  year smallint not null,
  sequence bigint,
  old_balance_cents bigint not null,
  old_balance_date date not null,
  new_balance_cents bigint not null,
  new_balance_date date not null,
  separate_application boolean not null,
  position bigint generated always as identity,
  -- Two statements of one year never bear the same number: a duplicate is booked once.
  unique (account, year, sequence)
);

create table bank_line (
  line_id uuid primary key,
  statement_id uuid not null references bank_statement,
  -- Counted by us: the numbers of a coded statement start again after 9999.
  ordinal integer not null check (ordinal >= 1),
  file_line integer not null,
  sequence integer not null,
  detail integer not null,
  cents bigint not null,
  value_date date,
  entry_date date not null,
  transaction_code text not null,
  structured_type text,
  communication text not null,
  reference text,
  reference_source text check (reference_source in ('structured', 'reconstituted', 'typed')),
  counterparty_account text not null,
  counterparty_name text not null,
  reversal boolean not null,
  treatment text not null check (treatment in ('allocated', 'suspense', 'other', 'total', 'detail')),
  unique (statement_id, ordinal)
);
create index bank_line_of_payer on bank_line (counterparty_account)
  where counterparty_account <> '' and treatment in ('allocated', 'suspense');

-- Money of a known dossier: from a bank line, from the suspense account or from its own credit.
create table payment (
  payment_id uuid primary key,
  entry_id uuid not null unique references journal_entry,
  dossier uuid not null references subject,
  source text not null check (source in ('bank', 'suspense', 'credit', 'directDebit')),
  line_id uuid references bank_line,
  amount_cents bigint not null check (amount_cents > 0),
  credit_cents bigint not null check (credit_cents >= 0),
  value_date date not null,
  booked_on date not null,
  matched_by text not null,
  -- Money whose match was undone can be matched again: once for each time it was undone, and once before.
  attempt smallint not null default 1 check (attempt >= 1),
  check (source in ('credit', 'directDebit') or line_id is not null),
  unique (line_id, attempt)
);
create index payment_of_dossier on payment (dossier);

create table allocation (
  payment_id uuid not null references payment,
  quarter year_quarter not null,
  kind amount_kind not null,
  cents bigint not null check (cents > 0),
  primary key (payment_id, quarter, kind)
);

-- ---------------------------------------------------------------------------------------------- closing
create table quarter_closing (
  closing_id uuid primary key,
  quarter year_quarter not null unique,
  closed_on date not null,
  attempt smallint not null default 1,
  requested_by text not null,
  status text not null check (status in ('requested', 'closing', 'done', 'incomplete')),
  pages integer
);

create table closing_page (
  closing_id uuid not null references quarter_closing,
  ordinal integer not null check (ordinal >= 0),
  first_dossier uuid not null,
  last_dossier uuid not null,
  status text not null check (status in ('planned', 'closed', 'failed')),
  overdue integer not null default 0,
  surcharges integer not null default 0,
  primary key (closing_id, ordinal)
);

-- One surcharge per dossier, quarter, closing and kind: 3 % every closing (RGS art. 44), 7 % once per claim (art. 44bis):
-- the contribution of the quarter and a later supplement to it bear theirs in the year they were first claimed.
create table surcharge (
  dossier uuid not null references subject,
  quarter year_quarter not null,
  closing year_quarter not null,
  kind text not null check (kind in ('quarterly', 'yearly')),
  charged_on date not null,
  base_cents bigint not null,
  rate numeric not null,
  surcharge_cents bigint not null,
  article text not null,
  entry_id uuid not null references journal_entry,
  primary key (dossier, quarter, closing, kind)
);

create table surcharge_correction (
  dossier uuid not null,
  quarter year_quarter not null,
  closing year_quarter not null,
  kind text not null,
  cause_id uuid not null,  -- the payment that came to light, or the warrant that had been served
  base_cents bigint not null,
  surcharge_cents bigint not null,
  entry_id uuid unique references journal_entry,
  primary key (dossier, quarter, closing, kind, cause_id),
  foreign key (dossier, quarter, closing, kind) references surcharge,
  check ((entry_id is null) = (surcharge_cents = 0))
);

-- ---------------------------------------------------------------------------------------------- decisions elsewhere
create table relief (
  dossier uuid not null references subject,
  quarter year_quarter not null,
  claim_id uuid not null,
  ground text not null,
  article text not null,
  granted_on date not null,
  primary key (dossier, quarter)
);

create table warrant_served (
  dossier uuid not null references subject,
  quarter year_quarter not null,
  warrant_id uuid not null,
  served_on date not null,
  primary key (dossier, quarter)
);

-- Interest that was booked for a served quarter, up to and not including a day.
create table interest_booked (
  dossier uuid not null,
  quarter year_quarter not null,
  starts_on date not null,
  ends_before date not null check (ends_before > starts_on),
  base_cents bigint not null,
  rate numeric not null,
  interest_cents bigint not null,
  entry_id uuid references journal_entry,
  primary key (dossier, quarter, ends_before)
);

create table cost_charged (
  warrant_id uuid not null,
  dossier uuid not null references subject,
  quarter year_quarter not null,
  cost_cents bigint not null check (cost_cents > 0),
  entry_id uuid not null references journal_entry,
  primary key (warrant_id, quarter)
);

-- ---------------------------------------------------------------------------------------------- rights
select auxilia_append_only(t) from unnest(array[
  'income_import', 'income_reject', 'income', 'assessment_law', 'contribution', 'notice', 'quarter_taken_over', 'account',
  'journal_entry', 'journal_line', 'bank_file', 'bank_file_part', 'bank_file_reading', 'bank_statement', 'bank_line',
  'payment', 'allocation',
  'surcharge', 'surcharge_correction', 'relief', 'warrant_served', 'interest_booked', 'cost_charged']) as t;
select auxilia_grant(t, 'select, insert') from unnest(array[
  'income_import', 'income_reject', 'income', 'assessment_law', 'contribution', 'notice', 'quarter_taken_over', 'parked_subject',
  'journal_entry', 'journal_line', 'bank_file', 'bank_file_part', 'bank_file_reading', 'bank_statement', 'bank_line',
  'payment', 'allocation',
  'surcharge', 'surcharge_correction', 'relief', 'warrant_served', 'interest_booked', 'cost_charged']) as t;
select auxilia_grant(t, 'select, insert, update') from unnest(array[
  'subject', 'activity_period', 'category_period', 'billing_run', 'billing_page', 'quarter_closing',
  'closing_page']) as t;
select auxilia_grant(t, 'select') from unnest(array['account', 'open_item', 'dossier_credit']) as t;
