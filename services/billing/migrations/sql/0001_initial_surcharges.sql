-- Quarters of before somebody was affiliated, summonses, fines and waivers of surcharges: what other services tell.

-- A quarter that was over when this fund was told of the activity: billed by a run for that dossier alone.
create table late_quarter (
  dossier uuid not null references subject,
  quarter year_quarter not null,
  told_on date not null,
  status text not null default 'waiting' check (status in ('waiting', 'asked', 'parked')),
  reason text,
  run_id uuid references billing_run,
  primary key (dossier, quarter),
  check ((status = 'parked') = (reason is not null))
);

-- A run that is for some dossiers alone; a run without rows here is for everybody who owes its quarter.
create table billing_run_dossier (
  run_id uuid not null references billing_run,
  dossier uuid not null references subject,
  primary key (run_id, dossier)
);

-- The debtor was summoned before the labour tribunal for these quarters.
create table summons_served (
  dossier uuid not null references subject,
  quarter year_quarter not null,
  summons_id uuid not null,
  served_on date not null,
  primary key (dossier, quarter)
);

-- What stops the 3 % and lets interest run: a warrant or a summons (RGS art. 44 par. 1 and 47bis par. 4).
create view title_served with (security_invoker = true) as
  select dossier, quarter, min(served_on) as served_on
  from (select dossier, quarter, served_on from warrant_served
        union all select dossier, quarter, served_on from summons_served) served
  group by dossier, quarter;

-- An administrative fine that the fund claims (royal decree 38, art. 17bis and 17ter).
create table fine_charged (
  fine_id uuid primary key,
  dossier uuid not null references subject,
  quarter year_quarter not null,
  fine_cents bigint not null check (fine_cents > 0),
  article text not null,
  entry_id uuid not null references journal_entry
);

-- A decision of the institute to waive surcharges (RGS art. 48); what went off stands in `surcharge_correction`.
create table surcharge_waiver (
  decision_id uuid not null,
  dossier uuid not null references subject,
  quarter year_quarter not null,
  granted_cents bigint check (granted_cents > 0),  -- null for all surcharges of the quarter
  waived_cents bigint not null check (waived_cents >= 0),
  primary key (decision_id, quarter)
);

select auxilia_append_only(t) from unnest(array[
  'billing_run_dossier', 'summons_served', 'fine_charged', 'surcharge_waiver']) as t;
select auxilia_grant(t, 'select, insert') from unnest(array[
  'billing_run_dossier', 'summons_served', 'fine_charged', 'surcharge_waiver']) as t;
select auxilia_grant('late_quarter', 'select, insert, update');
select auxilia_grant('title_served', 'select');
