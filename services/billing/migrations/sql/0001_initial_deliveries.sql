-- Proof that a notice was handed over, and why it went another way than the one that was chosen.
create table notice_delivery (
  reference text not null references notice,
  channel text not null check (channel in ('post', 'email', 'eBox')),
  outcome text not null check (outcome in ('accepted', 'refused', 'unavailable')),
  handed_on date not null,
  document_sha256 text not null check (document_sha256 ~ '^[0-9a-f]{64}$'),
  receipt text,
  primary key (reference, channel),
  check ((receipt is not null) = (outcome = 'accepted'))
);
-- A notice reaches somebody by one channel only.
create unique index notice_delivery_once on notice_delivery (reference) where outcome = 'accepted';
select auxilia_append_only('notice_delivery');
select auxilia_grant('notice_delivery', 'select, insert');
