#!/bin/sh
# Runs once, on an empty data volume: one user and its databases for the read model, one for Temporal.
set -eu
psql -v ON_ERROR_STOP=1 -U postgres \
  -v pathways="$PATHWAYS_DATABASE_PASSWORD" -v temporal="$TEMPORAL_DATABASE_PASSWORD" <<'SQL'
CREATE ROLE pathways LOGIN PASSWORD :'pathways';
CREATE ROLE temporal LOGIN PASSWORD :'temporal';
CREATE DATABASE pathways OWNER pathways;
CREATE DATABASE temporal OWNER temporal;
CREATE DATABASE temporal_visibility OWNER temporal;
SQL
