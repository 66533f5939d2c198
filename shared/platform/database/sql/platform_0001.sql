-- What every service's database has in common. Executed by the first migration of each service, by the owner.
-- auxilia_service() and auxilia_runtime_role() exist already: the migration writes them, since it knows the service.

create function auxilia_refuse_change() returns trigger
language plpgsql as $body$
begin
  raise exception '% of % is refused: its rows are never changed or deleted', tg_op, tg_table_name
    using errcode = 'restrict_violation';
end
$body$;

-- Rows of this table can be added and read, nothing else; not even by the owner or during replication.
create function auxilia_append_only(table_name text) returns void
language plpgsql as $body$
begin
  execute format(
    'create trigger refuse_change before update or delete or truncate on %s '
    'for each statement execute function auxilia_refuse_change()', table_name::regclass);
  execute format('alter table %s enable always trigger refuse_change', table_name::regclass);
end
$body$;

-- Gives the service's run-time role rights on a table or sequence, for example ('ledger', 'select, insert').
create function auxilia_grant(object_name text, privileges text) returns void
language plpgsql as $body$
begin
  if (select relkind from pg_class where oid = object_name::regclass) = 'S' then
    execute format('grant %s on sequence %s to %I', privileges, object_name::regclass, auxilia_runtime_role());
  else
    execute format('grant %s on table %s to %I', privileges, object_name::regclass, auxilia_runtime_role());
  end if;
end
$body$;

-- ---------------------------------------------------------------------------------------------- outbox
create table outbox_sequence (
  dossier uuid primary key,
  last bigint not null check (last >= 0)
);

create table outbox (
  id bigint generated always as identity primary key,
  event_id uuid not null unique,
  type text not null,
  source text not null check (source = 'urn:auxilia:' || auxilia_service()),
  topic text not null,
  partition integer not null check (partition >= 0),
  key text not null,
  dossier uuid,
  sequence bigint check (sequence > 0),
  correlation_id uuid not null,
  causation_id uuid,
  traceparent text,
  body bytea not null,
  recorded_at timestamptz not null default now(),
  published_at timestamptz,
  check ((dossier is null) = (key = 'page')),
  check ((dossier is null) = (sequence is null)),
  unique (dossier, sequence)
);
create index outbox_waiting on outbox (id) where published_at is null;
create index outbox_published on outbox (published_at) where published_at is not null;

-- Event ids of facts whose rows were purged: telling them again stays a no-op for as long as anybody could.
create table outbox_purged (
  event_id uuid primary key,
  purged_at timestamptz not null default now()
);
create index outbox_purged_at on outbox_purged using brin (purged_at);

-- Tells one fact of one dossier. Each statement sees what others committed meanwhile, so that the lock on the
-- dossier's sequence decides: nothing is told twice and no number is skipped. Returns null when told before.
create function outbox_publish(
  new_event_id uuid, new_type text, new_source text, new_topic text, new_partition integer, new_dossier uuid,
  new_correlation_id uuid, new_causation_id uuid, new_traceparent text, new_body bytea
) returns bigint
language plpgsql as $body$
declare
  number bigint;
begin
  insert into outbox_sequence as s (dossier, last) values (new_dossier, 1)
    on conflict (dossier) do update set last = s.last + 1
    returning last into number;
  if exists (select from outbox_purged where event_id = new_event_id) then
    number := null;
  else
    insert into outbox (event_id, type, source, topic, partition, key, dossier, sequence, correlation_id,
                        causation_id, traceparent, body)
    values (new_event_id, new_type, new_source, new_topic, new_partition, new_dossier::text, new_dossier, number,
            new_correlation_id, new_causation_id, new_traceparent, new_body)
    on conflict (event_id) do nothing;
    if not found then
      number := null;
    end if;
  end if;
  if number is null then
    update outbox_sequence set last = last - 1 where dossier = new_dossier;
  end if;
  return number;
end
$body$;

-- Tells many facts, with the same promises as outbox_publish, in three statements instead of three for each fact. Facts
-- are numbered and told in the order they are given in; the locks of their dossiers are taken in order of dossier.
create function outbox_publish_many(
  new_event_ids uuid[], new_types text[], new_sources text[], new_topics text[], new_partitions integer[],
  new_dossiers uuid[], new_correlation_id uuid, new_causation_id uuid, new_traceparent text, new_bodies bytea[]
) returns bigint
language plpgsql
-- Thousands of facts in one transaction fill tables the planner still believes empty: always by their indexes.
set enable_seqscan to off
as $body$
declare
  told bigint;
