-- The rule a contribution was assessed by, of the few whose rule is not that of their category: article 37 with a
-- political mandate, beyond pension age after opting out. Number 0 is the contribution, higher ones its changes.
create table contribution_rule (
  dossier uuid not null references subject,
  quarter year_quarter not null,
  number smallint not null check (number >= 0),
  rule text not null,
  primary key (dossier, quarter, number)
);
select auxilia_append_only('contribution_rule');
select auxilia_grant('contribution_rule', 'select, insert');
