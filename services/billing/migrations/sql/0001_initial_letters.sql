-- Proof that a letter other than the notice of a quarter was handed over, and why it went another way than was chosen.
create table letter_delivery (
  document_id uuid not null references document,
  channel text not null check (channel in ('post', 'email', 'eBox')),
  outcome text not null check (outcome in ('accepted', 'refused', 'unavailable')),
  handed_on date not null,
  document_sha256 text not null check (document_sha256 ~ '^[0-9a-f]{64}$'),
  receipt text,
  primary key (document_id, channel),
  check ((receipt is not null) = (outcome = 'accepted'))
);
-- A letter reaches somebody by one channel only.
create unique index letter_delivery_once on letter_delivery (document_id) where outcome = 'accepted';
select auxilia_append_only('letter_delivery');
select auxilia_grant('letter_delivery', 'select, insert');
