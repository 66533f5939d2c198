-- Affiliation: the only place that knows who somebody is, and from when to when somebody is affiliated as what.

-- ---------------------------------------------------------------------------------------------- dossiers
-- File numbers are given in order of arrival, without gaps; the lock on this row also makes registrations wait for
-- each other, so that nobody is registered twice.
create table file_number_counter (
  only_row boolean primary key default true check (only_row),
  last integer not null check (last between 0 and 9999999)
);
insert into file_number_counter (last) values (0);

create table dossier (
  dossier uuid primary key,
  file_number integer not null unique check (file_number between 1 and 9999999),
  kind text not null check (kind in ('person', 'company')),
  opened_on date not null,
  recorded_at timestamptz not null default now(),
  unique (dossier, kind)
);

create table person (
  dossier uuid primary key,
  kind text not null default 'person' check (kind = 'person'),
  national_number text not null unique check (national_number ~ '^[0-9]{11}$'),
  last_name text not null check (last_name <> ''),
  first_name text not null check (first_name <> ''),
  birth_date date not null,
  language text not null check (language in ('fr', 'nl', 'de')),
  nationality text not null check (nationality ~ '^[A-Z]{2}$'),
  professional_card text,
  street text not null,
  house_number text not null,
  postal_code text not null,
  city text not null,
  country text not null check (country ~ '^[A-Z]{2}$'),
  email text,
  account_number text,
  updated_on date not null,
  foreign key (dossier, kind) references dossier (dossier, kind)
);

create table company (
  dossier uuid primary key,
  kind text not null default 'company' check (kind = 'company'),
  enterprise_number text not null unique check (enterprise_number ~ '^[01][0-9]{9}$'),
  name text not null check (name <> ''),
  language text not null check (language in ('fr', 'nl', 'de')),
  founded_on date not null,
  street text not null,
  house_number text not null,
  postal_code text not null,
  city text not null,
  country text not null check (country ~ '^[A-Z]{2}$'),
  manager_national_number text check (manager_national_number ~ '^[0-9]{11}$'),
  received_on date not null,
  joined_late boolean not null,
  affiliated_on date,
  foreign key (dossier, kind) references dossier (dossier, kind)
);

-- ---------------------------------------------------------------------------------------------- what came in
create table import_file (
  import_id uuid primary key,
  kind text not null check (kind in ('people', 'companies')),
  sha256 bytea not null check (length(sha256) = 32),
  content bytea not null,
  received_on date not null,
  received_by text not null,
  status text not null check (status in ('imported', 'refused')),
  refusal_rule text,
  refusal_detail text,
  refusal_line integer,
  rows_accepted integer not null check (rows_accepted >= 0),
  rows_refused integer not null check (rows_refused >= 0),
  recorded_at timestamptz not null default now(),
  unique (kind, sha256),
  check ((status = 'refused') = (refusal_rule is not null)),
  check ((refusal_rule is null) = (refusal_detail is null))
);
select auxilia_append_only('import_file');

-- A refused line with everything that is wrong with it: [{rule, field, message, article}].
create table import_refusal (
  import_id uuid not null references import_file,
  line integer not null check (line > 1),
  reference text not null,
  raw text not null,
  breaches jsonb not null check (jsonb_array_length(breaches) > 0),
  primary key (import_id, line)
);
select auxilia_append_only('import_refusal');

-- A declaration that came alone and was refused at once: kept as it was received.
create table declaration_refusal (
  refusal_id uuid primary key,
  received_on date not null,
  received_by text not null,
  content jsonb not null,
  breaches jsonb not null check (jsonb_array_length(breaches) > 0),
  recorded_at timestamptz not null default now()
);
select auxilia_append_only('declaration_refusal');

create table application (
  application_id uuid primary key,
  dossier uuid not null references person,
  reference text not null,
  origin text not null check (origin in ('declared', 'imported')),
  import_id uuid references import_file,
  line integer,
  received_on date not null,
  category text not null,
  starts_on date not null,
  first_activity boolean not null,
  insurer text not null check (insurer ~ '^[0-9]{3}$'),
  artist_attestation boolean not null default false,
  sickness_quarters smallint not null default 0 check (sickness_quarters between 0 and 99),
  political_mandate boolean not null default false,
  old_age_opt_out boolean not null default false,
  helped_national_number text check (helped_national_number ~ '^[0-9]{11}$'),
  status text not null default 'received'
    check (status in ('received', 'waiting', 'affiliated', 'refused', 'withdrawn')),
  breaches jsonb not null default '[]',
  decided_on date,
  recorded_at timestamptz not null default now(),
  check ((origin = 'imported') = (import_id is not null)),
  check ((import_id is null) = (line is null)),
  check ((status in ('received', 'waiting')) = (decided_on is null)),
  unique (import_id, line)
);
create unique index application_one_open on application (dossier) where status in ('received', 'waiting');
create index application_of_dossier on application (dossier);

