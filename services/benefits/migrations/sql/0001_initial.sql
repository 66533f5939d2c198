-- What benefits owns: whom it must speak of to mutualites, claims with their decisions, and what is paid.
-- No name, address, national number or account is kept here: they are asked of affiliation when a message, a letter
-- or a payment file is written. Payment files hold them and are kept as they were approved.

-- ------------------------------------------------------------------------------------------ who is insured where
-- A projection of affiliation's facts.
create table insured (
  dossier uuid primary key,
  file_number integer not null check (file_number between 1 and 9999999),
  insurer text not null check (insurer ~ '^[0-9]{3}$'),
  category text not null,
  language text not null check (language in ('fr', 'nl', 'de')),
  starts_on date not null,
  ceased_on date,
  -- The affiliation already ran when this fund took the person over: the fund before told the mutualite of its begin.
  taken_over boolean not null default false
);
create unique index insured_file_number on insured (file_number);
select auxilia_grant('insured', 'select, insert, update');

-- Changes of category, each from its own day on: one that was announced for a later quarter waits for it.
create table insured_category (
  dossier uuid not null,
  applies_from date not null,
  category text not null,
  primary key (dossier, applies_from)
);
select auxilia_grant('insured_category', 'select, insert, update');

-- The first contribution of a dossier may be told by billing before affiliation's own fact has arrived.
create table first_contribution (
  dossier uuid primary key,
  covered_on date not null,
  quarter text not null check (quarter ~ '^[0-9]{4}Q[1-4]$'),
  relieved boolean not null
);
select auxilia_grant('first_contribution', 'select, insert');

-- ------------------------------------------------------------------------------------------------- transmissions
create table transmission (
  id uuid primary key,
  dossier uuid not null,
  duty text not null check (duty in ('affiliation', 'firstContribution', 'cessation')),
  event text not null,
  insurer text not null check (insurer ~ '^[0-9]{3}$'),
  file_number integer not null,
  category text not null,
  starts_on date not null,
  happened_on date not null,
  quarter text check (quarter ~ '^[0-9]{4}Q[1-4]$'),
  relieved boolean not null default false,
  deadline date not null,
  ticket uuid not null,
  correction integer not null default 0 check (correction >= 0),
  status text not null default 'pending'
    check (status in ('pending', 'sent', 'acknowledged', 'rejected', 'closed')),
  reason_code text,
  acknowledged_on date,
  overdue_on date,
  closed_by text,
  close_reason text,
  unique (dossier, duty, event),
  unique (ticket),
  check ((status = 'acknowledged') = (acknowledged_on is not null)),
  check ((status = 'closed') = (closed_by is not null and close_reason is not null)),
  check (status <> 'rejected' or reason_code is not null)
);
create index transmission_open on transmission (deadline) where status in ('pending', 'sent', 'rejected');
select auxilia_grant('transmission', 'select, insert, update');

create table transmission_attempt (
  transmission_id uuid not null references transmission (id),
  attempt integer not null check (attempt >= 1),
  ticket uuid not null,
  sent_on date not null,
  outcome text not null check (outcome in ('accepted', 'unavailable', 'nonsense')),
  status_code integer,
  payload_sha256 text not null check (payload_sha256 ~ '^[0-9a-f]{64}$'),
  detail text not null,
  primary key (transmission_id, attempt)
);
select auxilia_append_only('transmission_attempt');
select auxilia_grant('transmission_attempt', 'select, insert');

create table transmission_receipt (
  ticket uuid primary key,
  transmission_id uuid not null references transmission (id),
  received_on date not null,
  outcome text not null check (outcome in ('accepted', 'rejected')),
  reason_code text,
  check ((outcome = 'rejected') = (reason_code is not null))
);
select auxilia_append_only('transmission_receipt');
select auxilia_grant('transmission_receipt', 'select, insert');

-- -------------------------------------------------------------------------------------------------------- claims
create table claim (
  id uuid primary key,
  dossier uuid not null,
  kind text not null check (kind in ('droitPasserelle')),
  ground text not null,
  fact_on date not null,
  received_on date not null,
  dependant boolean not null,
  dependant_attested_on date,
  status text not null default 'received' check (status in ('received', 'waiting', 'decided', 'closed')),
  outcome text check (outcome in ('granted', 'refused')),
  check ((outcome is null) = (status in ('received', 'waiting'))),
  check (dependant_attested_on is null or dependant)
);
-- One fact is granted once; after a refusal the same fact can be claimed again on new evidence (Charter art. 19).
create unique index claim_of_fact on claim (dossier, kind, fact_on) where outcome is distinct from 'refused';
select auxilia_grant('claim', 'select, insert, update');

-- What the applicant or a member of staff said, in the order it was said; later words complete earlier ones.
create table claim_statement (
  claim_id uuid not null references claim (id),
  number integer not null check (number >= 1),
  told_on date not null,
  told_by text not null,
  statements jsonb not null,
  statements_sha256 text not null,
  primary key (claim_id, number)
);
select auxilia_append_only('claim_statement');
select auxilia_grant('claim_statement', 'select, insert');

