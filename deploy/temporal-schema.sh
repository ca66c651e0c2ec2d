#!/bin/sh
# Brings both Temporal databases to the schema of this server version; safe to run again.
set -eu
schema=/etc/temporal/schema/postgresql/v12
for pair in temporal:temporal temporal_visibility:visibility; do
  database=${pair%%:*}
  tool="temporal-sql-tool --plugin postgres12 --ep postgres -p 5432 -u temporal --db $database"
  $tool setup-schema -v 0.0 # leaves a newer schema as it is
  $tool update-schema -d "$schema/${pair##*:}/versioned"
done
