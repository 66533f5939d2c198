-- Decisions leave as registered letters (programme law of 26-12-2022, art. 195): each handing over to the post, with its
-- proof, and what the post told of it.
create table decision_letter (
  letter_id uuid primary key,
  claim_id uuid not null references decision (claim_id),
  attempt integer not null check (attempt > 0),
  document_id uuid not null,
  document_sha256 text not null check (document_sha256 ~ '^[0-9a-f]{64}$'),
  made_on date not null,
  failures integer not null default 0,
  try_again_on date,
  deposited_on date,
  receipt text,
  -- The partner that took it in: nobody else reports what became of it.
  given_to text,
  outcome text check (outcome in ('delivered', 'lost', 'returned')),
  happened_on date,
  reported_on date,
  -- How it ended: it reached its addressee, is sent once more, or a person found that it counts as notified.
  settled_as text check (settled_as in ('delivered', 'sentAgain', 'deemedNotified')),
  settled_on date,
  settled_by text,
  settle_reason text,
  unique (claim_id, attempt),
  check ((deposited_on is null) = (receipt is null)),
  check ((receipt is null) = (given_to is null)),
  check ((outcome is null) = (reported_on is null)),
  check ((outcome is null) = (happened_on is null)),
  check (outcome is null or deposited_on is not null),
  check ((settled_as is null) = (settled_on is null)),
  check ((settled_as is null) = (settled_by is null)),
  check (settled_as is null or deposited_on is not null),
  check (settled_as is distinct from 'delivered' or outcome = 'delivered')
);
-- Of a decision one letter at most is on its way.
create unique index decision_letter_open on decision_letter (claim_id) where settled_as is null;
select auxilia_grant('decision_letter', 'select, insert, update');

-- Everything the post told, also what was refused: nothing that was received is lost.
create table partner_report (
  report_id uuid primary key,
  partner text not null,
  content_sha256 text not null,
  content text not null,
  reported_by text not null,
  received_on date not null,
  accepted boolean not null,
  refusal text,
  unique (partner, content_sha256, accepted),
  check (accepted = (refusal is null))
);
select auxilia_append_only('partner_report');
select auxilia_grant('partner_report', 'select, insert');