-- ---------------------------------------------------------------------------------------------- affiliations
create table affiliation (
  affiliation_id uuid primary key,
  dossier uuid not null references person,
  application_id uuid not null unique references application,
  starts_on date not null,
  first_activity boolean not null,
  insurer text not null check (insurer ~ '^[0-9]{3}$'),
  affiliated_on date not null,
  ceased_on date,
  cessation_reason text check (cessation_reason in ('cessation', 'bankruptcy', 'death', 'transfer', 'pension')),
  cessation_reported_on date,
  cessation_reported_late boolean,
  recorded_at timestamptz not null default now(),
  unique (dossier, starts_on),
  check (ceased_on >= starts_on),
  check ((ceased_on is null) = (cessation_reason is null)),
  check ((ceased_on is null) = (cessation_reported_on is null)),
  check ((ceased_on is null) = (cessation_reported_late is null))
);
create unique index affiliation_one_open on affiliation (dossier) where ceased_on is null;

-- An affiliation is never rewritten; it can end, once.
create function affiliation_guard() returns trigger
language plpgsql as $body$
begin
  if tg_op <> 'UPDATE' then
    raise exception '% of affiliation is refused', tg_op using errcode = 'restrict_violation';
  end if;
  if old.ceased_on is not null
     or (old.affiliation_id, old.dossier, old.application_id, old.starts_on, old.first_activity, old.insurer,
         old.affiliated_on)
        is distinct from
        (new.affiliation_id, new.dossier, new.application_id, new.starts_on, new.first_activity, new.insurer,
         new.affiliated_on)
  then
    raise exception 'affiliation % is fixed: it can only end, once', old.affiliation_id
      using errcode = 'restrict_violation';
  end if;
  return new;
end
$body$;
create trigger affiliation_fixed before update or delete on affiliation
  for each row execute function affiliation_guard();
create trigger affiliation_kept before truncate on affiliation
  for each statement execute function auxilia_refuse_change();

-- From its first day on, a category holds until the next one; of two with the same first day the later row holds.
-- A row is what somebody reported, or what follows by itself from it: the end of the quarters of a primo-starter.
create table category_period (
  position bigint generated always as identity primary key,
  affiliation_id uuid not null references affiliation,
  category text not null,
  applies_from date not null,
  revision smallint not null default 0 check (revision >= 0),
  ground text not null default 'reported' check (ground in ('reported', 'followsByLaw')),
  -- First day on which a primo-starter no longer contributes on the reduced least income.
  reduced_until date check (reduced_until > applies_from),
  political_mandate boolean not null default false,
  old_age_opt_out boolean not null default false,
  helped_dossier uuid references dossier,
  reported_on date not null,
  recorded_at timestamptz not null default now(),
  unique (affiliation_id, applies_from, revision),
  check ((category = 'primoStarter' and ground = 'reported') = (reduced_until is not null)),
  check (category = 'article37' or not political_mandate),
  check (category = 'beyondPensionAge' or not old_age_opt_out)
);
select auxilia_append_only('category_period');

-- Who answers for whose debts: a manager for the yearly contribution of the company (law of 30-12-1992, art. 98), the
-- company for the contributions of its manager (royal decree 38, art. 15 par. 1).
create table liability_link (
  dossier uuid not null references dossier,
  debtor_dossier uuid not null references dossier,
  applies_from date not null,
  ground text not null check (ground in ('managerOfCompany', 'companyOfManager')),
  recorded_at timestamptz not null default now(),
  primary key (dossier, debtor_dossier, applies_from),
  check (dossier <> debtor_dossier)
);
create index liability_link_of_debtor on liability_link (debtor_dossier);
select auxilia_append_only('liability_link');

-- ---------------------------------------------------------------------------------------------- rights
select auxilia_grant('file_number_counter', 'select, update');
select auxilia_grant('dossier', 'select, insert');
select auxilia_grant('person', 'select, insert, update');
select auxilia_grant('company', 'select, insert, update');
select auxilia_grant('import_file', 'select, insert');
select auxilia_grant('import_refusal', 'select, insert');
select auxilia_grant('declaration_refusal', 'select, insert');
select auxilia_grant('application', 'select, insert, update');
select auxilia_grant('affiliation', 'select, insert, update');
select auxilia_grant('category_period', 'select, insert');
select auxilia_grant('liability_link', 'select, insert');