begin
  insert into outbox_sequence as s (dossier, last)
    select distinct given.dossier, 0 from unnest(new_dossiers) as given (dossier) order by 1
    on conflict (dossier) do update set last = s.last;
  with given as (
    select * from unnest(new_event_ids, new_types, new_sources, new_topics, new_partitions, new_dossiers, new_bodies)
      with ordinality as g (event_id, type, source, topic, partition, dossier, body, position)
  ), fresh as (
    select distinct on (event_id) * from given g
    where not exists (select from outbox o where o.event_id = g.event_id)
      and not exists (select from outbox_purged p where p.event_id = g.event_id)
    order by event_id, position
  ), numbered as (
    select f.*, s.last + row_number() over (partition by f.dossier order by f.position) as number
    from fresh f join outbox_sequence s using (dossier)
  ), written as (
    insert into outbox (event_id, type, source, topic, partition, key, dossier, sequence, correlation_id, causation_id,
                        traceparent, body)
    select event_id, type, source, topic, partition, dossier::text, dossier, number, new_correlation_id,
           new_causation_id, new_traceparent, body
    from numbered order by position
    returning dossier
  ), counted as (
    update outbox_sequence s set last = s.last + w.facts
    from (select dossier, count(*) as facts from written group by dossier) w
    where s.dossier = w.dossier
    returning w.facts
  )
  select coalesce(sum(facts), 0) into told from counted;
  return told;
end
$body$;

-- ---------------------------------------------------------------------------------------------- dispatch
create table dispatch (
  id bigint generated always as identity primary key,
  workflow_id text not null,
  workflow text,
  argument text,
  signal text,
  signal_argument text,
  dossier uuid,
  correlation_id uuid not null,
  traceparent text,
  request_id uuid not null default gen_random_uuid(),
  recorded_at timestamptz not null default now(),
  attempts integer not null default 0,
  next_attempt_at timestamptz not null default now(),
  problem text,
  delivered_at timestamptz,
  outcome text check (outcome in ('started', 'alreadyStarted', 'signalled', 'workflowGone', 'refused')),
  check ((workflow is null) = (argument is null)),
  check ((signal is null) = (signal_argument is null)),
  check (workflow is not null or signal is not null),
  check ((delivered_at is null) = (outcome is null))
);
create unique index dispatch_one_start on dispatch (workflow_id) where workflow is not null and signal is null;
create index dispatch_waiting on dispatch (id) where delivered_at is null;
create index dispatch_undeliverable on dispatch (id) where outcome in ('workflowGone', 'refused');

-- ---------------------------------------------------------------------------------------------- inbox
-- Every fact that was received: handled, or kept as a dead letter.
create table inbox (
  event_id uuid primary key,
  type text not null,
  topic text not null,
  partition integer not null,
  message_offset bigint not null,
  received_at timestamptz not null default now()
);
-- Rows come in order of time, so a small index finds the old ones.
create index inbox_received_at on inbox using brin (received_at);

create table inbox_sequence (
  producer text not null,
  dossier uuid not null,
  last bigint not null check (last >= 0),
  primary key (producer, dossier)
);

-- A message that could not be handled, or waits behind one of its dossier; a page is kept per dossier (part).
create table dead_letter (
  id uuid primary key,
  position bigint generated always as identity unique,
  topic text not null,
  partition integer not null,
  message_offset bigint not null,
  part integer not null default 0,
  kind text not null check (kind in ('poison', 'unknownVersion', 'failed', 'parked', 'gap', 'stale')),
  reason text not null,
  producer text not null,
  dossier uuid,
  sequence bigint,
  event_id uuid,
  type text,
  key bytea,
  headers jsonb not null,
  body bytea,
  attempts integer not null default 1,
  received_at timestamptz not null default now(),
  replay_requested_at timestamptz,
  replay_requested_by text,
  resolved_at timestamptz,
  resolved_by text,
  resolution text check (resolution in ('replayed', 'discarded')),
  -- Offsets begin again when a topic is made anew: only together with its content an offset names a message.
  fingerprint bytea not null,
  unique (topic, partition, message_offset, part, fingerprint),
  check ((resolved_at is null) = (resolved_by is null)),
  check ((resolved_at is null) = (resolution is null)),
  check ((replay_requested_at is null) = (replay_requested_by is null))
);
create index dead_letter_open on dead_letter (position) where resolved_at is null;
create index dead_letter_open_dossier on dead_letter (producer, dossier) where resolved_at is null;

-- ---------------------------------------------------------------------------------------------- tasks
create table task (
  id uuid primary key,
  kind text not null,
  reference text not null,
  dossier uuid,
  due_on date not null,
  role text not null,
  details jsonb not null,
  opened_at timestamptz not null default now(),
  resolved_at timestamptz,
  resolved_by text,
  resolution text,
  unique (kind, reference),
  check ((resolved_at is null) = (resolved_by is null)),
  check ((resolved_at is null) = (resolution is null))
);
create index task_open on task (due_on, id) where resolved_at is null;
create index task_of_dossier on task (dossier) where dossier is not null;

