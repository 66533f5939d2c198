-- Surcharges billing booked, each once: what was booked after a last reminder is not listed in it (RGS art. 46).
create table booked_surcharge (
  event_id uuid primary key,
  dossier uuid not null,
  quarter text not null check (quarter ~ '^[0-9]{4}Q[1-4]$'),
  booked_on date not null,
  cents bigint not null check (cents > 0)
);
create index booked_surcharge_of_dossier on booked_surcharge (dossier, quarter);
select auxilia_append_only('booked_surcharge');
select auxilia_grant('booked_surcharge', 'select, insert');
