-- What the twins of the outside world remember: what they were sent, and what they still have to do about it.
create table twin_item (
  id uuid primary key,
  twin text not null check (twin in ('post', 'letters', 'email', 'ebox', 'bailiff', 'mutuality', 'bank')),
  kind text not null,
  reference text not null,
  state text not null,
  due_on date,
  payload jsonb not null,
  content bytea,
  created_on date not null,
  changed_at timestamptz not null default now(),
  unique (twin, kind, reference)
);
create index twin_item_due on twin_item (twin, due_on) where due_on is not null;
select auxilia_grant('twin_item', 'select, insert, update');

-- How a twin behaves for a while: late, down, talking nonsense.
create table twin_behaviour (
  twin text not null check (twin in ('post', 'letters', 'email', 'ebox', 'bailiff', 'mutuality', 'bank')),
  subject text not null,
  behaviour jsonb not null,
  primary key (twin, subject)
);
select auxilia_grant('twin_behaviour', 'select, insert, update, delete');

-- The last day on which the twins were told to do what is due; on that day they keep doing it.
create table twin_day (
  only_row boolean primary key default true check (only_row),
  ticked_on date not null
);
select auxilia_grant('twin_day', 'select, insert, update');
