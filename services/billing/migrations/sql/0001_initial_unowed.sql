-- Quarters that were billed and then waived because an activity had ended before them (AR38 art. 15 par. 2).
create table unowed_quarter (
  dossier uuid not null references subject,
  quarter year_quarter not null,
  entry_id uuid not null references journal_entry,  -- the waiver
  noted_on date not null,
  primary key (dossier, quarter, entry_id)
);

-- The same once an activity is told after all: the waiver is taken back by an entry of its own.
create table owed_again_quarter (
  dossier uuid not null,
  quarter year_quarter not null,
  waiver_id uuid not null,
  entry_id uuid not null references journal_entry,
  -- The day it counts as claimed; null when it bore surcharges before it was waived: those closings don't come again.
  claimed_on date,
  primary key (dossier, quarter, waiver_id),
  foreign key (dossier, quarter, waiver_id) references unowed_quarter (dossier, quarter, entry_id)
);

-- What was billed and is not owed today.
create view unowed with (security_invoker = true) as
  select u.* from unowed_quarter u
  where not exists (select from owed_again_quarter a
                    where a.dossier = u.dossier and a.quarter = u.quarter and a.waiver_id = u.entry_id);

select auxilia_append_only(t) from unnest(array['unowed_quarter', 'owed_again_quarter']) as t;
select auxilia_grant(t, 'select, insert') from unnest(array['unowed_quarter', 'owed_again_quarter']) as t;
select auxilia_grant('unowed', 'select');
