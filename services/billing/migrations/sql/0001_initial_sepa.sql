-- Files for the bank: what is paid back (pain.001) and what is collected under mandates (pain.008). Two people approve the
-- hash of the very bytes; an amount is taken out of a credit when its file is made, so nothing is paid back twice.

create table mandate (
  mandate_id uuid primary key,
  reference text not null unique check (reference ~ '^[A-Za-z0-9-]{1,35}$'),
  dossier uuid not null references subject,
  -- The account stands on the signed mandate itself, which the fund keeps as evidence.
  iban text not null,
  signed_on date not null,
  recorded_on date not null,
  recorded_by text not null,
  revoked_on date check (revoked_on >= signed_on),
  revoked_by text,
  check ((revoked_on is null) = (revoked_by is null))
);
create unique index mandate_one_active on mandate (dossier) where revoked_on is null;

create table bank_order_run (
  run_id uuid primary key,
  kind text not null check (kind in ('refund', 'directDebit')),
  business_date date not null,
  execution_on date,
  workflow_id text not null unique,
  requested_by text not null,
  status text not null
    check (status in ('requested', 'nothingDue', 'approval', 'refused', 'ordered', 'withdrawn', 'sent', 'completed')),
  message_id text not null unique,
  content bytea,
  sha256 text check (sha256 ~ '^[0-9a-f]{64}$'),
  transfers integer,
  total_cents bigint,
  -- Day on which the bank refused it, empty while it is being delivered, and day on which somebody asked to withdraw it.
  refused_on date,
  withdrawal_asked_on date,
  unique (kind, business_date),
  check ((content is null) = (sha256 is null))
);

create table bank_order (
  order_id uuid primary key,
  run_id uuid not null references bank_order_run,
  kind text not null check (kind in ('refund', 'directDebit')),
  dossier uuid not null references subject,
  -- The refund that is paid, or the mandate under which something is collected.
  refund_id uuid references refund_order,
  mandate_id uuid references mandate,
  sequence text check (sequence in ('FRST', 'RCUR')),
  amount_cents bigint not null check (amount_cents > 0),
  end_to_end_id text not null unique,
  status text not null check (status in ('filed', 'ordered', 'executed', 'returned', 'released')),
  executed_on date,
  -- The bank's code of why it came back, where it gives one, and the line of a statement that took the money back.
  return_reason text,
  returned_on date,
  return_line uuid unique references bank_line,
  check (returned_on is null or status in ('returned', 'released')),
  check ((kind = 'refund') = (refund_id is not null)),
  check ((kind = 'directDebit') = (mandate_id is not null and sequence is not null))
);
create index bank_order_of_run on bank_order (run_id);
create unique index bank_order_one_refund on bank_order (refund_id) where status in ('filed', 'ordered', 'executed');
create unique index bank_order_one_collection on bank_order (dossier)
  where kind = 'directDebit' and status in ('filed', 'ordered');

insert into account (code, nature, name) values
  ('refundsUnderway', 'liability', 'Refunds in a file for the bank');

select auxilia_grant(t, 'select, insert, update') from unnest(array['mandate', 'bank_order_run', 'bank_order']) as t;
