-- The played calendar: one row, empty in production.
create table calendar (
  only_row boolean primary key default true check (only_row),
  business_date date not null
);
select auxilia_grant('calendar', 'select, insert, update');

-- Every letter and file a service made or received, exactly as it left or came. Never changed or deleted.
create table document (
  id uuid primary key,
  kind text not null,
  reference text not null,
  dossier uuid,
  language text check (language in ('fr', 'nl', 'de', 'en')),
  media_type text not null,
  name text not null unique,
  content bytea not null,
  content_sha256 text not null check (content_sha256 ~ '^[0-9a-f]{64}$'),
  business_date date not null,
  -- Roles of people who may read the content, beside team lead and auditor; the operator never does.
  readers text[] not null check (not 'operator' = any (readers)),
  stored_at timestamptz not null default now(),
  unique (kind, reference)
);
create index document_of_dossier on document (dossier) where dossier is not null;
create index document_by_kind on document (kind, name);
select auxilia_append_only('document');
select auxilia_grant('document', 'select, insert');
