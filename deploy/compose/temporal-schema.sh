#!/bin/sh
# Make or bring up to date the tables of Temporal's own database. Safe to run again.
set -eu

SQL_PASSWORD="$(cat /run/auxilia/password)"
export SQL_PASSWORD
for database in temporal temporal_visibility; do
  case "$database" in
    temporal) schema=temporal ;;
    *) schema=visibility ;;
  esac
  tool="temporal-sql-tool --plugin postgres12 --endpoint temporal-postgres --port 5432 --user temporal --database $database"
  $tool create-database
  $tool setup-schema --version 0.0
  $tool update-schema --schema-dir "/etc/temporal/schema/postgresql/v12/$schema/versioned"
done
