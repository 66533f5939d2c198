-- Of which claims the principal of an overdue quarter is made, each time billing tells it (royal decree 38, art. 16).
create table debt_part (
  event_id uuid not null,
  position smallint not null check (position >= 0),
  dossier uuid not null,
  quarter text not null check (quarter ~ '^[0-9]{4}Q[1-4]$'),
  overdue_on date not null,
  origin text not null check (origin in ('provisional', 'regularisation')),
  claimed_on date not null,
  open_cents bigint not null check (open_cents > 0),
  primary key (event_id, position)
);
create index debt_part_of_dossier on debt_part (dossier, quarter, overdue_on desc);
select auxilia_append_only('debt_part');
select auxilia_grant('debt_part', 'select, insert');
