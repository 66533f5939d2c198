-- Quarters without contribution by a decision taken elsewhere (RGS art. 50). The ground may be a fact about health: it
-- stays in this table, and what is told to others names the article without its paragraph.
create table contribution_relief (
  relief_id uuid primary key,
  dossier uuid not null references insured,
  ground text not null check (ground in ('illness', 'care', 'maternity')),
  event_on date not null,
  resumed_on date check (resumed_on > event_on),
  ended_on date check (ended_on > event_on),
  quarters text[] not null check (cardinality(quarters) > 0),
  authority text not null check (authority in ('insurer', 'institute', 'fund')),
  evidence text not null,
  decided_on date not null check (decided_on >= event_on),
  recorded_on date not null,
  recorded_by text not null,
  attempt smallint not null check (attempt >= 1),  -- grows when a second person refused what was written down before
  unique (dossier, evidence, attempt),
  unique (relief_id, recorded_by),
  check (resumed_on is null or ended_on is null)
);
select auxilia_append_only('contribution_relief');
select auxilia_grant('contribution_relief', 'select, insert');

-- What a second person said of it. Nobody confirms what they wrote down themselves.
create table contribution_relief_decision (
  relief_id uuid primary key,
  recorded_by text not null,
  decision text not null check (decision in ('confirmed', 'refused')),
  decided_by text not null check (decided_by <> recorded_by),
  decided_on date not null,
  reason text not null,
  foreign key (relief_id, recorded_by) references contribution_relief (relief_id, recorded_by)
);
select auxilia_append_only('contribution_relief_decision');
select auxilia_grant('contribution_relief_decision', 'select, insert');

-- A quarter is given once.
create table relieved_quarter (
  dossier uuid not null,
  quarter text not null check (quarter ~ '^[0-9]{4}Q[1-4]$'),
  relief_id uuid not null references contribution_relief_decision,
  primary key (dossier, quarter)
);
select auxilia_append_only('relieved_quarter');
select auxilia_grant('relieved_quarter', 'select, insert');
