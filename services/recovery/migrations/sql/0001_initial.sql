-- Recovery: cases, their ladder with evidence, and what partners reported. No identity lies here: a debtor is an
-- opaque dossier and a file number; names and national numbers are only in the printed documents.

create table debtor (
  dossier uuid primary key,
  file_number integer not null unique check (file_number between 1 and 9999999),
  language text not null check (language in ('fr', 'nl', 'de')),
  company boolean not null,
  category text,
  category_from date,
  check (company = (category is null)),
  check ((category is null) = (category_from is null))
);
select auxilia_grant('debtor', 'select, insert, update');

-- Changes of category, each from its own day on: one that was announced for a later quarter waits for it.
create table debtor_category (
  dossier uuid not null,
  applies_from date not null,
  category text not null,
  primary key (dossier, applies_from)
);
select auxilia_grant('debtor_category', 'select, insert, update');

-- Claims of a benefit that are being examined: as long as one is undecided, no warrant.
create table pending_right (
  claim_id uuid primary key,
  dossier uuid not null,
  received_on date not null,
  decide_before date not null,
  decided_on date,
  outcome text,
  check ((decided_on is null) = (outcome is null))
);
create index pending_right_of_dossier on pending_right (dossier) where decided_on is null;
select auxilia_grant('pending_right', 'select, insert, update');

create table debtor_payment (
  dossier uuid not null,
  payment_id uuid not null,
  value_date date not null,
  quarters text[] not null,
  primary key (dossier, payment_id)
);
select auxilia_grant('debtor_payment', 'select, insert');

create table recovery_case (
  case_id uuid primary key,
  dossier uuid not null,
  opened_on date not null,
  owner text not null check (owner <> ''),
  status text not null default 'open' check (status in ('open', 'closed')),
  -- True until the last reminder: later debts are not listed in it, so they get a ladder of their own (RGS art. 46).
  accepts_debts boolean not null default true,
  outcome text check (outcome in ('paid', 'relieved')),
  closed_on date,
  -- What the last look at the case said; always present on an open case.
  outlook_kind text not null,
  next_step text not null,
  next_on date not null,
  article text not null,
  reason text not null,
  remaining_days integer,
  looked_at_on date not null,
  -- Grows with everything that changes the debts, so that a closing based on old facts is noticed.
  version bigint not null default 1,
  check ((status = 'closed') = (outcome is not null)),
  check ((status = 'closed') = (closed_on is not null))
);
create unique index recovery_case_growing on recovery_case (dossier) where status = 'open' and accepts_debts;
create index recovery_case_of_dossier on recovery_case (dossier);
create index recovery_case_open on recovery_case (next_on, case_id) where status = 'open';
select auxilia_grant('recovery_case', 'select, insert, update');

create table case_debt (
  case_id uuid not null references recovery_case,
  quarter text not null check (quarter ~ '^[0-9]{4}Q[1-4]$'),
  due_on date not null,
  overdue_on date not null,
  event_id uuid not null,
  primary key (case_id, quarter)
);
select auxilia_append_only('case_debt');
select auxilia_grant('case_debt', 'select, insert');

-- The proof of the ladder: a step is taken once per attempt, with its evidence, and never rewritten.
create table case_step (
  case_id uuid not null references recovery_case,
  step text not null,
  attempt integer not null check (attempt > 0),
  done_on date not null,
  elapsed_days integer not null check (elapsed_days >= 0),
  article text not null,
  evidence jsonb not null,
  document_id uuid,
  position bigint generated always as identity,
  primary key (case_id, step, attempt)
);
select auxilia_append_only('case_step');
select auxilia_grant('case_step', 'select, insert');

create table contact (
  contact_id uuid primary key,
  case_id uuid not null references recovery_case,
  made_on date not null,
  channel text not null,
  outcome text not null check (outcome in ('reached', 'notReached', 'exceptionJustified')),
  note text,
  recorded_by text not null
);
-- One contact, or one justified exception, satisfies the ladder; attempts that reached nobody may be many.
create unique index contact_made on contact (case_id) where outcome <> 'notReached';
select auxilia_append_only('contact');
select auxilia_grant('contact', 'select, insert');