-- ---------------------------------------------------------------------------------------------- approvals
create table approval (
  id uuid primary key,
  action text not null,
  reference text not null,
  payload_sha256 text not null check (payload_sha256 ~ '^[0-9a-f]{64}$'),
  summary jsonb not null,
  dossier uuid,
  role text not null,
  -- The persons designated for this act, when the law asks for designated persons; anybody of the role when empty.
  deciders text[] not null default '{}',
  workflow_id text,
  expires_on date,
  requested_by text not null check (requested_by <> ''),
  requested_at timestamptz not null default now(),
  decided_by text check (decided_by <> ''),
  decision text check (decision in ('approved', 'refused')),
  reason text,
  decided_at timestamptz,
  unique (action, reference),
  constraint approval_second_person check (decided_by <> requested_by),
  constraint approval_decided_whole check (
    (decided_by is null) = (decision is null) and (decided_by is null) = (reason is null)
    and (decided_by is null) = (decided_at is null))
);
create index approval_waiting on approval (requested_at, id) where decided_at is null;

-- A request is never rewritten and a decision is never taken back.
create function approval_guard() returns trigger
language plpgsql as $body$
begin
  if tg_op <> 'UPDATE' then
    raise exception '% of approval is refused', tg_op using errcode = 'restrict_violation';
  end if;
  if old.decided_at is not null
     or (old.id, old.action, old.reference, old.payload_sha256, old.summary, old.role, old.requested_by,
         old.requested_at)
        is distinct from
        (new.id, new.action, new.reference, new.payload_sha256, new.summary, new.role, new.requested_by,
         new.requested_at)
     or (old.dossier, old.workflow_id, old.expires_on, old.deciders)
        is distinct from (new.dossier, new.workflow_id, new.expires_on, new.deciders)
  then
    raise exception 'approval % is fixed: only an open request can be decided, once', old.id
      using errcode = 'restrict_violation';
  end if;
  return new;
end
$body$;
create trigger approval_fixed before update or delete on approval
  for each row execute function approval_guard();
create trigger approval_kept before truncate on approval
  for each statement execute function auxilia_refuse_change();

-- ---------------------------------------------------------------------------------------------- audit
-- The content of an entry is its canonical JSON; the columns are read from it, so they can't tell another story.
create table audit_entry (
  stream text not null,
  number bigint not null check (number > 0),
  content text not null,
  previous_hash bytea not null check (length(previous_hash) = 32),
  hash bytea not null check (length(hash) = 32),
  actor text not null generated always as (content::jsonb ->> 'actor') stored,
  action text not null generated always as (content::jsonb ->> 'action') stored,
  dossier uuid generated always as ((content::jsonb ->> 'dossier')::uuid) stored,
  primary key (stream, number)
);
create index audit_entry_of_dossier on audit_entry (dossier) where dossier is not null;
select auxilia_append_only('audit_entry');

-- Entries are written here and join their chain when their transaction commits: the lock of a chain is held for a
-- moment only, and all locks of a transaction are taken in one order, so that auditing never causes a deadlock.
create table audit_draft (
  id bigint generated always as identity primary key,
  stream text not null,
  content text not null
);

create function audit_chain() returns trigger
language plpgsql security definer set search_path from current as $body$
declare
  chain text;
  draft record;
  last_number bigint;
  last_hash bytea;
begin
  if not exists (select from audit_draft where id = new.id) then
    return null;  -- chained already, together with an earlier draft of this transaction
  end if;
  for chain in select distinct stream from audit_draft order by stream loop
    perform pg_advisory_xact_lock(hashtextextended('auxilia-audit-' || chain, 0));
    select number, hash into last_number, last_hash
      from audit_entry where stream = chain order by number desc limit 1;
    if not found then
      last_number := 0;
      last_hash := sha256(convert_to('auxilia-audit-' || chain, 'UTF8'));
    end if;
    for draft in select content from audit_draft where stream = chain order by id loop
      insert into audit_entry (stream, number, content, previous_hash, hash)
      values (chain, last_number + 1, draft.content, last_hash,
              sha256(last_hash || convert_to((last_number + 1)::text || '|' || draft.content, 'UTF8')))
      returning number, hash into last_number, last_hash;
    end loop;
  end loop;
  delete from audit_draft;
  return null;
end
$body$;
create constraint trigger audit_chained after insert on audit_draft
  deferrable initially deferred for each row execute function audit_chain();

-- ---------------------------------------------------------------------------------------------- rights
select auxilia_grant('outbox', 'select, insert, update, delete');
select auxilia_grant('outbox_sequence', 'select, insert, update');
select auxilia_grant('outbox_purged', 'select, insert, delete');
select auxilia_grant('dispatch', 'select, insert, update, delete');
select auxilia_grant('inbox', 'select, insert, delete');
select auxilia_grant('inbox_sequence', 'select, insert, update');
select auxilia_grant('dead_letter', 'select, insert, update');
select auxilia_grant('task', 'select, insert, update');
select auxilia_grant('approval', 'select, insert, update');
select auxilia_grant('audit_entry', 'select');
select auxilia_grant('audit_draft', 'insert');
