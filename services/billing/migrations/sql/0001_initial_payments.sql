-- Payments that were undone: by a person who sees a wrong match, or by the bank that took the money back.
-- Nothing is deleted: the counter-entry and the reason stand beside what was booked.
create table payment_reversal (
  payment_id uuid primary key references payment,
  entry_id uuid not null unique references journal_entry,
  reason text not null check (reason in ('wrongMatch', 'returnedByBank', 'creditNeeded')),
  -- The line with which the bank took the money back.
  line_id uuid unique references bank_line,
  reversed_on date not null,
  reversed_by text not null,
  -- A collection the bank takes back comes as a report; its line is one of many in the statement.
  check (reason = 'returnedByBank' or line_id is null)
);

-- Whether money from an account may go to a dossier without a person looking at it; the newest row of a pair counts.
create table payer_rule (
  counterparty_account text not null check (counterparty_account <> ''),
  dossier uuid not null references subject,
  position bigint generated always as identity,
  automatic boolean not null,
  noted_on date not null,
  noted_by text not null,
  reason text,  -- what a person gave who lifted an exclusion; an exclusion itself follows from the match that was undone
  primary key (counterparty_account, dossier, position)
);

create view payer_excluded with (security_invoker = true) as
  select counterparty_account, dossier, position, noted_on, noted_by
  from (select distinct on (counterparty_account, dossier) *
        from payer_rule order by counterparty_account, dossier, position desc) newest
  where not automatic;

-- Money of payments that stand; a line has at most one.
create view standing_payment with (security_invoker = true) as
  select p.* from payment p
  where not exists (select from payment_reversal r where r.payment_id = p.payment_id);

-- Money on the suspense account: nobody's yet, or nobody's again.
create view waiting_line with (security_invoker = true) as
  select l.* from bank_line l
  where l.treatment in ('allocated', 'suspense')
    and not exists (select from standing_payment p where p.line_id = l.line_id)
    and not exists (select from payment p join payment_reversal r using (payment_id)
                    where p.line_id = l.line_id and r.reason = 'returnedByBank');

select auxilia_append_only(t) from unnest(array['payment_reversal', 'payer_rule']) as t;
select auxilia_grant(t, 'select, insert') from unnest(array['payment_reversal', 'payer_rule']) as t;
select auxilia_grant(t, 'select') from unnest(array['payer_excluded', 'standing_payment', 'waiting_line']) as t;

-- Small debts of people who are no longer subject, given up by a person (RGS art. 50bis par. 1).
create table small_claim_given_up (
  decision_id uuid primary key,
  dossier uuid not null references subject,
  decided_on date not null,
  decided_by text not null,
  waived_cents bigint not null check (waived_cents > 0),
  pension_affected boolean not null,
  warned_on date,
  entry_id uuid not null unique references journal_entry,
  check (not pension_affected or warned_on <= decided_on)
);
select auxilia_append_only('small_claim_given_up');
select auxilia_grant('small_claim_given_up', 'select, insert');