create table hold (
  hold_id uuid primary key,
  case_id uuid not null references recovery_case,
  reason text not null,
  legal_basis text not null,
  starts_on date not null,
  ends_before date not null,
  claim_id uuid,
  placed_by text not null,
  lifted_on date,
  lifted_by text,
  unique (case_id, claim_id),
  check (ends_before > starts_on),
  check ((lifted_on is null) = (lifted_by is null))
);
create index hold_of_case on hold (case_id);
select auxilia_grant('hold', 'select, insert, update');

create table contest (
  case_id uuid not null references recovery_case,
  quarter text not null,
  sent_on date not null,
  in_time boolean not null,
  recorded_by text not null,
  primary key (case_id, quarter)
);
select auxilia_append_only('contest');
select auxilia_grant('contest', 'select, insert');

create table registered_letter (
  letter_id uuid primary key,
  case_id uuid not null references recovery_case,
  attempt integer not null check (attempt > 0),
  document_id uuid not null,
  document_sha256 text not null check (document_sha256 ~ '^[0-9a-f]{64}$'),
  quarters text[] not null check (cardinality(quarters) > 0),
  -- The sums the letter lists, per quarter and kind, in cents: nothing more can go on the warrant (RGS art. 46).
  sums jsonb not null,
  made_on date not null,
  failures integer not null default 0,
  try_again_on date,
  deposited_on date,
  receipt text,
  -- The partner that took it in: nobody else reports what became of it.
  given_to text,
  outcome text check (outcome in ('delivered', 'lost', 'returned')),
  reported_on date,
  notified_on date,
  resumed_by text,
  unique (case_id, attempt),
  check ((deposited_on is null) = (receipt is null)),
  check ((receipt is null) = (given_to is null)),
  check ((outcome is null) = (reported_on is null)),
  check (outcome is null or deposited_on is not null)
);
select auxilia_grant('registered_letter', 'select, insert, update');

create table roll (
  roll_id uuid primary key,
  case_id uuid not null references recovery_case,
  attempt integer not null check (attempt > 0),
  requested_on date not null,
  payload jsonb,
  approval_id uuid,
  status text not null check (status in ('requested', 'approved', 'refused', 'superseded', 'impossible')),
  resumed_by text,
  unique (case_id, attempt),
  check ((payload is null) = (approval_id is null)),
  check ((payload is null) <= (status = 'impossible'))
);
select auxilia_grant('roll', 'select, insert, update');

create table warrant (
  warrant_id uuid primary key,
  case_id uuid not null unique references recovery_case,
  roll_id uuid not null unique references roll,
  issued_on date not null,
  pay_until date not null,
  total_cents bigint not null check (total_cents > 0),
  quarters text[] not null check (cardinality(quarters) > 0),
  visa_by text not null,
  issued_by text not null,
  document_id uuid not null,
  document_sha256 text not null check (document_sha256 ~ '^[0-9a-f]{64}$')
);
select auxilia_append_only('warrant');
select auxilia_grant('warrant', 'select, insert');

create table mandate (
  mandate_id uuid primary key,
  case_id uuid not null references recovery_case,
  warrant_id uuid not null references warrant,
  attempt integer not null check (attempt > 0),
  failures integer not null default 0,
  try_again_on date,
  sent_on date,
  receipt text,
  -- The bailiff that took it in: nobody else reports what became of it.
  given_to text,
  served_on date,
  cost_cents bigint check (cost_cents >= 0),
  failed_on date,
  failure text,
  resumed_by text,
  -- Everything was paid before service: the bailiff is told to stop.
  withdrawn_on date,
  unique (case_id, attempt),
  check ((sent_on is null) = (receipt is null)),
  check ((receipt is null) = (given_to is null)),
  check ((served_on is null) = (cost_cents is null)),
  check ((failed_on is null) = (failure is null)),
  check (served_on is null or failed_on is null)
);
select auxilia_grant('mandate', 'select, insert, update');

-- Everything partners told, also what was refused: nothing that was received is lost.
create table partner_report (
  report_id uuid primary key,
  partner text not null,
  content_sha256 text not null,
  content text not null,
  reported_by text not null,
  received_on date not null,
  accepted boolean not null,
  refusal text,
  unique (partner, content_sha256, accepted),
  check (accepted = (refusal is null))
);
select auxilia_append_only('partner_report');
select auxilia_grant('partner_report', 'select, insert');