create table information_request (
  claim_id uuid not null references claim (id),
  number integer not null check (number >= 1),
  asked_on date not null,
  rules text[] not null check (cardinality(rules) > 0),
  of_applicant boolean not null,
  -- What the applicant was asked when the request was opened; more than this is a new request with a letter of its own.
  applicant_rules text[] not null check ((cardinality(applicant_rules) > 0) = of_applicant),
  reminded_on date,
  answered_on date check (answered_on >= asked_on),
  primary key (claim_id, number)
);
create unique index information_request_open on information_request (claim_id) where answered_on is null;
select auxilia_grant('information_request', 'select, insert, update');

-- What the rules said, with the facts they looked at, frozen; the hash proves that nothing was changed afterwards.
create table assessment (
  id uuid primary key,
  claim_id uuid not null references claim (id),
  assessed_on date not null,
  verdict text not null check (verdict in ('granted', 'refused', 'incomplete')),
  inputs jsonb not null,
  inputs_sha256 text not null check (inputs_sha256 ~ '^[0-9a-f]{64}$'),
  results jsonb not null,
  parameters jsonb not null,
  unique (claim_id, assessed_on, inputs_sha256)
);
select auxilia_append_only('assessment');
select auxilia_grant('assessment', 'select, insert');

create table decision (
  claim_id uuid primary key references claim (id),
  assessment_id uuid not null references assessment (id),
  outcome text not null check (outcome in ('granted', 'refused')),
  decided_on date not null,
  decided_by text not null,
  reason text not null,
  months integer not null check (months >= 0),
  relief_quarters text[] not null,
  relief_waives_contributions boolean not null
);
select auxilia_append_only('decision');
select auxilia_grant('decision', 'select, insert');

create table entitled_month (
  claim_id uuid not null references decision (claim_id),
  month text not null check (month ~ '^[0-9]{4}-(0[1-9]|1[0-2])$'),
  parts integer not null check (parts between 1 and 5),
  full_month boolean not null,
  payable_from date not null,
  primary key (claim_id, month)
);
select auxilia_append_only('entitled_month');
select auxilia_grant('entitled_month', 'select, insert');

-- ------------------------------------------------------------------------------------------------------- payouts
create table payout_run (
  id uuid primary key,
  business_date date not null unique,
  workflow_id text not null,
  status text not null
    check (status in ('collected', 'nothingDue', 'approval', 'refused', 'ordered', 'withdrawn', 'sent', 'completed')),
  message_id text not null unique,
  -- Day on which the bank refused it, empty while it is being delivered, and day on which somebody asked to withdraw it.
  refused_on date,
  withdrawal_asked_on date
);
select auxilia_grant('payout_run', 'select, insert, update');

-- The bytes two people approve; the bank gets exactly these.
create table payout_file (
  run_id uuid primary key references payout_run (id),
  content bytea not null,
  sha256 text not null check (sha256 ~ '^[0-9a-f]{64}$'),
  transfers integer not null check (transfers >= 1),
  total_cents bigint not null check (total_cents > 0)
);
select auxilia_append_only('payout_file');
select auxilia_grant('payout_file', 'select, insert');

create table payout (
  id uuid primary key,
  claim_id uuid not null,
  dossier uuid not null,
  month text not null,
  kind text not null default 'benefit' check (kind in ('benefit', 'dependantDifference')),
  parts integer not null,
  monthly_cents bigint not null check (monthly_cents > 0),
  amount_cents bigint not null check (amount_cents >= 0),
  parameter jsonb not null,
  status text not null check (status in ('due', 'filed', 'ordered', 'confirmed', 'returned', 'nothing')),
  run_id uuid references payout_run (id),
  attempt integer not null default 1 check (attempt between 1 and 99),
  end_to_end_id text not null,
  executed_on date,
  return_reason text,
  unique (claim_id, month, kind),
  unique (end_to_end_id),
  foreign key (claim_id, month) references entitled_month (claim_id, month),
  check ((amount_cents = 0) = (status = 'nothing')),
  check (status not in ('filed', 'ordered', 'confirmed') or run_id is not null),
  check ((status = 'confirmed') = (executed_on is not null)),
  check ((status = 'returned') = (return_reason is not null))
);
create index payout_open on payout (status) where status in ('due', 'filed', 'ordered', 'returned');
select auxilia_grant('payout', 'select, insert, update');

-- Which payout was in which file, for ever, under which id the bank knows it.
create table payout_line (
  run_id uuid not null references payout_run (id),
  payout_id uuid not null references payout (id),
  end_to_end_id text not null,
  amount_cents bigint not null check (amount_cents > 0),
  primary key (run_id, payout_id)
);
select auxilia_append_only('payout_line');
select auxilia_grant('payout_line', 'select, insert');
