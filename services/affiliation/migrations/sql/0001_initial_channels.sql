-- How somebody wants to receive ordinary letters: each choice is kept, it is the proof of the consent.
create table channel_choice (
  dossier uuid not null references dossier,
  number smallint not null check (number >= 1),
  channel text not null check (channel in ('post', 'email', 'eBox')),
  chosen_on date not null,
  recorded_by text not null,
  primary key (dossier, number)
);
select auxilia_append_only('channel_choice');
select auxilia_grant('channel_choice', 'select, insert');
